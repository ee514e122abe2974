/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From PVH's start info to the main program; the console, and the end.
 */
#include "x86.h"

#include <busdma/string.h>

#define COM1 0x3f8
#define COM_LSR 5
#define LSR_THRE 0x20
#define DEBUG_EXIT 0xf4
#define EXIT_GREEN 0x10
#define EXIT_RED 0x11

#define MAXBANKS 16
/* What firmware and a second CPU's first steps need stays theirs. */
#define LOW_KEPT ((paddr_t)0x10000)

/* PVH's start info and its map of memory (Xen's public arch-x86/hvm). */
struct start_info {
	uint32_t si_magic, si_version, si_flags, si_nmodules;
	uint64_t si_modules, si_cmdline, si_rsdp, si_memmap;
	uint32_t si_nmemmap, si_reserved;
};

struct memmap {
	uint64_t mm_addr, mm_size;
	uint32_t mm_type, mm_reserved;
};

#define SI_MAGIC 0x336ec578
#define MM_RAM 1

extern char image_first[], image_end[]; /* where it lies; where it is mapped */

static char cmdline[512];
static struct busdma_frag banks[MAXBANKS], regions[MAXBANKS + 1];
static unsigned nbanks;

void
x86_serial_init(void)
{
	outb(COM1 + 1, 0);    /* no interrupts */
	outb(COM1 + 3, 0x80); /* the divisor: 115200 */
	outb(COM1 + 0, 1);
	outb(COM1 + 1, 0);
	outb(COM1 + 3, 3); /* 8n1 */
	outb(COM1 + 2, 7); /* FIFOs */
}

void
mach_console(const char *text, size_t len)
{
	for (; len != 0; len--, text++) {
		while ((inb(COM1 + COM_LSR) & LSR_THRE) == 0)
			continue;
		outb(COM1, (uint8_t)*text);
	}
}

/* QEMU's isa-debug-exit; where there is none, the machine stands still. */
void
mach_exit(bool ok)
{
	outl(DEBUG_EXIT, ok ? EXIT_GREEN : EXIT_RED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* Whole pages of memory, as the firmware tells. */
static void
take_banks(const struct memmap *mm, unsigned n)
{
	const paddr_t mask = PORT_PAGESIZE - 1;
	paddr_t first, end;

	for (; n != 0; n--, mm++) {
		first = (mm->mm_addr + mask) & ~mask;
		end = (mm->mm_addr + mm->mm_size) & ~mask;
		if (mm->mm_type != MM_RAM || first >= end)
			continue;
		if (nbanks == MAXBANKS)
			tap_bail("more than %d banks of memory", MAXBANKS);
		banks[nbanks].bf_addr = first;
		banks[nbanks++].bf_len = end - first;
	}
}

static void
add_region(unsigned *np, paddr_t from, paddr_t to)
{
	if (from >= to)
		return;
	regions[*np].bf_addr = from;
	regions[(*np)++].bf_len = to - from;
}

/*
 * What of the banks is not [first, end), which is of one bank; the last first:
 * the arena serves from the first that will do, and low memory is for those who
 * can't use any other.
 */
static unsigned
leave_out(paddr_t first, paddr_t end)
{
	paddr_t from, to;
	unsigned i, n = 0;

	for (i = nbanks; i-- > 0;) {
		from = banks[i].bf_addr;
		to = from + banks[i].bf_len;
		if (from < LOW_KEPT)
			from = LOW_KEPT;
		if (from <= first && end <= to) {
			add_region(&n, end, to);
			add_region(&n, from, first);
		} else {
			add_region(&n, from, to);
		}
	}
	return n;
}

/* Room for tables and for the arena, which has bits for each page. */
static size_t
pool_size(void)
{
	bus_size_t all = 0;
	unsigned i;

	for (i = 0; i < nbanks; i++)
		all += banks[i].bf_len;
	return ((size_t)(all >> 13) + 0x100000) & ~(PORT_PAGESIZE - 1);
}

void
x86_start(uint32_t info)
{
	const struct start_info *si = mach_pointer(info);
	const char *line;
	paddr_t pool;
	size_t i, size;

	x86_serial_init();
	if (si->si_magic != SI_MAGIC)
		tap_bail("not started through PVH");
	line = mach_pointer(si->si_cmdline);
	for (i = 0; i < sizeof(cmdline) - 1 && line[i] != '\0'; i++)
		cmdline[i] = line[i];
	take_banks(mach_pointer(si->si_memmap), si->si_nmemmap);

	pool = (uintptr_t)image_end - IMAGE_OFFSET;
	size = pool_size();
	port_mem_early(pool, size);
	x86_pmap_init(banks, nbanks);
	x86_trap_init(0);
	x86_pic_init();
	x86_timer_init();
	x86_hooks_init(regions, leave_out((uintptr_t)image_first, pool + size));
	__asm__ volatile("sti");
	port_main(cmdline);
}
