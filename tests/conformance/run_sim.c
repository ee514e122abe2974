/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite over direct mapping on the simulated machine: four
 * ways of wiring a bus, two page sizes, and the shortcut allowed, forbidden,
 * and with a layer that wants each load whole.  And over machines whose caches
 * some devices don't see.
 */
#include "../support/conf_sim.h"

#include <stdio.h>
#include <unistd.h>

#define COHERENT BUS_DMA_WINDOW_COHERENT
#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

static const struct bus_dma_window offset[] = {
	{ 0, 0x80000000, 0x200000000, COHERENT },
};

/* Each bank through a window, and the low one cut in two. */
static const struct bus_dma_window windows[] = {
	{ CONF_SIM_HIGH, 0x40010000, 0x1000000, COHERENT },
	{ CONF_SIM_LOW, 0xffff00000000, 0x600000, COHERENT },
	{ CONF_SIM_LOW + 0x600000, 0x20000, 0x900000, COHERENT },
};

/* A 24-bit bus. */
static const struct bus_dma_window limited[] = {
	{ 0, 0, 0x1000000, COHERENT },
};

/* Behind the CPU's caches, past them, and behind them. */
static const struct bus_dma_window some[] = {
	{ CONF_SIM_HIGH, 0x40010000, 0x1000000, COHERENT },
	{ CONF_SIM_LOW, 0x100000000, 0x600000, 0 },
	{ CONF_SIM_LOW + 0x600000, 0x100600000, 0x900000, COHERENT },
};

/* All past them. */
static const struct bus_dma_window none[] = {
	{ 0, 0x80000000, 0x200000000, 0 },
};

static const struct wiring {
	const char *wi_name;
	const struct bus_dma_window *wi_windows;
	unsigned wi_n;
} wirings[] = {
	{ "identity", NULL, 0 },
	{ "offset", offset, NITEMS(offset) },
	{ "windows", windows, NITEMS(windows) },
	{ "limited", limited, NITEMS(limited) },
};

static const char *const shortcuts[] = { "on", "off", "whole" };
/* The smaller one is the host's own where that is larger. */
static uint32_t pages[] = { 4096, 65536 };

#define NCOHERENT (2 * 4 * 3)

/* Caches that devices don't see. */
static const struct cached {
	const char *ca_name;
	uint32_t ca_line;
	enum busdma_sim_cache ca_cache;
	bool ca_inorder;
	uint32_t ca_page; /* of `pages' */
	const struct bus_dma_window *ca_windows;
	unsigned ca_n;
	enum busdma_sim_shortcut ca_shortcut;
} cached[] = {
	{ "line-64/random", 64, BUSDMA_SIM_CACHE_RANDOM, false, 0, NULL, 0,
	    BUSDMA_SIM_SHORTCUT_ON },
	{ "line-16/at-once", 16, BUSDMA_SIM_CACHE_ATONCE, false, 0, none,
	    NITEMS(none), BUSDMA_SIM_SHORTCUT_OFF },
	{ "line-128/never", 128, BUSDMA_SIM_CACHE_NEVER, false, 1, none,
	    NITEMS(none), BUSDMA_SIM_SHORTCUT_WHOLE },
	{ "line-32/in-order", 32, BUSDMA_SIM_CACHE_NEVER, true, 0, NULL, 0,
	    BUSDMA_SIM_SHORTCUT_WHOLE },
	{ "line-64/in-order-random", 64, BUSDMA_SIM_CACHE_RANDOM, true, 1, none,
	    NITEMS(none), BUSDMA_SIM_SHORTCUT_ON },
	{ "line-64/some-windows", 64, BUSDMA_SIM_CACHE_RANDOM, false, 0, some,
	    NITEMS(some), BUSDMA_SIM_SHORTCUT_ON },
	{ "line-128/some-windows-at-once", 128, BUSDMA_SIM_CACHE_ATONCE, false,
	    1, some, NITEMS(some), BUSDMA_SIM_SHORTCUT_OFF },
};

#define NPLAIN (NCOHERENT + NITEMS(cached))

/* Nothing is bounced; what must be; everything. */
static const struct bus_dma_bounce bounces[] = {
	{ .db_reserve = 0x80000, .db_most = 0x400000 },
	{ .db_reserve = 0x80000,
	    .db_most = 0x400000,
	    .db_flags = BUS_DMA_BOUNCE_FORCED },
};
static const char *const bouncing[] = { "bounce", "forced" };

/* Over every third of those before, not the same for both. */
#define NEACH ((NPLAIN + 2) / 3)
#define NBOUNCED (NPLAIN + NEACH * NITEMS(bounces))

