/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks that say what was expected and what came, and the things that a case
 * holds, which are given back however it ends.
 */
#include "suite.h"

static void
put_str(struct conf_outcome *out, const char *s)
{
	size_t n = 0;

	while (out->co_text[n] != '\0')
		n++;
	while (*s != '\0' && n + 1 < sizeof(out->co_text))
		out->co_text[n++] = *s++;
	out->co_text[n] = '\0';
}

static void
put_num(struct conf_outcome *out, uint64_t v)
{
	char buf[19];
	unsigned i = sizeof(buf);

	buf[--i] = '\0';
	do {
		buf[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v != 0);
	buf[--i] = 'x';
	buf[--i] = '0';
	put_str(out, &buf[i]);
}

/* The first failure of a case is the one that is told. */
static struct conf_outcome *
fail(struct conf *c, const char *file, unsigned line)
{
	struct conf_outcome *out = c->cf_out;

	out->co_verdict = CONF_FAIL;
	out->co_file = file;
	out->co_line = line;
	out->co_text[0] = '\0';
	return out;
}

bool
conf_eq(struct conf *c, const char *file, unsigned line, const char *what,
    uint64_t got, uint64_t want)
{
	struct conf_outcome *out;

	if (got == want)
		return true;
	if (c->cf_out->co_verdict == CONF_FAIL)
		return false;
	out = fail(c, file, line);
	put_str(out, what);
	put_str(out, ": expected ");
	put_num(out, want);
	put_str(out, ", came ");
	put_num(out, got);
	return false;
}

bool
conf_true(struct conf *c, const char *file, unsigned line, const char *what,
    bool cond)
{
	struct conf_outcome *out;

	if (cond)
		return true;
	if (c->cf_out->co_verdict == CONF_FAIL)
		return false;
	out = fail(c, file, line);
	put_str(out, "expected ");
	put_str(out, what);
	return false;
}

bool
conf_reported(struct conf *c, const char *file, unsigned line, const char *what,
    enum busdma_report_code code)
{
	struct conf_outcome *out;
	struct busdma_report last;
	unsigned n;

	if (c->cf_env->ce_reports == NULL)
		return true;
	memset(&last, 0, sizeof(last));
	n = c->cf_env->ce_reports(c->cf_env, &last);
	if (n == 1 && last.rp_code == code && last.rp_func != NULL)
		return true;
	out = fail(c, file, line);
	put_str(out, "expected one report ");
	put_str(out, what);
	put_str(out, ", came ");
	put_num(out, n);
	if (n != 0) {
		put_str(out, ", the last: ");
		put_str(out, busdma_report_text(last.rp_code));
	}
	return false;
}

bool
conf_quiet(struct conf *c, const char *file, unsigned line)
{
	struct conf_outcome *out;
	struct busdma_report last;
	unsigned n;

	if (c->cf_env->ce_reports == NULL)
		return true;
	memset(&last, 0, sizeof(last));
	n = c->cf_env->ce_reports(c->cf_env, &last);
	if (n == 0)
		return true;
	out = fail(c, file, line);
	put_str(out, "expected no report, came ");
	put_num(out, n);
	put_str(out, ", the last from ");
	put_str(out, last.rp_func == NULL ? "?" : last.rp_func);
	put_str(out, ": ");
	put_str(out, busdma_report_text(last.rp_code));
	return false;
}

void
conf_skip(struct conf *c, const char *why)
{
	if (c->cf_out->co_verdict != CONF_PASS)
		return;
	c->cf_out->co_verdict = CONF_SKIP;
	c->cf_out->co_text[0] = '\0';
	put_str(c->cf_out, why);
}
