/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads: from an origin to fragments, through the layers, to segments.
 *
 * Three ways, each begun anew where the one before gives up:
 *
 *  1. Quick (load.h): every fragment that the platform translates is inside
 *     the tag's shortcut, is shifted by a constant and goes to the segment
 *     builder.  Nothing is called but the translation.
 *  2. General: a fragment outside the shortcut is asked of the layers
 *     (bo_map), one at a time.  All errors come from here.
 *  3. Whole, where a layer wants that (bo_load): the walk goes into the
 *     map's records (stack.c).
 */
#include <busdma/string.h>

#include "load.h"

int
busdma_load_fresh(const char *func, bus_dma_tag_t t, bus_dmamap_t map)
{
	if (!busdma_own(t, map))
		return busdma_foreign(func, t, map);
	if (map->_dm_flags != 0) {
		if ((map->_dm_flags & BUSDMA_MF_LOADED) != 0)
			busdma_report(t, map, BUSDMA_REPORT_RELOAD, func, 0,
			    map->dm_mapsize);
		busdma_map_clear(t, map);
	}
	return 0;
}

int
busdma_load_failed(
    bus_dma_tag_t t, bus_dmamap_t map, const struct segments *sg, int error)
{
	const struct busdma_account *ac = t->dt_pl->pl_account;

	/* What a layer returned, and is no error number. */
	if (error <= 0 || (error & 0xff) == 0)
		error = BUSDMA_WHY(EFAULT, BUS_DMA_WHY_LAYER);
	if (ac != NULL)
		ac->ac_failed(t, map, sg, error);
	return error & 0xff;
}

int
busdma_load_check(struct load *ld, const struct busdma_frag *f, bus_size_t most)
{
	const struct bus_dma_limits *lim = &ld->ld_tag->dt_limits;
	bus_addr_t end = f->bf_addr + (f->bf_len - 1);

	ld->ld_sg.sg_where = f->bf_addr;
	if (f->bf_len - 1 >= most || end < f->bf_addr) {
		busdma_report(ld->ld_tag, ld->ld_map, BUSDMA_REPORT_PLATFORM,
		    ld->ld_func, f->bf_addr, f->bf_len);
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_CALLER);
	}
	if (f->bf_addr < lim->dl_low || end > lim->dl_high)
		return BUSDMA_WHY(EFAULT, SEGMENTS_REACH);
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
		ld->ld_sg.sg_where = addr;
		f.bf_addr = addr;
		f.bf_len = len;
		for (i = 0; i < t->dt_nlayers; i++) {
			layer = t->dt_layers[i];
			if (layer->dt_ops->bo_map == NULL)
				continue;
			error = layer->dt_ops->bo_map(layer, ld->ld_map, &f);
			if (error != 0)
				return error;
			/* No layer is given nothing: reported below. */
			if (f.bf_len == 0)
				break;
		}
		error = busdma_load_check(ld, &f, len);
		if (error == 0)
			error = busdma_segments_add(
			    &ld->ld_sg, t, ld->ld_map, f.bf_addr, f.bf_len);
		if (error != 0)
			return error;
		addr += f.bf_len;
		len -= f.bf_len;
	} while (len != 0);
	return 0;
}

int
busdma_load_frag(struct load *ld, paddr_t addr, bus_size_t len)
{
	bus_dma_tag_t t = ld->ld_tag;

	if (ld->ld_record != NULL)
		return ld->ld_record(ld, addr, len);
	if (load_within(t, addr, len))
		return busdma_segments_add(
		    &ld->ld_sg, t, ld->ld_map, addr + t->dt_winoff, len);
	ld->ld_sg.sg_where = addr;
	if (addr + (len - 1) < addr)
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	if ((t->dt_flags & BUSDMA_TF_WHOLE) != 0)
		return LOAD_AGAIN;
	return load_pieces(ld, addr, len);
}

int
busdma_load_tell(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	int error = t->dt_stack->st_loaded(t, map, flags);

	if (error == 0)
		return 0;
	map->_dm_loads--;
	map->_dm_more -= (unsigned)map->dm_nsegs - 1;
	map->dm_mapsize = 0;
	map->dm_nsegs = 0;
	return busdma_load_failed(t, map, NULL, error);
}

