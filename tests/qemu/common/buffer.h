/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers for programs: bytes in memory of chosen physical addresses, in one
 * piece or several, with guard bytes around each; and what a layer that bounces
 * has to do for them, as their physical addresses say.
 */
#ifndef QEMU_BUFFER_H
#define QEMU_BUFFER_H

#include <busdma/uio.h>

#include "port.h"

#define BUFFER_PIECES 4
#define BUFFER_PAGES 192

/* Where in memory. */
struct buffer_zone {
	const char *bz_name;
	paddr_t bz_low; /* inclusive */
	paddr_t bz_high;
};

struct buffer {
	uint8_t *bu_mem;
	size_t bu_size; /* of it: whole pages */
	struct iovec bu_iov[BUFFER_PIECES];
	int bu_npieces;
	struct uio bu_uio;
	bus_dma_segment_t bu_segs[BUFFER_PAGES]; /* of the first piece */
	int bu_nsegs;
};

/* Memory for a buffer of up to `size' bytes; bails out where there is none. */
void buffer_alloc(struct buffer *bu, size_t size, const struct buffer_zone *bz,
    bool scattered);
void buffer_free(struct buffer *bu);

/* One piece, `len' bytes at offset `off' of the memory. */
void buffer_lay(struct buffer *bu, size_t off, size_t len);
/* One piece more, `gap' bytes, from 1, behind the last. */
void buffer_lay_more(struct buffer *bu, size_t gap, size_t len);
/* All pieces. */
size_t buffer_length(const struct buffer *bu);

/* The pieces have the bytes that `seed' says, 0: none; all else is guard. */
void buffer_fill(struct buffer *bu, uint32_t seed);
/*
 * They still have: the first `len' bytes those of `seed', the others those of
 * `rest', and all around them the guard.  One that is not is told.
 */
bool buffer_check(
    const struct buffer *bu, size_t len, uint32_t seed, uint32_t rest);
bool buffer_has(const struct buffer *bu, uint32_t seed);
/* The only piece is `data', and all around it the guard. */
bool buffer_holds(const struct buffer *bu, const void *data);

/* What is above `high', of the first `len' bytes: bytes, and physical runs. */
struct buffer_beyond {
	uint64_t by_bytes;
	uint64_t by_runs;
};
void buffer_beyond(const struct buffer *bu, size_t len, paddr_t high,
    struct buffer_beyond *by);

/* A number below `n', from 1: the same for the same seed and calls. */
uint32_t buffer_random(uint64_t *seed, uint32_t n);

#endif /* QEMU_BUFFER_H */
