/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/x86/cache.c: which instructions a CPU is given, by what it says of
 * itself; and on the CPU of the tests, each of those that it has, through tags
 * with windows that are not coherent.  What a device would see can't be seen
 * here; that no byte is lost can.  tests/lint/fences.py has the order.
 */
#include "cpuid.h"
#include "unit.h"

#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE

static const struct x86_cpuid plain = { .ci_ebx = 64 / 8 << 8,
	.ci_edx = CPUID_EDX_CLFSH | CPUID_EDX_SSE2 };
static const uint32_t better[] = { 0, CPUID_EBX_CLFLUSHOPT,
	CPUID_EBX_CLFLUSHOPT | CPUID_EBX_CLWB, CPUID_EBX_CLWB };

static void
a_cpu_is_refused(void **state)
{
	static const struct x86_cpuid bad[] = {
		{ .ci_ebx = 0 },
		{ .ci_ebx = 64 / 8 << 8, .ci_edx = CPUID_EDX_SSE2 },
		{ .ci_ebx = 64 / 8 << 8, .ci_edx = CPUID_EDX_CLFSH },
		{ .ci_ebx = 0xff0000ff,
		    .ci_edx = CPUID_EDX_CLFSH | CPUID_EDX_SSE2 },
		{ .ci_ebx = 96 / 8 << 8,
		    .ci_edx = CPUID_EDX_CLFSH | CPUID_EDX_SSE2 },
	};
	const struct x86_cpuid all = { .ci_ebx = ~0u };
	struct busdma_x86_cpu xc, was;

	(void)state;
	memset(&xc, 0x5a, sizeof(xc));
	was = xc;
	for (unsigned i = 0; i < NELEM(bad); i++) {
		assert_int_equal(
		    busdma_x86_cpu_choose(&bad[i], &all, &xc), EINVAL);
		assert_memory_equal(&xc, &was, sizeof(xc));
	}
	assert_int_equal(busdma_x86_cpu(NULL), EINVAL);
}

static void
the_table_is_complete(void **state)
{
	static const uint32_t lines[] = { 8, 32, 64, 128, 1024 };
	struct x86_cpuid leaf1 = plain, leaf7 = { 0 };
	struct busdma_x86_cpu xc;

	(void)state;
	for (unsigned i = 0; i < NELEM(lines); i++) {
		leaf1.ci_ebx = 0xffff00ff | lines[i] / 8 << 8;
		assert_int_equal(busdma_x86_cpu_choose(&leaf1, &leaf7, &xc), 0);
		assert_int_equal(xc.xc_cache.ca_line, lines[i]);
		assert_int_equal(xc.xc_cache.ca_size, sizeof(xc.xc_cache));
		assert_int_equal(xc.xc_cache.ca_flags, 0);
		assert_ptr_equal(xc.xc_cache.ca_code, &busdma_noncoherent);
		assert_null(xc.xc_cache.ca_finish);
		assert_int_equal(xc.xc_ops.cpu_size, sizeof(xc.xc_ops));
		assert_non_null(xc.xc_ops.cpu_barrier);
		assert_non_null(xc.xc_ops.cpu_barrier_wc);
		assert_ptr_equal(xc.xc_ops.cpu_cache, &xc.xc_cache);
	}
}

/* CLWB only to write back; CLWB without CLFLUSHOPT is a CPU that is wrong. */
static void
the_best_is_chosen(void **state)
{
	struct busdma_x86_cpu xc[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct x86_cpuid leaf7 = { .ci_ebx = better[i] };

		assert_int_equal(
		    busdma_x86_cpu_choose(&plain, &leaf7, &xc[i]), 0);
		assert_true(xc[i].xc_cache.ca_inv == xc[i].xc_cache.ca_wbinv);
	}
	assert_true(xc[0].xc_cache.ca_wb == xc[0].xc_cache.ca_inv);
	assert_true(xc[1].xc_cache.ca_inv != xc[0].xc_cache.ca_inv);
	assert_true(xc[1].xc_cache.ca_wb != xc[0].xc_cache.ca_wb);
	assert_true(xc[1].xc_cache.ca_wb != xc[1].xc_cache.ca_inv);
	assert_true(xc[2].xc_cache.ca_inv == xc[1].xc_cache.ca_inv);
	assert_true(xc[2].xc_cache.ca_wb != xc[1].xc_cache.ca_wb);
	assert_true(xc[3].xc_cache.ca_wb == xc[0].xc_cache.ca_wb);
}

/* The table of this CPU without some of what it has; false: it has not these */
static bool
own_cpu(uint32_t features, struct busdma_x86_cpu *xc)
{
	struct x86_cpuid leaf1 = x86_cpuid(1, 0), leaf7 = { 0 };

	if (x86_cpuid(0, 0).ci_eax >= 7)
		leaf7 = x86_cpuid(7, 0);
	if ((leaf7.ci_ebx & features) != features)
		return false;
	leaf7.ci_ebx = features;
	return busdma_x86_cpu_choose(&leaf1, &leaf7, xc) == 0;
}

