/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simproc.c: processes and their memory.
 */
#include "simunit.h"

#include <busdma/uio.h>

static void
copies_go_both_ways(void **state)
{
	struct su *su = *state;
	struct proc *p = busdma_sim_proc(su->su_sim);
	uint8_t in[3 * PAGE], out[3 * PAGE];
	char *u = busdma_sim_umalloc(su->su_sim, p, 4 * PAGE);

	assert_non_null(u);
	su_fill(in, sizeof(in), 5);
	assert_int_equal(
	    busdma_sim_copyout(su->su_sim, p, in, u + 77, sizeof(in)), 0);
	memset(out, 0, sizeof(out));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u + 77, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u + 2 * PAGE, out, 2 * PAGE + 1),
	    EFAULT);
	assert_int_equal(
	    busdma_sim_copyout(su->su_sim, p, in, u - 1, 1), EFAULT);
	busdma_sim_ufree(su->su_sim, p, u);
	assert_int_equal(busdma_sim_copyin(su->su_sim, p, u, out, 1), EFAULT);
	assert_silent(su);
}

/* The process' addresses mean something in its own space only. */
static void
its_addresses_are_its_own(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct proc *p = busdma_sim_proc(su->su_sim);
	busdma_space_t as = pl->pl_space(pl, p);
	char *u = busdma_sim_umalloc(su->su_sim, p, PAGE);
	void *k = busdma_sim_kmalloc(su->su_sim, PAGE);
	struct busdma_frag f, g;

	assert_non_null(as);
	assert_null(pl->pl_space(pl, NULL));
	assert_int_equal(pl->pl_extract(pl, as, (uintptr_t)u, 8, &f, 1), 1);
	assert_int_equal(pl->pl_extract(pl, NULL, (uintptr_t)u, 8, &g, 1), 0);
	assert_int_equal(pl->pl_extract(pl, as, (uintptr_t)k, 8, &g, 1), 0);
	assert_silent(su);
	assert_int_equal(pl->pl_extract(pl, &f, (uintptr_t)u, 8, &g, 1), 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_kfree(su->su_sim, k);
	busdma_sim_ufree(su->su_sim, p, u);
}

static void
an_unmapped_page_is_a_hole(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	struct proc *p = busdma_sim_proc(su->su_sim);
	busdma_space_t as = pl->pl_space(pl, p);
	char *u = busdma_sim_umalloc(su->su_sim, p, 3 * PAGE);
	uint8_t buf[3 * PAGE];
	struct busdma_frag f[4];

	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u + PAGE + 5), 0);
	assert_int_equal(busdma_sim_uunmap(su->su_sim, p, u + PAGE), EFAULT);
	assert_int_equal(
	    busdma_sim_uunmap(su->su_sim, p, u + 3 * PAGE), EFAULT);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u, 3 * PAGE, f, 4), 1);
	assert_int_equal(f[0].bf_len, PAGE);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u + PAGE, 1, f, 4), 0);
	assert_int_equal(
	    pl->pl_extract(pl, as, (uintptr_t)u + 2 * PAGE, 1, f, 4), 1);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u, buf, sizeof(buf)), EFAULT);
	/* What comes before the hole was copied. */
	assert_int_not_equal(buf[PAGE - 1], 0);
	assert_int_equal(buf[PAGE], 0);
	busdma_sim_ufree(su->su_sim, p, u);
	assert_silent(su);
}

static void
ranges_do_not_touch_and_are_used_again(void **state)
{
	struct su *su = *state;
	struct proc *p = busdma_sim_proc(su->su_sim);
	char *a = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	char *b = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	char *c;

	assert_true(b >= a + 3 * PAGE);
	busdma_sim_ufree(su->su_sim, p, a);
	c = busdma_sim_umalloc(su->su_sim, p, 3 * PAGE);
	assert_true(c >= b + 3 * PAGE);
	a = busdma_sim_umalloc(su->su_sim, p, 2 * PAGE);
	assert_true(a < b);
	busdma_sim_ufree(su->su_sim, p, b + 1);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_ufree(su->su_sim, p, a);
	busdma_sim_ufree(su->su_sim, p, b);
	busdma_sim_ufree(su->su_sim, p, c);
	assert_null(busdma_sim_umalloc(su->su_sim, p, 0));
	assert_null(busdma_sim_umalloc(su->su_sim, p, 64 * MIB));
	assert_silent(su);
}

/* ---- several of them ---- */

