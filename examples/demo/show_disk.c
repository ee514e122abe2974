/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk: a file is written through the driver and read back, and every
 * byte must have come back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "demo/demo.h"
#include "disk/transfer.h"

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
	struct bus_dma_bounce_stats re_bounced;
	struct verdict re_verdict;
};

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

/* The machine is made, used and unmade; `back' gets what was read back. */
static void
run_machine(
    const struct demo *de, struct progress *pr, struct result *re, int back)
{
	struct machine ma;
	struct transfer tr = {
		.tr_machine = &ma,
		.tr_from = de->de_fd,
		.tr_to = back,
		.tr_size = de->de_size,
		.tr_seed = de->de_seed,
		.tr_progress = de->de_progress ? show_progress : NULL,
		.tr_arg = pr,
	};
	uint64_t blocks = transfer_blocks(de->de_size);
	char path[1024];
	int error, disk;

	disk = temporary(path, sizeof(path));
	if (disk < 0) {
		because(&re->re_verdict, "no file for the disk");
		return;
	}
	error = machine_create(&ma, re->re_config, de->de_seed, path,
	    (blocks == 0 ? 1 : blocks) * SIMDISK_BLOCKSIZE);
	(void)unlink(path);
	if (error != 0) {
		because(&re->re_verdict, "the machine can't be made");
		(void)close(disk);
		return;
	}
	demo_trace(de, &ma, "disk");
	if (!transfer_run(&tr))
		because(&re->re_verdict, tr.tr_why);
	re->re_stats = tr.tr_stats;
	bounced_add(&re->re_bounced, ma.ma_tag);
	verdict_machine(de, &re->re_verdict, &ma);
	if (!same_bytes(de->de_fd, disk, de->de_size))
		because(&re->re_verdict, "the disk does not hold the file");
	(void)close(disk);
}

static void
run_config(const struct demo *de, struct progress *pr, struct result *re)
{
	char path[1024];
	int back;

	back = temporary(path, sizeof(path));
	if (back < 0) {
		because(&re->re_verdict, "no file for what is read back");
		return;
	}
	(void)unlink(path);
	run_machine(de, pr, re, back);
	if (de->de_progress)
		clear_progress();
	if (!sha256sum(back, re->re_sum))
		because(&re->re_verdict, "sha256sum failed");
	(void)close(back);
	if (strcmp(re->re_sum, de->de_sum) != 0)
		because(&re->re_verdict,
		    "what was read back differs from the file");
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
print_head(const struct demo *de)
{
	if (de->de_json)
		return;
	(void)printf(
	    "file: %s, %" PRIu64 " bytes\n\n", de->de_path, de->de_size);
	(void)printf("%-4s %-14s %11s %6s %9s %9s %8s %7s\n", "", "machine",
	    "bytes", "loads", "fragments", "segs/load", "time s", "MB/s");
}

static void
print_result(const struct demo *de, const struct result *re)
{
	const struct transfer_stats *ts = &re->re_stats;

	(void)printf("%-4s %-14s %11" PRIu64 " %6" PRIu64 " %9" PRIu64
		     " %9.2f %8.3f %7.1f\n",
	    re->re_verdict.ve_why[0] == '\0' ? "ok" : "FAIL",
	    re->re_config->mc_name, ts->ts_bytes, ts->ts_loads,
	    ts->ts_fragments, per_load(ts), ts->ts_seconds, rate(ts) / 1e6);
	(void)printf("     %s\n", re->re_config->mc_text);
	print_bounced(&re->re_bounced);
	(void)printf("     read back %s\n", re->re_sum);
	(void)printf("     sha256sum %s\n", de->de_sum);
	if (re->re_verdict.ve_why[0] != '\0')
		(void)printf("     because: %s (reports %u, leaks %u)\n",
		    re->re_verdict.ve_why, re->re_verdict.ve_reports,
		    re->re_verdict.ve_leaks);
}

static void
print_json(const struct demo *de, const struct result *re)
{
	static const char *const shortcuts[] = { "on", "off", "whole" };
	const struct transfer_stats *ts = &re->re_stats;

	(void)printf("{\"type\": \"machine\", \"name\": ");
	print_string(re->re_config->mc_name);
	(void)printf(", \"description\": ");
	print_string(re->re_config->mc_text);
	(void)printf(", \"page_size\": %" PRIu32 ", \"cache_line\": %" PRIu32
		     ", \"shortcut\": \"%s\"",
	    machine_pagesize(re->re_config), re->re_config->mc_line,
	    shortcuts[re->re_config->mc_shortcut]);
	(void)printf(", \"bytes\": %" PRIu64 ", \"loads\": %" PRIu64
		     ", \"fragments\": %" PRIu64 ", \"segments\": %" PRIu64,
	    ts->ts_bytes, ts->ts_loads, ts->ts_fragments, ts->ts_segments);
	(void)printf(", \"segments_per_load\": %.3f, \"most_segments\": %u"
		     ", \"splits\": %" PRIu64 ", \"most_in_flight\": %u",
	    per_load(ts), ts->ts_mostsegs, ts->ts_splits, ts->ts_mostinflight);
	(void)printf(", \"seconds\": %.6f, \"bytes_per_second\": %.0f",
	    ts->ts_seconds, rate(ts));
	(void)printf(", \"sha256\": \"%s\", \"file_sha256\": \"%s\"",
	    re->re_sum, de->de_sum);
	print_bounced_json(&re->re_bounced);
	print_verdict(&re->re_verdict);
}

void
show_disk(struct demo *de)
{
	unsigned i;

	print_head(de);
	for (i = 0; i < machine_nconfigs; i++) {
		struct result re = { .re_config = &machine_configs[i] };
		struct progress pr = {
			.pr_name = machine_configs[i].mc_name,
			.pr_number = i + 1,
			.pr_of = machine_nconfigs,
			.pr_percent = -1,
		};

		if (!demo_wants(de, re.re_config))
			continue;
		run_config(de, &pr, &re);
		if (de->de_json)
			print_json(de, &re);
		else
			print_result(de, &re);
		verdict_count(de, &re.re_verdict);
	}
}
