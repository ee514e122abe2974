/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce/count.c: what went through slots and why, what was copied, and
 * what the pool has.  The device reaches the first 16 MiB.
 */
#include <stdio.h>

#include <busdma/bounce.h>
#include <busdma/bus_dma_stats.h>

#include "bounce.h"
#include "mt.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE
#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define NEAR 0x800000u
#define PROC ((struct proc *)(uintptr_t)0x5000)
#define USERVA 0x700000u

/* Bounce over limits over direct mapping. */
struct rig {
	struct tp *ri_tp;
	bus_dma_tag_t ri_root, ri_lower, ri_tag;
	struct bus_dma_bounce_stats ri_want;
};

static const struct bus_dma_bounce eight = { .db_most = 8 * PAGE };

static void
rig_make(struct rig *ri, struct tp *tp, const struct bus_dma_limits *lim,
    const struct bus_dma_bounce *db)
{
	const struct bus_dma_window w = { 0, 0, END,
		tp->tp_cpu.cpu_cache != NULL ? 0 : BUS_DMA_WINDOW_COHERENT };

	memset(ri, 0, sizeof(*ri));
	ri->ri_tp = tp;
	assert_int_equal(tp_direct(tp, &w, 1, &ri->ri_root), 0);
	assert_int_equal(
	    bus_dmatag_restrict(ri->ri_root, lim, &ri->ri_lower, 0), 0);
	assert_int_equal(
	    bus_dmatag_bounce(ri->ri_lower, db, &ri->ri_tag, 0), 0);
	ri->ri_want.bs_most = db->db_most;
}

static void
rig_end(struct rig *ri)
{
	bus_dmatag_destroy(ri->ri_tag);
	bus_dmatag_destroy(ri->ri_lower);
	bus_dmatag_destroy(ri->ri_root);
	assert_silent(ri->ri_tp);
}

static const struct bus_dma_limits no_limits;

static int
load(struct rig *ri, bus_dmamap_t map, void *buf, bus_size_t len, int flags)
{
	return bus_dmamap_load(
	    ri->ri_tag, map, buf, len, NULL, BUS_DMA_NOWAIT | flags);
}

static int
load_segs(struct rig *ri, bus_dmamap_t map, bus_dma_segment_t *segs, int n)
{
	bus_size_t len = 0;

	for (int i = 0; i < n; i++)
		len += segs[i].ds_len;
	return bus_dmamap_load_raw(
	    ri->ri_tag, map, segs, n, len, BUS_DMA_NOWAIT);
}

static void
sync(struct rig *ri, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	bus_dmamap_sync(ri->ri_tag, map, off, len, ops);
}

/* A load more; `runs' of it went through slots, with so many bytes. */
static void
want(struct rig *ri, enum bus_dma_bounced why, unsigned runs, bus_size_t bytes)
{
	ri->ri_want.bs_loads++;
	ri->ri_want.bs_runs[why] += runs;
	ri->ri_want.bs_bytes[why] += bytes;
}

static void
check_loads(struct rig *ri)
{
	struct bus_dma_bounce_stats bs;

	assert_int_equal(bus_dma_bounce_stats(ri->ri_tag, &bs), 0);
	assert_int_equal(bs.bs_loads, ri->ri_want.bs_loads);
	for (unsigned i = 0; i < BUS_DMA_NBOUNCED; i++) {
		assert_int_equal(bs.bs_runs[i], ri->ri_want.bs_runs[i]);
		assert_int_equal(bs.bs_bytes[i], ri->ri_want.bs_bytes[i]);
	}
	assert_int_equal(bs.bs_short, ri->ri_want.bs_short);
}

static void
check_copied(struct rig *ri)
{
	struct bus_dma_bounce_stats bs;

	assert_int_equal(bus_dma_bounce_stats(ri->ri_tag, &bs), 0);
	assert_int_equal(bs.bs_in, ri->ri_want.bs_in);
	assert_int_equal(bs.bs_filled, ri->ri_want.bs_filled);
	assert_int_equal(bs.bs_out, ri->ri_want.bs_out);
}

