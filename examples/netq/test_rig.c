/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the driver that is called back share. */
#include "netq/test_rig.h"

#include <string.h>

#include "tests/place.h"

/* Rounds in which nothing happens, after which nothing will. */
#define PATIENCE 20u
#define MIB (UINT64_C(1) << 20)

static const struct busdma_sim_bank banks[] = {
	{ .sb_base = 4 * MIB, .sb_size = 4 * MIB },
	{ .sb_base = 8192 * MIB, .sb_size = 8 * MIB },
};

const struct machine_config rig_reach = {
	.mc_name = "reach",
	.mc_text = "the bus reaches 16 MiB",
	.mc_banks = banks,
	.mc_nbanks = sizeof(banks) / sizeof(banks[0]),
	.mc_pagesize = 4096,
	.mc_frag = BUSDMA_SIM_FRAG_RANDOM,
	.mc_reach = 16 * MIB - 1,
};

struct machine_config
rig_slots(const struct machine_config *mc, struct bus_dma_bounce *db,
    unsigned pages, unsigned flags)
{
	struct machine_config with = *mc;

	*db = (struct bus_dma_bounce){
		.db_reserve = (bus_size_t)pages * machine_pagesize(mc),
		.db_most = (bus_size_t)pages * machine_pagesize(mc),
		.db_flags = flags,
	};
	with.mc_bounce = db;
	return with;
}

void
rig_machine(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    unsigned nports, int flags)
{
	struct machine *ma = &ri->ri_machine;
	unsigned i;

	memset(ri, 0, sizeof(*ri));
	ri->ri_nports = nports;
	ri->ri_random = seed;
	assert_int_equal(machine_create(ma, mc, seed, NULL, 0), 0);
	/* One id: they are functions of one device. */
	for (i = 0; i < nports; i++)
		assert_int_equal(busdma_sim_net_create(ma->ma_bus, 1, flags,
				     &ri->ri_ports[i].po_env.ed_dev),
		    0);
	assert_int_equal(mbufs_create(&ri->ri_packets, ma->ma_sim, PACKETS), 0);
}

void
rig_end(struct rig *ri)
{
	unsigned i, held;

	for (i = 0; i < ri->ri_nports; i++)
		env_mfree(&ri->ri_packets, ri->ri_ports[i].po_traffic.tf_next);
	held = mbufs_destroy(&ri->ri_packets);
	test_machine_end(&ri->ri_machine, ri->ri_reports);
	assert_int_equal(held, 0);
}

/* A driver's callback: with whatever lock held, so it only notes it. */
static void
kick(void *arg)
{
	struct port *po = arg;

	po->po_kicked = true;
	po->po_kicks++;
}

int
rig_try(struct rig *ri, unsigned port, bus_dma_tag_t t)
{
	struct port *po = &ri->ri_ports[port];

	po->po_kicked = false;
	return netq_attach(
	    &po->po_netq, &po->po_env, t, &ri->ri_packets, kick, po);
}

void
rig_attach(struct rig *ri, const struct machine_config *mc, uint64_t seed,
    unsigned nports, int flags)
{
	unsigned i;

	rig_machine(ri, mc, seed, nports, flags);
	for (i = 0; i < nports; i++)
		assert_int_equal(rig_try(ri, i, ri->ri_machine.ma_tag), 0);
}

void
rig_detach(struct rig *ri)
{
	unsigned i;

	for (i = 0; i < ri->ri_nports; i++)
		assert_int_equal(netq_detach(&ri->ri_ports[i].po_netq), 0);
	rig_end(ri);
}

