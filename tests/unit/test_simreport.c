/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simreport.c: what a report says, and the line that it becomes.
 */
#include <stdio.h>

#include "simrig.h"

/* The line up to the seed. */
static void
assert_line(const struct su *su, const char *want)
{
	char line[300];

	snprintf(line, sizeof(line), "%s%s; seed 0x5eed", want,
	    su->su_last.sr_requester != 0 ? "; wrong on every machine" : "");
	assert_string_equal(su->su_line, line);
}

static void
the_nearest_map_is_named(void **state)
{
	static const struct {
		bus_addr_t addr;
		bus_size_t offset, distance;
		bool data, before;
	} cases[] = {
		{ MIDBASE - 16, 0, 16, false, true },
		{ MIDBASE - 1, 0, 1, false, true },
		{ MIDBASE + PAGE, PAGE - 1, 1, false, false },
		{ MIDBASE + PAGE + 99, PAGE - 1, 100, false, false },
		{ MIDBASE + 4 * PAGE - 3, PAGE, 3, false, true },
		{ MIDBASE + 5 * PAGE + 15, 2 * PAGE - 1, 16, false, false },
		{ MIDBASE + 8 * PAGE - 1, 0, 1, true, true },
		{ MIDBASE + 8 * PAGE + 256, 255, 1, true, false },
		{ 0, 0, MIDBASE, false, true },
		{ ~(bus_addr_t)0, 255,
		    ~(bus_addr_t)0 - (MIDBASE + 8 * PAGE + 255), true, false },
	};
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	const struct busdma_sim_report *sr = &su->su_last;
	unsigned i;

	for (i = 0; i < NELEM(cases); i++) {
		refused(rg, cases[i].addr, 1);
		assert_ptr_equal(
		    sr->sr_map, cases[i].data ? rg->rg_data : rg->rg_ring);
		assert_int_equal(sr->sr_offset, cases[i].offset);
		assert_int_equal(sr->sr_distance, cases[i].distance);
		assert_int_equal(sr->sr_before, cases[i].before);
		if (cases[i].data)
			assert_null(sr->sr_label);
		else
			assert_string_equal(sr->sr_label, "rx ring");
		assert_string_equal(sr->sr_device, "idle");
		assert_string_equal(sr->sr_bus, "bus");
		assert_int_equal(sr->sr_requester, REQ);
		assert_report(su, BUSDMA_SIM_UNMAPPED);
	}
	/* Inside, and for the other direction. */
	refused(rg, MIDBASE + 4 * PAGE + 8, 4);
	assert_ptr_equal(sr->sr_map, rg->rg_ring);
	assert_int_equal(sr->sr_offset, PAGE + 8);
	assert_int_equal(sr->sr_distance, 0);
	assert_report(su, BUSDMA_SIM_DIRECTION);
	rig_down(rg);
}

static void
without_a_map_there_is_none(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);

	bus_dmamap_unload(rg->rg_tag, rg->rg_data);
	refused(rg, MIDBASE + 8 * PAGE, 1);
	assert_ptr_equal(su->su_last.sr_map, rg->rg_ring);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
	refused(rg, MIDBASE, 1);
	assert_null(su->su_last.sr_map);
	assert_null(su->su_last.sr_label);
	assert_int_equal(su->su_last.sr_distance, 0);
	assert_line(su,
	    "unmapped: device access to what is not mapped for it: "
	    "requester 5 (idle) on bus reads 0x1 bytes at 0x800000");
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	rig_down(rg);
}

static void
a_line_says_it_all(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	char line[200];

	refused(rg, MIDBASE + 5 * PAGE + 15, 64);
	assert_line(su,
	    "unmapped: device access to what is not mapped for it: "
	    "requester 5 (idle) on bus reads 0x40 bytes at 0x80500f, "
	    "16 bytes past the end of map \"rx ring\"");
	su->su_nreports = 0;
	refused(rg, MIDBASE - 1, 1);
	assert_line(su,
	    "unmapped: device access to what is not mapped for it: "
	    "requester 5 (idle) on bus reads 0x1 bytes at 0x7fffff, "
	    "1 byte before offset 0x0 of map \"rx ring\"");
	su->su_nreports = 0;
	refused(rg, MIDBASE + PAGE, 1);
	assert_line(su,
	    "unmapped: device access to what is not mapped for it: "
	    "requester 5 (idle) on bus reads 0x1 bytes at 0x801000, "
	    "1 byte past offset 0xfff of map \"rx ring\"");
	su->su_nreports = 0;
	refused(rg, MIDBASE + 16, 1);
	assert_line(su,
	    "direction: device access in the other direction than mapped: "
	    "requester 5 (idle) on bus reads 0x1 bytes at 0x800010, "
	    "at offset 0x10 of map \"rx ring\"");
	su->su_nreports = 0;
	assert_int_equal(
	    busdma_sim_dma_write(rg->rg_dev, MIDBASE + 8 * PAGE + 300, line, 5),
	    EFAULT);
	snprintf(line, sizeof(line),
	    "unmapped: device access to what is not mapped for it: "
	    "requester 5 (idle) on bus writes 0x5 bytes at 0x80812c, "
	    "45 bytes past the end of map %p",
	    (void *)rg->rg_data);
	assert_line(su, line);
	su->su_nreports = 0;
	busdma_sim_kfree(su->su_sim, (void *)(uintptr_t)0x1230);
	assert_line(su, "misuse: kfree of what kmalloc didn't return: "
			"address 0x1230 length 0x0");
	su->su_nreports = 0;
	rig_down(rg);
}

