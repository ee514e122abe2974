/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an oracle is asked for:
 *
 *	--cases N	so many random cases
 *	--case I	that one alone, again
 *	--seed S	of this seed; else BUSDMA_SEED's, else always the same
 */
#ifndef ORACLE_ARGS_H
#define ORACLE_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle_args {
	uint64_t oa_seed;
	uint64_t oa_first; /* the first case, and one past the last */
	uint64_t oa_end;
	bool oa_one; /* --case was given */
};

static inline uint64_t
oracle_number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (end == text || *end != '\0') {
		fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return v;
}

static inline struct oracle_args
oracle_args(int argc, char **argv, uint64_t cases)
{
	const char *env = getenv("BUSDMA_SEED");
	struct oracle_args oa = {
		.oa_seed = env != NULL ? oracle_number(env) : 20260101,
		.oa_end = cases,
	};

	for (int i = 1; i < argc; i += 2) {
		uint64_t v = i + 1 < argc ? oracle_number(argv[i + 1]) : 0;

		if (i + 1 == argc) {
			fprintf(stderr, "%s: needs a number\n", argv[i]);
			exit(2);
		} else if (strcmp(argv[i], "--cases") == 0) {
			oa.oa_end = v;
		} else if (strcmp(argv[i], "--seed") == 0) {
			oa.oa_seed = v;
		} else if (strcmp(argv[i], "--case") == 0) {
			oa.oa_first = v;
			oa.oa_end = v + 1;
			oa.oa_one = true;
		} else {
			fprintf(stderr, "%s: unknown\n", argv[i]);
			exit(2);
		}
	}
	return oa;
}

#endif /* ORACLE_ARGS_H */
