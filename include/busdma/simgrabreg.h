/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers and memory structures of the simulated frame grabber.
 *
 * The grabber has one ring of buffers and one of completions, both in memory
 * and of SIMGRAB_QSIZE entries.  A buffer's entry names a table of segments,
 * also in memory.  The driver fills entries, then writes the ring index after
 * the last one to SIMGRAB_BUFTAIL.  Enabled, the grabber begins a frame every
 * SIMGRAB_PERIOD, the first after one period, and puts it into the next
 * buffer of the ring.  A frame that finds no buffer ready, or the one before
 * it still on its way to memory, is dropped: SIMGRAB_OVERRUN counts it, and
 * its sequence number is never seen.
 *
 * A completion whose SIMGRAB_CPL_PHASE differs from what stood there the
 * round before (0 at first; the ring must be zeroed) is new; the driver
 * consumes it and writes the ring index after it to SIMGRAB_CPLHEAD.  Only
 * the grabber writes to the ring of completions while it is enabled, and only
 * the driver to that of buffers.
 *
 * Everything in memory is little-endian.  Registers are 32 bits wide.
 */
#ifndef BUSDMA_SIMGRABREG_H
#define BUSDMA_SIMGRABREG_H

#include <stdint.h>

#define SIMGRAB_ID 0x00 /* ro: SIMGRAB_ID_VALUE */
#define SIMGRAB_ID_VALUE 0x42524742u
#define SIMGRAB_CAP 0x04              /* ro: */
#define SIMGRAB_CAP_QSIZE 0x0000ffffu /* most entries in a ring */
#define SIMGRAB_CAP_NSEGS 0xffff0000u /* most segments in a buffer */
#define SIMGRAB_MAXFRAME 0x08         /* ro: most bytes in a frame */
#define SIMGRAB_CTRL 0x10             /* rw: */
#define SIMGRAB_CTRL_EN 0x1u          /* 0 to 1: all counts start at 0 */
#define SIMGRAB_CTRL_IE 0x2u          /* interrupt on completion */
#define SIMGRAB_STATUS 0x14           /* ro: */
#define SIMGRAB_STATUS_RUN 0x1u
#define SIMGRAB_STATUS_ERR 0x2u /* refused, or a ring is not reachable; */
				/* cleared by CTRL_EN 0 */
/* rw while disabled: */
#define SIMGRAB_QSIZE 0x18   /* entries of each ring, a power of two from 2 */
#define SIMGRAB_WIDTH 0x1c   /* pixels in a line */
#define SIMGRAB_HEIGHT 0x20  /* lines, with the first */
#define SIMGRAB_DEPTH 0x24   /* bytes in a pixel, 1 to 4 */
#define SIMGRAB_PERIOD 0x28  /* microseconds from frame to frame, from 1 */
#define SIMGRAB_BUFQ_LO 0x30 /* bus address, 64-byte aligned */
#define SIMGRAB_BUFQ_HI 0x34
#define SIMGRAB_CPLQ_LO 0x38
#define SIMGRAB_CPLQ_HI 0x3c

#define SIMGRAB_BUFTAIL 0x40 /* wo: doorbell */
#define SIMGRAB_CPLHEAD 0x44 /* wo */
#define SIMGRAB_INTR 0x48    /* rw: 1 completion pending; write 1 clears */
/* Kept when disabled, and 32 bits that wrap: */
#define SIMGRAB_SEQUENCE 0x4c /* ro: frames begun or dropped */
#define SIMGRAB_OVERRUN 0x50  /* ro: frames dropped */

/* A buffer's entry: 32 bytes, by offset.  The rest must be 0. */
#define SIMGRAB_BUF_SIZE 32
#define SIMGRAB_BUF_TABLE 0  /* 64 bits: bus address of the table */
#define SIMGRAB_BUF_NSEGS 8  /* 32 bits: entries of the table */
#define SIMGRAB_BUF_BYTES 12 /* 32 bits: their sum, which is a frame */
#define SIMGRAB_BUF_ID 16    /* 16 bits: comes back in the completion */
#define SIMGRAB_BUF_RSVD 18  /* from here on 0 */

/* An entry of the table of segments: 16 bytes. */
#define SIMGRAB_SEG_SIZE 16
#define SIMGRAB_SEG_ADDR 0  /* 64 bits: bus address */
#define SIMGRAB_SEG_LEN 8   /* 32 bits: bytes, from 1 */
#define SIMGRAB_SEG_RSVD 12 /* 32 bits: 0 */

/* A completion: 32 bytes. */
#define SIMGRAB_CPL_SIZE 32
#define SIMGRAB_CPL_ID 0     /* 16 bits */
#define SIMGRAB_CPL_STATUS 2 /* 16 bits */
#define SIMGRAB_CPL_SEQ 4    /* 32 bits: the frame's number, from 0 */
#define SIMGRAB_CPL_TIME 8   /* 64 bits: its start, microseconds from enable */
#define SIMGRAB_CPL_BYTES 16 /* 32 bits: of it that are in memory */
#define SIMGRAB_CPL_FLAGS 28 /* 32 bits */
#define SIMGRAB_CPL_PHASE 0x1u

#define SIMGRAB_ST_OK 0
#define SIMGRAB_ST_ENTRY 1 /* the entry is malformed; no frame was taken */
#define SIMGRAB_ST_SEGS 2  /* the table is not a frame; no frame was taken */
#define SIMGRAB_ST_TABLE 3 /* the table can't be reached; none was taken */
#define SIMGRAB_ST_DMA 4   /* a segment can't be reached; the frame is lost */

/*
 * A frame: lines of WIDTH * DEPTH bytes one behind the other.  The first line
 * begins with the header; all the other bytes are simgrab_byte's.
 */
#define SIMGRAB_HDR_SIZE 32 /* the least length of a line */
#define SIMGRAB_HDR_MAGIC 0 /* 32 bits: SIMGRAB_HDR_VALUE */
#define SIMGRAB_HDR_VALUE 0x454d5246u
#define SIMGRAB_HDR_SEQ 4    /* 32 bits */
#define SIMGRAB_HDR_TIME 8   /* 64 bits: as in the completion */
#define SIMGRAB_HDR_WIDTH 16 /* 32 bits each */
#define SIMGRAB_HDR_HEIGHT 20
#define SIMGRAB_HDR_DEPTH 24
#define SIMGRAB_HDR_BYTES 28

/* The byte at an offset, from SIMGRAB_HDR_SIZE, of the frame with a number. */
static inline uint8_t
simgrab_byte(uint32_t seq, uint32_t offset)
{
	uint32_t x = offset * 0x9e3779b1u + seq * 0x85ebca6bu;

	return (uint8_t)(((x ^ (x >> 15)) * 0x2c1b3c6du) >> 24);
}

#endif /* BUSDMA_SIMGRABREG_H */
