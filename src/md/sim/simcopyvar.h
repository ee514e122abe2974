/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated copy engine, inside.
 */
#ifndef BUSDMA_SIMCOPYVAR_H
#define BUSDMA_SIMCOPYVAR_H

#include "simdevlib.h"

#define SIMCOPY_MAXJOBS 8u
#define SIMCOPY_MAXSEGS 256u /* in either list */
#define SIMCOPY_PIECE 8192u  /* most bytes that one step moves */

/* What a job needs next. */
enum simcopy_phase {
	SIMCOPY_FETCH, /* its header */
	SIMCOPY_LISTS, /* entries of its lists */
	SIMCOPY_MOVE,  /* a piece read, or written */
	SIMCOPY_POST,  /* all of its completion but the cookie written */
	SIMCOPY_SIGN,  /* its cookie written */
};

/* A list, and how far the engine is in it. */
struct simcopy_list {
	uint32_t ls_nsegs;
	uint32_t ls_fetched; /* entries */
	uint32_t ls_seg;
	uint32_t ls_off; /* bytes of ls_seg that were moved */
	uint64_t ls_sum; /* of the entries that were fetched */
	struct simdev_seg ls_segs[SIMCOPY_MAXSEGS];
};

struct simcopy_job {
	bus_addr_t jb_addr; /* of the descriptor */
	enum simcopy_phase jb_phase;
	uint32_t jb_status;
	uint32_t jb_cookie;
	uint64_t jb_len;
	bus_addr_t jb_cpl;
	uint64_t jb_moved; /* bytes written */
	uint32_t jb_held;  /* bytes in jb_buf: read, not yet written */
	uint32_t jb_sent;  /* of them, written */
	struct simcopy_list jb_src;
	struct simcopy_list jb_dst;
	uint8_t jb_buf[SIMCOPY_PIECE];
};

struct simcopy {
	struct busdma_sim_dev *sc_dev;
	uint32_t sc_ctrl;
	uint32_t sc_status;
	uint32_t sc_jobhi;
	uint32_t sc_intr;
	unsigned sc_njobs;
	/* The first sc_njobs are queued. */
	struct simcopy_job *sc_job[SIMCOPY_MAXJOBS];
	struct simcopy_job sc_jobs[SIMCOPY_MAXJOBS];
};

/* simcopyjob.c */
/*
 * Do the next small thing of a job that is not yet to be signed; false: it
 * can't be ended, for its completion can't be reached.
 */
bool simcopy_advance(struct simcopy *sc, struct simcopy_job *jb);
/* Write the cookie; false: as above. */
bool simcopy_sign(struct simcopy *sc, struct simcopy_job *jb);

#endif /* BUSDMA_SIMCOPYVAR_H */
