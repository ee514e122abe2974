/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simmmap.c: device memory in a process, a page at a time.
 */
#include "simunit.h"

#define NPAGES 6
#define BOTH (BUSDMA_SIM_PROT_READ | BUSDMA_SIM_PROT_WRITE)

/* A driver's memory, mapped by nobody, and its pager. */
struct drv {
	struct su *dr_su;
	struct busdma_sim_bus *dr_bus;
	bus_dma_tag_t dr_tag;
	bus_dma_segment_t dr_segs[NPAGES];
	int dr_nsegs;
	unsigned dr_asked[NPAGES]; /* calls for each page */
	unsigned dr_calls;
	int dr_prot;    /* of the last call */
	int64_t dr_off; /* likewise */
	int dr_refuse;  /* this page */
	bool dr_lying;  /* answer dr_cookie */
	paddr_t dr_cookie;
	busdma_lock_t dr_lock; /* the driver's own */
};

static paddr_t
drv_pager(void *arg, int64_t off, int prot)
{
	struct drv *dr = arg;
	const struct busdma_platform *pl = dr->dr_su->su_pl;
	paddr_t cookie;

	dr->dr_calls++;
	dr->dr_prot = prot;
	dr->dr_off = off;
	if (off >= 0 && off < NPAGES * (int64_t)PAGE)
		dr->dr_asked[off / PAGE]++;
	if (dr->dr_lying)
		return dr->dr_cookie;
	if (off / PAGE == dr->dr_refuse)
		return (paddr_t)-1;
	pl->pl_lock(pl, &dr->dr_lock);
	cookie = bus_dmamem_mmap(
	    dr->dr_tag, dr->dr_segs, dr->dr_nsegs, off, prot, 0);
	pl->pl_unlock(pl, &dr->dr_lock);
	return cookie;
}

static struct drv *
drv_up(struct su *su)
{
	struct drv *dr = calloc(1, sizeof(*dr));

	assert_non_null(dr);
	dr->dr_su = su;
	dr->dr_refuse = -1;
	dr->dr_bus = su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	assert_int_equal(busdma_sim_bus_tag(dr->dr_bus, 1, &dr->dr_tag, 0), 0);
	assert_int_equal(bus_dmamem_alloc(dr->dr_tag, NPAGES * PAGE, 0, 0,
			     dr->dr_segs, NPAGES, &dr->dr_nsegs, 0),
	    0);
	return dr;
}

static void
drv_down(struct drv *dr)
{
	if (dr->dr_nsegs != 0)
		bus_dmamem_free(dr->dr_tag, dr->dr_segs, dr->dr_nsegs);
	bus_dmatag_destroy(dr->dr_tag);
	assert_silent(dr->dr_su);
	free(dr);
}

/* The physical address of a byte of the driver's memory. */
static paddr_t
drv_phys(const struct drv *dr, size_t off)
{
	int i;

	for (i = 0; off >= dr->dr_segs[i].ds_len; i++)
		off -= (size_t)dr->dr_segs[i].ds_len;
	return dr->dr_segs[i].ds_addr + off;
}

static unsigned
asked(const struct drv *dr)
{
	unsigned i, n = 0;

	for (i = 0; i < NPAGES; i++)
		n += dr->dr_asked[i];
	return n;
}

static char *
map_all(struct drv *dr, struct proc *p, int prot)
{
	return busdma_sim_mmap(
	    dr->dr_su->su_sim, p, NPAGES * PAGE, drv_pager, dr, prot);
}

