/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the two 8237s of a PC, and of the page registers beside them.
 * Sections are those of Intel's data sheet 231466, "8237A".
 */
#ifndef I8237REG_H
#define I8237REG_H

/*
 * Ports.  The registers of the first chip are at successive ports; the second
 * moves words, and its address lines are one higher, so that its registers are
 * at every other port.
 */
#define I8237_PORT1 0x00u
#define I8237_PORT2 0xc0u

/*
 * "Current Address Register", "Current Word Register": two bytes each, the
 * lower one where the flip-flop is clear; each access turns it over.  Of a chip
 * of words both count words.
 */
#define I8237_ADDR(ch) (2u * (ch))
#define I8237_COUNT(ch) (2u * (ch) + 1) /* one less than there are */

#define I8237_STATUS 0x8u /* read: TC in bits 0 to 3, cleared by it */
#define I8237_STATUS_TC 0x0fu
#define I8237_SMASK 0xau /* write: one channel's mask */
#define I8237_SMASK_SET 0x04u
#define I8237_MODE 0xbu
#define I8237_MODE_WRITE 0x04u /* to memory */
#define I8237_MODE_READ 0x08u  /* from memory */
#define I8237_MODE_AUTOINIT 0x10u
#define I8237_MODE_DEMAND 0x00u
#define I8237_MODE_SINGLE 0x40u
#define I8237_MODE_CASCADE 0xc0u
#define I8237_CLEARFF 0xcu /* "Clear First/Last Flip-Flop": any write */
#define I8237_RESET 0xdu   /* "Master Clear": any write */
#define I8237_MASK 0xfu    /* write: all four masks, 1: masked */
#define I8237_MASK_ALL 0x0fu

/*
 * The page registers: bits 16 to 23 of each channel's address, for words bits
 * 17 to 23, in the same places.  They are in no order.
 */
#define I8237_PAGE0 0x87u
#define I8237_PAGE1 0x83u
#define I8237_PAGE2 0x81u
#define I8237_PAGE3 0x82u
#define I8237_PAGE4 0x8fu /* on many machines for the refresh of memory */
#define I8237_PAGE5 0x8bu
#define I8237_PAGE6 0x89u
#define I8237_PAGE7 0x8au

#endif /* I8237REG_H */
