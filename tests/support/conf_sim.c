/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite's environment on the simulated machine.
 */
#include "conf_sim.h"
#include "conf_cache.h"

#include <busdma/backend.h>

#define SEED 20261120
/* More than the high bank has pages. */
#define TRIES 48

/* The one environment there is at a time. */
static struct sim_env {
	struct busdma_sim *se_sim;
	struct busdma_sim_bus *se_bus;
	struct busdma_sim_dev *se_dev;
	struct bus_dma_window se_window; /* where there are none given */
	unsigned se_reports;
	struct busdma_report se_last;
	unsigned se_shared;
	bool se_probing; /* a refused access is expected */
	/* What the bus has, whatever a constant says of the stack. */
	const struct bus_dma_window *se_wires;
	unsigned se_nwires;
} se;

static void
on_report(void *arg, const struct busdma_sim_report *sr)
{
	if (se.se_probing && (sr->sr_reason == BUSDMA_SIM_UNMAPPED ||
				 sr->sr_reason == BUSDMA_SIM_REACH))
		return;
	if (sr->sr_library != NULL &&
	    sr->sr_library->rp_code == BUSDMA_REPORT_SHAREDLINE) {
		se.se_shared++;
		return;
	}
	se.se_reports++;
	if (sr->sr_library != NULL) {
		se.se_last = *sr->sr_library;
		return;
	}
	memset(&se.se_last, 0, sizeof(se.se_last));
	se.se_last.rp_code = BUSDMA_REPORT_DEVICE;
	se.se_last.rp_func = sr->sr_text;
}

/* ---- a device that does as it is told ---- */

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

static const struct busdma_sim_dev_ops probe_ops = {
	.do_size = sizeof(probe_ops),
	.do_name = "probe",
	.do_read = dev_read,
	.do_write = dev_write,
	.do_step = dev_step,
};

static int
env_dev_read(const struct conf_env *env, bus_addr_t addr, void *buf, size_t len)
{
	int error;

	se.se_probing = true;
	error = busdma_sim_dma_read(se.se_dev, addr, buf, len);
	se.se_probing = false;
	return error;
}

static int
env_dev_write(
    const struct conf_env *env, bus_addr_t addr, const void *buf, size_t len)
{
	int error;

	se.se_probing = true;
	error = busdma_sim_dma_write(se.se_dev, addr, buf, len);
	se.se_probing = false;
	return error;
}

/* ---- memory ---- */

static bool
in_reach(paddr_t pa)
{
	const struct bus_dma_window *w = se.se_wires;
	unsigned i;

	if (se.se_nwires == 0)
		return true;
	for (i = 0; i < se.se_nwires; i++, w++) {
		if (w->dw_cpu <= pa && pa <= conf_window_last(w))
			return true;
	}
	return false;
}

/* Whether the memory at `p' is of the kind asked for. */
static bool
suits(const struct conf_env *env, enum conf_mem kind, char *p, size_t size)
{
	size_t page = env->ce_pl->pl_pagesize, off;
	struct busdma_frag f, next;

	for (off = 0; off < size; off += page) {
		if (env->ce_pl->pl_extract(env->ce_pl, NULL,
			(uintptr_t)(p + off), page, &f, 1) != 1)
			return false;
		if (in_reach(f.bf_addr) != (kind != CONF_MEM_FAR))
			return false;
		if (off + page == size)
			break;
		(void)env->ce_pl->pl_extract(env->ce_pl, NULL,
		    (uintptr_t)(p + off + page), page, &next, 1);
		if ((next.bf_addr == f.bf_addr + page) ==
		    (kind == CONF_MEM_PAGES))
			return false;
	}
	return kind != CONF_MEM_EDGE ||
	       env->ce_pl->pl_extract(
		   env->ce_pl, NULL, (uintptr_t)(p + size), 1, &f, 1) == 0;
}

static void *
env_alloc(const struct conf_env *env, enum conf_mem kind, size_t size)
{
	enum busdma_sim_frag frag = kind == CONF_MEM_PAGES
					? BUSDMA_SIM_FRAG_PAGES
					: BUSDMA_SIM_FRAG_NONE;
	void *wrong[TRIES], *p = NULL;
	unsigned n;

	for (n = 0; n < TRIES; n++) {
		p = busdma_sim_kmalloc_frag(se.se_sim, size, frag);
		if (p == NULL || suits(env, kind, p, size))
			break;
		wrong[n] = p;
		p = NULL;
	}
	while (n > 0)
		busdma_sim_kfree(se.se_sim, wrong[--n]);
	return p;
}

