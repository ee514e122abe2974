/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/partial.c where things fail: what is tried and how often, what a layer
 * holds then, what is left after a failure, and what is refused.
 */
#include <busdma/bounce.h>
#include <busdma/bus_dma_stats.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "unit.h"

#define PARTIAL BUS_DMA_PARTIAL
#define NPAGES 40u
#define MOST (NPAGES * PAGE)
#define WHY_SLOTS BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES)
#define WHY_ROOM BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS)

/* A layer that takes so much and no more. */
static struct {
	bus_size_t li_most;
	int li_error; /* for what is more */
	/* From this try on (from 1) it takes li_later; 0: never. */
	unsigned li_turn;
	bus_size_t li_later;
	bus_size_t li_tried[64]; /* lengths, and flags */
	int li_flags[64];
	unsigned li_ntried;
	int li_held; /* loads */
} limit;

static int
limit_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	bus_size_t sum = 0;
	unsigned n = limit.li_ntried++;

	(void)t;
	(void)map;
	for (unsigned i = 0; i < fs->fs_count; i++)
		sum += fs->fs_frag[i].bf_len;
	assert_int_equal(limit.li_held, 0);
	assert_true(n < NELEM(limit.li_tried));
	limit.li_tried[n] = sum;
	limit.li_flags[n] = flags;
	if (limit.li_turn != 0 && n + 1 >= limit.li_turn)
		limit.li_most = limit.li_later;
	if (sum > limit.li_most)
		return limit.li_error;
	limit.li_held++;
	return 0;
}

static void
limit_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	(void)t;
	(void)map;
	limit.li_held--;
}

/* That layer over direct mapping, and a run of NPAGES pages. */
struct rig {
	struct tp *ri_tp;
	struct tl_layer ri_layer;
	bus_dma_tag_t ri_root, ri_tag;
	bus_dmamap_t ri_map;
	char *ri_buf;
};

static bus_dmamap_t
partial_map(bus_dma_tag_t t, bus_size_t size, int nsegs)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(
	    bus_dmamap_create(t, size, nsegs, size, 0, PARTIAL, &map), 0);
	assert_non_null(map);
	return map;
}

static void
rig_make(struct rig *ri, struct tp *tp, bus_size_t most, int error)
{
	memset(&limit, 0, sizeof(limit));
	limit.li_most = most;
	limit.li_error = error;
	ri->ri_tp = tp;
	ri->ri_root = identity(tp);
	tl_init(&ri->ri_layer, 1, "lu", NULL);
	ri->ri_layer.tl_noshortcut = true;
	ri->ri_layer.tl_ops.bo_load = limit_load;
	ri->ri_layer.tl_ops.bo_unload = limit_unload;
	assert_int_equal(
	    tl_create(tp, &ri->ri_layer, ri->ri_root, &ri->ri_tag), 0);
	ri->ri_map = partial_map(ri->ri_tag, MOST, 4);
	ri->ri_buf = tp_run(tp, 0x1000000, NPAGES);
}

static void
rig_end(struct rig *ri)
{
	bus_dmamap_destroy(ri->ri_tag, ri->ri_map);
	assert_int_equal(limit.li_held, 0);
	bus_dmatag_destroy(ri->ri_tag);
	bus_dmatag_destroy(ri->ri_root);
	assert_silent(ri->ri_tp);
}

static int
load(struct rig *ri, size_t len, int flags)
{
	limit.li_ntried = 0;
	return bus_dmamap_load(
	    ri->ri_tag, ri->ri_map, ri->ri_buf, len, NULL, PARTIAL | flags);
}

static int
next(struct rig *ri)
{
	limit.li_ntried = 0;
	return bus_dmamap_load_next(ri->ri_tag, ri->ri_map);
}

static uint64_t
failures(struct rig *ri)
{
	struct bus_dma_stats ds;
	uint64_t sum = 0;

	bus_dma_stats(ri->ri_tag, &ds);
	for (unsigned i = 0; i < BUS_DMA_NWHY; i++)
		sum += ds.ds_failed[i];
	return sum;
}

static enum bus_dma_reason
reason(struct rig *ri)
{
	struct bus_dma_why wy;

	return bus_dmamap_why(ri->ri_tag, ri->ri_map, &wy) ? wy.wy_reason
							   : BUS_DMA_WHY_NONE;
}

