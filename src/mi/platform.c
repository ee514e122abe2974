/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform's table: checked, and the register accesses that stand in for
 * hooks it leaves out.
 */
#include "mi.h"

const struct busdma_cpu_ops *
busdma_cpu(const struct busdma_platform *pl)
{
	return pl->pl_cpu != NULL ? pl->pl_cpu : &busdma_cpu_native;
}

bool
busdma_platform_ok(const struct busdma_platform *pl)
{
	const struct busdma_cpu_ops *cpu;

	/*
	 * Members that a later version adds stand at the end: a longer table
	 * has what is needed here.
	 */
	if (pl == NULL || pl->pl_size < sizeof(*pl) || pl->pl_alloc == NULL ||
	    pl->pl_free == NULL || pl->pl_extract == NULL ||
	    pl->pl_lock == NULL || pl->pl_unlock == NULL)
		return false;
	if (!busdma_ispow2(pl->pl_pagesize) || pl->pl_pagesize < 64)
		return false;
	if ((pl->pl_pages_alloc == NULL) != (pl->pl_pages_free == NULL) ||
	    (pl->pl_kmap == NULL) != (pl->pl_kunmap == NULL))
		return false;
	cpu = busdma_cpu(pl);
	return cpu->cpu_size >= sizeof(*cpu) && cpu->cpu_barrier != NULL &&
	       cpu->cpu_barrier_wc != NULL;
}

uint64_t
busdma_reg_read(
    const struct busdma_platform *pl, uintptr_t addr, unsigned width)
{
	if (pl->pl_reg_read != NULL)
		return pl->pl_reg_read(pl, addr, width);
	switch (width) {
	case 1:
		return *(const volatile uint8_t *)addr;
	case 2:
		return *(const volatile uint16_t *)addr;
	case 4:
		return *(const volatile uint32_t *)addr;
	default:
		return *(const volatile uint64_t *)addr;
	}
}

void
busdma_reg_write(const struct busdma_platform *pl, uintptr_t addr,
    unsigned width, uint64_t value)
{
	if (pl->pl_reg_write != NULL) {
		pl->pl_reg_write(pl, addr, width, value);
		return;
	}
	switch (width) {
	case 1:
		*(volatile uint8_t *)addr = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)addr = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)addr = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)addr = value;
		break;
	}
}
