/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between what all bare machines share and the machine: mach_* is the
 * machine's, the rest is shared.  Programs see port.h only.
 */
#ifndef QEMU_MACHINE_H
#define QEMU_MACHINE_H

#include "port.h"

#define PORT_PAGESIZE ((size_t)4096)

static inline size_t
round_page(size_t size)
{
	return (size + (PORT_PAGESIZE - 1)) & ~(PORT_PAGESIZE - 1);
}

/* ---- the machine's ---- */

/* Text to the console, as it is. */
void mach_console(const char *text, size_t len);
_Noreturn void mach_exit(bool ok);
/* Without a word, as after a fault that can't be told of. */
_Noreturn void mach_reset(void);

/* Mask this CPU's interrupts; the state to give back to mach_restore. */
uintptr_t mach_mask(void);
void mach_restore(uintptr_t state);
/* Called with interrupts masked: open them until one came, mask them again. */
void mach_idle(void);

/* Time since the start, in units of mach_hz a second; it passes in mach_idle.
 */
uint64_t mach_ticks(void);
unsigned mach_hz(void);
/* At least so long. */
void mach_delay(unsigned us);

/* The CPU's address of physical memory. */
void *mach_pointer(paddr_t pa);
/* Of [va, va + len), which is memory: nothing is left dirty in a cache. */
void mach_flush(const void *va, size_t len);

/* How a mapping of mach_map is cached. */
enum mach_cache { MACH_CACHED, MACH_UNCACHED, MACH_COMBINING };
/*
 * A row of so many pages of kernel addresses, with nothing mapped on both
 * sides, and its end; 0: there is no room.  Nothing is mapped in it.
 */
uintptr_t mach_row(size_t pages);
void mach_row_done(uintptr_t va, size_t pages);
/* Map a page, or unmap it; false: no memory for tables. */
bool mach_map(uintptr_t va, paddr_t pa, enum mach_cache cache);
void mach_unmap(uintptr_t va);

/*
 * The process: where its memory may be mapped, [mach_user_base, + 16 GiB),
 * and a page of it, as the kernel's.
 */
extern struct proc mach_proc;
uintptr_t mach_user_base(void);
bool mach_user_map(uintptr_t va, paddr_t pa);
void mach_user_unmap(uintptr_t va);

/* pl_extract. */
unsigned mach_extract(const struct busdma_platform *pl, busdma_space_t as,
    uintptr_t va, bus_size_t len, struct busdma_frag *frags, unsigned n);

/* Registers at an I/O port or in memory, of 1, 2, 4 or 8 bytes. */
uint64_t mach_read(bool port, uintptr_t addr, unsigned width);
void mach_write(bool port, uintptr_t addr, unsigned width, uint64_t value);

/* Configuration space of a function, `bdf' as PCI numbers them. */
uint32_t mach_pci_read(unsigned bdf, unsigned offset);
void mach_pci_write(unsigned bdf, unsigned offset, uint32_t value);
/* Let interrupts of a line in. */
void mach_line_open(unsigned line);

/* ---- shared ---- */

/* The machine is set up; runs a program and never returns. */
_Noreturn void port_main(const char *cmdline);

/* Memory that serves until the arena is made, and is never given back. */
void port_mem_early(paddr_t pool, size_t size);
/* The arena, over regions of whole pages without the pool. */
void port_mem_init(
    struct busdma_platform *pl, const struct busdma_frag *ram, unsigned n);
/* A run; 0: there is none. */
paddr_t port_pages_alloc(size_t size, paddr_t low, paddr_t high);
void port_pages_free(paddr_t pa, size_t size);
/* One page of zeroes, for page tables, for good; 0: there is none. */
paddr_t port_page_alloc(void);

/* Hooks that are the same everywhere. */
void *port_heap_alloc(const struct busdma_platform *pl, size_t size, int flags);
void port_heap_free(const struct busdma_platform *pl, void *p, size_t size);
int port_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap);
void port_kunmap(const struct busdma_platform *pl, void *kva, size_t size);
void port_report(
    const struct busdma_platform *pl, const struct busdma_report *rp);

/*
 * An interrupt came on a line; false: of no device, and the line is better
 * masked.  Context: interrupts are masked.
 */
bool port_interrupt(unsigned line);

#endif /* QEMU_MACHINE_H */
