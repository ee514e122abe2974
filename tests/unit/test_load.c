/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/load.c and segment.h: linear and raw loads, the layers' part in
 * them, and what a failed load leaves.  tests/oracle/segments.c has the random
 * cases.
 */
#include "unit.h"

/* Pages that are not next to each other. */
static const paddr_t scattered[] = { 0x10000, 0x30000, 0x20000, 0x21000,
	0x50000 };

static void
a_linear_buffer_is_translated(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 5 * PAGE, 5, 5 * PAGE, 0);
	char *buf = tp_buf(tp, scattered, NELEM(scattered));

	assert_int_equal(
	    bus_dmamap_load(t, map, buf + 100, 4 * PAGE, NULL, 0), 0);
	assert_int_equal(map->dm_mapsize, 4 * PAGE);
	assert_int_equal(map->dm_nsegs, 4);
	assert_seg(map, 0, 0x10064, PAGE - 100);
	assert_seg(map, 1, 0x30000, PAGE);
	assert_seg(map, 2, 0x20000, 2 * PAGE);
	assert_seg(map, 3, 0x50000, 100);
	bus_dmamap_unload(t, map);
	assert_unloaded(map);
	/* The same, in whatever portions the hook answers. */
	for (unsigned i = 1; i < 4; i++) {
		tp->tp_pagewise = i == 1;
		tp->tp_chop = i == 2 ? 17 : 0;
		tp->tp_maxfrags = i == 3 ? 1 : 0;
		assert_int_equal(
		    bus_dmamap_load(t, map, buf + 100, 4 * PAGE, NULL, 0), 0);
		assert_int_equal(map->dm_nsegs, 4);
		assert_seg(map, 2, 0x20000, 2 * PAGE);
		assert_seg(map, 3, 0x50000, 100);
		bus_dmamap_unload(t, map);
	}
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
one_answer_serves_a_contiguous_buffer(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 16 * PAGE, 1, 16 * PAGE, 0);
	char *buf = tp_run(tp, 0x80000, 16);

	assert_int_equal(bus_dmamap_load(t, map, buf, 16 * PAGE, NULL, 0), 0);
	assert_int_equal(tp->tp_calls[TP_EXTRACT], 1);
	assert_int_equal(map->dm_nsegs, 1);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* More pages than one answer of the hook has room for. */
static void
long_buffers_take_several_answers(void **state)
{
	struct tp *tp = *state;
	paddr_t pages[50];
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 50 * PAGE, 50, PAGE, 0);
	char *buf;

	for (unsigned i = 0; i < 50; i++)
		pages[i] = (paddr_t)0x100000000 + (49 - i) * 2 * PAGE;
	buf = tp_buf(tp, pages, 50);
	assert_int_equal(bus_dmamap_load(t, map, buf, 50 * PAGE, NULL, 0), 0);
	assert_int_equal(map->dm_nsegs, 50);
	for (int i = 0; i < 50; i++)
		assert_seg(map, i, pages[i], PAGE);
	bus_dmamap_unload(t, map);
	/* One byte more is one segment more than there are. */
	assert_int_equal(
	    bus_dmamap_load(t, map, buf + 1, 50 * PAGE - 1, NULL, 0), 0);
	bus_dmamap_destroy(t, map);
	map = new_map(t, 50 * PAGE, 49, PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 50 * PAGE, NULL, 0), EFBIG);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
segments_are_topped_up(void **state)
{
	bus_dma_tag_t t = identity(*state);
	bus_dmamap_t map = new_map(t, 1000, 4, 100, 0);
	bus_dma_segment_t segs[] = { { 0x1000, 30 }, { 0x101e, 130 },
		{ 0x10a0, 140 } };

	/* 300 contiguous bytes in three pieces: three segments of 100. */
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 3, 300, 0), 0);
	assert_int_equal(map->dm_nsegs, 3);
	for (int i = 0; i < 3; i++)
		assert_seg(map, i, 0x1000 + 100u * (unsigned)i, 100);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_boundary_cuts_in_bus_addresses(void **state)
{
	struct bus_dma_window w = { 0, 0x300, 0, BUS_DMA_WINDOW_COHERENT };
	struct tp *tp = tp_create(256, 0, 4);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	(void)state;
	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	map = new_map(t, 0x1000, 3, 0x1000, 0x400);
	assert_int_equal(load_run1(t, map, 0, 0x800), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, 0x300, 0x100);
	assert_seg(map, 1, 0x400, 0x400);
	assert_seg(map, 2, 0x800, 0x300);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(tp_destroy(tp), 0);
}

