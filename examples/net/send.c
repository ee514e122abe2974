/* SPDX-License-Identifier: BSD-2-Clause */
/* The network driver: packets on their way out.  See net.c. */
#include "net/netvar.h"

int
net_spare_fill(struct net_softc *sc)
{
	unsigned want = (sc->sc_maxframe + ENV_CLUSTER - 1) / ENV_CLUSTER;
	struct mbuf *m;

	while (sc->sc_nspare + sc->sc_lent < want) {
		m = env_mget(sc->sc_mbufs);
		if (m == NULL)
			return ENOMEM;
		m->m_nextpkt = sc->sc_spare;
		sc->sc_spare = m;
		sc->sc_nspare++;
	}
	return 0;
}

static struct mbuf *
spare_take(struct net_softc *sc)
{
	struct mbuf *m = sc->sc_spare;

	sc->sc_spare = m->m_nextpkt;
	sc->sc_nspare--;
	m->m_nextpkt = NULL;
	m->m_next = NULL;
	m->m_len = 0;
	return m;
}

void
net_spare_free(struct net_softc *sc)
{
	while (sc->sc_spare != NULL)
		env_mfree(sc->sc_mbufs, spare_take(sc));
}

/* Append to a chain of spare clusters, `last' of which is not full. */
static struct mbuf *
append(struct net_softc *sc, struct mbuf *last, const char *p, int len)
{
	while (len-- > 0) {
		if (last->m_len == ENV_CLUSTER) {
			last->m_next = spare_take(sc);
			last = last->m_next;
		}
		last->m_data[last->m_len++] = *p++;
	}
	return last;
}

/*
 * Copy the packet at the head of the queue into as few clusters as hold it,
 * and put the copy in its place.  EINVAL: it is longer than it says; EFBIG: it
 * is such a copy.
 */
static int
compact(struct net_softc *sc)
{
	struct mbuf *old = sc->sc_queue, *m, *first, *last;
	int left = old->m_pkthdr.len;
	unsigned need = ((unsigned)left + ENV_CLUSTER - 1) / ENV_CLUSTER;

	if (sc->sc_headlent != 0)
		return EFBIG;
	for (m = old; m != NULL; m = m->m_next) {
		if (m->m_len < 0 || m->m_len > left)
			return EINVAL;
		left -= m->m_len;
	}
	if (net_spare_fill(sc) != 0 || sc->sc_nspare < need)
		return ENOMEM;
	sc->sc_headlent = need;
	sc->sc_lent += need;
	first = last = spare_take(sc);
	for (m = old; m != NULL; m = m->m_next)
		last = append(sc, last, m->m_data, m->m_len);
	first->m_flags |= M_PKTHDR;
	first->m_pkthdr = old->m_pkthdr;
	first->m_nextpkt = old->m_nextpkt;
	sc->sc_queue = first;
	if (sc->sc_queuelast == old)
		sc->sc_queuelast = first;
	old->m_nextpkt = NULL;
	env_mfree(sc->sc_mbufs, old);
	sc->sc_stats.ns_compacted++;
	return 0;
}

/* Load the packet at the head of the queue, compacted if that must be. */
static int
job_load(struct net_softc *sc, struct net_job *jb)
{
	const int flags = BUS_DMA_NOWAIT | BUS_DMA_WRITE | BUS_DMA_STREAMING;
	int error;

	error =
	    bus_dmamap_load_mbuf(sc->sc_dmat, jb->jb_map, sc->sc_queue, flags);
	if (error != EFBIG)
		return error;
	error = compact(sc);
	if (error != 0)
		return error;
	return bus_dmamap_load_mbuf(
	    sc->sc_dmat, jb->jb_map, sc->sc_queue, flags);
}

/* Give the packet to the device, its first descriptor last. */
static void
job_give(struct net_softc *sc, struct net_job *jb)
{
	struct net_ring *rg = &sc->sc_tx;
	const bus_dma_segment_t *ds = jb->jb_map->dm_segs;
	uint32_t first = SIMNET_DESC_FIRST, n;
	int i, last = jb->jb_map->dm_nsegs - 1;

	bus_dmamap_sync(sc->sc_dmat, jb->jb_map, 0, jb->jb_map->dm_mapsize,
	    BUS_DMASYNC_PREWRITE);
	for (i = last; i > 0; i--)
		net_ring_put(rg, rg->rg_given + (uint32_t)i, ds[i].ds_addr,
		    ds[i].ds_len, i == last ? SIMNET_DESC_LAST : 0);
	if (last == 0)
		first |= SIMNET_DESC_LAST;
	n = rg->rg_given;
	rg->rg_given += (uint32_t)last + 1;
	jb->jb_end = rg->rg_given;
	net_ring_put(rg, n, ds[0].ds_addr, ds[0].ds_len, first);
}

