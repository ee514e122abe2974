/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simdev.c: when devices step, what they may do, waiting.
 */
#include "simunit.h"

/* A device that counts down, and interrupts at 0. */
struct counter {
	struct su *ct_su;
	struct busdma_sim_dev *ct_dev;
	uint32_t ct_left;
	unsigned ct_steps;
	unsigned ct_stray; /* steps with nothing to do */
	bool ct_quiet;     /* no interrupt */
	bool ct_nested;    /* call a hook from inside a step */
	bool ct_wakes;     /* wake itself from inside a step */
	unsigned ct_inside;
	unsigned ct_destroyed;
	unsigned *ct_log; /* if set: steps of each counter in order */
	unsigned *ct_nlog;
	unsigned ct_name;
};

static uint64_t
counter_read(void *softc, uint32_t reg, unsigned width)
{
	struct counter *ct = softc;

	return reg == 0 ? ct->ct_left : width;
}

static void
counter_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct counter *ct = softc;

	(void)width;
	if (reg == 0)
		ct->ct_left = (uint32_t)value;
}

static bool
counter_step(void *softc)
{
	struct counter *ct = softc;
	const struct busdma_platform *pl = ct->ct_su->su_pl;
	unsigned i;

	ct->ct_inside++;
	assert_int_equal(ct->ct_inside, 1);
	ct->ct_steps++;
	if (ct->ct_log != NULL)
		ct->ct_log[(*ct->ct_nlog)++] = ct->ct_name;
	for (i = 0; ct->ct_nested && i < 16; i++)
		pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	if (ct->ct_wakes)
		busdma_sim_dev_wake(ct->ct_dev);
	if (ct->ct_left == 0)
		ct->ct_stray++;
	else if (--ct->ct_left == 0 && !ct->ct_quiet)
		busdma_sim_intr(ct->ct_dev);
	ct->ct_inside--;
	return ct->ct_left != 0;
}

static void
counter_destroy(void *softc)
{
	struct counter *ct = softc;

	ct->ct_destroyed++;
}

static const struct busdma_sim_dev_ops counter_ops = {
	.do_size = sizeof(counter_ops),
	.do_name = "counter",
	.do_read = counter_read,
	.do_write = counter_write,
	.do_step = counter_step,
	.do_destroy = counter_destroy,
};

static void
counter_create(struct counter *ct, struct su *su, struct busdma_sim_bus *bus)
{
	memset(ct, 0, sizeof(*ct));
	ct->ct_su = su;
	assert_int_equal(
	    busdma_sim_dev_create(bus, 1, &counter_ops, ct, &ct->ct_dev), 0);
	assert_ptr_equal(busdma_sim_of(ct->ct_dev), su->su_sim);
}

static void
waiting_steps_until_the_interrupt(void **state)
{
	struct su *su = *state;
	static struct counter ct;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 0);
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 100);
	assert_true(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 100);
	/* Once for each; and it is idle now. */
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 100);
	assert_int_equal(ct.ct_stray, 0);
	/* One that does not interrupt is waited for in vain, not for ever. */
	ct.ct_quiet = true;
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 100);
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 200);
	assert_silent(su);
}

static void
registers_reach_the_device(void **state)
{
	struct su *su = *state;
	static struct counter ct;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	assert_int_equal(busdma_sim_reg_read(ct.ct_dev, 4, 2), 2);
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 1000000);
	assert_in_range(
	    busdma_sim_reg_read(ct.ct_dev, 0, 4), 1000000 - 100, 1000000);
}

/* A driver that polls, and one that syncs, see the device get on. */
static void
devices_step_at_the_hooks(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	static struct counter ct;
	unsigned i, was;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	for (i = 0; i < 100; i++)
		pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	assert_int_equal(ct.ct_steps, 0);
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 1000000);
	was = ct.ct_steps;
	for (i = 0; i < 100; i++)
		pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	assert_in_range(ct.ct_steps - was, 30, 300);
	was = ct.ct_steps;
	for (i = 0; i < 100; i++)
		(void)busdma_sim_reg_read(ct.ct_dev, 0, 4);
	assert_in_range(ct.ct_steps - was, 30, 300);
}

static void
no_device_steps_while_a_lock_is_held(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	static struct counter ct;
	busdma_lock_t lk;
	unsigned i, was;

	memset(&lk, 0, sizeof(lk));
	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 1000000);
	pl->pl_lock(pl, &lk);
	was = ct.ct_steps;
	for (i = 0; i < 100; i++)
		pl->pl_cpu->cpu_barrier(pl, BUS_DMASYNC_PREREAD);
	assert_int_equal(ct.ct_steps, was);
	assert_silent(su);
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_report(su, BUSDMA_SIM_CONTEXT);
	assert_int_equal(ct.ct_steps, was);
	pl->pl_unlock(pl, &lk);
	assert_silent(su);
}

static void
no_device_steps_inside_a_step(void **state)
{
	struct su *su = *state;
	static struct counter ct;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	ct.ct_nested = true;
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 50);
	assert_true(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 50);
	assert_int_equal(
	    busdma_sim_calls(su->su_sim, BUSDMA_SIM_HOOK_BARRIER), 50 * 16);
}

