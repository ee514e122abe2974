/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simkmem.c and simspace.c: kernel memory, kernel mappings, and
 * how their addresses translate.
 */
#include <unistd.h>

#include "simunit.h"

static unsigned
extract(struct su *su, const void *va, uint64_t len, struct busdma_frag *f,
    unsigned n)
{
	return su->su_pl->pl_extract(su->su_pl, NULL, (uintptr_t)va, len, f, n);
}

/* Physical memory behind [va, va + len) is what the CPU sees there. */
static void
assert_behind(struct su *su, const uint8_t *va, uint64_t len)
{
	struct busdma_frag f[3];
	uint8_t *copy = malloc((size_t)len);
	uint64_t off = 0;
	unsigned n, i;

	assert_non_null(copy);
	while (off < len) {
		n = extract(su, va + off, len - off, f, NELEM(f));
		assert_true(n > 0);
		for (i = 0; i < n; i++) {
			assert_true(f[i].bf_len <= len - off);
			assert_int_equal(
			    busdma_sim_phys_read(su->su_sim, f[i].bf_addr,
				copy + off, (size_t)f[i].bf_len),
			    0);
			off += f[i].bf_len;
		}
	}
	assert_memory_equal(copy, va, (size_t)len);
	free(copy);
}

static void
unfragmented_memory_is_one_run(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, 100 * PAGE);
	struct busdma_frag f[4];

	assert_non_null(p);
	su_fill(p, 100 * PAGE, 1);
	assert_int_equal(extract(su, p + 5, 100 * PAGE - 5, f, 4), 1);
	assert_int_equal(f[0].bf_len, 100 * PAGE - 5);
	assert_behind(su, p, 100 * PAGE);
	/* Not a byte more than was asked for. */
	assert_int_equal(extract(su, p + PAGE - 1, 2, f, 4), 1);
	assert_int_equal(f[0].bf_len, 2);
	assert_int_equal(extract(su, p, PAGE - 1, f, 4), 1);
	assert_int_equal(f[0].bf_len, PAGE - 1);
	busdma_sim_kfree(su->su_sim, p);
}

