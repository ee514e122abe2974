/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items 5.3 to 5.6 of the contract: what a load leaves behind, loads on loaded
 * maps, loads of nothing, chains, and what is remembered of them.
 */
#include "suite.h"

/* A good load of one segment, and its end: the map is fit for use. */
static bool
usable(struct conf *c, bus_dmamap_t map, void *buf, bus_size_t len)
{
	int error;

	error = bus_dmamap_load(c->cf_tag, map, buf, len, NULL, BUS_DMA_NOWAIT);
	if (!conf_eq(c, __FILE__, __LINE__, "a load of a usable map",
		(uint64_t)error, 0) ||
	    !conf_eq(
		c, __FILE__, __LINE__, "dm_mapsize", map->dm_mapsize, len) ||
	    !conf_true(c, __FILE__, __LINE__, "segments", map->dm_nsegs >= 1))
		return false;
	bus_dmamap_unload(c->cf_tag, map);
	return true;
}

/* Invalid after a failure: the members, and unload knows it. */
static void
failed_load_clears(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 100, 0));
	/* Segments have been written when it turns out not to fit. */
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 201, NULL, BUS_DMA_NOWAIT),
	    EFBIG);
	INVALID(map);
	QUIET();
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
	OK(usable(c, map, buf, 200));
}

static void
too_long(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 2000, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 1001, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	seg.ds_addr = conf_pa(c, buf);
	seg.ds_len = 2000;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 1001, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
	OK(usable(c, map, buf, 1000));
}

/* An address that does not translate: at the start, and in the middle. */
static void
no_translation(struct conf *c)
{
	size_t page = (size_t)c->cf_page, size = 3 * page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_EDGE, size));
	OK(map = conf_map(c, c->cf_tag, 4 * page, 4, 4 * page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf + size, 1, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, buf + size - page - 7, page + 8,
	       NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + page, size, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	INVALID(map);
	OK(usable(c, map, buf, size));
}

static void
out_of_reach(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct busdma_part parts[2] = { { .pt_len = 0 } };
	struct conf_chain ca;
	static const struct conf_limits cl;
	const int asis = conf_asis(c);
	bus_dmamap_t map;
	char *near, *far;

	if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		SKIP("bus addresses are not the memory's");
	OK(far = conf_mem(c, CONF_MEM_FAR, page));
	OK(near = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, 4 * page, 4, 4 * page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, far, page, NULL, asis), EFAULT);
	INVALID(map);
	parts[0].pt_addr = near;
	parts[0].pt_len = page;
	parts[1].pt_addr = far;
	parts[1].pt_len = 1;
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 2;
	ca.ca_total = page + 1;
	EQ(bus_dmamap_load_chain(c->cf_tag, map, &conf_chain_ops, &ca, asis),
	    EFAULT);
	INVALID(map);
	OK(usable(c, map, near, page));
	if (!c->cf_env->ce_bounces)
		return;
	EQ(bus_dmamap_load(c->cf_tag, map, far, page, NULL, BUS_DMA_NOWAIT), 0);
	BOUNCED(c->cf_tag, map, 0, EFAULT, far, page, &cl);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, far + 7, page - 9, NULL, BUS_DMA_NOWAIT),
	    0);
	BOUNCED(c->cf_tag, map, 0, EFAULT, far + 7, page - 9, &cl);
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, near, page));
	OK(conf_frag_va(c, NULL, far, 1));
	EXPECT(map, &cl);
}

static void
reload(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, page, 2, page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 100, NULL, BUS_DMA_NOWAIT), 0);
	QUIET();
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + page, 200, NULL, BUS_DMA_NOWAIT),
	    0);
	REPORTED(BUSDMA_REPORT_RELOAD);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf + page, 200));
	EXPECT(map, &cl);
	/* One unload is enough. */
	bus_dmamap_unload(c->cf_tag, map);
	INVALID(map);
	QUIET();
}

