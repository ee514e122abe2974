/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest platform: memory at a base and a length, no MMU, one CPU.
 *
 * The pool's first part is the heap, an allocator of 64-byte units whose
 * bitmap, like the platform itself, stands at its front; the rest are the
 * pages of the built-in arena.
 */
#include <busdma/backend.h>
#include <busdma/flat.h>
#include <busdma/string.h>

#define UNIT 64
#define UNITS(bytes) (((bytes) + (UNIT - 1)) / UNIT)

struct flat {
	struct busdma_platform fl_platform;
	paddr_t fl_base;
	bus_size_t fl_size;
	uintptr_t fl_va;               /* the CPU's address of fl_base */
	char *fl_heap;                 /* unit 0 of the heap */
	struct busdma_range *fl_range; /* of the heap; under fl_lock */
	busdma_lock_t fl_lock;
	paddr_t fl_pages;    /* the arena */
	paddr_t fl_pagesend; /* its last byte */
	unsigned fl_memory;  /* BUSDMA_MEMORY_* of these */
};

static struct flat *
flat_of(const struct busdma_platform *pl)
{
	return pl->pl_cookie;
}

static void *
flat_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	struct flat *fl = flat_of(pl);
	struct busdma_range_req rq = { 0 };
	size_t start, got;

	(void)flags;
	if (size == 0 || size > SIZE_MAX - UNIT)
		return NULL;
	rq.rr_max = rq.rr_min = UNITS(size);
	rq.rr_high = SIZE_MAX;
	rq.rr_align = 1;
	pl->pl_lock(pl, &fl->fl_lock);
	got = busdma_range_alloc(fl->fl_range, &rq, &start);
	pl->pl_unlock(pl, &fl->fl_lock);
	return got != 0 ? fl->fl_heap + start * UNIT : NULL;
}

static void
flat_free(const struct busdma_platform *pl, void *p, size_t size)
{
	struct flat *fl = flat_of(pl);
	size_t start = (size_t)((char *)p - fl->fl_heap) / UNIT;

	pl->pl_lock(pl, &fl->fl_lock);
	(void)busdma_range_free(fl->fl_range, start, UNITS(size));
	pl->pl_unlock(pl, &fl->fl_lock);
}

static unsigned
flat_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const struct flat *fl = flat_of(pl);
	bus_size_t off = va - fl->fl_va;

	(void)n;
	if (as != NULL || va < fl->fl_va || off >= fl->fl_size)
		return 0;
	frags[0].bf_addr = fl->fl_base + off;
	frags[0].bf_len = len < fl->fl_size - off ? len : fl->fl_size - off;
	return 1;
}

static void *
flat_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	const struct flat *fl = flat_of(pl);
	bus_size_t off = pa - fl->fl_base;

	(void)flags;
	if (pa < fl->fl_base || off >= fl->fl_size || len > fl->fl_size - off)
		return NULL;
	return (void *)(fl->fl_va + (uintptr_t)off);
}

/* The arena gives out whole pages. */
static unsigned
flat_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	const struct flat *fl = flat_of(pl);

	(void)va;
	if ((as != NULL && as != BUSDMA_SPACE_PHYSICAL) || pa < fl->fl_pages ||
	    pa > fl->fl_pagesend || len - 1 > fl->fl_pagesend - pa)
		return 0;
	return fl->fl_memory;
}

/* One CPU, and no interrupt handler that uses the library. */
static void
flat_nolock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

static bool
config_ok(const struct busdma_flat_config *fc, uint32_t page)
{
	if (page < 64 || (page & (page - 1)) != 0 || fc->fc_size == 0 ||
	    fc->fc_base + (fc->fc_size - 1) < fc->fc_base ||
	    fc->fc_size - 1 > UINTPTR_MAX - fc->fc_va)
		return false;
	if (((fc->fc_base + fc->fc_pool) & (page - 1)) != 0 ||
	    ((fc->fc_poolsize | fc->fc_heapsize) & (page - 1)) != 0 ||
	    ((fc->fc_va + fc->fc_pool) & (page - 1)) != 0)
		return false;
	/* What begins at address 0 is a null pointer to C. */
	if (fc->fc_va + fc->fc_pool == 0)
		return false;
	if (fc->fc_pool > fc->fc_size ||
	    fc->fc_poolsize > fc->fc_size - fc->fc_pool ||
	    fc->fc_heapsize >= fc->fc_poolsize || fc->fc_heapsize == 0)
		return false;
	return (fc->fc_lock == NULL) == (fc->fc_unlock == NULL) &&
	       (fc->fc_wait == NULL) == (fc->fc_wake == NULL);
}

