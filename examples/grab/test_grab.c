/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber's driver against the simulated frame grabber: frames of
 * every kind on every machine, to the user, to a process and to a disk, with
 * and without the shadow layer, and every way to fail.
 */
#include "grab/test_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <busdma/backend.h>

#include "disk/test_shadow.h"
#include "grab/test_liar.h"

#define SEEDS 3u

/* What a machine can hold of: with few segments only small frames. */
static const struct {
	uint32_t width, height, depth;
} sizes[] = {
	{ 33, 7, 1 },
	{ 161, 121, 3 },
	{ 128, 32, 1 },
	{ 32, 1, 1 },
	{ 640, 480, 2 },
};
#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct grab_format
format(size_t i)
{
	return rig_format(sizes[i].width, sizes[i].height, sizes[i].depth);
}

static size_t
usable_sizes(const struct machine_config *mc)
{
	return mc->mc_limits != NULL ? NSIZES - 1 : NSIZES;
}

/* Frames one after the other, the ring often round; none is lost. */
static void
test_frames(void **state)
{
	const struct machine_config *mc = *state;
	struct grab_frame fr;
	struct rig *ri;
	uint32_t i, n;
	size_t size;

	for (size = 0; size < usable_sizes(mc); size++) {
		ri = rig_attach(mc, size + 1);
		rig_setup(ri, format(size), 3);
		rig_queue(ri, 3);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		n = ri->ri_grab.sc_framesize > 10000 ? 6 : 150;
		for (i = 0; i < n; i++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, i);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
		}
		assert_int_equal(grab_overruns(&ri->ri_grab), 0);
		assert_true(ri->ri_grab.sc_frames >= n);
		assert_int_equal(ri->ri_grab.sc_stray, 0);
		rig_detach(ri);
	}
}

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
static void
stream_whole(struct rig *ri, unsigned frames)
{
	assert_int_equal(stream(ri, frames), 0);
	assert_int_equal(ri->ri_stream.st_written, frames);
	assert_int_equal(check_file(ri, frames), 0);
	assert_int_equal(ri->ri_disk.sc_inflight, 0);
}

static void
test_stream(void **state)
{
	const struct machine_config *mc = *state;
	size_t size;
	uint64_t seed;
	struct rig *ri;

	for (size = 0; size < usable_sizes(mc); size++) {
		for (seed = 1; seed <= SEEDS; seed++) {
			ri = rig_attach(mc, seed);
			rig_setup(ri, format(size), 6);
			stream_whole(ri, 8);
			/* And again: counts start afresh. */
			assert_int_equal(grab_release(&ri->ri_grab), 0);
			rig_setup(ri, format(size), 4);
			stream_whole(ri, 5);
			if (ri->ri_grab.sc_framesize > DISK_MAXXFER)
				assert_true(ri->ri_stream.st_mostinflight > 1);
			rig_detach(ri);
		}
	}
}

/* The tags of both devices, each with a shadow on it. */
static void
shadows(struct rig *ri, struct shadow *sh, bool torn)
{
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	bus_dma_tag_t t;

	assert_int_equal(shadow_tag(&sh[0], sim, ri->ri_tag, torn, &t), 0);
	ri->ri_tag = t;
	assert_int_equal(
	    shadow_tag(&sh[1], sim, ri->ri_machine.ma_tag, torn, &t), 0);
	ri->ri_machine.ma_tag = t;
}

static void
shadows_end(struct rig *ri, struct shadow *sh, bus_dma_tag_t grab_tag,
    bus_dma_tag_t disk_tag)
{
	unsigned i;

	bus_dmatag_destroy(ri->ri_tag);
	ri->ri_tag = grab_tag;
	bus_dmatag_destroy(ri->ri_machine.ma_tag);
	ri->ri_machine.ma_tag = disk_tag;
	for (i = 0; i < 2; i++) {
		if (sh[i].sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh[i].sh_complaints, sh[i].sh_first);
	}
}

/*
 * As on a machine where only syncs move bytes: capture, stop in the middle,
 * reset in the middle, stream.
 */
