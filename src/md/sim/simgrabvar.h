/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated frame grabber, inside.
 */
#ifndef BUSDMA_SIMGRABVAR_H
#define BUSDMA_SIMGRABVAR_H

#include "simdevlib.h"

#define SIMGRAB_MAXQSIZE 64u
#define SIMGRAB_MAXSEGS 4096u
#define SIMGRAB_MAXBYTES (16u << 20) /* in a frame */
#define SIMGRAB_MAXAHEAD 4u          /* buffers that it knows at once */
#define SIMGRAB_PIECE 16384u         /* most bytes that one step moves */

/* How far a buffer that was fetched has come, in this order. */
enum simgrab_state {
	SIMGRAB_TABLE, /* its table is being fetched */
	SIMGRAB_READY,
	SIMGRAB_FILLING,
	SIMGRAB_DONE, /* only its completion is left */
};

struct simgrab_buf {
	enum simgrab_state sb_state;
	uint16_t sb_id;
	uint16_t sb_status;
	uint32_t sb_nsegs;
	bus_addr_t sb_table;
	struct simdev_seg *sb_segs; /* room for SIMGRAB_MAXSEGS */
	uint32_t sb_fetched;        /* entries of the table */
	uint32_t sb_seg;            /* the segment that is being filled */
	uint32_t sb_segoff;         /* bytes of it that were */
	uint32_t sb_moved;          /* bytes in all */
	uint32_t sb_seq;            /* of the frame */
	uint64_t sb_time;
};

struct simgrab {
	struct busdma_sim_dev *sg_dev;

	uint32_t sg_ctrl;
	uint32_t sg_status;
	uint32_t sg_intr;
	uint32_t sg_width;
	uint32_t sg_height;
	uint32_t sg_depth;
	uint32_t sg_period;
	struct simdev_rings sg_rings;

	uint32_t sg_bytes; /* in a frame */
	uint64_t sg_start; /* when it was enabled, nanoseconds */
	uint64_t sg_next;  /* when the next frame begins, from sg_start */
	uint32_t sg_seq;   /* of the next frame */
	uint32_t sg_overrun;

	/* Those known, in the ring's order: sg_nbufs from sg_first on. */
	struct simgrab_buf sg_buf[SIMGRAB_MAXAHEAD];
	unsigned sg_first;
	unsigned sg_nbufs;
	uint8_t sg_data[SIMGRAB_PIECE];
};

/* simgrabio.c */
/* Take up a buffer as it stands in the ring, and look at what it says. */
void simgrab_begin(
    struct simgrab *sg, struct simgrab_buf *sb, const uint8_t *raw);
/* Fetch a part of its table, or move a piece of the frame into it. */
void simgrab_advance(struct simgrab *sg, struct simgrab_buf *sb);

#endif /* BUSDMA_SIMGRABVAR_H */
