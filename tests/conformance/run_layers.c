/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layers written outside the tree: the conformance suite over stacks of them,
 * and what the machine-independent layer owes to a backend: who is called,
 * when, in which order, and who is not.
 */
#include <busdma/bus_dma_stats.h>

#include "../support/conf_flat.h"
#include "../support/conf_record.h"

#define COHERENT BUS_DMA_WINDOW_COHERENT
#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

/* ---- stacks ---- */

static bool
put(bus_dma_tag_t *tp, enum rec_kind kind, unsigned id)
{
	bus_dma_tag_t t;

	if (rec_create(kind, id, *tp, &t, 0) != 0)
		return false;
	busdma_tag_release(*tp);
	*tp = t;
	return true;
}

static bool
stack_whole(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_WHOLE, 1);
}

static bool
stack_split(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_SPLIT, 1);
}

static bool
stack_piece(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_PIECE, 1);
}

static bool
stack_told(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_TOLD, 1);
}

/* From the bottom: pieces, all at once, told of the end. */
static bool
stack_three(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_PIECE, 1) && put(tp, REC_WHOLE, 2) &&
	       put(tp, REC_TOLD, 3);
}

static bool
stack_splits(bus_dma_tag_t *tp)
{
	rec_clear();
	return put(tp, REC_SPLIT, 1) && put(tp, REC_PIECE, 2) &&
	       put(tp, REC_SPLIT, 3);
}

/* ---- checks of the record ---- */

#define EVENT(i, op, id)                       \
	do {                                   \
		TRUE((i) < rec.rc_n);          \
		EQ(rec.rc_event[i].re_op, op); \
		EQ(rec.rc_event[i].re_id, id); \
	} while (0)

#define INTACT() EQ(rec.rc_broken, 0)

/* How often `op' of layer `id' was called. */
static unsigned
count(enum rec_op op, unsigned id)
{
	unsigned i, n = 0;

	for (i = 0; i < rec.rc_n && i < REC_MAXEVENTS; i++) {
		if (rec.rc_event[i].re_op == op && rec.rc_event[i].re_id == id)
			n++;
	}
	return n;
}

/* A map of the stack with 4096 bytes loaded, and the record empty. */
static bus_dmamap_t
loaded(struct conf *c, bus_dma_tag_t t)
{
	bus_dmamap_t map;
	void *buf;
	int error;

	buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page);
	if (buf == NULL)
		return NULL;
	map = conf_map(c, t, 4096, 8, 4096, 0);
	if (map == NULL)
		return NULL;
	error = bus_dmamap_load(t, map, buf, 4096, NULL, BUS_DMA_NOWAIT);
	rec_restart();
	return conf_eq(
		   c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0)
		   ? map
		   : NULL;
}

/* ---- cases, on stack_three ---- */

static void
sync_order(struct conf *c)
{
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, c->cf_tag));
	conf_flat_on_barrier = rec_barrier;
	bus_dmamap_sync(c->cf_tag, map, 100, 200, PRE);
	EQ(rec.rc_n, 4);
	for (i = 0; i < 3; i++) {
		EVENT(i, REC_SYNC, 3 - i);
		EQ(rec.rc_event[i].re_offset, 100);
		EQ(rec.rc_event[i].re_len, 200);
		EQ(rec.rc_event[i].re_ops, PRE);
	}
	EVENT(3, REC_BARRIER, 0);
	rec_restart();
	bus_dmamap_sync(c->cf_tag, map, 4000, 96, BUS_DMASYNC_POSTREAD);
	EQ(rec.rc_n, 4);
	EVENT(0, REC_BARRIER, 0);
	for (i = 1; i < 4; i++) {
		EVENT(i, REC_SYNC, i);
		EQ(rec.rc_event[i].re_offset, 4000);
		EQ(rec.rc_event[i].re_len, 96);
		EQ(rec.rc_event[i].re_ops, BUS_DMASYNC_POSTREAD);
	}
	INTACT();
}

/* PRE with POST: all of POST before any of PRE. */
static void
sync_mixed(struct conf *c)
{
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, c->cf_tag));
	conf_flat_on_barrier = rec_barrier;
	bus_dmamap_sync(c->cf_tag, map, 0, 10, PRE | POST);
	REPORTED(BUSDMA_REPORT_SYNCMIX);
	EQ(rec.rc_n, 8);
	EVENT(0, REC_BARRIER, 0);
	for (i = 1; i < 4; i++) {
		EVENT(i, REC_SYNC, i);
		EQ(rec.rc_event[i].re_ops, POST);
	}
	for (i = 4; i < 7; i++) {
		EVENT(i, REC_SYNC, 7 - i);
		EQ(rec.rc_event[i].re_ops, PRE);
	}
	EVENT(7, REC_BARRIER, 0);
}

/* A layer sees no byte outside the mapping. */
static void
sync_clipped(struct conf *c)
{
	static const struct {
		uint64_t off, len, clipped;
	} t[] = { { 4000, 1000, 96 }, { 0, ~(uint64_t)0, 4096 },
		{ 1, ~(uint64_t)0, 4095 }, { 4095, ~(uint64_t)0 - 4000, 1 } };
	bus_dmamap_t map;
	unsigned i, j;

	OK(map = loaded(c, c->cf_tag));
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		rec_restart();
		bus_dmamap_sync(c->cf_tag, map, t[i].off, t[i].len, PRE);
		REPORTED(BUSDMA_REPORT_SYNCRANGE);
		EQ(rec.rc_n, 3);
		for (j = 0; j < 3; j++) {
			EVENT(j, REC_SYNC, 3 - j);
			EQ(rec.rc_event[j].re_offset, t[i].off);
			EQ(rec.rc_event[j].re_len, t[i].clipped);
		}
	}
	/* Wholly outside: nothing, or nothing of it. */
	rec_restart();
	bus_dmamap_sync(c->cf_tag, map, ~(uint64_t)0 - 5, 10, PRE);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	for (j = 0; j < rec.rc_n; j++)
		EQ(rec.rc_event[j].re_len, 0);
	INTACT();
}

static void
sync_unloaded(struct conf *c)
{
	bus_dmamap_t map;

	OK(map = loaded(c, c->cf_tag));
	bus_dmamap_unload(c->cf_tag, map);
	rec_restart();
	bus_dmamap_sync(c->cf_tag, map, 0, 10, PRE);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	EQ(rec.rc_n, 0);
}

