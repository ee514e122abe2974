/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC's floppy disk controller: a NEC 765, Intel 8272A or 82077AA, and the
 * registers around it.  All are 8 bits wide, at offsets from its base among the
 * I/O ports (0x3f0; interrupt 6, DMA channel 2).
 */
#ifndef EXAMPLES_FDC_FDCREG_H
#define EXAMPLES_FDC_FDCREG_H

#define FDC_DOR 2 /* rw: drive, reset, DMA and interrupt, motors */
#define FDC_DOR_DRIVE 0x03u
#define FDC_DOR_RUN 0x04u   /* 0 resets the controller, while it stays 0 */
#define FDC_DOR_DMAEN 0x08u /* lets the requests for DMA and interrupts out */
#define FDC_DOR_MOTOR(drive) (0x10u << (drive))

#define FDC_MSR 4            /* ro: */
#define FDC_MSR_BUSY 0x10u   /* a command is under way */
#define FDC_MSR_OUT 0x40u    /* FDC_FIFO is to be read, else to be written */
#define FDC_MSR_READY 0x80u  /* it is ready for either */
#define FDC_FIFO 5           /* rw: commands, results */
#define FDC_DIR 7            /* ro: */
#define FDC_DIR_CHANGE 0x80u /* the door was open, until a disk is stepped on */
#define FDC_CCR 7            /* wo: data rate */
#define FDC_CCR_500K 0x00u

/* Commands, their first byte. */
#define FDC_SPECIFY 0x03u
#define FDC_WRITE 0xc5u /* both sides; MFM */
#define FDC_READ 0xe6u  /* both sides; MFM; no deleted sectors */
#define FDC_RECALIBRATE 0x07u
#define FDC_SENSE_INTERRUPT 0x08u
#define FDC_SEEK 0x0fu
#define FDC_VERSION 0x10u
#define FDC_CONFIGURE 0x13u
#define FDC_CONFIGURE_NOPOLL 0x10u

/* Results. */
#define FDC_VERSION_82077 0x90u
#define FDC_VERSION_8272 0x80u

#define FDC_ST0_IC 0xc0u         /* how it ended: */
#define FDC_ST0_IC_OK 0x00u      /* well */
#define FDC_ST0_IC_INVALID 0x80u /* no such command, or no interrupt */
#define FDC_ST0_SEEK 0x20u       /* a seek ended */

#define FDC_ST1_END 0x80u     /* a sector behind the last */
#define FDC_ST1_CRC 0x20u     /* in the sector's header, or its data */
#define FDC_ST1_OVERRUN 0x10u /* DMA came too late */
#define FDC_ST1_NODATA 0x04u  /* the sector was not found */
#define FDC_ST1_NOWRITE 0x02u /* the disk is protected */
#define FDC_ST1_NOMARK 0x01u  /* nothing was found that is like a sector */

#define FDC_ST2_WRONG 0x10u /* it is in another cylinder's place */

#endif /* EXAMPLES_FDC_FDCREG_H */
