/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver of the card on a 24-bit bus against the simulated card: memory
 * that loads as it is and memory that does not, on every machine where there
 * is any, bounced or not, with and without the shadow layer; every allocation
 * fails once.
 */
#include "isa/test_cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/shadow.h"

#define SEEDS 3u
#define NREQUESTS 40u /* of a run */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MIB (UINT64_C(1) << 20)

/* What a bridge to such a bus may look like: 16 MiB of its own addresses. */
static const struct bus_dma_window bridge_window[] = {
	{ .dw_cpu = 64 * MIB,
	    .dw_bus = 0,
	    .dw_len = 16 * MIB,
	    .dw_flags = BUS_DMA_WINDOW_COHERENT },
};
static const struct busdma_sim_bank bridge_banks[] = {
	{ .sb_base = 1 * MIB, .sb_size = 15 * MIB },
	{ .sb_base = 64 * MIB, .sb_size = 32 * MIB },
};

static const struct bus_dma_bounce bounce = {
	.db_reserve = MIB / 4,
	.db_most = 1 * MIB,
};

#define BRIDGE(name, frag, shortcut, bounces)                                 \
	{                                                                     \
		.mc_name = name, .mc_banks = bridge_banks,                    \
		.mc_nbanks = COUNT(bridge_banks), .mc_pagesize = 4096,        \
		.mc_frag = frag, .mc_windows = bridge_window,                 \
		.mc_nwindows = COUNT(bridge_window), .mc_shortcut = shortcut, \
		.mc_bounce = bounces                                          \
	}

static const struct machine_config bridges[] = {
	BRIDGE("bridge", BUSDMA_SIM_FRAG_RANDOM, BUSDMA_SIM_SHORTCUT_ON, NULL),
	BRIDGE("bridge-off", BUSDMA_SIM_FRAG_RANDOM, BUSDMA_SIM_SHORTCUT_OFF,
	    &bounce),
	BRIDGE("bridge-whole", BUSDMA_SIM_FRAG_PAGES, BUSDMA_SIM_SHORTCUT_WHOLE,
	    &bounce),
};

static uint8_t
byte(uint32_t at, uint64_t seed)
{
	return (uint8_t)((at * UINT64_C(0x9e3779b97f4a7c15) + seed * 77) >> 32);
}

/* Memory of the driver's tag is loaded as it is, to the last byte. */
static void
test_dmamem(void **state)
{
	struct rig_memory rm;
	struct isa_request rq;
	struct rig ri;
	uint32_t i, len;

	rig_attach(&ri, *state, 1);
	len = rig_most(*state);
	rig_memory(ri.ri_isa.sc_dmat, &rm, len);
	for (i = 0; i < len; i++)
		rm.rm_kva[i] = byte(i, 1);
	rig_kernel_request(&ri, &rq, rm.rm_kva, false, CARD - len, len);
	assert_int_equal(rig_run(&ri, &rq), 0);
	assert_int_equal(rq.rq_status, ISA_ST_OK);

	memset(rm.rm_kva, BLANK, len);
	rig_kernel_request(&ri, &rq, rm.rm_kva + 3, true, CARD - len, len - 4);
	rq.rq_kind = ISA_RAW;
	rm.rm_seg.ds_addr += 3;
	rq.rq_segs = &rm.rm_seg;
	rq.rq_nsegs = 1;
	assert_int_equal(rig_run(&ri, &rq), 0);
	rm.rm_seg.ds_addr -= 3;
	assert_int_equal(rq.rq_status, ISA_ST_OK);
	assert_int_equal(rm.rm_kva[2], BLANK);
	assert_int_equal(rm.rm_kva[len - 1], BLANK);
	for (i = 0; i < len - 4; i++)
		assert_int_equal(rm.rm_kva[3 + i], byte(i, 1));
	assert_int_equal(isa_intr(&ri.ri_isa), 0);
	assert_int_equal(env_read32(&test_env, SIMISA_INTR), 0);
	rig_memory_free(&rm);
	rig_detach(&ri);
}

/* A request; false: it is refused, as what can't be loaded is. */
static bool
moved(struct rig *ri, struct isa_request *rq)
{
	int error = rig_run(ri, rq);

	if (error != 0) {
		assert_true(error == EFBIG || error == EFAULT);
		assert_null(ri->ri_isa.sc_rq);
		return false;
	}
	assert_int_equal(rq->rq_status, ISA_ST_OK);
	return true;
}