static void
test_shadow(void **state)
{
	const struct machine_config *mc = *state;
	bus_dma_tag_t grab_tag, disk_tag;
	struct grab_frame fr;
	struct shadow sh[2];
	struct rig *ri;
	uint64_t seed;
	unsigned i;

	for (seed = 1; seed <= 2 * SEEDS; seed++) {
		ri = rig_machine(mc, seed);
		grab_tag = ri->ri_tag;
		disk_tag = ri->ri_machine.ma_tag;
		shadows(ri, sh, seed % 2 == 0);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
		assert_int_equal(disk_attach(&ri->ri_disk, &ri->ri_diskenv,
				     ri->ri_machine.ma_tag),
		    0);
		rig_setup(ri, format(seed % 3), 5);
		rig_queue(ri, 5);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		for (i = 0; i < seed + 70; i++) {
			fr = rig_frame(ri);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
			if (i % 30 == 7)
				assert_int_equal(grab_reset(&ri->ri_grab), 0);
		}
		assert_int_equal(grab_stop(&ri->ri_grab), 0);
		while (grab_dequeue(&ri->ri_grab, &fr))
			continue;
		stream_whole(ri, 9);
		/* A frame that nobody dequeued goes with the rest. */
		while (grab_dequeue(&ri->ri_grab, &fr))
			continue;
		rig_queue(ri, 5);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		assert_true(grab_wait(&ri->ri_grab));
		assert_int_equal(grab_detach(&ri->ri_grab), 0);
		assert_int_equal(disk_detach(&ri->ri_disk), 0);
		shadows_end(ri, sh, grab_tag, disk_tag);
		rig_end(ri);
	}
}

/* A process that maps a buffer, a page at a time. */
struct mapping {
	struct rig *mp_rig;
	unsigned mp_buffer;
	unsigned mp_asked;
};

static paddr_t
pager(void *arg, int64_t off, int prot)
{
	struct mapping *mp = arg;

	mp->mp_asked++;
	return grab_mmap(&mp->mp_rig->ri_grab, mp->mp_buffer, off, prot);
}

static void
test_process(void **state)
{
	const struct machine_config *mc = *state;
	struct rig *ri = rig_attach(mc, 21);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	size_t size, pages, i;
	struct proc *p;
	struct mapping mp[2];
	struct grab_frame fr;
	uint8_t *uva[2], *buf;
	uint32_t seq;

	rig_setup(ri, format(usable_sizes(mc) - 1 == 3 ? 1 : 4), 2);
	size = (size_t)ri->ri_grab.sc_framesize;
	pages = (size + mc->mc_pagesize - 1) / mc->mc_pagesize;
	buf = malloc(size);
	assert_non_null(buf);
	assert_int_equal(busdma_sim_proc_create(sim, &p), 0);
	for (i = 0; i < 2; i++) {
		mp[i] = (struct mapping){ ri, (unsigned)i, 0 };
		/* A page more than there is. */
		uva[i] = busdma_sim_mmap(sim, p, size + mc->mc_pagesize, pager,
		    &mp[i], BUSDMA_SIM_PROT_READ);
		assert_non_null(uva[i]);
	}
	rig_queue(ri, 2);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	for (seq = 0; seq < 6; seq++) {
		fr = rig_frame(ri);
		memset(buf, 0, size);
		assert_int_equal(
		    busdma_sim_copyin(sim, p, uva[fr.fr_buffer], buf, size), 0);
		rig_check(ri, buf, seq);
		assert_int_equal(grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(mp[i].mp_asked, pages);
		/* Not to be written, and nothing behind its last page. */
		assert_int_equal(
		    busdma_sim_copyout(sim, p, buf, uva[i], 1), EFAULT);
		assert_int_equal(busdma_sim_copyin(sim, p,
				     uva[i] + pages * mc->mc_pagesize, buf, 1),
		    EFAULT);
		busdma_sim_ufree(sim, p, uva[i]);
	}
	assert_int_equal(
	    grab_mmap(&ri->ri_grab, 2, 0, BUSDMA_SIM_PROT_READ), (paddr_t)-1);
	assert_int_equal(
	    grab_mmap(&ri->ri_grab, 0, -4096, BUSDMA_SIM_PROT_READ),
	    (paddr_t)-1);
	busdma_sim_proc_destroy(sim, p);
	free(buf);
	rig_detach(ri);
}

/* Attach and setup fail at every hook that can fail, and hold nothing then. */
static void
test_setup_fails(void **state)
{
	const struct grab_format gf = format(1);
	struct rig *ri = rig_machine(*state, 5);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	unsigned n, failures = 0;
	bool hit = true;
	int error;

	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(sim, n);
		error = grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag);
		if (error == 0) {
			error = grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 3);
			if (error != 0)
				assert_int_equal(ri->ri_grab.sc_framesize, 0);
			assert_int_equal(grab_detach(&ri->ri_grab), 0);
		}
		hit = busdma_sim_fail_at(sim, 0);
		if (error == 0)
			continue;
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* Record, mapping, map and load of two rings and three tables, ... */
	assert_true(failures > 4 * (2 + 3));
	rig_end(ri);
}

