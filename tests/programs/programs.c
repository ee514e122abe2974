/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs: the same sequence of calls, by seed, on every machine.
 * What the CPU and the devices see must be what a plain array of bytes says,
 * the segments legal, and nothing reported or left over.
 *
 *	programs [--cases N] [--seed S] [--case I] [--row R | --snooped 0|1]
 *	    [--trace 1]
 *
 * All rows, or one, or those whose devices see the CPU's caches (1) or don't.
 * Of a failure the seed, the case, the row and the step are printed; --trace 1
 * with these prints every step.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "program.h"

void
say(struct program *pr, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(pr->pr_doing, sizeof(pr->pr_doing), fmt, ap);
	va_end(ap);
	if (pr->pr_trace)
		printf("# %u: %s\n", pr->pr_step, pr->pr_doing);
}

/* The one that runs, for who dies in it. */
static struct program program;

static void
where(const struct program *pr)
{
	printf("# --seed %" PRIu64 " --case %" PRIu64 " --row %u (%s)\n"
	       "# step %u: %s\n",
	    pr->pr_seed, pr->pr_case, (unsigned)(pr->pr_row - rows),
	    pr->pr_row->ro_name, pr->pr_step, pr->pr_doing);
}

/* What else could be lost is less than where it was. */
static void
died(void)
{
	if (program.pr_row != NULL && !program.pr_failed)
		where(&program);
	(void)fflush(stdout);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#endif

#ifdef SANITIZED
#include <sanitizer/common_interface_defs.h>

static void
watch(void)
{
	__sanitizer_set_death_callback(died);
}
#else
static void
on_signal(int sig)
{
	died();
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void
watch(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE,
		SIGILL };

	for (unsigned i = 0; i < NITEMS(signals); i++)
		(void)signal(signals[i], on_signal);
}
#endif

/* Only the first error counts. */
void
fail(struct program *pr, const char *fmt, ...)
{
	va_list ap;

	if (pr->pr_failed)
		return;
	pr->pr_failed = true;
	where(pr);
	printf("# wrong: ");
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	(void)fflush(stdout);
}

int
some_buf(struct program *pr, bool used)
{
	unsigned from = (unsigned)rnd_below(&pr->pr_rnd, NBUFS);

	for (unsigned k = 0; k < NBUFS; k++) {
		unsigned i = (from + k) % NBUFS;

		if ((pr->pr_buf[i].bf_data != NULL) == used)
			return (int)i;
	}
	return -1;
}

static bool
map_is(const struct map *mp, enum want want)
{
	switch (want) {
	case FREE:
		return mp->mp_tag == NULL;
	case UNLOADED:
		return mp->mp_tag != NULL && !mp->mp_loaded;
	case LOADED:
		return mp->mp_tag != NULL && mp->mp_loaded &&
		       mp->mp_pool == NULL;
	case BLOCKS:
		return mp->mp_tag != NULL && mp->mp_pool != NULL;
	}
	return false;
}

int
some_map(struct program *pr, enum want want)
{
	unsigned from = (unsigned)rnd_below(&pr->pr_rnd, NMAPS);

	for (unsigned k = 0; k < NMAPS; k++) {
		unsigned i = (from + k) % NMAPS;

		if (map_is(&pr->pr_map[i], want))
			return (int)i;
	}
	return -1;
}

uint32_t
some_run(struct program *pr, const void *what, uint32_t n, good_t *good,
    uint32_t *at)
{
	struct rnd *r = &pr->pr_rnd;
	uint32_t low = (uint32_t)rnd_below(r, n), high, k;
	bool all = rnd_one_in(r, 2);
	uint64_t one = rnd(r), another = rnd(r);

	*at = 0;
	for (k = 0; k < n && !good(pr, what, low); k++)
		low = low + 1 < n ? low + 1 : 0;
	if (k == n)
		return 0;
	for (high = low; high + 1 < n && good(pr, what, high + 1); high++)
		continue;
	while (low > 0 && good(pr, what, low - 1))
		low--;
	if (!all) {
		low += (uint32_t)(one % (high - low + 1));
		high = low + (uint32_t)(another % (high - low + 1));
	}
	*at = low;
	return high - low + 1;
}

uint32_t
some_map_run(struct program *pr, struct query *qu, good_t *good, uint32_t *at)
{
	unsigned from = (unsigned)rnd_below(&pr->pr_rnd, NMAPS);
	uint32_t n = 0;

	for (unsigned k = 0; k < NMAPS && n == 0; k++) {
		qu->qu_map = &pr->pr_map[(from + k) % NMAPS];
		if (map_is(qu->qu_map, LOADED) || map_is(qu->qu_map, BLOCKS))
			n = some_run(pr, qu, qu->qu_map->mp_total, good, at);
	}
	return n;
}

static const struct {
	void (*step)(struct program *pr);
	unsigned weight;
} steps[] = {
	{ step_buf, 4 },
	{ step_buf_free, 2 },
	{ step_tag, 2 },
	{ step_tag_destroy, 1 },
	{ step_pool, 1 },
	{ step_pool_destroy, 1 },
	{ step_block, 3 },
	{ step_block_free, 2 },
	{ step_map, 5 },
	{ step_map_destroy, 2 },
	{ step_load, 22 },
	{ step_unload, 6 },
	{ step_pre, 22 },
	{ step_post, 8 },
	{ step_poll, 5 },
	{ step_barrier, 1 },
	{ step_dev_read, 14 },
	{ step_dev_write, 13 },
	{ step_store, 8 },
	{ step_look, 3 },
};

static void
one_step(struct program *pr)
{
	unsigned sum = 0, w;

	for (unsigned i = 0; i < NITEMS(steps); i++)
		sum += steps[i].weight;
	w = (unsigned)rnd_below(&pr->pr_rnd, sum);
	for (unsigned i = 0;; w -= steps[i++].weight) {
		if (w >= steps[i].weight)
			continue;
		steps[i].step(pr);
		return;
	}
}

/* Give all up, in an order in which nothing is wrong. */
static void
clean_up(struct program *pr)
{
	say(pr, "the end");
	for (unsigned i = 0; i < NMAPS && !pr->pr_failed; i++) {
		struct map *mp = &pr->pr_map[i];

		if (mp->mp_tag != NULL && mp->mp_pool != NULL)
			block_free(pr, mp);
		else if (mp->mp_tag != NULL)
			map_destroy(pr, mp);
	}
	for (unsigned i = 0; i < NPOOLS && !pr->pr_failed; i++)
		if (pr->pr_pool[i].po_pool != NULL)
			pool_destroy(pr, &pr->pr_pool[i]);
	for (unsigned i = 0; i < NBUFS && !pr->pr_failed; i++)
		if (pr->pr_buf[i].bf_data != NULL)
			buf_free(pr, &pr->pr_buf[i]);
	/* A slot that was used again may be its parent's parent. */
	for (unsigned n = 0; n < NTAGS && !pr->pr_failed; n++)
		for (unsigned i = NTAGS; i-- != 0;)
			if (pr->pr_tag[i].ta_tag != NULL &&
			    pr->pr_tag[i].ta_refs == 0)
				tag_destroy(pr, &pr->pr_tag[i]);
}

/* The model's own memory, after a failure. */
static void
drop_model(struct program *pr)
{
	for (unsigned i = 0; i < NMAPS; i++)
		if (pr->pr_map[i].mp_tag != NULL)
			map_no_arrays(&pr->pr_map[i]);
	for (unsigned i = 0; i < NBUFS; i++)
		if (pr->pr_buf[i].bf_data != NULL)
			buf_fini(&pr->pr_buf[i]);
}

/* *state: where the draws end, which is the same on every machine. */
static bool
run_program(struct program *pr, uint64_t *state)
{
	unsigned n;

	pr->pr_rnd.rn_state =
	    pr->pr_seed + pr->pr_case * UINT64_C(0x9e3779b97f4a7c15);
	say(pr, "the machine");
	if (machine_create(pr)) {
		n = (unsigned)rnd_in(&pr->pr_rnd, 30, 150);
		for (unsigned i = 0; i < 4 && !pr->pr_failed; i++) {
			step_buf(pr);
			step_map(pr);
		}
		for (; pr->pr_step < n && !pr->pr_failed; pr->pr_step++)
			one_step(pr);
		if (!pr->pr_failed)
			clean_up(pr);
	}
	*state = pr->pr_rnd.rn_state;
	drop_model(pr);
	machine_destroy(pr);
	pr->pr_counts->ct_programs++;
	return !pr->pr_failed;
}

struct args {
	struct oracle_args ar_oracle;
	bool *ar_row; /* of each row: it is asked for */
	unsigned ar_nrows;
	bool ar_trace;
};

/* The rows that an argument names, and no others. */
static void
choose(struct args *ar, bool all, bool snooped, uint64_t row)
{
	ar->ar_nrows = 0;
	for (unsigned i = 0; i < nrows; i++) {
		ar->ar_row[i] =
		    all ? snooped == (rows[i].ro_line == 0) : row == i;
		ar->ar_nrows += ar->ar_row[i];
	}
	if (ar->ar_nrows == 0) {
		fprintf(stderr, "there are %u rows\n", nrows);
		exit(2);
	}
}

/* Those of the oracles, and three more, which are taken out. */
static void
parse(int argc, char **argv, struct args *ar)
{
	int n = 1;

	ar->ar_nrows = nrows;
	memset(ar->ar_row, true, nrows);
	ar->ar_trace = false;
	for (int i = 1; i < argc; i++) {
		if (i + 1 < argc && strcmp(argv[i], "--row") == 0)
			choose(ar, false, false, oracle_number(argv[++i]));
		else if (i + 1 < argc && strcmp(argv[i], "--snooped") == 0)
			choose(ar, true, oracle_number(argv[++i]) != 0, 0);
		else if (i + 1 < argc && strcmp(argv[i], "--trace") == 0)
			ar->ar_trace = oracle_number(argv[++i]) != 0;
		else
			argv[n++] = argv[i];
	}
	ar->ar_oracle = oracle_args(n, argv, 200);
}

/* On the i-th machine. */
static bool
run_one(const struct args *ar, uint64_t c, unsigned i, struct counts *counts,
    uint64_t *state)
{
	struct program *pr = &program;

	memset(pr, 0, sizeof(*pr));
	pr->pr_row = &rows[i];
	pr->pr_seed = ar->ar_oracle.oa_seed;
	pr->pr_case = c;
	pr->pr_trace = ar->ar_trace;
	pr->pr_counts = counts;
	return run_program(pr, state);
}

/* A machine is given up after three failures. */
static void
run_all(const struct args *ar, unsigned *bad, struct counts *counts)
{
	for (uint64_t c = ar->ar_oracle.oa_first; c < ar->ar_oracle.oa_end;
	     c++) {
		uint64_t first = 0, state;
		bool one = false;

		for (unsigned i = 0; i < nrows; i++) {
			if (!ar->ar_row[i] || bad[i] == 3)
				continue;
			if (run_one(ar, c, i, &counts[i], &state)) {
				if (one && state != first)
					fail(&program, "another program");
				first = state;
				one = true;
			}
			bad[i] += program.pr_failed;
		}
	}
}

/* Whether what was run is worth it: few enough loads are refused. */
static bool
enough(const struct counts *ct, const struct row *ro)
{
	return ct->ct_programs < 50 ||
	       (ct->ct_loads > 4 * ct->ct_programs && ct->ct_refused > 0 &&
		   ct->ct_refused * 3 < ct->ct_loads * 2 && ct->ct_polls > 0 &&
		   (ro->ro_bounce == NULL ||
		       4 * ct->ct_bounced > ct->ct_programs));
}

static void
print_counts(const struct counts *ct)
{
	printf("# %" PRIu64 " loads, %" PRIu64 " refused (%" PRIu64
	       " for want of slots), %" PRIu64 " bounced, %" PRIu64
	       " segments; %" PRIu64 " PRE, %" PRIu64 " POST, %" PRIu64
	       " polls; %" PRIu64 " reads, %" PRIu64 " writes; %" PRIu64
	       " bytes\n",
	    ct->ct_loads, ct->ct_refused, ct->ct_short, ct->ct_bounced,
	    ct->ct_segments, ct->ct_pre, ct->ct_post, ct->ct_polls,
	    ct->ct_reads, ct->ct_writes, ct->ct_bytes);
}

/* A machine is a case of the suite; how many of them failed. */
static unsigned
print_results(
    const struct args *ar, const unsigned *bad, const struct counts *counts)
{
	unsigned n = 0, failed = 0;
	uint64_t runs = 0;

	for (unsigned i = 0; i < nrows; i++) {
		bool good = bad[i] == 0;

		if (!ar->ar_row[i])
			continue;
		print_counts(&counts[i]);
		if (!enough(&counts[i], &rows[i])) {
			printf("# the programs are too much alike\n");
			good = false;
		}
		printf("%s %u - %s\n", good ? "ok" : "not ok", ++n,
		    rows[i].ro_name);
		failed += !good;
		runs += counts[i].ct_programs;
	}
	printf("# seed %" PRIu64 ": %" PRIu64
	       " programs on %u machines: %" PRIu64 " runs\n",
	    ar->ar_oracle.oa_seed,
	    ar->ar_oracle.oa_end - ar->ar_oracle.oa_first, n, runs);
	return failed;
}

int
main(int argc, char **argv)
{
	unsigned *bad = calloc(nrows, sizeof(*bad)), failed;
	struct counts *counts = calloc(nrows, sizeof(*counts));
	struct args ar = { .ar_row = calloc(nrows, sizeof(bool)) };

	if (bad == NULL || counts == NULL || ar.ar_row == NULL)
		return 2;
	parse(argc, argv, &ar);
	printf("1..%u\n", ar.ar_nrows);
	watch();
	run_all(&ar, bad, counts);
	failed = print_results(&ar, bad, counts);
	free(bad);
	free(counts);
	free(ar.ar_row);
	return failed != 0;
}
