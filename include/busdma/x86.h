/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only x86 has.  bus_dma_x86(9).
 */
#ifndef BUSDMA_X86_H
#define BUSDMA_X86_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The instructions IN and OUT: for pl_port_read and pl_port_write of a table.
 * Of a width other than 1 and 2, 4 bytes.  Context: any that may use ports.
 */
uint32_t busdma_x86_port_read(
    const struct busdma_platform *pl, uint32_t port, unsigned width);
void busdma_x86_port_write(const struct busdma_platform *pl, uint32_t port,
    unsigned width, uint32_t value);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_X86_H */
