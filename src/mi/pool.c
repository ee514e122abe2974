/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools of small blocks.
 *
 * A chunk is one run of pages, mapped, loaded in a map of its own, and cut
 * into blocks.  Blocks are known by structures that stand beside the memory,
 * one array a chunk; the free ones are on a list through these.  A block in
 * use points at itself, so that a second free is seen.
 *
 * Blocks are put on the list by one compare-and-swap, and taken off it by one
 * under the lock: as nobody else takes any off meanwhile, the block that was
 * seen at the front is still followed by what was seen behind it, whatever was
 * put before it.  A machine without compare-and-swap takes the lock for both.
 */
#include <busdma/bus_dmapool.h>

#include "mi.h"

/* A constant; what a test of the other kind of machine sets itself. */
#ifndef BUSDMA_CAS
#define BUSDMA_CAS __atomic_always_lock_free(sizeof(void *), 0)
#endif

/* All but the two lists is constant once the pool is made. */
struct bus_dmapool {
	struct bus_dmapool_block *dp_free; /* taken from under dp_lock */
	const struct busdma_platform *dp_pl;
	struct bus_dmapool_chunk *dp_chunks; /* under dp_lock */
	busdma_lock_t dp_lock;
	bus_dma_tag_t dp_tag;
	bus_size_t dp_size;
	bus_size_t dp_alignmask;
	bus_size_t dp_bspan; /* boundary - 1; none: all ones */
	int dp_flags;        /* of mappings */
};

struct bus_dmapool_chunk {
	struct bus_dmapool_chunk *ch_next;
	bus_dmapool_t ch_pool;
	bus_dma_segment_t ch_seg; /* physical */
	void *ch_kva;
	bus_dmamap_t ch_map;
	size_t ch_bytes;   /* of this structure */
	bus_size_t ch_len; /* of the mapping */
	unsigned ch_nblocks;
	struct bus_dmapool_block ch_block[];
};

/*
 * Where in a chunk of bus addresses [base, base + len) the first block at or
 * behind offset `off' begins; `len' where none does.
 */
static bus_size_t
block_next(const struct bus_dmapool *pool, bus_addr_t base, bus_size_t len,
    bus_size_t linemask, bus_size_t off)
{
	bus_size_t span = pool->dp_size - 1;
	bus_addr_t addr;

	off += -(base + off) & (pool->dp_alignmask | linemask);
	addr = base + off;
	/*
	 * What crosses a boundary moves behind it.  No block does that begins
	 * with a line, or with an alignment, longer than from one to the next.
	 */
	if ((addr ^ (addr + span)) > pool->dp_bspan)
		off += (addr | pool->dp_bspan) - addr + 1;
	return off < len && span < len - off ? off : len;
}

/*
 * Cut a chunk into blocks, onto a list; or, with `ch' NULL, count them.  No two
 * share what `linemask' masks.
 */
static unsigned
chunk_cut(struct bus_dmapool *pool, bus_addr_t base, bus_size_t len,
    bus_size_t linemask, struct bus_dmapool_chunk *ch)
{
	struct bus_dmapool_block *pb;
	bus_size_t off;
	unsigned n = 0;

	for (off = block_next(pool, base, len, linemask, 0); off < len;
	     off = block_next(pool, base, len, linemask, off + pool->dp_size),
	    n++) {
		if (ch == NULL)
			continue;
		pb = &ch->ch_block[n];
		pb->pb_kva = (char *)ch->ch_kva + off;
		pb->pb_addr = base + off;
		pb->_pb_chunk = ch;
		pb->_pb_next = pb + 1;
	}
	return n;
}

/* Bytes of a chunk, all in one segment: a page, or as many as a block needs. */
static bus_size_t
chunk_size(const struct bus_dmapool *pool)
{
	const struct bus_dma_limits *lim = &pool->dp_tag->dt_limits;
	bus_size_t page = pool->dp_pl->pl_pagesize;
	bus_size_t size = (pool->dp_size + (page - 1)) & ~(page - 1);

	size = busdma_minlimit(size, lim->dl_boundary);
	return size < lim->dl_maxsegsz ? size : lim->dl_maxsegsz;
}

