/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: buses, and the bottom tag of every stack on one.
 */
#include <stdlib.h>

#include "simvar.h"

static int sim_narrow(bus_dma_tag_t, bus_dma_tag_t,
    const struct bus_dma_limits *, bus_dma_tag_t *, int);
static void sim_tag_free(bus_dma_tag_t);
static void sim_map_destroy(bus_dma_tag_t, bus_dmamap_t);
static int sim_map(bus_dma_tag_t, bus_dmamap_t, struct busdma_frag *);
static int sim_load(bus_dma_tag_t, bus_dmamap_t, struct busdma_frags *, int);
static int sim_loaded(bus_dma_tag_t, bus_dmamap_t, int);
static void sim_unload(bus_dma_tag_t, bus_dmamap_t);
static void sim_sync(bus_dma_tag_t, bus_dmamap_t, bus_addr_t, bus_size_t, int);
static bool sim_reach(bus_dma_tag_t, unsigned, struct busdma_reach *);

/* Sees a fragment at a time, and the segments. */
static const struct busdma_backend_ops sim_ops = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "sim",
	.bo_stack = &busdma_stack,
	.bo_narrow = sim_narrow,
	.bo_free = sim_tag_free,
	.bo_destroy = sim_map_destroy,
	.bo_map = sim_map,
	.bo_loaded = sim_loaded,
	.bo_unload = sim_unload,
	.bo_sync = sim_sync,
	.bo_reach = sim_reach,
};

/* Sees all fragments of a load at once. */
static const struct busdma_backend_ops sim_ops_whole = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "sim-whole",
	.bo_stack = &busdma_stack,
	.bo_narrow = sim_narrow,
	.bo_free = sim_tag_free,
	.bo_destroy = sim_map_destroy,
	.bo_load = sim_load,
	.bo_unload = sim_unload,
	.bo_sync = sim_sync,
	.bo_reach = sim_reach,
};

static struct sim_tag *
to_sim(bus_dma_tag_t t)
{
	return (struct sim_tag *)t;
}

/* A window's flags: one that isn't coherent wants a cache to be so with. */
static bool
flags_ok(const struct busdma_sim *sim, unsigned flags)
{
	return flags == BUS_DMA_WINDOW_COHERENT ||
	       (flags == 0 && sim->s_line != 0);
}

/*
 * Windows as inclusive ranges; EINVAL: wraps, unaligned or overlapping,
 * flags that there are not, or none of them within the reach of the bus.
 */
static int
make_wires(struct busdma_sim_bus *bus)
{
	uint64_t mask = bus->bu_sim->s_pagesize - 1;
	bool reached = false;
	unsigned i, j;

	for (i = 0; i < bus->bu_nwires; i++) {
		const struct bus_dma_window *dw = &bus->bu_windows[i];
		struct sim_wire *wi = &bus->bu_wires[i];
		uint64_t high =
		    dw->dw_cpu > dw->dw_bus ? dw->dw_cpu : dw->dw_bus;
		uint64_t span = dw->dw_len != 0 ? dw->dw_len - 1 : ~high;

		if (((dw->dw_cpu | dw->dw_bus | dw->dw_len) & mask) != 0 ||
		    span > ~high || !flags_ok(bus->bu_sim, dw->dw_flags))
			return EINVAL;
		wi->wi_low = dw->dw_bus;
		wi->wi_last = dw->dw_bus + span;
		wi->wi_cpu = dw->dw_cpu;
		wi->wi_coherent = dw->dw_flags == BUS_DMA_WINDOW_COHERENT;
		for (j = 0; j < i; j++)
			if (wi->wi_low <= bus->bu_wires[j].wi_last &&
			    bus->bu_wires[j].wi_low <= wi->wi_last)
				return EINVAL;
		reached = reached || wi->wi_low <= bus->bu_reach;
	}
	return reached ? 0 : EINVAL;
}

