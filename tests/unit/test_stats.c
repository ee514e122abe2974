/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/stats.c: figures of a tag and of its live maps, and their text. */
#include <inttypes.h>
#include <stdio.h>

#include <busdma/bus_dma_stats.h>

#include "why.h"

#define assert_loads(t, loads, segs)                     \
	do {                                             \
		struct bus_dma_stats ds_;                \
                                                         \
		bus_dma_stats((t), &ds_);                \
		assert_int_equal(ds_.ds_loads, loads);   \
		assert_int_equal(ds_.ds_segments, segs); \
	} while (0)

/* Each kind of load, by the quick way and by the general one. */
static void
loads_are_counted(struct tp *tp, bus_dma_tag_t t)
{
	static const paddr_t pages[] = { 0x10000, 0x30000 };
	char *buf = tp_buf(tp, pages, 2);
	bus_dmamap_t map = new_map(t, 2 * PAGE, 8, 2 * PAGE, 0);
	uint64_t loads = 0, segs = 0;
	struct bus_dma_stats ds;

	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf + 100, PAGE);

		if (k == RAW)
			bu.bu_part[0].pt_addr = (void *)0x10000;
		for (unsigned general = 0; general < 2; general++) {
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), 0);
			assert_int_equal(map->dm_nsegs, k == RAW ? 1 : 2);
			loads++;
			segs += (unsigned)map->dm_nsegs;
			assert_loads(t, loads, segs);
			/* A load of a loaded map is one more. */
			assert_int_equal(load(t, map, k, &bu), 0);
			loads++;
			segs += (unsigned)map->dm_nsegs;
			assert_loads(t, loads, segs);
			/* One that fails, and one of nothing, is none. */
			bu.bu_total = 3 * PAGE;
			assert_int_not_equal(load(t, map, k, &bu), 0);
			bu.bu_total = PAGE;
			assert_int_equal(load_run1(t, map, 0, 0), 0);
			bus_dmamap_unload(t, map);
			assert_loads(t, loads, segs);
		}
	}
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_maps, 1);
	assert_int_equal(ds.ds_failed[BUS_DMA_WHY_LENGTH], 2 * NKINDS);
	bus_dmamap_destroy(t, map);
	/* Of maps that are gone, too. */
	assert_loads(t, loads, segs);
	map = new_map(t, 100, 1, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 1), 0);
	assert_loads(t, loads + 1, segs + 1);
	bus_dmamap_destroy(t, map);
	assert_loads(t, loads + 1, segs + 1);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_maps, 0);
	tp_forget(tp);
}

static void
each_load_once(void **state)
{
	struct tp *tp = *state;
	static const char *const ops[] = { "m", "l", "clsu", "cLsu" };
	bus_dma_tag_t root = identity(tp), t;
	struct tl_layer tl;

	loads_are_counted(tp, root);
	for (size_t i = 0; i < NELEM(ops); i++) {
		for (unsigned no = 0; no < 2; no++) {
			tl_init(&tl, 1, ops[i], NULL);
			tl.tl_noshortcut = no;
			assert_int_equal(tl_create(tp, &tl, root, &t), 0);
			loads_are_counted(tp, t);
			bus_dmatag_destroy(t);
		}
	}
	bus_dmatag_destroy(root);
}

