/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads of uios, and the library's own struct uio: its first uio_resid bytes.
 */
#include <busdma/uio.h>

#include "chain.h"

static int
uio_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct uio *uio = chain;

	if (uio->uio_iovcnt < 0 ||
	    (uio->uio_iov == NULL && uio->uio_iovcnt != 0))
		return EINVAL;
	ci->ci_total = uio->uio_resid;
	ci->ci_space = (busdma_space_t)uio->uio_vmspace;
	ci->ci_next = uio->uio_iov;
	ci->ci_left = uio->uio_resid;
	ci->ci_index = (uintptr_t)uio->uio_iovcnt;
	return 0;
}

/* ci_next is the next iovec, ci_index how many there are, ci_left bytes. */
static inline bool
uio_next(void *cursor, struct busdma_part *pt)
{
	struct busdma_chain_iter *ci = cursor;
	const struct iovec *iov = ci->ci_next;

	if (ci->ci_index == 0 || ci->ci_left == 0)
		return false;
	pt->pt_addr = iov->iov_base;
	pt->pt_len = iov->iov_len < ci->ci_left ? iov->iov_len : ci->ci_left;
	ci->ci_left -= pt->pt_len;
	ci->ci_index--;
	ci->ci_next = iov + 1;
	return true;
}

static size_t
uio_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	size_t i;

	for (i = 0; i < n && uio_next(ci, &parts[i]); i++)
		continue;
	return i;
}

const struct busdma_chain_ops busdma_uio_chain = {
	.ch_size = sizeof(struct busdma_chain_ops),
	.ch_open = uio_open,
	.ch_parts = uio_parts,
};

int
bus_dmamap_load_uio(
    bus_dma_tag_t t, bus_dmamap_t map, struct uio *uio, int flags)
{
	const struct busdma_chain_ops *ops;
	struct busdma_chain_iter ci;
	int error;

	ops = t != NULL ? t->dt_pl->pl_uio : NULL;
	if (BUSDMA_SMALL || ops != &busdma_uio_chain)
		return busdma_chain_load(
		    t, map, uio, flags, ops, "bus_dmamap_load_uio");
	if (uio != NULL && uio_open(uio, &ci) == 0 &&
	    load_quick(t, map, ci.ci_total)) {
		error = chain_quick(
		    t, map, ci.ci_total, ci.ci_space, uio_next, &ci, flags);
		if (error != LOAD_AGAIN)
			return error;
	}
	return busdma_chain_general(
	    t, map, uio, flags, ops, "bus_dmamap_load_uio");
}