static void
unload_order(struct conf *c)
{
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, c->cf_tag));
	bus_dmamap_unload(c->cf_tag, map);
	EQ(rec.rc_n, 3);
	for (i = 0; i < 3; i++)
		EVENT(i, REC_UNLOAD, i + 1);
	/* Once. */
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
	EQ(rec.rc_n, 3);
	INTACT();
}

static void
destroy_unloads(struct conf *c)
{
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, c->cf_tag));
	conf_unmap(c, map);
	EQ(rec.rc_n, 6);
	for (i = 0; i < 3; i++) {
		EVENT(i, REC_UNLOAD, i + 1);
		EQ(count(REC_DESTROY, i + 1), 1);
	}
	INTACT();
}

/* A load on a loaded map ends the old mapping first. */
static void
reload(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;
	unsigned i;

	OK(map = loaded(c, c->cf_tag));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 100, NULL, BUS_DMA_NOWAIT), 0);
	REPORTED(BUSDMA_REPORT_RELOAD);
	EQ(rec.rc_n, 5);
	for (i = 0; i < 3; i++)
		EVENT(i, REC_UNLOAD, i + 1);
	EVENT(3, REC_LOAD, 2);
	EVENT(4, REC_LOADED, 3);
	INTACT();
}

/* A load of nothing asks nobody. */
static void
zero_length(struct conf *c)
{
	bus_dmamap_t map;

	OK(map = conf_map(c, c->cf_tag, 100, 1, 100, 0));
	rec_restart();
	EQ(bus_dmamap_load(c->cf_tag, map, NULL, 0, NULL, BUS_DMA_NOWAIT), 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(rec.rc_n, 0);
	EQ(rec.rc_maps, 0);
}

/* A layer fails: those that succeeded are undone, and no other. */
static void
failed_load(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 4096, 8, 4096, 0));
	rec_restart();
	rec.rc_fail = REC_LOAD;
	rec.rc_failid = 2;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT),
	    ENOMEM);
	INVALID(map);
	EQ(rec.rc_n, 0);
	rec.rc_fail = REC_LOADED;
	rec.rc_failid = 3;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT),
	    ENOMEM);
	INVALID(map);
	EQ(rec.rc_n, 2);
	EVENT(0, REC_LOAD, 2);
	EVENT(1, REC_UNLOAD, 2);
	/* The layer below fails after those above it have succeeded. */
	rec_restart();
	rec.rc_fail = REC_MAP;
	rec.rc_failid = 1;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	INVALID(map);
	EQ(rec.rc_n, 2);
	EVENT(0, REC_LOAD, 2);
	EVENT(1, REC_UNLOAD, 2);
	rec.rc_fail = 0;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT), 0);
	INTACT();
}

/* What a layer returns: an error with its reason, or what that means. */
static void
layer_reasons(struct conf *c)
{
	static const struct {
		int returned, error;
		enum bus_dma_reason reason;
	} v[] = {
		{ ENOMEM, ENOMEM, BUS_DMA_WHY_RESOURCES },
		{ EFAULT, EFAULT, BUS_DMA_WHY_REACH },
		{ EFBIG, EFBIG, BUS_DMA_WHY_FRAGMENTS },
		{ EBUSY, EBUSY, BUS_DMA_WHY_LAYER },
		{ BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_REACH), ENOMEM,
		    BUS_DMA_WHY_REACH },
		{ BUSDMA_WHY(EFBIG, BUS_DMA_WHY_LAYER), EFBIG,
		    BUS_DMA_WHY_LAYER },
		{ BUSDMA_WHY(ENOMEM, BUS_DMA_NWHY), ENOMEM, BUS_DMA_WHY_LAYER },
		{ -1, EFAULT, BUS_DMA_WHY_LAYER },
		{ 0x100, EFAULT, BUS_DMA_WHY_LAYER },
	};
	static const struct {
		enum rec_op op;
		unsigned id;
	} ops[] = { { REC_MAP, 1 }, { REC_LOAD, 2 }, { REC_LOADED, 3 } };
	struct bus_dma_why wy;
	bus_dmamap_t map;
	unsigned i, k;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 64, 8, 64, 0));
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (k = 0; k < 3; k++) {
			rec.rc_fail = ops[k].op;
			rec.rc_failid = ops[k].id;
			rec.rc_error = v[i].returned;
			EQ(bus_dmamap_load(
			       c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT),
			    v[i].error);
			EQ(map->dm_mapsize, 0);
			TRUE(bus_dmamap_why(c->cf_tag, map, &wy));
			EQ(wy.wy_reason, v[i].reason);
			EQ(wy.wy_offset, 0);
			/* Which piece it was, only bo_map can tell. */
			EQ(wy.wy_addr != 0,
			    v[i].reason == BUS_DMA_WHY_REACH && k == 0);
		}
	}
	rec.rc_fail = 0;
	INTACT();
	INVALID(map);
}

/* A load that is refused when it is done is none. */
static void
refused_not_counted(struct conf *c)
{
	struct bus_dma_stats ds, before;
	bus_dmamap_t map;
	char *buf;

	bus_dma_stats(c->cf_tag, &before);
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 64, 8, 16, 0));
	rec.rc_fail = REC_LOADED;
	rec.rc_failid = 3;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT),
	    ENOMEM);
	bus_dma_stats(c->cf_tag, &ds);
	EQ(ds.ds_loads, before.ds_loads);
	EQ(ds.ds_segments, before.ds_segments);
	EQ(ds.ds_loaded, 0);
	rec.rc_fail = 0;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
	bus_dma_stats(c->cf_tag, &ds);
	EQ(ds.ds_loads, before.ds_loads + 1);
	EQ(ds.ds_segments, before.ds_segments + 4);
	conf_unmap(c, map);
}

/* Of a block, its own bytes are handed over and no others. */
static void
pool_sync(struct conf *c)
{
	const bus_size_t size = c->cf_page / 64;
	struct bus_dmapool_block *pb;
	const struct rec_event *re;
	bus_dmapool_t pool;
	unsigned i;

	OK(pool = conf_pool(c, c->cf_tag, size, size, 0, 8));
	for (i = 0; i < 8; i++) {
		OK(pb = conf_block(c, pool));
		rec_restart();
		bus_dmapool_sync(pool, pb, 8, 16, BUS_DMASYNC_PREWRITE);
		EVENT(0, REC_SYNC, 3);
		re = &rec.rc_event[0];
		/* A chunk begins with a page. */
		EQ(re->re_offset, (pb->pb_addr & (c->cf_page - 1)) + 8);
		EQ(re->re_len, 16);
		EQ(re->re_ops, BUS_DMASYNC_PREWRITE);
		rec_restart();
		bus_dmapool_sync(pool, pb, size - 4, 5, BUS_DMASYNC_PREREAD);
		REPORTED(BUSDMA_REPORT_SYNCRANGE);
		EVENT(0, REC_SYNC, 3);
		EQ(re->re_offset, (pb->pb_addr & (c->cf_page - 1)) + size - 4);
		EQ(re->re_len, 4);
	}
	INTACT();
}

