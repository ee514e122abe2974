/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads through a bounce layer: which bytes are in slots, what stands there,
 * what syncs copy, and when there may be no slots.
 */
#include <stdlib.h>
#include <string.h>

#include "program.h"

static bool
forced(const struct program *pr)
{
	return (pr->pr_row->ro_bounce->db_flags & BUS_DMA_BOUNCE_FORCED) != 0;
}

static uint32_t
pages_of(const struct program *pr, bus_size_t bytes)
{
	uint32_t page = pr->pr_pl->pl_pagesize;

	return (uint32_t)((bytes + page - 1) / page);
}

/* ---- what there may be ---- */

/* Whether the platform has so many pages in a row for the tag. */
static bool
are_pages(struct program *pr, const struct tag *ta, bus_size_t bytes)
{
	bus_dma_segment_t seg;
	int n;

	(void)pr;
	if (bus_dmamem_alloc(ta->ta_tag, bytes, 0, 0, &seg, 1, &n, 0) != 0)
		return false;
	bus_dmamem_free(ta->ta_tag, &seg, n);
	return true;
}

/* Nothing but the reserve: what a map has for its own, others lack. */
static bool
is_small(const struct bus_dma_bounce *db)
{
	return db->db_most < 4 * db->db_reserve;
}

/*
 * A pool has its reserve in a row from the first map on that takes no slots,
 * if the platform had that then; a root tag has it from the beginning.
 */
static void
pool_begins(struct program *pr, struct tag *ta)
{
	const struct bus_dma_bounce *db = pr->pr_row->ro_bounce;

	if (ta->ta_pool || (ta->ta_owned && is_small(db)))
		return;
	ta->ta_pool = are_pages(pr, ta, db->db_reserve);
}

static int
create(struct map *mp, int flags)
{
	return bus_dmamap_create(mp->mp_tag->ta_tag, mp->mp_size, mp->mp_nsegs,
	    mp->mp_maxsegsz, mp->mp_boundary, flags, &mp->mp_map);
}

int
slots_create(struct program *pr, struct map *mp, int flags)
{
	const struct bus_dma_bounce *db = pr->pr_row->ro_bounce;
	struct tag *ta = mp->mp_tag;
	bus_size_t page = pr->pr_pl->pl_pagesize;
	int error;

	if (db == NULL)
		return create(mp, flags);
	if ((flags & BUS_DMA_ALLOCNOW) != 0) {
		error = create(mp, flags);
		if (error == 0) {
			mp->mp_own = true;
			ta->ta_owned = true;
		}
		if (error != ENOMEM)
			return error;
		/* A map's length, one page more, anywhere in its boundary. */
		if (!is_small(db) &&
		    are_pages(
			pr, ta, 2 * (pages_of(pr, mp->mp_size) + 1) * page))
			fail(pr, "slots of a map's own: ENOMEM");
		flags &= ~BUS_DMA_ALLOCNOW;
	}
	pool_begins(pr, ta);
	return create(mp, flags);
}

/* What of the pool is in use, as runs that don't touch: the rest is free. */
static bool
may_be_short(const struct program *pr, const struct map *mp, uint32_t need)
{
	const struct bus_dma_bounce *db = pr->pr_row->ro_bounce;
	uint32_t all = pages_of(pr, db->db_reserve), used = 0, runs = 1;

	/* Chunks of pools are in slots, too. */
	if (forced(pr))
		runs += 4 * NPOOLS;
	if (mp->mp_own)
		return false;
	if (!mp->mp_tag->ta_pool)
		return true;
	for (unsigned i = 0; i < NMAPS; i++) {
		const struct map *o = &pr->pr_map[i];

		if (o->mp_tag != mp->mp_tag)
			continue;
		if (o->mp_own) {
			if (is_small(db))
				return true;
			runs++;
			continue;
		}
		/* A load may keep a page that it has no use for. */
		used += o->mp_pages + (o->mp_pages != 0);
		runs += o->mp_runs;
	}
	return used > all || (all - used) / runs < need;
}

