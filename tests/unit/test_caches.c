/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between platforms and src/md/direct/noncoherent.c: tables of an earlier
 * version, the last call of a POST, what is known of physical memory, and which
 * call a report names.
 */
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "cacherig.h"

/* ---- tables ---- */

/* What a table lacks is not looked at: here it is not there. */
static void
short_tables(void **state)
{
	static const struct bus_dma_window coherent = { .dw_flags = C };
	struct tp *tp = *state;
	struct busdma_cache_ops *ca;
	struct busdma_cpu_ops *cpu;
	bus_dma_tag_t t = NULL;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t ca_size = sizeof(*ca), cpu_size = sizeof(*cpu);
		int error = 0;

		if (i == 1)
			ca_size = offsetof(struct busdma_cache_ops, ca_finish);
		else if (i == 2)
			ca_size = sizeof(ca->ca_size);
		else if (i == 3)
			cpu_size = offsetof(struct busdma_cpu_ops, cpu_cache);
		tp_noncoherent(tp, LINE, 0);
		ca = malloc(ca_size);
		cpu = malloc(cpu_size);
		assert_non_null(ca);
		assert_non_null(cpu);
		memcpy(ca, &tp->tp_cache, ca_size);
		ca->ca_size = ca_size;
		memcpy(cpu, &tp->tp_cpu, cpu_size);
		cpu->cpu_size = cpu_size;
		if (i != 3)
			cpu->cpu_cache = ca;
		tp->tp_pl.pl_cpu = cpu;
		if (i != 0)
			error = EINVAL;
		assert_int_equal(tp_direct(tp, &identical, 1, &t), error);
		if (i == 0)
			bus_dmatag_destroy(t);
		/* Whose barriers are all there, it serves coherent windows. */
		if (i < 3)
			error = 0;
		assert_int_equal(tp_direct(tp, &coherent, 1, &t), error);
		if (i < 3)
			bus_dmatag_destroy(t);
		assert_true(tp_clean(tp));
		free(ca);
		free(cpu);
	}
	assert_silent(tp);
}

/* ---- the last call of a POST ---- */

static struct tp *above_tp;
static unsigned above_at; /* events when the layer above was synced */

static void
note_sync(
    bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t off, bus_size_t len, int ops)
{
	(void)t;
	(void)map;
	(void)off;
	(void)len;
	(void)ops;
	above_at = above_tp->tp_nevents;
}

/* All of a load, a part, several runs, no bytes; each with every operation. */
static void
finish_all(struct tp *tp, bus_dma_tag_t t, char *buf, const paddr_t *pages)
{
	static const char *const all[] = { "WWWWWWWW", "WWWWWWWW", "IIIIIIII",
		"........" };
	static const char *const part[] = { "..W.....", "..W.....", "..B.....",
		"........" };
	static const int ops[] = { PREREAD, PREWRITE, POSTREAD, POSTWRITE };
	bus_dmamap_t map = new_map(t, 2 * PAGE, 2, 2 * PAGE, 0);

	assert_int_equal(load(t, map, buf, 2 * PAGE, 0), 0);
	for (unsigned i = 0; i < NELEM(ops); i++) {
		assert_sync(tp, t, map, 0, 2 * PAGE, ops[i], pages, 2, all[i]);
		assert_sync(tp, t, map, 2 * LINE, 5, ops[i], pages, 2, part[i]);
		assert_sync(tp, t, map, LINE, 0, ops[i], pages, 2, "........");
	}
	bus_dmamap_unload(t, map);
	assert_sync(tp, t, map, 0, 0, POSTREAD, pages, 2, "........");
	bus_dmamap_destroy(t, map);
}

