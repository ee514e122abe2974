/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce: loads in one step, and slots that stay on a map when its load
 * ends.  The device reaches the first 16 MiB, the buffers are beyond.
 */
#include "bounce.h"
#include "unit.h"

#define END 0x1000000u
#define FAR 0x5000000u
#define PRE_W BUS_DMASYNC_PREWRITE
#define PRE_R BUS_DMASYNC_PREREAD
#define POST_R BUS_DMASYNC_POSTREAD
#define PROC ((struct proc *)(uintptr_t)0x5000)

struct rig {
	struct tp *ri_tp;
	bus_dma_tag_t ri_root, ri_tag;
	char *ri_buf; /* 8 pages, in one run */
};

static void
rig_make(struct rig *ri, struct tp *tp, bus_size_t most, unsigned flags)
{
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };
	const struct bus_dma_bounce db = { .db_most = most, .db_flags = flags };

	ri->ri_tp = tp;
	ri->ri_buf = tp_run(tp, FAR, 8);
	assert_int_equal(tp_direct(tp, &w, 1, &ri->ri_root), 0);
	assert_int_equal(
	    bus_dmatag_bounce(ri->ri_root, &db, &ri->ri_tag, 0), 0);
}

static void
rig_end(struct rig *ri)
{
	bus_dmatag_destroy(ri->ri_tag);
	bus_dmatag_destroy(ri->ri_root);
	assert_silent(ri->ri_tp);
	assert_true(tp_clean(ri->ri_tp));
}

static bus_dmamap_t
map_of(struct rig *ri, bus_size_t pages)
{
	return new_map(ri->ri_tag, pages * PAGE, 8, pages * PAGE, 0);
}

static int
load(struct rig *ri, bus_dmamap_t map, size_t off, bus_size_t len, int flags)
{
	return bus_dmamap_load(ri->ri_tag, map, ri->ri_buf + off, len, NULL,
	    BUS_DMA_NOWAIT | flags);
}

static struct bounce_area *
area(struct rig *ri, bus_dmamap_t map)
{
	return busdma_map_area(ri->ri_tag, map);
}

/* Small code has no quick ways: there it is the long one, and the same. */
static void
assert_one(struct rig *ri, bus_dmamap_t map, bool one)
{
#ifdef __OPTIMIZE_SIZE__
	one = false;
#endif
	assert_int_equal(area(ri, map)->ba_one, one);
}

static size_t
pool_free(struct rig *ri)
{
	return bounce_of(ri->ri_tag)->bt_slots->sl_free;
}

static uint64_t
locks(struct rig *ri)
{
	return ri->ri_tp->tp_calls[TP_LOCK];
}

static char *
slot(struct rig *ri, bus_dmamap_t map)
{
	return tp_phys(ri->ri_tp, map->dm_segs[0].ds_addr);
}

/* No lock, from the second load on, and the same slots. */
static void
the_usual_load_takes_no_lock(void **state)
{
	struct rig ri;
	bus_dmamap_t map;
	bus_addr_t at;

	rig_make(&ri, *state, 8 * PAGE, 0);
	map = map_of(&ri, 2);
	assert_int_equal(load(&ri, map, 100, PAGE, 0), 0);
	at = map->dm_segs[0].ds_addr;
	bus_dmamap_unload(ri.ri_tag, map);
	uint64_t before = locks(&ri);
	size_t left = pool_free(&ri);
	for (unsigned i = 0; i < 4; i++) {
		/* One page or two, wherever it begins. */
		size_t off = i * 1000, len = i % 2 != 0 ? 8 : PAGE;

		memset(ri.ri_buf + off, (int)i + 1, len);
		assert_int_equal(load(&ri, map, off, len, 0), 0);
		assert_one(&ri, map, true);
		assert_seg(map, 0, at - 100 + off, len);
		bus_dmamap_sync(ri.ri_tag, map, 0, len, PRE_W);
		assert_int_equal(slot(&ri, map)[0], i + 1);
		assert_int_equal(slot(&ri, map)[len - 1], i + 1);
		memset(slot(&ri, map), 0x55, len);
		bus_dmamap_sync(ri.ri_tag, map, 0, len, POST_R);
		assert_int_equal(ri.ri_buf[off], 0x55);
		assert_int_equal(ri.ri_buf[off + len - 1], 0x55);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_unloaded(map);
	}
	assert_int_equal(locks(&ri), before);
	assert_int_equal(pool_free(&ri), left);
	bus_dmamap_destroy(ri.ri_tag, map);
	assert_int_equal(
	    pool_free(&ri), bounce_of(ri.ri_tag)->bt_slots->sl_pages);
	rig_end(&ri);
}

