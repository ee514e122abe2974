/* SPDX-License-Identifier: BSD-2-Clause */
/* The network driver's tests that run on one machine each. */
#ifndef EXAMPLES_NET_TEST_CASES_H
#define EXAMPLES_NET_TEST_CASES_H

#include "net/test_rig.h"

extern const struct CMUnitTest net_cases[];
extern const size_t net_cases_count;
extern const struct CMUnitTest net_short[];
extern const size_t net_short_count;
extern const struct CMUnitTest net_wire[];
extern const size_t net_wire_count;

#endif /* EXAMPLES_NET_TEST_CASES_H */
