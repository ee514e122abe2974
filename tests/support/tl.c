/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit tests' backend: see tl.h. */
#include <string.h>

#include "tl.h"

struct tl_tag {
	struct bus_dma_tag lt_tag;
	struct tl_layer *lt_layer;
};

static struct tl_layer *
layer_of(bus_dma_tag_t t)
{
	return ((struct tl_tag *)(void *)t)->lt_layer;
}

/* Note a call; the error that it is to return. */
static int
note(struct tl_layer *tl, enum tl_op op)
{
	struct tl_trace *tt = tl->tl_trace;

	tl->tl_calls[op]++;
	if (tt != NULL && tt->tt_n < 256) {
		tt->tt_ev[tt->tt_n].te_id = tl->tl_id;
		tt->tt_ev[tt->tt_n++].te_op = op;
	}
	return tl->tl_fail == op ? tl->tl_error : 0;
}

/* The area holds `was' in every byte; from now on, `now'. */
static void
check_area(bus_dma_tag_t t, bus_dmamap_t map, int was, int now)
{
	struct tl_layer *tl = layer_of(t);
	unsigned char *p = busdma_map_area(t, map);

	if (tl->tl_area == 0)
		return;
	if ((uintptr_t)p % _Alignof(max_align_t) != 0)
		tl->tl_badarea++;
	for (size_t i = 0; i < tl->tl_area; i++)
		if (p[i] != (unsigned char)was)
			tl->tl_badarea++;
	memset(p, now, tl->tl_area);
}

static int
make(const struct busdma_tag_config *tc, struct tl_layer *tl,
    bus_dma_tag_t *newtag)
{
	bus_dma_tag_t t;
	int error = busdma_tag_create(tc, &t);

	if (error != 0)
		return error;
	((struct tl_tag *)(void *)t)->lt_layer = tl;
	if (tl->tl_shortcut)
		busdma_tag_shortcut(
		    t, 0, UINT64_MAX - tl->tl_offset, tl->tl_offset);
	if (tl->tl_noshortcut)
		busdma_tag_noshortcut(t);
	*newtag = t;
	return 0;
}

static int
op_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct tl_layer *tl = layer_of(t);
	struct busdma_tag_config tc = {
		.tc_ops = &tl->tl_ops,
		.tc_pl = lower == NULL ? t->dt_pl : NULL,
		.tc_lower = lower,
		.tc_origin = t,
		.tc_limits = lim,
		.tc_size = sizeof(struct tl_tag),
		.tc_area = tl->tl_area,
		.tc_flags = flags,
	};
	int error = note(tl, TL_NARROW);

	return error != 0 ? error : make(&tc, tl, newtag);
}

static void
op_free(bus_dma_tag_t t)
{
	note(layer_of(t), TL_FREE);
}

static int
op_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	layer_of(t)->tl_flags = flags;
	check_area(t, map, 0, (int)layer_of(t)->tl_id);
	return note(layer_of(t), TL_CREATE);
}

static void
op_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	check_area(t, map, (int)layer_of(t)->tl_id, 0xee);
	note(layer_of(t), TL_DESTROY);
}

static int
op_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	struct tl_layer *tl = layer_of(t);

	(void)map;
	if (tl->tl_most != 0 && f->bf_len > tl->tl_most)
		f->bf_len = tl->tl_most;
	f->bf_addr += tl->tl_offset;
	return note(tl, TL_MAP);
}

/* Split what is longer than tl_split, where there is room. */
static void
split(struct tl_layer *tl, struct busdma_frags *fs)
{
	for (unsigned i = 0; i < fs->fs_count; i++)
		if (fs->fs_frag[i].bf_len > tl->tl_split)
			(void)busdma_frags_split(fs, i, tl->tl_split);
}

static int
op_load(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct tl_layer *tl = layer_of(t);

	(void)map;
	tl->tl_flags = flags;
	tl->tl_nfrags = fs->fs_count;
	tl->tl_maxfrags = fs->fs_max;
	tl->tl_fragsum = 0;
	for (unsigned i = 0; i < fs->fs_count; i++) {
		tl->tl_fragsum += fs->fs_frag[i].bf_len;
		fs->fs_frag[i].bf_addr += tl->tl_offset;
	}
	if (tl->tl_split != 0)
		split(tl, fs);
	return note(tl, TL_LOAD);
}

static int
op_loaded(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct tl_layer *tl = layer_of(t);

	tl->tl_flags = flags;
	tl->tl_nsegs = map->dm_nsegs;
	return note(tl, TL_LOADED);
}

static void
op_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	(void)map;
	note(layer_of(t), TL_UNLOAD);
}

static void
op_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	struct tl_layer *tl = layer_of(t);

	(void)map;
	note(tl, TL_SYNC);
	tl->tl_syncoff = offset;
	tl->tl_synclen = len;
	tl->tl_syncops = ops;
}

static bool
op_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	struct tl_layer *tl = layer_of(t);

	note(tl, TL_REACH);
	if (i >= tl->tl_nreach)
		return false;
	*re = tl->tl_reach[i];
	return true;
}

void
tl_init(
    struct tl_layer *tl, unsigned id, const char *ops, struct tl_trace *trace)
{
	struct busdma_backend_ops *bo = &tl->tl_ops;

	memset(tl, 0, sizeof(*tl));
	tl->tl_id = id;
	tl->tl_trace = trace;
	bo->bo_size = sizeof(*bo);
	bo->bo_name = "watcher";
	bo->bo_narrow = op_narrow;
	bo->bo_free = op_free;
	if (strpbrk(ops, "clLus") != NULL)
		bo->bo_stack = &busdma_stack;
	if (strchr(ops, 'c') != NULL) {
		bo->bo_create = op_create;
		bo->bo_destroy = op_destroy;
		tl->tl_area = 24;
	}
	if (strchr(ops, 'm') != NULL)
		bo->bo_map = op_map;
	if (strchr(ops, 'l') != NULL)
		bo->bo_load = op_load;
	if (strchr(ops, 'L') != NULL)
		bo->bo_loaded = op_loaded;
	if (strchr(ops, 'u') != NULL)
		bo->bo_unload = op_unload;
	if (strchr(ops, 's') != NULL)
		bo->bo_sync = op_sync;
	if (strchr(ops, 'r') != NULL)
		bo->bo_reach = op_reach;
}

int
tl_create(struct tp *tp, struct tl_layer *tl, bus_dma_tag_t lower,
    bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = {
		.tc_ops = &tl->tl_ops,
		.tc_pl = lower == NULL ? &tp->tp_pl : NULL,
		.tc_lower = lower,
		.tc_size = sizeof(struct tl_tag),
		.tc_area = tl->tl_area,
	};

	return make(&tc, tl, newtag);
}