void
slots_expect(
    const struct program *pr, const struct map *mp, struct expected *ex)
{
	const struct bus_dma_bounce *db = pr->pr_row->ro_bounce;
	unsigned fewest, most, nsegs = (unsigned)mp->mp_nsegs;
	bus_size_t bound;
	const struct buf *bf;
	uint32_t at, need;
	paddr_t first;

	if (db == NULL || mp->mp_asis || (!ex->ex_must && !forced(pr)))
		return;
	*ex = (struct expected){ .ex_asis = false };
	(void)map_piece(pr, mp, 0, &bf, &at);
	first = buf_phys(pr, bf, at);
	expect_run(pr, mp, first, &fewest, &most);
	if (mp->mp_tag->ta_lim.dl_nsegments != 0 &&
	    (unsigned)mp->mp_tag->ta_lim.dl_nsegments < nsegs)
		nsegs = (unsigned)mp->mp_tag->ta_lim.dl_nsegments;
	need =
	    pages_of(pr, (first & (pr->pr_pl->pl_pagesize - 1)) + mp->mp_total);
	ex->ex_must = fewest > nsegs;
	ex->ex_efbig = most > nsegs || need > pages_of(pr, db->db_most);
	/*
	 * Within a boundary there is room in twice as much, wherever it is; but
	 * few slots may stand in two runs that have no such place.
	 */
	bound = mp->mp_boundary;
	if (bound == 0 || (mp->mp_tag->ta_lim.dl_boundary != 0 &&
			      mp->mp_tag->ta_lim.dl_boundary < bound))
		bound = mp->mp_tag->ta_lim.dl_boundary;
	ex->ex_enomem = may_be_short(pr, mp, 2 * need) ||
			(is_small(db) && bound != 0 &&
			    bound < 2 * need * pr->pr_pl->pl_pagesize);
}

/* ---- what a load has ---- */

static bool
slots_arrays(struct program *pr, struct map *mp)
{
	mp->mp_how = calloc(3, mp->mp_total);
	if (mp->mp_how == NULL) {
		fail(pr, "no memory for the model");
		return false;
	}
	mp->mp_slot = mp->mp_how + mp->mp_total;
	mp->mp_page = mp->mp_slot + mp->mp_total;
	mp->mp_pages = mp->mp_runs = 0;
	return true;
}

/* Bytes at a bus address, which are in a slot: the pages of slots so far. */
static void
slots_page(struct program *pr, struct map *mp, bus_addr_t bus, bus_addr_t *last)
{
	bus_addr_t page = bus / pr->pr_pl->pl_pagesize;

	if (mp->mp_pages != 0 && page == *last)
		return;
	if (mp->mp_pages == 0 || page != *last + 1)
		mp->mp_runs++;
	mp->mp_pages++;
	*last = page;
}

void
slots_loaded(struct program *pr, struct map *mp)
{
	const struct bus_dma_limits *lim = &mp->mp_tag->ta_lim;
	const bus_dma_segment_t *seg = mp->mp_map->dm_segs;
	bus_size_t used = 0;
	const struct buf *bf;
	uint32_t i, at, len;
	bus_addr_t own, bus, last = 0;
	bool moved;

	if (!slots_arrays(pr, mp))
		return;
	for (i = 0; (len = map_piece(pr, mp, i, &bf, &at)) != 0; i += len) {
		bus = seg->ds_addr + used;
		if (len > seg->ds_len - used)
			len = (uint32_t)(seg->ds_len - used);
		/* To the end of the page that it is in now, too. */
		if (len > pr->pr_pl->pl_pagesize - bus % pr->pr_pl->pl_pagesize)
			len = pr->pr_pl->pl_pagesize -
			      (uint32_t)(bus % pr->pr_pl->pl_pagesize);
		moved =
		    !bus_of(pr, lim, buf_phys(pr, bf, at), &own) || own != bus;
		if (!moved && forced(pr))
			fail(pr, "byte %u of the load is where it was", i);
		if (moved) {
			slots_page(pr, mp, bus, &last);
			memset(mp->mp_page + i, (int)mp->mp_pages, len);
			memset(mp->mp_how + i,
			    mp->mp_overwrite
				? SLOT_MOVED | SLOT_FILLED | SLOT_ANY
				: SLOT_MOVED,
			    len);
		}
		used += len;
		if (used == seg->ds_len) {
			seg++;
			used = 0;
		}
	}
	pr->pr_counts->ct_bounced += mp->mp_pages != 0;
}

