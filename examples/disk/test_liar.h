/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A broken disk: before the completion of a command it posts two that belong
 * to none, one with an id out of range and one with that of a free slot.
 */
#ifndef EXAMPLES_DISK_TEST_LIAR_H
#define EXAMPLES_DISK_TEST_LIAR_H

#include <busdma/sim.h>

int liar_create(struct busdma_sim_bus *bus, struct busdma_sim_dev **devp);

#endif /* EXAMPLES_DISK_TEST_LIAR_H */
