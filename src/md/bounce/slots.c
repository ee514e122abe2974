/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slots: what is taken from a pool and comes back, and what is parked.
 *
 * Runs are taken from the chunk that was added last, first: it is the longest,
 * as pools grow by what a new map needs.
 */
#include "bounce.h"

/*
 * Pages of what a page of a buffer, or a packet, needs: many of them, for long
 * times, must not stand between what a long run needs.
 */
#define SHORT 2

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

/*
 * Maps' own go where such are already, if there is room: what has none is the
 * longest run that loads may find, and the pool needs no other beside it.
 */
static bool
slots_at(struct bounce_tag *bt, size_t pages, const struct slot_place *sp,
    struct slot_run *sr)
{
	struct slots *sl = bt->bt_slots;
	bool kept = sp->sp_keep, again;
	struct busdma_range_req rq;
	struct slot_chunk *ch;
	size_t got = 0;

	do {
		for (ch = sl->sl_chunks; ch != NULL; ch = ch->ch_next) {
			if ((kept && ch->ch_kept == 0) ||
			    !chunk_request(bt, ch, pages, sp, &rq))
				continue;
			got = chunk_alloc(ch,
			    (size_t)(ch->ch_seg.ds_len >> bt->bt_shift), &rq,
			    &sr->sr_first);
			if (got != 0)
				break;
		}
		again = kept && got == 0;
		kept = false;
	} while (again);
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
		if (!ba->ba_mine && __atomic_exchange_n(&ba->ba_parked, 0,
					__ATOMIC_SEQ_CST) != 0) {
			run_free(sl, &ba->ba_run);
			some = true;
		}
	/* Who parked them will find nothing to give back. */
	if (some)
		busdma_waitq_back(&sl->sl_waitq, NULL);
}

bool
busdma_slots_fit(
    const struct bounce_tag *bt, size_t pages, const struct slot_place *sp)
{
	const struct slot_chunk *ch;
	struct busdma_range_req rq;

	for (ch = bt->bt_slots->sl_chunks; ch != NULL; ch = ch->ch_next)
		if (chunk_request(bt, ch, pages, sp, &rq) &&
		    request_fits(bt, ch, &rq))
			return true;
	return false;
}

/* Of the pages [low, high] of a chunk, those that maps have for their own. */
static size_t
chunk_kept(const struct slots *sl, const struct slot_chunk *ch, size_t low,
    size_t high)
{
	const struct bounce_area *ba;
	size_t first, end, n = 0;

	for (ba = sl->sl_areas; ba != NULL; ba = ba->ba_next) {
		if (!ba->ba_mine || ba->ba_run.sr_chunk != ch)
			continue;
		first = ba->ba_run.sr_first;
		end = first + ba->ba_run.sr_count;
		if (first < low)
			first = low;
		if (end > high + 1)
			end = high + 1;
		if (first < end)
			n += end - first;
	}
	return n;
}

/*
 * Of the pages of a chunk that the tag reaches, those that are out and may come
 * back, which what a map has for its own does not; *reach: all of them.
 */
static size_t
chunk_out(const struct bounce_tag *bt, const struct slot_chunk *ch,
    const struct slot_place *sp, size_t *reach)
{
	const size_t all = (size_t)(ch->ch_seg.ds_len >> bt->bt_shift);
	struct busdma_range_req rq;
	size_t free_, kept;

	*reach = 0;
	if (!chunk_request(bt, ch, 1, sp, &rq) || rq.rr_low >= all)
		return 0;
	if (rq.rr_high >= all)
		rq.rr_high = all - 1;
	*reach = rq.rr_high - rq.rr_low + 1;
	if (*reach == all) {
		free_ = busdma_range_avail(ch->ch_range);
		kept = ch->ch_kept;
	} else {
		free_ = busdma_range_count(ch->ch_range, rq.rr_low, rq.rr_high);
		kept = chunk_kept(bt->bt_slots, ch, rq.rr_low, rq.rr_high);
	}
	return *reach - free_ - kept;
}

/*
 * Under sl_lock: there is a place for it, and what is out may come back, but
 * for what the load has itself.
 */
static bool
slots_back(const struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, bool *fits)
{
	const struct slot_chunk *ch;
	size_t out = 0, reach = 0, some;

	for (ch = bt->bt_slots->sl_chunks; ch != NULL; ch = ch->ch_next) {
		out += chunk_out(bt, ch, sp, &some);
		reach += some;
	}
	*fits = busdma_slots_fit(bt, pages, sp) && sp->sp_held + pages <= reach;
	return *fits && out > sp->sp_held;
}

/*
 * Under sl_lock, behind a failure: why there are none.  Who asks is told where
 * to wait if there is a place for it, and it is not its turn, or what is out
 * may come back; or if there is more in coming.
 */
static enum slots_got
slots_short(const struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, bool may)
{
	struct slots *sl = bt->bt_slots;
	bool fits, back, hope;

	back = slots_back(bt, pages, sp, &fits);
	hope = back || sl->sl_coming != 0 || (fits && !may);
	/* A pool that has nothing yet may get some: but nobody waits for it. */
	if (sl->sl_pages == 0 && sl->sl_coming == 0 && sp->sp_load != NULL)
		hope =
		    pages <= sl->sl_most && sp->sp_load->fs_waiter->wa_nowait;
	if (hope)
		busdma_waitq_short(&sl->sl_waitq, sp->sp_load);
	if (!may && back)
		return SLOTS_TURN;
	return !fits && sl->sl_coming == 0 && slots_room(sl) < pages
		   ? SLOTS_NEVER
		   : SLOTS_OUT;
}

enum slots_got
busdma_slots_take(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	struct slots *sl = bt->bt_slots;
	enum slots_got got = SLOTS_TAKEN;
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
		got = slots_short(bt, pages, sp, may);
	}
	pl->pl_unlock(pl, &sl->sl_lock);
	return got;
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