static void
a_line_is_cut_short(void **state)
{
	const struct busdma_sim_report sr = {
		.sr_reason = BUSDMA_SIM_DEVICE,
		.sr_text = "words",
	};
	char buf[16], whole[100];
	size_t size;

	(void)state;
	busdma_sim_report_line(&sr, whole, sizeof(whole));
	assert_string_equal(
	    whole, "device: words: address 0x0 length 0x0; seed 0x0");
	for (size = 0; size < sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		busdma_sim_report_line(&sr, buf, size);
		if (size != 0) {
			assert_memory_equal(buf, whole, size - 1);
			assert_int_equal(buf[size - 1], '\0');
		}
		assert_int_equal(buf[size], '#');
	}
	busdma_sim_report_line(&sr, whole, strlen(whole) + 1);
	assert_int_equal(whole[strlen(whole) - 1], '0');
}

static void
a_complaint_names_the_map(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);

	busdma_sim_complain(rg->rg_dev, MIDBASE + 24, 16, "idle: bad command");
	assert_ptr_equal(su->su_last.sr_map, rg->rg_ring);
	assert_int_equal(su->su_last.sr_offset, 24);
	assert_line(su,
	    "device: idle: bad command: requester 5 (idle) on bus, "
	    "address 0x800018 length 0x10, at offset 0x18 of map \"rx ring\"");
	assert_report(su, BUSDMA_SIM_DEVICE);
	/* It is no fault. */
	assert_int_equal(rg->rg_nfaults, 0);
	rig_down(rg);
}

/* Not even where its offset looks like a loaded address. */
static void
a_register_is_near_no_map(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	const struct busdma_sim_report *sr = &su->su_last;

	busdma_sim_complain_reg(
	    rg->rg_dev, (uint32_t)MIDBASE + 24, 0x500, "idle: bad value");
	assert_true(sr->sr_register);
	assert_int_equal(sr->sr_addr, MIDBASE + 24);
	assert_int_equal(sr->sr_len, 0x500);
	assert_null(sr->sr_map);
	assert_null(sr->sr_label);
	assert_int_equal(sr->sr_offset, 0);
	assert_string_equal(sr->sr_device, "idle");
	assert_line(su, "device: idle: bad value: requester 5 (idle) on bus, "
			"register 0x800018: 0x500");
	assert_report(su, BUSDMA_SIM_DEVICE);
	busdma_sim_complain(rg->rg_dev, MIDBASE, 1, "idle: bad manners");
	assert_false(sr->sr_register);
	assert_report(su, BUSDMA_SIM_DEVICE);
	assert_int_equal(rg->rg_nfaults, 0);
	rig_down(rg);
}

static void
freed_memory_names_the_map(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	char *k = busdma_sim_kmalloc_frag(
	    su->su_sim, 3 * PAGE, BUSDMA_SIM_FRAG_PAGES);

	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
	assert_int_equal(bus_dmamap_load(rg->rg_tag, rg->rg_ring,
			     k + PAGE - 100, 200, NULL, 0),
	    0);
	busdma_sim_kfree(su->su_sim, k);
	assert_ptr_equal(su->su_last.sr_map, rg->rg_ring);
	assert_string_equal(su->su_last.sr_label, "rx ring");
	assert_int_equal(su->su_last.sr_offset, 0);
	assert_non_null(strstr(su->su_line, "at offset 0x0 of map"));
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	assert_int_equal(rg->rg_nfaults, 0);
	rig_down(rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(the_nearest_map_is_named),
		SIMUNIT(without_a_map_there_is_none),
		SIMUNIT(a_line_says_it_all),
		cmocka_unit_test(a_line_is_cut_short),
		SIMUNIT(a_complaint_names_the_map),
		SIMUNIT(a_register_is_near_no_map),
		SIMUNIT(freed_memory_names_the_map),
	};

	return cmocka_run_group_tests_name("simreport", tests, NULL, NULL);
}
