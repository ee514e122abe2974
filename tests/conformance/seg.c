/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items 5.1 and 5.2 of the contract: segments.
 */
#include "suite.h"

/* Load `n' parts of one buffer and compare with the reference. */
static bool
load_parts(struct conf *c, bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_part *parts, size_t n, const struct conf_limits *cl)
{
	struct conf_chain ca = { .ca_parts = parts, .ca_nparts = n };
	size_t i;
	int error;

	conf_nofrags(c);
	for (i = 0; i < n; i++) {
		ca.ca_total += parts[i].pt_len;
		if (!conf_frag_va(
			c, NULL, parts[i].pt_addr, (size_t)parts[i].pt_len))
			return false;
	}
	error =
	    bus_dmamap_load_chain(t, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT);
	if (!conf_eq(c, __FILE__, __LINE__, "bus_dmamap_load_chain",
		(uint64_t)error, 0) ||
	    !conf_expect_at(c, __FILE__, __LINE__, map, cl))
		return false;
	bus_dmamap_unload(t, map);
	return true;
}

static bool
load_linear(struct conf *c, bus_dma_tag_t t, bus_dmamap_t map, void *buf,
    size_t len, const struct conf_limits *cl)
{
	int error;

	conf_nofrags(c);
	if (!conf_frag_va(c, NULL, buf, len))
		return false;
	error = bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0) ||
	    !conf_expect_at(c, __FILE__, __LINE__, map, cl))
		return false;
	bus_dmamap_unload(t, map);
	return true;
}

static bool
load_raw(struct conf *c, bus_dma_tag_t t, bus_dmamap_t map, paddr_t pa,
    bus_size_t len, const struct conf_limits *cl)
{
	bus_dma_segment_t seg = { pa, len };
	int error;

	conf_nofrags(c);
	conf_frag(c, pa, len);
	error = bus_dmamap_load_raw(t, map, &seg, 1, len, BUS_DMA_NOWAIT);
	if (!conf_eq(c, __FILE__, __LINE__, "bus_dmamap_load_raw",
		(uint64_t)error, 0) ||
	    !conf_expect_at(c, __FILE__, __LINE__, map, cl))
		return false;
	bus_dmamap_unload(t, map);
	return true;
}

static void
one_run(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page, len;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 4 * page));
	OK(map = conf_map(c, c->cf_tag, 4 * page, 8, 4 * page, 0));
	for (len = 1; len <= 4 * page; len += len < page ? page / 8 - 1 : page)
		OK(load_linear(c, c->cf_tag, map, buf, len, &cl));
	OK(load_linear(c, c->cf_tag, map, buf + page - 1, 2, &cl));
	OK(load_linear(c, c->cf_tag, map, buf + 3, 4 * page - 3, &cl));
	OK(load_linear(c, c->cf_tag, map, buf, 4 * page, &cl));
}

static void
fragmented(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page, off;
	bus_dmamap_t map;
	char *buf;
	int error;

	OK(buf = conf_mem(c, CONF_MEM_PAGES, 12 * page));
	OK(map = conf_map(c, c->cf_tag, 12 * page, 12, 12 * page, 0));
	for (off = 0; off < page; off += page / 4 + 1)
		OK(load_linear(c, c->cf_tag, map, buf + off, 11 * page, &cl));
	OK(load_linear(c, c->cf_tag, map, buf, 12 * page, &cl));
	conf_unmap(c, map);
	/* Fewer segments than it takes: never fits, but in other memory. */
	if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		return;
	OK(map = conf_map(c, c->cf_tag, 12 * page, 11, 12 * page, 0));
	error = bus_dmamap_load(
	    c->cf_tag, map, buf, 12 * page, NULL, BUS_DMA_NOWAIT);
	/* There is a pool for it. */
	EQ(error, c->cf_env->ce_bounces ? 0 : EFBIG);
	TRUE(map->dm_nsegs <= 11);
	BOUNCED(c->cf_tag, map, error, EFBIG, buf, 12 * page, &cl);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 12 * page, NULL, conf_asis(c)),
	    EFBIG);
	INVALID(map);
}

