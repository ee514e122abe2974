/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for bus_dmamem_alloc over the built-in arena: a byte for each
 * page and a search through all of them, over random programs by seed.  What
 * is returned must be legal to the byte; and where the search finds memory,
 * the library must too.
 *
 * A run is sought within one region and one window: the arena and the library
 * promise no more.
 *
 * memory [--cases N] [--seed S] [--case I]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/direct.h>

#include "args.h"
#include "rnd.h"

#define MAXREGIONS 3
#define MAXPAGES 96 /* of all regions */
#define MAXWIN 3
#define MAXLIVE 12
#define MAXSEGS 8
#define TOP UINT64_MAX

struct live {
	bus_dma_segment_t li_seg[MAXSEGS];
	int li_nsegs;
	bus_size_t li_size;
};

struct mcase {
	uint32_t mc_pagesize;
	struct busdma_frag mc_region[MAXREGIONS];
	unsigned mc_nregions;
	struct bus_dma_window mc_win[MAXWIN];
	unsigned mc_nwin;
	bool mc_stacked;
	bus_addr_t mc_under;
	struct bus_dma_limits mc_lim;

	struct {
		paddr_t pa;
		unsigned region;
		bool taken;
	} mc_page[MAXPAGES];
	unsigned mc_npages;
	struct live mc_live[MAXLIVE];
	unsigned mc_nlive;

	/* The allocation being made. */
	bus_size_t mc_size, mc_align, mc_boundary;
	int mc_nsegs;
};

static unsigned live_allocs, reports;
static enum busdma_report_code last_report;

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	live_allocs++;
	return malloc(size);
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	(void)size;
	live_allocs--;
	free(p);
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	(void)pl;
	(void)as;
	(void)va;
	(void)len;
	(void)frags;
	(void)n;
	return 0;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	reports++;
	last_report = rp->rp_code;
}

/* Where the device sees a byte: through the window that reaches it. */
static bool
reach(const struct mcase *mc, paddr_t pa, bus_addr_t *bus, unsigned *win)
{
	const struct bus_dma_limits *lim = &mc->mc_lim;

	for (unsigned i = 0; i < mc->mc_nwin; i++) {
		const struct bus_dma_window *w = &mc->mc_win[i];
		bus_addr_t b = pa - w->dw_cpu + w->dw_bus;

		if (pa < w->dw_cpu || pa - w->dw_cpu >= w->dw_len)
			continue;
		if (mc->mc_stacked) {
			if (b > TOP - mc->mc_under)
				continue;
			b += mc->mc_under;
		}
		if (b < lim->dl_low || (lim->dl_high != 0 && b > lim->dl_high))
			continue;
		*bus = b;
		*win = i;
		return true;
	}
	return false;
}

/* A whole page, contiguous for the device too; its first bus address. */
static bool
reach_page(const struct mcase *mc, paddr_t pa, bus_addr_t *bus, unsigned *win)
{
	bus_addr_t b;
	unsigned w;

	if (!reach(mc, pa, bus, win))
		return false;
	for (unsigned o = 1; o < mc->mc_pagesize; o++)
		if (!reach(mc, pa + o, &b, &w) || b != *bus + o)
			return false;
	return true;
}

