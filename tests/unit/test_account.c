/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/account.c: caps on DMA memory, and who has how much of it.  The
 * reasons of failed loads are in test_why.c, memory that is still loaded in
 * test_mem.c.
 */
#include <busdma/bus_dma_stats.h>

#include "mt.h"

static bus_dma_tag_t
capped(bus_dma_tag_t t, bus_size_t most)
{
	struct bus_dma_limits lim = { .dl_memory = most };
	bus_dma_tag_t n = NULL;

	assert_int_equal(bus_dmatag_restrict(t, &lim, &n, 0), 0);
	return n;
}

static int
alloc(bus_dma_tag_t t, bus_size_t size, bus_dma_segment_t *seg)
{
	int n;

	return bus_dmamem_alloc(t, size, 0, 0, seg, 1, &n, BUS_DMA_NOWAIT);
}

/* The account of a tag, in pages. */
#define assert_account(t, used, high, cap, refused)                          \
	do {                                                                 \
		struct bus_dma_stats ds_;                                    \
                                                                             \
		bus_dma_stats((t), &ds_);                                    \
		assert_int_equal(ds_.ds_memory, (uint64_t)(used)*PAGE);      \
		assert_int_equal(ds_.ds_memory_high, (uint64_t)(high)*PAGE); \
		assert_int_equal(ds_.ds_memory_cap, (uint64_t)(cap)*PAGE);   \
		assert_int_equal(ds_.ds_memory_refused, (refused));          \
	} while (0)

static void
a_cap_is_kept_to_the_byte(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 3 * PAGE);
	bus_dma_segment_t seg[4];

	assert_int_equal(alloc(t, 2 * PAGE, &seg[0]), 0);
	assert_account(t, 2, 2, 3, 0);
	/* Whole pages count, whatever was asked for. */
	assert_int_equal(alloc(t, PAGE + 1, &seg[1]), ENOMEM);
	assert_int_equal(tp->tp_pages, 2);
	assert_account(t, 2, 2, 3, 1);
	assert_int_equal(alloc(t, 1, &seg[1]), 0);
	assert_account(t, 3, 3, 3, 1);
	assert_int_equal(alloc(t, 1, &seg[2]), ENOMEM);
	assert_account(t, 3, 3, 3, 2);
	/* Others are not concerned. */
	assert_int_equal(alloc(root, PAGE, &seg[2]), 0);
	assert_account(root, 4, 4, 0, 0);
	bus_dmamem_free(root, &seg[2], 1);
	bus_dmamem_free(t, &seg[0], 1);
	assert_account(t, 1, 3, 3, 2);
	assert_int_equal(alloc(t, 2 * PAGE, &seg[0]), 0);
	bus_dmamem_free(t, &seg[0], 1);
	bus_dmamem_free(t, &seg[1], 1);
	assert_account(t, 0, 3, 3, 2);
	assert_account(root, 0, 4, 0, 0);
	assert_silent(tp);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
a_looser_cap_has_no_effect(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 2 * PAGE);
	bus_dma_tag_t loose = capped(t, 9 * PAGE), same = capped(t, 2 * PAGE);
	bus_dma_tag_t none = capped(t, 0);
	bus_dma_segment_t seg[3];

	assert_int_equal(alloc(loose, PAGE, &seg[0]), 0);
	assert_int_equal(alloc(same, PAGE, &seg[1]), 0);
	assert_int_equal(alloc(none, PAGE, &seg[2]), ENOMEM);
	/* One account for all four. */
	assert_account(t, 2, 2, 2, 1);
	assert_account(loose, 2, 2, 2, 1);
	assert_account(same, 2, 2, 2, 1);
	assert_account(none, 2, 2, 2, 1);
	bus_dmamem_free(none, &seg[0], 1);
	bus_dmamem_free(loose, &seg[1], 1);
	assert_account(t, 0, 2, 2, 1);
	assert_silent(tp);
	bus_dmatag_destroy(none);
	bus_dmatag_destroy(same);
	bus_dmatag_destroy(loose);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
