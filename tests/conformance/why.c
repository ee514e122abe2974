/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why is answerable: which limit a load met and where; and that it is not,
 * once the map is loaded or unloaded again.
 */
#include "suite.h"

/* What bus_dmamap_why says of a map whose last load has failed. */
static bool
why(struct conf *c, unsigned line, bus_dma_tag_t t, bus_dmamap_t map,
    enum bus_dma_reason reason, bus_size_t offset, uint64_t limit)
{
	struct bus_dma_why wy;
	bool failed;

	memset(&wy, 0xa5, sizeof(wy));
	failed = bus_dmamap_why(t, map, &wy);
	return conf_eq(c, __FILE__, line, "wy_reason", wy.wy_reason, reason) &&
	       conf_eq(c, __FILE__, line, "bus_dmamap_why", failed,
		   reason != BUS_DMA_WHY_NONE) &&
	       conf_eq(c, __FILE__, line, "wy_offset", wy.wy_offset, offset) &&
	       conf_eq(c, __FILE__, line, "wy_limit", wy.wy_limit, limit) &&
	       conf_eq(c, __FILE__, line, "dm_mapsize", map->dm_mapsize, 0) &&
	       conf_eq(
		   c, __FILE__, line, "dm_nsegs", (uint64_t)map->dm_nsegs, 0);
}

#define WHY(t, map, reason, offset, limit) \
	OK(why(                            \
	    c, __LINE__, (t), (map), BUS_DMA_WHY_##reason, (offset), (limit)))

#define ACCOUNT()                                              \
	do {                                                   \
		if (c->cf_env->ce_pl->pl_account == NULL)      \
			SKIP("the platform keeps no account"); \
	} while (0)

static int
load_with(
    bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len, int flags)
{
	return bus_dmamap_load(t, map, buf, len, NULL, flags);
}

static int
load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len)
{
	return load_with(t, map, buf, len, BUS_DMA_NOWAIT);
}

static uint64_t
why_addr(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bus_dma_why wy;

	(void)bus_dmamap_why(t, map, &wy);
	return wy.wy_addr;
}

/* The same as a chain of parts of a page. */
static int
load_parts_with(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_part *parts,
    size_t n, bus_size_t total, int flags)
{
	struct conf_chain ca;

	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = n;
	ca.ca_total = total;
	return bus_dmamap_load_chain(t, map, &conf_chain_ops, &ca, flags);
}

static int
load_parts(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_part *parts,
    size_t n, bus_size_t total)
{
	return load_parts_with(t, map, parts, n, total, BUS_DMA_NOWAIT);
}

static void
length(struct conf *c)
{
	struct busdma_part part = { .pt_len = 0 };
	bus_dmamap_t map;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 60, 4, 60, 0));
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
	WHY(c->cf_tag, map, LENGTH, 0, 60);
	EQ(why_addr(c->cf_tag, map), 0);
	part.pt_addr = buf;
	part.pt_len = 64;
	EQ(load_parts(c->cf_tag, map, &part, 1, 64), EINVAL);
	WHY(c->cf_tag, map, LENGTH, 0, 60);
}

/* Of one piece that is cut, and of a chain of pieces. */
static void
segments(struct conf *c)
{
	struct busdma_part parts[4] = { { .pt_len = 0 } };
	const int asis = conf_asis(c);
	bus_dmamap_t map;
	unsigned i;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 300, 3, 16, 0));
	EQ(load(c->cf_tag, map, buf, 49), EFBIG);
	WHY(c->cf_tag, map, SEGMENTS, 48, 3);
	EQ(why_addr(c->cf_tag, map) & (c->cf_page - 1), 48);
	for (i = 0; i < 4; i++) {
		parts[i].pt_addr = buf + 32 * i;
		parts[i].pt_len = 9;
	}
	EQ(load_parts_with(c->cf_tag, map, parts, 4, 36, asis), EFBIG);
	WHY(c->cf_tag, map, SEGMENTS, 27, 3);
	/* The first part again, so that it is the last that is cut. */
	parts[2].pt_len = 17;
	EQ(load_parts_with(c->cf_tag, map, parts, 3, 35, asis), EFBIG);
	WHY(c->cf_tag, map, SEGMENTS, 34, 3);
	if (!c->cf_env->ce_bounces)
		return;
	/* In one piece they fit; and then there is nothing to say. */
	EQ(load_parts(c->cf_tag, map, parts, 3, 35), 0);
	EQ(map->dm_nsegs, 3);
	TRUE(!bus_dmamap_why(c->cf_tag, map, &(struct bus_dma_why){ 0 }));
	bus_dmamap_unload(c->cf_tag, map);
	parts[2].pt_len = 31;
	EQ(load_parts(c->cf_tag, map, parts, 3, 49), EFBIG);
	WHY(c->cf_tag, map, SEGMENTS, 48, 3);
}

