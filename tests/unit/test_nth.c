/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hook that can fail fails at its n-th call, for every n, in every call
 * of the interface: once with that call alone failing, once with all after it
 * failing too.  After each failure nothing leaks, outputs and the map are as
 * the contract says, and the same call works when it is made again.
 */
#include <busdma/bus_dmapool.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "unit.h"

#define BUFPAGES 20
#define SENTINEL ((void *)(uintptr_t)0x5e47)

/* What the calls under test work on, and what they return. */
struct scene {
	struct tp *sc_tp;
	struct tl_layer sc_layer[2];
	bus_dma_tag_t sc_root, sc_middle, sc_top; /* direct, watcher, watcher */
	bus_dmamap_t sc_map;
	char *sc_buf; /* of BUFPAGES pages, none next to another */
	bus_dma_segment_t sc_mem[4];
	int sc_nmem;

	bus_dma_tag_t sc_newtag;
	bus_dmamap_t sc_newmap;
	bus_dma_segment_t sc_segs[4];
	int sc_nsegs;
	void *sc_kva;
	struct busdma_arena *sc_arena;
	bus_dmapool_t sc_pool;
};

struct call {
	const char *ca_name;
	const char *ca_ops; /* of the upper watcher */
	unsigned ca_least;  /* hooks that can fail in it, at least */
	int ca_errors[2];   /* that it may fail with */
	int (*ca_run)(struct scene *);
	void (*ca_undo)(struct scene *);
	bool ca_past; /* past the CPU's caches */
};

static void
scene_create(struct scene *sc, const char *ops, bool past)
{
	static const struct bus_dma_window all = { 0 };
	struct tp *tp = tp_create(PAGE, RAMBASE, RAMPAGES);
	paddr_t pages[BUFPAGES];

	memset(sc, 0, sizeof(*sc));
	sc->sc_tp = tp;
	for (unsigned i = 0; i < BUFPAGES; i++)
		pages[i] = 0x1000000 + (paddr_t)i * 2 * PAGE;
	for (unsigned i = 0; i < RAMPAGES; i += 2)
		tp->tp_used[i] = 1;
	sc->sc_buf = tp_buf(tp, pages, BUFPAGES);
	if (past) {
		tp_noncoherent(tp, 64, 0);
		/* Or it would be told of. */
		tp_known(tp, NULL, sc->sc_buf, BUSDMA_MEMORY_OWNED);
	}
	assert_int_equal(
	    tp_direct(tp, past ? &all : NULL, past ? 1 : 0, &sc->sc_root), 0);
	tl_init(&sc->sc_layer[0], 1, "cmsu", NULL);
	tl_init(&sc->sc_layer[1], 2, ops, NULL);
	for (unsigned i = 0; i < 2; i++)
		sc->sc_layer[i].tl_noshortcut = strchr(ops, 'l') != NULL;
	assert_int_equal(
	    tl_create(tp, &sc->sc_layer[0], sc->sc_root, &sc->sc_middle), 0);
	assert_int_equal(
	    tl_create(tp, &sc->sc_layer[1], sc->sc_middle, &sc->sc_top), 0);
	sc->sc_map =
	    new_map(sc->sc_top, BUFPAGES * PAGE, BUFPAGES, BUFPAGES * PAGE, 0);
	assert_int_equal(bus_dmamem_alloc(sc->sc_top, 2 * PAGE, 0, 0,
			     sc->sc_mem, 4, &sc->sc_nmem, 0),
	    0);
	sc->sc_newtag = SENTINEL;
	sc->sc_newmap = SENTINEL;
	sc->sc_kva = SENTINEL;
	sc->sc_arena = SENTINEL;
	sc->sc_pool = SENTINEL;
	sc->sc_nsegs = -77;
}

static void
scene_destroy(struct scene *sc)
{
	bus_dmamem_free(sc->sc_top, sc->sc_mem, sc->sc_nmem);
	bus_dmamap_destroy(sc->sc_top, sc->sc_map);
	bus_dmatag_destroy(sc->sc_top);
	bus_dmatag_destroy(sc->sc_middle);
	bus_dmatag_destroy(sc->sc_root);
	assert_silent(sc->sc_tp);
	assert_int_equal(sc->sc_layer[0].tl_badarea, 0);
	assert_int_equal(sc->sc_layer[1].tl_badarea, 0);
	assert_int_equal(tp_destroy(sc->sc_tp), 0);
}

