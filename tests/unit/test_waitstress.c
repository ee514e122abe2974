/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads, and few slots: all loads come to their turn, and to their
 * bytes.  On a hosted port where devices see all caches and memory is where it
 * is; some threads wait, the others are called.  ThreadSanitizer looks on in
 * its build.  Nothing passes or fails on a time: a wake-up that is lost is a
 * test that does not end.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <busdma/bounce.h>
#include <busdma/direct.h>

#define PAGE 4096u
#define POOL 6u /* pages of slots */
#define PARTS 2 /* of a load */
#define THREADS 5
#ifdef STRESS_STEPS
#define STEPS STRESS_STEPS
#else
#define STEPS 1500u
#endif

static unsigned char memory[(POOL + 1) * PAGE];

/* The port: heap, spin locks that give way, and a condition for all events. */
static void *
port_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	return malloc(size);
}

static void
port_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	(void)size;
	free(p);
}

static unsigned
port_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	(void)pl;
	(void)as;
	(void)n;
	frags[0].bf_addr = va;
	frags[0].bf_len = len;
	return 1;
}

static void
port_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	while (__atomic_exchange_n(&lk->lk_word[0], 1, __ATOMIC_ACQUIRE) != 0)
		sched_yield();
}

static void
port_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
}

/* Loads that have succeeded; and, of a thread's, when it began to wait. */
static unsigned long served;
static _Thread_local unsigned long waits_since;
static _Thread_local bool waits;
static unsigned long waited; /* how often; atomic */

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t event_cond = PTHREAD_COND_INITIALIZER;

static void
port_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)pl;
	if (!waits)
		waits_since = __atomic_load_n(&served, __ATOMIC_RELAXED);
	waits = true;
	__atomic_fetch_add(&waited, 1, __ATOMIC_RELAXED);
	pthread_mutex_lock(&event_lock);
	while (ev->ev_word[0] == 0)
		pthread_cond_wait(&event_cond, &event_lock);
	ev->ev_word[0] = 0;
	pthread_mutex_unlock(&event_lock);
}

static void
port_wake(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)pl;
	pthread_mutex_lock(&event_lock);
	ev->ev_word[0] = 1;
	pthread_cond_broadcast(&event_cond);
	pthread_mutex_unlock(&event_lock);
}

static const struct busdma_platform port = {
	.pl_size = sizeof(port),
	.pl_pagesize = PAGE,
	.pl_alloc = port_alloc,
	.pl_free = port_free,
	.pl_extract = port_extract,
	.pl_lock = port_lock,
	.pl_unlock = port_unlock,
	.pl_wait = port_wait,
	.pl_wake = port_wake,
};

struct worker {
	bus_dma_tag_t wk_tag;
	unsigned wk_id;
	bool wk_called; /* it doesn't wait */
	uint64_t wk_rng;
	sem_t wk_sem;
	unsigned wk_calls;
	unsigned wk_bad;         /* bytes that were not right, errors */
	unsigned long wk_passed; /* most that were served before it */
	bus_dmamap_t wk_map;
	unsigned char *wk_buf;
	struct bus_dma_callback wk_callback;
};

static unsigned
below(struct worker *wk, unsigned n)
{
	wk->wk_rng = wk->wk_rng * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(wk->wk_rng >> 33) % n;
}

static void
called(void *arg)
{
	struct worker *wk = arg;

	__atomic_fetch_add(&wk->wk_calls, 1, __ATOMIC_RELAXED);
	sem_post(&wk->wk_sem);
}

/* One part or more, apart in memory, so that each wants a run of its own. */
static bus_size_t
choose(struct worker *wk, bus_dma_segment_t *segs, int *np)
{
	const unsigned n = 1 + below(wk, PARTS);
	bus_size_t total = 0;

	for (unsigned i = 0; i < n; i++) {
		segs[i].ds_addr =
		    (uintptr_t)wk->wk_buf + i * 3 * PAGE + below(wk, PAGE);
		segs[i].ds_len = 1 + below(wk, PAGE + PAGE / 2);
		total += segs[i].ds_len;
	}
	*np = (int)n;
	return total;
}

static int
load(struct worker *wk, bus_dma_segment_t *segs, int n, bus_size_t total)
{
	const int flags = wk->wk_called ? BUS_DMA_NOWAIT : BUS_DMA_WAITOK;
	unsigned long before;
	int error;

	waits = false;
	for (;;) {
		error = bus_dmamap_load_raw(
		    wk->wk_tag, wk->wk_map, segs, n, total, flags);
		if (error != ENOMEM || !wk->wk_called)
			break;
		while (sem_wait(&wk->wk_sem) != 0)
			continue;
	}
	before = __atomic_fetch_add(&served, 1, __ATOMIC_RELAXED);
	if (waits && before - waits_since > wk->wk_passed)
		wk->wk_passed = before - waits_since;
	return error;
}

/* The device's view: the segments, a byte after the other. */
static unsigned
device(const struct worker *wk, unsigned char expect, unsigned char leave)
{
	const bus_dmamap_t map = wk->wk_map;
	unsigned bad = 0;

	for (int i = 0; i < map->dm_nsegs; i++) {
		unsigned char *p =
		    (unsigned char *)(uintptr_t)map->dm_segs[i].ds_addr;

		for (bus_size_t j = 0; j < map->dm_segs[i].ds_len; j++) {
			bad += p[j] != expect;
			p[j] = leave;
		}
	}
	return bad;
}

