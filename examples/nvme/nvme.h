/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for NVM Express controllers.
 *
 * The caller owns the softc and the requests; a request and its buffer belong
 * to the driver from an nvme_submit that returned 0 until rq_done is called.
 * The functions are the caller's to serialize.
 */
#ifndef EXAMPLES_NVME_NVME_H
#define EXAMPLES_NVME_NVME_H

#include <busdma/bus_dma.h>
#include <busdma/bus_dmapool.h>

#include "dmamem.h"
#include "env.h"
#include "nvme/nvmereg.h"

#define NVME_MAXPAIRS 4                  /* most pairs of I/O queues */
#define NVME_MAXDEPTH 64                 /* most entries in a queue */
#define NVME_MAXXFER (16u * 1024 * 1024) /* most bytes in a command */
#define NVME_MAXLISTS 16                 /* most PRP lists of a command */

/* rq_status, beside those of the controller, which are below 0x8000. */
#define NVME_ST_RESET 0x10000u   /* a reset or a detach ended it */
#define NVME_ST_PENDING 0x40000u /* it is not over */
#define NVME_ST_LOAD 0x20000u    /* what follows can't be loaded: rq_error */

enum nvme_op {
	NVME_READ,
	NVME_WRITE,
	NVME_FLUSH,
	NVME_PASS, /* rq_cmd, as it is, for the I/O queues */
	NVME_ADMIN /* likewise, for the admin queue */
};

/* Where the data are. */
enum nvme_buffer {
	NVME_LINEAR, /* rq_len bytes at rq_buf of rq_proc */
	NVME_UIO,    /* rq_len bytes, which is its uio_resid, of rq_uio */
	NVME_RAW,    /* the first rq_len bytes of rq_segs, physical memory */
};

struct nvme_request {
	enum nvme_op rq_op;
	uint64_t rq_lba;  /* read, write: first block */
	uint32_t rq_nsid; /* 0: the namespace that was found */
	enum nvme_buffer rq_buffer;
	bus_size_t rq_len; /* a multiple of sc_blocksize; any length */
	void *rq_buf;
	struct proc *rq_proc; /* NULL: kernel memory */
	struct uio *rq_uio;
	bus_dma_segment_t *rq_segs;
	int rq_nsegs;
	int rq_flags; /* for the loads: BUS_DMA_NOBOUNCE, BUS_DMA_OVERWRITE */
	/*
	 * A whole command, NVME_SQE_SIZE bytes; its identifier is the driver's.
	 * What its PRP entries name is the caller's to have mapped and synced.
	 */
	const uint8_t *rq_cmd;
	/*
	 * Called when the request is over; may submit others.
	 * Context: that of nvme_intr, nvme_wait, nvme_expire, nvme_reset,
	 * nvme_detach, nvme_command.
	 */
	void (*rq_done)(struct nvme_request *rq);
	void *rq_arg; /* the caller's */

	/* Out. */
	uint32_t rq_status;   /* of the controller (4.6.1), or NVME_ST_* */
	int rq_error;         /* with NVME_ST_LOAD */
	uint32_t rq_dw0;      /* of the completion */
	unsigned rq_commands; /* that it came to */
	unsigned rq_dmasegs;  /* that these had */
	unsigned rq_retries;  /* commands that were sent again */
};

/* What an attach may choose.  0 and NULL: the driver does. */
struct nvme_params {
	unsigned np_pairs;     /* pairs of I/O queues: 1 */
	unsigned np_depth;     /* entries in each: 32 */
	bus_size_t np_maxxfer; /* bytes in a command: 512 KiB */
	bool np_polled;        /* without interrupts */
	unsigned np_patience;  /* milliseconds for what is polled: 1000 */
	/* Told of every read and write, before the controller is. */
	void (*np_watch)(void *arg, const struct nvme_request *rq,
	    unsigned queue, unsigned cid, bus_dmamap_t map);
	void *np_arg;
};

/* What one command in flight occupies. */
struct nvme_slot {
	struct nvme_request *sl_rq; /* NULL: the slot is free */
	/* Of an I/O queue: for data as they lie, and for data in one run. */
	bus_dmamap_t sl_pieces;
	bus_dmamap_t sl_run;
	struct bus_dmapool_block *sl_lists[NVME_MAXLISTS];
	bus_dmamap_t sl_map; /* the one in use: it, sc_reserve, or NULL */
	bus_size_t sl_done;  /* bytes that earlier commands have moved */
	unsigned sl_nlists;  /* in use */
	unsigned sl_entries; /* in the last of these */
	unsigned sl_entry;   /* index of the command */
	unsigned sl_tries;   /* of the command */
	bool sl_sent;        /* the controller has it; else it waits */
};

/* A pair of queues. */
struct nvme_queue {
	unsigned qu_id;
	unsigned qu_depth; /* entries, of both; 0: there is no such queue */
	bool qu_live;      /* the controller has its completion queue */
	struct dmamem qu_sq;
	unsigned qu_tail; /* where the next command goes */
	struct dmamem qu_cq;
	unsigned qu_head;   /* where the next completion comes */
	unsigned qu_told;   /* what the controller knows of that */
	uint32_t qu_phase;  /* NVME_CQE_PHASE of a new one */
	unsigned qu_nslots; /* less than entries: it can't be full */
	struct nvme_slot qu_slots[NVME_MAXDEPTH - 1];
};

