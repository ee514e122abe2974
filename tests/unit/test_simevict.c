/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simevict.c: what the cache does by itself: by chance, never, at
 * once.
 */
#include "simcacherig.h"

static const uint32_t sizes[] = { 16, 32, 64, 128 };

/* Between two looks all that may happen has. */
static void
at_once_nothing_is_hidden(void **state)
{
	struct cache *ca;
	unsigned i;
	size_t off;

	(void)state;
	for (i = 0; i < 2 * NELEM(sizes); i++) {
		ca = clean(sizes[i / 2], BUSDMA_SIM_CACHE_ATONCE, i % 2, SEED);
		cache_load(ca);
		for (off = 0; off < SIZE; off += 997) {
			ca->ca_buf[off] = (uint8_t)(off + 1);
			assert_int_equal(dev_get(ca, off), (uint8_t)(off + 1));
			dev_put(ca, off, (uint8_t)(off + 2));
			look(ca, 1);
			assert_int_equal(ca->ca_buf[off], (uint8_t)(off + 2));
			/* Any part of it, in turn. */
			ca->ca_buf[SIZE - 1 - off] = (uint8_t)(off + 3);
			look(ca, SIZE / 16384);
			assert_int_equal(
			    ram_get(ca, SIZE - 1 - off), (uint8_t)(off + 3));
		}
		cache_guilty(ca);
		cache_down(ca);
	}
}

/* At once, but for what may be fetched: a line that is there may be old. */
static void
at_once_is_not_coherent(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_ATONCE, false, SEED);

	(void)state;
	cache_load(ca);
	look(ca, SIZE / 16384);
	dev_put(ca, 0, 1);
	assert_int_equal(ca->ca_buf[0], 0);
	ca->ca_buf[100] = 2;
	assert_int_equal(ram_get(ca, 100), 0);
	cache_guilty(ca);
	cache_down(ca);
	/* Without fetching, what the device writes is seen. */
	ca = clean(64, BUSDMA_SIM_CACHE_ATONCE, true, SEED);
	cache_load(ca);
	look(ca, SIZE / 16384);
	dev_put(ca, 0, 1);
	assert_int_equal(ca->ca_buf[0], 1);
	cache_down(ca);
}

/* Devices need no look of the machine between their accesses. */
static void
at_once_is_at_accesses(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_ATONCE, false, SEED);

	(void)state;
	cache_load(ca);
	dev_put(ca, 0, 1);
	assert_int_equal(ca->ca_buf[0], 0);
	dev_put(ca, PAGE, 2);
	assert_int_equal(ca->ca_buf[0], 1);
	cache_down(ca);
}

/* Likewise by chance: what is accessed, and what was. */
static void
chance_is_at_accesses(void **state)
{
	struct cache *ca = clean(16, BUSDMA_SIM_CACHE_RANDOM, false, SEED);
	unsigned before = 0, after = 0;
	size_t off;

	(void)state;
	cache_load(ca);
	memset(ca->ca_buf, 1, SIZE);
	for (off = 0; off < SIZE; off += 32) {
		before += dev_get(ca, off);
		after -= ram_get(ca, off);
		dev_get(ca, off + 16);
		after += ram_get(ca, off);
	}
	assert_in_range(before, SIZE / 32 / 16, SIZE / 32 / 2);
	assert_in_range(after, SIZE / 32 / 16, SIZE / 32 / 2);
	cache_guilty(ca);
	cache_down(ca);
}

/* What is there when it is loaded, and when it is invalidated. */
static void
what_stays_is_fetched_early(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_NEVER, false, SEED);
	bus_dma_segment_t seg = { MIDBASE, PAGE };
	uint8_t *w = ca->ca_pl->pl_window(ca->ca_pl, MIDBASE, PAGE, 0);

	(void)state;
	/* Memory that nobody has touched yet. */
	assert_int_equal(
	    bus_dmamap_load_raw(ca->ca_tag, ca->ca_map, &seg, 1, PAGE, 0), 0);
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, 0, PAGE, BUS_DMASYNC_PREREAD);
	assert_int_equal(
	    busdma_sim_dma_write(ca->ca_dev, MIDBASE + 5, "\1", 1), 0);
	assert_int_equal(w[5], 0);
	ca->ca_pl->pl_window_done(ca->ca_pl, w, PAGE);
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, 0, PAGE, BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(ca->ca_tag, ca->ca_map);

	cache_load(ca);
	dev_put(ca, 0, 1);
	assert_int_equal(ca->ca_buf[0], 0);
	cache_inv(ca, 0, 64);
	assert_int_equal(ca->ca_buf[0], 1);
	dev_put(ca, 0, 2);
	assert_int_equal(ca->ca_buf[0], 1);
	cache_wbinv(ca, 0, 64);
	dev_put(ca, 0, 3);
	assert_int_equal(ca->ca_buf[0], 2);
	cache_down(ca);
}