/* What is held: the same before a call and after its failure. */
static void
assert_held(const struct tp *a, const struct tp *b)
{
	assert_int_equal(a->tp_allocs, b->tp_allocs);
	assert_int_equal(a->tp_bytes, b->tp_bytes);
	assert_int_equal(a->tp_pages, b->tp_pages);
	assert_int_equal(a->tp_windows, b->tp_windows);
	assert_int_equal(a->tp_kmaps, b->tp_kmaps);
	assert_int_equal(a->tp_locks, 0);
	assert_int_equal(a->tp_wrong, 0);
}

static void
assert_nothing_happened(const struct scene *sc)
{
	assert_ptr_equal(sc->sc_newtag, SENTINEL);
	assert_ptr_equal(sc->sc_newmap, SENTINEL);
	assert_ptr_equal(sc->sc_kva, SENTINEL);
	assert_ptr_equal(sc->sc_arena, SENTINEL);
	assert_ptr_equal(sc->sc_pool, SENTINEL);
	assert_int_equal(sc->sc_nsegs, -77);
	assert_unloaded(sc->sc_map);
	for (unsigned i = 0; i < 2; i++) {
		const unsigned *n = sc->sc_layer[i].tl_calls;

		if (sc->sc_layer[i].tl_ops.bo_load != NULL)
			assert_int_equal(n[TL_LOAD], n[TL_UNLOAD]);
	}
}

/* True: the n-th call was never made, and so the call succeeded. */
static bool
fail_nth(const struct call *ca, unsigned n, bool failon)
{
	struct scene sc;
	struct tp before;
	bool came;
	int error;

	scene_create(&sc, ca->ca_ops, ca->ca_past);
	before = *sc.sc_tp;
	sc.sc_tp->tp_failon = failon;
	tp_fail_at(sc.sc_tp, n);
	error = ca->ca_run(&sc);
	came = sc.sc_tp->tp_failed;
	tp_fail_at(sc.sc_tp, 0);
	if (!came)
		assert_int_equal(error, 0);
	if (came && failon)
		assert_int_not_equal(error, 0);
	if (error != 0) {
		assert_true(
		    error == ca->ca_errors[0] || error == ca->ca_errors[1]);
		assert_nothing_happened(&sc);
		assert_held(sc.sc_tp, &before);
		assert_silent(sc.sc_tp);
		assert_int_equal(ca->ca_run(&sc), 0);
	}
	ca->ca_undo(&sc);
	assert_held(sc.sc_tp, &before);
	scene_destroy(&sc);
	return !came;
}

static void
run_call(void **state)
{
	const struct call *ca = *state;

	for (unsigned failon = 0; failon < 2; failon++) {
		unsigned n = 1;

		while (!fail_nth(ca, n, failon))
			assert_true(++n < 1000);
		assert_true(n > ca->ca_least);
	}
}

/* The calls. */

static int
run_direct(struct scene *sc)
{
	const struct bus_dma_window w = {
		.dw_flags =
		    sc->sc_root->dt_line == 0 ? BUS_DMA_WINDOW_COHERENT : 0
	};

	return bus_dmatag_direct(
	    &sc->sc_tp->tp_pl, NULL, &w, 1, &sc->sc_newtag, 0);
}

static int
run_subregion(struct scene *sc)
{
	return bus_dmatag_subregion(
	    sc->sc_top, 0x1000, 0xffffff, &sc->sc_newtag, 0);
}

static int
run_restrict(struct scene *sc)
{
	static const struct bus_dma_limits lim = {
		.dl_high = 0xffffffff, .dl_alignment = 16, .dl_nsegments = 3
	};

	return bus_dmatag_restrict(sc->sc_top, &lim, &sc->sc_newtag, 0);
}

static void
undo_tag(struct scene *sc)
{
	bus_dmatag_destroy(sc->sc_newtag);
}

