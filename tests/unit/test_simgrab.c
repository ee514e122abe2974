/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simgrab.c, simgrabio.c: the frame grabber, driven by hand.
 */
#include <busdma/simgrabreg.h>

#include "simunit.h"

#define QSIZE 8u
#define WIDTH 50u
#define HEIGHT 40u
#define DEPTH 3u
#define FRAME (WIDTH * HEIGHT * DEPTH)
#define FRAME_PERIOD 200u

/* A grabber, and one loaded buffer that holds rings, tables and frames. */
struct rig {
	struct su *rg_su;
	struct busdma_sim_dev *rg_dev;
	bus_dma_tag_t rg_tag;
	bus_dmamap_t rg_map;
	uint8_t *rg_mem;
	bus_addr_t rg_bus; /* of rg_mem */
	uint32_t rg_tail;
	uint32_t rg_head;
	uint32_t rg_phase;
};

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

static void
reg(struct rig *rg, uint32_t r, uint32_t v)
{
	busdma_sim_reg_write(rg->rg_dev, r, 4, v);
}

static uint32_t
get(struct rig *rg, uint32_t r)
{
	return (uint32_t)busdma_sim_reg_read(rg->rg_dev, r, 4);
}

static void
put(uint8_t *p, uint64_t v, unsigned n)
{
	for (; n-- > 0; v >>= 8)
		*p++ = (uint8_t)v;
}

