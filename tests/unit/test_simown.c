/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simown.c: who has which byte, on a machine whose devices see the
 * CPU's cache.
 */
#include "simownrig.h"

static void
an_access_must_be_given(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	const struct busdma_sim_report *sr = &su->su_last;
	char line[300];

	dev_read(ri, PAGE + 8, 16);
	assert_ptr_equal(sr->sr_map, ri->ri_map);
	assert_int_equal(sr->sr_addr, address(ri, PAGE + 8));
	assert_int_equal(sr->sr_requester, REQ);
	assert_string_equal(sr->sr_device, "idle");
	assert_false(sr->sr_write);
	snprintf(line, sizeof(line),
	    "unsynced: device access to what no sync gave it: requester 5 "
	    "(idle) on bus reads 0x10 bytes at 0x%llx, at offset 0x1008 of "
	    "map \"ring\"; wrong on some machines, missing: PREWRITE, last "
	    "sync: none",
	    (unsigned long long)sr->sr_addr);
	assert_line(su, line);
	reported(su, BUSDMA_SIM_UNSYNCED, PAGE + 8, 16, PREWRITE, 0);

	sync(ri, 0, RING, PREWRITE);
	dev_read(ri, PAGE + 8, 16);
	assert_silent(su);
	dev_write(ri, 8, 16, 1);
	assert_true(sr->sr_write);
	reported(su, BUSDMA_SIM_UNSYNCED, 8, 16, PREREAD, PREWRITE);
	sync(ri, 0, RING, POSTWRITE);
	dev_read(ri, 100, 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 100, 1, PREWRITE, POSTWRITE);

	sync(ri, 64, 16, PREREAD);
	dev_write(ri, 64, 16, 2);
	assert_silent(su);
	sync(ri, 64, 16, POSTREAD);
	dev_write(ri, 64, 16, 3);
	reported(su, BUSDMA_SIM_UNSYNCED, 64, 16, PREREAD, POSTREAD);
	sync(ri, 0, PAGE, PREREAD | PREWRITE);
	sync(ri, 0, PAGE, POSTREAD | POSTWRITE);
	dev_read(ri, 0, 1);
	assert_non_null(strstr(
	    su->su_line, "missing: PREWRITE, last sync: POSTREAD|POSTWRITE;"));
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 1, PREWRITE, POSTREAD | POSTWRITE);
	/* What it was given before is forgotten with the load. */
	sync(ri, 0, RING, PREREAD | PREWRITE);
	ring_reload(ri);
	dev_read(ri, 0, 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 1, PREWRITE, 0);
	ring_down(ri);
}

/* The first byte that is bad, and its run; nothing more of one access. */
static void
an_access_is_reported_once(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	bus_dma_segment_t segs[] = { { MIDBASE, PAGE }, { HIGHBASE, PAGE } };
	const struct bus_dma_window dw[] = {
		{ MIDBASE, 0, PAGE, BUS_DMA_WINDOW_COHERENT },
		{ HIGHBASE, PAGE, PAGE, BUS_DMA_WINDOW_COHERENT },
	};
	struct busdma_sim_bus *bus = su_bus(su, dw, 2, 0);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	uint8_t got[2 * PAGE];
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	unsigned from, to;

	for (from = 0; from < 40; from++)
		for (to = from + 1; to < 40; to++) {
			sync(ri, 0, 64, PREWRITE);
			sync(ri, from, to - from, POSTWRITE);
			dev_read(ri, 0, 64);
			reported(su, BUSDMA_SIM_UNSYNCED, from, to - from,
			    PREWRITE, POSTWRITE);
		}
	sync(ri, 0, 64, PREWRITE);
	sync(ri, 3, 2, POSTWRITE);
	sync(ri, 30, 20, POSTWRITE);
	dev_read(ri, 0, 64);
	reported(su, BUSDMA_SIM_UNSYNCED, 3, 2, PREWRITE, POSTWRITE);
	ring_down(ri);

	/* Two runs of memory, and a segment each. */
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(t, map, "ring"), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 2 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_int_equal(busdma_sim_dma_read(dev, 0, got, 2 * PAGE), 0);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, PAGE, PREWRITE, 0);
	assert_int_equal(busdma_sim_dma_write(dev, 0, got, 2 * PAGE), 0);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, PAGE, PREREAD, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Of each kind once, until the map's next sync or load. */
