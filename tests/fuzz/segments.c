/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segment builder: an input chooses a case of the oracle for segments,
 * the first byte its kind, the others all that is random there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "segcase.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rnd r = { .rn_bytes = data, .rn_left = size };
	struct seg_tally ta = { 0 };
	struct segcase oc;

	segcase_make(&oc, &r, (enum seg_kind)rnd_below(&r, SEG_NKINDS));
	if (!segcase_run(&oc, &ta, false)) {
		(void)fflush(stdout);
		abort();
	}
	return 0;
}
