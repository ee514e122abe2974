/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a load must come to, by slow and obvious code: each page of the buffer
 * is translated alone, and each segment grows as long as it may.
 */
#include "program.h"

paddr_t
buf_phys(const struct program *pr, const struct buf *bf, uint32_t at)
{
	const struct busdma_platform *pl = pr->pr_pl;
	busdma_space_t space = NULL;
	struct busdma_frag f;
	bus_size_t off = at;

	if (bf->bf_kind == DMA) {
		for (int i = 0; i < bf->bf_nsegs; i++) {
			if (off < bf->bf_seg[i].ds_len)
				return bf->bf_seg[i].ds_addr + off;
			off -= bf->bf_seg[i].ds_len;
		}
	}
	if (bf->bf_kind == USER)
		space = pl->pl_space(pl, bf->bf_proc);
	if (pl->pl_extract(pl, space, (uintptr_t)bf->bf_va + at, 1, &f, 1) != 1)
		return TOP;
	return f.bf_addr;
}

bool
bus_of(const struct program *pr, const struct bus_dma_limits *lim, paddr_t pa,
    bus_addr_t *bus)
{
	const struct bus_dma_window *w = pr->pr_row->ro_windows;
	unsigned n = pr->pr_row->ro_nwindows;

	*bus = pa;
	for (; n != 0; n--, w++) {
		*bus = pa - w->dw_cpu + w->dw_bus;
		if (pa >= w->dw_cpu && pa - w->dw_cpu < w->dw_len)
			break;
	}
	return (w == NULL || n != 0) && *bus >= lim->dl_low &&
	       (lim->dl_high == 0 || *bus <= lim->dl_high);
}

/* A run of bytes on the bus, which grows by what follows on it. */
struct bus_run {
	bus_addr_t br_addr;
	bus_size_t br_len;
};

struct rules {
	const struct bus_dma_limits *ru_lim;
	bus_size_t ru_align, ru_boundary, ru_maxsegsz;
	int ru_nsegs;
};

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

static void
rules_of(const struct map *mp, struct rules *ru)
{
	const struct bus_dma_limits *lim = &mp->mp_tag->ta_lim;

	ru->ru_lim = lim;
	ru->ru_align = lim->dl_alignment != 0 ? lim->dl_alignment : 1;
	ru->ru_boundary = least(mp->mp_boundary, lim->dl_boundary);
	ru->ru_maxsegsz =
	    least(least(mp->mp_maxsegsz, lim->dl_maxsegsz), mp->mp_lowered);
	ru->ru_nsegs =
	    (int)least((bus_size_t)mp->mp_nsegs, (bus_size_t)lim->dl_nsegments);
}

/* The segments that a run makes: each as long as it may be. */
static void
count_run(const struct rules *ru, struct bus_run run, struct expected *ex)
{
	bus_size_t take, room;

	while (run.br_len != 0) {
		if (run.br_addr % ru->ru_align != 0)
			ex->ex_efault = true;
		take = ru->ru_maxsegsz;
		if (ru->ru_boundary != 0) {
			room = ru->ru_boundary - run.br_addr % ru->ru_boundary;
			take = room < take ? room : take;
		}
		/* What follows must be aligned, where that can be. */
		if (take < run.br_len && take >= ru->ru_align)
			take -= take % ru->ru_align;
		take = take < run.br_len ? take : run.br_len;
		run.br_addr += take;
		run.br_len -= take;
		ex->ex_nsegs++;
	}
}

uint32_t
map_piece(const struct program *pr, const struct map *mp, uint32_t i,
    const struct buf **bf, uint32_t *at)
{
	uint32_t page = pr->pr_pl->pl_pagesize, in_part, len;
	const struct part *pa;

	if (i == mp->mp_total)
		return 0;
	pa = &mp->mp_part[mp->mp_partof[i]];
	*bf = map_byte(mp, i, at);
	len = page - *at % page;
	in_part = pa->pa_len - (i - pa->pa_at);
	return len < in_part ? len : in_part;
}

/*
 * There is no load here of more runs of memory than a map can record: each
 * part makes at most two more than it has whole pages.
 */
_Static_assert(2 * MAXPARTS <= 16, "more runs than a map must record");

