/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the tests of why loads fail: what a map says, and the same parts of
 * memory loaded by each kind of load.
 */
#ifndef TESTS_UNIT_WHY_H
#define TESTS_UNIT_WHY_H

#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "unit.h"

static inline void
check_why(bus_dma_tag_t t, bus_dmamap_t map, enum bus_dma_reason reason,
    bus_size_t offset, uint64_t addr, uint64_t limit)
{
	struct bus_dma_why wy;

	memset(&wy, 0xa5, sizeof(wy));
	assert_int_equal(
	    bus_dmamap_why(t, map, &wy), reason != BUS_DMA_WHY_NONE);
	assert_int_equal(wy.wy_reason, reason);
	assert_int_equal(wy.wy_offset, offset);
	assert_int_equal(wy.wy_addr, addr);
	assert_int_equal(wy.wy_limit, limit);
	assert_unloaded(map);
}

#define assert_why(t, map, reason, offset, addr, limit) \
	check_why((t), (map), BUS_DMA_WHY_##reason, (offset), (addr), (limit))

/* ---- each kind of load, over the same parts ---- */

enum kind { LINEAR, RAW, UIO, MBUF, CHAIN, NKINDS };

#define MAXPARTS 12

struct buffer {
	struct tp *bu_tp;
	unsigned bu_nparts;
	struct busdma_part bu_part[MAXPARTS];
	bus_size_t bu_total; /* what the origin says */
};

static inline bus_size_t
sum_of(const struct buffer *bu)
{
	bus_size_t sum = 0;

	for (unsigned i = 0; i < bu->bu_nparts; i++)
		sum += bu->bu_part[i].pt_len;
	return sum;
}

static inline int
load_uio(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu)
{
	struct iovec iov[MAXPARTS];
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = (int)bu->bu_nparts,
		.uio_resid = (size_t)bu->bu_total };

	for (unsigned i = 0; i < bu->bu_nparts; i++)
		iov[i] = (struct iovec){ bu->bu_part[i].pt_addr,
			(size_t)bu->bu_part[i].pt_len };
	return bus_dmamap_load_uio(t, map, &uio, BUS_DMA_NOWAIT);
}

static inline int
load_mbuf(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu)
{
	struct mbuf m[MAXPARTS];

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < bu->bu_nparts; i++) {
		m[i].m_next = i + 1 < bu->bu_nparts ? &m[i + 1] : NULL;
		m[i].m_data = bu->bu_part[i].pt_addr;
		m[i].m_len = (int)bu->bu_part[i].pt_len;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = (int)bu->bu_total;
	return bus_dmamap_load_mbuf(t, map, m, BUS_DMA_NOWAIT);
}

static inline int
load_chain(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu)
{
	struct tp_chain tc = { .tc_tp = bu->bu_tp,
		.tc_parts = bu->bu_part,
		.tc_nparts = bu->bu_nparts,
		.tc_total = bu->bu_total };

	return bus_dmamap_load_chain(
	    t, map, &tp_chain_ops, &tc, BUS_DMA_NOWAIT);
}

/* Physical: parts of identity-mapped addresses. */
static inline int
load_raw(bus_dma_tag_t t, bus_dmamap_t map, const struct buffer *bu)
{
	bus_dma_segment_t segs[MAXPARTS];

	for (unsigned i = 0; i < bu->bu_nparts; i++)
		segs[i] =
		    (bus_dma_segment_t){ (uintptr_t)bu->bu_part[i].pt_addr,
			    bu->bu_part[i].pt_len };
	return bus_dmamap_load_raw(
	    t, map, segs, (int)bu->bu_nparts, bu->bu_total, BUS_DMA_NOWAIT);
}

static inline int
load(bus_dma_tag_t t, bus_dmamap_t map, enum kind kind, const struct buffer *bu)
{
	switch (kind) {
	case LINEAR:
		return bus_dmamap_load(t, map, bu->bu_part[0].pt_addr,
		    bu->bu_total, NULL, BUS_DMA_NOWAIT);
	case RAW:
		return load_raw(t, map, bu);
	case UIO:
		return load_uio(t, map, bu);
	case MBUF:
		return load_mbuf(t, map, bu);
	case CHAIN:
	case NKINDS:
		break;
	}
	return load_chain(t, map, bu);
}

static inline struct buffer
one_part(struct tp *tp, void *p, bus_size_t len)
{
	return (struct buffer){ tp, 1, { { p, len, 0 } }, len };
}

/* Make the map one that the quick ways leave to the general one. */
static inline void
make_general(bus_dma_tag_t t, bus_dmamap_t map)
{
	assert_int_equal(load_run1(t, map, 0, 0), 0);
}

#endif /* TESTS_UNIT_WHY_H */
