/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that are not legal: each has a defined answer, and none crashes.
 */
#include "suite.h"

/* bus_dmamap_create on the tag under test; no map may come of it. */
static bool
refused(struct conf *c, bus_size_t size, int nsegs, bus_size_t maxsegsz,
    bus_size_t boundary)
{
	bus_dmamap_t map = NULL;
	int error;

	error = bus_dmamap_create(
	    c->cf_tag, size, nsegs, maxsegsz, boundary, BUS_DMA_NOWAIT, &map);
	if (error == 0)
		bus_dmamap_destroy(c->cf_tag, map);
	return conf_eq(c, __FILE__, __LINE__, "bus_dmamap_create",
	    (uint64_t)error, EINVAL);
}

static void
create_size(struct conf *c)
{
	OK(refused(c, 0, 1, 4096, 0));
	OK(refused(c, 0, 1, 4096, 4096));
}

static void
create_nsegments(struct conf *c)
{
	OK(refused(c, 4096, 0, 4096, 0));
	OK(refused(c, 4096, -1, 4096, 0));
	OK(refused(c, 4096, -0x7fffffff - 1, 4096, 0));
}

static void
create_maxsegsz(struct conf *c)
{
	OK(refused(c, 4096, 1, 0, 0));
	OK(refused(c, 4096, 4, 0, 4096));
}

static void
create_boundary(struct conf *c)
{
	OK(refused(c, 4096, 1, 4096, 3));
	OK(refused(c, 4096, 1, 4096, 0x1800));
	OK(refused(c, 4096, 1, 4096, ~(bus_size_t)0));
	OK(refused(c, 4096, 1, 4096, ((bus_size_t)1 << 63) + 1));
	OK(refused(c, 4096, 1, 4096, (bus_size_t)0x300000000ULL));
}

static void
create_null(struct conf *c)
{
	bus_dmamap_t map = NULL;

	EQ(bus_dmamap_create(NULL, 4096, 1, 4096, 0, BUS_DMA_NOWAIT, &map),
	    EINVAL);
	EQ(bus_dmamap_create(c->cf_tag, 4096, 1, 4096, 0, BUS_DMA_NOWAIT, NULL),
	    EINVAL);
}

/* What a map's records come to can't be counted: an error, or it works. */
static void
create_huge(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map = NULL;
	char *buf;
	int error;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	error = bus_dmamap_create(c->cf_tag, ~(bus_size_t)0, 2, ~(bus_size_t)0,
	    0, BUS_DMA_NOWAIT, &map);
	if (error != 0) {
		TRUE(error == ENOMEM || error == EINVAL);
		return;
	}
	error =
	    bus_dmamap_load(c->cf_tag, map, buf, page, NULL, BUS_DMA_NOWAIT);
	bus_dmamap_destroy(c->cf_tag, map);
	EQ(error, 0);
}

/* What create leaves for the driver to see, with every legal flag. */
static void
create_fields(struct conf *c)
{
	static const int flags[] = { 0, BUS_DMA_NOWAIT, BUS_DMA_ALLOCNOW,
		BUS_DMA_COHERENT | BUS_DMA_STREAMING, BUS_DMA_READ,
		BUS_DMA_BUS1 | BUS_DMA_BUS2 | BUS_DMA_BUS3 | BUS_DMA_BUS4 };
	bus_dmamap_t map;
	unsigned i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		map = NULL;
		EQ(bus_dmamap_create(
		       c->cf_tag, 8192, 3, 4096, 0, flags[i], &map),
		    0);
		TRUE(map != NULL);
		if (map->dm_mapsize != 0 || map->dm_nsegs != 0 ||
		    map->dm_maxsegsz != 4096) {
			bus_dmamap_destroy(c->cf_tag, map);
			TRUE(!"an empty map");
		}
		bus_dmamap_destroy(c->cf_tag, map);
	}
}