static void
finish_is_the_last(void **state)
{
	static const paddr_t one[] = { 0x80000, 0x81000 },
			     two[] = { 0x90000, 0x20000 };
	const struct bus_dma_limits lim = { .dl_nsegments = 4 };
	struct tp *tp = *state;
	char *buf[] = { tp_run(tp, one[0], 2), tp_buf(tp, two, 2) };
	bus_dma_tag_t t, sub, top;
	struct tl_layer tl;

	above_tp = tp;
	for (unsigned i = 0; i < 4; i++) {
		const paddr_t *pages = i % 2 == 0 ? one : two;

		tp_noncoherent(tp, LINE, 0);
		if (i >= 2)
			tp->tp_cache.ca_finish = tp_finish;
		assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
		finish_all(tp, t, buf[i % 2], pages);
		assert_int_equal(bus_dmatag_restrict(t, &lim, &sub, 0), 0);
		finish_all(tp, sub, buf[i % 2], pages);
		tl_init(&tl, 1, "ls", NULL);
		tl.tl_ops.bo_sync = note_sync;
		assert_int_equal(tl_create(tp, &tl, sub, &top), 0);
		finish_all(tp, top, buf[i % 2], pages);
		bus_dmatag_destroy(top);
		bus_dmatag_destroy(sub);
		bus_dmatag_destroy(t);
	}
	assert_silent(tp);
}

/* A layer above reads what it copies when it is done. */
static void
before_the_layer_above(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, page[0], 1);
	struct tl_layer tl;
	bus_dma_tag_t t, top;
	bus_dmamap_t map;

	above_tp = tp;
	tp_noncoherent(tp, LINE, 0);
	tp->tp_cache.ca_finish = tp_finish;
	assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
	tl_init(&tl, 1, "ls", NULL);
	tl.tl_ops.bo_sync = note_sync;
	assert_int_equal(tl_create(tp, &tl, t, &top), 0);
	map = new_map(top, PAGE, 1, PAGE, 0);
	assert_int_equal(load(top, map, buf, PAGE, 0), 0);
	assert_sync(tp, top, map, 0, PAGE, POSTREAD, page, 1, "IIII");
	assert_int_equal(above_at, tp->tp_nevents);
	assert_int_equal(tp->tp_nevents, 3);
	bus_dmamap_destroy(top, map);
	bus_dmatag_destroy(top);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Of what needs nothing, nothing is to finish. */
static void
nothing_to_finish(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x80000, 0x80000, PAGE, C }, { 0x81000, 0x81000, PAGE, 0 }
	};
	static const paddr_t pages[] = { 0x80000, 0x81000 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, pages[0], 2);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, 0);
	tp->tp_cache.ca_finish = tp_finish;
	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	map = new_map(t, 2 * PAGE, 2, 2 * PAGE, 0);
	assert_int_equal(load(t, map, buf, PAGE, 0), 0);
	assert_sync(tp, t, map, 0, PAGE, POSTREAD, pages, 2, "........");
	bus_dmamap_unload(t, map);
	tp_known(tp, NULL, buf, BUSDMA_MEMORY_UNCACHED);
	assert_int_equal(load(t, map, buf, 2 * PAGE, 0), 0);
	assert_sync(tp, t, map, 0, 2 * PAGE, POSTREAD, pages, 2, "........");
	assert_sync(tp, t, map, PAGE, 5, POSTREAD, pages, 2, "........");
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- physical memory ---- */

#define BAR 0xf0000000u /* a peer's registers: the kernel has no window */

static unsigned asked;

/* Asked by physical address, of each run. */
static unsigned
bar_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	(void)pl;
	asked++;
	assert_true(as == BUSDMA_SPACE_PHYSICAL);
	assert_int_equal(va, 0);
	assert_int_equal(len, 100);
	return pa >= BAR ? BUSDMA_MEMORY_UNCACHED : 0;
}