/* The mapping that was there is gone when the second load fails. */
static void
reload_fails(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 100, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 200, NULL, BUS_DMA_NOWAIT), 0);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 300, NULL, BUS_DMA_NOWAIT),
	    EFBIG);
	REPORTED(BUSDMA_REPORT_RELOAD);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 200, NULL, BUS_DMA_NOWAIT), 0);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 1001, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	REPORTED(BUSDMA_REPORT_RELOAD);
	INVALID(map);
	OK(usable(c, map, buf, 200));
}

/* A driver's dm_maxsegsz: used by the load, restored by unload. */
static void
maxsegsz_lowered(struct conf *c)
{
	struct conf_limits cl = { .cl_maxsegsz = 512 };
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	OK(map = conf_map(c, c->cf_tag, 2 * page, 40, page, 0));
	EQ(map->dm_maxsegsz, page);
	map->dm_maxsegsz = 512;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 4096));
	EXPECT(map, &cl);
	EQ(map->dm_maxsegsz, 512);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(map->dm_maxsegsz, page);
	cl.cl_maxsegsz = page;
	EQ(bus_dmamap_load(
	       c->cf_tag, map, buf + 8, 2 * page - 8, NULL, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf + 8, 2 * page - 8));
	EXPECT(map, &cl);
}

/* The unload inside a second load leaves dm_maxsegsz alone. */
static void
reload_keeps_maxsegsz(struct conf *c)
{
	struct conf_limits cl = { .cl_maxsegsz = 256 };
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, page, 40, page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 1024, NULL, BUS_DMA_NOWAIT), 0);
	map->dm_maxsegsz = 256;
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 1024, NULL, BUS_DMA_NOWAIT), 0);
	REPORTED(BUSDMA_REPORT_RELOAD);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 1024));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(map->dm_maxsegsz, page);
}

/*
 * dm_maxsegsz 0, or above that at create: reported, and no segment is longer
 * than the map allows.
 */
static void
maxsegsz_wrong(struct conf *c)
{
	static const bus_size_t bad[] = { 0, 4096, ~(bus_size_t)0 };
	size_t page = (size_t)c->cf_page, i;
	bus_dmamap_t map;
	char *buf;
	int error, s;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, page, 8, 1024, 0));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		map->dm_maxsegsz = bad[i];
		error = bus_dmamap_load(
		    c->cf_tag, map, buf, 4096, NULL, BUS_DMA_NOWAIT);
		REPORTED(BUSDMA_REPORT_MAXSEGSZ);
		if (error != 0) {
			EQ(error, EINVAL);
			INVALID(map);
			map->dm_maxsegsz = 1024;
			continue;
		}
		for (s = 0; s < map->dm_nsegs; s++)
			TRUE(map->dm_segs[s].ds_len <= 1024);
		bus_dmamap_unload(c->cf_tag, map);
		EQ(map->dm_maxsegsz, 1024);
	}
	QUIET();
	OK(usable(c, map, buf, 4096));
}

static void
destroy_unloads(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct conf_dmamem *d;
	bus_dmamap_t map;
	bus_addr_t a;
	char *buf;
	uint8_t byte;

	/* DMA memory may be freed once no map has it: destroy was enough. */
	OK(d = conf_dmamem(c, c->cf_tag, page, 0, 0, 1));
	OK(map = conf_map(c, c->cf_tag, page, 1, page, 0));
	EQ(bus_dmamap_load_raw(
	       c->cf_tag, map, d->cd_segs, d->cd_rsegs, page, BUS_DMA_NOWAIT),
	    0);
	conf_unmap(c, map);
	conf_undmamem(c, d);
	QUIET();
	if (!c->cf_env->ce_dev_guarded)
		return;
	/* And a device no longer reaches what was loaded. */
	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, page, 4, page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
	a = map->dm_segs[0].ds_addr;
	bus_dmamap_sync(c->cf_tag, map, 0, 64, BUS_DMASYNC_PREWRITE);
	EQ(c->cf_env->ce_dev_read(c->cf_env, a, &byte, 1), 0);
	conf_unmap(c, map);
	EQ(c->cf_env->ce_dev_read(c->cf_env, a, &byte, 1), EFAULT);
}