/* A stream fails at every hook that can fail; then it works. */
static void
test_stream_fails(void **state)
{
	struct rig *ri = rig_attach(*state, 6);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	unsigned n, failures = 0;
	struct grab_frame fr;
	bool hit = true;
	int error;

	rig_setup(ri, format(1), 3);
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

/* A page that can't be mapped just then can be later. */
static void
test_mmap_fails(void **state)
{
	struct rig *ri = rig_attach(rig_config("fragmented"), 22);
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	struct mapping mp = { ri, 0, 0 };
	struct proc *p = busdma_sim_proc(sim);
	uint8_t *uva, byte;

	(void)state;
	rig_setup(ri, format(1), 1);
	uva = busdma_sim_mmap(sim, p, 4096, pager, &mp, BUSDMA_SIM_PROT_READ);
	assert_non_null(uva);
	(void)busdma_sim_fail_at(sim, 1);
	assert_int_equal(busdma_sim_copyin(sim, p, uva, &byte, 1), EFAULT);
	assert_true(busdma_sim_fail_at(sim, 0));
	assert_int_equal(busdma_sim_copyin(sim, p, uva, &byte, 1), 0);
	busdma_sim_ufree(sim, p, uva);
	rig_detach(ri);
}

/*
 * Queue, dequeue and the interrupt handler call nothing that an interrupt
 * handler must not.
 */
static void
test_interrupt(void **state)
{
	struct rig *ri = rig_attach(*state, 9);
	struct grab_frame fr;
	unsigned i;

	rig_setup(ri, format(0), 4);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	busdma_sim_interrupt(ri->ri_machine.ma_sim, true);
	rig_queue(ri, 4);
	for (i = 0; i < 100; i++) {
		assert_true(grab_wait(&ri->ri_grab));
		assert_true(grab_dequeue(&ri->ri_grab, &fr));
		assert_int_equal(fr.fr_seq, i);
		assert_int_equal(grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
	}
	busdma_sim_interrupt(ri->ri_machine.ma_sim, false);
	rig_detach(ri);
}

static void
test_bad_setup(void **state)
{
	static const struct grab_format bad[] = {
		{ 31, 7, 1, 1000 },
		{ 0, 7, 4, 1000 },
		{ 32, 0, 1, 1000 },
		{ 32, 7, 0, 1000 },
		{ 32, 7, 5, 1000 },
		{ 32, 7, 1, 0 },
		{ 4096, 4097, 1, 1000 },
		{ 0x40000000, 1, 4, 1000 },
		{ 0xffffffff, 0xffffffff, 4, 1000 },
	};
	struct rig *ri = rig_attach(rig_config("contiguous"), 1);
	struct grab_format gf = format(0);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    grab_setup(&ri->ri_grab, &bad[i], ri->ri_bufs, 1), EINVAL);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 0), EINVAL);
	assert_int_equal(
	    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, GRAB_QSIZE), EINVAL);
	assert_int_equal(grab_start(&ri->ri_grab), EINVAL);
	assert_int_equal(grab_queue(&ri->ri_grab, 0), EINVAL);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	/* The smallest frames, and as many buffers as the ring takes. */
	gf = rig_format(32, 1, 1);
	rig_setup(ri, gf, MAX_BUFS);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 1), EBUSY);
	rig_queue(ri, MAX_BUFS);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	assert_int_equal(grab_start(&ri->ri_grab), EBUSY);
	for (i = 0; i < MAX_BUFS; i++)
		assert_int_equal(rig_frame(ri).fr_seq, i);
	assert_false(grab_wait(&ri->ri_grab));
	assert_int_equal(grab_queue(&ri->ri_grab, MAX_BUFS), EINVAL);
	assert_int_equal(grab_queue(&ri->ri_grab, 7), 0);
	assert_int_equal(grab_queue(&ri->ri_grab, 7), EINVAL);
	rig_detach(ri);
}

