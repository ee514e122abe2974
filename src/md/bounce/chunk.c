/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of slots: pages that the device reaches, in chunks of pages in a row.
 *
 * A chunk is made without the lock and added under it; it stays as long as the
 * tag.
 */
#include "bounce.h"

/* Where devices see memory, in place of where it is; false: nobody knows. */
static bool
chunk_bus(bus_dma_tag_t lower, bus_addr_t *addr)
{
	struct busdma_reach re;
	unsigned i;

	for (i = 0; busdma_reach(lower, i, &re); i++) {
		if (!re.re_fixed || *addr < re.re_low || *addr > re.re_high)
			continue;
		*addr += re.re_offset;
		return true;
	}
	return false;
}

/* Map memory and make a chunk of it; it is not the pool's yet. */
static int
chunk_make(struct bounce_tag *bt, const bus_dma_segment_t *seg, int flags,
    struct slot_chunk **chp)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	bus_dma_tag_t lower = bt->bt_slots->sl_lower;
	size_t pages = (size_t)(seg->ds_len >> bt->bt_shift), bytes;
	struct slot_chunk *ch;
	void *kva;
	int error;

	bytes = busdma_range_size(pages);
	if (bytes == 0 || seg->ds_len > SIZE_MAX)
		return EINVAL;
	bytes += sizeof(*ch);
	ch = pl->pl_alloc(pl, bytes, flags & BUS_DMA_NOWAIT);
	if (ch == NULL)
		return ENOMEM;
	ch->ch_seg = *seg;
	error = bus_dmamem_map(lower, &ch->ch_seg, 1, (size_t)seg->ds_len, &kva,
	    flags & BUS_DMA_NOWAIT);
	if (error != 0) {
		pl->pl_free(pl, ch, bytes);
		return error;
	}
	ch->ch_kva = kva;
	ch->ch_bus = seg->ds_addr;
	ch->ch_fixed = chunk_bus(lower, &ch->ch_bus);
	ch->ch_bytes = bytes;
	ch->ch_ours = false;
	ch->ch_kept = 0;
	ch->ch_range = busdma_range_init(ch + 1, pages);
	(void)busdma_range_free(ch->ch_range, 0, pages);
	*chp = ch;
	return 0;
}

static void
chunk_free(const struct busdma_platform *pl, bus_dma_tag_t lower,
    struct slot_chunk *ch)
{
	bus_dmamem_unmap(lower, ch->ch_kva, (size_t)ch->ch_seg.ds_len);
	if (ch->ch_ours)
		bus_dmamem_free(lower, &ch->ch_seg, 1);
	pl->pl_free(pl, ch, ch->ch_bytes);
}

/* The chunk is the pool's; `coming' of its pages were announced. */
static void
chunk_add(struct bounce_tag *bt, struct slot_chunk *ch, size_t coming)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	size_t pages = (size_t)(ch->ch_seg.ds_len >> bt->bt_shift);
	struct slots *sl = bt->bt_slots;

	pl->pl_lock(pl, &sl->sl_lock);
	ch->ch_next = sl->sl_chunks;
	sl->sl_chunks = ch;
	sl->sl_coming -= coming;
	sl->sl_pages += pages;
	sl->sl_free += pages;
	busdma_waitq_back(&sl->sl_waitq, NULL);
	pl->pl_unlock(pl, &sl->sl_lock);
}

int
busdma_slots_add(struct bounce_tag *bt, const bus_dma_segment_t *seg, int flags)
{
	struct slot_chunk *ch;
	int error;

	error = chunk_make(bt, seg, flags, &ch);
	if (error == 0)
		chunk_add(bt, ch, 0);
	return error;
}

/* Announce up to `pages' more, as many as there may be; or none. */
static size_t
slots_announce(struct bounce_tag *bt, size_t pages, size_t least)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;
	size_t room;

	pl->pl_lock(pl, &sl->sl_lock);
	room = slots_room(sl);
	if (pages > room)
		pages = room;
	if (pages < least)
		pages = 0;
	sl->sl_coming += pages;
	pl->pl_unlock(pl, &sl->sl_lock);
	return pages;
}

/* Of the bus address of a run: what is longer than the boundary begins there */
static bus_size_t
run_align(
    const struct bounce_tag *bt, size_t pages, const struct slot_place *sp)
{
	const bus_size_t size = (bus_size_t)pages << bt->bt_shift;

	return size > sp->sp_boundary && sp->sp_boundary > sp->sp_align
		   ? sp->sp_boundary
		   : sp->sp_align;
}

