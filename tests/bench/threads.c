/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two threads on one tag, each with a map of its own, against one thread.
 *
 * A round starts its threads together and takes the wall time from the first
 * start to the last end.  Rounds of the one thread, of the other and of both,
 * of the work and of a control that touches nothing but the thread's own
 * registers, take turns; the best of each counts.  The threads keep their
 * CPU, their map and their stack, so that nothing differs between the rounds
 * but the company; and as two threads that don't disturb each other take as
 * long as the slower of them, "one thread" is that one.  What two threads of
 * the control reach of twice one is what the machine has to give, and the
 * result is divided by it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "bench.h"

#define ROUNDS 80
#define ROUND_OPS 20000ul
#define PACKET 1500u

struct worker {
	pthread_t wk_thread;
	sem_t wk_go, wk_done;
	int wk_cpu;
	bus_dmamap_t wk_map;
	bus_dmamap_t wk_bounce; /* of a tag that bounces */
	bool wk_bad;

	/* What to do next; NULL: no more. */
	int (*wk_job)(struct worker *wk, unsigned long n);
	unsigned long wk_ops;
	atomic_uint *wk_line; /* how many still have to come to the start */
	uint64_t wk_start, wk_end;
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

/* All that a packet of 1500 bytes costs which goes through a slot. */
static int
work_bounce(struct worker *wk, unsigned long n)
{
	bus_dma_tag_t t = machine_bounce()->ma_tag;
	char *buf = (char *)machine_bounce()->ma_port.po_base +
		    (unsigned)wk->wk_cpu % BENCH_NPAGES * BENCH_PAGE;
	int bad = 0;

	for (; n != 0; n--) {
		bad |= bus_dmamap_load(
		    t, wk->wk_bounce, buf, PACKET, NULL, BUS_DMA_NOWAIT);
		bus_dmamap_sync(
		    t, wk->wk_bounce, 0, PACKET, BUS_DMASYNC_PREWRITE);
		bus_dmamap_sync(
		    t, wk->wk_bounce, 0, PACKET, BUS_DMASYNC_POSTREAD);
		bus_dmamap_unload(t, wk->wk_bounce);
	}
	return bad;
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

/* The map is made by the thread that uses it; it is loaded but in a load. */
static bool
worker_prepare(struct worker *wk)
{
	bus_dma_tag_t t = machine_pages()->ma_tag;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)wk->wk_cpu, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) != 0)
		return false;
	return bus_dmamap_create(
		   t, BENCH_PAGE, 1, BENCH_PAGE, 0, 0, &wk->wk_map) == 0 &&
	       bus_dmamap_create(machine_bounce()->ma_tag, PACKET, 1, PACKET, 0,
		   0, &wk->wk_bounce) == 0;
}

static bool
worker_round(struct worker *wk)
{
	bus_dma_tag_t t = machine_pages()->ma_tag;
	bool bad = false;

	if (wk->wk_job == work_sync)
		bad |= bus_dmamap_load(t, wk->wk_map,
			   (void *)machine_pages()->ma_port.po_base, BENCH_PAGE,
			   NULL, 0) != 0;
	bad |= (*wk->wk_job)(wk, wk->wk_ops / 16 + 1) != 0;

	atomic_fetch_sub(wk->wk_line, 1);
	while (atomic_load(wk->wk_line) != 0)
		sched_yield();
	wk->wk_start = bench_clock();
	bad |= (*wk->wk_job)(wk, wk->wk_ops) != 0;
	wk->wk_end = bench_clock();

	if (wk->wk_job == work_sync)
		bus_dmamap_unload(t, wk->wk_map);
	return !bad;
}

static void *
worker_main(void *arg)
{
	struct worker *wk = arg;

	wk->wk_bad = !worker_prepare(wk);
	sem_post(&wk->wk_done);
	for (;;) {
		while (sem_wait(&wk->wk_go) != 0)
			continue;
		if (wk->wk_job == NULL)
			break;
		if (!worker_round(wk))
			wk->wk_bad = true;
		sem_post(&wk->wk_done);
	}
	if (wk->wk_bounce != NULL)
		bus_dmamap_destroy(machine_bounce()->ma_tag, wk->wk_bounce);
	if (wk->wk_map != NULL)
		bus_dmamap_destroy(machine_pages()->ma_tag, wk->wk_map);
	return NULL;
}

