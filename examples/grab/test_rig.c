/* SPDX-License-Identifier: BSD-2-Clause */
/* What the frame grabber's tests share. */
#include "grab/test_rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "le.h"

struct rig *
rig_machine(const struct machine_config *mc, uint64_t seed)
{
	struct rig *ri = calloc(1, sizeof(*ri));
	struct machine *ma;
	char path[64];

	assert_non_null(ri);
	ma = &ri->ri_machine;
	ri->ri_bufs = calloc(MAX_BUFS, sizeof(*ri->ri_bufs));
	assert_non_null(ri->ri_bufs);
	ri->ri_fd = memfd_create("disk", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_true(ri->ri_fd >= 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ri->ri_fd);
	assert_int_equal(machine_create(ma, mc, seed, path, DISK_BYTES), 0);
	ri->ri_diskenv.ed_dev = ma->ma_dev;
	assert_int_equal(
	    busdma_sim_grab_create(ma->ma_bus, GRABBER, &ri->ri_grabenv.ed_dev),
	    0);
	assert_int_equal(machine_stack(ma, GRABBER, &ri->ri_stack), 0);
	ri->ri_tag = machine_tag(&ri->ri_stack);
	return ri;
}

void
rig_end(struct rig *ri)
{
	machine_unstack(&ri->ri_stack);
	test_machine_end(&ri->ri_machine, ri->ri_reports);
	(void)close(ri->ri_fd);
	free(ri->ri_bufs);
	free(ri);
}

struct rig *
rig_attach(const struct machine_config *mc, uint64_t seed)
{
	struct rig *ri = rig_machine(mc, seed);

	assert_int_equal(
	    grab_attach(&ri->ri_grab, &ri->ri_grabenv, ri->ri_tag), 0);
	assert_int_equal(
	    disk_attach(&ri->ri_disk, &ri->ri_diskenv, ri->ri_machine.ma_tag),
	    0);
	return ri;
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(grab_detach(&ri->ri_grab), 0);
	assert_int_equal(disk_detach(&ri->ri_disk), 0);
	rig_end(ri);
}

struct grab_format
rig_format(uint32_t width, uint32_t height, uint32_t depth)
{
	return (struct grab_format){
		.gf_width = width,
		.gf_height = height,
		.gf_depth = depth,
		.gf_period = 3000 + width * height * depth / 100,
	};
}

/* What a machine can hold of: with few segments or slots only small frames. */
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

struct grab_format
rig_size(size_t i)
{
	return rig_format(sizes[i].width, sizes[i].height, sizes[i].depth);
}

size_t
rig_nsizes(const struct machine_config *mc)
{
	return mc->mc_limits != NULL || mc->mc_bounce != NULL ? NSIZES - 1
							      : NSIZES;
}

void
rig_setup(struct rig *ri, struct grab_format gf, unsigned nbufs)
{
	assert_int_equal(grab_setup(&ri->ri_grab, &gf, ri->ri_bufs, nbufs), 0);
}

void
rig_queue(struct rig *ri, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		assert_int_equal(grab_queue(&ri->ri_grab, i), 0);
}

void
rig_check(const struct rig *ri, const uint8_t *p, uint32_t seq)
{
	const struct grab_format *gf = &ri->ri_grab.sc_format;
	uint32_t size = (uint32_t)ri->ri_grab.sc_framesize, i;
	uint64_t time;

	assert_int_equal(le_get32(p + SIMGRAB_HDR_MAGIC), SIMGRAB_HDR_VALUE);
	assert_int_equal(le_get32(p + SIMGRAB_HDR_SEQ), seq);
	time = le_get64(p + SIMGRAB_HDR_TIME);
	assert_int_equal(time, (uint64_t)gf->gf_period * (seq + 1));
	assert_int_equal(le_get32(p + SIMGRAB_HDR_WIDTH), gf->gf_width);
	assert_int_equal(le_get32(p + SIMGRAB_HDR_HEIGHT), gf->gf_height);
	assert_int_equal(le_get32(p + SIMGRAB_HDR_DEPTH), gf->gf_depth);
	assert_int_equal(le_get32(p + SIMGRAB_HDR_BYTES), size);
	for (i = SIMGRAB_HDR_SIZE; i < size; i++) {
		if (p[i] != simgrab_byte(seq, i))
			fail_msg("byte %u of frame %u is %#x, not %#x", i, seq,
			    p[i], simgrab_byte(seq, i));
	}
}

/* The physical memory of a buffer, up to the frame's length. */
static void
copy(struct rig *ri, unsigned buffer, uint8_t *p, bool in)
{
	const struct grab_buffer *gb = &ri->ri_bufs[buffer];
	struct busdma_sim *sim = ri->ri_machine.ma_sim;
	size_t left = (size_t)ri->ri_grab.sc_framesize, n;
	int i;

	for (i = 0; left > 0; i++, left -= n, p += n) {
		assert_true(i < gb->gb_nsegs);
		n = (size_t)gb->gb_segs[i].ds_len;
		if (n > left)
			n = left;
		assert_true(test_memory(sim, gb->gb_segs[i].ds_addr, p, n, in));
	}
}

void
rig_peek(struct rig *ri, unsigned buffer, uint8_t *p)
{
	copy(ri, buffer, p, false);
}

void
rig_poke(struct rig *ri, unsigned buffer, uint8_t *p)
{
	copy(ri, buffer, p, true);
}

struct grab_frame
rig_frame(struct rig *ri)
{
	uint8_t *p = malloc((size_t)ri->ri_grab.sc_framesize);
	struct grab_frame fr;

	assert_non_null(p);
	assert_true(grab_wait(&ri->ri_grab));
	assert_true(grab_dequeue(&ri->ri_grab, &fr));
	assert_int_equal(fr.fr_status, SIMGRAB_ST_OK);
	assert_int_equal(fr.fr_bytes, ri->ri_grab.sc_framesize);
	assert_int_equal(fr.fr_time,
	    (uint64_t)ri->ri_grab.sc_format.gf_period * (fr.fr_seq + 1));
	rig_peek(ri, fr.fr_buffer, p);
	rig_check(ri, p, fr.fr_seq);
	free(p);
	return fr;
}
