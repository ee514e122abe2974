/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/sync.c: one barrier a call, the layers in order, bad ranges. */
#include "unit.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE

/* A loaded map of 100 bytes, on a tag that is loud or quiet. */
struct loaded {
	struct tp *tp;
	struct tl_trace tt;
	struct tl_layer tl[3];
	bus_dma_tag_t t[3];
	bus_dmamap_t map;
};

static void
loaded_create(struct tp *tp, struct loaded *l, const char *ops)
{
	memset(l, 0, sizeof(*l));
	l->tp = tp;
	for (unsigned i = 0; i < 3; i++) {
		tl_init(&l->tl[i], i, ops, &l->tt);
		assert_int_equal(tl_create(tp, &l->tl[i],
				     i == 0 ? NULL : l->t[i - 1], &l->t[i]),
		    0);
	}
	l->map = new_map(l->t[2], 100, 1, 100, 0);
	assert_int_equal(load_run1(l->t[2], l->map, 0x1000, 100), 0);
	l->tt.tt_n = 0;
}

static void
loaded_destroy(struct loaded *l)
{
	bus_dmamap_destroy(l->t[2], l->map);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(l->t[i]);
}

static void
sync(struct loaded *l, bus_addr_t off, bus_size_t len, int ops)
{
	l->tp->tp_calls[TP_BARRIER] = 0;
	l->tp->tp_barrierops = 0;
	bus_dmamap_sync(l->t[2], l->map, off, len, ops);
}

#define assert_barriers(l, n, ops)                                     \
	do {                                                           \
		assert_int_equal((l)->tp->tp_calls[TP_BARRIER], n);    \
		assert_int_equal((l)->tp->tp_barrierops, ops);         \
		assert_int_equal((l)->tp->tp_calls[TP_BARRIER_WC], 0); \
	} while (0)

static const int legal[] = { PREREAD, PREWRITE, PREREAD | PREWRITE, POSTREAD,
	POSTWRITE, POSTREAD | POSTWRITE };

static void
a_coherent_sync_is_one_barrier(void **state)
{
	static const struct {
		bus_addr_t off;
		bus_size_t len;
	} ranges[] = { { 0, 100 }, { 0, 0 }, { 100, 0 }, { 99, 1 }, { 50, 7 } };
	struct loaded l;

	loaded_create(*state, &l, "m");
	assert_true((l.map->_dm_flags & BUSDMA_MF_QUIET) != 0);
	for (size_t i = 0; i < NELEM(legal); i++)
		for (size_t r = 0; r < NELEM(ranges); r++) {
			sync(&l, ranges[r].off, ranges[r].len, legal[i]);
			assert_barriers(&l, 1, legal[i]);
		}
	assert_silent(l.tp);
	loaded_destroy(&l);
}

static void
layers_see_the_range(void **state)
{
	struct loaded l;

	loaded_create(*state, &l, "ms");
	assert_true((l.map->_dm_flags & BUSDMA_MF_QUIET) == 0);
	for (size_t i = 0; i < NELEM(legal); i++) {
		sync(&l, 10, 20 + i, legal[i]);
		assert_barriers(&l, 1, legal[i]);
		for (unsigned j = 0; j < 3; j++) {
			assert_int_equal(l.tl[j].tl_syncoff, 10);
			assert_int_equal(l.tl[j].tl_synclen, 20 + i);
			assert_int_equal(l.tl[j].tl_syncops, legal[i]);
			assert_int_equal(l.tl[j].tl_calls[TL_SYNC], i + 1);
		}
	}
	assert_silent(l.tp);
	loaded_destroy(&l);
}

static struct loaded *watched;
static unsigned syncs_at_barrier;

static void
note_barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
	syncs_at_barrier = watched->tt.tt_n;
}

