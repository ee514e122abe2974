/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: its clock, and the trace of what happens on it.
 */
#include "simvar.h"

uint64_t
busdma_sim_now(struct busdma_sim *sim)
{
	uint64_t now;

	sim_enter(sim);
	now = sim->s_now;
	sim_leave(sim);
	return now;
}

void
busdma_sim_trace(struct busdma_sim *sim,
    void (*func)(void *arg, const struct busdma_sim_event *ev), void *arg)
{
	sim_enter(sim);
	sim->s_trace = func;
	sim->s_tracearg = arg;
	sim_leave(sim);
}

static void
emit(struct busdma_sim *sim, struct busdma_sim_event *ev)
{
	ev->ev_time = sim->s_now;
	sim->s_trace(sim->s_tracearg, ev);
}

/* Whose event it is. */
static void
from_requester(struct busdma_sim_event *ev, const struct sim_requester *rq)
{
	ev->ev_bus = rq->rq_bus->bu_name;
	ev->ev_requester = rq->rq_id;
}

static void
from_device(struct busdma_sim_event *ev, const struct busdma_sim_dev *dev)
{
	from_requester(ev, dev->dv_req);
	ev->ev_device = dev->dv_ops.do_name;
}

static void
of_load(struct busdma_sim_event *ev, const struct sim_load *ld)
{
	ev->ev_map = ld->ld_map;
	ev->ev_label = busdma_map_label(ld->ld_map);
}

void
sim_trace_load(const struct sim_requester *rq, const struct sim_load *ld)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	struct busdma_sim_event ev = { .ev_kind = BUSDMA_SIM_EV_LOAD };

	if (sim->s_trace == NULL)
		return;
	from_requester(&ev, rq);
	of_load(&ev, ld);
	ev.ev_segs = ld->ld_segs;
	ev.ev_nsegs = ld->ld_nsegs;
	ev.ev_addr = ld->ld_segs[0].ds_addr;
	ev.ev_len = ld->ld_bytes;
	ev.ev_flags = (ld->ld_writes ? BUS_DMA_READ : 0) |
		      (ld->ld_reads ? BUS_DMA_WRITE : 0);
	emit(sim, &ev);
}

void
sim_trace_unload(const struct sim_requester *rq, const struct sim_load *ld)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	struct busdma_sim_event ev = { .ev_kind = BUSDMA_SIM_EV_UNLOAD };

	if (sim->s_trace == NULL)
		return;
	from_requester(&ev, rq);
	of_load(&ev, ld);
	ev.ev_len = ld->ld_bytes;
	emit(sim, &ev);
}

void
sim_trace_sync(const struct sim_requester *rq, const struct sim_load *ld,
    bus_addr_t offset, bus_size_t len, int ops)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	struct busdma_sim_event ev = { .ev_kind = BUSDMA_SIM_EV_SYNC };

	if (sim->s_trace == NULL)
		return;
	from_requester(&ev, rq);
	of_load(&ev, ld);
	ev.ev_offset = offset;
	ev.ev_len = len;
	ev.ev_flags = ops;
	emit(sim, &ev);
}

void
sim_trace_access(const struct busdma_sim_dev *dev, const struct sim_load *ld,
    bool write, bus_addr_t addr, uint64_t len)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	struct busdma_sim_event ev = {
		.ev_kind = write ? BUSDMA_SIM_EV_WRITE : BUSDMA_SIM_EV_READ,
	};

	if (sim->s_trace == NULL)
		return;
	from_device(&ev, dev);
	of_load(&ev, ld);
	ev.ev_addr = addr;
	ev.ev_offset = sim_load_offset(ld, addr);
	ev.ev_len = len;
	emit(sim, &ev);
}

void
sim_trace_reg(const struct busdma_sim_dev *dev, uint32_t reg, unsigned width,
    uint64_t value)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	struct busdma_sim_event ev = { .ev_kind = BUSDMA_SIM_EV_REG };

	if (sim->s_trace == NULL)
		return;
	from_device(&ev, dev);
	ev.ev_addr = reg;
	ev.ev_len = width;
	ev.ev_value = value;
	emit(sim, &ev);
}

void
sim_trace_intr(const struct busdma_sim_dev *dev)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	struct busdma_sim_event ev = { .ev_kind = BUSDMA_SIM_EV_INTR };

	if (sim->s_trace == NULL)
		return;
	from_device(&ev, dev);
	emit(sim, &ev);
}

void
sim_trace_report(struct busdma_sim *sim, const struct busdma_sim_report *sr)
{
	struct busdma_sim_event ev = {
		.ev_kind = BUSDMA_SIM_EV_REPORT,
		.ev_bus = sr->sr_bus,
		.ev_device = sr->sr_device,
		.ev_requester = sr->sr_requester,
		.ev_map = sr->sr_map,
		.ev_label = sr->sr_label,
		.ev_addr = sr->sr_addr,
		.ev_offset = sr->sr_offset,
		.ev_len = sr->sr_len,
		.ev_report = sr,
	};

	if (sim->s_trace != NULL)
		emit(sim, &ev);
}