/* ---- loads ---- */

static void
out_of_reach(void **state)
{
	static const paddr_t pages[3] = { FAR, NEAR, FAR + 4 * PAGE };
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR + 8 * PAGE, 2), *buf = tp_buf(tp, pages, 3);
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	map = new_map(ri.ri_tag, 3 * PAGE, 3, 3 * PAGE, 0);
	check_loads(&ri);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(load(&ri, map, far + i, 300, 0), 0);
		want(&ri, BUS_DMA_BOUNCED_REACH, 1, 300);
		/* While it is loaded, and afterwards. */
		check_loads(&ri);
		bus_dmamap_unload(ri.ri_tag, map);
		check_loads(&ri);
		assert_int_equal(load(&ri, map, buf + 16, 3 * PAGE - 20, 0), 0);
		want(&ri, BUS_DMA_BOUNCED_REACH, 2, 2 * PAGE - 20);
		check_loads(&ri);
		bus_dmamap_unload(ri.ri_tag, map);
		/* Of which nothing went through slots. */
		assert_int_equal(load(&ri, map, buf + PAGE, 100, 0), 0);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(load(&ri, map, buf, 0, 0), 0);
		check_loads(&ri);
	}
	/* A load of a loaded map. */
	assert_int_equal(load(&ri, map, far, 10, 0), 0);
	assert_int_equal(load(&ri, map, far, 20, 0), 0);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 10);
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 20);
	check_loads(&ri);
	/* The map is gone, what it has done is not. */
	bus_dmamap_destroy(ri.ri_tag, map);
	check_loads(&ri);
	rig_end(&ri);
}

static void
not_aligned(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 16 };
	bus_dma_segment_t segs[3] = { { NEAR + 32, 64 },
		{ NEAR + PAGE + 36, 60 }, { FAR + 4, 64 } };
	struct tp *tp = *state;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &lim, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 4, 2 * PAGE, 0);
	assert_int_equal(load_segs(&ri, map, segs, 2), 0);
	want(&ri, BUS_DMA_BOUNCED_ALIGNMENT, 1, 60);
	check_loads(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Of two reasons the first: it is not reached, whatever else. */
	segs[1] = (bus_dma_segment_t){ FAR + 16 * PAGE, 16 };
	segs[2] = (bus_dma_segment_t){ NEAR + 8, 16 };
	assert_int_equal(load_segs(&ri, map, segs, 3), 0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 16);
	ri.ri_want.bs_loads--;
	want(&ri, BUS_DMA_BOUNCED_ALIGNMENT, 1, 16);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	check_loads(&ri);
	rig_end(&ri);
}

static void
shared_lines(void **state)
{
	struct tp *tp = *state;
	char *near = tp_run(tp, NEAR, 4);
	bus_dmamap_t map;
	struct rig ri;

	tp_noncoherent(tp, 64, 0);
	rig_make(&ri, tp, &no_limits, &eight);
	map = new_map(ri.ri_tag, 4 * PAGE, 4, 4 * PAGE, 0);
	/* The pages at its ends, and not what is between. */
	assert_int_equal(load(&ri, map, near + 8, 3 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 3);
	want(&ri, BUS_DMA_BOUNCED_LINE, 2, PAGE);
	check_loads(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, near + 8, 40, BUS_DMA_WRITE), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, near + 8, 40, BUS_DMA_READ), 0);
	want(&ri, BUS_DMA_BOUNCED_LINE, 1, 40);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* One run of slots for all of it: one, in whatever pieces the buffer was. */
