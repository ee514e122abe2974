/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated copy engine (<busdma/simcopyreg.h>), written to
 * be read: a job has two maps, for a buffer that the device only reads and for
 * one that it only writes; both may be anything that bus_dma(9) loads.
 *
 * What the driver and the engine share, and who may touch it when:
 *
 *	descriptor	One for each slot.  The driver writes it, PREWRITE
 *			gives it to the engine, the doorbell tells.  It comes
 *			back with the completion: POSTWRITE.
 *	source		Likewise.
 *	destination	PREREAD before the doorbell, POSTREAD after the
 *			completion; the CPU's between neither.
 *	completions	The engine's.  The driver borrows one to look at it
 *			(POSTREAD) and gives it back (PREREAD).  It writes
 *			there only before the engine runs, so that no cache
 *			line with another slot's completion is ever dirty: it
 *			knows a new one by its cookie, not by a word that it
 *			cleared.
 */
#include "copy/copy.h"

#include <busdma/uio.h>

#include "le.h"

#define STOP_TRIES 1000000u

/* Bytes of a descriptor with so many entries. */
static bus_size_t
desc_size(unsigned nsegs)
{
	return SIMCOPY_HDR_SIZE + (bus_size_t)nsegs * SIMCOPY_SEG_SIZE;
}

/*
 * The first slot's maps have all that a load may need reserved.  It is the
 * first to be used, so an engine with nothing in flight can always start a
 * job, and one that can't has a completion to wait for.
 */
static int
slot_create(struct copy_softc *sc, unsigned i)
{
	struct copy_slot *sl = &sc->sc_slots[i];
	bus_dma_tag_t t = sc->sc_dmat;
	int flags = i == 0 ? BUS_DMA_ALLOCNOW : 0;
	int error;

	sl->sl_job = NULL;
	sl->sl_cookie = 0;
	error = dmamem_alloc(t, desc_size(2 * sc->sc_maxsegs), BUS_DMA_WRITE,
	    "copy descriptor", &sl->sl_desc);
	if (error != 0)
		return error;
	error = bus_dmamap_create(t, COPY_MAXLEN, (int)sc->sc_maxsegs,
	    COPY_MAXLEN, 0, flags, &sl->sl_src);
	if (error != 0)
		goto free;
	error = bus_dmamap_create(t, COPY_MAXLEN, (int)sc->sc_maxsegs,
	    COPY_MAXLEN, 0, flags, &sl->sl_dst);
	if (error != 0)
		goto destroy;
	(void)bus_dmamap_label(t, sl->sl_src, "copy source");
	(void)bus_dmamap_label(t, sl->sl_dst, "copy destination");
	return 0;

destroy:
	bus_dmamap_destroy(t, sl->sl_src);
free:
	dmamem_free(t, &sl->sl_desc);
	return error;
}

static void
slots_destroy(struct copy_softc *sc, unsigned n)
{
	while (n-- > 0) {
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_slots[n].sl_dst);
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_slots[n].sl_src);
		dmamem_free(sc->sc_dmat, &sc->sc_slots[n].sl_desc);
	}
}

static int
slots_create(struct copy_softc *sc)
{
	unsigned i;
	int error;

	for (i = 0; i < sc->sc_nslots; i++) {
		error = slot_create(sc, i);
		if (error != 0) {
			slots_destroy(sc, i);
			return error;
		}
	}
	return 0;
}

/* After this the engine neither reads nor writes memory; EBUSY: it does. */
static int
stop(struct copy_softc *sc)
{
	unsigned tries;

	sc->sc_running = false;
	env_write32(sc->sc_dev, SIMCOPY_CTRL, 0);
	for (tries = 0; tries < STOP_TRIES; tries++) {
		if ((env_read32(sc->sc_dev, SIMCOPY_STATUS) &
			SIMCOPY_STATUS_RUN) == 0)
			return 0;
	}
	return EBUSY;
}

/*
 * Start, with no jobs.  The zeroes in the completions are for the driver
 * itself, but on their way to memory, so PREWRITE; what the engine writes
 * comes next, so PREREAD.  No job's cookie is 0.
 */