static void
the_most_is_found(void **state)
{
	struct rig ri;

	for (unsigned n = 1; n < NPAGES; n++) {
		rig_make(&ri, *state, n * PAGE + n, WHY_ROOM);
		assert_int_equal(load(&ri, MOST, 0), 0);
		assert_int_equal(ri.ri_map->dm_mapsize, n * PAGE);
		/* By halves. */
		assert_true(limit.li_ntried <= 9);
		assert_int_equal(limit.li_held, 1);
		/* The second is loaded at once. */
		assert_int_equal(next(&ri), 0);
		if (2 * n <= NPAGES) {
			assert_int_equal(ri.ri_map->dm_mapsize, n * PAGE);
			assert_int_equal(limit.li_ntried, 1);
		}
		assert_seg(
		    ri.ri_map, 0, 0x1000000 + n * PAGE, ri.ri_map->dm_mapsize);
		assert_int_equal(failures(&ri), 0);
		rig_end(&ri);
	}
}

/* It is asked for again now and then, and where less is there than before. */
static void
more_is_found_later(void **state)
{
	bus_size_t longest = 0;
	unsigned n = 0;
	struct rig ri;

	rig_make(&ri, *state, PAGE, WHY_ROOM);
	assert_int_equal(load(&ri, MOST, 0), 0);
	limit.li_most = 3 * PAGE;
	for (; ri.ri_map->dm_mapsize != 0; n++) {
		if (longest < ri.ri_map->dm_mapsize)
			longest = ri.ri_map->dm_mapsize;
		assert_int_equal(next(&ri), 0);
	}
	assert_int_equal(longest, 3 * PAGE);
	assert_true(n < NPAGES / 2 + 6);
	rig_end(&ri);
	/* At once, where something may be there some other time. */
	rig_make(&ri, *state, PAGE, WHY_SLOTS);
	assert_int_equal(load(&ri, MOST, 0), 0);
	assert_int_equal(ri.ri_map->dm_mapsize, PAGE);
	limit.li_most = 3 * PAGE;
	assert_int_equal(next(&ri), 0);
	assert_int_equal(ri.ri_map->dm_mapsize, 3 * PAGE);
	limit.li_most = 2 * PAGE;
	assert_int_equal(next(&ri), 0);
	assert_int_equal(ri.ri_map->dm_mapsize, 2 * PAGE);
	rig_end(&ri);
}

/* Between two looks: another CPU. */
static void
what_fitted_may_be_gone(void **state)
{
	for (unsigned turn = 1; turn < 14; turn++) {
		for (unsigned later = 0; later < 12; later++) {
			struct rig ri;
			int error;

			rig_make(&ri, *state, 11 * PAGE, WHY_SLOTS);
			limit.li_turn = turn;
			limit.li_later = later * PAGE;
			error = load(&ri, MOST, BUS_DMA_NOWAIT);
			assert_int_equal(limit.li_held, error == 0);
			if (error == 0)
				assert_int_equal(
				    ri.ri_map->dm_mapsize % PAGE, 0);
			else
				assert_unloaded(ri.ri_map);
			if (error != 0)
				assert_int_equal(later, 0);
			assert_int_equal(failures(&ri), error != 0);
			rig_end(&ri);
		}
	}
}

/* What is tried doesn't wait; only where nothing fits, and for the least. */
static void
waiting_is_for_the_least(void **state)
{
	struct rig ri;
	unsigned n;

	rig_make(&ri, *state, 5 * PAGE, WHY_SLOTS);
	assert_int_equal(load(&ri, MOST, 0), 0);
	for (n = 1; n < limit.li_ntried; n++)
		assert_true((limit.li_flags[n] & BUS_DMA_NOWAIT) != 0);
	for (n = 0; n < limit.li_ntried; n++)
		assert_true((limit.li_flags[n] & PARTIAL) != 0);
	bus_dmamap_unload(ri.ri_tag, ri.ri_map);
	limit.li_most = 0;
	assert_int_equal(load(&ri, MOST, 0), ENOMEM);
	n = limit.li_ntried - 1;
	assert_int_equal(limit.li_tried[n], PAGE);
	assert_int_equal(limit.li_flags[n] & (BUS_DMA_NOWAIT | PARTIAL), 0);
	assert_true((limit.li_flags[n - 1] & BUS_DMA_NOWAIT) != 0);
	/* It came when it was waited for. */
	limit.li_turn = n + 1;
	limit.li_later = 2 * PAGE;
	assert_int_equal(load(&ri, MOST, 0), 0);
	assert_int_equal(ri.ri_map->dm_mapsize, PAGE);
	assert_int_equal(next(&ri), 0);
	assert_int_equal(ri.ri_map->dm_mapsize, 2 * PAGE);
	bus_dmamap_unload(ri.ri_tag, ri.ri_map);
	/* Never, where it must not; and not for what never fits. */
	limit.li_turn = 0;
	limit.li_most = 0;
	assert_int_equal(load(&ri, MOST, BUS_DMA_NOWAIT), ENOMEM);
	for (n = 0; n < limit.li_ntried; n++)
		assert_true((limit.li_flags[n] & BUS_DMA_NOWAIT) != 0);
	limit.li_error = WHY_ROOM;
	assert_int_equal(load(&ri, MOST, 0), EFBIG);
	for (n = 1; n < limit.li_ntried; n++)
		assert_true((limit.li_flags[n] & BUS_DMA_NOWAIT) != 0);
	assert_int_equal(failures(&ri), 3);
	rig_end(&ri);
}

