/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: what is mapped for the devices of one requester id.
 */
#include <stdlib.h>

#include "simvar.h"

/* Room for the segments: one allocation, which only grows. */
static int
grow(struct sim_load *ld, unsigned nsegs)
{
	bus_dma_segment_t *p;

	if (nsegs <= ld->ld_maxsegs)
		return 0;
	p = malloc(nsegs * (sizeof(*p) + sizeof(*ld->ld_offs)));
	if (p == NULL)
		return ENOMEM;
	free(ld->ld_segs);
	ld->ld_segs = p;
	ld->ld_offs = (bus_size_t *)(p + nsegs);
	ld->ld_maxsegs = nsegs;
	return 0;
}

/* Copy the segments and note their bounds. */
static int
copy_segs(struct sim_load *ld, const bus_dma_segment_t *segs, unsigned nsegs)
{
	unsigned i;

	if (grow(ld, nsegs) != 0)
		return ENOMEM;
	ld->ld_bytes = 0;
	ld->ld_low = ~(bus_addr_t)0;
	ld->ld_last = 0;
	for (i = 0; i < nsegs; i++) {
		bus_addr_t last = segs[i].ds_addr + (segs[i].ds_len - 1);

		ld->ld_segs[i] = segs[i];
		ld->ld_offs[i] = ld->ld_bytes;
		ld->ld_bytes += segs[i].ds_len;
		if (segs[i].ds_addr < ld->ld_low)
			ld->ld_low = segs[i].ds_addr;
		if (last > ld->ld_last)
			ld->ld_last = last;
	}
	ld->ld_nsegs = nsegs;
	ld->ld_hint = 0;
	return 0;
}

int
sim_load_add(struct sim_requester *rq, struct sim_load *ld,
    const bus_dma_segment_t *segs, unsigned nsegs, int flags)
{
	int dir = flags & (BUS_DMA_READ | BUS_DMA_WRITE);

	if (copy_segs(ld, segs, nsegs) != 0 || sim_own_load(rq, ld) != 0)
		return ENOMEM;
	/* READ is a read call: the device writes memory. */
	ld->ld_writes = dir != BUS_DMA_WRITE;
	ld->ld_reads = dir != BUS_DMA_READ;
	ld->ld_next = rq->rq_loads;
	ld->ld_prevp = &rq->rq_loads;
	if (ld->ld_next != NULL)
		ld->ld_next->ld_prevp = &ld->ld_next;
	rq->rq_loads = ld;
	ld->ld_loaded = true;
	return 0;
}

void
sim_load_remove(struct sim_load *ld)
{
	*ld->ld_prevp = ld->ld_next;
	if (ld->ld_next != NULL)
		ld->ld_next->ld_prevp = ld->ld_prevp;
	ld->ld_loaded = false;
	sim_own_remove(ld);
}

void
sim_load_free(struct sim_load *ld)
{
	free(ld->ld_segs);
	ld->ld_segs = NULL;
	ld->ld_maxsegs = 0;
	sim_own_free(ld);
}

static bool
covers(const bus_dma_segment_t *seg, bus_addr_t addr)
{
	return addr >= seg->ds_addr && addr - seg->ds_addr < seg->ds_len;
}

/* The segment that `addr' lies in, looking first where the last one was. */
static const bus_dma_segment_t *
find_seg(struct sim_load *ld, bus_addr_t addr)
{
	unsigned i;

	if (addr < ld->ld_low || addr > ld->ld_last)
		return NULL;
	for (i = ld->ld_hint; i < ld->ld_nsegs && i < ld->ld_hint + 2; i++)
		if (covers(&ld->ld_segs[i], addr))
			goto found;
	for (i = 0; i < ld->ld_nsegs; i++)
		if (covers(&ld->ld_segs[i], addr))
			goto found;
	return NULL;
found:
	ld->ld_hint = i;
	return &ld->ld_segs[i];
}

const bus_dma_segment_t *
sim_load_seg(struct sim_load *ld, bus_addr_t addr, bus_size_t *offp)
{
	const bus_dma_segment_t *seg = find_seg(ld, addr);

	if (seg != NULL)
		*offp = ld->ld_offs[seg - ld->ld_segs];
	return seg;
}

bus_addr_t
sim_load_addr(const struct sim_load *ld, bus_size_t off, uint64_t *lenp)
{
	unsigned low = 0, high = ld->ld_nsegs, mid;

	/* The last that begins at `off' or before: one of [low, high). */
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (ld->ld_offs[mid] <= off)
			low = mid;
		else
			high = mid;
	}
	off -= ld->ld_offs[low];
	*lenp = ld->ld_segs[low].ds_len - off;
	return ld->ld_segs[low].ds_addr + off;
}