static void
the_ends_of_the_space_are_addresses_too(void **state)
{
	bus_dma_tag_t t = identity(*state);
	bus_dmamap_t map = new_map(t, 1 << 20, 2, 1 << 16, 0x1000);
	bus_dma_segment_t segs[] = { { UINT64_MAX - 15, 16 }, { 0, 16 } };

	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 32, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, UINT64_MAX - 15, 16);
	assert_seg(map, 1, 0, 16);
	bus_dmamap_unload(t, map);
	assert_int_equal(load_run1(t, map, UINT64_MAX - 0x1fff, 0x2000), 0);
	assert_seg(map, 1, UINT64_MAX - 0xfff, 0x1000);
	bus_dmamap_unload(t, map);
	/* Off the end. */
	assert_int_equal(load_run1(t, map, UINT64_MAX - 15, 17), EFAULT);
	assert_int_equal(load_run1(t, map, UINT64_MAX, 2), EFAULT);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
alignment_is_of_every_segment(void **state)
{
	bus_dma_tag_t t = identity(*state), r;
	struct bus_dma_limits lim = { .dl_alignment = 16 };
	bus_dmamap_t map;
	bus_dma_segment_t segs[] = { { 0x1000, 24 }, { 0x1018, 8 },
		{ 0x2000, 5 } };

	assert_int_equal(bus_dmatag_restrict(t, &lim, &r, 0), 0);
	/* 40 is not a multiple: segments end at 32. */
	map = new_map(r, 1000, 9, 40, 0);
	assert_int_equal(load_run1(r, map, 0x1000, 100), 0);
	assert_int_equal(map->dm_nsegs, 4);
	assert_seg(map, 2, 0x1040, 32);
	assert_seg(map, 3, 0x1060, 4);
	bus_dmamap_unload(r, map);
	/* A piece may begin anywhere, if it continues one. */
	assert_int_equal(bus_dmamap_load_raw(r, map, segs, 3, 37, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, 0x1000, 32);
	bus_dmamap_unload(r, map);
	assert_int_equal(load_run1(r, map, 0x1008, 8), EFAULT);
	segs[1].ds_addr++;
	assert_int_equal(bus_dmamap_load_raw(r, map, segs, 3, 37, 0), EFAULT);
	assert_unloaded(map);
	bus_dmamap_destroy(r, map);
	/* Below the alignment: one segment, as it is. */
	map = new_map(r, 1000, 9, 10, 0);
	assert_int_equal(load_run1(r, map, 0x1000, 10), 0);
	assert_seg(map, 0, 0x1000, 10);
	bus_dmamap_unload(r, map);
	assert_int_equal(load_run1(r, map, 0x1000, 11), EFAULT);
	bus_dmamap_destroy(r, map);
	bus_dmatag_destroy(r);
	bus_dmatag_destroy(t);
}

static void
a_driver_may_lower_maxsegsz(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 10, 50, 0);

	map->dm_maxsegsz = 20;
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_int_equal(map->dm_nsegs, 5);
	bus_dmamap_unload(t, map);
	assert_int_equal(map->dm_maxsegsz, 50);
	map->dm_maxsegsz = 51;
	assert_int_equal(load_run1(t, map, 0x1000, 100), EINVAL);
	assert_int_equal(tp->tp_last.rp_len, 51);
	assert_report(tp, BUSDMA_REPORT_MAXSEGSZ);
	map->dm_maxsegsz = 0;
	assert_int_equal(load_run1(t, map, 0x1000, 100), EINVAL);
	assert_report(tp, BUSDMA_REPORT_MAXSEGSZ);
	assert_unloaded(map);
	map->dm_maxsegsz = 50;
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Whatever the origin: a bad dm_maxsegsz is told. */
static void
every_load_looks_at_maxsegsz(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 10, 50, 0);
	char *buf = tp_run(tp, 0x1000, 1);
	struct busdma_part part = { buf, 40 };
	struct tp_chain tc = {
		.tc_tp = tp, .tc_parts = &part, .tc_nparts = 1, .tc_total = 40
	};
	static const bus_size_t bad[] = { 0, 51, UINT64_MAX };

	for (size_t i = 0; i < NELEM(bad); i++) {
		map->dm_maxsegsz = bad[i];
		assert_int_equal(
		    bus_dmamap_load(t, map, buf, 40, NULL, 0), EINVAL);
		assert_report(tp, BUSDMA_REPORT_MAXSEGSZ);
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, 0),
		    EINVAL);
		assert_report(tp, BUSDMA_REPORT_MAXSEGSZ);
		assert_unloaded(map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_load_longer_than_the_map_is_einval(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 10, 100, 0);
	char *buf = tp_run(tp, 0x1000, 1);

	assert_int_equal(bus_dmamap_load(t, map, buf, 101, NULL, 0), EINVAL);
	assert_unloaded(map);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, UINT64_MAX, NULL, 0), EINVAL);
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	assert_int_equal(bus_dmamap_load(t, map, buf, 100, NULL, 0), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
length_zero_is_as_unloaded(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 10, 100, 0);

	assert_int_equal(bus_dmamap_load(t, map, NULL, 0, NULL, 0), 0);
	assert_unloaded(map);
	assert_int_equal(tp->tp_calls[TP_EXTRACT], 0);
	/* Not a loaded map: no report. */
	assert_int_equal(load_run1(t, map, 0x1000, 0), 0);
	assert_unloaded(map);
	assert_int_equal(load_run1(t, map, 0x1000, 8), 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_hole_in_the_buffer_is_efault(void **state)
{
	static const paddr_t holed[] = { 0x10000, 0x11000, TP_NOPAGE, 0x13000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 4 * PAGE, 10, 4 * PAGE, 0);
	char *buf = tp_buf(tp, holed, 4);

	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 4 * PAGE, NULL, 0), EFAULT);
	assert_unloaded(map);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 2 * PAGE + 1, NULL, 0), EFAULT);
	assert_unloaded(map);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf + 2 * PAGE, 1, NULL, 0), EFAULT);
	assert_int_equal(bus_dmamap_load(t, map, buf, 2 * PAGE, NULL, 0), 0);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_buffer_that_wraps_is_efault(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, UINT64_MAX, 10, UINT64_MAX, 0);

	assert_int_equal(
	    bus_dmamap_load(t, map, (void *)(UINTPTR_MAX - 9), 11, NULL, 0),
	    EFAULT);
	assert_int_equal(tp->tp_calls[TP_EXTRACT], 0);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_process_is_its_space(void **state)
{
	static const paddr_t pages[] = { 0x70000, 0x72000 };
	struct tp *tp = *state;
	int id;
	struct proc *p = (struct proc *)(void *)&id;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 2, PAGE, 0);

	/* tp's pl_space adds one. */
	tp_space(tp, (char *)p + 1, 0x400000, pages, 2);
	assert_int_equal(
	    bus_dmamap_load(t, map, (void *)(uintptr_t)0x400800, PAGE, p, 0),
	    0);
	assert_seg(map, 0, 0x70800, 0x800);
	assert_seg(map, 1, 0x72000, 0x800);
	assert_int_equal(tp->tp_calls[TP_SPACE], 1);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    bus_dmamap_load(t, map, (void *)(uintptr_t)0x400800, PAGE, NULL, 0),
	    EFAULT);
	assert_int_equal(tp->tp_calls[TP_SPACE], 1);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	/* Without the hook, the pointer itself. */
	tp->tp_pl.pl_space = NULL;
	tp_space(tp, p, 0x400000, pages + 1, 1);
	t = identity(tp);
	map = new_map(t, 2 * PAGE, 2, PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(t, map, (void *)(uintptr_t)0x400010, 9, p, 0), 0);
	assert_seg(map, 0, 0x72010, 9);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_reload_unloads_first_and_is_reported(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tl_init(&tl, 1, "mu", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 10, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 0);
	map->dm_maxsegsz = 10;
	assert_int_equal(load_run1(t, map, 0x2000, 50), 0);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	/* The driver's dm_maxsegsz is left alone. */
	assert_int_equal(map->dm_nsegs, 5);
	assert_seg(map, 0, 0x2000, 10);
	/* Even if it fails. */
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	assert_unloaded(map);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 2);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 2);
	bus_dmatag_destroy(t);
}