static uint64_t
load(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static void
configure(struct rig *rg)
{
	reg(rg, SIMGRAB_CTRL, 0);
	reg(rg, SIMGRAB_QSIZE, QSIZE);
	reg(rg, SIMGRAB_WIDTH, WIDTH);
	reg(rg, SIMGRAB_HEIGHT, HEIGHT);
	reg(rg, SIMGRAB_DEPTH, DEPTH);
	reg(rg, SIMGRAB_PERIOD, FRAME_PERIOD);
	reg(rg, SIMGRAB_BUFQ_LO, (uint32_t)(rg->rg_bus + BUFQ));
	reg(rg, SIMGRAB_BUFQ_HI, (uint32_t)((rg->rg_bus + BUFQ) >> 32));
	reg(rg, SIMGRAB_CPLQ_LO, (uint32_t)(rg->rg_bus + CPLQ));
	reg(rg, SIMGRAB_CPLQ_HI, (uint32_t)((rg->rg_bus + CPLQ) >> 32));
}

static void
start(struct rig *rg)
{
	configure(rg);
	memset(rg->rg_mem, 0, DATA(0));
	rg->rg_tail = rg->rg_head = 0;
	rg->rg_phase = SIMGRAB_CPL_PHASE;
	reg(rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE);
}

static struct rig
rig_up(uint64_t seed)
{
	struct busdma_sim_bus *bus;
	struct rig rg;

	rg.rg_su = su_create(0, BUSDMA_SIM_FRAG_NONE, seed);
	bus = su_bus(rg.rg_su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	assert_int_equal(busdma_sim_bus_tag(bus, 2, &rg.rg_tag, 0), 0);
	assert_int_equal(busdma_sim_grab_create(bus, 2, &rg.rg_dev), 0);
	rg.rg_mem = busdma_sim_kmalloc(rg.rg_su->su_sim, MEMSIZE);
	assert_non_null(rg.rg_mem);
	assert_int_equal(
	    bus_dmamap_create(rg.rg_tag, MEMSIZE, 1, MEMSIZE, 0, 0, &rg.rg_map),
	    0);
	assert_int_equal(
	    bus_dmamap_load(rg.rg_tag, rg.rg_map, rg.rg_mem, MEMSIZE, NULL, 0),
	    0);
	rg.rg_bus = rg.rg_map->dm_segs[0].ds_addr;
	start(&rg);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_RUN);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	reg(rg, SIMGRAB_CTRL, 0);
	bus_dmamap_unload(rg->rg_tag, rg->rg_map);
	bus_dmamap_destroy(rg->rg_tag, rg->rg_map);
	bus_dmatag_destroy(rg->rg_tag);
	busdma_sim_kfree(rg->rg_su->su_sim, rg->rg_mem);
	assert_int_equal(su_destroy(rg->rg_su), 0);
}

/* One segment of a buffer's table; `off' is an offset in the memory. */
static void
segment(struct rig *rg, uint32_t slot, uint32_t i, uint64_t off, uint32_t len)
{
	uint8_t *p = rg->rg_mem + TABLE(slot) + (size_t)i * SIMGRAB_SEG_SIZE;

	put(p + SIMGRAB_SEG_ADDR, rg->rg_bus + off, 8);
	put(p + SIMGRAB_SEG_LEN, len, 4);
	put(p + SIMGRAB_SEG_RSVD, 0, 4);
}

/* Put an entry in the next slot; the doorbell is the caller's to ring. */
static uint8_t *
buffer(struct rig *rg, uint16_t id, uint32_t nsegs)
{
	uint8_t *p = rg->rg_mem + BUFQ + (size_t)rg->rg_tail * SIMGRAB_BUF_SIZE;

	memset(p, 0, SIMGRAB_BUF_SIZE);
	put(p + SIMGRAB_BUF_TABLE, rg->rg_bus + TABLE(rg->rg_tail), 8);
	put(p + SIMGRAB_BUF_NSEGS, nsegs, 4);
	put(p + SIMGRAB_BUF_BYTES, FRAME, 4);
	put(p + SIMGRAB_BUF_ID, id, 2);
	rg->rg_tail = (rg->rg_tail + 1) % QSIZE;
	return p;
}

static void
doorbell(struct rig *rg)
{
	reg(rg, SIMGRAB_BUFTAIL, rg->rg_tail);
}

/* A buffer with one segment, at the data of its slot. */
static void
simple(struct rig *rg, uint16_t id)
{
	segment(rg, rg->rg_tail, 0, DATA(rg->rg_tail), FRAME);
	(void)buffer(rg, id, 1);
	doorbell(rg);
}

/* Wait for the next completion, and consume it. */
static struct cpl
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

/* The frame with a number, as the header says it looks. */
static void
picture(uint8_t *p, uint32_t seq)
{
	uint32_t i;

	put(p + SIMGRAB_HDR_MAGIC, SIMGRAB_HDR_VALUE, 4);
	put(p + SIMGRAB_HDR_SEQ, seq, 4);
	put(p + SIMGRAB_HDR_TIME, (uint64_t)FRAME_PERIOD * (seq + 1), 8);
	put(p + SIMGRAB_HDR_WIDTH, WIDTH, 4);
	put(p + SIMGRAB_HDR_HEIGHT, HEIGHT, 4);
	put(p + SIMGRAB_HDR_DEPTH, DEPTH, 4);
	put(p + SIMGRAB_HDR_BYTES, FRAME, 4);
	for (i = SIMGRAB_HDR_SIZE; i < FRAME; i++)
		p[i] = simgrab_byte(seq, i);
}

static void
frames_come_one_after_the_other(void **state)
{
	struct rig rg = rig_up(1);
	uint8_t want[FRAME];
	struct cpl cp;
	uint32_t i;

	(void)state;
	assert_int_equal(get(&rg, SIMGRAB_ID), SIMGRAB_ID_VALUE);
	assert_true((get(&rg, SIMGRAB_CAP) & SIMGRAB_CAP_QSIZE) >= QSIZE);
	assert_true(get(&rg, SIMGRAB_MAXFRAME) >= FRAME);
	for (i = 0; i < QSIZE - 1; i++)
		simple(&rg, (uint16_t)(100 + i));
	for (i = 0; i < 5 * QSIZE; i++) {
		cp = completion(&rg);
		assert_int_equal(cp.cp_id, 100 + i);
		assert_int_equal(cp.cp_status, SIMGRAB_ST_OK);
		assert_int_equal(cp.cp_seq, i);
		assert_int_equal(cp.cp_time, FRAME_PERIOD * (i + 1));
		assert_int_equal(cp.cp_bytes, FRAME);
		assert_true(
		    busdma_sim_now(rg.rg_su->su_sim) / 1000 >= cp.cp_time);
		picture(want, i);
		assert_memory_equal(rg.rg_mem + DATA(i % QSIZE), want, FRAME);
		simple(&rg, (uint16_t)(107 + i));
	}
	assert_int_equal(get(&rg, SIMGRAB_OVERRUN), 0);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Frames of two numbers differ nearly everywhere, and so do two places. */
static void
the_pattern_tells_frames_and_places(void **state)
{
	uint32_t i, seq = 0, place = 0, piece = 0;

	(void)state;
	for (i = SIMGRAB_HDR_SIZE; i < 100000; i++) {
		seq += simgrab_byte(7, i) == simgrab_byte(8, i);
		place += simgrab_byte(7, i) == simgrab_byte(7, i + 1);
		piece += simgrab_byte(7, i) == simgrab_byte(7, i + 4096);
	}
	assert_true(seq < 1000 && place < 1000 && piece < 1000);
}

/* Segments of any length, in any order. */
static void
frames_are_scattered(void **state)
{
	static const uint32_t len[] = { 1, 4095, 3, 1021, FRAME - 5120 };
	struct rig rg = rig_up(2);
	uint8_t want[FRAME], *mem = rg.rg_mem;
	uint32_t i, off = DATA(7), sum = 0;

	(void)state;
	picture(want, 0);
	memset(mem + DATA(0), 0x77, MEMSIZE - DATA(0));
	for (i = 0; i < NELEM(len); i++, off -= 6000)
		segment(&rg, 0, i, off, len[i]);
	(void)buffer(&rg, 1, NELEM(len));
	doorbell(&rg);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);
	for (i = 0, off = DATA(7); i < NELEM(len); i++, off -= 6000) {
		assert_memory_equal(mem + off, want + sum, len[i]);
		assert_int_equal(mem[off - 1], 0x77);
		assert_int_equal(mem[off + len[i]], 0x77);
		sum += len[i];
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Without a buffer frames are dropped and counted. */
static void
frames_without_a_buffer_are_dropped(void **state)
{
	struct rig rg = rig_up(3);
	uint32_t n;
	struct cpl cp;

	(void)state;
	while (get(&rg, SIMGRAB_SEQUENCE) < 5)
		continue;
	n = get(&rg, SIMGRAB_SEQUENCE);
	assert_int_equal(get(&rg, SIMGRAB_OVERRUN), n);
	simple(&rg, 1);
	cp = completion(&rg);
	/* It may have missed one that began before it was fetched. */
	assert_true(cp.cp_seq == n || cp.cp_seq == n + 1);
	n = cp.cp_seq + 1;
	assert_int_equal(
	    get(&rg, SIMGRAB_SEQUENCE) - get(&rg, SIMGRAB_OVERRUN), 1);
	simple(&rg, 2);
	simple(&rg, 3);
	cp = completion(&rg);
	assert_true(cp.cp_seq == n || cp.cp_seq == n + 1);
	n = cp.cp_seq + 1;
	assert_int_equal(completion(&rg).cp_seq, n);
	/* The counts stay when it stops, and begin at 0 when it starts. */
	reg(&rg, SIMGRAB_CTRL, 0);
	n = get(&rg, SIMGRAB_SEQUENCE);
	assert_int_equal(get(&rg, SIMGRAB_OVERRUN), n - 3);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(get(&rg, SIMGRAB_SEQUENCE), n);
	start(&rg);
	assert_int_equal(get(&rg, SIMGRAB_SEQUENCE), 0);
	assert_int_equal(get(&rg, SIMGRAB_OVERRUN), 0);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* A period shorter than a frame's way to memory: the next one is dropped. */
static void
a_frame_in_the_way_drops_the_next(void **state)
{
	struct rig rg = rig_up(4);
	uint8_t want[FRAME];
	struct cpl cp;
	uint32_t next = 0, lost = 0, i;

	(void)state;
	reg(&rg, SIMGRAB_CTRL, 0);
	reg(&rg, SIMGRAB_PERIOD, 3);
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE);
	for (i = 0; i < QSIZE - 1; i++)
		simple(&rg, (uint16_t)i);
	for (i = 0; i < QSIZE - 1; i++) {
		cp = completion(&rg);
		assert_int_equal(cp.cp_id, i);
		assert_true(cp.cp_seq >= next);
		lost += cp.cp_seq - next;
		next = cp.cp_seq + 1;
		picture(want, cp.cp_seq);
		put(want + SIMGRAB_HDR_TIME, 3 * (uint64_t)next, 8);
		assert_memory_equal(rg.rg_mem + DATA(i), want, FRAME);
	}
	assert_true(lost > QSIZE);
	assert_true(get(&rg, SIMGRAB_OVERRUN) >= lost);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* The seed says how steps interleave, and nothing else does. */
static void
the_seed_decides(void **state)
{
	uint64_t time[3];
	struct rig rg;
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		rg = rig_up(5 + i / 2);
		simple(&rg, 1);
		simple(&rg, 2);
		(void)completion(&rg);
		(void)completion(&rg);
		time[i] = busdma_sim_now(rg.rg_su->su_sim);
		rig_down(&rg);
	}
	assert_true(time[0] == time[1]);
	assert_true(time[0] != time[2]);
}

/* Without interrupts the completion comes all the same. */
static void
interrupts_can_be_disabled(void **state)
{
	struct rig rg = rig_up(6);

	(void)state;
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	simple(&rg, 3);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg).cp_id, 3);
	reg(&rg, SIMGRAB_INTR, 1);
	assert_int_equal(get(&rg, SIMGRAB_INTR), 0);
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE);
	simple(&rg, 4);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(completion(&rg).cp_id, 4);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/*
 * A driver that doesn't consume completions gets no more than the ring holds,
 * and nothing is overwritten.
 */
static void
a_full_completion_ring_waits(void **state)
{
	struct rig rg = rig_up(7);
	uint32_t i;

	(void)state;
	for (i = 0; i < QSIZE - 1; i++)
		simple(&rg, (uint16_t)i);
	while (get(&rg, SIMGRAB_SEQUENCE) < 2 * QSIZE)
		continue;
	simple(&rg, 99);
	while (get(&rg, SIMGRAB_SEQUENCE) < 3 * QSIZE)
		continue;
	assert_int_equal(rg.rg_mem[CPLQ + (QSIZE - 1) * SIMGRAB_CPL_SIZE +
				   SIMGRAB_CPL_FLAGS],
	    0);
	for (i = 0; i < QSIZE - 1; i++)
		assert_int_equal(completion(&rg).cp_id, i);
	assert_int_equal(completion(&rg).cp_id, 99);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* A buffer that is wrong: its status, and exactly one complaint. */
static void
wrong(struct rig *rg, unsigned status, enum busdma_sim_reason reason)
{
	struct cpl cp;

	doorbell(rg);
	cp = completion(rg);
	assert_int_equal(cp.cp_status, status);
	assert_int_equal(cp.cp_id, 1);
	assert_report(rg->rg_su, reason);
	assert_int_equal(rg->rg_su->su_last.sr_requester, 2);
}

static void
wrong_entries_are_refused(void **state)
{
	struct rig rg = rig_up(8);
	const uint32_t most = get(&rg, SIMGRAB_CAP) >> 16;
	unsigned i;
	uint32_t slot;

	(void)state;
	(void)buffer(&rg, 1, 0);
	wrong(&rg, SIMGRAB_ST_ENTRY, BUSDMA_SIM_DEVICE);
	(void)buffer(&rg, 1, most + 1);
	wrong(&rg, SIMGRAB_ST_ENTRY, BUSDMA_SIM_DEVICE);
	put(buffer(&rg, 1, 1) + SIMGRAB_BUF_BYTES, FRAME - 1, 4);
	wrong(&rg, SIMGRAB_ST_ENTRY, BUSDMA_SIM_DEVICE);
	for (i = SIMGRAB_BUF_RSVD; i < SIMGRAB_BUF_SIZE; i++) {
		slot = rg.rg_tail;
		buffer(&rg, 1, 1)[i] = 1;
		wrong(&rg, SIMGRAB_ST_ENTRY, BUSDMA_SIM_DEVICE);
		assert_true(
		    rg.rg_su->su_last.sr_addr == rg.rg_bus + TABLE(slot));
	}
	/* And it works on. */
	simple(&rg, 7);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

static void
wrong_tables_are_refused(void **state)
{
	struct rig rg = rig_up(9);
	struct cpl cp;

	(void)state;
	segment(&rg, rg.rg_tail, 0, DATA(0), FRAME - 1);
	(void)buffer(&rg, 1, 1);
	wrong(&rg, SIMGRAB_ST_SEGS, BUSDMA_SIM_DEVICE);
	segment(&rg, rg.rg_tail, 0, DATA(0), FRAME);
	segment(&rg, rg.rg_tail, 1, DATA(1), 1);
	(void)buffer(&rg, 1, 2);
	wrong(&rg, SIMGRAB_ST_SEGS, BUSDMA_SIM_DEVICE);
	segment(&rg, rg.rg_tail, 0, DATA(0), FRAME);
	segment(&rg, rg.rg_tail, 1, DATA(1), 0);
	(void)buffer(&rg, 1, 2);
	wrong(&rg, SIMGRAB_ST_SEGS, BUSDMA_SIM_DEVICE);
	segment(&rg, rg.rg_tail, 0, DATA(0), FRAME);
	rg.rg_mem[TABLE(rg.rg_tail) + SIMGRAB_SEG_RSVD] = 1;
	(void)buffer(&rg, 1, 1);
	wrong(&rg, SIMGRAB_ST_SEGS, BUSDMA_SIM_DEVICE);
	/* Sums that are right in 32 bits only. */
	segment(&rg, rg.rg_tail, 0, DATA(0), 0xffffffffu);
	segment(&rg, rg.rg_tail, 1, DATA(0), FRAME + 1);
	(void)buffer(&rg, 1, 2);
	wrong(&rg, SIMGRAB_ST_SEGS, BUSDMA_SIM_DEVICE);
	/* A table of which the last entry is not mapped. */
	segment(&rg, rg.rg_tail, 0, DATA(0), FRAME);
	put(buffer(&rg, 1, 2) + SIMGRAB_BUF_TABLE,
	    rg.rg_bus + MEMSIZE - SIMGRAB_SEG_SIZE, 8);
	wrong(&rg, SIMGRAB_ST_TABLE, BUSDMA_SIM_UNMAPPED);
	/* A segment of which the end is not. */
	segment(&rg, rg.rg_tail, 0, MEMSIZE - FRAME + 1, FRAME);
	(void)buffer(&rg, 1, 1);
	doorbell(&rg);
	cp = completion(&rg);
	assert_int_equal(cp.cp_status, SIMGRAB_ST_DMA);
	assert_true(cp.cp_bytes < FRAME);
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	/* And it works on. */
	simple(&rg, 7);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

#define WRONG(call)                                                \
	do {                                                       \
		call;                                              \
		assert_report(su, BUSDMA_SIM_DEVICE);              \
		assert_non_null(strstr(su->su_text, "grabber: ")); \
	} while (0)

static void
wrong_registers_are_complained_of(void **state)
{
	static const uint32_t config[] = { SIMGRAB_QSIZE, SIMGRAB_WIDTH,
		SIMGRAB_HEIGHT, SIMGRAB_DEPTH, SIMGRAB_PERIOD, SIMGRAB_BUFQ_LO,
		SIMGRAB_BUFQ_HI, SIMGRAB_CPLQ_LO, SIMGRAB_CPLQ_HI };
	struct rig rg = rig_up(10);
	struct su *su = rg.rg_su;
	uint32_t was;
	size_t i;

	(void)state;
	WRONG(reg(&rg, SIMGRAB_BUFTAIL, QSIZE));
	WRONG(reg(&rg, SIMGRAB_CPLHEAD, QSIZE));
	WRONG(reg(&rg, SIMGRAB_CPLHEAD, 1));
	for (i = 0; i < NELEM(config); i++) {
		was = get(&rg, config[i]);
		WRONG(reg(&rg, config[i], was + 64));
		assert_int_equal(get(&rg, config[i]), was);
	}
	WRONG(reg(&rg, SIMGRAB_ID, 0));
	WRONG(reg(&rg, SIMGRAB_SEQUENCE, 0));
	WRONG(reg(&rg, 0x100, 0));
	WRONG((void)get(&rg, 0x100));
	WRONG(busdma_sim_reg_write(rg.rg_dev, SIMGRAB_INTR, 2, 1));
	WRONG((void)busdma_sim_reg_read(rg.rg_dev, SIMGRAB_INTR, 8));
	/* None of them did anything. */
	simple(&rg, 1);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);

	reg(&rg, SIMGRAB_CTRL, 0);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), 0);
	WRONG(reg(&rg, SIMGRAB_BUFTAIL, 1));
	WRONG(reg(&rg, SIMGRAB_CPLHEAD, 1));
	WRONG(reg(&rg, SIMGRAB_CTRL, 4));
	assert_int_equal(get(&rg, SIMGRAB_CTRL), 0);
	for (i = 0; i < NELEM(config); i++) {
		reg(&rg, config[i], (uint32_t)i + 0x1234);
		assert_int_equal(get(&rg, config[i]), i + 0x1234);
	}
	assert_silent(su);
	rig_down(&rg);
}

/* Enabled with what it can't do, it says so and doesn't run. */
static void
wrong_configurations_are_refused(void **state)
{
	static const struct {
		uint32_t reg, value;
	} bad[] = {
		{ SIMGRAB_QSIZE, 0 },
		{ SIMGRAB_QSIZE, 1 },
		{ SIMGRAB_QSIZE, 6 },
		{ SIMGRAB_QSIZE, 128 },
		{ SIMGRAB_WIDTH, 0 },
		{ SIMGRAB_WIDTH, 10 },
		{ SIMGRAB_WIDTH, 0xffffffffu },
		{ SIMGRAB_HEIGHT, 0 },
		{ SIMGRAB_HEIGHT, (16u << 20) / (WIDTH * DEPTH) + 1 },
		{ SIMGRAB_HEIGHT, 0xffffffffu },
		{ SIMGRAB_DEPTH, 0 },
		{ SIMGRAB_DEPTH, 5 },
		{ SIMGRAB_PERIOD, 0 },
		{ SIMGRAB_BUFQ_LO, 32 },
		{ SIMGRAB_CPLQ_LO, 63 },
	};
	struct rig rg = rig_up(11);
	struct su *su = rg.rg_su;
	size_t i;

	(void)state;
	for (i = 0; i < NELEM(bad); i++) {
		configure(&rg);
		reg(&rg, bad[i].reg, bad[i].value);
		WRONG(reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN));
		assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);
		WRONG(reg(&rg, SIMGRAB_BUFTAIL, 1));
		assert_false(busdma_sim_wait(rg.rg_dev));
	}
	configure(&rg);
	reg(&rg, SIMGRAB_HEIGHT, (16u << 20) / (WIDTH * DEPTH));
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_RUN);
	start(&rg);
	simple(&rg, 1);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);
	assert_silent(su);
	rig_down(&rg);
}

