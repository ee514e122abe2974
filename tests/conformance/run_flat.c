/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite over direct mapping on the flat platform.
 */
#include "../support/conf_flat.h"

#define COHERENT BUS_DMA_WINDOW_COHERENT

/* Memory where the process has it, the device sees it there too. */
static const struct conf_flat_config identity_4k = {
	.ff_pagesize = 4096,
	.ff_windows = { { 0, 0, 0, COHERENT } },
	.ff_nwindows = 1,
};

static const struct conf_flat_config identity_64k = {
	.ff_pagesize = 65536,
	.ff_windows = { { 0, 0, 0, COHERENT } },
	.ff_nwindows = 1,
};

/* Memory at 2 GiB, at 0 on the bus. */
static const struct conf_flat_config offset_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 0, 0, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Memory above 4 GiB, on the bus at an odd number of pages. */
static const struct conf_flat_config offset_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x123000000,
	.ff_windows = { { 0, 0x40010000, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Bus addresses that end at the top of the space. */
static const struct conf_flat_config high_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x40000000,
	.ff_windows = { { 0, (bus_addr_t)0 - 328 * 4096, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Three windows that cut memory, in neither order on the bus. */
static const struct conf_flat_config windows_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x100000000,
	.ff_windows = { { 0, 0x200003000, 180 * 4096, COHERENT },
	    { 180 * 4096, 0x1000, 52 * 4096, COHERENT },
	    { 232 * 4096, 0x80000000, 1, COHERENT } },
	.ff_nwindows = 3,
};

static const struct conf_flat_config windows_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x10000,
	.ff_windows = { { 0, 0x200030000, 60 * 65536, COHERENT },
	    { 60 * 65536, 0x10000, 1, COHERENT } },
	.ff_nwindows = 2,
};

/* The first part of memory, and of the pages for DMA, is out of reach. */
static const struct conf_flat_config limited_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 150 * 4096, 0x5000, 1, COHERENT } },
	.ff_nwindows = 1,
};

static const struct conf_flat_config limited_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x80000000,
	.ff_windows = { { 40 * 65536, 0x30000, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Caches that the device does not see. */
static const struct conf_flat_config past_4k = {
	.ff_pagesize = 4096,
	.ff_windows = { { 0, 0, 0, 0 } },
	.ff_nwindows = 1,
	.ff_line = 64,
};

/* Nor an ordered CPU's; the pages for DMA are not in them. */
static const struct conf_flat_config past_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x123000000,
	.ff_windows = { { 0, 0x40010000, 1, 0 } },
	.ff_nwindows = 1,
	.ff_line = 128,
	.ff_cacheflags = BUSDMA_CACHE_NOSPECULATION,
	.ff_uncached = true,
};

/* It does not see them through one window, but through those beside it. */
static const struct conf_flat_config mixed_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x100000000,
	.ff_windows = { { 0, 0x200003000, 180 * 4096, COHERENT },
	    { 180 * 4096, 0x1000, 61 * 4096, 0 },
	    { 241 * 4096, 0x80000000, 1, COHERENT } },
	.ff_nwindows = 3,
	.ff_line = 32,
};

/* Long lines. */
static const struct conf_flat_config long_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 0, 0, 1, 0 } },
	.ff_nwindows = 1,
	.ff_line = 512,
	.ff_cacheflags = BUSDMA_CACHE_NOSPECULATION,
};

/* Each tag may have so many slots, and a tag made from it as many. */
static const struct bus_dma_bounce bounce = {
	.db_reserve = 32 * 4096,
	.db_most = 32 * 4096,
};
static const struct bus_dma_bounce forced = {
	.db_reserve = 32 * 4096,
	.db_most = 32 * 4096,
	.db_flags = BUS_DMA_BOUNCE_FORCED,
};

/* The first part of memory is out of reach, and bounced. */
static const struct conf_flat_config bounce_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 150 * 4096, 0x5000, 1, COHERENT } },
	.ff_nwindows = 1,
	.ff_pages = 512,
	.ff_bounce = &bounce,
};

/* All of it is. */
static const struct conf_flat_config forced_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 0, 0, 1, COHERENT } },
	.ff_nwindows = 1,
	.ff_pages = 512,
	.ff_bounce = &forced,
};