static void
maxsegsz_clips(struct conf *c)
{
	static const uint32_t num[] = { 1, 2, 3, 4, 5, 7, 8, 12, 16 };
	size_t page = (size_t)c->cf_page, i;
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 4 * page));
	for (i = 0; i < sizeof(num) / sizeof(num[0]); i++) {
		cl.cl_maxsegsz = num[i] * (page / 8) + (i & 1) * 3;
		OK(map = conf_map(
		       c, c->cf_tag, 4 * page, 40, cl.cl_maxsegsz, 0));
		OK(load_linear(c, c->cf_tag, map, buf, 4 * page, &cl));
		OK(load_linear(c, c->cf_tag, map, buf + 5, 4 * page - 9, &cl));
		conf_unmap(c, map);
	}
}

static void
maxsegsz_one(struct conf *c)
{
	static const struct conf_limits cl = { .cl_maxsegsz = 1 };
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, 64, 64, 1, 0));
	OK(load_linear(c, c->cf_tag, map, buf + page - 32, 64, &cl));
	conf_unmap(c, map);
	OK(map = conf_map(c, c->cf_tag, 64, 63, 1, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT),
	    EFBIG);
	INVALID(map);
}

/* Adjacent parts fill each segment before the next one is begun. */
static void
topup(struct conf *c)
{
	static const struct conf_limits cl = { .cl_maxsegsz = 1000 };
	struct busdma_part parts[5] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	for (i = 0; i < 5; i++) {
		parts[i].pt_addr = buf + i * 600;
		parts[i].pt_len = 600;
	}
	OK(map = conf_map(c, c->cf_tag, 3000, 3, 1000, 0));
	OK(load_parts(c, c->cf_tag, map, parts, 5, &cl));
	/* A gap behind the second part. */
	for (i = 2; i < 5; i++)
		parts[i].pt_addr = (char *)parts[i].pt_addr + 8;
	conf_unmap(c, map);
	OK(map = conf_map(c, c->cf_tag, 3000, 4, 1000, 0));
	OK(load_parts(c, c->cf_tag, map, parts, 5, &cl));
}

static void
coalesce(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page;
	struct busdma_part parts[12] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, 2 * page, 12, 2 * page, 0));
	/* Twelve that touch, across a page's end. */
	for (i = 0; i < 12; i++) {
		parts[i].pt_addr = buf + page - 30 + i * 5;
		parts[i].pt_len = 5;
	}
	OK(load_parts(c, c->cf_tag, map, parts, 12, &cl));
	/* The same in the other order: none follows its neighbour. */
	for (i = 0; i < 12; i++)
		parts[i].pt_addr = buf + page + 25 - i * 5;
	OK(load_parts(c, c->cf_tag, map, parts, 12, &cl));
	/* One byte between them; the same bytes twice; the end then the
	 * beginning. */
	parts[0].pt_addr = buf;
	parts[1].pt_addr = buf + 6;
	parts[2].pt_addr = buf + 6;
	parts[3].pt_addr = buf;
	parts[4].pt_addr = buf + 5;
	OK(load_parts(c, c->cf_tag, map, parts, 5, &cl));
}

static void
boundary(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	for (cl.cl_boundary = page / 16; cl.cl_boundary <= 4 * page;
	     cl.cl_boundary *= 2) {
		OK(map = conf_map(
		       c, c->cf_tag, 2 * page, 34, 2 * page, cl.cl_boundary));
		OK(load_linear(c, c->cf_tag, map, buf, 2 * page, &cl));
		OK(load_linear(c, c->cf_tag, map, buf + 1, 2 * page - 2, &cl));
		OK(load_linear(c, c->cf_tag, map, buf + page - 1, 2, &cl));
		conf_unmap(c, map);
	}
	/* The largest there are. */
	cl.cl_boundary = (bus_size_t)0x100000000ULL;
	OK(map = conf_map(c, c->cf_tag, 2 * page, 4, 2 * page, cl.cl_boundary));
	OK(load_linear(c, c->cf_tag, map, buf, 2 * page, &cl));
	cl.cl_boundary = (bus_size_t)1 << 63;
	OK(map = conf_map(c, c->cf_tag, 2 * page, 4, 2 * page, cl.cl_boundary));
	OK(load_linear(c, c->cf_tag, map, buf, 2 * page, &cl));
}

