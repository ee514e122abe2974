/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Item 5.11 of the contract: subregions, and how long a tag lives.
 */
#include "suite.h"

/* Load physical memory on a map of its own; returns the error. */
static int
try_flags(bus_dma_tag_t t, paddr_t pa, bus_size_t len, int flags)
{
	bus_dma_segment_t seg = { pa, len };
	bus_dmamap_t map;
	int error;

	error = bus_dmamap_create(t, len, 16, len, 0, BUS_DMA_NOWAIT, &map);
	if (error != 0)
		return -1;
	error = bus_dmamap_load_raw(t, map, &seg, 1, len, flags);
	bus_dmamap_destroy(t, map);
	return error;
}

static int
try_raw(bus_dma_tag_t t, paddr_t pa, bus_size_t len)
{
	return try_flags(t, pa, len, BUS_DMA_NOWAIT);
}

/*
 * Not within reach of a tag that reaches nothing but the buffer of the case:
 * where it could be copied, there is no memory for that.
 */
static bool
unreached(
    struct conf *c, unsigned line, bus_dma_tag_t t, paddr_t pa, bus_size_t len)
{
	int error = try_flags(t, pa, len, conf_asis(c));

	if (!conf_eq(
		c, __FILE__, line, "a load as it is", (uint64_t)error, EFAULT))
		return false;
	error = try_raw(t, pa, len);
	if (!c->cf_env->ce_bounces)
		return conf_eq(
		    c, __FILE__, line, "a load", (uint64_t)error, EFAULT);
	return conf_true(c, __FILE__, line, "ENOMEM or EFBIG",
	    error == ENOMEM || error == EFBIG);
}
#define UNREACHED(t, pa, len) OK(unreached(c, __LINE__, (t), (pa), (len)))

/* A buffer of `npages', its physical and its bus address. */
static bool
buffer(struct conf *c, unsigned npages, paddr_t *pap, bus_addr_t *bp)
{
	char *buf;

	if (c->cf_env->ce_nwindows == 0) {
		conf_skip(c, "bus addresses are not the memory's");
		return false;
	}
	buf = conf_mem(c, CONF_MEM_RUN, npages * (size_t)c->cf_page);
	if (buf == NULL)
		return false;
	*pap = conf_pa(c, buf);
	return conf_true(c, __FILE__, __LINE__, "memory within reach",
	    conf_bus(c, *pap, bp));
}

static void
inclusive(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_tag_t t;
	bus_addr_t b;
	paddr_t pa;

	OK(buffer(c, 3, &pa, &b));
	OK(t = conf_subregion(c, c->cf_tag, b + page, b + 2 * page - 1));
	EQ(try_raw(t, pa + page, page), 0);
	EQ(try_raw(t, pa + page, 1), 0);
	EQ(try_raw(t, pa + 2 * page - 1, 1), 0);
	UNREACHED(t, pa + page - 1, 1);
	UNREACHED(t, pa + page - 1, 2);
	UNREACHED(t, pa + 2 * page, 1);
	UNREACHED(t, pa + 2 * page - 1, 2);
	UNREACHED(t, pa + page, page + 1);
	UNREACHED(t, pa, 3 * page);
}

/* Bounds that are not pages', and a region of one byte. */
static void
odd_bounds(struct conf *c)
{
	bus_dma_tag_t t;
	bus_addr_t b;
	paddr_t pa;

	OK(buffer(c, 1, &pa, &b));
	OK(t = conf_subregion(c, c->cf_tag, b + 100, b + 299));
	EQ(try_raw(t, pa + 100, 200), 0);
	UNREACHED(t, pa + 99, 2);
	UNREACHED(t, pa + 299, 2);
	EQ(try_raw(t, pa + 299, 1), 0);
	UNREACHED(t, pa + 300, 1);
	OK(t = conf_subregion(c, c->cf_tag, b + 77, b + 77));
	EQ(try_raw(t, pa + 77, 1), 0);
	UNREACHED(t, pa + 76, 1);
	UNREACHED(t, pa + 78, 1);
}

static void
nested(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_tag_t t1, t2, t3;
	bus_addr_t b;
	paddr_t pa;

	OK(buffer(c, 4, &pa, &b));
	OK(t1 = conf_subregion(c, c->cf_tag, b, b + 3 * page - 1));
	OK(t2 = conf_subregion(c, t1, b + page, b + 4 * page - 1));
	/* Both bounds hold: [page, 3 * page). */
	EQ(try_raw(t2, pa + page, 2 * page), 0);
	UNREACHED(t2, pa + page - 1, 1);
	UNREACHED(t2, pa + 3 * page, 1);
	/* Wider than its parent: no wider. */
	OK(t3 = conf_subregion(c, t2, 0, ~(bus_addr_t)0));
	EQ(try_raw(t3, pa + page, 2 * page), 0);
	UNREACHED(t3, pa + page - 1, 1);
	UNREACHED(t3, pa + 3 * page, 1);
	/* The parent is as it was. */
	EQ(try_raw(t1, pa, 3 * page), 0);
	EQ(try_raw(c->cf_tag, pa, 4 * page), 0);
}

