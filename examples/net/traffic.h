/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of all sizes and shapes, numbered, and the check that they arrive:
 * each byte, in order.
 */
#ifndef EXAMPLES_NET_TRAFFIC_H
#define EXAMPLES_NET_TRAFFIC_H

#include "net/mbufs.h"
#include "net/net.h"

struct traffic {
	uint64_t tf_seed;
	struct env_mbufs *tf_mbufs; /* where packets come from */
	unsigned tf_count;          /* packets in all */
	unsigned tf_maxlen;
	unsigned tf_maxparts;
	bool tf_lossy; /* packets may be missing; they are numbered inside */

	struct mbuf *tf_next; /* packet number tf_sent, or NULL: not yet made */
	unsigned tf_sent;
	unsigned tf_got;  /* the number that comes next */
	unsigned tf_lost; /* lossy: of those before it */
	char tf_why[120]; /* the first that was wrong; else empty */
};

/* Some seventh of all packets is as long as may be. */
unsigned traffic_length(const struct traffic *tf, unsigned number);
uint8_t traffic_byte(const struct traffic *tf, unsigned number, unsigned at);

/* A packet as an mbuf chain; NULL: there are too few mbufs now. */
struct mbuf *traffic_make(const struct traffic *tf, unsigned number);

/* Take in what was received; `arg' is the traffic.  It frees the packet. */
void traffic_input(void *arg, struct mbuf *m);

/* Start as many packets as the interface takes; false: none are left. */
bool traffic_feed(struct traffic *tf, struct net_softc *sc);

#endif /* EXAMPLES_NET_TRAFFIC_H */
