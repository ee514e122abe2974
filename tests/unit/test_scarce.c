/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce and src/mi/{stack,partial}.c where slots are short: what is
 * refused, what is waited for, who is called back, and what is not in vain.
 * The device reaches the first 16 MiB.
 */
#include "bounce.h"
#include "waiting.h"

#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define NOWAIT BUS_DMA_NOWAIT
#define PARTIAL BUS_DMA_PARTIAL

/* Bounce over direct mapping; with a callback, which counts. */
struct rig {
	struct tp *ri_tp;
	bus_dma_tag_t ri_root, ri_tag;
	struct bus_dma_callback ri_callback;
	unsigned ri_called;
	bus_dma_segment_t ri_seg;
};

static void
count_call(void *arg)
{
	struct rig *ri = arg;

	ri->ri_called++;
}

static void
rig_lower(struct rig *ri, struct tp *tp)
{
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };

	memset(ri, 0, sizeof(*ri));
	ri->ri_tp = tp;
	assert_int_equal(tp_direct(tp, &w, 1, &ri->ri_root), 0);
}

static void
rig_bounce(struct rig *ri, bus_dma_tag_t lower, size_t reserve, size_t most)
{
	const struct bus_dma_bounce db = { .db_reserve = reserve * PAGE,
		.db_most = most * PAGE };

	assert_int_equal(bus_dmatag_bounce(lower, &db, &ri->ri_tag, 0), 0);
}

static void
rig_make(struct rig *ri, struct tp *tp, size_t pages)
{
	rig_lower(ri, tp);
	rig_bounce(ri, ri->ri_root, pages, pages);
	ri->ri_callback.dc_func = count_call;
	ri->ri_callback.dc_arg = ri;
	assert_int_equal(
	    bus_dmatag_callback_add(ri->ri_tag, &ri->ri_callback), 0);
}

static void
rig_end(struct rig *ri)
{
	if (ri->ri_callback.dc_func != NULL)
		bus_dmatag_callback_remove(ri->ri_tag, &ri->ri_callback);
	bus_dmatag_destroy(ri->ri_tag);
	bus_dmatag_destroy(ri->ri_root);
	assert_silent(ri->ri_tp);
}

static bus_dmamap_t
map_of(struct rig *ri, size_t pages, int flags)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(bus_dmamap_create(ri->ri_tag, pages * PAGE, 16,
			     pages * PAGE, 0, flags, &map),
	    0);
	return map;
}

/* The list stays, as loads in parts ask for. */
static int
load(struct rig *ri, bus_dmamap_t map, size_t pages, int flags)
{
	ri->ri_seg.ds_addr = FAR;
	ri->ri_seg.ds_len = (bus_size_t)64 * PAGE;
	return bus_dmamap_load_raw(
	    ri->ri_tag, map, &ri->ri_seg, 1, pages * PAGE, flags);
}

/* ---- loads in parts ---- */

