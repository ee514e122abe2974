/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simreport.c, simfault.c: what is told of a refused access, and
 * whom.
 */
#include <pthread.h>
#include <stdio.h>

#include "simunit.h"

#define REQ 5

/* A bus with a device and two labelled maps, and what its handler was told. */
struct rig {
	struct su *rg_su;
	struct busdma_sim_bus *rg_bus;
	struct busdma_sim_dev *rg_dev;
	bus_dma_tag_t rg_tag;
	bus_dmamap_t rg_ring; /* 1 page at MIDBASE, then 1 at MIDBASE + 4 */
	bus_dmamap_t rg_data; /* 256 bytes at MIDBASE + 8 pages */
	unsigned rg_nfaults;
	struct bus_dma_fault rg_fault;
	void (*rg_then)(struct rig *rg);
};

static void
on_fault(void *arg, const struct bus_dma_fault *ft)
{
	struct rig *rg = arg;
	void (*then)(struct rig *) = rg->rg_then;

	rg->rg_nfaults++;
	rg->rg_fault = *ft;
	rg->rg_then = NULL;
	if (then != NULL)
		then(rg);
}

static struct rig *
rig_up(struct su *su)
{
	struct rig *rg = calloc(1, sizeof(*rg));
	bus_dma_segment_t ring[] = {
		{ MIDBASE, PAGE },
		{ MIDBASE + 4 * PAGE, PAGE },
	};
	bus_dma_segment_t data = { MIDBASE + 8 * PAGE, 256 };
	bus_dma_tag_t t;

	assert_non_null(rg);
	rg->rg_su = su;
	rg->rg_bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	rg->rg_dev = su_idle(rg->rg_bus, REQ);
	assert_int_equal(busdma_sim_bus_tag(rg->rg_bus, REQ, &t, 0), 0);
	rg->rg_tag = t;
	assert_int_equal(
	    bus_dmamap_create(t, 2 * PAGE, 2, PAGE, 0, 0, &rg->rg_ring), 0);
	assert_int_equal(
	    bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &rg->rg_data), 0);
	assert_int_equal(bus_dmamap_label(t, rg->rg_ring, "rx ring"), 0);
	assert_int_equal(bus_dmamap_load_raw(
			     t, rg->rg_ring, ring, 2, 2 * PAGE, BUS_DMA_READ),
	    0);
	assert_int_equal(
	    bus_dmamap_load_raw(t, rg->rg_data, &data, 1, 256, 0), 0);
	bus_dmatag_onfault(t, on_fault, rg);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	bus_dmamap_destroy(rg->rg_tag, rg->rg_ring);
	if (rg->rg_data != NULL)
		bus_dmamap_destroy(rg->rg_tag, rg->rg_data);
	bus_dmatag_destroy(rg->rg_tag);
	assert_silent(rg->rg_su);
	free(rg);
}

/* A read of `len' bytes that is refused whole. */
static void
refused(struct rig *rg, bus_addr_t addr, size_t len)
{
	uint8_t buf[64];

	assert_int_equal(
	    busdma_sim_dma_read(rg->rg_dev, addr, buf, len), EFAULT);
	assert_int_equal(rg->rg_su->su_last.sr_addr, addr);
}

