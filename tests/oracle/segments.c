/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for the segment builder: a slow and obvious one, byte by byte,
 * is compared with the library, through the driver's calls, over random
 * cases by seed.
 *
 * segments [--cases N] [--seed S] [--case I]
 *
 * The seed may also come in BUSDMA_SEED.  With --case only that case runs,
 * and it is printed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "args.h"
#include "segcase.h"

/* The `index'-th case of a seed. */
static void
case_of(struct segcase *oc, uint64_t seed, uint64_t index, enum seg_kind kind)
{
	struct rnd r = { .rn_state = seed + index * 0x9e3779b97f4a7c15u };

	(void)rnd(&r);
	segcase_make(oc, &r, kind);
	oc->oc_seed = seed;
	oc->oc_index = index;
}

/* One line of TAP a kind: no case differs, and no outcome is missing. */
static bool
run_kind(enum seg_kind kind, uint64_t seed, uint64_t cases)
{
	struct seg_tally ta = { 0 };
	struct segcase oc;
	unsigned bad = 0;

	for (uint64_t i = 0; i < cases && bad < 3; i++) {
		case_of(&oc, seed, i * SEG_NKINDS + kind, kind);
		bad += !segcase_run(&oc, &ta, false);
	}
	printf("# %s: seed %" PRIu64 ", %" PRIu64 " cases: %" PRIu64
	       " loads, EINVAL %" PRIu64 ", EFAULT %" PRIu64 ", EFBIG %" PRIu64
	       ", no tag %" PRIu64 "\n",
	    seg_kind_name[kind], seed, ta.ta_cases, ta.ta_ok, ta.ta_einval,
	    ta.ta_efault, ta.ta_efbig, ta.ta_tagless);
	if (bad == 0 && cases >= 500 &&
	    (ta.ta_ok < cases / 4 || ta.ta_efault < cases / 100 ||
		ta.ta_efbig < cases / 100)) {
		printf("# the cases are too much alike\n");
		bad++;
	}
	printf("%s %d - segments of %s loads\n", bad == 0 ? "ok" : "not ok",
	    (int)kind + 1, seg_kind_name[kind]);
	fflush(stdout);
	return bad == 0;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 250000);
	bool ok = true;

	if (oa.oa_one) {
		enum seg_kind kind = (enum seg_kind)(oa.oa_first % SEG_NKINDS);
		struct seg_tally ta = { 0 };
		struct segcase oc;

		case_of(&oc, oa.oa_seed, oa.oa_first, kind);
		ok = segcase_run(&oc, &ta, true);
		printf("1..1\n%s 1\n", ok ? "ok" : "not ok");
		return !ok;
	}
	printf("1..%d\n", SEG_NKINDS);
	for (int k = 0; k < SEG_NKINDS; k++)
		ok &= run_kind(
		    (enum seg_kind)k, oa.oa_seed, oa.oa_end / SEG_NKINDS);
	return !ok;
}
