/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network interface, inside.
 */
#ifndef BUSDMA_SIMNETVAR_H
#define BUSDMA_SIMNETVAR_H

#include <busdma/simnetreg.h>

#include "simdevlib.h"

#define SIMNET_MAXQSIZE 256u
#define SIMNET_NSEGS 16u
#define SIMNET_FRAME 9216u      /* most bytes in a packet */
#define SIMNET_SMALLFRAME 1536u /* of a small one */
#define SIMNET_FIFO 65536u      /* bytes that wait on their way in, or out */
#define SIMNET_PIECE 1024u      /* most bytes that one step moves */

struct simnet_packet {
	struct simnet_packet *np_next;
	size_t np_len;
	uint8_t np_data[];
};

struct simnet_fifo {
	struct simnet_packet *nf_first, **nf_lastp;
	size_t nf_bytes;
};

/*
 * An engine's rings.  Indices are counters that run on; nr_size divides their
 * range.  nr_done <= nr_head <= nr_tail.
 */
struct simnet_ring {
	bus_addr_t nr_descs;
	bus_addr_t nr_cpls;
	uint32_t nr_size;
	uint32_t nr_tail;    /* after the last that is known to be there */
	uint32_t nr_head;    /* after the last that was fetched */
	uint32_t nr_done;    /* after the last that was completed */
	uint32_t nr_cplhead; /* the next completion */
	bool nr_posting;     /* all of it but its flags is written */
	uint32_t nr_cplflags;
	uint32_t nr_cause; /* constant: SIMNET_CAUSE_* of a completion */

	bool nr_have; /* the descriptor that is being worked on */
	bus_addr_t nr_addr;
	uint32_t nr_len;
	uint32_t nr_flags;
	uint32_t nr_off; /* bytes of it that are done */

	uint32_t nr_count; /* packets */
	uint32_t nr_drops;
};

struct simnet {
	struct busdma_sim_dev *nd_dev;
	int nd_flags; /* BUSDMA_SIM_NET_* */
	uint32_t nd_ctrl;
	uint32_t nd_status;
	uint32_t nd_cause;
	uint32_t nd_mask;
	bool nd_stopping; /* EN was cleared, RUN was not yet */
	struct simnet_ring nd_tx;
	struct simnet_ring nd_rx;

	uint32_t nd_framelen; /* bytes of nd_frame so far */
	uint32_t nd_nsegs;    /* descriptors of it so far; 0: between packets */
	bool nd_whole;        /* it has been read, and waits for the wire */
	uint32_t nd_rxoff;    /* bytes of the packet that were received */
	struct simnet_fifo nd_in;
	struct simnet_fifo nd_out;
	uint8_t nd_frame[SIMNET_FRAME];
};

/* simnet.c */
/* Stop with an error. */
void simnet_fail(struct simnet *nd, uint32_t why);
/* The same with a complaint, of memory or of a register. */
void simnet_wrong(struct simnet *nd, uint32_t why, bus_addr_t addr,
    uint64_t len, const char *text);
void simnet_wrong_reg(struct simnet *nd, uint32_t why, uint32_t reg,
    uint64_t what, const char *text);
/* Causes for an interrupt. */
void simnet_cause(struct simnet *nd, uint32_t cause);
uint32_t simnet_maxframe(const struct simnet *nd);
uint32_t simnet_maxsegs(const struct simnet *nd);

/* simnetfifo.c */
void simnet_fifo_init(struct simnet_fifo *nf);
void simnet_fifo_clear(struct simnet_fifo *nf);
bool simnet_fifo_room(const struct simnet_fifo *nf, size_t len);
/* False: no room. */
bool simnet_fifo_put(struct simnet_fifo *nf, const void *data, size_t len);
/* There must be one. */
void simnet_fifo_drop(struct simnet_fifo *nf);

/* simnetio.c */
/* Whether the engine has anything to do, and one step of it. */
bool simnet_tx_ready(const struct simnet *nd);
void simnet_tx_step(struct simnet *nd);
bool simnet_rx_ready(const struct simnet *nd);
void simnet_rx_step(struct simnet *nd);
/* Look whether a descriptor is there that no doorbell told of. */
bool simnet_peek(struct simnet *nd, struct simnet_ring *nr);

#endif /* BUSDMA_SIMNETVAR_H */
