/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables of the PC: what the rest of the port asks of pmap.c. */
#ifndef QEMU_PMAP_H
#define QEMU_PMAP_H

#include "x86.h"

/* A process is the root of its tables; 0: nothing is mapped yet. */
struct proc {
	paddr_t p_root;
};

/*
 * One page of a space, with these bits of its entry beside the address and
 * "present"; false: no memory for tables.
 */
bool pmap_enter(struct proc *p, uintptr_t va, paddr_t pa, uint64_t bits);
void pmap_remove(struct proc *p, uintptr_t va);
/* The physical address of a byte, and to where its page goes from there. */
bool pmap_translate(
    struct proc *p, uintptr_t va, paddr_t *pap, bus_size_t *leftp);
/* Whether every page of [va, va + len) of the kernel is mapped uncached. */
bool pmap_uncached(uintptr_t va, bus_size_t len);

#endif /* QEMU_PMAP_H */
