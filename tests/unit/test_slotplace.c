/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce: where slots stand between boundaries, what never will, whose
 * turn it is to let a pool grow, and what comes back to whom.
 */
#include "bounce.h"
#include "unit.h"

#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define NOWAIT BUS_DMA_NOWAIT
#define FOUR ((bus_size_t)4 * PAGE)

static bus_dma_tag_t
root_of(struct tp *tp)
{
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t t = NULL;

	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	return t;
}

static bus_dma_tag_t
bounce(bus_dma_tag_t lower, size_t reserve, size_t most)
{
	const struct bus_dma_bounce db = { .db_reserve = reserve * PAGE,
		.db_most = most * PAGE };
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_bounce(lower, &db, &t, 0), 0);
	return t;
}

static bus_dma_tag_t
named(bus_dma_tag_t lower, size_t first, size_t pages)
{
	const bus_dma_segment_t mem = { RAMBASE + first * PAGE, pages * PAGE };
	const struct bus_dma_bounce db = { .db_memory = &mem, .db_nmemory = 1 };
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_bounce(lower, &db, &t, 0), 0);
	return t;
}

static size_t
pool_of(bus_dma_tag_t t)
{
	return bounce_of(t)->bt_slots->sl_pages;
}

static int
load(bus_dma_tag_t t, bus_dmamap_t map, size_t in, size_t len, int flags)
{
	/* A list stays as it is, for loads in parts. */
	static bus_dma_segment_t seg;

	seg = (bus_dma_segment_t){ FAR + in, len };
	return bus_dmamap_load_raw(t, map, &seg, 1, len, flags);
}

