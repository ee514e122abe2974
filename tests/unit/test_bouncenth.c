/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks with bounce layers: every hook that can fail fails at its n-th call,
 * for every n, alone and with all after it.  Nothing leaks, nothing is written
 * where a call fails, and the same call works when it is made again.
 */
#include <busdma/bounce.h>

#include "unit.h"

#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define PROC ((struct proc *)(uintptr_t)0x5000)
#define USERVA 0x700000u
#define SENTINEL ((void *)(uintptr_t)0x5e47)

enum kind { COHERENT, CACHED, FORCED, TWICE, NKINDS };

struct scene {
	struct tp *sc_tp;
	bus_dma_tag_t sc_root, sc_below, sc_top;
	bus_dmamap_t sc_map;
	char *sc_buf; /* three pages, none next to another */
	bus_dma_tag_t sc_newtag;
	bus_dmamap_t sc_newmap;
};

static void
scene_create(struct scene *sc, enum kind kind)
{
	const paddr_t pages[3] = { FAR, FAR + 2 * PAGE, FAR + 4 * PAGE };
	const struct bus_dma_window w = { 0, 0, END,
		kind == CACHED ? 0 : BUS_DMA_WINDOW_COHERENT };
	struct bus_dma_bounce db = { .db_reserve = PAGE, .db_most = 12 * PAGE };

	memset(sc, 0, sizeof(*sc));
	sc->sc_tp = tp_create(PAGE, RAMBASE, RAMPAGES);
	if (kind == CACHED)
		tp_noncoherent(sc->sc_tp, 64, 0);
	if (kind == FORCED)
		db.db_flags = BUS_DMA_BOUNCE_FORCED;
	sc->sc_buf = tp_buf(sc->sc_tp, pages, 3);
	/* A process is its space, but for one byte. */
	(void)tp_space(sc->sc_tp, (char *)PROC + 1, USERVA, pages, 3);
	assert_int_equal(tp_direct(sc->sc_tp, &w, 1, &sc->sc_root), 0);
	sc->sc_below = sc->sc_root;
	if (kind == TWICE)
		assert_int_equal(
		    bus_dmatag_bounce(sc->sc_root, &db, &sc->sc_below, 0), 0);
	db.db_flags |= kind == TWICE ? BUS_DMA_BOUNCE_FORCED : 0;
	assert_int_equal(
	    bus_dmatag_bounce(sc->sc_below, &db, &sc->sc_top, 0), 0);
	sc->sc_map = new_map(sc->sc_top, 3 * PAGE, 1, 3 * PAGE, 0);
	sc->sc_newtag = SENTINEL;
	sc->sc_newmap = SENTINEL;
}

static void
scene_destroy(struct scene *sc)
{
	bus_dmamap_destroy(sc->sc_top, sc->sc_map);
	bus_dmatag_destroy(sc->sc_top);
	if (sc->sc_below != sc->sc_root)
		bus_dmatag_destroy(sc->sc_below);
	bus_dmatag_destroy(sc->sc_root);
	assert_silent(sc->sc_tp);
	assert_int_equal(tp_destroy(sc->sc_tp), 0);
}

/* The calls. */

static int
run_tag(struct scene *sc)
{
	const struct bus_dma_bounce db = { .db_reserve = 2 * PAGE,
		.db_most = 4 * PAGE };

	return bus_dmatag_bounce(sc->sc_root, &db, &sc->sc_newtag, 0);
}

static int
run_named(struct scene *sc)
{
	static const bus_dma_segment_t own[2] = { { RAMBASE + 24 * PAGE, PAGE },
		{ RAMBASE + 26 * PAGE, 2 * PAGE } };
	const struct bus_dma_bounce db = { .db_memory = own, .db_nmemory = 2 };

	return bus_dmatag_bounce(sc->sc_root, &db, &sc->sc_newtag, 0);
}

static int
run_narrow(struct scene *sc)
{
	return bus_dmatag_subregion(
	    sc->sc_top, 0, END / 2 - 1, &sc->sc_newtag, 0);
}

