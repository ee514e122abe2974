/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/pool.c where devices don't see the CPU's caches: blocks in cached
 * memory share no line, and keep to all else that was asked for.
 */
#include <busdma/bus_dmapool.h>

#include "unit.h"

static bus_dma_tag_t
uncoherent(struct tp *tp, uint32_t line)
{
	static const struct bus_dma_window w = { 0 };
	bus_dma_tag_t t = NULL;

	tp_noncoherent(tp, line, 0);
	assert_int_equal(tp_direct(tp, &w, 1, &t), 0);
	return t;
}

/* All blocks of the pool's one chunk. */
static unsigned
drain(bus_dmapool_t pool, struct bus_dmapool_block **pb)
{
	unsigned n = 0;

	while ((pb[n] = bus_dmapool_alloc(pool, BUS_DMA_NOWAIT)) != NULL)
		n++;
	return n;
}

static void
check_blocks(struct bus_dmapool_block **pb, unsigned n, bus_size_t size,
    bus_size_t align, bus_size_t boundary, uint32_t line)
{
	static uint8_t owner[PAGE];

	memset(owner, 0, sizeof(owner));
	for (unsigned i = 0; i < n; i++) {
		bus_addr_t a = pb[i]->pb_addr, last = a + size - 1;

		assert_int_equal(a % align, 0);
		assert_int_equal(a % PAGE, (uintptr_t)pb[i]->pb_kva % PAGE);
		if (boundary != 0)
			assert_int_equal(a / boundary, last / boundary);
		assert_int_equal(a / PAGE, last / PAGE);
		/* Once, of all blocks that have a byte of a line. */
		for (bus_addr_t l = a / line; l <= last / line; l++)
			assert_int_equal(owner[l % (PAGE / line)]++, 0);
	}
}

static const struct {
	bus_size_t size, align, boundary;
	uint32_t line;
	unsigned cached, uncached; /* blocks of a page */
} shapes[] = {
	{ 16, 0, 0, 64, 64, 256 },
	{ 64, 0, 0, 64, 64, 64 },
	{ 65, 0, 0, 64, 32, 56 },
	{ 100, 4, 0, 4, 40, 40 },
	{ 101, 1, 0, 4, 39, 40 },
	{ 24, 128, 0, 32, 32, 32 },
	{ 16, 0, 32, 128, 32, 256 },
	{ 16, 64, 32, 128, 32, 64 },
	{ 8, 32, 16, 64, 64, 128 },
	{ 1, 1, 1, 4096, 1, 4096 },
	{ 100, 4, 128, 64, 32, 32 },
	{ 100, 4, 256, 64, 32, 32 },
	{ 150, 1, 256, 64, 16, 16 },
	{ 4096, 0, 0, 128, 1, 1 },
	{ 4000, 0, 4096, 4096, 1, 1 },
};

