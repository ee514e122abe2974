/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for the segment builder: a slow and obvious one, byte by byte,
 * is compared with the library, through the driver's calls, over random
 * cases by seed.
 *
 * segments [--cases N] [--seed S] [--case I]
 *
 * The seed may also come in BUSDMA_SEED.  With --case only that case runs,
 * and it is printed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/backend.h>
#include <busdma/direct.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "args.h"
#include "rnd.h"

#define MAXPAGES 48
#define MAXPARTS 16
#define MAXWIN 4
#define MAXSEGS 64
#define MAXBYTES 4096
#define NOPAGE UINT64_MAX
#define TOP UINT64_MAX

enum kind { RAW, LINEAR, UIO, CHAIN, MBUF, NKINDS };
static const char *const kind_name[NKINDS] = { "raw", "linear", "uio", "chain",
	"mbuf" };

struct ocase {
	uint64_t oc_seed, oc_index;
	enum kind oc_kind;
	uint32_t oc_pagesize;

	/* The tag. */
	struct bus_dma_window oc_win[MAXWIN];
	unsigned oc_nwin;
	bool oc_whole;   /* below a layer that asks for whole loads */
	bool oc_stacked; /* over a window that adds oc_under */
	bus_addr_t oc_under;
	bool oc_restrict;
	struct bus_dma_limits oc_lim;
	bool oc_sub;
	bus_addr_t oc_min, oc_max;

	/* The map. */
	bus_size_t oc_mapsize, oc_maxsegsz, oc_boundary, oc_lowered;
	int oc_nsegs;

	/* The buffer: a space of pages, and parts of it; or raw segments. */
	uintptr_t oc_va;
	paddr_t oc_page[MAXPAGES];
	unsigned oc_npages;
	struct busdma_part oc_part[MAXPARTS];
	bus_dma_segment_t oc_raw[MAXPARTS];
	unsigned oc_nparts;
	bus_size_t oc_size; /* that the load asks for */
	unsigned oc_policy; /* of the translation hook */
};

/* What may come out. */
struct expected {
	bool ex_einval, ex_efault, ex_efbig;
	unsigned ex_n; /* segments needed; all of them in ex_seg if it fits */
	bus_dma_segment_t ex_seg[MAXSEGS];
};

/* The platform: allocation, translation by the case's pages, reports. */

static unsigned live_allocs, reports;

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	live_allocs++;
	return malloc(size);
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	(void)size;
	live_allocs--;
	free(p);
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	reports++;
	printf("# report: %s in %s\n", busdma_report_text(rp->rp_code),
	    rp->rp_func);
}

/* Where a byte of the space is. */
static bool
translate(const struct ocase *oc, uintptr_t va, paddr_t *pa)
{
	uintptr_t page = (va - oc->oc_va) / oc->oc_pagesize;

	if (va < oc->oc_va || page >= oc->oc_npages ||
	    oc->oc_page[page] == NOPAGE)
		return false;
	*pa = oc->oc_page[page] + va % oc->oc_pagesize;
	return true;
}

/* Policies: 0 pages, 1 the longest runs, 2 runs that end anywhere. */
static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const struct ocase *oc = pl->pl_cookie;
	struct rnd r = { va ^ oc->oc_index };
	unsigned i = 0;
	paddr_t pa;

	(void)as;
	while (len != 0 && translate(oc, va, &pa)) {
		bus_size_t l = oc->oc_pagesize - va % oc->oc_pagesize;
		struct busdma_frag *last = i == 0 ? NULL : &frags[i - 1];

		if (l > len)
			l = len;
		if (oc->oc_policy == 2)
			l = rnd_in(&r, 1, l);
		if (oc->oc_policy != 0 && last != NULL && pa != 0 &&
		    last->bf_addr + last->bf_len == pa && !rnd_one_in(&r, 9))
			last->bf_len += l;
		else if (i == n)
			break;
		else
			frags[i++] = (struct busdma_frag){ pa, l };
		va += (uintptr_t)l;
		len -= l;
	}
	return i;
}

/* The chain accessors of kind CHAIN. */

static int
chain_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct ocase *oc = chain;

	ci->ci_total = oc->oc_size;
	ci->ci_space = NULL;
	ci->ci_next = oc;
	ci->ci_index = 0;
	return 0;
}

