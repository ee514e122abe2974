/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/bounce/copy.c: what syncs copy, beside a model that knows each byte
 * of the buffer and of the slots; windows, and threads.
 */
#include <busdma/bounce.h>

#include "mt.h"
#include "rnd.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE
#define END 0x1000000u /* of what the device reaches */
#define FAR 0x5000000u
#define NEAR 0x800000u
#define PROC ((struct proc *)(uintptr_t)0x5000)
#define USERVA 0x700000u
#define REGION 6u /* pages */
#define MAXSEGS 24

/* A buffer of some pages, of which a map has loaded some bytes. */
struct model {
	struct tp *mo_tp;
	struct rnd mo_rnd;
	bus_dma_tag_t mo_root, mo_lower, mo_tag;
	bus_dmamap_t mo_map;
	char *mo_host; /* the buffer's pages, for the test */
	paddr_t mo_pages[REGION];
	bool mo_overwrite;
	bool mo_kernel; /* slots may have what the map had there before */
	size_t mo_len;
	size_t mo_at[REGION * PAGE]; /* of each byte of the map */
	bus_addr_t mo_bus[REGION * PAGE];
	char *mo_dev[REGION * PAGE];
	bool mo_bounced[REGION * PAGE];
	/* What must be there. */
	char mo_buf[REGION * PAGE];
	char mo_slot[REGION * PAGE];
	bool mo_filled[REGION * PAGE];
};

static struct model model;

/* ---- the model ---- */

static void
model_fill(struct model *mo, size_t byte)
{
	bus_addr_t page = mo->mo_bus[byte] / PAGE;

	if (mo->mo_filled[byte])
		return;
	for (size_t i = 0; i < mo->mo_len; i++) {
		if (!mo->mo_bounced[i] || mo->mo_bus[i] / PAGE != page)
			continue;
		mo->mo_filled[i] = true;
		mo->mo_slot[i] = mo->mo_buf[mo->mo_at[i]];
	}
}

static void
model_sync(struct model *mo, size_t off, size_t len, int ops)
{
	for (size_t i = off; i < off + len; i++) {
		if (!mo->mo_bounced[i])
			continue;
		if ((ops & (PREREAD | PREWRITE)) != 0)
			model_fill(mo, i);
		if ((ops & PREWRITE) != 0)
			mo->mo_slot[i] = mo->mo_buf[mo->mo_at[i]];
		if ((ops & POSTREAD) != 0 && mo->mo_filled[i])
			mo->mo_buf[mo->mo_at[i]] = mo->mo_slot[i];
	}
}

static void
model_check(struct model *mo)
{
	assert_memory_equal(mo->mo_host, mo->mo_buf, sizeof(mo->mo_buf));
	for (size_t i = 0; i < mo->mo_len; i++)
		if (mo->mo_bounced[i] && mo->mo_filled[i])
			assert_int_equal(*mo->mo_dev[i], mo->mo_slot[i]);
}

/* Where each byte of the loaded map is. */
static void
model_loaded(struct model *mo)
{
	size_t n = 0;

	for (int i = 0; i < mo->mo_map->dm_nsegs; i++) {
		bus_dma_segment_t *ds = &mo->mo_map->dm_segs[i];

		for (bus_size_t o = 0; o < ds->ds_len; o++, n++) {
			bus_addr_t bus = ds->ds_addr + o;

			mo->mo_bus[n] = bus;
			mo->mo_bounced[n] =
			    bus >= RAMBASE && bus < RAMBASE + RAMPAGES * PAGE;
			mo->mo_dev[n] = tp_phys(mo->mo_tp, bus);
			assert_non_null(mo->mo_dev[n]);
			mo->mo_filled[n] = mo->mo_overwrite;
			mo->mo_slot[n] = 0;
			if (mo->mo_overwrite && mo->mo_kernel)
				mo->mo_slot[n] = *mo->mo_dev[n];
			if (!mo->mo_bounced[n])
				assert_ptr_equal(
				    mo->mo_dev[n], mo->mo_host + mo->mo_at[n]);
		}
	}
	assert_int_equal(n, mo->mo_len);
}

static void
model_tags(struct model *mo)
{
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };
	struct bus_dma_limits lim = { 0 };
	struct bus_dma_bounce db = { .db_most = 24 * PAGE };

	if (rnd_one_in(&mo->mo_rnd, 3))
		lim.dl_alignment = 16;
	if (rnd_one_in(&mo->mo_rnd, 3))
		lim.dl_maxsegsz = 1024;
	if (rnd_one_in(&mo->mo_rnd, 3))
		db.db_flags = BUS_DMA_BOUNCE_FORCED;
	assert_int_equal(tp_direct(mo->mo_tp, &w, 1, &mo->mo_root), 0);
	assert_int_equal(
	    bus_dmatag_restrict(mo->mo_root, &lim, &mo->mo_lower, 0), 0);
	assert_int_equal(
	    bus_dmatag_bounce(mo->mo_lower, &db, &mo->mo_tag, 0), 0);
}

