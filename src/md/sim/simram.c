/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: RAM banks and the allocation of their pages.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "simvar.h"

static int
compare_banks(const void *a, const void *b)
{
	const struct sim_bank *x = a, *y = b;

	return x->sk_base < y->sk_base ? -1 : x->sk_base > y->sk_base;
}

/* Copy the config's banks, sorted, those that touch made one. */
static int
sort_banks(struct busdma_sim *sim, const struct busdma_sim_config *sc)
{
	struct sim_bank *sk = sim->s_bank;
	uint64_t mask = sim->s_pagesize - 1;
	unsigned i, n = 0;

	for (i = 0; i < sc->sc_nbanks; i++) {
		const struct busdma_sim_bank *sb = &sc->sc_banks[i];

		if (sb->sb_size == 0 || ((sb->sb_base | sb->sb_size) & mask) ||
		    sb->sb_base >= SIM_MAXPA ||
		    sb->sb_size > SIM_MAXPA - sb->sb_base)
			return EINVAL;
		sk[i].sk_base = sb->sb_base;
		sk[i].sk_size = sb->sb_size;
	}
	qsort(sk, sc->sc_nbanks, sizeof(*sk), compare_banks);
	for (i = 1; i < sc->sc_nbanks; i++) {
		uint64_t end = sk[n].sk_base + sk[n].sk_size;

		if (sk[i].sk_base < end)
			return EINVAL;
		if (sk[i].sk_base == end)
			sk[n].sk_size += sk[i].sk_size;
		else
			sk[++n] = sk[i];
	}
	sim->s_nbanks = n + 1;
	return 0;
}

/* One of a bank's memories: what of it is not touched costs nothing. */
static void *
map_bank(int fd, uint64_t size)
{
	int flags = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	void *p;

	p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
	    flags | MAP_NORESERVE, fd, 0);
	return p != MAP_FAILED ? p : NULL;
}

/* Memory that can be mapped often. */
static char *
create_memory(uint64_t size, int *fdp)
{
	*fdp = memfd_create("busdma-sim", MFD_CLOEXEC);
	if (*fdp < 0 || ftruncate(*fdp, (off_t)size) != 0)
		return NULL;
	return map_bank(*fdp, size);
}

/* What there is more of a bank where some devices don't see the cache. */
static int
create_cache(struct busdma_sim *sim, struct sim_bank *sk)
{
	uint64_t npages = sk->sk_size >> sim->s_pageshift;

	sk->sk_dev = sk->sk_ram;
	if (sim->s_line == 0)
		return 0;
	sk->sk_dev = create_memory(sk->sk_size, &sk->sk_devfd);
	sk->sk_same = map_bank(-1, sk->sk_size);
	sk->sk_present = map_bank(-1, sk->sk_size >> sim->s_lineshift);
	sk->sk_uncached = calloc((size_t)npages, sizeof(*sk->sk_uncached));
	return sk->sk_dev != NULL && sk->sk_same != NULL &&
		       sk->sk_present != NULL && sk->sk_uncached != NULL
		   ? 0
		   : ENOMEM;
}

static int
create_bank(struct busdma_sim *sim, struct sim_bank *sk)
{
	struct sim_region *rn;
	uint64_t npages = sk->sk_size >> sim->s_pageshift;
	size_t mem;

	if (sk->sk_size > SIZE_MAX / 2)
		return ENOMEM;
	mem = busdma_range_size((size_t)npages);
	if (mem == 0 || (sk->sk_rangemem = malloc(mem)) == NULL)
		return ENOMEM;
	sk->sk_free = busdma_range_init(sk->sk_rangemem, (size_t)npages);
	if (busdma_range_free(sk->sk_free, 0, (size_t)npages) != 0)
		return ENOMEM;
	sk->sk_ram = create_memory(sk->sk_size, &sk->sk_fd);
	if (sk->sk_ram == NULL || create_cache(sim, sk) != 0)
		return ENOMEM;
	rn = sim_region_create(sim, SIM_LINEAR, (size_t)sk->sk_size);
	if (rn == NULL)
		return ENOMEM;
	rn->rn_va = (uintptr_t)sk->sk_ram;
	rn->rn_base = sk->sk_base;
	if (sim_space_insert(&sim->s_kernel, rn) != 0) {
		sim_region_free(rn);
		return ENOMEM;
	}
	return 0;
}

