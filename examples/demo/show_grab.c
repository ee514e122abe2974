/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber: frames are written to a disk while more are captured,
 * out of memory that is never mapped; then a process maps one, a page at a
 * time, and looks at it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo/demo.h"
#include "grab/grab.h"
#include "grab/stream.h"
#include "le.h"
#include "sim/env_sim.h"

#define FRAMES 24u
#define BUFFERS 12u
#define REQUESTER 2u /* the grabber's; the disk's is 1 */

/* Of full height, and the most bytes in a frame. */
#define WIDTH 320u
#define HEIGHT 240u
#define DEPTH 2u
#define FRAME_SIZE (WIDTH * HEIGHT * DEPTH)

struct result {
	const struct machine_config *re_config;
	unsigned re_height;
	unsigned re_frames; /* on the disk */
	unsigned re_lost;
	unsigned re_segments;  /* of all buffers */
	unsigned re_fragments; /* of their memory */
	unsigned re_inflight;  /* most writes at once */
	unsigned re_pages;     /* that the process touched */
	double re_seconds;
	struct bus_dma_bounce_stats re_bounced; /* of both drivers */
	struct verdict re_verdict;
};

/* A machine with both devices, and both drivers attached. */
struct studio {
	struct machine st_machine;
	struct busdma_sim_dev *st_dev;
	struct machine_stack st_stack; /* the grabber's */
	struct grab_softc st_grab;
	struct disk_softc st_disk;
	struct stream st_stream;
	struct grab_buffer st_bufs[BUFFERS];
	unsigned st_buffer; /* that the process maps */
	unsigned st_touched;
};

/* Every byte is that of the frame with this number. */
static bool
frame_ok(const uint8_t *p, uint32_t size, uint32_t seq)
{
	uint32_t i;

	if (le_get32(p + SIMGRAB_HDR_MAGIC) != SIMGRAB_HDR_VALUE ||
	    le_get32(p + SIMGRAB_HDR_SEQ) != seq ||
	    le_get32(p + SIMGRAB_HDR_BYTES) != size)
		return false;
	for (i = SIMGRAB_HDR_SIZE; i < size; i++) {
		if (p[i] != simgrab_byte(seq, i))
			return false;
	}
	return true;
}

/* The disk's file, looked at from outside. */
static bool
file_ok(int fd, uint64_t blocks, uint32_t size, uint8_t *p)
{
	unsigned i;

	for (i = 0; i < FRAMES; i++) {
		if (pread(
			fd, p, size, (off_t)(i * blocks * SIMDISK_BLOCKSIZE)) !=
			(ssize_t)size ||
		    !frame_ok(p, size, i))
			return false;
	}
	return true;
}

/* The kernel's device pager asks the driver for a page. */
static paddr_t
pager(void *arg, int64_t off, int prot)
{
	struct studio *st = arg;

	st->st_touched++;
	return grab_mmap(&st->st_grab, st->st_buffer, off, prot);
}

/* One frame more, through the eyes of a process. */
static bool
process_ok(struct studio *st, uint8_t *p)
{
	struct busdma_sim *sim = st->st_machine.ma_sim;
	const uint32_t size = (uint32_t)st->st_grab.sc_framesize;
	struct grab_frame fr;
	struct proc *proc;
	void *uva;
	bool ok = false;

	/* Frames that came too late for the stream. */
	while (grab_dequeue(&st->st_grab, &fr))
		continue;
	if (grab_queue(&st->st_grab, 0) != 0 || grab_start(&st->st_grab) != 0)
		return false;
	if (grab_wait(&st->st_grab) && grab_dequeue(&st->st_grab, &fr) &&
	    fr.fr_status == SIMGRAB_ST_OK &&
	    busdma_sim_proc_create(sim, &proc) == 0) {
		st->st_buffer = fr.fr_buffer;
		uva = busdma_sim_mmap(
		    sim, proc, size, pager, st, BUSDMA_SIM_PROT_READ);
		ok = uva != NULL &&
		     busdma_sim_copyin(sim, proc, uva, p, size) == 0 &&
		     frame_ok(p, size, fr.fr_seq);
		busdma_sim_proc_destroy(sim, proc);
	}
	return grab_stop(&st->st_grab) == 0 && ok;
}

static void
run_stream(struct studio *st, struct result *re, int disk)
{
	struct stream *sm = &st->st_stream;
	uint8_t *p = malloc(FRAME_SIZE);
	double begin = seconds();
	unsigned i;
	int error;

	*sm = (struct stream){
		.st_grab = &st->st_grab,
		.st_disk = &st->st_disk,
		.st_frames = FRAMES,
	};
	error = p != NULL ? stream_run(sm) : ENOMEM;
	re->re_seconds = seconds() - begin;
	if (error != 0)
		because(&re->re_verdict, "the stream ended with an error");
	else if (sm->st_lost != 0)
		because(&re->re_verdict, "frames were lost");
	else if (!file_ok(disk, stream_blocks(&st->st_grab),
		     (uint32_t)st->st_grab.sc_framesize, p))
		because(&re->re_verdict, "the disk does not hold the frames");
	else if (!process_ok(st, p))
		because(&re->re_verdict, "the process saw no whole frame");
	re->re_frames = sm->st_written;
	re->re_lost = sm->st_lost;
	re->re_inflight = sm->st_mostinflight;
	re->re_pages = st->st_touched;
	for (i = 0; i < BUFFERS; i++) {
		re->re_fragments += (unsigned)st->st_bufs[i].gb_nsegs;
		if (st->st_bufs[i].gb_map != NULL)
			re->re_segments +=
			    (unsigned)st->st_bufs[i].gb_map->dm_nsegs;
	}
	free(p);
}