static void
pages_come_when_they_are_touched(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH);
	char want[NPAGES * PAGE], got[NPAGES * PAGE];
	size_t off;

	assert_non_null(u);
	assert_int_equal(dr->dr_calls, 0);
	su_fill(want, sizeof(want), 9);
	for (off = 0; off < sizeof(want); off += PAGE)
		assert_int_equal(busdma_sim_phys_write(
				     sim, drv_phys(dr, off), want + off, PAGE),
		    0);
	/* Two bytes on the edge of pages 1 and 2, and no other page. */
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + 2 * PAGE - 1, got, 2), 0);
	assert_memory_equal(got, want + 2 * PAGE - 1, 2);
	assert_int_equal(dr->dr_asked[1], 1);
	assert_int_equal(dr->dr_asked[2], 1);
	assert_int_equal(asked(dr), 2);
	assert_int_equal(dr->dr_prot, BOTH);
	assert_int_equal(dr->dr_off, 2 * PAGE);
	/* Once each. */
	assert_int_equal(busdma_sim_copyin(sim, p, u, got, sizeof(got)), 0);
	assert_memory_equal(got, want, sizeof(got));
	assert_int_equal(asked(dr), NPAGES);
	/* It is the driver's memory, both ways. */
	want[3 * PAGE + 5]++;
	assert_int_equal(
	    busdma_sim_copyout(sim, p, want + 3 * PAGE, u + 3 * PAGE, PAGE), 0);
	assert_int_equal(
	    busdma_sim_phys_read(sim, drv_phys(dr, 3 * PAGE), got, PAGE), 0);
	assert_memory_equal(got, want + 3 * PAGE, PAGE);
	assert_int_equal(asked(dr), NPAGES);
	/* Behind it there is nothing. */
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + NPAGES * PAGE - 1, got, 2), EFAULT);
	busdma_sim_ufree(sim, p, u);
	assert_int_equal(busdma_sim_copyin(sim, p, u, got, 1), EFAULT);
	assert_int_equal(dr->dr_calls, NPAGES);
	assert_silent(su);
	drv_down(dr);
}

/* A load of it touches it, and the device gets at the driver's pages. */
static void
a_translation_touches(void **state)
{
	struct su *su = *state;
	struct proc *p = busdma_sim_proc(su->su_sim);
	struct drv *dr = drv_up(su);
	struct busdma_sim_dev *dev = su_idle(dr->dr_bus, 1);
	char *u = map_all(dr, p, BUSDMA_SIM_PROT_READ);
	bus_dmamap_t map = NULL;
	uint8_t byte = 0x42;
	int i;

	assert_int_equal(bus_dmamap_create(dr->dr_tag, NPAGES * PAGE, NPAGES,
			     NPAGES * PAGE, 0, 0, &map),
	    0);
	assert_int_equal(
	    bus_dmamap_load(dr->dr_tag, map, u + PAGE + 100, 2 * PAGE, p, 0),
	    0);
	assert_int_equal(dr->dr_asked[0], 0);
	for (i = 1; i <= 3; i++)
		assert_int_equal(dr->dr_asked[i], 1);
	assert_int_equal(asked(dr), 3);
	assert_int_equal(map->dm_segs[0].ds_addr, drv_phys(dr, PAGE + 100));
	su_give(dr->dr_tag, map);
	assert_int_equal(
	    busdma_sim_dma_write(dev, map->dm_segs[0].ds_addr, &byte, 1), 0);
	byte = 0;
	assert_int_equal(
	    busdma_sim_copyin(su->su_sim, p, u + PAGE + 100, &byte, 1), 0);
	assert_int_equal(byte, 0x42);
	/* The mapping goes, the memory stays: nothing is freed. */
	busdma_sim_ufree(su->su_sim, p, u);
	assert_silent(su);
	assert_int_equal(
	    busdma_sim_dma_write(dev, map->dm_segs[0].ds_addr, &byte, 1), 0);
	bus_dmamap_destroy(dr->dr_tag, map);
	drv_down(dr);
}

