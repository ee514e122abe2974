/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: the process.
 */
#include <stdlib.h>

#include "simvar.h"

/* Addresses of a process: no host pointer of a test. */
#define USER_LOW ((uintptr_t)0x10000000)
#define USER_HIGH ((uintptr_t)0xf0000000)

struct proc *
busdma_sim_proc(struct busdma_sim *sim)
{
	return &sim->s_proc;
}

/* The first gap of `size' bytes, a page without memory before and behind. */
static uintptr_t
find_gap(const struct busdma_sim *sim, const struct sim_space *sp, size_t size)
{
	uintptr_t va = USER_LOW;
	size_t i;

	for (i = 0; i < sp->sp_count; i++) {
		const struct sim_region *rn = sp->sp_region[i];

		if (rn->rn_va - va > size)
			break;
		va = rn->rn_va + rn->rn_size + sim->s_pagesize;
	}
	return size < USER_HIGH - va ? va : 0;
}

void *
busdma_sim_umalloc(struct busdma_sim *sim, struct proc *p, size_t size)
{
	struct sim_region *rn;
	size_t npages;
	void *va = NULL;

	size = sim_round(sim, size);
	npages = size >> sim->s_pageshift;
	if (npages == 0)
		return NULL;
	sim_enter(sim);
	rn = sim_region_create(sim, SIM_USER, size);
	if (rn != NULL && (rn->rn_va = find_gap(sim, &p->p_space, size)) != 0 &&
	    sim_pages_choose(sim, sim->s_frag, rn->rn_page, npages) == 0) {
		if (sim_space_insert(&p->p_space, rn) == 0)
			va = (void *)rn->rn_va;
		else
			sim_pages_drop(sim, rn->rn_page, npages);
	}
	if (rn != NULL && va == NULL)
		sim_region_free(rn);
	sim_leave(sim);
	return va;
}

void
busdma_sim_ufree(struct busdma_sim *sim, struct proc *p, void *uva)
{
	struct sim_region *rn;

	if (uva == NULL)
		return;
	sim_enter(sim);
	rn = sim_space_find(&p->p_space, (uintptr_t)uva);
	if (rn != NULL && rn->rn_va == (uintptr_t)uva) {
		sim_space_remove(&p->p_space, rn);
		sim_pages_drop(
		    sim, rn->rn_page, rn->rn_size >> sim->s_pageshift);
		sim_region_free(rn);
	} else {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "ufree of what umalloc didn't return", (uintptr_t)uva, 0);
	}
	sim_leave(sim);
}

int
busdma_sim_uunmap(struct busdma_sim *sim, struct proc *p, void *uva)
{
	struct sim_region *rn;
	paddr_t *page = NULL;
	int error = EFAULT;

	sim_enter(sim);
	rn = sim_space_find(&p->p_space, (uintptr_t)uva);
	if (rn != NULL)
		page = &rn->rn_page[((uintptr_t)uva - rn->rn_va) >>
				    sim->s_pageshift];
	if (page != NULL && *page != SIM_NOPAGE) {
		sim_pages_drop(sim, page, 1);
		*page = SIM_NOPAGE;
		error = 0;
	}
	sim_leave(sim);
	return error;
}

/* Copy what translates; EFAULT at the first byte that doesn't. */
static int
copy(struct busdma_sim *sim, struct proc *p, uintptr_t uva, char *to,
    const char *from, size_t len)
{
	struct busdma_frag run;
	int error = 0;
	size_t n;

	sim_enter(sim);
	for (; error == 0 && len != 0; len -= n, uva += n) {
		n = 0;
		if (sim_space_extract(sim, &p->p_space, uva, len, &run, 1) ==
		    0) {
			error = EFAULT;
			break;
		}
		n = (size_t)run.bf_len;
		if (to != NULL) {
			error = busdma_sim_phys_read(sim, run.bf_addr, to, n);
			to += n;
		} else {
			error =
			    busdma_sim_phys_write(sim, run.bf_addr, from, n);
			from += n;
		}
	}
	sim_leave(sim);
	return error;
}

int
busdma_sim_copyin(struct busdma_sim *sim, struct proc *p, const void *uva,
    void *buf, size_t len)
{
	return copy(sim, p, (uintptr_t)uva, buf, NULL, len);
}

int
busdma_sim_copyout(struct busdma_sim *sim, struct proc *p, const void *buf,
    void *uva, size_t len)
{
	return copy(sim, p, (uintptr_t)uva, NULL, buf, len);
}