static void
chunk_free(struct bus_dmapool_chunk *ch)
{
	const struct busdma_platform *pl = ch->ch_pool->dp_pl;
	bus_dma_tag_t t = ch->ch_pool->dp_tag;

	bus_dmamap_destroy(t, ch->ch_map);
	bus_dmamem_unmap(t, ch->ch_kva, (size_t)ch->ch_len);
	bus_dmamem_free(t, &ch->ch_seg, 1);
	pl->pl_free(pl, ch, ch->ch_bytes);
}

/*
 * Where devices don't see the CPU's caches, blocks in cached memory must not
 * share a line: a sync of one would work on another.
 */
static bus_size_t
chunk_linemask(
    const struct bus_dmapool *pool, const struct bus_dmapool_chunk *ch)
{
	const struct busdma_platform *pl = pool->dp_pl;
	uint32_t line = pool->dp_tag->dt_line;

	if (line == 0 || (pl->pl_memory != NULL &&
			     (pl->pl_memory(pl, NULL, (uintptr_t)ch->ch_kva,
				  ch->ch_seg.ds_addr, ch->ch_len) &
				 BUSDMA_MEMORY_UNCACHED) != 0))
		return 0;
	return line - 1;
}

/* The structures of a chunk whose memory is mapped and loaded. */
static int
chunk_blocks(struct bus_dmapool *pool, const struct bus_dmapool_chunk *made,
    int flags, struct bus_dmapool_chunk **chp)
{
	const struct busdma_platform *pl = pool->dp_pl;
	bus_addr_t base = made->ch_map->dm_segs[0].ds_addr;
	bus_size_t linemask = chunk_linemask(pool, made);
	struct bus_dmapool_chunk *ch;
	size_t bytes;
	unsigned n;

	n = chunk_cut(pool, base, made->ch_len, linemask, NULL);
	/* An alignment that the bus addresses do not have. */
	if (n == 0)
		return EINVAL;
	bytes = sizeof(*ch) + n * sizeof(ch->ch_block[0]);
	ch = pl->pl_alloc(pl, bytes, flags);
	if (ch == NULL)
		return ENOMEM;
	*ch = *made;
	ch->ch_pool = pool;
	ch->ch_bytes = bytes;
	ch->ch_nblocks = n;
	(void)chunk_cut(pool, base, ch->ch_len, linemask, ch);
	*chp = ch;
	return 0;
}

/*
 * Memory for a chunk, mapped and loaded, and its blocks; all or nothing.
 * flags: NOWAIT.
 */
static int
chunk_make(struct bus_dmapool *pool, int flags, struct bus_dmapool_chunk **chp)
{
	struct bus_dmapool_chunk made = { 0 };
	bus_size_t boundary = pool->dp_bspan + 1;
	bus_dma_tag_t t = pool->dp_tag;
	int error, nsegs;

	made.ch_len = chunk_size(pool);
	/* Blocks keep to a smaller one inside the chunk. */
	if (boundary < made.ch_len)
		boundary = 0;
	error = bus_dmamem_alloc(t, made.ch_len, pool->dp_alignmask + 1,
	    boundary, &made.ch_seg, 1, &nsegs, flags);
	if (error != 0)
		return error;
	error = bus_dmamem_map(t, &made.ch_seg, 1, (size_t)made.ch_len,
	    &made.ch_kva, pool->dp_flags | flags);
	if (error != 0)
		goto free;
	error = bus_dmamap_create(t, made.ch_len, 1, made.ch_len, boundary,
	    BUS_DMA_ALLOCNOW | BUS_DMA_NOBOUNCE | flags, &made.ch_map);
	if (error != 0)
		goto unmap;
	/* For a person's eyes: it may well fail, and may wait. */
	if (flags == 0)
		(void)bus_dmamap_label(t, made.ch_map, "bus_dmapool");
	/* What is known of memory is known of how the CPU reaches it. */
	if (t->dt_line != 0)
		error = bus_dmamap_load(t, made.ch_map, made.ch_kva,
		    made.ch_len, NULL, flags | BUS_DMA_OWNLINES);
	else
		error = bus_dmamap_load_raw(
		    t, made.ch_map, &made.ch_seg, 1, made.ch_len, flags);
	if (error == 0)
		error = chunk_blocks(pool, &made, flags, chp);
	if (error == 0)
		return 0;
	bus_dmamap_destroy(t, made.ch_map);
unmap:
	bus_dmamem_unmap(t, made.ch_kva, (size_t)made.ch_len);
free:
	bus_dmamem_free(t, &made.ch_seg, 1);
	return error;
}