static void
raw_loads_are_checked(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 10, 100, 0), all;
	bus_dma_segment_t segs[] = { { 0x1000, 10 }, { 0x5000, 0 },
		{ 0x2000, 10 }, { 0, 0 } };

	assert_int_equal(bus_dmamap_load_raw(t, map, NULL, 1, 10, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 0, 10, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, -1, 10, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 4, 21, 0), EINVAL);
	assert_unloaded(map);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 4, 20, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	bus_dmamap_unload(t, map);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 4, 13, 0), 0);
	assert_seg(map, 1, 0x2000, 3);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	/* On a map that no length is too long for. */
	all = new_map(t, UINT64_MAX, 3, UINT64_MAX, 0);
	assert_int_equal(bus_dmamap_load_raw(t, all, NULL, 1, 10, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_raw(t, all, segs, 0, 10, 0), EINVAL);
	assert_int_equal(
	    bus_dmamap_load_raw(t, all, segs, 4, UINT64_MAX, 0), EINVAL);
	bus_dmamap_destroy(t, all);
	assert_silent(tp);
	bus_dmatag_destroy(t);
}

/* A hook that breaks its contract, in the way of the process asked for. */
static unsigned
bad_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	(void)pl;
	(void)va;
	frags[0] = (struct busdma_frag){ 0x1000, len };
	switch ((uintptr_t)as) {
	case 1: /* longer than asked for */
		frags[0].bf_len = len + 1;
		return 1;
	case 2: /* of no length */
		frags[0].bf_len = 0;
		return 1;
	case 3: /* together longer */
		frags[1] = frags[0];
		return 2;
	case 4: /* more than there is room for */
		return n + 1;
	case 5:
		return UINT32_MAX;
	default:
		return 1;
	}
}

