/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend author's interface: bus_dma_backend(9).
 *
 * A backend is one layer of a stack of tags: one ops table, and a constructor
 * that makes tags with it.  A load turns a buffer into fragments (runs of
 * physical memory); each layer, from the top tag down, rewrites them into
 * what the layer below it sees; the machine-independent layer drives the
 * chain and builds the segments from what the last one leaves.
 *
 * Two kinds of layer.  One with bo_map translates a fragment at a time and
 * needs nothing but that fragment.  One with bo_load is given all fragments
 * of the load at once, in records that stand in the map.  A layer with
 * neither passes fragments on as they are.
 *
 * The shortcut.  A tag carries, inherited from the layers below it, one
 * window of physical addresses within which all layers together come to the
 * addition of a constant.  A fragment inside it is built into segments with
 * no call at all.  A layer that must see every load forbids it.
 */
#ifndef BUSDMA_BACKEND_H
#define BUSDMA_BACKEND_H

#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The deepest stack. */
#define BUSDMA_MAXLAYERS 8

/*
 * Map flags: _dm_flags.  Beside them stand BUS_DMA_READ and BUS_DMA_WRITE as
 * the load gave them; both together mean neither.
 */
#define BUSDMA_MF_LOADED 0x01  /* holds a mapping of at least one byte */
#define BUSDMA_MF_EMPTY 0x02   /* the last load was of length 0 */
#define BUSDMA_MF_WHOLE 0x04   /* layers with bo_load were asked */
#define BUSDMA_MF_FAILED 0x08  /* the last load failed, and why is known */
#define BUSDMA_MF_UNLOAD 0x10  /* a layer wants to know of the unload */
#define BUSDMA_MF_PARTIAL 0x20 /* of a load in parts; what is left is known */

/* With BUSDMA_MF_FAILED: enum bus_dma_reason, in six bits. */
#define BUSDMA_MF_WHY_SHIFT 10

/*
 * In the upper half, a bit for each value of a sync's operations for which a
 * sync of the map is one barrier; and all those bits.
 */
#define BUSDMA_MF_QUIET_SHIFT 16
#define BUSDMA_MF_QUIET 0x05360000u

/*
 * Tag flags, dt_flags: what the layers of the stack have.  A layer with
 * bo_load takes part in the sync and unload of those loads only that it was
 * asked about; hence two kinds.
 */
#define BUSDMA_TF_WHOLE 0x01   /* bo_load */
#define BUSDMA_TF_LOADED 0x02  /* bo_loaded */
#define BUSDMA_TF_SYNC 0x04    /* bo_sync without bo_load */
#define BUSDMA_TF_WSYNC 0x08   /* bo_sync with bo_load */
#define BUSDMA_TF_UNLOAD 0x10  /* bo_unload without bo_load */
#define BUSDMA_TF_WUNLOAD 0x20 /* bo_unload with bo_load */
#define BUSDMA_TF_JOIN 0x40    /* tc_join */

/*
 * What bo_map, bo_load and bo_loaded may return instead of an errno value: the
 * same with its reason, an enum bus_dma_reason, for bus_dmamap_why.
 */
#define BUSDMA_WHY(error, reason) ((error) | (int)(reason) << 8)

/* In me_flags, beside those of pl_memory and pt_flags. */
#define BUSDMA_MEMORY_KVA 0x100 /* me_va is known */

/* What else is known of a fragment; a layer that moves it keeps it true. */
struct busdma_memory {
	paddr_t me_addr; /* physical, for the CPU; not what layers make of it */
	uintptr_t me_va; /* where the kernel reaches it */
	unsigned me_flags; /* BUSDMA_MEMORY_* */
};

struct busdma_waitq;
struct busdma_waiter;

/* The fragments of a load, for bo_load to rewrite in place. */
struct busdma_frags {
	struct busdma_frag *fs_frag;
	/* One beside each, in a stack with a layer that asks; else NULL. */
	struct busdma_memory *fs_memory;
	unsigned fs_count;       /* in use */
	unsigned fs_max;         /* room: a layer may split up to this */
	const char *fs_func;     /* the call, for reports */
	busdma_space_t fs_space; /* of the buffer; or BUSDMA_SPACE_PHYSICAL */
	/*
	 * Out: for which values of a sync's operations this layer's bo_sync
	 * need not be called for this load, a bit for each.  In: none.
	 */
	unsigned fs_quiet;
	/* In: who asks, for busdma_waitq_may.  Out: see busdma_waitq_short. */
	struct busdma_waiter *fs_waiter;
	struct busdma_waitq *fs_waitq;
	uint64_t fs_turn;
	/* With BUSDMA_LOAD_JOIN: how it failed as it was, with its reason. */
	int fs_error;
};

