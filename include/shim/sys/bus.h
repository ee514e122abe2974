/* SPDX-License-Identifier: BSD-2-Clause */
/* So that a NetBSD driver's #include <sys/bus.h> finds bus_dma(9). */
#ifndef BUSDMA_SHIM_SYS_BUS_H
#define BUSDMA_SHIM_SYS_BUS_H

#include <busdma/bus_dma.h>

#endif /* BUSDMA_SHIM_SYS_BUS_H */