static void
a_hook_is_not_believed(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_extract = bad_extract;
	tp->tp_pl.pl_space = NULL;
	t = identity(tp);
	map = new_map(t, 100, 10, 100, 0);
	for (uintptr_t i = 1; i <= 5; i++) {
		assert_int_equal(
		    bus_dmamap_load(t, map, NULL, 10, (struct proc *)i, 0),
		    EFAULT);
		assert_unloaded(map);
		if (i <= 3)
			assert_report(tp, BUSDMA_REPORT_PLATFORM);
		tp_forget(tp);
	}
	assert_int_equal(bus_dmamap_load(t, map, NULL, 10, NULL, 0), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Through a layer's bo_map, a piece at a time. */
static void
layers_translate_piece_by_piece(void **state)
{
	struct tp *tp = *state;
	struct tl_layer top, bottom;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;

	tl_init(&top, 1, "m", NULL);
	tl_init(&bottom, 2, "m", NULL);
	top.tl_offset = 0x100;
	bottom.tl_offset = 0x1000;
	bottom.tl_most = 30;
	assert_int_equal(tl_create(tp, &bottom, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &top, b, &t), 0);
	map = new_map(t, 100, 4, 100, 0);
	assert_int_equal(load_run1(t, map, 0x10, 100), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_seg(map, 0, 0x1110, 100);
	assert_int_equal(top.tl_calls[TL_MAP], 4);
	assert_int_equal(bottom.tl_calls[TL_MAP], 4);
	bus_dmamap_unload(t, map);
	bottom.tl_fail = TL_MAP;
	bottom.tl_error = EFAULT;
	assert_int_equal(load_run1(t, map, 0x10, 100), EFAULT);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
}

static void
the_shortcut_asks_nobody(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t, child;
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	tl.tl_shortcut = true;
	tl.tl_offset = 0x1000;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 4, 100, 0);
	assert_int_equal(load_run1(t, map, 0x10, 100), 0);
	assert_seg(map, 0, 0x1010, 100);
	assert_int_equal(tl.tl_calls[TL_MAP], 0);
	bus_dmamap_destroy(t, map);
	/* Half in, half out of the tag's reach: the layer is asked. */
	assert_int_equal(bus_dmatag_subregion(t, 0x1000, 0x1040, &child, 0), 0);
	map = new_map(child, 100, 4, 100, 0);
	assert_int_equal(load_run1(child, map, 0x10, 100), EFAULT);
	assert_true(tl.tl_calls[TL_MAP] != 0);
	assert_unloaded(map);
	assert_int_equal(load_run1(child, map, 0x10, 0x31), 0);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
}

/* What a layer makes of a fragment must be within the tag's limits. */
static void
limits_hold_behind_the_layers(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl, whole;
	bus_dma_tag_t t, w, low;
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	tl.tl_offset = 0x100;
	tl_init(&whole, 2, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	assert_int_equal(tl_create(tp, &whole, t, &w), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmatag_subregion(
				     i == 0 ? t : w, 0x1000, 0x1fff, &low, 0),
		    0);
		map = new_map(low, 0x2000, 4, 0x2000, 0);
		assert_int_equal(load_run1(low, map, 0xeff, 2), EFAULT);
		assert_int_equal(load_run1(low, map, 0x1eff, 2), EFAULT);
		assert_unloaded(map);
		assert_int_equal(load_run1(low, map, 0xf00, 0x1000), 0);
		assert_seg(map, 0, 0x1000, 0x1000);
		bus_dmamap_destroy(low, map);
		bus_dmatag_destroy(low);
	}
	bus_dmatag_destroy(w);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Records keep the two ends of the space apart, and refuse what wraps. */
static void
records_hold_at_the_ends_of_the_space(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	bus_dma_segment_t segs[] = { { UINT64_MAX - 15, 16 }, { 0, 16 } };

	tl_init(&tl, 1, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 4, 100, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 32, 0), 0);
	assert_int_equal(tl.tl_nfrags, 2);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, UINT64_MAX - 15, 16);
	assert_seg(map, 1, 0, 16);
	bus_dmamap_unload(t, map);
	assert_int_equal(load_run1(t, map, UINT64_MAX - 15, 17), EFAULT);
	assert_int_equal(tl.tl_calls[TL_LOAD], 1);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* A bo_map that lengthens a fragment, empties it, or makes it wrap. */
static int
bad_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	(void)t;
	(void)map;
	if (f->bf_addr == 0x1000)
		f->bf_len++;
	else if (f->bf_addr == 0x2000)
		f->bf_len = 0;
	else
		f->bf_addr = UINT64_MAX;
	return 0;
}

static void
a_layer_is_not_believed(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl, whole;
	bus_dma_tag_t t, w;
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	tl.tl_ops.bo_map = bad_map;
	tl_init(&whole, 2, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	assert_int_equal(tl_create(tp, &whole, t, &w), 0);
	for (unsigned i = 0; i < 2; i++) {
		bus_dma_tag_t tag = i == 0 ? t : w;

		map = new_map(tag, 100, 4, 100, 0);
		for (paddr_t a = 0x1000; a <= 0x3000; a += 0x1000) {
			assert_int_equal(load_run1(tag, map, a, 100), EFAULT);
			assert_unloaded(map);
			assert_report(tp, BUSDMA_REPORT_PLATFORM);
		}
		bus_dmamap_destroy(tag, map);
	}
	bus_dmatag_destroy(w);
	bus_dmatag_destroy(t);
}

static void
bo_load_gets_all_fragments_at_once(void **state)
{
	struct tp *tp = *state;
	struct tl_trace tt = { 0 };
	struct tl_layer tl, below;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;
	char *buf = tp_buf(tp, scattered, NELEM(scattered));

	tl_init(&below, 2, "m", &tt);
	below.tl_offset = 0x1000000;
	below.tl_shortcut = true;
	tl_init(&tl, 1, "lu", &tt);
	tl.tl_noshortcut = true;
	tl.tl_offset = 0x200000;
	assert_int_equal(tl_create(tp, &below, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &tl, b, &t), 0);
	map = new_map(t, 5 * PAGE, 8, 5 * PAGE, 0);
	assert_int_equal(bus_dmamap_load(t, map, buf + 9, 5 * PAGE - 9, NULL,
			     BUS_DMA_NOWAIT | BUS_DMA_READ),
	    0);
	assert_int_equal(tl.tl_calls[TL_LOAD], 1);
	assert_int_equal(tl.tl_flags, BUS_DMA_NOWAIT | BUS_DMA_READ);
	assert_int_equal(tl.tl_nfrags, 4); /* joined where contiguous */
	assert_int_equal(tl.tl_fragsum, 5 * PAGE - 9);
	/* max(nsegments, pages + 1) + 16 */
	assert_int_equal(tl.tl_maxfrags, 8 + 16);
	assert_int_equal(map->dm_nsegs, 4);
	assert_seg(map, 0, 0x1210009, PAGE - 9);
	assert_seg(map, 2, 0x1220000, 2 * PAGE);
	/* The layer below was asked about each, after the one above. */
	assert_int_equal(below.tl_calls[TL_MAP], 4);
	assert_int_equal(tt.tt_ev[0].te_op, TL_LOAD);
	bus_dmamap_unload(t, map);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	bus_dmamap_destroy(t, map);
	/* Pages decide where there are more of them. */
	map = new_map(t, 40 * PAGE, 1, 40 * PAGE, 0);
	assert_int_equal(load_run1(t, map, 0, 1), 0);
	assert_int_equal(tl.tl_maxfrags, 41 + 16);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
	assert_silent(tp);
}

static void
layers_may_split_what_they_rewrite(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl, below;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;

	tl_init(&below, 2, "m", NULL);
	below.tl_most = 10;
	below.tl_offset = 0x100;
	tl_init(&tl, 1, "l", NULL);
	tl.tl_split = 25;
	assert_int_equal(tl_create(tp, &below, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &tl, b, &t), 0);
	map = new_map(t, 100, 1, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	/* In four parts, of these in three each: and in one piece again. */
	assert_int_equal(below.tl_calls[TL_MAP], 4 * 3);
	assert_int_equal(map->dm_nsegs, 1);
	assert_seg(map, 0, 0x1100, 100);
	bus_dmamap_unload(t, map);
	/* No room for so many. */
	below.tl_most = 1;
	assert_int_equal(load_run1(t, map, 0x1000, 100), EFBIG);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
}

static void
too_many_fragments_are_efbig(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	bus_dma_segment_t segs[40];

	tl_init(&tl, 1, "l", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 2, 100, 0); /* 18 records */
	for (unsigned i = 0; i < 40; i++)
		segs[i] = (bus_dma_segment_t){ 0x1000 + 2 * i, 1 };
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 40, 19, 0), EFBIG);
	assert_int_equal(tl.tl_calls[TL_LOAD], 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 40, 18, 0), EFBIG);
	assert_int_equal(tl.tl_calls[TL_LOAD], 1);
	assert_int_equal(tl.tl_nfrags, 18);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* A bo_load that loses bytes, or finds some. */
static int
lossy_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	(void)t;
	(void)map;
	if ((flags & BUS_DMA_BUS1) != 0)
		fs->fs_frag[0].bf_len--;
	else
		fs->fs_frag[0].bf_len++;
	return 0;
}