static void
no_two_pages_are_neighbours_where_asked(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc_frag(
	    su->su_sim, 100 * PAGE, BUSDMA_SIM_FRAG_PAGES);
	struct busdma_frag f[128];
	unsigned i;

	assert_non_null(p);
	su_fill(p, 100 * PAGE, 2);
	assert_int_equal(extract(su, p, 100 * PAGE, f, NELEM(f)), 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(f[i].bf_len, PAGE);
	assert_behind(su, p + 100, 90 * PAGE);
	/* As many as fit. */
	assert_int_equal(extract(su, p, 100 * PAGE, f, 7), 7);
	busdma_sim_kfree(su->su_sim, p);
}

/* The last page to be had is next to the first: then there is none. */
static void
pages_run_out_rather_than_touch(void **state)
{
	static const struct busdma_sim_bank bank = { 0, 2 * PAGE };
	const struct busdma_sim_config sc = { .sc_banks = &bank,
		.sc_nbanks = 1 };
	struct busdma_sim *sim;
	unsigned i, got = 0;
	void *p;

	(void)state;
	assert_int_equal(busdma_sim_create(&sc, &sim), 0);
	for (i = 0; i < 32; i++) {
		const struct busdma_platform *pl = busdma_sim_platform(sim);
		struct busdma_frag f[2];

		p = busdma_sim_kmalloc_frag(
		    sim, 2 * PAGE, BUSDMA_SIM_FRAG_PAGES);
		if (p == NULL)
			continue;
		got++;
		assert_int_equal(
		    pl->pl_extract(pl, NULL, (uintptr_t)p, 2 * PAGE, f, 2), 2);
		busdma_sim_kfree(sim, p);
	}
	/* The first page is one or the other, by luck. */
	assert_in_range(got, 1, 31);
	assert_int_equal(busdma_sim_destroy(sim), 0);
}

static void
random_runs_are_up_to_eight_pages(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc_frag(
	    su->su_sim, 200 * PAGE, BUSDMA_SIM_FRAG_RANDOM);
	struct busdma_frag f[200];
	unsigned n;

	assert_non_null(p);
	n = extract(su, p, 200 * PAGE, f, NELEM(f));
	assert_in_range(n, 20, 120);
	busdma_sim_kfree(su->su_sim, p);
}

static void
all_memory_can_be_had_in_any_way(void **state)
{
	const uint64_t all = LOWSIZE + MIDSIZE + HIGHSIZE;
	struct su *su = *state;
	int frag;

	for (frag = 0; frag < 2; frag++) {
		uint8_t *p = busdma_sim_kmalloc_frag(
		    su->su_sim, (size_t)all, (enum busdma_sim_frag)frag);

		assert_non_null(p);
		su_fill(p, (size_t)all, 3);
		assert_behind(su, p, all);
		assert_null(busdma_sim_kmalloc(su->su_sim, 1));
		busdma_sim_kfree(su->su_sim, p);
	}
	assert_null(busdma_sim_kmalloc(su->su_sim, (size_t)all + 1));
	assert_null(busdma_sim_kmalloc(su->su_sim, 0));
	assert_null(busdma_sim_kmalloc(su->su_sim, SIZE_MAX));
	assert_silent(su);
}

/* A stray pointer is no memory of the machine. */
static void
foreign_addresses_do_not_translate(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, 2 * PAGE);
	struct busdma_frag f;

	assert_int_equal(extract(su, &f, 1, &f, 1), 0);
	assert_int_equal(extract(su, NULL, 1, &f, 1), 0);
	assert_int_equal(extract(su, (void *)UINTPTR_MAX, 1, &f, 1), 0);
	/* The page behind a buffer is not part of it. */
	assert_int_equal(extract(su, p + 2 * PAGE, 1, &f, 1), 0);
	assert_int_equal(extract(su, p - 1, 1, &f, 1), 0);
	assert_int_equal(extract(su, p + PAGE, 2 * PAGE, &f, 1), 1);
	assert_int_equal(f.bf_len, PAGE);
	busdma_sim_kfree(su->su_sim, p);
	assert_int_equal(extract(su, p, 1, &f, 1), 0);
	assert_silent(su);
}

/* The kernel's linear mapping translates too, as far as the bank goes. */
static void
windows_translate(void **state)
{
	struct su *su = *state;
	uint8_t *w = su->su_pl->pl_window(su->su_pl, MIDBASE + 100, 8, 0);
	struct busdma_frag f;

	assert_non_null(w);
	/* Behind it another bank may be mapped. */
	assert_int_equal(extract(su, w, 64 * MIB, &f, 1), 1);
	assert_int_equal(f.bf_addr, MIDBASE + 100);
	assert_int_equal(f.bf_len, MIDSIZE - 100);
	assert_int_equal(extract(su, w - 100, 200, &f, 1), 1);
	assert_int_equal(f.bf_addr, MIDBASE);
	assert_int_equal(f.bf_len, 200);
	su->su_pl->pl_window_done(su->su_pl, w, 8);
	assert_int_equal(extract(su, w, 0, &f, 1), 0);
	assert_silent(su);
}

/* The host faults there: seen through a system call. */
static void
guards_stand_around_a_buffer(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, 2 * PAGE);
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], p + 2 * PAGE - 1, 1), 1);
	assert_int_equal(write(fd[1], p + 2 * PAGE, 1), -1);
	assert_int_equal(write(fd[1], p - 1, 1), -1);
	close(fd[0]);
	close(fd[1]);
	busdma_sim_kfree(su->su_sim, p);
}

static void
kfree_of_anything_else_is_reported(void **state)
{
	struct su *su = *state;
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, 2 * PAGE);

	busdma_sim_kfree(su->su_sim, p + 1);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_kfree(su->su_sim, p);
	busdma_sim_kfree(su->su_sim, p);
	assert_report(su, BUSDMA_SIM_MISUSE);
	busdma_sim_kfree(su->su_sim, NULL);
	assert_silent(su);
}

