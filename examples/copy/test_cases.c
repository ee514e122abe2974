/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copy driver's tests on one machine each: bad jobs, resets, every way to
 * fail and to be lied to.
 */
#include "copy/test_cases.h"

#include <string.h>

#define LONG 200000u /* bytes of a job that takes the engine long */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_bad_jobs(void **state)
{
	struct place uio;
	uint64_t random = 1;
	struct copy_job *jb;
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	pair_create(&ri, &pa, COPY_MAXLEN + 1);
	place_create(&uio, ri.ri_sim, NULL, PLACE_KERNEL_UIO, 100);
	place_lay(&uio, 100, &random);
	jb = &pa.pa_job;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	jb->jb_len = 0;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	jb->jb_len = 99;
	jb->jb_dst = rig_buffer(&uio);
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	jb->jb_len = 100;
	jb->jb_dst.cb_kind = (enum copy_kind)99;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	assert_int_equal(ri.ri_copy.sc_inflight, 0);
	jb->jb_dst.cb_kind = COPY_UIO;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), 0);
	rig_finish(&ri, jb);
	assert_int_equal(jb->jb_status, SIMCOPY_ST_OK);
	place_check(&uio, 100, COPY_MAXLEN + 1);

	jb->jb_dst = rig_buffer(&pa.pa_dst);
	jb->jb_len = COPY_MAXLEN;
	jb->jb_status = ~0u;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), 0);
	rig_finish(&ri, jb);
	assert_int_equal(jb->jb_status, SIMCOPY_ST_OK);
	place_check(&pa.pa_dst, COPY_MAXLEN, COPY_MAXLEN + 1);
	place_destroy(&uio);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* More pieces than the tag allows, of either buffer; the half of them fit. */
static void
test_too_many_segments(void **state)
{
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("small-segments"), 1);
	pair_create(&ri, &pa, 32 * 4096);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), EFBIG);
	assert_int_equal(ri.ri_copy.sc_inflight, 0);
	pa.pa_job.jb_len = 16 * 4096;
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	rig_finish(&ri, &pa.pa_job);
	assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
	assert_int_equal(pa.pa_job.jb_srcsegs, 17);
	assert_int_equal(pa.pa_job.jb_dstsegs, 17);
	place_check(&pa.pa_dst, 16 * 4096, 32 * 4096);
	pair_destroy(&pa);
	rig_detach(&ri);
}

static const struct bus_dma_window low_window[] = {
	{ .dw_cpu = 0,
	    .dw_bus = 0,
	    .dw_len = UINT64_C(64) << 20,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};

/* Memory that the bus doesn't reach, and user memory that isn't there. */
static void
test_unreachable(void **state)
{
	struct machine_config mc = *test_machine("contiguous");
	bus_dma_segment_t far = { UINT64_C(64) << 20, 500 };
	bus_dma_segment_t near = { UINT64_C(15) << 20, 500 };
	struct place user;
	uint64_t random = 3;
	struct copy_job jb;
	struct rig ri;

	(void)state;
	mc.mc_windows = low_window;
	mc.mc_nwindows = 1;
	rig_attach(&ri, &mc, 1);
	place_create(&user, ri.ri_sim, ri.ri_other, PLACE_USER, 50000);
	place_lay(&user, 50000, &random);
	rig_job(&ri, &jb, &user, &user, 500);
	jb.jb_src = (struct copy_buffer){
		.cb_kind = COPY_RAW, .cb_segs = &near, .cb_nsegs = 1
	};
	jb.jb_dst = jb.jb_src;
	jb.jb_dst.cb_segs = &far;
	assert_int_equal(copy_submit(&ri.ri_copy, &jb), EFAULT);
	jb.jb_src.cb_segs = &far;
	jb.jb_dst.cb_segs = &near;
	assert_int_equal(copy_submit(&ri.ri_copy, &jb), EFAULT);

	assert_int_equal(
	    busdma_sim_uunmap(ri.ri_sim, ri.ri_other, user.pc_va + 5 * 4096),
	    0);
	jb.jb_src.cb_segs = &near;
	jb.jb_dst = rig_buffer(&user);
	jb.jb_len = near.ds_len = 50000;
	assert_int_equal(copy_submit(&ri.ri_copy, &jb), EFAULT);
	assert_int_equal(ri.ri_copy.sc_inflight, 0);
	place_destroy(&user);
	rig_detach(&ri);
}

/*
 * As many jobs as there are slots, too long for the engine to be done with
 * them all at once, and one more.
 */
static void
fill_slots(struct rig *ri, struct pair *pa)
{
	unsigned i;

	for (i = 0; i <= COPY_NSLOTS; i++) {
		pair_create(ri, &pa[i], LONG);
		assert_int_equal(copy_submit(&ri->ri_copy, &pa[i].pa_job),
		    i < COPY_NSLOTS ? 0 : EBUSY);
	}
	assert_int_equal(ri->ri_copy.sc_inflight, COPY_NSLOTS);
}

static void
free_slots(struct pair *pa)
{
	unsigned i;

	for (i = 0; i <= COPY_NSLOTS; i++)
		pair_destroy(&pa[i]);
}

static void
test_slots(void **state)
{
	struct pair pa[COPY_NSLOTS + 1];
	struct rig ri;
	unsigned i;

	(void)state;
	rig_attach(&ri, test_machine("fragmented"), 1);
	fill_slots(&ri, pa);
	assert_true(copy_wait(&ri.ri_copy) > 0);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa[COPY_NSLOTS].pa_job), 0);
	while (ri.ri_done < COPY_NSLOTS + 1)
		assert_true(copy_wait(&ri.ri_copy) > 0);
	assert_int_equal(copy_wait(&ri.ri_copy), 0);
	assert_int_equal(ri.ri_aborted, 0);
	for (i = 0; i <= COPY_NSLOTS; i++)
		place_check(&pa[i].pa_dst, LONG, LONG);
	free_slots(pa);
	rig_detach(&ri);
}

