/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The things that a case holds: maps, tags, DMA memory and buffers, recorded
 * so that they are given back however the case ends.
 */
#include "suite.h"

/* A constructor has returned `error' and, where it worked, something. */
static bool
made(struct conf *c, const char *what, int error, bool thing)
{
	return conf_eq(c, __FILE__, __LINE__, what, (uint64_t)error, 0) &&
	       conf_true(c, __FILE__, __LINE__, what, thing);
}

bus_dmamap_t
conf_map(struct conf *c, bus_dma_tag_t t, bus_size_t size, int nsegs,
    bus_size_t maxsegsz, bus_size_t boundary)
{
	bus_dmamap_t map = NULL;
	int error, i;

	for (i = 0; c->cf_maps[i].cm_map != NULL; i++) {
		if (i == CONF_NMAPS - 1) {
			conf_true(c, __FILE__, __LINE__, "a free slot", false);
			return NULL;
		}
	}
	error = bus_dmamap_create(
	    t, size, nsegs, maxsegsz, boundary, BUS_DMA_NOWAIT, &map);
	if (!made(c, "bus_dmamap_create", error, map != NULL))
		return NULL;
	c->cf_maps[i].cm_map = map;
	c->cf_maps[i].cm_tag = t;
	return map;
}

void
conf_unmap(struct conf *c, bus_dmamap_t map)
{
	int i;

	for (i = 0; i < CONF_NMAPS; i++) {
		if (c->cf_maps[i].cm_map == map) {
			c->cf_maps[i].cm_map = NULL;
			bus_dmamap_destroy(c->cf_maps[i].cm_tag, map);
			return;
		}
	}
}

void
conf_again(bus_dmamap_t map)
{
	bus_size_t maxsegsz = map->dm_maxsegsz;
	bus_dma_tag_t t = map->_dm_tag;

	/* A load of nothing, and its end. */
	map->dm_maxsegsz = map->_dm_maxmaxsegsz;
	if (bus_dmamap_load_raw(t, map, NULL, 0, 0, BUS_DMA_NOWAIT) == 0)
		bus_dmamap_unload(t, map);
	map->dm_maxsegsz = maxsegsz;
}

static bus_dma_tag_t
keep_tag(struct conf *c, bus_dma_tag_t t)
{
	int i;

	for (i = 0; i < CONF_NTAGS; i++) {
		if (c->cf_tags[i] == NULL) {
			c->cf_tags[i] = t;
			return t;
		}
	}
	bus_dmatag_destroy(t);
	conf_true(c, __FILE__, __LINE__, "a free slot", false);
	return NULL;
}

bus_dma_tag_t
conf_subregion(struct conf *c, bus_dma_tag_t t, bus_addr_t low, bus_addr_t high)
{
	bus_dma_tag_t n = NULL;
	int error;

	error = bus_dmatag_subregion(t, low, high, &n, BUS_DMA_NOWAIT);
	if (!made(c, "bus_dmatag_subregion", error, n != NULL))
		return NULL;
	return keep_tag(c, n);
}

bus_dma_tag_t
conf_restrict(struct conf *c, bus_dma_tag_t t, const struct bus_dma_limits *lim)
{
	bus_dma_tag_t n = NULL;
	int error;

	error = bus_dmatag_restrict(t, lim, &n, BUS_DMA_NOWAIT);
	if (!made(c, "bus_dmatag_restrict", error, n != NULL))
		return NULL;
	return keep_tag(c, n);
}

void
conf_untag(struct conf *c, bus_dma_tag_t t)
{
	int i;

	for (i = 0; i < CONF_NTAGS; i++) {
		if (c->cf_tags[i] == t) {
			c->cf_tags[i] = NULL;
			bus_dmatag_destroy(t);
			return;
		}
	}
}

static void *
keep_mem(struct conf *c, void *p, size_t size, enum conf_mem kind, bool user)
{
	int i;

	for (i = 0; i < CONF_NMEMS; i++) {
		if (c->cf_mems[i].ck_p == NULL) {
			c->cf_mems[i].ck_p = p;
			c->cf_mems[i].ck_size = size;
			c->cf_mems[i].ck_kind = kind;
			c->cf_mems[i].ck_user = user;
			return p;
		}
	}
	conf_true(c, __FILE__, __LINE__, "a free slot", false);
	return NULL;
}

void *
conf_mem(struct conf *c, enum conf_mem kind, size_t size)
{
	void *p = c->cf_env->ce_alloc(c->cf_env, kind, size);

	if (p == NULL) {
		if (kind == CONF_MEM_RUN)
			conf_true(c, __FILE__, __LINE__,
			    "contiguous memory from the environment", false);
		else
			conf_skip(c, "no memory of that kind here");
		return NULL;
	}
	return keep_mem(c, p, size, kind, false);
}

void *
conf_umem(struct conf *c, size_t size)
{
	void *p;

	if (c->cf_env->ce_ualloc == NULL) {
		conf_skip(c, "no user memory here");
		return NULL;
	}
	p = c->cf_env->ce_ualloc(c->cf_env, size);
	if (p == NULL) {
		conf_skip(c, "no user memory of that size");
		return NULL;
	}
	return keep_mem(c, p, size, CONF_MEM_RUN, true);
}

