/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated frame grabber.
 *
 * Frames lie in buffers of DMA memory that the driver never maps into the
 * kernel.  A buffer is the user's, or it is queued (the grabber's, empty), or
 * it holds a frame that waits to be dequeued.  The user's buffers may be
 * mapped into a process, a page at a time, or given to another device by
 * their physical segments, which is what stream.h does.
 *
 * The caller owns the softc and the array of buffers.  The functions are the
 * caller's to serialize.
 */
#ifndef EXAMPLES_GRAB_GRAB_H
#define EXAMPLES_GRAB_GRAB_H

#include <busdma/bus_dma.h>
#include <busdma/simgrabreg.h>

#include "dmamem.h"
#include "env.h"

#define GRAB_QSIZE 64     /* most entries in a ring */
#define GRAB_MAXSEGS 1024 /* most segments in a buffer */

struct grab_format {
	uint32_t gf_width;  /* pixels in a line */
	uint32_t gf_height; /* lines */
	uint32_t gf_depth;  /* bytes in a pixel, 1 to 4 */
	uint32_t gf_period; /* microseconds from frame to frame */
};

/* What grab_dequeue tells of a frame. */
struct grab_frame {
	unsigned fr_buffer;
	uint32_t fr_status;  /* SIMGRAB_ST_* */
	uint32_t fr_seq;     /* from 0 at each start; gaps are lost frames */
	uint64_t fr_time;    /* of its start, microseconds after grab_start's */
	bus_size_t fr_bytes; /* in memory: all of it if the status is OK */
};

enum grab_state {
	GRAB_USER,
	GRAB_QUEUED,
	GRAB_DONE, /* it holds a frame */
};

struct grab_buffer {
	/* The caller may read these three. */
	enum grab_state gb_state;
	int gb_nsegs;
	bus_dma_segment_t gb_segs[GRAB_MAXSEGS]; /* physical, whole pages */

	struct grab_buffer *gb_next; /* of those in its state */
	bool gb_inring;              /* the grabber has its entry */
	unsigned gb_entry;           /* which that is */
	bus_dmamap_t gb_map;         /* of the frame; always loaded */
	struct dmamem gb_table;      /* the map's segments, for the grabber */
	struct grab_frame gb_frame;
};

/* First in, first out. */
struct grab_list {
	struct grab_buffer *gl_first, *gl_last;
};

struct grab_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat;
	bool sc_running;
	bool sc_active; /* the grabber may still reach memory */
	unsigned sc_qsize;
	unsigned sc_maxsegs;
	uint32_t sc_maxframe;

	struct grab_format sc_format;
	bus_size_t sc_framesize; /* 0: no buffers */
	struct grab_buffer *sc_bufs;
	unsigned sc_nbufs;
	struct grab_list sc_queue; /* GRAB_QUEUED */
	struct grab_list sc_done;  /* GRAB_DONE */

	struct dmamem sc_bufq;
	unsigned sc_buftail; /* where the next entry goes */
	struct dmamem sc_cplq;
	unsigned sc_cplhead; /* where the next completion comes */
	uint32_t sc_phase;   /* SIMGRAB_CPL_PHASE of a new one */

	uint32_t sc_frames;   /* that came whole */
	uint32_t sc_overruns; /* of the runs that have ended */
	uint32_t sc_stray;    /* completions that belong to no buffer */
};

/*
 * Attach to the grabber `dev', whose memory accesses go through `dmat'; stop
 * it if it runs.  On failure nothing is held.  EINVAL: not such a grabber;
 * EBUSY: it does not stop; else the errors of bus_dma(9).
 * Context: may wait.
 */
int grab_attach(
    struct grab_softc *sc, struct env_device *dev, bus_dma_tag_t dmat);

/*
 * grab_release, and give up the rest.  EBUSY: as grab_stop; nothing is
 * released then.  Context: thread.
 */
int grab_detach(struct grab_softc *sc);

/*
 * Allocate a frame's memory for each of `nbufs' buffers, which are the user's
 * then.  On failure nothing is held.  EINVAL: a format that the grabber does
 * not have, or no buffers, or too many for its ring; EBUSY: there are some
 * already; EFBIG: the grabber can't take a frame in the segments it comes to:
 * a smaller one may fit; ENOMEM.  Context: may wait.
 */
int grab_setup(struct grab_softc *sc, const struct grab_format *gf,
    struct grab_buffer *bufs, unsigned nbufs);

/*
 * Stop, and free the buffers, whatever their state; no process may have one
 * mapped.  EBUSY: as grab_stop; nothing is released then.  Context: thread.
 */
int grab_release(struct grab_softc *sc);

/*
 * Give a buffer of the user's to the grabber; what it held is lost.
 * EINVAL: no such buffer, or not the user's; EBUSY: the grabber has to be
 * stopped or reset first.  Context: any.
 */
int grab_queue(struct grab_softc *sc, unsigned buffer);

/*
 * Hand the oldest frame to the user; false: there is none.  Context: any.
 */
bool grab_dequeue(struct grab_softc *sc, struct grab_frame *fr);

/*
 * Begin to capture into the buffers that are queued, in their order, and into
 * those that will be.  EINVAL: no buffers; EBUSY: it is running already, or
 * does not stop; EFAULT: it does not start.  Context: thread.
 */
int grab_start(struct grab_softc *sc);

/*
 * Stop.  Frames that are complete can still be dequeued; all other buffers
 * are the user's, and what they hold is no frame.  EBUSY: the grabber does
 * not stop; nothing has changed hands, as it may still write to memory.
 * Context: thread.
 */
int grab_stop(struct grab_softc *sc);

/*
 * Stop and start; what is queued stays so.  The errors are those of
 * grab_stop and grab_start.  Context: thread.
 */
int grab_reset(struct grab_softc *sc);

/* The interrupt handler; returns how many buffers came back. */
unsigned grab_intr(struct grab_softc *sc);

/*
 * Wait until a frame can be dequeued.  False: no buffer is queued, or it does
 * not run, or the grabber is stuck and grab_reset is due.  Context: may wait.
 */
bool grab_wait(struct grab_softc *sc);

/* Frames that were dropped for want of a buffer, since attach. */
uint32_t grab_overruns(struct grab_softc *sc);

/*
 * What the device pager wants for the page at `off' of a buffer; (paddr_t)-1
 * where there is none.  Before its first frame a buffer holds what the
 * platform left in its pages, and so does always the rest of its last page:
 * a platform that does not clear them shows it.
 * Context: that of bus_dmamem_mmap.
 */
paddr_t grab_mmap(
    struct grab_softc *sc, unsigned buffer, int64_t off, int prot);

#endif /* EXAMPLES_GRAB_GRAB_H */
