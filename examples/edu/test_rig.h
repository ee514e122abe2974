/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of edu's driver share: a machine, the driver attached. */
#ifndef EXAMPLES_EDU_TEST_RIG_H
#define EXAMPLES_EDU_TEST_RIG_H

#include "edu/edu.h"
#include "edu/test_model.h"
#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"

#define BLANK 0xee /* in a destination, before the copy */

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct edu_model ri_model;
	struct edu_softc ri_edu;
	unsigned ri_bits; /* of the device; 64 */
	bool ri_polled;
	unsigned ri_reports; /* that the test expects */
};

/* A machine with the device; attach and detach are the caller's. */
void rig_machine(
    struct rig *ri, const struct machine_config *mc, uint64_t seed);
/* The device has so many bits; before it is attached. */
void rig_bits(struct rig *ri, unsigned bits);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* edu_attach in the machine, through `t'. */
int rig_try(struct rig *ri, bus_dma_tag_t t);
/* rig_machine and rig_try; edu_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A job of `len' bytes. */
void rig_job(struct edu_job *jb, struct place *src, struct place *dst,
    size_t len, int flags);

/* What is in use holds the pattern of a seed, and no other byte was touched. */
void rig_check(struct place *pc, size_t len, uint64_t seed);

/* Two kernel buffers of `size' bytes, whole, with a job from one to another. */
struct pair {
	struct place pa_src;
	struct place pa_dst;
	struct edu_job pa_job;
};

void pair_create(struct rig *ri, struct pair *pa, size_t size);
void pair_destroy(struct pair *pa);
/* The job is done, right. */
void pair_works(struct rig *ri, struct pair *pa);

#endif /* EXAMPLES_EDU_TEST_RIG_H */
