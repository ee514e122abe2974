/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/pool.c: pools of small blocks. */
#include <busdma/bus_dma_stats.h>
#include <busdma/bus_dmapool.h>

#include "mt.h"

static bus_dmapool_t
new_pool(bus_dma_tag_t t, bus_size_t size, bus_size_t align,
    bus_size_t boundary, unsigned nready)
{
	bus_dmapool_t pool = NULL;

	assert_int_equal(
	    bus_dmapool_create(t, size, align, boundary, nready, 0, &pool), 0);
	assert_non_null(pool);
	return pool;
}

static struct bus_dmapool_block *
get(bus_dmapool_t pool)
{
	struct bus_dmapool_block *pb = bus_dmapool_alloc(pool, 0);

	assert_non_null(pb);
	return pb;
}

/* How many there are without waiting; all of them are out then. */
static unsigned
drain(bus_dmapool_t pool, struct bus_dmapool_block **pb, unsigned most)
{
	unsigned n = 0;

	while (n < most &&
	       (pb[n] = bus_dmapool_alloc(pool, BUS_DMA_NOWAIT)) != NULL)
		n++;
	return n;
}

static void
give_back(bus_dmapool_t pool, struct bus_dmapool_block **pb, unsigned n)
{
	while (n != 0)
		bus_dmapool_free(pool, pb[--n]);
}

static void
blocks_have_two_addresses(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmapool_t pool;
	struct bus_dmapool_block *a, *b;

	/* The device sees memory a gigabyte higher. */
	assert_int_equal(
	    tp_direct(tp,
		&(struct bus_dma_window){ RAMBASE, 0x40000000 + RAMBASE,
		    RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT },
		1, &t),
	    0);
	pool = new_pool(t, 64, 0, 0, 0);
	assert_int_equal(tp->tp_pages, 0);
	assert_null(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT));
	a = get(pool);
	b = get(pool);
	assert_int_equal(tp->tp_pages, 1);
	assert_in_range(a->pb_addr, 0x40000000 + RAMBASE,
	    0x40000000 + RAMBASE + RAMPAGES * PAGE - 64);
	assert_int_equal(
	    b->pb_addr - a->pb_addr, (char *)b->pb_kva - (char *)a->pb_kva);
	memset(a->pb_kva, 1, 64);
	memset(b->pb_kva, 2, 64);
	assert_int_equal(((char *)a->pb_kva)[63], 1);
	assert_int_equal(((char *)b->pb_kva)[0], 2);
	bus_dmapool_free(pool, a);
	/* What comes back first need not be it, but there is one. */
	assert_non_null(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT));
	bus_dmapool_free(pool, a);
	bus_dmapool_free(pool, b);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* All blocks of a page: aligned, across no boundary, none over another. */
