/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs of a driver by seed: see seeds.h.
 *
 * usage: seeds [--seeds N] [--first SEED] [--coherent] [--bounce | --forced]
 *
 * The first seed that fails ends it, and is named; --first SEED --seeds 1 is
 * that run alone.  --coherent: the same machines, but that devices see the
 * CPU's cache.  --bounce: with a layer that bounces what the seed says.
 * --forced: with one that bounces everything.
 */
#include "tests/seeds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/place.h"

/* Of CPU time, in ms: a thousand times what a run takes that ends. */
#define PATIENCE 5000u
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

/* As the options say. */
static uint64_t first = 1, count = 10000;
static bool coherent;
static enum { NONE, SOME, ALL } bounces;

/* The run that goes on, for those who tell of its end. */
static struct machine *watched;
static char what[240]; /* it is: a line */

static const struct busdma_sim_bank banks[] = {
	{ .sb_base = 1 * MIB, .sb_size = 1 * MIB },
	{ .sb_base = 64 * MIB, .sb_size = 4 * MIB },
};

/* All memory far up; or the banks, in another order and near. */
static const struct bus_dma_window far_window[] = {
	{ .dw_cpu = 0, .dw_bus = 512 * GIB, .dw_len = 4 * GIB },
};
static const struct bus_dma_window near_windows[] = {
	{ .dw_cpu = 64 * MIB, .dw_bus = 4 * MIB, .dw_len = 4 * MIB },
	{ .dw_cpu = 1 * MIB, .dw_bus = 2 * MIB, .dw_len = 1 * MIB },
};

static const struct bus_dma_limits small_segments = {
	.dl_nsegments = 17,
	.dl_maxsegsz = 4096,
	.dl_boundary = 65536,
};

/* Each bus shows the first bank within as many lines as there are bits. */
static const struct busdma_sim_bank bounce_banks[] = {
	{ .sb_base = 1 * MIB, .sb_size = 4 * MIB },
	{ .sb_base = 64 * MIB, .sb_size = 4 * MIB },
};
static const struct bus_dma_window bounce_windows[] = {
	{ .dw_cpu = 64 * MIB, .dw_bus = 16 * MIB, .dw_len = 4 * MIB },
	{ .dw_cpu = 1 * MIB, .dw_bus = 8 * MIB, .dw_len = 4 * MIB },
};
#define BITS 24

static const struct bus_dma_bounce bounce = {
	.db_reserve = MIB / 4,
	.db_most = 2 * MIB,
};
static const struct bus_dma_bounce bounce_all = {
	.db_reserve = MIB / 4,
	.db_most = 2 * MIB,
	.db_flags = BUS_DMA_BOUNCE_FORCED,
};

static void
choose_windows(struct seed *sd, unsigned which)
{
	struct machine_config *mc = &sd->sd_config;
	unsigned i;

	if (which == 0)
		return;
	mc->mc_windows = sd->sd_windows;
	if (which == 1) {
		mc->mc_nwindows = COUNT(far_window);
		memcpy(sd->sd_windows, far_window, sizeof(far_window));
		sd->sd_far = true;
	} else {
		mc->mc_nwindows = COUNT(near_windows);
		memcpy(sd->sd_windows,
		    bounces != NONE ? bounce_windows : near_windows,
		    sizeof(near_windows));
		/* One of the two, or neither, shows the CPU's cache. */
		if (which < 4)
			sd->sd_windows[which - 2].dw_flags =
			    BUS_DMA_WINDOW_COHERENT;
	}
	for (i = 0; mc->mc_line == 0 && i < mc->mc_nwindows; i++)
		sd->sd_windows[i].dw_flags = BUS_DMA_WINDOW_COHERENT;
}

/* What is bounced: out of reach, unaligned, in pieces, all of it. */
static void
choose_bounce(struct seed *sd)
{
	struct machine_config *mc = &sd->sd_config;
	struct bus_dma_limits *lim = &sd->sd_limits;
	unsigned which = place_below(&sd->sd_random, 4);

	mc->mc_banks = bounce_banks;
	mc->mc_nbanks = COUNT(bounce_banks);
	mc->mc_bounce = bounces == ALL || which == 0 ? &bounce_all : &bounce;
	if (mc->mc_limits != NULL)
		*lim = *mc->mc_limits;
	if (which == 1)
		mc->mc_reach = (sd->sd_far ? 512 * GIB : 0) + (1u << BITS) - 1;
	else if (which == 2)
		lim->dl_alignment = 4u << place_below(&sd->sd_random, 8);
	else if (which == 3)
		*lim = (struct bus_dma_limits){ .dl_nsegments = 1 };
	if (which > 1)
		mc->mc_limits = lim;
}

static const char *
limits_text(const struct machine_config *mc)
{
	if (mc->mc_limits == NULL)
		return "";
	if (mc->mc_limits->dl_nsegments == 1)
		return ", one segment";
	return mc->mc_limits->dl_alignment != 0 ? ", alignment"
						: ", small segments";
}

