/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/arena.c: pages out of regions that a porter names. */
#include "unit.h"

static int
try_regions(struct tp *tp, const struct busdma_frag *regions, unsigned n)
{
	struct busdma_arena *arena = NULL;
	int error = busdma_arena_create(&tp->tp_pl, regions, n, &arena);

	if (error == 0) {
		bus_size_t sum = 0;

		for (unsigned i = 0; i < n; i++)
			sum += regions[i].bf_len;
		assert_int_equal(busdma_arena_avail(&tp->tp_pl, arena), sum);
		assert_int_equal(busdma_arena_destroy(&tp->tp_pl, arena), 0);
	} else {
		assert_null(arena);
	}
	assert_true(tp_clean(tp));
	return error;
}

static void
regions_are_checked(void **state)
{
	struct tp *tp = *state;
	struct busdma_frag r[3] = { { 0x10000, 0x4000 }, { 0x20000, 0x1000 },
		{ 0x14000, 0x1000 } };

	assert_int_equal(try_regions(tp, r, 3), 0);
	assert_int_equal(try_regions(tp, r, 0), EINVAL);
	assert_int_equal(try_regions(tp, NULL, 1), EINVAL);
	r[1].bf_len = 0;
	assert_int_equal(try_regions(tp, r, 3), EINVAL);
	r[1].bf_len = 0x1800;
	assert_int_equal(try_regions(tp, r, 3), EINVAL);
	r[1].bf_len = 0x1000;
	r[1].bf_addr = 0x20800;
	assert_int_equal(try_regions(tp, r, 3), EINVAL);
	r[1].bf_addr = UINT64_MAX - 0xfff;
	assert_int_equal(try_regions(tp, r, 3), 0);
	r[1].bf_len = 0x2000; /* wraps */
	assert_int_equal(try_regions(tp, r, 3), EINVAL);
}

static void
regions_do_not_overlap(void **state)
{
	struct tp *tp = *state;
	struct busdma_frag r[2] = { { 0x10000, 0x4000 }, { 0x13000, 0x2000 } };

	assert_int_equal(try_regions(tp, r, 2), EINVAL);
	r[1].bf_addr = 0x14000;
	assert_int_equal(try_regions(tp, r, 2), 0);
	r[1].bf_addr = 0xf000;
	assert_int_equal(try_regions(tp, r, 2), EINVAL);
	r[1].bf_addr = 0xe000;
	assert_int_equal(try_regions(tp, r, 2), 0);
	r[1].bf_addr = 0x11000;
	assert_int_equal(try_regions(tp, r, 2), EINVAL);
	r[1] = r[0];
	assert_int_equal(try_regions(tp, r, 2), EINVAL);
	/* Up to the end of the space. */
	r[0] = (struct busdma_frag){ UINT64_MAX - 0x1fff, 0x2000 };
	r[1] = (struct busdma_frag){ UINT64_MAX - 0xfff, 0x1000 };
	assert_int_equal(try_regions(tp, r, 2), EINVAL);
}

static void
no_memory_for_it_is_enomem(void **state)
{
	struct tp *tp = *state;
	struct busdma_frag r = { 0x10000, 0x4000 };

	tp_fail_at(tp, 1);
	assert_int_equal(try_regions(tp, &r, 1), ENOMEM);
	assert_true(tp->tp_failed);
}

/* Two regions: 8 pages at 1 MiB, 4 pages at the end of the space. */
static const struct busdma_frag two[] = { { 0x100000, 0x8000 },
	{ UINT64_MAX - 0x3fff, 0x4000 } };

static int
arena_setup(void **state)
{
	struct tp *tp = tp_create(PAGE, RAMBASE, RAMPAGES);

	*state = tp;
	return busdma_arena_create(
	    &tp->tp_pl, two, NELEM(two), &tp->tp_pl.pl_arena);
}

