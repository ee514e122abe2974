/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The main program: reads the command line, runs a program, ends the machine.
 */
#include "machine.h"

#include <busdma/string.h>

#define MAXWORDS 32

extern const struct port_program port_programs_first[], port_programs_end[];

static char line[512];
static const char *words[MAXWORDS];
static unsigned nwords;

static unsigned nreports;
static struct busdma_report last_report;

bool
port_same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void
split(const char *cmdline)
{
	size_t i;
	bool inside = false;

	for (i = 0; i < sizeof(line) - 1 && cmdline[i] != '\0'; i++) {
		line[i] = cmdline[i] == ' ' ? '\0' : cmdline[i];
		if (line[i] == '\0') {
			inside = false;
		} else if (!inside) {
			if (nwords == MAXWORDS)
				tap_bail("more than %d words", MAXWORDS);
			words[nwords++] = &line[i];
			inside = true;
		}
	}
}

const char *
port_arg(const char *key)
{
	const char *w, *k;
	unsigned i;

	for (i = 1; i < nwords; i++) {
		for (w = words[i], k = key; *k != '\0' && *w == *k; w++)
			k++;
		if (*k == '\0' && *w == '=')
			return w + 1;
	}
	return NULL;
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return 99;
}

uint64_t
port_arg_u64(const char *key, uint64_t otherwise)
{
	const char *s = port_arg(key), *from;
	unsigned base = 10;
	uint64_t v = 0;

	if (s == NULL)
		return otherwise;
	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (from = s; digit(*s) < base; s++)
		v = v * base + digit(*s);
	if (s == from)
		tap_bail("%s is no number", key);
	if (*s == 'K' || *s == 'M' || *s == 'G') {
		v <<= *s == 'K' ? 10 : *s == 'M' ? 20 : 30;
		s++;
	}
	if (*s != '\0')
		tap_bail("%s is no number", key);
	return v;
}

bool
port_interruptible(void)
{
	const uintptr_t state = mach_mask();

	mach_restore(state);
	return state != 0;
}

void
port_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	nreports++;
	last_report = *rp;
}

unsigned
port_reports(struct busdma_report *last)
{
	const unsigned n = nreports;

	if (last != NULL)
		*last = last_report;
	nreports = 0;
	return n;
}

void
port_main(const char *cmdline)
{
	const struct port_program *pp;
	unsigned n;

	split(cmdline);
	for (pp = port_programs_first; pp < port_programs_end; pp++)
		if (nwords != 0 && port_same(pp->pp_name, words[0]))
			break;
	if (pp == port_programs_end)
		tap_bail("no program %s", nwords != 0 ? words[0] : "is named");
	pp->pp_main();
	n = port_reports(NULL);
	if (n != 0)
		tap_say("%u reports, the last: %s: %s", n, last_report.rp_func,
		    busdma_report_text(last_report.rp_code));
	port_exit(n == 0);
}