/* ---- cases of direct mapping itself: its constructor ---- */

static bool
refused(struct conf *c, const struct bus_dma_window *w, unsigned n)
{
	bus_dma_tag_t t = NULL;
	int error;

	error = bus_dmatag_direct(c->cf_env->ce_pl, NULL, w, n, &t, 0);
	if (error == 0)
		bus_dmatag_destroy(t);
	return conf_eq(c, __FILE__, __LINE__, "bus_dmatag_direct",
	    (uint64_t)error, EINVAL);
}

static void
bad_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w[2] = { { page, page, page, COHERENT },
		{ 8 * page, 8 * page, page, COHERENT } };

	OK(refused(c, NULL, 1));
	OK(refused(c, w, 0));
	w[0].dw_flags = 0;
	OK(refused(c, w, 1));
	OK(refused(c, w, 2));
	w[0].dw_flags = COHERENT | 0x80;
	OK(refused(c, w, 2));
	w[0].dw_flags = COHERENT;
	/* The last page of the space is the last there is. */
	w[0].dw_cpu = (paddr_t)0 - page;
	w[0].dw_len = 2 * page;
	OK(refused(c, w, 1));
	w[0].dw_cpu = page;
	w[0].dw_bus = (bus_addr_t)0 - page;
	OK(refused(c, w, 1));
}

/* 5.2: nothing smaller than a page moves. */
static void
unaligned_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w = { page, page, page, COHERENT };

	w.dw_bus += page / 2;
	OK(refused(c, &w, 1));
	w.dw_cpu += page / 2;
	OK(refused(c, &w, 1));
	w.dw_bus = page;
	OK(refused(c, &w, 1));
	w.dw_cpu = page;
	w.dw_len += 8;
	OK(refused(c, &w, 1));
}

/* Two windows that the device sees at one place. */
static void
overlapping_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w[2] = { { page, page, 4 * page, COHERENT },
		{ 8 * page, 4 * page, page, COHERENT } };
	bus_dma_tag_t t = NULL;
	int error;

	OK(refused(c, w, 2));
	w[1].dw_len = 0;
	OK(refused(c, w, 2));
	w[1].dw_bus = 5 * page;
	w[1].dw_len = page;
	/* Or that see one memory at two places. */
	w[1].dw_cpu = 4 * page;
	OK(refused(c, w, 2));
	w[1].dw_cpu = 5 * page;
	error = bus_dmatag_direct(c->cf_env->ce_pl, NULL, w, 2, &t, 0);
	EQ(error, 0);
	bus_dmatag_destroy(t);
}

/* A table without one of the hooks that are required. */
static void
bad_platform(struct conf *c)
{
	const struct bus_dma_window w = { 0, 0, 0, COHERENT };
	struct busdma_platform pl;
	bus_dma_tag_t t = NULL;
	unsigned i;

	EQ(bus_dmatag_direct(NULL, NULL, &w, 1, &t, 0), EINVAL);
	EQ(bus_dmatag_direct(c->cf_env->ce_pl, NULL, &w, 1, NULL, 0), EINVAL);
	for (i = 0; i < 7; i++) {
		pl = *c->cf_env->ce_pl;
		if (i == 0)
			pl.pl_alloc = NULL;
		else if (i == 1)
			pl.pl_free = NULL;
		else if (i == 2)
			pl.pl_extract = NULL;
		else if (i == 3)
			pl.pl_lock = NULL;
		else if (i == 4)
			pl.pl_unlock = NULL;
		else if (i == 5)
			pl.pl_pagesize = 3000;
		else
			pl.pl_size = 8;
		EQ(bus_dmatag_direct(&pl, NULL, &w, 1, &t, 0), EINVAL);
	}
}

/* ---- cases past the CPU's caches: what platforms say, and are told ---- */

/* The platform of the case, to change; and what it heard last. */
static struct {
	struct busdma_platform sp_pl;
	unsigned sp_asked; /* calls of pl_memory */
	busdma_space_t sp_as;
	uintptr_t sp_va;
	paddr_t sp_pa;
	bus_size_t sp_len;
	unsigned sp_known; /* what it says */
	unsigned sp_windows;
	int sp_flags; /* of pl_window and pl_kmap */
	unsigned sp_reports;
	const char *sp_func;
	enum busdma_report_code sp_code;
} spy;

