/* SPDX-License-Identifier: BSD-2-Clause */
/* What the drivers' tests share: machines, and cases that run on each. */
#ifndef EXAMPLES_TESTS_MACHINE_H
#define EXAMPLES_TESTS_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/machines.h"

/* A machine by its name in machine_configs; without one the case fails. */
const struct machine_config *test_machine(const char *name);

/* machine_destroy: there were so many reports, and nothing leaked. */
void test_machine_end(struct machine *ma, unsigned reports);

/* A case that runs on several machines: *state is the machine_config. */
struct test_each {
	const char *te_name;
	CMUnitTestFunction te_func;
};

/*
 * Cases for test_main: so many; so many of `each' on one machine; on every
 * machine of machine_configs.  `cases' is copied, and so is `each'.
 */
void test_add(const struct CMUnitTest *cases, size_t count);
void test_add_on(const struct machine_config *mc, const struct test_each *each,
    size_t count);
void test_add_on_all(const struct test_each *each, size_t count);

/* Run all that were added, in that order; what main returns. */
int test_main(const char *group);

#endif /* EXAMPLES_TESTS_MACHINE_H */
