/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus_dmatag_restrict: each limit, nested; a limit can only narrow.
 */
#include "suite.h"

/* Load on a map of `t' and compare with the reference. */
static bool
load_as(struct conf *c, bus_dma_tag_t t, void *buf, size_t len,
    const struct conf_limits *cl)
{
	bus_dmamap_t map;
	int error;

	map = conf_map(c, t, len, 90, len, 0);
	if (map == NULL)
		return false;
	error = bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT);
	conf_nofrags(c);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0) ||
	    !conf_frag_va(c, NULL, buf, len) ||
	    !conf_expect_at(c, __FILE__, __LINE__, map, cl))
		return false;
	conf_unmap(c, map);
	return true;
}

static int
try_load(bus_dma_tag_t t, void *buf, bus_size_t len, int nsegs, bus_size_t max)
{
	bus_dmamap_t map;
	int error;

	error = bus_dmamap_create(t, len, nsegs, max, 0, BUS_DMA_NOWAIT, &map);
	if (error != 0)
		return -1;
	error = bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT);
	bus_dmamap_destroy(t, map);
	return error;
}

/* What can't be loaded as it is, on a map of `t' of one segment. */
static bool
unreached(struct conf *c, unsigned line, bus_dma_tag_t t, void *buf, size_t len,
    const struct conf_limits *cl)
{
	bus_dmamap_t map;
	int error;

	map = conf_map(c, t, len, 1, len, 0);
	if (map == NULL)
		return false;
	error = bus_dmamap_load(t, map, buf, len, NULL, conf_asis(c));
	if (!conf_eq(
		c, __FILE__, line, "a load as it is", (uint64_t)error, EFAULT))
		return false;
	error = bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT);
	if (!conf_bounced_at(
		c, __FILE__, line, t, map, error, EFAULT, buf, len, cl))
		return false;
	conf_unmap(c, map);
	return true;
}
#define UNREACHED(t, buf, len, cl) \
	OK(unreached(c, __LINE__, (t), (buf), (len), (cl)))

static bool
malformed(struct conf *c, bus_dma_tag_t t, const struct bus_dma_limits *lim)
{
	bus_dma_tag_t n = NULL;
	int error;

	error = bus_dmatag_restrict(t, lim, &n, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmatag_destroy(n);
	return conf_eq(c, __FILE__, __LINE__, "bus_dmatag_restrict",
	    (uint64_t)error, EINVAL);
}

static void
no_limits(struct conf *c)
{
	static const struct bus_dma_limits lim;
	static const struct conf_limits cl;
	bus_dma_tag_t t;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(load_as(c, t, buf + 1, 2 * (size_t)c->cf_page - 1, &cl));
}

static void
maxsegsz(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_maxsegsz = 1000 };
	struct conf_limits cl = { .cl_maxsegsz = 1000 };
	bus_dma_tag_t t, t2;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(load_as(c, t, buf, 6001, &cl));
	/* Looser: no effect.  Tighter: it holds. */
	lim.dl_maxsegsz = 2000;
	OK(t2 = conf_restrict(c, t, &lim));
	OK(load_as(c, t2, buf, 6001, &cl));
	lim.dl_maxsegsz = cl.cl_maxsegsz = 300;
	OK(t2 = conf_restrict(c, t, &lim));
	OK(load_as(c, t2, buf, 6001, &cl));
	cl.cl_maxsegsz = 1000;
	OK(load_as(c, t, buf, 6001, &cl));
	EQ(try_load(t, buf, 3000, 3, 3000), 0);
	EQ(try_load(t, buf, 3001, 3, 3000), EFBIG);
}

/* A driver can't raise dm_maxsegsz above the tag's. */
static void
maxsegsz_of_map(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_maxsegsz = 512 };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, t, 4096, 20, 4096, 0));
	map->dm_maxsegsz = 1024;
	if (bus_dmamap_load(t, map, buf, 4096, NULL, BUS_DMA_NOWAIT) == 0) {
		for (i = 0; i < map->dm_nsegs; i++)
			TRUE(map->dm_segs[i].ds_len <= 512);
		bus_dmamap_unload(t, map);
	}
	/* Whether that is reported is the map's create's to say. */
	if (c->cf_env->ce_reports != NULL) {
		struct busdma_report last;

		(void)c->cf_env->ce_reports(c->cf_env, &last);
	}
}

