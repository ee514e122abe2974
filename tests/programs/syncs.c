/* SPDX-License-Identifier: BSD-2-Clause */
/* Syncs: bytes that change hands. */
#include "program.h"

#define PREBOTH (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)

static void
sync_map(struct program *pr, struct map *mp, uint32_t at, uint32_t n, int ops)
{
	if (mp->mp_refused)
		return;
	busdma_sim_interrupt(pr->pr_sim, true);
	if (mp->mp_pool != NULL)
		bus_dmapool_sync(
		    mp->mp_pool->po_pool, mp->mp_block, at, n, ops);
	else
		bus_dmamap_sync(mp->mp_tag->ta_tag, mp->mp_map, at, n, ops);
	busdma_sim_interrupt(pr->pr_sim, false);
	slots_sync(pr, mp, at, n, ops);
}

/* The operations of a PRE, of those that the load allows. */
static int
pre_ops(const struct map *mp, unsigned drawn)
{
	if (mp->mp_dir == BUS_DMA_READ)
		return BUS_DMASYNC_PREREAD;
	if (mp->mp_dir == BUS_DMA_WRITE)
		return BUS_DMASYNC_PREWRITE;
	return drawn % 6 == 0   ? BUS_DMASYNC_PREREAD
	       : drawn % 6 == 1 ? BUS_DMASYNC_PREWRITE
				: PREBOTH;
}

/*
 * PREWRITE: not of what a device has to write, as what it wrote there could
 * be written over.  PREREAD: not of what another map has given, nor in a line
 * where another map's device writes; seldom of what it has already.
 * PREWRITE of what was stored: before the device may write beside it.
 */
static bool
may_pre(const struct program *pr, const void *what, uint32_t i)
{
	const struct query *qu = what;
	const struct map *mp = qu->qu_map;
	int ops = pre_ops(mp, qu->qu_draw);
	uint8_t me = (uint8_t)(mp - pr->pr_map + 1), line;
	unsigned mine = (mp->mp_given[i] & GIVEN_READ) != 0;
	const struct buf *bf;
	uint32_t at;

	bf = map_byte(mp, i, &at);
	if ((ops & BUS_DMASYNC_PREWRITE) != 0 && map_clash(mp, i))
		return false;
	if ((ops & BUS_DMASYNC_PREREAD) == 0)
		return bf->bf_owner[at] == 0 &&
		       (mine == 0 || qu->qu_draw / 6 == 0);
	if (bf->bf_owner[at] != 0 && (ops == PREBOTH || qu->qu_draw / 6 != 0))
		return false;
	line = bf->bf_linemap[at / LINE];
	return bf->bf_read[at] == mine && (line == 0 || line == me);
}

void
step_pre(struct program *pr)
{
	struct query qu = { .qu_draw = (unsigned)rnd_below(&pr->pr_rnd, 36) };
	struct map *mp;
	uint32_t at, n;
	int ops;

	n = some_map_run(pr, &qu, may_pre, &at);
	mp = qu.qu_map;
	if (n == 0)
		return;
	ops = pre_ops(mp, qu.qu_draw);
	say(pr, "sync [%u, %u) of map %d:%s%s", at, at + n,
	    (int)(mp - pr->pr_map),
	    (ops & BUS_DMASYNC_PREREAD) != 0 ? " PREREAD" : "",
	    (ops & BUS_DMASYNC_PREWRITE) != 0 ? " PREWRITE" : "");
	sync_map(pr, mp, at, n, ops);
	pr->pr_counts->ct_pre += !mp->mp_refused;
	for (uint32_t k = at; k < at + n; k++) {
		if ((ops & BUS_DMASYNC_PREREAD) != 0) {
			map_take(pr, mp, k, WRITTEN);
			map_give(pr, mp, k, GIVEN_WRITE);
		}
		if ((ops & BUS_DMASYNC_PREWRITE) != 0) {
			map_give(pr, mp, k, GIVEN_READ);
			map_agree(pr, mp, k);
		}
	}
}

/* A range of a load, and what is around it, which must be as it was. */
static void
look_parts(struct program *pr, const struct map *mp, uint32_t at, uint32_t n)
{
	const struct part *pa;

	for (uint32_t k = at; k < at + n; k = pa->pa_at + pa->pa_len) {
		pa = &mp->mp_part[mp->mp_partof[k]];
		cpu_look_around(pr, pa->pa_buf, pa->pa_off + (k - pa->pa_at),
		    pa->pa_off + (at + n - pa->pa_at));
	}
}