/*
 * Among the flags of bo_load: the load failed as it was, for more segments than
 * there may be, or for resources, and is to become one run.  Without it such a
 * load is failed without being asked for again.
 */
#define BUSDMA_LOAD_JOIN 0x40000

/*
 * Split the `i'-th fragment behind its first `len' bytes, from 1 to one less
 * than it has.  EFBIG, with its reason: there is no room.
 */
int busdma_frags_split(struct busdma_frags *fs, unsigned i, bus_size_t len);

/* A run of physical addresses that devices reach. */
struct busdma_reach {
	paddr_t re_low;       /* inclusive */
	paddr_t re_high;      /* inclusive */
	bus_addr_t re_offset; /* bus address less physical, modulo 2^64 */
	/*
	 * A load puts memory there and nowhere else.  False where the bus
	 * addresses of a load are known at load only (a remapping table).
	 */
	bool re_fixed;
};

/* A figure of a layer, for a person: "name value with bytes bytes". */
struct busdma_figure {
	const char *fg_name; /* NULL: no figure, the next begins a line */
	uint64_t fg_value;
	uint64_t fg_bytes; /* 0: not said */
};
#define BUSDMA_NFIGURES 32

/*
 * The code that drives bo_create, bo_destroy, bo_load, bo_loaded, bo_unload
 * and bo_sync: in a link only where an ops table names it.
 */
struct busdma_stack;
extern const struct busdma_stack busdma_stack;

struct busdma_backend_ops {
	uint32_t bo_size; /* sizeof(struct busdma_backend_ops) */
	const char *bo_name;

	/*
	 * &busdma_stack in a table with any of bo_create, bo_destroy,
	 * bo_load, bo_loaded, bo_unload and bo_sync; else NULL.
	 */
	const struct busdma_stack *bo_stack;

	/*
	 * Required: make a tag like `t' that stands on `lower' (NULL for a
	 * bottom layer) and keeps to `lim', which already holds the limits of
	 * `t'; busdma_tag_create with tc_origin = t.  EINVAL where nothing
	 * within `lim' is reachable.  Context: may wait.
	 */
	int (*bo_narrow)(bus_dma_tag_t t, bus_dma_tag_t lower,
	    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags);

	/* Release what the tag owns besides its own memory.  NULL: nothing. */
	void (*bo_free)(bus_dma_tag_t t);

	/*
	 * A map is made: prepare the layer's area (zeroed), and with
	 * BUS_DMA_ALLOCNOW reserve all that its loads will need.  A map is
	 * destroyed: give that back; not called where bo_create failed.
	 * NULL: nothing to do.  Context: may wait; thread.
	 */
	int (*bo_create)(bus_dma_tag_t t, bus_dmamap_t map, int flags);
	void (*bo_destroy)(bus_dma_tag_t t, bus_dmamap_t map);

	/*
	 * Rewrite one fragment's address in place.  It may be shortened, to
	 * no less than a byte: the rest is asked for again.  EFAULT: its first
	 * byte can't be reached.  Context: that of the load.
	 */
	int (*bo_map)(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f);

	/*
	 * Rewrite all fragments of a load in place; holds what the map needs
	 * until bo_unload, or fails and holds nothing.
	 * Context: that of the load.
	 */
	int (*bo_load)(bus_dma_tag_t t, bus_dmamap_t map,
	    struct busdma_frags *fs, int flags);

	/*
	 * Beside bo_load, and called in its place for one fragment of kernel
	 * memory at `va', outside the shortcut, not longer than a segment,
	 * where no layer below takes part in loads or syncs and nothing has to
	 * be aligned: does it all, to the map's first segment, and returns
	 * dt_oneflags with those BUSDMA_MF_QUIET that fs_quiet would say.  0:
	 * nothing was done, and the load goes on to bo_load.  NULL: it always
	 * does.  Context: that of the load.
	 */
	uint32_t (*bo_loadone)(bus_dma_tag_t t, bus_dmamap_t map,
	    const struct busdma_frag *f, uintptr_t va, int flags);

