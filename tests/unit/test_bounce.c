/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce/bounce.c and copy.c: what goes through slots and what does
 * not, where it stands there, what a sync copies, and what is refused.  The
 * device reaches the first 16 MiB.
 */
#include <busdma/bounce.h>

#include "unit.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE
#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define NEAR 0x800000u
#define PROC ((struct proc *)(uintptr_t)0x5000)

/* Bounce over limits over direct mapping. */
struct rig {
	struct tp *ri_tp;
	bus_dma_tag_t ri_root, ri_lower, ri_tag;
};

static const struct bus_dma_bounce eight = { .db_most = 8 * PAGE };

static void
rig_lower(struct rig *ri, struct tp *tp, const struct bus_dma_limits *lim,
    unsigned wflags)
{
	const struct bus_dma_window w = { 0, 0, END, wflags };

	ri->ri_tp = tp;
	ri->ri_tag = NULL;
	assert_int_equal(tp_direct(tp, &w, 1, &ri->ri_root), 0);
	ri->ri_lower = ri->ri_root;
	if (lim != NULL)
		assert_int_equal(
		    bus_dmatag_restrict(ri->ri_root, lim, &ri->ri_lower, 0), 0);
}

static void
rig_make(struct rig *ri, struct tp *tp, const struct bus_dma_limits *lim,
    const struct bus_dma_bounce *db)
{
	rig_lower(ri, tp, lim, BUS_DMA_WINDOW_COHERENT);
	assert_int_equal(
	    bus_dmatag_bounce(ri->ri_lower, db, &ri->ri_tag, 0), 0);
}

static void
rig_end(struct rig *ri)
{
	if (ri->ri_tag != NULL)
		bus_dmatag_destroy(ri->ri_tag);
	if (ri->ri_lower != ri->ri_root)
		bus_dmatag_destroy(ri->ri_lower);
	bus_dmatag_destroy(ri->ri_root);
	assert_silent(ri->ri_tp);
}

static int
load(struct rig *ri, bus_dmamap_t map, void *buf, bus_size_t len, int flags)
{
	return bus_dmamap_load(
	    ri->ri_tag, map, buf, len, NULL, BUS_DMA_NOWAIT | flags);
}

static int
load_segs(
    struct rig *ri, bus_dmamap_t map, bus_dma_segment_t *segs, int n, int flags)
{
	bus_size_t len = 0;

	for (int i = 0; i < n; i++)
		len += segs[i].ds_len;
	return bus_dmamap_load_raw(
	    ri->ri_tag, map, segs, n, len, BUS_DMA_NOWAIT | flags);
}

static enum bus_dma_reason
reason(struct rig *ri, bus_dmamap_t map)
{
	struct bus_dma_why wy;

	return bus_dmamap_why(ri->ri_tag, map, &wy) ? wy.wy_reason
						    : BUS_DMA_WHY_NONE;
}

static bus_addr_t
bus_at(bus_dmamap_t map, bus_size_t off)
{
	for (int i = 0; i < map->dm_nsegs; i++) {
		if (off < map->dm_segs[i].ds_len)
			return map->dm_segs[i].ds_addr + off;
		off -= map->dm_segs[i].ds_len;
	}
	fail();
	return 0;
}

/* What the device sees there. */
static char *
device(struct rig *ri, bus_dmamap_t map, bus_size_t off)
{
	char *p = tp_phys(ri->ri_tp, bus_at(map, off));

	assert_non_null(p);
	return p;
}

static bool
in_slots(bus_addr_t bus)
{
	return bus >= RAMBASE && bus < RAMBASE + RAMPAGES * PAGE;
}

static void
assert_in_slots(bus_dmamap_t map)
{
	for (int i = 0; i < map->dm_nsegs; i++) {
		assert_true(in_slots(map->dm_segs[i].ds_addr));
		assert_true(in_slots(
		    map->dm_segs[i].ds_addr + map->dm_segs[i].ds_len - 1));
	}
}

static void
sync(struct rig *ri, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	bus_dmamap_sync(ri->ri_tag, map, off, len, ops);
	assert_int_equal(ri->ri_tp->tp_windows, 0);
}

/* ---- tags ---- */