static void
a_mistake_is_reported_once(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	struct ring other = *ri;
	unsigned i;

	other.ri_map = load(ri, PAGE, PAGE);
	for (i = 0; i < 4; i++) {
		dev_read(ri, 0, 64);
		reported(su, BUSDMA_SIM_UNSYNCED, 0, 64, PREWRITE, 0);
		dev_read(ri, 0, 64);
		dev_read(ri, 128, 64);
		assert_silent(su);
		dev_write(ri, 8, 8, 1);
		reported(su, BUSDMA_SIM_UNSYNCED, 8, 8, PREREAD, 0);
		dev_write(ri, 40, 8, 2);
		assert_silent(su);
		sync(ri, 1024, 8, i % 2 == 0 ? PREWRITE : POSTREAD);
		sync(ri, 1024, 8, PREREAD | PREWRITE);
		ri->ri_buf[1024]++;
		ri->ri_buf[1026]++;
		dev_write(ri, 1024, 1, 3);
		reported(su, BUSDMA_SIM_CPUWROTE, 1024, 1, POSTREAD,
		    PREREAD | PREWRITE);
		dev_read(ri, 1026, 1);
		assert_silent(su);
		dev_read(ri, 0, 4);
		assert_int_equal(su->su_last.sr_offset, 0);
		assert_report(su, BUSDMA_SIM_UNSYNCED);
		/* A sync of nothing is none, and another map's neither. */
		sync(ri, 1024, 0, PREREAD);
		sync(&other, 0, 4, PREREAD);
		dev_read(ri, 0, 4);
		assert_silent(su);
		sync(ri, 1024, 8, PREREAD);
		if (i == 1)
			ring_reload(ri);
		else
			sync(ri, PAGE, 4, POSTREAD | POSTWRITE);
		dev_read(ri, 0, 4);
		assert_report(su, BUSDMA_SIM_UNSYNCED);
		ring_reload(ri);
	}
	bus_dmamap_destroy(ri->ri_tag, other.ri_map);
	ring_down(ri);
}

static void
its_own_writes_it_may_read(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);

	sync(ri, 0, RING, PREREAD);
	dev_write(ri, 40, 10, 1);
	dev_read(ri, 40, 10);
	assert_silent(su);
	dev_read(ri, 39, 12);
	reported(su, BUSDMA_SIM_UNSYNCED, 39, 1, PREWRITE, PREREAD);
	sync(ri, 0, RING, POSTREAD);
	dev_read(ri, 40, 10);
	reported(su, BUSDMA_SIM_UNSYNCED, 40, 10, PREWRITE, POSTREAD);
	ring_down(ri);
}

/* A driver that looks at what the device has not written yet. */
static void
what_is_looked_at_may_be_written(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	unsigned i;

	for (i = 0; i < 3; i++) {
		sync(ri, 0, 64, PREREAD);
		dev_write(ri, 0, 12, (uint8_t)i);
		sync(ri, 0, 16, POSTREAD);
		dev_write(ri, 12, 4, (uint8_t)i);
		/* Taken, given again, or both. */
		if (i != 1)
			sync(ri, 0, 16, POSTREAD);
		if (i != 0)
			sync(ri, 0, 16, PREREAD);
		ring_reload(ri);
		assert_silent(su);
	}
	/* Its first writing is what was taken. */
	sync(ri, 0, 64, PREREAD);
	dev_write(ri, 0, 12, 5);
	sync(ri, 0, 16, POSTREAD);
	dev_write(ri, 8, 8, 6);
	reported(su, BUSDMA_SIM_UNSYNCED, 8, 4, PREREAD, POSTREAD);
	sync(ri, 0, 16, POSTREAD);
	/* Nobody took it. */
	sync(ri, PAGE + 32, 32, PREREAD);
	sync(ri, PAGE + 32, 32, POSTREAD);
	dev_write(ri, PAGE + 40, 3, 7);
	assert_silent(su);
	ring_reload(ri);
	assert_null(su->su_last.sr_device);
	assert_true(su->su_last.sr_write);
	assert_non_null(
	    strstr(su->su_line, "requester 5 on bus writes 0x3 bytes at"));
	reported(su, BUSDMA_SIM_UNSYNCED, PAGE + 40, 3, POSTREAD, POSTREAD);
	/* The CPU has stored to it: no look any more. */
	sync(ri, 0, 64, PREREAD);
	sync(ri, 0, 64, POSTREAD);
	ri->ri_buf[33]++;
	dev_write(ri, 32, 8, 8);
	reported(su, BUSDMA_SIM_UNSYNCED, 33, 1, PREREAD, POSTREAD);
	sync(ri, 0, 64, POSTREAD);
	/* And a driver may store to what it has taken. */
	ri->ri_buf[50]++;
	ri->ri_buf[33]++;
	sync(ri, 0, 64, POSTREAD);
	ring_down(ri);
}

