/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simown.c: who has which byte, where the CPU has a cache that
 * devices don't see, and that does as it is told.
 */
#include "simownrig.h"

/* With the last half of a line not in the map. */
static struct cache *
still(bool inorder)
{
	const struct busdma_sim_config sc = {
		.sc_seed = SEED,
		.sc_line = 64,
		.sc_cache = BUSDMA_SIM_CACHE_NEVER,
		.sc_inorder = inorder,
	};
	struct cache *ca = cache_up(&sc, NULL, 0);

	memset(ca->ca_buf, 0, SIZE);
	cache_wbinv(ca, 0, SIZE);
	assert_int_equal(bus_dmamap_label(ca->ca_tag, ca->ca_map, "ring"), 0);
	assert_int_equal(bus_dmamap_load(ca->ca_tag, ca->ca_map, ca->ca_buf,
			     SIZE - 32, NULL, BUS_DMA_NOWAIT),
	    0);
	return ca;
}

static void
give(struct cache *ca, size_t off, size_t len, int ops)
{
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, off, len, ops);
}

/* In the cache, in memory, and gone from the cache again. */
static void
stores_are_found_in_the_cache_and_in_memory(void **state)
{
	struct cache *ca = still(true);
	struct su *su = ca->ca_su;
	unsigned where;

	(void)state;
	for (where = 0; where < 3; where++) {
		give(ca, 0, 128, PREREAD | PREWRITE);
		ca->ca_buf[70]++;
		if (where == 1)
			cache_wb(ca, 64, 64);
		if (where == 2)
			cache_wbinv(ca, 64, 64);
		(void)dev_get(ca, 69);
		assert_silent(su);
		(void)dev_get(ca, 70);
		reported(su, BUSDMA_SIM_CPUWROTE, 70, 1, PREWRITE,
		    PREREAD | PREWRITE);
		give(ca, 0, 128, POSTREAD);
		reported(su, BUSDMA_SIM_CPUWROTE, 70, 1, POSTREAD,
		    PREREAD | PREWRITE);
		cache_wbinv(ca, 0, 128);
	}
	cache_down(ca);
}

/* The CPU has read what the device then writes again: it stored nothing. */
static void
stale_lines_are_no_stores(void **state)
{
	struct cache *ca = still(false);

	(void)state;
	cache_inv(ca, 0, 128);
	give(ca, 0, 128, PREREAD);
	dev_put(ca, 10, 1);
	assert_int_equal(ca->ca_buf[10], 0);
	cache_inv(ca, 0, 128);
	assert_int_equal(ca->ca_buf[10], 1);
	dev_put(ca, 10, 2);
	assert_int_equal(ca->ca_buf[10], 1);
	assert_int_equal(dev_get(ca, 10), 2);
	give(ca, 0, 128, POSTREAD);
	assert_silent(ca->ca_su);
	cache_inv(ca, 0, 128);
	assert_int_equal(ca->ca_buf[10], 2);
	cache_down(ca);
}

