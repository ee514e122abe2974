/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA controller of a PC, two 8237s: NetBSD's isa(9) interface to it.
 * isa_dma(9).
 *
 * Channels 0 to 3 move bytes, 5 to 7 words of 16 bits; channel 4 joins the two
 * chips.  A transfer is one run of memory below 16 MiB that crosses no multiple
 * of 64 KiB, of words 128 KiB.  A buffer that is not such a run is bounced
 * where the tag has a layer that bounces.
 *
 * Context: "any" is also in interrupt handlers.  The calls for one channel are
 * its driver's to serialize, but for isa_drq_* and isa_dmacascade; those for
 * different channels may run at once.
 */
#ifndef BUSDMA_ISA_DMA_H
#define BUSDMA_ISA_DMA_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How isa_dmastart moves: one of READ and WRITE, or'ed with any of the rest. */
#define DMAMODE_WRITE 0x00  /* from memory to the device */
#define DMAMODE_READ 0x01   /* from the device to memory */
#define DMAMODE_SINGLE 0x00 /* the bus is given up after each byte or word */
#define DMAMODE_DEMAND 0x02 /* not before the device takes its request back */
#define DMAMODE_LOOP 0x04   /* from the beginning again, until it is stopped */
#define DMAMODE_LOOPDEMAND (DMAMODE_LOOP | DMAMODE_DEMAND)

struct malloc_type;

/* A DMA controller. */
typedef struct isa_dma_state *isa_chipset_tag_t;

/*
 * Reset the controller, both chips, join them, and make *icp stand for it: all
 * channels are free and masked.  `dmat' is the tag of the ISA bus, or of
 * whatever memory is reached through; what of it has more than 24 bits of
 * address is not used.  *icp holds it.
 * EINVAL: no tag, one that reaches nothing below 16 MiB, a platform without I/O
 * ports, or no controller there; ENOMEM.  Context: may wait, by `flags'.
 */
int isa_dmainit(bus_dma_tag_t dmat, isa_chipset_tag_t *icp, int flags);

/*
 * Stop the controller.  EBUSY: a channel is in use or has a map, or memory of
 * isa_malloc was not freed; nothing is changed then.  EINVAL: NULL.
 * Context: thread.
 */
int isa_dmadestroy(isa_chipset_tag_t ic);

/*
 * Take a channel for a driver.  EINVAL: there is no such channel; EBUSY: it is
 * in use, as channel 4 always is.  Give it back.  EINVAL: it is not in use;
 * EBUSY: a transfer was not ended, or it is cascaded.  Whether it can be had:
 * not 0.  Context: any.
 */
int isa_drq_alloc(isa_chipset_tag_t ic, int chan);
int isa_drq_free(isa_chipset_tag_t ic, int chan);
int isa_drq_isfree(isa_chipset_tag_t ic, int chan);

/*
 * Take a channel for a device that drives the bus itself, and let its requests
 * through.  Errors as of isa_drq_alloc.  Ours: the end of that.  EINVAL: it is
 * not such a channel.  Context: any.
 */
int isa_dmacascade(isa_chipset_tag_t ic, int chan);
int isa_dmacascade_stop(isa_chipset_tag_t ic, int chan);

/*
 * The most bytes of a transfer: 65536, of words 131072; 0: there is no such
 * channel, or it is channel 4.  Context: any.
 */
bus_size_t isa_dmamaxsize(isa_chipset_tag_t ic, int chan);

/*
 * Create the channel's map, for transfers of at most `size' bytes.  `flags' is
 * that of bus_dmamap_create, without BUS_DMA_PARTIAL; with BUS_DMA_ALLOCNOW no
 * isa_dmastart fails for want of memory.
 * EINVAL: no such channel, a size of 0 or above isa_dmamaxsize; EBUSY: it has a
 * map; ENOMEM.  Context: may wait.
 */
int isa_dmamap_create(
    isa_chipset_tag_t ic, int chan, bus_size_t size, int flags);
/* Destroy it; a transfer is stopped before.  Context: thread. */
void isa_dmamap_destroy(isa_chipset_tag_t ic, int chan);

