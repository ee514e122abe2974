/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that every program runs on, and the making of one. */
#include <stdio.h>
#include <string.h>

#include <busdma/backend.h>

#include "program.h"

#define MAXWINDOWS 64
#define COHERENT BUS_DMA_WINDOW_COHERENT
#define LOW 0x100000u
#define LOWSIZE 0x400000u
#define MID 0x40000000u
#define MIDSIZE 0x1000000u
#define HIGH 0x100000000u
#define HIGHSIZE 0x1000000u

static const struct busdma_sim_bank banks[] = {
	{ LOW, LOWSIZE },
	{ MID, MIDSIZE },
	{ HIGH, HIGHSIZE },
};

#define UP 0x8000000000u

static const struct bus_dma_window up[] = {
	{ 0, UP, 0x200000000, COHERENT },
};

/* The lowest bank is out of reach. */
static const struct bus_dma_window down[] = {
	{ MID, 0, 0x100000000, COHERENT },
};

/* From the first bus address to the last. */
static const struct bus_dma_window several[] = {
	{ LOW, 0x80000000, LOWSIZE, COHERENT },
	{ MID, 0, MIDSIZE, COHERENT },
	{ HIGH, 0xffffffffff000000, HIGHSIZE, COHERENT },
};

/* Nothing else than the lowest bank is in reach. */
static const struct bus_dma_window lowest[] = {
	{ 0, 0, 0x1000000, COHERENT },
};

/*
 * Where memory is taken first it is cut into windows of 16 KiB, some of which
 * follow on each other on the bus too, or only there.
 */
#define CUT(i, at)                                                      \
	{                                                               \
		HIGH + (i)*0x4000u, 0x10000000u + (at)*0x4000u, 0x4000, \
		    COHERENT                                            \
	}
static const struct bus_dma_window cut[] = { CUT(0, 11), CUT(1, 12), CUT(2, 30),
	CUT(3, 32), CUT(4, 33), CUT(5, 34), CUT(6, 37), CUT(7, 18), CUT(8, 19),
	CUT(9, 46), CUT(10, 47), CUT(11, 22), CUT(12, 9), CUT(13, 21),
	CUT(14, 23), CUT(15, 38), CUT(16, 39), CUT(17, 40), CUT(18, 6),
	CUT(19, 7), CUT(20, 8), CUT(21, 24), CUT(22, 20), CUT(23, 25),
	CUT(24, 13), CUT(25, 14), CUT(26, 15), CUT(27, 36), CUT(28, 45),
	CUT(29, 29), CUT(30, 42), CUT(31, 0), CUT(32, 1), CUT(33, 2),
	CUT(34, 35), CUT(35, 16), CUT(36, 10), CUT(37, 17), CUT(38, 3),
	CUT(39, 4), CUT(40, 26), CUT(41, 27), CUT(42, 28), CUT(43, 5),
	CUT(44, 31), CUT(45, 43), CUT(46, 44), CUT(47, 41),
	{ HIGH + 0xc0000, 0x20000000, HIGHSIZE - 0xc0000, COHERENT },
	{ MID, 0x30000000, MIDSIZE, COHERENT } };

#define BOUNCE(b) .ro_bounce = &(b)
#define WINDOWS(w) .ro_windows = (w), .ro_nwindows = NITEMS(w)
#define SUB_IDENTITY .ro_sub = { { 0, 0xffffffff }, { MID, HIGH * 2 - 1 } }
#define SUB_UP \
	.ro_sub = { { UP, UP + 0xffffffff }, { UP + MID, UP + HIGH * 2 - 1 } }
#define SUB_DOWN .ro_sub = { { 0, 0xbfffffff }, { 0x1000, TOP } }
#define SUB_SEVERAL .ro_sub = { { 0, 0xffffff }, { 0x80000000, TOP } }
#define SUB_LOW .ro_sub = { { 0, 0xffffff }, { LOW, 0xffffffff } }
#define SUB_CUT .ro_sub = { { 0x10000000, 0x2fffffff }, { 0x20000000, TOP } }

/* A maximum that is no multiple of the alignment; both are a program's own. */
static const struct bus_dma_limits tight = {
	.dl_alignment = 4,
	.dl_boundary = TAGBOUNDARY,
	.dl_maxsegsz = 2999,
	.dl_nsegments = 24,
};

static const struct bus_dma_limits low32 = { .dl_high = 0xffffffff };

static const struct bus_dma_limits low24 = { .dl_high = 0xffffff };

