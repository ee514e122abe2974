/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Syncs of what was bounced: copies between the buffer and its slots, of the
 * bytes of the sync and no other, but one page once:
 *
 * A slot's page is filled from the buffer before the device may first get at
 * it, so that what the device does not write is what it was, and nobody
 * else's.  A page that a PREWRITE covers is filled by that.  Later PREs leave
 * it alone, for the device may be at it: what it wrote meanwhile stays.
 *
 * Two syncs of disjoint ranges may fill one page: that is done under the map's
 * lock, a page at a time; who finds it filled has nothing to do.
 */
#include <busdma/string.h>

#include "bounce.h"

#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

/*
 * Where devices don't see the caches, nothing is known of how the CPU uses
 * memory that is copied through a window: what is in them of it goes to memory,
 * and with `drop' is there no more.  Whole lines of one page.
 */
static void
window_sync(bus_dma_tag_t t, const char *p, paddr_t pa, size_t len, bool drop)
{
	const struct busdma_platform *pl = t->dt_pl;
	const size_t mask = (size_t)t->dt_lower->dt_line - 1;
	const size_t front = (size_t)pa & mask;

	if (t->dt_lower->dt_line == 0)
		return;
	if (drop)
		pl->pl_cpu->cpu_cache->ca_wbinv(pl, (uintptr_t)p - front,
		    pa - front, (front + len + mask) & ~mask);
	else
		pl->pl_cpu->cpu_cache->ca_wb(pl, (uintptr_t)p - front,
		    pa - front, (front + len + mask) & ~mask);
}

/*
 * Some bytes of the origin of a record that has no kernel address; returns how
 * many were copied.
 */
static size_t
copy_window(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    bus_size_t off, size_t len, bool in)
{
	const struct busdma_platform *pl = t->dt_pl;
	paddr_t pa = re->re_origin + off;
	char *slot = re->re_slot + (size_t)off, *p;
	size_t some, copied = len;

	for (; len != 0; pa += some, slot += some, len -= some) {
		some = pl->pl_pagesize - (size_t)(pa & (pl->pl_pagesize - 1));
		if (some > len)
			some = len;
		p = pl->pl_window(pl, pa, some, BUSDMA_WINDOW_SYNC);
		if (p == NULL) {
			busdma_report(t, map, BUSDMA_REPORT_PLATFORM,
			    "bus_dmamap_sync", pa, some);
			copied -= some;
			continue;
		}
		window_sync(t, p, pa, some, true);
		if (in) {
			memcpy(slot, p, some);
		} else {
			memcpy(p, slot, some);
			window_sync(t, p, pa, some, false);
		}
		if (pl->pl_window_done != NULL)
			pl->pl_window_done(pl, p, some);
	}
	return copied;
}

/* [off, off + len) of a record into its slot, or out of it; likewise. */
static inline size_t
copy(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    bus_size_t off, size_t len, bool in)
{
	char *slot = re->re_slot + (size_t)off;
	void *p = (void *)(re->re_va + (uintptr_t)off);

	if (!re->re_kva)
		return copy_window(t, map, re, off, len, in);
	if (in)
		memcpy(slot, p, len);
	else
		memcpy(p, slot, len);
	return len;
}

/* The last slot page of a record. */
static size_t
last_page(const struct bounce_tag *bt, const struct bounce_rec *re)
{
	return re->re_page +
	       (size_t)((re->re_inpage + (re->re_len - 1)) >> bt->bt_shift);
}

/*
 * What of a record stands in slot page `page', one of its own: its offset in
 * the record, and its length.
 */
static size_t
in_page(const struct bounce_tag *bt, const struct bounce_rec *re, size_t page,
    bus_size_t *offp)
{
	bus_size_t start, end;

	/* From the front of the record's first page. */
	start = (bus_size_t)(page - re->re_page) << bt->bt_shift;
	end = start + ((bus_size_t)1 << bt->bt_shift);
	if (start < re->re_inpage)
		start = re->re_inpage;
	if (end > re->re_inpage + re->re_len)
		end = re->re_inpage + re->re_len;
	*offp = start - re->re_inpage;
	return (size_t)(end - start);
}

/* The records that have bytes in a slot page: one of them is `*rep'. */
static const struct bounce_rec *
page_recs(const struct bounce_tag *bt, const struct bounce_area *ba,
    size_t page, const struct bounce_rec **rep)
{
	const struct bounce_rec *re = *rep, *stop = re;

	while (re != ba->ba_recs && last_page(bt, re - 1) == page)
		re--;
	while (stop != ba->ba_recs + ba->ba_nrecs && stop->re_page <= page)
		stop++;
	*rep = re;
	return stop;
}

/* Whether [lo, hi) of the map is all that the load has in a slot page. */
static bool
page_within(const struct bounce_tag *bt, const struct bounce_area *ba,
    const struct bounce_rec *re, size_t page, bus_addr_t lo, bus_addr_t hi)
{
	const struct bounce_rec *stop = page_recs(bt, ba, page, &re);
	bus_size_t off, len;

	len = in_page(bt, re, page, &off);
	if (re->re_offset + off < lo)
		return false;
	if (stop - re > 1)
		len = in_page(bt, stop - 1, page, &off);
	return stop[-1].re_offset + off + len <= hi;
}