uint64_t
sim_load_allows(struct sim_requester *rq, bus_addr_t addr, uint64_t len,
    bool write, bool *otherp, struct sim_load **ldp)
{
	const bus_dma_segment_t *seg;
	struct sim_load *ld;
	uint64_t left;

	*otherp = false;
	for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next) {
		seg = find_seg(ld, addr);
		if (seg == NULL)
			continue;
		if (write ? !ld->ld_writes : !ld->ld_reads) {
			*otherp = true;
			continue;
		}
		*ldp = ld;
		left = seg->ds_len - (addr - seg->ds_addr);
		return left < len ? left : len;
	}
	return 0;
}

bus_size_t
sim_load_offset(const struct sim_load *ld, bus_addr_t addr)
{
	unsigned i = ld->ld_hint;

	if (!covers(&ld->ld_segs[i], addr))
		for (i = 0; i < ld->ld_nsegs; i++)
			if (covers(&ld->ld_segs[i], addr))
				break;
	return i < ld->ld_nsegs
		   ? ld->ld_offs[i] + (addr - ld->ld_segs[i].ds_addr)
		   : ld->ld_bytes;
}

/* Take the segment, `off' bytes into its load, if it is nearer to `addr'. */
static void
nearer(struct sim_near *nr, const struct sim_load *ld,
    const bus_dma_segment_t *seg, bus_size_t off, bus_addr_t addr)
{
	bus_addr_t last = seg->ds_addr + (seg->ds_len - 1);
	bool before = addr < seg->ds_addr;
	bus_size_t in, distance;

	if (before) {
		in = 0;
		distance = seg->ds_addr - addr;
	} else if (addr > last) {
		in = seg->ds_len - 1;
		distance = addr - last;
	} else {
		in = addr - seg->ds_addr;
		distance = 0;
	}
	if (nr->nr_load != NULL && distance >= nr->nr_distance)
		return;
	nr->nr_load = ld;
	nr->nr_offset = off + in;
	nr->nr_distance = distance;
	nr->nr_before = before;
}

void
sim_load_near(
    const struct sim_requester *rq, bus_addr_t addr, struct sim_near *nr)
{
	const struct sim_load *ld;
	bus_size_t off;
	unsigned i;

	*nr = (struct sim_near){ .nr_load = NULL };
	for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next)
		for (off = i = 0; i < ld->ld_nsegs; i++) {
			nearer(nr, ld, &ld->ld_segs[i], off, addr);
			off += ld->ld_segs[i].ds_len;
		}
}

/* Who is called for the runs of [ec_pa, ec_pa + ec_len). */
struct each {
	paddr_t ec_pa;
	uint64_t ec_len;
	void (*ec_func)(void *, const struct sim_requester *, struct sim_load *,
	    bus_size_t, uint64_t, uint64_t);
	void *ec_arg;
};

/* Those of one load, the range being bus addresses [low, last] on a wire. */
static void
each_seg(const struct each *ec, const struct sim_wire *wi,
    const struct sim_requester *rq, struct sim_load *ld, bus_addr_t low,
    bus_addr_t last)
{
	unsigned i;

	if (low > ld->ld_last || last < ld->ld_low)
		return;
	for (i = 0; i < ld->ld_nsegs; i++) {
		bus_addr_t from = ld->ld_segs[i].ds_addr;
		bus_addr_t to = from + (ld->ld_segs[i].ds_len - 1);
		bus_size_t off = ld->ld_offs[i];

		if (low > to || last < from)
			continue;
		if (low > from) {
			off += low - from;
			from = low;
		}
		if (last < to)
			to = last;
		ec->ec_func(ec->ec_arg, rq, ld, off,
		    wi->wi_cpu + (from - wi->wi_low) - ec->ec_pa,
		    to - from + 1);
	}
}

static void
each_wire(const struct each *ec, const struct busdma_sim_bus *bus,
    const struct sim_wire *wi)
{
	paddr_t last = wi->wi_cpu + (wi->wi_last - wi->wi_low);
	paddr_t from = ec->ec_pa, to = ec->ec_pa + (ec->ec_len - 1);
	struct sim_requester *rq;
	struct sim_load *ld;

	if (from > last || to < wi->wi_cpu)
		return;
	from = from > wi->wi_cpu ? from : wi->wi_cpu;
	to = to < last ? to : last;
	for (rq = bus->bu_requesters; rq != NULL; rq = rq->rq_next)
		for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next)
			each_seg(ec, wi, rq, ld,
			    wi->wi_low + (from - wi->wi_cpu),
			    wi->wi_low + (to - wi->wi_cpu));
}

void
sim_load_each(struct busdma_sim *sim, paddr_t pa, uint64_t len,
    void (*func)(void *arg, const struct sim_requester *rq, struct sim_load *ld,
	bus_size_t off, uint64_t at, uint64_t n),
    void *arg)
{
	const struct each ec = { pa, len, func, arg };
	const struct busdma_sim_bus *bus;
	unsigned i;

	for (bus = sim->s_buses; bus != NULL; bus = bus->bu_next)
		for (i = 0; i < bus->bu_nwires; i++)
			each_wire(&ec, bus, &bus->bu_wires[i]);
}
