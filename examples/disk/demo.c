/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busdma-demo: writes a file through the disk driver to a simulated disk and
 * reads it back, on machines of several kinds, and shows what it took and
 * that every byte came back.  tools/demo.sh builds and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk/machines.h"
#include "disk/transfer.h"

#define SUM_SIZE 65 /* 64 digits and the end */

struct options {
	const char *op_path;
	const char *op_only; /* name of one machine */
	uint64_t op_seed;
	bool op_json;
	bool op_progress;
};

/* What is known of the file. */
struct subject {
	int su_fd;
	uint64_t su_size;
	char su_sum[SUM_SIZE];
};

/* The progress line of one machine's run. */
struct progress {
	const char *pr_name;
	unsigned pr_number;
	unsigned pr_of;
	int pr_percent; /* as shown last */
};

struct result {
	const struct machine_config *re_config;
	struct transfer_stats re_stats;
	char re_sum[SUM_SIZE]; /* of what was read back; or empty */
	unsigned re_reports;
	unsigned re_leaks;
	char re_why[400]; /* empty: passed */
};

static void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "busdma-demo: %s: %s\n", what, why);
}

/*
 * The SHA-256 of a file from its beginning, by sha256sum(1): a program that
 * knows nothing of this one.
 */
static bool
sha256sum(int fd, char sum[SUM_SIZE])
{
	int pipefd[2], status = -1;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	sum[0] = '\0';
	if (lseek(fd, 0, SEEK_SET) != 0 || pipe(pipefd) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		if (dup2(fd, 0) == 0 && dup2(pipefd[1], 1) == 1)
			(void)execlp("sha256sum", "sha256sum", (char *)NULL);
		_exit(127);
	}
	(void)close(pipefd[1]);
	while (pid > 0 && n < SUM_SIZE - 1 &&
	       (got = read(pipefd[0], sum + n, SUM_SIZE - 1 - n)) > 0)
		n += (size_t)got;
	(void)close(pipefd[0]);
	sum[n] = '\0';
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0 ||
	    n != SUM_SIZE - 1 ||
	    strspn(sum, "0123456789abcdef") != SUM_SIZE - 1) {
		sum[0] = '\0';
		return false;
	}
	return true;
}

/*
 * An open file in the directory for temporary files.  Its name is returned
 * for the caller to unlink.
 */
