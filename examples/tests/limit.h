/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A layer for the tests with few resources: a load takes one of a number of
 * slots until its unload, and is ENOMEM where there is none, unless its map
 * was created with ALLOCNOW and so has one of its own.
 */
#ifndef EXAMPLES_TESTS_LIMIT_H
#define EXAMPLES_TESTS_LIMIT_H

#include <busdma/bus_dma.h>

struct limit {
	unsigned li_slots;  /* for all maps without one of their own */
	unsigned li_inuse;  /* of them */
	unsigned li_every;  /* a NOWAIT load in so many fails; 0: none */
	unsigned li_failat; /* the so-manieth NOWAIT load fails; 0: none */
	uint32_t li_random;
	unsigned li_failures;
};

/* `li' must outlive the tag.  The tag can't be narrowed. */
int limit_tag(struct limit *li, bus_dma_tag_t lower, bus_dma_tag_t *newtag);

#endif /* EXAMPLES_TESTS_LIMIT_H */
