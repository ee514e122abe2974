/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machines: a table, and how one is made and unmade. */
#include "sim/machines.h"

#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define COUNT(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

static const struct busdma_sim_bank low_banks[] = {
	{ .sb_base = 1 * MIB, .sb_size = 15 * MIB },
	{ .sb_base = 64 * MIB, .sb_size = 48 * MIB },
};

/* Most of the memory is out of 32 bits' reach. */
static const struct busdma_sim_bank high_banks[] = {
	{ .sb_base = 2 * GIB - 8 * MIB, .sb_size = 8 * MIB },
	{ .sb_base = 4 * GIB, .sb_size = 24 * MIB },
	{ .sb_base = 1024 * GIB, .sb_size = 32 * MIB },
};

/* Some of it within 24 bits, 30, 32, 40, and beyond. */
static const struct busdma_sim_bank spread_banks[] = {
	{ .sb_base = 4 * MIB, .sb_size = 12 * MIB },
	{ .sb_base = 512 * MIB, .sb_size = 12 * MIB },
	{ .sb_base = 2 * GIB, .sb_size = 12 * MIB },
	{ .sb_base = 4 * GIB, .sb_size = 12 * MIB },
	{ .sb_base = 2048 * GIB, .sb_size = 12 * MIB },
};

/* All of the memory, seen by devices 512 GiB further up. */
static const struct bus_dma_window offset_window[] = {
	{ .dw_cpu = 0,
	    .dw_bus = 512 * GIB,
	    .dw_len = 4 * GIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};

/* Banks in another order than the CPU's; two are neighbours on the bus. */
static const struct bus_dma_window several_windows[] = {
	{ .dw_cpu = 1024 * GIB,
	    .dw_bus = 256 * MIB,
	    .dw_len = 256 * MIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
	{ .dw_cpu = 2 * GIB - 8 * MIB,
	    .dw_bus = 512 * MIB,
	    .dw_len = 8 * MIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
	{ .dw_cpu = 4 * GIB,
	    .dw_bus = 2 * GIB,
	    .dw_len = 1 * GIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};

/* The same, for devices that don't see the CPU's cache. */
static const struct bus_dma_window offset_around[] = {
	{ .dw_cpu = 0, .dw_bus = 512 * GIB, .dw_len = 4 * GIB },
};

/* Of three windows one is coherent. */
static const struct bus_dma_window mixed_windows[] = {
	{ .dw_cpu = 1024 * GIB, .dw_bus = 256 * MIB, .dw_len = 256 * MIB },
	{ .dw_cpu = 2 * GIB - 8 * MIB, .dw_bus = 512 * MIB, .dw_len = 8 * MIB },
	{ .dw_cpu = 4 * GIB,
	    .dw_bus = 2 * GIB,
	    .dw_len = 1 * GIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};

static const struct bus_dma_limits small_segments = {
	.dl_nsegments = 17,
	.dl_maxsegsz = 4096,
	.dl_boundary = 65536,
};

static const struct bus_dma_limits aligned = { .dl_alignment = 256 };
static const struct bus_dma_limits one_segment = { .dl_nsegments = 1 };

static const struct bus_dma_bounce bounce_some = {
	.db_reserve = 1 * MIB,
	.db_most = 4 * MIB,
};
/* For pages of 64 KiB. */
static const struct bus_dma_bounce bounce_pages = {
	.db_reserve = 2 * MIB,
	.db_most = 8 * MIB,
};
static const struct bus_dma_bounce bounce_all = {
	.db_reserve = 2 * MIB,
	.db_most = 8 * MIB,
	.db_flags = BUS_DMA_BOUNCE_FORCED,
};

#define REACH(bits) .mc_reach = (UINT64_C(1) << (bits)) - 1
#define SPREAD .mc_banks = spread_banks, .mc_nbanks = COUNT(spread_banks)
#define LOW .mc_banks = low_banks, .mc_nbanks = COUNT(low_banks)
#define HIGH .mc_banks = high_banks, .mc_nbanks = COUNT(high_banks)
#define OFFSET .mc_windows = offset_window, .mc_nwindows = COUNT(offset_window)
#define SEVERAL \
	.mc_windows = several_windows, .mc_nwindows = COUNT(several_windows)
#define OFFSET_AROUND \
	.mc_windows = offset_around, .mc_nwindows = COUNT(offset_around)
#define MIXED .mc_windows = mixed_windows, .mc_nwindows = COUNT(mixed_windows)

const struct machine_config machine_configs[] = {
	{ .mc_name = "contiguous",
	    .mc_text = "contiguous memory, bus addresses are physical",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_NONE },
	{ .mc_name = "fragmented",
	    .mc_text = "memory in runs of 1 to 8 pages",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM },
	{ .mc_name = "single-pages",
	    .mc_text = "no two pages of a buffer are neighbours",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES },
	{ .mc_name = "64k-pages",
	    .mc_text = "pages of 64 KiB, no two are neighbours",
	    LOW,
	    .mc_pagesize = 65536,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES },
	{ .mc_name = "bus-offset",
	    .mc_text = "the bus sees memory 512 GiB further up",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    OFFSET },
	{ .mc_name = "windows",
	    .mc_text = "three windows, most memory above 4 GiB",
	    HIGH,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    SEVERAL },
	{ .mc_name = "small-segments",
	    .mc_text = "at most 17 segments of 4 KiB, 64 KiB boundary",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_limits = &small_segments },
	{ .mc_name = "shortcut-off",
	    .mc_text = "bus offset, each layer asked for each fragment",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    OFFSET,
	    .mc_shortcut = BUSDMA_SIM_SHORTCUT_OFF },
	{ .mc_name = "whole-loads",
	    .mc_text = "three windows, the bus asked for whole loads",
	    HIGH,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES,
	    SEVERAL,
	    .mc_shortcut = BUSDMA_SIM_SHORTCUT_WHOLE },
	{ .mc_name = "cache-16",
	    .mc_text = "devices don't see the cache, lines of 16 bytes",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_line = 16 },
	{ .mc_name = "cache-64",
	    .mc_text = "devices don't see the cache, lines of 64 bytes",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES,
	    .mc_line = 64 },
	{ .mc_name = "cache-in-order",
	    .mc_text = "the cache fetches what is touched, and no more",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    OFFSET_AROUND,
	    .mc_shortcut = BUSDMA_SIM_SHORTCUT_OFF,
	    .mc_line = 32,
	    .mc_inorder = true },
	{ .mc_name = "cache-never",
	    .mc_text = "the cache never lets go of a line by itself",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_NONE,
	    .mc_line = 128,
	    .mc_cache = BUSDMA_SIM_CACHE_NEVER },
	{ .mc_name = "cache-at-once",
	    .mc_text = "the cache lets go of every line at once",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    OFFSET_AROUND,
	    .mc_line = 64,
	    .mc_cache = BUSDMA_SIM_CACHE_ATONCE },
	{ .mc_name = "cache-windows",
	    .mc_text = "one window of three shows the cache",
	    HIGH,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    MIXED,
	    .mc_shortcut = BUSDMA_SIM_SHORTCUT_WHOLE,
	    .mc_line = 128 },
	{ .mc_name = "bounce-24",
	    .mc_text = "the bus reaches 16 MiB, the rest is bounced",
	    SPREAD,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    REACH(24),
	    .mc_bounce = &bounce_some },
	{ .mc_name = "bounce-30",
	    .mc_text = "it reaches 1 GiB, and is asked for each fragment",
	    SPREAD,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_shortcut = BUSDMA_SIM_SHORTCUT_OFF,
	    REACH(30),
	    .mc_bounce = &bounce_some },
	{ .mc_name = "bounce-32",
	    .mc_text = "it reaches 4 GiB, in pages of 64 KiB",
	    SPREAD,
	    .mc_pagesize = 65536,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    REACH(32),
	    .mc_bounce = &bounce_pages },
	{ .mc_name = "bounce-memory",
	    .mc_text = "it reaches 16 MiB; slots are in a carve-out of 1 MiB",
	    SPREAD,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_NONE,
	    REACH(24),
	    .mc_bounce = &bounce_some,
	    .mc_carveout = MIB },
	{ .mc_name = "bounce-root",
	    .mc_text = "it reaches all; what a driver narrows it to is bounced",
	    SPREAD,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_bounce = &bounce_some },
	{ .mc_name = "bounce-align",
	    .mc_text = "what is not aligned to 256 bytes is bounced",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_limits = &aligned,
	    .mc_bounce = &bounce_some },
	{ .mc_name = "bounce-one",
	    .mc_text = "one segment: what is in pieces is bounced",
	    HIGH,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES,
	    SEVERAL,
	    .mc_limits = &one_segment,
	    .mc_bounce = &bounce_some },
	{ .mc_name = "bounce-forced",
	    .mc_text = "everything is bounced",
	    LOW,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    .mc_bounce = &bounce_all },
	{ .mc_name = "cache-24",
	    .mc_text = "the bus reaches 16 MiB and doesn't see the cache",
	    SPREAD,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    REACH(24),
	    .mc_bounce = &bounce_some,
	    .mc_line = 32 },
	{ .mc_name = "cache-one",
	    .mc_text = "one segment, 64 KiB pages, a cache like cache-at-once",
	    LOW,
	    .mc_pagesize = 65536,
	    .mc_frag = BUSDMA_SIM_FRAG_PAGES,
	    .mc_limits = &one_segment,
	    .mc_bounce = &bounce_pages,
	    .mc_line = 64,
	    .mc_cache = BUSDMA_SIM_CACHE_ATONCE },
	{ .mc_name = "cache-forced",
	    .mc_text = "everything is bounced, and slots are in the cache",
	    HIGH,
	    .mc_pagesize = 4096,
	    .mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	    MIXED,
	    .mc_bounce = &bounce_all,
	    .mc_line = 128 },
};
const unsigned machine_nconfigs = COUNT(machine_configs);

const struct machine_config *
machine_find(const char *name)
{
	unsigned i;

	for (i = 0; i < machine_nconfigs; i++) {
		if (strcmp(machine_configs[i].mc_name, name) == 0)
			return &machine_configs[i];
	}
	return NULL;
}

static void
report(void *arg, const struct busdma_sim_report *sr)
{
	struct machine *ma = arg;

	if (ma->ma_reports++ == 0)
		busdma_sim_report_line(
		    sr, ma->ma_reporttext, sizeof(ma->ma_reporttext));
}

bus_dma_tag_t
machine_tag(const struct machine_stack *ms)
{
	return ms->ms_tags[ms->ms_count - 1];
}

void
machine_unstack(struct machine_stack *ms)
{
	while (ms->ms_count > 0) {
		bus_dmatag_destroy(ms->ms_tags[--ms->ms_count]);
		/* What the topmost had, which bounced. */
		if (ms->ms_carveout.ds_len != 0)
			bus_dmamem_free(ms->ms_tags[0], &ms->ms_carveout, 1);
		ms->ms_carveout.ds_len = 0;
	}
}

/* A layer that bounces, on tag n - 1. */
static int
stack_bounce(
    const struct machine_config *mc, struct machine_stack *ms, unsigned n)
{
	struct bus_dma_bounce db = *mc->mc_bounce;
	bus_dma_tag_t *t = ms->ms_tags;
	int error = 0;

	if (mc->mc_carveout != 0) {
		db.db_memory = &ms->ms_carveout;
		error = bus_dmamem_alloc(t[0], mc->mc_carveout, 0, 0,
		    &ms->ms_carveout, 1, &db.db_nmemory, 0);
	}
	if (error == 0)
		error = bus_dmatag_bounce(t[n - 1], &db, &t[n], 0);
	if (error != 0 && ms->ms_carveout.ds_len != 0) {
		bus_dmamem_free(t[0], &ms->ms_carveout, 1);
		ms->ms_carveout.ds_len = 0;
	}
	return error;
}

int
machine_stack(struct machine *ma, unsigned requester, struct machine_stack *ms)
{
	const struct machine_config *mc = ma->ma_config;
	bus_dma_tag_t *t = ms->ms_tags;
	unsigned n = 0;
	int error;

	ms->ms_carveout.ds_len = 0;
	error = busdma_sim_bus_tag(ma->ma_bus, requester, &t[n], 0);
	n += error == 0;
	if (error == 0 && mc->mc_limits != NULL) {
		error = bus_dmatag_restrict(t[n - 1], mc->mc_limits, &t[n], 0);
		n += error == 0;
	}
	if (error == 0 && mc->mc_bounce != NULL) {
		error = stack_bounce(mc, ms, n);
		n += error == 0;
	}
	ms->ms_count = n;
	if (error != 0)
		machine_unstack(ms);
	return error;
}

static int
create_bus(struct machine *ma)
{
	const struct machine_config *mc = ma->ma_config;
	const struct busdma_sim_bus_config bc = {
		.bc_name = "pci0",
		.bc_windows = mc->mc_windows,
		.bc_nwindows = mc->mc_nwindows,
		.bc_shortcut = mc->mc_shortcut,
		.bc_reach = mc->mc_reach,
	};
	int error;

	error = busdma_sim_bus_create(ma->ma_sim, &bc, &ma->ma_bus);
	if (error == 0)
		error = machine_stack(ma, 1, &ma->ma_stack);
	if (error == 0)
		ma->ma_tag = machine_tag(&ma->ma_stack);
	return error;
}

uint32_t
machine_pagesize(const struct machine_config *mc)
{
	const long host = sysconf(_SC_PAGESIZE);

	return host > (long)mc->mc_pagesize ? (uint32_t)host : mc->mc_pagesize;
}

int
machine_create(struct machine *ma, const struct machine_config *mc,
    uint64_t seed, const char *disk_path, uint64_t disk_size)
{
	const struct busdma_sim_config sc = {
		.sc_banks = mc->mc_banks,
		.sc_nbanks = mc->mc_nbanks,
		.sc_pagesize = machine_pagesize(mc),
		.sc_frag = mc->mc_frag,
		.sc_seed = seed,
		.sc_report = report,
		.sc_arg = ma,
		.sc_line = mc->mc_line,
		.sc_cache = mc->mc_cache,
		.sc_inorder = mc->mc_inorder,
	};
	int error;

	memset(ma, 0, sizeof(*ma));
	ma->ma_config = mc;
	error = busdma_sim_create(&sc, &ma->ma_sim);
	if (error != 0)
		return error;
	error = create_bus(ma);
	if (error == 0 && (disk_path != NULL || disk_size != 0))
		error = busdma_sim_disk_create(
		    ma->ma_bus, 1, disk_path, disk_size, &ma->ma_dev);
	if (error != 0)
		(void)machine_destroy(ma);
	return error;
}

unsigned
machine_destroy(struct machine *ma)
{
	machine_unstack(&ma->ma_stack);
	return busdma_sim_destroy(ma->ma_sim);
}
