/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/why.c and the failures of src/mi/account.c: which limit a load met,
 * and what a failed load leaves.
 */
#include <busdma/bus_dma_stats.h>

#include "why.h"

static void
longer_than_the_map(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 4, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);

	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf, 101);

		assert_int_equal(load(t, map, k, &bu), EINVAL);
		assert_why(t, map, LENGTH, 0, 0, 100);
		bu = one_part(tp, buf, 100);
		assert_int_equal(k == RAW ? 0 : load(t, map, k, &bu), 0);
		bus_dmamap_unload(t, map);
		tp_forget(tp);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* No page is next to its neighbour; four of them, three segments. */
static void
too_many_segments(void **state)
{
	static const paddr_t pages[] = { 0x10000, 0x30000, 0x20000, 0x50000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 4 * PAGE, 3, 4 * PAGE, 0);
	char *buf = tp_buf(tp, pages, 4);

	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf + 16, 4 * PAGE - 16);

		if (k == RAW)
			continue;
		for (unsigned general = 0; general < 2; general++) {
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), EFBIG);
			assert_why(t, map, SEGMENTS, 3 * PAGE - 16, 0x50000, 3);
			bus_dmamap_unload(t, map);
			assert_report(tp, BUSDMA_REPORT_NOTLOADED);
		}
	}
	bus_dmamap_destroy(t, map);
	/* Of what one piece is cut into. */
	map = new_map(t, 4 * PAGE, 3, 32, 0);
	assert_int_equal(load_run1(t, map, 0x7000, 97), EFBIG);
	assert_why(t, map, SEGMENTS, 96, 0x7060, 3);
	bus_dmamap_destroy(t, map);
	/* The address is one of the bus. */
	bus_dmatag_destroy(t);
	assert_int_equal(tp_direct(tp,
			     &(struct bus_dma_window){ 0x10000, 0x90000000,
				 0x100000, BUS_DMA_WINDOW_COHERENT },
			     1, &t),
	    0);
	map = new_map(t, 4 * PAGE, 2, 4 * PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(t, map, buf, 3 * PAGE, NULL, 0), EFBIG);
	assert_why(t, map, SEGMENTS, 2 * PAGE, 0x90010000, 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* The tag's own limit on segments is what counts, where it is lower. */
static void
fewer_segments_by_the_tag(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_limits lim = { .dl_nsegments = 2 };
	bus_dma_tag_t root = identity(tp), t;
	bus_dmamap_t map;

	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), 0);
	map = new_map(t, 100, 50, 10, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 21), EFBIG);
	assert_why(t, map, SEGMENTS, 20, 0x1014, 2);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
not_aligned(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_limits lim = { .dl_alignment = 16 };
	bus_dma_tag_t root = identity(tp), t;
	bus_dma_segment_t segs[] = { { 0x1000, 32 }, { 0x2008, 32 } };
	bus_dmamap_t map;
	char *buf = tp_run(tp, 0x10000, 1);

	assert_int_equal(bus_dmatag_restrict(root, &lim, &t, 0), 0);
	map = new_map(t, 100, 4, 100, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 64, 0), EFAULT);
	assert_why(t, map, ALIGNMENT, 32, 0x2008, 16);
	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf + 3, 32);

		if (k == RAW)
			continue;
		assert_int_equal(load(t, map, k, &bu), EFAULT);
		assert_why(t, map, ALIGNMENT, 0, 0x10003, 16);
	}
	/* A segment shorter than the alignment leaves the next one unaligned */
	map->dm_maxsegsz = 10;
	assert_int_equal(load_run1(t, map, 0x1000, 20), EFAULT);
	assert_why(t, map, ALIGNMENT, 10, 0x100a, 16);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
