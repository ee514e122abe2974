/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Item 5.8 of the contract: sync.
 */
#include "suite.h"

#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

static bus_dmamap_t
loaded(struct conf *c, bus_size_t len)
{
	bus_dmamap_t map;
	void *buf;
	int error;

	buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page);
	if (buf == NULL)
		return NULL;
	map = conf_map(c, c->cf_tag, len, 40, 1000, 0);
	if (map == NULL)
		return NULL;
	error = bus_dmamap_load(c->cf_tag, map, buf, len, NULL, BUS_DMA_NOWAIT);
	return conf_eq(
		   c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0)
		   ? map
		   : NULL;
}

static void
legal(struct conf *c)
{
	static const int ops[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		PRE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE, POST };
	bus_size_t off, len;
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, 4096));
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		for (off = 0; off <= 4096; off += 512) {
			for (len = 0; len <= 4096 - off; len += 256)
				bus_dmamap_sync(
				    c->cf_tag, map, off, len, ops[i]);
		}
		bus_dmamap_sync(c->cf_tag, map, 4095, 1, ops[i]);
		bus_dmamap_sync(c->cf_tag, map, 4096, 0, ops[i]);
	}
	QUIET();
	EQ(map->dm_mapsize, 4096);
}

/* One barrier a call, whatever is synced, coherent or not. */
static void
one_barrier(struct conf *c)
{
	static const int ops[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		PRE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE, POST };
	const struct conf_env *env = c->cf_env;
	bus_dmamap_t map;
	uint64_t before;
	unsigned i;

	if (env->ce_barriers == NULL)
		SKIP("barriers are not counted here");
	OK(map = loaded(c, 4096));
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		before = env->ce_barriers(env);
		bus_dmamap_sync(c->cf_tag, map, 0, 4096, ops[i]);
		EQ(env->ce_barriers(env) - before, 1);
		bus_dmamap_sync(c->cf_tag, map, 1000, 10, ops[i]);
		EQ(env->ce_barriers(env) - before, 2);
	}
}

static bool
outside(struct conf *c, bus_dmamap_t map, bus_addr_t off, bus_size_t len)
{
	bus_dmamap_sync(c->cf_tag, map, off, len, BUS_DMASYNC_PREWRITE);
	return conf_reported(c, __FILE__, __LINE__, "BUSDMA_REPORT_SYNCRANGE",
	    BUSDMA_REPORT_SYNCRANGE);
}

static void
range_outside(struct conf *c)
{
	bus_dmamap_t map;

	OK(map = loaded(c, 4096));
	OK(outside(c, map, 0, 4097));
	OK(outside(c, map, 4096, 1));
	OK(outside(c, map, 4097, 0));
	OK(outside(c, map, 4097, 1));
	OK(outside(c, map, 100000, 100));
	OK(outside(c, map, 1, 4096));
	EQ(map->dm_mapsize, 4096);
}

/* The test of the range can't be fooled by a sum that overflows. */
static void
range_overflow(struct conf *c)
{
	const uint64_t top = ~(uint64_t)0;
	bus_dmamap_t map;

	OK(map = loaded(c, 4096));
	OK(outside(c, map, 1, top));
	OK(outside(c, map, 0, top));
	OK(outside(c, map, top, 1));
	OK(outside(c, map, top, 2));
	OK(outside(c, map, top, 0));
	OK(outside(c, map, top - 10, 100));
	OK(outside(c, map, 4095, top - 4000));
	OK(outside(c, map, (uint64_t)1 << 32, 10));
}

static void
unloaded(struct conf *c)
{
	bus_dmamap_t map;

	OK(map = loaded(c, 4096));
	bus_dmamap_unload(c->cf_tag, map);
	OK(outside(c, map, 0, 1));
	OK(outside(c, map, 0, 4096));
}

static void
bad_ops(struct conf *c)
{
	static const int ops[] = { 0, 0x10, 0x100, 0x11 };
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, 4096));
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		bus_dmamap_sync(c->cf_tag, map, 0, 4096, ops[i]);
		REPORTED(BUSDMA_REPORT_SYNCOPS);
	}
}

static void
pre_with_post(struct conf *c)
{
	static const int ops[] = { BUS_DMASYNC_PREREAD | BUS_DMASYNC_POSTREAD,
		BUS_DMASYNC_PREREAD | BUS_DMASYNC_POSTWRITE,
		BUS_DMASYNC_PREWRITE | BUS_DMASYNC_POSTREAD, PRE | POST };
	const struct conf_env *env = c->cf_env;
	uint64_t before = 0;
	bus_dmamap_t map;
	unsigned i;

	OK(map = loaded(c, 4096));
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (env->ce_barriers != NULL)
			before = env->ce_barriers(env);
		bus_dmamap_sync(c->cf_tag, map, 0, 4096, ops[i]);
		REPORTED(BUSDMA_REPORT_SYNCMIX);
		if (env->ce_barriers != NULL)
			TRUE(env->ce_barriers(env) > before);
	}
	EQ(map->dm_mapsize, 4096);
}

const struct conf_case conf_sync_cases[] = {
	{ "5.8/legal", legal },
	{ "5.8/one-barrier", one_barrier },
	{ "5.8/range-outside", range_outside },
	{ "5.8/range-overflow", range_overflow },
	{ "5.8/unloaded", unloaded },
	{ "5.8/bad-operations", bad_ops },
	{ "5.8/pre-with-post", pre_with_post },
	{ NULL, NULL },
};
