/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/sim.c: the making of a machine, its end, its numbers.
 */
#include <stdio.h>
#include <unistd.h>

#include "simunit.h"

static int
try_config(const struct busdma_sim_bank *banks, unsigned n, uint32_t pagesize)
{
	const struct busdma_sim_config sc = {
		.sc_banks = banks,
		.sc_nbanks = n,
		.sc_pagesize = pagesize,
	};
	struct busdma_sim *sim = NULL;
	int error;

	error = busdma_sim_create(&sc, &sim);
	assert_true((error == 0) == (sim != NULL));
	assert_int_equal(busdma_sim_destroy(sim), 0);
	return error;
}

static void
configs_that_make_no_sense_are_refused(void **state)
{
	static const struct busdma_sim_bank good = { 0x100000, 0x10000 };
	static const struct busdma_sim_bank overlap[] = { { 0x100000, 0x2000 },
		{ 0x101000, 0x2000 } };
	static const struct busdma_sim_bank bad[] = {
		{ 0x100000, 0 },
		{ 0x100800, 0x10000 },
		{ 0x100000, 0x10800 },
		{ (paddr_t)1 << 52, 0x10000 },
		{ ((paddr_t)1 << 52) - 0x1000, 0x2000 },
	};
	static const uint32_t pagesizes[] = { 1, 2048, 4097, 12288, 131072 };
	unsigned i;

	(void)state;
	assert_int_equal(try_config(&good, 1, 0), 0);
	assert_int_equal(try_config(&good, 1, 65536), 0);
	assert_int_equal(try_config(NULL, 0, 0), EINVAL);
	assert_int_equal(try_config(overlap, 2, 0), EINVAL);
	for (i = 0; i < NELEM(bad); i++)
		assert_int_equal(try_config(&bad[i], 1, 0), EINVAL);
	for (i = 0; i < NELEM(pagesizes); i++)
		assert_int_equal(try_config(&good, 1, pagesizes[i]), EINVAL);
}

static void
memory_may_end_where_the_machine_does(void **state)
{
	static const struct busdma_sim_bank top = {
		((paddr_t)1 << 52) - 0x10000, 0x10000
	};

	(void)state;
	assert_int_equal(try_config(&top, 1, 65536), 0);
}

static void
destroy_counts_all_that_is_held(void **state)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	const struct busdma_platform *pl = su->su_pl;
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	struct busdma_sim_bus *bus;
	bus_dma_tag_t t;
	void *kva;

	(void)state;
	bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	/* 2 pages, 3 pages, an object, a mapping, a window, */
	assert_non_null(busdma_sim_kmalloc(su->su_sim, PAGE + 1));
	assert_non_null(busdma_sim_umalloc(
	    su->su_sim, busdma_sim_proc(su->su_sim), 3 * PAGE));
	assert_non_null(pl->pl_alloc(pl, 10, 0));
	assert_int_equal(pl->pl_kmap(pl, &seg, 1, PAGE, 0, &kva), 0);
	assert_non_null(pl->pl_window(pl, MIDBASE, 1, 0));
	/* a tag and its object. */
	assert_int_equal(bus_dmatag_sim(bus, 1, &t, 0), 0);
	assert_int_equal(su_destroy(su), 2 + 3 + 1 + 1 + 1 + 2);
}

static void
reports_are_counted_and_carry_the_seed(void **state)
{
	struct su *su = *state;

	busdma_sim_kfree(su->su_sim, &su);
	assert_int_equal(su->su_last.sr_seed, SEED);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_kfree(su->su_sim, &su);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(busdma_sim_reports(su->su_sim), 2);
}

/* What a machine without a reporting function says on standard error. */
static void
printed(char *text, size_t size)
{
	static const struct busdma_sim_bank bank = { 0, PAGE };
	const struct busdma_sim_config sc = {
		.sc_banks = &bank,
		.sc_nbanks = 1,
		.sc_seed = 0xfeed,
	};
	struct busdma_sim *sim = NULL;
	struct su su;
	int saved = dup(STDERR_FILENO), fd[2];
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(busdma_sim_create(&sc, &sim), 0);
	dup2(fd[1], STDERR_FILENO);
	busdma_sim_kfree(sim, &sim);
	su.su_sim = sim;
	busdma_sim_complain(
	    su_idle(su_bus(&su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), 77), 0xabc,
	    0xdef, "a complaint");
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd[1]);
	n = read(fd[0], text, size - 1);
	assert_true(n > 0);
	text[n] = '\0';
	close(fd[0]);
	assert_int_equal(busdma_sim_destroy(sim), 0);
}

static void
reports_are_printed_where_nobody_takes_them(void **state)
{
	char text[1000];

	(void)state;
	printed(text, sizeof(text));
	assert_non_null(strstr(text, "misuse: kfree"));
	assert_non_null(strstr(text, "0xfeed"));
	assert_non_null(strstr(text, "device: a complaint"));
	assert_non_null(strstr(text, "0xabc"));
	assert_non_null(strstr(text, "0xdef"));
	assert_non_null(strstr(text, "requester 77"));
}

/* The physical addresses of a scattered buffer, mixed into one number. */
static uint64_t
layout(uint64_t seed)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_RANDOM, seed);
	struct busdma_frag f[64];
	unsigned n, i;
	uint64_t sum = 0;
	void *p;

	p = busdma_sim_kmalloc(su->su_sim, 64 * PAGE);
	assert_non_null(p);
	n = su->su_pl->pl_extract(
	    su->su_pl, NULL, (uintptr_t)p, 64 * PAGE, f, NELEM(f));
	for (i = 0; i < n; i++)
		sum = sum * 31 + f[i].bf_addr + f[i].bf_len;
	for (i = 0; i < 8; i++)
		sum = sum * 31 + busdma_sim_random(su->su_sim);
	busdma_sim_kfree(su->su_sim, p);
	assert_int_equal(su_destroy(su), 0);
	return sum;
}

static void
the_seed_decides_everything(void **state)
{
	uint64_t one = layout(1);

	(void)state;
	assert_int_equal(layout(1), one);
	assert_int_not_equal(layout(2), one);
	assert_int_not_equal(layout(0), one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configs_that_make_no_sense_are_refused),
		cmocka_unit_test(memory_may_end_where_the_machine_does),
		cmocka_unit_test(destroy_counts_all_that_is_held),
		SIMUNIT(reports_are_counted_and_carry_the_seed),
		cmocka_unit_test(reports_are_printed_where_nobody_takes_them),
		cmocka_unit_test(the_seed_decides_everything),
	};

	return cmocka_run_group_tests_name("sim", tests, NULL, NULL);
}
