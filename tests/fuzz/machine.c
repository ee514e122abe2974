/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that sequences of calls run on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define PAGE 4096u
#define COHERENT BUS_DMA_WINDOW_COHERENT
#define NITEMS(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))
#define RAM 0x100000u
#define FAR 0x40000000u /* behind no window */

/*
 * The second begins on the bus where the first one ends, and goes past the
 * CPU's caches.
 */
static const struct bus_dma_window windows[] = {
	{ RAM, 0x80000000, 0x400000, COHERENT },
	{ 0x900000, 0x80400000, 0x2000, 0 },
};

static const struct bus_dma_window sim_windows[] = {
	{ RAM, 0x40000000, 0x200000, COHERENT },
	{ 0x100000000, 0x7fff0000, 0x80000, COHERENT },
};

/* Hooks have no cookie of ours. */
static struct machine *current;

static void
note(const struct busdma_report *rp)
{
	unsigned code = (unsigned)rp->rp_code;

	/* Of buffers as they are: nobody's error. */
	if (code == BUSDMA_REPORT_SHAREDLINE)
		return;
	/* A window that must not fail, and was made to. */
	if (code == BUSDMA_REPORT_PLATFORM && current->ma_tp != NULL &&
	    current->ma_tp->tp_failed &&
	    strcmp(rp->rp_func, "bus_dmamap_sync") == 0)
		return;
	if (code < MACHINE_NCODES && code != BUSDMA_REPORT_PLATFORM)
		current->ma_reports[code]++;
	else
		current->ma_broken++;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	note(rp);
}

static void
sim_report(void *arg, const struct busdma_sim_report *sr)
{
	(void)arg;
	if (sr->sr_reason == BUSDMA_SIM_CALLER && sr->sr_library != NULL) {
		note(sr->sr_library);
	} else {
		printf("# the simulated machine: %s\n", sr->sr_text);
		current->ma_broken++;
	}
}

static void
must(bool good)
{
	if (!good)
		abort();
}

/* Kernel memory: in one piece, scattered, with a hole, out of reach. */
static void
tp_memory(struct machine *ma)
{
	static const paddr_t scattered[] = { 0x900000, 0x400000, 0x401000,
		0x901000, 0x300000, 0x202000 };
	static const paddr_t holed[] = { 0x310000, TP_NOPAGE, 0x311000 };
	static const paddr_t far[] = { FAR, 0x320000, 0, UINT64_MAX - 0xfff };
	static const paddr_t user[] = { 0x331000, 0x330000, 0x900000 };
	static char process[2];
	struct machine_buf *mb = ma->ma_buf;
	struct tp *tp = ma->ma_tp;

	mb[0].mb_va = (uintptr_t)tp_run(tp, 0x200000, 4);
	mb[0].mb_len = 4 * PAGE;
	mb[1].mb_va = (uintptr_t)tp_buf(tp, scattered, NITEMS(scattered));
	mb[1].mb_len = sizeof(scattered) / sizeof(paddr_t) * PAGE;
	mb[2].mb_va = (uintptr_t)tp_buf(tp, holed, NITEMS(holed));
	mb[2].mb_len = 3 * PAGE;
	mb[3].mb_va = (uintptr_t)tp_buf(tp, far, NITEMS(far));
	mb[3].mb_len = 4 * PAGE;
	mb[4].mb_proc = (struct proc *)(void *)process;
	mb[4].mb_va = 0x10000;
	mb[4].mb_len = 3 * PAGE;
	(void)tp_space(tp, machine_space(ma, mb[4].mb_proc), mb[4].mb_va, user,
	    NITEMS(user));
}

static void
tp_machine(struct machine *ma, unsigned kind)
{
	static const char *const layers[] = { "cm", "clus", "cLus" };
	bus_dma_tag_t direct;

	ma->ma_tp = tp_create(PAGE, RAM, 48);
	ma->ma_tp->tp_pl.pl_report = hook_report;
	ma->ma_pl = &ma->ma_tp->tp_pl;
	if (kind % 2 != 0) {
		tp_noncoherent(ma->ma_tp, 64, 0);
		ma->ma_windows = windows;
		ma->ma_nwindows = NITEMS(windows);
	}
	must(tp_direct(ma->ma_tp, ma->ma_windows, ma->ma_nwindows, &direct) ==
	     0);
	ma->ma_root = direct;
	ma->ma_flat = kind == 0;
	if (kind >= 2) {
		tl_init(&ma->ma_layer, kind, layers[kind - 2], NULL);
		if (kind == 2)
			ma->ma_offset = ma->ma_layer.tl_offset = 0x7000;
		ma->ma_layer.tl_most = 1000;
		ma->ma_layer.tl_split = 3000;
		must(tl_create(
			 ma->ma_tp, &ma->ma_layer, direct, &ma->ma_root) == 0);
		busdma_tag_release(direct);
	}
	tp_memory(ma);
}

