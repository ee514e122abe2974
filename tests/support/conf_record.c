/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layers of the tests' own, written with <busdma/backend.h> and no more.
 */
#include "conf_record.h"

#include <string.h>

#define MAGIC 0x7265636fu

struct rec_tag {
	struct bus_dma_tag rt_tag;
	enum rec_kind rt_kind;
	unsigned rt_id;
};

/* A layer's area in a map; of odd size, so that the next one is aligned. */
struct rec_area {
	uint32_t ra_magic;
	unsigned ra_id;
	unsigned ra_held; /* loads that hold something: 0 or 1 */
	uint8_t ra_fill[13];
};

struct rec rec;

void
rec_clear(void)
{
	memset(&rec, 0, sizeof(rec));
}

void
rec_restart(void)
{
	rec.rc_n = 0;
	rec.rc_maps = 0;
}

static void
note(enum rec_op op, unsigned id, bus_addr_t offset, bus_size_t len, int ops)
{
	struct rec_event *re;

	if (rec.rc_n < REC_MAXEVENTS) {
		re = &rec.rc_event[rec.rc_n];
		re->re_op = op;
		re->re_id = id;
		re->re_offset = offset;
		re->re_len = len;
		re->re_ops = ops;
	}
	rec.rc_n++;
}

void
rec_barrier(int ops, bool wc)
{
	note(REC_BARRIER, wc, 0, 0, ops);
}

static bool
fails(enum rec_op op, unsigned id)
{
	return rec.rc_fail == op && rec.rc_failid == id;
}

static unsigned
id_of(bus_dma_tag_t t)
{
	return ((struct rec_tag *)(void *)t)->rt_id;
}

/* The layer's area, which nobody else may have touched. */
static struct rec_area *
area_of(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct rec_area *ra = busdma_map_area(t, map);
	unsigned i;

	if (ra->ra_magic != MAGIC || ra->ra_id != id_of(t))
		rec.rc_broken++;
	for (i = 0; i < sizeof(ra->ra_fill); i++) {
		if (ra->ra_fill[i] != (uint8_t)(id_of(t) * 16 + i))
			rec.rc_broken++;
	}
	return ra;
}

static int
layer_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	static const struct rec_area zero;
	struct rec_area *ra = busdma_map_area(t, map);
	unsigned i;

	if (((uintptr_t)ra & 15) != 0 || memcmp(ra, &zero, sizeof(zero)) != 0)
		rec.rc_broken++;
	if (fails(REC_CREATE, id_of(t)))
		return ENOMEM;
	ra->ra_magic = MAGIC;
	ra->ra_id = id_of(t);
	for (i = 0; i < sizeof(ra->ra_fill); i++)
		ra->ra_fill[i] = (uint8_t)(id_of(t) * 16 + i);
	note(REC_CREATE, id_of(t), 0, 0, 0);
	return 0;
}

static void
layer_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (area_of(t, map)->ra_held != 0)
		rec.rc_broken++;
	note(REC_DESTROY, id_of(t), 0, 0, 0);
}

static int
layer_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	bus_size_t piece = t->dt_pl->pl_pagesize / 4 * 3;

	(void)area_of(t, map);
	rec.rc_maps++;
	if (fails(REC_MAP, id_of(t)))
		return rec.rc_error != 0 ? rec.rc_error : EFAULT;
	if (rec.rc_wrongmap == REC_EMPTY)
		f->bf_len = 0;
	else if (rec.rc_wrongmap == REC_LONG)
		f->bf_len++;
	else if (f->bf_len > piece)
		f->bf_len = piece;
	return 0;
}

/* Each page is where its neighbour is. */
static int
layer_swap(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	bus_size_t page = t->dt_pl->pl_pagesize;
	bus_size_t room = page - (f->bf_addr & (page - 1));

	(void)area_of(t, map);
	if (f->bf_len > room)
		f->bf_len = room;
	f->bf_addr ^= page;
	return 0;
}

/* What passes addresses on as they are reaches what the layer below does. */
static bool
layer_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	return busdma_reach(t->dt_lower, i, re);
}

/* And might be elsewhere at the next load. */
static bool
table_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	if (!busdma_reach(t->dt_lower, i, re))
		return false;
	re->re_fixed = false;
	return true;
}

/* Each cut in the middle, from the last to the first. */
static void
split(struct busdma_frags *fs)
{
	bus_size_t half;
	unsigned i;

	for (i = fs->fs_count; i-- > 0;) {
		half = fs->fs_frag[i].bf_len / 2;
		if (half != 0 && busdma_frags_split(fs, i, half) != 0)
			break;
	}
}

