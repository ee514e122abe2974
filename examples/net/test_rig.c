/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network driver's tests share. */
#include "net/test_rig.h"

#include <string.h>

/* Calls of the watchdog in a row after which nothing will happen any more. */
#define PATIENCE 20u

void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    int flags, unsigned buffers)
{
	struct machine *ma = &ri->ri_machine;

	memset(ri, 0, sizeof(*ri));
	assert_int_equal(machine_create(ma, mc, seed, NULL, 0), 0);
	assert_int_equal(
	    busdma_sim_net_create(ma->ma_bus, 1, flags, &ri->ri_dev), 0);
	assert_int_equal(mbufs_create(&ri->ri_buffers, ma->ma_sim, buffers), 0);
	assert_int_equal(mbufs_create(&ri->ri_packets, ma->ma_sim, PACKETS), 0);
	(void)env_sim_device(ri->ri_dev);
	rig_traffic(ri, seed, 0);
}

void
rig_end(struct rig *ri)
{
	unsigned held;

	if (ri->ri_traffic.tf_next != NULL)
		env_mfree(&ri->ri_packets, ri->ri_traffic.tf_next);
	held = mbufs_destroy(&ri->ri_buffers);
	held += mbufs_destroy(&ri->ri_packets);
	test_machine_end(&ri->ri_machine, ri->ri_reports);
	assert_int_equal(held, 0);
}

int
rig_try(struct rig *ri, bus_dma_tag_t t, uint32_t mode)
{
	return net_attach(&ri->ri_net, &test_env, t, &ri->ri_buffers, mode,
	    traffic_input, &ri->ri_traffic);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    int flags, uint32_t mode)
{
	rig_machine(ri, mc, seed, flags, BUFFERS);
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag, mode), 0);
}

void
rig_detach(struct rig *ri)
{
	assert_int_equal(net_detach(&ri->ri_net), 0);
	rig_end(ri);
}

void
rig_traffic(struct rig *ri, uint64_t seed, unsigned count)
{
	ri->ri_traffic = (struct traffic){
		.tf_seed = seed,
		.tf_mbufs = &ri->ri_packets,
		.tf_count = count,
		.tf_maxlen = ri->ri_net.sc_maxframe,
		.tf_maxparts = 1 + (unsigned)(seed * 7 % 40),
	};
}

void
rig_run(struct rig *ri)
{
	struct traffic *tf = &ri->ri_traffic;
	unsigned idle = 0;

	while (tf->tf_got < tf->tf_count && tf->tf_why[0] == '\0') {
		(void)traffic_feed(tf, &ri->ri_net);
		if (net_wait(&ri->ri_net) != 0) {
			idle = 0;
			continue;
		}
		if (++idle > PATIENCE)
			fail_msg("stuck: %u sent, %u received", tf->tf_sent,
			    tf->tf_got);
		ri->ri_resumes++;
		assert_int_equal(net_watchdog(&ri->ri_net), 0);
	}
	if (tf->tf_why[0] != '\0')
		fail_msg("seed %u: %s", (unsigned)tf->tf_seed, tf->tf_why);
	/* What has arrived was sent, so its completion comes. */
	while (ri->ri_net.sc_jobhead != ri->ri_net.sc_jobtail)
		assert_true(net_wait(&ri->ri_net) > 0);
	assert_int_equal(tf->tf_lost, 0);
}

void
rig_well(struct rig *ri)
{
	rig_traffic(ri, 77, 20);
	rig_run(ri);
}

const struct machine_config *
rig_usual(void)
{
	return test_machine("fragmented");
}

struct mbuf *
rig_packet(struct rig *ri, int len)
{
	struct mbuf *m = env_mget(&ri->ri_packets);

	assert_non_null(m);
	m->m_flags |= M_PKTHDR;
	m->m_len = m->m_pkthdr.len = len;
	return m;
}