static const char *
bounce_text(const struct machine_config *mc)
{
	if (mc->mc_bounce == NULL)
		return "";
	if ((mc->mc_bounce->db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return ", all bounced";
	return mc->mc_reach != 0 ? ", bounced out of reach" : ", bounced";
}

/* In words, for who looks for an error. */
static void
describe(const struct seed *sd)
{
	static const char *const frags[] = { "contiguous", "fragmented",
		"single pages" };
	static const char *const caches[] = { "random", "never", "at once" };
	const struct machine_config *mc = &sd->sd_config;

	(void)snprintf(what, sizeof(what),
	    "seed %" PRIu64 ": line %u, %s, %s; %s, %u windows%s, shortcut %u; "
	    "rings %s%s%s%s",
	    sd->sd_seed, (unsigned)mc->mc_line, caches[mc->mc_cache],
	    mc->mc_inorder ? "in order" : "speculating", frags[mc->mc_frag],
	    mc->mc_nwindows, sd->sd_far ? ", far" : "",
	    (unsigned)mc->mc_shortcut, sd->sd_uncached ? "uncached" : "cached",
	    limits_text(mc), bounce_text(mc), sd->sd_poll ? ", polled" : "");
}

static void
choose(struct seed *sd, uint64_t seed)
{
	static const enum busdma_sim_cache caches[] = {
		BUSDMA_SIM_CACHE_RANDOM,
		BUSDMA_SIM_CACHE_RANDOM,
		BUSDMA_SIM_CACHE_NEVER,
		BUSDMA_SIM_CACHE_ATONCE,
	};
	struct machine_config *mc = &sd->sd_config;
	uint64_t *random = &sd->sd_random;

	memset(sd, 0, sizeof(*sd));
	sd->sd_seed = *random = seed;
	mc->mc_name = mc->mc_text = "by seed";
	mc->mc_banks = banks;
	mc->mc_nbanks = COUNT(banks);
	mc->mc_pagesize = 4096;
	mc->mc_line = 16u << place_below(random, 4);
	mc->mc_cache = caches[place_below(random, COUNT(caches))];
	mc->mc_inorder = place_below(random, 4) == 0;
	if (coherent)
		mc->mc_line = 0;
	mc->mc_frag = (enum busdma_sim_frag)place_below(random, 3);
	mc->mc_shortcut = (enum busdma_sim_shortcut)place_below(random, 3);
	choose_windows(sd, place_below(random, 5));
	if (place_below(random, 4) == 0)
		mc->mc_limits = &small_segments;
	sd->sd_uncached = place_below(random, 2) == 0;
	sd->sd_poll = place_below(random, 3) == 0;
	if (bounces != NONE)
		choose_bounce(sd);
	describe(sd);
}

/* In a signal handler. */
static void
hung(void *arg)
{
	static const char before[] = "not ok 1 - watchdog: it hangs\n# ";
	static const char between[] = "\n# report: ";
	const char *report = watched->ma_reporttext;
	ssize_t n;

	(void)arg;
	n = write(STDOUT_FILENO, before, sizeof(before) - 1);
	n += write(STDOUT_FILENO, what, strlen(what));
	if (report[0] != '\0') {
		n += write(STDOUT_FILENO, between, sizeof(between) - 1);
		n += write(STDOUT_FILENO, report, strlen(report));
	}
	n += write(STDOUT_FILENO, "\n", 1);
	_exit(n > 0 ? 1 : 2);
}

/* The run that failed, for who looks for an error. */
static void
tell(void)
{
	(void)printf("# %s\n", what);
	if (watched != NULL && watched->ma_reports != 0)
		(void)printf("# report: %s\n", watched->ma_reporttext);
}

static int (*real_kmap)(const struct busdma_platform *,
    const bus_dma_segment_t *, int, size_t, int, void **);

/* A platform that can't map uncached: what the driver asks for is a hint. */
static int
cached_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	const int hints =
	    BUS_DMA_COHERENT | BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE;

	return real_kmap(pl, segs, nsegs, size, flags & ~hints, kvap);
}

void
seed_machine(struct seed *sd, struct machine *ma)
{
	/* It is the machine's own, and not constant there. */
	struct busdma_platform *pl =
	    (void *)(uintptr_t)busdma_sim_platform(ma->ma_sim);

	watched = ma;
	assert_int_equal(
	    busdma_sim_watchdog(ma->ma_sim, PATIENCE, hung, NULL), 0);
	if (sd->sd_uncached)
		return;
	real_kmap = pl->pl_kmap;
	pl->pl_kmap = cached_kmap;
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t n;

	n = strtoull(text, &end, 10);
	if (*text == '\0' || *end != '\0') {
		(void)fprintf(stderr, "not a number: %s\n", text);
		exit(2);
	}
	return n;
}

static void
test_seeds(void **state)
{
	struct seed sd;
	uint64_t seed;

	(void)state;
	for (seed = first; seed - first < count; seed++) {
		watched = NULL;
		choose(&sd, seed);
		seed_run(&sd);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { { .name = seed_driver,
	    .test_func = test_seeds } };
	int i, failed;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--coherent") == 0) {
			coherent = true;
		} else if (strcmp(argv[i], "--bounce") == 0) {
			bounces = SOME;
		} else if (strcmp(argv[i], "--forced") == 0) {
			bounces = ALL;
		} else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0) {
			count = number(argv[++i]);
		} else if (i + 1 < argc && strcmp(argv[i], "--first") == 0) {
			first = number(argv[++i]);
		} else {
			(void)fprintf(stderr, "what is %s?\n", argv[i]);
			return 2;
		}
	}
	(void)printf("# %" PRIu64 " seeds from %" PRIu64 "%s%s\n", count, first,
	    coherent ? ", devices see the cache" : "",
	    bounces == ALL    ? ", all is bounced"
	    : bounces == SOME ? ", with a layer that bounces"
			      : "");
	(void)fflush(stdout);
	failed = cmocka_run_group_tests_name("seeds", tests, NULL, NULL);
	if (failed != 0)
		tell();
	return failed;
}