/* The layers succeed, and it does not fit. */
static void
failed_build(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 4096, 4, 1000, 0));
	rec_restart();
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT),
	    EFBIG);
	INVALID(map);
	EQ(count(REC_LOADED, 3), 0);
	EQ(count(REC_UNLOAD, 3), 0);
	EQ(count(REC_UNLOAD, 1), 0);
	EQ(count(REC_LOAD, 2), count(REC_UNLOAD, 2));
	QUIET();
	INTACT();
}

/* What a broken layer leaves is reported, and never reaches the driver. */
static void
wrong_fragments(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;
	int w;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 4096, 8, 4096, 0));
	for (w = REC_SHORT; w <= REC_NONE; w++) {
		rec_restart();
		rec.rc_wrong = (enum rec_wrong)w;
		EQ(bus_dmamap_load(
		       c->cf_tag, map, buf, 4000, NULL, BUS_DMA_NOWAIT),
		    EFAULT);
		INVALID(map);
		/* One that wraps is out of reach for the layer below. */
		if (w != REC_WRAP)
			REPORTED(BUSDMA_REPORT_PLATFORM);
		EQ(count(REC_LOAD, 2), 1);
		EQ(count(REC_UNLOAD, 2), 1);
		EQ(count(REC_LOADED, 3), 0);
	}
	rec.rc_wrong = REC_RIGHT;
	for (w = REC_LONG; w <= REC_EMPTY; w++) {
		rec.rc_wrongmap = (enum rec_wrong)w;
		EQ(bus_dmamap_load(
		       c->cf_tag, map, buf, 2000, NULL, BUS_DMA_NOWAIT),
		    EFAULT);
		INVALID(map);
		REPORTED(BUSDMA_REPORT_PLATFORM);
	}
	rec.rc_wrongmap = REC_RIGHT;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4000, NULL, BUS_DMA_NOWAIT), 0);
	INTACT();
}

static void
failed_create(struct conf *c)
{
	bus_dmamap_t map = NULL;
	unsigned id, i;

	for (id = 1; id <= 3; id++) {
		rec_restart();
		rec.rc_fail = REC_CREATE;
		rec.rc_failid = id;
		EQ(bus_dmamap_create(
		       c->cf_tag, 100, 1, 100, 0, BUS_DMA_NOWAIT, &map),
		    ENOMEM);
		EQ(count(REC_CREATE, id), 0);
		for (i = 1; i <= 3; i++)
			EQ(count(REC_CREATE, i), count(REC_DESTROY, i));
	}
	rec.rc_fail = 0;
	INTACT();
}