/* The tags of a PC. */
static const struct bus_dma_x86 pc[] = {
	{ .dx_isa = { 0x80000, 0x400000 },
	    .dx_pci = { 0x80000, 0x400000 },
	    .dx_pci64 = { 0, 0x400000 } },
	{ .dx_isa = { 0x80000, 0x400000 },
	    .dx_pci = { 0x80000, 0x400000 },
	    .dx_pci64 = { 0, 0x400000 },
	    .dx_flags = BUS_DMA_BOUNCE_FORCED },
};
static const unsigned bits[] = { 0, 28, 32, 64 };
static const char *const buses[] = { "isa", "pci-28", "pci", "pci64" };

#define NCONFIGS (NBOUNCED + NITEMS(pc) * NITEMS(bits))

/* A machine whose pages the host could not map one by one is refused. */
static bool
refuses_small_pages(void)
{
	const struct busdma_sim_bank bank = { CONF_SIM_LOW, CONF_SIM_LOWSIZE };
	const struct busdma_sim_config sc = {
		.sc_banks = &bank, .sc_nbanks = 1, .sc_pagesize = pages[0] / 2
	};
	struct busdma_sim *sim;

	return busdma_sim_create(&sc, &sim) == EINVAL && sim == NULL;
}

static struct conf_sim_config si[NCONFIGS];
static struct conf_config configs[NCONFIGS];
static char names[NCONFIGS][64];

static void
coherent_config(unsigned n)
{
	const unsigned p = n % 2, w = n / 2 % 4, s = n / 8;

	si[n].si_pagesize = pages[p];
	si[n].si_windows = wirings[w].wi_windows;
	si[n].si_nwindows = wirings[w].wi_n;
	si[n].si_shortcut = (enum busdma_sim_shortcut)s;
	/* Every other one with its memory in small pieces. */
	si[n].si_frag =
	    (w + s) % 2 ? BUSDMA_SIM_FRAG_PAGES : BUSDMA_SIM_FRAG_NONE;
	snprintf(names[n], sizeof(names[n]), "sim/%uk/%s/shortcut-%s",
	    pages[p] / 1024, wirings[w].wi_name, shortcuts[s]);
}

static void
cached_config(unsigned n)
{
	const struct cached *ca = &cached[n - NCOHERENT];

	si[n].si_pagesize = pages[ca->ca_page];
	si[n].si_windows = ca->ca_windows;
	si[n].si_nwindows = ca->ca_n;
	si[n].si_shortcut = ca->ca_shortcut;
	si[n].si_frag = n % 2 ? BUSDMA_SIM_FRAG_PAGES : BUSDMA_SIM_FRAG_NONE;
	si[n].si_line = ca->ca_line;
	si[n].si_cache = ca->ca_cache;
	si[n].si_inorder = ca->ca_inorder;
	snprintf(names[n], sizeof(names[n]), "sim/%uk/%s/shortcut-%s",
	    si[n].si_pagesize / 1024, ca->ca_name, shortcuts[ca->ca_shortcut]);
}

/* The n-th of those before, with a layer on top. */
static void
bounced_config(unsigned n)
{
	const unsigned b = (n - NPLAIN) / NEACH;
	const unsigned plain = ((n - NPLAIN) % NEACH * 3 + b) % NPLAIN;

	si[n] = si[plain];
	si[n].si_bounce = &bounces[b];
	snprintf(
	    names[n], sizeof(names[n]), "%.47s/%s", names[plain], bouncing[b]);
}

static void
pc_config(unsigned n)
{
	const unsigned b = (n - NBOUNCED) % NITEMS(bits);
	const unsigned f = (n - NBOUNCED) / NITEMS(bits);

	si[n].si_pagesize = pages[(b + f) % 2];
	si[n].si_shortcut = (enum busdma_sim_shortcut)(b % 3);
	si[n].si_frag = b % 2 ? BUSDMA_SIM_FRAG_PAGES : BUSDMA_SIM_FRAG_NONE;
	si[n].si_x86 = &pc[f];
	si[n].si_bits = bits[b];
	snprintf(names[n], sizeof(names[n]), "sim/%uk/pc/%s/shortcut-%s/%s",
	    si[n].si_pagesize / 1024, buses[b], shortcuts[b % 3], bouncing[f]);
}

int
main(int argc, char **argv)
{
	const long host = sysconf(_SC_PAGESIZE);
	unsigned n;

	if (host > (long)pages[0])
		pages[0] = (uint32_t)host;
	if (!refuses_small_pages()) {
		fprintf(stderr, "a page of %u is not refused\n", pages[0] / 2);
		return 1;
	}
	for (n = 0; n < NCONFIGS; n++) {
		if (n < NCOHERENT)
			coherent_config(n);
		else if (n < NPLAIN)
			cached_config(n);
		else if (n < NBOUNCED)
			bounced_config(n);
		else
			pc_config(n);
		configs[n].cg_name = names[n];
		configs[n].cg_make = conf_sim_make;
		configs[n].cg_drop = conf_sim_drop;
		configs[n].cg_arg = &si[n];
	}
	return conf_tap(configs, NCONFIGS, argc, argv);
}
