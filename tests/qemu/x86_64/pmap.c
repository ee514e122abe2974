/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables (Intel SDM volume 3, 4.5, "4-Level Paging"): the kernel's, and
 * those of processes, which no CPU ever runs on.
 *
 * No pointer of the kernel is a physical address: the image is mapped
 * IMAGE_OFFSET above where it lies, all of memory from LINEAR_BASE.  Nothing
 * else is mapped there, so behind the last page of a bank nothing translates.
 */
#include "pmap.h"

#include <busdma/string.h>

#define PTE_P 0x1u
#define PTE_W 0x2u
#define PTE_U 0x4u
#define PTE_PWT 0x8u
#define PTE_PCD 0x10u
#define PTE_PS 0x80u /* a leaf above the last level */
#define PTE_NX ((uint64_t)1 << 63)
#define PTE_ADDR ((uint64_t)0x000ffffffffff000)

#define LARGE ((bus_size_t)0x200000)

/* Page attribute table: entry 1 (PWT) combines writes; the rest as at reset. */
#define MSR_PAT 0x277
#define PAT ((uint64_t)0x0007040600070106)

extern char image_text[], image_rodata[], image_data[], image_end[];
extern char stack_guard[];

static struct proc kernel;
struct proc mach_proc;
/* Until the kernel's own tables are there: as start.S maps memory. */
static uintptr_t linear = IMAGE_OFFSET;
static uint64_t row_used[ROWS_PAGES / 64]; /* under row_lock */
static busdma_lock_t row_lock;

void *
mach_pointer(paddr_t pa)
{
	return (void *)(linear + pa);
}

/*
 * The entry of `va' at a level (1: of 4 KiB, 2: of 2 MiB), or the leaf above
 * it; NULL: there is none (alloc false), or no memory for tables.
 */
static uint64_t *
entry_of(
    struct proc *p, uintptr_t va, unsigned level, bool alloc, unsigned *foundp)
{
	uint64_t *table, *e;
	paddr_t pa;
	unsigned l;

	if (p->p_root == 0 && (!alloc || (p->p_root = port_page_alloc()) == 0))
		return NULL;
	table = mach_pointer(p->p_root);
	for (l = 4;; l--) {
		e = &table[va >> (12 + 9 * (l - 1)) & 511];
		if (l == level || (*e & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS))
			break;
		if ((*e & PTE_P) == 0) {
			pa = alloc ? port_page_alloc() : 0;
			if (pa == 0)
				return NULL;
			*e = pa | PTE_P | PTE_W | PTE_U;
		}
		table = mach_pointer(*e & PTE_ADDR);
	}
	*foundp = l;
	return e;
}

bool
pmap_enter(struct proc *p, uintptr_t va, paddr_t pa, uint64_t bits)
{
	unsigned level;
	uint64_t *e = entry_of(p, va, 1, true, &level);

	if (e == NULL)
		return false;
	*e = pa | bits | PTE_P;
	return true;
}

void
pmap_remove(struct proc *p, uintptr_t va)
{
	unsigned level;
	uint64_t *e = entry_of(p, va, 1, false, &level);

	if (e != NULL)
		*e = 0;
}

bool
pmap_translate(struct proc *p, uintptr_t va, paddr_t *pap, bus_size_t *leftp)
{
	unsigned level;
	uint64_t *e;
	bus_size_t size;

	/* Not canonical, or no user's: bits 47 and up are the same. */
	if (va > USER_LAST && (p != &kernel || ~va > USER_LAST))
		return false;
	e = entry_of(p, va, 1, false, &level);
	if (e == NULL || (*e & PTE_P) == 0)
		return false;
	size = (bus_size_t)PORT_PAGESIZE << 9 * (level - 1);
	*pap = (*e & PTE_ADDR & ~(size - 1)) + (va & (size - 1));
	*leftp = size - (va & (size - 1));
	return true;
}

bool
pmap_uncached(uintptr_t va, bus_size_t len)
{
	const uintptr_t last = va + (uintptr_t)(len - 1);
	unsigned level;
	uint64_t *e;

	for (va &= ~(PORT_PAGESIZE - 1); va <= last; va += PORT_PAGESIZE) {
		e = entry_of(&kernel, va, 1, false, &level);
		if (e == NULL || (*e & (PTE_P | PTE_PCD)) != (PTE_P | PTE_PCD))
			return false;
	}
	return true;
}

