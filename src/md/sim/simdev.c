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
	dev->dv_reach = ~(bus_addr_t)0;
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

void
busdma_sim_dev_reach(struct busdma_sim_dev *dev, bus_addr_t last)
{
	sim_enter(dev->dv_bus->bu_sim);
	dev->dv_reach = last != 0 ? last : ~(bus_addr_t)0;
	sim_leave(dev->dv_bus->bu_sim);
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
	sim->s_now += SIM_NS_STEP;
	sim->s_stepping = true;
	set_active(sim, dev, dev->dv_ops.do_step(dev->dv_softc));
	sim->s_stepping = false;
}

/*
 * No step inside a step; none while the thread holds a platform lock, for on a
 * real machine nothing may depend on a device then.  The number of steps is
 * geometric: half of all ticks have none.
 */
void
sim_tick(struct busdma_sim *sim)
{
	if (sim->s_ring != NULL)
		sim_cache_tick(sim);
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
	sim->s_now += SIM_NS_REGREAD;
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
	sim->s_now += SIM_NS_REGWRITE;
	sim_trace_reg(dev, reg, width, value);
	dev->dv_ops.do_write(dev->dv_softc, reg, width, value);
	set_active(sim, dev, true);
	sim_tick(sim);
	sim_leave(sim);
}

void
busdma_sim_dev_wake(struct busdma_sim_dev *dev)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;

	sim_enter(sim);
	set_active(sim, dev, true);
	sim_tick(sim);
	sim_leave(sim);
}

void
busdma_sim_intr(struct busdma_sim_dev *dev)
{
	sim_enter(dev->dv_bus->bu_sim);
	dev->dv_intr = true;
	sim_trace_intr(dev);
	sim_leave(dev->dv_bus->bu_sim);
}

bool
busdma_sim_wait(struct busdma_sim_dev *dev)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	unsigned steps;
	bool intr;

	sim_enter(sim);
	if (sim->s_stepping || sim_locks_held() != 0)
		sim_complain(sim, BUSDMA_SIM_CONTEXT,
		    "waiting inside a step or with a lock held", 0, 0);
	else
		for (steps = 0; !dev->dv_intr && sim->s_nactive != 0 &&
				steps < BUSDMA_SIM_PATIENCE;
		     steps++) {
			step_one(sim);
			/* Its faults are not kept until the wait ends. */
			if (sim->s_faults != NULL) {
				sim_leave(sim);
				sim_enter(sim);
			}
		}
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
		.sr_addr = addr,
		.sr_len = len,
	};

	sim_enter(dev->dv_bus->bu_sim);
	sim_report_device(dev, &sr);
	sim_report(dev->dv_bus->bu_sim, &sr);
	sim_leave(dev->dv_bus->bu_sim);
}

void
busdma_sim_complain_reg(
    struct busdma_sim_dev *dev, uint32_t reg, uint64_t what, const char *text)
{
	struct busdma_sim_report sr = {
		.sr_reason = BUSDMA_SIM_DEVICE,
		.sr_text = text,
		.sr_addr = reg,
		.sr_len = what,
		.sr_register = true,
	};

	sim_enter(dev->dv_bus->bu_sim);
	sim_report_device(dev, &sr);
	sim_report(dev->dv_bus->bu_sim, &sr);
	sim_leave(dev->dv_bus->bu_sim);
}

static const char *
refusal(enum busdma_sim_reason reason)
{
	if (reason == BUSDMA_SIM_UNMAPPED)
		return "device access to what is not mapped for it";
	if (reason == BUSDMA_SIM_DIRECTION)
		return "device access in the other direction than mapped";
	if (reason == BUSDMA_SIM_REACH)
		return "device access above its address lines or its bus'";
	return "no memory behind the bus address";
}

static void
refuse(struct busdma_sim_dev *dev, enum busdma_sim_reason reason, bool write,
    bus_addr_t addr, uint64_t len)
{
	struct busdma_sim_report sr = {
		.sr_reason = reason,
		.sr_text = refusal(reason),
		.sr_write = write,
		.sr_addr = addr,
		.sr_len = len,
	};

	sim_report_device(dev, &sr);
	sim_report(dev->dv_bus->bu_sim, &sr);
	sim_fault(dev, &sr);
}

