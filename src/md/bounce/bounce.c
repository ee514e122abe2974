/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bouncing: a layer that puts slots in the place of what the layers below it
 * can't take as it is.
 *
 * A load is looked at fragment by fragment: what devices don't reach, what
 * begins unaligned, what shares a cache line with strangers, is replaced; the
 * rest goes on as it is.  Where that makes more segments than there may be, or
 * takes more slots than there are, the load comes again, to go into one run as
 * a whole (BUSDMA_LOAD_JOIN).
 */
#include <busdma/string.h>

#include "bounce.h"

/* Slots for a load of the map by itself; with ALLOCNOW, the map's own. */
static int
create_slots(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_tag *bt = bounce_of(t);
	struct slot_place sp = {
		.sp_align = t->dt_limits.dl_alignment,
		.sp_boundary = map->_dm_bspan + 1,
		.sp_keep = true,
	};
	size_t pages;

	/* A map that never needs any, as that of a pool's memory. */
	if ((flags & BUS_DMA_NOBOUNCE) != 0 &&
	    (bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) == 0) {
		return 0;
	}
	/* A page more, for what begins inside one; but not over a boundary. */
	pages = bounce_pages(bt, map->_dm_size);
	if (map->_dm_size - 1 > map->_dm_bspan ||
	    ((bus_size_t)pages << bt->bt_shift) - 1 < map->_dm_bspan)
		pages++;
	if ((flags & BUS_DMA_ALLOCNOW) == 0) {
		busdma_slots_place(bt, pages, &sp, flags);
		if (pages < bt->bt_slots->sl_reserve)
			pages = bt->bt_slots->sl_reserve;
		busdma_slots_ensure(bt, pages, flags);
		return 0;
	}
	/* Loads will have no other: it must stand right. */
	ba->ba_mine = true;
	sp.sp_align = busdma_bounce_align(t, map, bt->bt_mask, map->_dm_size);
	if (busdma_slots_take(bt, pages, &sp, &ba->ba_run) != SLOTS_TAKEN &&
	    !busdma_slots_more(bt, pages, &sp, &ba->ba_run, flags))
		return ENOMEM;
	busdma_bounce_own(t, map);
	/* What other maps may need is not less for it. */
	busdma_slots_ensure(bt, 0, flags);
	return 0;
}

static int
bounce_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	int error;

	ba->ba_recs = busdma_map_array(t, map);
	/* Before it takes any: what maps have for their own is known. */
	busdma_bounce_enter(bounce_of(t), ba);
	error = create_slots(t, map, flags);
	if (error != 0)
		busdma_bounce_leave(bounce_of(t), ba);
	return error;
}

static void
bounce_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_tag *bt = bounce_of(t);

	busdma_bounce_leave(bt, ba);
	if (ba->ba_mine)
		busdma_slots_unkeep(bt, &ba->ba_run);
	busdma_slots_give(bt, &ba->ba_run, NULL);
	busdma_waitq_call(&bt->bt_slots->sl_waitq);
}

static void
windows_free(struct bounce_tag *bt)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	size_t i;

	for (i = 0; i < bt->bt_nwindows; i++) {
		busdma_slots_free(bt, &bt->bt_windows[i].sw_slots);
		busdma_tag_release(bt->bt_windows[i].sw_reach);
	}
	if (bt->bt_windows != NULL)
		pl->pl_free(pl, bt->bt_windows, bt->bt_winbytes);
}

static void
bounce_free(bus_dma_tag_t t)
{
	struct bounce_tag *bt = bounce_of(t);

	busdma_slots_free(bt, &bt->bt_own);
	if (t->dt_origin == NULL)
		windows_free(bt);
}

/* What is reached without a copy. */
static bool
bounce_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	bool found = busdma_reach(t->dt_lower, i, re);

	if ((bounce_of(t)->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		re->re_fixed = false;
	return found;
}

static int bounce_narrow(bus_dma_tag_t, bus_dma_tag_t,
    const struct bus_dma_limits *, bus_dma_tag_t *, int);

static const struct busdma_backend_ops bounce_ops = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "bounce",
	.bo_stack = &busdma_stack,
	.bo_narrow = bounce_narrow,
	.bo_free = bounce_free,
	.bo_create = bounce_create,
	.bo_destroy = bounce_destroy,
	.bo_load = busdma_bounce_load,
	.bo_loadone = busdma_bounce_loadone,
	.bo_unload = busdma_bounce_unload,
	.bo_sync = busdma_bounce_sync,
	.bo_syncalone = busdma_bounce_syncalone,
	.bo_reach = bounce_reach,
	.bo_figures = busdma_bounce_figures,
};

