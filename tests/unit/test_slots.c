/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce/slots.c: where slots come from, how many there are, that they
 * come back, and that nothing is left of what failed.
 */
#include "bounce.h"
#include "mt.h"

#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define FORCED BUS_DMA_BOUNCE_FORCED

static const struct bus_dma_window below = { 0, 0, END,
	BUS_DMA_WINDOW_COHERENT };

static bus_dma_tag_t
root_of(struct tp *tp)
{
	bus_dma_tag_t t = NULL;

	assert_int_equal(tp_direct(tp, &below, 1, &t), 0);
	return t;
}

static bus_dma_tag_t
bounce(bus_dma_tag_t lower, bus_size_t reserve, bus_size_t most)
{
	const struct bus_dma_bounce db = { .db_reserve = reserve,
		.db_most = most };
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_bounce(lower, &db, &t, 0), 0);
	return t;
}

static bus_dmamap_t
map_of(bus_dma_tag_t t, bus_size_t pages)
{
	return new_map(t, pages * PAGE, 16, pages * PAGE, 0);
}

static struct slots *
slots_of(bus_dma_tag_t t)
{
	return bounce_of(t)->bt_slots;
}

/* Pages that are free, or will be when somebody asks for them. */
static size_t
free_of(bus_dma_tag_t t)
{
	const struct bounce_area *ba;
	size_t n = slots_of(t)->sl_free;

	for (ba = slots_of(t)->sl_areas; ba != NULL; ba = ba->ba_next)
		if (ba->ba_parked != 0)
			n += ba->ba_run.sr_count;
	return n;
}

/* Pages of the device's memory that are out, and of these free. */
static void
assert_pool(bus_dma_tag_t t, size_t pages, size_t free_)
{
	assert_int_equal(slots_of(t)->sl_pages, pages);
	assert_int_equal(free_of(t), free_);
	assert_int_equal(slots_of(t)->sl_coming, 0);
}

static void
done(struct tp *tp, bus_dma_tag_t t, bus_dma_tag_t root)
{
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
	assert_true(tp_clean(tp));
}

static enum bus_dma_reason
reason(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bus_dma_why wy;

	return bus_dmamap_why(t, map, &wy) ? wy.wy_reason : BUS_DMA_WHY_NONE;
}

/* ---- how many ---- */

static void
the_reserve_is_there_at_once(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;

	t = bounce(root, 3 * PAGE + 1, 8 * PAGE);
	assert_pool(t, 4, 4);
	assert_int_equal(tp->tp_pages, 4);
	/* It may be all that there is. */
	bus_dmatag_destroy(t);
	t = bounce(root, 2 * PAGE, 2 * PAGE);
	assert_pool(t, 2, 2);
	bus_dmamap_t map = map_of(t, 4);
	assert_pool(t, 2, 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	t = bounce(root, 0, 1);
	assert_pool(t, 0, 0);
	done(tp, t, root);
}

/* By what the longest map needs in a row; up to the most. */
static void
maps_make_the_pool_grow(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 10 * PAGE);
	bus_dmamap_t map[6];

	assert_pool(t, 0, 0);
	map[0] = map_of(t, 1);
	assert_pool(t, 2, 2);
	map[1] = map_of(t, 1);
	assert_pool(t, 2, 2);
	map[2] = map_of(t, 4);
	assert_pool(t, 7, 7);
	map[3] = map_of(t, 3);
	assert_pool(t, 7, 7);
	/* What there still may be. */
	map[4] = map_of(t, 5);
	assert_pool(t, 10, 10);
	map[5] = map_of(t, 5);
	assert_pool(t, 10, 10);
	assert_int_equal(tp->tp_pages, 10);
	/* A run is in the chunk that is long enough. */
	assert_int_equal(load_run1(t, map[2], FAR + 8, 4 * PAGE), 0);
	assert_pool(t, 10, 5);
	/* They stay when the maps go, and don't come again. */
	for (unsigned i = 0; i < 6; i++)
		bus_dmamap_destroy(t, map[i]);
	assert_pool(t, 10, 10);
	done(tp, t, root);
}