static void
boundary(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_boundary = 1024 };
	struct conf_limits cl = { .cl_boundary = 1024 };
	bus_dma_tag_t t, t2;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(load_as(c, t, buf + 700, 6001, &cl));
	lim.dl_boundary = 4096;
	OK(t2 = conf_restrict(c, t, &lim));
	OK(load_as(c, t2, buf + 700, 6001, &cl));
	lim.dl_boundary = cl.cl_boundary = 256;
	OK(t2 = conf_restrict(c, t, &lim));
	OK(load_as(c, t2, buf + 700, 6001, &cl));
	/* A map's own boundary, looser and tighter than the tag's. */
	cl.cl_boundary = 1024;
	OK(map = conf_map(c, t, 4096, 8, 4096, 2048));
	EQ(bus_dmamap_load(t, map, buf + 700, 3000, NULL, BUS_DMA_NOWAIT), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf + 700, 3000));
	EXPECT(map, &cl);
	cl.cl_boundary = 512;
	OK(map = conf_map(c, t, 4096, 8, 4096, 512));
	EQ(bus_dmamap_load(t, map, buf + 700, 3000, NULL, BUS_DMA_NOWAIT), 0);
	EXPECT(map, &cl);
}

static void
alignment(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 256 };
	struct conf_limits cl = { .cl_align = 256 };
	bus_dma_tag_t t, t2;
	char *buf;

	if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		SKIP("bus addresses are not the memory's");
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	EQ(try_load(t, buf + 256, 100, 1, 4096), 0);
	UNREACHED(t, buf + 128, 100, &cl);
	/* Looser: no effect. */
	lim.dl_alignment = 64;
	OK(t2 = conf_restrict(c, t, &lim));
	EQ(try_load(t2, buf + 256, 100, 1, 4096), 0);
	UNREACHED(t2, buf + 128, 100, &cl);
	lim.dl_alignment = cl.cl_align = 512;
	OK(t2 = conf_restrict(c, t, &lim));
	EQ(try_load(t2, buf + 512, 100, 1, 4096), 0);
	UNREACHED(t2, buf + 256, 100, &cl);
}

static void
nsegments(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_nsegments = 3 };
	bus_dma_tag_t t, t2;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	EQ(try_load(t, buf, 300, 3, 100), 0);
	EQ(try_load(t, buf, 300, 8, 100), 0);
	EQ(try_load(t, buf, 301, 8, 100), EFBIG);
	EQ(try_load(t, buf, 201, 2, 100), EFBIG);
	lim.dl_nsegments = 7;
	OK(t2 = conf_restrict(c, t, &lim));
	EQ(try_load(t2, buf, 300, 8, 100), 0);
	EQ(try_load(t2, buf, 301, 8, 100), EFBIG);
	lim.dl_nsegments = 1;
	OK(t2 = conf_restrict(c, t, &lim));
	EQ(try_load(t2, buf, 100, 8, 100), 0);
	EQ(try_load(t2, buf, 101, 8, 100), EFBIG);
}

static void
addresses(struct conf *c)
{
	struct bus_dma_limits lim;
	struct conf_limits cl = { .cl_low = 0 };
	size_t page = (size_t)c->cf_page;
	bus_dma_tag_t t, t2;
	bus_addr_t b;
	char *buf;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("bus addresses are not the memory's");
	OK(buf = conf_mem(c, CONF_MEM_RUN, 4 * page));
	TRUE(conf_bus(c, conf_pa(c, buf), &b));
	memset(&lim, 0, sizeof(lim));
	lim.dl_low = cl.cl_low = b + page;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	EQ(try_load(t, buf + page, 3 * page, 8, 4 * page), 0);
	UNREACHED(t, buf + page - 1, 2, &cl);
	/* A low below: no effect; and a high. */
	lim.dl_low = b;
	lim.dl_high = cl.cl_high = b + 2 * page - 1;
	OK(t2 = conf_restrict(c, t, &lim));
	EQ(try_load(t2, buf + page, page, 8, page), 0);
	UNREACHED(t2, buf + page - 1, 1, &cl);
	UNREACHED(t2, buf + 2 * page, 1, &cl);
	UNREACHED(t2, buf + 2 * page - 1, 2, &cl);
	lim.dl_low = b + page;
	lim.dl_high = 0;
	OK(t2 = conf_restrict(c, t2, &lim));
	UNREACHED(t2, buf + 2 * page, 1, &cl);
	lim.dl_low = b + 3 * page;
	OK(malformed(c, t2, &lim));
}