static void
sim_machine(struct machine *ma, unsigned kind)
{
	static const struct busdma_sim_bank banks[] = {
		{ RAM, 0x200000 },
		{ 0x100000000, 0x100000 },
	};
	const struct busdma_sim_config sc = {
		.sc_banks = banks,
		.sc_nbanks = NITEMS(banks),
		.sc_frag = BUSDMA_SIM_FRAG_RANDOM,
		.sc_seed = kind + 1,
		.sc_report = sim_report,
	};
	struct busdma_sim_bus_config bc = {
		.bc_name = "bus",
		.bc_shortcut = (enum busdma_sim_shortcut)kind,
	};
	static const size_t npages[] = { 4, 6, 3, 40 };
	struct machine_buf *mb = ma->ma_buf;
	struct busdma_sim_bus *bus;
	struct proc *p;
	size_t page;

	must(busdma_sim_create(&sc, &ma->ma_sim) == 0);
	if (kind != 0) {
		bc.bc_windows = ma->ma_windows = sim_windows;
		bc.bc_nwindows = ma->ma_nwindows = NITEMS(sim_windows);
	}
	must(busdma_sim_bus_create(ma->ma_sim, &bc, &bus) == 0);
	must(busdma_sim_bus_tag(bus, 1, &ma->ma_root, 0) == 0);
	ma->ma_pl = busdma_sim_platform(ma->ma_sim);
	page = ma->ma_pl->pl_pagesize;
	for (unsigned i = 0; i < MACHINE_NBUFS - 1; i++) {
		mb[i].mb_len = npages[i] * page;
		mb[i].mb_va =
		    (uintptr_t)busdma_sim_kmalloc_frag(ma->ma_sim, mb[i].mb_len,
			i == 0 ? BUSDMA_SIM_FRAG_NONE : BUSDMA_SIM_FRAG_PAGES);
		must(mb[i].mb_va != 0);
	}
	p = mb[4].mb_proc = busdma_sim_proc(ma->ma_sim);
	mb[4].mb_len = 4 * page;
	mb[4].mb_va =
	    (uintptr_t)busdma_sim_umalloc(ma->ma_sim, p, mb[4].mb_len);
	must(mb[4].mb_va != 0 && busdma_sim_uunmap(ma->ma_sim, p,
				     (void *)(mb[4].mb_va + 2 * page)) == 0);
}

void
machine_create(struct machine *ma, unsigned kind)
{
	struct busdma_reach re;

	memset(ma, 0, sizeof(*ma));
	current = ma;
	if (kind < 5)
		tp_machine(ma, kind);
	else
		sim_machine(ma, kind - 5);
	ma->ma_fixed = busdma_reach(ma->ma_root, 0, &re) && re.re_fixed;
}

bool
machine_destroy(struct machine *ma)
{
	unsigned held = 0;

	if (ma->ma_tp != NULL) {
		held = tp_destroy(ma->ma_tp) + ma->ma_layer.tl_badarea;
	} else {
		for (unsigned i = 0; i < MACHINE_NBUFS - 1; i++)
			busdma_sim_kfree(
			    ma->ma_sim, (void *)ma->ma_buf[i].mb_va);
		busdma_sim_ufree(ma->ma_sim, ma->ma_buf[4].mb_proc,
		    (void *)ma->ma_buf[4].mb_va);
		held = busdma_sim_destroy(ma->ma_sim);
	}
	if (held != 0 || ma->ma_broken != 0)
		printf("# %u held at the end, %u reports of what is broken\n",
		    held, ma->ma_broken);
	return held == 0 && ma->ma_broken == 0;
}

bool
machine_phys(struct machine *ma, busdma_space_t as, uintptr_t va, paddr_t *pa)
{
	struct busdma_frag f;

	if (ma->ma_pl->pl_extract(ma->ma_pl, as, va, 1, &f, 1) == 0)
		return false;
	*pa = f.bf_addr;
	return true;
}

bool
machine_bus(const struct machine *ma, paddr_t pa, bus_addr_t *bus)
{
	const struct bus_dma_window *w = ma->ma_windows;

	pa += ma->ma_offset;
	if (ma->ma_nwindows == 0) {
		*bus = pa;
		return true;
	}
	for (unsigned i = 0; i < ma->ma_nwindows; i++, w++) {
		if (pa >= w->dw_cpu && pa - w->dw_cpu < w->dw_len) {
			*bus = pa - w->dw_cpu + w->dw_bus;
			return true;
		}
	}
	return false;
}

busdma_space_t
machine_space(const struct machine *ma, struct proc *p)
{
	return p != NULL ? ma->ma_pl->pl_space(ma->ma_pl, p) : NULL;
}

void
machine_fail(struct machine *ma, unsigned n)
{
	if (ma->ma_tp != NULL)
		tp_fail_at(ma->ma_tp, n);
	else
		(void)busdma_sim_fail_at(ma->ma_sim, n);
}
