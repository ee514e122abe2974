/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/x86/isa_dmamem.c: memory for the channels; and of all of isa_dma(9):
 * every hook that can fail fails at its n-th call, and nothing is changed.
 */
#include <limits.h>

#include "isarig.h"

#define K64 0x10000u
#define K128 0x20000u
#define PROT 3
#define NONE ((paddr_t)-1)

/* Only these pages of RAM are free. */
static void
leave_pages(struct tp *tp, unsigned first, unsigned n)
{
	memset(tp->tp_used, 1, ISA_RAMPAGES);
	memset(tp->tp_used + first, 0, n);
}

/* One run, mapped, of the channel's boundary; it is used as it is. */
static void
memory_is_one_run(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	unsigned char data[64];
	struct i8237_device dv;
	bus_addr_t addr;
	void *kva;

	for (size_t i = 0; i < NELEM(isa_chans); i++) {
		const int chan = isa_chans[i];
		const bus_size_t most = isa_dmamaxsize(ic, chan);

		assert_int_equal(isa_dmamem_alloc(ic, chan, most, &addr, 0), 0);
		assert_int_equal(addr & (most - 1), 0);
		assert_int_equal(
		    isa_dmamem_map(ic, chan, addr, most, &kva, 0), 0);
		assert_int_equal(isa_dmamap_create(ic, chan, most, 0), 0);
		assert_int_equal(isa_drq_alloc(ic, chan), 0);
		isa_fill(data, 64, 1);
		isa_device(ir, chan, &dv, data, 64, true);
		assert_int_equal(isa_start(ir, chan, (char *)kva + most - 64,
				     64, DMAMODE_READ),
		    0);
		assert_int_equal(
		    i8237_run(&ir->ir_i8, chan, 64), chan < 4 ? 64 : 32);
		assert_memory_equal((char *)kva + most - 64, data, 64);
		isa_dmadone(ic, chan);
		isa_leave(ir, chan);
		isa_dmamem_unmap(ic, chan, kva, (size_t)most);
		isa_dmamem_free(ic, chan, addr, most);
		assert_silent(ir->ir_tp);
	}
}

/* Pages 10 to 21 of RAM are free, and 64 KiB are full before page 16. */
static void
memory_keeps_the_boundary(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	bus_addr_t addr = 77, word;

	leave_pages(ir->ir_tp, 10, 12);
	assert_int_equal(isa_dmamem_alloc(ic, 1, 7 * PAGE, &addr, 0), ENOMEM);
	assert_int_equal(
	    isa_dmamem_alloc(ic, 1, 6 * PAGE + 1, &addr, 0), ENOMEM);
	assert_int_equal(addr, 77);
	assert_int_equal(isa_dmamem_alloc(ic, 6, 7 * PAGE, &word, 0), 0);
	isa_dmamem_free(ic, 6, word, 7 * PAGE);
	assert_int_equal(isa_dmamem_alloc(ic, 1, 6 * PAGE, &addr, 0), 0);
	assert_int_equal(isa_dmamem_alloc(ic, 1, 5 * PAGE + 1, &word, 0), 0);
	assert_int_equal(addr / K64, (addr + 6 * PAGE - 1) / K64);
	assert_int_equal(word / K64, (word + 6 * PAGE - 1) / K64);
	isa_dmamem_free(ic, 1, addr, 6 * PAGE);
	/* By the size that it was asked for. */
	isa_dmamem_free(ic, 1, word, 5 * PAGE + 1);
	assert_silent(ir->ir_tp);
	assert_int_equal(ir->ir_tp->tp_pages, 0);
}

static void
memory_that_is_refused(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	struct tp *tp = ir->ir_tp;
	bus_addr_t addr = 77;
	void *kva = tp;

	for (int chan = 3; chan < 6; chan += 2) {
		const bus_size_t most = isa_dmamaxsize(ic, chan);
		const bus_size_t bad[] = { 0, most + 1, UINT64_MAX,
			UINT64_MAX - PAGE + 2 };

		for (size_t i = 0; i < NELEM(bad); i++) {
			assert_int_equal(
			    isa_dmamem_alloc(ic, chan, bad[i], &addr, 0),
			    EINVAL);
			assert_int_equal(
			    isa_dmamem_map(ic, chan, ISA_RAM, bad[i], &kva, 0),
			    EINVAL);
			assert_true(isa_dmamem_mmap(ic, chan, ISA_RAM, bad[i],
					0, PROT, 0) == NONE);
			assert_silent(tp);
			isa_dmamem_free(ic, chan, ISA_RAM, bad[i]);
			assert_report(tp, BUSDMA_REPORT_MEMFREE);
		}
		assert_int_equal(
		    isa_dmamem_alloc(ic, chan, PAGE, NULL, 0), EINVAL);
	}
	assert_int_equal(addr, 77);
	assert_ptr_equal(kva, tp);
	isa_dmamem_free(ic, 1, ISA_RAM, PAGE);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
}

