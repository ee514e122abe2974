/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of those that wait for what a layer has run out of.
 *
 * No wake-up is lost, for each change that lets a failed load succeed grows
 * wq_turn under the lock, and who goes to sleep compares, under the same lock,
 * with what it was at the load's first failure.  Whoever sleeps at the head is
 * told of each change; who sleeps behind it, when it has come to the head.
 *
 * A load at the head is either asleep or being tried, and then it will come
 * back to sleep, or leave, which tells the next.  A callback at the head is due
 * or not; if it is, the next call that may call it does.
 */
#include "mi.h"

/*
 * How often a load that doesn't wait is tried again because of changes since
 * its failure: two that each give back what the other lacked could do so for
 * ever.
 */
#define MOST_TRIES 64

/* Loads that pass in the turn of a callback while others stand behind it. */
#define MOST_PASSED 8

/* It is the turn of those that don't wait, until a callback has been called. */
static bool
is_open(const struct busdma_waitq *wq)
{
	return wq->wq_due &&
	       (wq->wq_passed < MOST_PASSED || wq->wq_head == wq->wq_last);
}

void
busdma_waitq_init(bus_dma_tag_t t, struct busdma_waitq *wq, busdma_lock_t *lk)
{
	wq->wq_pl = t->dt_pl;
	wq->wq_lock = lk;
	t->dt_waitq = wq;
}

bool
busdma_waitq_may(struct busdma_waitq *wq, struct busdma_frags *fs)
{
	struct busdma_waiter *wa = fs != NULL ? fs->fs_waiter : NULL;

	if (wq->wq_head == NULL || wq->wq_head == wa)
		return true;
	if (wa == NULL || !wa->wa_nowait)
		return false;
	if (!wa->wa_pass && is_open(wq)) {
		wq->wq_passed++;
		wa->wa_pass = true;
	}
	/* The driver that was called has put its load off until later. */
	if (!wa->wa_pass && wq->wq_pass) {
		wq->wq_pass = false;
		wa->wa_pass = true;
	}
	return wa->wa_pass;
}

void
busdma_waitq_short(struct busdma_waitq *wq, struct busdma_frags *fs)
{
	/* The first failure counts: what came later may serve the first way. */
	if (fs == NULL || fs->fs_waitq != NULL)
		return;
	fs->fs_waitq = wq;
	fs->fs_turn = wq->wq_turn;
}

/* There is something for the head to try for. */
static void
tell_head(struct busdma_waitq *wq)
{
	struct busdma_waiter *wa = wq->wq_head;

	if (wa == NULL)
		return;
	if (wa->wa_callback != NULL) {
		busdma_waitq_setdue(wq, true);
	} else if (wa->wa_asleep) {
		wa->wa_asleep = false;
		wq->wq_pl->pl_wake(wq->wq_pl, &wa->wa_event);
	}
}

void
busdma_waitq_back(struct busdma_waitq *wq, struct busdma_frags *fs)
{
	wq->wq_turn++;
	/* To who gave it back, it is nothing new. */
	if (fs != NULL && fs->fs_waitq == wq)
		fs->fs_turn++;
	tell_head(wq);
}

void
busdma_waitq_append(struct busdma_waitq *wq, struct busdma_waiter *wa)
{
	wa->wa_next = NULL;
	wa->wa_waitq = wq;
	if (wq->wq_head == NULL)
		wq->wq_head = wa;
	else
		wq->wq_last->wa_next = wa;
	wq->wq_last = wa;
}

void
busdma_waitq_remove(struct busdma_waitq *wq, struct busdma_waiter *wa)
{
	struct busdma_waiter **wap = &wq->wq_head, *last = NULL;
	const bool head = wq->wq_head == wa;

	while (*wap != wa) {
		last = *wap;
		wap = &last->wa_next;
	}
	*wap = wa->wa_next;
	if (wq->wq_last == wa)
		wq->wq_last = last;
	wa->wa_waitq = NULL;
	if (head) {
		/* Who found another at the head may find it free. */
		wq->wq_turn++;
		busdma_waitq_setdue(wq, false);
		tell_head(wq);
	}
}

/*
 * Whoever makes a callback due without the lock's being let go sees it here;
 * from another CPU it may come too late, and then it is for that one to call.
 */
void
busdma_waitq_call(struct busdma_waitq *wq)
{
	if (__atomic_load_n(&wq->wq_due, __ATOMIC_RELAXED))
		wq->wq_code->cs_call(wq);
}

/*
 * One that doesn't wait, and did or did not pass who stands there: try again,
 * or leave it to the callbacks.  Two such loads may have been in each other's
 * way, and nobody else have anything: the one that ends last tries again, for
 * there will be no unload to call for either.
 */
static bool
stand_nowait(struct busdma_waitq *wq, struct busdma_waiter *wa, uint64_t turn,
    bool passed)
{
	const bool changed = turn != wq->wq_turn;
	bool again;

	if (wq->wq_callbacks == NULL)
		return false;
	if (wq->wq_head == NULL)
		again = changed;
	else
		again = is_open(wq) && wq->wq_running == NULL &&
			(changed || !passed);
	if (again && wa->wa_tries < MOST_TRIES) {
		wa->wa_tries++;
		return true;
	}
	wq->wq_code->cs_failed(wq, turn, passed);
	return false;
}

/* Until told; the lock is let go of. */
static void
sleep(struct busdma_waitq *wq, struct busdma_waiter *wa)
{
	bool asleep = true;

	wa->wa_asleep = true;
	busdma_waitq_unlock(wq);
	/* It may be behind a callback that nobody was there to call. */
	busdma_waitq_call(wq);
	while (asleep) {
		wq->wq_pl->pl_wait(wq->wq_pl, &wa->wa_event);
		/* And who woke us has left the event when this is ours. */
		busdma_waitq_lock(wq);
		asleep = wa->wa_asleep;
		busdma_waitq_unlock(wq);
	}
}

bool
busdma_waitq_stand(
    struct busdma_waitq *wq, struct busdma_waiter *wa, uint64_t turn)
{
	const bool passed = wa->wa_pass;
	bool again;

	/* It can stand in one queue: another layer has run out now. */
	if (wa->wa_waitq != wq)
		busdma_waitq_leave(wa);
	busdma_waitq_lock(wq);
	wa->wa_pass = false;
	if (wa->wa_nowait) {
		again = stand_nowait(wq, wa, turn, passed);
		busdma_waitq_unlock(wq);
		return again;
	}
	if (wa->wa_waitq == NULL)
		busdma_waitq_append(wq, wa);
	if (wq->wq_head == wa && turn != wq->wq_turn)
		busdma_waitq_unlock(wq);
	else
		sleep(wq, wa);
	return true;
}

void
busdma_waitq_leave(struct busdma_waiter *wa)
{
	struct busdma_waitq *wq = wa->wa_waitq;

	if (wq == NULL)
		return;
	busdma_waitq_lock(wq);
	busdma_waitq_remove(wq, wa);
	busdma_waitq_unlock(wq);
	busdma_waitq_call(wq);
}
