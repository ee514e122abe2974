/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber's driver by seed: frames that the CPU looks at, and frames
 * that go to a disk, through the disk's driver.
 */
#include "tests/seeds.h"

#include <stdlib.h>
#include <unistd.h>

#include "grab/test_rig.h"
#include "tests/place.h"

#define NBUFS 3u
#define FRAMES 4u
#define PERIOD 500u /* microseconds: the disk keeps up */

const char seed_driver[] = "grab";

/* The next frame, waited for or not. */
static void
next_frame(struct rig *ri, struct seed *sd, unsigned seq)
{
	struct grab_softc *sc = &ri->ri_grab;
	struct grab_frame fr;

	while (sd->sd_poll && sc->sc_done.gl_first == NULL)
		(void)grab_intr(sc);
	fr = rig_frame(ri);
	assert_int_equal(fr.fr_seq, seq);
	if (seq + NBUFS < FRAMES)
		assert_int_equal(grab_queue(sc, fr.fr_buffer), 0);
}

static void
look(struct rig *ri, struct seed *sd)
{
	unsigned i;

	rig_queue(ri, NBUFS);
	assert_int_equal(grab_start(&ri->ri_grab), 0);
	for (i = 0; i < FRAMES; i++)
		next_frame(ri, sd, i);
	assert_int_equal(grab_stop(&ri->ri_grab), 0);
}

static void
stream(struct rig *ri)
{
	struct stream *st = &ri->ri_stream;
	size_t size = (size_t)ri->ri_grab.sc_framesize;
	uint8_t *p = malloc(size);
	unsigned i;
	off_t at;

	assert_non_null(p);
	st->st_grab = &ri->ri_grab;
	st->st_disk = &ri->ri_disk;
	st->st_lba = 3;
	st->st_frames = FRAMES;
	assert_int_equal(stream_run(st), 0);
	assert_int_equal(st->st_written, FRAMES);
	assert_int_equal(st->st_lost, 0);
	for (i = 0; i < FRAMES; i++) {
		at = (off_t)(st->st_lba * SIMDISK_BLOCKSIZE + i * st->st_size);
		assert_int_equal(pread(ri->ri_fd, p, size, at), size);
		rig_check(ri, p, i);
	}
	free(p);
}

void
seed_run(struct seed *sd)
{
	struct rig *ri = rig_machine(&sd->sd_config, sd->sd_seed);
	uint64_t *random = &sd->sd_random;
	struct grab_format gf;

	seed_machine(sd, &ri->ri_machine);
	assert_int_equal(
	    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
	assert_int_equal(
	    disk_attach(&ri->ri_disk, &ri->ri_diskenv, ri->ri_machine.ma_tag),
	    0);
	gf = rig_format(
	    32 + place_below(random, 100), 1 + place_below(random, 20), 1);
	gf.gf_period = PERIOD;
	rig_setup(ri, gf, NBUFS);
	look(ri, sd);
	stream(ri);
	rig_detach(ri);
}
