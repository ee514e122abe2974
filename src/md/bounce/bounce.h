/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of bouncing share.  Private to src/md/bounce. */
#ifndef BUSDMA_MD_BOUNCE_H
#define BUSDMA_MD_BOUNCE_H

#include <busdma/backend.h>
#include <busdma/bounce.h>

struct bounce_area;

/* A run of physical memory that is cut into slots, a page each. */
struct slot_chunk {
	struct slot_chunk *ch_next;
	bus_dma_segment_t ch_seg; /* physical */
	char *ch_kva;
	bus_addr_t ch_bus; /* as devices see it; or as the CPU does */
	bool ch_fixed;     /* the former */
	struct busdma_range *ch_range; /* under sl_lock */
	size_t ch_bytes;               /* of this allocation */
	size_t ch_kept; /* pages that are maps' own; under sl_lock */
	bool ch_ours;   /* from bus_dmamem_alloc */
};

/* The slots of a tag, or of a window. */
struct slots {
	bus_dma_tag_t sl_lower; /* where they are from; constant, as the next */
	size_t sl_reserve;      /* in a row, that there are to be */
	busdma_lock_t sl_lock;
	/* Chunks are added at the front, and stay until the tag goes. */
	struct slot_chunk *sl_chunks; /* under sl_lock */
	size_t sl_pages;              /* in chunks; under sl_lock */
	size_t sl_coming;             /* in chunks being made; under sl_lock */
	size_t sl_free;               /* under sl_lock */
	size_t sl_high;               /* the most that were not; likewise */
	size_t sl_wanted;             /* in a row, by a load; under sl_lock */
	size_t sl_most;               /* constant */
	struct bounce_area *sl_areas; /* of live maps; under sl_lock */
	/*
	 * Slots are short: what an unload has goes to the pool and is not
	 * parked.  Set under sl_lock before parked slots are looked for, seen
	 * without it after slots were parked, both sequentially consistent:
	 * one of the two finds the other's.  Cleared only together with a
	 * change of sl_waitq's turn, with nobody there: who has failed, and has
	 * not stood in it yet, sees that.
	 */
	unsigned sl_short;
	struct busdma_waitq sl_waitq; /* under sl_lock */
};

/* The slots of all tags that are narrowed to the reach of one. */
struct slot_window {
	bus_dma_tag_t sw_reach; /* held; sl_lower is the same */
	struct slots sw_slots;
};

/* Under sl_lock: by how many pages it may grow. */
static inline size_t
slots_room(const struct slots *sl)
{
	return sl->sl_most - sl->sl_pages - sl->sl_coming;
}

/* Slots in a row. */
struct slot_run {
	struct slot_chunk *sr_chunk; /* NULL: none */
	size_t sr_first;
	size_t sr_count;
};

/* Where slots may stand. */
struct slot_place {
	bus_size_t sp_align; /* of the bus address: power of two; 0: anywhere */
	bus_size_t sp_boundary; /* not crossed: a power of two; 0: none */
	/* For which load, and what it has of the pool.  NULL: for none. */
	struct busdma_frags *sp_load;
	size_t sp_held;  /* pages */
	bool sp_keep;    /* they are a map's own */
	bool sp_brought; /* by who takes: it passes those who stand there */
};

/* The directions of a copy. */
enum bounce_way { BOUNCE_OUT, BOUNCE_IN, BOUNCE_NWAYS };

/*
 * What a map has had bounced: of who holds the map, but for what syncs copy.
 * Syncs of disjoint ranges may run at once; of these one has the map's first
 * byte, and beside one of all of the map there is no other.
 */
struct bounce_count {
	/* Bytes, of syncs of the map's first byte. */
	uint64_t co_first[BOUNCE_NWAYS];
	/* Loads in one step, of one run each. */
	uint64_t co_steps;
	uint64_t co_stepbytes;
	/* Of other loads; how many runs there are more than loads. */
	uint64_t co_runs[BUS_DMA_NBOUNCED];
	uint64_t co_bytes[BUS_DMA_NBOUNCED];
	uint64_t co_more;
	uint64_t co_short; /* times that no slots were found */
	/* Bytes, of other syncs: two words, the lower first; relaxed atomics */
	uintptr_t co_other[BOUNCE_NWAYS][2];
	uint64_t co_whole; /* of co_first, what a sync of all has filled */
	uint64_t co_pages; /* filled a page at a time; under ba_lock */
};

/* Where a word can't be added to, ba_lock guards co_other. */
#ifndef BOUNCE_ADDS
#define BOUNCE_ADDS __atomic_always_lock_free(sizeof(uintptr_t), 0)
#endif

