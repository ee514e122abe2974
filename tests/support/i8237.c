/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC's DMA controller for tests: see i8237.h. */
#include <stdio.h>
#include <string.h>

#include "i8237.h"

/* ca_said */
#define SAID_MODE 0x01u
#define SAID_ADDR 0x02u
#define SAID_COUNT 0x04u
#define SAID_PAGE 0x08u
#define SAID_ALL 0x0fu

#define DISABLED 0x04u /* of the command register */

/* Which page register is whose, from port 0x80 on; -1: nobody's. */
static const int page_chan[16] = { -1, 2, 3, 1, -1, -1, -1, 0, -1, 6, 7, 5, -1,
	-1, -1, 4 };

static void
wrong(struct i8237 *i8, const char *what, uint32_t port)
{
	i8->i8_wrong++;
	fprintf(stderr, "# 8237: %s: port %#x\n", what, (unsigned)port);
}

void
i8237_init(struct i8237 *i8, unsigned char *(*memory)(void *arg, uint64_t pa),
    void *arg)
{
	memset(i8, 0, sizeof(*i8));
	memset(i8->i8_page, 0xa5, sizeof(i8->i8_page));
	for (unsigned c = 0; c < 2; c++) {
		struct i8237_chip *cp = &i8->i8_chip[c];

		memset(cp->cp_chan, 0, sizeof(cp->cp_chan));
		cp->cp_flip = true;
		cp->cp_status = 0x0f;
		cp->cp_command = DISABLED;
		cp->cp_owner = -1;
	}
	i8->i8_memory = memory;
	i8->i8_arg = arg;
}

/* ---- the device's side ---- */

static bool
cascades(const struct i8237_channel *ca)
{
	return ca->ca_mode >> 6 == 3;
}

static bool
loops(const struct i8237_channel *ca)
{
	return (ca->ca_mode & 0x10) != 0;
}

/* Whether a chip passes on requests of a channel. */
static bool
open_for(const struct i8237_chip *cp, int ch)
{
	return (cp->cp_command & DISABLED) == 0 && (cp->cp_mask >> ch & 1) == 0;
}

/* The first chip asks the second one, at its channel 0. */
static bool
may_move(const struct i8237 *i8, int chan)
{
	const struct i8237_chip *second = &i8->i8_chip[1];

	if (chan < 4 && !(open_for(second, 0) && cascades(&second->cp_chan[0])))
		return false;
	return open_for(&i8->i8_chip[chan / 4], chan % 4);
}

static uint64_t
address(const struct i8237 *i8, int chan)
{
	const struct i8237_channel *ca =
	    &i8->i8_chip[chan / 4].cp_chan[chan % 4];
	uint64_t page = 0;

	for (unsigned i = 0; i < 16; i++)
		if (page_chan[i] == chan)
			page = i8->i8_page[i];
	if (chan < 4)
		return page << 16 | ca->ca_addr;
	return (page & 0xfe) << 16 | (uint64_t)ca->ca_addr << 1;
}

static void
move_byte(struct i8237 *i8, int chan, struct i8237_device *dv, uint64_t pa)
{
	const struct i8237_channel *ca = i8237_channel(i8, chan);
	unsigned char *m = i8->i8_memory(i8->i8_arg, pa);
	unsigned kind = ca->ca_mode >> 2 & 3;

	if (kind != (dv->dv_tomem ? 1u : 2u)) {
		wrong(i8, "a transfer the other way", (uint32_t)chan);
	} else if (m == NULL) {
		wrong(i8, "no memory there", (uint32_t)pa);
	} else if (dv->dv_tomem) {
		*m = dv->dv_data[dv->dv_done];
	} else {
		dv->dv_data[dv->dv_done] = *m;
	}
	dv->dv_done++;
}

/* The end of a channel's count. */
static void
terminal(struct i8237_chip *cp, int ch)
{
	struct i8237_channel *ca = &cp->cp_chan[ch];

	cp->cp_status |= (uint8_t)(1 << ch);
	if (loops(ca)) {
		ca->ca_addr = ca->ca_baseaddr;
		ca->ca_count = ca->ca_basecount;
	} else {
		cp->cp_mask |= (uint8_t)(1 << ch);
		ca->ca_said = 0;
	}
}

