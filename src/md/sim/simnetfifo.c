/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network interface: packets on their way in and out.
 */
#include <stdlib.h>
#include <string.h>

#include "simnetvar.h"

void
simnet_fifo_init(struct simnet_fifo *nf)
{
	nf->nf_first = NULL;
	nf->nf_lastp = &nf->nf_first;
	nf->nf_bytes = 0;
}

bool
simnet_fifo_room(const struct simnet_fifo *nf, size_t len)
{
	return len <= SIMNET_FIFO - nf->nf_bytes;
}

bool
simnet_fifo_put(struct simnet_fifo *nf, const void *data, size_t len)
{
	struct simnet_packet *np;

	if (!simnet_fifo_room(nf, len))
		return false;
	np = malloc(sizeof(*np) + len);
	if (np == NULL)
		return false;
	np->np_next = NULL;
	np->np_len = len;
	memcpy(np->np_data, data, len);
	*nf->nf_lastp = np;
	nf->nf_lastp = &np->np_next;
	nf->nf_bytes += len;
	return true;
}

void
simnet_fifo_drop(struct simnet_fifo *nf)
{
	struct simnet_packet *np = nf->nf_first;

	nf->nf_first = np->np_next;
	if (nf->nf_first == NULL)
		nf->nf_lastp = &nf->nf_first;
	nf->nf_bytes -= np->np_len;
	free(np);
}

void
simnet_fifo_clear(struct simnet_fifo *nf)
{
	while (nf->nf_first != NULL)
		simnet_fifo_drop(nf);
}
