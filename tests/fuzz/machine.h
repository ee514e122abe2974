/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machines that sequences of calls run on: a stack over the unit tests'
 * platform, or a bus of the simulated machine; and some memory in it.
 */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include <busdma/sim.h>

#include "tl.h"

#define MACHINE_KINDS 8
#define MACHINE_NBUFS 5
#define MACHINE_NCODES 32 /* above every busdma_report_code */

/* Memory that no call of the library allocated. */
struct machine_buf {
	uintptr_t mb_va;
	size_t mb_len;
	struct proc *mb_proc; /* NULL: the kernel's */
};

struct machine {
	const struct busdma_platform *ma_pl;
	bus_dma_tag_t ma_root;
	bool ma_flat;  /* direct mapping, the identity, and no more */
	bool ma_fixed; /* the library knows bus addresses without a load */
	struct machine_buf ma_buf[MACHINE_NBUFS];
	unsigned ma_reports[MACHINE_NCODES]; /* of callers' errors */
	unsigned ma_broken; /* reports of what no caller can have done */

	/* How it is made. */
	struct tp *ma_tp;
	struct tl_layer ma_layer;
	struct busdma_sim *ma_sim;
	const struct bus_dma_window *ma_windows; /* NULL: the identity */
	unsigned ma_nwindows;
	bus_addr_t ma_offset; /* added above the windows */
};

void machine_create(struct machine *ma, unsigned kind);
/* The tags are gone.  False: something is held, or was done wrong. */
bool machine_destroy(struct machine *ma);

/* Where a byte is, and where the device sees it; false: nowhere. */
bool machine_phys(
    struct machine *ma, busdma_space_t as, uintptr_t va, paddr_t *pa);
bool machine_bus(const struct machine *ma, paddr_t pa, bus_addr_t *bus);
busdma_space_t machine_space(const struct machine *ma, struct proc *p);

/* The n-th hook from now that can fail does; 0: none. */
void machine_fail(struct machine *ma, unsigned n);

#endif /* TESTS_FUZZ_MACHINE_H */