static void
test_detach_busy(void **state)
{
	struct pair pa[COPY_NSLOTS + 1];
	unsigned aborted = 0;
	uint64_t seed;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 10; seed++) {
		rig_attach(&ri, test_machine("fragmented"), seed);
		fill_slots(&ri, pa);
		assert_int_equal(copy_detach(&ri.ri_copy), 0);
		assert_int_equal(ri.ri_done, COPY_NSLOTS);
		assert_int_equal(ri.ri_copy.sc_inflight, 0);
		assert_int_equal(
		    copy_submit(&ri.ri_copy, &pa[0].pa_job), EINVAL);
		aborted += ri.ri_aborted;
		free_slots(pa);
		rig_end(&ri);
	}
	assert_true(aborted > 0);
}

/* An engine of which nothing is heard: reset ends its jobs, and it works. */
static void
test_reset(void **state)
{
	struct pair pa[COPY_NSLOTS + 1];
	unsigned aborted = 0;
	uint64_t seed;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 10; seed++) {
		rig_attach(&ri, test_machine("windows"), seed);
		fill_slots(&ri, pa);
		test_env.ed_silent = true;
		while (copy_wait(&ri.ri_copy) > 0)
			continue;
		assert_int_equal(copy_reset(&ri.ri_copy), 0);
		assert_int_equal(ri.ri_done, COPY_NSLOTS);
		aborted += ri.ri_aborted;
		test_env_honest(&test_env);
		rig_works(&ri);
		free_slots(pa);
		rig_detach(&ri);
	}
	assert_true(aborted > 0);
}

/* What the engine had completed before a reset is not aborted. */
static void
test_reset_completed(void **state)
{
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	pair_create(&ri, &pa, 100);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	assert_true(busdma_sim_wait(test_env.ed_dev));
	assert_int_equal(copy_reset(&ri.ri_copy), 0);
	assert_int_equal(ri.ri_done, 1);
	assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
	place_check(&pa.pa_dst, 100, 100);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* Everything is mapped for another requester: the engine stops. */
static void
test_descriptor_unreachable(void **state)
{
	bus_dma_tag_t other;
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	ri.ri_reports = 1;
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(copy_attach(&ri.ri_copy, &test_env, other), 0);
	pair_create(&ri, &pa, 100);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	assert_int_equal(copy_wait(&ri.ri_copy), 0);
	assert_int_equal(copy_detach(&ri.ri_copy), 0);
	assert_int_equal(ri.ri_aborted, 1);
	pair_destroy(&pa);
	bus_dmatag_destroy(other);
	rig_end(&ri);
}

/* What attach does with an engine that is none, or that is broken. */
static void
test_attach_lies(void **state)
{
	static const struct {
		uint32_t reg, mask, value;
		int error;
	} lies[] = {
		{ SIMCOPY_ID, 1, ~SIMCOPY_ID_VALUE, EINVAL },
		{ SIMCOPY_CAP, SIMCOPY_CAP_JOBS, 0, EINVAL },
		{ SIMCOPY_CAP, SIMCOPY_CAP_NSEGS, 0, EINVAL },
		{ SIMCOPY_STATUS, SIMCOPY_STATUS_RUN, SIMCOPY_STATUS_RUN,
		    EBUSY },
		{ SIMCOPY_STATUS, SIMCOPY_STATUS_ERR, SIMCOPY_STATUS_ERR,
		    EFAULT },
		{ SIMCOPY_STATUS, SIMCOPY_STATUS_RUN, 0, EFAULT },
	};
	struct rig ri;
	size_t i;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1);
	for (i = 0; i < COUNT(lies); i++) {
		test_env_lie(
		    &test_env, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    copy_attach(&ri.ri_copy, &test_env, ri.ri_machine.ma_tag),
		    lies[i].error);
	}
	rig_end(&ri);
}

