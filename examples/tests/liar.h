/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A broken device, of any kind: it starts and stops, its other registers read
 * as they were written or as a test says, and it does nothing but to write to
 * memory what the test says.
 */
#ifndef EXAMPLES_TESTS_LIAR_H
#define EXAMPLES_TESTS_LIAR_H

#include <busdma/sim.h>

/* What makes it look like a device of its kind. */
struct liar_config {
	uint32_t lc_ctrl;   /* register: */
	uint32_t lc_status; /* this one reads as that, but for */
	uint32_t lc_run;    /* this bit alone */
	struct liar_fixed {
		uint32_t lf_reg;
		uint32_t lf_value;
	} lc_fixed[4]; /* registers that read as a value; 0, 0: none */
};

struct liar {
	struct busdma_sim_dev *li_dev;
	const struct liar_config *li_config;
	uint32_t li_reg[64];
	bool li_on;        /* it was switched on */
	uint32_t li_stuck; /* its status from then on; 0: as it should be */
};

/* *lip is the device's, and goes with it. */
int liar_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct liar_config *lc, struct liar **lip);

/*
 * Write to memory, `offset' bytes behind the address in the registers `reg'
 * and `reg' + 4, and interrupt; 0 or EFAULT.
 */
int liar_write(struct liar *li, uint32_t reg, bus_size_t offset,
    const void *buf, size_t len);

#endif /* EXAMPLES_TESTS_LIAR_H */
