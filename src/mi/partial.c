/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads in parts: as much of an origin as fits at a time, and the next when
 * the driver asks for it.
 *
 * How much fits is found by trying: a part is loaded as if it were all, by a
 * walk that begins where the one before has ended.  What fails for a reason
 * that a smaller part may not meet is tried again, smaller.
 *
 * In a link only where bus_dmamap_load_next is: load.c has the same name, weak,
 * for all others.
 */
#include "chain.h"

#define PARTS_BAD BUSDMA_WHY(EINVAL, BUS_DMA_WHY_ORIGIN)

/* Parts of length 0 in a row; a chain with more must be a circle. */
#define MAXEMPTY 65536

/* So many times in a row the length of the part before is good enough. */
#define TRUST 16

/* Bytes; a power of two. */
#define SECTOR 512

/* What BUS_DMA_GRANULE has made of it. */
#define GRANULE(flags) ((bus_size_t)1 << ((unsigned)(flags) >> 24 & 31))

struct search;

/* Of a map: what is left to load.  Its end is the end of its memory. */
struct partial {
	struct origin pa_og; /* from the beginning of the next part's memory */
	bus_size_t pa_skip;  /* bytes in front of that, of chains and lists */
	bus_size_t pa_left;  /* bytes behind that */
	bus_size_t pa_guess; /* bytes of the part before; 0: no guess */
	struct search *pa_search; /* while a part is tried */
	int pa_flags;             /* of the load */
	unsigned pa_trust;        /* times to believe the guess yet */
};

_Static_assert(sizeof(struct partial) <= BUSDMA_PARTIAL_BYTES, "too large");

/* How much fits. */
struct search {
	bus_dma_tag_t se_tag;
	bus_dmamap_t se_map;
	struct partial *se_pa;
	bus_size_t se_unit;    /* parts are multiples of it, but for the last */
	bus_size_t se_least;   /* or of this, and less */
	struct segments se_sg; /* of what has failed last */
	int se_error;          /* likewise; 0: that has been told already */
	bool se_scarce;        /* something may be there some other time */
	bool se_more;          /* this part has been tried */
	bus_size_t se_wait;    /* what to wait for, to a unit; 0: nothing */
};

static struct partial *
partial_of(bus_dma_tag_t t, bus_dmamap_t map)
{
	char *p = (char *)(map->_dm_last + 1);

	if ((t->dt_flags & BUSDMA_TF_WHOLE) != 0)
		p = (char *)map - t->dt_areaoff +
		    (size_t)busdma_map_records(map)->rc_bytes -
		    BUSDMA_PARTIAL_BYTES;
	return (struct partial *)(void *)p;
}

/* A failure that a smaller load may not meet. */
static bool
smaller_may_fit(int error)
{
	return busdma_load_tight(error) || (error & 0xff) == EFBIG ||
	       (error & 0xff) == ENOMEM ||
	       error == BUSDMA_WHY(EINVAL, BUS_DMA_WHY_LENGTH);
}

/*
 * The next run of a list, or part of a chain, that is not empty; pt_len 0: that
 * was all.
 */
static int
part_next(struct origin *og, struct busdma_part *pt, paddr_t *addrp)
{
	unsigned empty;
	size_t n;

	for (empty = 0; empty <= MAXEMPTY; empty++) {
		pt->pt_flags = 0;
		pt->pt_len = 0;
		if (og->og_ops != NULL) {
			n = og->og_ops->ch_parts(&og->og_iter, pt, 1);
			if (n > 1)
				return PARTS_BAD;
			*addrp = (uintptr_t)pt->pt_addr;
		} else {
			n = og->og_nsegs != 0;
			if (n != 0) {
				*addrp = og->og_segs->ds_addr;
				pt->pt_len = og->og_segs->ds_len;
				og->og_segs++;
				og->og_nsegs--;
			}
		}
		if (n == 0)
			pt->pt_len = 0;
		if (n == 0 || pt->pt_len != 0)
			return 0;
	}
	return PARTS_BAD;
}

