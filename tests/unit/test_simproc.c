/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simproc.c: the process and its memory.
 */
#include "simunit.h"

static void
copies_go_both_ways(void **state)
{
	struct su *su = *state;
	struct proc *p = busdma_sim_proc(su->su_sim);
	uint8_t in[3 * PAGE], out[3 * PAGE];
	char *u = busdma_sim_umalloc(su->su_sim, p, 4 * PAGE);

	assert_non_null(u);
	su_fill(in, sizeof(in), 5);
	assert_int_equal(
	    busdma_sim_copyout(su->su_sim, p, in, u + 77, sizeof(in)), 0);
	memset(out, 0, sizeof(out));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u + 77, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u + 2 * PAGE, out, 2 * PAGE + 1),
	    EFAULT);
	assert_int_equal(
	    busdma_sim_copyout(su->su_sim, p, in, u - 1, 1), EFAULT);
	busdma_sim_ufree(su->su_sim, p, u);
	assert_int_equal(busdma_sim_copyin(su->su_sim, p, u, out, 1), EFAULT);
	assert_silent(su);
}

/* The process' addresses mean something in its own space only. */
static void
its_addresses_are_its_own(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct proc *p = busdma_sim_proc(su->su_sim);
	busdma_space_t as = pl->pl_space(pl, p);
	char *u = busdma_sim_umalloc(su->su_sim, p, PAGE);
	void *k = busdma_sim_kmalloc(su->su_sim, PAGE);
	struct busdma_frag f, g;

	assert_non_null(as);
	assert_null(pl->pl_space(pl, NULL));
	assert_int_equal(pl->pl_extract(pl, as, (uintptr_t)u, 8, &f, 1), 1);
	assert_int_equal(pl->pl_extract(pl, NULL, (uintptr_t)u, 8, &g, 1), 0);
	assert_int_equal(pl->pl_extract(pl, as, (uintptr_t)k, 8, &g, 1), 0);
	assert_silent(su);
	assert_int_equal(pl->pl_extract(pl, &f, (uintptr_t)u, 8, &g, 1), 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_kfree(su->su_sim, k);
	busdma_sim_ufree(su->su_sim, p, u);
}

static void
an_unmapped_page_is_a_hole(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct proc *p = busdma_sim_proc(su->su_sim);
	busdma_space_t as = pl->pl_space(pl, p);
	char *u = busdma_sim_umalloc(su->su_sim, p, 3 * PAGE);
	uint8_t buf[3 * PAGE];
	struct busdma_frag f[4];

	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u + PAGE + 5), 0);
	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u + PAGE), EFAULT);
	assert_int_equal(
	    busdma_sim_uunmap(su->su_sim, p, u + 3 * PAGE), EFAULT);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u, 3 * PAGE, f, 4), 1);
	assert_int_equal(f[0].bf_len, PAGE);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u + PAGE, 1, f, 4), 0);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u + 2 * PAGE, 1, f, 4), 1);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u, buf, sizeof(buf)), EFAULT);
	/* What comes before the hole was copied. */
	assert_int_not_equal(buf[PAGE - 1], 0);
	assert_int_equal(buf[PAGE], 0);
	busdma_sim_ufree(su->su_sim, p, u);
	assert_silent(su);
}

static void
ranges_do_not_touch_and_are_used_again(void **state)
{
	struct su *su = *state;
	struct proc *p = busdma_sim_proc(su->su_sim);
	char *a = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	char *b = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	char *c;

	assert_true(b >= a + 3 * PAGE);
	busdma_sim_ufree(su->su_sim, p, a);
	c = busdma_sim_umalloc(su->su_sim, p, 3 * PAGE);
	assert_true(c >= b + 3 * PAGE);
	a = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	assert_true(a < b);
	busdma_sim_ufree(su->su_sim, p, b + 1);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_ufree(su->su_sim, p, a);
	busdma_sim_ufree(su->su_sim, p, b);
	busdma_sim_ufree(su->su_sim, p, c);
	assert_null(busdma_sim_umalloc(su->su_sim, p, 0));
	assert_null(busdma_sim_umalloc(su->su_sim, p, 64 * MIB));
	assert_silent(su);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(copies_go_both_ways),
		SIMUNIT(its_addresses_are_its_own),
		SIMUNIT(an_unmapped_page_is_a_hole),
		SIMUNIT(ranges_do_not_touch_and_are_used_again),
	};

	return cmocka_run_group_tests_name("simproc", tests, NULL, NULL);
}
