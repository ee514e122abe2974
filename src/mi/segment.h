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
	uint64_t sg_where;          /* after a failure: the address */
};

/*
 * In an error, instead of a reason: of the fragment at sg_where, which has
 * bytes that the tag does not reach.
 */
#define SEGMENTS_REACH ((enum bus_dma_reason)0x400000)

static inline void
segments_init(struct segments *sg, bus_dmamap_t map)
{
	sg->sg_open = map->dm_segs - 1;
	sg->sg_next = 0;
	sg->sg_max = map->dm_maxsegsz - 1;
}

static inline unsigned
segments_count(const struct segments *sg, bus_dmamap_t map)
{
	return (unsigned)(sg->sg_open + 1 - map->dm_segs);
}

/*
 * Append [addr, addr + len), len from 1, not wrapping, cut where it must be.
 * EFBIG: out of segments; EFAULT: one would begin unaligned; with the reason.
 */
int busdma_segments_add(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    bus_addr_t addr, bus_size_t len);

/*
 * Append `n' fragments of physical memory, from 1, that lie in the tag's
 * shortcut, where nothing is cut, and return how many bytes these are.  0:
 * something else is among them; the map's segments and *sg are then of no
 * use.  The tag asks for no alignment.
 */
bus_size_t busdma_segments_quick(struct segments *sg, bus_dma_tag_t t,
    bus_dmamap_t map, const struct busdma_frag *f, unsigned n);

#endif /* BUSDMA_SEGMENT_H */