/* What a map has for its own is not there for the others: more comes. */
static void
maps_of_their_own_take_nothing_from_others(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 16 * PAGE);
	bus_dmamap_t own[2] = { NULL, NULL }, map;
	const bus_size_t size = 2 * PAGE;

	assert_int_equal(
	    bus_dmamap_create(t, size, 1, size, 0, BUS_DMA_ALLOCNOW, &own[0]),
	    0);
	assert_pool(t, 3, 0);
	map = map_of(t, 2);
	assert_pool(t, 6, 3);
	/* Out of what the map above came for. */
	assert_int_equal(
	    bus_dmamap_create(t, size, 1, size, 0, BUS_DMA_ALLOCNOW, &own[1]),
	    0);
	assert_pool(t, 9, 3);
	assert_int_equal(load_run1(t, map, FAR + 8, size), 0);
	assert_pool(t, 9, 0);
	/* What came back is there again. */
	bus_dmamap_destroy(t, own[1]);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	map = map_of(t, 2);
	assert_pool(t, 9, 6);
	bus_dmamap_destroy(t, map);
	bus_dmamap_destroy(t, own[0]);
	assert_pool(t, 9, 9);
	done(tp, t, root);
}

/* What a narrowed tag has in reserve comes with its first map. */
static void
a_child_fills_its_reserve(void **state)
{
	const struct bus_dma_limits lim = { .dl_high = END / 2 - 1 };
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), child = NULL;
	bus_dma_tag_t t = bounce(root, 5 * PAGE, 8 * PAGE);
	bus_dmamap_t map;

	for (unsigned n = 1;; n++) {
		const struct tp was = *tp;

		tp_fail_at(tp, n);
		if (bus_dmatag_restrict(t, &lim, &child, 0) == 0)
			break;
		assert_true(tp->tp_failed);
		assert_null(child);
		assert_int_equal(tp->tp_allocs, was.tp_allocs);
	}
	tp_fail_at(tp, 0);
	assert_pool(child, 0, 0);
	map = map_of(child, 1);
	assert_pool(child, 5, 5);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	done(tp, t, root);
}

/* A map that a page's boundary keeps in its pages needs none more. */
static void
a_boundary_saves_a_page(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 10 * PAGE);
	bus_dmamap_t map;

	map = new_map(t, 4 * PAGE, 1, 4 * PAGE, 4 * PAGE);
	assert_pool(t, 4, 4);
	assert_int_equal(load_run1(t, map, FAR + 8, 4 * PAGE), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_pool(t, 4, 0);
	bus_dmamap_destroy(t, map);
	done(tp, t, root);
}

static void
more_than_there_can_be(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t;
	struct bus_dma_bounce db = { .db_most = UINT64_MAX };
	bus_dmamap_t map;

	/* As many as there is memory for. */
	t = bounce(root, 0, UINT64_MAX);
	map = map_of(t, 2);
	assert_pool(t, 3, 3);
	assert_int_equal(load_run1(t, map, FAR, 2 * PAGE), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	/* As many pages as a size of 32 bits can't say; and all there are. */
	t = bounce(root, 0, (bus_size_t)PAGE << 32);
	map = map_of(t, 2);
	assert_pool(t, 3, 3);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	for (unsigned i = 0; i < 3; i++) {
		db.db_reserve = i == 0   ? (bus_size_t)PAGE << 32
				: i == 1 ? UINT64_MAX
					 : (RAMPAGES + 1) * PAGE;
		t = NULL;
		assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), ENOMEM);
		assert_null(t);
	}
	bus_dmatag_destroy(root);
	assert_silent(tp);
	assert_true(tp_clean(tp));
}

/* ---- out and back ---- */

