/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: pages that the device reaches, in chunks of pages in a row.
 *
 * A chunk is made without the lock and added under it; it stays as long as the
 * tag.  Runs are taken from the chunk that was added last, first: it is the
 * longest, as pools grow by what a new map needs.
 */
#include <busdma/string.h>

#include "bounce.h"

/*
 * Pages of what a page of a buffer, or a packet, needs: many of them, for long
 * times, must not stand between what a long run needs.
 */
#define SHORT 2

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
	room = sl->sl_most - sl->sl_pages - sl->sl_coming;
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

/* A request for pages of one chunk, in units of pages; false: none will do. */
static bool
chunk_request(const struct bounce_tag *bt, const struct slot_chunk *ch,
    size_t pages, const struct slot_place *sp, struct busdma_range_req *rq)
{
	const struct bus_dma_limits *lim = &bt->bt_tag.dt_limits;
	const bus_size_t page = (bus_size_t)1 << bt->bt_shift;
	const bus_addr_t last = ch->ch_bus + (ch->ch_seg.ds_len - 1);

	rq->rr_max = rq->rr_min = pages;
	rq->rr_low = 0;
	rq->rr_high = SIZE_MAX;
	/* Named slots serve tags that reach less of them. */
	if (ch->ch_fixed && (ch->ch_bus < lim->dl_low || last > lim->dl_high)) {
		if (last < lim->dl_low || ch->ch_bus > lim->dl_high)
			return false;
		if (ch->ch_bus < lim->dl_low)
			rq->rr_low = bounce_pages(bt, lim->dl_low - ch->ch_bus);
		if (last > lim->dl_high)
			rq->rr_high =
			    (size_t)((lim->dl_high + 1 - ch->ch_bus) >>
				     bt->bt_shift);
		if (rq->rr_high == 0 || rq->rr_low >= rq->rr_high)
			return false;
		if (rq->rr_high != SIZE_MAX)
			rq->rr_high--;
	}
	rq->rr_align = sp->sp_align > page ? sp->sp_align >> bt->bt_shift : 1;
	rq->rr_boundary = 0;
	/* What crosses one smaller than a page is cut, wherever it stands. */
	if (sp->sp_boundary >= page &&
	    (bus_size_t)pages << bt->bt_shift <= sp->sp_boundary)
		rq->rr_boundary = sp->sp_boundary >> bt->bt_shift;
	rq->rr_offset = ch->ch_bus >> bt->bt_shift;
	return pages <= ch->ch_seg.ds_len >> bt->bt_shift;
}

/*
 * Pages of a chunk.  Long runs stand at its end, or at least not in its front
 * half, and short ones in front, as far as there is room.
 */
static size_t
chunk_alloc(struct slot_chunk *ch, size_t all, struct busdma_range_req *rq,
    size_t *firstp)
{
	const size_t any = rq->rr_low;
	const size_t low[3] = { all - rq->rr_max, all / 2, any };
	size_t got = 0;
	unsigned i;

	for (i = rq->rr_max > SHORT ? 0 : 2; i < 3 && got == 0; i++) {
		rq->rr_low = low[i] > any ? low[i] : any;
		got = busdma_range_alloc(ch->ch_range, rq, firstp);
	}
	return got;
}

static bool
slots_at(struct bounce_tag *bt, size_t pages, const struct slot_place *sp,
    struct slot_run *sr)
{
	struct slots *sl = bt->bt_slots;
	struct busdma_range_req rq;
	struct slot_chunk *ch;
	size_t got = 0;

	for (ch = sl->sl_chunks; ch != NULL; ch = ch->ch_next) {
		if (!chunk_request(bt, ch, pages, sp, &rq))
			continue;
		got =
		    chunk_alloc(ch, (size_t)(ch->ch_seg.ds_len >> bt->bt_shift),
			&rq, &sr->sr_first);
		if (got != 0)
			break;
	}
	sl->sl_free -= got;
	if (sl->sl_high < sl->sl_pages - sl->sl_free)
		sl->sl_high = sl->sl_pages - sl->sl_free;
	sr->sr_chunk = ch;
	sr->sr_count = got;
	return got != 0;
}