	/*
	 * The load has succeeded and the map's segments are built: called for
	 * every load of at least a byte, the shortcut's included.  A failure
	 * fails the load, and holds nothing.  Not beside bo_load: a layer has
	 * one of the two.
	 */
	int (*bo_loaded)(bus_dma_tag_t t, bus_dmamap_t map, int flags);

	/*
	 * The mapping ends, or the load fails after this layer's part of it.
	 * The bottom layer is called first.  A layer with bo_load or
	 * bo_loaded is called once for each time that that succeeded; one
	 * with neither, once for each load that succeeded.  Where it failed,
	 * _dm_flags has no BUSDMA_MF_LOADED.  Context: any.
	 */
	void (*bo_unload)(bus_dma_tag_t t, bus_dmamap_t map);

	/*
	 * [offset, offset + len) of a loaded map changes hands; `ops' is all
	 * PRE (the top layer is called first, the barrier comes after the
	 * last) or all POST (the barrier comes first, then the bottom layer
	 * first).  May run at once for disjoint ranges.  A layer with bo_load
	 * is called only for loads that it was asked about.  Context: any.
	 */
	void (*bo_sync)(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
	    bus_size_t len, int ops);

	/*
	 * Beside bo_sync, and called in its place where no other layer of the
	 * stack has one: the same, and the barrier too, at the device's end, by
	 * busdma_barrier.  Also called, with a length of 0, for a map that is
	 * not loaded.  NULL: bo_sync serves.  Context: any.
	 */
	void (*bo_syncalone)(bus_dma_tag_t t, bus_dmamap_t map,
	    bus_addr_t offset, bus_size_t len, int ops);

	/*
	 * The `i'-th run of this layer's input addresses that devices reach
	 * through it and all layers below, best first; false past the last.
	 * Takes no lock.  NULL: that of the layer below, or at the bottom the
	 * tag's limits, unshifted; re_fixed is then false for a layer that
	 * has bo_map or bo_load.  Context: any.
	 */
	bool (*bo_reach)(bus_dma_tag_t t, unsigned i, struct busdma_reach *re);

	/*
	 * What this layer has done, for bus_dma_stats_dump: write down at most
	 * BUSDMA_NFIGURES, and return how many.  NULL: there is nothing to say.
	 * Context: any.
	 */
	unsigned (*bo_figures)(bus_dma_tag_t t, struct busdma_figure *fg);
};

typedef void busdma_barrier_t(const struct busdma_platform *pl, int ops);

/*
 * A tag.  A backend's own tag structure begins with this one.  All members
 * are constant once the tag is made, but for those marked.
 */
struct bus_dma_tag {
	/*
	 * The shortcut: physical [dt_winlow, dt_winhigh] (inclusive) is seen
	 * by the device dt_winoff higher, modulo 2^64.  dt_winlow above
	 * dt_winhigh: there is none.
	 */
	paddr_t dt_winlow;
	paddr_t dt_winhigh;
	bus_addr_t dt_winoff;
	bus_size_t dt_alignmask; /* dl_alignment - 1 */
	const struct busdma_platform *dt_pl;
	/*
	 * The barrier of syncs, shared by all tags of a bus: it stands in
	 * their root, and changes once, to cpu_barrier_wc, when memory is
	 * mapped PREFETCHABLE through any of them, or one is made that has
	 * caches to care for.  Relaxed atomics.
	 */
	busdma_barrier_t **dt_barrier;
	busdma_barrier_t *dt_rootbarrier;    /* of a root: that barrier */
	const struct busdma_stack *dt_stack; /* of a layer; else NULL */
	/* The layer whose bo_syncalone serves, and that; or NULL. */
	bus_dma_tag_t dt_alone;
	void (*dt_syncalone)(bus_dma_tag_t t, bus_dmamap_t map,
	    bus_addr_t offset, bus_size_t len, int ops);
	uint32_t dt_flags;   /* BUSDMA_TF_* */
	uint32_t dt_mflags;  /* BUSDMA_MF_* of a load through the shortcut */
	size_t dt_areaoff;   /* the area begins so many bytes before the map */
	unsigned dt_nlayers; /* in dt_layers */
	/*
	 * The longest line of a cache that devices don't see through this
	 * stack; 0: they see all.  For a layer that keeps to itself what is
	 * the CPU's.
	 */
	uint32_t dt_line;
	/*
	 * Records of a map, where a layer has bo_load: bytes for each
	 * fragment, and of these, those before fs_memory (0: nobody asks) and
	 * before the layer's own array.
	 */
	uint32_t dt_recbytes;
	uint32_t dt_memoff;
	uint32_t dt_recoff;