/* Whole lines: they are the slot page's, and nobody else's. */
static void
write_back(
    bus_dma_tag_t t, const struct bounce_rec *re, bus_size_t off, size_t len)
{
	const struct busdma_platform *pl = t->dt_pl;
	const size_t mask = t->dt_lower->dt_line - 1;
	paddr_t at = re->re_where + off;
	size_t front = (size_t)at & mask;

	pl->pl_cpu->cpu_cache->ca_wb(pl,
	    (uintptr_t)re->re_slot + (size_t)off - front, at - front,
	    (front + len + mask) & ~mask);
}

/*
 * Fill a slot page with all that the load has in it.  Where the sync that this
 * is for is not of all of it (`part'), the layers below write back less than
 * that: the rest must not stand in the caches alone, for a POSTREAD would drop
 * it there and find in memory what another had left.
 */
static void
page_fill(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    size_t page, bool part)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	const struct bounce_rec *stop;
	bus_size_t off;
	size_t len;

	for (stop = page_recs(bounce_of(t), ba, page, &re); re != stop; re++) {
		len = in_page(bounce_of(t), re, page, &off);
		ba->ba_count.co_pages += copy(t, map, re, off, len, true);
		if (part && t->dt_lower->dt_line != 0)
			write_back(t, re, off, len);
	}
}

/*
 * The first sync that goes by records and pages.  No page is filled yet; a load
 * in one step has left its record to be written.
 */
static __attribute__((noinline)) void
parts_begin(bus_dma_tag_t t, bus_dmamap_t map)
{
	const struct busdma_platform *pl = t->dt_pl;
	const struct bounce_tag *bt = bounce_of(t);
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_rec *re = ba->ba_recs;
	size_t i;

	pl->pl_lock(pl, &ba->ba_lock);
	if (!__atomic_load_n(&ba->ba_parts, __ATOMIC_RELAXED)) {
		if (ba->ba_one) {
			re->re_offset = 0;
			re->re_len = ba->ba_last + 1;
			re->re_va = (uintptr_t)ba->ba_va;
			re->re_kva = true;
			re->re_slot = ba->ba_slot;
			re->re_page = 0;
			re->re_inpage = (size_t)(ba->ba_slot - ba->ba_kva);
			re->re_run.sr_chunk = NULL;
			ba->ba_nrecs = 1;
			ba->ba_pages =
			    bounce_pages(bt, re->re_inpage + re->re_len);
		}
		for (i = 0; i < ba->ba_pages; i++)
			ba->ba_recs[i].re_filled = false;
		__atomic_store_n(&ba->ba_parts, true, __ATOMIC_RELEASE);
	}
	pl->pl_unlock(pl, &ba->ba_lock);
}

/*
 * Fill those slot pages of [off, off + len) of a record that are not yet; the
 * sync is of [lo, hi) of the map.  With `write', those of which that is all are
 * left to the caller.
 */
static void
pages_ready(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    bus_size_t off, bus_size_t len, bus_addr_t lo, bus_addr_t hi, bool write)
{
	const struct busdma_platform *pl = t->dt_pl;
	const struct bounce_tag *bt = bounce_of(t);
	struct bounce_area *ba = busdma_map_area(t, map);
	bool *filled, all;
	size_t page, last;

	off += re->re_inpage;
	page = re->re_page + (size_t)(off >> bt->bt_shift);
	last = re->re_page + (size_t)((off + (len - 1)) >> bt->bt_shift);
	for (; page <= last; page++) {
		filled = &ba->ba_recs[page].re_filled;
		if (__atomic_load_n(filled, __ATOMIC_ACQUIRE))
			continue;
		all = page_within(bt, ba, re, page, lo, hi);
		if (all && write) {
			__atomic_store_n(filled, true, __ATOMIC_RELAXED);
			continue;
		}
		pl->pl_lock(pl, &ba->ba_lock);
		if (!__atomic_load_n(filled, __ATOMIC_RELAXED)) {
			page_fill(t, map, re, page, !all);
			__atomic_store_n(filled, true, __ATOMIC_RELEASE);
		}
		pl->pl_unlock(pl, &ba->ba_lock);
	}
}

/*
 * POSTREAD of [off, off + len) where not all is filled: only what the device
 * could have been at.  Of a page that no PRE has filled, there is nothing.
 * Returns how much was copied.
 */
static size_t
rec_read(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    bus_size_t off, bus_size_t len)
{
	const struct bounce_tag *bt = bounce_of(t);
	const struct bounce_area *ba = busdma_map_area(t, map);
	const bus_size_t size = (bus_size_t)1 << bt->bt_shift;
	bus_size_t some, in = re->re_inpage + off;
	size_t page = re->re_page + (size_t)(in >> bt->bt_shift), copied = 0;

	/* As many pages at once as are filled. */
	while (len != 0) {
		some = 0;
		while (
		    some < len && __atomic_load_n(&ba->ba_recs[page].re_filled,
				      __ATOMIC_ACQUIRE)) {
			some += size - ((in + some) & (size - 1));
			page++;
		}
		if (some > len)
			some = len;
		if (some != 0)
			copied += copy(t, map, re, off, (size_t)some, false);
		else {
			some = size - (in & (size - 1));
			if (some > len)
				some = len;
			page++;
		}
		off += some;
		in += some;
		len -= some;
	}
	return copied;
}