/* Pieces of the buffer's pages, in any order. */
static int
load_pieces(struct model *mo, int flags)
{
	struct rnd *r = &mo->mo_rnd;
	bus_dma_segment_t segs[12];
	unsigned n = (unsigned)rnd_in(r, 1, 12);

	mo->mo_len = 0;
	for (unsigned i = 0; i < n; i++) {
		/* Each in its half of a page: they don't overlap. */
		unsigned half = (i * 5) % 12;
		size_t in = rnd_below(r, PAGE / 2 - 1);
		size_t len = rnd_in(r, 1, PAGE / 2 - in);

		in += half % 2 * (PAGE / 2);
		segs[i].ds_addr = mo->mo_pages[half / 2] + in;
		segs[i].ds_len = len;
		for (size_t o = 0; o < len; o++)
			mo->mo_at[mo->mo_len++] = half / 2 * PAGE + in + o;
	}
	return bus_dmamap_load_raw(
	    mo->mo_tag, mo->mo_map, segs, (int)n, mo->mo_len, flags);
}

static int
model_load(struct model *mo, unsigned how)
{
	struct rnd *r = &mo->mo_rnd;
	int flags = BUS_DMA_NOWAIT;
	size_t off;

	mo->mo_overwrite = rnd_one_in(r, 4);
	mo->mo_kernel = how == 0;
	if (mo->mo_overwrite)
		flags |= BUS_DMA_OVERWRITE;
	if (how == 2)
		return load_pieces(mo, flags);
	mo->mo_len = rnd_in(r, 1, REGION * PAGE);
	off = rnd_in(r, 0, REGION * PAGE - mo->mo_len);
	for (size_t i = 0; i < mo->mo_len; i++)
		mo->mo_at[i] = off + i;
	if (how == 0)
		return bus_dmamap_load(mo->mo_tag, mo->mo_map,
		    mo->mo_host + off, mo->mo_len, NULL, flags);
	return bus_dmamap_load(mo->mo_tag, mo->mo_map,
	    (void *)(uintptr_t)(USERVA + off), mo->mo_len, PROC, flags);
}

static void
model_step(struct model *mo)
{
	static const int ops[] = { PREREAD, PREWRITE, PREREAD | PREWRITE,
		POSTREAD, POSTWRITE, POSTREAD | POSTWRITE };
	struct rnd *r = &mo->mo_rnd;
	size_t len = rnd_in(r, 0, rnd_one_in(r, 3) ? mo->mo_len : 100);
	size_t off;
	unsigned op;

	if (len > mo->mo_len)
		len = mo->mo_len;
	off = rnd_in(r, 0, mo->mo_len - len);
	op = (unsigned)rnd_below(r, NELEM(ops) + 2);
	if (op < NELEM(ops)) {
		bus_dmamap_sync(mo->mo_tag, mo->mo_map, off, len, ops[op]);
		model_sync(mo, off, len, ops[op]);
	} else if (op == NELEM(ops)) {
		/* The driver writes; and what is no part of the map. */
		size_t i = rnd_below(r, sizeof(mo->mo_buf));

		mo->mo_buf[i] = mo->mo_host[i] = (char)rnd(r);
		for (i = off; i < off + len; i++)
			mo->mo_buf[mo->mo_at[i]] = mo->mo_host[mo->mo_at[i]] =
			    (char)rnd(r);
	} else {
		/* The device writes where a PRE let it. */
		for (size_t i = off; i < off + len; i++)
			if (mo->mo_bounced[i] && mo->mo_filled[i])
				*mo->mo_dev[i] = mo->mo_slot[i] = (char)rnd(r);
	}
	model_check(mo);
}

