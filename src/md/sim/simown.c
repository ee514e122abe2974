/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: who has which byte of every load.
 *
 * A byte of the record for each byte of a load.  PREREAD and PREWRITE give
 * bytes to the device, POSTREAD and POSTWRITE take them back; what a device
 * does to a byte that it wasn't given is reported.  So is what the CPU stores
 * to a byte that the device has; that isn't seen when it happens, but when the
 * byte is found to be another than at the PRE: by the device's next access, by
 * a POST, or by the unload.  A PRE before any of these makes it good.
 *
 * A driver that polls takes bytes back to look at them, and gives them again
 * if the device hasn't written them yet.  The device may do so meanwhile, and
 * no harm comes of it, for the CPU stored nothing there.  So a byte that
 * POSTREAD takes before it was written is borrowed only: what the device
 * writes there is late, and reported at the unload if neither a PREREAD nor a
 * POSTREAD followed; or at once, if the CPU has stored to it.  All loads of a
 * requester borrow as one: a PREREAD of the byte by way of another gives it
 * there, and it is borrowed no more.
 *
 * Of accesses a load's mistake is reported once until its next sync: a device
 * that goes through a page makes the same one a hundred times.
 */
#include <stdlib.h>

#include "simownvar.h"

/*
 * All memory of the machine: no load has more, but one that names memory that
 * isn't there, or the same often.  That one has no record.
 */
static uint64_t
all_memory(const struct busdma_sim *sim)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < sim->s_nbanks; i++)
		sum += sim->s_bank[i].sk_size;
	return sum;
}

int
sim_own_load(const struct sim_requester *rq, struct sim_load *ld)
{
	uint64_t room = ld->ld_bytes;
	uint8_t *p;

	ld->ld_recorded = room <= all_memory(rq->rq_bus->bu_sim);
	ld->ld_lost = false;
	ld->ld_bits = 0;
	ld->ld_told = 0;
	ld->ld_givenlow = room;
	ld->ld_givenend = 0;
	if (!ld->ld_recorded)
		return 0;
	if (room <= ld->ld_room) {
		memset(ld->ld_own, 0, (size_t)room);
		return 0;
	}
	p = room <= SIZE_MAX / 2 ? calloc(2, (size_t)room) : NULL;
	if (p == NULL)
		return ENOMEM;
	free(ld->ld_own);
	ld->ld_own = p;
	ld->ld_shadow = p + room;
	ld->ld_room = room;
	return 0;
}

void
sim_own_free(struct sim_load *ld)
{
	free(ld->ld_own);
	ld->ld_own = ld->ld_shadow = NULL;
	ld->ld_room = 0;
}

int
sim_own_last(const struct sim_load *ld, bus_size_t off)
{
	return ld->ld_recorded ? OWN_LAST(ld->ld_own[off]) : 0;
}

/* What is in memory, behind a wire. */
static void
run_memory(struct busdma_sim *sim, struct simown_run *ru, bool coherent)
{
	const struct sim_bank *sk = sim_ram_bank(sim, ru->ru_pa);
	size_t off;

	if (sk == NULL)
		return;
	off = (size_t)(ru->ru_pa - sk->sk_base);
	if (ru->ru_n > sk->sk_size - off)
		ru->ru_n = sk->sk_size - off;
	if (sim->s_line == 0 || coherent) {
		if (sim->s_line != 0)
			sim_cache_look(sim, ru->ru_pa, ru->ru_n);
		ru->ru_seen = sk->sk_ram + off;
		return;
	}
	ru->ru_seen = sk->sk_dev + off;
	ru->ru_cache = sk->sk_ram + off;
	ru->ru_same = sk->sk_same + off;
}