static void
shapes_of(struct tp *tp, size_t i, bool uncached)
{
	static struct bus_dmapool_block *pb[PAGE + 1];
	bus_size_t align = shapes[i].align != 0 ? shapes[i].align : 8;
	bus_dma_tag_t t = uncoherent(tp, shapes[i].line);
	uint32_t line = shapes[i].line;
	bus_dmapool_t pool;
	unsigned n;

	tp->tp_uncached = uncached;
	assert_int_equal(bus_dmapool_create(t, shapes[i].size, shapes[i].align,
			     shapes[i].boundary, 1, BUS_DMA_COHERENT, &pool),
	    0);
	assert_int_equal(tp->tp_pages, 1);
	n = drain(pool, pb);
	assert_int_equal(n, uncached ? shapes[i].uncached : shapes[i].cached);
	check_blocks(pb, uncached ? 1 : n, shapes[i].size, align,
	    shapes[i].boundary, line);
	while (n != 0)
		bus_dmapool_free(pool, pb[--n]);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
blocks_in_cached_memory_share_no_line(void **state)
{
	for (size_t i = 0; i < NELEM(shapes); i++)
		shapes_of(*state, i, false);
}

/* Where the platform's COHERENT is uncached, they are as dense as ever. */
static void
blocks_in_uncached_memory_may(void **state)
{
	for (size_t i = 0; i < NELEM(shapes); i++)
		shapes_of(*state, i, true);
}

/* A platform that says nothing of its memory is taken to have it cached. */
static void
what_is_not_known_is_cached(void **state)
{
	struct bus_dmapool_block *pb[PAGE / 64 + 1];
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 64);
	bus_dmapool_t pool;
	unsigned n;

	tp->tp_pl.pl_memory = NULL;
	tp->tp_uncached = true;
	assert_int_equal(
	    bus_dmapool_create(t, 16, 0, 0, 1, BUS_DMA_COHERENT, &pool), 0);
	n = drain(pool, pb);
	assert_int_equal(n, PAGE / 64);
	while (n != 0)
		bus_dmapool_free(pool, pb[--n]);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* A sync of a block is for its own lines, as the pool's mapping has them. */
static void
a_block_is_synced_by_its_lines(void **state)
{
	static const enum tp_told want[] = { [BUS_DMASYNC_PREREAD] = TP_WB,
		[BUS_DMASYNC_PREWRITE] = TP_WB,
		[BUS_DMASYNC_POSTREAD] = TP_INV };
	static const int ops[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		BUS_DMASYNC_POSTREAD };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 64);
	struct bus_dmapool_block *pb[2];
	const struct tp_event *te;
	bus_dmapool_t pool;

	assert_int_equal(bus_dmapool_create(t, 128, 0, 0, 1, 0, &pool), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_non_null(pb[i] = bus_dmapool_alloc(pool, 0));
	for (unsigned i = 0; i < NELEM(ops); i++) {
		tp->tp_nevents = 0;
		bus_dmapool_sync(pool, pb[1], 0, 128, ops[i]);
		assert_int_equal(tp->tp_nevents, 2);
		te = &tp->tp_event[ops[i] == BUS_DMASYNC_POSTREAD];
		assert_int_equal(te->te_what, want[ops[i]]);
		assert_int_equal(te->te_va, (uintptr_t)pb[1]->pb_kva);
		assert_int_equal(te->te_pa, pb[1]->pb_addr);
		assert_int_equal(te->te_len, 128);
	}
	for (unsigned i = 0; i < 2; i++)
		bus_dmapool_free(pool, pb[i]);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/*
 * Chunks that are not whole lines are the pool's own all the same, whatever is
 * known of memory; what is loaded beside it is not.
 */
static void
a_pool_shares_no_line(void **state)
{
	static const struct bus_dma_limits lim = { .dl_maxsegsz = 100 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);

	for (unsigned i = 0; i < 3; i++) {
		bus_dma_tag_t t = uncoherent(tp, 64), tag;
		bus_dmapool_t pool;
		bus_dmamap_t map;

		if (i == 0)
			tp->tp_pl.pl_memory = NULL;
		tp->tp_uncached = i == 2;
		assert_int_equal(bus_dmatag_restrict(t, &lim, &tag, 0), 0);
		assert_int_equal(bus_dmapool_create(
				     tag, 16, 0, 0, 1, BUS_DMA_COHERENT, &pool),
		    0);
		assert_silent(tp);
		map = new_map(tag, 100, 1, 100, 0);
		assert_int_equal(
		    bus_dmamap_load(tag, map, buf, 100, NULL, 0), 0);
		assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
		bus_dmamap_destroy(tag, map);
		bus_dmapool_destroy(pool);
		bus_dmatag_destroy(tag);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* Each hook fails once, while a pool is made that has two chunks. */
static void
each_call_fails_once(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 64);
	unsigned allocs = tp->tp_allocs, n;
	bus_dmapool_t pool = NULL;
	int error;

	for (n = 1;; n++) {
		tp_fail_at(tp, n);
		error =
		    bus_dmapool_create(t, PAGE, 0, 0, 2, BUS_DMA_NOWAIT, &pool);
		if (!tp->tp_failed)
			break;
		assert_true(error == ENOMEM || error == EFAULT);
		assert_null(pool);
		assert_int_equal(tp->tp_allocs, allocs);
		assert_int_equal(tp->tp_pages, 0);
		assert_int_equal(tp->tp_kmaps, 0);
	}
	/*
	 * The pool; and twice: pages, mapping, map, a load that begins anew
	 * (where small code is asked for, it does not), blocks.
	 */
	assert_true(n == 1 + 1 + 2 * 6 || n == 1 + 1 + 2 * 5);
	tp_fail_at(tp, 0);
	assert_int_equal(error, 0);
	bus_dmapool_destroy(pool);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(blocks_in_cached_memory_share_no_line),
		UNIT(blocks_in_uncached_memory_may),
		UNIT(what_is_not_known_is_cached),
		UNIT(a_block_is_synced_by_its_lines),
		UNIT(a_pool_shares_no_line),
		UNIT(each_call_fails_once),
	};

	return cmocka_run_group_tests_name("poolline", tests, NULL, NULL);
}