/* What no smaller load helps against ends it at once. */
static void
other_errors_are_final(void **state)
{
	const int errors[] = { BUSDMA_WHY(EFAULT, BUS_DMA_WHY_REACH), EFAULT,
		EINVAL, BUSDMA_WHY(EFAULT, BUS_DMA_WHY_CALLER), -1, -12345,
		0x7fffff00 };

	for (unsigned i = 0; i < NELEM(errors); i++) {
		struct rig ri;

		rig_make(&ri, *state, PAGE, errors[i]);
		assert_true(load(&ri, MOST, 0) > 0);
		assert_int_equal(limit.li_ntried, 1);
		assert_unloaded(ri.ri_map);
		assert_int_equal(failures(&ri), 1);
		/* Later, too; what is left is the driver's to give up. */
		assert_int_equal(load(&ri, PAGE, 0), 0);
		bus_dmamap_unload(ri.ri_tag, ri.ri_map);
		limit.li_error = WHY_ROOM;
		assert_int_equal(load(&ri, MOST, 0), 0);
		limit.li_error = errors[i];
		limit.li_most = 0;
		assert_true(next(&ri) > 0);
		assert_int_equal(limit.li_ntried, 1);
		assert_unloaded(ri.ri_map);
		assert_int_equal(failures(&ri), 2);
		rig_end(&ri);
	}
	/* Without reasons, what may be a matter of length is one. */
	for (unsigned i = 0; i < 2; i++) {
		struct rig ri;

		rig_make(&ri, *state, PAGE, i == 0 ? ENOMEM : EFBIG);
		assert_int_equal(load(&ri, MOST, 0), 0);
		assert_int_equal(ri.ri_map->dm_mapsize, PAGE);
		rig_end(&ri);
	}
}

/* A call that failed can be made again, and goes on where it was. */
static void
a_failure_can_be_tried_again(void **state)
{
	struct rig ri;

	rig_make(&ri, *state, 3 * PAGE, WHY_SLOTS);
	ri.ri_map->dm_maxsegsz = PAGE;
	assert_int_equal(load(&ri, MOST, BUS_DMA_NOWAIT), 0);
	limit.li_most = 0;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(next(&ri), ENOMEM);
		assert_unloaded(ri.ri_map);
		assert_int_equal(reason(&ri), BUS_DMA_WHY_RESOURCES);
		assert_int_equal(failures(&ri), i + 1);
		bus_dmamap_sync(
		    ri.ri_tag, ri.ri_map, 0, 0, BUS_DMASYNC_PREREAD);
	}
	limit.li_most = 4 * PAGE;
	assert_int_equal(next(&ri), 0);
	assert_int_equal(reason(&ri), BUS_DMA_WHY_NONE);
	assert_int_equal(ri.ri_map->dm_mapsize, 4 * PAGE);
	assert_seg(ri.ri_map, 0, 0x1000000 + 3 * PAGE, PAGE);
	/* Given up: by an unload, a load, the end of the map. */
	limit.li_most = 0;
	assert_int_equal(next(&ri), ENOMEM);
	bus_dmamap_unload(ri.ri_tag, ri.ri_map);
	assert_silent(ri.ri_tp);
	assert_int_equal(ri.ri_map->dm_maxsegsz, MOST);
	assert_int_equal(next(&ri), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_NEXT);
	limit.li_most = PAGE;
	assert_int_equal(load(&ri, MOST, BUS_DMA_NOWAIT), 0);
	limit.li_most = 0;
	assert_int_equal(next(&ri), ENOMEM);
	limit.li_most = PAGE;
	assert_int_equal(load(&ri, PAGE, BUS_DMA_NOWAIT), 0);
	assert_silent(ri.ri_tp);
	assert_int_equal(next(&ri), 0);
	assert_unloaded(ri.ri_map);
	assert_int_equal(load(&ri, MOST, BUS_DMA_NOWAIT), 0);
	limit.li_most = 0;
	assert_int_equal(next(&ri), ENOMEM);
	rig_end(&ri);
}

