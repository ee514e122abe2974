/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests.  One that is longer than a command, or than there are slots to
 * bounce it with, goes in parts (BUS_DMA_PARTIAL), a command each, one after
 * the other; several requests are in flight.
 *
 * A load may not wait.  What a request finds too little memory for is given
 * back to the caller if it was its first part; else the request waits here,
 * until another has ended.  One map, sc_reserve, has all that its loads need
 * reserved: whoever fails, and finds it free, uses that.  So with nothing in
 * flight every request can go on.
 *
 * A request that must change its map begins again.  Blocks that were moved are
 * moved once more, which nobody can tell.
 */
#include "nvme/nvmevar.h"

#define RETRIES 4 /* of a command */

int
nvme_slot_create(struct nvme_softc *sc, struct nvme_slot *sl)
{
	const int nsegs = (int)(sc->sc_maxxfer >> sc->sc_pageshift) + 1;
	bus_dma_tag_t t = sc->sc_dmat;
	int error;

	error = nvme_lists_alloc(sc, sl);
	if (error != 0)
		return error;
	error = bus_dmamap_create(t, sc->sc_maxxfer, nsegs, sc->sc_maxxfer, 0,
	    BUS_DMA_PARTIAL, &sl->sl_pieces);
	if (error != 0)
		goto lists;
	error = bus_dmamap_create(t, sc->sc_maxxfer, 1, sc->sc_maxxfer, 0,
	    BUS_DMA_PARTIAL, &sl->sl_run);
	if (error != 0)
		goto pieces;
	(void)bus_dmamap_label(t, sl->sl_pieces, "nvme data");
	(void)bus_dmamap_label(t, sl->sl_run, "nvme data, in one run");
	return 0;

pieces:
	bus_dmamap_destroy(t, sl->sl_pieces);
	sl->sl_pieces = NULL;
lists:
	nvme_lists_free(sc, sl);
	return error;
}

void
nvme_slot_destroy(struct nvme_softc *sc, struct nvme_slot *sl)
{
	if (sl->sl_pieces == NULL)
		return;
	bus_dmamap_destroy(sc->sc_dmat, sl->sl_run);
	bus_dmamap_destroy(sc->sc_dmat, sl->sl_pieces);
	sl->sl_pieces = NULL;
	nvme_lists_free(sc, sl);
}

/*
 * As long as there is something for it: its parts are what the driver can
 * always move.
 */
int
nvme_reserve_create(struct nvme_softc *sc)
{
	bus_size_t size = sc->sc_maxxfer;
	int error;

	do {
		error = bus_dmamap_create(sc->sc_dmat, size, 1, size, 0,
		    BUS_DMA_ALLOCNOW | BUS_DMA_PARTIAL, &sc->sc_reserve);
		size /= 2;
	} while (error == ENOMEM && size >= nvme_pagesize(sc) &&
		 size >= sc->sc_blocksize);
	if (error == 0)
		(void)bus_dmamap_label(
		    sc->sc_dmat, sc->sc_reserve, "nvme reserve");
	return error;
}

/* The request is over.  Its map holds nothing, or what is to be given up. */
static void
slot_end(struct nvme_softc *sc, struct nvme_slot *sl, uint32_t status)
{
	struct nvme_request *rq = sl->sl_rq;

	if (sl->sl_map == sc->sc_reserve && sl->sl_map != NULL)
		sc->sc_reserved = false;
	sl->sl_map = NULL;
	sl->sl_rq = NULL;
	sc->sc_inflight--;
	rq->rq_status = status;
	rq->rq_done(rq);
}

