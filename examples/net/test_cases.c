/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver's tests: bad packets, resets, every way to fail and to be
 * lied to.
 */
#include "net/test_cases.h"

#include "le.h"
#include "tests/liar.h"

#define MANY 150u

static void
test_bad_packets(void **state)
{
	struct mbuf *m;
	struct rig ri;

	(void)state;
	rig_attach(&ri, rig_usual(), 1, 0, LOOPED);
	m = rig_packet(&ri, 0);
	assert_int_equal(net_start(&ri.ri_net, m), EINVAL);
	m->m_pkthdr.len = -1;
	assert_int_equal(net_start(&ri.ri_net, m), EINVAL);
	m->m_pkthdr.len = (int)ri.ri_net.sc_maxframe + 1;
	assert_int_equal(net_start(&ri.ri_net, m), EINVAL);
	m->m_pkthdr.len = m->m_len = 10;
	m->m_flags &= ~M_PKTHDR;
	assert_int_equal(net_start(&ri.ri_net, m), EINVAL);
	m->m_flags |= M_PKTHDR;
	/* What the header says is measured when it is loaded. */
	m->m_len = 11;
	assert_int_equal(net_start(&ri.ri_net, m), 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 1);
	assert_int_equal(ri.ri_net.sc_queued, 0);
	rig_well(&ri);
	rig_detach(&ri);
}

/* Pieces too many for the device, and the header lies as well. */
static void
test_bad_chains(void **state)
{
	static const int lies[] = { -1, 1, 40 };
	struct mbuf *m, **link;
	unsigned i, j;
	struct rig ri;

	(void)state;
	rig_attach(&ri, rig_usual(), 1, 0, LOOPED);
	for (i = 0; i < 3; i++) {
		m = rig_packet(&ri, 100);
		link = &m->m_next;
		for (j = 0; j < 40; j++, link = &(*link)->m_next) {
			*link = rig_packet(&ri, 100);
			(*link)->m_data += j;
		}
		m->m_pkthdr.len = 41 * 100 + lies[i];
		assert_int_equal(net_start(&ri.ri_net, m), 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, i + 1);
		assert_int_equal(ri.ri_net.sc_queued, 0);
	}
	rig_well(&ri);
	rig_detach(&ri);
}

/* As many as are taken while nothing moves; all of them arrive then. */
static void
test_full_queue(void **state)
{
	struct rig ri;
	unsigned sent;

	(void)state;
	rig_attach(&ri, rig_usual(), 3, 0, LOOPED);
	rig_traffic(&ri, 3, 1000);
	ri.ri_traffic.tf_maxlen = 100;
	assert_true(traffic_feed(&ri.ri_traffic, &ri.ri_net));
	sent = ri.ri_traffic.tf_sent;
	/* The device may have been at work, but nobody has looked. */
	assert_int_equal(sent, NET_QUEUE + ri.ri_net.sc_jobtail);
	assert_int_equal(ri.ri_net.sc_queued, NET_QUEUE);
	assert_int_equal(net_start(&ri.ri_net, ri.ri_traffic.tf_next), EBUSY);
	ri.ri_traffic.tf_count = sent;
	rig_run(&ri);
	assert_int_equal(ri.ri_net.sc_queued, 0);
	rig_detach(&ri);
}

/* Packets that are left when the driver goes are freed. */
static void
test_detach_busy(void **state)
{
	unsigned lost = 0;
	uint64_t seed;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		rig_attach(&ri, rig_usual(), seed, (int)(seed % 2) * 2, LOOPED);
		rig_traffic(&ri, seed, 1000);
		(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
		(void)net_intr(&ri.ri_net);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		assert_string_equal(ri.ri_traffic.tf_why, "");
		lost += ri.ri_traffic.tf_sent - ri.ri_traffic.tf_got;
		rig_end(&ri);
	}
	assert_true(lost > 0);
}

/*
 * Reset in the middle: what waits is sent, in order, and nothing of what the
 * device was given comes twice or damaged.
 */
