/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on DMA memory. */
#include <string.h>

#include "calls.h"

static bool
mem_used(const struct fuzz *fz, unsigned i)
{
	return fz->fz_mem[i].me_tag != NULL;
}

static struct mem *
some_mem(struct fuzz *fz)
{
	return &fz->fz_mem[some_slot(fz, NMEMS, mem_used, true)];
}

static bool
overlap(const bus_dma_segment_t *a, const bus_dma_segment_t *b)
{
	return a->ds_addr <= b->ds_addr + (b->ds_len - 1) &&
	       b->ds_addr <= a->ds_addr + (a->ds_len - 1);
}

/* Nobody else has it, and each cap is kept. */
static void
check_shares(struct fuzz *fz, const struct mem *me)
{
	const struct tag *tg;
	bus_size_t sum;

	for (unsigned i = 0; i < NMEMS; i++) {
		const struct mem *other = &fz->fz_mem[i];

		if (other == me || other->me_tag == NULL)
			continue;
		for (int j = 0; j < other->me_nsegs; j++)
			for (int k = 0; k < me->me_nsegs; k++)
				CHECK(fz, !overlap(&other->me_segs[j],
					      &me->me_segs[k]));
	}
	for (tg = me->me_tag; tg != NULL; tg = tg->ta_parent) {
		sum = 0;
		for (unsigned i = 0; i < NMEMS; i++)
			if (fz->fz_mem[i].me_tag != NULL &&
			    tag_within(fz->fz_mem[i].me_tag, tg))
				sum += fz->fz_mem[i].me_size;
		CHECK(fz,
		    tg->ta_lim.dl_memory == 0 || sum <= tg->ta_lim.dl_memory);
	}
}

/* What was asked for, and the tag's limits. */
static void
check_mem(struct fuzz *fz, const struct mem *me, bus_size_t size,
    bus_size_t align, bus_size_t boundary)
{
	bus_size_t page = fz->fz_machine.ma_pl->pl_pagesize, sum = 0;
	const struct bus_dma_limits *lim = &me->me_tag->ta_lim;
	const bus_dma_segment_t *s = me->me_segs;
	bus_addr_t first, last;

	for (int i = 0; i < me->me_nsegs; i++, s++) {
		CHECK(fz, s->ds_len != 0 && s->ds_len % page == 0);
		CHECK(fz, s->ds_addr % page == 0);
		CHECK(fz, tag_reaches(fz, me->me_tag, s->ds_addr, &first));
		CHECK(fz, tag_reaches(fz, me->me_tag,
			      s->ds_addr + (s->ds_len - 1), &last));
		CHECK(fz, last - first == s->ds_len - 1);
		sum += s->ds_len;
		if (!fz->fz_machine.ma_fixed)
			continue;
		CHECK(fz, align == 0 || first % align == 0);
		CHECK(fz, first % lim->dl_alignment == 0);
		CHECK(
		    fz, boundary < page || first / boundary == last / boundary);
		CHECK(fz,
		    lim->dl_boundary < page ||
			first / lim->dl_boundary == last / lim->dl_boundary);
	}
	CHECK(fz, sum == (size + (page - 1)) / page * page);
	CHECK(fz, sum == me->me_size);
	check_shares(fz, me);
}

void
op_mem_alloc(struct fuzz *fz)
{
	static const bus_size_t aligns[] = { 0, 0, 1, 4096, 8192, 65536, 24 };
	static const bus_size_t bounds[] = { 0, 0, 0, 4096, 8192, 65536, 256,
		40 };
	static const int nsegs[] = { MEMSEGS, MEMSEGS, 1, 2, 0, -1 };
	struct tag *tg = some_tag(fz);
	struct mem *me = &fz->fz_mem[some_slot(fz, NMEMS, mem_used, false)];
	bus_size_t size = some_size(fz), align = PICK(fz, aligns);
	bus_size_t boundary = PICK(fz, bounds), sum = 0;
	int n = PICK(fz, nsegs), error;
	bool legal;

	if (me->me_tag != NULL)
		return;
	memset(me, 0, sizeof(*me));
	legal = tg->ta_tag != NULL && size != 0 && size != TOP && align != 24 &&
		boundary != 40 && n > 0;
	call_begin(fz, "bus_dmamem_alloc");
	error = bus_dmamem_alloc(tg->ta_tag, size, align, boundary, me->me_segs,
	    n, &me->me_nsegs, 0);
	call_end(fz);
	if (error != 0) {
		CHECK(fz, error == EINVAL || (legal && error == ENOMEM));
		return;
	}
	CHECK(fz, legal && me->me_nsegs >= 1 && me->me_nsegs <= n);
	for (int i = 0; i < me->me_nsegs; i++)
		sum += me->me_segs[i].ds_len;
	me->me_tag = tg;
	me->me_size = sum;
	check_mem(fz, me, size, align, boundary);
}

static void
mem_unmap(struct mem *me)
{
	if (me->me_kva != NULL)
		bus_dmamem_unmap(me->me_tag->ta_tag, me->me_kva, me->me_mapped);
	me->me_kva = NULL;
}

/* As a driver that does everything right. */
void
mem_drop(struct fuzz *fz, struct mem *me)
{
	if (me->me_tag == NULL)
		return;
	for (unsigned i = 0; i < NMAPS; i++)
		if (map_holds(fz, &fz->fz_map[i], me))
			map_unload(fz, &fz->fz_map[i]);
	mem_unmap(me);
	bus_dmamem_free(me->me_tag->ta_tag, me->me_segs, me->me_nsegs);
	me->me_tag = NULL;
}

