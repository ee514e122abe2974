/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of chains: mbufs, uios, and any type of the host's own, through
 * accessors.  A chain is measured while it is walked, and not believed.
 */
#include "chain.h"

#define CHAIN_BAD BUSDMA_WHY(EINVAL, BUS_DMA_WHY_ORIGIN)

/* Parts asked for in one call of the accessor. */
#define NPARTS 8

/* Parts of length 0 in a row; a chain with more must be a circle. */
#define MAXEMPTY 65536

/* An accessor finds no flag set. */
static void
parts_clear(struct busdma_part *parts)
{
	unsigned i;

	for (i = 0; i < NPARTS; i++)
		parts[i].pt_flags = 0;
}

static int
walk_chain(struct load *ld, const struct origin *og)
{
	struct busdma_chain_iter ci;
	struct busdma_part parts[NPARTS];
	bus_size_t left = ld->ld_total, len;
	unsigned empty = 0;
	size_t i, n;
	int error;

	/* A load may walk twice. */
	ci = og->og_iter;
	do {
		parts_clear(parts);
		n = og->og_ops->ch_parts(&ci, parts, NPARTS);
		if (n > NPARTS)
			return CHAIN_BAD;
		for (i = 0; i < n; i++) {
			len = parts[i].pt_len;
			ld->ld_part = parts[i].pt_flags;
			if (len == 0) {
				if (++empty > MAXEMPTY)
					return CHAIN_BAD;
				continue;
			}
			empty = 0;
			if (len > left)
				return CHAIN_BAD;
			error = busdma_load_linear(
			    ld, og, (uintptr_t)parts[i].pt_addr, len);
			if (error != 0)
				return error;
			left -= len;
		}
	} while (n == NPARTS);
	return left == 0 ? 0 : CHAIN_BAD;
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
		parts_clear(parts);
		n = og->og_ops->ch_parts(&ci, parts, NPARTS);
		for (i = 0; i < n && i < NPARTS; i++)
			if (parts[i].pt_len != 0 || ++empty > MAXEMPTY)
				return CHAIN_BAD;
	} while (n == NPARTS);
	return n < NPARTS ? 0 : CHAIN_BAD;
}

static bool
chain_ops_ok(const struct busdma_chain_ops *ops)
{
	return ops != NULL && ops->ch_size >= sizeof(*ops) &&
	       ops->ch_open != NULL && ops->ch_parts != NULL;
}

int
busdma_chain_part(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    busdma_space_t space, const struct busdma_part *pt,
    struct busdma_frag *frags, unsigned n)
{
	const struct busdma_platform *pl = t->dt_pl;
	uintptr_t va = (uintptr_t)pt->pt_addr;
	bus_size_t left = pt->pt_len, some;

	for (;;) {
		if (n == 0) {
			sg->sg_where = va;
			return busdma_load_failed(t, map, sg,
			    BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED));
		}
		if (n > BUSDMA_NFRAGS)
			return LOAD_AGAIN;
		some = busdma_segments_quick(sg, t, map, frags, n);
		if (some - 1 >= left)
			return LOAD_AGAIN;
		left -= some;
		if (left == 0)
			return 0;
		va += (uintptr_t)some;
		n = pl->pl_extract(pl, space, va, left, frags, BUSDMA_NFRAGS);
	}
}

/* A chain seen through accessors, which are asked for some parts at a time. */
struct cursor {
	const struct busdma_chain_ops *cu_ops;
	struct busdma_chain_iter cu_iter;
	const struct busdma_part *cu_next, *cu_stop;
	struct busdma_part cu_parts[NPARTS];
};

static bool
cursor_fill(struct cursor *cu)
{
	size_t n;

	/* The last answer was the end. */
	if (cu->cu_stop != cu->cu_parts + NPARTS)
		return false;
	parts_clear(cu->cu_parts);
	n = cu->cu_ops->ch_parts(&cu->cu_iter, cu->cu_parts, NPARTS);
	cu->cu_next = cu->cu_parts;
	/* More than asked for is left to the general way: a part of none. */
	if (n > NPARTS) {
		n = 1;
		cu->cu_parts[0].pt_len = 0;
	}
	cu->cu_stop = cu->cu_parts + n;
	return n != 0;
}

static inline bool
cursor_next(void *cursor, struct busdma_part *pt)
{
	struct cursor *cu = cursor;

	if (cu->cu_next == cu->cu_stop && !cursor_fill(cu))
		return false;
	*pt = *cu->cu_next++;
	return true;
}

/* What an accessor returned, which may be no error number. */
static int
open_error(int error)
{
	if (error < 0 || (error & 0xff) == 0)
		error = EFAULT;
	return BUSDMA_WHY(error & 0xff, BUS_DMA_WHY_ORIGIN);
}

int
busdma_chain_general(bus_dma_tag_t t, bus_dmamap_t map, const void *chain,
    int flags, const struct busdma_chain_ops *ops, const char *func)
{
	struct origin og;
	int error;

	/* Before anything else, what every load begins with. */
	error = busdma_load_fresh(func, t, map);
	if (error != 0)
		return error;
	og.og_walk = walk_chain;
	og.og_func = func;
	og.og_ops = ops;
	error = CHAIN_BAD;
	if (chain_ops_ok(ops) && chain != NULL) {
		error = ops->ch_open(chain, &og.og_iter);
		if (error != 0)
			error = open_error(error);
	}
	if (error == 0 && og.og_iter.ci_total == 0)
		error = chain_empty(&og);
	if (error != 0)
		return busdma_load_failed(t, map, NULL, error);
	og.og_space = og.og_iter.ci_space;
	og.og_len = og.og_iter.ci_total;
	return busdma_load_general(t, map, &og, flags);
}

int
busdma_chain_load(bus_dma_tag_t t, bus_dmamap_t map, const void *chain,
    int flags, const struct busdma_chain_ops *ops, const char *func)
{
	struct cursor cu;
	int error;

	if (!BUSDMA_SMALL && chain_ops_ok(ops) && chain != NULL &&
	    ops->ch_open(chain, &cu.cu_iter) == 0 &&
	    load_quick(t, map, cu.cu_iter.ci_total)) {
		cu.cu_ops = ops;
		cu.cu_next = cu.cu_stop = cu.cu_parts + NPARTS;
		error = chain_quick(t, map, cu.cu_iter.ci_total,
		    cu.cu_iter.ci_space, cursor_next, &cu, flags);
		if (error != LOAD_AGAIN)
			return error;
	}
	return busdma_chain_general(t, map, chain, flags, ops, func);
}

int
bus_dmamap_load_chain(bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_chain_ops *ops, const void *chain, int flags)
{
	return busdma_chain_load(
	    t, map, chain, flags, ops, "bus_dmamap_load_chain");
}
