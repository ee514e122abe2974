/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated scatter/gather disk.
 *
 * The caller owns the softc and the requests; a request and its buffer belong
 * to the driver from a disk_submit that returned 0 until rq_done is called.
 * The functions are the caller's to serialize.
 */
#ifndef EXAMPLES_DISK_DISK_H
#define EXAMPLES_DISK_DISK_H

#include <busdma/bus_dma.h>
#include <busdma/simdiskreg.h>

#include "dmamem.h"
#include "env.h"

#define DISK_NSLOTS 16             /* most requests in flight */
#define DISK_QSIZE 64              /* most entries in a ring */
#define DISK_MAXSEGS 256           /* most segments in a request */
#define DISK_MAXXFER (512u * 1024) /* most bytes in a request */

/* rq_status of a request that a reset or a detach ended. */
#define DISK_ST_ABORTED 0x10000u

/* Where the data are. */
enum disk_buffer {
	DISK_LINEAR, /* rq_len bytes at rq_buf of rq_proc */
	DISK_UIO,    /* uio_resid bytes of rq_uio */
	DISK_RAW,    /* the first rq_len bytes of rq_segs, physical memory */
};

struct disk_request {
	unsigned rq_op;  /* SIMDISK_OP_*; a flush has no buffer */
	uint64_t rq_lba; /* first block */
	enum disk_buffer rq_buffer;
	bus_size_t rq_len; /* a multiple of SIMDISK_BLOCKSIZE */
	void *rq_buf;
	struct proc *rq_proc; /* NULL: kernel memory */
	struct uio *rq_uio;   /* not looked at after disk_submit */
	bus_dma_segment_t *rq_segs;
	int rq_nsegs;
	/*
	 * Called when the request is over; may submit others.
	 * Context: that of disk_intr, disk_wait, disk_reset, disk_detach.
	 */
	void (*rq_done)(struct disk_request *rq);
	void *rq_arg; /* the caller's */

	uint32_t rq_status; /* out: SIMDISK_ST_*, DISK_ST_ABORTED */
	int rq_dmasegs;     /* out, of disk_submit: segments it came to */
};

/* What one request in flight occupies. */
struct disk_slot {
	struct disk_request *sl_rq; /* NULL: the slot is free */
	bus_dmamap_t sl_map;        /* of the data */
	struct dmamem sl_table;     /* of segments, for the disk to read */
	unsigned sl_cmd;            /* index of the command */
};

struct disk_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat;
	uint64_t sc_blocks; /* of the disk */
	bool sc_running;
	unsigned sc_nslots;
	unsigned sc_maxsegs;
	unsigned sc_qsize;
	unsigned sc_inflight;
	unsigned sc_stray; /* completions that belong to no request */

	struct dmamem sc_cmdq;
	unsigned sc_cmdtail; /* where the next command goes */
	struct dmamem sc_cplq;
	unsigned sc_cplhead; /* where the next completion comes */
	uint32_t sc_phase;   /* SIMDISK_CPL_PHASE of a new one */

	struct disk_slot sc_slots[DISK_NSLOTS];
};

/*
 * Attach to the disk `dev', whose memory accesses go through `dmat'.  On
 * failure nothing is held, but for memory that a disk may still write to
 * which does not stop: EBUSY.  EINVAL: not such a disk; EFAULT: it does not
 * start; else the errors of bus_dma(9).  Context: may wait.
 */
int disk_attach(
    struct disk_softc *sc, struct env_device *dev, bus_dma_tag_t dmat);

/*
 * Stop the disk, end all requests with DISK_ST_ABORTED and release all memory.
 * EBUSY: the disk does not stop; nothing is released, as it may still write
 * to memory.  Context: thread.
 */
int disk_detach(struct disk_softc *sc);

/*
 * Start a request.  EBUSY, ENOMEM: no slot, or no memory to map the buffer
 * with; another attempt after the next completion can succeed, and with
 * nothing in flight neither happens.  EFBIG: too many segments; a shorter
 * request, or a buffer in fewer pieces, can succeed.  EFAULT: a part of the
 * buffer has no memory, or the disk can't reach it.  EINVAL: not a legal
 * request, or the disk is stopped.
 * Context: any, with kernel memory; else may wait.
 */
int disk_submit(struct disk_softc *sc, struct disk_request *rq);

/*
 * The interrupt handler: end what the disk has completed; returns how many
 * requests that were.  Not to be called from rq_done.
 */
unsigned disk_intr(struct disk_softc *sc);

/*
 * Wait until a request ends; returns how many did.  0: none is in flight, or
 * the disk is stuck and disk_reset is due.  Context: may wait.
 */
unsigned disk_wait(struct disk_softc *sc);

/*
 * Stop the disk, end all requests with DISK_ST_ABORTED, start it afresh.
 * EBUSY: as disk_detach.  EFAULT: it does not start.  After an error the disk
 * takes no requests; another reset may help.
 */
int disk_reset(struct disk_softc *sc);

#endif /* EXAMPLES_DISK_DISK_H */
