/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct mapping: the device reaches memory at an address that differs from
 * the CPU's by a constant.  bus_dma_direct(9).
 */
#ifndef BUSDMA_DIRECT_H
#define BUSDMA_DIRECT_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The device's accesses and the CPU's caches agree without help.  Where they
 * don't, syncs write back and invalidate what they must, by the cpu_cache of
 * the platform's CPU operations.
 */
#define BUS_DMA_WINDOW_COHERENT 0x1

/*
 * A window: memory at physical [dw_cpu, dw_cpu + dw_len) is seen by the
 * device at [dw_bus, dw_bus + dw_len).
 */
struct bus_dma_window {
	paddr_t dw_cpu;
	bus_addr_t dw_bus;
	bus_size_t dw_len; /* 0: as far as both address spaces go */
	unsigned dw_flags; /* BUS_DMA_WINDOW_COHERENT, or 0 */
};

/*
 * Make a tag that maps directly through `nwindows' windows.  `lower' is a tag
 * to stack on, whose input addresses are this one's bus addresses, or NULL for
 * a root tag, whose platform is `pl' (ignored with a lower tag).
 * EINVAL: no window or more than 64, one that wraps, whose addresses are not
 * multiples of the page, that has unknown flags, or that overlaps another on
 * the bus or in memory; one that is not coherent, on a platform without
 * cpu_cache; a platform that lacks a required hook.  ENOMEM.
 * Context: may wait.
 */
int bus_dmatag_direct(const struct busdma_platform *pl, bus_dma_tag_t lower,
    const struct bus_dma_window *windows, unsigned nwindows,
    bus_dma_tag_t *newtag, int flags);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_DIRECT_H */
