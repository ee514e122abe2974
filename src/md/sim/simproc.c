/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: processes and their memory.
 */
#include <stdlib.h>

#include "simvar.h"

/* Addresses of a process: no host pointer of a test. */
#define USER_LOW ((uintptr_t)0x10000000)
#define USER_HIGH ((uintptr_t)0xf0000000)

void
sim_proc_init(struct busdma_sim *sim)
{
	sim->s_proc.p_sim = sim;
	sim->s_procs = &sim->s_proc;
}

void
sim_proc_fini(struct busdma_sim *sim)
{
	struct proc *p;

	while ((p = sim->s_procs) != NULL) {
		sim->s_procs = p->p_next;
		sim_space_destroy(&p->p_space);
		if (p != &sim->s_proc)
			free(p);
	}
}

struct proc *
sim_proc_of(struct busdma_sim *sim, busdma_space_t as)
{
	struct proc *p;

	for (p = sim->s_procs; p != NULL; p = p->p_next)
		if (&p->p_space == as)
			return p->p_dead ? NULL : p;
	return NULL;
}

bool
sim_proc_check(struct busdma_sim *sim, struct proc *p, const char *text)
{
	const struct proc *known;

	for (known = sim->s_procs; known != NULL; known = known->p_next)
		if (known == p && !known->p_dead)
			return true;
	sim_complain(sim, BUSDMA_SIM_MISUSE, text, (uintptr_t)p, 0);
	return false;
}

unsigned
sim_proc_maps(const struct busdma_sim *sim)
{
	const struct proc *p;
	unsigned n = 0;

	for (p = sim->s_procs; p != NULL; p = p->p_next)
		n += sim_space_count(&p->p_space, SIM_DEVICE);
	return n;
}

struct proc *
busdma_sim_proc(struct busdma_sim *sim)
{
	return &sim->s_proc;
}

int
busdma_sim_proc_create(struct busdma_sim *sim, struct proc **pp)
{
	struct proc *p;

	*pp = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ENOMEM;
	p->p_sim = sim;
	sim_enter(sim);
	/* Behind the first, which is asked for most. */
	p->p_next = sim->s_proc.p_next;
	sim->s_proc.p_next = p;
	sim_leave(sim);
	*pp = p;
	return 0;
}

/* Take a region away, and free the pages that are the process' own. */
static void
drop_region(struct busdma_sim *sim, struct proc *p, struct sim_region *rn)
{
	sim_space_remove(&p->p_space, rn);
	if (rn->rn_kind == SIM_USER)
		sim_pages_drop(
		    sim, rn->rn_page, rn->rn_size >> sim->s_pageshift);
	sim_region_free(rn);
}

void
busdma_sim_proc_destroy(struct busdma_sim *sim, struct proc *p)
{
	struct sim_space *sp;

	sim_enter(sim);
	if (p == &sim->s_proc) {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "destroy of the machine's first process", (uintptr_t)p, 0);
	} else if (sim_proc_check(
		       sim, p, "destroy of a process that is not there")) {
		sp = &p->p_space;
		while (sp->sp_count != 0)
			drop_region(sim, p, sp->sp_region[sp->sp_count - 1]);
		p->p_dead = true;
	}
	sim_leave(sim);
}

busdma_space_t
busdma_sim_space(struct proc *p)
{
	return p != NULL ? &p->p_space : NULL;
}

uintptr_t
sim_proc_gap(
    const struct busdma_sim *sim, const struct sim_space *sp, size_t size)
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
	if (!sim_proc_check(sim, p, "umalloc for a process that is not there"))
		goto out;
	rn = sim_region_create(sim, SIM_USER, size);
	if (rn != NULL &&
	    (rn->rn_va = sim_proc_gap(sim, &p->p_space, size)) != 0 &&
	    sim_pages_choose(sim, sim->s_frag, rn->rn_page, npages) == 0) {
		if (sim_space_insert(&p->p_space, rn) == 0)
			va = (void *)rn->rn_va;
		else
			sim_pages_drop(sim, rn->rn_page, npages);
	}
	if (rn != NULL && va == NULL)
		sim_region_free(rn);
