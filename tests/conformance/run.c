/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner: the table of all cases, and what is checked around each one
 * (nothing left over, nothing reported that was not expected).
 */
#include "suite.h"

static const struct conf_case *const groups[] = { conf_bad_cases,
	conf_seg_cases, conf_load_cases, conf_sync_cases, conf_tag_cases,
	conf_restrict_cases, conf_mem_cases, conf_user_cases, conf_data_cases,
	conf_why_cases, conf_stats_cases, conf_fault_cases, conf_pool_cases,
	conf_fail_cases, conf_port_cases, conf_cache_cases, conf_bounce_cases,
	conf_partial_cases };

#define NGROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct conf_case *
find(unsigned i)
{
	const struct conf_case *cc;
	size_t g;

	for (g = 0; g < NGROUPS; g++) {
		for (cc = groups[g]; cc->cc_name != NULL; cc++) {
			if (i-- == 0)
				return cc;
		}
	}
	return NULL;
}

unsigned
conf_count(void)
{
	const struct conf_case *cc;
	unsigned n = 0;
	size_t g;

	for (g = 0; g < NGROUPS; g++) {
		for (cc = groups[g]; cc->cc_name != NULL; cc++)
			n++;
	}
	return n;
}

const char *
conf_name(unsigned i)
{
	const struct conf_case *cc = find(i);

	return cc == NULL ? NULL : cc->cc_name;
}

/* Anything that the case did not expect is a failure of it. */
static void
check_after(struct conf *c, const uint64_t before[2])
{
	const struct conf_env *env = c->cf_env;
	uint64_t after[2];

	QUIET();
	if (env->ce_usage == NULL)
		return;
	env->ce_usage(env, after);
	if (!conf_eq(c, __FILE__, __LINE__, "structures held after the case",
		after[0], before[0]))
		return;
	conf_eq(c, __FILE__, __LINE__, "pages held after the case", after[1],
	    before[1]);
}

enum conf_verdict
conf_run_case(const struct conf_case *cc, const struct conf_env *env,
    struct conf_outcome *out)
{
	static struct conf state;
	struct conf *c = &state;
	struct busdma_report last;
	uint64_t before[2] = { 0, 0 };

	memset(out, 0, sizeof(*out));
	memset(c, 0, sizeof(*c));
	c->cf_env = env;
	c->cf_out = out;
	c->cf_tag = env->ce_tag;
	c->cf_page = env->ce_pl->pl_pagesize;
	if (cc == NULL || env->ce_size != sizeof(*env)) {
		conf_true(c, __FILE__, __LINE__, "environment and case", false);
		return out->co_verdict;
	}
	if (env->ce_reports != NULL)
		(void)env->ce_reports(env, &last);
	if (env->ce_usage != NULL)
		env->ce_usage(env, before);
	cc->cc_run(c);
	conf_cleanup(c);
	if (out->co_verdict != CONF_FAIL)
		check_after(c, before);
	return out->co_verdict;
}

enum conf_verdict
conf_run(unsigned i, const struct conf_env *env, struct conf_outcome *out)
{
	return conf_run_case(find(i), env, out);
}