int
busdma_sim_bus_create(struct busdma_sim *sim,
    const struct busdma_sim_bus_config *bc, struct busdma_sim_bus **busp)
{
	const struct bus_dma_window identity = {
		.dw_flags = sim->s_line == 0 ? BUS_DMA_WINDOW_COHERENT : 0,
	};
	const struct bus_dma_window *dw = bc->bc_windows;
	unsigned n = bc->bc_nwindows;
	struct busdma_sim_bus *bus;
	int error;

	*busp = NULL;
	if ((unsigned)bc->bc_shortcut > BUSDMA_SIM_SHORTCUT_WHOLE ||
	    (dw == NULL && n != 0))
		return EINVAL;
	if (n == 0) {
		dw = &identity;
		n = 1;
	}
	bus = calloc(1, sizeof(*bus));
	if (bus == NULL)
		return ENOMEM;
	bus->bu_sim = sim;
	bus->bu_name = bc->bc_name != NULL ? bc->bc_name : "bus";
	bus->bu_shortcut = bc->bc_shortcut;
	bus->bu_nwires = n;
	bus->bu_reach = bc->bc_reach != 0 ? bc->bc_reach : ~(bus_addr_t)0;
	bus->bu_wires = calloc(n, sizeof(*bus->bu_wires));
	bus->bu_windows = calloc(n, sizeof(*bus->bu_windows));
	if (bus->bu_wires == NULL || bus->bu_windows == NULL) {
		error = ENOMEM;
	} else {
		memcpy(bus->bu_windows, dw, n * sizeof(*dw));
		error = make_wires(bus);
	}
	if (error != 0) {
		sim_bus_destroy(bus);
		return error;
	}
	sim_enter(sim);
	bus->bu_next = sim->s_buses;
	sim->s_buses = bus;
	sim_leave(sim);
	*busp = bus;
	return 0;
}

void
sim_bus_destroy(struct busdma_sim_bus *bus)
{
	struct sim_requester *rq;
	struct sim_load *ld;

	while ((rq = bus->bu_requesters) != NULL) {
		bus->bu_requesters = rq->rq_next;
		for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next)
			sim_load_free(ld);
		free(rq);
	}
	free(bus->bu_windows);
	free(bus->bu_wires);
	free(bus);
}

struct sim_requester *
sim_requester_get(struct busdma_sim_bus *bus, unsigned id)
{
	struct sim_requester *rq;

	for (rq = bus->bu_requesters; rq != NULL; rq = rq->rq_next)
		if (rq->rq_id == id)
			return rq;
	rq = calloc(1, sizeof(*rq));
	if (rq == NULL)
		return NULL;
	rq->rq_bus = bus;
	rq->rq_id = id;
	rq->rq_next = bus->bu_requesters;
	bus->bu_requesters = rq;
	return rq;
}

const struct sim_wire *
sim_bus_wire(const struct busdma_sim_bus *bus, bus_addr_t addr)
{
	unsigned i;

	for (i = 0; i < bus->bu_nwires; i++)
		if (addr >= bus->bu_wires[i].wi_low &&
		    addr <= bus->bu_wires[i].wi_last)
			return &bus->bu_wires[i];
	return NULL;
}

/* Whether a segment is wired to [pa, pa + size); if so, from which address. */
static bool
seg_reaches(const struct busdma_sim_bus *bus, const bus_dma_segment_t *seg,
    paddr_t pa, uint64_t size, bus_addr_t *addrp)
{
	bus_addr_t seglast = seg->ds_addr + (seg->ds_len - 1);
	unsigned i;

	for (i = 0; i < bus->bu_nwires; i++) {
		const struct sim_wire *wi = &bus->bu_wires[i];
		bus_addr_t low = seg->ds_addr, last = seglast;
		paddr_t plow, plast;

		if (low > wi->wi_last || last < wi->wi_low)
			continue;
		low = low > wi->wi_low ? low : wi->wi_low;
		last = last < wi->wi_last ? last : wi->wi_last;
		plow = wi->wi_cpu + (low - wi->wi_low);
		plast = wi->wi_cpu + (last - wi->wi_low);
		if (plow > pa + (size - 1) || plast < pa)
			continue;
		*addrp = low + (plow < pa ? pa - plow : 0);
		return true;
	}
	return false;
}

