/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for NVM Express controllers, written to be read: all of its DMA
 * goes through bus_dma(9).  This file has the controller's registers, and what
 * is made when it is attached; queue.c the queues, prp.c how data are
 * described, io.c the requests, admin.c the commands of the driver's own.
 *
 * What the driver and the controller share, and who may touch it when:
 *
 *	submission queue The driver writes an entry, PREWRITE gives it to the
 *			controller, the doorbell tells.  It comes back with the
 *			completion: POSTWRITE.
 *	PRP lists	Go and come with the command.
 *	data		Likewise: PREWRITE and POSTWRITE for what the
 *			controller reads, PREREAD and POSTREAD for what it
 *			writes.
 *	completion queue The controller's.  The driver borrows an entry to look
 *			at it (POSTREAD) and gives it back (PREREAD).  It never
 *			writes there while the controller is on, so that no
 *			cache line with other entries is ever dirty.
 *
 * All that it must know of the controller it asks: the size of pages, of
 * queues, of transfers, where doorbells are, how long a start may take.
 */
#include "nvme/nvmevar.h"

#define POLL_US 50
#define DEFAULT_DEPTH 32
#define DEFAULT_MAXXFER (512u * 1024)
#define DEFAULT_PATIENCE 1000
#define ADMIN_DEPTH 16

static void
write_address(struct nvme_softc *sc, uint32_t reg, bus_addr_t addr)
{
	env_write32(sc->sc_dev, reg, (uint32_t)addr);
	env_write32(sc->sc_dev, reg + 4, (uint32_t)(addr >> 32));
}

bool
nvme_dead(struct nvme_softc *sc)
{
	uint32_t csts = env_read32(sc->sc_dev, NVME_CSTS);

	return csts == NVME_GONE || (csts & NVME_CSTS_CFS) != 0;
}

bool
nvme_pause(struct nvme_softc *sc, unsigned *waited)
{
	if (!sc->sc_params.np_polled)
		return env_wait(sc->sc_dev);
	if (*waited / 1000 >= sc->sc_params.np_patience)
		return false;
	*waited += POLL_US;
	env_delay(sc->sc_dev, POLL_US);
	return true;
}

/*
 * Wait until these bits of CSTS have a value, as long as CAP.TO says.  EFAULT:
 * the controller has failed; EBUSY: time is up.  One that is gone does nothing
 * any more, and is no error here.
 */
static int
status_wait(struct nvme_softc *sc, uint32_t mask, uint32_t value)
{
	unsigned ms;
	uint32_t csts;

	for (ms = 0; ms <= sc->sc_startup; ms++) {
		csts = env_read32(sc->sc_dev, NVME_CSTS);
		if (csts == NVME_GONE || (csts & mask) == value)
			return 0;
		if (value == NVME_CSTS_RDY && (csts & NVME_CSTS_CFS) != 0)
			return EFAULT;
		env_delay(sc->sc_dev, 1000);
	}
	return EBUSY;
}

/*
 * 7.3.2: after this the controller neither reads nor writes memory; EBUSY: it
 * does.  One that is still starting must not be stopped before it has.
 */
static int
stop(struct nvme_softc *sc)
{
	uint32_t cc = env_read32(sc->sc_dev, NVME_CC);

	sc->sc_state = NVME_DOWN;
	if (cc == NVME_GONE)
		return 0;
	if ((cc & NVME_CC_EN) != 0) {
		(void)status_wait(sc, NVME_CSTS_RDY, NVME_CSTS_RDY);
		env_write32(
		    sc->sc_dev, NVME_CC, cc & ~(NVME_CC_EN | NVME_CC_SHN));
	}
	return status_wait(sc, NVME_CSTS_RDY, 0);
}

/* 7.6.2: what it has in caches of its own goes to the medium. */
static void
shutdown(struct nvme_softc *sc)
{
	uint32_t cc = env_read32(sc->sc_dev, NVME_CC);

	if (cc == NVME_GONE || (cc & NVME_CC_EN) == 0)
		return;
	cc = (cc & ~NVME_CC_SHN) | NVME_CC_SHN_NORMAL;
	env_write32(sc->sc_dev, NVME_CC, cc);
	(void)status_wait(sc, NVME_CSTS_SHST, NVME_CSTS_SHST_DONE);
}