/* Put blocks on the free list, of which `first' leads to `last'. */
static inline void
pool_push(struct bus_dmapool *pool, struct bus_dmapool_block *first,
    struct bus_dmapool_block *last)
{
	const struct busdma_platform *pl = pool->dp_pl;
	struct bus_dmapool_block *head;

	if (!BUSDMA_CAS) {
		pl->pl_lock(pl, &pool->dp_lock);
		last->_pb_next = pool->dp_free;
		pool->dp_free = first;
		pl->pl_unlock(pl, &pool->dp_lock);
		return;
	}
	head = __atomic_load_n(&pool->dp_free, __ATOMIC_RELAXED);
	do
		last->_pb_next = head;
	while (!__atomic_compare_exchange_n(&pool->dp_free, &head, first, true,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* Take one off it; NULL: there is none.  Under the lock. */
static inline struct bus_dmapool_block *
pool_pop(struct bus_dmapool *pool)
{
	struct bus_dmapool_block *pb;

	if (!BUSDMA_CAS) {
		pb = pool->dp_free;
		if (pb != NULL)
			pool->dp_free = pb->_pb_next;
		return pb;
	}
	pb = __atomic_load_n(&pool->dp_free, __ATOMIC_ACQUIRE);
	do
		if (pb == NULL)
			return NULL;
	while (!__atomic_compare_exchange_n(&pool->dp_free, &pb, pb->_pb_next,
	    true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE));
	/* Where the swap succeeded; the compiler does not know. */
	if (pb == NULL)
		__builtin_unreachable();
	return pb;
}

/* A chunk more. */
static int
pool_grow(struct bus_dmapool *pool, int flags)
{
	const struct busdma_platform *pl = pool->dp_pl;
	struct bus_dmapool_chunk *ch;
	int error;

	error = chunk_make(pool, flags, &ch);
	if (error != 0)
		return error;
	pl->pl_lock(pl, &pool->dp_lock);
	ch->ch_next = pool->dp_chunks;
	pool->dp_chunks = ch;
	pl->pl_unlock(pl, &pool->dp_lock);
	pool_push(pool, &ch->ch_block[0], &ch->ch_block[ch->ch_nblocks - 1]);
	return 0;
}

/* Give all of it back; no block is in use. */
static void
pool_free(struct bus_dmapool *pool)
{
	const struct busdma_platform *pl = pool->dp_pl;
	bus_dma_tag_t t = pool->dp_tag;
	struct bus_dmapool_chunk *ch;

	while ((ch = pool->dp_chunks) != NULL) {
		pool->dp_chunks = ch->ch_next;
		chunk_free(ch);
	}
	pl->pl_free(pl, pool, sizeof(*pool));
	busdma_tag_drop(t);
}

int
bus_dmapool_create(bus_dma_tag_t t, bus_size_t size, bus_size_t alignment,
    bus_size_t boundary, unsigned nready, int flags, bus_dmapool_t *poolp)
{
	const struct busdma_platform *pl;
	struct bus_dmapool *pool;
	const int now = flags & BUS_DMA_NOWAIT;
	unsigned n = 0;
	int error;

	if (t == NULL || poolp == NULL || size == 0 ||
	    (alignment & (alignment - 1)) != 0 ||
	    (boundary & (boundary - 1)) != 0 ||
	    (boundary != 0 && boundary < size))
		return EINVAL;
	pl = t->dt_pl;
	if (alignment == 0)
		alignment = 8;
	if (alignment < t->dt_limits.dl_alignment)
		alignment = t->dt_limits.dl_alignment;
	/* More than any chunk is. */
	if (size > SIZE_MAX >> 1 || size > -(bus_size_t)pl->pl_pagesize)
		return EINVAL;
	pool = pl->pl_alloc(pl, sizeof(*pool), now);
	if (pool == NULL)
		return ENOMEM;
	*pool = (struct bus_dmapool){
		.dp_pl = pl,
		.dp_tag = t,
		.dp_size = size,
		.dp_alignmask = alignment - 1,
		.dp_bspan = boundary - 1,
		.dp_flags = flags & BUS_DMA_COHERENT,
	};
	error = busdma_tag_hold(t, "bus_dmapool_create");
	if (error != 0) {
		pl->pl_free(pl, pool, sizeof(*pool));
		return error;
	}
	/* The tag leaves no segment that holds a block. */
	if (chunk_size(pool) < size)
		error = EINVAL;
	while (error == 0 && n < nready) {
		error = pool_grow(pool, now);
		if (error == 0)
			n += pool->dp_chunks->ch_nblocks;
	}
	if (error != 0) {
		pool_free(pool);
		return error;
	}
	*poolp = pool;
	return 0;
}

/* How many blocks are in use.  Under the lock. */
static unsigned
pool_used(const struct bus_dmapool *pool)
{
	const struct bus_dmapool_chunk *ch;
	unsigned i, used = 0;

	for (ch = pool->dp_chunks; ch != NULL; ch = ch->ch_next)
		for (i = 0; i < ch->ch_nblocks; i++)
			used += ch->ch_block[i]._pb_next == &ch->ch_block[i];
	return used;
}

void
bus_dmapool_destroy(bus_dmapool_t pool)
{
	const struct busdma_platform *pl;
	unsigned used;

	if (pool == NULL)
		return;
	pl = pool->dp_pl;
	pl->pl_lock(pl, &pool->dp_lock);
	used = pool_used(pool);
	pl->pl_unlock(pl, &pool->dp_lock);
	if (used != 0)
		busdma_report(pool->dp_tag, NULL, BUSDMA_REPORT_POOLBUSY,
		    "bus_dmapool_destroy", (uintptr_t)pool, used);
	else
		pool_free(pool);
}

/* The list was empty; the lock is held, and is given up. */
static BUSDMA_COLD struct bus_dmapool_block *
alloc_slow(struct bus_dmapool *pool, int flags)
{
	pool->dp_pl->pl_unlock(pool->dp_pl, &pool->dp_lock);
	if ((flags & BUS_DMA_NOWAIT) != 0 || pool_grow(pool, 0) != 0)
		return NULL;
	/* Others may have been quicker; then once more. */
	return bus_dmapool_alloc(pool, flags);
}

struct bus_dmapool_block *
bus_dmapool_alloc(bus_dmapool_t pool, int flags)
{
	struct bus_dmapool_block *pb;

	pool->dp_pl->pl_lock(pool->dp_pl, &pool->dp_lock);
	/*
	 * Not an access: without it the compiler keeps the lock's address in
	 * a register, for which it makes room at entry.
	 */
	__asm__("" : "+r"(pool));
	pb = pool_pop(pool);
	if (pb == NULL)
		return alloc_slow(pool, flags);
	pb->_pb_next = pb;
	pool->dp_pl->pl_unlock(pool->dp_pl, &pool->dp_lock);
	return pb;
}

static BUSDMA_COLD void
free_report(struct bus_dmapool *pool, const struct bus_dmapool_block *pb)
{
	busdma_report(pool->dp_tag, NULL, BUSDMA_REPORT_POOLFREE,
	    "bus_dmapool_free", pb != NULL ? pb->pb_addr : 0, pool->dp_size);
}

void
bus_dmapool_free(bus_dmapool_t pool, struct bus_dmapool_block *pb)
{
	if (pb != NULL && pb->_pb_next == pb && pb->_pb_chunk->ch_pool == pool)
		pool_push(pool, pb, pb);
	else
		free_report(pool, pb);
}

void
bus_dmapool_sync(bus_dmapool_t pool, struct bus_dmapool_block *pb,
    bus_size_t offset, bus_size_t len, int ops)
{
	const struct bus_dmapool_chunk *ch;

	if (pb == NULL || pb->_pb_chunk->ch_pool != pool) {
		busdma_report(pool->dp_tag, NULL, BUSDMA_REPORT_SYNCRANGE,
		    "bus_dmapool_sync", offset, len);
		return;
	}
	ch = pb->_pb_chunk;
	if (offset > pool->dp_size || len > pool->dp_size - offset) {
		busdma_report(pool->dp_tag, ch->ch_map, BUSDMA_REPORT_SYNCRANGE,
		    "bus_dmapool_sync", offset, len);
		if (offset > pool->dp_size)
			offset = pool->dp_size;
		if (len > pool->dp_size - offset)
			len = pool->dp_size - offset;
	}
	offset += pb->pb_addr - ch->ch_map->dm_segs[0].ds_addr;
	bus_dmamap_sync(pool->dp_tag, ch->ch_map, offset, len, ops);
}
