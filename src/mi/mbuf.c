/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accessors for the library's own struct mbuf.
 */
#include <busdma/mbuf.h>
#include <busdma/platform.h>

static int
mbuf_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct mbuf *m = chain;

	if ((m->m_flags & M_PKTHDR) == 0 || m->m_pkthdr.len < 0)
		return EINVAL;
	ci->ci_total = (bus_size_t)m->m_pkthdr.len;
	ci->ci_space = NULL;
	ci->ci_next = m;
	return 0;
}

static size_t
mbuf_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct mbuf *m = ci->ci_next;
	size_t i;

	for (i = 0; i < n && m != NULL; i++, m = m->m_next) {
		parts[i].pt_addr = m->m_data;
		/* A negative length becomes one that no total allows. */
		parts[i].pt_len = (bus_size_t)(int64_t)m->m_len;
	}
	ci->ci_next = m;
	return i;
}

const struct busdma_chain_ops busdma_mbuf_chain = {
	.ch_size = sizeof(struct busdma_chain_ops),
	.ch_open = mbuf_open,
	.ch_parts = mbuf_parts,
};