static bool
worker_make(struct worker *wk, int cpu)
{
	wk->wk_cpu = cpu;
	if (sem_init(&wk->wk_go, 0, 0) != 0 ||
	    sem_init(&wk->wk_done, 0, 0) != 0 ||
	    pthread_create(&wk->wk_thread, NULL, worker_main, wk) != 0)
		return false;
	while (sem_wait(&wk->wk_done) != 0)
		continue;
	return true;
}

static void
worker_end(struct worker *wk)
{
	wk->wk_job = NULL;
	sem_post(&wk->wk_go);
	pthread_join(wk->wk_thread, NULL);
	sem_destroy(&wk->wk_go);
	sem_destroy(&wk->wk_done);
}

/* Wall time of one round of `n' workers. */
static uint64_t
run_round(struct worker *const wk[], unsigned n,
    int (*job)(struct worker *, unsigned long), unsigned long ops)
{
	atomic_uint line = n;
	uint64_t start = UINT64_MAX, end = 0;

	for (unsigned i = 0; i < n; i++) {
		wk[i]->wk_job = job;
		wk[i]->wk_ops = ops;
		wk[i]->wk_line = &line;
		sem_post(&wk[i]->wk_go);
	}
	for (unsigned i = 0; i < n; i++) {
		while (sem_wait(&wk[i]->wk_done) != 0)
			continue;
		if (wk[i]->wk_start < start)
			start = wk[i]->wk_start;
		if (wk[i]->wk_end > end)
			end = wk[i]->wk_end;
	}
	return end - start;
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

/* Best times of the one, the other, and both, of the work and the control. */
static void
take_turns(struct worker *a, struct worker *b, unsigned rounds,
    int (*const job[2])(struct worker *, unsigned long),
    const unsigned long ops[2], uint64_t best[2][3])
{
	struct worker *const who[3][2] = { { a }, { b }, { a, b } };

	for (unsigned r = 0; r < rounds; r++)
		for (unsigned j = 0; j < 2; j++)
			for (unsigned i = 0; i < 3; i++) {
				uint64_t ns = run_round(
				    who[i], i == 2 ? 2 : 1, job[j], ops[j]);

				if (r == 0 || ns < best[j][i])
					best[j][i] = ns;
			}
}

static double
slower(const uint64_t best[3], unsigned long ops)
{
	return (double)(best[0] > best[1] ? best[0] : best[1]) / (double)ops;
}

bool
threads_measure(enum threads_job job, bool quick, struct threads_result *tr)
{
	int (*const jobs[2])(struct worker *, unsigned long) = {
		job == THREADS_LOAD     ? work_load
		: job == THREADS_BOUNCE ? work_bounce
					: work_sync,
		work_private,
	};
	unsigned long n = quick ? 64 : ROUND_OPS;
	const unsigned long ops[2] = { job == THREADS_SYNC ? 16 * n : n, n };
	/* Lines of their own: the two write into theirs. */
	static _Alignas(128) struct worker a;
	static _Alignas(128) struct worker b;
	uint64_t best[2][3];
	int cpus[2];
	bool ok;

	if (!pick_cpus(cpus))
		return false;
	a = b = (struct worker){ .wk_cpu = 0 };
	if (!worker_make(&a, cpus[0]))
		return false;
	ok = worker_make(&b, cpus[1]);
	if (ok) {
		if (!a.wk_bad && !b.wk_bad)
			take_turns(&a, &b, quick ? 2 : ROUNDS, jobs, ops, best);
		worker_end(&b);
	}
	worker_end(&a);
	if (!ok || a.wk_bad || b.wk_bad)
		return false;
	tr->tr_one = slower(best[0], ops[0]);
	tr->tr_two = (double)best[0][2] / (double)ops[0];
	tr->tr_control_one = slower(best[1], ops[1]);
	tr->tr_control_two = (double)best[1][2] / (double)ops[1];
	tr->tr_control = tr->tr_control_one / tr->tr_control_two;
	tr->tr_value = tr->tr_one / tr->tr_two / tr->tr_control;
	return true;
}
