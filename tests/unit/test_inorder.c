/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/direct/noncoherent.c on a CPU whose caches fetch nothing by
 * themselves: what a POSTREAD has to do depends on the syncs before it.
 */
#include <busdma/uio.h>

#include "cacherig.h"

/* A sync of [off, end), and what becomes of the lines; no ops: a new load. */
struct step {
	int ops;
	bus_addr_t off, end;
	const char *want;
};

#define ALL 0, PAGE
#define LOAD                 \
	{                    \
		0, ALL, NULL \
	}
#define EMPTIED                      \
	{                            \
		PREREAD, ALL, "BBBB" \
	}
#define NOTHING                       \
	{                             \
		POSTREAD, ALL, "...." \
	}
#define DONE                          \
	{                             \
		POSTREAD, ALL, "IIII" \
	}

static const struct step steps[] = {
	/* Nothing, once, behind a PREREAD of all. */
	LOAD,
	DONE,
	EMPTIED,
	NOTHING,
	DONE,
	DONE,
	EMPTIED,
	EMPTIED,
	NOTHING,
	{ PRE, ALL, "BBBB" },
	{ POST, ALL, "...." },
	{ POST, ALL, "IIII" },
	/* Of a part first. */
	{ PREREAD, 0, LINE, "B..." },
	DONE,
	{ PREREAD, 0, 2 * LINE, "BB.." },
	{ PREREAD, 2 * LINE, PAGE, "..BB" },
	DONE,
	/* A part between: the CPU may have read what it was given. */
	EMPTIED,
	{ POSTREAD, 0, LINE, "I..." },
	DONE,
	EMPTIED,
	{ POSTREAD, LINE + 1, LINE + 2, ".B.." },
	DONE,
	EMPTIED,
	{ PREREAD, 3 * LINE, PAGE, "...B" },
	DONE,
	EMPTIED,
	{ POST, 1, PAGE, "BIII" },
	{ POST, ALL, "IIII" },
	/* It has stored, and so fetched. */
	EMPTIED,
	{ PREWRITE, ALL, "WWWW" },
	DONE,
	EMPTIED,
	{ PREWRITE, 5, 6, "W..." },
	DONE,
	{ PREWRITE, ALL, "WWWW" },
	DONE,
	/* What gives the CPU nothing. */
	EMPTIED,
	{ POSTWRITE, ALL, "...." },
	{ POSTWRITE, 0, 5, "...." },
	{ POSTREAD, 0, 0, "...." },
	{ POSTREAD, PAGE, PAGE, "...." },
	{ PREWRITE, 0, 0, "...." },
	{ POST, ALL, "...." },
	DONE,
	/* A load knows nothing of the one before. */
	EMPTIED,
	LOAD,
	DONE,
	LOAD,
	EMPTIED,
	NOTHING,
};

static void
run_steps(struct tp *tp, bus_dma_tag_t t, char *buf, paddr_t page)
{
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	for (size_t i = 0; i < NELEM(steps); i++) {
		const struct step *s = &steps[i];

		if (s->ops == 0) {
			if (i != 0)
				bus_dmamap_unload(t, map);
			assert_int_equal(load(t, map, buf, PAGE, 0), 0);
			continue;
		}
		assert_sync(tp, t, map, s->off, s->end - s->off, s->ops, &page,
		    1, s->want);
	}
	bus_dmamap_destroy(t, map);
	assert_silent(tp);
}

static bus_dma_tag_t
ordered(struct tp *tp, bool finish)
{
	bus_dma_tag_t t = NULL;

	tp_noncoherent(tp, LINE, NOSPEC);
	if (finish)
		tp->tp_cache.ca_finish = tp_finish;
	assert_int_equal(tp_direct(tp, &identical, 1, &t), 0);
	return t;
}

/* A tag, one narrowed from it, and below a layer that has its part in syncs. */
static void
the_order_of_syncs(void **state)
{
	const struct bus_dma_limits lim = { .dl_nsegments = 2 };
	struct tp *tp = *state;
	char *buf = tp_run(tp, 0x80000, 1);
	bus_dma_tag_t sub, top;
	struct tl_layer tl;

	for (unsigned finish = 0; finish < 2; finish++) {
		bus_dma_tag_t t = ordered(tp, finish);

		run_steps(tp, t, buf, 0x80000);
		assert_int_equal(bus_dmatag_restrict(t, &lim, &sub, 0), 0);
		run_steps(tp, sub, buf, 0x80000);
		tl_init(&tl, 1, "ls", NULL);
		assert_int_equal(tl_create(tp, &tl, t, &top), 0);
		assert_null(top->dt_alone);
		run_steps(tp, top, buf, 0x80000);
		bus_dmatag_destroy(top);
		bus_dmatag_destroy(sub);
		bus_dmatag_destroy(t);
	}
}

