/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce and src/mi/{stack,partial}.c where slots are short: what is
 * refused, what is waited for, who is called back, and what is not in vain.
 * The device reaches the first 16 MiB.
 */
#include "bounce.h"
#include "unit.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_part_does_beside_a_callback),
		UNIT(no_part_is_called_back),
		UNIT(the_next_part_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