void
slots_block(struct program *pr, struct map *mp)
{
	if (pr->pr_row->ro_bounce != NULL && forced(pr) && slots_arrays(pr, mp))
		memset(mp->mp_how, SLOT_MOVED | SLOT_FILLED | SLOT_ANY,
		    mp->mp_total);
}

/* ---- syncs ---- */

/* All that the load has in the page of a byte, from what the CPU sees. */
static void
fill(struct map *mp, uint32_t i)
{
	const uint8_t page = mp->mp_page[i];
	uint32_t at;
	const struct buf *bf;

	if ((mp->mp_how[i] & SLOT_FILLED) != 0)
		return;
	while (i > 0 && mp->mp_page[i - 1] == page)
		i--;
	for (; i < mp->mp_total && mp->mp_page[i] == page; i++) {
		bf = map_byte(mp, i, &at);
		mp->mp_slot[i] = bf->bf_data[at];
		mp->mp_how[i] |= SLOT_FILLED;
		if (bf->bf_owner[at] != 0)
			mp->mp_how[i] |= SLOT_ANY;
	}
}

/* Not known until it came back: look what it is. */
static void
adopt(struct program *pr, struct buf *bf, uint32_t at)
{
	const void *va = bf->bf_va + at;

	if (bf->bf_kind != USER)
		bf->bf_data[at] = *(const uint8_t *)va;
	else if (busdma_sim_copyin(
		     pr->pr_sim, bf->bf_proc, va, &bf->bf_data[at], 1) != 0)
		fail(pr, "copyin");
}

void
slots_sync(struct program *pr, struct map *mp, uint32_t at, uint32_t n, int ops)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	struct buf *bf;
	uint32_t k;

	if (mp->mp_how == NULL)
		return;
	for (uint32_t i = at; i < at + n; i++) {
		if ((mp->mp_how[i] & SLOT_MOVED) == 0)
			continue;
		bf = map_byte(mp, i, &k);
		if ((ops & pre) != 0)
			fill(mp, i);
		if ((ops & BUS_DMASYNC_PREWRITE) != 0) {
			mp->mp_slot[i] = bf->bf_data[k];
			mp->mp_how[i] &= (uint8_t)~SLOT_ANY;
		}
		if ((ops & BUS_DMASYNC_POSTREAD) == 0)
			continue;
		if ((mp->mp_how[i] & SLOT_ANY) != 0) {
			adopt(pr, bf, k);
			mp->mp_slot[i] = bf->bf_data[k];
			mp->mp_how[i] &= (uint8_t)~SLOT_ANY;
		} else if ((mp->mp_how[i] & SLOT_FILLED) != 0)
			bf->bf_data[k] = mp->mp_slot[i];
	}
}

void
slots_written(struct program *pr, struct map *mp, uint32_t at, uint32_t n)
{
	const struct buf *bf;
	uint32_t k;

	(void)pr;
	for (uint32_t i = at; mp->mp_how != NULL && i < at + n; i++) {
		bf = map_byte(mp, i, &k);
		mp->mp_slot[i] = bf->bf_data[k];
		mp->mp_how[i] &= (uint8_t)~SLOT_ANY;
	}
}

bool
slots_seen(const struct map *mp, uint32_t i, uint8_t *byte)
{
	if (mp->mp_how == NULL || (mp->mp_how[i] & SLOT_MOVED) == 0)
		return true;
	*byte = mp->mp_slot[i];
	return (mp->mp_how[i] & SLOT_ANY) == 0;
}