/* All is constant once the tag is made, but for the slots and the counts. */
struct bounce_tag {
	struct bus_dma_tag bt_tag;
	struct slots bt_own;
	/* bt_own; or a window's; or, where they are named, dt_origin's. */
	struct slots *bt_slots;
	/* Of what was narrowed from none: this and those narrowed from it. */
	struct slot_window *bt_windows;
	size_t bt_nwindows;
	size_t bt_winbytes;              /* of this allocation */
	struct bus_dma_bounce bt_config; /* db_memory, db_windows: none */
	unsigned bt_shift;               /* of the page */
	size_t bt_mask;                  /* of what is inside one */
	/*
	 * All memory from bt_far on bounces, for bt_span bytes and one more,
	 * modulo 2^64: around what is reached.  With bt_quick.
	 */
	bool bt_quick;
	paddr_t bt_far;
	bus_size_t bt_span;
	struct bounce_count bt_gone; /* of maps destroyed; under sl_lock */
};

/* Something of a load that goes through slots. */
struct bounce_rec {
	bus_size_t re_offset; /* in the map */
	bus_size_t re_len;
	paddr_t re_origin; /* physical, for the CPU */
	uintptr_t re_va;   /* with re_kva: where the kernel reaches it */
	char *re_slot;     /* where the kernel reaches the slot's first byte */
	paddr_t re_where;  /* and where that is */
	size_t re_page;   /* of the load's slot pages, that of the first byte */
	size_t re_inpage; /* and the byte's offset in that */
	struct slot_run re_run; /* to give back; or none */
	unsigned char re_why;   /* enum bus_dma_bounced */
	bool re_kva;
	/* Of the i-th record: the i-th slot page has what devices may see. */
	bool re_filled;
};

/*
 * The layer's area in a map.  All of it is the map's holder's, but where it
 * says so.
 */
struct bounce_area {
	/*
	 * The usual load is one run of kernel memory in one run of slots: its
	 * length less one, and where the two are.  Of another load the length,
	 * which less one no sync has.
	 */
	bus_size_t ba_last;
	char *ba_va;
	char *ba_slot;
	/*
	 * All that the load has in its slots is what devices may see; else
	 * that is known for each page (re_filled).  Written by syncs of the
	 * whole load, beside which there is no other.
	 */
	bool ba_filled;
	/*
	 * What is known for each page is.  Of a load in one step, the record
	 * is written then, too.  Atomic, set under ba_lock.
	 */
	bool ba_parts;
	bool ba_one;    /* loaded in one step */
	bool ba_mine;   /* ba_run: ALLOCNOW; it is never parked; constant */
	bool ba_clean;  /* ba_run: nothing but what the map had of the kernel */
	bool ba_joined; /* loaded into one run as a whole */

	/*
	 * Slots that stay on the map when a load ends.  Parked: they are the
	 * pool's for the taking, by who turns ba_parked from 1 to 0, which the
	 * pool does under sl_lock; else they are the map's.
	 */
	struct slot_run ba_run;
	unsigned ba_parked; /* atomic */
	size_t ba_used;     /* pages of ba_run, by the load */
	/*
	 * For loads in one step; ba_room is 0 where ba_run serves none.  Where
	 * their last byte may be in it: not before ba_least, and not so much
	 * beyond as ba_room.
	 */
	bus_size_t ba_least;
	bus_size_t ba_room;
	bus_addr_t ba_bus; /* of its first */
	char *ba_kva;      /* likewise */

	struct bounce_rec *ba_recs; /* constant */
	unsigned ba_nrecs;
	size_t ba_pages; /* slot pages of the load */
	struct bounce_count ba_count;
	busdma_lock_t ba_lock; /* held while a page is filled */

	struct bounce_area *ba_next, **ba_prevp; /* sl_areas, under sl_lock */
	const struct bounce_tag *ba_tag;         /* constant */
};

/* Where a word can't be exchanged, nothing is parked. */
#define BOUNCE_PARKS __atomic_always_lock_free(sizeof(unsigned), 0)

static inline struct bounce_tag *
bounce_of(bus_dma_tag_t t)
{
	return (struct bounce_tag *)(void *)t;
}

/* Not more than there can be addresses for. */
static inline size_t
bounce_pages(const struct bounce_tag *bt, bus_size_t bytes)
{
	const bus_size_t most = SIZE_MAX >> bt->bt_shift;
	bus_size_t pages = bytes >> bt->bt_shift;

	if ((bytes & bt->bt_mask) != 0)
		pages++;
	return (size_t)(pages < most ? pages : most);
}