static void
unmapped(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_EDGE, page));
	OK(map = conf_map(c, c->cf_tag, 2 * page, 8, 2 * page, 0));
	EQ(load(c->cf_tag, map, buf + page - 24, 32), EFAULT);
	WHY(c->cf_tag, map, UNMAPPED, 24, 0);
	EQ(why_addr(c->cf_tag, map), (uintptr_t)buf + page);
	/* A load of nothing lets the next go another way. */
	EQ(load(c->cf_tag, map, buf, 0), 0);
	EQ(load(c->cf_tag, map, buf + page - 24, 32), EFAULT);
	WHY(c->cf_tag, map, UNMAPPED, 24, 0);
	EQ(why_addr(c->cf_tag, map), (uintptr_t)buf + page);
	parts[0].pt_addr = buf;
	parts[0].pt_len = 10;
	parts[1].pt_addr = buf + page - 8;
	parts[1].pt_len = 9;
	EQ(load(c->cf_tag, map, buf, 0), 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(load_parts(c->cf_tag, map, parts, 2, 19), EFAULT);
	WHY(c->cf_tag, map, UNMAPPED, 18, 0);
	EQ(why_addr(c->cf_tag, map), (uintptr_t)buf + page);
}

/* What is over the end of what a tag reaches. */
static void
reach(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	const int asis = conf_asis(c);
	struct bus_dma_why wy;
	bus_dmamap_t map;
	bus_dma_tag_t t;
	bus_addr_t b;
	char *buf;

	ACCOUNT();
	if (c->cf_env->ce_nwindows == 0)
		SKIP("bus addresses are not the memory's");
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	TRUE(conf_bus(c, conf_pa(c, buf), &b));
	OK(t = conf_subregion(c, c->cf_tag, b, b + page - 1));
	OK(map = conf_map(c, t, 2 * page, 8, 2 * page, 0));
	EQ(load_with(t, map, buf + 16, page, asis), EFAULT);
	WHY(t, map, REACH, page - 16, b + page - 1);
	TRUE(why_addr(t, map) != 0);
	EQ(why_addr(t, map) & (page - 1), 0);
	EQ(load_with(t, map, buf + page + 4, 4, asis), EFAULT);
	WHY(t, map, REACH, 0, b + page - 1);
	EQ(why_addr(t, map) & (page - 1), 4);
	if (!c->cf_env->ce_bounces)
		return;
	/* All that it reaches is taken: there is no other memory. */
	EQ(load(t, map, buf + page + 4, 4), ENOMEM);
	TRUE(bus_dmamap_why(t, map, &wy));
	EQ(wy.wy_reason, BUS_DMA_WHY_RESOURCES);
}

static void
unaligned(struct conf *c)
{
	struct bus_dma_limits lim;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	const int asis = conf_asis(c);
	bus_dmamap_t map;
	bus_dma_tag_t t;
	char *buf;

	ACCOUNT();
	if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		SKIP("what is not aligned may go elsewhere");
	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 16;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, t, 200, 8, 200, 0));
	EQ(load_with(t, map, buf + 5, 16, asis), EFAULT);
	WHY(t, map, ALIGNMENT, 0, 16);
	EQ(why_addr(t, map) & (c->cf_page - 1), 5);
	parts[0].pt_addr = buf;
	parts[0].pt_len = 48;
	parts[1].pt_addr = buf + 72;
	parts[1].pt_len = 8;
	EQ(load_parts_with(t, map, parts, 2, 56, asis), EFAULT);
	WHY(t, map, ALIGNMENT, 48, 16);
	EQ(why_addr(t, map) & (c->cf_page - 1), 72);
	if (!c->cf_env->ce_bounces)
		return;
	EQ(load_parts(t, map, parts, 2, 56), 0);
	TRUE(!bus_dmamap_why(t, map, &(struct bus_dma_why){ 0 }));
}

/* A chain that is not what it says, and segments that are too few. */
static void
origin(struct conf *c)
{
	bus_dma_segment_t seg;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	bus_dmamap_t map;
	struct mbuf m;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 200, 8, 200, 0));
	parts[0].pt_addr = buf;
	parts[0].pt_len = 10;
	parts[1].pt_addr = buf + 20;
	parts[1].pt_len = 10;
	EQ(load_parts(c->cf_tag, map, parts, 2, 21), EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 20, 0);
	EQ(why_addr(c->cf_tag, map), 0);
	EQ(load_parts(c->cf_tag, map, parts, 2, 19), EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 10, 0);
	EQ(load_parts(c->cf_tag, map, parts, 2, 0), EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 0, 0);
	/* No packet header; and no chain. */
	memset(&m, 0, sizeof(m));
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, &m, BUS_DMA_NOWAIT), EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 0, 0);
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 0, 0);
	seg.ds_addr = conf_pa(c, buf);
	seg.ds_len = 16;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 17, BUS_DMA_NOWAIT),
	    EINVAL);
	WHY(c->cf_tag, map, ORIGIN, 16, 0);
}