static void
memory_of_no_channel(void **state)
{
	static const int none[] = { -1, 4, 8, INT_MIN, INT_MAX };
	struct isarig *ir = *state;
	struct tp *tp = ir->ir_tp;
	bus_addr_t addr = 77;
	void *kva = tp;

	for (size_t i = 0; i < 2 * NELEM(none); i++) {
		isa_chipset_tag_t ic = i < NELEM(none) ? ir->ir_ic : NULL;
		const int chan = none[i % NELEM(none)];

		assert_int_equal(
		    isa_dmamem_alloc(ic, chan, PAGE, &addr, 0), EINVAL);
		assert_int_equal(
		    isa_dmamem_map(ic, chan, ISA_RAM, PAGE, &kva, 0), EINVAL);
		assert_true(isa_dmamem_mmap(
				ic, chan, ISA_RAM, PAGE, 0, PROT, 0) == NONE);
		assert_null(isa_malloc(ic, chan, PAGE, NULL, 0));
		assert_silent(tp);
		isa_dmamem_free(ic, chan, ISA_RAM, PAGE);
		if (ic != NULL)
			assert_report(tp, BUSDMA_REPORT_CHANNEL);
		isa_dmamem_unmap(ic, chan, tp, PAGE);
		if (ic != NULL)
			assert_report(tp, BUSDMA_REPORT_CHANNEL);
	}
	isa_free(NULL, tp, NULL);
	assert_true(isa_mappage(NULL, tp, 0, PROT) == NONE);
	assert_silent(tp);
}

static void
pages_for_a_pager(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	bus_addr_t addr;
	char *p;

	assert_int_equal(isa_dmamem_alloc(ic, 1, 3 * PAGE - 5, &addr, 0), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_true(isa_dmamem_mmap(ic, 1, addr, 3 * PAGE - 5,
				(int64_t)i * PAGE, PROT, 0) ==
			    ir->ir_tp->tp_pl.pl_mmap(
				&ir->ir_tp->tp_pl, addr + i * PAGE, PROT, 0));
	assert_true(isa_dmamem_mmap(
			ic, 1, addr, 3 * PAGE - 5, 3 * PAGE, PROT, 0) == NONE);
	assert_true(isa_dmamem_mmap(ic, 1, addr, 3 * PAGE - 5, -(int64_t)PAGE,
			PROT, 0) == NONE);
	isa_dmamem_free(ic, 1, addr, 3 * PAGE - 5);

	p = isa_malloc(ic, 1, PAGE + 1, NULL, 0);
	assert_non_null(p);
	assert_true(isa_mappage(ic, p, 0, PROT) != NONE);
	assert_true(
	    isa_mappage(ic, p, PAGE, PROT) == isa_mappage(ic, p, 0, PROT) + 1);
	assert_true(isa_mappage(ic, p, 2 * PAGE, PROT) == NONE);
	assert_true(isa_mappage(ic, p, -(int64_t)PAGE, PROT) == NONE);
	assert_true(isa_mappage(ic, p + 1, 0, PROT) == NONE);
	assert_true(isa_mappage(ic, NULL, 0, PROT) == NONE);
	isa_free(ic, p, NULL);
	assert_true(isa_mappage(ic, p, 0, PROT) == NONE);
	assert_silent(ir->ir_tp);
}

/* Given back in any order, once each. */
static void
malloc_and_free(void **state)
{
	static const unsigned order[] = { 2, 0, 3, 1 };
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	struct tp *tp = ir->ir_tp;
	unsigned held = tp->tp_allocs;
	unsigned char *p[4];
	struct busdma_frag f;

	assert_null(isa_malloc(ic, 1, 0, NULL, 0));
	assert_null(isa_malloc(ic, 1, K64 + 1, NULL, 0));
	assert_null(isa_malloc(ic, 5, K128 + 1, NULL, 0));
	assert_null(isa_malloc(ic, 1, SIZE_MAX, NULL, 0));
	for (int i = 0; i < 4; i++) {
		p[i] = isa_malloc(ic, i, PAGE - 1, NULL, BUS_DMA_NOWAIT);
		assert_non_null(p[i]);
		memset(p[i], i, PAGE - 1);
		assert_int_equal(tp->tp_pl.pl_extract(&tp->tp_pl, NULL,
				     (uintptr_t)p[i], PAGE, &f, 1),
		    1);
		assert_true(f.bf_addr < 0x1000000);
	}
	isa_free(ic, p[0] + 1, NULL);
	assert_int_equal(tp->tp_last.rp_addr, (uintptr_t)p[0] + 1);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	isa_free(ic, NULL, NULL);
	assert_report(tp, BUSDMA_REPORT_MEMFREE);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(p[order[i]][PAGE - 2], order[i]);
		isa_free(ic, p[order[i]], NULL);
		assert_silent(tp);
		isa_free(ic, p[order[i]], NULL);
		assert_report(tp, BUSDMA_REPORT_MEMFREE);
	}
	assert_int_equal(tp->tp_allocs, held);
	assert_int_equal(tp->tp_pages, 0);
	assert_int_equal(tp->tp_kmaps, 0);
}