/* Too many entries at once: the tail would run over the head. */
static void
an_overrun_of_the_ring_is_complained_of(void **state)
{
	struct rig rg = rig_up(12);
	struct su *su = rg.rg_su;
	busdma_lock_t lk;

	(void)state;
	memset(&lk, 0, sizeof(lk));
	/* With a lock held the grabber fetches nothing. */
	su->su_pl->pl_lock(su->su_pl, &lk);
	reg(&rg, SIMGRAB_BUFTAIL, 5);
	assert_silent(su);
	WRONG(reg(&rg, SIMGRAB_BUFTAIL, 4));
	/* A full ring would look like an empty one. */
	WRONG(reg(&rg, SIMGRAB_BUFTAIL, 0));
	reg(&rg, SIMGRAB_BUFTAIL, 7);
	assert_silent(su);
	reg(&rg, SIMGRAB_CTRL, 0);
	su->su_pl->pl_unlock(su->su_pl, &lk);
	rig_down(&rg);
}

static void
a_ring_out_of_reach_stops_the_grabber(void **state)
{
	struct rig rg = rig_up(13);
	struct su *su = rg.rg_su;

	(void)state;
	configure(&rg);
	reg(&rg, SIMGRAB_BUFQ_LO, (uint32_t)(rg.rg_bus + MEMSIZE + 64) & ~63u);
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	reg(&rg, SIMGRAB_BUFTAIL, 3);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);

	configure(&rg);
	reg(&rg, SIMGRAB_CPLQ_LO, (uint32_t)(rg.rg_bus + MEMSIZE + 64) & ~63u);
	rg.rg_tail = 0;
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	simple(&rg, 1);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);

	/* Of a completion only the phase is out of reach. */
	configure(&rg);
	reg(&rg, SIMGRAB_CPLQ_LO, (uint32_t)rg.rg_bus + DATA(QSIZE));
	rg.rg_tail = 0;
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	simple(&rg, 1);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(su->su_last.sr_len, 4);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);

	start(&rg);
	simple(&rg, 1);
	assert_int_equal(completion(&rg).cp_seq, 0);
	rig_down(&rg);
}

