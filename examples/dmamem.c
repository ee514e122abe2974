/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that a driver and its device share: see dmamem.h. */
#include "dmamem.h"

/*
 * Every step is undone in the reverse order where a later one fails.
 * COHERENT is a hint: the syncs are needed all the same.
 */
int
dmamem_alloc(bus_dma_tag_t t, bus_size_t size, int dir, const char *label,
    struct dmamem *mm)
{
	int error, nsegs;
	void *kva;

	error = bus_dmamem_alloc(
	    t, size, 64, 0, &mm->mm_seg, 1, &nsegs, BUS_DMA_WAITOK);
	if (error != 0)
		return error;
	error = bus_dmamem_map(
	    t, &mm->mm_seg, 1, (size_t)size, &kva, BUS_DMA_COHERENT);
	if (error != 0)
		goto free;
	error =
	    bus_dmamap_create(t, size, 1, size, 0, BUS_DMA_WAITOK, &mm->mm_map);
	if (error != 0)
		goto unmap;
	/* For who looks at reports; a map without a name works as well. */
	(void)bus_dmamap_label(t, mm->mm_map, label);
	error = bus_dmamap_load(t, mm->mm_map, kva, size, NULL, dir);
	if (error != 0)
		goto destroy;
	mm->mm_kva = kva;
	mm->mm_size = size;
	return 0;

destroy:
	bus_dmamap_destroy(t, mm->mm_map);
unmap:
	bus_dmamem_unmap(t, kva, (size_t)size);
free:
	bus_dmamem_free(t, &mm->mm_seg, 1);
	return error;
}

void
dmamem_free(bus_dma_tag_t t, struct dmamem *mm)
{
	bus_dmamap_unload(t, mm->mm_map);
	bus_dmamap_destroy(t, mm->mm_map);
	bus_dmamem_unmap(t, mm->mm_kva, (size_t)mm->mm_size);
	bus_dmamem_free(t, &mm->mm_seg, 1);
}