static int
arena_teardown(void **state)
{
	struct tp *tp = *state;

	if (busdma_arena_avail(&tp->tp_pl, tp->tp_pl.pl_arena) != 0xc000)
		return -1;
	if (busdma_arena_destroy(&tp->tp_pl, tp->tp_pl.pl_arena) != 0)
		return -1;
	return tp_destroy(tp) == 0 ? 0 : -1;
}

static const struct busdma_pages any = {
	.pg_size = PAGE, .pg_min = PAGE, .pg_high = UINT64_MAX, .pg_align = PAGE
};

static int
take(struct tp *tp, struct busdma_pages *pg)
{
	return busdma_arena_pages_alloc(&tp->tp_pl, pg);
}

static int
give(struct tp *tp, paddr_t addr, bus_size_t size)
{
	return busdma_arena_pages_free(&tp->tp_pl, addr, size);
}

static bus_size_t
avail(struct tp *tp)
{
	return busdma_arena_avail(&tp->tp_pl, tp->tp_pl.pl_arena);
}

static void
every_page_can_be_had_once(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg;
	paddr_t got[12];

	for (unsigned i = 0; i < 12; i++) {
		pg = any;
		assert_int_equal(take(tp, &pg), 0);
		assert_int_equal(pg.pg_size, PAGE);
		got[i] = pg.pg_addr;
		assert_true((got[i] >= 0x100000 && got[i] < 0x108000) ||
			    got[i] > UINT64_MAX - 0x4000);
		for (unsigned j = 0; j < i; j++)
			assert_true(got[j] != got[i]);
		assert_int_equal(avail(tp), (11 - i) * (bus_size_t)PAGE);
	}
	pg = any;
	assert_int_equal(take(tp, &pg), ENOMEM);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(give(tp, got[i], PAGE), 0);
}

static void
the_longest_run_is_found(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg = any;

	/* Exactly what is wanted, though another region has more. */
	pg.pg_size = pg.pg_min = 0x4000;
	pg.pg_low = 0x200000;
	assert_int_equal(take(tp, &pg), 0);
	assert_true(pg.pg_addr == UINT64_MAX - 0x3fff);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);

	/* Less than is wanted, from where there is most. */
	pg = any;
	pg.pg_size = 0x10000;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(pg.pg_size, 0x8000);
	assert_int_equal(pg.pg_addr, 0x100000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);

	/* Not less than the least. */
	pg = any;
	pg.pg_size = 0x10000;
	pg.pg_min = 0x9000;
	assert_int_equal(take(tp, &pg), ENOMEM);
	assert_int_equal(avail(tp), 0xc000);
}

static void
bounds_hold_to_the_byte(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg = any;

	pg.pg_size = pg.pg_min = 0x3000;
	pg.pg_low = 0x102001;
	pg.pg_high = 0x105ffe;
	assert_int_equal(take(tp, &pg), ENOMEM);
	pg.pg_low = 0x103000;
	pg.pg_high = 0x105fff;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(pg.pg_addr, 0x103000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);
	pg = any;
	pg.pg_low = 0x108000;
	pg.pg_high = UINT64_MAX - 0x4000;
	assert_int_equal(take(tp, &pg), ENOMEM);
	pg.pg_low = pg.pg_high = 0x100000; /* less than a page */
	assert_int_equal(take(tp, &pg), ENOMEM);
}

static void
alignment_and_boundary_are_the_buss(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg = any;

	pg.pg_align = 0x4000;
	pg.pg_offset = 0x1000;
	pg.pg_high = 0x10ffff;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(pg.pg_addr, 0x103000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);
	pg = any;
	pg.pg_size = pg.pg_min = 0x4000;
	pg.pg_boundary = 0x4000;
	pg.pg_offset = (bus_addr_t)0 - 0x3000;
	pg.pg_high = 0x10ffff;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(pg.pg_addr, 0x103000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);
	/* Alignment above all that there is. */
	pg = any;
	pg.pg_align = (bus_size_t)1 << 63;
	assert_int_equal(take(tp, &pg), ENOMEM);
	pg.pg_offset = (bus_size_t)1 << 63;
	pg.pg_offset -= 0x105000;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(pg.pg_addr, 0x105000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);
}

