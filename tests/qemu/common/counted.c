/* SPDX-License-Identifier: BSD-2-Clause */
/* See counted.h. */
#include "counted.h"

unsigned counted_live;
unsigned counted_fail;

static void *
counted_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	void *p;

	if (counted_fail != 0 && --counted_fail == 0)
		return NULL;
	p = port_platform()->pl_alloc(port_platform(), size, flags);
	counted_live += p != NULL;
	return p;
}

static void
counted_free(const struct busdma_platform *pl, void *p, size_t size)
{
	counted_live--;
	port_platform()->pl_free(port_platform(), p, size);
}

void
counted_platform(struct busdma_platform *pl)
{
	*pl = *port_platform();
	pl->pl_alloc = counted_alloc;
	pl->pl_free = counted_free;
}
