/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated frame grabber, driven by hand.
 */
#ifndef TESTS_UNIT_SIMGRABRIG_H
#define TESTS_UNIT_SIMGRABRIG_H

#include <busdma/simgrabreg.h>

#include "simdevrig.h"

#define QSIZE 8u
#define WIDTH 50u
#define HEIGHT 40u
#define DEPTH 3u
#define FRAME (WIDTH * HEIGHT * DEPTH)
#define FRAME_PERIOD 200u

/* A completion. */
struct cpl {
	unsigned cp_id;
	unsigned cp_status;
	uint32_t cp_seq;
	uint64_t cp_time;
	uint32_t cp_bytes;
};

/* Offsets in the buffer. */
#define BUFQ 0u
#define CPLQ 1024u
#define TABLE(i) (2048u + (i)*128u)
#define DATA(i) (4096u + (i)*2u * FRAME)
#define MEMSIZE (DATA(QSIZE) + SIMGRAB_CPL_FLAGS)

static inline void
configure(struct rig *rg)
{
	reg(rg, SIMGRAB_CTRL, 0);
	reg(rg, SIMGRAB_QSIZE, QSIZE);
	reg(rg, SIMGRAB_WIDTH, WIDTH);
	reg(rg, SIMGRAB_HEIGHT, HEIGHT);
	reg(rg, SIMGRAB_DEPTH, DEPTH);
	reg(rg, SIMGRAB_PERIOD, FRAME_PERIOD);
	reg_address(rg, SIMGRAB_BUFQ_LO, SIMGRAB_BUFQ_HI, BUFQ);
	reg_address(rg, SIMGRAB_CPLQ_LO, SIMGRAB_CPLQ_HI, CPLQ);
}

static inline void
start(struct rig *rg)
{
	configure(rg);
	memset(rg->rg_mem, 0, DATA(0));
	rg->rg_tail = rg->rg_head = 0;
	rg->rg_phase = SIMGRAB_CPL_PHASE;
	reg(rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE);
}

static inline struct rig
rig_up(uint64_t seed)
{
	struct rig rg = rig_machine(seed, 2);

	assert_int_equal(busdma_sim_grab_create(rg.rg_bus, 2, &rg.rg_dev), 0);
	rig_kmalloc(&rg, MEMSIZE);
	start(&rg);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_RUN);
	return rg;
}

static inline void
rig_down(struct rig *rg)
{
	reg(rg, SIMGRAB_CTRL, 0);
	rig_end(rg);
}

/* One segment of a buffer's table; `off' is an offset in the memory. */
static inline void
segment(struct rig *rg, uint32_t slot, uint32_t i, uint64_t off, uint32_t len)
{
	uint8_t *p = rg->rg_mem + TABLE(slot) + (size_t)i * SIMGRAB_SEG_SIZE;

	put(p + SIMGRAB_SEG_ADDR, rg->rg_addr + off, 8);
	put(p + SIMGRAB_SEG_LEN, len, 4);
	put(p + SIMGRAB_SEG_RSVD, 0, 4);
}

/* Put an entry in the next slot; the doorbell is the caller's to ring. */
static inline uint8_t *
buffer(struct rig *rg, uint16_t id, uint32_t nsegs)
{
	uint8_t *p = rg->rg_mem + BUFQ + (size_t)rg->rg_tail * SIMGRAB_BUF_SIZE;

	memset(p, 0, SIMGRAB_BUF_SIZE);
	put(p + SIMGRAB_BUF_TABLE, rg->rg_addr + TABLE(rg->rg_tail), 8);
	put(p + SIMGRAB_BUF_NSEGS, nsegs, 4);
	put(p + SIMGRAB_BUF_BYTES, FRAME, 4);
	put(p + SIMGRAB_BUF_ID, id, 2);
	rg->rg_tail = (rg->rg_tail + 1) % QSIZE;
	return p;
}

static inline void
doorbell(struct rig *rg)
{
	reg(rg, SIMGRAB_BUFTAIL, rg->rg_tail);
}

/* A buffer with one segment, at the data of its slot. */
static inline void
simple(struct rig *rg, uint16_t id)
{
	segment(rg, rg->rg_tail, 0, DATA(rg->rg_tail), FRAME);
	(void)buffer(rg, id, 1);
	doorbell(rg);
}

/* Wait for the next completion, and consume it. */
static inline struct cpl
completion(struct rig *rg)
{
	const uint8_t *p =
	    rg->rg_mem + CPLQ + (size_t)rg->rg_head * SIMGRAB_CPL_SIZE;
	struct cpl cp;

	while ((p[SIMGRAB_CPL_FLAGS] & SIMGRAB_CPL_PHASE) != rg->rg_phase)
		if (!busdma_sim_wait(rg->rg_dev))
			break;
	assert_int_equal(load(p + SIMGRAB_CPL_FLAGS, 4), rg->rg_phase);
	assert_int_equal(get(rg, SIMGRAB_INTR), 1);
	cp.cp_id = (unsigned)load(p + SIMGRAB_CPL_ID, 2);
	cp.cp_status = (unsigned)load(p + SIMGRAB_CPL_STATUS, 2);
	cp.cp_seq = (uint32_t)load(p + SIMGRAB_CPL_SEQ, 4);
	cp.cp_time = load(p + SIMGRAB_CPL_TIME, 8);
	cp.cp_bytes = (uint32_t)load(p + SIMGRAB_CPL_BYTES, 4);
	rg->rg_head = (rg->rg_head + 1) % QSIZE;
	if (rg->rg_head == 0)
		rg->rg_phase ^= SIMGRAB_CPL_PHASE;
	reg(rg, SIMGRAB_CPLHEAD, rg->rg_head);
	return cp;
}

#endif /* TESTS_UNIT_SIMGRABRIG_H */