int
sim_ram_create(struct busdma_sim *sim, const struct busdma_sim_config *sc)
{
	unsigned i;
	int error;

	if (sc->sc_nbanks == 0 || sc->sc_banks == NULL)
		return EINVAL;
	sim->s_bank = calloc(sc->sc_nbanks, sizeof(*sim->s_bank));
	if (sim->s_bank == NULL)
		return ENOMEM;
	for (i = 0; i < sc->sc_nbanks; i++)
		sim->s_bank[i].sk_fd = sim->s_bank[i].sk_devfd = -1;
	error = sort_banks(sim, sc);
	for (i = 0; error == 0 && i < sim->s_nbanks; i++)
		error = create_bank(sim, &sim->s_bank[i]);
	return error;
}

static void
unmap_bank(void *p, uint64_t size)
{
	if (p != NULL)
		munmap(p, (size_t)size);
}

void
sim_ram_destroy(struct busdma_sim *sim)
{
	unsigned i;

	for (i = 0; i < sim->s_nbanks; i++) {
		struct sim_bank *sk = &sim->s_bank[i];

		if (sk->sk_dev != sk->sk_ram)
			unmap_bank(sk->sk_dev, sk->sk_size);
		unmap_bank(sk->sk_ram, sk->sk_size);
		unmap_bank(sk->sk_same, sk->sk_size);
		unmap_bank(sk->sk_present, sk->sk_size >> sim->s_lineshift);
		free(sk->sk_uncached);
		if (sk->sk_fd >= 0)
			close(sk->sk_fd);
		if (sk->sk_devfd >= 0)
			close(sk->sk_devfd);
		free(sk->sk_rangemem);
	}
	free(sim->s_bank);
}

struct sim_bank *
sim_ram_bank(struct busdma_sim *sim, paddr_t pa)
{
	unsigned i;

	for (i = 0; i < sim->s_nbanks; i++) {
		struct sim_bank *sk = &sim->s_bank[i];

		if (pa >= sk->sk_base && pa - sk->sk_base < sk->sk_size)
			return sk;
	}
	return NULL;
}

char *
sim_ram(struct busdma_sim *sim, paddr_t pa, uint64_t *lenp)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);

	if (sk == NULL)
		return NULL;
	*lenp = sk->sk_size - (pa - sk->sk_base);
	return sk->sk_ram + (size_t)(pa - sk->sk_base);
}

char *
sim_ram_dev(struct busdma_sim *sim, paddr_t pa, uint64_t *lenp)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);

	if (sk == NULL)
		return NULL;
	*lenp = sk->sk_size - (pa - sk->sk_base);
	return sk->sk_dev + (size_t)(pa - sk->sk_base);
}

/* Put `pg' as a request for pages of one bank; false: none will do. */
static bool
bank_request(struct busdma_sim *sim, const struct sim_bank *sk,
    const struct busdma_pages *pg, paddr_t from, struct busdma_range_req *rq)
{
	uint64_t page = sim->s_pagesize;
	unsigned shift = sim->s_pageshift;
	paddr_t last = sk->sk_base + (sk->sk_size - 1);
	bus_addr_t base = sk->sk_base + pg->pg_offset;
	paddr_t low = pg->pg_low > from ? pg->pg_low : from;
	uint64_t align = pg->pg_align > page ? pg->pg_align : page;

	if ((base & (page - 1)) != 0 ||
	    (pg->pg_boundary != 0 && pg->pg_boundary < page))
		return false;
	if (low < sk->sk_base)
		low = sk->sk_base;
	if (pg->pg_high < last)
		last = pg->pg_high;
	if (low > last || last - sk->sk_base < page - 1)
		return false;
	low = (low - sk->sk_base + page - 1) >> shift;
	last = ((last - sk->sk_base - (page - 1)) >> shift);
	if (low > last)
		return false;
	rq->rr_low = (size_t)low;
	rq->rr_high = (size_t)last;
	/* Alignment and boundary count from bus address 0. */
	rq->rr_align = align >> shift;
	rq->rr_boundary = pg->pg_boundary >> shift;
	rq->rr_offset = base >> shift;
	return true;
}

