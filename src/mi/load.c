/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads: from an origin to fragments, through the layers, to segments.
 *
 * The usual way: each fragment that the platform translates is inside the
 * tag's shortcut, is shifted by a constant and goes to the segment builder.
 * A fragment outside it is asked of the layers (bo_map), one at a time.  Where
 * a layer wants the whole load at once (bo_load), the walk begins again, into
 * the records behind the map's segments; then the layers rewrite these, from
 * the top down, and the segments are built from what the last one leaves.
 */
#include <busdma/string.h>

#include "load.h"

/* The records behind the map's segments. */
static struct busdma_frag *
map_frags(bus_dmamap_t map)
{
	return (struct busdma_frag *)(void *)(map->dm_segs + map->_dm_segcnt);
}

static void
load_setup(struct load *ld)
{
	bus_dma_tag_t t = ld->ld_tag;

	ld->ld_winlow = t->dt_winlow;
	ld->ld_winlen = t->dt_winlen;
	ld->ld_winoff = t->dt_winoff;
	ld->ld_collect = false;
	segments_init(&ld->ld_sg, t, ld->ld_map);
}

int
busdma_load_fresh(const char *func, bus_dma_tag_t t, bus_dmamap_t map)
{
	if (!busdma_own(t, map))
		return busdma_foreign(func, t, map);
	if (map->_dm_flags != 0) {
		if ((map->_dm_flags & BUSDMA_MF_LOADED) != 0)
			busdma_report(t->dt_pl, BUSDMA_REPORT_RELOAD, func, t,
			    map, 0, map->dm_mapsize);
		busdma_map_clear(t, map);
	}
	return 0;
}

int
busdma_load_begin(struct load *ld, bus_dma_tag_t t, bus_dmamap_t map,
    const struct origin *og, bool *done)
{
	*done = true;
	if (!busdma_own(t, map) || map->_dm_flags != 0) {
		int error = busdma_load_fresh(og->og_func, t, map);

		if (error != 0)
			return error;
	}
	if (og->og_len > map->_dm_size)
		return EINVAL;
	/* 0, or above what create allowed. */
	if (map->dm_maxsegsz - 1 > map->_dm_maxmaxsegsz - 1) {
		busdma_report(t->dt_pl, BUSDMA_REPORT_MAXSEGSZ, og->og_func, t,
		    map, 0, map->dm_maxsegsz);
		return EINVAL;
	}
	if (og->og_len == 0) {
		map->_dm_flags = BUSDMA_MF_EMPTY;
		return 0;
	}
	*done = false;
	ld->ld_tag = t;
	ld->ld_map = map;
	ld->ld_total = og->og_len;
	load_setup(ld);
	return 0;
}

/* Append to the records, joined to the last where they are contiguous. */
static int
load_record(struct load *ld, paddr_t addr, bus_size_t len)
{
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_frag *last;

	if (fs->fs_count > 0) {
		last = &fs->fs_frag[fs->fs_count - 1];
		if (addr != 0 && last->bf_addr + last->bf_len == addr) {
			last->bf_len += len;
			return 0;
		}
	}
	if (fs->fs_count == fs->fs_max)
		return EFBIG;
	fs->fs_frag[fs->fs_count].bf_addr = addr;
	fs->fs_frag[fs->fs_count].bf_len = len;
	fs->fs_count++;
	return 0;
}

/* What a layer left: report what can't be, refuse what is out of reach. */
static int
load_check(struct load *ld, const struct busdma_frag *f, bus_size_t most)
{
	const struct bus_dma_limits *lim = &ld->ld_tag->dt_limits;
	bus_addr_t end = f->bf_addr + (f->bf_len - 1);

	if (f->bf_len - 1 >= most || end < f->bf_addr) {
		busdma_report(ld->ld_tag->dt_pl, BUSDMA_REPORT_PLATFORM,
		    "bus_dmamap_load", ld->ld_tag, ld->ld_map, f->bf_addr,
		    f->bf_len);
		return EFAULT;
	}
	if (f->bf_addr < lim->dl_low || end > lim->dl_high)
		return EFAULT;
	return 0;
}

/* One fragment through all layers' bo_map, piece by piece. */
static int
load_pieces(struct load *ld, paddr_t addr, bus_size_t len)
{
	bus_dma_tag_t t = ld->ld_tag, layer;
	struct busdma_frag f;
	unsigned i;
	int error;

	do {
		f.bf_addr = addr;
		f.bf_len = len;
		for (i = 0; i < t->dt_nlayers; i++) {
			layer = t->dt_layers[i];
			if (layer->dt_ops->bo_map == NULL)
				continue;
			error = layer->dt_ops->bo_map(layer, ld->ld_map, &f);
			if (error != 0)
				return error;
		}
		error = load_check(ld, &f, len);
		if (error == 0)
			error = segments_add(&ld->ld_sg, f.bf_addr, f.bf_len);
		if (error != 0)
			return error;
		addr += f.bf_len;
		len -= f.bf_len;
	} while (len != 0);
	return 0;
}