/* Whether there is a place for a request where nothing is in use. */
static bool
request_fits(const struct bounce_tag *bt, const struct slot_chunk *ch,
    const struct busdma_range_req *rq)
{
	const uint64_t count = ch->ch_seg.ds_len >> bt->bt_shift;
	uint64_t at = rq->rr_low + rq->rr_offset;

	at = (at + (rq->rr_align - 1)) & ~(uint64_t)(rq->rr_align - 1);
	if (rq->rr_boundary != 0 &&
	    ((at ^ (at + (rq->rr_max - 1))) & ~(rq->rr_boundary - 1)) != 0)
		at = (at + (rq->rr_boundary - 1)) & ~(rq->rr_boundary - 1);
	at -= rq->rr_offset;
	return at < count && count - at >= rq->rr_max && at <= rq->rr_high &&
	       rq->rr_high - at >= rq->rr_max - 1;
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
	struct busdma_range_req rq;
	struct slot_chunk *ch;
	bool fits = false;

	/* Any page will do. */
	if (at.sp_align >> bt->bt_shift <= 1 &&
	    (at.sp_boundary == 0 || pages == 1))
		return;
	pl->pl_lock(pl, &sl->sl_lock);
	for (ch = sl->sl_chunks; ch != NULL && !fits; ch = ch->ch_next)
		fits = chunk_request(bt, ch, pages, &at, &rq) &&
		       request_fits(bt, ch, &rq);
	pl->pl_unlock(pl, &sl->sl_lock);
	if (!fits)
		(void)busdma_slots_grow(bt, pages, pages, sp, flags);
}

static bool
slots_find(struct bounce_tag *bt, size_t pages, const struct slot_place *sp,
    struct slot_run *sr)
{
	struct slot_place at = *sp;

	/* What is longer than the boundary is cut least from one on. */
	if (at.sp_boundary > at.sp_align &&
	    (bus_size_t)pages << bt->bt_shift > at.sp_boundary) {
		at.sp_align = at.sp_boundary;
		if (slots_at(bt, pages, &at, sr))
			return true;
	}
	return slots_at(bt, pages, sp, sr);
}

/* Under sl_lock. */
static void
run_free(struct slots *sl, const struct slot_run *sr)
{
	(void)busdma_range_free(
	    sr->sr_chunk->ch_range, sr->sr_first, sr->sr_count);
	sl->sl_free += sr->sr_count;
}

/*
 * Under sl_lock, behind busdma_waitq_back: they are short no more.  Not at
 * once: who parks would be asked for it again.
 */
static bool
slots_enough(const struct slots *sl)
{
	return sl->sl_free >= sl->sl_pages / 4 &&
	       busdma_waitq_empty(&sl->sl_waitq);
}

/* Under sl_lock: it came back; `fs': from that load, which fails. */
static void
run_back(struct slots *sl, const struct slot_run *sr, struct busdma_frags *fs)
{
	run_free(sl, sr);
	busdma_waitq_back(&sl->sl_waitq, fs);
	if (fs == NULL && slots_enough(sl))
		__atomic_store_n(&sl->sl_short, 0, __ATOMIC_RELAXED);
}

/*
 * What is parked goes to the pool.  The maps' runs are only read here; the
 * maps find out by sl_lock.
 */
static void
slots_drain(struct slots *sl)
{
	struct bounce_area *ba;
	bool some = false;

	if (!BOUNCE_PARKS)
		return;
	__atomic_store_n(&sl->sl_short, 1, __ATOMIC_SEQ_CST);
	for (ba = sl->sl_areas; ba != NULL; ba = ba->ba_next)
		if (__atomic_exchange_n(&ba->ba_parked, 0, __ATOMIC_SEQ_CST) !=
		    0) {
			run_free(sl, &ba->ba_run);
			some = true;
		}
	/* Who parked them will find nothing to give back. */
	if (some)
		busdma_waitq_back(&sl->sl_waitq, NULL);
}

/* How many pages of a chunk the tag reaches. */
static size_t
chunk_reach(const struct bounce_tag *bt, const struct slot_chunk *ch,
    const struct slot_place *sp)
{
	const size_t all = (size_t)(ch->ch_seg.ds_len >> bt->bt_shift);
	struct busdma_range_req rq;

	if (!chunk_request(bt, ch, 1, sp, &rq) || rq.rr_low >= all)
		return 0;
	return (rq.rr_high < all ? rq.rr_high + 1 : all) - rq.rr_low;
}

/*
 * Under sl_lock, behind a failure: there is a chunk that could serve it, and it
 * is not its turn (`may'), or what is out may come back, but for what maps have
 * for their own and what the load has itself; or there is more in coming.
 */
static bool
slots_hope(const struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, bool may)
{
	const struct slots *sl = bt->bt_slots;
	const struct slot_chunk *ch;
	struct busdma_range_req rq;
	size_t still = sl->sl_free + sp->sp_held, reach = 0;
	bool fits = false;

	/* A pool that has nothing yet may get some: but nobody waits for it. */
	if (sl->sl_pages == 0 && sl->sl_coming == 0)
		return sp->sp_load != NULL && pages <= sl->sl_most &&
		       sp->sp_load->fs_waiter->wa_nowait;
	for (ch = sl->sl_chunks; ch != NULL; ch = ch->ch_next) {
		still += ch->ch_kept;
		reach += chunk_reach(bt, ch, sp);
		fits = fits || (chunk_request(bt, ch, pages, sp, &rq) &&
				   request_fits(bt, ch, &rq));
	}
	if (sl->sl_coming != 0)
		return true;
	return fits && sp->sp_held + pages <= reach &&
	       (!may || still < sl->sl_pages);
}

