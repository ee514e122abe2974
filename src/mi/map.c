/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps: created, unloaded, destroyed.
 *
 * A map is one allocation: the layers' areas, the map itself, its segments,
 * and behind them, where a layer wants the whole load at once, its records:
 *
 *	| areas: dt_areaoff bytes | struct bus_dmamap | segments | records |
 */
#include <busdma/string.h>

#include "mi.h"

/* Records of a map: enough for a buffer that has a fragment on each page. */
static uint64_t
map_records(bus_dma_tag_t t, bus_size_t size, int nsegments)
{
	uint64_t pages, page = t->dt_pl->pl_pagesize;

	if ((t->dt_flags & BUSDMA_TF_WHOLE) == 0)
		return 0;
	/* No division: the page is a power of two. */
	for (pages = size; page > 1; page >>= 1)
		pages = (pages >> 1) + (pages & 1);
	if (pages < (uint64_t)nsegments)
		pages = (uint64_t)nsegments - 1;
	return pages + 1 + 16;
}

/* Bytes from the map to the end of its allocation; 0: too many. */
static size_t
map_size(bus_dma_tag_t t, int nsegments, uint64_t nrecords)
{
	uint64_t size;

	if (nrecords > 0x7fffffff)
		return 0;
	size = sizeof(struct bus_dmamap) +
	       (uint64_t)nsegments * sizeof(bus_dma_segment_t) +
	       nrecords * sizeof(struct busdma_frag);
	if (size > (SIZE_MAX >> 1) - t->dt_areaoff)
		return 0;
	return (size_t)size;
}

/* The layers' part of destroy, for the first `n' of them, bottom first. */
static void
map_layers_destroy(bus_dma_tag_t t, bus_dmamap_t map, unsigned n)
{
	bus_dma_tag_t layer;

	while (n-- > 0) {
		layer = t->dt_layers[n];
		if (layer->dt_ops->bo_destroy != NULL)
			layer->dt_ops->bo_destroy(layer, map);
	}
}

/* The layers' part of create; all or nothing. */
static int
map_layers_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	bus_dma_tag_t layer;
	unsigned i;
	int error;

	for (i = 0; i < t->dt_nlayers; i++) {
		layer = t->dt_layers[i];
		if (layer->dt_ops->bo_create == NULL)
			continue;
		error = layer->dt_ops->bo_create(layer, map, flags);
		if (error != 0) {
			map_layers_destroy(t, map, i);
			return error;
		}
	}
	return 0;
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
	if (!dying)
		return 0;
	busdma_report(
	    pl, BUSDMA_REPORT_TAGDEAD, "bus_dmamap_create", t, NULL, 0, 0);
	return EINVAL;
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
	pl->pl_unlock(pl, &t->dt_lock);
	return last;
}

/* The members of a new map, in memory with any content. */
static void
map_init(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t size, int nsegments)
{
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
	map->_dm_flags = 0;
	map->dm_segs = busdma_segs(map);
	map->_dm_tag = t;
	map->_dm_size = size;
	map->_dm_last = map->dm_segs + (nsegments - 1);
}

int
bus_dmamap_create(bus_dma_tag_t t, bus_size_t size, int nsegments,
    bus_size_t maxsegsz, bus_size_t boundary, int flags, bus_dmamap_t *mapp)
{
	const struct busdma_platform *pl;
	uint64_t nrecords;
	bus_dmamap_t map;
	size_t bytes;
	char *p;
	int error;

	if (t == NULL || mapp == NULL || size == 0 || nsegments < 1 ||
	    maxsegsz == 0 || (boundary & (boundary - 1)) != 0)
		return EINVAL;
	pl = t->dt_pl;
	if (nsegments > t->dt_limits.dl_nsegments)
		nsegments = t->dt_limits.dl_nsegments;
	maxsegsz = busdma_minlimit(maxsegsz, t->dt_limits.dl_maxsegsz);
	boundary = busdma_minlimit(boundary, t->dt_limits.dl_boundary);
	nrecords = map_records(t, size, nsegments);
	bytes = map_size(t, nsegments, nrecords);
	if (bytes == 0)
		return EINVAL;

	p = pl->pl_alloc(pl, t->dt_areaoff + bytes, flags & BUS_DMA_NOWAIT);
	if (p == NULL)
		return ENOMEM;
	if (t->dt_areaoff != 0)
		memset(p, 0, t->dt_areaoff);
	map = (bus_dmamap_t)(void *)(p + t->dt_areaoff);
	map_init(t, map, size, nsegments);
	map->dm_maxsegsz = map->_dm_maxmaxsegsz = maxsegsz;
	map->_dm_bspan = boundary - 1;
	map->_dm_fragcnt = (uint32_t)nrecords;

	error = 0;
	if ((t->dt_flags & BUSDMA_TF_MAPS) != 0)
		error = map_layers_create(t, map, flags);
	if (error == 0) {
		error = map_link(t, map);
		if (error != 0 && (t->dt_flags & BUSDMA_TF_MAPS) != 0)
			map_layers_destroy(t, map, t->dt_nlayers);
	}
	if (error != 0) {
		pl->pl_free(pl, p, t->dt_areaoff + bytes);
		return error;
	}
	*mapp = map;
	return 0;
}

void
busdma_undo_layers(
    bus_dma_tag_t t, bus_dmamap_t map, const struct busdma_undo *un)
{
	const struct busdma_backend_ops *ops;
	bool held;
	unsigned i;

	for (i = t->dt_nlayers; i-- > 0;) {
		ops = t->dt_layers[i]->dt_ops;
		if (ops->bo_unload == NULL)
			continue;
		if (ops->bo_load != NULL)
			held = i < un->un_whole;
		else if (ops->bo_loaded != NULL)
			held = i < un->un_loaded;
		else
			held = un->un_rest;
		if (held)
			ops->bo_unload(t->dt_layers[i], map);
	}
}

void
busdma_map_clear(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct busdma_undo all = { 0, t->dt_nlayers, true };

	if ((map->_dm_flags & BUSDMA_MF_WHOLE) != 0)
		all.un_whole = t->dt_nlayers;
	if ((map->_dm_flags & BUSDMA_MF_UNLOAD) != 0)
		busdma_undo_layers(t, map, &all);
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
	if (map->_dm_flags == 0)
		busdma_report(t->dt_pl, BUSDMA_REPORT_NOTLOADED,
		    "bus_dmamap_unload", t, map, 0, 0);
	busdma_map_clear(t, map);
	map->dm_maxsegsz = map->_dm_maxmaxsegsz;
}

void
bus_dmamap_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	const uint32_t both = BUSDMA_MF_LOADED | BUSDMA_MF_UNLOAD;

	if (busdma_own(t, map) && (map->_dm_flags & both) == BUSDMA_MF_LOADED) {
		map->_dm_flags = 0;
		map->dm_mapsize = 0;
		map->dm_nsegs = 0;
		map->dm_maxsegsz = map->_dm_maxmaxsegsz;
	} else {
		unload_slow(t, map);
	}
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
	if ((t->dt_flags & BUSDMA_TF_MAPS) != 0)
		map_layers_destroy(t, map, t->dt_nlayers);
	pl = t->dt_pl;
	p = (char *)map - t->dt_areaoff;
	size = (size_t)((char *)(map->_dm_last + 1) - p) +
	       map->_dm_fragcnt * sizeof(struct busdma_frag);
	/*
	 * From here on another thread may free the tag, but not the table of
	 * the platform.
	 */
	last = map_unlink(t, map);
	pl->pl_free(pl, p, size);
	if (last)
		busdma_tag_free(t);
}
