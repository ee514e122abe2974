/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases: each operation in a loop, and what it needs to run.
 */
#include <string.h>

#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "bench.h"

static int
run_load(struct fixture *fx, unsigned long n)
{
	bus_dma_tag_t t = fx->fx_tag;
	bus_dmamap_t map = fx->fx_map;
	int bad = 0;

	for (; n != 0; n--) {
		bad |= bus_dmamap_load(
		    t, map, fx->fx_buf, fx->fx_len, NULL, BUS_DMA_NOWAIT);
		bus_dmamap_unload(t, map);
	}
	return bad;
}

static int
run_load_mbuf(struct fixture *fx, unsigned long n)
{
	bus_dma_tag_t t = fx->fx_tag;
	bus_dmamap_t map = fx->fx_map;
	int bad = 0;

	for (; n != 0; n--) {
		bad |=
		    bus_dmamap_load_mbuf(t, map, fx->fx_mbuf, BUS_DMA_NOWAIT);
		bus_dmamap_unload(t, map);
	}
	return bad;
}

static int
run_load_uio(struct fixture *fx, unsigned long n)
{
	bus_dma_tag_t t = fx->fx_tag;
	bus_dmamap_t map = fx->fx_map;
	int bad = 0;

	for (; n != 0; n--) {
		bad |= bus_dmamap_load_uio(t, map, fx->fx_uio, BUS_DMA_NOWAIT);
		bus_dmamap_unload(t, map);
	}
	return bad;
}

static int
run_sync(struct fixture *fx, unsigned long n)
{
	bus_dma_tag_t t = fx->fx_tag;
	bus_dmamap_t map = fx->fx_map;
	bus_size_t len = fx->fx_len;
	int ops = fx->fx_ops;

	for (; n != 0; n--)
		bus_dmamap_sync(t, map, 0, len, ops);
	return 0;
}

static int
run_bounce(struct fixture *fx, unsigned long n)
{
	const int post = fx->fx_ops == BUS_DMASYNC_PREREAD ||
				 fx->fx_ops == BUS_DMASYNC_PREWRITE
			     ? BUS_DMASYNC_POSTREAD
			     : 0;
	bus_dma_tag_t t = fx->fx_tag;
	bus_dmamap_t map = fx->fx_map;
	bus_size_t len = fx->fx_len;
	int bad = 0;

	for (; n != 0; n--) {
		bad |= bus_dmamap_load(
		    t, map, fx->fx_buf, len, NULL, fx->fx_flags);
		bus_dmamap_sync(t, map, 0, len, fx->fx_ops);
		bus_dmamap_sync(t, map, 0, len, post);
		bus_dmamap_unload(t, map);
	}
	return bad;
}

static int
run_create(struct fixture *fx, unsigned long n)
{
	bus_dma_tag_t t = fx->fx_tag;
	bus_size_t len = fx->fx_len;
	int nsegs = fx->fx_nsegs;
	int bad = 0;

	for (; n != 0; n--) {
		bus_dmamap_t map;

		if (bus_dmamap_create(
			t, len, nsegs, len, 0, BUS_DMA_NOWAIT, &map) != 0) {
			bad = 1;
			continue;
		}
		bus_dmamap_destroy(t, map);
	}
	return bad;
}

static int
run_pool(struct fixture *fx, unsigned long n)
{
	bus_dmapool_t pool = fx->fx_pool;

	for (; n != 0; n--) {
		struct bus_dmapool_block *pb =
		    bus_dmapool_alloc(pool, BUS_DMA_NOWAIT);

		if (pb == NULL)
			return 1;
		bus_dmapool_free(pool, pb);
	}
	return 0;
}

/* Many blocks, all at once. */
static int
run_pool_many(struct fixture *fx, unsigned long n)
{
	static struct bus_dmapool_block *held[BENCH_NBLOCKS];
	bus_dmapool_t pool = fx->fx_pool;
	unsigned long i, some;

	for (; n != 0; n -= some) {
		some = n < BENCH_NBLOCKS ? n : BENCH_NBLOCKS;
		for (i = 0; i < some; i++) {
			held[i] = bus_dmapool_alloc(pool, BUS_DMA_NOWAIT);
			if (held[i] == NULL)
				return 1;
		}
		for (i = 0; i < some; i++)
			bus_dmapool_free(pool, held[i]);
	}
	return 0;
}

