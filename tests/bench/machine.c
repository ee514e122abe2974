/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bench's memory, and the two machines that see it: scattered pages
 * through the page-array hook, one long run through the linear one.
 */
#include <stdlib.h>

#include <busdma/bounce.h>
#include <busdma/direct.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "bench.h"

/* Pages of memory: a buffer of BENCH_NPAGES, and a few behind it. */
#define NPAGES (BENCH_NPAGES + 16)
#define LINEAR_BASE UINT64_C(0x40000000)

/* One more, that is not valid. */
static uint64_t page_array[NPAGES + 1];
static void *memory, *arena_memory;
static struct machine with_pages, with_linear, with_caches, with_arena;
static struct machine with_bounce;
static bus_dma_tag_t under_bounce;
static struct machine with_reach;
static bus_dma_tag_t under_reach;
static void *slots;
#define SLOT_BYTES (64 * BENCH_PAGE)

static const struct busdma_cache_ops counted_caches = {
	.ca_size = sizeof(counted_caches),
	.ca_line = BENCH_LINE,
	.ca_code = &busdma_noncoherent,
	.ca_wb = port_cache,
	.ca_inv = port_cache,
	.ca_wbinv = port_cache,
};
/* The native barrier, in a table of its own. */
static struct busdma_cpu_ops cpu_with_caches;

/* What the arena hands out: DMA memory for a pool of the largest case. */
#define ARENA_BYTES (BENCH_NBLOCKS * 64 + 16 * BENCH_PAGE)

struct machine *
machine_pages(void)
{
	return &with_pages;
}

struct machine *
machine_linear(void)
{
	return &with_linear;
}

struct machine *
machine_caches(void)
{
	return &with_caches;
}

struct machine *
machine_bounce(void)
{
	return &with_bounce;
}

struct machine *
machine_reach(void)
{
	return &with_reach;
}

struct machine *
machine_arena(void)
{
	return &with_arena;
}

/* No page stands beside the one before it: 3 divides every frame number. */
static void
scatter(void)
{
	for (uint64_t i = 0; i < NPAGES; i++)
		page_array[i] =
		    ((0x3000 + i * 101 % NPAGES * 3) * BENCH_PAGE) | 1;
}

static bool
make(struct machine *ma, void *mem, bool linear,
    const struct busdma_cpu_ops *cpu)
{
	const struct bus_dma_window window = {
		.dw_bus = BENCH_BUSOFF,
		.dw_flags = cpu == NULL ? BUS_DMA_WINDOW_COHERENT : 0,
	};
	struct port *po = &ma->ma_port;

	po->po_base = (uintptr_t)mem;
	po->po_size = NPAGES * BENCH_PAGE;
	po->po_pte = page_array;
	po->po_offset = LINEAR_BASE - po->po_base;
	po->po_translate = linear ? port_page_linear : port_page;
	ma->ma_pl = (struct busdma_platform){
		.pl_size = sizeof(ma->ma_pl),
		.pl_pagesize = BENCH_PAGE,
		.pl_cookie = po,
		.pl_alloc = port_alloc,
		.pl_free = port_free,
		.pl_extract = linear ? port_linear : port_pages,
		.pl_lock = port_lock,
		.pl_unlock = port_unlock,
		.pl_cpu = cpu,
		.pl_mbuf = &busdma_mbuf_chain,
		.pl_uio = &busdma_uio_chain,
		.pl_report = port_report,
		.pl_account = &busdma_account,
	};
	return bus_dmatag_direct(
		   &ma->ma_pl, NULL, &window, 1, &ma->ma_tag, 0) == 0;
}

/* DMA memory of its own, seen by the CPU where it is. */
static bool
make_arena(struct machine *ma, void *mem)
{
	struct busdma_frag region = { (uintptr_t)mem, ARENA_BYTES };

	if (!make(ma, mem, true, NULL))
		return false;
	ma->ma_port.po_offset = 0;
	ma->ma_pl.pl_pages_alloc = busdma_arena_pages_alloc;
	ma->ma_pl.pl_pages_free = busdma_arena_pages_free;
	return busdma_arena_create(
		   &ma->ma_pl, &region, 1, &ma->ma_pl.pl_arena) == 0;
}

static bool
make_bounce(struct machine *ma, void *mem, void *reached)
{
	const struct bus_dma_window window = {
		.dw_cpu = (uintptr_t)reached,
		.dw_bus = (uintptr_t)reached + BENCH_BUSOFF,
		.dw_len = SLOT_BYTES,
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	const bus_dma_segment_t seg = { (uintptr_t)reached, SLOT_BYTES };
	const struct bus_dma_bounce db = { .db_memory = &seg, .db_nmemory = 1 };

	if (!make(ma, mem, true, NULL))
		return false;
	bus_dmatag_destroy(ma->ma_tag);
	ma->ma_port.po_offset = 0;
	return bus_dmatag_direct(
		   &ma->ma_pl, NULL, &window, 1, &under_bounce, 0) == 0 &&
	       bus_dmatag_bounce(under_bounce, &db, &ma->ma_tag, 0) == 0;
}

/* Bouncing that is never needed. */
static bool
make_reach(struct machine *ma, void *mem)
{
	const struct bus_dma_bounce db = { .db_most = SLOT_BYTES };

	if (!make(ma, mem, false, NULL))
		return false;
	under_reach = ma->ma_tag;
	return bus_dmatag_bounce(under_reach, &db, &ma->ma_tag, 0) == 0;
}

bool
machine_init(void)
{
	void *mem = aligned_alloc(BENCH_PAGE, NPAGES * BENCH_PAGE);

	scatter();
	cpu_with_caches = busdma_cpu_native;
	cpu_with_caches.cpu_barrier_wc = busdma_cpu_native.cpu_barrier;
	cpu_with_caches.cpu_cache = &counted_caches;
	memory = mem;
	arena_memory = aligned_alloc(BENCH_PAGE, ARENA_BYTES);
	slots = aligned_alloc(BENCH_PAGE, SLOT_BYTES);
	return mem != NULL && arena_memory != NULL && slots != NULL &&
	       make_bounce(&with_bounce, mem, slots) &&
	       make_reach(&with_reach, mem) &&
	       make(&with_pages, mem, false, NULL) &&
	       make(&with_linear, mem, true, NULL) &&
	       make(&with_caches, mem, false, &cpu_with_caches) &&
	       make_arena(&with_arena, arena_memory);
}

void
machine_done(void)
{
	bus_dmatag_destroy(with_pages.ma_tag);
	bus_dmatag_destroy(with_linear.ma_tag);
	bus_dmatag_destroy(with_caches.ma_tag);
	bus_dmatag_destroy(with_arena.ma_tag);
	bus_dmatag_destroy(with_bounce.ma_tag);
	bus_dmatag_destroy(under_bounce);
	bus_dmatag_destroy(with_reach.ma_tag);
	bus_dmatag_destroy(under_reach);
	(void)busdma_arena_destroy(
	    &with_arena.ma_pl, with_arena.ma_pl.pl_arena);
	free(arena_memory);
	free(slots);
	free(memory);
}

size_t
map_bytes(int nsegs)
{
	struct machine *ma = machine_pages();
	bus_size_t size = (bus_size_t)nsegs * BENCH_PAGE;
	bus_dmamap_t map;

	if (bus_dmamap_create(ma->ma_tag, size, nsegs, size, 0, 0, &map) != 0)
		return 0;
	bus_dmamap_destroy(ma->ma_tag, map);
	return ma->ma_port.po_asked;
}
