/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames to a disk: see stream.h. */
#include "grab/stream.h"

static void
fail(struct stream *st, int error)
{
	/* The first is the one to know. */
	if (st->st_error == 0)
		st->st_error = error;
}

uint64_t
stream_blocks(const struct grab_softc *sc)
{
	return (sc->sc_framesize + (SIMDISK_BLOCKSIZE - 1)) / SIMDISK_BLOCKSIZE;
}

/* The runs of `len' bytes of a buffer from `offset' on; how many. */
static int
slice(const struct grab_buffer *gb, bus_size_t offset, bus_size_t len,
    bus_dma_segment_t *runs)
{
	const bus_dma_segment_t *seg = gb->gb_segs;
	int n;

	for (; offset >= seg->ds_len; seg++)
		offset -= seg->ds_len;
	for (n = 0; len > 0; n++, seg++) {
		runs[n].ds_addr = seg->ds_addr + offset;
		runs[n].ds_len = seg->ds_len - offset;
		if (runs[n].ds_len > len)
			runs[n].ds_len = len;
		len -= runs[n].ds_len;
		offset = 0;
	}
	return n;
}

/* The whole frame is on the disk: its buffer is for the next. */
static void
frame_written(struct stream *st, unsigned buffer)
{
	int error;

	st->st_written++;
	if (st->st_error != 0 || st->st_taken == st->st_frames)
		return;
	error = grab_queue(st->st_grab, buffer);
	if (error != 0)
		fail(st, error);
}

static void
write_done(struct disk_request *rq)
{
	struct stream_write *sw = rq->rq_arg;
	struct stream *st = sw->sw_stream;
	struct stream_frame *sf = &st->st_frame[sw->sw_buffer];

	sw->sw_busy = false;
	st->st_inflight--;
	sf->sf_inflight--;
	if (rq->rq_status != SIMDISK_ST_OK)
		fail(st, EFAULT);
	else if (sf->sf_inflight == 0 && sf->sf_begun == st->st_size)
		frame_written(st, sw->sw_buffer);
}

/*
 * Begin a write of as much of a frame as one takes.  A part that comes to more
 * segments than the disk has is tried again with about half the length.
 */
static int
write_begin(struct stream *st, struct stream_write *sw, unsigned buffer)
{
	const struct grab_buffer *gb = &st->st_grab->sc_bufs[buffer];
	struct stream_frame *sf = &st->st_frame[buffer];
	struct disk_request *rq = &sw->sw_rq;
	int error;

	sw->sw_stream = st;
	sw->sw_buffer = buffer;
	rq->rq_op = SIMDISK_OP_WRITE;
	rq->rq_lba = sf->sf_lba + sf->sf_begun / SIMDISK_BLOCKSIZE;
	rq->rq_buffer = DISK_RAW;
	rq->rq_segs = sw->sw_segs;
	rq->rq_done = write_done;
	rq->rq_arg = sw;
	for (;;) {
		rq->rq_len = st->st_size - sf->sf_begun;
		if (rq->rq_len > st->st_piece)
			rq->rq_len = st->st_piece;
		rq->rq_nsegs = slice(gb, sf->sf_begun, rq->rq_len, sw->sw_segs);
		error = disk_submit(st->st_disk, rq);
		if (error != EFBIG || rq->rq_len == SIMDISK_BLOCKSIZE)
			break;
		/* Powers of two, so that parts begin where pages do. */
		do
			st->st_piece /= 2;
		while (st->st_piece >= rq->rq_len);
		st->st_splits++;
	}
	if (error != 0)
		return error;
	sw->sw_busy = true;
	sf->sf_begun += rq->rq_len;
	sf->sf_inflight++;
	if (++st->st_inflight > st->st_mostinflight)
		st->st_mostinflight = st->st_inflight;
	return 0;
}

/* Begin the writes that can begin now, the oldest frame's first. */
static void
begin_writes(struct stream *st)
{
	unsigned i, buffer;
	int error;

	for (i = 0; i < DISK_NSLOTS; i++) {
		if (st->st_fifohead == st->st_fifotail || st->st_error != 0)
			return;
		if (st->st_write[i].sw_busy)
			continue;
		buffer = st->st_fifo[st->st_fifohead % GRAB_QSIZE];
		error = write_begin(st, &st->st_write[i], buffer);
		if ((error == EBUSY || error == ENOMEM) && st->st_inflight > 0)
			return;
		if (error != 0)
			fail(st, error);
		else if (st->st_frame[buffer].sf_begun == st->st_size)
			st->st_fifohead++;
	}
}

/* Take the frames that are there. */
static void
take_frames(struct stream *st)
{
	struct grab_frame fr;

	(void)grab_intr(st->st_grab);
	while (st->st_error == 0 && st->st_taken < st->st_frames &&
	       grab_dequeue(st->st_grab, &fr)) {
		if (fr.fr_status != SIMGRAB_ST_OK) {
			fail(st, EFAULT);
			return;
		}
		st->st_lost += fr.fr_seq - st->st_nextseq;
		st->st_nextseq = fr.fr_seq + 1;
		st->st_frame[fr.fr_buffer] = (struct stream_frame){
			.sf_lba = st->st_lba +
				  st->st_taken * stream_blocks(st->st_grab),
		};
		st->st_fifo[st->st_fifotail++ % GRAB_QSIZE] = fr.fr_buffer;
		st->st_taken++;
	}
}

/*
 * Until all is written, or until an error and then until no write is in
 * flight.  While the disk is waited for the grabber goes on by itself, so the
 * grabber is waited for only when the disk has nothing to do.
 */
static void
capture(struct stream *st)
{
	int error;

	for (;;) {
		take_frames(st);
		begin_writes(st);
		if (st->st_inflight > 0) {
			if (disk_wait(st->st_disk) > 0)
				continue;
			fail(st, EFAULT);
			error = disk_reset(st->st_disk);
			if (error == EBUSY)
				st->st_error = error;
			if (st->st_inflight > 0)
				return;
		} else if (st->st_error != 0 ||
			   st->st_written == st->st_frames) {
			return;
		} else if (!grab_wait(st->st_grab)) {
			fail(st, EFAULT);
		}
	}
}

static void
clear(struct stream *st)
{
	unsigned i;

	st->st_written = st->st_lost = st->st_splits = st->st_mostinflight = 0;
	st->st_error = 0;
	st->st_taken = st->st_inflight = 0;
	st->st_nextseq = 0;
	st->st_fifohead = st->st_fifotail = 0;
	st->st_size = stream_blocks(st->st_grab) * SIMDISK_BLOCKSIZE;
	st->st_piece = DISK_MAXXFER;
	for (i = 0; i < DISK_NSLOTS; i++)
		st->st_write[i].sw_busy = false;
}

int
stream_run(struct stream *st)
{
	struct grab_softc *sc = st->st_grab;
	unsigned i;
	int error;

	clear(st);
	if (st->st_lba > st->st_disk->sc_blocks ||
	    stream_blocks(sc) * st->st_frames >
		st->st_disk->sc_blocks - st->st_lba)
		return EINVAL;
	for (i = 0; i < sc->sc_nbufs && st->st_error == 0; i++) {
		error = grab_queue(sc, i);
		if (error != 0)
			fail(st, error);
	}
	if (st->st_error == 0) {
		error = grab_start(sc);
		if (error != 0)
			fail(st, error);
		else
			capture(st);
	}
	error = grab_stop(sc);
	return error != 0 ? error : st->st_error;
}
