/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated card on a 24-bit bus (<busdma/simisareg.h>),
 * written to be read: it says what the card can do, once, and learns from
 * nothing but bus_dmamap_load whether a buffer will do.
 *
 * The card takes one run of bytes below 16 MiB that crosses no multiple of
 * 64 KiB.  Few buffers are such a run.  What happens to the others is the
 * stack's to decide, not the driver's: with a layer that bounces, or an IOMMU,
 * every load succeeds.  Where there is neither, the load fails, and so does
 * the request; memory that bus_dmamem_alloc gave for the driver's tag loads
 * there, too.
 *
 * A buffer is the card's from the PRE sync before SIMISA_CTRL_START until
 * SIMISA_STATUS is no longer BUSY; then a POST sync takes it back.
 */
#include "isa/isa.h"

#include <busdma/uio.h>

#define STOP_TRIES 1000000u
#define POLL_TRIES 1000000u

/* After this the card neither reads nor writes memory; EBUSY: it does. */
static int
stop(struct isa_softc *sc)
{
	unsigned tries;

	sc->sc_running = false;
	env_write32(sc->sc_dev, SIMISA_CTRL, 0);
	for (tries = 0; tries < STOP_TRIES; tries++) {
		if ((env_read32(sc->sc_dev, SIMISA_STATUS) &
			SIMISA_STATUS_BUSY) == 0)
			return 0;
	}
	return EBUSY;
}

/*
 * What the card reaches: a tag that says all that there is to say of the card,
 * so that nothing below need say it again; and a map.
 */
static int
reach(struct isa_softc *sc, bus_dma_tag_t dmat)
{
	const struct bus_dma_limits lim = {
		.dl_high = SIMISA_ADDR_MAX,
		.dl_nsegments = 1,
		.dl_boundary = SIMISA_BOUNDARY,
	};
	int error;

	error = bus_dmatag_restrict(dmat, &lim, &sc->sc_dmat, BUS_DMA_WAITOK);
	if (error != 0)
		return error;
	/* One request at a time: what its load may need can be reserved. */
	error = bus_dmamap_create(sc->sc_dmat, ISA_MAXLEN, 1, ISA_MAXLEN, 0,
	    BUS_DMA_ALLOCNOW, &sc->sc_map);
	if (error != 0) {
		bus_dmatag_destroy(sc->sc_dmat);
		return error;
	}
	(void)bus_dmamap_label(sc->sc_dmat, sc->sc_map, "card data");
	return 0;
}