/* Take up to `max' pages of one bank; how many, and where. */
static uint64_t
bank_take(struct busdma_sim *sim, struct sim_bank *sk,
    const struct busdma_pages *pg, paddr_t from, uint64_t min, uint64_t max,
    paddr_t *addrp)
{
	struct busdma_range_req rq;
	uint64_t npages = sk->sk_size >> sim->s_pageshift;
	size_t start, n;

	if (min > npages || !bank_request(sim, sk, pg, from, &rq))
		return 0;
	rq.rr_max = (size_t)(max < npages ? max : npages);
	rq.rr_min = (size_t)min;
	n = busdma_range_alloc(sk->sk_free, &rq, &start);
	if (n != 0)
		*addrp = sk->sk_base + ((paddr_t)start << sim->s_pageshift);
	return n;
}

static void
bank_give(struct busdma_sim *sim, struct sim_bank *sk, paddr_t addr, uint64_t n)
{
	(void)busdma_range_free(sk->sk_free,
	    (size_t)((addr - sk->sk_base) >> sim->s_pageshift), (size_t)n);
}

/* From the highest bank down, so that scarce low memory goes last. */
static uint64_t
take_longest(struct busdma_sim *sim, const struct busdma_pages *pg,
    uint64_t min, uint64_t max, paddr_t *addrp)
{
	struct sim_bank *sk, *bestsk = NULL;
	uint64_t best = 0, n;
	paddr_t addr = 0;
	unsigned i;

	for (i = sim->s_nbanks; i-- > 0 && best < max;) {
		sk = &sim->s_bank[i];
		n = bank_take(sim, sk, pg, 0, best + 1 > min ? best + 1 : min,
		    max, &addr);
		if (n == 0)
			continue;
		if (bestsk != NULL)
			bank_give(sim, bestsk, *addrp, best);
		best = n;
		bestsk = sk;
		*addrp = addr;
	}
	return best;
}

/* `max' pages behind a place that the seed chooses. */
static uint64_t
take_random(struct busdma_sim *sim, const struct busdma_pages *pg, uint64_t max,
    paddr_t *addrp)
{
	uint64_t total = 0, at;
	unsigned i;

	for (i = 0; i < sim->s_nbanks; i++)
		total += busdma_range_avail(sim->s_bank[i].sk_free);
	if (total == 0)
		return 0;
	at = sim_rng_below(&sim->s_rngmem, total);
	for (i = 0;; i++) {
		struct sim_bank *sk = &sim->s_bank[i];
		uint64_t avail = busdma_range_avail(sk->sk_free);

		if (at >= avail) {
			at -= avail;
			continue;
		}
		at = sim_rng_below(
		    &sim->s_rngmem, sk->sk_size >> sim->s_pageshift);
		return bank_take(sim, sk, pg,
		    sk->sk_base + (at << sim->s_pageshift), max, max, addrp);
	}
}

int
sim_pages_take(struct busdma_sim *sim, struct busdma_pages *pg, bool random)
{
	uint64_t max = pg->pg_size >> sim->s_pageshift;
	uint64_t min = pg->pg_min >> sim->s_pageshift;
	uint64_t n = 0, len;
	char *ram;

	if (random)
		n = take_random(sim, pg, max, &pg->pg_addr);
	if (n == 0)
		n = take_longest(sim, pg, min, max, &pg->pg_addr);
	if (n == 0)
		return ENOMEM;
	pg->pg_size = n << sim->s_pageshift;
	sim->s_pages += n;
	/*
	 * Whoever reads what he never wrote shall notice.  These are the CPU's
	 * stores: RAM has what the last owner left there.
	 */
	ram = sim_ram(sim, pg->pg_addr, &len);
	memset(ram, 0xa5, (size_t)pg->pg_size);
	return 0;
}

int
sim_pages_give(struct busdma_sim *sim, paddr_t pa, uint64_t size)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);
	uint64_t mask = sim->s_pagesize - 1;
	size_t first, n;

	if (sk == NULL || size == 0 || ((pa | size) & mask) != 0 ||
	    size > sk->sk_size - (pa - sk->sk_base))
		return EINVAL;
	first = (size_t)((pa - sk->sk_base) >> sim->s_pageshift);
	n = (size_t)(size >> sim->s_pageshift);
	if (busdma_range_free(sk->sk_free, first, n) != 0)
		return EINVAL;
	sim->s_pages -= n;
	return 0;
}

