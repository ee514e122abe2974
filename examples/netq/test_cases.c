/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver that is called back, on one machine each: when it is, and every
 * way to fail and to be lied to.
 */
#include "netq/test_cases.h"

#include "le.h"
#include "tests/liar.h"

#define MANY 40u
#define MIB (UINT64_C(1) << 20)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Maps of another driver's, loaded: slots that it has for as long. */
struct hog {
	bus_dma_tag_t ho_tag;
	bus_dmamap_t ho_map[4];
	void *ho_buf;
	unsigned ho_count;
};

static void
hog_load(struct hog *ho, unsigned i)
{
	const size_t page = 4096;

	assert_int_equal(
	    bus_dmamap_load(ho->ho_tag, ho->ho_map[i],
		(char *)ho->ho_buf + i * page, page, NULL, BUS_DMA_NOWAIT),
	    0);
}

/* All the slots of the machine's tag, a page in each of `count' maps. */
static void
hog_create(struct rig *ri, struct hog *ho, unsigned count)
{
	struct machine *ma = &ri->ri_machine;
	unsigned i;

	ho->ho_tag = ma->ma_tag;
	ho->ho_count = count;
	ho->ho_buf =
	    busdma_sim_kmalloc_frag(ma->ma_sim, 4 * 4096, BUSDMA_SIM_FRAG_NONE);
	assert_non_null(ho->ho_buf);
	for (i = 0; i < count; i++) {
		assert_int_equal(bus_dmamap_create(ho->ho_tag, 4096, 1, 4096, 0,
				     0, &ho->ho_map[i]),
		    0);
		hog_load(ho, i);
	}
}

static void
hog_destroy(struct rig *ri, struct hog *ho)
{
	unsigned i;

	for (i = 0; i < ho->ho_count; i++)
		bus_dmamap_destroy(ho->ho_tag, ho->ho_map[i]);
	busdma_sim_kfree(ri->ri_machine.ma_sim, ho->ho_buf);
}

/* A packet of one piece of so many bytes, beyond the bus' reach. */
static void
start_far(struct rig *ri, struct port *po, unsigned number)
{
	struct traffic *tf = &po->po_traffic;
	const struct busdma_platform *pl =
	    busdma_sim_platform(ri->ri_machine.ma_sim);
	struct mbuf *m, *near = NULL;
	struct busdma_frag f;
	unsigned len, i;

	for (;;) {
		m = env_mget(&ri->ri_packets);
		assert_non_null(m);
		assert_int_equal(
		    pl->pl_extract(pl, NULL, (uintptr_t)m->m_data, 1, &f, 1),
		    1);
		if (f.bf_addr >= 16 * MIB)
			break;
		m->m_next = near;
		near = m;
	}
	env_mfree(&ri->ri_packets, near);
	len = traffic_length(tf, number);
	for (i = 0; i < len; i++)
		m->m_data[i] = (char)traffic_byte(tf, number, i);
	m->m_flags |= M_PKTHDR;
	m->m_len = m->m_pkthdr.len = (int)len;
	assert_int_equal(netq_start(&po->po_netq, m), 0);
	tf->tf_sent++;
}

/* One port, and slots that another driver has. */
static void
hogged(struct rig *ri, struct hog *ho, struct machine_config *mc,
    struct bus_dma_bounce *db)
{
	*mc = rig_slots(&rig_reach, db, 4, 0);
	rig_attach(ri, mc, 3, 1, 0);
	hog_create(ri, ho, 4);
	rig_traffic(ri, NETQ_QUEUE, 1);
	ri->ri_ports[0].po_traffic.tf_maxlen = 1500;
}

/*
 * Nothing of the driver's is in flight, so nothing but the callback tells it to
 * go on; and what waits behind the head of the queue goes after it.
 */