static void
not_a_byte_more_or_less(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	bus_dma_segment_t seg = { 0x1000, 10 };

	tl_init(&tl, 1, "lu", NULL);
	tl.tl_ops.bo_load = lossy_load;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 2, 100, 0);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, &seg, 1, 10, BUS_DMA_BUS1), EFAULT);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	assert_unloaded(map);
	/* It said that it had succeeded: it is told of the end. */
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, &seg, 1, 10, BUS_DMA_BUS2), EFAULT);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* A stack of four: whole, loaded, plain unload, whole. */
struct four {
	struct tl_trace tt;
	struct tl_layer tl[4];
	bus_dma_tag_t t[4];
	bus_dmamap_t map;
};

static void
four_create(struct tp *tp, struct four *f)
{
	static const char *const ops[] = { "lu", "muL", "mu", "lu" };

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < 4; i++) {
		tl_init(&f->tl[i], i, ops[i], &f->tt);
		f->tl[i].tl_noshortcut = true;
		assert_int_equal(tl_create(tp, &f->tl[i],
				     i == 0 ? NULL : f->t[i - 1], &f->t[i]),
		    0);
	}
	f->map = new_map(f->t[3], 100, 1, 100, 0);
}

static void
four_destroy(struct four *f)
{
	bus_dmamap_destroy(f->t[3], f->map);
	for (unsigned i = 4; i-- > 0;)
		bus_dmatag_destroy(f->t[i]);
}

