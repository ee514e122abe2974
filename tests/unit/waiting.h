/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of waiting share: a layer with a few tokens, of which each
 * fragment of a load takes one; and threads of which one runs at a time, each
 * until it waits.
 */
#ifndef TESTS_UNIT_WAITING_H
#define TESTS_UNIT_WAITING_H

#include <pthread.h>
#include <semaphore.h>

#include "unit.h"

struct tokens {
	struct bus_dma_tag tk_tag;
	struct busdma_waitq tk_waitq;
	busdma_lock_t tk_lock;
	unsigned tk_free; /* under tk_lock */
	unsigned tk_all;
	int tk_error; /* of loads, instead; 0: none */
	unsigned tk_loads;
	unsigned tk_fails; /* with tk_late */
	bool tk_join;      /* as one run, a load never finds enough */
	/* Once, in a load that has failed, with no lock held. */
	void (*tk_meanwhile)(void *arg);
	void *tk_arg;
	/* Likewise, in the second that has, from when it is set. */
	void (*tk_late)(void *arg);
	/* In each load once it has taken its first, likewise. */
	void (*tk_taken)(void *arg);
};

/* The one of `n' tokens on `lower', which may be one, too. */
bus_dma_tag_t tokens_create(struct tp *tp, bus_dma_tag_t lower, unsigned n);

static inline struct tokens *
tokens_of(bus_dma_tag_t t)
{
	return (struct tokens *)(void *)t;
}

/* Load of `n' tokens. */
int tokens_load(bus_dma_tag_t t, bus_dmamap_t map, int n, int flags);

/* A thread: a load of n tokens. */
struct waiting {
	bus_dma_tag_t wt_tag;
	bus_dmamap_t wt_map;
	int wt_n;
	int wt_flags;
	int wt_error;      /* of the load; -1: it has not returned */
	unsigned wt_order; /* it was the so-manieth to return, from 1 */
	pthread_t wt_thread;
	sem_t wt_go;
	sem_t *wt_back; /* of who let it run */
	bool wt_asleep;
};

/* Called in waiting_init's platform by whoever waits: hooks of the threads. */
void waiting_init(struct tp *tp);
/* Begin it, and run it until it waits or returns. */
void waiting_start(struct waiting *wt, bus_dma_tag_t t, int n, int flags);
/* Let one run that was woken. */
void waiting_go(struct waiting *wt);
/* Let all that were woken run until they wait again, or have returned. */
void waiting_run(void);
/* It has returned: join it, and destroy its map. */
void waiting_end(struct waiting *wt);

#endif /* TESTS_UNIT_WAITING_H */
