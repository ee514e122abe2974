/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/callback.c: drivers that can't wait, called when it is worth it. */
#include "waiting.h"

/* A driver with a callback, that loads in it. */
struct driver {
	struct bus_dma_callback dr_callback;
	struct tp *dr_tp;
	bus_dma_tag_t dr_tag;
	bus_dmamap_t dr_map[4];
	unsigned dr_calls;
	unsigned dr_deep; /* calls within a call */
	bool dr_in;
	int dr_load[4];         /* tokens for each map, in the call; 0: none */
	int dr_error[4];        /* what came of it */
	bus_dmamap_t dr_unload; /* in the call, once; NULL: none */
	bool dr_back;       /* what it could load it gives back in the end */
	unsigned *dr_clock; /* calls of all drivers, counted */
	unsigned dr_when;   /* of the last */
};

static void
called(void *arg)
{
	struct driver *dr = arg;
	bus_dmamap_t map;

	dr->dr_calls++;
	dr->dr_deep += dr->dr_in;
	dr->dr_in = true;
	assert_int_equal(dr->dr_tp->tp_locks, 0);
	if (dr->dr_clock != NULL)
		dr->dr_when = ++*dr->dr_clock;
	map = dr->dr_unload;
	dr->dr_unload = NULL;
	if (map != NULL)
		bus_dmamap_unload(dr->dr_tag, map);
	for (unsigned i = 0; i < NELEM(dr->dr_load); i++)
		if (dr->dr_load[i] != 0)
			dr->dr_error[i] = tokens_load(dr->dr_tag, dr->dr_map[i],
			    dr->dr_load[i], BUS_DMA_NOWAIT);
	for (unsigned i = 0; i < NELEM(dr->dr_load) && dr->dr_back; i++)
		if (dr->dr_load[i] != 0 && dr->dr_error[i] == 0)
			bus_dmamap_unload(dr->dr_tag, dr->dr_map[i]);
	dr->dr_in = false;
}

static void
driver_create(struct driver *dr, struct tp *tp, bus_dma_tag_t t)
{
	memset(dr, 0, sizeof(*dr));
	dr->dr_tp = tp;
	dr->dr_tag = t;
	for (unsigned i = 0; i < NELEM(dr->dr_map); i++)
		dr->dr_map[i] = new_map(t, 8, 8, 8, 0);
	dr->dr_callback.dc_func = called;
	dr->dr_callback.dc_arg = dr;
	assert_int_equal(bus_dmatag_callback_add(t, &dr->dr_callback), 0);
}

static void
driver_destroy(struct driver *dr)
{
	assert_int_equal(dr->dr_deep, 0);
	bus_dmatag_callback_remove(dr->dr_tag, &dr->dr_callback);
	for (unsigned i = 0; i < NELEM(dr->dr_map); i++)
		bus_dmamap_destroy(dr->dr_tag, dr->dr_map[i]);
}

static int
load(struct driver *dr, unsigned i, int n)
{
	return tokens_load(dr->dr_tag, dr->dr_map[i], n, BUS_DMA_NOWAIT);
}

static void
it_is_called_once_when_something_came_back(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 2);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), 0);
	/* No failure, no call. */
	bus_dmamap_unload(t, dr.dr_map[1]);
	assert_int_equal(dr.dr_calls, 0);
	assert_int_equal(load(&dr, 1, 1), 0);
	/* In an interrupt handler. */
	tp->tp_intr = true;
	assert_int_equal(load(&dr, 2, 1), ENOMEM);
	assert_int_equal(load(&dr, 2, 1), ENOMEM);
	assert_int_equal(dr.dr_calls, 0);
	dr.dr_load[2] = 1;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(dr.dr_error[2], 0);
	assert_int_equal(dr.dr_map[2]->dm_mapsize, 1);
	bus_dmamap_unload(t, dr.dr_map[1]);
	tp->tp_intr = false;
	assert_int_equal(dr.dr_calls, 1);
	/* And again. */
	assert_int_equal(load(&dr, 1, 1), 0);
	assert_int_equal(load(&dr, 3, 1), ENOMEM);
	dr.dr_load[2] = 0;
	bus_dmamap_destroy(t, dr.dr_map[1]);
	dr.dr_map[1] = new_map(t, 8, 8, 8, 0);
	assert_int_equal(dr.dr_calls, 2);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