static void
test_reset(void **state)
{
	uint64_t seed, lost = 0;
	struct traffic *tf;
	struct rig ri;

	(void)state;
	for (seed = 1; seed <= 20; seed++) {
		rig_attach(&ri, test_machine("windows"), seed,
		    (int)(seed % 2) * BUSDMA_SIM_NET_EAGER, LOOPED);
		rig_traffic(&ri, seed, 60);
		tf = &ri.ri_traffic;
		tf->tf_lossy = true;
		do {
			(void)traffic_feed(tf, &ri.ri_net);
			if (tf->tf_got > 20 &&
			    ri.ri_net.sc_stats.ns_resets == 0)
				assert_int_equal(net_reset(&ri.ri_net), 0);
		} while (net_wait(&ri.ri_net) > 0);
		assert_string_equal(tf->tf_why, "");
		assert_int_equal(tf->tf_sent, 60);
		assert_int_equal(ri.ri_net.sc_stats.ns_resets, 1);
		/* Those that were not yet given when it came, at the least. */
		assert_int_equal(tf->tf_got, 60);
		assert_true(tf->tf_lost >= ri.ri_net.sc_stats.ns_senderrors);
		lost += tf->tf_lost;
		rig_well(&ri);
		rig_detach(&ri);
	}
	assert_true(lost > 0);
}

/* What the device had completed before a reset is neither lost nor aborted. */
static void
test_reset_completed(void **state)
{
	struct rig ri;

	(void)state;
	rig_attach(&ri, rig_usual(), 1, 0, LOOPED);
	rig_traffic(&ri, 1, 1);
	(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
	while (busdma_sim_wait(ri.ri_dev))
		continue;
	assert_int_equal(net_reset(&ri.ri_net), 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_sent, 1);
	assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
	assert_int_equal(ri.ri_traffic.tf_got, 1);
	assert_string_equal(ri.ri_traffic.tf_why, "");
	rig_detach(&ri);
}

/* What the wire doesn't take is stuck: the watchdog resets, and it works. */
static void
test_watchdog(void **state)
{
	unsigned given;
	struct rig ri;

	(void)state;
	rig_attach(&ri, rig_usual(), 1, 0, SIMNET_CTRL_PAUSE);
	assert_int_equal(net_watchdog(&ri.ri_net), 0);
	assert_int_equal(net_watchdog(&ri.ri_net), 0);
	rig_traffic(&ri, 1, 200);
	do {
		(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
	} while (net_wait(&ri.ri_net) > 0);
	given = ri.ri_net.sc_jobtail - ri.ri_net.sc_jobhead;
	assert_true(given > 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
	assert_int_equal(net_watchdog(&ri.ri_net), 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_resets, 0);
	assert_int_equal(net_watchdog(&ri.ri_net), 0);
	assert_int_equal(ri.ri_net.sc_stats.ns_resets, 1);
	assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, given);
	rig_detach(&ri);
}

/* The rings are mapped for another requester: the device can't read them. */
static void
test_device_fails(void **state)
{
	bus_dma_tag_t other;
	unsigned i;
	struct rig ri;

	(void)state;
	rig_machine(&ri, rig_usual(), 1, 0, BUFFERS);
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(rig_try(&ri, other, LOOPED), 0);
	for (i = 1; i <= 3; i++) {
		assert_int_equal(net_start(&ri.ri_net, rig_packet(&ri, 10)), 0);
		assert_int_equal(net_wait(&ri.ri_net), 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_failures, i);
		assert_false(ri.ri_net.sc_running);
		/* It waits for the watchdog. */
		assert_int_equal(net_intr(&ri.ri_net), 0);
		net_resume(&ri.ri_net);
		assert_int_equal(net_watchdog(&ri.ri_net), 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_resets, i);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, i);
	}
	ri.ri_reports = 3;
	assert_int_equal(net_detach(&ri.ri_net), 0);
	bus_dmatag_destroy(other);
	rig_end(&ri);
}

/* What attach does with a device that is none, or that is broken. */
static void
test_attach_lies(void **state)
{
	static const struct {
		uint32_t reg, mask, value;
		int error;
	} lies[] = {
		{ SIMNET_ID, 1, ~SIMNET_ID_VALUE, EINVAL },
		{ SIMNET_CAP, SIMNET_CAP_QSIZE, 1, EINVAL },
		{ SIMNET_CAP, SIMNET_CAP_NSEGS, 0, EINVAL },
		{ SIMNET_MAXFRAME, ~0u, 0, EINVAL },
		{ SIMNET_MAXFRAME, ~0u, SIMNET_MAXBUF + 1, EINVAL },
		{ SIMNET_STATUS, SIMNET_STATUS_RUN, SIMNET_STATUS_RUN, EBUSY },
		{ SIMNET_STATUS, SIMNET_STATUS_ERR, SIMNET_STATUS_ERR, EFAULT },
		{ SIMNET_STATUS, SIMNET_STATUS_RUN, 0, EFAULT },
	};
	struct rig ri;
	size_t i;

	(void)state;
	rig_machine(&ri, rig_usual(), 1, 0, BUFFERS);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		test_env_lie(
		    &test_env, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), lies[i].error);
	}
	rig_end(&ri);
}

