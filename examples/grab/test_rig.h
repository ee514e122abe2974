/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the frame grabber's tests share: a machine with a grabber and a disk,
 * both drivers attached.
 */
#ifndef EXAMPLES_GRAB_TEST_RIG_H
#define EXAMPLES_GRAB_TEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grab/grab.h"
#include "grab/stream.h"
#include "tests/env.h"
#include "tests/machine.h"

#define DISK_BYTES (16u << 20)
#define GRABBER 2u /* its requester id; the disk's is 1 */
#define MAX_BUFS (GRAB_QSIZE - 1)

struct rig {
	struct machine ri_machine;
	struct env_device ri_grabenv, ri_diskenv;
	struct machine_stack ri_stack; /* the grabber's */
	bus_dma_tag_t ri_tag;          /* what its driver gets */
	struct grab_softc ri_grab;
	struct disk_softc ri_disk;
	struct stream ri_stream;
	struct grab_buffer *ri_bufs; /* MAX_BUFS */
	int ri_fd;                   /* the file behind the disk */
	unsigned ri_reports;         /* that the test expects */
};

/* A machine with the two devices; the drivers are the caller's. */
struct rig *rig_machine(const struct machine_config *mc, uint64_t seed);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* rig_machine, and both drivers; both drivers, and rig_end. */
struct rig *rig_attach(const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A format whose period is long enough for the disk to keep up. */
struct grab_format rig_format(uint32_t width, uint32_t height, uint32_t depth);

/* One of the formats that every test runs with; how many a machine can. */
struct grab_format rig_size(size_t i);
size_t rig_nsizes(const struct machine_config *mc);

/* That grab_setup succeeds; grab_queue of the first `n' buffers. */
void rig_setup(struct rig *ri, struct grab_format gf, unsigned nbufs);
void rig_queue(struct rig *ri, unsigned n);

/* The next frame, which is whole; it is checked. */
struct grab_frame rig_frame(struct rig *ri);

/* `p' holds the frame with a number, of the format that is set up. */
void rig_check(const struct rig *ri, const uint8_t *p, uint32_t seq);

/* A buffer's memory, as the CPU sees it. */
void rig_peek(struct rig *ri, unsigned buffer, uint8_t *p);
void rig_poke(struct rig *ri, unsigned buffer, uint8_t *p);

#endif /* EXAMPLES_GRAB_TEST_RIG_H */