static void
flat_table(struct flat *fl, const struct busdma_flat_config *fc, uint32_t page)
{
	struct busdma_platform *pl = &fl->fl_platform;

	pl->pl_size = sizeof(*pl);
	pl->pl_pagesize = page;
	pl->pl_cookie = fl;
	pl->pl_alloc = flat_alloc;
	pl->pl_free = flat_free;
	pl->pl_extract = flat_extract;
	pl->pl_lock = fc->fc_lock != NULL ? fc->fc_lock : flat_nolock;
	pl->pl_unlock = fc->fc_unlock != NULL ? fc->fc_unlock : flat_nolock;
	pl->pl_pages_alloc = busdma_arena_pages_alloc;
	pl->pl_pages_free = busdma_arena_pages_free;
	pl->pl_window = flat_window;
	pl->pl_mbuf = &busdma_mbuf_chain;
	pl->pl_uio = &busdma_uio_chain;
	pl->pl_report = fc->fc_report;
	pl->pl_account = fc->fc_account;
	pl->pl_cpu = fc->fc_cpu;
	pl->pl_memory = flat_memory;
	pl->pl_wait = fc->fc_wait;
	pl->pl_wake = fc->fc_wake;
}

/* The heap: its bitmap behind the platform, its units behind the bitmap. */
static int
flat_heap(struct flat *fl, size_t bytes)
{
	size_t front = UNITS(sizeof(*fl)) * UNIT, map;

	if (bytes <= front)
		return ENOMEM;
	map = UNITS(busdma_range_size((bytes - front) / UNIT)) * UNIT;
	if (bytes - front <= map)
		return ENOMEM;
	fl->fl_range =
	    busdma_range_init((char *)fl + front, (bytes - front - map) / UNIT);
	fl->fl_heap = (char *)fl + front + map;
	return busdma_range_free(fl->fl_range, 0, (bytes - front - map) / UNIT);
}

int
busdma_flat_create(
    const struct busdma_flat_config *fc, const struct busdma_platform **plp)
{
	uint32_t page;
	struct busdma_frag pages;
	struct flat *fl;
	int error;

	if (fc == NULL || plp == NULL)
		return EINVAL;
	page = fc->fc_pagesize != 0 ? fc->fc_pagesize : 4096;
	if (!config_ok(fc, page))
		return EINVAL;
	if (fc->fc_heapsize < sizeof(*fl))
		return ENOMEM;
	fl = (struct flat *)(fc->fc_va + (uintptr_t)fc->fc_pool);
	memset(fl, 0, sizeof(*fl));
	fl->fl_base = fc->fc_base;
	fl->fl_size = fc->fc_size;
	fl->fl_va = fc->fc_va;
	flat_table(fl, fc, page);
	error = flat_heap(fl, (size_t)fc->fc_heapsize);
	if (error != 0)
		return error;
	pages.bf_addr = fc->fc_base + fc->fc_pool + fc->fc_heapsize;
	pages.bf_len = fc->fc_poolsize - fc->fc_heapsize;
	fl->fl_pages = pages.bf_addr;
	fl->fl_pagesend = pages.bf_addr + (pages.bf_len - 1);
	fl->fl_memory = BUSDMA_MEMORY_OWNED;
	if (fc->fc_uncached)
		fl->fl_memory |= BUSDMA_MEMORY_UNCACHED;
	error = busdma_arena_create(
	    &fl->fl_platform, &pages, 1, &fl->fl_platform.pl_arena);
	if (error != 0)
		return error;
	*plp = &fl->fl_platform;
	return 0;
}

bus_size_t
busdma_flat_heap_avail(const struct busdma_platform *pl)
{
	struct flat *fl = flat_of(pl);
	size_t units;

	pl->pl_lock(pl, &fl->fl_lock);
	units = busdma_range_avail(fl->fl_range);
	pl->pl_unlock(pl, &fl->fl_lock);
	return (bus_size_t)units * UNIT;
}

bus_size_t
busdma_flat_pages_avail(const struct busdma_platform *pl)
{
	return busdma_arena_avail(pl, pl->pl_arena);
}
