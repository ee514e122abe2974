/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA-safe memory: allocated, freed, mapped into the kernel and, a page at a
 * time, into processes.
 */
#include "mi.h"

bool
busdma_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	const struct busdma_backend_ops *ops;
	bool fixed = true;
	unsigned n;

	for (n = 0; n < t->dt_nlayers; n++) {
		ops = t->dt_layers[n]->dt_ops;
		if (ops->bo_reach != NULL) {
			if (!ops->bo_reach(t->dt_layers[n], i, re))
				return false;
			re->re_fixed = re->re_fixed && fixed;
			return true;
		}
		/* It may put memory elsewhere, and does not say where. */
		if (ops->bo_map != NULL || ops->bo_load != NULL)
			fixed = false;
	}
	re->re_low = t->dt_limits.dl_low;
	re->re_high = t->dt_limits.dl_high;
	re->re_offset = 0;
	re->re_fixed = fixed;
	return i == 0;
}

/* What the platform's hook returned is what it was asked for. */
static bool
pages_ok(const struct busdma_platform *pl, const struct busdma_pages *pg,
    bus_size_t most)
{
	paddr_t last = pg->pg_addr + (pg->pg_size - 1);
	bus_addr_t bus = pg->pg_addr + pg->pg_offset;
	uint64_t page = pl->pl_pagesize - 1;

	if (pg->pg_size < pg->pg_min || pg->pg_size > most ||
	    ((pg->pg_size | pg->pg_addr) & page) != 0)
		return false;
	if (last < pg->pg_addr || pg->pg_addr < pg->pg_low ||
	    last > pg->pg_high || (bus & (pg->pg_align - 1)) != 0)
		return false;
	return pg->pg_boundary == 0 ||
	       ((bus ^ (bus + (pg->pg_size - 1))) & -pg->pg_boundary) == 0;
}

/* One run of pages, of at most `most' bytes, from wherever it is reached. */
static int
mem_run(bus_dma_tag_t t, struct busdma_pages *pg, bus_size_t most)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_reach re;
	unsigned i;
	int error = ENOMEM;

	for (i = 0; error == ENOMEM && busdma_reach(t, i, &re); i++) {
		pg->pg_size = most;
		pg->pg_low = re.re_low;
		pg->pg_high = re.re_high;
		pg->pg_offset = re.re_offset;
		error = pl->pl_pages_alloc(pl, pg);
		if (error == 0 && !pages_ok(pl, pg, most)) {
			busdma_report(t, NULL, BUSDMA_REPORT_PLATFORM,
			    "bus_dmamem_alloc", pg->pg_addr, pg->pg_size);
			(void)pl->pl_pages_free(pl, pg->pg_addr, pg->pg_size);
			error = EINVAL;
		}
	}
	return error;
}

/* ceil(size / n) in whole pages. */
static bus_size_t
mem_share(bus_size_t size, int n, bus_size_t page)
{
	unsigned rest;
	uint64_t quotient = busdma_divide(size, (unsigned)n, &rest);

	if (rest != 0)
		quotient++;
	return (quotient + (page - 1)) & ~(page - 1);
}

/* Returns how many bytes that were. */
static bus_size_t
mem_free(
    bus_dma_tag_t t, const bus_dma_segment_t *segs, int nsegs, const char *func)
{
	const struct busdma_platform *pl = t->dt_pl;
	bus_size_t size = 0;
	int i;

	for (i = 0; i < nsegs; i++) {
		if (pl->pl_pages_free == NULL || segs[i].ds_len == 0 ||
		    pl->pl_pages_free(pl, segs[i].ds_addr, segs[i].ds_len) != 0)
			busdma_report(t, NULL, BUSDMA_REPORT_MEMFREE, func,
			    segs[i].ds_addr, segs[i].ds_len);
		else
			size += segs[i].ds_len;
	}
	return size;
}

/* On the account of `t', or off it. */
static BUSDMA_COLD int
mem_account(bus_dma_tag_t t, bus_size_t size, enum busdma_bytes what)
{
	const struct busdma_account *ac = t->dt_pl->pl_account;

	return ac != NULL ? ac->ac_memory(t, size, what) : 0;
}