static void
unload_ends(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	bus_addr_t a;
	uint8_t byte;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, page, 4, page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
	a = map->dm_segs[0].ds_addr;
	bus_dmamap_sync(c->cf_tag, map, 0, 64, BUS_DMASYNC_PREWRITE);
	if (c->cf_env->ce_dev_guarded)
		EQ(c->cf_env->ce_dev_read(c->cf_env, a, &byte, 1), 0);
	bus_dmamap_unload(c->cf_tag, map);
	INVALID(map);
	if (c->cf_env->ce_dev_guarded)
		EQ(c->cf_env->ce_dev_read(c->cf_env, a, &byte, 1), EFAULT);
	QUIET();
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
	INVALID(map);
}

/* ---- 5.5 ---- */

static void
zero_length(struct conf *c)
{
	struct conf_chain ca;
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 1000, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 0, NULL, BUS_DMA_NOWAIT), 0);
	INVALID(map);
	/* No unload is called for between. */
	EQ(bus_dmamap_load(c->cf_tag, map, NULL, 0, NULL, BUS_DMA_NOWAIT), 0);
	INVALID(map);
	seg.ds_addr = conf_pa(c, buf);
	seg.ds_len = 100;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 0, BUS_DMA_NOWAIT), 0);
	INVALID(map);
	memset(&ca, 0, sizeof(ca));
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    0);
	INVALID(map);
	QUIET();
	OK(usable(c, map, buf, 1000));
}

/* A driver that pairs every load with an unload is not blamed. */
static void
zero_length_unload(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 1000, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 0, NULL, BUS_DMA_NOWAIT), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, 0, BUS_DMASYNC_PREWRITE);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
	INVALID(map);
	bus_dmamap_unload(c->cf_tag, map);
	REPORTED(BUSDMA_REPORT_NOTLOADED);
}

static void
zero_length_reload(struct conf *c)
{
	bus_dmamap_t map;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 1000, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 500, NULL, BUS_DMA_NOWAIT), 0);
	EQ(bus_dmamap_load(c->cf_tag, map, buf, 0, NULL, BUS_DMA_NOWAIT), 0);
	REPORTED(BUSDMA_REPORT_RELOAD);
	INVALID(map);
	OK(usable(c, map, buf, 1000));
}

static void
zero_length_parts(struct conf *c)
{
	static const struct conf_limits cl;
	struct busdma_part parts[24] = { { .pt_len = 0 } };
	struct conf_chain ca;
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 2, 1000, 0));
	/* Empty ones everywhere, their addresses are not looked at. */
	for (i = 0; i < 24; i++) {
		parts[i].pt_addr = NULL;
		parts[i].pt_len = 0;
	}
	parts[7].pt_addr = buf;
	parts[7].pt_len = 10;
	parts[19].pt_addr = buf + 10;
	parts[19].pt_len = 30;
	parts[22].pt_addr = buf + 100;
	parts[22].pt_len = 1;
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 24;
	ca.ca_total = 41;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 40));
	OK(conf_frag_va(c, NULL, buf + 100, 1));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	/* Nothing but empty ones. */
	ca.ca_nparts = 7;
	ca.ca_total = 0;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    0);
	INVALID(map);
}

