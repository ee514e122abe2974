/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copy driver against the simulated copy engine: buffers of every kind on
 * every machine, with and without the shadow layer, and every way to fail.
 */
#include "copy/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"
#include "tests/shadow.h"

#define SEEDS 4u
#define NJOBS 40u    /* of a run */
#define MOST 60000u  /* bytes of a job of a run */
#define LONG 200000u /* of a job that takes the engine long */
#define BLANK 0xee
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct proc *ri_other; /* a process beside the first */
	struct copy_softc ri_copy;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;    /* jobs that ended */
	unsigned ri_aborted; /* of them, so */
};

/* A machine with an engine; attach and detach are the caller's. */
static void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	struct busdma_sim_dev *dev;

	memset(ri, 0, sizeof(*ri));
	assert_int_equal(
	    machine_create(&ri->ri_machine, mc, seed, NULL, 65536), 0);
	ri->ri_sim = ri->ri_machine.ma_sim;
	assert_int_equal(
	    busdma_sim_copy_create(ri->ri_machine.ma_bus, 1, &dev), 0);
	assert_int_equal(busdma_sim_proc_create(ri->ri_sim, &ri->ri_other), 0);
	(void)env_sim_device(dev);
}

/* Nothing was reported but what the test expects, and nothing leaked. */
static void
rig_end(struct rig *ri)
{
	busdma_sim_proc_destroy(ri->ri_sim, ri->ri_other);
	test_machine_end(&ri->ri_machine, ri->ri_reports);
}

static void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed)
{
	rig_machine(ri, mc, seed);
	assert_int_equal(
	    copy_attach(&ri->ri_copy, &test_env, ri->ri_machine.ma_tag), 0);
	assert_int_equal(ri->ri_copy.sc_nslots, COPY_NSLOTS);
	assert_int_equal(ri->ri_copy.sc_maxsegs, COPY_MAXSEGS);
}

static void
rig_detach(struct rig *ri)
{
	assert_int_equal(copy_detach(&ri->ri_copy), 0);
	rig_end(ri);
}

static void
done(struct copy_job *jb)
{
	struct rig *ri = jb->jb_arg;

	ri->ri_done++;
	ri->ri_aborted += jb->jb_status == COPY_ST_ABORTED;
}

/* A place, as the driver wants to be told of it. */
static struct copy_buffer
buffer(struct place *pc)
{
	struct copy_buffer cb = { .cb_kind = COPY_UIO, .cb_uio = &pc->pc_uio };

	if (pc->pc_kind == PLACE_KERNEL || pc->pc_kind == PLACE_USER) {
		cb.cb_kind = COPY_LINEAR;
		cb.cb_buf = pc->pc_iov[0].iov_base;
		cb.cb_proc = pc->pc_proc;
	} else if (pc->pc_kind == PLACE_PAGES) {
		cb.cb_kind = COPY_RAW;
		cb.cb_segs = pc->pc_pages;
		cb.cb_nsegs = pc->pc_npages;
	}
	return cb;
}

static void
job(struct rig *ri, struct copy_job *jb, struct place *src, struct place *dst,
    size_t len)
{
	*jb = (struct copy_job){
		.jb_src = buffer(src),
		.jb_dst = buffer(dst),
		.jb_len = len,
		.jb_done = done,
		.jb_arg = ri,
		.jb_status = ~0u,
	};
}

/* The job is over, and was the only one. */
static void
finish(struct rig *ri, struct copy_job *jb)
{
	while (jb->jb_status == ~0u)
		assert_true(copy_wait(&ri->ri_copy) > 0);
}

/* Two kernel buffers of `size' bytes, whole, with a job from one to another. */
struct pair {
	struct place pa_src;
	struct place pa_dst;
	struct copy_job pa_job;
};

