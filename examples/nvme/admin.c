/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands that somebody waits for: what the controller is, which queues it
 * has, and the end of what takes too long.
 */
#include "nvme/nvmevar.h"

#include "le.h"

/* It is waited for, or nobody does any more. */
static void
waited_done(struct nvme_request *rq)
{
	(void)rq;
}

/* The request goes, what the controller has of it stays. */
static void
command_lose(struct nvme_softc *sc, const struct nvme_request *rq)
{
	struct nvme_queue *qu;
	unsigned i, k;

	sc->sc_lost = *rq;
	for (i = 0; i <= sc->sc_npairs; i++) {
		qu = &sc->sc_queues[i];
		for (k = 0; k < qu->qu_nslots; k++) {
			if (qu->qu_slots[k].sl_rq == rq)
				qu->qu_slots[k].sl_rq = &sc->sc_lost;
		}
	}
}

/* Start it, and wait.  EBUSY: no slot; with *begun, it does not end. */
static int
command_run(struct nvme_softc *sc, struct nvme_request *rq, bool *begun)
{
	unsigned waited = 0;
	int error;

	rq->rq_done = waited_done;
	error = nvme_submit(sc, rq);
	*begun = error == 0;
	if (error != 0)
		return error;
	for (;;) {
		(void)nvme_intr(sc);
		if (rq->rq_status != NVME_ST_PENDING)
			return 0;
		if (nvme_dead(sc) || !nvme_pause(sc, &waited))
			break;
	}
	(void)nvme_intr(sc);
	return rq->rq_status != NVME_ST_PENDING ? 0 : EBUSY;
}

/*
 * A command of the driver's own.  EFAULT: the controller refuses it; EBUSY: it
 * does not answer.
 */
static int
admin(struct nvme_softc *sc, const uint8_t *cmd, uint32_t *dw0)
{
	struct nvme_request rq = { .rq_op = NVME_ADMIN, .rq_cmd = cmd };
	bool begun;
	int error;

	error = command_run(sc, &rq, &begun);
	if (error != 0 && begun)
		command_lose(sc, &rq);
	if (error != 0)
		return error;
	if (dw0 != NULL)
		*dw0 = rq.rq_dw0;
	return rq.rq_status == NVME_ST_OK ? 0 : EFAULT;
}

int
nvme_command(struct nvme_softc *sc, bool isadmin, const uint8_t *cmd,
    uint32_t *status, uint32_t *dw0)
{
	struct nvme_request rq = {
		.rq_op = isadmin ? NVME_ADMIN : NVME_PASS,
		.rq_cmd = cmd,
	};
	bool begun;
	int error;

	error = command_run(sc, &rq, &begun);
	if (error != 0 && begun && nvme_expire(sc) == EBUSY)
		command_lose(sc, &rq);
	*status = error == 0 || begun ? rq.rq_status : NVME_ST_OK;
	*dw0 = rq.rq_dw0;
	return error;
}

static void
command_begin(uint8_t *cmd, unsigned opcode)
{
	unsigned i;

	for (i = 0; i < NVME_SQE_SIZE; i++)
		cmd[i] = 0;
	cmd[NVME_SQE_OPC] = (uint8_t)opcode;
}

/* 5.15: into sc_page. */
static int
identify(struct nvme_softc *sc, uint32_t nsid, unsigned cns)
{
	uint8_t cmd[NVME_SQE_SIZE];
	bus_dmamap_t map = sc->sc_page.mm_map;
	int error;

	command_begin(cmd, NVME_ADMIN_IDENTIFY);
	le_put32(cmd + NVME_SQE_NSID, nsid);
	le_put64(cmd + NVME_SQE_PRP1, dmamem_address(&sc->sc_page));
	le_put32(cmd + NVME_SQE_CDW10, cns);
	bus_dmamap_sync(
	    sc->sc_pagetag, map, 0, NVME_IDENTIFY_SIZE, BUS_DMASYNC_PREREAD);
	error = admin(sc, cmd, NULL);
	bus_dmamap_sync(
	    sc->sc_pagetag, map, 0, NVME_IDENTIFY_SIZE, BUS_DMASYNC_POSTREAD);
	return error;
}

/* The least of what the controller and the driver take in a command. */
static int
identify_controller(struct nvme_softc *sc)
{
	const uint8_t *id = sc->sc_page.mm_kva;
	unsigned mdts, i;
	int error;

	error = identify(sc, 0, NVME_CNS_CONTROLLER);
	if (error != 0)
		return error;
	/* The nibbles are the least and the most that it can do. */
	if ((id[NVME_ID_SQES] & 0xf) > NVME_SQE_SHIFT ||
	    (id[NVME_ID_SQES] >> 4) < NVME_SQE_SHIFT ||
	    (id[NVME_ID_CQES] & 0xf) > NVME_CQE_SHIFT ||
	    (id[NVME_ID_CQES] >> 4) < NVME_CQE_SHIFT)
		return EINVAL;
	for (i = 0; i < NVME_ID_SN_SIZE; i++)
		sc->sc_serial[i] = (char)id[NVME_ID_SN + i];
	mdts = id[NVME_ID_MDTS];
	if (mdts != 0 && mdts < 32 &&
	    sc->sc_maxxfer >> (NVME_PAGE_SHIFT + sc->sc_mpsmin) >> mdts != 0)
		sc->sc_maxxfer = (bus_size_t)1
				 << (NVME_PAGE_SHIFT + sc->sc_mpsmin + mdts);
	return 0;
}