static void
done(struct tp *tp, bus_dma_tag_t t, bus_dma_tag_t root)
{
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- a run of one's own ---- */

/* As long as the boundary: it stands between two, wherever there is memory. */
static void
its_own_is_between_boundaries(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;
	bus_dmamap_t map = NULL;

	tp->tp_used[0] = 1;
	t = bounce(root, 5, 16);
	assert_int_equal(
	    bus_dmamap_create(t, FOUR, 1, FOUR, FOUR, BUS_DMA_ALLOCNOW, &map),
	    0);
	for (size_t in = 0; in < 2 * PAGE; in += 1000) {
		assert_int_equal(load(t, map, in, FOUR, NOWAIT), 0);
		assert_int_equal(map->dm_nsegs, 1);
		assert_int_equal(map->dm_segs[0].ds_addr % FOUR, 0);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	tp->tp_used[0] = 0;
	done(tp, t, root);
}

/* Longer, and with no segment to spare: it begins at one, or there is none. */
static void
its_own_is_cut_least(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;
	bus_dmamap_t map = NULL;

	/* What is there begins in the middle. */
	tp->tp_used[0] = tp->tp_used[1] = 1;
	t = bounce(root, 9, 9);
	assert_int_equal(bus_dmamap_create(t, 2 * FOUR, 2, FOUR, FOUR,
			     BUS_DMA_ALLOCNOW, &map),
	    ENOMEM);
	assert_null(map);
	/* That will do for three. */
	assert_int_equal(bus_dmamap_create(t, 2 * FOUR, 4, FOUR, FOUR,
			     BUS_DMA_ALLOCNOW, &map),
	    0);
	assert_int_equal(load(t, map, 8, 2 * FOUR, NOWAIT), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	t = bounce(root, 9, 18);
	assert_int_equal(bus_dmamap_create(t, 2 * FOUR, 2, FOUR, FOUR,
			     BUS_DMA_ALLOCNOW, &map),
	    0);
	for (size_t in = 0; in < 2 * PAGE; in += 1000) {
		assert_int_equal(load(t, map, in, 2 * FOUR, NOWAIT), 0);
		assert_int_equal(map->dm_nsegs, 2);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	tp->tp_used[0] = tp->tp_used[1] = 0;
	done(tp, t, root);
}

/* ---- what never will ---- */

/* No place between boundaries, and no more that could have one. */
static void
no_place_is_final(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;
	struct bus_dma_why wy;
	bus_dmamap_t map;

	tp->tp_used[0] = 1;
	t = bounce(root, 4, 4);
	map = new_map(t, FOUR, 1, FOUR, FOUR);
	assert_int_equal(load(t, map, 0, FOUR, NOWAIT), EFBIG);
	assert_true(bus_dmamap_why(t, map, &wy));
	assert_int_equal(wy.wy_reason, BUS_DMA_WHY_RESOURCES);
	assert_int_equal(load(t, map, 0, FOUR, 0), EFBIG);
	/* Three pages have one. */
	assert_int_equal(load(t, map, 0, 3 * PAGE, NOWAIT), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	/* Not while it may grow. */
	t = bounce(root, 4, 8);
	for (unsigned i = 0; i < RAMPAGES; i++)
		tp->tp_used[i] += 2;
	map = new_map(t, FOUR, 1, FOUR, FOUR);
	assert_int_equal(load(t, map, 0, FOUR, NOWAIT), ENOMEM);
	for (unsigned i = 0; i < RAMPAGES; i++)
		tp->tp_used[i] -= 2;
	assert_int_equal(load(t, map, 0, FOUR, NOWAIT), ENOMEM);
	assert_int_equal(load(t, map, 0, FOUR, 0), 0);
	assert_int_equal(map->dm_segs[0].ds_addr % FOUR, 0);
	assert_int_equal(pool_of(t), 8);
	bus_dmamap_destroy(t, map);
	tp->tp_used[0] = 0;
	done(tp, t, root);
}

/* ---- cut by length and by boundary ---- */

static void
called(void *arg)
{
	++*(unsigned *)arg;
}

/*
 * Seven pages of at most three each fit three segments where they begin at a
 * boundary of four; in the middle, four.
 */
static void
where_maxsegsz_counts(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;
	unsigned calls = 0;
	struct bus_dma_callback dc = { .dc_func = called, .dc_arg = &calls };
	bus_dmamap_t map, hold[3];

	t = named(root, 1, 12);
	assert_int_equal(bus_dmatag_callback_add(t, &dc), 0);
	map = new_map(t, 7 * PAGE, 3, 3 * PAGE, FOUR);
	assert_int_equal(load(t, map, 0, 7 * PAGE, NOWAIT), 0);
	assert_int_equal(map->dm_segs[0].ds_addr % FOUR, 0);
	bus_dmamap_destroy(t, map);
	map = new_map(t, 7 * PAGE, 3, 3 * PAGE, FOUR);
	/* The first five of the pool: what is free begins in the middle. */
	for (unsigned i = 0; i < 3; i++) {
		hold[i] = new_map(t, FOUR, 1, FOUR, 0);
		assert_int_equal(
		    load(t, hold[i], 0, (i < 2 ? 2 : 1) * PAGE, NOWAIT), 0);
		assert_true(hold[i]->dm_segs[0].ds_addr < RAMBASE + 6 * PAGE);
	}
	assert_int_equal(load(t, map, 0, 7 * PAGE, NOWAIT), ENOMEM);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(calls, i != 0);
		bus_dmamap_destroy(t, hold[i]);
	}
	assert_int_equal(load(t, map, 0, 7 * PAGE, NOWAIT), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_callback_remove(t, &dc);
	done(tp, t, root);
}

/* ---- out of a child's reach ---- */

static void
what_is_out_elsewhere_is_no_hope(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = named(root, 0, 6), child = NULL;
	unsigned calls = 0;
	struct bus_dma_callback dc = { .dc_func = called, .dc_arg = &calls };
	bus_dmamap_t far, map, own = NULL, near;

	assert_int_equal(bus_dmatag_subregion(t, RAMBASE + PAGE,
			     RAMBASE + 3 * PAGE - 1, &child, 0),
	    0);
	assert_int_equal(bus_dmatag_callback_add(child, &dc), 0);
	/* Of its two pages one is a map's own; of the others all are out. */
	assert_int_equal(bus_dmamap_create(child, PAGE, 1, PAGE, PAGE,
			     BUS_DMA_ALLOCNOW, &own),
	    0);
	far = new_map(t, 3 * PAGE, 1, 3 * PAGE, 0);
	near = new_map(t, PAGE, 1, PAGE, 0);
	assert_int_equal(load(t, far, 0, 3 * PAGE, NOWAIT), 0);
	assert_true(far->dm_segs[0].ds_addr >= RAMBASE + 3 * PAGE);
	map = new_map(child, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_int_equal(load(child, map, 0, 2 * PAGE, NOWAIT), ENOMEM);
	bus_dmamap_destroy(t, far);
	assert_int_equal(calls, 0);
	/* What is out of what it reaches is. */
	far = new_map(child, PAGE, 1, PAGE, 0);
	assert_int_equal(load(child, far, 0, PAGE, NOWAIT), 0);
	assert_int_equal(load(child, map, 0, 2 * PAGE, NOWAIT), ENOMEM);
	bus_dmamap_destroy(child, far);
	assert_int_equal(calls, 1);
	bus_dmamap_destroy(t, near);
	bus_dmamap_destroy(child, own);
	assert_int_equal(load(child, map, 0, 2 * PAGE, NOWAIT), 0);
	bus_dmamap_destroy(child, map);
	bus_dmatag_callback_remove(child, &dc);
	bus_dmatag_destroy(child);
	done(tp, t, root);
}

/* ---- whose turn it is ---- */

static struct {
	bus_dma_tag_t tu_tag;
	bus_dmamap_t tu_hold;
} turn;

/* Until then, who waits lets nothing grow. */
static void
let_go(struct tp *tp, void *arg)
{
	(void)tp;
	(void)arg;
	assert_non_null(turn.tu_hold);
	assert_int_equal(pool_of(turn.tu_tag), 4);
	bus_dmamap_unload(turn.tu_tag, turn.tu_hold);
	turn.tu_hold = NULL;
}

static void
nothing_grows_out_of_turn(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root, t;
	unsigned calls = 0;
	struct bus_dma_callback dc = { .dc_func = called, .dc_arg = &calls };
	bus_dmamap_t map[3];

	tp_waits(tp, let_go, NULL);
	root = root_of(tp);
	t = bounce(root, 4, 16);
	assert_int_equal(bus_dmatag_callback_add(t, &dc), 0);
	for (unsigned i = 0; i < 3; i++)
		map[i] = new_map(t, 3 * PAGE, 1, 3 * PAGE, 0);
	assert_int_equal(load(t, map[0], 0, 3 * PAGE, NOWAIT), 0);
	assert_int_equal(load(t, map[1], 0, 3 * PAGE, NOWAIT), ENOMEM);
	turn.tu_tag = t;
	turn.tu_hold = map[0];
	assert_int_equal(load(t, map[2], 0, 3 * PAGE, 0), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(pool_of(t), 4);
	/* At the head, it may. */
	assert_int_equal(load(t, map[1], 0, 3 * PAGE, 0), 0);
	assert_true(pool_of(t) > 4);
	for (unsigned i = 0; i < 3; i++)
		bus_dmamap_destroy(t, map[i]);
	bus_dmatag_callback_remove(t, &dc);
	done(tp, t, root);
}

/* A driver that is called, and loads a part. */
struct driver {
	struct bus_dma_callback dr_callback;
	bus_dma_tag_t dr_tag;
	bus_dmamap_t dr_map;
	unsigned dr_calls;
};

#define MANY ((bus_size_t)2000 * PAGE)

static int
load_part(const struct driver *dr)
{
	return load(dr->dr_tag, dr->dr_map, 0, MANY, NOWAIT | BUS_DMA_PARTIAL);
}

static void
load_called(void *arg)
{
	struct driver *dr = arg;

	dr->dr_calls++;
	if (dr->dr_map->dm_mapsize == 0)
		(void)load_part(dr);
}

/*
 * While others stand behind it, the tries of a part are one load: it is as long
 * as where nobody stands.
 */
static void
tries_of_a_part_pass_once(void **state)
{
	struct tp *tp = tp_create(PAGE, RAMBASE, 1024);
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 1024, 1024);
	struct driver dr[2];
	bus_dmamap_t hold[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const size_t len = (i == 0 ? 713 : 311) * PAGE;

		hold[i] = new_map(t, len, 1, len, 0);
		assert_int_equal(load(t, hold[i], 0, len, NOWAIT), 0);
		memset(&dr[i], 0, sizeof(dr[i]));
		dr[i].dr_tag = t;
		dr[i].dr_callback.dc_func = load_called;
		dr[i].dr_callback.dc_arg = &dr[i];
		assert_int_equal(
		    bus_dmatag_callback_add(t, &dr[i].dr_callback), 0);
		assert_int_equal(bus_dmamap_create(t, MANY, 1, MANY, 0,
				     BUS_DMA_PARTIAL, &dr[i].dr_map),
		    0);
	}
	assert_int_equal(load_part(&dr[0]), ENOMEM);
	bus_dmamap_unload(t, hold[0]);
	assert_int_equal(dr[0].dr_calls, 1);
	assert_int_equal(dr[0].dr_map->dm_mapsize, 713 * PAGE);
	assert_unloaded(dr[1].dr_map);
	/* The next part lets the other have its own. */
	assert_int_equal(bus_dmamap_load_next(t, dr[0].dr_map), ENOMEM);
	assert_int_equal(dr[1].dr_map->dm_mapsize, 713 * PAGE);
	for (unsigned i = 0; i < 2; i++)
		bus_dmatag_callback_remove(t, &dr[i].dr_callback);
	for (unsigned i = 0; i < 2; i++) {
		bus_dmamap_destroy(t, dr[i].dr_map);
		bus_dmamap_destroy(t, hold[i]);
	}
	done(tp, t, root);
	assert_int_equal(tp_destroy(tp), 0);
}

/* A driver that is called, and tries for two maps in vain. */
static void
load_both(void *arg)
{
	struct driver *dr = arg;

	dr->dr_calls++;
	if (dr->dr_calls > 100)
		fail_msg("it is called again and again");
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(
		    load(dr->dr_tag, dr->dr_map, 0, 8 * PAGE, NOWAIT), ENOMEM);
}

/* Who has got nothing stays where it stands: two don't take turns for ever. */
static void
who_gets_nothing_keeps_its_place(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 8, 8);
	struct driver dr[2];
	bus_dmamap_t hold[2];

	for (unsigned i = 0; i < 2; i++) {
		hold[i] = new_map(t, FOUR, 1, FOUR, 0);
		assert_int_equal(load(t, hold[i], 0, FOUR, NOWAIT), 0);
		memset(&dr[i], 0, sizeof(dr[i]));
		dr[i].dr_tag = t;
		dr[i].dr_map = new_map(t, 8 * PAGE, 1, 8 * PAGE, 0);
		dr[i].dr_callback.dc_func = load_both;
		dr[i].dr_callback.dc_arg = &dr[i];
		assert_int_equal(
		    bus_dmatag_callback_add(t, &dr[i].dr_callback), 0);
	}
	assert_int_equal(load(t, dr[0].dr_map, 0, 8 * PAGE, NOWAIT), ENOMEM);
	bus_dmamap_unload(t, hold[0]);
	assert_true(dr[0].dr_calls >= 1 && dr[0].dr_calls <= 8);
	assert_int_equal(dr[1].dr_calls, 0);
	for (unsigned i = 0; i < 2; i++)
		bus_dmatag_callback_remove(t, &dr[i].dr_callback);
	for (unsigned i = 0; i < 2; i++) {
		bus_dmamap_destroy(t, dr[i].dr_map);
		bus_dmamap_destroy(t, hold[i]);
	}
	done(tp, t, root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(its_own_is_between_boundaries),
		UNIT(its_own_is_cut_least),
		UNIT(no_place_is_final),
		UNIT(where_maxsegsz_counts),
		UNIT(what_is_out_elsewhere_is_no_hope),
		UNIT(nothing_grows_out_of_turn),
		cmocka_unit_test(tries_of_a_part_pass_once),
		UNIT(who_gets_nothing_keeps_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