static void
minalignmask(struct conf *c)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	struct bus_dma_limits lim = { .dl_minalignmask = 511 };
	static const struct conf_limits cl;
	bool reached = false;
	bus_dma_tag_t t;
	unsigned n;
	char *buf;
	size_t i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	for (i = 0; i < 520; i += 13)
		OK(load_as(c, t, buf + i, 100, &cl));
	if (c->cf_env->ce_nwindows == 0)
		return;
	/* More than a page's worth: not through every window. */
	lim.dl_minalignmask = 4 * c->cf_page - 1;
	for (n = 0; n < c->cf_env->ce_nwindows; n++, w++) {
		if (((w->dw_bus - w->dw_cpu) & lim.dl_minalignmask) == 0)
			reached = true;
	}
	if (reached)
		OK(conf_restrict(c, c->cf_tag, &lim));
	else
		OK(malformed(c, c->cf_tag, &lim));
}

/* All of them at once, in two steps. */
static void
together(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 4,
		.dl_boundary = 4096,
		.dl_maxsegsz = 1023,
		.dl_nsegments = 30 };
	struct conf_limits cl = {
		.cl_align = 16, .cl_boundary = 1024, .cl_maxsegsz = 700
	};
	bus_dma_tag_t t;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 16;
	lim.dl_boundary = 1024;
	lim.dl_maxsegsz = 700;
	OK(t = conf_restrict(c, t, &lim));
	OK(load_as(c, t, buf, 6000, &cl));
	OK(load_as(c, t, buf + 16, 7999, &cl));
}

static void
bad_limits(struct conf *c)
{
	struct bus_dma_limits lim;

	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 3;
	OK(malformed(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_boundary = 0x1800;
	OK(malformed(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_minalignmask = 0x1800;
	OK(malformed(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_low = 0x2000;
	lim.dl_high = 0x1fff;
	OK(malformed(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_nsegments = -1;
	OK(malformed(c, c->cf_tag, &lim));
	/* No segment could be that aligned and that short. */
	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 64;
	lim.dl_maxsegsz = 63;
	OK(malformed(c, c->cf_tag, &lim));
	lim.dl_maxsegsz = 0;
	lim.dl_boundary = 32;
	OK(malformed(c, c->cf_tag, &lim));
}

/* The same contradiction in two steps. */
static void
contradiction(struct conf *c)
{
	struct bus_dma_limits lim = { .dl_alignment = 64 };
	bus_dma_tag_t t;

	OK(t = conf_restrict(c, c->cf_tag, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_maxsegsz = 32;
	OK(malformed(c, t, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_boundary = 32;
	OK(malformed(c, t, &lim));
	memset(&lim, 0, sizeof(lim));
	lim.dl_maxsegsz = 64;
	OK(conf_restrict(c, t, &lim));
}

const struct conf_case conf_restrict_cases[] = {
	{ "restrict/no-limits", no_limits },
	{ "restrict/maxsegsz", maxsegsz },
	{ "restrict/maxsegsz-of-map", maxsegsz_of_map },
	{ "restrict/boundary", boundary },
	{ "restrict/alignment", alignment },
	{ "restrict/nsegments", nsegments },
	{ "restrict/addresses", addresses },
	{ "restrict/minalignmask", minalignmask },
	{ "restrict/together", together },
	{ "restrict/bad-limits", bad_limits },
	{ "restrict/contradiction", contradiction },
	{ NULL, NULL },
};