static bool
load_reaches(const struct busdma_sim_bus *bus, const struct sim_load *ld,
    paddr_t pa, uint64_t size, bus_addr_t *addrp)
{
	unsigned i;

	for (i = 0; i < ld->ld_nsegs; i++)
		if (seg_reaches(bus, &ld->ld_segs[i], pa, size, addrp))
			return true;
	return false;
}

/* The load of a requester that reaches a byte of [pa, pa + size), or NULL. */
static const struct sim_load *
load_of(const struct sim_requester *rq, paddr_t pa, uint64_t size,
    bus_addr_t *addrp)
{
	const struct sim_load *ld;

	for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next)
		if (load_reaches(rq->rq_bus, ld, pa, size, addrp))
			break;
	return ld;
}

bool
sim_bus_freeing(struct busdma_sim *sim, paddr_t pa, uint64_t size)
{
	struct busdma_sim_report sr = {
		.sr_reason = BUSDMA_SIM_FREEMAPPED,
		.sr_text = "pages freed while a device reaches them",
		.sr_len = size,
	};
	const struct busdma_sim_bus *bus;
	const struct sim_requester *rq;
	struct sim_near nr = { .nr_load = NULL };

	for (bus = sim->s_buses; bus != NULL; bus = bus->bu_next)
		for (rq = bus->bu_requesters; rq != NULL; rq = rq->rq_next) {
			nr.nr_load = load_of(rq, pa, size, &sr.sr_addr);
			if (nr.nr_load == NULL)
				continue;
			nr.nr_offset = sim_load_offset(nr.nr_load, sr.sr_addr);
			sim_report_near(rq, &nr, &sr);
			sim_report(sim, &sr);
			return true;
		}
	return false;
}

/* Make a bottom tag, or the narrowed likeness of one. */
static int
make_tag(struct busdma_sim_bus *bus, struct sim_requester *rq,
    bus_dma_tag_t origin, const struct bus_dma_limits *lim,
    bus_dma_tag_t *newtag, int flags)
{
	struct busdma_tag_config tc = {
		.tc_ops = bus->bu_shortcut == BUSDMA_SIM_SHORTCUT_WHOLE
			      ? &sim_ops_whole
			      : &sim_ops,
		.tc_pl = &bus->bu_sim->s_pl,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size = sizeof(struct sim_tag),
		.tc_area = sizeof(struct sim_load),
		.tc_flags = flags,
	};
	struct sim_tag **stp;
	bus_dma_tag_t t;
	int error;

	error = busdma_tag_create(&tc, &t);
	if (error != 0)
		return error;
	to_sim(t)->st_bus = bus;
	to_sim(t)->st_req = rq;
	/* A narrowed tag's limits lie within those of the one it comes from. */
	if (origin == NULL)
		t->dt_limits.dl_high = bus->bu_reach;
	if (bus->bu_shortcut == BUSDMA_SIM_SHORTCUT_ON)
		busdma_tag_shortcut(
		    t, t->dt_limits.dl_low, t->dt_limits.dl_high, 0);
	else
		busdma_tag_noshortcut(t);
	sim_enter(bus->bu_sim);
	bus->bu_sim->s_tags++;
	for (stp = &rq->rq_tags; *stp != NULL; stp = &(*stp)->st_next)
		continue;
	*stp = to_sim(t);
	sim_leave(bus->bu_sim);
	*newtag = t;
	return 0;
}

