/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/stack.c and src/md/direct/noncoherent.c where a pointer is shorter
 * than a physical address (narrow.h): what no pointer can say, and no window
 * reaches, has no caches to be told of.
 */
#include "cacherig.h"

#define TOP 0x100000000u /* the first that no pointer says */

/* A platform without windows: the kernel reaches memory where it is. */
static void
without_windows(struct tp *tp)
{
	tp->tp_pl.pl_window = NULL;
	tp->tp_pl.pl_window_done = NULL;
	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
}

static void
assert_unreached(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct bus_dma_why wy;

	assert_unloaded(map);
	assert_true(bus_dmamap_why(t, map, &wy));
	assert_int_equal(wy.wy_reason, BUS_DMA_WHY_UNMAPPED);
}

/* Up to the last byte that a pointer says, and not across it. */
static void
what_no_pointer_says(void **state)
{
	static const struct {
		paddr_t addr;
		bus_size_t len;
		int error;
	} v[] = {
		{ TOP - PAGE, PAGE, 0 },
		{ TOP - PAGE, 2 * PAGE, EFAULT },
		{ TOP - LINE, LINE, 0 },
		{ TOP - 1, 2, EFAULT },
		{ TOP, 1, EFAULT },
		{ TOP, PAGE, EFAULT },
		{ 3 * (paddr_t)TOP, PAGE, EFAULT },
		{ (paddr_t)0 - PAGE, PAGE, EFAULT },
	};
	static const paddr_t last[] = { TOP - PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);

	without_windows(tp);
	for (size_t i = 0; i < NELEM(v); i++) {
		assert_int_equal(
		    load_run1(t, map, v[i].addr, v[i].len), v[i].error);
		if (v[i].error != 0) {
			assert_unreached(t, map);
			continue;
		}
		assert_sync(tp, t, map, 0, v[i].len, PREWRITE, last, 1,
		    v[i].len == PAGE ? "WWWW" : "...W");
		assert_int_equal(tp->tp_event[0].te_va, v[i].addr);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Nothing is told of a coherent window, wherever its memory is. */
static void
a_coherent_window_needs_no_pointer(void **state)
{
	static const struct bus_dma_window w[] = { { 0, 0, TOP, 0 },
		{ TOP, TOP, TOP, C } };
	static const paddr_t pages[] = { TOP - PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);
	without_windows(tp);
	assert_int_equal(load_run1(t, map, TOP, PAGE), 0);
	assert_sync(tp, t, map, 0, PAGE, POSTREAD, pages, 1, "....");
	bus_dmamap_unload(t, map);
	/* One that begins where it is not: no pointer says all of it. */
	assert_int_equal(load_run1(t, map, TOP - PAGE, 2 * PAGE), EFAULT);
	assert_unreached(t, map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Memory that the kernel has mapped; and windows, which have their own. */
static void
what_is_mapped_elsewhere(void **state)
{
	static const paddr_t page[] = { TOP };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);
	char *buf = tp_run(tp, TOP, 1);

	assert_int_equal(load_run1(t, map, TOP, PAGE), 0);
	assert_sync(tp, t, map, 0, PAGE, PREWRITE, page, 1, "WWWW");
	assert_int_equal(tp->tp_event[0].te_va, (uintptr_t)buf);
	bus_dmamap_unload(t, map);
	without_windows(tp);
	assert_int_equal(load(t, map, buf, PAGE, 0), 0);
	assert_sync(tp, t, map, 0, PAGE, PREWRITE, page, 1, "WWWW");
	assert_int_equal(tp->tp_event[0].te_va, (uintptr_t)buf);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Uncached, it costs nothing: no pointer is needed. */
static unsigned
all_uncached(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	(void)pl;
	(void)as;
	(void)va;
	(void)pa;
	(void)len;
	return BUSDMA_MEMORY_UNCACHED;
}

static void
what_is_uncached(void **state)
{
	static const paddr_t page[] = { TOP };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	without_windows(tp);
	tp->tp_pl.pl_memory = all_uncached;
	assert_int_equal(load_run1(t, map, TOP, PAGE), 0);
	assert_sync(tp, t, map, 0, PAGE, POSTREAD, page, 1, "....");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* What a layer above put where no pointer says. */
static paddr_t moved_to;

static int
move_load(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	(void)t;
	(void)map;
	(void)flags;
	for (unsigned i = 0; i < fs->fs_count; i++) {
		fs->fs_frag[i].bf_addr = moved_to;
		fs->fs_memory[i].me_addr = moved_to;
		fs->fs_memory[i].me_flags = BUSDMA_MEMORY_OWNED;
	}
	return 0;
}

static void
moved_by_a_layer(void **state)
{
	static const paddr_t pages[] = { 0x80000, TOP - PAGE };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0), top;
	char *buf = tp_run(tp, pages[0], 1);
	struct tl_layer tl;
	bus_dmamap_t map;

	without_windows(tp);
	tl_init(&tl, 1, "l", NULL);
	tl.tl_ops.bo_load = move_load;
	assert_int_equal(tl_create(tp, &tl, t, &top), 0);
	map = new_map(top, PAGE, 1, PAGE, 0);
	moved_to = TOP - PAGE;
	assert_int_equal(load(top, map, buf, PAGE, 0), 0);
	assert_sync(tp, top, map, 0, PAGE, PREWRITE, pages, 2, "....WWWW");
	bus_dmamap_unload(top, map);
	for (moved_to += LINE; moved_to <= TOP + LINE; moved_to += LINE) {
		assert_int_equal(load(top, map, buf, PAGE, 0), EFAULT);
		assert_unreached(top, map);
	}
	bus_dmamap_destroy(top, map);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(what_no_pointer_says),
		UNIT(a_coherent_window_needs_no_pointer),
		UNIT(what_is_mapped_elsewhere),
		UNIT(what_is_uncached),
		UNIT(moved_by_a_layer),
	};

	return cmocka_run_group_tests_name("narrow", tests, NULL, NULL);
}