static void
shapes(void **state)
{
	static const struct {
		bus_size_t size, align, boundary;
		unsigned per_page;
	} v[] = { { 64, 0, 0, 64 }, { 64, 64, 64, 64 }, { 1, 1, 0, 4096 },
		{ 1, 0, 0, 512 }, { 3, 1, 4, 1024 }, { 3, 1, 0, 1365 },
		{ 48, 16, 64, 64 }, { 48, 32, 0, 64 }, { 100, 4, 256, 32 },
		{ 100, 4, 128, 32 }, { 4096, 0, 0, 1 }, { 4096, 4096, 4096, 1 },
		{ 4095, 1, 4096, 1 }, { 2049, 1, 0, 1 }, { 24, 128, 64, 32 },
		{ 16, 8192, 0, 1 }, { 33, 2, 0, 120 } };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	static struct bus_dmapool_block *pb[5000];
	static unsigned char taken[PAGE];

	for (size_t i = 0; i < NELEM(v); i++) {
		bus_dmapool_t pool =
		    new_pool(t, v[i].size, v[i].align, v[i].boundary, 1);
		bus_addr_t page;
		unsigned n = drain(pool, pb, NELEM(pb));

		assert_int_equal(n, v[i].per_page);
		assert_int_equal(tp->tp_pages, 1);
		page = pb[0]->pb_addr & ~(bus_addr_t)(PAGE - 1);
		memset(taken, 0, sizeof(taken));
		for (unsigned k = 0; k < n; k++) {
			bus_addr_t a = pb[k]->pb_addr;

			if (v[i].align != 0)
				assert_int_equal(a % v[i].align, 0);
			if (v[i].boundary != 0)
				assert_int_equal(a / v[i].boundary,
				    (a + v[i].size - 1) / v[i].boundary);
			assert_true(a >= page && a + v[i].size <= page + PAGE);
			for (unsigned o = 0; o < v[i].size; o++)
				assert_int_equal(taken[a - page + o]++, 0);
		}
		give_back(pool, pb, n);
		bus_dmapool_destroy(pool);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Blocks of more than a page, wherever the memory happens to lie. */
static void
larger_than_a_page(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t first;
	bus_dmapool_t pool;
	int n;

	/* The next free page is no multiple of two. */
	assert_int_equal(bus_dmamem_alloc(t, PAGE, 0, 0, &first, 1, &n, 0), 0);
	for (bus_size_t boundary = 0; boundary <= 65536;
	     boundary = boundary == 0 ? 8192 : 2 * boundary) {
		struct bus_dmapool_block *pb[3];

		pool = new_pool(t, 5000, 64, boundary, 2);
		assert_int_equal(drain(pool, pb, 2), 2);
		pb[2] = get(pool);
		for (unsigned i = 0; i < 3; i++) {
			bus_addr_t a = pb[i]->pb_addr;

			assert_int_equal(a % 64, 0);
			if (boundary != 0)
				assert_int_equal(
				    a / boundary, (a + 4999) / boundary);
			memset(pb[i]->pb_kva, (int)i, 5000);
		}
		give_back(pool, pb, 3);
		bus_dmapool_destroy(pool);
	}
	bus_dmamem_free(t, &first, 1);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
as_many_as_are_to_be_ready(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	static struct bus_dmapool_block *pb[300];

	for (unsigned nready = 0; nready < 140; nready += 9) {
		bus_dmapool_t pool = new_pool(t, 64, 0, 0, nready);
		unsigned n;

		assert_int_equal(tp->tp_pages, (nready + 63) / 64);
		n = drain(pool, pb, NELEM(pb));
		assert_int_equal(n, (nready + 63) / 64 * 64);
		/* Without waiting there are no more; with it there are. */
		assert_null(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT));
		pb[n++] = get(pool);
		assert_int_equal(tp->tp_pages, n / 64 + 1);
		n += drain(pool, pb + n, NELEM(pb) - n);
		assert_int_equal(n % 64, 0);
		give_back(pool, pb, n);
		bus_dmapool_destroy(pool);
		assert_int_equal(tp->tp_pages, 0);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
bad_arguments(void **state)
{
	static const struct {
		bus_size_t size, align, boundary;
	} v[] = { { 0, 0, 0 }, { 64, 3, 0 }, { 64, 0, 96 }, { 64, 0, 32 },
		{ 65, 1, 64 }, { 8193, 1, 8192 }, { UINT64_MAX, 0, 0 },
		{ UINT64_MAX - PAGE + 2, 0, 0 },
		{ (bus_size_t)1 << 63, 0, 0 } };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	unsigned allocs = tp->tp_allocs;
	bus_dmapool_t pool = NULL;

	for (size_t i = 0; i < NELEM(v); i++) {
		assert_int_equal(bus_dmapool_create(t, v[i].size, v[i].align,
				     v[i].boundary, 0, 0, &pool),
		    EINVAL);
		assert_null(pool);
	}
	assert_int_equal(
	    bus_dmapool_create(NULL, 64, 0, 0, 0, 0, &pool), EINVAL);
	assert_int_equal(bus_dmapool_create(t, 64, 0, 0, 0, 0, NULL), EINVAL);
	assert_int_equal(tp->tp_allocs, allocs);
	bus_dmapool_destroy(NULL);
	assert_silent(tp);
	/* A tag that was given up. */
	pool = new_pool(t, 64, 0, 0, 1);
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	allocs = tp->tp_allocs;
	assert_int_equal(
	    bus_dmapool_create(t, 64, 0, 0, 0, 0, &(bus_dmapool_t){ NULL }),
	    EINVAL);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmapool_create");
	assert_report(tp, BUSDMA_REPORT_TAGDEAD);
	assert_int_equal(tp->tp_allocs, allocs);
	/* The pool keeps it until its own end. */
	bus_dmapool_destroy(pool);
	assert_silent(tp);
}

static void
caller_errors(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool = new_pool(t, 64, 0, 0, 0);
	bus_dmapool_t other = new_pool(t, 32, 0, 0, 0);
	static struct bus_dmapool_block *pb[200];
	struct bus_dmapool_block *a = get(pool), *b = get(other);
	unsigned n;

	bus_dmapool_free(pool, NULL);
	assert_int_equal(tp->tp_last.rp_addr, 0);
	assert_report(tp, BUSDMA_REPORT_POOLFREE);
	bus_dmapool_free(pool, b);
	assert_int_equal(tp->tp_last.rp_addr, b->pb_addr);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmapool_free");
	assert_ptr_equal(tp->tp_last.rp_tag, t);
	assert_report(tp, BUSDMA_REPORT_POOLFREE);
	bus_dmapool_free(pool, a);
	assert_silent(tp);
	bus_dmapool_free(pool, a);
	assert_report(tp, BUSDMA_REPORT_POOLFREE);
	/* It is not handed out twice for that, nor any other. */
	n = drain(pool, pb, NELEM(pb));
	assert_int_equal(n, 64);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			assert_ptr_not_equal(pb[i], pb[k]);
	/* With blocks in use the pool stays, and works. */
	for (unsigned used = n; used != 0; used--) {
		bus_dmapool_destroy(pool);
		assert_int_equal(tp->tp_last.rp_len, used);
		assert_string_equal(tp->tp_last.rp_func, "bus_dmapool_destroy");
		assert_report(tp, BUSDMA_REPORT_POOLBUSY);
		bus_dmapool_free(pool, pb[used - 1]);
	}
	pb[0] = get(pool);
	bus_dmapool_free(pool, pb[0]);
	bus_dmapool_free(other, b);
	bus_dmapool_destroy(other);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* What a device or a driver writes into free blocks does no harm. */
static void
scribbled_over(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool = new_pool(t, 16, 0, 0, 1);
	static struct bus_dmapool_block *pb[300], *again[300];
	unsigned n = drain(pool, pb, NELEM(pb));

	assert_int_equal(n, 256);
	give_back(pool, pb, n);
	for (unsigned i = 0; i < n; i++)
		memset(pb[i]->pb_kva, 0xff, 16);
	memset(tp->tp_ram, 0xee, (size_t)RAMPAGES * PAGE);
	assert_int_equal(drain(pool, again, NELEM(again)), n);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			assert_ptr_not_equal(again[i], again[k]);
	give_back(pool, again, n);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* No page of a pool is anybody else's, nor another pool's. */
static void
pages_of_its_own(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool[3];
	struct bus_dmapool_block *pb[9];
	bus_dma_segment_t seg[3];
	int n;

	for (unsigned i = 0; i < 3; i++) {
		pool[i] = new_pool(t, 8, 0, 0, 0);
		assert_int_equal(
		    bus_dmamem_alloc(t, 8, 0, 0, &seg[i], 1, &n, 0), 0);
	}
	for (unsigned i = 0; i < 9; i++)
		pb[i] = get(pool[i % 3]);
	for (unsigned i = 0; i < 9; i++) {
		for (unsigned k = 0; k < i; k++)
			if (i % 3 != k % 3)
				assert_int_not_equal(pb[i]->pb_addr / PAGE,
				    pb[k]->pb_addr / PAGE);
		for (unsigned k = 0; k < 3; k++)
			assert_int_not_equal(
			    pb[i]->pb_addr / PAGE, seg[k].ds_addr / PAGE);
		bus_dmapool_free(pool[i % 3], pb[i]);
	}
	for (unsigned i = 0; i < 3; i++) {
		bus_dmapool_destroy(pool[i]);
		bus_dmamem_free(t, &seg[i], 1);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- what a tag asks for ---- */

static void
limits_of_the_tag(void **state)
{
	static const struct {
		struct bus_dma_limits lim;
		bus_size_t size, align;
		unsigned per_chunk;
	} v[] = {
		{ { .dl_alignment = 64 }, 8, 0, 64 },
		{ { .dl_alignment = 64 }, 8, 128, 32 },
		{ { .dl_boundary = 256 }, 64, 0, 4 },
		{ { .dl_boundary = 256 }, 100, 4, 2 },
		{ { .dl_maxsegsz = 200 }, 64, 0, 3 },
		{ { .dl_maxsegsz = 64 }, 64, 0, 1 },
		{ { .dl_maxsegsz = 64, .dl_alignment = 16 }, 20, 0, 2 },
		{ { .dl_boundary = 128, .dl_alignment = 128 }, 8, 0, 1 },
		{ { .dl_alignment = 2 * PAGE }, 8, 0, 1 },
		{ { .dl_boundary = 2 * PAGE }, 5000, 0, 1 },
		{ { .dl_low = RAMBASE + 3 * PAGE,
		      .dl_high = RAMBASE + 4 * PAGE - 1 },
		    64, 0, 64 },
		{ { .dl_nsegments = 1 }, 64, 0, 64 },
	};
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;
	static struct bus_dmapool_block *pb[600];

	for (size_t i = 0; i < NELEM(v); i++) {
		const struct bus_dma_limits *lim = &v[i].lim;
		bus_dmapool_t pool;
		unsigned n;

		assert_int_equal(bus_dmatag_restrict(root, lim, &t, 0), 0);
		pool = new_pool(t, v[i].size, v[i].align, 0, 1);
		n = drain(pool, pb, NELEM(pb));
		assert_int_equal(n, v[i].per_chunk);
		for (unsigned k = 0; k < n; k++) {
			bus_addr_t a = pb[k]->pb_addr;

			assert_true(a >= lim->dl_low);
			if (lim->dl_high != 0)
				assert_true(a + v[i].size - 1 <= lim->dl_high);
			if (lim->dl_alignment != 0)
				assert_int_equal(a % lim->dl_alignment, 0);
			if (lim->dl_boundary != 0)
				assert_int_equal(a / lim->dl_boundary,
				    (a + v[i].size - 1) / lim->dl_boundary);
			bus_dmapool_sync(
			    pool, pb[k], 0, v[i].size, BUS_DMASYNC_PREREAD);
		}
		give_back(pool, pb, n);
		bus_dmapool_destroy(pool);
		bus_dmatag_destroy(t);
	}
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static void
what_a_tag_can_not_give(void **state)
{
	static const struct {
		struct bus_dma_limits lim;
		bus_size_t size;
		int error;
		bool at_create; /* known without a try */
	} v[] = {
		{ { .dl_boundary = 32 }, 33, EINVAL, true },
		{ { .dl_maxsegsz = 32 }, 33, EINVAL, true },
		{ { .dl_maxsegsz = PAGE }, PAGE + 1, EINVAL, true },
		{ { .dl_memory = PAGE - 1 }, 8, ENOMEM, false },
		{ { .dl_high = RAMBASE - 1 }, 8, ENOMEM, false },
		{ { .dl_memory = UINT64_MAX }, (bus_size_t)1 << 30, ENOMEM,
		    false },
	};
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;

	for (size_t i = 0; i < NELEM(v); i++) {
		bus_dmapool_t pool = NULL;
		unsigned allocs;

		assert_int_equal(
		    bus_dmatag_restrict(root, &v[i].lim, &t, 0), 0);
		allocs = tp->tp_allocs;
		assert_int_equal(
		    bus_dmapool_create(t, v[i].size, 1, 0, 1, 0, &pool),
		    v[i].error);
		assert_null(pool);
		assert_int_equal(tp->tp_allocs, allocs);
		if (v[i].at_create) {
			assert_int_equal(
			    bus_dmapool_create(t, v[i].size, 1, 0, 0, 0, &pool),
			    v[i].error);
			assert_null(pool);
		} else {
			pool = new_pool(t, v[i].size, 1, 0, 0);
			assert_null(bus_dmapool_alloc(pool, 0));
			bus_dmapool_destroy(pool);
		}
		assert_int_equal(tp->tp_allocs, allocs);
		bus_dmatag_destroy(t);
	}
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* Bus addresses that only a load tells, and that lie badly. */
static void
where_a_layer_puts_it(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;
	struct tl_layer tl;
	bus_dmapool_t pool;
	struct bus_dmapool_block *pb;
	unsigned allocs;

	tl_init(&tl, 1, "m", NULL);
	tl.tl_offset = 0x77000000;
	assert_int_equal(tl_create(tp, &tl, root, &t), 0);
	pool = new_pool(t, 64, 0, 0, 0);
	pb = get(pool);
	assert_in_range(pb->pb_addr, 0x77000000 + RAMBASE,
	    0x77000000 + RAMBASE + RAMPAGES * PAGE);
	bus_dmapool_free(pool, pb);
	bus_dmapool_destroy(pool);
	/* No block of the chunk is aligned: nothing is held. */
	tl.tl_offset = PAGE;
	allocs = tp->tp_allocs;
	assert_int_equal(
	    bus_dmapool_create(t, 64, RAMPAGES * PAGE, 0, 1, 0, &pool), EINVAL);
	assert_int_equal(tp->tp_allocs, allocs);
	assert_int_equal(tp->tp_pages, 0);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static void
caps_and_statistics(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_limits lim = { .dl_memory = 2 * PAGE };
	bus_dma_tag_t root = identity(tp), t;
	static struct bus_dmapool_block *pb[200];
	struct bus_dma_mapinfo mi[3];
	struct bus_dma_stats ds;
	bus_dmapool_t pool;
	unsigned n;

	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), 0);
	pool = new_pool(t, 64, 0, 0, 65);
	n = drain(pool, pb, NELEM(pb));
	assert_int_equal(n, 128);
	assert_null(bus_dmapool_alloc(pool, 0));
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_memory, 2 * PAGE);
	assert_int_equal(ds.ds_memory_refused, 1);
	assert_int_equal(ds.ds_maps, 2);
	/* Its maps are known by their name. */
	assert_int_equal(bus_dma_maps(t, 0, mi, 3), 2);
	assert_string_equal(mi[0].mi_label, "bus_dmapool");
	assert_ptr_equal(mi[0].mi_label, mi[1].mi_label);
	assert_int_equal(mi[0].mi_mapped, PAGE);
	bus_dmapool_free(pool, pb[0]);
	assert_ptr_equal(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT), pb[0]);
	give_back(pool, pb, n);
	bus_dmapool_destroy(pool);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_memory, 0);
	assert_int_equal(ds.ds_maps, 0);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- sync ---- */

static void
syncs_of_a_block(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;
	struct tl_layer tl;
	bus_dmapool_t pool, other;
	struct bus_dmapool_block *first, *pb, *foreign;
	bus_addr_t base;
	unsigned calls;

	tl_init(&tl, 1, "ms", NULL);
	assert_int_equal(tl_create(tp, &tl, root, &t), 0);
	pool = new_pool(t, 64, 64, 0, 0);
	other = new_pool(t, 8, 0, 0, 0);
	foreign = get(other);
	first = get(pool);
	pb = get(pool);
	base = pb->pb_addr % PAGE;
	bus_dmapool_sync(pool, pb, 8, 16, BUS_DMASYNC_PREWRITE);
	assert_int_equal(tl.tl_syncoff, base + 8);
	assert_int_equal(tl.tl_synclen, 16);
	assert_int_equal(tl.tl_syncops, BUS_DMASYNC_PREWRITE);
	assert_int_equal(tp->tp_barrierops, BUS_DMASYNC_PREWRITE);
	bus_dmapool_sync(pool, pb, 0, 64, BUS_DMASYNC_POSTREAD);
	assert_int_equal(tl.tl_syncoff, base);
	assert_int_equal(tl.tl_synclen, 64);
	bus_dmapool_sync(pool, pb, 64, 0, BUS_DMASYNC_POSTREAD);
	assert_silent(tp);
	/* What lies outside is reported and clipped: never the neighbour's. */
	bus_dmapool_sync(pool, pb, 60, 5, BUS_DMASYNC_PREREAD);
	assert_int_equal(tl.tl_syncoff, base + 60);
	assert_int_equal(tl.tl_synclen, 4);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmapool_sync");
	assert_int_equal(tp->tp_last.rp_addr, 60);
	assert_int_equal(tp->tp_last.rp_len, 5);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, pb, 65, 1, BUS_DMASYNC_PREREAD);
	assert_int_equal(tl.tl_synclen, 0);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, pb, 4, UINT64_MAX, BUS_DMASYNC_PREREAD);
	assert_int_equal(tl.tl_syncoff, base + 4);
	assert_int_equal(tl.tl_synclen, 60);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, pb, UINT64_MAX, 2, BUS_DMASYNC_PREREAD);
	assert_int_equal(tl.tl_synclen, 0);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	/* No block, or another pool's: nothing of it is in this one. */
	calls = tl.tl_calls[TL_SYNC];
	bus_dmapool_sync(pool, NULL, 0, 8, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, foreign, 0, 8, BUS_DMASYNC_PREREAD);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	assert_int_equal(tl.tl_calls[TL_SYNC], calls);
	/* What bus_dmamap_sync reports. */
	bus_dmapool_sync(pool, pb, 0, 8, 0);
	assert_report(tp, BUSDMA_REPORT_SYNCOPS);
	bus_dmapool_free(pool, pb);
	bus_dmapool_free(pool, first);
	bus_dmapool_free(other, foreign);
	bus_dmapool_destroy(other);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static void
in_an_interrupt(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool = new_pool(t, 64, 0, 0, 3);
	struct bus_dmapool_block *pb[64];
	unsigned n;

	tp->tp_intr = true;
	n = drain(pool, pb, 64);
	assert_int_equal(n, 64);
	assert_null(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT));
	bus_dmapool_sync(pool, pb[3], 0, 64, BUS_DMASYNC_PREWRITE);
	bus_dmapool_sync(pool, pb[3], 0, 64, BUS_DMASYNC_POSTREAD);
	give_back(pool, pb, n);
	bus_dmapool_free(pool, pb[0]);
	assert_report(tp, BUSDMA_REPORT_POOLFREE);
	tp->tp_intr = false;
	assert_int_equal(tp->tp_wrong, 0);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
}

/* ---- the platform's hooks ---- */

/* Each hook's n-th call fails; then nothing is held. */
static void
each_call_fails_once(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool;
	bool came;
	unsigned allocs, n, recovered = 0;
	int error;

	/*
	 * The tag's first label allocates, once and for all; and that it can't
	 * is no failure.
	 */
	for (n = 1, came = true; came; n++) {
		allocs = tp->tp_allocs - (t->dt_labels != NULL);
		tp_fail_at(tp, n);
		error = bus_dmapool_create(t, 64, 0, 0, 65, 0, &pool);
		came = tp->tp_failed;
		tp_fail_at(tp, 0);
		if (error == 0) {
			recovered += came;
			bus_dmapool_destroy(pool);
		}
		assert_int_equal(error, came && error != 0 ? ENOMEM : 0);
		assert_int_equal(
		    tp->tp_allocs, allocs + (t->dt_labels != NULL));
		assert_int_equal(tp->tp_pages, 0);
		assert_int_equal(tp->tp_kmaps, 0);
	}
	assert_true(n > 10);
	assert_int_equal(recovered, 1);
	/* The same of a pool that grows. */
	pool = new_pool(t, PAGE, 0, 0, 0);
	allocs = tp->tp_allocs;
	for (n = 1;; n++) {
		struct bus_dmapool_block *pb;

		tp_fail_at(tp, n);
		pb = bus_dmapool_alloc(pool, 0);
		tp_fail_at(tp, 0);
		if (pb != NULL) {
			bus_dmapool_free(pool, pb);
			break;
		}
		assert_int_equal(tp->tp_allocs, allocs);
		assert_int_equal(tp->tp_pages, 0);
		assert_int_equal(tp->tp_kmaps, 0);
	}
	assert_true(n > 3);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A label that can't be had is no failure. */
static void
without_a_label(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmapool_t pool;
	struct bus_dma_mapinfo mi;

	/* pool, pages, mapping, map; then the label. */
	tp_fail_at(tp, 5);
	pool = new_pool(t, 64, 0, 0, 1);
	assert_true(tp->tp_failed);
	tp_fail_at(tp, 0);
	assert_int_equal(bus_dma_maps(t, 0, &mi, 1), 1);
	assert_null(mi.mi_label);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
}

static struct busdma_platform behind;
static unsigned waits;

static void *
flags_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	waits += (flags & BUS_DMA_NOWAIT) == 0;
	return behind.pl_alloc(pl, size, flags);
}

static int
flags_pages(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	waits += (pg->pg_flags & BUS_DMA_NOWAIT) == 0;
	return behind.pl_pages_alloc(pl, pg);
}

static int
flags_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	waits += (flags & BUS_DMA_NOWAIT) == 0;
	waits += (flags & BUS_DMA_COHERENT) != 0 ? 0x100 : 0;
	return behind.pl_kmap(pl, segs, nsegs, size, flags, kvap);
}

static void
no_cache(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
}

/*
 * With NOWAIT nothing waits; COHERENT is handed on, where there are caches that
 * devices don't see, and nothing else.
 */
static void
flags_are_handed_on(void **state)
{
	struct tp *tp = *state;
	static const struct busdma_cache_ops caches = {
		.ca_size = sizeof(caches),
		.ca_line = 64,
		.ca_code = &busdma_noncoherent,
		.ca_wb = no_cache,
		.ca_inv = no_cache,
		.ca_wbinv = no_cache,
	};
	const struct bus_dma_window uncached = { 0 };
	struct busdma_cpu_ops cpu;
	struct bus_dmapool_block *pb[2];
	bus_dmapool_t pool;
	bus_dma_tag_t t;

	behind = tp->tp_pl;
	tp->tp_pl.pl_alloc = flags_alloc;
	tp->tp_pl.pl_pages_alloc = flags_pages;
	tp->tp_pl.pl_kmap = flags_kmap;
	cpu = *tp->tp_pl.pl_cpu;
	cpu.cpu_cache = &caches;
	tp->tp_pl.pl_cpu = &cpu;
	assert_int_equal(
	    bus_dmatag_direct(&tp->tp_pl, NULL, &uncached, 1, &t, 0), 0);
	waits = 0;
	assert_int_equal(
	    bus_dmapool_create(t, 64, 0, 0, 65,
		BUS_DMA_NOWAIT | BUS_DMA_STREAMING | BUS_DMA_BUS1, &pool),
	    0);
	assert_int_equal(waits, 0);
	bus_dmapool_destroy(pool);
	assert_int_equal(bus_dmapool_create(t, PAGE, 0, 0, 1,
			     BUS_DMA_NOWAIT | BUS_DMA_COHERENT, &pool),
	    0);
	assert_int_equal(waits, 0x100);
	/* A pool made so grows as any other does. */
	waits = 0;
	bus_dmapool_free(pool, get(pool));
	assert_int_equal(waits, 0);
	pb[0] = get(pool);
	assert_int_equal(tp->tp_pages, 1);
	assert_int_equal(waits, 0);
	pb[1] = get(pool);
	assert_true(waits > 0x100);
	assert_int_equal(tp->tp_pages, 2);
	give_back(pool, pb, 2);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Without a mapping hook, a window; without that, the memory where it is. */
static void
by_window_or_by_nothing(void **state)
{
	struct tp *tp = *state;
	struct bus_dmapool_block *pb;
	bus_dmapool_t pool;
	bus_dma_tag_t t;

	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	t = identity(tp);
	pool = new_pool(t, 64, 0, 0, 0);
	pb = get(pool);
	assert_int_equal(tp->tp_windows, 1);
	assert_ptr_equal(pb->pb_kva, tp_phys(tp, pb->pb_addr));
	memset(pb->pb_kva, 1, 64);
	bus_dmapool_free(pool, pb);
	bus_dmapool_destroy(pool);
	assert_int_equal(tp->tp_windows, 0);
	bus_dmatag_destroy(t);

	tp->tp_pl.pl_window = NULL;
	tp->tp_pl.pl_window_done = NULL;
	t = identity(tp);
	pool = new_pool(t, 64, 0, 0, 0);
	pb = get(pool);
	assert_int_equal((uintptr_t)pb->pb_kva, pb->pb_addr);
	bus_dmapool_free(pool, pb);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);

	/* No memory at all: a pool of none. */
	tp->tp_pl.pl_pages_alloc = NULL;
	tp->tp_pl.pl_pages_free = NULL;
	t = identity(tp);
	assert_int_equal(bus_dmapool_create(t, 64, 0, 0, 1, 0, &pool), EINVAL);
	pool = new_pool(t, 64, 0, 0, 0);
	assert_null(bus_dmapool_alloc(pool, 0));
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- threads ---- */

#define ROUNDS 30000
#define HOLD 24

/* Each block that it holds has its mark; nobody else's is ever there. */
static void *
pool_thread(void *arg)
{
	struct bus_dmapool_block *pb[HOLD];
	bus_dmapool_t pool = arg;
	uintptr_t wrong = 0;
	unsigned n = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		bool take = n == 0 || (n < HOLD && (i * 7 + i / 64) % 3 != 0);

		if (take) {
			pb[n] = bus_dmapool_alloc(
			    pool, i % 2 != 0 ? BUS_DMA_NOWAIT : 0);
			if (pb[n] == NULL)
				continue;
			wrong += __atomic_exchange_n((uint32_t *)pb[n]->pb_kva,
				     1, __ATOMIC_ACQ_REL) != 0;
			n++;
		} else {
			n--;
			wrong += __atomic_exchange_n((uint32_t *)pb[n]->pb_kva,
				     0, __ATOMIC_ACQ_REL) != 1;
			bus_dmapool_free(pool, pb[n]);
		}
	}
	while (n != 0) {
		*(uint32_t *)pb[--n]->pb_kva = 0;
		bus_dmapool_free(pool, pb[n]);
	}
	return (void *)wrong;
}

static void
two_threads_never_have_one_block(void **state)
{
	bus_dma_tag_t root = mt_create();
	bus_dmapool_t pool;

	(void)state;
	memset(mt.mt_ram, 0, MTPAGES * PAGE);
	/* A few blocks in a chunk, so that it grows while they run. */
	pool = new_pool(root, 512, 0, 0, 1);
	assert_int_equal(mt_run(pool_thread, pool), 0);
	/* All of them are back. */
	bus_dmapool_destroy(pool);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(blocks_have_two_addresses),
		UNIT(shapes),
		UNIT(larger_than_a_page),
		UNIT(as_many_as_are_to_be_ready),
		UNIT(bad_arguments),
		UNIT(caller_errors),
		UNIT(scribbled_over),
		UNIT(pages_of_its_own),
		UNIT(limits_of_the_tag),
		UNIT(what_a_tag_can_not_give),
		UNIT(where_a_layer_puts_it),
		UNIT(caps_and_statistics),
		UNIT(syncs_of_a_block),
		UNIT(in_an_interrupt),
		UNIT(each_call_fails_once),
		UNIT(without_a_label),
		UNIT(flags_are_handed_on),
		UNIT(by_window_or_by_nothing),
		cmocka_unit_test(two_threads_never_have_one_block),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
