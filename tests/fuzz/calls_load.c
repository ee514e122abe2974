/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads: of all kinds, of buffers that are legal or not; and what the segments
 * must be, byte for byte.
 */
#include <stdio.h>
#include <string.h>

#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "calls.h"

#define MAXSPANS 5

/* A part of a buffer: physical, or virtual of the buffer's space. */
struct span {
	uint64_t sn_addr;
	bus_size_t sn_len;
};

enum kind { LINEAR, RAW, UIO, MBUF, CHAIN, NKINDS };

struct buffer {
	enum kind bu_kind;
	struct proc *bu_proc;
	struct span bu_span[MAXSPANS];
	unsigned bu_n;
	bus_size_t bu_size; /* that the load asks for */
	bool bu_bad;        /* not a legal buffer, whatever the map */
};

/* A buffer of kernel memory, mapped DMA memory, or of the process. */
static struct machine_buf
some_memory(struct fuzz *fz)
{
	unsigned i = (unsigned)rnd_below(&fz->fz_rnd, MACHINE_NBUFS + NMEMS);
	struct machine_buf mb = fz->fz_machine.ma_buf[i % MACHINE_NBUFS];
	const struct mem *me;

	if (i >= MACHINE_NBUFS) {
		me = &fz->fz_mem[i - MACHINE_NBUFS];
		if (me->me_tag != NULL && me->me_kva != NULL)
			mb = (struct machine_buf){ (uintptr_t)me->me_kva,
				me->me_mapped, NULL };
	}
	return mb;
}

static struct span
some_span(struct fuzz *fz, const struct machine_buf *mb)
{
	static const size_t offsets[] = { 0, 0, 1, 64, 2048, 4000, 4096, 8200 };
	struct span sn;
	size_t offset = PICK(fz, offsets);

	sn.sn_addr = mb->mb_va + offset;
	sn.sn_len = some_size(fz);
	/* Mostly inside. */
	if (!rnd_one_in(&fz->fz_rnd, 10)) {
		if (offset >= mb->mb_len)
			sn.sn_addr = mb->mb_va;
		if (sn.sn_len > mb->mb_len - (sn.sn_addr - mb->mb_va))
			sn.sn_len = mb->mb_len - (sn.sn_addr - mb->mb_va);
	}
	return sn;
}

static void
some_raw(struct fuzz *fz, struct buffer *bu)
{
	static const paddr_t places[] = { 0, 0x1234, 0x320000, 0x4ff000,
		0x901ff0, 0x40000000, 0x1000ff000, TOP - 0xfff, TOP };
	unsigned i = (unsigned)rnd_below(&fz->fz_rnd, NMEMS + 1);
	const struct mem *me = i < NMEMS ? &fz->fz_mem[i] : NULL;
	struct span *sn = bu->bu_span;

	if (me != NULL && me->me_tag != NULL) {
		bu->bu_n = (unsigned)me->me_nsegs < MAXSPANS
			       ? (unsigned)me->me_nsegs
			       : MAXSPANS;
		for (i = 0; i < bu->bu_n; i++)
			sn[i] = (struct span){ me->me_segs[i].ds_addr,
				me->me_segs[i].ds_len };
		return;
	}
	for (i = 0; i < bu->bu_n; i++, sn++) {
		sn->sn_addr = PICK(fz, places);
		sn->sn_len = some_size(fz);
		/* Only there nothing goes over it page by page. */
		if (sn->sn_len == TOP && !fz->fz_machine.ma_flat)
			sn->sn_len = 0x100000;
	}
}

/* All bytes together; TOP where that is more than can be said. */
static bus_size_t
sum_of(const struct buffer *bu)
{
	bus_size_t sum = 0;

	for (unsigned i = 0; i < bu->bu_n; i++)
		sum = bu->bu_span[i].sn_len > TOP - sum
			  ? TOP
			  : sum + bu->bu_span[i].sn_len;
	return sum;
}

static void
some_buffer(struct fuzz *fz, struct buffer *bu)
{
	struct machine_buf mb = some_memory(fz);

	memset(bu, 0, sizeof(*bu));
	bu->bu_kind = (enum kind)rnd_below(&fz->fz_rnd, NKINDS);
	bu->bu_n = bu->bu_kind == LINEAR
		       ? 1
		       : (unsigned)rnd_in(&fz->fz_rnd, 1, MAXSPANS);
	if (bu->bu_kind == MBUF && mb.mb_proc != NULL)
		mb = fz->fz_machine.ma_buf[0];
	if (bu->bu_kind == RAW) {
		some_raw(fz, bu);
	} else {
		bu->bu_proc = mb.mb_proc;
		for (unsigned i = 0; i < bu->bu_n; i++)
			bu->bu_span[i] = some_span(fz, &mb);
	}
	/* An iovec has no longer parts, an mbuf none longer than an int. */
	for (unsigned i = 0; i < bu->bu_n; i++)
		if (bu->bu_kind != RAW && bu->bu_kind != LINEAR &&
		    bu->bu_span[i].sn_len > 65536)
			bu->bu_span[i].sn_len = 65536;
	bu->bu_size = sum_of(bu);
	if (bu->bu_kind != LINEAR && rnd_one_in(&fz->fz_rnd, 6))
		bu->bu_size = some_size(fz);
	if (bu->bu_kind != LINEAR && bu->bu_kind != RAW &&
	    bu->bu_size > 0x7fffffff)
		bu->bu_size = 0x7fffffff;
	bu->bu_bad = bu->bu_size > sum_of(bu) ||
		     (bu->bu_kind == MBUF && bu->bu_size != sum_of(bu));
}