/*
 * Let the device move the `nbytes' at `addr' of `p' (NULL: of the kernel's
 * memory) when it asks for them; of a channel of words both are even.  `flags'
 * is a mix of DMAMODE_*, `busdmaflags' that of bus_dmamap_load without
 * BUS_DMA_PARTIAL.  The CPU leaves the buffer alone until isa_dmadone or
 * isa_dmaabort.
 * EINVAL: the channel is not the caller's or has no map, no bytes or more than
 * the map's, odd ones, unknown flags; EBUSY: the transfer before was not ended;
 * else the errors of bus_dmamap_load.  Nothing is changed after an error.
 * Context: that of the load.
 */
int isa_dmastart(isa_chipset_tag_t ic, int chan, void *addr, bus_size_t nbytes,
    struct proc *p, int flags, int busdmaflags);

/*
 * Stop a transfer and forget it: what the buffer then holds is not known.
 * Nothing to do where there is none.  Context: any.
 */
void isa_dmaabort(isa_chipset_tag_t ic, int chan);

/*
 * End a transfer and take the buffer back, with what has come by then.  One
 * that is no loop and not finished is reported.  Context: any.
 */
void isa_dmadone(isa_chipset_tag_t ic, int chan);

/*
 * Whether the last transfer that was started came to its end; of a loop, for
 * the first time.  Not 0: it did.  Context: any.
 */
int isa_dmafinished(isa_chipset_tag_t ic, int chan);

/*
 * The bytes that are left: of a loop, until it begins anew, and 0 where it is
 * just there.  0 without a transfer.  Context: any.
 */
bus_size_t isa_dmacount(isa_chipset_tag_t ic, int chan);

/*
 * Ours: hand [offset, offset + len) of the buffer of a transfer to the device,
 * or back, while it goes on: as bus_dmamap_sync of its map.  For the parts of
 * a loop.  Context: any.
 */
void isa_dmasync(
    isa_chipset_tag_t ic, int chan, bus_addr_t offset, bus_size_t len, int ops);

/*
 * Keep all channels from the bus until there were as many calls of
 * isa_dmathaw; transfers go on where they were.  A thaw too many is reported.
 * Context: any.
 */
void isa_dmafreeze(isa_chipset_tag_t ic);
void isa_dmathaw(isa_chipset_tag_t ic);

/*
 * Memory that the channel takes as it is, in one run: as the calls of that name
 * in bus_dma(9).  `addr' is its physical address, `size' its size at
 * isa_dmamem_alloc.  EINVAL also: no such channel, more than isa_dmamaxsize.
 */
int isa_dmamem_alloc(isa_chipset_tag_t ic, int chan, bus_size_t size,
    bus_addr_t *addrp, int flags);
void isa_dmamem_free(
    isa_chipset_tag_t ic, int chan, bus_addr_t addr, bus_size_t size);
int isa_dmamem_map(isa_chipset_tag_t ic, int chan, bus_addr_t addr,
    bus_size_t size, void **kvap, int flags);
void isa_dmamem_unmap(isa_chipset_tag_t ic, int chan, void *kva, size_t size);
paddr_t isa_dmamem_mmap(isa_chipset_tag_t ic, int chan, bus_addr_t addr,
    bus_size_t size, int64_t off, int prot, int flags);

/*
 * Both at once: the mapped memory, or NULL.  `flags' is BUS_DMA_WAITOK or
 * BUS_DMA_NOWAIT.  `pool' is the host's, and not looked at.  Context: may wait.
 * Free it, by its address; what is not of isa_malloc, or is in a transfer, is
 * reported and left alone.  Context: thread.
 */
void *isa_malloc(isa_chipset_tag_t ic, int chan, size_t size,
    struct malloc_type *pool, int flags);
void isa_free(isa_chipset_tag_t ic, void *addr, struct malloc_type *pool);

/*
 * As bus_dmamem_mmap of memory of isa_malloc; (paddr_t)-1: it is none, or as
 * there.  Context: any that the platform's pager allows.
 */
paddr_t isa_mappage(isa_chipset_tag_t ic, void *mem, int64_t off, int prot);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_ISA_DMA_H */