/* Switched off in the middle it touches memory no more. */
static void
a_stopped_grabber_is_silent(void **state)
{
	struct rig rg = rig_up(14);
	unsigned i;

	(void)state;
	simple(&rg, 1);
	while (get(&rg, SIMGRAB_SEQUENCE) == 0)
		continue;
	reg(&rg, SIMGRAB_CTRL, 0);
	memset(rg.rg_mem + DATA(0), 0x77, FRAME);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	for (i = 0; i < 1000; i++)
		(void)get(&rg, SIMGRAB_STATUS);
	(void)busdma_sim_wait(rg.rg_dev);
	assert_silent(rg.rg_su);
	for (i = 0; i < FRAME; i++)
		assert_int_equal(rg.rg_mem[DATA(0) + i], 0x77);
	assert_int_equal(
	    bus_dmamap_load(rg.rg_tag, rg.rg_map, rg.rg_mem, MEMSIZE, NULL, 0),
	    0);
	rig_down(&rg);
}

static void
grabbers_that_make_no_sense_are_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev;

	assert_int_equal(busdma_sim_grab_create(bus, 0, &dev), EINVAL);
	assert_null(dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_one_after_the_other),
		cmocka_unit_test(the_pattern_tells_frames_and_places),
		cmocka_unit_test(frames_are_scattered),
		cmocka_unit_test(frames_without_a_buffer_are_dropped),
		cmocka_unit_test(a_frame_in_the_way_drops_the_next),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(interrupts_can_be_disabled),
		cmocka_unit_test(a_full_completion_ring_waits),
		cmocka_unit_test(wrong_entries_are_refused),
		cmocka_unit_test(wrong_tables_are_refused),
		cmocka_unit_test(wrong_registers_are_complained_of),
		cmocka_unit_test(wrong_configurations_are_refused),
		cmocka_unit_test(an_overrun_of_the_ring_is_complained_of),
		cmocka_unit_test(a_ring_out_of_reach_stops_the_grabber),
		cmocka_unit_test(a_stopped_grabber_is_silent),
		SIMUNIT(grabbers_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("simgrab", tests, NULL, NULL);
}
