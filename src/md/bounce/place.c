/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads through a bounce layer: what goes into slots, and into which.
 */
#include <busdma/string.h>

#include "bounce.h"

/*
 * Pages of its own that a load leaves unused at most: what begins inside a page
 * may need one more the next time.
 */
#define SPARE 1

static size_t
page_offset(const struct bounce_tag *bt, uint64_t addr)
{
	return addr & bt->bt_mask;
}

bool
busdma_bounce_front(bus_dma_tag_t lower, const struct busdma_frag *f,
    bus_size_t *lenp, bus_addr_t *busp, bool *fixedp)
{
	struct busdma_reach re;
	bus_size_t len = f->bf_len;
	unsigned i;

	for (i = 0; busdma_reach(lower, i, &re); i++) {
		if (f->bf_addr >= re.re_low && f->bf_addr <= re.re_high) {
			if (f->bf_len - 1 <= re.re_high - f->bf_addr)
				*lenp = f->bf_len;
			else
				*lenp = re.re_high - f->bf_addr + 1;
			*busp = f->bf_addr + re.re_offset;
			*fixedp = re.re_fixed;
			return true;
		}
		if (f->bf_addr < re.re_low && len > re.re_low - f->bf_addr)
			len = re.re_low - f->bf_addr;
	}
	*lenp = len;
	return false;
}

/*
 * How much of the front of a fragment shares a line with strangers, or does
 * not.  Page by page, for what stands in whole pages keeps its place.
 */
static bool
front_shared(const struct bounce_tag *bt, const struct busdma_frag *f,
    const struct busdma_memory *me, bus_size_t *lenp)
{
	const bus_size_t mask = bt->bt_tag.dt_lower->dt_line - 1;
	bus_size_t room =
	    ((bus_size_t)1 << bt->bt_shift) - page_offset(bt, f->bf_addr);

	*lenp = f->bf_len;
	if ((me->me_flags & (BUSDMA_MEMORY_OWNED | BUSDMA_MEMORY_UNCACHED)) !=
	    0)
		return false;
	if ((me->me_addr & mask) != 0 || f->bf_len <= room) {
		if (*lenp > room)
			*lenp = room;
		return ((me->me_addr | f->bf_len) & mask) != 0;
	}
	/* Up to the page that the end is in, if that is shared. */
	if ((f->bf_len & mask) != 0)
		*lenp -= page_offset(bt, f->bf_addr + f->bf_len - 1) + 1;
	return false;
}

/* What a load needs slots for, and what limits where these are. */
struct bounce_load {
	struct bounce_tag *bl_bt;
	bus_dmamap_t bl_map;
	struct bounce_area *bl_ba;
	struct busdma_frags *bl_fs;
	int bl_flags;
};

/*
 * Whether the i-th fragment must be bounced, and why; in *lenp, for how many
 * bytes of its front that holds.
 */
