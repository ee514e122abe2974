/* SPDX-License-Identifier: BSD-2-Clause */
/* The making of cases. */
#include <string.h>

#include "segcase.h"

/* An interesting place: multiple of `unit', with room for `room' bytes. */
static uint64_t
place(struct rnd *r, uint64_t unit, uint64_t room)
{
	static const uint64_t hot[] = { 0, 0x1000, 0xfff000, 0x1000000,
		0xfffff000, 0x100000000, 0x7fffffffffff0000 };
	uint64_t a;

	switch (rnd_below(r, 4)) {
	case 0:
		a = SEG_TOP - (room - 1);
		return a - a % unit;
	case 1:
		a = rnd_below(r, 64) * unit;
		break;
	default:
		a = hot[rnd_below(r, sizeof(hot) / sizeof(hot[0]))];
		a += rnd_below(r, 4) * unit;
		break;
	}
	a -= a % unit;
	return a > SEG_TOP - room ? 0 : a;
}

static bus_size_t
power(struct rnd *r, unsigned lo, unsigned hi)
{
	return (bus_size_t)1 << rnd_in(r, lo, hi);
}

static bool
overlap(const struct bus_dma_window *a, const struct bus_dma_window *b)
{
	bus_addr_t alast = segcase_window_last(a) - a->dw_cpu + a->dw_bus;
	bus_addr_t blast = segcase_window_last(b) - b->dw_cpu + b->dw_bus;

	return a->dw_bus <= blast && b->dw_bus <= alast;
}

static bool
cpu_overlap(const struct bus_dma_window *a, const struct bus_dma_window *b)
{
	return a->dw_cpu <= segcase_window_last(b) &&
	       b->dw_cpu <= segcase_window_last(a);
}

/*
 * Windows of some pages each, apart from each other on the bus; often side by
 * side there, so that what is apart in memory becomes one segment.
 */
