/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/x86/tag.c: which tag reaches what, what goes through slots and where
 * these are, what is shared and what is kept apart.  RAM for DMA begins 12
 * pages below 16 MiB, and there are 20 more above.
 */
#include <busdma/bounce.h>
#include <busdma/x86.h>

#include "unit.h"

#define MIB16 0x1000000u
#define LOWPAGES 12
#define BASE (MIB16 - LOWPAGES * PAGE)
#define GIB4 ((paddr_t)1 << 32)
#define FAR (GIB4 + 0x5000)

static const struct bus_dma_x86 usual = {
	.dx_isa = { .xs_reserve = 4 * PAGE, .xs_most = 4 * PAGE },
	.dx_pci = { .xs_reserve = 4 * PAGE, .xs_most = 8 * PAGE },
	.dx_pci64 = { .xs_most = 8 * PAGE },
};

static int
pc_setup(void **state)
{
	struct tp *tp = tp_create(PAGE, BASE, RAMPAGES);

	tp->tp_pl.pl_account = &busdma_account;
	*state = tp;
	return 0;
}

#define PC(f) cmocka_unit_test_setup_teardown(f, pc_setup, unit_teardown)

static bus_dma_tag_t
root_of(struct tp *tp, const struct bus_dma_x86 *dx)
{
	bus_dma_tag_t root = NULL;

	assert_int_equal(bus_dmatag_x86(&tp->tp_pl, NULL, dx, &root, 0), 0);
	assert_non_null(root);
	return root;
}

static bus_dma_tag_t
pci(bus_dma_tag_t root, unsigned bits)
{
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_x86_pci(root, bits, &t, 0), 0);
	assert_non_null(t);
	return t;
}

static bus_dma_tag_t
isa(bus_dma_tag_t root)
{
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_x86_isa(root, &t, 0), 0);
	assert_non_null(t);
	return t;
}

static struct bus_dma_bounce_stats
stats(bus_dma_tag_t t)
{
	struct bus_dma_bounce_stats bs;

	assert_int_equal(bus_dma_bounce_stats(t, &bs), 0);
	return bs;
}

