/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env.h for the tests: the simulated machine's devices, through which a test
 * can lie about one register of each or keep its interrupts away.
 */
#ifndef EXAMPLES_TESTS_ENV_H
#define EXAMPLES_TESTS_ENV_H

#include "sim/env_sim.h"

struct env_device {
	struct busdma_sim_dev *ed_dev;
	/* Of this register, the bits of the mask read as the value's. */
	uint32_t ed_reg;
	uint32_t ed_mask; /* 0: no lie */
	uint32_t ed_value;
	bool ed_silent; /* no interrupt comes, and no device works */
	bool ed_wide;   /* there are accesses of 64 bits */
};

/* The device of a test that has one: env_sim_device makes it this one. */
extern struct env_device test_env;

void test_env_lie(
    struct env_device *dev, uint32_t reg, uint32_t mask, uint32_t value);
void test_env_honest(struct env_device *dev);

#endif /* EXAMPLES_TESTS_ENV_H */
