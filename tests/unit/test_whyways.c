/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random loads that fail, or don't: the quick way, the general one and a slow
 * model say the same.
 */
#include "rnd.h"
#include "why.h"

#define SMALLPAGE 64
#define RPAGES 24
#define MAXBYTES ((RPAGES + MAXPARTS) * SMALLPAGE * 2)

struct rcase {
	struct tp *rc_tp;
	bus_dma_tag_t rc_root, rc_sub, rc_tag;
	struct tl_layer rc_whole;
	bool rc_iswhole;
	bus_dmamap_t rc_map;
	enum kind rc_kind;
	struct buffer rc_buf;
	bus_addr_t rc_low, rc_high;
	bus_size_t rc_align, rc_boundary, rc_maxsegsz;
	unsigned rc_nsegs;
	bus_size_t rc_size;

	/* What is expected. */
	bus_addr_t rc_byte[MAXBYTES];
	unsigned rc_n;
	struct busdma_frag rc_rec[512];
	unsigned rc_nrec, rc_maxrec;
	struct bus_dma_why rc_why;
};

static bool
missed(struct rcase *rc, enum bus_dma_reason reason, bus_size_t offset,
    uint64_t addr, uint64_t limit)
{
	rc->rc_why = (struct bus_dma_why){ reason, offset, addr, limit };
	return false;
}

/* Segments of all bytes there are, begun anew each time. */
static bool
cut(struct rcase *rc)
{
	const bus_addr_t *b = rc->rc_byte;
	unsigned nsegs = 0, i, n;

	for (i = 0; i < rc->rc_n; i += n) {
		if (nsegs++ == rc->rc_nsegs)
			return missed(
			    rc, BUS_DMA_WHY_SEGMENTS, i, b[i], rc->rc_nsegs);
		if (b[i] % rc->rc_align != 0)
			return missed(
			    rc, BUS_DMA_WHY_ALIGNMENT, i, b[i], rc->rc_align);
		for (n = 1; i + n < rc->rc_n && b[i + n] == b[i + n - 1] + 1;
		     n++) {
			if (n < rc->rc_maxsegsz &&
			    (rc->rc_boundary == 0 ||
				b[i + n] / rc->rc_boundary ==
				    b[i] / rc->rc_boundary))
				continue;
			if (n >= rc->rc_align)
				n -= n % (unsigned)rc->rc_align;
			break;
		}
	}
	return true;
}

static bool
reached(const struct rcase *rc, bus_addr_t a)
{
	return a >= rc->rc_low && a <= rc->rc_high;
}

/* A fragment, as far as it is reached. */
static bool
add(struct rcase *rc, bus_addr_t addr, bus_size_t len)
{
	bus_size_t i;

	if (rc->rc_iswhole) {
		struct busdma_frag *last =
		    rc->rc_nrec != 0 ? &rc->rc_rec[rc->rc_nrec - 1] : NULL;

		if (last != NULL && last->bf_addr + last->bf_len == addr) {
			last->bf_len += len;
		} else {
			if (rc->rc_nrec == rc->rc_maxrec)
				return missed(
				    rc, BUS_DMA_WHY_FRAGMENTS, rc->rc_n, 0, 0);
			rc->rc_rec[rc->rc_nrec++] =
			    (struct busdma_frag){ addr, len };
		}
		rc->rc_n += (unsigned)len;
		return true;
	}
	for (i = 0; i < len && reached(rc, addr + i); i++)
		rc->rc_byte[rc->rc_n++] = addr + i;
	if (!cut(rc))
		return false;
	return i == len ||
	       missed(rc, BUS_DMA_WHY_REACH, rc->rc_n, addr + i, rc->rc_high);
}

/* The records of a whole load through the layer that shortens them. */
static bool
layers(struct rcase *rc)
{
	unsigned nrec = rc->rc_nrec;

	rc->rc_n = 0;
	for (unsigned i = 0; i < rc->rc_nrec; i++) {
		const struct busdma_frag *f = &rc->rc_rec[i];
		unsigned start = rc->rc_n;
		bus_size_t o;

		for (o = 0; o < f->bf_len && reached(rc, f->bf_addr + o); o++)
			rc->rc_byte[rc->rc_n++] = f->bf_addr + o;
		if (o == f->bf_len)
			continue;
		if (o != 0 && nrec == rc->rc_maxrec)
			return missed(rc, BUS_DMA_WHY_FRAGMENTS, start, 0, 0);
		return missed(rc, BUS_DMA_WHY_REACH, rc->rc_n, f->bf_addr + o,
		    rc->rc_high);
	}
	return cut(rc);
}

