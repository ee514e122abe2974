/* SPDX-License-Identifier: BSD-2-Clause */
/* env.h for the tests. */
#include "tests/env.h"

struct env_device test_env;

struct env_device *
env_sim_device(struct busdma_sim_dev *dev)
{
	test_env = (struct env_device){ .ed_dev = dev };
	return &test_env;
}

void
test_env_lie(
    struct env_device *dev, uint32_t reg, uint32_t mask, uint32_t value)
{
	dev->ed_reg = reg;
	dev->ed_mask = mask;
	dev->ed_value = value;
}

void
test_env_honest(struct env_device *dev)
{
	dev->ed_mask = 0;
	dev->ed_silent = false;
}

uint32_t
env_read32(struct env_device *dev, uint32_t offset)
{
	uint32_t value;

	value = (uint32_t)busdma_sim_reg_read(dev->ed_dev, offset, 4);
	if (offset == dev->ed_reg)
		value =
		    (value & ~dev->ed_mask) | (dev->ed_value & dev->ed_mask);
	return value;
}

void
env_write32(struct env_device *dev, uint32_t offset, uint32_t value)
{
	busdma_sim_reg_write(dev->ed_dev, offset, 4, value);
}

uint8_t
env_read8(struct env_device *dev, uint32_t offset)
{
	return (uint8_t)busdma_sim_reg_read(dev->ed_dev, offset, 1);
}

void
env_write8(struct env_device *dev, uint32_t offset, uint8_t value)
{
	busdma_sim_reg_write(dev->ed_dev, offset, 1, value);
}

bool
env_write64(struct env_device *dev, uint32_t offset, uint64_t value)
{
	if (dev->ed_wide)
		busdma_sim_reg_write(dev->ed_dev, offset, 8, value);
	return dev->ed_wide;
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
	return !dev->ed_silent && busdma_sim_wait(dev->ed_dev);
}