static void
too_many_pieces(void **state)
{
	static const paddr_t pages[4] = { NEAR, FAR, NEAR + 8 * PAGE,
		FAR + 9 * PAGE };
	struct tp *tp = *state;
	char *buf = tp_buf(tp, pages, 4);
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	map = new_map(ri.ri_tag, 4 * PAGE, 1, 4 * PAGE, 0);
	assert_int_equal(load(&ri, map, buf + 40, 3 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	want(&ri, BUS_DMA_BOUNCED_SEGMENTS, 1, 3 * PAGE);
	check_loads(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	check_loads(&ri);
	rig_end(&ri);
}

/* Out of reach, and where it stays in its page no segment may begin. */
static void
a_segment_that_is_unaligned(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = 64 };
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 3);
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &lim, &eight);
	map = new_map(ri.ri_tag, 4 * PAGE, 4, 4 * PAGE, 0);
	assert_int_equal(load(&ri, map, far + 8, PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	want(&ri, BUS_DMA_BOUNCED_ALIGNMENT, 1, PAGE);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Each takes two pages: in all more than there are records. */
static void
more_than_can_be_recorded(void **state)
{
	static const struct bus_dma_bounce many = { .db_reserve = 24 * PAGE,
		.db_most = 24 * PAGE };
	bus_dma_segment_t segs[10];
	struct tp *tp = *state;
	bus_dmamap_t map;
	struct rig ri;

	for (unsigned i = 0; i < NELEM(segs); i++)
		segs[i] =
		    (bus_dma_segment_t){ FAR + (2 * i + 1) * PAGE - 8, 16 };
	rig_make(&ri, tp, &no_limits, &many);
	map = new_map(ri.ri_tag, PAGE, 2, PAGE, 0);
	assert_int_equal(load_segs(&ri, map, segs, NELEM(segs)), 0);
	assert_int_equal(map->dm_nsegs, 1);
	want(&ri, BUS_DMA_BOUNCED_PIECES, 1, 160);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

static void
slots_are_short(void **state)
{
	static const struct bus_dma_bounce three = { .db_most = 3 * PAGE };
	bus_dma_segment_t segs[4];
	struct tp *tp = *state;
	bus_dmamap_t map, held;
	struct rig ri;

	for (unsigned i = 0; i < 4; i++)
		segs[i] = (bus_dma_segment_t){ FAR + 2 * i * PAGE + 8, 16 };
	rig_make(&ri, tp, &no_limits, &three);
	held = new_map(ri.ri_tag, PAGE, 1, PAGE, 0);
	map = new_map(ri.ri_tag, 2 * PAGE, 4, 2 * PAGE, 0);
	assert_int_equal(load(&ri, held, tp_run(tp, NEAR, 1), 1, 0), 0);
	bus_dmamap_unload(ri.ri_tag, held);
	assert_int_equal(load_segs(&ri, held, segs, 1), 0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 16);
	check_loads(&ri);
	/* Three of the four find none; all together need one. */
	assert_int_equal(load_segs(&ri, map, segs, 4), 0);
	assert_int_equal(map->dm_nsegs, 1);
	want(&ri, BUS_DMA_BOUNCED_SLOTS, 1, 64);
	ri.ri_want.bs_short = 1;
	check_loads(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Neither so nor so: it has bounced nothing. */
	for (unsigned i = 0; i < 3; i++)
		segs[i].ds_len = PAGE - 8;
	assert_int_equal(load_segs(&ri, map, segs, 2), 0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 2, 2 * PAGE - 16);
	bus_dmamap_unload(ri.ri_tag, map);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	map = new_map(ri.ri_tag, 3 * PAGE, 4, 3 * PAGE, 0);
	assert_int_equal(load_segs(&ri, map, segs, 3), ENOMEM);
	ri.ri_want.bs_short += 2;
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, held);
	bus_dmamap_destroy(ri.ri_tag, map);
	check_loads(&ri);
	rig_end(&ri);
}

static void
forced(void **state)
{
	struct bus_dma_bounce db = eight;
	struct tp *tp = *state;
	char *near = tp_run(tp, NEAR, 2), *far = tp_run(tp, FAR, 2);
	bus_dmamap_t map;
	struct rig ri;

	db.db_flags = BUS_DMA_BOUNCE_FORCED;
	rig_make(&ri, tp, &no_limits, &db);
	map = new_map(ri.ri_tag, 2 * PAGE, 1, 2 * PAGE, 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(load(&ri, map, near + 100, PAGE, 0), 0);
		want(&ri, BUS_DMA_BOUNCED_FORCED, 1, PAGE);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(load(&ri, map, far + 1, 7, 0), 0);
		want(&ri, BUS_DMA_BOUNCED_FORCED, 1, 7);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(load(&ri, map, near, 9, BUS_DMA_NOBOUNCE), 0);
		bus_dmamap_unload(ri.ri_tag, map);
		check_loads(&ri);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* A load that fails below the layer, or that another layer refuses. */
static void
what_fails_is_not_counted(void **state)
{
	static const paddr_t pages[3] = { FAR, FAR + 4 * PAGE, NEAR };
	struct tp *tp = *state;
	char *buf = tp_buf(tp, pages, 3);
	bus_dma_tag_t bounce, top;
	struct tl_layer tl;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	/* In segments of 4 bytes, however it is put. */
	map = new_map(ri.ri_tag, 3 * PAGE, 2, 4, 0);
	assert_int_equal(load(&ri, map, buf, 8, 0), 0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 8);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, buf, 9, 0), EFBIG);
	assert_int_equal(load(&ri, map, buf, 3 * PAGE, 0), EFBIG);
	check_loads(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	check_loads(&ri);
	/* With a layer on top that refuses loads that are done. */
	bounce = ri.ri_tag;
	tl_init(&tl, 1, "L", NULL);
	assert_int_equal(tl_create(tp, &tl, bounce, &top), 0);
	ri.ri_tag = top;
	map = new_map(top, 3 * PAGE, 4, 3 * PAGE, 0);
	assert_int_equal(load(&ri, map, buf, 3 * PAGE, 0), 0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 2, 2 * PAGE);
	bus_dmamap_unload(top, map);
	tl.tl_fail = TL_LOADED;
	tl.tl_error = ENOMEM;
	assert_int_equal(load(&ri, map, buf, 3 * PAGE, 0), ENOMEM);
	check_loads(&ri);
	bus_dmamap_destroy(top, map);
	check_loads(&ri);
	bus_dmatag_destroy(top);
	ri.ri_tag = bounce;
	rig_end(&ri);
}

/* ---- copies ---- */

static void
each_byte_is_counted(void **state)
{
	static const paddr_t pages[3] = { FAR, NEAR, FAR + 4 * PAGE };
	struct tp *tp = *state;
	char *buf = tp_buf(tp, pages, 3);
	struct bus_dma_bounce_stats *bs;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	bs = &ri.ri_want;
	map = new_map(ri.ri_tag, 3 * PAGE, 3, 3 * PAGE, 0);
	/* [0, PAGE - 10) and [2 * PAGE - 10, 3 * PAGE - 10) are in slots. */
	assert_int_equal(load(&ri, map, buf + 10, 3 * PAGE - 10, 0), 0);
	check_copied(&ri);
	sync(&ri, map, 0, 5, PREREAD);
	bs->bs_in += PAGE - 10;
	bs->bs_filled += PAGE - 10;
	check_copied(&ri);
	sync(&ri, map, 0, PAGE, PREREAD | POSTWRITE);
	assert_report(tp, BUSDMA_REPORT_SYNCMIX);
	sync(&ri, map, 100, 5, PREREAD);
	sync(&ri, map, 0, 0, PREREAD | PREWRITE);
	sync(&ri, map, PAGE, PAGE / 2, PREWRITE);
	check_copied(&ri);
	/* All of a page: it is not filled first. */
	sync(&ri, map, PAGE, 2 * PAGE - 10, PREWRITE);
	bs->bs_in += PAGE;
	check_copied(&ri);
	sync(&ri, map, 7, PAGE, PREWRITE | PREREAD);
	bs->bs_in += PAGE - 17;
	check_copied(&ri);
	sync(&ri, map, 0, 1, POSTREAD);
	sync(&ri, map, PAGE - 11, PAGE + 2, POSTREAD | POSTWRITE);
	bs->bs_out += 1 + 1 + 1;
	check_copied(&ri);
	sync(&ri, map, 0, 3 * PAGE - 10, POSTWRITE);
	check_copied(&ri);
	sync(&ri, map, 0, 3 * PAGE - 10, POSTREAD);
	bs->bs_out += 2 * PAGE - 10;
	bus_dmamap_unload(ri.ri_tag, map);
	check_copied(&ri);
	/* One run, and nothing of it given before: nothing comes back. */
	assert_int_equal(load(&ri, map, buf + 10, 100, 0), 0);
	sync(&ri, map, 0, 100, POSTREAD);
	check_copied(&ri);
	sync(&ri, map, 0, 100, PREWRITE);
	sync(&ri, map, 0, 100, PREREAD);
	sync(&ri, map, 0, 100, POSTREAD);
	sync(&ri, map, 50, 10, POSTREAD);
	bs->bs_in += 100;
	bs->bs_out += 110;
	check_copied(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Filled in one go, or by a part of it and then the rest. */
	assert_int_equal(load(&ri, map, buf + 10, 100, 0), 0);
	sync(&ri, map, 0, 100, PREREAD);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, buf + 10, 100, 0), 0);
	sync(&ri, map, 90, 10, PREWRITE);
	bs->bs_filled += 200;
	bs->bs_in += 200 + 10;
	check_copied(&ri);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Never filled. */
	assert_int_equal(load(&ri, map, buf + 10, 100, BUS_DMA_OVERWRITE), 0);
	sync(&ri, map, 0, 100, PREREAD);
	check_copied(&ri);
	sync(&ri, map, 0, 100, POSTREAD);
	bs->bs_out += 100;
	bus_dmamap_destroy(ri.ri_tag, map);
	check_copied(&ri);
	rig_end(&ri);
}

/* Through windows: what there is no window for is not copied, nor counted. */
static void
bytes_of_a_process(void **state)
{
	static const paddr_t pages[3] = { FAR, FAR + 4 * PAGE, FAR + 8 * PAGE };
	struct tp *tp = *state;
	struct bus_dma_bounce_stats *bs;
	bus_dmamap_t map;
	struct rig ri;

	(void)tp_space(tp, (char *)PROC + 1, USERVA, pages, 3);
	rig_make(&ri, tp, &no_limits, &eight);
	bs = &ri.ri_want;
	map = new_map(ri.ri_tag, 3 * PAGE, 3, 3 * PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(ri.ri_tag, map, (void *)(uintptr_t)(USERVA + 4),
		3 * PAGE - 4, PROC, BUS_DMA_NOWAIT),
	    0);
	want(&ri, BUS_DMA_BOUNCED_REACH, 3, 3 * PAGE - 4);
	check_loads(&ri);
	sync(&ri, map, 0, 3 * PAGE - 4, PREWRITE);
	bs->bs_in += 3 * PAGE - 4;
	check_copied(&ri);
	tp_fail_at(tp, 2);
	sync(&ri, map, 0, 3 * PAGE - 4, POSTREAD);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	bs->bs_out += 2 * PAGE - 4;
	check_copied(&ri);
	tp_fail_at(tp, 1);
	sync(&ri, map, 100, 50, POSTREAD);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	check_copied(&ri);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Of a word, what does not fit goes to the next. */
static void
a_count_of_two_words(void **state)
{
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 1);
	struct bounce_area *ba;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	map = new_map(ri.ri_tag, PAGE, 1, PAGE, 0);
	assert_int_equal(load(&ri, map, far, 100, 0), 0);
	ba = busdma_map_area(ri.ri_tag, map);
	ba->ba_count.co_other[BOUNCE_IN][0] = ~(uintptr_t)0 - 6;
	sync(&ri, map, 50, 3, PREWRITE);
	sync(&ri, map, 50, 4, PREWRITE);
	assert_int_equal(ba->ba_count.co_other[BOUNCE_IN][0], 0);
	assert_int_equal(ba->ba_count.co_other[BOUNCE_IN][1], 1);
	sync(&ri, map, 50, 5, PREWRITE);
	assert_int_equal(ba->ba_count.co_other[BOUNCE_IN][0], 5);
	assert_int_equal(ba->ba_count.co_other[BOUNCE_IN][1], 1);
	if (sizeof(uintptr_t) == 4) {
		ri.ri_want.bs_filled = 100;
		ri.ri_want.bs_in = ((uint64_t)1 << 32) + 5 + 100;
		check_copied(&ri);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- the pool ---- */

#define assert_pool(ri, pool, used, kept, high)                                \
	do {                                                                   \
		struct bus_dma_bounce_stats bs_;                               \
                                                                               \
		assert_int_equal(bus_dma_bounce_stats((ri)->ri_tag, &bs_), 0); \
		assert_int_equal(bs_.bs_pool, (pool)*PAGE);                    \
		assert_int_equal(bs_.bs_used - bs_.bs_parked, (used)*PAGE);    \
		assert_int_equal(bs_.bs_kept, (kept)*PAGE);                    \
		assert_int_equal(bs_.bs_high, (high)*PAGE);                    \
		assert_int_equal(bs_.bs_most, 16 * PAGE);                      \
	} while (0)

static void
what_the_pool_has(void **state)
{
	static const struct bus_dma_bounce db = { .db_most = 16 * PAGE };
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 4);
	bus_dmamap_t map, other, own = NULL;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &db);
	assert_pool(&ri, 0u, 0u, 0u, 0u);
	map = new_map(ri.ri_tag, 3 * PAGE, 4, 3 * PAGE, 0);
	assert_pool(&ri, 4u, 0u, 0u, 0u);
	other = new_map(ri.ri_tag, 3 * PAGE, 4, 3 * PAGE, 0);
	assert_int_equal(load(&ri, map, far, 3 * PAGE, 0), 0);
	assert_pool(&ri, 4u, 3u, 0u, 3u);
	assert_int_equal(load(&ri, other, far, 10, 0), 0);
	assert_pool(&ri, 4u, 4u, 0u, 4u);
	bus_dmamap_unload(ri.ri_tag, other);
	assert_pool(&ri, 4u, 3u, 0u, 4u);
	bus_dmamap_destroy(ri.ri_tag, other);
	bus_dmamap_destroy(ri.ri_tag, map);
	assert_pool(&ri, 4u, 0u, 0u, 4u);
	/* What a map has for its own is used, loaded or not. */
	assert_int_equal(bus_dmamap_create(ri.ri_tag, 2 * PAGE, 1, 2 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &own),
	    0);
	struct bus_dma_bounce_stats bs;
	assert_int_equal(bus_dma_bounce_stats(ri.ri_tag, &bs), 0);
	assert_int_equal(bs.bs_used, 3 * PAGE);
	assert_int_equal(bs.bs_kept, 3 * PAGE);
	assert_int_equal(bs.bs_parked, 0);
	assert_int_equal(load(&ri, own, far, 2 * PAGE, 0), 0);
	assert_int_equal(bus_dma_bounce_stats(ri.ri_tag, &bs), 0);
	assert_int_equal(bs.bs_used, 3 * PAGE);
	assert_int_equal(bs.bs_high, 4 * PAGE);
	bus_dmamap_destroy(ri.ri_tag, own);
	assert_int_equal(bus_dma_bounce_stats(ri.ri_tag, &bs), 0);
	assert_int_equal(bs.bs_used, 0);
	assert_int_equal(bs.bs_kept, 0);
	rig_end(&ri);
}

/* ---- whose they are ---- */

static void
of_the_first_layer_that_bounces(void **state)
{
	static const struct bus_dma_limits low = { .dl_high = END / 2 - 1 };
	struct tp *tp = *state;
	char *near = tp_run(tp, NEAR, 1);
	struct bus_dma_bounce_stats bs, none = { 0 };
	bus_dma_tag_t bounce, top, child = NULL;
	struct tl_layer tl;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	bounce = ri.ri_tag;
	tl_init(&tl, 1, "s", NULL);
	assert_int_equal(tl_create(tp, &tl, bounce, &top), 0);
	assert_int_equal(bus_dmatag_restrict(top, &low, &child, 0), 0);
	map = new_map(child, PAGE, 1, PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(child, map, near, 100, NULL, BUS_DMA_NOWAIT), 0);
	/* A layer narrowed from it has its own; a layer above shows it. */
	check_loads(&ri);
	ri.ri_tag = top;
	check_loads(&ri);
	ri.ri_tag = child;
	want(&ri, BUS_DMA_BOUNCED_REACH, 1, 100);
	check_loads(&ri);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(top);
	/* None. */
	memset(&bs, 0xff, sizeof(bs));
	assert_int_equal(bus_dma_bounce_stats(ri.ri_lower, &bs), EINVAL);
	assert_memory_equal(&bs, &none, sizeof(bs));
	memset(&bs, 0xff, sizeof(bs));
	assert_int_equal(bus_dma_bounce_stats(NULL, &bs), EINVAL);
	assert_memory_equal(&bs, &none, sizeof(bs));
	assert_int_equal(bus_dma_bounce_stats(bounce, NULL), EINVAL);
	tp->tp_intr = true;
	assert_int_equal(bus_dma_bounce_stats(bounce, &bs), 0);
	tp->tp_intr = false;
	ri.ri_tag = bounce;
	rig_end(&ri);
}

static void
two_layers_count_alone(void **state)
{
	struct bus_dma_bounce db = { .db_most = 8 * PAGE,
		.db_flags = BUS_DMA_BOUNCE_FORCED };
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 1);
	struct bus_dma_bounce_stats bs;
	bus_dma_tag_t below, above = NULL;
	bus_dmamap_t map;
	struct rig ri;

	rig_make(&ri, tp, &no_limits, &eight);
	below = ri.ri_tag;
	assert_int_equal(bus_dmatag_bounce(below, &db, &above, 0), 0);
	map = new_map(above, PAGE, 1, PAGE, 0);
	ri.ri_tag = above;
	assert_int_equal(load(&ri, map, far, 100, 0), 0);
	sync(&ri, map, 0, 100, PREWRITE);
	want(&ri, BUS_DMA_BOUNCED_FORCED, 1, 100);
	check_loads(&ri);
	/* Its slots are within reach. */
	assert_int_equal(bus_dma_bounce_stats(below, &bs), 0);
	assert_int_equal(bs.bs_loads, 0);
	assert_int_equal(bs.bs_in, 0);
	bus_dmamap_destroy(above, map);
	bus_dmatag_destroy(above);
	ri.ri_tag = below;
	rig_end(&ri);
}

/* ---- words ---- */

static void
reasons_have_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= BUS_DMA_NBOUNCED; i++) {
		const char *s = bus_dma_bounced_text((enum bus_dma_bounced)i);

		assert_non_null(s);
		assert_true(s[0] != '\0' && strlen(s) < 40);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    s, bus_dma_bounced_text((enum bus_dma_bounced)j));
	}
}

