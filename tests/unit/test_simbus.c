/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simbus.c, simload.c: what devices reach, and when.  Each case
 * runs with the shortcut on, off, and with the bus seeing loads whole.
 */
#include "simunit.h"

#define BUSOFF ((bus_addr_t)0x40000000)

static const struct bus_dma_window shifted = {
	.dw_bus = BUSOFF,
	.dw_flags = BUS_DMA_WINDOW_COHERENT,
};

/* A bus, its tag, a device on it, a buffer of 8 pages and a map for it. */
struct rig {
	struct su *rg_su;
	struct busdma_sim_bus *rg_bus;
	struct busdma_sim_dev *rg_dev;
	bus_dma_tag_t rg_tag;
	bus_dmamap_t rg_map;
	uint8_t *rg_buf;
};
#define BUFSIZE (8 * PAGE)

static struct rig
rig_up(enum busdma_sim_shortcut shortcut, enum busdma_sim_frag frag)
{
	struct rig rg;

	rg.rg_su = su_create(0, frag, 11);
	rg.rg_bus = su_bus(rg.rg_su, &shifted, 1, shortcut);
	assert_int_equal(busdma_sim_bus_tag(rg.rg_bus, 5, &rg.rg_tag, 0), 0);
	rg.rg_dev = su_idle(rg.rg_bus, 5);
	assert_int_equal(
	    bus_dmamap_create(rg.rg_tag, BUFSIZE, 8, BUFSIZE, 0, 0, &rg.rg_map),
	    0);
	rg.rg_buf = busdma_sim_kmalloc(rg.rg_su->su_sim, BUFSIZE);
	assert_non_null(rg.rg_buf);
	su_fill(rg.rg_buf, BUFSIZE, 1);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	bus_dmamap_destroy(rg->rg_tag, rg->rg_map);
	bus_dmatag_destroy(rg->rg_tag);
	busdma_sim_kfree(rg->rg_su->su_sim, rg->rg_buf);
	assert_int_equal(su_destroy(rg->rg_su), 0);
}

static int
load(struct rig *rg, size_t off, size_t len, int flags)
{
	int error = bus_dmamap_load(rg->rg_tag, rg->rg_map, rg->rg_buf + off,
	    len, NULL, flags | BUS_DMA_NOWAIT);

	if (error == 0)
		su_give(rg->rg_tag, rg->rg_map);
	return error;
}

static void
what_is_loaded_is_reached(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_PAGES);
	uint8_t got[BUFSIZE];
	size_t off = 0;
	int i;

	assert_int_equal(load(&rg, 100, BUFSIZE - 200, 0), 0);
	assert_int_equal(rg.rg_map->dm_nsegs, 8);
	for (i = 0; i < rg.rg_map->dm_nsegs; i++) {
		bus_dma_segment_t *ds = &rg.rg_map->dm_segs[i];

		assert_int_equal(busdma_sim_dma_read(rg.rg_dev, ds->ds_addr,
				     got + off, (size_t)ds->ds_len),
		    0);
		off += (size_t)ds->ds_len;
	}
	assert_int_equal(off, BUFSIZE - 200);
	assert_memory_equal(got, rg.rg_buf + 100, off);

	su_fill(got, 16, 99);
	assert_int_equal(busdma_sim_dma_write(rg.rg_dev,
			     rg.rg_map->dm_segs[3].ds_addr + 7, got, 16),
	    0);
	assert_memory_equal(rg.rg_buf + 3 * PAGE + 7, got, 16);
	assert_silent(rg.rg_su);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rig_down(&rg);
}

