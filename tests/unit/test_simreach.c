/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simbus.c, simdev.c: how far a bus and a device reach.  Each case
 * of a bus runs with the shortcut on, off, and with the bus seeing loads
 * whole.
 */
#include "simunit.h"

/* The last byte of the second page of the middle bank. */
#define LAST (MIDBASE + 2 * PAGE - 1)

static int
try_reach(struct su *su, enum busdma_sim_shortcut shortcut,
    const struct bus_dma_window *dw, unsigned n, bus_addr_t reach,
    struct busdma_sim_bus **busp)
{
	const struct busdma_sim_bus_config bc = {
		.bc_name = "narrow",
		.bc_windows = dw,
		.bc_nwindows = n,
		.bc_shortcut = shortcut,
		.bc_reach = reach,
	};

	return busdma_sim_bus_create(su->su_sim, &bc, busp);
}

static void
a_bus_bounds_its_tags(enum busdma_sim_shortcut shortcut)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 3);
	bus_dma_segment_t in = { MIDBASE, 2 * PAGE }, seg;
	bus_dma_segment_t over = { MIDBASE, 2 * PAGE + 1 };
	bus_dma_segment_t out = { HIGHBASE, PAGE };
	struct busdma_sim_bus *bus = NULL;
	bus_dma_tag_t t = NULL, sub;
	bus_dmamap_t map = NULL;
	int n;

	assert_int_equal(try_reach(su, shortcut, NULL, 0, LAST, &bus), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 4 * PAGE, 4, 4 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &in, 1, 2 * PAGE, 0), 0);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, &over, 1, 2 * PAGE + 1, 0), EFAULT);
	assert_int_equal(bus_dmamap_load_raw(t, map, &out, 1, 1, 0), EFAULT);
	/* Memory comes from below it, and there is no tag above it. */
	assert_int_equal(
	    bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, BUS_DMA_NOWAIT), 0);
	assert_true(seg.ds_addr + PAGE - 1 <= LAST);
	bus_dmamem_free(t, &seg, n);
	assert_int_equal(
	    bus_dmatag_subregion(t, LAST + 1, 16 * MIB, &sub, 0), EINVAL);
	assert_int_equal(
	    bus_dmatag_subregion(t, MIDBASE, 16 * MIB, &sub, 0), 0);
	assert_int_equal(sub->dt_limits.dl_high, LAST);
	bus_dmatag_destroy(sub);
	assert_silent(su);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

/*
 * A tag that is wrong about the lines: made on a bus with the same id that
 * has them all.
 */
static void
a_bus_bounds_its_devices(enum busdma_sim_shortcut shortcut)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 3);
	bus_dma_segment_t seg = { MIDBASE, 4 * PAGE };
	struct busdma_sim_bus *bus = NULL;
	struct busdma_sim_dev *dev;
	uint8_t buf[64], was[64];
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;

	assert_int_equal(try_reach(su, shortcut, NULL, 0, LAST, &bus), 0);
	dev = su_idle(bus, 1);
	assert_int_equal(bus_dmatag_sim(bus, 1, &t, 0), 0);
	t->dt_limits.dl_high = ~(bus_addr_t)0;
	if (shortcut == BUSDMA_SIM_SHORTCUT_ON)
		t->dt_winhigh = ~(paddr_t)0;
	assert_int_equal(
	    bus_dmamap_create(t, 4 * PAGE, 4, 4 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, 4 * PAGE, 0), 0);
	su_give(t, map);

	assert_int_equal(busdma_sim_dma_read(dev, LAST, buf, 1), 0);
	assert_silent(su);
	assert_int_equal(busdma_sim_dma_read(dev, LAST + 1, buf, 1), EFAULT);
	assert_int_equal(su->su_last.sr_addr, LAST + 1);
	assert_ptr_equal(su->su_last.sr_map, map);
	assert_int_equal(su->su_last.sr_offset, 2 * PAGE);
	assert_int_equal(su->su_last.sr_distance, 0);
	assert_report(su, BUSDMA_SIM_REACH);
	/* What is above is not touched; what is below was done. */
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, LAST - 31, was, 64), 0);
	memset(buf, 0x33, sizeof(buf));
	assert_int_equal(busdma_sim_dma_write(dev, LAST - 31, buf, 64), EFAULT);
	assert_int_equal(su->su_last.sr_addr, LAST + 1);
	assert_int_equal(su->su_last.sr_len, 32);
	assert_true(su->su_last.sr_write);
	assert_report(su, BUSDMA_SIM_REACH);
	memset(was, 0x33, 32);
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, LAST - 31, buf, 64), 0);
	assert_memory_equal(buf, was, 64);

	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