static size_t
chain_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct ocase *oc = ci->ci_next;
	size_t i;

	for (i = 0; i < n && ci->ci_index < oc->oc_nparts; i++)
		parts[i] = oc->oc_part[ci->ci_index++];
	return i;
}

static const struct busdma_chain_ops chain_ops = { sizeof(chain_ops),
	chain_open, chain_parts };

/* A layer that sees whole loads, and leaves them as they are. */

static const struct busdma_backend_ops whole_ops;

static int
whole_create(bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = { .tc_ops = &whole_ops,
		.tc_lower = lower,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size = sizeof(struct bus_dma_tag) };
	int error = busdma_tag_create(&tc, newtag);

	if (error == 0)
		busdma_tag_noshortcut(*newtag);
	return error;
}

static int
whole_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	(void)flags;
	return whole_create(lower, t, lim, newtag);
}

static int
whole_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	(void)t;
	(void)map;
	(void)flags;
	return fs->fs_count != 0 && fs->fs_count <= fs->fs_max ? 0 : ENOMEM;
}

static const struct busdma_backend_ops whole_ops = {
	.bo_size = sizeof(whole_ops),
	.bo_name = "whole",
	.bo_narrow = whole_narrow,
	.bo_stack = &busdma_stack,
	.bo_load = whole_load,
};

/* The slow and obvious side. */

/* The last CPU address of a window. */
static paddr_t
window_last(const struct bus_dma_window *w)
{
	if (w->dw_len != 0)
		return w->dw_cpu + (w->dw_len - 1);
	return TOP - (w->dw_cpu > w->dw_bus ? 0 : w->dw_bus - w->dw_cpu);
}

/* Where the device sees a byte: through the window that reaches it. */
static bool
reach(const struct ocase *oc, paddr_t pa, bus_addr_t *bus)
{
	for (unsigned i = 0; i < oc->oc_nwin; i++) {
		const struct bus_dma_window *w = &oc->oc_win[i];
		bus_addr_t b = pa - w->dw_cpu + w->dw_bus;

		if (pa < w->dw_cpu || pa > window_last(w))
			continue;
		if (oc->oc_stacked) {
			if (b > TOP - oc->oc_under)
				continue;
			b += oc->oc_under;
		}
		if (oc->oc_restrict &&
		    (b < oc->oc_lim.dl_low ||
			(oc->oc_lim.dl_high != 0 && b > oc->oc_lim.dl_high)))
			continue;
		if (oc->oc_sub && (b < oc->oc_min || b > oc->oc_max))
			continue;
		*bus = b;
		return true;
	}
	return false;
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

/* The builder: segments grow by a byte as long as they may. */
struct builder {
	struct expected *sb_ex;
	bus_size_t sb_align, sb_boundary, sb_max;
	bool sb_open;
	bus_dma_segment_t sb_seg; /* the open one */
};

static void
close_segment(struct builder *sb)
{
	struct expected *ex = sb->sb_ex;

	if (sb->sb_open && ex->ex_n < MAXSEGS)
		ex->ex_seg[ex->ex_n] = sb->sb_seg;
	ex->ex_n += sb->sb_open;
	sb->sb_open = false;
}

static void
add_byte(struct builder *sb, bool reached, bus_addr_t bus)
{
	bus_dma_segment_t *s = &sb->sb_seg;
	bus_size_t tail;
	bool goes_on;

	if (!reached) {
		sb->sb_ex->ex_efault = true;
		close_segment(sb);
		return;
	}
	goes_on = sb->sb_open && bus != 0 &&
		  bus - 1 == s->ds_addr + (s->ds_len - 1) &&
		  (sb->sb_boundary == 0 ||
		      bus / sb->sb_boundary == s->ds_addr / sb->sb_boundary);
	if (goes_on && s->ds_len < sb->sb_max) {
		s->ds_len++;
		return;
	}
	/* What stands behind its last aligned place begins the next one. */
	tail = sb->sb_max % sb->sb_align;
	if (goes_on && sb->sb_max > sb->sb_align && tail != 0) {
		s->ds_len -= tail;
		bus = s->ds_addr + s->ds_len;
		close_segment(sb);
		sb->sb_open = true;
		s->ds_addr = bus;
		s->ds_len = tail + 1;
		return;
	}
	close_segment(sb);
	if (bus % sb->sb_align != 0)
		sb->sb_ex->ex_efault = true;
	sb->sb_open = true;
	s->ds_addr = bus;
	s->ds_len = 1;
}

/* The bytes that the parts, or raw segments, have together. */
static bus_size_t
sum_of(const struct ocase *oc)
{
	bus_size_t sum = 0;

	for (unsigned i = 0; i < oc->oc_nparts; i++)
		sum += oc->oc_kind == RAW ? oc->oc_raw[i].ds_len
					  : oc->oc_part[i].pt_len;
	return sum;
}

static void
expect(const struct ocase *oc, struct expected *ex)
{
	const struct bus_dma_limits *lim = oc->oc_restrict ? &oc->oc_lim : NULL;
	struct builder sb = { ex, 1, oc->oc_boundary, oc->oc_maxsegsz, false,
		{ 0, 0 } };
	int nsegs = oc->oc_nsegs;
	bus_size_t left = oc->oc_size;

	memset(ex, 0, sizeof(*ex));
	if (lim != NULL) {
		if (lim->dl_alignment != 0)
			sb.sb_align = lim->dl_alignment;
		sb.sb_boundary = least(sb.sb_boundary, lim->dl_boundary);
		sb.sb_max = least(sb.sb_max, lim->dl_maxsegsz);
		nsegs = (int)least(
		    (bus_size_t)nsegs, (bus_size_t)lim->dl_nsegments);
	}
	sb.sb_max = least(sb.sb_max, oc->oc_lowered);
	if (left > oc->oc_mapsize || left > sum_of(oc))
		ex->ex_einval = true;
	if ((oc->oc_kind == CHAIN || oc->oc_kind == MBUF) && left != sum_of(oc))
		ex->ex_einval = true;
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		bus_size_t len = oc->oc_kind == RAW ? oc->oc_raw[i].ds_len
						    : oc->oc_part[i].pt_len;
		uintptr_t va = (uintptr_t)oc->oc_part[i].pt_addr;

		for (bus_size_t o = 0; o < len && left != 0; o++, left--) {
			paddr_t pa = oc->oc_raw[i].ds_addr + o;
			bus_addr_t bus = 0;
			bool ok = oc->oc_kind == RAW ||
				  translate(oc, va + (uintptr_t)o, &pa);

			ok = ok && reach(oc, pa, &bus);
			add_byte(&sb, ok, bus);
		}
	}
	close_segment(&sb);
	ex->ex_efbig = ex->ex_n > (unsigned)nsegs;
}