static const struct bus_dma_limits aligned = { .dl_alignment = 64 };

static const struct bus_dma_limits one = { .dl_nsegments = 1 };

static const struct bus_dma_limits high = {
	.dl_low = UP + MID + 0x800000,
	.dl_boundary = 0x20000,
	.dl_minalignmask = 0xfffff,
};

/*
 * Direct mapping over direct mapping; together they are `up'.  `flags' are for
 * the upper one, which knows what memory it is.
 */
static int
stack_two(struct busdma_sim_bus *bus, unsigned requester, unsigned flags,
    bus_dma_tag_t *tp)
{
	const struct bus_dma_window first = { 0, 0x1000000000, 0x300000000,
		flags };
	static const struct bus_dma_window second = { 0x1000000000, UP,
		0x200000000, COHERENT };
	bus_dma_tag_t bottom, middle;
	int error;

	error = bus_dmatag_sim(bus, requester, &bottom, 0);
	if (error != 0)
		return error;
	error = bus_dmatag_direct(NULL, bottom, &second, 1, &middle, 0);
	busdma_tag_release(bottom);
	if (error != 0)
		return error;
	error = bus_dmatag_direct(NULL, middle, &first, 1, tp, 0);
	busdma_tag_release(middle);
	return error;
}

/* No more than a few small loads at once; and as much as there will be. */
static const struct bus_dma_bounce few = {
	.db_reserve = 0x8000,
	.db_most = 0x8000,
};

static const struct bus_dma_bounce enough_slots = {
	.db_reserve = 0x40000,
	.db_most = 0x200000,
};

static const struct bus_dma_bounce forced = {
	.db_reserve = 0x40000,
	.db_most = 0x400000,
	.db_flags = BUS_DMA_BOUNCE_FORCED,
};

#define OFF BUSDMA_SIM_SHORTCUT_OFF
#define WHOLE BUSDMA_SIM_SHORTCUT_WHOLE
#define NONE BUSDMA_SIM_FRAG_NONE
#define RANDOM BUSDMA_SIM_FRAG_RANDOM
#define PAGES BUSDMA_SIM_FRAG_PAGES
#define ATRANDOM BUSDMA_SIM_CACHE_RANDOM
#define NEVER BUSDMA_SIM_CACHE_NEVER
#define ATONCE BUSDMA_SIM_CACHE_ATONCE
#define LINES(n, how) .ro_line = (n), .ro_cache = (how)
#define INORDER(n, how) LINES(n, how), .ro_inorder = true