static bool
linear(struct rcase *rc, uintptr_t va, bus_size_t len)
{
	const struct busdma_platform *pl = &rc->rc_tp->tp_pl;
	struct busdma_frag f[16];
	unsigned n;

	while (len != 0) {
		n = pl->pl_extract(pl, NULL, va, len, f, 16);
		if (n == 0)
			return missed(
			    rc, BUS_DMA_WHY_UNMAPPED, rc->rc_n, va, 0);
		for (unsigned i = 0; i < n; i++) {
			if (!add(rc, f[i].bf_addr, f[i].bf_len))
				return false;
			va += (uintptr_t)f[i].bf_len;
			len -= f[i].bf_len;
		}
	}
	return true;
}

static bool
walk(struct rcase *rc)
{
	const struct buffer *bu = &rc->rc_buf;
	bus_size_t left = bu->bu_total, len;

	for (unsigned i = 0; i < bu->bu_nparts; i++) {
		len = bu->bu_part[i].pt_len;
		if (len > left && (rc->rc_kind == MBUF || rc->rc_kind == CHAIN))
			return missed(rc, BUS_DMA_WHY_ORIGIN, rc->rc_n, 0, 0);
		if (len > left || rc->rc_kind == LINEAR)
			len = left;
		if (len == 0)
			continue;
		if (rc->rc_kind == RAW) {
			if (!add(rc, (uintptr_t)bu->bu_part[i].pt_addr, len))
				return false;
		} else if (!linear(
			       rc, (uintptr_t)bu->bu_part[i].pt_addr, len)) {
			return false;
		}
		left -= len;
	}
	return left == 0 || missed(rc, BUS_DMA_WHY_ORIGIN, rc->rc_n, 0, 0);
}

static bool
expect(struct rcase *rc)
{
	rc->rc_n = rc->rc_nrec = 0;
	memset(&rc->rc_why, 0, sizeof(rc->rc_why));
	if (rc->rc_buf.bu_total > rc->rc_size)
		return missed(rc, BUS_DMA_WHY_LENGTH, 0, 0, rc->rc_size);
	return walk(rc) && (!rc->rc_iswhole || layers(rc));
}

static void
random_tags(struct rcase *rc, struct rnd *r)
{
	struct bus_dma_limits lim = { 0 };

	rc->rc_low = rnd_one_in(r, 3) ? rnd_below(r, 20 * SMALLPAGE) : 0;
	rc->rc_high = rnd_one_in(r, 2)
			  ? rc->rc_low + rnd_in(r, 20, 40) * SMALLPAGE
			  : UINT64_MAX;
	rc->rc_align = rnd_one_in(r, 3) ? (bus_size_t)1 << rnd_below(r, 6) : 1;
	lim.dl_low = rc->rc_low;
	lim.dl_high = rc->rc_high;
	lim.dl_alignment = rc->rc_align;
	rc->rc_root = identity(rc->rc_tp);
	assert_int_equal(
	    bus_dmatag_restrict(rc->rc_root, &lim, &rc->rc_sub, 0), 0);
	rc->rc_iswhole = rnd_one_in(r, 3);
	rc->rc_tag = rc->rc_sub;
	if (!rc->rc_iswhole)
		return;
	tl_init(&rc->rc_whole, 1, "lu", NULL);
	rc->rc_whole.tl_noshortcut = true;
	assert_int_equal(
	    tl_create(rc->rc_tp, &rc->rc_whole, rc->rc_sub, &rc->rc_tag), 0);
}

static void
random_map(struct rcase *rc, struct rnd *r)
{
	bus_size_t pages;

	rc->rc_size = rnd_one_in(r, 8) ? rnd_in(r, 1, 1000) : MAXBYTES;
	rc->rc_nsegs = (unsigned)rnd_in(r, 1, rnd_one_in(r, 2) ? 30 : 6);
	rc->rc_boundary =
	    rnd_one_in(r, 3) ? (bus_size_t)32 << rnd_below(r, 5) : 0;
	rc->rc_maxsegsz = rnd_one_in(r, 3) ? rnd_in(r, 32, 300) : MAXBYTES;
	rc->rc_map = new_map(rc->rc_tag, rc->rc_size, (int)rc->rc_nsegs,
	    rc->rc_maxsegsz, rc->rc_boundary);
	pages = (rc->rc_size + SMALLPAGE - 1) / SMALLPAGE + 1;
	rc->rc_maxrec =
	    (unsigned)(pages > rc->rc_nsegs ? pages : rc->rc_nsegs) + 16;
	if (rnd_one_in(r, 6))
		rc->rc_maxsegsz = rnd_in(r, 1, rc->rc_maxsegsz);
}