/* Adjacent parts that meet at a boundary stay apart. */
static void
boundary_between_parts(struct conf *c)
{
	struct conf_limits cl = { .cl_boundary = 256 };
	size_t page = (size_t)c->cf_page;
	struct busdma_part parts[3] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	parts[0].pt_addr = buf + 200;
	parts[0].pt_len = 56;
	parts[1].pt_addr = buf + 256;
	parts[1].pt_len = 100;
	parts[2].pt_addr = buf + 356;
	parts[2].pt_len = 300;
	OK(map = conf_map(c, c->cf_tag, page, 3, page, 256));
	OK(load_parts(c, c->cf_tag, map, parts, 3, &cl));
	conf_unmap(c, map);
	/* The same at the end of a page. */
	cl.cl_boundary = page;
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	parts[0].pt_addr = buf + page - 10;
	parts[0].pt_len = 10;
	parts[1].pt_addr = buf + page;
	parts[1].pt_len = 10;
	OK(map = conf_map(c, c->cf_tag, page, 2, page, page));
	OK(load_parts(c, c->cf_tag, map, parts, 2, &cl));
}

/*
 * A window whose offset is no multiple of the boundary: it is the device's
 * address that must not cross.
 */
static void
boundary_on_bus(struct conf *c)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	bus_size_t off, b, room;
	bus_dmamap_t map;
	bool done = false;
	paddr_t pa;
	unsigned i;

	for (i = 0; i < c->cf_env->ce_nwindows; i++, w++) {
		off = w->dw_bus - w->dw_cpu;
		room = conf_window_last(w) - w->dw_cpu;
		for (b = 2 * c->cf_page; b != 0 && (off & (b - 1)) == 0;)
			b *= 2;
		if (b == 0 || b >= room / 4)
			continue;
		done = true;
		cl.cl_boundary = b;
		OK(map = conf_map(c, c->cf_tag, 2 * b, 4, 2 * b, b));
		/* Around a multiple in physical memory, and on the bus. */
		pa = (w->dw_cpu + 2 * b - 1) & ~(b - 1);
		OK(load_raw(c, c->cf_tag, map, pa - 512, 1024, &cl));
		OK(load_raw(c, c->cf_tag, map, pa, b, &cl));
		pa = ((w->dw_bus + 2 * b - 1) & ~(b - 1)) - off;
		OK(load_raw(c, c->cf_tag, map, pa - 512, 1024, &cl));
		OK(load_raw(c, c->cf_tag, map, pa, b, &cl));
		conf_unmap(c, map);
	}
	if (!done)
		SKIP("no window whose offset a boundary can tell");
}

static void
boundary_and_maxsegsz(struct conf *c)
{
	static const uint32_t max[] = { 1, 5, 96, 255, 256, 257, 500, 5000 };
	size_t page = (size_t)c->cf_page, i, off;
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	for (i = 1; i < sizeof(max) / sizeof(max[0]); i++) {
		for (cl.cl_boundary = 64; cl.cl_boundary <= 2 * page;
		     cl.cl_boundary *= 8) {
			cl.cl_maxsegsz = max[i];
			OK(map = conf_map(
			       c, c->cf_tag, page, 90, max[i], cl.cl_boundary));
			for (off = 0; off < 300; off += 37)
				OK(load_linear(c, c->cf_tag, map,
				    buf + page - off, 400, &cl));
			conf_unmap(c, map);
		}
	}
}

static void
alignment(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 64 };
	struct conf_limits cl = { .cl_maxsegsz = 1000, .cl_align = 64 };
	struct busdma_part parts[3] = { { .pt_len = 0 } };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	/* Segments of 960: the next begins aligned too. */
	OK(map = conf_map(c, t, 4000, 5, 1000, 0));
	OK(load_linear(c, t, map, buf, 4000, &cl));
	OK(load_linear(c, t, map, buf + 64, 3900, &cl));
	/* Adjacent parts that are not aligned themselves are topped up. */
	parts[0].pt_addr = buf;
	parts[0].pt_len = 601;
	parts[1].pt_addr = buf + 601;
	parts[1].pt_len = 1200;
	parts[2].pt_addr = buf + 2048;
	parts[2].pt_len = 7;
	OK(load_parts(c, t, map, parts, 3, &cl));
}

