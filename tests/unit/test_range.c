/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/range.c: runs of units.  tests/oracle/ranges.c has the random
 * programs; here stands what the contract says in so many words.
 */
#include "unit.h"

static struct busdma_range *
make(size_t n, bool available)
{
	size_t size = busdma_range_size(n);
	struct busdma_range *r;
	void *mem;

	assert_true(size != 0);
	mem = malloc(size);
	assert_non_null(mem);
	memset(mem, 0xa5, size);
	r = busdma_range_init(mem, n);
	/* It lives where it was told to. */
	assert_true((char *)r >= (char *)mem && (char *)r < (char *)mem + size);
	if (available)
		assert_int_equal(busdma_range_free(r, 0, n), 0);
	return r;
}

static void
drop(struct busdma_range *r)
{
	free(r);
}

static size_t
take(struct busdma_range *r, size_t max, size_t min, size_t *start)
{
	struct busdma_range_req rq = {
		.rr_max = max, .rr_min = min, .rr_high = SIZE_MAX, .rr_align = 1
	};

	*start = SIZE_MAX;
	return busdma_range_alloc(r, &rq, start);
}

static void
all_units_are_taken_at_first(void **state)
{
	struct busdma_range *r = make(100, false);
	size_t start;

	(void)state;
	assert_int_equal(busdma_range_avail(r), 0);
	assert_int_equal(take(r, 1, 1, &start), 0);
	assert_int_equal(busdma_range_free(r, 40, 3), 0);
	assert_int_equal(busdma_range_avail(r), 3);
	assert_int_equal(busdma_range_count(r, 0, 41), 2);
	assert_int_equal(busdma_range_count(r, 42, SIZE_MAX), 1);
	assert_int_equal(busdma_range_count(r, 43, 99), 0);
	assert_int_equal(busdma_range_count(r, 41, 40), 0);
	assert_int_equal(busdma_range_count(r, 100, SIZE_MAX), 0);
	assert_int_equal(take(r, 3, 3, &start), 3);
	assert_int_equal(start, 40);
	assert_int_equal(busdma_range_avail(r), 0);
	drop(r);
}

static void
the_first_run_is_found(void **state)
{
	struct busdma_range *r = make(300, true);
	size_t start;

	(void)state;
	for (size_t i = 0; i < 300; i += 30) {
		assert_int_equal(take(r, 30, 30, &start), 30);
		assert_int_equal(start, i);
	}
	assert_int_equal(take(r, 1, 1, &start), 0);
	assert_int_equal(busdma_range_free(r, 200, 5), 0);
	assert_int_equal(busdma_range_free(r, 90, 4), 0);
	assert_int_equal(take(r, 5, 5, &start), 5);
	assert_int_equal(start, 200);
	assert_int_equal(take(r, 4, 4, &start), 4);
	assert_int_equal(start, 90);
	drop(r);
}

static void
failing_that_the_longest(void **state)
{
	struct busdma_range *r = make(500, false);
	size_t start;

	(void)state;
	assert_int_equal(busdma_range_free(r, 10, 5), 0);
	assert_int_equal(busdma_range_free(r, 60, 70), 0);
	assert_int_equal(busdma_range_free(r, 400, 7), 0);
	assert_int_equal(take(r, 100, 71, &start), 0);
	assert_int_equal(busdma_range_avail(r), 82);
	assert_int_equal(take(r, 100, 70, &start), 70);
	assert_int_equal(start, 60);
	assert_int_equal(take(r, 100, 1, &start), 7);
	assert_int_equal(start, 400);
	assert_int_equal(take(r, 6, 1, &start), 5);
	assert_int_equal(start, 10);
	assert_int_equal(take(r, 1, 1, &start), 0);
	drop(r);
}

static void
bounds_are_inclusive(void **state)
{
	struct busdma_range *r = make(200, true);
	struct busdma_range_req rq = { .rr_max = 10,
		.rr_min = 10,
		.rr_low = 95,
		.rr_high = 103,
		.rr_align = 1 };
	size_t start;

	(void)state;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 0);
	rq.rr_high = 104;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 10);
	assert_int_equal(start, 95);
	rq.rr_low = 199;
	rq.rr_high = SIZE_MAX;
	rq.rr_max = rq.rr_min = 1;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 1);
	assert_int_equal(start, 199);
	rq.rr_low = 200;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 0);
	rq.rr_low = 50;
	rq.rr_high = 49;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 0);
	drop(r);
}