static void
pair_create(struct rig *ri, struct pair *pa, size_t size)
{
	uint64_t random = 1;

	place_create(&pa->pa_src, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_create(&pa->pa_dst, ri->ri_sim, NULL, PLACE_KERNEL, size);
	place_lay(&pa->pa_src, size, &random);
	place_lay(&pa->pa_dst, size, &random);
	place_fill(&pa->pa_src, size, size);
	job(ri, &pa->pa_job, &pa->pa_src, &pa->pa_dst, size);
}

static void
pair_destroy(struct pair *pa)
{
	place_destroy(&pa->pa_src);
	place_destroy(&pa->pa_dst);
}

/* A copy that works. */
static void
works(struct rig *ri)
{
	struct pair pa;

	pair_create(ri, &pa, 10000);
	assert_int_equal(copy_submit(&ri->ri_copy, &pa.pa_job), 0);
	finish(ri, &pa.pa_job);
	assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
	place_check(&pa.pa_dst, 10000, 10000);
	pair_destroy(&pa);
}

/* One job of a run: its buffers, and whether it is in flight. */
struct work {
	struct run *wo_run;
	struct copy_job wo_job;
	struct place wo_src;
	struct place wo_dst;
	size_t wo_len;
	uint64_t wo_seed;
	bool wo_busy;
};

/* More jobs than slots, of random kinds and lengths. */
struct run {
	struct rig *ru_rig;
	uint64_t ru_random;
	unsigned ru_left; /* to be started */
	unsigned ru_inflight;
	unsigned ru_most; /* in flight at once */
	unsigned ru_busy; /* that were refused for want of a slot */
	struct work ru_work[COPY_NSLOTS + 2];
};

static void
work_done(struct copy_job *jb)
{
	struct work *wo = jb->jb_arg;
	uint8_t *all = malloc(wo->wo_len);

	assert_int_equal(jb->jb_status, SIMCOPY_ST_OK);
	assert_int_equal(jb->jb_moved, wo->wo_len);
	place_check(&wo->wo_dst, wo->wo_len, wo->wo_seed);
	/* And no other byte was touched. */
	assert_non_null(all);
	memset(all, BLANK, wo->wo_len);
	place_put(&wo->wo_dst, all, wo->wo_len);
	assert_int_equal(place_dirty(&wo->wo_dst, BLANK), 0);
	free(all);
	wo->wo_busy = false;
	wo->wo_run->ru_inflight--;
}

/* Start one; shorter, where it comes to too many segments. */
static int
work_start(struct run *ru, struct work *wo)
{
	struct rig *ri = ru->ru_rig;
	int error;

	wo->wo_len = 1 + place_below(&ru->ru_random, MOST);
	wo->wo_seed = ru->ru_left;
	do {
		place_lay(&wo->wo_src, wo->wo_len, &ru->ru_random);
		place_lay(&wo->wo_dst, wo->wo_len, &ru->ru_random);
		place_fill(&wo->wo_src, wo->wo_len, wo->wo_seed);
		job(ri, &wo->wo_job, &wo->wo_src, &wo->wo_dst, wo->wo_len);
		wo->wo_job.jb_done = work_done;
		wo->wo_job.jb_arg = wo;
		error = copy_submit(&ri->ri_copy, &wo->wo_job);
		place_scramble(&wo->wo_src);
		place_scramble(&wo->wo_dst);
		wo->wo_len = wo->wo_len / 2 + 1;
	} while (error == EFBIG);
	wo->wo_len = (size_t)wo->wo_job.jb_len;
	if (error != 0)
		return error;
	assert_true(wo->wo_job.jb_srcsegs >= 1);
	assert_true(wo->wo_job.jb_dstsegs >= 1);
	wo->wo_busy = true;
	ru->ru_left--;
	if (++ru->ru_inflight > ru->ru_most)
		ru->ru_most = ru->ru_inflight;
	return 0;
}

static void
start_some(struct run *ru)
{
	size_t i;
	int error;

	for (i = 0; i < COUNT(ru->ru_work) && ru->ru_left > 0; i++) {
		if (ru->ru_work[i].wo_busy)
			continue;
		error = work_start(ru, &ru->ru_work[i]);
		if (error == EBUSY) {
			ru->ru_busy++;
			return;
		}
		assert_int_equal(error, 0);
	}
}

/* Through the driver that is attached. */
static void
run(struct rig *ri, uint64_t seed)
{
	struct run *ru = calloc(1, sizeof(*ru));
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	size_t i;

	assert_non_null(ru);
	ru->ru_rig = ri;
	ru->ru_random = seed;
	ru->ru_left = NJOBS;
	for (i = 0; i < COUNT(ru->ru_work); i++) {
		struct work *wo = &ru->ru_work[i];

		wo->wo_run = ru;
		place_create(&wo->wo_src, ri->ri_sim, p,
		    (enum place_kind)(i % PLACE_NKINDS), MOST);
		place_create(&wo->wo_dst, ri->ri_sim, ri->ri_other,
		    (enum place_kind)((i * 3 + seed) % PLACE_NKINDS), MOST);
		place_clear(&wo->wo_dst, BLANK);
	}
	while (ru->ru_left > 0 || ru->ru_inflight > 0) {
		start_some(ru);
		assert_true(copy_wait(&ri->ri_copy) > 0);
	}
	assert_int_equal(copy_wait(&ri->ri_copy), 0);
	assert_int_equal(ru->ru_most, COPY_NSLOTS);
	assert_true(ru->ru_busy > 0);
	for (i = 0; i < COUNT(ru->ru_work); i++) {
		place_destroy(&ru->ru_work[i].wo_src);
		place_destroy(&ru->ru_work[i].wo_dst);
	}
	free(ru);
}

static void
test_run(void **state)
{
	uint64_t seed;
	struct rig ri;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_attach(&ri, *state, seed);
		run(&ri, seed);
		rig_detach(&ri);
	}
}