/* Take it back and free it. */
static void
job_finish(struct net_softc *sc)
{
	struct net_job *jb = &sc->sc_jobs[sc->sc_jobhead % NET_NJOBS];
	struct mbuf *m = jb->jb_m;

	bus_dmamap_sync(sc->sc_dmat, jb->jb_map, 0, jb->jb_map->dm_mapsize,
	    BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(sc->sc_dmat, jb->jb_map);
	jb->jb_m = NULL;
	sc->sc_lent -= jb->jb_lent;
	sc->sc_tx.rg_done = jb->jb_end;
	sc->sc_jobhead++;
	env_mfree(sc->sc_mbufs, m);
}

static struct mbuf *
dequeue(struct net_softc *sc)
{
	struct mbuf *m = sc->sc_queue;

	sc->sc_queue = m->m_nextpkt;
	m->m_nextpkt = NULL;
	sc->sc_queued--;
	return m;
}

/* Throw away the packet at the head of the queue. */
static void
discard(struct net_softc *sc)
{
	sc->sc_lent -= sc->sc_headlent;
	sc->sc_headlent = 0;
	env_mfree(sc->sc_mbufs, dequeue(sc));
}

/*
 * Give the packet at the head of the queue.  EBUSY, ENOMEM: it waits; any
 * other error: it can't be sent.
 */
static int
send(struct net_softc *sc)
{
	struct net_job *jb;
	int error;

	if (sc->sc_jobtail - sc->sc_jobhead == NET_NJOBS ||
	    net_ring_room(&sc->sc_tx) < sc->sc_maxsegs)
		return EBUSY;
	/* With none in flight, the one with the reserve. */
	if (sc->sc_jobtail == sc->sc_jobhead)
		sc->sc_jobtail = sc->sc_jobhead = 0;
	jb = &sc->sc_jobs[sc->sc_jobtail % NET_NJOBS];
	error = job_load(sc, jb);
	if (error != 0)
		return error;
	jb->jb_lent = sc->sc_headlent;
	sc->sc_headlent = 0;
	jb->jb_m = dequeue(sc);
	sc->sc_jobtail++;
	job_give(sc, jb);
	return 0;
}

void
net_send_queue(struct net_softc *sc)
{
	uint32_t given = sc->sc_tx.rg_given;
	int error = 0;

	while (sc->sc_running && sc->sc_queue != NULL) {
		error = send(sc);
		if (error == EBUSY || error == ENOMEM)
			break;
		if (error != 0) {
			sc->sc_stats.ns_senderrors++;
			discard(sc);
		}
	}
	if (error == ENOMEM)
		sc->sc_stats.ns_stalls++;
	if (sc->sc_tx.rg_given != given)
		net_ring_bell(&sc->sc_tx);
}

int
net_start(struct net_softc *sc, struct mbuf *m)
{
	if ((m->m_flags & M_PKTHDR) == 0 || m->m_pkthdr.len <= 0 ||
	    (unsigned)m->m_pkthdr.len > sc->sc_maxframe)
		return EINVAL;
	if (sc->sc_queued == NET_QUEUE)
		return EBUSY;
	m->m_nextpkt = NULL;
	if (sc->sc_queue == NULL)
		sc->sc_queue = m;
	else
		sc->sc_queuelast->m_nextpkt = m;
	sc->sc_queuelast = m;
	/* Those before it wait for something that has not come yet. */
	if (sc->sc_queued++ == 0)
		net_send_queue(sc);
	return 0;
}

unsigned
net_send_complete(struct net_softc *sc)
{
	struct net_ring *rg = &sc->sc_tx;
	struct net_cpl cp;
	unsigned n = 0;

	while (net_ring_take(rg, &cp)) {
		const struct net_job *jb =
		    &sc->sc_jobs[sc->sc_jobhead % NET_NJOBS];

		if (sc->sc_jobhead == sc->sc_jobtail ||
		    cp.cp_index != net_ring_index(rg, jb->jb_end - 1)) {
			sc->sc_stats.ns_stray++;
			continue;
		}
		if (cp.cp_status == SIMNET_ST_OK)
			sc->sc_stats.ns_sent++;
		else
			sc->sc_stats.ns_senderrors++;
		job_finish(sc);
		n++;
	}
	return n;
}

void
net_send_abort(struct net_softc *sc)
{
	while (sc->sc_jobhead != sc->sc_jobtail) {
		sc->sc_stats.ns_senderrors++;
		job_finish(sc);
	}
}

void
net_send_flush(struct net_softc *sc)
{
	while (sc->sc_queue != NULL)
		discard(sc);
}
