/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second driver for the simulated network interface, which only sends: what
 * a driver does that can't wait for what a load needs.
 *
 * A packet is an mbuf chain with a packet header; one that netq_start took is
 * the driver's, which frees it.
 * The functions are the caller's to serialize, with a lock that it may hold
 * wherever it calls bus_dma(9).
 */
#ifndef EXAMPLES_NETQ_NETQ_H
#define EXAMPLES_NETQ_NETQ_H

#include "net/net_env.h"
#include "net/ring.h"

#define NETQ_SIZE 16   /* most entries in a ring */
#define NETQ_NJOBS 4   /* most packets that the device transmits: power of 2 */
#define NETQ_MAXSEGS 8 /* most segments in a packet */
#define NETQ_QUEUE 16  /* most packets that wait for it */

/* A packet that the device has. */
struct netq_job {
	bus_dmamap_t nj_map;
	struct mbuf *nj_m;
	uint32_t nj_end; /* rg_given after it */
};

struct netq_stats {
	uint64_t ns_sent;
	uint64_t ns_errors;  /* packets that could not be sent */
	uint64_t ns_stalls;  /* loads that failed with ENOMEM */
	uint64_t ns_resumes; /* times that the driver went on after one */
	uint64_t ns_stray;   /* completions that belong to nothing */
};

struct netq_softc {
	struct env_device *sc_dev;
	bus_dma_tag_t sc_dmat;
	bus_dma_tag_t sc_narrow; /* sc_dmat where it was narrowed; else NULL */
	struct env_mbufs *sc_mbufs;
	struct bus_dma_callback sc_callback;
	unsigned sc_maxframe;
	unsigned sc_maxsegs;
	bool sc_running;
	bool sc_stalled; /* nothing is loaded until netq_softintr */
	struct netq_stats sc_stats;

	struct net_ring sc_tx;
	struct net_ring sc_rx; /* which has no buffers */
	struct netq_job sc_jobs[NETQ_NJOBS];
	unsigned sc_jobhead;   /* counters: the oldest in flight */
	unsigned sc_jobtail;   /* after the newest */
	struct mbuf *sc_queue; /* by m_nextpkt: not yet given */
	struct mbuf *sc_queuelast;
	unsigned sc_queued;
};

/*
 * Attach to the device `dev', whose memory accesses go through `dmat'.
 * `kick' has netq_softintr called soon, from elsewhere: as a soft interrupt, or
 * by a thread.  It is called in any context, with other drivers' locks held,
 * and perhaps this one's; not any more when netq_detach returns.
 * On failure nothing is held, but for memory that a device may still write to
 * which does not stop: EBUSY.  EINVAL: not such a device; EFAULT: it does not
 * start; else the errors of bus_dma(9).  Context: may wait.
 */
int netq_attach(struct netq_softc *sc, struct env_device *dev,
    bus_dma_tag_t dmat, struct env_mbufs *mbufs, void (*kick)(void *arg),
    void *arg);

/*
 * Stop the device, free all packets and release all memory.  EBUSY: it does
 * not stop; nothing is released.  Context: thread, without the lock: it waits
 * for a `kick' that is under way.
 */
int netq_detach(struct netq_softc *sc);

/*
 * Transmit a packet, in the order of the calls; it may wait for its turn.
 * EBUSY: too many wait; EINVAL: no packet header, no bytes, or too many: the
 * packet stays the caller's.  Context: any.
 */
int netq_start(struct netq_softc *sc, struct mbuf *m);

/* What `kick' asked for: go on.  Context: any. */
void netq_softintr(struct netq_softc *sc);

/* The interrupt handler; returns how many packets went. */
unsigned netq_intr(struct netq_softc *sc);

/* Wait until a packet went: netq_intr.  0: none will. */
unsigned netq_wait(struct netq_softc *sc);

#endif /* EXAMPLES_NETQ_NETQ_H */
