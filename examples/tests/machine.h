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

/*
 * How many of `n' seeds to run on a machine: half, where something bounces, as
 * there are many of these.
 */
uint64_t test_seeds(const struct machine_config *mc, uint64_t n);

/*
 * `n' rounded up to whole lines of a cache that its devices don't see: an
 * offset or a length of memory that one of them writes.
 */
size_t test_lines(const struct machine_config *mc, size_t n);

/*
 * Physical memory as the CPU sees it, through its cache: copied from `p' or to
 * it.  False: some of it is not there.
 */
bool test_memory(
    struct busdma_sim *sim, paddr_t pa, void *p, size_t len, bool in);

/* machine_destroy: there were so many reports, and nothing leaked. */
void test_machine_end(struct machine *ma, unsigned reports);

/* A case that runs on several machines: *state is the machine_config. */
struct test_each {
	const char *te_name;
	CMUnitTestFunction te_func;
};

/*
 * Cases for test_main: so many; so many of `each' on one machine; on each
 * machine of machine_configs that the build runs: from TESTS_FIRST on every
 * TESTS_EVERY-th.  `cases' is copied, and so is `each'.
 */
void test_add(const struct CMUnitTest *cases, size_t count);
void test_add_on(const struct machine_config *mc, const struct test_each *each,
    size_t count);
void test_add_on_all(const struct test_each *each, size_t count);

/* Run all that were added, in that order; what main returns. */
int test_main(const char *group);

#endif /* EXAMPLES_TESTS_MACHINE_H */
