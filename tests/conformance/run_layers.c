/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layers written outside the tree: the conformance suite over stacks of them,
 * and what the machine-independent layer owes to a backend: who is called,
 * when, in which order, and who is not.
 */
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
	{ "layers/failed-build", failed_build },
	{ "layers/wrong-fragments", wrong_fragments },
	{ "layers/failed-create", failed_create },
	{ "layers/narrow", narrow },
	{ "layers/failed-narrow", failed_narrow },
	{ "layers/lower-given-up", lower_given_up },
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
STACK(direct_4k, 4096, NULL, 0x200000000);
STACK(direct_64k, 65536, NULL, (bus_addr_t)0 - 0x40000000);
STACK(direct_split_4k, 4096, stack_split, 0x10000);

#define CONFIG(name, ff, cases)                                 \
	{                                                       \
		name, conf_flat_make, conf_flat_drop, ff, cases \
	}

static const struct conf_config configs[] = {
	CONFIG("flat/4k/three-layers", &three_4k, order_cases),
	CONFIG("flat/64k/three-layers", &three_64k, order_cases),
	CONFIG("flat/4k/told", &told_4k, told_cases),
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
};

int
main(int argc, char **argv)
{
	return conf_tap(
	    configs, sizeof(configs) / sizeof(configs[0]), argc, argv);
}