static void
only_what_is_allocated_is_freed(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg = any;

	pg.pg_size = pg.pg_min = 0x3000;
	pg.pg_high = 0x10ffff;
	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(give(tp, pg.pg_addr, 0x4000), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr - 0x1000, 0x3000), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr + 1, 0x1000), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr, 0x800), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr, 0), EINVAL);
	assert_int_equal(give(tp, 0x50000, 0x1000), EINVAL);
	assert_int_equal(give(tp, 0x107000, 0x2000), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr, (bus_size_t)0 - PAGE), EINVAL);
	assert_int_equal(give(tp, UINT64_MAX - 0xfff, 0x2000), EINVAL);
	/* More pages than a size_t of 32 bits counts. */
	assert_int_equal(
	    give(tp, pg.pg_addr, ((bus_size_t)1 << 44) + 0x3000), EINVAL);
	assert_int_equal(avail(tp), 0x9000);
	/* In parts, too. */
	assert_int_equal(give(tp, pg.pg_addr + 0x1000, 0x1000), 0);
	assert_int_equal(give(tp, pg.pg_addr + 0x1000, 0x1000), EINVAL);
	assert_int_equal(give(tp, pg.pg_addr, 0x1000), 0);
	assert_int_equal(give(tp, pg.pg_addr + 0x2000, 0x1000), 0);
}

static void
it_is_busy_while_pages_are_out(void **state)
{
	struct tp *tp = *state;
	struct busdma_pages pg = any;

	assert_int_equal(take(tp, &pg), 0);
	assert_int_equal(
	    busdma_arena_destroy(&tp->tp_pl, tp->tp_pl.pl_arena), EBUSY);
	assert_int_equal(avail(tp), 0xb000);
	assert_int_equal(give(tp, pg.pg_addr, pg.pg_size), 0);
}

static void
it_serves_the_platforms_hooks(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t seg[4];
	bus_dma_tag_t t;
	int n;

	tp->tp_pl.pl_pages_alloc = busdma_arena_pages_alloc;
	tp->tp_pl.pl_pages_free = busdma_arena_pages_free;
	t = identity(tp);
	assert_int_equal(bus_dmamem_alloc(t, 0x9000, 0, 0, seg, 4, &n, 0), 0);
	assert_int_equal(n, 2);
	assert_int_equal(avail(tp), 0x3000);
	bus_dmamem_free(t, seg, n);
	assert_silent(tp);
	bus_dmamem_free(t, seg, 1);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmatag_destroy(t);
}

/* The hooks without what they serve from. */
static void
without_an_arena_it_is_einval(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t seg = { 0x10000, PAGE };
	bus_dma_tag_t t;
	int n;

	tp->tp_pl.pl_pages_alloc = busdma_arena_pages_alloc;
	tp->tp_pl.pl_pages_free = busdma_arena_pages_free;
	tp->tp_pl.pl_arena = NULL;
	t = identity(tp);
	assert_int_equal(
	    bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, 0), EINVAL);
	bus_dmamem_free(t, &seg, 1);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmatag_destroy(t);
}

#define ARENA(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(regions_are_checked),
		UNIT(regions_do_not_overlap),
		UNIT(no_memory_for_it_is_enomem),
		UNIT(without_an_arena_it_is_einval),
		ARENA(every_page_can_be_had_once),
		ARENA(the_longest_run_is_found),
		ARENA(bounds_hold_to_the_byte),
		ARENA(alignment_and_boundary_are_the_buss),
		ARENA(only_what_is_allocated_is_freed),
		ARENA(it_is_busy_while_pages_are_out),
		ARENA(it_serves_the_platforms_hooks),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