/* What is in use holds the pattern, and no other byte was touched. */
static void
check_whole(struct place *pc, size_t len, uint64_t seed)
{
	uint8_t *blank = malloc(len);

	assert_non_null(blank);
	place_check(pc, len, seed);
	memset(blank, BLANK, len);
	place_put(pc, blank, len);
	assert_int_equal(place_dirty(pc, BLANK), 0);
	free(blank);
}

/* A place to the card and back into another; how many of the two went. */
static unsigned
there_and_back(struct rig *ri, uint64_t *random)
{
	enum place_kind from =
	    (enum place_kind)place_below(random, PLACE_NKINDS);
	enum place_kind to = (enum place_kind)place_below(random, PLACE_NKINDS);
	uint32_t most = rig_most(ri->ri_machine.ma_config), card;
	struct proc *p = busdma_sim_proc(ri->ri_sim);
	struct isa_request rq;
	struct place src, dst;
	unsigned n;
	size_t len;

	len = 1 + place_below(random, place_below(random, 2) ? most : 4096);
	len = place_length(ri->ri_sim, len);
	card = place_below(random, CARD - (uint32_t)len + 1);
	place_create(&src, ri->ri_sim, p, from, len);
	place_create(&dst, ri->ri_sim, p, to, len);
	place_own(&dst);
	place_lay(&src, len, random);
	place_lay(&dst, len, random);
	place_fill(&src, len, card);
	place_clear(&dst, BLANK);
	rig_request(ri, &rq, &src, false, card, len);
	n = moved(ri, &rq);
	if (n == 1) {
		rig_request(ri, &rq, &dst, true, card, len);
		n += moved(ri, &rq);
	}
	if (n == 2)
		check_whole(&dst, len, card);
	else
		assert_int_equal(place_dirty(&dst, BLANK), 0);
	place_destroy(&src);
	place_destroy(&dst);
	return n;
}

/* Any other memory, wherever it is, if something bounces; else what may. */
static void
test_run(void **state)
{
	const struct machine_config *mc = *state;
	struct bus_dma_bounce_stats bs;
	uint64_t seed, random;
	unsigned i, n = 0;
	struct rig ri;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, mc, seed);
		ri.ri_polled = seed == 2;
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag), 0);
		random = seed;
		for (i = 0; i < NREQUESTS; i++)
			n += there_and_back(&ri, &random);
		if (bus_dma_bounce_stats(ri.ri_isa.sc_dmat, &bs) == 0)
			assert_true(bs.bs_loads > NREQUESTS);
		else
			assert_null(mc->mc_bounce);
		rig_detach(&ri);
	}
	if (mc->mc_bounce != NULL)
		assert_int_equal(n, 2 * SEEDS * NREQUESTS);
	else
		assert_true(n < 2 * SEEDS * NREQUESTS);
}