/* What is tried and is too long arms no callback to stand before the rest. */
static void
a_part_does_beside_a_callback(void **state)
{
	struct rig ri;

	rig_make(&ri, *state, 8);
	bus_dmamap_t hold = map_of(&ri, 1, 0), map = map_of(&ri, 16, PARTIAL);
	assert_int_equal(load(&ri, hold, 1, NOWAIT), 0);
	for (int wait = 0; wait < 2; wait++) {
		assert_int_equal(
		    load(&ri, map, 8, PARTIAL | (wait ? 0 : NOWAIT)), 0);
		assert_int_equal(map->dm_mapsize, 7 * PAGE);
		assert_int_equal(bus_dmamap_load_next(ri.ri_tag, map), 0);
		assert_int_equal(map->dm_mapsize, PAGE);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_unload(ri.ri_tag, hold);
	/* Nothing of it has failed. */
	assert_int_equal(ri.ri_called, 0);
	bus_dmamap_destroy(ri.ri_tag, hold);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Where not even the least can be had, there is a call. */
static void
no_part_is_called_back(void **state)
{
	struct rig ri;

	rig_make(&ri, *state, 8);
	bus_dmamap_t hold = map_of(&ri, 8, 0), map = map_of(&ri, 16, PARTIAL);
	assert_int_equal(load(&ri, hold, 8, NOWAIT), 0);
	assert_int_equal(load(&ri, map, 16, PARTIAL | NOWAIT), ENOMEM);
	assert_int_equal(ri.ri_called, 0);
	bus_dmamap_unload(ri.ri_tag, hold);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(load(&ri, map, 16, PARTIAL | NOWAIT), 0);
	assert_int_equal(map->dm_mapsize, 8 * PAGE);
	bus_dmamap_unload(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, hold);
	bus_dmamap_destroy(ri.ri_tag, map);
	assert_int_equal(ri.ri_called, 1);
	rig_end(&ri);
}

/* It ends a mapping: who waits for that comes first. */
static void
the_next_part_calls(void **state)
{
	struct rig ri;

	rig_make(&ri, *state, 4);
	bus_dmamap_t late = map_of(&ri, 2, 0), map = map_of(&ri, 16, PARTIAL);
	assert_int_equal(load(&ri, map, 8, PARTIAL | NOWAIT), 0);
	assert_int_equal(map->dm_mapsize, 4 * PAGE);
	assert_int_equal(load(&ri, late, 2, NOWAIT), ENOMEM);
	assert_int_equal(ri.ri_called, 0);
	assert_int_equal(bus_dmamap_load_next(ri.ri_tag, map), 0);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(map->dm_mapsize, 4 * PAGE);
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, late);
	rig_end(&ri);
}

/* ---- one run of slots, between boundaries ---- */

#define EIGHT ((bus_size_t)8 * PAGE)

static int
load_pages(struct rig *ri, bus_dmamap_t map, unsigned n, int flags)
{
	bus_dma_segment_t segs[16];

	assert_true(n <= NELEM(segs));
	for (unsigned i = 0; i < n; i++)
		segs[i] = (bus_dma_segment_t){ FAR + 2 * i * PAGE, PAGE };
	return bus_dmamap_load_raw(
	    ri->ri_tag, map, segs, (int)n, n * PAGE, flags);
}

/* Six maps with four pages each, all of the pool, in the order of these. */
static void
hold_all(struct rig *ri, bus_dmamap_t hold[6])
{
	bus_dmamap_t map;
	bus_addr_t at;

	for (unsigned i = 0; i < 6; i++) {
		map = map_of(ri, 4, 0);
		assert_int_equal(load(ri, map, 4, NOWAIT), 0);
		at = (map->dm_segs[0].ds_addr - RAMBASE) / (4 * PAGE);
		assert_true(at < 6);
		hold[at] = map;
	}
}

/*
 * Sixteen pages fit two segments where they begin at a boundary.  What is
 * elsewhere in the pool is not taken for all that there can be: neither where
 * others hold the rest, nor where the rest is parked.
 */
static void
a_bad_place_is_not_final(void **state)
{
	struct rig ri;
	bus_dmamap_t hold[6], map;

	rig_make(&ri, *state, 24);
	hold_all(&ri, hold);
	map = new_map(ri.ri_tag, 2 * EIGHT, 2, EIGHT, EIGHT);
	for (unsigned i = 1; i < 5; i++)
		bus_dmamap_unload(ri.ri_tag, hold[i]);
	assert_int_equal(load_pages(&ri, map, 16, NOWAIT), ENOMEM);
	assert_int_equal(ri.ri_called, 0);
	bus_dmamap_unload(ri.ri_tag, hold[5]);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(load_pages(&ri, map, 16, NOWAIT), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, RAMBASE + EIGHT, EIGHT);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Parked: at both ends. */
	assert_int_equal(load(&ri, hold[5], 4, NOWAIT), 0);
	bus_dmamap_unload(ri.ri_tag, hold[0]);
	bus_dmamap_unload(ri.ri_tag, hold[5]);
	assert_int_equal(load_pages(&ri, map, 16, NOWAIT), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	for (unsigned i = 0; i < 6; i++)
		bus_dmamap_destroy(ri.ri_tag, hold[i]);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Memory of the integrator's from `first' on, of the page at RAMBASE. */
static void
rig_named(struct rig *ri, struct tp *tp, size_t first, size_t pages)
{
	const bus_dma_segment_t mem = { RAMBASE + first * PAGE, pages * PAGE };
	const struct bus_dma_bounce db = { .db_memory = &mem, .db_nmemory = 1 };

	rig_lower(ri, tp);
	assert_int_equal(
	    bus_dmatag_bounce(ri->ri_root, &db, &ri->ri_tag, 0), 0);
}

/* Where none begins at a boundary: what is not cut too often will do. */
static void
a_place_between_boundaries_may_do(void **state)
{
	struct rig ri;
	bus_dmamap_t map;

	rig_named(&ri, *state, 4, 12);
	map = new_map(ri.ri_tag, 2 * EIGHT, 2, EIGHT, EIGHT);
	assert_int_equal(load_pages(&ri, map, 12, NOWAIT), 0);
	assert_seg(map, 0, RAMBASE + 4 * PAGE, 4 * PAGE);
	assert_seg(map, 1, RAMBASE + EIGHT, EIGHT);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
	/* And what is, is final. */
	rig_named(&ri, *state, 6, 12);
	map = new_map(ri.ri_tag, 2 * EIGHT, 2, EIGHT, EIGHT);
	assert_int_equal(load_pages(&ri, map, 12, NOWAIT), EFBIG);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- what is in vain ---- */

static void
nobody_waits(struct tp *tp, void *arg)
{
	(void)tp;
	(void)arg;
	fail_msg("nothing would wake it");
}

/* What a child reaches of the pool is less than it needs. */
static void
slots_out_of_reach_are_no_hope(void **state)
{
	bus_dma_tag_t child = NULL, parent;
	bus_dmamap_t hold, map;
	struct rig ri;

	tp_waits(*state, nobody_waits, NULL);
	rig_named(&ri, *state, 0, 8);
	parent = ri.ri_tag;
	assert_int_equal(
	    bus_dmatag_subregion(parent, 0, RAMBASE + 4 * PAGE - 1, &child, 0),
	    0);
	hold = map_of(&ri, 4, 0);
	assert_int_equal(load(&ri, hold, 4, NOWAIT), 0);
	assert_true(hold->dm_segs[0].ds_addr >= RAMBASE + 4 * PAGE);
	ri.ri_tag = child;
	map = map_of(&ri, 8, 0);
	assert_int_equal(load_pages(&ri, map, 5, 0), EFBIG);
	assert_int_equal(load_pages(&ri, map, 4, 0), 0);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	ri.ri_tag = parent;
	bus_dmamap_destroy(parent, hold);
	rig_end(&ri);
}

/* A pool does not grow by what stands wrong for the load that asks. */
static void
nothing_grows_in_vain(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = EIGHT };
	bus_dma_segment_t one = { FAR + 16, 100 };
	bus_dma_tag_t lower = NULL;
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map;
	size_t pages;

	/* No page stands so. */
	for (unsigned i = 0; i < RAMPAGES; i += 8)
		tp->tp_used[i] = 1;
	rig_lower(&ri, tp);
	assert_int_equal(bus_dmatag_restrict(ri.ri_root, &lim, &lower, 0), 0);
	rig_bounce(&ri, lower, 0, 24);
	map = map_of(&ri, 1, 0);
	pages = bounce_of(ri.ri_tag)->bt_slots->sl_pages;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(
		    bus_dmamap_load_raw(ri.ri_tag, map, &one, 1, 100, 0),
		    ENOMEM);
	assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_pages, pages);
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmatag_destroy(ri.ri_tag);
	ri.ri_tag = lower;
	rig_end(&ri);
	for (unsigned i = 0; i < RAMPAGES; i += 8)
		tp->tp_used[i] = 0;
}

/* On another CPU, when a lock is let go of. */
static struct {
	void (*me_unlock)(const struct busdma_platform *pl, busdma_lock_t *lk);
	unsigned me_when; /* the so-manieth from now, from 1; 0: never */
	struct rig *me_rig;
	bus_dmamap_t me_map;
	int me_error;
} meanwhile;

static void
unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	meanwhile.me_unlock(pl, lk);
	if (meanwhile.me_when != 0 && --meanwhile.me_when == 0)
		meanwhile.me_error =
		    load(meanwhile.me_rig, meanwhile.me_map, 1, 0);
}

/* What a map has taken for good is so at once: nobody waits for it. */
static void
what_is_kept_is_no_hope(void **state)
{
	struct tp *tp = *state;
	bus_dmamap_t map = NULL;
	struct rig ri;

	tp_waits(tp, nobody_waits, NULL);
	memset(&meanwhile, 0, sizeof(meanwhile));
	meanwhile.me_unlock = tp->tp_pl.pl_unlock;
	tp->tp_pl.pl_unlock = unlock;
	for (unsigned i = 2; i < 4; i++) {
		rig_lower(&ri, tp);
		rig_bounce(&ri, ri.ri_root, 4, 4);
		meanwhile.me_rig = &ri;
		meanwhile.me_map = map_of(&ri, 1, 0);
		meanwhile.me_when = i;
		map = map_of(&ri, 3, BUS_DMA_ALLOCNOW);
		assert_int_equal(meanwhile.me_when, 0);
		assert_int_equal(meanwhile.me_error, ENOMEM);
		bus_dmamap_destroy(ri.ri_tag, map);
		bus_dmamap_destroy(ri.ri_tag, meanwhile.me_map);
		rig_end(&ri);
	}
}

/* Rather than less than a sector, none: there will be more. */
static void
no_part_is_less_than_a_sector(void **state)
{
	struct rig ri;

	rig_make(&ri, *state, 2);
	bus_dmamap_t hold = map_of(&ri, 1, 0), map = map_of(&ri, 8, PARTIAL);
	bus_dma_segment_t seg = { FAR + PAGE - 600, 4 * PAGE };
	assert_int_equal(load(&ri, hold, 1, NOWAIT), 0);
	/* One page is left, of which the buffer begins 600 before the end. */
	assert_int_equal(bus_dmamap_load_raw(ri.ri_tag, map, &seg, 1, 4 * PAGE,
			     PARTIAL | NOWAIT),
	    0);
	assert_int_equal(map->dm_mapsize, 512);
	/* Now 88 before: not a sector until there is another page. */
	assert_int_equal(bus_dmamap_load_next(ri.ri_tag, map), ENOMEM);
	assert_unloaded(map);
	bus_dmamap_unload(ri.ri_tag, hold);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(bus_dmamap_load_next(ri.ri_tag, map), 0);
	assert_int_equal(map->dm_mapsize, PAGE);
	bus_dmamap_destroy(ri.ri_tag, hold);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- a pool that has nothing ---- */

/* Who can't wait is called when somebody who can has let it grow. */
static void
an_empty_pool_calls_when_it_grows(void **state)
{
	struct tp *tp = *state;
	struct rig ri;

	rig_lower(&ri, tp);
	rig_bounce(&ri, ri.ri_root, 0, 4);
	ri.ri_callback.dc_func = count_call;
	ri.ri_callback.dc_arg = &ri;
	assert_int_equal(
	    bus_dmatag_callback_add(ri.ri_tag, &ri.ri_callback), 0);
	/* The platform has no pages when the maps are made. */
	memset(tp->tp_used, 1, RAMPAGES);
	bus_dmamap_t map = map_of(&ri, 2, 0), other = map_of(&ri, 1, 0);
	assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_pages, 0);
	assert_int_equal(load(&ri, map, 2, NOWAIT), ENOMEM);
	/* Nor does it stand before anybody who may find some. */
	assert_int_equal(load(&ri, other, 1, 0), ENOMEM);
	assert_int_equal(ri.ri_called, 0);
	memset(tp->tp_used, 0, RAMPAGES);
	(void)load(&ri, other, 1, 0);
	bus_dmamap_unload(ri.ri_tag, other);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(load(&ri, other, 1, 0), 0);
	bus_dmamap_destroy(ri.ri_tag, other);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* What a map reserves for itself out of what it brought is no one else's. */
static void
who_reserves_brings_its_own(void **state)
{
	struct tp *tp = *state;
	struct rig ri;

	rig_lower(&ri, tp);
	rig_bounce(&ri, ri.ri_root, 0, 8);
	ri.ri_callback.dc_func = count_call;
	ri.ri_callback.dc_arg = &ri;
	assert_int_equal(
	    bus_dmatag_callback_add(ri.ri_tag, &ri.ri_callback), 0);
	memset(tp->tp_used, 1, RAMPAGES);
	bus_dmamap_t map = map_of(&ri, 2, 0);
	assert_int_equal(load(&ri, map, 2, NOWAIT), ENOMEM);
	memset(tp->tp_used, 0, RAMPAGES);
	/* The callback stands there, and is due when this is over. */
	bus_dmamap_t own = map_of(&ri, 2, BUS_DMA_ALLOCNOW);
	assert_int_equal(load(&ri, own, 2, NOWAIT), 0);
	bus_dmamap_destroy(ri.ri_tag, own);
	assert_int_equal(ri.ri_called, 1);
	assert_int_equal(load(&ri, map, 2, NOWAIT), 0);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- what a load gives back itself ---- */

static struct again {
	struct rig *ag_rig;
	bus_dma_tag_t ag_low;
	bus_dmamap_t ag_hold; /* until somebody waits */
	void (*ag_lock)(const struct busdma_platform *pl, busdma_lock_t *lk);
	unsigned ag_locks, ag_waits;
} again;

static void
let_go(void)
{
	if (again.ag_hold->dm_nsegs == 0)
		return;
	tokens_of(again.ag_low)->tk_error = 0;
	bus_dmamap_unload(again.ag_rig->ri_tag, again.ag_hold);
}

static void
somebody_waits(struct tp *tp, void *arg)
{
	(void)tp;
	(void)arg;
	again.ag_waits++;
	let_go();
}

/* Not for ever: who spins is let go of, too. */
static void
count_locks(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	if (++again.ag_locks == 2000)
		let_go();
	again.ag_lock(pl, lk);
}

/*
 * In pieces there are not enough slots; as one run there are, but the layer
 * below refuses it.  What is given back then is no reason to try again.
 */
static void
its_own_slots_wake_nobody(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[4];
	bus_dmamap_t map;
	struct rig ri;

	tp_waits(tp, somebody_waits, NULL);
	memset(&again, 0, sizeof(again));
	again.ag_lock = tp->tp_pl.pl_lock;
	tp->tp_pl.pl_lock = count_locks;
	rig_lower(&ri, tp);
	again.ag_rig = &ri;
	again.ag_low = tokens_create(tp, ri.ri_root, 100);
	rig_bounce(&ri, again.ag_low, 8, 8);
	again.ag_hold = map_of(&ri, 1, 0);
	assert_int_equal(load(&ri, again.ag_hold, 1, NOWAIT), 0);
	map = map_of(&ri, 4, 0);
	for (unsigned i = 0; i < NELEM(segs); i++)
		segs[i] =
		    (bus_dma_segment_t){ FAR + 0x100800 + 4 * i * PAGE, PAGE };
	tokens_of(again.ag_low)->tk_error = EFBIG;
	again.ag_locks = 0;
	assert_int_equal(
	    bus_dmamap_load_raw(ri.ri_tag, map, segs, 4, 4 * PAGE, 0), 0);
	assert_int_equal(again.ag_waits, 1);
	assert_true(again.ag_locks < 200);
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, again.ag_hold);
	bus_dmatag_destroy(ri.ri_tag);
	bus_dmatag_destroy(again.ag_low);
	bus_dmatag_destroy(ri.ri_root);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(no_part_is_less_than_a_sector),
		UNIT(an_empty_pool_calls_when_it_grows),
		UNIT(its_own_slots_wake_nobody),
		UNIT(who_reserves_brings_its_own),
		UNIT(a_part_does_beside_a_callback),
		UNIT(no_part_is_called_back),
		UNIT(the_next_part_calls),
		UNIT(a_bad_place_is_not_final),
		UNIT(a_place_between_boundaries_may_do),
		UNIT(slots_out_of_reach_are_no_hope),
		UNIT(nothing_grows_in_vain),
		UNIT(what_is_kept_is_no_hope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