static void
undo_tag(struct scene *sc)
{
	bus_dmatag_destroy(sc->sc_newtag);
	sc->sc_newtag = SENTINEL;
}

static int
run_create(struct scene *sc)
{
	return bus_dmamap_create(sc->sc_top, 2 * PAGE, 1, 2 * PAGE, 2 * PAGE,
	    BUS_DMA_ALLOCNOW, &sc->sc_newmap);
}

static void
undo_create(struct scene *sc)
{
	bus_dmamap_destroy(sc->sc_top, sc->sc_newmap);
	sc->sc_newmap = SENTINEL;
}

static int
run_load(struct scene *sc)
{
	return bus_dmamap_load(sc->sc_top, sc->sc_map, sc->sc_buf + 8,
	    3 * PAGE - 8, NULL, BUS_DMA_NOWAIT);
}

static int
run_load_user(struct scene *sc)
{
	return bus_dmamap_load(sc->sc_top, sc->sc_map,
	    (void *)(uintptr_t)(USERVA + 8), 2 * PAGE, PROC, 0);
}

static void
undo_load(struct scene *sc)
{
	assert_true(sc->sc_map->dm_mapsize != 0);
	bus_dmamap_unload(sc->sc_top, sc->sc_map);
}

static const struct call {
	int (*ca_run)(struct scene *);
	void (*ca_undo)(struct scene *);
	int ca_error;
} calls[] = {
	{ run_tag, undo_tag, ENOMEM },
	{ run_named, undo_tag, EINVAL },
	{ run_narrow, undo_tag, ENOMEM },
	{ run_create, undo_create, ENOMEM },
	{ run_load, undo_load, EFAULT },
	{ run_load_user, undo_load, EFAULT },
};

/*
 * The pool is the tag's, and may have grown; nothing else is held.  A call may
 * make up for a failure.
 */
static void
assert_held(const struct tp *a, const struct tp *b, bool grown)
{
	if (!grown) {
		assert_int_equal(a->tp_allocs, b->tp_allocs);
		assert_int_equal(a->tp_bytes, b->tp_bytes);
		assert_int_equal(a->tp_pages, b->tp_pages);
		assert_int_equal(a->tp_kmaps, b->tp_kmaps);
	}
	assert_int_equal(a->tp_windows, b->tp_windows);
	assert_int_equal(a->tp_locks, 0);
	assert_int_equal(a->tp_wrong, 0);
}

/* True: there is no n-th call, and so it succeeded. */
static bool
fail_nth(const struct call *ca, enum kind kind, unsigned n, bool failon)
{
	struct scene sc;
	struct tp before;
	bool came;
	int error;

	scene_create(&sc, kind);
	before = *sc.sc_tp;
	sc.sc_tp->tp_failon = failon;
	tp_fail_at(sc.sc_tp, n);
	error = ca->ca_run(&sc);
	came = sc.sc_tp->tp_failed;
	tp_fail_at(sc.sc_tp, 0);
	sc.sc_tp->tp_failon = false;
	if (!came || error == 0) {
		assert_int_equal(error, 0);
	} else {
		assert_true(error == ca->ca_error || error == ENOMEM);
		assert_ptr_equal(sc.sc_newtag, SENTINEL);
		assert_ptr_equal(sc.sc_newmap, SENTINEL);
		assert_unloaded(sc.sc_map);
		/* A lower layer's pool may have, when the upper one failed. */
		assert_held(sc.sc_tp, &before, kind == TWICE);
		assert_silent(sc.sc_tp);
		assert_int_equal(ca->ca_run(&sc), 0);
	}
	ca->ca_undo(&sc);
	assert_held(sc.sc_tp, &before, true);
	scene_destroy(&sc);
	return !came;
}

static void
each_call_fails_each_way(void **state)
{
	(void)state;
	for (unsigned c = 0; c < NELEM(calls); c++) {
		for (unsigned k = 0; k < 2 * NKINDS; k++) {
			unsigned n = 1;

			while (!fail_nth(
			    &calls[c], (enum kind)(k / 2), n, k % 2 != 0))
				assert_true(++n < 100);
			assert_true(n > 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_fails_each_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
