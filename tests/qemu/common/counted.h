/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's platform with its allocations counted, so that a program sees
 * what leaks, and with one that fails, so that it sees what then happens.
 */
#ifndef QEMU_COUNTED_H
#define QEMU_COUNTED_H

#include "port.h"

extern unsigned counted_live; /* allocations that were not given back */
extern unsigned counted_fail; /* the so-manieth from now fails; 0: none */

/* A table of the program's own, to be changed before the first tag is made. */
void counted_platform(struct busdma_platform *pl);

#endif /* QEMU_COUNTED_H */