/* What is loaded in parts is whole: a chain is measured before. */
static int
parts_measure(const struct origin *og)
{
	struct origin at = *og;
	bus_size_t left = og->og_len;
	struct busdma_part pt;
	paddr_t addr;
	int error;

	if (og->og_ops == NULL && og->og_segs == NULL)
		return PARTS_BAD;
	while (left != 0) {
		error = part_next(&at, &pt, &addr);
		if (error != 0)
			return error;
		if (pt.pt_len == 0)
			return PARTS_BAD;
		if (og->og_ops == NULL && pt.pt_len > left)
			pt.pt_len = left;
		if (pt.pt_len > left)
			return PARTS_BAD;
		left -= pt.pt_len;
	}
	if (og->og_ops == NULL)
		return 0;
	error = part_next(&at, &pt, &addr);
	return error == 0 && pt.pt_len != 0 ? PARTS_BAD : error;
}

/* Walk a part of a chain or list: og_len bytes. */
static int
walk_parts(struct load *ld, const struct origin *og)
{
	bus_size_t left = og->og_len, len, skip, cut;
	struct origin at = *og;
	struct busdma_part pt;
	paddr_t addr;
	int error;

	skip = ((const struct partial *)(const void *)og)->pa_skip;
	for (; left != 0; left -= len) {
		error = part_next(&at, &pt, &addr);
		if (error != 0)
			return error;
		if (skip >= pt.pt_len)
			return PARTS_BAD;
		addr += skip;
		cut = skip != 0 ? addr : 0;
		len = pt.pt_len - skip;
		skip = 0;
		if (len > left) {
			len = left;
			cut |= addr + len;
		}
		/* The rest of a line that it is cut in is not the load's. */
		if ((cut & ((bus_size_t)ld->ld_tag->dt_line - 1)) != 0)
			pt.pt_flags &= ~(unsigned)BUSDMA_MEMORY_OWNED;
		ld->ld_part = pt.pt_flags;
		if (og->og_ops != NULL)
			error =
			    busdma_load_linear(ld, og, (uintptr_t)addr, len);
		else
			error = busdma_load_frag(ld, addr, len);
		if (error != 0)
			return error;
	}
	return 0;
}

/* All of an origin is to be loaded, in parts. */
static int
partial_begin(struct partial *pa, const struct origin *og, int flags)
{
	pa->pa_og = *og;
	pa->pa_skip = 0;
	pa->pa_left = og->og_len;
	pa->pa_guess = 0;
	pa->pa_trust = 0;
	pa->pa_flags = flags;
	if (og->og_walk != busdma_walk_linear) {
		pa->pa_og.og_walk = walk_parts;
		return parts_measure(og);
	}
	/* The last byte's address must be one. */
	if (og->og_len - 1 > UINTPTR_MAX - og->og_va)
		return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
	return 0;
}

/* The first `len' bytes of what was left are done. */
static int
partial_advance(struct partial *pa, bus_size_t len)
{
	struct busdma_part pt;
	struct origin at;
	paddr_t addr;
	int error;

	pa->pa_left -= len;
	if (pa->pa_og.og_walk == busdma_walk_linear) {
		pa->pa_og.og_va += (uintptr_t)len;
		return 0;
	}
	pa->pa_skip += len;
	while (pa->pa_left != 0) {
		at = pa->pa_og;
		error = part_next(&at, &pt, &addr);
		if (error != 0)
			return error;
		if (pt.pt_len == 0)
			return PARTS_BAD;
		if (pt.pt_len > pa->pa_skip)
			break;
		pa->pa_skip -= pt.pt_len;
		pa->pa_og = at;
	}
	return 0;
}