/* The making of cases. */

/* An interesting place: multiple of `unit', with room for `room' bytes. */
static uint64_t
place(struct rnd *r, uint64_t unit, uint64_t room)
{
	static const uint64_t hot[] = { 0, 0x1000, 0xfff000, 0x1000000,
		0xfffff000, 0x100000000, 0x7fffffffffff0000 };
	uint64_t a;

	switch (rnd_below(r, 4)) {
	case 0:
		a = TOP - (room - 1);
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
	return a > TOP - room ? 0 : a;
}

static bus_size_t
power(struct rnd *r, unsigned lo, unsigned hi)
{
	return (bus_size_t)1 << rnd_in(r, lo, hi);
}

static bool
overlap(const struct bus_dma_window *a, const struct bus_dma_window *b)
{
	bus_addr_t alast = window_last(a) - a->dw_cpu + a->dw_bus;
	bus_addr_t blast = window_last(b) - b->dw_cpu + b->dw_bus;

	return a->dw_bus <= blast && b->dw_bus <= alast;
}

static bool
cpu_overlap(const struct bus_dma_window *a, const struct bus_dma_window *b)
{
	return a->dw_cpu <= window_last(b) && b->dw_cpu <= window_last(a);
}

/*
 * Windows of some pages each, apart from each other on the bus; often side by
 * side there, so that what is apart in memory becomes one segment.
 */
static void
make_windows(struct ocase *oc, struct rnd *r)
{
	unsigned n = (unsigned)rnd_in(r, 1, MAXWIN), tries = 0;
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
		    w[-1].dw_bus + w[-1].dw_len <= TOP - w->dw_len)
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
edge(const struct ocase *oc, struct rnd *r)
{
	const struct bus_dma_window *w = &oc->oc_win[rnd_below(r, oc->oc_nwin)];
	bus_addr_t a = w->dw_bus + (oc->oc_stacked ? oc->oc_under : 0);

	if (rnd_one_in(r, 2) && w->dw_len != 0)
		a += w->dw_len - 1;
	return a + rnd_below(r, 5 * oc->oc_pagesize) - 2 * oc->oc_pagesize;
}

static void
make_limits(struct ocase *oc, struct rnd *r)
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
	oc->oc_max = rnd_one_in(r, 2) ? TOP : edge(oc, r);
	if (oc->oc_min > oc->oc_max) {
		t = oc->oc_min;
		oc->oc_min = oc->oc_max;
		oc->oc_max = t;
	}
}

