/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The built-in arena: page allocation over regions that the porter names.
 */
#include <busdma/string.h>

#include "mi.h"

struct region {
	paddr_t rg_base;
	size_t rg_pages;
	struct busdma_range *rg_range; /* under ar_lock */
};

struct busdma_arena {
	busdma_lock_t ar_lock; /* guards all ranges */
	size_t ar_size;        /* bytes of the arena, ranges included */
	unsigned ar_shift;     /* log2 of the page */
	unsigned ar_nregions;
	struct region ar_region[];
};

static unsigned
log2of(uint32_t v)
{
	unsigned n = 0;

	while (v > 1) {
		v >>= 1;
		n++;
	}
	return n;
}

/* Whole pages that don't wrap and overlap no region before them. */
static bool
region_ok(const struct busdma_frag *regions, unsigned i, uint32_t page)
{
	const struct busdma_frag *r = &regions[i], *o;

	if (r->bf_len == 0 || ((r->bf_addr | r->bf_len) & (page - 1)) != 0 ||
	    r->bf_addr + (r->bf_len - 1) < r->bf_addr)
		return false;
	for (o = regions; o < r; o++)
		if (r->bf_addr <= o->bf_addr + (o->bf_len - 1) &&
		    o->bf_addr <= r->bf_addr + (r->bf_len - 1))
			return false;
	return true;
}

/* Bytes for the arena; 0: too many. */
static size_t
arena_size(const struct busdma_frag *regions, unsigned n, unsigned shift)
{
	size_t size, one;
	unsigned i;

	size = sizeof(struct busdma_arena) + n * sizeof(struct region);
	for (i = 0; i < n; i++) {
		if (regions[i].bf_len >> shift > SIZE_MAX)
			return 0;
		one = busdma_range_size((size_t)(regions[i].bf_len >> shift));
		if (one == 0 || one > SIZE_MAX / 2 - size)
			return 0;
		size += one;
	}
	return size;
}

int
busdma_arena_create(const struct busdma_platform *pl,
    const struct busdma_frag *regions, unsigned nregions,
    struct busdma_arena **arenap)
{
	struct busdma_arena *ar;
	struct region *rg;
	unsigned i, shift;
	size_t size;
	char *p;

	if (pl == NULL || regions == NULL || nregions == 0 || arenap == NULL ||
	    !busdma_ispow2(pl->pl_pagesize))
		return EINVAL;
	for (i = 0; i < nregions; i++)
		if (!region_ok(regions, i, pl->pl_pagesize))
			return EINVAL;
	shift = log2of(pl->pl_pagesize);
	size = arena_size(regions, nregions, shift);
	if (size == 0)
		return EINVAL;
	ar = pl->pl_alloc(pl, size, 0);
	if (ar == NULL)
		return ENOMEM;
	memset(ar, 0, sizeof(*ar));
	ar->ar_size = size;
	ar->ar_shift = shift;
	ar->ar_nregions = nregions;
	p = (char *)&ar->ar_region[nregions];
	for (i = 0; i < nregions; i++) {
		rg = &ar->ar_region[i];
		rg->rg_base = regions[i].bf_addr;
		rg->rg_pages = (size_t)(regions[i].bf_len >> shift);
		rg->rg_range = busdma_range_init(p, rg->rg_pages);
		p += busdma_range_size(rg->rg_pages);
		(void)busdma_range_free(rg->rg_range, 0, rg->rg_pages);
	}
	*arenap = ar;
	return 0;
}

bus_size_t
busdma_arena_avail(const struct busdma_platform *pl, struct busdma_arena *ar)
{
	bus_size_t pages = 0;
	unsigned i;

	pl->pl_lock(pl, &ar->ar_lock);
	for (i = 0; i < ar->ar_nregions; i++)
		pages += busdma_range_avail(ar->ar_region[i].rg_range);
	pl->pl_unlock(pl, &ar->ar_lock);
	return pages << ar->ar_shift;
}

int
busdma_arena_destroy(const struct busdma_platform *pl, struct busdma_arena *ar)
{
	bus_size_t all = 0;
	unsigned i;

	for (i = 0; i < ar->ar_nregions; i++)
		all += (bus_size_t)ar->ar_region[i].rg_pages << ar->ar_shift;
	if (busdma_arena_avail(pl, ar) != all)
		return EBUSY;
	pl->pl_free(pl, ar, ar->ar_size);
	return 0;
}