/* Memory that a channel is at work on is not freed, whatever part of it. */
static void
free_of_what_is_in_a_transfer(void **state)
{
	static const struct {
		unsigned off, len;
	} part[] = { { 0, 1 }, { 0, 2 * PAGE }, { 2 * PAGE - 1, 1 },
		{ PAGE, 16 } };
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	char *p, *other, *buf = tp_run(ir->ir_tp, ISA_LOW, 2);

	isa_take(ir, 2, 2 * PAGE);
	isa_take(ir, 3, 2 * PAGE);
	for (size_t i = 0; i < NELEM(part); i++) {
		p = isa_malloc(ic, 2, 2 * PAGE, NULL, 0);
		other = isa_malloc(ic, 2, 2 * PAGE, NULL, 0);
		assert_int_equal(isa_start(ir, 3, buf, 2 * PAGE, 0), 0);
		assert_int_equal(
		    isa_start(ir, 2, p + part[i].off, part[i].len, 0), 0);
		isa_free(ic, p, NULL);
		assert_int_equal(ir->ir_tp->tp_last.rp_addr, (uintptr_t)p);
		assert_report(ir->ir_tp, BUSDMA_REPORT_MEMLOADED);
		isa_free(ic, other, NULL);
		assert_silent(ir->ir_tp);
		isa_dmaabort(ic, 2);
		isa_free(ic, p, NULL);
		isa_dmaabort(ic, 3);
		assert_silent(ir->ir_tp);
	}
	isa_leave(ir, 2);
	isa_leave(ir, 3);
}

/* Another block may be in one, before it or behind. */
static void
free_beside_a_transfer(void **state)
{
	struct isarig *ir = *state;
	char *p[2];

	isa_take(ir, 6, PAGE);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned j = 0; j < 2; j++)
			p[j] = isa_malloc(ir->ir_ic, 6, PAGE, NULL, 0);
		/* The lower one is in it first, then the higher one. */
		if ((p[0] > p[1]) == (i == 0)) {
			char *swap = p[0];

			p[0] = p[1];
			p[1] = swap;
		}
		assert_int_equal(isa_start(ir, 6, p[0], PAGE, 0), 0);
		isa_free(ir->ir_ic, p[1], NULL);
		assert_silent(ir->ir_tp);
		isa_dmaabort(ir->ir_ic, 6);
		isa_free(ir->ir_ic, p[0], NULL);
		assert_silent(ir->ir_tp);
	}
	isa_leave(ir, 6);
}

/* ---- every hook's n-th failure ---- */

#define SENTINEL ((void *)(uintptr_t)0x5e47)

struct scene {
	struct isarig *sc_ir;
	char *sc_far; /* three pages, none next to another */
	isa_chipset_tag_t sc_ic;
	bus_addr_t sc_addr;
	void *sc_kva;
};

static int
run_init(struct scene *sc)
{
	return isa_dmainit(sc->sc_ir->ir_top, &sc->sc_ic, 0);
}

static void
undo_init(struct scene *sc)
{
	assert_int_equal(isa_dmadestroy(sc->sc_ic), 0);
	sc->sc_ic = SENTINEL;
}

static int
run_map(struct scene *sc)
{
	return isa_dmamap_create(sc->sc_ir->ir_ic, 5, K64, BUS_DMA_ALLOCNOW);
}

static void
undo_map(struct scene *sc)
{
	isa_dmamap_destroy(sc->sc_ir->ir_ic, 5);
}

static int
run_start(struct scene *sc)
{
	return isa_start(sc->sc_ir, 2, sc->sc_far + 5, 2 * PAGE, DMAMODE_READ);
}

static void
undo_start(struct scene *sc)
{
	isa_dmaabort(sc->sc_ir->ir_ic, 2);
}