/* The hooks by themselves, called as the library calls them. */
static int
run_extract(struct fixture *fx, unsigned long n)
{
	const struct busdma_platform *pl = &fx->fx_machine->ma_pl;
	uintptr_t va = (uintptr_t)fx->fx_buf;
	unsigned want = fx->fx_machine == machine_linear()
			    ? 1
			    : (unsigned)(fx->fx_len / BENCH_PAGE);
	int bad = 0;

	for (; n != 0; n--)
		bad |= (*pl->pl_extract)(pl, NULL, va, fx->fx_len, fx->fx_frags,
			   BENCH_NPAGES) != want;
	return bad;
}

static int
run_lock(struct fixture *fx, unsigned long n)
{
	const struct busdma_platform *pl = &fx->fx_machine->ma_pl;

	for (; n != 0; n--) {
		(*pl->pl_lock)(pl, &fx->fx_lock);
		(*pl->pl_unlock)(pl, &fx->fx_lock);
	}
	return 0;
}

static int
run_alloc(struct fixture *fx, unsigned long n)
{
	const struct busdma_platform *pl = &fx->fx_machine->ma_pl;
	int bad = 0;

	for (; n != 0; n--) {
		void *p = (*pl->pl_alloc)(pl, fx->fx_mapbytes, 0);

		bad |= p == NULL;
		(*pl->pl_free)(pl, p, fx->fx_mapbytes);
	}
	return bad;
}

static bool
make_map(struct fixture *fx)
{
	return bus_dmamap_create(fx->fx_tag, fx->fx_len, fx->fx_nsegs,
		   fx->fx_len, 0, BUS_DMA_NOWAIT, &fx->fx_map) == 0;
}

static bool
setup_load(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_nsegs = bc->bc_arg;
	fx->fx_part[0].pt_addr = fx->fx_buf;
	fx->fx_part[0].pt_len = fx->fx_len;
	fx->fx_nparts = 1;
	return make_map(fx);
}

/* 64 bytes of headers and two clusters, each inside a page of its own. */
static bool
setup_mbuf(struct fixture *fx, const struct bench_case *bc)
{
	static const int lens[3] = { 64, 1448, 1448 };
	static struct mbuf chain[3];

	memset(chain, 0, sizeof(chain));
	for (unsigned i = 0; i < 3; i++) {
		struct mbuf *m = &chain[i];

		m->m_next = i < 2 ? m + 1 : NULL;
		m->m_data = (char *)fx->fx_buf + i * BENCH_PAGE + 256;
		m->m_len = lens[i];
		fx->fx_part[i].pt_addr = m->m_data;
		fx->fx_part[i].pt_len = (bus_size_t)m->m_len;
		chain[0].m_pkthdr.len += m->m_len;
	}
	chain[0].m_flags = M_PKTHDR;
	fx->fx_mbuf = chain;
	fx->fx_nparts = 3;
	fx->fx_nsegs = bc->bc_arg;
	return make_map(fx);
}

static bool
setup_uio(struct fixture *fx, const struct bench_case *bc)
{
	static struct iovec iov[BENCH_NPARTS];
	static struct uio uio;

	for (unsigned i = 0; i < BENCH_NPARTS; i++) {
		iov[i].iov_base = (char *)fx->fx_buf + i * BENCH_PAGE;
		iov[i].iov_len = BENCH_PAGE;
		fx->fx_part[i].pt_addr = iov[i].iov_base;
		fx->fx_part[i].pt_len = iov[i].iov_len;
	}
	uio = (struct uio){
		.uio_iov = iov,
		.uio_iovcnt = BENCH_NPARTS,
		.uio_resid = BENCH_NPARTS * BENCH_PAGE,
		.uio_rw = UIO_WRITE,
	};
	fx->fx_uio = &uio;
	fx->fx_nparts = BENCH_NPARTS;
	fx->fx_nsegs = bc->bc_arg;
	return make_map(fx);
}

static bool
setup_sync(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_nsegs = BENCH_NPAGES;
	fx->fx_ops = bc->bc_arg;
	return make_map(fx) &&
	       bus_dmamap_load(fx->fx_tag, fx->fx_map, fx->fx_buf, fx->fx_len,
		   NULL, BUS_DMA_NOWAIT) == 0;
}

static bool
setup_bounce(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_nsegs = 1;
	fx->fx_ops = bc->bc_arg & 0xf;
	fx->fx_flags = BUS_DMA_NOWAIT;
	if ((bc->bc_arg & BUS_DMA_OVERWRITE) != 0)
		fx->fx_flags |= BUS_DMA_OVERWRITE;
	return make_map(fx);
}

static bool
setup_create(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_nsegs = bc->bc_arg;
	fx->fx_mapbytes = map_bytes(bc->bc_arg);
	return fx->fx_mapbytes != 0;
}

