/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults, on their way from a backend to the driver.
 *
 * The handler stands in the bottom tag of a stack, which is nearest to who
 * sees faults, whichever of its layers it was given to.
 */
#include "mi.h"

static bus_dma_tag_t
bottom(bus_dma_tag_t t)
{
	return t->dt_layers[t->dt_nlayers - 1];
}

void
bus_dmatag_onfault(bus_dma_tag_t t, bus_dma_fault_t *func, void *arg)
{
	const struct busdma_platform *pl;

	if (t == NULL)
		return;
	pl = t->dt_pl;
	t = bottom(t);
	pl->pl_lock(pl, &t->dt_lock);
	__atomic_store_n(&t->dt_onfault, func, __ATOMIC_RELAXED);
	t->dt_faultarg = arg;
	pl->pl_unlock(pl, &t->dt_lock);
}

bool
busdma_fault(bus_dma_tag_t t, const struct bus_dma_fault *ft)
{
	const struct busdma_platform *pl = t->dt_pl;
	bus_dma_fault_t *func = NULL;
	void *arg = NULL;

	for (t = bottom(t); func == NULL && t != NULL; t = t->dt_origin) {
		pl->pl_lock(pl, &t->dt_lock);
		func = t->dt_onfault;
		arg = t->dt_faultarg;
		pl->pl_unlock(pl, &t->dt_lock);
	}
	if (func != NULL)
		func(arg, ft);
	return func != NULL;
}