struct conf_dmamem *
conf_dmamem(struct conf *c, bus_dma_tag_t t, bus_size_t size, bus_size_t align,
    bus_size_t boundary, int nsegs)
{
	struct conf_dmamem *d;
	int error, i;

	if (c->cf_env->ce_pl->pl_pages_alloc == NULL) {
		conf_skip(c, "the platform has no pages to give");
		return NULL;
	}
	for (i = 0; c->cf_dmamems[i].cd_tag != NULL; i++) {
		if (i == CONF_NDMAMEMS - 1) {
			conf_true(c, __FILE__, __LINE__, "a free slot", false);
			return NULL;
		}
	}
	d = &c->cf_dmamems[i];
	memset(d, 0, sizeof(*d));
	error = bus_dmamem_alloc(t, size, align, boundary, d->cd_segs, nsegs,
	    &d->cd_rsegs, BUS_DMA_NOWAIT);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamem_alloc", (uint64_t)error, 0))
		return NULL;
	d->cd_tag = t;
	return d;
}

bool
conf_kva(struct conf *c, struct conf_dmamem *d, size_t size, int flags)
{
	int error;

	error = bus_dmamem_map(d->cd_tag, d->cd_segs, d->cd_rsegs, size,
	    &d->cd_kva, BUS_DMA_NOWAIT | flags);
	d->cd_ksize = size;
	return made(c, "bus_dmamem_map", error, d->cd_kva != NULL);
}

void
conf_undmamem(struct conf *c, struct conf_dmamem *d)
{
	if (d->cd_kva != NULL)
		bus_dmamem_unmap(d->cd_tag, d->cd_kva, d->cd_ksize);
	bus_dmamem_free(d->cd_tag, d->cd_segs, d->cd_rsegs);
	memset(d, 0, sizeof(*d));
}

bus_dmapool_t
conf_pool(struct conf *c, bus_dma_tag_t t, bus_size_t size, bus_size_t align,
    bus_size_t boundary, unsigned nready)
{
	bus_dmapool_t pool = NULL;
	int error, i;

	if (c->cf_env->ce_pl->pl_pages_alloc == NULL) {
		conf_skip(c, "the platform has no pages to give");
		return NULL;
	}
	for (i = 0; c->cf_pools[i] != NULL; i++) {
		if (i == CONF_NPOOLS - 1) {
			conf_true(c, __FILE__, __LINE__, "a free slot", false);
			return NULL;
		}
	}
	error = bus_dmapool_create(
	    t, size, align, boundary, nready, BUS_DMA_NOWAIT, &pool);
	if (!made(c, "bus_dmapool_create", error, pool != NULL))
		return NULL;
	c->cf_pools[i] = pool;
	return pool;
}

static struct bus_dmapool_block *
keep_block(struct conf *c, bus_dmapool_t pool, int flags)
{
	struct bus_dmapool_block *pb = bus_dmapool_alloc(pool, flags);
	int i;

	if (!conf_true(c, __FILE__, __LINE__, "a block", pb != NULL))
		return NULL;
	for (i = 0; i <= CONF_NBLOCKS; i++) {
		if (c->cf_blocks[i].cb_pool == NULL) {
			c->cf_blocks[i].cb_pool = pool;
			c->cf_blocks[i].cb_block = pb;
			return pb;
		}
	}
	bus_dmapool_free(pool, pb);
	conf_true(c, __FILE__, __LINE__, "a free slot", false);
	return NULL;
}

struct bus_dmapool_block *
conf_block(struct conf *c, bus_dmapool_t pool)
{
	return keep_block(c, pool, BUS_DMA_NOWAIT);
}

struct bus_dmapool_block *
conf_block_wait(struct conf *c, bus_dmapool_t pool)
{
	return keep_block(c, pool, BUS_DMA_WAITOK);
}

void
conf_unblock(struct conf *c, struct bus_dmapool_block *pb)
{
	int i;

	for (i = 0; i <= CONF_NBLOCKS; i++) {
		if (c->cf_blocks[i].cb_pool != NULL &&
		    c->cf_blocks[i].cb_block == pb) {
			bus_dmapool_free(c->cf_blocks[i].cb_pool, pb);
			c->cf_blocks[i].cb_pool = NULL;
			return;
		}
	}
}

void
conf_unpool(struct conf *c, bus_dmapool_t pool)
{
	int i;

	for (i = 0; i <= CONF_NBLOCKS; i++)
		if (c->cf_blocks[i].cb_pool == pool)
			conf_unblock(c, c->cf_blocks[i].cb_block);
	for (i = 0; i < CONF_NPOOLS; i++) {
		if (c->cf_pools[i] == pool) {
			c->cf_pools[i] = NULL;
			bus_dmapool_destroy(pool);
			return;
		}
	}
}

void
conf_cleanup(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	int i;

	if (env->ce_fail_at != NULL)
		(void)env->ce_fail_at(env, 0);
	for (i = CONF_NPOOLS - 1; i >= 0; i--) {
		if (c->cf_pools[i] != NULL)
			conf_unpool(c, c->cf_pools[i]);
	}
	for (i = CONF_NMAPS - 1; i >= 0; i--) {
		if (c->cf_maps[i].cm_map != NULL)
			conf_unmap(c, c->cf_maps[i].cm_map);
	}
	for (i = CONF_NDMAMEMS - 1; i >= 0; i--) {
		if (c->cf_dmamems[i].cd_tag != NULL)
			conf_undmamem(c, &c->cf_dmamems[i]);
	}
	for (i = CONF_NTAGS - 1; i >= 0; i--) {
		if (c->cf_tags[i] != NULL)
			conf_untag(c, c->cf_tags[i]);
	}
	for (i = CONF_NMEMS - 1; i >= 0; i--) {
		struct conf_kmem *m = &c->cf_mems[i];

		if (m->ck_p == NULL)
			continue;
		if (m->ck_user)
			env->ce_ufree(env, m->ck_p, m->ck_size);
		else
			env->ce_free(env, m->ck_kind, m->ck_p, m->ck_size);
		m->ck_p = NULL;
	}
}