/* A byte before, a byte behind, and after the unload. */
static void
nothing_else_is_reached(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct busdma_sim_dev *other = su_idle(rg.rg_bus, 6);
	struct su *su = rg.rg_su;
	uint8_t got[64], want[64];
	bus_addr_t at;

	assert_int_equal(load(&rg, PAGE, PAGE, 0), 0);
	at = rg.rg_map->dm_segs[0].ds_addr;
	assert_int_equal(
	    busdma_sim_dma_read(rg.rg_dev, at - 1, got, 1), EFAULT);
	assert_int_equal(su->su_last.sr_addr, at - 1);
	assert_int_equal(su->su_last.sr_requester, 5);
	assert_false(su->su_last.sr_write);
	assert_report(su, BUSDMA_SIM_UNMAPPED);

	/* The part before the first byte that is refused is done. */
	memset(got, 0, sizeof(got));
	assert_int_equal(
	    busdma_sim_dma_read(rg.rg_dev, at + PAGE - 24, got, sizeof(got)),
	    EFAULT);
	assert_int_equal(su->su_last.sr_addr, at + PAGE);
	assert_int_equal(su->su_last.sr_len, 40);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	memset(want, 0, sizeof(want));
	memcpy(want, rg.rg_buf + 2 * PAGE - 24, 24);
	assert_memory_equal(got, want, sizeof(got));

	memcpy(want, rg.rg_buf + 2 * PAGE, 1);
	su_fill(got, sizeof(got), 77);
	assert_int_equal(
	    busdma_sim_dma_write(rg.rg_dev, at + PAGE - 24, got, sizeof(got)),
	    EFAULT);
	assert_true(su->su_last.sr_write);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_memory_equal(got, rg.rg_buf + 2 * PAGE - 24, 24);
	assert_memory_equal(want, rg.rg_buf + 2 * PAGE, 1);

	assert_int_equal(busdma_sim_dma_read(other, at, got, 1), EFAULT);
	assert_int_equal(su->su_last.sr_requester, 6);
	assert_report(su, BUSDMA_SIM_UNMAPPED);

	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at, got, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	rig_down(&rg);
}

static void
directions_hold(enum busdma_sim_shortcut shortcut)
{
	static const struct {
		int flags;
		bool reads, writes;
	} cases[] = {
		{ 0, true, true },
		{ BUS_DMA_READ | BUS_DMA_WRITE, true, true },
		{ BUS_DMA_READ, false, true },
		{ BUS_DMA_WRITE, true, false },
	};
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	uint8_t byte = 0;
	bus_addr_t at;
	unsigned i;

	for (i = 0; i < NELEM(cases); i++) {
		assert_int_equal(load(&rg, 0, PAGE, cases[i].flags), 0);
		at = rg.rg_map->dm_segs[0].ds_addr;
		assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at, &byte, 1),
		    cases[i].reads ? 0 : EFAULT);
		if (!cases[i].reads)
			assert_report(rg.rg_su, BUSDMA_SIM_DIRECTION);
		assert_int_equal(busdma_sim_dma_write(rg.rg_dev, at, &byte, 1),
		    cases[i].writes ? 0 : EFAULT);
		if (!cases[i].writes)
			assert_report(rg.rg_su, BUSDMA_SIM_DIRECTION);
		assert_silent(rg.rg_su);
		bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	}
	rig_down(&rg);
}

/* Two maps over the same bytes: either one lets the device in. */
static void
overlapping_loads_add_up(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	bus_dmamap_t second;
	uint8_t got[2 * PAGE];
	bus_addr_t at;

	assert_int_equal(
	    bus_dmamap_create(rg.rg_tag, BUFSIZE, 8, BUFSIZE, 0, 0, &second),
	    0);
	assert_int_equal(load(&rg, 0, PAGE + 50, BUS_DMA_WRITE), 0);
	assert_int_equal(bus_dmamap_load(rg.rg_tag, second, rg.rg_buf + PAGE,
			     PAGE, NULL, BUS_DMA_NOWAIT),
	    0);
	su_give(rg.rg_tag, second);
	at = rg.rg_map->dm_segs[0].ds_addr;
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at, got, 2 * PAGE), 0);
	assert_memory_equal(got, rg.rg_buf, 2 * PAGE);
	assert_int_equal(
	    busdma_sim_dma_write(rg.rg_dev, at + PAGE, got, 10), 0);
	bus_dmamap_unload(rg.rg_tag, second);
	assert_silent(rg.rg_su);
	/* The younger one is for the other direction. */
	assert_int_equal(bus_dmamap_load(rg.rg_tag, second, rg.rg_buf, PAGE,
			     NULL, BUS_DMA_NOWAIT | BUS_DMA_READ),
	    0);
	su_give(rg.rg_tag, second);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at, got, 50), 0);
	assert_int_equal(busdma_sim_dma_write(rg.rg_dev, at, got, 50), 0);
	bus_dmamap_unload(rg.rg_tag, second);
	assert_silent(rg.rg_su);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at + PAGE, got, 50), 0);
	assert_int_equal(
	    busdma_sim_dma_write(rg.rg_dev, at + PAGE, got, 10), EFAULT);
	assert_report(rg.rg_su, BUSDMA_SIM_DIRECTION);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	bus_dmamap_destroy(rg.rg_tag, second);
	rig_down(&rg);
}

