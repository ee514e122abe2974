/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_env.h on the simulated machine: a fixed number of mbufs, each with its
 * cluster in kernel memory.
 */
#ifndef EXAMPLES_NET_MBUFS_H
#define EXAMPLES_NET_MBUFS_H

#include <busdma/sim.h>

#include "net/net_env.h"

struct mbufs_entry;

struct env_mbufs {
	struct busdma_sim *mb_sim;
	char *mb_clusters;
	struct mbufs_entry *mb_entries;
	struct mbuf *mb_list; /* free, by m_next */
	unsigned mb_count;
	unsigned mb_free;
	unsigned mb_least;  /* free at any time */
	unsigned mb_errors; /* frees of what was free */
	unsigned mb_failat; /* so many gets from now fails; 0: none */
};

/* 0 or ENOMEM. */
int mbufs_create(struct env_mbufs *mb, struct busdma_sim *sim, unsigned count);
/* How many were not given back, and wrong frees. */
unsigned mbufs_destroy(struct env_mbufs *mb);

#endif /* EXAMPLES_NET_MBUFS_H */
