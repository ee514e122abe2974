/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers and memory structures of the simulated copy engine.
 *
 * A job is a descriptor in memory: a header, behind it the entries of the
 * list of sources, behind them those of the list of destinations.  The two
 * lists come to the same length, cut wherever they like.  The driver writes
 * the upper half of a descriptor's bus address to SIMCOPY_JOB_HI and the lower
 * half to SIMCOPY_JOB_LO, which queues the job, if SIMCOPY_ROOM is not 0.
 * The engine works on all that are queued at once and ends them in any order.
 *
 * A job ends with its completion: 16 bytes elsewhere in memory, where the
 * header says.  The engine writes how far it came and the status, then the
 * job's cookie; who
 * never wrote that cookie there, nor gave it to a job with the same completion
 * before, knows by it that the job is over.  From then on neither the
 * descriptor nor the data are touched.
 *
 * Everything in memory is little-endian.  Registers are 32 bits wide.
 */
#ifndef BUSDMA_SIMCOPYREG_H
#define BUSDMA_SIMCOPYREG_H

#define SIMCOPY_ID 0x00 /* ro: SIMCOPY_ID_VALUE */
#define SIMCOPY_ID_VALUE 0x59504f43u
#define SIMCOPY_CAP 0x04              /* ro: */
#define SIMCOPY_CAP_JOBS 0x0000ffffu  /* most jobs queued, those at work too */
#define SIMCOPY_CAP_NSEGS 0xffff0000u /* most entries in a list */
#define SIMCOPY_CTRL 0x08             /* rw: */
#define SIMCOPY_CTRL_EN 0x1u          /* 1 to 0: forget all jobs at once */
#define SIMCOPY_CTRL_IE 0x2u          /* interrupt at the end of a job */
#define SIMCOPY_STATUS 0x0c           /* ro: */
#define SIMCOPY_STATUS_RUN 0x1u
/*
 * A header can't be read, or names no completion that can be written: the
 * engine forgot all jobs.  Cleared by CTRL_EN 0.
 */
#define SIMCOPY_STATUS_ERR 0x2u
#define SIMCOPY_JOB_HI 0x10 /* rw */
#define SIMCOPY_JOB_LO 0x14 /* wo: doorbell; the address is 64-byte aligned */
#define SIMCOPY_ROOM 0x18   /* ro: jobs that may be queued now */
#define SIMCOPY_INTR 0x1c   /* rw: 1 a job ended; write 1 clears */

/* The header of a descriptor: 32 bytes, by offset. */
#define SIMCOPY_HDR_SIZE 32
#define SIMCOPY_HDR_NSRC 0   /* 16 bits: entries of the list of sources */
#define SIMCOPY_HDR_NDST 2   /* 16 bits: of the list of destinations */
#define SIMCOPY_HDR_COOKIE 4 /* 32 bits: comes back in the completion */
#define SIMCOPY_HDR_LEN 8    /* 64 bits: bytes, the sum of either list */
#define SIMCOPY_HDR_CPL 16   /* 64 bits: bus address, 16-byte aligned */
#define SIMCOPY_HDR_ZERO 24  /* 64 bits: 0 */

/* An entry of a list: 16 bytes. */
#define SIMCOPY_SEG_SIZE 16
#define SIMCOPY_SEG_ADDR 0 /* 64 bits: bus address */
#define SIMCOPY_SEG_LEN 8  /* 32 bits: bytes, from 1 */
#define SIMCOPY_SEG_ZERO 12

/* A completion: 16 bytes. */
#define SIMCOPY_CPL_SIZE 16
#define SIMCOPY_CPL_MOVED 0   /* 64 bits: bytes written */
#define SIMCOPY_CPL_STATUS 8  /* 32 bits */
#define SIMCOPY_CPL_COOKIE 12 /* 32 bits: written last */

#define SIMCOPY_ST_OK 0
#define SIMCOPY_ST_HEADER 1 /* counts or reserved fields of the descriptor */
#define SIMCOPY_ST_LENGTH 2 /* the lists and the header don't agree */
#define SIMCOPY_ST_SRC 3    /* a source can't be reached */
#define SIMCOPY_ST_DST 4    /* a destination can't be reached */
#define SIMCOPY_ST_TABLE 5  /* the lists can't be reached */

#endif /* BUSDMA_SIMCOPYREG_H */