static paddr_t
translate(struct su *su, struct proc *p, const void *uva)
{
	struct busdma_frag f;

	assert_int_equal(su->su_pl->pl_extract(su->su_pl, busdma_sim_space(p),
			     (uintptr_t)uva, 1, &f, 1),
	    1);
	return f.bf_addr;
}

/* The same address in two processes, and other pages behind it. */
static void
each_has_page_tables_of_its_own(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim), *q = NULL;
	char *u, *v, got[2 * PAGE], one[2 * PAGE], two[2 * PAGE];

	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	assert_ptr_not_equal(p, q);
	u = busdma_sim_umalloc(sim, p, 2 * PAGE);
	v = busdma_sim_umalloc(sim, q, 2 * PAGE);
	assert_non_null(u);
	assert_ptr_equal(u, v);
	assert_ptr_not_equal(busdma_sim_space(p), busdma_sim_space(q));
	assert_null(busdma_sim_space(NULL));
	assert_int_not_equal(translate(su, p, u), translate(su, q, u));
	su_fill(one, sizeof(one), 1);
	su_fill(two, sizeof(two), 2);
	assert_int_equal(busdma_sim_copyout(sim, p, one, u, sizeof(one)), 0);
	assert_int_equal(busdma_sim_copyout(sim, q, two, u, sizeof(two)), 0);
	assert_int_equal(busdma_sim_copyin(sim, p, u, got, sizeof(got)), 0);
	assert_memory_equal(got, one, sizeof(got));
	assert_int_equal(busdma_sim_copyin(sim, q, u, got, sizeof(got)), 0);
	assert_memory_equal(got, two, sizeof(got));
	busdma_sim_ufree(sim, p, u);
	assert_int_equal(busdma_sim_copyin(sim, p, u, got, 1), EFAULT);
	assert_int_equal(busdma_sim_copyin(sim, q, u, got, 1), 0);
	busdma_sim_proc_destroy(sim, q);
	assert_silent(su);
}

/* A buffer of each, loaded at once: the device sees the right ones. */
static void
a_device_reaches_the_pages_of_the_right_one(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_OFF);
	struct busdma_sim_dev *dev = su_idle(bus, 1);
	struct proc *p[3] = { busdma_sim_proc(sim) };
	bus_dmamap_t map[3];
	uint8_t want[PAGE], got[PAGE];
	bus_dma_tag_t t = NULL;
	char *u = NULL;
	unsigned i;

	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	for (i = 0; i < NELEM(p); i++) {
		if (i != 0)
			assert_int_equal(busdma_sim_proc_create(sim, &p[i]), 0);
		u = busdma_sim_umalloc(sim, p[i], PAGE);
		su_fill(want, PAGE, (uint8_t)i);
		assert_int_equal(
		    busdma_sim_copyout(sim, p[i], want, u, PAGE), 0);
		assert_int_equal(
		    bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map[i]), 0);
		assert_int_equal(
		    bus_dmamap_load(t, map[i], u, PAGE, p[i], 0), 0);
		su_give(t, map[i]);
	}
	for (i = 0; i < NELEM(p); i++) {
		su_fill(want, PAGE, (uint8_t)i);
		assert_int_equal(busdma_sim_dma_read(dev,
				     map[i]->dm_segs[0].ds_addr, got, PAGE),
		    0);
		assert_memory_equal(got, want, PAGE);
		bus_dmamap_destroy(t, map[i]);
	}
	assert_silent(su);
	bus_dmatag_destroy(t);
	busdma_sim_ufree(sim, p[0], u);
	for (i = 1; i < NELEM(p); i++)
		busdma_sim_proc_destroy(sim, p[i]);
	assert_silent(su);
}

/* A uio of the second process, by busdma_sim_space. */
static void
a_uio_is_of_the_right_one(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct proc *p = busdma_sim_proc(sim), *q = NULL;
	struct iovec iov = { .iov_len = 64 };
	struct uio uio = { .uio_iov = &iov, .uio_iovcnt = 1, .uio_resid = 64 };
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	char *u, *v;

	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	u = busdma_sim_umalloc(sim, p, PAGE);
	v = busdma_sim_umalloc(sim, q, PAGE);
	assert_ptr_equal(u, v);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	iov.iov_base = u + 8;
	uio.uio_vmspace = busdma_sim_space(q);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	assert_int_equal(map->dm_segs[0].ds_addr, translate(su, q, u + 8));
	bus_dmamap_unload(t, map);
	/* Of one that is gone: no memory, and a report. */
	busdma_sim_proc_destroy(sim, q);
	assert_silent(su);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EFAULT);
	assert_report(su, BUSDMA_SIM_MISUSE);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	busdma_sim_ufree(sim, p, u);
	assert_silent(su);
}

