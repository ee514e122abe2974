/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: kernel memory and kernel mappings.
 */
#include <stdlib.h>

#include "simvar.h"

/* Hints that this machine takes: a mapping around the cache. */
#define UNCACHED (BUS_DMA_COHERENT | BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE)

void *
busdma_sim_kmalloc_frag(
    struct busdma_sim *sim, size_t size, enum busdma_sim_frag frag)
{
	struct sim_region *rn;
	size_t npages;
	void *va = NULL;

	size = sim_round(sim, size);
	npages = size >> sim->s_pageshift;
	if (npages == 0)
		return NULL;
	sim_enter(sim);
	rn = sim_region_create(sim, SIM_KMALLOC, size);
	if (rn != NULL &&
	    sim_pages_choose(sim, frag, rn->rn_page, npages) == 0) {
		if (sim_region_map(sim, rn) == 0 &&
		    sim_space_insert(&sim->s_kernel, rn) == 0)
			va = (void *)rn->rn_va;
		else
			sim_pages_drop(sim, rn->rn_page, npages);
	}
	if (rn != NULL && va == NULL)
		sim_region_free(rn);
	sim_leave(sim);
	return va;
}

void *
busdma_sim_kmalloc(struct busdma_sim *sim, size_t size)
{
	return busdma_sim_kmalloc_frag(sim, size, sim->s_frag);
}

/* The region of the kernel that begins at `va' and is of `kind'. */
static struct sim_region *
find_exact(struct busdma_sim *sim, const void *va, enum sim_kind kind)
{
	struct sim_region *rn;

	rn = sim_space_find(&sim->s_kernel, (uintptr_t)va);
	if (rn == NULL || rn->rn_va != (uintptr_t)va || rn->rn_kind != kind)
		return NULL;
	return rn;
}

void
busdma_sim_kfree(struct busdma_sim *sim, void *p)
{
	struct sim_region *rn;

	if (p == NULL)
		return;
	sim_enter(sim);
	rn = find_exact(sim, p, SIM_KMALLOC);
	if (rn != NULL) {
		sim_space_remove(&sim->s_kernel, rn);
		sim_pages_drop(
		    sim, rn->rn_page, rn->rn_size >> sim->s_pageshift);
		sim_region_free(rn);
	} else {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "kfree of what kmalloc didn't return", (uintptr_t)p, 0);
	}
	sim_leave(sim);
}

/* Fill in the pages of the first rn_size bytes of `segs'; false: not RAM. */
static bool
pages_of(struct busdma_sim *sim, struct sim_region *rn,
    const bus_dma_segment_t *segs, int nsegs)
{
	size_t npages = rn->rn_size >> sim->s_pageshift;
	uint64_t page = sim->s_pagesize, off, run;
	size_t n = 0;
	int i;

	for (i = 0; i < nsegs && n < npages; i++) {
		if (((segs[i].ds_addr | segs[i].ds_len) & (page - 1)) != 0)
			return false;
		for (off = 0; off < segs[i].ds_len && n < npages; off += page) {
			rn->rn_page[n] = segs[i].ds_addr + off;
			if (sim_ram(sim, rn->rn_page[n++], &run) == NULL)
				return false;
		}
	}
	return n == npages;
}

static void
mapped_uncached(struct busdma_sim *sim, const struct sim_region *rn, bool more)
{
	size_t i;

	for (i = 0; rn->rn_uncached && i < rn->rn_size >> sim->s_pageshift; i++)
		sim_cache_uncached(sim, rn->rn_page[i], more);
}

int
sim_kmap(struct busdma_sim *sim, const bus_dma_segment_t *segs, int nsegs,
    size_t size, int flags, void **kvap)
{
	struct sim_region *rn;

	*kvap = NULL;
	if (size == 0 || (size & (sim->s_pagesize - 1)) != 0)
		return ENOMEM;
	rn = sim_region_create(sim, SIM_KMAP, size);
	if (rn == NULL)
		return ENOMEM;
	rn->rn_uncached = sim->s_line != 0 && (flags & UNCACHED) != 0;
	if (!pages_of(sim, rn, segs, nsegs))
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_kmap of what is not whole pages of memory",
		    nsegs > 0 ? segs[0].ds_addr : 0, size);
	else if (sim_region_map(sim, rn) == 0 &&
		 sim_space_insert(&sim->s_kernel, rn) == 0) {
		mapped_uncached(sim, rn, true);
		*kvap = (void *)rn->rn_va;
		return 0;
	}
	sim_region_free(rn);
	return ENOMEM;
}

bool
sim_kunmap(struct busdma_sim *sim, const void *kva, size_t size)
{
	struct sim_region *rn = find_exact(sim, kva, SIM_KMAP);

	if (rn == NULL || rn->rn_size != size)
		return false;
	sim_space_remove(&sim->s_kernel, rn);
	mapped_uncached(sim, rn, false);
	sim_region_free(rn);
	return true;
}
