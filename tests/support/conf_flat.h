/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite's environment on the flat platform: memory is a piece
 * of this process's, seen by the library at a physical address of choice.
 */
#ifndef CONF_FLAT_H
#define CONF_FLAT_H

#include <busdma/bounce.h>
#include <busdma/flat.h>

#include "conf_tap.h"

#define CONF_FLAT_MAXWINDOWS 4

/*
 * Memory is [far][heap][pages][kernel buffers], and a window stands for a
 * part of it.
 */
struct conf_flat_config {
	uint32_t ff_pagesize;
	paddr_t ff_base; /* physical address; 0: identity */
	/*
	 * The bus: dw_cpu is an offset from the base of memory; a window
	 * with dw_len 0 is one over all of both spaces, as it stands; one
	 * with dw_len 1 ends with memory.
	 */
	struct bus_dma_window ff_windows[CONF_FLAT_MAXWINDOWS];
	unsigned ff_nwindows;
	/*
	 * Stack layers on the tag *tp, which it gives up, and leave the top
	 * one there.  NULL: nothing.
	 */
	bool (*ff_stack)(bus_dma_tag_t *tp);
	unsigned ff_pages; /* for DMA; 0: CONF_FLAT_PAGES */
	/* A layer that bounces, on top of that.  NULL: none. */
	const struct bus_dma_bounce *ff_bounce;
	/*
	 * Not 0: a second direct tag on top of all, whose bus addresses are
	 * this much higher than physical ones; the windows are below it.
	 */
	bus_addr_t ff_shift;
	/*
	 * Not 0: the CPU has caches that devices see only through coherent
	 * windows, in lines of so many bytes, with BUSDMA_CACHE_*.
	 */
	uint32_t ff_line;
	unsigned ff_cacheflags;
	bool
	    ff_uncached; /* as fc_uncached: the pages for DMA are not in them */
};

bool conf_flat_make(const struct conf_config *cg, struct conf_env *env);
unsigned conf_flat_drop(struct conf_env *env);

/* Called at each barrier, before it; wc: cpu_barrier_wc.  NULL: nothing. */
extern void (*conf_flat_on_barrier)(int ops, bool wc);

/* Pages of each part of memory. */
#define CONF_FLAT_FAR 8
#define CONF_FLAT_HEAP(page) ((bus_size_t)(page) > 4096 ? 8 : 128)
#define CONF_FLAT_PAGES 96
#define CONF_FLAT_KERNEL 96

#endif /* CONF_FLAT_H */