static void
narrow(struct conf *c)
{
	bus_dma_tag_t t, t2;
	bus_addr_t b;
	bus_dmamap_t map;
	char *buf;
	unsigned i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	TRUE(conf_bus(c, conf_pa(c, buf), &b));
	rec_restart();
	OK(t = conf_subregion(c, c->cf_tag, b, b + c->cf_page - 1));
	for (i = 0; i < 3; i++)
		EVENT(i, REC_NARROW, i + 1);
	OK(t2 = conf_subregion(c, t, b + 16, ~(bus_addr_t)0));
	OK(map = conf_map(c, t2, 4096, 8, 4096, 0));
	/* The same stack, and its bounds hold. */
	rec_restart();
	EQ(bus_dmamap_load(t2, map, buf + 16, 1000, NULL, BUS_DMA_NOWAIT), 0);
	EVENT(0, REC_LOAD, 2);
	EVENT(1, REC_LOADED, 3);
	TRUE(rec.rc_maps != 0);
	bus_dmamap_unload(t2, map);
	EQ(bus_dmamap_load(t2, map, buf + 15, 16, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	EQ(bus_dmamap_load(
	       t2, map, buf + c->cf_page - 8, 9, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	conf_unmap(c, map);
	/* Each layer's tag is freed, once. */
	rec_restart();
	conf_untag(c, t2);
	for (i = 1; i <= 3; i++)
		EQ(count(REC_FREE, i), 1);
	QUIET();
	INTACT();
}

static void
failed_narrow(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 8 };
	bus_dma_tag_t t = NULL;
	unsigned id, i;

	for (id = 1; id <= 3; id++) {
		rec_restart();
		rec.rc_fail = REC_NARROW;
		rec.rc_failid = id;
		EQ(bus_dmatag_restrict(c->cf_tag, &lim, &t, BUS_DMA_NOWAIT),
		    ENOMEM);
		for (i = 1; i <= 3; i++)
			EQ(count(REC_NARROW, i), count(REC_FREE, i));
	}
	rec.rc_fail = 0;
	INTACT();
}

/*
 * The tag below was given up early, which is reported: the one on top of it
 * works and is narrowed all the same.
 */
static void
lower_given_up(struct conf *c)
{
	static const struct bus_dma_limits lim;
	bus_dma_tag_t below, top, t;
	bus_dmamap_t map;

	OK(below = conf_restrict(c, c->cf_tag, &lim));
	EQ(rec_create(REC_WHOLE, 4, below, &top, 0), 0);
	c->cf_tags[CONF_NTAGS - 1] = top;
	conf_untag(c, below);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	OK(t = conf_restrict(c, top, &lim));
	QUIET();
	OK(map = loaded(c, t));
	conf_unmap(c, map);
	conf_untag(c, t);
	QUIET();
	OK(map = loaded(c, top));
	conf_unmap(c, map);
	conf_untag(c, top);
	QUIET();
	INTACT();
}

/* A map that a tag given up refuses: the layers' part of it is undone. */
static void
dead_tag(struct conf *c)
{
	static const struct bus_dma_limits lim;
	bus_dmamap_t map, none = NULL;
	bus_dma_tag_t t;
	unsigned i;

	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, t, 100, 1, 100, 0));
	conf_untag(c, t);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	rec_restart();
	EQ(bus_dmamap_create(t, 100, 1, 100, 0, BUS_DMA_NOWAIT, &none), EINVAL);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	for (i = 1; i <= 3; i++) {
		EQ(count(REC_CREATE, i), 1);
		EQ(count(REC_DESTROY, i), 1);
	}
	conf_unmap(c, map);
	INTACT();
}

/* The barriers of a sync on `t': as many, and all of this kind. */
static bool
barriers(struct conf *c, bus_dma_tag_t t, bus_dmamap_t map, bool wc)
{
	rec_restart();
	bus_dmamap_sync(t, map, 0, 1, BUS_DMASYNC_PREWRITE);
	return conf_eq(c, __FILE__, __LINE__, "cpu_barrier",
		   count(REC_BARRIER, 0), !wc) &&
	       conf_eq(c, __FILE__, __LINE__, "cpu_barrier_wc",
		   count(REC_BARRIER, 1), wc);
}

/*
 * Memory that write-combines, mapped through one tag of a bus, is met by the
 * syncs of all its tags: narrowed, stacked, made later; not by another bus's.
 */
static void
shared_barrier(struct conf *c)
{
	static const struct bus_dma_limits lim;
	const struct conf_env *env = c->cf_env;
	bus_dma_segment_t nowhere = { 0, c->cf_page };
	struct conf_dmamem *d;
	bus_dma_tag_t t[5];
	bus_dmamap_t map[5];
	void *kva;
	unsigned i;

	conf_flat_on_barrier = rec_barrier;
	t[0] = c->cf_tag;
	OK(t[1] = conf_subregion(c, t[0], 0, ~(bus_addr_t)0));
	EQ(rec_create(REC_WHOLE, 4, t[0], &t[2], 0), 0);
	c->cf_tags[CONF_NTAGS - 1] = t[2];
	EQ(bus_dmatag_direct(
	       env->ce_pl, NULL, env->ce_windows, env->ce_nwindows, &t[4], 0),
	    0);
	c->cf_tags[CONF_NTAGS - 2] = t[4];
	OK(d = conf_dmamem(c, t[1], c->cf_page, 0, 0, 1));
	OK(conf_kva(c, d, (size_t)c->cf_page, BUS_DMA_NOCACHE));
	bus_dmamem_unmap(t[1], d->cd_kva, (size_t)c->cf_page);
	/* A mapping that fails is none. */
	TRUE(bus_dmamem_map(t[1], &nowhere, 1, (size_t)c->cf_page, &kva,
		 BUS_DMA_PREFETCHABLE) != 0);
	for (i = 0; i < 5; i++) {
		if (i == 3)
			continue;
		OK(map[i] = loaded(c, t[i]));
		OK(barriers(c, t[i], map[i], false));
	}
	OK(conf_kva(c, d, (size_t)c->cf_page, BUS_DMA_PREFETCHABLE));
	OK(t[3] = conf_restrict(c, t[0], &lim));
	OK(map[3] = loaded(c, t[3]));
	for (i = 0; i < 5; i++)
		OK(barriers(c, t[i], map[i], i != 4));
	/* It may be in use yet. */
	bus_dmamem_unmap(t[1], d->cd_kva, (size_t)c->cf_page);
	d->cd_kva = NULL;
	for (i = 0; i < 5; i++) {
		OK(barriers(c, t[i], map[i], i != 4));
		conf_unmap(c, map[i]);
	}
	QUIET();
	INTACT();
}

/* A map of each layer's own area, of several maps at once. */
static void
areas(struct conf *c)
{
	bus_dmamap_t map[6];
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	for (i = 0; i < 6; i++)
		OK(map[i] = conf_map(c, c->cf_tag, 512, i + 1, 512, 0));
	for (i = 0; i < 6; i++)
		EQ(bus_dmamap_load(c->cf_tag, map[i], buf + 600 * i, 512, NULL,
		       BUS_DMA_NOWAIT),
		    0);
	for (i = 0; i < 6; i++)
		conf_unmap(c, map[i]);
	INTACT();
}

/* The deepest stack there is, and one more. */
static void
depth(struct conf *c)
{
	bus_dma_tag_t stack[BUSDMA_MAXLAYERS + 1], t = c->cf_tag;
	unsigned n = 4, i;
	bus_dmamap_t map;
	int error = 0;

	/* Three of ours and the direct one are there. */
	for (; n < BUSDMA_MAXLAYERS; n++) {
		error = rec_create(REC_WHOLE, n, t, &stack[n], 0);
		if (error != 0)
			break;
		t = stack[n];
	}
	if (error == 0) {
		map = loaded(c, t);
		if (map != NULL) {
			bus_dmamap_sync(t, map, 0, 1, PRE);
			conf_eq(c, __FILE__, __LINE__, "layers synced",
			    rec.rc_n, BUSDMA_MAXLAYERS - 1);
			conf_unmap(c, map);
		}
		error = rec_create(REC_WHOLE, n, t, &stack[n], 0);
		conf_eq(c, __FILE__, __LINE__, "a layer too many",
		    (uint64_t)error, EINVAL);
	} else {
		conf_true(c, __FILE__, __LINE__, "the deepest stack", false);
	}
	for (i = n; i-- > 4;)
		bus_dmatag_destroy(stack[i]);
}

/* Ops tables and configs that are not complete. */
static void
bad_ops(struct conf *c)
{
	struct busdma_backend_ops ops = *rec_ops(REC_PIECE);
	struct busdma_tag_config tc = { .tc_ops = &ops,
		.tc_lower = c->cf_tag,
		.tc_size = sizeof(struct bus_dma_tag) };
	bus_dma_tag_t t = NULL;

	tc.tc_size--;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	tc.tc_size++;
	ops.bo_size--;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	ops.bo_size++;
	ops.bo_stack = NULL;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	ops.bo_stack = &busdma_stack;
	ops.bo_load = rec_ops(REC_WHOLE)->bo_load;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	ops.bo_load = NULL;
	ops.bo_narrow = NULL;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	tc.tc_ops = NULL;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
	tc.tc_ops = rec_ops(REC_PIECE);
	tc.tc_lower = NULL;
	EQ(busdma_tag_create(&tc, &t), EINVAL);
}

static const struct conf_case order_cases[] = {
	{ "layers/sync-order", sync_order },
	{ "layers/sync-mixed", sync_mixed },
	{ "layers/sync-clipped", sync_clipped },
	{ "layers/sync-unloaded", sync_unloaded },
	{ "layers/unload-order", unload_order },
	{ "layers/destroy-unloads", destroy_unloads },
	{ "layers/reload", reload },
	{ "layers/zero-length", zero_length },
	{ "layers/failed-load", failed_load },
	{ "layers/reasons", layer_reasons },
	{ "layers/refused-not-counted", refused_not_counted },
	{ "layers/pool-sync", pool_sync },
	{ "layers/failed-build", failed_build },
	{ "layers/wrong-fragments", wrong_fragments },
	{ "layers/failed-create", failed_create },
	{ "layers/narrow", narrow },
	{ "layers/failed-narrow", failed_narrow },
	{ "layers/lower-given-up", lower_given_up },
	{ "layers/dead-tag", dead_tag },
	{ "layers/shared-barrier", shared_barrier },
	{ "layers/areas", areas },
	{ "layers/depth", depth },
	{ "layers/bad-ops", bad_ops },
	{ NULL, NULL },
};

/* ---- cases, on stack_told ---- */

/* Told of a load that took the shortcut, once, and of its end. */
static void
told(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 4096, 8, 4096, 0));
	rec_restart();
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_READ), 0);
	EQ(rec.rc_n, 1);
	EVENT(0, REC_LOADED, 1);
	EQ(rec.rc_event[0].re_ops & (BUS_DMA_READ | BUS_DMA_WRITE),
	    BUS_DMA_READ);
	bus_dmamap_sync(c->cf_tag, map, 5, 6, BUS_DMASYNC_PREREAD);
	EQ(rec.rc_n, 2);
	EVENT(1, REC_SYNC, 1);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(rec.rc_n, 3);
	EVENT(2, REC_UNLOAD, 1);
	/* Its refusal is the load's. */
	rec_restart();
	rec.rc_fail = REC_LOADED;
	rec.rc_failid = 1;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, 0), ENOMEM);
	INVALID(map);
	EQ(rec.rc_n, 0);
	INTACT();
}

