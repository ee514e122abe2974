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

/*
 * A part of what devices reach that has slots of its own: for all tags that are
 * narrowed to just this part, together.
 */
struct bus_dma_bounce_window {
	bus_addr_t bw_low;     /* lowest bus address, inclusive */
	bus_addr_t bw_high;    /* highest, inclusive */
	bus_size_t bw_reserve; /* as db_reserve, there; 0: none yet */
	bus_size_t bw_most;    /* as db_most, there */
};

/* What a bounce layer has for slots.  Sizes are rounded up to pages. */
struct bus_dma_bounce {
	/* Bytes of slots from the beginning; 0: from the first map on. */
	bus_size_t db_reserve;
	/*
	 * The most bytes of slots: the pool grows when maps are made, until
	 * there is room for a load of each map's size by itself, and in loads
	 * that may wait.
	 */
	bus_size_t db_most;
	/*
	 * Slots are there and nowhere else: physical memory of the
	 * integrator's own, whole pages.  NULL: from bus_dmamem_alloc.
	 */
	const bus_dma_segment_t *db_memory;
	int db_nmemory;
	unsigned db_flags; /* BUS_DMA_BOUNCE_* */
	/*
	 * Of tags narrowed from this one.  NULL: each has a pool of its own, of
	 * up to db_most.  Not beside db_memory, which they share.
	 */
	const struct bus_dma_bounce_window *db_windows;
	int db_nwindows;
};

/*
 * Make a tag that bounces, over `lower'.
 * EINVAL: unknown flags, no room for a page of slots, memory that is not whole
 * pages, is named twice or is not reached through `lower', a window of which
 * nothing is; ENOMEM: a reserve could not be had.
 * Context: may wait.
 */
int bus_dmatag_bounce(bus_dma_tag_t lower, const struct bus_dma_bounce *db,
    bus_dma_tag_t *newtag, int flags);

/* Why something of a buffer went through slots. */
enum bus_dma_bounced {
	BUS_DMA_BOUNCED_REACH,     /* devices don't reach it */
	BUS_DMA_BOUNCED_ALIGNMENT, /* it, or a segment of it, was not aligned */
	BUS_DMA_BOUNCED_LINE,      /* a cache line of it is also another's */
	/* All of the buffer, in one run: it made too many segments. */
	BUS_DMA_BOUNCED_SEGMENTS,
	BUS_DMA_BOUNCED_SLOTS,  /* likewise: slots for its runs were short */
	BUS_DMA_BOUNCED_FORCED, /* BUS_DMA_BOUNCE_FORCED */
	BUS_DMA_BOUNCED_PIECES, /* as SEGMENTS: more runs than it can record */
	BUS_DMA_NBOUNCED
};

/* For a log; never NULL. */
const char *bus_dma_bounced_text(enum bus_dma_bounced why);

/* What a bounce layer has done, and what it has. */
struct bus_dma_bounce_stats {
	/* Of loads that succeeded. */
	uint64_t bs_loads; /* of which something went through slots */
	/*
	 * Runs of memory that did, and their bytes, by reason; a buffer that
	 * went into one run of slots as a whole is one.
	 */
	uint64_t bs_runs[BUS_DMA_NBOUNCED];
	uint64_t bs_bytes[BUS_DMA_NBOUNCED];

	/* Bytes that syncs copied. */
	uint64_t bs_in;     /* to slots */
	uint64_t bs_filled; /* of these: to fill slots, and for no PREWRITE */
	uint64_t bs_out;    /* from slots */

	/* Bytes of slots: whole pages. */
	bus_size_t bs_pool;   /* in the pool */
	bus_size_t bs_most;   /* as far as it may grow */
	bus_size_t bs_used;   /* that maps have */
	bus_size_t bs_parked; /* of these: left over from a load that ended */
	bus_size_t bs_kept;   /* likewise: for maps with BUS_DMA_ALLOCNOW */
	bus_size_t bs_high;   /* the most that bs_used ever was */
	uint64_t bs_short;    /* times that a load found none that would do */
};

/*
 * Write down the figures of the first bounce layer of the stack of `t', from
 * the top: those of all maps that go through it, alive or not.
 * EINVAL: there is no such layer, and then all are 0.
 * Takes the lock of the pool for a walk over live maps.  Context: any.
 */
int bus_dma_bounce_stats(bus_dma_tag_t t, struct bus_dma_bounce_stats *bs);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BOUNCE_H */
