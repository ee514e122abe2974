/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In front of a source file of the library: pointers reach no further than 32
 * bits, as on a machine that has more memory than that.
 */
#ifndef TESTS_UNIT_NARROW_H
#define TESTS_UNIT_NARROW_H

#include <stdint.h>

#undef UINTPTR_MAX
#define UINTPTR_MAX 0xffffffffu

#endif /* TESTS_UNIT_NARROW_H */
