/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pairs of queues: commands go, completions come.
 *
 * Both lie in one run of DMA memory, whose bus address begins a page of the
 * controller's.  A submission queue is the driver's; an entry is the
 * controller's from the PREWRITE before the doorbell until the command's
 * completion, when POSTWRITE takes it back.  A completion queue is the
 * controller's; the driver borrows an entry to look at it.
 */
#include "nvme/nvmevar.h"

#include "le.h"

int
nvme_queue_alloc(
    struct nvme_softc *sc, unsigned id, unsigned depth, const char *label)
{
	struct nvme_queue *qu = &sc->sc_queues[id];
	int error;

	error =
	    dmamem_alloc(sc->sc_pagetag, (bus_size_t)depth << NVME_SQE_SHIFT,
		BUS_DMA_WRITE, label, &qu->qu_sq);
	if (error != 0)
		return error;
	error = dmamem_alloc(sc->sc_pagetag,
	    (bus_size_t)depth << NVME_CQE_SHIFT, 0, label, &qu->qu_cq);
	if (error != 0) {
		dmamem_free(sc->sc_pagetag, &qu->qu_sq);
		return error;
	}
	qu->qu_id = id;
	qu->qu_depth = depth;
	/* A full queue could not be told from an empty one. */
	qu->qu_nslots = depth - 1;
	return 0;
}

void
nvme_queue_free(struct nvme_softc *sc, struct nvme_queue *qu)
{
	dmamem_free(sc->sc_pagetag, &qu->qu_cq);
	dmamem_free(sc->sc_pagetag, &qu->qu_sq);
	qu->qu_depth = 0;
}

/*
 * The zeroes in the completion queue are for the driver to read, whose first
 * phase is 1, so PREWRITE; entries that the controller writes come next, so
 * PREREAD.
 */