/* The first namespace; blocks with metadata between them are not for us. */
static int
identify_namespace(struct nvme_softc *sc)
{
	const uint8_t *id = sc->sc_page.mm_kva;
	uint32_t format;
	int error;

	error = identify(sc, 0, NVME_CNS_NAMESPACES);
	if (error != 0)
		return error;
	sc->sc_nsid = le_get32(id);
	if (sc->sc_nsid == 0)
		return EINVAL;
	error = identify(sc, sc->sc_nsid, NVME_CNS_NAMESPACE);
	if (error != 0)
		return error;
	sc->sc_blocks = le_get64(id + NVME_ID_NSZE);
	format = le_get32(id + NVME_ID_LBAF(id[NVME_ID_FLBAS] & 0xf));
	sc->sc_blockshift = NVME_LBAF_LBADS(format);
	if (sc->sc_blockshift < 9 ||
	    sc->sc_blockshift > NVME_PAGE_SHIFT + sc->sc_mpsmin ||
	    NVME_LBAF_MS(format) != 0 || id[NVME_ID_DPS] != 0)
		return EINVAL;
	sc->sc_blocksize = (bus_size_t)1 << sc->sc_blockshift;
	return 0;
}

int
nvme_identify(struct nvme_softc *sc)
{
	bus_size_t most;
	int error;

	error = identify_controller(sc);
	if (error == 0)
		error = identify_namespace(sc);
	if (error != 0)
		return error;
	most = (bus_size_t)NVME_MAXBLOCKS << sc->sc_blockshift;
	if (sc->sc_maxxfer > most)
		sc->sc_maxxfer = most;
	return 0;
}

/* 5.21.1.7: what was granted, less one, is in both halves. */
int
nvme_queues_ask(struct nvme_softc *sc, unsigned want, unsigned *npairs)
{
	uint8_t cmd[NVME_SQE_SIZE];
	uint32_t got = 0;
	int error;

	command_begin(cmd, NVME_ADMIN_SET_FEATURES);
	le_put32(cmd + NVME_SQE_CDW10, NVME_FEATURE_QUEUES);
	le_put32(cmd + NVME_SQE_CDW11, (want - 1) << 16 | (want - 1));
	error = admin(sc, cmd, &got);
	if (error != 0)
		return error;
	*npairs = want;
	if (*npairs > (got & 0xffff) + 1)
		*npairs = (got & 0xffff) + 1;
	if (*npairs > (got >> 16) + 1)
		*npairs = (got >> 16) + 1;
	return 0;
}

/* 5.3, 5.4: the completion queue first. */
static int
queue_start(struct nvme_softc *sc, const struct nvme_queue *qu)
{
	uint32_t which = (qu->qu_depth - 1) << 16 | qu->qu_id;
	uint32_t flags = NVME_QUEUE_PC;
	uint8_t cmd[NVME_SQE_SIZE];
	int error;

	if (!sc->sc_params.np_polled)
		flags |= NVME_QUEUE_IEN;
	command_begin(cmd, NVME_ADMIN_CREATE_CQ);
	le_put64(cmd + NVME_SQE_PRP1, dmamem_address(&qu->qu_cq));
	le_put32(cmd + NVME_SQE_CDW10, which);
	le_put32(cmd + NVME_SQE_CDW11, flags);
	error = admin(sc, cmd, NULL);
	if (error != 0)
		return error;
	command_begin(cmd, NVME_ADMIN_CREATE_SQ);
	le_put64(cmd + NVME_SQE_PRP1, dmamem_address(&qu->qu_sq));
	le_put32(cmd + NVME_SQE_CDW10, which);
	le_put32(cmd + NVME_SQE_CDW11, qu->qu_id << 16 | NVME_QUEUE_PC);
	return admin(sc, cmd, NULL);
}

int
nvme_queues_start(struct nvme_softc *sc)
{
	unsigned i;
	int error = 0;

	for (i = 1; i <= sc->sc_npairs && error == 0; i++) {
		nvme_queue_give(sc, &sc->sc_queues[i]);
		error = queue_start(sc, &sc->sc_queues[i]);
	}
	return error;
}

/* 5.1.  False: the controller does not answer. */
static bool
abort_one(struct nvme_softc *sc, const struct nvme_queue *qu, unsigned cid)
{
	uint8_t cmd[NVME_SQE_SIZE];

	command_begin(cmd, NVME_ADMIN_ABORT);
	le_put32(cmd + NVME_SQE_CDW10, cid << 16 | qu->qu_id);
	return admin(sc, cmd, NULL) != EBUSY;
}

static bool
abort_all(struct nvme_softc *sc)
{
	const struct nvme_queue *qu;
	unsigned i, k;

	for (i = 0; i <= sc->sc_npairs; i++) {
		qu = &sc->sc_queues[i];
		for (k = 0; k < qu->qu_nslots; k++) {
			if (qu->qu_slots[k].sl_rq != NULL &&
			    qu->qu_slots[k].sl_sent && !abort_one(sc, qu, k))
				return false;
		}
	}
	return true;
}

int
nvme_expire(struct nvme_softc *sc)
{
	if (sc->sc_state == NVME_RUNNING && !nvme_dead(sc) && abort_all(sc)) {
		while (sc->sc_inflight > 0 && nvme_wait(sc) > 0)
			continue;
		if (sc->sc_inflight == 0)
			return 0;
	}
	return nvme_reset(sc);
}