static void
model_case(struct model *mo, uint64_t seed, unsigned how, bool forms)
{
	struct rnd *r = &mo->mo_rnd;
	bool now;
	int nsegs;

	memset(mo, 0, sizeof(*mo));
	r->rn_state = seed;
	mo->mo_tp = tp_create(PAGE, RAMBASE, RAMPAGES);
	mo->mo_tp->tp_lockedwindow = true;
	for (unsigned i = 0; i < REGION; i++)
		mo->mo_pages[i] = (rnd_one_in(r, 2) ? NEAR : FAR) +
				  (i + (rnd_one_in(r, 2) ? 0 : 10 * i)) * PAGE;
	if (how == 1)
		/* A process is its space, but for one byte. */
		mo->mo_host = tp_space(
		    mo->mo_tp, (char *)PROC + 1, USERVA, mo->mo_pages, REGION);
	else
		mo->mo_host = tp_buf(mo->mo_tp, mo->mo_pages, REGION);
	for (size_t i = 0; i < sizeof(mo->mo_buf); i++)
		mo->mo_host[i] = mo->mo_buf[i] = (char)rnd(r);
	model_tags(mo);
	nsegs = forms ? 1 : 200;
	now = rnd_one_in(r, 3);
	assert_int_equal(
	    bus_dmamap_create(mo->mo_tag, REGION * PAGE, nsegs, REGION * PAGE,
		0, now ? BUS_DMA_ALLOCNOW : 0, &mo->mo_map),
	    0);
	for (unsigned loads = 0; loads < 3; loads++) {
		int error = model_load(mo, how);

		/* One segment of 1 KiB is not much. */
		if (error == EFBIG && mo->mo_map->dm_maxsegsz == 1024)
			continue;
		assert_int_equal(error, 0);
		model_loaded(mo);
		mo->mo_tp->tp_intr = how != 1;
		for (unsigned i = 0; i < 12; i++)
			model_step(mo);
		bus_dmamap_unload(mo->mo_tag, mo->mo_map);
		mo->mo_tp->tp_intr = false;
	}
	bus_dmamap_destroy(mo->mo_tag, mo->mo_map);
	bus_dmatag_destroy(mo->mo_tag);
	bus_dmatag_destroy(mo->mo_lower);
	bus_dmatag_destroy(mo->mo_root);
	assert_silent(mo->mo_tp);
	assert_int_equal(tp_destroy(mo->mo_tp), 0);
}

static void
syncs_copy_their_bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 240; i++)
		model_case(&model, i, i % 3, i / 3 % 2 != 0);
}

/* ---- windows ---- */

/* One that fails is told of, and what the others reach is copied. */
static void
a_window_that_fails_is_reported(void **state)
{
	const struct bus_dma_window w = { 0, 0, END, BUS_DMA_WINDOW_COHERENT };
	const struct bus_dma_bounce db = { .db_most = 8 * PAGE };
	struct tp *tp = *state;
	const paddr_t pages[2] = { FAR, FAR + PAGE };
	bus_dma_tag_t root = NULL, t = NULL;
	bus_dmamap_t map;
	char *host, *slot;

	tp->tp_lockedwindow = true;
	host = tp_space(tp, (char *)PROC + 1, USERVA, pages, 2);
	memset(host, 0x11, 2 * PAGE);
	assert_int_equal(tp_direct(tp, &w, 1, &root), 0);
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_int_equal(
	    bus_dmamap_load(
		t, map, (void *)(uintptr_t)(USERVA + 8), 2 * PAGE - 8, PROC, 0),
	    0);
	slot = tp_phys(tp, map->dm_segs[0].ds_addr);
	memset(slot, 0, 2 * PAGE - 8);
	for (unsigned i = 0; i < 2; i++) {
		int ops = i == 0 ? PREWRITE : POSTREAD;

		if (i == 1)
			memset(slot, 0x22, 2 * PAGE - 8);
		tp_fail_at(tp, 1);
		bus_dmamap_sync(t, map, 0, 2 * PAGE - 8, ops);
		assert_true(tp->tp_failed);
		assert_int_equal(tp->tp_last.rp_addr, FAR + 8);
		assert_int_equal(tp->tp_last.rp_len, PAGE - 8);
		assert_report(tp, BUSDMA_REPORT_PLATFORM);
		if (i == 0) {
			assert_int_equal(slot[PAGE - 9], 0);
			assert_int_equal(slot[PAGE - 8], 0x11);
		} else {
			assert_int_equal(host[PAGE - 1], 0x11);
			assert_int_equal(host[PAGE], 0x22);
		}
	}
	bus_dmamap_unload(t, map);
	/* While a page is filled. */
	assert_int_equal(bus_dmamap_load(t, map,
			     (void *)(uintptr_t)(USERVA + 8), 100, PROC, 0),
	    0);
	tp_fail_at(tp, 1);
	bus_dmamap_sync(t, map, 10, 10, PREREAD);
	assert_int_equal(tp->tp_last.rp_addr, FAR + 8);
	assert_int_equal(tp->tp_last.rp_len, 100);
	assert_report(tp, BUSDMA_REPORT_PLATFORM);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
}

/*
 * Devices don't see the caches, and the CPU may use the memory past them by an
 * address that the layer does not know: around a copy nothing stays in them.
 */