static int
load(struct nvme_softc *sc, struct nvme_request *rq, bus_dmamap_t map)
{
	bus_dma_tag_t t = sc->sc_dmat;
	int flags;

	flags = BUS_DMA_NOWAIT | BUS_DMA_STREAMING | BUS_DMA_PARTIAL;
	flags |= rq->rq_op == NVME_READ ? BUS_DMA_READ : BUS_DMA_WRITE;
	flags |= rq->rq_flags & (BUS_DMA_NOBOUNCE | BUS_DMA_OVERWRITE);
	switch (rq->rq_buffer) {
	case NVME_LINEAR:
		return bus_dmamap_load(
		    t, map, rq->rq_buf, rq->rq_len, rq->rq_proc, flags);
	case NVME_UIO:
		return bus_dmamap_load_uio(t, map, rq->rq_uio, flags);
	case NVME_RAW:
		return bus_dmamap_load_raw(
		    t, map, rq->rq_segs, rq->rq_nsegs, rq->rq_len, flags);
	}
	return EINVAL;
}

/*
 * Whether what is loaded makes a command.  EFBIG: not of this map; EINVAL: it
 * is none of the request.  Nothing is loaded then.
 */
static int
part_check(struct nvme_softc *sc, struct nvme_slot *sl, bus_dmamap_t map)
{
	const bus_size_t left = sl->sl_rq->rq_len - sl->sl_done;
	int error = 0;

	if (map->dm_mapsize == 0)
		return EINVAL;
	if (map->dm_mapsize > left)
		error = EINVAL;
	else if ((map->dm_mapsize & (sc->sc_blocksize - 1)) != 0 ||
		 !nvme_prp_fits(sc, map))
		error = EFBIG;
	if (error != 0)
		bus_dmamap_unload(sc->sc_dmat, map);
	return error;
}

/* The request's first part, from this map. */
static int
slot_load(struct nvme_softc *sc, struct nvme_slot *sl, bus_dmamap_t map)
{
	int error;

	sl->sl_done = 0;
	sl->sl_map = NULL;
	error = load(sc, sl->sl_rq, map);
	if (error == 0)
		error = part_check(sc, sl, map);
	if (error == 0)
		sl->sl_map = map;
	return error;
}

/*
 * The same from a map of one run; after `error', from the other.  What fails
 * for want of memory may have what is reserved.
 */
static int
slot_load_run(struct nvme_softc *sc, struct nvme_slot *sl, int error)
{
	bool scarce = error == ENOMEM;

	error = slot_load(sc, sl, sl->sl_run);
	if (error != ENOMEM && !(error == EFBIG && scarce))
		return error;
	if (sc->sc_reserved)
		return ENOMEM;
	error = slot_load(sc, sl, sc->sc_reserve);
	sc->sc_reserved = error == 0;
	return error;
}

/* What is loaded is the controller's. */
static void
slot_give(struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl)
{
	struct nvme_request *rq = sl->sl_rq;
	bus_dmamap_t map = sl->sl_map;

	sl->sl_tries = 0;
	if (map != NULL) {
		bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,
		    rq->rq_op == NVME_READ ? BUS_DMASYNC_PREREAD
					   : BUS_DMASYNC_PREWRITE);
		rq->rq_dmasegs += (unsigned)map->dm_nsegs;
		if (sc->sc_params.np_watch != NULL)
			sc->sc_params.np_watch(sc->sc_params.np_arg, rq,
			    qu->qu_id, (unsigned)(sl - qu->qu_slots), map);
	}
	rq->rq_commands++;
	nvme_queue_send(sc, qu, sl);
}

/*
 * A part could not be loaded; with EFBIG, or with nothing loaded and nothing
 * left to load, the request begins again in one run.  True: it has ended.
 */
static bool
slot_failed(struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl,
    int error)
{
	bus_dmamap_t map = sl->sl_map;

	if ((error == ENOMEM && !sc->sc_reserved) ||
	    (error == EFBIG && map == sl->sl_pieces)) {
		if (error == ENOMEM && map != NULL)
			bus_dmamap_unload(sc->sc_dmat, map);
		error = slot_load_run(sc, sl, error);
		if (error == 0) {
			slot_give(sc, qu, sl);
			return false;
		}
	}
	/* Who has the reserve will end. */
	if (error == ENOMEM && sc->sc_reserved)
		return false;
	sl->sl_rq->rq_error = error;
	slot_end(sc, sl, NVME_ST_LOAD);
	return true;
}

/*
 * Go on behind the part before; again, where that has failed.  True: the
 * request has ended.
 */
