/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A transfer that is larger than the pool of its bounce layer, on the simulated
 * machine: 64 KiB of slots serve 10 MiB, of which the device sees each byte and
 * writes each byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <busdma/bounce.h>
#include <busdma/sim.h>

#define POOL 0x10000u
#define LEN ((size_t)10 << 20)
#define REACH 0x1000000u

struct machine {
	struct busdma_sim *ma_sim;
	struct busdma_sim_bus *ma_bus;
	struct busdma_sim_dev *ma_dev;
	bus_dma_tag_t ma_lower, ma_tag;
	bus_dmamap_t ma_map;
	uint8_t *ma_buf;
};

static uint64_t
dev_read(void *softc, uint32_t reg, unsigned width)
{
	(void)softc;
	(void)reg;
	(void)width;
	return 0;
}

static void
dev_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	(void)softc;
	(void)reg;
	(void)width;
	(void)value;
}

static bool
dev_step(void *softc)
{
	(void)softc;
	return false;
}

static const struct busdma_sim_dev_ops dev_ops = {
	.do_size = sizeof(dev_ops),
	.do_name = "mover",
	.do_read = dev_read,
	.do_write = dev_write,
	.do_step = dev_step,
};

/* A little memory within reach, and much out of it; lines, or none. */
static void
machine_make(struct machine *ma, uint32_t line)
{
	const struct bus_dma_bounce db = { .db_reserve = POOL,
		.db_most = POOL };
	const struct busdma_sim_bank banks[] = { { 0x100000, 256 << 10 },
		{ (paddr_t)0x100000000u, 12 << 20 } };
	const struct bus_dma_window window = { 0, 0, REACH,
		line == 0 ? BUS_DMA_WINDOW_COHERENT : 0 };
	const struct busdma_sim_config sc = { .sc_banks = banks,
		.sc_nbanks = 2,
		.sc_line = line,
		.sc_frag = BUSDMA_SIM_FRAG_NONE };
	const struct busdma_sim_bus_config bc = { .bc_windows = &window,
		.bc_nwindows = 1 };

	assert_int_equal(busdma_sim_create(&sc, &ma->ma_sim), 0);
	assert_int_equal(
	    busdma_sim_bus_create(ma->ma_sim, &bc, &ma->ma_bus), 0);
	assert_int_equal(
	    busdma_sim_bus_tag(ma->ma_bus, 1, &ma->ma_lower, 0), 0);
	assert_int_equal(
	    busdma_sim_dev_create(ma->ma_bus, 1, &dev_ops, NULL, &ma->ma_dev),
	    0);
	assert_int_equal(
	    bus_dmatag_bounce(ma->ma_lower, &db, &ma->ma_tag, 0), 0);
	ma->ma_buf = busdma_sim_kmalloc(ma->ma_sim, LEN + 100);
	assert_non_null(ma->ma_buf);
	ma->ma_buf += 100;
	/* As large as the transfers that it is for. */
	assert_int_equal(bus_dmamap_create(ma->ma_tag, LEN, 32, LEN, 0,
			     BUS_DMA_PARTIAL, &ma->ma_map),
	    0);
}

static void
machine_end(struct machine *ma)
{
	bus_dmamap_destroy(ma->ma_tag, ma->ma_map);
	busdma_sim_kfree(ma->ma_sim, ma->ma_buf - 100);
	bus_dmatag_destroy(ma->ma_tag);
	bus_dmatag_destroy(ma->ma_lower);
	assert_int_equal(busdma_sim_destroy(ma->ma_sim), 0);
}

static uint8_t
byte_at(size_t i, unsigned round)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16) * 101 + round);
}

/* The device at a part: it sees what the CPU stored, and writes its own. */
static void
device(struct machine *ma, size_t done)
{
	static uint8_t b[POOL];
	const bus_dma_segment_t *seg = ma->ma_map->dm_segs;

	for (int s = 0; s < ma->ma_map->dm_nsegs; s++, seg++) {
		const size_t len = (size_t)seg->ds_len;

		assert_true(len <= sizeof(b));
		assert_int_equal(
		    busdma_sim_dma_read(ma->ma_dev, seg->ds_addr, b, len), 0);
		for (size_t i = 0; i < len; i++) {
			if (b[i] != byte_at(done + i, 0))
				fail_msg("byte %zu", done + i);
			b[i] = byte_at(done + i, 1);
		}
		assert_int_equal(
		    busdma_sim_dma_write(ma->ma_dev, seg->ds_addr, b, len), 0);
		done += len;
	}
}

static void
transfer(uint32_t line)
{
	struct bus_dma_bounce_stats bs;
	struct machine ma;
	size_t done = 0, parts = 0;
	int error;

	machine_make(&ma, line);
	for (size_t i = 0; i < LEN; i++)
		ma.ma_buf[i] = byte_at(i, 0);
	for (error = bus_dmamap_load(ma.ma_tag, ma.ma_map, ma.ma_buf, LEN, NULL,
		 BUS_DMA_NOWAIT | BUS_DMA_PARTIAL);
	     error == 0 && ma.ma_map->dm_mapsize != 0;
	     error = bus_dmamap_load_next(ma.ma_tag, ma.ma_map)) {
		const bus_size_t len = ma.ma_map->dm_mapsize;

		bus_dmamap_sync(ma.ma_tag, ma.ma_map, 0, len,
		    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
		device(&ma, done);
		bus_dmamap_sync(ma.ma_tag, ma.ma_map, 0, len,
		    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
		done += (size_t)len;
		parts++;
	}
	assert_int_equal(error, 0);
	assert_int_equal(done, LEN);
	for (size_t i = 0; i < LEN; i++)
		if (ma.ma_buf[i] != byte_at(i, 1))
			fail_msg("byte %zu at the end", i);
	/* A page of the pool is for where the buffer begins in its page. */
	assert_true(parts >= LEN / POOL);
	assert_true(parts <= LEN / (POOL - 0x1000) + 1);
	/* All went through it, and what was only tried is not counted. */
	assert_int_equal(bus_dma_bounce_stats(ma.ma_tag, &bs), 0);
	assert_int_equal(bs.bs_pool, POOL);
	assert_int_equal(bs.bs_loads, parts);
	assert_int_equal(bs.bs_bytes[BUS_DMA_BOUNCED_REACH], LEN);
	machine_end(&ma);
}

static void
a_pool_of_64_kib_serves_10_mib(void **state)
{
	(void)state;
	transfer(0);
}

static void
past_the_caches_too(void **state)
{
	(void)state;
	transfer(64);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pool_of_64_kib_serves_10_mib),
		cmocka_unit_test(past_the_caches_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
