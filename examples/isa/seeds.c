/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the card on a 24-bit bus by seed: buffers of all kinds to the
 * card and back, bounced or not, and memory of the driver's tag.
 */
#include "tests/seeds.h"

#include "isa/test_rig.h"

#define NREQUESTS 4u
#define MOST 3000u /* bytes in one */

const char seed_driver[] = "isa";

static const struct bus_dma_bounce bounce = {
	.db_reserve = 0x40000,
	.db_most = 0x80000,
};

static void
request(struct rig *ri, struct isa_request *rq)
{
	assert_int_equal(rig_run(ri, rq), 0);
	assert_int_equal(rq->rq_status, ISA_ST_OK);
}

static void
there_and_back(struct rig *ri, struct seed *sd)
{
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	uint64_t *random = &sd->sd_random;
	struct isa_request rq;
	struct place src, dst;
	uint32_t card;
	size_t len;

	len = place_length(ri->ri_sim, 1 + place_below(random, MOST));
	card = place_below(random, CARD - (uint32_t)len + 1);
	place_create(&src, ri->ri_sim, p,
	    (enum place_kind)place_below(random, PLACE_NKINDS), len);
	place_create(&dst, ri->ri_sim, p,
	    (enum place_kind)place_below(random, PLACE_NKINDS), len);
	place_own(&dst);
	place_clear(&dst, BLANK);
	place_lay(&src, len, random);
	place_lay(&dst, len, random);
	place_fill(&src, len, card);
	rig_request(ri, &rq, &src, false, card, len);
	request(ri, &rq);
	rig_request(ri, &rq, &dst, true, card, len);
	request(ri, &rq);
	place_check(&dst, len, card);
	place_destroy(&src);
	place_destroy(&dst);
}

/* Memory that is mapped cached, and loads as it is. */
static void
whole(struct rig *ri, struct seed *sd)
{
	struct isa_request rq;
	struct rig_memory rm;
	uint32_t i;

	rig_memory(ri->ri_isa.sc_dmat, &rm, 4096);
	for (i = 0; i < 4096; i++)
		rm.rm_kva[i] = (uint8_t)(i * 7 + sd->sd_seed);
	rig_kernel_request(ri, &rq, rm.rm_kva, false, 99, 4096);
	request(ri, &rq);
	for (i = 0; i < 4096; i++)
		rm.rm_kva[i] = BLANK;
	rig_kernel_request(ri, &rq, rm.rm_kva, true, 99, 4096);
	request(ri, &rq);
	for (i = 0; i < 4096; i++)
		assert_int_equal(rm.rm_kva[i], (uint8_t)(i * 7 + sd->sd_seed));
	rig_memory_free(&rm);
}

void
seed_run(struct seed *sd)
{
	struct machine_config *mc = &sd->sd_config;
	static struct rig ri; /* for who tells of a failure */
	unsigned i;

	/* No card reaches what is far; then the bus is the memory's. */
	if (sd->sd_far) {
		mc->mc_windows = NULL;
		mc->mc_nwindows = 0;
		mc->mc_reach = 0;
	}
	/* Few of the buffers are what it can be given. */
	if (mc->mc_bounce == NULL)
		mc->mc_bounce = &bounce;
	rig_machine(&ri, &sd->sd_config, sd->sd_seed);
	seed_machine(sd, &ri.ri_machine);
	ri.ri_polled = sd->sd_poll;
	assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
	for (i = 0; i < NREQUESTS; i++)
		there_and_back(&ri, sd);
	whole(&ri, sd);
	rig_detach(&ri);
}