/* A line goes back to memory over what the device wrote. */
static void
what_a_line_destroys_is_reported(void **state)
{
	struct cache *ca = still(true);
	struct su *su = ca->ca_su;
	const size_t last = SIZE - 64;
	char line[400];
	unsigned i;

	(void)state;
	/* Dirty by a byte of the map's own. */
	give(ca, 0, SIZE - 32, PREREAD);
	ca->ca_buf[64 + 5]++;
	dev_put(ca, 64 + 10, 1);
	dev_put(ca, 64 + 11, 2);
	dev_put(ca, 64 + 13, 3);
	assert_silent(su);
	cache_wb(ca, 0, 128);
	assert_int_equal(dev_get(ca, 64 + 10), 0);
	snprintf(line, sizeof(line),
	    "lost: what a device wrote, under a cache line of the map's own "
	    "that the CPU stored to while the device had it: requester 1 on "
	    "bus, address 0x%llx length 0x2, at offset 0x4a of map \"ring\"; "
	    "wrong on every machine, missing: POSTREAD, last sync: PREREAD",
	    (unsigned long long)ca->ca_pa + 64 + 10);
	assert_line(su, line);
	assert_true(su->su_last.sr_write);
	reported(su, BUSDMA_SIM_LOST, 64 + 10, 2, POSTREAD, PREREAD);
	/* Once; and that it isn't there any more is no store of the CPU's. */
	ca->ca_buf[128]++;
	dev_put(ca, 129, 1);
	cache_wb(ca, 128, 64);
	give(ca, 64 + 6, 58, POSTREAD);
	assert_silent(su);
	give(ca, 64, 6, POSTREAD);
	reported(su, BUSDMA_SIM_CPUWROTE, 64 + 5, 1, POSTREAD, PREREAD);

	/* By a stranger's, in the line that the map ends in. */
	for (i = 0; i < 2; i++) {
		cache_wbinv(ca, last, 64);
		give(ca, 0, SIZE - 32, PREREAD);
		dev_put(ca, 0, 7);
		ca->ca_buf[SIZE - 1]++;
		dev_put(ca, last + 20, (uint8_t)(5 + i));
		if (i == 0) {
			/* What was taken is the driver's to lose. */
			give(ca, last, 32, POSTREAD);
			cache_wb(ca, last, 64);
			assert_silent(su);
			continue;
		}
		cache_wb(ca, last, 64);
		assert_non_null(strstr(su->su_line,
		    "lost: what a device wrote, under a cache line that the "
		    "map shares with what the CPU had stored to: "));
		reported(su, BUSDMA_SIM_LOST, last + 20, 1, 0, PREREAD);
	}
	/* Nothing is lost of what is the same, or not under a dirty line. */
	cache_wbinv(ca, 0, SIZE);
	give(ca, 0, SIZE - 32, PREREAD);
	dev_put(ca, 200, 3);
	ca->ca_buf[301]++;
	dev_put(ca, 300, ca->ca_buf[300]);
	cache_wb(ca, 192, 192);
	assert_silent(su);
	give(ca, 0, 256, POSTREAD);
	assert_silent(su);
	cache_guilty(ca);
	cache_down(ca);
}

/* The byte that made the line dirty was not given, not any more, or not yet. */
static void
what_a_store_before_destroys_is_reported(void **state)
{
	struct cache *ca = still(true);
	struct su *su = ca->ca_su;
	unsigned how;

	(void)state;
	for (how = 0; how < 3; how++) {
		cache_wbinv(ca, 0, 128);
		if (how == 1)
			give(ca, 64, 32, PREREAD);
		give(ca, 96, 32, PREREAD);
		if (how == 1)
			give(ca, 64, 32, POSTREAD);
		if (how == 2)
			give(ca, 64, 32, PREWRITE);
		ca->ca_buf[64 + 5]++;
		dev_put(ca, 96, (uint8_t)(how + 1));
		cache_wb(ca, 64, 64);
		assert_non_null(strstr(su->su_line,
		    "lost: what a device wrote, under a cache line of the "
		    "map's own that the CPU had stored to: "));
		reported(su, BUSDMA_SIM_LOST, 96, 1, PREREAD, PREREAD);
		give(ca, 64, 64, POSTREAD);
	}
	/* Of several bytes, one that the device has tells. */
	cache_wbinv(ca, 0, 128);
	give(ca, 96, 32, PREREAD);
	ca->ca_buf[64 + 5]++;
	ca->ca_buf[127]++;
	dev_put(ca, 96, 9);
	cache_wb(ca, 64, 64);
	reported(su, BUSDMA_SIM_LOST, 96, 1, POSTREAD, PREREAD);
	cache_guilty(ca);
	cache_down(ca);
}