/* A device that does not stop keeps its memory; one that restarts works. */
static void
test_never_stops(void **state)
{
	struct rig ri;

	(void)state;
	rig_attach(&ri, rig_usual(), 1, 0, LOOPED);
	rig_traffic(&ri, 1, 5);
	(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
	test_env_lie(
	    &test_env, SIMNET_STATUS, SIMNET_STATUS_RUN, SIMNET_STATUS_RUN);
	assert_int_equal(net_reset(&ri.ri_net), EBUSY);
	assert_int_equal(net_detach(&ri.ri_net), EBUSY);
	assert_int_equal(net_watchdog(&ri.ri_net), EBUSY);
	assert_int_equal(ri.ri_net.sc_jobtail - ri.ri_net.sc_jobhead, 5);
	assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);

	test_env_lie(
	    &test_env, SIMNET_STATUS, SIMNET_STATUS_ERR, SIMNET_STATUS_ERR);
	assert_int_equal(net_reset(&ri.ri_net), EFAULT);
	assert_int_equal(ri.ri_net.sc_jobtail, ri.ri_net.sc_jobhead);
	assert_int_equal(net_intr(&ri.ri_net), 0);
	test_env_honest(&test_env);
	/* A packet that comes meanwhile waits. */
	rig_traffic(&ri, 2, 1);
	(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
	assert_int_equal(ri.ri_net.sc_queued, 1);
	assert_int_equal(net_watchdog(&ri.ri_net), 0);
	rig_run(&ri);
	rig_well(&ri);
	rig_detach(&ri);
}

/* The smallest rings there can be come round often. */
static void
test_small_rings(void **state)
{
	static const uint32_t sizes[] = { 2, 3, 4, 8 };
	struct rig ri;
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		rig_machine(&ri, rig_usual(), i,
		    (int)(i % 2) * BUSDMA_SIM_NET_EAGER, BUFFERS);
		test_env_lie(
		    &test_env, SIMNET_CAP, SIMNET_CAP_QSIZE, sizes[i / 2]);
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), 0);
		assert_true(ri.ri_net.sc_maxsegs < sizes[i / 2]);
		rig_traffic(&ri, i, MANY);
		/* What a ring can't hold can't be compacted any more. */
		if (sizes[i / 2] < 8)
			ri.ri_traffic.tf_maxlen = ENV_CLUSTER;
		rig_run(&ri);
		rig_detach(&ri);
	}
}

/* The interface is a liar. */
struct liar_rig {
	struct rig lr_rig;
	struct liar *lr_liar;
	uint32_t lr_posted[2]; /* completions of SIMNET_TX, of SIMNET_RX */
};