static const struct conf_case told_cases[] = {
	{ "layers/told-of-the-shortcut", told },
	{ NULL, NULL },
};

/* ---- cases, on stack_whole ---- */

/* A layer with bo_load takes part in sync and unload, with no other's help. */
static void
whole_alone(struct conf *c)
{
	bus_dmamap_t map;

	OK(map = loaded(c, c->cf_tag));
	conf_flat_on_barrier = rec_barrier;
	bus_dmamap_sync(c->cf_tag, map, 5, 6, BUS_DMASYNC_PREREAD);
	EQ(rec.rc_n, 2);
	EVENT(0, REC_SYNC, 1);
	EVENT(1, REC_BARRIER, 0);
	bus_dmamap_sync(c->cf_tag, map, 5, 6, BUS_DMASYNC_POSTREAD);
	EQ(rec.rc_n, 4);
	EVENT(2, REC_BARRIER, 0);
	EVENT(3, REC_SYNC, 1);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(rec.rc_n, 5);
	EVENT(4, REC_UNLOAD, 1);
	INTACT();
}

static const struct conf_case whole_cases[] = {
	{ "layers/whole-alone", whole_alone },
	{ NULL, NULL },
};

/* ---- cases, on stacks past the CPU's caches ---- */

/* Layers that have their part in syncs, for all operations, and in order. */
static void
sync_past_caches(struct conf *c)
{
	static const int legal[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		PRE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE, POST };
	const unsigned layers = c->cf_tag->dt_nlayers - 2;
	bus_dmamap_t map;
	unsigned i, k, id;

	OK(map = loaded(c, c->cf_tag));
	conf_flat_on_barrier = rec_barrier;
	for (i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		rec_restart();
		bus_dmamap_sync(c->cf_tag, map, 100, 200, legal[i]);
		EQ(rec.rc_n, layers + 1);
		for (k = 0; k < layers; k++) {
			id = (legal[i] & PRE) != 0 ? layers - k : k + 1;
			EVENT(k + ((legal[i] & POST) != 0), REC_SYNC, id);
		}
		EVENT((legal[i] & PRE) != 0 ? layers : 0, REC_BARRIER, 1);
	}
	INTACT();
}

static const struct conf_case past_cases[] = {
	{ "layers/sync-past-caches", sync_past_caches },
	{ NULL, NULL },
};

/* ---- cases, on direct mapping alone ---- */

/* What a sync of these operations reports and does, where no layer syncs. */
static bool
sync_as_told(struct conf *c, bus_dmamap_t map, int ops)
{
	const bool bad = ops == 0 || (ops & ~(PRE | POST)) != 0;
	const bool mix = (ops & PRE) != 0 && (ops & POST) != 0;
	const int kinds[] = { ops & POST, ops & PRE };
	unsigned i, n = 0;

	rec_restart();
	bus_dmamap_sync(c->cf_tag, map, 0, 4096, ops);
	if (bad || mix) {
		if (!conf_reported(c, __FILE__, __LINE__, "a bad sync",
			bad ? BUSDMA_REPORT_SYNCOPS : BUSDMA_REPORT_SYNCMIX))
			return false;
	} else if (!conf_quiet(c, __FILE__, __LINE__)) {
		return false;
	}
	for (i = 0; i < 2; i++) {
		if (kinds[i] == 0)
			continue;
		if (!conf_true(c, __FILE__, __LINE__, "POST, then PRE",
			n < rec.rc_n && rec.rc_event[n].re_ops == kinds[i]))
			return false;
		n++;
	}
	return conf_eq(c, __FILE__, __LINE__, "barriers", rec.rc_n, n);
}

/* Only what is legal takes the usual path: every value there is below 16. */
static void
every_operation(struct conf *c)
{
	static const int legal[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		PRE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE, POST };
	bus_dmamap_t map;
	unsigned i;
	int bit, ops;

	OK(map = loaded(c, c->cf_tag));
	conf_flat_on_barrier = rec_barrier;
	for (ops = 0; ops < 16; ops++)
		OK(sync_as_told(c, map, ops));
	for (i = 0; i < sizeof(legal) / sizeof(legal[0]); i++) {
		for (bit = 4; bit < 31; bit++)
			OK(sync_as_told(c, map, legal[i] | 1 << bit));
		OK(sync_as_told(c, map, legal[i] - 0x7fffffff - 1));
	}
}

/*
 * Where bus addresses are known at load only, nobody can say that memory is
 * loaded: here the page at a loaded bus address is another one than the
 * memory that is loaded there.
 */
