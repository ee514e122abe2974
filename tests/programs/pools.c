/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools.  A block is a buffer and a map at once, loaded by the pool.
 */
#include <string.h>

#include "program.h"

void
step_pool(struct program *pr)
{
	struct rnd *r = &pr->pr_rnd;
	struct tag *ta = some_tag(pr);
	uint32_t n = (uint32_t)rnd_in(r, 1, rnd_one_in(r, 3) ? MAXBLOCK : 200);
	bool lines = rnd_one_in(r, 2);
	bus_size_t align = lines ? LINE << rnd_below(r, 2)
			   : rnd_one_in(r, 2)
			       ? 0
			       : (bus_size_t)1 << rnd_below(r, 7);
	bus_size_t boundary =
	    rnd_one_in(r, 2) ? 0 : (bus_size_t)MAXBLOCK << rnd_below(r, 3);
	unsigned nready = (unsigned)rnd_below(r, 4);
	int flags = rnd_one_in(r, 2) ? BUS_DMA_COHERENT : 0, error;
	struct pool *po;

	for (po = pr->pr_pool; po != &pr->pr_pool[NPOOLS]; po++)
		if (po->po_pool == NULL)
			break;
	if (po == &pr->pr_pool[NPOOLS])
		return;
	say(pr, "make pool %d of tag %d: %u bytes", (int)(po - pr->pr_pool),
	    (int)(ta - pr->pr_tag), n);
	error = bus_dmapool_create(
	    ta->ta_tag, n, align, boundary, nready, flags, &po->po_pool);
	if (error != 0) {
		po->po_pool = NULL;
		fail(pr, "bus_dmapool_create: %d", error);
		return;
	}
	ta->ta_refs++;
	po->po_tag = ta;
	po->po_size = n;
	po->po_lines = lines;
	po->po_refs = 0;
}

void
pool_destroy(struct program *pr, struct pool *po)
{
	(void)pr;
	bus_dmapool_destroy(po->po_pool);
	po->po_pool = NULL;
	po->po_tag->ta_refs--;
}

void
step_pool_destroy(struct program *pr)
{
	struct pool *po = &pr->pr_pool[rnd_below(&pr->pr_rnd, NPOOLS)];

	if (po->po_pool == NULL || po->po_refs != 0)
		return;
	say(pr, "give up pool %d", (int)(po - pr->pr_pool));
	pool_destroy(pr, po);
}

/* The map that a block is. */
static void
block_map(struct program *pr, struct pool *po, struct buf *bf, struct map *mp,
    int dir)
{
	static const int both = BUS_DMA_READ | BUS_DMA_WRITE;

	memset(mp, 0, sizeof(*mp));
	mp->mp_tag = po->po_tag;
	mp->mp_pool = po;
	/* A device writes only where no line is shared. */
	mp->mp_dir = po->po_lines ? dir : BUS_DMA_WRITE;
	if (mp->mp_dir == 0)
		mp->mp_dir = both;
	mp->mp_size = po->po_size;
	mp->mp_nparts = 1;
	mp->mp_part[0] = (struct part){ bf, 0, po->po_size, 0 };
	if (map_arrays(pr, mp, po->po_size))
		mp->mp_loaded = true;
}

void
step_block(struct program *pr)
{
	struct pool *po = &pr->pr_pool[rnd_below(&pr->pr_rnd, NPOOLS)];
	int dir = (int)rnd_below(&pr->pr_rnd, 4) * BUS_DMA_READ;
	int m = some_map(pr, FREE), b = some_buf(pr, false);
	struct buf *bf;
	struct map *mp;

	if (po->po_pool == NULL || m < 0 || b < 0)
		return;
	say(pr, "block of pool %d: map %d, buffer %d", (int)(po - pr->pr_pool),
	    m, b);
	bf = &pr->pr_buf[b];
	mp = &pr->pr_map[m];
	if (!buf_init(pr, bf, BLOCK, po->po_size))
		return;
	block_map(pr, po, bf, mp, dir);
	mp->mp_block = bus_dmapool_alloc(po->po_pool, 0);
	if (mp->mp_block == NULL) {
		fail(pr, "bus_dmapool_alloc");
		return;
	}
	slots_block(pr, mp);
	po->po_refs++;
	bf->bf_refs++;
	bf->bf_va = mp->mp_block->pb_kva;
	buf_bytes(pr, bf, 0, bf->bf_size);
	if (!pr->pr_failed)
		cpu_store(pr, bf, 0, bf->bf_size, 0);
}

void
block_free(struct program *pr, struct map *mp)
{
	struct buf *bf = mp->mp_part[0].pa_buf;

	post_all(pr, mp);
	cpu_look_all(pr, bf);
	busdma_sim_interrupt(pr->pr_sim, true);
	bus_dmapool_free(mp->mp_pool->po_pool, mp->mp_block);
	busdma_sim_interrupt(pr->pr_sim, false);
	mp->mp_pool->po_refs--;
	map_no_arrays(mp);
	mp->mp_tag = NULL;
	buf_fini(bf);
}

void
step_block_free(struct program *pr)
{
	int m = some_map(pr, BLOCKS);

	if (m < 0)
		return;
	say(pr, "free the block of map %d", m);
	block_free(pr, &pr->pr_map[m]);
}
