/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps: created, unloaded, destroyed.
 *
 * A map is one allocation: the layers' areas, the map itself, its segments,
 * behind them, where a layer wants the whole load at once, its records, and
 * last, if the map was made for that, what loads in parts remember:
 *
 *	| areas: dt_areaoff bytes | struct bus_dmamap, segments
 *	    | records | BUSDMA_PARTIAL_BYTES |
 */
#include <busdma/string.h>

#include "load.h"

static BUSDMA_COLD int
map_refuse(bus_dma_tag_t t)
{
	busdma_report(
	    t, NULL, BUSDMA_REPORT_TAGDEAD, "bus_dmamap_create", 0, 0);
	return EINVAL;
}

/* On the tag's list, and a reference to the tag; EINVAL: it was given up. */
static int
map_link(bus_dma_tag_t t, bus_dmamap_t map)
{
	const struct busdma_platform *pl = t->dt_pl;
	bool dying;

	pl->pl_lock(pl, &t->dt_lock);
	dying = t->dt_dying;
	if (!dying) {
		t->dt_refs++;
		map->_dm_next = t->dt_maps;
		map->_dm_prevp = &t->dt_maps;
		if (t->dt_maps != NULL)
			t->dt_maps->_dm_prevp = &map->_dm_next;
		t->dt_maps = map;
	}
	pl->pl_unlock(pl, &t->dt_lock);
	return dying ? map_refuse(t) : 0;
}

/* Known to the layers and to the tag; all or nothing. */
static int
map_enter(bus_dma_tag_t t, bus_dmamap_t map, uint64_t bytes, int flags)
{
	const struct busdma_stack *stack = t->dt_stack;
	int error = 0;

	if (stack != NULL)
		error = stack->st_create(t, map, bytes, flags);
	if (error == 0) {
		error = map_link(t, map);
		if (error != 0 && stack != NULL)
			stack->st_destroy(t, map);
	}
	return error;
}

/* Off the list, and its reference dropped; true: that was the last. */
static bool
map_unlink(bus_dma_tag_t t, bus_dmamap_t map)
{
	const struct busdma_platform *pl = t->dt_pl;
	bool last;

	pl->pl_lock(pl, &t->dt_lock);
	*map->_dm_prevp = map->_dm_next;
	if (map->_dm_next != NULL)
		map->_dm_next->_dm_prevp = map->_dm_prevp;
	last = --t->dt_refs == 0;
	t->dt_loads += busdma_map_loads(map);
	t->dt_more += map->_dm_more;
	pl->pl_unlock(pl, &t->dt_lock);
	return last;
}

/* The members of a new map, in memory with any content. */
static void
map_init(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t size, int nsegments,
    int flags)
{
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
	map->_dm_flags = 0;
	map->_dm_tag = t;
	map->_dm_size = size;
	map->_dm_loads = (uint64_t)((unsigned)flags >> 20) << 63;
	map->_dm_more = 0;
	map->_dm_last = map->dm_segs + (nsegments - 1);
}