/* Its maps have names, for those who read reports. */
static void
test_labels(void **state)
{
	struct rig *ri = rig_attach(rig_config("fragmented"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	const struct grab_buffer *gb = &ri->ri_bufs[1];

	(void)state;
	rig_setup(ri, format(1), 2);
	assert_string_equal(busdma_map_label(gb->gb_map), "grabber: frame");
	assert_string_equal(
	    busdma_map_label(gb->gb_table.mm_map), "grabber: table");
	assert_string_equal(
	    busdma_map_label(sc->sc_bufq.mm_map), "grabber: buffer ring");
	assert_string_equal(
	    busdma_map_label(sc->sc_cplq.mm_map), "grabber: completion ring");
	rig_detach(ri);
}

/* A frame in more pieces than the device has segments, or than there is. */
static void
test_too_large(void **state)
{
	struct rig *ri = rig_attach(rig_config("small-segments"), 1);
	struct grab_format gf = format(4);

	(void)state;
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 2), EFBIG);
	/* 17 segments of a page each, and a byte too many. */
	gf = rig_format(64, 1088, 1);
	rig_setup(ri, gf, 2);
	stream_whole(ri, 3);
	assert_true(
	    ri->ri_stream.st_splits > 0 || ri->ri_stream.st_size <= 17 * 4096);
	assert_int_equal(grab_release(&ri->ri_grab), 0);
	gf = rig_format(64, 1089, 1);
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 2), EFBIG);
	rig_detach(ri);

	ri = rig_attach(rig_config("single-pages"), 1);
	gf = rig_format(1600, 1200, 2);
	assert_int_equal(
	    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, 60), ENOMEM);
	rig_setup(ri, gf, 3);
	assert_true(ri->ri_bufs[0].gb_map->dm_nsegs > 900);
	stream_whole(ri, 3);
	rig_detach(ri);

	/* The grabber's segments are fewer than its buffer's pages. */
	ri = rig_attach(rig_config("single-pages"), 1);
	assert_int_equal(grab_detach(&ri->ri_grab), 0);
	test_env_lie(&ri->ri_grabenv, SIMGRAB_CAP, SIMGRAB_CAP_NSEGS, 4u << 16);
	assert_int_equal(
	    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
	rig_setup(ri, format(1), 2);
	assert_true(ri->ri_bufs[0].gb_nsegs <= 4);
	stream_whole(ri, 3);
	rig_detach(ri);
}

/*
 * Frames for which there is no buffer are dropped: exactly those are missing
 * in the sequence, and exactly those are counted.
 */
static void
test_overrun(void **state)
{
	struct rig *ri = rig_attach(rig_config("fragmented"), 3);
	struct env_device *dev = &ri->ri_grabenv;
	uint32_t before, seq;

	(void)state;
	rig_setup(ri, format(0), 2);
	rig_queue(ri, 2);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	assert_int_equal(rig_frame(ri).fr_seq, 0);
	assert_int_equal(rig_frame(ri).fr_seq, 1);
	while (env_read32(dev, SIMGRAB_SEQUENCE) < 10)
		continue;
	before = env_read32(dev, SIMGRAB_SEQUENCE);
	assert_int_equal(grab_overruns(&ri->ri_grab), before - 2);
	assert_int_equal(grab_queue(&ri->ri_grab, 1), 0);
	seq = rig_frame(ri).fr_seq;
	assert_true(seq == before || seq == before + 1);
	assert_int_equal(grab_stop(&ri->ri_grab), 0);
	assert_int_equal(
	    grab_overruns(&ri->ri_grab), env_read32(dev, SIMGRAB_SEQUENCE) - 3);
	assert_int_equal(ri->ri_grab.sc_frames, 3);
	/* They add up over the runs. */
	before = grab_overruns(&ri->ri_grab);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	while (env_read32(dev, SIMGRAB_SEQUENCE) < 5)
		continue;
	assert_true(grab_overruns(&ri->ri_grab) >= before + 5);
	rig_detach(ri);
}

