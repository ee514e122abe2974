/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver whose share of the archive tools/bench.sh --size measures: every
 * call that a driver with one map and one piece of DMA memory makes, over
 * direct mapping.  It is linked, never run, without a libc.
 */
#include <busdma/direct.h>

int size_driver(const struct busdma_platform *pl, void *buf, bus_size_t len);

/* The linker's entry, so that nothing of the library goes that is used. */
int
size_driver(const struct busdma_platform *pl, void *buf, bus_size_t len)
{
	struct bus_dma_window window = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	bus_dma_segment_t seg;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	void *kva;
	int rsegs, error;

	if (bus_dmatag_direct(pl, NULL, &window, 1, &t, 0) != 0)
		return 1;
	error = bus_dmamap_create(t, len, 1, len, 0, 0, &map);
	if (error == 0) {
		error = bus_dmamap_load(t, map, buf, len, NULL, 0);
		bus_dmamap_sync(t, map, 0, len, BUS_DMASYNC_PREWRITE);
		bus_dmamap_unload(t, map);
		bus_dmamap_destroy(t, map);
	}
	if (error == 0)
		error = bus_dmamem_alloc(t, len, 0, 0, &seg, 1, &rsegs, 0);
	if (error == 0) {
		error = bus_dmamem_map(t, &seg, rsegs, (size_t)len, &kva, 0);
		if (bus_dmamem_mmap(t, &seg, rsegs, 0, 0, 0) == (paddr_t)-1)
			error = 1;
		bus_dmamem_unmap(t, kva, (size_t)len);
		bus_dmamem_free(t, &seg, rsegs);
	}
	bus_dmatag_destroy(t);
	return error;
}

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* What a kernel has of its own: not counted, and never run. */
void *
memcpy(void *dst, const void *src, size_t n)
{
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	return dst;
}

void *
memset(void *dst, int c, size_t n)
{
	return dst;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	return 0;
}
