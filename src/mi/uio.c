/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accessors for the library's own struct uio: its first uio_resid bytes.
 */
#include <busdma/platform.h>
#include <busdma/uio.h>

static int
uio_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct uio *uio = chain;

	if (uio->uio_iovcnt < 0 ||
	    (uio->uio_iov == NULL && uio->uio_iovcnt != 0))
		return EINVAL;
	ci->ci_total = uio->uio_resid;
	ci->ci_space = (busdma_space_t)uio->uio_vmspace;
	ci->ci_next = uio;
	ci->ci_left = uio->uio_resid;
	ci->ci_index = 0;
	return 0;
}

static size_t
uio_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct uio *uio = ci->ci_next;
	uintptr_t at = ci->ci_index, end = (uintptr_t)uio->uio_iovcnt;
	bus_size_t left = ci->ci_left, len;
	size_t i;

	for (i = 0; i < n && at != end && left != 0; i++, at++) {
		len = uio->uio_iov[at].iov_len;
		if (len > left)
			len = left;
		parts[i].pt_addr = uio->uio_iov[at].iov_base;
		parts[i].pt_len = len;
		left -= len;
	}
	ci->ci_left = left;
	ci->ci_index = at;
	return i;
}

const struct busdma_chain_ops busdma_uio_chain = {
	.ch_size = sizeof(struct busdma_chain_ops),
	.ch_open = uio_open,
	.ch_parts = uio_parts,
};