static void
make_map(struct ocase *oc, struct rnd *r)
{
	bus_size_t align = oc->oc_restrict ? oc->oc_lim.dl_alignment : 0;

	oc->oc_mapsize = rnd_one_in(r, 20) ? rnd_in(r, 1, MAXBYTES) : MAXBYTES;
	oc->oc_nsegs = (int)(rnd_one_in(r, 3) ? rnd_in(r, 1, 8) : MAXSEGS);
	oc->oc_maxsegsz = rnd_one_in(r, 2)   ? rnd_in(r, 1, 3 * oc->oc_pagesize)
			  : rnd_one_in(r, 2) ? MAXBYTES
					     : TOP;
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
some_page(const struct ocase *oc, struct rnd *r)
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
			return window_last(w) - (window_last(w) % ps);
		if (w->dw_len == 0)
			return w->dw_cpu + rnd_below(r, 64) * ps;
		return w->dw_cpu + rnd_below(r, w->dw_len / ps) * ps;
	}
}

static void
make_pages(struct ocase *oc, struct rnd *r)
{
	unsigned follow = (unsigned)rnd_in(r, 1, 12);
	unsigned hole = rnd_one_in(r, 24) ? 12 : 0;

	oc->oc_npages = (unsigned)(2 * MAXBYTES / oc->oc_pagesize);
	if (oc->oc_npages < 3)
		oc->oc_npages = 3;
	if (oc->oc_npages > MAXPAGES)
		oc->oc_npages = MAXPAGES;
	oc->oc_va = rnd_in(r, 1, 1000) * oc->oc_pagesize;
	for (unsigned i = 0; i < oc->oc_npages; i++) {
		if (i != 0 && oc->oc_page[i - 1] != NOPAGE &&
		    !rnd_one_in(r, follow))
			oc->oc_page[i] = oc->oc_page[i - 1] + oc->oc_pagesize;
		else
			oc->oc_page[i] = some_page(oc, r);
		if (hole != 0 && rnd_one_in(r, hole))
			oc->oc_page[i] = NOPAGE;
	}
}

/* How long a part is: bytes, words, or up to pages. */
static bus_size_t
some_length(const struct ocase *oc, struct rnd *r, bus_size_t room)
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
some_offset(const struct ocase *oc, struct rnd *r, uint64_t range)
{
	uint64_t o = rnd_below(r, range);

	if (oc->oc_restrict && oc->oc_lim.dl_alignment > 1 && !rnd_one_in(r, 8))
		o -= o % oc->oc_lim.dl_alignment;
	return o;
}

static void
make_parts(struct ocase *oc, struct rnd *r)
{
	bus_size_t space = (bus_size_t)oc->oc_npages * oc->oc_pagesize;
	bus_size_t o = 0, total = 0;

	oc->oc_nparts = oc->oc_kind == LINEAR
			    ? 1
			    : (unsigned)rnd_below(r, oc->oc_whole ? 6 : 9);
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		struct busdma_part *pt = &oc->oc_part[i];

		if (i == 0 || o == space || rnd_one_in(r, 2))
			o = some_offset(oc, r, space);
		pt->pt_len = some_length(oc, r, space - o);
		if (total + pt->pt_len > MAXBYTES)
			pt->pt_len = 0;
		pt->pt_addr = (void *)(oc->oc_va + (uintptr_t)o);
		o += pt->pt_len;
		total += pt->pt_len;
	}
}

/* Physical runs; neighbours often touch, some end at the end of the space. */
static void
make_raw(struct ocase *oc, struct rnd *r)
{
	paddr_t a = 0;

	oc->oc_nparts = (unsigned)rnd_in(r, 1, oc->oc_whole ? 6 : 9);
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		bus_dma_segment_t *s = &oc->oc_raw[i];

		if (i == 0 || a == 0 || rnd_one_in(r, 2))
			a = some_page(oc, r) +
			    some_offset(oc, r, oc->oc_pagesize);
		s->ds_addr = a;
		s->ds_len = some_length(oc, r, MAXBYTES / 8);
		if (s->ds_len != 0 && s->ds_len - 1 > TOP - a)
			s->ds_len = TOP - a + 1;
		a += s->ds_len;
	}
}

