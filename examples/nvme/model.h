/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An NVMe controller on the simulated machine, for the driver's tests: as much
 * of one as the driver uses.  What a driver must not do it complains of; what a
 * controller should not do it does as the test says.
 */
#ifndef EXAMPLES_NVME_MODEL_H
#define EXAMPLES_NVME_MODEL_H

#include <busdma/sim.h>

#include "nvme/nvmereg.h"

#define MODEL_QUEUES 5

struct model_config {
	uint32_t mc_cap[2]; /* CAP */
	unsigned mc_mdts;
	unsigned mc_blockshift;
	unsigned mc_pairs; /* of I/O queues that it grants */
	uint64_t mc_disk;  /* bytes */
	uint32_t mc_lbaf;  /* more of the format, beside LBADS */
	uint8_t mc_sqes;   /* 0: 0x66 */
	uint8_t mc_cqes;   /* 0: 0x44 */
	uint8_t mc_dps;
	bool mc_nonamespace;
};

/* An ordinary one: 4 KiB pages, 512-byte blocks, 2 MiB. */
extern const struct model_config model_plain;

struct model_queue {
	unsigned mq_entries; /* of the submission queue; 0: there is none */
	bus_addr_t mq_sq;
	unsigned mq_head, mq_tail;
	unsigned mq_cqentries; /* likewise */
	bus_addr_t mq_cq;
	unsigned mq_cqhead, mq_cqtail;
	uint16_t mq_phase;
	bool mq_ien;
};

struct model {
	struct busdma_sim_dev *mo_dev;
	struct model_config mo_config;
	uint32_t mo_reg[0x40 / 4];
	bool mo_masked;
	struct model_queue mo_queues[MODEL_QUEUES];
	uint8_t *mo_disk;
	unsigned mo_commands; /* taken, of all queues */
	unsigned mo_aborts;   /* Abort commands */

	/* What the test says. */
	bool mo_neverready; /* CSTS.RDY stays as it is */
	bool mo_gone;       /* registers are all ones; it does nothing */
	unsigned mo_failat; /* this command, from 1, makes it fail: CSTS.CFS */
	/* Of a command of mo_opcode, in a queue of the kind: not done. */
	uint16_t mo_status;
	int mo_opcode; /* -1: none */
	bool mo_admin;
	unsigned mo_times; /* so many times */
	bool mo_hang;      /* it does not end at all */
	bool mo_canabort;  /* but by an Abort */
	unsigned mo_cid;   /* of the one that does not end, and its queue; */
	unsigned mo_sqid;
	bool mo_hanging; /* there is one */
	bool mo_stray;   /* each completion comes twice, with another cid */
};

/* *mop is the device's, and goes with it.  ENOMEM. */
int model_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct model_config *mc, struct model **mop);

#endif /* EXAMPLES_NVME_MODEL_H */
