/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/mem.c: memory for DMA.  tests/oracle/memory.c has the random
 * programs over the built-in arena.
 */
#include "unit.h"

static void
the_call_is_checked(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t seg = { 77, 88 };
	int n = 99;

	assert_int_equal(
	    bus_dmamem_alloc(NULL, 1, 0, 0, &seg, 1, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 0, 0, 0, &seg, 1, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 1, 3, 0, &seg, 1, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 1, 0, 3, &seg, 1, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 1, 0, 0, NULL, 1, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 1, 0, 0, &seg, 0, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 1, 0, 0, &seg, -1, &n, 0), EINVAL);
	assert_int_equal(
	    bus_dmamem_alloc(t, 1, 0, 0, &seg, 1, NULL, 0), EINVAL);
	assert_int_equal(
	    bus_dmamem_alloc(t, UINT64_MAX, 0, 0, &seg, 1, &n, 0), EINVAL);
	assert_int_equal(tp->tp_calls[TP_PAGES_ALLOC], 0);
	assert_int_equal(n, 99);
	bus_dmatag_destroy(t);
}

static void
sizes_are_rounded_to_pages(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t seg;
	int n = 0;

	for (bus_size_t size = 1; size <= 3 * PAGE; size += PAGE - 1) {
		bus_size_t pages = (size + PAGE - 1) / PAGE;

		assert_int_equal(
		    bus_dmamem_alloc(t, size, 0, 0, &seg, 1, &n, 0), 0);
		assert_int_equal(n, 1);
		assert_int_equal(seg.ds_len, pages * PAGE);
		assert_int_equal(seg.ds_addr % PAGE, 0);
		assert_int_equal(tp->tp_pages, pages);
		bus_dmamem_free(t, &seg, n);
		assert_int_equal(tp->tp_pages, 0);
	}
	assert_silent(tp);
	bus_dmatag_destroy(t);
}

static void
no_memory_is_enomem(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t seg;
	int n = 99;

	assert_int_equal(bus_dmamem_alloc(t, (RAMPAGES + 1) * PAGE, 0, 0, &seg,
			     1, &n, BUS_DMA_NOWAIT),
	    ENOMEM);
	assert_int_equal(n, 99);
	assert_int_equal(
	    bus_dmamem_alloc(t, RAMPAGES * PAGE, 0, 0, &seg, 1, &n, 0), 0);
	bus_dmamem_free(t, &seg, n);
	bus_dmatag_destroy(t);
}

/* A platform without pages. */
static void
no_hook_is_einval(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t seg = { RAMBASE, PAGE };
	bus_dma_tag_t t;
	int n;

	tp->tp_pl.pl_pages_alloc = NULL;
	tp->tp_pl.pl_pages_free = NULL;
	t = identity(tp);
	assert_int_equal(bus_dmamem_alloc(t, 1, 0, 0, &seg, 1, &n, 0), EINVAL);
	bus_dmamem_free(t, &seg, 1);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmatag_destroy(t);
}

