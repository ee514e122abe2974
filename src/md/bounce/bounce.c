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

static size_t
page_offset(const struct bounce_tag *bt, uint64_t addr)
{
	return (size_t)(addr & (((uint64_t)1 << bt->bt_shift) - 1));
}

/*
 * How much of the front of a fragment devices reach, or don't; where they see
 * it, in *busp, is known only where *fixedp.
 */
static bool
front_reach(bus_dma_tag_t lower, const struct busdma_frag *f, bus_size_t *lenp,
    bus_addr_t *busp, bool *fixedp)
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
 * Whether the i-th fragment must be bounced; in *lenp, for how many bytes of
 * its front that holds.
 */
static bool
must_bounce(
    const struct bounce_load *bl, unsigned i, bus_size_t *lenp, bool *alignp)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	const struct bounce_tag *bt = bl->bl_bt;
	const struct busdma_frag *f = &bl->bl_fs->fs_frag[i];
	bus_size_t most;
	bus_addr_t bus;
	bool fixed, bounce;

	*alignp = false;
	*lenp = f->bf_len;
	if ((bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return true;
	if (!front_reach(bt->bt_tag.dt_lower, f, &most, &bus, &fixed)) {
		*lenp = most;
		return true;
	}
	*lenp = most;
	if (fixed && (bus & bt->bt_tag.dt_alignmask) != 0) {
		*alignp = true;
		return true;
	}
	if (bt->bt_tag.dt_lower->dt_line == 0 ||
	    (bl->bl_flags & both) == BUS_DMA_WRITE)
		return false;
	bounce = front_shared(bt, f, &bl->bl_fs->fs_memory[i], lenp);
	if (*lenp > most)
		*lenp = most;
	return bounce;
}

/* Slots for the load: the map's own, if it has any, or the tag's. */
static bool
take(const struct bounce_load *bl, size_t pages, bool aligned,
    struct slot_run *sr)
{
	const struct bus_dma_limits *lim = &bl->bl_bt->bt_tag.dt_limits;
	struct bounce_area *ba = bl->bl_ba;
	struct slot_place sp;

	if (ba->ba_own.sr_chunk != NULL) {
		if (pages > ba->ba_own.sr_count - ba->ba_used)
			return false;
		*sr = ba->ba_own;
		sr->sr_first += ba->ba_used;
		sr->sr_count = pages;
		ba->ba_used += pages;
		return true;
	}
	sp.sp_align = aligned ? lim->dl_alignment : 1;
	sp.sp_boundary = bl->bl_map->_dm_bspan + 1;
	return busdma_slots_take(bl->bl_bt, pages, &sp, sr);
}

/* What stands in the buffer, and where it stands in the slots of `sr'. */
static struct bounce_rec *
rec_add(const struct bounce_load *bl, const struct busdma_memory *me,
    bus_size_t offset, bus_size_t len, const struct slot_run *sr, size_t page,
    size_t in)
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
	re->re_inpage = in & (((size_t)1 << bl->bl_bt->bt_shift) - 1);
	in += sr->sr_first << bl->bl_bt->bt_shift;
	re->re_slot = ch->ch_kva + in;
	re->re_where = ch->ch_seg.ds_addr + in;
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

/*
 * The pages of a run become the load's.  With OVERWRITE nothing of the buffer
 * goes into them but what is PREWRITTEN; what another had there must not be
 * seen, in memory neither, where a POSTREAD of more than was PREREAD finds it.
 */
static void
run_enter(const struct bounce_load *bl, const struct slot_run *sr)
{
	const bool clear = (bl->bl_flags & BUS_DMA_OVERWRITE) != 0;
	const struct bus_dma_tag *lower = bl->bl_bt->bt_tag.dt_lower;
	const struct busdma_platform *pl = lower->dt_pl;
	const unsigned shift = bl->bl_bt->bt_shift;
	const struct slot_chunk *ch = sr->sr_chunk;
	const size_t off = sr->sr_first << shift;
	struct bounce_area *ba = bl->bl_ba;
	size_t i;

	for (i = 0; i < sr->sr_count; i++)
		ba->ba_recs[ba->ba_pages++].re_filled = clear;
	if (!clear)
		return;
	memset(ch->ch_kva + off, 0, sr->sr_count << shift);
	if (lower->dt_line != 0)
		pl->pl_cpu->cpu_cache->ca_wb(pl, (uintptr_t)ch->ch_kva + off,
		    ch->ch_seg.ds_addr + off, sr->sr_count << shift);
}

/* Give back what the load holds. */
static void
bounce_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	unsigned i;

	for (i = 0; i < ba->ba_nrecs; i++)
		busdma_slots_give(bounce_of(t), &ba->ba_recs[i].re_run);
	ba->ba_nrecs = 0;
	ba->ba_pages = ba->ba_used = 0;
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
frag_bounce(
    const struct bounce_load *bl, unsigned i, bus_size_t offset, bool aligned)
{
	const struct busdma_frag f = bl->bl_fs->fs_frag[i];
	struct bounce_area *ba = bl->bl_ba;
	struct bounce_rec *re;
	struct slot_run sr;
	size_t in, pages;

	if (!can_copy(bl, i))
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	in = aligned ? 0 : page_offset(bl->bl_bt, f.bf_addr);
	pages = bounce_pages(bl->bl_bt, in + f.bf_len);
	if (ba->ba_nrecs == bl->bl_fs->fs_max ||
	    pages > bl->bl_fs->fs_max - ba->ba_pages ||
	    pages > bl->bl_bt->bt_slots.sl_most - ba->ba_pages)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	if (!take(bl, pages, aligned, &sr))
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	re = rec_add(bl, &bl->bl_fs->fs_memory[i], offset, f.bf_len, &sr,
	    ba->ba_pages, in);
	if (ba->ba_own.sr_chunk == NULL)
		re->re_run = sr;
	run_enter(bl, &sr);
	frag_replace(bl, i, &sr, in, f.bf_len);
	return 0;
}

/* Fragment by fragment. */
static int
load_each(const struct bounce_load *bl)
{
	struct busdma_frags *fs = bl->bl_fs;
	bus_size_t offset = 0, len;
	bool bounce, aligned;
	unsigned i;
	int error;

	for (i = 0; i < fs->fs_count; i++) {
		bounce = must_bounce(bl, i, &len, &aligned);
		if (len < fs->fs_frag[i].bf_len) {
			error = busdma_frags_split(fs, i, len);
			if (error != 0)
				return error;
		}
		if (bounce) {
			error = frag_bounce(bl, i, offset, aligned);
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
	if (total - 1 <= bspan && in + (total - 1) > bspan)
		return 0;
	if (too_many_cuts(bl->bl_map, in, total))
		return 0;
	return in;
}

/* The whole load into one run; `scarce': in pieces, slots were out. */
static int
load_joined(const struct bounce_load *bl, bool scarce)
{
	struct busdma_frags *fs = bl->bl_fs;
	struct bounce_tag *bt = bl->bl_bt;
	struct bounce_area *ba = bl->bl_ba;
	bus_size_t total = 0, offset = 0;
	struct slot_run sr;
	size_t in, pages, at;
	unsigned i;

	for (i = 0; i < fs->fs_count; i++) {
		if (!can_copy(bl, i))
			return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
		total += fs->fs_frag[i].bf_len;
	}
	in = join_offset(bl, total);
	pages = bounce_pages(bt, in + total);
	/* In pieces it would have fitted, some other time. */
	if (pages > bt->bt_slots.sl_most && scarce)
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	if (pages > bt->bt_slots.sl_most)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_RESOURCES);
	if (pages > fs->fs_max)
		return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
	if (!take(bl, pages, true, &sr))
		return BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	for (i = 0; i < fs->fs_count; i++) {
		at = in + (size_t)offset;
		(void)rec_add(bl, &fs->fs_memory[i], offset,
		    fs->fs_frag[i].bf_len, &sr, at >> bt->bt_shift, at);
		offset += fs->fs_frag[i].bf_len;
	}
	if (ba->ba_own.sr_chunk == NULL)
		ba->ba_recs[0].re_run = sr;
	run_enter(bl, &sr);
	frag_replace(bl, 0, &sr, in, total);
	fs->fs_count = 1;
	return 0;
}

static int
bounce_load(
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
	int error = 0;

	ba->ba_recs = busdma_map_array(t, map);
	ba->ba_nrecs = 0;
	ba->ba_pages = ba->ba_used = 0;
	if ((flags & BUSDMA_LOAD_JOIN) != 0)
		error = load_joined(&bl, scarce);
	else if ((flags & BUS_DMA_NOBOUNCE) == 0)
		error = load_each(&bl);
	ba->ba_scarce = error == BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES);
	if (error != 0) {
		bounce_unload(t, map);
		return error;
	}
	fs->fs_quiet = ba->ba_nrecs == 0 ? ~0u : 1u << BUS_DMASYNC_POSTWRITE;
	return 0;
}

/* Slots for a load of the map by itself; with ALLOCNOW, the map's own. */
static int
bounce_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct bounce_area *ba = busdma_map_area(t, map);
	struct bounce_tag *bt = bounce_of(t);
	struct slot_place sp = { t->dt_limits.dl_alignment,
		map->_dm_bspan + 1 };
	size_t pages;

	/* A page more, for what begins inside one; but not over a boundary. */
	pages = bounce_pages(bt, map->_dm_size);
	if (map->_dm_size - 1 > map->_dm_bspan ||
	    ((bus_size_t)pages << bt->bt_shift) - 1 < map->_dm_bspan)
		pages++;
	if ((flags & BUS_DMA_ALLOCNOW) == 0) {
		if (pages < bounce_pages(bt, bt->bt_config.db_reserve))
			pages = bounce_pages(bt, bt->bt_config.db_reserve);
		busdma_slots_ensure(bt, pages, flags);
		return 0;
	}
	if (!busdma_slots_take(bt, pages, &sp, &ba->ba_own) &&
	    (busdma_slots_grow(bt, pages, flags) != 0 ||
		!busdma_slots_take(bt, pages, &sp, &ba->ba_own)))
		return ENOMEM;
	/* What other maps may need is not less for it. */
	busdma_slots_keep(bt, &ba->ba_own, true);
	busdma_slots_ensure(bt, 0, flags);
	return 0;
}