/* Load `len' bytes; LOAD_AGAIN: less may fit; else final. */
static int
window_try(struct search *se, bus_size_t len, int flags)
{
	struct partial *pa = se->se_pa;
	bool whole;
	int error;

	se->se_error = 0;
	pa->pa_search = se;
	pa->pa_og.og_len = len;
	whole = (se->se_tag->dt_flags & BUSDMA_TF_WHOLE) != 0;
	if (whole)
		busdma_map_records(se->se_map)->rc_more = se->se_more;
	se->se_more = true;
	error = busdma_load_general(se->se_tag, se->se_map, &pa->pa_og, flags);
	if (whole)
		busdma_map_records(se->se_map)->rc_more = false;
	if (error == 0 || se->se_error == 0)
		return error;
	if (!smaller_may_fit(se->se_error))
		return EFAULT;
	if ((se->se_error & 0xff) == ENOMEM) {
		se->se_scarce = true;
		if (se->se_wait == 0 && len <= se->se_unit)
			se->se_wait = len;
	}
	return LOAD_AGAIN;
}

/* It fits, but more may: for the layers it has failed, and counts nowhere. */
static void
window_drop(const struct search *se)
{
	bus_dmamap_t map = se->se_map;

	map->_dm_loads--;
	map->_dm_more -= (unsigned)map->dm_nsegs - 1;
	map->_dm_flags &= ~(uint32_t)BUSDMA_MF_LOADED;
	busdma_map_clear(se->se_tag, map);
}

/*
 * The most that fits of [unit, 2 * unit, ..., most].  Between looks another CPU
 * may have taken what there was: `most' sinks with each failure, so that this
 * ends.
 */
static int
search_units(struct search *se, bus_size_t most, bus_size_t guess, int flags)
{
	const bus_size_t mask = se->se_unit - 1;
	bus_size_t low = 0, len = most;
	int error;

	/* Not for the end to come in a part of its own. */
	if (guess < most && most - guess >= se->se_unit)
		len = guess;
	while (most != 0) {
		error = window_try(se, len, flags);
		if (error == 0 && (len == most || len == guess))
			return 0;
		if (error == 0) {
			low = len;
			window_drop(se);
		} else if (error != LOAD_AGAIN) {
			return error;
		} else {
			most = (len - 1) & ~mask;
			if (low > most)
				low = 0;
		}
		len = low + (((most - low) / 2 + mask) & ~mask);
		if (low < guess && guess <= most)
			len = guess;
		if (len > most)
			len = most;
	}
	return LOAD_AGAIN;
}

/*
 * Below a unit: the largest power of two that fits, and is less than all.  If
 * more will fit some other time, no less than a sector: few devices take it.
 */
static int
search_below(struct search *se, int flags)
{
	const bus_size_t left = se->se_pa->pa_left;
	bus_size_t len, least = se->se_least;
	int error = LOAD_AGAIN;

	if (se->se_scarce && least < SECTOR && se->se_map->_dm_size >= SECTOR)
		least = SECTOR;
	for (len = se->se_unit / 2; len >= least; len /= 2) {
		if (len > se->se_map->_dm_size || len >= left)
			continue;
		error = window_try(se, len, flags);
		if (error != LOAD_AGAIN)
			break;
	}
	return error;
}

static int
search(struct search *se)
{
	struct partial *pa = se->se_pa;
	const int now = pa->pa_flags | BUS_DMA_NOWAIT;
	bus_size_t most = pa->pa_left, guess = most;
	int error = LOAD_AGAIN;

	if (pa->pa_trust != 0) {
		pa->pa_trust--;
		guess = pa->pa_guess;
	} else {
		pa->pa_trust = TRUST;
	}
	if (most > se->se_map->_dm_size)
		most = se->se_map->_dm_size & ~(se->se_unit - 1);
	if (guess < se->se_unit && pa->pa_left >= se->se_unit)
		error = window_try(se, guess, now);
	if (guess < se->se_unit)
		guess = most;
	if (error == LOAD_AGAIN)
		error = search_units(se, most, guess, now);
	if (error == LOAD_AGAIN)
		error = search_below(se, now);
	/* Only what there is not a part of is worth waiting for, or a call. */
	if (error == LOAD_AGAIN && se->se_wait != 0)
		error = window_try(
		    se, se->se_wait, pa->pa_flags & ~BUS_DMA_PARTIAL);
	return error;
}

