/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that a driver and its device share, as one run of bus addresses:
 * rings, tables, descriptors, a buffer to copy through.  Freestanding.
 */
#ifndef EXAMPLES_DMAMEM_H
#define EXAMPLES_DMAMEM_H

#include <busdma/bus_dma.h>

#include <stdint.h>

struct dmamem {
	bus_size_t mm_size;
	bus_dma_segment_t mm_seg; /* physical */
	uint8_t *mm_kva;          /* the kernel's mapping */
	bus_dmamap_t mm_map;      /* loaded; one segment */
};

/*
 * `size' bytes, not zero, in pages that are nobody else's; what they hold is
 * undefined.  `dir' says who writes there: BUS_DMA_WRITE if only the CPU does,
 * BUS_DMA_READ if only the device, 0 if both do.  `label' is the map's name in
 * statistics and reports: a string that outlives the tag.  The memory is the
 * CPU's until a PRE sync.  0, or an error of bus_dma(9): nothing is held then.
 * Context: may wait.
 */
int dmamem_alloc(bus_dma_tag_t t, bus_size_t size, int dir, const char *label,
    struct dmamem *mm);

/* The device must no longer reach it.  Context: thread. */
void dmamem_free(bus_dma_tag_t t, struct dmamem *mm);

/* Where the device finds it. */
static inline bus_addr_t
dmamem_address(const struct dmamem *mm)
{
	return mm->mm_map->dm_segs[0].ds_addr;
}

#endif /* EXAMPLES_DMAMEM_H */
