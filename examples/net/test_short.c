/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver's tests: what it does when it runs out of something.
 */
#include "net/test_cases.h"

#include "tests/limit.h"

#define MANY 150u

/*
 * Clusters for the longest packet and to compact one, and none besides: all
 * arrives.
 */
static void
test_tiny_pool(void **state)
{
	struct rig ri;
	unsigned more;

	(void)state;
	for (more = 0; more < 6; more++) {
		rig_machine(&ri, rig_usual(), more,
		    (int)(more % 2) * BUSDMA_SIM_NET_EAGER, 10 + more);
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), 0);
		rig_traffic(&ri, more, MANY);
		ri.ri_traffic.tf_maxparts = 40;
		rig_run(&ri);
		assert_true(ri.ri_net.sc_stats.ns_starved > 0);
		assert_true(ri.ri_net.sc_stats.ns_compacted > 1);
		assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
		assert_int_equal(ri.ri_resumes, 0);
		assert_int_equal(ri.ri_buffers.mb_least, 0);
		rig_detach(&ri);
	}
}

/* Too few for the longest packet: it is given up, and others arrive. */
static void
test_wedged(void **state)
{
	struct traffic *tf;
	struct rig ri;
	unsigned i, idle, lost = 0;

	(void)state;
	for (i = 0; i < 4; i++) {
		rig_machine(&ri, rig_usual(), i, 0, 5 + 2);
		assert_int_equal(rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), 0);
		rig_traffic(&ri, i, 40);
		tf = &ri.ri_traffic;
		tf->tf_lossy = true;
		for (idle = 0; idle < 8;) {
			(void)traffic_feed(tf, &ri.ri_net);
			if (net_wait(&ri.ri_net) > 0) {
				idle = 0;
				continue;
			}
			assert_int_equal(net_watchdog(&ri.ri_net), 0);
			idle++;
		}
		assert_string_equal(tf->tf_why, "");
		assert_int_equal(tf->tf_sent, 40);
		assert_int_equal(ri.ri_net.sc_stats.ns_received +
				     ri.ri_net.sc_stats.ns_recverrors +
				     ri.ri_net.sc_stats.ns_senderrors,
		    tf->tf_sent);
		lost += tf->tf_lost;
		assert_int_equal(ri.ri_net.sc_stats.ns_resets, 0);
		rig_detach(&ri);
	}
	assert_true(lost > 0);
}

/* Fewer than that, and it is not attached. */
static void
test_no_pool(void **state)
{
	struct rig ri;
	unsigned n;

	(void)state;
	for (n = 1; n < 5; n++) {
		rig_machine(&ri, rig_usual(), n, 0, n);
		assert_int_equal(
		    rig_try(&ri, ri.ri_machine.ma_tag, LOOPED), ENOMEM);
		rig_end(&ri);
	}
}

/* Packets that are kept for a while by whoever got them. */
struct hoard {
	struct rig *ho_rig;
	struct mbuf *ho_first, **ho_lastp; /* by m_nextpkt */
};

static void
hoard_input(void *arg, struct mbuf *m)
{
	struct hoard *ho = arg;

	*ho->ho_lastp = m;
	ho->ho_lastp = &m->m_nextpkt;
}

static void
hoard_free(struct hoard *ho)
{
	struct mbuf *m;

	while ((m = ho->ho_first) != NULL) {
		ho->ho_first = m->m_nextpkt;
		traffic_input(&ho->ho_rig->ri_traffic, m);
	}
	ho->ho_lastp = &ho->ho_first;
}

