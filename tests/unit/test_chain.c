/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/chain.c: chains of the host's own, measured and not believed. */
#include "unit.h"

static struct tp_chain
chain_of(struct tp *tp, const struct busdma_part *parts, size_t n)
{
	struct tp_chain tc = { .tc_tp = tp, .tc_parts = parts, .tc_nparts = n };

	for (size_t i = 0; i < n; i++)
		tc.tc_total += parts[i].pt_len;
	return tc;
}

static int
load(bus_dma_tag_t t, bus_dmamap_t map, const struct tp_chain *tc)
{
	return bus_dmamap_load_chain(t, map, &tp_chain_ops, tc, BUS_DMA_NOWAIT);
}

static void
parts_become_segments(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1000, 3, 1000, 0);
	char *buf = tp_run(tp, 0x10000, 2);
	struct busdma_part parts[] = { { buf, 10, 0 }, { NULL, 0, 0 },
		{ buf + 10, 20, 0 }, { buf + 100, 5, 0 }, { buf + 105, 0, 0 },
		{ buf + 50, 50, 0 } };
	struct tp_chain tc = chain_of(tp, parts, NELEM(parts));

	assert_int_equal(load(t, map, &tc), 0);
	assert_int_equal(map->dm_mapsize, 85);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, 0x10000, 30);
	assert_seg(map, 1, 0x10064, 5);
	assert_seg(map, 2, 0x10032, 50);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* More parts than are asked for at once; exactly as many, too. */
