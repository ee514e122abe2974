/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network interface, driven by hand.
 */
#ifndef TESTS_UNIT_SIMNETRIG_H
#define TESTS_UNIT_SIMNETRIG_H

#include <busdma/simnetreg.h>

#include "simdevrig.h"

#define QSIZE 8u
#define MAXFRAME 9216u
#define LOOP (SIMNET_CTRL_EN | SIMNET_CTRL_LOOP)
#define CAUSES                                                   \
	(SIMNET_CAUSE_TX | SIMNET_CAUSE_RX | SIMNET_CAUSE_DROP | \
	    SIMNET_CAUSE_ERR)

/* Offsets in the one loaded buffer, of QSIZE times a frame each. */
#define DESCS(ring) ((ring) == SIMNET_TX ? 0u : 1024u)
#define CPLS(ring) ((ring) == SIMNET_TX ? 2048u : 3072u)
#define SRC 4096u
#define DST (SRC + 131072u)
#define MEMSIZE (DST + 131072u)

struct cpl {
	uint32_t index;
	uint32_t len;
	uint32_t status;
	uint32_t flags; /* without the phase */
};

static inline void
set_ring(struct rig *rg, uint32_t ring)
{
	reg_address(
	    rg, ring + SIMNET_R_DESC_LO, ring + SIMNET_R_DESC_HI, DESCS(ring));
	reg_address(
	    rg, ring + SIMNET_R_CPL_LO, ring + SIMNET_R_CPL_HI, CPLS(ring));
	reg(rg, ring + SIMNET_R_SIZE, QSIZE);
}

/* Off, with empty rings, and with no report of what came before. */
static inline void
off(struct rig *rg)
{
	reg(rg, SIMNET_CTRL, 0);
	while ((get(rg, SIMNET_STATUS) & SIMNET_STATUS_RUN) != 0)
		continue;
	memset(rg->rg_mem, 0, SRC);
	memset(rg->rg_given, 0, sizeof(rg->rg_given));
	memset(rg->rg_seen, 0, sizeof(rg->rg_seen));
	set_ring(rg, SIMNET_TX);
	set_ring(rg, SIMNET_RX);
	reg(rg, SIMNET_CAUSE, CAUSES);
	reg(rg, SIMNET_MASK, CAUSES);
}

static inline void
on(struct rig *rg, uint32_t ctrl)
{
	off(rg);
	reg(rg, SIMNET_CTRL, ctrl);
	assert_int_equal(get(rg, SIMNET_STATUS), SIMNET_STATUS_RUN);
}

static inline struct rig
rig_up(int flags, uint64_t seed)
{
	struct rig rg = rig_machine(seed, 3);

	assert_int_equal(
	    busdma_sim_net_create(rg.rg_bus, 3, flags, &rg.rg_dev), 0);
	rig_dmamem(&rg, MEMSIZE, 0, UINT32_MAX);
	su_fill(rg.rg_mem + SRC, DST - SRC, (uint8_t)seed);
	return rg;
}

static inline void
rig_down(struct rig *rg)
{
	off(rg);
	rig_end(rg);
}

/* The next descriptor, as it says; the doorbell is the caller's to ring. */
static inline void
raw_desc(struct rig *rg, uint32_t ring, bus_addr_t addr, uint32_t len,
    uint32_t flags)
{
	uint32_t n = rg->rg_given[ring == SIMNET_RX]++;
	uint8_t *p =
	    rg->rg_mem + DESCS(ring) + (size_t)(n % QSIZE) * SIMNET_DESC_SIZE;

	put(p + SIMNET_DESC_ADDR, addr, 8);
	put(p + SIMNET_DESC_LEN, len, 4);
	put(p + SIMNET_DESC_FLAGS, flags, 4);
}

/* One that is the device's, of [off, off + len) of the buffer. */
static inline void
desc(struct rig *rg, uint32_t ring, uint64_t offset, uint32_t len,
    uint32_t flags)
{
	if ((rg->rg_given[ring == SIMNET_RX] & QSIZE) == 0)
		flags |= SIMNET_DESC_OWN;
	raw_desc(rg, ring, rg->rg_addr + offset, len, flags);
}

static inline void
bell(struct rig *rg, uint32_t ring)
{
	reg(rg, ring + SIMNET_R_TAIL, rg->rg_given[ring == SIMNET_RX] % QSIZE);
}

/* The next completion, if it is there. */
static inline bool
look(struct rig *rg, uint32_t ring, struct cpl *cp)
{
	uint32_t n = rg->rg_seen[ring == SIMNET_RX];
	const uint8_t *p =
	    rg->rg_mem + CPLS(ring) + (size_t)(n % QSIZE) * SIMNET_CPL_SIZE;
	uint32_t flags = le32(p + SIMNET_CPL_FLAGS);

	if (((flags & SIMNET_CPL_PHASE) != 0) != ((n & QSIZE) == 0))
		return false;
	rg->rg_seen[ring == SIMNET_RX]++;
	cp->index = le32(p + SIMNET_CPL_INDEX);
	cp->len = le32(p + SIMNET_CPL_LEN);
	cp->status = le32(p + SIMNET_CPL_STATUS);
	cp->flags = flags & ~SIMNET_CPL_PHASE;
	return true;
}

/* Wait for it. */
static inline struct cpl
completion(struct rig *rg, uint32_t ring)
{
	struct cpl cp;

	while (!look(rg, ring, &cp)) {
		reg(rg, SIMNET_CAUSE, CAUSES);
		if (look(rg, ring, &cp))
			break;
		if (!busdma_sim_wait(rg->rg_dev))
			fail_msg("no completion comes");
	}
	return cp;
}

/* A packet of one piece, there and back. */
static inline void
works(struct rig *rg)
{
	struct cpl cp;

	on(rg, LOOP | SIMNET_CTRL_PAUSE);
	memset(rg->rg_mem + DST, 0, 1000);
	desc(rg, SIMNET_RX, DST, 1500, 0);
	bell(rg, SIMNET_RX);
	desc(rg, SIMNET_TX, SRC + 7, 999, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(rg, SIMNET_TX);
	cp = completion(rg, SIMNET_TX);
	assert_int_equal(cp.index, 0);
	assert_int_equal(cp.len, 999);
	assert_int_equal(cp.status, SIMNET_ST_OK);
	cp = completion(rg, SIMNET_RX);
	assert_int_equal(cp.index, 0);
	assert_int_equal(cp.len, 999);
	assert_int_equal(cp.flags, SIMNET_CPL_LAST);
	assert_memory_equal(rg->rg_mem + DST, rg->rg_mem + SRC + 7, 999);
	assert_int_equal(rg->rg_mem[DST + 999], 0);
	assert_silent(rg->rg_su);
}

/* The device has stopped because of `why', and reported that once. */
static inline void
failed(struct rig *rg, uint32_t why)
{
	while (busdma_sim_wait(rg->rg_dev))
		continue;
	assert_int_equal(get(rg, SIMNET_STATUS), SIMNET_STATUS_ERR | why << 8);
	assert_int_not_equal(get(rg, SIMNET_CAUSE) & SIMNET_CAUSE_ERR, 0);
	assert_report(rg->rg_su,
	    why == SIMNET_ERR_DMA ? BUSDMA_SIM_UNMAPPED : BUSDMA_SIM_DEVICE);
	/* Who does not know yet rings in vain. */
	reg(rg, SIMNET_TX + SIMNET_R_TAIL, 1);
	assert_false(busdma_sim_wait(rg->rg_dev));
	assert_silent(rg->rg_su);
}

#endif /* TESTS_UNIT_SIMNETRIG_H */
