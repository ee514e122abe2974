/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/waitq.c: loads that wait for what others hold. */
#include "waiting.h"

static void
without_a_wait_hook_nothing_waits(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = tokens_create(tp, NULL, 2);
	bus_dmamap_t a = new_map(t, 8, 8, 8, 0), b = new_map(t, 8, 8, 8, 0);

	assert_int_equal(tokens_load(t, a, 2, BUS_DMA_WAITOK), 0);
	assert_int_equal(tokens_load(t, b, 1, BUS_DMA_WAITOK), ENOMEM);
	assert_unloaded(b);
	bus_dmamap_unload(t, a);
	assert_int_equal(tokens_load(t, b, 1, BUS_DMA_WAITOK), 0);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

static void
a_load_waits_until_enough_came_back(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	bus_dma_tag_t t;
	bus_dmamap_t a, b;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	assert_int_equal(tokens_load(t, b, 1, 0), 0);
	assert_int_equal(tp->tp_calls[TP_WAIT], 0);
	waiting_start(&w, t, 2, 0);
	assert_true(w.wt_asleep);
	assert_int_equal(w.wt_error, -1);
	assert_false(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	/* Not enough: it tries, holds nothing, and sleeps again. */
	bus_dmamap_unload(t, a);
	assert_int_equal(tp->tp_calls[TP_WAKE], 1);
	waiting_run();
	assert_int_equal(w.wt_error, -1);
	assert_int_equal(tokens_of(t)->tk_free, 1);
	assert_int_equal(tp->tp_calls[TP_WAIT], 2);
	bus_dmamap_unload(t, b);
	waiting_run();
	assert_int_equal(w.wt_error, 0);
	assert_int_equal(w.wt_map->dm_mapsize, 2);
	assert_true(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	/* Nobody is woken who does not sleep. */
	assert_int_equal(tp->tp_calls[TP_WAKE], 2);
	waiting_end(&w);
	assert_int_equal(tokens_of(t)->tk_free, 2);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

static void
nowait_does_not_wait(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t a, b;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 1);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, BUS_DMA_NOWAIT), 0);
	assert_int_equal(tokens_load(t, b, 1, BUS_DMA_NOWAIT), ENOMEM);
	assert_true(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	/* Nor does what can never be had. */
	assert_int_equal(tokens_load(t, b, 2, BUS_DMA_WAITOK), ENOMEM);
	assert_int_equal(tp->tp_calls[TP_WAIT], 0);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

struct other {
	bus_dma_tag_t ot_tag;
	bus_dmamap_t ot_map;
	int ot_n; /* to load; 0: unload */
	int ot_error;
};

static void
other_cpu(void *arg)
{
	struct other *ot = arg;

	if (ot->ot_n == 0)
		bus_dmamap_unload(ot->ot_tag, ot->ot_map);
	else
		ot->ot_error = tokens_load(
		    ot->ot_tag, ot->ot_map, ot->ot_n, BUS_DMA_NOWAIT);
}

/* Between the failure and the sleep. */
static void
what_came_back_before_it_sleeps_counts(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t a, b;
	struct other ot;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 3);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	ot = (struct other){ .ot_tag = t, .ot_map = a };
	tokens_of(t)->tk_meanwhile = other_cpu;
	tokens_of(t)->tk_arg = &ot;
	/* The two that it gives back itself do not. */
	assert_int_equal(tokens_load(t, b, 3, BUS_DMA_WAITOK), 0);
	assert_int_equal(tp->tp_calls[TP_WAIT], 0);
	assert_int_equal(tp->tp_calls[TP_WAKE], 0);
	assert_int_equal(tokens_of(t)->tk_loads, 3);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

/* In pieces it failed before, as one run after that: it tries both again. */
static void
the_first_failure_counts(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t a, b;
	struct other ot;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	tokens_of(t)->tk_join = true;
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	ot = (struct other){ .ot_tag = t, .ot_map = a };
	tokens_of(t)->tk_meanwhile = other_cpu;
	tokens_of(t)->tk_arg = &ot;
	assert_int_equal(tokens_load(t, b, 2, BUS_DMA_WAITOK), 0);
	assert_int_equal(tp->tp_calls[TP_WAIT], 0);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

/*
 * A load that takes one token of two, in the middle of which another begins to
 * wait; it finds no second, and gives back the first.
 */
static struct waiting between;

static void
begin_to_wait(void *arg)
{
	bus_dma_tag_t t = arg;

	tokens_of(t)->tk_taken = NULL;
	waiting_start(&between, t, 1, 0);
	assert_int_equal(between.wt_error, -1);
}

static void
a_failed_load_wakes_whom_it_was_in_the_way(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t a, b;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	tokens_of(t)->tk_taken = begin_to_wait;
	tokens_of(t)->tk_arg = t;
	assert_int_equal(tokens_load(t, b, 2, BUS_DMA_NOWAIT), ENOMEM);
	assert_int_equal(tp->tp_calls[TP_WAKE], 1);
	waiting_run();
	assert_int_equal(between.wt_error, 0);
	waiting_end(&between);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

static void
nobody_passes_by(void **state)
{
	struct tp *tp = *state;
	struct waiting big, small, last;
	bus_dma_tag_t t;
	bus_dmamap_t a, b, c;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	c = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	assert_int_equal(tokens_load(t, b, 1, 0), 0);
	waiting_start(&big, t, 2, 0);
	waiting_start(&small, t, 1, 0);
	bus_dmamap_unload(t, a);
	waiting_run();
	/* There is one; but it is not their turn. */
	assert_int_equal(tokens_of(t)->tk_free, 1);
	assert_int_equal(small.wt_error, -1);
	assert_int_equal(tokens_load(t, c, 1, BUS_DMA_NOWAIT), ENOMEM);
	waiting_start(&last, t, 1, 0);
	assert_int_equal(last.wt_error, -1);
	bus_dmamap_unload(t, b);
	waiting_run();
	assert_int_equal(big.wt_error, 0);
	assert_int_equal(small.wt_error, -1);
	bus_dmamap_unload(t, big.wt_map);
	waiting_run();
	assert_int_equal(small.wt_error, 0);
	assert_int_equal(last.wt_error, 0);
	assert_int_equal(big.wt_order, 1);
	assert_int_equal(small.wt_order, 2);
	assert_int_equal(last.wt_order, 3);
	waiting_end(&big);
	waiting_end(&small);
	waiting_end(&last);
	assert_int_equal(tokens_load(t, c, 2, BUS_DMA_NOWAIT), 0);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmamap_destroy(t, c);
	bus_dmatag_destroy(t);
}

/* The head fails for another reason: the next has its turn. */
static void
who_fails_makes_room(void **state)
{
	struct tp *tp = *state;
	struct waiting w[2];
	bus_dma_tag_t t;
	bus_dmamap_t a, b;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	a = new_map(t, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	assert_int_equal(tokens_load(t, b, 1, 0), 0);
	waiting_start(&w[0], t, 2, 0);
	waiting_start(&w[1], t, 1, 0);
	tokens_of(t)->tk_error = EFAULT;
	bus_dmamap_unload(t, a);
	waiting_run();
	assert_int_equal(w[0].wt_error, EFAULT);
	assert_int_equal(w[1].wt_error, EFAULT);
	assert_int_equal(w[1].wt_order, 2);
	assert_true(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	tokens_of(t)->tk_error = 0;
	waiting_end(&w[0]);
	waiting_end(&w[1]);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

/*
 * It was not its turn; then the queue was empty again, and nothing came back
 * but before.
 */
static void
the_head_goes(void *arg)
{
	struct waiting *wt = arg;

	tokens_of(wt->wt_tag)->tk_error = EFAULT;
	waiting_go(wt);
	tokens_of(wt->wt_tag)->tk_error = 0;
	assert_int_equal(wt->wt_error, EFAULT);
}

static void
a_turn_that_ended_before_it_stood_counts(void **state)
{
	struct tp *tp = *state;
	struct waiting head, w;
	bus_dma_tag_t t;
	bus_dmamap_t a;

	waiting_init(tp);
	t = tokens_create(tp, NULL, 2);
	a = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(t, a, 1, 0), 0);
	waiting_start(&head, t, 2, 0);
	bus_dmamap_unload(t, a);
	tokens_of(t)->tk_meanwhile = the_head_goes;
	tokens_of(t)->tk_arg = &head;
	waiting_start(&w, t, 1, 0);
	assert_false(w.wt_asleep);
	assert_int_equal(w.wt_error, 0);
	waiting_end(&head);
	waiting_end(&w);
	bus_dmamap_destroy(t, a);
	bus_dmatag_destroy(t);
}

/* A load that waits for one layer holds nothing of another, nor its place. */
static void
two_layers_run_out(void **state)
{
	struct tp *tp = *state;
	struct waiting w;
	bus_dma_tag_t t, lower;
	bus_dmamap_t a, b;

	waiting_init(tp);
	lower = tokens_create(tp, NULL, 2);
	t = tokens_create(tp, lower, 2);
	a = new_map(lower, 8, 8, 8, 0);
	b = new_map(t, 8, 8, 8, 0);
	assert_int_equal(tokens_load(lower, a, 1, 0), 0);
	assert_int_equal(tokens_load(t, b, 1, 0), 0);
	waiting_start(&w, t, 2, 0);
	assert_false(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	assert_true(busdma_waitq_empty(&tokens_of(lower)->tk_waitq));
	bus_dmamap_unload(t, b);
	waiting_run();
	assert_int_equal(w.wt_error, -1);
	assert_true(busdma_waitq_empty(&tokens_of(t)->tk_waitq));
	assert_false(busdma_waitq_empty(&tokens_of(lower)->tk_waitq));
	assert_int_equal(tokens_of(t)->tk_free, 2);
	bus_dmamap_unload(lower, a);
	waiting_run();
	assert_int_equal(w.wt_error, 0);
	waiting_end(&w);
	bus_dmamap_destroy(lower, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(lower);
}

static void
the_two_hooks_come_together(void **state)
{
	static const char *const with[] = { "both", "no pl_wake",
		"no pl_wait" };
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t;

	tl_init(&tl, 1, "lu", NULL);
	for (unsigned i = 0; i < NELEM(with); i++) {
		t = NULL;
		waiting_init(tp);
		if (i == 1)
			tp->tp_pl.pl_wake = NULL;
		if (i == 2)
			tp->tp_pl.pl_wait = NULL;
		assert_int_equal(
		    tl_create(tp, &tl, NULL, &t), i == 0 ? 0 : EINVAL);
		if (t != NULL)
			bus_dmatag_destroy(t);
		assert_true(tp_clean(tp));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(without_a_wait_hook_nothing_waits),
		UNIT(a_load_waits_until_enough_came_back),
		UNIT(nowait_does_not_wait),
		UNIT(what_came_back_before_it_sleeps_counts),
		UNIT(the_first_failure_counts),
		UNIT(a_failed_load_wakes_whom_it_was_in_the_way),
		UNIT(nobody_passes_by),
		UNIT(who_fails_makes_room),
		UNIT(a_turn_that_ended_before_it_stood_counts),
		UNIT(two_layers_run_out),
		UNIT(the_two_hooks_come_together),
	};

	return cmocka_run_group_tests_name("waitq", tests, NULL, NULL);
}