/* Free of what is not allocated. */
static void
free_wrong(struct fuzz *fz, struct tag *tg)
{
	bus_dma_segment_t segs[2] = { { 0x1000, 0 }, { 0x40000000, 4096 } };
	int n = (int)rnd_below(&fz->fz_rnd, 3);

	call_begin(fz, "bus_dmamem_free (wrong)");
	for (int i = 0; i < n && tg->ta_tag != NULL; i++)
		WANT(fz, MEMFREE);
	/* A load of just these addresses. */
	if (n == 2)
		for (unsigned i = 0; i < NMAPS; i++)
			if (fz->fz_map[i].mp_map != NULL &&
			    fz->fz_map[i].mp_loaded != 0)
				n = 1;
	if (n == 1 && fz->fz_want[BUSDMA_REPORT_MEMFREE] == 2)
		fz->fz_want[BUSDMA_REPORT_MEMFREE] = 1;
	bus_dmamem_free(tg->ta_tag, segs, n);
	call_end(fz);
}

void
op_mem_free(struct fuzz *fz)
{
	struct mem *me = some_mem(fz);
	bool here = false, elsewhere = false;

	if (rnd_one_in(&fz->fz_rnd, 8) || me->me_tag == NULL) {
		free_wrong(fz, some_tag(fz));
		return;
	}
	for (unsigned i = 0; i < NMAPS; i++)
		if (map_holds(fz, &fz->fz_map[i], me)) {
			here |= fz->fz_map[i].mp_tag == me->me_tag;
			elsewhere |= fz->fz_map[i].mp_tag != me->me_tag;
		}
	/* Nobody could see it. */
	if (elsewhere || (here && !fz->fz_machine.ma_fixed))
		return;
	call_begin(fz, "bus_dmamem_free");
	if (here)
		WANT(fz, MEMLOADED);
	else
		mem_unmap(me);
	bus_dmamem_free(me->me_tag->ta_tag, me->me_segs, me->me_nsegs);
	/* Once more, and nothing was allocated since. */
	if (!here && rnd_one_in(&fz->fz_rnd, 3)) {
		for (int i = 0; i < me->me_nsegs; i++)
			WANT(fz, MEMFREE);
		bus_dmamem_free(me->me_tag->ta_tag, me->me_segs, me->me_nsegs);
	}
	call_end(fz);
	if (!here)
		me->me_tag = NULL;
}

void
op_mem_map(struct fuzz *fz)
{
	static const int list[] = { 0, BUS_DMA_COHERENT, BUS_DMA_NOCACHE,
		BUS_DMA_PREFETCHABLE, BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE };
	bus_size_t page = fz->fz_machine.ma_pl->pl_pagesize, size;
	const int both = BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE;
	struct mem *me = some_mem(fz);
	int flags = PICK(fz, list), error;
	void *kva = NULL;

	if (me->me_tag == NULL || me->me_kva != NULL)
		return;
	size = rnd_one_in(&fz->fz_rnd, 3) ? some_size(fz) : me->me_size;
	if (size > SIZE_MAX)
		size = SIZE_MAX;
	call_begin(fz, "bus_dmamem_map");
	error = bus_dmamem_map(me->me_tag->ta_tag, me->me_segs, me->me_nsegs,
	    (size_t)size, &kva, flags);
	call_end(fz);
	if (error != 0) {
		CHECK(fz, error == EINVAL || fz->fz_armed);
		CHECK(fz, fz->fz_armed || size == 0 || flags == both ||
			      size > me->me_size);
		return;
	}
	CHECK(fz, size != 0 && size <= me->me_size && flags != both);
	me->me_kva = kva;
	me->me_mapped = (size_t)((size + (page - 1)) / page * page);
	memset(kva, 0x6d, me->me_mapped);
}

void
op_mem_unmap(struct fuzz *fz)
{
	struct mem *me = some_mem(fz);
	bus_dma_tag_t t;

	if (me->me_tag == NULL || me->me_kva == NULL)
		return;
	t = me->me_tag->ta_tag;
	call_begin(fz, "bus_dmamem_unmap");
	switch (rnd_below(&fz->fz_rnd, 4)) {
	case 0:
		WANT(fz, MEMUNMAP);
		bus_dmamem_unmap(t, (char *)me->me_kva + 1, me->me_mapped);
		break;
	case 1:
		WANT(fz, MEMUNMAP);
		bus_dmamem_unmap(t, me->me_kva, 0);
		break;
	case 2:
		WANT(fz, MEMUNMAP);
		bus_dmamem_unmap(t, NULL, me->me_mapped);
		bus_dmamem_unmap(NULL, me->me_kva, me->me_mapped);
		break;
	default:
		mem_unmap(me);
		break;
	}
	call_end(fz);
}

void
op_mem_mmap(struct fuzz *fz)
{
	const struct busdma_platform *pl = fz->fz_machine.ma_pl;
	static const int64_t offs[] = { 0, 4096, 8192, 12288, 65536, 100, -4096,
		INT64_MAX };
	struct mem *me = some_mem(fz);
	int64_t off = PICK(fz, offs), left = off;
	paddr_t got, want = (paddr_t)-1;

	if (me->me_tag == NULL)
		return;
	if (off >= 0 && off % pl->pl_pagesize == 0)
		for (int i = 0; i < me->me_nsegs; i++) {
			if (left >= 0 &&
			    (bus_size_t)left < me->me_segs[i].ds_len)
				want = pl->pl_mmap(pl,
				    me->me_segs[i].ds_addr + (paddr_t)left, 1,
				    0);
			left -= (int64_t)me->me_segs[i].ds_len;
		}
	call_begin(fz, "bus_dmamem_mmap");
	got = bus_dmamem_mmap(
	    me->me_tag->ta_tag, me->me_segs, me->me_nsegs, off, 1, 0);
	call_end(fz);
	CHECK(fz, got == want);
}
