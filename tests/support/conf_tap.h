/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the conformance suite over configurations and tells of it in TAP.
 */
#ifndef CONF_TAP_H
#define CONF_TAP_H

#include "../conformance/suite.h"

struct conf_config {
	const char *cg_name;
	/*
	 * Make the environment anew for one case, and take it down; `drop'
	 * returns how many things the library still held.
	 */
	bool (*cg_make)(const struct conf_config *cg, struct conf_env *env);
	unsigned (*cg_drop)(struct conf_env *env);
	const void *cg_arg; /* for cg_make */
	/* Cases of the configuration's own; NULL: the whole suite. */
	const struct conf_case *cg_cases;
};

/*
 * Run all configurations and print the plan; returns main's value.
 * argv[1], if given: only the cases of that name; argv[2]: only the
 * configurations whose name contains it.  In front of them, `--every N FIRST':
 * one configuration in N, from the one numbered FIRST, which is below N.
 */
int conf_tap(
    const struct conf_config *configs, size_t n, int argc, char **argv);

#endif /* CONF_TAP_H */
