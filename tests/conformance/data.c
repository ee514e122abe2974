/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data: what the CPU stores is what the device reads, and the other way round,
 * with the syncs that a correct driver makes.
 */
#include "suite.h"

#define LEN 4000u

static bool
have_device(struct conf *c)
{
	if (c->cf_env->ce_dev_read != NULL && c->cf_env->ce_dev_write != NULL)
		return true;
	conf_skip(c, "no device access");
	return false;
}

static bool
same(struct conf *c, unsigned line, const void *got, const void *want,
    size_t len)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!conf_eq(
			c, __FILE__, line, "a byte of the data", g[i], w[i]))
			return false;
	}
	return true;
}
#define SAME(got, want, len) OK(same(c, __LINE__, (got), (want), (len)))

/* Over what the CPU stored before, of a load of whole lines. */
static void
whole_load(struct conf *c)
{
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t map;
	unsigned i;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 4096, 8, 4096, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT), 0);
	for (i = 0; i < 3; i++) {
		memset(buf, (int)i + 1, 4096);
		bus_dmamap_sync(c->cf_tag, map, 0, 4096, BUS_DMASYNC_PREREAD);
		conf_pattern(b, 4096, i);
		EQ(conf_dev(c, map, 0, b, 4096, true), 0);
		bus_dmamap_sync(c->cf_tag, map, 0, 4096, BUS_DMASYNC_POSTREAD);
		SAME(buf, b, 4096);
	}
	QUIET();
}

static void
device_reads(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t map;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, LEN, 8, 1000, 0));
	conf_pattern(buf, 2 * page, 1);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + page - 1999, LEN, NULL, BUS_DMA_WRITE),
	    0);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_PREWRITE);
	EQ(conf_dev(c, map, 0, b, LEN, false), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_POSTWRITE);
	SAME(b, buf + page - 1999, LEN);
	/* A change of a part, and a sync of that part. */
	conf_pattern(buf + page, 100, 2);
	bus_dmamap_sync(c->cf_tag, map, 1999, 100, BUS_DMASYNC_PREWRITE);
	EQ(conf_dev(c, map, 1999, b, 100, false), 0);
	bus_dmamap_sync(c->cf_tag, map, 1999, 100, BUS_DMASYNC_POSTWRITE);
	SAME(b, buf + page, 100);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

static void
device_writes(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t map;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, LEN, 8, 1000, 0));
	memset(buf, 0, 2 * page);
	conf_pattern(b, LEN, 5);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + page - 7, LEN, NULL, BUS_DMA_READ),
	    0);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_PREREAD);
	EQ(conf_dev(c, map, 0, b, LEN, true), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(buf + page - 7, b, LEN);
	/* Nothing beside the buffer was touched. */
	EQ(buf[page - 8], 0);
	EQ(buf[page - 7 + LEN], 0);
	bus_dmamap_unload(c->cf_tag, map);
	/* Unload never syncs, and the data stay. */
	SAME(buf + page - 7, b, LEN);
	QUIET();
}

/* A short write of the device leaves the rest as it was. */
static void
short_write(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	bus_dmamap_t map;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, LEN, 8, LEN, 0));
	conf_pattern(buf, LEN, 6);
	memcpy(a, buf, LEN);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, LEN, NULL, BUS_DMA_READ), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_PREREAD);
	conf_pattern(b, 100, 7);
	EQ(conf_dev(c, map, 300, b, 100, true), 0);
	memcpy(a + 300, b, 100);
	bus_dmamap_sync(c->cf_tag, map, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(buf, a, LEN);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

static void
scattered(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t map;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_PAGES, 6 * page));
	OK(map = conf_map(c, c->cf_tag, 6 * page, 6, 6 * page, 0));
	conf_pattern(buf, 6 * page, 8);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + 5, 5 * page, NULL, BUS_DMA_NOWAIT),
	    0);
	bus_dmamap_sync(c->cf_tag, map, 0, 5 * page,
	    BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	EQ(conf_dev(c, map, page - 1000, b, 2000, false), 0);
	SAME(b, buf + 5 + page - 1000, 2000);
	conf_pattern(b, 2000, 9);
	EQ(conf_dev(c, map, 3 * page + 100, b, 2000, true), 0);
	bus_dmamap_sync(
	    c->cf_tag, map, 3 * page + 100, 2000, BUS_DMASYNC_POSTREAD);
	SAME(buf + 5 + 3 * page + 100, b, 2000);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

/* A packet in three mbufs, as the device sees it. */
static void
mbufs(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *b = c->cf_bytes[0];
	struct mbuf m[3];
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(have_device(c));
	if (c->cf_env->ce_pl->pl_mbuf != &busdma_mbuf_chain)
		SKIP("the platform has mbufs of its own, or none");
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, 2000, 8, 2000, 0));
	conf_pattern(buf, 2 * page, 10);
	memset(m, 0, sizeof(m));
	for (i = 0; i < 3; i++) {
		m[i].m_next = i < 2 ? &m[i + 1] : NULL;
		m[i].m_data = buf + page - 300 * i + 17;
		m[i].m_len = 100 + i;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = 303;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_WRITE), 0);
	memset(m, 0, sizeof(m));
	bus_dmamap_sync(c->cf_tag, map, 0, 303, BUS_DMASYNC_PREWRITE);
	EQ(conf_dev(c, map, 0, b, 303, false), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, 303, BUS_DMASYNC_POSTWRITE);
	SAME(b, buf + page + 17, 100);
	SAME(b + 100, buf + page - 283, 101);
	SAME(b + 201, buf + page - 583, 102);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

