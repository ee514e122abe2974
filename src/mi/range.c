/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges: runs of units out of [0, n), in a bitmap in which a set bit is a
 * free unit.  A second bitmap has a bit for each word of the first that is not
 * 0, so that a search passes over what is taken a square of words at a time.
 */
#include <busdma/backend.h>
#include <busdma/string.h>

#define WORDBITS (sizeof(size_t) * 8)
#define WORDS(n) (((n) + (WORDBITS - 1)) / WORDBITS)

struct busdma_range {
	size_t ra_units; /* n */
	size_t ra_avail; /* free ones */
	size_t *ra_sum;  /* a bit for each word of ra_bits */
	size_t ra_bits[];
};

/* The lowest set bit of a word that is not 0. */
static unsigned
lowbit(size_t w)
{
	unsigned bit = 0, half;

	for (half = WORDBITS / 2; half != 0; half >>= 1) {
		if ((w & (((size_t)1 << half) - 1)) == 0) {
			w >>= half;
			bit += half;
		}
	}
	return bit;
}

/* The bits [from, WORDBITS) of a word. */
static size_t
above(unsigned from)
{
	return ~(size_t)0 << from;
}

size_t
busdma_range_size(size_t n)
{
	size_t words;

	if (n > SIZE_MAX - WORDBITS)
		return 0;
	words = WORDS(n);
	words += WORDS(words);
	if (words > (SIZE_MAX - sizeof(struct busdma_range)) / sizeof(size_t))
		return 0;
	return sizeof(struct busdma_range) + words * sizeof(size_t);
}

struct busdma_range *
busdma_range_init(void *mem, size_t n)
{
	struct busdma_range *r = mem;

	memset(mem, 0, busdma_range_size(n));
	r->ra_units = n;
	r->ra_sum = &r->ra_bits[WORDS(n)];
	return r;
}

size_t
busdma_range_avail(const struct busdma_range *r)
{
	return r->ra_avail;
}

/* The first free unit in [from, end); end where there is none. */
static size_t
next_free(const struct busdma_range *r, size_t from, size_t end)
{
	size_t word, sum, bits;

	if (from >= end)
		return end;
	word = from / WORDBITS;
	bits = r->ra_bits[word] & above(from % WORDBITS);
	if (bits == 0) {
		word++;
		sum = word / WORDBITS;
		if (word >= WORDS(end))
			return end;
		bits = r->ra_sum[sum] & above(word % WORDBITS);
		while (bits == 0) {
			if (++sum >= WORDS(WORDS(end)))
				return end;
			bits = r->ra_sum[sum];
		}
		word = sum * WORDBITS + lowbit(bits);
		if (word >= WORDS(end))
			return end;
		bits = r->ra_bits[word];
	}
	from = word * WORDBITS + lowbit(bits);
	return from < end ? from : end;
}

/* The first taken unit in [from, end); end where there is none. */
static size_t
next_taken(const struct busdma_range *r, size_t from, size_t end)
{
	size_t word = from / WORDBITS;
	size_t bits = ~r->ra_bits[word] & above(from % WORDBITS);

	while (bits == 0) {
		if (++word >= WORDS(end))
			return end;
		bits = ~r->ra_bits[word];
	}
	from = word * WORDBITS + lowbit(bits);
	return from < end ? from : end;
}

/* Make [start, start + n) free or taken. */
static void
mark(struct busdma_range *r, size_t start, size_t n, bool isfree)
{
	size_t word, mask, sumbit;

	while (n != 0) {
		size_t from = start % WORDBITS, len = WORDBITS - from;

		if (len > n)
			len = n;
		word = start / WORDBITS;
		mask = above(from);
		if (from + len < WORDBITS)
			mask &= ~above(from + len);
		if (isfree)
			r->ra_bits[word] |= mask;
		else
			r->ra_bits[word] &= ~mask;
		sumbit = (size_t)1 << (word % WORDBITS);
		if (r->ra_bits[word] != 0)
			r->ra_sum[word / WORDBITS] |= sumbit;
		else
			r->ra_sum[word / WORDBITS] &= ~sumbit;
		start += len;
		n -= len;
	}
}

/* The longest legal run found so far. */
struct found {
	size_t fo_start;
	size_t fo_len;
};

/*
 * The runs that begin in the free [start, end), which is aligned nowhere:
 * from its first aligned unit, and from each boundary in it.  True: one is as
 * long as can be, `most'.
 */
static bool
search(const struct busdma_range_req *rq, size_t start, size_t end, size_t most,
    struct found *best)
{
	uint64_t room;
	size_t pad, len;

	for (;;) {
		room = -((uint64_t)start + rq->rr_offset) & (rq->rr_align - 1);
		if (room >= end - start)
			return false;
		pad = (size_t)room;
		start += pad;
		len = end - start;
		if (rq->rr_boundary != 0) {
			room = rq->rr_boundary -
			       (((uint64_t)start + rq->rr_offset) &
				   (rq->rr_boundary - 1));
			if (len > room)
				len = (size_t)room;
		}
		if (len > best->fo_len) {
			best->fo_start = start;
			best->fo_len = len < most ? len : most;
			if (len >= most)
				return true;
		}
		if (len == end - start)
			return false;
		start += len;
	}
}

size_t
busdma_range_alloc(
    struct busdma_range *r, const struct busdma_range_req *rq, size_t *startp)
{
	struct found best = { 0, 0 };
	size_t end, from, stop, most = rq->rr_max;

	if (r->ra_units == 0 || rq->rr_low >= r->ra_units ||
	    rq->rr_low > rq->rr_high)
		return 0;
	end = rq->rr_high < r->ra_units ? rq->rr_high + 1 : r->ra_units;
	/* No run is longer than the boundary. */
	if (rq->rr_boundary != 0 && most > rq->rr_boundary)
		most = (size_t)rq->rr_boundary;
	for (from = rq->rr_low;; from = stop) {
		from = next_free(r, from, end);
		if (from == end)
			break;
		stop = next_taken(r, from, end);
		if (search(rq, from, stop, most, &best))
			break;
	}
	if (best.fo_len == 0 || best.fo_len < rq->rr_min)
		return 0;
	mark(r, best.fo_start, best.fo_len, false);
	r->ra_avail -= best.fo_len;
	*startp = best.fo_start;
	return best.fo_len;
}

size_t
busdma_range_count(const struct busdma_range *r, size_t low, size_t high)
{
	size_t end, from, stop, n = 0;

	if (low > high || low >= r->ra_units)
		return 0;
	end = high < r->ra_units ? high + 1 : r->ra_units;
	for (from = next_free(r, low, end); from < end;
	     from = next_free(r, stop, end)) {
		stop = next_taken(r, from, end);
		n += stop - from;
	}
	return n;
}

int
busdma_range_free(struct busdma_range *r, size_t start, size_t n)
{
	if (n == 0 || start >= r->ra_units || n > r->ra_units - start ||
	    next_free(r, start, start + n) != start + n)
		return EINVAL;
	mark(r, start, n, true);
	r->ra_avail += n;
	return 0;
}