/* What bounces whatever its length: all, or what is around the reach. */
static void
bounce_quick(struct bounce_tag *bt)
{
	struct busdma_reach re;
	paddr_t low = ~(paddr_t)0, high = 0;
	unsigned i;

	bt->bt_quick = true;
	bt->bt_span = ~(bus_size_t)0;
	if ((bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return;
	for (i = 0; busdma_reach(bt->bt_tag.dt_lower, i, &re); i++) {
		if (low > re.re_low)
			low = re.re_low;
		if (high < re.re_high)
			high = re.re_high;
	}
	/* One less than the 2^64 - (high - low + 1) that are left. */
	bt->bt_quick = low <= high && high - low != ~(paddr_t)0;
	bt->bt_far = high + 1;
	bt->bt_span = ~(high - low) - 1;
}

/* bt_slots, which are all zeroes. */
static void
slots_init(struct bounce_tag *bt, bus_dma_tag_t lower, bus_size_t reserve,
    bus_size_t most)
{
	struct slots *sl = bt->bt_slots;

	sl->sl_lower = lower;
	sl->sl_reserve = bounce_pages(bt, reserve);
	sl->sl_most = bounce_pages(bt, most);
	busdma_waitq_init(&bt->bt_tag, &sl->sl_waitq, &sl->sl_lock);
}

static int
bounce_alloc(bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, const struct bus_dma_bounce *db,
    struct bounce_tag **btp, int flags)
{
	struct busdma_tag_config tc = {
		.tc_ops = &bounce_ops,
		.tc_lower = lower,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size = sizeof(struct bounce_tag),
		.tc_area = sizeof(struct bounce_area),
		.tc_record = sizeof(struct bounce_rec),
		.tc_memory = true,
		.tc_join = true,
		.tc_flags = flags,
	};
	struct bounce_tag *bt;
	bus_dma_tag_t t;
	int error;

	error = busdma_tag_create(&tc, &t);
	if (error != 0)
		return error;
	bt = bounce_of(t);
	bt->bt_config = *db;
	bt->bt_config.db_memory = NULL;
	bt->bt_config.db_windows = NULL;
	while ((uint32_t)1 << bt->bt_shift < t->dt_pl->pl_pagesize)
		bt->bt_shift++;
	bt->bt_mask = t->dt_pl->pl_pagesize - 1;
	bt->bt_slots = &bt->bt_own;
	slots_init(bt, lower, db->db_reserve, db->db_most);
	bounce_quick(bt);
	/* What is reached needs no asking. */
	if ((db->db_flags & BUS_DMA_BOUNCE_FORCED) == 0)
		busdma_tag_shortcut(t, lower->dt_winlow, lower->dt_winhigh, 0);
	*btp = bt;
	return 0;
}

/* The first of the windows that is just what the limits leave; or none. */
static struct slot_window *
window_of(const struct bounce_tag *bt, const struct bus_dma_limits *lim)
{
	const struct bus_dma_limits *at;
	size_t i;

	for (i = 0; i < bt->bt_nwindows; i++) {
		at = &bt->bt_windows[i].sw_reach->dt_limits;
		if (at->dl_low == lim->dl_low && at->dl_high == lim->dl_high)
			return &bt->bt_windows[i];
	}
	return NULL;
}

/*
 * The child has the slots of the window that it is narrowed to; where they are
 * named, those that it reaches; else slots of its own, in its own reach, from
 * its first map on.
 */
static int
bounce_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	const struct bounce_tag *from = bounce_of(t);
	struct slot_window *sw;
	struct bounce_tag *bt;
	int error;

	error = bounce_alloc(lower, t, lim, &from->bt_config, &bt, flags);
	if (error != 0)
		return error;
	bt->bt_windows = from->bt_windows;
	bt->bt_nwindows = from->bt_nwindows;
	sw = window_of(bt, lim);
	if (sw != NULL)
		bt->bt_slots = &sw->sw_slots;
	else if (from->bt_config.db_nmemory != 0)
		bt->bt_slots = from->bt_slots;
	bt->bt_tag.dt_waitq = &bt->bt_slots->sl_waitq;
	*newtag = &bt->bt_tag;
	return 0;
}

/* The integrator's memory is the tag's from here on. */
static int
named_slots(struct bounce_tag *bt, const struct bus_dma_bounce *db, int flags)
{
	const bus_size_t mask = ((bus_size_t)1 << bt->bt_shift) - 1;
	const struct slot_chunk *ch;
	struct busdma_frag f;
	bus_size_t len;
	bus_addr_t bus;
	bool fixed;
	int i, error;

	for (i = 0; i < db->db_nmemory; i++) {
		f.bf_addr = db->db_memory[i].ds_addr;
		f.bf_len = db->db_memory[i].ds_len;
		if (f.bf_len == 0 || ((f.bf_addr | f.bf_len) & mask) != 0 ||
		    f.bf_addr + (f.bf_len - 1) < f.bf_addr ||
		    !busdma_bounce_front(
			bt->bt_tag.dt_lower, &f, &len, &bus, &fixed) ||
		    len != f.bf_len)
			return EINVAL;
		for (ch = bt->bt_own.sl_chunks; ch != NULL; ch = ch->ch_next)
			if (f.bf_addr <=
				ch->ch_seg.ds_addr + (ch->ch_seg.ds_len - 1) &&
			    ch->ch_seg.ds_addr <= f.bf_addr + (f.bf_len - 1))
				return EINVAL;
		error = busdma_slots_add(bt, &db->db_memory[i], flags);
		if (error != 0)
			return error;
	}
	/* It never grows. */
	bt->bt_own.sl_most = bt->bt_own.sl_pages;
	return 0;
}

/* Slots for one, unless one before it has come to the same. */
static int
window_make(
    struct bounce_tag *bt, const struct bus_dma_bounce_window *bw, int flags)
{
	struct slot_window *sw = &bt->bt_windows[bt->bt_nwindows];
	bus_dma_tag_t reach;
	int error;

	if (bw->bw_most == 0 || bw->bw_reserve > bw->bw_most)
		return EINVAL;
	error = bus_dmatag_subregion(
	    bt->bt_tag.dt_lower, bw->bw_low, bw->bw_high, &reach, flags);
	if (error != 0)
		return error;
	if (window_of(bt, &reach->dt_limits) != NULL) {
		busdma_tag_release(reach);
		return 0;
	}
	sw->sw_reach = reach;
	bt->bt_slots = &sw->sw_slots;
	slots_init(bt, reach, bw->bw_reserve, bw->bw_most);
	bt->bt_nwindows++;
	return bw->bw_reserve == 0
		   ? 0
		   : busdma_slots_grow(
			 bt, sw->sw_slots.sl_reserve, 1, NULL, flags);
}

static int
windows_make(struct bounce_tag *bt, const struct bus_dma_bounce *db, int flags)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	const size_t n = (size_t)db->db_nwindows;
	int i, error = 0;

	if (n > SIZE_MAX / sizeof(*bt->bt_windows))
		return ENOMEM;
	bt->bt_winbytes = n * sizeof(*bt->bt_windows);
	bt->bt_windows =
	    pl->pl_alloc(pl, bt->bt_winbytes, flags & BUS_DMA_NOWAIT);
	if (bt->bt_windows == NULL)
		return ENOMEM;
	memset(bt->bt_windows, 0, bt->bt_winbytes);
	for (i = 0; i < db->db_nwindows && error == 0; i++)
		error = window_make(bt, &db->db_windows[i], flags);
	/* The tag's own are none of these. */
	bt->bt_slots = &bt->bt_own;
	bt->bt_tag.dt_waitq = &bt->bt_own.sl_waitq;
	return error;
}

