/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env.h on the simulated machine.  An env_device is a busdma_sim_dev under
 * another name, and is never looked into.
 */
#include "sim/env_sim.h"

struct env_device *
env_sim_device(struct busdma_sim_dev *dev)
{
	return (struct env_device *)dev;
}

static struct busdma_sim_dev *
simdev(struct env_device *dev)
{
	return (struct busdma_sim_dev *)dev;
}

uint32_t
env_read32(struct env_device *dev, uint32_t offset)
{
	return (uint32_t)busdma_sim_reg_read(simdev(dev), offset, 4);
}

void
env_write32(struct env_device *dev, uint32_t offset, uint32_t value)
{
	busdma_sim_reg_write(simdev(dev), offset, 4, value);
}

uint8_t
env_read8(struct env_device *dev, uint32_t offset)
{
	return (uint8_t)busdma_sim_reg_read(simdev(dev), offset, 1);
}

void
env_write8(struct env_device *dev, uint32_t offset, uint8_t value)
{
	busdma_sim_reg_write(simdev(dev), offset, 1, value);
}

/* Its devices have registers of 32 bits. */
bool
env_write64(struct env_device *dev, uint32_t offset, uint64_t value)
{
	(void)dev;
	(void)offset;
	(void)value;
	return false;
}

/* Its time passes with the driver's accesses to registers. */
void
env_delay(struct env_device *dev, unsigned us)
{
	(void)dev;
	(void)us;
}

bool
env_wait(struct env_device *dev)
{
	return busdma_sim_wait(simdev(dev));
}