/* The same buffer has the same segments, whichever way it is loaded. */
static void
same_by_every_way(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 64 };
	struct conf_limits cl = { .cl_maxsegsz = 1000, .cl_align = 64 };
	struct busdma_part part = { .pt_len = 0 };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	size_t len;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, t, 4000, 5, 1000, 0));
	part.pt_addr = buf;
	for (len = 950; len < 1050; len++) {
		part.pt_len = len;
		OK(load_raw(c, t, map, conf_pa(c, buf), len, &cl));
		OK(load_parts(c, t, map, &part, 1, &cl));
		OK(load_linear(c, t, map, buf, len, &cl));
	}
}

/* What is not aligned can't be reached as it is. */
static void
alignment_unreachable(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 64 };
	const struct conf_limits cl = { .cl_align = 64, .cl_maxsegsz = 1000 };
	const int asis = conf_asis(c);
	struct conf_chain ca;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	size_t len;
	char *buf;

	if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		SKIP("bus addresses are not the memory's");
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, t, 4000, 5, 1000, 0));
	EQ(bus_dmamap_load(t, map, buf + 1, 64, NULL, asis), EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(t, map, buf + 63, 1, NULL, asis), EFAULT);
	INVALID(map);
	if (c->cf_env->ce_bounces)
		for (len = 1; len <= 2000; len += 131) {
			EQ(bus_dmamap_load(
			       t, map, buf + len, len, NULL, BUS_DMA_NOWAIT),
			    0);
			BOUNCED(t, map, 0, EFAULT, buf + len, len, &cl);
		}
	/* A part in the middle that begins a segment. */
	parts[0].pt_addr = buf;
	parts[0].pt_len = 64;
	parts[1].pt_addr = buf + 96;
	parts[1].pt_len = 64;
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 2;
	ca.ca_total = 128;
	EQ(bus_dmamap_load_chain(t, map, &conf_chain_ops, &ca, asis), EFAULT);
	INVALID(map);
	if (!c->cf_env->ce_bounces)
		return;
	EQ(bus_dmamap_load_chain(t, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 64));
	OK(conf_frag_va(c, NULL, buf + 96, 64));
	EXPECT(map, &cl);
}

/* As many segments as it takes are enough; one less is EFBIG. */
static void
count_exact(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;
	int n;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	for (n = 1; n < 8; n++) {
		OK(map = conf_map(c, c->cf_tag, page, n, 100, 0));
		EQ(bus_dmamap_load(c->cf_tag, map, buf, 100 * (bus_size_t)n,
		       NULL, BUS_DMA_NOWAIT),
		    0);
		EQ(map->dm_nsegs, n);
		bus_dmamap_unload(c->cf_tag, map);
		EQ(bus_dmamap_load(c->cf_tag, map, buf, 100 * (bus_size_t)n + 1,
		       NULL, BUS_DMA_NOWAIT),
		    EFBIG);
		INVALID(map);
		conf_unmap(c, map);
	}
}

/* A window that has physical `pa', with identity on the bus. */
static bool
identity_at(struct conf *c, paddr_t pa)
{
	bus_addr_t b;

	return conf_bus(c, pa, &b) && b == pa;
}

static void
address_zero(struct conf *c)
{
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	bus_dma_segment_t segs[2];
	bus_dmamap_t map;

	if (!identity_at(c, 0))
		SKIP("physical address 0 is out of reach");
	OK(map = conf_map(c, c->cf_tag, 1 << 20, 8, 1 << 20, 0));
	OK(load_raw(c, c->cf_tag, map, 0, 1, &cl));
	OK(load_raw(c, c->cf_tag, map, 0, 4096, &cl));
	conf_unmap(c, map);
	cl.cl_boundary = 4096;
	cl.cl_maxsegsz = 3000;
	OK(map = conf_map(c, c->cf_tag, 1 << 20, 8, 3000, 4096));
	OK(load_raw(c, c->cf_tag, map, 0, 10000, &cl));
	OK(load_raw(c, c->cf_tag, map, 1, 10000, &cl));
	if (!identity_at(c, ~(paddr_t)0))
		return;
	/* The last byte there is, then the first: not adjacent. */
	segs[0].ds_addr = ~(bus_addr_t)0 - 7;
	segs[0].ds_len = 8;
	segs[1].ds_addr = 0;
	segs[1].ds_len = 8;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, segs, 2, 16, BUS_DMA_NOWAIT), 0);
	conf_nofrags(c);
	conf_frag(c, segs[0].ds_addr, 8);
	conf_frag(c, 0, 8);
	EXPECT(map, &cl);
}

