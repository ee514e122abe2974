/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of edu against a simulated one: on every machine, with and without
 * the shadow layer, every hook failing once.  (tests/qemu has it with QEMU's.)
 */
#include <stdlib.h>
#include <string.h>

#include "edu/test_cases.h"
#include "tests/shadow.h"

#define SEEDS 3u
#define NJOBS 12u /* of a run */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* One job from anywhere to anywhere, of up to `most' bytes. */
static void
job(struct rig *ri, uint64_t *random, size_t most)
{
	enum place_kind from =
	    (enum place_kind)place_below(random, PLACE_NKINDS);
	enum place_kind to = (enum place_kind)place_below(random, PLACE_NKINDS);
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	size_t len = 1 + place_below(random, (uint32_t)most);
	unsigned dmas = ri->ri_model.em_dmas;
	struct place src, dst;
	struct edu_job jb;

	len = place_length(ri->ri_sim, len);
	place_create(&src, ri->ri_sim, p, from, len);
	place_create(&dst, ri->ri_sim, p, to, len);
	place_own(&dst);
	place_lay(&src, len, random);
	place_lay(&dst, len, random);
	place_fill(&src, len, len);
	place_clear(&dst, BLANK);
	rig_job(&jb, &src, &dst, len, 0);
	assert_int_equal(edu_copy(&ri->ri_edu, &jb), 0);
	assert_int_equal(jb.jb_moved, len);
	assert_int_equal(jb.jb_dmas, ri->ri_model.em_dmas - dmas);
	assert_true(jb.jb_dmas >= 2 * ((len + EDU_BUFSIZE - 1) / EDU_BUFSIZE));
	assert_int_equal(
	    ri->ri_model.em_intrs, ri->ri_polled ? 0 : ri->ri_model.em_dmas);
	assert_int_equal(ri->ri_model.em_intr, 0);
	rig_check(&dst, len, len);
	place_destroy(&src);
	place_destroy(&dst);
}

static void
test_run(void **state)
{
	uint64_t seed, random;
	struct rig ri;
	unsigned i;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ri.ri_polled = seed == 2;
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
		random = seed;
		for (i = 0; i < NJOBS; i++)
			job(&ri, &random, i % 4 == 0 ? 150000 : 9000);
		rig_detach(&ri);
	}
}

/* No sync is missing, too early, or too late. */
static void
test_shadow(void **state)
{
	uint64_t seed, random;
	struct machine *ma;
	struct shadow sh;
	bus_dma_tag_t t;
	struct rig ri;
	unsigned i;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ma = &ri.ri_machine;
		assert_int_equal(
		    shadow_tag(&sh, ma->ma_sim, ma->ma_tag, false, &t), 0);
		assert_int_equal(rig_try(&ri, t), 0);
		random = seed;
		for (i = 0; i < NJOBS; i++)
			job(&ri, &random, 9000);
		assert_int_equal(edu_detach(&ri.ri_edu), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		assert_int_equal(sh.sh_allocnow, 1);
		rig_end(&ri);
	}
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
		error = rig_try(&ri, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error == 0) {
			assert_int_equal(edu_detach(&ri.ri_edu), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* The tag, two maps. */
	assert_true(failures >= 3);
	rig_end(&ri);
}

/*
 * A job fails at every hook that can fail; what it says was moved is there, and
 * the rest of the destination as it was.
 */
static void
test_copy_fails(void **state)
{
	const size_t len = 2 * EDU_PARTLEN;
	unsigned n, failures = 0;
	uint8_t *got = malloc(len), *want = malloc(len);
	bool hit = true;
	struct rig ri;
	struct pair pa;
	size_t moved;
	int error;

	assert_true(got != NULL && want != NULL);
	rig_attach(&ri, *state, 6);
	pair_create(&ri, &pa, len);
	for (n = 1; hit; n++) {
		place_fill(&pa.pa_src, len, n);
		place_get(&pa.pa_src, want, len);
		place_clear(&pa.pa_dst, BLANK);
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = edu_copy(&ri.ri_edu, &pa.pa_job);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		assert_true(error == 0 || error == ENOMEM || error == EFAULT);
		failures += error != 0;
		moved = (size_t)pa.pa_job.jb_moved;
		assert_true(error == 0 ? moved == len : hit && moved < len);
		place_get(&pa.pa_dst, got, len);
		assert_memory_equal(got, want, moved);
		memset(want, BLANK, len);
		assert_memory_equal(got + moved, want, len - moved);
	}
	assert_true(failures > 0);
	pair_destroy(&pa);
	rig_detach(&ri);
	free(got);
	free(want);
}

static const struct test_each each[] = {
	{ "run", test_run },
	{ "shadow", test_shadow },
	{ "attach_fails", test_attach_fails },
	{ "copy_fails", test_copy_fails },
};

int
main(void)
{
	test_add(edu_cases, edu_cases_count);
	test_add_on_all(each, COUNT(each));
	return test_main("edu");
}
