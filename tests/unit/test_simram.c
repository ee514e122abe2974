/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simram.c: banks, physical memory, pages on request.
 */
#include "simunit.h"

static struct busdma_pages
request(uint64_t size, uint64_t min)
{
	return (struct busdma_pages){
		.pg_size = size,
		.pg_min = min,
		.pg_high = ~(paddr_t)0,
		.pg_align = PAGE,
	};
}

static int
take(struct su *su, struct busdma_pages *pg)
{
	return su->su_pl->pl_pages_alloc(su->su_pl, pg);
}

static int
give(struct su *su, paddr_t pa, uint64_t size)
{
	return su->su_pl->pl_pages_free(su->su_pl, pa, size);
}

static void
physical_memory_stands_where_the_banks_are(void **state)
{
	static const paddr_t first[] = { LOWBASE, MIDBASE, HIGHBASE };
	static const uint64_t size[] = { LOWSIZE, MIDSIZE, HIGHSIZE };
	struct su *su = *state;
	uint8_t in[32], out[32];
	unsigned i;

	for (i = 0; i < NELEM(first); i++) {
		paddr_t last = first[i] + size[i] - sizeof(in);

		su_fill(in, sizeof(in), (uint8_t)i);
		assert_int_equal(
		    busdma_sim_phys_write(su->su_sim, last, in, sizeof(in)), 0);
		assert_int_equal(
		    busdma_sim_phys_read(su->su_sim, last, out, sizeof(out)),
		    0);
		assert_memory_equal(in, out, sizeof(in));
		assert_int_equal(busdma_sim_phys_read(
				     su->su_sim, last + 1, out, sizeof(out)),
		    EFAULT);
		if (first[i] != 0)
			assert_int_equal(busdma_sim_phys_read(
					     su->su_sim, first[i] - 1, out, 1),
			    EFAULT);
	}
}

/* Two banks that touch are one: a window reaches across. */
static void
banks_that_touch_are_one(void **state)
{
	static const struct busdma_sim_bank banks[] = {
		{ 0x102000, 0x1000 },
		{ 0x100000, 0x2000 },
	};
	const struct busdma_sim_config sc = { .sc_banks = banks,
		.sc_nbanks = 2 };
	const struct busdma_platform *pl;
	struct busdma_sim *sim;
	void *p;

	(void)state;
	assert_int_equal(busdma_sim_create(&sc, &sim), 0);
	pl = busdma_sim_platform(sim);
	p = pl->pl_window(pl, 0x101000, 0x2000, 0);
	assert_non_null(p);
	pl->pl_window_done(pl, p, 0x2000);
	assert_null(pl->pl_window(pl, 0x101000, 0x2001, 0));
	assert_int_equal(busdma_sim_destroy(sim), 0);
}

static void
pages_keep_to_the_bounds(void **state)
{
	struct su *su = *state;
	struct busdma_pages pg = request(8 * PAGE, 8 * PAGE);

	/* A bound inside a page excludes that page. */
	pg.pg_low = MIDBASE + 1;
	pg.pg_high = MIDBASE + 9 * PAGE - 1;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, MIDBASE + PAGE);
	assert_int_equal(pg.pg_size, 8 * PAGE);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	pg.pg_high--;
	assert_int_equal(take(su, &pg), ENOMEM);
	pg.pg_min = PAGE;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_size, 7 * PAGE);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	/* In the hole there is nothing. */
	pg = request(PAGE, PAGE);
	pg.pg_low = LOWBASE + LOWSIZE;
	pg.pg_high = MIDBASE + PAGE - 2;
	assert_int_equal(take(su, &pg), ENOMEM);
}

static void
pages_keep_alignment_and_boundary_on_the_bus(void **state)
{
	struct su *su = *state;
	struct busdma_pages pg = request(4 * PAGE, 4 * PAGE);

	pg.pg_low = MIDBASE + PAGE;
	pg.pg_align = 16 * PAGE;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr & (16 * PAGE - 1), 0);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	/* As the device counts, three pages further on. */
	pg.pg_offset = 3 * PAGE;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal((pg.pg_addr + 3 * PAGE) & (16 * PAGE - 1), 0);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	pg = request(4 * PAGE, 4 * PAGE);
	pg.pg_low = MIDBASE + 2 * PAGE;
	pg.pg_high = MIDBASE + 8 * PAGE - 1;
	pg.pg_boundary = 4 * PAGE;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, MIDBASE + 4 * PAGE);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	pg.pg_offset = (bus_addr_t)0 - PAGE;
	assert_int_equal(take(su, &pg), ENOMEM);
	pg.pg_min = PAGE;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_size, 3 * PAGE);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);

	/* A boundary that is only far away in bus addresses. */
	pg = request(2 * PAGE, 2 * PAGE);
	pg.pg_low = MIDBASE;
	pg.pg_high = MIDBASE + 3 * PAGE - 1;
	pg.pg_boundary = (uint64_t)1 << 62;
	pg.pg_offset = ((uint64_t)1 << 62) - (MIDBASE + PAGE);
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, MIDBASE + PAGE);
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);
	assert_silent(su);
}