static void
bounce_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bounce_area *ba = busdma_map_area(t, map);

	if (ba->ba_own.sr_chunk != NULL)
		busdma_slots_keep(bounce_of(t), &ba->ba_own, false);
	busdma_slots_give(bounce_of(t), &ba->ba_own);
}

static void
bounce_free(bus_dma_tag_t t)
{
	busdma_slots_free(bounce_of(t));
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
	.bo_load = bounce_load,
	.bo_unload = bounce_unload,
	.bo_sync = busdma_bounce_sync,
	.bo_reach = bounce_reach,
};

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
	while ((uint32_t)1 << bt->bt_shift < t->dt_pl->pl_pagesize)
		bt->bt_shift++;
	bt->bt_slots.sl_most = bounce_pages(bt, db->db_most);
	/* What is reached needs no asking. */
	if ((db->db_flags & BUS_DMA_BOUNCE_FORCED) == 0)
		busdma_tag_shortcut(t, lower->dt_winlow, lower->dt_winhigh, 0);
	*btp = bt;
	return 0;
}

/* The child has slots of its own, in its own reach, from its first map on. */
static int
bounce_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct bounce_tag *bt;
	int error;

	error =
	    bounce_alloc(lower, t, lim, &bounce_of(t)->bt_config, &bt, flags);
	if (error == 0)
		*newtag = &bt->bt_tag;
	return error;
}