static void
test_shadow(void **state)
{
	struct machine *ma;
	struct shadow sh;
	struct rig ri;
	bus_dma_tag_t t;
	uint64_t seed;

	for (seed = 1; seed <= 2 * SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ma = &ri.ri_machine;
		assert_int_equal(
		    shadow_tag(&sh, ma->ma_sim, ma->ma_tag, seed % 2 == 0, &t),
		    0);
		assert_int_equal(copy_attach(&ri.ri_copy, &test_env, t), 0);
		run(&ri, seed);
		assert_int_equal(copy_detach(&ri.ri_copy), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		/* What lets the driver always go on, from anywhere. */
		assert_int_equal(sh.sh_allocnow, 2);
		assert_true(sh.sh_nowait >= 2 * NJOBS);
		rig_end(&ri);
	}
}

/* Each kind to each kind. */
static void
test_kinds(void **state)
{
	struct place src, dst;
	uint64_t random = 5;
	struct copy_job jb;
	unsigned from, to;
	struct rig ri;

	rig_attach(&ri, *state, 11);
	for (from = 0; from < PLACE_NKINDS; from++) {
		for (to = 0; to < PLACE_NKINDS; to++) {
			place_create(&src, ri.ri_sim,
			    busdma_sim_proc(ri.ri_sim), (enum place_kind)from,
			    9000);
			place_create(&dst, ri.ri_sim, ri.ri_other,
			    (enum place_kind)to, 9000);
			place_lay(&src, 9000, &random);
			place_lay(&dst, 9000, &random);
			place_fill(&src, 9000, from * 10 + to);
			job(&ri, &jb, &src, &dst, 9000);
			assert_int_equal(copy_submit(&ri.ri_copy, &jb), 0);
			finish(&ri, &jb);
			assert_int_equal(jb.jb_status, SIMCOPY_ST_OK);
			place_check(&dst, 9000, from * 10 + to);
			place_destroy(&src);
			place_destroy(&dst);
		}
	}
	assert_int_equal(ri.ri_done, PLACE_NKINDS * PLACE_NKINDS);
	assert_int_equal(copy_intr(&ri.ri_copy), 0);
	assert_int_equal(env_read32(&test_env, SIMCOPY_INTR), 0);
	rig_detach(&ri);
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
test_attach_fails(void **state)
{
	unsigned n, failures = 0;
	bool hit = true;
	struct rig ri;
	int error;

	rig_machine(&ri, *state, 5);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error =
		    copy_attach(&ri.ri_copy, &test_env, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error == 0) {
			assert_int_equal(copy_detach(&ri.ri_copy), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/*
	 * Record, mapping, map and load of the shared memories, and two maps
	 * for each slot, can fail; some failures are overcome.
	 */
	assert_true(n > 4 * (1 + COPY_NSLOTS));
	assert_true(failures > 2 * (1 + COPY_NSLOTS));
	rig_end(&ri);
}

/* A job fails at every hook that can fail; then it works. */
static void
test_submit_fails(void **state)
{
	unsigned n, failures = 0;
	bool hit = true;
	struct pair pa;
	struct rig ri;
	int error;

	rig_attach(&ri, *state, 6);
	pair_create(&ri, &pa, 8192);
	for (n = 1; hit; n++) {
		pa.pa_job.jb_status = ~0u;
		place_clear(&pa.pa_dst, BLANK);
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = copy_submit(&ri.ri_copy, &pa.pa_job);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error != 0) {
			assert_true(hit);
			assert_true(error == ENOMEM || error == EFAULT);
			assert_int_equal(ri.ri_copy.sc_inflight, 0);
			assert_int_equal(place_dirty(&pa.pa_dst, BLANK), 0);
			failures++;
			continue;
		}
		finish(&ri, &pa.pa_job);
		assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
		place_check(&pa.pa_dst, 8192, 8192);
	}
	/* Either load can. */
	assert_true(failures >= 2);
	pair_destroy(&pa);
	rig_detach(&ri);
}

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
	jb->jb_dst = buffer(&uio);
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	jb->jb_len = 100;
	jb->jb_dst.cb_kind = (enum copy_kind)99;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), EINVAL);
	assert_int_equal(ri.ri_copy.sc_inflight, 0);
	jb->jb_dst.cb_kind = COPY_UIO;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), 0);
	finish(&ri, jb);
	assert_int_equal(jb->jb_status, SIMCOPY_ST_OK);
	place_check(&uio, 100, COPY_MAXLEN + 1);

	jb->jb_dst = buffer(&pa.pa_dst);
	jb->jb_len = COPY_MAXLEN;
	jb->jb_status = ~0u;
	assert_int_equal(copy_submit(&ri.ri_copy, jb), 0);
	finish(&ri, jb);
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
	finish(&ri, &pa.pa_job);
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
	job(&ri, &jb, &user, &user, 500);
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
	jb.jb_dst = buffer(&user);
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
		works(&ri);
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
	works(&ri);
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
		finish(&ri, &pa.pa_job);
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
		works(&ri);
	assert_int_equal(ri.ri_copy.sc_slots[0].sl_cookie, 2);
	rig_detach(&ri);
}

