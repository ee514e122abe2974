/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps: made, unloaded, destroyed. */
#include <stdlib.h>
#include <string.h>

#include "program.h"

static const char *const labels[NMAPS] = { "map 0", "map 1", "map 2", "map 3",
	"map 4", "map 5", "map 6", "map 7" };

/* What there is for each byte of a load. */
bool
map_arrays(struct program *pr, struct map *mp, uint32_t n)
{
	mp->mp_partof = calloc(2, n);
	if (mp->mp_partof == NULL) {
		fail(pr, "no memory for the model");
		return false;
	}
	mp->mp_given = mp->mp_partof + n;
	mp->mp_same = calloc(n, sizeof(*mp->mp_same));
	mp->mp_writes = calloc((n + LINE - 1) / LINE, sizeof(*mp->mp_writes));
	if (mp->mp_same == NULL || mp->mp_writes == NULL) {
		fail(pr, "no memory for the model");
		return false;
	}
	mp->mp_total = n;
	/* With OVERWRITE nobody knows what the device sees. */
	for (uint32_t i = 0; i < n && !mp->mp_overwrite; i++)
		map_agree(pr, mp, i);
	for (unsigned i = 0; i < mp->mp_nparts; i++)
		if (mp->mp_part[i].pa_len != 0)
			memset(mp->mp_partof + mp->mp_part[i].pa_at, (int)i,
			    mp->mp_part[i].pa_len);
	return true;
}

void
map_no_arrays(struct map *mp)
{
	free(mp->mp_partof);
	free(mp->mp_same);
	free(mp->mp_writes);
	free(mp->mp_how);
	mp->mp_partof = mp->mp_given = mp->mp_how = NULL;
	mp->mp_same = mp->mp_writes = NULL;
	mp->mp_pages = mp->mp_runs = 0;
	mp->mp_total = 0;
	mp->mp_loaded = mp->mp_refused = false;
}

static void
draw_map(struct program *pr, struct map *mp)
{
	struct rnd *r = &pr->pr_rnd;

	memset(mp, 0, sizeof(*mp));
	mp->mp_tag = some_tag(pr);
	mp->mp_size = (uint32_t)rnd_in(r, 1, rnd_one_in(r, 3) ? MAXBUF : 8192);
	mp->mp_nsegs = rnd_one_in(r, 4) ? (int)rnd_in(r, 1, 8) : MAXSEGS;
	mp->mp_maxsegsz =
	    rnd_one_in(r, 2) ? mp->mp_size : rnd_in(r, 256, 2 * MAXBLOCK * 8);
	mp->mp_boundary =
	    rnd_one_in(r, 2) ? 0 : (bus_size_t)512 << rnd_below(r, 9);
}

void
step_map(struct program *pr)
{
	static const int flags[] = { 0, BUS_DMA_ALLOCNOW, BUS_DMA_NOWAIT,
		BUS_DMA_COHERENT | BUS_DMA_STREAMING };
	int flag = flags[rnd_below(&pr->pr_rnd, NITEMS(flags))];
	int i = some_map(pr, FREE), error;
	struct map *mp;

	if (i < 0)
		return;
	mp = &pr->pr_map[i];
	draw_map(pr, mp);
	say(pr,
	    "make map %d of tag %d: %u bytes, %d segments of %u, boundary %#x",
	    i, (int)(mp->mp_tag - pr->pr_tag), mp->mp_size, mp->mp_nsegs,
	    (unsigned)mp->mp_maxsegsz, (unsigned)mp->mp_boundary);
	error = slots_create(pr, mp, flag);
	if (error == 0)
		error =
		    bus_dmamap_label(mp->mp_tag->ta_tag, mp->mp_map, labels[i]);
	if (error != 0) {
		fail(pr, "bus_dmamap_create: %d", error);
		mp->mp_tag = NULL;
		return;
	}
	mp->mp_tag->ta_refs++;
}

/*
 * Nothing is given any more.  What the device may have written, unseen, gets
 * new bytes of the CPU's.
 */
static void
abandon(struct program *pr, struct map *mp)
{
	const uint8_t all = GIVEN_READ | GIVEN_WRITE | WRITTEN;
	uint32_t i = 0, from, at;
	struct buf *bf;

	while (i < mp->mp_total) {
		if ((mp->mp_given[i] & GIVEN_WRITE) == 0) {
			map_take(pr, mp, i++, all);
			continue;
		}
		bf = map_byte(mp, i, &at);
		for (from = i; i < mp->mp_total &&
			       mp->mp_partof[i] == mp->mp_partof[from] &&
			       (mp->mp_given[i] & GIVEN_WRITE) != 0;
		     i++)
			map_take(pr, mp, i, all);
		buf_bytes(pr, bf, at, i - from);
		cpu_store(pr, bf, at, i - from, 0);
	}
}

/* The load is over; `gone': with the map. */
static void
unload(struct program *pr, struct map *mp, bool dropped, bool gone)
{
	bus_dma_tag_t t = mp->mp_tag->ta_tag;
	bus_size_t before = mp->mp_map->_dm_maxmaxsegsz;
	const struct part *pa = mp->mp_part, *end = pa + mp->mp_nparts;

	if (!dropped)
		post_all(pr, mp);
	if (gone) {
		bus_dmamap_destroy(t, mp->mp_map);
	} else if (!mp->mp_refused) {
		busdma_sim_interrupt(pr->pr_sim, true);
		bus_dmamap_unload(t, mp->mp_map);
		busdma_sim_interrupt(pr->pr_sim, false);
		if (mp->mp_map->dm_mapsize != 0 || mp->mp_map->dm_nsegs != 0 ||
		    mp->mp_map->dm_maxsegsz != before)
			fail(pr, "what unload left");
	}
	abandon(pr, mp);
	for (; pa != end; pa++) {
		pa->pa_buf->bf_refs--;
		cpu_look_around(
		    pr, pa->pa_buf, pa->pa_off, pa->pa_off + pa->pa_len);
	}
	map_no_arrays(mp);
}

void
step_unload(struct program *pr)
{
	bool dropped = rnd_one_in(&pr->pr_rnd, 10);
	int i = some_map(pr, LOADED);

	if (i < 0)
		return;
	say(pr, "unload map %d%s", i, dropped ? ", without a sync" : "");
	unload(pr, &pr->pr_map[i], dropped, false);
}

void
map_destroy(struct program *pr, struct map *mp)
{
	struct tag *ta = mp->mp_tag;

	if (mp->mp_loaded)
		unload(pr, mp, false, true);
	else
		bus_dmamap_destroy(ta->ta_tag, mp->mp_map);
	mp->mp_tag = NULL;
	ta->ta_refs--;
}

void
step_map_destroy(struct program *pr)
{
	bool loaded = rnd_one_in(&pr->pr_rnd, 3);
	int i = some_map(pr, loaded ? LOADED : UNLOADED);

	if (i < 0)
		return;
	say(pr, "destroy map %d%s", i,
	    pr->pr_map[i].mp_loaded ? ", which is loaded" : "");
	map_destroy(pr, &pr->pr_map[i]);
}
