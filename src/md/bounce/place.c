/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads through a bounce layer: what goes into slots, a fragment at a time, and
 * is put in their place.
 */
#include "place.h"

struct bounce_rec *
busdma_bounce_record(const struct bounce_load *bl,
    const struct busdma_memory *me, bus_size_t offset, bus_size_t len,
    const struct slot_run *sr, size_t page, size_t in, enum bus_dma_bounced why)
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

void
busdma_bounce_replace(const struct bounce_load *bl, unsigned i,
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
	enum slots_got got;
	struct bounce_rec *re;
	struct slot_run sr;
	size_t in, pages;
	bool isown;

	if (!can_copy(bl, i))
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	in = aligned ? 0 : page_offset(bl->bl_bt, f.bf_addr);
	pages = bounce_pages(bl->bl_bt, in + f.bf_len);
	if (ba->ba_nrecs == bl->bl_fs->fs_max ||
	    pages > bl->bl_fs->fs_max - ba->ba_pages)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	if (pages > bl->bl_bt->bt_slots->sl_most - ba->ba_pages)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_RESOURCES);
	got = busdma_bounce_take(bl, pages, align, &sr, &isown);
	if (got != SLOTS_TAKEN)
		return bounce_error(got);
	re = busdma_bounce_record(bl, &bl->bl_fs->fs_memory[i], offset,
	    f.bf_len, &sr, ba->ba_pages, in, why);
	if (!isown)
		re->re_run = sr;
	busdma_bounce_taken(bl, &sr, isown);
	busdma_bounce_replace(bl, i, &sr, in, f.bf_len);
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
		bounce = busdma_bounce_must(bl, i, &len, &why);
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
	bus_size_t total = 0;
	unsigned i;
	int error = 0;

	for (i = 0; i < fs->fs_count; i++)
		total += fs->fs_frag[i].bf_len;
	area_begin(bl.bl_bt, ba, fs->fs_space == NULL, flags);
	ba->ba_joined = (flags & BUSDMA_LOAD_JOIN) != 0;
	if (ba->ba_joined) {
		error = busdma_bounce_join(&bl);
	} else if ((flags & BUS_DMA_NOBOUNCE) == 0) {
		busdma_bounce_spare(&bl);
		error = load_each(&bl);
	}
	busdma_bounce_counted(ba, false);
	if (error != 0) {
		(void)area_end(t, map, fs);
		return error;
	}
	busdma_bounce_trim(&bl);
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
