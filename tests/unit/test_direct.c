/* SPDX-License-Identifier: BSD-2-Clause */
/* src/md/direct: windows, and the layer on another one. */
#include "unit.h"

#define C BUS_DMA_WINDOW_COHERENT
#define TOP UINT64_MAX

static int
try_windows(struct tp *tp, const struct bus_dma_window *w, unsigned n)
{
	bus_dma_tag_t t = NULL;
	int error = bus_dmatag_direct(&tp->tp_pl, NULL, w, n, &t, 0);

	if (error == 0)
		bus_dmatag_destroy(t);
	else
		assert_null(t);
	assert_true(tp_clean(tp));
	return error;
}

static void
windows_are_checked(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_window w[2] = { { 0x1000, 0x2000, 0x3000, C },
		{ 0x8000, 0x5000, 0x1000, C } };
	bus_dma_tag_t t = NULL;

	assert_int_equal(try_windows(tp, w, 2), 0);
	assert_int_equal(try_windows(tp, w, 0), EINVAL);
	assert_int_equal(try_windows(tp, NULL, 1), EINVAL);
	assert_int_equal(
	    bus_dmatag_direct(&tp->tp_pl, NULL, w, 2, NULL, 0), EINVAL);
	w[1].dw_flags = 0; /* not coherent */
	assert_int_equal(try_windows(tp, w, 2), EINVAL);
	w[1].dw_flags = C | 0x8000;
	assert_int_equal(try_windows(tp, w, 2), EINVAL);
	w[1].dw_flags = C;
	w[1].dw_bus = 0x4000; /* overlaps on the bus */
	assert_int_equal(try_windows(tp, w, 2), EINVAL);
	w[1].dw_bus = 0x1000;
	w[1].dw_len = 0x1000;
	assert_int_equal(try_windows(tp, w, 2), 0);
	w[1].dw_len = 0x2000;
	assert_int_equal(try_windows(tp, w, 2), EINVAL);
	/* Nor in memory. */
	w[1] = (struct bus_dma_window){ w[0].dw_cpu, 0x10000, 0x1000, C };
	assert_int_equal(try_windows(tp, w, 2), EINVAL);
	w[1].dw_cpu = w[0].dw_cpu + w[0].dw_len;
	assert_int_equal(try_windows(tp, w, 2), 0);
	tp_fail_at(tp, 1);
	assert_int_equal(
	    bus_dmatag_direct(&tp->tp_pl, NULL, w, 2, &t, 0), ENOMEM);
	assert_null(t);
}

static void
there_are_at_most_64_windows(void **state)
{
	struct bus_dma_window w[65];

	for (unsigned i = 0; i < 65; i++)
		w[i] = (struct bus_dma_window){ i * 0x1000, i * 0x2000, 0x1000,
			C };
	assert_int_equal(try_windows(*state, w, 64), 0);
	assert_int_equal(try_windows(*state, w, 65), EINVAL);
}

static void
windows_are_whole_pages_that_do_not_wrap(void **state)
{
	static const struct {
		struct bus_dma_window w;
		int error;
	} cases[] = {
		{ { 0x1000, 0x2000, 0x1000, C }, 0 },
		{ { 0x1001, 0x2000, 0x1000, C }, EINVAL },
		{ { 0x1800, 0x2800, 0x1000, C }, EINVAL },
		{ { 0x1000, 0x2010, 0x1000, C }, EINVAL },
		{ { TOP - 0xfff, 0, 0x1000, C }, 0 },
		{ { TOP - 0xfff, 0, 0x2000, C }, EINVAL },
		{ { 0, TOP - 0xfff, 0x1000, C }, 0 },
		{ { 0, TOP - 0xfff, 0x2000, C }, EINVAL },
		{ { 0x1000, 0, TOP - 0xfff, C }, 0 },
		{ { 0x2000, 0, TOP - 0xfff, C }, EINVAL },
		{ { 0, 0, 0, C }, 0 },
		{ { TOP - 0xfff, TOP - 0x1fff, 0, C }, 0 },
	};
	struct tp *tp = *state;

	for (size_t i = 0; i < NELEM(cases); i++)
		assert_int_equal(
		    try_windows(tp, &cases[i].w, 1), cases[i].error);
}

/* The address of one byte on the bus; TOP: it can't be reached. */
static bus_addr_t
bus_of(bus_dma_tag_t t, paddr_t pa)
{
	bus_dmamap_t map = new_map(t, 1, 1, 1, 0);
	int error = load_run1(t, map, pa, 1);
	bus_addr_t bus = error == 0 ? map->dm_segs[0].ds_addr : TOP;

	assert_true(error == 0 || error == EFAULT);
	bus_dmamap_destroy(t, map);
	return bus;
}