static int
load_uio(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu,
    struct vmspace *space, int flags)
{
	struct iovec iov[MAXSPANS];
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = (int)bu->bu_n,
		.uio_resid = (size_t)bu->bu_size,
		.uio_rw = UIO_WRITE,
		.uio_vmspace = space };

	for (unsigned i = 0; i < bu->bu_n; i++) {
		iov[i].iov_base = (void *)(uintptr_t)bu->bu_span[i].sn_addr;
		iov[i].iov_len = (size_t)bu->bu_span[i].sn_len;
	}
	if (bu->bu_kind == CHAIN)
		return bus_dmamap_load_chain(
		    t, map, &busdma_uio_chain, &uio, flags);
	return bus_dmamap_load_uio(t, map, &uio, flags);
}

static int
load_mbuf(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu, int flags)
{
	struct mbuf m[MAXSPANS];

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < bu->bu_n; i++) {
		m[i].m_data = (void *)(uintptr_t)bu->bu_span[i].sn_addr;
		m[i].m_len = (int)bu->bu_span[i].sn_len;
		m[i].m_next = i + 1 < bu->bu_n ? &m[i + 1] : NULL;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = (int)bu->bu_size;
	return bus_dmamap_load_mbuf(t, map, m, flags);
}

static int
load(struct fuzz *fz, bus_dma_tag_t t, bus_dmamap_t map,
    const struct buffer *bu, int flags)
{
	bus_dma_segment_t segs[MAXSPANS];
	void *space;

	switch (bu->bu_kind) {
	case LINEAR:
		return bus_dmamap_load(t, map,
		    (void *)(uintptr_t)bu->bu_span[0].sn_addr, bu->bu_size,
		    bu->bu_proc, flags);
	case RAW:
		for (unsigned i = 0; i < bu->bu_n; i++) {
			segs[i].ds_addr = bu->bu_span[i].sn_addr;
			segs[i].ds_len = bu->bu_span[i].sn_len;
		}
		return bus_dmamap_load_raw(
		    t, map, segs, (int)bu->bu_n, bu->bu_size, flags);
	case MBUF:
		return load_mbuf(t, map, bu, flags);
	case UIO:
	case CHAIN:
	case NKINDS:
		break;
	}
	space = machine_space(&fz->fz_machine, bu->bu_proc);
	return load_uio(t, map, bu, space, flags);
}

/* The segments of a map, as they are compared from front to back. */
struct place {
	bus_dmamap_t pl_map;
	int pl_seg;
	bus_size_t pl_off;
};

/* The next bytes are [bus, bus + len). */
static bool
follows(struct place *pl, bus_addr_t bus, bus_size_t len)
{
	const bus_dma_segment_t *s;
	bus_size_t some;

	while (len != 0) {
		if (pl->pl_seg == pl->pl_map->dm_nsegs)
			return false;
		s = &pl->pl_map->dm_segs[pl->pl_seg];
		some = s->ds_len - pl->pl_off;
		if (s->ds_addr + pl->pl_off != bus)
			return false;
		if (some > len)
			some = len;
		bus += some;
		len -= some;
		pl->pl_off += some;
		if (pl->pl_off == s->ds_len) {
			pl->pl_seg++;
			pl->pl_off = 0;
		}
	}
	return true;
}

/* Where a chunk of a buffer is, and that the tag reaches its ends. */
static bool
reached(struct fuzz *fz, const struct tag *tg, const struct buffer *bu,
    uint64_t addr, bus_size_t len, bus_addr_t *bus)
{
	struct machine *ma = &fz->fz_machine;
	bus_addr_t last;
	paddr_t pa = addr;

	if (bu->bu_kind != RAW) {
		if (addr > UINTPTR_MAX ||
		    !machine_phys(ma, machine_space(ma, bu->bu_proc),
			(uintptr_t)addr, &pa))
			return false;
	}
	return pa + (len - 1) >= pa &&
	       tag_reaches(fz, tg, pa + (len - 1), &last) &&
	       tag_reaches(fz, tg, pa, bus) && last - *bus == len - 1;
}

/*
 * Page by page: true, the device reaches all of the buffer; with `map', and
 * its segments are these bytes and no others.
 */
