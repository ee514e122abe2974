/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bench's port: honest hooks, out of line.
 *
 * The page array is looked up for each page that is answered, as a kernel
 * looks up its page tables; its answers are not merged.  Locks are a
 * compare-and-swap, memory is malloc's.
 */
#include <stdlib.h>

#include "bench.h"

/* The array ends with an entry that is not valid. */
unsigned
port_pages(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const struct port *po = pl->pl_cookie;
	uintptr_t off = va - po->po_base;
	struct busdma_frag *f = frags;
	const uint64_t *pte;
	bus_size_t run;

	if (off >= po->po_size)
		return 0;
	pte = &po->po_pte[off / BENCH_PAGE];
	off %= BENCH_PAGE;
	run = BENCH_PAGE - off;
	while ((*pte & 1) != 0) {
		f->bf_addr = *pte - 1 + off;
		f->bf_len = len < run ? len : run;
		f++;
		if (len <= run || --n == 0)
			break;
		len -= run;
		pte++;
		off = 0;
		run = BENCH_PAGE;
	}
	return (unsigned)(f - frags);
}

unsigned
port_linear(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const struct port *po = pl->pl_cookie;
	uintptr_t off = va - po->po_base;
	bus_size_t room;

	if (off >= po->po_size)
		return 0;
	room = po->po_size - off;
	frags->bf_addr = va + po->po_offset;
	frags->bf_len = len < room ? len : room;
	return 1;
}

void
port_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	uintptr_t free = 0;

	while (!__atomic_compare_exchange_n(&lk->lk_word[0], &free, 1, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		free = 0;
}

void
port_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
}

void *
port_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	struct port *po = pl->pl_cookie;

	__atomic_store_n(&po->po_asked, size, __ATOMIC_RELAXED);
	return malloc(size);
}

void
port_free(const struct busdma_platform *pl, void *p, size_t size)
{
	free(p);
}

void
port_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	struct port *po = pl->pl_cookie;

	__atomic_fetch_add(&po->po_nfaults, 1, __ATOMIC_RELAXED);
}

void
port_cache(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	struct port *po = pl->pl_cookie;

	for (; len != 0; len -= BENCH_LINE) {
		po->po_lines++;
		/* Not all at once. */
		__asm__ volatile("" : : : "memory");
	}
}

paddr_t
port_page(const struct port *po, uintptr_t va)
{
	uintptr_t off = va - po->po_base;
	uint64_t pte;

	if (off >= po->po_size)
		return ~(paddr_t)0;
	pte = po->po_pte[off / BENCH_PAGE];
	if ((pte & 1) == 0)
		return ~(paddr_t)0;
	return (pte & ~(uint64_t)(BENCH_PAGE - 1)) + va % BENCH_PAGE;
}

paddr_t
port_page_linear(const struct port *po, uintptr_t va)
{
	if (va - po->po_base >= po->po_size)
		return ~(paddr_t)0;
	return va + po->po_offset;
}
