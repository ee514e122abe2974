/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for the range allocator: a byte for each unit and a search
 * through all of them, beside busdma_range_*, over random programs by seed.
 *
 * ranges [--cases N] [--seed S] [--case I]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/backend.h>

#include "args.h"
#include "rnd.h"

#define MAXUNITS 20000

/* The slow side: 1 is taken. */
static unsigned char taken[MAXUNITS];
static size_t nunits;

/* How many units from `start' may be one run of the request. */
static size_t
run_at(const struct busdma_range_req *rq, size_t start)
{
	uint64_t mask = rq->rr_boundary - 1;
	size_t n = 0;

	if (start < rq->rr_low ||
	    ((start + rq->rr_offset) & (rq->rr_align - 1)) != 0)
		return 0;
	while (n < rq->rr_max && start + n < nunits &&
	       start + n <= rq->rr_high && !taken[start + n] &&
	       (n == 0 || rq->rr_boundary == 0 ||
		   ((start + n + rq->rr_offset) & mask) != 0))
		n++;
	return n;
}

/* What the contract promises: the length, and where, if it is the most. */
static size_t
search(const struct busdma_range_req *rq, size_t *startp)
{
	size_t best = 0;

	for (size_t s = 0; s < nunits && best < nunits - s; s++) {
		size_t n = run_at(rq, s);

		if (n > best) {
			best = n;
			*startp = s;
			if (n == rq->rr_max)
				break;
		}
	}
	return best >= rq->rr_min ? best : 0;
}

static size_t
count_free(void)
{
	size_t n = 0;

	for (size_t i = 0; i < nunits; i++)
		n += !taken[i];
	return n;
}

static void
make_request(struct rnd *r, struct busdma_range_req *rq)
{
	memset(rq, 0, sizeof(*rq));
	rq->rr_max = (size_t)rnd_in(r, 1,
	    rnd_one_in(r, 8)   ? nunits + 2
	    : rnd_one_in(r, 3) ? 200
			       : 9);
	rq->rr_min =
	    rnd_one_in(r, 2) ? rq->rr_max : (size_t)rnd_in(r, 1, rq->rr_max);
	rq->rr_high =
	    rnd_one_in(r, 2) ? SIZE_MAX : (size_t)rnd_below(r, nunits + 70);
	if (rnd_one_in(r, 3))
		rq->rr_low = (size_t)rnd_below(r, nunits + 3);
	rq->rr_align = (uint64_t)1 << (rnd_one_in(r, 2)    ? 0
				       : rnd_one_in(r, 30) ? rnd_below(r, 64)
							   : rnd_below(r, 9));
	if (rnd_one_in(r, 3))
		rq->rr_boundary = (uint64_t)1
				  << rnd_below(r, rnd_one_in(r, 9) ? 64 : 12);
	if (rnd_one_in(r, 2))
		rq->rr_offset =
		    rnd_one_in(r, 4) ? (size_t)0 - 1 : (size_t)rnd(r);
}

static void
print_request(const struct busdma_range_req *rq, size_t want, size_t wantat,
    size_t got, size_t gotat)
{
	printf("# of %zu: max %zu min %zu low %zu high %zu align %" PRIu64
	       " boundary %" PRIu64 " offset %#" PRIx64
	       ": expected %zu at %zu, got %zu at %zu\n",
	    nunits, rq->rr_max, rq->rr_min, rq->rr_low, rq->rr_high,
	    rq->rr_align, rq->rr_boundary, rq->rr_offset, want, wantat, got,
	    gotat);
}

static uint64_t found, shorter, none;

/* One allocation on both sides. */
static bool
try_alloc(struct busdma_range *range, struct rnd *r)
{
	size_t want, wantat = 0, got, gotat = 0;
	struct busdma_range_req rq;

	make_request(r, &rq);
	want = search(&rq, &wantat);
	got = busdma_range_alloc(range, &rq, &gotat);
	if (got != want || (got == rq.rr_max && gotat != wantat) ||
	    (got != 0 && (gotat >= nunits || run_at(&rq, gotat) < got))) {
		print_request(&rq, want, wantat, got, gotat);
		return false;
	}
	if (got != 0)
		memset(&taken[gotat], 1, got);
	found += got == rq.rr_max;
	shorter += got != 0 && got != rq.rr_max;
	none += got == 0;
	return true;
}

