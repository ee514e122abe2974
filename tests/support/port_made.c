/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel of the machine that busdma_porting(7) brings the library to:
 * pages of 64 KiB, memory high above where devices see it, an MMU that maps
 * pages in any order, and no device pager.  The port is the page's, word for
 * word; this is what it stands on, in a process: memory is a file in memory,
 * mapped as a whole and page by page.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "template.h"

#include "porting-example.h"

#define NPAGES ((unsigned)(MEMSIZE / PAGE))
#define KVAPAGES 256
#define USERPAGES 32
#define USERBASE ((uintptr_t)PAGE)
#define NOPAGE (~(paddr_t)0)

_Static_assert(PAGE == PORT_PAGESIZE, "the runner's page is the machine's");

/* A page table: an address, and the pages from there on. */
struct pt {
	uintptr_t pt_base;
	unsigned pt_npages;
	paddr_t pt_page[KVAPAGES];
};

struct proc {
	struct pt p_pt;
	paddr_t p_mem; /* of its buffer; NOPAGE: it has none */
};

uintptr_t linear_base;

static int ram;
static bool page_used[NPAGES];
static bool kva_used[KVAPAGES];
static struct pt kernel_pt;
static struct proc user = { .p_mem = NOPAGE };
static uintptr_t intr_mask = 1;

static void
broken(const char *what)
{
	fprintf(stderr, "# the machine: %s\n", what);
	abort();
}

/* ---- the kernel of the page ---- */

void *
kmem_alloc(size_t size, int canwait)
{
	return malloc(size);
}

void
kmem_free(void *p, size_t size)
{
	free(p);
}

/* The mask that is restored is the one that this turn of masking gave. */
uintptr_t
intr_disable(void)
{
	return intr_mask++;
}

void
intr_restore(uintptr_t mask)
{
	if (mask != --intr_mask)
		broken("intr_restore: not the mask that intr_disable gave");
}

int
pt_lookup(const void *pt, uintptr_t va, paddr_t *pap)
{
	const struct pt *p = pt != NULL ? pt : &kernel_pt;
	uintptr_t i = (va - p->pt_base) / PAGE;

	if (va < p->pt_base || i >= p->pt_npages || p->pt_page[i] == NOPAGE)
		return EFAULT;
	*pap = p->pt_page[i] + va % PAGE;
	return 0;
}

static paddr_t *
kernel_entry(uintptr_t va)
{
	uintptr_t i = (va - kernel_pt.pt_base) / PAGE;

	if (va < kernel_pt.pt_base || i >= KVAPAGES || va % PAGE != 0 ||
	    !kva_used[i])
		broken("not a page of a range of kva_alloc");
	return &kernel_pt.pt_page[i];
}

void
pt_enter(uintptr_t va, paddr_t pa, int uncached)
{
	if (*kernel_entry(va) != NOPAGE || pa % PAGE != 0 ||
	    pa - PHYSBASE >= MEMSIZE)
		broken("pt_enter");
	*kernel_entry(va) = pa;
	if (mmap((void *)va, PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_FIXED, ram,
		(off_t)(pa - PHYSBASE)) == MAP_FAILED)
		broken("mmap");
}

