/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests of the NVMe driver that run on one machine each. */
#ifndef EXAMPLES_NVME_TEST_CASES_H
#define EXAMPLES_NVME_TEST_CASES_H

#include "nvme/test_rig.h"

extern const struct CMUnitTest nvme_cases[];
extern const size_t nvme_cases_count;

#endif /* EXAMPLES_NVME_TEST_CASES_H */