static void
make_case(struct ocase *oc, uint64_t seed, uint64_t index, enum kind kind)
{
	struct rnd mix = { seed + index * 0x9e3779b97f4a7c15u }, *r = &mix;

	memset(oc, 0, sizeof(*oc));
	rnd(r);
	oc->oc_seed = seed;
	oc->oc_index = index;
	oc->oc_kind = kind;
	/* Few parts then: records are bounded. */
	oc->oc_whole = rnd_one_in(r, 5);
	oc->oc_pagesize = (uint32_t)(rnd_one_in(r, 10) ? 4096 : power(r, 6, 9));
	make_windows(oc, r);
	make_limits(oc, r);
	make_map(oc, r);
	make_pages(oc, r);
	if (kind == RAW)
		make_raw(oc, r);
	else
		make_parts(oc, r);
	oc->oc_policy = (unsigned)rnd_below(r, 3);
	oc->oc_size = sum_of(oc);
	if (kind == LINEAR)
		return;
	if (rnd_one_in(r, 40))
		oc->oc_size++;
	else if (oc->oc_size != 0 && rnd_one_in(r, kind >= CHAIN ? 40 : 6))
		oc->oc_size = rnd_below(r, oc->oc_size);
}

/* A case, so that a person can type it in again. */

static void
print_parts(const struct ocase *oc)
{
	for (unsigned i = 0; i < oc->oc_nparts; i++)
		if (oc->oc_kind == RAW)
			printf("# raw %#" PRIx64 " + %#" PRIx64 "\n",
			    oc->oc_raw[i].ds_addr, oc->oc_raw[i].ds_len);
		else
			printf("# part %#" PRIxPTR " + %#" PRIx64 "\n",
			    (uintptr_t)oc->oc_part[i].pt_addr,
			    oc->oc_part[i].pt_len);
	for (unsigned i = 0; oc->oc_kind != RAW && i < oc->oc_npages; i++)
		printf("# page %#" PRIx64 " is %#" PRIx64 "\n",
		    (uint64_t)oc->oc_va + (uint64_t)i * oc->oc_pagesize,
		    oc->oc_page[i]);
}

static void
print_case(const struct ocase *oc)
{
	const struct bus_dma_limits *lim = &oc->oc_lim;

	printf("# --seed %" PRIu64 " --case %" PRIu64 " (%s), page %u, "
	       "translation policy %u\n",
	    oc->oc_seed, oc->oc_index, kind_name[oc->oc_kind], oc->oc_pagesize,
	    oc->oc_policy);
	for (unsigned i = 0; i < oc->oc_nwin; i++)
		printf("# window cpu %#" PRIx64 " bus %#" PRIx64
		       " len %#" PRIx64 "\n",
		    oc->oc_win[i].dw_cpu, oc->oc_win[i].dw_bus,
		    oc->oc_win[i].dw_len);
	if (oc->oc_whole)
		printf("# below a layer that asks for whole loads\n");
	if (oc->oc_stacked)
		printf("# over a window of bus %#" PRIx64 "\n", oc->oc_under);
	if (oc->oc_restrict)
		printf("# restrict low %#" PRIx64 " high %#" PRIx64
		       " align %#" PRIx64 " boundary %#" PRIx64
		       " maxsegsz %#" PRIx64 " nsegs %d\n",
		    lim->dl_low, lim->dl_high, lim->dl_alignment,
		    lim->dl_boundary, lim->dl_maxsegsz, lim->dl_nsegments);
	if (oc->oc_sub)
		printf("# subregion %#" PRIx64 " to %#" PRIx64 "\n", oc->oc_min,
		    oc->oc_max);
	printf("# create size %#" PRIx64 " nsegs %d maxsegsz %#" PRIx64
	       " boundary %#" PRIx64 "; dm_maxsegsz %#" PRIx64 "\n",
	    oc->oc_mapsize, oc->oc_nsegs, oc->oc_maxsegsz, oc->oc_boundary,
	    oc->oc_lowered);
	printf("# load of %#" PRIx64 " bytes\n", oc->oc_size);
	print_parts(oc);
}

