/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Item 5.12 of the contract: memory for DMA.
 */
#include "suite.h"

/* `d' is `size' bytes of legal segments. */
static bool
check_segs(struct conf *c, const struct conf_dmamem *d, int nsegs,
    bus_size_t size, bus_size_t align, bus_size_t boundary)
{
	const bus_dma_segment_t *s = d->cd_segs;
	bus_addr_t b, e, bm = boundary - 1;
	bus_size_t sum = 0;
	int i;

	if (!conf_true(c, __FILE__, __LINE__, "rsegs from 1 to nsegs",
		d->cd_rsegs >= 1 && d->cd_rsegs <= nsegs))
		return false;
	for (i = 0; i < d->cd_rsegs; i++, s++) {
		if (!conf_true(c, __FILE__, __LINE__, "whole pages",
			s->ds_len != 0 &&
			    ((s->ds_addr | s->ds_len) & (c->cf_page - 1)) == 0))
			return false;
		sum += s->ds_len;
		b = s->ds_addr;
		if (c->cf_env->ce_nwindows != 0 &&
		    !conf_true(c, __FILE__, __LINE__, "memory within reach",
			conf_bus(c, s->ds_addr, &b)))
			return false;
		if (c->cf_env->ce_nwindows == 0)
			continue;
		e = b + s->ds_len - 1;
		if (!conf_eq(c, __FILE__, __LINE__, "misalignment",
			b & (align - 1), 0) ||
		    !conf_true(c, __FILE__, __LINE__,
			"no boundary within a segment",
			boundary == 0 || (b & ~bm) == (e & ~bm)))
			return false;
	}
	return conf_eq(c, __FILE__, __LINE__, "sum of the segments", sum, size);
}

/* Memory of the tag's loads on the tag, in no more segments than it has. */
static bool
check_load(struct conf *c, struct conf_dmamem *d, bus_size_t size)
{
	bus_dmamap_t map;
	int error;

	map = conf_map(c, d->cd_tag, size, d->cd_rsegs, size, 0);
	if (map == NULL)
		return false;
	error = bus_dmamap_load_raw(
	    d->cd_tag, map, d->cd_segs, d->cd_rsegs, size, BUS_DMA_NOWAIT);
	if (!conf_eq(c, __FILE__, __LINE__, "bus_dmamap_load_raw",
		(uint64_t)error, 0) ||
	    !conf_eq(
		c, __FILE__, __LINE__, "dm_mapsize", map->dm_mapsize, size))
		return false;
	conf_unmap(c, map);
	return true;
}

static void
rounding(struct conf *c)
{
	bus_size_t page = c->cf_page, size;
	struct conf_dmamem *d;
	unsigned i;

	for (i = 0; i < 5; i++) {
		size = i == 0   ? 1
		       : i == 1 ? page - 1
		       : i == 2 ? page
		       : i == 3 ? page + 1
				: 3 * page - 100;
		OK(d = conf_dmamem(c, c->cf_tag, size, 0, 0, 4));
		OK(check_segs(
		    c, d, 4, (size + page - 1) & ~(page - 1), page, 0));
		OK(check_load(c, d, size));
		conf_undmamem(c, d);
	}
	/* An alignment below the page is the page's. */
	OK(d = conf_dmamem(c, c->cf_tag, 10, 16, 0, 1));
	OK(check_segs(c, d, 1, page, page, 0));
}

static void
alignment(struct conf *c)
{
	bus_size_t page = c->cf_page, align;
	struct conf_dmamem *d;

	for (align = page; align <= 8 * page; align *= 2) {
		OK(d = conf_dmamem(c, c->cf_tag, page, align, 0, 1));
		OK(check_segs(c, d, 1, page, align, 0));
		OK(d = conf_dmamem(c, c->cf_tag, 2 * page, align, 0, 1));
		OK(check_segs(c, d, 1, 2 * page, align, 0));
		conf_undmamem(c, &c->cf_dmamems[0]);
		conf_undmamem(c, &c->cf_dmamems[1]);
	}
}

