/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers and memory structures of the simulated network interface.
 *
 * It has two engines, one that transmits and one that receives.  Each has a
 * ring of descriptors, which only the driver writes, and a ring of completions,
 * which only the device writes, both in memory and of SIMNET_R_SIZE entries.
 *
 * A descriptor is the device's from the moment at which its owner bit,
 * SIMNET_DESC_OWN, has the value of the round: 1 in the first round through
 * the ring, 0 in the second, and so on (the ring must be zeroed).  The driver
 * fills descriptors, gives them, and writes the ring index after the last one
 * to SIMNET_R_TAIL.  At most all entries but one may be the device's.  An eager
 * device (SIMNET_CAP_EAGER) looks at the owner bit of the next descriptor
 * before it is told, so the body must be in memory before the owner bit is;
 * and when the first descriptor of a packet is the device's, the others must
 * have been given before.
 *
 * A completion whose SIMNET_CPL_PHASE differs from what stood there the round
 * before (0 at first; the ring must be zeroed) is new.  They come in the order
 * of the descriptors: one for each packet that was transmitted, one for each
 * descriptor that received.  The driver must have seen a descriptor's
 * completion before it writes the descriptor anew.
 *
 * Transmit: a packet is a chain of descriptors, SIMNET_DESC_FIRST in the first,
 * SIMNET_DESC_LAST in the last; the doorbell is rung for whole packets.
 * Receive: a packet fills one buffer after the other; SIMNET_CPL_LAST tells
 * the last.  A packet for which there is no descriptor is dropped and counted,
 * or with SIMNET_CTRL_PAUSE waits.
 *
 * A cause that is set anew interrupts where the mask has it, and so does a mask
 * that is set where the cause is.
 *
 * What the device can't make sense of it reports, and stops with
 * SIMNET_STATUS_ERR until it is switched off.
 *
 * Everything in memory is little-endian.  Registers are 32 bits wide.
 */
#ifndef BUSDMA_SIMNETREG_H
#define BUSDMA_SIMNETREG_H

#define SIMNET_ID 0x00 /* ro: SIMNET_ID_VALUE */
#define SIMNET_ID_VALUE 0x54454e42u
#define SIMNET_CAP 0x04               /* ro: */
#define SIMNET_CAP_QSIZE 0x0000ffffu  /* most entries in a ring */
#define SIMNET_CAP_NSEGS 0x00ff0000u  /* most descriptors in a packet */
#define SIMNET_CAP_EAGER 0x40000000u  /* takes what it was not told of */
#define SIMNET_CAP_ADDR64 0x80000000u /* else addresses are of 32 bits */
#define SIMNET_MAXFRAME 0x08          /* ro: most bytes in a packet */
#define SIMNET_CTRL 0x10              /* rw: */
#define SIMNET_CTRL_EN 0x1u           /* 0 to 1: rings start at index 0 */
#define SIMNET_CTRL_LOOP 0x2u         /* what is transmitted is received */
#define SIMNET_CTRL_PAUSE 0x4u /* packets wait rather than being dropped */
#define SIMNET_STATUS 0x14     /* ro: */
#define SIMNET_STATUS_RUN 0x1u /* 0: it does not touch memory */
#define SIMNET_STATUS_ERR 0x2u /* stopped by an error; CTRL_EN 0 clears it */
#define SIMNET_STATUS_WHY 0x0000ff00u /* SIMNET_ERR_* */
#define SIMNET_CAUSE 0x18             /* rw: of interrupts; write 1 clears */
#define SIMNET_CAUSE_TX 0x1u          /* a transmit completion */
#define SIMNET_CAUSE_RX 0x2u          /* a receive completion */
#define SIMNET_CAUSE_DROP 0x4u        /* a packet dropped */
#define SIMNET_CAUSE_ERR 0x8u         /* STATUS_ERR */
#define SIMNET_MASK 0x1c              /* rw: causes that interrupt */

/* Of each engine: registers from SIMNET_TX and from SIMNET_RX. */
#define SIMNET_TX 0x20
#define SIMNET_RX 0x40
#define SIMNET_R_DESC_LO 0x00 /* rw while off: bus address, 64-byte */
#define SIMNET_R_DESC_HI 0x04 /* aligned */
#define SIMNET_R_CPL_LO 0x08
#define SIMNET_R_CPL_HI 0x0c
#define SIMNET_R_SIZE 0x10  /* rw while off: entries, power of two */
#define SIMNET_R_TAIL 0x14  /* wo: doorbell */
#define SIMNET_R_COUNT 0x18 /* ro: packets, since CTRL_EN */
#define SIMNET_R_DROPS 0x1c /* ro: packets dropped, since CTRL_EN */

/* A descriptor: 16 bytes, by offset. */
#define SIMNET_DESC_SIZE 16
#define SIMNET_DESC_ADDR 0     /* 64 bits: bus address of the buffer */
#define SIMNET_DESC_LEN 8      /* 32 bits: its bytes, from 1 */
#define SIMNET_DESC_FLAGS 12   /* 32 bits; those not named are 0 */
#define SIMNET_DESC_FIRST 0x1u /* transmit only */
#define SIMNET_DESC_LAST 0x2u  /* transmit only */
#define SIMNET_DESC_OWN 0x80000000u
#define SIMNET_MAXBUF 65536 /* most bytes in a buffer */

/* A completion: 16 bytes. */
#define SIMNET_CPL_SIZE 16
#define SIMNET_CPL_INDEX 0   /* 32 bits: of the (last) descriptor */
#define SIMNET_CPL_LEN 4     /* 32 bits: bytes (receive: in this buffer) */
#define SIMNET_CPL_STATUS 8  /* 32 bits: */
#define SIMNET_CPL_FLAGS 12  /* 32 bits; written last */
#define SIMNET_CPL_LAST 0x2u /* receive: the packet ends here */
#define SIMNET_CPL_PHASE 0x80000000u

#define SIMNET_ST_OK 0
#define SIMNET_ST_DROPPED 1 /* transmit: no room on the wire */

#define SIMNET_ERR_DMA 1      /* memory that it can't reach */
#define SIMNET_ERR_RING 2     /* not a legal size or alignment of a ring */
#define SIMNET_ERR_CONFIG 3   /* a register changed while running */
#define SIMNET_ERR_TAIL 4     /* a tail past the ring, or over what it has */
#define SIMNET_ERR_OWNER 5    /* told of a descriptor that is not its own */
#define SIMNET_ERR_CHAIN 6    /* no first or no last, or too many */
#define SIMNET_ERR_LENGTH 7   /* a buffer or packet of no or too many bytes */
#define SIMNET_ERR_RESERVED 8 /* a bit that must be 0, an address too high */

#endif /* BUSDMA_SIMNETREG_H */
