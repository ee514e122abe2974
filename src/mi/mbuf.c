/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of mbuf chains, and the library's own struct mbuf.
 */
#include <busdma/mbuf.h>

#include "chain.h"

static int
mbuf_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct mbuf *m = chain;

	if ((m->m_flags & M_PKTHDR) == 0)
		return EINVAL;
	/* A negative length becomes one that no chain has. */
	ci->ci_total = (bus_size_t)(int64_t)m->m_pkthdr.len;
	ci->ci_space = NULL;
	ci->ci_next = m;
	return 0;
}

static inline bool
mbuf_next(void *cursor, struct busdma_part *pt)
{
	struct busdma_chain_iter *ci = cursor;
	const struct mbuf *m = ci->ci_next;

	if (m == NULL)
		return false;
	pt->pt_addr = m->m_data;
	/* A negative length becomes one that no total allows. */
	pt->pt_len = (bus_size_t)(int64_t)m->m_len;
	ci->ci_next = m->m_next;
	return true;
}

static size_t
mbuf_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct mbuf *m;
	size_t i;

	for (i = 0; i < n; i++) {
		m = ci->ci_next;
		if (!mbuf_next(ci, &parts[i]))
			break;
		/* A cluster is whole lines; what stands in an mbuf is not. */
		if ((m->m_flags & M_EXT_CLUSTER) != 0)
			parts[i].pt_flags = BUSDMA_MEMORY_OWNED;
	}
	return i;
}

const struct busdma_chain_ops busdma_mbuf_chain = {
	.ch_size = sizeof(struct busdma_chain_ops),
	.ch_open = mbuf_open,
	.ch_parts = mbuf_parts,
};

int
bus_dmamap_load_mbuf(
    bus_dma_tag_t t, bus_dmamap_t map, struct mbuf *m, int flags)
{
	const struct busdma_chain_ops *ops;
	struct busdma_chain_iter ci;
	int error;

	ops = t != NULL ? t->dt_pl->pl_mbuf : NULL;
	if (BUSDMA_SMALL || ops != &busdma_mbuf_chain)
		return busdma_chain_load(
		    t, map, m, flags, ops, "bus_dmamap_load_mbuf");
	if (m != NULL && mbuf_open(m, &ci) == 0 &&
	    load_quick(t, map, ci.ci_total)) {
		error = chain_quick(
		    t, map, ci.ci_total, NULL, mbuf_next, &ci, flags);
		if (error != LOAD_AGAIN)
			return error;
	}
	return busdma_chain_general(
	    t, map, m, flags, ops, "bus_dmamap_load_mbuf");
}
