/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform's table: checked and copied once, and the register accesses
 * that stand in for hooks it leaves out.
 */
#include <busdma/string.h>

#include "mi.h"

/* A table ends behind its required hooks at the earliest. */
#define PLATFORM_MINSIZE                               \
	(offsetof(struct busdma_platform, pl_unlock) + \
	    sizeof(((struct busdma_platform *)0)->pl_unlock))

int
busdma_platform_copy(
    struct busdma_platform *to, const struct busdma_platform *from)
{
	if (from == NULL || from->pl_size < PLATFORM_MINSIZE ||
	    from->pl_size > sizeof(*to))
		return EINVAL;
	memset(to, 0, sizeof(*to));
	memcpy(to, from, from->pl_size);
	to->pl_size = sizeof(*to);
	if (to->pl_alloc == NULL || to->pl_free == NULL ||
	    to->pl_extract == NULL || to->pl_lock == NULL ||
	    to->pl_unlock == NULL)
		return EINVAL;
	if (!busdma_ispow2(to->pl_pagesize) || to->pl_pagesize < 64)
		return EINVAL;
	if ((to->pl_pages_alloc == NULL) != (to->pl_pages_free == NULL) ||
	    (to->pl_kmap == NULL) != (to->pl_kunmap == NULL))
		return EINVAL;
	if (to->pl_cpu == NULL)
		to->pl_cpu = &busdma_cpu_native;
	if (to->pl_cpu->cpu_size != sizeof(struct busdma_cpu_ops) ||
	    to->pl_cpu->cpu_barrier == NULL ||
	    to->pl_cpu->cpu_barrier_wc == NULL)
		return EINVAL;
	return 0;
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
