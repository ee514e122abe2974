/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callbacks of drivers that can't wait.
 *
 * One stands in the queue of each layer of its tag that has one, from the
 * failure of a load until it has been called.  A queue calls one at a time;
 * what comes back meanwhile, on whichever CPU, is left to who calls.
 */
#include <busdma/string.h>

#include "mi.h"

/* A callback, at one of the layers that may run out. */
struct busdma_callback {
	struct busdma_waiter cb_waiter;
	struct busdma_callback *cb_next; /* of wq_callbacks; under wq_lock */
	struct busdma_waitq *cb_waitq;
	void (*cb_func)(void *arg);
	void *cb_arg;
	uint64_t cb_turn; /* of the first failure while it was called */
	bool cb_failed;   /* there was one; under wq_lock, as these all */
	bool cb_had;      /* and before it, a load that did not */
	/* Who removes it, and waits for the end of the call. */
	busdma_event_t *cb_gone;
};

/*
 * Calls of one callback in a row, because something came back while it was
 * called: one that gives back what it had itself taken is not to go on for
 * ever.
 */
#define MOST_CALLS 8

static void
callbacks_failed(struct busdma_waitq *wq, uint64_t turn, bool passed)
{
	const bool empty = wq->wq_head == NULL;
	struct busdma_callback *cb;

	for (cb = wq->wq_callbacks; cb != NULL; cb = cb->cb_next) {
		/* Not for want, but before this turn: it is to have another. */
		if (cb == wq->wq_running && !passed)
			cb->cb_turn = wq->wq_turn - 1;
		else if (cb == wq->wq_running && !cb->cb_failed)
			cb->cb_turn = turn;
		if (cb == wq->wq_running && !cb->cb_failed) {
			cb->cb_failed = true;
			cb->cb_had = wq->wq_passed > 1;
		}
		if (cb->cb_waiter.wa_waitq == NULL)
			busdma_waitq_append(wq, &cb->cb_waiter);
	}
	if (empty && turn != wq->wq_turn)
		busdma_waitq_setdue(wq, true);
}

/*
 * The callback has been called; false: it is not to be called again at once,
 * though something may have come back.
 */
static bool
turn_ends(struct busdma_waitq *wq, struct busdma_callback *cb, unsigned calls)
{
	if (!cb->cb_failed) {
		busdma_waitq_remove(wq, &cb->cb_waiter);
		/* Its driver's next load may be one that was put off. */
		wq->wq_pass = wq->wq_passed == 0 && wq->wq_head != NULL;
		return true;
	}
	/* It had something, and wants more: behind the others. */
	if (cb->cb_had && wq->wq_head != wq->wq_last) {
		busdma_waitq_remove(wq, &cb->cb_waiter);
		busdma_waitq_append(wq, &cb->cb_waiter);
		return true;
	}
	busdma_waitq_setdue(wq, cb->cb_turn != wq->wq_turn);
	return calls < MOST_CALLS;
}

static void
callbacks_call(struct busdma_waitq *wq)
{
	struct busdma_callback *cb, *last = NULL;
	unsigned calls = 0;
	bool more = true;

	busdma_waitq_lock(wq);
	while (more && wq->wq_due && wq->wq_running == NULL) {
		cb = wq->wq_head->wa_callback;
		calls = cb == last ? calls + 1 : 1;
		last = cb;
		cb->cb_failed = cb->cb_had = false;
		wq->wq_passed = 0;
		wq->wq_running = cb;
		busdma_waitq_unlock(wq);
		cb->cb_func(cb->cb_arg);
		busdma_waitq_lock(wq);
		wq->wq_running = NULL;
		if (cb->cb_gone == NULL)
			more = turn_ends(wq, cb, calls);
		else if (wq->wq_pl->pl_wake != NULL)
			wq->wq_pl->pl_wake(wq->wq_pl, cb->cb_gone);
	}
	busdma_waitq_unlock(wq);
}

