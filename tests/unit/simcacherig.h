/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine whose CPU has a cache of its own, a device around it, and a buffer
 * that is loaded for that device.  The tag is the bus' own, so that what the
 * cache is told is the test's to say.
 */
#ifndef TESTS_UNIT_SIMCACHERIG_H
#define TESTS_UNIT_SIMCACHERIG_H

#include "simunit.h"

#define NPAGES 8
#define SIZE (NPAGES * PAGE)
#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

struct cache {
	struct su *ca_su;
	const struct busdma_platform *ca_pl;
	const struct busdma_cache_ops *ca_ops;
	struct busdma_sim_bus *ca_bus;
	struct busdma_sim_dev *ca_dev;
	bus_dma_tag_t ca_tag;
	bus_dmamap_t ca_map;
	uint8_t *ca_buf; /* kernel memory of SIZE bytes, in one run */
	paddr_t ca_pa;
	uint32_t ca_linesize;
};

/* With all of it given to the device, in both directions. */
static inline struct cache *
cache_up(const struct busdma_sim_config *sc, const struct bus_dma_window *dw,
    unsigned n)
{
	struct cache *ca = calloc(1, sizeof(*ca));
	struct busdma_frag f;

	assert_non_null(ca);
	ca->ca_su = su_config(sc);
	ca->ca_pl = ca->ca_su->su_pl;
	ca->ca_ops = ca->ca_pl->pl_cpu->cpu_cache;
	ca->ca_linesize = sc->sc_line;
	ca->ca_bus = su_bus(ca->ca_su, dw, n, BUSDMA_SIM_SHORTCUT_ON);
	ca->ca_dev = su_idle(ca->ca_bus, 1);
	assert_int_equal(bus_dmatag_sim(ca->ca_bus, 1, &ca->ca_tag, 0), 0);
	ca->ca_buf = busdma_sim_kmalloc(ca->ca_su->su_sim, SIZE);
	assert_non_null(ca->ca_buf);
	assert_int_equal(ca->ca_pl->pl_extract(ca->ca_pl, NULL,
			     (uintptr_t)ca->ca_buf, SIZE, &f, 1),
	    1);
	assert_int_equal(f.bf_len, SIZE);
	ca->ca_pa = f.bf_addr;
	assert_int_equal(bus_dmamap_create(
			     ca->ca_tag, SIZE, NPAGES, SIZE, 0, 0, &ca->ca_map),
	    0);
	return ca;
}

static inline void
cache_load(struct cache *ca)
{
	assert_int_equal(bus_dmamap_load(ca->ca_tag, ca->ca_map, ca->ca_buf,
			     SIZE, NULL, BUS_DMA_NOWAIT),
	    0);
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, 0, SIZE, PRE);
}

/* No report but those that the test has looked at. */
static inline void
cache_down(struct cache *ca)
{
	bus_dmamap_destroy(ca->ca_tag, ca->ca_map);
	bus_dmatag_destroy(ca->ca_tag);
	busdma_sim_kfree(ca->ca_su->su_sim, ca->ca_buf);
	assert_int_equal(su_destroy(ca->ca_su), 0);
	free(ca);
}

/*
 * Reports of what the driver did wrong, which is what the test is about: who
 * is told what of it is test_simown's.  The last that a test does.
 */
static inline void
cache_guilty(struct cache *ca)
{
	if (ca->ca_map->dm_mapsize != 0)
		bus_dmamap_unload(ca->ca_tag, ca->ca_map);
	ca->ca_su->su_nreports = 0;
}

static inline void
cache_wb(struct cache *ca, size_t off, size_t len)
{
	ca->ca_ops->ca_wb(
	    ca->ca_pl, (uintptr_t)ca->ca_buf + off, ca->ca_pa + off, len);
}

static inline void
cache_inv(struct cache *ca, size_t off, size_t len)
{
	ca->ca_ops->ca_inv(
	    ca->ca_pl, (uintptr_t)ca->ca_buf + off, ca->ca_pa + off, len);
}

static inline void
cache_wbinv(struct cache *ca, size_t off, size_t len)
{
	ca->ca_ops->ca_wbinv(
	    ca->ca_pl, (uintptr_t)ca->ca_buf + off, ca->ca_pa + off, len);
}

/* The byte that the device reads. */
static inline uint8_t
dev_get(struct cache *ca, size_t off)
{
	uint8_t c = 0;

	assert_int_equal(
	    busdma_sim_dma_read(ca->ca_dev, ca->ca_pa + off, &c, 1), 0);
	return c;
}

static inline void
dev_put(struct cache *ca, size_t off, uint8_t c)
{
	assert_int_equal(
	    busdma_sim_dma_write(ca->ca_dev, ca->ca_pa + off, &c, 1), 0);
}

/* The byte that is in RAM; no device's access. */
static inline uint8_t
ram_get(struct cache *ca, size_t off)
{
	uint8_t c = 0;

	assert_int_equal(
	    busdma_sim_phys_read(ca->ca_su->su_sim, ca->ca_pa + off, &c, 1), 0);
	return c;
}

/* The machine looks so often. */
static inline void
look(struct cache *ca, unsigned times)
{
	while (times-- != 0)
		ca->ca_pl->pl_cpu->cpu_barrier(ca->ca_pl, BUS_DMASYNC_PREWRITE);
}

/* A clean buffer, not loaded yet. */
static inline struct cache *
clean(uint32_t line, enum busdma_sim_cache mode, bool inorder, uint64_t seed)
{
	const struct busdma_sim_config sc = {
		.sc_seed = seed,
		.sc_line = line,
		.sc_cache = mode,
		.sc_inorder = inorder,
	};
	struct cache *ca = cache_up(&sc, NULL, 0);

	memset(ca->ca_buf, 0, SIZE);
	cache_wbinv(ca, 0, SIZE);
	return ca;
}

#endif /* TESTS_UNIT_SIMCACHERIG_H */
