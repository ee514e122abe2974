/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver against the simulated interface, on every machine: packets
 * of all sizes and shapes both ways, with and without the shadow layer.
 */
#include "net/test_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/test_cases.h"
#include "tests/shadow.h"

#define SEEDS 4u
#define MANY 150u /* packets: several times round the rings */

/* A seed makes the device eager or not, and the shadow torn or not. */
static int
flags_of(uint64_t seed)
{
	return seed % 2 != 0 ? BUSDMA_SIM_NET_EAGER : 0;
}

static void
test_traffic(void **state)
{
	const struct machine_config *mc = *state;
	uint64_t seed, compacted = 0;
	struct rig ri;

	for (seed = 1; seed <= test_seeds(mc, SEEDS); seed++) {
		rig_attach(&ri, mc, seed, flags_of(seed), LOOPED);
		rig_traffic(&ri, seed, MANY);
		rig_run(&ri);
		assert_int_equal(ri.ri_net.sc_stats.ns_sent, MANY);
		assert_int_equal(ri.ri_net.sc_stats.ns_received, MANY);
		assert_int_equal(ri.ri_net.sc_stats.ns_stray, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_resets, 0);
		assert_int_equal(ri.ri_resumes, 0);
		/* So the rings came round. */
		assert_true(ri.ri_net.sc_tx.rg_done > 2 * NET_QSIZE);
		assert_true(ri.ri_net.sc_rx.rg_done > 2 * NET_QSIZE);
		compacted += ri.ri_net.sc_stats.ns_compacted;
		rig_detach(&ri);
	}
	/* What has too many pieces may also be bounced. */
	assert_true(compacted > 0 || mc->mc_bounce != NULL);
}

static void
test_shadow(void **state)
{
	struct shadow sh;
	struct rig ri;
	bus_dma_tag_t t;
	uint64_t seed;

	for (seed = 1; seed <= test_seeds(*state, SEEDS); seed++) {
		rig_machine(&ri, *state, seed, flags_of(seed), BUFFERS);
		assert_int_equal(
		    shadow_tag(&sh, ri.ri_machine.ma_sim, ri.ri_machine.ma_tag,
			seed / 2 % 2 != 0, &t),
		    0);
		assert_int_equal(rig_try(&ri, t, LOOPED), 0);
		rig_traffic(&ri, seed, MANY);
		rig_run(&ri);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("seed %u: %u complaints; the first: %s",
			    (unsigned)seed, sh.sh_complaints, sh.sh_first);
		/* What lets the driver always go on, from anywhere. */
		assert_int_equal(sh.sh_allocnow, 1);
		assert_true(sh.sh_nowait >= 2 * MANY);
		rig_end(&ri);
	}
}

/* Attach fails at every hook that can fail, and holds nothing then. */
static void
attach_fails(const struct machine_config *mc, int flags)
{
	struct rig ri;
	unsigned n, failures = 0;
	bool hit = true;
	int error;

	rig_machine(&ri, mc, 5, flags, BUFFERS);
	for (n = 1; hit; n++) {
		(void)busdma_sim_fail_at(ri.ri_machine.ma_sim, n);
		error = rig_try(&ri, ri.ri_machine.ma_tag, LOOPED);
		hit = busdma_sim_fail_at(ri.ri_machine.ma_sim, 0);
		if (error == 0) {
			assert_int_equal(net_detach(&ri.ri_net), 0);
			continue;
		}
		assert_true(hit);
		assert_true(error == ENOMEM || error == EFAULT);
		failures++;
	}
	assert_true(n > NET_NJOBS + NET_QSIZE);
	assert_true(failures > NET_NJOBS + NET_QSIZE);
	rig_end(&ri);
}

/*
 * No address of the bus has 32 bits, not even a slot's: a small interface is
 * not attached.
 */
static bool
is_far(const struct machine_config *mc)
{
	return mc->mc_windows != NULL && mc->mc_windows[0].dw_bus >> 32 != 0;
}

static void
test_attach_fails(void **state)
{
	attach_fails(*state, 0);
	if (!is_far(*state))
		attach_fails(*state, BUSDMA_SIM_NET_SMALL);
}

/*
 * A hook fails at some time while packets are on their way: each of them still
 * arrives, but for those whose memory could not be found.
 */
