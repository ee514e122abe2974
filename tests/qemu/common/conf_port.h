/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tags that the conformance suite runs over: some that every machine has,
 * and the machine's own.
 */
#ifndef QEMU_CONF_PORT_H
#define QEMU_CONF_PORT_H

#include "port.h"

struct conf_port_tag {
	const char *ct_name;
	/*
	 * The physical addresses that the device reaches, inclusive, and what
	 * they are more as bus addresses (modulo 2^64).
	 */
	paddr_t ct_low, ct_high;
	bus_addr_t ct_shift;
	bool ct_bounces;     /* what it does not reach is bounced */
	bool ct_forced;      /* and what it does */
	bool ct_noncoherent; /* it does not see the CPU's caches */
	bool ct_isa;         /* for ct_make */
	bool ct_required;    /* the port without its optional hooks */
	int (*ct_make)(const struct busdma_platform *pl,
	    const struct conf_port_tag *ct, bus_dma_tag_t *newtag);
};

/* The machine's own; the last has no name. */
extern const struct conf_port_tag conf_port_tags[];

/*
 * QEMU's edu as the device that copies bytes between memory at a bus address
 * and the CPU.  It has no error: each call succeeds or ends the machine.
 */
struct conf_edu;
/* Of a device that reaches physical memory up to `high'. */
struct conf_edu *conf_edu_open(paddr_t high);
void conf_edu_read(struct conf_edu *ce, bus_addr_t addr, void *buf, size_t len);
void conf_edu_write(
    struct conf_edu *ce, bus_addr_t addr, const void *buf, size_t len);
/* How often it moved something so far. */
unsigned conf_edu_moves(const struct conf_edu *ce);

#endif /* QEMU_CONF_PORT_H */