static unsigned
spy_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	(void)pl;
	spy.sp_asked++;
	spy.sp_as = as;
	spy.sp_va = va;
	spy.sp_pa = pa;
	spy.sp_len = len;
	return spy.sp_known;
}

static const struct busdma_platform *spied;

static void *
spy_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	spy.sp_windows++;
	spy.sp_flags = flags;
	return spied->pl_window(pl, pa, len, flags);
}

static int
spy_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	(void)nsegs;
	*kvap = spy_window(pl, segs[0].ds_addr, size, flags);
	return *kvap != NULL ? 0 : ENOMEM;
}

static void
spy_kunmap(const struct busdma_platform *pl, void *kva, size_t size)
{
	(void)pl;
	(void)kva;
	(void)size;
}

static void
spy_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	spy.sp_reports++;
	spy.sp_code = rp->rp_code;
	spy.sp_func = rp->rp_func;
}

static void
spy_start(struct conf *c)
{
	memset(&spy, 0, sizeof(spy));
	spied = c->cf_env->ce_pl;
	spy.sp_pl = *spied;
	spy.sp_pl.pl_memory = spy_memory;
	spy.sp_pl.pl_window = spy_window;
	spy.sp_pl.pl_report = spy_report;
}

/* All of memory, past the caches; NULL: that failed. */
static bus_dma_tag_t
spy_tag(struct conf *c)
{
	static const struct bus_dma_window w;
	bus_dma_tag_t t = NULL;

	(void)conf_eq(c, __FILE__, __LINE__, "bus_dmatag_direct",
	    (uint64_t)bus_dmatag_direct(&spy.sp_pl, NULL, &w, 1, &t, 0), 0);
	return t;
}

/* Tables of an earlier version: what they lack is not looked at. */
static void
short_tables(struct conf *c)
{
	const struct bus_dma_window past = { 0 }, w = { 0, 0, 0, COHERENT };
	struct busdma_cache_ops ca = *c->cf_env->ce_pl->pl_cpu->cpu_cache;
	struct busdma_cpu_ops cpu = *c->cf_env->ce_pl->pl_cpu;
	bus_dma_tag_t t;

	spy_start(c);
	spy.sp_pl.pl_cpu = &cpu;
	cpu.cpu_cache = &ca;
	OK(t = spy_tag(c));
	bus_dmatag_destroy(t);
	/* Its last member; and then all but its first. */
	ca.ca_size -= sizeof(ca.ca_finish);
	EQ(bus_dmatag_direct(&spy.sp_pl, NULL, &past, 1, &t, 0), EINVAL);
	ca.ca_size = sizeof(ca.ca_size);
	ca.ca_code = (const struct busdma_noncoherent *)(uintptr_t)8;
	EQ(bus_dmatag_direct(&spy.sp_pl, NULL, &past, 1, &t, 0), EINVAL);
	EQ(bus_dmatag_direct(&spy.sp_pl, NULL, &w, 1, &t, 0), 0);
	bus_dmatag_destroy(t);
	cpu.cpu_size -= sizeof(cpu.cpu_cache);
	cpu.cpu_cache = (const struct busdma_cache_ops *)(uintptr_t)8;
	EQ(bus_dmatag_direct(&spy.sp_pl, NULL, &past, 1, &t, 0), EINVAL);
	EQ(bus_dmatag_direct(&spy.sp_pl, NULL, &w, 1, &t, 0), EINVAL);
	EQ(spy.sp_reports, 0);
}