static int
run_create(struct scene *sc)
{
	return bus_dmamap_create(sc->sc_top, 1 << 16, 8, 1 << 16, 0,
	    BUS_DMA_ALLOCNOW, &sc->sc_newmap);
}

static void
undo_create(struct scene *sc)
{
	bus_dmamap_destroy(sc->sc_top, sc->sc_newmap);
}

static int
run_load(struct scene *sc)
{
	return bus_dmamap_load(sc->sc_top, sc->sc_map, sc->sc_buf,
	    BUFPAGES * PAGE, NULL, BUS_DMA_NOWAIT);
}

/* Four buffers, one of them across two pages. */
static void
four_parts(const struct scene *sc, struct iovec *iov)
{
	for (unsigned i = 0; i < 4; i++)
		iov[i] = (struct iovec){ sc->sc_buf + i * 3 * PAGE + 50, 100 };
	iov[2].iov_len = PAGE;
}

static int
run_load_uio(struct scene *sc)
{
	struct iovec iov[4];
	struct uio uio = {
		.uio_iov = iov, .uio_iovcnt = 4, .uio_resid = 300 + PAGE
	};

	four_parts(sc, iov);
	return bus_dmamap_load_uio(
	    sc->sc_top, sc->sc_map, &uio, BUS_DMA_NOWAIT);
}

static int
run_load_mbuf(struct scene *sc)
{
	struct iovec iov[4];
	struct mbuf m[4];

	four_parts(sc, iov);
	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < 4; i++) {
		m[i].m_next = i < 3 ? &m[i + 1] : NULL;
		m[i].m_data = iov[i].iov_base;
		m[i].m_len = (int)iov[i].iov_len;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = 300 + (int)PAGE;
	return bus_dmamap_load_mbuf(sc->sc_top, sc->sc_map, m, BUS_DMA_NOWAIT);
}

static int
run_load_chain(struct scene *sc)
{
	struct iovec iov[4];
	struct busdma_part parts[12];
	struct tp_chain tc = { .tc_tp = sc->sc_tp,
		.tc_parts = parts,
		.tc_nparts = 12,
		.tc_total = 300 + PAGE };

	four_parts(sc, iov);
	memset(parts, 0, sizeof(parts));
	for (unsigned i = 0; i < 4; i++)
		parts[3 * i] =
		    (struct busdma_part){ iov[i].iov_base, iov[i].iov_len, 0 };
	return bus_dmamap_load_chain(
	    sc->sc_top, sc->sc_map, &tp_chain_ops, &tc, BUS_DMA_NOWAIT);
}

static void
undo_load(struct scene *sc)
{
	assert_true(sc->sc_map->dm_mapsize != 0);
	bus_dmamap_unload(sc->sc_top, sc->sc_map);
}

static int
run_mem_alloc(struct scene *sc)
{
	return bus_dmamem_alloc(sc->sc_top, 4 * PAGE, 0, 0, sc->sc_segs, 4,
	    &sc->sc_nsegs, BUS_DMA_NOWAIT);
}

static void
undo_mem_alloc(struct scene *sc)
{
	bus_dmamem_free(sc->sc_top, sc->sc_segs, sc->sc_nsegs);
}

static int
run_mem_map(struct scene *sc)
{
	return bus_dmamem_map(sc->sc_top, sc->sc_mem, sc->sc_nmem, 2 * PAGE,
	    &sc->sc_kva, BUS_DMA_COHERENT);
}

static void
undo_mem_map(struct scene *sc)
{
	bus_dmamem_unmap(sc->sc_top, sc->sc_kva, 2 * PAGE);
}

/* Two chunks. */
static int
run_pool(struct scene *sc)
{
	return bus_dmapool_create(
	    sc->sc_top, PAGE, 0, 0, 2, BUS_DMA_NOWAIT, &sc->sc_pool);
}

static void
undo_pool(struct scene *sc)
{
	bus_dmapool_destroy(sc->sc_pool);
}

static int
run_arena(struct scene *sc)
{
	static const struct busdma_frag r[] = { { 0x10000, 0x8000 },
		{ 0x40000, 0x1000 } };

	return busdma_arena_create(&sc->sc_tp->tp_pl, r, 2, &sc->sc_arena);
}

