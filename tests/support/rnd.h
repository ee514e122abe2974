/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for the tests: by seed (splitmix64), or out of bytes that
 * somebody else chose.
 */
#ifndef TESTS_SUPPORT_RND_H
#define TESTS_SUPPORT_RND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rnd {
	uint64_t rn_state;
	const uint8_t *rn_bytes; /* NULL: by seed */
	size_t rn_left;
};

/* A number below 256^n, of up to n bytes; those that there are not are 0. */
static inline uint64_t
rnd_bytes(struct rnd *r, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n && r->rn_left != 0; i++, r->rn_left--)
		v |= (uint64_t)*r->rn_bytes++ << 8 * i;
	return v;
}

static inline uint64_t
rnd(struct rnd *r)
{
	uint64_t z;

	if (r->rn_bytes != NULL)
		return rnd_bytes(r, 8);
	z = r->rn_state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Below n, from 0; of bytes, as few as are needed, and then the highest. */
static inline uint64_t
rnd_below(struct rnd *r, uint64_t n)
{
	unsigned i = 1;

	if (r->rn_bytes == NULL)
		return rnd(r) % n;
	if (r->rn_left == 0)
		return n - 1;
	while (i < 8 && (n - 1) >> 8 * i != 0)
		i++;
	return rnd_bytes(r, i) % n;
}

/* From lo to hi, both inclusive. */
static inline uint64_t
rnd_in(struct rnd *r, uint64_t lo, uint64_t hi)
{
	return lo + rnd_below(r, hi - lo + 1);
}

/* True once in n. */
static inline bool
rnd_one_in(struct rnd *r, unsigned n)
{
	return rnd_below(r, n) == 0;
}

#endif /* TESTS_SUPPORT_RND_H */