static int
load_walk(struct load *ld, const struct origin *og, int flags)
{
	bus_dma_tag_t t = ld->ld_tag;
	int error = LOAD_AGAIN;

	ld->ld_mflags = t->dt_mflags;
	if ((t->dt_flags & BUSDMA_TF_WHOLE) == 0)
		return og->og_walk(ld, og);
	/* Without a shortcut no walk gets past its first fragment. */
	if (t->dt_winlow <= t->dt_winhigh)
		error = og->og_walk(ld, og);
	/* Only here is LOAD_AGAIN ours, and elsewhere no error number. */
	if (error != 0)
		error = t->dt_stack->st_load(ld, og, flags, error);
	return error;
}

/* Where no part of a load is asked for. */
__attribute__((weak)) int
busdma_load_unfit(
    struct load *ld, const struct origin *og, int flags, int error)
{
	return busdma_load_failed(ld->ld_tag, ld->ld_map, &ld->ld_sg, error);
}

int
busdma_load_general(
    bus_dma_tag_t t, bus_dmamap_t map, const struct origin *og, int flags)
{
	struct load ld;
	int error;

	error = busdma_load_fresh(og->og_func, t, map);
	if (error != 0)
		return error;
	ld.ld_tag = t;
	ld.ld_map = map;
	ld.ld_func = og->og_func;
	ld.ld_total = og->og_len;
	ld.ld_record = NULL;
	segments_init(&ld.ld_sg, map);
	ld.ld_sg.sg_where = 0;
	if (og->og_len > map->_dm_size) {
		error = BUSDMA_WHY(EINVAL, BUS_DMA_WHY_LENGTH);
	} else if (map->dm_maxsegsz - 1 >= map->_dm_maxmaxsegsz) {
		/* 0, or above what create allowed. */
		busdma_report(t, map, BUSDMA_REPORT_MAXSEGSZ, og->og_func, 0,
		    map->dm_maxsegsz);
		error = BUSDMA_WHY(EINVAL, BUS_DMA_WHY_CALLER);
	} else if (og->og_len == 0) {
		map->_dm_flags = BUSDMA_MF_EMPTY;
		return 0;
	} else {
		error = load_walk(&ld, og, flags);
		if (error == 0)
			return load_finish(t, map, og->og_len,
			    segments_count(&ld.ld_sg, map), ld.ld_mflags,
			    flags);
	}
	return busdma_load_unfit(&ld, og, flags, error);
}

/* The hook translated nothing; or it says that it wrote past its array. */
static int
load_broken(struct load *ld, unsigned n, uintptr_t va)
{
	ld->ld_sg.sg_where = va;
	if (n == 0)
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	busdma_report(
	    ld->ld_tag, ld->ld_map, BUSDMA_REPORT_PLATFORM, ld->ld_func, va, n);
	return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_CALLER);
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
		return load_broken(ld, 0, va);
	do {
		n = pl->pl_extract(
		    pl, og->og_space, va, len, frags, BUSDMA_NFRAGS);
		if (n - 1 >= BUSDMA_NFRAGS)
			return load_broken(ld, n, va);
		f = frags;
		do {
			/* Of length 0, or longer than what was asked for. */
			if (f->bf_len - 1 >= len)
				return busdma_load_check(ld, f, len);
			ld->ld_va = va;
			error = busdma_load_frag(ld, f->bf_addr, f->bf_len);
			if (error != 0)
				return error;
			va += (uintptr_t)f->bf_len;
			len -= f->bf_len;
			f++;
		} while (--n != 0);
	} while (len != 0);
	return 0;
}

int
busdma_walk_linear(struct load *ld, const struct origin *og)
{
	return busdma_load_linear(ld, og, og->og_va, og->og_len);
}

static BUSDMA_COLD int
load_general_linear(bus_dma_tag_t t, bus_dmamap_t map, void *buf,
    bus_size_t buflen, struct proc *p, int flags)
{
	struct origin og;

	og.og_walk = busdma_walk_linear;
	og.og_func = "bus_dmamap_load";
	og.og_space = NULL;
	og.og_va = (uintptr_t)buf;
	og.og_len = buflen;
	if (p != NULL && t != NULL)
		og.og_space = t->dt_pl->pl_space != NULL
				  ? t->dt_pl->pl_space(t->dt_pl, p)
				  : (busdma_space_t)p;
	return busdma_load_general(t, map, &og, flags);
}

/*
 * A load that the quick way has begun: what it needs again when more than one
 * segment comes of it, out of the registers' way.
 */
struct quick {
	void *qu_buf;
	int qu_flags;
	struct busdma_frag qu_frags[BUSDMA_NFRAGS];
};

