/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A broken grabber: before the completion of a buffer it posts two that
 * belong to none, one with an id out of range and one with that of a buffer
 * that it was not given; and it claims more bytes than a frame has.
 */
#ifndef EXAMPLES_GRAB_TEST_LIAR_H
#define EXAMPLES_GRAB_TEST_LIAR_H

#include <busdma/sim.h>

int liar_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp);

#endif /* EXAMPLES_GRAB_TEST_LIAR_H */