struct simown_run
simown_run_at(const struct sim_requester *rq, const struct sim_load *ld,
    bus_size_t off, uint64_t n)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	uint64_t left, mask = sim->s_pagesize - 1;
	bus_addr_t addr = sim_load_addr(ld, off, &left);
	const struct sim_wire *wi = sim_bus_wire(rq->rq_bus, addr);
	struct simown_run ru = { .ru_n = left < n ? left : n };

	if (wi != NULL) {
		if (ru.ru_n - 1 > wi->wi_last - addr)
			ru.ru_n = wi->wi_last - addr + 1;
		ru.ru_pa = wi->wi_cpu + (addr - wi->wi_low);
		run_memory(sim, &ru, wi->wi_coherent);
	}
	/* Wires and banks begin and end with a page. */
	if (ru.ru_seen == NULL && ru.ru_n > mask + 1 - (addr & mask))
		ru.ru_n = mask + 1 - (addr & mask);
	return ru;
}

/*
 * Reports.
 */

static const struct simown_wrong late = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what a sync had taken back",
	.wr_missing = BUS_DMASYNC_POSTREAD,
	.wr_write = true,
	.wr_some = true,
};
static const struct simown_wrong stored_post = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device had",
	.wr_missing = BUS_DMASYNC_POSTREAD,
};

bool
simown_report(const struct sim_requester *rq, const struct busdma_sim_dev *dev,
    struct sim_load *ld, bus_size_t off, uint64_t n,
    const struct simown_wrong *wr)
{
	const struct sim_near nr = { .nr_load = ld, .nr_offset = off };
	uint64_t left;
	struct busdma_sim_report sr = {
		.sr_reason = wr->wr_reason,
		.sr_text = wr->wr_text,
		.sr_write = wr->wr_write,
		.sr_addr = sim_load_addr(ld, off, &left),
		.sr_len = n,
		.sr_device = dev != NULL ? dev->dv_ops.do_name : NULL,
		.sr_some = wr->wr_some,
		.sr_missing = wr->wr_missing,
	};

	if ((ld->ld_told & wr->wr_told) != 0)
		return false;
	ld->ld_told |= wr->wr_told;
	sim_report_near(rq, &nr, &sr);
	sim_report(rq->rq_bus->bu_sim, &sr);
	return true;
}

/*
 * Syncs.
 */

/*
 * Make each byte of the record, of `n', what `change' makes of eight, with
 * `keep' and `set' in each of them; returns all bits that are set then.
 */
static inline __attribute__((always_inline)) uint64_t
sweep(uint8_t *own, uint64_t n, unsigned keep, unsigned set,
    uint64_t (*change)(uint64_t word, uint64_t keep, uint64_t set))
{
	uint64_t word, bits = 0;

	for (; n >= sizeof(word); own += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, own, sizeof(word));
		word = change(word, OWN_ALL * keep, OWN_ALL * set);
		bits |= word;
		memcpy(own, &word, sizeof(word));
	}
	word = 0;
	memcpy(&word, own, (size_t)n);
	word = change(word, OWN_ALL * keep, OWN_ALL * set);
	memcpy(own, &word, (size_t)n);
	return n != 0 ? bits | word : bits;
}

static uint64_t
replace(uint64_t own, uint64_t keep, uint64_t set)
{
	return (own & keep) | set;
}

/* POSTREAD: what was written is taken, what was not is borrowed. */
static uint64_t
take(uint64_t own, uint64_t keep, uint64_t set)
{
	uint64_t written = own >> 2 & OWN_ALL;
	uint64_t given = own >> 1 & OWN_ALL;

	own &= ~(written * (OWN_WRITE | OWN_WRITTEN | OWN_BORROWED));
	own |= (given & ~written) * OWN_BORROWED;
	return replace(own, keep, set);
}

/* What is borrowed isn't any more, `set' 0: if it was written. */
static uint64_t
settle(uint64_t own, uint64_t keep, uint64_t set)
{
	uint64_t gone = own >> 3 & (own >> 2 | set) & OWN_ALL;

	(void)keep;
	return own & ~(gone * (OWN_WRITE | OWN_WRITTEN | OWN_BORROWED));
}

void
simown_set(struct sim_load *ld, bus_size_t off, uint64_t n, unsigned set)
{
	ld->ld_bits |= set;
	(void)sweep(ld->ld_own + off, n, 0xff, set, replace);
}