/* One release on both sides; often one that is not legal. */
static bool
try_free(struct busdma_range *range, struct rnd *r)
{
	size_t start =
	    (size_t)rnd_below(r, nunits + (rnd_one_in(r, 20) ? 9 : 0));
	size_t n = (size_t)rnd_in(
	    r, rnd_one_in(r, 20) ? 0 : 1, rnd_one_in(r, 6) ? 500 : 12);
	bool legal = n != 0 && start < nunits && n <= nunits - start;
	int error;

	if (rnd_one_in(r, 50))
		n = SIZE_MAX - (size_t)rnd_below(r, 3), legal = false;
	/* To a unit that is taken, and then all that follow, mostly. */
	if (legal && !rnd_one_in(r, 8)) {
		while (start < nunits && !taken[start])
			start++;
		for (size_t i = 0; i < n; i++)
			if (start + i >= nunits || !taken[start + i])
				n = i;
		legal = n != 0;
	}
	for (size_t i = 0; legal && i < n; i++)
		legal = taken[start + i];
	error = busdma_range_free(range, start, n);
	if (n == 0 && (error == 0 || error == EINVAL))
		return true;
	if (error != (legal ? 0 : EINVAL)) {
		printf("# free of %zu at %zu of %zu: expected %s, got %d\n", n,
		    start, nunits, legal ? "0" : "EINVAL", error);
		return false;
	}
	if (legal)
		memset(&taken[start], 0, n);
	return true;
}

/* Those of a part of them. */
static bool
try_count(const struct busdma_range *range, struct rnd *r)
{
	const size_t low = (size_t)rnd_below(r, nunits + 2);
	const size_t high =
	    rnd_one_in(r, 8) ? SIZE_MAX : (size_t)rnd_below(r, nunits + 70);
	size_t n = 0, got = busdma_range_count(range, low, high);

	for (size_t i = low; i < nunits && i <= high; i++)
		n += !taken[i];
	if (got != n)
		printf("# count of [%zu, %zu] of %zu: expected %zu, got %zu\n",
		    low, high, nunits, n, got);
	return got == n;
}

static size_t
some_size(struct rnd *r)
{
	static const size_t sizes[] = { 1, 31, 32, 33, 63, 64, 65, 1023, 1024,
		1025, 2048, 4095, 4096, 4097, 4160, MAXUNITS };

	if (rnd_one_in(r, 3))
		return sizes[rnd_below(r, sizeof(sizes) / sizeof(sizes[0]) -
					      (rnd_one_in(r, 30) ? 0 : 5))];
	return (size_t)rnd_in(r, 1, rnd_one_in(r, 9) ? 1500 : 300);
}

/* A program of calls; true: both sides agreed all along. */
static bool
run_case(uint64_t seed, uint64_t index)
{
	struct rnd mix = { .rn_state = seed + index * 0x9e3779b97f4a7c15u };
	struct rnd *r = &mix;
	struct busdma_range *range;
	size_t size;
	bool ok;
	void *mem;

	nunits = some_size(r);
	memset(taken, 1, nunits);
	size = busdma_range_size(nunits);
	mem = malloc(size);
	if (mem == NULL)
		abort();
	memset(mem, 0x5a, size);
	range = busdma_range_init(mem, nunits);
	ok = range != NULL && busdma_range_avail(range) == 0;
	if (rnd_one_in(r, 2)) {
		ok = ok && busdma_range_free(range, 0, nunits) == 0;
		memset(taken, 0, nunits);
	}
	for (unsigned i = 0; i < 24 && ok; i++)
		ok =
		    rnd_one_in(r, 3) ? try_free(range, r) : try_alloc(range, r);
	if (ok && busdma_range_avail(range) != count_free()) {
		printf("# avail of %zu: expected %zu, got %zu\n", nunits,
		    count_free(), busdma_range_avail(range));
		ok = false;
	}
	ok = ok && try_count(range, r);
	if (!ok)
		printf(
		    "# --seed %" PRIu64 " --case %" PRIu64 "\n", seed, index);
	free(mem);
	return ok;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 20000);
	uint64_t seed = oa.oa_seed, first = oa.oa_first, cases = oa.oa_end;
	unsigned bad = 0;

	printf("1..1\n");
	for (uint64_t i = first; i < cases && bad < 3; i++)
		bad += !run_case(seed, i);
	printf("# ranges: seed %" PRIu64 ", %" PRIu64 " programs: %" PRIu64
	       " runs, %" PRIu64 " shorter ones, %" PRIu64 " failures\n",
	    seed, cases - first, found, shorter, none);
	if (cases - first > 100 &&
	    (found < cases || shorter < cases / 4 || none < cases / 4)) {
		printf("# the programs are too much alike\n");
		bad++;
	}
	printf("%s 1 - runs of units\n", bad == 0 ? "ok" : "not ok");
	return bad != 0;
}