static bool
must_bounce(const struct bounce_load *bl, unsigned i, bus_size_t *lenp,
    enum bus_dma_bounced *whyp)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	const struct bounce_tag *bt = bl->bl_bt;
	const struct busdma_frag *f = &bl->bl_fs->fs_frag[i];
	bus_size_t most;
	bus_addr_t bus;
	bool fixed, bounce;

	*whyp = BUS_DMA_BOUNCED_FORCED;
	*lenp = f->bf_len;
	if ((bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return true;
	if (!busdma_bounce_front(bt->bt_tag.dt_lower, f, &most, &bus, &fixed)) {
		*whyp = BUS_DMA_BOUNCED_REACH;
		*lenp = most;
		return true;
	}
	*lenp = most;
	if (fixed && (bus & bt->bt_tag.dt_alignmask) != 0) {
		*whyp = BUS_DMA_BOUNCED_ALIGNMENT;
		return true;
	}
	if (bt->bt_tag.dt_lower->dt_line == 0 ||
	    (bl->bl_flags & both) == BUS_DMA_WRITE)
		return false;
	*whyp = BUS_DMA_BOUNCED_LINE;
	bounce = front_shared(bt, f, &bl->bl_fs->fs_memory[i], lenp);
	if (*lenp > most)
		*lenp = most;
	return bounce;
}

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

/*
 * Slots for the load: the map's own, if it has any that will do, or the
 * pool's; *ownp: which of the two.
 */
static bool
take(const struct bounce_load *bl, size_t pages, bus_size_t align,
    struct slot_run *sr, bool *ownp)
{
	struct bounce_tag *bt = bl->bl_bt;
	struct bounce_area *ba = bl->bl_ba;
	struct slot_place sp;

	*ownp = true;
	if (take_own(bl, pages, align, sr))
		return true;
	if (ba->ba_mine) {
		ba->ba_count.co_short++;
		return false;
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
	if (!busdma_slots_take(bt, pages, &sp, sr) &&
	    ((bl->bl_flags & BUS_DMA_NOWAIT) != 0 ||
		!busdma_slots_more(bt, pages, &sp, sr, bl->bl_flags))) {
		ba->ba_count.co_short++;
		return false;
	}
	*ownp = ba->ba_run.sr_chunk == NULL;
	if (*ownp) {
		ba->ba_run = *sr;
		ba->ba_used = pages;
		ba->ba_clean = false;
		busdma_bounce_own(&bt->bt_tag, bl->bl_map);
	}
	return true;
}

/* What stands in the buffer, and where it stands in the slots of `sr'. */
static struct bounce_rec *
rec_add(const struct bounce_load *bl, const struct busdma_memory *me,
    bus_size_t offset, bus_size_t len, const struct slot_run *sr, size_t page,
    size_t in, enum bus_dma_bounced why)
{
	const struct slot_chunk *ch = sr->sr_chunk;
	struct bounce_area *ba = bl->bl_ba;
	struct bounce_rec *re = &ba->ba_recs[ba->ba_nrecs++];

	re->re_offset = offset;
	re->re_len = len;
	re->re_origin = me->me_addr;
	re->re_va = me->me_va;
	re->re_kva = (me->me_flags & BUSDMA_MEMORY_KVA) != 0;
	re->re_page = page;
	re->re_inpage = page_offset(bl->bl_bt, in);
	in += sr->sr_first << bl->bl_bt->bt_shift;
	re->re_slot = ch->ch_kva + in;
	re->re_where = ch->ch_seg.ds_addr + in;
	re->re_why = (unsigned char)why;
	re->re_run.sr_chunk = NULL;
	return re;
}

/* The run's first `in' bytes left out, `len' bytes in its fragment's place. */
static void
frag_replace(const struct bounce_load *bl, unsigned i,
    const struct slot_run *sr, size_t in, bus_size_t len)
{
	const struct slot_chunk *ch = sr->sr_chunk;
	struct busdma_memory *me = &bl->bl_fs->fs_memory[i];
	size_t off = (sr->sr_first << bl->bl_bt->bt_shift) + in;

	me->me_addr = ch->ch_seg.ds_addr + off;
	me->me_va = (uintptr_t)ch->ch_kva + off;
	me->me_flags = BUSDMA_MEMORY_KVA | BUSDMA_MEMORY_OWNED;
	bl->bl_fs->fs_frag[i].bf_addr = me->me_addr;
	bl->bl_fs->fs_frag[i].bf_len = len;
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

/*
 * The pages of a run become the load's.  With OVERWRITE nothing of the buffer
 * goes into them but what is PREWRITTEN; so nothing of another may be there,
 * in memory neither, where a POSTREAD of more than was PREREAD finds it.
 */
static void
run_enter(const struct bounce_load *bl, const struct slot_run *sr, bool isown)
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

/*
 * The map's own slots stay with it, for the next load or for who needs them;
 * true: they went to the pool.
 */
static inline bool
park(struct bounce_tag *bt, struct bounce_area *ba, struct busdma_frags *fs)
{
	if (ba->ba_mine || ba->ba_run.sr_chunk == NULL)
		return false;
	if (!BOUNCE_PARKS) {
		busdma_slots_give(bt, &ba->ba_run, fs);
		ba->ba_room = 0;
		return true;
	}
	/* Parked, then short: see sl_short. */
	__atomic_store_n(&ba->ba_parked, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&bt->bt_slots->sl_short, __ATOMIC_SEQ_CST) == 0)
		return false;
	busdma_slots_scarce(bt, ba, fs);
	return true;
}

/*
 * The end of a load, which failed where `fs' is given; true: something went to
 * the pool.
 */
static inline bool
area_end(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_rec *re = ba->ba_recs, *stop = re + ba->ba_nrecs;
	struct bounce_tag *bt = bounce_of(t);
	bool gave = false;

	/* It has failed, here or further down. */
	if (re != stop && (map->_dm_flags & BUSDMA_MF_LOADED) == 0)
		busdma_bounce_counted(ba, true);

	/* Of a load in one step there is none. */
	for (; re != stop; re++)
		if (re->re_run.sr_chunk != NULL) {
			busdma_slots_give(bt, &re->re_run, fs);
			gave = true;
		}
	ba->ba_nrecs = 0;
	return park(bt, ba, fs) || gave;
}

void
busdma_bounce_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	/* What a load gives back that fails further down is nothing new. */
	if ((map->_dm_flags & BUSDMA_MF_LOADED) == 0)
		(void)area_end(t, map, busdma_map_frags(map));
	else if (area_end(t, map, NULL))
		busdma_waitq_call(&bounce_of(t)->bt_slots->sl_waitq);
}

/* Whether the CPU can get at it at all, to copy. */
static bool
can_copy(const struct bounce_load *bl, unsigned i)
{
	return (bl->bl_fs->fs_memory[i].me_flags & BUSDMA_MEMORY_KVA) != 0 ||
	       bl->bl_bt->bt_tag.dt_pl->pl_window != NULL;
}

/* One fragment into slots of its own. */
static int
frag_bounce(const struct bounce_load *bl, unsigned i, bus_size_t offset,
    enum bus_dma_bounced why)
{
	const bool aligned = why == BUS_DMA_BOUNCED_ALIGNMENT;
	const bus_size_t align =
	    aligned ? bl->bl_bt->bt_tag.dt_limits.dl_alignment : 1;
	const struct busdma_frag f = bl->bl_fs->fs_frag[i];
	struct bounce_area *ba = bl->bl_ba;
	struct bounce_rec *re;
	struct slot_run sr;
	size_t in, pages;
	bool isown;

	if (!can_copy(bl, i))
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	in = aligned ? 0 : page_offset(bl->bl_bt, f.bf_addr);
	pages = bounce_pages(bl->bl_bt, in + f.bf_len);
	if (ba->ba_nrecs == bl->bl_fs->fs_max ||
	    pages > bl->bl_fs->fs_max - ba->ba_pages ||
	    pages > bl->bl_bt->bt_slots->sl_most - ba->ba_pages)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	if (!take(bl, pages, align, &sr, &isown))
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	re = rec_add(bl, &bl->bl_fs->fs_memory[i], offset, f.bf_len, &sr,
	    ba->ba_pages, in, why);
	if (!isown)
		re->re_run = sr;
	run_enter(bl, &sr, isown);
	frag_replace(bl, i, &sr, in, f.bf_len);
	return 0;
}

/* Fragment by fragment. */
static int
load_each(const struct bounce_load *bl)
{
	struct busdma_frags *fs = bl->bl_fs;
	bus_size_t offset = 0, len;
	enum bus_dma_bounced why;
	bool bounce;
	unsigned i;
	int error;

	for (i = 0; i < fs->fs_count; i++) {
		bounce = must_bounce(bl, i, &len, &why);
		if (len < fs->fs_frag[i].bf_len) {
			error = busdma_frags_split(fs, i, len);
			if (error != 0)
				return error;
		}
		if (bounce) {
			error = frag_bounce(bl, i, offset, why);
			if (error != 0)
				return error;
		}
		offset += len;
	}
	return 0;
}

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

	if (take(bl, pages, align, sr, ownp))
		return 0;
	if (align == least || !take(bl, pages, least, sr, ownp))
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
		re = rec_add(bl, me, offset, len, sr, at >> bl->bl_bt->bt_shift,
		    at, why);
	}
}