out_of_reach(void **state)
{
	static const paddr_t pages[] = { 0x10000, 0x21000, 0x20000, 0x40000 };
	struct tp *tp = *state;
	bus_dma_tag_t root = identity(tp), t;
	bus_dmamap_t map;
	char *buf = tp_buf(tp, pages, 4);

	assert_int_equal(
	    bus_dmatag_subregion(root, 0x10000, 0x217ff, &t, 0), 0);
	map = new_map(t, 4 * PAGE, 8, 4 * PAGE, 0);
	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf + 4, 3 * PAGE);

		if (k == RAW)
			continue;
		for (unsigned general = 0; general < 2; general++) {
			if (general)
				make_general(t, map);
			/* The first byte that is not reached. */
			assert_int_equal(load(t, map, k, &bu), EFAULT);
			assert_why(
			    t, map, REACH, PAGE - 4 + 0x800, 0x21800, 0x217ff);
		}
	}
	/* Below it. */
	assert_int_equal(load_run1(t, map, 0xff00, 0x200), EFAULT);
	assert_why(t, map, REACH, 0, 0xff00, 0x217ff);
	assert_int_equal(load_run1(t, map, UINT64_MAX - 7, 8), EFAULT);
	assert_why(t, map, REACH, 0, UINT64_MAX - 7, 0x217ff);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

