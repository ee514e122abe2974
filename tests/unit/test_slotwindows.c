/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce/bounce.c: windows, parts of the reach with slots of their own
 * for all tags that are narrowed to them.
 */
#include "bounce.h"
#include "unit.h"

#define FAR 0x5000000u
#define ISA (RAMBASE + 8 * PAGE - 1) /* the highest of the first window */
#define PCI (RAMBASE + 16 * PAGE - 1)
#define END (RAMBASE + 32 * PAGE - 1)

static const struct bus_dma_window below = { 0, 0, END + 1,
	BUS_DMA_WINDOW_COHERENT };

static const struct bus_dma_bounce_window windows[] = {
	{ 0, ISA, 4 * PAGE, 4 * PAGE },
	{ 0, PCI, 2 * PAGE - 1, 8 * PAGE },
};

static const struct bus_dma_bounce config = {
	.db_reserve = PAGE,
	.db_most = 16 * PAGE,
	.db_windows = windows,
	.db_nwindows = 2,
};

static bus_dma_tag_t
root_of(struct tp *tp)
{
	bus_dma_tag_t t = NULL;

	assert_int_equal(tp_direct(tp, &below, 1, &t), 0);
	return t;
}

static bus_dma_tag_t
narrow(bus_dma_tag_t t, bus_addr_t low, bus_addr_t high)
{
	bus_dma_tag_t child = NULL;

	assert_int_equal(bus_dmatag_subregion(t, low, high, &child, 0), 0);
	return child;
}

static void
assert_pool(bus_dma_tag_t t, bus_size_t pool, bus_size_t most, bus_size_t used)
{
	struct bus_dma_bounce_stats bs;

	assert_int_equal(bus_dma_bounce_stats(t, &bs), 0);
	assert_int_equal(bs.bs_pool, pool * PAGE);
	assert_int_equal(bs.bs_most, most * PAGE);
	assert_int_equal(bs.bs_used - bs.bs_parked, used * PAGE);
}

static void
done(struct tp *tp, bus_dma_tag_t t, bus_dma_tag_t root)
{
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
	assert_true(tp_clean(tp));
}

