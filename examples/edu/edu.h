/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for QEMU's edu device: it copies memory by way of the device.
 *
 * The caller owns the softc and the job.  The functions are the caller's to
 * serialize.
 */
#ifndef EXAMPLES_EDU_EDU_H
#define EXAMPLES_EDU_EDU_H

#include <busdma/bus_dma.h>

#include "edu/edureg.h"
#include "env.h"

#define EDU_PARTLEN 65536u  /* most bytes of a buffer that are loaded at once */
#define EDU_MAXSEGS 64      /* in as many segments */
#define EDU_PATIENCE 10000u /* sc_patience: milliseconds */

enum edu_kind {
	EDU_LINEAR, /* jb_len bytes at eb_buf of eb_proc */
	EDU_UIO,    /* the first jb_len bytes of eb_uio */
	EDU_RAW,    /* the first jb_len bytes of eb_segs, physical memory */
};

struct edu_buffer {
	enum edu_kind eb_kind;
	void *eb_buf;
	struct proc *eb_proc; /* NULL: kernel memory */
	struct uio *eb_uio;
	bus_dma_segment_t *eb_segs;
	int eb_nsegs;
};

struct edu_job {
	struct edu_buffer jb_src;
	struct edu_buffer jb_dst; /* shares no byte with jb_src */
	bus_size_t jb_len;        /* from 1 */
	/* Of both loads, and not of syncs: BUS_DMA_NOWAIT, BUS_DMA_NOBOUNCE. */
	int jb_flags;

	bus_size_t jb_moved; /* out: bytes that were copied */
	unsigned jb_dmas;    /* out: transfers of the device that it took */
};

/* One of the two buffers of a job, a part of which is loaded. */
struct edu_side {
	bus_dmamap_t es_map;
	int es_op;         /* PREREAD or PREWRITE, when it is given */
	int es_post;       /* the operation that takes it back */
	int es_seg;        /* the segment that is next */
	bus_size_t es_off; /* in it */
	bool es_loaded;
};

struct edu_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat; /* what the device reaches */
	bool sc_wide;          /* addresses of more than 32 bits */
	bool sc_polled;
	/*
	 * How long a transfer may take that is polled for: the caller's to
	 * change.  With interrupts it is env_wait that says.
	 */
	unsigned sc_patience;
	bool sc_stuck; /* a transfer did not end */
	struct edu_side sc_src;
	struct edu_side sc_dst;
	unsigned sc_dmas; /* transfers of the device, in all */
};

/*
 * Attach to the device `dev', whose memory accesses go through `dmat' and which
 * has `bits' lines of address, from 1 to 64; without interrupts if `polled'.
 * On failure nothing is held.  EINVAL: not such a device, or none of its
 * addresses leads to memory; EBUSY: it does not come to rest; else the errors
 * of bus_dma(9).  Context: may wait.
 */
int edu_attach(struct edu_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    unsigned bits, bool polled);

/*
 * EBUSY: a transfer has not ended; nothing is released, as the device may still
 * write to memory.  Context: thread.
 */
int edu_detach(struct edu_softc *sc);

/*
 * Copy jb_src to jb_dst; jb_moved bytes, from the beginning, are there when it
 * returns.  EINVAL: not a legal job.  EBUSY: a transfer did not end in time:
 * the device may still use both buffers, until edu_reset says that it doesn't;
 * other jobs are EBUSY until then.  Else the errors of bus_dmamap_load:
 * EFAULT, a part of a buffer has no memory, or the device can't reach it;
 * ENOMEM, for want of memory to bounce the source with (the destination's is
 * reserved).  Context: may wait.
 */
int edu_copy(struct edu_softc *sc, struct edu_job *jb);

/*
 * Wait for a transfer that did not end in time; its job's buffers are the
 * caller's again.  EBUSY: it still has not.  Context: may wait.
 */
int edu_reset(struct edu_softc *sc);

/*
 * One transfer of the device: `len' bytes, from 1 to EDU_BUFSIZE, between bus
 * address `addr', which a map of sc_dmat has given, and offset `card' of its
 * buffer.  Syncs are the caller's.  EINVAL: beyond the buffer; EBUSY: as
 * edu_copy.  Context: may wait.
 */
int edu_dma(struct edu_softc *sc, bool tomem, bus_addr_t addr, uint32_t card,
    uint32_t len);

#endif /* EXAMPLES_EDU_EDU_H */
