/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on tags, and what the model knows of them. */
#include <string.h>

#include "calls.h"

bool
tag_within(const struct tag *tg, const struct tag *of)
{
	while (tg != NULL && tg != of)
		tg = tg->ta_parent;
	return tg == of;
}

bool
tag_reaches(
    const struct fuzz *fz, const struct tag *tg, paddr_t pa, bus_addr_t *bus)
{
	return machine_bus(&fz->fz_machine, pa, bus) &&
	       *bus >= tg->ta_lim.dl_low && *bus <= tg->ta_lim.dl_high;
}

bool
legal_run(
    const struct tag *tg, bus_size_t boundary, bus_addr_t first, bus_size_t len)
{
	const struct bus_dma_limits *lim = &tg->ta_lim;
	bus_addr_t last = first + (len - 1);

	if (len == 0 || last < first || first < lim->dl_low ||
	    last > lim->dl_high)
		return false;
	if (first % lim->dl_alignment != 0)
		return false;
	if (lim->dl_boundary != 0 &&
	    first / lim->dl_boundary != last / lim->dl_boundary)
		return false;
	return boundary == 0 || first / boundary == last / boundary;
}

void
tag_losing(struct fuzz *fz, struct tag *tg)
{
	for (; tg != NULL && tg->ta_refs == 1; tg = tg->ta_parent)
		for (unsigned i = 0; i < NMEMS; i++)
			if (fz->fz_mem[i].me_tag == tg)
				mem_drop(fz, &fz->fz_mem[i]);
}

void
tag_lost(struct tag *tg)
{
	for (; tg != NULL && --tg->ta_refs == 0; tg = tg->ta_parent)
		tg->ta_tag = NULL;
}

static struct tag *
free_tag(struct fuzz *fz)
{
	for (unsigned i = 1; i < NTAGS; i++)
		if (fz->fz_tag[i].ta_tag == NULL)
			return &fz->fz_tag[i];
	return NULL;
}

/* A tag was made from `of', or an error returned. */
static void
made(struct fuzz *fz, struct tag *tg, struct tag *of, bus_dma_tag_t t,
    const struct bus_dma_limits *lim, int error)
{
	if (error != 0) {
		CHECK(fz, error == EINVAL || (error == ENOMEM && fz->fz_armed));
		CHECK(fz, t == NULL);
		return;
	}
	CHECK(fz, of->ta_tag != NULL && !of->ta_dying);
	memset(tg, 0, sizeof(*tg));
	tg->ta_tag = t;
	tg->ta_refs = 1;
	tg->ta_parent = of;
	tg->ta_lim = *lim;
	of->ta_refs++;
}

static bus_addr_t
some_addr(struct fuzz *fz)
{
	static const bus_addr_t list[] = { 0, 1, 0x1000, 0x100000, 0x200000,
		0x201000, 0x2017ff, 0x400000, 0x901fff, 0x40000000, 0x401fffff,
		0x7fff0000, 0x80000000, 0x80100000, 0x80400000, 0x80401000,
		0xffffffff, 0x100000000, TOP - 1, TOP };

	return PICK(fz, list);
}

