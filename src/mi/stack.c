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

#define ROUNDUP8(v) (((v) + 7) & ~(uint32_t)7)

/* What one layer adds to the flags of a stack. */
static uint32_t
ops_flags(const struct busdma_backend_ops *ops)
{
	uint32_t flags = 0;

	if (ops->bo_load != NULL)
		flags |= BUSDMA_TF_WHOLE;
	if (ops->bo_loaded != NULL)
		flags |= BUSDMA_TF_LOADED;
	if (ops->bo_sync != NULL)
		flags |=
		    ops->bo_load != NULL ? BUSDMA_TF_WSYNC : BUSDMA_TF_SYNC;
	if (ops->bo_unload != NULL)
		flags |=
		    ops->bo_load != NULL ? BUSDMA_TF_WUNLOAD : BUSDMA_TF_UNLOAD;
	return flags;
}

/* The flags of a loaded map, from those of its tag. */
static uint32_t
map_flags(uint32_t tflags, bool whole)
{
	uint32_t mflags = BUSDMA_MF_LOADED, sync, unload;

	sync = BUSDMA_TF_SYNC;
	unload = BUSDMA_TF_UNLOAD;
	if (whole) {
		mflags |= BUSDMA_MF_WHOLE;
		sync |= BUSDMA_TF_WSYNC;
		unload |= BUSDMA_TF_WUNLOAD;
	}
	if ((tflags & sync) == 0)
		mflags |= BUSDMA_MF_QUIET;
	if ((tflags & unload) != 0)
		mflags |= BUSDMA_MF_UNLOAD;
	return mflags;
}

/* The layer that serves syncs alone, or NULL. */
static bus_dma_tag_t
sync_alone(bus_dma_tag_t t)
{
	bus_dma_tag_t alone = NULL;
	unsigned i;

	for (i = 0; i < t->dt_nlayers; i++) {
		if (t->dt_layers[i]->dt_ops->bo_sync == NULL)
			continue;
		if (alone != NULL)
			return NULL;
		alone = t->dt_layers[i];
	}
	if (alone != NULL && alone->dt_ops->bo_syncalone == NULL)
		alone = NULL;
	return alone;
}

static int
stack_tag(bus_dma_tag_t t, const struct busdma_tag_config *tc)
{
	const struct busdma_backend_ops *ops = tc->tc_ops;
	const struct busdma_platform *pl = t->dt_pl;

	/* Here, for nothing waits where there is no stack. */
	if ((pl->pl_wait == NULL) != (pl->pl_wake == NULL))
		return EINVAL;
	if (ops->bo_load != NULL &&
	    (ops->bo_loaded != NULL || ops->bo_map != NULL))
		return EINVAL;
	t->dt_alone = sync_alone(t);
	if (t->dt_alone != NULL)
		t->dt_syncalone = t->dt_alone->dt_ops->bo_syncalone;
	t->dt_flags |= ops_flags(ops);
	if (tc->tc_join)
		t->dt_flags |= BUSDMA_TF_JOIN;
	t->dt_mflags = map_flags(t->dt_flags, false);
	if (t->dt_lower != NULL && t->dt_lower->dt_flags == 0 &&
	    t->dt_alignmask == 0 && ops->bo_loadone != NULL) {
		t->dt_loadone = ops->bo_loadone;
		t->dt_unloadone = ops->bo_unload;
		t->dt_oneflags =
		    map_flags(t->dt_flags, true) & ~BUSDMA_MF_QUIET;
	}
	if (t->dt_recbytes == 0)
		t->dt_recbytes = sizeof(struct busdma_frag);
	if (tc->tc_memory && t->dt_memoff == 0) {
		t->dt_memoff = t->dt_recbytes;
		t->dt_recbytes += ROUNDUP8(sizeof(struct busdma_memory));
	}
	t->dt_recoff = t->dt_recbytes;
	t->dt_recbytes += ROUNDUP8(tc->tc_record);
	return 0;
}

