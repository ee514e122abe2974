/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the bench prints, and the counts that it is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define MAXCOUNTS 128

static struct count {
	char co_name[64];
	char co_kind[16];
	double co_value;
} counts[MAXCOUNTS];
static size_t ncounts;

/* Lines of a name, a kind and a number. */
bool
counts_read(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[128];

	if (f == NULL)
		return false;
	while (fgets(text, sizeof(text), f) != NULL) {
		struct count *co = &counts[ncounts];

		if (ncounts == MAXCOUNTS ||
		    sscanf(text, "%63s %15s %lf", co->co_name, co->co_kind,
			&co->co_value) != 3) {
			fclose(f);
			return false;
		}
		ncounts++;
	}
	fclose(f);
	return true;
}

double
counts_get(const char *name, const char *kind)
{
	for (size_t i = 0; i < ncounts; i++)
		if (strcmp(counts[i].co_name, name) == 0 &&
		    strcmp(counts[i].co_kind, kind) == 0)
			return counts[i].co_value;
	return -1;
}

static bool
met(const struct line *ln)
{
	return ln->ln_atleast ? ln->ln_value >= ln->ln_target
			      : ln->ln_value <= ln->ln_target;
}

static void
json_number(const char *key, double value, int digits)
{
	if (value < 0)
		printf(",\"%s\":null", key);
	else
		printf(",\"%s\":%.*f", key, digits, value);
}

static void
json_string(const char *key, const char *value)
{
	if (value == NULL)
		printf(",\"%s\":null", key);
	else
		printf(",\"%s\":\"%s\"", key, value);
}

static void
print_json(const struct line *ln)
{
	bool known = ln->ln_target >= 0 && ln->ln_value >= 0;
	double ratio = ln->ln_ns >= 0 && ln->ln_floor_ns > 0
			   ? ln->ln_ns / ln->ln_floor_ns
			   : -1;

	printf("{\"name\":\"%s\"", ln->ln_name);
	json_number("ns", ln->ln_ns, 2);
	json_string("floor", ln->ln_floor);
	json_number("floor_ns", ln->ln_floor_ns, 2);
	json_number("ratio", ratio, 3);
	json_number("instructions", ln->ln_instructions, 1);
	json_number("floor_instructions", ln->ln_floor_instructions, 1);
	json_number("value", ln->ln_value, 3);
	json_string("unit", ln->ln_unit);
	json_number("target", ln->ln_target, 3);
	if (known)
		printf(",\"bound\":\"%s\",\"met\":%s",
		    ln->ln_atleast ? "at least" : "at most",
		    met(ln) ? "true" : "false");
	else
		printf(",\"bound\":null,\"met\":null");
	puts("}");
}

static void
text_number(int width, double value, int digits)
{
	if (value < 0)
		printf(" %*s", width, "-");
	else
		printf(" %*.*f", width, digits, value);
}

static int
digits(double value)
{
	return value < 10 ? 2 : 0;
}

static void
print_text(const struct line *ln)
{
	char peer[2][16] = { "-", "-" };

	if (ln->ln_netbsd != 0)
		snprintf(peer[0], sizeof(peer[0]), "%u", ln->ln_netbsd);
	if (ln->ln_freebsd != 0)
		snprintf(peer[1], sizeof(peer[1]), "%u", ln->ln_freebsd);
	printf("%-32s", ln->ln_name);
	text_number(8, ln->ln_value, digits(ln->ln_value));
	if (ln->ln_target >= 0) {
		printf(" %s", ln->ln_atleast ? ">=" : "<=");
		text_number(6, ln->ln_target, digits(ln->ln_target));
		printf(" %-5s", ln->ln_value < 0 ? "?"
				: met(ln)        ? "met"
						 : "SHORT");
	} else {
		printf(" %16s", "");
	}
	printf("%-13s", ln->ln_unit);
	text_number(8, ln->ln_floor_instructions, 0);
	text_number(9, ln->ln_ns, 1);
	text_number(9, ln->ln_floor_ns, 1);
	printf(" %7s %7s\n", peer[0], peer[1]);
}

void
print_head(bool json)
{
	if (json)
		return;
	printf("%-32s %8s %-10s%-5s%-13s %8s %9s %9s %7s %7s\n", "name",
	    "value", "   target", "", "unit", "floor", "ns", "floor ns",
	    "NetBSD", "FreeBSD");
}

void
print_line(const struct line *ln, bool json)
{
	if (json)
		print_json(ln);
	else
		print_text(ln);
}