/* Pages that are often next to each other; parts of them in any order. */
static void
random_buffer(struct rcase *rc, struct rnd *r)
{
	struct buffer *bu = &rc->rc_buf;
	paddr_t pages[RPAGES], next = rnd_below(r, 32);
	bus_size_t at, len;
	char *buf;

	for (unsigned i = 0; i < RPAGES; i++) {
		if (!rnd_one_in(r, 3))
			next = rnd_below(r, 64);
		pages[i] = rnd_one_in(r, 60) ? TP_NOPAGE : next * SMALLPAGE;
		next++;
	}
	buf = tp_buf(rc->rc_tp, pages, RPAGES);
	rc->rc_kind = (enum kind)rnd_below(r, NKINDS);
	bu->bu_tp = rc->rc_tp;
	bu->bu_nparts =
	    rc->rc_kind == LINEAR ? 1 : (unsigned)rnd_in(r, 1, MAXPARTS);
	for (unsigned i = 0; i < bu->bu_nparts; i++) {
		at = rnd_below(r, RPAGES * SMALLPAGE);
		len = rnd_below(r, rnd_one_in(r, 2) ? 4 * SMALLPAGE : 20);
		if (len > RPAGES * SMALLPAGE - at)
			len = RPAGES * SMALLPAGE - at;
		bu->bu_part[i].pt_addr = buf + at;
		if (rc->rc_kind == RAW)
			bu->bu_part[i].pt_addr = (void *)(uintptr_t)at;
		bu->bu_part[i].pt_len = len;
	}
	bu->bu_total = sum_of(bu);
	if (rnd_one_in(r, 10) && bu->bu_total > 2)
		bu->bu_total += rnd_one_in(r, 2) ? 1 : (bus_size_t)-1;
	rc->rc_tp->tp_pagewise = rnd_one_in(r, 2);
	rc->rc_tp->tp_chop = rnd_one_in(r, 4) ? rnd_in(r, 1, 40) : 0;
	rc->rc_tp->tp_maxfrags = (unsigned)rnd_below(r, 18);
}

/* The same answer, whichever way the load went. */
static void
check_case(struct rcase *rc, bool general)
{
	bus_dma_tag_t t = rc->rc_tag;
	bus_dmamap_t map = rc->rc_map;
	struct bus_dma_why wy;
	bool ok = expect(rc);
	int error;

	if (general)
		make_general(t, map);
	map->dm_maxsegsz = rc->rc_maxsegsz;
	error = load(t, map, rc->rc_kind, &rc->rc_buf);
	assert_int_equal(error == 0, ok);
	(void)bus_dmamap_why(t, map, &wy);
	assert_int_equal(wy.wy_reason, rc->rc_why.wy_reason);
	assert_int_equal(wy.wy_offset, rc->rc_why.wy_offset);
	assert_int_equal(wy.wy_addr, rc->rc_why.wy_addr);
	assert_int_equal(wy.wy_limit, rc->rc_why.wy_limit);
	if (ok)
		assert_int_equal(map->dm_mapsize, rc->rc_buf.bu_total);
	else
		assert_unloaded(map);
	bus_dmamap_unload(t, map);
	tp_forget(rc->rc_tp);
}

static void
by_every_way_the_same(void **state)
{
	uint64_t seen[BUS_DMA_NWHY] = { 0 };
	static struct rcase rc;

	(void)state;
	for (uint64_t i = 0; i < 6000; i++) {
		struct rnd r = { .rn_state = i * 77 + 5 };

		memset(&rc, 0, sizeof(rc));
		rc.rc_tp = tp_create(SMALLPAGE, RAMBASE, 1);
		random_tags(&rc, &r);
		random_map(&rc, &r);
		random_buffer(&rc, &r);
		if (rc.rc_buf.bu_total != 0) {
			check_case(&rc, false);
			check_case(&rc, true);
			seen[rc.rc_why.wy_reason]++;
		}
		bus_dmamap_destroy(rc.rc_tag, rc.rc_map);
		if (rc.rc_iswhole)
			bus_dmatag_destroy(rc.rc_tag);
		bus_dmatag_destroy(rc.rc_sub);
		bus_dmatag_destroy(rc.rc_root);
		assert_int_equal(tp_destroy(rc.rc_tp), 0);
	}
	/* None of them is out of practice. */
	for (unsigned i = 0; i <= BUS_DMA_WHY_ORIGIN; i++)
		if (i != BUS_DMA_WHY_FRAGMENTS)
			assert_true(seen[i] > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_every_way_the_same),
	};

	return cmocka_run_group_tests_name("whyways", tests, NULL, NULL);
}
