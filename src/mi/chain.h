/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The quick way through a chain, once for all types of chain: each gives the
 * function that steps through it, which the compiler puts in line.
 */
#ifndef BUSDMA_CHAIN_H
#define BUSDMA_CHAIN_H

#include "load.h"

/* The next part of a chain; false: there is none. */
typedef bool chain_next_t(void *cursor, struct busdma_part *pt);

/*
 * A part that is not simply one segment: it lies in several runs, the first
 * `n' of which are in `frags', or continues the open segment.  0, LOAD_AGAIN,
 * or EFAULT for what does not translate: asked again, the hook might answer.
 */
int busdma_chain_part(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    busdma_space_t space, const struct busdma_part *pt,
    struct busdma_frag *frags, unsigned n);

/* The general way, which finds all errors. */
BUSDMA_COLD int busdma_chain_general(bus_dma_tag_t t, bus_dmamap_t map,
    const void *chain, int flags, const struct busdma_chain_ops *ops,
    const char *func);

/* A chain of any type, through its accessors. */
int busdma_chain_load(bus_dma_tag_t t, bus_dmamap_t map, const void *chain,
    int flags, const struct busdma_chain_ops *ops, const char *func);

static inline __attribute__((always_inline)) int
chain_walk(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t total,
    busdma_space_t space, chain_next_t *next, void *cursor, int flags,
    bool bounded)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_frag frags[BUSDMA_NFRAGS];
	struct busdma_part pt;
	struct segments sg;
	bus_dma_segment_t *seg;
	bus_size_t left = total, span, window;
	bus_addr_t addr, follow = 0;
	unsigned n;
	int error;

	seg = map->dm_segs - 1;
	if (t->dt_alignmask != 0 || !load_window(t, total, &window))
		return LOAD_AGAIN;
	while (next(cursor, &pt)) {
		span = pt.pt_len - 1;
		if (span >= left || span > UINTPTR_MAX - (uintptr_t)pt.pt_addr)
			return LOAD_AGAIN;
		left -= pt.pt_len;
		n = pl->pl_extract(pl, space, (uintptr_t)pt.pt_addr, pt.pt_len,
		    frags, BUSDMA_NFRAGS);
		addr = frags[0].bf_addr + t->dt_winoff;
		if (n != 1 || frags[0].bf_len != pt.pt_len ||
		    (addr == follow && addr != 0)) {
			sg.sg_open = seg;
			sg.sg_next = follow;
			sg.sg_max = map->dm_maxsegsz - 1;
			error = busdma_chain_part(
			    &sg, t, map, space, &pt, frags, n);
			if (error != 0)
				return error;
			seg = sg.sg_open;
			follow = sg.sg_next;
			continue;
		}
		if (frags[0].bf_addr - t->dt_winlow > window - pt.pt_len ||
		    seg == map->_dm_last || pt.pt_len > map->dm_maxsegsz ||
		    (bounded && (addr ^ (addr + span)) > map->_dm_bspan))
			return LOAD_AGAIN;
		seg++;
		seg->ds_addr = addr;
		seg->ds_len = pt.pt_len;
		follow = addr + pt.pt_len;
	}
	if (left != 0)
		return LOAD_AGAIN;
	return load_finish(t, map, total, (unsigned)(seg + 1 - map->dm_segs),
	    t->dt_mflags, flags);
}

/* A map without a boundary, as most are, is not asked for it at each part. */
static inline __attribute__((always_inline)) int
chain_quick(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t total,
    busdma_space_t space, chain_next_t *next, void *cursor, int flags)
{
	if (~map->_dm_bspan == 0)
		return chain_walk(
		    t, map, total, space, next, cursor, flags, false);
	return chain_walk(t, map, total, space, next, cursor, flags, true);
}

#endif /* BUSDMA_CHAIN_H */
