/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the PC's floppy disk controller and its first drive.
 *
 * The caller owns the softc and the request.  The functions are the caller's to
 * serialize.
 */
#ifndef EXAMPLES_FDC_FDC_H
#define EXAMPLES_FDC_FDC_H

#include <busdma/isa_dma.h>

#include "env.h"

#define FDC_SECTOR 512u
#define FDC_RETRIES 3 /* attempts after the first that failed */

struct fdc_geometry {
	unsigned ge_cylinders;
	unsigned ge_heads;
	unsigned ge_sectors; /* of a track */
	uint8_t ge_gap;      /* between sectors, as the controller wants it */
	uint8_t ge_rate;     /* FDC_CCR_* */
};

/* 3.5 inches, 1.44 MB. */
extern const struct fdc_geometry fdc_1440;

enum fdc_status {
	FDC_ST_OK,
	FDC_ST_NOMEDIA,  /* there is no disk in the drive */
	FDC_ST_READONLY, /* it is protected */
	FDC_ST_SEEK,     /* the head did not arrive where it was sent */
	FDC_ST_NOSECTOR, /* the disk has no such sector */
	FDC_ST_DATA,     /* what it has can't be read */
	FDC_ST_OVERRUN,  /* DMA was too slow */
	FDC_ST_DMA,      /* DMA moved another number of bytes */
	FDC_ST_FAILED,   /* for a reason that the controller did not name */
	FDC_ST_TIMEOUT,  /* the controller does not answer */
};

struct fdc_request {
	bool rq_write;
	uint32_t rq_sector;   /* first */
	uint32_t rq_nsectors; /* from 1 */
	void *rq_buf;         /* rq_nsectors * FDC_SECTOR bytes, anywhere */
	struct proc *rq_proc; /* of this; NULL: kernel memory */
	int rq_flags; /* of the loads: BUS_DMA_NOWAIT, BUS_DMA_NOBOUNCE */

	enum fdc_status rq_status; /* out */
	uint32_t rq_done;          /* out: sectors, from the first */
	unsigned rq_retries;       /* out */
};

struct fdc_softc {
	struct env_device *sc_dev;
	isa_chipset_tag_t sc_ic;
	int sc_drq;
	const struct fdc_geometry *sc_geometry; /* the caller's to change */
	uint8_t sc_version;                     /* FDC_VERSION_* */
	bool sc_ready;                          /* it was reset, and answered */
	bool sc_motor;                          /* it turns */
	int sc_cylinder; /* where the head is; negative: who knows */
};

/*
 * Attach to the controller `dev', which uses DMA channel `drq' of `ic'.
 * On failure nothing is held.  EINVAL: it does not answer as such a controller
 * does, or there is no such channel; EBUSY: the channel is another's; ENOMEM.
 * Context: may wait.
 */
int fdc_attach(struct fdc_softc *sc, struct env_device *dev,
    isa_chipset_tag_t ic, int drq);

/* Stop the controller, and the motor.  Context: thread. */
void fdc_detach(struct fdc_softc *sc);

/*
 * Read or write sectors; 0: that was done, and rq_status says how it ended.
 * Of a request that failed the first rq_done sectors were moved; of the buffer
 * behind them, the bytes as far as a cylinder goes may be changed.
 * EINVAL: not a legal request; else the errors of isa_dmastart: EFAULT, a part
 * of the buffer has no memory, or is out of reach and nothing bounces.
 * Context: may wait.
 */
int fdc_transfer(struct fdc_softc *sc, struct fdc_request *rq);

/* Stop the motor: no request will come soon.  Context: any. */
void fdc_idle(struct fdc_softc *sc);

#endif /* EXAMPLES_FDC_FDC_H */