/* Every other page taken: no two of the rest are one run. */
static void
memory_may_be_in_parts(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[4];
	int n;

	for (unsigned i = 0; i < RAMPAGES; i += 2)
		tp->tp_used[i] = 1;
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 0, segs, 3, &n, 0), ENOMEM);
	assert_int_equal(tp->tp_pages, 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 0, segs, 4, &n, 0), 0);
	assert_int_equal(n, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(segs[i].ds_len, PAGE);
	bus_dmamem_free(t, segs, n);
	/* As few as there need to be. */
	tp->tp_used[2] = 0;
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 0, segs, 4, &n, 0), 0);
	assert_int_equal(n, 2);
	bus_dmamem_free(t, segs, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
a_boundary_splits_where_segments_allow(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[4];
	int n;

	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 2 * PAGE, segs, 1, &n, 0), EINVAL);
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 2 * PAGE, segs, 2, &n, 0), 0);
	assert_int_equal(n, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(segs[i].ds_len, 2 * PAGE);
		assert_int_equal(segs[i].ds_addr % (2 * PAGE), 0);
	}
	bus_dmamem_free(t, segs, n);
	/* Below the page: one part of it, if that is enough. */
	assert_int_equal(
	    bus_dmamem_alloc(t, 65, 0, 64, segs, 4, &n, 0), EINVAL);
	assert_int_equal(bus_dmamem_alloc(t, 64, 0, 64, segs, 4, &n, 0), 0);
	bus_dmamem_free(t, segs, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
alignment_is_the_buss(void **state)
{
	/* RAM at 1 MiB is seen at 1 MiB + 12 KiB. */
	static const struct bus_dma_window w = { RAMBASE, RAMBASE + 3 * PAGE,
		RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT };
	struct tp *tp = *state;
	bus_dma_segment_t seg;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	int n;

	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, PAGE, 8 * PAGE, 0, &seg, 1, &n, 0), 0);
	/* Physical in the segment. */
	assert_int_equal(seg.ds_addr, RAMBASE + 5 * PAGE);
	map = new_map(t, PAGE, 1, PAGE, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, &seg, 1, PAGE, 0), 0);
	assert_seg(map, 0, RAMBASE + 8 * PAGE, PAGE);
	bus_dmamap_destroy(t, map);
	bus_dmamem_free(t, &seg, n);
	/* An alignment below the page is the page's. */
	assert_int_equal(bus_dmamem_alloc(t, 1, 1, 0, &seg, 1, &n, 0), 0);
	assert_int_equal(seg.ds_addr % PAGE, 0);
	bus_dmamem_free(t, &seg, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
the_tags_reach_holds(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), low, limited;
	struct bus_dma_limits lim = { .dl_alignment = 4 * PAGE,
		.dl_boundary = 4 * PAGE,
		.dl_nsegments = 2 };
	bus_dma_segment_t segs[8];
	int n;

	assert_int_equal(bus_dmatag_subregion(t, RAMBASE + 2 * PAGE,
			     RAMBASE + 5 * PAGE - 1, &low, 0),
	    0);
	assert_int_equal(
	    bus_dmamem_alloc(low, 4 * PAGE, 0, 0, segs, 8, &n, 0), ENOMEM);
	assert_int_equal(
	    bus_dmamem_alloc(low, 3 * PAGE, 0, 0, segs, 8, &n, 0), 0);
	assert_int_equal(segs[0].ds_addr, RAMBASE + 2 * PAGE);
	bus_dmamem_free(low, segs, n);
	bus_dmatag_destroy(low);
	assert_int_equal(bus_dmatag_restrict(t, &lim, &limited, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(limited, 8 * PAGE, 0, 0, segs, 8, &n, 0), 0);
	assert_int_equal(n, 2);
	assert_int_equal(segs[1].ds_addr % (4 * PAGE), 0);
	bus_dmamem_free(limited, segs, n);
	assert_int_equal(
	    bus_dmamem_alloc(limited, 9 * PAGE, 0, 0, segs, 8, &n, 0), EINVAL);
	bus_dmatag_destroy(limited);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
a_second_free_is_reported(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[2];
	int n;

	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 2 * PAGE, segs, 2, &n, 0), 0);
	bus_dmamem_free(t, segs, n);
	assert_silent(tp);
	bus_dmamem_free(t, segs, 1);
	assert_int_equal(tp->tp_last.rp_addr, segs[0].ds_addr);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	segs[0].ds_len = 0;
	bus_dmamem_free(t, segs, 1);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmamem_free(NULL, segs, 1);
	bus_dmamem_free(t, NULL, 1);
	bus_dmamem_free(t, segs, 0);
	assert_silent(tp);
	bus_dmatag_destroy(t);
}

