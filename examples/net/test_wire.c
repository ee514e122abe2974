/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver's tests: what comes from the wire, and what goes there.
 */
#include "net/test_cases.h"

#define MANY 150u

/* Without PAUSE, what is not received is counted by the device. */
static void
test_drops(void **state)
{
	struct traffic *tf;
	struct rig ri;
	uint64_t seed;
	uint32_t drops = 0, in, out;

	(void)state;
	for (seed = 1; seed <= 4; seed++) {
		rig_machine(&ri, rig_usual(), seed, 0, 16);
		assert_int_equal(
		    rig_try(&ri, ri.ri_machine.ma_tag, SIMNET_CTRL_LOOP), 0);
		rig_traffic(&ri, seed, MANY);
		tf = &ri.ri_traffic;
		tf->tf_lossy = true;
		do {
			(void)traffic_feed(tf, &ri.ri_net);
		} while (net_wait(&ri.ri_net) > 0);
		assert_string_equal(tf->tf_why, "");
		assert_int_equal(tf->tf_sent, MANY);
		out = env_read32(&test_env, SIMNET_TX + SIMNET_R_DROPS);
		in = env_read32(&test_env, SIMNET_RX + SIMNET_R_DROPS);
		assert_int_equal(
		    ri.ri_net.sc_stats.ns_received + in + out, MANY);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, out);
		assert_int_equal(
		    env_read32(&test_env, SIMNET_RX + SIMNET_R_COUNT),
		    ri.ri_net.sc_stats.ns_received);
		drops += in;
		rig_detach(&ri);
	}
	assert_true(drops > 0);
}

/* The other end of the wire. */
struct peer {
	struct env_device pe_env;
	struct busdma_sim_dev *pe_dev;
	bus_dma_tag_t pe_tag;
	struct net_softc pe_net;
	struct env_mbufs pe_buffers;
	struct traffic pe_traffic; /* from here to the rig */
	unsigned pe_echoes;        /* packets to be sent back, too many */
};

static void
peer_attach(struct peer *pe, struct rig *ri, int flags, uint32_t mode,
    void (*input)(void *, struct mbuf *), void *arg)
{
	struct machine *ma = &ri->ri_machine;

	*pe = (struct peer){ .pe_echoes = 0 };
	assert_int_equal(
	    busdma_sim_net_create(ma->ma_bus, 2, flags, &pe->pe_dev), 0);
	pe->pe_env.ed_dev = pe->pe_dev;
	assert_int_equal(busdma_sim_bus_tag(ma->ma_bus, 2, &pe->pe_tag, 0), 0);
	assert_int_equal(mbufs_create(&pe->pe_buffers, ma->ma_sim, 64), 0);
	assert_int_equal(net_attach(&pe->pe_net, &pe->pe_env, pe->pe_tag,
			     &pe->pe_buffers, mode, input, arg),
	    0);
}

static void
peer_detach(struct peer *pe)
{
	assert_int_equal(net_detach(&pe->pe_net), 0);
	assert_int_equal(mbufs_destroy(&pe->pe_buffers), 0);
	bus_dmatag_destroy(pe->pe_tag);
}

/* Carry what can be carried; how many packets. */
static unsigned
carry(struct busdma_sim_dev *from, struct busdma_sim_dev *to, uint8_t *buf,
    size_t *len)
{
	unsigned n = 0;

	for (;;) {
		if (*len == 0)
			*len = busdma_sim_net_take(from, buf, 9216);
		if (*len == 0 || busdma_sim_net_inject(to, buf, *len) != 0)
			return n;
		*len = 0;
		n++;
	}
}

static unsigned
carry_both(struct rig *ri, struct peer *pe)
{
	static uint8_t there[9216], back[9216];
	static size_t therelen, backlen;

	return carry(ri->ri_dev, pe->pe_dev, there, &therelen) +
	       carry(pe->pe_dev, ri->ri_dev, back, &backlen);
}

/* Two interfaces, joined, with traffic both ways at once. */
static void
test_joined(void **state)
{
	struct traffic *here, *there;
	struct peer pe;
	struct rig ri;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 4; seed++) {
		rig_machine(&ri, rig_usual(), seed,
		    (int)(seed % 2) * BUSDMA_SIM_NET_EAGER, BUFFERS);
		peer_attach(&pe, &ri, (int)(seed / 2 % 2) * 2,
		    SIMNET_CTRL_PAUSE, traffic_input, &ri.ri_traffic);
		here = &ri.ri_traffic;
		there = &pe.pe_traffic;
		assert_int_equal(net_attach(&ri.ri_net, &test_env,
				     ri.ri_machine.ma_tag, &ri.ri_buffers,
				     SIMNET_CTRL_PAUSE, traffic_input, there),
		    0);
		rig_traffic(&ri, seed + 50, MANY);
		*there = *here;
		rig_traffic(&ri, seed, MANY);
		while (here->tf_got < MANY || there->tf_got < MANY) {
			unsigned n = carry_both(&ri, &pe);

			(void)traffic_feed(here, &ri.ri_net);
			(void)traffic_feed(there, &pe.pe_net);
			n += net_wait(&ri.ri_net);
			n += net_wait(&pe.pe_net);
			n += carry_both(&ri, &pe);
			if (n == 0)
				fail_msg("stuck at %u and %u", here->tf_got,
				    there->tf_got);
			assert_string_equal(here->tf_why, "");
			assert_string_equal(there->tf_why, "");
		}
		peer_detach(&pe);
		rig_detach(&ri);
	}
}

/* Sends back what it gets, from where it gets it. */
static void
echo_input(void *arg, struct mbuf *m)
{
	struct peer *pe = arg;

	if (net_start(&pe->pe_net, m) != 0) {
		pe->pe_echoes++;
		env_mfree(&pe->pe_buffers, m);
	}
}

static void
test_echo(void **state)
{
	struct traffic *tf;
	struct peer pe;
	struct rig ri;
	unsigned idle = 0;

	(void)state;
	rig_attach(&ri, test_machine("windows"), 5, 0, SIMNET_CTRL_PAUSE);
	peer_attach(
	    &pe, &ri, BUSDMA_SIM_NET_EAGER, SIMNET_CTRL_PAUSE, echo_input, &pe);
	tf = &ri.ri_traffic;
	rig_traffic(&ri, 5, 0);
	while (tf->tf_got < MANY) {
		/* No more than the other end may have waiting. */
		if (tf->tf_count < tf->tf_got + NET_QUEUE / 2 &&
		    tf->tf_count < MANY)
			tf->tf_count++;
		(void)traffic_feed(tf, &ri.ri_net);
		(void)carry_both(&ri, &pe);
		if (net_wait(&ri.ri_net) + net_wait(&pe.pe_net) == 0 &&
		    ++idle > 20)
			fail_msg("stuck at %u", tf->tf_got);
		assert_string_equal(tf->tf_why, "");
		assert_int_equal(pe.pe_echoes, 0);
	}
	peer_detach(&pe);
	rig_detach(&ri);
}

const struct CMUnitTest net_wire[] = {
	cmocka_unit_test(test_drops),
	cmocka_unit_test(test_joined),
	cmocka_unit_test(test_echo),
};
const size_t net_wire_count = sizeof(net_wire) / sizeof(net_wire[0]);
