/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: refused accesses, on their way to the driver.
 *
 * A handler is a driver's, and busdma_fault takes a lock of the platform:
 * neither may happen under the machine's mutex.  So faults wait in a queue
 * until the thread that caused them, or another, lets go of the mutex while it
 * holds no lock of the platform.  For a device that is as soon as its step
 * ends.
 *
 * A device that is refused in every step must not keep its driver busy for
 * ever: the queue is bounded, as an IOMMU's is, what comes while others are
 * delivered waits for the next time, and the hooks that a delivery calls let
 * no device step.
 */
#include <stdlib.h>

#include "simvar.h"

#define MAXFAULTS 64

/* This thread is in sim_fault_deliver, of any machine. */
static _Thread_local bool delivering;

static enum bus_dma_fault_reason
fault_reason(enum busdma_sim_reason reason)
{
	if (reason == BUSDMA_SIM_DIRECTION)
		return BUS_DMA_FAULT_DIRECTION;
	if (reason == BUSDMA_SIM_REACH)
		return BUS_DMA_FAULT_REACH;
	if (reason == BUSDMA_SIM_NOMEMORY)
		return BUS_DMA_FAULT_NOMEMORY;
	return BUS_DMA_FAULT_UNMAPPED;
}

bool
sim_fault_delivering(void)
{
	return delivering;
}

void
sim_fault(const struct busdma_sim_dev *dev, const struct busdma_sim_report *sr)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	struct sim_fault **flp, *fl;
	unsigned n = 0;

	for (flp = &sim->s_faults; *flp != NULL; flp = &(*flp)->fl_next)
		n++;
	fl = n < MAXFAULTS ? calloc(1, sizeof(*fl)) : NULL;
	/* Of what is lost here, the report was all. */
	if (fl == NULL)
		return;
	fl->fl_req = dev->dv_req;
	fl->fl_fault = (struct bus_dma_fault){
		.ft_reason = fault_reason(sr->sr_reason),
		.ft_requester = sr->sr_requester,
		.ft_write = sr->sr_write,
		.ft_addr = sr->sr_addr,
		.ft_len = sr->sr_len,
		.ft_map = sr->sr_map,
	};
	*flp = fl;
}

/* Take the oldest, and say whose it is; NULL: there is none. */
static struct sim_fault *
fault_take(struct busdma_sim *sim, bus_dma_tag_t *tp)
{
	struct sim_fault *fl;

	sim_enter(sim);
	fl = sim->s_faults;
	if (fl != NULL) {
		sim->s_faults = fl->fl_next;
		*tp = NULL;
		if (fl->fl_fault.ft_map != NULL)
			*tp = fl->fl_fault.ft_map->_dm_tag;
		else if (fl->fl_req->rq_tags != NULL)
			*tp = &fl->fl_req->rq_tags->st_tag;
	}
	sim_leave(sim);
	return fl;
}

void
sim_fault_deliver(struct busdma_sim *sim)
{
	struct sim_fault *fl;
	unsigned n = 0;
	bus_dma_tag_t t;

	if (delivering || sim_locks_held() != 0)
		return;
	sim_enter(sim);
	for (fl = sim->s_faults; fl != NULL; fl = fl->fl_next)
		n++;
	delivering = true;
	sim_leave(sim);
	for (; n != 0 && (fl = fault_take(sim, &t)) != NULL; n--) {
		if (t != NULL)
			(void)busdma_fault(t, &fl->fl_fault);
		free(fl);
	}
	delivering = false;
}

void
sim_fault_forget(struct busdma_sim *sim, bus_dmamap_t map)
{
	struct sim_fault *fl;

	for (fl = sim->s_faults; fl != NULL; fl = fl->fl_next)
		if (fl->fl_fault.ft_map == map)
			fl->fl_fault.ft_map = NULL;
}

void
sim_fault_fini(struct busdma_sim *sim)
{
	struct sim_fault *fl;

	while ((fl = sim->s_faults) != NULL) {
		sim->s_faults = fl->fl_next;
		free(fl);
	}
}
