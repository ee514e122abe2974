/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simgrab.c, simgrabio.c: what the frame grabber does not take.
 */
#include "simgrabrig.h"

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
		    rg.rg_su->su_last.sr_addr == rg.rg_addr + TABLE(slot));
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
	    rg.rg_addr + MEMSIZE - SIMGRAB_SEG_SIZE, 8);
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
	WRONG(su, reg(&rg, SIMGRAB_BUFTAIL, QSIZE));
	WRONG(su, reg(&rg, SIMGRAB_CPLHEAD, QSIZE));
	WRONG(su, reg(&rg, SIMGRAB_CPLHEAD, 1));
	for (i = 0; i < NELEM(config); i++) {
		was = get(&rg, config[i]);
		WRONG(su, reg(&rg, config[i], was + 64));
		assert_int_equal(get(&rg, config[i]), was);
	}
	WRONG(su, reg(&rg, SIMGRAB_ID, 0));
	WRONG(su, reg(&rg, SIMGRAB_SEQUENCE, 0));
	WRONG(su, reg(&rg, 0x100, 0));
	WRONG(su, (void)get(&rg, 0x100));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMGRAB_INTR, 2, 1));
	WRONG(su, (void)busdma_sim_reg_read(rg.rg_dev, SIMGRAB_INTR, 8));
	/* None of them did anything. */
	simple(&rg, 1);
	assert_int_equal(completion(&rg).cp_status, SIMGRAB_ST_OK);

	reg(&rg, SIMGRAB_CTRL, 0);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), 0);
	WRONG(su, reg(&rg, SIMGRAB_BUFTAIL, 1));
	WRONG(su, reg(&rg, SIMGRAB_CPLHEAD, 1));
	WRONG(su, reg(&rg, SIMGRAB_CTRL, 4));
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
		reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
		/* A ring's address is memory. */
		assert_complaint(su, bad[i].reg != SIMGRAB_BUFQ_LO &&
					 bad[i].reg != SIMGRAB_CPLQ_LO);
		assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);
		WRONG(su, reg(&rg, SIMGRAB_BUFTAIL, 1));
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
	WRONG(su, reg(&rg, SIMGRAB_BUFTAIL, 4));
	/* A full ring would look like an empty one. */
	WRONG(su, reg(&rg, SIMGRAB_BUFTAIL, 0));
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
	reg(&rg, SIMGRAB_BUFQ_LO, (uint32_t)(rg.rg_addr + MEMSIZE + 64) & ~63u);
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	reg(&rg, SIMGRAB_BUFTAIL, 3);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);

	configure(&rg);
	reg(&rg, SIMGRAB_CPLQ_LO, (uint32_t)(rg.rg_addr + MEMSIZE + 64) & ~63u);
	rg.rg_tail = 0;
	reg(&rg, SIMGRAB_CTRL, SIMGRAB_CTRL_EN);
	simple(&rg, 1);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(get(&rg, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);

	/* Of a completion only the phase is out of reach. */
	configure(&rg);
	reg(&rg, SIMGRAB_CPLQ_LO, (uint32_t)rg.rg_addr + DATA(QSIZE));
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
	tell(&rg, SIMGRAB_CTRL, 0);
	su_take(rg.rg_tag, rg.rg_map);
	memset(rg.rg_mem + DATA(0), 0x77, FRAME);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	for (i = 0; i < 1000; i++)
		(void)get(&rg, SIMGRAB_STATUS);
	(void)busdma_sim_wait(rg.rg_dev);
	assert_silent(rg.rg_su);
	for (i = 0; i < FRAME; i++)
		assert_int_equal(rg.rg_mem[DATA(0) + i], 0x77);
	rig_load(&rg);
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
		cmocka_unit_test(wrong_entries_are_refused),
		cmocka_unit_test(wrong_tables_are_refused),
		cmocka_unit_test(wrong_registers_are_complained_of),
		cmocka_unit_test(wrong_configurations_are_refused),
		cmocka_unit_test(an_overrun_of_the_ring_is_complained_of),
		cmocka_unit_test(a_ring_out_of_reach_stops_the_grabber),
		cmocka_unit_test(a_stopped_grabber_is_silent),
		SIMUNIT(grabbers_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests_name("simgraberr", tests, NULL, NULL);
}
