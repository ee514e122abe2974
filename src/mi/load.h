/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the origins (load.c, chain.c) share: the state of a load in progress.
 */
#ifndef BUSDMA_LOAD_H
#define BUSDMA_LOAD_H

#include "segment.h"

struct load;
struct origin;

/* Walk an origin, and hand each of its fragments to busdma_load_frag. */
typedef int load_walk_t(struct load *ld, const struct origin *og);

/* Where the bytes of a load come from. */
struct origin {
	load_walk_t *og_walk;
	const char *og_func;     /* the call, for reports */
	busdma_space_t og_space; /* or BUSDMA_SPACE_PHYSICAL */
	uintptr_t og_va;
	bus_size_t og_len; /* of all but chains, which are opened first */
	const struct busdma_chain_ops *og_ops; /* of a list: NULL */
	union {
		struct busdma_chain_iter og_iter; /* of a chain, opened */
		struct {
			const bus_dma_segment_t *og_segs;
			int og_nsegs;
		};
	};
};

/* A load that goes the general way. */
struct load {
	struct segments ld_sg;
	bus_dma_tag_t ld_tag;
	bus_dmamap_t ld_map;
	const char *ld_func; /* the call, for reports */
	bus_size_t ld_total; /* bytes to load */
	uint32_t ld_mflags;  /* what the map's flags become */
	/* Where fragments go instead of into segments.  NULL: they don't. */
	int (*ld_record)(struct load *ld, paddr_t addr, bus_size_t len);
	/* Of the fragment that is handed in: what ld_record may need. */
	busdma_space_t ld_space;
	uintptr_t ld_va;
	unsigned ld_part; /* pt_flags of the part that it is of */
	unsigned ld_all;  /* BUSDMA_MEMORY_*, of the whole load */
	struct busdma_frags ld_frags;
};

/*
 * Errors carry their reason until busdma_load_failed takes it off: see
 * BUSDMA_WHY.
 */

/*
 * A failure that may not be one where the load goes into other memory: for
 * segments, for fragments that a layer makes, for alignment, for what a layer
 * has run out of.
 */
static inline bool
busdma_load_tight(int error)
{
	return error == BUSDMA_WHY(EFBIG, BUS_DMA_WHY_SEGMENTS) ||
	       error == BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS) ||
	       error == BUSDMA_WHY(EFAULT, BUS_DMA_WHY_ALIGNMENT) ||
	       error == BUSDMA_WHY(EFBIG, BUS_DMA_WHY_RESOURCES) ||
	       error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
}

/* Not an error: the load begins again, the next more general way. */
#define LOAD_AGAIN (-1)

/*
 * The code behind bo_stack.  All of it is for a map of `t', a stack in which a
 * layer has one of these ops; what fails holds nothing.
 */
struct busdma_stack {
	/*
	 * The flags of a new tag and of its maps, and what is in their
	 * records, on top of what is below.  EINVAL: its layer is malformed.
	 */
	int (*st_tag)(bus_dma_tag_t t, const struct busdma_tag_config *tc);
	/* Bytes of the records of a map; more than there can be: too many. */
	uint64_t (*st_records)(bus_dma_tag_t t, bus_size_t size, int nsegments);
	/* The map stands in an allocation of `bytes'. */
	int (*st_create)(
	    bus_dma_tag_t t, bus_dmamap_t map, uint64_t bytes, int flags);
	void (*st_destroy)(bus_dma_tag_t t, bus_dmamap_t map);
	/*
	 * The load, which has come to `error' without bo_load, again, before
	 * all layers at once, if that can help.
	 */
	int (*st_load)(
	    struct load *ld, const struct origin *og, int flags, int error);
	/* The map is loaded; with an error its _dm_flags are 0 again. */
	int (*st_loaded)(bus_dma_tag_t t, bus_dmamap_t map, int flags);
	void (*st_unload)(bus_dma_tag_t t, bus_dmamap_t map);
	/* `ops' are of one kind; the barrier is the caller's. */
	void (*st_sync)(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
	    bus_size_t len, int ops);
};

