/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the shows of the demo share.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "demo/demo.h"

void
complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "busdma-demo: %s: %s\n", what, why);
}

double
seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

bool
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

int
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

bool
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

void
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

void
print_verdict(const struct verdict *ve)
{
	bool ok = ve->ve_why[0] == '\0';

	(void)printf(", \"reports\": %u, \"leaks\": %u, \"ok\": %s",
	    ve->ve_reports, ve->ve_leaks, ok ? "true" : "false");
	if (!ok) {
		(void)printf(", \"why\": ");
		print_string(ve->ve_why);
	}
	(void)printf("}\n");
}

void
because(struct verdict *ve, const char *why)
{
	if (ve->ve_why[0] == '\0')
		(void)snprintf(ve->ve_why, sizeof(ve->ve_why), "%s", why);
}

bool
demo_wants(const struct demo *de, const struct machine_config *mc)
{
	return de->de_only == NULL || strcmp(de->de_only, mc->mc_name) == 0;
}

void
demo_trace(const struct demo *de, const struct machine *ma, const char *show)
{
	char name[80];

	if (de->de_trace == NULL)
		return;
	(void)snprintf(
	    name, sizeof(name), "%s on %s", show, ma->ma_config->mc_name);
	trace_machine(de->de_trace, ma->ma_sim, name);
}

void
verdict_machine(const struct demo *de, struct verdict *ve, struct machine *ma)
{
	if (de->de_trace != NULL)
		trace_leave(de->de_trace);
	ve->ve_leaks = machine_destroy(ma);
	ve->ve_reports = ma->ma_reports;
	if (ve->ve_reports != 0)
		because(ve, ma->ma_reporttext);
	if (ve->ve_leaks != 0)
		because(ve, "something was not given back");
}

void
verdict_count(struct demo *de, const struct verdict *ve)
{
	if (ve->ve_why[0] == '\0')
		de->de_passed++;
	else
		de->de_failed++;
	(void)fflush(stdout);
}