static void
undo_arena(struct scene *sc)
{
	assert_int_equal(
	    busdma_arena_destroy(&sc->sc_tp->tp_pl, sc->sc_arena), 0);
}

static struct call calls[] = {
	{ "bus_dmatag_direct", "cm", 1, { ENOMEM }, run_direct, undo_tag,
	    false },
	{ "bus_dmatag_subregion", "cm", 3, { ENOMEM }, run_subregion, undo_tag,
	    false },
	{ "bus_dmatag_restrict", "cm", 3, { ENOMEM }, run_restrict, undo_tag,
	    false },
	{ "bus_dmamap_create", "clu", 1, { ENOMEM }, run_create, undo_create,
	    false },
	{ "bus_dmamap_load", "cm", 2, { EFAULT }, run_load, undo_load, false },
	{ "bus_dmamap_load, whole", "clu", 2, { EFAULT }, run_load, undo_load,
	    false },
	{ "bus_dmamap_load_uio", "cm", 4, { EFAULT }, run_load_uio, undo_load,
	    false },
	{ "bus_dmamap_load_uio, whole", "clu", 4, { EFAULT }, run_load_uio,
	    undo_load, false },
	{ "bus_dmamap_load_mbuf", "cm", 4, { EFAULT }, run_load_mbuf, undo_load,
	    false },
	{ "bus_dmamap_load_mbuf, whole", "clu", 4, { EFAULT }, run_load_mbuf,
	    undo_load, false },
	{ "bus_dmamap_load_chain", "cm", 7, { EFAULT, EINVAL }, run_load_chain,
	    undo_load, false },
	{ "bus_dmamap_load_chain, whole", "clu", 7, { EFAULT, EINVAL },
	    run_load_chain, undo_load, false },
	{ "bus_dmamem_alloc", "cm", 4, { ENOMEM }, run_mem_alloc,
	    undo_mem_alloc, false },
	{ "bus_dmamem_map", "cm", 1, { ENOMEM }, run_mem_map, undo_mem_map,
	    false },
	{ "busdma_arena_create", "cm", 1, { ENOMEM }, run_arena, undo_arena,
	    false },
	{ "bus_dmapool_create", "cm", 9, { ENOMEM, EFAULT }, run_pool,
	    undo_pool, false },
	{ "bus_dmatag_direct, past caches", "cm", 2, { ENOMEM }, run_direct,
	    undo_tag, true },
	{ "bus_dmatag_subregion, past caches", "cm", 4, { ENOMEM },
	    run_subregion, undo_tag, true },
	{ "bus_dmatag_restrict, past caches", "clu", 4, { ENOMEM },
	    run_restrict, undo_tag, true },
	{ "bus_dmamap_create, past caches", "cm", 1, { ENOMEM }, run_create,
	    undo_create, true },
	{ "bus_dmamap_load, past caches", "cm", 2, { EFAULT }, run_load,
	    undo_load, true },
	{ "bus_dmamap_load, whole, past caches", "clu", 2, { EFAULT }, run_load,
	    undo_load, true },
	{ "bus_dmamap_load_uio, past caches", "cm", 4, { EFAULT }, run_load_uio,
	    undo_load, true },
	{ "bus_dmamap_load_mbuf, past caches", "clu", 4, { EFAULT },
	    run_load_mbuf, undo_load, true },
	{ "bus_dmamap_load_chain, past caches", "cm", 7, { EFAULT, EINVAL },
	    run_load_chain, undo_load, true },
	{ "bus_dmamem_map, past caches", "cm", 1, { ENOMEM }, run_mem_map,
	    undo_mem_map, true },
	{ "bus_dmapool_create, past caches", "cm", 11, { ENOMEM, EFAULT },
	    run_pool, undo_pool, true },
};

int
main(void)
{
	struct CMUnitTest tests[NELEM(calls)];

	for (size_t i = 0; i < NELEM(calls); i++)
		tests[i] = (struct CMUnitTest){ calls[i].ca_name, run_call,
			NULL, NULL, &calls[i] };
	return _cmocka_run_group_tests("nth", tests, NELEM(calls), NULL, NULL);
}