static void
address_top(struct conf *c)
{
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	const paddr_t top = ~(paddr_t)0;
	bus_dma_segment_t seg;
	bus_dmamap_t map;

	if (!identity_at(c, top))
		SKIP("the top of the physical space is out of reach");
	OK(map = conf_map(c, c->cf_tag, 65536, 8, 65536, 0));
	OK(load_raw(c, c->cf_tag, map, top, 1, &cl));
	OK(load_raw(c, c->cf_tag, map, top - 4095, 4096, &cl));
	OK(load_raw(c, c->cf_tag, map, top - 99, 100, &cl));
	/* A byte more would wrap. */
	seg.ds_addr = top - 99;
	seg.ds_len = 101;
	TRUE(bus_dmamap_load_raw(
		 c->cf_tag, map, &seg, 1, 101, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	conf_unmap(c, map);
	cl.cl_boundary = 4096;
	cl.cl_maxsegsz = 1536;
	OK(map = conf_map(c, c->cf_tag, 65536, 64, 1536, 4096));
	OK(load_raw(c, c->cf_tag, map, top - 9999, 10000, &cl));
	OK(load_raw(c, c->cf_tag, map, top - 8191, 8192, &cl));
}

/* The whole space but a byte, where a map may be that large. */
static void
address_space(struct conf *c)
{
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	const paddr_t top = ~(paddr_t)0;
	bus_dmamap_t map;

	if (!identity_at(c, 0) || !identity_at(c, top))
		SKIP("not all of the physical space is within reach");
	if (bus_dmamap_create(
		c->cf_tag, top, 8, top, 0, BUS_DMA_NOWAIT, &map) != 0)
		SKIP("no map of that size");
	c->cf_maps[0].cm_map = map;
	c->cf_maps[0].cm_tag = c->cf_tag;
	OK(load_raw(c, c->cf_tag, map, 1, top, &cl));
	OK(load_raw(c, c->cf_tag, map, 0, top, &cl));
	conf_unmap(c, map);
	cl.cl_boundary = (bus_size_t)1 << 63;
	OK(map = conf_map(c, c->cf_tag, top, 8, top, cl.cl_boundary));
	OK(load_raw(c, c->cf_tag, map, 0, top, &cl));
	OK(load_raw(c, c->cf_tag, map, (top >> 1) - 9, 20, &cl));
}

/* The first and last bytes of each window, and what lies outside. */
static void
windows(struct conf *c)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	static const struct conf_limits cl;
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	paddr_t last;
	bus_addr_t b;
	unsigned i;
	int n;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("no windows");
	OK(map = conf_map(c, c->cf_tag, 1 << 20, 8, 1 << 20, 0));
	for (i = 0; i < c->cf_env->ce_nwindows; i++, w++) {
		last = conf_window_last(w);
		OK(load_raw(c, c->cf_tag, map, w->dw_cpu, 1, &cl));
		OK(load_raw(c, c->cf_tag, map, w->dw_cpu, 512, &cl));
		OK(load_raw(c, c->cf_tag, map, last, 1, &cl));
		OK(load_raw(c, c->cf_tag, map, last - 511, 512, &cl));
		/* Over its end: into the next one, or not at all. */
		seg.ds_addr = last - 99;
		seg.ds_len = 200;
		if (seg.ds_addr + 199 < seg.ds_addr)
			continue;
		conf_nofrags(c);
		conf_frag(c, seg.ds_addr, 200);
		n = conf_build(c, &cl);
		if (n < 0 && c->cf_env->ce_bounces) {
			EQ(bus_dmamap_load_raw(
			       c->cf_tag, map, &seg, 1, 200, conf_asis(c)),
			    EFAULT);
			INVALID(map);
			n = 0;
		}
		EQ(bus_dmamap_load_raw(
		       c->cf_tag, map, &seg, 1, 200, BUS_DMA_NOWAIT),
		    n < 0 ? EFAULT : 0);
		if (n < 0) {
			INVALID(map);
		} else {
			EXPECT(map, &cl);
			bus_dmamap_unload(c->cf_tag, map);
		}
		/* Just below it. */
		seg.ds_addr = w->dw_cpu - 1;
		if (w->dw_cpu == 0 || conf_bus(c, seg.ds_addr, &b))
			continue;
		EQ(bus_dmamap_load_raw(
		       c->cf_tag, map, &seg, 1, 2, conf_asis(c)),
		    EFAULT);
		INVALID(map);
		if (!c->cf_env->ce_bounces)
			continue;
		EQ(bus_dmamap_load_raw(
		       c->cf_tag, map, &seg, 1, 2, BUS_DMA_NOWAIT),
		    0);
		conf_nofrags(c);
		conf_frag(c, seg.ds_addr, 2);
		EXPECT(map, &cl);
		bus_dmamap_unload(c->cf_tag, map);
	}
}

/* Parts anywhere in a buffer, under limits of every kind. */
static void
random_parts(struct conf *c)
{
	uint32_t state = 20261120, page = (uint32_t)c->cf_page, span;
	struct conf_limits cl = { 0, 0, 0, 0, 0 };
	struct busdma_part parts[10] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	unsigned round, i, n, at;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 4 * page));
	span = 4 * page;
	for (round = 0; round < 400; round++) {
		cl.cl_boundary = (bus_size_t)conf_random(&state, 2)
				 << (7 + conf_random(&state, 10));
		cl.cl_maxsegsz = 100 + conf_random(&state, page);
		OK(map = conf_map(c, c->cf_tag, span, CONF_NSEGS,
		       cl.cl_maxsegsz, cl.cl_boundary));
		n = 1 + conf_random(&state, 10);
		at = conf_random(&state, span);
		for (i = 0; i < n; i++) {
			/* Half of them go on where the last one ended. */
			if (conf_random(&state, 2) != 0 || at >= span)
				at = conf_random(&state, span);
			parts[i].pt_addr = buf + at;
			parts[i].pt_len = conf_random(&state, 700);
			if (parts[i].pt_len > span - at)
				parts[i].pt_len = span - at;
			at += (uint32_t)parts[i].pt_len;
		}
		parts[0].pt_addr = buf;
		parts[0].pt_len = 1 + conf_random(&state, 600);
		OK(load_parts(c, c->cf_tag, map, parts, n, &cl));
		conf_unmap(c, map);
	}
}