	/* Under dt_lock. */
	unsigned dt_refs;           /* maps, tags made from it, its maker */
	struct bus_dmamap *dt_maps; /* live maps */
	busdma_lock_t dt_lock;
	bool dt_dying;                    /* bus_dmatag_destroy was called */
	uint64_t dt_loads;                /* of maps destroyed */
	uint64_t dt_more;                 /* likewise */
	struct busdma_labels *dt_labels;  /* of maps; NULL: none was given */
	uint64_t dt_failed[BUS_DMA_NWHY]; /* loads, by reason */
	bus_dma_fault_t *dt_onfault;
	void *dt_faultarg;
	bus_size_t dt_memused;  /* of an account: bytes handed out */
	bus_size_t dt_memhigh;  /* the most that were when some came back */
	uint64_t dt_memrefused; /* calls that met the cap */

	const struct busdma_backend_ops *dt_ops;
	bus_dma_tag_t dt_lower;  /* the layer below; holds a reference */
	bus_dma_tag_t dt_origin; /* narrowed from it; holds a reference */
	size_t dt_size;          /* bytes of the backend's tag structure */
	bus_dma_tag_t dt_layers[BUSDMA_MAXLAYERS]; /* this tag first */

	/* Normalized: dl_high ~0, alignment 1 and so on where none. */
	struct bus_dma_limits dt_limits;

	/* bo_loadone and bo_unload where bo_loadone serves; else NULL. */
	uint32_t (*dt_loadone)(bus_dma_tag_t t, bus_dmamap_t map,
	    const struct busdma_frag *f, uintptr_t va, int flags);
	void (*dt_unloadone)(bus_dma_tag_t t, bus_dmamap_t map);
	uint32_t dt_oneflags; /* BUSDMA_MF_* of such a load, none quiet */

	struct busdma_waitq *dt_waitq; /* by busdma_waitq_init; or NULL */
};

/* What busdma_tag_create needs to know. */
struct busdma_tag_config {
	const struct busdma_backend_ops *tc_ops;
	const struct busdma_platform *tc_pl; /* of a bottom tag; else NULL */
	bus_dma_tag_t tc_lower;              /* the layer below, or NULL */
	bus_dma_tag_t tc_origin; /* in bo_narrow: the tag narrowed */
	const struct bus_dma_limits *tc_limits; /* in bo_narrow; else NULL */
	size_t tc_size; /* of the structure that begins with bus_dma_tag */
	size_t tc_area; /* of the layer's area in each map */
	/* With bo_load: bytes for each fragment of a load, in each map. */
	uint32_t tc_record;
	bool tc_memory; /* with bo_load: it asks for fs_memory */
	bool tc_join;   /* its bo_load knows BUSDMA_LOAD_JOIN */
	int tc_flags;   /* of the constructor's caller */
};

/*
 * Make a tag: zeroed beyond struct bus_dma_tag, with the limits of the layer
 * below, and with its shortcut unless this layer has bo_map or bo_load (at the
 * bottom: no shortcut).
 * EINVAL: an ops table or platform that is not complete, a stack that is too
 * deep, a lower tag that was destroyed; ENOMEM.  Context: may wait.
 */
int busdma_tag_create(
    const struct busdma_tag_config *tc, bus_dma_tag_t *newtag);

/*
 * Set the shortcut of a tag under construction: this layer maps physical
 * [low, last] (inclusive) by adding `off'.  Composed with the shortcut of the
 * layer below; at the bottom it stands as it is.  busdma_tag_noshortcut
 * forbids it.  A layer with bo_map or bo_load has none before: it names the
 * memory for which it need not be asked.
 */
void busdma_tag_shortcut(
    bus_dma_tag_t t, paddr_t low, paddr_t last, bus_addr_t off);