/* The line up to the seed. */
static void
assert_line(const struct su *su, const char *want)
{
	char line[300];

	snprintf(line, sizeof(line), "%s; seed 0x5eed", want);
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

/* ---- faults ---- */

static void
each_refusal_is_a_fault(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	const struct bus_dma_fault *ft = &rg->rg_fault;
	bus_dma_segment_t hole = { LOWBASE + LOWSIZE, PAGE };
	uint8_t buf[8] = { 0 };

	refused(rg, MIDBASE - 8, 8);
	assert_int_equal(ft->ft_reason, BUS_DMA_FAULT_UNMAPPED);
	assert_int_equal(ft->ft_requester, REQ);
	assert_int_equal(ft->ft_addr, MIDBASE - 8);
	assert_int_equal(ft->ft_len, 8);
	assert_false(ft->ft_write);
	assert_ptr_equal(ft->ft_map, rg->rg_ring);
	assert_report(su, BUSDMA_SIM_UNMAPPED);

	refused(rg, MIDBASE, 8);
	assert_int_equal(ft->ft_reason, BUS_DMA_FAULT_DIRECTION);
	assert_report(su, BUSDMA_SIM_DIRECTION);

	busdma_sim_dev_reach(rg->rg_dev, MIDBASE);
	assert_int_equal(
	    busdma_sim_dma_write(rg->rg_dev, MIDBASE, buf, 8), EFAULT);
	assert_int_equal(ft->ft_reason, BUS_DMA_FAULT_REACH);
	assert_true(ft->ft_write);
	assert_int_equal(ft->ft_addr, MIDBASE + 1);
	assert_int_equal(ft->ft_len, 7);
	assert_report(su, BUSDMA_SIM_REACH);
	busdma_sim_dev_reach(rg->rg_dev, 0);

	bus_dmamap_unload(rg->rg_tag, rg->rg_data);
	assert_int_equal(
	    bus_dmamap_load_raw(rg->rg_tag, rg->rg_data, &hole, 1, PAGE, 0), 0);
	refused(rg, LOWBASE + LOWSIZE, 1);
	assert_int_equal(ft->ft_reason, BUS_DMA_FAULT_NOMEMORY);
	assert_ptr_equal(ft->ft_map, rg->rg_data);
	assert_report(su, BUSDMA_SIM_NOMEMORY);
	assert_int_equal(rg->rg_nfaults, 4);

	bus_dmatag_onfault(rg->rg_tag, NULL, NULL);
	refused(rg, MIDBASE, 8);
	assert_report(su, BUSDMA_SIM_DIRECTION);
	assert_int_equal(rg->rg_nfaults, 4);
	rig_down(rg);
}

/* The nearest map's tag, and the oldest one where nothing is loaded. */
static void
the_nearest_map_s_tag_is_told(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su), other = { .rg_su = su };
	bus_dma_segment_t seg = { MIDBASE + 64 * PAGE, PAGE };
	bus_dma_tag_t second = NULL;
	bus_dmamap_t map = NULL;

	assert_int_equal(busdma_sim_bus_tag(rg->rg_bus, REQ, &second, 0), 0);
	bus_dmatag_onfault(second, on_fault, &other);
	assert_int_equal(
	    bus_dmamap_create(second, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_raw(second, map, &seg, 1, PAGE, 0), 0);
	refused(rg, MIDBASE + 65 * PAGE, 1);
	assert_int_equal(other.rg_nfaults, 1);
	assert_ptr_equal(other.rg_fault.ft_map, map);
	assert_int_equal(rg->rg_nfaults, 0);
	refused(rg, MIDBASE, 1);
	assert_int_equal(other.rg_nfaults, 1);
	assert_int_equal(rg->rg_nfaults, 1);
	bus_dmamap_destroy(second, map);
	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
	bus_dmamap_unload(rg->rg_tag, rg->rg_data);
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 2);
	assert_null(rg->rg_fault.ft_map);
	assert_int_equal(su->su_nreports, 3);
	su->su_nreports = 0;
	bus_dmatag_destroy(second);
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 3);
	assert_int_equal(other.rg_nfaults, 1);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	rig_down(rg);
}

/* A device on a bus whose tags are gone: nobody to tell. */
static void
without_a_tag_nobody_is_told(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	struct busdma_sim_dev *dev = su_idle(rg->rg_bus, REQ + 1);
	uint8_t byte;

	assert_int_equal(busdma_sim_dma_read(dev, MIDBASE, &byte, 1), EFAULT);
	assert_null(su->su_last.sr_map);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(rg->rg_nfaults, 0);
	rig_down(rg);
}

static void *
use_machine(void *arg)
{
	struct busdma_sim *sim = arg;

	return (void *)(uintptr_t)(busdma_sim_reports(sim) + 1);
}

/* Another thread gets at the machine while the handler runs. */
static void
use_from_elsewhere(struct rig *rg)
{
	pthread_t td;
	void *got = NULL;

	assert_int_equal(
	    pthread_create(&td, NULL, use_machine, rg->rg_su->su_sim), 0);
	assert_int_equal(pthread_join(td, &got), 0);
	assert_int_equal((uintptr_t)got, 2);
}

static void
unload_ring(struct rig *rg)
{
	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
}

static void
a_handler_may_use_the_library(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);

	rg->rg_then = use_from_elsewhere;
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 1);
	assert_report(su, BUSDMA_SIM_DIRECTION);
	rg->rg_then = unload_ring;
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 2);
	assert_int_equal(rg->rg_ring->dm_nsegs, 0);
	assert_report(su, BUSDMA_SIM_DIRECTION);
	rig_down(rg);
}

/* The report comes at once, the fault when the lock is let go. */
static void
faults_wait_while_a_lock_is_held(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct rig *rg = rig_up(su);
	busdma_lock_t lk;
	unsigned i;

	memset(&lk, 0, sizeof(lk));
	pl->pl_lock(pl, &lk);
	refused(rg, MIDBASE, 1);
	assert_report(su, BUSDMA_SIM_DIRECTION);
	assert_int_equal(rg->rg_nfaults, 0);
	pl->pl_unlock(pl, &lk);
	assert_int_equal(rg->rg_nfaults, 1);
	/* No more than the queue has room for; the oldest ones. */
	pl->pl_lock(pl, &lk);
	for (i = 0; i < 70; i++)
		refused(rg, MIDBASE + i, 1);
	assert_int_equal(rg->rg_nfaults, 1);
	pl->pl_unlock(pl, &lk);
	assert_int_equal(rg->rg_nfaults, 1 + 64);
	assert_int_equal(rg->rg_fault.ft_addr, MIDBASE + 63);
	assert_int_equal(su->su_nreports, 70);
	su->su_nreports = 0;
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 1 + 64 + 1);
	su->su_nreports = 0;
	rig_down(rg);
}

