/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/label.c: names of maps. */
#include "../../src/mi/mi.h"
#include "unit.h"

#define MOST BUSDMA_LABEL_MAX
#define CHUNK BUSDMA_NLABELS

static void
a_map_has_the_name_it_was_given(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t a = new_map(t, 100, 4, 100, 0);
	bus_dmamap_t b = new_map(t, 100, 4, 100, 0);
	static const char rx[] = "rx ring", tx[] = "tx ring";

	assert_null(busdma_map_label(a));
	assert_int_equal(bus_dmamap_label(t, a, rx), 0);
	assert_ptr_equal(busdma_map_label(a), rx);
	assert_null(busdma_map_label(b));
	assert_int_equal(bus_dmamap_label(t, b, tx), 0);
	assert_ptr_equal(busdma_map_label(a), rx);
	assert_ptr_equal(busdma_map_label(b), tx);
	/* Another one, the other's, none, and one again. */
	assert_int_equal(bus_dmamap_label(t, a, tx), 0);
	assert_ptr_equal(busdma_map_label(a), tx);
	assert_int_equal(bus_dmamap_label(t, a, NULL), 0);
	assert_null(busdma_map_label(a));
	assert_ptr_equal(busdma_map_label(b), tx);
	assert_int_equal(bus_dmamap_label(t, a, ""), 0);
	assert_string_equal(busdma_map_label(a), "");
	bus_dmamap_destroy(t, b);
	bus_dmamap_destroy(t, a);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Nothing is allocated for what is there already, or for no name. */
static void
each_string_is_kept_once(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	static const char names[CHUNK + 1][2];
	unsigned allocs = tp->tp_allocs;

	assert_int_equal(bus_dmamap_label(t, map, NULL), 0);
	assert_int_equal(tp->tp_allocs, allocs);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CHUNK; i++) {
			assert_int_equal(bus_dmamap_label(t, map, names[i]), 0);
			assert_ptr_equal(busdma_map_label(map), names[i]);
			assert_int_equal(tp->tp_allocs, allocs + 1);
		}
	}
	assert_int_equal(bus_dmamap_label(t, map, names[CHUNK]), 0);
	assert_int_equal(tp->tp_allocs, allocs + 2);
	bus_dmamap_destroy(t, map);
	/* They live as long as the tag does, whatever becomes of maps. */
	map = new_map(t, 100, 4, 100, 0);
	assert_null(busdma_map_label(map));
	assert_int_equal(bus_dmamap_label(t, map, names[3]), 0);
	assert_int_equal(tp->tp_allocs, allocs + 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* Maps with names of several chunks, destroyed in any order. */
static void
maps_go_in_any_order(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	static const char names[100][2];
	bus_dmamap_t map[100];

	for (unsigned i = 0; i < 100; i++) {
		map[i] = new_map(t, 16, 1, 16, 0);
		assert_int_equal(bus_dmamap_label(t, map[i], names[i]), 0);
	}
	for (unsigned i = 0, at = 0; i < 100; i++) {
		at = (at + 37) % 100;
		assert_ptr_equal(busdma_map_label(map[at]), names[at]);
		bus_dmamap_destroy(t, map[at]);
	}
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
a_tag_goes_with_its_names(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), child;
	bus_dmamap_t map, of_child;
	static const char names[70][2];

	assert_int_equal(bus_dmatag_subregion(t, 0, 0xffffff, &child, 0), 0);
	map = new_map(t, 16, 1, 16, 0);
	of_child = new_map(child, 16, 1, 16, 0);
	for (unsigned i = 0; i < 70; i++)
		assert_int_equal(bus_dmamap_label(t, map, names[i]), 0);
	/* A tag made from another has names of its own. */
	assert_int_equal(bus_dmamap_label(child, of_child, names[0]), 0);
	/* Given up: its maps have their names to their end. */
	bus_dmatag_destroy(t);
	assert_report(tp, BUSDMA_REPORT_TAGBUSY);
	assert_ptr_equal(busdma_map_label(map), names[69]);
	assert_int_equal(bus_dmamap_label(t, map, names[1]), 0);
	assert_ptr_equal(busdma_map_label(map), names[1]);
	bus_dmamap_destroy(t, map);
	assert_ptr_equal(busdma_map_label(of_child), names[0]);
	bus_dmamap_destroy(child, of_child);
	bus_dmatag_destroy(child);
	assert_silent(tp);
}

static void
loads_leave_it_alone(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);

	assert_int_equal(bus_dmamap_label(t, map, "it"), 0);
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(bus_dmamap_load(t, map, buf, 100, NULL, 0), 0);
		assert_string_equal(busdma_map_label(map), "it");
		bus_dmamap_unload(t, map);
		assert_int_equal(load_run1(t, map, 0, 101), EINVAL);
		assert_string_equal(busdma_map_label(map), "it");
		assert_int_equal(load_run1(t, map, 0, 0), 0);
		bus_dmamap_unload(t, map);
	}
	/* And a name leaves a loaded map alone. */
	assert_int_equal(load_run1(t, map, 0x1000, 50), 0);
	assert_int_equal(bus_dmamap_label(t, map, "that"), 0);
	assert_seg(map, 0, 0x1000, 50);
	assert_string_equal(busdma_map_label(map), "that");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
of_another_tag(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), other = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);

	assert_int_equal(bus_dmamap_label(t, map, "mine"), 0);
	assert_int_equal(bus_dmamap_label(other, map, "yours"), EINVAL);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamap_label");
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_label(NULL, map, "yours"), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_label(t, NULL, "yours"), EINVAL);
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_int_equal(bus_dmamap_label(NULL, NULL, NULL), EINVAL);
	assert_string_equal(busdma_map_label(map), "mine");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(other);
}