/* Flags that no driver has are the library's own, and stay so. */
static void
flags_of_drivers(struct conf *c)
{
	bus_dma_segment_t seg;
	bus_dma_tag_t t;
	unsigned i;
	void *kva;
	int n;

	for (i = 0; i < 2; i++) {
		spy_start(c);
		if (i == 1) {
			spy.sp_pl.pl_kmap = spy_kmap;
			spy.sp_pl.pl_kunmap = spy_kunmap;
		}
		OK(t = spy_tag(c));
		EQ(bus_dmamem_alloc(
		       t, c->cf_page, 0, 0, &seg, 1, &n, BUS_DMA_NOWAIT),
		    0);
		EQ(bus_dmamem_map(t, &seg, n, (size_t)c->cf_page, &kva,
		       BUS_DMA_COHERENT | BUS_DMA_NOWAIT | 0x7fff0000),
		    0);
		EQ(spy.sp_windows, 1);
		EQ(spy.sp_flags, BUS_DMA_COHERENT | BUS_DMA_NOWAIT);
		bus_dmamem_unmap(t, kva, (size_t)c->cf_page);
		bus_dmamem_free(t, &seg, n);
		bus_dmatag_destroy(t);
	}
}

/* What is loaded by physical address is asked for by that. */
static void
asked_by_address(struct conf *c)
{
	struct conf_told told[4];
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	bus_dma_tag_t t;
	unsigned i;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	seg.ds_addr = conf_pa(c, buf) + 4;
	seg.ds_len = 100;
	for (i = 0; i < 2; i++) {
		spy_start(c);
		spy.sp_known = i == 0 ? BUSDMA_MEMORY_UNCACHED : 0;
		OK(t = spy_tag(c));
		EQ(bus_dmamap_create(t, 100, 1, 100, 0, 0, &map), 0);
		EQ(bus_dmamap_load_raw(t, map, &seg, 1, 100, 0), 0);
		EQ(spy.sp_asked, 1);
		TRUE(spy.sp_as == BUSDMA_SPACE_PHYSICAL);
		EQ(spy.sp_va, 0);
		EQ(spy.sp_pa, seg.ds_addr);
		EQ(spy.sp_len, 100);
		(void)c->cf_env->ce_told(c->cf_env, told, 4);
		bus_dmamap_sync(t, map, 0, 100, BUS_DMASYNC_PREWRITE);
		EQ(spy.sp_windows, i);
		EQ(c->cf_env->ce_told(c->cf_env, told, 4), 1 + i);
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
		/* Its lines are its own, whatever is known. */
		EQ(spy.sp_reports, 0);
	}
}

static int
load_by(bus_dma_tag_t t, bus_dmamap_t map, char *buf, unsigned call)
{
	struct iovec iov = { .iov_base = buf, .iov_len = 5 };
	struct uio uio = { .uio_iov = &iov, .uio_iovcnt = 1, .uio_resid = 5 };
	struct mbuf m = { .m_data = buf,
		.m_len = 5,
		.m_flags = M_PKTHDR | M_EXT,
		.m_pkthdr = { .len = 5 } };
	struct busdma_part part = { buf, 5, 0 };
	struct conf_chain ch = {
		.ca_parts = &part, .ca_nparts = 1, .ca_total = 5
	};

	switch (call) {
	case 0:
		return bus_dmamap_load(t, map, buf, 5, NULL, BUS_DMA_READ);
	case 1:
		return bus_dmamap_load_uio(t, map, &uio, BUS_DMA_READ);
	case 2:
		return bus_dmamap_load_mbuf(t, map, &m, BUS_DMA_READ);
	case 4:
		m.m_flags |= M_EXT_CLUSTER;
		return bus_dmamap_load_mbuf(t, map, &m, BUS_DMA_READ);
	default:
		return bus_dmamap_load_chain(
		    t, map, &conf_chain_ops, &ch, BUS_DMA_READ);
	}
}