static void
test_called_back(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc;
	struct port *po;
	struct mbuf *m;
	struct hog ho;
	struct rig ri;
	unsigned i;

	(void)state;
	hogged(&ri, &ho, &mc, &db);
	po = &ri.ri_ports[0];
	for (i = 0; i < NETQ_QUEUE; i++)
		start_far(&ri, po, i);
	m = rig_packet(&ri, 10);
	assert_int_equal(netq_start(&po->po_netq, m), EBUSY);
	env_mfree(&ri.ri_packets, m);
	assert_true(po->po_netq.sc_stalled);
	assert_int_equal(po->po_netq.sc_queued, NETQ_QUEUE);
	assert_int_equal(po->po_netq.sc_stats.ns_stalls, 1);
	rig_drain(po);
	assert_int_equal(po->po_traffic.tf_got, 0);
	assert_int_equal(po->po_kicks, 0);

	bus_dmamap_unload(ho.ho_tag, ho.ho_map[2]);
	assert_int_equal(po->po_kicks, 1);
	/* Not in the callback. */
	assert_int_equal(po->po_netq.sc_queued, NETQ_QUEUE);
	for (i = 0; i < 4 * NETQ_QUEUE; i++) {
		rig_softintr(po);
		rig_drain(po);
	}
	assert_int_equal(po->po_traffic.tf_got, NETQ_QUEUE);
	assert_false(po->po_netq.sc_stalled);
	hog_destroy(&ri, &ho);
	rig_detach(&ri);
}

/* It comes in vain, as what came back is gone again; and comes once more. */
static void
test_in_vain(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc;
	struct port *po;
	struct hog ho;
	struct rig ri;
	unsigned kicks;

	(void)state;
	hogged(&ri, &ho, &mc, &db);
	po = &ri.ri_ports[0];
	start_far(&ri, po, 0);
	bus_dmamap_unload(ho.ho_tag, ho.ho_map[0]);
	kicks = po->po_kicks;
	assert_true(kicks > 0);
	hog_load(&ho, 0);
	rig_softintr(po);
	assert_true(po->po_netq.sc_stalled);
	assert_int_equal(po->po_netq.sc_queued, 1);
	assert_int_equal(po->po_netq.sc_stats.ns_stalls, 2);
	bus_dmamap_unload(ho.ho_tag, ho.ho_map[1]);
	assert_true(po->po_kicks > kicks);
	rig_softintr(po);
	rig_drain(po);
	assert_int_equal(po->po_traffic.tf_got, 1);
	/* One that comes late does nothing. */
	netq_softintr(&po->po_netq);
	assert_int_equal(po->po_netq.sc_stats.ns_resumes, 2);
	hog_destroy(&ri, &ho);
	rig_detach(&ri);
}

/* Detached while it waits: it is not called any more. */
static void
test_detach_stalled(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc;
	struct port *po;
	struct hog ho;
	struct rig ri;

	(void)state;
	hogged(&ri, &ho, &mc, &db);
	po = &ri.ri_ports[0];
	start_far(&ri, po, 0);
	assert_int_equal(netq_detach(&po->po_netq), 0);
	assert_int_equal(po->po_netq.sc_stats.ns_errors, 1);
	hog_destroy(&ri, &ho);
	assert_int_equal(po->po_kicks, 0);
	rig_end(&ri);
}

/* Packets on their way when it is detached are lost, and counted. */
static void
test_detach_busy(void **state)
{
	struct bus_dma_bounce db;
	struct machine_config mc = rig_slots(&rig_reach, &db, 4, 0);
	struct netq_stats *ns;
	struct port *po;
	struct rig ri;
	unsigned i;

	(void)state;
	rig_attach(&ri, &mc, 3, 1, 0);
	rig_traffic(&ri, NETQ_QUEUE, 1);
	po = &ri.ri_ports[0];
	for (i = 0; i < NETQ_QUEUE; i++)
		start_far(&ri, po, i);
	assert_int_equal(netq_detach(&po->po_netq), 0);
	ns = &po->po_netq.sc_stats;
	assert_true(ns->ns_errors > 0);
	assert_int_equal(ns->ns_sent + ns->ns_errors, NETQ_QUEUE);
	/* What it had sent came out, in order. */
	while (rig_take(po))
		continue;
	assert_int_equal(po->po_traffic.tf_got, ns->ns_sent);
	rig_end(&ri);
}