static bool
setup_pool(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_machine = machine_arena();
	fx->fx_tag = fx->fx_machine->ma_tag;
	fx->fx_nsegs = bc->bc_arg;
	return bus_dmapool_create(fx->fx_tag, bc->bc_size, 0, 0,
		   (unsigned)bc->bc_arg, 0, &fx->fx_pool) == 0;
}

static bool
setup_hook(struct fixture *fx, const struct bench_case *bc)
{
	fx->fx_mapbytes = map_bytes(1);
	return fx->fx_mapbytes != 0;
}

/* The library's segments against the floor's. */
static bool
segments_agree(const struct fixture *fx)
{
	const struct bus_dmamap *map = fx->fx_map;
	bus_size_t sum = 0;

	for (int i = 0; i < map->dm_nsegs; i++) {
		const bus_dma_segment_t *a = &map->dm_segs[i];
		const bus_dma_segment_t *b = &fx->fx_segs[i];

		if (a->ds_addr != b->ds_addr + BENCH_BUSOFF ||
		    a->ds_len != b->ds_len)
			return false;
		sum += a->ds_len;
	}
	for (unsigned i = 0; i < fx->fx_nparts; i++)
		sum -= fx->fx_part[i].pt_len;
	return map->dm_nsegs > 0 && sum == 0;
}

/* A sync works on every line of its buffer, once. */
static bool
check_cache(struct fixture *fx)
{
	uint64_t *lines = &fx->fx_machine->ma_port.po_lines;
	uint64_t before = *lines;

	(void)run_sync(fx, 1);
	return *lines - before == fx->fx_len / BENCH_LINE;
}

static bool
check_load(struct fixture *fx)
{
	bus_dma_tag_t t = fx->fx_tag;
	int error;
	bool same;

	if (fx->fx_mbuf != NULL)
		error = bus_dmamap_load_mbuf(t, fx->fx_map, fx->fx_mbuf, 0);
	else if (fx->fx_uio != NULL)
		error = bus_dmamap_load_uio(t, fx->fx_map, fx->fx_uio, 0);
	else
		error = bus_dmamap_load(
		    t, fx->fx_map, fx->fx_buf, fx->fx_len, NULL, 0);
	if (error != 0)
		return false;
	same = segments_agree(fx);
	bus_dmamap_unload(t, fx->fx_map);
	return same;
}

bool
fixture_open(struct fixture *fx, const struct bench_case *bc)
{
	struct machine *ma = bc->bc_machine();
	unsigned nfaults = ma->ma_port.po_nfaults;

	memset(fx, 0, sizeof(*fx));
	fx->fx_machine = ma;
	fx->fx_tag = ma->ma_tag;
	fx->fx_buf = (void *)ma->ma_port.po_base;
	fx->fx_len = bc->bc_size;
	if (!(*bc->bc_setup)(fx, bc))
		return false;
	if ((*bc->bc_run)(fx, 1) != 0)
		return false;
	if (bc->bc_floor_run != NULL && (*bc->bc_floor_run)(fx, 1) != 0)
		return false;
	if (bc->bc_check != NULL && !(*bc->bc_check)(fx))
		return false;
	return ma->ma_port.po_nfaults == nfaults;
}

void
fixture_close(struct fixture *fx)
{
	if (fx->fx_map != NULL)
		bus_dmamap_destroy(fx->fx_tag, fx->fx_map);
	bus_dmapool_destroy(fx->fx_pool);
}

#define LOAD_FLOOR "a translation a page into an array of segments"
#define LOAD(name, setup, run, size, nsegs, on, goal, target, netbsd, freebsd) \
	{                                                                      \
		name, setup, check_load, run, floor_load, LOAD_FLOOR, goal,    \
		    target, netbsd, freebsd, size, nsegs, on                   \
	}
#define SYNC(name, ops, target, netbsd, freebsd)                           \
	{                                                                  \
		name, setup_sync, NULL, run_sync, floor_fence, "a fence",  \
		    GOAL_INSTRUCTIONS, target, netbsd, freebsd, 4096, ops, \
		    machine_pages                                          \
	}
#define CACHE(name, ops, size, target)                                         \
	{                                                                      \
		name, setup_sync, check_cache, run_sync, floor_cache,          \
		    "the cache operations, in one call", GOAL_MORE, target, 0, \
		    0, size, ops, machine_caches                               \
	}
#define BOUNCE(name, ops, size, target)                               \
	{                                                             \
		name, setup_bounce, NULL, run_bounce, floor_copies,   \
		    "two copies", GOAL_TIME, target, 0, 0, size, ops, \
		    machine_bounce                                    \
	}
#define CREATE(name, nsegs)                                                   \
	{                                                                     \
		name, setup_create, NULL, run_create, floor_calloc,           \
		    "calloc and free of the map's size", GOAL_FLOORS, 1.3, 0, \
		    0, (nsegs)*BENCH_PAGE, nsegs, machine_pages               \
	}
