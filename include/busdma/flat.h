/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest platform: memory at a base and a length, no MMU, one CPU; what
 * firmware links on its first day.  bus_dma_flat(9).
 */
#ifndef BUSDMA_FLAT_H
#define BUSDMA_FLAT_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

struct busdma_flat_config {
	/*
	 * Physical memory [fc_base, fc_base + fc_size): all that a buffer may
	 * lie in.
	 */
	paddr_t fc_base;
	bus_size_t fc_size;
	/*
	 * Where the CPU sees it: the CPU's address of fc_base.  Equal to
	 * fc_base: identity.
	 */
	uintptr_t fc_va;
	/*
	 * The part of it that the library may have, by offset from fc_base:
	 * [fc_pool, fc_pool + fc_poolsize), whole pages.  Its first
	 * fc_heapsize bytes (whole pages) serve the library's structures, the
	 * rest bus_dmamem_alloc.
	 */
	bus_size_t fc_pool;
	bus_size_t fc_poolsize;
	bus_size_t fc_heapsize;
	uint32_t fc_pagesize; /* 0: 4096 */
	/*
	 * Keep interrupt handlers that use the library out: mask and unmask.
	 * NULL: none do.
	 */
	void (*fc_lock)(const struct busdma_platform *pl, busdma_lock_t *lk);
	void (*fc_unlock)(const struct busdma_platform *pl, busdma_lock_t *lk);
	/* The platform's pl_report.  NULL: silent. */
	void (*fc_report)(
	    const struct busdma_platform *pl, const struct busdma_report *rp);
	/* The platform's pl_account.  NULL: none is kept. */
	const struct busdma_account *fc_account;
	/* The platform's pl_cpu.  NULL: busdma_cpu_native. */
	const struct busdma_cpu_ops *fc_cpu;
	/* The CPU uses the pool past its caches: a region of an MPU. */
	bool fc_uncached;
	/* The platform's pl_wait and pl_wake.  NULL: nothing waits. */
	void (*fc_wait)(const struct busdma_platform *pl, busdma_event_t *ev);
	void (*fc_wake)(const struct busdma_platform *pl, busdma_event_t *ev);
};

/*
 * Make the platform.  Everything it needs is taken from its pool.
 * EINVAL: a range that wraps, is unaligned or not inside memory, a pool at the
 * CPU's address 0; ENOMEM: a heap too small to hold the page arena.
 * The table that *plp points to lives in the heap.  Context: thread.
 */
int busdma_flat_create(
    const struct busdma_flat_config *fc, const struct busdma_platform **plp);

/*
 * Bytes of the heap, and of the pages, that are free.  They are what they
 * were at the start when nothing has leaked.
 */
bus_size_t busdma_flat_heap_avail(const struct busdma_platform *pl);
bus_size_t busdma_flat_pages_avail(const struct busdma_platform *pl);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_FLAT_H */