out:
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
	if (!sim_proc_check(sim, p, "ufree for a process that is not there"))
		goto out;
	rn = sim_space_find(&p->p_space, (uintptr_t)uva);
	if (rn != NULL && rn->rn_va == (uintptr_t)uva)
		drop_region(sim, p, rn);
	else
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "ufree of what umalloc and mmap didn't return",
		    (uintptr_t)uva, 0);
out:
	sim_leave(sim);
}

int
busdma_sim_uunmap(struct busdma_sim *sim, struct proc *p, void *uva)
{
	struct sim_region *rn = NULL;
	paddr_t *page = NULL;
	int error = EFAULT;

	sim_enter(sim);
	if (sim_proc_check(sim, p, "uunmap for a process that is not there"))
		rn = sim_space_find(&p->p_space, (uintptr_t)uva);
	if (rn != NULL)
		page = &rn->rn_page[((uintptr_t)uva - rn->rn_va) >>
				    sim->s_pageshift];
	if (page != NULL && *page != SIM_NOPAGE) {
		if (rn->rn_kind == SIM_USER)
			sim_pages_drop(sim, page, 1);
		*page = SIM_NOPAGE;
		error = 0;
	}
	sim_leave(sim);
	return error;
}

/*
 * The run at the front of [uva, uva + len) that the process may access as
 * `prot' says, and whether past its cache; false: none.
 */
static bool
user_run(struct busdma_sim *sim, struct proc *p, uintptr_t uva, size_t len,
    int prot, struct busdma_frag *run, bool *aroundp)
{
	const struct sim_region *rn = sim_space_find(&p->p_space, uva);

	/* No run goes beyond its region: there is a page behind each. */
	if (rn == NULL || (rn->rn_kind == SIM_DEVICE && !(rn->rn_prot & prot)))
		return false;
	*aroundp = false;
	if (sim_space_extract(sim, &p->p_space, uva, len, run, 1) == 0)
		return false;
	if (sim->s_line != 0 && rn->rn_kind == SIM_DEVICE) {
		len = sim->s_pagesize - (uva & (sim->s_pagesize - 1));
		if (run->bf_len > len)
			run->bf_len = len;
		*aroundp = sim_cache_around(sim, run->bf_addr);
	}
	return true;
}

/*
 * The process' access to a run, past its cache where the run is device memory
 * that the kernel has mapped uncached.
 */
static void
copy_run(struct busdma_sim *sim, const struct busdma_frag *run, bool around,
    char *to, const char *from)
{
	size_t n = (size_t)run->bf_len;
	uint64_t len;

	if (around && to != NULL)
		sim_cache_read(sim, run->bf_addr, to, n, false);
	else if (around)
		sim_cache_write(sim, run->bf_addr, from, n, false);
	else if (to != NULL)
		memcpy(to, sim_ram(sim, run->bf_addr, &len), n);
	else
		memcpy(sim_ram(sim, run->bf_addr, &len), from, n);
}

/* Copy what translates; EFAULT at the first byte that doesn't. */
static int
copy(struct busdma_sim *sim, struct proc *p, uintptr_t uva, char *to,
    const char *from, size_t len)
{
	int prot = to != NULL ? BUSDMA_SIM_PROT_READ : BUSDMA_SIM_PROT_WRITE;
	struct busdma_frag run;
	int error = 0;
	bool there, around;
	size_t n;

	sim_enter(sim);
	there = sim_proc_check(sim, p, "copy with a process that is not there");
	sim_leave(sim);
	if (!there)
		return EFAULT;
	sim_mmap_touch(sim, &p->p_space, uva, len, prot);
	sim_enter(sim);
	for (; len != 0; len -= n, uva += n) {
		if (!user_run(sim, p, uva, len, prot, &run, &around)) {
			error = EFAULT;
			break;
		}
		n = (size_t)run.bf_len;
		sim->s_now += n * SIM_NS_BYTE;
		copy_run(sim, &run, around, to, from);
		if (to != NULL)
			to += n;
		else
			from += n;
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