int
busdma_load_miss(struct load *ld, paddr_t addr, bus_size_t len)
{
	if (addr + (len - 1) < addr)
		return EFAULT;
	if (ld->ld_collect)
		return load_record(ld, addr, len);
	if ((ld->ld_tag->dt_flags & BUSDMA_TF_WHOLE) != 0)
		return LOAD_AGAIN;
	return load_pieces(ld, addr, len);
}

/* bo_map of one layer over all records; a shortened one is split. */
static int
records_map(struct load *ld, bus_dma_tag_t layer)
{
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_frag f, *at;
	unsigned i;
	int error;

	for (i = 0; i < fs->fs_count; i++) {
		at = &fs->fs_frag[i];
		f = *at;
		error = layer->dt_ops->bo_map(layer, ld->ld_map, &f);
		if (error != 0)
			return error;
		if (f.bf_len - 1 >= at->bf_len)
			return load_check(ld, &f, at->bf_len);
		if (f.bf_len < at->bf_len) {
			if (fs->fs_count == fs->fs_max)
				return EFBIG;
			memmove(at + 1, at, (fs->fs_count - i) * sizeof(*at));
			fs->fs_count++;
			at[1].bf_addr += f.bf_len;
			at[1].bf_len -= f.bf_len;
		}
		*at = f;
	}
	return 0;
}

/* The records through all layers; *n is how many of these were passed. */
static int
records_layers(struct load *ld, int flags, unsigned *n)
{
	bus_dma_tag_t layer;
	int error = 0;

	for (*n = 0; *n < ld->ld_tag->dt_nlayers; ++*n) {
		layer = ld->ld_tag->dt_layers[*n];
		if (layer->dt_ops->bo_load != NULL)
			error = layer->dt_ops->bo_load(
			    layer, ld->ld_map, &ld->ld_frags, flags);
		else if (layer->dt_ops->bo_map != NULL)
			error = records_map(ld, layer);
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
		error = load_check(ld, f, left);
		if (error == 0)
			error = segments_add(&ld->ld_sg, f->bf_addr, f->bf_len);
		if (error != 0)
			return error;
		left -= f->bf_len;
	}
	if (left == 0)
		return 0;
	busdma_report(ld->ld_tag->dt_pl, BUSDMA_REPORT_PLATFORM,
	    "bus_dmamap_load", ld->ld_tag, ld->ld_map, 0, left);
	return EFAULT;
}

/* The load again, with all of it before the layers at once. */
static int
load_whole(struct load *ld, const struct origin *og, load_walk_t *walk,
    int flags, struct busdma_undo *un)
{
	int error;

	load_setup(ld);
	ld->ld_winlen = 0;
	ld->ld_collect = true;
	ld->ld_frags.fs_frag = map_frags(ld->ld_map);
	ld->ld_frags.fs_count = 0;
	ld->ld_frags.fs_max = ld->ld_map->_dm_fragcnt;
	error = walk(ld, og);
	if (error == 0)
		error = records_layers(ld, flags, &un->un_whole);
	if (error == 0)
		error = records_build(ld);
	return error;
}

/* The map as the load leaves it, before bo_loaded sees it. */
static void
load_publish(struct load *ld, bool whole, int flags)
{
	bus_dma_tag_t t = ld->ld_tag;
	bus_dmamap_t map = ld->ld_map;
	uint32_t mf = BUSDMA_MF_LOADED, sync, unload, hint;

	sync = BUSDMA_TF_SYNC;
	unload = BUSDMA_TF_UNLOAD;
	if (whole) {
		mf |= BUSDMA_MF_WHOLE;
		sync |= BUSDMA_TF_WSYNC;
		unload |= BUSDMA_TF_WUNLOAD;
	}
	if ((t->dt_flags & sync) == 0)
		mf |= BUSDMA_MF_QUIET;
	if ((t->dt_flags & unload) != 0)
		mf |= BUSDMA_MF_UNLOAD;
	hint = (uint32_t)flags & (BUS_DMA_READ | BUS_DMA_WRITE);
	if (hint != (BUS_DMA_READ | BUS_DMA_WRITE))
		mf |= hint;
	map->_dm_flags = mf;
	map->dm_mapsize = ld->ld_total;
	map->dm_nsegs = (int)(ld->ld_sg.sg_open + 1 - map->dm_segs);
}