const struct row rows[] = {
	{ "identity", SUB_IDENTITY },
	{ "identity, random pages", SUB_IDENTITY, .ro_frag = RANDOM },
	{ "identity, no shortcut", SUB_IDENTITY, .ro_frag = PAGES,
	    .ro_shortcut = OFF },
	{ "identity, whole loads", SUB_IDENTITY, .ro_frag = RANDOM,
	    .ro_shortcut = WHOLE },
	{ "identity, large pages", SUB_IDENTITY, .ro_frag = PAGES,
	    .ro_page = 16384 },
	{ "up", SUB_UP, WINDOWS(up), .ro_frag = RANDOM },
	{ "up, no shortcut, large pages", SUB_UP, WINDOWS(up),
	    .ro_frag = RANDOM, .ro_shortcut = OFF, .ro_page = 16384 },
	{ "up, whole loads", SUB_UP, WINDOWS(up), .ro_frag = PAGES,
	    .ro_shortcut = WHOLE },
	{ "up, two layers", SUB_UP, WINDOWS(up), .ro_stack = stack_two,
	    .ro_frag = RANDOM },
	{ "up, two layers, whole loads", SUB_UP, WINDOWS(up),
	    .ro_stack = stack_two, .ro_frag = RANDOM, .ro_shortcut = WHOLE },
	{ "down", SUB_DOWN, WINDOWS(down), .ro_frag = NONE },
	{ "down, no shortcut", SUB_DOWN, WINDOWS(down), .ro_frag = RANDOM,
	    .ro_shortcut = OFF },
	{ "several windows", SUB_SEVERAL, WINDOWS(several), .ro_frag = RANDOM },
	{ "several windows, no shortcut", SUB_SEVERAL, WINDOWS(several),
	    .ro_frag = PAGES, .ro_shortcut = OFF },
	{ "several windows, whole loads, large pages", SUB_SEVERAL,
	    WINDOWS(several), .ro_frag = RANDOM, .ro_shortcut = WHOLE,
	    .ro_page = 16384 },
	{ "several windows, largest pages", SUB_SEVERAL, WINDOWS(several),
	    .ro_frag = RANDOM, .ro_page = PAGEMAX },
	{ "cut windows", SUB_CUT, WINDOWS(cut), .ro_frag = NONE },
	{ "cut windows, no shortcut", SUB_CUT, WINDOWS(cut), .ro_frag = NONE,
	    .ro_shortcut = OFF },
	{ "cut windows, whole loads, large pages", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, .ro_shortcut = WHOLE, .ro_page = 16384 },
	{ "tight", SUB_IDENTITY, .ro_frag = RANDOM, .ro_limits = &tight },
	{ "tight, cut windows, no shortcut", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, .ro_shortcut = OFF, .ro_limits = &tight },
	{ "tight, several windows, whole loads", SUB_SEVERAL, WINDOWS(several),
	    .ro_frag = PAGES, .ro_shortcut = WHOLE, .ro_limits = &tight },
	{ "32 bits", SUB_IDENTITY, .ro_frag = RANDOM, .ro_limits = &low32 },
	{ "up, high", SUB_UP, WINDOWS(up), .ro_frag = RANDOM,
	    .ro_limits = &high },
	{ "identity, no bus", SUB_IDENTITY, .ro_bare = true,
	    .ro_frag = RANDOM },
	{ "up, no bus", SUB_UP, WINDOWS(up), .ro_bare = true,
	    .ro_frag = PAGES },
	{ "tight, down, no bus", SUB_DOWN, WINDOWS(down), .ro_bare = true,
	    .ro_limits = &tight },
	/* Devices that don't see the CPU's cache. */
	{ "identity, lines of 16 at random", SUB_IDENTITY, .ro_frag = RANDOM,
	    LINES(16, ATRANDOM) },
	{ "up, lines of 16 at random, in order", SUB_UP, WINDOWS(up),
	    .ro_frag = PAGES, INORDER(16, ATRANDOM) },
	{ "up, no shortcut, lines of 16 never", SUB_UP, WINDOWS(up),
	    .ro_frag = RANDOM, .ro_shortcut = OFF, LINES(16, NEVER) },
	{ "several windows, lines of 16 never, in order", SUB_SEVERAL,
	    WINDOWS(several), .ro_frag = RANDOM, INORDER(16, NEVER) },
	{ "cut windows, lines of 16 at once", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, LINES(16, ATONCE) },
	{ "identity, whole loads, large pages, lines of 16 at once, in order",
	    SUB_IDENTITY, .ro_frag = RANDOM, .ro_shortcut = WHOLE,
	    .ro_page = 16384, INORDER(16, ATONCE) },
	{ "cut windows, whole loads, lines of 32 at random", SUB_CUT,
	    WINDOWS(cut), .ro_frag = NONE, .ro_shortcut = WHOLE,
	    LINES(32, ATRANDOM) },
	{ "identity, lines of 32 at random, in order", SUB_IDENTITY,
	    .ro_frag = RANDOM, INORDER(32, ATRANDOM) },
	{ "up, lines of 32 never", SUB_UP, WINDOWS(up), .ro_frag = PAGES,
	    LINES(32, NEVER) },
	{ "up, no shortcut, lines of 32 never, in order", SUB_UP, WINDOWS(up),
	    .ro_frag = RANDOM, .ro_shortcut = OFF, INORDER(32, NEVER) },
	{ "several windows, lines of 32 at once", SUB_SEVERAL, WINDOWS(several),
	    .ro_frag = RANDOM, LINES(32, ATONCE) },
	{ "cut windows, lines of 32 at once, in order", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, INORDER(32, ATONCE) },
	{ "identity, whole loads, large pages, lines of 64 at random",
	    SUB_IDENTITY, .ro_frag = RANDOM, .ro_shortcut = WHOLE,
	    .ro_page = 16384, LINES(64, ATRANDOM) },
	{ "cut windows, whole loads, lines of 64 at random, in order", SUB_CUT,
	    WINDOWS(cut), .ro_frag = NONE, .ro_shortcut = WHOLE,
	    INORDER(64, ATRANDOM) },
	{ "identity, lines of 64 never", SUB_IDENTITY, .ro_frag = RANDOM,
	    LINES(64, NEVER) },
	{ "up, lines of 64 never, in order", SUB_UP, WINDOWS(up),
	    .ro_frag = PAGES, INORDER(64, NEVER) },
	{ "up, no shortcut, lines of 64 at once", SUB_UP, WINDOWS(up),
	    .ro_frag = RANDOM, .ro_shortcut = OFF, LINES(64, ATONCE) },
	{ "several windows, lines of 64 at once, in order", SUB_SEVERAL,
	    WINDOWS(several), .ro_frag = RANDOM, INORDER(64, ATONCE) },
	{ "cut windows, lines of 128 at random", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, LINES(128, ATRANDOM) },
	{ "identity, whole loads, large pages, lines of 128 at random, in "
	  "order",
	    SUB_IDENTITY, .ro_frag = RANDOM, .ro_shortcut = WHOLE,
	    .ro_page = 16384, INORDER(128, ATRANDOM) },
	{ "cut windows, whole loads, lines of 128 never", SUB_CUT, WINDOWS(cut),
	    .ro_frag = NONE, .ro_shortcut = WHOLE, LINES(128, NEVER) },
	{ "identity, lines of 128 never, in order", SUB_IDENTITY,
	    .ro_frag = RANDOM, INORDER(128, NEVER) },
	{ "up, lines of 128 at once", SUB_UP, WINDOWS(up), .ro_frag = PAGES,
	    LINES(128, ATONCE) },
	{ "up, no shortcut, lines of 128 at once, in order", SUB_UP,
	    WINDOWS(up), .ro_frag = RANDOM, .ro_shortcut = OFF,
	    INORDER(128, ATONCE) },
	{ "identity, no bus, lines of 64 never", SUB_IDENTITY, .ro_bare = true,
	    .ro_frag = RANDOM, LINES(64, NEVER) },
	{ "up, no bus, lines of 16 never, in order", SUB_UP, WINDOWS(up),
	    .ro_bare = true, .ro_frag = PAGES, INORDER(16, NEVER) },
	{ "down, no bus, lines of 128 never", SUB_DOWN, WINDOWS(down),
	    .ro_bare = true, .ro_frag = NONE, LINES(128, NEVER) },
	{ "up, two layers, lines of 32 at random", SUB_UP, WINDOWS(up),
	    .ro_stack = stack_two, .ro_frag = RANDOM, LINES(32, ATRANDOM) },
	{ "up, two layers, lines of 64 at once, in order", SUB_UP, WINDOWS(up),
	    .ro_stack = stack_two, .ro_frag = PAGES, .ro_shortcut = OFF,
	    INORDER(64, ATONCE) },
	{ "tight, several windows, lines of 32 at random", SUB_SEVERAL,
	    WINDOWS(several), .ro_frag = PAGES, .ro_limits = &tight,
	    LINES(32, ATRANDOM) },
	{ "one window of several snooped, lines of 64 at random", SUB_SEVERAL,
	    WINDOWS(several), .ro_frag = RANDOM, .ro_snooped = 0x4,
	    LINES(64, ATRANDOM) },
	{ "one window of several not snooped, whole loads, lines of 16 at once",
	    SUB_SEVERAL, WINDOWS(several), .ro_frag = PAGES,
	    .ro_shortcut = WHOLE, .ro_snooped = 0x3, LINES(16, ATONCE) },
	{ "cut windows, every other snooped, lines of 128 never", SUB_CUT,
	    WINDOWS(cut), .ro_frag = NONE, .ro_snooped = 0x55555555,
	    LINES(128, NEVER) },
	{ "all windows snooped, lines of 64 at once", SUB_UP, WINDOWS(up),
	    .ro_frag = RANDOM, .ro_snooped = 1, LINES(64, ATONCE) },
	/* What devices can't take goes through slots. */
	{ "bounce, 24 bits", SUB_LOW, BOUNCE(enough_slots), .ro_frag = RANDOM,
	    .ro_limits = &low24 },
	{ "bounce, 24 bits, few slots", SUB_LOW, BOUNCE(few), .ro_frag = PAGES,
	    .ro_limits = &low24 },
	{ "bounce, low window, no shortcut, large pages", SUB_LOW,
	    WINDOWS(lowest), BOUNCE(enough_slots), .ro_frag = RANDOM,
	    .ro_shortcut = OFF, .ro_page = 16384 },
	{ "bounce, low window, whole loads, few slots", SUB_LOW,
	    WINDOWS(lowest), BOUNCE(few), .ro_frag = NONE,
	    .ro_shortcut = WHOLE },
	{ "bounce, 32 bits", SUB_IDENTITY, BOUNCE(few), .ro_frag = RANDOM,
	    .ro_limits = &low32 },
	{ "bounce, aligned, up, two layers", SUB_UP, WINDOWS(up),
	    .ro_stack = stack_two, BOUNCE(enough_slots), .ro_frag = RANDOM,
	    .ro_limits = &aligned },
	{ "bounce, one segment, large pages", SUB_IDENTITY,
	    BOUNCE(enough_slots), .ro_frag = RANDOM, .ro_page = 16384,
	    .ro_limits = &one },
	{ "bounce, tight, several windows", SUB_SEVERAL, WINDOWS(several),
	    BOUNCE(few), .ro_frag = PAGES, .ro_limits = &tight },
	{ "forced", SUB_IDENTITY, BOUNCE(forced), .ro_frag = RANDOM },
	{ "forced, cut windows, whole loads", SUB_CUT, WINDOWS(cut),
	    BOUNCE(forced), .ro_frag = NONE, .ro_shortcut = WHOLE },
	{ "bounce, 24 bits, lines of 64 at random", SUB_LOW,
	    BOUNCE(enough_slots), .ro_frag = RANDOM, .ro_limits = &low24,
	    LINES(64, ATRANDOM) },
	{ "bounce, low window, few slots, lines of 32 at random, in order",
	    SUB_LOW, WINDOWS(lowest), BOUNCE(few), .ro_frag = PAGES,
	    INORDER(32, ATRANDOM) },
	{ "bounce, one segment, large pages, lines of 128 never", SUB_IDENTITY,
	    BOUNCE(enough_slots), .ro_frag = RANDOM, .ro_page = 16384,
	    .ro_limits = &one, LINES(128, NEVER) },
	{ "bounce, aligned, no bus, lines of 64 never, in order", SUB_UP,
	    WINDOWS(up), .ro_bare = true, BOUNCE(enough_slots),
	    .ro_frag = RANDOM, .ro_limits = &aligned, INORDER(64, NEVER) },
	{ "forced, lines of 16 at once", SUB_IDENTITY, BOUNCE(forced),
	    .ro_frag = PAGES, LINES(16, ATONCE) },
	{ "forced, one window of several snooped, lines of 64 at random",
	    SUB_SEVERAL, WINDOWS(several), BOUNCE(forced), .ro_frag = RANDOM,
	    .ro_snooped = 0x4, LINES(64, ATRANDOM) },
};
const unsigned nrows = NITEMS(rows);