static int
run_alloc(struct bounce_tag *bt, size_t pages, const struct slot_place *sp,
    bus_dma_segment_t *seg, int flags)
{
	const bus_size_t size = (bus_size_t)pages << bt->bt_shift;
	bus_dma_tag_t lower = bt->bt_slots->sl_lower;
	int n;

	if (sp == NULL || sp->sp_align == 0)
		return busdma_pages_alloc(lower, size, seg, flags);
	return bus_dmamem_alloc(lower, size, run_align(bt, pages, sp),
	    size <= sp->sp_boundary ? sp->sp_boundary : 0, seg, 1, &n, flags);
}

int
busdma_slots_grow(struct bounce_tag *bt, size_t pages, size_t least,
    const struct slot_place *sp, int flags)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slot_chunk *ch;
	bus_dma_segment_t seg;
	int error;

	pages = slots_announce(bt, pages, least);
	if (pages == 0)
		return ENOMEM;
	error = run_alloc(bt, pages, sp, &seg, flags);
	if (error == 0) {
		error = chunk_make(bt, &seg, flags, &ch);
		if (error != 0)
			bus_dmamem_free(bt->bt_slots->sl_lower, &seg, 1);
	}
	if (error == 0) {
		ch->ch_ours = true;
		chunk_add(bt, ch, pages);
		return 0;
	}
	pl->pl_lock(pl, &bt->bt_slots->sl_lock);
	bt->bt_slots->sl_coming -= pages;
	/* Who hoped for it looks again; but not who tried to make it. */
	busdma_waitq_back(
	    &bt->bt_slots->sl_waitq, sp != NULL ? sp->sp_load : NULL);
	pl->pl_unlock(pl, &bt->bt_slots->sl_lock);
	return error;
}

void
busdma_slots_ensure(struct bounce_tag *bt, size_t pages, int flags)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;
	struct slot_chunk *ch;
	size_t left;
	bool enough;

	/* In a row: a load may need them so. */
	if (pages > sl->sl_most)
		pages = sl->sl_most;
	pl->pl_lock(pl, &sl->sl_lock);
	if (sl->sl_wanted < pages)
		sl->sl_wanted = pages;
	pages = sl->sl_wanted;
	/* What may come no more is not waited for. */
	enough = pages == 0 || sl->sl_pages == sl->sl_most;
	for (ch = sl->sl_chunks; ch != NULL && !enough; ch = ch->ch_next) {
		left = (size_t)(ch->ch_seg.ds_len >> bt->bt_shift);
		enough = left - ch->ch_kept >= pages;
	}
	pl->pl_unlock(pl, &sl->sl_lock);
	if (!enough)
		(void)busdma_slots_grow(bt, pages, 1, NULL, flags);
}

void
busdma_slots_place(
    struct bounce_tag *bt, size_t pages, const struct slot_place *sp, int flags)
{
	const struct slot_place at = {
		.sp_align = run_align(bt, pages, sp),
		.sp_boundary = sp->sp_boundary,
	};
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;
	bool fits;

	/* Any page will do. */
	if (at.sp_align >> bt->bt_shift <= 1 &&
	    (at.sp_boundary == 0 || pages == 1))
		return;
	pl->pl_lock(pl, &sl->sl_lock);
	fits = busdma_slots_fit(bt, pages, &at);
	pl->pl_unlock(pl, &sl->sl_lock);
	if (!fits)
		(void)busdma_slots_grow(bt, pages, pages, sp, flags);
}

bool
busdma_slots_more(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr, int flags)
{
	const struct slot_place anywhere = { .sp_load = sp->sp_load };
	const bus_size_t page = (bus_size_t)1 << bt->bt_shift;
	struct slot_place own = *sp;

	/* A map's own come with it; loads stand in their order. */
	own.sp_brought = sp->sp_keep;
	if (busdma_slots_grow(bt, pages, pages, sp, flags) == 0 &&
	    busdma_slots_take(bt, pages, &own, sr) == SLOTS_TAKEN)
		return true;
	/* As it comes; but not where that can't serve. */
	if (sp->sp_align > page ||
	    (pages > 1 && (bus_size_t)pages << bt->bt_shift <= sp->sp_boundary))
		return false;
	return busdma_slots_grow(bt, pages, pages, &anywhere, flags) == 0 &&
	       busdma_slots_take(bt, pages, &own, sr) == SLOTS_TAKEN;
}

void
busdma_slots_free(struct bounce_tag *bt, struct slots *sl)
{
	struct slot_chunk *ch;

	while ((ch = sl->sl_chunks) != NULL) {
		sl->sl_chunks = ch->ch_next;
		chunk_free(bt->bt_tag.dt_pl, sl->sl_lower, ch);
	}
}