/* Runs grow over pages that are neighbours. */
unsigned
mach_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	struct proc *p = as != NULL ? as : &kernel;
	bus_size_t left;
	unsigned got = 0;
	paddr_t pa;

	(void)pl;
	while (len != 0 && pmap_translate(p, va, &pa, &left)) {
		if (left > len)
			left = len;
		if (got != 0 &&
		    pa == frags[got - 1].bf_addr + frags[got - 1].bf_len) {
			frags[got - 1].bf_len += left;
		} else if (got == n) {
			break;
		} else {
			frags[got].bf_addr = pa;
			frags[got++].bf_len = left;
		}
		va += left;
		len -= left;
	}
	return got;
}

bool
mach_map(uintptr_t va, paddr_t pa, enum mach_cache cache)
{
	uint64_t bits = PTE_W | PTE_NX;

	if (cache == MACH_UNCACHED)
		bits |= PTE_PCD | PTE_PWT;
	else if (cache == MACH_COMBINING)
		bits |= PTE_PWT;
	return pmap_enter(&kernel, va, pa, bits);
}

/* Rows are used by the CPU that maps them, or before the other one starts. */
void
mach_unmap(uintptr_t va)
{
	pmap_remove(&kernel, va);
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* Where the kernel has its image. */
uintptr_t
mach_user_base(void)
{
	return IMAGE_OFFSET;
}

bool
mach_user_map(uintptr_t va, paddr_t pa)
{
	return pmap_enter(&mach_proc, va, pa, PTE_W | PTE_U | PTE_NX);
}

/* No CPU runs in it: there is nothing to forget. */
void
mach_user_unmap(uintptr_t va)
{
	pmap_remove(&mach_proc, va);
}

static void
row_mark(size_t first, size_t pages, bool used)
{
	size_t i;

	for (i = first; i < first + pages; i++) {
		if (used)
			row_used[i / 64] |= (uint64_t)1 << i % 64;
		else
			row_used[i / 64] &= ~((uint64_t)1 << i % 64);
	}
}

/* The lowest that fits, with a free page on both sides. */
uintptr_t
mach_row(size_t pages)
{
	const struct busdma_platform *pl = port_platform();
	uintptr_t va = 0;
	size_t i, row = 0;

	pl->pl_lock(pl, &row_lock);
	for (i = 0; i < ROWS_PAGES && row < pages + 2; i++)
		row = (row_used[i / 64] >> i % 64 & 1) != 0 ? 0 : row + 1;
	if (row == pages + 2) {
		i -= pages + 1;
		row_mark(i, pages, true);
		va = ROWS_BASE + i * PORT_PAGESIZE;
	}
	pl->pl_unlock(pl, &row_lock);
	return va;
}

void
mach_row_done(uintptr_t va, size_t pages)
{
	const struct busdma_platform *pl = port_platform();

	pl->pl_lock(pl, &row_lock);
	row_mark((va - ROWS_BASE) / PORT_PAGESIZE, pages, false);
	pl->pl_unlock(pl, &row_lock);
}

/* All of a bank, by pages of 2 MiB where these are whole. */
static bool
map_bank(const struct busdma_frag *r)
{
	paddr_t pa = r->bf_addr, end = pa + r->bf_len;
	unsigned level;
	uint64_t *e;

	while (pa < end) {
		level = (pa & (LARGE - 1)) == 0 && end - pa >= LARGE ? 2 : 1;
		e = entry_of(&kernel, LINEAR_BASE + pa, level, true, &level);
		if (e == NULL)
			return false;
		*e = pa | PTE_P | PTE_W | PTE_NX | (level == 2 ? PTE_PS : 0);
		pa += level == 2 ? LARGE : PORT_PAGESIZE;
	}
	return true;
}

/* A part of the image; constants are not written, data are not run. */
static bool
map_image(const char *from, const char *to, uint64_t bits)
{
	uintptr_t va;

	for (va = (uintptr_t)from; va < (uintptr_t)to; va += PORT_PAGESIZE)
		if (va != (uintptr_t)stack_guard &&
		    !pmap_enter(&kernel, va, va - IMAGE_OFFSET, bits))
			return false;
	return true;
}

void
x86_pmap_load(void)
{
	wrmsr(MSR_PAT, PAT);
	__asm__ volatile("mov %0, %%cr3" : : "r"(kernel.p_root) : "memory");
}

void
x86_pmap_init(const struct busdma_frag *ram, unsigned n)
{
	bool ok;
	unsigned i;

	ok = map_image(image_text, image_rodata, 0) &&
	     map_image(image_rodata, image_data, PTE_NX) &&
	     map_image(image_data, image_end, PTE_W | PTE_NX);
	for (i = 0; i < n; i++)
		ok = ok && map_bank(&ram[i]);
	if (!ok)
		tap_bail("no memory for page tables");
	x86_pmap_load();
	linear = LINEAR_BASE;
}