static void
unload_is_bottom_first(void **state)
{
	struct four f;

	four_create(*state, &f);
	assert_int_equal(load_run1(f.t[3], f.map, 0x1000, 100), 0);
	f.tt.tt_n = 0;
	bus_dmamap_unload(f.t[3], f.map);
	assert_int_equal(f.tt.tt_n, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(f.tt.tt_ev[i].te_id, i);
		assert_int_equal(f.tt.tt_ev[i].te_op, TL_UNLOAD);
	}
	four_destroy(&f);
	assert_silent((struct tp *)*state);
}

/*
 * A failure in the middle of a load undoes what was done for it, and nothing
 * else.
 */
static void
a_failed_load_is_undone(void **state)
{
	static const struct {
		unsigned layer;
		enum tl_op op;
		unsigned unloads[4];
	} cases[] = {
		{ 3, TL_LOAD, { 0, 0, 0, 0 } },
		{ 2, TL_MAP, { 0, 0, 0, 1 } },
		{ 1, TL_MAP, { 0, 0, 0, 1 } },
		{ 0, TL_LOAD, { 0, 0, 0, 1 } },
		{ 1, TL_LOADED, { 1, 0, 0, 1 } },
	};
	struct tp *tp = *state;
	struct four f;

	for (size_t i = 0; i < NELEM(cases); i++) {
		four_create(tp, &f);
		f.tl[cases[i].layer].tl_fail = cases[i].op;
		f.tl[cases[i].layer].tl_error = ENOMEM;
		assert_int_equal(load_run1(f.t[3], f.map, 0x1000, 100), ENOMEM);
		assert_unloaded(f.map);
		for (unsigned l = 0; l < 4; l++)
			assert_int_equal(
			    f.tl[l].tl_calls[TL_UNLOAD], cases[i].unloads[l]);
		/* And it works when it is tried again. */
		f.tl[cases[i].layer].tl_fail = TL_NONE;
		assert_int_equal(load_run1(f.t[3], f.map, 0x1000, 100), 0);
		bus_dmamap_unload(f.t[3], f.map);
		assert_silent(tp);
		four_destroy(&f);
	}
}

