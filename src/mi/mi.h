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

/* A map handed in with tag `t' is that tag's own. */
static inline bool
busdma_own(bus_dma_tag_t t, bus_dmamap_t map)
{
	return map != NULL && map->_dm_tag == t;
}

/* Where dm_segs points: known without a look. */
static inline bus_dma_segment_t *
busdma_segs(bus_dmamap_t map)
{
	return (bus_dma_segment_t *)(void *)(map + 1);
}

/* The table has what it must have, and nothing by halves. */
bool busdma_platform_ok(const struct busdma_platform *pl);
const struct busdma_cpu_ops *busdma_cpu(const struct busdma_platform *pl);

/* Report a map that is not the tag's own.  Always EINVAL. */
BUSDMA_COLD int busdma_foreign(
    const char *func, bus_dma_tag_t t, bus_dmamap_t map);

/* One reference more, unless the tag was given up: then reported, EINVAL. */
int busdma_tag_hold(bus_dma_tag_t t, const char *func);
/* One less. */
void busdma_tag_drop(bus_dma_tag_t t);
/* The flags of a loaded map of a tag, from those of the tag. */
uint32_t busdma_tag_mflags(uint32_t tflags, bool whole);
/* What is left of a tag whose last reference is gone. */
BUSDMA_COLD void busdma_tag_free(bus_dma_tag_t t);

/* Make a loaded map unloaded; dm_maxsegsz stays. */
void busdma_map_clear(bus_dma_tag_t t, bus_dmamap_t map);

#endif /* BUSDMA_MI_H */