/* Where no bank has all of it, the longest run of any bank. */
static void
the_longest_run_is_found(void **state)
{
	struct su *su = *state;
	struct busdma_pages pg = request(64 * MIB, PAGE);

	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, HIGHBASE);
	assert_int_equal(pg.pg_size, HIGHSIZE);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, MIDBASE);
	assert_int_equal(pg.pg_size, MIDSIZE);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, LOWBASE);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), ENOMEM);
	/* A lower bank has a longer run than a higher one. */
	assert_int_equal(give(su, MIDBASE, MIDSIZE), 0);
	assert_int_equal(give(su, HIGHBASE + PAGE, PAGE), 0);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, MIDBASE);
	assert_int_equal(pg.pg_size, MIDSIZE);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, HIGHBASE + PAGE);
	assert_int_equal(pg.pg_size, PAGE);
	pg.pg_size = 64 * MIB;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_int_equal(pg.pg_size, 64 * MIB);
	assert_int_equal(give(su, LOWBASE, LOWSIZE), 0);
	assert_int_equal(give(su, MIDBASE, MIDSIZE), 0);
	assert_int_equal(give(su, HIGHBASE, HIGHSIZE), 0);
}

static void
a_malformed_request_is_reported(void **state)
{
	struct su *su = *state;
	struct busdma_pages good = request(2 * PAGE, PAGE), pg;

	pg = good;
	pg.pg_min = 0;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pg = good;
	pg.pg_size += 1;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pg = good;
	pg.pg_align = 3 * PAGE;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pg = good;
	pg.pg_boundary = 3 * PAGE;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

/* Legal requests that no memory can meet. */
static void
what_can_not_be_met_is_no_memory(void **state)
{
	struct su *su = *state;
	struct busdma_pages pg = request(PAGE, PAGE);

	pg.pg_boundary = PAGE / 2;
	assert_int_equal(take(su, &pg), ENOMEM);
	pg.pg_boundary = 0;
	pg.pg_offset = PAGE / 2;
	assert_int_equal(take(su, &pg), ENOMEM);
	pg.pg_offset = 0;
	pg.pg_align = (uint64_t)1 << 50;
	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(pg.pg_addr, 0);
	assert_int_equal(give(su, pg.pg_addr, PAGE), 0);
	pg.pg_low = 1;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_silent(su);
}

static void
what_is_not_allocated_is_not_freed(void **state)
{
	struct su *su = *state;
	struct busdma_pages pg = request(4 * PAGE, 4 * PAGE);

	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(give(su, pg.pg_addr + 4 * PAGE, PAGE), EINVAL);
	assert_int_equal(give(su, pg.pg_addr, 5 * PAGE), EINVAL);
	assert_int_equal(give(su, pg.pg_addr + 1, PAGE), EINVAL);
	assert_int_equal(give(su, pg.pg_addr, PAGE - 1), EINVAL);
	assert_int_equal(give(su, pg.pg_addr, 0), EINVAL);
	assert_int_equal(give(su, LOWBASE + LOWSIZE, PAGE), EINVAL);
	assert_int_equal(give(su, pg.pg_addr, HIGHSIZE + PAGE), EINVAL);
	/* In part is fine, and twice is not. */
	assert_int_equal(give(su, pg.pg_addr, PAGE), 0);
	assert_int_equal(give(su, pg.pg_addr, PAGE), EINVAL);
	assert_int_equal(give(su, pg.pg_addr + PAGE, 3 * PAGE), 0);
}

/* Nobody finds zeroes by luck. */
static void
new_pages_hold_junk(void **state)
{
	struct su *su = *state;
	uint8_t zero[64] = { 0 }, is[64];
	struct busdma_pages pg = request(PAGE, PAGE);

	assert_int_equal(take(su, &pg), 0);
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, pg.pg_addr, is, sizeof(is)), 0);
	assert_memory_not_equal(is, zero, sizeof(is));
	assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);
}

/* A fragmented machine gives less where less will do, and never too little. */
static void
a_fragmented_machine_gives_less(void **state)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_RANDOM, 3);
	struct busdma_pages pg;
	unsigned i, less = 0;

	(void)state;
	for (i = 0; i < 32; i++) {
		pg = request(16 * PAGE, 2 * PAGE);
		assert_int_equal(take(su, &pg), 0);
		assert_in_range(pg.pg_size, 2 * PAGE, 16 * PAGE);
		less += pg.pg_size < 9 * PAGE;
		assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);
		pg = request(16 * PAGE, 16 * PAGE);
		assert_int_equal(take(su, &pg), 0);
		assert_int_equal(pg.pg_size, 16 * PAGE);
		assert_int_equal(give(su, pg.pg_addr, pg.pg_size), 0);
	}
	assert_true(less > 8);
	/* A request that fails is left as it was. */
	pg = request(16 * PAGE, 2 * PAGE);
	pg.pg_low = HIGHBASE + HIGHSIZE;
	assert_int_equal(take(su, &pg), ENOMEM);
	assert_int_equal(pg.pg_size, 16 * PAGE);
	assert_int_equal(su_destroy(su), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(physical_memory_stands_where_the_banks_are),
		cmocka_unit_test(banks_that_touch_are_one),
		SIMUNIT(pages_keep_to_the_bounds),
		SIMUNIT(pages_keep_alignment_and_boundary_on_the_bus),
		SIMUNIT(the_longest_run_is_found),
		SIMUNIT(a_malformed_request_is_reported),
		SIMUNIT(what_can_not_be_met_is_no_memory),
		SIMUNIT(what_is_not_allocated_is_not_freed),
		SIMUNIT(new_pages_hold_junk),
		cmocka_unit_test(a_fragmented_machine_gives_less),
	};

	return cmocka_run_group_tests_name("simram", tests, NULL, NULL);
}
