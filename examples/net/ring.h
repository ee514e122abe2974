/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver's rings: what it and the device share in memory.
 */
#ifndef EXAMPLES_NET_RING_H
#define EXAMPLES_NET_RING_H

#include <busdma/bus_dma.h>
#include <busdma/simnetreg.h>

#include "dmamem.h"
#include "env.h"

/* An engine's rings.  Its indices are counters that run on. */
struct net_ring {
	struct env_device *rg_dev;
	bus_dma_tag_t rg_dmat;
	uint32_t rg_reg;  /* SIMNET_TX, SIMNET_RX */
	unsigned rg_size; /* entries of each: a power of two */
	struct dmamem rg_descs;
	struct dmamem rg_cpls;
	uint32_t rg_given; /* after the last descriptor that was given */
	uint32_t rg_done;  /* after the last that came back: the owner's */
	uint32_t rg_seen;  /* after the last completion that was taken */
};

/* A completion, in the CPU's terms. */
struct net_cpl {
	uint32_t cp_index; /* in the ring */
	uint32_t cp_len;
	uint32_t cp_status;
	bool cp_last;
};

/* Descriptors that may still be given. */
static inline unsigned
net_ring_room(const struct net_ring *rg)
{
	return rg->rg_size - 1 - (rg->rg_given - rg->rg_done);
}

/* The place of a counter in the ring. */
static inline uint32_t
net_ring_index(const struct net_ring *rg, uint32_t n)
{
	return n & (rg->rg_size - 1);
}

/*
 * Make the rings, of rg_size entries, on rg_dmat; the errors of bus_dma(9).
 * Unmake them: the device must have stopped.
 */
int net_ring_create(struct net_ring *rg);
void net_ring_destroy(struct net_ring *rg);

/* Empty them, give them to the device, which is off, and tell it where. */
void net_ring_start(struct net_ring *rg);
/* The stopped device's rings are the CPU's again. */
void net_ring_reclaim(struct net_ring *rg);

/*
 * Write the descriptor of counter `n': it is the device's when this returns,
 * and so is all that was synced for it before.
 */
void net_ring_put(struct net_ring *rg, uint32_t n, bus_addr_t addr,
    bus_size_t len, uint32_t flags);
/* Tell the device of all that it was given. */
void net_ring_bell(struct net_ring *rg);

/* The next completion, if there is one. */
bool net_ring_take(struct net_ring *rg, struct net_cpl *cp);

#endif /* EXAMPLES_NET_RING_H */
