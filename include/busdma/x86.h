/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only PCs have: the tags of their buses, the CPU's caches, and ports.
 * bus_dma_x86(9).
 */
#ifndef BUSDMA_X86_H
#define BUSDMA_X86_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Memory that bouncing has for slots.  Bytes, rounded up to pages.
 */
struct bus_dma_x86_slots {
	bus_size_t xs_reserve; /* set aside when the root is made, in one run */
	bus_size_t xs_most;    /* as far as that may grow */
};

/* What the buses of a PC share. */
struct bus_dma_x86 {
	/* Below 16 MiB, for 24 bits of address.  All 0: none are set aside. */
	struct bus_dma_x86_slots dx_isa;
	struct bus_dma_x86_slots dx_pci;   /* below 4 GiB, for 32 bits */
	struct bus_dma_x86_slots dx_pci64; /* anywhere, for 64 bits */
	unsigned dx_flags;                 /* BUS_DMA_BOUNCE_FORCED, or 0 */
};

/*
 * Make the tag that the others are made from, early, while there is memory in
 * low places.  `lower' leads to memory; NULL: devices see all of it, through
 * the CPU's caches, at its physical address, and the platform is `pl' (ignored
 * with a lower tag).
 * EINVAL: unknown dx_flags; an xs_most of 0, or below its xs_reserve; nothing
 * below 4 GiB, or with dx_isa 16 MiB, that `lower' reaches; a platform that
 * lacks a required hook.  ENOMEM: also where a reserve could not be had.
 * Context: may wait.
 */
int bus_dmatag_x86(const struct busdma_platform *pl, bus_dma_tag_t lower,
    const struct bus_dma_x86 *dx, bus_dma_tag_t *newtag, int flags);

/*
 * A tag for PCI devices with so many bits of address, from 24 to 64.  All of 32
 * bits share the slots of dx_pci, all of 64 those of dx_pci64, all of 24 those
 * of dx_isa; one with other bits has slots of its own, up to dx_pci.xs_most.
 * EINVAL: other bits, a tag of which they reach nothing; ENOMEM.
 * Context: may wait.
 */
int bus_dmatag_x86_pci(
    bus_dma_tag_t root, unsigned bits, bus_dma_tag_t *newtag, int flags);

/*
 * A tag for the devices of an ISA bus, which has 24 bits of address.
 * EINVAL: a tag that reaches nothing below 16 MiB; ENOMEM.
 * Context: may wait.
 */
int bus_dmatag_x86_isa(bus_dma_tag_t root, bus_dma_tag_t *newtag, int flags);

/* For pl_cpu of a table, which points to xc_ops; in place. */
struct busdma_x86_cpu {
	struct busdma_cpu_ops xc_ops;
	struct busdma_cache_ops xc_cache;
};

/*
 * Fill `xc' for the CPU that this runs on: barriers by what each sync needs,
 * and the cache operations for windows that are not coherent, by CLWB,
 * CLFLUSHOPT or CLFLUSH.  All CPUs of the machine have the same.  On x86 only.
 * EINVAL, and nothing is written: a CPU without CLFLUSH.  Context: any.
 */
int busdma_x86_cpu(struct busdma_x86_cpu *xc);

/*
 * The instructions IN and OUT: for pl_port_read and pl_port_write of a table.
 * Of a width other than 1 and 2, 4 bytes.  Context: any that may use ports.
 */
uint32_t busdma_x86_port_read(
    const struct busdma_platform *pl, uint32_t port, unsigned width);
void busdma_x86_port_write(const struct busdma_platform *pl, uint32_t port,
    unsigned width, uint32_t value);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_X86_H */
