/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/report.c: callers' errors on their way to the platform. */
#include "unit.h"

static const enum busdma_report_code codes[] = { BUSDMA_REPORT_FOREIGN,
	BUSDMA_REPORT_RELOAD, BUSDMA_REPORT_MAXSEGSZ, BUSDMA_REPORT_NOTLOADED,
	BUSDMA_REPORT_SYNCRANGE, BUSDMA_REPORT_SYNCOPS, BUSDMA_REPORT_SYNCMIX,
	BUSDMA_REPORT_TAGBUSY, BUSDMA_REPORT_TAGDEAD, BUSDMA_REPORT_MEMFREE,
	BUSDMA_REPORT_MEMLOADED, BUSDMA_REPORT_MEMUNMAP, BUSDMA_REPORT_PLATFORM,
	BUSDMA_REPORT_DEVICE, BUSDMA_REPORT_MEMTAG, BUSDMA_REPORT_POOLBUSY,
	BUSDMA_REPORT_POOLFREE, BUSDMA_REPORT_SHAREDLINE, BUSDMA_REPORT_NEXT,
	BUSDMA_REPORT_CHANNEL, BUSDMA_REPORT_UNFINISHED, BUSDMA_REPORT_THAW };

static void
every_code_has_a_line_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(codes); i++) {
		const char *s = busdma_report_text(codes[i]);

		assert_non_null(s);
		assert_true(strlen(s) > 10);
		assert_null(strchr(s, '\n'));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
			    s, busdma_report_text(codes[j]));
		assert_string_not_equal(
		    s, busdma_report_text((enum busdma_report_code)0));
	}
}

static void
an_unknown_code_has_a_line_too(void **state)
{
	(void)state;
	assert_non_null(busdma_report_text((enum busdma_report_code)0));
	assert_non_null(busdma_report_text((enum busdma_report_code)9999));
}

static void
all_members_arrive(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 16, 1, 16, 0);

	busdma_report(
	    t, map, BUSDMA_REPORT_DEVICE, "func", 0x123456789a, UINT64_MAX);
	assert_int_equal(tp->tp_last.rp_code, BUSDMA_REPORT_DEVICE);
	assert_string_equal(tp->tp_last.rp_func, "func");
	assert_ptr_equal(tp->tp_last.rp_tag, t);
	assert_ptr_equal(tp->tp_last.rp_map, map);
	assert_int_equal(tp->tp_last.rp_addr, 0x123456789a);
	assert_true(tp->tp_last.rp_len == UINT64_MAX);
	assert_report(tp, BUSDMA_REPORT_DEVICE);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
without_a_hook_it_is_silent(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_report = NULL;
	t = identity(tp);
	map = new_map(t, 16, 1, 16, 0);
	busdma_report(t, map, BUSDMA_REPORT_DEVICE, "func", 0, 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(every_code_has_a_line_of_its_own),
		UNIT(an_unknown_code_has_a_line_too),
		UNIT(all_members_arrive),
		UNIT(without_a_hook_it_is_silent),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