/* kmap: scattered segments in one range, the same memory seen twice. */
static void
kmap_makes_scattered_memory_contiguous(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	bus_dma_segment_t segs[] = {
		{ HIGHBASE + 5 * PAGE, 2 * PAGE },
		{ LOWBASE, PAGE },
		{ MIDBASE + 7 * PAGE, 3 * PAGE },
	};
	struct busdma_frag f[4];
	uint8_t byte;
	uint8_t *p;
	void *kva, *again;

	assert_int_equal(pl->pl_kmap(pl, segs, 3, 5 * PAGE, 0, &kva), 0);
	p = kva;
	su_fill(p, 5 * PAGE, 9);
	assert_int_equal(extract(su, p, 5 * PAGE, f, 4), 3);
	assert_int_equal(f[0].bf_addr, HIGHBASE + 5 * PAGE);
	assert_int_equal(f[1].bf_addr, LOWBASE);
	assert_int_equal(f[2].bf_addr, MIDBASE + 7 * PAGE);
	assert_int_equal(f[2].bf_len, 2 * PAGE);
	assert_behind(su, p, 5 * PAGE);

	assert_int_equal(pl->pl_kmap(pl, &segs[1], 1, PAGE, 0, &again), 0);
	assert_ptr_not_equal(again, kva);
	p[2 * PAGE + 17]++;
	byte = ((uint8_t *)again)[17];
	assert_int_equal(byte, p[2 * PAGE + 17]);

	pl->pl_kunmap(pl, again, 2 * PAGE);
	assert_report(su, BUSDMA_SIM_MISUSE);
	pl->pl_kunmap(pl, again, PAGE);
	pl->pl_kunmap(pl, kva, 5 * PAGE);
	assert_silent(su);
	assert_int_equal(extract(su, p, 1, f, 1), 0);
	pl->pl_kunmap(pl, kva, 5 * PAGE);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

static void
kmap_of_what_is_no_memory_is_reported(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	bus_dma_segment_t hole = { LOWBASE + LOWSIZE - PAGE, 2 * PAGE };
	bus_dma_segment_t odd = { MIDBASE + 1, PAGE };
	void *kva;

	assert_int_equal(pl->pl_kmap(pl, &hole, 1, 2 * PAGE, 0, &kva), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
	assert_int_equal(pl->pl_kmap(pl, &odd, 1, PAGE, 0, &kva), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
	odd.ds_addr = MIDBASE;
	assert_int_equal(pl->pl_kmap(pl, &odd, 1, 2 * PAGE, 0, &kva), ENOMEM);
	assert_report(su, BUSDMA_SIM_MISUSE);
}

/* A page of 64 KiB is sixteen of the host's. */
static void
large_pages_work_alike(void **state)
{
	struct su *su = su_create(65536, BUSDMA_SIM_FRAG_PAGES, 7);
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, 5 * 65536 - 1);
	struct busdma_frag f[8];

	(void)state;
	assert_non_null(p);
	assert_int_equal((uintptr_t)p & 65535, 0);
	su_fill(p, (size_t)5 * 65536, 4);
	assert_int_equal(extract(su, p, (uint64_t)5 * 65536, f, 8), 5);
	assert_behind(su, p, (uint64_t)5 * 65536);
	busdma_sim_kfree(su->su_sim, p);
	assert_int_equal(su_destroy(su), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SIMUNIT(unfragmented_memory_is_one_run),
		SIMUNIT(no_two_pages_are_neighbours_where_asked),
		cmocka_unit_test(pages_run_out_rather_than_touch),
		SIMUNIT(random_runs_are_up_to_eight_pages),
		SIMUNIT(all_memory_can_be_had_in_any_way),
		SIMUNIT(foreign_addresses_do_not_translate),
		SIMUNIT(windows_translate),
		SIMUNIT(guards_stand_around_a_buffer),
		SIMUNIT(kfree_of_anything_else_is_reported),
		SIMUNIT(kmap_makes_scattered_memory_contiguous),
		SIMUNIT(kmap_of_what_is_no_memory_is_reported),
		cmocka_unit_test(large_pages_work_alike),
	};

	return cmocka_run_group_tests_name("simkmem", tests, NULL, NULL);
}
