/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the card's driver share: a machine, the driver attached. */
#ifndef EXAMPLES_ISA_TEST_RIG_H
#define EXAMPLES_ISA_TEST_RIG_H

#include "isa/isa.h"
#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"

#define BLANK 0xee
#define CARD 0x40000u /* bytes of its memory */

/* Of machine_configs, those with memory below 16 MiB of the bus. */
extern const char *const rig_within[];
extern const size_t rig_nwithin;

/* Most bytes that a machine's stack takes as one segment. */
uint32_t rig_most(const struct machine_config *mc);

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct isa_softc ri_isa;
	bool ri_polled;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;
};

/* A machine with a card; attach and detach are the caller's. */
void rig_machine(
    struct rig *ri, const struct machine_config *mc, uint64_t seed);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* isa_attach in the machine, through `t'. */
int rig_try(struct rig *ri, bus_dma_tag_t t);
/* rig_machine and rig_try; isa_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A request for a place. */
void rig_request(struct rig *ri, struct isa_request *rq, struct place *pc,
    bool tomem, uint32_t card, size_t len);
/* A request for memory of the kernel's that need not be a place's. */
void rig_kernel_request(struct rig *ri, struct isa_request *rq, void *p,
    bool tomem, uint32_t card, size_t len);
/* Submit and wait; what isa_submit returned. */
int rig_run(struct rig *ri, struct isa_request *rq);

/* DMA memory that the card reaches, in one run. */
struct rig_memory {
	bus_dma_tag_t rm_tag;
	bus_dma_segment_t rm_seg;
	size_t rm_size;
	uint8_t *rm_kva;
};

/* Of the driver's tag, or of one with its limits. */
void rig_memory(bus_dma_tag_t t, struct rig_memory *rm, size_t size);
void rig_memory_free(struct rig_memory *rm);

#endif /* EXAMPLES_ISA_TEST_RIG_H */
