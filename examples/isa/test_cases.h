/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the card's driver that run on one machine each. */
#ifndef EXAMPLES_ISA_TEST_CASES_H
#define EXAMPLES_ISA_TEST_CASES_H

#include "isa/test_rig.h"

extern const struct CMUnitTest isa_cases[];
extern const size_t isa_cases_count;

#endif /* EXAMPLES_ISA_TEST_CASES_H */
