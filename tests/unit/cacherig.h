/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tag whose one window is past the caches, and what these are told of a sync.
 * Lines are a quarter of a page here, and what became of those of some pages is
 * a string: . nothing, W written back, I invalidated, B both, and ? more than
 * one of these.
 */
#ifndef TESTS_UNIT_CACHERIG_H
#define TESTS_UNIT_CACHERIG_H

#include "unit.h"

#define LINE 1024u
#define C BUS_DMA_WINDOW_COHERENT
#define NOSPEC BUSDMA_CACHE_NOSPECULATION
#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE
#define PRE (PREREAD | PREWRITE)
#define POST (POSTREAD | POSTWRITE)

static const struct bus_dma_window identical = { 0 };

static inline bus_dma_tag_t
uncoherent(struct tp *tp, unsigned flags)
{
	bus_dma_tag_t t = NULL;

	tp_noncoherent(tp, LINE, flags);
	assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
	return t;
}

/* What became of the lines of a page, at its four places in the text. */
static inline void
page_told(const struct tp_event *te, paddr_t page, char *text, size_t *seen)
{
	static const char letter[] = {
		[TP_WB] = 'W', [TP_INV] = 'I', [TP_WBINV] = 'B'
	};

	for (size_t o = 0; o < te->te_len; o += LINE) {
		paddr_t pa = te->te_pa + o;

		if (pa - page >= PAGE)
			continue;
		text += (pa - page) / LINE;
		*text = *text == '.' ? letter[te->te_what] : '?';
		text -= (pa - page) / LINE;
		*seen += LINE;
	}
}

/* Where there is a ca_finish: the last of a POST that did something. */
static inline void
assert_finished(struct tp *tp, bool did, int ops)
{
	unsigned n = tp->tp_nevents, finished = 0;
	bool due = tp->tp_cache.ca_finish != NULL && did && (ops & PRE) == 0;

	for (unsigned i = 0; i < n; i++)
		finished += tp->tp_event[i].te_what == TP_FINISHED;
	assert_int_equal(finished, due);
	if (due)
		assert_int_equal(tp->tp_event[n - 1].te_what, TP_FINISHED);
}

/*
 * Of these pages that, of no other memory anything; one barrier, at the
 * device's end; and at the CPU's, ca_finish.
 */
static inline void
assert_told(
    struct tp *tp, const paddr_t *pages, unsigned n, const char *want, int ops)
{
	unsigned barriers = 0;
	size_t seen = 0, sum = 0;
	char text[80];

	assert_true(n * 4 < sizeof(text));
	assert_true(tp->tp_nevents >= 1 && tp->tp_nevents <= TP_NEVENTS);
	memset(text, '.', sizeof(text));
	text[n * 4] = '\0';
	for (unsigned i = 0; i < tp->tp_nevents; i++) {
		const struct tp_event *te = &tp->tp_event[i];

		if (te->te_what == TP_BARRIERED) {
			barriers++;
			assert_int_equal(te->te_ops, ops);
			assert_true(te->te_wc);
			assert_int_equal(
			    i, (ops & PRE) != 0 ? tp->tp_nevents - 1 : 0);
			continue;
		}
		if (te->te_what == TP_FINISHED)
			continue;
		sum += te->te_len;
		for (unsigned p = 0; p < n; p++)
			page_told(te, pages[p], &text[p * 4], &seen);
	}
	assert_int_equal(barriers, 1);
	assert_finished(tp, sum != 0, ops);
	assert_int_equal(sum, seen);
	assert_string_equal(text, want);
}

static inline void
assert_sync(struct tp *tp, bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t off,
    bus_size_t len, int ops, const paddr_t *pages, unsigned n, const char *want)
{
	tp->tp_nevents = 0;
	bus_dmamap_sync(t, map, off, len, ops);
	assert_told(tp, pages, n, want, ops);
	assert_int_equal(tp->tp_windows, 0);
}

static inline int
load(bus_dma_tag_t t, bus_dmamap_t map, void *buf, bus_size_t len, int flags)
{
	return bus_dmamap_load(t, map, buf, len, NULL, BUS_DMA_NOWAIT | flags);
}

#endif /* TESTS_UNIT_CACHERIG_H */