static void
calls_that_are_not_legal(void **state)
{
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, *state, 3 * PAGE, WHY_ROOM);
	assert_int_equal(bus_dmamap_load_next(NULL, NULL), EINVAL);
	assert_silent(ri.ri_tp);
	assert_int_equal(bus_dmamap_load_next(ri.ri_tag, NULL), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(next(&ri), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_NEXT);
	assert_int_equal(load(&ri, MOST, 0), 0);
	assert_int_equal(bus_dmamap_load_next(NULL, ri.ri_map), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_load_next(ri.ri_root, ri.ri_map), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(ri.ri_map->dm_mapsize, 3 * PAGE);
	/* After an unload, in the middle of it. */
	bus_dmamap_unload(ri.ri_tag, ri.ri_map);
	assert_int_equal(next(&ri), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_NEXT);
	/* After a load that failed. */
	limit.li_most = 0;
	assert_int_equal(load(&ri, MOST, 0), EFBIG);
	assert_int_equal(next(&ri), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_NEXT);
	/* A load on a part is one on a loaded map. */
	limit.li_most = 2 * PAGE;
	assert_int_equal(load(&ri, MOST, 0), 0);
	assert_int_equal(load(&ri, MOST, 0), 0);
	assert_report(ri.ri_tp, BUSDMA_REPORT_RELOAD);
	assert_seg(ri.ri_map, 0, 0x1000000, 2 * PAGE);
	/* A map that is not made for it has one part. */
	map = new_map(ri.ri_tag, MOST, 1, MOST, 0);
	bus_dmamap_unload(ri.ri_tag, ri.ri_map);
	assert_int_equal(
	    bus_dmamap_load(ri.ri_tag, map, ri.ri_buf, PAGE, NULL, PARTIAL), 0);
	assert_int_equal(bus_dmamap_load_next(ri.ri_tag, map), 0);
	assert_unloaded(map);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* A layer that is told of loads, and refuses one: that is final, and told. */
static void
a_refusal_is_final(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;
	struct bus_dma_stats ds;
	struct tl_layer tl;
	bus_dmamap_t map;
	char *buf = tp_run(tp, 0x1000000, 8);

	tl_init(&tl, 1, "Lu", NULL);
	assert_int_equal(tl_create(tp, &tl, root, &t), 0);
	map = partial_map(t, 2 * PAGE, 1);
	tl.tl_fail = TL_LOADED;
	tl.tl_error = ENOMEM;
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 8 * PAGE, NULL, PARTIAL), ENOMEM);
	assert_unloaded(map);
	assert_int_equal(tl.tl_calls[TL_LOADED], 1);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_failed[BUS_DMA_WHY_RESOURCES], 1);
	assert_int_equal(ds.ds_loads, 0);
	tl.tl_fail = TL_NONE;
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 8 * PAGE, NULL, PARTIAL), 0);
	assert_int_equal(map->dm_mapsize, 2 * PAGE);
	tl.tl_fail = TL_LOADED;
	assert_int_equal(bus_dmamap_load_next(t, map), ENOMEM);
	tl.tl_fail = TL_NONE;
	assert_int_equal(bus_dmamap_load_next(t, map), 0);
	assert_seg(map, 0, 0x1000000 + 2 * PAGE, 2 * PAGE);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tl.tl_calls[TL_LOADED] - 2, tl.tl_calls[TL_UNLOAD]);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/* Memory that is not there is met when its part comes. */
static void
memory_that_is_not_there(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = partial_map(t, 2 * PAGE, 2);
	paddr_t pages[8] = { 0x10000, 0x11000, 0x20000, 0x21000, 0x30000,
		TP_NOPAGE, 0x40000, 0x41000 };
	char *buf = tp_buf(tp, pages, 8);
	struct bus_dma_why wy;

	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 8 * PAGE, NULL, PARTIAL), 0);
	assert_int_equal(bus_dmamap_load_next(t, map), 0);
	assert_seg(map, 0, 0x20000, 2 * PAGE);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmamap_load_next(t, map), EFAULT);
		assert_unloaded(map);
		assert_true(bus_dmamap_why(t, map, &wy));
		assert_int_equal(wy.wy_reason, BUS_DMA_WHY_UNMAPPED);
		/* From the beginning of that part. */
		assert_int_equal(wy.wy_offset, PAGE);
		assert_int_equal(wy.wy_addr, (uintptr_t)buf + 5 * PAGE);
	}
	bus_dmamap_unload(t, map);
	/* Addresses end before the buffer does. */
	assert_int_equal(bus_dmamap_load(t, map, buf,
			     UINTPTR_MAX - (uintptr_t)buf + 2, NULL, PARTIAL),
	    EFAULT);
	assert_true(bus_dmamap_why(t, map, &wy));
	assert_int_equal(wy.wy_reason, BUS_DMA_WHY_UNMAPPED);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* A chain is measured before its first part is loaded. */
