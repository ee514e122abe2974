/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the origins (load.c, chain.c) share: the state of a load in progress.
 */
#ifndef BUSDMA_LOAD_H
#define BUSDMA_LOAD_H

#include "segment.h"

/* Where the bytes of a load come from. */
struct origin {
	const char *og_func; /* the call, for reports */
	busdma_space_t og_space;
	uintptr_t og_va;
	bus_size_t og_len; /* of all but chains, which are opened first */
	const struct busdma_chain_ops *og_ops;
	struct busdma_chain_iter og_iter; /* of a chain, opened */
	const bus_dma_segment_t *og_segs;
	int og_nsegs;
};

/* A load that goes the general way. */
struct load {
	struct segments ld_sg;
	bus_dma_tag_t ld_tag;
	bus_dmamap_t ld_map;
	bus_size_t ld_total; /* bytes to load */
	bool ld_collect;     /* fragments go into the map's records */
	struct busdma_frags ld_frags;
};

/* Not an error: the load begins again, the next more general way. */
#define LOAD_AGAIN (-1)

/* Walk an origin, and hand each of its fragments to busdma_load_frag. */
typedef int load_walk_t(struct load *ld, const struct origin *og);

/* The next fragment of the load: len from 1. */
int busdma_load_frag(struct load *ld, paddr_t addr, bus_size_t len);

/* Walk a linear run of virtual addresses: len from 1. */
int busdma_load_linear(
    struct load *ld, const struct origin *og, uintptr_t va, bus_size_t len);

/*
 * Before a load, of any kind: the map is the tag's own (else EINVAL) and not
 * loaded.
 */
BUSDMA_COLD int busdma_load_fresh(
    const char *func, bus_dma_tag_t t, bus_dmamap_t map);

/* A load from its beginning, the general way. */
int busdma_load_general(bus_dma_tag_t t, bus_dmamap_t map,
    const struct origin *og, load_walk_t *walk, int flags);

/*
 * The quick way: a load that meets nothing but what the shortcut covers, and
 * in which no segment is cut.  Whatever else it meets it leaves, LOAD_AGAIN,
 * to the general one, which begins anew.
 */

/* The call is one that the quick way may take up. */
static inline bool
load_quick(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len)
{
	return !BUSDMA_SMALL && busdma_own(t, map) && map->_dm_flags == 0 &&
	       len - 1 < map->_dm_size &&
	       map->dm_maxsegsz - 1 < map->_dm_maxmaxsegsz;
}

/* Within the tag's shortcut. */
static inline bool
load_within(bus_dma_tag_t t, paddr_t addr, bus_size_t len)
{
	paddr_t last = addr + (len - 1);

	return addr >= t->dt_winlow && last <= t->dt_winhigh && last >= addr;
}

/*
 * Tell the layers that want to know of a load that it has succeeded.  Where
 * one refuses, the load fails: undone for the first `whole' layers' bo_load.
 */
BUSDMA_COLD int busdma_load_tell(
    bus_dma_tag_t t, bus_dmamap_t map, unsigned whole, int flags);

/* The map of a load whose segments are built. */
static inline void
load_publish(bus_dmamap_t map, bus_size_t len, const bus_dma_segment_t *last,
    uint32_t mflags, int flags)
{
	map->dm_mapsize = len;
	map->dm_nsegs = (int)(last + 1 - busdma_segs(map));
	map->_dm_flags =
	    mflags | ((uint32_t)flags & (BUS_DMA_READ | BUS_DMA_WRITE));
}

static inline int
load_finish(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len,
    const bus_dma_segment_t *last, int flags)
{
	load_publish(map, len, last, t->dt_mflags, flags);
	if ((t->dt_flags & BUSDMA_TF_LOADED) != 0)
		return busdma_load_tell(t, map, 0, flags);
	return 0;
}

#endif /* BUSDMA_LOAD_H */
