/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/mbuf.c: the accessors of the library's own struct mbuf. */
#include <busdma/mbuf.h>

#include "unit.h"

static void
a_packet_loads(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1500, 3, 1500, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct mbuf m[4] = { { .m_next = &m[1],
				 .m_data = buf + 14,
				 .m_len = 50,
				 .m_flags = M_PKTHDR,
				 .m_pkthdr = { .len = 200 } },
		{ .m_next = &m[2], .m_data = buf },
		{ .m_next = &m[3],
		    .m_data = buf + 1024,
		    .m_len = 100,
		    .m_flags = M_EXT },
		{ .m_data = buf + 2048, .m_len = 50 } };

	/* The next packet of a queue is not this one's. */
	m[0].m_nextpkt = &m[3];
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, BUS_DMA_NOWAIT), 0);
	assert_int_equal(map->dm_mapsize, 200);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, 0x1000e, 50);
	assert_seg(map, 1, 0x10400, 100);
	assert_seg(map, 2, 0x10800, 50);
	assert_ptr_equal(mtod(&m[2], char *), buf + 1024);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
malformed_packets_are_einval(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1500, 3, 1500, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct mbuf m[2] = { { .m_next = &m[1],
				 .m_data = buf,
				 .m_len = 50,
				 .m_flags = M_PKTHDR,
				 .m_pkthdr = { .len = 100 } },
		{ .m_data = buf + 100, .m_len = 50 } };

	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), 0);
	bus_dmamap_unload(t, map);
	m[0].m_flags = M_EXT;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = 99;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	m[0].m_pkthdr.len = 101;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	m[0].m_pkthdr.len = -1;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	m[0].m_pkthdr.len = 40;
	m[1].m_len = -10;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	m[0].m_pkthdr.len = 0;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_mbuf(t, map, NULL, 0), EINVAL);
	assert_unloaded(map);
	m[0].m_pkthdr.len = 2000;
	m[1].m_len = 1950;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, m, 0), EINVAL);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_packet_of_no_bytes_is_a_load_of_length_zero(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1500, 3, 1500, 0);
	struct mbuf m = { .m_flags = M_PKTHDR };

	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), 0);
	assert_unloaded(map);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_chain_in_a_circle_ends(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1500, 3, 1500, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct mbuf m = { .m_next = &m,
		.m_data = buf,
		.m_len = 100,
		.m_flags = M_PKTHDR,
		.m_pkthdr = { .len = 100 } };

	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EINVAL);
	m.m_len = 0;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EINVAL);
	m.m_pkthdr.len = 0;
	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EINVAL);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
without_accessors_it_is_einval(void **state)
{
	struct tp *tp = *state;
	struct mbuf m = { .m_flags = M_PKTHDR };
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_mbuf = NULL;
	t = identity(tp);
	map = new_map(t, 1500, 3, 1500, 0);
	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EINVAL);
	assert_unloaded(map);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* A host's own mbufs, behind the same name. */
static void
a_hosts_own_accessors_are_used(void **state)
{
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x10000, 1);
	struct busdma_part part = { buf + 3, 7, 0 };
	struct tp_chain tc = {
		.tc_tp = tp, .tc_parts = &part, .tc_nparts = 1, .tc_total = 7
	};
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_mbuf = &tp_chain_ops;
	t = identity(tp);
	map = new_map(t, 1500, 3, 1500, 0);
	assert_int_equal(
	    bus_dmamap_load_mbuf(t, map, (struct mbuf *)(void *)&tc, 0), 0);
	assert_seg(map, 0, 0x10003, 7);
	bus_dmamap_destroy(t, map);
	assert_int_equal(bus_dmamap_load_mbuf(NULL, NULL, NULL, 0), EINVAL);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_packet_loads),
		UNIT(malformed_packets_are_einval),
		UNIT(a_packet_of_no_bytes_is_a_load_of_length_zero),
		UNIT(a_chain_in_a_circle_ends),
		UNIT(without_accessors_it_is_einval),
		UNIT(a_hosts_own_accessors_are_used),
	};

	return cmocka_run_group_tests_name("mbuf", tests, NULL, NULL);
}