/* Jobs that are started from the end of others. */
static void
chain_done(struct copy_job *jb)
{
	struct rig *ri = jb->jb_arg;

	assert_int_equal(jb->jb_status, SIMCOPY_ST_OK);
	if (++ri->ri_done < 100) {
		jb->jb_status = ~0u;
		assert_int_equal(copy_submit(&ri->ri_copy, jb), 0);
	}
}

/*
 * Submit and the interrupt handler call nothing that an interrupt handler
 * must not.
 */
static void
test_interrupt(void **state)
{
	struct pair pa;
	struct rig ri;

	rig_attach(&ri, *state, 9);
	pair_create(&ri, &pa, 2000);
	pa.pa_job.jb_done = chain_done;
	busdma_sim_interrupt(ri.ri_sim, true);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	while (ri.ri_done < 100)
		assert_true(copy_wait(&ri.ri_copy) > 0);
	busdma_sim_interrupt(ri.ri_sim, false);
	place_check(&pa.pa_dst, 2000, 2000);
	pair_destroy(&pa);
	rig_detach(&ri);
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "kinds", test_kinds },
	{ "run", test_run },
	{ "shadow", test_shadow },
	{ "attach_fails", test_attach_fails },
	{ "submit_fails", test_submit_fails },
	{ "interrupt", test_interrupt },
};

static const struct CMUnitTest once[] = {
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

#define NEACH COUNT(each)
#define NONCE COUNT(once)

int
main(void)
{
	test_add(once, NONCE);
	test_add_on_all(each, NEACH);
	return test_main("copy");
}
