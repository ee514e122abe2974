/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hook that can fail, fails: at its n-th call for every n, in each call
 * of the API.  Nothing leaks and the map is invalid.
 */
#include "suite.h"

/* What is done again and again; returns its error and undoes a success. */
struct attempt {
	int (*at_do)(struct conf *c, struct attempt *at);
	char *at_buf;
	bus_dmamap_t at_map;
	bus_dma_tag_t at_tag;
	struct conf_dmamem at_mem;
	bool at_recovers; /* a failure may be made up for */
};

/* Until the n-th call does not come; at least one must have come. */
static bool
each_failure(struct conf *c, struct attempt *at)
{
	const struct conf_env *env = c->cf_env;
	uint64_t before[2] = { 0, 0 }, after[2] = { 0, 0 }, n;
	bool came;
	int error;

	if (env->ce_fail_at == NULL) {
		conf_skip(c, "hooks can't be made to fail");
		return false;
	}
	for (n = 1; n < 1000; n++) {
		if (env->ce_usage != NULL)
			env->ce_usage(env, before);
		(void)env->ce_fail_at(env, n);
		error = at->at_do(c, at);
		came = env->ce_fail_at(env, 0);
		if (env->ce_usage != NULL)
			env->ce_usage(env, after);
		if (!conf_eq(c, __FILE__, __LINE__, "structures held after",
			after[0], before[0]) ||
		    !conf_eq(c, __FILE__, __LINE__, "pages held after",
			after[1], before[1]))
			return false;
		if (!came)
			break;
		if (error == 0 && at->at_recovers)
			continue;
		if (!conf_true(c, __FILE__, __LINE__, "ENOMEM or EFAULT",
			error == ENOMEM || error == EFAULT))
			return false;
	}
	return conf_eq(c, __FILE__, __LINE__, "the call that nothing failed in",
		   (uint64_t)error, 0) &&
	       conf_true(c, __FILE__, __LINE__, "a failure that came",
		   n > 1 && n < 1000);
}

static int
do_create(struct conf *c, struct attempt *at)
{
	bus_dmamap_t map;
	int error;

	error = bus_dmamap_create(c->cf_tag, 8 * c->cf_page, 8, c->cf_page, 0,
	    BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW, &map);
	if (error == 0)
		bus_dmamap_destroy(c->cf_tag, map);
	return error;
}

static void
create(struct conf *c)
{
	/* A pool that does not grow may be large enough. */
	struct attempt at = { .at_do = do_create,
		.at_recovers = c->cf_env->ce_bounces };

	OK(each_failure(c, &at));
}

