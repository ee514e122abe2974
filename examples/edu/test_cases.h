/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases that run on one machine each. */
#ifndef EXAMPLES_EDU_TEST_CASES_H
#define EXAMPLES_EDU_TEST_CASES_H

#include "edu/test_rig.h"

extern const struct CMUnitTest edu_cases[];
extern const size_t edu_cases_count;

#endif /* EXAMPLES_EDU_TEST_CASES_H */
