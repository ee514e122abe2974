/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the driver that is called back that run on one machine each. */
#ifndef EXAMPLES_NETQ_TEST_CASES_H
#define EXAMPLES_NETQ_TEST_CASES_H

#include "netq/test_rig.h"

extern const struct CMUnitTest netq_cases[];
extern const size_t netq_cases_count;

#endif /* EXAMPLES_NETQ_TEST_CASES_H */