static void
what_is_out_comes_back(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 4 * PAGE, 4 * PAGE);
	bus_dmamap_t a = map_of(t, 2), b = map_of(t, 2);
	bus_dma_segment_t segs[3] = { { FAR, 8 }, { FAR + 2 * PAGE, 8 },
		{ FAR + 9 * PAGE - 4, 8 } };

	assert_int_equal(load_run1(t, a, FAR + 9, 2 * PAGE), 0);
	assert_pool(t, 4, 1);
	/* A part of it was to be had; as one run, nothing. */
	assert_int_equal(
	    bus_dmamap_load_raw(t, b, segs + 1, 2, 16, BUS_DMA_NOWAIT), 0);
	bus_dmamap_unload(t, b);
	assert_int_equal(load_run1(t, b, FAR + 9, PAGE), ENOMEM);
	assert_unloaded(b);
	assert_int_equal(reason(t, b), BUS_DMA_WHY_RESOURCES);
	assert_pool(t, 4, 1);
	/* One by one they don't fit; as one run of a page they do. */
	segs[2].ds_addr = FAR + 9 * PAGE;
	assert_int_equal(
	    bus_dmamap_load_raw(t, b, segs, 3, 24, BUS_DMA_NOWAIT), 0);
	assert_int_equal(b->dm_nsegs, 1);
	assert_pool(t, 4, 0);
	bus_dmamap_unload(t, b);
	assert_pool(t, 4, 1);
	bus_dmamap_unload(t, a);
	assert_pool(t, 4, 4);
	assert_int_equal(load_run1(t, b, FAR + 9, 2 * PAGE), 0);
	assert_pool(t, 4, 1);
	/* A load that takes the place of another. */
	assert_int_equal(load_run1(t, b, FAR, PAGE), 0);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	assert_pool(t, 4, 3);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	assert_pool(t, 4, 4);
	done(tp, t, root);
}

/* Whatever comes back, it is not enough. */
static void
longer_than_the_pool_is_final(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 4 * PAGE);
	bus_dmamap_t map = map_of(t, 8);

	assert_pool(t, 4, 4);
	assert_int_equal(load_run1(t, map, FAR, 4 * PAGE + 1), EFBIG);
	assert_int_equal(reason(t, map), BUS_DMA_WHY_RESOURCES);
	assert_unloaded(map);
	assert_pool(t, 4, 4);
	assert_int_equal(load_run1(t, map, FAR, 4 * PAGE), 0);
	bus_dmamap_destroy(t, map);
	done(tp, t, root);
}

/* Too few for where it begins: nothing to wait for. */
static void
a_page_too_many_is_final(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 4 * PAGE);
	bus_dmamap_t map = map_of(t, 4);
	bus_dma_segment_t segs[3] = { { FAR + 8, 2 * PAGE },
		{ FAR + 5 * PAGE + 8, 2 * PAGE }, { FAR + 9 * PAGE, 8 } };

	assert_int_equal(load_run1(t, map, FAR + 8, 4 * PAGE), EFBIG);
	assert_int_equal(reason(t, map), BUS_DMA_WHY_RESOURCES);
	/* In pieces, six pages; in one, five. */
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 4 * PAGE, BUS_DMA_NOWAIT),
	    EFBIG);
	assert_int_equal(reason(t, map), BUS_DMA_WHY_RESOURCES);
	/* In pieces, six; in one, three. */
	segs[1].ds_addr += PAGE - 16;
	segs[1].ds_len = 16;
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 3, 2 * PAGE + 24, BUS_DMA_NOWAIT),
	    0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_pool(t, 4, 1);
	bus_dmamap_destroy(t, map);
	done(tp, t, root);
}

