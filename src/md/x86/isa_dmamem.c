/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the channels of a PC's DMA controller: one run that crosses no
 * boundary of the channel's.
 */
#include "isa_dmavar.h"

/* Memory of isa_malloc; on a list that ids_lock guards. */
struct isa_mem {
	struct isa_mem *im_next;
	uintptr_t im_va;
	bus_addr_t im_addr;
	size_t im_size;
	int im_chan;
};

/* What isa_dmamem_alloc returned, as bus_dma(9) has it; false: it did not. */
static bool
mem_seg(isa_chipset_tag_t ic, int chan, bus_addr_t addr, bus_size_t size,
    bus_dma_segment_t *seg)
{
	bus_size_t mask;

	if (size == 0 || size > isa_dmamaxsize(ic, chan))
		return false;
	mask = ic->ids_dmat->dt_pl->pl_pagesize - 1;
	seg->ds_addr = addr;
	seg->ds_len = (size + mask) & ~mask;
	return true;
}

int
isa_dmamem_alloc(isa_chipset_tag_t ic, int chan, bus_size_t size,
    bus_addr_t *addrp, int flags)
{
	const bus_size_t most = isa_dmamaxsize(ic, chan);
	bus_dma_segment_t seg;
	int error, rsegs;

	if (size == 0 || size > most || addrp == NULL)
		return EINVAL;
	error = bus_dmamem_alloc(
	    ic->ids_dmat, size, 0, most, &seg, 1, &rsegs, flags);
	if (error == 0)
		*addrp = seg.ds_addr;
	return error;
}

void
isa_dmamem_free(
    isa_chipset_tag_t ic, int chan, bus_addr_t addr, bus_size_t size)
{
	bus_dma_segment_t seg;

	if (!busdma_isa_channel(ic, chan, "isa_dmamem_free"))
		return;
	if (mem_seg(ic, chan, addr, size, &seg))
		bus_dmamem_free(ic->ids_dmat, &seg, 1);
	else
		busdma_report(ic->ids_dmat, NULL, BUSDMA_REPORT_MEMFREE,
		    "isa_dmamem_free", addr, size);
}

int
isa_dmamem_map(isa_chipset_tag_t ic, int chan, bus_addr_t addr, bus_size_t size,
    void **kvap, int flags)
{
	bus_dma_segment_t seg;

	if (!mem_seg(ic, chan, addr, size, &seg))
		return EINVAL;
	return bus_dmamem_map(ic->ids_dmat, &seg, 1, (size_t)size, kvap, flags);
}

void
isa_dmamem_unmap(isa_chipset_tag_t ic, int chan, void *kva, size_t size)
{
	if (busdma_isa_channel(ic, chan, "isa_dmamem_unmap"))
		bus_dmamem_unmap(ic->ids_dmat, kva, size);
}

paddr_t
isa_dmamem_mmap(isa_chipset_tag_t ic, int chan, bus_addr_t addr,
    bus_size_t size, int64_t off, int prot, int flags)
{
	bus_dma_segment_t seg;

	if (!mem_seg(ic, chan, addr, size, &seg))
		return (paddr_t)-1;
	return bus_dmamem_mmap(ic->ids_dmat, &seg, 1, off, prot, flags);
}

/* The pages and the mapping. */
static int
mem_make(isa_chipset_tag_t ic, struct isa_mem *im, int flags)
{
	void *kva;
	int error;

	error =
	    isa_dmamem_alloc(ic, im->im_chan, im->im_size, &im->im_addr, flags);
	if (error != 0)
		return error;
	error = isa_dmamem_map(
	    ic, im->im_chan, im->im_addr, im->im_size, &kva, flags);
	if (error != 0)
		isa_dmamem_free(ic, im->im_chan, im->im_addr, im->im_size);
	else
		im->im_va = (uintptr_t)kva;
	return error;
}

void *
isa_malloc(isa_chipset_tag_t ic, int chan, size_t size,
    struct malloc_type *pool, int flags)
{
	const struct busdma_platform *pl;
	struct isa_mem *im;

	(void)pool;
	if (size == 0 || size > isa_dmamaxsize(ic, chan))
		return NULL;
	flags &= BUS_DMA_NOWAIT;
	pl = ic->ids_dmat->dt_pl;
	im = pl->pl_alloc(pl, sizeof(*im), flags);
	if (im == NULL)
		return NULL;
	im->im_size = size;
	im->im_chan = chan;
	if (mem_make(ic, im, flags) != 0) {
		pl->pl_free(pl, im, sizeof(*im));
		return NULL;
	}
	isa_lock(ic);
	im->im_next = ic->ids_mem;
	ic->ids_mem = im;
	isa_unlock(ic);
	return (void *)im->im_va;
}

/* Under the lock: where the list has it, or its end. */
static struct isa_mem **
mem_find(isa_chipset_tag_t ic, const void *addr)
{
	struct isa_mem **imp = &ic->ids_mem;

	while (*imp != NULL && (*imp)->im_va != (uintptr_t)addr)
		imp = &(*imp)->im_next;
	return imp;
}

/* Under the lock: whether a channel is at work on it. */
static bool
mem_busy(isa_chipset_tag_t ic, const struct isa_mem *im)
{
	const struct isa_dma_channel *ch = ic->ids_chan;
	int i;

	for (i = 0; i < ISA_DMA_NCHANNELS; i++, ch++)
		if (ch->ch_buf != 0 &&
		    ch->ch_buf <= im->im_va + im->im_size - 1 &&
		    im->im_va <= ch->ch_buf + (uintptr_t)ch->ch_len - 1)
			return true;
	return false;
}

void
isa_free(isa_chipset_tag_t ic, void *addr, struct malloc_type *pool)
{
	const struct busdma_platform *pl;
	struct isa_mem **imp, *im;
	bool busy = false;

	(void)pool;
	if (ic == NULL)
		return;
	pl = ic->ids_dmat->dt_pl;
	isa_lock(ic);
	imp = mem_find(ic, addr);
	im = *imp;
	if (im != NULL) {
		busy = mem_busy(ic, im);
		if (!busy)
			*imp = im->im_next;
	}
	isa_unlock(ic);
	if (im == NULL || busy) {
		busdma_report(ic->ids_dmat, NULL,
		    busy ? BUSDMA_REPORT_MEMLOADED : BUSDMA_REPORT_MEMFREE,
		    "isa_free", (uintptr_t)addr, 0);
		return;
	}
	isa_dmamem_unmap(ic, im->im_chan, addr, im->im_size);
	isa_dmamem_free(ic, im->im_chan, im->im_addr, im->im_size);
	pl->pl_free(pl, im, sizeof(*im));
}

paddr_t
isa_mappage(isa_chipset_tag_t ic, void *mem, int64_t off, int prot)
{
	const struct isa_mem *im;
	bus_addr_t addr = 0;
	size_t size = 0;
	int chan = -1;

	if (ic == NULL)
		return (paddr_t)-1;
	isa_lock(ic);
	im = *mem_find(ic, mem);
	if (im != NULL) {
		addr = im->im_addr;
		size = im->im_size;
		chan = im->im_chan;
	}
	isa_unlock(ic);
	return isa_dmamem_mmap(ic, chan, addr, size, off, prot, BUS_DMA_WAITOK);
}