/* ---- a device that does as the program says ---- */

static uint64_t
dev_read(void *softc, uint32_t reg, unsigned width)
{
	return 0;
}

static void
dev_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
}

static bool
dev_step(void *softc)
{
	return false;
}

static const struct busdma_sim_dev_ops dev_ops = {
	.do_size = sizeof(dev_ops),
	.do_name = "device",
	.do_read = dev_read,
	.do_write = dev_write,
	.do_step = dev_step,
};

/* ---- the machine ---- */

static void
on_report(void *arg, const struct busdma_sim_report *sr)
{
	char line[320];

	busdma_sim_report_line(sr, line, sizeof(line));
	fail(arg, "a report: %s", line);
}

/* The windows, with what devices see behind each. */
static unsigned
make_windows(const struct row *ro, struct bus_dma_window *w)
{
	static const struct bus_dma_window identity = { .dw_flags = COHERENT };
	const struct bus_dma_window *from = ro->ro_windows;
	unsigned n = from != NULL ? ro->ro_nwindows : 1;

	for (unsigned i = 0; i < n; i++) {
		w[i] = from != NULL ? from[i] : identity;
		if (ro->ro_line != 0 &&
		    (i >= 32 || (ro->ro_snooped >> i & 1) == 0))
			w[i].dw_flags = 0;
	}
	return n;
}