static void
what_can_never_be_had_calls_nobody(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 2);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 3), ENOMEM);
	tokens_of(t)->tk_error = EFAULT;
	assert_int_equal(load(&dr, 1, 1), EFAULT);
	tokens_of(t)->tk_error = 0;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

static void
unload_behind(void *arg)
{
	struct driver *dr = arg;

	bus_dmamap_unload(dr->dr_tag, dr->dr_map[0]);
}

/* Between the failure and its being known: no call may be missed for it. */
static void
what_came_back_meanwhile_is_tried_for(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 1);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	tokens_of(t)->tk_meanwhile = unload_behind;
	tokens_of(t)->tk_arg = &dr;
	assert_int_equal(load(&dr, 1, 1), 0);
	assert_int_equal(dr.dr_calls, 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* Two are in each other's way, and nobody else has anything. */
static void
load_between(void *arg)
{
	struct driver *dr = arg;

	tokens_of(dr->dr_tag)->tk_taken = NULL;
	assert_int_equal(load(dr, 1, 2), ENOMEM);
}

static void
who_ends_last_has_it(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 2);
	struct driver dr;

	driver_create(&dr, tp, t);
	tokens_of(t)->tk_taken = load_between;
	tokens_of(t)->tk_arg = &dr;
	assert_int_equal(load(&dr, 0, 2), 0);
	/* And the other is called for what that had. */
	assert_int_equal(dr.dr_calls, 0);
	dr.dr_load[1] = 2;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(dr.dr_error[1], 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* Where it never ends, it is not tried for ever; but called in the end. */
static void
come_and_go(void *arg)
{
	struct driver *dr = arg;

	bus_dmamap_unload(dr->dr_tag, dr->dr_map[0]);
	assert_int_equal(load(dr, 0, 1), 0);
	tokens_of(dr->dr_tag)->tk_meanwhile = come_and_go;
}

static void
it_is_not_tried_for_ever(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 1);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	tokens_of(t)->tk_meanwhile = come_and_go;
	tokens_of(t)->tk_arg = &dr;
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	tokens_of(t)->tk_meanwhile = NULL;
	assert_int_equal(dr.dr_calls, 0);
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

static void
unloads_in_it_make_no_calls_in_it(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 3);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 2), 0);
	assert_int_equal(load(&dr, 2, 2), ENOMEM);
	/* One comes back, it needs two, and unloads two. */
	dr.dr_load[2] = 2;
	dr.dr_unload = dr.dr_map[1];
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(dr.dr_error[2], 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

static void
unload_later(void *arg)
{
	struct driver *dr = arg;

	tokens_of(dr->dr_tag)->tk_meanwhile = NULL;
	bus_dmamap_unload(dr->dr_tag, dr->dr_map[1]);
}

/* What comes back behind the failure in a call is called for again. */
static void
what_comes_back_in_it_is_called_for_again(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 2);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), 0);
	assert_int_equal(load(&dr, 2, 2), ENOMEM);
	dr.dr_load[2] = 2;
	tokens_of(t)->tk_meanwhile = unload_later;
	tokens_of(t)->tk_arg = &dr;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 2);
	assert_int_equal(dr.dr_error[2], 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* One that gives back what it took, as it lacks more, comes to an end. */
static void
its_own_is_not_called_for_ever(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 3);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 2), 0);
	assert_int_equal(load(&dr, 2, 1), ENOMEM);
	dr.dr_load[2] = 1;
	dr.dr_load[3] = 2;
	dr.dr_back = true;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 8);
	/* Then it has both. */
	bus_dmamap_unload(t, dr.dr_map[1]);
	assert_int_equal(dr.dr_calls, 9);
	assert_int_equal(dr.dr_error[2], 0);
	assert_int_equal(dr.dr_error[3], 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

static void
callbacks_and_loads_stand_in_one_queue(void **state)
{
	struct tp *tp = *state;
	struct waiting before, behind;
	struct driver dr;
	bus_dma_tag_t t;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 1);
	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	waiting_start(&before, t, 1, 0);
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	waiting_start(&behind, t, 1, 0);
	dr.dr_load[1] = 1;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 0);
	waiting_run();
	assert_int_equal(before.wt_error, 0);
	/* Its turn has come, and nothing is there: it stays first. */
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(dr.dr_error[1], ENOMEM);
	assert_int_equal(behind.wt_error, -1);
	bus_dmamap_unload(t, before.wt_map);
	assert_int_equal(dr.dr_calls, 2);
	assert_int_equal(dr.dr_error[1], 0);
	waiting_run();
	assert_int_equal(behind.wt_error, -1);
	bus_dmamap_unload(t, dr.dr_map[1]);
	waiting_run();
	assert_int_equal(behind.wt_error, 0);
	assert_int_equal(dr.dr_calls, 2);
	waiting_end(&before);
	waiting_end(&behind);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* Who was served and wants more stands behind those that came before. */
