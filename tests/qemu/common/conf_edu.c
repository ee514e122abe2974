/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's edu as the conformance suite's device: its registers only, and nothing
 * of the library.  It copies between memory and a buffer of its own that the
 * CPU does not see, so each access is two moves, by way of a page in reach.
 */
#include <busdma/string.h>

#include "conf_port.h"

/* QEMU's docs/specs/edu. */
#define EDU_ISR 0x24
#define EDU_ACK 0x64
#define EDU_SRC 0x80
#define EDU_DST 0x88
#define EDU_COUNT 0x90
#define EDU_CMD 0x98
#define CMD_RUN 0x1
#define CMD_TORAM 0x2
#define CMD_IRQ 0x4

#define BUFFER 0x40000 /* of the device; 4 KiB */
#define MOST ((size_t)2048)

struct conf_edu {
	struct env_device *ce_dev;
	char *ce_page;
	paddr_t ce_pa;
	unsigned ce_moves;
};

static struct conf_edu edu;

static void
move(struct conf_edu *ce, uint64_t src, uint64_t dst, size_t n, uint64_t cmd)
{
	__asm__ volatile("" ::: "memory");
	(void)env_write64(ce->ce_dev, EDU_SRC, src);
	(void)env_write64(ce->ce_dev, EDU_DST, dst);
	(void)env_write64(ce->ce_dev, EDU_COUNT, n);
	(void)env_write64(ce->ce_dev, EDU_CMD, CMD_RUN | CMD_IRQ | cmd);
	if (!env_wait(ce->ce_dev))
		tap_bail("edu does not end");
	env_write32(ce->ce_dev, EDU_ACK, env_read32(ce->ce_dev, EDU_ISR));
	ce->ce_moves++;
}

struct conf_edu *
conf_edu_open(paddr_t high)
{
	edu.ce_dev = port_pci_find(0x1234, 0x11e8, 0);
	edu.ce_page = port_mem_alloc(MOST, 0, high, false);
	if (edu.ce_dev == NULL || edu.ce_page == NULL)
		tap_bail("no edu");
	edu.ce_pa = port_paddr(edu.ce_page);
	return &edu;
}

void
conf_edu_read(struct conf_edu *ce, bus_addr_t addr, void *buf, size_t len)
{
	size_t n;

	for (; len != 0; len -= n, addr += n) {
		n = len < MOST ? len : MOST;
		move(ce, addr, BUFFER, n, 0);
		move(ce, BUFFER, ce->ce_pa, n, CMD_TORAM);
		memcpy(buf, ce->ce_page, n);
		buf = (char *)buf + n;
	}
}

void
conf_edu_write(
    struct conf_edu *ce, bus_addr_t addr, const void *buf, size_t len)
{
	size_t n;

	for (; len != 0; len -= n, addr += n) {
		n = len < MOST ? len : MOST;
		memcpy(ce->ce_page, buf, n);
		move(ce, ce->ce_pa, BUFFER, n, 0);
		move(ce, BUFFER, addr, n, CMD_TORAM);
		buf = (const char *)buf + n;
	}
}

unsigned
conf_edu_moves(const struct conf_edu *ce)
{
	return ce->ce_moves;
}
