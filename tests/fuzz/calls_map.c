/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on maps: all but loads. */
#include <string.h>

#include "calls.h"

bus_size_t
some_size(struct fuzz *fz)
{
	static const bus_size_t list[] = { 0, 1, 16, 100, 512, 4095, 4096, 4097,
		8192, 10000, 16384, 24576, 65536, TOP };

	return PICK(fz, list);
}

static int
map_create(struct fuzz *fz, struct map *mp, struct tag *tg, int flags)
{
	bus_dmamap_t map = NULL;
	int error;

	error = bus_dmamap_create(tg->ta_tag, mp->mp_size, mp->mp_nsegs,
	    mp->mp_maxsegsz, mp->mp_boundary, flags, &map);
	call_end(fz);
	CHECK(fz, (error == 0) == (map != NULL));
	if (error != 0)
		return error;
	if (tg->ta_lim.dl_maxsegsz != 0 &&
	    mp->mp_maxsegsz > tg->ta_lim.dl_maxsegsz)
		mp->mp_maxsegsz = tg->ta_lim.dl_maxsegsz;
	if (tg->ta_lim.dl_nsegments != 0 &&
	    mp->mp_nsegs > tg->ta_lim.dl_nsegments)
		mp->mp_nsegs = tg->ta_lim.dl_nsegments;
	CHECK(fz, map->dm_mapsize == 0 && map->dm_nsegs == 0);
	CHECK(fz, map->dm_maxsegsz == mp->mp_maxsegsz);
	mp->mp_map = map;
	mp->mp_tag = tg;
	tg->ta_refs++;
	return 0;
}

static bool
map_used(const struct fuzz *fz, unsigned i)
{
	return fz->fz_map[i].mp_map != NULL;
}

void
op_create(struct fuzz *fz)
{
	static const int nsegs[] = { 64, 64, 64, 17, 4, 1, 3000, 0, -1 };
	static const bus_size_t bounds[] = { 0, 0, 0x1000, 0x10000, 64, 1,
		(bus_size_t)1 << 63, 12 };
	struct tag *tg = some_tag(fz);
	struct map *mp = &fz->fz_map[some_slot(fz, NMAPS, map_used, false)];
	int flags, error;
	bool legal;

	if (mp->mp_map != NULL)
		return;
	memset(mp, 0, sizeof(*mp));
	mp->mp_size = rnd_one_in(&fz->fz_rnd, 2) ? 65536 : some_size(fz);
	mp->mp_nsegs = PICK(fz, nsegs);
	mp->mp_maxsegsz = rnd_one_in(&fz->fz_rnd, 2) ? TOP : some_size(fz);
	mp->mp_boundary = PICK(fz, bounds);
	flags = rnd_one_in(&fz->fz_rnd, 4) ? BUS_DMA_ALLOCNOW : BUS_DMA_NOWAIT;
	legal = tg->ta_tag != NULL && mp->mp_size != 0 && mp->mp_nsegs > 0 &&
		mp->mp_maxsegsz != 0 && mp->mp_boundary != 12;
	call_begin(fz, "bus_dmamap_create");
	if (legal && tg->ta_dying && mp->mp_size == TOP)
		MAYBE(fz, TAGDEAD);
	else if (legal && tg->ta_dying)
		WANT(fz, TAGDEAD);
	error = map_create(fz, mp, tg, flags);
	if (!legal || tg->ta_dying)
		CHECK(fz, error == EINVAL || (error == ENOMEM && fz->fz_armed));
	else if (mp->mp_size != TOP)
		CHECK(fz, error == 0 || (error == ENOMEM && fz->fz_armed));
	else /* Records for so many pages there are not. */
		CHECK(fz, error == 0 || error == EINVAL || error == ENOMEM);
}

/* A map that is handed in with tag `t'; true: it is that tag's. */
static bool
own(struct fuzz *fz, const struct map *mp, bus_dma_tag_t t)
{
	if (mp->mp_map != NULL && mp->mp_tag->ta_tag == t)
		return true;
	if (mp->mp_map != NULL || t != NULL)
		WANT(fz, FOREIGN);
	return false;
}

static void
unloaded(struct fuzz *fz, struct map *mp)
{
	CHECK(fz, mp->mp_map->dm_mapsize == 0 && mp->mp_map->dm_nsegs == 0);
	CHECK(fz, mp->mp_map->dm_maxsegsz == mp->mp_maxsegsz);
	mp->mp_loaded = 0;
	mp->mp_empty = false;
}

/* As a driver that does everything right. */
void
map_unload(struct fuzz *fz, struct map *mp)
{
	bus_dmamap_unload(mp->mp_tag->ta_tag, mp->mp_map);
	unloaded(fz, mp);
}

