/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the unit tests of the device models share: a machine with one device,
 * and one loaded buffer that holds all that the device needs.
 */
#ifndef TESTS_UNIT_SIMDEVRIG_H
#define TESTS_UNIT_SIMDEVRIG_H

#include "simunit.h"

struct rig {
	struct su *rg_su;
	struct busdma_sim_bus *rg_bus;
	struct busdma_sim_dev *rg_dev;
	bus_dma_tag_t rg_root;
	bus_dma_tag_t rg_tag;
	bus_dma_segment_t rg_seg; /* of dmamem; ds_len 0: kmalloc'ed */
	bus_dmamap_t rg_map;
	uint8_t *rg_mem;
	size_t rg_size;
	bus_addr_t rg_addr; /* of rg_mem, for the device */

	/* The driver's side of a pair of rings. */
	uint32_t rg_tail;
	uint32_t rg_head;
	uint32_t rg_phase;
	/* The same as counters that run on, of two pairs. */
	uint32_t rg_given[2];
	uint32_t rg_seen[2];
};

/*
 * What the device is told, it is told of the buffer as it is now: all of it is
 * given before.
 */
static inline void
reg(struct rig *rg, uint32_t r, uint32_t v)
{
	su_give(rg->rg_tag, rg->rg_map);
	busdma_sim_reg_write(rg->rg_dev, r, 4, v);
}

/* The same where nothing is given. */
static inline void
tell(struct rig *rg, uint32_t r, uint32_t v)
{
	busdma_sim_reg_write(rg->rg_dev, r, 4, v);
}

static inline uint32_t
get(struct rig *rg, uint32_t r)
{
	return (uint32_t)busdma_sim_reg_read(rg->rg_dev, r, 4);
}

/* Two registers that hold the bus address of an offset in the buffer. */
static inline void
reg_address(struct rig *rg, uint32_t low, uint32_t high, uint64_t off)
{
	reg(rg, low, (uint32_t)(rg->rg_addr + off));
	reg(rg, high, (uint32_t)((rg->rg_addr + off) >> 32));
}

static inline void
put(uint8_t *p, uint64_t v, unsigned n)
{
	for (; n-- > 0; v >>= 8)
		*p++ = (uint8_t)v;
}

static inline uint64_t
load(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static inline uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)load(p, 4);
}

/* A machine with a bus and a tag on it; the device is the test's to make. */
static inline struct rig
rig_machine(uint64_t seed, unsigned requester)
{
	struct rig rg;

	memset(&rg, 0, sizeof(rg));
	rg.rg_su = su_create(0, BUSDMA_SIM_FRAG_NONE, seed);
	rg.rg_bus = su_bus(rg.rg_su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	assert_int_equal(
	    busdma_sim_bus_tag(rg.rg_bus, requester, &rg.rg_root, 0), 0);
	return rg;
}

/* Load what the device is to have; a test may unload it meanwhile. */
static inline void
rig_load(struct rig *rg)
{
	assert_int_equal(bus_dmamap_load(rg->rg_tag, rg->rg_map, rg->rg_mem,
			     rg->rg_size, NULL, 0),
	    0);
	rg->rg_addr = rg->rg_map->dm_segs[0].ds_addr;
}

static inline void
rig_map(struct rig *rg, void *mem, size_t size)
{
	assert_non_null(mem);
	rg->rg_mem = mem;
	rg->rg_size = size;
	assert_int_equal(
	    bus_dmamap_create(rg->rg_tag, size, 1, size, 0, 0, &rg->rg_map), 0);
	rig_load(rg);
}

/* The buffer is kernel memory, anywhere. */
static inline void
rig_kmalloc(struct rig *rg, size_t size)
{
	rg->rg_tag = rg->rg_root;
	rig_map(rg, busdma_sim_kmalloc(rg->rg_su->su_sim, size), size);
}

/* The buffer is memory for DMA that ends below `last'. */
static inline void
rig_dmamem(struct rig *rg, size_t size, bus_size_t align, bus_addr_t last)
{
	const struct bus_dma_limits lim = { .dl_high = last };
	void *kva;
	int n;

	assert_int_equal(
	    bus_dmatag_restrict(rg->rg_root, &lim, &rg->rg_tag, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(rg->rg_tag, size, align, 0, &rg->rg_seg, 1, &n, 0),
	    0);
	assert_int_equal(
	    bus_dmamem_map(rg->rg_tag, &rg->rg_seg, 1, size, &kva, 0), 0);
	rig_map(rg, kva, size);
	assert_true(rg->rg_addr <= last - (size - 1));
}

/* The device is off; nothing is left, and nothing was reported. */
static inline void
rig_end(struct rig *rg)
{
	bus_dmamap_unload(rg->rg_tag, rg->rg_map);
	bus_dmamap_destroy(rg->rg_tag, rg->rg_map);
	if (rg->rg_seg.ds_len != 0) {
		bus_dmamem_unmap(rg->rg_tag, rg->rg_mem, rg->rg_size);
		bus_dmamem_free(rg->rg_tag, &rg->rg_seg, 1);
		bus_dmatag_destroy(rg->rg_tag);
	} else {
		busdma_sim_kfree(rg->rg_su->su_sim, rg->rg_mem);
	}
	bus_dmatag_destroy(rg->rg_root);
	assert_int_equal(su_destroy(rg->rg_su), 0);
}

/* One complaint, by name, of a register or of memory. */
#define assert_complaint(su, reg)                                   \
	do {                                                        \
		assert_report(su, BUSDMA_SIM_DEVICE);               \
		assert_int_equal((su)->su_last.sr_register, reg);   \
		assert_ptr_equal(                                   \
		    strstr((su)->su_text, (su)->su_last.sr_device), \
		    (su)->su_text);                                 \
	} while (0)

/* What the device complains of once, by a register, or by an address. */
#define WRONG(su, call)                     \
	do {                                \
		call;                       \
		assert_complaint(su, true); \
	} while (0)
#define WRONG_MEM(su, call)                  \
	do {                                 \
		call;                        \
		assert_complaint(su, false); \
	} while (0)

#endif /* TESTS_UNIT_SIMDEVRIG_H */
