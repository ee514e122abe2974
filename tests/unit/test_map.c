/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/map.c: maps are created, unloaded, destroyed. */
#include "unit.h"

static int
try_create(bus_dma_tag_t t, bus_size_t size, int nsegs, bus_size_t maxsegsz,
    bus_size_t boundary)
{
	bus_dmamap_t map = NULL;
	int error;

	error = bus_dmamap_create(t, size, nsegs, maxsegsz, boundary, 0, &map);
	if (error == 0)
		bus_dmamap_destroy(t, map);
	else
		assert_null(map);
	return error;
}

static void
the_call_is_checked(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = NULL;
	unsigned live = tp->tp_allocs;

	assert_int_equal(try_create(t, 1, 1, 1, 0), 0);
	assert_int_equal(try_create(t, 1, 1, 1, 1), 0);
	assert_int_equal(try_create(t, 0, 1, 1, 0), EINVAL);
	assert_int_equal(try_create(t, 1, 0, 1, 0), EINVAL);
	assert_int_equal(try_create(t, 1, -1, 1, 0), EINVAL);
	assert_int_equal(try_create(t, 1, 1, 0, 0), EINVAL);
	assert_int_equal(try_create(t, 1, 1, 1, 3), EINVAL);
	assert_int_equal(
	    try_create(t, 1, 1, 1, (bus_size_t)0x8000000000000000), 0);
	assert_int_equal(
	    try_create(t, 1, 1, 1, (bus_size_t)0xc000000000000000), EINVAL);
	assert_int_equal(
	    try_create(t, UINT64_MAX, 1, UINT64_MAX, 0x100000000), 0);
	assert_int_equal(bus_dmamap_create(NULL, 1, 1, 1, 0, 0, &map), EINVAL);
	assert_int_equal(bus_dmamap_create(t, 1, 1, 1, 0, 0, NULL), EINVAL);
	assert_null(map);
	assert_int_equal(tp->tp_allocs, live);
	bus_dmatag_destroy(t);
}

static void
a_new_map_is_empty(void **state)
{
	bus_dma_tag_t t = identity(*state);
	bus_dmamap_t map = new_map(t, 1000, 5, 77, 0);

	assert_unloaded(map);
	assert_int_equal(map->dm_maxsegsz, 77);
	assert_non_null(map->dm_segs);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_map_is_one_allocation(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	unsigned live = tp->tp_allocs;
	bus_dmamap_t map = new_map(t, 1 << 20, 8, 1 << 16, 0);

	assert_int_equal(tp->tp_allocs, live + 1);
	/* A coherent tag with 8 segments: DESIGN asks for no more. */
	assert_true(tp->tp_lastalloc <= 224);
	bus_dmamap_destroy(t, map);
	map = new_map(t, 1 << 20, 1, 1 << 16, 0);
	assert_true(tp->tp_lastalloc <= 112);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tp->tp_allocs, live);
	bus_dmatag_destroy(t);
}