static void
spoil(struct busdma_frags *fs)
{
	struct busdma_frag *last = &fs->fs_frag[fs->fs_count - 1];

	switch (rec.rc_wrong) {
	case REC_RIGHT:
		break;
	case REC_SHORT:
		last->bf_len--;
		break;
	case REC_LONG:
		last->bf_len++;
		break;
	case REC_EMPTY:
		last->bf_len = 0;
		break;
	case REC_WRAP:
		last->bf_addr = ~(paddr_t)0 - last->bf_len / 2;
		break;
	case REC_NONE:
		fs->fs_count = 0;
		break;
	}
}

static int
layer_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct rec_area *ra = area_of(t, map);

	if (fs->fs_count == 0 || fs->fs_count > fs->fs_max)
		rec.rc_broken++;
	if (fails(REC_LOAD, id_of(t)))
		return rec.rc_error != 0 ? rec.rc_error : ENOMEM;
	if (((struct rec_tag *)(void *)t)->rt_kind == REC_SPLIT)
		split(fs);
	spoil(fs);
	if (ra->ra_held++ != 0)
		rec.rc_broken++;
	note(REC_LOAD, id_of(t), 0, 0, flags);
	return 0;
}

static int
layer_loaded(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct rec_area *ra = area_of(t, map);

	/* The segments are built. */
	if (map->dm_mapsize == 0 || map->dm_nsegs < 1)
		rec.rc_broken++;
	if (fails(REC_LOADED, id_of(t)))
		return rec.rc_error != 0 ? rec.rc_error : ENOMEM;
	if (ra->ra_held++ != 0)
		rec.rc_broken++;
	note(REC_LOADED, id_of(t), 0, 0, flags);
	return 0;
}

static void
layer_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct rec_area *ra = area_of(t, map);

	if (t->dt_ops->bo_map == NULL && ra->ra_held-- != 1)
		rec.rc_broken++;
	note(REC_UNLOAD, id_of(t), 0, 0, 0);
}

static void
layer_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	(void)area_of(t, map);
	note(REC_SYNC, id_of(t), offset, len, ops);
}

static void
layer_free(bus_dma_tag_t t)
{
	note(REC_FREE, id_of(t), 0, 0, 0);
}

static int layer_narrow(bus_dma_tag_t, bus_dma_tag_t,
    const struct bus_dma_limits *, bus_dma_tag_t *, int);

#define COMMON(kind)                                            \
	.bo_size = sizeof(struct busdma_backend_ops),           \
	.bo_name = "record-" kind, .bo_narrow = layer_narrow,   \
	.bo_free = layer_free, .bo_create = layer_create,       \
	.bo_destroy = layer_destroy, .bo_unload = layer_unload, \
	.bo_sync = layer_sync, .bo_stack = &busdma_stack

static const struct busdma_backend_ops ops[] = {
	[REC_WHOLE] = { COMMON("whole"), .bo_load = layer_load,
	    .bo_reach = layer_reach },
	[REC_SPLIT] = { COMMON("split"), .bo_load = layer_load,
	    .bo_reach = layer_reach },
	[REC_PIECE] = { COMMON("piece"), .bo_map = layer_map,
	    .bo_reach = layer_reach },
	[REC_TOLD] = { COMMON("told"), .bo_loaded = layer_loaded },
	[REC_TABLE] = { COMMON("table"), .bo_map = layer_swap,
	    .bo_reach = table_reach },
	[REC_MUTE] = { COMMON("mute"), .bo_map = layer_swap },
};

const struct busdma_backend_ops *
rec_ops(enum rec_kind kind)
{
	return &ops[kind];
}

static int
make(enum rec_kind kind, unsigned id, bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct busdma_tag_config tc;
	struct rec_tag *rt;
	bus_dma_tag_t t;
	int error;

	memset(&tc, 0, sizeof(tc));
	tc.tc_ops = &ops[kind];
	tc.tc_lower = lower;
	tc.tc_origin = origin;
	tc.tc_limits = lim;
	tc.tc_size = sizeof(struct rec_tag);
	tc.tc_area = sizeof(struct rec_area) + id;
	tc.tc_flags = flags;
	error = busdma_tag_create(&tc, &t);
	if (error != 0)
		return error;
	rt = (struct rec_tag *)(void *)t;
	if (rt->rt_id != 0 || rt->rt_kind != 0)
		rec.rc_broken++;
	rt->rt_kind = kind;
	rt->rt_id = id;
	*newtag = t;
	return 0;
}

static int
layer_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct rec_tag *rt = (struct rec_tag *)(void *)t;

	if (fails(REC_NARROW, rt->rt_id))
		return ENOMEM;
	note(REC_NARROW, rt->rt_id, 0, 0, flags);
	return make(rt->rt_kind, rt->rt_id, lower, t, lim, newtag, flags);
}

int
rec_create(enum rec_kind kind, unsigned id, bus_dma_tag_t lower,
    bus_dma_tag_t *newtag, int flags)
{
	return make(kind, id, lower, NULL, NULL, newtag, flags);
}