/*
 * Of the first lines that are written back by chance: one only, all, with and
 * without the first and the last, and in one piece or in several.
 */
static void
stretches_are_of_all_sizes(void **state)
{
	unsigned one = 0, all = 0, first = 0, last = 0, pieces = 0, i;
	const unsigned lines = SIZE / 64, n = 128;
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < n; seed++) {
		struct cache *ca =
		    clean(64, BUSDMA_SIM_CACHE_RANDOM, false, seed);
		unsigned sum = 0, steps = 0, is, was = 0;

		cache_load(ca);
		memset(ca->ca_buf, 1, SIZE);
		while (sum == 0) {
			look(ca, 1);
			for (i = 0; i < lines; i++, was = is) {
				is = ram_get(ca, i * 64u);
				sum += is;
				steps += is != was;
			}
		}
		one += sum == 1;
		all += sum == lines;
		first += ram_get(ca, 0);
		last += ram_get(ca, SIZE - 1);
		pieces += steps > 2;
		cache_guilty(ca);
		cache_down(ca);
	}
	assert_in_range(one, 1, n / 2);
	assert_in_range(all, 1, n / 2);
	assert_in_range(first, 1, n / 2);
	assert_in_range(last, 1, n / 2);
	assert_in_range(pieces, 1, n / 2);
}

/* What was accessed is let alone when it is loaded no more. */
static void
what_is_unloaded_is_left_alone(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_ATONCE, false, SEED);

	(void)state;
	cache_load(ca);
	dev_put(ca, 0, 1);
	bus_dmamap_unload(ca->ca_tag, ca->ca_map);
	ca->ca_su->su_nreports = 0;
	assert_int_equal(bus_dmamap_load(ca->ca_tag, ca->ca_map,
			     ca->ca_buf + PAGE, PAGE, NULL, 0),
	    0);
	memset(ca->ca_buf, 2, 64);
	look(ca, 1000);
	assert_int_not_equal(ram_get(ca, 0), 2);
	cache_guilty(ca);
	cache_down(ca);
}

/* By chance, too, all loads have their turn. */
static void
chance_comes_to_all_loads(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_RANDOM, false, SEED);
	bus_dmamap_t map[NPAGES];
	unsigned i;

	(void)state;
	for (i = 0; i < NPAGES; i++) {
		assert_int_equal(
		    bus_dmamap_create(ca->ca_tag, PAGE, 1, PAGE, 0, 0, &map[i]),
		    0);
		assert_int_equal(bus_dmamap_load(ca->ca_tag, map[i],
				     ca->ca_buf + i * PAGE, 64, NULL, 0),
		    0);
		ca->ca_buf[i * PAGE] = 1;
	}
	look(ca, 1000);
	for (i = 0; i < NPAGES; i++) {
		assert_int_equal(ram_get(ca, i * PAGE), 1);
		bus_dmamap_destroy(ca->ca_tag, map[i]);
	}
	cache_guilty(ca);
	cache_down(ca);
}

/* The newest load is the first that is looked at. */
static void
new_loads_come_first(void **state)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_ATONCE, false, SEED);
	uint8_t *p = busdma_sim_kmalloc(ca->ca_su->su_sim, PAGE), c = 0;
	bus_dmamap_t map;
	struct busdma_frag f;

	(void)state;
	assert_int_equal(
	    ca->ca_pl->pl_extract(ca->ca_pl, NULL, (uintptr_t)p, PAGE, &f, 1),
	    1);
	assert_int_equal(
	    bus_dmamap_create(ca->ca_tag, PAGE, 1, PAGE, 0, 0, &map), 0);
	cache_load(ca);
	look(ca, 1);
	assert_int_equal(bus_dmamap_load(ca->ca_tag, map, p, 100, NULL, 0), 0);
	p[99] = 77;
	look(ca, 1);
	assert_int_equal(
	    busdma_sim_phys_read(ca->ca_su->su_sim, f.bf_addr + 99, &c, 1), 0);
	assert_int_equal(c, 77);
	/* And another is the first when that one goes. */
	cache_guilty(ca);
	cache_load(ca);
	look(ca, 1);
	cache_guilty(ca);
	p[99] = 78;
	look(ca, 1);
	assert_int_equal(
	    busdma_sim_phys_read(ca->ca_su->su_sim, f.bf_addr + 99, &c, 1), 0);
	assert_int_equal(c, 78);
	bus_dmamap_destroy(ca->ca_tag, map);
	busdma_sim_kfree(ca->ca_su->su_sim, p);
	cache_guilty(ca);
	cache_down(ca);
}

