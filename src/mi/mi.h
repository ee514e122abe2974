/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the machine-independent layer share and nobody else sees.
 */
#ifndef BUSDMA_MI_H
#define BUSDMA_MI_H

#include <busdma/backend.h>

/* What is not on the usual path, and must not cost it a register. */
#define BUSDMA_COLD __attribute__((noinline, cold))

/* Where the compiler is asked for small code, the general ways serve all. */
#ifdef __OPTIMIZE_SIZE__
#define BUSDMA_SMALL 1
#else
#define BUSDMA_SMALL 0
#endif

/* Fragments that one call of the translation hook is asked for. */
#define BUSDMA_NFRAGS 16

static inline bool
busdma_ispow2(uint64_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

/* The smaller of two limits in which 0 means none. */
static inline uint64_t
busdma_minlimit(uint64_t a, uint64_t b)
{
	return a - 1 < b - 1 ? a : b;
}

/*
 * v / n, and the rest; n from 1, below 2^31.  By shift and subtract: a 64-bit
 * division would call the compiler's library on a 32-bit machine.
 */
static inline uint64_t
busdma_divide(uint64_t v, unsigned n, unsigned *restp)
{
	uint64_t quotient = 0;
	unsigned rest = 0;
	int bit;

	for (bit = 63; bit >= 0; bit--) {
		rest = (rest << 1) | (unsigned)((v >> bit) & 1);
		quotient <<= 1;
		if (rest >= n) {
			rest -= n;
			quotient |= 1;
		}
	}
	*restp = rest;
	return quotient;
}

/* A map handed in with tag `t' is that tag's own. */
static inline bool
busdma_own(bus_dma_tag_t t, bus_dmamap_t map)
{
	return map != NULL && map->_dm_tag == t;
}

/* Behind the segments of a map, on a stack that wants whole loads. */
struct busdma_records {
	uint64_t rc_bytes; /* of the map's allocation, of which it is the end */
	uint64_t rc_max;   /* fragments that there is room for */
	struct busdma_frags *rc_load; /* while it is tried; else NULL */
	bool rc_more; /* a part is tried, and not for the first time */
	bool rc_pass; /* it was let through, wa_pass, at the last try */
	/* So many; behind them the layers' arrays (dt_recoff). */
	_Alignas(8) struct busdma_frag rc_frag[];
};

static inline struct busdma_records *
busdma_map_records(bus_dmamap_t map)
{
	return (struct busdma_records *)(void *)(map->_dm_last + 1);
}

/*
 * _dm_loads: the index of the map's label plus one stands above the count, and
 * above that, whether the map was made for loads in parts.
 */
#define BUSDMA_LABEL_SHIFT 48
#define BUSDMA_LABEL_MAX 0x7fffu
#define BUSDMA_LOADS_PARTIAL ((uint64_t)1 << 63)

/* Bytes for that, of a map made so: the last of its memory (partial.c). */
#define BUSDMA_PARTIAL_BYTES 128

static inline bool
busdma_map_partial(bus_dmamap_t map)
{
	return (map->_dm_loads & BUSDMA_LOADS_PARTIAL) != 0;
}

/* Two shifts: shorter than a mask of 64 bits. */
static inline uint64_t
busdma_map_loads(bus_dmamap_t map)
{
	return map->_dm_loads << (64 - BUSDMA_LABEL_SHIFT) >>
	       (64 - BUSDMA_LABEL_SHIFT);
}

/*
 * Labels of a tag's maps.  Names are added under the tag's lock and never
 * taken away: who has the index of one reads it without.
 */
#define BUSDMA_NLABELS 32
struct busdma_labels {
	void (*lb_free)(bus_dma_tag_t t);
	struct busdma_labels *lb_next; /* the following BUSDMA_NLABELS */
	const char *lb_name[BUSDMA_NLABELS];
};

struct segments;

/*
 * The tag whose account DMA memory of `t' goes on: the bottom tag of the stack
 * that has the nearest cap, or else of the root.  All tags of a narrowed stack
 * have the same cap.
 */
static inline bus_dma_tag_t
busdma_account_of(bus_dma_tag_t t)
{
	bus_dma_tag_t a = t->dt_layers[t->dt_nlayers - 1];

	while (a->dt_origin != NULL &&
	       a->dt_limits.dl_memory >= a->dt_origin->dt_limits.dl_memory)
		a = a->dt_origin;
	return a;
}

/* What becomes of bytes of DMA memory. */
enum busdma_bytes {
	BUSDMA_BYTES_OUT,  /* they are to be handed out; ENOMEM: a cap */
	BUSDMA_BYTES_NONE, /* after all, they were not */
	BUSDMA_BYTES_BACK, /* they are back; reported: not so many were out */
};

/* The code behind pl_account. */
struct busdma_account {
	/*
	 * A load of a map failed, and nothing of it is held: `error' with its
	 * reason, which came up at sg_where, behind what `sg' has built so far
	 * (NULL: nothing).
	 */
	void (*ac_failed)(bus_dma_tag_t t, bus_dmamap_t map,
	    const struct segments *sg, int error);
	int (*ac_memory)(
	    bus_dma_tag_t t, bus_size_t size, enum busdma_bytes what);
	/* Some of it is loaded in a live map of the tag: reported. */
	bool (*ac_loaded)(bus_dma_tag_t t, const bus_dma_segment_t *segs,
	    int nsegs, const char *func);
};

/*
 * Waiting: waitq.c.  A load begins with a waiter, all zeroes but for
 * wa_nowait; it ends with busdma_waitq_leave.
 */

/*
 * The load failed for want of what comes back, as busdma_waitq_short said at
 * `turn': true: once it is worth it, try again; else it fails, and callbacks
 * will be called.  Holds nothing of the layer's.
 */
bool busdma_waitq_stand(
    struct busdma_waitq *wq, struct busdma_waiter *wa, uint64_t turn);
void busdma_waitq_leave(struct busdma_waiter *wa);

/* For callback.c, under the lock. */
void busdma_waitq_append(struct busdma_waitq *wq, struct busdma_waiter *wa);
void busdma_waitq_remove(struct busdma_waitq *wq, struct busdma_waiter *wa);

/* The code behind wq_code. */
struct busdma_callbacks {
	/*
	 * Under the lock: a load that doesn't wait failed at `turn', where
	 * others stood there having passed them, or not.
	 */
	void (*cs_failed)(struct busdma_waitq *wq, uint64_t turn, bool passed);
	/* The head is due. */
	void (*cs_call)(struct busdma_waitq *wq);
};

static inline void
busdma_waitq_lock(struct busdma_waitq *wq)
{
	wq->wq_pl->pl_lock(wq->wq_pl, wq->wq_lock);
}

static inline void
busdma_waitq_unlock(struct busdma_waitq *wq)
{
	wq->wq_pl->pl_unlock(wq->wq_pl, wq->wq_lock);
}

static inline void
busdma_waitq_setdue(struct busdma_waitq *wq, bool due)
{
	__atomic_store_n(&wq->wq_due, due, __ATOMIC_RELAXED);
}

/* The table has what it must have, and nothing by halves. */
bool busdma_platform_ok(const struct busdma_platform *pl);
const struct busdma_cpu_ops *busdma_cpu(const struct busdma_platform *pl);

/* Report a map that is not the tag's own.  Always EINVAL. */
BUSDMA_COLD int busdma_foreign(
    const char *func, bus_dma_tag_t t, bus_dmamap_t map);

/* One reference less. */
void busdma_tag_drop(bus_dma_tag_t t);
/* What is left of a tag whose last reference is gone. */
BUSDMA_COLD void busdma_tag_free(bus_dma_tag_t t);

/* What bus_dmamap_why says. */
void busdma_map_why(bus_dmamap_t map, struct bus_dma_why *wy);

/* Make a loaded map unloaded; dm_maxsegsz stays. */
void busdma_map_clear(bus_dma_tag_t t, bus_dmamap_t map);

#endif /* BUSDMA_MI_H */
