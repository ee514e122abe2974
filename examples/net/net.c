/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated network interface (<busdma/simnetreg.h>), written
 * to be read: all of its DMA goes through bus_dma(9), and it is right on
 * machines with caches that devices don't see, with memory that devices don't
 * reach, with few bounce slots or clusters.  The rings stand in ring.c.
 *
 * Who may touch what, and when:
 *
 *	transmit	PREWRITE gives the packet to the device, then its
 *			descriptors are given, the first of them last: when
 *			the device sees that one, it sees all.  POSTWRITE when
 *			the completion was seen.
 *	receive		PREREAD gives an empty cluster, then its descriptor.
 *			POSTREAD when the completion was seen; the whole of
 *			it, as all of it was given.
 *
 * When there is no memory, map, or descriptor, nothing is thrown away.  A
 * packet to send stays at the head of the queue; a receive ring that can't be
 * filled stays shorter.  Both go on from the completion path, for a completion
 * is what gives such things back.  So that one can always be waited for:
 *
 *	maps		The first job's map has all that a load may need
 *			reserved, and is the one used when none is in flight.
 *	clusters	Those to compact a packet into are kept aside, as many
 *			as the longest needs; they come before those of the
 *			receive ring, and never are more, so that packets on
 *			their way out don't starve it.  A packet of which the
 *			first part holds all the others is given up by the
 *			watchdog.
 */
#include "net/netvar.h"

#define STOP_TRIES 1000000u

#define CAUSES                                                   \
	(SIMNET_CAUSE_TX | SIMNET_CAUSE_RX | SIMNET_CAUSE_DROP | \
	    SIMNET_CAUSE_ERR)

/* Only what is received may have made room for what is sent, and so on. */
void
net_resume(struct net_softc *sc)
{
	if (!sc->sc_running)
		return;
	(void)net_recv_fill(sc);
	net_send_queue(sc);
}

/*
 * The causes are cleared first: one that comes for a completion which the look
 * at the ring no longer sees stays.  A device that failed rests until
 * net_watchdog resets it.
 */
unsigned
net_intr(struct net_softc *sc)
{
	uint32_t cause;
	unsigned n;

	if (!sc->sc_running)
		return 0;
	cause = env_read32(sc->sc_dev, SIMNET_CAUSE);
	env_write32(sc->sc_dev, SIMNET_CAUSE, cause);
	n = net_send_complete(sc);
	n += net_recv_complete(sc);
	if ((cause & SIMNET_CAUSE_ERR) != 0) {
		sc->sc_stats.ns_failures++;
		sc->sc_running = false;
	}
	net_resume(sc);
	return n;
}

/*
 * A device that rests may have been woken by what the look at its rings gave
 * it.
 */
unsigned
net_wait(struct net_softc *sc)
{
	uint32_t given;
	unsigned n;

	do {
		given = sc->sc_tx.rg_given + sc->sc_rx.rg_given;
		n = net_intr(sc);
		if (n != 0 || !sc->sc_running)
			return n;
	} while (env_wait(sc->sc_dev) ||
		 sc->sc_tx.rg_given + sc->sc_rx.rg_given != given);
	return net_intr(sc);
}

/* After this the device neither reads nor writes memory; EBUSY: it does. */
static int
stop(struct net_softc *sc)
{
	unsigned tries;

	sc->sc_running = false;
	env_write32(sc->sc_dev, SIMNET_MASK, 0);
	env_write32(sc->sc_dev, SIMNET_CTRL, 0);
	for (tries = 0; tries < STOP_TRIES; tries++) {
		if ((env_read32(sc->sc_dev, SIMNET_STATUS) &
			SIMNET_STATUS_RUN) == 0)
			return 0;
	}
	return EBUSY;
}