int
isa_attach(struct isa_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    bool polled)
{
	int error;

	sc->sc_dev = dev;
	sc->sc_polled = polled;
	sc->sc_rq = NULL;
	if (env_read32(dev, SIMISA_ID) != SIMISA_ID_VALUE)
		return EINVAL;
	sc->sc_memsize = env_read32(dev, SIMISA_MEMSIZE);
	/* Whoever had the card before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;
	env_write32(dev, SIMISA_INTR, 1);
	error = reach(sc, dmat);
	sc->sc_running = error == 0;
	return error;
}

static int
load(struct isa_softc *sc, struct isa_request *rq)
{
	bus_dma_tag_t t = sc->sc_dmat;
	int flags = BUS_DMA_NOWAIT | BUS_DMA_STREAMING;

	flags |= rq->rq_tomem ? BUS_DMA_READ : BUS_DMA_WRITE;
	switch (rq->rq_kind) {
	case ISA_LINEAR:
		return bus_dmamap_load(
		    t, sc->sc_map, rq->rq_buf, rq->rq_len, rq->rq_proc, flags);
	case ISA_UIO:
		return bus_dmamap_load_uio(t, sc->sc_map, rq->rq_uio, flags);
	case ISA_RAW:
		return bus_dmamap_load_raw(t, sc->sc_map, rq->rq_segs,
		    rq->rq_nsegs, rq->rq_len, flags);
	}
	return EINVAL;
}

/*
 * The card needs one segment of all bytes; more can't come of this tag, fewer
 * of a uio that is shorter than the request.
 */
static int
prepare(struct isa_softc *sc, struct isa_request *rq)
{
	int error;

	if (rq->rq_len == 0 || rq->rq_len > ISA_MAXLEN ||
	    rq->rq_card > sc->sc_memsize ||
	    rq->rq_len > sc->sc_memsize - rq->rq_card)
		return EINVAL;
	error = load(sc, rq);
	if (error != 0)
		return error;
	if (sc->sc_map->dm_mapsize == rq->rq_len)
		return 0;
	if (sc->sc_map->dm_mapsize != 0)
		bus_dmamap_unload(sc->sc_dmat, sc->sc_map);
	return EINVAL;
}

int
isa_submit(struct isa_softc *sc, struct isa_request *rq)
{
	uint32_t ctrl = SIMISA_CTRL_START;
	bus_dmamap_t map = sc->sc_map;
	int error;

	if (!sc->sc_running)
		return EINVAL;
	if (sc->sc_rq != NULL)
		return EBUSY;
	error = prepare(sc, rq);
	if (error != 0)
		return error;

	sc->sc_rq = rq;
	bus_dmamap_sync(sc->sc_dmat, map, 0, rq->rq_len,
	    rq->rq_tomem ? BUS_DMASYNC_PREREAD : BUS_DMASYNC_PREWRITE);
	env_write32(sc->sc_dev, SIMISA_ADDR, (uint32_t)map->dm_segs[0].ds_addr);
	env_write32(sc->sc_dev, SIMISA_COUNT, (uint32_t)rq->rq_len - 1);
	env_write32(sc->sc_dev, SIMISA_CARD, rq->rq_card);
	if (rq->rq_tomem)
		ctrl |= SIMISA_CTRL_TOMEM;
	if (!sc->sc_polled)
		ctrl |= SIMISA_CTRL_IE;
	env_write32(sc->sc_dev, SIMISA_CTRL, ctrl);
	return 0;
}

/* The card is no longer busy, as its status says: take the buffer back. */
static void
finish(struct isa_softc *sc, uint32_t status)
{
	struct isa_request *rq = sc->sc_rq;

	bus_dmamap_sync(sc->sc_dmat, sc->sc_map, 0, rq->rq_len,
	    rq->rq_tomem ? BUS_DMASYNC_POSTREAD : BUS_DMASYNC_POSTWRITE);
	if ((status & (SIMISA_STATUS_ERR | SIMISA_STATUS_WRAP)) != 0)
		rq->rq_status = ISA_ST_DMA;
	else if ((status & SIMISA_STATUS_DONE) == 0)
		rq->rq_status = ISA_ST_ABORTED;
	else
		rq->rq_status = ISA_ST_OK;
	bus_dmamap_unload(sc->sc_dmat, sc->sc_map);
	sc->sc_rq = NULL;
	rq->rq_done(rq);
}

/*
 * The interrupt is cleared first: one that comes after the look at the status
 * stays.
 */
unsigned
isa_intr(struct isa_softc *sc)
{
	uint32_t status;

	if (!sc->sc_running || sc->sc_rq == NULL)
		return 0;
	env_write32(sc->sc_dev, SIMISA_INTR, 1);
	status = env_read32(sc->sc_dev, SIMISA_STATUS);
	if ((status & SIMISA_STATUS_BUSY) != 0)
		return 0;
	finish(sc, status);
	return 1;
}

unsigned
isa_wait(struct isa_softc *sc)
{
	unsigned tries;

	for (tries = 0; tries < POLL_TRIES && sc->sc_rq != NULL; tries++) {
		if (isa_intr(sc) != 0)
			return 1;
		if (!sc->sc_polled && !env_wait(sc->sc_dev))
			return isa_intr(sc);
	}
	return 0;
}

int
isa_reset(struct isa_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	/* rq_done may submit. */
	sc->sc_running = true;
	if (sc->sc_rq != NULL)
		finish(sc, env_read32(sc->sc_dev, SIMISA_STATUS));
	return 0;
}

int
isa_detach(struct isa_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	if (sc->sc_rq != NULL)
		finish(sc, env_read32(sc->sc_dev, SIMISA_STATUS));
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_map);
	bus_dmatag_destroy(sc->sc_dmat);
	return 0;
}