static void
who_was_served_stands_behind(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), 0);
	assert_int_equal(load(&dr, 2, 1), ENOMEM);
	waiting_start(&w, t, 1, 0);
	dr.dr_load[2] = dr.dr_load[3] = 1;
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(dr.dr_error[2], 0);
	assert_int_equal(dr.dr_error[3], ENOMEM);
	dr.dr_load[2] = 0;
	bus_dmamap_unload(t, dr.dr_map[1]);
	waiting_run();
	assert_int_equal(w.wt_error, 0);
	/* The next in the queue again, and nothing there. */
	assert_int_equal(dr.dr_calls, 2);
	assert_int_equal(dr.dr_error[3], ENOMEM);
	waiting_end(&w);
	assert_int_equal(dr.dr_calls, 3);
	assert_int_equal(dr.dr_error[3], 0);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* It puts its load off until later, as most do: one may pass then. */
static void
a_load_that_was_put_off_may_pass(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), 0);
	assert_int_equal(load(&dr, 2, 1), ENOMEM);
	waiting_start(&w, t, 2, 0);
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(load(&dr, 2, 1), 0);
	/* And no other. */
	bus_dmamap_unload(t, dr.dr_map[1]);
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	bus_dmamap_unload(t, dr.dr_map[2]);
	waiting_run();
	assert_int_equal(w.wt_error, 0);
	assert_int_equal(dr.dr_calls, 2);
	waiting_end(&w);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* Whatever a driver says, it stands behind who waits. */
static void
no_flag_passes(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	for (unsigned i = 14; i < 31; i++) {
		if ((1u << i & BUS_DMA_PARTIAL) != 0)
			continue;
		waiting_init(tp);
		t = tokens_create(tp, NULL, 2);
		driver_create(&dr, tp, t);
		assert_int_equal(load(&dr, 0, 1), 0);
		assert_int_equal(load(&dr, 1, 1), 0);
		assert_int_equal(load(&dr, 2, 1), ENOMEM);
		waiting_start(&w, t, 2, 0);
		bus_dmamap_unload(t, dr.dr_map[0]);
		/* This one is let through, and the map has seen that. */
		assert_int_equal(load(&dr, 2, 1), 0);
		bus_dmamap_unload(t, dr.dr_map[2]);
		assert_int_equal(tokens_load(t, dr.dr_map[2], 1,
				     BUS_DMA_NOWAIT | (int)(1u << i)),
		    ENOMEM);
		bus_dmamap_unload(t, dr.dr_map[1]);
		waiting_run();
		assert_int_equal(w.wt_error, 0);
		waiting_end(&w);
		driver_destroy(&dr);
		bus_dmatag_destroy(t);
	}
}

