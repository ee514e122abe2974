/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole of a load into one run of slots.
 */
#include "place.h"

/*
 * Segments of a run from `at' on, with a boundary of `bspan' and a byte;
 * no more than one more than the map has.
 */
static unsigned
count_segments(
    bus_dmamap_t map, bus_size_t bspan, bus_addr_t at, bus_size_t len)
{
	const unsigned most = (unsigned)(map->_dm_last - map->dm_segs) + 1;
	const bus_size_t mask = map->_dm_tag->dt_alignmask;
	bus_size_t span, take;
	unsigned n;

	for (n = 1; n <= most; n++) {
		span = (at | bspan) - at;
		if (span > map->dm_maxsegsz - 1)
			span = map->dm_maxsegsz - 1;
		if (len - 1 <= span)
			break;
		/* What follows a cut is aligned. */
		take = (span + 1) & ~mask;
		if (take == 0)
			take = span + 1;
		at += take;
		len -= take;
	}
	return n;
}

static bool
too_many(bus_dmamap_t map, bus_addr_t at, bus_size_t len)
{
	return count_segments(map, map->_dm_bspan, at, len) >
	       (unsigned)(map->_dm_last - map->dm_segs) + 1;
}

/*
 * Where the first byte of a joined load stands in its first page: where it
 * does in the buffer, unless it must be aligned, or would meet the boundary, or
 * be cut too often.
 */
static size_t
join_offset(const struct bounce_load *bl, bus_size_t total)
{
	const bus_size_t bspan = bl->bl_map->_dm_bspan;
	uint64_t addr = bl->bl_fs->fs_frag[0].bf_addr;
	size_t in = page_offset(bl->bl_bt, addr);

	if ((addr & bl->bl_bt->bt_tag.dt_alignmask) != 0)
		return 0;
	if (total - 1 <= bspan && (in & bspan) + (total - 1) > bspan)
		return 0;
	if (too_many(bl->bl_map, in, total) && !too_many(bl->bl_map, 0, total))
		return 0;
	return in;
}

/*
 * Where it stood badly between boundaries, it could be cut more often than the
 * map has segments for: by maxsegsz, and once more by each boundary.
 */
bus_size_t
busdma_bounce_align(
    bus_dma_tag_t t, bus_dmamap_t map, size_t in, bus_size_t total)
{
	const bus_size_t page = (bus_size_t)1 << bounce_of(t)->bt_shift;
	const bus_size_t bspan = map->_dm_bspan;
	const bus_size_t align = t->dt_limits.dl_alignment;
	const bus_size_t most = (bus_size_t)(map->_dm_last - map->dm_segs) + 1;
	bus_size_t cuts, span;

	if (total - 1 <= bspan || bspan < page || align > bspan)
		return align;
	cuts = bspan - (page - 1) + in + (total - 1);
	/* No division: the boundary is a power of two. */
	for (span = bspan; span != 0; span >>= 1)
		cuts >>= 1;
	cuts += count_segments(map, ~(bus_size_t)0, 0, total);
	/* Where all of it has too many anywhere, parts of it go anywhere. */
	return cuts <= most || too_many(map, 0, total) ? align : bspan + 1;
}

/*
 * A run for a joined load: one that begins at a boundary, or any that is not
 * cut too often.
 */
static int
take_joined(const struct bounce_load *bl, size_t in, bus_size_t total,
    struct slot_run *sr, bool *ownp)
{
	struct bounce_tag *bt = bl->bl_bt;
	const bus_size_t align =
	    busdma_bounce_align(&bt->bt_tag, bl->bl_map, in, total);
	const bus_size_t least = bt->bt_tag.dt_limits.dl_alignment;
	const size_t pages = bounce_pages(bt, in + total);
	enum slots_got got;
	bus_addr_t bus;

	got = busdma_bounce_take(bl, pages, align, sr, ownp);
	if (got != SLOTS_TAKEN && align != least)
		got = busdma_bounce_take(bl, pages, least, sr, ownp);
	if (got != SLOTS_TAKEN)
		return bounce_error(got);
	bus = sr->sr_chunk->ch_bus + (sr->sr_first << bt->bt_shift);
	if (align == least || (bus & (align - 1)) == 0 ||
	    !too_many(bl->bl_map, bus + in, total))
		return 0;
	if (!*ownp)
		busdma_slots_give(bt, sr, bl->bl_fs);
	/* Another may be there later. */
	return bl->bl_fs->fs_waitq != NULL
		   ? BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES)
		   : BUSDMA_WHY(EFBIG, BUS_DMA_WHY_SEGMENTS);
}

/* What each fragment of a joined load has of the run, from `in' on. */
static void
join_records(const struct bounce_load *bl, const struct slot_run *sr, size_t in,
    enum bus_dma_bounced why)
{
	const struct busdma_frags *fs = bl->bl_fs;
	const struct busdma_memory *me;
	struct bounce_rec *re = NULL;
	bus_size_t offset = 0, len;
	unsigned i;
	size_t at;

	for (i = 0; i < fs->fs_count; i++, offset += len) {
		me = &fs->fs_memory[i];
		len = fs->fs_frag[i].bf_len;
		/* To the CPU it is one buffer. */
		if (re != NULL && re->re_kva &&
		    (me->me_flags & BUSDMA_MEMORY_KVA) != 0 &&
		    me->me_va == re->re_va + (uintptr_t)re->re_len) {
			re->re_len += len;
			continue;
		}
		at = in + (size_t)offset;
		re = busdma_bounce_record(bl, me, offset, len, sr,
		    at >> bl->bl_bt->bt_shift, at, why);
	}
}

/* Why it is one run: for what it failed as it was. */
static enum bus_dma_bounced
join_why(int error)
{
	switch (error >> 8) {
	case BUS_DMA_WHY_RESOURCES:
		return BUS_DMA_BOUNCED_SLOTS;
	case BUS_DMA_WHY_FRAGMENTS:
		return BUS_DMA_BOUNCED_PIECES;
	case BUS_DMA_WHY_ALIGNMENT:
		return BUS_DMA_BOUNCED_ALIGNMENT;
	default:
		return BUS_DMA_BOUNCED_SEGMENTS;
	}
}

int
busdma_bounce_join(const struct bounce_load *bl)
{
	struct busdma_frags *fs = bl->bl_fs;
	const struct bounce_tag *bt = bl->bl_bt;
	const bool scarce =
	    fs->fs_error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	bus_size_t total = 0;
	struct slot_run sr;
	size_t in, pages;
	bool isown;
	unsigned i;
	int error;

	for (i = 0; i < fs->fs_count; i++) {
		if (!can_copy(bl, i))
			return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
		total += fs->fs_frag[i].bf_len;
	}
	in = join_offset(bl, total);
	pages = bounce_pages(bt, in + total);
	if (pages > fs->fs_max && pages <= bt->bt_slots->sl_most)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	error = bounce_error(SLOTS_NEVER);
	if (pages <= bt->bt_slots->sl_most)
		error = take_joined(bl, in, total, &sr, &isown);
	/* In pieces it would have fitted, some other time. */
	if (scarce && error == bounce_error(SLOTS_NEVER))
		return bounce_error(SLOTS_OUT);
	if (error != 0)
		return error;
	join_records(bl, &sr, in, join_why(fs->fs_error));
	if (!isown)
		bl->bl_ba->ba_recs[0].re_run = sr;
	busdma_bounce_taken(bl, &sr, isown);
	busdma_bounce_replace(bl, 0, &sr, in, total);
	fs->fs_count = 1;
	return 0;
}
