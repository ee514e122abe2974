/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the example network driver asks of the machine besides env.h: mbufs
 * with clusters.  Freestanding.
 */
#ifndef EXAMPLES_NET_NET_ENV_H
#define EXAMPLES_NET_NET_ENV_H

#include <busdma/mbuf.h>

/*
 * Bytes in a cluster: physically contiguous, aligned to its size, and its
 * cache lines are nobody else's.
 */
#define ENV_CLUSTER 2048

/* Where mbufs come from and go to. */
struct env_mbufs;

/*
 * An mbuf with a cluster that begins at m_data, and no bytes in it; M_EXT is
 * its only flag.  NULL: there is none now.  Context: any.
 */
struct mbuf *env_mget(struct env_mbufs *mb);

/*
 * Give back an mbuf and all that hang on its m_next, wherever each came from;
 * `mb' is the caller's.  Context: any.
 */
void env_mfree(struct env_mbufs *mb, struct mbuf *m);

#endif /* EXAMPLES_NET_NET_ENV_H */