/* That nothing is held after, the teardown sees. */
static void
the_end_of_a_process_frees_its_memory(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *q = NULL;
	char *u;

	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	assert_non_null(busdma_sim_umalloc(sim, q, 3 * PAGE));
	u = busdma_sim_umalloc(sim, q, 5 * PAGE);
	assert_int_equal(busdma_sim_uunmap(sim, q, u + PAGE), 0);
	busdma_sim_proc_destroy(sim, q);
	assert_silent(su);
}

static void
the_end_of_a_process_that_a_device_reaches_is_reported(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	bus_dma_tag_t t = NULL;
	bus_dmamap_t map = NULL;
	struct proc *q = NULL;
	paddr_t pa;
	char *u;

	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	u = busdma_sim_umalloc(sim, q, 2 * PAGE);
	pa = translate(su, q, u + PAGE + 8);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load(t, map, u + PAGE + 8, 16, q, 0), 0);
	busdma_sim_proc_destroy(sim, q);
	assert_int_equal(su->su_last.sr_addr, pa);
	assert_ptr_equal(su->su_last.sr_map, map);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	assert_silent(su);
}

/* Each is a report, and changes nothing. */
static void
try_gone(struct su *su, struct proc *p, char *u)
{
	const struct busdma_platform *pl = su->su_pl;
	struct busdma_sim *sim = su->su_sim;
	struct busdma_frag f;
	char byte = 0;

	busdma_sim_proc_destroy(sim, p);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_ufree(sim, p, u);
	assert_report(su, BUSDMA_SIM_MISUSE);
	(void)pl->pl_space(pl, p);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_null(busdma_sim_umalloc(sim, p, PAGE));
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(busdma_sim_uunmap(sim, p, u), EFAULT);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(busdma_sim_copyin(sim, p, u, &byte, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(busdma_sim_copyout(sim, p, &byte, u, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(
	    pl->pl_extract(pl, busdma_sim_space(p), (uintptr_t)u, 1, &f, 1), 0);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

static void
a_process_that_is_not_there_is_reported(void **state)
{
	struct su *su = *state, *other = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	struct proc *p = busdma_sim_proc(su->su_sim), *q = NULL, *r = NULL;
	struct proc *far = busdma_sim_proc(other->su_sim);
	char *u, *v, byte;

	assert_int_equal(busdma_sim_proc_create(su->su_sim, &q), 0);
	u = busdma_sim_umalloc(su->su_sim, q, PAGE);
	busdma_sim_proc_destroy(su->su_sim, q);
	assert_silent(su);
	/* A new one doesn't become the dead one. */
	assert_int_equal(busdma_sim_proc_create(su->su_sim, &r), 0);
	assert_ptr_equal(busdma_sim_umalloc(su->su_sim, r, PAGE), u);
	try_gone(su, q, u);
	v = busdma_sim_umalloc(other->su_sim, far, PAGE);
	try_gone(su, far, v);
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, NULL, u, &byte, 1), EFAULT);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_ufree(other->su_sim, far, v);
	assert_int_equal(su_destroy(other), 0);
	/* The first one stays. */
	busdma_sim_proc_destroy(su->su_sim, p);
	assert_report(su, BUSDMA_SIM_MISUSE);
	u = busdma_sim_umalloc(su->su_sim, p, PAGE);
	assert_non_null(u);
	busdma_sim_ufree(su->su_sim, p, u);
	busdma_sim_proc_destroy(su->su_sim, r);
	assert_silent(su);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(copies_go_both_ways),
		SIMUNIT(its_addresses_are_its_own),
		SIMUNIT(an_unmapped_page_is_a_hole),
		SIMUNIT(ranges_do_not_touch_and_are_used_again),
		SIMUNIT(each_has_page_tables_of_its_own),
		SIMUNIT(a_device_reaches_the_pages_of_the_right_one),
		SIMUNIT(a_uio_is_of_the_right_one),
		SIMUNIT(the_end_of_a_process_frees_its_memory),
		SIMUNIT(the_end_of_a_process_that_a_device_reaches_is_reported),
		SIMUNIT(a_process_that_is_not_there_is_reported),
	};

	return cmocka_run_group_tests_name("simproc", tests, NULL, NULL);
}