static void
callbacks_come_in_their_order(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 1);
	struct driver dr[3];
	unsigned clock = 0;

	for (unsigned i = 0; i < 3; i++) {
		driver_create(&dr[i], tp, t);
		dr[i].dr_clock = &clock;
	}
	assert_int_equal(load(&dr[0], 0, 1), 0);
	assert_int_equal(load(&dr[1], 0, 1), ENOMEM);
	/* One that is gone is not called. */
	driver_destroy(&dr[1]);
	bus_dmamap_unload(t, dr[0].dr_map[0]);
	assert_int_equal(clock, 2);
	assert_int_equal(dr[0].dr_when, 1);
	assert_int_equal(dr[2].dr_when, 2);
	assert_int_equal(dr[1].dr_calls, 0);
	driver_destroy(&dr[0]);
	driver_destroy(&dr[2]);
	bus_dmatag_destroy(t);
}

/* The first of the queue goes away: the next has its turn. */
static void
removed_it_makes_room(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 3);
	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 2), 0);
	assert_int_equal(load(&dr, 1, 2), ENOMEM);
	waiting_start(&w, t, 1, 0);
	assert_int_equal(w.wt_error, -1);
	driver_destroy(&dr);
	assert_int_equal(dr.dr_calls, 0);
	waiting_run();
	assert_int_equal(w.wt_error, 0);
	waiting_end(&w);
	bus_dmatag_destroy(t);
}

/* The last of the queue goes away: who comes then stands there all the same. */
static void
removed_it_is_not_stood_behind(void **state)
{
	struct tp *tp = *state;
	struct waiting first, next;
	struct driver dr;
	bus_dma_tag_t t;
	bus_dmamap_t a;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 1);
	a = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	driver_create(&dr, tp, t);
	waiting_start(&first, t, 1, 0);
	assert_int_equal(load(&dr, 0, 1), ENOMEM);
	driver_destroy(&dr);
	waiting_start(&next, t, 1, 0);
	bus_dmamap_unload(t, a);
	waiting_run();
	assert_int_equal(first.wt_error, 0);
	bus_dmamap_unload(t, first.wt_map);
	waiting_run();
	assert_int_equal(next.wt_error, 0);
	waiting_end(&first);
	waiting_end(&next);
	bus_dmamap_destroy(t, a);
	bus_dmatag_destroy(t);
}

/* While another stands behind it, a turn lets eight loads pass. */
static void
called_for_many(void *arg)
{
	struct driver *dr = arg;

	dr->dr_calls++;
	for (unsigned i = 0; i < 12 && dr->dr_calls == 1; i++) {
		if (load(dr, 1, 1) != 0)
			break;
		dr->dr_when++;
		bus_dmamap_unload(dr->dr_tag, dr->dr_map[1]);
	}
}

static void
a_turn_ends(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	for (unsigned behind = 0; behind < 2; behind++) {
		waiting_init(tp);
		t = tokens_create(tp, NULL, 1);
		driver_create(&dr, tp, t);
		bus_dmatag_callback_remove(t, &dr.dr_callback);
		dr.dr_callback.dc_func = called_for_many;
		assert_int_equal(
		    bus_dmatag_callback_add(t, &dr.dr_callback), 0);
		assert_int_equal(load(&dr, 0, 1), 0);
		assert_int_equal(load(&dr, 1, 1), ENOMEM);
		if (behind != 0)
			waiting_start(&w, t, 1, 0);
		bus_dmamap_unload(t, dr.dr_map[0]);
		assert_int_equal(dr.dr_when, behind != 0 ? 8 : 12);
		if (behind != 0) {
			waiting_run();
			assert_int_equal(w.wt_error, 0);
			waiting_end(&w);
		}
		driver_destroy(&dr);
		bus_dmatag_destroy(t);
	}
}

