/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers and memory structures of the simulated scatter/gather disk.
 *
 * The disk has one ring of commands and one of completions, both in memory
 * and of SIMDISK_QSIZE entries.  A command names a table of segments, also in
 * memory.  The driver fills commands, then writes the ring index after the
 * last one to SIMDISK_CMDTAIL; the disk completes them in any order.  A
 * completion whose SIMDISK_CPL_PHASE differs from what stood there the round
 * before (0 at first; the rings must be zeroed) is new; the driver consumes
 * it and writes the ring index after it to SIMDISK_CPLHEAD.
 *
 * Everything in memory is little-endian.  Registers are 32 bits wide.
 */
#ifndef BUSDMA_SIMDISKREG_H
#define BUSDMA_SIMDISKREG_H

#define SIMDISK_ID 0x00 /* ro: SIMDISK_ID_VALUE */
#define SIMDISK_ID_VALUE 0x4b534442u
#define SIMDISK_CAP 0x04              /* ro: */
#define SIMDISK_CAP_QSIZE 0x0000ffffu /* most entries in a ring */
#define SIMDISK_CAP_NSEGS 0xffff0000u /* most segments in a command */
#define SIMDISK_BLOCKS_LO 0x08        /* ro: blocks of the disk */
#define SIMDISK_BLOCKS_HI 0x0c
#define SIMDISK_CTRL 0x10    /* rw: */
#define SIMDISK_CTRL_EN 0x1u /* 0 to 1: rings start at index 0 */
#define SIMDISK_CTRL_IE 0x2u /* interrupt on completion */
#define SIMDISK_STATUS 0x14  /* ro: */
#define SIMDISK_STATUS_RUN 0x1u
#define SIMDISK_STATUS_ERR 0x2u /* ring not reachable; cleared by CTRL_EN 0 */
#define SIMDISK_QSIZE 0x18      /* rw while disabled: entries, power of two */
#define SIMDISK_CMDQ_LO 0x20    /* rw while disabled: bus address, 64-byte */
#define SIMDISK_CMDQ_HI 0x24    /* aligned */
#define SIMDISK_CPLQ_LO 0x28
#define SIMDISK_CPLQ_HI 0x2c
#define SIMDISK_CMDTAIL 0x30 /* wo: doorbell */
#define SIMDISK_CPLHEAD 0x34 /* wo */
#define SIMDISK_INTR 0x38    /* rw: 1 completion pending; write 1 clears */

#define SIMDISK_BLOCKSIZE 512

/* A command: 32 bytes, by offset. */
#define SIMDISK_CMD_SIZE 32
#define SIMDISK_CMD_OP 0      /* 8 bits */
#define SIMDISK_CMD_ID 2      /* 16 bits: comes back in the completion */
#define SIMDISK_CMD_NSEGS 4   /* 32 bits: entries of the table */
#define SIMDISK_CMD_LBA 8     /* 64 bits: first block */
#define SIMDISK_CMD_TABLE 16  /* 64 bits: bus address of the table */
#define SIMDISK_CMD_BLOCKS 24 /* 32 bits: the sum of the segments */

#define SIMDISK_OP_READ 1  /* disk to memory */
#define SIMDISK_OP_WRITE 2 /* memory to disk */
#define SIMDISK_OP_FLUSH 3 /* no data */

/* An entry of the table of segments: 16 bytes. */
#define SIMDISK_SEG_SIZE 16
#define SIMDISK_SEG_ADDR 0 /* 64 bits: bus address */
#define SIMDISK_SEG_LEN 8  /* 32 bits: bytes */

/* A completion: 8 bytes. */
#define SIMDISK_CPL_SIZE 8
#define SIMDISK_CPL_ID 0     /* 16 bits */
#define SIMDISK_CPL_STATUS 2 /* 16 bits */
#define SIMDISK_CPL_FLAGS 4  /* 32 bits */
#define SIMDISK_CPL_PHASE 0x1u

#define SIMDISK_ST_OK 0
#define SIMDISK_ST_OP 1    /* not an operation */
#define SIMDISK_ST_RANGE 2 /* past the end of the disk */
#define SIMDISK_ST_SEGS 3  /* too many segments, or a wrong sum */
#define SIMDISK_ST_DMA 4   /* a segment or the table can't be reached */
#define SIMDISK_ST_MEDIA 5 /* the file behind the disk failed */

#endif /* BUSDMA_SIMDISKREG_H */