static void
chains_of_every_length(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1000, 40, 1000, 0);
	char *buf = tp_run(tp, 0x10000, 2);
	struct busdma_part parts[40];

	for (unsigned i = 0; i < 40; i++)
		parts[i] = (struct busdma_part){ buf + 100 * i, i + 1, 0 };
	for (int n = 1; n <= 40; n++) {
		struct tp_chain tc = chain_of(tp, parts, (size_t)n);

		assert_int_equal(load(t, map, &tc), 0);
		assert_int_equal(map->dm_nsegs, n);
		for (int i = 0; i < n; i++)
			assert_seg(map, i, 0x10000 + 100u * (unsigned)i,
			    (unsigned)i + 1);
		bus_dmamap_unload(t, map);
		/* A byte less in the sum, and one more. */
		tc.tc_total++;
		assert_int_equal(load(t, map, &tc), EINVAL);
		assert_unloaded(map);
		tc.tc_total -= 2;
		assert_int_equal(load(t, map, &tc), EINVAL);
		assert_unloaded(map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
the_call_is_checked(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), other = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	struct busdma_chain_ops ops = tp_chain_ops;
	char *buf = tp_run(tp, 0x10000, 1);
	struct busdma_part part = { buf, 101, 0 };
	struct tp_chain tc = chain_of(tp, &part, 1);

	assert_int_equal(load(t, map, &tc), EINVAL); /* too long */
	assert_unloaded(map);
	part.pt_len = tc.tc_total = 100;
	assert_int_equal(bus_dmamap_load_chain(t, map, NULL, &tc, 0), EINVAL);
	assert_int_equal(
	    bus_dmamap_load_chain(t, map, &tp_chain_ops, NULL, 0), EINVAL);
	ops.ch_size--;
	assert_int_equal(bus_dmamap_load_chain(t, map, &ops, &tc, 0), EINVAL);
	assert_silent(tp);
	assert_int_equal(load(t, NULL, &tc), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(load(NULL, map, &tc), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(load(other, map, &tc), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_load_chain(t, NULL, NULL, NULL, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(load(t, map, &tc), 0);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(other);
	bus_dmatag_destroy(t);
}

static void
a_chain_may_refuse_to_open(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct busdma_part part = { buf, 10, 0 };
	struct tp_chain tc = chain_of(tp, &part, 1);

	tc.tc_error = EFBIG;
	assert_int_equal(load(t, map, &tc), EFBIG);
	assert_unloaded(map);
	/* On a loaded map: unloaded, as by any load, and reported. */
	tc.tc_error = 0;
	assert_int_equal(load(t, map, &tc), 0);
	tc.tc_error = EINVAL;
	assert_int_equal(load(t, map, &tc), EINVAL);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
an_empty_chain_is_a_load_of_length_zero(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	struct busdma_part parts[20];
	struct tp_chain tc;

	memset(parts, 0, sizeof(parts));
	for (size_t n = 0; n <= 20; n++) {
		tc = chain_of(tp, parts, n);
		assert_int_equal(load(t, map, &tc), 0);
		assert_unloaded(map);
	}
	/* It says that it is empty, and has a byte. */
	for (size_t i = 0; i < 20; i++) {
		parts[i].pt_len = 1;
		tc = chain_of(tp, parts, 20);
		tc.tc_total = 0;
		assert_int_equal(load(t, map, &tc), EINVAL);
		assert_unloaded(map);
		parts[i].pt_len = 0;
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
a_part_that_does_not_translate_is_efault(void **state)
{
	static const paddr_t holed[] = { 0x10000, TP_NOPAGE };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 3 * PAGE, 4, PAGE, 0);
	char *buf = tp_buf(tp, holed, 2);
	struct busdma_part parts[] = { { buf, 10, 0 },
		{ buf + PAGE - 5, 10, 0 } };
	struct tp_chain tc = chain_of(tp, parts, 2);

	assert_int_equal(load(t, map, &tc), EFAULT);
	assert_unloaded(map);
	/* One whose address and length wrap. */
	parts[1].pt_addr = (void *)(UINTPTR_MAX - 4);
	assert_int_equal(load(t, map, &tc), EFAULT);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
parts_are_of_the_chains_space(void **state)
{
	static const paddr_t page = 0x70000;
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	struct busdma_part part = { (void *)(uintptr_t)0x400010, 8, 0 };
	struct tp_chain tc = chain_of(tp, &part, 1);
	int space;

	tp_space(tp, &space, 0x400000, &page, 1);
	assert_int_equal(load(t, map, &tc), EFAULT);
	tc.tc_space = &space;
	assert_int_equal(load(t, map, &tc), 0);
	assert_seg(map, 0, 0x70010, 8);
	/* No hook turns a process into it. */
	assert_int_equal(tp->tp_calls[TP_SPACE], 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Sync and unload don't walk it again: it may be gone. */
static void
the_chain_is_walked_at_load_only(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	struct busdma_part *parts = malloc(2 * sizeof(*parts));
	struct tp_chain *tc = malloc(sizeof(*tc));
	char *buf = tp_run(tp, 0x10000, 1);
	uint64_t calls;

	assert_non_null(parts);
	assert_non_null(tc);
	tl_init(&tl, 1, "lsu", NULL);
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 4, 100, 0);
	parts[0] = (struct busdma_part){ buf, 10, 0 };
	parts[1] = (struct busdma_part){ buf + 20, 10, 0 };
	*tc = chain_of(tp, parts, 2);
	assert_int_equal(load(t, map, tc), 0);
	free(parts);
	free(tc);
	calls = tp->tp_calls[TP_CHAIN] + tp->tp_calls[TP_EXTRACT];
	bus_dmamap_sync(t, map, 0, 20, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(t, map, 0, 20, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    tp->tp_calls[TP_CHAIN] + tp->tp_calls[TP_EXTRACT], calls);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* An accessor that marks each part, and finds none marked. */
static unsigned marks_found, marks_calls;

static size_t
marking(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	size_t got;

	marks_calls++;
	for (size_t i = 0; i < n; i++)
		marks_found += parts[i].pt_flags != 0;
	got = tp_chain_ops.ch_parts(ci, parts, n);
	for (size_t i = 0; i < n; i++)
		parts[i].pt_flags = BUSDMA_MEMORY_OWNED;
	return got;
}

/* In the quick way, the general one, and of a chain of no bytes. */
static void
parts_come_unmarked(void **state)
{
	const struct busdma_chain_ops ops = { sizeof(ops), tp_chain_ops.ch_open,
		marking };
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x10000, 2);
	struct busdma_part parts[40];
	struct tl_layer tl;

	marks_found = 0;
	for (unsigned k = 0; k < 4; k++) {
		struct tp_chain tc;
		bus_dmamap_t map;
		bus_dma_tag_t t;

		for (unsigned i = 0; i < 40; i++)
			parts[i] = (struct busdma_part){ buf + 100 * i,
				k % 2 == 0 ? 7 : 0, 0 };
		tc = chain_of(tp, parts, 40);
		tl_init(&tl, 1, "l", NULL);
		if (k < 2)
			t = identity(tp);
		else
			assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
		map = new_map(t, 1000, 40, 1000, 0);
		marks_calls = 0;
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &ops, &tc, 0), 0);
		assert_int_equal(map->dm_nsegs, k % 2 == 0 ? 40 : 0);
		assert_true(marks_calls >= 5);
		assert_int_equal(marks_found, 0);
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* A chain whose accessor answers with more than there is room for, or never
 * ends. */
static int
odd_open(const void *chain, struct busdma_chain_iter *ci)
{
	ci->ci_total = *(const bus_size_t *)chain;
	ci->ci_space = NULL;
	return 0;
}

static size_t
too_many(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	(void)ci;
	memset(parts, 0, n * sizeof(*parts));
	return n + 1;
}

static size_t
endless(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	(void)ci;
	memset(parts, 0, n * sizeof(*parts));
	return n;
}

static void
accessors_are_not_believed(void **state)
{
	static const struct busdma_chain_ops many = { sizeof(many), odd_open,
		too_many },
					     circle = { sizeof(circle),
						     odd_open, endless };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);

	for (bus_size_t total = 0; total < 2; total++) {
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &many, &total, 0), EINVAL);
		assert_unloaded(map);
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &circle, &total, 0), EINVAL);
		assert_unloaded(map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Parts that add up to the total modulo 2^64 only. */
static void
a_sum_that_wraps_is_einval(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct busdma_part parts[] = { { buf, 10, 0 }, { buf, UINT64_MAX, 0 },
		{ buf, 1, 0 } };
	struct tp_chain tc = chain_of(tp, parts, 3);

	assert_int_equal(tc.tc_total, 10);
	assert_int_equal(load(t, map, &tc), EINVAL);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_chain_too_scattered_is_efbig(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 2, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct busdma_part parts[] = { { buf, 10, 0 }, { buf + 20, 10, 0 },
		{ buf + 40, 10, 0 } };
	struct tp_chain tc = chain_of(tp, parts, 3);

	assert_int_equal(load(t, map, &tc), EFBIG);
	assert_unloaded(map);
	tc = chain_of(tp, parts, 2);
	assert_int_equal(load(t, map, &tc), 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(parts_become_segments),
		UNIT(chains_of_every_length),
		UNIT(the_call_is_checked),
		UNIT(a_chain_may_refuse_to_open),
		UNIT(an_empty_chain_is_a_load_of_length_zero),
		UNIT(a_part_that_does_not_translate_is_efault),
		UNIT(parts_are_of_the_chains_space),
		UNIT(the_chain_is_walked_at_load_only),
		UNIT(parts_come_unmarked),
		UNIT(accessors_are_not_believed),
		UNIT(a_sum_that_wraps_is_einval),
		UNIT(a_chain_too_scattered_is_efbig),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