/* Runs until `size' is reached: all or nothing. */
static int
mem_runs(bus_dma_tag_t t, bus_size_t size, struct busdma_pages *pg,
    bus_dma_segment_t *segs, int nsegs, int *rsegs)
{
	bus_size_t left = size, most;
	int error, n;

	for (n = 0; left != 0; n++) {
		/* What is left over is never more than the rest can hold. */
		most = busdma_minlimit(left, pg->pg_boundary);
		pg->pg_min = mem_share(left, nsegs - n, t->dt_pl->pl_pagesize);
		error = mem_run(t, pg, most);
		if (error != 0) {
			(void)mem_free(t, segs, n, "bus_dmamem_alloc");
			return error;
		}
		segs[n].ds_addr = pg->pg_addr;
		segs[n].ds_len = pg->pg_size;
		left -= pg->pg_size;
	}
	*rsegs = n;
	return 0;
}

int
busdma_pages_alloc(
    bus_dma_tag_t t, bus_size_t size, bus_dma_segment_t *seg, int flags)
{
	struct busdma_pages pg = {
		.pg_align = t->dt_pl->pl_pagesize,
		.pg_flags = flags & BUS_DMA_NOWAIT,
	};
	int error, n;

	if (t->dt_pl->pl_pages_alloc == NULL)
		return EINVAL;
	error = mem_account(t, size, BUSDMA_BYTES_OUT);
	if (error == 0) {
		error = mem_runs(t, size, &pg, seg, 1, &n);
		if (error != 0)
			(void)mem_account(t, size, BUSDMA_BYTES_NONE);
	}
	return error;
}

int
bus_dmamem_alloc(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, bus_dma_segment_t *segs, int nsegs, int *rsegs,
    int flags)
{
	const struct bus_dma_limits *lim;
	struct busdma_pages pg = { 0 };
	bus_size_t page;
	int error;

	if (t == NULL || segs == NULL || rsegs == NULL || nsegs < 1 ||
	    size == 0 || (alignment & (alignment - 1)) != 0 ||
	    (boundary & (boundary - 1)) != 0)
		return EINVAL;
	page = t->dt_pl->pl_pagesize;
	lim = &t->dt_limits;
	boundary = busdma_minlimit(boundary, lim->dl_boundary);
	if (t->dt_pl->pl_pages_alloc == NULL || size > -page)
		return EINVAL;
	if (boundary != 0 && boundary < page) {
		/* A page is aligned to it: the first such part crosses none. */
		if (size > boundary)
			return EINVAL;
		boundary = 0;
	}
	size = (size + (page - 1)) & ~(page - 1);
	if (nsegs > lim->dl_nsegments)
		nsegs = lim->dl_nsegments;
	if (boundary != 0 && mem_share(size, nsegs, page) > boundary)
		return EINVAL;
	pg.pg_align = alignment > page ? alignment : page;
	if (pg.pg_align < lim->dl_alignment)
		pg.pg_align = lim->dl_alignment;
	pg.pg_boundary = boundary;
	pg.pg_flags = flags & BUS_DMA_NOWAIT;
	error = mem_account(t, size, BUSDMA_BYTES_OUT);
	if (error == 0) {
		error = mem_runs(t, size, &pg, segs, nsegs, rsegs);
		if (error != 0)
			(void)mem_account(t, size, BUSDMA_BYTES_NONE);
	}
	return error;
}

void
bus_dmamem_free(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs)
{
	const struct busdma_account *ac;
	bus_size_t size;

	if (t == NULL || segs == NULL)
		return;
	ac = t->dt_pl->pl_account;
	if (ac != NULL && ac->ac_loaded(t, segs, nsegs, "bus_dmamem_free"))
		return;
	size = mem_free(t, segs, nsegs, "bus_dmamem_free");
	(void)mem_account(t, size, BUSDMA_BYTES_BACK);
}

/* Segments of whole pages that hold `size' bytes. */
static bool
segs_ok(
    const bus_dma_segment_t *segs, int nsegs, bus_size_t size, bus_size_t page)
{
	int i;

	for (i = 0; i < nsegs; i++) {
		if (((segs[i].ds_addr | segs[i].ds_len) & (page - 1)) != 0 ||
		    segs[i].ds_len == 0 ||
		    segs[i].ds_addr + (segs[i].ds_len - 1) < segs[i].ds_addr)
			return false;
		if (segs[i].ds_len >= size)
			return true;
		size -= segs[i].ds_len;
	}
	return false;
}

