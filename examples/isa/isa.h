/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated card on a 24-bit bus.
 *
 * The caller owns the softc and the request; a request and its buffer belong
 * to the driver from an isa_submit that returned 0 until rq_done is called.
 * The functions are the caller's to serialize.
 */
#ifndef EXAMPLES_ISA_ISA_H
#define EXAMPLES_ISA_ISA_H

#include <busdma/bus_dma.h>
#include <busdma/simisareg.h>

#include "env.h"

#define ISA_MAXLEN 65536u /* most bytes in a request */

enum isa_kind {
	ISA_LINEAR, /* rq_len bytes at rq_buf of rq_proc */
	ISA_UIO,    /* the uio_resid bytes of rq_uio, which are rq_len */
	ISA_RAW,    /* the first rq_len bytes of rq_segs, physical memory */
};

enum isa_status {
	ISA_ST_OK,
	ISA_ST_DMA,     /* the card could not reach the memory, or wrapped */
	ISA_ST_ABORTED, /* a reset or a detach ended it */
};

struct isa_request {
	bool rq_tomem;    /* from the card to memory; else the reverse */
	uint32_t rq_card; /* where in the card's memory */
	bus_size_t rq_len;
	enum isa_kind rq_kind;
	void *rq_buf;
	struct proc *rq_proc; /* NULL: kernel memory */
	struct uio *rq_uio;   /* not looked at after isa_submit */
	bus_dma_segment_t *rq_segs;
	int rq_nsegs;
	/*
	 * Called when the request is over; may submit another.
	 * Context: that of isa_intr, isa_wait, isa_reset, isa_detach.
	 */
	void (*rq_done)(struct isa_request *rq);
	void *rq_arg; /* the caller's */

	enum isa_status rq_status; /* out */
};

struct isa_softc {
	struct env_device *sc_dev;
	/*
	 * What the card reaches.  Memory that bus_dmamem_alloc gives for it, in
	 * one segment, loads on every machine.
	 */
	bus_dma_tag_t sc_dmat;
	uint32_t sc_memsize; /* of the card */
	bool sc_polled;
	bool sc_running;
	struct isa_request *sc_rq; /* in flight, or NULL */
	bus_dmamap_t sc_map;       /* of its buffer */
};

/*
 * Attach to the card `dev', whose memory accesses go through `dmat', of which
 * the driver uses what the card reaches; without interrupts if `polled'.
 * On failure nothing is held.  EINVAL: not such a card, or none of its
 * addresses leads to memory; EBUSY: it does not stop; else the errors of
 * bus_dma(9).  Context: may wait.
 */
int isa_attach(struct isa_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    bool polled);

/*
 * Stop the card, end its request with ISA_ST_ABORTED and release all memory.
 * EBUSY: the card does not stop; nothing is released, as it may still write
 * to memory.  Context: thread.
 */
int isa_detach(struct isa_softc *sc);

/*
 * Start a request.  EBUSY: one is in flight.  EINVAL: not a legal request, or
 * the driver is stopped.  Else the errors of bus_dmamap_load: EFBIG, EFAULT
 * for a buffer that the card can't be given as it is, where nothing bounces.
 * Context: any, with kernel memory; else may wait.
 */
int isa_submit(struct isa_softc *sc, struct isa_request *rq);

/*
 * The interrupt handler: end the request if the card is done with it; how
 * many that were, 0 or 1.  Not to be called from rq_done.
 */
unsigned isa_intr(struct isa_softc *sc);

/*
 * Wait until the request ends; 0: none is in flight, or the card is stuck and
 * isa_reset is due.  Context: may wait.
 */
unsigned isa_wait(struct isa_softc *sc);

/*
 * Stop the card, end its request with ISA_ST_ABORTED if the card had not.
 * EBUSY: as isa_detach, and the driver takes no requests; another reset may
 * help.
 */
int isa_reset(struct isa_softc *sc);

#endif /* EXAMPLES_ISA_ISA_H */