void
nvme_queue_give(struct nvme_softc *sc, struct nvme_queue *qu)
{
	bus_size_t i;

	for (i = 0; i < qu->qu_cq.mm_size; i++)
		qu->qu_cq.mm_kva[i] = 0;
	bus_dmamap_sync(sc->sc_pagetag, qu->qu_cq.mm_map, 0, qu->qu_cq.mm_size,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	qu->qu_tail = 0;
	qu->qu_head = qu->qu_told = 0;
	qu->qu_phase = NVME_CQE_PHASE;
	qu->qu_live = true;
}

void
nvme_queue_take(struct nvme_softc *sc, struct nvme_queue *qu)
{
	if (!qu->qu_live)
		return;
	qu->qu_live = false;
	bus_dmamap_sync(sc->sc_pagetag, qu->qu_cq.mm_map, 0, qu->qu_cq.mm_size,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

struct nvme_slot *
nvme_queue_slot(struct nvme_queue *qu)
{
	unsigned i;

	for (i = 0; i < qu->qu_nslots; i++) {
		if (qu->qu_slots[i].sl_rq == NULL)
			return &qu->qu_slots[i];
	}
	return NULL;
}

/* A read or write of what the slot's map has. */
static void
command_transfer(struct nvme_softc *sc, struct nvme_slot *sl, uint8_t *cmd)
{
	const struct nvme_request *rq = sl->sl_rq;
	uint32_t blocks;

	blocks = (uint32_t)(sl->sl_map->dm_mapsize >> sc->sc_blockshift);
	cmd[NVME_SQE_OPC] =
	    rq->rq_op == NVME_READ ? NVME_CMD_READ : NVME_CMD_WRITE;
	le_put64(cmd + NVME_SQE_CDW10,
	    rq->rq_lba + (sl->sl_done >> sc->sc_blockshift));
	le_put32(cmd + NVME_SQE_CDW12, blocks - 1);
	nvme_prp_write(sc, sl, cmd);
}

static void
command_write(
    struct nvme_softc *sc, struct nvme_slot *sl, unsigned cid, uint8_t *cmd)
{
	const struct nvme_request *rq = sl->sl_rq;
	unsigned i;

	for (i = 0; i < NVME_SQE_SIZE; i++)
		cmd[i] = rq->rq_cmd != NULL ? rq->rq_cmd[i] : 0;
	le_put16(cmd + NVME_SQE_CID, cid);
	if (rq->rq_op == NVME_PASS || rq->rq_op == NVME_ADMIN)
		return;
	le_put32(
	    cmd + NVME_SQE_NSID, rq->rq_nsid != 0 ? rq->rq_nsid : sc->sc_nsid);
	if (rq->rq_op == NVME_FLUSH)
		cmd[NVME_SQE_OPC] = NVME_CMD_FLUSH;
	else
		command_transfer(sc, sl, cmd);
}

/*
 * PREWRITE of the command also orders all that was stored and synced before,
 * the lists and the data, before the doorbell.
 */
void
nvme_queue_send(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl)
{
	bus_size_t offset = (bus_size_t)qu->qu_tail << NVME_SQE_SHIFT;

	command_write(
	    sc, sl, (unsigned)(sl - qu->qu_slots), qu->qu_sq.mm_kva + offset);
	nvme_prp_sync(sc, sl, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(sc->sc_pagetag, qu->qu_sq.mm_map, offset, NVME_SQE_SIZE,
	    BUS_DMASYNC_PREWRITE);

	/* Or there might be more completions than the queue has entries. */
	nvme_queue_taken(sc, qu);
	sl->sl_entry = qu->qu_tail;
	sl->sl_sent = true;
	if (++qu->qu_tail == qu->qu_depth)
		qu->qu_tail = 0;
	env_write32(
	    sc->sc_dev, NVME_SQTDBL(qu->qu_id, sc->sc_stride), qu->qu_tail);
}

void
nvme_queue_back(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl)
{
	bus_dmamap_sync(sc->sc_pagetag, qu->qu_sq.mm_map,
	    (bus_size_t)sl->sl_entry << NVME_SQE_SHIFT, NVME_SQE_SIZE,
	    BUS_DMASYNC_POSTWRITE);
	nvme_prp_sync(sc, sl, BUS_DMASYNC_POSTWRITE);
	sl->sl_nlists = 0;
	sl->sl_sent = false;
}

/*
 * The phase is the controller's signal.  What it wrote before the phase may be
 * looked at only after a POSTREAD that follows the look at the phase: the
 * second one.  PREREAD gives the entry back, new or not; the controller may
 * write it at any time until then, and again once it is told of the head.
 */
bool
nvme_queue_next(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_completion *co)
{
	bus_size_t offset = (bus_size_t)qu->qu_head << NVME_CQE_SHIFT;
	const uint8_t *cqe = qu->qu_cq.mm_kva + offset;
	bus_dmamap_t map = qu->qu_cq.mm_map;
	bool isnew;

	bus_dmamap_sync(
	    sc->sc_pagetag, map, offset, NVME_CQE_SIZE, BUS_DMASYNC_POSTREAD);
	isnew =
	    (le_get16(cqe + NVME_CQE_STATUS) & NVME_CQE_PHASE) == qu->qu_phase;
	if (isnew) {
		bus_dmamap_sync(sc->sc_pagetag, map, offset, NVME_CQE_SIZE,
		    BUS_DMASYNC_POSTREAD);
		co->co_cid = le_get16(cqe + NVME_CQE_CID);
		co->co_status = le_get16(cqe + NVME_CQE_STATUS) >> 1;
		co->co_dw0 = le_get32(cqe + NVME_CQE_DW0);
		if (++qu->qu_head == qu->qu_depth) {
			qu->qu_head = 0;
			qu->qu_phase ^= NVME_CQE_PHASE;
		}
	}
	bus_dmamap_sync(
	    sc->sc_pagetag, map, offset, NVME_CQE_SIZE, BUS_DMASYNC_PREREAD);
	return isnew;
}

void
nvme_queue_taken(struct nvme_softc *sc, struct nvme_queue *qu)
{
	if (qu->qu_told == qu->qu_head)
		return;
	qu->qu_told = qu->qu_head;
	env_write32(
	    sc->sc_dev, NVME_CQHDBL(qu->qu_id, sc->sc_stride), qu->qu_head);
}
