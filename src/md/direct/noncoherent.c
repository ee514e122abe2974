/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's caches, for devices that don't see them: a layer that changes no
 * address, and whose syncs write back and invalidate.
 *
 *	PREWRITE	write back: the device reads what the CPU stored.
 *	PREREAD		write back: no dirty line is left that could be evicted
 *			over what the device writes; what it does not write
 *			stays what the CPU stored, and not what was in memory
 *			before.  And invalidate, where that can serve:
 *	POSTREAD	invalidate: the caches may have fetched lines since the
 *			PREREAD, on their own, or because the CPU read another
 *			byte of them.  (Where they do nothing on their own, and
 *			the CPU was given no byte, they have not.)
 *	POSTWRITE	nothing.
 *
 * Lines that a sync covers in part hold bytes of others, or bytes that the
 * sync is not about.  To write them back and to invalidate them is one
 * operation at POSTREAD: of a line that nobody has stored to meanwhile, which
 * is what the contract asks for, nothing goes back to memory.  (If somebody
 * has, either his store or the device's is lost, whatever is done; so he keeps
 * his, and the buffer's owner was told at load.)
 *
 * Order: the barrier of a PRE comes after all of this, the barrier of a POST
 * before (sync.c), and the operations themselves take effect for this CPU's
 * later accesses to the same bytes (cpu_cache).  For those of another CPU,
 * which learns of the sync through memory, a POST ends with ca_finish.
 */
#include <busdma/string.h>

#include "noncoherent.h"

#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)

typedef void cache_op_t(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len);

/* What a sync does to lines that it covers whole, and to others. */
struct cache_ops {
	cache_op_t *co_whole; /* NULL: nothing, to either */
	cache_op_t *co_edge;
};

/* Physical memory of a coherent window. */
struct coherent {
	paddr_t cw_low;  /* inclusive */
	paddr_t cw_high; /* inclusive */
};

/* All is constant once the tag is made. */
struct cache_tag {
	struct bus_dma_tag ct_tag;
	struct cache_ops ct_ops[16]; /* by the operations of a sync */
	unsigned ct_quiet;           /* as fs_quiet, of all loads */
	bool ct_ordered;             /* BUSDMA_CACHE_NOSPECULATION */
	void (*ct_finish)(const struct busdma_platform *pl);
	unsigned ct_ncoherent;
	struct coherent ct_coherent[];
};

/* How a run is reached, and cut. */
#define RUN_WINDOW 0x1 /* ru_va is not known: through the window hook */
#define RUN_WHOLE 0x2  /* whole lines, and ru_va is known */
#define RUN_OWNED 0x4  /* while loading: its lines are its own */

/* A run of memory in caches, in the order of the buffer. */
struct cache_run {
	bus_size_t ru_offset; /* in the map */
	bus_size_t ru_len;
	paddr_t ru_addr;
	uintptr_t ru_va;
	unsigned ru_flags; /* RUN_* */
};

/* The layer's area in a map. */
struct cache_area {
	/*
	 * The usual load is one run of whole lines: its length less one, and
	 * where it is.  Of another load the length, which less one no sync
	 * has; and none has 0 before the first.  (No map is so long that its
	 * length is the largest number: it would have too many records.)
	 */
	bus_size_t ca_last;
	uintptr_t ca_va;
	paddr_t ca_addr;
	struct cache_run *ca_runs;
	unsigned ca_nruns;
	bool ca_told;  /* of a shared line */
	bool ca_rough; /* not all runs are RUN_WHOLE */
	/*
	 * With ct_ordered: no sync since a PREREAD of all, and not ca_rough.
	 * Syncs of disjoint ranges may both clear it: relaxed atomics.
	 */
	bool ca_empty;
};

static struct cache_tag *
cache_of(bus_dma_tag_t t)
{
	return (struct cache_tag *)(void *)t;
}

/* The lines of [va, va + len), which may begin and end inside one. */
static void
cache_lines(bus_dma_tag_t t, const struct cache_ops *co, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	const struct busdma_platform *pl = t->dt_pl;
	const bus_size_t line = t->dt_line;
	bus_size_t before = pa & (line - 1), tail;

	va -= (uintptr_t)before;
	pa -= before;
	len += before;
	tail = len & (line - 1);
	len += -len & (line - 1);
	if (co->co_edge == co->co_whole) {
		co->co_whole(pl, va, pa, (size_t)len);
		return;
	}
	if (tail != 0 && (len != line || before == 0)) {
		len -= line;
		co->co_edge(pl, va + (uintptr_t)len, pa + len, (size_t)line);
	}
	if (before != 0) {
		co->co_edge(pl, va, pa, (size_t)line);
		va += (uintptr_t)line;
		pa += line;
		len -= line;
	}
	if (len != 0)
		co->co_whole(pl, va, pa, (size_t)len);
}

/* The same where the kernel has no address: a page at a time. */
static void
cache_window(bus_dma_tag_t t, bus_dmamap_t map, const struct cache_ops *co,
    paddr_t pa, bus_size_t len)
{
	const struct busdma_platform *pl = t->dt_pl;
	const bus_size_t mask = t->dt_line - 1;
	bus_size_t some, before;
	char *va;

	for (; len != 0; pa += some, len -= some) {
		some = pl->pl_pagesize - (pa & (pl->pl_pagesize - 1));
		if (some > len)
			some = len;
		before = pa & mask;
		va = pl->pl_window(pl, pa - before,
		    (before + some + mask) & ~mask, BUSDMA_WINDOW_SYNC);
		if (va == NULL) {
			busdma_report(t, map, BUSDMA_REPORT_PLATFORM,
			    "bus_dmamap_sync", pa, some);
			continue;
		}
		cache_lines(t, co, (uintptr_t)va + (uintptr_t)before, pa, some);
		if (pl->pl_window_done != NULL)
			pl->pl_window_done(
			    pl, va, (before + some + mask) & ~mask);
	}
}

/* What of a run lies in [offset, end) of the map: some of it does. */
static void
cache_part(bus_dma_tag_t t, bus_dmamap_t map, const struct cache_ops *co,
    const struct cache_run *ru, bus_addr_t offset, bus_addr_t end)
{
	bus_size_t skip = 0, len = ru->ru_len;

	if (offset > ru->ru_offset)
		skip = offset - ru->ru_offset;
	if (len > end - ru->ru_offset)
		len = end - ru->ru_offset;
	len -= skip;
	if ((ru->ru_flags & RUN_WINDOW) != 0)
		cache_window(t, map, co, ru->ru_addr + skip, len);
	else
		cache_lines(t, co, ru->ru_va + (uintptr_t)skip,
		    ru->ru_addr + skip, len);
}

/* The first of `n' runs that ends behind `offset', or the n-th. */
static const struct cache_run *
run_find(const struct cache_run *ru, unsigned n, bus_addr_t offset)
{
	unsigned half;

	while (n != 0) {
		half = n / 2;
		if (ru[half].ru_offset + ru[half].ru_len <= offset) {
			ru += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return ru;
}

/*
 * A POSTREAD that needs nothing: of all of a load whose lines are its own, for
 * caches that fetch nothing by themselves, if the CPU was given no byte of it
 * since a PREREAD of all has emptied them.  Whoever reads a byte fetches the
 * line, and does not see what the device writes to the rest of that later.
 */
static bool
still_empty(struct cache_area *ca, const struct bus_dmamap *map, bus_size_t len,
    int ops)
{
	bool all = len == map->dm_mapsize && !ca->ca_rough;
	bool empty = __atomic_load_n(&ca->ca_empty, __ATOMIC_RELAXED);

	__atomic_store_n(&ca->ca_empty, all && (ops & BUS_DMASYNC_PREREAD) != 0,
	    __ATOMIC_RELAXED);
	return empty && all && (ops & PRE) == 0;
}

/*
 * What the usual case is not.  False: there was nothing to do.
 */
static __attribute__((noinline)) bool
cache_runs(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	const struct cache_ops *co = &cache_of(t)->ct_ops[ops];
	struct cache_area *ca = busdma_map_area(t, map);
	const struct busdma_platform *pl = t->dt_pl;
	const struct cache_run *ru, *stop, *last;
	bus_addr_t end = offset + len;
	unsigned n = ca->ca_nruns;

	if (co->co_whole == NULL || len == 0)
		return false;
	if (cache_of(t)->ct_ordered && still_empty(ca, map, len, ops))
		return false;
	ru = ca->ca_runs;
	stop = ru + n;
	/* Those from `ru' to `stop' end inside the range. */
	if (end != map->dm_mapsize)
		stop = run_find(ru, n, end);
	if (offset != 0)
		ru = run_find(ru, n, offset);
	last = stop != ca->ca_runs + n && stop->ru_offset < end ? stop : NULL;
	if (ru == stop && last == NULL)
		return false;
	if (last != NULL)
		cache_part(t, map, co, last, offset, end);
	if (ru != stop && ru->ru_offset < offset)
		cache_part(t, map, co, ru++, offset, end);
	for (; ru != stop; ru++) {
		if ((ru->ru_flags & RUN_WHOLE) != 0)
			co->co_whole(
			    pl, ru->ru_va, ru->ru_addr, (size_t)ru->ru_len);
		else
			cache_part(t, map, co, ru, offset, end);
	}
	return true;
}

/* What a POST asked for is done, for all CPUs. */
static inline void
cache_finish(bus_dma_tag_t t)
{
	if (cache_of(t)->ct_finish != NULL)
		cache_of(t)->ct_finish(t->dt_pl);
}

/* Among other layers, which may need what this one does not. */
static void
cache_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	if (cache_runs(t, map, offset, len, ops) && (ops & PRE) == 0)
		cache_finish(t);
}

/* Not the usual load, or not all of it; or none, and no bytes. */
static __attribute__((noinline)) void
cache_alone(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	if ((ops & PRE) == 0) {
		busdma_barrier(t, ops);
		cache_sync(t, map, offset, len, ops);
	} else {
		(void)cache_runs(t, map, offset, len, ops);
		busdma_barrier(t, ops);
	}
}

static void
cache_syncalone(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	const struct cache_area *ca = busdma_map_area(t, map);
	const struct cache_ops *co = &cache_of(t)->ct_ops[ops];

	/* What is inside the load, and as long, is all of it. */
	if (len - 1 != ca->ca_last) {
		cache_alone(t, map, offset, len, ops);
		return;
	}
	if ((ops & PRE) != 0) {
		co->co_whole(t->dt_pl, ca->ca_va, ca->ca_addr, (size_t)len);
		busdma_barrier(t, ops);
	} else {
		busdma_barrier(t, ops);
		co->co_whole(
		    t->dt_pl, ca->ca_va, ca->ca_addr, (size_t)ca->ca_last + 1);
		cache_finish(t);
	}
}

/* How much of the front of a fragment lies in coherent windows, or in none. */
static bus_size_t
coherent_front(
    const struct cache_tag *ct, const struct busdma_frag *f, bool *coherentp)
{
	const struct coherent *cw = ct->ct_coherent;
	bus_size_t len = f->bf_len;
	unsigned i;

	*coherentp = false;
	for (i = 0; i < ct->ct_ncoherent; i++, cw++) {
		if (f->bf_addr >= cw->cw_low && f->bf_addr <= cw->cw_high) {
			*coherentp = true;
			if (len - 1 > cw->cw_high - f->bf_addr)
				len = cw->cw_high - f->bf_addr + 1;
			break;
		}
		if (f->bf_addr < cw->cw_low &&
		    len - 1 >= cw->cw_low - f->bf_addr)
			len = cw->cw_low - f->bf_addr;
	}
	return len;
}

/* The run goes on where the last one ends. */
static bool
run_joins(const struct cache_area *ca, const struct busdma_memory *me,
    bus_size_t offset, unsigned flags)
{
	const struct cache_run *ru = &ca->ca_runs[ca->ca_nruns];

	if (ca->ca_nruns == 0 || me->me_addr == 0)
		return false;
	ru--;
	return ru->ru_flags == flags && ru->ru_offset + ru->ru_len == offset &&
	       ru->ru_addr + ru->ru_len == me->me_addr &&
	       ((flags & RUN_WINDOW) != 0 ||
		   ru->ru_va + (uintptr_t)ru->ru_len == me->me_va);
}

/* A run in caches is appended; false: there is no room. */
static bool
run_add(struct cache_area *ca, unsigned max, const struct busdma_memory *me,
    bus_size_t offset, bus_size_t len)
{
	struct cache_run *ru = &ca->ca_runs[ca->ca_nruns];
	unsigned flags = 0;

	if ((me->me_flags & BUSDMA_MEMORY_KVA) == 0)
		flags |= RUN_WINDOW;
	if ((me->me_flags & BUSDMA_MEMORY_OWNED) != 0)
		flags |= RUN_OWNED;
	/* What a layer above has split is one all the same. */
	if (run_joins(ca, me, offset, flags)) {
		ru[-1].ru_len += len;
		return true;
	}
	if (ca->ca_nruns == max)
		return false;
	ca->ca_nruns++;
	ru->ru_offset = offset;
	ru->ru_len = len;
	ru->ru_addr = me->me_addr;
	ru->ru_va = me->me_va;
	ru->ru_flags = flags;
	return true;
}

/*
 * All runs are there: how each is cut; and if the device may write, are the
 * lines its own?
 */
static void
runs_done(bus_dma_tag_t t, bus_dmamap_t map, struct cache_area *ca,
    bool written, const char *func)
{
	struct cache_run *ru = ca->ca_runs, *stop = ru + ca->ca_nruns;
	bool whole;

	ca->ca_rough = ca->ca_empty = false;
	for (; ru != stop; ru++) {
		whole = ((ru->ru_addr | ru->ru_len) & (t->dt_line - 1)) == 0;
		if (!whole && written && (ru->ru_flags & RUN_OWNED) == 0 &&
		    !ca->ca_told) {
			ca->ca_told = true;
			busdma_report(t, map, BUSDMA_REPORT_SHAREDLINE, func,
			    ru->ru_addr, ru->ru_len);
		}
		ru->ru_flags &= RUN_WINDOW;
		if (whole && ru->ru_flags == 0)
			ru->ru_flags = RUN_WHOLE;
		else
			ca->ca_rough = true;
	}
}

/* One fragment, `offset' bytes into the map, cut where windows are. */
static int
frag_runs(bus_dma_tag_t t, bus_dmamap_t map, const struct busdma_frags *fs,
    unsigned i, bus_size_t offset)
{
	struct cache_area *ca = busdma_map_area(t, map);
	struct busdma_memory me = fs->fs_memory[i];
	struct busdma_frag f = fs->fs_frag[i];
	bus_size_t len;
	bool coherent;

	if ((me.me_flags & BUSDMA_MEMORY_UNCACHED) != 0)
		return 0;
	/* What a layer above put in its place, on a platform of no windows. */
	if ((me.me_flags & BUSDMA_MEMORY_KVA) == 0 &&
	    t->dt_pl->pl_window == NULL &&
	    me.me_addr + (f.bf_len - 1) <= UINTPTR_MAX) {
		me.me_va = (uintptr_t)me.me_addr;
		me.me_flags |= BUSDMA_MEMORY_KVA;
	}
	for (; f.bf_len != 0; f.bf_len -= len) {
		len = coherent_front(cache_of(t), &f, &coherent);
		/* Where the kernel can't reach it, nor can the operations. */
		if (!coherent && (me.me_flags & BUSDMA_MEMORY_KVA) == 0 &&
		    t->dt_pl->pl_window == NULL)
			return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED);
		if (!coherent && !run_add(ca, fs->fs_max, &me, offset, len))
			return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_FRAGMENTS);
		f.bf_addr += len;
		me.me_addr += len;
		me.me_va += (uintptr_t)len;
		offset += len;
	}
	return 0;
}

