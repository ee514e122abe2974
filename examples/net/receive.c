/* SPDX-License-Identifier: BSD-2-Clause */
/* The network driver: packets on their way in.  See net.c. */
#include "net/netvar.h"

/*
 * One more empty cluster for the device; on failure it is freed.  It is loaded
 * as an mbuf: a buffer at its address would share a cache line, for all that is
 * known, with somebody else, while a cluster's are its own.
 */
static int
buf_give(struct net_softc *sc, struct mbuf *m)
{
	struct net_ring *rg = &sc->sc_rx;
	struct net_buf *nb = &sc->sc_bufs[net_ring_index(rg, rg->rg_given)];
	bus_dmamap_t map = nb->nb_map;
	int error;

	m->m_data += NET_RXOFFSET;
	m->m_flags |= M_PKTHDR;
	m->m_len = m->m_pkthdr.len = NET_RXBYTES;
	error = bus_dmamap_load_mbuf(sc->sc_dmat, map, m,
	    BUS_DMA_NOWAIT | BUS_DMA_READ | BUS_DMA_STREAMING);
	if (error != 0) {
		env_mfree(sc->sc_mbufs, m);
		return error;
	}
	nb->nb_m = m;
	bus_dmamap_sync(
	    sc->sc_dmat, map, 0, map->dm_mapsize, BUS_DMASYNC_PREREAD);
	net_ring_put(rg, rg->rg_given++, map->dm_segs[0].ds_addr,
	    map->dm_segs[0].ds_len, 0);
	return 0;
}

/* Take the oldest back. */
static struct mbuf *
buf_take(struct net_softc *sc)
{
	struct net_ring *rg = &sc->sc_rx;
	struct net_buf *nb = &sc->sc_bufs[net_ring_index(rg, rg->rg_done++)];
	struct mbuf *m = nb->nb_m;

	bus_dmamap_sync(sc->sc_dmat, nb->nb_map, 0, nb->nb_map->dm_mapsize,
	    BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(sc->sc_dmat, nb->nb_map);
	nb->nb_m = NULL;
	return m;
}

void
net_recv_drop(struct net_softc *sc)
{
	if (sc->sc_part != NULL)
		env_mfree(sc->sc_mbufs, sc->sc_part);
	sc->sc_part = NULL;
	sc->sc_skip = true;
	sc->sc_stats.ns_recverrors++;
}

int
net_recv_fill(struct net_softc *sc)
{
	struct net_ring *rg = &sc->sc_rx;
	uint32_t given = rg->rg_given;
	int error = net_spare_fill(sc);
	struct mbuf *m;

	sc->sc_dry = error != 0;
	while (error == 0 && net_ring_room(rg) > 0) {
		m = env_mget(sc->sc_mbufs);
		sc->sc_dry = m == NULL;
		error = m != NULL ? buf_give(sc, m) : ENOMEM;
	}
	if (error != 0)
		sc->sc_stats.ns_starved++;
	if (rg->rg_given != given)
		net_ring_bell(rg);
	return error;
}

static void
part_append(struct net_softc *sc, struct mbuf *m, const struct net_cpl *cp)
{
	m->m_len = (int)cp->cp_len;
	m->m_next = NULL;
	if (sc->sc_part == NULL) {
		m->m_flags |= M_PKTHDR;
		m->m_pkthdr.len = 0;
		m->m_pkthdr.ph_rcvif = sc;
		sc->sc_part = m;
	} else {
		m->m_flags &= ~M_PKTHDR;
		sc->sc_partlast->m_next = m;
	}
	sc->sc_partlast = m;
	sc->sc_part->m_pkthdr.len += m->m_len;
}

/* A buffer came back; true: it ended a packet, which was handed up. */
static bool
receive(struct net_softc *sc, const struct net_cpl *cp)
{
	struct mbuf *m = buf_take(sc);
	unsigned before = 0;

	if (sc->sc_part != NULL)
		before = (unsigned)sc->sc_part->m_pkthdr.len;
	if (!sc->sc_skip && (cp->cp_len == 0 || cp->cp_len > NET_RXBYTES ||
				cp->cp_len > sc->sc_maxframe - before))
		net_recv_drop(sc);
	if (sc->sc_skip) {
		env_mfree(sc->sc_mbufs, m);
		sc->sc_skip = !cp->cp_last;
		return false;
	}
	part_append(sc, m, cp);
	sc->sc_wedged = false;
	if (!cp->cp_last)
		return false;
	m = sc->sc_part;
	sc->sc_part = NULL;
	sc->sc_stats.ns_received++;
	(*sc->sc_input)(sc->sc_arg, m);
	return true;
}

unsigned
net_recv_complete(struct net_softc *sc)
{
	struct net_ring *rg = &sc->sc_rx;
	struct net_cpl cp;
	unsigned n = 0;

	while (net_ring_take(rg, &cp)) {
		if (rg->rg_done == rg->rg_given ||
		    cp.cp_index != net_ring_index(rg, rg->rg_done))
			sc->sc_stats.ns_stray++;
		else
			n += receive(sc, &cp);
	}
	return n;
}

void
net_recv_abort(struct net_softc *sc)
{
	while (sc->sc_rx.rg_done != sc->sc_rx.rg_given)
		env_mfree(sc->sc_mbufs, buf_take(sc));
	if (sc->sc_part != NULL)
		net_recv_drop(sc);
}
