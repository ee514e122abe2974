/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk driver's tests that run on one machine each. */
#ifndef EXAMPLES_DISK_TEST_CASES_H
#define EXAMPLES_DISK_TEST_CASES_H

#include "disk/test_rig.h"

extern const struct CMUnitTest disk_cases[];
extern const size_t disk_cases_count;

#endif /* EXAMPLES_DISK_TEST_CASES_H */
