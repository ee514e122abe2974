/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers by seed (splitmix64) for the tests. */
#ifndef TESTS_SUPPORT_RND_H
#define TESTS_SUPPORT_RND_H

#include <stdbool.h>
#include <stdint.h>

struct rnd {
	uint64_t rn_state;
};

static inline uint64_t
rnd(struct rnd *r)
{
	uint64_t z = r->rn_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Below n, from 0. */
static inline uint64_t
rnd_below(struct rnd *r, uint64_t n)
{
	return rnd(r) % n;
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