static int
temporary(char *path, size_t size)
{
	const char *dir = getenv("TMPDIR");
	int n;

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	n = snprintf(path, size, "%s/busdma-demo.XXXXXX", dir);
	if (n < 0 || (size_t)n >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return mkstemp(path);
}

/* Whether the first `size' bytes of two files are the same. */
static bool
same_bytes(int a, int b, uint64_t size)
{
	static char abuf[65536], bbuf[65536];
	uint64_t offset = 0;
	size_t n;

	while (offset < size) {
		n = size - offset < sizeof(abuf) ? (size_t)(size - offset)
						 : sizeof(abuf);
		if (pread(a, abuf, n, (off_t)offset) != (ssize_t)n ||
		    pread(b, bbuf, n, (off_t)offset) != (ssize_t)n ||
		    memcmp(abuf, bbuf, n) != 0)
			return false;
		offset += n;
	}
	return true;
}

static void
show_progress(void *arg, uint64_t done, uint64_t total)
{
	struct progress *pr = arg;
	int percent = total == 0 ? 100 : (int)(done * 100 / total);

	if (percent == pr->pr_percent)
		return;
	pr->pr_percent = percent;
	(void)fprintf(stderr, "\r[%u/%u] %-16s %s %3d%%  ", pr->pr_number,
	    pr->pr_of, pr->pr_name, done * 2 <= total ? "writing" : "reading",
	    percent);
	(void)fflush(stderr);
}

static void
clear_progress(void)
{
	(void)fprintf(stderr, "\r%50s\r", "");
	(void)fflush(stderr);
}

/* The first reason stays. */
static void
because(struct result *re, const char *why)
{
	if (re->re_why[0] == '\0')
		(void)snprintf(re->re_why, sizeof(re->re_why), "%s", why);
}

/* The machine is made, used and unmade; `back' gets what was read back. */
static void
run_machine(const struct options *op, const struct subject *su,
    struct progress *pr, struct result *re, int back)
{
	struct machine ma;
	struct transfer tr = {
		.tr_machine = &ma,
		.tr_from = su->su_fd,
		.tr_to = back,
		.tr_size = su->su_size,
		.tr_seed = op->op_seed,
		.tr_progress = op->op_progress ? show_progress : NULL,
		.tr_arg = pr,
	};
	uint64_t blocks = transfer_blocks(su->su_size);
	char path[1024];
	int error, disk;

	disk = temporary(path, sizeof(path));
	if (disk < 0) {
		because(re, "no file for the disk");
		return;
	}
	error = machine_create(&ma, re->re_config, op->op_seed, path,
	    (blocks == 0 ? 1 : blocks) * SIMDISK_BLOCKSIZE);
	(void)unlink(path);
	if (error != 0) {
		because(re, "the machine can't be made");
		(void)close(disk);
		return;
	}
	if (!transfer_run(&tr))
		because(re, tr.tr_why);
	re->re_stats = tr.tr_stats;
	re->re_leaks = machine_destroy(&ma);
	re->re_reports = ma.ma_reports;
	if (re->re_reports != 0)
		because(re, ma.ma_reporttext);
	if (re->re_leaks != 0)
		because(re, "something was not given back");
	if (!same_bytes(su->su_fd, disk, su->su_size))
		because(re, "the disk does not hold the file");
	(void)close(disk);
}

static void
run_config(const struct options *op, const struct subject *su,
    struct progress *pr, struct result *re)
{
	char path[1024];
	int back;

	back = temporary(path, sizeof(path));
	if (back < 0) {
		because(re, "no file for what is read back");
		return;
	}
	(void)unlink(path);
	run_machine(op, su, pr, re, back);
	if (op->op_progress)
		clear_progress();
	if (!sha256sum(back, re->re_sum))
		because(re, "sha256sum failed");
	(void)close(back);
	if (strcmp(re->re_sum, su->su_sum) != 0)
		because(re, "what was read back differs from the file");
}

static double
per_load(const struct transfer_stats *ts)
{
	return ts->ts_loads == 0
		   ? 0.0
		   : (double)ts->ts_segments / (double)ts->ts_loads;
}

/* Bytes moved in a second: every byte is written and read. */
static double
rate(const struct transfer_stats *ts)
{
	return ts->ts_seconds > 0.0
		   ? 2.0 * (double)ts->ts_bytes / ts->ts_seconds
		   : 0.0;
}

static void
print_head(const struct options *op, const struct subject *su)
{
	if (op->op_json)
		return;
	(void)printf(
	    "file: %s, %" PRIu64 " bytes\n\n", op->op_path, su->su_size);
	(void)printf("%-4s %-14s %11s %6s %9s %9s %8s %7s\n", "", "machine",
	    "bytes", "loads", "fragments", "segs/load", "time s", "MB/s");
}

static void
print_result(const struct subject *su, const struct result *re)
{
	const struct transfer_stats *ts = &re->re_stats;

	(void)printf("%-4s %-14s %11" PRIu64 " %6" PRIu64 " %9" PRIu64
		     " %9.2f %8.3f %7.1f\n",
	    re->re_why[0] == '\0' ? "ok" : "FAIL", re->re_config->mc_name,
	    ts->ts_bytes, ts->ts_loads, ts->ts_fragments, per_load(ts),
	    ts->ts_seconds, rate(ts) / 1e6);
	(void)printf("     %s\n", re->re_config->mc_text);
	(void)printf("     read back %s\n", re->re_sum);
	(void)printf("     sha256sum %s\n", su->su_sum);
	if (re->re_why[0] != '\0')
		(void)printf("     because: %s (reports %u, leaks %u)\n",
		    re->re_why, re->re_reports, re->re_leaks);
}

/* A string in JSON; one that is not UTF-8 is taken for Latin-1. */
static void
print_string(const char *s)
{
	bool utf8 = mbstowcs(NULL, s, 0) != (size_t)-1;
	unsigned char c;

	(void)putchar('"');
	for (; (c = (unsigned char)*s) != '\0'; s++) {
		if (c == '"' || c == '\\')
			(void)printf("\\%c", c);
		else if (c < 0x20 || c == 0x7f || (c > 0x7f && !utf8))
			(void)printf("\\u%04x", c);
		else
			(void)putchar(c);
	}
	(void)putchar('"');
}

static void
print_json(const struct subject *su, const struct result *re)
{
	static const char *const shortcuts[] = { "on", "off", "whole" };
	const struct transfer_stats *ts = &re->re_stats;

	(void)printf("{\"type\": \"machine\", \"name\": ");
	print_string(re->re_config->mc_name);
	(void)printf(", \"description\": ");
	print_string(re->re_config->mc_text);
	(void)printf(", \"page_size\": %" PRIu32 ", \"shortcut\": \"%s\"",
	    machine_pagesize(re->re_config),
	    shortcuts[re->re_config->mc_shortcut]);
	(void)printf(", \"bytes\": %" PRIu64 ", \"loads\": %" PRIu64
		     ", \"fragments\": %" PRIu64 ", \"segments\": %" PRIu64,
	    ts->ts_bytes, ts->ts_loads, ts->ts_fragments, ts->ts_segments);
	(void)printf(", \"segments_per_load\": %.3f, \"most_segments\": %u"
		     ", \"splits\": %" PRIu64 ", \"most_in_flight\": %u",
	    per_load(ts), ts->ts_mostsegs, ts->ts_splits, ts->ts_mostinflight);
	(void)printf(", \"seconds\": %.6f, \"bytes_per_second\": %.0f",
	    ts->ts_seconds, rate(ts));
	(void)printf(", \"sha256\": \"%s\", \"file_sha256\": \"%s\""
		     ", \"reports\": %u, \"leaks\": %u, \"ok\": %s",
	    re->re_sum, su->su_sum, re->re_reports, re->re_leaks,
	    re->re_why[0] == '\0' ? "true" : "false");
	if (re->re_why[0] != '\0') {
		(void)printf(", \"why\": ");
		print_string(re->re_why);
	}
	(void)printf("}\n");
}

static void
print_summary(const struct options *op, const struct subject *su,
    unsigned passed, unsigned failed)
{
	if (!op->op_json) {
		(void)printf("\n%u passed, %u failed\n", passed, failed);
		return;
	}
	(void)printf("{\"type\": \"summary\", \"file\": ");
	print_string(op->op_path);
	(void)printf(", \"bytes\": %" PRIu64 ", \"sha256\": \"%s\""
		     ", \"seed\": %" PRIu64 ", \"passed\": %u"
		     ", \"failed\": %u, \"ok\": %s}\n",
	    su->su_size, su->su_sum, op->op_seed, passed, failed,
	    failed == 0 ? "true" : "false");
}

static int
run_all(const struct options *op, const struct subject *su)
{
	unsigned i, passed = 0, failed = 0;

	print_head(op, su);
	for (i = 0; i < machine_nconfigs; i++) {
		struct result re = { .re_config = &machine_configs[i] };
		struct progress pr = {
			.pr_name = machine_configs[i].mc_name,
			.pr_number = i + 1,
			.pr_of = machine_nconfigs,
			.pr_percent = -1,
		};

		if (op->op_only != NULL &&
		    strcmp(op->op_only, re.re_config->mc_name) != 0)
			continue;
		run_config(op, su, &pr, &re);
		if (op->op_json)
			print_json(su, &re);
		else
			print_result(su, &re);
		(void)fflush(stdout);
		if (re.re_why[0] == '\0')
			passed++;
		else
			failed++;
	}
	print_summary(op, su, passed, failed);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("standard output", strerror(errno));
		return 1;
	}
	return failed == 0 && passed > 0 ? 0 : 1;
}

