/* SPDX-License-Identifier: BSD-2-Clause */
/* The network driver, inside. */
#ifndef EXAMPLES_NET_NETVAR_H
#define EXAMPLES_NET_NETVAR_H

#include "net/net.h"

/* send.c */
/*
 * Clusters to compact the longest packet into, but for those that are in use
 * so; ENOMEM: not all are there.
 */
int net_spare_fill(struct net_softc *sc);
void net_spare_free(struct net_softc *sc);
/* Give as much of the queue as can be given now. */
void net_send_queue(struct net_softc *sc);
/* What the device has transmitted; how many packets. */
unsigned net_send_complete(struct net_softc *sc);
/* The device has stopped: what it did not transmit is lost. */
void net_send_abort(struct net_softc *sc);
/* What it was not given is lost too. */
void net_send_flush(struct net_softc *sc);

/* receive.c */
/*
 * Fill the ring as far as it goes; 0, or the error that stopped that.  The
 * spare clusters come first.
 */
int net_recv_fill(struct net_softc *sc);
/* What the device has received; how many packets. */
unsigned net_recv_complete(struct net_softc *sc);
/* Throw away what there is of a packet, and what comes of it yet. */
void net_recv_drop(struct net_softc *sc);
/* The device has stopped: take back what it did not fill. */
void net_recv_abort(struct net_softc *sc);

#endif /* EXAMPLES_NET_NETVAR_H */
