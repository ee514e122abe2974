/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of isa_dma(9) share. */
#ifndef ISA_DMAVAR_H
#define ISA_DMAVAR_H

#include <busdma/backend.h>
#include <busdma/isa_dma.h>

#define ISA_DMA_NCHANNELS 8
/* Of the second chip: the first one's requests come in there. */
#define ISA_DMA_CASCADE 4

/* A channel.  Changed under ids_lock, in calls of its driver only. */
struct isa_dma_channel {
	bus_dmamap_t ch_map; /* NULL: none was created */
	bus_size_t ch_len;   /* bytes of the transfer; 0: there is none */
	uintptr_t ch_buf;    /* its buffer; 0: not the kernel's */
	int ch_mode;         /* DMAMODE_* */
};

/*
 * The controller.  What follows ids_lock is under it, and so are the registers:
 * the channels of a chip have the flip-flop, the mask and the status in common.
 * A set of channels has a bit for each, 1 << chan.
 */
struct isa_dma_state {
	bus_dma_tag_t ids_dmat; /* reaches 24 bits; held */
	busdma_lock_t ids_lock;
	unsigned ids_drqmap;     /* in use */
	unsigned ids_cascaded;   /* of these: by a bus master */
	unsigned ids_masked;     /* that are, when nothing is frozen */
	unsigned ids_finished;   /* that came to the end of a transfer */
	unsigned ids_looped;     /* that begin anew there */
	unsigned ids_frozen;     /* calls of isa_dmafreeze that are in force */
	struct isa_mem *ids_mem; /* of isa_malloc */
	struct isa_dma_channel ids_chan[ISA_DMA_NCHANNELS];
};

static inline unsigned
isa_bit(int chan)
{
	return 1u << chan;
}

/* Bytes and units: 1 for a channel that moves words. */
static inline unsigned
isa_shift(int chan)
{
	return chan < ISA_DMA_CASCADE ? 0 : 1;
}

/*
 * The chips, under ids_lock.  They look after ids_masked, ids_finished,
 * ids_looped; and ids_frozen is looked at.
 */

/* Reset both and join them, all others masked.  EINVAL: there are none. */
int busdma_i8237_reset(isa_chipset_tag_t ic);
/* From here on a channel moves so many bytes, as DMAMODE_* say. */
void busdma_i8237_program(isa_chipset_tag_t ic, int chan, bus_addr_t addr,
    bus_size_t nbytes, int flags);
/* From here on it passes its requests on. */
void busdma_i8237_cascade(isa_chipset_tag_t ic, int chan);
/* From here on it does nothing. */
void busdma_i8237_stop(isa_chipset_tag_t ic, int chan);
/* Bytes that are left of `len'; of one that was stopped, that were then. */
bus_size_t busdma_i8237_left(isa_chipset_tag_t ic, int chan, bus_size_t len);
/* Bring ids_finished up to date for the channels of this one's chip. */
void busdma_i8237_look(isa_chipset_tag_t ic, int chan);
/* Keep all channels from the bus; let go on those that are not masked. */
void busdma_i8237_freeze(isa_chipset_tag_t ic);
void busdma_i8237_thaw(isa_chipset_tag_t ic);

/*
 * Whether a driver can have the channel.  If not, and `func' is not NULL, that
 * is reported, where there is a platform to tell.
 */
bool busdma_isa_channel(isa_chipset_tag_t ic, int chan, const char *func);

static inline void
isa_lock(isa_chipset_tag_t ic)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	pl->pl_lock(pl, &ic->ids_lock);
}

static inline void
isa_unlock(isa_chipset_tag_t ic)
{
	const struct busdma_platform *pl = ic->ids_dmat->dt_pl;

	pl->pl_unlock(pl, &ic->ids_lock);
}

#endif /* ISA_DMAVAR_H */
