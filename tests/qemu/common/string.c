/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four functions that the library asks for; by words where both ends are
 * aligned alike.
 */
#include <busdma/string.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word_t;

#define MASK (sizeof(word_t) - 1)

static int
alike(const void *a, const void *b, size_t n)
{
	return n >= 2 * sizeof(word_t) &&
	       (((uintptr_t)a ^ (uintptr_t)b) & MASK) == 0;
}

void *
memcpy(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (alike(d, s, n)) {
		for (; ((uintptr_t)d & MASK) != 0; n--)
			*d++ = *s++;
		for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
			*(word_t *)(void *)d = *(const word_t *)(const void *)s;
			d += sizeof(word_t);
			s += sizeof(word_t);
		}
	}
	for (; n != 0; n--)
		*d++ = *s++;
	return dst;
}

void *
memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(dst, src, n);
	while (n != 0) {
		n--;
		d[n] = s[n];
	}
	return dst;
}

void *
memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	const word_t all = (unsigned char)c * (~(word_t)0 / 255);

	if (n >= 2 * sizeof(word_t)) {
		for (; ((uintptr_t)d & MASK) != 0; n--)
			*d++ = (unsigned char)c;
		for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
			*(word_t *)(void *)d = all;
			d += sizeof(word_t);
		}
	}
	for (; n != 0; n--)
		*d++ = (unsigned char)c;
	return dst;
}

int
memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	if (alike(p, q, n)) {
		for (; ((uintptr_t)p & MASK) != 0 && *p == *q; n--, p++, q++)
			continue;
		while (((uintptr_t)p & MASK) == 0 && n >= sizeof(word_t) &&
		       *(const word_t *)(const void *)p ==
			   *(const word_t *)(const void *)q) {
			p += sizeof(word_t);
			q += sizeof(word_t);
			n -= sizeof(word_t);
		}
	}
	for (; n != 0; n--, p++, q++)
		if (*p != *q)
			return *p < *q ? -1 : 1;
	return 0;
}