static void
step(struct worker *wk, unsigned n)
{
	const unsigned char out = (unsigned char)(wk->wk_id * 37 + n);
	const unsigned char in = (unsigned char)~out;
	bus_dma_segment_t segs[PARTS];
	bus_size_t total;
	int nsegs;

	total = choose(wk, segs, &nsegs);
	for (int i = 0; i < nsegs; i++)
		memset((void *)(uintptr_t)segs[i].ds_addr, out,
		    (size_t)segs[i].ds_len);
	if (load(wk, segs, nsegs, total) != 0) {
		wk->wk_bad++;
		return;
	}
	bus_dmamap_sync(wk->wk_tag, wk->wk_map, 0, total,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	if (below(wk, 4) == 0)
		sched_yield();
	wk->wk_bad += device(wk, out, in);
	bus_dmamap_sync(wk->wk_tag, wk->wk_map, 0, total,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(wk->wk_tag, wk->wk_map);
	for (int i = 0; i < nsegs; i++) {
		const unsigned char *p =
		    (const unsigned char *)(uintptr_t)segs[i].ds_addr;

		for (bus_size_t j = 0; j < segs[i].ds_len; j++)
			wk->wk_bad += p[j] != in;
	}
}

static void *
work(void *arg)
{
	struct worker *wk = arg;

	for (unsigned i = 0; i < STEPS; i++)
		step(wk, i);
	return NULL;
}

static void
worker_make(struct worker *wk, bus_dma_tag_t t, unsigned id, bool iscalled)
{
	memset(wk, 0, sizeof(*wk));
	wk->wk_tag = t;
	wk->wk_id = id;
	wk->wk_called = iscalled;
	wk->wk_rng = id + 1;
	wk->wk_buf = malloc(PARTS * 3 * PAGE);
	assert_non_null(wk->wk_buf);
	sem_init(&wk->wk_sem, 0, 0);
	assert_int_equal(bus_dmamap_create(t, PARTS * 2 * PAGE, 4 * PARTS, PAGE,
			     0, 0, &wk->wk_map),
	    0);
	wk->wk_callback.dc_func = called;
	wk->wk_callback.dc_arg = wk;
	if (wk->wk_called)
		assert_int_equal(
		    bus_dmatag_callback_add(t, &wk->wk_callback), 0);
}

static void
worker_end(struct worker *wk)
{
	if (wk->wk_called)
		bus_dmatag_callback_remove(wk->wk_tag, &wk->wk_callback);
	bus_dmamap_destroy(wk->wk_tag, wk->wk_map);
	sem_destroy(&wk->wk_sem);
	free(wk->wk_buf);
}

static bus_dma_tag_t
bounce_make(bus_dma_tag_t *rootp)
{
	const uintptr_t first =
	    ((uintptr_t)memory + PAGE - 1) & -(uintptr_t)PAGE;
	const struct bus_dma_window w = { first, first, POOL * PAGE,
		BUS_DMA_WINDOW_COHERENT };
	const bus_dma_segment_t seg = { first, POOL * PAGE };
	const struct bus_dma_bounce db = { .db_memory = &seg, .db_nmemory = 1 };
	bus_dma_tag_t t = NULL;

	assert_int_equal(bus_dmatag_direct(&port, NULL, &w, 1, rootp, 0), 0);
	assert_int_equal(bus_dmatag_bounce(*rootp, &db, &t, 0), 0);
	return t;
}

/* So many of the threads wait, and the others are called. */
static void
run(unsigned waiting)
{
	struct worker wk[THREADS];
	pthread_t threads[THREADS];
	bus_dma_tag_t root = NULL, t = bounce_make(&root);
	unsigned calls = 0;

	served = waited = 0;
	for (unsigned i = 0; i < THREADS; i++)
		worker_make(&wk[i], t, i, i >= waiting);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, &wk[i]), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(wk[i].wk_bad, 0);
		/*
		 * Before it, each other may end a load that it had, and one
		 * that stood there before.
		 */
		if (waiting == THREADS)
			assert_true(wk[i].wk_passed <= 2 * (THREADS - 1));
		calls += wk[i].wk_calls;
	}
	assert_int_equal(served, (unsigned long)THREADS * STEPS);
	print_message(
	    "# %lu loads, %lu waits, %u calls\n", served, waited, calls);
	for (unsigned i = 0; i < THREADS; i++)
		worker_end(&wk[i]);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
all_come_to_their_turn_in_order(void **state)
{
	(void)state;
	run(THREADS);
}

static void
all_are_called(void **state)
{
	(void)state;
	run(0);
}

static void
some_wait_and_some_are_called(void **state)
{
	(void)state;
	run(3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_come_to_their_turn_in_order),
		cmocka_unit_test(all_are_called),
		cmocka_unit_test(some_wait_and_some_are_called),
	};

	return cmocka_run_group_tests_name("waitstress", tests, NULL, NULL);
}
