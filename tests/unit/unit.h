/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every unit test begins with: CMocka, and a platform for each test that
 * is checked for leaks when the test ends.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tl.h"
#include "tp.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* RAM of the platform: 32 pages at 1 MiB. */
#define RAMBASE 0x100000u
#define RAMPAGES 32
#define PAGE 4096u

static inline int
unit_setup(void **state)
{
	*state = tp_create(PAGE, RAMBASE, RAMPAGES);
	return 0;
}

/* Nothing may be held, nor have been done wrong. */
static inline int
unit_teardown(void **state)
{
	return tp_destroy(*state) == 0 ? 0 : -1;
}

#define UNIT(f) cmocka_unit_test_setup_teardown(f, unit_setup, unit_teardown)

/* Exactly one report, of `code', since the last look. */
#define assert_report(tp, code)                                \
	do {                                                   \
		assert_int_equal((tp)->tp_nreports, 1);        \
		assert_int_equal((tp)->tp_last.rp_code, code); \
		tp_forget(tp);                                 \
	} while (0)

#define assert_silent(tp) assert_int_equal((tp)->tp_nreports, 0)

/* As after an unload, or a load that failed. */
#define assert_unloaded(map)                            \
	do {                                            \
		assert_int_equal((map)->dm_mapsize, 0); \
		assert_int_equal((map)->dm_nsegs, 0);   \
	} while (0)

#define assert_seg(map, i, addr, len)                              \
	do {                                                       \
		assert_true((i) < (map)->dm_nsegs);                \
		assert_int_equal((map)->dm_segs[i].ds_addr, addr); \
		assert_int_equal((map)->dm_segs[i].ds_len, len);   \
	} while (0)

/* A root tag that maps directly, identity. */
static inline bus_dma_tag_t
identity(struct tp *tp)
{
	bus_dma_tag_t t = NULL;

	assert_int_equal(tp_direct(tp, NULL, 0, &t), 0);
	assert_non_null(t);
	return t;
}

static inline bus_dmamap_t
new_map(bus_dma_tag_t t, bus_size_t size, int nsegs, bus_size_t maxsegsz,
    bus_size_t boundary)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(
	    bus_dmamap_create(t, size, nsegs, maxsegsz, boundary, 0, &map), 0);
	assert_non_null(map);
	return map;
}

/* Load one physical run. */
static inline int
load_run1(bus_dma_tag_t t, bus_dmamap_t map, paddr_t addr, bus_size_t len)
{
	bus_dma_segment_t seg = { addr, len };

	return bus_dmamap_load_raw(t, map, &seg, 1, len, BUS_DMA_NOWAIT);
}

#endif /* TESTS_UNIT_UNIT_H */
