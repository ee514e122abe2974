/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tests of edu's driver on one machine each: few bits of address, bad jobs,
 * and every way to fail and to be lied to.
 */
#include "edu/test_cases.h"

#include <stdlib.h>
#include <string.h>

#include <busdma/bounce.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a device with few bits is given beyond them goes through slots. */
static void
test_bits(void **state)
{
	static const unsigned bits[] = { 24, 28, 30, 31, 32, 33, 36, 63, 64 };
	struct bus_dma_bounce_stats bs;
	struct pair pa;
	struct rig ri;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bits); i++) {
		rig_machine(&ri, test_machine("bounce-32"), i + 1);
		rig_bits(&ri, bits[i]);
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
		assert_int_equal(ri.ri_edu.sc_wide, bits[i] > 32);
		pair_create(&ri, &pa, 100000);
		pair_works(&ri, &pa);
		assert_int_equal(
		    bus_dma_bounce_stats(ri.ri_edu.sc_dmat, &bs), 0);
		assert_int_equal(bs.bs_bytes[BUS_DMA_BOUNCED_REACH], bs.bs_in);
		pair_destroy(&pa);
		rig_detach(&ri);
	}
}

/* Where no access is 64 bits wide, addresses have 32. */
static void
test_narrow_registers(void **state)
{
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("bounce-32"), 1);
	test_env.ed_wide = false;
	ri.ri_model.em_mask = 0xffffffff;
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
	assert_false(ri.ri_edu.sc_wide);
	pair_create(&ri, &pa, 100000);
	pair_works(&ri, &pa);
	pair_destroy(&pa);
	rig_detach(&ri);

	/* All memory is 512 GiB up. */
	rig_machine(&ri, test_machine("bus-offset"), 1);
	test_env.ed_wide = false;
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), EINVAL);
	test_env.ed_wide = true;
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
	pair_create(&ri, &pa, 10000);
	pair_works(&ri, &pa);
	pair_destroy(&pa);
	rig_detach(&ri);
}

static void
test_bad_attach(void **state)
{
	bus_dma_tag_t t;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	t = ri.ri_machine.ma_tag;
	ri.ri_bits = 0;
	assert_int_equal(rig_try(&ri, t), EINVAL);
	ri.ri_bits = 65;
	assert_int_equal(rig_try(&ri, t), EINVAL);
	ri.ri_bits = 64;
	test_env_lie(&test_env, EDU_ID, 0xffff, 0x00ee);
	assert_int_equal(rig_try(&ri, t), EINVAL);
	test_env_honest(&test_env);
	ri.ri_model.em_dead = true;
	assert_int_equal(rig_try(&ri, t), EINVAL);
	ri.ri_model.em_dead = false;
	/* It is at work for somebody else, and stays so. */
	test_env_lie(&test_env, EDU_CMD, EDU_CMD_RUN, EDU_CMD_RUN);
	assert_int_equal(rig_try(&ri, t), EBUSY);
	test_env_honest(&test_env);
	assert_int_equal(rig_try(&ri, t), 0);
	rig_detach(&ri);
}

/* A bus on which no address with so few bits leads to memory. */
static void
test_out_of_reach(void **state)
{
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("bus-offset"), 1);
	rig_bits(&ri, 8);
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), EINVAL);
	rig_end(&ri);
}

static void
test_bad_jobs(void **state)
{
	struct edu_job good;
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	pair_create(&ri, &pa, 5000);
	place_clear(&pa.pa_dst, BLANK);
	good = pa.pa_job;
	pa.pa_job.jb_len = 0;
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EINVAL);
	pa.pa_job = good;
	pa.pa_job.jb_src.eb_kind = EDU_UIO;
	pa.pa_job.jb_src.eb_uio = &pa.pa_src.pc_uio;
	pa.pa_job.jb_len = 5001;
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EINVAL);
	pa.pa_job = good;
	pa.pa_job.jb_dst.eb_kind = EDU_UIO;
	pa.pa_job.jb_dst.eb_uio = &pa.pa_dst.pc_uio;
	pa.pa_job.jb_len = 5001;
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EINVAL);
	pa.pa_job = good;
	pa.pa_job.jb_dst.eb_kind = (enum edu_kind)9;
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EINVAL);
	assert_int_equal(pa.pa_job.jb_moved, 0);
	assert_int_equal(pa.pa_job.jb_dmas, 0);
	assert_int_equal(place_dirty(&pa.pa_dst, BLANK), 0);

	assert_int_equal(edu_dma(&ri.ri_edu, true, 0, 0, 0), EINVAL);
	assert_int_equal(edu_dma(&ri.ri_edu, true, 0, 0, 4096), EINVAL);
	assert_int_equal(edu_dma(&ri.ri_edu, true, 0, 1, 4095), EINVAL);
	assert_int_equal(edu_dma(&ri.ri_edu, true, 0, 4096, 1), EINVAL);
	assert_int_equal(edu_dma(&ri.ri_edu, true, 0, ~0u, 2), EINVAL);
	assert_int_equal(ri.ri_model.em_dmas, 0);

	/* A longer uio: what is asked for of it. */
	pa.pa_job = good;
	pa.pa_job.jb_dst.eb_kind = EDU_UIO;
	pa.pa_job.jb_dst.eb_uio = &pa.pa_dst.pc_uio;
	pa.pa_job.jb_len = 4999;
	place_fill(&pa.pa_src, 5000, 1);
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), 0);
	assert_int_equal(pa.pa_job.jb_moved, 4999);
	pa.pa_job = good;
	pair_works(&ri, &pa);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* A part of a process' memory is gone. */