static void
boundary(struct conf *c)
{
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	int i;

	/* Three pages of four, over and over: half of them would cross. */
	for (i = 0; i < 6; i++) {
		OK(d = conf_dmamem(c, c->cf_tag, 3 * page, 0, 4 * page, 1));
		OK(check_segs(c, d, 1, 3 * page, page, 4 * page));
	}
	OK(d = conf_dmamem(c, c->cf_tag, 4 * page, 0, 4 * page, 1));
	OK(check_segs(c, d, 1, 4 * page, page, 4 * page));
	OK(d = conf_dmamem(
	       c, c->cf_tag, page, 0, (bus_size_t)0x100000000ULL, 1));
	OK(check_segs(c, d, 1, page, page, (bus_size_t)0x100000000ULL));
}

/* A boundary smaller than the size: split, where nsegs allows. */
static void
split_at_boundary(struct conf *c)
{
	bus_dma_segment_t segs[4];
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	int rsegs;

	OK(d = conf_dmamem(c, c->cf_tag, 8 * page, 0, 2 * page, 4));
	OK(check_segs(c, d, 4, 8 * page, page, 2 * page));
	OK(check_load(c, d, 8 * page));
	OK(d = conf_dmamem(c, c->cf_tag, 3 * page, 0, page, 3));
	OK(check_segs(c, d, 3, 3 * page, page, page));
	EQ(bus_dmamem_alloc(c->cf_tag, 8 * page, 0, 2 * page, segs, 3, &rsegs,
	       BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmamem_alloc(
	       c->cf_tag, 2 * page, 0, page, segs, 1, &rsegs, BUS_DMA_NOWAIT),
	    EINVAL);
	/* A boundary inside a page can't be kept. */
	EQ(bus_dmamem_alloc(
	       c->cf_tag, page, 0, page / 2, segs, 4, &rsegs, BUS_DMA_NOWAIT),
	    EINVAL);
}

/* It obeys the reach of a narrowed tag. */
static void
reach(struct conf *c)
{
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d, *far;
	bus_dma_segment_t seg;
	bus_addr_t b, bf;
	bus_dma_tag_t t;
	int rsegs;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("bus addresses are not the memory's");
	/* A region of two pages, one of them taken. */
	OK(d = conf_dmamem(c, c->cf_tag, 2 * page, 2 * page, 0, 1));
	TRUE(conf_bus(c, d->cd_segs[0].ds_addr, &b));
	conf_undmamem(c, d);
	OK(t = conf_subregion(c, c->cf_tag, b, b + 2 * page - 1));
	OK(d = conf_dmamem(c, t, page, 0, 0, 1));
	OK(check_segs(c, d, 1, page, page, 0));
	TRUE(conf_bus(c, d->cd_segs[0].ds_addr, &bf));
	TRUE(bf == b || bf == b + page);
	OK(check_load(c, d, page));
	EQ(bus_dmamem_alloc(t, 2 * page, 0, 0, &seg, 1, &rsegs, BUS_DMA_NOWAIT),
	    ENOMEM);
	OK(far = conf_dmamem(c, t, page, 0, 0, 1));
	TRUE(conf_bus(c, far->cd_segs[0].ds_addr, &bf));
	TRUE(bf == b || bf == b + page);
	EQ(bus_dmamem_alloc(t, page, 0, 0, &seg, 1, &rsegs, BUS_DMA_NOWAIT),
	    ENOMEM);
	/* What the tag can never have. */
	TRUE(bus_dmamem_alloc(
		 t, 3 * page, 0, 0, &seg, 1, &rsegs, BUS_DMA_NOWAIT) != 0);
}

/* A tag's alignment and boundary hold for its memory. */
static void
limits(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	bus_dma_tag_t t;
	int i;

	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 4 * page;
	lim.dl_boundary = 8 * page;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	for (i = 0; i < 4; i++) {
		OK(d = conf_dmamem(c, t, page, 0, 0, 1));
		OK(check_segs(c, d, 1, page, 4 * page, 8 * page));
		OK(check_load(c, d, page));
	}
	OK(d = conf_dmamem(c, t, 5 * page, 0, 0, 1));
	OK(check_segs(c, d, 1, 5 * page, 4 * page, 8 * page));
}

/* The same memory through several tags. */
static void
several_tags(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	bus_dmamap_t m1, m2;
	bus_dma_tag_t t;

	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(d = conf_dmamem(c, c->cf_tag, page, 0, 0, 1));
	OK(m1 = conf_map(c, c->cf_tag, page, 1, page, 0));
	OK(m2 = conf_map(c, t, page, 1, page, 0));
	EQ(bus_dmamap_load_raw(
	       c->cf_tag, m1, d->cd_segs, 1, page, BUS_DMA_NOWAIT),
	    0);
	EQ(bus_dmamap_load_raw(t, m2, d->cd_segs, 1, page, BUS_DMA_NOWAIT), 0);
	EQ(m1->dm_mapsize, page);
	EQ(m2->dm_mapsize, page);
	if (c->cf_env->ce_nwindows != 0)
		EQ(m1->dm_segs[0].ds_addr, m2->dm_segs[0].ds_addr);
}

static void
double_free(struct conf *c)
{
	bus_dma_segment_t segs[2];
	struct conf_dmamem *d;

	OK(d = conf_dmamem(c, c->cf_tag, c->cf_page, 0, 0, 1));
	segs[0] = d->cd_segs[0];
	conf_undmamem(c, d);
	QUIET();
	bus_dmamem_free(c->cf_tag, segs, 1);
	REPORTED(BUSDMA_REPORT_MEMFREE);
	/* The page is not handed out twice for it. */
	OK(d = conf_dmamem(c, c->cf_tag, c->cf_page, 0, 0, 1));
	conf_undmamem(c, d);
	QUIET();
}

static void
free_loaded(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_segment_t seg = { 0, page };
	uint64_t before[2], after[2];
	struct conf_dmamem *d;
	bus_dmamap_t map;
	bus_addr_t a;

	if (c->cf_env->ce_pl->pl_account == NULL)
		SKIP("the platform keeps no account");
	OK(d = conf_dmamem(c, c->cf_tag, 2 * page, 0, 0, 1));
	OK(map = conf_map(c, c->cf_tag, page, 1, page, 0));
	/* The second of the two pages, and not all of it. */
	seg.ds_addr = d->cd_segs[0].ds_addr + page;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 16, conf_asis(c)), 0);
	a = map->dm_segs[0].ds_addr;
	bus_dmamap_unload(c->cf_tag, map);
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 16, BUS_DMA_NOWAIT), 0);
	if (c->cf_env->ce_bounces && map->dm_segs[0].ds_addr != a) {
		/* All is copied: it is not that memory that is loaded. */
		conf_undmamem(c, d);
		QUIET();
		EQ(map->dm_mapsize, 16);
		bus_dmamap_unload(c->cf_tag, map);
		QUIET();
		return;
	}
	if (c->cf_env->ce_usage != NULL)
		c->cf_env->ce_usage(c->cf_env, before);
	bus_dmamem_free(c->cf_tag, d->cd_segs, d->cd_rsegs);
	REPORTED(BUSDMA_REPORT_MEMLOADED);
	if (c->cf_env->ce_usage != NULL) {
		c->cf_env->ce_usage(c->cf_env, after);
		EQ(after[1], before[1]);
	}
	EQ(map->dm_mapsize, 16);
	bus_dmamap_unload(c->cf_tag, map);
	conf_undmamem(c, d);
	QUIET();
}

