/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffer for the tests, of any kind that bus_dma(9) loads: kernel memory, a
 * process', a uio of either, a list of physical pages; and the CPU's way to
 * its bytes.
 */
#ifndef EXAMPLES_TESTS_PLACE_H
#define EXAMPLES_TESTS_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <busdma/sim.h>
#include <busdma/uio.h>

#define PLACE_MAXPIECES 6
#define PLACE_MAXPAGES 96

enum place_kind {
	PLACE_KERNEL,
	PLACE_USER,
	PLACE_KERNEL_UIO,
	PLACE_USER_UIO,
	PLACE_PAGES, /* kernel memory, by its physical pages */
	PLACE_NKINDS
};

struct place {
	struct busdma_sim *pc_sim;
	struct proc *pc_proc; /* NULL: the kernel */
	uint8_t *pc_va;
	size_t pc_size;
	size_t pc_line; /* 0: it may share cache lines */
	enum place_kind pc_kind;
	int pc_npieces;
	struct iovec pc_iov[PLACE_MAXPIECES];  /* of the bytes in use */
	struct iovec pc_hand[PLACE_MAXPIECES]; /* what a driver is given */
	struct uio pc_uio;
	int pc_npages;
	bus_dma_segment_t pc_pages[PLACE_MAXPAGES];
};

/* `size' bytes of memory of the kind; of `p' where it is a process'. */
void place_create(struct place *pc, struct busdma_sim *sim, struct proc *p,
    enum place_kind kind, size_t size);
void place_destroy(struct place *pc);

/*
 * A device will write there: from now on place_lay uses whole lines of a cache
 * that the device doesn't see.  Its lengths are then place_length's: rounded
 * up to whole lines, on a machine that has such a cache.
 */
void place_own(struct place *pc);
size_t place_length(struct busdma_sim *sim, size_t len);

/*
 * Use `len' bytes of it from now on, somewhere that `*random' says, in pieces
 * if it is a uio.
 */
void place_lay(struct place *pc, size_t len, uint64_t *random);

/* Rubbish where the vectors that were handed to a driver are. */
void place_scramble(struct place *pc);

/* The bytes in use, in and out. */
void place_put(struct place *pc, const void *buf, size_t len);
void place_get(struct place *pc, void *buf, size_t len);
/* They hold the pattern of a seed. */
void place_fill(struct place *pc, size_t len, uint64_t seed);
void place_check(struct place *pc, size_t len, uint64_t seed);
/* One byte is set in all of the memory, used or not. */
void place_clear(struct place *pc, uint8_t byte);
/* How many bytes of all the memory are not that byte. */
size_t place_dirty(struct place *pc, uint8_t byte);

/* A number below n. */
uint32_t place_below(uint64_t *random, uint32_t n);

#endif /* EXAMPLES_TESTS_PLACE_H */
