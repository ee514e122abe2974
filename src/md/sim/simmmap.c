/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: device memory in processes, a page at a time.
 *
 * A pager is a driver's: it may take locks of its own and call the library,
 * so it is called without the machine's mutex.  What it answers for is looked
 * up again after.
 */
#include "simvar.h"

void *
busdma_sim_mmap(struct busdma_sim *sim, struct proc *p, size_t size,
    paddr_t (*pager)(void *arg, int64_t off, int prot), void *arg, int prot)
{
	const int both = BUSDMA_SIM_PROT_READ | BUSDMA_SIM_PROT_WRITE;
	struct sim_region *rn = NULL;
	void *va = NULL;
	size_t i;

	size = sim_round(sim, size);
	if (size == 0 || pager == NULL || prot == 0 || (prot & ~both) != 0)
		return NULL;
	sim_enter(sim);
	if (sim_proc_check(sim, p, "mmap for a process that is not there"))
		rn = sim_region_create(sim, SIM_DEVICE, size);
	if (rn != NULL) {
		rn->rn_pager = pager;
		rn->rn_arg = arg;
		rn->rn_prot = prot;
		for (i = 0; i < size >> sim->s_pageshift; i++)
			rn->rn_page[i] = SIM_ABSENT;
		rn->rn_va = sim_proc_gap(sim, &p->p_space, size);
		if (rn->rn_va != 0 && sim_space_insert(&p->p_space, rn) == 0)
			va = (void *)rn->rn_va;
		else
			sim_region_free(rn);
	}
	sim_leave(sim);
	return va;
}

/*
 * The first page that touches [*vap, last], and is absent where its region
 * grants `prot'; *vap becomes its address.  NULL: none before a page that
 * can't be had.
 */
static struct sim_region *
find_absent(struct busdma_sim *sim, struct sim_space *sp, uintptr_t *vap,
    uintptr_t last, int prot)
{
	uintptr_t va = *vap & ~(uintptr_t)(sim->s_pagesize - 1);
	struct sim_region *rn;
	paddr_t page;

	for (; va <= last; va += sim->s_pagesize) {
		rn = sim_space_find(sp, va);
		if (rn == NULL || rn->rn_kind != SIM_DEVICE ||
		    (rn->rn_prot & prot) != prot)
			return NULL;
		page = rn->rn_page[(va - rn->rn_va) >> sim->s_pageshift];
		if (page == SIM_NOPAGE)
			return NULL;
		if (page == SIM_ABSENT) {
			*vap = va;
			return rn;
		}
	}
	return NULL;
}

/* What a pager answered for the page at `va'; false: it refused. */
static bool
enter_page(
    struct busdma_sim *sim, struct sim_space *sp, uintptr_t va, paddr_t cookie)
{
	paddr_t pa = cookie << sim->s_pageshift;
	struct sim_region *rn;
	paddr_t *page;

	if (cookie == (paddr_t)-1)
		return false;
	if (cookie >= SIM_MAXPA >> sim->s_pageshift ||
	    !sim_page_taken(sim, pa)) {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "a pager's cookie is no page that is allocated", cookie,
		    sim->s_pagesize);
		return false;
	}
	/* Another thread may have been here meanwhile. */
	rn = sim_space_find(sp, va);
	if (rn == NULL || rn->rn_kind != SIM_DEVICE)
		return false;
	page = &rn->rn_page[(va - rn->rn_va) >> sim->s_pageshift];
	if (*page == SIM_ABSENT)
		*page = pa;
	return true;
}

void
sim_mmap_touch(struct busdma_sim *sim, struct sim_space *sp, uintptr_t va,
    bus_size_t len, int prot)
{
	uintptr_t last = va + (uintptr_t)(len - 1);
	struct sim_region *rn, was;
	paddr_t cookie;
	bool more;

	if (len == 0)
		return;
	if (len - 1 > UINTPTR_MAX - va)
		last = UINTPTR_MAX;
	do {
		sim_enter(sim);
		rn = find_absent(sim, sp, &va, last, prot);
		if (rn != NULL)
			was = *rn;
		sim_leave(sim);
		if (rn == NULL)
			return;
		cookie = was.rn_pager(
		    was.rn_arg, (int64_t)(va - was.rn_va), was.rn_prot);
		sim_enter(sim);
		more = enter_page(sim, sp, va, cookie);
		sim_leave(sim);
	} while (more);
}

static bool
region_maps(const struct busdma_sim *sim, const struct sim_region *rn,
    paddr_t pa, uint64_t size)
{
	size_t i;

	for (i = 0; i < rn->rn_size >> sim->s_pageshift; i++)
		if (rn->rn_page[i] < SIM_ABSENT &&
		    rn->rn_page[i] <= pa + (size - 1) &&
		    pa <= rn->rn_page[i] + (sim->s_pagesize - 1))
			return true;
	return false;
}

bool
sim_mmap_freeing(struct busdma_sim *sim, paddr_t pa, uint64_t size)
{
	const struct sim_region *rn;
	const struct proc *p;
	size_t i;

	for (p = sim->s_procs; p != NULL; p = p->p_next)
		for (i = 0; i < p->p_space.sp_count; i++) {
			rn = p->p_space.sp_region[i];
			if (rn->rn_kind != SIM_DEVICE ||
			    !region_maps(sim, rn, pa, size))
				continue;
			sim_complain(sim, BUSDMA_SIM_FREEMAPPED,
			    "pages freed while a process maps them", pa, size);
			return true;
		}
	return false;
}