static int
cache_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	struct cache_area *ca = busdma_map_area(t, map);
	bus_size_t offset = 0;
	unsigned i;
	int error;

	ca->ca_runs = busdma_map_array(t, map);
	ca->ca_nruns = 0;
	for (i = 0; i < fs->fs_count; i++) {
		error = frag_runs(t, map, fs, i, offset);
		if (error != 0)
			return error;
		offset += fs->fs_frag[i].bf_len;
	}
	runs_done(t, map, ca, (flags & both) != BUS_DMA_WRITE, fs->fs_func);
	ca->ca_last = offset;
	if (ca->ca_nruns == 1 && !ca->ca_rough && !cache_of(t)->ct_ordered &&
	    ca->ca_runs[0].ru_len == offset) {
		ca->ca_last = offset - 1;
		ca->ca_va = ca->ca_runs[0].ru_va;
		ca->ca_addr = ca->ca_runs[0].ru_addr;
	}
	fs->fs_quiet = cache_of(t)->ct_quiet;
	if (ca->ca_nruns == 0)
		fs->fs_quiet = ~0u;
	return 0;
}

/* Addresses pass as they are. */
static bool
cache_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	return busdma_reach(t->dt_lower, i, re);
}

static int cache_narrow(bus_dma_tag_t, bus_dma_tag_t,
    const struct bus_dma_limits *, bus_dma_tag_t *, int);