/* An engine that does not stop keeps its memory; one that restarts works. */
static void
test_never_stops(void **state)
{
	struct pair pa;
	struct rig ri;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	pair_create(&ri, &pa, 100);
	test_env.ed_silent = true;
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	test_env_lie(
	    &test_env, SIMCOPY_STATUS, SIMCOPY_STATUS_RUN, SIMCOPY_STATUS_RUN);
	assert_int_equal(copy_reset(&ri.ri_copy), EBUSY);
	assert_int_equal(copy_detach(&ri.ri_copy), EBUSY);
	assert_int_equal(ri.ri_done, 0);
	assert_int_equal(ri.ri_copy.sc_inflight, 1);

	test_env_lie(
	    &test_env, SIMCOPY_STATUS, SIMCOPY_STATUS_ERR, SIMCOPY_STATUS_ERR);
	assert_int_equal(copy_reset(&ri.ri_copy), EFAULT);
	assert_int_equal(ri.ri_done, 1);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), EINVAL);
	assert_int_equal(copy_intr(&ri.ri_copy), 0);
	test_env_honest(&test_env);
	assert_int_equal(copy_reset(&ri.ri_copy), 0);
	rig_works(&ri);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* An engine that can less than the driver. */
static void
test_small_engine(void **state)
{
	struct pair pa, more;
	struct rig ri;
	unsigned i;

	(void)state;
	rig_machine(&ri, test_machine("single-pages"), 1);
	test_env_lie(&test_env, SIMCOPY_CAP, ~0u, 1u | 3u << 16);
	assert_int_equal(
	    copy_attach(&ri.ri_copy, &test_env, ri.ri_machine.ma_tag), 0);
	assert_int_equal(ri.ri_copy.sc_nslots, 1);
	assert_int_equal(ri.ri_copy.sc_maxsegs, 3);
	pair_create(&ri, &pa, 4096);
	pair_create(&ri, &more, 4 * 4096);
	assert_int_equal(copy_submit(&ri.ri_copy, &more.pa_job), EFBIG);
	for (i = 0; i < 5; i++) {
		pa.pa_job.jb_status = ~0u;
		assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
		assert_int_equal(copy_submit(&ri.ri_copy, &more.pa_job), EBUSY);
		rig_finish(&ri, &pa.pa_job);
		place_check(&pa.pa_dst, 4096, 4096);
	}
	pair_destroy(&more);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* Cookies come round, and none is 0. */
static void
test_cookies_come_round(void **state)
{
	struct rig ri;
	unsigned i;

	(void)state;
	rig_attach(&ri, test_machine("contiguous"), 1);
	for (i = 0; i < ri.ri_copy.sc_nslots; i++)
		ri.ri_copy.sc_slots[i].sl_cookie = UINT32_MAX - 1;
	for (i = 0; i < 3; i++)
		rig_works(&ri);
	assert_int_equal(ri.ri_copy.sc_slots[0].sl_cookie, 2);
	rig_detach(&ri);
}

const struct CMUnitTest copy_cases[] = {
	cmocka_unit_test(test_bad_jobs),
	cmocka_unit_test(test_too_many_segments),
	cmocka_unit_test(test_unreachable),
	cmocka_unit_test(test_slots),
	cmocka_unit_test(test_detach_busy),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_reset_completed),
	cmocka_unit_test(test_descriptor_unreachable),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_engine),
	cmocka_unit_test(test_cookies_come_round),
};
const size_t copy_cases_count = COUNT(copy_cases);
