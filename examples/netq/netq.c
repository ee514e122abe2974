/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that only sends through the simulated network interface
 * (<busdma/simnetreg.h>), written to be read beside net.c for one thing: its
 * maps have no reserve (BUS_DMA_ALLOCNOW), and what their loads need is shared
 * with other drivers.  So a load may fail with ENOMEM while nothing of this
 * driver's is in flight, and no completion will tell it to go on.  A thread
 * would wait; packets come from anywhere, so the driver has itself called back:
 *
 *	stall		The packet stays at the head of the queue, and nothing
 *			passes it.  No other load is tried meanwhile: it would
 *			fail until the callback has come.  Packets that are
 *			started wait behind, up to NETQ_QUEUE of them.
 *	callback	It comes from where something was given back, perhaps
 *			in the middle of an unload of this driver's, or with a
 *			lock held of another's.  So it does nothing but have
 *			netq_softintr called from elsewhere.
 *	resume		netq_softintr loads the same packet again.  What came
 *			back may be too little, or gone again; then the load
 *			fails again, and with that the callback is due again.
 *
 * The load that failed has armed the callback, so nothing is missed between the
 * two.  The ring, and who may touch what and when, is net.c's.
 */
#include "netq/netq.h"

#define STOP_TRIES 1000000u
#define CAUSES (SIMNET_CAUSE_TX | SIMNET_CAUSE_ERR)

/* Give the packet to the device, its first descriptor last. */
static void
job_give(struct netq_softc *sc, struct netq_job *nj)
{
	struct net_ring *rg = &sc->sc_tx;
	const bus_dma_segment_t *ds = nj->nj_map->dm_segs;
	int i, last = nj->nj_map->dm_nsegs - 1;
	uint32_t n = rg->rg_given, flags;

	bus_dmamap_sync(sc->sc_dmat, nj->nj_map, 0, nj->nj_map->dm_mapsize,
	    BUS_DMASYNC_PREWRITE);
	rg->rg_given += (uint32_t)last + 1;
	nj->nj_end = rg->rg_given;
	for (i = last; i >= 0; i--) {
		flags = i == last ? SIMNET_DESC_LAST : 0;
		if (i == 0)
			flags |= SIMNET_DESC_FIRST;
		net_ring_put(
		    rg, n + (uint32_t)i, ds[i].ds_addr, ds[i].ds_len, flags);
	}
}

