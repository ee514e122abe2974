/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The copy driver against the simulated copy engine: buffers of every kind on
 * every machine, with and without the shadow layer; every
 * allocation fails once.
 */
#include "copy/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/shadow.h"

#define SEEDS 4u
#define NJOBS 40u   /* of a run */
#define MOST 60000u /* bytes of a job of a run */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

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
	unsigned ru_most;  /* in flight at once */
	unsigned ru_busy;  /* that were refused for want of a slot */
	unsigned ru_short; /* and for want of what a load needs */
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

	wo->wo_len =
	    place_length(ri->ri_sim, 1 + place_below(&ru->ru_random, MOST));
	wo->wo_seed = ru->ru_left;
	do {
		place_lay(&wo->wo_src, wo->wo_len, &ru->ru_random);
		place_lay(&wo->wo_dst, wo->wo_len, &ru->ru_random);
		place_fill(&wo->wo_src, wo->wo_len, wo->wo_seed);
		rig_job(ri, &wo->wo_job, &wo->wo_src, &wo->wo_dst, wo->wo_len);
		wo->wo_job.jb_done = work_done;
		wo->wo_job.jb_arg = wo;
		error = copy_submit(&ri->ri_copy, &wo->wo_job);
		place_scramble(&wo->wo_src);
		place_scramble(&wo->wo_dst);
		wo->wo_len = place_length(ri->ri_sim, wo->wo_len / 2 + 1);
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
		/* Those in flight will give it back. */
		if (error == ENOMEM && ru->ru_inflight > 0) {
			ru->ru_short++;
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
		place_own(&wo->wo_dst);
		place_clear(&wo->wo_dst, BLANK);
	}
	while (ru->ru_left > 0 || ru->ru_inflight > 0) {
		start_some(ru);
		assert_true(copy_wait(&ri->ri_copy) > 0);
	}
	assert_int_equal(copy_wait(&ri->ri_copy), 0);
	if (ri->ri_machine.ma_config->mc_bounce == NULL)
		assert_int_equal(ru->ru_short, 0);
	if (ru->ru_short == 0) {
		assert_int_equal(ru->ru_most, COPY_NSLOTS);
		assert_true(ru->ru_busy > 0);
	}
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

	for (seed = 1; seed <= test_seeds(*state, SEEDS); seed++) {
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

	for (seed = 1; seed <= test_seeds(*state, 2 * SEEDS); seed++) {
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

/*
 * A driver narrows its tag to the lines of address that its device has, so
 * many; returned is how many bytes went through slots.
 */
static uint64_t
narrowed(const struct machine_config *mc, unsigned bits, uint64_t seed)
{
	const bus_addr_t last = (UINT64_C(1) << bits) - 1;
	struct bus_dma_bounce_stats bs;
	bus_dma_tag_t t;
	struct rig ri;

	rig_machine(&ri, mc, seed);
	busdma_sim_dev_reach(test_env.ed_dev, last);
	assert_int_equal(
	    bus_dmatag_subregion(ri.ri_machine.ma_tag, 0, last, &t, 0), 0);
	assert_int_equal(copy_attach(&ri.ri_copy, &test_env, t), 0);
	run(&ri, seed);
	assert_int_equal(copy_detach(&ri.ri_copy), 0);
	assert_int_equal(bus_dma_bounce_stats(t, &bs), 0);
	bus_dmatag_destroy(t);
	rig_end(&ri);
	return bs.bs_bytes[BUS_DMA_BOUNCED_REACH] +
	       bs.bs_bytes[BUS_DMA_BOUNCED_SLOTS];
}

/* Fewer lines, more that is bounced; all of it arrives. */
static void
test_narrowed(void **state)
{
	static const unsigned bits[] = { 24, 30, 32, 40 };
	struct machine_config mc[4];
	uint64_t bytes, before;
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(mc); i++)
		mc[i] = *test_machine("bounce-root");
	mc[1].mc_frag = BUSDMA_SIM_FRAG_PAGES;
	mc[1].mc_shortcut = BUSDMA_SIM_SHORTCUT_OFF;
	mc[2].mc_pagesize = 65536;
	mc[3].mc_line = 64;
	for (i = 0; i < COUNT(mc); i++) {
		before = UINT64_MAX;
		for (j = 0; j < COUNT(bits); j++) {
			bytes = narrowed(&mc[i], bits[j], i + 1);
			assert_true(bytes > 0 && bytes < before);
			before = bytes;
		}
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
	size_t len;

	rig_attach(&ri, *state, 11);
	len = place_length(ri.ri_sim, 9000);
	for (from = 0; from < PLACE_NKINDS; from++) {
		for (to = 0; to < PLACE_NKINDS; to++) {
			place_create(&src, ri.ri_sim,
			    busdma_sim_proc(ri.ri_sim), (enum place_kind)from,
			    len);
			place_create(&dst, ri.ri_sim, ri.ri_other,
			    (enum place_kind)to, len);
			place_own(&dst);
			place_lay(&src, len, &random);
			place_lay(&dst, len, &random);
			place_fill(&src, len, from * 10 + to);
			rig_job(&ri, &jb, &src, &dst, len);
			assert_int_equal(copy_submit(&ri.ri_copy, &jb), 0);
			rig_finish(&ri, &jb);
			assert_int_equal(jb.jb_status, SIMCOPY_ST_OK);
			place_check(&dst, len, from * 10 + to);
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
		rig_finish(&ri, &pa.pa_job);
		assert_int_equal(pa.pa_job.jb_status, SIMCOPY_ST_OK);
		place_check(&pa.pa_dst, 8192, 8192);
	}
	/* Either load can. */
	assert_true(failures >= 2);
	pair_destroy(&pa);
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
	pair_create(&ri, &pa, 2048);
	pa.pa_job.jb_done = chain_done;
	busdma_sim_interrupt(ri.ri_sim, true);
	assert_int_equal(copy_submit(&ri.ri_copy, &pa.pa_job), 0);
	while (ri.ri_done < 100)
		assert_true(copy_wait(&ri.ri_copy) > 0);
	busdma_sim_interrupt(ri.ri_sim, false);
	place_check(&pa.pa_dst, 2048, 2048);
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

int
main(void)
{
	const struct CMUnitTest once[] = {
		cmocka_unit_test(test_narrowed),
	};

	test_add(copy_cases, copy_cases_count);
	test_add(once, COUNT(once));
	test_add_on_all(each, COUNT(each));
	return test_main("copy");
}
