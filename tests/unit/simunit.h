/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every unit test of the simulated machine begins with: a machine for
 * each test, whose reports are kept, and which may hold nothing at the end.
 */
#ifndef TESTS_UNIT_SIMUNIT_H
#define TESTS_UNIT_SIMUNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <busdma/backend.h>
#include <busdma/sim.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE 4096u
#define MIB ((uint64_t)1 << 20)
#define SEED 0x5eed

/* RAM below 16 MiB with a hole, and above 4 GiB. */
#define LOWBASE ((paddr_t)0)
#define LOWSIZE MIB
#define MIDBASE ((paddr_t)8 * MIB)
#define MIDSIZE (2 * MIB)
#define HIGHBASE ((paddr_t)0x100000000u)
#define HIGHSIZE (4 * MIB)

/* A machine, and what it reported. */
struct su {
	struct busdma_sim *su_sim;
	const struct busdma_platform *su_pl;
	unsigned su_nreports;
	struct busdma_sim_report su_last;
	struct busdma_report su_lib; /* sr_library of the last, if any */
	char su_text[160];
	char su_line[512]; /* as it would be printed */
};

static inline void
su_report(void *arg, const struct busdma_sim_report *sr)
{
	struct su *su = arg;

	su->su_nreports++;
	su->su_last = *sr;
	strncpy(su->su_text, sr->sr_text, sizeof(su->su_text) - 1);
	busdma_sim_report_line(sr, su->su_line, sizeof(su->su_line));
	if (sr->sr_library != NULL)
		su->su_lib = *sr->sr_library;
}

/* A machine as `config' says, but for its RAM and who is told. */
static inline struct su *
su_config(const struct busdma_sim_config *config)
{
	static const struct busdma_sim_bank banks[] = {
		{ HIGHBASE, HIGHSIZE },
		{ LOWBASE, LOWSIZE },
		{ MIDBASE, MIDSIZE },
	};
	struct busdma_sim_config sc = *config;
	struct su *su = calloc(1, sizeof(*su));

	assert_non_null(su);
	sc.sc_banks = banks;
	sc.sc_nbanks = NELEM(banks);
	sc.sc_report = su_report;
	sc.sc_arg = su;
	assert_int_equal(busdma_sim_create(&sc, &su->su_sim), 0);
	su->su_pl = busdma_sim_platform(su->su_sim);
	return su;
}

static inline struct su *
su_create(uint32_t pagesize, enum busdma_sim_frag frag, uint64_t seed)
{
	const struct busdma_sim_config sc = {
		.sc_pagesize = pagesize,
		.sc_frag = frag,
		.sc_seed = seed,
	};

	return su_config(&sc);
}

/* How much it still held; any report that no test looked at counts too. */
static inline unsigned
su_destroy(struct su *su)
{
	unsigned held = busdma_sim_destroy(su->su_sim) + su->su_nreports;

	free(su);
	return held;
}

static inline int
su_setup(void **state)
{
	*state = su_create(0, BUSDMA_SIM_FRAG_NONE, SEED);
	return 0;
}

static inline int
su_teardown(void **state)
{
	return su_destroy(*state) == 0 ? 0 : -1;
}

#define SIMUNIT(f) cmocka_unit_test_setup_teardown(f, su_setup, su_teardown)

/* Exactly one report, for `reason', since the last look. */
#define assert_report(su, reason)                                  \
	do {                                                       \
		assert_int_equal((su)->su_nreports, 1);            \
		assert_int_equal((su)->su_last.sr_reason, reason); \
		(su)->su_nreports = 0;                             \
	} while (0)

#define assert_silent(su) assert_int_equal((su)->su_nreports, 0)

/* Bytes that tell where they are. */
static inline void
su_fill(void *buf, size_t len, uint8_t salt)
{
	uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 7 + (i >> 8) * 3 + salt);
}

/* A bus with the given windows, identity where there are none. */
static inline struct busdma_sim_bus *
su_bus(struct su *su, const struct bus_dma_window *dw, unsigned n,
    enum busdma_sim_shortcut shortcut)
{
	const struct busdma_sim_bus_config bc = {
		.bc_name = "bus",
		.bc_windows = dw,
		.bc_nwindows = n,
		.bc_shortcut = shortcut,
	};
	struct busdma_sim_bus *bus = NULL;

	assert_int_equal(busdma_sim_bus_create(su->su_sim, &bc, &bus), 0);
	return bus;
}

/* A device that does nothing of its own. */
static inline uint64_t
su_idle_read(void *softc, uint32_t reg, unsigned width)
{
	(void)softc;
	return (uint64_t)reg << 8 | width;
}

static inline void
su_idle_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	(void)softc;
	(void)reg;
	(void)width;
	(void)value;
}

static inline bool
su_idle_step(void *softc)
{
	(void)softc;
	return false;
}

static inline struct busdma_sim_dev *
su_idle(struct busdma_sim_bus *bus, unsigned requester)
{
	static const struct busdma_sim_dev_ops ops = {
		.do_size = sizeof(ops),
		.do_name = "idle",
		.do_read = su_idle_read,
		.do_write = su_idle_write,
		.do_step = su_idle_step,
	};
	struct busdma_sim_dev *dev = NULL;

	assert_int_equal(
	    busdma_sim_dev_create(bus, requester, &ops, NULL, &dev), 0);
	return dev;
}

/* All that a map has loaded is the device's, to read and to write. */
static inline void
su_give(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map->dm_mapsize != 0)
		bus_dmamap_sync(t, map, 0, map->dm_mapsize,
		    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
}

/* It is the driver's again. */
static inline void
su_take(bus_dma_tag_t t, bus_dmamap_t map)
{
	if (map->dm_mapsize != 0)
		bus_dmamap_sync(t, map, 0, map->dm_mapsize,
		    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

#endif /* TESTS_UNIT_SIMUNIT_H */