/* Every load succeeds under the shadow, too. */
static void
test_shadow(void **state)
{
	uint64_t seed, random;
	struct machine *ma;
	struct shadow sh;
	bus_dma_tag_t t;
	struct rig ri;
	unsigned i;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, *state, seed);
		ri.ri_polled = seed == 2;
		ma = &ri.ri_machine;
		assert_int_equal(
		    shadow_tag(&sh, ma->ma_sim, ma->ma_tag, false, &t), 0);
		assert_int_equal(rig_try(&ri, t), 0);
		random = seed;
		for (i = 0; i < NREQUESTS; i++)
			assert_int_equal(there_and_back(&ri, &random), 2);
		assert_int_equal(isa_detach(&ri.ri_isa), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		/* What lets a load of the driver's always succeed. */
		assert_int_equal(sh.sh_allocnow, 1);
		assert_true(sh.sh_nowait >= 2 * NREQUESTS);
		rig_end(&ri);
	}
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
test_attach_fails(void **state)
{
	unsigned n, failures = 0;
	bool hit = true;
	struct rig ri;
	int error;

	rig_machine(&ri, *state, 5);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_sim, n);
		error = rig_try(&ri, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_sim, 0);
		if (error == 0) {
			assert_int_equal(isa_detach(&ri.ri_isa), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* The tag, the map. */
	assert_true(failures >= 2);
	rig_end(&ri);
}

/* A request for memory at `p' fails at every hook that can fail. */
static void
submit_fails(struct rig *ri, void *p)
{
	unsigned n, failures = 0;
	struct isa_request rq;
	bool hit = true;
	int error;

	for (n = 1; hit; n++) {
		memset(p, (int)n, 4096);
		rig_kernel_request(ri, &rq, p, false, 0, 4096);
		(void)busdma_sim_fail_at(ri->ri_sim, n);
		error = isa_submit(&ri->ri_isa, &rq);
		hit = busdma_sim_fail_at(ri->ri_sim, 0);
		if (error != 0) {
			assert_true(hit);
			assert_true(error == ENOMEM || error == EFAULT);
			assert_null(ri->ri_isa.sc_rq);
			failures++;
			continue;
		}
		assert_int_equal(isa_wait(&ri->ri_isa), 1);
		assert_int_equal(rq.rq_status, ISA_ST_OK);
		env_write32(&test_env, SIMISA_CARD, 0);
		assert_int_equal(
		    env_read32(&test_env, SIMISA_DATA) & 0xff, n & 0xff);
	}
	assert_true(failures > 0);
}

/* Memory that loads as it is; and other memory, where it is bounced. */
static void
test_submit_fails(void **state)
{
	const struct machine_config *mc = *state;
	struct rig_memory rm;
	struct rig ri;
	void *p;

	rig_attach(&ri, mc, 6);
	rig_memory(ri.ri_isa.sc_dmat, &rm, 4096);
	submit_fails(&ri, rm.rm_kva);
	rig_memory_free(&rm);
	if (mc->mc_bounce != NULL) {
		p = busdma_sim_kmalloc(ri.ri_sim, 4 * 4096);
		assert_non_null(p);
		submit_fails(&ri, (char *)p + 3000);
		busdma_sim_kfree(ri.ri_sim, p);
	}
	rig_detach(&ri);
}

static void
chain_done(struct isa_request *rq)
{
	struct rig *ri = rq->rq_arg;

	assert_int_equal(rq->rq_status, ISA_ST_OK);
	if (++ri->ri_done < 60) {
		rq->rq_card++;
		rq->rq_tomem = !rq->rq_tomem;
		assert_int_equal(isa_submit(&ri->ri_isa, rq), 0);
	}
}

/*
 * Submit and the interrupt handler call nothing that an interrupt handler
 * must not, with memory that is bounced and that is not.
 */
static void
test_interrupt(void **state)
{
	const struct machine_config *mc = *state;
	struct rig_memory rm;
	struct isa_request rq;
	struct rig ri;
	unsigned i;
	void *p;

	rig_attach(&ri, mc, 9);
	rig_memory(ri.ri_isa.sc_dmat, &rm, 4096);
	p = busdma_sim_kmalloc(ri.ri_sim, 4 * 4096);
	assert_non_null(p);
	for (i = 0; i < (mc->mc_bounce != NULL ? 2u : 1u); i++) {
		ri.ri_done = 0;
		rig_kernel_request(&ri, &rq,
		    i == 0 ? rm.rm_kva : (uint8_t *)p + 3000, false, 0, 4096);
		rq.rq_done = chain_done;
		busdma_sim_interrupt(ri.ri_sim, true);
		assert_int_equal(isa_submit(&ri.ri_isa, &rq), 0);
		while (ri.ri_done < 60)
			assert_int_equal(isa_wait(&ri.ri_isa), 1);
		busdma_sim_interrupt(ri.ri_sim, false);
	}
	busdma_sim_kfree(ri.ri_sim, p);
	rig_memory_free(&rm);
	rig_detach(&ri);
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "dmamem", test_dmamem },
	{ "run", test_run },
	{ "shadow", test_shadow },
	{ "attach_fails", test_attach_fails },
	{ "submit_fails", test_submit_fails },
	{ "interrupt", test_interrupt },
};

int
main(void)
{
	size_t i;

	test_add(isa_cases, isa_cases_count);
	for (i = 0; i < rig_nwithin; i++)
		test_add_on(machine_find(rig_within[i]), each, COUNT(each));
	for (i = 0; i < COUNT(bridges); i++)
		test_add_on(&bridges[i], each, COUNT(each));
	return test_main("isa");
}
