/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers for programs: see buffer.h. */
#include "buffer.h"

#include <busdma/string.h>

#define PAGE ((size_t)4096)
#define GUARD 0xc3u

static uint8_t
byte_of(uint32_t seed, size_t i)
{
	uint32_t x = (uint32_t)i * 0x9e3779b1u + seed * 0x85ebca6bu;

	x ^= x >> 15;
	return seed == 0 ? GUARD : (uint8_t)(x >> 11);
}

void
buffer_alloc(struct buffer *bu, size_t size, const struct buffer_zone *bz,
    bool scattered)
{
	/* A page for offsets, and one for gaps and guards. */
	bu->bu_size = (size + PAGE - 1) / PAGE * PAGE + 2 * PAGE;
	bu->bu_npieces = 0;
	bu->bu_nsegs = 0;
	bu->bu_mem =
	    port_mem_alloc(bu->bu_size, bz->bz_low, bz->bz_high, scattered);
	if (bu->bu_mem == NULL)
		tap_bail("no memory in %s", bz->bz_name);
}

void
buffer_free(struct buffer *bu)
{
	port_mem_free(bu->bu_mem, bu->bu_size);
}

/* The physical pages of the first piece, each an entry. */
static void
list_pages(struct buffer *bu)
{
	const uint8_t *p = bu->bu_iov[0].iov_base;
	size_t left = bu->bu_iov[0].iov_len, n;

	bu->bu_nsegs = 0;
	for (; left > 0; left -= n, p += n) {
		n = PAGE - (uintptr_t)p % PAGE;
		if (n > left)
			n = left;
		if (bu->bu_nsegs == BUFFER_PAGES)
			tap_bail("a buffer of too many pages");
		bu->bu_segs[bu->bu_nsegs].ds_addr = port_paddr(p);
		bu->bu_segs[bu->bu_nsegs++].ds_len = n;
	}
}

static void
add_piece(struct buffer *bu, size_t off, size_t len)
{
	if (bu->bu_npieces == BUFFER_PIECES || off > bu->bu_size ||
	    len > bu->bu_size - off)
		tap_bail("a buffer that is too small");
	bu->bu_iov[bu->bu_npieces].iov_base = bu->bu_mem + off;
	bu->bu_iov[bu->bu_npieces++].iov_len = len;
	bu->bu_uio = (struct uio){
		.uio_iov = bu->bu_iov,
		.uio_iovcnt = bu->bu_npieces,
		.uio_resid = buffer_length(bu),
	};
}

void
buffer_lay(struct buffer *bu, size_t off, size_t len)
{
	bu->bu_npieces = 0;
	add_piece(bu, off, len);
	list_pages(bu);
}

void
buffer_lay_more(struct buffer *bu, size_t gap, size_t len)
{
	const struct iovec *last = &bu->bu_iov[bu->bu_npieces - 1];
	const uint8_t *end = last->iov_base;

	add_piece(bu, (size_t)(end - bu->bu_mem) + last->iov_len + gap, len);
}

size_t
buffer_length(const struct buffer *bu)
{
	size_t len = 0;
	int i;

	for (i = 0; i < bu->bu_npieces; i++)
		len += bu->bu_iov[i].iov_len;
	return len;
}

void
buffer_fill(struct buffer *bu, uint32_t seed)
{
	size_t i, at = 0;
	uint8_t *p;
	int n;

	memset(bu->bu_mem, GUARD, bu->bu_size);
	for (n = 0; n < bu->bu_npieces; n++) {
		p = bu->bu_iov[n].iov_base;
		for (i = 0; i < bu->bu_iov[n].iov_len; i++)
			p[i] = byte_of(seed, at++);
	}
}

/* [p, end) is guard. */
static bool
guarded(const struct buffer *bu, const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p++) {
		if (*p != GUARD) {
			tap_say("the guard at %lu, physical %llx, is %02x",
			    (unsigned long)(p - bu->bu_mem),
			    (unsigned long long)port_paddr(p), *p);
			return false;
		}
	}
	return true;
}

bool
buffer_check(const struct buffer *bu, size_t len, uint32_t seed, uint32_t rest)
{
	const uint8_t *end = bu->bu_mem, *p;
	size_t i, at = 0;
	uint8_t want;
	int n;

	for (n = 0; n < bu->bu_npieces; n++) {
		p = bu->bu_iov[n].iov_base;
		if (!guarded(bu, end, p))
			return false;
		for (i = 0; i < bu->bu_iov[n].iov_len; i++, at++) {
			want = byte_of(at < len ? seed : rest, at);
			if (p[i] == want)
				continue;
			tap_say("byte %lu, physical %llx, is %02x, not %02x",
			    (unsigned long)at,
			    (unsigned long long)port_paddr(p + i), p[i], want);
			return false;
		}
		end = p + i;
	}
	return guarded(bu, end, bu->bu_mem + bu->bu_size);
}

bool
buffer_holds(const struct buffer *bu, const void *data)
{
	const uint8_t *p = bu->bu_iov[0].iov_base;
	size_t len = bu->bu_iov[0].iov_len;

	return memcmp(p, data, len) == 0 && guarded(bu, bu->bu_mem, p) &&
	       guarded(bu, p + len, bu->bu_mem + bu->bu_size);
}

bool
buffer_has(const struct buffer *bu, uint32_t seed)
{
	return buffer_check(bu, buffer_length(bu), seed, seed);
}

void
buffer_beyond(
    const struct buffer *bu, size_t len, paddr_t high, struct buffer_beyond *by)
{
	paddr_t next = 0, pa;
	const uint8_t *p;
	size_t left, n;
	int i;

	by->by_bytes = by->by_runs = 0;
	for (i = 0; i < bu->bu_npieces; i++) {
		p = bu->bu_iov[i].iov_base;
		left = bu->bu_iov[i].iov_len;
		for (; left > 0 && len > 0; left -= n, len -= n, p += n) {
			n = PAGE - (uintptr_t)p % PAGE;
			n = n < left ? n : left;
			n = n < len ? n : len;
			pa = port_paddr(p);
			if (pa <= high)
				continue;
			by->by_bytes += n;
			by->by_runs += by->by_runs == 0 || pa != next;
			next = pa + n;
		}
	}
}

uint32_t
buffer_random(uint64_t *seed, uint32_t n)
{
	uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x >> 32) % n;
}
