/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: what the CPU's cache does by itself, to lines of
 * loads that devices reach around it.
 *
 * The loads stand on a ring, the newest where the next look begins.  What one
 * look costs is bounded, or in proportion to what a device has accessed, but
 * for a rare one at much of a large load.
 */
#include "simvar.h"

/* Bytes of loads that are looked at in turn, where all happens at once. */
#define ATONCE_BYTES 16384u
/* Lines of a stretch that have each a fate of their own, at most. */
#define SINGLE_LINES 64u
/* Of longer stretches there are fewer. */
#define SMALL_LINES 512u

/* A run of bus addresses of a load; what of it leads to memory. */
static void
run_lines(struct busdma_sim *sim, const struct busdma_sim_bus *bus,
    bus_addr_t addr, uint64_t len, enum sim_cacheop op)
{
	const struct sim_wire *wi;
	uint64_t n, run;
	paddr_t pa;

	for (; len != 0; len -= n, addr += n) {
		wi = sim_bus_wire(bus, addr);
		if (wi == NULL)
			return;
		n = wi->wi_last - addr < len ? wi->wi_last - addr + 1 : len;
		pa = wi->wi_cpu + (addr - wi->wi_low);
		if (sim_ram(sim, pa, &run) == NULL)
			return;
		n = n < run ? n : run;
		if (!wi->wi_coherent)
			sim_cache_spontaneous(sim, pa, n, op);
	}
}

/* The lines of the bytes [off, off + len) of a load. */
static void
load_lines(struct busdma_sim *sim, const struct sim_load *ld, uint64_t off,
    uint64_t len, enum sim_cacheop op)
{
	const bus_dma_segment_t *seg = ld->ld_segs;
	uint64_t n;

	for (; len != 0; seg++) {
		if (off >= seg->ds_len) {
			off -= seg->ds_len;
			continue;
		}
		n = seg->ds_len - off < len ? seg->ds_len - off : len;
		run_lines(sim, ld->ld_req->rq_bus, seg->ds_addr + off, n, op);
		len -= n;
		off = 0;
	}
}

/* What it may do to a line: anything, but fetch one where it does not. */
static enum sim_cacheop
choose_op(struct busdma_sim *sim)
{
	switch (sim_rng_below(&sim->s_rngline, sim->s_inorder ? 2 : 4)) {
	case 0:
		return SIM_CACHE_WB;
	case 1:
		return SIM_CACHE_WBINV;
	default:
		return SIM_CACHE_FILL;
	}
}

/* Something to `len' bytes of a load: one and the same, or a line's own. */
static void
disturb(struct busdma_sim *sim, const struct sim_load *ld, uint64_t off,
    uint64_t len)
{
	const uint64_t line = sim->s_line;
	uint64_t n;

	if (sim_rng_below(&sim->s_rngline, 4) != 0) {
		load_lines(sim, ld, off, len, choose_op(sim));
		return;
	}
	if (len > SINGLE_LINES * line)
		len = SINGLE_LINES * line;
	for (; len != 0; len -= n, off += n) {
		n = line < len ? line : len;
		load_lines(sim, ld, off, n, choose_op(sim));
	}
}

/* From one line to all `lines', all orders of size alike. */
static uint64_t
stretch(struct busdma_sim *sim, uint64_t lines)
{
	unsigned sizes = 1;
	uint64_t n;

	while (((uint64_t)1 << (sizes - 1)) < lines)
		sizes++;
	n = (uint64_t)1 << sim_rng_below(&sim->s_rngline, sizes);
	return n < lines ? n : lines;
}

/* Something to a part of the load next in turn. */
static void
random_load(struct busdma_sim *sim)
{
	const struct sim_load *ld = sim->s_ring;
	uint64_t lines, n, off;

	sim->s_ring = ld->ld_ring;
	lines = (ld->ld_bytes + (sim->s_line - 1)) >> sim->s_lineshift;
	n = stretch(sim, lines);
	if (n > SMALL_LINES)
		n = stretch(sim, n);
	off = sim_rng_below(&sim->s_rngline, lines - n + 1);
	off <<= sim->s_lineshift;
	n <<= sim->s_lineshift;
	disturb(sim, ld, off, n < ld->ld_bytes - off ? n : ld->ld_bytes - off);
}

