/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The account: why loads failed, and who has how much DMA memory.
 *
 * Reached only through pl_account, so that a link whose platform keeps none
 * does not contain this file.
 */
#include "segment.h"

/* What an error without a reason means, by the contract of bo_*. */
static enum bus_dma_reason
reason_of(int error)
{
	unsigned reason = (unsigned)error >> 8;

	if (reason == SEGMENTS_REACH)
		return BUS_DMA_WHY_REACH;
	if (reason != BUS_DMA_WHY_NONE)
		return reason < BUS_DMA_NWHY ? reason : BUS_DMA_WHY_LAYER;
	switch (error) {
	case ENOMEM:
		return BUS_DMA_WHY_RESOURCES;
	case EFAULT:
		return BUS_DMA_WHY_REACH;
	case EFBIG:
		return BUS_DMA_WHY_FRAGMENTS;
	default:
		return BUS_DMA_WHY_LAYER;
	}
}

/* Of other reasons than these, the address has no meaning. */
static bool
reason_has_addr(enum bus_dma_reason reason)
{
	return reason == BUS_DMA_WHY_UNMAPPED || reason == BUS_DMA_WHY_REACH ||
	       reason == BUS_DMA_WHY_SEGMENTS ||
	       reason == BUS_DMA_WHY_ALIGNMENT;
}

/* Where that came up: the offset is what has been built so far. */
static void
failed_place(bus_dma_tag_t t, bus_dmamap_t map, const struct segments *sg,
    unsigned reason, bus_dma_segment_t *place)
{
	const struct bus_dma_limits *lim = &t->dt_limits;
	const bus_dma_segment_t *seg;

	place->ds_addr = sg->sg_where;
	place->ds_len = 0;
	for (seg = map->dm_segs; seg != sg->sg_open + 1; seg++)
		place->ds_len += seg->ds_len;
	/* The fragment begins within reach, and leaves it. */
	if (reason == SEGMENTS_REACH && place->ds_addr >= lim->dl_low &&
	    place->ds_addr <= lim->dl_high) {
		place->ds_len += lim->dl_high - place->ds_addr + 1;
		place->ds_addr = lim->dl_high + 1;
	}
}

/*
 * The reason stands in the flags of the map, the place in its first segment,
 * of which an unloaded map makes no use.
 */
static void
account_failed(
    bus_dma_tag_t t, bus_dmamap_t map, const struct segments *sg, int error)
{
	const struct busdma_platform *pl = t->dt_pl;
	enum bus_dma_reason reason = reason_of(error);
	bus_dma_segment_t place = { 0, 0 };

	if (sg != NULL)
		failed_place(t, map, sg, (unsigned)error >> 8, &place);
	if (!reason_has_addr(reason))
		place.ds_addr = 0;
	map->dm_segs[0] = place;
	/* Last: who sees FAILED (bus_dma_maps may look) sees the rest. */
	__atomic_store_n(&map->_dm_flags,
	    BUSDMA_MF_FAILED | (uint32_t)reason << BUSDMA_MF_WHY_SHIFT,
	    __ATOMIC_RELEASE);
	pl->pl_lock(pl, &t->dt_lock);
	t->dt_failed[reason]++;
	pl->pl_unlock(pl, &t->dt_lock);
}

/* The account above this one, or NULL. */
static bus_dma_tag_t
account_above(bus_dma_tag_t a)
{
	return a->dt_origin != NULL ? busdma_account_of(a->dt_origin) : NULL;
}

/*
 * Take `size' bytes off all accounts from `a' up to `end', not inclusive.
 * Bytes that were out count for the most that ever were: it is brought up to
 * date here, and by who looks.
 */
static bool
discharge(
    bus_dma_tag_t a, bus_dma_tag_t end, bus_size_t size, enum busdma_bytes what)
{
	const struct busdma_platform *pl = a->dt_pl;
	bool enough = true;

	for (; a != end; a = account_above(a)) {
		pl->pl_lock(pl, &a->dt_lock);
		if (what == BUSDMA_BYTES_BACK && a->dt_memhigh < a->dt_memused)
			a->dt_memhigh = a->dt_memused;
		if (a->dt_memused < size) {
			enough = false;
			a->dt_memused = 0;
		} else {
			a->dt_memused -= size;
		}
		pl->pl_unlock(pl, &a->dt_lock);
	}
	return enough;
}