/*
 * A load failed: `error' with its reason, as ac_failed says.  Returns the
 * error number alone.
 */
BUSDMA_COLD int busdma_load_failed(
    bus_dma_tag_t t, bus_dmamap_t map, const struct segments *sg, int error);

/*
 * What a layer left of at most `most' bytes: report what can't be, refuse what
 * is out of reach.
 */
int busdma_load_check(
    struct load *ld, const struct busdma_frag *f, bus_size_t most);

/* The next fragment of the load: len from 1. */
int busdma_load_frag(struct load *ld, paddr_t addr, bus_size_t len);

/* Walk a linear run of virtual addresses: len from 1. */
int busdma_load_linear(
    struct load *ld, const struct origin *og, uintptr_t va, bus_size_t len);

/* The walk of an origin that is one such run: og_len bytes at og_va. */
load_walk_t busdma_walk_linear;

/*
 * Before a load, of any kind: the map is the tag's own (else EINVAL, final) and
 * not loaded.
 */
BUSDMA_COLD int busdma_load_fresh(
    const char *func, bus_dma_tag_t t, bus_dmamap_t map);

/* A load from its beginning, the general way. */
int busdma_load_general(
    bus_dma_tag_t t, bus_dmamap_t map, const struct origin *og, int flags);

/*
 * It failed, and nothing of it is held: 0 where a part of it is loaded instead
 * (partial.c, in a link with bus_dmamap_load_next), or what the load returns.
 */
BUSDMA_COLD int busdma_load_unfit(
    struct load *ld, const struct origin *og, int flags, int error);

/*
 * The quick way: a load that meets nothing but what the shortcut covers, and
 * in which no segment is cut.  Whatever else it meets it leaves, LOAD_AGAIN,
 * to the general one, which begins anew.
 */

/* The call is one that the quick way may take up: dm_maxsegsz is as usual. */
static inline bool
load_quick(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len)
{
	return !BUSDMA_SMALL && busdma_own(t, map) && map->_dm_flags == 0 &&
	       len - 1 < map->_dm_size &&
	       map->dm_maxsegsz == map->_dm_maxmaxsegsz;
}

/*
 * The shortcut's length, modulo 2^64; false: it is shorter than the load.
 * [addr, addr + n) of that load, n from 1, is within the shortcut where
 * addr - dt_winlow <= length - n.
 */
static inline bool
load_window(bus_dma_tag_t t, bus_size_t total, bus_size_t *length)
{
	bus_size_t last = t->dt_winhigh - t->dt_winlow;

	*length = last + 1;
	return t->dt_winlow <= t->dt_winhigh && total - 1 <= last;
}

/* Within the tag's shortcut. */
static inline bool
load_within(bus_dma_tag_t t, paddr_t addr, bus_size_t len)
{
	paddr_t last = addr + (len - 1);

	return addr >= t->dt_winlow && last <= t->dt_winhigh && last >= addr;
}

/* Tell the layers that want to know; where one refuses, the load fails. */
BUSDMA_COLD int busdma_load_tell(bus_dma_tag_t t, bus_dmamap_t map, int flags);

/* The map of a load whose `n' segments are built, and the layers told. */
static inline int
load_finish(bus_dma_tag_t t, bus_dmamap_t map, bus_size_t len, unsigned n,
    uint32_t mflags, int flags)
{
	map->dm_mapsize = len;
	map->dm_nsegs = (int)n;
	map->_dm_loads++;
	/* Of one segment, as most loads are, nothing is left of this. */
	map->_dm_more += n - 1;
	/* Last: who sees LOADED (bus_dmamem_free may look) sees the rest. */
	__atomic_store_n(&map->_dm_flags,
	    mflags | ((uint32_t)flags & (BUS_DMA_READ | BUS_DMA_WRITE)),
	    __ATOMIC_RELEASE);
	if ((t->dt_flags & BUSDMA_TF_LOADED) != 0)
		return busdma_load_tell(t, map, flags);
	return 0;
}

#endif /* BUSDMA_LOAD_H */