static bool
whole(struct fuzz *fz, const struct tag *tg, const struct buffer *bu,
    bus_dmamap_t map)
{
	bus_size_t page = fz->fz_machine.ma_pl->pl_pagesize;
	struct place pl = { map, 0, 0 };
	bus_size_t left = bu->bu_size, len, some;
	bus_addr_t bus;
	uint64_t addr;

	for (unsigned i = 0; i < bu->bu_n; i++) {
		addr = bu->bu_span[i].sn_addr;
		len = bu->bu_span[i].sn_len;
		if (len > left)
			len = left;
		left -= len;
		for (; len != 0; len -= some, addr += some) {
			some = page - (addr & (page - 1));
			if (bu->bu_kind == RAW && fz->fz_machine.ma_flat)
				some = len;
			if (some > len)
				some = len;
			if (!reached(fz, tg, bu, addr, some, &bus))
				return false;
			if (map != NULL && !follows(&pl, bus, some))
				return false;
			/* That was the last byte that there is. */
			if (some < len && addr + some < addr)
				return false;
		}
	}
	return map == NULL || pl.pl_seg == map->dm_nsegs;
}

static void
check_loaded(struct fuzz *fz, struct map *mp, const struct buffer *bu)
{
	bus_dmamap_t map = mp->mp_map;

	CHECK(fz, map->dm_mapsize == bu->bu_size);
	CHECK(fz, map->dm_nsegs <= mp->mp_nsegs);
	CHECK(fz, whole(fz, mp->mp_tag, bu, map));
	for (int i = 0; i < map->dm_nsegs; i++) {
		CHECK(fz, map->dm_segs[i].ds_len <= map->dm_maxsegsz);
		CHECK(fz, legal_run(mp->mp_tag, mp->mp_boundary,
			      map->dm_segs[i].ds_addr, map->dm_segs[i].ds_len));
	}
	mp->mp_loaded = bu->bu_size;
	mp->mp_empty = bu->bu_size == 0;
}

static void
check_failed(struct fuzz *fz, struct map *mp, const struct buffer *bu,
    bool refused, int error)
{
	struct bus_dma_why why;

	CHECK(fz, mp->mp_map->dm_mapsize == 0 && mp->mp_map->dm_nsegs == 0);
	mp->mp_loaded = 0;
	mp->mp_empty = false;
	CHECK(fz, bus_dmamap_why(mp->mp_tag->ta_tag, mp->mp_map, &why));
	CHECK(fz, why.wy_offset <= bu->bu_size);
	if (fz->fz_armed)
		return;
	CHECK(fz, error == EINVAL || error == EFAULT || error == EFBIG);
	CHECK(fz, error != EINVAL || refused || bu->bu_bad);
	CHECK(fz, error != EFAULT || mp->mp_tag->ta_lim.dl_alignment > 1 ||
		      !whole(fz, mp->mp_tag, bu, NULL));
}

void
op_load(struct fuzz *fz)
{
	static const int flags[] = { BUS_DMA_NOWAIT, BUS_DMA_WAITOK,
		BUS_DMA_READ, BUS_DMA_WRITE | BUS_DMA_NOWAIT,
		BUS_DMA_READ | BUS_DMA_WRITE, -1 };
	struct map *mp = some_map(fz);
	bus_dma_tag_t t = mostly(fz, mp->mp_map != NULL ? mp->mp_tag : NULL);
	bool refused = false;
	struct buffer bu;
	int error, flag;

	some_buffer(fz, &bu);
	flag = PICK(fz, flags);
	if (mp->mp_map != NULL && rnd_one_in(&fz->fz_rnd, 6))
		mp->mp_map->dm_maxsegsz = some_size(fz);
	call_begin(fz, "load");
	if (mp->mp_map == NULL || mp->mp_tag->ta_tag != t) {
		if (mp->mp_map != NULL || t != NULL)
			WANT(fz, FOREIGN);
		error = load(fz, t, mp->mp_map, &bu, flag);
		call_end(fz);
		CHECK(fz, error == EINVAL);
		CHECK(fz, mp->mp_map == NULL ||
			      mp->mp_map->dm_mapsize == mp->mp_loaded);
		return;
	}
	if (mp->mp_loaded != 0)
		WANT(fz, RELOAD);
	refused = bu.bu_size > mp->mp_size;
	if (mp->mp_map->dm_maxsegsz - 1 >= mp->mp_maxsegsz) {
		/* A chain of no bytes may be found to have some before. */
		if (!refused && bu.bu_size == 0 && sum_of(&bu) != 0)
			MAYBE(fz, MAXSEGSZ);
		else if (!refused)
			WANT(fz, MAXSEGSZ);
		refused = true;
	}
	error = load(fz, t, mp->mp_map, &bu, flag);
	call_end(fz);
	if (error == 0) {
		CHECK(fz, !refused && !bu.bu_bad);
		check_loaded(fz, mp, &bu);
	} else {
		check_failed(fz, mp, &bu, refused, error);
	}
	/* What the driver wrote there is its own to mend. */
	if (mp->mp_map->dm_maxsegsz - 1 >= mp->mp_maxsegsz)
		mp->mp_map->dm_maxsegsz = mp->mp_maxsegsz;
}
