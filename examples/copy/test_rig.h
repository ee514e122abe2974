/* SPDX-License-Identifier: BSD-2-Clause */
/* What the copy driver's tests share: a machine, the driver attached. */
#ifndef EXAMPLES_COPY_TEST_RIG_H
#define EXAMPLES_COPY_TEST_RIG_H

#include "copy/copy.h"
#include "tests/env.h"
#include "tests/machine.h"
#include "tests/place.h"

#define BLANK 0xee /* in a destination, before the copy */

struct rig {
	struct machine ri_machine;
	struct busdma_sim *ri_sim;
	struct proc *ri_other; /* a process beside the first */
	struct copy_softc ri_copy;
	unsigned ri_reports; /* that the test expects */
	unsigned ri_done;    /* jobs that ended */
	unsigned ri_aborted; /* of them, so */
};

/* A machine with an engine; attach and detach are the caller's. */
void rig_machine(
    struct rig *ri, const struct machine_config *mc, uint64_t seed);
/* Nothing was reported but what the test expects, and nothing leaked. */
void rig_end(struct rig *ri);

/* rig_machine and copy_attach; copy_detach and rig_end. */
void rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed);
void rig_detach(struct rig *ri);

/* A place, as the driver wants to be told of it. */
struct copy_buffer rig_buffer(struct place *pc);

/* A job of `len' bytes; wait for it, which is the only one. */
void rig_job(struct rig *ri, struct copy_job *jb, struct place *src,
    struct place *dst, size_t len);
void rig_finish(struct rig *ri, struct copy_job *jb);

/* Two kernel buffers of `size' bytes, whole, with a job from one to another. */
struct pair {
	struct place pa_src;
	struct place pa_dst;
	struct copy_job pa_job;
};

void pair_create(struct rig *ri, struct pair *pa, size_t size);
void pair_destroy(struct pair *pa);

/* A copy that works. */
void rig_works(struct rig *ri);

#endif /* EXAMPLES_COPY_TEST_RIG_H */