/* Start with empty rings. */
static int
start(struct net_softc *sc)
{
	uint32_t status;

	net_ring_start(&sc->sc_tx);
	net_ring_start(&sc->sc_rx);
	sc->sc_watched = false;
	sc->sc_wedged = false;
	sc->sc_skip = false;
	env_write32(sc->sc_dev, SIMNET_CAUSE, CAUSES);
	env_write32(sc->sc_dev, SIMNET_MASK, CAUSES);
	env_write32(sc->sc_dev, SIMNET_CTRL, SIMNET_CTRL_EN | sc->sc_mode);
	status = env_read32(sc->sc_dev, SIMNET_STATUS);
	if ((status & SIMNET_STATUS_ERR) != 0 ||
	    (status & SIMNET_STATUS_RUN) == 0)
		return EFAULT;
	sc->sc_running = true;
	return 0;
}

/* The device has stopped: all that it was given is the CPU's again. */
static void
reclaim(struct net_softc *sc)
{
	(void)net_send_complete(sc);
	(void)net_recv_complete(sc);
	net_send_abort(sc);
	net_recv_abort(sc);
	net_ring_reclaim(&sc->sc_tx);
	net_ring_reclaim(&sc->sc_rx);
}

int
net_reset(struct net_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	reclaim(sc);
	sc->sc_stats.ns_resets++;
	error = start(sc);
	if (error != 0)
		return stop(sc) != 0 ? EBUSY : error;
	net_resume(sc);
	return 0;
}

/*
 * The receiver has no buffers; true: that may be what holds the transmitter
 * up.  Where it is in the middle of a packet for which there are no clusters,
 * and that is seen twice, whoever has them has had the time to free them: the
 * packet is given up.
 */
static bool
starved(struct net_softc *sc)
{
	bool now = sc->sc_rx.rg_given == sc->sc_rx.rg_done;
	bool wedged = now && sc->sc_dry && sc->sc_part != NULL;

	if (wedged && sc->sc_wedged) {
		net_recv_drop(sc);
		net_resume(sc);
		wedged = false;
	}
	sc->sc_wedged = wedged;
	return now;
}

int
net_watchdog(struct net_softc *sc)
{
	bool busy = sc->sc_watched;
	uint32_t done;

	(void)net_intr(sc);
	if (!sc->sc_running)
		return net_reset(sc);
	net_resume(sc);
	if (starved(sc)) {
		sc->sc_watched = false;
		return 0;
	}
	/* Where packets wait for one another, one that came is progress. */
	done = sc->sc_tx.rg_done;
	if ((sc->sc_mode & SIMNET_CTRL_PAUSE) != 0)
		done += sc->sc_rx.rg_done;
	if (busy && done == sc->sc_watchdone)
		return net_reset(sc);
	sc->sc_watched = sc->sc_jobhead != sc->sc_jobtail;
	sc->sc_watchdone = done;
	return 0;
}

/*
 * Attach and detach.
 */

/* Take the device's word for nothing that would hurt the driver. */
static int
identify(struct net_softc *sc, bool *wide)
{
	uint32_t cap, qsize, nsegs;
	unsigned size;

	if (env_read32(sc->sc_dev, SIMNET_ID) != SIMNET_ID_VALUE)
		return EINVAL;
	cap = env_read32(sc->sc_dev, SIMNET_CAP);
	qsize = cap & SIMNET_CAP_QSIZE;
	nsegs = (cap & SIMNET_CAP_NSEGS) >> 16;
	sc->sc_maxframe = env_read32(sc->sc_dev, SIMNET_MAXFRAME);
	if (qsize < 2 || nsegs == 0 || sc->sc_maxframe == 0 ||
	    sc->sc_maxframe > SIMNET_MAXBUF)
		return EINVAL;
	for (size = NET_QSIZE; size > qsize; size /= 2)
		continue;
	sc->sc_tx.rg_size = sc->sc_rx.rg_size = size;
	sc->sc_maxsegs = nsegs < NET_MAXSEGS ? nsegs : NET_MAXSEGS;
	/* A packet must fit in an empty ring. */
	if (sc->sc_maxsegs > size - 1)
		sc->sc_maxsegs = size - 1;
	*wide = (cap & SIMNET_CAP_ADDR64) != 0;
	return 0;
}

static void
maps_destroy(struct net_softc *sc, unsigned njobs, unsigned nbufs)
{
	while (nbufs > 0)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_bufs[--nbufs].nb_map);
	while (njobs > 0)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_jobs[--njobs].jb_map);
}

