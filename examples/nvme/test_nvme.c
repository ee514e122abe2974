/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NVMe driver against a model of a controller, on every simulated machine:
 * buffers of every kind, several in flight; every allocation fails once; and on
 * one machine each, controllers that lie, hang, fail and vanish.
 */
#include "nvme/test_cases.h"

#include <stdlib.h>
#include <string.h>

#include "tests/shadow.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BLOCK 512u
#define JOBS 6u
#define AREA 256u /* blocks of a job */
#define NREQUESTS 60u

struct job {
	struct place jo_place;
	struct nvme_request jo_rq;
	bool jo_busy;
	uint64_t jo_seed; /* of what its area of the disk holds */
	size_t jo_len;
};

/* Addresses of linear buffers that the controller takes as they are. */
static void
align(struct place *pc)
{
	uintptr_t va = (uintptr_t)pc->pc_iov[0].iov_base;

	if (pc->pc_kind != PLACE_KERNEL && pc->pc_kind != PLACE_USER)
		return;
	va &= ~(uintptr_t)3;
	pc->pc_iov[0].iov_base =
	    (uint8_t *)pc->pc_va + (va - (uintptr_t)pc->pc_va);
	pc->pc_hand[0] = pc->pc_iov[0];
}

/* Start a request of a job; what can't be loaded here is none. */
static bool
job_start(struct rig *ri, struct job *jo, unsigned n, uint64_t *random)
{
	struct place *pc = &jo->jo_place;
	enum nvme_op op = jo->jo_seed == 0 || place_below(random, 2) == 0
			      ? NVME_WRITE
			      : NVME_READ;
	int error;

	if (op == NVME_WRITE)
		jo->jo_len = (1 + place_below(random, AREA)) * (size_t)BLOCK;
	place_create(pc, ri->ri_sim, busdma_sim_proc(ri->ri_sim),
	    (enum place_kind)place_below(random, PLACE_NKINDS), jo->jo_len);
	if (op == NVME_READ)
		place_own(pc);
	place_lay(pc, jo->jo_len, random);
	if (place_below(random, 4) != 0)
		align(pc);
	if (op == NVME_WRITE)
		place_fill(pc, jo->jo_len, *random);
	rig_request(ri, &jo->jo_rq, pc, op, n * AREA, jo->jo_len);
	error = nvme_submit(&ri->ri_nvme, &jo->jo_rq);
	if (error != 0) {
		assert_true(error == EFAULT || error == EFBIG ||
			    (error == ENOMEM && ri->ri_nvme.sc_inflight > 0));
		place_destroy(pc);
		if (op == NVME_WRITE)
			jo->jo_seed = 0;
		return false;
	}
	if (op == NVME_WRITE)
		jo->jo_seed = *random;
	jo->jo_busy = true;
	return true;
}

static void
job_end(struct rig *ri, struct job *jo)
{
	/* The uio ran out of whole blocks where nothing bounces. */
	if (jo->jo_rq.rq_status == NVME_ST_LOAD) {
		assert_true(jo->jo_rq.rq_error == EFBIG ||
			    jo->jo_rq.rq_error == EFAULT);
		assert_null(ri->ri_machine.ma_config->mc_bounce);
		jo->jo_seed = 0;
	} else {
		assert_int_equal(jo->jo_rq.rq_status, NVME_ST_OK);
		assert_true(jo->jo_rq.rq_commands > 0);
		if (jo->jo_rq.rq_op == NVME_READ)
			place_check(&jo->jo_place, jo->jo_len, jo->jo_seed);
	}
	place_destroy(&jo->jo_place);
	jo->jo_busy = false;
}

