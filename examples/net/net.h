/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated network interface.
 *
 * A packet is an mbuf chain with a packet header.  One that net_start took is
 * the driver's, which frees it; one that it hands up is the receiver's.
 * The functions are the caller's to serialize.
 */
#ifndef EXAMPLES_NET_NET_H
#define EXAMPLES_NET_NET_H

#include "net/net_env.h"
#include "net/ring.h"

#define NET_QSIZE 64   /* most entries in a ring */
#define NET_NJOBS 16   /* most packets that the device transmits: power of 2 */
#define NET_MAXSEGS 16 /* most segments in a packet */
#define NET_QUEUE 32   /* most packets that wait for it */

/*
 * A received packet begins here in its cluster, so that what follows a header
 * of 14 bytes is aligned.
 */
#define NET_RXOFFSET 2
#define NET_RXBYTES (ENV_CLUSTER - NET_RXOFFSET)

/* A packet on its way out. */
struct net_job {
	bus_dmamap_t jb_map;
	struct mbuf *jb_m;
	uint32_t jb_end;  /* rg_given after it */
	unsigned jb_lent; /* spare clusters that it is made of */
};

/* A receive descriptor's buffer. */
struct net_buf {
	bus_dmamap_t nb_map;
	struct mbuf *nb_m; /* NULL: none */
};

struct net_stats {
	uint64_t ns_sent;
	uint64_t ns_received;
	uint64_t ns_senderrors; /* packets that were not sent */
	uint64_t ns_recverrors; /* packets that were thrown away */
	uint64_t ns_compacted;  /* copied into fewer pieces */
	uint64_t ns_stalls;   /* packets that had to wait for memory or maps */
	uint64_t ns_starved;  /* receive buffers that could not be given */
	uint64_t ns_stray;    /* completions that belong to nothing */
	uint64_t ns_failures; /* errors that stopped the device */
	uint64_t ns_resets;
};

struct net_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat;
	bus_dma_tag_t sc_narrow; /* sc_dmat where it was narrowed; else NULL */
	struct env_mbufs *sc_mbufs;
	void (*sc_input)(void *arg, struct mbuf *m);
	void *sc_arg;
	uint32_t sc_mode; /* SIMNET_CTRL_* but EN */
	unsigned sc_maxframe;
	unsigned sc_maxsegs;
	bool sc_running;
	struct net_stats sc_stats;

	struct net_ring sc_tx;
	struct net_job sc_jobs[NET_NJOBS];
	unsigned sc_jobhead;   /* counters: the oldest in flight */
	unsigned sc_jobtail;   /* after the newest */
	struct mbuf *sc_queue; /* by m_nextpkt: not yet given */
	struct mbuf *sc_queuelast;
	unsigned sc_queued;
	struct mbuf *sc_spare; /* by m_nextpkt: to compact a packet into */
	unsigned sc_nspare;
	unsigned sc_lent;      /* of the spare ones, in use */
	unsigned sc_headlent;  /* of those, by the head of the queue */
	bool sc_watched;       /* net_watchdog saw packets in flight, */
	uint32_t sc_watchdone; /* and this rg_done */

	struct net_ring sc_rx;
	struct net_buf sc_bufs[NET_QSIZE];
	struct mbuf *sc_part; /* the packet that is being received */
	struct mbuf *sc_partlast;
	bool sc_dry;    /* for want of clusters the ring is not full */
	bool sc_wedged; /* net_watchdog saw no cluster to finish it with */
	bool sc_skip;   /* what comes before the next packet is thrown away */
};

/*
 * Attach to the device `dev', whose memory accesses go through `dmat'.
 * `mode': SIMNET_CTRL_LOOP, SIMNET_CTRL_PAUSE.  `input' is called for each
 * packet received, with m_pkthdr.len set; it may call net_start.
 * On failure nothing is held, but for memory that a device may still write to
 * which does not stop: EBUSY.  EINVAL: not such a device; EFAULT: it does not
 * start; else the errors of bus_dma(9).  Context: may wait.
 */
int net_attach(struct net_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    struct env_mbufs *mbufs, uint32_t mode,
    void (*input)(void *arg, struct mbuf *m), void *arg);

/*
 * Stop the device, free all packets and release all memory.  EBUSY: it does
 * not stop; nothing is released, as it may still write to memory.
 * Context: thread.
 */
int net_detach(struct net_softc *sc);

/*
 * Transmit a packet, in the order of the calls.  One for which there is no
 * memory, map or descriptor now waits and goes later.  EBUSY: too many wait;
 * EINVAL: no packet header, no bytes, or too many: the packet stays the
 * caller's.  Context: any.
 */
int net_start(struct net_softc *sc, struct mbuf *m);

/*
 * The interrupt handler; returns how many packets went or came.
 * Not to be called from sc_input.
 */
unsigned net_intr(struct net_softc *sc);

/* Wait until a packet went or came: net_intr.  0: nothing will. */
unsigned net_wait(struct net_softc *sc);

/*
 * Memory has become free: go on with what waits for it.  Only needed where
 * the device is idle; else its completions see to it.  Context: any.
 */
void net_resume(struct net_softc *sc);

/*
 * To be called now and then, from a thread: net_intr and net_resume, and a
 * reset where the device has stopped, or has transmitted nothing of what it
 * was given since the last call.  Returns what net_reset does.
 */
int net_watchdog(struct net_softc *sc);

/*
 * Stop the device and start it afresh.  What it was given to transmit and did
 * not complete is lost; what waits is sent.  EBUSY: as net_detach.  EFAULT: it
 * does not start; another reset may help.
 */
int net_reset(struct net_softc *sc);

#endif /* EXAMPLES_NET_NET_H */