/* Through an uncached mapping the CPU stores to memory itself. */
static void
uncached_stores_are_found(void **state)
{
	struct cache *ca = still(true);
	bus_dma_segment_t seg;
	bus_dmamap_t map = NULL;
	uint8_t *kva, c = 9;
	void *p;
	int n;

	(void)state;
	assert_int_equal(
	    bus_dmamem_alloc(ca->ca_tag, PAGE, 0, 0, &seg, 1, &n, 0), 0);
	assert_int_equal(
	    bus_dmamem_map(ca->ca_tag, &seg, 1, PAGE, &p, BUS_DMA_NOCACHE), 0);
	kva = p;
	memset(kva, 0, PAGE);
	assert_int_equal(
	    bus_dmamap_create(ca->ca_tag, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(ca->ca_tag, map, "ring"), 0);
	assert_int_equal(
	    bus_dmamap_load(ca->ca_tag, map, kva, PAGE, NULL, 0), 0);
	su_give(ca->ca_tag, map);
	assert_int_equal(
	    busdma_sim_dma_write(ca->ca_dev, map->dm_segs[0].ds_addr, &c, 1),
	    0);
	assert_int_equal(kva[0], 9);
	su_take(ca->ca_tag, map);
	kva[0]++;
	kva[1]++;
	su_give(ca->ca_tag, map);
	kva[7]++;
	su_take(ca->ca_tag, map);
	reported(
	    ca->ca_su, BUSDMA_SIM_CPUWROTE, 7, 1, POSTREAD, PREREAD | PREWRITE);
	bus_dmamap_destroy(ca->ca_tag, map);
	bus_dmamem_unmap(ca->ca_tag, kva, PAGE);
	bus_dmamem_free(ca->ca_tag, &seg, 1);
	cache_down(ca);
}

/* Behind a coherent window of the same machine it is as without a cache. */
static void
coherent_windows_see_the_cache(void **state)
{
	static const struct bus_dma_window dw = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	const struct busdma_sim_config sc = {
		.sc_seed = SEED,
		.sc_line = 64,
		.sc_cache = BUSDMA_SIM_CACHE_NEVER,
	};
	struct cache *ca = cache_up(&sc, &dw, 1);
	struct su *su = ca->ca_su;

	(void)state;
	memset(ca->ca_buf, 0, SIZE);
	assert_int_equal(bus_dmamap_label(ca->ca_tag, ca->ca_map, "ring"), 0);
	cache_load(ca);
	dev_put(ca, 3, 1);
	assert_int_equal(dev_get(ca, 3), 1);
	assert_int_equal(ca->ca_buf[3], 1);
	give(ca, 0, SIZE, POST);
	ca->ca_buf[3]++;
	give(ca, 0, SIZE, PRE);
	assert_int_equal(dev_get(ca, 3), 2);
	assert_silent(su);
	ca->ca_buf[4]++;
	(void)dev_get(ca, 4);
	reported(su, BUSDMA_SIM_CPUWROTE, 4, 1, PREWRITE, PRE);
	give(ca, 0, SIZE, PRE);
	cache_down(ca);
}

/* Behind such a window, memory that the CPU uses past its cache. */
static void
coherent_windows_see_uncached_stores(void **state)
{
	static const struct bus_dma_window dw = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	const struct busdma_sim_config sc = {
		.sc_seed = SEED,
		.sc_line = 64,
		.sc_cache = BUSDMA_SIM_CACHE_NEVER,
	};
	struct cache *ca = cache_up(&sc, &dw, 1);
	bus_dma_segment_t seg = { ca->ca_pa, PAGE };
	uint8_t *kva;
	void *p;

	(void)state;
	assert_int_equal(
	    bus_dmamem_map(ca->ca_tag, &seg, 1, PAGE, &p, BUS_DMA_NOCACHE), 0);
	kva = p;
	assert_int_equal(bus_dmamap_label(ca->ca_tag, ca->ca_map, "ring"), 0);
	assert_int_equal(
	    bus_dmamap_load(ca->ca_tag, ca->ca_map, kva, PAGE, NULL, 0), 0);
	kva[3]++;
	give(ca, 0, PAGE, PRE);
	assert_int_equal(dev_get(ca, 3), kva[3]);
	assert_int_equal(dev_get(ca, 3), kva[3]);
	assert_silent(ca->ca_su);
	kva[5]++;
	(void)dev_get(ca, 5);
	reported(ca->ca_su, BUSDMA_SIM_CPUWROTE, 5, 1, PREWRITE, PRE);
	give(ca, 0, PAGE, PRE);
	bus_dmamap_unload(ca->ca_tag, ca->ca_map);
	bus_dmamem_unmap(ca->ca_tag, kva, PAGE);
	cache_down(ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_are_found_in_the_cache_and_in_memory),
		cmocka_unit_test(stale_lines_are_no_stores),
		cmocka_unit_test(what_a_line_destroys_is_reported),
		cmocka_unit_test(what_a_store_before_destroys_is_reported),
		cmocka_unit_test(uncached_stores_are_found),
		cmocka_unit_test(coherent_windows_see_the_cache),
		cmocka_unit_test(coherent_windows_see_uncached_stores),
	};

	return cmocka_run_group_tests_name("simownline", tests, NULL, NULL);
}
