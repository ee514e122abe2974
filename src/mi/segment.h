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
	bus_addr_t sg_next;         /* one past the open one; 0: none follows */
	bus_size_t sg_max;          /* most bytes in a segment, less one */
};

static inline void
segments_init(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map)
{
	bus_size_t max = map->dm_maxsegsz;

	/*
	 * A cut must leave aligned what follows; a segment shorter than the
	 * alignment can't be cut at all.
	 */
	if (t->dt_alignmask != 0 && (max & ~t->dt_alignmask) != 0)
		max &= ~t->dt_alignmask;
	sg->sg_open = map->dm_segs - 1;
	sg->sg_next = 0;
	sg->sg_max = max - 1;
}

/* The last address of a segment that begins at `start'. */
static inline bus_addr_t
segment_limit(const struct segments *sg, bus_dmamap_t map, bus_addr_t start)
{
	bus_addr_t limit = start | map->_dm_bspan;

	return limit - start > sg->sg_max ? start + sg->sg_max : limit;
}

/* Append [addr, addr + len), len from 1, not wrapping. */
static BUSDMA_HOT int
segments_add(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    bus_addr_t addr, bus_size_t len)
{
	bus_size_t take;

	if (addr == sg->sg_next && addr != 0) {
		/* 0 where the open one is full. */
		take = segment_limit(sg, map, sg->sg_open->ds_addr) - addr + 1;
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
		if (sg->sg_open == map->_dm_last)
			return EFBIG;
		if ((addr & t->dt_alignmask) != 0)
			return EFAULT;
		take = segment_limit(sg, map, addr) - addr;
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