/*
 * Records of a map on a stack that wants whole loads: enough for a buffer that
 * has a fragment on each page.
 */
static uint64_t
map_records(bus_dma_tag_t t, bus_size_t size, int nsegments)
{
	uint64_t pages, page = t->dt_pl->pl_pagesize;

	/* No division: the page is a power of two. */
	for (pages = size; page > 1; page >>= 1)
		pages = (pages >> 1) + (pages & 1);
	if (pages < (uint64_t)nsegments)
		pages = (uint64_t)nsegments - 1;
	return pages + 1 + 16;
}

static uint64_t
stack_records(bus_dma_tag_t t, bus_size_t size, int nsegments)
{
	uint64_t n;

	if ((t->dt_flags & BUSDMA_TF_WHOLE) == 0)
		return 0;
	n = map_records(t, size, nsegments);
	if (n > 0x7fffffff)
		return (uint64_t)1 << 63;
	return sizeof(struct busdma_records) + n * t->dt_recbytes;
}

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

/* What is known of the memory of a fragment that a walk hands in. */
static void
record_memory(
    struct load *ld, paddr_t addr, bus_size_t len, struct busdma_memory *me)
{
	const struct busdma_platform *pl = ld->ld_tag->dt_pl;

	me->me_addr = addr;
	me->me_va = 0;
	me->me_flags = (ld->ld_part & BUSDMA_MEMORY_OWNED) | ld->ld_all;
	if (ld->ld_space == NULL) {
		me->me_va = ld->ld_va;
		me->me_flags |= BUSDMA_MEMORY_KVA;
	} else if (pl->pl_window == NULL && addr + (len - 1) <= UINTPTR_MAX) {
		/* Without windows, the kernel reaches memory where it is. */
		me->me_va = (uintptr_t)addr;
		me->me_flags |= BUSDMA_MEMORY_KVA;
	}
	/* Pages of whoever loads them. */
	if (ld->ld_space == BUSDMA_SPACE_PHYSICAL)
		me->me_flags |= BUSDMA_MEMORY_OWNED;
	if (pl->pl_memory != NULL)
		me->me_flags |=
		    pl->pl_memory(pl, ld->ld_space, ld->ld_va, addr, len);
}

/* The fragment goes on where the last record ends. */
static bool
record_joins(
    const struct busdma_frags *fs, paddr_t addr, const struct busdma_memory *me)
{
	const struct busdma_memory *last;
	const struct busdma_frag *f;

	if (fs->fs_count == 0 || addr == 0)
		return false;
	f = &fs->fs_frag[fs->fs_count - 1];
	if (f->bf_addr + f->bf_len != addr)
		return false;
	if (fs->fs_memory == NULL)
		return true;
	last = &fs->fs_memory[fs->fs_count - 1];
	return last->me_flags == me->me_flags &&
	       ((me->me_flags & BUSDMA_MEMORY_KVA) == 0 ||
		   last->me_va + (uintptr_t)f->bf_len == me->me_va);
}

/* Append to the records, joined to the last where they are contiguous. */
static int
load_record(struct load *ld, paddr_t addr, bus_size_t len)
{
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_memory me = { 0 };

	ld->ld_sg.sg_where = addr;
	if (addr + (len - 1) < addr)
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	if (fs->fs_memory != NULL)
		record_memory(ld, addr, len, &me);
	if (record_joins(fs, addr, &me)) {
		fs->fs_frag[fs->fs_count - 1].bf_len += len;
		return 0;
	}
	if (fs->fs_count == fs->fs_max)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	if (fs->fs_memory != NULL)
		fs->fs_memory[fs->fs_count] = me;
	fs->fs_frag[fs->fs_count].bf_addr = addr;
	fs->fs_frag[fs->fs_count].bf_len = len;
	fs->fs_count++;
	return 0;
}

