/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/direct/noncoherent.c: what the caches are told of a sync, line by
 * line.
 */
#include <busdma/uio.h>

#include "cacherig.h"

/* ---- tags ---- */

static void
the_table_must_be_complete(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = NULL;

	for (unsigned i = 0; i < 9; i++) {
		struct busdma_cache_ops *ca = &tp->tp_cache;

		tp_noncoherent(tp, LINE, 0);
		if (i == 0)
			ca->ca_size--;
		else if (i == 1)
			ca->ca_line = 2;
		else if (i == 2)
			ca->ca_line = 96;
		else if (i == 3)
			ca->ca_line = 2 * PAGE;
		else if (i == 4)
			ca->ca_wb = NULL;
		else if (i == 5)
			ca->ca_inv = NULL;
		else if (i == 6)
			ca->ca_wbinv = NULL;
		else if (i == 7)
			ca->ca_code = NULL;
		else
			ca->ca_line = 0;
		assert_int_equal(tp_direct(tp, &identical, 1, &t), EINVAL);
		assert_null(t);
		assert_true(tp_clean(tp));
		/* Whoever has no such window does not need it. */
		bus_dmatag_destroy(identity(tp));
	}
	/* A longer one, of a later version; the extremes of a line. */
	for (uint32_t line = 4; line <= PAGE; line *= 1024) {
		tp_noncoherent(tp, line, 0);
		tp->tp_cache.ca_size++;
		assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
		assert_int_equal(t->dt_line, line);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

static void
a_tag_is_two_allocations(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = NULL;

	tp_noncoherent(tp, LINE, 0);
	for (unsigned n = 1; n <= 2; n++) {
		tp_fail_at(tp, n);
		assert_int_equal(tp_direct(tp, &identical, 1, &t), ENOMEM);
		assert_null(t);
		assert_true(tp_clean(tp));
	}
	tp_fail_at(tp, 3);
	assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
	assert_false(tp->tp_failed);
	tp_fail_at(tp, 0);
	assert_int_equal(t->dt_nlayers, 2);
	assert_int_equal(t->dt_line, LINE);
	bus_dmatag_destroy(t);
	/* Of coherent windows there is one. */
	t = identity(tp);
	assert_int_equal(t->dt_nlayers, 1);
	assert_int_equal(t->dt_line, 0);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
narrowed_tags_do_the_same(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	static const struct bus_dma_window w[] = {
		{ 0x70000, 0x170000, 0x10000, C },
		{ 0x80000, 0x280000, 0x10000, 0 },
	};
	const struct bus_dma_limits lim = { .dl_nsegments = 2 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, page[0], 1);
	bus_dma_tag_t t, sub, tag;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_int_equal(
	    bus_dmatag_subregion(t, 0x280000, 0x280fff, &sub, 0), 0);
	assert_int_equal(bus_dmatag_restrict(sub, &lim, &tag, 0), 0);
	assert_int_equal(tag->dt_line, LINE);
	bus_dmatag_destroy(t);
	tp_forget(tp);
	bus_dmatag_destroy(sub);
	tp_forget(tp);
	map = new_map(tag, PAGE, 1, PAGE, 0);
	assert_int_equal(load(tag, map, buf, PAGE, 0), 0);
	assert_seg(map, 0, 0x280000, PAGE);
	assert_sync(tp, tag, map, 0, PAGE, PREWRITE, page, 1, "WWWW");
	assert_sync(tp, tag, map, 0, PAGE, POSTREAD, page, 1, "IIII");
	bus_dmamap_destroy(tag, map);
	bus_dmatag_destroy(tag);
	assert_silent(tp);
}

static void
narrowing_fails_whole(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), child = NULL;
	unsigned allocs = tp->tp_allocs;

	for (unsigned n = 1; n <= 2; n++) {
		tp_fail_at(tp, n);
		assert_int_equal(
		    bus_dmatag_subregion(t, 0, 0xffff, &child, 0), ENOMEM);
		assert_null(child);
		assert_int_equal(tp->tp_allocs, allocs);
	}
	tp_fail_at(tp, 0);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- what is done ---- */

/* What a sync of each kind does to a line that it covers, or not whole. */
static const struct {
	int ops;
	unsigned flags;
	const char *whole; /* a page; then all of it but for some of its ends */
	const char *edges;
} table[] = {
	{ PREREAD, 0, "WWWW", "WWWW" },
	{ PREWRITE, 0, "WWWW", "WWWW" },
	{ PRE, 0, "WWWW", "WWWW" },
	{ POSTREAD, 0, "IIII", "BIIB" },
	{ POSTWRITE, 0, "....", "...." },
	{ POST, 0, "IIII", "BIIB" },
	{ PREREAD, NOSPEC, "BBBB", "BBBB" },
	{ PREWRITE, NOSPEC, "WWWW", "WWWW" },
	{ PRE, NOSPEC, "BBBB", "BBBB" },
	{ POSTREAD, NOSPEC, "IIII", "BIIB" },
	{ POSTWRITE, NOSPEC, "....", "...." },
	{ POST, NOSPEC, "IIII", "BIIB" },
};

static void
the_table_of_operations(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, page[0], 1);

	for (size_t k = 0; k < 2 * NELEM(table); k++) {
		const size_t i = k / 2;
		int ops = table[i].ops;
		bus_dmamap_t map;
		bus_dma_tag_t t;

		tp_noncoherent(tp, LINE, table[i].flags);
		if (k % 2 != 0)
			tp->tp_cache.ca_finish = tp_finish;
		assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
		map = new_map(t, PAGE, 1, PAGE, 0);

		/* The usual load; then one that is not whole lines. */
		assert_int_equal(load(t, map, buf, PAGE, 0), 0);
		assert_sync(tp, t, map, 0, PAGE, ops, page, 1, table[i].whole);
		assert_sync(
		    tp, t, map, 1, PAGE - 2, ops, page, 1, table[i].edges);
		bus_dmamap_unload(t, map);
		assert_int_equal(
		    load(t, map, buf + 1, PAGE - 2, BUS_DMA_WRITE), 0);
		assert_sync(
		    tp, t, map, 0, PAGE - 2, ops, page, 1, table[i].edges);
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

static void
a_part_is_its_lines(void **state)
{
	static const struct {
		bus_addr_t off;
		bus_size_t len;
		const char *pre, *post;
	} v[] = {
		{ 0, 0, "....", "...." },
		{ PAGE, 0, "....", "...." },
		{ 0, 1, "W...", "B..." },
		{ LINE - 1, 1, "W...", "B..." },
		{ LINE - 1, 2, "WW..", "BB.." },
		{ 0, LINE, "W...", "I..." },
		{ 1, LINE - 1, "W...", "B..." },
		{ 1, LINE, "WW..", "BB.." },
		{ 0, LINE + 1, "WW..", "IB.." },
		{ LINE, LINE, ".W..", ".I.." },
		{ LINE + 10, LINE - 10, ".W..", ".B.." },
		{ LINE + 10, 10, ".W..", ".B.." },
		{ LINE / 2, 2 * LINE, "WWW.", "BIB." },
		{ LINE / 2, 2 * LINE - LINE / 2, "WW..", "BI.." },
		{ 3 * LINE, LINE, "...W", "...I" },
		{ PAGE - 1, 1, "...W", "...B" },
		{ 0, PAGE - 1, "WWWW", "IIIB" },
		{ 0, PAGE, "WWWW", "IIII" },
	};
	static const paddr_t page[] = { 0x80000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_run(tp, page[0], 1);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	assert_int_equal(load(t, map, buf, PAGE, 0), 0);
	for (size_t i = 0; i < NELEM(v); i++) {
		assert_sync(
		    tp, t, map, v[i].off, v[i].len, PREREAD, page, 1, v[i].pre);
		assert_sync(tp, t, map, v[i].off, v[i].len, POSTREAD, page, 1,
		    v[i].post);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Five pages of which two follow each other, from somewhere to somewhere. */
static const paddr_t scattered[] = { 0x10000, 0x30000, 0x20000, 0x21000,
	0x50000 };

static void
a_buffer_in_several_runs(void **state)
{
	static const struct {
		unsigned front, back; /* not of the buffer */
		bus_addr_t off;
		bus_size_t len; /* 0: all that follows */
		const char *post;
	} v[] = {
		/* Whole lines only. */
		{ 0, 0, 0, 0, "IIIIIIIIIIIIIIIIIIII" },
		{ 0, 0, 0, PAGE, "IIII................" },
		{ 0, 0, PAGE, 2 * PAGE, "....IIIIIIII........" },
		{ 0, 0, PAGE - 1, 2, "...BB..............." },
		{ 0, 0, 4 * PAGE, 0, "................IIII" },
		{ 0, 0, 2 * PAGE + 5, 2 * PAGE, "........BIIIIIIIB..." },
		{ 0, 0, 3 * PAGE, LINE, "............I......." },
		/* The first is not, the others are. */
		{ 7, 0, 0, 0, "BIIIIIIIIIIIIIIIIIII" },
		{ 7, 0, LINE - 7, 0, ".IIIIIIIIIIIIIIIIIII" },
		{ 7, 0, PAGE - 7, PAGE, "....IIII............" },
		/* Nor is the last. */
		{ 7, 9, 0, 0, "BIIIIIIIIIIIIIIIIIIB" },
		{ 7, 9, 1, 5 * PAGE - 18, "BIIIIIIIIIIIIIIIIIIB" },
		{ 7, 9, PAGE - 7, 4 * PAGE - 9, "....IIIIIIIIIIIIIIIB" },
		{ 0, LINE, 5, 0, "BIIIIIIIIIIIIIIIIII." },
	};
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_buf(tp, scattered, 5);
	bus_dmamap_t map = new_map(t, 5 * PAGE, 5, 5 * PAGE, 0);

	for (size_t i = 0; i < NELEM(v); i++) {
		bus_size_t size = 5 * PAGE - v[i].front - v[i].back;
		bus_size_t len = v[i].len != 0 ? v[i].len : size - v[i].off;

		assert_int_equal(
		    load(t, map, buf + v[i].front, size, BUS_DMA_WRITE), 0);
		assert_sync(tp, t, map, v[i].off, len, POSTREAD, scattered, 5,
		    v[i].post);
		assert_sync(tp, t, map, v[i].off, len, POSTWRITE, scattered, 5,
		    "....................");
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Parts of a chain, whole lines and others mixed: of all of it, and of some. */
static void
runs_in_any_order(void **state)
{
	static const struct {
		unsigned off, len;
	} part[] = { { 0, LINE }, { LINE + 1, 5 }, { 2 * LINE, LINE },
		{ 3 * LINE + 8, 8 }, { PAGE, LINE } };
	static const paddr_t pages[] = { 0x80000, 0x81000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_buf(tp, pages, 2);
	bus_dmamap_t map = new_map(t, PAGE, 8, PAGE, 0);
	struct busdma_part parts[5];
	struct tp_chain tc = { .tc_tp = tp, .tc_parts = parts };

	/* From the first on, one, two and more of them. */
	static const char *const want[] = { "I.......", "IB......", "IBI.....",
		"IBIB....", "IBIBI..." };

	for (unsigned n = 1; n <= 5; n++) {
		unsigned k = n - 1;

		parts[k] = (struct busdma_part){ buf + part[k].off, part[k].len,
			BUSDMA_MEMORY_OWNED };
		tc.tc_nparts = n;
		tc.tc_total += part[k].len;
		assert_int_equal(bus_dmamap_load_chain(t, map, &tp_chain_ops,
				     &tc, BUS_DMA_NOWAIT),
		    0);
		assert_sync(
		    tp, t, map, 0, tc.tc_total, POSTREAD, pages, 2, want[k]);
		if (n == 5) {
			assert_sync(tp, t, map, LINE + 2, LINE + 5, POSTREAD,
			    pages, 2, ".BIB....");
			assert_sync(tp, t, map, LINE, 5 + LINE, POSTREAD, pages,
			    2, ".BI.....");
		}
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
at_the_end_of_the_space(void **state)
{
	static const paddr_t pages[] = { UINT64_MAX - (PAGE - 1), 0 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *top = tp_run(tp, pages[0], 1), *zero = tp_run(tp, 0, 1);
	char *both = tp_buf(tp, pages, 2);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 2, PAGE, 0);

	assert_int_equal(load(t, map, top, PAGE, 0), 0);
	assert_sync(tp, t, map, 0, PAGE, POSTREAD, pages, 2, "IIII....");
	assert_sync(tp, t, map, PAGE - 1, 1, POSTREAD, pages, 2, "...B....");
	bus_dmamap_unload(t, map);
	assert_int_equal(load(t, map, zero, PAGE, 0), 0);
	assert_sync(tp, t, map, 0, PAGE, POSTREAD, pages, 2, "....IIII");
	assert_sync(tp, t, map, 0, 1, POSTREAD, pages, 2, "....B...");
	bus_dmamap_unload(t, map);
	/* What ends the space and what begins it are two runs. */
	assert_int_equal(load(t, map, both, 2 * PAGE, 0), 0);
	assert_sync(tp, t, map, 0, 2 * PAGE, POSTREAD, pages, 2, "IIIIIIII");
	assert_sync(tp, t, map, PAGE - 1, 2, POSTREAD, pages, 2, "...BB...");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* What is wrong of a sync is reported, and what is left of it done. */
static void
wrong_syncs(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), other = uncoherent(tp, 0);
	char *buf = tp_run(tp, page[0], 1);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	/* Never loaded; and loaded with nothing. */
	assert_sync(tp, t, map, 0, 0, PREREAD, page, 1, "....");
	assert_sync(tp, t, map, 0, 0, POSTREAD, page, 1, "....");
	assert_silent(tp);
	assert_sync(tp, t, map, 0, 1, PREREAD, page, 1, "....");
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	assert_int_equal(load(t, map, buf, 0, 0), 0);
	assert_sync(tp, t, map, 0, 0, PREREAD, page, 1, "....");
	assert_silent(tp);
	assert_int_equal(load(t, map, buf, PAGE, 0), 0);
	assert_sync(tp, t, map, LINE, PAGE, PREREAD, page, 1, ".WWW");
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	assert_sync(tp, t, map, 0, UINT64_MAX, POSTREAD, page, 1, "IIII");
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	tp->tp_nevents = 0;
	bus_dmamap_sync(t, map, 0, PAGE, PREWRITE | POSTREAD);
	assert_report(tp, BUSDMA_REPORT_SYNCMIX);
	/* POST before PRE, each with its barrier. */
	assert_int_equal(tp->tp_nevents, 4);
	assert_int_equal(tp->tp_event[0].te_ops, POSTREAD);
	assert_int_equal(tp->tp_event[1].te_what, TP_INV);
	assert_int_equal(tp->tp_event[2].te_what, TP_WB);
	assert_int_equal(tp->tp_event[3].te_ops, PREWRITE);
	tp->tp_nevents = 0;
	bus_dmamap_sync(t, map, 0, PAGE, 0);
	assert_report(tp, BUSDMA_REPORT_SYNCOPS);
	bus_dmamap_sync(other, map, 0, PAGE, PREREAD);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(tp->tp_nevents, 0);
	/* What was loaded is so no longer. */
	bus_dmamap_unload(t, map);
	assert_sync(tp, t, map, 0, 0, PREREAD, page, 1, "....");
	assert_silent(tp);
	assert_sync(tp, t, map, 0, PAGE, PREREAD, page, 1, "....");
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(other);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- which memory ---- */

/* A coherent window, one that is not, a coherent one: in memory and on the bus
 * beside each other. */
static const struct bus_dma_window three[] = {
	{ 0x80000, 0x180000, 0x1000, C },
	{ 0x81000, 0x181000, 0x1000, 0 },
	{ 0x82000, 0x182000, 0x1000, C },
	{ 0x83000, 0x283000, 0x1000, 0 },
};
static const paddr_t four[] = { 0x80000, 0x81000, 0x82000, 0x83000 };

static void
coherent_windows_are_skipped(void **state)
{
	static const struct {
		unsigned off, len;
		const char *post;
	} v[] = {
		{ 0, 4 * PAGE, "....IIII....IIII" },
		{ 0, PAGE + LINE, "....I..........." },
		{ PAGE - 1, 2, "....B..........." },
		{ PAGE + 1, PAGE, "....BIII........" },
		{ PAGE + LINE, PAGE + LINE, ".....III........" },
		{ 3 * PAGE - 1, 2, "............B..." },
		{ 2 * PAGE, PAGE, "................" },
		{ 0, PAGE, "................" },
	};
	struct tp *tp = *state;
	char *buf = tp_run(tp, four[0], 4);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, three, 4, &t), 0);
	map = new_map(t, 4 * PAGE, 4, 4 * PAGE, 0);
	for (size_t i = 0; i < NELEM(v); i++) {
		unsigned off = v[i].off;

		/* All of a load, then of one that is longer. */
		assert_int_equal(
		    load(t, map, buf + off, v[i].len, BUS_DMA_WRITE), 0);
		assert_int_equal(map->dm_segs[0].ds_addr,
		    (off < 3 * PAGE ? 0x180000 : 0x280000) + off);
		assert_sync(
		    tp, t, map, 0, v[i].len, POSTREAD, four, 4, v[i].post);
		bus_dmamap_unload(t, map);
		assert_int_equal(load(t, map, buf, 4 * PAGE, BUS_DMA_WRITE), 0);
		assert_sync(
		    tp, t, map, off, v[i].len, POSTREAD, four, 4, v[i].post);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Of a load that is all coherent, a sync is one barrier and asks nobody. */
static void
coherent_loads_are_quiet(void **state)
{
	const uint32_t quiet = BUSDMA_MF_QUIET;
	struct tp *tp = *state;
	char *buf = tp_run(tp, four[0], 4);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, three, 4, &t), 0);
	map = new_map(t, 4 * PAGE, 4, 4 * PAGE, 0);
	/* In the shortcut, and past it. */
	assert_int_equal(t->dt_winlow, 0x80000);
	assert_int_equal(t->dt_winhigh, 0x80fff);
	for (unsigned page = 0; page < 4; page++) {
		assert_int_equal(load(t, map, buf + page * PAGE, PAGE, 0), 0);
		assert_int_equal(
		    (map->_dm_flags & BUSDMA_MF_WHOLE) == 0, page == 0);
		if (page % 2 == 0)
			assert_int_equal(map->_dm_flags & quiet, quiet);
		else
			assert_int_equal(map->_dm_flags & quiet,
			    1u << POSTWRITE << BUSDMA_MF_QUIET_SHIFT);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	/* Nor is an ordered CPU's: what it needs is known at the sync. */
	tp_noncoherent(tp, LINE, NOSPEC);
	assert_int_equal(tp_direct(tp, three, 4, &t), 0);
	map = new_map(t, PAGE, 4, PAGE, 0);
	assert_int_equal(load(t, map, buf + PAGE, PAGE, 0), 0);
	assert_int_equal(
	    map->_dm_flags & quiet, 1u << POSTWRITE << BUSDMA_MF_QUIET_SHIFT);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A shortcut that is not within one coherent window is none. */
static void
only_a_coherent_window_is_a_shortcut(void **state)
{
	const struct bus_dma_window w[] = { { 0x81000, 0, 0x1000, 0 },
		{ 0x80000, 0x10000, 0x1000, C } };
	struct tp *tp = *state;
	bus_dma_tag_t t, sub;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_true(t->dt_winlow > t->dt_winhigh);
	/* Narrowed to the other, it is one. */
	assert_int_equal(bus_dmatag_subregion(t, 0x10000, 0x107ff, &sub, 0), 0);
	assert_int_equal(sub->dt_winlow, 0x80000);
	assert_int_equal(sub->dt_winhigh, 0x807ff);
	bus_dmatag_destroy(sub);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
uncached_memory_is_skipped(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x81000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *cached = tp_run(tp, pages[0], 1);
	char *uncached = tp_run(tp, pages[1], 1);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 2, 2 * PAGE, 0);
	struct iovec iov[] = { { cached, PAGE }, { uncached + 5, 100 } };
	struct uio uio = {
		.uio_iov = iov, .uio_iovcnt = 2, .uio_resid = PAGE + 100
	};

	tp_known(tp, NULL, uncached, BUSDMA_MEMORY_UNCACHED);
	assert_int_equal(load(t, map, uncached + 1, 17, 0), 0);
	assert_int_equal(map->_dm_flags & BUSDMA_MF_QUIET, BUSDMA_MF_QUIET);
	assert_sync(tp, t, map, 0, 17, PREREAD, pages, 2, "........");
	assert_sync(tp, t, map, 2, 5, POSTREAD, pages, 2, "........");
	bus_dmamap_unload(t, map);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	assert_sync(tp, t, map, 0, PAGE + 100, PREREAD, pages, 2, "WWWW....");
	assert_sync(tp, t, map, PAGE - 1, 2, POSTREAD, pages, 2, "...B....");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* DMA memory, mapped COHERENT where that is uncached, costs none. */
static void
dma_memory_is_known(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);
	bus_dma_segment_t seg;
	void *kva;
	int n;

	tp->tp_uncached = true;
	assert_int_equal(bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		int flags = i == 0 ? BUS_DMA_COHERENT : 0;

		assert_int_equal(
		    bus_dmamem_map(t, &seg, n, PAGE, &kva, flags), 0);
		assert_int_equal(tp->tp_kmapflags, flags);
		assert_int_equal(load(t, map, kva, PAGE, 0), 0);
		assert_sync(tp, t, map, 0, PAGE, PRE, &seg.ds_addr, 1,
		    i == 0 ? "...." : "WWWW");
		bus_dmamap_unload(t, map);
		bus_dmamem_unmap(t, kva, PAGE);
	}
	bus_dmamem_free(t, &seg, n);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- where the kernel has no address ---- */

#define PROC ((struct proc *)(uintptr_t)0x5000)

static void
user_memory_goes_through_windows(void **state)
{
	static const struct {
		unsigned off, len;
		const char *post;
		unsigned windows;
	} v[] = {
		{ 0, 5 * PAGE, "IIIIIIIIIIIIIIIIIIII", 5 },
		{ PAGE - 1, 2, "...BB...............", 2 },
		{ 10, PAGE, "BIIIB...............", 2 },
		{ 2 * PAGE + LINE, 2 * PAGE, ".........IIIIIIII...", 3 },
		{ 3 * PAGE - 10, 20, "...........BB.......", 2 },
		{ 4 * PAGE + 1, 1, "................B...", 1 },
	};
	const uintptr_t uva = 0x40000000;
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, 5 * PAGE, 5, 5 * PAGE, 0);

	(void)tp_space(tp, (char *)PROC + 1, uva, scattered, 5);
	for (size_t i = 0; i < NELEM(v); i++) {
		/* All of a load; then of one that is longer. */
		assert_int_equal(
		    bus_dmamap_load(t, map, (void *)(uva + v[i].off), v[i].len,
			PROC, BUS_DMA_WRITE),
		    0);
		tp->tp_calls[TP_WINDOW] = 0;
		assert_sync(
		    tp, t, map, 0, v[i].len, POSTREAD, scattered, 5, v[i].post);
		assert_int_equal(tp->tp_calls[TP_WINDOW], v[i].windows);
		bus_dmamap_unload(t, map);
		assert_int_equal(bus_dmamap_load(t, map, (void *)uva, 5 * PAGE,
				     PROC, BUS_DMA_NOWAIT),
		    0);
		assert_sync(tp, t, map, v[i].off, v[i].len, POSTREAD, scattered,
		    5, v[i].post);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Windows that need no end; and none at all: memory is where it is. */
static void
without_some_of_the_hooks(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x81000 };
	bus_dma_segment_t segs[] = { { 0x80010, 0x1800 } };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);

	(void)tp_run(tp, pages[0], 2);
	tp->tp_pl.pl_window_done = NULL;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 1, 0x1800, 0), 0);
	bus_dmamap_sync(t, map, 0, 0, PREREAD);
	tp->tp_nevents = 0;
	/* Nobody says that a window is over: look at one page. */
	bus_dmamap_sync(t, map, 0, 100, POSTREAD);
	assert_told(tp, pages, 2, "B.......", POSTREAD);
	assert_int_equal(tp->tp_windows, 1);
	tp->tp_windows = 0;
	tp->tp_syncwindow = NULL;
	bus_dmamap_unload(t, map);
	tp->tp_pl.pl_window = NULL;
	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 1, 0x1800, 0), 0);
	assert_sync(tp, t, map, 0, 0x1800, POSTREAD, pages, 2, "BIIIIIB.");
	assert_int_equal(tp->tp_event[1].te_va, tp->tp_event[1].te_pa);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A window that must not fail, and does: that page is left out, and told. */
static void
a_window_that_fails(void **state)
{
	static const char *const want[] = { "....IIIIIIIB", "IIII....IIIB",
		"IIIIIIII...." };
	static const paddr_t pages[] = { 0x80000, 0x81000, 0x84000 };
	bus_dma_segment_t segs[] = { { 0x80000, 0x2000 }, { 0x84000, PAGE } };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, 3 * PAGE, 2, 3 * PAGE, 0);
	const bus_size_t len = 3 * PAGE - 5;
	unsigned failed = 0;

	(void)tp_buf(tp, pages, 3);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 3 * PAGE, 0), 0);
	for (unsigned n = 0; n < 3; n++) {
		unsigned page = 0;

		tp_fail_at(tp, n + 1);
		tp->tp_nevents = 0;
		bus_dmamap_sync(t, map, 0, len, POSTREAD);
		assert_true(tp->tp_failed);
		/* In which order is not said. */
		while (page < 3 && pages[page] != tp->tp_last.rp_addr)
			page++;
		assert_true(page < 3);
		failed |= 1u << page;
		assert_told(tp, pages, 3, want[page], POSTREAD);
		assert_int_equal(
		    tp->tp_last.rp_len, page < 2 ? PAGE : PAGE - 5);
		assert_ptr_equal(tp->tp_last.rp_map, map);
		assert_report(tp, BUSDMA_REPORT_PLATFORM);
	}
	assert_int_equal(failed, 7);
	tp_fail_at(tp, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- lines that are shared ---- */

static void
a_shared_line_is_told(void **state)
{
	static const struct {
		unsigned off, len;
		int flags;
		bool told;
	} v[] = {
		{ 0, PAGE, 0, false },
		{ LINE, LINE, 0, false },
		{ 1, LINE - 1, 0, true },
		{ 0, LINE - 1, 0, true },
		{ 0, LINE + 1, 0, true },
		{ 7, 5, 0, true },
		{ 7, 5, BUS_DMA_READ, true },
		{ 7, 5, BUS_DMA_READ | BUS_DMA_WRITE, true },
		/* The device does not write. */
		{ 7, 5, BUS_DMA_WRITE, false },
		/* The driver promises. */
		{ 7, 5, BUS_DMA_READ | BUS_DMA_OWNLINES, false },
	};
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_run(tp, 0x80000, 1);

	for (size_t i = 0; i < NELEM(v); i++) {
		bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

		/* Once for a map, however often that happens. */
		for (unsigned again = 0; again < 3; again++) {
			assert_int_equal(
			    load(t, map, buf + v[i].off, v[i].len, v[i].flags),
			    0);
			if (v[i].told && again == 0) {
				assert_string_equal(
				    tp->tp_last.rp_func, "bus_dmamap_load");
				assert_ptr_equal(tp->tp_last.rp_map, map);
				assert_int_equal(
				    tp->tp_last.rp_addr, 0x80000 + v[i].off);
				assert_int_equal(tp->tp_last.rp_len, v[i].len);
				assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
			}
			assert_silent(tp);
			bus_dmamap_unload(t, map);
		}
		bus_dmamap_destroy(t, map);
	}
	bus_dmatag_destroy(t);
}

static void
lines_that_have_an_owner(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x80000 + PAGE };
	bus_dma_segment_t seg = { 0x80001, 5 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_buf(tp, pages, 2);
	bus_dmamap_t map = new_map(t, PAGE, 4, PAGE, 0);
	struct busdma_part parts[] = { { buf + 1, 10, BUSDMA_MEMORY_OWNED },
		{ buf + 100, 10, BUSDMA_MEMORY_OWNED },
		{ buf + 110, 5, BUSDMA_MEMORY_OWNED } };
	struct tp_chain tc = {
		.tc_tp = tp, .tc_parts = parts, .tc_nparts = 3, .tc_total = 25
	};

	/* Who loads physical memory has it for himself. */
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, 5, 0), 0);
	bus_dmamap_unload(t, map);
	/* Who hands in parts can say it of each. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, 0), 0);
		/* The two that touch are one run, if both are his. */
		assert_int_equal(map->dm_nsegs, 2);
		bus_dmamap_unload(t, map);
		if (i == 0)
			assert_silent(tp);
		else
			assert_int_equal(tp->tp_last.rp_addr, 0x80000 + 110);
		parts[2].pt_flags = 0;
	}
	assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
	bus_dmamap_destroy(t, map);
	/* And the platform, of memory that it knows. */
	map = new_map(t, PAGE, 1, PAGE, 0);
	tp_known(tp, NULL, buf, BUSDMA_MEMORY_OWNED);
	assert_int_equal(load(t, map, buf + 3, 20, 0), 0);
	assert_sync(tp, t, map, 0, 20, POSTREAD, pages, 2, "B.......");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A line of a coherent window is shared with nobody. */
static void
shared_lines_of_coherent_windows(void **state)
{
	static const struct {
		unsigned off, len;
		bool told;
	} v[] = {
		{ 5, PAGE - 5, false },
		{ 5, 100, false },
		{ 2 * PAGE + 7, 100, false },
		/* Its ragged end is in a coherent one, or is not. */
		{ 5, 2 * PAGE - 5, false },
		{ PAGE, PAGE + 100, false },
		{ 5, 3 * PAGE - 11, false },
		{ 5, 2 * PAGE - 6, true },
		{ PAGE + 5, 2 * PAGE, true },
	};
	struct tp *tp = *state;
	char *buf = tp_run(tp, four[0], 4);
	bus_dma_tag_t t;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, three, 4, &t), 0);
	for (size_t i = 0; i < NELEM(v); i++) {
		bus_dmamap_t map = new_map(t, 4 * PAGE, 4, 4 * PAGE, 0);

		assert_int_equal(load(t, map, buf + v[i].off, v[i].len, 0), 0);
		assert_int_equal(tp->tp_nreports, v[i].told);
		if (v[i].told)
			assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
		bus_dmamap_destroy(t, map);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- loads that fail ---- */

/* As many runs as there are records, by a cut at a window; and one more. */
static void
too_many_runs(void **state)
{
	static const struct bus_dma_window w[] = { { 0, 0, 0x10000, 0 },
		{ 0x10000, 0x10000, 0x1000, C },
		{ 0x11000, 0x11000, 0x10000, 0 } };
	bus_dma_segment_t segs[40];
	struct tp *tp = *state;
	struct bus_dma_why wy;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	(void)tp_run(tp, 0xf000, 3);
	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, w, 3, &t), 0);
	/* 21 + 16 records. */
	map = new_map(t, 4 * PAGE, 21, 4 * PAGE, 0);
	for (unsigned bytes = 34; bytes <= 36; bytes++) {
		for (unsigned i = 0; i < bytes; i++)
			segs[i] = (bus_dma_segment_t){ 0xf000 + 2 * i, 1 };
		segs[bytes] = (bus_dma_segment_t){ 0xff00, 0x1200 };
		/* Pieces: two more; runs: one more. */
		assert_int_equal(bus_dmamap_load_raw(t, map, segs,
				     (int)bytes + 1, bytes + 0x1200, 0),
		    EFBIG);
		assert_unloaded(map);
		assert_true(bus_dmamap_why(t, map, &wy));
		assert_int_equal(wy.wy_reason,
		    bytes > 34 ? BUS_DMA_WHY_FRAGMENTS : BUS_DMA_WHY_SEGMENTS);
	}
	/* What can be loaded, still can. */
	for (unsigned i = 0; i < 20; i++)
		segs[i] = (bus_dma_segment_t){ 0xf000 + 2 * i, 1 };
	segs[20] = (bus_dma_segment_t){ 0xff00, 0x1200 };
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 21, 20 + 0x1200, 0), 0);
	assert_int_equal(map->dm_nsegs, 21);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Each hook of a load fails once: nothing is loaded, and it can be again. */
static void
each_hook_of_a_load_fails(void **state)
{
	static const struct bus_dma_window w[] = { { 0, 0, 0x100000, 0 } };
	struct tp *tp = *state;
	char *buf = tp_buf(tp, scattered, 5);
	bus_dma_tag_t t;
	bus_dmamap_t map;
	unsigned n;

	tp->tp_maxfrags = 1;
	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, w, 1, &t), 0);
	map = new_map(t, 5 * PAGE, 5, 5 * PAGE, 0);
	for (n = 1;; n++) {
		int error;

		tp_fail_at(tp, n);
		error = load(t, map, buf, 5 * PAGE, 0);
		if (!tp->tp_failed)
			break;
		assert_int_equal(error, EFAULT);
		assert_unloaded(map);
		tp_fail_at(tp, 0);
		assert_sync(tp, t, map, 0, 0, PREREAD, scattered, 5,
		    "....................");
	}
	assert_true(n > 4);
	tp_fail_at(tp, 0);
	assert_sync(tp, t, map, 0, 5 * PAGE, PREREAD, scattered, 5,
	    "WWWWWWWWWWWWWWWWWWWW");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* What a handler may do, kernel memory and physical, calls what it may. */
static void
in_an_interrupt(void **state)
{
	bus_dma_segment_t seg = { 0x10000, PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_buf(tp, scattered, 5);
	bus_dmamap_t map = new_map(t, 5 * PAGE, 5, 5 * PAGE, 0);

	tp->tp_intr = true;
	assert_int_equal(load(t, map, buf, 5 * PAGE, 0), 0);
	bus_dmamap_sync(t, map, 0, 5 * PAGE, PRE);
	bus_dmamap_sync(t, map, 1, 5 * PAGE - 1, POST);
	bus_dmamap_unload(t, map);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, PAGE, 0), 0);
	bus_dmamap_sync(t, map, 0, PAGE, PRE);
	bus_dmamap_sync(t, map, 1, PAGE - 1, POST);
	bus_dmamap_unload(t, map);
	tp->tp_intr = false;
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- among other layers ---- */

static struct tl_layer *above_layer;
static struct tp *above_tp;
static unsigned above_at; /* events when the layer above was synced */

static void
note_sync(
    bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	(void)t;
	(void)map;
	(void)off;
	(void)len;
	(void)ops;
	above_layer->tl_calls[TL_SYNC]++;
	above_at = above_tp->tp_nevents;
}

/* A layer above that has its own part in syncs: the order, and one barrier. */
static void
below_a_layer_that_syncs(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	static const char *const kinds[] = { "ls", "ms", "Ls" };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), top;
	char *buf = tp_run(tp, page[0], 1);
	struct tl_layer tl;
	bus_dmamap_t map;

	above_layer = &tl;
	above_tp = tp;
	for (size_t k = 0; k < NELEM(kinds); k++) {
		tl_init(&tl, 1, kinds[k], NULL);
		tl.tl_ops.bo_sync = note_sync;
		assert_int_equal(tl_create(tp, &tl, t, &top), 0);
		assert_int_equal(top->dt_line, LINE);
		assert_null(top->dt_alone);
		map = new_map(top, PAGE, 1, PAGE, 0);
		assert_int_equal(load(top, map, buf, PAGE, 0), 0);
		assert_sync(tp, top, map, 0, PAGE, PREWRITE, page, 1, "WWWW");
		assert_int_equal(above_at, 0);
		assert_sync(tp, top, map, 0, PAGE, POSTREAD, page, 1, "IIII");
		assert_int_equal(above_at, 2);
		assert_sync(tp, top, map, 0, PAGE, POSTWRITE, page, 1, "....");
		assert_int_equal(tl.tl_calls[TL_SYNC], 3);
		bus_dmamap_destroy(top, map);
		bus_dmatag_destroy(top);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* One that has none: the layer with caches serves alone. */
static void
below_a_layer_that_does_not(void **state)
{
	static const paddr_t page[] = { 0x80000, 0x81000 };
	static const char *const kinds[] = { "lu", "mL" };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), top;
	char *buf = tp_run(tp, page[0], 2);
	struct tl_layer tl;
	bus_dmamap_t map;

	for (size_t k = 0; k < NELEM(kinds); k++) {
		tl_init(&tl, 1, kinds[k], NULL);
		/* It takes its loads in pieces, somewhere else on the bus. */
		tl.tl_offset = 0x100000;
		tl.tl_most = 1000;
		assert_int_equal(tl_create(tp, &tl, t, &top), 0);
		assert_ptr_equal(top->dt_alone, t);
		map = new_map(top, 2 * PAGE, 1, 2 * PAGE, 0);
		assert_int_equal(
		    load(top, map, buf + 5, PAGE, BUS_DMA_WRITE), 0);
		assert_seg(map, 0, 0x180005, PAGE);
		assert_sync(
		    tp, top, map, 0, PAGE, PREWRITE, page, 2, "WWWWW...");
		bus_dmamap_unload(top, map);
		/* The cuts share lines with nobody. */
		assert_int_equal(load(top, map, buf, 2 * PAGE, 0), 0);
		assert_sync(
		    tp, top, map, 0, 2 * PAGE, POSTREAD, page, 2, "IIIIIIII");
		assert_silent(tp);
		bus_dmamap_destroy(top, map);
		bus_dmatag_destroy(top);
	}
	bus_dmatag_destroy(t);
}

/* Direct mapping on top of it: windows are about its addresses, caches not. */
static void
below_direct_mapping(void **state)
{
	static const struct bus_dma_window below[] = {
		{ 0x180000, 0x280000, 0x1000, C },
		{ 0x181000, 0x281000, 0x3000, 0 },
	};
	static const struct bus_dma_window above[] = {
		{ 0x80000, 0x180000, 0x4000, C },
	};
	struct tp *tp = *state;
	char *buf = tp_run(tp, four[0], 4);
	bus_dma_tag_t t, top;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, below, 2, &t), 0);
	assert_int_equal(bus_dmatag_direct(NULL, t, above, 1, &top, 0), 0);
	assert_int_equal(top->dt_line, LINE);
	map = new_map(top, 4 * PAGE, 1, 4 * PAGE, 0);
	assert_int_equal(load(top, map, buf, 4 * PAGE, 0), 0);
	assert_seg(map, 0, 0x280000, 4 * PAGE);
	assert_sync(
	    tp, top, map, 0, 4 * PAGE, POSTREAD, four, 4, "....IIIIIIIIIIII");
	bus_dmamap_unload(top, map);
	assert_int_equal(load(top, map, buf + 7, PAGE, BUS_DMA_WRITE), 0);
	assert_sync(
	    tp, top, map, 0, PAGE, POSTREAD, four, 4, "....B...........");
	bus_dmamap_unload(top, map);
	assert_int_equal(load(top, map, buf + PAGE, PAGE, 0), 0);
	assert_sync(
	    tp, top, map, 0, PAGE, POSTREAD, four, 4, "....IIII........");
	bus_dmamap_destroy(top, map);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/*
 * One that moves fragments elsewhere, and says so: where the copy is, or that
 * the kernel has no address of it.
 */
static bool moved_known;
static void *moved_va;

static int
move_load(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	(void)t;
	(void)map;
	(void)flags;
	for (unsigned i = 0; i < fs->fs_count; i++) {
		fs->fs_frag[i].bf_addr = 0x90000;
		fs->fs_memory[i].me_addr = 0x90000;
		fs->fs_memory[i].me_va = (uintptr_t)moved_va;
		fs->fs_memory[i].me_flags = BUSDMA_MEMORY_OWNED;
		if (moved_known)
			fs->fs_memory[i].me_flags |= BUSDMA_MEMORY_KVA;
	}
	return 0;
}

static void
below_a_layer_that_moves(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x90000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), top;
	char *buf = tp_run(tp, pages[0], 1);
	struct tl_layer tl;
	bus_dmamap_t map;

	moved_va = tp_run(tp, pages[1], 1);
	tl_init(&tl, 1, "l", NULL);
	tl.tl_ops.bo_load = move_load;
	assert_int_equal(tl_create(tp, &tl, t, &top), 0);
	map = new_map(top, PAGE, 1, PAGE, 0);
	for (unsigned i = 0; i < 3; i++) {
		moved_known = i == 0;
		/* Without windows, the kernel reaches it where it is. */
		if (i == 2)
			tp->tp_pl.pl_window = NULL;
		tp->tp_calls[TP_WINDOW] = 0;
		assert_int_equal(load(top, map, buf + 5, 100, 0), 0);
		assert_seg(map, 0, 0x90000, 100);
		assert_sync(
		    tp, top, map, 0, 100, POSTREAD, pages, 2, "....B...");
		assert_int_equal(tp->tp_event[1].te_va,
		    i < 2 ? (uintptr_t)moved_va : pages[1]);
		assert_int_equal(tp->tp_calls[TP_WINDOW], i == 1);
		bus_dmamap_unload(top, map);
	}
	bus_dmamap_destroy(top, map);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
reach_passes(void **state)
{
	struct tp *tp = *state;
	struct busdma_reach re;
	bus_dma_tag_t t;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, three, 4, &t), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(busdma_reach(t, i, &re));
		assert_int_equal(re.re_low, three[i].dw_cpu);
		assert_int_equal(re.re_high, three[i].dw_cpu + 0xfff);
		assert_true(re.re_fixed);
	}
	assert_false(busdma_reach(t, 4, &re));
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_table_must_be_complete),
		UNIT(a_tag_is_two_allocations),
		UNIT(narrowed_tags_do_the_same),
		UNIT(narrowing_fails_whole),
		UNIT(the_table_of_operations),
		UNIT(a_part_is_its_lines),
		UNIT(a_buffer_in_several_runs),
		UNIT(runs_in_any_order),
		UNIT(at_the_end_of_the_space),
		UNIT(wrong_syncs),
		UNIT(coherent_windows_are_skipped),
		UNIT(coherent_loads_are_quiet),
		UNIT(only_a_coherent_window_is_a_shortcut),
		UNIT(uncached_memory_is_skipped),
		UNIT(dma_memory_is_known),
		UNIT(user_memory_goes_through_windows),
		UNIT(without_some_of_the_hooks),
		UNIT(a_window_that_fails),
		UNIT(a_shared_line_is_told),
		UNIT(lines_that_have_an_owner),
		UNIT(shared_lines_of_coherent_windows),
		UNIT(too_many_runs),
		UNIT(each_hook_of_a_load_fails),
		UNIT(in_an_interrupt),
		UNIT(below_a_layer_that_syncs),
		UNIT(below_a_layer_that_does_not),
		UNIT(below_direct_mapping),
		UNIT(below_a_layer_that_moves),
		UNIT(reach_passes),
	};

	return cmocka_run_group_tests_name("noncoherent", tests, NULL, NULL);
}