static void
whole(struct conf *c)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	bus_dma_tag_t t;
	unsigned i;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("bus addresses are not the memory's");
	OK(t = conf_subregion(c, c->cf_tag, 0, ~(bus_addr_t)0));
	for (i = 0; i < c->cf_env->ce_nwindows; i++, w++) {
		EQ(try_raw(t, w->dw_cpu, 1), 0);
		EQ(try_raw(t, conf_window_last(w), 1), 0);
	}
}

/* Nothing of it within reach. */
static void
nothing(struct conf *c)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	bus_size_t page = c->cf_page;
	bus_dma_tag_t t1, t = NULL;
	bus_addr_t b, last;
	paddr_t pa;
	unsigned i, j;

	OK(buffer(c, 3, &pa, &b));
	OK(t1 = conf_subregion(c, c->cf_tag, b, b + page - 1));
	EQ(bus_dmatag_subregion(t1, b + page, b + 2 * page, &t, BUS_DMA_NOWAIT),
	    EINVAL);
	EQ(bus_dmatag_subregion(
	       t1, b + page, ~(bus_addr_t)0, &t, BUS_DMA_NOWAIT),
	    EINVAL);
	if (b != 0)
		EQ(bus_dmatag_subregion(t1, 0, b - 1, &t, BUS_DMA_NOWAIT),
		    EINVAL);
	/* Just above a window, where no other one begins. */
	for (i = 0; i < c->cf_env->ce_nwindows; i++) {
		last = w[i].dw_bus + (conf_window_last(&w[i]) - w[i].dw_cpu);
		for (j = 0; j < c->cf_env->ce_nwindows; j++) {
			if (last == ~(bus_addr_t)0 || w[j].dw_bus == last + 1)
				break;
		}
		if (j < c->cf_env->ce_nwindows)
			continue;
		EQ(bus_dmatag_subregion(
		       c->cf_tag, last + 1, last + 1, &t, BUS_DMA_NOWAIT),
		    EINVAL);
	}
}

/* A tag lives until its last map is gone. */
static void
lives_for_maps(struct conf *c)
{
	struct busdma_report last;
	struct bus_dma_limits lim;
	bus_dmamap_t map, none = NULL;
	bus_dma_tag_t t, t2 = NULL;
	char *buf;

	memset(&lim, 0, sizeof(lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(map = conf_map(c, t, 100, 1, 100, 0));
	conf_untag(c, t);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	/* The map goes on working. */
	EQ(bus_dmamap_load(t, map, buf, 100, NULL, BUS_DMA_NOWAIT), 0);
	bus_dmamap_sync(t, map, 0, 100, BUS_DMASYNC_PREREAD);
	bus_dmamap_sync(t, map, 0, 100, BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(t, map);
	if (c->cf_env->ce_reports != NULL)
		(void)c->cf_env->ce_reports(c->cf_env, &last);
	/* Nothing new is made of a tag that was given up. */
	EQ(bus_dmamap_create(t, 100, 1, 100, 0, BUS_DMA_NOWAIT, &none), EINVAL);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	EQ(bus_dmatag_subregion(t, 0, ~(bus_addr_t)0, &t2, BUS_DMA_NOWAIT),
	    EINVAL);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	bus_dmatag_destroy(t);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	conf_unmap(c, map);
	QUIET();
}

/* And until the last tag that was made from it is gone. */
static void
lives_for_children(struct conf *c)
{
	bus_dma_tag_t t1, t2, t3;
	struct bus_dma_limits lim;
	bus_dmamap_t map;
	char *buf;

	memset(&lim, 0, sizeof(lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(t1 = conf_restrict(c, c->cf_tag, &lim));
	OK(t2 = conf_subregion(c, t1, 0, ~(bus_addr_t)0));
	OK(t3 = conf_restrict(c, t2, &lim));
	conf_untag(c, t1);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	conf_untag(c, t2);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	OK(map = conf_map(c, t3, 100, 1, 100, 0));
	EQ(bus_dmamap_load(t3, map, buf, 100, NULL, BUS_DMA_NOWAIT), 0);
	conf_unmap(c, map);
	QUIET();
	conf_untag(c, t3);
	QUIET();
}

const struct conf_case conf_tag_cases[] = {
	{ "5.11/subregion-inclusive", inclusive },
	{ "5.11/odd-bounds", odd_bounds },
	{ "5.11/nested-subregion-inclusive", nested },
	{ "5.11/whole-space", whole },
	{ "5.11/nothing-within-reach", nothing },
	{ "5.11/tag-lives-for-its-maps", lives_for_maps },
	{ "5.11/tag-lives-for-its-children", lives_for_children },
	{ NULL, NULL },
};