/* However many parts are asked for at a time, the last one is not lost. */
static void
part_counts(struct conf *c)
{
	static const struct conf_limits cl;
	struct busdma_part parts[40] = { { .pt_len = 0 } };
	struct conf_chain ca;
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 40, 1000, 0));
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	conf_nofrags(c);
	for (i = 0; i < 40; i++) {
		parts[i].pt_addr = buf + 100 * i;
		parts[i].pt_len = 10;
		ca.ca_nparts++;
		ca.ca_total += 10;
		OK(conf_frag_va(c, NULL, buf + 100 * i, 10));
		EQ(bus_dmamap_load_chain(
		       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
		    0);
		EXPECT(map, &cl);
		bus_dmamap_unload(c->cf_tag, map);
		/* One part more than it says. */
		ca.ca_total -= 10;
		EQ(bus_dmamap_load_chain(
		       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
		    EINVAL);
		INVALID(map);
		ca.ca_total += 10;
	}
}

static void
set_mbuf(struct mbuf *m, struct mbuf *next, char *data, int len)
{
	memset(m, 0, sizeof(*m));
	m->m_next = next;
	m->m_data = data;
	m->m_len = len;
}

static bool
have_mbufs(struct conf *c)
{
	if (c->cf_env->ce_pl->pl_mbuf == &busdma_mbuf_chain)
		return true;
	conf_skip(c, "the platform has mbufs of its own, or none");
	return false;
}

static bool
have_uios(struct conf *c)
{
	if (c->cf_env->ce_pl->pl_uio == &busdma_uio_chain)
		return true;
	conf_skip(c, "the platform has uios of its own, or none");
	return false;
}

static void
zero_length_mbufs(struct conf *c)
{
	static const struct conf_limits cl;
	struct mbuf m[6];
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(have_mbufs(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	for (i = 0; i < 6; i++)
		set_mbuf(&m[i], i < 5 ? &m[i + 1] : NULL, NULL, 0);
	m[0].m_flags = M_PKTHDR;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), 0);
	INVALID(map);
	m[1].m_data = buf + 1;
	m[1].m_len = 64;
	m[4].m_data = buf + 200;
	m[4].m_len = 100;
	m[0].m_pkthdr.len = 164;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf + 1, 64));
	OK(conf_frag_va(c, NULL, buf + 200, 100));
	EXPECT(map, &cl);
}

/* A packet length that is not the sum of the parts. */
static void
mbuf_lies(struct conf *c)
{
	struct mbuf m[2];
	bus_dmamap_t map;
	char *buf;
	int len;

	OK(have_mbufs(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	for (len = -1; len < 300; len++) {
		set_mbuf(&m[0], &m[1], buf, 100);
		set_mbuf(&m[1], NULL, buf + 512, 50);
		m[0].m_flags = M_PKTHDR;
		m[0].m_pkthdr.len = len;
		EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT),
		    len == 150 ? 0 : EINVAL);
		if (len == 150)
			bus_dmamap_unload(c->cf_tag, map);
		INVALID(map);
	}
	/* A negative length: with it the sum is right, or without it. */
	m[1].m_len = -50;
	m[0].m_pkthdr.len = 100;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	m[0].m_pkthdr.len = 50;
	m[1].m_len = -50;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	/* Longer than the map. */
	m[0].m_pkthdr.len = 1001;
	m[1].m_len = 901;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	OK(usable(c, map, buf, 1000));
}

/* Empty mbufs in a circle: not walked for ever. */
static void
mbuf_circle(struct conf *c)
{
	struct mbuf m[2];
	bus_dmamap_t map;
	char *buf;

	OK(have_mbufs(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	set_mbuf(&m[0], &m[1], buf, 0);
	set_mbuf(&m[1], &m[0], buf, 0);
	m[0].m_flags = M_PKTHDR;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	m[0].m_pkthdr.len = 100;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	/* And one with bytes in it: longer than it says, soon. */
	m[1].m_len = 40;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	OK(usable(c, map, buf, 1000));
}

/* The same of a chain of any type. */
static void
chain_lies(struct conf *c)
{
	struct busdma_part parts[12] = { { .pt_len = 0 } };
	struct conf_chain ca;
	bus_dmamap_t map;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 16, 1000, 0));
	for (i = 0; i < 12; i++) {
		parts[i].pt_addr = buf + 64 * i;
		parts[i].pt_len = 10;
	}
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 12;
	for (ca.ca_total = 0; ca.ca_total < 140; ca.ca_total++) {
		EQ(bus_dmamap_load_chain(
		       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
		    ca.ca_total == 120 ? 0 : EINVAL);
		if (ca.ca_total == 120)
			bus_dmamap_unload(c->cf_tag, map);
		INVALID(map);
	}
	/* A sum that is right only modulo 2^64. */
	ca.ca_total = 100;
	parts[11].pt_len = ~(bus_size_t)0 - 9;
	TRUE(bus_dmamap_load_chain(
		 c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT) != 0);
	INVALID(map);
	/* An error of ch_open is the load's. */
	ca.ca_error = EINVAL;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(map);
}

/* An accessor that marks all parts, and tells whether one came marked. */
static bool came_marked;

static size_t
marked_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	size_t i, got;

	for (i = 0; i < n; i++)
		came_marked = came_marked || parts[i].pt_flags != 0;
	got = conf_chain_ops.ch_parts(ci, parts, n);
	for (i = 0; i < n; i++)
		parts[i].pt_flags = BUSDMA_MEMORY_OWNED;
	return got;
}