static void
this_cpu_has_one(void **state)
{
	struct busdma_x86_cpu xc, best = { .xc_ops = { 0 } };

	(void)state;
	if (!own_cpu(0, &best)) {
		assert_int_equal(busdma_x86_cpu(&xc), EINVAL);
		skip();
	}
	for (unsigned i = 0; i < 3; i++)
		(void)own_cpu(better[i], &best);
	assert_int_equal(busdma_x86_cpu(&xc), 0);
	assert_int_equal(xc.xc_cache.ca_line, best.xc_cache.ca_line);
	assert_true(xc.xc_cache.ca_wb == best.xc_cache.ca_wb);
	assert_true(xc.xc_cache.ca_inv == best.xc_cache.ca_inv);
}

/* Every barrier returns, and calls no hook. */
static void
barriers_return(void **state)
{
	static struct busdma_x86_cpu xc;
	struct tp *tp = *state;

	if (busdma_x86_cpu(&xc) != 0)
		skip();
	tp->tp_pl.pl_cpu = &xc.xc_ops;
	for (int ops = 1; ops < 16; ops++) {
		xc.xc_ops.cpu_barrier(&tp->tp_pl, ops);
		xc.xc_ops.cpu_barrier_wc(&tp->tp_pl, ops);
	}
	for (unsigned i = 0; i < TP_NHOOKS; i++)
		assert_int_equal(tp->tp_calls[i], 0);
}

/* The operations on [off, off + len) of a page leave what is in it. */
static void
no_byte_is_lost(struct tp *tp, const struct busdma_cache_ops *ca)
{
	void (*const op[])(const struct busdma_platform *, uintptr_t, paddr_t,
	    size_t) = { ca->ca_wb, ca->ca_inv, ca->ca_wbinv };
	unsigned char *buf = tp_run(tp, 0x800000, 2), is[2 * PAGE];

	for (unsigned i = 0; i < 3 * 4; i++) {
		const size_t off = i % 4 * ca->ca_line;
		const size_t len = i % 4 == 3 ? PAGE : (i + 1) * ca->ca_line;

		for (size_t k = 0; k < sizeof(is); k++)
			is[k] = (unsigned char)(k * 7 + i);
		memcpy(buf, is, sizeof(is));
		op[i / 4](
		    &tp->tp_pl, (uintptr_t)buf + off, 0x800000 + off, len);
		assert_memory_equal(buf, is, sizeof(is));
	}
}

/* Syncs of whole loads and of parts, the lines of which are others' too. */
static void
through_a_tag(struct tp *tp)
{
	const struct bus_dma_window w = { 0, 0, 0, 0 };
	unsigned char *buf = tp_run(tp, 0x900000, 2), is[2 * PAGE];
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map;

	assert_int_equal(bus_dmatag_direct(&tp->tp_pl, NULL, &w, 1, &t, 0), 0);
	assert_int_equal(t->dt_line, tp->tp_pl.pl_cpu->cpu_cache->ca_line);
	map = new_map(t, PAGE, 2, PAGE, 0);
	for (unsigned i = 0; i < 16; i++) {
		const size_t off = i * 37, len = PAGE - 29 * i;

		for (size_t k = 0; k < sizeof(is); k++)
			is[k] = (unsigned char)(k * 5 + i);
		memcpy(buf, is, sizeof(is));
		assert_int_equal(bus_dmamap_load(t, map, buf + off, len, NULL,
				     BUS_DMA_NOWAIT | BUS_DMA_OWNLINES),
		    0);
		bus_dmamap_sync(t, map, 0, len, PREREAD | PREWRITE);
		/* The device: on this machine it sees the caches. */
		memset(buf + off, 0xee, len);
		memset(is + off, 0xee, len);
		bus_dmamap_sync(t, map, 0, len, POSTREAD | POSTWRITE);
		assert_memory_equal(buf, is, sizeof(is));
		bus_dmamap_sync(t, map, 5, 100, PREWRITE);
		bus_dmamap_sync(t, map, 5, 100, POSTWRITE);
		bus_dmamap_sync(t, map, 70, 1, PREREAD);
		buf[off + 70] = is[off + 70] = 0x11;
		bus_dmamap_sync(t, map, 70, 1, POSTREAD);
		assert_memory_equal(buf, is, sizeof(is));
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

static void
each_that_there_is(void **state)
{
	static struct busdma_x86_cpu xc;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tp *tp = tp_create(PAGE, RAMBASE, RAMPAGES);

		if (own_cpu(better[i], &xc)) {
			tp->tp_pl.pl_cpu = &xc.xc_ops;
			no_byte_is_lost(tp, &xc.xc_cache);
			through_a_tag(tp);
			n++;
		}
		assert_int_equal(tp_destroy(tp), 0);
	}
	if (n == 0)
		skip();
}

/* Without it there are no such windows. */
static void
the_native_table_has_no_caches(void **state)
{
	const struct bus_dma_window w = { 0, 0, 0, 0 };
	struct tp *tp = *state;
	bus_dma_tag_t t = NULL;

	tp->tp_pl.pl_cpu = NULL;
	assert_int_equal(
	    bus_dmatag_direct(&tp->tp_pl, NULL, &w, 1, &t, 0), EINVAL);
	assert_null(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_is_refused),
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(the_best_is_chosen),
		cmocka_unit_test(this_cpu_has_one),
		UNIT(barriers_return),
		cmocka_unit_test(each_that_there_is),
		UNIT(the_native_table_has_no_caches),
	};

	return cmocka_run_group_tests_name("x86cpu", tests, NULL, NULL);
}
