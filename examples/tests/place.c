/* SPDX-License-Identifier: BSD-2-Clause */
/* Buffers of all kinds for the tests. */
#include "tests/place.h"

#include <stdlib.h>
#include <string.h>

#define SKEW 5000u
#define GAP 3000u
#define LONGEST 128u /* line */

uint32_t
place_below(uint64_t *random, uint32_t n)
{
	uint64_t x;

	x = *random += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)((x >> 32) % n);
}

void
place_create(struct place *pc, struct busdma_sim *sim, struct proc *p,
    enum place_kind kind, size_t size)
{
	memset(pc, 0, sizeof(*pc));
	pc->pc_sim = sim;
	pc->pc_kind = kind;
	/* Room for what place_lay leaves out. */
	pc->pc_size = size + SKEW + (PLACE_MAXPIECES - 1) * GAP + LONGEST;
	if (kind == PLACE_USER || kind == PLACE_USER_UIO) {
		pc->pc_proc = p;
		pc->pc_va = busdma_sim_umalloc(sim, p, pc->pc_size);
	} else {
		pc->pc_va = busdma_sim_kmalloc(sim, pc->pc_size);
	}
	assert_non_null(pc->pc_va);
}

void
place_destroy(struct place *pc)
{
	if (pc->pc_proc != NULL)
		busdma_sim_ufree(pc->pc_sim, pc->pc_proc, pc->pc_va);
	else
		busdma_sim_kfree(pc->pc_sim, pc->pc_va);
}

/* Of the machine's cache; 1: devices see it. */
static size_t
line(struct busdma_sim *sim)
{
	const struct busdma_cache_ops *ca =
	    busdma_sim_platform(sim)->pl_cpu->cpu_cache;

	return ca != NULL ? ca->ca_line : 1;
}

void
place_own(struct place *pc)
{
	pc->pc_line = line(pc->pc_sim);
}

size_t
place_length(struct busdma_sim *sim, size_t len)
{
	return (len + line(sim) - 1) & ~(line(sim) - 1);
}

/* The physical runs of the one piece. */
static void
find_pages(struct place *pc)
{
	const struct busdma_platform *pl = busdma_sim_platform(pc->pc_sim);
	uintptr_t va = (uintptr_t)pc->pc_iov[0].iov_base;
	size_t left = pc->pc_iov[0].iov_len;
	struct busdma_frag f;

	for (pc->pc_npages = 0; left > 0; pc->pc_npages++) {
		assert_true(pc->pc_npages < PLACE_MAXPAGES);
		assert_int_equal(pl->pl_extract(pl, NULL, va, left, &f, 1), 1);
		pc->pc_pages[pc->pc_npages] =
		    (bus_dma_segment_t){ f.bf_addr, f.bf_len };
		va += (uintptr_t)f.bf_len;
		left -= (size_t)f.bf_len;
	}
}

void
place_lay(struct place *pc, size_t len, uint64_t *random)
{
	bool uio =
	    pc->pc_kind == PLACE_KERNEL_UIO || pc->pc_kind == PLACE_USER_UIO;
	unsigned pieces = uio ? 1 + place_below(random, PLACE_MAXPIECES) : 1;
	size_t mask = pc->pc_line != 0 ? pc->pc_line - 1 : 0;
	uint8_t *p = pc->pc_va + ((1 + place_below(random, SKEW - 1)) & ~mask);
	size_t left = len, n;
	int i;

	assert_int_equal(len & mask, 0);
	for (i = 0; left > 0; i++) {
		n = left;
		if (--pieces > 0)
			n = place_below(random, (uint32_t)left + 1) & ~mask;
		pc->pc_iov[i] = (struct iovec){ p, n };
		p += n + (place_below(random, GAP) & ~mask);
		left -= n;
	}
	pc->pc_npieces = i;
	memcpy(pc->pc_hand, pc->pc_iov, sizeof(pc->pc_hand));
	pc->pc_uio = (struct uio){
		.uio_iov = pc->pc_hand,
		.uio_iovcnt = i,
		.uio_resid = len,
		.uio_vmspace =
		    pc->pc_proc != NULL ? busdma_sim_space(pc->pc_proc) : NULL,
	};
	if (pc->pc_kind == PLACE_PAGES)
		find_pages(pc);
}

void
place_scramble(struct place *pc)
{
	memset(pc->pc_hand, 0x5a, sizeof(pc->pc_hand));
	memset(&pc->pc_uio, 0x5a, sizeof(pc->pc_uio));
	memset(pc->pc_pages, 0x5a, sizeof(pc->pc_pages));
}

/* Copy a part of the memory in or out. */
static void
move(struct place *pc, void *at, uint8_t *buf, size_t len, bool in)
{
	if (pc->pc_proc == NULL && in)
		memcpy(at, buf, len);
	else if (pc->pc_proc == NULL)
		memcpy(buf, at, len);
	else if (in)
		assert_int_equal(
		    busdma_sim_copyout(pc->pc_sim, pc->pc_proc, buf, at, len),
		    0);
	else
		assert_int_equal(
		    busdma_sim_copyin(pc->pc_sim, pc->pc_proc, at, buf, len),
		    0);
}

static void
move_pieces(struct place *pc, uint8_t *buf, size_t len, bool in)
{
	size_t n;
	int i;

	for (i = 0; i < pc->pc_npieces && len > 0; i++) {
		n = pc->pc_iov[i].iov_len < len ? pc->pc_iov[i].iov_len : len;
		move(pc, pc->pc_iov[i].iov_base, buf, n, in);
		buf += n;
		len -= n;
	}
	assert_int_equal(len, 0);
}

void
place_put(struct place *pc, const void *buf, size_t len)
{
	uint8_t *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, buf, len);
	move_pieces(pc, copy, len, true);
	free(copy);
}

void
place_get(struct place *pc, void *buf, size_t len)
{
	move_pieces(pc, buf, len, false);
}

static uint8_t
pattern(uint64_t seed, size_t offset)
{
	uint64_t x = ((uint64_t)offset + 1) * UINT64_C(0x9e3779b97f4a7c15);

	x += seed;
	return (uint8_t)((x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) >> 56);
}

void
place_fill(struct place *pc, size_t len, uint64_t seed)
{
	uint8_t *buf = malloc(len);
	size_t i;

	assert_non_null(buf);
	for (i = 0; i < len; i++)
		buf[i] = pattern(seed, i);
	move_pieces(pc, buf, len, true);
	free(buf);
}

void
place_check(struct place *pc, size_t len, uint64_t seed)
{
	uint8_t *buf = malloc(len);
	size_t i;

	assert_non_null(buf);
	move_pieces(pc, buf, len, false);
	for (i = 0; i < len; i++) {
		if (buf[i] != pattern(seed, i))
			fail_msg("byte %zu of %zu is %#x, not %#x", i, len,
			    buf[i], pattern(seed, i));
	}
	free(buf);
}

void
place_clear(struct place *pc, uint8_t byte)
{
	uint8_t *buf = malloc(pc->pc_size);

	assert_non_null(buf);
	memset(buf, byte, pc->pc_size);
	move(pc, pc->pc_va, buf, pc->pc_size, true);
	free(buf);
}

size_t
place_dirty(struct place *pc, uint8_t byte)
{
	uint8_t *buf = malloc(pc->pc_size);
	size_t i, n = 0;

	assert_non_null(buf);
	move(pc, pc->pc_va, buf, pc->pc_size, false);
	for (i = 0; i < pc->pc_size; i++)
		n += buf[i] != byte;
	free(buf);
	return n;
}
