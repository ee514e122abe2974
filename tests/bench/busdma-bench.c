/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busdma-bench: what the library's operations cost.
 *
 * It takes times by itself; tools/bench.sh runs it a second time under
 * callgrind (--count) and gives it the instructions that were counted
 * (--counts FILE), so that both stand in one line.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

#define REPETITIONS 40
#define REPETITION_NS 1000000
/* A counted run, and one twice as long: what differs is the operations. */
#define COUNTED 128ul
/* So many that what is printed reads as thousandths. */
#define PROFILED 1000ul

static struct options {
	enum format op_format;
	bool op_quick, op_list, op_count, op_profile;
	const char *op_only;
} op;

uint64_t
bench_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool
chosen(const char *name)
{
	return op.op_only == NULL || strcmp(op.op_only, name) == 0;
}

/*
 * tools/bench.sh has callgrind reset its counters before this function and
 * write them out behind it: it must be called, by this name.
 */
int bench_region(bench_fn fn, struct fixture *fx, unsigned long n);

__attribute__((noinline)) int
bench_region(bench_fn fn, struct fixture *fx, unsigned long n)
{
	return (*fn)(fx, n);
}

/* Two regions, and a line for each in the order in which they were run. */
static bool
count(const char *name, const char *kind, bench_fn fn, struct fixture *fx)
{
	if (fn == NULL)
		return true;
	if ((*fn)(fx, COUNTED) != 0)
		return false;
	for (unsigned long n = COUNTED; n <= 2 * COUNTED; n += COUNTED) {
		if (bench_region(fn, fx, n) != 0)
			return false;
		printf("%s %s %lu\n", name, kind, n);
	}
	return true;
}

/* Nanoseconds; 0: an operation failed. */
static uint64_t
run_for(bench_fn fn, struct fixture *fx, unsigned long n)
{
	uint64_t start = bench_clock();

	if ((*fn)(fx, n) != 0)
		return 0;
	return bench_clock() - start + 1;
}

/* Best of several, in nanoseconds an operation; the two take turns. */
static bool
measure(const struct bench_case *bc, struct fixture *fx, double ns[2])
{
	bench_fn fn[2] = { bc->bc_run, bc->bc_floor_run };
	unsigned reps = op.op_quick ? 1 : REPETITIONS;
	unsigned long n[2] = { 4, 4 };

	ns[0] = ns[1] = -1;
	for (unsigned r = 0; r < reps; r++)
		for (unsigned i = 0; i < 2 && fn[i] != NULL; i++) {
			uint64_t took = run_for(fn[i], fx, n[i]);

			/* The first repetition finds the length. */
			while (r == 0 && !op.op_quick && took != 0 &&
			       took < REPETITION_NS) {
				n[i] *= 2;
				took = run_for(fn[i], fx, n[i]);
			}
			if (took == 0)
				return false;
			if (ns[i] < 0 || (double)took / (double)n[i] < ns[i])
				ns[i] = (double)took / (double)n[i];
		}
	return true;
}

/* Instructions, the floor's, and what is held against the target. */
static void
fill_counts(const struct bench_case *bc, struct line *ln)
{
	ln->ln_instructions = counts_get(bc->bc_name, "op");
	ln->ln_floor_instructions = counts_get(bc->bc_name, "floor");
	ln->ln_value = ln->ln_instructions;
	ln->ln_unit = "instructions";
	ln->ln_target = bc->bc_goal == GOAL_NONE ? -1 : bc->bc_target;
	if (bc->bc_goal == GOAL_MORE) {
		ln->ln_unit = "more than floor";
		ln->ln_value -= ln->ln_floor_instructions;
	}
	if (bc->bc_goal == GOAL_TIME) {
		ln->ln_unit = "of floor, in time";
		ln->ln_value =
		    ln->ln_floor_ns > 0 ? ln->ln_ns / ln->ln_floor_ns : -1;
	}
	if (bc->bc_goal != GOAL_FLOORS)
		return;
	ln->ln_unit = "of floor";
	if (ln->ln_floor_instructions > 0)
		ln->ln_value = ln->ln_instructions / ln->ln_floor_instructions;
}

static bool
do_case(const struct bench_case *bc)
{
	static struct fixture fx;
	struct line ln = {
		.ln_name = bc->bc_name,
		.ln_floor = bc->bc_floor,
		.ln_netbsd = bc->bc_netbsd,
		.ln_freebsd = bc->bc_freebsd,
	};
	double ns[2];
	bool ok;

	if (!fixture_open(&fx, bc)) {
		fprintf(stderr, "%s: it does not do its work\n", bc->bc_name);
		fixture_close(&fx);
		return false;
	}
	if (op.op_profile) {
		ok = (*bc->bc_run)(&fx, COUNTED) == 0 &&
		     bench_region(bc->bc_run, &fx, PROFILED) == 0;
	} else if (op.op_count) {
		ok = count(bc->bc_name, "op", bc->bc_run, &fx) &&
		     count(bc->bc_name, "floor", bc->bc_floor_run, &fx);
	} else {
		ok = measure(bc, &fx, ns);
		ln.ln_ns = ns[0];
		ln.ln_floor_ns = ns[1];
		fill_counts(bc, &ln);
		if (ok)
			print_line(&ln, op.op_format);
	}
	fixture_close(&fx);
	if (!ok)
		fprintf(stderr, "%s: an operation failed\n", bc->bc_name);
	return ok;
}