/* A disk that can't keep up: frames are lost, none is torn. */
static void
test_slow_disk(void **state)
{
	struct grab_format gf = format(1);
	unsigned lost = 0;
	uint64_t seed;
	struct rig *ri;

	(void)state;
	gf.gf_period = 60;
	for (seed = 1; seed <= 10; seed++) {
		ri = rig_attach(rig_config("fragmented"), seed);
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

/* What a buffer holds that the grabber must not touch any more. */
static void
mark(struct rig *ri, unsigned buffer)
{
	uint8_t *p = malloc((size_t)ri->ri_grab.sc_framesize);

	assert_non_null(p);
	memset(p, 0x3c, (size_t)ri->ri_grab.sc_framesize);
	rig_poke(ri, buffer, p);
	free(p);
}

static void
check_mark(struct rig *ri, unsigned buffer)
{
	size_t size = (size_t)ri->ri_grab.sc_framesize, i;
	uint8_t *p = malloc(size);

	assert_non_null(p);
	rig_peek(ri, buffer, p);
	for (i = 0; i < size; i++)
		assert_int_equal(p[i], 0x3c);
	free(p);
}

/*
 * Stopped anywhere: what was complete is a frame, all else is the user's and
 * stays as it is; started again it begins at 0.
 */
static void
test_stop(void **state)
{
	unsigned i, done, left = 0;
	struct grab_frame fr;
	struct rig *ri;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 30; seed++) {
		ri = rig_attach(rig_config("fragmented"), seed);
		rig_setup(ri, format(1), 4);
		rig_queue(ri, 4);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		while (busdma_sim_now(ri->ri_machine.ma_sim) < seed * 700000)
			(void)env_read32(&ri->ri_grabenv, SIMGRAB_STATUS);
		assert_int_equal(grab_stop(&ri->ri_grab), 0);
		assert_false(ri->ri_grab.sc_running);
		for (i = done = 0; i < 4; i++) {
			if (ri->ri_bufs[i].gb_state == GRAB_DONE) {
				done++;
				continue;
			}
			assert_int_equal(ri->ri_bufs[i].gb_state, GRAB_USER);
			mark(ri, i);
			left++;
		}
		for (i = 0; i < 3000; i++)
			(void)env_read32(&ri->ri_grabenv, SIMGRAB_STATUS);
		for (i = done; i < 4; i++)
			check_mark(ri, i);
		for (i = 0; i < done; i++)
			assert_int_equal(rig_frame(ri).fr_seq, i);
		assert_false(grab_dequeue(&ri->ri_grab, &fr));
		rig_queue(ri, 4);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		assert_int_equal(rig_frame(ri).fr_seq, 0);
		rig_detach(ri);
	}
	assert_true(left > 30 && left < 30 * 4);
}

/* A grabber of which nothing is heard: reset, and it works. */
static void
test_reset(void **state)
{
	struct grab_frame fr;
	struct rig *ri;
	uint64_t seed;
	unsigned i;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		ri = rig_attach(rig_config("windows"), seed);
		rig_setup(ri, format(seed % 2), 4);
		rig_queue(ri, 3);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		(void)rig_frame(ri);
		ri->ri_grabenv.ed_silent = true;
		while (
		    grab_wait(&ri->ri_grab) && grab_dequeue(&ri->ri_grab, &fr))
			continue;
		assert_int_equal(grab_reset(&ri->ri_grab), 0);
		test_env_honest(&ri->ri_grabenv);
		assert_int_equal(grab_queue(&ri->ri_grab, 3), 0);
		/* What was complete before; then all that was queued. */
		while (grab_dequeue(&ri->ri_grab, &fr))
			assert_true(fr.fr_seq > 0);
		for (i = 0; ri->ri_grab.sc_queue.gl_first != NULL; i++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, i);
		}
		assert_int_equal(fr.fr_buffer, 3);
		rig_detach(ri);
	}
}