static void
liar_rig(struct liar_rig *lr)
{
	static const struct liar_config lc = {
		.lc_ctrl = SIMNET_CTRL,
		.lc_status = SIMNET_STATUS,
		.lc_run = SIMNET_STATUS_RUN,
		.lc_fixed = { { SIMNET_ID, SIMNET_ID_VALUE },
		    { SIMNET_CAP, 16u | 8u << 16 | SIMNET_CAP_ADDR64 },
		    { SIMNET_MAXFRAME, 9000 },
		    { SIMNET_CAUSE, SIMNET_CAUSE_TX | SIMNET_CAUSE_RX } },
	};
	struct rig *ri = &lr->lr_rig;

	rig_machine(ri, rig_usual(), 1, 0, BUFFERS);
	assert_int_equal(
	    liar_create(ri->ri_machine.ma_bus, 1, &lc, &lr->lr_liar), 0);
	lr->lr_posted[0] = lr->lr_posted[1] = 0;
	(void)env_sim_device(lr->lr_liar->li_dev);
}

/* A completion on one of its rings. */
static void
post(struct liar_rig *lr, uint32_t ring, uint32_t index, uint32_t len,
    uint32_t status, uint32_t flags)
{
	uint32_t size = env_read32(&test_env, ring + SIMNET_R_SIZE);
	uint32_t n = lr->lr_posted[ring == SIMNET_RX]++;
	uint8_t cpl[SIMNET_CPL_SIZE];

	if ((n & size) == 0)
		flags |= SIMNET_CPL_PHASE;
	le_put32(cpl + SIMNET_CPL_INDEX, index);
	le_put32(cpl + SIMNET_CPL_LEN, len);
	le_put32(cpl + SIMNET_CPL_STATUS, status);
	le_put32(cpl + SIMNET_CPL_FLAGS, flags);
	assert_int_equal(
	    liar_write(lr->lr_liar, ring + SIMNET_R_CPL_LO,
		(bus_size_t)(n & (size - 1)) * sizeof(cpl), cpl, sizeof(cpl)),
	    0);
}

/* A device that does not start, nor stop then. */
static void
test_attach_never_stops(void **state)
{
	struct liar_rig lr;
	struct rig *ri = &lr.lr_rig;

	(void)state;
	liar_rig(&lr);
	lr.lr_liar->li_stuck = SIMNET_STATUS_RUN | SIMNET_STATUS_ERR;
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag, LOOPED), EBUSY);
	assert_int_equal(net_detach(&ri->ri_net), EBUSY);
	lr.lr_liar->li_stuck = 0;
	rig_detach(ri);
}

/* Completions that belong to no packet do no harm; that of one is taken. */
static void
test_stray_sends(void **state)
{
	const struct net_stats *ns;
	struct liar_rig lr;
	struct rig *ri = &lr.lr_rig;

	(void)state;
	liar_rig(&lr);
	ns = &ri->ri_net.sc_stats;
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag, LOOPED), 0);
	post(&lr, SIMNET_TX, 0, 10, SIMNET_ST_OK, 0);
	/* Before the first, as if the last of all had been sent. */
	post(&lr, SIMNET_TX, 15, 10, SIMNET_ST_OK, 0);
	assert_int_equal(net_intr(&ri->ri_net), 0);
	assert_int_equal(ns->ns_stray, 2);

	assert_int_equal(net_start(&ri->ri_net, rig_packet(ri, 10)), 0);
	post(&lr, SIMNET_TX, 1, 10, SIMNET_ST_OK, 0);
	post(&lr, SIMNET_TX, 0xffffffffu, 10, SIMNET_ST_OK, 0);
	assert_int_equal(net_intr(&ri->ri_net), 0);
	assert_int_equal(ns->ns_stray, 4);
	post(&lr, SIMNET_TX, 0, 10, SIMNET_ST_OK, 0);
	assert_int_equal(net_intr(&ri->ri_net), 1);
	assert_int_equal(ns->ns_sent, 1);

	assert_int_equal(net_start(&ri->ri_net, rig_packet(ri, 10)), 0);
	post(&lr, SIMNET_TX, 1, 10, SIMNET_ST_DROPPED, 0);
	assert_int_equal(net_intr(&ri->ri_net), 1);
	assert_int_equal(ns->ns_sent, 1);
	assert_int_equal(ns->ns_senderrors, 1);
	assert_int_equal(ns->ns_stray, 4);
	rig_detach(ri);
}

