/* SPDX-License-Identifier: BSD-2-Clause */
/* So that a NetBSD driver's #include <machine/bus_funcs.h> finds bus_dma(9). */
#ifndef BUSDMA_SHIM_MACHINE_BUS_FUNCS_H
#define BUSDMA_SHIM_MACHINE_BUS_FUNCS_H

#include <busdma/bus_dma.h>

#endif /* BUSDMA_SHIM_MACHINE_BUS_FUNCS_H */