static bool
config_ok(const struct bus_dma_bounce *db)
{
	if ((db->db_flags & ~(unsigned)BUS_DMA_BOUNCE_FORCED) != 0 ||
	    (db->db_memory != NULL) != (db->db_nmemory > 0) ||
	    (db->db_windows != NULL) != (db->db_nwindows > 0))
		return false;
	if (db->db_memory != NULL)
		return db->db_windows == NULL;
	return db->db_most != 0 && db->db_reserve <= db->db_most;
}

int
bus_dmatag_bounce(bus_dma_tag_t lower, const struct bus_dma_bounce *db,
    bus_dma_tag_t *newtag, int flags)
{
	struct bounce_tag *bt;
	int error;

	if (lower == NULL || db == NULL || newtag == NULL || !config_ok(db))
		return EINVAL;
	error = bounce_alloc(lower, NULL, NULL, db, &bt, flags);
	if (error != 0)
		return error;
	if (db->db_memory != NULL)
		error = named_slots(bt, db, flags);
	else if (db->db_reserve != 0)
		error = busdma_slots_grow(
		    bt, bt->bt_own.sl_reserve, 1, NULL, flags);
	if (error == 0 && db->db_windows != NULL)
		error = windows_make(bt, db, flags);
	if (error != 0) {
		busdma_tag_release(&bt->bt_tag);
		return error;
	}
	*newtag = &bt->bt_tag;
	return 0;
}