static void
a_tag_is_refused(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t mem[2] = { { RAMBASE, PAGE }, { RAMBASE, PAGE } };
	static const bus_dma_segment_t bad[] = {
		{ RAMBASE, 0 },
		{ RAMBASE + 1, PAGE },
		{ RAMBASE, PAGE - 1 },
		{ RAMBASE, PAGE + 64 },
		{ END, PAGE },
		{ END - PAGE, 2 * PAGE },
		{ RAMBASE, 0 - (bus_size_t)PAGE },
		{ 0 - (paddr_t)PAGE, 2 * PAGE },
	};
	struct bus_dma_bounce db = eight;
	bus_dma_tag_t t = NULL;
	struct rig ri;

	rig_lower(&ri, tp, NULL, BUS_DMA_WINDOW_COHERENT);
	const struct tp before = *tp;
	assert_int_equal(bus_dmatag_bounce(NULL, &db, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, NULL, &t, 0), EINVAL);
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, NULL, 0), EINVAL);
	for (unsigned bit = 1; bit < 32; bit++) {
		db.db_flags = 1u << bit;
		assert_int_equal(
		    bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	}
	db = eight;
	db.db_most = 0;
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	db = eight;
	db.db_reserve = db.db_most + 1;
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	db = eight;
	db.db_nmemory = 1;
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	db.db_memory = mem;
	db.db_nmemory = 0;
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	db.db_nmemory = -1;
	assert_int_equal(bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
	/* The second one, when the first is the tag's already. */
	db.db_nmemory = 2;
	for (unsigned i = 0; i < NELEM(bad); i++) {
		mem[1] = bad[i];
		assert_int_equal(
		    bus_dmatag_bounce(ri.ri_root, &db, &t, 0), EINVAL);
		assert_int_equal(tp->tp_allocs, before.tp_allocs);
		assert_int_equal(tp->tp_kmaps, 0);
	}
	assert_null(t);
	rig_end(&ri);
	assert_true(tp_clean(tp));
}

static void
no_layer_below_takes_it(void **state)
{
	struct rig ri;
	bus_dma_tag_t t[BUSDMA_MAXLAYERS] = { NULL };
	unsigned n = 0;

	rig_lower(&ri, *state, NULL, BUS_DMA_WINDOW_COHERENT);
	t[0] = ri.ri_root;
	while (n + 1 < BUSDMA_MAXLAYERS &&
	       bus_dmatag_bounce(t[n], &eight, &t[n + 1], 0) == 0)
		n++;
	assert_true(n > 0);
	bus_dma_tag_t more = NULL;
	assert_int_equal(bus_dmatag_bounce(t[n], &eight, &more, 0), EINVAL);
	assert_null(more);
	for (; n > 0; n--)
		bus_dmatag_destroy(t[n]);
	rig_end(&ri);
}

/* ---- what is bounced ---- */

static void
what_is_reached_stays(void **state)
{
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map;
	char *buf = tp_run(tp, END - 2 * PAGE, 2);
	struct busdma_reach re;

	rig_make(&ri, tp, NULL, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	assert_true(busdma_reach(ri.ri_tag, 0, &re));
	assert_true(re.re_fixed);
	assert_int_equal(re.re_low, 0);
	assert_int_equal(re.re_high, END - 1);
	assert_int_equal(load(&ri, map, buf, 2 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_seg(map, 0, END - 2 * PAGE, 2 * PAGE);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Of one chain with what is not reached, too. */
	bus_dma_segment_t segs[3] = { { NEAR + 5, 100 }, { FAR + 7, 200 },
		{ END - 300, 300 } };
	bus_dmamap_destroy(ri.ri_tag, map);
	map = new_map(ri.ri_tag, 2 * PAGE, 3, 2 * PAGE, 0);
	(void)tp_run(tp, FAR, 1);
	assert_int_equal(load_segs(&ri, map, segs, 3, 0), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, NEAR + 5, 100);
	assert_true(in_slots(map->dm_segs[1].ds_addr));
	assert_int_equal(map->dm_segs[1].ds_addr % PAGE, 7);
	assert_int_equal(map->dm_segs[1].ds_len, 200);
	assert_seg(map, 2, END - 300, 300);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* A run is cut where the device's reach ends, or begins. */
static void
a_run_is_cut_at_the_reach(void **state)
{
	static const struct bus_dma_limits above = { .dl_low = NEAR };
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map;
	bus_dma_segment_t seg = { END - 0x800, 0x1000 };

	rig_make(&ri, tp, NULL, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	assert_int_equal(load_segs(&ri, map, &seg, 1, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, END - 0x800, 0x800);
	assert_true(in_slots(map->dm_segs[1].ds_addr));
	assert_int_equal(map->dm_segs[1].ds_addr % PAGE, 0);
	assert_int_equal(map->dm_segs[1].ds_len, 0x800);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);

	/* From below: slots stand above. */
	const bus_dma_segment_t own = { NEAR + PAGE, 4 * PAGE };
	const struct bus_dma_bounce db = { .db_memory = &own, .db_nmemory = 1 };
	tp->tp_pl.pl_kmap = NULL;
	tp->tp_pl.pl_kunmap = NULL;
	(void)tp_run(tp, NEAR + PAGE, 4);
	rig_make(&ri, tp, &above, &db);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	seg.ds_addr = NEAR - 0x700;
	assert_int_equal(load_segs(&ri, map, &seg, 1, 0), 0);
	assert_int_equal(map->dm_nsegs, 2);
	assert_seg(map, 0, NEAR + PAGE + 0x900, 0x700);
	assert_seg(map, 1, NEAR, 0x900);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

static void
what_is_unaligned_is_moved(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 16 };
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map;
	char *near = tp_run(tp, NEAR, 2), *far = tp_run(tp, FAR, 2);

	rig_make(&ri, tp, &lim, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	/* At the front of a slot. */
	assert_int_equal(load(&ri, map, near + 4, 100, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 0);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Aligned: where it is. */
	assert_int_equal(load(&ri, map, near + 32, 100, 0), 0);
	assert_seg(map, 0, NEAR + 32, 100);
	bus_dmamap_unload(ri.ri_tag, map);
	/* Aligned and not reached keeps its place in the page; the other not */
	assert_int_equal(load(&ri, map, far + 48, 100, 0), 0);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 48);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, far + 50, 100, 0), 0);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 0);
	/* And it is the same bytes. */
	memset(far + 50, 0x77, 100);
	sync(&ri, map, 0, 100, PREWRITE);
	assert_memory_equal(device(&ri, map, 0), far + 50, 100);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* And that alone: what is beside it stays. */
static void
a_piece_is_moved_alone(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 16 };
	bus_dma_segment_t segs[3] = { { NEAR + 32, 64 },
		{ NEAR + PAGE + 36, 64 }, { NEAR + 4 * PAGE, 64 } };
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, *state, &lim, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 4, 2 * PAGE, 0);
	assert_int_equal(load_segs(&ri, map, segs, 3, 0), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, NEAR + 32, 64);
	assert_true(in_slots(map->dm_segs[1].ds_addr));
	assert_int_equal(map->dm_segs[1].ds_addr % PAGE, 0);
	assert_seg(map, 2, NEAR + 4 * PAGE, 64);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

static void
alignment_above_the_page(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 4 * PAGE };
	const struct bus_dma_bounce db = { .db_most = 16 * PAGE };
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map, other;
	char *near = tp_run(tp, NEAR, 8), *far = tp_run(tp, FAR, 8);

	rig_make(&ri, tp, &lim, &db);
	other = new_map(ri.ri_tag, 14 * PAGE, 1, 14 * PAGE, 0);
	map = new_map(ri.ri_tag, 2 * PAGE, 2, 2 * PAGE, 0);
	/* The first slot is taken: the next one aligned so is the fifth. */
	for (unsigned i = 0; i < 2; i++) {
		char *buf = i == 0 ? near + PAGE : far + PAGE + 12;

		assert_int_equal(load(&ri, other, far, 100, 0), 0);
		assert_int_equal(load(&ri, map, buf, PAGE, 0), 0);
		assert_int_equal(map->dm_nsegs, 1);
		assert_in_slots(map);
		assert_int_equal(map->dm_segs[0].ds_addr % (4 * PAGE), 0);
		assert_true(
		    map->dm_segs[0].ds_addr != other->dm_segs[0].ds_addr);
		bus_dmamap_unload(ri.ri_tag, map);
		bus_dmamap_unload(ri.ri_tag, other);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, other);
	rig_end(&ri);
}

/* ---- the whole load in one run ---- */

static void
too_many_segments_become_one(void **state)
{
	struct tp *tp = *state;
	const paddr_t pages[4] = { NEAR, FAR, NEAR + 8 * PAGE, FAR + 9 * PAGE };
	char *buf = tp_buf(tp, pages, 4);
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, tp, NULL, &eight);
	map = new_map(ri.ri_tag, 4 * PAGE, 1, 4 * PAGE, 0);
	for (unsigned i = 0; i < 3 * PAGE; i++)
		buf[i + 40] = (char)(i * 7 + i / 256);
	assert_int_equal(load(&ri, map, buf + 40, 3 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 40);
	sync(&ri, map, 0, 3 * PAGE, PREWRITE);
	assert_memory_equal(device(&ri, map, 0), buf + 40, 3 * PAGE);
	bus_dmamap_unload(ri.ri_tag, map);
	/* All pages of it in reach. */
	const paddr_t two[2] = { NEAR, NEAR + 2 * PAGE };
	buf = tp_buf(tp, two, 2);
	assert_int_equal(load(&ri, map, buf + 8, 2 * PAGE - 8, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_in_slots(map);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* With every length and offset around a boundary, of a page and smaller. */
static void
a_joined_run_crosses_no_boundary(void **state)
{
	static const struct bus_dma_limits lim = { .dl_alignment = 4 };
	static const bus_size_t bounds[] = { 64, 512, PAGE, 2 * PAGE,
		4 * PAGE };
	static const size_t offs[] = { 0, 4, 60, 64, 508, 512, 2048, 4000,
		4092 };
	struct tp *tp = *state;
	const paddr_t pages[6] = { NEAR, NEAR + 2 * PAGE, FAR, NEAR + 4 * PAGE,
		NEAR + 6 * PAGE, FAR + 2 * PAGE };
	const struct bus_dma_bounce db = { .db_most = 16 * PAGE,
		.db_reserve = 16 * PAGE };
	char *buf = tp_buf(tp, pages, 6);
	struct rig ri;

	rig_make(&ri, tp, &lim, &db);
	/* A slot in front, so that they don't all begin at a good place. */
	bus_dmamap_t held = new_map(ri.ri_tag, 6 * PAGE, 9, 6 * PAGE, 0);
	assert_int_equal(load(&ri, held, buf + 2 * PAGE, 8, 0), 0);
	assert_in_slots(held);
	for (unsigned b = 0; b < NELEM(bounds); b++) {
		bus_size_t bound = bounds[b];
		bus_dmamap_t map = new_map(ri.ri_tag, bound, 1, bound, bound);

		for (unsigned o = 0; o < NELEM(offs); o++) {
			for (bus_size_t len = bound; len > bound / 2;
			     len -= len / 8 > 4 ? len / 8 : 4) {
				assert_int_equal(
				    load(&ri, map, buf + offs[o], len, 0), 0);
				assert_int_equal(map->dm_nsegs, 1);
				bus_addr_t a = map->dm_segs[0].ds_addr;
				assert_true((a ^ (a + len - 1)) < bound);
				/* Its place in the page, where that can be. */
				if (offs[o] % bound + len <= bound)
					assert_int_equal(a % PAGE, offs[o]);
				bus_dmamap_unload(ri.ri_tag, map);
			}
		}
		bus_dmamap_destroy(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, held);
	rig_end(&ri);
}

/*
 * What a map's slots come from is where they may be: the first page that the
 * platform has is odd.
 */
static void
a_pool_grows_where_runs_may_be(void **state)
{
	static const struct {
		bus_size_t align, boundary, size;
		int nsegs;
	} row[] = {
		{ 1, 2 * PAGE, 2 * PAGE, 1 },
		{ 1, 4 * PAGE, 3 * PAGE, 1 },
		{ 4 * PAGE, 0, PAGE, 1 },
		{ 8 * PAGE, 4 * PAGE, 2 * PAGE, 1 },
		{ 1, 2 * PAGE, 4 * PAGE, 2 },
	};
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 4);
	bus_dma_segment_t odd;
	bus_dmamap_t map;
	struct rig ri;
	int n;

	for (unsigned i = 0; i < 2 * NELEM(row); i++) {
		const struct bus_dma_limits lim = { .dl_alignment =
							row[i / 2].align };
		const bus_size_t size = row[i / 2].size;

		rig_make(&ri, tp, &lim, &eight);
		assert_int_equal(
		    bus_dmamem_alloc(ri.ri_root, PAGE, 0, 0, &odd, 1, &n, 0),
		    0);
		assert_int_equal(odd.ds_addr, RAMBASE);
		map = NULL;
		assert_int_equal(
		    bus_dmamap_create(ri.ri_tag, size, row[i / 2].nsegs, size,
			row[i / 2].boundary, i % 2 ? BUS_DMA_ALLOCNOW : 0,
			&map),
		    0);
		for (unsigned k = 0; k < 2; k++) {
			assert_int_equal(load(&ri, map, far, size, 0), 0);
			assert_in_slots(map);
			bus_dmamap_unload(ri.ri_tag, map);
		}
		bus_dmamap_destroy(ri.ri_tag, map);
		bus_dmamem_free(ri.ri_root, &odd, n);
		rig_end(&ri);
	}
}

/* Where the platform has none such, it comes as it comes, and once. */
static void
a_pool_grows_as_it_can(void **state)
{
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 2);
	bus_dmamap_t map[3];
	struct rig ri;

	rig_make(&ri, tp, NULL, &eight);
	memset(tp->tp_used, 1, RAMPAGES);
	tp->tp_used[1] = tp->tp_used[2] = 0;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    bus_dmamap_create(ri.ri_tag, 2 * PAGE, 1, 2 * PAGE,
			2 * PAGE, i == 2 ? BUS_DMA_ALLOCNOW : 0, &map[i]),
		    i == 2 ? ENOMEM : 0);
	assert_int_equal(tp->tp_pages, 2);
	assert_int_equal(load(&ri, map[0], far, 2 * PAGE, 0), ENOMEM);
	assert_unloaded(map[0]);
	assert_int_equal(load(&ri, map[0], far, PAGE, 0), 0);
	bus_dmamap_destroy(ri.ri_tag, map[0]);
	bus_dmamap_destroy(ri.ri_tag, map[1]);
	memset(tp->tp_used, 0, RAMPAGES);
	tp->tp_used[1] = tp->tp_used[2] = 1;
	rig_end(&ri);
}

/* What a map has left of the load before is not missing in the pool. */
static void
own_slots_are_not_missed(void **state)
{
	const struct bus_dma_bounce db = { .db_reserve = 5 * PAGE,
		.db_most = 5 * PAGE };
	struct tp *tp = *state;
	bus_dma_segment_t segs[2] = { { FAR + 8, 16 },
		{ FAR + 8 * PAGE, 4 * PAGE } };
	bus_dmamap_t map;
	struct rig ri;

	(void)tp_run(tp, FAR, 12);
	rig_make(&ri, tp, NULL, &db);
	map = new_map(ri.ri_tag, 5 * PAGE, 8, 5 * PAGE, 0);
	for (unsigned i = 0; i < 3; i++) {
		bus_dma_segment_t two = { FAR, 2 * PAGE };

		assert_int_equal(load_segs(&ri, map, &two, 1, 0), 0);
		assert_in_slots(map);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(load_segs(&ri, map, segs, 2, 0), 0);
		assert_in_slots(map);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* One run keeps its place in the page where a small boundary lets it. */
static void
a_small_boundary_keeps_the_place(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[2] = { { FAR + 0x128, 20 },
		{ FAR + 0x800, 30 } };
	bus_dmamap_t map;
	struct rig ri;

	(void)tp_run(tp, FAR, 1);
	rig_make(&ri, tp, NULL, &eight);
	map = new_map(ri.ri_tag, 64, 1, 64, 128);
	assert_int_equal(load_segs(&ri, map, segs, 2, 0), 0);
	assert_in_slots(map);
	assert_int_equal(map->dm_nsegs, 1);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 0x128);
	/* And not where it does not. */
	bus_dmamap_unload(ri.ri_tag, map);
	segs[0].ds_addr = FAR + 0x160;
	assert_int_equal(load_segs(&ri, map, segs, 2, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 0);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* A map that is never to bounce takes nothing. */
static void
nobounce_at_create_takes_no_slots(void **state)
{
	struct bus_dma_bounce db = eight;
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 1);
	bus_dmamap_t map = NULL;
	struct rig ri;

	for (unsigned forced = 0; forced < 2; forced++) {
		db.db_flags = forced ? BUS_DMA_BOUNCE_FORCED : 0;
		rig_make(&ri, tp, NULL, &db);
		assert_int_equal(bus_dmamap_create(ri.ri_tag, PAGE, 1, PAGE, 0,
				     BUS_DMA_ALLOCNOW | BUS_DMA_NOBOUNCE, &map),
		    0);
		assert_int_equal(tp->tp_pages, forced ? 2 : 0);
		if (!forced)
			assert_int_equal(load(&ri, map, far, PAGE, 0), ENOMEM);
		bus_dmamap_destroy(ri.ri_tag, map);
		rig_end(&ri);
	}
}

/* Longer than the boundary: in no more segments than must be. */
static void
a_long_run_is_cut_as_seldom_as_can_be(void **state)
{
	const struct bus_dma_bounce db = { .db_most = 16 * PAGE,
		.db_reserve = 16 * PAGE };
	struct tp *tp = *state;
	const paddr_t pages[5] = { NEAR, NEAR + 2 * PAGE, FAR, NEAR + 4 * PAGE,
		NEAR + 6 * PAGE };
	char *buf = tp_buf(tp, pages, 5);
	bus_dmamap_t held, map;
	struct rig ri;

	rig_make(&ri, tp, NULL, &db);
	held = new_map(ri.ri_tag, PAGE, 1, PAGE, 0);
	map = new_map(ri.ri_tag, 4 * PAGE, 2, 4 * PAGE, 2 * PAGE);
	assert_int_equal(load(&ri, held, buf + 2 * PAGE, 8, 0), 0);
	for (size_t off = 0; off < PAGE; off += PAGE / 2) {
		assert_int_equal(load(&ri, map, buf + off, 4 * PAGE, 0), 0);
		assert_int_equal(map->dm_nsegs, 2);
		assert_in_slots(map);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	bus_dmamap_destroy(ri.ri_tag, held);
	rig_end(&ri);
}

/* Pieces that take more slot pages, or more cuts, than a map has records. */
static void
too_many_fragments_become_one(void **state)
{
	struct tp *tp = *state;
	const struct bus_dma_bounce db = { .db_most = 31 * PAGE,
		.db_reserve = 31 * PAGE };
	bus_dma_segment_t segs[18];
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, tp, NULL, &db);
	map = new_map(ri.ri_tag, PAGE, 4, PAGE, 0);
	/* Twice as many pages as pieces; records for 20. */
	for (unsigned i = 0; i < 18; i++)
		segs[i] =
		    (bus_dma_segment_t){ FAR + (i * 4 + 1) * PAGE - 8, 16 };
	assert_int_equal(load_segs(&ri, map, segs, 18, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, PAGE - 8);
	bus_dmamap_destroy(ri.ri_tag, map);
	/* A cut for which there is no record. */
	map = new_map(ri.ri_tag, PAGE, 1, PAGE, 0);
	for (unsigned i = 0; i < 18; i++)
		segs[i] = (bus_dma_segment_t){ NEAR + i * 4 * PAGE, 16 };
	segs[17].ds_addr = END - 8;
	assert_int_equal(load_segs(&ri, map, segs, 18, 0), 0);
	assert_int_equal(map->dm_nsegs, 1);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_len, 18 * 16);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* ---- flags ---- */

static void
nobounce_rather_fails(void **state)
{
	struct tp *tp = *state;
	const paddr_t two[2] = { NEAR, NEAR + 2 * PAGE };
	char *buf = tp_buf(tp, two, 2), *far = tp_run(tp, FAR, 1);
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, tp, NULL, &eight);
	map = new_map(ri.ri_tag, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_int_equal(load(&ri, map, far, 8, BUS_DMA_NOBOUNCE), EFAULT);
	assert_unloaded(map);
	assert_int_equal(reason(&ri, map), BUS_DMA_WHY_REACH);
	assert_int_equal(
	    load(&ri, map, buf, 2 * PAGE, BUS_DMA_NOBOUNCE), EFBIG);
	assert_unloaded(map);
	assert_int_equal(reason(&ri, map), BUS_DMA_WHY_SEGMENTS);
	assert_int_equal(load(&ri, map, buf, PAGE, BUS_DMA_NOBOUNCE), 0);
	assert_seg(map, 0, NEAR, PAGE);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Where the kernel reaches memory by its address, and that is no pointer. */
static void
what_no_pointer_says_is_refused(void **state)
{
	bus_dma_segment_t segs[2] = { { NEAR, 8 }, { (paddr_t)1 << 32, 8 } };
	struct tp *tp = *state;
	struct rig ri;
	bus_dmamap_t map;

	tp->tp_pl.pl_window = NULL;
	rig_make(&ri, tp, NULL, &eight);
	for (int nsegs = 1; nsegs <= 2; nsegs++) {
		map = new_map(ri.ri_tag, PAGE, nsegs, PAGE, 0);
		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(
			    load_segs(&ri, map, segs + i, 2 - (int)i, 0),
			    sizeof(void *) == 4 ? EFAULT : 0);
		if (sizeof(void *) == 4)
			assert_unloaded(map);
		else
			assert_report(tp, BUSDMA_REPORT_RELOAD);
		bus_dmamap_destroy(ri.ri_tag, map);
	}
	rig_end(&ri);
}

/* Two layers, each with slots of its own: bytes go through both. */
static void
layers_bounce_what_layers_bounced(void **state)
{
	struct bus_dma_bounce db = eight;
	struct tp *tp = *state;
	char *buf = tp_run(tp, FAR, 3);
	bus_dma_tag_t above = NULL, below;
	bus_dmamap_t map;
	struct rig ri;

	db.db_flags = BUS_DMA_BOUNCE_FORCED;
	rig_make(&ri, tp, NULL, &db);
	below = ri.ri_tag;
	assert_int_equal(bus_dmatag_bounce(below, &db, &above, 0), 0);
	ri.ri_tag = above;
	map = new_map(above, 3 * PAGE, 1, 3 * PAGE, 0);
	memset(buf, 0x44, 3 * PAGE);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(load(&ri, map, buf + 24, 2 * PAGE, 0), 0);
		assert_int_equal(map->dm_nsegs, 1);
		assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 24);
		sync(&ri, map, 0, 2 * PAGE, PREWRITE | PREREAD);
		assert_memory_equal(device(&ri, map, 0), buf + 24, 2 * PAGE);
		memset(device(&ri, map, 0), 0x45, 2 * PAGE);
		sync(&ri, map, 5, PAGE, POSTREAD);
		assert_int_equal(buf[24 + 4], 0x44);
		assert_int_equal(buf[24 + 5], 0x45);
		assert_int_equal(buf[24 + PAGE + 4], 0x45);
		assert_int_equal(buf[24 + PAGE + 5], 0x44);
		memset(buf, 0x44, 3 * PAGE);
		bus_dmamap_unload(above, map);
	}
	bus_dmamap_destroy(above, map);
	bus_dmatag_destroy(above);
	ri.ri_tag = below;
	rig_end(&ri);
}

static void
forced_takes_all(void **state)
{
	struct bus_dma_bounce db = eight;
	struct tp *tp = *state;
	char *buf = tp_run(tp, NEAR, 2);
	struct busdma_reach re;
	struct rig ri;
	bus_dmamap_t map;

	db.db_flags = BUS_DMA_BOUNCE_FORCED;
	rig_make(&ri, tp, NULL, &db);
	assert_true(busdma_reach(ri.ri_tag, 0, &re));
	assert_false(re.re_fixed);
	assert_false(busdma_reach(ri.ri_tag, 1, &re));
	map = new_map(ri.ri_tag, 2 * PAGE, 1, 2 * PAGE, 0);
	memset(buf, 0x31, 2 * PAGE);
	assert_int_equal(load(&ri, map, buf + 100, PAGE, 0), 0);
	assert_in_slots(map);
	assert_int_equal(map->dm_segs[0].ds_addr % PAGE, 100);
	sync(&ri, map, 0, PAGE, PREWRITE);
	assert_memory_equal(device(&ri, map, 0), buf + 100, PAGE);
	bus_dmamap_unload(ri.ri_tag, map);
	/* But for who rather fails. */
	assert_int_equal(load(&ri, map, buf, PAGE, BUS_DMA_NOBOUNCE), 0);
	assert_seg(map, 0, NEAR, PAGE);
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* Nothing of another's, and nothing of the buffer but what is PREWRITTEN. */
static void
overwrite_clears(void **state)
{
	static const char zeroes[3 * PAGE];
	struct tp *tp = *state;
	char *buf = tp_run(tp, FAR, 4);
	struct rig ri;
	bus_dmamap_t map;

	rig_make(&ri, tp, NULL, &eight);
	for (int nsegs = 2; nsegs > 0; nsegs--) {
		const paddr_t odd[3] = { FAR, FAR + 2 * PAGE, NEAR };
		char *b = nsegs == 2 ? buf : tp_buf(tp, odd, 3);

		map = new_map(ri.ri_tag, 3 * PAGE, nsegs, 3 * PAGE, 0);
		memset(b, 0x55, 3 * PAGE);
		assert_int_equal(load(&ri, map, b, 3 * PAGE, 0), 0);
		sync(&ri, map, 0, 3 * PAGE, PREWRITE);
		bus_dmamap_unload(ri.ri_tag, map);
		assert_int_equal(
		    load(&ri, map, b, 3 * PAGE, BUS_DMA_OVERWRITE), 0);
		assert_int_equal(map->dm_nsegs, 1);
		assert_memory_equal(device(&ri, map, 0), zeroes, 3 * PAGE);
		sync(&ri, map, 0, 3 * PAGE, PREREAD);
		assert_memory_equal(device(&ri, map, 0), zeroes, 3 * PAGE);
		sync(&ri, map, PAGE - 3, 7, PREWRITE | PREREAD);
		assert_memory_equal(device(&ri, map, 0), zeroes, PAGE - 3);
		assert_memory_equal(device(&ri, map, PAGE - 3), b, 7);
		assert_memory_equal(
		    device(&ri, map, PAGE + 4), zeroes, 2 * PAGE - 4);
		sync(&ri, map, 10, 5, POSTREAD);
		assert_int_equal(b[9], 0x55);
		assert_memory_equal(b + 10, zeroes, 5);
		assert_int_equal(b[15], 0x55);
		bus_dmamap_destroy(ri.ri_tag, map);
	}
	rig_end(&ri);
}

/* ---- lines ---- */

static void
shared_lines_are_bounced(void **state)
{
	static const struct {
		unsigned off, len;
		int flags;
		bool bounced;
	} row[] = {
		{ 0, 64, 0, false },
		{ 64, 128, 0, false },
		{ 1, 64, 0, true },
		{ 64, 65, 0, true },
		{ 64, 65, BUS_DMA_WRITE, false },
		{ 64, 65, BUS_DMA_READ, true },
		{ 64, 65, BUS_DMA_READ | BUS_DMA_WRITE, true },
		{ PAGE - 1, 1, 0, true },
	};
	struct tp *tp = *state;
	char *near = tp_run(tp, NEAR, 4);
	struct rig ri;
	bus_dmamap_t map;

	tp_noncoherent(tp, 64, 0);
	rig_lower(&ri, tp, NULL, 0);
	assert_int_equal(
	    bus_dmatag_bounce(ri.ri_lower, &eight, &ri.ri_tag, 0), 0);
	map = new_map(ri.ri_tag, 4 * PAGE, 4, 4 * PAGE, 0);
	for (unsigned i = 0; i < NELEM(row); i++) {
		assert_int_equal(
		    load(&ri, map, near + row[i].off, row[i].len, row[i].flags),
		    0);
		assert_int_equal(map->dm_nsegs, 1);
		assert_int_equal(
		    in_slots(map->dm_segs[0].ds_addr), row[i].bounced);
		assert_int_equal(
		    map->dm_segs[0].ds_addr % PAGE, row[i].off % PAGE);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	/* Of a long one, the pages at whose ends that is. */
	assert_int_equal(load(&ri, map, near + 8, 3 * PAGE, 0), 0);
	assert_int_equal(map->dm_nsegs, 3);
	assert_int_equal(map->dm_segs[0].ds_len, PAGE - 8);
	assert_true(in_slots(map->dm_segs[0].ds_addr));
	assert_seg(map, 1, NEAR + PAGE, 2 * PAGE);
	assert_true(in_slots(map->dm_segs[2].ds_addr));
	assert_int_equal(map->dm_segs[2].ds_len, 8);
	bus_dmamap_unload(ri.ri_tag, map);
	assert_int_equal(load(&ri, map, near + 64, 3 * PAGE, 0), 0);
	assert_seg(map, 0, NEAR + 64, 3 * PAGE);
	bus_dmamap_unload(ri.ri_tag, map);
	/* What is the caller's alone, or not cached, stays. */
	for (unsigned known = 1; known <= 2; known++) {
		tp_known(tp, NULL, near, known);
		assert_int_equal(load(&ri, map, near + 3, 9, 0), 0);
		assert_seg(map, 0, NEAR + 3, 9);
		bus_dmamap_unload(ri.ri_tag, map);
	}
	bus_dmamap_destroy(ri.ri_tag, map);
	rig_end(&ri);
}

/* All of it where it is, over a layer that has syncs of its own. */
static void
a_load_without_slots_copies_nothing(void **state)
{
	static const int ops[] = { PREWRITE, PREREAD, POSTREAD };
	struct bus_dma_bounce db = eight;
	struct tp *tp = *state;
	char *near = tp_run(tp, NEAR, 2), *was;
	bus_dmamap_t map;
	struct rig ri;

	tp_noncoherent(tp, 64, 0);
	for (unsigned forced = 0; forced < 2; forced++) {
		db.db_flags = forced ? BUS_DMA_BOUNCE_FORCED : 0;
		rig_lower(&ri, tp, NULL, 0);
		assert_int_equal(
		    bus_dmatag_bounce(ri.ri_lower, &db, &ri.ri_tag, 0), 0);
		map = new_map(ri.ri_tag, 2 * PAGE, 4, 2 * PAGE, 0);
		memset(near, 0x5c, 2 * PAGE);
		was = near + 64;
		assert_int_equal(
		    load(&ri, map, was, PAGE, forced ? BUS_DMA_NOBOUNCE : 0),
		    0);
		assert_seg(map, 0, NEAR + 64, PAGE);
		for (unsigned i = 0; i < NELEM(ops); i++) {
			sync(&ri, map, 0, PAGE, ops[i]);
			sync(&ri, map, 100, 64, ops[i]);
		}
		for (unsigned i = 0; i < 2 * PAGE; i++)
			assert_int_equal(near[i], 0x5c);
		bus_dmamap_destroy(ri.ri_tag, map);
		rig_end(&ri);
	}
}

/* ---- narrow ---- */

static void
a_child_has_slots_of_its_own(void **state)
{
	struct tp *tp = *state;
	char *far = tp_run(tp, FAR, 1), *high = tp_run(tp, NEAR, 1);
	const struct bus_dma_limits lim = { .dl_high = RAMBASE + 4 * PAGE - 1 };
	const struct bus_dma_limits none = { .dl_low = END };
	bus_dma_tag_t child = NULL, parent;
	struct bus_dma_bounce db = eight;
	bus_dmamap_t map;
	struct rig ri;

	db.db_most = 4 * PAGE;
	rig_make(&ri, tp, NULL, &db);
	assert_int_equal(
	    bus_dmatag_restrict(ri.ri_tag, &none, &child, 0), EINVAL);
	assert_int_equal(bus_dmatag_restrict(ri.ri_tag, &lim, &child, 0), 0);
	assert_int_equal(tp->tp_pages, 0);
	map = new_map(child, PAGE, 1, PAGE, 0);
	assert_int_equal(tp->tp_pages, 2);
	parent = ri.ri_tag;
	ri.ri_tag = child;
	assert_int_equal(load(&ri, map, far, PAGE, 0), 0);
	assert_true(map->dm_segs[0].ds_addr + PAGE - 1 <= lim.dl_high);
	bus_dmamap_unload(child, map);
	/* Reached by the parent, and not by the child. */
	assert_int_equal(load(&ri, map, high, PAGE, 0), 0);
	assert_true(map->dm_segs[0].ds_addr + PAGE - 1 <= lim.dl_high);
	bus_dmamap_destroy(child, map);
	bus_dmatag_destroy(child);
	assert_int_equal(tp->tp_pages, 0);
	ri.ri_tag = parent;
	rig_end(&ri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_tag_is_refused),
		UNIT(no_layer_below_takes_it),
		UNIT(what_is_reached_stays),
		UNIT(a_run_is_cut_at_the_reach),
		UNIT(what_is_unaligned_is_moved),
		UNIT(a_piece_is_moved_alone),
		UNIT(alignment_above_the_page),
		UNIT(too_many_segments_become_one),
		UNIT(a_joined_run_crosses_no_boundary),
		UNIT(a_pool_grows_where_runs_may_be),
		UNIT(a_pool_grows_as_it_can),
		UNIT(own_slots_are_not_missed),
		UNIT(a_small_boundary_keeps_the_place),
		UNIT(nobounce_at_create_takes_no_slots),
		UNIT(a_long_run_is_cut_as_seldom_as_can_be),
		UNIT(too_many_fragments_become_one),
		UNIT(nobounce_rather_fails),
		UNIT(layers_bounce_what_layers_bounced),
		UNIT(what_no_pointer_says_is_refused),
		UNIT(forced_takes_all),
		UNIT(overwrite_clears),
		UNIT(shared_lines_are_bounced),
		UNIT(a_load_without_slots_copies_nothing),
		UNIT(a_child_has_slots_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