void
rig_traffic(struct rig *ri, unsigned count, unsigned parts)
{
	unsigned i;

	for (i = 0; i < ri->ri_nports; i++)
		ri->ri_ports[i].po_traffic = (struct traffic){
			.tf_seed = place_below(&ri->ri_random, 1000),
			.tf_mbufs = &ri->ri_packets,
			.tf_count = count,
			.tf_maxlen =
			    ri->ri_ports[i].po_netq.sc_maxframe < LONGEST
				? ri->ri_ports[i].po_netq.sc_maxframe
				: LONGEST,
			.tf_maxparts = parts,
		};
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

void
rig_softintr(struct port *po)
{
	if (!po->po_kicked)
		return;
	po->po_kicked = false;
	netq_softintr(&po->po_netq);
}

bool
rig_take(struct port *po)
{
	struct traffic *tf = &po->po_traffic;
	uint8_t buf[LONGEST + 1];
	size_t len, i;

	len = busdma_sim_net_take(po->po_env.ed_dev, buf, sizeof(buf));
	if (len == 0)
		return false;
	assert_true(tf->tf_got < tf->tf_sent);
	assert_int_equal(len, traffic_length(tf, tf->tf_got));
	for (i = 0; i < len; i++) {
		if (buf[i] != traffic_byte(tf, tf->tf_got, (unsigned)i))
			fail_msg("packet %u: byte %zu of %zu is %#x",
			    tf->tf_got, i, len, buf[i]);
	}
	tf->tf_got++;
	return true;
}

void
rig_drain(struct port *po)
{
	while (netq_wait(&po->po_netq) != 0 || rig_take(po))
		continue;
}

/* Up to `n' packets more; how many. */
static unsigned
feed(struct port *po, unsigned n)
{
	struct traffic *tf = &po->po_traffic;
	unsigned done = 0;

	while (done < n && tf->tf_sent < tf->tf_count) {
		if (tf->tf_next == NULL)
			tf->tf_next = traffic_make(tf, tf->tf_sent);
		if (tf->tf_next == NULL ||
		    netq_start(&po->po_netq, tf->tf_next) != 0)
			break;
		tf->tf_next = NULL;
		tf->tf_sent++;
		done++;
	}
	return done;
}

/* Something at a port; false: nothing came of it. */
static bool
act(struct rig *ri, struct port *po)
{
	bool due = po->po_kicked;

	switch (place_below(&ri->ri_random, 5)) {
	case 0:
		return feed(po, 1 + place_below(&ri->ri_random, 12)) > 0;
	case 1:
		return netq_intr(&po->po_netq) > 0;
	case 2:
		return netq_wait(&po->po_netq) > 0;
	case 3:
		rig_softintr(po);
		return due;
	default:
		return rig_take(po);
	}
}

/* A port where not all has come; NULL: none. */
static const struct port *
unfinished(const struct rig *ri)
{
	const struct port *po;

	for (po = ri->ri_ports; po < ri->ri_ports + ri->ri_nports; po++) {
		if (po->po_traffic.tf_got != po->po_traffic.tf_count)
			return po;
	}
	return NULL;
}

void
rig_run(struct rig *ri)
{
	const struct port *wants;
	unsigned idle = 0, i;
	struct port *po;

	while ((wants = unfinished(ri)) != NULL) {
		po = &ri->ri_ports[place_below(&ri->ri_random, ri->ri_nports)];
		idle = act(ri, po) ? 0 : idle + 1;
		if (idle > PATIENCE * 5 * ri->ri_nports)
			fail_msg("stuck: %u of %u packets came, %s",
			    wants->po_traffic.tf_got,
			    wants->po_traffic.tf_count,
			    wants->po_netq.sc_stalled ? "stalled" : "idle");
	}
	for (i = 0; i < ri->ri_nports; i++) {
		po = &ri->ri_ports[i];
		/* What has come was sent, so its completion comes. */
		rig_drain(po);
		assert_int_equal(
		    po->po_netq.sc_jobhead, po->po_netq.sc_jobtail);
		assert_int_equal(po->po_traffic.tf_got, po->po_traffic.tf_sent);
		assert_int_equal(po->po_netq.sc_stats.ns_errors, 0);
		assert_int_equal(po->po_netq.sc_stats.ns_stray, 0);
		assert_int_equal(env_read32(&po->po_env, SIMNET_CAUSE), 0);
	}
}

uint64_t
rig_stalls(const struct rig *ri)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < ri->ri_nports; i++)
		n += ri->ri_ports[i].po_netq.sc_stats.ns_stalls;
	return n;
}

uint64_t
rig_resumes(const struct rig *ri)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < ri->ri_nports; i++)
		n += ri->ri_ports[i].po_netq.sc_stats.ns_resumes;
	return n;
}
