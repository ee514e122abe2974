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

static int
digits(double value)
{
	return value < 10 ? 2 : 0;
}

/* A number as a column of text. */
static const char *
column(char *buf, size_t size, double value, int places)
{
	if (value < 0)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%.*f", places, value);
	return buf;
}

static const char *
verdict(char *buf, size_t size, const struct line *ln)
{
	double off = ln->ln_value - ln->ln_target;

	if (ln->ln_target < 0)
		return "";
	if (ln->ln_value < 0)
		return "?";
	if (met(ln))
		return "met";
	snprintf(buf, size, "SHORT by %.1f%%",
	    100 * (ln->ln_atleast ? -off : off) / ln->ln_target);
	return buf;
}

#define NCOLUMNS 10

/* One row of either kind of table. */
static void
print_row(const char *const c[NCOLUMNS], enum format format)
{
	if (format == FORMAT_MARKDOWN)
		printf("| %s | %s %s | %s | %s | %s | %s | %s | %s | %s |\n",
		    c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]);
	else
		printf("%-32s %8s %-12s %-14s %-14s %8s %9s %9s %7s %7s\n",
		    c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9]);
}

static void
print_columns(const struct line *ln, enum format format)
{
	char value[24], target[32] = "", floor[24], ns[24], floor_ns[24];
	char netbsd[24], freebsd[24], how[32];
	const char *const row[NCOLUMNS] = {
		ln->ln_name,
		column(
		    value, sizeof(value), ln->ln_value, digits(ln->ln_value)),
		ln->ln_unit,
		target,
		verdict(how, sizeof(how), ln),
		column(floor, sizeof(floor), ln->ln_floor_instructions, 0),
		column(ns, sizeof(ns), ln->ln_ns, 1),
		column(floor_ns, sizeof(floor_ns), ln->ln_floor_ns, 1),
		column(netbsd, sizeof(netbsd),
		    ln->ln_netbsd != 0 ? ln->ln_netbsd : -1.0, 0),
		column(freebsd, sizeof(freebsd),
		    ln->ln_freebsd != 0 ? ln->ln_freebsd : -1.0, 0),
	};

	if (ln->ln_target >= 0)
		snprintf(target, sizeof(target), "%s %.*f",
		    ln->ln_atleast ? "at least" : "at most",
		    digits(ln->ln_target), ln->ln_target);
	print_row(row, format);
}

void
print_head(enum format format)
{
	static const char *const row[NCOLUMNS] = { "name", "measured", "",
		"target", "", "floor", "ns", "floor ns", "NetBSD", "FreeBSD" };

	if (format == FORMAT_JSON)
		return;
	print_row(row, format);
	if (format == FORMAT_MARKDOWN)
		puts("|---|---|---|---|---|---|---|---|---|");
}

void
print_line(const struct line *ln, enum format format)
{
	if (format == FORMAT_JSON)
		print_json(ln);
	else
		print_columns(ln, format);
}