static const struct busdma_callbacks callbacks = {
	.cs_failed = callbacks_failed,
	.cs_call = callbacks_call,
};

/* Behind those that were added before. */
static void
callback_enter(struct busdma_callback *cb)
{
	struct busdma_waitq *wq = cb->cb_waitq;
	struct busdma_callback **cbp;

	busdma_waitq_lock(wq);
	wq->wq_code = &callbacks;
	for (cbp = &wq->wq_callbacks; *cbp != NULL; cbp = &(*cbp)->cb_next)
		continue;
	*cbp = cb;
	busdma_waitq_unlock(wq);
}

static void
callback_remove(struct busdma_callback *cb)
{
	struct busdma_waitq *wq = cb->cb_waitq;
	struct busdma_callback **cbp = &wq->wq_callbacks;
	busdma_event_t gone = { { 0 } };
	bool running;

	busdma_waitq_lock(wq);
	while (*cbp != cb)
		cbp = &(*cbp)->cb_next;
	*cbp = cb->cb_next;
	if (cb->cb_waiter.wa_waitq != NULL)
		busdma_waitq_remove(wq, &cb->cb_waiter);
	cb->cb_gone = &gone;
	running = wq->wq_running == cb;
	busdma_waitq_unlock(wq);
	while (running) {
		if (wq->wq_pl->pl_wait != NULL)
			wq->wq_pl->pl_wait(wq->wq_pl, &gone);
		busdma_waitq_lock(wq);
		running = wq->wq_running == cb;
		busdma_waitq_unlock(wq);
	}
	busdma_waitq_call(wq);
}

/* Layers of a stack that may run out. */
static unsigned
layers_count(bus_dma_tag_t t)
{
	unsigned i, n = 0;

	for (i = 0; i < t->dt_nlayers; i++)
		n += t->dt_layers[i]->dt_waitq != NULL;
	return n;
}

int
bus_dmatag_callback_add(bus_dma_tag_t t, struct bus_dma_callback *dc)
{
	const struct busdma_platform *pl;
	struct busdma_callback *cb = NULL;
	unsigned i, n;
	int error;

	if (t == NULL || dc == NULL || dc->dc_func == NULL ||
	    dc->_dc_tag != NULL)
		return EINVAL;
	error = busdma_tag_hold(t, "bus_dmatag_callback_add");
	if (error != 0)
		return error;
	pl = t->dt_pl;
	n = layers_count(t);
	if (n != 0) {
		cb = pl->pl_alloc(pl, n * sizeof(*cb), 0);
		if (cb == NULL) {
			busdma_tag_drop(t);
			return ENOMEM;
		}
		memset(cb, 0, n * sizeof(*cb));
	}
	dc->_dc_layers = cb;
	dc->_dc_tag = t;
	for (i = 0; i < t->dt_nlayers; i++) {
		if (t->dt_layers[i]->dt_waitq == NULL)
			continue;
		cb->cb_waiter.wa_callback = cb;
		cb->cb_waitq = t->dt_layers[i]->dt_waitq;
		cb->cb_func = dc->dc_func;
		cb->cb_arg = dc->dc_arg;
		callback_enter(cb++);
	}
	return 0;
}

void
bus_dmatag_callback_remove(bus_dma_tag_t t, struct bus_dma_callback *dc)
{
	const struct busdma_platform *pl;
	unsigned i, n;

	if (dc == NULL || dc->_dc_tag == NULL)
		return;
	/* Where it was added, whatever tag is named now. */
	t = dc->_dc_tag;
	pl = t->dt_pl;
	n = layers_count(t);
	for (i = 0; i < n; i++)
		callback_remove(&dc->_dc_layers[i]);
	if (n != 0)
		pl->pl_free(pl, dc->_dc_layers, n * sizeof(*dc->_dc_layers));
	dc->_dc_layers = NULL;
	dc->_dc_tag = NULL;
	busdma_tag_drop(t);
}