/* A load that bo_loaded refuses is none, however many segments it had. */
static void
a_refused_load_is_none(void **state)
{
	struct tp *tp = *state;
	static const paddr_t pages[] = { 0x10000, 0x30000, 0x20000 };
	char *buf = tp_buf(tp, pages, 3);
	bus_dma_tag_t root = identity(tp), t;
	struct tl_layer tl, top;
	struct bus_dma_stats ds;
	bus_dmamap_t map;

	for (unsigned whole = 0; whole < 2; whole++) {
		bus_dma_tag_t mid;

		tl_init(&tl, 1, "L", NULL);
		assert_int_equal(tl_create(tp, &tl, root, &mid), 0);
		tl_init(&top, 2, whole ? "l" : "s", NULL);
		top.tl_noshortcut = whole;
		assert_int_equal(tl_create(tp, &top, mid, &t), 0);
		map = new_map(t, 3 * PAGE, 8, 3 * PAGE, 0);
		assert_int_equal(bus_dmamap_label(t, map, "x"), 0);
		assert_int_equal(
		    bus_dmamap_load(t, map, buf, 3 * PAGE, NULL, 0), 0);
		assert_loads(t, 1, 3);
		bus_dmamap_unload(t, map);
		tl.tl_fail = TL_LOADED;
		tl.tl_error = ENOMEM;
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(
			    bus_dmamap_load(t, map, buf, 3 * PAGE, NULL, 0),
			    ENOMEM);
		assert_loads(t, 1, 3);
		assert_string_equal(busdma_map_label(map), "x");
		bus_dma_stats(t, &ds);
		assert_int_equal(ds.ds_failed[BUS_DMA_WHY_RESOURCES], 3);
		assert_int_equal(ds.ds_loaded, 0);
		/* The first load of all, too: it does not go below 0. */
		bus_dmamap_destroy(t, map);
		map = new_map(t, 3 * PAGE, 8, 3 * PAGE, 0);
		assert_int_equal(
		    bus_dmamap_load(t, map, buf, PAGE, NULL, 0), ENOMEM);
		assert_loads(t, 1, 3);
		assert_null(busdma_map_label(map));
		bus_dmamap_destroy(t, map);
		assert_loads(t, 1, 3);
		bus_dmatag_destroy(t);
		bus_dmatag_destroy(mid);
	}
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static void
what_is_loaded_now(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), child;
	bus_dmamap_t map[5];
	struct bus_dma_stats ds;

	assert_int_equal(bus_dmatag_subregion(t, 0, 0xffff, &child, 0), 0);
	for (unsigned i = 0; i < 5; i++) {
		map[i] = new_map(i == 4 ? child : t, 100, 4, 10, 0);
		assert_int_equal(
		    load_run1(i == 4 ? child : t, map[i], 0, 10 * i), 0);
	}
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_maps, 4);
	assert_int_equal(ds.ds_loaded, 3); /* one of them is of nothing */
	assert_int_equal(ds.ds_mapped, 60);
	assert_int_equal(ds.ds_loads, 3);
	assert_int_equal(ds.ds_segments, 1 + 2 + 3);
	/* Tags made from it have their own. */
	bus_dma_stats(child, &ds);
	assert_int_equal(ds.ds_maps, 1);
	assert_int_equal(ds.ds_mapped, 40);
	bus_dmamap_unload(t, map[3]);
	bus_dma_stats(t, &ds);
	assert_int_equal(ds.ds_maps, 4);
	assert_int_equal(ds.ds_loaded, 2);
	assert_int_equal(ds.ds_mapped, 30);
	/* No tag: nothing. */
	memset(&ds, 0xff, sizeof(ds));
	bus_dma_stats(NULL, &ds);
	for (size_t i = 0; i < sizeof(ds); i++)
		assert_int_equal(((unsigned char *)&ds)[i], 0);
	for (unsigned i = 0; i < 5; i++)
		bus_dmamap_destroy(i == 4 ? child : t, map[i]);
	bus_dmatag_destroy(child);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- the walk ---- */

static void
what_a_walk_says(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t a = new_map(t, 100, 7, 10, 0);
	bus_dmamap_t b = new_map(t, 2 * PAGE, 3, PAGE, 0);
	struct bus_dma_mapinfo mi[2];

	assert_int_equal(bus_dmamap_label(t, a, "it"), 0);
	assert_int_equal(load_run1(t, a, 0x1000, 25), 0);
	bus_dmamap_unload(t, a);
	assert_int_equal(load_run1(t, a, 0x1000, 35), 0);
	assert_int_equal(load_run1(t, b, 0, 2 * PAGE + 1), EINVAL);
	memset(mi, 0xff, sizeof(mi));
	assert_int_equal(bus_dma_maps(t, 0, mi, 2), 2);
	/* The youngest first. */
	assert_ptr_equal(mi[0].mi_map, b);
	assert_null(mi[0].mi_label);
	assert_int_equal(mi[0].mi_size, 2 * PAGE);
	assert_int_equal(mi[0].mi_mapped, 0);
	assert_int_equal(mi[0].mi_maxsegs, 3);
	assert_int_equal(mi[0].mi_nsegs, 0);
	assert_int_equal(mi[0].mi_loads, 0);
	assert_int_equal(mi[0].mi_segments, 0);
	assert_int_equal(mi[0].mi_why.wy_reason, BUS_DMA_WHY_LENGTH);
	assert_int_equal(mi[0].mi_why.wy_limit, 2 * PAGE);
	assert_ptr_equal(mi[1].mi_map, a);
	assert_string_equal(mi[1].mi_label, "it");
	assert_int_equal(mi[1].mi_size, 100);
	assert_int_equal(mi[1].mi_mapped, 35);
	assert_int_equal(mi[1].mi_maxsegs, 7);
	assert_int_equal(mi[1].mi_nsegs, 4);
	assert_int_equal(mi[1].mi_loads, 2);
	assert_int_equal(mi[1].mi_segments, 7);
	assert_int_equal(mi[1].mi_why.wy_reason, BUS_DMA_WHY_NONE);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
}