/* A report of a shared line names the call; data outside an mbuf may be one. */
static void
shared_by(struct conf *c)
{
	static const char *const func[] = { "bus_dmamap_load",
		"bus_dmamap_load_uio", "bus_dmamap_load_mbuf",
		"bus_dmamap_load_chain" };
	bus_dmamap_t map;
	bus_dma_tag_t t;
	unsigned i;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	spy_start(c);
	OK(t = spy_tag(c));
	for (i = 0; i < 4; i++) {
		spy.sp_reports = 0;
		EQ(bus_dmamap_create(t, 100, 1, 100, 0, 0, &map), 0);
		EQ(load_by(t, map, buf + 1, i), 0);
		EQ(spy.sp_reports, 1);
		EQ(spy.sp_code, BUSDMA_REPORT_SHAREDLINE);
		EQ(strcmp(spy.sp_func, func[i]), 0);
		bus_dmamap_destroy(t, map);
	}
	/* But a cluster is none. */
	spy.sp_reports = 0;
	EQ(bus_dmamap_create(t, 100, 1, 100, 0, 0, &map), 0);
	EQ(load_by(t, map, buf + 1, 4), 0);
	EQ(spy.sp_reports, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* The memory of a pool is all its own, though nobody says so. */
static void
owned_by_pools(struct conf *c)
{
	static const struct bus_dma_limits lim = { .dl_maxsegsz = 100 };
	bus_dma_tag_t t, tag;
	bus_dmapool_t pool;
	unsigned i;

	for (i = 0; i < 2; i++) {
		spy_start(c);
		if (i == 0)
			spy.sp_pl.pl_memory = NULL;
		OK(t = spy_tag(c));
		EQ(bus_dmatag_restrict(t, &lim, &tag, 0), 0);
		/* Chunks that are not whole lines. */
		EQ(bus_dmapool_create(tag, 16, 0, 0, 1, 0, &pool), 0);
		EQ(spy.sp_reports, 0);
		bus_dmapool_destroy(pool);
		bus_dmatag_destroy(tag);
		bus_dmatag_destroy(t);
	}
}

static const struct conf_case past_cases[] = {
	{ "past/short-tables", short_tables },
	{ "past/flags-of-drivers", flags_of_drivers },
	{ "past/asked-by-address", asked_by_address },
	{ "past/shared-by", shared_by },
	{ "past/owned-by-pools", owned_by_pools },
	{ NULL, NULL },
};

static const struct conf_case direct_cases[] = {
	{ "direct/bad-windows", bad_windows },
	{ "direct/unaligned-windows", unaligned_windows },
	{ "direct/overlapping-windows", overlapping_windows },
	{ "direct/bad-platform", bad_platform },
	{ NULL, NULL },
};

static const struct conf_config configs[] = {
	{ "flat/4k/constructor", conf_flat_make, conf_flat_drop, &identity_4k,
	    direct_cases },
	{ "flat/4k/past-caches-hooks", conf_flat_make, conf_flat_drop, &past_4k,
	    past_cases },
	{ "flat/4k/identity", conf_flat_make, conf_flat_drop, &identity_4k,
	    NULL },
	{ "flat/64k/identity", conf_flat_make, conf_flat_drop, &identity_64k,
	    NULL },
	{ "flat/4k/offset", conf_flat_make, conf_flat_drop, &offset_4k, NULL },
	{ "flat/64k/offset", conf_flat_make, conf_flat_drop, &offset_64k,
	    NULL },
	{ "flat/4k/high", conf_flat_make, conf_flat_drop, &high_4k, NULL },
	{ "flat/4k/windows", conf_flat_make, conf_flat_drop, &windows_4k,
	    NULL },
	{ "flat/64k/windows", conf_flat_make, conf_flat_drop, &windows_64k,
	    NULL },
	{ "flat/4k/limited", conf_flat_make, conf_flat_drop, &limited_4k,
	    NULL },
	{ "flat/64k/limited", conf_flat_make, conf_flat_drop, &limited_64k,
	    NULL },
	{ "flat/4k/bounce", conf_flat_make, conf_flat_drop, &bounce_4k, NULL },
	{ "flat/4k/forced", conf_flat_make, conf_flat_drop, &forced_4k, NULL },
	{ "flat/4k/past-caches", conf_flat_make, conf_flat_drop, &past_4k,
	    NULL },
	{ "flat/64k/past-caches-in-order", conf_flat_make, conf_flat_drop,
	    &past_64k, NULL },
	{ "flat/4k/past-and-through-caches", conf_flat_make, conf_flat_drop,
	    &mixed_4k, NULL },
	{ "flat/4k/past-long-lines", conf_flat_make, conf_flat_drop, &long_4k,
	    NULL },
};

int
main(int argc, char **argv)
{
	return conf_tap(
	    configs, sizeof(configs) / sizeof(configs[0]), argc, argv);
}