static void
alignment_counts_from_the_offset(void **state)
{
	struct busdma_range *r = make(200, true);
	struct busdma_range_req rq = { .rr_max = 3,
		.rr_min = 3,
		.rr_low = 1,
		.rr_high = SIZE_MAX,
		.rr_align = 16 };
	size_t start;

	(void)state;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 3);
	assert_int_equal(start, 16);
	rq.rr_offset = 5;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 3);
	assert_int_equal(start, 11);
	rq.rr_offset = UINT64_MAX; /* one less */
	rq.rr_align = 64;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 3);
	assert_int_equal(start, 1);
	drop(r);
}

static void
a_boundary_is_not_crossed(void **state)
{
	struct busdma_range *r = make(64, true);
	struct busdma_range_req rq = { .rr_max = 8,
		.rr_min = 8,
		.rr_low = 1,
		.rr_high = SIZE_MAX,
		.rr_align = 1,
		.rr_boundary = 8 };
	size_t start;

	(void)state;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 8);
	assert_int_equal(start, 8);
	rq.rr_offset = 3; /* multiples of 8 at 5, 13, 21 */
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 8);
	assert_int_equal(start, 21);
	/* Longer than the boundary: at most what it leaves. */
	rq.rr_max = 20;
	rq.rr_min = 9;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 0);
	rq.rr_min = 1;
	assert_int_equal(busdma_range_alloc(r, &rq, &start), 8);
	assert_int_equal(start % 8, 5);
	drop(r);
}

static void
only_what_is_taken_is_freed(void **state)
{
	struct busdma_range *r = make(130, false);

	(void)state;
	assert_int_equal(busdma_range_free(r, 64, 2), 0);
	assert_int_equal(busdma_range_free(r, 64, 1), EINVAL);
	assert_int_equal(busdma_range_free(r, 65, 1), EINVAL);
	assert_int_equal(busdma_range_free(r, 0, 130), EINVAL);
	assert_int_equal(busdma_range_free(r, 60, 5), EINVAL);
	assert_int_equal(busdma_range_free(r, 65, 5), EINVAL);
	assert_int_equal(busdma_range_free(r, 130, 1), EINVAL);
	assert_int_equal(busdma_range_free(r, 129, 2), EINVAL);
	assert_int_equal(busdma_range_free(r, 1, SIZE_MAX), EINVAL);
	assert_int_equal(busdma_range_free(r, SIZE_MAX, 2), EINVAL);
	assert_int_equal(busdma_range_avail(r), 2);
	assert_int_equal(busdma_range_free(r, 0, 64), 0);
	assert_int_equal(busdma_range_free(r, 66, 64), 0);
	assert_int_equal(busdma_range_avail(r), 130);
	drop(r);
}

static void
runs_go_across_words(void **state)
{
	struct busdma_range *r = make(5000, true);
	size_t start;

	(void)state;
	assert_int_equal(take(r, 5000, 5000, &start), 5000);
	assert_int_equal(start, 0);
	assert_int_equal(busdma_range_free(r, 63, 4200), 0);
	assert_int_equal(take(r, 4201, 4201, &start), 0);
	assert_int_equal(take(r, 4201, 1, &start), 4200);
	assert_int_equal(start, 63);
	drop(r);
}

static void
sizes_that_can_not_be_are_zero(void **state)
{
	(void)state;
	assert_true(busdma_range_size(1) >= sizeof(size_t));
	assert_true(busdma_range_size(100000) > 100000 / 8);
	assert_true(busdma_range_size(100000) < 100000 / 4);
	/* All the units that a size_t counts fit in an eighth of its bytes. */
	assert_true(busdma_range_size(SIZE_MAX) == 0 ||
		    busdma_range_size(SIZE_MAX) > SIZE_MAX / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_units_are_taken_at_first),
		cmocka_unit_test(the_first_run_is_found),
		cmocka_unit_test(failing_that_the_longest),
		cmocka_unit_test(bounds_are_inclusive),
		cmocka_unit_test(alignment_counts_from_the_offset),
		cmocka_unit_test(a_boundary_is_not_crossed),
		cmocka_unit_test(only_what_is_taken_is_freed),
		cmocka_unit_test(runs_go_across_words),
		cmocka_unit_test(sizes_that_can_not_be_are_zero),
	};

	return cmocka_run_group_tests_name("range", tests, NULL, NULL);
}