/* More parts than are asked for at once, with bytes and without. */
static void
parts_come_unmarked(struct conf *c)
{
	struct busdma_chain_ops ops = conf_chain_ops;
	struct busdma_part parts[40];
	struct conf_chain ca;
	bus_dmamap_t map;
	unsigned i, k;
	char *buf;

	ops.ch_parts = marked_parts;
	came_marked = false;
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 40, 1000, 0));
	memset(&ca, 0, sizeof(ca));
	memset(parts, 0, sizeof(parts));
	ca.ca_parts = parts;
	ca.ca_nparts = 40;
	for (k = 0; k < 2; k++) {
		for (i = 0; i < 40; i++) {
			parts[i].pt_addr = buf + 64 * i;
			parts[i].pt_len = k == 0 ? 0 : 10;
		}
		ca.ca_total = k == 0 ? 0 : 400;
		EQ(bus_dmamap_load_chain(
		       c->cf_tag, map, &ops, &ca, BUS_DMA_NOWAIT),
		    0);
		TRUE(!came_marked);
		bus_dmamap_unload(c->cf_tag, map);
	}
	QUIET();
}

static void
set_uio(struct uio *uio, struct iovec *iov, int n, size_t resid)
{
	memset(uio, 0, sizeof(*uio));
	uio->uio_iov = iov;
	uio->uio_iovcnt = n;
	uio->uio_resid = resid;
	uio->uio_rw = UIO_WRITE;
}

static void
uio_measured(struct conf *c)
{
	static const struct conf_limits cl;
	struct iovec iov[4];
	struct uio uio;
	bus_dmamap_t map;
	char *buf;

	OK(have_uios(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	memset(iov, 0, sizeof(iov));
	iov[1].iov_base = buf;
	iov[1].iov_len = 100;
	iov[3].iov_base = buf + 512;
	iov[3].iov_len = 2000;
	/* The first uio_resid bytes. */
	set_uio(&uio, iov, 4, 150);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 100));
	OK(conf_frag_va(c, NULL, buf + 512, 50));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	/* Longer than the map. */
	set_uio(&uio, iov, 4, 1001);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	/* Shorter than it says. */
	set_uio(&uio, iov, 3, 101);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	/* Nothing. */
	set_uio(&uio, iov, 4, 0);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), 0);
	INVALID(map);
	set_uio(&uio, iov, -1, 1);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), EINVAL);
	INVALID(map);
	QUIET();
}

/* ---- 5.6 ---- */

