/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated copy engine.
 *
 * The caller owns the softc and the jobs; a job and its two buffers belong to
 * the driver from a copy_submit that returned 0 until jb_done is called.
 * The functions are the caller's to serialize.
 */
#ifndef EXAMPLES_COPY_COPY_H
#define EXAMPLES_COPY_COPY_H

#include <busdma/bus_dma.h>
#include <busdma/simcopyreg.h>

#include "dmamem.h"
#include "env.h"

#define COPY_NSLOTS 8             /* most jobs in flight */
#define COPY_MAXLEN (256u * 1024) /* most bytes in a job */

/*
 * Most segments of either buffer: the descriptor is then 4096 bytes, which a
 * tag that only allows small segments still takes as one.
 */
#define COPY_MAXSEGS 127

/* jb_status of a job that a reset or a detach ended. */
#define COPY_ST_ABORTED 0x10000u

enum copy_kind {
	COPY_LINEAR, /* jb_len bytes at cb_buf of cb_proc */
	COPY_UIO,    /* the uio_resid bytes of cb_uio, which are jb_len */
	COPY_RAW,    /* the first jb_len bytes of cb_segs, physical memory */
};

struct copy_buffer {
	enum copy_kind cb_kind;
	void *cb_buf;
	struct proc *cb_proc; /* NULL: kernel memory */
	struct uio *cb_uio;   /* not looked at after copy_submit */
	bus_dma_segment_t *cb_segs;
	int cb_nsegs;
};

struct copy_job {
	struct copy_buffer jb_src;
	struct copy_buffer jb_dst; /* shares no byte with a job in flight */
	bus_size_t jb_len;         /* 1 to COPY_MAXLEN */
	/*
	 * Called when the job is over; may submit others.
	 * Context: that of copy_intr, copy_wait, copy_reset, copy_detach.
	 */
	void (*jb_done)(struct copy_job *jb);
	void *jb_arg; /* the caller's */

	uint32_t jb_status;  /* out: SIMCOPY_ST_*, COPY_ST_ABORTED */
	bus_size_t jb_moved; /* out: bytes that were copied */
	int jb_srcsegs;      /* out, of copy_submit: segments it came to */
	int jb_dstsegs;
};

/* What one job in flight occupies. */
struct copy_slot {
	struct copy_job *sl_job; /* NULL: the slot is free */
	bus_dmamap_t sl_src;
	bus_dmamap_t sl_dst;
	struct dmamem sl_desc; /* the descriptor, for the engine to read */
	uint32_t sl_cookie;    /* of the last job; then one more */
};

struct copy_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat;
	bool sc_running;
	unsigned sc_nslots;
	unsigned sc_maxsegs;
	unsigned sc_inflight;
	struct dmamem sc_cpls; /* completions, by slot */
	struct copy_slot sc_slots[COPY_NSLOTS];
};

/*
 * Attach to the engine `dev', whose memory accesses go through `dmat'.  On
 * failure nothing is held, but for memory that an engine may still write to
 * which does not stop: EBUSY.  EINVAL: not such an engine; EFAULT: it does not
 * start; else the errors of bus_dma(9).  Context: may wait.
 */
int copy_attach(
    struct copy_softc *sc, struct env_device *dev, bus_dma_tag_t dmat);

/*
 * Stop the engine, end all jobs with COPY_ST_ABORTED and release all memory.
 * EBUSY: the engine does not stop; nothing is released, as it may still write
 * to memory.  Context: thread.
 */
int copy_detach(struct copy_softc *sc);

/*
 * Start to copy jb_src to jb_dst.  EBUSY, ENOMEM: no slot, or no memory to map
 * the buffers with; another attempt after the next job's end can succeed, and
 * with nothing in flight neither happens.  EFBIG: too many segments; a shorter
 * job, or a buffer in fewer pieces, can succeed.  EFAULT: a part of a buffer
 * has no memory, or the engine can't reach it.  EINVAL: not a legal job, or
 * the engine is stopped.
 * Context: any, with kernel memory; else may wait.
 */
int copy_submit(struct copy_softc *sc, struct copy_job *jb);

/*
 * The interrupt handler: end the jobs that the engine has completed; returns
 * how many that were.  Not to be called from jb_done.
 */
unsigned copy_intr(struct copy_softc *sc);

/*
 * Wait until a job ends; returns how many did.  0: none is in flight, or the
 * engine is stuck and copy_reset is due.  Context: may wait.
 */
unsigned copy_wait(struct copy_softc *sc);

/*
 * Stop the engine, end all jobs with COPY_ST_ABORTED, start it afresh.
 * EBUSY: as copy_detach.  EFAULT: it does not start.  After an error the
 * engine takes no jobs; another reset may help.
 */
int copy_reset(struct copy_softc *sc);

#endif /* EXAMPLES_COPY_COPY_H */
