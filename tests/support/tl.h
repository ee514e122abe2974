/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unit tests' backend: a layer that adds an offset and watches.  It counts
 * the calls of each op, writes them into a trace that layers can share, and
 * lets one op fail.
 */
#ifndef TESTS_SUPPORT_TL_H
#define TESTS_SUPPORT_TL_H

#include "tp.h"

enum tl_op {
	TL_NONE,
	TL_NARROW,
	TL_FREE,
	TL_CREATE,
	TL_DESTROY,
	TL_MAP,
	TL_LOAD,
	TL_LOADED,
	TL_UNLOAD,
	TL_SYNC,
	TL_REACH,
	TL_NOPS
};

/* What happened, oldest first. */
struct tl_trace {
	unsigned tt_n;
	struct {
		unsigned te_id;
		enum tl_op te_op;
	} tt_ev[256];
};

struct tl_layer {
	struct busdma_backend_ops tl_ops;
	unsigned tl_id;
	struct tl_trace *tl_trace; /* NULL: none */
	unsigned tl_calls[TL_NOPS];
	enum tl_op tl_fail; /* this op fails with tl_error */
	int tl_error;
	bool tl_shortcut;      /* new tags have one: the offset */
	bool tl_noshortcut;    /* new tags forbid one */
	bus_size_t tl_most;    /* bo_map shortens to this; 0: no */
	bus_addr_t tl_offset;  /* bo_map and bo_load add it */
	bus_size_t tl_split;   /* bo_load splits at this; 0: no */
	bus_addr_t tl_syncoff; /* of the last bo_sync */
	bus_size_t tl_synclen;
	int tl_syncops;
	int tl_flags;          /* of the last bo_create, bo_load, bo_loaded */
	unsigned tl_nfrags;    /* what the last bo_load got, */
	unsigned tl_maxfrags;  /* the room it had, */
	bus_size_t tl_fragsum; /* and the bytes in it */
	int tl_nsegs;          /* dm_nsegs at the last bo_loaded */
	size_t tl_area;        /* of each map */
	unsigned tl_badarea;   /* areas that were not as promised */
	struct busdma_reach tl_reach[4];
	unsigned tl_nreach;
};

/*
 * Prepare a layer: `ops' chooses what its table has besides bo_narrow and
 * bo_free: c bo_create and bo_destroy, m bo_map, l bo_load, L bo_loaded,
 * u bo_unload, s bo_sync, r bo_reach.
 */
void tl_init(
    struct tl_layer *tl, unsigned id, const char *ops, struct tl_trace *trace);

/* Make a tag of it on `lower', or a bottom tag on the platform. */
int tl_create(struct tp *tp, struct tl_layer *tl, bus_dma_tag_t lower,
    bus_dma_tag_t *newtag);

#endif /* TESTS_SUPPORT_TL_H */