/* Nor one that has reserved what it needs, from the first on. */
static void
reserved_slots_take_none(void **state)
{
	struct rig ri;
	bus_dmamap_t map = NULL;

	rig_make(&ri, *state, 8 * PAGE, 0);
	assert_int_equal(bus_dmamap_create(ri.ri_tag, 4 * PAGE, 1, 4 * PAGE, 0,
			     BUS_DMA_ALLOCNOW, &map),
	    0);
	uint64_t before = locks(&ri);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(load(&ri, map, 8, 4 * PAGE, 0), 0);
		assert_one(&ri, map, true);
		bus_dmamap_sync(ri.ri_tag, map, 0, 4 * PAGE, PRE_W);
		bus_dmamap_sync(ri.ri_tag, map, 0, 4 * PAGE, POST_R);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(load(&ri, map, 8, 8, 0), 0);
		assert_one(&ri, map, true);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	assert_int_equal(locks(&ri), before);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Who finds the pool empty has what is parked; its map goes on without. */
static void
parked_slots_are_for_all(void **state)
{
	struct rig ri;
	bus_dmamap_t map[3];

	rig_make(&ri, *state, 3 * PAGE, 0);
	for (unsigned i = 0; i < 3; i++)
		map[i] = map_of(&ri, 2);
	assert_int_equal(load(&ri, map[0], 0, 2 * PAGE, 0), 0);
	bus_dmamap_unload(ri.ri_tag, map[0]);
	assert_int_equal(pool_free(&ri), 1);
	assert_int_equal(load(&ri, map[1], 0, 2 * PAGE, 0), 0);
	assert_int_equal(pool_free(&ri), 1);
	/* One is left, and the other's has gone. */
	assert_int_equal(load(&ri, map[0], 0, 2 * PAGE, 0), ENOMEM);
	assert_unloaded(map[0]);
	assert_int_equal(load(&ri, map[2], 0, PAGE, 0), 0);
	assert_int_equal(load(&ri, map[0], 0, PAGE, 0), ENOMEM);
	/* While they are short, what comes back is not kept. */
	bus_dmamap_unload(ri.ri_tag, map[1]);
	assert_int_equal(pool_free(&ri), 2);
	assert_int_equal(load(&ri, map[0], PAGE, PAGE, 0), 0);
	memset(ri.ri_buf + PAGE, 7, PAGE);
	bus_dmamap_sync(ri.ri_tag, map[0], 0, PAGE, PRE_W);
	assert_int_equal(*slot(&ri, map[0]), 7);
	/* When they no longer are, it is. */
	bus_dmamap_unload(ri.ri_tag, map[0]);
	assert_int_equal(pool_free(&ri), 1);
	bus_dmamap_unload(ri.ri_tag, map[2]);
	assert_int_equal(pool_free(&ri), 1);
	/* A map that goes gives its back; and one whose were taken has none. */
	bus_dmamap_destroy(ri.ri_tag, map[2]);
	assert_int_equal(pool_free(&ri), 2);
	assert_int_equal(load(&ri, map[1], 0, 2 * PAGE, 0), 0);
	assert_int_equal(pool_free(&ri), 0);
	assert_int_equal(load(&ri, map[0], 0, PAGE, 0), 0);
	bus_dmamap_unload(ri.ri_tag, map[1]);
	assert_int_equal(load(&ri, map[0], 0, 3 * PAGE, 0), EINVAL);
	assert_report(ri.ri_tp, BUSDMA_REPORT_RELOAD);
	bus_dmamap_destroy(ri.ri_tag, map[0]);
	bus_dmamap_destroy(ri.ri_tag, map[1]);
	assert_int_equal(pool_free(&ri), 3);
	rig_end(&ri);
}

/* A load keeps a page more than it needs, and not two. */
static void
a_load_keeps_what_it_needs(void **state)
{
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, *state, 9 * PAGE, 0);
	map = map_of(&ri, 8);
	assert_int_equal(load(&ri, map, 0, 6 * PAGE, 0), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(pool_free(&ri), 3);
	assert_int_equal(load(&ri, map, 0, 5 * PAGE, 0), 0);
	assert_one(&ri, map, true);
	assert_int_equal(pool_free(&ri), 3);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, PAGE - 4, 8, 0), 0);
	assert_one(&ri, map, false);
	assert_int_equal(pool_free(&ri), 7);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, 0, 8, 0), 0);
	assert_one(&ri, map, true);
	bus_dmamap_unload(ri.ri_tag, map);
	/* A load that needs none keeps none. */
	assert_int_equal(load_run1(ri.ri_tag, map, 0x800000, PAGE), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load_run1(ri.ri_tag, map, FAR + 1, PAGE - 1), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(pool_free(&ri), 7);
	/* It needs more: what it has goes back first. */
	assert_int_equal(load(&ri, map, 0, 8 * PAGE, 0), 0);
	assert_int_equal(pool_free(&ri), 1);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Of a load in one step, the parts are synced as those of another. */
static void
parts_of_a_load_in_one_step(void **state)
{
	struct rig ri;
	bus_dmamap_t map;
	char *dev;

	rig_make(&ri, *state, 8 * PAGE, 0);
	map = map_of(&ri, 2);
	assert_int_equal(load(&ri, map, 8, 2 * PAGE - 8, 0), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	for (unsigned i = 0; i < 2; i++) {
		memset(ri.ri_buf, 0x11, 2 * PAGE);
		assert_int_equal(load(&ri, map, 8, 2 * PAGE - 8, 0), 0);
		assert_one(&ri, map, true);
		dev = slot(&ri, map);
		memset(dev, 0x99, 2 * PAGE - 8);
		/* Nothing was given: nothing is there. */
		bus_dmamap_sync(ri.ri_tag, map, 4, 8, POST_R);
		assert_int_equal(ri.ri_buf[12], 0x11);
		if (i == 0) {
			/* The first page; then all that was not. */
			bus_dmamap_sync(ri.ri_tag, map, 4, 8, PRE_R);
			assert_int_equal(dev[0], 0x11);
			assert_int_equal(dev[PAGE - 9], 0x11);
			assert_int_equal(dev[PAGE - 8], (char)0x99);
			dev[0] = 0x22;
			bus_dmamap_sync(ri.ri_tag, map, 0, 2 * PAGE - 8, PRE_R);
			assert_int_equal(dev[0], 0x22);
			assert_int_equal(dev[PAGE - 8], 0x11);
		} else {
			bus_dmamap_sync(ri.ri_tag, map, 0, 2 * PAGE - 8, PRE_R);
			assert_int_equal(dev[0], 0x11);
			assert_int_equal(dev[2 * PAGE - 9], 0x11);
			/* And once only. */
			dev[0] = 0x22;
			bus_dmamap_sync(ri.ri_tag, map, 0, 2 * PAGE - 8, PRE_R);
			assert_int_equal(dev[0], 0x22);
		}
		ri.ri_buf[9] = 0x33;
		bus_dmamap_sync(ri.ri_tag, map, 1, 1, PRE_W);
		assert_int_equal(dev[1], 0x33);
		assert_int_equal(dev[0], 0x22);
		dev[1] = 0x44;
		dev[2] = 0x44;
		bus_dmamap_sync(ri.ri_tag, map, 1, 1, POST_R);
		assert_int_equal(ri.ri_buf[8], 0x11);
		assert_int_equal(ri.ri_buf[9], 0x44);
		assert_int_equal(ri.ri_buf[10], 0x11);
		bus_dmamap_sync(ri.ri_tag, map, 0, 2 * PAGE - 8, POST_R);
		assert_int_equal(ri.ri_buf[8], 0x22);
		assert_int_equal(ri.ri_buf[10], 0x44);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* What one step can't do goes the long way, and is right. */
static void
not_in_one_step(void **state)
{
	const struct bus_dma_limits al = { .dl_alignment = 64 };
	struct tp *tp = *state;
	const paddr_t pages[2] = { END - PAGE, END };
	struct rig ri;
	bus_dmamap_t map, cut;
	bus_dma_tag_t aligned = NULL;
	char *half;

	rig_make(&ri, tp, 12 * PAGE, 0);
	half = tp_buf(tp, pages, 2);
	map = map_of(&ri, 2);
	cut = new_map(ri.ri_tag, PAGE, 8, PAGE, 256);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(load(&ri, map, 0, PAGE, 0), 0);
		assert_one(&ri, map, i != 0);
		bus_dmamap_unload(ri.ri_tag, map);
		/* Over the boundary, and not over it. */
		assert_int_equal(load(&ri, cut, 200, 100, 0), 0);
		assert_one(&ri, cut, false);
		assert_int_equal(cut->dm_nsegs, 2);
		bus_dmamap_unload(ri.ri_tag, cut);
	}
	assert_int_equal(load(&ri, cut, 200, 56, 0), 0);
	assert_one(&ri, cut, true);
	bus_dmamap_unload(ri.ri_tag, cut);
	/* The driver asks for shorter segments. */
	map->dm_maxsegsz = 100;
	assert_int_equal(load(&ri, map, 0, 300, 0), 0);
	assert_one(&ri, map, false);
	assert_int_equal(map->dm_nsegs, 3);
	bus_dmamap_unload(ri.ri_tag, map);
	/* It wants no copy. */
	assert_int_equal(load(&ri, map, 0, PAGE, BUS_DMA_NOBOUNCE), EFAULT);
	assert_unloaded(map);
	/* A half of it is reached. */
	assert_int_equal(
	    bus_dmamap_load(ri.ri_tag, map, half + 16, PAGE, NULL, 0), 0);
	assert_one(&ri, map, false);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, END - PAGE + 16, PAGE - 16);
	bus_dmamap_unload(ri.ri_tag, map);
	/* More than the map's slots. */
	assert_int_equal(load(&ri, map, 0, 8, 0), 0);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, 8, 2 * PAGE, 0), 0);
	assert_one(&ri, map, false);
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, cut);
	/* What has to be aligned. */
	assert_int_equal(bus_dmatag_restrict(ri.ri_tag, &al, &aligned, 0), 0);
	map = new_map(aligned, PAGE, 1, PAGE, 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmamap_load(aligned, map, ri.ri_buf + 8,
				     PAGE, NULL, BUS_DMA_NOWAIT),
		    0);
		assert_int_equal(map->dm_segs[0].ds_addr % 64, 0);
		bus_dmamap_unload(aligned, map);
	}
	bus_dmamap_destroy(aligned, map);
	bus_dmatag_destroy(aligned);
	rig_end(&ri);
}

