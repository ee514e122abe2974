/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer and the threads of the tests of waiting: see waiting.h. */
#include "waiting.h"

#define MOST 8 /* threads, and fragments of a load */

struct area {
	unsigned ar_held;
};

static int tokens_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags);

static void
give(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct tokens *tk = tokens_of(t);
	struct area *ar = busdma_map_area(t, map);

	pl->pl_lock(pl, &tk->tk_lock);
	for (; ar->ar_held != 0; ar->ar_held--) {
		tk->tk_free++;
		busdma_waitq_back(&tk->tk_waitq, fs);
	}
	pl->pl_unlock(pl, &tk->tk_lock);
}

static bool
take(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct tokens *tk = tokens_of(t);
	struct area *ar = busdma_map_area(t, map);
	bool got;

	pl->pl_lock(pl, &tk->tk_lock);
	got = busdma_waitq_may(&tk->tk_waitq, fs) && tk->tk_free != 0;
	if (got) {
		tk->tk_free--;
		ar->ar_held++;
	} else {
		busdma_waitq_short(&tk->tk_waitq, fs);
	}
	pl->pl_unlock(pl, &tk->tk_lock);
	return got;
}

/* There will not be enough, but others may think so. */
static int
never(bus_dma_tag_t t, struct busdma_frags *fs)
{
	struct tokens *tk = tokens_of(t);

	t->dt_pl->pl_lock(t->dt_pl, &tk->tk_lock);
	busdma_waitq_short(&tk->tk_waitq, fs);
	t->dt_pl->pl_unlock(t->dt_pl, &tk->tk_lock);
	return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
}

static int
tokens_bo_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct tokens *tk = tokens_of(t);
	void (*func)(void *);
	unsigned i;

	/* As one run it takes what it does in pieces, or nothing. */
	if ((flags & BUSDMA_LOAD_JOIN) != 0 && tk->tk_join)
		return never(t, fs);
	if ((flags & BUSDMA_LOAD_JOIN) != 0)
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	tk->tk_loads++;
	if (tk->tk_error != 0)
		return tk->tk_error;
	if (fs->fs_count > tk->tk_all)
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	for (i = 0; i < fs->fs_count && take(t, map, fs); i++)
		if (i == 0 && tk->tk_taken != NULL)
			tk->tk_taken(tk->tk_arg);
	if (i == fs->fs_count)
		return 0;
	give(t, map, fs);
	func = tk->tk_meanwhile;
	tk->tk_meanwhile = NULL;
	if (tk->tk_late != NULL && ++tk->tk_fails == 2) {
		func = tk->tk_late;
		tk->tk_late = NULL;
	}
	if (func != NULL)
		func(tk->tk_arg);
	return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
}

static void
tokens_bo_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	give(t, map,
	    (map->_dm_flags & BUSDMA_MF_LOADED) == 0 ? busdma_map_frags(map)
						     : NULL);
	if ((map->_dm_flags & BUSDMA_MF_LOADED) != 0)
		busdma_waitq_call(&tokens_of(t)->tk_waitq);
}

static const struct busdma_backend_ops tokens_ops = {
	.bo_size = sizeof(tokens_ops),
	.bo_name = "tokens",
	.bo_stack = &busdma_stack,
	.bo_narrow = tokens_narrow,
	.bo_load = tokens_bo_load,
	.bo_unload = tokens_bo_unload,
};

static int
tokens_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	(void)t;
	(void)lower;
	(void)lim;
	(void)newtag;
	(void)flags;
	return EINVAL;
}

bus_dma_tag_t
tokens_create(struct tp *tp, bus_dma_tag_t lower, unsigned n)
{
	struct busdma_tag_config tc = {
		.tc_ops = &tokens_ops,
		.tc_pl = lower == NULL ? &tp->tp_pl : NULL,
		.tc_lower = lower,
		.tc_size = sizeof(struct tokens),
		.tc_area = sizeof(struct area),
		.tc_join = true,
	};
	bus_dma_tag_t t = NULL;
	struct tokens *tk;

	assert_int_equal(busdma_tag_create(&tc, &t), 0);
	tk = tokens_of(t);
	tk->tk_free = tk->tk_all = n;
	busdma_waitq_init(t, &tk->tk_waitq, &tk->tk_lock);
	return t;
}

int
tokens_load(bus_dma_tag_t t, bus_dmamap_t map, int n, int flags)
{
	bus_dma_segment_t segs[MOST];

	for (int i = 0; i < n; i++)
		segs[i] =
		    (bus_dma_segment_t){ 0x1000u * (2 * (unsigned)i + 1), 1 };
	return bus_dmamap_load_raw(t, map, segs, n, (bus_size_t)n, flags);
}

/* Who runs: a thread, or NULL, the test. */
static struct waiting *running;
static struct waiting *all[MOST];
static unsigned returned;

void
waiting_go(struct waiting *wt)
{
	struct waiting *was = running;
	sem_t back;

	sem_init(&back, 0, 0);
	wt->wt_back = &back;
	running = wt;
	sem_post(&wt->wt_go);
	while (sem_wait(&back) != 0)
		continue;
	sem_destroy(&back);
	running = was;
}

/* pl_wait: until it is let run, and there is a reason. */
static void
asleep(struct tp *tp, void *arg)
{
	struct waiting *wt = running;

	(void)tp;
	(void)arg;
	/* The test itself waits for ever. */
	if (wt == NULL)
		abort();
	wt->wt_asleep = true;
	sem_post(wt->wt_back);
	while (sem_wait(&wt->wt_go) != 0)
		continue;
}

static void *
thread(void *arg)
{
	struct waiting *wt = arg;

	while (sem_wait(&wt->wt_go) != 0)
		continue;
	wt->wt_error =
	    tokens_load(wt->wt_tag, wt->wt_map, wt->wt_n, wt->wt_flags);
	wt->wt_order = ++returned;
	sem_post(wt->wt_back);
	return NULL;
}

void
waiting_init(struct tp *tp)
{
	memset(all, 0, sizeof(all));
	running = NULL;
	returned = 0;
	tp_waits(tp, asleep, NULL);
}

void
waiting_start(struct waiting *wt, bus_dma_tag_t t, int n, int flags)
{
	unsigned i;

	memset(wt, 0, sizeof(*wt));
	wt->wt_tag = t;
	wt->wt_map = new_map(t, MOST, MOST, MOST, 0);
	wt->wt_n = n;
	wt->wt_flags = flags;
	wt->wt_error = -1;
	sem_init(&wt->wt_go, 0, 0);
	for (i = 0; all[i] != NULL; i++)
		assert_true(i + 1 < MOST);
	all[i] = wt;
	assert_int_equal(pthread_create(&wt->wt_thread, NULL, thread, wt), 0);
	waiting_go(wt);
}

/* Each looks, and those that were not woken are asleep again at once. */
void
waiting_run(void)
{
	unsigned before;

	do {
		before = returned;
		for (unsigned i = 0; i < MOST; i++)
			if (all[i] != NULL && all[i]->wt_error == -1)
				waiting_go(all[i]);
	} while (returned != before);
}

void
waiting_end(struct waiting *wt)
{
	assert_int_not_equal(wt->wt_error, -1);
	pthread_join(wt->wt_thread, NULL);
	sem_destroy(&wt->wt_go);
	for (unsigned i = 0; i < MOST; i++)
		if (all[i] == wt)
			all[i] = NULL;
	bus_dmamap_destroy(wt->wt_tag, wt->wt_map);
}