static bool
slot_next(struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl)
{
	bus_dmamap_t map = sl->sl_map;
	int error;

	if (map == NULL)
		return slot_failed(sc, qu, sl, ENOMEM);
	error = bus_dmamap_load_next(sc->sc_dmat, map);
	if (error == 0)
		error = part_check(sc, sl, map);
	if (error != 0)
		return slot_failed(sc, qu, sl, error);
	slot_give(sc, qu, sl);
	return false;
}

static bool
legal(const struct nvme_softc *sc, const struct nvme_request *rq)
{
	switch (rq->rq_op) {
	case NVME_READ:
	case NVME_WRITE:
		return rq->rq_cmd == NULL && rq->rq_len != 0 &&
		       (rq->rq_len & (sc->sc_blocksize - 1)) == 0;
	case NVME_FLUSH:
		return rq->rq_cmd == NULL;
	case NVME_PASS:
	case NVME_ADMIN:
		return rq->rq_cmd != NULL;
	}
	return false;
}

/* A queue with a free slot: each in its turn.  NULL: there is none. */
static struct nvme_queue *
queue_choose(struct nvme_softc *sc, enum nvme_op op, struct nvme_slot **slp)
{
	struct nvme_queue *qu = &sc->sc_queues[0];
	unsigned i;

	*slp = nvme_queue_slot(qu);
	if (op == NVME_ADMIN)
		return *slp != NULL ? qu : NULL;
	for (i = 0; i < sc->sc_npairs; i++) {
		qu = &sc->sc_queues[1 + sc->sc_next];
		if (++sc->sc_next == sc->sc_npairs)
			sc->sc_next = 0;
		*slp = nvme_queue_slot(qu);
		if (*slp != NULL)
			return qu;
	}
	return NULL;
}

int
nvme_submit(struct nvme_softc *sc, struct nvme_request *rq)
{
	struct nvme_queue *qu;
	struct nvme_slot *sl;
	int error;

	if (!legal(sc, rq) || sc->sc_state == NVME_DOWN ||
	    (sc->sc_state == NVME_STARTING && rq->rq_op != NVME_ADMIN))
		return EINVAL;
	qu = queue_choose(sc, rq->rq_op, &sl);
	if (qu == NULL)
		return EBUSY;
	rq->rq_status = NVME_ST_PENDING;
	rq->rq_error = 0;
	rq->rq_dw0 = 0;
	rq->rq_commands = rq->rq_dmasegs = rq->rq_retries = 0;
	sl->sl_rq = rq;
	sl->sl_map = NULL;
	if (rq->rq_op == NVME_READ || rq->rq_op == NVME_WRITE) {
		error = slot_load(sc, sl, sl->sl_pieces);
		if (error == EFBIG || error == ENOMEM)
			error = slot_load_run(sc, sl, error);
		if (error != 0) {
			sl->sl_rq = NULL;
			rq->rq_status = NVME_ST_LOAD;
			rq->rq_error = error;
			return error;
		}
	}
	sc->sc_inflight++;
	slot_give(sc, qu, sl);
	return 0;
}

/*
 * Whether to send the command again: the controller doesn't forbid it, and
 * nobody asked for its end.
 */
static bool
retry(const struct nvme_softc *sc, const struct nvme_slot *sl, uint32_t status)
{
	const enum nvme_op op = sl->sl_rq->rq_op;

	return status != NVME_ST_OK && (status & NVME_ST_DNR) == 0 &&
	       status != NVME_ST_ABORTED && status != NVME_ST_SQ_DELETED &&
	       op != NVME_PASS && op != NVME_ADMIN &&
	       sc->sc_state == NVME_RUNNING && sl->sl_tries < RETRIES;
}

/* The slot's data are the CPU's; they stay loaded. */
static void
slot_take(struct nvme_softc *sc, struct nvme_slot *sl)
{
	bus_dmamap_t map = sl->sl_map;

	bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,
	    sl->sl_rq->rq_op == NVME_READ ? BUS_DMASYNC_POSTREAD
					  : BUS_DMASYNC_POSTWRITE);
	sl->sl_done += map->dm_mapsize;
}

