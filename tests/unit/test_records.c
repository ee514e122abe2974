/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/stack.c, what a layer may ask for: an array in each map, what is known
 * of the memory of fragments, syncs that it need not be called for, and syncs
 * that it serves alone.
 */
#include "unit.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE
#define PROC ((struct proc *)(uintptr_t)0x5000)

/* ---- busdma_frags_split ---- */

static void
a_split_keeps_the_rest(void **state)
{
	struct busdma_frag f[4] = { { 0x1000, 10 }, { 0x2000, 20 },
		{ 0x3000, 30 }, { 0xdead, 0xdead } };
	struct busdma_memory me[4] = { { 0x81000, 0x91000, 1 },
		{ 0x82000, 0x92000, BUSDMA_MEMORY_KVA }, { 0x83000, 0, 2 },
		{ 0xdead, 0xdead, 0xdead } };
	struct busdma_frags fs = {
		.fs_frag = f, .fs_memory = me, .fs_count = 3, .fs_max = 4
	};

	(void)state;
	assert_int_equal(busdma_frags_split(&fs, 1, 19), 0);
	assert_int_equal(fs.fs_count, 4);
	assert_int_equal(f[0].bf_addr, 0x1000);
	assert_int_equal(f[1].bf_addr, 0x2000);
	assert_int_equal(f[1].bf_len, 19);
	assert_int_equal(f[2].bf_addr, 0x2013);
	assert_int_equal(f[2].bf_len, 1);
	assert_int_equal(f[3].bf_addr, 0x3000);
	assert_int_equal(f[3].bf_len, 30);
	assert_int_equal(me[0].me_addr, 0x81000);
	assert_int_equal(me[1].me_addr, 0x82000);
	assert_int_equal(me[1].me_va, 0x92000);
	assert_int_equal(me[2].me_addr, 0x82013);
	assert_int_equal(me[2].me_va, 0x92013);
	assert_int_equal(me[2].me_flags, BUSDMA_MEMORY_KVA);
	assert_int_equal(me[3].me_addr, 0x83000);
	assert_int_equal(me[3].me_flags, 2);
	/* There is no room: nothing changes. */
	assert_int_equal(busdma_frags_split(&fs, 0, 1),
	    BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS));
	assert_int_equal(fs.fs_count, 4);
	assert_int_equal(f[0].bf_len, 10);
	assert_int_equal(f[1].bf_addr, 0x2000);
}

/* The last one; and where nobody asks for more than fragments. */
static void
a_split_of_fragments_alone(void **state)
{
	struct busdma_frag f[2] = { { UINT64_MAX - 9, 10 } };
	struct busdma_frags fs = { .fs_frag = f, .fs_count = 1, .fs_max = 2 };

	(void)state;
	assert_int_equal(busdma_frags_split(&fs, 0, 1), 0);
	assert_int_equal(fs.fs_count, 2);
	assert_int_equal(f[0].bf_len, 1);
	assert_true(f[1].bf_addr == UINT64_MAX - 8);
	assert_int_equal(f[1].bf_len, 9);
}

/* ---- a layer that asks ---- */

struct asker {
	struct busdma_backend_ops as_ops;
	uint32_t as_record;
	bool as_memory;
	unsigned as_id;
	unsigned as_quiet; /* what its loads say */
	/* What it saw. */
	unsigned as_count, as_max;
	bool as_nomemory;
	struct busdma_frag as_frag[40];
	struct busdma_memory as_seen[40];
	unsigned as_syncs, as_alones;
	int as_ops_seen;
	bus_size_t as_len;
	unsigned as_broken;
};

struct asker_tag {
	struct bus_dma_tag at_tag;
	struct asker *at_asker;
};

static struct asker *
asker_of(bus_dma_tag_t t)
{
	return ((struct asker_tag *)(void *)t)->at_asker;
}

static size_t
array_bytes(const struct asker *as)
{
	return (size_t)as->as_max * ((as->as_record + 7) & ~7u);
}

static int
asker_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct asker *as = asker_of(t);

	(void)flags;
	if (fs->fs_quiet != 0)
		as->as_broken++;
	as->as_count = fs->fs_count;
	as->as_max = fs->fs_max;
	as->as_nomemory = fs->fs_memory == NULL;
	assert_true(fs->fs_count <= 40);
	memcpy(as->as_frag, fs->fs_frag, fs->fs_count * sizeof(*fs->fs_frag));
	if (fs->fs_memory != NULL)
		memcpy(as->as_seen, fs->fs_memory,
		    fs->fs_count * sizeof(*fs->fs_memory));
	/* All of its array is its own. */
	if (as->as_record != 0) {
		if ((uintptr_t)busdma_map_array(t, map) % 8 != 0)
			as->as_broken++;
		memset(
		    busdma_map_array(t, map), (int)as->as_id, array_bytes(as));
	}
	fs->fs_quiet = as->as_quiet;
	return 0;
}

