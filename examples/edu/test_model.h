/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated device with the registers of QEMU's edu (edureg.h): a model that
 * complains where that one is silent, of an address that it does not have, and
 * where it stops, behind the end of its buffer.
 */
#ifndef EXAMPLES_EDU_TEST_MODEL_H
#define EXAMPLES_EDU_TEST_MODEL_H

#include <busdma/sim.h>

struct edu_model {
	struct busdma_sim_dev *em_dev;
	uint64_t em_mask; /* the bits of address that it has */
	bool em_stuck;    /* it does not end what it runs */
	bool em_dead;     /* the liveness register is another's */
	uint64_t em_src, em_dst, em_count;
	uint32_t em_cmd, em_intr, em_live;
	unsigned em_steps; /* until it is done */
	uint8_t em_buf[4096];
	unsigned em_dmas;  /* that it has done */
	unsigned em_intrs; /* after which it interrupted */
};

/* The model lives as long as the machine. */
void edu_model_create(struct edu_model *em, struct busdma_sim_bus *bus,
    unsigned requester, uint64_t mask);

#endif /* EXAMPLES_EDU_TEST_MODEL_H */