/* Where nothing runs out it is never called. */
static void
test_never_called(void **state)
{
	struct rig ri;
	unsigned i;

	(void)state;
	rig_attach(&ri, test_machine("fragmented"), 2, NPORTS, 0);
	rig_traffic(&ri, MANY, 4);
	rig_run(&ri);
	assert_int_equal(rig_stalls(&ri), 0);
	for (i = 0; i < NPORTS; i++)
		assert_int_equal(ri.ri_ports[i].po_kicks, 0);
	rig_detach(&ri);
}

/* Packets that are none; and one that never loads, and stops no other. */
static void
test_bad_packets(void **state)
{
	struct mbuf *m, *first = NULL;
	struct rig ri;
	struct port *po;
	unsigned i;

	(void)state;
	rig_attach(&ri, test_machine("single-pages"), 2, 1, 0);
	po = &ri.ri_ports[0];
	m = env_mget(&ri.ri_packets);
	assert_non_null(m);
	m->m_len = m->m_pkthdr.len = 10;
	assert_int_equal(netq_start(&po->po_netq, m), EINVAL);
	m->m_flags |= M_PKTHDR;
	m->m_pkthdr.len = 0;
	assert_int_equal(netq_start(&po->po_netq, m), EINVAL);
	m->m_pkthdr.len = (int)po->po_netq.sc_maxframe + 1;
	assert_int_equal(netq_start(&po->po_netq, m), EINVAL);
	env_mfree(&ri.ri_packets, m);
	/* More pieces than there are segments. */
	for (i = 0; i < 2 * NETQ_MAXSEGS + 1; i++) {
		m = env_mget(&ri.ri_packets);
		assert_non_null(m);
		m->m_len = 7;
		m->m_next = first;
		first = m;
	}
	first->m_flags |= M_PKTHDR;
	first->m_pkthdr.len = (int)(7 * i);
	assert_int_equal(netq_start(&po->po_netq, first), 0);
	assert_int_equal(po->po_netq.sc_stats.ns_errors, 1);
	po->po_netq.sc_stats.ns_errors = 0;
	rig_traffic(&ri, MANY, 3);
	rig_run(&ri);
	rig_detach(&ri);
}

/* What attach does with an interface that is none, or that does not stop. */
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
		{ SIMNET_STATUS, SIMNET_STATUS_RUN, 0, EFAULT },
	};
	struct rig ri;
	struct port *po;
	size_t i;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1, 1, 0);
	po = &ri.ri_ports[0];
	for (i = 0; i < COUNT(lies); i++) {
		test_env_lie(
		    &po->po_env, lies[i].reg, lies[i].mask, lies[i].value);
		assert_int_equal(
		    rig_try(&ri, 0, ri.ri_machine.ma_tag), lies[i].error);
	}
	/* The least rings. */
	test_env_lie(&po->po_env, SIMNET_CAP, SIMNET_CAP_QSIZE, 2);
	assert_int_equal(rig_try(&ri, 0, ri.ri_machine.ma_tag), 0);
	assert_int_equal(po->po_netq.sc_maxsegs, 1);
	rig_traffic(&ri, MANY, 1);
	po->po_traffic.tf_maxlen = 1000;
	rig_run(&ri);
	/* It does not stop, and then it does. */
	test_env_lie(
	    &po->po_env, SIMNET_STATUS, SIMNET_STATUS_RUN, SIMNET_STATUS_RUN);
	assert_int_equal(netq_detach(&po->po_netq), EBUSY);
	assert_int_equal(netq_intr(&po->po_netq), 0);
	test_env_honest(&po->po_env);
	assert_int_equal(netq_detach(&po->po_netq), 0);
	rig_end(&ri);
}