caps_nest(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 4 * PAGE);
	bus_dma_tag_t a = capped(t, 3 * PAGE), b = capped(t, 3 * PAGE);
	bus_dma_tag_t aa = capped(a, PAGE);
	bus_dma_segment_t seg[4];

	/* Together no more than their parent. */
	assert_int_equal(alloc(a, 3 * PAGE, &seg[0]), 0);
	assert_int_equal(alloc(b, 2 * PAGE, &seg[1]), ENOMEM);
	/* It met the cap above: its own account has nothing of it. */
	assert_account(b, 0, 0, 3, 0);
	assert_account(t, 3, 3, 4, 1);
	assert_int_equal(alloc(b, PAGE, &seg[1]), 0);
	assert_account(b, 1, 1, 3, 0);
	assert_account(t, 4, 4, 4, 1);
	bus_dmamem_free(a, &seg[0], 1);
	assert_account(a, 0, 3, 3, 0);
	assert_account(t, 1, 4, 4, 1);
	/* Three deep. */
	assert_int_equal(alloc(aa, PAGE, &seg[2]), 0);
	assert_account(aa, 1, 1, 1, 0);
	assert_account(a, 1, 3, 3, 0);
	assert_account(t, 2, 4, 4, 1);
	assert_account(root, 2, 4, 0, 0);
	assert_int_equal(alloc(aa, PAGE, &seg[3]), ENOMEM);
	assert_account(aa, 1, 1, 1, 1);
	assert_account(a, 1, 3, 3, 0);
	assert_int_equal(alloc(a, 2 * PAGE, &seg[3]), 0);
	bus_dmamem_free(a, &seg[3], 1);
	bus_dmamem_free(aa, &seg[2], 1);
	bus_dmamem_free(b, &seg[1], 1);
	assert_account(aa, 0, 1, 1, 1);
	assert_account(root, 0, 4, 0, 0);
	assert_silent(tp);
	bus_dmatag_destroy(aa);
	bus_dmatag_destroy(b);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* Caps and other limits, one after the other, over a stack of three. */
static void
stacks_have_one_account(void **state)
{
	struct tp *tp = *state;
	struct tl_layer l1, l2;
	bus_dma_tag_t root = identity(tp), t1, t2, cap, sub, over, bottom;
	struct tl_layer l3;
	bus_dma_segment_t seg[3];

	tl_init(&l1, 1, "m", NULL);
	tl_init(&l2, 2, "lu", NULL);
	tl_init(&l3, 3, "s", NULL);
	assert_int_equal(tl_create(tp, &l1, root, &t1), 0);
	assert_int_equal(tl_create(tp, &l2, t1, &t2), 0);
	cap = capped(t2, 2 * PAGE);
	assert_int_equal(bus_dmatag_subregion(cap, 0, 0xffffffff, &sub, 0), 0);
	assert_int_equal(tl_create(tp, &l3, sub, &over), 0);
	/* The bottom layer of the capped stack, and its account. */
	bottom = cap->dt_layers[cap->dt_nlayers - 1];
	assert_int_equal(alloc(over, PAGE, &seg[0]), 0);
	assert_int_equal(alloc(sub, PAGE, &seg[1]), 0);
	assert_int_equal(alloc(cap, PAGE, &seg[2]), ENOMEM);
	assert_int_equal(alloc(sub, PAGE, &seg[2]), ENOMEM);
	assert_int_equal(alloc(over, PAGE, &seg[2]), ENOMEM);
	assert_account(over, 2, 2, 2, 3);
	assert_account(sub, 2, 2, 2, 3);
	assert_account(cap, 2, 2, 2, 3);
	assert_account(bottom, 2, 2, 2, 3);
	assert_account(t2, 2, 2, 0, 0);
	assert_account(root, 2, 2, 0, 0);
	/* The capped tag is full, the one below it is not. */
	assert_int_equal(alloc(t2, PAGE, &seg[2]), 0);
	assert_account(root, 3, 3, 0, 0);
	bus_dmamem_free(t1, &seg[2], 1);
	bus_dmamem_free(sub, &seg[0], 1);
	bus_dmamem_free(over, &seg[1], 1);
	assert_account(cap, 0, 2, 2, 3);
	assert_silent(tp);
	bus_dmatag_destroy(over);
	bus_dmatag_destroy(sub);
	bus_dmatag_destroy(cap);
	bus_dmatag_destroy(t2);
	bus_dmatag_destroy(t1);
	bus_dmatag_destroy(root);
}