/* All clusters are held by somebody: what comes waits until they are freed. */
static void
test_hoarded(void **state)
{
	struct hoard ho;
	struct rig ri;
	unsigned rounds;

	(void)state;
	rig_machine(&ri, rig_usual(), 1, 0, 24);
	ho = (struct hoard){ .ho_rig = &ri, .ho_lastp = &ho.ho_first };
	assert_int_equal(net_attach(&ri.ri_net, &test_env, ri.ri_machine.ma_tag,
			     &ri.ri_buffers, LOOPED, hoard_input, &ho),
	    0);
	rig_traffic(&ri, 1, MANY);
	for (rounds = 0; ri.ri_traffic.tf_got < MANY; rounds++) {
		do {
			(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
		} while (net_wait(&ri.ri_net) > 0);
		assert_non_null(ho.ho_first);
		/* It does not give up at once. */
		assert_int_equal(net_watchdog(&ri.ri_net), 0);
		hoard_free(&ho);
		assert_string_equal(ri.ri_traffic.tf_why, "");
		net_resume(&ri.ri_net);
	}
	assert_true(rounds > 5);
	assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
	rig_detach(&ri);
}

/*
 * A machine with a layer of few resources on top, and an interface that takes
 * `nsegs' pieces in a packet; 0: what it does take.
 */
static bus_dma_tag_t
limit_rig(struct rig *ri, struct limit *li, uint64_t seed, uint32_t nsegs)
{
	bus_dma_tag_t t;

	rig_machine(ri, test_machine("single-pages"), seed,
	    (int)(seed % 2) * BUSDMA_SIM_NET_EAGER, BUFFERS);
	assert_int_equal(limit_tag(li, ri->ri_machine.ma_tag, &t), 0);
	if (nsegs != 0)
		test_env_lie(
		    &test_env, SIMNET_CAP, SIMNET_CAP_NSEGS, nsegs << 16);
	assert_int_equal(rig_try(ri, t, LOOPED), 0);
	rig_traffic(ri, seed, MANY);
	return t;
}

/*
 * Few slots: the rings have theirs, and one to all of the others are left for
 * packets.  Nothing is lost, and nobody has to help.
 */
static void
test_few_slots(void **state)
{
	struct limit li;
	struct rig ri;
	bus_dma_tag_t t;
	unsigned more;

	(void)state;
	for (more = 1; more < NET_QSIZE - 1; more += more) {
		li = (struct limit){ .li_slots = 4 + more };
		t = limit_rig(&ri, &li, more, 0);
		rig_run(&ri);
		assert_true(li.li_failures > 0);
		assert_true(ri.ri_net.sc_stats.ns_starved > 0);
		/* All but the one with a reserve. */
		assert_true(ri.ri_net.sc_stats.ns_stalls > 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
		assert_int_equal(ri.ri_resumes, 0);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		assert_int_equal(li.li_inuse, 0);
		bus_dmatag_destroy(t);
		rig_end(&ri);
	}
}

/* None for packets: attached, and what is sent goes by the reserve. */
static void
test_no_slots(void **state)
{
	struct limit li = { .li_slots = 4 };
	struct rig ri;
	bus_dma_tag_t t;

	(void)state;
	t = limit_rig(&ri, &li, 1, 0);
	assert_int_equal(ri.ri_net.sc_rx.rg_given, 0);
	ri.ri_traffic.tf_maxlen = 1000;
	do {
		(void)traffic_feed(&ri.ri_traffic, &ri.ri_net);
	} while (net_wait(&ri.ri_net) > 0);
	/* As much as waits inside of the device. */
	assert_true(ri.ri_net.sc_stats.ns_sent > 50);
	assert_int_equal(ri.ri_net.sc_stats.ns_received, 0);
	li.li_slots += 8;
	net_resume(&ri.ri_net);
	rig_run(&ri);
	assert_int_equal(ri.ri_resumes, 0);
	assert_int_equal(net_detach(&ri.ri_net), 0);
	bus_dmatag_destroy(t);
	rig_end(&ri);
}

/*
 * A packet alone in the queue is compacted, and then there is no map for it;
 * one that is started meanwhile comes after it.
 */
static void
test_compacted_waits(void **state)
{
	struct limit li = { .li_slots = 1000 };
	struct traffic *tf;
	struct rig ri;
	bus_dma_tag_t t;

	(void)state;
	t = limit_rig(&ri, &li, 1, 0);
	tf = &ri.ri_traffic;
	tf->tf_maxparts = 40;
	while (ri.ri_net.sc_stats.ns_compacted == 0) {
		tf->tf_count = tf->tf_sent + 1;
		li.li_failat = 2;
		(void)traffic_feed(tf, &ri.ri_net);
		li.li_failat = 0;
		if (ri.ri_net.sc_stats.ns_compacted != 0)
			break;
		rig_run(&ri);
	}
	assert_int_equal(li.li_failures, 1);
	assert_int_equal(ri.ri_net.sc_queued, 1);
	tf->tf_count += 10;
	(void)traffic_feed(tf, &ri.ri_net);
	assert_int_equal(ri.ri_net.sc_queued, 11);
	net_resume(&ri.ri_net);
	rig_run(&ri);
	assert_int_equal(net_detach(&ri.ri_net), 0);
	bus_dmatag_destroy(t);
	rig_end(&ri);
}

/*
 * A packet that even compacted has more pieces than the device takes is thrown
 * away, at once or when it is its turn; what comes after it is sent.
 */
static void
test_never_fits(void **state)
{
	struct limit li = { .li_slots = 1000 };
	struct traffic *tf;
	struct rig ri;
	bus_dma_tag_t t;
	unsigned late;

	(void)state;
	for (late = 0; late < 2; late++) {
		t = limit_rig(&ri, &li, 1, 1);
		assert_int_equal(ri.ri_net.sc_maxsegs, 1);
		tf = &ri.ri_traffic;
		while (traffic_length(tf, tf->tf_sent) != tf->tf_maxlen)
			tf->tf_sent = ++tf->tf_got;
		tf->tf_count = tf->tf_sent + 1;
		li.li_failat = 2 * late;
		(void)traffic_feed(tf, &ri.ri_net);
		assert_int_equal(ri.ri_net.sc_stats.ns_compacted, 1);
		assert_int_equal(ri.ri_net.sc_queued, late);
		net_resume(&ri.ri_net);
		assert_int_equal(ri.ri_net.sc_queued, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_compacted, 1);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 1);
		assert_int_equal(ri.ri_net.sc_lent, 0);
		rig_traffic(&ri, 2, 20);
		tf->tf_maxlen = ENV_CLUSTER;
		rig_run(&ri);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		bus_dmatag_destroy(t);
		rig_end(&ri);
	}
}

/* Loads fail now and then; each packet arrives all the same, in order. */
static void
test_failing_loads(void **state)
{
	struct limit li;
	struct rig ri;
	bus_dma_tag_t t;
	unsigned every;

	(void)state;
	for (every = 2; every < 12; every++) {
		li = (struct limit){ .li_slots = 1000, .li_every = every };
		t = limit_rig(&ri, &li, every, 0);
		rig_run(&ri);
		assert_true(li.li_failures > MANY / every);
		assert_true(ri.ri_net.sc_stats.ns_stalls > 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
		assert_int_equal(net_detach(&ri.ri_net), 0);
		bus_dmatag_destroy(t);
		rig_end(&ri);
	}
}

/* As above, but it is mbufs that are refused. */
static void
test_failing_mbufs(void **state)
{
	struct rig ri;
	unsigned n;

	(void)state;
	for (n = 1; n < 40; n++) {
		rig_attach(&ri, rig_usual(), n, 0, LOOPED);
		rig_traffic(&ri, n, 20);
		ri.ri_buffers.mb_failat = n;
		rig_run(&ri);
		assert_int_equal(ri.ri_buffers.mb_failat, 0);
		assert_true(ri.ri_net.sc_stats.ns_starved +
				ri.ri_net.sc_stats.ns_stalls >
			    0);
		assert_int_equal(ri.ri_net.sc_stats.ns_senderrors, 0);
		assert_int_equal(ri.ri_net.sc_stats.ns_recverrors, 0);
		rig_detach(&ri);
	}
}

const struct CMUnitTest net_short[] = {
	cmocka_unit_test(test_tiny_pool),
	cmocka_unit_test(test_wedged),
	cmocka_unit_test(test_no_pool),
	cmocka_unit_test(test_hoarded),
	cmocka_unit_test(test_few_slots),
	cmocka_unit_test(test_no_slots),
	cmocka_unit_test(test_compacted_waits),
	cmocka_unit_test(test_never_fits),
	cmocka_unit_test(test_failing_loads),
	cmocka_unit_test(test_failing_mbufs),
};
const size_t net_short_count = sizeof(net_short) / sizeof(net_short[0]);