/* One page, not the one at `not'. */
static int
take_other(struct busdma_sim *sim, struct busdma_pages *pg, paddr_t not )
{
	uint64_t page = sim->s_pagesize;

	pg->pg_low = not +page;
	if (sim_pages_take(sim, pg, true) == 0)
		return 0;
	pg->pg_low = 0;
	if (not == 0)
		return ENOMEM;
	pg->pg_high = not -1;
	return sim_pages_take(sim, pg, true);
}

/* A run of the pages that `frag' asks for next; `prev' is the last one. */
static int
choose_run(struct busdma_sim *sim, enum busdma_sim_frag frag, paddr_t prev,
    size_t left, struct busdma_pages *pg)
{
	uint64_t page = sim->s_pagesize;
	uint64_t n = left;
	int error;

	if (frag == BUSDMA_SIM_FRAG_RANDOM)
		n = 1 + sim_rng_below(&sim->s_rngmem, 8);
	else if (frag == BUSDMA_SIM_FRAG_PAGES)
		n = 1;
	if (n > left)
		n = left;
	*pg = (struct busdma_pages){
		.pg_size = n * page,
		.pg_min = page,
		.pg_high = SIM_MAXPA - 1,
		.pg_align = page,
	};
	error = sim_pages_take(sim, pg, frag != BUSDMA_SIM_FRAG_NONE);
	if (error != 0 || frag != BUSDMA_SIM_FRAG_PAGES || prev == SIM_NOPAGE ||
	    pg->pg_addr != prev + page)
		return error;
	(void)sim_pages_give(sim, pg->pg_addr, page);
	return take_other(sim, pg, prev + page);
}

int
sim_pages_choose(
    struct busdma_sim *sim, enum busdma_sim_frag frag, paddr_t *page, size_t n)
{
	struct busdma_pages pg;
	paddr_t prev = SIM_NOPAGE;
	size_t i = 0;

	while (i < n) {
		if (choose_run(sim, frag, prev, n - i, &pg) != 0) {
			sim_pages_drop(sim, page, i);
			return ENOMEM;
		}
		for (; pg.pg_size != 0; pg.pg_size -= sim->s_pagesize) {
			page[i++] = prev = pg.pg_addr;
			pg.pg_addr += sim->s_pagesize;
		}
	}
	return 0;
}

void
sim_pages_drop(struct busdma_sim *sim, const paddr_t *page, size_t n)
{
	bool reached = false, mapped = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (page[i] == SIM_NOPAGE)
			continue;
		if (!reached)
			reached =
			    sim_bus_freeing(sim, page[i], sim->s_pagesize);
		if (!mapped)
			mapped =
			    sim_mmap_freeing(sim, page[i], sim->s_pagesize);
		(void)sim_pages_give(sim, page[i], sim->s_pagesize);
	}
}

bool
sim_page_taken(struct busdma_sim *sim, paddr_t pa)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);
	struct busdma_range_req rq = {
		.rr_max = 1,
		.rr_min = 1,
		.rr_align = 1,
	};
	size_t start;

	if (sk == NULL)
		return false;
	rq.rr_low = (size_t)((pa - sk->sk_base) >> sim->s_pageshift);
	rq.rr_high = rq.rr_low;
	if (busdma_range_alloc(sk->sk_free, &rq, &start) == 0)
		return true;
	(void)busdma_range_free(sk->sk_free, start, 1);
	return false;
}

static int
phys_copy(
    struct busdma_sim *sim, paddr_t pa, char *to, const char *from, size_t len)
{
	uint64_t run;
	size_t n;
	char *ram;

	for (; len != 0; len -= n, pa += n) {
		ram = sim_ram_dev(sim, pa, &run);
		if (ram == NULL)
			return EFAULT;
		n = run < len ? (size_t)run : len;
		if (to != NULL) {
			memcpy(to, ram, n);
			to += n;
			continue;
		}
		sim_own_write(sim, pa, from, n);
		if (sim->s_line != 0)
			sim_cache_write(sim, pa, from, n, false);
		else
			memcpy(ram, from, n);
		from += n;
	}
	return 0;
}

int
busdma_sim_phys_read(struct busdma_sim *sim, paddr_t pa, void *buf, size_t len)
{
	return phys_copy(sim, pa, buf, NULL, len);
}

int
busdma_sim_phys_write(
    struct busdma_sim *sim, paddr_t pa, const void *buf, size_t len)
{
	int error;

	sim_enter(sim);
	error = phys_copy(sim, pa, NULL, buf, len);
	sim_leave(sim);
	return error;
}