static const struct busdma_backend_ops cache_backend = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "noncoherent",
	.bo_stack = &busdma_stack,
	.bo_narrow = cache_narrow,
	.bo_load = cache_load,
	.bo_sync = cache_sync,
	.bo_syncalone = cache_syncalone,
	.bo_reach = cache_reach,
};

/* A tag with room for `n' coherent windows. */
static int
cache_alloc(bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, unsigned n, struct cache_tag **ctp,
    int flags)
{
	struct busdma_tag_config tc = {
		.tc_ops = &cache_backend,
		.tc_lower = lower,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size =
		    sizeof(struct cache_tag) + n * sizeof(struct coherent),
		.tc_area = sizeof(struct cache_area),
		.tc_record = sizeof(struct cache_run),
		.tc_memory = true,
		.tc_flags = flags,
	};
	bus_dma_tag_t t;
	int error;

	error = busdma_tag_create(&tc, &t);
	if (error == 0) {
		*ctp = cache_of(t);
		t->dt_line = t->dt_pl->pl_cpu->cpu_cache->ca_line;
		/* A PRE waits for the caches. */
		__atomic_store_n(t->dt_barrier,
		    t->dt_pl->pl_cpu->cpu_barrier_wc, __ATOMIC_RELAXED);
	}
	return error;
}