/* The first of `n' records that ends behind `offset', or the n-th. */
static const struct bounce_rec *
rec_find(const struct bounce_rec *re, unsigned n, bus_addr_t offset)
{
	unsigned half;

	while (n != 0) {
		half = n / 2;
		if (re[half].re_offset + re[half].re_len <= offset) {
			re += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return re;
}

/*
 * What of [offset, end) of the map a record has; returns how much was copied,
 * but for what pages were filled with.
 */
static size_t
rec_sync(bus_dma_tag_t t, bus_dmamap_t map, const struct bounce_rec *re,
    bus_addr_t offset, bus_addr_t end, int ops)
{
	const struct bounce_area *ba = busdma_map_area(t, map);
	bus_addr_t lo = offset > re->re_offset ? offset : re->re_offset;
	bus_addr_t hi = re->re_offset + re->re_len;

	if (hi > end)
		hi = end;
	lo -= re->re_offset;
	hi -= re->re_offset;
	if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
		if (ba->ba_filled)
			return copy(t, map, re, lo, (size_t)(hi - lo), false);
		return rec_read(t, map, re, lo, hi - lo);
	}
	if (!ba->ba_filled)
		pages_ready(t, map, re, lo, hi - lo, offset, end,
		    (ops & BUS_DMASYNC_PREWRITE) != 0);
	if ((ops & BUS_DMASYNC_PREWRITE) != 0)
		return copy(t, map, re, lo, (size_t)(hi - lo), true);
	return 0;
}

/*
 * A PRE of the whole load fills it, but what was filled before and is not
 * written now.  Beside it there is no other sync.  Returns the operations that
 * this comes to: with PREWRITE, all is to be copied.
 */
static inline int
whole(struct bounce_area *ba, int ops)
{
	if (ba->ba_filled)
		return ops;
	if ((ops & BUS_DMASYNC_PREWRITE) == 0 && ba->ba_parts)
		return ops;
	ba->ba_filled = true;
	return ops | BUS_DMASYNC_PREWRITE;
}

void
busdma_bounce_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	const struct bounce_rec *re, *stop;
	const bus_addr_t end = offset + len;
	size_t copied = 0;
	int asked = ops;

	if (len == 0 || (ops & ~BUS_DMASYNC_POSTWRITE) == 0 ||
	    (ba->ba_nrecs == 0 && !ba->ba_one))
		return;
	if (len == map->dm_mapsize && (ops & POST) == 0)
		ops = whole(ba, ops);
	if (ba->ba_filled && ops == BUS_DMASYNC_PREREAD)
		return;
	if (!__atomic_load_n(&ba->ba_parts, __ATOMIC_ACQUIRE))
		parts_begin(t, map);
	stop = ba->ba_recs + ba->ba_nrecs;
	for (re = rec_find(ba->ba_recs, ba->ba_nrecs, offset);
	     re != stop && re->re_offset < end; re++)
		copied += rec_sync(t, map, re, offset, end, ops);
	if (copied != 0)
		bounce_copied(ba, t->dt_pl, offset, copied,
		    (ops & POST) != 0 ? BOUNCE_OUT : BOUNCE_IN);
	if (ops != asked)
		ba->ba_count.co_whole += copied;
}

/* What is not one copy of all of the usual load, or none. */
static __attribute__((noinline, cold)) void
alone(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	if ((ops & POST) != 0)
		busdma_barrier(t, ops);
	busdma_bounce_sync(t, map, offset, len, ops);
	if ((ops & POST) == 0)
		busdma_barrier(t, ops);
}

void
busdma_bounce_syncalone(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_count *co = &ba->ba_count;

	/* What is inside the load, and as long, is all of it. */
	if (len - 1 != ba->ba_last) {
		alone(t, map, offset, len, ops);
		return;
	}
	if ((ops & POST) != 0) {
		if (!ba->ba_filled) {
			alone(t, map, offset, len, ops);
			return;
		}
		busdma_barrier(t, ops);
		if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
			co->co_first[BOUNCE_OUT] += len;
			memcpy(ba->ba_va, ba->ba_slot, (size_t)len);
		}
		return;
	}
	if ((ops & BUS_DMASYNC_PREWRITE) == 0) {
		if (ba->ba_filled) {
			busdma_barrier(t, ops);
			return;
		}
		if (ba->ba_parts) {
			alone(t, map, offset, len, ops);
			return;
		}
		co->co_whole += len;
	}
	ba->ba_filled = true;
	co->co_first[BOUNCE_IN] += len;
	memcpy(ba->ba_slot, ba->ba_va, (size_t)len);
	busdma_barrier(t, ops);
}