struct text {
	unsigned tx_lines;
	char tx_line[16][160];
};

static void
put(void *arg, const char *line)
{
	struct text *tx = arg;

	assert_true(tx->tx_lines < 16 && strlen(line) < 160);
	strcpy(tx->tx_line[tx->tx_lines++], line);
}

static void
a_dump_shows_it(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 16 };
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 2);
	struct text tx = { 0 };
	char line[160];
	bus_dma_segment_t segs[2] = { { FAR, 90 }, { NEAR + 4, 10 } };
	struct bus_dma_bounce_stats bs;
	bus_dmamap_t map;
	struct rig ri;

	(void)tp_run(tp, NEAR, 1);
	rig_make(&ri, tp, &lim, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	assert_int_equal(load_segs(&ri, map, segs, 2), 0);
	sync(&ri, map, 0, 100, PREWRITE);
	sync(&ri, map, 20, 30, POSTREAD);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, far, 4000, 0), 0);
	sync(&ri, map, 0, 100, PREREAD);
	assert_int_equal(bus_dma_bounce_stats(ri.ri_tag, &bs), 0);
	bus_dma_stats_dump(ri.ri_tag, put, &tx);
	assert_int_equal(tx.tx_lines, 8);
	assert_string_equal(tx.tx_line[3],
	    "  bounce: loads 2, bytes in 4100, of these filled 4000, "
	    "bytes out 30");
	assert_string_equal(
	    tx.tx_line[4], "  bounce: out of reach 2 with 4090 bytes");
	assert_string_equal(
	    tx.tx_line[5], "  bounce: not aligned 1 with 10 bytes");
	(void)snprintf(line, sizeof(line),
	    "  bounce: pool 12288, used %u, parked %u, kept 0, at most 8192, "
	    "cap 32768, short 0",
	    (unsigned)bs.bs_used, (unsigned)bs.bs_parked);
	assert_string_equal(tx.tx_line[6], line);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- threads ---- */