/* Of 6 maps, every beginning and every length, and not one too many. */
static void
parts_of_a_walk(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map[6];
	struct bus_dma_mapinfo mi[9];

	assert_int_equal(bus_dma_maps(t, 0, mi, 9), 0);
	for (unsigned i = 0; i < 6; i++)
		map[i] = new_map(t, i + 1, 1, 100, 0);
	for (unsigned first = 0; first < 8; first++) {
		for (unsigned n = 0; n < 9; n++) {
			memset(mi, 0, sizeof(mi));
			assert_int_equal(bus_dma_maps(t, first, mi, n), 6);
			for (unsigned i = 0; i < 9; i++)
				assert_ptr_equal(mi[i].mi_map,
				    i < n && first + i < 6 ? map[5 - first - i]
							   : NULL);
		}
	}
	memset(mi, 0, sizeof(mi));
	assert_int_equal(bus_dma_maps(t, UINT32_MAX, mi, UINT32_MAX), 6);
	assert_int_equal(bus_dma_maps(t, 5, mi, UINT32_MAX), 6);
	assert_ptr_equal(mi[0].mi_map, map[0]);
	assert_null(mi[1].mi_map);
	assert_int_equal(bus_dma_maps(t, 0, NULL, 0), 6);
	assert_int_equal(bus_dma_maps(t, 0, NULL, 100), 6);
	assert_int_equal(bus_dma_maps(NULL, 0, mi, 9), 0);
	tp->tp_intr = true;
	assert_int_equal(bus_dma_maps(t, 0, mi, 9), 6);
	bus_dma_stats(t, &(struct bus_dma_stats){ 0 });
	tp->tp_intr = false;
	for (unsigned i = 0; i < 6; i++)
		bus_dmamap_destroy(t, map[i]);
	bus_dmatag_destroy(t);
}

/* ---- the text ---- */

struct text {
	struct tp *tx_tp;
	unsigned tx_lines;
	char tx_line[64][200];
};

static void
put(void *arg, const char *line)
{
	struct text *tx = arg;

	assert_int_equal(tx->tx_tp->tp_locks, 0);
	assert_null(strchr(line, '\n'));
	assert_true(strlen(line) < 160);
	assert_true(tx->tx_lines < 64);
	strcpy(tx->tx_line[tx->tx_lines++], line);
}

/* Line `i', with the address of `map' where it says %p. */
static void
check_line(
    const struct text *tx, unsigned i, const char *want, bus_dmamap_t map)
{
	char buf[300];

	assert_true(i < tx->tx_lines);
	if (map == NULL) {
		assert_string_equal(tx->tx_line[i], want);
		return;
	}
	snprintf(
	    buf, sizeof(buf), "  map 0x%" PRIxPTR "%s", (uintptr_t)map, want);
	assert_string_equal(tx->tx_line[i], buf);
}