static void
post_rx(struct liar_rig *lr, uint32_t index, uint32_t len, uint32_t flags)
{
	post(lr, SIMNET_RX, index, len, SIMNET_ST_OK, flags);
	assert_int_equal(net_intr(&lr->lr_rig.ri_net), 0);
}

/* Buffers that were not given, lengths that can't be, packets without end. */
static void
test_stray_receives(void **state)
{
	const struct net_stats *ns;
	struct liar_rig lr;
	struct rig *ri = &lr.lr_rig;
	unsigned i;

	(void)state;
	liar_rig(&lr);
	ns = &ri->ri_net.sc_stats;
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag, LOOPED), 0);
	post_rx(&lr, 1, 10, SIMNET_CPL_LAST);
	post_rx(&lr, 16, 10, SIMNET_CPL_LAST);
	assert_int_equal(ns->ns_stray, 2);
	assert_int_equal(ns->ns_recverrors, 0);

	post_rx(&lr, 0, 0, SIMNET_CPL_LAST);
	post_rx(&lr, 1, NET_RXBYTES + 1, SIMNET_CPL_LAST);
	post_rx(&lr, 2, 0xffffffffu, SIMNET_CPL_LAST);
	assert_int_equal(ns->ns_recverrors, 3);
	/* 9000 bytes and no end: given up, once, up to where it ends. */
	for (i = 0; i < 7; i++)
		post_rx(&lr, 3 + i, NET_RXBYTES, 0);
	assert_int_equal(ns->ns_recverrors, 4);
	post_rx(&lr, 10, NET_RXBYTES, SIMNET_CPL_LAST);
	assert_int_equal(ns->ns_recverrors, 4);
	assert_int_equal(ns->ns_received, 0);
	assert_null(ri->ri_net.sc_part);
	assert_false(ri->ri_net.sc_skip);
	assert_int_equal(ns->ns_stray, 2);
	rig_detach(ri);
}

/* The driver's maps of all descriptors are back: more than there are. */
static void
test_stray_without_buffers(void **state)
{
	struct liar_rig lr;
	struct rig *ri = &lr.lr_rig;

	(void)state;
	liar_rig(&lr);
	(void)mbufs_destroy(&ri->ri_buffers);
	assert_int_equal(
	    mbufs_create(&ri->ri_buffers, ri->ri_machine.ma_sim, 5), 0);
	assert_int_equal(rig_try(ri, ri->ri_machine.ma_tag, LOOPED), 0);
	assert_int_equal(ri->ri_net.sc_rx.rg_given, 0);
	post_rx(&lr, 0, 10, SIMNET_CPL_LAST);
	assert_int_equal(ri->ri_net.sc_stats.ns_stray, 1);
	rig_detach(ri);
}

const struct CMUnitTest net_cases[] = {
	cmocka_unit_test(test_bad_packets),
	cmocka_unit_test(test_bad_chains),
	cmocka_unit_test(test_full_queue),
	cmocka_unit_test(test_detach_busy),
	cmocka_unit_test(test_reset),
	cmocka_unit_test(test_reset_completed),
	cmocka_unit_test(test_watchdog),
	cmocka_unit_test(test_device_fails),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_never_stops),
	cmocka_unit_test(test_small_rings),
	cmocka_unit_test(test_attach_never_stops),
	cmocka_unit_test(test_stray_sends),
	cmocka_unit_test(test_stray_receives),
	cmocka_unit_test(test_stray_without_buffers),
};
const size_t net_cases_count = sizeof(net_cases) / sizeof(net_cases[0]);
