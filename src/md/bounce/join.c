/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole of a load into one run of slots.
 */
#include "place.h"

/* Whether boundaries cut it more often than the map has segments for. */
static bool
too_many_cuts(bus_dmamap_t map, bus_size_t in, bus_size_t total)
{
	bus_size_t cuts = (in & map->_dm_bspan) + (total - 1), span;

	/* No division: the boundary is a power of two. */
	for (span = map->_dm_bspan; span != 0; span >>= 1)
		cuts >>= 1;
	return cuts > (bus_size_t)(map->_dm_last - map->dm_segs);
}

/*
 * Where the first byte of a joined load stands in its first page: where it
 * does in the buffer, unless it must be aligned, or would meet the boundary, or
 * meet it too often.
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
	if (too_many_cuts(bl->bl_map, in, total))
		return 0;
	return in;
}

/*
 * Of the bus address of a joined load's run: where it stood badly between
 * boundaries, it could be cut more often than the map has segments for.
 */
static bus_size_t
join_align(const struct bounce_load *bl, size_t in, bus_size_t total)
{
	const bus_size_t page = (bus_size_t)1 << bl->bl_bt->bt_shift;
	const bus_size_t bspan = bl->bl_map->_dm_bspan;
	const bus_size_t align = bl->bl_bt->bt_tag.dt_limits.dl_alignment;

	if (total - 1 <= bspan || bspan < page || align > bspan ||
	    !too_many_cuts(bl->bl_map, bspan - (page - 1) + in, total))
		return align;
	return bspan + 1;
}

/*
 * A run for a joined load: one that begins at a boundary, or any that is not
 * cut too often.
 */
static int
take_joined(const struct bounce_load *bl, size_t in, bus_size_t total,
    struct slot_run *sr, bool *ownp)
{
	const struct bounce_tag *bt = bl->bl_bt;
	const bus_size_t align = join_align(bl, in, total);
	const bus_size_t least = bt->bt_tag.dt_limits.dl_alignment;
	const size_t pages = bounce_pages(bt, in + total);
	bus_addr_t bus;

	if (busdma_bounce_take(bl, pages, align, sr, ownp))
		return 0;
	if (align == least || !busdma_bounce_take(bl, pages, least, sr, ownp))
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	bus = sr->sr_chunk->ch_bus + (sr->sr_first << bt->bt_shift);
	if (!too_many_cuts(bl->bl_map, bus + in, total))
		return 0;
	if (!*ownp)
		busdma_slots_give(bl->bl_bt, sr, bl->bl_fs);
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

int
busdma_bounce_join(const struct bounce_load *bl, bool scarce)
{
	struct busdma_frags *fs = bl->bl_fs;
	const struct bounce_tag *bt = bl->bl_bt;
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
	/* In pieces it would have fitted, some other time. */
	if (pages > bt->bt_slots->sl_most && scarce)
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	if (pages > bt->bt_slots->sl_most)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_RESOURCES);
	if (pages > fs->fs_max)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	error = take_joined(bl, in, total, &sr, &isown);
	if (error != 0)
		return error;
	join_records(bl, &sr, in,
	    scarce ? BUS_DMA_BOUNCED_SLOTS : BUS_DMA_BOUNCED_SEGMENTS);
	if (!isown)
		bl->bl_ba->ba_recs[0].re_run = sr;
	busdma_bounce_taken(bl, &sr, isown);
	busdma_bounce_replace(bl, 0, &sr, in, total);
	fs->fs_count = 1;
	return 0;
}
