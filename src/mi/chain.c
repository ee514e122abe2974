/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of chains: mbufs, uios, and any type of the host's own, through
 * accessors.  A chain is measured while it is walked, and not believed.
 */
#include "load.h"

/* Parts asked for in one call of the accessor. */
#define NPARTS 8

/* Parts of length 0 in a row; a chain with more must be a circle. */
#define MAXEMPTY 65536

static int
walk_chain(struct load *ld, const struct origin *og)
{
	struct busdma_chain_iter ci = og->og_iter;
	struct busdma_part parts[NPARTS];
	bus_size_t left = ld->ld_total, len;
	unsigned empty = 0;
	size_t i, n;
	int error;

	do {
		n = og->og_ops->ch_parts(&ci, parts, NPARTS);
		if (n > NPARTS)
			return EINVAL;
		for (i = 0; i < n; i++) {
			len = parts[i].pt_len;
			if (len == 0) {
				if (++empty > MAXEMPTY)
					return EINVAL;
				continue;
			}
			empty = 0;
			if (len > left)
				return EINVAL;
			error = busdma_load_linear(
			    ld, og, (uintptr_t)parts[i].pt_addr, len);
			if (error != 0)
				return error;
			left -= len;
		}
	} while (n == NPARTS);
	return left == 0 ? 0 : EINVAL;
}

/* A chain that says it has no bytes: it must have none. */
static int
chain_empty(const struct origin *og)
{
	struct busdma_chain_iter ci = og->og_iter;
	struct busdma_part parts[NPARTS];
	unsigned empty = 0;
	size_t i, n;

	do {
		n = og->og_ops->ch_parts(&ci, parts, NPARTS);
		for (i = 0; i < n && i < NPARTS; i++)
			if (parts[i].pt_len != 0 || ++empty > MAXEMPTY)
				return EINVAL;
	} while (n == NPARTS);
	return n < NPARTS ? 0 : EINVAL;
}

/* The quick way; anything but the usual is LOAD_AGAIN. */
static int
quick_chain(
    bus_dma_tag_t t, bus_dmamap_t map, const struct origin *og, int flags)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_chain_iter ci = og->og_iter;
	struct busdma_part parts[NPARTS];
	struct busdma_frag frags[BUSDMA_NFRAGS];
	bus_size_t left = og->og_len, len;
	struct segments sg;
	size_t i, n;

	segments_init(&sg, t, map);
	do {
		n = og->og_ops->ch_parts(&ci, parts, NPARTS);
		if (n > NPARTS)
			return LOAD_AGAIN;
		for (i = 0; i < n; i++) {
			uintptr_t va = (uintptr_t)parts[i].pt_addr;

			len = parts[i].pt_len;
			if (len - 1 >= left ||
			    load_quick_linear(&sg, t, map, og->og_space, va,
				len, frags,
				pl->pl_extract(pl, og->og_space, va, len, frags,
				    BUSDMA_NFRAGS)) != 0)
				return LOAD_AGAIN;
			left -= len;
		}
	} while (n == NPARTS);
	if (left != 0)
		return LOAD_AGAIN;
	return load_finish(t, map, og->og_len, sg.sg_open, flags);
}

static int
load_chain(const char *func, bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_chain_ops *ops, const void *chain, int flags)
{
	struct origin og;
	int error;

	error = EINVAL;
	if (ops != NULL && ops->ch_size == sizeof(*ops) && chain != NULL)
		error = ops->ch_open(chain, &og.og_iter);
	og.og_func = func;
	og.og_ops = ops;
	if (error == 0) {
		og.og_space = og.og_iter.ci_space;
		og.og_len = og.og_iter.ci_total;
		if (og.og_len == 0)
			error = chain_empty(&og);
	}
	if (error != 0) {
		/* The map is left as after any failed load. */
		int foreign = busdma_load_fresh(func, t, map);

		return foreign != 0 ? foreign : error;
	}
	if (load_quick(t, map, og.og_len)) {
		error = quick_chain(t, map, &og, flags);
		if (error != LOAD_AGAIN)
			return error;
	}
	return busdma_load_general(t, map, &og, walk_chain, flags);
}

int
bus_dmamap_load_chain(bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_chain_ops *ops, const void *chain, int flags)
{
	return load_chain("bus_dmamap_load_chain", t, map, ops, chain, flags);
}

int
bus_dmamap_load_mbuf(
    bus_dma_tag_t t, bus_dmamap_t map, struct mbuf *m, int flags)
{
	return load_chain("bus_dmamap_load_mbuf", t, map,
	    t != NULL ? t->dt_pl->pl_mbuf : NULL, m, flags);
}

int
bus_dmamap_load_uio(
    bus_dma_tag_t t, bus_dmamap_t map, struct uio *uio, int flags)
{
	return load_chain("bus_dmamap_load_uio", t, map,
	    t != NULL ? t->dt_pl->pl_uio : NULL, uio, flags);
}
