/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/segment.c: the segment builder.  tests/oracle/segments.c has the
 * random cases.
 */
#include "unit.h"

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

/* The fewest segments for `len' bytes from `addr', found by trying; 0: none. */
static int
fewest(bus_addr_t addr, bus_size_t len, bus_size_t align, bus_size_t max,
    bus_size_t boundary)
{
	int best[64] = { 0 };

	for (bus_size_t end = 1; end <= len; end++) {
		best[end] = 1000;
		for (bus_size_t at = end > max ? end - max : 0; at < end;
		     at++) {
			if ((addr + at) % align == 0 && best[at] < best[end] &&
			    (boundary == 0 || (addr + at) / boundary ==
						  (addr + end - 1) / boundary))
				best[end] = best[at] + 1;
		}
	}
	return best[len] < 1000 ? best[len] : 0;
}

static void
no_fewer_would_do(void **state)
{
	bus_dma_tag_t t = identity(*state), r;
	bus_dma_segment_t segs[3];
	bus_dmamap_t map;

	for (bus_size_t align = 1; align <= 8; align *= 2) {
		struct bus_dma_limits lim = { .dl_alignment = align };

		assert_int_equal(bus_dmatag_restrict(t, &lim, &r, 0), 0);
		for (unsigned i = 0; i < 6000; i++) {
			bus_size_t max = align + i % 23;
			bus_size_t boundary = (i / 23) % 3 * 16;
			bus_size_t len = 1 + i * 7 % 60, cut = i % len;
			bus_addr_t addr = 0x1000 + align * (i % 5);

			/* One run, in two pieces. */
			segs[0] = (bus_dma_segment_t){ addr, cut };
			segs[1] = (bus_dma_segment_t){ addr + cut, len - cut };
			map = new_map(r, 64, 64, max, boundary);
			assert_int_equal(
			    bus_dmamap_load_raw(r, map, segs, 2, len, 0), 0);
			assert_int_equal(map->dm_nsegs,
			    fewest(addr, len, align, max, boundary));
			bus_dmamap_destroy(r, map);
		}
		bus_dmatag_destroy(r);
	}
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
	/* 40 is not a multiple: a segment that goes on ends at 32. */
	map = new_map(r, 1000, 9, 40, 0);
	assert_int_equal(load_run1(r, map, 0x1000, 100), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 1, 0x1020, 32);
	assert_seg(map, 2, 0x1040, 36);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(segments_are_topped_up),
		UNIT(a_boundary_cuts_in_bus_addresses),
		UNIT(the_ends_of_the_space_are_addresses_too),
		UNIT(no_fewer_would_do),
		UNIT(alignment_is_of_every_segment),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