static void
reach_of(struct conf *c, enum rec_kind kind)
{
	static const struct bus_dma_window all = { 0, 0, 0, COHERENT };
	const bus_size_t page = c->cf_page;
	bus_dma_segment_t seg, half;
	bus_dma_tag_t t[2];
	bus_dmamap_t map;
	unsigned i, j;
	int n;

	EQ(rec_create(kind, 1, c->cf_tag, &t[0], 0), 0);
	c->cf_tags[CONF_NTAGS - 2] = t[0];
	EQ(bus_dmatag_direct(NULL, t[0], &all, 1, &t[1], 0), 0);
	c->cf_tags[CONF_NTAGS - 1] = t[1];
	for (i = 0; i < 2; i++) {
		OK(map = conf_map(c, t[i], page, 1, page, 0));
		EQ(bus_dmamem_alloc(t[i], 2 * page, 2 * page, 0, &seg, 1, &n,
		       BUS_DMA_NOWAIT),
		    0);
		EQ(bus_dmamap_load_raw(t[i], map, &seg, 1, page, 0), 0);
		for (j = 2; j-- > 0;) {
			half.ds_addr = seg.ds_addr + j * page;
			half.ds_len = page;
			bus_dmamem_free(t[i], &half, 1);
			QUIET();
		}
		conf_unmap(c, map);
	}
	conf_untag(c, t[1]);
	conf_untag(c, t[0]);
	INTACT();
}

static void
reach_not_fixed(struct conf *c)
{
	reach_of(c, REC_TABLE);
}

/* A layer that moves fragments and leaves bo_reach out. */
static void
reach_unsaid(struct conf *c)
{
	reach_of(c, REC_MUTE);
}

/*
 * A platform that translates two pages at a time, and from `stop_at' on
 * nothing; or that lies.
 */
static struct {
	struct busdma_platform stop_pl; /* outlives a case that fails */
	unsigned (*stop_real)(const struct busdma_platform *, busdma_space_t,
	    uintptr_t, bus_size_t, struct busdma_frag *, unsigned);
	uintptr_t stop_at;
	unsigned stop_asked; /* how often about that */
	bool stop_long;      /* a byte more than it was asked for */
	bool stop_zero;      /* everything is at address 0 */
} stop;

static unsigned
stop_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const bus_size_t page = pl->pl_pagesize;
	bus_size_t room = page - (va & (page - 1));
	unsigned i;

	if (va >= stop.stop_at) {
		stop.stop_asked++;
		return 0;
	}
	for (i = 0; i < 2 && len != 0 && va < stop.stop_at; i++) {
		if (room > len)
			room = len;
		(void)stop.stop_real(pl, as, va, room, &frags[i], n - i);
		va += (uintptr_t)room;
		len -= room;
		room = page;
	}
	if (stop.stop_long && len == 0)
		frags[i - 1].bf_len++;
	if (stop.stop_zero)
		frags[0].bf_addr = 0;
	return i;
}

/* A root tag, over `w' or the environment's windows, with that platform. */
static bus_dma_tag_t
stop_tag(struct conf *c, const struct bus_dma_window *w, unsigned n)
{
	struct busdma_platform *pl = &stop.stop_pl;
	const struct conf_env *env = c->cf_env;
	bus_dma_tag_t t = NULL;
	int error;

	memset(&stop, 0, sizeof(stop));
	*pl = *env->ce_pl;
	stop.stop_real = pl->pl_extract;
	stop.stop_at = UINTPTR_MAX;
	pl->pl_extract = stop_extract;
	error = bus_dmatag_direct(pl, NULL, w != NULL ? w : env->ce_windows,
	    w != NULL ? n : env->ce_nwindows, &t, 0);
	(void)conf_eq(
	    c, __FILE__, __LINE__, "bus_dmatag_direct", (uint64_t)error, 0);
	c->cf_tags[CONF_NTAGS - 2] = t;
	return t;
}

/* A chain of these parts. */
static int
load_parts(bus_dma_tag_t t, bus_dmamap_t map, const struct busdma_part *parts,
    size_t n)
{
	struct conf_chain ca = { .ca_parts = parts, .ca_nparts = n };
	size_t i;

	for (i = 0; i < n; i++)
		ca.ca_total += parts[i].pt_len;
	return bus_dmamap_load_chain(
	    t, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT);
}

/*
 * The translation ends in the middle of a load: that is its failure, and the
 * hook, which might answer the second time, is not asked again.
 */
static void
translation_stops(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	struct busdma_part part = { .pt_len = 0 };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	unsigned i;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 8 * page));
	OK(t = stop_tag(c, NULL, 0));
	OK(map = conf_map(c, t, 8 * page, 8, 8 * page, 0));
	part.pt_addr = buf + 100;
	part.pt_len = 7 * page;
	for (i = 0; i < 7; i += 2) {
		stop.stop_at = (uintptr_t)buf + (i != 0 ? i * page : 100);
		stop.stop_asked = 0;
		EQ(bus_dmamap_load(
		       t, map, buf + 100, 7 * page, NULL, BUS_DMA_NOWAIT),
		    EFAULT);
		INVALID(map);
		EQ(stop.stop_asked, 1);
		/* A chain: no more than once, either. */
		EQ(load_parts(t, map, &part, 1), EFAULT);
		INVALID(map);
		EQ(stop.stop_asked, 2);
	}
	stop.stop_at = UINTPTR_MAX;
	EQ(bus_dmamap_load(t, map, buf + 100, 7 * page, NULL, BUS_DMA_NOWAIT),
	    0);
	conf_unmap(c, map);
	conf_untag(c, t);
	QUIET();
}

