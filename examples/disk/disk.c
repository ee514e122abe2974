/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated scatter/gather disk (<busdma/simdiskreg.h>),
 * written to be read: all of its DMA goes through bus_dma(9), and it is right
 * on machines with caches that devices don't see, with memory that devices
 * don't reach, with any byte order and any rule of alignment.
 *
 * What the driver and the disk share, and who may touch it when:
 *
 *	command ring	The driver writes an entry, PREWRITE gives it to the
 *			disk, the doorbell tells.  It comes back with the
 *			completion: POSTWRITE.
 *	table		One for each slot; goes and comes with the command.
 *	data		Likewise: PREWRITE and POSTWRITE for what the disk
 *			reads, PREREAD and POSTREAD for what it writes.
 *	completion ring	The disk's.  The driver borrows an entry to look at
 *			it (POSTREAD) and gives it back (PREREAD).  It never
 *			writes there while the disk runs, so that no cache
 *			line with the disk's other entries is ever dirty.
 */
#include "disk/disk.h"

#include <busdma/uio.h>

#include "le.h"

#define STOP_TRIES 1000000u

/* Two registers that make one bus address. */
static void
write_address(struct disk_softc *sc, uint32_t reg_lo, bus_addr_t addr)
{
	env_write32(sc->sc_dev, reg_lo, (uint32_t)addr);
	env_write32(sc->sc_dev, reg_lo + 4, (uint32_t)(addr >> 32));
}

/*
 * The first slot's map has all that a load may need reserved.  It is the
 * first to be used, so a disk with nothing in flight can always start a
 * request, and one that can't has a completion to wait for.
 */
static int
slot_create(struct disk_softc *sc, unsigned i)
{
	struct disk_slot *sl = &sc->sc_slots[i];
	int error;

	sl->sl_rq = NULL;
	error = dmamem_alloc(sc->sc_dmat,
	    (bus_size_t)sc->sc_maxsegs * SIMDISK_SEG_SIZE, BUS_DMA_WRITE,
	    "disk table", &sl->sl_table);
	if (error != 0)
		return error;
	error =
	    bus_dmamap_create(sc->sc_dmat, DISK_MAXXFER, (int)sc->sc_maxsegs,
		DISK_MAXXFER, 0, i == 0 ? BUS_DMA_ALLOCNOW : 0, &sl->sl_map);
	if (error != 0)
		dmamem_free(sc->sc_dmat, &sl->sl_table);
	else
		(void)bus_dmamap_label(sc->sc_dmat, sl->sl_map, "disk data");
	return error;
}

static void
slot_destroy(struct disk_softc *sc, unsigned i)
{
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_slots[i].sl_map);
	dmamem_free(sc->sc_dmat, &sc->sc_slots[i].sl_table);
}

static void
slots_destroy(struct disk_softc *sc, unsigned n)
{
	while (n > 0)
		slot_destroy(sc, --n);
}

static int
slots_create(struct disk_softc *sc)
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

/* After this the disk neither reads nor writes memory; EBUSY: it does. */
static int
stop(struct disk_softc *sc)
{
	unsigned tries;

	sc->sc_running = false;
	env_write32(sc->sc_dev, SIMDISK_CTRL, 0);
	for (tries = 0; tries < STOP_TRIES; tries++) {
		if ((env_read32(sc->sc_dev, SIMDISK_STATUS) &
			SIMDISK_STATUS_RUN) == 0)
			return 0;
	}
	return EBUSY;
}

/*
 * Start with empty rings.  The zeroes in the completion ring are for the disk
 * and for the driver to read, so PREWRITE; entries that it writes come next,
 * so PREREAD.
 */
static int
start(struct disk_softc *sc)
{
	uint32_t status;
	bus_size_t i;

	for (i = 0; i < sc->sc_cplq.mm_size; i++)
		sc->sc_cplq.mm_kva[i] = 0;
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cplq.mm_map, 0, sc->sc_cplq.mm_size,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->sc_cmdtail = 0;
	sc->sc_cplhead = 0;
	sc->sc_phase = SIMDISK_CPL_PHASE;

	env_write32(sc->sc_dev, SIMDISK_QSIZE, sc->sc_qsize);
	write_address(sc, SIMDISK_CMDQ_LO, dmamem_address(&sc->sc_cmdq));
	write_address(sc, SIMDISK_CPLQ_LO, dmamem_address(&sc->sc_cplq));
	env_write32(sc->sc_dev, SIMDISK_INTR, 1);
	env_write32(
	    sc->sc_dev, SIMDISK_CTRL, SIMDISK_CTRL_EN | SIMDISK_CTRL_IE);
	status = env_read32(sc->sc_dev, SIMDISK_STATUS);
	if ((status & SIMDISK_STATUS_ERR) != 0 ||
	    (status & SIMDISK_STATUS_RUN) == 0)
		return EFAULT;
	sc->sc_running = true;
	return 0;
}

