/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: address spaces, and regions of pages in them.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "simvar.h"

size_t
sim_round(const struct busdma_sim *sim, size_t size)
{
	size_t mask = sim->s_pagesize - 1;

	return size > SIZE_MAX - mask ? 0 : (size + mask) & ~mask;
}

/* The index of the first region that ends above `va'. */
static size_t
lower_bound(const struct sim_space *sp, uintptr_t va)
{
	size_t low = 0, high = sp->sp_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct sim_region *rn = sp->sp_region[mid];

		if (rn->rn_va + (rn->rn_size - 1) < va)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

int
sim_space_insert(struct sim_space *sp, struct sim_region *rn)
{
	size_t at, max;
	struct sim_region **p;

	if (sp->sp_count == sp->sp_max) {
		max = sp->sp_max != 0 ? sp->sp_max * 2 : 16;
		p = realloc(sp->sp_region, max * sizeof(struct sim_region *));
		if (p == NULL)
			return ENOMEM;
		sp->sp_region = p;
		sp->sp_max = max;
	}
	at = lower_bound(sp, rn->rn_va);
	memmove(&sp->sp_region[at + 1], &sp->sp_region[at],
	    (sp->sp_count - at) * sizeof(struct sim_region *));
	sp->sp_region[at] = rn;
	sp->sp_count++;
	return 0;
}

void
sim_space_remove(struct sim_space *sp, struct sim_region *rn)
{
	size_t at = lower_bound(sp, rn->rn_va);

	sp->sp_count--;
	memmove(&sp->sp_region[at], &sp->sp_region[at + 1],
	    (sp->sp_count - at) * sizeof(struct sim_region *));
}

static bool
inside(const struct sim_region *rn, uintptr_t va)
{
	return va >= rn->rn_va && va - rn->rn_va < rn->rn_size;
}

struct sim_region *
sim_space_find(struct sim_space *sp, uintptr_t va)
{
	size_t at = sp->sp_hint;

	if (at >= sp->sp_count || !inside(sp->sp_region[at], va))
		at = lower_bound(sp, va);
	if (at == sp->sp_count || !inside(sp->sp_region[at], va))
		return NULL;
	sp->sp_hint = at;
	return sp->sp_region[at];
}

/* The physical run at `va', up to the end of the page or of a bank. */
static bool
translate(struct busdma_sim *sim, struct sim_space *sp, uintptr_t va,
    struct busdma_frag *run)
{
	struct sim_region *rn = sim_space_find(sp, va);
	size_t off;

	if (rn == NULL)
		return false;
	off = va - rn->rn_va;
	if (rn->rn_kind == SIM_LINEAR) {
		run->bf_addr = rn->rn_base + off;
		run->bf_len = rn->rn_size - off;
		return true;
	}
	run->bf_addr = rn->rn_page[off >> sim->s_pageshift];
	if (run->bf_addr >= SIM_ABSENT)
		return false;
	off &= sim->s_pagesize - 1;
	run->bf_addr += off;
	run->bf_len = sim->s_pagesize - off;
	return true;
}

unsigned
sim_space_extract(struct busdma_sim *sim, struct sim_space *sp, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	struct busdma_frag run;
	unsigned got = 0;

	while (len != 0 && translate(sim, sp, va, &run)) {
		if (run.bf_len > len)
			run.bf_len = len;
		if (got != 0 &&
		    frags[got - 1].bf_addr + frags[got - 1].bf_len ==
			run.bf_addr)
			frags[got - 1].bf_len += run.bf_len;
		else if (got == n)
			break;
		else
			frags[got++] = run;
		len -= run.bf_len;
		/* The top of the space has nothing behind it. */
		if (run.bf_len > UINTPTR_MAX - va)
			break;
		va += (uintptr_t)run.bf_len;
	}
	return got;
}

struct sim_region *
sim_region_create(struct busdma_sim *sim, enum sim_kind kind, size_t size)
{
	struct sim_region *rn = calloc(1, sizeof(*rn));

	if (rn == NULL)
		return NULL;
	rn->rn_kind = kind;
	rn->rn_size = size;
	if (kind == SIM_LINEAR)
		return rn;
	rn->rn_page = calloc(size >> sim->s_pageshift, sizeof(paddr_t));
	if (rn->rn_page == NULL) {
		free(rn);
		return NULL;
	}
	return rn;
}

void
sim_region_free(struct sim_region *rn)
{
	if (rn->rn_host != NULL)
		munmap(rn->rn_host, rn->rn_hostsize);
	free(rn->rn_page);
	free(rn);
}

/* How many pages from `i' on follow each other in one bank. */
static size_t
run_of(struct busdma_sim *sim, const struct sim_region *rn, size_t i,
    const struct sim_bank *sk)
{
	size_t npages = rn->rn_size >> sim->s_pageshift;
	uint64_t n = 1;

	while (i + n < npages &&
	       rn->rn_page[i + n] == rn->rn_page[i] + (n << sim->s_pageshift) &&
	       rn->rn_page[i + n] - sk->sk_base < sk->sk_size)
		n++;
	return (size_t)n;
}

int
sim_region_map(struct busdma_sim *sim, struct sim_region *rn)
{
	size_t page = sim->s_pagesize;
	size_t npages = rn->rn_size >> sim->s_pageshift;
	size_t i, n;
	uintptr_t base;
	void *p;

	if (rn->rn_size > SIZE_MAX / 2)
		return ENOMEM;
	/* A page before, and at least one of the host's behind. */
	rn->rn_hostsize = rn->rn_size + 2 * page;
	p = mmap(NULL, rn->rn_hostsize, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return ENOMEM;
	rn->rn_host = p;
	base = ((uintptr_t)p + 2 * page - 1) & ~(uintptr_t)(page - 1);
	for (i = 0; i < npages; i += n) {
		struct sim_bank *sk = sim_ram_bank(sim, rn->rn_page[i]);

		n = run_of(sim, rn, i, sk);
		p = mmap((void *)(base + i * page), n * page,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		    rn->rn_uncached ? sk->sk_devfd : sk->sk_fd,
		    (off_t)(rn->rn_page[i] - sk->sk_base));
		if (p == MAP_FAILED)
			return ENOMEM;
	}
	rn->rn_va = base;
	return 0;
}

unsigned
sim_space_count(const struct sim_space *sp, enum sim_kind kind)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < sp->sp_count; i++)
		n += sp->sp_region[i]->rn_kind == kind;
	return n;
}

void
sim_space_destroy(struct sim_space *sp)
{
	size_t i;

	for (i = 0; i < sp->sp_count; i++)
		sim_region_free(sp->sp_region[i]);
	free(sp->sp_region);
}