static void
the_cpu_s_stores_are_found(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	char line[300];

	/* By a device that reads. */
	sync(ri, 0, RING, PREWRITE);
	ri->ri_buf[PAGE + 3]++;
	ri->ri_buf[PAGE + 4]++;
	ri->ri_buf[PAGE + 9]++;
	dev_read(ri, PAGE, 3);
	assert_silent(su);
	dev_read(ri, PAGE, 64);
	snprintf(line, sizeof(line),
	    "cpu wrote: the CPU wrote to what the device has: requester 5 "
	    "(idle) on bus, address 0x%llx length 0x2, at offset 0x1003 of "
	    "map \"ring\"; wrong on every machine, missing: PREWRITE, last "
	    "sync: PREWRITE",
	    (unsigned long long)address(ri, PAGE + 3));
	assert_line(su, line);
	reported(su, BUSDMA_SIM_CPUWROTE, PAGE + 3, 2, PREWRITE, PREWRITE);
	/* It is good if it is given again; and nobody cares after that. */
	sync(ri, PAGE, 64, PREWRITE);
	dev_read(ri, PAGE, 64);
	ri->ri_buf[PAGE + 3]++;
	ring_reload(ri);
	assert_silent(su);

	/* By one that writes. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[8]++;
	dev_write(ri, 0, 64, 1);
	assert_true(su->su_last.sr_write);
	reported(su, BUSDMA_SIM_CPUWROTE, 8, 1, POSTREAD, PREREAD);
	/* By one that reads what it wrote. */
	sync(ri, PAGE, 1, PREREAD);
	ri->ri_buf[9]++;
	dev_read(ri, 0, 64);
	reported(su, BUSDMA_SIM_CPUWROTE, 9, 1, PREWRITE, PREREAD);
	/* By a POST. */
	ri->ri_buf[63]++;
	sync(ri, 32, 32, POSTREAD);
	assert_null(su->su_last.sr_device);
	reported(su, BUSDMA_SIM_CPUWROTE, 63, 1, POSTREAD, PREREAD);
	ring_reload(ri);
	assert_int_equal(su->su_last.sr_offset, 9);
	assert_report(su, BUSDMA_SIM_CPUWROTE);
	sync(ri, 0, 64, PREREAD | PREWRITE);
	ri->ri_buf[17]++;
	sync(ri, 16, 16, POSTWRITE);
	reported(su, BUSDMA_SIM_CPUWROTE, 17, 1, POSTREAD, PREREAD | PREWRITE);
	/* By the unload. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[60]++;
	ring_reload(ri);
	reported(su, BUSDMA_SIM_CPUWROTE, 60, 1, POSTREAD, PREREAD);

	/* The same value, what was taken, what was not given: nothing. */
	sync(ri, 0, 64, PREREAD);
	ri->ri_buf[1] = ri->ri_buf[1];
	ri->ri_buf[64]++;
	sync(ri, 32, 32, POSTREAD);
	ri->ri_buf[32]++;
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_silent(su);
	ring_down(ri);
}