/* The whole load into one run; `scarce': in pieces, slots were out. */
static int
load_joined(const struct bounce_load *bl, bool scarce)
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
	run_enter(bl, &sr, isown);
	frag_replace(bl, 0, &sr, in, total);
	fs->fs_count = 1;
	return 0;
}

/* A load begins: what it is to know of the one before. */
static void
area_begin(
    struct bounce_tag *bt, struct bounce_area *ba, bool kernel, int flags)
{
	busdma_slots_unpark(bt, ba);
	ba->ba_nrecs = 0;
	ba->ba_pages = ba->ba_used = 0;
	ba->ba_parts = ba->ba_one = false;
	ba->ba_filled = (flags & BUS_DMA_OVERWRITE) != 0;
	if (!kernel)
		ba->ba_clean = false;
}

/*
 * Slots of the map's own serve all of a load, or they are the pool's before it
 * begins: what it had left over of them would be missing there, and nobody
 * else's unload would bring it back.
 */
static void
run_spare(const struct bounce_load *bl)
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

/* What of the map's own slots the load does not need is the pool's. */
static void
run_trim(const struct bounce_load *bl)
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

/*
 * One record of kernel memory: a sync of all of it is one copy.  Of another
 * load, no sync is as long as this.  Of one without records, which a layer
 * below may have syncs of, none is to be made up for a load in one step.
 */
