/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's own mbuf, for hosts that have none: as much of it as a driver
 * that sends and receives packets looks at, with NetBSD's member names.
 * A host with mbufs of its own sets pl_mbuf to accessors for those.
 */
#ifndef BUSDMA_MBUF_H
#define BUSDMA_MBUF_H

#include <busdma/bus_dma.h>

struct m_pkthdr {
	void *ph_rcvif; /* the host's */
	int len;        /* bytes in the packet */
};

struct mbuf {
	struct mbuf *m_next;      /* next buffer of this packet */
	struct mbuf *m_nextpkt;   /* next packet of a queue */
	char *m_data;             /* first byte */
	int m_len;                /* bytes at m_data */
	int m_flags;              /* M_* */
	struct m_pkthdr m_pkthdr; /* valid with M_PKTHDR */
};

#ifndef M_EXT
#define M_EXT 0x00000001 /* data stands outside the mbuf */
#endif
/* Ours beside it: that is a cluster, whole cache lines and nobody else's. */
#ifndef M_EXT_CLUSTER
#define M_EXT_CLUSTER 0x01000000
#endif
#ifndef M_PKTHDR
#define M_PKTHDR 0x00000002 /* first of a packet */
#endif

#ifndef mtod
#define mtod(m, t) ((t)((m)->m_data))
#endif

#endif /* BUSDMA_MBUF_H */