static int
page_index(const struct mcase *mc, paddr_t pa)
{
	for (unsigned i = 0; i < mc->mc_npages; i++)
		if (mc->mc_page[i].pa == pa)
			return (int)i;
	return -1;
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

static bus_size_t
boundary_of(const struct mcase *mc)
{
	return least(mc->mc_boundary, mc->mc_lim.dl_boundary);
}

static bool
aligned(const struct mcase *mc, bus_addr_t bus)
{
	return (mc->mc_align == 0 || bus % mc->mc_align == 0) &&
	       (mc->mc_lim.dl_alignment == 0 ||
		   bus % mc->mc_lim.dl_alignment == 0);
}

/* How many free pages from `i' on are one legal run, at most `most'. */
static unsigned
run_at(const struct mcase *mc, unsigned i, unsigned most)
{
	uint32_t ps = mc->mc_pagesize;
	bus_size_t b = boundary_of(mc);
	bus_addr_t first, bus;
	unsigned n, window, win;

	if (!reach_page(mc, mc->mc_page[i].pa, &first, &window) ||
	    !aligned(mc, first))
		return 0;
	for (n = 0; n < most && i + n < mc->mc_npages; n++)
		if (mc->mc_page[i + n].taken ||
		    mc->mc_page[i + n].region != mc->mc_page[i].region ||
		    !reach_page(mc, mc->mc_page[i + n].pa, &bus, &win) ||
		    win != window || bus != first + (bus_addr_t)n * ps ||
		    (b >= ps && first / b != bus / b))
			break;
	return n;
}

/*
 * Whether it can be done: one run that holds all; or, where only lengths
 * matter, as many of the longest runs as there may be segments.
 */
static bool
possible(const struct mcase *mc, unsigned want, int nsegs)
{
	unsigned runs[MAXPAGES], n = 0, sum = 0;

	for (unsigned i = 0; i < mc->mc_npages; i++)
		if (run_at(mc, i, want) == want)
			return true;
	if (mc->mc_align > mc->mc_pagesize ||
	    mc->mc_lim.dl_alignment > mc->mc_pagesize || boundary_of(mc) != 0)
		return false;
	for (unsigned i = 0; i < mc->mc_npages;) {
		unsigned len = run_at(mc, i, MAXPAGES);

		if (len != 0)
			runs[n++] = len;
		i += len != 0 ? len : 1;
	}
	for (; nsegs != 0; nsegs--) {
		unsigned best = 0;

		for (unsigned i = 1; i < n; i++)
			if (runs[i] > runs[best])
				best = i;
		if (n != 0) {
			sum += runs[best];
			runs[best] = 0;
		}
	}
	return sum >= want;
}

#define CHECK(cond, ...)                                 \
	do {                                             \
		if (!(cond)) {                           \
			printf("# wrong: " __VA_ARGS__); \
			printf("\n");                    \
			return false;                    \
		}                                        \
	} while (0)

/* Segments that were returned: every page of them, and their places. */
static bool
check_segs(struct mcase *mc, const struct live *li)
{
	uint32_t ps = mc->mc_pagesize;
	bus_size_t sum = 0, b = boundary_of(mc);
	bus_addr_t first = 0, bus;
	unsigned win;

	CHECK(li->li_nsegs >= 1 && li->li_nsegs <= mc->mc_nsegs, "rsegs");
	for (int i = 0; i < li->li_nsegs; i++) {
		const bus_dma_segment_t *s = &li->li_seg[i];

		CHECK(s->ds_len != 0 && s->ds_len % ps == 0 &&
			  s->ds_addr % ps == 0,
		    "a segment that is not pages");
		sum += s->ds_len;
		for (bus_size_t o = 0; o < s->ds_len; o += ps) {
			int page = page_index(mc, s->ds_addr + o);

			CHECK(page >= 0, "a page of no region");
			CHECK(!mc->mc_page[page].taken, "a page twice");
			mc->mc_page[page].taken = true;
			CHECK(reach_page(mc, s->ds_addr + o, &bus, &win),
			    "a page out of reach");
			if (o == 0)
				first = bus;
			CHECK(bus == first + o, "a run that the bus breaks");
		}
		CHECK(mc->mc_align == 0 || first % mc->mc_align == 0,
		    "alignment");
		CHECK(mc->mc_lim.dl_alignment == 0 ||
			  first % mc->mc_lim.dl_alignment == 0,
		    "the tag's alignment");
		bus = first + (b >= ps ? s->ds_len : mc->mc_size) - 1;
		CHECK(b == 0 || first / b == bus / b, "boundary");
	}
	CHECK(sum == (li->li_size + ps - 1) / ps * ps, "the sum");
	return true;
}

/* It loads, as it is; and it can't be freed meanwhile. */
static bool
check_load(bus_dma_tag_t t, struct mcase *mc, struct live *li)
{
	bus_size_t b = boundary_of(mc);
	bus_dmamap_t map;
	bool ok;

	CHECK(bus_dmamap_create(t, li->li_size, li->li_nsegs, TOP,
		  b >= mc->mc_pagesize ? b : 0, 0, &map) == 0,
	    "create");
	ok = bus_dmamap_load_raw(t, map, li->li_seg, li->li_nsegs, li->li_size,
		 BUS_DMA_NOWAIT) == 0;
	if (ok) {
		bus_dmamem_free(t, li->li_seg, li->li_nsegs);
		ok = reports == 1 && last_report == BUSDMA_REPORT_MEMLOADED;
		reports = 0;
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	CHECK(ok, "it did not load, or could be freed while loaded");
	return true;
}

static uint64_t allocs, failures, split;

static bool
try_alloc(bus_dma_tag_t t, struct mcase *mc, struct rnd *r)
{
	struct live *li = &mc->mc_live[mc->mc_nlive];
	uint32_t ps = mc->mc_pagesize;
	bus_size_t b, size;
	unsigned want;
	int error, n;

	mc->mc_size = rnd_in(r, 1, rnd_one_in(r, 3) ? 12 * ps : 4 * ps);
	mc->mc_align = rnd_one_in(r, 2) ? 0 : (bus_size_t)1 << rnd_below(r, 16);
	mc->mc_boundary =
	    rnd_one_in(r, 2) ? 0 : (bus_size_t)1 << rnd_in(r, 4, 17);
	mc->mc_nsegs = (int)(rnd_one_in(r, 2) ? 1 : rnd_in(r, 1, MAXSEGS));
	b = boundary_of(mc);
	n = (int)least(
	    (bus_size_t)mc->mc_nsegs, (bus_size_t)mc->mc_lim.dl_nsegments);
	want = (unsigned)((mc->mc_size + ps - 1) / ps);
	size = (bus_size_t)want * ps;

	error = bus_dmamem_alloc(t, mc->mc_size, mc->mc_align, mc->mc_boundary,
	    li->li_seg, mc->mc_nsegs, &li->li_nsegs, BUS_DMA_NOWAIT);
	CHECK(error == 0 || error == ENOMEM || error == EINVAL, "the error");
	CHECK((error == EINVAL) ==
		  (b != 0 && ((b < ps && mc->mc_size > b) ||
				 (b >= ps && size > b * (unsigned)n))),
	    "EINVAL or not");
	failures += error == ENOMEM;
	if (error == ENOMEM)
		CHECK(!possible(mc, want, n), "there was memory");
	if (error != 0)
		return true;
	allocs++;
	split += li->li_nsegs > 1;
	li->li_size = mc->mc_size;
	if (!check_segs(mc, li) || !check_load(t, mc, li))
		return false;
	mc->mc_nlive++;
	return true;
}

static void
free_one(bus_dma_tag_t t, struct mcase *mc, unsigned i)
{
	struct live *li = &mc->mc_live[i];

	for (int s = 0; s < li->li_nsegs; s++)
		for (bus_size_t o = 0; o < li->li_seg[s].ds_len;
		     o += mc->mc_pagesize)
			mc->mc_page[page_index(mc, li->li_seg[s].ds_addr + o)]
			    .taken = false;
	bus_dmamem_free(t, li->li_seg, li->li_nsegs);
	*li = mc->mc_live[--mc->mc_nlive];
}

/* Regions apart from each other, or side by side; one may end the space. */
static void
make_regions(struct mcase *mc, struct rnd *r)
{
	uint64_t ps = mc->mc_pagesize;
	paddr_t at = rnd_below(r, 40) * ps;

	mc->mc_nregions = (unsigned)rnd_in(r, 1, MAXREGIONS);
	for (unsigned i = 0; i < mc->mc_nregions; i++) {
		unsigned n = (unsigned)rnd_in(r, 1, MAXPAGES / MAXREGIONS);

		if (i == 2 && rnd_one_in(r, 2))
			at = TOP - n * ps + 1;
		mc->mc_region[i] = (struct busdma_frag){ at, n * ps };
		for (unsigned p = 0; p < n; p++) {
			mc->mc_page[mc->mc_npages].region = i;
			mc->mc_page[mc->mc_npages++].pa = at + p * ps;
		}
		at += (n + (rnd_one_in(r, 3) ? 0 : rnd_below(r, 20))) * ps;
	}
}

/* Windows over the regions: those that overlap one before them go. */
static void
make_windows(struct mcase *mc, struct rnd *r)
{
	uint64_t ps = mc->mc_pagesize;
	bus_addr_t bus = rnd_below(r, 50) * ps;

	mc->mc_stacked = rnd_one_in(r, 4);
	mc->mc_under = rnd_below(r, 20) * ps;
	unsigned n = mc->mc_stacked ? 1 : (unsigned)rnd_in(r, 1, MAXWIN);

	mc->mc_nwin = 0;
	for (unsigned i = 0; i < n; i++) {
		struct bus_dma_window *w = &mc->mc_win[mc->mc_nwin];
		unsigned k;
		const struct busdma_frag *f =
		    &mc->mc_region[rnd_below(r, mc->mc_nregions)];

		w->dw_cpu = f->bf_addr + rnd_below(r, f->bf_len / ps) * ps;
		w->dw_len = rnd_in(r, 1, 40) * ps;
		if (w->dw_len - 1 > TOP - w->dw_cpu)
			w->dw_len = TOP - w->dw_cpu + 1;
		w->dw_bus = bus;
		w->dw_flags = BUS_DMA_WINDOW_COHERENT;
		bus += w->dw_len + rnd_below(r, 3) * ps;
		for (k = 0; k < mc->mc_nwin; k++) {
			const struct bus_dma_window *o = &mc->mc_win[k];

			if (w->dw_cpu <= o->dw_cpu + (o->dw_len - 1) &&
			    o->dw_cpu <= w->dw_cpu + (w->dw_len - 1))
				break;
		}
		mc->mc_nwin += k == mc->mc_nwin;
	}
}

static void
make_limits(struct mcase *mc, struct rnd *r)
{
	struct bus_dma_limits *lim = &mc->mc_lim;
	const struct bus_dma_window *w = &mc->mc_win[0];
	bus_addr_t bus = w->dw_bus + (mc->mc_stacked ? mc->mc_under : 0);

	if (rnd_one_in(r, 3))
		lim->dl_low = bus + rnd_below(r, w->dw_len);
	if (rnd_one_in(r, 3))
		lim->dl_high = bus + w->dw_len - 1;
	if (rnd_one_in(r, 4))
		lim->dl_alignment = (bus_size_t)1 << rnd_below(r, 14);
	if (rnd_one_in(r, 4))
		lim->dl_boundary = (bus_size_t)1 << rnd_in(r, 5, 15);
	if (lim->dl_boundary != 0 && lim->dl_boundary < lim->dl_alignment)
		lim->dl_boundary = lim->dl_alignment;
	if (rnd_one_in(r, 4))
		lim->dl_nsegments = (int)rnd_in(r, 1, 6);
}

static bool
use_tag(bus_dma_tag_t t, struct mcase *mc, struct rnd *r)
{
	bool ok = true;

	for (unsigned i = 0; i < 20 && ok; i++) {
		if (mc->mc_nlive == MAXLIVE ||
		    (mc->mc_nlive != 0 && rnd_one_in(r, 4)))
			free_one(t, mc, (unsigned)rnd_below(r, mc->mc_nlive));
		else
			ok = try_alloc(t, mc, r);
	}
	if (ok)
		while (mc->mc_nlive != 0)
			free_one(t, mc, 0);
	return ok;
}

static void
print_case(const struct mcase *mc, uint64_t seed, uint64_t index)
{
	const struct bus_dma_limits *lim = &mc->mc_lim;

	printf("# --seed %" PRIu64 " --case %" PRIu64 ", page %u\n", seed,
	    index, mc->mc_pagesize);
	for (unsigned i = 0; i < mc->mc_nregions; i++)
		printf("# region %#" PRIx64 " + %#" PRIx64 "\n",
		    mc->mc_region[i].bf_addr, mc->mc_region[i].bf_len);
	for (unsigned i = 0; i < mc->mc_nwin; i++)
		printf("# window cpu %#" PRIx64 " bus %#" PRIx64
		       " len %#" PRIx64 "\n",
		    mc->mc_win[i].dw_cpu, mc->mc_win[i].dw_bus,
		    mc->mc_win[i].dw_len);
	if (mc->mc_stacked)
		printf("# over a window of bus %#" PRIx64 "\n", mc->mc_under);
	printf("# low %#" PRIx64 " high %#" PRIx64 " align %#" PRIx64
	       " boundary %#" PRIx64 " nsegs %d\n",
	    lim->dl_low, lim->dl_high, lim->dl_alignment, lim->dl_boundary,
	    lim->dl_nsegments);
	printf("# alloc size %#" PRIx64 " align %#" PRIx64 " boundary %#" PRIx64
	       " nsegs %d\n# taken ",
	    mc->mc_size, mc->mc_align, mc->mc_boundary, mc->mc_nsegs);
	for (unsigned i = 0; i < mc->mc_npages; i++)
		printf("%c", mc->mc_page[i].taken ? 'x' : '.');
	printf("\n");
}

/* The tags of a case; false where the limits leave nothing. */
static bool
make_tags(const struct busdma_platform *pl, const struct mcase *mc,
    bus_dma_tag_t *tags, unsigned *n)
{
	struct bus_dma_window under = { 0, mc->mc_under, 0,
		BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t lower = NULL;

	if (mc->mc_stacked) {
		if (bus_dmatag_direct(pl, NULL, &under, 1, &lower, 0) != 0)
			return false;
		tags[(*n)++] = lower;
	}
	if (bus_dmatag_direct(
		pl, lower, mc->mc_win, mc->mc_nwin, &tags[*n], 0) != 0)
		return false;
	++*n;
	if (bus_dmatag_restrict(tags[*n - 1], &mc->mc_lim, &tags[*n], 0) != 0)
		return false;
	++*n;
	return true;
}

static bool
run_case(uint64_t seed, uint64_t index)
{
	struct rnd mix = { .rn_state = seed + index * 0x9e3779b97f4a7c15u };
	struct rnd *r = &mix;
	struct busdma_platform pl = { .pl_size = sizeof(pl),
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_pages_alloc = busdma_arena_pages_alloc,
		.pl_pages_free = busdma_arena_pages_free,
		.pl_report = hook_report,
		.pl_account = &busdma_account };
	struct mcase mc;
	bus_dma_tag_t tags[3];
	unsigned ntags = 0;
	bool ok = true;

	memset(&mc, 0, sizeof(mc));
	reports = live_allocs = 0;
	pl.pl_pagesize = mc.mc_pagesize = 1u << rnd_in(r, 6, 8);
	make_regions(&mc, r);
	make_windows(&mc, r);
	make_limits(&mc, r);
	if (busdma_arena_create(
		&pl, mc.mc_region, mc.mc_nregions, &pl.pl_arena) != 0) {
		printf("# wrong: busdma_arena_create\n");
		return false;
	}
	if (make_tags(&pl, &mc, tags, &ntags))
		ok = use_tag(tags[ntags - 1], &mc, r);
	if (!ok)
		print_case(&mc, seed, index);
	while (ntags-- != 0)
		bus_dmatag_destroy(tags[ntags]);
	if (ok && (busdma_arena_destroy(&pl, pl.pl_arena) != 0 ||
		      live_allocs != 0 || reports != 0)) {
		printf("# wrong: something is left over\n");
		print_case(&mc, seed, index);
		ok = false;
	}
	return ok;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 5000);
	uint64_t seed = oa.oa_seed, first = oa.oa_first, cases = oa.oa_end;
	unsigned bad = 0;

	printf("1..1\n");
	for (uint64_t i = first; i < cases && bad < 3; i++)
		bad += !run_case(seed, i);
	printf("# memory: seed %" PRIu64 ", %" PRIu64 " programs: %" PRIu64
	       " allocations, %" PRIu64 " of several segments, %" PRIu64
	       " failures\n",
	    seed, cases - first, allocs, split, failures);
	if (cases - first > 50 &&
	    (allocs < cases || split < cases / 10 || failures < cases / 2)) {
		printf("# the programs are too much alike\n");
		bad++;
	}
	printf("%s 1 - memory for DMA\n", bad == 0 ? "ok" : "not ok");
	return bad != 0;
}