static void
as_text(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_limits lim = { .dl_low = 0x1000,
		.dl_high = 0xffffff,
		.dl_alignment = 4,
		.dl_boundary = 0x10000,
		.dl_memory = 3 * PAGE };
	bus_dma_tag_t root = identity(tp), t;
	struct text tx = { .tx_tp = tp };
	bus_dma_segment_t seg, none;
	bus_dmamap_t a, b;
	int n;

	bus_dma_stats_dump(root, put, &tx);
	assert_int_equal(tx.tx_lines, 3);
	check_line(&tx, 0,
	    "tag direct: bus addresses 0x0 to 0xffffffffffffffff", NULL);
	check_line(&tx, 1,
	    "  loads 0, segments 0; maps 0, loaded 0 with 0 bytes", NULL);
	check_line(&tx, 2, "  memory 0 bytes, at most 0", NULL);

	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), 0);
	a = new_map(t, 100, 2, 40, 0);
	b = new_map(t, UINT64_MAX, 5, 40, 0);
	assert_int_equal(bus_dmamap_label(t, b, "rx 7"), 0);
	assert_int_equal(load_run1(t, b, 0x2000, 50), 0);
	bus_dmamap_unload(t, b);
	assert_int_equal(load_run1(t, b, 0x2000, 90), 0);
	assert_int_equal(load_run1(t, a, 0x2000, 81), EFBIG);
	assert_int_equal(
	    bus_dmamem_alloc(t, 2 * PAGE, 0, 0, &seg, 1, &n, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, 2 * PAGE, 0, 0, &none, 1, &n, 0), ENOMEM);
	tx.tx_lines = 0;
	bus_dma_stats_dump(t, put, &tx);
	assert_int_equal(tx.tx_lines, 7);
	check_line(&tx, 0,
	    "tag direct: bus addresses 0x1000 to 0xffffff, alignment 4, "
	    "boundary 65536",
	    NULL);
	check_line(&tx, 1,
	    "  loads 2, segments 5; maps 2, loaded 1 with 90 bytes", NULL);
	check_line(&tx, 2, "  loads failed 1: too many segments", NULL);
	check_line(&tx, 3,
	    "  memory 8192 bytes, at most 8192, cap 12288, refused 1", NULL);
	check_line(&tx, 4,
	    " \"rx 7\": of 18446744073709551615 bytes in 5; loaded 90 in 3; "
	    "loads 2, segments 5",
	    b);
	check_line(&tx, 5, ": of 100 bytes in 2; loads 0, segments 0", a);
	check_line(&tx, 6,
	    "    last load failed: too many segments, at offset 80, address "
	    "0x2050, limit 2",
	    NULL);
	/* Of an address, that it is one; and no limit where there is none. */
	assert_int_equal(load_run1(t, a, 0x1000000, 4), EFAULT);
	tx.tx_lines = 0;
	bus_dma_stats_dump(t, put, &tx);
	check_line(&tx, 3, "  loads failed 1: out of the device's reach", NULL);
	check_line(&tx, 7,
	    "    last load failed: out of the device's reach, at offset 0, "
	    "address 0x1000000, limit 0xffffff",
	    NULL);
	assert_int_equal(bus_dmamap_load_raw(t, a, NULL, 0, 4, 0), EINVAL);
	tx.tx_lines = 0;
	bus_dma_stats_dump(t, put, &tx);
	check_line(&tx, 8,
	    "    last load failed: not a legal buffer, at offset 0", NULL);
	bus_dma_stats_dump(t, NULL, &tx);
	bus_dma_stats_dump(NULL, put, &tx);
	assert_int_equal(tx.tx_lines, 9);
	bus_dmamem_free(t, &seg, 1);
	bus_dmamap_destroy(t, a);
	bus_dmamap_destroy(t, b);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static unsigned
say_some(bus_dma_tag_t t, struct busdma_figure *fg)
{
	/* The front is a line that has begun nothing; the end is one, too. */
	static const struct busdma_figure some[] = { { NULL, 7, 7 },
		{ "cats", 3, 0 }, { "mice", 0, 12345678901 }, { NULL, 0, 0 },
		{ NULL, 0, 0 }, { "dogs", UINT64_MAX, 1 }, { NULL, 0, 0 } };

	assert_int_equal(t->dt_nlayers, 2);
	memcpy(fg, some, sizeof(some));
	return NELEM(some);
}

/* As many as there may be. */
static unsigned
say_all(bus_dma_tag_t t, struct busdma_figure *fg)
{
	for (unsigned i = 0; i < BUSDMA_NFIGURES; i++)
		fg[i] = (struct busdma_figure){ i % 2 == 0 ? NULL : "n", i, 0 };
	return BUSDMA_NFIGURES;
}

static unsigned
say_nothing(bus_dma_tag_t t, struct busdma_figure *fg)
{
	return 0;
}

/* What a layer has to say stands before the maps. */
static void
layers_have_their_say(void **state)
{
	static const char *const want[] = { "  watcher: cats 3, "
					    "mice 0 with 12345678901 bytes",
		"  watcher: dogs 18446744073709551615 with 1 bytes" };
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), mid, t;
	struct tl_layer tl, top;
	struct text tx = { .tx_tp = tp };
	bus_dmamap_t map;

	tl_init(&tl, 1, "", NULL);
	tl.tl_ops.bo_figures = say_some;
	assert_int_equal(tl_create(tp, &tl, root, &mid), 0);
	tl_init(&top, 2, "", NULL);
	top.tl_ops.bo_name = NULL;
	top.tl_ops.bo_figures = say_nothing;
	assert_int_equal(tl_create(tp, &top, mid, &t), 0);
	map = new_map(t, 9, 1, 100, 0);
	bus_dma_stats_dump(t, put, &tx);
	assert_int_equal(tx.tx_lines, 3 + 2 + 1);
	check_line(&tx, 3, want[0], NULL);
	check_line(&tx, 4, want[1], NULL);
	check_line(&tx, 5, ": of 9 bytes in 1; loads 0, segments 0", map);
	/* From the top down. */
	top.tl_ops.bo_figures = say_all;
	tx.tx_lines = 0;
	bus_dma_stats_dump(t, put, &tx);
	assert_int_equal(tx.tx_lines, 3 + BUSDMA_NFIGURES / 2 + 2 + 1);
	check_line(&tx, 3, "  ?: n 1", NULL);
	check_line(&tx, 3 + BUSDMA_NFIGURES / 2, want[0], NULL);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(mid);
	bus_dmatag_destroy(root);
}

