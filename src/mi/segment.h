/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segment builder: the only one there is.
 *
 * Runs of bus addresses go in, in the order of the buffer; segments come out
 * that keep to the boundary, the length and the alignment, as few as the
 * addresses allow: a run that continues the open segment tops it up to its
 * limit before another one is begun.
 *
 * The arithmetic is on inclusive ends, so that it holds at the top of the
 * space, where one past the end is 0.
 */
#ifndef BUSDMA_SEGMENT_H
#define BUSDMA_SEGMENT_H

#include "mi.h"

struct segments {
	bus_dma_segment_t *sg_open; /* the open one; before the first: -1 */
	bus_dma_segment_t *sg_last; /* the last that there is room for */
	bus_addr_t sg_next;         /* one past the open one; 0: none follows */
	bus_addr_t sg_limit; /* last address that the open one may have */
	uint64_t sg_bmask;   /* ~(boundary - 1); 0: none */
	bus_size_t sg_alignmask;
	bus_size_t sg_max; /* most bytes in a segment, less one */
};

static inline void
segments_init(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map)
{
	bus_size_t max = map->dm_maxsegsz & ~t->dt_alignmask;

	/* A segment shorter than the alignment can't be continued at all. */
	if (max == 0)
		max = map->dm_maxsegsz;
	sg->sg_open = map->dm_segs - 1;
	sg->sg_last = map->dm_segs + (map->_dm_segcnt - 1);
	sg->sg_next = 0;
	sg->sg_limit = 0;
	sg->sg_bmask = map->_dm_bmask;
	sg->sg_alignmask = t->dt_alignmask;
	sg->sg_max = max - 1;
}

/* Append [addr, addr + len), len from 1, not wrapping. */
static inline int
segments_add(struct segments *sg, bus_addr_t addr, bus_size_t len)
{
	bus_size_t take;

	if (addr == sg->sg_next && addr != 0) {
		/* 0 where the open one is full. */
		take = sg->sg_limit - addr + 1;
		if (take > len)
			take = len;
		sg->sg_open->ds_len += take;
		addr += take;
		len -= take;
		sg->sg_next = addr;
		if (len == 0)
			return 0;
	}
	do {
		if (sg->sg_open == sg->sg_last)
			return EFBIG;
		if ((addr & sg->sg_alignmask) != 0)
			return EFAULT;
		/* The last address before the next multiple of boundary. */
		sg->sg_limit = addr | ~sg->sg_bmask;
		if (sg->sg_limit - addr > sg->sg_max)
			sg->sg_limit = addr + sg->sg_max;
		take = sg->sg_limit - addr;
		take = len - 1 <= take ? len : take + 1;
		sg->sg_open++;
		sg->sg_open->ds_addr = addr;
		sg->sg_open->ds_len = take;
		addr += take;
		len -= take;
	} while (len != 0);
	sg->sg_next = addr;
	return 0;
}

#endif /* BUSDMA_SEGMENT_H */