/* Segments that touch on the bus but don't follow each other. */
static void
segments_may_come_in_any_order(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	bus_dma_segment_t segs[] = {
		{ MIDBASE, PAGE },
		{ MIDBASE + 4 * PAGE, PAGE },
		{ MIDBASE + PAGE, PAGE },
	};
	uint8_t got[2 * PAGE], want[2 * PAGE];
	bus_addr_t at = MIDBASE + BUSOFF;

	su_fill(want, sizeof(want), 31);
	assert_int_equal(busdma_sim_phys_write(
			     rg.rg_su->su_sim, MIDBASE, want, sizeof(want)),
	    0);
	assert_int_equal(
	    bus_dmamap_load_raw(rg.rg_tag, rg.rg_map, segs, 3, 3 * PAGE, 0), 0);
	su_give(rg.rg_tag, rg.rg_map);
	assert_int_equal(rg.rg_map->dm_nsegs, 3);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, at, got, 2 * PAGE), 0);
	assert_memory_equal(got, want, sizeof(got));
	assert_silent(rg.rg_su);
	assert_int_equal(
	    busdma_sim_dma_read(rg.rg_dev, at + 2 * PAGE, got, 1), EFAULT);
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rig_down(&rg);
}

static void
freeing_what_is_mapped_is_reported(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_PAGES);
	struct su *su = rg.rg_su;
	struct proc *p = busdma_sim_proc(su->su_sim);
	char *u = busdma_sim_umalloc(su->su_sim, p, 3 * PAGE);
	struct busdma_pages pg = { .pg_size = PAGE,
		.pg_min = PAGE,
		.pg_high = ~(paddr_t)0,
		.pg_align = PAGE };
	bus_dma_segment_t seg;

	assert_int_equal(load(&rg, 3 * PAGE, 1, 0), 0);
	busdma_sim_kfree(su->su_sim, rg.rg_buf);
	assert_int_equal(su->su_last.sr_addr, rg.rg_map->dm_segs[0].ds_addr);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rg.rg_buf = NULL;

	assert_int_equal(
	    bus_dmamap_load(rg.rg_tag, rg.rg_map, u + PAGE, PAGE, p, 0), 0);
	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u), 0);
	assert_silent(su);
	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u + PAGE), 0);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	busdma_sim_ufree(su->su_sim, p, u);

	assert_int_equal(su->su_pl->pl_pages_alloc(su->su_pl, &pg), 0);
	seg.ds_addr = pg.pg_addr;
	seg.ds_len = PAGE;
	assert_int_equal(
	    bus_dmamap_load_raw(rg.rg_tag, rg.rg_map, &seg, 1, PAGE, 0), 0);
	assert_int_equal(
	    su->su_pl->pl_pages_free(su->su_pl, pg.pg_addr, PAGE), 0);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);

	/* The last byte counts, and the one behind doesn't. */
	assert_int_equal(su->su_pl->pl_pages_alloc(su->su_pl, &pg), 0);
	seg.ds_addr = pg.pg_addr + PAGE - 1;
	seg.ds_len = 1;
	assert_int_equal(
	    bus_dmamap_load_raw(rg.rg_tag, rg.rg_map, &seg, 1, 1, 0), 0);
	assert_int_equal(
	    su->su_pl->pl_pages_free(su->su_pl, pg.pg_addr, PAGE), 0);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	assert_int_equal(su->su_pl->pl_pages_alloc(su->su_pl, &pg), 0);
	seg.ds_addr = pg.pg_addr + PAGE;
	assert_int_equal(
	    bus_dmamap_load_raw(rg.rg_tag, rg.rg_map, &seg, 1, 1, 0), 0);
	assert_int_equal(
	    su->su_pl->pl_pages_free(su->su_pl, pg.pg_addr, PAGE), 0);
	assert_silent(su);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rig_down(&rg);
}

