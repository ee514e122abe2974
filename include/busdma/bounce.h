/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bouncing: what a device can't reach, or can't take as it is, goes through
 * slots that it can.  bus_dma_bounce(9).
 */
#ifndef BUSDMA_BOUNCE_H
#define BUSDMA_BOUNCE_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything goes through slots: to test a driver on any machine. */
#define BUS_DMA_BOUNCE_FORCED 0x1

/* What a bounce layer has for slots.  Sizes are rounded up to pages. */
struct bus_dma_bounce {
	/* Bytes of slots from the beginning; 0: from the first map on. */
	bus_size_t db_reserve;
	/*
	 * The most bytes of slots: the pool grows when maps are made, until
	 * there is room for a load of each map's size by itself.
	 */
	bus_size_t db_most;
	/*
	 * Slots are there and nowhere else: physical memory of the
	 * integrator's own, whole pages.  NULL: from bus_dmamem_alloc.
	 */
	const bus_dma_segment_t *db_memory;
	int db_nmemory;
	unsigned db_flags; /* BUS_DMA_BOUNCE_* */
};

/*
 * Make a tag that bounces, over `lower'.
 * EINVAL: unknown flags, no room for a page of slots, memory that is not whole
 * pages or that `lower' does not reach; ENOMEM: the reserve could not be had.
 * Context: may wait.
 */
int bus_dmatag_bounce(bus_dma_tag_t lower, const struct bus_dma_bounce *db,
    bus_dma_tag_t *newtag, int flags);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BOUNCE_H */
