/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers of the simulated card on a 24-bit bus, which moves one run of
 * bytes at a time between memory and memory of its own, through an address
 * counter like the Intel 8237's in a PC: the low 16 bits of the address count,
 * the upper 8 stand still.  So a run is at most 64 KiB and has to lie within
 * two multiples of 64 KiB; one that crosses a multiple goes on at the lower
 * one, as it does on a PC, where nobody says so.  This card sets
 * SIMISA_STATUS_WRAP, and complains.
 *
 * The driver writes ADDR, COUNT and CARD, then SIMISA_CTRL_START; they are not
 * to be written, nor DATA touched, until the transfer is over.  Registers are
 * 32 bits wide.
 */
#ifndef BUSDMA_SIMISAREG_H
#define BUSDMA_SIMISAREG_H

#define SIMISA_ID 0x00 /* ro: SIMISA_ID_VALUE */
#define SIMISA_ID_VALUE 0x41534953u
#define SIMISA_MEMSIZE 0x04 /* ro: bytes of the card's memory */
#define SIMISA_ADDR 0x08    /* rw: bus address, 24 bits; counts up */
#define SIMISA_ADDR_MAX 0xffffffu
/*
 * rw: bytes to move less one, 16 bits; counts down, to 0xffff when all are
 * moved.
 */
#define SIMISA_COUNT 0x0c
#define SIMISA_COUNT_MAX 0xffffu
#define SIMISA_CARD 0x10        /* rw: where in the card's memory; counts up */
#define SIMISA_CTRL 0x14        /* rw: */
#define SIMISA_CTRL_START 0x1u  /* 0 to 1 starts; 1 to 0 stops at once */
#define SIMISA_CTRL_TOMEM 0x2u  /* from the card to memory; else the reverse */
#define SIMISA_CTRL_IE 0x4u     /* interrupt when it is over */
#define SIMISA_STATUS 0x18      /* ro; START 0 to 1 clears all but BUSY */
#define SIMISA_STATUS_BUSY 0x1u /* a transfer runs */
#define SIMISA_STATUS_DONE 0x2u /* all bytes were moved */
#define SIMISA_STATUS_ERR 0x4u  /* memory, of the host or the card, was not */
#define SIMISA_STATUS_WRAP 0x8u /* the address wrapped inside a transfer */
#define SIMISA_INTR 0x1c        /* rw: 1 a transfer ended; write 1 clears */
/*
 * rw: the 4 bytes at CARD, little-endian, which then grows by 4: the card's
 * memory without DMA.
 */
#define SIMISA_DATA 0x20

#define SIMISA_BOUNDARY 0x10000u /* that no transfer crosses */

#endif /* BUSDMA_SIMISAREG_H */