int
busdma_frags_split(struct busdma_frags *fs, unsigned i, bus_size_t len)
{
	struct busdma_memory *me;
	struct busdma_frag *f = &fs->fs_frag[i];

	if (fs->fs_count == fs->fs_max)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	memmove(f + 1, f, (fs->fs_count - i) * sizeof(*f));
	f[0].bf_len = len;
	f[1].bf_addr += len;
	f[1].bf_len -= len;
	if (fs->fs_memory != NULL) {
		me = &fs->fs_memory[i];
		memmove(me + 1, me, (fs->fs_count - i) * sizeof(*me));
		me[1].me_addr += len;
		me[1].me_va += (uintptr_t)len;
	}
	fs->fs_count++;
	return 0;
}

void *
busdma_map_array(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct busdma_records *rc = busdma_map_records(map);

	return (char *)rc->rc_frag + (size_t)rc->rc_max * t->dt_recoff;
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
		else if (error == 0 && f.bf_len < at->bf_len)
			error = busdma_frags_split(fs, i, f.bf_len);
		if (error != 0)
			break;
		*at = f;
	}
	if (error != 0)
		load_stopped(ld, i);
	return error;
}

/* bo_load of one layer; *quiet keeps what it, too, need not be called for. */
static int
records_load(struct load *ld, bus_dma_tag_t layer, int flags, unsigned *quiet)
{
	const struct busdma_backend_ops *ops = layer->dt_ops;
	int error;

	ld->ld_frags.fs_quiet = 0;
	error = ops->bo_load(layer, ld->ld_map, &ld->ld_frags, flags);
	if (ops->bo_sync != NULL)
		*quiet &= ld->ld_frags.fs_quiet;
	/* Which of them it was is the layer's secret. */
	ld->ld_sg.sg_where = 0;
	if (error != 0)
		load_stopped(ld, 0);
	return error;
}

/*
 * The records through all layers; *n is how many of these were passed.  What
 * is left in fs_quiet is for all of them.
 */
static int
records_layers(struct load *ld, int flags, unsigned *n)
{
	unsigned quiet = BUSDMA_MF_QUIET >> BUSDMA_MF_QUIET_SHIFT;
	bus_dma_tag_t layer;
	int error = 0;

	if ((ld->ld_tag->dt_flags & BUSDMA_TF_SYNC) != 0)
		quiet = 0;
	for (*n = 0; *n < ld->ld_tag->dt_nlayers; ++*n) {
		layer = ld->ld_tag->dt_layers[*n];
		if (layer->dt_ops->bo_map != NULL)
			error = records_map(ld, layer);
		if (layer->dt_ops->bo_load != NULL)
			error = records_load(ld, layer, flags, &quiet);
		if (error != 0)
			break;
	}
	ld->ld_frags.fs_quiet = quiet;
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
load_once(struct load *ld, const struct origin *og, int flags)
{
	struct held he = { 0, 0, false };
	struct busdma_records *rc = busdma_map_records(ld->ld_map);
	bus_dma_tag_t t = ld->ld_tag;
	int error;

	rc->rc_load = &ld->ld_frags;
	segments_init(&ld->ld_sg, ld->ld_map);
	ld->ld_record = load_record;
	ld->ld_frags.fs_frag = rc->rc_frag;
	ld->ld_frags.fs_memory = NULL;
	if (t->dt_memoff != 0)
		ld->ld_frags.fs_memory =
		    (struct busdma_memory *)((char *)rc->rc_frag +
					     (size_t)rc->rc_max * t->dt_memoff);
	ld->ld_frags.fs_count = 0;
	ld->ld_frags.fs_quiet = 0;
	ld->ld_frags.fs_max = (unsigned)rc->rc_max;
	ld->ld_frags.fs_func = og->og_func;
	ld->ld_frags.fs_space = og->og_space;
	ld->ld_space = og->og_space;
	ld->ld_va = 0;
	ld->ld_part = 0;
	ld->ld_all = (flags & BUS_DMA_OWNLINES) != 0 ? BUSDMA_MEMORY_OWNED : 0;
	error = og->og_walk(ld, og);
	if (error != 0)
		load_stopped(ld, ld->ld_frags.fs_count);
	else
		error = records_layers(ld, flags, &he.he_whole);
	if (error == 0)
		error = records_build(ld);
	ld->ld_mflags = map_flags(t->dt_flags, true) |
			ld->ld_frags.fs_quiet << BUSDMA_MF_QUIET_SHIFT;
	if (error != 0)
		unload_layers(t, ld->ld_map, &he);
	rc->rc_load = NULL;
	return error;
}

struct busdma_frags *
busdma_map_frags(bus_dmamap_t map)
{
	return busdma_map_records(map)->rc_load;
}

/* Once more, as one run, where that can help and a layer can do it. */
static int
load_twice(struct load *ld, const struct origin *og, int flags)
{
	int error, joined;

	ld->ld_frags.fs_waitq = NULL;
	ld->ld_frags.fs_error = 0;
	error = load_once(ld, og, flags);
	if ((ld->ld_tag->dt_flags & BUSDMA_TF_JOIN) == 0 ||
	    (flags & BUS_DMA_NOBOUNCE) != 0 || !busdma_load_tight(error))
		return error;
	ld->ld_frags.fs_error = error;
	joined = load_once(ld, og, flags | BUSDMA_LOAD_JOIN);
	/* What it can't be as one run, it may be in pieces, later. */
	if (joined != 0 && ld->ld_frags.fs_waitq != NULL &&
	    error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES))
		return error;
	return joined;
}