static int
make_tag(struct program *pr, struct busdma_sim_bus *bus, unsigned requester,
    bus_dma_tag_t *tp)
{
	const struct row *ro = pr->pr_row;
	struct bus_dma_window windows[MAXWINDOWS];
	bus_dma_tag_t t = NULL, upper = NULL;
	int error;

	if (bus == NULL)
		error = bus_dmatag_direct(
		    pr->pr_pl, NULL, windows, make_windows(ro, windows), &t, 0);
	else if (ro->ro_stack != NULL)
		error = ro->ro_stack(
		    bus, requester, ro->ro_line != 0 ? 0 : COHERENT, &t);
	else
		error = busdma_sim_bus_tag(bus, requester, &t, 0);
	if (error == 0 && ro->ro_bounce != NULL) {
		error = bus_dmatag_bounce(t, ro->ro_bounce, &upper, 0);
		busdma_tag_release(t);
		t = upper;
	}
	if (error == 0 && ro->ro_limits != NULL) {
		error = bus_dmatag_restrict(t, ro->ro_limits, &upper, 0);
		busdma_tag_release(t);
		t = upper;
	}
	*tp = t;
	return error;
}

/* The two devices, each with its tag. */
static int
make_devices(struct program *pr, struct busdma_sim_bus *bus)
{
	int error = 0;

	for (unsigned i = 0; i < NROOTS && error == 0; i++) {
		struct tag *ta = &pr->pr_tag[i];

		if (bus != NULL)
			error = busdma_sim_dev_create(
			    bus, i + 1, &dev_ops, NULL, &pr->pr_dev[i]);
		if (error == 0)
			error = make_tag(pr, bus, i + 1, &ta->ta_tag);
		if (pr->pr_row->ro_limits != NULL)
			ta->ta_lim = *pr->pr_row->ro_limits;
		/* One that is narrowed has a pool from its first map on. */
		ta->ta_pool = pr->pr_row->ro_limits == NULL;
		ta->ta_device = i;
		ta->ta_parent = -1;
	}
	return error;
}