/* Other maps of the same memory, of this device, another, and none. */
static void
maps_may_share_memory(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	struct ring other = *ri;
	uint8_t got[16], data[16];
	paddr_t pa = address(ri, 0);

	other.ri_map = load(ri, 0, PAGE);
	sync(&other, 0, 64, PREWRITE);
	dev_read(ri, 0, 64);
	sync(ri, 64, 64, PREWRITE);
	dev_read(ri, 32, 96);
	assert_silent(su);
	/* The last bytes are given by neither. */
	dev_read(ri, 0, 132);
	assert_report(su, BUSDMA_SIM_UNSYNCED);
	assert_int_equal(su->su_last.sr_len, 4);
	/* What is written by one is no store in the other. */
	sync(ri, 0, 64, PREREAD);
	sync(&other, 0, 64, PREREAD);
	dev_write(ri, 0, 64, 9);
	sync(&other, 0, 64, POSTREAD);
	sync(ri, 0, 64, POSTREAD);
	sync(ri, 0, 64, PREREAD | PREWRITE);
	su_fill(data, sizeof(data), 77);
	assert_int_equal(
	    busdma_sim_phys_write(su->su_sim, pa + 8, data, sizeof(data)), 0);
	dev_read(ri, 0, 64);
	assert_silent(su);
	bus_dmamap_destroy(ri->ri_tag, other.ri_map);

	/* Another device has a record of its own. */
	other.ri_dev = su_idle(ri->ri_bus, REQ + 1);
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_bus, REQ + 1, &other.ri_tag, 0), 0);
	other.ri_map = load(&other, 0, PAGE);
	assert_int_equal(
	    busdma_sim_dma_read(other.ri_dev, pa, got, sizeof(got)), 0);
	assert_int_equal(su->su_last.sr_requester, REQ + 1);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 16, PREWRITE, 0);
	sync(&other, 0, PAGE, PREREAD);
	dev_write(&other, 0, 32, 1);
	dev_read(ri, 0, 32);
	sync(ri, 0, 64, POSTREAD | POSTWRITE);
	assert_silent(su);
	bus_dmamap_destroy(other.ri_tag, other.ri_map);
	bus_dmatag_destroy(other.ri_tag);
	ring_down(ri);
}

/* What is taken by way of one and given by way of another. */
static void
maps_borrow_as_one(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	struct ring other = *ri;
	unsigned i, how;

	/* In either order on the requester's list. */
	for (i = 0; i < 2; i++) {
		struct ring *a = i == 0 ? ri : &other;
		struct ring *b = i == 0 ? &other : ri;

		if (i == 0)
			other.ri_map = load(ri, 0, PAGE);
		for (how = 0; how < 6; how++) {
			/* Both have it, or one after the other. */
			if (how == 1)
				sync(b, 16, 32, PREREAD);
			sync(a, 0, 64, PREREAD);
			sync(a, 0, 64, POSTREAD);
			if (how != 1) {
				ri->ri_buf[20]++;
				sync(b, 16, 32, PREREAD);
			}
			/* Looked at before it is written. */
			if (how >= 2)
				sync(b, 16, 32, POSTREAD);
			dev_write(ri, 16, 32, (uint8_t)how);
			if (how == 3)
				sync(b, 16, 32, PREREAD);
			else if (how == 4)
				sync(a, 16, 32, PREREAD);
			else if (how != 5)
				sync(b, 16, 32, POSTREAD);
			else
				sync(a, 16, 32, POSTREAD);
			bus_dmamap_unload(ri->ri_tag, other.ri_map);
			ring_reload(ri);
			assert_silent(su);
			bus_dmamap_destroy(ri->ri_tag, other.ri_map);
			other.ri_map = load(ri, 0, PAGE);
		}
	}
	/* What is around it is still borrowed, and what was written late. */
	sync(ri, 0, 64, PREREAD);
	sync(ri, 0, 64, POSTREAD);
	dev_write(ri, 0, 64, 7);
	sync(&other, 16, 32, PREREAD);
	sync(&other, 1, 2, POSTREAD);
	ring_reload(ri);
	reported(su, BUSDMA_SIM_UNSYNCED, 0, 1, POSTREAD, POSTREAD);
	/* And what is given there is not given here. */
	sync(ri, 0, 64, PREREAD);
	sync(ri, 0, 64, POSTREAD);
	sync(&other, 16, 32, PREREAD);
	bus_dmamap_destroy(ri->ri_tag, other.ri_map);
	dev_write(ri, 0, 64, 8);
	reported(su, BUSDMA_SIM_UNSYNCED, 16, 32, PREREAD, POSTREAD);
	sync(ri, 0, 64, POSTREAD);
	ring_down(ri);
}