/* All memory goes through slots where it must, also that below. */
static void
forced_in_one_step(void **state)
{
	struct tp *tp = *state;
	char *near_ = tp_run(tp, 0x800000, 1);
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, tp, 8 * PAGE, BUS_DMA_BOUNCE_FORCED);
	map = map_of(&ri, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bus_dmamap_load(ri.ri_tag, map, near_, PAGE,
				     NULL, BUS_DMA_NOWAIT),
		    0);
		assert_one(&ri, map, i != 0);
		assert_true(
		    map->dm_segs[0].ds_addr < RAMBASE + RAMPAGES * PAGE);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* With OVERWRITE a load sees of the slots what its map left there, or 0. */
static void
slots_are_clean(void **state)
{
	struct tp *tp = *state;
	const paddr_t page = FAR + 64 * PAGE;
	struct rig ri;
	bus_dmamap_t a, b;
	char *dev;

	rig_make(&ri, tp, 2 * PAGE, 0);
	(void)tp_space(tp, (char *)PROC + 1, 0x700000, &page, 1);
	a = map_of(&ri, 1);
	b = map_of(&ri, 1);
	memset(ri.ri_buf, 0x5a, 2 * PAGE);
	/* One leaves them full, and the other takes them. */
	assert_int_equal(load(&ri, a, 0, 2 * PAGE, 0), EINVAL);
	assert_int_equal(load(&ri, a, 0, PAGE, 0), 0);
	bus_dmamap_sync(ri.ri_tag, a, 0, PAGE, PRE_W);
	bus_dmamap_unload(ri.ri_tag, a);
	assert_int_equal(load(&ri, b, PAGE - 8, 16, BUS_DMA_OVERWRITE), 0);
	dev = slot(&ri, b);
	bus_dmamap_sync(ri.ri_tag, b, 0, 16, PRE_R);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(dev[i], 0);
	/* Where the load is not, neither: the next one may be there. */
	dev[-16] = 0x77;
	bus_dmamap_unload(ri.ri_tag, b);
	assert_int_equal(load(&ri, b, PAGE - 24, 24, BUS_DMA_OVERWRITE), 0);
	assert_one(&ri, b, true);
	bus_dmamap_sync(ri.ri_tag, b, 0, 24, PRE_R);
	bus_dmamap_sync(ri.ri_tag, b, 0, 24, POST_R);
	assert_int_equal(ri.ri_buf[PAGE - 24], 0x77);
	assert_int_equal(ri.ri_buf[PAGE - 23], 0);
	bus_dmamap_unload(ri.ri_tag, b);
	/* A process's bytes are not for the kernel, nor for another's. */
	assert_int_equal(bus_dmamap_load(ri.ri_tag, b, (void *)0x700000, PAGE,
			     PROC, BUS_DMA_NOWAIT),
	    0);
	memset(slot(&ri, b), 0x66, PAGE);
	bus_dmamap_unload(ri.ri_tag, b);
	assert_int_equal(load(&ri, b, 0, PAGE, BUS_DMA_OVERWRITE), 0);
	assert_one(&ri, b, false);
	for (unsigned i = 0; i < PAGE; i++)
		assert_int_equal(slot(&ri, b)[i], 0);
	memset(slot(&ri, b), 0x66, PAGE);
	bus_dmamap_unload(ri.ri_tag, b);
	assert_int_equal(bus_dmamap_load(ri.ri_tag, b, (void *)0x700000, PAGE,
			     PROC, BUS_DMA_NOWAIT | BUS_DMA_OVERWRITE),
	    0);
	for (unsigned i = 0; i < PAGE; i++)
		assert_int_equal(slot(&ri, b)[i], 0);
	bus_dmamap_destroy(ri.ri_tag, b);
	bus_dmamap_destroy(ri.ri_tag, a);
	rig_end(&ri);
}