/* Lines that a load touches are the cache's to play with, and no others. */
static void
only_lines_of_loads_are_touched(void **state)
{
	const size_t first = PAGE + 70, len = 1000;
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(sizes); i++) {
		const size_t low = first & ~(size_t)(sizes[i] - 1);
		const size_t high =
		    (first + len + sizes[i] - 1) & ~(size_t)(sizes[i] - 1);
		struct cache *ca;
		size_t off;

		ca = clean(sizes[i], BUSDMA_SIM_CACHE_RANDOM, false, SEED);
		assert_int_equal(bus_dmamap_load(ca->ca_tag, ca->ca_map,
				     ca->ca_buf + first, len, NULL, 0),
		    0);
		memset(ca->ca_buf, 1, SIZE);
		look(ca, 3000);
		for (off = 0; off < SIZE; off++)
			assert_int_equal(
			    ram_get(ca, off), off >= low && off < high);
		cache_guilty(ca);
		memset(ca->ca_buf, 2, SIZE);
		look(ca, 3000);
		for (off = 0; off < SIZE; off++)
			assert_int_not_equal(ram_get(ca, off), 2);
		cache_guilty(ca);
		cache_down(ca);
	}
}

/* Loads come and go in any order: those that are there are looked at. */
static void
loads_come_and_go(void **state)
{
	struct cache *ca = clean(32, BUSDMA_SIM_CACHE_ATONCE, false, SEED);
	bus_dmamap_t map[NPAGES];
	bool loaded[NPAGES] = { false };
	uint8_t value = 0;
	unsigned i, round;
	uint64_t random;

	(void)state;
	for (i = 0; i < NPAGES; i++)
		assert_int_equal(
		    bus_dmamap_create(ca->ca_tag, PAGE, 1, PAGE, 0, 0, &map[i]),
		    0);
	for (round = 0; round < 200; round++) {
		random = busdma_sim_random(ca->ca_su->su_sim);
		i = (unsigned)(random % NPAGES);
		random = 100 + random / NPAGES % (PAGE - 99);
		if (loaded[i])
			bus_dmamap_unload(ca->ca_tag, map[i]);
		else
			assert_int_equal(bus_dmamap_load(ca->ca_tag, map[i],
					     ca->ca_buf + i * PAGE,
					     (bus_size_t)random, NULL, 0),
			    0);
		loaded[i] = !loaded[i];
		memset(ca->ca_buf, ++value, SIZE);
		look(ca, 1 + round % 2);
		memset(ca->ca_buf, ++value, SIZE);
		look(ca, SIZE / 16384 + 1);
		for (i = 0; i < NPAGES; i++)
			assert_int_equal(
			    ram_get(ca, i * PAGE + 99) == value, loaded[i]);
	}
	for (i = 0; i < NPAGES; i++)
		bus_dmamap_destroy(ca->ca_tag, map[i]);
	cache_guilty(ca);
	cache_down(ca);
}