static void
a_page_that_is_refused_is_no_memory(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH);
	char got[NPAGES * PAGE];
	bus_dmamap_t map = NULL;

	dr->dr_refuse = 2;
	memset(got, 0, sizeof(got));
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u, got, sizeof(got)), EFAULT);
	/* What comes before it was copied; what comes behind was not asked. */
	assert_int_not_equal(got[2 * PAGE - 1], 0);
	assert_int_equal(got[2 * PAGE], 0);
	assert_int_equal(dr->dr_asked[2], 1);
	assert_int_equal(dr->dr_asked[3], 0);
	assert_int_equal(bus_dmamap_create(dr->dr_tag, NPAGES * PAGE, NPAGES,
			     NPAGES * PAGE, 0, 0, &map),
	    0);
	assert_int_equal(
	    bus_dmamap_load(dr->dr_tag, map, u, NPAGES * PAGE, p, 0), EFAULT);
	assert_int_equal(map->dm_nsegs, 0);
	/* It is asked for again. */
	dr->dr_refuse = -1;
	assert_int_equal(
	    bus_dmamap_load(dr->dr_tag, map, u, NPAGES * PAGE, p, 0), 0);
	bus_dmamap_destroy(dr->dr_tag, map);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

/* More is mapped than there is: bus_dmamem_mmap refuses. */
static void
the_end_of_the_memory_is_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u, byte;

	u = busdma_sim_mmap(
	    sim, p, NPAGES * PAGE + 1, drv_pager, dr, BUSDMA_SIM_PROT_READ);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + NPAGES * PAGE - 1, &byte, 1), 0);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + NPAGES * PAGE, &byte, 1), EFAULT);
	assert_int_equal(dr->dr_off, NPAGES * PAGE);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

static void
prot_is_kept(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *r = map_all(dr, p, BUSDMA_SIM_PROT_READ);
	char *w = map_all(dr, p, BUSDMA_SIM_PROT_WRITE);
	char byte = 0x11, got = 0;

	assert_int_equal(busdma_sim_copyout(sim, p, &byte, r, 1), EFAULT);
	assert_int_equal(busdma_sim_copyin(sim, p, w, &got, 1), EFAULT);
	assert_int_equal(dr->dr_calls, 0);
	assert_int_equal(busdma_sim_copyout(sim, p, &byte, w, 1), 0);
	assert_int_equal(dr->dr_prot, BUSDMA_SIM_PROT_WRITE);
	assert_int_equal(busdma_sim_copyin(sim, p, r, &got, 1), 0);
	assert_int_equal(dr->dr_prot, BUSDMA_SIM_PROT_READ);
	assert_int_equal(got, 0x11);
	/* The same with the pages there. */
	assert_int_equal(busdma_sim_copyout(sim, p, &byte, r, 1), EFAULT);
	assert_int_equal(busdma_sim_copyin(sim, p, w, &got, 1), EFAULT);
	busdma_sim_ufree(sim, p, r);
	busdma_sim_ufree(sim, p, w);
	drv_down(dr);
}

static void
two_processes_share_it(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim), *q = NULL;
	struct drv *dr = drv_up(su);
	char *u, *v, got = 0;

	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	assert_non_null(busdma_sim_umalloc(sim, q, PAGE));
	u = map_all(dr, p, BOTH);
	v = map_all(dr, q, BOTH);
	assert_ptr_not_equal(u, v);
	assert_int_equal(busdma_sim_copyout(sim, p, "x", u + PAGE, 1), 0);
	assert_int_equal(busdma_sim_copyin(sim, q, v + PAGE, &got, 1), 0);
	assert_int_equal(got, 'x');
	assert_int_equal(dr->dr_asked[1], 2);
	/* One of them ends: the pages are the driver's. */
	busdma_sim_proc_destroy(sim, q);
	assert_silent(su);
	assert_int_equal(busdma_sim_copyin(sim, p, u + PAGE, &got, 1), 0);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

