/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe driver, inside. */
#ifndef EXAMPLES_NVME_NVMEVAR_H
#define EXAMPLES_NVME_NVMEVAR_H

#include "nvme/nvme.h"

#define NVME_NQUEUES (1 + NVME_MAXPAIRS)

static inline bus_size_t
nvme_pagesize(const struct nvme_softc *sc)
{
	return (bus_size_t)1 << sc->sc_pageshift;
}

/* nvme.c */
/* It is unplugged, or has failed. */
bool nvme_dead(struct nvme_softc *sc);
/* Wait for a change.  False: *waited is up, or none will come. */
bool nvme_pause(struct nvme_softc *sc, unsigned *waited);

/* queue.c */
int nvme_queue_alloc(
    struct nvme_softc *sc, unsigned id, unsigned depth, const char *label);
void nvme_queue_free(struct nvme_softc *sc, struct nvme_queue *qu);
/* Empty, and the completion queue the controller's. */
void nvme_queue_give(struct nvme_softc *sc, struct nvme_queue *qu);
/* The controller is off: it is the CPU's. */
void nvme_queue_take(struct nvme_softc *sc, struct nvme_queue *qu);
/* A free slot, or NULL. */
struct nvme_slot *nvme_queue_slot(struct nvme_queue *qu);
/* Write the slot's command, give it to the controller, tell it. */
void nvme_queue_send(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl);
/* The slot's command is the driver's again. */
void nvme_queue_back(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_slot *sl);

struct nvme_completion {
	unsigned co_cid;
	uint32_t co_status;
	uint32_t co_dw0;
};
/* Take the next completion, if there is one. */
bool nvme_queue_next(
    struct nvme_softc *sc, struct nvme_queue *qu, struct nvme_completion *co);
/* What was taken may be written over. */
void nvme_queue_taken(struct nvme_softc *sc, struct nvme_queue *qu);

/* prp.c */
int nvme_lists_create(struct nvme_softc *sc, unsigned nslots);
void nvme_lists_destroy(struct nvme_softc *sc);
/* Those of a slot; ENOMEM. */
int nvme_lists_alloc(struct nvme_softc *sc, struct nvme_slot *sl);
void nvme_lists_free(struct nvme_softc *sc, struct nvme_slot *sl);
/* Whether PRP entries can say what a map has. */
bool nvme_prp_fits(const struct nvme_softc *sc, bus_dmamap_t map);
/* The two of a command; what does not fit there goes to lists. */
void nvme_prp_write(struct nvme_softc *sc, struct nvme_slot *sl, uint8_t *cmd);
/* The lists are the controller's; and back. */
void nvme_prp_sync(struct nvme_softc *sc, struct nvme_slot *sl, int ops);

/* io.c */
int nvme_slot_create(struct nvme_softc *sc, struct nvme_slot *sl);
void nvme_slot_destroy(struct nvme_softc *sc, struct nvme_slot *sl);
int nvme_reserve_create(struct nvme_softc *sc);
/* All that has been completed; how many requests have ended. */
unsigned nvme_complete(struct nvme_softc *sc);
/* The controller is off: end all requests. */
void nvme_giveback(struct nvme_softc *sc);

/* admin.c */
int nvme_identify(struct nvme_softc *sc);
/* Tell the controller of its I/O queues. */
int nvme_queues_start(struct nvme_softc *sc);
/* How many pairs there may be, of so many. */
int nvme_queues_ask(struct nvme_softc *sc, unsigned want, unsigned *npairs);

#endif /* EXAMPLES_NVME_NVMEVAR_H */