/* Take it back and free it.  The unload may call the callback. */
static void
job_finish(struct netq_softc *sc)
{
	struct netq_job *nj = &sc->sc_jobs[sc->sc_jobhead % NETQ_NJOBS];

	bus_dmamap_sync(sc->sc_dmat, nj->nj_map, 0, nj->nj_map->dm_mapsize,
	    BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(sc->sc_dmat, nj->nj_map);
	env_mfree(sc->sc_mbufs, nj->nj_m);
	nj->nj_m = NULL;
	sc->sc_tx.rg_done = nj->nj_end;
	sc->sc_jobhead++;
}

static struct mbuf *
dequeue(struct netq_softc *sc)
{
	struct mbuf *m = sc->sc_queue;

	sc->sc_queue = m->m_nextpkt;
	m->m_nextpkt = NULL;
	sc->sc_queued--;
	return m;
}

/*
 * Load the packet at the head of the queue and give it.  EBUSY: when another
 * is back; ENOMEM: when the callback comes; any other error: never.
 */
static int
send(struct netq_softc *sc)
{
	struct netq_job *nj = &sc->sc_jobs[sc->sc_jobtail % NETQ_NJOBS];
	int error;

	if (sc->sc_jobtail - sc->sc_jobhead == NETQ_NJOBS ||
	    net_ring_room(&sc->sc_tx) < sc->sc_maxsegs)
		return EBUSY;
	error = bus_dmamap_load_mbuf(sc->sc_dmat, nj->nj_map, sc->sc_queue,
	    BUS_DMA_NOWAIT | BUS_DMA_WRITE | BUS_DMA_STREAMING);
	if (error != 0)
		return error;
	nj->nj_m = dequeue(sc);
	sc->sc_jobtail++;
	job_give(sc, nj);
	return 0;
}

/* As much of the queue as can be given now. */
static void
send_queue(struct netq_softc *sc)
{
	uint32_t given = sc->sc_tx.rg_given;
	int error;

	while (sc->sc_running && !sc->sc_stalled && sc->sc_queue != NULL) {
		error = send(sc);
		if (error == EBUSY)
			break;
		if (error == ENOMEM) {
			sc->sc_stalled = true;
			sc->sc_stats.ns_stalls++;
		} else if (error != 0) {
			sc->sc_stats.ns_errors++;
			env_mfree(sc->sc_mbufs, dequeue(sc));
		}
	}
	if (sc->sc_tx.rg_given != given)
		net_ring_bell(&sc->sc_tx);
}

/* A kick may also come late, for a stall that is over. */
void
netq_softintr(struct netq_softc *sc)
{
	if (!sc->sc_stalled)
		return;
	sc->sc_stalled = false;
	sc->sc_stats.ns_resumes++;
	send_queue(sc);
}

int
netq_start(struct netq_softc *sc, struct mbuf *m)
{
	if ((m->m_flags & M_PKTHDR) == 0 || m->m_pkthdr.len <= 0 ||
	    (unsigned)m->m_pkthdr.len > sc->sc_maxframe)
		return EINVAL;
	if (sc->sc_queued == NETQ_QUEUE)
		return EBUSY;
	m->m_nextpkt = NULL;
	if (sc->sc_queue == NULL)
		sc->sc_queue = m;
	else
		sc->sc_queuelast->m_nextpkt = m;
	sc->sc_queuelast = m;
	sc->sc_queued++;
	send_queue(sc);
	return 0;
}

/* What the device has transmitted; how many packets. */
static unsigned
complete(struct netq_softc *sc)
{
	struct net_ring *rg = &sc->sc_tx;
	const struct netq_job *nj;
	struct net_cpl cp;
	unsigned n = 0;

	while (net_ring_take(rg, &cp)) {
		nj = &sc->sc_jobs[sc->sc_jobhead % NETQ_NJOBS];
		if (sc->sc_jobhead == sc->sc_jobtail ||
		    cp.cp_index != net_ring_index(rg, nj->nj_end - 1)) {
			sc->sc_stats.ns_stray++;
			continue;
		}
		if (cp.cp_status == SIMNET_ST_OK)
			sc->sc_stats.ns_sent++;
		else
			sc->sc_stats.ns_errors++;
		job_finish(sc);
		n++;
	}
	return n;
}

/*
 * The causes are cleared first: one that comes for a completion which the look
 * at the ring no longer sees stays.  A device that failed rests.
 */
unsigned
netq_intr(struct netq_softc *sc)
{
	uint32_t cause;
	unsigned n;

	if (!sc->sc_running)
		return 0;
	cause = env_read32(sc->sc_dev, SIMNET_CAUSE);
	env_write32(sc->sc_dev, SIMNET_CAUSE, cause);
	n = complete(sc);
	if ((cause & SIMNET_CAUSE_ERR) != 0)
		sc->sc_running = false;
	send_queue(sc);
	return n;
}

unsigned
netq_wait(struct netq_softc *sc)
{
	unsigned n;

	do {
		n = netq_intr(sc);
		if (n != 0 || !sc->sc_running)
			return n;
	} while (env_wait(sc->sc_dev));
	return netq_intr(sc);
}

/* After this the device neither reads nor writes memory; EBUSY: it does. */
static int
stop(struct netq_softc *sc)
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

/* Start with empty rings.  The wire's pauses are waited for. */
static int
start(struct netq_softc *sc)
{
	net_ring_start(&sc->sc_tx);
	net_ring_start(&sc->sc_rx);
	env_write32(sc->sc_dev, SIMNET_CAUSE, CAUSES);
	env_write32(sc->sc_dev, SIMNET_MASK, CAUSES);
	env_write32(
	    sc->sc_dev, SIMNET_CTRL, SIMNET_CTRL_EN | SIMNET_CTRL_PAUSE);
	sc->sc_running =
	    (env_read32(sc->sc_dev, SIMNET_STATUS) & SIMNET_STATUS_RUN) != 0;
	return sc->sc_running ? 0 : EFAULT;
}

/* Take the device's word for nothing that would hurt the driver. */
static int
identify(struct netq_softc *sc, bool *wide)
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
	for (size = NETQ_SIZE; size > qsize; size /= 2)
		continue;
	sc->sc_tx.rg_size = sc->sc_rx.rg_size = size;
	sc->sc_maxsegs = nsegs < NETQ_MAXSEGS ? nsegs : NETQ_MAXSEGS;
	/* A packet must fit in an empty ring. */
	if (sc->sc_maxsegs > size - 1)
		sc->sc_maxsegs = size - 1;
	*wide = (cap & SIMNET_CAP_ADDR64) != 0;
	return 0;
}