static void
make_windows(struct segcase *oc, struct rnd *r)
{
	unsigned n = (unsigned)rnd_in(r, 1, SEG_MAXWIN), tries = 0;
	uint64_t ps = oc->oc_pagesize;

	oc->oc_stacked = rnd_one_in(r, 8);
	oc->oc_under = rnd_below(r, 9) * ps;
	if (rnd_one_in(r, 3)) {
		oc->oc_win[0] =
		    (struct bus_dma_window){ 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
		if (rnd_one_in(r, 2))
			oc->oc_win[0].dw_bus = place(r, ps, 64 * ps);
		oc->oc_nwin = 1;
		return;
	}
	while (oc->oc_nwin < n && tries++ < 32) {
		struct bus_dma_window *w = &oc->oc_win[oc->oc_nwin];
		bool clash = false;

		w->dw_len = rnd_in(r, 1, 24) * ps;
		w->dw_cpu = place(r, ps, w->dw_len);
		w->dw_bus = place(r, ps, w->dw_len);
		if (oc->oc_nwin != 0 && rnd_one_in(r, 2) &&
		    w[-1].dw_bus + w[-1].dw_len <= SEG_TOP - w->dw_len)
			w->dw_bus = w[-1].dw_bus + w[-1].dw_len;
		w->dw_flags = BUS_DMA_WINDOW_COHERENT;
		for (unsigned i = 0; i < oc->oc_nwin; i++)
			clash |= overlap(w, &oc->oc_win[i]) ||
				 cpu_overlap(w, &oc->oc_win[i]);
		oc->oc_nwin += !clash;
	}
}

/* A bus address near the end of a window. */
static bus_addr_t
edge(const struct segcase *oc, struct rnd *r)
{
	const struct bus_dma_window *w = &oc->oc_win[rnd_below(r, oc->oc_nwin)];
	bus_addr_t a = w->dw_bus + (oc->oc_stacked ? oc->oc_under : 0);

	if (rnd_one_in(r, 2) && w->dw_len != 0)
		a += w->dw_len - 1;
	return a + rnd_below(r, 5 * oc->oc_pagesize) - 2 * oc->oc_pagesize;
}

static void
make_limits(struct segcase *oc, struct rnd *r)
{
	struct bus_dma_limits *lim = &oc->oc_lim;
	bus_addr_t t;

	oc->oc_restrict = rnd_one_in(r, 2);
	if (rnd_one_in(r, 3))
		lim->dl_low = edge(oc, r);
	if (rnd_one_in(r, 3))
		lim->dl_high = edge(oc, r);
	if (lim->dl_high != 0 && lim->dl_low > lim->dl_high) {
		t = lim->dl_low;
		lim->dl_low = lim->dl_high;
		lim->dl_high = t;
	}
	if (rnd_one_in(r, 2))
		lim->dl_alignment = power(r, 0, rnd_one_in(r, 4) ? 12 : 5);
	if (rnd_one_in(r, 3))
		lim->dl_boundary = power(r, rnd_one_in(r, 4) ? 1 : 5, 14);
	if (rnd_one_in(r, 3))
		lim->dl_maxsegsz = rnd_in(r, 1, 4 * oc->oc_pagesize);
	if (!rnd_one_in(r, 16) && lim->dl_boundary != 0 &&
	    lim->dl_boundary < lim->dl_alignment)
		lim->dl_boundary = lim->dl_alignment;
	if (!rnd_one_in(r, 16) && lim->dl_maxsegsz != 0 &&
	    lim->dl_maxsegsz < lim->dl_alignment)
		lim->dl_maxsegsz += lim->dl_alignment;
	if (rnd_one_in(r, 4))
		lim->dl_nsegments = (int)rnd_in(r, 1, 40);
	oc->oc_sub = rnd_one_in(r, 4);
	oc->oc_min = rnd_one_in(r, 2) ? 0 : edge(oc, r);
	oc->oc_max = rnd_one_in(r, 2) ? SEG_TOP : edge(oc, r);
	if (oc->oc_min > oc->oc_max) {
		t = oc->oc_min;
		oc->oc_min = oc->oc_max;
		oc->oc_max = t;
	}
}

static void
make_map(struct segcase *oc, struct rnd *r)
{
	bus_size_t align = oc->oc_restrict ? oc->oc_lim.dl_alignment : 0;

	oc->oc_mapsize =
	    rnd_one_in(r, 20) ? rnd_in(r, 1, SEG_MAXBYTES) : SEG_MAXBYTES;
	oc->oc_nsegs = (int)(rnd_one_in(r, 3) ? rnd_in(r, 1, 8) : SEG_MAXSEGS);
	oc->oc_maxsegsz = rnd_one_in(r, 2)   ? rnd_in(r, 1, 3 * oc->oc_pagesize)
			  : rnd_one_in(r, 2) ? SEG_MAXBYTES
					     : SEG_TOP;
	if (rnd_one_in(r, 2) && align > 1)
		oc->oc_maxsegsz |= align;
	if (rnd_one_in(r, 3))
		oc->oc_boundary =
		    rnd_one_in(r, 8) ? power(r, 1, 63) : power(r, 5, 13);
	if (rnd_one_in(r, 5))
		oc->oc_lowered =
		    rnd_in(r, 1, oc->oc_maxsegsz < 300 ? oc->oc_maxsegsz : 300);
}

/* A page that a window reaches, mostly. */
static paddr_t
some_page(const struct segcase *oc, struct rnd *r)
{
	const struct bus_dma_window *w = &oc->oc_win[rnd_below(r, oc->oc_nwin)];
	uint64_t ps = oc->oc_pagesize;
	bus_addr_t b;
	paddr_t a;

	switch (rnd_below(r, 24)) {
	case 0:
		return place(r, ps, ps);
	case 1:
		b = edge(oc, r);
		if (oc->oc_stacked)
			b -= oc->oc_under;
		a = b - w->dw_bus + w->dw_cpu;
		return a - a % ps;
	default:
		if (w->dw_len == 0 && rnd_one_in(r, 6))
			return segcase_window_last(w) -
			       (segcase_window_last(w) % ps);
		if (w->dw_len == 0)
			return w->dw_cpu + rnd_below(r, 64) * ps;
		return w->dw_cpu + rnd_below(r, w->dw_len / ps) * ps;
	}
}

static void
make_pages(struct segcase *oc, struct rnd *r)
{
	unsigned follow = (unsigned)rnd_in(r, 1, 12);
	unsigned hole = rnd_one_in(r, 24) ? 12 : 0;

	oc->oc_npages = (unsigned)(2 * SEG_MAXBYTES / oc->oc_pagesize);
	if (oc->oc_npages < 3)
		oc->oc_npages = 3;
	if (oc->oc_npages > SEG_MAXPAGES)
		oc->oc_npages = SEG_MAXPAGES;
	oc->oc_va = rnd_in(r, 1, 1000) * oc->oc_pagesize;
	for (unsigned i = 0; i < oc->oc_npages; i++) {
		if (i != 0 && oc->oc_page[i - 1] != SEG_NOPAGE &&
		    !rnd_one_in(r, follow))
			oc->oc_page[i] = oc->oc_page[i - 1] + oc->oc_pagesize;
		else
			oc->oc_page[i] = some_page(oc, r);
		if (hole != 0 && rnd_one_in(r, hole))
			oc->oc_page[i] = SEG_NOPAGE;
	}
}

/* How long a part is: bytes, words, or up to pages. */
static bus_size_t
some_length(const struct segcase *oc, struct rnd *r, bus_size_t room)
{
	static const unsigned most[] = { 1, 16, 64, 300, 1024 };
	bus_size_t l = rnd_in(r, 1, most[rnd_below(r, 5)]);

	if (oc->oc_restrict && oc->oc_lim.dl_alignment > 1 &&
	    !rnd_one_in(r, 6)) {
		l += oc->oc_lim.dl_alignment - 1;
		l -= l % oc->oc_lim.dl_alignment;
	}
	if (rnd_one_in(r, 12))
		l = 0;
	return l < room ? l : room;
}

static uint64_t
some_offset(const struct segcase *oc, struct rnd *r, uint64_t range)
{
	uint64_t o = rnd_below(r, range);

	if (oc->oc_restrict && oc->oc_lim.dl_alignment > 1 && !rnd_one_in(r, 8))
		o -= o % oc->oc_lim.dl_alignment;
	return o;
}

static void
make_parts(struct segcase *oc, struct rnd *r)
{
	bus_size_t space = (bus_size_t)oc->oc_npages * oc->oc_pagesize;
	bus_size_t o = 0, total = 0;

	oc->oc_nparts = oc->oc_kind == SEG_LINEAR
			    ? 1
			    : (unsigned)rnd_below(r, oc->oc_whole ? 6 : 9);
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		struct busdma_part *pt = &oc->oc_part[i];

		if (i == 0 || o == space || rnd_one_in(r, 2))
			o = some_offset(oc, r, space);
		pt->pt_len = some_length(oc, r, space - o);
		if (total + pt->pt_len > SEG_MAXBYTES)
			pt->pt_len = 0;
		pt->pt_addr = (void *)(oc->oc_va + (uintptr_t)o);
		o += pt->pt_len;
		total += pt->pt_len;
	}
}