/*
 * Load as much as fits of what is left; `more': all has been tried.  Returns
 * the error number alone.
 */
static int
window_load(struct partial *pa, bus_dma_tag_t t, bus_dmamap_t map, bool more)
{
	struct search se = {
		.se_tag = t,
		.se_map = map,
		.se_pa = pa,
		.se_unit = t->dt_pl->pl_pagesize,
		.se_more = more,
		.se_least = GRANULE(pa->pa_flags),
		/* The map may be shorter than the least. */
		.se_error = BUSDMA_WHY(EINVAL, BUS_DMA_WHY_LENGTH),
	};
	int error;

	if (se.se_least <= t->dt_alignmask)
		se.se_least = t->dt_alignmask + 1;
	if (se.se_unit < se.se_least)
		se.se_unit = se.se_least;
	segments_init(&se.se_sg, map);
	error = search(&se);
	/* More may be there the next time. */
	if (se.se_scarce)
		pa->pa_trust = 0;
	if (error != 0 && se.se_error == 0)
		return error;
	if (error != 0)
		return busdma_load_failed(t, map, &se.se_sg, se.se_error);
	pa->pa_guess = map->dm_mapsize;
	__atomic_store_n(&map->_dm_flags, map->_dm_flags | BUSDMA_MF_PARTIAL,
	    __ATOMIC_RELEASE);
	return 0;
}

/* A load has failed, the general way: a try of ours, or a driver's. */
int
busdma_load_unfit(
    struct load *ld, const struct origin *og, int flags, int error)
{
	bus_dmamap_t map = ld->ld_map;
	bus_dma_tag_t t = ld->ld_tag;
	const bool tried = busdma_load_tight(error);
	struct partial *pa;

	if (busdma_map_partial(map)) {
		pa = partial_of(t, map);
		if (og == &pa->pa_og) {
			pa->pa_search->se_sg = ld->ld_sg;
			pa->pa_search->se_error = error;
			return error;
		}
		if ((flags & BUS_DMA_PARTIAL) != 0 && smaller_may_fit(error)) {
			error = partial_begin(pa, og, flags);
			if (error == 0)
				return window_load(pa, t, map, tried);
		}
	}
	return busdma_load_failed(t, map, &ld->ld_sg, error);
}

int
bus_dmamap_load_next(bus_dma_tag_t t, bus_dmamap_t map)
{
	static const char func[] = "bus_dmamap_load_next";
	struct partial *pa;
	bus_size_t done;
	uint32_t flags;
	int error;

	if (t == NULL || !busdma_own(t, map))
		return busdma_foreign(func, t, map);
	flags = map->_dm_flags;
	if ((flags & (BUSDMA_MF_LOADED | BUSDMA_MF_EMPTY)) == 0) {
		busdma_report(t, map, BUSDMA_REPORT_NEXT, func, 0, 0);
		return EINVAL;
	}
	done = map->dm_mapsize;
	busdma_map_clear(t, map);
	if ((flags & BUSDMA_MF_PARTIAL) != 0) {
		pa = partial_of(t, map);
		pa->pa_og.og_func = func;
		error = partial_advance(pa, done);
		if (error != 0)
			error = busdma_load_failed(t, map, NULL, error);
		else if (pa->pa_left != 0)
			error = window_load(pa, t, map, false);
		/* What is left stays, for a call again or an unload. */
		if (error != 0)
			map->_dm_flags |= BUSDMA_MF_PARTIAL | BUSDMA_MF_EMPTY;
		if (error != 0 || pa->pa_left != 0)
			return error;
	}
	/* As after a load of no bytes. */
	map->_dm_flags = BUSDMA_MF_EMPTY;
	map->dm_maxsegsz = map->_dm_maxmaxsegsz;
	return 0;
}
