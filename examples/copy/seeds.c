/* SPDX-License-Identifier: BSD-2-Clause */
/* The copy driver by seed: several copies at once, of all kinds of buffers. */
#include "tests/seeds.h"

#include "copy/test_rig.h"

#define NJOBS 4u
#define MOST 3000u /* bytes in one */

const char seed_driver[] = "copy";

static void
pair_lay(struct rig *ri, struct seed *sd, struct pair *pa, uint64_t fill)
{
	size_t len = 1 + place_below(&sd->sd_random, MOST);

	len = place_length(ri->ri_sim, len);
	place_lay(&pa->pa_src, len, &sd->sd_random);
	place_lay(&pa->pa_dst, len, &sd->sd_random);
	place_fill(&pa->pa_src, len, fill);
	rig_job(ri, &pa->pa_job, &pa->pa_src, &pa->pa_dst, len);
}

static void
pairs_create(struct rig *ri, struct seed *sd, struct pair *pairs)
{
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	uint64_t *random = &sd->sd_random;
	unsigned i;

	for (i = 0; i < NJOBS; i++) {
		struct pair *pa = &pairs[i];

		place_create(&pa->pa_src, ri->ri_sim, p,
		    (enum place_kind)place_below(random, PLACE_NKINDS), MOST);
		place_create(&pa->pa_dst, ri->ri_sim, ri->ri_other,
		    (enum place_kind)place_below(random, PLACE_NKINDS), MOST);
		place_own(&pa->pa_dst);
		place_clear(&pa->pa_dst, BLANK);
	}
}

static void
wait_all(struct rig *ri, struct seed *sd, const struct pair *pairs)
{
	unsigned i;

	for (i = 0; i < NJOBS; i++) {
		while (pairs[i].pa_job.jb_status == ~0u) {
			if (sd->sd_poll)
				(void)copy_intr(&ri->ri_copy);
			else
				assert_true(copy_wait(&ri->ri_copy) > 0);
		}
		assert_int_equal(pairs[i].pa_job.jb_status, SIMCOPY_ST_OK);
		assert_int_equal(
		    pairs[i].pa_job.jb_moved, pairs[i].pa_job.jb_len);
	}
}

void
seed_run(struct seed *sd)
{
	struct pair pairs[NJOBS];
	unsigned round, i;
	static struct rig ri; /* for who tells of a failure */

	rig_machine(&ri, &sd->sd_config, sd->sd_seed);
	seed_machine(sd, &ri.ri_machine);
	assert_int_equal(
	    copy_attach(&ri.ri_copy, &test_env, ri.ri_machine.ma_tag), 0);
	pairs_create(&ri, sd, pairs);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < NJOBS; i++) {
			pair_lay(
			    &ri, sd, &pairs[i], sd->sd_seed + 10 * round + i);
			assert_int_equal(
			    copy_submit(&ri.ri_copy, &pairs[i].pa_job), 0);
		}
		wait_all(&ri, sd, pairs);
		for (i = 0; i < NJOBS; i++)
			place_check(&pairs[i].pa_dst,
			    (size_t)pairs[i].pa_job.jb_len,
			    sd->sd_seed + 10 * round + i);
	}
	for (i = 0; i < NJOBS; i++)
		pair_destroy(&pairs[i]);
	rig_detach(&ri);
}
