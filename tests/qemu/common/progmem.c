/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for programs: of the kernel, at a place and in pieces as they like,
 * and of the process.
 */
#include "machine.h"

#include <busdma/errno.h>
#include <busdma/string.h>

/* Pages at `pa', `step' apart, in a row of addresses; NULL: none is free. */
static void *
map_row(paddr_t pa, size_t pages, int64_t step)
{
	uintptr_t va = mach_row(pages);
	size_t i;

	for (i = 0; va != 0 && i < pages; i++, pa += (paddr_t)step)
		if (!mach_map(va + i * PORT_PAGESIZE, pa, MACH_CACHED))
			tap_bail("no memory for page tables");
	return (void *)va;
}

/* The first page of a run from which every second one stays; 0: no run. */
static paddr_t
alloc_apart(size_t size, paddr_t low, paddr_t high)
{
	paddr_t run = port_pages_alloc(2 * size, low, high);
	size_t i;

	for (i = PORT_PAGESIZE; run != 0 && i < 2 * size;
	     i += 2 * PORT_PAGESIZE)
		port_pages_free(run + i, PORT_PAGESIZE);
	return run;
}

static void
free_apart(paddr_t run, size_t size)
{
	size_t i;

	for (i = 0; i < 2 * size; i += 2 * PORT_PAGESIZE)
		port_pages_free(run + i, PORT_PAGESIZE);
}

/* From the last page to the first. */
static void *
alloc_scattered(size_t size, paddr_t low, paddr_t high)
{
	paddr_t run = alloc_apart(size, low, high);
	void *p;

	if (run == 0)
		return NULL;
	p = map_row(run + 2 * (size - PORT_PAGESIZE), size / PORT_PAGESIZE,
	    -2 * (int64_t)PORT_PAGESIZE);
	if (p == NULL)
		free_apart(run, size);
	return p;
}

void *
port_mem_edge(size_t size, paddr_t low, paddr_t high)
{
	paddr_t run;
	void *p;

	size = round_page(size);
	run = port_pages_alloc(size, low, high);
	if (run == 0)
		return NULL;
	p = map_row(run, size / PORT_PAGESIZE, (int64_t)PORT_PAGESIZE);
	if (p == NULL)
		port_pages_free(run, size);
	return p;
}

void *
port_mem_alloc(size_t size, paddr_t low, paddr_t high, bool scattered)
{
	paddr_t pa;

	size = round_page(size);
	if (size == 0 || size > SIZE_MAX / 4)
		return NULL;
	if (scattered)
		return alloc_scattered(size, low, high);
	pa = port_pages_alloc(size, low, high);
	return pa != 0 ? mach_pointer(pa) : NULL;
}

void
port_mem_free(void *p, size_t size)
{
	const uintptr_t va = (uintptr_t)p;
	paddr_t pa = port_paddr(p);
	size_t i;

	size = round_page(size);
	if (p == mach_pointer(pa)) {
		port_pages_free(pa, size);
		return;
	}
	for (i = 0; i < size; i += PORT_PAGESIZE) {
		pa = port_paddr((char *)p + i);
		mach_unmap(va + i);
		port_pages_free(pa, PORT_PAGESIZE);
	}
	mach_row_done(va, size / PORT_PAGESIZE);
}

/* ---- memory of the process ---- */

#define AREA ((uintptr_t)1 << 30)
#define AREAS 16u

static unsigned areas; /* that are in use, a bit each */

struct proc *
port_proc(void)
{
	return &mach_proc;
}

/* Each buffer has an area of its own. */
void *
port_user_alloc(size_t size, paddr_t low, paddr_t high)
{
	unsigned area = 0;
	paddr_t run;
	uintptr_t va;
	size_t i;

	size = round_page(size);
	while (area < AREAS && (areas >> area & 1) != 0)
		area++;
	if (area == AREAS || size == 0 || size > AREA)
		return NULL;
	run = alloc_apart(size, low, high);
	if (run == 0)
		return NULL;
	va = mach_user_base() + area * AREA;
	for (i = 0; i < size; i += PORT_PAGESIZE)
		if (!mach_user_map(
			va + i, run + 2 * (size - PORT_PAGESIZE - i)))
			tap_bail("no memory for page tables");
	areas |= 1u << area;
	return (void *)va;
}

/* The physical address of a byte of the process; false: it has none. */
static bool
user_paddr(uintptr_t uva, paddr_t *pap)
{
	struct busdma_frag f;

	if (mach_extract(port_platform(), &mach_proc, uva, 1, &f, 1) != 1)
		return false;
	*pap = f.bf_addr;
	return true;
}

void
port_user_unmap(void *uva)
{
	paddr_t pa;

	if (!user_paddr((uintptr_t)uva, &pa))
		return;
	mach_user_unmap((uintptr_t)uva);
	port_pages_free(pa & ~(paddr_t)(PORT_PAGESIZE - 1), PORT_PAGESIZE);
}

void
port_user_free(void *uva, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += PORT_PAGESIZE)
		port_user_unmap((char *)uva + i);
	areas &= ~(1u << ((uintptr_t)uva - mach_user_base()) / AREA);
}

int
port_user_copy(const void *uva, void *buf, size_t len, bool out)
{
	size_t n;
	paddr_t pa;

	for (; len != 0; len -= n) {
		if (!user_paddr((uintptr_t)uva, &pa))
			return EFAULT;
		n = PORT_PAGESIZE - (size_t)(pa & (PORT_PAGESIZE - 1));
		if (n > len)
			n = len;
		if (out)
			memcpy(mach_pointer(pa), buf, n);
		else
			memcpy(buf, mach_pointer(pa), n);
		uva = (const char *)uva + n;
		buf = (char *)buf + n;
	}
	return 0;
}