/*
 * A load gives back what another lacked, and then fails for good; there is
 * nobody to call, until one comes to wait.
 */
static void
fail_for_good(void *arg)
{
	struct driver *dr = arg;

	tokens_of(dr->dr_tag)->tk_error = EFAULT;
}

static void
who_comes_to_wait_calls(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	struct driver dr;
	bus_dma_tag_t t;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	driver_create(&dr, tp, t);
	tokens_of(t)->tk_taken = load_between;
	tokens_of(t)->tk_arg = &dr;
	tokens_of(t)->tk_late = fail_for_good;
	assert_int_equal(load(&dr, 0, 2), EFAULT);
	assert_int_equal(dr.dr_calls, 0);
	tokens_of(t)->tk_error = 0;
	waiting_start(&w, t, 1, 0);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(w.wt_error, 0);
	waiting_end(&w);
	driver_destroy(&dr);
	bus_dmatag_destroy(t);
}

/* Another removes it while it is called, and waits for its end. */
static struct {
	struct driver *driver;
	bool waited;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned step;
} removal = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.cond = PTHREAD_COND_INITIALIZER };

static void
step_to(unsigned n)
{
	pthread_mutex_lock(&removal.lock);
	removal.step = n;
	pthread_cond_broadcast(&removal.cond);
	pthread_mutex_unlock(&removal.lock);
}

static void
step_wait(unsigned n)
{
	pthread_mutex_lock(&removal.lock);
	while (removal.step < n)
		pthread_cond_wait(&removal.cond, &removal.lock);
	pthread_mutex_unlock(&removal.lock);
}

/* The platform knows one thread at a time: while this waits, the call ends. */
static void
remover_waits(struct tp *tp, void *arg)
{
	(void)arg;
	assert_int_equal(tp->tp_locks, 0);
	assert_int_equal(removal.driver->dr_calls, 1);
	assert_false(removal.waited);
	removal.waited = true;
	step_to(1);
	step_wait(2);
}

static void *
remover(void *arg)
{
	struct driver *dr = arg;

	bus_dmatag_callback_remove(dr->dr_tag, &dr->dr_callback);
	step_to(3);
	return NULL;
}

static void
called_and_removed(void *arg)
{
	struct driver *dr = arg;

	dr->dr_calls++;
	assert_int_equal(pthread_create(&removal.thread, NULL, remover, dr), 0);
	step_wait(1);
}

static void
removing_waits_for_the_call(void **state)
{
	struct tp *tp = *state;
	struct driver dr;
	bus_dma_tag_t t;

	tp_waits(tp, remover_waits, NULL);
	t = tokens_create(tp, NULL, 1);
	removal.driver = &dr;
	driver_create(&dr, tp, t);
	bus_dmatag_callback_remove(t, &dr.dr_callback);
	dr.dr_callback.dc_func = called_and_removed;
	assert_int_equal(bus_dmatag_callback_add(t, &dr.dr_callback), 0);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_true(removal.waited);
	assert_int_equal(tp->tp_calls[TP_WAKE], 1);
	step_to(2);
	step_wait(3);
	pthread_join(removal.thread, NULL);
	for (unsigned i = 0; i < NELEM(dr.dr_map); i++)
		bus_dmamap_destroy(t, dr.dr_map[i]);
	bus_dmatag_destroy(t);
}

