/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A floppy disk controller and its drive, for tests: written from the 82077AA's
 * data sheet.  Its DMA goes through a model of the PC's controller.  What a
 * program must not do to it is counted, and printed.
 */
#ifndef EXAMPLES_FDC_TEST_MODEL_H
#define EXAMPLES_FDC_TEST_MODEL_H

#include "env.h"
#include "i8237.h"

#define FDC_MODEL_SIZE (80u * 2 * 18 * 512)

struct fdc_model {
	struct i8237 *fm_dma; /* on channel 2 of this */
	uint8_t fm_version;

	/* The drive. */
	bool fm_empty;
	bool fm_readonly;
	bool fm_changed; /* the door was open */
	int fm_cylinder; /* where the head is */
	int fm_pcn;      /* where the controller takes it to be */
	unsigned char fm_disk[FDC_MODEL_SIZE];

	/* What goes wrong: so many times. */
	unsigned fm_seekfails;  /* seeks that end elsewhere */
	unsigned fm_recalfails; /* RECALIBRATEs that don't arrive */
	unsigned fm_errors;     /* transfers that end so: */
	uint8_t fm_st1, fm_st2;
	unsigned fm_strays; /* interrupts for nothing, before the next */
	unsigned fm_lost;   /* interrupts that don't come */
	unsigned fm_hung;   /* commands after which it is never ready */
	bool fm_lenient;    /* a transfer of fewer bytes ends well, as QEMU's */

	/* The controller. */
	uint8_t fm_dor, fm_ccr;
	uint8_t fm_in[9], fm_out[7];
	unsigned fm_nin, fm_nout, fm_read; /* bytes of them; results read */
	uint8_t fm_at; /* the command that goes on until it interrupts; 0 */
	unsigned fm_interrupts; /* that were not waited for */
	unsigned fm_sense;      /* answers that SENSE INTERRUPT has */
	uint8_t fm_st0;
	bool fm_configured, fm_specified, fm_dead;
	unsigned fm_busy; /* looks at the status until it is ready */
	struct i8237_device fm_device;

	unsigned fm_us;       /* that have passed */
	unsigned fm_spun;     /* of these, with the motor on */
	unsigned fm_cmds[32]; /* commands, by number */
	unsigned fm_wrong;    /* what must not be done, was */
};

/* It is the test's one device: an env_device under another name. */
struct env_device *fdc_model_init(struct fdc_model *fm, struct i8237 *dma);

#endif /* EXAMPLES_FDC_TEST_MODEL_H */