static void
maps_destroy(struct netq_softc *sc, unsigned n)
{
	while (n > 0)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_jobs[--n].nj_map);
}

static int
maps_create(struct netq_softc *sc)
{
	bus_size_t size = sc->sc_maxframe;
	unsigned i;
	int error;

	for (i = 0; i < NETQ_NJOBS; i++) {
		error =
		    bus_dmamap_create(sc->sc_dmat, size, (int)sc->sc_maxsegs,
			size, 0, BUS_DMA_WAITOK, &sc->sc_jobs[i].nj_map);
		if (error != 0) {
			maps_destroy(sc, i);
			return error;
		}
		(void)bus_dmamap_label(
		    sc->sc_dmat, sc->sc_jobs[i].nj_map, "netq: packet");
	}
	return 0;
}

/* The last that attach does. */
static int
begin(struct netq_softc *sc)
{
	int error;

	error = bus_dmatag_callback_add(sc->sc_dmat, &sc->sc_callback);
	if (error != 0)
		return error;
	error = start(sc);
	if (error == 0)
		return 0;
	bus_dmatag_callback_remove(sc->sc_dmat, &sc->sc_callback);
	if (stop(sc) != 0)
		return EBUSY;
	net_ring_reclaim(&sc->sc_tx);
	net_ring_reclaim(&sc->sc_rx);
	return error;
}

static int
attach_rings(struct netq_softc *sc)
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

	maps_destroy(sc, NETQ_NJOBS);
free_rx:
	net_ring_destroy(&sc->sc_rx);
free_tx:
	net_ring_destroy(&sc->sc_tx);
	return error;
}

int
netq_attach(struct netq_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    struct env_mbufs *mbufs, void (*kick)(void *arg), void *arg)
{
	bool wide;
	int error;

	*sc = (struct netq_softc){
		.sc_dev = dev,
		.sc_dmat = dmat,
		.sc_mbufs = mbufs,
		.sc_callback = { .dc_func = kick, .dc_arg = arg },
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

/*
 * The callback goes before the packets, whose unloads would call it; and after
 * the device, which may not stop.
 */
int
netq_detach(struct netq_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	bus_dmatag_callback_remove(sc->sc_dmat, &sc->sc_callback);
	(void)complete(sc);
	for (; sc->sc_jobhead != sc->sc_jobtail; job_finish(sc))
		sc->sc_stats.ns_errors++;
	for (; sc->sc_queue != NULL; env_mfree(sc->sc_mbufs, dequeue(sc)))
		sc->sc_stats.ns_errors++;
	net_ring_reclaim(&sc->sc_tx);
	net_ring_reclaim(&sc->sc_rx);
	maps_destroy(sc, NETQ_NJOBS);
	net_ring_destroy(&sc->sc_rx);
	net_ring_destroy(&sc->sc_tx);
	if (sc->sc_narrow != NULL)
		bus_dmatag_destroy(sc->sc_narrow);
	return 0;
}