/* The library's side. */

static int
load_uio(bus_dma_tag_t t, bus_dmamap_t map, const struct ocase *oc)
{
	struct iovec iov[MAXPARTS];
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = (int)oc->oc_nparts,
		.uio_resid = (size_t)oc->oc_size,
		.uio_rw = UIO_WRITE };

	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		iov[i].iov_base = oc->oc_part[i].pt_addr;
		iov[i].iov_len = (size_t)oc->oc_part[i].pt_len;
	}
	return bus_dmamap_load_uio(t, map, &uio, BUS_DMA_NOWAIT);
}

static int
load_mbuf(bus_dma_tag_t t, bus_dmamap_t map, const struct ocase *oc)
{
	struct mbuf m[MAXPARTS + 1];
	unsigned n = oc->oc_nparts;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < n; i++) {
		m[i].m_data = oc->oc_part[i].pt_addr;
		m[i].m_len = (int)oc->oc_part[i].pt_len;
		m[i].m_next = i + 1 < n ? &m[i + 1] : NULL;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = (int)oc->oc_size;
	return bus_dmamap_load_mbuf(t, map, m, BUS_DMA_NOWAIT);
}

static int
load(bus_dma_tag_t t, bus_dmamap_t map, struct ocase *oc)
{
	switch (oc->oc_kind) {
	case RAW:
		return bus_dmamap_load_raw(t, map, oc->oc_raw,
		    (int)oc->oc_nparts, oc->oc_size, BUS_DMA_NOWAIT);
	case LINEAR:
		return bus_dmamap_load(t, map, oc->oc_part[0].pt_addr,
		    oc->oc_size, NULL, BUS_DMA_NOWAIT);
	case UIO:
		return load_uio(t, map, oc);
	case CHAIN:
		return bus_dmamap_load_chain(
		    t, map, &chain_ops, oc, BUS_DMA_NOWAIT);
	case MBUF:
	case NKINDS:
		break;
	}
	return load_mbuf(t, map, oc);
}

#define CHECK(cond, what)                              \
	do {                                           \
		if (!(cond)) {                         \
			printf("# wrong: %s\n", what); \
			return false;                  \
		}                                      \
	} while (0)

static bool
compare(bus_dmamap_t map, const struct ocase *oc, const struct expected *ex,
    int error)
{
	if (error != 0) {
		CHECK(map->dm_mapsize == 0 && map->dm_nsegs == 0,
		    "a failed load left the map valid");
		CHECK((error == EINVAL && ex->ex_einval) ||
			  (error == EFAULT && ex->ex_efault) ||
			  (error == EFBIG && ex->ex_efbig),
		    "the error");
		return true;
	}
	CHECK(!ex->ex_einval && !ex->ex_efault && !ex->ex_efbig,
	    "the load should have failed");
	CHECK(map->dm_mapsize == oc->oc_size, "dm_mapsize");
	CHECK(map->dm_nsegs == (int)ex->ex_n, "dm_nsegs");
	for (unsigned i = 0; i < ex->ex_n; i++)
		CHECK(map->dm_segs[i].ds_addr == ex->ex_seg[i].ds_addr &&
			  map->dm_segs[i].ds_len == ex->ex_seg[i].ds_len,
		    "a segment");
	return true;
}

static void
print_result(bus_dmamap_t map, const struct expected *ex, int error)
{
	printf("# expected:%s%s%s, %u segments\n",
	    ex->ex_einval ? " EINVAL" : "", ex->ex_efault ? " EFAULT" : "",
	    ex->ex_efbig ? " EFBIG" : "", ex->ex_n);
	for (unsigned i = 0; i < ex->ex_n && i < MAXSEGS; i++)
		printf("#   %#" PRIx64 " + %#" PRIx64 "\n",
		    ex->ex_seg[i].ds_addr, ex->ex_seg[i].ds_len);
	printf("# got: error %d, %" PRIu64 " bytes, %d segments\n", error,
	    map->dm_mapsize, map->dm_nsegs);
	for (int i = 0; i < map->dm_nsegs; i++)
		printf("#   %#" PRIx64 " + %#" PRIx64 "\n",
		    map->dm_segs[i].ds_addr, map->dm_segs[i].ds_len);
}