/* Tell the layers that want to know. */
static int
load_tell(struct load *ld, int flags, struct busdma_undo *un)
{
	bus_dma_tag_t t = ld->ld_tag, layer;
	int error;

	for (; un->un_loaded < t->dt_nlayers; un->un_loaded++) {
		layer = t->dt_layers[un->un_loaded];
		if (layer->dt_ops->bo_loaded == NULL)
			continue;
		error = layer->dt_ops->bo_loaded(layer, ld->ld_map, flags);
		if (error != 0)
			return error;
	}
	return 0;
}

int
busdma_load_end(struct load *ld, const struct origin *og, load_walk_t *walk,
    int error, int flags)
{
	struct busdma_undo un = { 0, 0, false };
	bus_dma_tag_t t = ld->ld_tag;
	bus_dmamap_t map = ld->ld_map;
	bool whole = error == LOAD_AGAIN;

	if (whole)
		error = load_whole(ld, og, walk, flags, &un);
	if (error == 0) {
		load_publish(ld, whole, flags);
		if ((t->dt_flags & BUSDMA_TF_LOADED) == 0)
			return 0;
		error = load_tell(ld, flags, &un);
		if (error == 0)
			return 0;
	}
	busdma_undo_layers(t, map, &un);
	map->_dm_flags = 0;
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
	return error;
}

/* The hook translated nothing; or it says that it wrote past its array. */
static int
load_broken(struct load *ld, unsigned n, uintptr_t va)
{
	if (n != 0)
		busdma_report(ld->ld_tag->dt_pl, BUSDMA_REPORT_PLATFORM,
		    "bus_dmamap_load", ld->ld_tag, ld->ld_map, va, n);
	return EFAULT;
}

int
busdma_load_linear(
    struct load *ld, const struct origin *og, uintptr_t va, bus_size_t len)
{
	const struct busdma_platform *pl = ld->ld_tag->dt_pl;
	struct busdma_frag frags[BUSDMA_NFRAGS], *f;
	unsigned n;
	int error;

	/* The last byte's address must be one. */
	if (len - 1 > UINTPTR_MAX - va)
		return EFAULT;
	do {
		n = pl->pl_extract(
		    pl, og->og_space, va, len, frags, BUSDMA_NFRAGS);
		if (n - 1 >= BUSDMA_NFRAGS)
			return load_broken(ld, n, va);
		f = frags;
		do {
			/* Of length 0, or longer than what was asked for. */
			if (f->bf_len - 1 >= len)
				return load_check(ld, f, len);
			error = load_frag(ld, f->bf_addr, f->bf_len);
			if (error != 0)
				return error;
			va += (uintptr_t)f->bf_len;
			len -= f->bf_len;
			f++;
		} while (--n != 0);
	} while (len != 0);
	return 0;
}

static int
walk_linear(struct load *ld, const struct origin *og)
{
	return busdma_load_linear(ld, og, og->og_va, og->og_len);
}

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t buflen,
    struct proc *p, int flags)
{
	struct origin og;

	og.og_func = "bus_dmamap_load";
	og.og_space = NULL;
	og.og_va = (uintptr_t)buf;
	og.og_len = buflen;
	if (p != NULL && t != NULL)
		og.og_space = t->dt_pl->pl_space != NULL
				  ? t->dt_pl->pl_space(t->dt_pl, p)
				  : (busdma_space_t)p;
	return load_run(t, map, &og, walk_linear, flags);
}

static int
walk_raw(struct load *ld, const struct origin *og)
{
	const bus_dma_segment_t *seg = og->og_segs, *end;
	bus_size_t left = og->og_len, len;
	int error;

	if (seg == NULL)
		return EINVAL;
	end = seg + og->og_nsegs;
	for (; left != 0; seg++) {
		if (seg == end)
			return EINVAL;
		len = seg->ds_len < left ? seg->ds_len : left;
		if (len == 0)
			continue;
		error = load_frag(ld, seg->ds_addr, len);
		if (error != 0)
			return error;
		left -= len;
	}
	return 0;
}

int
bus_dmamap_load_raw(bus_dma_tag_t t, bus_dmamap_t map, bus_dma_segment_t *segs,
    int nsegs, bus_size_t size, int flags)
{
	struct origin og;

	og.og_func = "bus_dmamap_load_raw";
	og.og_segs = segs;
	og.og_nsegs = nsegs > 0 ? nsegs : 0;
	og.og_len = size;
	return load_run(t, map, &og, walk_raw, flags);
}