/* A tag stacked on a capped one, and capped again. */
static void
a_cap_above_a_cap(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t root = identity(tp), low = capped(root, 4 * PAGE);
	bus_dma_tag_t top, t;
	bus_dma_segment_t seg[2];

	tl_init(&tl, 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl, low, &top), 0);
	t = capped(top, 2 * PAGE);
	assert_int_equal(alloc(t, 3 * PAGE, &seg[0]), ENOMEM);
	assert_account(t, 0, 0, 2, 1);
	assert_account(top, 0, 0, 4, 0);
	assert_int_equal(alloc(top, 3 * PAGE, &seg[0]), 0);
	assert_int_equal(alloc(t, 2 * PAGE, &seg[1]), ENOMEM);
	assert_account(t, 0, 0, 2, 1);
	assert_account(low, 3, 3, 4, 1);
	assert_int_equal(alloc(t, PAGE, &seg[1]), 0);
	assert_account(t, 1, 1, 2, 1);
	assert_account(low, 4, 4, 4, 1);
	bus_dmamem_free(t, &seg[1], 1);
	bus_dmamem_free(top, &seg[0], 1);
	assert_silent(tp);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(low);
	bus_dmatag_destroy(root);
}

static void
without_an_account_there_is_no_cap(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_limits lim = { .dl_memory = 1 << 20 };
	bus_dma_tag_t root, t = NULL;
	bus_dma_segment_t seg;
	unsigned allocs;

	tp->tp_pl.pl_account = NULL;
	root = identity(tp);
	allocs = tp->tp_allocs;
	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), EINVAL);
	assert_null(t);
	assert_int_equal(tp->tp_allocs, allocs);
	lim.dl_memory = 0;
	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), 0);
	assert_int_equal(alloc(t, PAGE, &seg), 0);
	assert_account(t, 0, 0, 0, 0);
	bus_dmamem_free(t, &seg, 1);
	assert_silent(tp);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* Where the account can tell: it has less than what comes back. */
static void
freed_through_another_tag(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 2 * PAGE);
	bus_dma_segment_t seg[2];

	assert_int_equal(alloc(root, 2 * PAGE, &seg[0]), 0);
	bus_dmamem_free(t, &seg[0], 1);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamem_free");
	assert_ptr_equal(tp->tp_last.rp_tag, t);
	assert_int_equal(tp->tp_last.rp_len, 2 * PAGE);
	assert_report(tp, BUSDMA_REPORT_MEMTAG);
	/* The memory is free all the same, and no account is below 0. */
	assert_int_equal(tp->tp_pages, 0);
	assert_account(t, 0, 0, 2, 0);
	assert_account(root, 0, 2, 0, 0);
	/* Nothing of it stands in the way of what follows. */
	assert_int_equal(alloc(t, 2 * PAGE, &seg[0]), 0);
	assert_int_equal(alloc(t, PAGE, &seg[1]), ENOMEM);
	bus_dmamem_free(t, &seg[0], 1);
	assert_silent(tp);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* What was not freed stays on the account. */
