/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: runs of pages from the library's arena, a heap over them, and kernel
 * mappings.
 *
 * The heap is lists of blocks of 32 bytes to 2 KiB, cut from pages that stay
 * theirs; what is larger is a run of pages.
 */
#include "machine.h"

#include <busdma/errno.h>
#include <busdma/string.h>

#define SMALLEST 32u
#define CLASSES 7u /* 32, 64, ... 2048 */

struct block {
	struct block *b_next;
};

static paddr_t pool, pool_end;
static struct busdma_frag banks[20]; /* the arena's, and the pool */
static unsigned nbanks;
static struct block *blocks[CLASSES]; /* under heap_lock */
static busdma_lock_t heap_lock;

void
port_mem_early(paddr_t first, size_t size)
{
	pool = first;
	pool_end = first + size;
	banks[0].bf_addr = first;
	banks[0].bf_len = size;
	nbanks = 1;
}

/* Of the pool, which is in use by one CPU only. */
static paddr_t
pool_alloc(size_t size)
{
	paddr_t pa = pool;

	if (size > pool_end - pool)
		return 0;
	pool += size;
	return pa;
}

paddr_t
port_pages_alloc(size_t size, paddr_t low, paddr_t high)
{
	const struct busdma_platform *pl = port_platform();
	struct busdma_pages pg = { 0 };

	if (pl->pl_arena == NULL)
		return pool_alloc(size);
	pg.pg_size = pg.pg_min = size;
	pg.pg_low = low;
	pg.pg_high = high;
	pg.pg_align = PORT_PAGESIZE;
	return busdma_arena_pages_alloc(pl, &pg) == 0 ? pg.pg_addr : 0;
}

void
port_pages_free(paddr_t pa, size_t size)
{
	if (busdma_arena_pages_free(port_platform(), pa, size) != 0)
		tap_bail("pages at 0x%llx are freed and were not allocated",
		    (unsigned long long)pa);
}

paddr_t
port_page_alloc(void)
{
	paddr_t pa = port_pages_alloc(PORT_PAGESIZE, 0, ~(paddr_t)0);

	if (pa != 0)
		memset(mach_pointer(pa), 0, PORT_PAGESIZE);
	return pa;
}

void
port_mem_init(
    struct busdma_platform *pl, const struct busdma_frag *ram, unsigned n)
{
	unsigned i;

	if (n > sizeof(banks) / sizeof(banks[0]) - 1)
		tap_bail("too many banks of memory");
	for (i = 0; i < n; i++)
		banks[nbanks++] = ram[i];
	if (busdma_arena_create(pl, ram, n, &pl->pl_arena) != 0)
		tap_bail("no memory for the arena");
}

void *
port_pointer(paddr_t pa, size_t size)
{
	const struct busdma_frag *r;
	unsigned i;

	for (i = 0; i < nbanks; i++) {
		r = &banks[i];
		if (pa - r->bf_addr < r->bf_len &&
		    size <= r->bf_len - (pa - r->bf_addr))
			return mach_pointer(pa);
	}
	return NULL;
}

paddr_t
port_paddr(const void *p)
{
	struct busdma_frag f;

	if (mach_extract(port_platform(), NULL, (uintptr_t)p, 1, &f, 1) != 1)
		tap_bail("%p is not mapped", p);
	return f.bf_addr;
}

/* ---- the heap ---- */

static unsigned
class_of(size_t size)
{
	unsigned c = 0;

	while (c < CLASSES && size > (size_t)SMALLEST << c)
		c++;
	return c;
}

/* A page in blocks of a class. */
static void
cut(paddr_t pa, unsigned c)
{
	const size_t size = (size_t)SMALLEST << c;
	char *p = mach_pointer(pa);
	struct block *b;
	size_t at;

	for (at = 0; at < PORT_PAGESIZE; at += size) {
		b = (struct block *)(void *)(p + at);
		b->b_next = blocks[c];
		blocks[c] = b;
	}
}

void *
port_heap_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	const unsigned c = class_of(size);
	struct block *b;
	paddr_t pa = 0;

	(void)flags;
	if (c == CLASSES || blocks[c] == NULL) {
		if (size > ~(size_t)0 - PORT_PAGESIZE)
			return NULL;
		pa = port_pages_alloc(
		    c == CLASSES ? round_page(size) : PORT_PAGESIZE, 0,
		    ~(paddr_t)0);
		if (pa == 0 || c == CLASSES)
			return pa != 0 ? mach_pointer(pa) : NULL;
	}
	pl->pl_lock(pl, &heap_lock);
	if (pa != 0)
		cut(pa, c);
	b = blocks[c];
	if (b != NULL)
		blocks[c] = b->b_next;
	pl->pl_unlock(pl, &heap_lock);
	return b;
}

void
port_heap_free(const struct busdma_platform *pl, void *p, size_t size)
{
	const unsigned c = class_of(size);
	struct block *b = p;

	if (c == CLASSES) {
		port_pages_free(port_paddr(p), round_page(size));
		return;
	}
	pl->pl_lock(pl, &heap_lock);
	b->b_next = blocks[c];
	blocks[c] = b;
	pl->pl_unlock(pl, &heap_lock);
}

/* ---- mappings ---- */

/*
 * An uncached mapping has a cached one beside it, that of all of memory, which
 * nobody uses meanwhile: what is in a cache of it is clean.
 */
int
port_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	const size_t pages = size / PORT_PAGESIZE;
	enum mach_cache cache = MACH_CACHED;
	size_t i = 0;
	bus_size_t at = 0;
	uintptr_t va;

	(void)pl;
	if ((flags & BUS_DMA_NOCACHE) != 0)
		cache = MACH_UNCACHED;
	else if ((flags & BUS_DMA_PREFETCHABLE) != 0)
		cache = MACH_COMBINING;
	else if ((flags & BUS_DMA_COHERENT) != 0)
		cache = MACH_UNCACHED;
	va = mach_row(pages);
	if (va == 0)
		return ENOMEM;
	for (; i < pages && nsegs > 0; i++, at += PORT_PAGESIZE) {
		if (at == segs->ds_len) {
			segs++;
			nsegs--;
			at = 0;
		}
		if (cache != MACH_CACHED)
			mach_flush(
			    mach_pointer(segs->ds_addr + at), PORT_PAGESIZE);
		if (!mach_map(
			va + i * PORT_PAGESIZE, segs->ds_addr + at, cache))
			break;
	}
	if (i != pages) {
		port_kunmap(pl, (void *)va, size);
		return ENOMEM;
	}
	*kvap = (void *)va;
	return 0;
}

void
port_kunmap(const struct busdma_platform *pl, void *kva, size_t size)
{
	const size_t pages = size / PORT_PAGESIZE;
	size_t i;

	(void)pl;
	for (i = 0; i < pages; i++)
		mach_unmap((uintptr_t)kva + i * PORT_PAGESIZE);
	mach_row_done((uintptr_t)kva, pages);
}
