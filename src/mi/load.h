/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the origins (load.c, chain.c) share: the state of a load in progress.
 */
#ifndef BUSDMA_LOAD_H
#define BUSDMA_LOAD_H

#include "segment.h"

/* Where the bytes of a load come from. */
struct origin {
	const char *og_func; /* the call, for reports */
	busdma_space_t og_space;
	uintptr_t og_va;
	bus_size_t og_len; /* of all but chains, which are opened first */
	const struct busdma_chain_ops *og_ops;
	struct busdma_chain_iter og_iter; /* of a chain, opened */
	const bus_dma_segment_t *og_segs;
	int og_nsegs;
};

struct load {
	struct segments ld_sg;
	paddr_t ld_winlow;
	bus_size_t ld_winlen; /* 0: nothing takes the shortcut */
	bus_addr_t ld_winoff;
	bus_dma_tag_t ld_tag;
	bus_dmamap_t ld_map;
	bus_size_t ld_total; /* bytes to load */
	bool ld_collect;     /* into the map's records */
	struct busdma_frags ld_frags;
};

/* Not an error: the walk begins again, into the records. */
#define LOAD_AGAIN (-1)

/* Walk an origin, and hand each of its fragments to load_frag. */
typedef int load_walk_t(struct load *ld, const struct origin *og);

/* One that the shortcut does not cover. */
int busdma_load_miss(struct load *ld, paddr_t addr, bus_size_t len);

/* The next fragment of the load: len from 1. */
static inline int
load_frag(struct load *ld, paddr_t addr, bus_size_t len)
{
	if (len <= ld->ld_winlen && addr - ld->ld_winlow <= ld->ld_winlen - len)
		return segments_add(&ld->ld_sg, addr + ld->ld_winoff, len);
	return busdma_load_miss(ld, addr, len);
}

/* Walk a linear run of virtual addresses. */
int busdma_load_linear(
    struct load *ld, const struct origin *og, uintptr_t va, bus_size_t len);

/*
 * Before a load, of any kind: the map is the tag's own (else EINVAL) and not
 * loaded.
 */
int busdma_load_fresh(const char *func, bus_dma_tag_t t, bus_dmamap_t map);

/*
 * The frame of every load.  busdma_load_begin checks the call and leaves the
 * map unloaded; 0 with *done set: there is nothing more to do.
 */
int busdma_load_begin(struct load *ld, bus_dma_tag_t t, bus_dmamap_t map,
    const struct origin *og, bool *done);
int busdma_load_end(struct load *ld, const struct origin *og, load_walk_t *walk,
    int error, int flags);

static inline int
load_run(bus_dma_tag_t t, bus_dmamap_t map, const struct origin *og,
    load_walk_t *walk, int flags)
{
	struct load ld;
	bool done = false;
	int error;

	error = busdma_load_begin(&ld, t, map, og, &done);
	if (done)
		return error;
	error = walk(&ld, og);
	return busdma_load_end(&ld, og, walk, error, flags);
}

#endif /* BUSDMA_LOAD_H */