/* The bus that refuses to learn of a load makes it fail, whole. */
static void
a_load_that_the_bus_refuses_fails(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct busdma_sim *sim = rg.rg_su->su_sim;
	uint64_t n = 0, loaded, refused = 0;
	uint8_t byte;
	int error;

	do {
		loaded = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_LOADED);
		busdma_sim_fail_at(sim, ++n);
		error = load(&rg, 0, PAGE, 0);
		loaded = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_LOADED) - loaded;
		if (error == 0) {
			bus_dmamap_unload(rg.rg_tag, rg.rg_map);
			continue;
		}
		assert_int_equal(rg.rg_map->dm_nsegs, 0);
		refused += loaded;
		if (loaded != 0)
			assert_int_equal(error, ENOMEM);
	} while (busdma_sim_fail_at(sim, 0));
	assert_int_equal(refused, 1);
	assert_int_equal(busdma_sim_calls(sim, BUSDMA_SIM_HOOK_LOADED),
	    busdma_sim_calls(sim, BUSDMA_SIM_HOOK_UNLOADED) + refused);
	assert_silent(rg.rg_su);
	assert_int_equal(
	    busdma_sim_dma_read(rg.rg_dev, MIDBASE + BUSOFF, &byte, 1), EFAULT);
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	rig_down(&rg);
}

static void
syncs_reach_the_bus(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct busdma_sim *sim = rg.rg_su->su_sim;

	assert_int_equal(load(&rg, 0, PAGE, 0), 0);
	bus_dmamap_sync(
	    rg.rg_tag, rg.rg_map, PAGE - 1, 1, BUS_DMASYNC_POSTREAD);
	assert_int_equal(busdma_sim_calls(sim, BUSDMA_SIM_HOOK_SYNC), 2);
	assert_int_equal(busdma_sim_calls(sim, BUSDMA_SIM_HOOK_BARRIER), 2);
	assert_silent(rg.rg_su);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rig_down(&rg);
}

