/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simgrab.c, simgrabio.c: what the frame grabber does.
 */
#include "simgrabrig.h"

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
	};

	return cmocka_run_group_tests_name("simgrab", tests, NULL, NULL);
}
