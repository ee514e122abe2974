/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of small blocks of DMA-safe memory: bus_dmapool(9).
 *
 * For what is too small for a page of its own: descriptors, command tables,
 * status words.  Blocks of one pool share pages with each other and with
 * nothing else.  What the library knows of a block stands beside it and not in
 * it: what a device or a driver writes into a freed block does no harm here.
 */
#ifndef BUSDMA_BUS_DMAPOOL_H
#define BUSDMA_BUS_DMAPOOL_H

#include <busdma/bus_dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_dmapool;
typedef struct bus_dmapool *bus_dmapool_t;

/* A block.  A driver reads the two first members. */
struct bus_dmapool_block {
	void *pb_kva;       /* for the CPU */
	bus_addr_t pb_addr; /* for the device */

	struct bus_dmapool_chunk *_pb_chunk;
	struct bus_dmapool_block *_pb_next; /* free list; itself: in use */
};

/*
 * Make a pool of blocks of `size' bytes whose bus addresses are multiples of
 * `alignment' (0: 8) and of which none crosses a multiple of `boundary' (0:
 * none); both are powers of two.  At least `nready' blocks are there from the
 * beginning; more come a page or so at a time.
 * BUS_DMA_COHERENT: for the mapping, a hint.
 * EINVAL: size 0, what is no power of two, a boundary below the size; ENOMEM.
 * Context: may wait.
 */
int bus_dmapool_create(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, unsigned nready, int flags, bus_dmapool_t *poolp);

/*
 * Give a pool up.  With blocks still in use that is reported, with their
 * number, and the pool stays.  Context: thread.
 */
void bus_dmapool_destroy(bus_dmapool_t pool);

/*
 * A block with any content; NULL: no memory.  With BUS_DMA_NOWAIT only blocks
 * that are there are handed out: give `nready' what interrupt handlers need.
 * Takes the pool's lock.  Context: any with BUS_DMA_NOWAIT; else thread.
 */
struct bus_dmapool_block *bus_dmapool_alloc(bus_dmapool_t pool, int flags);

/*
 * Give a block back.  One that is not in use, or of another pool, is reported
 * and left alone (two frees of one block at the same moment may not be seen).
 * Takes the pool's lock only where the CPU has no compare-and-swap.
 * Context: any.
 */
void bus_dmapool_free(bus_dmapool_t pool, struct bus_dmapool_block *pb);

/*
 * As bus_dmamap_sync, for [offset, offset + len) of a block.  What lies outside
 * the block is reported and clipped.  Context: any.
 */
void bus_dmapool_sync(bus_dmapool_t pool, struct bus_dmapool_block *pb,
    bus_size_t offset, bus_size_t len, int ops);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BUS_DMAPOOL_H */