static void
move_unit(struct i8237 *i8, int chan, struct i8237_device *dv)
{
	struct i8237_channel *ca = i8237_channel(i8, chan);
	uint64_t pa = address(i8, chan);

	move_byte(i8, chan, dv, pa);
	if (chan >= 4)
		move_byte(i8, chan, dv, pa + 1);
	ca->ca_addr++;
	if (ca->ca_addr == 0 && ca->ca_count != 0)
		i8->i8_wraps++;
	if (ca->ca_count-- == 0) {
		terminal(&i8->i8_chip[chan / 4], chan % 4);
		dv->dv_tc++;
	}
}

unsigned
i8237_run(struct i8237 *i8, int chan, unsigned units)
{
	struct i8237_channel *ca = i8237_channel(i8, chan);
	struct i8237_device *dv = ca->ca_device;
	unsigned unit = chan < 4 ? 1 : 2, n;

	if (dv == NULL)
		return 0;
	for (n = 0; n < units && dv->dv_len - dv->dv_done >= unit; n++) {
		if (!may_move(i8, chan) || cascades(ca))
			break;
		/* Single: the bus is given up after each. */
		if (n == 0 || ca->ca_mode >> 6 == 1)
			dv->dv_holds++;
		move_unit(i8, chan, dv);
	}
	return n;
}

static void
time_passes(struct i8237 *i8)
{
	for (int chan = 0; chan < 8; chan++) {
		struct i8237_device *dv = i8237_channel(i8, chan)->ca_device;

		if (dv != NULL && dv->dv_pace != 0)
			(void)i8237_run(i8, chan, dv->dv_pace);
	}
}

/* ---- the CPU's side ---- */

/*
 * Before an access of a register of two bytes, of a channel: can a program know
 * which byte it gets?  And whether what it writes may be in use.
 */
static void
check_two(struct i8237 *i8, struct i8237_chip *cp, unsigned reg, bool write,
    uint32_t port)
{
	int ch = (int)(reg / 2);

	if (!cp->cp_known)
		wrong(i8, "the flip-flop is anyhow", port);
	if (cp->cp_owner >= 0 && cp->cp_owner != ch)
		wrong(i8, "the flip-flop was cleared for another", port);
	if (cp->cp_flip && cp->cp_reg != reg)
		wrong(i8, "half of another register", port);
	if (write && (cp->cp_mask >> ch & 1) == 0)
		wrong(i8, "programmed while it may run", port);
	cp->cp_owner = ch;
	cp->cp_reg = reg;
}

/* Its current one and, written, its base too. */
static void
write_two(struct i8237_chip *cp, unsigned reg, uint8_t value)
{
	struct i8237_channel *ca = &cp->cp_chan[reg / 2];
	uint16_t *base = reg % 2 == 0 ? &ca->ca_baseaddr : &ca->ca_basecount;
	uint16_t *cur = reg % 2 == 0 ? &ca->ca_addr : &ca->ca_count;
	unsigned shift = cp->cp_flip ? 8 : 0;

	*base = (uint16_t)((*base & ~(0xffu << shift)) | value << shift);
	*cur = (uint16_t)((*cur & ~(0xffu << shift)) | value << shift);
	if (cp->cp_flip)
		ca->ca_said |= reg % 2 == 0 ? SAID_ADDR : SAID_COUNT;
	cp->cp_flip = !cp->cp_flip;
}

static uint8_t
read_two(struct i8237_chip *cp, unsigned reg)
{
	const struct i8237_channel *ca = &cp->cp_chan[reg / 2];
	unsigned v = reg % 2 == 0 ? ca->ca_addr : ca->ca_count;

	v = cp->cp_flip ? v >> 8 : v & 0xff;
	cp->cp_flip = !cp->cp_flip;
	return (uint8_t)v;
}

/* Those that were masked and are not: they must be ready. */
static void
set_mask(struct i8237 *i8, struct i8237_chip *cp, uint8_t mask, uint32_t port)
{
	uint8_t opened = cp->cp_mask & (uint8_t)~mask;

	for (int ch = 0; ch < 4; ch++) {
		const struct i8237_channel *ca = &cp->cp_chan[ch];

		if ((opened >> ch & 1) != 0 && !cascades(ca) &&
		    ca->ca_said != SAID_ALL)
			wrong(i8, "unmasked and not programmed", port);
	}
	cp->cp_mask = mask;
	if (opened != 0)
		cp->cp_known = false;
}

static void
write_mode(struct i8237 *i8, struct i8237_chip *cp, uint8_t v, uint32_t port)
{
	struct i8237_channel *ca = &cp->cp_chan[v & 3];

	if ((cp->cp_mask >> (v & 3) & 1) == 0)
		wrong(i8, "the mode of what may run", port);
	ca->ca_mode = v;
	ca->ca_said |= SAID_MODE;
}

