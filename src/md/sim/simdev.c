/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: devices, their steps, their access to memory.
 */
#include <stdlib.h>

#include "simvar.h"

int
busdma_sim_dev_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct busdma_sim_dev_ops *ops, void *softc,
    struct busdma_sim_dev **devp)
{
	struct busdma_sim *sim = bus->bu_sim;
	struct busdma_sim_dev *dev;

	*devp = NULL;
	if (requester == 0 || ops->do_size < sizeof(*ops) ||
	    ops->do_read == NULL || ops->do_write == NULL ||
	    ops->do_step == NULL)
		return EINVAL;
	dev = calloc(1, sizeof(*dev));
	if (dev == NULL)
		return ENOMEM;
	dev->dv_bus = bus;
	dev->dv_ops = *ops;
	dev->dv_softc = softc;
	sim_enter(sim);
	dev->dv_req = sim_requester_get(bus, requester);
	if (dev->dv_req != NULL) {
		dev->dv_next = sim->s_devs;
		sim->s_devs = dev;
	}
	sim_leave(sim);
	if (dev->dv_req == NULL) {
		free(dev);
		return ENOMEM;
	}
	*devp = dev;
	return 0;
}

void
sim_dev_destroy(struct busdma_sim_dev *dev)
{
	if (dev->dv_ops.do_destroy != NULL)
		dev->dv_ops.do_destroy(dev->dv_softc);
	free(dev);
}

struct busdma_sim *
busdma_sim_of(struct busdma_sim_dev *dev)
{
	return dev->dv_bus->bu_sim;
}

static void
set_active(struct busdma_sim *sim, struct busdma_sim_dev *dev, bool active)
{
	if (active && !dev->dv_active)
		sim->s_nactive++;
	if (!active && dev->dv_active)
		sim->s_nactive--;
	dev->dv_active = active;
}

/* One step of one of the devices that have something to do. */
static void
step_one(struct busdma_sim *sim)
{
	struct busdma_sim_dev *dev = sim->s_devs;
	uint64_t i = 0;

	if (sim->s_nactive > 1)
		i = sim_rng_below(&sim->s_rngstep, sim->s_nactive);
	for (;; dev = dev->dv_next)
		if (dev->dv_active && i-- == 0)
			break;
	sim->s_stepping = true;
	set_active(sim, dev, dev->dv_ops.do_step(dev->dv_softc));
	sim->s_stepping = false;
}

/*
 * None inside a step; none while the thread holds a platform lock, for on a
 * real machine nothing may depend on a device then.  The number of steps is
 * geometric: half of all ticks have none.
 */
void
sim_tick(struct busdma_sim *sim)
{
	if (sim->s_nactive == 0 || sim->s_stepping || sim_locks_held() != 0)
		return;
	while (sim->s_nactive != 0 && (sim_rng_next(&sim->s_rngstep) & 1))
		step_one(sim);
}

uint64_t
busdma_sim_reg_read(struct busdma_sim_dev *dev, uint32_t reg, unsigned width)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	uint64_t value;

	sim_enter(sim);
	sim_tick(sim);
	value = dev->dv_ops.do_read(dev->dv_softc, reg, width);
	sim_leave(sim);
	return value;
}

void
busdma_sim_reg_write(
    struct busdma_sim_dev *dev, uint32_t reg, unsigned width, uint64_t value)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;

	sim_enter(sim);
	dev->dv_ops.do_write(dev->dv_softc, reg, width, value);
	set_active(sim, dev, true);
	sim_tick(sim);
	sim_leave(sim);
}

void
busdma_sim_intr(struct busdma_sim_dev *dev)
{
	sim_enter(dev->dv_bus->bu_sim);
	dev->dv_intr = true;
	sim_leave(dev->dv_bus->bu_sim);
}

