/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver that is called back, on machines with few slots: it stalls, goes
 * on, and loses nothing.
 */
#include "netq/test_cases.h"

#include "tests/shadow.h"

#define SEEDS 6u
#define MANY 40u  /* packets at each port */
#define PARTS 12u /* most mbufs in one: more than the device has segments */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* rig_reach, and what differs from it. */
static struct machine_config machines[4];

static void
machines_make(void)
{
	size_t i;

	for (i = 0; i < COUNT(machines); i++)
		machines[i] = rig_reach;
	machines[1].mc_name = "large-pages";
	machines[1].mc_pagesize = 65536;
	machines[2].mc_name = "cache";
	machines[2].mc_line = 64;
	machines[3].mc_name = "in-order";
	machines[3].mc_line = 32;
	machines[3].mc_cache = BUSDMA_SIM_CACHE_ATONCE;
	machines[3].mc_inorder = true;
}

/* Pools of several sizes, the least of which take one packet, or the rings. */
static void
test_pools(void **state)
{
	static const unsigned sizes[] = { 2, 3, 4, 6, 9 };
	struct bus_dma_bounce db;
	struct machine_config mc;
	uint64_t seed, stalls = 0;
	struct rig ri;
	size_t i;

	for (i = 0; i < COUNT(sizes); i++) {
		for (seed = 1; seed <= SEEDS; seed++) {
			mc = rig_slots(*state, &db, sizes[i], 0);
			rig_attach(&ri, &mc, seed, NPORTS,
			    seed % 2 != 0 ? BUSDMA_SIM_NET_EAGER : 0);
			rig_traffic(&ri, MANY, PARTS);
			rig_run(&ri);
			stalls += rig_stalls(&ri);
			assert_int_equal(rig_stalls(&ri), rig_resumes(&ri));
			rig_detach(&ri);
		}
	}
	assert_true(stalls > COUNT(sizes) * SEEDS * NPORTS);
}

/* All is bounced; an interface has four rings, each in a page. */
static void
test_forced(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc;
	uint64_t seed, stalls = 0;
	struct rig ri;

	for (seed = 1; seed <= SEEDS; seed++) {
		mc = rig_slots(*state, &db, 4 * NPORTS + 1 + (unsigned)seed,
		    BUS_DMA_BOUNCE_FORCED);
		rig_attach(&ri, &mc, seed, NPORTS, 0);
		rig_traffic(&ri, MANY, PARTS);
		rig_run(&ri);
		stalls += rig_stalls(&ri);
		rig_detach(&ri);
	}
	assert_true(stalls > 0);
}

/* A small interface narrows its tag, and each has slots of its own. */
static void
test_narrowed(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc = rig_slots(*state, &db, 3, 0);
	struct rig ri;
	unsigned i;

	mc.mc_reach = 0;
	rig_attach(&ri, &mc, 1, NPORTS, BUSDMA_SIM_NET_SMALL);
	rig_traffic(&ri, MANY, PARTS);
	rig_run(&ri);
	for (i = 0; i < NPORTS; i++)
		assert_true(ri.ri_ports[i].po_netq.sc_stats.ns_stalls > 0);
	rig_detach(&ri);
}

/* As where only syncs move bytes; the rings' copies may be out of reach. */
static void
test_shadow(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc = rig_slots(*state, &db, 4 * NPORTS + 3, 0);
	struct shadow sh;
	struct rig ri;
	bus_dma_tag_t t;
	uint64_t seed;
	unsigned i;

	for (seed = 1; seed <= SEEDS; seed++) {
		rig_machine(&ri, &mc, seed, NPORTS, 0);
		assert_int_equal(shadow_tag(&sh, ri.ri_machine.ma_sim,
				     ri.ri_machine.ma_tag, seed == 2, &t),
		    0);
		for (i = 0; i < NPORTS; i++)
			assert_int_equal(rig_try(&ri, i, t), 0);
		rig_traffic(&ri, MANY, 5);
		rig_run(&ri);
		for (i = 0; i < NPORTS; i++)
			assert_int_equal(
			    netq_detach(&ri.ri_ports[i].po_netq), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);
		assert_int_equal(sh.sh_allocnow, 0);
		assert_true(sh.sh_nowait >= NPORTS * MANY);
		rig_end(&ri);
	}
}

/* Nothing there must not be called in an interrupt. */
static void
test_interrupt(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc = rig_slots(*state, &db, 2, 0);
	struct rig ri;

	rig_attach(&ri, &mc, 7, NPORTS, BUSDMA_SIM_NET_EAGER);
	rig_traffic(&ri, MANY, PARTS);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, true);
	rig_run(&ri);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, false);
	assert_true(rig_stalls(&ri) > 0);
	rig_detach(&ri);
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
attach_fails(const struct machine_config *mc, int flags)
{
	unsigned n, failures = 0;
	bool hit = true;
	struct rig ri;
	int error;

	rig_machine(&ri, mc, 5, 1, flags);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_machine.ma_sim, n);
		error = rig_try(&ri, 0, ri.ri_machine.ma_tag);
		hit = busdma_sim_fail_at(ri.ri_machine.ma_sim, 0);
		if (error == 0) {
			assert_int_equal(
			    netq_detach(&ri.ri_ports[0].po_netq), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	/* Four rings, the maps, the callback. */
	assert_true(failures > 4 + NETQ_NJOBS + 1);
	rig_end(&ri);
}

static void
test_attach_fails(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc = rig_slots(*state, &db, 4, 0);

	attach_fails(&mc, 0);
	attach_fails(&mc, BUSDMA_SIM_NET_SMALL);
}

static const struct test_each each[] = {
	{ "pools", test_pools },
	{ "forced", test_forced },
	{ "narrowed", test_narrowed },
	{ "shadow", test_shadow },
	{ "interrupt", test_interrupt },
	{ "attach_fails", test_attach_fails },
};

int
main(void)
{
	size_t i;

	machines_make();
	test_add(netq_cases, netq_cases_count);
	for (i = 0; i < COUNT(machines); i++)
		test_add_on(&machines[i], each, COUNT(each));
	return test_main("netq");
}
