/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the record of who has which byte reports, of a map "ring".
 */
#ifndef TESTS_UNIT_SIMOWNRIG_H
#define TESTS_UNIT_SIMOWNRIG_H

#include <stdio.h>

#include "simcacherig.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTREAD BUS_DMASYNC_POSTREAD
#define POSTWRITE BUS_DMASYNC_POSTWRITE

/* The one report since the last look. */
static inline void
reported(struct su *su, enum busdma_sim_reason reason, size_t off, size_t len,
    int missing, int last)
{
	const struct busdma_sim_report *sr = &su->su_last;

	assert_int_equal(sr->sr_offset, off);
	assert_int_equal(sr->sr_distance, 0);
	assert_int_equal(sr->sr_len, len);
	assert_int_equal(sr->sr_missing, missing);
	assert_int_equal(sr->sr_last, last);
	assert_int_equal(sr->sr_some, reason != BUSDMA_SIM_CPUWROTE);
	assert_string_equal(sr->sr_label, "ring");
	assert_string_equal(sr->sr_bus, "bus");
	assert_report(su, reason);
}

static inline void
assert_line(const struct su *su, const char *want)
{
	char line[500];

	snprintf(line, sizeof(line), "%s; seed 0x5eed", want);
	assert_string_equal(su->su_line, line);
}

#endif /* TESTS_UNIT_SIMOWNRIG_H */