/* 7.6.1: with its admin queue, and no other. */
static int
enable(struct nvme_softc *sc)
{
	struct nvme_queue *qu = &sc->sc_queues[0];
	int error;

	nvme_queue_give(sc, qu);
	env_write32(sc->sc_dev, NVME_AQA,
	    (qu->qu_depth - 1) << 16 | (qu->qu_depth - 1));
	write_address(sc, NVME_ASQ, dmamem_address(&qu->qu_sq));
	write_address(sc, NVME_ACQ, dmamem_address(&qu->qu_cq));
	env_write32(sc->sc_dev, NVME_CC,
	    NVME_CC_EN | NVME_CC_MPS(sc->sc_pageshift - NVME_PAGE_SHIFT) |
		NVME_CC_IOSQES((uint32_t)NVME_SQE_SHIFT) |
		NVME_CC_IOCQES((uint32_t)NVME_CQE_SHIFT));
	error = status_wait(sc, NVME_CSTS_RDY, NVME_CSTS_RDY);
	if (error != 0 || nvme_dead(sc))
		return EFAULT;
	env_write32(sc->sc_dev,
	    sc->sc_params.np_polled ? NVME_INTMS : NVME_INTMC, 0xffffffffu);
	sc->sc_state = NVME_STARTING;
	return 0;
}

/* Take the controller's word for nothing that would hurt the driver. */
static int
registers(struct nvme_softc *sc)
{
	uint32_t lo = env_read32(sc->sc_dev, NVME_CAP);
	uint32_t hi = env_read32(sc->sc_dev, NVME_CAP_HI);

	if (lo == NVME_GONE || (hi & NVME_CAP_CSS_NVM) == 0 ||
	    (lo & NVME_CAP_MQES) == 0)
		return EINVAL;
	sc->sc_version = env_read32(sc->sc_dev, NVME_VS);
	sc->sc_entries = (lo & NVME_CAP_MQES) + 1;
	sc->sc_startup = NVME_CAP_TO(lo) * 500;
	sc->sc_stride = NVME_CAP_DSTRD(hi);
	/* The smallest page is what most machines have. */
	sc->sc_mpsmin = NVME_CAP_MPSMIN(hi);
	sc->sc_pageshift = NVME_PAGE_SHIFT + sc->sc_mpsmin;
	return 0;
}

static int
tags(struct nvme_softc *sc, bus_dma_tag_t dmat)
{
	const struct bus_dma_limits data = {
		.dl_alignment = NVME_PRP_ALIGN,
		.dl_minalignmask = nvme_pagesize(sc) - 1,
	};
	const struct bus_dma_limits page = {
		.dl_alignment = nvme_pagesize(sc),
	};
	int error;

	error = bus_dmatag_restrict(dmat, &data, &sc->sc_dmat, BUS_DMA_WAITOK);
	if (error != 0)
		return error;
	error =
	    bus_dmatag_restrict(dmat, &page, &sc->sc_pagetag, BUS_DMA_WAITOK);
	if (error != 0) {
		bus_dmatag_destroy(sc->sc_dmat);
		sc->sc_dmat = NULL;
	}
	return error;
}

/* Memory for one pair of I/O queues, and for what is in flight there. */
static int
pair_create(struct nvme_softc *sc, unsigned id, unsigned depth)
{
	struct nvme_queue *qu = &sc->sc_queues[id];
	unsigned i;
	int error;

	error = nvme_queue_alloc(sc, id, depth, "nvme I/O queue");
	for (i = 0; i < depth - 1 && error == 0; i++)
		error = nvme_slot_create(sc, &qu->qu_slots[i]);
	return error;
}

static int
pairs_create(struct nvme_softc *sc)
{
	unsigned depth = sc->sc_params.np_depth, id;
	int error;

	if (depth > sc->sc_entries)
		depth = sc->sc_entries;
	error = nvme_lists_create(sc, sc->sc_npairs * (depth - 1));
	for (id = 1; id <= sc->sc_npairs && error == 0; id++)
		error = pair_create(sc, id, depth);
	/* Of what is left. */
	if (error == 0)
		error = nvme_reserve_create(sc);
	return error;
}

/* All that there is; the controller is off. */
static void
release(struct nvme_softc *sc)
{
	struct nvme_queue *qu;
	unsigned i, k;

	for (i = 0; i <= NVME_MAXPAIRS; i++) {
		qu = &sc->sc_queues[i];
		for (k = 0; k < qu->qu_nslots && i > 0; k++)
			nvme_slot_destroy(sc, &qu->qu_slots[k]);
		if (qu->qu_depth != 0)
			nvme_queue_free(sc, qu);
	}
	if (sc->sc_reserve != NULL)
		bus_dmamap_destroy(sc->sc_dmat, sc->sc_reserve);
	sc->sc_reserve = NULL;
	if (sc->sc_lists != NULL)
		nvme_lists_destroy(sc);
	if (sc->sc_page.mm_kva != NULL)
		dmamem_free(sc->sc_pagetag, &sc->sc_page);
	if (sc->sc_pagetag != NULL)
		bus_dmatag_destroy(sc->sc_pagetag);
	if (sc->sc_dmat != NULL)
		bus_dmatag_destroy(sc->sc_dmat);
	sc->sc_page.mm_kva = NULL;
	sc->sc_pagetag = sc->sc_dmat = NULL;
}

