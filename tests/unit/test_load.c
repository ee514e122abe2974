/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/load.c: linear and raw loads, layer by layer or through the shortcut,
 * and what a failed load leaves.  tests/oracle/segments.c has the random cases.
 */
#include <busdma/mbuf.h>

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
	struct busdma_part part = { buf, 40, 0 };
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
			assert_string_equal(
			    tp->tp_last.rp_func, "bus_dmamap_load_raw");
			assert_report(tp, BUSDMA_REPORT_PLATFORM);
		}
		bus_dmamap_destroy(tag, map);
	}
	bus_dmatag_destroy(w);
	bus_dmatag_destroy(t);
}

/* The least bytes that the layer below was given. */
static bus_size_t given_least;

static int
given_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	if (f->bf_len < given_least)
		given_least = f->bf_len;
	return 0;
}

static void
no_layer_is_given_nothing(void **state)
{
	struct tp *tp = *state;
	struct tl_layer lower, tl;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;

	given_least = 100;
	tl_init(&lower, 1, "m", NULL);
	lower.tl_ops.bo_map = given_map;
	tl_init(&tl, 2, "m", NULL);
	tl.tl_ops.bo_map = bad_map;
	assert_int_equal(tl_create(tp, &lower, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &tl, b, &t), 0);
	map = new_map(t, 100, 4, 100, 0);
	for (paddr_t a = 0x1000; a <= 0x3000; a += 0x1000) {
		assert_int_equal(load_run1(t, map, a, 100), EFAULT);
		assert_unloaded(map);
		assert_report(tp, BUSDMA_REPORT_PLATFORM);
	}
	assert_int_equal(given_least, 100);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
}

/* Error numbers are positive; anything else that a layer returns is EFAULT. */
static void
what_is_no_error_number_is_efault(void **state)
{
	static const char *const kinds[] = { "m", "l", "L" };
	static const enum tl_op ops[] = { TL_MAP, TL_LOAD, TL_LOADED };
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	struct mbuf m = { .m_data = tp_run(tp, RAMBASE, 1),
		.m_len = 10,
		.m_flags = M_PKTHDR,
		.m_pkthdr = { .len = 10 } };

	for (unsigned i = 0; i < NELEM(kinds); i++) {
		tl_init(&tl, 1, kinds[i], NULL);
		assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
		map = new_map(t, 100, 2, 100, 0);
		tl.tl_fail = ops[i];
		tl.tl_error = -1;
		assert_int_equal(load_run1(t, map, RAMBASE, 10), EFAULT);
		assert_unloaded(map);
		assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EFAULT);
		assert_unloaded(map);
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
	}
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
		UNIT(a_driver_may_lower_maxsegsz),
		UNIT(every_load_looks_at_maxsegsz),
		UNIT(limits_hold_behind_the_layers),
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
		UNIT(no_layer_is_given_nothing),
		UNIT(what_is_no_error_number_is_efault),
		UNIT(hints_are_kept_as_they_are),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