static void
env_free(const struct conf_env *env, enum conf_mem kind, void *p, size_t size)
{
	busdma_sim_kfree(se.se_sim, p);
}

/* Within reach too: nothing is bounced. */
static void *
env_ualloc(const struct conf_env *env, size_t size)
{
	const struct busdma_platform *pl = env->ce_pl;
	size_t page = pl->pl_pagesize, off;
	void *wrong[TRIES];
	struct busdma_frag f;
	unsigned n;
	char *p;

	for (n = 0; n < TRIES; n++) {
		p = busdma_sim_umalloc(se.se_sim, env->ce_proc, size);
		for (off = 0; p != NULL && off < size; off += page) {
			(void)pl->pl_extract(pl, pl->pl_space(pl, env->ce_proc),
			    (uintptr_t)(p + off), page, &f, 1);
			if (!in_reach(f.bf_addr))
				break;
		}
		if (p == NULL || off >= size)
			break;
		wrong[n] = p;
		p = NULL;
	}
	while (n > 0)
		busdma_sim_ufree(se.se_sim, env->ce_proc, wrong[--n]);
	return p;
}

static void
env_ufree(const struct conf_env *env, void *uva, size_t size)
{
	busdma_sim_ufree(se.se_sim, env->ce_proc, uva);
}

static int
env_uunmap(const struct conf_env *env, void *uva)
{
	return busdma_sim_uunmap(se.se_sim, env->ce_proc, uva);
}

static int
env_copyin(const struct conf_env *env, const void *uva, void *buf, size_t len)
{
	return busdma_sim_copyin(se.se_sim, env->ce_proc, uva, buf, len);
}

static int
env_copyout(const struct conf_env *env, const void *buf, void *uva, size_t len)
{
	return busdma_sim_copyout(se.se_sim, env->ce_proc, buf, uva, len);
}

/* ---- what the machine knows ---- */

static unsigned
env_reports(const struct conf_env *env, struct busdma_report *last)
{
	unsigned n = se.se_reports;

	*last = se.se_last;
	se.se_reports = 0;
	return n;
}

static unsigned
env_shared(const struct conf_env *env)
{
	return se.se_shared;
}

static uint64_t
env_barriers(const struct conf_env *env)
{
	return busdma_sim_calls(se.se_sim, BUSDMA_SIM_HOOK_BARRIER);
}

static bool
env_fail_at(const struct conf_env *env, uint64_t n)
{
	return busdma_sim_fail_at(se.se_sim, n);
}

/* The table is the machine's own, and no tag is made with it yet. */
static void
record(const struct busdma_platform *table)
{
	struct busdma_platform *pl;

	memcpy(&pl, &table, sizeof(pl));
	pl->pl_cpu = conf_cache_record(pl->pl_cpu);
}

/* On what the bus has, a tag that bounces, as the row says; or that itself. */
static bool
make_tag(const struct conf_sim_config *si, bus_dma_tag_t lower,
    bus_dma_tag_t *newtag)
{
	bus_dma_tag_t root;
	int error;

	if (si->si_bounce == NULL && si->si_x86 == NULL) {
		*newtag = lower;
		return true;
	}
	if (si->si_bounce != NULL) {
		error = bus_dmatag_bounce(lower, si->si_bounce, newtag, 0);
	} else {
		error = bus_dmatag_x86(NULL, lower, si->si_x86, &root, 0);
		if (error != 0)
			return false;
		error = si->si_bits == 0
			    ? bus_dmatag_x86_isa(root, newtag, 0)
			    : bus_dmatag_x86_pci(root, si->si_bits, newtag, 0);
		busdma_tag_release(root);
	}
	busdma_tag_release(lower);
	return error == 0;
}

