/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the conformance suite over configurations and tells of it in TAP.
 */
#include "conf_tap.h"

#include <stdio.h>
#include <stdlib.h>

struct tap {
	unsigned tp_count;
	unsigned tp_failed;
};

static void
tell(struct tap *tp, const char *config, const char *name,
    const struct conf_outcome *out)
{
	tp->tp_count++;
	switch (out->co_verdict) {
	case CONF_PASS:
		printf("ok %u - %s %s\n", tp->tp_count, config, name);
		break;
	case CONF_SKIP:
		printf("ok %u - %s %s # SKIP %s\n", tp->tp_count, config, name,
		    out->co_text);
		break;
	case CONF_FAIL:
		tp->tp_failed++;
		printf("not ok %u - %s %s\n# %s:%u: %s\n", tp->tp_count, config,
		    name, out->co_file != NULL ? out->co_file : "?",
		    out->co_line, out->co_text);
		break;
	}
	fflush(stdout);
}

static void
run_one(struct tap *tp, const struct conf_config *cg,
    const struct conf_case *cc, unsigned i, const char *name)
{
	struct conf_outcome out;
	struct conf_env env;
	unsigned held;

	memset(&env, 0, sizeof(env));
	env.ce_size = sizeof(env);
	memset(&out, 0, sizeof(out));
	if (!cg->cg_make(cg, &env)) {
		out.co_verdict = CONF_FAIL;
		snprintf(out.co_text, sizeof(out.co_text),
		    "the environment can't be made");
		tell(tp, cg->cg_name, name, &out);
		return;
	}
	if (cc != NULL)
		conf_run_case(cc, &env, &out);
	else
		conf_run(i, &env, &out);
	held = cg->cg_drop(&env);
	if (held != 0 && out.co_verdict != CONF_FAIL) {
		out.co_verdict = CONF_FAIL;
		snprintf(out.co_text, sizeof(out.co_text),
		    "expected nothing held at the end, came %u", held);
	}
	tell(tp, cg->cg_name, name, &out);
}

static const char *
case_name(const struct conf_config *cg, unsigned i)
{
	return cg->cg_cases != NULL ? cg->cg_cases[i].cc_name : conf_name(i);
}

/* The value of an option, up to its maximum. */
static bool
number(const char *text, unsigned long most, unsigned long *valuep)
{
	char *end;

	*valuep = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && *valuep <= most)
		return true;
	fprintf(stderr, "%s is not a number up to %lu\n", text, most);
	return false;
}

int
conf_tap(const struct conf_config *configs, size_t n, int argc, char **argv)
{
	unsigned long every = 1, first = 0;
	const struct conf_config *cg;
	struct tap tp = { 0, 0 };
	const char *name;
	unsigned i;

	if (argc > 3 && strcmp(argv[1], "--every") == 0) {
		if (!number(argv[2], 1000, &every) || every == 0 ||
		    !number(argv[3], every - 1, &first))
			return 2;
		argc -= 3;
		argv += 3;
	}
	for (; first < n; first += every) {
		cg = &configs[first];
		if (argc > 2 && strstr(cg->cg_name, argv[2]) == NULL)
			continue;
		for (i = 0; (name = case_name(cg, i)) != NULL; i++) {
			if (argc > 1 && strcmp(argv[1], name) != 0)
				continue;
			run_one(&tp, cg,
			    cg->cg_cases != NULL ? &cg->cg_cases[i] : NULL, i,
			    name);
		}
	}
	printf("1..%u\n", tp.tp_count);
	return tp.tp_failed != 0 || tp.tp_count == 0;
}