/* One range of kernel addresses over all segments. */
static void
map_contiguous(struct conf *c)
{
	bus_size_t page = c->cf_page, off;
	struct conf_dmamem *d;
	bus_size_t left;
	char *p;
	int i;

	OK(d = conf_dmamem(c, c->cf_tag, 4 * page, 0, 0, 1));
	OK(conf_kva(c, d, 4 * (size_t)page, 0));
	for (off = 0; off < 4 * page; off += page)
		EQ(conf_pa(c, (char *)d->cd_kva + off),
		    d->cd_segs[0].ds_addr + off);
	conf_pattern(d->cd_kva, 4 * (size_t)page, 1);
	conf_undmamem(c, d);
	if (c->cf_env->ce_pl->pl_kmap == NULL)
		return;
	OK(d = conf_dmamem(c, c->cf_tag, 4 * page, 0, page, 4));
	TRUE(d->cd_rsegs == 4);
	OK(conf_kva(c, d, 4 * (size_t)page, BUS_DMA_COHERENT));
	p = d->cd_kva;
	for (i = 0; i < d->cd_rsegs; i++) {
		left = d->cd_segs[i].ds_len;
		for (off = 0; off < left; off += page, p += page) {
			EQ(conf_pa(c, p), d->cd_segs[i].ds_addr + off);
			memset(p, i, (size_t)page);
		}
	}
}

