/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of QEMU's edu device (PCI 1234:11e8), which moves bytes between
 * memory and a buffer of its own.  BAR 0; those below EDU_SRC are 32 bits wide,
 * the others take 32 or 64 bits in one access, and one of 32 clears the rest.
 * While EDU_CMD_RUN is set the DMA registers can't be written.
 *
 * An address with bits that the device doesn't have (its property dma_mask) is
 * stripped of them, without a word to the driver.  Nothing says that a transfer
 * failed, and nothing stops one.
 */
#ifndef EXAMPLES_EDU_EDUREG_H
#define EXAMPLES_EDU_EDUREG_H

#define EDU_VENDOR 0x1234u
#define EDU_DEVICE 0x11e8u

#define EDU_ID 0x00 /* ro: 0xRRrr00ed, the revision above */
#define EDU_ID_MASK 0xffffu
#define EDU_ID_VALUE 0x00edu
#define EDU_LIVE 0x04     /* rw: reads as the complement of what was written */
#define EDU_INTR 0x24     /* ro: what has interrupted */
#define EDU_INTR_ACK 0x64 /* wo: clears these bits of EDU_INTR */
#define EDU_INTR_DMA 0x100u

#define EDU_SRC 0x80 /* where bytes are read: in memory, or in the device */
#define EDU_DST 0x88 /* where they are written */
#define EDU_COUNT 0x90
#define EDU_CMD 0x98
#define EDU_CMD_RUN 0x1u   /* clears when it is done */
#define EDU_CMD_TOMEM 0x2u /* from the device to memory; else the reverse */
#define EDU_CMD_IE 0x4u    /* interrupt when it is done */

#define EDU_BUFFER 0x40000u /* where its buffer is, in EDU_SRC or EDU_DST */
/*
 * The buffer has 4096 bytes, but a transfer that ends with the last one stops
 * QEMU up to 7.2.
 */
#define EDU_BUFSIZE 4095u

#endif /* EXAMPLES_EDU_EDUREG_H */