static int
make_bus(struct program *pr, struct busdma_sim_bus **busp)
{
	const struct row *ro = pr->pr_row;
	struct bus_dma_window windows[MAXWINDOWS];
	const struct busdma_sim_bus_config bc = {
		.bc_name = "bus",
		.bc_windows = windows,
		.bc_nwindows = make_windows(ro, windows),
		.bc_shortcut = ro->ro_shortcut,
	};

	*busp = NULL;
	return ro->ro_bare ? 0 : busdma_sim_bus_create(pr->pr_sim, &bc, busp);
}

bool
machine_create(struct program *pr)
{
	const struct row *ro = pr->pr_row;
	const struct busdma_sim_config sc = {
		.sc_banks = banks,
		.sc_nbanks = NITEMS(banks),
		.sc_pagesize = ro->ro_page,
		.sc_frag = ro->ro_frag,
		.sc_seed = pr->pr_seed * 31 + pr->pr_case,
		.sc_report = on_report,
		.sc_arg = pr,
		.sc_line = ro->ro_line,
		.sc_cache = ro->ro_cache,
		.sc_inorder = ro->ro_inorder,
	};
	struct busdma_sim_bus *bus;
	int error;

	error = busdma_sim_create(&sc, &pr->pr_sim);
	if (error != 0) {
		pr->pr_sim = NULL;
		fail(pr, "busdma_sim_create: %d", error);
		return false;
	}
	pr->pr_pl = busdma_sim_platform(pr->pr_sim);
	pr->pr_proc[0] = busdma_sim_proc(pr->pr_sim);
	error = busdma_sim_proc_create(pr->pr_sim, &pr->pr_proc[1]);
	if (error == 0)
		error = make_bus(pr, &bus);
	if (error == 0)
		error = make_devices(pr, bus);
	if (error != 0)
		fail(pr, "the machine: %d", error);
	return error == 0;
}

void
machine_destroy(struct program *pr)
{
	unsigned held;

	if (pr->pr_sim == NULL)
		return;
	held = busdma_sim_destroy(pr->pr_sim);
	if (held != 0 && !pr->pr_failed)
		fail(pr, "%u things are held at the end", held);
}

/* Behind which window a bus address is, and where. */
static paddr_t
behind(const struct row *ro, bus_addr_t addr)
{
	const struct bus_dma_window *w = ro->ro_windows;

	for (unsigned i = 0; i < ro->ro_nwindows; i++, w++)
		if (addr >= w->dw_bus && addr - w->dw_bus < w->dw_len)
			return addr - w->dw_bus + w->dw_cpu;
	return w == NULL ? addr : TOP;
}

bool
machine_access(struct program *pr, unsigned device, bus_addr_t addr, void *buf,
    size_t len, bool write)
{
	struct busdma_sim_dev *dev = pr->pr_dev[device];
	paddr_t pa = behind(pr->pr_row, addr);

	if (dev != NULL)
		return (write ? busdma_sim_dma_write(dev, addr, buf, len)
			      : busdma_sim_dma_read(dev, addr, buf, len)) == 0;
	return (write ? busdma_sim_phys_write(pr->pr_sim, pa, buf, len)
		      : busdma_sim_phys_read(pr->pr_sim, pa, buf, len)) == 0;
}