/* The shortcut is that of the layer below where that is all coherent. */
static void
cache_shortcut(struct cache_tag *ct)
{
	bus_dma_tag_t t = &ct->ct_tag, lower = t->dt_lower;
	const struct coherent *cw = ct->ct_coherent;
	unsigned i;

	for (i = 0; i < ct->ct_ncoherent; i++, cw++)
		if (lower->dt_winlow >= cw->cw_low &&
		    lower->dt_winhigh <= cw->cw_high)
			busdma_tag_shortcut(
			    t, lower->dt_winlow, lower->dt_winhigh, 0);
}

static int
cache_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	const struct cache_tag *from = cache_of(t);
	struct cache_tag *ct;
	int error;

	error = cache_alloc(lower, t, lim, from->ct_ncoherent, &ct, flags);
	if (error != 0)
		return error;
	memcpy(ct->ct_ops, from->ct_ops, sizeof(ct->ct_ops));
	ct->ct_quiet = from->ct_quiet;
	ct->ct_ordered = from->ct_ordered;
	ct->ct_finish = from->ct_finish;
	ct->ct_ncoherent = from->ct_ncoherent;
	memcpy(ct->ct_coherent, from->ct_coherent,
	    ct->ct_ncoherent * sizeof(ct->ct_coherent[0]));
	cache_shortcut(ct);
	*newtag = &ct->ct_tag;
	return 0;
}