static void
where_nothing_runs_out_it_is_never_called(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	struct bus_dma_callback dc = { .dc_func = called };

	assert_int_equal(bus_dmatag_callback_add(t, &dc), 0);
	bus_dmatag_callback_remove(t, &dc);
	assert_true(tp->tp_allocs == 1);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Until it is removed the tag lives, and says so. */
static void
it_holds_the_tag(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_callback dc = { .dc_func = called }, other = dc;
	bus_dma_tag_t t = tokens_create(tp, NULL, 1);

	assert_int_equal(bus_dmatag_callback_add(t, &dc), 0);
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_int_equal(bus_dmatag_callback_add(t, &other), EINVAL);
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	bus_dmatag_callback_remove(t, &dc);
}

static void
what_add_refuses(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t lower = tokens_create(tp, NULL, 1);
	bus_dma_tag_t t = tokens_create(tp, lower, 1);
	struct bus_dma_callback dc = { .dc_arg = NULL };

	assert_int_equal(bus_dmatag_callback_add(NULL, &dc), EINVAL);
	assert_int_equal(bus_dmatag_callback_add(t, NULL), EINVAL);
	assert_int_equal(bus_dmatag_callback_add(t, &dc), EINVAL);
	dc.dc_func = called;
	tp_fail_at(tp, 1);
	assert_int_equal(bus_dmatag_callback_add(t, &dc), ENOMEM);
	assert_true(tp->tp_failed);
	/* Not added, it is not removed either. */
	bus_dmatag_callback_remove(t, &dc);
	bus_dmatag_callback_remove(t, NULL);
	/* Once is enough; and it is where it was added that it is removed. */
	assert_int_equal(bus_dmatag_callback_add(t, &dc), 0);
	assert_int_equal(bus_dmatag_callback_add(t, &dc), EINVAL);
	assert_int_equal(bus_dmatag_callback_add(lower, &dc), EINVAL);
	bus_dmatag_callback_remove(lower, &dc);
	bus_dmatag_callback_remove(t, &dc);
	/* Nothing of it is left. */
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(lower);
	assert_silent(tp);
}

/* Of a stack in which two run out, either calls. */
static void
each_layer_calls(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t lower = tokens_create(tp, NULL, 1);
	bus_dma_tag_t t = tokens_create(tp, lower, 1);
	bus_dmamap_t other = new_map(lower, 8, 8, 8, 0);
	struct driver dr;

	driver_create(&dr, tp, t);
	assert_int_equal(load(&dr, 0, 1), 0);
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	bus_dmamap_unload(t, dr.dr_map[0]);
	assert_int_equal(dr.dr_calls, 1);
	assert_int_equal(tokens_load(lower, other, 1, BUS_DMA_NOWAIT), 0);
	assert_int_equal(load(&dr, 1, 1), ENOMEM);
	dr.dr_load[1] = 1;
	bus_dmamap_unload(lower, other);
	assert_int_equal(dr.dr_calls, 2);
	assert_int_equal(dr.dr_error[1], 0);
	driver_destroy(&dr);
	bus_dmamap_destroy(lower, other);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(lower);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(it_is_called_once_when_something_came_back),
		UNIT(what_can_never_be_had_calls_nobody),
		UNIT(what_came_back_meanwhile_is_tried_for),
		UNIT(who_ends_last_has_it),
		UNIT(it_is_not_tried_for_ever),
		UNIT(unloads_in_it_make_no_calls_in_it),
		UNIT(what_comes_back_in_it_is_called_for_again),
		UNIT(its_own_is_not_called_for_ever),
		UNIT(callbacks_and_loads_stand_in_one_queue),
		UNIT(who_was_served_stands_behind),
		UNIT(a_load_that_was_put_off_may_pass),
		UNIT(no_flag_passes),
		UNIT(callbacks_come_in_their_order),
		UNIT(removed_it_makes_room),
		UNIT(removed_it_is_not_stood_behind),
		UNIT(a_turn_ends),
		UNIT(who_comes_to_wait_calls),
		UNIT(removing_waits_for_the_call),
		UNIT(where_nothing_runs_out_it_is_never_called),
		UNIT(it_holds_the_tag),
		UNIT(what_add_refuses),
		UNIT(each_layer_calls),
	};

	return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
