/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots for a load: those that the map has, or the pool's; and what a load
 * leaves of them.
 */
#include <busdma/string.h>

#include "place.h"

/*
 * Pages of its own that a load leaves unused at most: what begins inside a page
 * may need one more the next time.
 */
#define SPARE 1

/*
 * Whether a run of slots at `bus' is where the load may have it: `align' is a
 * power of two.
 */
static bool
stands_right(const struct bounce_load *bl, bus_addr_t bus, size_t pages,
    bus_size_t align)
{
	const bus_size_t bspan = bl->bl_map->_dm_bspan;
	const bus_size_t span = ((bus_size_t)pages << bl->bl_bt->bt_shift) - 1;

	if ((bus & (align - 1)) != 0)
		return false;
	/* What is longer than the boundary is cut least from one on. */
	if (span > bspan)
		return (bus & bspan) == 0;
	return (bus ^ (bus + span)) <= bspan;
}

/* Slots out of the map's own run; false: they are not there. */
static bool
take_own(const struct bounce_load *bl, size_t pages, bus_size_t align,
    struct slot_run *sr)
{
	struct bounce_area *ba = bl->bl_ba;

	*sr = ba->ba_run;
	if (sr->sr_chunk == NULL || pages > sr->sr_count - ba->ba_used)
		return false;
	sr->sr_first += ba->ba_used;
	sr->sr_count = pages;
	/* Reserved ones stand as right as they can. */
	if (!(ba->ba_mine && ba->ba_used == 0) &&
	    !stands_right(bl,
		sr->sr_chunk->ch_bus + (sr->sr_first << bl->bl_bt->bt_shift),
		pages, align))
		return false;
	ba->ba_used += pages;
	return true;
}

void
busdma_bounce_own(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	const struct slot_run *sr = &ba->ba_run;
	const unsigned shift = bounce_of(t)->bt_shift;
	const bus_size_t len = (bus_size_t)sr->sr_count << shift;
	const size_t off = sr->sr_first << shift;
	const paddr_t at = sr->sr_chunk->ch_seg.ds_addr + off;
	bus_size_t room;

	ba->ba_room = 0;
	if (!bounce_of(t)->bt_quick || at < t->dt_lower->dt_winlow ||
	    at + (len - 1) > t->dt_lower->dt_winhigh)
		return;
	ba->ba_kva = sr->sr_chunk->ch_kva + off;
	ba->ba_bus = at + t->dt_lower->dt_winoff;
	/* Over no boundary. */
	room = (ba->ba_bus | map->_dm_bspan) - ba->ba_bus;
	room = room < len - 1 ? room + 1 : len;
	/* Whose slots are not its own leaves none unused but the spare one. */
	ba->ba_least = 0;
	if (!ba->ba_mine && sr->sr_count > 1 + SPARE)
		ba->ba_least = (bus_size_t)(sr->sr_count - 1 - SPARE) << shift;
	if (room > ba->ba_least)
		ba->ba_room = room - ba->ba_least;
}

/* Of the pool's pages, those that the load has, for as far as it has got. */
static size_t
pages_held(const struct bounce_area *ba)
{
	size_t pages = 0;
	unsigned i;

	if (ba->ba_run.sr_chunk != NULL)
		pages = ba->ba_run.sr_count;
	for (i = 0; i < ba->ba_nrecs; i++)
		if (ba->ba_recs[i].re_run.sr_chunk != NULL)
			pages += ba->ba_recs[i].re_run.sr_count;
	return pages;
}

enum slots_got
busdma_bounce_take(const struct bounce_load *bl, size_t pages, bus_size_t align,
    struct slot_run *sr, bool *ownp)
{
	struct bounce_tag *bt = bl->bl_bt;
	struct bounce_area *ba = bl->bl_ba;
	enum slots_got got;
	struct slot_place sp;