/* Each chunk's allocation fails once; the name before it stays. */
static void
no_memory_for_a_name(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	static const char names[3 * CHUNK][2];
	const char *last = NULL;

	for (unsigned i = 0; i < NELEM(names); i++) {
		if (i % CHUNK == 0) {
			tp_fail_at(tp, 1);
			assert_int_equal(
			    bus_dmamap_label(t, map, names[i]), ENOMEM);
			assert_true(tp->tp_failed);
			assert_ptr_equal(busdma_map_label(map), last);
			/* What there is can be given. */
			tp_fail_at(tp, 1);
			assert_int_equal(bus_dmamap_label(t, map, last), 0);
			assert_false(tp->tp_failed);
			tp_fail_at(tp, 0);
		}
		last = names[i];
		assert_int_equal(bus_dmamap_label(t, map, last), 0);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/*
 * The first `n' names of a tag that has one of them: as label by label would
 * leave it, which would compare each with all before it.
 */
static void
fill(bus_dma_tag_t t, char (*names)[2], unsigned n)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_labels *lb = t->dt_labels;

	for (unsigned i = 1; i < n; i++) {
		if (i % CHUNK == 0) {
			lb->lb_next = pl->pl_alloc(pl, sizeof(*lb), 0);
			assert_non_null(lb->lb_next);
			memset(lb->lb_next, 0, sizeof(*lb));
			lb->lb_next->lb_free = lb->lb_free;
			lb = lb->lb_next;
		}
		lb->lb_name[i % CHUNK] = names[i];
	}
}

/* 32767 of them, and not one more; the last is found again. */
static void
as_many_as_there_may_be(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	bus_dmamap_t last = new_map(t, 100, 4, 100, 0);
	char(*names)[2] = malloc((MOST + 3) * sizeof(*names));
	unsigned allocs;

	assert_non_null(names);
	assert_int_equal(MOST, 32767);
	assert_int_equal(bus_dmamap_label(t, map, names[0]), 0);
	fill(t, names, MOST - 2);
	assert_int_equal(bus_dmamap_label(t, map, names[MOST - 2]), 0);
	assert_int_equal(bus_dmamap_label(t, last, names[MOST - 1]), 0);
	assert_ptr_equal(busdma_map_label(map), names[MOST - 2]);
	assert_ptr_equal(busdma_map_label(last), names[MOST - 1]);
	allocs = tp->tp_allocs;
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned twice = 0; twice < 2; twice++) {
			assert_int_equal(
			    bus_dmamap_label(t, map, names[MOST + i]), ENOMEM);
			assert_ptr_equal(
			    busdma_map_label(map), names[MOST - 2]);
			assert_int_equal(tp->tp_allocs, allocs);
		}
	}
	/* Loads are counted beside it. */
	assert_int_equal(load_run1(t, last, 0x1000, 50), 0);
	assert_ptr_equal(busdma_map_label(last), names[MOST - 1]);
	assert_int_equal(bus_dmamap_label(t, map, names[MOST - 1]), 0);
	assert_ptr_equal(busdma_map_label(map), names[MOST - 1]);
	assert_int_equal(bus_dmamap_label(t, map, names[0]), 0);
	assert_ptr_equal(busdma_map_label(map), names[0]);
	bus_dmamap_destroy(t, map);
	bus_dmamap_destroy(t, last);
	bus_dmatag_destroy(t);
	free(names);
	assert_silent(tp);
}

/* Another CPU was quicker: the chunk that was made for a name goes back. */
static bus_dma_tag_t race_tag;
static bus_dmamap_t race_map;
static const char *race_name;
static void *(*real_alloc)(const struct busdma_platform *, size_t, int);

static void *
racing_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	const char *name = race_name;
	void *p;

	race_name = NULL;
	if (name != NULL)
		assert_int_equal(bus_dmamap_label(race_tag, race_map, name), 0);
	p = real_alloc(pl, size, flags);
	return p;
}

static void
two_at_once(void **state)
{
	struct tp *tp = *state;
	bus_dmamap_t map;
	unsigned allocs;

	real_alloc = tp->tp_pl.pl_alloc;
	tp->tp_pl.pl_alloc = racing_alloc;
	race_tag = identity(tp);
	map = new_map(race_tag, 16, 1, 16, 0);
	race_map = new_map(race_tag, 16, 1, 16, 0);
	allocs = tp->tp_allocs;
	/* The same string: one entry, one chunk. */
	race_name = "same";
	assert_int_equal(bus_dmamap_label(race_tag, map, race_name), 0);
	assert_string_equal(busdma_map_label(map), "same");
	assert_ptr_equal(busdma_map_label(map), busdma_map_label(race_map));
	assert_int_equal(map->_dm_loads >> 48, race_map->_dm_loads >> 48);
	assert_int_equal(tp->tp_allocs, allocs + 1);
	bus_dmamap_destroy(race_tag, map);
	bus_dmamap_destroy(race_tag, race_map);
	bus_dmatag_destroy(race_tag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_map_has_the_name_it_was_given),
		UNIT(each_string_is_kept_once),
		UNIT(maps_go_in_any_order),
		UNIT(a_tag_goes_with_its_names),
		UNIT(loads_leave_it_alone),
		UNIT(of_another_tag),
		UNIT(no_memory_for_a_name),
		UNIT(as_many_as_there_may_be),
		UNIT(two_at_once),
	};

	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