static int
start(struct copy_softc *sc)
{
	uint32_t status;
	bus_size_t i;

	for (i = 0; i < sc->sc_cpls.mm_size; i++)
		sc->sc_cpls.mm_kva[i] = 0;
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cpls.mm_map, 0, sc->sc_cpls.mm_size,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);

	env_write32(sc->sc_dev, SIMCOPY_INTR, 1);
	env_write32(
	    sc->sc_dev, SIMCOPY_CTRL, SIMCOPY_CTRL_EN | SIMCOPY_CTRL_IE);
	status = env_read32(sc->sc_dev, SIMCOPY_STATUS);
	if ((status & SIMCOPY_STATUS_ERR) != 0 ||
	    (status & SIMCOPY_STATUS_RUN) == 0)
		return EFAULT;
	sc->sc_running = true;
	return 0;
}

/* The stopped engine's completions are the CPU's again. */
static void
cpls_reclaim(struct copy_softc *sc)
{
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cpls.mm_map, 0, sc->sc_cpls.mm_size,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

/* Take the engine's word for nothing that would hurt the driver. */
static int
identify(struct copy_softc *sc)
{
	uint32_t cap, jobs, nsegs;

	if (env_read32(sc->sc_dev, SIMCOPY_ID) != SIMCOPY_ID_VALUE)
		return EINVAL;
	cap = env_read32(sc->sc_dev, SIMCOPY_CAP);
	jobs = cap & SIMCOPY_CAP_JOBS;
	nsegs = (cap & SIMCOPY_CAP_NSEGS) >> 16;
	if (jobs == 0 || nsegs == 0)
		return EINVAL;
	sc->sc_nslots = jobs < COPY_NSLOTS ? jobs : COPY_NSLOTS;
	sc->sc_maxsegs = nsegs < COPY_MAXSEGS ? nsegs : COPY_MAXSEGS;
	return 0;
}

int
copy_attach(struct copy_softc *sc, struct env_device *dev, bus_dma_tag_t dmat)
{
	int error;

	sc->sc_dev = dev;
	sc->sc_dmat = dmat;
	sc->sc_inflight = 0;
	error = identify(sc);
	if (error != 0)
		return error;
	/* Whoever had the engine before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;

	error = dmamem_alloc(dmat, (bus_size_t)sc->sc_nslots * SIMCOPY_CPL_SIZE,
	    0, "copy completions", &sc->sc_cpls);
	if (error != 0)
		return error;
	error = slots_create(sc);
	if (error != 0)
		goto free;
	error = start(sc);
	if (error == 0)
		return 0;

	if (stop(sc) != 0)
		return EBUSY;
	cpls_reclaim(sc);
	slots_destroy(sc, sc->sc_nslots);
free:
	dmamem_free(dmat, &sc->sc_cpls);
	return error;
}

/* Load a buffer; one of another length than the job's is none. */
static int
load(struct copy_softc *sc, bus_dmamap_t map, const struct copy_buffer *cb,
    bus_size_t len, int dir)
{
	bus_dma_tag_t t = sc->sc_dmat;
	int flags = BUS_DMA_NOWAIT | BUS_DMA_STREAMING | dir;
	int error = EINVAL;

	switch (cb->cb_kind) {
	case COPY_LINEAR:
		error = bus_dmamap_load(
		    t, map, cb->cb_buf, len, cb->cb_proc, flags);
		break;
	case COPY_UIO:
		error = bus_dmamap_load_uio(t, map, cb->cb_uio, flags);
		break;
	case COPY_RAW:
		error = bus_dmamap_load_raw(
		    t, map, cb->cb_segs, cb->cb_nsegs, len, flags);
		break;
	}
	if (error != 0)
		return error;
	if (len != 0 && map->dm_mapsize == len)
		return 0;
	if (map->dm_mapsize != 0)
		bus_dmamap_unload(t, map);
	return EINVAL;
}

/* The engine only reads the source and only writes the destination. */
static int
slot_load(struct copy_softc *sc, struct copy_slot *sl, struct copy_job *jb)
{
	int error;

	error = load(sc, sl->sl_src, &jb->jb_src, jb->jb_len, BUS_DMA_WRITE);
	if (error != 0)
		return error;
	error = load(sc, sl->sl_dst, &jb->jb_dst, jb->jb_len, BUS_DMA_READ);
	if (error != 0) {
		bus_dmamap_unload(sc->sc_dmat, sl->sl_src);
		return error;
	}
	jb->jb_srcsegs = sl->sl_src->dm_nsegs;
	jb->jb_dstsegs = sl->sl_dst->dm_nsegs;
	return 0;
}

/* The entries of a map; where the next ones go. */
static uint8_t *
put_list(uint8_t *p, bus_dmamap_t map)
{
	int i;

	for (i = 0; i < map->dm_nsegs; i++) {
		le_put64(p + SIMCOPY_SEG_ADDR, map->dm_segs[i].ds_addr);
		le_put32(p + SIMCOPY_SEG_LEN, (uint32_t)map->dm_segs[i].ds_len);
		le_put32(p + SIMCOPY_SEG_ZERO, 0);
		p += SIMCOPY_SEG_SIZE;
	}
	return p;
}

/* Bytes of the descriptor that the slot's job has. */
static bus_size_t
slot_desc_size(const struct copy_slot *sl)
{
	return desc_size(
	    (unsigned)(sl->sl_job->jb_srcsegs + sl->sl_job->jb_dstsegs));
}

/*
 * Give the data and the descriptor to the engine, and tell it.  The last
 * PREWRITE also orders all that was stored above it before the doorbell.
 */
static void
slot_give(struct copy_softc *sc, struct copy_slot *sl)
{
	struct copy_job *jb = sl->sl_job;
	bus_addr_t desc = dmamem_address(&sl->sl_desc);
	uint8_t *p = sl->sl_desc.mm_kva;
	bus_addr_t cpl;

	cpl = dmamem_address(&sc->sc_cpls) +
	      (bus_addr_t)(sl - sc->sc_slots) * SIMCOPY_CPL_SIZE;
	if (++sl->sl_cookie == 0)
		sl->sl_cookie = 1;
	le_put16(p + SIMCOPY_HDR_NSRC, (uint32_t)jb->jb_srcsegs);
	le_put16(p + SIMCOPY_HDR_NDST, (uint32_t)jb->jb_dstsegs);
	le_put32(p + SIMCOPY_HDR_COOKIE, sl->sl_cookie);
	le_put64(p + SIMCOPY_HDR_LEN, jb->jb_len);
	le_put64(p + SIMCOPY_HDR_CPL, cpl);
	le_put64(p + SIMCOPY_HDR_ZERO, 0);
	(void)put_list(put_list(p + SIMCOPY_HDR_SIZE, sl->sl_src), sl->sl_dst);

	bus_dmamap_sync(
	    sc->sc_dmat, sl->sl_src, 0, jb->jb_len, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(
	    sc->sc_dmat, sl->sl_dst, 0, jb->jb_len, BUS_DMASYNC_PREREAD);
	bus_dmamap_sync(sc->sc_dmat, sl->sl_desc.mm_map, 0, slot_desc_size(sl),
	    BUS_DMASYNC_PREWRITE);
	env_write32(sc->sc_dev, SIMCOPY_JOB_HI, (uint32_t)(desc >> 32));
	env_write32(sc->sc_dev, SIMCOPY_JOB_LO, (uint32_t)desc);
}

int
copy_submit(struct copy_softc *sc, struct copy_job *jb)
{
	struct copy_slot *sl;
	unsigned i;
	int error;

	if (!sc->sc_running)
		return EINVAL;
	for (i = 0; i < sc->sc_nslots; i++) {
		if (sc->sc_slots[i].sl_job == NULL)
			break;
	}
	if (i == sc->sc_nslots)
		return EBUSY;
	sl = &sc->sc_slots[i];
	error = slot_load(sc, sl, jb);
	if (error != 0)
		return error;
	sl->sl_job = jb;
	sc->sc_inflight++;
	slot_give(sc, sl);
	return 0;
}

/* The engine is done with the slot's job, or has stopped: take all back. */
static void
slot_finish(struct copy_softc *sc, struct copy_slot *sl, uint32_t status,
    bus_size_t moved)
{
	struct copy_job *jb = sl->sl_job;

	bus_dmamap_sync(sc->sc_dmat, sl->sl_desc.mm_map, 0, slot_desc_size(sl),
	    BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(
	    sc->sc_dmat, sl->sl_src, 0, jb->jb_len, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(
	    sc->sc_dmat, sl->sl_dst, 0, jb->jb_len, BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(sc->sc_dmat, sl->sl_src);
	bus_dmamap_unload(sc->sc_dmat, sl->sl_dst);
	sl->sl_job = NULL;
	sc->sc_inflight--;
	jb->jb_status = status;
	jb->jb_moved = moved;
	jb->jb_done(jb);
}

/*
 * Whether the slot's job is over, and how.
 *
 * The cookie is the engine's signal.  What it wrote before the cookie may be
 * looked at only after a POSTREAD that follows the look at the cookie: the
 * second one.  PREREAD gives the completion back, new or not.
 */
static bool
slot_look(
    struct copy_softc *sc, unsigned i, uint32_t *status, bus_size_t *moved)
{
	bus_size_t offset = (bus_size_t)i * SIMCOPY_CPL_SIZE;
	const uint8_t *cpl = sc->sc_cpls.mm_kva + offset;
	bus_dmamap_t map = sc->sc_cpls.mm_map;
	bool over;

	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMCOPY_CPL_SIZE, BUS_DMASYNC_POSTREAD);
	over = le_get32(cpl + SIMCOPY_CPL_COOKIE) == sc->sc_slots[i].sl_cookie;
	if (over) {
		bus_dmamap_sync(sc->sc_dmat, map, offset, SIMCOPY_CPL_SIZE,
		    BUS_DMASYNC_POSTREAD);
		*status = le_get32(cpl + SIMCOPY_CPL_STATUS);
		/* No job is longer than 32 bits. */
		*moved = le_get32(cpl + SIMCOPY_CPL_MOVED);
	}
	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMCOPY_CPL_SIZE, BUS_DMASYNC_PREREAD);
	return over;
}

/* Jobs that the engine has completed; how many. */
static unsigned
complete(struct copy_softc *sc)
{
	uint32_t status;
	bus_size_t moved;
	unsigned i, n = 0;

	for (i = 0; i < sc->sc_nslots; i++) {
		if (sc->sc_slots[i].sl_job == NULL ||
		    !slot_look(sc, i, &status, &moved))
			continue;
		slot_finish(sc, &sc->sc_slots[i], status, moved);
		n++;
	}
	return n;
}

/*
 * The interrupt is cleared first: one that comes for a completion which the
 * look no longer sees stays.
 */
unsigned
copy_intr(struct copy_softc *sc)
{
	if (!sc->sc_running)
		return 0;
	env_write32(sc->sc_dev, SIMCOPY_INTR, 1);
	return complete(sc);
}

unsigned
copy_wait(struct copy_softc *sc)
{
	unsigned n;

	while ((n = copy_intr(sc)) == 0 && sc->sc_inflight > 0) {
		if (!env_wait(sc->sc_dev))
			return copy_intr(sc);
	}
	return n;
}

/*
 * Stop, and end every job: those that the engine completed before it stopped
 * with their status, the others as aborted.
 */
static int
stop_and_abort(struct copy_softc *sc)
{
	unsigned i;
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	(void)complete(sc);
	for (i = 0; i < sc->sc_nslots; i++) {
		if (sc->sc_slots[i].sl_job != NULL)
			slot_finish(sc, &sc->sc_slots[i], COPY_ST_ABORTED, 0);
	}
	cpls_reclaim(sc);
	return 0;
}

int
copy_reset(struct copy_softc *sc)
{
	int error;

	error = stop_and_abort(sc);
	if (error != 0)
		return error;
	error = start(sc);
	if (error != 0 && stop(sc) != 0)
		return EBUSY;
	return error;
}

int
copy_detach(struct copy_softc *sc)
{
	int error;

	error = stop_and_abort(sc);
	if (error != 0)
		return error;
	slots_destroy(sc, sc->sc_nslots);
	dmamem_free(sc->sc_dmat, &sc->sc_cpls);
	return 0;
}