/* Whether any byte of any window survives the limits. */
static bool
any_reach(const struct ocase *oc, bus_addr_t low, bus_addr_t high)
{
	for (unsigned i = 0; i < oc->oc_nwin; i++) {
		const struct bus_dma_window *w = &oc->oc_win[i];
		bus_addr_t first = w->dw_bus;
		bus_addr_t last = window_last(w) - w->dw_cpu + w->dw_bus;

		if (oc->oc_stacked) {
			if (first > TOP - oc->oc_under)
				continue;
			if (last > TOP - oc->oc_under)
				last = TOP - oc->oc_under;
			first += oc->oc_under;
			last += oc->oc_under;
		}
		if (first <= high && last >= low)
			return true;
	}
	return false;
}

/* A cut at a boundary or at maxsegsz would leave what follows unaligned. */
static bool
contradicts(const struct bus_dma_limits *lim)
{
	return (lim->dl_boundary != 0 &&
		   lim->dl_boundary < lim->dl_alignment) ||
	       (lim->dl_maxsegsz != 0 && lim->dl_maxsegsz < lim->dl_alignment);
}

/* A tag that the limits leave nothing of is EINVAL, and no other is. */
static bool
check_einval(const struct ocase *oc, bool restricting, int error)
{
	const struct bus_dma_limits *lim = &oc->oc_lim;
	bus_addr_t low = 0, high = TOP;

	if (oc->oc_restrict) {
		low = lim->dl_low;
		high = lim->dl_high != 0 ? lim->dl_high : TOP;
	}
	if (!restricting) {
		low = low > oc->oc_min ? low : oc->oc_min;
		high = high < oc->oc_max ? high : oc->oc_max;
	}
	CHECK(error == 0 || error == EINVAL, "making a tag");
	if (restricting && contradicts(lim)) {
		CHECK(error == EINVAL, "limits that contradict each other");
		return true;
	}
	CHECK((error == 0) == (low <= high && any_reach(oc, low, high)),
	    "whether the tag reaches anything");
	return true;
}

