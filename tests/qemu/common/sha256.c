/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256: see sha256.h. */
#include "sha256.h"

#include <busdma/string.h>

/* The first 32 bits behind the point of the square roots of 8 primes. */
static const uint32_t start[8] = {
	0x6a09e667,
	0xbb67ae85,
	0x3c6ef372,
	0xa54ff53a,
	0x510e527f,
	0x9b05688c,
	0x1f83d9ab,
	0x5be0cd19,
};

/* And of the cube roots of 64. */
static const uint32_t constants[64] = {
	0x428a2f98,
	0x71374491,
	0xb5c0fbcf,
	0xe9b5dba5,
	0x3956c25b,
	0x59f111f1,
	0x923f82a4,
	0xab1c5ed5,
	0xd807aa98,
	0x12835b01,
	0x243185be,
	0x550c7dc3,
	0x72be5d74,
	0x80deb1fe,
	0x9bdc06a7,
	0xc19bf174,
	0xe49b69c1,
	0xefbe4786,
	0x0fc19dc6,
	0x240ca1cc,
	0x2de92c6f,
	0x4a7484aa,
	0x5cb0a9dc,
	0x76f988da,
	0x983e5152,
	0xa831c66d,
	0xb00327c8,
	0xbf597fc7,
	0xc6e00bf3,
	0xd5a79147,
	0x06ca6351,
	0x14292967,
	0x27b70a85,
	0x2e1b2138,
	0x4d2c6dfc,
	0x53380d13,
	0x650a7354,
	0x766a0abb,
	0x81c2c92e,
	0x92722c85,
	0xa2bfe8a1,
	0xa81a664b,
	0xc24b8b70,
	0xc76c51a3,
	0xd192e819,
	0xd6990624,
	0xf40e3585,
	0x106aa070,
	0x19a4c116,
	0x1e376c08,
	0x2748774c,
	0x34b0bcb5,
	0x391c0cb3,
	0x4ed8aa4a,
	0x5b9cca4f,
	0x682e6ff3,
	0x748f82ee,
	0x78a5636f,
	0x84c87814,
	0x8cc70208,
	0x90befffa,
	0xa4506ceb,
	0xbef9a3f7,
	0xc67178f2,
};

static uint32_t
turn(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* The block, and what the standard makes of it: 64 words. */
static void
schedule(const uint8_t *block, uint32_t w[64])
{
	uint32_t a, b;
	int i;

	for (i = 0; i < 16; i++, block += 4)
		w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (; i < 64; i++) {
		a = w[i - 15];
		b = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] +
		       (turn(a, 7) ^ turn(a, 18) ^ a >> 3) +
		       (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
	}
}

static void
mix(struct sha256 *sh)
{
	uint32_t w[64], s[8], a, b;
	int i;

	schedule(sh->sh_block, w);
	memcpy(s, sh->sh_state, sizeof(s));
	for (i = 0; i < 64; i++) {
		a = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
		    ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
		b = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
		    ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += a;
		s[0] = a + b;
	}
	for (i = 0; i < 8; i++)
		sh->sh_state[i] += s[i];
}

void
sha256_begin(struct sha256 *sh)
{
	memcpy(sh->sh_state, start, sizeof(start));
	sh->sh_len = 0;
}

void
sha256_add(struct sha256 *sh, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t at, n;

	for (; len > 0; len -= n, p += n) {
		at = (size_t)(sh->sh_len % 64);
		n = len < 64 - at ? len : 64 - at;
		memcpy(sh->sh_block + at, p, n);
		sh->sh_len += n;
		if (at + n == 64)
			mix(sh);
	}
}

void
sha256_end(struct sha256 *sh, char text[65])
{
	static const char digits[] = "0123456789abcdef";
	static const uint8_t pad[64] = { 0x80 };
	uint64_t bits = sh->sh_len * 8;
	uint8_t tail[8];
	int i;

	for (i = 0; i < 8; i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_add(sh, pad, 1 + (size_t)((119 - sh->sh_len % 64) % 64));
	sha256_add(sh, tail, 8);
	for (i = 0; i < 64; i++)
		text[i] = digits[sh->sh_state[i / 8] >> (28 - i % 8 * 4) & 0xf];
	text[64] = '\0';
}