/* Many fragments, of which the first `n' are translated. */
static __attribute__((noinline)) int
load_many(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len, struct quick *qu,
    unsigned n)
{
	const struct busdma_platform *pl = t->dt_pl;
	uintptr_t va = (uintptr_t)qu->qu_buf;
	bus_size_t left = len, some;
	struct segments sg;

	segments_init(&sg, map);
	if (t->dt_alignmask != 0)
		goto again;
	for (;;) {
		/* Final: asked again, the hook might answer. */
		if (n == 0) {
			sg.sg_where = va;
			return busdma_load_failed(t, map, &sg,
			    BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED));
		}
		if (n > BUSDMA_NFRAGS)
			goto again;
		some = busdma_segments_quick(&sg, t, map, qu->qu_frags, n);
		if (some - 1 >= left)
			goto again;
		left -= some;
		if (left == 0)
			break;
		va += (uintptr_t)some;
		n = pl->pl_extract(
		    pl, NULL, va, left, qu->qu_frags, BUSDMA_NFRAGS);
	}
	return load_finish(
	    t, map, len, segments_count(&sg, map), t->dt_mflags, qu->qu_flags);
again:
	return load_general_linear(t, map, qu->qu_buf, len, NULL, qu->qu_flags);
}

/* One fragment, outside the shortcut: there may be a layer for that. */
static __attribute__((noinline)) int
load_outside(
    bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len, struct quick *qu)
{
	uint32_t mflags = 0;

	if (t->dt_loadone != NULL && len <= map->dm_maxsegsz)
		mflags = t->dt_loadone(
		    t, map, qu->qu_frags, (uintptr_t)qu->qu_buf, qu->qu_flags);
	if (mflags == 0)
		return load_many(t, map, len, qu, 1);
	return load_finish(t, map, len, 1, mflags, qu->qu_flags);
}

int
bus_dmamap_load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t buflen,
    struct proc *p, int flags)
{
	const struct busdma_platform *pl;
	bus_dma_segment_t *seg;
	bus_addr_t bus;
	struct quick qu;
	unsigned n;

	if (p != NULL || !load_quick(t, map, buflen) ||
	    buflen - 1 > UINTPTR_MAX - (uintptr_t)buf)
		return load_general_linear(t, map, buf, buflen, p, flags);
	qu.qu_buf = buf;
	qu.qu_flags = flags;
	pl = t->dt_pl;
	n = pl->pl_extract(
	    pl, NULL, (uintptr_t)buf, buflen, qu.qu_frags, BUSDMA_NFRAGS);
	if (n != 1 || qu.qu_frags[0].bf_len != buflen)
		return load_many(t, map, buflen, &qu, n);
	if (!load_within(t, qu.qu_frags[0].bf_addr, buflen))
		return load_outside(t, map, buflen, &qu);
	/* One run; and if it makes one segment, there is nothing to build. */
	bus = qu.qu_frags[0].bf_addr + t->dt_winoff;
	if (buflen > map->dm_maxsegsz ||
	    (bus ^ (bus + (buflen - 1))) > map->_dm_bspan ||
	    t->dt_alignmask != 0)
		return load_many(t, map, buflen, &qu, n);
	seg = map->dm_segs;
	seg->ds_addr = bus;
	seg->ds_len = buflen;
	return load_finish(t, map, buflen, 1, t->dt_mflags, qu.qu_flags);
}

static int
walk_raw(struct load *ld, const struct origin *og)
{
	const bus_dma_segment_t *seg = og->og_segs, *end;
	bus_size_t left = og->og_len, len;
	int error;

	if (seg == NULL)
		return BUSDMA_WHY(EINVAL, BUS_DMA_WHY_ORIGIN);
	end = seg + og->og_nsegs;
	for (; left != 0; seg++) {
		if (seg == end)
			return BUSDMA_WHY(EINVAL, BUS_DMA_WHY_ORIGIN);
		len = seg->ds_len < left ? seg->ds_len : left;
		if (len == 0)
			continue;
		error = busdma_load_frag(ld, seg->ds_addr, len);
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

	og.og_walk = walk_raw;
	og.og_func = "bus_dmamap_load_raw";
	og.og_ops = NULL;
	og.og_space = BUSDMA_SPACE_PHYSICAL;
	og.og_segs = segs;
	og.og_nsegs = nsegs > 0 ? nsegs : 0;
	og.og_len = size;
	return busdma_load_general(t, map, &og, flags);
}