static void
map_null(struct conf *c)
{
	bus_dma_segment_t seg = { 0, 16 };
	struct conf_chain ca;
	bus_dmamap_t map;
	char *buf;

	memset(&ca, 0, sizeof(ca));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 16, 1, 16, 0));
	EQ(bus_dmamap_load(NULL, map, buf, 16, NULL, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmamap_load(c->cf_tag, NULL, buf, 16, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, NULL, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmamap_load_mbuf(c->cf_tag, NULL, NULL, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, NULL, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmamap_load_uio(c->cf_tag, NULL, NULL, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmamap_load_raw(c->cf_tag, map, NULL, 1, 16, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmamap_load_raw(c->cf_tag, NULL, &seg, 1, 16, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmamap_load_chain(c->cf_tag, map, NULL, &ca, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, NULL, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	/* Those without an answer do nothing. */
	bus_dmamap_sync(c->cf_tag, NULL, 0, 1, BUS_DMASYNC_PREREAD);
	bus_dmamap_sync(NULL, map, 0, 1, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(c->cf_tag, NULL);
	bus_dmamap_unload(NULL, map);
	bus_dmamap_destroy(c->cf_tag, NULL);
	bus_dmatag_destroy(NULL);
	/* Whether they are reported is not laid down. */
	if (c->cf_env->ce_reports != NULL) {
		struct busdma_report last;

		(void)c->cf_env->ce_reports(c->cf_env, &last);
	}
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 16, NULL, BUS_DMA_NOWAIT), 0);
}

/* A map with a tag that it was not created on. */
static void
map_foreign(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_dma_tag_t other;
	bus_dmamap_t map;
	char *buf;

	memset(&lim, 0, sizeof(lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(other = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, c->cf_tag, 100, 1, 100, 0));
	EQ(bus_dmamap_load(other, map, buf, 100, NULL, BUS_DMA_NOWAIT), EINVAL);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 100, NULL, BUS_DMA_NOWAIT), 0);
	QUIET();
	bus_dmamap_sync(other, map, 0, 100, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	bus_dmamap_unload(other, map);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	EQ(map->dm_mapsize, 100);
	bus_dmamap_destroy(other, map);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	EQ(map->dm_mapsize, 100);
	EQ(map->dm_nsegs, 1);
}

static void
chain_ops(struct conf *c)
{
	struct busdma_chain_ops ops = conf_chain_ops;
	struct busdma_part part = { .pt_len = 0 };
	struct conf_chain ca;
	bus_dmamap_t map;

	memset(&ca, 0, sizeof(ca));
	OK(part.pt_addr = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	part.pt_len = 50;
	ca.ca_parts = &part;
	ca.ca_nparts = 1;
	ca.ca_total = 50;
	OK(map = conf_map(c, c->cf_tag, 100, 1, 100, 0));
	EQ(bus_dmamap_load_chain(c->cf_tag, map, &ops, &ca, BUS_DMA_NOWAIT), 0);
	bus_dmamap_unload(c->cf_tag, map);
	ops.ch_size = 0;
	EQ(bus_dmamap_load_chain(c->cf_tag, map, &ops, &ca, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
}

static void
mbuf_no_header(struct conf *c)
{
	struct mbuf m;
	bus_dmamap_t map;

	if (c->cf_env->ce_pl->pl_mbuf != &busdma_mbuf_chain)
		SKIP("the platform has mbufs of its own, or none");
	memset(&m, 0, sizeof(m));
	OK(m.m_data = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	m.m_len = 100;
	m.m_pkthdr.len = 100;
	OK(map = conf_map(c, c->cf_tag, 100, 1, 100, 0));
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, &m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	m.m_flags = M_PKTHDR;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, &m, BUS_DMA_NOWAIT), 0);
}

/* A linear buffer and parts of a chain that run over the end of the space. */
static void
wrapping(struct conf *c)
{
	struct busdma_part part[2] = { { .pt_len = 0 } };
	struct conf_chain ca;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	if (bus_dmamap_create(c->cf_tag, ~(bus_size_t)0, 2, ~(bus_size_t)0, 0,
		BUS_DMA_NOWAIT, &map) != 0)
		OK(map = conf_map(c, c->cf_tag, 1 << 16, 2, 1 << 16, 0));
	else
		c->cf_maps[0].cm_map = map, c->cf_maps[0].cm_tag = c->cf_tag;
	TRUE(bus_dmamap_load(c->cf_tag, map, buf, ~(bus_size_t)0 - 9, NULL,
		 BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	TRUE(bus_dmamap_load(c->cf_tag, map, (void *)(UINTPTR_MAX - 63), 128,
		 NULL, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = part;
	ca.ca_nparts = 2;
	part[0].pt_addr = buf;
	part[0].pt_len = 64;
	part[1].pt_addr = buf;
	part[1].pt_len = ~(bus_size_t)0 - 63;
	ca.ca_total = 0;
	TRUE(bus_dmamap_load_chain(
		 c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	part[1].pt_addr = (void *)(UINTPTR_MAX - 63);
	part[1].pt_len = 128;
	ca.ca_total = 192;
	TRUE(bus_dmamap_load_chain(
		 c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	QUIET();
}

static void
raw_segments(struct conf *c)
{
	static const struct conf_limits cl;
	bus_dma_segment_t segs[3];
	bus_dmamap_t map;
	paddr_t pa;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	pa = conf_pa(c, buf);
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	segs[0].ds_addr = pa;
	segs[0].ds_len = 100;
	segs[1].ds_addr = 0;
	segs[1].ds_len = 0;
	segs[2].ds_addr = pa + 512;
	segs[2].ds_len = 100;
	/* Less than asked for, none, and a number below 0. */
	EQ(bus_dmamap_load_raw(c->cf_tag, map, segs, 3, 201, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	EQ(bus_dmamap_load_raw(c->cf_tag, map, segs, 0, 1, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	EQ(bus_dmamap_load_raw(c->cf_tag, map, segs, -1, 1, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	/* The first `size' bytes; an empty one between is skipped. */
	EQ(bus_dmamap_load_raw(c->cf_tag, map, segs, 3, 150, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	conf_frag(c, pa, 100);
	conf_frag(c, pa + 512, 50);
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	/* Addresses that wrap. */
	segs[2].ds_addr = ~(bus_addr_t)0 - 49;
	EQ(segs[2].ds_addr + segs[2].ds_len, 50);
	TRUE(bus_dmamap_load_raw(
		 c->cf_tag, map, segs, 3, 200, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
}

static void
tags(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_dma_tag_t t = NULL;

	memset(&lim, 0, sizeof(lim));
	EQ(bus_dmatag_subregion(c->cf_tag, 0x2000, 0x1fff, &t, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmatag_subregion(
	       c->cf_tag, ~(bus_addr_t)0, 0, &t, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmatag_subregion(NULL, 0, ~(bus_addr_t)0, &t, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmatag_subregion(
	       c->cf_tag, 0, ~(bus_addr_t)0, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmatag_restrict(NULL, &lim, &t, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmatag_restrict(c->cf_tag, NULL, &t, BUS_DMA_NOWAIT), EINVAL);
	EQ(bus_dmatag_restrict(c->cf_tag, &lim, NULL, BUS_DMA_NOWAIT), EINVAL);
}

static void
dmamem_args(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_segment_t segs[2];
	const int now = BUS_DMA_NOWAIT;
	int rsegs = -7;

	EQ(bus_dmamem_alloc(c->cf_tag, 0, 0, 0, segs, 1, &rsegs, now), EINVAL);
	EQ(bus_dmamem_alloc(NULL, page, 0, 0, segs, 1, &rsegs, now), EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 0, 0, NULL, 1, &rsegs, now),
	    EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 0, 0, segs, 1, NULL, now), EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 0, 0, segs, 0, &rsegs, now),
	    EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 0, 0, segs, -1, &rsegs, now),
	    EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 3, 0, segs, 1, &rsegs, now),
	    EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, page * 3, 0, segs, 1, &rsegs, now),
	    EINVAL);
	EQ(bus_dmamem_alloc(c->cf_tag, page, 0, page * 3, segs, 1, &rsegs, now),
	    EINVAL);
}

/* A size that can't be rounded up, and ones that nobody has. */
static void
dmamem_huge(struct conf *c)
{
	bus_dma_segment_t segs[2];
	int rsegs, error, i;
	bus_size_t size;

	for (i = 0; i < 3; i++) {
		size = i == 0   ? ~(bus_size_t)0
		       : i == 1 ? (bus_size_t)0 - c->cf_page
				: (bus_size_t)1 << 62;
		error = bus_dmamem_alloc(
		    c->cf_tag, size, 0, 0, segs, 2, &rsegs, BUS_DMA_NOWAIT);
		TRUE(error == EINVAL || error == ENOMEM);
	}
}

const struct conf_case conf_bad_cases[] = {
	{ "bad/create-size-0", create_size },
	{ "bad/create-nsegments", create_nsegments },
	{ "bad/create-maxsegsz-0", create_maxsegsz },
	{ "bad/create-boundary", create_boundary },
	{ "bad/create-null", create_null },
	{ "bad/create-huge", create_huge },
	{ "bad/create-fields", create_fields },
	{ "bad/map-null", map_null },
	{ "bad/map-foreign", map_foreign },
	{ "bad/chain-ops", chain_ops },
	{ "bad/mbuf-without-header", mbuf_no_header },
	{ "bad/wrapping-addresses", wrapping },
	{ "bad/raw-segments", raw_segments },
	{ "bad/tags", tags },
	{ "bad/dmamem-arguments", dmamem_args },
	{ "bad/dmamem-huge", dmamem_huge },
	{ NULL, NULL },
};