/* In a thread of its own, for it never lets go of the lock. */
static void *
end_with_a_fault(void *arg)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	struct busdma_sim_dev *dev =
	    su_idle(su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), REQ);
	busdma_lock_t lk;
	uint8_t byte;

	memset(&lk, 0, sizeof(lk));
	su->su_pl->pl_lock(su->su_pl, &lk);
	(void)busdma_sim_dma_read(dev, MIDBASE, &byte, 1);
	*(unsigned *)arg = su_destroy(su);
	return NULL;
}

/* That nothing leaks, the sanitizers see. */
static void
a_machine_may_end_with_a_fault_waiting(void **state)
{
	unsigned held = 0;
	pthread_t td;

	(void)state;
	assert_int_equal(pthread_create(&td, NULL, end_with_a_fault, &held), 0);
	assert_int_equal(pthread_join(td, NULL), 0);
	assert_int_equal(held, 1); /* the report */
}

/* A second fault, near a map that is then destroyed. */
static void
fault_and_destroy(struct rig *rg)
{
	refused(rg, MIDBASE + 8 * PAGE + 256, 1);
	assert_ptr_equal(rg->rg_su->su_last.sr_map, rg->rg_data);
	assert_int_equal(rg->rg_nfaults, 1);
	bus_dmamap_destroy(rg->rg_tag, rg->rg_data);
	rg->rg_data = NULL;
}

static void
a_fault_forgets_a_map_that_is_gone(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	uint8_t byte;

	rg->rg_then = fault_and_destroy;
	assert_int_equal(
	    busdma_sim_dma_read(rg->rg_dev, MIDBASE, &byte, 1), EFAULT);
	/* One at a time: the second waits for the next occasion. */
	(void)busdma_sim_now(su->su_sim);
	assert_int_equal(rg->rg_nfaults, 2);
	assert_int_equal(rg->rg_fault.ft_addr, MIDBASE + 8 * PAGE + 256);
	assert_null(rg->rg_fault.ft_map);
	assert_int_equal(su->su_nreports, 2);
	su->su_nreports = 0;
	rig_down(rg);
}

/* ---- a device that is refused in every step ---- */

struct liar {
	struct busdma_sim_dev *li_dev;
	unsigned li_left;
	unsigned li_inside;
};

static bool
liar_step(void *softc)
{
	struct liar *li = softc;
	uint8_t byte;

	li->li_inside = 1;
	assert_int_equal(
	    busdma_sim_dma_read(li->li_dev, MIDBASE - 1, &byte, 1), EFAULT);
	if (--li->li_left == 0)
		busdma_sim_intr(li->li_dev);
	li->li_inside = 0;
	return li->li_left != 0;
}

/* The one whose faults are looked at. */
static struct liar liar;

static void
outside_of_a_step(struct rig *rg)
{
	assert_int_equal(liar.li_inside, 0);
	rg->rg_then = outside_of_a_step;
}

static void
a_device_s_faults_come_between_its_steps(void **state)
{
	static const struct busdma_sim_dev_ops ops = {
		.do_size = sizeof(ops),
		.do_name = "liar",
		.do_read = su_idle_read,
		.do_write = su_idle_write,
		.do_step = liar_step,
	};
	struct su *su = *state;
	struct rig *rg = rig_up(su);

	assert_int_equal(
	    busdma_sim_dev_create(rg->rg_bus, REQ, &ops, &liar, &liar.li_dev),
	    0);
	liar.li_left = 500;
	rg->rg_then = outside_of_a_step;
	busdma_sim_reg_write(liar.li_dev, 0, 4, 0);
	assert_true(busdma_sim_wait(liar.li_dev));
	assert_int_equal(su->su_nreports, 500);
	assert_int_equal(rg->rg_nfaults, 500);
	assert_string_equal(su->su_last.sr_device, "liar");
	su->su_nreports = 0;
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
		SIMUNIT(freed_memory_names_the_map),
		SIMUNIT(each_refusal_is_a_fault),
		SIMUNIT(the_nearest_map_s_tag_is_told),
		SIMUNIT(without_a_tag_nobody_is_told),
		SIMUNIT(a_handler_may_use_the_library),
		SIMUNIT(faults_wait_while_a_lock_is_held),
		cmocka_unit_test(a_machine_may_end_with_a_fault_waiting),
		SIMUNIT(a_fault_forgets_a_map_that_is_gone),
		SIMUNIT(a_device_s_faults_come_between_its_steps),
	};

	return cmocka_run_group_tests_name("simreport", tests, NULL, NULL);
}