/* What was given with the controller's start. */
static void
reclaim(struct nvme_softc *sc)
{
	unsigned i;

	for (i = 0; i <= sc->sc_npairs; i++)
		nvme_queue_take(sc, &sc->sc_queues[i]);
}

static int
setup(struct nvme_softc *sc, bus_dma_tag_t dmat)
{
	unsigned depth = ADMIN_DEPTH, npairs;
	int error;

	error = tags(sc, dmat);
	if (error != 0)
		return error;
	if (depth > sc->sc_entries)
		depth = sc->sc_entries;
	error = dmamem_alloc(sc->sc_pagetag, NVME_IDENTIFY_SIZE, BUS_DMA_READ,
	    "nvme identify", &sc->sc_page);
	if (error != 0)
		return error;
	error = nvme_queue_alloc(sc, 0, depth, "nvme admin queue");
	if (error != 0)
		return error;
	error = enable(sc);
	if (error == 0)
		error = nvme_identify(sc);
	if (error == 0)
		error = nvme_queues_ask(sc, sc->sc_params.np_pairs, &npairs);
	if (error != 0)
		return error;
	sc->sc_npairs = npairs;
	error = pairs_create(sc);
	if (error == 0)
		error = nvme_queues_start(sc);
	return error;
}

static void
choose(struct nvme_softc *sc, const struct nvme_params *np)
{
	struct nvme_params *p = &sc->sc_params;
	bus_size_t most;

	if (np != NULL)
		*p = *np;
	if (p->np_pairs == 0)
		p->np_pairs = 1;
	if (p->np_pairs > NVME_MAXPAIRS)
		p->np_pairs = NVME_MAXPAIRS;
	if (p->np_depth == 0)
		p->np_depth = DEFAULT_DEPTH;
	if (p->np_depth > NVME_MAXDEPTH)
		p->np_depth = NVME_MAXDEPTH;
	if (p->np_depth < 2)
		p->np_depth = 2;
	if (p->np_maxxfer == 0)
		p->np_maxxfer = DEFAULT_MAXXFER;
	if (p->np_maxxfer > NVME_MAXXFER)
		p->np_maxxfer = NVME_MAXXFER;
	if (p->np_patience == 0)
		p->np_patience = DEFAULT_PATIENCE;
	/* Whole pages. */
	most = p->np_maxxfer & ~(nvme_pagesize(sc) - 1);
	sc->sc_maxxfer = most != 0 ? most : nvme_pagesize(sc);
}

int
nvme_attach(struct nvme_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    const struct nvme_params *np)
{
	int error;

	*sc = (struct nvme_softc){ .sc_dev = dev };
	error = registers(sc);
	if (error != 0)
		return error;
	choose(sc, np);
	/* Whoever had the controller before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;
	error = setup(sc, dmat);
	if (error == 0) {
		sc->sc_state = NVME_RUNNING;
		return 0;
	}
	if (stop(sc) != 0)
		return EBUSY;
	nvme_giveback(sc);
	reclaim(sc);
	release(sc);
	/* It has not answered, and does not write any more. */
	return error == EBUSY ? EFAULT : error;
}

/*
 * Stop, and end every request: those that the controller completed before it
 * stopped with their status, the others with NVME_ST_RESET.
 */
static int
stop_and_giveback(struct nvme_softc *sc)
{
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	nvme_giveback(sc);
	reclaim(sc);
	return 0;
}

int
nvme_reset(struct nvme_softc *sc)
{
	unsigned npairs;
	int error;

	error = stop_and_giveback(sc);
	if (error != 0)
		return error;
	error = enable(sc);
	if (error == 0)
		error = nvme_queues_ask(sc, sc->sc_npairs, &npairs);
	if (error == 0 && npairs < sc->sc_npairs)
		error = EFAULT;
	if (error == 0)
		error = nvme_queues_start(sc);
	if (error == 0) {
		sc->sc_state = NVME_RUNNING;
		return 0;
	}
	return stop_and_giveback(sc) != 0 ? EBUSY : EFAULT;
}

int
nvme_detach(struct nvme_softc *sc)
{
	int error;

	if (sc->sc_state == NVME_RUNNING)
		shutdown(sc);
	error = stop_and_giveback(sc);
	if (error != 0)
		return error;
	release(sc);
	return 0;
}
