/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Layers of the tests' own, written with <busdma/backend.h> and no more: they
 * pass everything on and write down in which order they were called.
 */
#ifndef CONF_RECORD_H
#define CONF_RECORD_H

#include <busdma/backend.h>

enum rec_kind {
	REC_WHOLE, /* bo_load: passes all fragments on */
	REC_SPLIT, /* bo_load: splits fragments while there is room */
	REC_PIECE, /* bo_map: shortens fragments to 3/4 of a page */
	REC_TOLD,  /* bo_loaded: lets the shortcut be */
	REC_TABLE, /* bo_map: swaps the pages of each pair, as a table might */
	REC_MUTE,  /* the same, and does not say what it reaches */
};

enum rec_op {
	REC_NARROW = 1,
	REC_FREE,
	REC_CREATE,
	REC_DESTROY,
	REC_MAP,
	REC_LOAD,
	REC_LOADED,
	REC_UNLOAD,
	REC_SYNC,
	REC_BARRIER, /* id 0; cpu_barrier_wc: 1 */
};

struct rec_event {
	enum rec_op re_op;
	unsigned re_id;
	bus_addr_t re_offset; /* of SYNC */
	bus_size_t re_len;
	int re_ops;
};

/* What a layer does to its fragments that it must not. */
enum rec_wrong {
	REC_RIGHT,
	REC_SHORT, /* a byte less than the load */
	REC_LONG,  /* a byte more */
	REC_EMPTY, /* a fragment of no bytes */
	REC_WRAP,  /* one that wraps */
	REC_NONE,  /* no fragment at all */
};

#define REC_MAXEVENTS 64

extern struct rec {
	struct rec_event rc_event[REC_MAXEVENTS];
	unsigned rc_n;      /* events, of which the first are kept */
	unsigned rc_maps;   /* calls of bo_map, which are no events */
	unsigned rc_broken; /* areas that were not as they must be */

	enum rec_op rc_fail; /* this op of layer rc_failid fails */
	unsigned rc_failid;
	int rc_error;               /* with this; 0: ENOMEM, of bo_map EFAULT */
	enum rec_wrong rc_wrong;    /* of the layers with bo_load */
	enum rec_wrong rc_wrongmap; /* of bo_map: EMPTY or LONG */
} rec;

/* Forget everything. */
void rec_clear(void);
/* Forget the events only. */
void rec_restart(void);
/* For conf_flat_on_barrier. */
void rec_barrier(int ops, bool wc);

/* Make a layer on `lower'; `id' names it in the events. */
int rec_create(enum rec_kind kind, unsigned id, bus_dma_tag_t lower,
    bus_dma_tag_t *newtag, int flags);
/* The ops table of a kind. */
const struct busdma_backend_ops *rec_ops(enum rec_kind kind);

#endif /* CONF_RECORD_H */