/* The stopped disk's completion ring is the CPU's again. */
static void
ring_reclaim(struct disk_softc *sc)
{
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cplq.mm_map, 0, sc->sc_cplq.mm_size,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

/* Take the disk's word for nothing that would hurt the driver. */
static int
identify(struct disk_softc *sc)
{
	uint32_t cap, qsize, nsegs;

	if (env_read32(sc->sc_dev, SIMDISK_ID) != SIMDISK_ID_VALUE)
		return EINVAL;
	cap = env_read32(sc->sc_dev, SIMDISK_CAP);
	qsize = cap & SIMDISK_CAP_QSIZE;
	nsegs = (cap & SIMDISK_CAP_NSEGS) >> 16;
	if (qsize < 2 || nsegs == 0)
		return EINVAL;
	sc->sc_qsize = DISK_QSIZE;
	while (sc->sc_qsize > qsize)
		sc->sc_qsize /= 2;
	sc->sc_maxsegs = nsegs < DISK_MAXSEGS ? nsegs : DISK_MAXSEGS;
	/* A full ring could not be told from an empty one. */
	sc->sc_nslots = DISK_NSLOTS;
	if (sc->sc_nslots > sc->sc_qsize - 1)
		sc->sc_nslots = sc->sc_qsize - 1;
	sc->sc_blocks = env_read32(sc->sc_dev, SIMDISK_BLOCKS_HI);
	sc->sc_blocks <<= 32;
	sc->sc_blocks |= env_read32(sc->sc_dev, SIMDISK_BLOCKS_LO);
	return 0;
}

int
disk_attach(struct disk_softc *sc, struct env_device *dev, bus_dma_tag_t dmat)
{
	int error;

	sc->sc_dev = dev;
	sc->sc_dmat = dmat;
	sc->sc_inflight = 0;
	sc->sc_stray = 0;
	error = identify(sc);
	if (error != 0)
		return error;
	/* Whoever had the disk before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;

	error = dmamem_alloc(dmat, (bus_size_t)sc->sc_qsize * SIMDISK_CMD_SIZE,
	    BUS_DMA_WRITE, "disk command ring", &sc->sc_cmdq);
	if (error != 0)
		return error;
	error = dmamem_alloc(dmat, (bus_size_t)sc->sc_qsize * SIMDISK_CPL_SIZE,
	    0, "disk completion ring", &sc->sc_cplq);
	if (error != 0)
		goto free_cmdq;
	error = slots_create(sc);
	if (error != 0)
		goto free_cplq;
	error = start(sc);
	if (error == 0)
		return 0;

	if (stop(sc) != 0)
		return EBUSY;
	ring_reclaim(sc);
	slots_destroy(sc, sc->sc_nslots);
free_cplq:
	dmamem_free(dmat, &sc->sc_cplq);
free_cmdq:
	dmamem_free(dmat, &sc->sc_cmdq);
	return error;
}

static int
load(struct disk_softc *sc, struct disk_slot *sl, struct disk_request *rq)
{
	bus_dma_tag_t t = sc->sc_dmat;
	int flags;

	flags = BUS_DMA_NOWAIT | BUS_DMA_STREAMING;
	flags |= rq->rq_op == SIMDISK_OP_READ ? BUS_DMA_READ : BUS_DMA_WRITE;
	switch (rq->rq_buffer) {
	case DISK_LINEAR:
		return bus_dmamap_load(
		    t, sl->sl_map, rq->rq_buf, rq->rq_len, rq->rq_proc, flags);
	case DISK_UIO:
		return bus_dmamap_load_uio(t, sl->sl_map, rq->rq_uio, flags);
	case DISK_RAW:
		return bus_dmamap_load_raw(t, sl->sl_map, rq->rq_segs,
		    rq->rq_nsegs, rq->rq_len, flags);
	}
	return EINVAL;
}

/* Load the data; what the disk can't transfer is no request. */
static int
slot_load(struct disk_softc *sc, struct disk_slot *sl, struct disk_request *rq)
{
	int error;

	rq->rq_dmasegs = 0;
	if (rq->rq_op == SIMDISK_OP_FLUSH)
		return 0;
	if (rq->rq_op != SIMDISK_OP_READ && rq->rq_op != SIMDISK_OP_WRITE)
		return EINVAL;
	error = load(sc, sl, rq);
	if (error != 0)
		return error;
	if (sl->sl_map->dm_mapsize == 0)
		return EINVAL;
	if (sl->sl_map->dm_mapsize % SIMDISK_BLOCKSIZE != 0) {
		bus_dmamap_unload(sc->sc_dmat, sl->sl_map);
		return EINVAL;
	}
	rq->rq_dmasegs = sl->sl_map->dm_nsegs;
	return 0;
}

/* Give the table and the data to the disk. */
static void
slot_give(struct disk_softc *sc, struct disk_slot *sl)
{
	uint8_t *entry = sl->sl_table.mm_kva;
	bus_dmamap_t map = sl->sl_map;
	int i;

	for (i = 0; i < map->dm_nsegs; i++) {
		le_put64(entry + SIMDISK_SEG_ADDR, map->dm_segs[i].ds_addr);
		le_put32(
		    entry + SIMDISK_SEG_LEN, (uint32_t)map->dm_segs[i].ds_len);
		le_put32(entry + SIMDISK_SEG_LEN + 4, 0);
		entry += SIMDISK_SEG_SIZE;
	}
	bus_dmamap_sync(sc->sc_dmat, sl->sl_table.mm_map, 0,
	    (bus_size_t)map->dm_nsegs * SIMDISK_SEG_SIZE, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,
	    sl->sl_rq->rq_op == SIMDISK_OP_READ ? BUS_DMASYNC_PREREAD
						: BUS_DMASYNC_PREWRITE);
}

/* Take them back. */
static void
slot_take(struct disk_softc *sc, struct disk_slot *sl)
{
	bus_dmamap_t map = sl->sl_map;

	bus_dmamap_sync(sc->sc_dmat, sl->sl_table.mm_map, 0,
	    (bus_size_t)map->dm_nsegs * SIMDISK_SEG_SIZE,
	    BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,
	    sl->sl_rq->rq_op == SIMDISK_OP_READ ? BUS_DMASYNC_POSTREAD
						: BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(sc->sc_dmat, map);
}

/*
 * Write the command, give it to the disk, tell it.  PREWRITE also orders all
 * that was stored above it before the doorbell.
 */
static void
command_send(struct disk_softc *sc, struct disk_slot *sl, uint32_t id)
{
	struct disk_request *rq = sl->sl_rq;
	bus_size_t offset = (bus_size_t)sc->sc_cmdtail * SIMDISK_CMD_SIZE;
	uint8_t *cmd = sc->sc_cmdq.mm_kva + offset;
	bool data = rq->rq_op != SIMDISK_OP_FLUSH;
	unsigned i;

	for (i = 0; i < SIMDISK_CMD_SIZE; i++)
		cmd[i] = 0;
	cmd[SIMDISK_CMD_OP] = (uint8_t)rq->rq_op;
	le_put16(cmd + SIMDISK_CMD_ID, id);
	if (data) {
		le_put32(cmd + SIMDISK_CMD_NSEGS, (uint32_t)rq->rq_dmasegs);
		le_put64(cmd + SIMDISK_CMD_LBA, rq->rq_lba);
		le_put64(
		    cmd + SIMDISK_CMD_TABLE, dmamem_address(&sl->sl_table));
		le_put32(cmd + SIMDISK_CMD_BLOCKS,
		    (uint32_t)sl->sl_map->dm_mapsize / SIMDISK_BLOCKSIZE);
	}
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cmdq.mm_map, offset,
	    SIMDISK_CMD_SIZE, BUS_DMASYNC_PREWRITE);

	sl->sl_cmd = sc->sc_cmdtail;
	sc->sc_cmdtail = (sc->sc_cmdtail + 1) & (sc->sc_qsize - 1);
	env_write32(sc->sc_dev, SIMDISK_CMDTAIL, sc->sc_cmdtail);
}

int
disk_submit(struct disk_softc *sc, struct disk_request *rq)
{
	struct disk_slot *sl;
	unsigned id;
	int error;

	if (!sc->sc_running)
		return EINVAL;
	for (id = 0; id < sc->sc_nslots; id++) {
		if (sc->sc_slots[id].sl_rq == NULL)
			break;
	}
	if (id == sc->sc_nslots)
		return EBUSY;
	sl = &sc->sc_slots[id];
	error = slot_load(sc, sl, rq);
	if (error != 0)
		return error;

	sl->sl_rq = rq;
	sc->sc_inflight++;
	if (rq->rq_op != SIMDISK_OP_FLUSH)
		slot_give(sc, sl);
	command_send(sc, sl, id);
	return 0;
}

/* The disk is done with the slot's request, or has stopped. */
static void
slot_finish(struct disk_softc *sc, struct disk_slot *sl, uint32_t status)
{
	struct disk_request *rq = sl->sl_rq;

	bus_dmamap_sync(sc->sc_dmat, sc->sc_cmdq.mm_map,
	    (bus_size_t)sl->sl_cmd * SIMDISK_CMD_SIZE, SIMDISK_CMD_SIZE,
	    BUS_DMASYNC_POSTWRITE);
	if (rq->rq_op != SIMDISK_OP_FLUSH)
		slot_take(sc, sl);
	sl->sl_rq = NULL;
	sc->sc_inflight--;
	rq->rq_status = status;
	rq->rq_done(rq);
}

/*
 * Take the next completion from the ring, if there is one.
 *
 * The phase is the disk's signal.  What it wrote before the phase may be
 * looked at only after a POSTREAD that follows the look at the phase: the
 * second one.  PREREAD gives the entry back, new or not; the disk may write
 * it at any time until then.
 */
static bool
completion_take(struct disk_softc *sc, uint32_t *id, uint32_t *status)
{
	bus_size_t offset = (bus_size_t)sc->sc_cplhead * SIMDISK_CPL_SIZE;
	const uint8_t *cpl = sc->sc_cplq.mm_kva + offset;
	bus_dmamap_t map = sc->sc_cplq.mm_map;
	bool isnew;

	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMDISK_CPL_SIZE, BUS_DMASYNC_POSTREAD);
	isnew = (le_get32(cpl + SIMDISK_CPL_FLAGS) & SIMDISK_CPL_PHASE) ==
		sc->sc_phase;
	if (isnew) {
		bus_dmamap_sync(sc->sc_dmat, map, offset, SIMDISK_CPL_SIZE,
		    BUS_DMASYNC_POSTREAD);
		*id = le_get16(cpl + SIMDISK_CPL_ID);
		*status = le_get16(cpl + SIMDISK_CPL_STATUS);
		sc->sc_cplhead = (sc->sc_cplhead + 1) & (sc->sc_qsize - 1);
		if (sc->sc_cplhead == 0)
			sc->sc_phase ^= SIMDISK_CPL_PHASE;
	}
	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMDISK_CPL_SIZE, BUS_DMASYNC_PREREAD);
	return isnew;
}

