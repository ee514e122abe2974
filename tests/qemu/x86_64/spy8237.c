/* SPDX-License-Identifier: BSD-2-Clause */
/* See spy8237.h.  The ports are those of the first chip, of bytes. */
#include "spy8237.h"

#include <busdma/x86.h>

#include "port.h"

#define ADDR(chan) (2 * (chan))
#define COUNT(chan) (2 * (chan) + 1)
#define MASK_ONE 0x0a
#define MODE 0x0b
#define CLEAR_FLIPFLOP 0x0c
#define CLEAR_ALL 0x0d
#define MASK_NONE 0x0e
#define MASK_ALL 0x0f

#define MODE_READ 0x08u  /* from memory */
#define MODE_WRITE 0x04u /* to memory */
#define MODE_DOWN 0x20u

/* sp_told: two bytes of each of two registers, page, mode. */
#define TOLD_ADDR 0x01u /* and the bit above it: the upper byte */
#define TOLD_COUNT 0x04u
#define TOLD_PAGE 0x10u
#define TOLD_MODE 0x20u
#define TOLD_ALL 0x3fu

static struct spy *spy;

static const uint32_t pages[4] = { 0x87, 0x83, 0x81, 0x82 };

/* The channel is open: all that it may do now is this. */
static void
opened(void)
{
	struct spy_transfer *st = &spy->sp_last;
	uint32_t last;
	bool ok;

	/* What went on before goes on: it was kept from the bus. */
	if (spy->sp_told == 0)
		return;
	st->st_addr = spy->sp_page << 16 | spy->sp_addr;
	st->st_len = spy->sp_count + 1;
	st->st_tomem = (spy->sp_mode & MODE_WRITE) != 0;
	last = st->st_addr + st->st_len - 1;
	ok = spy->sp_told == TOLD_ALL && st->st_addr >> 16 == last >> 16 &&
	     last <= 0xffffff && (spy->sp_mode & MODE_DOWN) == 0 &&
	     ((spy->sp_mode & MODE_READ) != 0) != st->st_tomem;
	if (!ok)
		tap_say("8237: %x, %u bytes, mode %x, told %x",
		    (unsigned)st->st_addr, (unsigned)st->st_len,
		    (unsigned)spy->sp_mode, spy->sp_told);
	spy->sp_transfers++;
	spy->sp_bad += !ok;
	spy->sp_bytes += st->st_len;
	if (st->st_addr < spy->sp_lowest)
		spy->sp_lowest = st->st_addr;
	if (last > spy->sp_highest)
		spy->sp_highest = last;
	spy->sp_told = 0;
}

/* A byte of a register of 16 bits, the lower first. */
static void
put_byte(uint32_t *reg, uint32_t value, unsigned told)
{
	unsigned shift = spy->sp_flipflop != 0 ? 8 : 0;

	*reg = (*reg & ~(0xffu << shift)) | (value & 0xff) << shift;
	spy->sp_told |= told << spy->sp_flipflop;
	spy->sp_flipflop ^= 1;
}

static void
look(uint32_t port, uint32_t value)
{
	if (port == ADDR(spy->sp_channel))
		put_byte(&spy->sp_addr, value, TOLD_ADDR);
	else if (port == COUNT(spy->sp_channel))
		put_byte(&spy->sp_count, value, TOLD_COUNT);
	else if (port < 8)
		spy->sp_flipflop ^= 1;
	else if (port == CLEAR_FLIPFLOP || port == CLEAR_ALL)
		spy->sp_flipflop = 0;
	else if (port == pages[spy->sp_channel]) {
		spy->sp_page = value & 0xff;
		spy->sp_told |= TOLD_PAGE;
	} else if (port == MODE && (value & 3) == spy->sp_channel) {
		spy->sp_mode = value;
		spy->sp_told |= TOLD_MODE;
	} else if (port == MASK_ONE && (value & 3) == spy->sp_channel &&
		   (value & 4) == 0)
		opened();
	else if (port == MASK_NONE ||
		 (port == MASK_ALL && (value >> spy->sp_channel & 1) == 0))
		opened();
}

static uint32_t
spy_read(const struct busdma_platform *pl, uint32_t port, unsigned width)
{
	if (port < 8)
		spy->sp_flipflop ^= 1;
	return busdma_x86_port_read(pl, port, width);
}

static void
spy_write(const struct busdma_platform *pl, uint32_t port, unsigned width,
    uint32_t value)
{
	look(port, value);
	busdma_x86_port_write(pl, port, width, value);
}

void
spy_begin(struct spy *sp, struct busdma_platform *pl, unsigned channel)
{
	*sp = (struct spy){ .sp_channel = channel, .sp_lowest = 0xffffffff };
	spy = sp;
	pl->pl_port_read = spy_read;
	pl->pl_port_write = spy_write;
}