/* Physical runs; neighbours often touch, some end at the end of the space. */
static void
make_raw(struct segcase *oc, struct rnd *r)
{
	paddr_t a = 0;

	oc->oc_nparts = (unsigned)rnd_in(r, 1, oc->oc_whole ? 6 : 9);
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		bus_dma_segment_t *s = &oc->oc_raw[i];

		if (i == 0 || a == 0 || rnd_one_in(r, 2))
			a = some_page(oc, r) +
			    some_offset(oc, r, oc->oc_pagesize);
		s->ds_addr = a;
		s->ds_len = some_length(oc, r, SEG_MAXBYTES / 8);
		if (s->ds_len != 0 && s->ds_len - 1 > SEG_TOP - a)
			s->ds_len = SEG_TOP - a + 1;
		a += s->ds_len;
	}
}

void
segcase_make(struct segcase *oc, struct rnd *r, enum seg_kind kind)
{
	memset(oc, 0, sizeof(*oc));
	oc->oc_kind = kind;
	/* Few parts then: records are bounded. */
	oc->oc_whole = rnd_one_in(r, 5);
	oc->oc_pagesize = (uint32_t)(rnd_one_in(r, 10) ? 4096 : power(r, 6, 9));
	make_windows(oc, r);
	make_limits(oc, r);
	make_map(oc, r);
	make_pages(oc, r);
	if (kind == SEG_RAW)
		make_raw(oc, r);
	else
		make_parts(oc, r);
	oc->oc_policy = (unsigned)rnd_below(r, 3);
	oc->oc_size = segcase_sum(oc);
	if (kind == SEG_LINEAR)
		return;
	if (rnd_one_in(r, 40))
		oc->oc_size++;
	else if (oc->oc_size != 0 && rnd_one_in(r, kind >= SEG_CHAIN ? 40 : 6))
		oc->oc_size = rnd_below(r, oc->oc_size);
}
