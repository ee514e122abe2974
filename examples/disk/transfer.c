/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The demo's work.  A job is one request in flight with buffers of its own:
 * one in the kernel and one in the process.  A request's data lie in pieces
 * of one of the two: one piece (a linear buffer, or the list of its physical
 * pages), or several of odd lengths with gaps between them (a uio).
 */
#include "disk/transfer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <busdma/uio.h>

#include "sim/env_sim.h"

#define MAX_REQUEST (256u * 1024)
#define MAX_PIECES 8
#define MAX_GAP 1000u
#define MAX_SKEW 4096u
#define BUFFER_SIZE (MAX_REQUEST + MAX_SKEW + MAX_PIECES * MAX_GAP)
#define MAX_PAGES (BUFFER_SIZE / 4096 + 2)

enum kind {
	KERNEL_LINEAR,
	USER_LINEAR,
	KERNEL_UIO,
	USER_UIO,
	KERNEL_PAGES,
	USER_PAGES,
};

/* Data are written from everywhere, and read back into user memory. */
static const enum kind write_kinds[] = { KERNEL_LINEAR, USER_LINEAR, KERNEL_UIO,
	USER_UIO, KERNEL_PAGES };
static const enum kind read_kinds[] = { USER_LINEAR, USER_UIO, USER_PAGES };

struct run;

struct job {
	struct run *jo_run;
	struct disk_request jo_rq;
	bool jo_busy;
	uint8_t *jo_kva;
	uint8_t *jo_uva;
	bool jo_user;       /* the pieces are in the process */
	uint64_t jo_offset; /* in the file */
	struct iovec jo_iov[MAX_PIECES];
	int jo_npieces;
	struct uio jo_uio;
	bus_dma_segment_t jo_pages[MAX_PAGES];
};

struct run {
	struct transfer *ru_tr;
	struct disk_softc ru_disk;
	struct proc *ru_proc;
	busdma_space_t ru_space; /* the process's */
	uint64_t ru_random;
	uint64_t ru_disksize; /* the file's, in whole blocks */
	unsigned ru_op;
	uint64_t ru_next; /* first byte that no request covers */
	uint64_t ru_done; /* bytes, of both ways */
	unsigned ru_inflight;
	bool ru_failed;
	struct job ru_jobs[DISK_NSLOTS];
	uint8_t ru_bytes[MAX_REQUEST]; /* on their way in or out */
};

__attribute__((format(printf, 2, 3))) static void
fail(struct run *ru, const char *fmt, ...)
{
	va_list ap;

	/* The first reason is the one to know. */
	if (!ru->ru_failed) {
		va_start(ap, fmt);
		(void)vsnprintf(
		    ru->ru_tr->tr_why, sizeof(ru->ru_tr->tr_why), fmt, ap);
		va_end(ap);
	}
	ru->ru_failed = true;
}

/* A number below n, by Weyl sequence and mixing: the same for each seed. */
static uint32_t
below(struct run *ru, uint32_t n)
{
	uint64_t x;

	x = ru->ru_random += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)((x >> 32) % n);
}