void
op_unload(struct fuzz *fz)
{
	struct map *mp = some_map(fz);
	bus_dma_tag_t t = mostly(fz, mp->mp_map != NULL ? mp->mp_tag : NULL);
	struct bus_dma_why why;
	bool mine;

	call_begin(fz, "bus_dmamap_unload");
	mine = own(fz, mp, t);
	if (mine && mp->mp_loaded == 0 && !mp->mp_empty)
		WANT(fz, NOTLOADED);
	bus_dmamap_unload(t, mp->mp_map);
	call_end(fz);
	if (mine) {
		unloaded(fz, mp);
		CHECK(fz, !bus_dmamap_why(t, mp->mp_map, &why));
	} else if (mp->mp_map != NULL) {
		CHECK(fz, mp->mp_map->dm_mapsize == mp->mp_loaded);
	}
}

void
op_destroy(struct fuzz *fz)
{
	struct map *mp = some_map(fz);
	bus_dma_tag_t t = mostly(fz, mp->mp_map != NULL ? mp->mp_tag : NULL);
	bool mine;

	if (mp->mp_map != NULL && mp->mp_tag->ta_tag == t)
		tag_losing(fz, mp->mp_tag);
	call_begin(fz, "bus_dmamap_destroy");
	mine = own(fz, mp, t);
	bus_dmamap_destroy(t, mp->mp_map);
	call_end(fz);
	if (mine) {
		mp->mp_map = NULL;
		tag_lost(mp->mp_tag);
	}
}

void
op_label(struct fuzz *fz)
{
	static const char *const labels[] = { "rx", "tx", "status", NULL, "a",
		"b", "c", "d", "e", "f", "g", "h" };
	struct map *mp = some_map(fz);
	bus_dma_tag_t t = mostly(fz, mp->mp_map != NULL ? mp->mp_tag : NULL);
	const char *label = PICK(fz, labels);
	bool mine;
	int error;

	call_begin(fz, "bus_dmamap_label");
	mine = own(fz, mp, t);
	error = bus_dmamap_label(t, mp->mp_map, label);
	call_end(fz);
	if (!mine)
		CHECK(fz, error == EINVAL);
	else
		CHECK(fz, error == 0 || (error == ENOMEM && fz->fz_armed));
	if (error == 0)
		CHECK(fz, busdma_map_label(mp->mp_map) == label);
}

int
some_ops(struct fuzz *fz)
{
	static const int list[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE,
		BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE,
		BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE,
		BUS_DMASYNC_POSTREAD | BUS_DMASYNC_PREREAD, 15, 0, 16, -1 };

	return PICK(fz, list);
}

void
sync_reports(struct fuzz *fz, bus_size_t size, bus_size_t offset,
    bus_size_t len, int ops)
{
	if (ops <= 0 || ops > 15)
		WANT(fz, SYNCOPS);
	if (offset > size || len > size - offset)
		WANT(fz, SYNCRANGE);
	if ((ops & (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)) != 0 &&
	    (ops & (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)) != 0)
		WANT(fz, SYNCMIX);
}

void
op_sync(struct fuzz *fz)
{
	struct map *mp = some_map(fz);
	bus_dma_tag_t t = mostly(fz, mp->mp_map != NULL ? mp->mp_tag : NULL);
	bus_size_t offset = 0, len = mp->mp_loaded;
	int ops = some_ops(fz);

	if (rnd_one_in(&fz->fz_rnd, 3)) {
		offset = some_size(fz);
		len = some_size(fz);
	}
	call_begin(fz, "bus_dmamap_sync");
	if (own(fz, mp, t))
		sync_reports(fz, mp->mp_loaded, offset, len, ops);
	bus_dmamap_sync(t, mp->mp_map, offset, len, ops);
	call_end(fz);
	if (mp->mp_map != NULL)
		CHECK(fz, mp->mp_map->dm_mapsize == mp->mp_loaded);
}

bool
map_holds(const struct fuzz *fz, const struct map *mp, const struct mem *me)
{
	const bus_dma_segment_t *s, *m;
	bus_addr_t first;

	if (mp->mp_map == NULL || mp->mp_loaded == 0)
		return false;
	for (int i = 0; i < mp->mp_map->dm_nsegs; i++)
		for (int j = 0; j < me->me_nsegs; j++) {
			s = &mp->mp_map->dm_segs[i];
			m = &me->me_segs[j];
			/* Runs of pages: all in one window. */
			if (machine_bus(&fz->fz_machine, m->ds_addr, &first) &&
			    s->ds_addr <= first + (m->ds_len - 1) &&
			    first <= s->ds_addr + (s->ds_len - 1))
				return true;
		}
	return false;
}