static void
memory_freed_while_it_is_mapped_is_reported(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH), *k, byte;
	struct busdma_pages low = {
		.pg_size = PAGE,
		.pg_min = PAGE,
		.pg_high = LOWBASE + LOWSIZE - 1,
		.pg_align = PAGE,
	};
	struct busdma_frag f;

	/* Reserved addresses alone map nothing. */
	assert_int_equal(dr->dr_nsegs, 1);
	bus_dmamem_free(dr->dr_tag, dr->dr_segs, dr->dr_nsegs);
	assert_silent(su);
	assert_int_equal(bus_dmamem_alloc(dr->dr_tag, NPAGES * PAGE, 0, 0,
			     dr->dr_segs, NPAGES, &dr->dr_nsegs, 0),
	    0);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u + (NPAGES - 1) * PAGE, &byte, 1), 0);
	/* Pages below and above those are no one's business. */
	assert_int_equal(su->su_pl->pl_pages_alloc(su->su_pl, &low), 0);
	assert_int_equal(
	    su->su_pl->pl_pages_free(su->su_pl, low.pg_addr, PAGE), 0);
	k = busdma_sim_kmalloc(sim, PAGE);
	assert_int_equal(
	    su->su_pl->pl_extract(su->su_pl, NULL, (uintptr_t)k, PAGE, &f, 1),
	    1);
	assert_true(f.bf_addr > dr->dr_segs[0].ds_addr);
	busdma_sim_kfree(sim, k);
	assert_silent(su);
	bus_dmamem_free(dr->dr_tag, dr->dr_segs, dr->dr_nsegs);
	assert_int_equal(su->su_last.sr_addr, dr->dr_segs[0].ds_addr);
	assert_int_equal(su->su_last.sr_len, NPAGES * PAGE);
	assert_null(su->su_last.sr_map);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	dr->dr_nsegs = 0;
	busdma_sim_ufree(sim, p, u);
	/* It was freed all the same; and a kernel's page counts like it. */
	k = busdma_sim_kmalloc(sim, PAGE);
	dr->dr_lying = true;
	assert_int_equal(
	    su->su_pl->pl_extract(su->su_pl, NULL, (uintptr_t)k, PAGE, &f, 1),
	    1);
	dr->dr_cookie = f.bf_addr / PAGE;
	u = map_all(dr, p, BOTH);
	assert_int_equal(busdma_sim_copyin(sim, p, u, &byte, 1), 0);
	busdma_sim_kfree(sim, k);
	assert_report(su, BUSDMA_SIM_FREEMAPPED);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

/* What is no page, and what is nobody's. */
static void
cookies_of_a_pager_are_checked(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH), byte;
	struct busdma_pages pg = {
		.pg_size = PAGE,
		.pg_min = PAGE,
		.pg_low = MIDBASE,
		.pg_high = MIDBASE + PAGE - 1,
		.pg_align = PAGE,
	};
	const paddr_t bad[] = {
		(LOWBASE + LOWSIZE) / PAGE, /* a hole */
		((paddr_t)1 << 52) / PAGE,  /* no such address */
		((paddr_t)1 << 60) + drv_phys(dr, 0) / PAGE, /* nor this */
		MIDBASE / PAGE,                              /* free */
	};
	unsigned i;

	dr->dr_lying = true;
	for (i = 0; i < NELEM(bad); i++) {
		dr->dr_cookie = bad[i];
		assert_int_equal(
		    busdma_sim_copyin(sim, p, u, &byte, 1), EFAULT);
		assert_report(su, BUSDMA_SIM_MISUSE);
	}
	dr->dr_lying = false;
	assert_int_equal(busdma_sim_copyin(sim, p, u, &byte, 1), 0);
	busdma_sim_ufree(sim, p, u);
	/* The free one is still free. */
	assert_int_equal(su->su_pl->pl_pages_alloc(su->su_pl, &pg), 0);
	assert_int_equal(
	    su->su_pl->pl_pages_free(su->su_pl, pg.pg_addr, PAGE), 0);
	drv_down(dr);
}