/* Rows that are no loop over one operation. */
static const struct {
	const char *ex_name, *ex_control;
	enum { EX_THREADS, EX_MAP, EX_TEXT } ex_kind;
	int ex_arg;
	double ex_target;
} extras[] = {
	{ "threads/direct/load_unload", "threads/control/load_unload",
	    EX_THREADS, THREADS_LOAD, 0.9 },
	{ "threads/direct/sync", "threads/control/sync", EX_THREADS,
	    THREADS_SYNC, 0.9 },
	{ "threads/bounce/1500", "threads/control/bounce", EX_THREADS,
	    THREADS_BOUNCE, 0.85 },
	{ "map_memory/direct/1", NULL, EX_MAP, 1, 112 },
	{ "map_memory/direct/8", NULL, EX_MAP, 8, 224 },
	{ "text_size/direct", NULL, EX_TEXT, 0, 8192 },
};
#define NEXTRAS (sizeof(extras) / sizeof(extras[0]))

static struct line
extra_line(const char *name, const char *unit, double value, double target)
{
	return (struct line){
		.ln_name = name,
		.ln_ns = -1,
		.ln_floor_ns = -1,
		.ln_instructions = -1,
		.ln_floor_instructions = -1,
		.ln_value = value,
		.ln_unit = unit,
		.ln_target = target,
	};
}

/* The work's row and the control's; unknown where there is one CPU. */
static bool
do_threads(
    const char *name, const char *control, enum threads_job job, double target)
{
	struct threads_result tr = { -1, -1, -1, -1, -1, -1 };
	bool ok = threads_measure(job, op.op_quick, &tr);
	struct line ln = extra_line(name, "of twice one", tr.tr_value, target);

	if (!ok)
		fprintf(stderr, "%s: could not be measured\n", name);
	ln.ln_atleast = true;
	ln.ln_floor = "one thread";
	ln.ln_ns = tr.tr_two;
	ln.ln_floor_ns = tr.tr_one;
	print_line(&ln, op.op_format);

	ln.ln_name = control;
	ln.ln_value = tr.tr_control;
	ln.ln_target = -1;
	ln.ln_ns = tr.tr_control_two;
	ln.ln_floor_ns = tr.tr_control_one;
	print_line(&ln, op.op_format);
	return ok || !threads_possible();
}

static bool
do_extra(size_t i)
{
	const char *name = extras[i].ex_name;
	double bytes;
	struct line ln;

	if (extras[i].ex_kind == EX_THREADS)
		return do_threads(name, extras[i].ex_control,
		    (enum threads_job)extras[i].ex_arg, extras[i].ex_target);
	bytes = extras[i].ex_kind == EX_MAP
		    ? (double)map_bytes(extras[i].ex_arg)
		    : counts_get(name, "bytes");
	ln = extra_line(name, "bytes", bytes, extras[i].ex_target);
	print_line(&ln, op.op_format);
	return bytes != 0;
}

static void
list(void)
{
	for (size_t i = 0; i < bench_ncases; i++)
		puts(bench_cases[i].bc_name);
	for (size_t i = 0; i < NEXTRAS; i++) {
		puts(extras[i].ex_name);
		if (extras[i].ex_control != NULL)
			puts(extras[i].ex_control);
	}
}

static int
usage(void)
{
	fputs(
	    "usage: busdma-bench [--json | --markdown] [--quick] "
	    "[--only NAME] [--counts FILE]\n"
	    "       busdma-bench --list | --count | --profile [--only NAME]\n",
	    stderr);
	return 2;
}

static int
parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i];

		if (strcmp(arg, "--json") == 0)
			op.op_format = FORMAT_JSON;
		else if (strcmp(arg, "--markdown") == 0)
			op.op_format = FORMAT_MARKDOWN;
		else if (strcmp(arg, "--quick") == 0)
			op.op_quick = true;
		else if (strcmp(arg, "--list") == 0)
			op.op_list = true;
		else if (strcmp(arg, "--count") == 0)
			op.op_count = true;
		else if (strcmp(arg, "--profile") == 0)
			op.op_profile = true;
		else if (strcmp(arg, "--only") == 0 && i + 1 < argc)
			op.op_only = argv[++i];
		else if (strcmp(arg, "--counts") != 0 || i + 1 == argc)
			return usage();
		else if (!counts_read(argv[++i])) {
			fprintf(
			    stderr, "busdma-bench: %s: no counts\n", argv[i]);
			return 1;
		}
	}
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned ran = 0;
	bool ok = true, quiet;
	int rc = parse(argc, argv);

	if (rc != 0)
		return rc;
	quiet = op.op_count || op.op_profile;
	if (op.op_list) {
		list();
		return 0;
	}
	if (!machine_init()) {
		fputs("busdma-bench: no memory\n", stderr);
		return 1;
	}
	if (!quiet)
		print_head(op.op_format);
	for (size_t i = 0; i < bench_ncases; i++)
		if (chosen(bench_cases[i].bc_name)) {
			ok &= do_case(&bench_cases[i]);
			ran++;
		}
	for (size_t i = 0; i < NEXTRAS && !quiet; i++)
		if (chosen(extras[i].ex_name)) {
			ok &= do_extra(i);
			ran++;
		}
	if (machine_pages()->ma_port.po_nfaults != 0 ||
	    machine_linear()->ma_port.po_nfaults != 0) {
		fputs("busdma-bench: the library reported errors\n", stderr);
		ok = false;
	}
	if (ran == 0)
		return usage();
	machine_done();
	return ok ? 0 : 1;
}