static void
no_memory_is_enomem(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = NULL;

	tp_fail_at(tp, 1);
	assert_int_equal(bus_dmamap_create(t, 1, 1, 1, 0, 0, &map), ENOMEM);
	assert_null(map);
	/* The tag is not held by a map that never was. */
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
a_map_that_can_not_be_is_einval(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;

	tl_init(&tl, 1, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	/* Records for each page of 2^64 bytes. */
	assert_int_equal(try_create(t, UINT64_MAX, 1, 1, 0), EINVAL);
	bus_dmatag_destroy(t);
}

static void
the_tags_limits_hold(void **state)
{
	bus_dma_tag_t t = identity(*state), r;
	struct bus_dma_limits lim = {
		.dl_maxsegsz = 64, .dl_boundary = 128, .dl_nsegments = 3
	};
	bus_dmamap_t map;

	assert_int_equal(bus_dmatag_restrict(t, &lim, &r, 0), 0);
	map = new_map(r, 1000, 9, 1000, 0);
	assert_int_equal(map->dm_maxsegsz, 64);
	assert_int_equal(load_run1(r, map, 0x1060, 32 + 64 + 64), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, 0x1060, 32);
	assert_seg(map, 1, 0x1080, 64);
	assert_seg(map, 2, 0x10c0, 64);
	bus_dmamap_unload(r, map);
	assert_int_equal(load_run1(r, map, 0x1060, 32 + 64 + 65), EFBIG);
	bus_dmamap_destroy(r, map);
	/* What create asks for holds where it is tighter. */
	map = new_map(r, 1000, 2, 48, 64);
	assert_int_equal(map->dm_maxsegsz, 48);
	assert_int_equal(load_run1(r, map, 0x1020, 32 + 48), 0);
	assert_seg(map, 0, 0x1020, 32);
	assert_seg(map, 1, 0x1040, 48);
	bus_dmamap_unload(r, map);
	assert_int_equal(load_run1(r, map, 0x1020, 32 + 49), EFBIG);
	bus_dmamap_destroy(r, map);
	bus_dmatag_destroy(r);
	bus_dmatag_destroy(t);
}

static void
layers_have_areas_of_their_own(void **state)
{
	struct tp *tp = *state;
	struct tl_trace tt = { 0 };
	struct tl_layer tl[3];
	bus_dma_tag_t t[3];
	bus_dmamap_t map;

	for (unsigned i = 0; i < 3; i++) {
		tl_init(&tl[i], i + 1, i == 1 ? "m" : "cm", &tt);
		tl[i].tl_area = i == 0 ? 7 : i == 2 ? 100 : 0;
		assert_int_equal(
		    tl_create(tp, &tl[i], i == 0 ? NULL : t[i - 1], &t[i]), 0);
	}
	assert_int_equal(
	    bus_dmamap_create(t[2], 99, 1, 99, 0, BUS_DMA_ALLOCNOW, &map), 0);
	assert_int_equal(tl[0].tl_flags, BUS_DMA_ALLOCNOW);
	assert_int_equal(load_run1(t[2], map, 5, 50), 0);
	bus_dmamap_destroy(t[2], map);
	/* Top first, and back in the other order. */
	assert_int_equal(tt.tt_ev[0].te_id, 3);
	assert_int_equal(tt.tt_ev[0].te_op, TL_CREATE);
	assert_int_equal(tt.tt_ev[1].te_id, 1);
	assert_int_equal(tt.tt_ev[tt.tt_n - 2].te_id, 1);
	assert_int_equal(tt.tt_ev[tt.tt_n - 1].te_id, 3);
	assert_int_equal(tt.tt_ev[tt.tt_n - 1].te_op, TL_DESTROY);
	assert_int_equal(tl[0].tl_badarea, 0);
	assert_int_equal(tl[2].tl_badarea, 0);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
}

static void
a_layer_can_refuse_a_map(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[3];
	bus_dma_tag_t t[3];
	bus_dmamap_t map = NULL;
	unsigned live;

	for (unsigned i = 0; i < 3; i++) {
		tl_init(&tl[i], i + 1, "c", NULL);
		assert_int_equal(
		    tl_create(tp, &tl[i], i == 0 ? NULL : t[i - 1], &t[i]), 0);
	}
	tl[1].tl_fail = TL_CREATE;
	tl[1].tl_error = ENOMEM;
	live = tp->tp_allocs;
	assert_int_equal(
	    bus_dmamap_create(t[2], 99, 1, 99, 0, 0, &map), ENOMEM);
	assert_null(map);
	assert_int_equal(tp->tp_allocs, live);
	assert_int_equal(tl[2].tl_calls[TL_CREATE], 1);
	assert_int_equal(tl[2].tl_calls[TL_DESTROY], 1);
	/* Not destroyed: not made; and never asked. */
	assert_int_equal(tl[1].tl_calls[TL_DESTROY], 0);
	assert_int_equal(tl[0].tl_calls[TL_CREATE], 0);
	assert_int_equal(tl[0].tl_calls[TL_DESTROY], 0);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

static void
live_maps_are_on_the_tags_list(void **state)
{
	bus_dma_tag_t t = identity(*state);
	bus_dmamap_t m[4];

	for (unsigned i = 0; i < 4; i++)
		m[i] = new_map(t, 8, 1, 8, 0);
	assert_ptr_equal(t->dt_maps, m[3]);
	bus_dmamap_destroy(t, m[3]); /* first, */
	assert_ptr_equal(t->dt_maps, m[2]);
	bus_dmamap_destroy(t, m[1]); /* middle, */
	assert_ptr_equal(t->dt_maps->_dm_next, m[0]);
	bus_dmamap_destroy(t, m[0]); /* last. */
	assert_ptr_equal(t->dt_maps, m[2]);
	assert_null(m[2]->_dm_next);
	bus_dmamap_destroy(t, m[2]);
	assert_null(t->dt_maps);
	bus_dmatag_destroy(t);
}

static void
unload_restores_maxsegsz_and_does_not_sync(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 50, 0);

	map->dm_maxsegsz = 25;
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_int_equal(map->dm_nsegs, 4);
	assert_int_equal(map->dm_maxsegsz, 25);
	bus_dmamap_unload(t, map);
	assert_unloaded(map);
	assert_int_equal(map->dm_maxsegsz, 50);
	assert_int_equal(tp->tp_calls[TP_BARRIER], 0);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
unload_of_an_unloaded_map_is_reported(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 50, 0);

	bus_dmamap_unload(t, map);
	assert_ptr_equal(tp->tp_last.rp_map, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	map->dm_maxsegsz = 7;
	bus_dmamap_unload(t, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	assert_int_equal(map->dm_maxsegsz, 50);
	/* After a failed load, there is nothing to unload. */
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	bus_dmamap_unload(t, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	/* After one of length 0, there is. */
	assert_int_equal(load_run1(t, map, 0x1000, 0), 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
destroy_unloads(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tl_init(&tl, 1, "mu", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 4, 50, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	map = new_map(t, 100, 4, 50, 0);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	assert_silent(tp);
	bus_dmatag_destroy(t);
}

/* With another tag's map, nothing is done but the report. */
static void
foreign_maps_are_reported(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), other = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 50, 0);
	struct bus_dma_segment seg = { 0x2000, 8 };
	char byte = 0;

	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	bus_dmamap_unload(other, map);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_destroy(other, map);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_sync(other, map, 0, 1, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(
	    bus_dmamap_load(other, map, &byte, 1, NULL, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(
	    bus_dmamap_load_raw(other, map, &seg, 1, 8, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(tp->tp_calls[TP_BARRIER], 0);
	assert_int_equal(map->dm_mapsize, 100);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(other);
	bus_dmatag_destroy(t);
}

static void
null_handles_are_told(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 50, 0);
	struct bus_dma_segment seg = { 0x2000, 8 };

	bus_dmamap_unload(t, NULL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_destroy(t, NULL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_sync(t, NULL, 0, 0, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_load_raw(t, NULL, &seg, 1, 8, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_unload(NULL, map);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_destroy(NULL, map);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	bus_dmamap_sync(NULL, map, 0, 0, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_load_raw(NULL, map, &seg, 1, 8, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(
	    bus_dmamap_load(NULL, map, &seg, 1, (struct proc *)(void *)&seg, 0),
	    EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(
	    bus_dmamap_load_raw(NULL, NULL, &seg, 1, 8, 0), EINVAL);
	bus_dmamap_unload(NULL, NULL);
	bus_dmamap_destroy(NULL, NULL);
	bus_dmamap_sync(NULL, NULL, 0, 0, BUS_DMASYNC_PREREAD);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_call_is_checked),
		UNIT(a_new_map_is_empty),
		UNIT(a_map_is_one_allocation),
		UNIT(no_memory_is_enomem),
		UNIT(a_map_that_can_not_be_is_einval),
		UNIT(the_tags_limits_hold),
		UNIT(layers_have_areas_of_their_own),
		UNIT(a_layer_can_refuse_a_map),
		UNIT(live_maps_are_on_the_tags_list),
		UNIT(unload_restores_maxsegsz_and_does_not_sync),
		UNIT(unload_of_an_unloaded_map_is_reported),
		UNIT(destroy_unloads),
		UNIT(foreign_maps_are_reported),
		UNIT(null_handles_are_told),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