void busdma_tag_noshortcut(bus_dma_tag_t t);

/*
 * One reference more, to be dropped by busdma_tag_release: for what uses a tag
 * of somebody else's beyond a call.  EINVAL: the tag was given up; that is
 * reported, as of `func'.  Context: any.
 */
int busdma_tag_hold(bus_dma_tag_t t, const char *func);

/*
 * Drop the maker's reference, as bus_dmatag_destroy does, but without a word
 * where the tag is in use: for a constructor that hands out another tag,
 * stacked on this one.  Context: thread.
 */
void busdma_tag_release(bus_dma_tag_t t);

/*
 * The `i'-th run of input addresses of `t' (physical ones, of the top of a
 * stack) that devices reach, through all layers; false past the last.  For a
 * bo_reach that answers by what the layer below reaches.  Context: any.
 */
bool busdma_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re);

/* The barrier of a sync of `t': `ops' are all PRE, or all POST. */
static inline void
busdma_barrier(bus_dma_tag_t t, int ops)
{
	busdma_barrier_t *barrier =
	    __atomic_load_n(t->dt_barrier, __ATOMIC_RELAXED);

	barrier(t->dt_pl, ops);
}

/*
 * One run of `size' bytes, a multiple of the page, of memory that devices reach
 * through `t', whatever other limits it has; for bus_dmamem_free.  EINVAL: the
 * platform has none; ENOMEM.  Context: may wait.
 */
int busdma_pages_alloc(
    bus_dma_tag_t t, bus_size_t size, bus_dma_segment_t *seg, int flags);

/* The layer's area in a map: zeroed at create, aligned for any object. */
static inline void *
busdma_map_area(bus_dma_tag_t t, bus_dmamap_t map)
{
	return (char *)map - t->dt_areaoff;
}

/*
 * The layer's array in a map: tc_record bytes, rounded up to 8, for each of
 * fs_max fragments; with any content.  Of a layer with bo_load.
 */
void *busdma_map_array(bus_dma_tag_t t, bus_dmamap_t map);

/*
 * In bo_unload of a layer with bo_load: the load that has failed, for
 * busdma_waitq_back, or NULL where a mapping ends.
 */
struct busdma_frags *busdma_map_frags(bus_dmamap_t map);

/* The label of a map; NULL: it has none.  Context: any. */
const char *busdma_map_label(bus_dmamap_t map);

/*
 * Hand a fault of a device of `t' to the driver: the handler of `t', or else of
 * the nearest tag that it was narrowed from; false: none has one.  Called with
 * no lock held.  Context: any.
 */
bool busdma_fault(bus_dma_tag_t t, const struct bus_dma_fault *ft);

/*
 * Tell the platform of `t' of a caller's error.  `map' may be NULL.
 * Context: any.
 */
void busdma_report(bus_dma_tag_t t, bus_dmamap_t map,
    enum busdma_report_code code, const char *func, uint64_t addr,
    uint64_t len);

/* Device registers, through the platform's hooks.  Context: any. */
uint64_t busdma_reg_read(
    const struct busdma_platform *pl, uintptr_t addr, unsigned width);
void busdma_reg_write(const struct busdma_platform *pl, uintptr_t addr,
    unsigned width, uint64_t value);

/*
 * Queues of those that wait for what a layer has run out of: loads that wait
 * (pl_wait), and callbacks of drivers that can't (bus_dmatag_callback_add), in
 * the order in which they failed.  While somebody stands in the queue, nobody
 * takes who does not stand at its head, that nobody is passed by; the head is
 * told when something has come back, and tries its whole load again.
 *
 * A queue stands in the tag of a layer with bo_load, under a lock of the
 * layer's, by which the layer guards, too, what it hands out.
 */
struct busdma_callbacks; /* the code of callbacks: in a link that has some */
struct busdma_callback;

struct busdma_waiter {
	struct busdma_waiter *wa_next; /* under wq_lock; so all that follow */
	struct busdma_waitq *wa_waitq; /* stands in it; NULL: in none */
	struct busdma_callback *wa_callback; /* is that; NULL: a load */
	bool wa_asleep;                      /* in pl_wait, and not told yet */
	bool wa_nowait;    /* a load that doesn't wait; constant */
	bool wa_pass;      /* let through, though others stand there */
	unsigned wa_tries; /* again, as things had changed meanwhile */
	busdma_event_t wa_event;
};

