/* SPDX-License-Identifier: BSD-2-Clause */
/* How direct mapping reaches the code for caches that devices don't see. */
#ifndef BUSDMA_DIRECT_NONCOHERENT_H
#define BUSDMA_DIRECT_NONCOHERENT_H

#include <busdma/backend.h>
#include <busdma/direct.h>

struct busdma_noncoherent {
	/*
	 * Put the layer on *tp, which it takes over, for memory in those of
	 * `windows' that are not coherent.  EINVAL: a cpu_cache that is not
	 * complete; ENOMEM.  *tp is gone then.
	 */
	int (*nc_stack)(const struct bus_dma_window *windows, unsigned n,
	    bus_dma_tag_t *tp, int flags);
};

/* The last offset into a window: dw_len 0 is as far as both spaces go. */
static inline bus_size_t
direct_window_span(const struct bus_dma_window *w)
{
	bus_size_t cpu = ~(bus_size_t)0 - w->dw_cpu;
	bus_size_t bus = ~(bus_size_t)0 - w->dw_bus;

	if (w->dw_len != 0)
		return w->dw_len - 1;
	return cpu < bus ? cpu : bus;
}

#endif /* BUSDMA_DIRECT_NONCOHERENT_H */
