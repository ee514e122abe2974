/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simcache.c and simevict.c: what becomes of a driver that forgets
 * a sync, and of one that doesn't.
 */
#include "simcacherig.h"

#define SEEDS 32u

static const uint32_t sizes[] = { 16, 32, 64, 128 };

/* What a driver may forget. */
enum slip { NOTHING, NO_PREWRITE, NO_PREREAD, NO_POSTREAD };

static void
sync(struct cache *ca, int ops)
{
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, 0, SIZE, ops);
}

/* The device writes the buffer; whether the CPU then sees what it wrote. */
static bool
input(struct cache *ca, enum slip slip, const uint8_t *data)
{
	size_t off;

	memset(ca->ca_buf, 0x11, SIZE);
	if (slip != NO_PREREAD) {
		cache_inv(ca, 0, SIZE);
		sync(ca, BUS_DMASYNC_PREREAD);
	}
	for (off = 0; off < SIZE; off += PAGE / 4)
		assert_int_equal(busdma_sim_dma_write(ca->ca_dev,
				     ca->ca_pa + off, data + off, PAGE / 4),
		    0);
	look(ca, 2);
	if (slip != NO_POSTREAD) {
		sync(ca, BUS_DMASYNC_POSTREAD);
		if ((ca->ca_ops->ca_flags & BUSDMA_CACHE_NOSPECULATION) == 0)
			cache_inv(ca, 0, SIZE);
	}
	return memcmp(ca->ca_buf, data, SIZE) == 0;
}

/* The device reads the buffer; whether it sees what the CPU wrote. */
static bool
output(struct cache *ca, enum slip slip, const uint8_t *data)
{
	uint8_t got[PAGE / 4];
	bool same = true;
	size_t off;

	memcpy(ca->ca_buf, data, SIZE);
	if (slip != NO_PREWRITE) {
		cache_wb(ca, 0, SIZE);
		sync(ca, BUS_DMASYNC_PREWRITE);
	}
	for (off = 0; off < SIZE; off += sizeof(got)) {
		assert_int_equal(busdma_sim_dma_read(ca->ca_dev,
				     ca->ca_pa + off, got, sizeof(got)),
		    0);
		same = same && memcmp(got, data + off, sizeof(got)) == 0;
	}
	if (slip != NO_PREWRITE)
		sync(ca, BUS_DMASYNC_POSTWRITE);
	return same;
}

/* Whether a driver that forgets something does well. */
static bool
fares_well(uint32_t line, enum busdma_sim_cache mode, bool inorder,
    enum slip slip, uint64_t seed)
{
	struct cache *ca = clean(line, mode, inorder, seed);
	uint8_t *data = malloc(SIZE);
	bool right;

	assert_non_null(data);
	su_fill(data, SIZE, (uint8_t)seed);
	assert_int_equal(bus_dmamap_load(ca->ca_tag, ca->ca_map, ca->ca_buf,
			     SIZE, NULL, BUS_DMA_NOWAIT),
	    0);
	if (slip == NO_PREWRITE)
		right = output(ca, slip, data);
	else if (slip == NOTHING)
		right = output(ca, slip, data) && input(ca, slip, data) &&
			output(ca, slip, data);
	else
		right = input(ca, slip, data);
	if (slip != NOTHING)
		cache_guilty(ca);
	cache_down(ca);
	free(data);
	return right;
}

/* In how many of `n' machines it does not. */
static unsigned
failures(uint32_t line, enum busdma_sim_cache mode, bool inorder,
    enum slip slip, unsigned n)
{
	unsigned bad = 0;
	uint64_t seed;

	for (seed = 0; seed < n; seed++)
		bad += !fares_well(line, mode, inorder, slip, seed);
	return bad;
}

/* With no report, too. */
static void
a_right_driver_never_fails(void **state)
{
	unsigned i, n;
	int mode;

	(void)state;
	for (i = 0; i < NELEM(sizes); i++)
		for (mode = 0; mode < 3; mode++) {
			enum busdma_sim_cache m = (enum busdma_sim_cache)mode;

			n = m == BUSDMA_SIM_CACHE_RANDOM ? SEEDS : 2;
			assert_int_equal(
			    failures(sizes[i], m, false, NOTHING, n), 0);
			assert_int_equal(
			    failures(sizes[i], m, true, NOTHING, n), 0);
		}
}

/* The first seed with which a mistake shows by chance. */
static uint64_t
shows(uint32_t line, bool inorder, enum slip slip)
{
	uint64_t seed = 0;

	while (fares_well(line, BUSDMA_SIM_CACHE_RANDOM, inorder, slip, seed))
		seed++;
	return seed;
}

static void
chance_shows_each_mistake(void **state)
{
	const enum busdma_sim_cache m = BUSDMA_SIM_CACHE_RANDOM;
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(sizes); i++) {
		uint32_t l = sizes[i];

		assert_in_range(shows(l, false, NO_PREWRITE), 0, 7);
		assert_in_range(shows(l, true, NO_PREWRITE), 0, 7);
		assert_in_range(shows(l, false, NO_PREREAD), 0, 7);
		assert_in_range(shows(l, true, NO_PREREAD), 0, 7);
		assert_in_range(shows(l, false, NO_POSTREAD), 0, 7);
		/* Where nothing is fetched, it isn't one. */
		assert_int_equal(failures(l, m, true, NO_POSTREAD, 4), 0);
	}
}

/* What stays until it is told to go shows what should have been told. */
static void
never_shows_what_is_not_told(void **state)
{
	const enum busdma_sim_cache m = BUSDMA_SIM_CACHE_NEVER;
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(sizes); i++) {
		uint32_t l = sizes[i];

		assert_int_equal(failures(l, m, false, NO_PREWRITE, 2), 2);
		assert_int_equal(failures(l, m, true, NO_PREWRITE, 2), 2);
		assert_int_equal(failures(l, m, false, NO_POSTREAD, 2), 2);
		assert_int_equal(failures(l, m, true, NO_POSTREAD, 2), 0);
		/* Nothing comes back over what the device wrote. */
		assert_int_equal(failures(l, m, false, NO_PREREAD, 2), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_driver_never_fails),
		cmocka_unit_test(chance_shows_each_mistake),
		cmocka_unit_test(never_shows_what_is_not_told),
	};

	return cmocka_run_group_tests_name("simslips", tests, NULL, NULL);
}