/* The last byte that the lines of the device and of its bus lead to. */
static bus_addr_t
last_line(const struct busdma_sim_dev *dev)
{
	bus_addr_t last = dev->dv_bus->bu_reach;

	return dev->dv_reach < last ? dev->dv_reach : last;
}

/*
 * Where the front of [addr, addr + *lenp) is, which doesn't wrap; clips
 * *lenp, and in *ldp the load that lets it through; NULL: refused.
 */
static char *
reach(struct busdma_sim_dev *dev, bus_addr_t addr, uint64_t *lenp, bool write,
    struct sim_load **ldp)
{
	enum busdma_sim_reason reason = BUSDMA_SIM_NOMEMORY;
	struct busdma_sim_bus *bus = dev->dv_bus;
	bus_addr_t last = last_line(dev);
	const struct sim_wire *wi;
	uint64_t len, run = 0;
	char *ram = NULL;
	bool other;

	len = sim_load_allows(dev->dv_req, addr, *lenp, write, &other, ldp);
	wi = sim_bus_wire(bus, addr);
	if (addr > last) {
		reason = BUSDMA_SIM_REACH;
	} else if (len == 0) {
		reason = other ? BUSDMA_SIM_DIRECTION : BUSDMA_SIM_UNMAPPED;
	} else if (wi != NULL) {
		if (last > wi->wi_last)
			last = wi->wi_last;
		if (len - 1 > last - addr)
			len = last - addr + 1;
		ram = sim_ram(
		    bus->bu_sim, wi->wi_cpu + (addr - wi->wi_low), &run);
	}
	if (ram == NULL)
		refuse(dev, reason, write, addr, *lenp);
	*lenp = run < len ? run : len;
	return ram;
}

/*
 * Move a run of bytes that is reached on one wire, where not all devices see
 * the CPU's cache.
 */
static void
move(struct busdma_sim_dev *dev, bus_addr_t addr, char *to, const char *from,
    size_t n)
{
	const struct sim_wire *wi = sim_bus_wire(dev->dv_bus, addr);
	paddr_t pa = wi->wi_cpu + (addr - wi->wi_low);
	struct busdma_sim *sim = dev->dv_bus->bu_sim;

	if (!wi->wi_coherent)
		sim_cache_access(sim, pa, n);
	if (from != NULL)
		sim_cache_write(sim, pa, from, n, wi->wi_coherent);
	else
		sim_cache_read(sim, pa, to, n, wi->wi_coherent);
}

/* Move bytes to `to', or from `from', run by run. */
static int
transfer(struct busdma_sim_dev *dev, bus_addr_t addr, char *to,
    const char *from, uint64_t len)
{
	struct busdma_sim *sim = dev->dv_bus->bu_sim;
	bool told = false;
	struct sim_load *ld;
	uint64_t n, done;
	char *ram;

	for (done = 0; done < len; done += n) {
		if (addr + done < addr) {
			refuse(dev, BUSDMA_SIM_REACH, from != NULL,
			    ~(bus_addr_t)0, len - done);
			return EFAULT;
		}
		n = len - done;
		ram = reach(dev, addr + done, &n, from != NULL, &ld);
		if (ram == NULL)
			return EFAULT;
		told = sim_own_access(dev, ld, addr + done, n,
		    from != NULL ? from + done : NULL, told);
		if (sim->s_line != 0)
			move(dev, addr + done, to != NULL ? to + done : NULL,
			    from != NULL ? from + done : NULL, (size_t)n);
		else if (from != NULL)
			memcpy(ram, from + done, (size_t)n);
		else
			memcpy(to + done, ram, (size_t)n);
		sim_trace_access(dev, ld, from != NULL, addr + done, n);
		sim->s_now += n * SIM_NS_BYTE;
	}
	return 0;
}

int
busdma_sim_dma_read(
    struct busdma_sim_dev *dev, bus_addr_t addr, void *buf, size_t len)
{
	int error;

	sim_enter(dev->dv_bus->bu_sim);
	error = transfer(dev, addr, buf, NULL, len);
	sim_leave(dev->dv_bus->bu_sim);
	return error;
}

int
busdma_sim_dma_write(
    struct busdma_sim_dev *dev, bus_addr_t addr, const void *buf, size_t len)
{
	int error;

	sim_enter(dev->dv_bus->bu_sim);
	error = transfer(dev, addr, NULL, buf, len);
	sim_leave(dev->dv_bus->bu_sim);
	return error;
}