/* Two devices of one id, of which one has fewer lines than the bus. */
static void
a_device_has_lines_of_its_own(enum busdma_sim_shortcut shortcut)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 3);
	bus_dma_segment_t seg = { MIDBASE, 4 * PAGE };
	struct busdma_sim_bus *bus = NULL;
	struct busdma_sim_dev *narrow, *wide;
	uint8_t buf[2] = { 1, 2 };
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;

	assert_int_equal(
	    try_reach(su, shortcut, NULL, 0, LAST + PAGE, &bus), 0);
	narrow = su_idle(bus, 1);
	wide = su_idle(bus, 1);
	busdma_sim_dev_reach(narrow, LAST);
	/* More than the bus has is not more. */
	busdma_sim_dev_reach(wide, HIGHBASE);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 3 * PAGE, 4, 4 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, 3 * PAGE, 0), 0);
	su_give(t, map);
	assert_int_equal(busdma_sim_dma_write(narrow, LAST, buf, 1), 0);
	assert_int_equal(busdma_sim_dma_write(wide, LAST, buf, 2), 0);
	assert_int_equal(busdma_sim_dma_write(wide, LAST + PAGE, buf, 1), 0);
	assert_silent(su);
	assert_int_equal(
	    busdma_sim_dma_write(narrow, LAST + 1, buf, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_REACH);
	assert_int_equal(
	    busdma_sim_dma_read(wide, LAST + PAGE + 1, buf, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_REACH);
	/* Not mapped either: the lines are looked at first. */
	assert_int_equal(busdma_sim_dma_read(narrow, HIGHBASE, buf, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_REACH);
	busdma_sim_dev_reach(narrow, 0);
	assert_int_equal(busdma_sim_dma_write(narrow, LAST + 1, buf, 1), 0);
	assert_silent(su);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

/* No transfer goes on at address 0. */
static void
addresses_do_not_wrap(enum busdma_sim_shortcut shortcut)
{
	static const struct bus_dma_window dw[] = {
		{ MIDBASE, (bus_addr_t)0 - PAGE, PAGE,
		    BUS_DMA_WINDOW_COHERENT },
		{ HIGHBASE, 0, PAGE, BUS_DMA_WINDOW_COHERENT },
	};
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 3);
	bus_dma_segment_t segs[] = { { MIDBASE, PAGE }, { HIGHBASE, PAGE } };
	struct busdma_sim_bus *bus = su_bus(su, dw, 2, shortcut);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	uint8_t buf[4];

	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, 2 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 2 * PAGE, 0), 0);
	su_give(t, map);
	assert_int_equal(map->dm_nsegs, 2);
	assert_int_equal(
	    busdma_sim_dma_read(dev, (bus_addr_t)0 - 2, buf, 2), 0);
	assert_int_equal(busdma_sim_dma_read(dev, 0, buf, 2), 0);
	assert_silent(su);
	memset(buf, 0x77, sizeof(buf));
	assert_int_equal(
	    busdma_sim_dma_read(dev, (bus_addr_t)0 - 2, buf, 4), EFAULT);
	assert_int_equal(su->su_last.sr_len, 2);
	assert_int_equal(buf[2], 0x77);
	assert_report(su, BUSDMA_SIM_REACH);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

static void
windows_above_the_reach_are_no_use(void **state)
{
	struct su *su = *state;
	const struct bus_dma_window dw[] = {
		{ 0, 64 * MIB, MIB, BUS_DMA_WINDOW_COHERENT },
		{ MIDBASE, 128 * MIB, MIB, BUS_DMA_WINDOW_COHERENT },
	};
	struct busdma_sim_bus *bus = NULL;
	bus_dma_tag_t t = NULL;

	assert_int_equal(try_reach(su, 0, dw, 2, 64 * MIB - 1, &bus), EINVAL);
	assert_null(bus);
	assert_int_equal(try_reach(su, 0, dw, 2, 64 * MIB, &bus), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(t->dt_limits.dl_high, 64 * MIB);
	bus_dmatag_destroy(t);
	assert_int_equal(try_reach(su, 0, dw, 2, 0, &bus), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(t->dt_limits.dl_high, ~(bus_addr_t)0);
	bus_dmatag_destroy(t);
}

#define EACH(f)                               \
	static void f##_on(void **state)      \
	{                                     \
		(void)state;                  \
		f(BUSDMA_SIM_SHORTCUT_ON);    \
	}                                     \
	static void f##_off(void **state)     \
	{                                     \
		(void)state;                  \
		f(BUSDMA_SIM_SHORTCUT_OFF);   \
	}                                     \
	static void f##_whole(void **state)   \
	{                                     \
		(void)state;                  \
		f(BUSDMA_SIM_SHORTCUT_WHOLE); \
	}
#define THREE(f)                                             \
	cmocka_unit_test(f##_on), cmocka_unit_test(f##_off), \
	    cmocka_unit_test(f##_whole)

EACH(a_bus_bounds_its_tags)
EACH(a_bus_bounds_its_devices)
EACH(a_device_has_lines_of_its_own)
EACH(addresses_do_not_wrap)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE(a_bus_bounds_its_tags),
		THREE(a_bus_bounds_its_devices),
		THREE(a_device_has_lines_of_its_own),
		THREE(addresses_do_not_wrap),
		SIMUNIT(windows_above_the_reach_are_no_use),
	};

	return cmocka_run_group_tests_name("simreach", tests, NULL, NULL);
}