static void
no_memory_there(void **state)
{
	static const paddr_t pages[] = { 0x10000, TP_NOPAGE, 0x30000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, UINT64_MAX, 8, 4 * PAGE, 0);
	char *buf = tp_buf(tp, pages, 3), *top;
	struct proc *p = (struct proc *)(void *)0x1000;

	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf + 8, 2 * PAGE);

		if (k == RAW)
			continue;
		for (unsigned general = 0; general < 2; general++) {
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), EFAULT);
			assert_why(t, map, UNMAPPED, PAGE - 8,
			    (uintptr_t)buf + PAGE, 0);
			/* At once. */
			bu.bu_part[0].pt_addr = buf + PAGE + 1;
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), EFAULT);
			assert_why(
			    t, map, UNMAPPED, 0, (uintptr_t)buf + PAGE + 1, 0);
			bu.bu_part[0].pt_addr = buf + 8;
			bus_dmamap_unload(t, map);
			assert_report(tp, BUSDMA_REPORT_NOTLOADED);
		}
	}
	/* Of a process: the address is that of its space. */
	tp_space(tp, (char *)p + 1, 0x40000000, pages, 3);
	assert_int_equal(bus_dmamap_load(t, map, (void *)0x40000010, 2 * PAGE,
			     p, BUS_DMA_NOWAIT),
	    EFAULT);
	assert_why(t, map, UNMAPPED, PAGE - 16, 0x40001000, 0);
	/* Past the last address that there is. */
	top = (char *)UINTPTR_MAX - 99;
	assert_int_equal(bus_dmamap_load(t, map, top, 101, NULL, 0), EFAULT);
	assert_why(t, map, UNMAPPED, 0, (uintptr_t)top, 0);
	bus_dmamap_unload(t, map);
	tp_forget(tp);
	assert_int_equal(load_run1(t, map, UINT64_MAX - 7, 9), EFAULT);
	assert_why(t, map, UNMAPPED, 0, UINT64_MAX - 7, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* What a chain says and what it has. */
static void
not_a_legal_buffer(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 8, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct buffer bu = { tp, 3,
		{ { buf, 10, 0 }, { buf + 20, 10, 0 }, { buf + 40, 10, 0 } },
		30 };

	for (enum kind k = UIO; k < NKINDS; k++) {
		for (unsigned general = 0; general < 2; general++) {
			bu.bu_total = 31;
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), EINVAL);
			assert_why(t, map, ORIGIN, 30, 0, 0);
			bus_dmamap_unload(t, map);
			tp_forget(tp);
			bu.bu_total = 15;
			if (k == UIO)
				continue; /* the first so many bytes */
			if (general)
				make_general(t, map);
			assert_int_equal(load(t, map, k, &bu), EINVAL);
			assert_why(t, map, ORIGIN, 10, 0, 0);
			bus_dmamap_unload(t, map);
			tp_forget(tp);
		}
		/* None that says so, and has some. */
		bu.bu_total = 0;
		if (k == UIO)
			continue;
		assert_int_equal(load(t, map, k, &bu), EINVAL);
		assert_why(t, map, ORIGIN, 0, 0, 0);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
not_a_legal_origin(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 8, 100, 0);
	bus_dma_segment_t segs[] = { { 0x1000, 10 }, { 0x2000, 10 } };
	struct mbuf m = { .m_data = NULL };
	struct uio uio = { .uio_iovcnt = -1, .uio_resid = 4 };
	struct busdma_chain_ops ops = tp_chain_ops;
	struct tp_chain tc = { .tc_tp = tp };

	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	assert_int_equal(bus_dmamap_load_mbuf(t, map, NULL, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	assert_int_equal(bus_dmamap_load_chain(t, map, NULL, &tc, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	ops.ch_size--;
	assert_int_equal(bus_dmamap_load_chain(t, map, &ops, &tc, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, NULL, 2, 20, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 21, 0), EINVAL);
	assert_why(t, map, ORIGIN, 20, 0, 0);
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, -2, 1, 0), EINVAL);
	assert_why(t, map, ORIGIN, 0, 0, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* ch_open's errors come through; what is no error number is EFAULT. */
static void
what_an_accessor_returns(void **state)
{
	static const struct {
		int returned, error;
	} v[] = { { EINVAL, EINVAL }, { ENOMEM, ENOMEM }, { EFAULT, EFAULT },
		{ 250, 250 }, { -1, EFAULT }, { -22, EFAULT },
		{ INT32_MIN, EFAULT }, { 256, EFAULT }, { 0x7f00, EFAULT },
		{ 0x116, 0x16 } };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 8, 100, 0);
	struct tp_chain tc = { .tc_tp = tp, .tc_total = 10 };

	for (size_t i = 0; i < NELEM(v); i++) {
		tc.tc_error = v[i].returned;
		assert_int_equal(
		    bus_dmamap_load_chain(t, map, &tp_chain_ops, &tc, 0),
		    v[i].error);
		assert_why(t, map, ORIGIN, 0, 0, 0);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static unsigned lie;

/* Says what it must not. */
static unsigned
lying_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	frags[0] = (struct busdma_frag){ 0x1000, lie == 1 ? 0 : len + 1 };
	return lie == 0 ? n + 1 : 1;
}

static void
an_error_that_is_reported(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	char *buf = tp_run(tp, 0x10000, 1);

	t = identity(tp);
	map = new_map(t, 100, 8, 100, 0);
	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf, 50);

		for (unsigned above = 0; above < 2; above++) {
			map->dm_maxsegsz = above ? 101 : 0;
			assert_int_equal(load(t, map, k, &bu), EINVAL);
			assert_report(tp, BUSDMA_REPORT_MAXSEGSZ);
			assert_why(t, map, CALLER, 0, 0, 0);
		}
		map->dm_maxsegsz = 100;
	}
	tp->tp_pl.pl_extract = lying_extract;
	for (enum kind k = LINEAR; k < NKINDS; k++) {
		struct buffer bu = one_part(tp, buf, 50);

		for (lie = 0; k != RAW && lie < 3; lie++) {
			assert_int_equal(load(t, map, k, &bu), EFAULT);
			assert_report(tp, BUSDMA_REPORT_PLATFORM);
			assert_why(t, map, CALLER, 0, 0, 0);
		}
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* ---- the map after it ---- */

static void
after_a_failure(struct tp *tp, bus_dma_tag_t t, const struct tl_layer *tl)
{
	bus_dmamap_t map = new_map(t, 100, 8, 60, 0);
	uint64_t barriers;
	unsigned syncs;

	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	barriers = tp->tp_calls[TP_BARRIER];
	syncs = tl != NULL ? tl->tl_calls[TL_SYNC] : 0;
	/* A sync is a barrier, and a report if it says a range. */
	bus_dmamap_sync(t, map, 0, 0, BUS_DMASYNC_PREWRITE);
	assert_silent(tp);
	bus_dmamap_sync(t, map, 0, 1, BUS_DMASYNC_POSTREAD);
	assert_report(tp, BUSDMA_REPORT_SYNCRANGE);
	assert_int_equal(tp->tp_calls[TP_BARRIER], barriers + 2);
	if (tl != NULL)
		assert_int_equal(tl->tl_calls[TL_SYNC], syncs);
	assert_why(t, map, LENGTH, 0, 0, 100);
	/* The next load goes well, and is not one of a loaded map. */
	assert_int_equal(load_run1(t, map, 0x1000, 50), 0);
	assert_silent(tp);
	assert_seg(map, 0, 0x1000, 50);
	assert_false(bus_dmamap_why(t, map, &(struct bus_dma_why){ 0 }));
	/* A load of it that fails unloads it, and says both. */
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	assert_report(tp, BUSDMA_REPORT_RELOAD);
	assert_why(t, map, LENGTH, 0, 0, 100);
	/* It was not loaded. */
	bus_dmamap_unload(t, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	assert_why(t, map, NONE, 0, 0, 0);
	/* A load of nothing is one. */
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	assert_int_equal(load_run1(t, map, 0, 0), 0);
	assert_why(t, map, NONE, 0, 0, 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	/* A failed load leaves the driver's dm_maxsegsz; unload restores. */
	map->dm_maxsegsz = 7;
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	assert_int_equal(map->dm_maxsegsz, 7);
	bus_dmamap_unload(t, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	assert_int_equal(map->dm_maxsegsz, 60);
	assert_int_equal(load_run1(t, map, 0x1000, 101), EINVAL);
	bus_dmamap_destroy(t, map);
	assert_silent(tp);
}

static void
the_map_after_a_failed_load(void **state)
{
	static const char *const ops[] = { "", "m", "l", "lsu", "Lsu",
		"mcLsu" };
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t root = identity(tp), t;

	after_a_failure(tp, root, NULL);
	for (size_t i = 0; i < NELEM(ops); i++) {
		for (unsigned no = 0; no < 2; no++) {
			tl_init(&tl, 1, ops[i], NULL);
			tl.tl_noshortcut = no;
			assert_int_equal(tl_create(tp, &tl, root, &t), 0);
			after_a_failure(tp, t, &tl);
			bus_dmatag_destroy(t);
		}
	}
	bus_dmatag_destroy(root);
}

static void
of_another_map(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp), other = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 8, 100, 0);
	struct bus_dma_why wy;

	assert_int_equal(load_run1(t, map, 0, 101), EINVAL);
	memset(&wy, 0xa5, sizeof(wy));
	assert_false(bus_dmamap_why(other, map, &wy));
	assert_int_equal(wy.wy_reason, BUS_DMA_WHY_NONE);
	assert_int_equal(wy.wy_limit, 0);
	assert_string_equal(tp->tp_last.rp_func, "bus_dmamap_why");
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_false(bus_dmamap_why(NULL, map, &wy));
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_false(bus_dmamap_why(t, NULL, &wy));
	assert_report(tp, BUSDMA_REPORT_FOREIGN);
	assert_false(bus_dmamap_why(NULL, NULL, &wy));
	assert_silent(tp);
	/* A load through the wrong tag says nothing of the map. */
	assert_int_equal(load_run1(other, map, 0, 1), EINVAL);
	tp_forget(tp);
	assert_why(t, map, LENGTH, 0, 0, 100);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(other);
}

static void
without_an_account(void **state)
{
	struct tp *tp = *state;
	struct bus_dma_stats ds;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_account = NULL;
	t = identity(tp);
	map = new_map(t, 100, 1, 10, 0);
	assert_int_equal(load_run1(t, map, 0, 101), EINVAL);
	assert_why(t, map, NONE, 0, 0, 0);
	assert_int_equal(load_run1(t, map, 0, 11), EFBIG);
	assert_why(t, map, NONE, 0, 0, 0);
	bus_dma_stats(t, &ds);
	for (unsigned i = 0; i < BUS_DMA_NWHY; i++)
		assert_int_equal(ds.ds_failed[i], 0);
	bus_dmamap_unload(t, map);
	assert_report(tp, BUSDMA_REPORT_NOTLOADED);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
every_reason_has_a_line_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BUS_DMA_NWHY; i++) {
		const char *s = bus_dma_reason_text((enum bus_dma_reason)i);

		assert_true(strlen(s) > 5);
		assert_null(strchr(s, '\n'));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    s, bus_dma_reason_text((enum bus_dma_reason)j));
		assert_string_not_equal(s, bus_dma_reason_text(BUS_DMA_NWHY));
	}
	assert_non_null(bus_dma_reason_text((enum bus_dma_reason)9999));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(longer_than_the_map),
		UNIT(too_many_segments),
		UNIT(fewer_segments_by_the_tag),
		UNIT(not_aligned),
		UNIT(out_of_reach),
		UNIT(no_memory_there),
		UNIT(not_a_legal_buffer),
		UNIT(not_a_legal_origin),
		UNIT(what_an_accessor_returns),
		UNIT(an_error_that_is_reported),
		UNIT(the_map_after_a_failed_load),
		UNIT(of_another_map),
		UNIT(without_an_account),
		UNIT(every_reason_has_a_line_of_its_own),
	};

	return cmocka_run_group_tests_name("why", tests, NULL, NULL);
}
