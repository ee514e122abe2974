/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz harness: it does what an input says, the same each time, on any
 * machine, and ends the program where something is wrong.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer calls it; so does replay.c.  Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* TESTS_FUZZ_FUZZ_H */
