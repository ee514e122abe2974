/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busdma-demo: runs the example drivers on simulated machines of several
 * kinds, and shows what it took and that every byte arrived: a file to a disk
 * and back, packets through a network interface, frames from a frame grabber
 * to a disk.  tools/demo.sh builds and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo/demo.h"

static const struct {
	const char *sh_name;
	void (*sh_run)(struct demo *de);
} shows[] = {
	{ "disk", show_disk },
	{ "network", show_net },
	{ "grabber", show_grab },
};
#define NSHOWS (sizeof(shows) / sizeof(shows[0]))

static void
print_summary(const struct demo *de)
{
	unsigned passed = de->de_passed, failed = de->de_failed;

	if (!de->de_json) {
		(void)printf("\n%u passed, %u failed\n", passed, failed);
		return;
	}
	(void)printf("{\"type\": \"summary\", \"file\": ");
	print_string(de->de_path);
	(void)printf(", \"bytes\": %" PRIu64 ", \"sha256\": \"%s\""
		     ", \"seed\": %" PRIu64 ", \"passed\": %u"
		     ", \"failed\": %u, \"ok\": %s}\n",
	    de->de_size, de->de_sum, de->de_seed, passed, failed,
	    failed == 0 ? "true" : "false");
}

/* Open the file and take its sum, if the caller did not give one. */
static bool
open_subject(struct demo *de)
{
	struct stat st;

	de->de_fd = open(de->de_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (de->de_fd < 0 || fstat(de->de_fd, &st) != 0) {
		complain(de->de_path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		complain(de->de_path, S_ISDIR(st.st_mode)
					  ? "is a directory"
					  : "is not a regular file");
		return false;
	}
	de->de_size = (uint64_t)st.st_size;
	if (de->de_sum[0] == '\0' && !sha256sum(de->de_fd, de->de_sum)) {
		complain(de->de_path, "sha256sum failed on it");
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
	    "back, and compare; send packets through the network driver, and\n"
	    "stream frames of a frame grabber to a disk; on each of these\n"
	    "machines:\n");
	for (i = 0; i < machine_nconfigs; i++)
		(void)fprintf(f, "  %-16s %s\n", machine_configs[i].mc_name,
		    machine_configs[i].mc_text);
	(void)fprintf(f,
	    "options:\n"
	    "  --json           one JSON object a line: machines, a summary\n"
	    "  --progress       a progress line even where none is usual\n"
	    "  --only MACHINE   that machine only\n"
	    "  --show NAME      that device only: disk, network, grabber\n"
	    "  --seed N         other requests, other fragments\n"
	    "  --sha256 SUM     what sha256sum says of FILE\n"
	    "  --trace TRACE    write what happened to the file TRACE, for a\n"
	    "                   trace viewer (ui.perfetto.dev, "
	    "chrome://tracing)\n");
}

static bool
known_machine(const char *name)
{
	if (machine_find(name) != NULL)
		return true;
	complain(name, "no such machine; --help lists them");
	return false;
}

static bool
known_show(const char *name)
{
	size_t i;

	for (i = 0; i < NSHOWS; i++) {
		if (strcmp(name, shows[i].sh_name) == 0)
			return true;
	}
	complain(name, "no such show: disk, network, grabber");
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
parse(int argc, char **argv, struct demo *de, const char **trace)
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "only", required_argument, NULL, 'o' },
		{ "progress", no_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "sha256", required_argument, NULL, 'S' },
		{ "show", required_argument, NULL, 'w' },
		{ "trace", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'h':
			usage(stdout);
			return 1;
		case 'j':
			de->de_json = true;
			break;
		case 'o':
			if (!known_machine(optarg))
				return 3;
			de->de_only = optarg;
			break;
		case 'p':
			de->de_progress = true;
			break;
		case 's':
			if (!parse_seed(optarg, &de->de_seed))
				return 3;
			break;
		case 'S':
			if (!valid_sum(optarg))
				return 3;
			(void)snprintf(
			    de->de_sum, sizeof(de->de_sum), "%s", optarg);
			break;
		case 'w':
			if (!known_show(optarg))
				return 3;
			de->de_show = optarg;
			break;
		case 't':
			*trace = optarg;
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
	de->de_path = argv[optind];
	return 0;
}

/* All shows; the exit status. */
static int
run_all(struct demo *de)
{
	size_t i;

	for (i = 0; i < NSHOWS; i++) {
		if (de->de_show == NULL ||
		    strcmp(de->de_show, shows[i].sh_name) == 0)
			shows[i].sh_run(de);
	}
	print_summary(de);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		complain("standard output", strerror(errno));
		return 1;
	}
	return de->de_failed == 0 && de->de_passed > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct demo de = {
		.de_fd = -1, .de_seed = 1, .de_progress = isatty(STDERR_FILENO)
	};
	const char *trace = NULL;
	int status;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	status = parse(argc, argv, &de, &trace);
	if (status != 0)
		return status - 1;
	if (!open_subject(&de))
		return 2;
	if (trace != NULL) {
		de.de_trace = trace_open(trace);
		if (de.de_trace == NULL) {
			complain(trace, strerror(errno));
			return 2;
		}
	}
	status = run_all(&de);
	if (de.de_trace != NULL && !trace_close(de.de_trace)) {
		complain(trace, strerror(errno));
		return 2;
	}
	return status;
}