static void
what_is_not_freed_counts(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 8 * PAGE);
	bus_dma_segment_t seg[3], bad[3];
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(alloc(t, 2 * PAGE, &seg[i]), 0);
	/* Loaded: all of it stays. */
	assert_int_equal(load_run1(t, map, seg[1].ds_addr, 16), 0);
	bus_dmamem_free(t, seg, 3);
	assert_report(tp, BUSDMA_REPORT_MEMLOADED);
	assert_account(t, 6, 6, 8, 0);
	bus_dmamap_unload(t, map);
	/* Not allocated, or of no length: the others go. */
	memcpy(bad, seg, sizeof(bad));
	bad[1].ds_addr += (paddr_t)1 << 40;
	bad[2].ds_len = 0;
	bus_dmamem_free(t, bad, 3);
	assert_int_equal(tp_reported(tp, BUSDMA_REPORT_MEMFREE), 2);
	tp_forget(tp);
	assert_account(t, 4, 6, 8, 0);
	bus_dmamem_free(t, &seg[1], 2);
	assert_account(t, 0, 6, 8, 0);
	/* A second time: nothing comes back. */
	bus_dmamem_free(t, seg, 3);
	assert_int_equal(tp_reported(tp, BUSDMA_REPORT_MEMFREE), 3);
	assert_int_equal(tp->tp_nreports, 3);
	assert_account(t, 0, 6, 8, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* Allocations that fail later were never out, and are not on any account. */
static void
a_failed_allocation_leaves_no_trace(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t = capped(root, 64 * PAGE);
	bus_dma_tag_t child = capped(t, 60 * PAGE);
	bus_dma_segment_t segs[8];
	int n;

	/* There are 32 pages. */
	assert_int_equal(alloc(child, 40 * PAGE, segs), ENOMEM);
	assert_account(child, 0, 0, 60, 0);
	assert_account(t, 0, 0, 64, 0);
	assert_account(root, 0, 0, 0, 0);
	/* In the middle of several runs. */
	tp_fail_at(tp, 3);
	assert_int_equal(bus_dmamem_alloc(child, 4 * PAGE, 0, PAGE, segs, 8, &n,
			     BUS_DMA_NOWAIT),
	    ENOMEM);
	assert_true(tp->tp_failed);
	tp_fail_at(tp, 0);
	assert_int_equal(tp->tp_pages, 0);
	assert_account(child, 0, 0, 60, 0);
	assert_account(root, 0, 0, 0, 0);
	/* What is no legal call comes to no account. */
	assert_int_equal(alloc(child, UINT64_MAX, segs), EINVAL);
	assert_int_equal(alloc(child, 0, segs), EINVAL);
	assert_account(child, 0, 0, 60, 0);
	assert_silent(tp);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* Of segments that a caller made himself; more than a tag ever gave. */
static void
sizes_at_the_ends(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t, tiny = capped(root, 100);
	bus_dma_segment_t seg, mine;
	struct bus_dma_stats ds;

	/* Below a page: nothing fits. */
	assert_int_equal(alloc(tiny, 1, &seg), ENOMEM);
	bus_dma_stats(tiny, &ds);
	assert_int_equal(ds.ds_memory_cap, 100);
	assert_int_equal(ds.ds_memory_refused, 1);
	assert_int_equal(ds.ds_memory_high, 0);
	/* A byte less than two pages is one. */
	t = capped(root, 2 * PAGE - 1);
	assert_int_equal(alloc(t, PAGE + 1, &seg), ENOMEM);
	assert_int_equal(alloc(t, PAGE, &seg), 0);
	/* Near 2^64: above the cap, with some of it in use. */
	assert_int_equal(alloc(t, UINT64_MAX - PAGE + 1 - PAGE, &mine), ENOMEM);
	assert_int_equal(alloc(t, UINT64_MAX - 2 * PAGE, &mine), ENOMEM);
	assert_int_equal(alloc(t, -(bus_size_t)PAGE, &mine), ENOMEM);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_memory, PAGE);
	assert_int_equal(ds.ds_memory_refused, 4);
	/* Without a cap that is, but for the memory; the sum does not wrap. */
	assert_int_equal(alloc(root, -(bus_size_t)PAGE, &mine), ENOMEM);
	bus_dma_stats(root, &ds);
	assert_int_equal(ds.ds_memory, PAGE);
	assert_int_equal(ds.ds_memory_high, PAGE);
	assert_int_equal(ds.ds_memory_refused, 1);
	bus_dmamem_free(t, &seg, 1);
	bus_dmatag_destroy(t);
	/* The largest cap there is: none. */
	t = capped(root, UINT64_MAX);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_memory_cap, 0);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(tiny);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- two threads at a cap ---- */

#define ROUNDS 20000

static bus_dma_tag_t shared;

/* Hold up to two pages, of the three that there may be. */
static void *
cap_thread(void *arg)
{
	bus_dma_segment_t seg[2];
	uintptr_t got = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (n < 2 && alloc(shared, PAGE, &seg[n]) == 0) {
			n++;
			got++;
		} else if (n != 0) {
			bus_dmamem_free(shared, &seg[--n], 1);
		} else {
			sched_yield();
		}
	}
	while (n != 0)
		bus_dmamem_free(shared, &seg[--n], 1);
	return (void *)got;
}