/* The pool is short now; that it is too short for all in one is no answer. */
static void
what_fits_in_pieces_is_not_final(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 2 * PAGE);
	bus_dmamap_t held = map_of(t, 1), map = map_of(t, 8);
	bus_dma_segment_t segs[2] = { { END - 4 * PAGE, 4 * PAGE },
		{ FAR, PAGE } };

	assert_int_equal(load_run1(t, held, FAR + 8, PAGE), 0);
	assert_pool(t, 2, 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmamap_load_raw(
				     t, map, segs, 2, 5 * PAGE, BUS_DMA_NOWAIT),
		    ENOMEM);
		assert_int_equal(reason(t, map), BUS_DMA_WHY_RESOURCES);
	}
	bus_dmamap_unload(t, held);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 5 * PAGE, BUS_DMA_NOWAIT), 0);
	assert_int_equal(map->dm_nsegs, 2);
	bus_dmamap_unload(t, map);
	/* And it is forgotten. */
	assert_int_equal(load_run1(t, map, FAR, 3 * PAGE), EFBIG);
	bus_dmamap_destroy(t, held);
	bus_dmamap_destroy(t, map);
	done(tp, t, root);
}

/* ---- ALLOCNOW ---- */

static void
allocnow_has_its_own(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = bounce(root, 0, 8 * PAGE);
	bus_dma_segment_t segs[3] = { { FAR, 8 }, { FAR + 2 * PAGE, 8 },
		{ FAR + 5 * PAGE - 4, 8 } };
	bus_dmamap_t own = NULL, more = NULL, other;

	assert_int_equal(bus_dmamap_create(t, 2 * PAGE, 4, 2 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &own),
	    0);
	assert_pool(t, 3, 0);
	/* There are slots for this one. */
	other = map_of(t, 3);
	assert_pool(t, 7, 4);
	/* But not for that. */
	assert_int_equal(bus_dmamap_create(t, 4 * PAGE, 4, 4 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &more),
	    ENOMEM);
	assert_null(more);
	assert_int_equal(slots_of(t)->sl_coming, 0);
	assert_int_equal(free_of(t), slots_of(t)->sl_pages - 3);
	assert_int_equal(load_run1(t, other, FAR + 1, 3 * PAGE), 0);
	/* It does not ask for any. */
	for (unsigned i = 0; i < 3; i++) {
		size_t left = free_of(t);

		assert_int_equal(load_run1(t, own, FAR + 8, 2 * PAGE), 0);
		assert_int_equal(own->dm_nsegs, 1);
		bus_dmamap_unload(t, own);
		/* In pieces, and in pieces that are too many. */
		assert_int_equal(
		    bus_dmamap_load_raw(t, own, segs, 2, 16, BUS_DMA_NOWAIT),
		    0);
		assert_int_equal(own->dm_nsegs, 2);
		assert_int_equal(bus_dmamap_load_raw(
				     t, own, segs + 1, 2, 16, BUS_DMA_NOWAIT),
		    0);
		assert_report(tp, BUSDMA_REPORT_RELOAD);
		assert_int_equal(own->dm_nsegs, 2);
		bus_dmamap_unload(t, own);
		assert_int_equal(
		    bus_dmamap_load_raw(t, own, segs, 3, 24, BUS_DMA_NOWAIT),
		    0);
		assert_int_equal(own->dm_nsegs, 1);
		bus_dmamap_unload(t, own);
		assert_int_equal(free_of(t), left);
	}
	bus_dmamap_destroy(t, other);
	bus_dmamap_destroy(t, own);
	assert_int_equal(free_of(t), slots_of(t)->sl_pages);
	/* There will be none more. */
	assert_int_equal(slots_of(t)->sl_pages, 7);
	assert_int_equal(bus_dmamap_create(t, 6 * PAGE, 4, 6 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &more),
	    ENOMEM);
	assert_int_equal(slots_of(t)->sl_coming, 0);
	/* Of what there is. */
	assert_int_equal(bus_dmamap_create(t, 2 * PAGE, 4, 2 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &own),
	    0);
	bus_dmamap_destroy(t, own);
	done(tp, t, root);
}

