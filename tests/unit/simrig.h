/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device with two maps, to see what is told of an access that is refused.
 */
#ifndef TESTS_UNIT_SIMRIG_H
#define TESTS_UNIT_SIMRIG_H

#include "simunit.h"

#define REQ 5

/* A bus with a device and two labelled maps, and what its handler was told. */
struct rig {
	struct su *rg_su;
	struct busdma_sim_bus *rg_bus;
	struct busdma_sim_dev *rg_dev;
	bus_dma_tag_t rg_tag;
	bus_dmamap_t rg_ring; /* 1 page at MIDBASE, then 1 at MIDBASE + 4 */
	bus_dmamap_t rg_data; /* 256 bytes at MIDBASE + 8 pages */
	unsigned rg_nfaults;
	struct bus_dma_fault rg_fault;
	void (*rg_then)(struct rig *rg);
};

static inline void
on_fault(void *arg, const struct bus_dma_fault *ft)
{
	struct rig *rg = arg;
	void (*then)(struct rig *) = rg->rg_then;

	rg->rg_nfaults++;
	rg->rg_fault = *ft;
	rg->rg_then = NULL;
	if (then != NULL)
		then(rg);
}

static inline struct rig *
rig_up(struct su *su)
{
	struct rig *rg = calloc(1, sizeof(*rg));
	bus_dma_segment_t ring[] = {
		{ MIDBASE, PAGE },
		{ MIDBASE + 4 * PAGE, PAGE },
	};
	bus_dma_segment_t data = { MIDBASE + 8 * PAGE, 256 };
	bus_dma_tag_t t;

	assert_non_null(rg);
	rg->rg_su = su;
	rg->rg_bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	rg->rg_dev = su_idle(rg->rg_bus, REQ);
	assert_int_equal(busdma_sim_bus_tag(rg->rg_bus, REQ, &t, 0), 0);
	rg->rg_tag = t;
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, PAGE, 0, 0, &rg->rg_ring), 0);
	assert_int_equal(
	    bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &rg->rg_data), 0);
	assert_int_equal(bus_dmamap_label(t, rg->rg_ring, "rx ring"), 0);
	assert_int_equal(bus_dmamap_load_raw(
			     t, rg->rg_ring, ring, 2, 2 * PAGE, BUS_DMA_READ),
	    0);
	assert_int_equal(
	    bus_dmamap_load_raw(t, rg->rg_data, &data, 1, 256, 0), 0);
	bus_dmatag_onfault(t, on_fault, rg);
	return rg;
}

static inline void
rig_down(struct rig *rg)
{
	bus_dmamap_destroy(rg->rg_tag, rg->rg_ring);
	if (rg->rg_data != NULL)
		bus_dmamap_destroy(rg->rg_tag, rg->rg_data);
	bus_dmatag_destroy(rg->rg_tag);
	assert_silent(rg->rg_su);
	free(rg);
}

/* A read of `len' bytes that is refused whole. */
static inline void
refused(struct rig *rg, bus_addr_t addr, size_t len)
{
	uint8_t buf[64];

	assert_int_equal(
	    busdma_sim_dma_read(rg->rg_dev, addr, buf, len), EFAULT);
	assert_int_equal(rg->rg_su->su_last.sr_addr, addr);
}

#endif /* TESTS_UNIT_SIMRIG_H */
