/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames to a disk: what is in the file, and every way to fail.
 */
#include "grab/test_cases.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define SEEDS 3u

/* The disk's file: the frames from a number on, one behind the other. */
static uint32_t
check_file(struct rig *ri, unsigned frames)
{
	size_t size = (size_t)ri->ri_grab.sc_framesize, i, j;
	size_t step = (size_t)ri->ri_stream.st_size;
	uint8_t *p = malloc(size);
	uint32_t seq, next = 0, lost = 0;

	assert_non_null(p);
	for (i = 0; i < frames; i++) {
		assert_int_equal(
		    pread(ri->ri_fd, p, size,
			(off_t)(ri->ri_stream.st_lba * SIMDISK_BLOCKSIZE +
				i * step)),
		    size);
		for (seq = 0, j = 4; j-- > 0;)
			seq = seq << 8 | p[SIMGRAB_HDR_SEQ + j];
		rig_check(ri, p, seq);
		assert_true(seq >= next);
		lost += seq - next;
		next = seq + 1;
	}
	assert_int_equal(lost, ri->ri_stream.st_lost);
	free(p);
	return lost;
}

static int
stream(struct rig *ri, unsigned frames)
{
	struct stream *st = &ri->ri_stream;

	st->st_grab = &ri->ri_grab;
	st->st_disk = &ri->ri_disk;
	st->st_lba = 3;
	st->st_frames = frames;
	return stream_run(st);
}

/* Every frame is in the file, in order, whole. */
void
stream_whole(struct rig *ri, unsigned frames)
{
	assert_int_equal(stream(ri, frames), 0);
	assert_int_equal(ri->ri_stream.st_written, frames);
	assert_int_equal(check_file(ri, frames), 0);
	assert_int_equal(ri->ri_disk.sc_inflight, 0);
}

void
test_stream(void **state)
{
	const struct machine_config *mc = *state;
	size_t size;
	uint64_t seed;
	struct rig *ri;

	for (size = 0; size < rig_nsizes(mc); size++) {
		for (seed = 1; seed <= test_seeds(mc, SEEDS); seed++) {
			ri = rig_attach(mc, seed);
			rig_setup(ri, rig_size(size), 6);
			stream_whole(ri, 8);
			/* And again: counts start afresh. */
			assert_int_equal(grab_release(&ri->ri_grab), 0);
			rig_setup(ri, rig_size(size), 4);
			stream_whole(ri, 5);
			if (ri->ri_grab.sc_framesize > DISK_MAXXFER)
				assert_true(ri->ri_stream.st_mostinflight > 1);
			rig_detach(ri);
			/* The large ones take their time. */
			if (size == 4)
				break;
		}
	}
}

/*
 * A disk of one segment and of a few slots: a frame is many writes, more than
 * there are slots, and its buffer is the grabber's again after the last.
 */
void
test_one_segment(void **state)
{
	static const struct {
		uint32_t qsize;
		unsigned slots;
	} disks[] = { { 64, DISK_NSLOTS }, { 4, 3 }, { 2, 1 } };
	const struct machine_config *mc = test_machine("single-pages");
	struct rig *ri;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		ri = rig_machine(mc, i);
		test_env_lie(&ri->ri_diskenv, SIMDISK_CAP, ~0u,
		    disks[i].qsize | 1u << 16);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
		assert_int_equal(disk_attach(&ri->ri_disk, &ri->ri_diskenv,
				     ri->ri_machine.ma_tag),
		    0);
		rig_setup(ri, rig_format(640, 120, 2), 3);
		stream_whole(ri, 6);
		assert_true(ri->ri_stream.st_splits > 0);
		assert_int_equal(ri->ri_stream.st_piece, machine_pagesize(mc));
		assert_int_equal(ri->ri_stream.st_mostinflight, disks[i].slots);
		rig_detach(ri);
	}
}

/* A stream fails at every hook that can fail; then it works. */
void
test_stream_fails(void **state)
{
	struct rig *ri = rig_attach(*state, 6);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	unsigned n, failures = 0;
	struct grab_frame fr;
	bool hit = true;
	int error;

	rig_setup(ri, rig_size(1), 3);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(sim, n);
		error = stream(ri, 2);
		hit = busdma_sim_fail_at(sim, 0);
		assert_int_equal(ri->ri_disk.sc_inflight, 0);
		while (grab_dequeue(&ri->ri_grab, &fr))
			continue;
		if (error == 0) {
			(void)check_file(ri, 2);
			continue;
		}
		assert_true(hit);
		failures++;
	}
	assert_true(failures > 0);
	stream_whole(ri, 4);
	rig_detach(ri);
}

/* A frame in more pieces than the device has segments, or than there is. */
void
test_too_large(void **state)
{
	struct rig *ri = rig_attach(test_machine("small-segments"), 1);
	struct grab_format gf = rig_size(4);
	uint32_t page;

	(void)state;
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 2), EFBIG);
	/* 17 segments of a page each, and a byte too many. */
	gf = rig_format(64, 1088, 1);
	rig_setup(ri, gf, 2);
	stream_whole(ri, 3);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	gf = rig_format(64, 1089, 1);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 2), EFBIG);
	rig_detach(ri);

	ri = rig_attach(test_machine("contiguous"), 1);
	gf = rig_format(1600, 1200, 2);
	assert_int_equal(
	    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 20), ENOMEM);
	rig_setup(ri, gf, 2);
	rig_detach(ri);

	ri = rig_attach(test_machine("single-pages"), 1);
	gf.gf_period = 15000;
	rig_setup(ri, gf, 3);
	page = machine_pagesize(test_machine("single-pages"));
	assert_true(
	    ri->ri_bufs[0].gb_map->dm_nsegs >= 1600 * 1200 * 2 / (int)page);
	stream_whole(ri, 3);
	rig_detach(ri);

	/* The grabber's segments are fewer than its buffer's pages. */
	ri = rig_attach(test_machine("single-pages"), 1);
	assert_int_equal(grab_detach(&ri->ri_grab), 0);
	test_env_lie(&ri->ri_grabenv, SIMGRAB_CAP, SIMGRAB_CAP_NSEGS, 4u << 16);
	assert_int_equal(
	    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
	rig_setup(ri, rig_size(1), 2);
	assert_true(ri->ri_bufs[0].gb_nsegs <= 4);
	stream_whole(ri, 3);
	rig_detach(ri);
}