/* A load that may wait has the platform give more; one that may not, not. */
static void
the_pool_grows_for_who_may_wait(void **state)
{
	struct rig ri;
	bus_dmamap_t map[3];

	rig_make(&ri, *state, 5 * PAGE, 0);
	for (unsigned i = 0; i < 3; i++) {
		map[i] = map_of(&ri, 1);
		assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_pages, 2);
	}
	assert_int_equal(load(&ri, map[0], 0, PAGE, 0), 0);
	assert_int_equal(load(&ri, map[1], 0, PAGE, 0), 0);
	assert_int_equal(load(&ri, map[2], 0, PAGE, 0), ENOMEM);
	for (unsigned n = 1;; n++) {
		tp_fail_at(ri.ri_tp, n);
		if (bus_dmamap_load(ri.ri_tag, map[2], ri.ri_buf, PAGE, NULL,
			BUS_DMA_WAITOK) == 0)
			break;
		assert_true(ri.ri_tp->tp_failed);
		assert_unloaded(map[2]);
		assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_pages, 2);
		assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_coming, 0);
	}
	tp_fail_at(ri.ri_tp, 0);
	assert_int_equal(bounce_of(ri.ri_tag)->bt_slots->sl_pages, 3);
	for (unsigned i = 0; i < 3; i++)
		bus_dmamap_destroy(ri.ri_tag, map[i]);
	rig_end(&ri);
}