void
pt_remove(uintptr_t va)
{
	if (*kernel_entry(va) == NOPAGE)
		broken("pt_remove");
	*kernel_entry(va) = NOPAGE;
	if (mmap((void *)va, PAGE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		broken("mmap");
}

void *
proc_pt(struct proc *p)
{
	return &p->p_pt;
}

/* The first of `n' free ones in a row, from `i' on; `most': there is none. */
static size_t
row_of(const bool *used, size_t most, size_t i, size_t n)
{
	size_t row = 0;

	for (; i < most; i++) {
		row = used[i] ? 0 : row + 1;
		if (row == n)
			return i + 1 - n;
	}
	return most;
}

uintptr_t
kva_alloc(size_t size, int canwait)
{
	size_t i = row_of(kva_used, KVAPAGES, 0, size / PAGE);

	if (i == KVAPAGES)
		return 0;
	memset(&kva_used[i], true, size / PAGE);
	return kernel_pt.pt_base + i * PAGE;
}

void
kva_free(uintptr_t va, size_t size)
{
	size_t off;

	for (off = 0; off < size; off += PAGE)
		if (*kernel_entry(va + off) != NOPAGE)
			broken("kva_free of what is mapped");
	memset(&kva_used[(va - kernel_pt.pt_base) / PAGE], false, size / PAGE);
}

int
contig_alloc(
    bus_size_t size, paddr_t low, paddr_t high, bus_size_t align, paddr_t *pap)
{
	size_t n = (size_t)(size / PAGE), i = 0;
	paddr_t pa;

	for (; (i = row_of(page_used, NPAGES, i, n)) != NPAGES; i++) {
		pa = PHYSBASE + (paddr_t)i * PAGE;
		if (pa < low || pa + (size - 1) > high ||
		    (pa & (align - 1)) != 0)
			continue;
		memset(&page_used[i], true, n);
		*pap = pa;
		return 0;
	}
	return ENOMEM;
}

int
contig_free(paddr_t pa, bus_size_t size)
{
	bus_size_t i = (pa - PHYSBASE) / PAGE, n = size / PAGE, k;

	if (pa < PHYSBASE || (pa | size) % PAGE != 0 || i >= NPAGES ||
	    n > NPAGES - i)
		return EINVAL;
	for (k = i; k < i + n; k++)
		if (!page_used[k])
			return EINVAL;
	memset(&page_used[i], false, (size_t)n);
	return 0;
}

/* The runner tells of what it did not expect. */
void
log_line(const char *func, const char *what)
{
	if (func == NULL || what == NULL)
		broken("a report without words");
}

/* ---- what the runner asks for ---- */

int
port_init(const struct busdma_platform **plp)
{
	char *p;

	ram = memfd_create("made", MFD_CLOEXEC);
	if (ram < 0 || ftruncate(ram, (off_t)MEMSIZE) != 0)
		return ENOMEM;
	p = mmap(
	    NULL, (size_t)MEMSIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ram, 0);
	if (p == MAP_FAILED)
		return ENOMEM;
	linear_base = (uintptr_t)p;
	p = mmap(NULL, (size_t)(KVAPAGES + 1) * PAGE, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return ENOMEM;
	kernel_pt.pt_base =
	    ((uintptr_t)p + (PAGE - 1)) & ~(uintptr_t)(PAGE - 1);
	kernel_pt.pt_npages = KVAPAGES;
	memset(kernel_pt.pt_page, 0xff, sizeof(kernel_pt.pt_page));
	user.p_pt.pt_base = USERBASE;
	user.p_pt.pt_npages = USERPAGES;
	memset(user.p_pt.pt_page, 0xff, sizeof(user.p_pt.pt_page));
	*plp = &made_platform;
	return 0;
}

void
host_ram(paddr_t *firstp, paddr_t *lastp)
{
	*firstp = PHYSBASE;
	*lastp = PHYSBASE + (MEMSIZE - 1);
}

void *
host_pointer(paddr_t pa, size_t size)
{
	if (pa - PHYSBASE >= MEMSIZE || size > MEMSIZE - (pa - PHYSBASE))
		return NULL;
	return (void *)(linear_base + (uintptr_t)(pa - PHYSBASE));
}

/* One run; scattered is the same in falling order. */
void *
host_mem_alloc(size_t size, paddr_t low, paddr_t high, bool scattered)
{
	uintptr_t va;
	size_t off;
	paddr_t pa;

	if (contig_alloc(size, low, high, PAGE, &pa) != 0)
		return NULL;
	if (!scattered)
		return host_pointer(pa, size);
	va = kva_alloc(size, 0);
	if (va == 0)
		broken("no room for kernel memory");
	for (off = 0; off < size; off += PAGE)
		pt_enter(va + off, pa + (size - PAGE - off), 0);
	return (void *)va;
}

void
host_mem_free(void *p, size_t size, bool scattered)
{
	paddr_t pa = PHYSBASE + ((uintptr_t)p - linear_base);
	size_t off;

	if (scattered) {
		pa = *kernel_entry((uintptr_t)p + (size - PAGE));
		for (off = 0; off < size; off += PAGE)
			pt_remove((uintptr_t)p + off);
		kva_free((uintptr_t)p, size);
	}
	if (contig_free(pa, size) != 0)
		broken("host_mem_free");
}

struct proc *
host_proc(void)
{
	return &user;
}

/* One buffer at a time, its pages in falling order. */
void *
host_user_alloc(size_t size, paddr_t low, paddr_t high)
{
	size_t n = size / PAGE, i;

	if (n > USERPAGES || user.p_mem != NOPAGE ||
	    contig_alloc(size, low, high, PAGE, &user.p_mem) != 0)
		return NULL;
	for (i = 0; i < n; i++)
		user.p_pt.pt_page[n - 1 - i] = user.p_mem + i * PAGE;
	return (void *)USERBASE;
}

void
host_user_free(void *uva, size_t size)
{
	if (contig_free(user.p_mem, size) != 0)
		broken("host_user_free");
	user.p_mem = NOPAGE;
	memset(user.p_pt.pt_page, 0xff, sizeof(user.p_pt.pt_page));
}

void
host_user_unmap(void *uva)
{
	user.p_pt.pt_page[((uintptr_t)uva - USERBASE) / PAGE] = NOPAGE;
}

void *
host_user_pointer(const void *uva)
{
	paddr_t pa;

	if (pt_lookup(&user.p_pt, (uintptr_t)uva, &pa) != 0)
		return NULL;
	return host_pointer(pa, 1);
}