/* Nobody else has written to the array. */
static void
asker_sync(
    bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	struct asker *as = asker_of(t);
	const unsigned char *p = busdma_map_array(t, map);

	(void)off;
	as->as_syncs++;
	as->as_len = len;
	as->as_ops_seen = ops;
	for (size_t i = 0; as->as_record != 0 && i < array_bytes(as); i++)
		as->as_broken += p[i] != as->as_id;
}

static void
asker_syncalone(
    bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	struct asker *as = asker_of(t);

	(void)map;
	(void)off;
	as->as_alones++;
	as->as_len = len;
	as->as_ops_seen = ops;
	busdma_barrier(t, ops);
}

static int asker_narrow(bus_dma_tag_t, bus_dma_tag_t,
    const struct bus_dma_limits *, bus_dma_tag_t *, int);

static int
asker_make(struct asker *as, bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = {
		.tc_ops = &as->as_ops,
		.tc_lower = lower,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size = sizeof(struct asker_tag),
		.tc_record = as->as_record,
		.tc_memory = as->as_memory,
	};
	int error = busdma_tag_create(&tc, newtag);

	if (error == 0)
		((struct asker_tag *)(void *)*newtag)->at_asker = as;
	return error;
}

static int
asker_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	(void)flags;
	return asker_make(asker_of(t), lower, t, lim, newtag);
}

/* On `lower', which is the new tag's alone from now on. */
static bus_dma_tag_t
ask(struct asker *as, unsigned id, uint32_t record, bool memory,
    bus_dma_tag_t lower)
{
	bus_dma_tag_t t = NULL;

	memset(as, 0, sizeof(*as));
	as->as_ops = (struct busdma_backend_ops){
		.bo_size = sizeof(as->as_ops),
		.bo_name = "asker",
		.bo_stack = &busdma_stack,
		.bo_narrow = asker_narrow,
		.bo_load = asker_load,
		.bo_sync = asker_sync,
	};
	as->as_id = id;
	as->as_record = record;
	as->as_memory = memory;
	assert_int_equal(asker_make(as, lower, NULL, NULL, &t), 0);
	busdma_tag_release(lower);
	return t;
}

/* ---- arrays ---- */

