/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the record of who has which byte reports, of a map "ring".
 */
#ifndef TESTS_UNIT_SIMOWNRIG_H
#define TESTS_UNIT_SIMOWNRIG_H

#include <stdio.h>

#include "simcacherig.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTREAD BUS_DMASYNC_POSTREAD
#define POSTWRITE BUS_DMASYNC_POSTWRITE

/* The one report since the last look. */
static inline void
reported(struct su *su, enum busdma_sim_reason reason, size_t off, size_t len,
    int missing, int last)
{
	const struct busdma_sim_report *sr = &su->su_last;

	assert_int_equal(sr->sr_offset, off);
	assert_int_equal(sr->sr_distance, 0);
	assert_int_equal(sr->sr_len, len);
	assert_int_equal(sr->sr_missing, missing);
	assert_int_equal(sr->sr_last, last);
	/* No machine forgives a store to what the device has. */
	assert_int_equal(sr->sr_some,
	    reason == BUSDMA_SIM_UNSYNCED ||
		(reason == BUSDMA_SIM_LOST && missing != POSTREAD));
	assert_string_equal(sr->sr_label, "ring");
	assert_string_equal(sr->sr_bus, "bus");
	assert_report(su, reason);
}

static inline void
assert_line(const struct su *su, const char *want)
{
	char line[500];

	snprintf(line, sizeof(line), "%s; seed 0x5eed", want);
	assert_string_equal(su->su_line, line);
}

#define REQ 5
#define RING (2 * PAGE)

/* A device, and a map "ring" with two pages that don't touch on the bus. */
struct ring {
	struct su *ri_su;
	struct busdma_sim_bus *ri_bus;
	struct busdma_sim_dev *ri_dev;
	bus_dma_tag_t ri_tag;
	bus_dmamap_t ri_map;
	uint8_t *ri_buf;
};

static inline bus_dmamap_t
load(struct ring *ri, size_t off, size_t len)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(
	    bus_dmamap_create(ri->ri_tag, RING, 2, RING, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(ri->ri_tag, map, "ring"), 0);
	assert_int_equal(bus_dmamap_load(ri->ri_tag, map, ri->ri_buf + off, len,
			     NULL, BUS_DMA_NOWAIT),
	    0);
	return map;
}

static inline struct ring *
ring_up(struct su *su)
{
	struct ring *ri = calloc(1, sizeof(*ri));

	assert_non_null(ri);
	ri->ri_su = su;
	ri->ri_bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	ri->ri_dev = su_idle(ri->ri_bus, REQ);
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_bus, REQ, &ri->ri_tag, 0), 0);
	ri->ri_buf =
	    busdma_sim_kmalloc_frag(su->su_sim, RING, BUSDMA_SIM_FRAG_PAGES);
	assert_non_null(ri->ri_buf);
	memset(ri->ri_buf, 0, RING);
	ri->ri_map = load(ri, 0, RING);
	assert_int_equal(ri->ri_map->dm_nsegs, 2);
	return ri;
}

static inline void
ring_down(struct ring *ri)
{
	bus_dmamap_destroy(ri->ri_tag, ri->ri_map);
	bus_dmatag_destroy(ri->ri_tag);
	busdma_sim_kfree(ri->ri_su->su_sim, ri->ri_buf);
	assert_silent(ri->ri_su);
	free(ri);
}

static inline void
ring_reload(struct ring *ri)
{
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_int_equal(bus_dmamap_load(ri->ri_tag, ri->ri_map, ri->ri_buf,
			     RING, NULL, BUS_DMA_NOWAIT),
	    0);
}

static inline void
sync(struct ring *ri, size_t off, size_t len, int ops)
{
	bus_dmamap_sync(ri->ri_tag, ri->ri_map, off, len, ops);
}

static inline bus_addr_t
address(const struct ring *ri, size_t off)
{
	return ri->ri_map->dm_segs[off / PAGE].ds_addr + off % PAGE;
}

/* Accesses that don't leave a page, and are done whatever is said of them. */
static inline void
dev_read(struct ring *ri, size_t off, size_t len)
{
	uint8_t got[PAGE];

	assert_int_equal(
	    busdma_sim_dma_read(ri->ri_dev, address(ri, off), got, len), 0);
	assert_memory_equal(got, ri->ri_buf + off, len);
}

static inline void
dev_write(struct ring *ri, size_t off, size_t len, uint8_t salt)
{
	uint8_t data[PAGE];

	su_fill(data, len, salt);
	assert_int_equal(
	    busdma_sim_dma_write(ri->ri_dev, address(ri, off), data, len), 0);
	assert_memory_equal(ri->ri_buf + off, data, len);
}

#endif /* TESTS_UNIT_SIMOWNRIG_H */
