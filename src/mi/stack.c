/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layers of a stack that do more than to shift addresses: told of maps, of
 * loads, of unloads and of syncs, in their order.
 *
 * Reached only through bo_stack of such a layer, so that a link without one
 * does not contain this file.
 *
 * A load that a layer wants to see whole goes into the records behind the
 * map's segments; then the layers rewrite these, from the top down, and the
 * segments are built from what the last one leaves.
 */
#include <busdma/string.h>

#include "load.h"

/*
 * A load that failed before segments were built: the first `n' records, for
 * busdma_load_failed to read as segments.
 */
static void
load_stopped(struct load *ld, unsigned n)
{
	bus_dma_segment_t *seg = ld->ld_map->dm_segs;
	unsigned i;

	seg->ds_len = 0;
	for (i = 0; i < n; i++)
		seg->ds_len += ld->ld_frags.fs_frag[i].bf_len;
	ld->ld_sg.sg_open = seg;
}

/* Append to the records, joined to the last where they are contiguous. */
static int
load_record(struct load *ld, paddr_t addr, bus_size_t len)
{
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_frag *last;

	ld->ld_sg.sg_where = addr;
	if (addr + (len - 1) < addr)
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	if (fs->fs_count > 0) {
		last = &fs->fs_frag[fs->fs_count - 1];
		if (addr != 0 && last->bf_addr + last->bf_len == addr) {
			last->bf_len += len;
			return 0;
		}
	}
	if (fs->fs_count == fs->fs_max)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	fs->fs_frag[fs->fs_count].bf_addr = addr;
	fs->fs_frag[fs->fs_count].bf_len = len;
	fs->fs_count++;
	return 0;
}

/* bo_map of one layer over all records; a shortened one is split. */
static int
records_map(struct load *ld, bus_dma_tag_t layer)
{
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_frag f, *at;
	unsigned i;
	int error = 0;

	for (i = 0; i < fs->fs_count; i++) {
		at = &fs->fs_frag[i];
		f = *at;
		ld->ld_sg.sg_where = f.bf_addr;
		error = layer->dt_ops->bo_map(layer, ld->ld_map, &f);
		if (error == 0 && f.bf_len - 1 >= at->bf_len)
			error = busdma_load_check(ld, &f, at->bf_len);
		else if (error == 0 && f.bf_len < at->bf_len &&
			 fs->fs_count == fs->fs_max)
			error = BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
		if (error != 0)
			break;
		if (f.bf_len < at->bf_len) {
			memmove(at + 1, at, (fs->fs_count - i) * sizeof(*at));
			fs->fs_count++;
			at[1].bf_addr += f.bf_len;
			at[1].bf_len -= f.bf_len;
		}
		*at = f;
	}
	if (error != 0)
		load_stopped(ld, i);
	return error;
}

/* The records through all layers; *n is how many of these were passed. */
static int
records_layers(struct load *ld, int flags, unsigned *n)
{
	bus_dma_tag_t layer;
	int error = 0;

	for (*n = 0; *n < ld->ld_tag->dt_nlayers; ++*n) {
		layer = ld->ld_tag->dt_layers[*n];
		if (layer->dt_ops->bo_map != NULL)
			error = records_map(ld, layer);
		if (layer->dt_ops->bo_load != NULL) {
			error = layer->dt_ops->bo_load(
			    layer, ld->ld_map, &ld->ld_frags, flags);
			/* Which of them it was is the layer's secret. */
			ld->ld_sg.sg_where = 0;
			if (error != 0)
				load_stopped(ld, 0);
		}
		if (error != 0)
			break;
	}
	return error;
}

/* Segments of what the layers left: not a byte more or less. */
static int
records_build(struct load *ld)
{
	const struct busdma_frag *f = ld->ld_frags.fs_frag;
	bus_size_t left = ld->ld_total;
	unsigned i;
	int error;

	for (i = 0; i < ld->ld_frags.fs_count; i++, f++) {
		error = busdma_load_check(ld, f, left);
		if (error == 0)
			error = busdma_segments_add(&ld->ld_sg, ld->ld_tag,
			    ld->ld_map, f->bf_addr, f->bf_len);
		if (error != 0)
			return error;
		left -= f->bf_len;
	}
	if (left == 0)
		return 0;
	busdma_report(ld->ld_tag, ld->ld_map, BUSDMA_REPORT_PLATFORM,
	    ld->ld_func, 0, left);
	return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_CALLER);
}