enum nvme_state {
	NVME_DOWN,     /* it is off, and touches no memory */
	NVME_STARTING, /* the admin queue works */
	NVME_RUNNING,
};

struct nvme_softc {
	struct env_device *sc_dev;
	struct nvme_params sc_params;
	enum nvme_state sc_state;
	bus_dma_tag_t sc_dmat;    /* for data and PRP lists */
	bus_dma_tag_t sc_pagetag; /* for what begins with a page */

	/* Of the registers. */
	uint32_t sc_version;
	unsigned sc_mpsmin;    /* CAP.MPSMIN */
	unsigned sc_pageshift; /* of the controller's pages */
	unsigned sc_entries;   /* most in a queue */
	unsigned sc_stride;    /* CAP.DSTRD */
	unsigned sc_startup;   /* CAP.TO, in milliseconds */

	/* Of Identify. */
	char sc_serial[NVME_ID_SN_SIZE + 1];
	uint32_t sc_nsid;
	uint64_t sc_blocks;
	unsigned sc_blockshift;
	bus_size_t sc_blocksize;
	bus_size_t sc_maxxfer; /* most bytes in a command */

	struct dmamem sc_page;       /* Identify's answers */
	bus_dmapool_t sc_lists;      /* of PRP lists */
	unsigned sc_listsize;        /* entries in each */
	unsigned sc_nlists;          /* that the longest command needs */
	bus_dmamap_t sc_reserve;     /* ALLOCNOW: its loads find resources */
	bool sc_reserved;            /* and it is in use */
	unsigned sc_npairs;          /* of I/O queues */
	unsigned sc_next;            /* the next one to use */
	unsigned sc_inflight;        /* requests, also those that wait */
	unsigned sc_stray;           /* completions of no request */
	struct nvme_request sc_lost; /* in place of one that was given up */
	struct nvme_queue
	    sc_queues[1 + NVME_MAXPAIRS]; /* the admin one first */
};

/*
 * Attach to the controller `dev', whose memory accesses go through `dmat'.
 * `np' is not used after the call; NULL: all is the driver's choice.
 * EINVAL: no such controller, or one that can't be driven; EFAULT: it does not
 * start, or refuses a command; else the errors of bus_dma(9).  On failure
 * nothing is held, but for memory that a controller may still write to which
 * does not stop: EBUSY.  Context: may wait.
 */
int nvme_attach(struct nvme_softc *sc, struct env_device *dev,
    bus_dma_tag_t dmat, const struct nvme_params *np);

/*
 * Shut the controller down, end all requests with NVME_ST_RESET and release
 * all memory.  EBUSY: it does not stop; nothing is released, as it may still
 * write to memory.  Context: thread.
 */
int nvme_detach(struct nvme_softc *sc);

/*
 * Start a request.  EBUSY, ENOMEM: no slot, or no memory to map the buffer
 * with; another attempt after the next completion can succeed, and with
 * nothing in flight neither happens.  EFBIG: the buffer's pieces can't be told
 * to the controller (see prp.c), and nothing below bounces; EFAULT: a part of
 * it has no memory, or the controller can't reach it.  EINVAL: not a legal
 * request, or the controller is stopped.
 * Context: any, with kernel memory; else may wait.
 */
int nvme_submit(struct nvme_softc *sc, struct nvme_request *rq);

/*
 * The interrupt handler: take what the controller has completed, go on with
 * what that was a part of; returns how many requests have ended.  Not to be
 * called from rq_done.  Context: any, while no request of another space than
 * the kernel's is longer than a command; else thread.
 */
unsigned nvme_intr(struct nvme_softc *sc);

/*
 * Wait until a request ends; returns how many did.  0: none is in flight, or
 * they do not end and nvme_expire is due.  Context: may wait.
 */
unsigned nvme_wait(struct nvme_softc *sc);

/*
 * What is in flight has taken too long: ask the controller to abort each of
 * it, and reset the controller if something is left then, or if it does not
 * answer.  All requests have ended.  Errors: as nvme_reset.
 */
int nvme_expire(struct nvme_softc *sc);

/*
 * Stop the controller, end all requests with NVME_ST_RESET, start it afresh.
 * EBUSY: as nvme_detach.  EFAULT: it does not start.  After an error it takes
 * no requests; another reset may help.
 */
int nvme_reset(struct nvme_softc *sc);

/*
 * One command, for the admin queue or an I/O queue, and wait for it: `cmd' as
 * rq_cmd; its status in *status and its DW0 in *dw0.  EBUSY: no slot, or it did
 * not end and was given up, by nvme_expire; EINVAL: the controller is stopped.
 */
int nvme_command(struct nvme_softc *sc, bool admin, const uint8_t *cmd,
    uint32_t *status, uint32_t *dw0);

/* A line for a person, for every rq_status; never NULL. */
const char *nvme_status_text(uint32_t status);

#endif /* EXAMPLES_NVME_NVME_H */