static void
test_traffic_fails(void **state)
{
	uint64_t errors = 0, starved = 0;
	unsigned n, hits = 0;
	struct rig ri;

	rig_attach(&ri, *state, 6, 0, LOOPED);
	for (n = 1; n < 120; n += 3) {
		rig_traffic(&ri, n, 8);
		ri.ri_traffic.tf_lossy = true;
		(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
		(void)busdma_sim_fail_at(ri.ri_machine.ma_sim, n);
		do {
			(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
		} while (net_wait(&ri.ri_net) > 0);
		assert_int_equal(net_watchdog(&ri.ri_net), 0);
		hits += busdma_sim_fail_at(ri.ri_machine.ma_sim, 0);
		while (net_wait(&ri.ri_net) > 0)
			continue;
		assert_string_equal(ri.ri_traffic.tf_why, "");
		assert_int_equal(ri.ri_traffic.tf_sent, 8);
		assert_int_equal(
		    8 - (ri.ri_traffic.tf_got - ri.ri_traffic.tf_lost),
		    ri.ri_net.sc_stats.ns_senderrors - errors);
		errors = ri.ri_net.sc_stats.ns_senderrors;
		starved = ri.ri_net.sc_stats.ns_starved;
	}
	assert_true(hits > 0);
	assert_true(errors + starved > 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_resets, 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
	rig_well(&ri);
	rig_detach(&ri);
}

/*
 * Starting packets and the interrupt handler call nothing that an interrupt
 * handler must not.
 */
static void
test_interrupt(void **state)
{
	struct rig ri;

	rig_attach(&ri, *state, 9, BUSDMA_SIM_NET_EAGER, LOOPED);
	rig_traffic(&ri, 9, MANY);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, true);
	rig_run(&ri);
	busdma_sim_interrupt(ri.ri_machine.ma_sim, false);
	rig_detach(&ri);
}

/*
 * An interface of 32 bits and one segment: each packet of more pieces is
 * compacted, or bounced, and so is what it doesn't reach.
 */
static void
test_small(void **state)
{
	const struct machine_config *mc = *state;
	struct bus_dma_bounce_stats bs;
	bool far = is_far(mc);
	struct shadow sh;
	struct rig ri;
	bus_dma_tag_t t;
	uint64_t seed;

	for (seed = 1; seed <= 2; seed++) {
		rig_machine(&ri, mc, seed,
		    BUSDMA_SIM_NET_SMALL | flags_of(seed), BUFFERS);
		assert_int_equal(shadow_tag(&sh, ri.ri_machine.ma_sim,
				     ri.ri_machine.ma_tag, false, &t),
		    0);
		if (far) {
			assert_int_equal(rig_try(&ri, t, LOOPED), EINVAL);
			bus_dmatag_destroy(t);
			rig_end(&ri);
			continue;
		}
		assert_int_equal(rig_try(&ri, t, LOOPED), 0);
		assert_int_equal(ri.ri_net.sc_maxsegs, 1);
		rig_traffic(&ri, seed, MANY);
		rig_run(&ri);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		bus_dmatag_destroy(t);
		if (sh.sh_complaints != 0)
			fail_msg("%u complaints; the first: %s",
			    sh.sh_complaints, sh.sh_first);

		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), 0);
		rig_traffic(&ri, seed, MANY);
		rig_run(&ri);
		if (bus_dma_bounce_stats(ri.ri_net.sc_dmat, &bs) == 0)
			assert_true(bs.bs_loads > 0);
		else
			assert_true(ri.ri_net.sc_stats.ns_compacted > MANY / 4);
		rig_detach(&ri);
	}
}

/* Of those that run on every machine. */
static const struct test_each each[] = {
	{ "traffic", test_traffic },
	{ "shadow", test_shadow },
	{ "attach_fails", test_attach_fails },
	{ "traffic_fails", test_traffic_fails },
	{ "interrupt", test_interrupt },
	{ "small", test_small },
};

int
main(void)
{
	test_add(net_cases, net_cases_count);
	test_add(net_short, net_short_count);
	test_add(net_wire, net_wire_count);
	test_add_on_all(each, sizeof(each) / sizeof(each[0]));
	return test_main("net");
}