/* The same where no account is kept, which would leave its mark in the map. */
static void
refused_without_account(struct conf *c)
{
	static const struct bus_dma_limits lim = { .dl_memory = 1 << 30 };
	static const struct bus_dma_window all = { 0, 0, 0, COHERENT };
	bus_dma_tag_t t, top;
	bus_dmamap_t map;
	unsigned i;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = stop_tag(c, &all, 1));
	stop.stop_pl.pl_account = NULL;
	/* Nobody would keep to a cap. */
	EQ(bus_dmatag_restrict(t, &lim, &top, BUS_DMA_NOWAIT), EINVAL);
	rec_clear();
	EQ(rec_create(REC_TOLD, 1, t, &top, 0), 0);
	c->cf_tags[CONF_NTAGS - 1] = top;
	OK(map = conf_map(c, top, 64, 4, 64, 0));
	for (i = 0; i < 2; i++) {
		rec.rc_fail = REC_LOADED;
		rec.rc_failid = 1;
		EQ(bus_dmamap_load(top, map, buf, 64, NULL, BUS_DMA_NOWAIT),
		    ENOMEM);
		EQ(map->dm_mapsize, 0);
		EQ(map->dm_nsegs, 0);
		bus_dmamap_unload(top, map);
		REPORTED(BUSDMA_REPORT_NOTLOADED);
		rec.rc_fail = 0;
		EQ(bus_dmamap_load(top, map, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
		bus_dmamap_unload(top, map);
	}
	conf_unmap(c, map);
	conf_untag(c, top);
	conf_untag(c, t);
	INTACT();
	QUIET();
}

/* The translation says more than it was asked: reported, and no segment. */
static void
translation_lies(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	struct busdma_part part = { .pt_len = 0 };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	unsigned i;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 8 * page));
	OK(t = stop_tag(c, NULL, 0));
	stop.stop_long = true;
	OK(map = conf_map(c, t, 8 * page, 8, 8 * page, 0));
	for (i = 1; i <= 6; i++) {
		part.pt_addr = buf;
		part.pt_len = i * page;
		stop.stop_at = (uintptr_t)buf + i * page;
		EQ(load_parts(t, map, &part, 1), EFAULT);
		INVALID(map);
		REPORTED(BUSDMA_REPORT_PLATFORM);
		EQ(bus_dmamap_load(t, map, buf, i * page, NULL, BUS_DMA_NOWAIT),
		    EFAULT);
		INVALID(map);
		REPORTED(BUSDMA_REPORT_PLATFORM);
		/* And nothing past the end of the buffer was looked at. */
		EQ(stop.stop_asked, 0);
	}
	conf_unmap(c, map);
	conf_untag(c, t);
	QUIET();
}

/* Parts of a chain that are translated in several runs, and other parts. */
static void
chain_parts(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	struct busdma_part parts[3] = { { .pt_len = 0 } };
	struct conf_limits cl = { 0 };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	unsigned i, n;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 12 * page));
	OK(t = stop_tag(c, NULL, 0));
	for (i = 0; i < 8; i++) {
		/* Runs, then one; one, then runs; the third follows or not. */
		parts[0].pt_addr = buf + 100;
		parts[0].pt_len = i % 2 == 0 ? 5 * page : 10;
		parts[1].pt_addr = buf + 6 * page;
		parts[1].pt_len = i % 2 == 0 ? 10 : 4 * page;
		parts[2].pt_addr =
		    (char *)parts[1].pt_addr + parts[1].pt_len + (i / 2 % 2);
		parts[2].pt_len = 30;
		/* A byte less than what would be one segment. */
		cl.cl_maxsegsz = (i % 2 == 0 ? 5 : 4) * page + 30 - i / 4;
		OK(map = conf_map(c, t, 8 * page, 8, cl.cl_maxsegsz, 0));
		EQ(load_parts(t, map, parts, 3), 0);
		conf_nofrags(c);
		for (n = 0; n < 3; n++)
			OK(conf_frag_va(c, NULL, parts[n].pt_addr,
			    (size_t)parts[n].pt_len));
		EXPECT(map, &cl);
		conf_unmap(c, map);
		cl.cl_maxsegsz = (i % 2 == 0 ? 5 : 4) * page - 1;
		OK(map = conf_map(c, t, 8 * page, 8, cl.cl_maxsegsz, 0));
		EQ(load_parts(t, map, parts, 3), 0);
		EXPECT(map, &cl);
		conf_unmap(c, map);
	}
	conf_untag(c, t);
	QUIET();
}

/* A part that begins inside the tag's window and ends outside. */
static void
chain_window(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	bus_addr_t b;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 4 * page));
	TRUE(conf_bus(c, conf_pa(c, buf), &b));
	OK(t = conf_subregion(c, c->cf_tag, b + page, b + 2 * page - 1));
	OK(map = conf_map(c, t, 4 * page, 8, 4 * page, 0));
	parts[0].pt_addr = buf + page;
	parts[0].pt_len = 8;
	parts[1].pt_addr = buf + 2 * page - 16;
	parts[1].pt_len = 16;
	EQ(load_parts(t, map, parts, 2), 0);
	EQ(map->dm_mapsize, 24);
	bus_dmamap_unload(t, map);
	parts[1].pt_len = 17;
	EQ(load_parts(t, map, parts, 2), EFAULT);
	INVALID(map);
	/* One byte before it; longer than the window is. */
	parts[0].pt_addr = buf + page - 1;
	EQ(load_parts(t, map, parts, 1), EFAULT);
	INVALID(map);
	parts[0].pt_addr = buf + page;
	parts[0].pt_len = 2 * page;
	EQ(load_parts(t, map, parts, 1), EFAULT);
	INVALID(map);
	conf_unmap(c, map);
	QUIET();
}

/* A stack without a shortcut has none at address 0 either. */
static void
no_shortcut(struct conf *c)
{
	static const struct bus_dma_window all = { 0, 0, 0, COHERENT };
	const size_t page = (size_t)c->cf_page;
	struct busdma_part part = { .pt_len = 0 };
	bus_dma_tag_t t, top;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(t = stop_tag(c, &all, 1));
	EQ(rec_create(REC_WHOLE, 1, t, &top, 0), 0);
	c->cf_tags[CONF_NTAGS - 1] = top;
	stop.stop_zero = true;
	OK(map = conf_map(c, top, page, 1, page, 0));
	part.pt_addr = buf;
	part.pt_len = 1;
	rec_restart();
	EQ(load_parts(top, map, &part, 1), 0);
	EQ(count(REC_LOAD, 1), 1);
	bus_dmamap_unload(top, map);
	EQ(bus_dmamap_load(top, map, buf, 1, NULL, BUS_DMA_NOWAIT), 0);
	EQ(count(REC_LOAD, 1), 2);
	conf_unmap(c, map);
	conf_untag(c, top);
	conf_untag(c, t);
	QUIET();
	INTACT();
}

static const struct conf_case plain_cases[] = {
	{ "layers/every-operation", every_operation },
	{ "layers/reach-not-fixed", reach_not_fixed },
	{ "layers/reach-unsaid", reach_unsaid },
	{ "layers/translation-stops", translation_stops },
	{ "layers/translation-lies", translation_lies },
	{ "layers/refused-without-account", refused_without_account },
	{ "layers/chain-parts", chain_parts },
	{ "layers/chain-window", chain_window },
	{ "layers/no-shortcut", no_shortcut },
	{ NULL, NULL },
};

