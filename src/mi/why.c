/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a load failed, as the account (account.c) left it in the map.
 */
#include <busdma/string.h>

#include "mi.h"

static uint64_t
why_limit(bus_dmamap_t map, enum bus_dma_reason reason)
{
	const struct bus_dma_limits *lim = &map->_dm_tag->dt_limits;

	if (reason == BUS_DMA_WHY_LENGTH)
		return map->_dm_size;
	if (reason == BUS_DMA_WHY_SEGMENTS)
		return (uint64_t)(map->_dm_last + 1 - map->dm_segs);
	if (reason == BUS_DMA_WHY_ALIGNMENT)
		return lim->dl_alignment;
	return reason == BUS_DMA_WHY_REACH ? lim->dl_high : 0;
}

/* What the account left in a map that is not loaded. */
struct look {
	uint32_t lo_flags;
	bus_dma_segment_t lo_place;
};

static bool
look(bus_dmamap_t map, struct look *lo)
{
	const volatile bus_dma_segment_t *seg = map->dm_segs;

	lo->lo_flags = __atomic_load_n(&map->_dm_flags, __ATOMIC_ACQUIRE);
	lo->lo_place.ds_addr = seg->ds_addr;
	lo->lo_place.ds_len = seg->ds_len;
	return (lo->lo_flags & BUSDMA_MF_FAILED) != 0;
}

/*
 * Another thread may be loading that map at this moment (bus_dma_maps looks
 * whenever it is asked), and then its first segment is no place any more: what
 * two looks don't agree on, or what a load came between, is not told.
 */
void
busdma_map_why(bus_dmamap_t map, struct bus_dma_why *wy)
{
	const volatile uint64_t *count = &map->_dm_loads;
	const uint64_t loads = *count;
	struct look lo, again;

	memset(wy, 0, sizeof(*wy));
	if (!look(map, &lo) || !look(map, &again) ||
	    lo.lo_flags != again.lo_flags ||
	    lo.lo_place.ds_addr != again.lo_place.ds_addr ||
	    lo.lo_place.ds_len != again.lo_place.ds_len || *count != loads)
		return;
	wy->wy_reason =
	    (enum bus_dma_reason)((lo.lo_flags >> BUSDMA_MF_WHY_SHIFT) & 0x3f);
	wy->wy_addr = lo.lo_place.ds_addr;
	wy->wy_offset = lo.lo_place.ds_len;
	wy->wy_limit = why_limit(map, wy->wy_reason);
}

bool
bus_dmamap_why(bus_dma_tag_t t, bus_dmamap_t map, struct bus_dma_why *wy)
{
	memset(wy, 0, sizeof(*wy));
	if (t == NULL || !busdma_own(t, map)) {
		busdma_foreign("bus_dmamap_why", t, map);
		return false;
	}
	busdma_map_why(map, wy);
	return wy->wy_reason != BUS_DMA_WHY_NONE;
}

const char *
bus_dma_reason_text(enum bus_dma_reason reason)
{
	switch (reason) {
	case BUS_DMA_WHY_NONE:
		return "no failure";
	case BUS_DMA_WHY_LENGTH:
		return "longer than the map";
	case BUS_DMA_WHY_SEGMENTS:
		return "too many segments";
	case BUS_DMA_WHY_FRAGMENTS:
		return "too many pieces of memory";
	case BUS_DMA_WHY_ALIGNMENT:
		return "not aligned";
	case BUS_DMA_WHY_REACH:
		return "out of the device's reach";
	case BUS_DMA_WHY_UNMAPPED:
		return "no memory at that address";
	case BUS_DMA_WHY_ORIGIN:
		return "not a legal buffer";
	case BUS_DMA_WHY_RESOURCES:
		return "out of resources";
	case BUS_DMA_WHY_CALLER:
		return "a caller's or a hook's error, reported";
	case BUS_DMA_WHY_LAYER:
		return "a layer's own reason";
	case BUS_DMA_NWHY:
		break;
	}
	return "unknown reason";
}
