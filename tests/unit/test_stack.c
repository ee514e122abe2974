/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/stack.c: layers that see whole loads, or are told of loads, unloads
 * and syncs; and what a failure in the middle leaves.  test_map.c and
 * test_sync.c have their part in maps and syncs.
 */
#include "unit.h"

/* Pages that are not next to each other. */
static const paddr_t scattered[] = { 0x10000, 0x30000, 0x20000, 0x21000,
	0x50000 };

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
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamap_load_raw");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(records_hold_at_the_ends_of_the_space),
		UNIT(bo_load_gets_all_fragments_at_once),
		UNIT(layers_may_split_what_they_rewrite),
		UNIT(too_many_fragments_are_efbig),
		UNIT(not_a_byte_more_or_less),
		UNIT(unload_is_bottom_first),
		UNIT(a_failed_load_is_undone),
		UNIT(efbig_behind_the_layers_is_undone),
		UNIT(bo_loaded_sees_every_load),
		UNIT(a_whole_layer_is_asked_on_a_miss_only),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