static void
a_hole_stays_a_hole(void **state)
{
	char many[4 * PAGE];
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH), byte;

	assert_int_equal(busdma_sim_copyin(sim, p, u, &byte, 1), 0);
	assert_int_equal(busdma_sim_uunmap(sim, p, u), 0);
	assert_int_equal(busdma_sim_uunmap(sim, p, u + PAGE), 0);
	assert_int_equal(busdma_sim_uunmap(sim, p, u + PAGE), EFAULT);
	assert_int_equal(busdma_sim_copyin(sim, p, u, &byte, 1), EFAULT);
	assert_int_equal(busdma_sim_copyin(sim, p, u + PAGE, &byte, 1), EFAULT);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, u, many, sizeof(many)), EFAULT);
	/* Behind a hole nothing is asked for. */
	assert_int_equal(asked(dr), 1);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

/* Every hook on the way fails once: EFAULT, and the next touch works. */
static void
a_cookie_may_fail(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	struct drv *dr = drv_up(su);
	char *u = map_all(dr, p, BOTH), byte;
	uint64_t n = 0;
	int error;

	do {
		busdma_sim_fail_at(sim, ++n);
		error = busdma_sim_copyin(sim, p, u, &byte, 1);
		assert_int_equal(error, n == 1 ? EFAULT : 0);
	} while (busdma_sim_fail_at(sim, 0));
	assert_int_equal(n, 2);
	assert_int_equal(dr->dr_asked[0], 2);
	busdma_sim_ufree(sim, p, u);
	drv_down(dr);
}

static void
what_makes_no_sense_is_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim *sim = su->su_sim;
	struct proc *p = busdma_sim_proc(sim), *q = NULL;

	assert_null(busdma_sim_mmap(sim, p, 0, drv_pager, NULL, BOTH));
	assert_null(busdma_sim_mmap(sim, p, SIZE_MAX, drv_pager, NULL, BOTH));
	assert_null(busdma_sim_mmap(sim, p, PAGE, NULL, NULL, BOTH));
	assert_null(busdma_sim_mmap(sim, p, PAGE, drv_pager, NULL, 0));
	assert_null(busdma_sim_mmap(sim, p, PAGE, drv_pager, NULL, 4 | BOTH));
	assert_silent(su);
	assert_int_equal(busdma_sim_proc_create(sim, &q), 0);
	busdma_sim_proc_destroy(sim, q);
	assert_null(busdma_sim_mmap(sim, q, PAGE, drv_pager, NULL, BOTH));
	assert_report(su, BUSDMA_SIM_MISUSE);
}

/* What is still mapped at the machine's end is held. */
static void
a_mapping_is_held(void **state)
{
	struct su *su = su_create(0, BUSDMA_SIM_FRAG_NONE, 1);
	struct proc *q = NULL;

	(void)state;
	assert_int_equal(busdma_sim_proc_create(su->su_sim, &q), 0);
	assert_non_null(
	    busdma_sim_mmap(su->su_sim, q, 8 * PAGE, drv_pager, NULL, BOTH));
	assert_non_null(busdma_sim_mmap(su->su_sim, busdma_sim_proc(su->su_sim),
	    PAGE, drv_pager, NULL, BOTH));
	assert_int_equal(su_destroy(su), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(pages_come_when_they_are_touched),
		SIMUNIT(a_translation_touches),
		SIMUNIT(a_page_that_is_refused_is_no_memory),
		SIMUNIT(the_end_of_the_memory_is_refused),
		SIMUNIT(prot_is_kept),
		SIMUNIT(two_processes_share_it),
		SIMUNIT(memory_freed_while_it_is_mapped_is_reported),
		SIMUNIT(cookies_of_a_pager_are_checked),
		SIMUNIT(a_hole_stays_a_hole),
		SIMUNIT(a_cookie_may_fail),
		SIMUNIT(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_mapping_is_held),
	};

	return cmocka_run_group_tests_name("simmmap", tests, NULL, NULL);
}
