/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine's devices, for drivers written to env.h. */
#ifndef EXAMPLES_SIM_ENV_SIM_H
#define EXAMPLES_SIM_ENV_SIM_H

#include <busdma/sim.h>

#include "env.h"

struct env_device *env_sim_device(struct busdma_sim_dev *dev);

#endif /* EXAMPLES_SIM_ENV_SIM_H */