/* Buffers for frames as high as the device takes on this machine. */
static int
make_buffers(struct studio *st, struct result *re)
{
	struct grab_format gf = { WIDTH, HEIGHT, DEPTH, 800 };
	int error;

	do {
		re->re_height = gf.gf_height;
		error = grab_setup(&st->st_grab, &gf, st->st_bufs, BUFFERS);
		gf.gf_height /= 2;
	} while (error == EFBIG && gf.gf_height != 0);
	return error;
}

static void
run_drivers(struct studio *st, struct result *re, int disk)
{
	struct verdict *ve = &re->re_verdict;
	struct machine *ma = &st->st_machine;

	if (disk_attach(&st->st_disk, env_sim_device(ma->ma_dev), ma->ma_tag) !=
	    0) {
		because(ve, "the disk's driver does not attach");
		return;
	}
	if (grab_attach(&st->st_grab, env_sim_device(st->st_dev),
		machine_tag(&st->st_stack)) != 0) {
		because(ve, "the grabber's driver does not attach");
	} else {
		if (make_buffers(st, re) != 0)
			because(ve, "no buffers");
		else
			run_stream(st, re, disk);
		if (grab_detach(&st->st_grab) != 0)
			because(ve, "the grabber does not stop");
		bounced_add(&re->re_bounced, machine_tag(&st->st_stack));
	}
	if (disk_detach(&st->st_disk) != 0)
		because(ve, "the disk does not stop");
	bounced_add(&re->re_bounced, ma->ma_tag);
}

static void
run_machine(const struct demo *de, struct studio *st, struct result *re)
{
	const uint64_t bytes = (uint64_t)FRAMES * ((FRAME_SIZE + 511) & ~511u);
	struct machine *ma = &st->st_machine;
	char path[1024];
	int disk;

	disk = temporary(path, sizeof(path));
	if (disk < 0) {
		because(&re->re_verdict, "no file for the disk");
		return;
	}
	if (machine_create(ma, re->re_config, de->de_seed, path, bytes) != 0) {
		(void)unlink(path);
		(void)close(disk);
		because(&re->re_verdict, "the machine can't be made");
		return;
	}
	(void)unlink(path);
	demo_trace(de, ma, "frame grabber");
	if (busdma_sim_grab_create(ma->ma_bus, REQUESTER, &st->st_dev) == 0 &&
	    machine_stack(ma, REQUESTER, &st->st_stack) == 0) {
		run_drivers(st, re, disk);
		machine_unstack(&st->st_stack);
	} else {
		because(&re->re_verdict, "no grabber");
	}
	verdict_machine(de, &re->re_verdict, ma);
	(void)close(disk);
}

static double
rate(const struct result *re)
{
	return re->re_seconds > 0.0 ? (double)re->re_frames * WIDTH *
					  re->re_height * DEPTH / re->re_seconds
				    : 0.0;
}

static void
print_result(const struct demo *de, const struct result *re)
{
	const struct verdict *ve = &re->re_verdict;

	if (de->de_json) {
		(void)printf("{\"type\": \"grabber\", \"name\": ");
		print_string(re->re_config->mc_name);
		(void)printf(", \"frames\": %u, \"frame_bytes\": %u"
			     ", \"lost\": %u, \"fragments\": %u"
			     ", \"segments\": %u, \"most_in_flight\": %u"
			     ", \"process_pages\": %u, \"seconds\": %.6f"
			     ", \"bytes_per_second\": %.0f",
		    re->re_frames, WIDTH * re->re_height * DEPTH, re->re_lost,
		    re->re_fragments, re->re_segments, re->re_inflight,
		    re->re_pages, re->re_seconds, rate(re));
		print_bounced_json(&re->re_bounced);
		print_verdict(ve);
		return;
	}
	(void)printf("%-4s %-14s %3ux%-3u %6u %5u %8.1f %8.1f %8u %6u %5.0f\n",
	    ve->ve_why[0] == '\0' ? "ok" : "FAIL", re->re_config->mc_name,
	    WIDTH, re->re_height, re->re_frames, re->re_lost,
	    (double)re->re_fragments / BUFFERS,
	    (double)re->re_segments / BUFFERS, re->re_inflight, re->re_pages,
	    rate(re) / 1e6);
	print_bounced(&re->re_bounced);
	if (ve->ve_why[0] != '\0')
		(void)printf("     because: %s (reports %u, leaks %u)\n",
		    ve->ve_why, ve->ve_reports, ve->ve_leaks);
}

void
show_grab(struct demo *de)
{
	struct studio *st;
	unsigned i;

	if (!de->de_json) {
		(void)printf("\nframe grabber: %u frames streamed to the disk "
			     "while it captures, none copied,\nin %u buffers "
			     "that are never mapped; then one is seen by a "
			     "process\n\n",
		    FRAMES, BUFFERS);
		(void)printf("%-4s %-14s %7s %6s %5s %8s %8s %8s %6s %5s\n", "",
		    "machine", "format", "frames", "lost", "runs/buf",
		    "segs/buf", "writes", "pages", "MB/s");
	}
	for (i = 0; i < machine_nconfigs; i++) {
		struct result re = { .re_config = &machine_configs[i] };

		if (!demo_wants(de, re.re_config))
			continue;
		st = calloc(1, sizeof(*st));
		if (st != NULL)
			run_machine(de, st, &re);
		else
			because(&re.re_verdict, "out of memory");
		free(st);
		print_result(de, &re);
		verdict_count(de, &re.re_verdict);
	}
}