/* A narrowed stack loads only there, and knows the same devices. */
static void
a_subregion_narrows_the_bus(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct su *su = rg.rg_su;
	bus_dma_segment_t in = { MIDBASE, PAGE }, out = { HIGHBASE, PAGE };
	bus_dmamap_t map;
	bus_dma_tag_t sub;
	uint8_t byte;

	assert_int_equal(bus_dmatag_subregion(
			     rg.rg_tag, BUSOFF, BUSOFF + 16 * MIB - 1, &sub, 0),
	    0);
	assert_int_equal(bus_dmamap_create(sub, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(
	    bus_dmamap_load_raw(sub, map, &out, 1, PAGE, 0), EFAULT);
	assert_int_equal(bus_dmamap_load_raw(sub, map, &in, 1, PAGE, 0), 0);
	assert_int_equal(map->dm_segs[0].ds_addr, MIDBASE + BUSOFF);
	su_give(sub, map);
	assert_int_equal(
	    busdma_sim_dma_read(rg.rg_dev, MIDBASE + BUSOFF, &byte, 1), 0);
	bus_dmamap_unload(sub, map);
	assert_silent(su);
	bus_dmamap_destroy(sub, map);
	bus_dmatag_destroy(sub);
	rig_down(&rg);
}

/* The bottom tag by itself takes bus addresses as they are. */
static void
the_bottom_tag_takes_bus_addresses(enum busdma_sim_shortcut shortcut)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	struct busdma_sim_bus *bus = su_bus(su, &shifted, 1, shortcut);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	bus_dma_segment_t seg = { MIDBASE + BUSOFF, 2 * PAGE };
	bus_dma_segment_t nowhere = { BUSOFF - PAGE, PAGE };
	uint8_t got[16], want[16];
	bus_dma_tag_t t, sub;
	bus_dmamap_t map;

	assert_int_equal(bus_dmatag_sim(bus, 0, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_sim(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmatag_subregion(t, 0, BUSOFF - 1, &sub, 0), EINVAL);
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, 2 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, 2 * PAGE, 0), 0);
	assert_int_equal(map->dm_segs[0].ds_addr, MIDBASE + BUSOFF);
	su_give(t, map);
	su_fill(want, sizeof(want), 3);
	assert_int_equal(busdma_sim_phys_write(su->su_sim, MIDBASE + PAGE - 8,
			     want, sizeof(want)),
	    0);
	assert_int_equal(busdma_sim_dma_read(dev, MIDBASE + BUSOFF + PAGE - 8,
			     got, sizeof(got)),
	    0);
	assert_memory_equal(got, want, sizeof(got));
	bus_dmamap_unload(t, map);

	/* No wire leads there: it shows when a device goes there. */
	assert_int_equal(bus_dmamap_load_raw(t, map, &nowhere, 1, PAGE, 0), 0);
	assert_silent(su);
	assert_int_equal(
	    busdma_sim_dma_read(dev, BUSOFF - PAGE, got, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_NOMEMORY);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

/* Wires without RAM behind them, in the middle of a transfer. */
static void
a_hole_in_memory_is_no_memory(enum busdma_sim_shortcut shortcut)
{
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct su *su = rg.rg_su;
	bus_dma_segment_t seg = { LOWBASE + LOWSIZE - PAGE, 2 * PAGE };
	uint8_t buf[2 * PAGE];

	assert_int_equal(
	    bus_dmamap_load_raw(rg.rg_tag, rg.rg_map, &seg, 1, 2 * PAGE, 0), 0);
	su_give(rg.rg_tag, rg.rg_map);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev,
			     rg.rg_map->dm_segs[0].ds_addr, buf, 2 * PAGE),
	    EFAULT);
	assert_int_equal(su->su_last.sr_addr, LOWBASE + LOWSIZE + BUSOFF);
	assert_report(su, BUSDMA_SIM_NOMEMORY);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	rig_down(&rg);
}

/* A tag that is wrong about the wires shows in the data. */
static void
the_wires_are_another_truth(enum busdma_sim_shortcut shortcut)
{
	static const struct bus_dma_window wrong = {
		.dw_bus = BUSOFF + PAGE,
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	bus_dma_tag_t bottom, t;
	bus_dmamap_t map;
	uint8_t got[16];

	assert_int_equal(bus_dmatag_sim(rg.rg_bus, 5, &bottom, 0), 0);
	assert_int_equal(bus_dmatag_direct(NULL, bottom, &wrong, 1, &t, 0), 0);
	busdma_tag_release(bottom);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load(t, map, rg.rg_buf, PAGE, NULL, 0), 0);
	su_give(t, map);
	assert_int_equal(busdma_sim_dma_read(rg.rg_dev, map->dm_segs[0].ds_addr,
			     got, sizeof(got)),
	    0);
	assert_memory_equal(got, rg.rg_buf + PAGE, sizeof(got));
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	rig_down(&rg);
}

/* Two windows that touch on the bus and not in memory: one segment. */
static void
a_transfer_crosses_wires(enum busdma_sim_shortcut shortcut)
{
	static const struct bus_dma_window dw[] = {
		{ HIGHBASE, BUSOFF, 4 * PAGE, BUS_DMA_WINDOW_COHERENT },
		{ MIDBASE, BUSOFF + 4 * PAGE, 4 * PAGE,
		    BUS_DMA_WINDOW_COHERENT },
	};
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 2);
	struct busdma_sim_bus *bus = su_bus(su, dw, 2, shortcut);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	bus_dma_segment_t segs[] = {
		{ HIGHBASE + 3 * PAGE, PAGE },
		{ MIDBASE, PAGE },
	};
	uint8_t want[2 * PAGE], got[2 * PAGE];
	bus_dmamap_t map = NULL;
	bus_dma_tag_t t = NULL;

	su_fill(want, sizeof(want), 8);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, 2 * PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 2 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_int_equal(map->dm_segs[0].ds_addr, BUSOFF + 3 * PAGE);
	su_give(t, map);
	assert_int_equal(
	    busdma_sim_dma_write(dev, BUSOFF + 3 * PAGE, want, 2 * PAGE), 0);
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, HIGHBASE + 3 * PAGE, got, PAGE),
	    0);
	assert_int_equal(
	    busdma_sim_phys_read(su->su_sim, MIDBASE, got + PAGE, PAGE), 0);
	assert_memory_equal(got, want, sizeof(got));
	assert_silent(su);
	bus_dmamap_unload(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(su_destroy(su), 0);
}