static void
chains_that_are_not_legal(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = partial_map(t, 2 * PAGE, 2);
	char *buf = tp_run(tp, 0x10000, 8);
	struct busdma_part parts[] = { { buf, PAGE, 0 }, { buf, 0, 0 },
		{ buf + PAGE, 5 * PAGE, 0 }, { buf, 0, 0 } };
	struct tp_chain tc = { .tc_tp = tp, .tc_parts = parts, .tc_nparts = 4 };
	struct bus_dma_why wy;

	for (int off = -2; off <= 2; off++) {
		tc.tc_total = (bus_size_t)(int)(6 * PAGE + off);
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, PARTIAL),
		    off == 0 ? 0 : EINVAL);
		if (off == 0) {
			bus_dmamap_unload(t, map);
			continue;
		}
		assert_true(bus_dmamap_why(t, map, &wy));
		assert_int_equal(wy.wy_reason, BUS_DMA_WHY_ORIGIN);
		assert_unloaded(map);
	}
	/* And one that is changed meanwhile is met all the same. */
	for (unsigned i = 0; i < 3; i++) {
		tc.tc_total = 6 * PAGE;
		parts[2].pt_len = 5 * PAGE;
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, PARTIAL),
		    0);
		if (i == 2)
			assert_int_equal(bus_dmamap_load_next(t, map), 0);
		parts[2].pt_len = i * PAGE;
		assert_int_equal(
		    bus_dmamap_load_next(t, map), i == 1 ? EINVAL : EINVAL);
		assert_unloaded(map);
		assert_int_equal(bus_dmamap_load_next(t, map), EINVAL);
		bus_dmamap_unload(t, map);
	}
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static size_t
circle_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	(void)ci;
	memset(parts, 0, n * sizeof(*parts));
	return n;
}

static size_t
greedy_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	(void)ci;
	memset(parts, 0, n * sizeof(*parts));
	return n + 1;
}

static int
any_open(const void *chain, struct busdma_chain_iter *ci)
{
	memset(ci, 0, sizeof(*ci));
	ci->ci_total = *(const bus_size_t *)chain;
	return 0;
}

static void
chains_without_an_end(void **state)
{
	const struct busdma_chain_ops ops[] = {
		{ sizeof(ops[0]), any_open, circle_parts },
		{ sizeof(ops[0]), any_open, greedy_parts },
	};
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = partial_map(t, PAGE, 1);
	bus_size_t total = 2 * PAGE;

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &ops[i], &total, PARTIAL),
		    EINVAL);
		assert_unloaded(map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
lists_that_are_too_short(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = partial_map(t, 2 * PAGE, 2);
	bus_dma_segment_t segs[] = { { 0x10000, PAGE }, { 0, 0 },
		{ 0x20000, 5 * PAGE } };

	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 3, 6 * PAGE, PARTIAL), 0);
	assert_int_equal(bus_dmamap_load_next(t, map), 0);
	assert_seg(map, 0, 0x20000 + PAGE, 2 * PAGE);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 3, 6 * PAGE + 1, PARTIAL),
	    EINVAL);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 6 * PAGE, PARTIAL), EINVAL);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, -1, 6 * PAGE, PARTIAL), EINVAL);
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, NULL, 3, 6 * PAGE, PARTIAL), EINVAL);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_most_is_found),
		UNIT(more_is_found_later),
		UNIT(what_fitted_may_be_gone),
		UNIT(waiting_is_for_the_least),
		UNIT(other_errors_are_final),
		UNIT(a_failure_can_be_tried_again),
		UNIT(calls_that_are_not_legal),
		UNIT(a_refusal_is_final),
		UNIT(memory_that_is_not_there),
		UNIT(chains_that_are_not_legal),
		UNIT(chains_without_an_end),
		UNIT(lists_that_are_too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
