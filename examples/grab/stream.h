/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames to a disk while they are captured.  No byte is copied and none is
 * mapped: the disk reads a frame from the physical memory that the grabber
 * wrote it to, which is loaded through both devices' tags at once.
 */
#ifndef EXAMPLES_GRAB_STREAM_H
#define EXAMPLES_GRAB_STREAM_H

#include "disk/disk.h"
#include "grab/grab.h"

/* Runs of pages, of 4096 bytes or more, that one write can touch. */
#define STREAM_MAXRUNS (DISK_MAXXFER / 4096 + 1)

struct stream;

/* One write in flight: a part of a frame. */
struct stream_write {
	struct stream *sw_stream;
	bool sw_busy;
	unsigned sw_buffer;
	struct disk_request sw_rq;
	bus_dma_segment_t sw_segs[STREAM_MAXRUNS];
};

/* A frame on its way to the disk, by its buffer. */
struct stream_frame {
	uint64_t sf_lba;      /* its first block */
	bus_size_t sf_begun;  /* bytes for which a write was begun */
	unsigned sf_inflight; /* writes */
};

/* The caller fills in the first part; the rest is stream_run's. */
struct stream {
	struct grab_softc *st_grab; /* set up, all buffers the user's */
	struct disk_softc *st_disk; /* with no requests */
	uint64_t st_lba;            /* where the first frame goes */
	unsigned st_frames;         /* to be written */

	unsigned st_written;      /* frames that are on the disk */
	unsigned st_lost;         /* frames of which the numbers are missing */
	unsigned st_splits;       /* writes that were shortened to fit */
	unsigned st_mostinflight; /* writes at once */

	int st_error;
	unsigned st_taken;    /* frames that were dequeued */
	uint32_t st_nextseq;  /* that of the next, if none is lost */
	bus_size_t st_size;   /* of a frame, in whole blocks */
	bus_size_t st_piece;  /* most bytes in a write */
	unsigned st_inflight; /* writes */
	/* Buffers that have more to be written: first in, first out. */
	unsigned st_fifo[GRAB_QSIZE];
	unsigned st_fifohead, st_fifotail;
	struct stream_frame st_frame[GRAB_QSIZE];
	struct stream_write st_write[DISK_NSLOTS];
};

/* Blocks that a frame takes on the disk. */
uint64_t stream_blocks(const struct grab_softc *sc);

/*
 * Capture, and write st_frames frames one behind the other, in the order of
 * their numbers.  The rest of a frame's last block is whatever stands behind
 * it in its buffer.  Then stop; all buffers are the user's, or hold frames
 * that came too late.  EINVAL: the disk is too small; EFAULT: a device ended a
 * frame or a write with an error, or it is stuck; EBUSY: a device does not
 * stop, and nothing may be freed; else the errors of grab_queue, grab_start
 * and disk_submit.  After an error st_written frames are on the disk, not
 * necessarily the first.  Context: may wait.
 */
int stream_run(struct stream *st);

#endif /* EXAMPLES_GRAB_STREAM_H */