#define ROUNDS 20000u

static bus_dma_tag_t th_tag;
static bus_dmamap_t th_map;

/* Each its own bytes, of one page: no byte goes uncounted. */
static void *
th_sync(void *arg)
{
	unsigned *next = arg, me;

	me = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < ROUNDS; i++) {
		bus_dmamap_sync(th_tag, th_map, me * 64, 3, PREWRITE);
		bus_dmamap_sync(th_tag, th_map, me * 64 + 8, 5, PREWRITE);
		bus_dmamap_sync(th_tag, th_map, me * 64, 7, POSTREAD);
	}
	return NULL;
}

static void
syncs_at_once_are_all_counted(void **state)
{
	bus_dma_tag_t root = mt_create();
	const bus_dma_segment_t own = { (uintptr_t)mt.mt_ram, 2 * PAGE };
	const struct bus_dma_bounce db = {
		.db_memory = &own,
		.db_nmemory = 1,
		.db_flags = BUS_DMA_BOUNCE_FORCED,
	};
	struct bus_dma_bounce_stats bs;
	bus_dma_segment_t seg = { (uintptr_t)mt.mt_ram + 4 * PAGE, 1000 };
	unsigned next = 0;

	(void)state;
	assert_int_equal(bus_dmatag_bounce(root, &db, &th_tag, 0), 0);
	th_map = new_map(th_tag, PAGE, 1, PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load_raw(th_tag, th_map, &seg, 1, 1000, BUS_DMA_NOWAIT),
	    0);
	/* None of them has the first byte; then one has. */
	for (unsigned i = 0; i < 2; i++) {
		next = 1 - i;
		(void)mt_run(th_sync, &next);
		assert_int_equal(bus_dma_bounce_stats(th_tag, &bs), 0);
		assert_int_equal(bs.bs_filled, 1000);
		assert_int_equal(
		    bs.bs_in, 1000 + (uint64_t)(i + 1) * NTHREADS * ROUNDS * 8);
		assert_int_equal(
		    bs.bs_out, (uint64_t)(i + 1) * NTHREADS * ROUNDS * 7);
	}
	bus_dmamap_destroy(th_tag, th_map);
	bus_dmatag_destroy(th_tag);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(out_of_reach),
		UNIT(not_aligned),
		UNIT(shared_lines),
		UNIT(too_many_pieces),
		UNIT(a_segment_that_is_unaligned),
		UNIT(more_than_can_be_recorded),
		UNIT(slots_are_short),
		UNIT(forced),
		UNIT(what_fails_is_not_counted),
		UNIT(each_byte_is_counted),
		UNIT(bytes_of_a_process),
		UNIT(a_count_of_two_words),
		UNIT(what_the_pool_has),
		UNIT(of_the_first_layer_that_bounces),
		UNIT(two_layers_count_alone),
		UNIT(reasons_have_names),
		UNIT(a_dump_shows_it),
		cmocka_unit_test(syncs_at_once_are_all_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