/* Bytes of a load that are borrowed, of those at [low, last]. */
static void
settle_load(struct sim_load *ld, bus_addr_t low, bus_addr_t last, bool all)
{
	bus_addr_t from, to;
	unsigned i;

	if (low > ld->ld_last || last < ld->ld_low)
		return;
	for (i = 0; i < ld->ld_nsegs; i++) {
		from = ld->ld_segs[i].ds_addr;
		to = from + (ld->ld_segs[i].ds_len - 1);
		if (low > to || last < from)
			continue;
		if (last < to)
			to = last;
		if (low > from)
			from = low;
		(void)sweep(ld->ld_own + ld->ld_offs[i] +
				(from - ld->ld_segs[i].ds_addr),
		    to - from + 1, 0, all, settle);
	}
}

/*
 * What was borrowed by way of one load is settled by a sync by way of any that
 * has the same bytes, or has them twice.
 */
static void
settle_loads(struct sim_requester *rq, const struct sim_load *ld,
    bus_size_t off, uint64_t len, int ops)
{
	struct sim_load *by;
	bus_addr_t addr;
	uint64_t n;

	for (; len != 0; off += n, len -= n) {
		addr = sim_load_addr(ld, off, &n);
		n = n < len ? n : len;
		for (by = rq->rq_borrowers; by != NULL; by = by->ld_borrower)
			settle_load(by, addr, addr + (n - 1),
			    (ops & BUS_DMASYNC_PREREAD) != 0);
	}
}

/* Some byte of the load is borrowed, for the first time. */
static void
borrow(struct sim_requester *rq, struct sim_load *ld)
{
	ld->ld_bits |= OWN_BORROWED;
	ld->ld_borrower = rq->rq_borrowers;
	ld->ld_borrowerp = &rq->rq_borrowers;
	if (ld->ld_borrower != NULL)
		ld->ld_borrower->ld_borrowerp = &ld->ld_borrower;
	rq->rq_borrowers = ld;
}

void
sim_own_remove(struct sim_load *ld)
{
	if ((ld->ld_bits & OWN_BORROWED) == 0)
		return;
	*ld->ld_borrowerp = ld->ld_borrower;
	if (ld->ld_borrower != NULL)
		ld->ld_borrower->ld_borrowerp = ld->ld_borrowerp;
	ld->ld_bits = 0;
}

static void
sync_record(struct sim_requester *rq, struct sim_load *ld, bus_size_t off,
    uint64_t n, int ops)
{
	unsigned keep = OWN_READ | OWN_WRITE | OWN_WRITTEN | OWN_BORROWED;
	unsigned set = (unsigned)ops << 4;
	uint8_t *own = ld->ld_own + off;

	if ((ops & (BUS_DMASYNC_PREWRITE | BUS_DMASYNC_POSTWRITE)) != 0)
		keep &= ~OWN_READ;
	if ((ops & BUS_DMASYNC_PREWRITE) != 0)
		set |= OWN_READ;
	if ((ops & BUS_DMASYNC_PREREAD) != 0) {
		keep &= OWN_READ;
		set |= OWN_WRITE;
	}
	ld->ld_bits |= set & (OWN_READ | OWN_WRITE);
	if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
		if ((sweep(own, n, keep, set, take) & OWN_ALL * OWN_BORROWED) !=
			0 &&
		    (ld->ld_bits & OWN_BORROWED) == 0)
			borrow(rq, ld);
	} else if ((ld->ld_bits & keep) == 0) {
		memset(own, (int)set, (size_t)n);
	} else {
		(void)sweep(own, n, keep, set, replace);
	}
}

/*
 * The first byte of the run, from the i-th, that the device was given to write
 * and the CPU has stored to; in *np how many follow.  False: none.
 */