	*ownp = true;
	if (take_own(bl, pages, align, sr))
		return SLOTS_TAKEN;
	if (ba->ba_mine) {
		ba->ba_count.co_short++;
		return SLOTS_OUT;
	}
	if (ba->ba_used == 0) {
		busdma_slots_give(bt, &ba->ba_run, NULL);
		ba->ba_room = 0;
	}
	sp.sp_load = bl->bl_fs;
	sp.sp_held = pages_held(ba);
	sp.sp_keep = sp.sp_brought = false;
	sp.sp_align = align;
	sp.sp_boundary = bl->bl_map->_dm_bspan + 1;
	got = busdma_slots_take(bt, pages, &sp, sr);
	if (got == SLOTS_OUT && (bl->bl_flags & BUS_DMA_NOWAIT) == 0 &&
	    busdma_slots_more(bt, pages, &sp, sr, bl->bl_flags))
		got = SLOTS_TAKEN;
	if (got != SLOTS_TAKEN) {
		ba->ba_count.co_short++;
		return got;
	}
	*ownp = ba->ba_run.sr_chunk == NULL;
	if (*ownp) {
		ba->ba_run = *sr;
		ba->ba_used = pages;
		ba->ba_clean = false;
		busdma_bounce_own(&bt->bt_tag, bl->bl_map);
	}
	return SLOTS_TAKEN;
}

/* Nothing of what another had there is left, in memory neither. */
static void
run_clear(const struct bounce_load *bl, const struct slot_run *sr)
{
	const struct bus_dma_tag *lower = bl->bl_bt->bt_tag.dt_lower;
	const struct busdma_platform *pl = lower->dt_pl;
	const unsigned shift = bl->bl_bt->bt_shift;
	const struct slot_chunk *ch = sr->sr_chunk;
	const size_t off = sr->sr_first << shift;

	memset(ch->ch_kva + off, 0, sr->sr_count << shift);
	if (lower->dt_line != 0)
		pl->pl_cpu->cpu_cache->ca_wb(pl, (uintptr_t)ch->ch_kva + off,
		    ch->ch_seg.ds_addr + off, sr->sr_count << shift);
}

void
busdma_bounce_taken(
    const struct bounce_load *bl, const struct slot_run *sr, bool isown)
{
	struct bounce_area *ba = bl->bl_ba;

	ba->ba_pages += sr->sr_count;
	if (!ba->ba_filled)
		return;
	if (!isown) {
		run_clear(bl, sr);
	} else if (!ba->ba_clean) {
		run_clear(bl, &ba->ba_run);
		ba->ba_clean = bl->bl_fs->fs_space == NULL;
	}
}

void
busdma_bounce_spare(const struct bounce_load *bl)
{
	const struct bounce_tag *bt = bl->bl_bt;
	struct bounce_area *ba = bl->bl_ba;
	size_t left = ba->ba_run.sr_count, pages;
	unsigned i;

	if (ba->ba_mine || ba->ba_run.sr_chunk == NULL)
		return;
	for (i = 0; i < bl->bl_fs->fs_count; i++, left -= pages) {
		const struct busdma_frag *f = &bl->bl_fs->fs_frag[i];

		pages =
		    bounce_pages(bt, page_offset(bt, f->bf_addr) + f->bf_len);
		if (pages > left) {
			busdma_slots_give(bl->bl_bt, &ba->ba_run, NULL);
			ba->ba_room = 0;
			return;
		}
	}
}

void
busdma_bounce_trim(const struct bounce_load *bl)
{
	struct bounce_area *ba = bl->bl_ba;
	struct slot_run rest = ba->ba_run;

	if (ba->ba_mine || rest.sr_chunk == NULL ||
	    (ba->ba_used != 0 && rest.sr_count - ba->ba_used <= SPARE))
		return;
	rest.sr_first += ba->ba_used;
	rest.sr_count -= ba->ba_used;
	busdma_slots_give(bl->bl_bt, &rest, NULL);
	ba->ba_run.sr_count = ba->ba_used;
	if (ba->ba_used != 0) {
		busdma_bounce_own(&bl->bl_bt->bt_tag, bl->bl_map);
	} else {
		ba->ba_run.sr_chunk = NULL;
		ba->ba_room = 0;
	}
}