static void
reset(struct i8237_chip *cp)
{
	cp->cp_command = cp->cp_status = 0;
	cp->cp_mask = 0x0f;
	cp->cp_flip = false;
	cp->cp_known = true;
	cp->cp_owner = -1;
	for (int ch = 0; ch < 4; ch++)
		cp->cp_chan[ch].ca_said = 0;
}

static void
write_chip(struct i8237 *i8, struct i8237_chip *cp, unsigned reg, uint8_t v,
    uint32_t port)
{
	uint8_t one = (uint8_t)(1 << (v & 3));

	switch (reg) {
	case 0x8:
		cp->cp_command = v;
		break;
	case 0xa:
		set_mask(i8, cp,
		    (v & 4) != 0 ? cp->cp_mask | one
				 : cp->cp_mask & (uint8_t)~one,
		    port);
		break;
	case 0xb:
		write_mode(i8, cp, v, port);
		break;
	case 0xc:
		cp->cp_flip = false;
		cp->cp_known = true;
		cp->cp_owner = -1;
		break;
	case 0xd:
		reset(cp);
		break;
	case 0xe:
		set_mask(i8, cp, 0, port);
		break;
	case 0xf:
		set_mask(i8, cp, v & 0xf, port);
		break;
	default:
		if (reg > 7) {
			wrong(i8, "a request by software", port);
			break;
		}
		check_two(i8, cp, reg, true, port);
		write_two(cp, reg, v);
		break;
	}
}

static uint8_t
read_chip(struct i8237 *i8, struct i8237_chip *cp, unsigned reg, uint32_t port)
{
	uint8_t v = 0xff;

	if (reg < 8) {
		check_two(i8, cp, reg, false, port);
		return read_two(cp, reg);
	}
	if (reg == 8) {
		v = cp->cp_status;
		cp->cp_status = 0;
		cp->cp_known = false;
	} else {
		wrong(i8, "no such register to read", port);
	}
	return v;
}

static void
write_page(struct i8237 *i8, uint32_t port, uint8_t value)
{
	int chan = page_chan[port & 0xf];

	if (chan < 0) {
		wrong(i8, "the page of no channel", port);
		return;
	}
	if (!i8237_masked(i8, chan))
		wrong(i8, "the page of what may run", port);
	i8->i8_page[port & 0xf] = value;
	i8237_channel(i8, chan)->ca_said |= SAID_PAGE;
}

static void
note(struct i8237 *i8, bool write, uint32_t port, uint8_t value)
{
	if (i8->i8_nlog < I8237_NLOG)
		i8->i8_log[i8->i8_nlog] =
		    (struct i8237_access){ write, port, value };
	i8->i8_nlog++;
}

/* The chip at a port, and its register there; NULL: none is. */
static struct i8237_chip *
chip_at(struct i8237 *i8, uint32_t port, unsigned *reg)
{
	if (port < 0x10) {
		*reg = port;
		return &i8->i8_chip[0];
	}
	if (port >= 0xc0 && port < 0xe0 && port % 2 == 0) {
		*reg = (port - 0xc0) / 2;
		return &i8->i8_chip[1];
	}
	return NULL;
}

uint8_t
i8237_read(struct i8237 *i8, uint32_t port, unsigned width)
{
	struct i8237_chip *cp;
	uint8_t v = 0xff;
	unsigned reg = 0;

	cp = chip_at(i8, port, &reg);
	if (width != 1)
		wrong(i8, "not a byte", port);
	if (!i8->i8_absent && cp != NULL)
		v = read_chip(i8, cp, reg, port);
	else if (!i8->i8_absent && port >> 4 != 8)
		wrong(i8, "nothing there to read", port);
	else if (!i8->i8_absent)
		v = i8->i8_page[port & 0xf];
	note(i8, false, port, v);
	time_passes(i8);
	return v;
}

void
i8237_write(struct i8237 *i8, uint32_t port, unsigned width, uint8_t value)
{
	struct i8237_chip *cp;
	unsigned reg = 0;

	cp = chip_at(i8, port, &reg);
	if (width != 1)
		wrong(i8, "not a byte", port);
	note(i8, true, port, value);
	if (i8->i8_absent)
		return;
	if (cp != NULL)
		write_chip(i8, cp, reg, value, port);
	else if (port >> 4 == 8)
		write_page(i8, port, value);
	else
		wrong(i8, "nothing there to write", port);
	time_passes(i8);
}