static const struct liar_config liar = {
	.lc_ctrl = SIMNET_CTRL,
	.lc_status = SIMNET_STATUS,
	.lc_run = SIMNET_STATUS_RUN,
	.lc_fixed = { { SIMNET_ID, SIMNET_ID_VALUE },
	    { SIMNET_CAP, NETQ_SIZE | 8u << 16 | SIMNET_CAP_ADDR64 },
	    { SIMNET_MAXFRAME, 1500 }, { SIMNET_CAUSE, SIMNET_CAUSE_TX } },
};

/* The n-th completion of the first round. */
static void
post(struct liar *li, unsigned n, uint32_t index, uint32_t status)
{
	uint8_t cpl[SIMNET_CPL_SIZE] = { 0 };

	le_put32(cpl + SIMNET_CPL_INDEX, index);
	le_put32(cpl + SIMNET_CPL_STATUS, status);
	le_put32(cpl + SIMNET_CPL_FLAGS, SIMNET_CPL_PHASE);
	assert_int_equal(liar_write(li, SIMNET_TX + SIMNET_R_CPL_LO,
			     (bus_size_t)n * sizeof(cpl), cpl, sizeof(cpl)),
	    0);
}

/* Completions that belong to nothing do no harm; a packet may be dropped. */
static void
test_stray(void **state)
{
	struct netq_stats *ns;
	struct liar *li;
	struct rig ri;
	struct port *po;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1, 1, 0);
	po = &ri.ri_ports[0];
	assert_int_equal(liar_create(ri.ri_machine.ma_bus, 1, &liar, &li), 0);
	po->po_env.ed_dev = li->li_dev;
	assert_int_equal(rig_try(&ri, 0, ri.ri_machine.ma_tag), 0);
	post(li, 0, NETQ_SIZE - 1, SIMNET_ST_OK);
	assert_int_equal(netq_wait(&po->po_netq), 0);
	ns = &po->po_netq.sc_stats;
	assert_int_equal(ns->ns_stray, 1);
	assert_int_equal(netq_start(&po->po_netq, rig_packet(&ri, 10)), 0);
	post(li, 1, 9, SIMNET_ST_OK);
	assert_int_equal(netq_wait(&po->po_netq), 0);
	assert_int_equal(ns->ns_stray, 2);
	post(li, 2, 0, SIMNET_ST_DROPPED);
	assert_int_equal(netq_wait(&po->po_netq), 1);
	assert_int_equal(ns->ns_errors, 1);
	assert_int_equal(ns->ns_sent, 0);
	assert_int_equal(netq_detach(&po->po_netq), 0);
	rig_end(&ri);
}

/* An interface that fails rests, and is detached. */
static void
test_device_fails(void **state)
{
	struct rig ri;
	struct port *po;
	bus_dma_tag_t other;

	(void)state;
	rig_machine(&ri, test_machine("contiguous"), 1, 1, 0);
	po = &ri.ri_ports[0];
	/* Everything is mapped for another. */
	assert_int_equal(
	    busdma_sim_bus_tag(ri.ri_machine.ma_bus, 2, &other, 0), 0);
	assert_int_equal(rig_try(&ri, 0, other), 0);
	assert_int_equal(netq_start(&po->po_netq, rig_packet(&ri, 10)), 0);
	assert_int_equal(netq_wait(&po->po_netq), 0);
	assert_false(po->po_netq.sc_running);
	assert_int_equal(netq_detach(&po->po_netq), 0);
	assert_int_equal(po->po_netq.sc_stats.ns_errors, 1);
	bus_dmatag_destroy(other);
	ri.ri_reports = 1;
	rig_end(&ri);
}

const struct CMUnitTest netq_cases[] = {
	cmocka_unit_test(test_called_back),
	cmocka_unit_test(test_in_vain),
	cmocka_unit_test(test_detach_stalled),
	cmocka_unit_test(test_detach_busy),
	cmocka_unit_test(test_never_called),
	cmocka_unit_test(test_bad_packets),
	cmocka_unit_test(test_attach_lies),
	cmocka_unit_test(test_stray),
	cmocka_unit_test(test_device_fails),
};
const size_t netq_cases_count = COUNT(netq_cases);