/* ---- cases, where the pages for DMA are in both windows ---- */

/* Memory in the second window, freed while it is loaded. */
static void
free_in_second(struct conf *c)
{
	const struct bus_dma_window *w = &c->cf_env->ce_windows[1];
	bus_dma_segment_t seg;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	int n;

	OK(t = conf_subregion(
	       c, c->cf_tag, w->dw_bus, w->dw_bus + w->dw_len - 1));
	OK(map = conf_map(c, c->cf_tag, c->cf_page, 1, c->cf_page, 0));
	EQ(bus_dmamem_alloc(t, c->cf_page, 0, 0, &seg, 1, &n, BUS_DMA_NOWAIT),
	    0);
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, c->cf_page, 0), 0);
	bus_dmamem_free(c->cf_tag, &seg, 1);
	REPORTED(BUSDMA_REPORT_MEMLOADED);
	bus_dmamap_unload(c->cf_tag, map);
	bus_dmamem_free(c->cf_tag, &seg, 1);
	QUIET();
}

static const struct conf_case both_cases[] = {
	{ "layers/free-in-second-window", free_in_second },
	{ NULL, NULL },
};

/* ---- configurations ---- */

/* Two windows, the first over the kernel's buffers, the other below it. */
#define STACK(name, page, fn, shift)                                      \
	static const struct conf_flat_config name = {                     \
		.ff_pagesize = page,                                      \
		.ff_base = 0x80000000,                                    \
		.ff_windows = { { 100 * (page), 0x1000000, 1, COHERENT }, \
		    { 0, 0x123400000, 100 * (page), COHERENT } },         \
		.ff_nwindows = 2,                                         \
		.ff_stack = fn,                                           \
		.ff_shift = shift,                                        \
	}
STACK(whole_4k, 4096, stack_whole, 0);
STACK(split_4k, 4096, stack_split, 0);
STACK(split_64k, 65536, stack_split, 0);
STACK(piece_4k, 4096, stack_piece, 0);
STACK(told_4k, 4096, stack_told, 0);
STACK(three_4k, 4096, stack_three, 0);
STACK(three_64k, 65536, stack_three, 0);
STACK(splits_4k, 4096, stack_splits, 0);
STACK(plain_4k, 4096, NULL, 0);
STACK(plain_64k, 65536, NULL, 0);
STACK(direct_4k, 4096, NULL, 0x200000000);
STACK(direct_64k, 65536, NULL, (bus_addr_t)0 - 0x40000000);
STACK(direct_split_4k, 4096, stack_split, 0x10000);

/* The same over windows past the CPU's caches; but for the second of some. */
#define PAST(name, fn, shift, second, flags)                     \
	static const struct conf_flat_config name = {            \
		.ff_pagesize = 4096,                             \
		.ff_base = 0x80000000,                           \
		.ff_windows = { { 240 * 4096, 0x1000000, 1, 0 }, \
		    { 0, 0x123400000, 240 * 4096, second } },    \
		.ff_nwindows = 2,                                \
		.ff_stack = fn,                                  \
		.ff_shift = shift,                               \
		.ff_line = 64,                                   \
		.ff_cacheflags = flags,                          \
	}
PAST(past_whole, stack_whole, 0, 0, 0);
PAST(past_split, stack_split, 0, 0, 0);
PAST(past_piece, stack_piece, 0, COHERENT, 0);
PAST(past_told, stack_told, 0, COHERENT, BUSDMA_CACHE_NOSPECULATION);
PAST(past_three, stack_three, 0, 0, 0);
PAST(past_splits, stack_splits, 0, 0, BUSDMA_CACHE_NOSPECULATION);
PAST(past_direct, NULL, 0x200000000, COHERENT, 0);
PAST(past_direct_split, stack_split, 0x10000, 0, 0);

#define CONFIG(name, ff, cases)                                 \
	{                                                       \
		name, conf_flat_make, conf_flat_drop, ff, cases \
	}

static const struct conf_config configs[] = {
	CONFIG("flat/4k/three-layers", &three_4k, order_cases),
	CONFIG("flat/64k/three-layers", &three_64k, order_cases),
	CONFIG("flat/4k/told", &told_4k, told_cases),
	CONFIG("flat/4k/whole", &whole_4k, whole_cases),
	CONFIG("flat/4k/plain", &plain_4k, plain_cases),
	CONFIG("flat/64k/plain", &plain_64k, plain_cases),
	CONFIG("flat/64k/both-windows", &plain_64k, both_cases),
	CONFIG("flat/4k/whole-on-direct", &whole_4k, NULL),
	CONFIG("flat/4k/split-on-direct", &split_4k, NULL),
	CONFIG("flat/64k/split-on-direct", &split_64k, NULL),
	CONFIG("flat/4k/piece-on-direct", &piece_4k, NULL),
	CONFIG("flat/4k/told-on-direct", &told_4k, NULL),
	CONFIG("flat/4k/three-on-direct", &three_4k, NULL),
	CONFIG("flat/4k/splits-on-direct", &splits_4k, NULL),
	CONFIG("flat/4k/direct-on-direct", &direct_4k, NULL),
	CONFIG("flat/64k/direct-on-direct", &direct_64k, NULL),
	CONFIG("flat/4k/direct-on-split-on-direct", &direct_split_4k, NULL),
	CONFIG("flat/4k/whole-past", &past_whole, past_cases),
	CONFIG("flat/4k/told-past", &past_told, past_cases),
	CONFIG("flat/4k/three-past", &past_three, past_cases),
	CONFIG("flat/4k/whole-past-caches", &past_whole, NULL),
	CONFIG("flat/4k/split-past-caches", &past_split, NULL),
	CONFIG("flat/4k/piece-past-caches", &past_piece, NULL),
	CONFIG("flat/4k/told-past-caches", &past_told, NULL),
	CONFIG("flat/4k/three-past-caches", &past_three, NULL),
	CONFIG("flat/4k/splits-past-caches", &past_splits, NULL),
	CONFIG("flat/4k/direct-past-caches", &past_direct, NULL),
	CONFIG("flat/4k/direct-on-split-past-caches", &past_direct_split, NULL),
};

int
main(int argc, char **argv)
{
	return conf_tap(
	    configs, sizeof(configs) / sizeof(configs[0]), argc, argv);
}
