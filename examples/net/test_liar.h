/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A broken network interface: it transmits nothing and receives nothing, and
 * posts the completions that a test tells it to.
 */
#ifndef EXAMPLES_NET_TEST_LIAR_H
#define EXAMPLES_NET_TEST_LIAR_H

#include <busdma/sim.h>
#include <busdma/simnetreg.h>

int liar_create(struct busdma_sim_bus *bus, struct busdma_sim_dev **devp);

/* Post a completion on the ring of SIMNET_TX or SIMNET_RX, and interrupt. */
void liar_post(struct busdma_sim_dev *dev, uint32_t ring, uint32_t index,
    uint32_t len, uint32_t status, uint32_t flags);

/* Whether it is stuck: once switched on it says that it failed and runs. */
void liar_stuck(struct busdma_sim_dev *dev, bool stuck);

#endif /* EXAMPLES_NET_TEST_LIAR_H */