static void
windows_leave_nothing_in_caches(void **state)
{
	const struct bus_dma_window w = { 0, 0, END, 0 };
	const struct bus_dma_bounce db = { .db_most = 4 * PAGE };
	const paddr_t page = FAR;
	struct tp *tp = *state;
	bus_dma_tag_t root = NULL, t = NULL;
	unsigned told[TP_FINISHED + 1];
	bus_dmamap_t map;

	tp_noncoherent(tp, 64, 0);
	(void)tp_run(tp, page, 1);
	assert_int_equal(tp_direct(tp, &w, 1, &root), 0);
	assert_int_equal(bus_dmatag_bounce(root, &db, &t, 0), 0);
	map = new_map(t, PAGE, 1, PAGE, 0);
	assert_int_equal(load_run1(t, map, FAR + 100, 200), 0);
	for (unsigned i = 0; i < 2; i++) {
		tp->tp_nevents = 0;
		bus_dmamap_sync(t, map, 0, 200, i == 0 ? PREWRITE : POSTREAD);
		memset(told, 0, sizeof(told));
		for (unsigned e = 0; e < tp->tp_nevents; e++) {
			const struct tp_event *te = &tp->tp_event[e];

			if (te->te_what == TP_BARRIERED ||
			    te->te_pa / PAGE != FAR / PAGE)
				continue;
			/* The lines of [100, 300). */
			assert_int_equal(te->te_pa, FAR + 64);
			assert_int_equal(te->te_len, 256);
			told[te->te_what]++;
			/* Before the copy; after it, what it stored. */
			assert_true(
			    te->te_what == TP_WBINV ||
			    (te->te_what == TP_WB && told[TP_WBINV] == 1));
		}
		assert_int_equal(told[TP_WBINV], 1);
		assert_int_equal(told[TP_WB], i);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

/* ---- threads ---- */

#define ROUNDS 3000

static struct {
	bus_dma_tag_t th_tag;
	bus_dmamap_t th_map;
	bus_dma_segment_t th_seg;
	unsigned th_came; /* to a meeting; atomic */
	char *th_slot;    /* what the device sees */
} th;

/* The n-th meeting, from 1. */
static void
th_meet(unsigned n)
{
	__atomic_add_fetch(&th.th_came, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&th.th_came, __ATOMIC_ACQUIRE) < 2 * n)
		sched_yield();
}

/* The bytes of each thread: neighbours, in one slot page. */
static void
th_round(unsigned me, unsigned i, char what)
{
	const size_t off = me * 100;

	th_meet(2 * i + 1);
	bus_dmamap_sync(th.th_tag, th.th_map, off, 100, PREREAD);
	/* From here on it is the device's, whatever the other one does. */
	memset(th.th_slot + off, what, 50);
	th_meet(2 * i + 2);
}

static void *
th_other(void *arg)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		th_round(1, i, (char)(i | 1));
	return arg;
}

static void
two_threads_fill_a_page_once(void **state)
{
	bus_dma_tag_t root = mt_create();
	const bus_dma_segment_t own = { (uintptr_t)mt.mt_ram, 2 * PAGE };
	const struct bus_dma_bounce db = {
		.db_memory = &own,
		.db_nmemory = 1,
		.db_flags = BUS_DMA_BOUNCE_FORCED,
	};
	char *buf = mt.mt_ram + 4 * PAGE, want[200];
	pthread_t other;

	(void)state;
	th.th_seg = (bus_dma_segment_t){ (uintptr_t)buf, 200 };
	assert_int_equal(bus_dmatag_bounce(root, &db, &th.th_tag, 0), 0);
	th.th_map = new_map(th.th_tag, PAGE, 1, PAGE, 0);
	for (unsigned i = 0; i < 200; i++)
		buf[i] = (char)(i * 3);
	assert_int_equal(bus_dmamap_load_raw(th.th_tag, th.th_map, &th.th_seg,
			     1, 200, BUS_DMA_NOWAIT),
	    0);
	assert_int_equal(pthread_create(&other, NULL, th_other, NULL), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		th.th_slot = (char *)(uintptr_t)th.th_map->dm_segs[0].ds_addr;
		assert_true(th.th_slot < mt.mt_ram + 2 * PAGE);
		memset(th.th_slot, 0x7e, 200);
		th_round(0, i, (char)(i | 2));
		memcpy(want, buf, 200);
		memset(want, (char)(i | 2), 50);
		memset(want + 100, (char)(i | 1), 50);
		assert_memory_equal(th.th_slot, want, 200);
		bus_dmamap_unload(th.th_tag, th.th_map);
		assert_int_equal(bus_dmamap_load_raw(th.th_tag, th.th_map,
				     &th.th_seg, 1, 200, BUS_DMA_NOWAIT),
		    0);
	}
	assert_int_equal(pthread_join(other, NULL), 0);
	bus_dmamap_destroy(th.th_tag, th.th_map);
	bus_dmatag_destroy(th.th_tag);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_window_that_fails_is_reported),
		UNIT(windows_leave_nothing_in_caches),
		cmocka_unit_test(syncs_copy_their_bytes),
		cmocka_unit_test(two_threads_fill_a_page_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