/* The integrator's memory is the tag's from here on. */
static int
named_slots(struct bounce_tag *bt, const struct bus_dma_bounce *db, int flags)
{
	const bus_size_t mask = ((bus_size_t)1 << bt->bt_shift) - 1;
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
		    !front_reach(bt->bt_tag.dt_lower, &f, &len, &bus, &fixed) ||
		    len != f.bf_len)
			return EINVAL;
		error = busdma_slots_add(bt, &db->db_memory[i], flags);
		if (error != 0)
			return error;
	}
	/* It never grows. */
	bt->bt_slots.sl_most = bt->bt_slots.sl_pages;
	return 0;
}

int
bus_dmatag_bounce(bus_dma_tag_t lower, const struct bus_dma_bounce *db,
    bus_dma_tag_t *newtag, int flags)
{
	struct bounce_tag *bt;
	int error;

	if (lower == NULL || db == NULL || newtag == NULL ||
	    (db->db_flags & ~(unsigned)BUS_DMA_BOUNCE_FORCED) != 0 ||
	    (db->db_memory != NULL) != (db->db_nmemory > 0) ||
	    (db->db_memory == NULL &&
		(db->db_most == 0 || db->db_reserve > db->db_most)))
		return EINVAL;
	error = bounce_alloc(lower, NULL, NULL, db, &bt, flags);
	if (error != 0)
		return error;
	if (db->db_memory != NULL)
		error = named_slots(bt, db, flags);
	else if (db->db_reserve != 0)
		error = busdma_slots_grow(
		    bt, bounce_pages(bt, db->db_reserve), flags);
	if (error != 0) {
		busdma_tag_release(&bt->bt_tag);
		return error;
	}
	*newtag = &bt->bt_tag;
	return 0;
}