/* Requests that the disk has completed; how many. */
static unsigned
complete(struct disk_softc *sc)
{
	uint32_t id, status;
	unsigned n = 0;

	while (completion_take(sc, &id, &status)) {
		if (id >= sc->sc_nslots || sc->sc_slots[id].sl_rq == NULL) {
			sc->sc_stray++;
			continue;
		}
		slot_finish(sc, &sc->sc_slots[id], status);
		n++;
	}
	return n;
}

/*
 * The interrupt is cleared first: one that comes for a completion which the
 * look at the ring no longer sees stays.
 */
unsigned
disk_intr(struct disk_softc *sc)
{
	unsigned head = sc->sc_cplhead, n;

	if (!sc->sc_running)
		return 0;
	env_write32(sc->sc_dev, SIMDISK_INTR, 1);
	n = complete(sc);
	if (sc->sc_cplhead != head)
		env_write32(sc->sc_dev, SIMDISK_CPLHEAD, sc->sc_cplhead);
	return n;
}

unsigned
disk_wait(struct disk_softc *sc)
{
	unsigned n;

	while ((n = disk_intr(sc)) == 0 && sc->sc_inflight > 0) {
		if (!env_wait(sc->sc_dev))
			return disk_intr(sc);
	}
	return n;
}

/*
 * Stop, and end every request: those that the disk completed before it
 * stopped with their status, the others as aborted.
 */
static int
stop_and_abort(struct disk_softc *sc)
{
	unsigned i;
	int error;

	error = stop(sc);
	if (error != 0)
		return error;
	complete(sc);
	for (i = 0; i < sc->sc_nslots; i++) {
		if (sc->sc_slots[i].sl_rq != NULL)
			slot_finish(sc, &sc->sc_slots[i], DISK_ST_ABORTED);
	}
	ring_reclaim(sc);
	return 0;
}

int
disk_reset(struct disk_softc *sc)
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
disk_detach(struct disk_softc *sc)
{
	int error;

	error = stop_and_abort(sc);
	if (error != 0)
		return error;
	slots_destroy(sc, sc->sc_nslots);
	dmamem_free(sc->sc_dmat, &sc->sc_cplq);
	dmamem_free(sc->sc_dmat, &sc->sc_cmdq);
	return 0;
}