static int
run_alloc(struct scene *sc)
{
	return isa_dmamem_alloc(sc->sc_ir->ir_ic, 2, 2 * PAGE, &sc->sc_addr, 0);
}

static void
undo_alloc(struct scene *sc)
{
	isa_dmamem_free(sc->sc_ir->ir_ic, 2, sc->sc_addr, 2 * PAGE);
	sc->sc_addr = 77;
}

static int
run_malloc(struct scene *sc)
{
	void *p = isa_malloc(sc->sc_ir->ir_ic, 2, 2 * PAGE, NULL, 0);

	if (p == NULL)
		return ENOMEM;
	sc->sc_kva = p;
	return 0;
}

static void
undo_malloc(struct scene *sc)
{
	isa_free(sc->sc_ir->ir_ic, sc->sc_kva, NULL);
	sc->sc_kva = SENTINEL;
}

static const struct call {
	int (*ca_run)(struct scene *);
	void (*ca_undo)(struct scene *);
	unsigned ca_least; /* hooks that can fail in it, at least */
	int ca_errors[2];
} calls[] = {
	/* The state, and the three tags of the stack that is narrowed. */
	{ run_init, undo_init, 3, { ENOMEM } },
	/* The map, and its slots. */
	{ run_map, undo_map, 3, { ENOMEM } },
	{ run_start, undo_start, 1, { EFAULT } },
	{ run_alloc, undo_alloc, 1, { ENOMEM } },
	/* The record, the pages, the mapping. */
	{ run_malloc, undo_malloc, 3, { ENOMEM } },
};

static void
assert_held(const struct tp *a, const struct tp *b)
{
	assert_int_equal(a->tp_allocs, b->tp_allocs);
	assert_int_equal(a->tp_bytes, b->tp_bytes);
	assert_int_equal(a->tp_pages, b->tp_pages);
	assert_int_equal(a->tp_windows, b->tp_windows);
	assert_int_equal(a->tp_kmaps, b->tp_kmaps);
	assert_int_equal(a->tp_locks, 0);
	assert_int_equal(a->tp_wrong, 0);
}

/* True: the n-th call was never made, and so the call succeeded. */
static bool
fail_nth(const struct call *ca, unsigned n, bool failon)
{
	const paddr_t pages[3] = { ISA_FAR, ISA_FAR + 2 * PAGE,
		ISA_FAR + 4 * PAGE };
	struct scene sc = {
		.sc_ic = SENTINEL, .sc_addr = 77, .sc_kva = SENTINEL
	};
	struct isarig *ir = isa_create(200);
	struct tp *tp = ir->ir_tp, before;
	struct i8237 chips;
	bool came;
	int error;

	sc.sc_ir = ir;
	sc.sc_far = tp_buf(tp, pages, 3);
	isa_take(ir, 2, 2 * PAGE);
	before = *tp;
	chips = ir->ir_i8;
	tp->tp_failon = failon;
	tp_fail_at(tp, n);
	error = ca->ca_run(&sc);
	came = tp->tp_failed;
	tp_fail_at(tp, 0);
	if (!came)
		assert_int_equal(error, 0);
	if (came && failon)
		assert_int_not_equal(error, 0);
	if (error != 0) {
		assert_true(
		    error == ca->ca_errors[0] || error == ca->ca_errors[1]);
		assert_ptr_equal(sc.sc_ic, SENTINEL);
		assert_ptr_equal(sc.sc_kva, SENTINEL);
		assert_int_equal(sc.sc_addr, 77);
		assert_held(tp, &before);
		assert_silent(tp);
		assert_memory_equal(&ir->ir_i8, &chips, sizeof(chips));
		assert_int_equal(ca->ca_run(&sc), 0);
	}
	ca->ca_undo(&sc);
	isa_leave(ir, 2);
	assert_silent(tp);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), 0);
	assert_int_equal(isa_scrap(ir), 0);
	return !came;
}

static void
every_hook_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(calls); i++)
		for (unsigned failon = 0; failon < 2; failon++) {
			unsigned n = 1;

			while (!fail_nth(&calls[i], n, failon))
				assert_true(++n < 100);
			assert_true(n > calls[i].ca_least);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ISA_DIRECT(memory_is_one_run),
		ISA(memory_keeps_the_boundary),
		ISA(memory_that_is_refused),
		ISA(memory_of_no_channel),
		ISA(pages_for_a_pager),
		ISA(malloc_and_free),
		ISA(free_of_what_is_in_a_transfer),
		ISA(free_beside_a_transfer),
		cmocka_unit_test(every_hook_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