/* However many short loads come and go, a long run is to be had. */
static void
short_loads_leave_room_for_a_long_one(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp),
		      t = bounce(root, 24 * PAGE, 24 * PAGE);
	bus_dmamap_t map[11], longer = map_of(t, 11);
	unsigned seed = 1;

	for (unsigned i = 0; i < NELEM(map); i++)
		map[i] = map_of(t, 1);
	for (unsigned i = 0; i < 600; i++) {
		bus_dmamap_t some = map[(seed = seed * 69069 + 1) >> 16 & 7];

		if (some->dm_nsegs != 0)
			bus_dmamap_unload(t, some);
		else
			assert_int_equal(load_run1(t, some, FAR, PAGE), 0);
		if (i % 8 != 0)
			continue;
		assert_int_equal(load_run1(t, longer, FAR, 11 * PAGE), 0);
		assert_int_equal(longer->dm_nsegs, 1);
		bus_dmamap_unload(t, longer);
	}
	for (unsigned i = 0; i < NELEM(map); i++)
		bus_dmamap_destroy(t, map[i]);
	bus_dmamap_destroy(t, longer);
	done(tp, t, root);
}

/* ---- the integrator's memory ---- */

static void
named_memory_is_all_there_is(void **state)
{
	struct tp *tp = *state;
	const bus_dma_segment_t mem[2] = { { RAMBASE + 8 * PAGE, 2 * PAGE },
		{ RAMBASE + 16 * PAGE, 3 * PAGE } };
	const struct bus_dma_bounce db = { .db_memory = mem, .db_nmemory = 2 };
	bus_dma_tag_t root = root_of(tp), t = NULL;
	bus_dmamap_t a, b;

	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	assert_pool(t, 5, 5);
	a = map_of(t, 8);
	b = map_of(t, 2);
	assert_pool(t, 5, 5);
	assert_int_equal(tp->tp_pages, 0);
	assert_int_equal(load_run1(t, a, FAR, 3 * PAGE), 0);
	assert_seg(a, 0, RAMBASE + 16 * PAGE, 3 * PAGE);
	assert_int_equal(load_run1(t, b, FAR, 2 * PAGE), 0);
	assert_seg(b, 0, RAMBASE + 8 * PAGE, 2 * PAGE);
	bus_dmamap_unload(t, a);
	/* They are not in a row, and never will be. */
	assert_int_equal(load_run1(t, a, FAR, 4 * PAGE), EFBIG);
	assert_pool(t, 5, 3);
	assert_int_equal(load_run1(t, a, FAR, 6 * PAGE), EFBIG);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	done(tp, t, root);
}

/* More than a pointer of the kernel can say: with 32 bits. */
static void
named_memory_above_a_size(void **state)
{
	struct tp *tp = *state;
	const bus_dma_segment_t mem = { RAMBASE, ((bus_size_t)1 << 32) + PAGE };
	const struct bus_dma_bounce db = { .db_memory = &mem, .db_nmemory = 1 };
	bus_dma_tag_t root = identity(tp), t = NULL;

	if (sizeof(size_t) == 4)
		assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), EINVAL);
	assert_null(t);
	bus_dmatag_destroy(root);
	assert_true(tp_clean(tp));
}

/* ---- where ---- */