/* Bus and physical address agree below the page, for every byte offset. */
static void
page_offset(struct conf *c)
{
	size_t page = (size_t)c->cf_page, off, done;
	bus_dmamap_t map;
	char *buf;
	int i;

	buf = conf_mem(c, CONF_MEM_RUN, 3 * page);
	OK(buf);
	OK(map = conf_map(c, c->cf_tag, 2 * page, 16, 2 * page, 0));
	for (off = 0; off < page; off += 61) {
		EQ(bus_dmamap_load(c->cf_tag, map, buf + off, 2 * page, NULL,
		       BUS_DMA_NOWAIT),
		    0);
		done = off;
		for (i = 0; i < map->dm_nsegs; i++) {
			EQ(map->dm_segs[i].ds_addr & (page - 1),
			    conf_pa(c, buf + done) & (page - 1));
			done += (size_t)map->dm_segs[i].ds_len;
		}
		bus_dmamap_unload(c->cf_tag, map);
	}
}

const struct conf_case conf_seg_cases[] = {
	{ "5.1/one-run", one_run },
	{ "5.1/fragmented", fragmented },
	{ "5.1/maxsegsz-clips", maxsegsz_clips },
	{ "5.1/maxsegsz-one-byte", maxsegsz_one },
	{ "5.1/topup", topup },
	{ "5.1/coalesce", coalesce },
	{ "5.1/boundary", boundary },
	{ "5.1/boundary-between-parts", boundary_between_parts },
	{ "5.1/boundary-on-bus-address", boundary_on_bus },
	{ "5.1/boundary-and-maxsegsz", boundary_and_maxsegsz },
	{ "5.1/alignment", alignment },
	{ "5.1/alignment-by-every-way", same_by_every_way },
	{ "5.1/alignment-unreachable", alignment_unreachable },
	{ "5.1/count-exact", count_exact },
	{ "5.1/address-0", address_zero },
	{ "5.1/address-top", address_top },
	{ "5.1/address-space", address_space },
	{ "5.1/windows", windows },
	{ "5.1/random-parts", random_parts },
	{ "5.2/page-offset", page_offset },
	{ NULL, NULL },
};