static void
recent(struct busdma_sim *sim, enum sim_cacheop op)
{
	if (sim->s_recentlen != 0)
		sim_cache_spontaneous(sim, sim->s_recent, sim->s_recentlen, op);
}

/* All that may happen: the CPU's stores are in RAM, what it fetches is new. */
static enum sim_cacheop
atonce_op(const struct busdma_sim *sim)
{
	return sim->s_inorder ? SIM_CACHE_WBINV : SIM_CACHE_RENEW;
}

/* So many bytes of loads, from where the last look ended. */
static void
atonce(struct busdma_sim *sim)
{
	const struct sim_load *first = sim->s_ring, *ld;
	uint64_t left = ATONCE_BYTES, n;

	recent(sim, atonce_op(sim));
	do {
		ld = sim->s_ring;
		n = ld->ld_bytes - sim->s_ringoff;
		if (n > left)
			n = left;
		load_lines(sim, ld, sim->s_ringoff, n, atonce_op(sim));
		left -= n;
		sim->s_ringoff += n;
		if (sim->s_ringoff == ld->ld_bytes) {
			sim->s_ringoff = 0;
			sim->s_ring = ld->ld_ring;
		}
	} while (left != 0 && sim->s_ring != first);
}

void
sim_cache_tick(struct busdma_sim *sim)
{
	if (sim->s_cache == BUSDMA_SIM_CACHE_ATONCE)
		atonce(sim);
	else if (sim->s_cache == BUSDMA_SIM_CACHE_RANDOM &&
		 sim_rng_below(&sim->s_rngline, 4) == 0)
		random_load(sim);
}

void
sim_cache_access(struct busdma_sim *sim, paddr_t pa, uint64_t len)
{
	uint64_t what;

	if (sim->s_cache == BUSDMA_SIM_CACHE_ATONCE) {
		recent(sim, atonce_op(sim));
		sim_cache_spontaneous(sim, pa, len, atonce_op(sim));
	} else if (sim->s_cache == BUSDMA_SIM_CACHE_RANDOM) {
		what = sim_rng_below(&sim->s_rngline, 8);
		if (what < 2)
			recent(sim, choose_op(sim));
		else if (what < 4)
			sim_cache_spontaneous(sim, pa, len, choose_op(sim));
	}
	sim->s_recent = pa;
	sim->s_recentlen = len;
}

/*
 * A cache that lets go of nothing by itself has all that it may have: it
 * fetches no later than now.
 */
static bool
hoards(const struct busdma_sim *sim)
{
	return sim->s_cache == BUSDMA_SIM_CACHE_NEVER && !sim->s_inorder;
}

void
sim_cache_refetch(struct busdma_sim *sim, paddr_t pa, uint64_t len)
{
	if (hoards(sim))
		sim_cache_spontaneous(sim, pa, len, SIM_CACHE_FILL);
}

/* Whether a load can be reached around the cache at all. */
static bool
around(const struct sim_requester *rq)
{
	unsigned i;

	for (i = 0; i < rq->rq_bus->bu_nwires; i++)
		if (!rq->rq_bus->bu_wires[i].wi_coherent)
			return true;
	return false;
}

void
sim_cache_load(struct sim_requester *rq, struct sim_load *ld)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;

	if (sim->s_line == 0 || !around(rq))
		return;
	ld->ld_req = rq;
	ld->ld_ring = ld->ld_ringback = ld;
	if (sim->s_ring != NULL) {
		ld->ld_ring = sim->s_ring;
		ld->ld_ringback = sim->s_ring->ld_ringback;
		ld->ld_ringback->ld_ring = ld;
		ld->ld_ring->ld_ringback = ld;
	}
	sim->s_ring = ld;
	sim->s_ringoff = 0;
	if (hoards(sim))
		load_lines(sim, ld, 0, ld->ld_bytes, SIM_CACHE_FILL);
}

void
sim_cache_unload(struct busdma_sim *sim, struct sim_load *ld)
{
	if (ld->ld_ring == NULL)
		return;
	if (sim->s_ring == ld) {
		sim->s_ring = ld->ld_ring != ld ? ld->ld_ring : NULL;
		sim->s_ringoff = 0;
	}
	ld->ld_ring->ld_ringback = ld->ld_ringback;
	ld->ld_ringback->ld_ring = ld->ld_ring;
	ld->ld_ring = ld->ld_ringback = NULL;
	sim->s_recentlen = 0;
}