/* A disk that can't keep up: frames are lost, none is torn. */
void
test_slow_disk(void **state)
{
	struct grab_format gf = rig_size(1);
	unsigned lost = 0;
	uint64_t seed;
	struct rig *ri;

	(void)state;
	gf.gf_period = 60;
	for (seed = 1; seed <= 10; seed++) {
		ri = rig_attach(test_machine("fragmented"), seed);
		rig_setup(ri, gf, 3);
		assert_int_equal(stream(ri, 20), 0);
		assert_int_equal(ri->ri_stream.st_written, 20);
		lost += check_file(ri, 20);
		assert_true(
		    grab_overruns(&ri->ri_grab) >= ri->ri_stream.st_lost);
		rig_detach(ri);
	}
	assert_true(lost > 100);
}

/* Frames that wait for nobody. */
static void
drain(struct rig *ri)
{
	struct grab_frame fr;

	while (grab_dequeue(&ri->ri_grab, &fr))
		continue;
}

/* The grabber is off: change a byte of a buffer's table. */
static void
spoil(struct rig *ri, struct grab_buffer *gb, bus_size_t offset)
{
	struct dmamem *mm = &gb->gb_table;

	bus_dmamap_sync(
	    ri->ri_grab.sc_dmat, mm->mm_map, offset, 1, BUS_DMASYNC_POSTWRITE);
	mm->mm_kva[offset] ^= 0x40;
	bus_dmamap_sync(
	    ri->ri_grab.sc_dmat, mm->mm_map, offset, 1, BUS_DMASYNC_PREWRITE);
}

/* What a device ends with an error ends the stream, and all is let go. */
void
test_stream_errors(void **state)
{
	struct rig *ri = rig_attach(test_machine("fragmented"), 4);

	(void)state;
	rig_setup(ri, rig_size(1), 3);
	/* A table that names memory which is not mapped for the grabber. */
	spoil(ri, &ri->ri_bufs[1], SIMGRAB_SEG_ADDR + 7);
	ri->ri_reports = 1;
	assert_int_equal(stream(ri, 5), EFAULT);
	assert_true(ri->ri_stream.st_written <= 1);
	spoil(ri, &ri->ri_bufs[1], SIMGRAB_SEG_ADDR + 7);
	drain(ri);
	/* No room on the disk. */
	assert_int_equal(stream(ri, 1000), EINVAL);
	ri->ri_stream.st_frames = 1;
	ri->ri_stream.st_lba = ~(uint64_t)0;
	assert_int_equal(stream_run(&ri->ri_stream), EINVAL);
	/* A grabber that is stuck, and that does not start. */
	ri->ri_grabenv.ed_silent = true;
	assert_int_equal(stream(ri, 5), EFAULT);
	test_env_lie(&ri->ri_grabenv, SIMGRAB_STATUS, SIMGRAB_STATUS_RUN, 0);
	assert_int_equal(stream(ri, 5), EFAULT);
	test_env_honest(&ri->ri_grabenv);
	drain(ri);
	/* A disk that is stuck. */
	ri->ri_diskenv.ed_silent = true;
	assert_int_equal(stream(ri, 5), EFAULT);
	assert_int_equal(ri->ri_disk.sc_inflight, 0);
	test_env_honest(&ri->ri_diskenv);
	drain(ri);
	stream_whole(ri, 5);
	drain(ri);
	/* Not all buffers are the user's. */
	assert_int_equal(grab_queue(&ri->ri_grab, 1), 0);
	assert_int_equal(stream(ri, 5), EINVAL);
	/* A disk that fails. */
	assert_int_equal(fcntl(ri->ri_fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(stream(ri, 5), EFAULT);
	assert_int_equal(ri->ri_stream.st_written, 0);
	assert_int_equal(ri->ri_disk.sc_inflight, 0);
	rig_detach(ri);
}

/* Devices that don't stop keep their memory, and the stream says so. */
void
test_stream_stuck(void **state)
{
	struct rig *ri = rig_attach(test_machine("fragmented"), 5);

	(void)state;
	rig_setup(ri, rig_size(1), 3);
	ri->ri_diskenv.ed_silent = true;
	test_env_lie(&ri->ri_diskenv, SIMDISK_STATUS, SIMDISK_STATUS_RUN,
	    SIMDISK_STATUS_RUN);
	assert_int_equal(stream(ri, 5), EBUSY);
	assert_true(ri->ri_disk.sc_inflight > 0);
	test_env_honest(&ri->ri_diskenv);
	assert_int_equal(disk_reset(&ri->ri_disk), 0);
	assert_int_equal(ri->ri_stream.st_inflight, 0);
	drain(ri);

	ri->ri_grabenv.ed_silent = true;
	test_env_lie(&ri->ri_grabenv, SIMGRAB_STATUS, SIMGRAB_STATUS_RUN,
	    SIMGRAB_STATUS_RUN);
	assert_int_equal(stream(ri, 5), EBUSY);
	test_env_honest(&ri->ri_grabenv);
	assert_int_equal(grab_stop(&ri->ri_grab), 0);
	drain(ri);
	stream_whole(ri, 5);
	rig_detach(ri);
}