/* The order in which three devices of a machine step. */
static unsigned
order_of(uint64_t seed, unsigned *log)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, seed);
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct counter ct[3];
	unsigned i, n = 0;

	for (i = 0; i < NELEM(ct); i++) {
		counter_create(&ct[i], su, bus);
		ct[i].ct_log = log;
		ct[i].ct_nlog = &n;
		ct[i].ct_name = i;
		ct[i].ct_quiet = true;
	}
	for (i = 0; i < NELEM(ct); i++)
		busdma_sim_reg_write(ct[i].ct_dev, 0, 4, 30);
	assert_false(busdma_sim_wait(ct[0].ct_dev));
	assert_int_equal(n, 90);
	assert_int_equal(su_destroy(su), 0);
	for (i = 0; i < NELEM(ct); i++)
		assert_int_equal(ct[i].ct_destroyed, 1);
	return n;
}

static void
the_seed_decides_the_order(void **state)
{
	unsigned a[90], b[90], i, turns = 0;

	(void)state;
	order_of(1, a);
	order_of(1, b);
	assert_memory_equal(a, b, sizeof(a));
	order_of(2, b);
	assert_memory_not_equal(a, b, sizeof(a));
	/* Interleaved, not one after the other. */
	for (i = 1; i < NELEM(a); i++)
		turns += a[i] != a[i - 1];
	assert_true(turns > 20);
}

static void
a_complaint_names_the_device(void **state)
{
	struct su *su = *state;
	struct busdma_sim_dev *dev =
	    su_idle(su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), 9);

	busdma_sim_complain(dev, 0x1234, 56, "bad manners");
	assert_string_equal(su->su_text, "bad manners");
	assert_int_equal(su->su_last.sr_requester, 9);
	assert_int_equal(su->su_last.sr_addr, 0x1234);
	assert_int_equal(su->su_last.sr_len, 56);
	assert_report(su, BUSDMA_SIM_DEVICE);
}

/* What came from outside: it steps again, without a register or the clock. */
static void
a_device_can_be_woken(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	static struct counter ct;
	busdma_lock_t lk;
	uint64_t was;

	memset(&lk, 0, sizeof(lk));
	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	ct.ct_left = 50;
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 0);
	pl->pl_lock(pl, &lk);
	was = busdma_sim_now(su->su_sim);
	busdma_sim_dev_wake(ct.ct_dev);
	busdma_sim_dev_wake(ct.ct_dev);
	assert_true(busdma_sim_now(su->su_sim) == was);
	assert_int_equal(ct.ct_steps, 0);
	pl->pl_unlock(pl, &lk);
	assert_true(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 50);
	/* Idle once more; in vain it takes the one step that finds nothing. */
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 50);
	busdma_sim_dev_wake(ct.ct_dev);
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 51);
	assert_int_equal(ct.ct_stray, 1);
	assert_silent(su);
}

/* Without a lock held it may step before the call returns. */
static void
a_wake_is_a_moment_to_step(void **state)
{
	struct su *su = *state;
	static struct counter ct;
	unsigned i;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	ct.ct_left = 1000000;
	for (i = 0; i < 100; i++)
		busdma_sim_dev_wake(ct.ct_dev);
	assert_in_range(ct.ct_steps, 30, 300);
}

/* Inside its own step what the step returns counts. */
static void
a_wake_inside_the_step_is_none(void **state)
{
	struct su *su = *state;
	static struct counter ct;

	counter_create(&ct, su, su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON));
	ct.ct_wakes = true;
	busdma_sim_reg_write(ct.ct_dev, 0, 4, 50);
	assert_true(busdma_sim_wait(ct.ct_dev));
	assert_false(busdma_sim_wait(ct.ct_dev));
	assert_int_equal(ct.ct_steps, 50);
	assert_int_equal(ct.ct_stray, 0);
}

static void
incomplete_devices_are_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev_ops ops = counter_ops;
	struct busdma_sim_dev *dev;
	static struct counter ct;

	assert_int_equal(
	    busdma_sim_dev_create(bus, 0, &ops, &ct, &dev), EINVAL);
	ops.do_step = NULL;
	assert_int_equal(
	    busdma_sim_dev_create(bus, 1, &ops, &ct, &dev), EINVAL);
	ops = counter_ops;
	ops.do_size--;
	assert_int_equal(
	    busdma_sim_dev_create(bus, 1, &ops, &ct, &dev), EINVAL);
	assert_null(dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(waiting_steps_until_the_interrupt),
		SIMUNIT(registers_reach_the_device),
		SIMUNIT(devices_step_at_the_hooks),
		SIMUNIT(no_device_steps_while_a_lock_is_held),
		SIMUNIT(no_device_steps_inside_a_step),
		cmocka_unit_test(the_seed_decides_the_order),
		SIMUNIT(a_complaint_names_the_device),
		SIMUNIT(a_device_can_be_woken),
		SIMUNIT(a_wake_is_a_moment_to_step),
		SIMUNIT(a_wake_inside_the_step_is_none),
		SIMUNIT(incomplete_devices_are_refused),
	};

	return cmocka_run_group_tests_name("simdev", tests, NULL, NULL);
}