static void
an_address_shifts_by_its_window(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x1000, 0x80000, 0x2000, C }, { 0x4000, 0, 0x1000, C }
	};
	struct tp *tp = *state;
	bus_dma_tag_t t;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_true(bus_of(t, 0xfff) == TOP);
	assert_int_equal(bus_of(t, 0x1000), 0x80000);
	assert_int_equal(bus_of(t, 0x2fff), 0x81fff);
	assert_true(bus_of(t, 0x3000) == TOP);
	assert_int_equal(bus_of(t, 0x4000), 0);
	assert_int_equal(bus_of(t, 0x4fff), 0xfff);
	assert_true(bus_of(t, 0x5000) == TOP);
	bus_dmatag_destroy(t);
}

static void
length_zero_goes_as_far_as_both_spaces(void **state)
{
	struct bus_dma_window w = { 0x1000, 0x4000, 0, C };
	struct tp *tp = *state;
	bus_dma_tag_t t;

	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	assert_int_equal(bus_of(t, 0x1000), 0x4000);
	assert_true(bus_of(t, TOP - 0x3001) == TOP - 1);
	assert_true(bus_of(t, TOP - 0x2fff) == TOP); /* out of reach */
	bus_dmatag_destroy(t);
	w.dw_cpu = 0x4000;
	w.dw_bus = 0x1000;
	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	assert_true(bus_of(t, TOP) == TOP - 0x3000);
	assert_true(bus_of(t, 0x3fff) == TOP);
	bus_dmatag_destroy(t);
}

static void
a_buffer_may_straddle_windows(void **state)
{
	/* Side by side in memory and on the bus; then apart on the bus. */
	static const struct bus_dma_window w[] = {
		{ 0x1000, 0x81000, 0x1000, C }, { 0x2000, 0x82000, 0x1000, C },
		{ 0x3000, 0x90000, 0x1000, C }
	};
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	assert_int_equal(tp_direct(tp, w, 3, &t), 0);
	map = new_map(t, 0x3000, 2, 0x3000, 0);
	assert_int_equal(load_run1(t, map, 0x1800, 0x2000), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, 0x81800, 0x1800);
	assert_seg(map, 1, 0x90000, 0x800);
	bus_dmamap_unload(t, map);
	assert_int_equal(load_run1(t, map, 0x1800, 0x2801), EFAULT);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_buffer_over_three_windows_has_a_part_in_each(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x2000, 0x40000, 0x1000, C }, { 0x1000, 0x80000, 0x1000, C },
		{ 0x3000, 0xc0000, 0x1000, C }
	};
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	assert_int_equal(tp_direct(tp, w, 3, &t), 0);
	map = new_map(t, 0x3000, 3, 0x3000, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 0x3000), 0);
	assert_seg(map, 0, 0x80000, 0x1000);
	assert_seg(map, 1, 0x40000, 0x1000);
	assert_seg(map, 2, 0xc0000, 0x1000);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
narrowing_clips_each_window(void **state)
{
	static const struct bus_dma_window w[] = { { 0x10000, 0, 0x4000, C },
		{ 0x20000, 0x8000, 0x4000, C } };
	struct tp *tp = *state;
	bus_dma_tag_t t, a, b = NULL;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0x3ff0, 0x800f, &a, 0), 0);
	assert_true(bus_of(a, 0x13fef) == TOP);
	assert_int_equal(bus_of(a, 0x13ff0), 0x3ff0);
	assert_int_equal(bus_of(a, 0x2000f), 0x800f);
	assert_true(bus_of(a, 0x20010) == TOP);
	/* Between the windows there is nothing. */
	assert_int_equal(
	    bus_dmatag_subregion(t, 0x4000, 0x7fff, &b, 0), EINVAL);
	assert_int_equal(bus_dmatag_subregion(a, 0, 0x3fef, &b, 0), EINVAL);
	assert_null(b);
	/* The tag itself is as it was. */
	assert_int_equal(bus_of(t, 0x10000), 0);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(t);
}

static void
low_bits_that_must_not_change(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x1000, 0x2000, 0x1000, C }, { 0x13000, 0x23000, 0x1000, C }
	};
	struct bus_dma_limits lim = { .dl_minalignmask = 0xffff };
	struct tp *tp = *state;
	bus_dma_tag_t t, r;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_int_equal(bus_dmatag_restrict(t, &lim, &r, 0), 0);
	assert_true(bus_of(r, 0x1000) == TOP);
	assert_int_equal(bus_of(r, 0x13000), 0x23000);
	bus_dmatag_destroy(r);
	lim.dl_minalignmask = 0x1ffff;
	r = NULL;
	assert_int_equal(bus_dmatag_restrict(t, &lim, &r, 0), EINVAL);
	assert_null(r);
	bus_dmatag_destroy(t);
}