/* A ring in DMA memory: the CPU and the device take turns. */
static void
ring(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct conf_dmamem *d;
	bus_dmamap_t map;
	char *kva;
	unsigned i;

	OK(have_device(c));
	OK(d = conf_dmamem(c, c->cf_tag, 2 * page, 0, 0, 1));
	OK(conf_kva(c, d, 2 * page, BUS_DMA_COHERENT));
	kva = d->cd_kva;
	memset(kva, 0, 2 * page);
	OK(map = conf_map(c, c->cf_tag, 2 * page, 1, 2 * page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, kva, 2 * page, NULL,
	       BUS_DMA_NOWAIT | BUS_DMA_COHERENT),
	    0);
	for (i = 0; i < 40; i++) {
		bus_size_t at = 32 * i, cpl = page + 32 * i;

		conf_pattern(kva + at, 32, i);
		bus_dmamap_sync(c->cf_tag, map, at, 32, BUS_DMASYNC_PREWRITE);
		bus_dmamap_sync(c->cf_tag, map, cpl, 32, BUS_DMASYNC_PREREAD);
		EQ(conf_dev(c, map, at, a, 32, false), 0);
		SAME(a, kva + at, 32);
		conf_pattern(b, 32, 100 + i);
		EQ(conf_dev(c, map, cpl, b, 32, true), 0);
		bus_dmamap_sync(c->cf_tag, map, cpl, 32, BUS_DMASYNC_POSTREAD);
		SAME(kva + cpl, b, 32);
		bus_dmamap_sync(c->cf_tag, map, at, 32, BUS_DMASYNC_POSTWRITE);
	}
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

/* Two maps over the same bytes, and one unloaded before the other. */
static void
two_maps(struct conf *c)
{
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t m1, m2;
	char *buf;

	OK(have_device(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(m1 = conf_map(c, c->cf_tag, LEN, 1, LEN, 0));
	OK(m2 = conf_map(c, c->cf_tag, LEN, 1, LEN, 0));
	conf_pattern(buf, LEN, 11);
	EQ(bus_dmamap_load(c->cf_tag, m1, buf, LEN, NULL, BUS_DMA_WRITE), 0);
	EQ(bus_dmamap_load(c->cf_tag, m2, buf + 1000, 100, NULL, BUS_DMA_WRITE),
	    0);
	bus_dmamap_sync(c->cf_tag, m1, 0, LEN, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(c->cf_tag, m1, 0, LEN, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(c->cf_tag, m1);
	bus_dmamap_sync(c->cf_tag, m2, 0, 100, BUS_DMASYNC_PREWRITE);
	EQ(conf_dev(c, m2, 0, b, 100, false), 0);
	SAME(b, buf + 1000, 100);
	bus_dmamap_sync(c->cf_tag, m2, 0, 100, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(c->cf_tag, m2);
	QUIET();
}

const struct conf_case conf_data_cases[] = {
	{ "data/device-reads", device_reads },
	{ "data/device-writes", device_writes },
	{ "data/whole-load", whole_load },
	{ "data/short-write", short_write },
	{ "data/scattered", scattered },
	{ "data/mbufs", mbufs },
	{ "data/ring", ring },
	{ "data/two-maps", two_maps },
	{ NULL, NULL },
};