/* Alignment and boundary are the bus's, not memory's. */
static void
slots_stand_where_devices_see_them(void **state)
{
	static const struct bus_dma_window w = { RAMBASE, 3 * PAGE,
		RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT };
	struct tp *tp = *state;
	bus_dma_tag_t root = NULL, t;
	const struct slot_place any = { 1, 0, NULL, 0, false, false },
				aligned = { 4 * PAGE, 0, NULL, 0, false,
					false },
				within = { 16, 4 * PAGE, NULL, 0, false,
					false },
				small = { 16, 64, NULL, 0, false, false },
				shorter = { 1, 2 * PAGE, NULL, 0, false,
					false };
	struct slot_run sr[4];

	assert_int_equal(tp_direct(tp, &w, 1, &root), 0);
	t = bounce(root, 12 * PAGE, 12 * PAGE);
	/* On the bus they begin at page 3. */
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 1, &aligned, &sr[0]), SLOTS_TAKEN);
	assert_int_equal(sr[0].sr_first, 1);
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 4, &within, &sr[1]), SLOTS_TAKEN);
	assert_int_equal(sr[1].sr_first, 5);
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 3, &small, &sr[2]), SLOTS_TAKEN);
	assert_int_equal(sr[2].sr_first, 9);
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 4, &any, &sr[3]), SLOTS_OUT);
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 3, &aligned, &sr[3]), SLOTS_OUT);
	/* Where it can't be kept, it is left. */
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 3, &shorter, &sr[3]), SLOTS_TAKEN);
	assert_int_equal(sr[3].sr_first, 2);
	assert_pool(t, 12, 1);
	for (unsigned i = 0; i < 4; i++) {
		busdma_slots_give(bounce_of(t), &sr[i], NULL);
		/* And once only. */
		assert_null(sr[i].sr_chunk);
		busdma_slots_give(bounce_of(t), &sr[i], NULL);
	}
	assert_pool(t, 12, 12);
	done(tp, t, root);
}

/* Slots in the second of two windows. */
static void
slots_of_another_window(void **state)
{
	static const struct bus_dma_window w[2] = {
		{ 0, 0x200000, 16 * PAGE, BUS_DMA_WINDOW_COHERENT },
		{ RAMBASE, 3 * PAGE, RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT }
	};
	const struct slot_place aligned = { 4 * PAGE, 0, NULL, 0, false,
		false };
	struct tp *tp = *state;
	bus_dma_tag_t root = NULL, t;
	struct slot_run sr;

	assert_int_equal(tp_direct(tp, w, 2, &root), 0);
	t = bounce(root, 12 * PAGE, 12 * PAGE);
	assert_int_equal(
	    busdma_slots_take(bounce_of(t), 1, &aligned, &sr), SLOTS_TAKEN);
	assert_int_equal(sr.sr_first, 1);
	busdma_slots_give(bounce_of(t), &sr, NULL);
	done(tp, t, root);
}

/* ---- the n-th failure ---- */

enum { RESERVED, NAMED, CREATE, ALLOCNOW, LOAD, NWAYS };

static int
way_run(int way, bus_dma_tag_t root, bus_dma_tag_t t, bus_dmamap_t map,
    char *buf, bus_dma_tag_t *newtag, bus_dmamap_t *newmap)
{
	static const bus_dma_segment_t mem[2] = { { RAMBASE + 24 * PAGE, PAGE },
		{ RAMBASE + 28 * PAGE, 2 * PAGE } };
	struct bus_dma_bounce db = { .db_reserve = PAGE, .db_most = PAGE };

	if (way == NAMED)
		db = (struct bus_dma_bounce){ .db_memory = mem,
			.db_nmemory = 2 };
	if (way == RESERVED || way == NAMED)
		return bus_dmatag_bounce(root, &db, newtag, 0);
	if (way == LOAD)
		return bus_dmamap_load(
		    t, map, buf, 2 * PAGE, NULL, BUS_DMA_NOWAIT);
	return bus_dmamap_create(t, PAGE, 2, PAGE, 0,
	    way == ALLOCNOW ? BUS_DMA_ALLOCNOW : 0, newmap);
}

