/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simfault.c: refused accesses, told to the tag's handler.
 */
#include <pthread.h>
#include <sched.h>

#include "simrig.h"

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
	su_give(rg->rg_tag, rg->rg_ring);
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

/*
 * The nearest map's tag; where nothing is loaded, the youngest that has a
 * handler.
 */
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
	assert_int_equal(rg->rg_nfaults, 1);
	assert_int_equal(other.rg_nfaults, 2);
	assert_null(other.rg_fault.ft_map);
	assert_int_equal(su->su_nreports, 3);
	su->su_nreports = 0;
	bus_dmatag_destroy(second);
	refused(rg, MIDBASE, 1);
	assert_int_equal(rg->rg_nfaults, 2);
	assert_int_equal(other.rg_nfaults, 2);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	rig_down(rg);
}

/* A driver listens on the tag that it made of the bus's, and on no other. */
static void
a_stray_access_is_heard_on_a_narrowed_tag(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su), other = { .rg_su = su };
	bus_dma_tag_t narrow = NULL;

	bus_dmatag_onfault(rg->rg_tag, NULL, NULL);
	assert_int_equal(
	    bus_dmatag_subregion(rg->rg_tag, 0, ~(bus_addr_t)0, &narrow, 0), 0);
	bus_dmatag_onfault(narrow, on_fault, &other);
	/* Nearest to a map of the bus's own tag, which nobody listens to. */
	refused(rg, MIDBASE, 1);
	assert_int_equal(other.rg_nfaults, 1);
	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
	bus_dmamap_unload(rg->rg_tag, rg->rg_data);
	refused(rg, MIDBASE, 1);
	assert_int_equal(other.rg_nfaults, 2);
	assert_int_equal(su->su_nreports, 2);
	su->su_nreports = 0;
	bus_dmatag_destroy(narrow);
	rig_down(rg);
}

/* A handler that takes its time, in the thread of the device. */
struct slow {
	struct rig *sl_rig;
	bool sl_in, sl_out;
};

static void *
stray(void *arg)
{
	const struct slow *sl = arg;
	uint8_t byte;

	(void)busdma_sim_dma_read(sl->sl_rig->rg_dev, MIDBASE - 8, &byte, 1);
	return NULL;
}

static void
slowly(void *arg, const struct bus_dma_fault *ft)
{
	struct slow *sl = arg;
	unsigned i;

	(void)ft;
	__atomic_store_n(&sl->sl_in, true, __ATOMIC_RELEASE);
	for (i = 0; i < 2000; i++)
		sched_yield();
	__atomic_store_n(&sl->sl_out, true, __ATOMIC_RELEASE);
}

static void
a_tag_waits_for_who_is_told(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	struct slow sl = { .sl_rig = rg };
	bus_dma_tag_t t = NULL;
	pthread_t td;

	assert_int_equal(busdma_sim_bus_tag(rg->rg_bus, REQ, &t, 0), 0);
	bus_dmamap_unload(rg->rg_tag, rg->rg_ring);
	bus_dmamap_unload(rg->rg_tag, rg->rg_data);
	bus_dmatag_onfault(t, slowly, &sl);
	assert_int_equal(pthread_create(&td, NULL, stray, &sl), 0);
	while (!__atomic_load_n(&sl.sl_in, __ATOMIC_ACQUIRE))
		sched_yield();
	bus_dmatag_destroy(t);
	assert_true(__atomic_load_n(&sl.sl_out, __ATOMIC_ACQUIRE));
	assert_int_equal(pthread_join(td, NULL), 0);
	assert_int_equal(rg->rg_nfaults, 0);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	rig_down(rg);
}

/* Given up by the handler itself: there is nobody to wait for. */
static void
destroy_own(void *arg, const struct bus_dma_fault *ft)
{
	bus_dma_tag_t *tp = arg;

	(void)ft;
	bus_dmatag_destroy(*tp);
	*tp = NULL;
}

static void
a_handler_may_be_the_end_of_its_tag(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	bus_dma_tag_t t = NULL;
	uint8_t byte;

	assert_int_equal(busdma_sim_bus_tag(rg->rg_bus, REQ, &t, 0), 0);
	bus_dmatag_onfault(t, destroy_own, &t);
	bus_dmatag_onfault(rg->rg_tag, NULL, NULL);
	assert_int_equal(
	    busdma_sim_dma_read(rg->rg_dev, MIDBASE, &byte, 1), EFAULT);
	assert_null(t);
	/* It is done, and reported: a handler is no thread. */
	assert_int_equal(su->su_last.sr_reason, BUSDMA_SIM_CONTEXT);
	su->su_nreports = 0;
	refused(rg, MIDBASE, 1);
	assert_report(su, BUSDMA_SIM_DIRECTION);
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
	/* Both, and that a handler freed memory: it is no thread. */
	assert_int_equal(su->su_nreports, 3);
	assert_int_equal(su->su_last.sr_reason, BUSDMA_SIM_CONTEXT);
	su->su_nreports = 0;
	rig_down(rg);
}

/* Refused again, whenever it is told. */
static void
refused_again(struct rig *rg)
{
	if (rg->rg_nfaults < 8)
		rg->rg_then = refused_again;
	refused(rg, MIDBASE, 1);
}

/* One new fault for each that is told: none of them is told in that call. */
static void
a_handler_that_causes_faults_comes_to_an_end(void **state)
{
	struct su *su = *state;
	struct rig *rg = rig_up(su);
	unsigned i;

	rg->rg_then = refused_again;
	refused(rg, MIDBASE, 1);
	for (i = 1; i <= 9; i++) {
		assert_int_equal(rg->rg_nfaults, i);
		(void)busdma_sim_now(su->su_sim);
	}
	assert_int_equal(rg->rg_nfaults, 9);
	assert_int_equal(su->su_nreports, 9);
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
		SIMUNIT(each_refusal_is_a_fault),
		SIMUNIT(the_nearest_map_s_tag_is_told),
		SIMUNIT(a_stray_access_is_heard_on_a_narrowed_tag),
		SIMUNIT(a_tag_waits_for_who_is_told),
		SIMUNIT(a_handler_may_be_the_end_of_its_tag),
		SIMUNIT(without_a_tag_nobody_is_told),
		SIMUNIT(a_handler_may_use_the_library),
		SIMUNIT(faults_wait_while_a_lock_is_held),
		cmocka_unit_test(a_machine_may_end_with_a_fault_waiting),
		SIMUNIT(a_fault_forgets_a_map_that_is_gone),
		SIMUNIT(a_handler_that_causes_faults_comes_to_an_end),
		SIMUNIT(a_device_s_faults_come_between_its_steps),
	};

	return cmocka_run_group_tests_name("simfault", tests, NULL, NULL);
}