static void
loaded_memory_stays_allocated(void **state)
{
	static const struct bus_dma_window w = { RAMBASE, 0x40000000,
		RAMPAGES * PAGE, BUS_DMA_WINDOW_COHERENT };
	struct tp *tp = *state;
	bus_dma_segment_t segs[2], part;
	bus_dma_tag_t t;
	bus_dmamap_t map, idle;
	int n;

	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	idle = new_map(t, PAGE, 1, PAGE, 0);
	map = new_map(t, PAGE, 1, PAGE, 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 2 * PAGE, segs, 2, &n, 0), 0);
	/* A byte at either end of the second segment is enough. */
	for (unsigned i = 0; i < 2; i++) {
		part.ds_addr = segs[1].ds_addr + i * (segs[1].ds_len - 1);
		part.ds_len = 1;
		assert_int_equal(
		    bus_dmamap_load_raw(t, map, &part, 1, 1, 0), 0);
		bus_dmamem_free(t, segs, n);
		assert_int_equal(tp->tp_last.rp_addr, segs[1].ds_addr);
		assert_report(tp, BUSDMA_REPORT_MEMLOADED);
		assert_int_equal(tp->tp_pages, 4);
		bus_dmamap_unload(t, map);
	}
	/* Beside it is beside it. */
	assert_int_equal(
	    load_run1(t, map, segs[1].ds_addr + segs[1].ds_len, 1), 0);
	bus_dmamem_free(t, segs, n);
	assert_silent(tp);
	assert_int_equal(tp->tp_pages, 0);
	bus_dmamap_destroy(t, map);
	bus_dmamap_destroy(t, idle);
	bus_dmatag_destroy(t);
}