static int
do_load(struct conf *c, struct attempt *at)
{
	struct conf_chain ca;
	struct busdma_part parts[5] = { { .pt_len = 0 } };
	int error, i;

	for (i = 0; i < 5; i++) {
		parts[i].pt_addr = at->at_buf + 512 * i;
		parts[i].pt_len = 100;
	}
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 5;
	ca.ca_total = 500;
	error = bus_dmamap_load_chain(
	    c->cf_tag, at->at_map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmamap_unload(c->cf_tag, at->at_map);
	if (at->at_map->dm_mapsize != 0 || at->at_map->dm_nsegs != 0)
		return EINVAL;
	return error;
}

static void
load(struct conf *c)
{
	struct attempt at = { .at_do = do_load, .at_recovers = true };

	OK(at.at_buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(at.at_map = conf_map(c, c->cf_tag, 500, 5, 100, 0));
	OK(each_failure(c, &at));
}

static int
do_load_pages(struct conf *c, struct attempt *at)
{
	int error;

	error = bus_dmamap_load(c->cf_tag, at->at_map, at->at_buf,
	    8 * c->cf_page, NULL, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmamap_unload(c->cf_tag, at->at_map);
	if (at->at_map->dm_mapsize != 0 || at->at_map->dm_nsegs != 0)
		return EINVAL;
	return error;
}

static void
load_pages(struct conf *c)
{
	struct attempt at = { .at_do = do_load_pages, .at_recovers = true };
	size_t size = 8 * (size_t)c->cf_page;

	OK(at.at_buf = conf_mem(c, CONF_MEM_PAGES, size));
	OK(at.at_map = conf_map(c, c->cf_tag, size, 8, size, 0));
	OK(each_failure(c, &at));
}

static int
do_dmamem(struct conf *c, struct attempt *at)
{
	struct conf_dmamem *d = &at->at_mem;
	int error;

	error = bus_dmamem_alloc(c->cf_tag, 4 * c->cf_page, 0, c->cf_page,
	    d->cd_segs, 8, &d->cd_rsegs, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmamem_free(c->cf_tag, d->cd_segs, d->cd_rsegs);
	return error;
}

static void
dmamem(struct conf *c)
{
	struct attempt at = { .at_do = do_dmamem, .at_recovers = true };

	if (c->cf_env->ce_pl->pl_pages_alloc == NULL)
		SKIP("the platform has no pages to give");
	OK(each_failure(c, &at));
}

static int
do_map(struct conf *c, struct attempt *at)
{
	struct conf_dmamem *d = &c->cf_dmamems[0];
	size_t size = 2 * (size_t)c->cf_page;
	void *kva;
	int error;

	error = bus_dmamem_map(
	    c->cf_tag, d->cd_segs, d->cd_rsegs, size, &kva, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmamem_unmap(c->cf_tag, kva, size);
	return error;
}

static void
dmamem_map(struct conf *c)
{
	struct attempt at = { .at_do = do_map };

	if (c->cf_env->ce_pl->pl_kmap == NULL)
		SKIP("mapping can't fail here");
	OK(conf_dmamem(c, c->cf_tag, 2 * c->cf_page, 0, 0, 1));
	OK(each_failure(c, &at));
}

static int
do_tag(struct conf *c, struct attempt *at)
{
	struct bus_dma_limits lim = { .dl_alignment = 4 };
	bus_dma_tag_t t;
	int error;

	error = bus_dmatag_restrict(c->cf_tag, &lim, &t, BUS_DMA_NOWAIT);
	if (error == 0)
		bus_dmatag_destroy(t);
	return error;
}

static void
tag(struct conf *c)
{
	struct attempt at = { .at_do = do_tag };

	OK(each_failure(c, &at));
}

static int
do_pool(struct conf *c, struct attempt *at)
{
	bus_dmapool_t pool;
	int error;

	/* Two chunks. */
	error = bus_dmapool_create(
	    c->cf_tag, c->cf_page, 0, 0, 2, BUS_DMA_NOWAIT, &pool);
	if (error == 0)
		bus_dmapool_destroy(pool);
	return error;
}

static void
pool(struct conf *c)
{
	struct attempt at = { .at_do = do_pool, .at_recovers = true };

	if (c->cf_env->ce_pl->pl_pages_alloc == NULL)
		SKIP("the platform has no pages to give");
	OK(each_failure(c, &at));
}

static int
do_label(struct conf *c, struct attempt *at)
{
	bus_dmamap_t map;
	bus_dma_tag_t t;
	int error;

	error = bus_dmatag_restrict(
	    c->cf_tag, &(struct bus_dma_limits){ 0 }, &t, BUS_DMA_NOWAIT);
	if (error != 0)
		return error;
	error = bus_dmamap_create(t, 16, 1, 16, 0, BUS_DMA_NOWAIT, &map);
	if (error == 0) {
		error = bus_dmamap_label(t, map, "label");
		bus_dmamap_destroy(t, map);
	}
	bus_dmatag_destroy(t);
	return error;
}

static void
label(struct conf *c)
{
	/* Without slots of its own, a map is made. */
	struct attempt at = { .at_do = do_label,
		.at_recovers = c->cf_env->ce_bounces };

	OK(each_failure(c, &at));
}

const struct conf_case conf_fail_cases[] = {
	{ "fail/create", create },
	{ "fail/load", load },
	{ "fail/load-scattered", load_pages },
	{ "fail/dmamem-alloc", dmamem },
	{ "fail/dmamem-map", dmamem_map },
	{ "fail/restrict", tag },
	{ "fail/label", label },
	{ "fail/pool", pool },
	{ NULL, NULL },
};
