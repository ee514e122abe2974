/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bounce layer has done.
 *
 * Counted in the maps, by who has them in hand, so that two CPUs that load
 * different maps share no line for it; gathered when asked, and added to the
 * tag when a map is destroyed.
 */
#include <busdma/string.h>

#include "bounce.h"

/* The two words of a count, of which the upper is 0 where one is enough. */
static uint64_t
words(const uintptr_t *w)
{
	const uintptr_t low = __atomic_load_n(&w[0], __ATOMIC_RELAXED);
	const uintptr_t high = __atomic_load_n(&w[1], __ATOMIC_RELAXED);

	return low | (uint64_t)high << (8 * sizeof(low) & 63);
}

void
busdma_bounce_copied(struct bounce_area *ba, const struct busdma_platform *pl,
    size_t n, enum bounce_way way)
{
	uintptr_t *w = ba->ba_count.co_other[way];

	if (BOUNCE_ADDS) {
		if (__atomic_add_fetch(&w[0], n, __ATOMIC_RELAXED) < n)
			(void)__atomic_add_fetch(&w[1], 1, __ATOMIC_RELAXED);
		return;
	}
	pl->pl_lock(pl, &ba->ba_lock);
	w[0] += n;
	w[1] += w[0] < n;
	pl->pl_unlock(pl, &ba->ba_lock);
}

void
busdma_bounce_counted(struct bounce_area *ba, bool undo)
{
	const uint64_t one = undo ? ~(uint64_t)0 : 1;
	struct bounce_count *co = &ba->ba_count;
	const struct bounce_rec *re;
	uint64_t runs = 0;
	unsigned i;

	for (i = 0; i < ba->ba_nrecs; i++) {
		re = &ba->ba_recs[i];
		co->co_bytes[re->re_why] += undo ? -re->re_len : re->re_len;
		if (i != 0 && ba->ba_joined)
			continue;
		co->co_runs[re->re_why] += one;
		runs++;
	}
	if (runs != 0)
		co->co_more += undo ? 1 - runs : runs - 1;
}

/* What one map has done, or all those that are gone, on top of others. */
static void
count_add(const struct bounce_tag *bt, struct bounce_count *to,
    const struct bounce_count *co)
{
	/* In one step goes what is for all memory, or for that out of reach. */
	const unsigned step =
	    (bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0
		? BUS_DMA_BOUNCED_FORCED
		: BUS_DMA_BOUNCED_REACH;
	unsigned i;

	to->co_runs[step] += co->co_steps;
	to->co_bytes[step] += co->co_stepbytes;
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		to->co_runs[i] += co->co_runs[i];
		to->co_bytes[i] += co->co_bytes[i];
	}
	to->co_more += co->co_more;
	to->co_short += co->co_short;
	to->co_whole += co->co_whole;
	to->co_pages += co->co_pages;
	for (i = 0; i < BOUNCE_NWAYS; i++)
		to->co_first[i] += co->co_first[i] + words(co->co_other[i]);
}

void
busdma_bounce_enter(struct bounce_tag *bt, struct bounce_area *ba)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;

	pl->pl_lock(pl, &bt->bt_slots->sl_lock);
	ba->ba_tag = bt;
	ba->ba_next = bt->bt_slots->sl_areas;
	ba->ba_prevp = &bt->bt_slots->sl_areas;
	if (ba->ba_next != NULL)
		ba->ba_next->ba_prevp = &ba->ba_next;
	bt->bt_slots->sl_areas = ba;
	pl->pl_unlock(pl, &bt->bt_slots->sl_lock);
}

void
busdma_bounce_leave(struct bounce_tag *bt, struct bounce_area *ba)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;

	busdma_slots_unpark(bt, ba);
	pl->pl_lock(pl, &bt->bt_slots->sl_lock);
	*ba->ba_prevp = ba->ba_next;
	if (ba->ba_next != NULL)
		ba->ba_next->ba_prevp = ba->ba_prevp;
	count_add(bt, &bt->bt_gone, &ba->ba_count);
	pl->pl_unlock(pl, &bt->bt_slots->sl_lock);
}

static void
pool_stats(const struct bounce_tag *bt, struct bus_dma_bounce_stats *bs)
{
	const struct slots *sl = bt->bt_slots;
	const struct bounce_area *ba;
	const struct slot_chunk *ch;
	size_t kept = 0, parked = 0;

	for (ba = sl->sl_areas; ba != NULL; ba = ba->ba_next)
		if (__atomic_load_n(&ba->ba_parked, __ATOMIC_ACQUIRE) != 0)
			parked += ba->ba_run.sr_count;
	for (ch = sl->sl_chunks; ch != NULL; ch = ch->ch_next)
		kept += ch->ch_kept;
	bs->bs_pool = (bus_size_t)sl->sl_pages << bt->bt_shift;
	bs->bs_most = (bus_size_t)sl->sl_most << bt->bt_shift;
	bs->bs_used = (bus_size_t)(sl->sl_pages - sl->sl_free) << bt->bt_shift;
	bs->bs_high = (bus_size_t)sl->sl_high << bt->bt_shift;
	bs->bs_kept = (bus_size_t)kept << bt->bt_shift;
	bs->bs_parked = (bus_size_t)parked << bt->bt_shift;
}

