/* SPDX-License-Identifier: BSD-2-Clause */
/* What the NVMe driver's tests share: a machine, the driver attached. */
#ifndef EXAMPLES_NVME_TEST_RIG_H
#define EXAMPLES_NVME_TEST_RIG_H

#include "nvme/model.h"
#include "nvme/nvme.h"
#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"

#define BLANK 0xee

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct model *ri_model;
	struct nvme_softc ri_nvme;
	struct nvme_params ri_params;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;
};

/* A machine with a controller; attach and detach are the caller's. */
void rig_machine(struct rig *ri, const struct machine_config *mc,
    const struct model_config *model, uint64_t seed);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);
/* nvme_attach in the machine, with ri_params. */
int rig_try(struct rig *ri);
/* rig_machine and rig_try; nvme_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A request for a place, or for kernel memory. */
void rig_request(struct rig *ri, struct nvme_request *rq, struct place *pc,
    enum nvme_op op, uint64_t lba, size_t len);
void rig_kernel_request(struct rig *ri, struct nvme_request *rq, void *p,
    enum nvme_op op, uint64_t lba, size_t len);
/* Submit and wait; what nvme_submit returned. */
int rig_run(struct rig *ri, struct nvme_request *rq);

/* The pattern of a seed. */
void rig_fill(uint8_t *p, size_t len, uint64_t seed);
void rig_check(const uint8_t *p, size_t len, uint64_t seed);

#endif /* EXAMPLES_NVME_TEST_RIG_H */
