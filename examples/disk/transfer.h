/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The demo's work: a file is written to the disk and read back, in requests
 * of many kinds and lengths, several in flight.
 */
#ifndef EXAMPLES_DISK_TRANSFER_H
#define EXAMPLES_DISK_TRANSFER_H

#include "disk/disk.h"
#include "sim/machines.h"

struct transfer_stats {
	uint64_t ts_bytes; /* written to the disk, and as many read back */
	uint64_t ts_loads;
	uint64_t ts_fragments; /* contiguous physical runs of the buffers */
	uint64_t ts_segments;
	uint64_t ts_splits;   /* requests that were shortened to fit */
	unsigned ts_mostsegs; /* in one load */
	unsigned ts_mostinflight;
	double ts_seconds; /* both ways, copies and the file's own I/O too */
};

/* Called now and then: `done' of `total' bytes, of both ways. */
typedef void transfer_progress_t(void *arg, uint64_t done, uint64_t total);

struct transfer {
	struct machine *tr_machine;
	int tr_from; /* file descriptors: the file */
	int tr_to;   /* what was read back is written here */
	uint64_t tr_size;
	uint64_t tr_seed;
	transfer_progress_t *tr_progress; /* may be NULL */
	void *tr_arg;

	struct transfer_stats tr_stats; /* out */
	char tr_why[160];               /* out: why it failed */
};

/* Blocks that the disk needs for a file. */
uint64_t transfer_blocks(uint64_t size);

/* False: it failed, and tr_why says why.  Everything is released. */
bool transfer_run(struct transfer *tr);

#endif /* EXAMPLES_DISK_TRANSFER_H */