/* Take back a range of which all has been given so. */
static void
post(struct program *pr, struct map *mp, uint32_t at, uint32_t n, uint8_t given)
{
	int ops = 0;

	if ((given & GIVEN_WRITE) != 0) {
		ops |= BUS_DMASYNC_POSTREAD;
		given |= WRITTEN;
	}
	if ((given & GIVEN_READ) != 0)
		ops |= BUS_DMASYNC_POSTWRITE;
	sync_map(pr, mp, at, n, ops);
	pr->pr_counts->ct_post += !mp->mp_refused;
	for (uint32_t k = at; k < at + n; k++)
		map_take(pr, mp, k, given);
	look_parts(pr, mp, at, n);
}

/* What a POST takes back, of what the load allows. */
static uint8_t
post_what(const struct map *mp, unsigned drawn)
{
	if (mp->mp_dir == BUS_DMA_READ)
		return GIVEN_WRITE;
	if (mp->mp_dir == BUS_DMA_WRITE)
		return GIVEN_READ;
	return (uint8_t)drawn;
}

static bool
is_given(const struct program *pr, const void *what, uint32_t i)
{
	const struct query *qu = what;
	uint8_t want = post_what(qu->qu_map, qu->qu_draw);

	(void)pr;
	return (qu->qu_map->mp_given[i] & want) == want;
}

void
step_post(struct program *pr)
{
	struct query qu = { .qu_draw = (unsigned)rnd_in(&pr->pr_rnd, 1, 3) };
	uint32_t at, n;
	uint8_t what;

	n = some_map_run(pr, &qu, is_given, &at);
	if (n == 0)
		return;
	what = post_what(qu.qu_map, qu.qu_draw);
	say(pr, "sync [%u, %u) of map %d:%s%s", at, at + n,
	    (int)(qu.qu_map - pr->pr_map),
	    (what & GIVEN_WRITE) != 0 ? " POSTREAD" : "",
	    (what & GIVEN_READ) != 0 ? " POSTWRITE" : "");
	post(pr, qu.qu_map, at, n, what);
}

void
post_all(struct program *pr, struct map *mp)
{
	const uint8_t both = GIVEN_READ | GIVEN_WRITE;
	uint32_t i = 0, from;
	uint8_t given;

	while (i < mp->mp_total && !pr->pr_failed) {
		given = mp->mp_given[i] & both;
		for (from = i;
		     i < mp->mp_total && (mp->mp_given[i] & both) == given; i++)
			continue;
		if (given != 0)
			post(pr, mp, from, i - from, given);
	}
}

static bool
is_awaited(const struct program *pr, const void *what, uint32_t i)
{
	const struct query *qu = what;

	(void)pr;
	return (qu->qu_map->mp_given[i] & (GIVEN_WRITE | WRITTEN)) ==
	       GIVEN_WRITE;
}

/*
 * Live descriptors: what the device has not written yet is taken, looked at,
 * and given again; meanwhile the device may write some of it.
 */
void
step_poll(struct program *pr)
{
	struct query qu;
	uint32_t at, n, from, to;
	struct map *mp;

	n = some_map_run(pr, &qu, is_awaited, &at);
	if (n == 0)
		return;
	mp = qu.qu_map;
	from = at + (uint32_t)rnd_below(&pr->pr_rnd, n);
	to = (uint32_t)rnd_in(&pr->pr_rnd, from, at + n);
	say(pr, "poll [%u, %u) of map %d, write [%u, %u)", at, at + n,
	    (int)(mp - pr->pr_map), from, to);
	sync_map(pr, mp, at, n, BUS_DMASYNC_POSTREAD);
	for (uint32_t k = at; k < at + n; k++)
		map_take(pr, mp, k, GIVEN_WRITE);
	look_parts(pr, mp, at, n);
	for (uint32_t k = at; k < at + n; k++)
		map_give(pr, mp, k, GIVEN_WRITE);
	if (to != from)
		device_write(pr, mp, from, to - from);
	sync_map(pr, mp, at, n, BUS_DMASYNC_PREREAD);
	for (uint32_t k = at; k < at + n; k++)
		map_take(pr, mp, k, WRITTEN);
	pr->pr_counts->ct_polls += !mp->mp_refused;
}

/* Of no byte: only the order of accesses, which does no harm. */
void
step_barrier(struct program *pr)
{
	int ops = 1 << rnd_below(&pr->pr_rnd, 4), i = some_map(pr, LOADED);
	struct map *mp;

	if (i < 0)
		return;
	mp = &pr->pr_map[i];
	say(pr, "sync of nothing, map %d", i);
	sync_map(
	    pr, mp, (uint32_t)rnd_in(&pr->pr_rnd, 0, mp->mp_total), 0, ops);
}
