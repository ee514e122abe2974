/* SPDX-License-Identifier: BSD-2-Clause */
/* The copy driver's tests that run on one machine each. */
#ifndef EXAMPLES_COPY_TEST_CASES_H
#define EXAMPLES_COPY_TEST_CASES_H

#include "copy/test_rig.h"

extern const struct CMUnitTest copy_cases[];
extern const size_t copy_cases_count;

#endif /* EXAMPLES_COPY_TEST_CASES_H */