/* Put `size' bytes on one account, if they fit. */
static bool
charge(bus_dma_tag_t a, bus_size_t size)
{
	const struct busdma_platform *pl = a->dt_pl;
	bool fits;

	pl->pl_lock(pl, &a->dt_lock);
	fits = size <= a->dt_limits.dl_memory &&
	       a->dt_memused <= a->dt_limits.dl_memory - size;
	if (fits)
		a->dt_memused += size;
	else
		a->dt_memrefused++;
	pl->pl_unlock(pl, &a->dt_lock);
	return fits;
}

static int
account_memory(bus_dma_tag_t t, bus_size_t size, enum busdma_bytes what)
{
	bus_dma_tag_t a, first = busdma_account_of(t);

	if (what != BUSDMA_BYTES_OUT) {
		if (!discharge(first, NULL, size, what))
			busdma_report(t, NULL, BUSDMA_REPORT_MEMTAG,
			    "bus_dmamem_free", 0, size);
		return 0;
	}
	for (a = first; a != NULL; a = account_above(a)) {
		if (!charge(a, size)) {
			(void)discharge(first, a, size, BUSDMA_BYTES_NONE);
			return ENOMEM;
		}
	}
	return 0;
}

/*
 * [bus, last] is in a segment of a map.  Another thread may be loading that
 * map at this moment; the second look makes it unlikely that two halves of
 * different loads are taken for one.
 */
static bool
map_holds(bus_dmamap_t map, bus_addr_t bus, bus_addr_t last)
{
	const bus_dma_segment_t *seg;
	int i, n;

	if ((__atomic_load_n(&map->_dm_flags, __ATOMIC_ACQUIRE) &
		BUSDMA_MF_LOADED) == 0)
		return false;
	n = __atomic_load_n(&map->dm_nsegs, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++) {
		seg = &map->dm_segs[i];
		if (seg->ds_addr <= last &&
		    seg->ds_addr + (seg->ds_len - 1) >= bus)
			return true;
	}
	return false;
}

/* A live map of the tag holds some of the bus addresses [first, last]. */
static bool
maps_hold(bus_dma_tag_t t, bus_addr_t first, bus_addr_t last)
{
	const struct busdma_platform *pl = t->dt_pl;
	bus_dmamap_t map;
	bool held = false;

	pl->pl_lock(pl, &t->dt_lock);
	for (map = t->dt_maps; map != NULL && !held; map = map->_dm_next)
		held =
		    map_holds(map, first, last) && map_holds(map, first, last);
	pl->pl_unlock(pl, &t->dt_lock);
	return held;
}

/*
 * Memory [addr, addr + len) is loaded in a live map of the tag.  Can be told
 * only where bus addresses are known without a load.
 */
static bool
mem_loaded(bus_dma_tag_t t, paddr_t addr, bus_size_t len)
{
	paddr_t first, last, end = addr + (len - 1);
	struct busdma_reach re;
	unsigned i;

	for (i = 0; busdma_reach(t, i, &re); i++) {
		first = addr > re.re_low ? addr : re.re_low;
		last = end < re.re_high ? end : re.re_high;
		if (re.re_fixed && first <= last &&
		    maps_hold(t, first + re.re_offset, last + re.re_offset))
			return true;
	}
	return false;
}

static bool
account_loaded(
    bus_dma_tag_t t, const bus_dma_segment_t *segs, int nsegs, const char *func)
{
	int i;

	for (i = 0; i < nsegs; i++) {
		if (segs[i].ds_len != 0 &&
		    mem_loaded(t, segs[i].ds_addr, segs[i].ds_len)) {
			busdma_report(t, NULL, BUSDMA_REPORT_MEMLOADED, func,
			    segs[i].ds_addr, segs[i].ds_len);
			return true;
		}
	}
	return false;
}

const struct busdma_account busdma_account = {
	.ac_failed = account_failed,
	.ac_memory = account_memory,
	.ac_loaded = account_loaded,
};