/* What was set aside before is there when nothing else is. */
static void
a_window_is_filled_at_once(void **state)
{
	const struct bus_dma_limits isa = {
		.dl_high = ISA, .dl_boundary = 4 * PAGE, .dl_nsegments = 1
	};
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL, child = NULL;
	bus_dma_segment_t rest[32];
	bus_dmamap_t map;
	int n;

	assert_int_equal(bus_dmatag_bounce(root, &config, &t, 0), 0);
	assert_int_equal(tp->tp_pages, 1 + 4 + 2);
	/* Memory is used up, and is not needed. */
	assert_int_equal(
	    bus_dmamem_alloc(root, 25 * PAGE, 0, 0, rest, 32, &n, 0), 0);
	assert_int_equal(tp->tp_pages, 32);
	assert_int_equal(bus_dmatag_restrict(t, &isa, &child, 0), 0);
	assert_pool(child, 4, 4, 0);
	map = new_map(child, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_int_equal(load_run1(child, map, FAR + 8, 2 * PAGE), 0);
	assert_true(map->dm_segs[0].ds_addr >= RAMBASE);
	assert_true(map->dm_segs[0].ds_addr + 2 * PAGE - 1 <= ISA);
	assert_pool(child, 4, 4, 3);
	/* None of it is the others'. */
	assert_pool(t, 1, 16, 0);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	bus_dmamem_free(root, rest, n);
	done(tp, t, root);
}

/* However they came to it. */
static void
tags_of_one_window_share_it(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = 16,
		.dl_boundary = 8 * PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL, pci, a, b = NULL, own;
	bus_dmamap_t map[2];

	assert_int_equal(bus_dmatag_bounce(root, &config, &t, 0), 0);
	pci = narrow(t, 0, PCI);
	a = narrow(t, 0, ISA);
	assert_int_equal(bus_dmatag_restrict(a, &lim, &b, 0), 0);
	bus_dmatag_destroy(a);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	a = narrow(pci, 0, ISA);
	assert_ptr_equal(bounce_of(a)->bt_slots, bounce_of(b)->bt_slots);
	assert_ptr_not_equal(bounce_of(a)->bt_slots, bounce_of(pci)->bt_slots);
	map[0] = new_map(a, 3 * PAGE, 1, 3 * PAGE, 0);
	map[1] = new_map(b, 3 * PAGE, 1, 3 * PAGE, 0);
	assert_int_equal(load_run1(a, map[0], FAR, 3 * PAGE), 0);
	assert_int_equal(load_run1(b, map[1], FAR, 3 * PAGE), ENOMEM);
	bus_dmamap_unload(a, map[0]);
	assert_int_equal(load_run1(b, map[1], FAR, 3 * PAGE), 0);
	assert_pool(a, 4, 4, 3);
	assert_pool(pci, 2, 8, 0);
	bus_dmamap_destroy(a, map[0]);
	bus_dmamap_destroy(b, map[1]);
	/* What is between two of them has a pool of its own. */
	own = narrow(pci, 0, ISA + PAGE);
	assert_pool(own, 0, 16, 0);
	map[0] = new_map(own, PAGE, 1, PAGE, 0);
	assert_pool(own, 2, 16, 0);
	bus_dmamap_destroy(own, map[0]);
	bus_dmatag_destroy(own);
	own = narrow(pci, RAMBASE + PAGE, PCI);
	assert_pool(own, 0, 16, 0);
	bus_dmatag_destroy(own);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(b);
	bus_dmatag_destroy(pci);
	done(tp, t, root);
}

/* It grows in the window, and no further than that has. */
static void
a_window_grows(void **state)
{
	const struct bus_dma_limits cap = {
		.dl_memory = PAGE, .dl_high = PCI, .dl_alignment = 4 * PAGE
	};
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL, pci = NULL;
	bus_dma_segment_t other;
	int n;
	bus_dmamap_t map[2];

	assert_int_equal(bus_dmatag_bounce(root, &config, &t, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(root, 2 * PAGE, 0, 0, &other, 1, &n, 0), 0);
	/* A cap of its tag is for that one's own memory. */
	assert_int_equal(bus_dmatag_restrict(t, &cap, &pci, 0), 0);
	map[0] = new_map(pci, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_pool(pci, 5, 8, 0);
	assert_int_equal(load_run1(pci, map[0], FAR + 8, 2 * PAGE), 0);
	assert_true(map[0]->dm_segs[0].ds_addr + 2 * PAGE - 1 <= PCI);
	map[1] = new_map(pci, 16 * PAGE, 1, 16 * PAGE, 0);
	assert_pool(pci, 8, 8, 3);
	bus_dmamap_destroy(pci, map[0]);
	bus_dmamap_destroy(pci, map[1]);
	/* They are the layer's, and stay with it. */
	bus_dmatag_destroy(pci);
	bus_dmamem_free(root, &other, 1);
	assert_int_equal(tp->tp_pages, 1 + 4 + 8);
	done(tp, t, root);
}

/* What has gone to the pool of a window by one tag, another is called for. */
static void
called(void *arg)
{
	++*(unsigned *)arg;
}

static void
tags_of_one_window_stand_in_one_queue(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL, a, b;
	unsigned calls = 0, others = 0;
	struct bus_dma_callback dc = { .dc_func = called, .dc_arg = &calls };
	struct bus_dma_callback other = { .dc_func = called,
		.dc_arg = &others };
	bus_dmamap_t map[2];

	assert_int_equal(bus_dmatag_bounce(root, &config, &t, 0), 0);
	a = narrow(t, 0, ISA);
	b = narrow(t, 0, ISA);
	assert_int_equal(bus_dmatag_callback_add(b, &dc), 0);
	assert_int_equal(bus_dmatag_callback_add(t, &other), 0);
	map[0] = new_map(a, 3 * PAGE, 1, 3 * PAGE, 0);
	map[1] = new_map(b, 3 * PAGE, 1, 3 * PAGE, 0);
	assert_int_equal(load_run1(a, map[0], FAR, 3 * PAGE), 0);
	assert_int_equal(load_run1(b, map[1], FAR, 3 * PAGE), ENOMEM);
	assert_int_equal(calls, 0);
	bus_dmamap_unload(a, map[0]);
	assert_int_equal(calls, 1);
	assert_int_equal(others, 0);
	bus_dmamap_destroy(a, map[0]);
	bus_dmamap_destroy(b, map[1]);
	/* And not for what goes back to the tag's own. */
	map[0] = new_map(t, 15 * PAGE, 1, 15 * PAGE, 0);
	map[1] = new_map(t, 15 * PAGE, 1, 15 * PAGE, 0);
	assert_int_equal(load_run1(t, map[0], FAR, 15 * PAGE), 0);
	assert_int_equal(load_run1(t, map[1], FAR, 15 * PAGE), ENOMEM);
	bus_dmamap_unload(t, map[0]);
	assert_int_equal(calls, 1);
	assert_int_equal(others, 1);
	bus_dmatag_callback_remove(b, &dc);
	bus_dmatag_callback_remove(t, &other);
	bus_dmamap_destroy(t, map[0]);
	bus_dmamap_destroy(t, map[1]);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(b);
	done(tp, t, root);
}

/* Maps with slots of their own, side by side, leave the others a run. */
static void
slots_of_their_own_stand_together(void **state)
{
	const struct bus_dma_bounce db = { .db_reserve = 8 * PAGE,
		.db_most = 32 * PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL;
	bus_dmamap_t plain, own[3];
	unsigned i;

	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	plain = new_map(t, 7 * PAGE, 1, 7 * PAGE, 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(bus_dmamap_create(t, 64, 1, 64, 0,
				     BUS_DMA_ALLOCNOW, &own[i]),
		    0);
		assert_pool(t, 16, 32, 2 * (i + 1));
	}
	assert_int_equal(load_run1(t, plain, FAR + 8, 7 * PAGE), 0);
	bus_dmamap_destroy(t, plain);
	for (i = 0; i < 3; i++)
		bus_dmamap_destroy(t, own[i]);
	done(tp, t, root);
}

/* One that the bus clips to what another has is that one. */
static void
a_window_that_is_clipped(void **state)
{
	const struct bus_dma_bounce_window clipped[] = {
		{ 0, PCI, PAGE, 2 * PAGE },
		{ 0, END, 3 * PAGE, 3 * PAGE },
	};
	const struct bus_dma_bounce db = {
		.db_most = PAGE, .db_windows = clipped, .db_nwindows = 2
	};
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), bus = narrow(root, 0, PCI);
	bus_dma_tag_t t = NULL, child;

	assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), 0);
	assert_int_equal(tp->tp_pages, 1);
	child = narrow(t, 0, END);
	assert_pool(child, 1, 2, 0);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
	done(tp, bus, root);
}

static void
windows_that_are_wrong(void **state)
{
	const bus_dma_segment_t named = { RAMBASE, PAGE };
	const struct bus_dma_bounce_window bad[] = {
		{ 0, ISA, 0, 0 },              /* nothing */
		{ 0, ISA, PAGE + 1, PAGE },    /* more than the most */
		{ ISA + 1, ISA, 0, PAGE },     /* upside down */
		{ PCI + 1, PCI + 2, 0, PAGE }, /* not reached */
	};
	struct bus_dma_bounce db = config;
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), bus = narrow(root, 0, PCI), t = NULL;

	db.db_nwindows = 0;
	assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), EINVAL);
	db.db_nwindows = -1;
	assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), EINVAL);
	db.db_nwindows = 1;
	db.db_windows = NULL;
	assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), EINVAL);
	for (unsigned i = 0; i < NELEM(bad); i++) {
		const struct bus_dma_bounce_window two[] = { windows[0],
			bad[i] };

		db.db_windows = two;
		db.db_nwindows = 2;
		assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), EINVAL);
		assert_int_equal(tp->tp_pages, 0);
	}
	/* Named memory is shared as it is. */
	db = config;
	db.db_memory = &named;
	db.db_nmemory = 1;
	assert_int_equal(bus_dmatag_bounce(bus, &db, &t, 0), EINVAL);
	assert_null(t);
	bus_dmatag_destroy(bus);
	bus_dmatag_destroy(root);
	assert_silent(tp);
	assert_true(tp_clean(tp));
}