int
bus_dmatag_sim(struct busdma_sim_bus *bus, unsigned requester,
    bus_dma_tag_t *newtag, int flags)
{
	struct sim_requester *rq;

	if (requester == 0)
		return EINVAL;
	sim_enter(bus->bu_sim);
	rq = sim_requester_get(bus, requester);
	sim_leave(bus->bu_sim);
	if (rq == NULL)
		return ENOMEM;
	return make_tag(bus, rq, NULL, NULL, newtag, flags);
}

int
busdma_sim_bus_tag(struct busdma_sim_bus *bus, unsigned requester,
    bus_dma_tag_t *newtag, int flags)
{
	bus_dma_tag_t bottom;
	int error;

	error = bus_dmatag_sim(bus, requester, &bottom, flags);
	if (error != 0)
		return error;
	error = bus_dmatag_direct(
	    NULL, bottom, bus->bu_windows, bus->bu_nwires, newtag, flags);
	/* From here on it lives as long as what stands on it. */
	busdma_tag_release(bottom);
	return error;
}

static int
sim_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct busdma_sim_bus *bus = to_sim(t)->st_bus;
	unsigned i;

	for (i = 0; i < bus->bu_nwires; i++)
		if (bus->bu_wires[i].wi_low <= lim->dl_high &&
		    bus->bu_wires[i].wi_last >= lim->dl_low)
			return make_tag(
			    bus, to_sim(t)->st_req, t, lim, newtag, flags);
	return EINVAL;
}

static void
sim_tag_free(bus_dma_tag_t t)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	struct sim_tag **stp;

	sim_enter(sim);
	sim->s_tags--;
	for (stp = &to_sim(t)->st_req->rq_tags; *stp != to_sim(t);
	     stp = &(*stp)->st_next)
		continue;
	*stp = to_sim(t)->st_next;
	sim_leave(sim);
	sim_fault_wait(to_sim(t));
}

/* A hook of the bus is called for `map'. */
static void
misuse(struct busdma_sim *sim, const char *text, bus_dmamap_t map)
{
	sim_complain(sim, BUSDMA_SIM_MISUSE, text, 0, map->dm_mapsize);
}

static void
sim_map_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	struct sim_load *ld = busdma_map_area(t, map);

	sim_enter(sim);
	if (ld->ld_loaded) {
		misuse(sim, "the bus: destroy of a loaded map", map);
		sim_cache_unload(sim, ld);
		sim_load_remove(ld);
	}
	sim_load_free(ld);
	sim_fault_forget(sim, map);
	sim_leave(sim);
}

/*
 * Bus addresses pass as they are.  Whether there is a wire is not asked: a
 * layer above that is wrong about that shall show when a device gets there.
 * A fragment is cut short where the seed wants it.
 */
static int
sim_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;

	sim_enter(sim);
	if (sim_rng_below(&sim->s_rngbus, 4) == 0)
		f->bf_len = 1 + sim_rng_below(&sim->s_rngbus, f->bf_len);
	sim_leave(sim);
	return 0;
}

/* Remember a load, called with the machine's mutex held. */
static int
remember(bus_dma_tag_t t, bus_dmamap_t map, const bus_dma_segment_t *segs,
    unsigned nsegs, int flags)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	struct sim_load *ld = busdma_map_area(t, map);
	int error;

	if (ld->ld_loaded) {
		misuse(sim, "the bus: load of a loaded map", map);
		sim_cache_unload(sim, ld);
		sim_load_remove(ld);
	}
	if (sim_hook(sim, BUSDMA_SIM_HOOK_LOADED))
		return ENOMEM;
	ld->ld_map = map;
	error = sim_load_add(to_sim(t)->st_req, ld, segs, nsegs, flags);
	if (error == 0) {
		sim_trace_load(to_sim(t)->st_req, ld);
		sim_cache_load(to_sim(t)->st_req, ld);
	}
	return error;
}