/* Less than was allocated. */
static void
map_part(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct conf_dmamem *d;

	OK(d = conf_dmamem(c, c->cf_tag, 3 * page, 0, 0, 1));
	OK(conf_kva(c, d, page, 0));
	memset(d->cd_kva, 1, page);
	bus_dmamem_unmap(c->cf_tag, d->cd_kva, page);
	OK(conf_kva(c, d, 2 * page - 50, BUS_DMA_COHERENT));
	memset(d->cd_kva, 2, 2 * page - 50);
	bus_dmamem_unmap(c->cf_tag, d->cd_kva, 2 * page - 50);
	OK(conf_kva(c, d, 1, BUS_DMA_NOCACHE));
	memset(d->cd_kva, 3, 1);
	bus_dmamem_unmap(c->cf_tag, d->cd_kva, 1);
	OK(conf_kva(c, d, 3 * page, BUS_DMA_PREFETCHABLE));
	memset(d->cd_kva, 4, 3 * page);
}

static void
map_bad(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct conf_dmamem *d;
	const int now = BUS_DMA_NOWAIT;
	void *p = NULL;

	OK(d = conf_dmamem(c, c->cf_tag, 2 * page, 0, 0, 1));
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 1, 2 * page, &p,
	       now | BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE),
	    EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 1, 2 * page + 1, &p, now),
	    EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 1, SIZE_MAX, &p, now), EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 1, 0, &p, now), EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 0, page, &p, now), EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, -1, page, &p, now), EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, NULL, 1, page, &p, now), EINVAL);
	EQ(bus_dmamem_map(c->cf_tag, d->cd_segs, 1, page, NULL, now), EINVAL);
	EQ(bus_dmamem_map(NULL, d->cd_segs, 1, page, &p, now), EINVAL);
}

static void
mmap_cookies(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	const paddr_t none = ~(paddr_t)0;
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	paddr_t want;
	int64_t off;

	OK(d = conf_dmamem(c, c->cf_tag, 3 * page, 0, page, 3));
	for (off = 0; off < 3; off++) {
		want = pl->pl_mmap == NULL
			   ? none
			   : pl->pl_mmap(pl, d->cd_segs[off].ds_addr, 3, 0);
		EQ(bus_dmamem_mmap(c->cf_tag, d->cd_segs, d->cd_rsegs,
		       off * (int64_t)page, 3, 0),
		    want);
	}
}