static void
a_peers_registers_cost_nothing(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	bus_dma_segment_t segs[] = { { BAR + 5, 100 }, { 0x80000, 100 } };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	bus_dmamap_t map = new_map(t, 200, 2, 100, 0);

	(void)tp_run(tp, page[0], 1);
	tp->tp_pl.pl_memory = bar_memory;
	asked = 0;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 1, 100, 0), 0);
	assert_int_equal(asked, 1);
	assert_int_equal(map->_dm_flags & BUSDMA_MF_QUIET, BUSDMA_MF_QUIET);
	assert_sync(tp, t, map, 0, 100, PRE, page, 1, "....");
	assert_sync(tp, t, map, 1, 98, POST, page, 1, "....");
	bus_dmamap_unload(t, map);
	/* Beside memory that has a window, and is in caches. */
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 200, 0), 0);
	assert_int_equal(asked, 3);
	assert_int_equal(tp->tp_calls[TP_WINDOW], 0);
	assert_sync(tp, t, map, 0, 200, PRE, page, 1, "W...");
	assert_sync(tp, t, map, 0, 200, POST, page, 1, "B...");
	assert_int_equal(tp->tp_calls[TP_WINDOW], 2);
	bus_dmamap_unload(t, map);
	/* Where nobody knows of it, that is a window that fails. */
	tp->tp_pl.pl_memory = NULL;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 1, 100, 0), 0);
	assert_sync(tp, t, map, 0, 100, PRE, page, 1, "....");
	assert_int_equal(tp->tp_last.rp_addr, BAR + 5);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* ---- reports ---- */

static void
a_shared_line_names_the_call(void **state)
{
	static const char *const func[] = { "bus_dmamap_load",
		"bus_dmamap_load_uio", "bus_dmamap_load_mbuf",
		"bus_dmamap_load_chain" };
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_run(tp, 0x80000, 1);
	struct iovec iov = { buf + 1, 5 };
	struct uio uio = { .uio_iov = &iov, .uio_iovcnt = 1, .uio_resid = 5 };
	struct mbuf m = { .m_data = buf + 1,
		.m_len = 5,
		.m_flags = M_PKTHDR | M_EXT,
		.m_pkthdr = { .len = 5 } };
	struct busdma_part part = { buf + 1, 5, 0 };
	struct tp_chain tc = {
		.tc_tp = tp, .tc_parts = &part, .tc_nparts = 1, .tc_total = 5
	};

	for (unsigned i = 0; i < NELEM(func); i++) {
		bus_dmamap_t map = new_map(t, 5, 1, 5, 0);
		int error;

		if (i == 0)
			error = load(t, map, buf + 1, 5, 0);
		else if (i == 1)
			error = bus_dmamap_load_uio(t, map, &uio, 0);
		else if (i == 2)
			error = bus_dmamap_load_mbuf(t, map, &m, 0);
		else
			error = bus_dmamap_load_chain(
			    t, map, &tp_chain_ops, &tc, 0);
		assert_int_equal(error, 0);
		assert_string_equal(tp->tp_last.rp_func, func[i]);
		assert_int_equal(tp->tp_last.rp_addr, 0x80001);
		assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
		bus_dmamap_destroy(t, map);
	}
	bus_dmatag_destroy(t);
}

/* Data outside an mbuf may be anybody's; a cluster is not. */
static void
only_clusters_are_lines(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = uncoherent(tp, 0);
	char *buf = tp_run(tp, 0x80000, 1);
	struct mbuf m = {
		.m_data = buf + 1, .m_len = 5, .m_pkthdr = { .len = 5 }
	};

	for (unsigned i = 0; i < 3; i++) {
		bus_dmamap_t map = new_map(t, 5, 1, 5, 0);

		m.m_flags = M_PKTHDR;
		if (i >= 1)
			m.m_flags |= M_EXT;
		if (i == 2)
			m.m_flags |= M_EXT_CLUSTER;
		assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), 0);
		if (i < 2)
			assert_report(tp, BUSDMA_REPORT_SHAREDLINE);
		assert_silent(tp);
		bus_dmamap_destroy(t, map);
	}
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(short_tables),
		UNIT(finish_is_the_last),
		UNIT(before_the_layer_above),
		UNIT(nothing_to_finish),
		UNIT(a_peers_registers_cost_nothing),
		UNIT(a_shared_line_names_the_call),
		UNIT(only_clusters_are_lines),
	};

	return cmocka_run_group_tests_name("caches", tests, NULL, NULL);
}