static void
arrays_are_apart(void **state)
{
	static const struct {
		uint32_t record[3];
		bool memory[3];
	} v[] = {
		{ { 1, 2, 3 }, { false, false, false } },
		{ { 5, 0, 24 }, { false, true, false } },
		{ { 40, 16, 7 }, { true, false, true } },
		{ { 8, 8, 8 }, { false, false, true } },
		{ { 0, 0, 1 }, { true, true, true } },
	};
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 3);

	for (size_t i = 0; i < NELEM(v); i++) {
		bus_dma_tag_t t = identity(tp), sub;
		struct asker as[3];
		bus_dmamap_t map;

		for (unsigned k = 0; k < 3; k++)
			t = ask(
			    &as[k], k + 1, v[i].record[k], v[i].memory[k], t);
		/* A narrowed stack has the same. */
		assert_int_equal(
		    bus_dmatag_subregion(t, 0, 0xfffff, &sub, 0), 0);
		map = new_map(sub, 3 * PAGE, 7, 3 * PAGE, 0);
		assert_int_equal(
		    bus_dmamap_load(sub, map, buf + 1, 2 * PAGE, NULL, 0), 0);
		assert_seg(map, 0, 0x80001, 2 * PAGE);
		bus_dmamap_sync(sub, map, 0, 2 * PAGE, PREREAD);
		for (unsigned k = 0; k < 3; k++) {
			assert_int_equal(as[k].as_syncs, 1);
			assert_int_equal(as[k].as_broken, 0);
			assert_int_equal(as[k].as_max, 7 + 16);
		}
		bus_dmamap_destroy(sub, map);
		bus_dmatag_destroy(sub);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* ---- what is known of memory ---- */

/* Who asks, and who stands above or below him, is told; else nobody. */
static void
memory_is_for_those_who_ask(void **state)
{
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);
	struct asker as[2];

	for (unsigned i = 0; i < 3; i++) {
		bus_dma_tag_t t = identity(tp);
		bus_dmamap_t map;

		t = ask(&as[0], 1, 0, i == 1, t);
		t = ask(&as[1], 2, 0, i == 2, t);
		map = new_map(t, PAGE, 1, PAGE, 0);
		assert_int_equal(
		    bus_dmamap_load(t, map, buf + 5, 100, NULL, 0), 0);
		/* A layer below sees what is kept for one above it. */
		assert_int_equal(as[0].as_nomemory, i == 0);
		assert_int_equal(as[1].as_nomemory, i == 0);
		if (i != 0) {
			assert_int_equal(as[0].as_seen[0].me_addr, 0x80005);
			assert_int_equal(
			    as[0].as_seen[0].me_va, (uintptr_t)buf + 5);
			assert_int_equal(
			    as[0].as_seen[0].me_flags, BUSDMA_MEMORY_KVA);
		}
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* By kernel address, by one of a process, by none; with windows, without. */
static void
memory_by_where_it_comes_from(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x90000, 0x91000 };
	bus_dma_segment_t seg = { 0x90010, 0x20 };
	const uintptr_t uva = 0x40000000;
	struct tp *tp = *state;
	const struct busdma_memory *me;
	char *buf = tp_buf(tp, pages, 3);
	struct asker as;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	(void)tp_space(tp, (char *)PROC + 1, uva, pages, 3);
	tp_noncoherent(tp, 64, 0);
	tp_known(tp, NULL, buf, BUSDMA_MEMORY_UNCACHED);
	tp_known(tp, (char *)PROC + 1, (void *)uva, BUSDMA_MEMORY_OWNED);
	t = ask(&as, 1, 0, true, identity(tp));
	map = new_map(t, 3 * PAGE, 4, 3 * PAGE, 0);
	me = as.as_seen;

	assert_int_equal(bus_dmamap_load(t, map, buf, 3 * PAGE, NULL, 0), 0);
	assert_int_equal(as.as_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(me[i].me_addr, pages[i]);
		assert_int_equal(me[i].me_va, (uintptr_t)buf + i * PAGE);
		assert_int_equal(
		    me[i].me_flags, BUSDMA_MEMORY_KVA | BUSDMA_MEMORY_UNCACHED);
	}
	bus_dmamap_unload(t, map);
	for (unsigned i = 0; i < 2; i++) {
		const unsigned kva = i == 0 ? 0 : BUSDMA_MEMORY_KVA;

		assert_int_equal(
		    bus_dmamap_load(t, map, (void *)(uva + 7), 9, PROC, 0), 0);
		assert_int_equal(me[0].me_addr, 0x80007);
		assert_int_equal(me[0].me_flags, BUSDMA_MEMORY_OWNED | kva);
		if (kva != 0)
			assert_int_equal(me[0].me_va, 0x80007);
		bus_dmamap_unload(t, map);
		assert_int_equal(
		    bus_dmamap_load_raw(t, map, &seg, 1, 0x20, 0), 0);
		assert_int_equal(me[0].me_addr, 0x90010);
		assert_int_equal(me[0].me_flags, BUSDMA_MEMORY_OWNED | kva);
		if (kva != 0)
			assert_int_equal(me[0].me_va, 0x90010);
		bus_dmamap_unload(t, map);
		/* The kernel reaches all memory where it is. */
		tp->tp_pl.pl_window = NULL;
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Parts join where the memory does and the same is known of it. */
static void
parts_join_by_what_is_known(void **state)
{
	static const paddr_t pages[] = { 0x80000, 0x81000, 0x80000, 0x81000 };
	static const struct {
		unsigned off[2], known[2];
		unsigned count;
	} v[] = {
		{ { 0, 10 }, { 0, 0 }, 1 },
		{ { 0, 10 }, { BUSDMA_MEMORY_OWNED, BUSDMA_MEMORY_OWNED }, 1 },
		{ { 0, 10 }, { 0, BUSDMA_MEMORY_OWNED }, 2 },
		{ { 0, 10 }, { BUSDMA_MEMORY_OWNED, 0 }, 2 },
		{ { 0, 11 }, { 0, 0 }, 2 },
		/* In memory the one follows the other, but not here. */
		{ { 0, 2 * PAGE + 10 }, { 0, 0 }, 2 },
		{ { 2 * PAGE, 10 }, { 0, 0 }, 2 },
		/* All else that is said of a part is nobody's. */
		{ { 0, 10 }, { 0x100, 0x4 }, 1 },
	};
	struct tp *tp = *state;
	char *buf = tp_buf(tp, pages, 4);
	struct asker as;
	bus_dma_tag_t t = ask(&as, 1, 0, true, identity(tp));
	bus_dmamap_t map = new_map(t, PAGE, 2, PAGE, 0);

	for (size_t i = 0; i < NELEM(v); i++) {
		struct busdma_part parts[2];
		struct tp_chain tc = { .tc_tp = tp,
			.tc_parts = parts,
			.tc_nparts = 2,
			.tc_total = 20 };

		for (unsigned k = 0; k < 2; k++)
			parts[k] = (struct busdma_part){ buf + v[i].off[k], 10,
				v[i].known[k] };
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, 0), 0);
		assert_int_equal(as.as_count, v[i].count);
		assert_int_equal(
		    as.as_frag[0].bf_len, v[i].count == 1 ? 20 : 10);
		assert_int_equal(as.as_seen[0].me_flags,
		    BUSDMA_MEMORY_KVA | (v[i].known[0] & BUSDMA_MEMORY_OWNED));
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- syncs ---- */

/* A layer is spared what it says, if all others say so too. */
static void
quiet_is_of_all_layers(void **state)
{
	static const unsigned quiet[][2] = { { 0, 0 }, { ~0u, ~0u }, { ~0u, 0 },
		{ 0, ~0u }, { 1u << PREREAD, ~0u },
		{ 1u << POSTWRITE | 1u << PREREAD, 1u << POSTWRITE } };
	static const int legal[] = { PREREAD, PREWRITE, POSTREAD, POSTWRITE,
		PREREAD | PREWRITE, POSTREAD | POSTWRITE };
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);
	struct asker as[2];
	bus_dma_tag_t t = ask(&as[0], 1, 8, false, identity(tp));
	bus_dmamap_t map;

	t = ask(&as[1], 2, 8, false, t);
	map = new_map(t, PAGE, 1, PAGE, 0);
	for (size_t i = 0; i < NELEM(quiet); i++) {
		as[0].as_quiet = quiet[i][0];
		as[1].as_quiet = quiet[i][1];
		assert_int_equal(bus_dmamap_load(t, map, buf, 9, NULL, 0), 0);
		for (size_t k = 0; k < NELEM(legal); k++) {
			const unsigned both = quiet[i][0] & quiet[i][1];
			const unsigned due = (both >> legal[k] & 1) == 0;

			as[0].as_syncs = as[1].as_syncs = 0;
			tp->tp_calls[TP_BARRIER] = 0;
			bus_dmamap_sync(t, map, 0, 9, legal[k]);
			assert_int_equal(as[0].as_syncs, due);
			assert_int_equal(as[1].as_syncs, due);
			assert_int_equal(tp->tp_calls[TP_BARRIER], 1);
		}
		/* What is no operation is reported all the same. */
		bus_dmamap_sync(t, map, 0, 9, 0);
		assert_report(tp, BUSDMA_REPORT_SYNCOPS);
		bus_dmamap_sync(t, map, 0, 9, PREREAD | POSTREAD);
		assert_report(tp, BUSDMA_REPORT_SYNCMIX);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_int_equal(as[0].as_broken + as[1].as_broken, 0);
	assert_silent(tp);
}

/* Where some layer syncs that has no bo_load, nothing is quiet. */
static void
quiet_beside_a_layer_that_is_not_asked(void **state)
{
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);
	struct tl_layer tl;
	struct asker as;
	bus_dma_tag_t t = ask(&as, 1, 8, false, identity(tp)), top;
	bus_dmamap_t map;

	as.as_quiet = ~0u;
	tl_init(&tl, 2, "Ls", NULL);
	assert_int_equal(tl_create(tp, &tl, t, &top), 0);
	map = new_map(top, PAGE, 1, PAGE, 0);
	assert_int_equal(bus_dmamap_load(top, map, buf, 9, NULL, 0), 0);
	bus_dmamap_sync(top, map, 0, 9, POSTWRITE);
	assert_int_equal(tl.tl_calls[TL_SYNC], 1);
	bus_dmamap_destroy(top, map);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* bo_syncalone: in place of bo_sync, of an operation of one kind. */
static void
one_layer_serves_alone(void **state)
{
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);
	bus_dma_tag_t t, top;
	struct tl_layer tl;
	struct asker as;
	bus_dmamap_t map;

	for (unsigned i = 0; i < 2; i++) {
		t = ask(&as, 1, 8, false, identity(tp));
		bus_dmatag_destroy(t);
		/* The table is read when a tag is made. */
		as.as_ops.bo_syncalone = asker_syncalone;
		t = identity(tp);
		assert_int_equal(asker_make(&as, t, NULL, NULL, &top), 0);
		bus_dmatag_destroy(t);
		tp_forget(tp);
		t = top;
		tl_init(&tl, 2, i == 0 ? "mLu" : "mLus", NULL);
		assert_int_equal(tl_create(tp, &tl, t, &top), 0);
		map = new_map(top, PAGE, 1, PAGE, 0);
		/* Not loaded: a length of 0, or nothing of it. */
		bus_dmamap_sync(top, map, 0, 0, PREREAD);
		assert_int_equal(as.as_alones, i == 0);
		assert_int_equal(as.as_len, 0);
		assert_silent(tp);
		as.as_alones = as.as_syncs = 0;
		assert_int_equal(bus_dmamap_load(top, map, buf, 9, NULL, 0), 0);
		tp->tp_calls[TP_BARRIER] = 0;
		bus_dmamap_sync(top, map, 1, 7, PREREAD);
		assert_int_equal(as.as_alones, i == 0);
		assert_int_equal(as.as_syncs, i != 0);
		assert_int_equal(as.as_len, 7);
		assert_int_equal(as.as_ops_seen, PREREAD);
		assert_int_equal(tp->tp_calls[TP_BARRIER], 1);
		assert_int_equal(tl.tl_calls[TL_SYNC], i != 0);
		/* What is out of the usual is the caller's to take apart. */
		as.as_alones = as.as_syncs = 0;
		bus_dmamap_sync(top, map, 0, 10, PREREAD);
		assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
		bus_dmamap_sync(top, map, 0, 9, POSTREAD | PREREAD);
		assert_report(tp, BUSDMA_REPORT_SYNCMIX);
		bus_dmamap_sync(top, map, 0, 9, PREREAD | 0x10);
		assert_report(tp, BUSDMA_REPORT_SYNCOPS);
		assert_int_equal(as.as_alones, 0);
		assert_int_equal(as.as_syncs, 4);
		bus_dmamap_destroy(top, map);
		bus_dmatag_destroy(top);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* ---- flags of mappings ---- */

/* COHERENT reaches the platform where there are caches to keep it from. */
static void
coherent_is_for_machines_with_caches(void **state)
{
	static const struct bus_dma_window past = { 0 };
	struct tp *tp = *state;
	bus_dma_tag_t t[3];
	bus_dma_segment_t seg;
	void *kva;
	int n;

	tp_noncoherent(tp, 64, 0);
	t[0] = identity(tp);
	assert_int_equal(tp_direct(tp, &past, 1, &t[1]), 0);
	/* Of all that is stacked on it, too. */
	assert_int_equal(
	    bus_dmatag_direct(NULL, t[1],
		&(struct bus_dma_window){ .dw_flags = BUS_DMA_WINDOW_COHERENT },
		1, &t[2], 0),
	    0);
	assert_int_equal(bus_dmamem_alloc(t[0], PAGE, 0, 0, &seg, 1, &n, 0), 0);
	for (unsigned i = 0; i < 3; i++) {
		const int also = i == 1 ? BUS_DMA_PREFETCHABLE : 0;

		assert_int_equal(bus_dmamem_map(t[i], &seg, n, PAGE, &kva,
				     BUS_DMA_COHERENT | also),
		    0);
		assert_int_equal(
		    tp->tp_kmapflags, i == 0 ? 0 : BUS_DMA_COHERENT | also);
		bus_dmamem_unmap(t[i], kva, PAGE);
		assert_int_equal(bus_dmamem_map(t[i], &seg, n, PAGE, &kva,
				     BUS_DMA_NOCACHE | BUS_DMA_NOWAIT),
		    0);
		assert_int_equal(
		    tp->tp_kmapflags, BUS_DMA_NOCACHE | BUS_DMA_NOWAIT);
		bus_dmamem_unmap(t[i], kva, PAGE);
	}
	bus_dmamem_free(t[0], &seg, n);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_split_keeps_the_rest),
		cmocka_unit_test(a_split_of_fragments_alone),
		UNIT(arrays_are_apart),
		UNIT(memory_is_for_those_who_ask),
		UNIT(memory_by_where_it_comes_from),
		UNIT(parts_join_by_what_is_known),
		UNIT(quiet_is_of_all_layers),
		UNIT(quiet_beside_a_layer_that_is_not_asked),
		UNIT(one_layer_serves_alone),
		UNIT(coherent_is_for_machines_with_caches),
	};

	return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