/* After load, the mbufs are the driver's to free. */
static void
mbuf_freed(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page;
	struct mbuf m[3];
	bus_dmamap_t map;
	char *buf;

	OK(have_mbufs(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	set_mbuf(&m[0], &m[1], buf, 64);
	set_mbuf(&m[1], &m[2], buf + 128, 100);
	set_mbuf(&m[2], NULL, buf + 512, 300);
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = 464;
	EQ(bus_dmamap_load_mbuf(c->cf_tag, map, m, BUS_DMA_NOWAIT), 0);
	memset(m, 0xa5, sizeof(m));
	bus_dmamap_sync(
	    c->cf_tag, map, 0, 464, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(c->cf_tag, map, 60, 200,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 64));
	OK(conf_frag_va(c, NULL, buf + 128, 100));
	OK(conf_frag_va(c, NULL, buf + 512, 300));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

static void
uio_freed(struct conf *c)
{
	static const struct conf_limits cl;
	struct iovec iov[2];
	struct uio uio;
	bus_dmamap_t map;
	char *buf;

	OK(have_uios(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	iov[0].iov_base = buf;
	iov[0].iov_len = 100;
	iov[1].iov_base = buf + 300;
	iov[1].iov_len = 100;
	set_uio(&uio, iov, 2, 200);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_NOWAIT), 0);
	/* The load has not consumed it. */
	EQ(uio.uio_resid, 200);
	EQ(uio.uio_iovcnt, 2);
	memset(&uio, 0xa5, sizeof(uio));
	memset(iov, 0xa5, sizeof(iov));
	bus_dmamap_sync(c->cf_tag, map, 50, 100, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(c->cf_tag, map, 50, 100, BUS_DMASYNC_POSTWRITE);
	conf_nofrags(c);
	OK(conf_frag_va(c, NULL, buf, 100));
	OK(conf_frag_va(c, NULL, buf + 300, 100));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

/* More fragments than any record can hold: EFBIG, and no overrun. */
static void
many_fragments(struct conf *c)
{
	struct busdma_part parts[128] = { { .pt_len = 0 } };
	struct conf_chain ca;
	bus_dmamap_t map, beside;
	char *buf;
	int i;

	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 4, 1000, 0));
	OK(beside = conf_map(c, c->cf_tag, 1000, 4, 999, 0));
	for (i = 0; i < 128; i++) {
		parts[i].pt_addr = buf + 16 * i;
		parts[i].pt_len = 4;
	}
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = parts;
	ca.ca_nparts = 128;
	ca.ca_total = 512;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
	    EFBIG);
	INVALID(map);
	INVALID(beside);
	EQ(beside->dm_maxsegsz, 999);
	OK(usable(c, map, buf, 1000));
	OK(usable(c, beside, buf, 1000));
}

const struct conf_case conf_load_cases[] = {
	{ "5.3/failed-load-clears", failed_load_clears },
	{ "5.3/too-long", too_long },
	{ "5.3/no-translation", no_translation },
	{ "5.3/out-of-reach", out_of_reach },
	{ "5.4/reload", reload },
	{ "5.4/reload-fails", reload_fails },
	{ "5.4/maxsegsz-lowered-and-restored", maxsegsz_lowered },
	{ "5.4/reload-keeps-maxsegsz", reload_keeps_maxsegsz },
	{ "5.4/maxsegsz-wrong", maxsegsz_wrong },
	{ "5.4/destroy-unloads", destroy_unloads },
	{ "5.4/unload-ends", unload_ends },
	{ "5.5/zero-length", zero_length },
	{ "5.5/zero-length-unload", zero_length_unload },
	{ "5.5/zero-length-reload", zero_length_reload },
	{ "5.5/zero-length-parts", zero_length_parts },
	{ "5.5/part-counts", part_counts },
	{ "5.5/zero-length-mbufs", zero_length_mbufs },
	{ "5.5/mbuf-length-lies", mbuf_lies },
	{ "5.5/mbuf-circle", mbuf_circle },
	{ "5.5/chain-length-lies", chain_lies },
	{ "5.5/parts-come-unmarked", parts_come_unmarked },
	{ "5.5/uio-measured", uio_measured },
	{ "5.6/mbuf-freed-after-load", mbuf_freed },
	{ "5.6/uio-freed-after-load", uio_freed },
	{ "5.6/many-fragments", many_fragments },
	{ NULL, NULL },
};
