/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tag has done, and what is alive on it: bus_dma_stats(9).
 *
 * Loads are counted in the maps and gathered when asked, so that counting
 * shares no cache line between CPUs; of a map that is being loaded at that
 * moment the figures are those before or after.  Failures and memory are
 * counted where the platform has pl_account.
 */
#ifndef BUSDMA_BUS_DMA_STATS_H
#define BUSDMA_BUS_DMA_STATS_H

#include <busdma/bus_dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bus_dma_stats {
	uint64_t ds_loads;    /* that succeeded, of 1 byte or more */
	uint64_t ds_segments; /* that these came to */
	uint64_t ds_failed[BUS_DMA_NWHY]; /* loads that failed, by reason */

	unsigned ds_maps;     /* live */
	unsigned ds_loaded;   /* of these: loaded now */
	bus_size_t ds_mapped; /* bytes that are loaded now */

	/* The account that DMA memory of this tag goes on. */
	bus_size_t ds_memory;       /* bytes handed out now, in whole pages */
	bus_size_t ds_memory_high;  /* the most that ever were */
	bus_size_t ds_memory_cap;   /* 0: none */
	uint64_t ds_memory_refused; /* allocations that met the cap */
};

/*
 * The figures of the maps of `t': of those that are alive and of those that
 * were.  Tags made from it have their own.
 * Takes the tag's lock for a walk over its live maps.  Context: any.
 */
void bus_dma_stats(bus_dma_tag_t t, struct bus_dma_stats *ds);

/* A live map. */
struct bus_dma_mapinfo {
	bus_dmamap_t mi_map;       /* to compare with; it may be gone by now */
	const char *mi_label;      /* NULL: none */
	bus_size_t mi_size;        /* most bytes in a load */
	bus_size_t mi_mapped;      /* bytes that are loaded; 0: not loaded */
	int mi_maxsegs;            /* most segments */
	int mi_nsegs;              /* of the load */
	uint64_t mi_loads;         /* that succeeded */
	uint64_t mi_segments;      /* that these came to */
	struct bus_dma_why mi_why; /* of the last load */
};

/*
 * Write down the live maps of `t', the youngest first, beginning with the
 * `first'-th (from 0), at most `n'; returns how many there are in all.
 * `mi' NULL: only counts.
 * Takes the tag's lock for a walk over all of them.  Context: any.
 */
unsigned bus_dma_maps(
    bus_dma_tag_t t, unsigned first, struct bus_dma_mapinfo *mi, unsigned n);

/*
 * All of that as text, for a person: `put' is called for each line, which has
 * no newline and lives until `put' returns.  Context: that of `put', with no
 * lock held.
 */
void bus_dma_stats_dump(
    bus_dma_tag_t t, void (*put)(void *arg, const char *line), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_BUS_DMA_STATS_H */