/* What syncs do, as the table at the top says. */
static void
cache_choose(struct cache_tag *ct, const struct busdma_cache_ops *ca)
{
	struct cache_ops *co;
	int ops;

	ct->ct_finish = ca->ca_finish;
	ct->ct_ordered = (ca->ca_flags & BUSDMA_CACHE_NOSPECULATION) != 0;
	for (ops = 0; ops < 16; ops++) {
		co = &ct->ct_ops[ops];
		if ((ops & BUS_DMASYNC_PREREAD) != 0 && ct->ct_ordered)
			co->co_whole = co->co_edge = ca->ca_wbinv;
		else if ((ops & PRE) != 0)
			co->co_whole = co->co_edge = ca->ca_wb;
		else if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
			co->co_whole = ca->ca_inv;
			co->co_edge = ca->ca_wbinv;
		}
		if (co->co_whole == NULL)
			ct->ct_quiet |= 1u << ops;
	}
}

static bool
cache_ok(const struct busdma_cache_ops *ca, uint32_t page)
{
	return ca->ca_line >= 4 && ca->ca_line <= page &&
	       (ca->ca_line & (ca->ca_line - 1)) == 0 && ca->ca_wb != NULL &&
	       ca->ca_inv != NULL && ca->ca_wbinv != NULL;
}

static int
cache_make(bus_dma_tag_t lower, const struct bus_dma_window *windows,
    unsigned n, bus_dma_tag_t *newtag, int flags)
{
	const struct busdma_cache_ops *ca = lower->dt_pl->pl_cpu->cpu_cache;
	struct cache_tag *ct;
	struct coherent *cw;
	unsigned i;
	int error;

	if (!cache_ok(ca, lower->dt_pl->pl_pagesize))
		return EINVAL;
	error = cache_alloc(lower, NULL, NULL, n, &ct, flags);
	if (error != 0)
		return error;
	cache_choose(ct, ca);
	for (i = 0; i < n; i++, windows++) {
		if (windows->dw_flags != BUS_DMA_WINDOW_COHERENT)
			continue;
		cw = &ct->ct_coherent[ct->ct_ncoherent++];
		cw->cw_low = windows->dw_cpu;
		cw->cw_high = windows->dw_cpu + direct_window_span(windows);
	}
	cache_shortcut(ct);
	*newtag = &ct->ct_tag;
	return 0;
}

static int
cache_stack(const struct bus_dma_window *windows, unsigned n, bus_dma_tag_t *tp,
    int flags)
{
	bus_dma_tag_t lower = *tp;
	int error;

	error = cache_make(lower, windows, n, tp, flags);
	/* From here on it lives as long as what stands on it. */
	busdma_tag_release(lower);
	return error;
}

const struct busdma_noncoherent busdma_noncoherent = {
	.nc_stack = cache_stack,
};