bool
busdma_slots_take(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;
	bool may, found, enough;

	pl->pl_lock(pl, &sl->sl_lock);
	may = sp->sp_brought || busdma_waitq_may(&sl->sl_waitq, sp->sp_load);
	found = may && slots_find(bt, pages, sp, sr);
	if (may && !found) {
		slots_drain(sl);
		enough = slots_enough(sl);
		found = slots_find(bt, pages, sp, sr);
		/* Of what was drained; else it would not be there now. */
		if (found && enough)
			__atomic_store_n(&sl->sl_short, 0, __ATOMIC_RELAXED);
	}
	/* Before another counts on its coming back. */
	if (found && sp->sp_keep)
		sr->sr_chunk->ch_kept += sr->sr_count;
	if (!found) {
		sr->sr_chunk = NULL;
		if (slots_hope(bt, pages, sp, may))
			busdma_waitq_short(&sl->sl_waitq, sp->sp_load);
	}
	pl->pl_unlock(pl, &sl->sl_lock);
	return found;
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
	    busdma_slots_take(bt, pages, &own, sr))
		return true;
	/* As it comes; but not where that can't serve. */
	if (sp->sp_align > page ||
	    (pages > 1 && (bus_size_t)pages << bt->bt_shift <= sp->sp_boundary))
		return false;
	return busdma_slots_grow(bt, pages, pages, &anywhere, flags) == 0 &&
	       busdma_slots_take(bt, pages, &own, sr);
}

void
busdma_slots_unkeep(struct bounce_tag *bt, const struct slot_run *sr)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	pl->pl_lock(pl, &sl->sl_lock);
	sr->sr_chunk->ch_kept -= sr->sr_count;
	pl->pl_unlock(pl, &sl->sl_lock);
}

void
busdma_slots_give(
    struct bounce_tag *bt, struct slot_run *sr, struct busdma_frags *fs)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	if (sr->sr_chunk == NULL)
		return;
	pl->pl_lock(pl, &sl->sl_lock);
	run_back(sl, sr, fs);
	pl->pl_unlock(pl, &sl->sl_lock);
	sr->sr_chunk = NULL;
}

void
busdma_slots_enter(struct bounce_tag *bt, struct bounce_area *ba)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	pl->pl_lock(pl, &sl->sl_lock);
	ba->ba_next = sl->sl_areas;
	ba->ba_prevp = &sl->sl_areas;
	if (ba->ba_next != NULL)
		ba->ba_next->ba_prevp = &ba->ba_next;
	sl->sl_areas = ba;
	pl->pl_unlock(pl, &sl->sl_lock);
}

void
busdma_slots_leave(struct bounce_tag *bt, struct bounce_area *ba)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	busdma_slots_unpark(bt, ba);
	pl->pl_lock(pl, &sl->sl_lock);
	*ba->ba_prevp = ba->ba_next;
	if (ba->ba_next != NULL)
		ba->ba_next->ba_prevp = ba->ba_prevp;
	pl->pl_unlock(pl, &sl->sl_lock);
}

void
busdma_slots_unpark(struct bounce_tag *bt, struct bounce_area *ba)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	if (ba->ba_mine || ba->ba_run.sr_chunk == NULL || !BOUNCE_PARKS ||
	    __atomic_exchange_n(&ba->ba_parked, 0, __ATOMIC_ACQUIRE) != 0)
		return;
	/* Taken away, by who has read ba_run when it lets go of the lock. */
	pl->pl_lock(pl, &sl->sl_lock);
	pl->pl_unlock(pl, &sl->sl_lock);
	ba->ba_run.sr_chunk = NULL;
	ba->ba_room = 0;
}

void
busdma_slots_scarce(
    struct bounce_tag *bt, struct bounce_area *ba, struct busdma_frags *fs)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;

	pl->pl_lock(pl, &sl->sl_lock);
	if (__atomic_exchange_n(&ba->ba_parked, 0, __ATOMIC_ACQUIRE) != 0)
		run_back(sl, &ba->ba_run, fs);
	pl->pl_unlock(pl, &sl->sl_lock);
	ba->ba_run.sr_chunk = NULL;
	ba->ba_room = 0;
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