static void
layer_stats(struct bounce_tag *bt, struct bus_dma_bounce_stats *bs)
{
	const struct busdma_platform *pl = bt->bt_tag.dt_pl;
	const struct bounce_area *ba;
	struct bounce_count co;
	unsigned i;

	memset(&co, 0, sizeof(co));
	pl->pl_lock(pl, &bt->bt_slots->sl_lock);
	count_add(bt, &co, &bt->bt_gone);
	for (ba = bt->bt_slots->sl_areas; ba != NULL; ba = ba->ba_next)
		if (ba->ba_tag == bt)
			count_add(bt, &co, &ba->ba_count);
	pool_stats(bt, bs);
	pl->pl_unlock(pl, &bt->bt_slots->sl_lock);

	bs->bs_loads = -co.co_more;
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		bs->bs_runs[i] = co.co_runs[i];
		bs->bs_bytes[i] = co.co_bytes[i];
		bs->bs_loads += co.co_runs[i];
	}
	bs->bs_filled = co.co_whole + co.co_pages;
	bs->bs_in = co.co_first[BOUNCE_IN] + co.co_pages;
	bs->bs_out = co.co_first[BOUNCE_OUT];
	bs->bs_short = co.co_short;
}

int
bus_dma_bounce_stats(bus_dma_tag_t t, struct bus_dma_bounce_stats *bs)
{
	unsigned i, n = t != NULL ? t->dt_nlayers : 0;

	if (bs == NULL)
		return EINVAL;
	memset(bs, 0, sizeof(*bs));
	for (i = 0; i < n; i++) {
		/* Its own figures, and so no other layer's. */
		if (t->dt_layers[i]->dt_ops->bo_figures ==
		    busdma_bounce_figures) {
			layer_stats(bounce_of(t->dt_layers[i]), bs);
			return 0;
		}
	}
	return EINVAL;
}

const char *
bus_dma_bounced_text(enum bus_dma_bounced why)
{
	switch (why) {
	case BUS_DMA_BOUNCED_REACH:
		return "out of reach";
	case BUS_DMA_BOUNCED_ALIGNMENT:
		return "not aligned";
	case BUS_DMA_BOUNCED_LINE:
		return "in a shared cache line";
	case BUS_DMA_BOUNCED_SEGMENTS:
		return "in too many segments";
	case BUS_DMA_BOUNCED_SLOTS:
		return "short of slots for its pieces";
	case BUS_DMA_BOUNCED_FORCED:
		return "forced";
	case BUS_DMA_BOUNCED_PIECES:
		return "in too many pieces to record";
	case BUS_DMA_NBOUNCED:
		break;
	}
	return "unknown reason";
}

static struct busdma_figure *
figure(struct busdma_figure *fg, const char *name, uint64_t value)
{
	fg->fg_name = name;
	fg->fg_value = value;
	fg->fg_bytes = 0;
	return fg + 1;
}

unsigned
busdma_bounce_figures(bus_dma_tag_t t, struct busdma_figure *first)
{
	struct busdma_figure *fg = first;
	struct bus_dma_bounce_stats bs;
	unsigned i;

	layer_stats(bounce_of(t), &bs);
	fg = figure(fg, "loads", bs.bs_loads);
	fg = figure(fg, "bytes in", bs.bs_in);
	fg = figure(fg, "of these filled", bs.bs_filled);
	fg = figure(fg, "bytes out", bs.bs_out);
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		if (bs.bs_runs[i] == 0)
			continue;
		fg = figure(fg, NULL, 0);
		fg = figure(fg, bus_dma_bounced_text((enum bus_dma_bounced)i),
		    bs.bs_runs[i]);
		fg[-1].fg_bytes = bs.bs_bytes[i];
	}
	fg = figure(fg, NULL, 0);
	fg = figure(fg, "pool", bs.bs_pool);
	fg = figure(fg, "used", bs.bs_used);
	fg = figure(fg, "parked", bs.bs_parked);
	fg = figure(fg, "kept", bs.bs_kept);
	fg = figure(fg, "at most", bs.bs_high);
	fg = figure(fg, "cap", bs.bs_most);
	fg = figure(fg, "short", bs.bs_short);
	return (unsigned)(fg - first);
}