static void
area_usual(struct bounce_area *ba, bus_size_t total)
{
	const struct bounce_rec *re = ba->ba_recs;

	ba->ba_last = total;
	ba->ba_parts = ba->ba_nrecs == 0;
	if (ba->ba_nrecs == 1 && re->re_kva && re->re_len == total) {
		ba->ba_last = total - 1;
		ba->ba_va = (char *)re->re_va;
		ba->ba_slot = re->re_slot;
	}
}

int
busdma_bounce_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	const struct bounce_load bl = {
		.bl_bt = bounce_of(t),
		.bl_map = map,
		.bl_ba = ba,
		.bl_fs = fs,
		.bl_flags = flags,
	};
	const bool scarce = ba->ba_scarce;
	bus_size_t total = 0;
	unsigned i;
	int error = 0;

	for (i = 0; i < fs->fs_count; i++)
		total += fs->fs_frag[i].bf_len;
	area_begin(bl.bl_bt, ba, fs->fs_space == NULL, flags);
	if ((flags & BUSDMA_LOAD_JOIN) != 0) {
		error = load_joined(&bl, scarce);
	} else if ((flags & BUS_DMA_NOBOUNCE) == 0) {
		run_spare(&bl);
		error = load_each(&bl);
	}
	ba->ba_scarce = error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	busdma_bounce_counted(ba, false);
	if (error != 0) {
		(void)area_end(t, map, fs);
		return error;
	}
	run_trim(&bl);
	area_usual(ba, total);
	fs->fs_quiet = ba->ba_nrecs == 0 ? ~0u : 1u << BUS_DMASYNC_POSTWRITE;
	return 0;
}

/*
 * The usual load: a run that is not reached at all, into slots that the map
 * has.
 */
uint32_t
busdma_bounce_loadone(bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_frag *f, uintptr_t va, int flags)
{
	const int special = BUS_DMA_OVERWRITE | BUS_DMA_NOBOUNCE;
	const struct bounce_tag *bt = bounce_of(t);
	struct bounce_area *ba = busdma_map_area(t, map);
	const bus_size_t last = f->bf_len - 1;
	const bus_addr_t far = f->bf_addr - bt->bt_far;
	const size_t in = page_offset(bt, f->bf_addr);

	if (in + last - ba->ba_least >= ba->ba_room || far > bt->bt_span ||
	    last > bt->bt_span - far || f->bf_addr + last < f->bf_addr)
		return 0;
	ba->ba_filled = false;
	if ((flags & special) != 0) {
		if ((flags & BUS_DMA_NOBOUNCE) != 0 || !ba->ba_clean)
			return 0;
		ba->ba_filled = true;
	}
	if (!ba->ba_mine &&
	    __atomic_exchange_n(&ba->ba_parked, 0, __ATOMIC_ACQUIRE) == 0)
		return 0;
	ba->ba_last = last;
	ba->ba_va = (char *)va;
	ba->ba_slot = ba->ba_kva + in;
	ba->ba_parts = false;
	ba->ba_one = true;
	ba->ba_count.co_steps++;
	ba->ba_count.co_stepbytes += last + 1;
	map->dm_segs[0].ds_addr = ba->ba_bus + in;
	map->dm_segs[0].ds_len = last + 1;
	return t->dt_oneflags | 1u << BUS_DMASYNC_POSTWRITE
				   << BUSDMA_MF_QUIET_SHIFT;
}