/*
 * The request in units of one region; false: nothing of the region will do.
 */
static bool
region_request(const struct busdma_arena *ar, const struct region *rg,
    const struct busdma_pages *pg, struct busdma_range_req *rq)
{
	paddr_t last =
	    rg->rg_base + (((paddr_t)rg->rg_pages << ar->ar_shift) - 1);
	bus_size_t page = (bus_size_t)1 << ar->ar_shift, units;

	if (pg->pg_low > last || pg->pg_high < rg->rg_base ||
	    pg->pg_high - rg->rg_base < page - 1 ||
	    ((pg->pg_offset & (pg->pg_align - 1)) & (page - 1)) != 0)
		return false;
	rq->rr_low = 0;
	if (pg->pg_low > rg->rg_base)
		rq->rr_low = (size_t)((pg->pg_low - rg->rg_base + (page - 1)) >>
				      ar->ar_shift);
	rq->rr_high = rg->rg_pages - 1;
	if (pg->pg_high < last)
		rq->rr_high =
		    (size_t)((pg->pg_high - rg->rg_base - (page - 1)) >>
			     ar->ar_shift);
	units = pg->pg_size >> ar->ar_shift;
	rq->rr_max = units < rg->rg_pages ? (size_t)units : rg->rg_pages;
	rq->rr_align = pg->pg_align > page ? pg->pg_align >> ar->ar_shift : 1;
	rq->rr_boundary = pg->pg_boundary >> ar->ar_shift;
	rq->rr_offset = (rg->rg_base + pg->pg_offset) >> ar->ar_shift;
	return true;
}

/* The longest run of at least `min' bytes in any region, all locked. */
static int
arena_longest(struct busdma_arena *ar, struct busdma_pages *pg, bus_size_t min)
{
	struct busdma_range_req rq;
	struct region *rg, *from = NULL;
	size_t start, len, held = 0, best = 0;
	unsigned i;

	for (i = 0; i < ar->ar_nregions; i++) {
		rg = &ar->ar_region[i];
		if (!region_request(ar, rg, pg, &rq) ||
		    rq.rr_max < min >> ar->ar_shift)
			continue;
		rq.rr_min = (size_t)(min >> ar->ar_shift);
		if (rq.rr_min <= best)
			rq.rr_min = best + 1;
		len = busdma_range_alloc(rg->rg_range, &rq, &start);
		if (len == 0)
			continue;
		if (from != NULL)
			(void)busdma_range_free(from->rg_range, held, best);
		from = rg;
		held = start;
		best = len;
		if (best == pg->pg_size >> ar->ar_shift)
			break;
	}
	if (from == NULL)
		return ENOMEM;
	pg->pg_addr = from->rg_base + ((paddr_t)held << ar->ar_shift);
	pg->pg_size = (bus_size_t)best << ar->ar_shift;
	return 0;
}

int
busdma_arena_pages_alloc(
    const struct busdma_platform *pl, struct busdma_pages *pg)
{
	struct busdma_arena *ar = pl->pl_arena;
	int error;

	if (ar == NULL)
		return EINVAL;
	pl->pl_lock(pl, &ar->ar_lock);
	error = arena_longest(ar, pg, pg->pg_min);
	pl->pl_unlock(pl, &ar->ar_lock);
	return error;
}

int
busdma_arena_pages_free(
    const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	struct busdma_arena *ar = pl->pl_arena;
	bus_size_t page = pl->pl_pagesize;
	struct region *rg;
	unsigned i;
	int error = EINVAL;

	if (ar == NULL || ((addr | size) & (page - 1)) != 0)
		return EINVAL;
	pl->pl_lock(pl, &ar->ar_lock);
	for (i = 0; i < ar->ar_nregions; i++) {
		rg = &ar->ar_region[i];
		if (addr < rg->rg_base ||
		    (addr - rg->rg_base) >> ar->ar_shift >= rg->rg_pages ||
		    size >> ar->ar_shift > rg->rg_pages)
			continue;
		error = busdma_range_free(rg->rg_range,
		    (size_t)((addr - rg->rg_base) >> ar->ar_shift),
		    (size_t)(size >> ar->ar_shift));
		break;
	}
	pl->pl_unlock(pl, &ar->ar_lock);
	return error;
}