static void
mmap_bad(struct conf *c)
{
	const paddr_t none = ~(paddr_t)0;
	int64_t page = (int64_t)c->cf_page, bad[10];
	struct conf_dmamem *d;
	unsigned i;

	OK(d = conf_dmamem(c, c->cf_tag, 2 * c->cf_page, 0, c->cf_page, 2));
	bad[0] = -1;
	bad[1] = -page;
	bad[2] = INT64_MIN;
	bad[3] = 1;
	bad[4] = page - 1;
	bad[5] = page + 8;
	bad[6] = 2 * page;
	bad[7] = 3 * page;
	bad[8] = INT64_MAX;
	bad[9] = INT64_MAX - (page - 1);
	for (i = 0; i < 10; i++)
		EQ(bus_dmamem_mmap(c->cf_tag, d->cd_segs, 2, bad[i], 3, 0),
		    none);
	EQ(bus_dmamem_mmap(NULL, d->cd_segs, 2, 0, 3, 0), none);
	EQ(bus_dmamem_mmap(c->cf_tag, NULL, 2, 0, 3, 0), none);
	EQ(bus_dmamem_mmap(c->cf_tag, d->cd_segs, 0, 0, 3, 0), none);
	EQ(bus_dmamem_mmap(c->cf_tag, d->cd_segs, -1, 0, 3, 0), none);
}

/* The memory of a narrowed tag, until there is none; then all comes back. */
static void
exhausted(struct conf *c)
{
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	uint64_t before[2], after[2];
	bus_dma_segment_t segs[8];
	int rsegs, error;
	bus_dma_tag_t t;
	bus_addr_t b;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("bus addresses are not the memory's");
	OK(d = conf_dmamem(c, c->cf_tag, 8 * page, 8 * page, 0, 1));
	TRUE(conf_bus(c, d->cd_segs[0].ds_addr, &b));
	conf_undmamem(c, d);
	OK(t = conf_subregion(c, c->cf_tag, b, b + 8 * page - 1));
	/* Pages 0 and 1, then 4 and 5 are taken: two runs of two are left. */
	OK(d = conf_dmamem(c, t, 2 * page, 4 * page, 0, 1));
	OK(d = conf_dmamem(c, t, 2 * page, 4 * page, 0, 1));
	if (c->cf_env->ce_usage != NULL)
		c->cf_env->ce_usage(c->cf_env, before);
	error = bus_dmamem_alloc(
	    t, 6 * page, 0, 0, segs, 8, &rsegs, BUS_DMA_NOWAIT);
	EQ(error, ENOMEM);
	error = bus_dmamem_alloc(
	    t, 4 * page, 0, 0, segs, 1, &rsegs, BUS_DMA_NOWAIT);
	EQ(error, ENOMEM);
	if (c->cf_env->ce_usage != NULL) {
		c->cf_env->ce_usage(c->cf_env, after);
		EQ(after[0], before[0]);
		EQ(after[1], before[1]);
	}
	/* Scattered where nsegs allows. */
	OK(d = conf_dmamem(c, t, 4 * page, 0, 0, 2));
	OK(check_segs(c, d, 2, 4 * page, page, 0));
	OK(check_load(c, d, 4 * page));
}

const struct conf_case conf_mem_cases[] = {
	{ "5.12/rounding", rounding },
	{ "5.12/alignment", alignment },
	{ "5.12/boundary", boundary },
	{ "5.12/split-at-boundary", split_at_boundary },
	{ "5.12/reach", reach },
	{ "5.12/limits-of-the-tag", limits },
	{ "5.12/several-tags", several_tags },
	{ "5.12/double-free", double_free },
	{ "5.12/free-while-loaded", free_loaded },
	{ "5.12/map-contiguous", map_contiguous },
	{ "5.12/map-part", map_part },
	{ "5.12/map-bad", map_bad },
	{ "5.12/mmap", mmap_cookies },
	{ "5.12/mmap-bad-offset", mmap_bad },
	{ "5.12/exhausted", exhausted },
	{ NULL, NULL },
};