/* A line that others read is fetched by them. */
static void
a_shared_line_is_always_done(void **state)
{
	static const struct {
		unsigned off, len;
		const char *pre, *post;
	} v[] = {
		{ 1, PAGE - 1, "BBBB", "BIII" },
		{ 0, PAGE - 1, "BBBB", "IIIB" },
		{ LINE, 1, ".B..", ".B.." },
		{ LINE, LINE + 1, ".BB.", ".IB." },
	};
	static const paddr_t page[] = { 0x80000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = ordered(tp, true);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);
	char *buf = tp_run(tp, page[0], 1);

	/* Though it be owned, and loaded for no writes of the device's. */
	for (unsigned i = 0; i < 2 * NELEM(v); i++) {
		unsigned k = i / 2, len = v[k].len;

		tp_known(tp, NULL, buf, i % 2 == 0 ? 0 : BUSDMA_MEMORY_OWNED);
		assert_int_equal(load(t, map, buf + v[k].off, len,
				     i % 2 == 0 ? BUS_DMA_WRITE : 0),
		    0);
		assert_sync(tp, t, map, 0, len, PREREAD, page, 1, v[k].pre);
		assert_sync(tp, t, map, 0, len, POSTREAD, page, 1, v[k].post);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Of several runs, all must be whole lines. */
static void
a_load_of_several_runs(void **state)
{
	static const paddr_t pages[] = { 0x10000, 0x30000, 0x20000 };
	static const struct {
		unsigned cut; /* not of the buffer, at the second page's end */
		const char *pre, *post;
	} v[] = {
		{ 0, "BBBBBBBBBBBB", "............" },
		{ LINE, "BBBBBBB.BBBB", "............" },
		{ 1, "BBBBBBBBBBBB", "IIIIIIIBIIII" },
	};
	struct tp *tp = *state;
	bus_dma_tag_t t = ordered(tp, true);
	bus_dmamap_t map = new_map(t, 3 * PAGE, 3, PAGE, 0);
	char *buf = tp_buf(tp, pages, 3);

	for (size_t i = 0; i < NELEM(v); i++) {
		struct iovec iov[] = { { buf, 2 * PAGE - v[i].cut },
			{ buf + 2 * PAGE, PAGE } };
		struct uio uio = { .uio_iov = iov,
			.uio_iovcnt = 2,
			.uio_resid = 3 * PAGE - v[i].cut };

		assert_int_equal(
		    bus_dmamap_load_uio(t, map, &uio, BUS_DMA_WRITE), 0);
		assert_sync(
		    tp, t, map, 0, uio.uio_resid, PREREAD, pages, 3, v[i].pre);
		assert_sync(tp, t, map, 0, uio.uio_resid, POSTREAD, pages, 3,
		    v[i].post);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Ends inside a line are no matter where the device sees the caches. */
static void
coherent_ends_are_no_matter(void **state)
{
	static const struct bus_dma_window w[] = {
		{ 0x80000, 0x80000, PAGE, C },
		{ 0x80000 + PAGE, 0x80000 + PAGE, PAGE, 0 },
	};
	static const paddr_t pages[] = { 0x80000, 0x80000 + PAGE };
	struct tp *tp = *state;
	char *buf = tp_run(tp, pages[0], 2);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp_noncoherent(tp, LINE, NOSPEC);
	tp->tp_cache.ca_finish = tp_finish;
	assert_int_equal(tp_direct(tp, w, 2, &t), 0);
	map = new_map(t, 2 * PAGE, 1, 2 * PAGE, 0);
	assert_int_equal(load(t, map, buf + 5, 2 * PAGE - 5, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_sync(
		    tp, t, map, 0, 2 * PAGE - 5, PREREAD, pages, 2, "....BBBB");
		assert_sync(tp, t, map, 0, 2 * PAGE - 5, POSTREAD, pages, 2,
		    "........");
		assert_sync(tp, t, map, 0, 2 * PAGE - 5, POSTREAD, pages, 2,
		    "....IIII");
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Who reads a process's memory by its own addresses is not known. */
static void
memory_of_a_process_is_always_done(void **state)
{
	static const paddr_t page[] = { 0x80000 };
	struct proc *const proc = (struct proc *)(uintptr_t)0x5000;
	const uintptr_t uva = 0x40000000;
	struct tp *tp = *state;
	bus_dma_tag_t t = ordered(tp, true);
	bus_dmamap_t map = new_map(t, PAGE, 1, PAGE, 0);

	(void)tp_space(tp, (char *)proc + 1, uva, page, 1);
	assert_int_equal(
	    bus_dmamap_load(t, map, (void *)uva, PAGE, proc, 0), 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_sync(tp, t, map, 0, PAGE, PREREAD, page, 1, "BBBB");
		assert_sync(tp, t, map, 0, PAGE, POSTREAD, page, 1, "IIII");
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_order_of_syncs),
		UNIT(a_shared_line_is_always_done),
		UNIT(a_load_of_several_runs),
		UNIT(coherent_ends_are_no_matter),
		UNIT(memory_of_a_process_is_always_done),
	};

	return cmocka_run_group_tests_name("inorder", tests, NULL, NULL);
}