static bool
make_machine(const struct conf_sim_config *si, struct conf_env *env)
{
	const struct busdma_sim_bank banks[] = {
		{ CONF_SIM_LOW, CONF_SIM_LOWSIZE },
		{ CONF_SIM_HIGH, CONF_SIM_HIGHPAGES * si->si_pagesize },
	};
	struct busdma_sim_config sc;
	struct busdma_sim_bus_config bc;
	bus_dma_tag_t lower;

	memset(&sc, 0, sizeof(sc));
	sc.sc_banks = banks;
	sc.sc_nbanks = 2;
	sc.sc_pagesize = si->si_pagesize;
	sc.sc_frag = si->si_frag;
	sc.sc_seed = SEED;
	sc.sc_report = on_report;
	sc.sc_line = si->si_line;
	sc.sc_cache = si->si_cache;
	sc.sc_inorder = si->si_inorder;
	if (busdma_sim_create(&sc, &se.se_sim) != 0)
		return false;
	record(busdma_sim_platform(se.se_sim));
	memset(&bc, 0, sizeof(bc));
	bc.bc_name = "bus0";
	bc.bc_windows = si->si_windows;
	bc.bc_nwindows = si->si_nwindows;
	bc.bc_shortcut = si->si_shortcut;
	if (busdma_sim_bus_create(se.se_sim, &bc, &se.se_bus) != 0 ||
	    busdma_sim_bus_tag(se.se_bus, 1, &lower, 0) != 0 ||
	    busdma_sim_dev_create(se.se_bus, 1, &probe_ops, NULL, &se.se_dev) !=
		0)
		return false;
	return make_tag(si, lower, &env->ce_tag);
}

/* What a device of a PC reaches; it has no more lines. */
static void
x86_wires(const struct conf_sim_config *si, struct conf_env *env)
{
	const unsigned bits = si->si_bits != 0 ? si->si_bits : 24;

	se.se_window.dw_flags = BUS_DMA_WINDOW_COHERENT;
	if (bits < 64) {
		se.se_window.dw_len = (bus_size_t)1 << bits;
		busdma_sim_dev_reach(se.se_dev, se.se_window.dw_len - 1);
	}
	se.se_wires = &se.se_window;
	se.se_nwires = 1;
	env->ce_bounces = true;
	if ((si->si_x86->dx_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return;
	env->ce_windows = &se.se_window;
	env->ce_nwindows = 1;
}

/* Where devices see memory; no constant says it where any may be copied. */
static void
wires(const struct conf_sim_config *si, struct conf_env *env)
{
	if (si->si_x86 != NULL) {
		x86_wires(si, env);
		return;
	}
	se.se_wires = si->si_windows;
	se.se_nwires = si->si_nwindows;
	env->ce_bounces = si->si_bounce != NULL;
	if (env->ce_bounces &&
	    (si->si_line != 0 ||
		(si->si_bounce->db_flags & BUS_DMA_BOUNCE_FORCED) != 0))
		return;
	env->ce_windows = si->si_windows;
	env->ce_nwindows = si->si_nwindows;
	if (si->si_nwindows == 0) {
		if (si->si_line == 0)
			se.se_window.dw_flags = BUS_DMA_WINDOW_COHERENT;
		env->ce_windows = &se.se_window;
		env->ce_nwindows = 1;
	}
}

bool
conf_sim_make(const struct conf_config *cg, struct conf_env *env)
{
	const struct conf_sim_config *si = cg->cg_arg;

	memset(&se, 0, sizeof(se));
	if (!make_machine(si, env)) {
		if (se.se_sim != NULL)
			busdma_sim_destroy(se.se_sim);
		return false;
	}
	env->ce_pl = busdma_sim_platform(se.se_sim);
	wires(si, env);
	env->ce_alloc = env_alloc;
	env->ce_free = env_free;
	env->ce_reports = env_reports;
	env->ce_shared = env_shared;
	env->ce_told = conf_cache_told;
	env->ce_barriers = env_barriers;
	env->ce_fail_at = env_fail_at;
	env->ce_proc = busdma_sim_proc(se.se_sim);
	env->ce_ualloc = env_ualloc;
	env->ce_ufree = env_ufree;
	env->ce_uunmap = env_uunmap;
	env->ce_copyin = env_copyin;
	env->ce_copyout = env_copyout;
	env->ce_dev_read = env_dev_read;
	env->ce_dev_write = env_dev_write;
	env->ce_dev_guarded = true;
	env->ce_dev_faults = true;
	return true;
}

unsigned
conf_sim_drop(struct conf_env *env)
{
	unsigned reports = se.se_reports;

	bus_dmatag_destroy(env->ce_tag);
	return busdma_sim_destroy(se.se_sim) + reports;
}