/* A narrowed tag has of named slots those that it reaches. */
static void
named_slots_are_shared(void **state)
{
	struct tp *tp = *state;
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };
	bus_dma_segment_t mem[2] = { { RAMBASE, 4 * PAGE },
		{ RAMBASE + 8 * PAGE, 2 * PAGE } };
	const struct bus_dma_bounce db = { .db_memory = mem, .db_nmemory = 2 };
	bus_dma_tag_t root = NULL, t = NULL, child = NULL;
	bus_dmamap_t map;

	assert_int_equal(tp_direct(tp, &w, 1, &root), 0);
	/* The same memory is not there twice. */
	mem[1].ds_addr = RAMBASE + 3 * PAGE;
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), EINVAL);
	mem[1].ds_addr = RAMBASE - PAGE;
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), EINVAL);
	mem[1].ds_addr = RAMBASE + 8 * PAGE;
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	/* Two pages in the middle of the first. */
	assert_int_equal(bus_dmatag_subregion(t, RAMBASE + PAGE - 100,
			     RAMBASE + 3 * PAGE + 99, &child, 0),
	    0);
	map = new_map(child, 4 * PAGE, 8, 4 * PAGE, 0);
	assert_int_equal(load_run1(child, map, FAR, 2 * PAGE), 0);
	assert_seg(map, 0, RAMBASE + PAGE, 2 * PAGE);
	bus_dmamap_unload(child, map);
	assert_int_equal(load_run1(child, map, FAR, 2 * PAGE + 1), EFBIG);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	/* From below the second on: only that. */
	assert_int_equal(
	    bus_dmatag_subregion(t, RAMBASE + 5 * PAGE, END - 1, &child, 0), 0);
	map = new_map(child, 4 * PAGE, 8, 4 * PAGE, 0);
	assert_int_equal(load_run1(child, map, FAR, PAGE), 0);
	assert_true(map->dm_segs[0].ds_addr >= RAMBASE + 8 * PAGE);
	/* The child outlives its maker's hold on the other. */
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_usual_load_takes_no_lock),
		UNIT(reserved_slots_take_none),
		UNIT(parked_slots_are_for_all),
		UNIT(a_load_keeps_what_it_needs),
		UNIT(parts_of_a_load_in_one_step),
		UNIT(not_in_one_step),
		UNIT(forced_in_one_step),
		UNIT(slots_are_clean),
		UNIT(the_pool_grows_for_who_may_wait),
		UNIT(named_slots_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