struct busdma_waitq {
	const struct busdma_platform *wq_pl; /* constant, as the next */
	busdma_lock_t *wq_lock; /* the layer's; guards what follows */
	struct busdma_waiter *wq_head, *wq_last;
	/*
	 * Grows whenever a load that has failed could succeed now: something
	 * came back, or another stands at the head.
	 */
	uint64_t wq_turn;
	/*
	 * The head is a callback that is to be called, or is being called.
	 * Also read without the lock, for whether there may be one.
	 */
	bool wq_due;
	bool wq_pass;       /* one load that doesn't wait may pass */
	unsigned wq_passed; /* loads that did, in this callback's turn */
	const struct busdma_callbacks *wq_code; /* NULL: never had one */
	struct busdma_callback *wq_callbacks;   /* all that were added */
	struct busdma_callback *wq_running;     /* is being called */
};

/* Of a tag under construction.  `wq' is all zeroes, and so is the lock. */
void busdma_waitq_init(
    bus_dma_tag_t t, struct busdma_waitq *wq, busdma_lock_t *lk);

/*
 * Under the lock, in bo_load, before something is taken: whether it may be, by
 * the load `fs', or, NULL, by whoever else takes.  False is as if nothing were
 * there, and busdma_waitq_short follows.
 */
bool busdma_waitq_may(struct busdma_waitq *wq, struct busdma_frags *fs);

/*
 * Under the lock under which it was seen that the load can't have what it asks
 * for: that it could, when something comes back that is out, or in coming.
 * bo_load gives back what it took, by busdma_waitq_back with `fs', and fails
 * with BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES).  Not called: no waiting will
 * help.
 */
void busdma_waitq_short(struct busdma_waitq *wq, struct busdma_frags *fs);

/*
 * Under the lock, which pl_wake may be called with: something that others may
 * ask for has come back, or come; or what was to come will not.  `fs': from
 * that load itself, which fails; else NULL.  What a layer keeps in places where
 * others find it only when they look counts when it is taken from there.
 */
void busdma_waitq_back(struct busdma_waitq *wq, struct busdma_frags *fs);

/*
 * With no lock held, where something has come back and a driver is ready to be
 * called: at the end of bo_unload, unless the load has failed, and of
 * bo_destroy.
 */
void busdma_waitq_call(struct busdma_waitq *wq);

/* Under the lock: whether anybody stands there. */
static inline bool
busdma_waitq_empty(const struct busdma_waitq *wq)
{
	return wq->wq_head == NULL;
}

/*
 * Ranges: an allocator of runs of units out of [0, n), a bitmap with a
 * summary level.  Not locked: the owner's lock guards it.  It lives in memory
 * of busdma_range_size(n) bytes, aligned for size_t, that the owner provides.
 */
struct busdma_range;

struct busdma_range_req {
	size_t rr_max;        /* the most units, from 1 */
	size_t rr_min;        /* the least that will do, 1 to rr_max */
	size_t rr_low;        /* no unit below this */
	size_t rr_high;       /* no unit above this, inclusive */
	uint64_t rr_align;    /* of start + rr_offset: a power of two */
	uint64_t rr_boundary; /* not crossed by it: power of two; 0: none */
	uint64_t rr_offset;   /* modulo the larger of the two */
};

/* Bytes for `n' units; 0 where that is more than a size_t can say. */
size_t busdma_range_size(size_t n);
/* All units taken: free what is to be handed out. */
struct busdma_range *busdma_range_init(void *mem, size_t n);
/*
 * The first run of rr_max units; failing that, the longest one, if not below
 * rr_min.  Returns its length, 0 where there is none.
 */
size_t busdma_range_alloc(
    struct busdma_range *r, const struct busdma_range_req *rq, size_t *startp);
/* EINVAL, and nothing changed, unless all `n' units from `start' are taken. */
int busdma_range_free(struct busdma_range *r, size_t start, size_t n);
size_t busdma_range_avail(const struct busdma_range *r);
/* How many units of [low, high], inclusive, are free. */
size_t busdma_range_count(
    const struct busdma_range *r, size_t low, size_t high);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BACKEND_H */