/* ch_open's own error, and what is none. */
static void
accessor(struct conf *c)
{
	struct conf_chain ca;
	bus_dmamap_t map;

	ACCOUNT();
	OK(map = conf_map(c, c->cf_tag, 200, 8, 200, 0));
	memset(&ca, 0, sizeof(ca));
	ca.ca_total = 1;
	ca.ca_error = ENOMEM;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    ENOMEM);
	WHY(c->cf_tag, map, ORIGIN, 0, 0);
	ca.ca_error = -5;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    EFAULT);
	WHY(c->cf_tag, map, ORIGIN, 0, 0);
}

static void
caller(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 60, 4, 60, 0));
	map->dm_maxsegsz = 61;
	EQ(load(c->cf_tag, map, buf, 10), EINVAL);
	REPORTED(BUSDMA_REPORT_MAXSEGSZ);
	WHY(c->cf_tag, map, CALLER, 0, 0);
	/* It is the driver's until an unload. */
	EQ(map->dm_maxsegsz, 61);
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
	EQ(map->dm_maxsegsz, 60);
}

/* Until it is loaded or unloaded again, and no longer. */
static void
until(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	ACCOUNT();
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 60, 4, 60, 0));
	WHY(c->cf_tag, map, NONE, 0, 0);
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
	/* It is not loaded: a sync is a barrier, and a range outside it. */
	bus_dmamap_sync(c->cf_tag, map, 0, 0, BUS_DMASYNC_PREREAD);
	QUIET();
	bus_dmamap_sync(c->cf_tag, map, 0, 1, BUS_DMASYNC_POSTREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	WHY(c->cf_tag, map, LENGTH, 0, 60);
	EQ(load(c->cf_tag, map, buf, 60), 0);
	EQ(map->dm_mapsize, 60);
	TRUE(!bus_dmamap_why(c->cf_tag, map, &(struct bus_dma_why){ 0 }));
	/* One that fails where one was loaded. */
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
	REPORTED(BUSDMA_REPORT_RELOAD);
	WHY(c->cf_tag, map, LENGTH, 0, 60);
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
	WHY(c->cf_tag, map, NONE, 0, 0);
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
	EQ(load(c->cf_tag, map, buf, 0), 0);
	WHY(c->cf_tag, map, NONE, 0, 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
}

static void
foreign(struct conf *c)
{
	struct bus_dma_limits lim;
	struct bus_dma_why wy;
	bus_dmamap_t map;
	bus_dma_tag_t t;

	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, c->cf_tag, 60, 4, 60, 0));
	memset(&wy, 0xa5, sizeof(wy));
	TRUE(!bus_dmamap_why(t, map, &wy));
	REPORTED(BUSDMA_REPORT_FOREIGN);
	EQ(wy.wy_reason, BUS_DMA_WHY_NONE);
	TRUE(!bus_dmamap_why(NULL, map, &wy));
	REPORTED(BUSDMA_REPORT_FOREIGN);
	TRUE(!bus_dmamap_why(t, NULL, &wy));
	REPORTED(BUSDMA_REPORT_FOREIGN);
}

/* A platform without an account says nothing; and nothing else changes. */
static void
no_account(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	if (c->cf_env->ce_pl->pl_account != NULL)
		SKIP("the platform keeps account");
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 60, 4, 60, 0));
	EQ(load(c->cf_tag, map, buf, 61), EINVAL);
	WHY(c->cf_tag, map, NONE, 0, 0);
}

static void
texts(struct conf *c)
{
	const char *s, *none = bus_dma_reason_text(BUS_DMA_NWHY);
	unsigned i;

	for (i = 0; i < BUS_DMA_NWHY; i++) {
		s = bus_dma_reason_text((enum bus_dma_reason)i);
		TRUE(s != NULL && s[0] != '\0' && s != none);
		for (; *s != '\0'; s++)
			TRUE(*s != '\n');
	}
}

const struct conf_case conf_why_cases[] = {
	{ "5.16/why-length", length },
	{ "5.16/why-segments", segments },
	{ "5.16/why-unmapped", unmapped },
	{ "5.16/why-reach", reach },
	{ "5.16/why-alignment", unaligned },
	{ "5.16/why-origin", origin },
	{ "5.16/why-accessor", accessor },
	{ "5.16/why-caller", caller },
	{ "5.16/why-until", until },
	{ "5.16/why-foreign", foreign },
	{ "5.16/why-no-account", no_account },
	{ "5.16/why-texts", texts },
	{ NULL, NULL },
};