/* The operations of the bottom layer, called as no library may. */
static void
the_bus_knows_a_wrong_library(enum busdma_sim_shortcut shortcut)
{
	const int pre = BUS_DMASYNC_PREREAD;
	struct rig rg = rig_up(shortcut, BUSDMA_SIM_FRAG_NONE);
	struct su *su = rg.rg_su;
	bus_dma_tag_t t = rg.rg_tag->dt_lower;
	const struct busdma_backend_ops *ops = t->dt_ops;
	bus_dmamap_t map = rg.rg_map;

	ops->bo_unload(t, map);
	assert_report(su, BUSDMA_SIM_MISUSE);
	ops->bo_sync(t, map, 0, 0, pre);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(load(&rg, 0, PAGE, 0), 0);
	ops->bo_sync(t, map, 0, PAGE, pre);
	ops->bo_sync(t, map, PAGE, 0, BUS_DMASYNC_POSTWRITE);
	assert_silent(su);
	ops->bo_sync(t, map, 1, PAGE, pre);
	assert_report(su, BUSDMA_SIM_MISUSE);
	ops->bo_sync(t, map, PAGE + 1, 0, pre);
	assert_report(su, BUSDMA_SIM_MISUSE);
	ops->bo_sync(t, map, 0, PAGE, pre | BUS_DMASYNC_POSTREAD);
	assert_report(su, BUSDMA_SIM_MISUSE);
	ops->bo_sync(t, map, 0, PAGE, 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
	ops->bo_sync(t, map, 0, PAGE, pre | 0x10);
	assert_report(su, BUSDMA_SIM_MISUSE);
	if (ops->bo_loaded != NULL) {
		assert_int_equal(ops->bo_loaded(t, map, 0), 0);
		assert_report(su, BUSDMA_SIM_MISUSE);
		map->dm_segs[0].ds_len--;
		ops->bo_unload(t, map);
		assert_int_equal(ops->bo_loaded(t, map, 0), 0);
		assert_report(su, BUSDMA_SIM_MISUSE);
		map->dm_segs[0].ds_len++;
	}
	/* A map that dies loaded reaches nothing any more. */
	ops->bo_destroy(t, map);
	assert_report(su, BUSDMA_SIM_MISUSE);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	assert_report(su, BUSDMA_SIM_MISUSE);
	rig_down(&rg);
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

EACH(what_is_loaded_is_reached)
EACH(nothing_else_is_reached)
EACH(directions_hold)
EACH(overlapping_loads_add_up)
EACH(segments_may_come_in_any_order)
EACH(freeing_what_is_mapped_is_reported)
EACH(a_load_that_the_bus_refuses_fails)
EACH(syncs_reach_the_bus)
EACH(a_subregion_narrows_the_bus)
EACH(the_bottom_tag_takes_bus_addresses)
EACH(a_transfer_crosses_wires)
EACH(the_bus_knows_a_wrong_library)
EACH(a_hole_in_memory_is_no_memory)
EACH(the_wires_are_another_truth)

static int
try_bus(struct su *su, const struct bus_dma_window *dw, unsigned n)
{
	const struct busdma_sim_bus_config bc = { .bc_windows = dw,
		.bc_nwindows = n };
	struct busdma_sim_bus *bus;

	return busdma_sim_bus_create(su->su_sim, &bc, &bus);
}

static void
windows_that_make_no_sense_are_refused(void **state)
{
	struct su *su = *state;
	struct bus_dma_window dw[2] = {
		{ 0, 0, MIB, BUS_DMA_WINDOW_COHERENT },
		{ 8 * MIB, MIB, MIB, BUS_DMA_WINDOW_COHERENT },
	};

	assert_int_equal(try_bus(su, dw, 2), 0);
	dw[1].dw_flags = 0;
	assert_int_equal(try_bus(su, dw, 2), EINVAL);
	dw[1].dw_flags = BUS_DMA_WINDOW_COHERENT | 0x8000;
	assert_int_equal(try_bus(su, dw, 2), EINVAL);
	dw[1].dw_flags = BUS_DMA_WINDOW_COHERENT;
	dw[1].dw_bus -= PAGE;
	assert_int_equal(try_bus(su, dw, 2), EINVAL);
	dw[1].dw_bus = MIB + 1;
	assert_int_equal(try_bus(su, dw, 2), EINVAL);
	dw[1].dw_bus = (bus_addr_t)0 - PAGE;
	dw[1].dw_len = PAGE;
	assert_int_equal(try_bus(su, dw, 2), 0);
	dw[1].dw_len = 2 * PAGE;
	assert_int_equal(try_bus(su, dw, 2), EINVAL);
	assert_int_equal(try_bus(su, NULL, 1), EINVAL);
	assert_int_equal(try_bus(su, NULL, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		THREE(what_is_loaded_is_reached),
		THREE(nothing_else_is_reached),
		THREE(directions_hold),
		THREE(overlapping_loads_add_up),
		THREE(segments_may_come_in_any_order),
		THREE(freeing_what_is_mapped_is_reported),
		THREE(a_load_that_the_bus_refuses_fails),
		THREE(syncs_reach_the_bus),
		THREE(a_subregion_narrows_the_bus),
		THREE(the_bottom_tag_takes_bus_addresses),
		THREE(a_transfer_crosses_wires),
		THREE(the_bus_knows_a_wrong_library),
		THREE(a_hole_in_memory_is_no_memory),
		THREE(the_wires_are_another_truth),
		SIMUNIT(windows_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("simbus", tests, NULL, NULL);
}
