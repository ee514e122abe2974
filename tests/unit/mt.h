/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A platform for tests with threads: its hooks may be called at once.  Pages
 * stand in memory that the CPU reaches at their physical addresses.
 */
#ifndef TESTS_UNIT_MT_H
#define TESTS_UNIT_MT_H

#include <pthread.h>
#include <sched.h>

#include "unit.h"

#define MTPAGES 8
#define NTHREADS 2

static struct mt {
	struct busdma_platform mt_pl;
	char *mt_ram;
	unsigned char mt_used[MTPAGES]; /* atomic */
	int mt_out;                     /* pages, atomic */
	int mt_most;                    /* that were out when one was taken */
	int mt_allocs;
	unsigned mt_reports;
} mt;

static inline void *
mt_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	__atomic_add_fetch(&mt.mt_allocs, 1, __ATOMIC_RELAXED);
	return malloc(size);
}

static inline void
mt_free(const struct busdma_platform *pl, void *p, size_t size)
{
	__atomic_sub_fetch(&mt.mt_allocs, 1, __ATOMIC_RELAXED);
	free(p);
}

static inline unsigned
mt_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	return 0;
}

static inline void
mt_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	while (__atomic_exchange_n(&lk->lk_word[0], 1, __ATOMIC_ACQUIRE) != 0)
		sched_yield();
}

static inline void
mt_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
}

static inline int
mt_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	int out = __atomic_add_fetch(&mt.mt_out, 1, __ATOMIC_RELAXED);

	if (out > __atomic_load_n(&mt.mt_most, __ATOMIC_RELAXED))
		__atomic_store_n(&mt.mt_most, out, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < MTPAGES; i++) {
		if (__atomic_exchange_n(&mt.mt_used[i], 1, __ATOMIC_ACQUIRE) ==
		    0) {
			pg->pg_addr = (uintptr_t)mt.mt_ram + i * PAGE;
			pg->pg_size = PAGE;
			return 0;
		}
	}
	__atomic_sub_fetch(&mt.mt_out, 1, __ATOMIC_RELAXED);
	return ENOMEM;
}

static inline int
mt_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	__atomic_sub_fetch(&mt.mt_out, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&mt.mt_used[(addr - (uintptr_t)mt.mt_ram) / PAGE], 0,
	    __ATOMIC_RELEASE);
	return 0;
}

static inline void
mt_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	__atomic_add_fetch(&mt.mt_reports, 1, __ATOMIC_RELAXED);
}

/* The root tag of a new one. */
static inline bus_dma_tag_t
mt_create(void)
{
	struct bus_dma_window w = { .dw_flags = BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t root = NULL;

	memset(&mt, 0, sizeof(mt));
	mt.mt_ram = aligned_alloc(PAGE, MTPAGES * PAGE);
	assert_non_null(mt.mt_ram);
	mt.mt_pl = (struct busdma_platform){
		.pl_size = sizeof(mt.mt_pl),
		.pl_pagesize = PAGE,
		.pl_alloc = mt_alloc,
		.pl_free = mt_free,
		.pl_extract = mt_extract,
		.pl_lock = mt_lock,
		.pl_unlock = mt_unlock,
		.pl_pages_alloc = mt_pages_alloc,
		.pl_pages_free = mt_pages_free,
		.pl_report = mt_report,
		.pl_account = &busdma_account,
	};
	assert_int_equal(
	    bus_dmatag_direct(&mt.mt_pl, NULL, &w, 1, &root, 0), 0);
	return root;
}

/* Nothing is out, and nothing was reported. */
static inline void
mt_destroy(bus_dma_tag_t root)
{
	bus_dmatag_destroy(root);
	assert_int_equal(mt.mt_out, 0);
	assert_int_equal(mt.mt_allocs, 0);
	assert_int_equal(mt.mt_reports, 0);
	free(mt.mt_ram);
}

/* The same function in all threads; returns the sum of what they return. */
static inline uintptr_t
mt_run(void *(*func)(void *arg), void *arg)
{
	pthread_t th[NTHREADS];
	uintptr_t sum = 0;
	void *got;

	for (unsigned i = 0; i < NTHREADS; i++)
		assert_int_equal(pthread_create(&th[i], NULL, func, arg), 0);
	for (unsigned i = 0; i < NTHREADS; i++) {
		assert_int_equal(pthread_join(th[i], &got), 0);
		sum += (uintptr_t)got;
	}
	return sum;
}

#endif /* TESTS_UNIT_MT_H */