void
expect_load(const struct program *pr, const struct map *mp, struct expected *ex)
{
	struct bus_run run = { 0, 0 };
	const struct buf *bf;
	uint32_t i, at, len;
	struct rules ru;
	bus_addr_t bus, last;
	paddr_t pa;

	*ex = (struct expected){ .ex_asis = true };
	rules_of(mp, &ru);
	for (i = 0; (len = map_piece(pr, mp, i, &bf, &at)) != 0; i += len) {
		pa = buf_phys(pr, bf, at);
		if (!bus_of(pr, ru.ru_lim, pa, &bus) ||
		    !bus_of(pr, ru.ru_lim, pa + len - 1, &last))
			ex->ex_efault = true;
		if (run.br_len != 0 && bus != 0 &&
		    run.br_addr + run.br_len == bus) {
			run.br_len += len;
			continue;
		}
		count_run(&ru, run, ex);
		run.br_addr = bus;
		run.br_len = len;
	}
	count_run(&ru, run, ex);
	ex->ex_efbig = ex->ex_nsegs > (unsigned)ru.ru_nsegs;
	ex->ex_must = ex->ex_efault || ex->ex_efbig;
}

void
expect_run(const struct program *pr, const struct map *mp, paddr_t first,
    unsigned *fewest, unsigned *most)
{
	bus_size_t page = pr->pr_pl->pl_pagesize, span, at = 0;
	struct expected ex = { .ex_nsegs = 0 };
	struct rules ru;

	rules_of(mp, &ru);
	/* No segment is longer than this, wherever it stands. */
	span = least(ru.ru_maxsegsz, ru.ru_boundary);
	*fewest = (unsigned)((mp->mp_total + (span - 1)) / span);
	*most = 0;
	/* At the start of a page, or where it is in its own. */
	do {
		for (unsigned i = 0; i < 2; i++) {
			ex.ex_nsegs = 0;
			count_run(&ru,
			    (struct bus_run){ at + (i == 0 ? 0 : first % page),
				mp->mp_total },
			    &ex);
			if (ex.ex_nsegs > *most)
				*most = ex.ex_nsegs;
		}
		at += page;
	} while (at < ru.ru_boundary);
}

/* A segment by itself. */
static bool
legal(const struct rules *ru, const bus_dma_segment_t *seg)
{
	bus_addr_t last = seg->ds_addr + (seg->ds_len - 1);

	return seg->ds_len != 0 && seg->ds_len <= ru->ru_maxsegsz &&
	       last >= seg->ds_addr && seg->ds_addr % ru->ru_align == 0 &&
	       (ru->ru_boundary == 0 ||
		   seg->ds_addr / ru->ru_boundary == last / ru->ru_boundary) &&
	       seg->ds_addr >= ru->ru_lim->dl_low &&
	       (ru->ru_lim->dl_high == 0 || last <= ru->ru_lim->dl_high);
}

/* Each byte is where the windows put it. */
static void
check_places(struct program *pr, const struct map *mp, const struct rules *ru)
{
	const bus_dma_segment_t *seg = mp->mp_map->dm_segs;
	const struct buf *bf;
	bus_size_t used = 0, part;
	uint32_t i, at, len;
	bus_addr_t bus;

	for (i = 0; (len = map_piece(pr, mp, i, &bf, &at)) != 0;
	     i += (uint32_t)part) {
		part = seg->ds_len - used;
		if (part > len)
			part = len;
		if (!bus_of(pr, ru->ru_lim, buf_phys(pr, bf, at), &bus) ||
		    bus != seg->ds_addr + used) {
			fail(pr, "byte %u of the load is not where it must be",
			    i);
			return;
		}
		used += part;
		if (used == seg->ds_len) {
			seg++;
			used = 0;
		}
	}
}

void
check_segments(
    struct program *pr, const struct map *mp, const struct expected *ex)
{
	bus_dmamap_t map = mp->mp_map;
	bus_size_t sum = 0;
	struct rules ru;

	rules_of(mp, &ru);
	for (int i = 0; i < map->dm_nsegs; i++) {
		sum += map->dm_segs[i].ds_len;
		if (!legal(&ru, &map->dm_segs[i]))
			fail(pr, "segment %d: %#llx + %#llx", i,
			    (unsigned long long)map->dm_segs[i].ds_addr,
			    (unsigned long long)map->dm_segs[i].ds_len);
	}
	if (sum != mp->mp_total || map->dm_mapsize != mp->mp_total)
		fail(pr, "the segments' sum is not the load");
	else if (map->dm_nsegs > ru.ru_nsegs ||
		 (ex->ex_asis && (unsigned)map->dm_nsegs != ex->ex_nsegs))
		fail(pr, "%d segments and not %u", map->dm_nsegs, ex->ex_nsegs);
	else if (ex->ex_asis)
		check_places(pr, mp, &ru);
}