void
op_subregion(struct fuzz *fz)
{
	struct tag *of = some_tag(fz), *tg = free_tag(fz);
	struct bus_dma_limits lim = of->ta_lim;
	bus_addr_t low = some_addr(fz), high = some_addr(fz);
	bus_dma_tag_t t = NULL;
	int error;

	if (tg == NULL)
		return;
	call_begin(fz, "bus_dmatag_subregion");
	if (of->ta_dying)
		MAYBE(fz, TAGDEAD);
	error = bus_dmatag_subregion(of->ta_tag, low, high, &t, 0);
	call_end(fz);
	CHECK(fz, error != 0 || low <= high);
	if (lim.dl_low < low)
		lim.dl_low = low;
	if (lim.dl_high > high)
		lim.dl_high = high;
	CHECK(fz, error != 0 || lim.dl_low <= lim.dl_high);
	made(fz, tg, of, t, &lim, error);
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

void
op_restrict(struct fuzz *fz)
{
	static const bus_size_t aligns[] = { 0, 0, 0, 0, 1, 2, 4, 64, 512, 4096,
		3 };
	static const bus_size_t bounds[] = { 0, 0, 0, 0, 1, 16, 256, 4096,
		65536, 48 };
	static const bus_size_t sizes[] = { 0, 0, 0, 0, 1, 13, 512, 1000, 4096,
		65536 };
	static const bus_size_t caps[] = { 0, 0, 1, 4096, 20000, 65536 };
	static const int nsegs[] = { 0, 1, 3, 17, -1 };
	struct tag *of = some_tag(fz), *tg = free_tag(fz);
	struct bus_dma_limits lim = of->ta_lim, ask = { 0 };
	bus_dma_tag_t t = NULL;
	int error;

	if (tg == NULL)
		return;
	ask.dl_low = rnd_one_in(&fz->fz_rnd, 4) ? some_addr(fz) : 0;
	ask.dl_high = rnd_one_in(&fz->fz_rnd, 4) ? some_addr(fz) : 0;
	ask.dl_alignment = PICK(fz, aligns);
	ask.dl_boundary = PICK(fz, bounds);
	ask.dl_maxsegsz = PICK(fz, sizes);
	ask.dl_memory = PICK(fz, caps);
	ask.dl_nsegments = PICK(fz, nsegs);
	call_begin(fz, "bus_dmatag_restrict");
	if (of->ta_dying)
		MAYBE(fz, TAGDEAD);
	error = bus_dmatag_restrict(of->ta_tag, &ask, &t, 0);
	call_end(fz);
	if (error == 0) {
		CHECK(fz, ask.dl_alignment != 3 && ask.dl_boundary != 48);
		CHECK(fz, ask.dl_nsegments >= 0);
	}
	if (lim.dl_low < ask.dl_low)
		lim.dl_low = ask.dl_low;
	lim.dl_high =
	    ask.dl_high != 0 ? least(lim.dl_high, ask.dl_high) : lim.dl_high;
	if (lim.dl_alignment < ask.dl_alignment)
		lim.dl_alignment = ask.dl_alignment;
	lim.dl_boundary = least(lim.dl_boundary, ask.dl_boundary);
	lim.dl_maxsegsz = least(lim.dl_maxsegsz, ask.dl_maxsegsz);
	lim.dl_memory = ask.dl_memory;
	lim.dl_nsegments = (int)least((bus_size_t)lim.dl_nsegments,
	    ask.dl_nsegments > 0 ? (bus_size_t)ask.dl_nsegments : 0);
	made(fz, tg, of, t, &lim, error);
}

void
op_tag_destroy(struct fuzz *fz)
{
	struct tag *tg = &fz->fz_tag[rnd_below(&fz->fz_rnd, NTAGS)];

	/* The root's children would have little to do. */
	if (tg == &fz->fz_tag[0] && !rnd_one_in(&fz->fz_rnd, 8))
		return;
	if (tg->ta_tag != NULL && !tg->ta_dying)
		tag_losing(fz, tg);
	call_begin(fz, "bus_dmatag_destroy");
	if (tg->ta_tag != NULL && tg->ta_dying)
		WANT(fz, TAGDEAD);
	else if (tg->ta_refs > 1)
		WANT(fz, TAGBUSY);
	bus_dmatag_destroy(tg->ta_tag);
	call_end(fz);
	if (tg->ta_tag != NULL && !tg->ta_dying) {
		tg->ta_dying = true;
		tag_lost(tg);
	}
}

static void
put(void *arg, const char *line)
{
	unsigned *lines = arg;

	*lines += strlen(line) < 160;
}

void
op_stats(struct fuzz *fz)
{
	struct tag *tg = some_tag(fz);
	unsigned maps = 0, loaded = 0, lines = 0, pools = 0;
	struct bus_dma_mapinfo mi[3];
	struct bus_dma_stats ds;
	bus_size_t bytes = 0;

	for (unsigned i = 0; i < NMAPS; i++) {
		const struct map *mp = &fz->fz_map[i];

		if (mp->mp_map != NULL && mp->mp_tag == tg) {
			maps++;
			loaded += mp->mp_loaded != 0;
			bytes += mp->mp_loaded;
		}
	}
	for (unsigned i = 0; i < NPOOLS; i++)
		pools += fz->fz_pool[i].po_pool != NULL &&
			 fz->fz_pool[i].po_tag == tg;
	call_begin(fz, "bus_dma_stats");
	bus_dma_stats(tg->ta_tag, &ds);
	CHECK(fz, bus_dma_maps(tg->ta_tag, 1, mi, 3) == ds.ds_maps);
	bus_dma_stats_dump(tg->ta_tag, put, &lines);
	call_end(fz);
	/* Pools have maps of their own. */
	if (pools == 0) {
		CHECK(fz, ds.ds_maps == maps && ds.ds_loaded == loaded);
		CHECK(fz, ds.ds_mapped == bytes);
	}
	CHECK(fz, ds.ds_maps >= maps && ds.ds_mapped >= bytes);
	CHECK(fz, tg->ta_tag == NULL || lines >= 3 + ds.ds_maps);
}
