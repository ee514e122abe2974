/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: the CPU's part of the platform: barriers, what it
 * tells its cache, and what is known of memory.
 */
#include "simvar.h"

static struct busdma_sim *
sim_of(const struct busdma_platform *pl)
{
	return pl->pl_cookie;
}

static void
count_barrier(const struct busdma_platform *pl)
{
	struct busdma_sim *sim = sim_of(pl);

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_BARRIER);
	sim_leave(sim);
}

static void
hook_barrier(const struct busdma_platform *pl, int ops)
{
	busdma_cpu_native.cpu_barrier(pl, ops);
	count_barrier(pl);
}

static void
hook_barrier_wc(const struct busdma_platform *pl, int ops)
{
	busdma_cpu_native.cpu_barrier_wc(pl, ops);
	count_barrier(pl);
}

/* Whether an operation is for whole lines of memory, by both addresses. */
static bool
lines_ok(struct busdma_sim *sim, uintptr_t va, paddr_t pa, size_t len)
{
	struct busdma_frag f;

	return ((pa | len) & (sim->s_line - 1)) == 0 &&
	       sim_space_extract(sim, &sim->s_kernel, va, len, &f, 1) != 0 &&
	       f.bf_addr == pa && f.bf_len == len;
}

static void
operate(const struct busdma_platform *pl, enum busdma_sim_hook hook,
    uintptr_t va, paddr_t pa, size_t len, enum sim_cacheop op)
{
	struct busdma_sim *sim = sim_of(pl);

	sim_enter(sim);
	sim_hook_still(sim, hook);
	if (lines_ok(sim, va, pa, len)) {
		sim_cache_op(sim, pa, len, op);
		if (op != SIM_CACHE_WB)
			sim_cache_refetch(sim, pa, len);
	} else {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "cpu_cache told of what is not whole lines of memory", pa,
		    len);
	}
	sim_leave(sim);
}

static void
hook_wb(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	operate(pl, BUSDMA_SIM_HOOK_WB, va, pa, len, SIM_CACHE_WB);
}

static void
hook_inv(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	operate(pl, BUSDMA_SIM_HOOK_INV, va, pa, len, SIM_CACHE_INV);
}

static void
hook_wbinv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	operate(pl, BUSDMA_SIM_HOOK_WBINV, va, pa, len, SIM_CACHE_WBINV);
}

/*
 * What bus_dmamem_map mapped: all drivers' of this machine keep to lines of
 * their own there.
 */
static unsigned
hook_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	struct busdma_sim *sim = sim_of(pl);
	const struct sim_region *rn = NULL;
	unsigned known = 0;

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_MEMORY);
	if (as == NULL)
		rn = sim_space_find(&sim->s_kernel, va);
	else if (as == BUSDMA_SPACE_PHYSICAL &&
		 sim_cache_isuncached(sim, pa, len))
		known = BUSDMA_MEMORY_UNCACHED;
	if (rn != NULL && rn->rn_kind == SIM_KMAP &&
	    len <= rn->rn_size - (va - rn->rn_va))
		known = BUSDMA_MEMORY_OWNED |
			(rn->rn_uncached ? BUSDMA_MEMORY_UNCACHED : 0u);
	sim_leave(sim);
	return known;
}

static const struct busdma_cpu_ops sim_cpu = {
	.cpu_size = sizeof(struct busdma_cpu_ops),
	.cpu_barrier = hook_barrier,
	.cpu_barrier_wc = hook_barrier_wc,
};

void
sim_cpu_init(struct busdma_sim *sim)
{
	sim->s_pl.pl_cpu = &sim_cpu;
	if (sim->s_line == 0)
		return;
	sim->s_cacheops = (struct busdma_cache_ops){
		.ca_size = sizeof(struct busdma_cache_ops),
		.ca_line = sim->s_line,
		.ca_flags = sim->s_inorder ? BUSDMA_CACHE_NOSPECULATION : 0,
		.ca_code = &busdma_noncoherent,
		.ca_wb = hook_wb,
		.ca_inv = hook_inv,
		.ca_wbinv = hook_wbinv,
	};
	sim->s_cpu = sim_cpu;
	sim->s_cpu.cpu_cache = &sim->s_cacheops;
	sim->s_pl.pl_cpu = &sim->s_cpu;
	sim->s_pl.pl_memory = hook_memory;
}