/*
 * The slot's command is over.  A command that is sent again finds the data as
 * they were given: no sync has taken them back.  True: so is the request.
 */
static bool
slot_over(struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl,
    uint32_t status)
{
	struct nvme_request *rq = sl->sl_rq;

	nvme_queue_back(sc, qu, sl);
	if (retry(sc, sl, status)) {
		sl->sl_tries++;
		rq->rq_retries++;
		nvme_queue_send(sc, qu, sl);
		return false;
	}
	if (sl->sl_map != NULL) {
		slot_take(sc, sl);
		if (status == NVME_ST_OK && sl->sl_done != rq->rq_len) {
			if (sc->sc_state == NVME_RUNNING)
				return slot_next(sc, qu, sl);
			status = NVME_ST_RESET;
		}
		bus_dmamap_unload(sc->sc_dmat, sl->sl_map);
	}
	slot_end(sc, sl, status);
	return true;
}

static unsigned
queue_complete(struct nvme_softc *sc, struct nvme_queue *qu)
{
	struct nvme_completion co;
	struct nvme_slot *sl;
	unsigned n = 0;

	if (!qu->qu_live)
		return 0;
	while (nvme_queue_next(sc, qu, &co)) {
		sl = NULL;
		if (co.co_cid < qu->qu_nslots)
			sl = &qu->qu_slots[co.co_cid];
		if (sl == NULL || sl->sl_rq == NULL || !sl->sl_sent) {
			sc->sc_stray++;
			continue;
		}
		sl->sl_rq->rq_dw0 = co.co_dw0;
		n += slot_over(sc, qu, sl, co.co_status);
	}
	if (sc->sc_state != NVME_DOWN)
		nvme_queue_taken(sc, qu);
	return n;
}

/* Requests that wait for memory: some has come back. */
static unsigned
queue_resume(struct nvme_softc *sc, struct nvme_queue *qu)
{
	struct nvme_slot *sl;
	unsigned i, n = 0;

	for (i = 0; i < qu->qu_nslots; i++) {
		sl = &qu->qu_slots[i];
		if (sl->sl_rq != NULL && !sl->sl_sent)
			n += slot_next(sc, qu, sl);
	}
	return n;
}

unsigned
nvme_complete(struct nvme_softc *sc)
{
	unsigned i, n = 0;

	for (i = 0; i <= sc->sc_npairs; i++)
		n += queue_complete(sc, &sc->sc_queues[i]);
	if (sc->sc_state != NVME_RUNNING)
		return n;
	for (i = 1; i <= sc->sc_npairs; i++)
		n += queue_resume(sc, &sc->sc_queues[i]);
	return n;
}

unsigned
nvme_intr(struct nvme_softc *sc)
{
	return sc->sc_state != NVME_DOWN ? nvme_complete(sc) : 0;
}

unsigned
nvme_wait(struct nvme_softc *sc)
{
	unsigned n, waited = 0;

	while ((n = nvme_intr(sc)) == 0 && sc->sc_inflight > 0) {
		if (nvme_dead(sc) || !nvme_pause(sc, &waited))
			return nvme_intr(sc);
	}
	return n;
}

void
nvme_giveback(struct nvme_softc *sc)
{
	struct nvme_queue *qu;
	struct nvme_slot *sl;
	unsigned i, k;

	(void)nvme_complete(sc);
	for (i = 0; i <= sc->sc_npairs; i++) {
		qu = &sc->sc_queues[i];
		for (k = 0; k < qu->qu_nslots; k++) {
			sl = &qu->qu_slots[k];
			if (sl->sl_rq == NULL)
				continue;
			if (sl->sl_sent) {
				(void)slot_over(sc, qu, sl, NVME_ST_RESET);
				continue;
			}
			if (sl->sl_map != NULL)
				bus_dmamap_unload(sc->sc_dmat, sl->sl_map);
			slot_end(sc, sl, NVME_ST_RESET);
		}
	}
}