/* Of one load: each of its places may give it. */
static void
memory_may_be_loaded_twice(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	bus_dma_segment_t segs[2];
	uint8_t got[PAGE];
	unsigned i;

	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	for (i = 0; i < 2; i++) {
		segs[i].ds_addr = MIDBASE + i * (PAGE / 2);
		segs[i].ds_len = PAGE;
	}
	assert_int_equal(bus_dmamap_load_raw(ri->ri_tag, ri->ri_map, segs, 2,
			     2 * PAGE, BUS_DMA_NOWAIT),
	    0);
	assert_int_equal(ri->ri_map->dm_nsegs, 2);
	for (i = 0; i < 4; i++) {
		unsigned at = i % 2 == 0 ? PAGE / 2 : PAGE;

		sync(ri, at, PAGE / 2, PREWRITE);
		assert_int_equal(busdma_sim_dma_read(ri->ri_dev,
				     MIDBASE + PAGE / 2, got, PAGE / 2),
		    0);
		assert_silent(su);
		sync(ri, at, PAGE / 2, POSTWRITE);
		assert_int_equal(busdma_sim_dma_read(ri->ri_dev,
				     MIDBASE + PAGE / 2, got, PAGE / 2),
		    0);
		assert_int_equal(su->su_last.sr_len, PAGE / 2);
		assert_report(su, BUSDMA_SIM_UNSYNCED);
	}
	/* Given by one after the other. */
	sync(ri, 0, PAGE / 2 + 64, PREWRITE);
	sync(ri, PAGE + 64, PAGE - 64, PREWRITE);
	assert_int_equal(
	    busdma_sim_dma_read(ri->ri_dev, MIDBASE, got, PAGE), 0);
	assert_silent(su);
	/* Borrowed of one, given of the other. */
	sync(ri, PAGE / 2, 64, PREREAD);
	sync(ri, PAGE / 2, 64, POSTREAD);
	sync(ri, PAGE, 64, PREREAD);
	assert_int_equal(
	    busdma_sim_dma_write(ri->ri_dev, MIDBASE + PAGE / 2, got, 64), 0);
	sync(ri, PAGE, 64, POSTREAD);
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_silent(su);
	ring_down(ri);
}

/* More bytes than there is memory: nothing is known of any. */
static void
there_are_loads_without_a_record(void **state)
{
	struct su *su = *state;
	struct ring *ri = ring_up(su);
	bus_dma_segment_t seg = { MIDBASE, 64 * MIB };
	bus_dmamap_t map = NULL;
	uint8_t got[16];

	assert_int_equal(bus_dmamap_create(
			     ri->ri_tag, seg.ds_len, 1, seg.ds_len, 0, 0, &map),
	    0);
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_int_equal(
	    bus_dmamap_load_raw(ri->ri_tag, map, &seg, 1, seg.ds_len, 0), 0);
	assert_int_equal(
	    busdma_sim_dma_read(ri->ri_dev, MIDBASE, got, sizeof(got)), 0);
	assert_int_equal(
	    busdma_sim_dma_write(ri->ri_dev, MIDBASE, got, sizeof(got)), 0);
	su_give(ri->ri_tag, map);
	su_take(ri->ri_tag, map);
	assert_silent(su);
	busdma_sim_complain(ri->ri_dev, MIDBASE, 1, "idle: bad manners");
	assert_int_equal(su->su_last.sr_last, 0);
	assert_ptr_equal(su->su_last.sr_map, map);
	assert_report(su, BUSDMA_SIM_DEVICE);
	bus_dmamap_destroy(ri->ri_tag, map);
	ring_down(ri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(an_access_must_be_given),
		SIMUNIT(an_access_is_reported_once),
		SIMUNIT(a_mistake_is_reported_once),
		SIMUNIT(its_own_writes_it_may_read),
		SIMUNIT(what_is_looked_at_may_be_written),
		SIMUNIT(the_cpu_s_stores_are_found),
		SIMUNIT(maps_may_share_memory),
		SIMUNIT(maps_borrow_as_one),
		SIMUNIT(memory_may_be_loaded_twice),
		SIMUNIT(there_are_loads_without_a_record),
	};

	return cmocka_run_group_tests_name("simown", tests, NULL, NULL);
}