static void
way_fails(int way)
{
	const paddr_t odd[2] = { FAR, FAR + 3 * PAGE };
	bool came = true;

	for (unsigned n = 1; came; n++) {
		struct tp *tp = tp_create(PAGE, RAMBASE, RAMPAGES);
		bus_dma_tag_t root = root_of(tp), newtag = NULL;
		bus_dma_tag_t t = bounce(root, 0, 8 * PAGE);
		bus_dmamap_t map = NULL, newmap = NULL;
		char *buf = tp_buf(tp, odd, 2);
		int error;

		if (way == LOAD)
			map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);
		const struct tp was = *tp;
		const size_t left = free_of(t);
		tp_fail_at(tp, n);
		error = way_run(way, root, t, map, buf, &newtag, &newmap);
		came = tp->tp_failed;
		tp_fail_at(tp, 0);
		if (!came)
			assert_int_equal(error, 0);
		if (came && n == 1)
			assert_int_not_equal(error, 0);
		if (error != 0) {
			assert_int_equal(error, way == LOAD ? EFAULT : ENOMEM);
			assert_null(newtag);
			assert_null(newmap);
			assert_int_equal(tp->tp_allocs, was.tp_allocs);
			assert_int_equal(tp->tp_bytes, was.tp_bytes);
			assert_int_equal(tp->tp_pages, was.tp_pages);
			assert_int_equal(tp->tp_kmaps, was.tp_kmaps);
			assert_pool(t, slots_of(t)->sl_pages, left);
			/* It was that and no more. */
			assert_int_equal(
			    way_run(way, root, t, map, buf, &newtag, &newmap),
			    0);
		}
		/* At the least: its memory, and that of slots, mapped. */
		if (!came)
			assert_true(n > (way == LOAD ? 2 : 4));
		if (newtag != NULL)
			bus_dmatag_destroy(newtag);
		if (newmap != NULL)
			bus_dmamap_destroy(t, newmap);
		if (map != NULL)
			bus_dmamap_destroy(t, map);
		done(tp, t, root);
		assert_int_equal(tp_destroy(tp), 0);
	}
}

static void
each_hook_fails_once(void **state)
{
	(void)state;
	for (int way = 0; way < NWAYS; way++)
		way_fails(way);
}

/* ---- threads ---- */

#define ROUNDS 4000

/* Loads and unloads from one pool; returns how often there was none. */
static void *
th_loads(void *arg)
{
	bus_dma_tag_t t = arg;
	bus_dma_segment_t seg = { (uintptr_t)mt.mt_ram + 4 * PAGE + 8, PAGE };
	uintptr_t none = 0;
	bus_dmamap_t map = NULL;

	if (bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map) != 0)
		return NULL;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (bus_dmamap_load_raw(t, map, &seg, 1, PAGE, 0) == 0)
			bus_dmamap_unload(t, map);
		else
			none++;
		if (i % 16 == 0)
			sched_yield();
	}
	bus_dmamap_destroy(t, map);
	return (void *)none;
}

static void
threads_share_a_pool(void **state)
{
	bus_dma_tag_t root = mt_create(), t = NULL;
	const bus_dma_segment_t own = { (uintptr_t)mt.mt_ram, 3 * PAGE };
	const struct bus_dma_bounce db = {
		.db_memory = &own, .db_nmemory = 1, .db_flags = FORCED
	};

	(void)state;
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	/* Three pages are enough for one at a time. */
	assert_true(mt_run(th_loads, t) < NTHREADS * ROUNDS);
	assert_pool(t, 3, 3);
	bus_dmatag_destroy(t);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_reserve_is_there_at_once),
		UNIT(maps_make_the_pool_grow),
		UNIT(a_child_fills_its_reserve),
		UNIT(a_boundary_saves_a_page),
		UNIT(more_than_there_can_be),
		UNIT(what_is_out_comes_back),
		UNIT(longer_than_the_pool_is_final),
		UNIT(a_page_too_many_is_final),
		UNIT(what_fits_in_pieces_is_not_final),
		UNIT(allocnow_has_its_own),
		UNIT(short_loads_leave_room_for_a_long_one),
		UNIT(named_memory_is_all_there_is),
		UNIT(named_memory_above_a_size),
		UNIT(slots_stand_where_devices_see_them),
		UNIT(maps_of_their_own_take_nothing_from_others),
		UNIT(slots_of_another_window),
		cmocka_unit_test(each_hook_fails_once),
		cmocka_unit_test(threads_share_a_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