#define POOL(name, run, nblocks, goal)                                 \
	{                                                              \
		name, setup_pool, NULL, run, floor_malloc,             \
		    "malloc and free of 64 bytes", goal, 60, 0, 0, 64, \
		    nblocks, machine_arena                             \
	}
#define HOOK(name, run, size, on)                                            \
	{                                                                    \
		name, setup_hook, NULL, run, NULL, NULL, GOAL_NONE, 0, 0, 0, \
		    size, 0, on                                              \
	}
#define INSTRUCTIONS GOAL_INSTRUCTIONS

/* Targets and the peers' figures: see RESULTS.md. */
const struct bench_case bench_cases[] = {
	LOAD("load_unload/direct/4k", setup_load, run_load, 4096, 1,
	    machine_pages, INSTRUCTIONS, 130, 176, 178),
	LOAD("load_unload/direct/64k_run", setup_load, run_load, 65536, 1,
	    machine_linear, INSTRUCTIONS, 130, 1510, 1258),
	LOAD("load_unload/direct/1m_run", setup_load, run_load, 1048576, 1,
	    machine_linear, INSTRUCTIONS, 130, 22870, 18538),
	LOAD("load_unload/direct/1m_scattered", setup_load, run_load, 1048576,
	    256, machine_pages, INSTRUCTIONS, 15000, 22360, 18028),
	LOAD("load_mbuf/direct/3", setup_mbuf, run_load_mbuf, 4096, 3,
	    machine_pages, INSTRUCTIONS, 330, 248, 422),
	LOAD("load_uio/direct/8x4k", setup_uio, run_load_uio, 32768, 8,
	    machine_pages, INSTRUCTIONS, 780, 1108, 1150),
	LOAD("load_unload/noncoherent/4k", setup_load, run_load, 4096, 1,
	    machine_caches, GOAL_NONE, 0, 0, 0),
	LOAD("load_unload/noncoherent/1m_scattered", setup_load, run_load,
	    1048576, 256, machine_caches, GOAL_NONE, 0, 0, 0),
	SYNC("sync/direct/prewrite_4k", BUS_DMASYNC_PREWRITE, 28, 46, 30),
	SYNC("sync/direct/postread_4k", BUS_DMASYNC_POSTREAD, 28, 48, 30),
	CACHE("sync/noncoherent/prewrite_4k", BUS_DMASYNC_PREWRITE, 4096, 60),
	CACHE("sync/noncoherent/postread_4k", BUS_DMASYNC_POSTREAD, 4096, 60),
	/* 12 more for each page more, and 4 that are its operation's own. */
	CACHE("sync/noncoherent/prewrite_1m", BUS_DMASYNC_PREWRITE, 1048576,
	    60 + 255 * 16),
	CACHE("sync/noncoherent/postread_1m", BUS_DMASYNC_POSTREAD, 1048576,
	    60 + 255 * 16),
	BOUNCE("bounce/1500", BUS_DMASYNC_PREWRITE, 1500, 1.35),
	BOUNCE("bounce/4k", BUS_DMASYNC_PREWRITE, 4096, 1.3),
	BOUNCE("bounce/64k", BUS_DMASYNC_PREWRITE, 65536, 1.04),
	BOUNCE("bounce/read_4k", BUS_DMASYNC_PREREAD, 4096, -1),
	BOUNCE("bounce/overwrite_4k", BUS_DMASYNC_PREREAD | BUS_DMA_OVERWRITE,
	    4096, -1),
	/* 10 more than load_unload/direct/4k. */
	LOAD("bounce/inreach_4k", setup_load, run_load, 4096, 1, machine_reach,
	    INSTRUCTIONS, 138, 0, 0),
	CREATE("create_destroy/direct/1", 1),
	CREATE("create_destroy/direct/256", 256),
	POOL("pool/alloc_free_64", run_pool, 1, GOAL_INSTRUCTIONS),
	POOL(
	    "pool/alloc_free_64x8192", run_pool_many, BENCH_NBLOCKS, GOAL_NONE),
	HOOK("hook/pages/1", run_extract, 4096, machine_pages),
	HOOK("hook/pages/8", run_extract, 32768, machine_pages),
	HOOK("hook/pages/256", run_extract, 1048576, machine_pages),
	HOOK("hook/linear/1m", run_extract, 1048576, machine_linear),
	HOOK("hook/lock_unlock", run_lock, 0, machine_pages),
	HOOK("hook/alloc_free", run_alloc, 0, machine_pages),
};
const size_t bench_ncases = sizeof(bench_cases) / sizeof(bench_cases[0]);