static void
two_threads_never_exceed_a_cap(void **state)
{
	bus_dma_tag_t root = mt_create(), above = capped(root, 3 * PAGE);
	struct bus_dma_stats ds;

	(void)state;
	/* Two pages fit below, three above: they can't both have two. */
	shared = capped(above, 3 * PAGE - 1);
	assert_true(mt_run(cap_thread, NULL) > 0);
	assert_in_range(mt.mt_most, 1, 2);
	bus_dma_stats(shared, &ds);
	assert_int_equal(ds.ds_memory, 0);
	assert_in_range(ds.ds_memory_high, PAGE, 2 * PAGE);
	bus_dma_stats(root, &ds);
	assert_int_equal(ds.ds_memory, 0);
	bus_dmatag_destroy(shared);
	bus_dmatag_destroy(above);
	mt_destroy(root);
}

/* ---- a look at a map that another thread loads ---- */

#define LOOKS 4000000
#define LOWPAGE 0x10000u
#define TWOPAGES 0x40000u

static bus_dmamap_t busy;
static bool looked;

/* One load succeeds, and one ends after three pages. */
static void *
load_thread(void *arg)
{
	bus_dma_segment_t far[3] = { { TWOPAGES, 2 * PAGE },
		{ 2 * TWOPAGES, PAGE }, { 3 * TWOPAGES, PAGE } };
	bus_dma_segment_t low = { LOWPAGE, PAGE };
	uintptr_t wrong = 0;

	while (!__atomic_load_n(&looked, __ATOMIC_RELAXED)) {
		wrong +=
		    bus_dmamap_load_raw(shared, busy, &low, 1, PAGE, 0) != 0;
		bus_dmamap_unload(shared, busy);
		wrong += bus_dmamap_load_raw(
			     shared, busy, far, 3, 4 * PAGE, 0) != EFBIG;
	}
	return (void *)wrong;
}

/* Of a map that is being loaded, the reason is whole, or there is none. */
static void
a_reason_is_seen_whole_or_not(void **state)
{
	bus_dma_tag_t root = mt_create();
	struct bus_dma_mapinfo mi;
	unsigned torn = 0;
	pthread_t th;
	void *wrong;

	(void)state;
	shared = root;
	looked = false;
	assert_int_equal(
	    bus_dmamap_create(root, 4 * PAGE, 2, 4 * PAGE, 0, 0, &busy), 0);
	assert_int_equal(pthread_create(&th, NULL, load_thread, NULL), 0);
	for (unsigned i = 0; i < LOOKS; i++) {
		assert_int_equal(bus_dma_maps(root, 0, &mi, 1), 1);
		if (mi.mi_why.wy_reason != BUS_DMA_WHY_NONE &&
		    (mi.mi_why.wy_offset != 3 * PAGE ||
			mi.mi_why.wy_addr != 3 * TWOPAGES))
			torn++;
	}
	__atomic_store_n(&looked, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(th, &wrong), 0);
	assert_null(wrong);
	assert_int_equal(torn, 0);
	bus_dmamap_destroy(root, busy);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_cap_is_kept_to_the_byte),
		UNIT(a_looser_cap_has_no_effect),
		UNIT(caps_nest),
		UNIT(stacks_have_one_account),
		UNIT(a_cap_above_a_cap),
		UNIT(without_an_account_there_is_no_cap),
		UNIT(freed_through_another_tag),
		UNIT(what_is_not_freed_counts),
		UNIT(a_failed_allocation_leaves_no_trace),
		UNIT(sizes_at_the_ends),
		cmocka_unit_test(two_threads_never_exceed_a_cap),
		cmocka_unit_test(a_reason_is_seen_whole_or_not),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