static int
sim_loaded(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	bus_size_t sum = 0;
	int i, error;

	for (i = 0; i < map->dm_nsegs; i++)
		sum += map->dm_segs[i].ds_len;
	sim_enter(sim);
	if (sum != map->dm_mapsize || sum == 0)
		misuse(sim, "the bus: segments that are not the load", map);
	error = remember(t, map, map->dm_segs, (unsigned)map->dm_nsegs, flags);
	sim_leave(sim);
	return error;
}

/* Split a fragment in two where the seed wants it and there is room. */
static void
split(struct busdma_sim *sim, struct busdma_frags *fs)
{
	bus_size_t len;
	unsigned i;

	if (fs->fs_count == 0 || fs->fs_count == fs->fs_max)
		return;
	i = (unsigned)sim_rng_below(&sim->s_rngbus, fs->fs_count);
	len = fs->fs_frag[i].bf_len;
	if (len < 2)
		return;
	len = 1 + sim_rng_below(&sim->s_rngbus, len - 1);
	(void)busdma_frags_split(fs, i, len);
}

static int
sim_load(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	bus_dma_segment_t *segs;
	unsigned i;
	int error;

	segs = calloc(fs->fs_count, sizeof(*segs));
	if (segs == NULL)
		return ENOMEM;
	for (i = 0; i < fs->fs_count; i++) {
		segs[i].ds_addr = fs->fs_frag[i].bf_addr;
		segs[i].ds_len = fs->fs_frag[i].bf_len;
	}
	sim_enter(sim);
	error = remember(t, map, segs, fs->fs_count, flags);
	if (error == 0)
		split(sim, fs);
	sim_leave(sim);
	free(segs);
	return error;
}

static void
sim_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	struct sim_load *ld = busdma_map_area(t, map);

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_UNLOADED);
	if (ld->ld_loaded) {
		sim_own_unload(to_sim(t)->st_req, ld);
		sim_trace_unload(to_sim(t)->st_req, ld);
		sim_cache_unload(sim, ld);
		sim_load_remove(ld);
	} else {
		misuse(sim, "the bus: unload of a map not loaded", map);
	}
	sim_leave(sim);
}

/* What a sync does to the record, called with the machine's mutex held. */
static void
sync_load(struct sim_requester *rq, bus_dmamap_t map, struct sim_load *ld,
    bus_addr_t offset, bus_size_t len, int ops)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	const int post = BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE;
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	bool inside = ld->ld_loaded && offset <= ld->ld_bytes &&
		      len <= ld->ld_bytes - offset;
	bool sane = (ops & (pre | post)) != 0 && (ops & ~(pre | post)) == 0 &&
		    ((ops & pre) == 0 || (ops & post) == 0);

	if (!inside)
		misuse(sim, "the bus: sync outside what is loaded", map);
	else
		sim_trace_sync(rq, ld, offset, len, ops);
	if (!sane)
		misuse(sim, "the bus: sync with wrong operations", map);
	if (inside && sane)
		sim_own_sync(rq, ld, offset, len, ops);
}

/*
 * Devices run as in any hook, and what they do then comes before the driver
 * takes bytes back, and after it gave them: between the driver's last store
 * and its PRE there is no moment at which a device can look.
 */
static void
sim_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	struct busdma_sim *sim = to_sim(t)->st_bus->bu_sim;
	struct sim_load *ld = busdma_map_area(t, map);

	sim_enter(sim);
	if ((ops & pre) == 0)
		sim_hook(sim, BUSDMA_SIM_HOOK_SYNC);
	sync_load(to_sim(t)->st_req, map, ld, offset, len, ops);
	if ((ops & pre) != 0)
		sim_hook(sim, BUSDMA_SIM_HOOK_SYNC);
	sim_leave(sim);
}

/* The tag takes bus addresses, and changes none. */
static bool
sim_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	re->re_low = t->dt_limits.dl_low;
	re->re_high = t->dt_limits.dl_high;
	re->re_offset = 0;
	re->re_fixed = true;
	return i == 0;
}
