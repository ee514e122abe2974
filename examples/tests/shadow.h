/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A layer for the tests that makes a machine of the most demanding kind: the
 * device sees a copy of every buffer, rings included, and only syncs move
 * bytes between the two.
 *
 * The copy begins as rubbish.  PREWRITE copies to it, POSTREAD from it,
 * PREREAD nothing (what the CPU stored and did not PREWRITE is lost, as in a
 * cache that is invalidated).  So a sync that a driver forgets shows in the
 * data.  What does not show there is kept account of, byte by byte: bytes
 * taken back that were not given, bytes that the device wrote after they were
 * taken back, bytes still given when the map is unloaded, bytes that the CPU
 * stored to while they were given (but a word, the owner of something).
 *
 * On a machine with a cache that the device doesn't see the copy is in that
 * cache, and the layer below sees to it; but of memory that the driver mapped
 * uncached the copy is uncached, too.
 *
 * For a tag that is narrowed to one segment it is what a bounce layer would
 * be: the copy is within the device's reach, whatever the buffer is.
 *
 * A torn one takes a short POSTREAD in two halves between which devices work,
 * as a CPU does that loads in an order of its own.  The device may then write
 * to a half that was taken, so that is not complained about.
 */
#ifndef EXAMPLES_TESTS_SHADOW_H
#define EXAMPLES_TESTS_SHADOW_H

#include <busdma/sim.h>

struct shadow {
	struct busdma_sim *sh_sim;
	bool sh_torn;
	unsigned sh_allocnow; /* maps that were created with ALLOCNOW */
	unsigned sh_nowait;   /* loads with NOWAIT */
	unsigned sh_complaints;
	const char *sh_first; /* of them; NULL: none */
};

/* `sh' must outlive the tag and all that are narrowed from it. */
int shadow_tag(struct shadow *sh, struct busdma_sim *sim, bus_dma_tag_t lower,
    bool torn, bus_dma_tag_t *newtag);

#endif /* EXAMPLES_TESTS_SHADOW_H */