static bool
find_stored(const struct simown_run *ru, const uint8_t *own,
    const uint8_t *shadow, uint64_t *ip, uint64_t *np)
{
	uint64_t i = 0, end;

#define BAD(i)                                                 \
	((own[i] & (OWN_WRITE | OWN_BORROWED)) == OWN_WRITE && \
	    simown_stored(ru, shadow, i))
	while (i < ru->ru_n && !BAD(i))
		i++;
	for (end = i; end < ru->ru_n && BAD(end); end++)
		continue;
#undef BAD
	*ip = i;
	*np = end - i;
	return end != i;
}

/* The device has had the bytes up to now: report once what the CPU stored. */
static void
check_stored(const struct sim_requester *rq, struct sim_load *ld,
    bus_size_t off, uint64_t len)
{
	uint64_t i, n;
	struct simown_run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = simown_run_at(rq, ld, off, len);
		if (!simown_stored_any(&ru, ld->ld_shadow + off) ||
		    !find_stored(
			&ru, ld->ld_own + off, ld->ld_shadow + off, &i, &n))
			continue;
		(void)simown_report(rq, NULL, ld, off + i, n, &stored_post);
		return;
	}
}

/* Remember the bytes as they are. */
static void
copy_aside(const struct sim_requester *rq, struct sim_load *ld, bus_size_t off,
    uint64_t len)
{
	struct simown_run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = simown_run_at(rq, ld, off, len);
		if (ru.ru_seen != NULL)
			memcpy(
			    ld->ld_shadow + off, ru.ru_seen, (size_t)ru.ru_n);
	}
}

void
sim_own_sync(struct sim_requester *rq, struct sim_load *ld, bus_size_t offset,
    bus_size_t len, int ops)
{
	const int read = BUS_DMASYNC_PREREAD | BUS_DMASYNC_POSTREAD;

	if (len == 0 || !ld->ld_recorded)
		return;
	ld->ld_told = 0;
	if ((ops & (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)) != 0)
		check_stored(rq, ld, offset, len);
	else
		copy_aside(rq, ld, offset, len);
	if (rq->rq_borrowers != NULL && (ops & read) != 0)
		settle_loads(rq, ld, offset, len, ops);
	sync_record(rq, ld, offset, len, ops);
	if ((ops & BUS_DMASYNC_PREREAD) == 0)
		return;
	ld->ld_lost = false;
	if (offset < ld->ld_givenlow)
		ld->ld_givenlow = offset;
	if (offset + len > ld->ld_givenend)
		ld->ld_givenend = offset + len;
}

/* A byte that is borrowed and was written, or `end'. */
static bus_size_t
find_late(const struct sim_load *ld, bus_size_t off, bus_size_t end)
{
	const unsigned bits = OWN_BORROWED | OWN_WRITTEN;
	uint64_t word;

	for (; end - off >= sizeof(word); off += sizeof(word)) {
		memcpy(&word, ld->ld_own + off, sizeof(word));
		if ((word >> 3 & word >> 2 & OWN_ALL) != 0)
			break;
	}
	while (off < end && (ld->ld_own[off] & bits) != bits)
		off++;
	return off;
}

/* Report once what the device wrote after it was taken, and nobody took. */
static void
check_late(const struct sim_requester *rq, struct sim_load *ld, bus_size_t off,
    bus_size_t end)
{
	const unsigned bits = OWN_BORROWED | OWN_WRITTEN;
	bus_size_t from = find_late(ld, off, end);

	for (off = from; off < end && (ld->ld_own[off] & bits) == bits; off++)
		continue;
	if (off != from)
		(void)simown_report(rq, NULL, ld, from, off - from, &late);
}

void
sim_own_unload(const struct sim_requester *rq, struct sim_load *ld)
{
	if (ld->ld_givenlow >= ld->ld_givenend)
		return;
	check_stored(
	    rq, ld, ld->ld_givenlow, ld->ld_givenend - ld->ld_givenlow);
	if ((ld->ld_bits & OWN_BORROWED) != 0)
		check_late(rq, ld, ld->ld_givenlow, ld->ld_givenend);
}