bool
busdma_sim_wait(struct busdma_sim_dev *dev)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	bool intr;

	sim_enter(sim);
	if (sim->s_stepping || sim_locks_held() != 0)
		sim_complain(sim, BUSDMA_SIM_CONTEXT,
		    "waiting inside a step or with a lock held", 0, 0);
	else
		while (!dev->dv_intr && sim->s_nactive != 0)
			step_one(sim);
	intr = dev->dv_intr;
	dev->dv_intr = false;
	sim_leave(sim);
	return intr;
}

void
busdma_sim_complain(
    struct busdma_sim_dev *dev, bus_addr_t addr, uint64_t len, const char *text)
{
	struct busdma_sim_report sr = {
		.sr_reason = BUSDMA_SIM_DEVICE,
		.sr_text = text,
		.sr_requester = dev->dv_req->rq_id,
		.sr_addr = addr,
		.sr_len = len,
	};

	sim_enter(dev->dv_bus->bu_sim);
	sim_report(dev->dv_bus->bu_sim, &sr);
	sim_leave(dev->dv_bus->bu_sim);
}

static void
refuse(struct busdma_sim_dev *dev, enum busdma_sim_reason reason, bool write,
    bus_addr_t addr, uint64_t len)
{
	struct busdma_sim_report sr = {
		.sr_reason = reason,
		.sr_requester = dev->dv_req->rq_id,
		.sr_write = write,
		.sr_addr = addr,
		.sr_len = len,
	};

	if (reason == BUSDMA_SIM_UNMAPPED)
		sr.sr_text = "device access to what is not mapped for it";
	else if (reason == BUSDMA_SIM_DIRECTION)
		sr.sr_text = "device access in the other direction than mapped";
	else
		sr.sr_text = "no memory behind the bus address";
	sim_report(dev->dv_bus->bu_sim, &sr);
}

/* Where the front of [addr, addr + *lenp) is; clips *lenp; NULL: refused. */
static char *
reach(struct busdma_sim_dev *dev, bus_addr_t addr, uint64_t *lenp, bool write)
{
	struct busdma_sim_bus *bus = dev->dv_bus;
	const struct sim_wire *wi;
	uint64_t len, run;
	char *ram = NULL;
	bool other;

	len = sim_load_allows(dev->dv_req, addr, *lenp, write, &other);
	if (len == 0) {
		refuse(dev, other ? BUSDMA_SIM_DIRECTION : BUSDMA_SIM_UNMAPPED,
		    write, addr, *lenp);
		return NULL;
	}
	wi = sim_bus_wire(bus, addr);
	if (wi != NULL) {
		if (len - 1 > wi->wi_last - addr)
			len = wi->wi_last - addr + 1;
		ram = sim_ram(
		    bus->bu_sim, wi->wi_cpu + (addr - wi->wi_low), &run);
	}
	if (ram == NULL) {
		refuse(dev, BUSDMA_SIM_NOMEMORY, write, addr, *lenp);
		return NULL;
	}
	*lenp = run < len ? run : len;
	return ram;
}

int
busdma_sim_dma_read(
    struct busdma_sim_dev *dev, bus_addr_t addr, void *buf, size_t len)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	char *to = buf, *ram = NULL;
	uint64_t n;

	sim_enter(sim);
	for (; len != 0; len -= (size_t)n, addr += n, to += n) {
		n = len;
		ram = reach(dev, addr, &n, false);
		if (ram == NULL)
			break;
		memcpy(to, ram, (size_t)n);
	}
	sim_leave(sim);
	return len != 0 ? EFAULT : 0;
}

int
busdma_sim_dma_write(
    struct busdma_sim_dev *dev, bus_addr_t addr, const void *buf, size_t len)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	const char *from = buf;
	char *ram = NULL;
	uint64_t n;

	sim_enter(sim);
	for (; len != 0; len -= (size_t)n, addr += n, from += n) {
		n = len;
		ram = reach(dev, addr, &n, true);
		if (ram == NULL)
			break;
		memcpy(ram, from, (size_t)n);
	}
	sim_leave(sim);
	return len != 0 ? EFAULT : 0;
}
