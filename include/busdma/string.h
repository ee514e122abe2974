/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions that the archive leaves undefined, for compilers that
 * have no <string.h>: memcpy and its three sisters, as in C11 7.24.
 */
#ifndef BUSDMA_STRING_H
#define BUSDMA_STRING_H

#include <stddef.h>

#ifndef __cplusplus
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

#endif /* BUSDMA_STRING_H */