/* Segments apart, some with no memory or no wire behind them. */
static void
segments_may_lie_anywhere(void **state)
{
	static const struct bus_dma_window dw[] = {
		{ MIDBASE, MIDBASE, PAGE, 0 },
		{ MIDBASE + PAGE, MIDBASE + PAGE, PAGE,
		    BUS_DMA_WINDOW_COHERENT },
		{ MIDBASE + 2 * PAGE, MIDBASE + 2 * PAGE, MIDSIZE, 0 },
	};
	bus_dma_segment_t segs[] = {
		{ MIDBASE + 3 * PAGE - 8, 16 },         /* two pages */
		{ MIDBASE + MIDSIZE + 8 * PAGE, PAGE }, /* no wire */
		{ MIDBASE + MIDSIZE - 8, 16 },          /* half is memory */
		{ MIDBASE + PAGE - 8, PAGE + 16 },      /* three wires */
	};
	struct busdma_sim_config sc = { .sc_line = 16 };
	struct cache *ca;
	uint8_t *w, c = 0;
	int mode;

	(void)state;
	for (mode = 0; mode < 3; mode++) {
		sc.sc_cache = (enum busdma_sim_cache)mode;
		ca = cache_up(&sc, dw, NELEM(dw));
		assert_int_equal(
		    bus_dmamap_load_raw(ca->ca_tag, ca->ca_map, segs,
			NELEM(segs), PAGE + 16 + 16 + 16 + PAGE, 0),
		    0);
		w = ca->ca_pl->pl_window(ca->ca_pl, MIDBASE, MIDSIZE, 0);
		assert_non_null(w);
		memset(w, 3, MIDSIZE);
		look(ca, 5000);
#define ASSERT_RAM(off, v)                                               \
	do {                                                             \
		assert_int_equal(busdma_sim_phys_read(ca->ca_su->su_sim, \
				     MIDBASE + (off), &c, 1),            \
		    0);                                                  \
		assert_int_equal(                                        \
		    c, mode != BUSDMA_SIM_CACHE_NEVER && (v) ? 3 : 0);   \
	} while (0)
		ASSERT_RAM(3 * PAGE - 17, false);
		ASSERT_RAM(3 * PAGE - 16, true);
		ASSERT_RAM(3 * PAGE + 15, true);
		ASSERT_RAM(3 * PAGE + 16, false);
		ASSERT_RAM(MIDSIZE - 17, false);
		ASSERT_RAM(MIDSIZE - 16, true);
		ASSERT_RAM(PAGE - 17, false);
		ASSERT_RAM(PAGE - 16, true);
		ASSERT_RAM(PAGE - 1, true);
		ASSERT_RAM(PAGE, false);
		ASSERT_RAM(2 * PAGE - 1, false);
		ASSERT_RAM(2 * PAGE, true);
		ASSERT_RAM(2 * PAGE + 15, true);
		ASSERT_RAM(2 * PAGE + 16, false);
#undef ASSERT_RAM
		ca->ca_pl->pl_window_done(ca->ca_pl, w, MIDSIZE);
		cache_guilty(ca);
		cache_down(ca);
	}
}

/* What is in RAM after each of many looks, as one number. */
static uint64_t
course(uint64_t seed)
{
	struct cache *ca = clean(64, BUSDMA_SIM_CACHE_RANDOM, false, seed);
	uint64_t sum = 0;
	unsigned i, k;

	cache_load(ca);
	for (i = 0; i < 200; i++) {
		ca->ca_buf[i * 64] = 1;
		look(ca, 1);
		for (k = 0; k <= i; k++)
			sum = sum * 31 + ram_get(ca, k * 64);
	}
	cache_guilty(ca);
	cache_down(ca);
	return sum;
}

static void
the_seed_decides(void **state)
{
	(void)state;
	assert_true(course(1) == course(1));
	assert_true(course(1) != course(2));
}

/* A machine with a cache is the same machine. */
static void
nothing_else_changes(void **state)
{
	struct busdma_sim_config sc = {
		.sc_seed = SEED,
		.sc_frag = BUSDMA_SIM_FRAG_RANDOM,
	};
	struct busdma_frag f[2][64];
	uint64_t random[2];
	unsigned n[2], i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct su *su;
		uint8_t *p;

		sc.sc_line = i * 64;
		su = su_config(&sc);
		p = busdma_sim_kmalloc(su->su_sim, 64 * PAGE);
		n[i] = su->su_pl->pl_extract(
		    su->su_pl, NULL, (uintptr_t)p, 64 * PAGE, f[i], 64);
		random[i] = busdma_sim_random(su->su_sim);
		busdma_sim_kfree(su->su_sim, p);
		assert_int_equal(su_destroy(su), 0);
	}
	assert_int_equal(n[0], n[1]);
	assert_memory_equal(f[0], f[1], n[0] * sizeof(f[0][0]));
	assert_true(random[0] == random[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_once_nothing_is_hidden),
		cmocka_unit_test(at_once_is_not_coherent),
		cmocka_unit_test(at_once_is_at_accesses),
		cmocka_unit_test(chance_is_at_accesses),
		cmocka_unit_test(what_stays_is_fetched_early),
		cmocka_unit_test(stretches_are_of_all_sizes),
		cmocka_unit_test(what_is_unloaded_is_left_alone),
		cmocka_unit_test(chance_comes_to_all_loads),
		cmocka_unit_test(new_loads_come_first),
		cmocka_unit_test(only_lines_of_loads_are_touched),
		cmocka_unit_test(loads_come_and_go),
		cmocka_unit_test(segments_may_lie_anywhere),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(nothing_else_changes),
	};

	return cmocka_run_group_tests_name("simevict", tests, NULL, NULL);
}