/* Make the tags of a case, at most five; the last one is the one to use. */
static bool
make_tags(struct ocase *oc, const struct busdma_platform *pl,
    bus_dma_tag_t *tags, unsigned *ntags, bool *usable)
{
	struct bus_dma_window under = { 0, oc->oc_under, 0,
		BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t lower = NULL;
	int error;

	*ntags = 0;
	*usable = false;
	if (oc->oc_stacked) {
		CHECK(bus_dmatag_direct(pl, NULL, &under, 1, &lower, 0) == 0,
		    "the lower tag");
		tags[(*ntags)++] = lower;
	}
	error = bus_dmatag_direct(lower == NULL ? pl : NULL, lower, oc->oc_win,
	    oc->oc_nwin, &tags[*ntags], 0);
	if (error == EINVAL && !any_reach(oc, 0, TOP))
		return true;
	CHECK(error == 0, "bus_dmatag_direct");
	++*ntags;
	if (oc->oc_whole) {
		CHECK(whole_create(
			  tags[*ntags - 1], NULL, NULL, &tags[*ntags]) == 0,
		    "a layer above");
		++*ntags;
	}
	if (oc->oc_restrict) {
		error = bus_dmatag_restrict(
		    tags[*ntags - 1], &oc->oc_lim, &tags[*ntags], 0);
		if (!check_einval(oc, true, error))
			return false;
		if (error != 0)
			return true;
		++*ntags;
	}
	if (oc->oc_sub) {
		error = bus_dmatag_subregion(
		    tags[*ntags - 1], oc->oc_min, oc->oc_max, &tags[*ntags], 0);
		if (!check_einval(oc, false, error))
			return false;
		if (error != 0)
			return true;
		++*ntags;
	}
	*usable = true;
	return true;
}

struct tally {
	uint64_t ta_cases, ta_ok, ta_einval, ta_efault, ta_efbig, ta_tagless;
};

static void
count(struct tally *ta, int error)
{
	switch (error) {
	case 0:
		ta->ta_ok++;
		break;
	case EINVAL:
		ta->ta_einval++;
		break;
	case EFAULT:
		ta->ta_efault++;
		break;
	default:
		ta->ta_efbig++;
		break;
	}
}

/* Load, compare, unload; twice, as a map that was used must do as well. */
static bool
use_map(bus_dma_tag_t t, struct ocase *oc, struct tally *ta, bool verbose)
{
	struct expected ex;
	bool ok = true;
	bus_dmamap_t map;
	int error = 0;

	error = bus_dmamap_create(t, oc->oc_mapsize, oc->oc_nsegs,
	    oc->oc_maxsegsz, oc->oc_boundary, 0, &map);
	CHECK(error == 0, "bus_dmamap_create");
	expect(oc, &ex);
	for (int i = 0; i < 2 && ok; i++) {
		bus_size_t created = map->dm_maxsegsz;

		if (oc->oc_lowered != 0 && oc->oc_lowered < created)
			map->dm_maxsegsz = oc->oc_lowered;
		error = load(t, map, oc);
		ok = compare(map, oc, &ex, error);
		if (!ok || (verbose && i == 0))
			print_result(map, &ex, error);
		if (error == 0)
			bus_dmamap_unload(t, map);
		else
			map->dm_maxsegsz = created;
		if (ok && (map->dm_mapsize != 0 || map->dm_nsegs != 0 ||
			      map->dm_maxsegsz != created)) {
			printf("# wrong: the map after unload\n");
			ok = false;
		}
	}
	count(ta, error);
	bus_dmamap_destroy(t, map);
	return ok;
}

static bool
run_case(struct ocase *oc, struct tally *ta, bool verbose)
{
	struct busdma_platform pl = {
		.pl_size = sizeof(pl),
		.pl_pagesize = oc->oc_pagesize,
		.pl_cookie = oc,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_mbuf = &busdma_mbuf_chain,
		.pl_uio = &busdma_uio_chain,
		.pl_report = hook_report,
	};
	bus_dma_tag_t tags[5];
	unsigned ntags;
	bool ok, usable;

	reports = live_allocs = 0;
	if (verbose)
		print_case(oc);
	ta->ta_cases++;
	ok = make_tags(oc, &pl, tags, &ntags, &usable);
	if (ok && usable)
		ok = use_map(tags[ntags - 1], oc, ta, verbose);
	ta->ta_tagless += !usable;
	while (ntags-- != 0)
		bus_dmatag_destroy(tags[ntags]);
	if (reports != 0 || live_allocs != 0) {
		printf("# wrong: %u reports, %u allocations left\n", reports,
		    live_allocs);
		ok = false;
	}
	if (!ok && !verbose)
		print_case(oc);
	return ok;
}

/* One line of TAP a kind: no case differs, and no outcome is missing. */
static bool
run_kind(enum kind kind, uint64_t seed, uint64_t cases)
{
	struct tally ta = { 0 };
	struct ocase oc;
	unsigned bad = 0;

	for (uint64_t i = 0; i < cases && bad < 3; i++) {
		make_case(&oc, seed, i * NKINDS + kind, kind);
		bad += !run_case(&oc, &ta, false);
	}
	printf("# %s: seed %" PRIu64 ", %" PRIu64 " cases: %" PRIu64
	       " loads, EINVAL %" PRIu64 ", EFAULT %" PRIu64 ", EFBIG %" PRIu64
	       ", no tag %" PRIu64 "\n",
	    kind_name[kind], seed, ta.ta_cases, ta.ta_ok, ta.ta_einval,
	    ta.ta_efault, ta.ta_efbig, ta.ta_tagless);
	if (bad == 0 && cases >= 500 &&
	    (ta.ta_ok < cases / 4 || ta.ta_efault < cases / 100 ||
		ta.ta_efbig < cases / 100)) {
		printf("# the cases are too much alike\n");
		bad++;
	}
	printf("%s %d - segments of %s loads\n", bad == 0 ? "ok" : "not ok",
	    (int)kind + 1, kind_name[kind]);
	fflush(stdout);
	return bad == 0;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 250000);
	bool ok = true;

	if (oa.oa_one) {
		enum kind kind = (enum kind)(oa.oa_first % NKINDS);
		struct tally ta = { 0 };
		struct ocase oc;

		make_case(&oc, oa.oa_seed, oa.oa_first, kind);
		ok = run_case(&oc, &ta, true);
		printf("1..1\n%s 1\n", ok ? "ok" : "not ok");
		return !ok;
	}
	printf("1..%d\n", NKINDS);
	for (int k = 0; k < NKINDS; k++)
		ok &= run_kind((enum kind)k, oa.oa_seed, oa.oa_end / NKINDS);
	return !ok;
}