/* A part is tried: where there is none of what it lacks, a smaller one is. */
static bool
load_tried(const struct load *ld, int flags)
{
	return (flags & BUS_DMA_PARTIAL) != 0 && busdma_map_partial(ld->ld_map);
}

/*
 * And again whenever something has come back, where it may wait for that; or
 * callbacks are told.  What is only tried does neither.
 */
static int
stack_load(struct load *ld, const struct origin *og, int flags, int error)
{
	const bool tried = load_tried(ld, flags);
	struct busdma_records *rc = busdma_map_records(ld->ld_map);
	struct busdma_frags *fs = &ld->ld_frags;
	struct busdma_waiter wa = { 0 };

	/* All tries of a part pass those who stand there as one. */
	wa.wa_pass = rc->rc_more && rc->rc_pass;
	rc->rc_pass = false;
	if (error != LOAD_AGAIN &&
	    ((ld->ld_tag->dt_flags & BUSDMA_TF_JOIN) == 0 ||
		!busdma_load_tight(error)))
		return error;
	flags &= ~BUSDMA_LOAD_JOIN;
	wa.wa_nowait = tried || (flags & BUS_DMA_NOWAIT) != 0 ||
		       ld->ld_tag->dt_pl->pl_wait == NULL;
	fs->fs_waiter = &wa;
	do {
		error = load_twice(ld, og, flags);
	} while (error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES) &&
		 fs->fs_waitq != NULL && !tried &&
		 busdma_waitq_stand(fs->fs_waitq, &wa, fs->fs_turn));
	rc->rc_pass = wa.wa_pass;
	busdma_waitq_leave(&wa);
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
		map->_dm_flags = 0;
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
stack_create(bus_dma_tag_t t, bus_dmamap_t map, uint64_t bytes, int flags)
{
	struct busdma_records *rc;
	bus_dma_tag_t layer;
	unsigned i;
	int error;

	if ((t->dt_flags & BUSDMA_TF_WHOLE) != 0) {
		rc = busdma_map_records(map);
		rc->rc_bytes = bytes;
		rc->rc_load = NULL;
		rc->rc_more = rc->rc_pass = false;
		rc->rc_max = map_records(
		    t, map->_dm_size, (int)(map->_dm_last - map->dm_segs) + 1);
	}
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
	.st_tag = stack_tag,
	.st_records = stack_records,
	.st_create = stack_create,
	.st_destroy = stack_destroy,
	.st_load = stack_load,
	.st_loaded = stack_loaded,
	.st_unload = stack_unload,
	.st_sync = stack_sync,
};