static void
mapping_is_checked(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[2], bad;
	void *kva = NULL;
	int n;

	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 2 * PAGE, segs, 2, &n, 0), 0);
	assert_int_equal(bus_dmamem_map(NULL, segs, n, PAGE, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, NULL, n, PAGE, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, 0, PAGE, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, n, 0, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, n, PAGE, NULL, 0), EINVAL);
	assert_int_equal(
	    bus_dmamem_map(t, segs, n, 4 * PAGE + 1, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, n, SIZE_MAX, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, n, PAGE, &kva,
			     BUS_DMA_NOCACHE | BUS_DMA_PREFETCHABLE),
	    EINVAL);
	bad = segs[0];
	bad.ds_addr += 16;
	assert_int_equal(bus_dmamem_map(t, &bad, 1, 16, &kva, 0), EINVAL);
	bad = segs[0];
	bad.ds_len = 0;
	assert_int_equal(bus_dmamem_map(t, &bad, 1, 16, &kva, 0), EINVAL);
	bad.ds_addr = UINT64_MAX - PAGE + 1;
	bad.ds_len = 2 * PAGE;
	assert_int_equal(bus_dmamem_map(t, &bad, 1, 16, &kva, 0), EINVAL);
	assert_null(kva);
	assert_int_equal(tp->tp_calls[TP_KMAP], 0);
	bus_dmamem_free(t, segs, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
one_range_over_scattered_segments(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[4];
	bus_dmamap_t map;
	void *kva;
	char *p;
	int n;

	for (unsigned i = 0; i < RAMPAGES; i += 2)
		tp->tp_used[i] = 1;
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 0, segs, 4, &n, 0), 0);
	assert_int_equal(n, 4);
	/* Less than was allocated, and not whole pages. */
	assert_int_equal(bus_dmamem_map(t, segs, n, 2 * PAGE + 1, &kva,
			     BUS_DMA_COHERENT | BUS_DMA_NOWAIT),
	    0);
	p = kva;
	memset(p, 0x77, 2 * PAGE + 1);
	/* It is this memory that a load of it reaches. */
	map = new_map(t, 3 * PAGE, 3, PAGE, 0);
	assert_int_equal(bus_dmamap_load(t, map, p, 2 * PAGE + 1, NULL, 0), 0);
	assert_seg(map, 0, segs[0].ds_addr, PAGE);
	assert_seg(map, 1, segs[1].ds_addr, PAGE);
	assert_seg(map, 2, segs[2].ds_addr, 1);
	bus_dmamap_destroy(t, map);
	bus_dmamem_unmap(t, kva, 2 * PAGE + 1);
	assert_int_equal(tp->tp_kmaps, 0);
	assert_int_equal(
	    *((char *)tp_phys(tp, segs[1].ds_addr) + PAGE - 1), 0x77);
	bus_dmamem_free(t, segs, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Without pl_kmap: what is contiguous, through a window. */
static void
without_kmap_a_window_serves(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[3], swap;
	bus_dma_tag_t t;
	void *kva = NULL;
	int n;

	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	t = identity(tp);
	assert_int_equal(
	    bus_dmamem_alloc(t, 3 * PAGE, 0, 0, segs, 1, &n, 0), 0);
	segs[2] = (bus_dma_segment_t){ segs[0].ds_addr + 2 * PAGE, PAGE };
	segs[1] = (bus_dma_segment_t){ segs[0].ds_addr + PAGE, PAGE };
	segs[0].ds_len = PAGE;
	assert_int_equal(bus_dmamem_map(t, segs, 3, 3 * PAGE, &kva, 0), 0);
	assert_ptr_equal(kva, tp_phys(tp, segs[0].ds_addr));
	assert_int_equal(tp->tp_windows, 1);
	bus_dmamem_unmap(t, kva, 3 * PAGE);
	assert_int_equal(tp->tp_windows, 0);
	/* In another order they are not contiguous. */
	swap = segs[1];
	segs[1] = segs[2];
	segs[2] = swap;
	assert_int_equal(bus_dmamem_map(t, segs, 3, 3 * PAGE, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, 3, 2 * PAGE, &kva, 0), EINVAL);
	assert_int_equal(bus_dmamem_map(t, segs, 3, PAGE, &kva, 0), 0);
	bus_dmamem_unmap(t, kva, PAGE);
	/* A window that fails. */
	tp_fail_at(tp, 1);
	assert_int_equal(bus_dmamem_map(t, segs, 1, PAGE, &kva, 0), ENOMEM);
	bus_dmamem_free(t, segs, 3);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Two that are neighbours, but for the end of the space between them. */
static void
what_wraps_is_not_contiguous(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[2] = { { -(bus_addr_t)PAGE, PAGE },
		{ 0, PAGE } };
	bus_dma_tag_t t;
	void *kva = tp;

	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	tp->tp_pl.pl_window = NULL;
	tp->tp_pl.pl_window_done = NULL;
	t = identity(tp);
	assert_int_equal(bus_dmamem_map(t, segs, 2, 2 * PAGE, &kva, 0), EINVAL);
	assert_ptr_equal(kva, tp);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Without either: the physical address itself. */
static void
without_a_window_it_is_identity(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t seg = { 0x7000, 2 * PAGE };
	bus_dma_tag_t t;
	void *kva = NULL;

	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	tp->tp_pl.pl_window = NULL;
	tp->tp_pl.pl_window_done = NULL;
	t = identity(tp);
	assert_int_equal(bus_dmamem_map(t, &seg, 1, 2 * PAGE, &kva, 0), 0);
	assert_int_equal((uintptr_t)kva, 0x7000);
	bus_dmamem_unmap(t, kva, 2 * PAGE);
	/* What the CPU has no address for. */
	seg.ds_addr = UINTPTR_MAX - 2 * (paddr_t)PAGE + 1;
	assert_int_equal(bus_dmamem_map(t, &seg, 1, 2 * PAGE, &kva, 0), 0);
	if (UINTPTR_MAX < UINT64_MAX) {
		seg.ds_addr += PAGE;
		assert_int_equal(
		    bus_dmamem_map(t, &seg, 1, 2 * PAGE, &kva, 0), EINVAL);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
unmap_of_what_can_not_be_is_reported(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);

	bus_dmamem_unmap(t, (void *)(uintptr_t)(PAGE + 4), PAGE);
	assert_int_equal(tp->tp_last.rp_addr, PAGE + 4);
	assert_report(tp, BUSDMA_REPORT_MEMUNMAP);
	bus_dmamem_unmap(t, (void *)(uintptr_t)PAGE, 0);
	assert_report(tp, BUSDMA_REPORT_MEMUNMAP);
	bus_dmamem_unmap(t, (void *)(uintptr_t)PAGE, SIZE_MAX);
	assert_report(tp, BUSDMA_REPORT_MEMUNMAP);
	bus_dmamem_unmap(t, NULL, PAGE);
	assert_report(tp, BUSDMA_REPORT_MEMUNMAP);
	bus_dmamem_unmap(NULL, NULL, PAGE);
	assert_silent(tp);
	assert_int_equal(tp->tp_calls[TP_KUNMAP], 0);
	bus_dmatag_destroy(t);
}

#define NOCOOKIE ((paddr_t)-1)

static void
mmap_gives_the_pagers_cookie(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t segs[] = { { 0x8000, 2 * PAGE }, { 0x3000, PAGE } };
	const paddr_t prot = (paddr_t)5 << 56;

	/* tp's cookie: the page number, and prot on top. */
	assert_true(bus_dmamem_mmap(t, segs, 2, 0, 5, 0) == (prot | 8));
	assert_true(bus_dmamem_mmap(t, segs, 2, PAGE, 5, 0) == (prot | 9));
	assert_true(bus_dmamem_mmap(t, segs, 2, 2 * PAGE, 5, 0) == (prot | 3));
	assert_true(bus_dmamem_mmap(t, segs, 2, 3 * PAGE, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(t, segs, 2, INT64_MAX - PAGE + 1, 5, 0) ==
		    NOCOOKIE);
	assert_true(
	    bus_dmamem_mmap(t, segs, 2, -(int64_t)PAGE, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(t, segs, 2, 1, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(t, segs, 2, PAGE - 1, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(NULL, segs, 2, 0, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(t, NULL, 2, 0, 5, 0) == NOCOOKIE);
	assert_true(bus_dmamem_mmap(t, segs, 0, 0, 5, 0) == NOCOOKIE);
	bus_dmatag_destroy(t);
	tp->tp_pl.pl_mmap = NULL;
	t = identity(tp);
	assert_true(bus_dmamem_mmap(t, segs, 2, 0, 5, 0) == NOCOOKIE);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A pages hook that breaks its contract, in the way that pg_min says. */
static struct busdma_pages lie;

static int
lying_pages(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	(void)pl;
	pg->pg_addr = lie.pg_addr;
	pg->pg_size = lie.pg_size;
	return 0;
}

static int
no_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	(void)pl;
	(void)addr;
	(void)size;
	return 0;
}

static void
the_pages_hook_is_not_believed(void **state)
{
	static const struct busdma_pages lies[] = {
		{ .pg_addr = 0x10000, .pg_size = 5 * PAGE }, /* too much */
		{ .pg_addr = 0x10000, .pg_size = 3 * PAGE }, /* too little */
		{ .pg_addr = 0x10008, .pg_size = 4 * PAGE }, /* no page */
		{ .pg_addr = 0x11000, .pg_size = 4 * PAGE }, /* alignment */
		{ .pg_addr = 0x8000, .pg_size = 4 * PAGE },  /* too low */
		{ .pg_addr = 0x40000, .pg_size = 4 * PAGE }, /* too high */
		{ .pg_addr = 0x1e000, .pg_size = 4 * PAGE }, /* boundary */
		{ .pg_addr = (paddr_t)0 - 2 * PAGE, .pg_size = 4 * PAGE },
	};
	struct tp *tp = *state;
	bus_dma_tag_t t, low;
	bus_dma_segment_t seg;
	int n;

	tp->tp_pl.pl_pages_alloc = lying_pages;
	tp->tp_pl.pl_pages_free = no_pages_free;
	t = identity(tp);
	assert_int_equal(bus_dmatag_subregion(t, 0x9000, 0x40fff, &low, 0), 0);
	lie = (struct busdma_pages){ .pg_addr = 0x10000, .pg_size = 4 * PAGE };
	assert_int_equal(
	    bus_dmamem_alloc(low, 4 * PAGE, 2 * PAGE, 0x20000, &seg, 1, &n, 0),
	    0);
	assert_silent(tp);
	for (size_t i = 0; i < NELEM(lies); i++) {
		lie = lies[i];
		assert_int_equal(bus_dmamem_alloc(low, 4 * PAGE, 2 * PAGE,
				     0x20000, &seg, 1, &n, 0),
		    EINVAL);
		assert_report(tp, BUSDMA_REPORT_PLATFORM);
	}
	/* One that wraps, where nothing else is wrong with it. */
	lie = (struct busdma_pages){ .pg_addr = (paddr_t)0 - 2 * PAGE,
		.pg_size = 4 * PAGE };
	assert_int_equal(
	    bus_dmamem_alloc(t, 4 * PAGE, 0, 0, &seg, 1, &n, 0), EINVAL);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	bus_dmatag_destroy(low);
	bus_dmatag_destroy(t);
}

/* A first run; and what is left of it can't be given back. */
static int
one_run(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	(void)pl;
	if (pg->pg_size == PAGE)
		return ENOMEM;
	pg->pg_addr = 0x10000;
	pg->pg_size = PAGE;
	return 0;
}

static int
never_allocated(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	(void)pl;
	(void)addr;
	(void)size;
	return EINVAL;
}

static void
a_report_names_the_call(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[2] = { { 0, 0 } };
	bus_dma_tag_t t;
	int n;

	tp->tp_pl.pl_pages_alloc = one_run;
	tp->tp_pl.pl_pages_free = never_allocated;
	t = identity(tp);
	assert_int_equal(
	    bus_dmamem_alloc(t, 2 * PAGE, 0, 0, segs, 2, &n, 0), ENOMEM);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamem_alloc");
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmamem_free(t, segs, 1);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamem_free");
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	bus_dmatag_destroy(t);
}

/* Where the first run that is reached has nothing, the next one may. */
static void
every_run_that_is_reached_is_asked(void **state)
{
	static const struct bus_dma_window w[] = {
		{ RAMBASE + 30 * PAGE, 0x10000, 2 * PAGE,
		    BUS_DMA_WINDOW_COHERENT },
		{ RAMBASE, 0x80000, 8 * PAGE, BUS_DMA_WINDOW_COHERENT },
	};
	struct tp *tp = *state;
	bus_dma_segment_t segs[3];
	bus_dma_tag_t t;
	int n;

	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, 3 * PAGE, 0, 0, segs, 1, &n, 0), 0);
	assert_int_equal(segs[0].ds_addr, RAMBASE);
	bus_dmamem_free(t, segs, n);
	assert_int_equal(
	    bus_dmamem_alloc(t, 2 * PAGE, 0, 0, segs, 1, &n, 0), 0);
	assert_int_equal(segs[0].ds_addr, RAMBASE + 30 * PAGE);
	bus_dmamem_free(t, segs, n);
	assert_int_equal(
	    bus_dmamem_alloc(t, 10 * PAGE, 0, 0, segs, 2, &n, 0), 0);
	assert_int_equal(n, 2);
	bus_dmamem_free(t, segs, n);
	assert_int_equal(
	    bus_dmamem_alloc(t, 11 * PAGE, 0, 0, segs, 3, &n, 0), ENOMEM);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A flag that no driver has: the hooks' own, and the library's. */
static void
hooks_get_flags_of_drivers_only(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t seg;
	void *kva;
	int n;

	assert_int_equal(bus_dmamem_alloc(t, PAGE, 0, 0, &seg, 1, &n, 0), 0);
	/* By pl_kmap, which the platform watches; and through a window. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmamem_map(t, &seg, n, PAGE, &kva,
				     BUS_DMA_NOWAIT | 0x7fff0000),
		    0);
		assert_int_equal(tp->tp_kmapflags, BUS_DMA_NOWAIT);
		assert_null(tp->tp_syncwindow);
		bus_dmamem_unmap(t, kva, PAGE);
		tp->tp_pl.pl_kmap = NULL;
		tp->tp_pl.pl_kunmap = NULL;
	}
	bus_dmamem_free(t, &seg, n);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_call_is_checked),
		UNIT(sizes_are_rounded_to_pages),
		UNIT(no_memory_is_enomem),
		UNIT(no_hook_is_einval),
		UNIT(memory_may_be_in_parts),
		UNIT(a_boundary_splits_where_segments_allow),
		UNIT(alignment_is_the_buss),
		UNIT(the_tags_reach_holds),
		UNIT(a_second_free_is_reported),
		UNIT(loaded_memory_stays_allocated),
		UNIT(mapping_is_checked),
		UNIT(one_range_over_scattered_segments),
		UNIT(without_kmap_a_window_serves),
		UNIT(what_wraps_is_not_contiguous),
		UNIT(without_a_window_it_is_identity),
		UNIT(unmap_of_what_can_not_be_is_reported),
		UNIT(mmap_gives_the_pagers_cookie),
		UNIT(the_pages_hook_is_not_believed),
		UNIT(a_report_names_the_call),
		UNIT(every_run_that_is_reached_is_asked),
		UNIT(hooks_get_flags_of_drivers_only),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