/* Every map once, whatever their number; names as long as they like. */
static void
text_of_many_maps(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	struct text tx = { .tx_tp = tp };
	char name[300], want[400];
	bus_dmamap_t map[9];

	for (unsigned n = 0; n < 9; n++) {
		map[n] = new_map(t, n + 1, 1, 100, 0);
		tx.tx_lines = 0;
		bus_dma_stats_dump(t, put, &tx);
		assert_int_equal(tx.tx_lines, 3 + n + 1);
		for (unsigned i = 0; i <= n; i++) {
			snprintf(want, sizeof(want),
			    ": of %u bytes in 1; loads 0, segments 0",
			    n - i + 1);
			check_line(&tx, 3 + i, want, map[n - i]);
		}
	}
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(bus_dmamap_label(t, map[8], name), 0);
	tx.tx_lines = 0;
	bus_dma_stats_dump(t, put, &tx);
	snprintf(want, sizeof(want), "  map 0x%" PRIxPTR " \"%s",
	    (uintptr_t)map[8], name);
	want[159] = '\0';
	assert_string_equal(tx.tx_line[3], want);
	/* The line after it is whole. */
	check_line(&tx, 4, ": of 8 bytes in 1; loads 0, segments 0", map[7]);
	for (unsigned i = 0; i < 9; i++)
		bus_dmamap_destroy(t, map[i]);
	bus_dmatag_destroy(t);
}

/* Layers by their names; one has none. */
static void
text_of_a_stack(void **state)
{
	struct tp *tp = *state;
	struct text tx = { .tx_tp = tp };
	bus_dma_tag_t t[3];
	struct tl_layer tl[2];

	t[0] = identity(tp);
	for (unsigned i = 0; i < 2; i++) {
		tl_init(&tl[i], i, "s", NULL);
		assert_int_equal(tl_create(tp, &tl[i], t[i], &t[i + 1]), 0);
	}
	tl[0].tl_ops.bo_name = NULL;
	bus_dma_stats_dump(t[2], put, &tx);
	check_line(&tx, 0,
	    "tag watcher over ? over direct: bus addresses 0x0 to "
	    "0xffffffffffffffff",
	    NULL);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
}

/* A map that goes while its tag is dumped. */
static bus_dma_tag_t going_tag;
static bus_dmamap_t going_map;

static void
put_and_destroy(void *arg, const char *line)
{
	if (going_map != NULL && strncmp(line, "  map", 5) == 0) {
		bus_dmamap_destroy(going_tag, going_map);
		going_map = NULL;
	}
	put(arg, line);
}

static void
a_map_goes_meanwhile(void **state)
{
	struct tp *tp = *state;
	struct text tx = { .tx_tp = tp };
	bus_dmamap_t map[6];

	going_tag = identity(tp);
	for (unsigned i = 0; i < 6; i++)
		map[i] = new_map(going_tag, i + 1, 1, 100, 0);
	going_map = map[5];
	bus_dma_stats_dump(going_tag, put_and_destroy, &tx);
	/* It may miss one, and does not look at what is gone. */
	assert_in_range(tx.tx_lines, 3 + 5, 3 + 6);
	for (unsigned i = 0; i < 5; i++)
		bus_dmamap_destroy(going_tag, map[i]);
	bus_dmatag_destroy(going_tag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(each_load_once),
		UNIT(a_refused_load_is_none),
		UNIT(what_is_loaded_now),
		UNIT(what_a_walk_says),
		UNIT(parts_of_a_walk),
		UNIT(as_text),
		UNIT(layers_have_their_say),
		UNIT(text_of_many_maps),
		UNIT(text_of_a_stack),
		UNIT(a_map_goes_meanwhile),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