/* More than can be had, and each call that can fail. */
static void
windows_that_fail(void **state)
{
	const struct bus_dma_bounce_window large = { 0, ISA, 9 * PAGE,
		9 * PAGE };
	struct bus_dma_bounce db = config;
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp), t = NULL;
	unsigned n;
	int error;

	db.db_windows = &large;
	db.db_nwindows = 1;
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), ENOMEM);
	assert_null(t);
	assert_int_equal(tp->tp_pages, 0);
	for (n = 1;; n++) {
		const unsigned allocs = tp->tp_allocs;

		tp_fail_at(tp, n);
		error = bus_dmatag_bounce(root, &config, &t, 0);
		if (error == 0)
			break;
		assert_int_equal(error, ENOMEM);
		assert_true(tp->tp_failed);
		assert_null(t);
		assert_int_equal(tp->tp_allocs, allocs);
		assert_int_equal(tp->tp_pages, 0);
	}
	tp_fail_at(tp, 0);
	/* The tag, the windows, and for each pool pages, chunk, mapping. */
	assert_true(n > 10);
	done(tp, t, root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_window_is_filled_at_once),
		UNIT(tags_of_one_window_share_it),
		UNIT(a_window_grows),
		UNIT(tags_of_one_window_stand_in_one_queue),
		UNIT(slots_of_their_own_stand_together),
		UNIT(a_window_that_is_clipped),
		UNIT(windows_that_are_wrong),
		UNIT(windows_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