static void
traffic(struct rig *ri, uint64_t random)
{
	struct job *jobs = calloc(JOBS, sizeof(*jobs));
	unsigned i, n, moved = 0;

	assert_non_null(jobs);
	for (n = 0; n < NREQUESTS; n++) {
		i = n % JOBS;
		while (jobs[i].jo_busy &&
		       jobs[i].jo_rq.rq_status == NVME_ST_PENDING)
			assert_true(nvme_wait(&ri->ri_nvme) > 0);
		if (jobs[i].jo_busy)
			job_end(ri, &jobs[i]);
		moved += job_start(ri, &jobs[i], i, &random);
	}
	for (i = 0; i < JOBS; i++) {
		while (jobs[i].jo_busy &&
		       jobs[i].jo_rq.rq_status == NVME_ST_PENDING)
			assert_true(nvme_wait(&ri->ri_nvme) > 0);
		if (jobs[i].jo_busy)
			job_end(ri, &jobs[i]);
	}
	free(jobs);
	assert_true(moved > 0);
	assert_int_equal(ri->ri_nvme.sc_stray, 0);
}

static void
test_traffic(void **state)
{
	uint64_t seed;
	struct rig ri;

	for (seed = 1; seed <= test_seeds(*state, 4); seed++) {
		rig_machine(&ri, *state, &model_plain, seed);
		ri.ri_params.np_polled = seed % 2 == 0;
		assert_int_equal(rig_try(&ri), 0);
		traffic(&ri, seed);
		rig_detach(&ri);
	}
}

/* The controller sees copies, which syncs move; nothing but these. */
static void
test_shadow(void **state)
{
	struct shadow sh = { 0 };
	bus_dma_tag_t below, tag;
	uint64_t seed;
	struct rig ri;

	for (seed = 1; seed <= 2; seed++) {
		rig_machine(&ri, *state, &model_plain, seed);
		below = ri.ri_machine.ma_tag;
		assert_int_equal(
		    shadow_tag(&sh, ri.ri_sim, below, seed == 2, &tag), 0);
		ri.ri_machine.ma_tag = tag;
		assert_int_equal(rig_try(&ri), 0);
		traffic(&ri, seed);
		assert_int_equal(nvme_detach(&ri.ri_nvme), 0);
		bus_dmatag_destroy(tag);
		if (sh.sh_complaints != 0)
			fail_msg(
			    "%u complaints: %s", sh.sh_complaints, sh.sh_first);
		rig_end(&ri);
	}
}

/* Of a completion that is taken in two halves both are what was written. */
static void
test_torn(void **state)
{
	struct shadow sh = { 0 };
	bus_dma_tag_t tag;
	uint64_t seed;
	struct rig ri;

	for (seed = 1; seed <= test_seeds(*state, 24); seed++) {
		rig_machine(&ri, *state, &model_plain, seed);
		ri.ri_params.np_depth = 2;
		assert_int_equal(shadow_tag(&sh, ri.ri_sim,
				     ri.ri_machine.ma_tag, true, &tag),
		    0);
		ri.ri_machine.ma_tag = tag;
		assert_int_equal(rig_try(&ri), 0);
		/* What only the first half tells. */
		assert_int_equal(ri.ri_nvme.sc_npairs, 2);
		assert_int_equal(nvme_detach(&ri.ri_nvme), 0);
		bus_dmatag_destroy(tag);
		assert_int_equal(sh.sh_complaints, 0);
		rig_end(&ri);
	}
}

/*
 * Attach fails at every hook that can fail, and holds nothing then.  Of some it
 * does not fail: the reserve is made smaller.
 */
static void
test_attach_fails(void **state)
{
	unsigned n, failures = 0;
	bool hit = true;
	struct rig ri;
	int error;

	rig_machine(&ri, *state, &model_plain, 5);
	ri.ri_params.np_depth = 3;
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = rig_try(&ri);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error == 0) {
			assert_int_equal(nvme_detach(&ri.ri_nvme), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	assert_true(failures >= 20);
	rig_end(&ri);
}

static const struct test_each each[] = {
	{ "traffic", test_traffic },
	{ "shadow", test_shadow },
	{ "torn", test_torn },
	{ "attach_fails", test_attach_fails },
};

int
main(void)
{
	test_add(nvme_cases, nvme_cases_count);
	test_add_on_all(each, COUNT(each));
	return test_main("nvme");
}