static void
test_no_memory(void **state)
{
	static const char *const machines[] = { "contiguous", "bounce-24" };
	struct place src, dst;
	uint64_t random = 4;
	struct edu_job jb;
	struct rig ri;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(machines); i++) {
		rig_attach(&ri, test_machine(machines[i]), 2);
		place_create(&src, ri.ri_sim, NULL, PLACE_KERNEL, 9000);
		place_create(&dst, ri.ri_sim, busdma_sim_proc(ri.ri_sim),
		    PLACE_USER, 9000);
		place_lay(&src, 9000, &random);
		place_lay(&dst, 9000, &random);
		rig_job(&jb, &src, &dst, 9000, 0);
		assert_int_equal(busdma_sim_uunmap(ri.ri_sim, dst.pc_proc,
				     dst.pc_iov[0].iov_base),
		    0);
		assert_int_equal(edu_copy(&ri.ri_edu, &jb), EFAULT);
		assert_int_equal(jb.jb_moved, 0);
		assert_int_equal(ri.ri_model.em_dmas, 0);
		place_destroy(&src);
		place_destroy(&dst);
		rig_detach(&ri);
	}
}

/* It stays at work: nothing is released until it is done. */
static void
test_stuck(void **state)
{
	struct pair pa;
	struct rig ri;
	int polled;

	(void)state;
	for (polled = 0; polled < 2; polled++) {
		rig_machine(&ri, test_machine("bounce-forced"), 1);
		ri.ri_polled = polled != 0;
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
		ri.ri_edu.sc_patience = 100;
		pair_create(&ri, &pa, 5000);
		place_fill(&pa.pa_src, 5000, 1);
		place_clear(&pa.pa_dst, BLANK);
		ri.ri_model.em_stuck = true;
		assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EBUSY);
		assert_int_equal(pa.pa_job.jb_moved, 0);
		assert_int_equal(pa.pa_job.jb_dmas, 1);
		assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EBUSY);
		assert_int_equal(edu_dma(&ri.ri_edu, true, 0, 0, 1), EBUSY);
		assert_int_equal(edu_reset(&ri.ri_edu), EBUSY);
		assert_int_equal(edu_detach(&ri.ri_edu), EBUSY);
		assert_int_equal(ri.ri_edu.sc_src.es_map->dm_mapsize, 5000);
		ri.ri_model.em_stuck = false;
		busdma_sim_dev_wake(ri.ri_model.em_dev);
		assert_int_equal(edu_reset(&ri.ri_edu), 0);
		assert_int_equal(ri.ri_edu.sc_src.es_map->dm_mapsize, 0);
		assert_int_equal(place_dirty(&pa.pa_dst, BLANK), 0);
		pair_works(&ri, &pa);
		pair_destroy(&pa);
		rig_detach(&ri);
	}
}

/* An interrupt that never comes: the driver looks for itself, at the end. */
static void
test_silent(void **state)
{
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	pair_create(&ri, &pa, 5000);
	place_fill(&pa.pa_src, 5000, 1);
	test_env.ed_silent = true;
	assert_int_equal(edu_copy(&ri.ri_edu, &pa.pa_job), EBUSY);
	test_env_honest(&test_env);
	assert_int_equal(edu_reset(&ri.ri_edu), 0);
	pair_works(&ri, &pa);
	pair_destroy(&pa);
	rig_detach(&ri);
}

const struct CMUnitTest edu_cases[] = {
	cmocka_unit_test(test_bits),
	cmocka_unit_test(test_narrow_registers),
	cmocka_unit_test(test_bad_attach),
	cmocka_unit_test(test_out_of_reach),
	cmocka_unit_test(test_bad_jobs),
	cmocka_unit_test(test_no_memory),
	cmocka_unit_test(test_stuck),
	cmocka_unit_test(test_silent),
};
const size_t edu_cases_count = COUNT(edu_cases);