/* Without a kernel mapping hook: what is contiguous, where it stands. */
static int
map_window(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    size_t size, int flags, void **kvap)
{
	paddr_t next = segs[0].ds_addr;
	bus_size_t left = size;
	void *kva;

	for (; left > segs->ds_len; segs++) {
		if (segs[0].ds_addr != next)
			return EINVAL;
		next += segs[0].ds_len;
		left -= segs[0].ds_len;
	}
	if (segs[0].ds_addr != next)
		return EINVAL;
	next -= size - left;
	if (next + (size - 1) < next)
		return EINVAL;
	if (pl->pl_window == NULL) {
		if (next + (size - 1) > UINTPTR_MAX)
			return EINVAL;
		*kvap = (void *)(uintptr_t)next;
		return 0;
	}
	kva = pl->pl_window(pl, next, size, flags);
	if (kva == NULL)
		return ENOMEM;
	*kvap = kva;
	return 0;
}

int
bus_dmamem_map(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs, size_t size,
    void **kvap, int flags)
{
	const int both = BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE;
	const struct busdma_platform *pl;
	size_t page;
	int error;

	if (t == NULL || segs == NULL || kvap == NULL || nsegs < 1 ||
	    size == 0 || (flags & both) == both)
		return EINVAL;
	pl = t->dt_pl;
	page = pl->pl_pagesize;
	if (size > -page)
		return EINVAL;
	size = (size + (page - 1)) & ~(page - 1);
	if (!segs_ok(segs, nsegs, size, page))
		return EINVAL;
	flags &= BUS_DMA_NOWAIT | BUS_DMA_COHERENT | both;
	/* Where all devices see the caches, it is coherent as it is. */
	if (t->dt_line == 0)
		flags &= ~BUS_DMA_COHERENT;
	if (pl->pl_kmap != NULL)
		error = pl->pl_kmap(pl, segs, nsegs, size, flags, kvap);
	else
		error = map_window(pl, segs, size, flags, kvap);
	/* From now on syncs may meet memory that write-combines. */
	if (error == 0 && (flags & BUS_DMA_PREFETCHABLE) != 0)
		__atomic_store_n(t->dt_barrier, busdma_cpu(pl)->cpu_barrier_wc,
		    __ATOMIC_RELAXED);
	return error;
}

void
bus_dmamem_unmap(bus_dma_tag_t t, void *kva, size_t size)
{
	const struct busdma_platform *pl;
	size_t page;

	if (t == NULL)
		return;
	pl = t->dt_pl;
	page = pl->pl_pagesize;
	if (((uintptr_t)kva & (page - 1)) != 0 || size == 0 || size > -page ||
	    (kva == NULL && (pl->pl_window != NULL || pl->pl_kunmap != NULL))) {
		busdma_report(t, NULL, BUSDMA_REPORT_MEMUNMAP,
		    "bus_dmamem_unmap", (uintptr_t)kva, size);
		return;
	}
	size = (size + (page - 1)) & ~(page - 1);
	if (pl->pl_kunmap != NULL)
		pl->pl_kunmap(pl, kva, size);
	else if (pl->pl_window_done != NULL)
		pl->pl_window_done(pl, kva, size);
}

paddr_t
bus_dmamem_mmap(bus_dma_tag_t t, bus_dma_segment_t *segs, int nsegs,
    int64_t off, int prot, int flags)
{
	const struct busdma_platform *pl;
	uint64_t left;
	int i;

	if (t == NULL || segs == NULL || off < 0)
		return (paddr_t)-1;
	pl = t->dt_pl;
	left = (uint64_t)off;
	if ((left & (pl->pl_pagesize - 1)) != 0 || pl->pl_mmap == NULL)
		return (paddr_t)-1;
	for (i = 0; i < nsegs; i++) {
		if (left < segs[i].ds_len)
			return pl->pl_mmap(
			    pl, segs[i].ds_addr + left, prot, flags);
		left -= segs[i].ds_len;
	}
	return (paddr_t)-1;
}
