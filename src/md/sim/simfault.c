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
#include <sched.h>
#include <stdlib.h>

#include "simvar.h"

#define MAXFAULTS 64

/* This thread is in sim_fault_deliver, of any machine; */
static _Thread_local bool delivering;
/* and this is whose handler it calls, as long as that is there. */
static _Thread_local struct sim_tag *telling;

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

/* Somebody listens: a look without a lock, as there may be no other here. */
static bool
heard(const struct sim_tag *st)
{
	const struct bus_dma_tag *t;

	for (t = &st->st_tag; t != NULL; t = t->dt_origin)
		if (__atomic_load_n(&t->dt_onfault, __ATOMIC_RELAXED) != NULL)
			return true;
	return false;
}

/*
 * Whose fault it is: the map's, or else the youngest tag of that requester
 * that has a handler.  NULL: nobody's.
 */
static struct sim_tag *
fault_owner(const struct sim_fault *fl)
{
	struct sim_tag *st, *found = NULL;
	bus_dma_tag_t t;

	if (fl->fl_fault.ft_map != NULL) {
		t = fl->fl_fault.ft_map->_dm_tag;
		st = (struct sim_tag *)t->dt_layers[t->dt_nlayers - 1];
		if (heard(st))
			return st;
	}
	for (st = fl->fl_req->rq_tags; st != NULL; st = st->st_next)
		if (heard(st))
			found = st;
	return found;
}

/*
 * Take the oldest; its tag stays until fault_done.  NULL: there is none.
 */
static struct sim_fault *
fault_take(struct busdma_sim *sim)
{
	struct sim_fault *fl;

	sim_enter(sim);
	fl = sim->s_faults;
	if (fl != NULL) {
		sim->s_faults = fl->fl_next;
		telling = fault_owner(fl);
		if (telling != NULL)
			telling->st_told++;
	}
	sim_leave(sim);
	return fl;
}

/* The handler has returned, and has perhaps destroyed the tag. */
static void
fault_done(struct busdma_sim *sim)
{
	sim_enter(sim);
	if (telling != NULL)
		telling->st_told--;
	telling = NULL;
	sim_leave(sim);
}

void
sim_fault_wait(struct sim_tag *st)
{
	struct busdma_sim *sim = st->st_bus->bu_sim;
	unsigned mine = telling == st, others;

	do {
		sim_enter(sim);
		others = st->st_told - mine;
		if (others == 0 && mine != 0)
			telling = NULL;
		sim_leave(sim);
	} while (others != 0 && sched_yield() == 0);
}

void
sim_fault_deliver(struct busdma_sim *sim)
{
	struct sim_fault *fl;
	unsigned n = 0;

	if (delivering || sim_locks_held() != 0)
		return;
	sim_enter(sim);
	for (fl = sim->s_faults; fl != NULL; fl = fl->fl_next)
		n++;
	delivering = true;
	sim_leave(sim);
	for (; n != 0 && (fl = fault_take(sim)) != NULL; n--) {
		if (telling != NULL)
			(void)busdma_fault(&telling->st_tag, &fl->fl_fault);
		fault_done(sim);
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