/* PRE: top down, then the barrier.  POST: the barrier, then bottom up. */
static void
the_barrier_is_at_the_devices_end(void **state)
{
	static const struct busdma_cpu_ops noting = {
		.cpu_size = sizeof(noting),
		.cpu_barrier = note_barrier,
		.cpu_barrier_wc = note_barrier,
	};
	struct tp *tp = *state;
	struct loaded l;

	tp->tp_pl.pl_cpu = &noting;
	watched = &l;
	loaded_create(tp, &l, "ms");
	bus_dmamap_sync(l.t[2], l.map, 0, 100, PREREAD | PREWRITE);
	assert_int_equal(syncs_at_barrier, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(l.tt.tt_ev[i].te_id, 2 - i);
	l.tt.tt_n = 0;
	bus_dmamap_sync(l.t[2], l.map, 0, 100, POSTREAD | POSTWRITE);
	assert_int_equal(syncs_at_barrier, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(l.tt.tt_ev[i].te_id, i);
	loaded_destroy(&l);
}

static void
a_range_outside_is_reported_and_clipped(void **state)
{
	static const struct {
		bus_addr_t off;
		bus_size_t len;
		bus_addr_t seen;
		bus_size_t seenlen;
	} ranges[] = { { 0, 101, 0, 100 }, { 100, 1, 100, 0 },
		{ 101, 0, 100, 0 }, { 50, 51, 50, 50 },
		{ 50, UINT64_MAX, 50, 50 }, { UINT64_MAX, 1, 100, 0 },
		{ UINT64_MAX, UINT64_MAX, 100, 0 },
		{ UINT64_MAX - 50, 60, 100, 0 } };
	struct loaded loud, quiet;

	loaded_create(*state, &loud, "ms");
	loaded_create(*state, &quiet, "m");
	for (size_t i = 0; i < NELEM(ranges); i++) {
		sync(&loud, ranges[i].off, ranges[i].len, PREWRITE);
		assert_true(loud.tp->tp_last.rp_addr == ranges[i].off);
		assert_true(loud.tp->tp_last.rp_len == ranges[i].len);
		assert_report(loud.tp, BUSDMA_REPORT_SYNCRANGE);
		assert_barriers(&loud, 1, PREWRITE);
		assert_int_equal(loud.tl[0].tl_syncoff, ranges[i].seen);
		assert_int_equal(loud.tl[0].tl_synclen, ranges[i].seenlen);
		sync(&quiet, ranges[i].off, ranges[i].len, POSTREAD);
		assert_report(quiet.tp, BUSDMA_REPORT_SYNCRANGE);
		assert_barriers(&quiet, 1, POSTREAD);
	}
	loaded_destroy(&quiet);
	loaded_destroy(&loud);
}

static void
pre_with_post_is_reported_and_done(void **state)
{
	struct loaded l;

	loaded_create(*state, &l, "ms");
	sync(&l, 5, 6, PREREAD | POSTREAD);
	assert_report(l.tp, BUSDMA_REPORT_SYNCMIX);
	/* POST before PRE, each with its barrier. */
	assert_barriers(&l, 2, PREREAD);
	assert_int_equal(l.tt.tt_n, 6);
	assert_int_equal(l.tt.tt_ev[0].te_id, 0);
	assert_int_equal(l.tt.tt_ev[3].te_id, 2);
	assert_int_equal(l.tl[0].tl_syncops, PREREAD);
	assert_int_equal(l.tl[0].tl_syncoff, 5);
	loaded_destroy(&l);
	loaded_create(*state, &l, "m");
	sync(&l, 5, 6, PREWRITE | POSTREAD);
	assert_report(l.tp, BUSDMA_REPORT_SYNCMIX);
	assert_barriers(&l, 2, PREWRITE);
	loaded_destroy(&l);
}

static void
bad_operations_are_reported(void **state)
{
	static const char *const kinds[] = { "m", "ms" };
	struct loaded l;

	for (size_t i = 0; i < NELEM(kinds); i++) {
		loaded_create(*state, &l, kinds[i]);
		sync(&l, 0, 100, 0);
		assert_report(l.tp, BUSDMA_REPORT_SYNCOPS);
		assert_barriers(&l, 0, 0);
		sync(&l, 0, 100, 0x10);
		assert_report(l.tp, BUSDMA_REPORT_SYNCOPS);
		assert_barriers(&l, 0, 0);
		assert_int_equal(l.tl[0].tl_calls[TL_SYNC], 0);
		/* The known ones among them are done. */
		sync(&l, 0, 100, 0x10 | PREREAD);
		assert_report(l.tp, BUSDMA_REPORT_SYNCOPS);
		assert_barriers(&l, 1, PREREAD);
		assert_int_equal(l.tl[0].tl_calls[TL_SYNC], i);
		loaded_destroy(&l);
	}
}

static void
an_unloaded_map_has_nothing_to_sync(void **state)
{
	static const char *const kinds[] = { "m", "ms", "ls" };
	struct loaded l;

	for (size_t i = 0; i < NELEM(kinds); i++) {
		loaded_create(*state, &l, kinds[i]);
		bus_dmamap_unload(l.t[2], l.map);
		l.tl[0].tl_calls[TL_SYNC] = 0;
		sync(&l, 0, 100, PREREAD);
		assert_report(l.tp, BUSDMA_REPORT_SYNCRANGE);
		sync(&l, 0, 0, PREREAD);
		assert_silent(l.tp);
		assert_barriers(&l, 1, PREREAD);
		/* Nor one that was loaded with no byte. */
		assert_int_equal(load_run1(l.t[2], l.map, 0x1000, 0), 0);
		sync(&l, 0, 1, POSTREAD);
		assert_report(l.tp, BUSDMA_REPORT_SYNCRANGE);
		assert_int_equal(l.tl[0].tl_calls[TL_SYNC], 0);
		loaded_destroy(&l);
	}
}

/* A whole-load layer and a plain one, on either side of a quiet one. */
static void
whole_layers_sync_what_they_loaded(void **state)
{
	struct loaded l;

	loaded_create(*state, &l, "lsu");
	assert_true((l.map->_dm_flags & BUSDMA_MF_QUIET) == 0);
	sync(&l, 1, 2, PREREAD);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(l.tl[i].tl_calls[TL_SYNC], 1);
	loaded_destroy(&l);
}

/* One whose load took the shortcut past it has nothing to sync. */
static void
whole_layers_do_not_sync_what_they_did_not_load(void **state)
{
	struct tp *tp = *state;
	struct tl_layer plain, whole;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;

	tl_init(&plain, 1, "ms", NULL);
	plain.tl_shortcut = true;
	tl_init(&whole, 2, "lsu", NULL);
	whole.tl_shortcut = true;
	assert_int_equal(tl_create(tp, &plain, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &whole, b, &t), 0);
	map = new_map(t, 100, 1, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	bus_dmamap_sync(t, map, 0, 100, PREREAD);
	bus_dmamap_sync(t, map, 0, 100, POSTREAD);
	bus_dmamap_unload(t, map);
	assert_int_equal(plain.tl_calls[TL_SYNC], 2);
	assert_int_equal(whole.tl_calls[TL_LOAD], 0);
	assert_int_equal(whole.tl_calls[TL_SYNC], 0);
	assert_int_equal(whole.tl_calls[TL_UNLOAD], 0);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
}

static void
prefetchable_memory_needs_the_other_barrier(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), other = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 1, 100, 0);
	bus_dmamap_t omap = new_map(other, 100, 1, 100, 0);
	bus_dma_segment_t seg;
	void *kva;
	int n;

	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	assert_int_equal(load_run1(other, omap, 0x1000, 100), 0);
	assert_int_equal(bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, 0), 0);
	for (int i = 0; i < 2; i++) {
		static const int flags[] = { BUS_DMA_NOCACHE,
			BUS_DMA_COHERENT };

		assert_int_equal(
		    bus_dmamem_map(t, &seg, n, PAGE, &kva, flags[i]), 0);
		bus_dmamem_unmap(t, kva, PAGE);
		bus_dmamap_sync(t, map, 0, 100, PREWRITE);
		assert_int_equal(tp->tp_calls[TP_BARRIER_WC], 0);
	}
	/* A mapping that fails changes nothing. */
	tp_fail_at(tp, 1);
	assert_int_equal(
	    bus_dmamem_map(t, &seg, n, PAGE, &kva, BUS_DMA_PREFETCHABLE),
	    ENOMEM);
	bus_dmamap_sync(t, map, 0, 100, PREWRITE);
	assert_int_equal(tp->tp_calls[TP_BARRIER_WC], 0);
	assert_int_equal(
	    bus_dmamem_map(t, &seg, n, PAGE, &kva, BUS_DMA_PREFETCHABLE), 0);
	bus_dmamap_sync(t, map, 0, 100, PREWRITE);
	assert_int_equal(tp->tp_calls[TP_BARRIER_WC], 1);
	assert_int_equal(tp->tp_barrierops, PREWRITE);
	/* And for good: it may be in use yet; but not on another root's. */
	bus_dmamem_unmap(t, kva, PAGE);
	bus_dmamap_sync(t, map, 0, 100, POSTREAD);
	assert_int_equal(tp->tp_calls[TP_BARRIER_WC], 2);
	bus_dmamap_sync(other, omap, 0, 100, POSTREAD);
	assert_int_equal(tp->tp_calls[TP_BARRIER_WC], 2);
	bus_dmamem_free(t, &seg, n);
	bus_dmamap_destroy(other, omap);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(other);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_coherent_sync_is_one_barrier),
		UNIT(layers_see_the_range),
		UNIT(the_barrier_is_at_the_devices_end),
		UNIT(a_range_outside_is_reported_and_clipped),
		UNIT(pre_with_post_is_reported_and_done),
		UNIT(bad_operations_are_reported),
		UNIT(an_unloaded_map_has_nothing_to_sync),
		UNIT(whole_layers_sync_what_they_loaded),
		UNIT(whole_layers_do_not_sync_what_they_did_not_load),
		UNIT(prefetchable_memory_needs_the_other_barrier),
	};

	return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
