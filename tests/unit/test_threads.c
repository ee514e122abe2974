/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads on one tag, each with a map of its own, while others look.  What is
 * counted here in a usual build is watched by ThreadSanitizer in another.
 */
#include <busdma/bus_dma_stats.h>

#include "mt.h"

#define ROUNDS 4000u
/* One round in so many: a new map; a load that fails; memory; a child. */
#define EACH_MAP 50u
#define EACH_FAILURE 10u
#define EACH_MEMORY 25u
#define EACH_CHILD 100u

static struct {
	bus_dma_tag_t ts_tag;
	unsigned ts_running; /* threads, atomic */
} ts;

/* Each end of it is a label: more than fit in one chunk of names. */
static const char text[] = "threads that come and go give labels to their maps";
#define NLABELS 40u

static bus_dmamap_t
make_map(unsigned i)
{
	bus_dmamap_t map = NULL;

	if (bus_dmamap_create(ts.ts_tag, PAGE, 2, PAGE, 0, 0, &map) == 0 &&
	    bus_dmamap_label(ts.ts_tag, map, text + i % NLABELS) == 0)
		return map;
	return NULL;
}

/* Two segments, there and back; how much of it went wrong. */
static unsigned
transfer(bus_dmamap_t map)
{
	bus_dma_tag_t t = ts.ts_tag;
	bus_dma_segment_t seg[2] = { { 5 * PAGE, 64 }, { 7 * PAGE, 64 } };
	unsigned wrong;

	wrong = bus_dmamap_load_raw(t, map, seg, 2, 128, BUS_DMA_NOWAIT) != 0;
	bus_dmamap_sync(t, map, 0, 128, BUS_DMASYNC_PREREAD);
	bus_dmamap_sync(t, map, 0, 128, BUS_DMASYNC_POSTREAD);
	wrong += map->dm_nsegs != 2;
	bus_dmamap_unload(t, map);
	return wrong;
}

/* What is not done each time. */
static unsigned
aside(bus_dmamap_t map, unsigned i)
{
	bus_dma_tag_t t = ts.ts_tag, child;
	struct bus_dma_limits lim = { .dl_maxsegsz = 512 };
	bus_dma_segment_t seg;
	unsigned wrong = 0;
	int n;

	/* No virtual address has memory. */
	if (i % EACH_FAILURE == 0)
		wrong += bus_dmamap_load(
			     t, map, &seg, 8, NULL, BUS_DMA_NOWAIT) != EFAULT;
	if (i % EACH_MEMORY == 0) {
		if (bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, 0) == 0)
			bus_dmamem_free(t, &seg, 1);
		else
			wrong++;
	}
	if (i % EACH_CHILD == 0) {
		if (bus_dmatag_restrict(t, &lim, &child, 0) == 0)
			bus_dmatag_destroy(child);
		else
			wrong++;
	}
	return wrong;
}

static void *
driver(void *arg)
{
	bus_dmamap_t map = NULL;
	uintptr_t wrong = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i % EACH_MAP == 0) {
			if (map != NULL)
				bus_dmamap_destroy(ts.ts_tag, map);
			map = make_map(i / EACH_MAP);
			if (map == NULL) {
				wrong++;
				break;
			}
		}
		wrong += transfer(map) + aside(map, i);
	}
	if (map != NULL)
		bus_dmamap_destroy(ts.ts_tag, map);
	__atomic_sub_fetch(&ts.ts_running, 1, __ATOMIC_RELAXED);
	return (void *)wrong;
}

static void
put(void *arg, const char *line)
{
	*(size_t *)arg += strlen(line);
}

/* All that may be asked about other threads' maps; what can't be is counted. */
static unsigned
look(uint64_t *loadsp)
{
	struct bus_dma_mapinfo mi[NTHREADS];
	struct bus_dma_stats ds;
	unsigned n, wrong;
	size_t bytes = 0;

	bus_dma_stats(ts.ts_tag, &ds);
	wrong = ds.ds_loads < *loadsp || ds.ds_maps > NTHREADS ||
		ds.ds_memory > NTHREADS * PAGE;
	*loadsp = ds.ds_loads;
	n = bus_dma_maps(ts.ts_tag, 0, mi, NTHREADS);
	wrong += n > NTHREADS;
	for (unsigned i = 0; i < n && i < NTHREADS; i++)
		wrong +=
		    mi[i].mi_size != PAGE || mi[i].mi_maxsegs != 2 ||
		    (mi[i].mi_label != NULL &&
			(uintptr_t)mi[i].mi_label - (uintptr_t)text >= NLABELS);
	bus_dma_stats_dump(ts.ts_tag, put, &bytes);
	return wrong + (bytes == 0);
}

/* One that looks as long as the others work. */
static void *
looker(void *arg)
{
	uintptr_t wrong = 0;
	uint64_t loads = 0;

	while (__atomic_load_n(&ts.ts_running, __ATOMIC_RELAXED) != 0) {
		wrong += look(&loads);
		sched_yield();
	}
	return (void *)wrong;
}

static void
threads_share_a_tag(void **state)
{
	bus_dma_tag_t root = mt_create();
	struct bus_dma_stats ds;
	pthread_t th;
	void *wrong;

	(void)state;
	ts.ts_tag = root;
	ts.ts_running = NTHREADS;
	assert_int_equal(pthread_create(&th, NULL, looker, NULL), 0);
	assert_int_equal(mt_run(driver, NULL), 0);
	assert_int_equal(pthread_join(th, &wrong), 0);
	assert_null(wrong);
	/* Nothing got lost. */
	bus_dma_stats(root, &ds);
	assert_int_equal(ds.ds_maps, 0);
	assert_int_equal(ds.ds_loaded, 0);
	assert_int_equal(ds.ds_loads, NTHREADS * ROUNDS);
	assert_int_equal(ds.ds_segments, NTHREADS * ROUNDS * 2);
	assert_int_equal(ds.ds_failed[BUS_DMA_WHY_UNMAPPED],
	    NTHREADS * ROUNDS / EACH_FAILURE);
	assert_int_equal(ds.ds_memory, 0);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_a_tag),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
