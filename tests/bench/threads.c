/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads on one tag, each with a map of its own, against one thread.
 *
 * A round starts its threads together and takes the wall time from the first
 * start to the last end.  Rounds of one and of two threads, of the work and
 * of a control that touches nothing but the thread's own registers, take
 * turns; the best of each counts.  What two threads of the control reach of
 * twice one is what the machine has to give, and the result is divided by it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "bench.h"

#define ROUNDS 80
#define ROUND_OPS 20000ul

struct worker {
	pthread_t wk_thread;
	int (*wk_job)(struct worker *wk, unsigned long n);
	atomic_uint *wk_ready; /* workers that stand at the line */
	unsigned wk_all;       /* how many there will be */
	int wk_cpu;
	unsigned long wk_ops;
	bus_dmamap_t wk_map;
	uint64_t wk_start, wk_end;
	int wk_bad;
};

static int
work_load(struct worker *wk, unsigned long n)
{
	bus_dma_tag_t t = machine_pages()->ma_tag;
	char *buf = (char *)machine_pages()->ma_port.po_base +
		    (unsigned)wk->wk_cpu % BENCH_NPAGES * BENCH_PAGE;
	int bad = 0;

	for (; n != 0; n--) {
		bad |= bus_dmamap_load(
		    t, wk->wk_map, buf, BENCH_PAGE, NULL, BUS_DMA_NOWAIT);
		bus_dmamap_unload(t, wk->wk_map);
	}
	return bad;
}

static int
work_sync(struct worker *wk, unsigned long n)
{
	bus_dma_tag_t t = machine_pages()->ma_tag;

	for (; n != 0; n--)
		bus_dmamap_sync(
		    t, wk->wk_map, 0, BENCH_PAGE, BUS_DMASYNC_PREWRITE);
	return 0;
}

/* About as long as a load: a chain of dependent steps. */
static int
work_private(struct worker *wk, unsigned long n)
{
	uint64_t x = n | 1;

	for (; n != 0; n--)
		for (int i = 0; i < 12; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
	return x == 0;
}

/* The map is made by the thread that uses it, as a driver's softc would. */
static void *
worker_main(void *arg)
{
	struct worker *wk = arg;
	bus_dma_tag_t t = machine_pages()->ma_tag;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)wk->wk_cpu, &set);
	wk->wk_bad =
	    pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0 ||
	    bus_dmamap_create(
		t, BENCH_PAGE, 1, BENCH_PAGE, 0, 0, &wk->wk_map) != 0;
	if (!wk->wk_bad)
		wk->wk_bad = bus_dmamap_load(t, wk->wk_map,
				 (void *)machine_pages()->ma_port.po_base,
				 BENCH_PAGE, NULL, 0) != 0;
	if (!wk->wk_bad && wk->wk_job == work_load)
		bus_dmamap_unload(t, wk->wk_map);
	if (!wk->wk_bad)
		wk->wk_bad = (*wk->wk_job)(wk, wk->wk_ops / 16 + 1);

	atomic_fetch_add(wk->wk_ready, 1);
	while (atomic_load(wk->wk_ready) < wk->wk_all)
		sched_yield();
	wk->wk_start = bench_clock();
	if (!wk->wk_bad)
		wk->wk_bad = (*wk->wk_job)(wk, wk->wk_ops);
	wk->wk_end = bench_clock();

	if (wk->wk_map != NULL)
		bus_dmamap_destroy(t, wk->wk_map);
	return NULL;
}

/* Wall time of one round, 0 where it could not be run. */
static uint64_t
run_round(const int *cpus, unsigned nthreads,
    int (*job)(struct worker *, unsigned long), unsigned long ops)
{
	struct worker wk[2] = { 0 };
	atomic_uint ready = 0;
	uint64_t start = UINT64_MAX, end = 0;
	unsigned i, made;
	bool bad = false;

	for (made = 0; made < nthreads; made++) {
		wk[made] = (struct worker){
			.wk_job = job,
			.wk_ready = &ready,
			.wk_all = nthreads,
			.wk_cpu = cpus[made],
			.wk_ops = ops,
		};
		if (pthread_create(
			&wk[made].wk_thread, NULL, worker_main, &wk[made]) != 0)
			break;
	}
	bad = made < nthreads;
	/* Those that wait for one that will not come. */
	atomic_fetch_add(&ready, nthreads - made);
	for (i = 0; i < made; i++) {
		pthread_join(wk[i].wk_thread, NULL);
		bad |= wk[i].wk_bad != 0;
		if (wk[i].wk_start < start)
			start = wk[i].wk_start;
		if (wk[i].wk_end > end)
			end = wk[i].wk_end;
	}
	return bad ? 0 : end - start;
}

/* The first two CPUs that this process may use. */
static bool
pick_cpus(int cpus[2])
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return false;
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET((size_t)i, &set))
			cpus[n++] = i;
	return n == 2;
}

bool
threads_possible(void)
{
	int cpus[2];

	return pick_cpus(cpus);
}

bool
threads_measure(enum threads_job job, bool quick, struct threads_result *tr)
{
	int (*work)(struct worker *, unsigned long) =
	    job == THREADS_LOAD ? work_load : work_sync;
	unsigned long ops = quick ? 64 : ROUND_OPS;
	unsigned long work_ops = job == THREADS_SYNC ? 4 * ops : ops;
	uint64_t best[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	int cpus[2];

	if (!pick_cpus(cpus))
		return false;
	for (unsigned r = 0; r < (quick ? 2 : ROUNDS); r++) {
		/* One thread of each, now on this CPU and now on that. */
		uint64_t ns[4] = {
			run_round(&cpus[r % 2], 1, work, work_ops),
			run_round(cpus, 2, work, work_ops),
			run_round(&cpus[r % 2], 1, work_private, ops),
			run_round(cpus, 2, work_private, ops),
		};

		for (unsigned i = 0; i < 4; i++) {
			if (ns[i] == 0)
				return false;
			if (ns[i] < best[i])
				best[i] = ns[i];
		}
	}
	tr->tr_one = (double)best[0] / (double)work_ops;
	tr->tr_two = (double)best[1] / (double)work_ops;
	tr->tr_control_one = (double)best[2] / (double)ops;
	tr->tr_control_two = (double)best[3] / (double)ops;
	tr->tr_control = tr->tr_control_one / tr->tr_control_two;
	tr->tr_value = tr->tr_one / tr->tr_two / tr->tr_control;
	return true;
}