/* What the layers hold of a load. */
struct held {
	unsigned he_whole;  /* layers from the top whose bo_load succeeded */
	unsigned he_loaded; /* whose bo_loaded succeeded */
	bool he_rest;       /* and those that have neither */
};

/* Let go of it, bottom first. */
static void
unload_layers(bus_dma_tag_t t, bus_dmamap_t map, const struct held *he)
{
	const struct busdma_backend_ops *ops;
	bool held;
	unsigned i;

	for (i = t->dt_nlayers; i-- > 0;) {
		ops = t->dt_layers[i]->dt_ops;
		if (ops->bo_unload == NULL)
			continue;
		if (ops->bo_load != NULL)
			held = i < he->he_whole;
		else if (ops->bo_loaded != NULL)
			held = i < he->he_loaded;
		else
			held = he->he_rest;
		if (held)
			ops->bo_unload(t->dt_layers[i], map);
	}
}

static void
stack_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct held he = { 0, t->dt_nlayers, true };

	if ((map->_dm_flags & BUSDMA_MF_WHOLE) != 0)
		he.he_whole = t->dt_nlayers;
	unload_layers(t, map, &he);
}

static int
stack_load(
    struct load *ld, const struct origin *og, load_walk_t *walk, int flags)
{
	struct held he = { 0, 0, false };
	struct busdma_records *rc = busdma_map_records(ld->ld_map);
	int error;

	segments_init(&ld->ld_sg, ld->ld_map);
	ld->ld_record = load_record;
	ld->ld_frags.fs_frag = rc->rc_frag;
	ld->ld_frags.fs_count = 0;
	/* Up to the end of the allocation. */
	ld->ld_frags.fs_max =
	    (unsigned)(((char *)ld->ld_map - ld->ld_tag->dt_areaoff +
			   rc->rc_bytes - (char *)rc->rc_frag) /
		       sizeof(rc->rc_frag[0]));
	error = walk(ld, og);
	if (error != 0)
		load_stopped(ld, ld->ld_frags.fs_count);
	else
		error = records_layers(ld, flags, &he.he_whole);
	if (error == 0)
		error = records_build(ld);
	if (error != 0)
		unload_layers(ld->ld_tag, ld->ld_map, &he);
	return error;
}

static int
stack_loaded(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct held he = { 0, 0, false };
	bus_dma_tag_t layer;
	int error;

	for (; he.he_loaded < t->dt_nlayers; he.he_loaded++) {
		layer = t->dt_layers[he.he_loaded];
		if (layer->dt_ops->bo_loaded == NULL)
			continue;
		error = layer->dt_ops->bo_loaded(layer, map, flags);
		if (error == 0)
			continue;
		if ((map->_dm_flags & BUSDMA_MF_WHOLE) != 0)
			he.he_whole = t->dt_nlayers;
		unload_layers(t, map, &he);
		return error;
	}
	return 0;
}

static bool
sync_takes_part(const struct busdma_backend_ops *ops, bus_dmamap_t map)
{
	return ops->bo_sync != NULL &&
	       (ops->bo_load == NULL ||
		   (map->_dm_flags & BUSDMA_MF_WHOLE) != 0);
}

static void
stack_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	bus_dma_tag_t layer;
	unsigned i, n = t->dt_nlayers;

	for (i = 0; i < n; i++) {
		layer = t->dt_layers[(ops & pre) != 0 ? i : n - 1 - i];
		if (sync_takes_part(layer->dt_ops, map))
			layer->dt_ops->bo_sync(layer, map, offset, len, ops);
	}
}

/* The layers' part of destroy, for the first `n' of them, bottom first. */
static void
destroy_layers(bus_dma_tag_t t, bus_dmamap_t map, unsigned n)
{
	bus_dma_tag_t layer;

	while (n-- > 0) {
		layer = t->dt_layers[n];
		if (layer->dt_ops->bo_destroy != NULL)
			layer->dt_ops->bo_destroy(layer, map);
	}
}

static void
stack_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	destroy_layers(t, map, t->dt_nlayers);
}

/* The layers' part of create; all or nothing. */
static int
stack_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
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
			destroy_layers(t, map, i);
			return error;
		}
	}
	return 0;
}

const struct busdma_stack busdma_stack = {
	.st_create = stack_create,
	.st_destroy = stack_destroy,
	.st_load = stack_load,
	.st_loaded = stack_loaded,
	.st_unload = stack_unload,
	.st_sync = stack_sync,
};