/* The rings are mapped for another requester: the grabber can't read them. */
static void
test_ring_unreachable(void **state)
{
	struct rig *ri = rig_machine(rig_config("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	bus_dma_tag_t other;

	(void)state;
	assert_int_equal(
	    busdma_sim_bus_tag(ri->ri_machine.ma_bus, 7, &other, 0), 0);
	assert_int_equal(grab_attach(sc, &ri->ri_grabenv, other), 0);
	rig_setup(ri, format(0), 2);
	rig_queue(ri, 2);
	assert_int_equal(grab_start(sc), 0);
	assert_false(grab_wait(sc));
	assert_int_equal(
	    env_read32(&ri->ri_grabenv, SIMGRAB_STATUS), SIMGRAB_STATUS_ERR);
	assert_int_equal(grab_stop(sc), 0);
	ri->ri_reports = 1;
	assert_int_equal(grab_detach(sc), 0);
	bus_dmatag_destroy(other);
	rig_end(ri);
}

/* Frames that wait for nobody. */
static void
drain(struct rig *ri)
{
	struct grab_frame fr;

	while (grab_dequeue(&ri->ri_grab, &fr))
		continue;
}

/* What a device ends with an error ends the stream, and all is let go. */
static void
test_stream_errors(void **state)
{
	struct rig *ri = rig_attach(rig_config("fragmented"), 4);
	uint8_t *high;

	(void)state;
	rig_setup(ri, format(1), 3);
	/* A table that names memory which is not mapped for the grabber. */
	high = ri->ri_bufs[1].gb_table.mm_kva + SIMGRAB_SEG_ADDR + 7;
	*high ^= 0x40;
	ri->ri_reports = 1;
	assert_int_equal(stream(ri, 5), EFAULT);
	assert_true(ri->ri_stream.st_written <= 1);
	*high ^= 0x40;
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
static void
test_stream_stuck(void **state)
{
	struct rig *ri = rig_attach(rig_config("fragmented"), 5);

	(void)state;
	rig_setup(ri, format(1), 3);
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

/* What attach does with a grabber that is none. */
static void
test_attach_lies(void **state)
{
	static const struct {
		uint32_t reg, mask, value;
		int error;
	} lies[] = {
		{ SIMGRAB_ID, 1, ~SIMGRAB_ID_VALUE, EINVAL },
		{ SIMGRAB_CAP, SIMGRAB_CAP_QSIZE, 1, EINVAL },
		{ SIMGRAB_CAP, SIMGRAB_CAP_NSEGS, 0, EINVAL },
		{ SIMGRAB_STATUS, SIMGRAB_STATUS_RUN, SIMGRAB_STATUS_RUN,
		    EBUSY },
	};
	struct rig *ri = rig_machine(rig_config("contiguous"), 1);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		test_env_lie(
		    &ri->ri_grabenv, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag),
		    lies[i].error);
	}
	rig_end(ri);
}

/* A grabber that does not start, or not stop; once it does, all is well. */
static void
test_never_stops(void **state)
{
	struct rig *ri = rig_attach(rig_config("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	struct env_device *dev = &ri->ri_grabenv;

	(void)state;
	rig_setup(ri, format(0), 4);
	rig_queue(ri, 2);
	test_env_lie(
	    dev, SIMGRAB_STATUS, SIMGRAB_STATUS_ERR, SIMGRAB_STATUS_ERR);
	assert_int_equal(grab_start(sc), EFAULT);
	test_env_lie(dev, SIMGRAB_STATUS, 3, 3);
	assert_int_equal(grab_start(sc), EBUSY);
	assert_int_equal(grab_start(sc), EBUSY);
	assert_int_equal(grab_queue(sc, 2), EBUSY);
	assert_int_equal(grab_intr(sc), 0);
	test_env_honest(dev);
	assert_int_equal(grab_reset(sc), 0);
	assert_int_equal(rig_frame(ri).fr_seq, 0);

	test_env_lie(
	    dev, SIMGRAB_STATUS, SIMGRAB_STATUS_RUN, SIMGRAB_STATUS_RUN);
	assert_int_equal(grab_reset(sc), EBUSY);
	assert_int_equal(grab_stop(sc), EBUSY);
	assert_int_equal(grab_release(sc), EBUSY);
	assert_int_equal(grab_detach(sc), EBUSY);
	assert_false(grab_wait(sc));
	test_env_honest(dev);
	assert_int_equal(grab_reset(sc), 0);
	assert_int_equal(grab_queue(sc, 2), 0);
	assert_true(rig_frame(ri).fr_seq < 2);
	rig_detach(ri);
}

/* The smallest rings there can be come round often. */
static void
test_small_rings(void **state)
{
	static const uint32_t caps[] = { 2, 3, 4, 7 };
	static const unsigned bufs[] = { 1, 1, 3, 3 };
	struct grab_format gf = format(0);
	struct grab_frame fr;
	struct rig *ri;
	unsigned i, j;

	(void)state;
	for (i = 0; i < 4; i++) {
		ri = rig_machine(rig_config("contiguous"), i);
		test_env_lie(
		    &ri->ri_grabenv, SIMGRAB_CAP, ~0u, caps[i] | 5u << 16);
		assert_int_equal(
		    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
		assert_int_equal(
		    grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, bufs[i] + 1),
		    EINVAL);
		rig_setup(ri, gf, bufs[i]);
		rig_queue(ri, bufs[i]);
		assert_int_equal(grab_start(&ri->ri_grab), 0);
		for (j = 0; j < 50; j++) {
			fr = rig_frame(ri);
			assert_int_equal(fr.fr_seq, j);
			assert_int_equal(
			    grab_queue(&ri->ri_grab, fr.fr_buffer), 0);
		}
		assert_int_equal(grab_detach(&ri->ri_grab), 0);
		rig_end(ri);
	}
}

/* Completions that belong to no buffer do no harm. */
static void
test_stray_completions(void **state)
{
	struct rig *ri = rig_machine(rig_config("contiguous"), 1);
	struct grab_softc *sc = &ri->ri_grab;
	struct grab_frame fr;
	unsigned i;

	(void)state;
	assert_int_equal(
	    liar_create(ri->ri_machine.ma_bus, GRABBER, &ri->ri_grabenv.ed_dev),
	    0);
	assert_int_equal(grab_attach(sc, &ri->ri_grabenv, ri->ri_tag), 0);
	rig_setup(ri, format(0), 4);
	assert_int_equal(grab_start(sc), 0);
	for (i = 1; i <= 5; i++) {
		assert_int_equal(grab_queue(sc, 0), 0);
		assert_true(grab_wait(sc));
		assert_true(grab_dequeue(sc, &fr));
		assert_int_equal(fr.fr_buffer, 0);
		assert_int_equal(fr.fr_bytes, sc->sc_framesize);
		assert_false(grab_dequeue(sc, &fr));
		assert_int_equal(sc->sc_stray, 2 * i);
		assert_int_equal(sc->sc_frames, i);
	}
	assert_int_equal(grab_detach(sc), 0);
	rig_end(ri);
}

/* Of those that run on every machine. */
static const struct {
	const char *name;
	CMUnitTestFunction func;
} each[] = {
	{ "frames", test_frames },
	{ "stream", test_stream },
	{ "shadow", test_shadow },
	{ "process", test_process },
	{ "setup_fails", test_setup_fails },
	{ "stream_fails", test_stream_fails },
	{ "interrupt", test_interrupt },
};

static const struct CMUnitTest once[] = {
	cmocka_unit_test(test_mmap_fails),
	cmocka_unit_test(test_bad_setup),
	cmocka_unit_test(test_labels),
	cmocka_unit_test(test_too_large),
	cmocka_unit_test(test_overrun),
	cmocka_unit_test(test_slow_disk),
	cmocka_unit_test(test_stop),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_ring_unreachable),
	cmocka_unit_test(test_stream_errors),
	cmocka_unit_test(test_stream_stuck),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_rings),
	cmocka_unit_test(test_stray_completions),
};

#define NEACH (sizeof(each) / sizeof(each[0]))
#define NONCE (sizeof(once) / sizeof(once[0]))

int
main(void)
{
	size_t i, j, n = NONCE, count = NONCE + NEACH * machine_nconfigs;
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	static char names[128][64];
	int failed;

	if (tests == NULL || count > 128 + NONCE)
		return 99;
	memcpy(tests, once, sizeof(once));
	for (i = 0; i < machine_nconfigs; i++) {
		for (j = 0; j < NEACH; j++, n++) {
			(void)snprintf(names[n - NONCE], sizeof(names[0]),
			    "test_%s/%s", each[j].name,
			    machine_configs[i].mc_name);
			tests[n].name = names[n - NONCE];
			tests[n].test_func = each[j].func;
			tests[n].initial_state =
			    (void *)(uintptr_t)&machine_configs[i];
		}
	}
	failed = _cmocka_run_group_tests("grab", tests, count, NULL, NULL);
	free(tests);
	return failed;
}