static void
on_a_lower_tag_offsets_add_up(void **state)
{
	static const struct bus_dma_window below[] = { { 0x80000, 0x1000000,
	    0x8000, C } },
					   above[] = { { 0x1000, 0x7e000,
					       0x4000, C } };
	struct tp *tp = *state;
	bus_dma_tag_t b, t, r = NULL;
	struct busdma_reach re;

	assert_int_equal(tp_direct(tp, below, 1, &b), 0);
	/* The platform is the lower tag's. */
	assert_int_equal(bus_dmatag_direct(NULL, b, above, 1, &t, 0), 0);
	assert_int_equal(bus_of(t, 0x3000), 0x1000000);
	assert_int_equal(bus_of(t, 0x4fff), 0x1001fff);
	/* Out of the upper window, then out of the lower one's reach. */
	assert_true(bus_of(t, 0x5000) == TOP);
	assert_true(bus_of(t, 0x2fff) == TOP);
	assert_true(busdma_reach(t, 0, &re));
	assert_int_equal(re.re_low, 0x3000);
	assert_int_equal(re.re_high, 0x4fff);
	assert_int_equal(re.re_offset, 0xffd000);
	assert_false(busdma_reach(t, 1, &re));
	/* Limits are about the address on the bus. */
	assert_int_equal(
	    bus_dmatag_subregion(t, 0x1001000, 0x1001fff, &r, 0), 0);
	assert_true(bus_of(r, 0x3fff) == TOP);
	assert_int_equal(bus_of(r, 0x4000), 0x1001000);
	bus_dmatag_destroy(r);
	r = NULL;
	assert_int_equal(
	    bus_dmatag_subregion(t, 0x1002000, TOP, &r, 0), EINVAL);
	assert_null(r);
	bus_dmatag_destroy(t);
	/* A lower tag that was given up. */
	bus_dmatag_destroy(b);
	assert_silent(tp);
}

static void
two_layers_that_never_meet_are_einval(void **state)
{
	static const struct bus_dma_window below = { 0x80000, 0, 0x8000, C },
					   above = { 0, 0, 0x8000, C };
	struct tp *tp = *state;
	bus_dma_tag_t b, t = NULL;

	assert_int_equal(tp_direct(tp, &below, 1, &b), 0);
	assert_int_equal(bus_dmatag_direct(NULL, b, &above, 1, &t, 0), EINVAL);
	assert_null(t);
	bus_dmatag_destroy(b);
	assert_silent(tp);
}

static void
reach_is_window_by_window(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x2000, 0x40000, 0x1000, C }, { 0x5000, 0x80000, 0x3000, C }
	};
	static const struct busdma_reach want[] = { { 0x2000, 0x2fff, 0x3e000,
							true },
		{ 0x5000, 0x7fff, 0x7b000, true } };
	struct tp *tp = *state;
	struct busdma_reach re;
	bus_dma_tag_t t;
	unsigned i;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	for (i = 0; i < NELEM(want); i++) {
		assert_true(busdma_reach(t, i, &re));
		assert_int_equal(re.re_low, want[i].re_low);
		assert_int_equal(re.re_high, want[i].re_high);
		assert_int_equal(re.re_offset, want[i].re_offset);
		assert_true(re.re_fixed);
	}
	assert_false(busdma_reach(t, i, &re));
	bus_dmatag_destroy(t);
}

static void
the_first_window_is_the_shortcut(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x2000, 0x40000, 0x1000, C }, { 0x8000, 0x80000, 0x3000, C }
	};
	struct tp *tp = *state;
	bus_dma_tag_t t;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_int_equal(t->dt_winlow, 0x2000);
	assert_int_equal(t->dt_winhigh, 0x2fff);
	assert_int_equal(t->dt_winoff, 0x3e000);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(windows_are_checked),
		UNIT(there_are_at_most_64_windows),
		UNIT(windows_are_whole_pages_that_do_not_wrap),
		UNIT(an_address_shifts_by_its_window),
		UNIT(length_zero_goes_as_far_as_both_spaces),
		UNIT(a_buffer_may_straddle_windows),
		UNIT(a_buffer_over_three_windows_has_a_part_in_each),
		UNIT(narrowing_clips_each_window),
		UNIT(low_bits_that_must_not_change),
		UNIT(on_a_lower_tag_offsets_add_up),
		UNIT(two_layers_that_never_meet_are_einval),
		UNIT(reach_is_window_by_window),
		UNIT(the_first_window_is_the_shortcut),
	};

	return cmocka_run_group_tests_name("direct", tests, NULL, NULL);
}