/* What is at `buf' goes to the device, and comes back; where it saw it. */
static bus_addr_t
there_and_back(struct tp *tp, bus_dma_tag_t t, char *buf, size_t len)
{
	bus_dmamap_t map = new_map(t, len, 1, len, 0);
	bus_addr_t where;
	char *seen;

	memset(buf, 0x11, len);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT), 0);
	assert_int_equal(map->dm_nsegs, 1);
	where = map->dm_segs[0].ds_addr;
	seen = tp_phys(tp, where);
	assert_non_null(seen);
	bus_dmamap_sync(
	    t, map, 0, len, BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	assert_int_equal(seen[0], 0x11);
	assert_int_equal(seen[len - 1], 0x11);
	memset(seen, 0x22, len);
	bus_dmamap_sync(
	    t, map, 0, len, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	assert_int_equal(buf[0], 0x22);
	assert_int_equal(buf[len - 1], 0x22);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	return where;
}

/* ---- the root ---- */

static void
a_root_is_refused(void **state)
{
	struct tp *tp = *state;
	const struct busdma_platform none = { 0 };
	struct bus_dma_x86 dx = usual;
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_x86(&tp->tp_pl, NULL, NULL, &t, 0), EINVAL);
	assert_int_equal(
	    bus_dmatag_x86(&tp->tp_pl, NULL, &dx, NULL, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86(NULL, NULL, &dx, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86(&none, NULL, &dx, &t, 0), EINVAL);
	for (unsigned bit = 1; bit < 32; bit++) {
		dx.dx_flags = 1u << bit;
		assert_int_equal(
		    bus_dmatag_x86(&tp->tp_pl, NULL, &dx, &t, 0), EINVAL);
	}
	for (unsigned i = 0; i < 6; i++) {
		struct bus_dma_x86_slots *xs[] = { &dx.dx_isa, &dx.dx_pci,
			&dx.dx_pci64 };

		dx = usual;
		if (i < 3) {
			xs[i]->xs_reserve = PAGE;
			xs[i]->xs_most = 0;
		} else {
			xs[i - 3]->xs_reserve = xs[i - 3]->xs_most + 1;
		}
		assert_int_equal(
		    bus_dmatag_x86(&tp->tp_pl, NULL, &dx, &t, 0), EINVAL);
		assert_true(tp_clean(tp));
	}
	/* Only ISA may have nothing at all. */
	dx = usual;
	memset(&dx.dx_pci, 0, sizeof(dx.dx_pci));
	assert_int_equal(bus_dmatag_x86(&tp->tp_pl, NULL, &dx, &t, 0), EINVAL);
	dx = usual;
	memset(&dx.dx_pci64, 0, sizeof(dx.dx_pci64));
	assert_int_equal(bus_dmatag_x86(&tp->tp_pl, NULL, &dx, &t, 0), EINVAL);
	/* More than there is below 16 MiB. */
	dx = usual;
	dx.dx_isa.xs_reserve = dx.dx_isa.xs_most = (LOWPAGES + 1) * PAGE;
	assert_int_equal(bus_dmatag_x86(&tp->tp_pl, NULL, &dx, &t, 0), ENOMEM);
	assert_null(t);
	assert_true(tp_clean(tp));
	assert_silent(tp);
}

static void
a_tag_is_refused(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), above, t = NULL;
	unsigned allocs;

	assert_int_equal(
	    bus_dmatag_subregion(root, GIB4, 2 * GIB4, &above, 0), 0);
	allocs = tp->tp_allocs;
	assert_int_equal(bus_dmatag_x86_pci(NULL, 32, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_pci(root, 32, NULL, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_pci(root, 0, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_pci(root, 23, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_pci(root, 65, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_pci(above, 32, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_isa(NULL, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_isa(root, NULL, 0), EINVAL);
	assert_int_equal(bus_dmatag_x86_isa(above, &t, 0), EINVAL);
	assert_null(t);
	assert_int_equal(tp->tp_allocs, allocs);
	bus_dmatag_destroy(above);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* It can be used as it is, and is narrowed as other tags are. */
static void
the_root_is_a_tag(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), t;
	char *far = tp_run(tp, FAR, 2);

	assert_int_equal(there_and_back(tp, root, far, 100), FAR);
	assert_int_equal(bus_dmatag_subregion(root, 0, GIB4 - 1, &t, 0), 0);
	assert_true(there_and_back(tp, t, far, 100) < GIB4);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- reach ---- */

static void
each_reaches_what_it_says(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), t;
	char *buf, *edge;
	bus_addr_t high;

	for (unsigned bits = 24; bits <= 64; bits++) {
		t = pci(root, bits);
		high = ~(bus_addr_t)0 >> (64 - bits);
		assert_int_equal(t->dt_limits.dl_low, 0);
		assert_int_equal(t->dt_limits.dl_high, high);
		assert_int_equal(t->dt_winlow, 0);
		assert_int_equal(t->dt_winhigh, high);
		/* The last page that it reaches, and the first that not. */
		edge = tp_run(tp, high - PAGE + 1, 1);
		assert_int_equal(
		    there_and_back(tp, t, edge, PAGE), high - PAGE + 1);
		if (bits < 64) {
			buf = tp_run(tp, high + 1, 1);
			assert_true(there_and_back(tp, t, buf, 64) <= high);
		}
		bus_dmatag_destroy(t);
	}
	t = isa(root);
	assert_int_equal(t->dt_limits.dl_high, MIB16 - 1);
	assert_int_equal(t->dt_winhigh, MIB16 - 1);
	buf = tp_run(tp, 2 * MIB16, 2);
	assert_true(there_and_back(tp, t, buf + 5, PAGE) < MIB16);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* A driver knows its device better than the bus does. */
static void
drivers_narrow(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), parent[4], t;
	char *far = tp_run(tp, FAR, 2);

	parent[0] = pci(root, 32);
	parent[1] = pci(root, 64);
	parent[2] = pci(root, 40);
	parent[3] = pci(root, 30);
	for (unsigned i = 0; i < NELEM(parent); i++) {
		assert_int_equal(
		    bus_dmatag_subregion(parent[i], 0, 0xfffffff, &t, 0), 0);
		assert_true(there_and_back(tp, t, far + i, PAGE) < 0x10000000);
		bus_dmatag_destroy(t);
		bus_dmatag_destroy(parent[i]);
	}
	parent[0] = isa(root);
	assert_int_equal(
	    bus_dmatag_subregion(parent[0], 0, MIB16 - PAGE - 1, &t, 0), 0);
	assert_true(there_and_back(tp, t, far, PAGE) < MIB16 - PAGE);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(parent[0]);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- slots ---- */

/* One like it, that wants all at multiples of 512, in its place. */
static bus_dma_tag_t
unaligned(bus_dma_tag_t t)
{
	const struct bus_dma_limits lim = { .dl_alignment = 512 };
	bus_dma_tag_t sub = NULL;

	assert_int_equal(bus_dmatag_restrict(t, &lim, &sub, 0), 0);
	busdma_tag_release(t);
	return sub;
}

/* Whoever reaches the same has the same slots, and nobody else has them. */
static void
equals_share_slots(void **state)
{
	static const struct {
		unsigned bits;
		bus_size_t reserve, most;
	} v[] = { { 24, 4, 4 }, { 32, 4, 8 }, { 64, 0, 8 } };
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), t[NELEM(v)][3];
	char *odd = tp_run(tp, FAR, 1);
	bus_dmamap_t map;

	for (unsigned i = 0; i < NELEM(v); i++) {
		t[i][0] = pci(root, v[i].bits);
		t[i][1] = v[i].bits == 24 ? isa(root) : pci(root, v[i].bits);
		t[i][2] = unaligned(pci(root, v[i].bits));
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(
			    stats(t[i][k]).bs_pool, v[i].reserve * PAGE);
			assert_int_equal(
			    stats(t[i][k]).bs_most, v[i].most * PAGE);
		}
	}
	for (unsigned i = 0; i < NELEM(v); i++) {
		map = new_map(t[i][2], PAGE, 1, PAGE, 0);
		assert_int_equal(bus_dmamap_load(t[i][2], map, odd + 8, 64,
				     NULL, BUS_DMA_NOWAIT),
		    0);
		for (unsigned j = 0; j < NELEM(v); j++)
			for (unsigned k = 0; k < 3; k++)
				assert_int_equal(
				    stats(t[j][k]).bs_used, i == j ? PAGE : 0);
		bus_dmamap_destroy(t[i][2], map);
	}
	for (unsigned i = 0; i < NELEM(v); i++)
		for (unsigned k = 0; k < 3; k++)
			bus_dmatag_destroy(t[i][k]);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* A driver's own tag for 32 bits, of the one for 64. */
static void
so_do_drivers(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), p64 = pci(root, 64), t;
	bus_dma_tag_t p40 = pci(root, 40);

	assert_int_equal(bus_dmatag_subregion(p64, 0, GIB4 - 1, &t, 0), 0);
	assert_int_equal(stats(t).bs_pool, 4 * PAGE);
	bus_dmatag_destroy(t);
	assert_int_equal(bus_dmatag_subregion(p40, 0, MIB16 - 1, &t, 0), 0);
	assert_int_equal(stats(t).bs_pool, 4 * PAGE);
	bus_dmatag_destroy(t);
	/* Other bits: of its own, and from the first map on. */
	assert_int_equal(stats(p40).bs_pool, 0);
	assert_int_equal(stats(p40).bs_most, 8 * PAGE);
	bus_dmatag_destroy(p40);
	bus_dmatag_destroy(p64);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* What is below 16 MiB was set aside before anybody came. */
static void
isa_memory_is_isas(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), i, p;
	bus_dma_segment_t segs[RAMPAGES];
	char *far = tp_run(tp, FAR, 4);
	bus_dmamap_t map;
	int n;

	assert_int_equal(tp->tp_pages, 8);
	/* All of the rest. */
	assert_int_equal(bus_dmamem_alloc(root, (RAMPAGES - 8) * PAGE, 0, 0,
			     segs, RAMPAGES, &n, BUS_DMA_NOWAIT),
	    0);
	p = pci(root, 28);
	map = new_map(p, 64, 1, 64, 0);
	assert_int_equal(
	    bus_dmamap_load(p, map, far, 64, NULL, BUS_DMA_NOWAIT), ENOMEM);
	bus_dmamap_destroy(p, map);
	i = isa(root);
	map = new_map(i, 3 * PAGE, 1, 3 * PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(i, map, far + 1, 3 * PAGE, NULL, BUS_DMA_NOWAIT),
	    0);
	assert_true(map->dm_segs[0].ds_addr + 3 * PAGE <= MIB16);
	bus_dmamap_destroy(i, map);
	bus_dmamem_free(root, segs, n);
	bus_dmatag_destroy(i);
	bus_dmatag_destroy(p);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* One user of a scarce window, and what is made from his tag. */
static void
caps_hold(void **state)
{
	const struct bus_dma_limits cap = { .dl_memory = 2 * PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t root = root_of(tp, &usual), i = isa(root), t, sub;
	bus_dma_segment_t seg, more;
	int n;

	assert_int_equal(bus_dmatag_restrict(i, &cap, &t, 0), 0);
	assert_int_equal(
	    bus_dmatag_subregion(t, 0, MIB16 - PAGE - 1, &sub, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(sub, 2 * PAGE, 0, 0, &seg, 1, &n, BUS_DMA_NOWAIT),
	    0);
	assert_int_equal(
	    bus_dmamem_alloc(t, PAGE, 0, 0, &more, 1, &n, BUS_DMA_NOWAIT),
	    ENOMEM);
	assert_int_equal(
	    bus_dmamem_alloc(i, PAGE, 0, 0, &more, 1, &n, BUS_DMA_NOWAIT), 0);
	bus_dmamem_free(i, &more, n);
	bus_dmamem_free(sub, &seg, 1);
	bus_dmatag_destroy(sub);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(i);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* Nothing is set aside below 16 MiB, but there are such devices. */
static void
without_isa(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_x86 dx = usual;
	bus_dma_tag_t root, t;
	char *far = tp_run(tp, FAR, 1);

	memset(&dx.dx_isa, 0, sizeof(dx.dx_isa));
	root = root_of(tp, &dx);
	assert_int_equal(tp->tp_pages, 4);
	t = isa(root);
	assert_int_equal(stats(t).bs_pool, 0);
	assert_true(there_and_back(tp, t, far, 64) < MIB16);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* To test a driver: everything, on every tag. */
static void
forced(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_x86 dx = usual;
	bus_dma_tag_t root, t[5];
	char *near = tp_run(tp, 0x200000, 1);

	dx.dx_flags = BUS_DMA_BOUNCE_FORCED;
	root = root_of(tp, &dx);
	t[0] = pci(root, 32);
	t[1] = pci(root, 64);
	t[2] = pci(root, 28);
	t[3] = isa(root);
	assert_int_equal(
	    bus_dmatag_subregion(t[0], 0, 0x3fffffff, &t[4], 0), 0);
	for (unsigned i = 0; i < NELEM(t); i++) {
		assert_true(there_and_back(tp, t[i], near, 64) >= BASE);
		assert_int_equal(
		    stats(t[i]).bs_runs[BUS_DMA_BOUNCED_FORCED], 1);
	}
	assert_true(there_and_back(tp, root, near, 64) >= BASE);
	for (unsigned i = NELEM(t); i-- > 0;)
		bus_dmatag_destroy(t[i]);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- what it stands on ---- */

/* A bridge that passes 2 GiB, and shifts them. */
static void
on_another_tag(void **state)
{
	struct tp *tp = *state;
	const struct bus_dma_window w = { 0, 0x1000000000, 0x80000000,
		BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t lower = NULL, root = NULL;
	struct bus_dma_x86 dx = usual;

	assert_int_equal(tp_direct(tp, &w, 1, &lower), 0);
	/* Nothing of it is below 4 GiB. */
	assert_int_equal(bus_dmatag_x86(NULL, lower, &dx, &root, 0), EINVAL);
	bus_dmatag_destroy(lower);

	const struct bus_dma_window two[] = {
		{ BASE, 0x40000000, RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT },
	};
	char *far = tp_run(tp, FAR, 1);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	assert_int_equal(tp_direct(tp, two, 1, &lower), 0);
	/* Nor below 16 MiB. */
	assert_int_equal(bus_dmatag_x86(NULL, lower, &dx, &root, 0), EINVAL);
	memset(&dx.dx_isa, 0, sizeof(dx.dx_isa));
	assert_int_equal(bus_dmatag_x86(NULL, lower, &dx, &root, 0), 0);
	bus_dmatag_destroy(lower);
	/* It was in use, and stays. */
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	t = pci(root, 64);
	map = new_map(t, 64, 1, 64, 0);
	assert_int_equal(
	    bus_dmamap_load(t, map, far, 64, NULL, BUS_DMA_NOWAIT), 0);
	assert_true(map->dm_segs[0].ds_addr >= 0x40000000);
	assert_true(map->dm_segs[0].ds_addr < 0x40000000 + RAMPAGES * PAGE);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- failures ---- */

/* Each of what can fail fails once, and nothing is left of it. */
static void
every_failure(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root, t;
	unsigned allocs, pages;
	int error = ENOMEM;

	for (unsigned n = 1; error != 0; n++) {
		tp_fail_at(tp, n);
		root = NULL;
		error = bus_dmatag_x86(&tp->tp_pl, NULL, &usual, &root, 0);
		tp_fail_at(tp, 0);
		if (error != 0) {
			assert_int_equal(error, ENOMEM);
			assert_null(root);
			assert_true(tp_clean(tp));
		} else {
			assert_true(n > 10);
		}
	}
	allocs = tp->tp_allocs;
	pages = tp->tp_pages;
	for (unsigned which = 0; which < 4; which++) {
		error = ENOMEM;
		for (unsigned n = 1; error != 0; n++) {
			t = NULL;
			tp_fail_at(tp, n);
			if (which == 3)
				error = bus_dmatag_x86_isa(root, &t, 0);
			else
				error = bus_dmatag_x86_pci(
				    root, 28 + which * 18, &t, 0);
			tp_fail_at(tp, 0);
			if (error != 0) {
				assert_int_equal(error, ENOMEM);
				assert_null(t);
			} else {
				assert_true(n > 2);
				bus_dmatag_destroy(t);
			}
			assert_int_equal(tp->tp_allocs, allocs);
			assert_int_equal(tp->tp_pages, pages);
		}
	}
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PC(a_root_is_refused),
		PC(a_tag_is_refused),
		PC(the_root_is_a_tag),
		PC(each_reaches_what_it_says),
		PC(drivers_narrow),
		PC(equals_share_slots),
		PC(so_do_drivers),
		PC(isa_memory_is_isas),
		PC(caps_hold),
		PC(without_isa),
		PC(forced),
		PC(on_another_tag),
		PC(every_failure),
	};

	return cmocka_run_group_tests_name("x86tag", tests, NULL, NULL);
}
