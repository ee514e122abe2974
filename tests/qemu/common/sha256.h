/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), so that the host can judge what a program has read. */
#ifndef QEMU_SHA256_H
#define QEMU_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t sh_state[8];
	uint64_t sh_len; /* bytes so far */
	uint8_t sh_block[64];
};

void sha256_begin(struct sha256 *sh);
void sha256_add(struct sha256 *sh, const void *data, size_t len);
/* The digest as text. */
void sha256_end(struct sha256 *sh, char text[65]);

#endif /* QEMU_SHA256_H */