/* chunk.c */
/*
 * Slots for `pages' pages, more than there are, or for as many as there may be,
 * at least `least', where a run of all of them may stand as `sp' says (NULL:
 * anywhere); may wait.  ENOMEM, EINVAL.
 */
int busdma_slots_grow(struct bounce_tag *bt, size_t pages, size_t least,
    const struct slot_place *sp, int flags);
/* More of them, and of these `pages' in a row; false: there are none. */
bool busdma_slots_more(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr, int flags);
/*
 * That so many in a row may stand as `sp' says when nothing is in use, if that
 * can be had.
 */
void busdma_slots_place(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, int flags);
/*
 * That there are so many in a row, and as many as it was ever asked for, beside
 * those that maps keep, if they can be had.
 */
void busdma_slots_ensure(struct bounce_tag *bt, size_t pages, int flags);
void busdma_slots_free(struct bounce_tag *bt, struct slots *sl);
/* Memory of the integrator's.  EINVAL, ENOMEM. */
int busdma_slots_add(
    struct bounce_tag *bt, const bus_dma_segment_t *seg, int flags);

/* slots.c */
/* What becomes of a wish for slots. */
enum slots_got {
	SLOTS_TAKEN,
	SLOTS_OUT,   /* there are none now */
	SLOTS_TURN,  /* others stand there; and some will come back */
	SLOTS_NEVER, /* the pool has no place for so many, and can't get one */
};

/*
 * `pages' in a row; or if some may come back, the load is told where to wait.
 * Any context.
 */
enum slots_got busdma_slots_take(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr);
/* Under sl_lock: there is such a place, when nothing is in use. */
bool busdma_slots_fit(
    const struct bounce_tag *bt, size_t pages, const struct slot_place *sp);
/* What was taken with sp_keep is a map's own no longer. */
void busdma_slots_unkeep(struct bounce_tag *bt, const struct slot_run *sr);
/* `fs': by that load, which fails; else NULL. */
void busdma_slots_give(
    struct bounce_tag *bt, struct slot_run *sr, struct busdma_frags *fs);
/* ba_run is the map's, to load with; it may be none. */
void busdma_slots_unpark(struct bounce_tag *bt, struct bounce_area *ba);
/* Slots are short: what was just parked goes to the pool. */
void busdma_slots_scarce(
    struct bounce_tag *bt, struct bounce_area *ba, struct busdma_frags *fs);

/* decide.c */
/*
 * How much of the front of a fragment devices reach, or don't; where they see
 * it, in *busp, is known only where *fixedp.
 */
bool busdma_bounce_front(bus_dma_tag_t lower, const struct busdma_frag *f,
    bus_size_t *lenp, bus_addr_t *busp, bool *fixedp);

/* join.c */
/*
 * Of the bus address of slots for a load of `total' bytes, the first of them
 * `in' bytes inside a page.
 */
bus_size_t busdma_bounce_align(
    bus_dma_tag_t t, bus_dmamap_t map, size_t in, bus_size_t total);

/* take.c */
/* ba_run is new: what a load in one step must know of it. */
void busdma_bounce_own(bus_dma_tag_t t, bus_dmamap_t map);

/* place.c */
int busdma_bounce_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags);
uint32_t busdma_bounce_loadone(bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_frag *f, uintptr_t va, int flags);
void busdma_bounce_unload(bus_dma_tag_t t, bus_dmamap_t map);

/* copy.c */
void busdma_bounce_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops);
void busdma_bounce_syncalone(bus_dma_tag_t t, bus_dmamap_t map,
    bus_addr_t offset, bus_size_t len, int ops);

/* count.c */
unsigned busdma_bounce_figures(bus_dma_tag_t t, struct busdma_figure *fg);
/* A live map; and no more, its figures go to the tag. */
void busdma_bounce_enter(struct bounce_tag *bt, struct bounce_area *ba);
void busdma_bounce_leave(struct bounce_tag *bt, struct bounce_area *ba);
/* A load has what is in the records; `undo': it has failed after all. */
void busdma_bounce_counted(struct bounce_area *ba, bool undo);
/* A sync without the map's first byte has copied `n' bytes. */
void busdma_bounce_copied(struct bounce_area *ba,
    const struct busdma_platform *pl, size_t n, enum bounce_way way);

/* A sync from `offset' has copied `n' bytes. */
static inline void
bounce_copied(struct bounce_area *ba, const struct busdma_platform *pl,
    bus_addr_t offset, size_t n, enum bounce_way way)
{
	if (offset == 0)
		ba->ba_count.co_first[way] += n;
	else
		busdma_bounce_copied(ba, pl, n, way);
}

#endif /* BUSDMA_MD_BOUNCE_H */