/* One that has no segments to spare fails after its layers were asked. */
static void
efbig_behind_the_layers_is_undone(void **state)
{
	struct four f;
	bus_dma_segment_t segs[] = { { 0x1000, 10 }, { 0x2000, 10 } };

	four_create(*state, &f);
	assert_int_equal(
	    bus_dmamap_load_raw(f.t[3], f.map, segs, 2, 20, 0), EFBIG);
	assert_unloaded(f.map);
	assert_int_equal(f.tl[0].tl_calls[TL_UNLOAD], 1);
	assert_int_equal(f.tl[1].tl_calls[TL_UNLOAD], 0);
	assert_int_equal(f.tl[2].tl_calls[TL_UNLOAD], 0);
	assert_int_equal(f.tl[3].tl_calls[TL_UNLOAD], 1);
	four_destroy(&f);
}

static void
bo_loaded_sees_every_load(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[2];
	bus_dma_tag_t b, t;
	bus_dmamap_t map;

	tl_init(&tl[0], 0, "mLu", NULL);
	tl[0].tl_shortcut = true;
	tl_init(&tl[1], 1, "Lu", NULL);
	assert_int_equal(tl_create(tp, &tl[0], NULL, &b), 0);
	assert_int_equal(tl_create(tp, &tl[1], b, &t), 0);
	map = new_map(t, 100, 2, 60, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_int_equal(tl[0].tl_calls[TL_MAP], 0);
	assert_int_equal(tl[0].tl_calls[TL_LOADED], 1);
	assert_int_equal(tl[1].tl_calls[TL_LOADED], 1);
	assert_int_equal(tl[1].tl_nsegs, 2);
	assert_int_equal(tl[1].tl_flags, BUS_DMA_NOWAIT);
	bus_dmamap_unload(t, map);
	assert_int_equal(tl[0].tl_calls[TL_UNLOAD], 1);
	/* But for those of no byte. */
	assert_int_equal(load_run1(t, map, 0x1000, 0), 0);
	assert_int_equal(tl[0].tl_calls[TL_LOADED], 1);
	bus_dmamap_unload(t, map);
	assert_int_equal(tl[0].tl_calls[TL_UNLOAD], 1);
	/* The upper one is undone when the lower one fails. */
	tl[0].tl_fail = TL_LOADED;
	tl[0].tl_error = ENOMEM;
	assert_int_equal(load_run1(t, map, 0x1000, 100), ENOMEM);
	assert_unloaded(map);
	assert_int_equal(tl[0].tl_calls[TL_UNLOAD], 1);
	assert_int_equal(tl[1].tl_calls[TL_UNLOAD], 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
	assert_silent(tp);
}

/* A whole-load layer below a shortcut: asked only on a miss. */
static void
a_whole_layer_is_asked_on_a_miss_only(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t, child;
	bus_dmamap_t map;

	tl_init(&tl, 1, "lus", NULL);
	tl.tl_shortcut = true;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0x1000, 0x1fff, &child, 0), 0);
	map = new_map(child, 100, 2, 100, 0);
	assert_int_equal(load_run1(child, map, 0x1000, 100), 0);
	bus_dmamap_sync(child, map, 0, 100, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(child, map);
	assert_int_equal(tl.tl_calls[TL_LOAD], 0);
	assert_int_equal(tl.tl_calls[TL_SYNC], 0);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 0);
	tl.tl_offset = (bus_addr_t)0 - 0x1000;
	assert_int_equal(load_run1(child, map, 0x2000, 100), 0);
	assert_seg(map, 0, 0x1000, 100);
	bus_dmamap_sync(child, map, 0, 100, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(child, map);
	assert_int_equal(tl.tl_calls[TL_LOAD], 1);
	assert_int_equal(tl.tl_calls[TL_SYNC], 1);
	assert_int_equal(tl.tl_calls[TL_UNLOAD], 1);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
hints_are_kept_as_they_are(void **state)
{
	bus_dma_tag_t t = identity(*state);
	bus_dmamap_t map = new_map(t, 100, 2, 100, 0);
	const uint32_t both = BUS_DMA_READ | BUS_DMA_WRITE;
	bus_dma_segment_t seg = { 0x1000, 10 };

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t flags = i * BUS_DMA_READ;

		assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, 10,
				     (int)flags | BUS_DMA_COHERENT),
		    0);
		assert_int_equal(map->_dm_flags & both, flags);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_linear_buffer_is_translated),
		UNIT(one_answer_serves_a_contiguous_buffer),
		UNIT(long_buffers_take_several_answers),
		UNIT(segments_are_topped_up),
		UNIT(a_boundary_cuts_in_bus_addresses),
		UNIT(the_ends_of_the_space_are_addresses_too),
		UNIT(alignment_is_of_every_segment),
		UNIT(a_driver_may_lower_maxsegsz),
		UNIT(every_load_looks_at_maxsegsz),
		UNIT(limits_hold_behind_the_layers),
		UNIT(records_hold_at_the_ends_of_the_space),
		UNIT(a_load_longer_than_the_map_is_einval),
		UNIT(length_zero_is_as_unloaded),
		UNIT(a_hole_in_the_buffer_is_efault),
		UNIT(a_buffer_that_wraps_is_efault),
		UNIT(a_process_is_its_space),
		UNIT(a_reload_unloads_first_and_is_reported),
		UNIT(raw_loads_are_checked),
		UNIT(a_hook_is_not_believed),
		UNIT(layers_translate_piece_by_piece),
		UNIT(the_shortcut_asks_nobody),
		UNIT(a_layer_is_not_believed),
		UNIT(bo_load_gets_all_fragments_at_once),
		UNIT(layers_may_split_what_they_rewrite),
		UNIT(too_many_fragments_are_efbig),
		UNIT(not_a_byte_more_or_less),
		UNIT(unload_is_bottom_first),
		UNIT(a_failed_load_is_undone),
		UNIT(efbig_behind_the_layers_is_undone),
		UNIT(bo_loaded_sees_every_load),
		UNIT(a_whole_layer_is_asked_on_a_miss_only),
		UNIT(hints_are_kept_as_they_are),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