static int
maps_create(struct net_softc *sc)
{
	bus_size_t size = sc->sc_maxframe;
	unsigned i, j = 0;
	int error = 0;

	for (i = 0; i < NET_NJOBS; i++) {
		error = bus_dmamap_create(sc->sc_dmat, size,
		    (int)sc->sc_maxsegs, size, 0, i == 0 ? BUS_DMA_ALLOCNOW : 0,
		    &sc->sc_jobs[i].jb_map);
		if (error != 0)
			break;
		(void)bus_dmamap_label(
		    sc->sc_dmat, sc->sc_jobs[i].jb_map, "net: tx packet");
	}
	for (; error == 0 && j < sc->sc_rx.rg_size; j++) {
		error = bus_dmamap_create(sc->sc_dmat, NET_RXBYTES, 1,
		    NET_RXBYTES, 0, BUS_DMA_WAITOK, &sc->sc_bufs[j].nb_map);
		if (error != 0)
			break;
		(void)bus_dmamap_label(
		    sc->sc_dmat, sc->sc_bufs[j].nb_map, "net: rx buffer");
	}
	if (error != 0)
		maps_destroy(sc, i, j);
	return error;
}

/* The last that attach does, and the first that detach undoes. */
static int
begin(struct net_softc *sc)
{
	int error;

	error = net_spare_fill(sc);
	if (error != 0) {
		net_spare_free(sc);
		return error;
	}
	error = start(sc);
	/* A ring that can't be filled yet will be. */
	if (error == 0) {
		error = net_recv_fill(sc);
		if (error == ENOMEM)
			error = 0;
	}
	if (error != 0) {
		if (stop(sc) != 0)
			return EBUSY;
		reclaim(sc);
		net_spare_free(sc);
	}
	return error;
}

static int
attach_rings(struct net_softc *sc)
{
	int error;

	error = net_ring_create(&sc->sc_tx);
	if (error != 0)
		return error;
	error = net_ring_create(&sc->sc_rx);
	if (error != 0)
		goto free_tx;
	error = maps_create(sc);
	if (error != 0)
		goto free_rx;
	error = begin(sc);
	if (error == 0 || error == EBUSY)
		return error;

	maps_destroy(sc, NET_NJOBS, sc->sc_rx.rg_size);
free_rx:
	net_ring_destroy(&sc->sc_rx);
free_tx:
	net_ring_destroy(&sc->sc_tx);
	return error;
}

int
net_attach(struct net_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    struct env_mbufs *mbufs, uint32_t mode,
    void (*input)(void *arg, struct mbuf *m), void *arg)
{
	bool wide;
	int error;

	*sc = (struct net_softc){
		.sc_dev = dev,
		.sc_dmat = dmat,
		.sc_mbufs = mbufs,
		.sc_input = input,
		.sc_arg = arg,
		.sc_mode = mode,
	};
	error = identify(sc, &wide);
	if (error != 0)
		return error;
	/* Whoever had the device before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;
	if (!wide) {
		error = bus_dmatag_subregion(
		    dmat, 0, UINT32_MAX, &sc->sc_narrow, BUS_DMA_WAITOK);
		if (error != 0)
			return error;
		sc->sc_dmat = sc->sc_narrow;
	}
	sc->sc_tx.rg_dev = sc->sc_rx.rg_dev = dev;
	sc->sc_tx.rg_dmat = sc->sc_rx.rg_dmat = sc->sc_dmat;
	sc->sc_tx.rg_reg = SIMNET_TX;
	sc->sc_rx.rg_reg = SIMNET_RX;
	error = attach_rings(sc);
	if (error != 0 && error != EBUSY && sc->sc_narrow != NULL)
		bus_dmatag_destroy(sc->sc_narrow);
	return error;
}

int
net_detach(struct net_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	reclaim(sc);
	net_send_flush(sc);
	net_spare_free(sc);
	maps_destroy(sc, NET_NJOBS, sc->sc_rx.rg_size);
	net_ring_destroy(&sc->sc_rx);
	net_ring_destroy(&sc->sc_tx);
	if (sc->sc_narrow != NULL)
		bus_dmatag_destroy(sc->sc_narrow);
	return 0;
}