int
bus_dmamap_create(bus_dma_tag_t t, bus_size_t size, int nsegments,
    bus_size_t maxsegsz, bus_size_t boundary, int flags, bus_dmamap_t *mapp)
{
	const struct busdma_platform *pl;
	uint64_t bytes;
	bus_dmamap_t map;
	char *p;
	int error;

	if (t == NULL || mapp == NULL || size == 0 || maxsegsz == 0 ||
	    nsegments < 1 || (boundary & (boundary - 1)) != 0)
		return EINVAL;
	pl = t->dt_pl;
	if (nsegments > t->dt_limits.dl_nsegments)
		nsegments = t->dt_limits.dl_nsegments;
	bytes = t->dt_areaoff + sizeof(*map) +
		(uint64_t)nsegments * sizeof(bus_dma_segment_t);
	if (t->dt_stack != NULL)
		bytes += t->dt_stack->st_records(t, size, nsegments);
	if ((flags & BUS_DMA_PARTIAL) != 0)
		bytes += BUSDMA_PARTIAL_BYTES;
	/* More than there are addresses, where these have 32 bits. */
	if (bytes > SIZE_MAX >> 1)
		return EINVAL;

	p = pl->pl_alloc(pl, (size_t)bytes, flags & BUS_DMA_NOWAIT);
	if (p == NULL)
		return ENOMEM;
	if (t->dt_areaoff != 0)
		memset(p, 0, t->dt_areaoff);
	map = (bus_dmamap_t)(void *)(p + t->dt_areaoff);
	map_init(t, map, size, nsegments, flags);
	if (maxsegsz > t->dt_limits.dl_maxsegsz)
		maxsegsz = t->dt_limits.dl_maxsegsz;
	map->dm_maxsegsz = map->_dm_maxmaxsegsz = maxsegsz;
	/* One less, none becomes the largest. */
	map->_dm_bspan = boundary - 1;
	if (map->_dm_bspan > t->dt_limits.dl_boundary - 1)
		map->_dm_bspan = t->dt_limits.dl_boundary - 1;
	error = map_enter(t, map, bytes, flags);
	if (error != 0) {
		pl = t->dt_pl;
		pl->pl_free(pl, (char *)map - t->dt_areaoff, (size_t)bytes);
		return error;
	}
	*mapp = map;
	return 0;
}

void
busdma_map_clear(bus_dma_tag_t t, bus_dmamap_t map)
{
	if ((map->_dm_flags & BUSDMA_MF_UNLOAD) != 0)
		t->dt_stack->st_unload(t, map);
	map->_dm_flags = 0;
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
}

/* All that is not the usual path: layers, and callers' errors. */
static BUSDMA_COLD void
unload_slow(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (!busdma_own(t, map)) {
		busdma_foreign("bus_dmamap_unload", t, map);
		return;
	}
	if ((map->_dm_flags & (BUSDMA_MF_LOADED | BUSDMA_MF_EMPTY)) == 0)
		busdma_report(
		    t, map, BUSDMA_REPORT_NOTLOADED, "bus_dmamap_unload", 0, 0);
	busdma_map_clear(t, map);
	map->dm_maxsegsz = map->_dm_maxmaxsegsz;
}

static inline void
unload_done(bus_dmamap_t map)
{
	map->_dm_flags = 0;
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
	map->dm_maxsegsz = map->_dm_maxmaxsegsz;
}

/* One layer wants to know, and no other. */
static __attribute__((noinline)) void
unload_told(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (busdma_own(t, map) && (map->_dm_flags & BUSDMA_MF_WHOLE) != 0 &&
	    t->dt_unloadone != NULL) {
		t->dt_unloadone(t, map);
		unload_done(map);
	} else {
		unload_slow(t, map);
	}
}

void
bus_dmamap_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	const uint32_t both = BUSDMA_MF_LOADED | BUSDMA_MF_UNLOAD;

	if (busdma_own(t, map) && (map->_dm_flags & both) == BUSDMA_MF_LOADED)
		unload_done(map);
	else if (!BUSDMA_SMALL)
		unload_told(t, map);
	else
		unload_slow(t, map);
}

void
bus_dmamap_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	const struct busdma_platform *pl;
	size_t size;
	char *p;
	bool last;

	if (!busdma_own(t, map)) {
		busdma_foreign("bus_dmamap_destroy", t, map);
		return;
	}
	if ((map->_dm_flags & BUSDMA_MF_LOADED) != 0)
		busdma_map_clear(t, map);
	if (t->dt_stack != NULL)
		t->dt_stack->st_destroy(t, map);
	pl = t->dt_pl;
	p = (char *)map - t->dt_areaoff;
	size = (size_t)((char *)(map->_dm_last + 1) - p);
	if ((t->dt_flags & BUSDMA_TF_WHOLE) != 0)
		size = (size_t)busdma_map_records(map)->rc_bytes;
	else if (busdma_map_partial(map))
		size += BUSDMA_PARTIAL_BYTES;
	/*
	 * From here on another thread may free the tag, but not the table of
	 * the platform.
	 */
	last = map_unlink(t, map);
	pl->pl_free(pl, p, size);
	if (last)
		busdma_tag_free(t);
}
