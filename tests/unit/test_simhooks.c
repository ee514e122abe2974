/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simhooks.c: the platform's hooks, what they check and count.
 */
#include <pthread.h>
#include <sched.h>

#include "simunit.h"

static void
objects_are_aligned_and_hold_junk(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	uint8_t zero[24] = { 0 };
	void *p[8];
	unsigned i;

	for (i = 0; i < NELEM(p); i++) {
		p[i] = pl->pl_alloc(pl, 24 + i, 0);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		assert_memory_not_equal(p[i], zero, sizeof(zero));
	}
	assert_null(pl->pl_alloc(pl, SIZE_MAX - 8, 0));
	/* In another order than they came. */
	for (i = 0; i < NELEM(p); i++)
		pl->pl_free(pl, p[(i * 3) % NELEM(p)], 24 + (i * 3) % NELEM(p));
	assert_silent(su);
}

static void
free_of_the_wrong_size_is_reported(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	void *p = pl->pl_alloc(pl, 24, 0);
	uint8_t foreign[256] = { 0 };

	pl->pl_free(pl, p, 23);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pl->pl_free(pl, NULL, 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pl->pl_free(pl, foreign + 128, 24);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

static void
locks_tell_of_their_misuse(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	busdma_lock_t a, b;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	pl->pl_lock(pl, &a);
	pl->pl_unlock(pl, &a);
	pl->pl_lock(pl, &b);
	assert_silent(su);
	/* One's own, again: a deadlock on any other machine. */
	pl->pl_lock(pl, &b);
	assert_report(su, BUSDMA_SIM_MISUSE);
	/* Nested in another. */
	pl->pl_lock(pl, &a);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pl->pl_unlock(pl, &a);
	pl->pl_unlock(pl, &b);
	assert_silent(su);
	pl->pl_unlock(pl, &b);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

struct contest {
	const struct busdma_platform *ts_pl;
	busdma_lock_t ts_lock;
	unsigned ts_count;
};
#define ROUNDS 20000u

/* An increment that is lost when two threads are in it. */
static void *
increment(void *arg)
{
	struct contest *ts = arg;
	volatile unsigned *count = &ts->ts_count;
	unsigned i, was;

	for (i = 0; i < ROUNDS; i++) {
		ts->ts_pl->pl_lock(ts->ts_pl, &ts->ts_lock);
		was = *count;
		if (i % 16 == 0)
			sched_yield();
		*count = was + 1;
		ts->ts_pl->pl_unlock(ts->ts_pl, &ts->ts_lock);
	}
	return NULL;
}

static void
locks_exclude_other_threads(void **state)
{
	struct su *su = *state;
	struct contest ts = { .ts_pl = su->su_pl };
	pthread_t other;

	assert_int_equal(pthread_create(&other, NULL, increment, &ts), 0);
	increment(&ts);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(ts.ts_count, 2 * ROUNDS);
	assert_int_equal(
	    busdma_sim_calls(su->su_sim, BUSDMA_SIM_HOOK_LOCK), 2 * ROUNDS);
	assert_silent(su);
}

/* Arguments that the library must not pass. */
static void
hooks_look_at_their_arguments(void **state)
{
	struct su *other = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	struct su *su = *state;
	struct busdma_frag f;

	assert_int_equal(
	    su->su_pl->pl_extract(su->su_pl, NULL, 0, 1, &f, 0), 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
	(void)su->su_pl->pl_space(su->su_pl, busdma_sim_proc(other->su_sim));
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(su_destroy(other), 0);
}

static void
calls_are_counted(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct busdma_frag f;
	busdma_lock_t lk;
	void *w;

	memset(&lk, 0, sizeof(lk));
	pl->pl_free(pl, pl->pl_alloc(pl, 8, 0), 8);
	pl->pl_extract(pl, NULL, 0, 1, &f, 1);
	pl->pl_extract(pl, NULL, 0, 1, &f, 1);
	pl->pl_lock(pl, &lk);
	pl->pl_unlock(pl, &lk);
	w = pl->pl_window(pl, MIDBASE, 8, 0);
	pl->pl_window_done(pl, w, 8);
	pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	pl->pl_cpu->cpu_barrier_wc(pl, BUS_DMASYNC_PREWRITE);
	pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_POSTREAD);
	(void)pl->pl_space(pl, NULL);
	(void)pl->pl_mmap(pl, 0, 0, 0);

#define CALLS(h) busdma_sim_calls(su->su_sim, BUSDMA_SIM_HOOK_##h)
	assert_int_equal(CALLS(ALLOC), 1);
	assert_int_equal(CALLS(FREE), 1);
	assert_int_equal(CALLS(EXTRACT), 2);
	assert_int_equal(CALLS(LOCK), 1);
	assert_int_equal(CALLS(UNLOCK), 1);
	assert_int_equal(CALLS(WINDOW), 1);
	assert_int_equal(CALLS(WINDOW_DONE), 1);
	assert_int_equal(CALLS(BARRIER), 3);
	assert_int_equal(CALLS(SPACE), 1);
	assert_int_equal(CALLS(MMAP), 1);
	assert_int_equal(CALLS(PAGES_ALLOC), 0);
	assert_int_equal(CALLS(REPORT), 0);
#undef CALLS
	assert_int_equal(busdma_sim_calls(su->su_sim, BUSDMA_SIM_NHOOKS), 0);
}

/* Call every hook that can fail, once; one bit for each that failed. */
static unsigned
call_all(struct su *su)
{
	const struct busdma_platform *pl = su->su_pl;
	struct busdma_pages pg = { .pg_size = PAGE,
		.pg_min = PAGE,
		.pg_high = ~(paddr_t)0,
		.pg_align = PAGE };
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	struct busdma_frag f;
	unsigned failed = 0;
	void *p;

	p = pl->pl_alloc(pl, 8, 0);
	if (p != NULL)
		pl->pl_free(pl, p, 8);
	else
		failed |= 1;
	p = pl->pl_window(pl, MIDBASE, 8, 0);
	if (p != NULL)
		pl->pl_window_done(pl, p, 8);
	else
		failed |= 2;
	if (pl->pl_pages_alloc(pl, &pg) == 0)
		assert_int_equal(pl->pl_pages_free(pl, pg.pg_addr, PAGE), 0);
	else
		failed |= 4;
	if (pl->pl_kmap(pl, &seg, 1, PAGE, 0, &p) == 0) {
		if (pl->pl_extract(pl, NULL, (uintptr_t)p, 1, &f, 1) == 0)
			failed |= 16;
		pl->pl_kunmap(pl, p, PAGE);
	} else {
		failed |= 8;
	}
	if (pl->pl_mmap(pl, MIDBASE, 0, 0) == (paddr_t)-1)
		failed |= 32;
	return failed;
}

static void
the_nth_call_fails(void **state)
{
	struct su *su = *state;

	assert_false(busdma_sim_fail_at(su->su_sim, 1));
	assert_int_equal(call_all(su), 1);
	assert_true(busdma_sim_fail_at(su->su_sim, 2));
	assert_int_equal(call_all(su), 2);
	assert_true(busdma_sim_fail_at(su->su_sim, 3));
	assert_int_equal(call_all(su), 4);
	assert_true(busdma_sim_fail_at(su->su_sim, 4));
	assert_int_equal(call_all(su), 8);
	assert_true(busdma_sim_fail_at(su->su_sim, 5));
	assert_int_equal(call_all(su), 16);
	assert_true(busdma_sim_fail_at(su->su_sim, 6));
	assert_int_equal(call_all(su), 32);
	/* Once only. */
	assert_int_equal(call_all(su), 0);
	assert_true(busdma_sim_fail_at(su->su_sim, 7));
	assert_int_equal(call_all(su), 0);
	assert_false(busdma_sim_fail_at(su->su_sim, 0));
	assert_int_equal(call_all(su), 0);
	assert_silent(su);
}

static void
an_interrupt_may_not_call_everything(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct proc *proc = busdma_sim_proc(su->su_sim);
	busdma_space_t as = pl->pl_space(pl, proc);
	struct busdma_pages pg = { .pg_size = PAGE,
		.pg_min = PAGE,
		.pg_high = ~(paddr_t)0,
		.pg_align = PAGE };
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	struct busdma_frag f;
	busdma_lock_t lk;
	void *p;

	memset(&lk, 0, sizeof(lk));
	busdma_sim_interrupt(su->su_sim, true);
	pl->pl_lock(pl, &lk);
	pl->pl_unlock(pl, &lk);
	pl->pl_extract(pl, NULL, 0, 1, &f, 1);
	pl->pl_window_done(pl, pl->pl_window(pl, MIDBASE, 8, 0), 8);
	pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	assert_silent(su);

#define TELLS(call)                                    \
	do {                                           \
		call;                                  \
		assert_report(su, BUSDMA_SIM_CONTEXT); \
	} while (0)
	TELLS(p = pl->pl_alloc(pl, 8, BUS_DMA_NOWAIT));
	TELLS(pl->pl_free(pl, p, 8));
	TELLS(assert_int_equal(pl->pl_pages_alloc(pl, &pg), 0));
	TELLS(assert_int_equal(pl->pl_pages_free(pl, pg.pg_addr, PAGE), 0));
	TELLS(assert_int_equal(pl->pl_kmap(pl, &seg, 1, PAGE, 0, &p), 0));
	TELLS(pl->pl_kunmap(pl, p, PAGE));
	TELLS((void)pl->pl_mmap(pl, MIDBASE, 0, 0));
	TELLS((void)pl->pl_space(pl, proc));
	TELLS(pl->pl_extract(pl, as, 0x1000, 1, &f, 1));
#undef TELLS
	busdma_sim_interrupt(su->su_sim, false);
	pl->pl_free(pl, pl->pl_alloc(pl, 8, 0), 8);
	assert_silent(su);
}

static void
a_window_is_the_memory_itself(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	uint8_t out[4], stray;
	uint8_t *w = pl->pl_window(pl, HIGHBASE + 12, 4, 0);

	assert_non_null(w);
	su_fill(w, 4, 200);
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, HIGHBASE + 12, out, 4), 0);
	assert_memory_equal(w, out, 4);
	assert_null(pl->pl_window(pl, HIGHBASE + HIGHSIZE - 4, 5, 0));
	assert_null(pl->pl_window(pl, HIGHBASE - 1, 1, 0));
	pl->pl_window_done(pl, &stray, 1);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pl->pl_window_done(pl, w, 4);
	assert_silent(su);
	pl->pl_window_done(pl, w, 4);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

static void
the_pager_wants_page_numbers(void **state)
{
	struct su *large = su_create(65536, BUSDMA_SIM_FRAG_NONE, 1);
	struct su *su = *state;

	assert_int_equal(su->su_pl->pl_mmap(su->su_pl, HIGHBASE + PAGE, 0, 0),
	    HIGHBASE / PAGE + 1);
	assert_int_equal(
	    large->su_pl->pl_mmap(large->su_pl, HIGHBASE + 65536, 0, 0),
	    HIGHBASE / 65536 + 1);
	assert_int_equal(su_destroy(large), 0);
}

static void
a_report_of_the_library_is_passed_on(void **state)
{
	struct su *su = *state;
	struct bus_dma_tag t = { .dt_pl = su->su_pl };

	busdma_report(&t, NULL, BUSDMA_REPORT_SYNCRANGE, "a_function", 12, 34);
	assert_int_equal(su->su_lib.rp_code, BUSDMA_REPORT_SYNCRANGE);
	assert_int_equal(su->su_last.sr_addr, 12);
	assert_int_equal(su->su_last.sr_len, 34);
	assert_non_null(strstr(su->su_text, "a_function: "));
	assert_non_null(
	    strstr(su->su_text, busdma_report_text(BUSDMA_REPORT_SYNCRANGE)));
	assert_int_equal(
	    busdma_sim_calls(su->su_sim, BUSDMA_SIM_HOOK_REPORT), 1);
	assert_report(su, BUSDMA_SIM_CALLER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(objects_are_aligned_and_hold_junk),
		SIMUNIT(free_of_the_wrong_size_is_reported),
		SIMUNIT(locks_tell_of_their_misuse),
		SIMUNIT(locks_exclude_other_threads),
		SIMUNIT(hooks_look_at_their_arguments),
		SIMUNIT(calls_are_counted),
		SIMUNIT(the_nth_call_fails),
		SIMUNIT(an_interrupt_may_not_call_everything),
		SIMUNIT(a_window_is_the_memory_itself),
		SIMUNIT(the_pager_wants_page_numbers),
		SIMUNIT(a_report_of_the_library_is_passed_on),
	};

	return cmocka_run_group_tests_name("simhooks", tests, NULL, NULL);
}