/* Read all of [offset, offset + len), with zeroes behind the file's end. */
static bool
read_file(struct run *ru, uint64_t offset, size_t len)
{
	uint64_t size = ru->ru_tr->tr_size;
	size_t done = 0, want;
	ssize_t n;

	want = size - offset < len ? (size_t)(size - offset) : len;
	memset(ru->ru_bytes + want, 0, len - want);
	while (done < want) {
		n = pread(ru->ru_tr->tr_from, ru->ru_bytes + done, want - done,
		    (off_t)(offset + done));
		if (n <= 0) {
			fail(ru, "reading the file: %s",
			    n < 0 ? strerror(errno) : "it became shorter");
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

static bool
write_file(struct run *ru, uint64_t offset, size_t len)
{
	uint64_t size = ru->ru_tr->tr_size;
	size_t done = 0, want;
	ssize_t n;

	want = size - offset < len ? (size_t)(size - offset) : len;
	while (done < want) {
		n = pwrite(ru->ru_tr->tr_to, ru->ru_bytes + done, want - done,
		    (off_t)(offset + done));
		if (n < 0) {
			fail(ru, "writing what was read: %s", strerror(errno));
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

/* Copy between ru_bytes and the pieces. */
static bool
copy_pieces(struct run *ru, struct job *jo, bool in)
{
	struct busdma_sim *sim = ru->ru_tr->tr_machine->ma_sim;
	uint8_t *p = ru->ru_bytes;
	int i, error = 0;

	for (i = 0; i < jo->jo_npieces && error == 0; i++) {
		void *piece = jo->jo_iov[i].iov_base;
		size_t len = jo->jo_iov[i].iov_len;

		if (jo->jo_user && in)
			error =
			    busdma_sim_copyin(sim, ru->ru_proc, piece, p, len);
		else if (jo->jo_user)
			error =
			    busdma_sim_copyout(sim, ru->ru_proc, p, piece, len);
		else if (in)
			memcpy(p, piece, len);
		else
			memcpy(piece, p, len);
		p += len;
	}
	if (error != 0)
		fail(ru, "copying user memory: %s", strerror(error));
	return error == 0;
}

/*
 * The physical runs behind a piece, each joined to the one before it where
 * they meet.  With `pages' they are noted there, from *n; else they are
 * counted.
 */
static bool
find_runs(struct run *ru, const struct job *jo, const struct iovec *piece,
    bus_dma_segment_t *pages, unsigned *n, paddr_t *end)
{
	const struct busdma_platform *pl =
	    busdma_sim_platform(ru->ru_tr->tr_machine->ma_sim);
	uintptr_t va = (uintptr_t)piece->iov_base;
	bus_size_t left = piece->iov_len;
	struct busdma_frag f;

	while (left > 0) {
		if (pl->pl_extract(pl, jo->jo_user ? ru->ru_space : NULL, va,
			left, &f, 1) != 1) {
			fail(ru, "a buffer's address has no memory");
			return false;
		}
		if (*n == 0 || f.bf_addr != *end) {
			if (pages != NULL)
				pages[*n] = (bus_dma_segment_t){ f.bf_addr, 0 };
			(*n)++;
		}
		if (pages != NULL)
			pages[*n - 1].ds_len += f.bf_len;
		*end = f.bf_addr + f.bf_len;
		va += (uintptr_t)f.bf_len;
		left -= f.bf_len;
	}
	return true;
}

static bool
count_fragments(struct run *ru, const struct job *jo, unsigned *n)
{
	paddr_t end = 0;
	int i;

	*n = 0;
	for (i = 0; i < jo->jo_npieces; i++) {
		if (!find_runs(ru, jo, &jo->jo_iov[i], NULL, n, &end))
			return false;
	}
	return true;
}

/*
 * Lay `len' bytes out in the job's buffer, in up to `most' pieces: anywhere,
 * but what a disk writes that doesn't see the CPU's cache shares no line of it.
 */
static void
lay_pieces(struct run *ru, struct job *jo, size_t len, unsigned most)
{
	uint32_t line = ru->ru_tr->tr_machine->ma_config->mc_line;
	bool whole = line != 0 && ru->ru_op == SIMDISK_OP_READ;
	size_t mask = whole ? line - 1 : 0;
	uint8_t *p = jo->jo_user ? jo->jo_uva : jo->jo_kva;
	unsigned pieces = 1 + below(ru, most);
	size_t n;

	p += below(ru, MAX_SKEW) & ~mask;
	jo->jo_npieces = 0;
	while (len > 0) {
		n = len;
		if (--pieces > 0)
			n = (1 + below(ru, (uint32_t)len) + mask) & ~mask;
		jo->jo_iov[jo->jo_npieces].iov_base = p;
		jo->jo_iov[jo->jo_npieces].iov_len = n;
		jo->jo_npieces++;
		p += n + (below(ru, MAX_GAP) & ~mask);
		len -= n;
		if (pieces == 0)
			break;
	}
}

static bool
prepare_uio(struct run *ru, struct job *jo, size_t len)
{
	lay_pieces(ru, jo, len, MAX_PIECES);
	jo->jo_uio = (struct uio){
		.uio_iov = jo->jo_iov,
		.uio_iovcnt = jo->jo_npieces,
		.uio_resid = len,
		.uio_rw = ru->ru_op == SIMDISK_OP_READ ? UIO_READ : UIO_WRITE,
		.uio_vmspace = jo->jo_user ? ru->ru_space : NULL,
	};
	jo->jo_rq.rq_buffer = DISK_UIO;
	jo->jo_rq.rq_uio = &jo->jo_uio;
	return true;
}

static bool
prepare_linear(struct run *ru, struct job *jo, size_t len)
{
	lay_pieces(ru, jo, len, 1);
	jo->jo_rq.rq_buffer = DISK_LINEAR;
	jo->jo_rq.rq_buf = jo->jo_iov[0].iov_base;
	jo->jo_rq.rq_proc = jo->jo_user ? ru->ru_proc : NULL;
	return true;
}

/* A page list, as of memory that is known by its physical pages only. */
static bool
prepare_pages(struct run *ru, struct job *jo, size_t len)
{
	unsigned n = 0;
	paddr_t end = 0;

	lay_pieces(ru, jo, len, 1);
	jo->jo_rq.rq_buffer = DISK_RAW;
	jo->jo_rq.rq_segs = jo->jo_pages;
	if (!find_runs(ru, jo, &jo->jo_iov[0], jo->jo_pages, &n, &end))
		return false;
	jo->jo_rq.rq_nsegs = (int)n;
	return true;
}

/* Fill in the job's request for `len' bytes of the file at `offset'. */
static bool
prepare(
    struct run *ru, struct job *jo, enum kind kind, uint64_t offset, size_t len)
{
	bool ok = false;

	jo->jo_offset = offset;
	jo->jo_rq.rq_op = ru->ru_op;
	jo->jo_rq.rq_lba = offset / SIMDISK_BLOCKSIZE;
	jo->jo_rq.rq_len = len;
	jo->jo_user =
	    kind == USER_LINEAR || kind == USER_UIO || kind == USER_PAGES;
	switch (kind) {
	case KERNEL_LINEAR:
	case USER_LINEAR:
		ok = prepare_linear(ru, jo, len);
		break;
	case KERNEL_UIO:
	case USER_UIO:
		ok = prepare_uio(ru, jo, len);
		break;
	case KERNEL_PAGES:
	case USER_PAGES:
		ok = prepare_pages(ru, jo, len);
		break;
	}
	if (!ok || ru->ru_op == SIMDISK_OP_READ)
		return ok;
	return read_file(ru, offset, len) && copy_pieces(ru, jo, false);
}

static void
job_done(struct disk_request *rq)
{
	struct job *jo = rq->rq_arg;
	struct run *ru = jo->jo_run;
	struct transfer *tr = ru->ru_tr;

	jo->jo_busy = false;
	ru->ru_inflight--;
	if (rq->rq_status != SIMDISK_ST_OK) {
		fail(ru, "the disk ended a request with status %#x",
		    (unsigned)rq->rq_status);
		return;
	}
	if (rq->rq_op == SIMDISK_OP_READ &&
	    (!copy_pieces(ru, jo, true) ||
		!write_file(ru, jo->jo_offset, (size_t)rq->rq_len)))
		return;
	ru->ru_done += rq->rq_len;
	if (tr->tr_progress != NULL)
		tr->tr_progress(tr->tr_arg, ru->ru_done, 2 * ru->ru_disksize);
}

static void
count(struct run *ru, const struct job *jo)
{
	struct transfer_stats *ts = &ru->ru_tr->tr_stats;
	unsigned fragments, segments = (unsigned)jo->jo_rq.rq_dmasegs;

	if (!count_fragments(ru, jo, &fragments))
		return;
	ts->ts_loads++;
	ts->ts_fragments += fragments;
	ts->ts_segments += segments;
	if (ts->ts_mostsegs < segments)
		ts->ts_mostsegs = segments;
	if (ts->ts_mostinflight < ru->ru_inflight)
		ts->ts_mostinflight = ru->ru_inflight;
}

/*
 * Start the next request.  One that comes to more segments than the disk
 * takes is tried again with half the length.  0, or EBUSY or ENOMEM: after
 * the next completion.
 */
static int
start_next(struct run *ru, struct job *jo)
{
	size_t len = (1 + below(ru, MAX_REQUEST / SIMDISK_BLOCKSIZE)) *
		     (size_t)SIMDISK_BLOCKSIZE;
	enum kind kind;
	int error;

	kind = ru->ru_op == SIMDISK_OP_WRITE
		   ? write_kinds[below(ru, sizeof(write_kinds) / sizeof(kind))]
		   : read_kinds[below(ru, sizeof(read_kinds) / sizeof(kind))];
	if (len > ru->ru_disksize - ru->ru_next)
		len = (size_t)(ru->ru_disksize - ru->ru_next);
	for (;;) {
		if (!prepare(ru, jo, kind, ru->ru_next, len))
			return EINVAL;
		error = disk_submit(&ru->ru_disk, &jo->jo_rq);
		if (error != EFBIG || len == SIMDISK_BLOCKSIZE)
			break;
		len = len / SIMDISK_BLOCKSIZE / 2 * SIMDISK_BLOCKSIZE;
		ru->ru_tr->tr_stats.ts_splits++;
	}
	if (error != 0)
		return error;
	jo->jo_busy = true;
	ru->ru_inflight++;
	ru->ru_next += len;
	count(ru, jo);
	return 0;
}

/* Start what can be started now. */
static void
start_some(struct run *ru)
{
	unsigned i;
	int error;

	for (i = 0;
	     i < DISK_NSLOTS && !ru->ru_failed && ru->ru_next < ru->ru_disksize;
	     i++) {
		if (ru->ru_jobs[i].jo_busy)
			continue;
		error = start_next(ru, &ru->ru_jobs[i]);
		if ((error == EBUSY || error == ENOMEM) && ru->ru_inflight > 0)
			return;
		if (error != 0)
			fail(ru, "a request was refused: %s", strerror(error));
	}
}

/* The whole file, one way. */
static bool
one_way(struct run *ru, unsigned op)
{
	ru->ru_op = op;
	ru->ru_next = 0;
	while (!ru->ru_failed) {
		start_some(ru);
		if (ru->ru_inflight == 0)
			break;
		if (disk_wait(&ru->ru_disk) == 0)
			fail(ru, "the disk is stuck with %u requests",
			    ru->ru_inflight);
	}
	return !ru->ru_failed;
}

/* Let the disk finish its writes. */
static bool
flush(struct run *ru)
{
	struct job *jo = &ru->ru_jobs[0];
	int error;

	jo->jo_rq.rq_op = SIMDISK_OP_FLUSH;
	jo->jo_rq.rq_len = 0;
	error = disk_submit(&ru->ru_disk, &jo->jo_rq);
	if (error != 0) {
		fail(ru, "the flush was refused: %s", strerror(error));
		return false;
	}
	jo->jo_busy = true;
	ru->ru_inflight++;
	if (disk_wait(&ru->ru_disk) == 0)
		fail(ru, "the disk is stuck in a flush");
	return !ru->ru_failed;
}

static void
free_jobs(struct run *ru)
{
	struct busdma_sim *sim = ru->ru_tr->tr_machine->ma_sim;
	unsigned i;

	for (i = 0; i < DISK_NSLOTS; i++) {
		if (ru->ru_jobs[i].jo_kva != NULL)
			busdma_sim_kfree(sim, ru->ru_jobs[i].jo_kva);
		if (ru->ru_jobs[i].jo_uva != NULL)
			busdma_sim_ufree(
			    sim, ru->ru_proc, ru->ru_jobs[i].jo_uva);
	}
}

static bool
alloc_jobs(struct run *ru)
{
	struct busdma_sim *sim = ru->ru_tr->tr_machine->ma_sim;
	unsigned i;

	for (i = 0; i < DISK_NSLOTS; i++) {
		struct job *jo = &ru->ru_jobs[i];

		jo->jo_run = ru;
		jo->jo_rq.rq_done = job_done;
		jo->jo_rq.rq_arg = jo;
		jo->jo_kva = busdma_sim_kmalloc(sim, BUFFER_SIZE);
		jo->jo_uva = busdma_sim_umalloc(sim, ru->ru_proc, BUFFER_SIZE);
		if (jo->jo_kva == NULL || jo->jo_uva == NULL) {
			fail(ru, "the machine has too little memory");
			return false;
		}
	}
	return true;
}

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
run_driver(struct run *ru, struct machine *ma)
{
	double begin = now();
	int error;

	error =
	    disk_attach(&ru->ru_disk, env_sim_device(ma->ma_dev), ma->ma_tag);
	if (error != 0) {
		fail(ru, "attach: %s", strerror(error));
		return;
	}
	if (one_way(ru, SIMDISK_OP_WRITE) && flush(ru))
		(void)one_way(ru, SIMDISK_OP_READ);
	error = disk_detach(&ru->ru_disk);
	if (error != 0)
		fail(ru, "detach: %s", strerror(error));
	ru->ru_tr->tr_stats.ts_seconds = now() - begin;
}

uint64_t
transfer_blocks(uint64_t size)
{
	return (size + SIMDISK_BLOCKSIZE - 1) / SIMDISK_BLOCKSIZE;
}

bool
transfer_run(struct transfer *tr)
{
	struct machine *ma = tr->tr_machine;
	const struct busdma_platform *pl = busdma_sim_platform(ma->ma_sim);
	struct run *ru;
	bool ok;

	memset(&tr->tr_stats, 0, sizeof(tr->tr_stats));
	tr->tr_why[0] = '\0';
	ru = calloc(1, sizeof(*ru));
	if (ru == NULL) {
		(void)snprintf(tr->tr_why, sizeof(tr->tr_why), "out of memory");
		return false;
	}
	ru->ru_tr = tr;
	ru->ru_proc = busdma_sim_proc(ma->ma_sim);
	ru->ru_space =
	    pl->pl_space != NULL ? pl->pl_space(pl, ru->ru_proc) : ru->ru_proc;
	ru->ru_random = tr->tr_seed;
	ru->ru_disksize = transfer_blocks(tr->tr_size) * SIMDISK_BLOCKSIZE;
	if (alloc_jobs(ru))
		run_driver(ru, ma);
	free_jobs(ru);
	tr->tr_stats.ts_bytes = tr->tr_size;
	ok = !ru->ru_failed;
	free(ru);
	return ok;
}
