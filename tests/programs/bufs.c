/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: the kernel's, processes', and that of bus_dmamem_alloc. */
#include "program.h"

/* Whole lines; seldom much; often whole pages, where these are small. */
static uint32_t
draw_size(struct program *pr, uint32_t max)
{
	struct rnd *r = &pr->pr_rnd;
	uint32_t most = rnd_one_in(r, 6) ? max : 12288;
	uint32_t n = LINE * (uint32_t)rnd_in(r, 1, most / LINE);

	return rnd_one_in(r, 3) ? (n + 4095) / 4096 * 4096 : n;
}

static paddr_t
pager(void *arg, int64_t off, int prot)
{
	struct buf *bf = arg;

	return bus_dmamem_mmap(
	    bf->bf_tag->ta_tag, bf->bf_seg, bf->bf_nsegs, off, prot, 0);
}

static int
map_flags(struct rnd *r)
{
	static const int flags[] = { 0, BUS_DMA_COHERENT, BUS_DMA_COHERENT,
		BUS_DMA_NOCACHE, BUS_DMA_PREFETCHABLE, BUS_DMA_STREAMING };

	return flags[rnd_below(r, NITEMS(flags))];
}

/* Allocate and map, perhaps more than once. */
static void
make_dma(struct program *pr, struct buf *bf)
{
	struct rnd *r = &pr->pr_rnd;
	bus_size_t align = rnd_one_in(r, 2) ? 0 : 1u << rnd_below(r, 17);
	bus_size_t boundary =
	    rnd_one_in(r, 2) ? 0 : (bus_size_t)TAGBOUNDARY << rnd_below(r, 4);
	int nsegs = rnd_one_in(r, 3) ? 1 : (int)rnd_in(r, 1, 8);
	int flags = map_flags(r);
	bool alias = rnd_one_in(r, 4), user = rnd_one_in(r, 4);
	void *kva = NULL, *second = NULL;
	int error;

	bf->bf_tag = some_tag(pr);
	error = bus_dmamem_alloc(bf->bf_tag->ta_tag, bf->bf_size, align,
	    boundary, bf->bf_seg, nsegs, &bf->bf_nsegs, flags);
	if (error != 0) {
		fail(pr, "bus_dmamem_alloc: %d", error);
		return;
	}
	bf->bf_tag->ta_refs++;
	error = bus_dmamem_map(bf->bf_tag->ta_tag, bf->bf_seg, bf->bf_nsegs,
	    bf->bf_size, &kva, flags);
	if (error == 0 && alias)
		error = bus_dmamem_map(bf->bf_tag->ta_tag, bf->bf_seg,
		    bf->bf_nsegs, bf->bf_size, &second, flags);
	if (error != 0)
		fail(pr, "bus_dmamem_map: %d", error);
	bf->bf_va = kva;
	bf->bf_alias = second;
	if (user)
		bf->bf_user = busdma_sim_mmap(pr->pr_sim, pr->pr_proc[0],
		    bf->bf_size, pager, bf,
		    BUSDMA_SIM_PROT_READ | BUSDMA_SIM_PROT_WRITE);
}

static void
make_buf(struct program *pr, struct buf *bf)
{
	struct rnd *r = &pr->pr_rnd;

	if (bf->bf_kind == DMA) {
		make_dma(pr, bf);
	} else if (bf->bf_kind == USER) {
		bf->bf_proc = pr->pr_proc[rnd_below(r, 2)];
		bf->bf_va =
		    busdma_sim_umalloc(pr->pr_sim, bf->bf_proc, bf->bf_size);
	} else if (rnd_one_in(r, 4)) {
		bf->bf_va = busdma_sim_kmalloc_frag(pr->pr_sim, bf->bf_size,
		    (enum busdma_sim_frag)rnd_below(r, 3));
	} else {
		bf->bf_va = busdma_sim_kmalloc(pr->pr_sim, bf->bf_size);
	}
	if (bf->bf_va == NULL)
		fail(pr, "no memory");
}

void
step_buf(struct program *pr)
{
	static const enum kind kinds[] = { KERNEL, KERNEL, USER, DMA, DMA };
	enum kind kind = kinds[rnd_below(&pr->pr_rnd, NITEMS(kinds))];
	uint32_t n = draw_size(pr, kind == DMA ? MAXDMA : MAXBUF);
	int i = some_buf(pr, false);
	struct buf *bf;

	if (i < 0)
		return;
	say(pr, "make buffer %d: %u bytes, kind %d", i, n, (int)kind);
	bf = &pr->pr_buf[i];
	if (!buf_init(pr, bf, kind, n))
		return;
	make_buf(pr, bf);
	buf_bytes(pr, bf, 0, n);
	if (!pr->pr_failed)
		cpu_store(pr, bf, 0, n, 0);
}

static void
free_dma(struct program *pr, struct buf *bf)
{
	bus_dma_tag_t t = bf->bf_tag->ta_tag;

	if (bf->bf_user != NULL)
		busdma_sim_ufree(pr->pr_sim, pr->pr_proc[0], bf->bf_user);
	if (bf->bf_alias != NULL)
		bus_dmamem_unmap(t, bf->bf_alias, bf->bf_size);
	bus_dmamem_unmap(t, bf->bf_va, bf->bf_size);
	bus_dmamem_free(t, bf->bf_seg, bf->bf_nsegs);
	bf->bf_tag->ta_refs--;
}

void
buf_free(struct program *pr, struct buf *bf)
{
	cpu_look_all(pr, bf);
	if (bf->bf_kind == DMA)
		free_dma(pr, bf);
	else if (bf->bf_kind == USER)
		busdma_sim_ufree(pr->pr_sim, bf->bf_proc, bf->bf_va);
	else
		busdma_sim_kfree(pr->pr_sim, bf->bf_va);
	buf_fini(bf);
}

void
step_buf_free(struct program *pr)
{
	int i = some_buf(pr, true);

	if (i < 0 || pr->pr_buf[i].bf_refs != 0)
		return;
	say(pr, "free buffer %d", i);
	buf_free(pr, &pr->pr_buf[i]);
}