/* Open the file and take its sum, if the caller did not give one. */
static bool
open_subject(const struct options *op, struct subject *su)
{
	struct stat st;

	su->su_fd = open(op->op_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (su->su_fd < 0 || fstat(su->su_fd, &st) != 0) {
		complain(op->op_path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(op->op_path, S_ISDIR(st.st_mode)
					  ? "is a directory"
					  : "is not a regular file");
		return false;
	}
	su->su_size = (uint64_t)st.st_size;
	if (su->su_sum[0] == '\0' && !sha256sum(su->su_fd, su->su_sum)) {
		complain(op->op_path, "sha256sum failed on it");
		return false;
	}
	return true;
}

static void
usage(FILE *f)
{
	unsigned i;

	(void)fprintf(f,
	    "usage: busdma-demo [options] FILE\n"
	    "Write FILE through the disk driver to a simulated disk, read it\n"
	    "back, and compare, on each of these machines:\n");
	for (i = 0; i < machine_nconfigs; i++)
		(void)fprintf(f, "  %-16s %s\n", machine_configs[i].mc_name,
		    machine_configs[i].mc_text);
	(void)fprintf(f,
	    "options:\n"
	    "  --json           one JSON object a line: machines, a summary\n"
	    "  --progress       a progress line even where none is usual\n"
	    "  --only MACHINE   that machine only\n"
	    "  --seed N         other requests, other fragments\n"
	    "  --sha256 SUM     what sha256sum says of FILE\n");
}

static bool
known_machine(const char *name)
{
	unsigned i;

	for (i = 0; i < machine_nconfigs; i++) {
		if (strcmp(name, machine_configs[i].mc_name) == 0)
			return true;
	}
	complain(name, "no such machine; --help lists them");
	return false;
}

static bool
valid_sum(const char *sum)
{
	if (strlen(sum) == SUM_SIZE - 1 &&
	    strspn(sum, "0123456789abcdef") == SUM_SIZE - 1)
		return true;
	complain(sum, "is no SHA-256: 64 digits of 0-9a-f");
	return false;
}

static bool
parse_seed(const char *s, uint64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoull(s, &end, 0);
	if (errno == 0 && end != s && *end == '\0' && s[0] != '-')
		return true;
	complain(s, "is no seed: a number from 0 to 2^64-1");
	return false;
}

/* 0: go on; else the exit status plus one. */
static int
parse(int argc, char **argv, struct options *op, struct subject *su)
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "progress", no_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "sha256", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage(stdout);
			return 1;
		case 'j':
			op->op_json = true;
			break;
		case 'o':
			if (!known_machine(optarg))
				return 3;
			op->op_only = optarg;
			break;
		case 'p':
			op->op_progress = true;
			break;
		case 's':
			if (!parse_seed(optarg, &op->op_seed))
				return 3;
			break;
		case 'S':
			if (!valid_sum(optarg))
				return 3;
			(void)snprintf(
			    su->su_sum, sizeof(su->su_sum), "%s", optarg);
			break;
		default:
			usage(stderr);
			return 3;
		}
	}
	if (argc - optind != 1) {
		usage(stderr);
		return 3;
	}
	op->op_path = argv[optind];
	return 0;
}

int
main(int argc, char **argv)
{
	struct options op = { .op_seed = 1,
		.op_progress = isatty(STDERR_FILENO) };
	struct subject su = { .su_fd = -1 };
	int status;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	status = parse(argc, argv, &op, &su);
	if (status != 0)
		return status - 1;
	if (!open_subject(&op, &su))
		return 2;
	return run_all(&op, &su);
}
