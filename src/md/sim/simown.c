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
 * POSTREAD followed; or at once, if the CPU has stored to it.
 */
#include <stdlib.h>

#include "simvar.h"

/* Of one byte.  Above these stands the last sync, BUS_DMASYNC_* << 4. */
#define OWN_READ 0x1u     /* given: PREWRITE */
#define OWN_WRITE 0x2u    /* given: PREREAD */
#define OWN_WRITTEN 0x4u  /* by the device, since the last PREREAD, POSTREAD */
#define OWN_BORROWED 0x8u /* taken before it was written; OWN_WRITE stays */
#define OWN_LAST(own) ((own) >> 4)

#define ALL 0x0101010101010101u /* times a byte: eight of them */

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

/*
 * Bytes of a load that stand behind one another in memory.
 */
struct run {
	uint64_t ru_n;
	paddr_t ru_pa;
	const char *ru_seen; /* what a device reads there; NULL: no memory */
	/*
	 * What the CPU's cache has, and what memory had when it was fetched:
	 * where these differ, the CPU has stored.  NULL: devices see the cache.
	 */
	const char *ru_cache;
	const char *ru_same;
};

/* What is in memory, behind a wire. */
static void
run_memory(struct busdma_sim *sim, struct run *ru, bool coherent)
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

/* The run at `off', of at most `n' bytes. */
static struct run
run_at(const struct sim_requester *rq, const struct sim_load *ld,
    bus_size_t off, uint64_t n)
{
	struct busdma_sim *sim = rq->rq_bus->bu_sim;
	uint64_t left, mask = sim->s_pagesize - 1;
	bus_addr_t addr = sim_load_addr(ld, off, &left);
	const struct sim_wire *wi = sim_bus_wire(rq->rq_bus, addr);
	struct run ru = { .ru_n = left < n ? left : n };

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

/* The CPU has stored to a byte of the run since it was given. */
static bool
stored(const struct run *ru, const uint8_t *shadow, uint64_t i)
{
	return (uint8_t)ru->ru_seen[i] != shadow[i] ||
	       (ru->ru_cache != NULL && ru->ru_cache[i] != ru->ru_same[i]);
}

/* The same of any of them, as quick as may be. */
static bool
stored_any(const struct run *ru, const uint8_t *shadow)
{
	size_t n = (size_t)ru->ru_n;

	return ru->ru_seen != NULL &&
	       (memcmp(ru->ru_seen, shadow, n) != 0 ||
		   (ru->ru_cache != NULL &&
		       memcmp(ru->ru_cache, ru->ru_same, n) != 0));
}

/*
 * Reports.
 */

/* What is wrong with some bytes of a load. */
struct wrong {
	enum busdma_sim_reason wr_reason;
	const char *wr_text;
	int wr_missing;
	bool wr_write;
	bool wr_some;
};

static const struct wrong unread = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what no sync gave it",
	.wr_missing = BUS_DMASYNC_PREWRITE,
	.wr_some = true,
};
static const struct wrong unwritten = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what no sync gave it",
	.wr_missing = BUS_DMASYNC_PREREAD,
	.wr_write = true,
	.wr_some = true,
};
static const struct wrong late = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what a sync had taken back",
	.wr_missing = BUS_DMASYNC_POSTREAD,
	.wr_write = true,
	.wr_some = true,
};
/* Found by a device that reads, by one that writes, and by a POST. */
static const struct wrong stored_read = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device has",
	.wr_missing = BUS_DMASYNC_PREWRITE,
};
static const struct wrong stored_write = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device has",
	.wr_missing = BUS_DMASYNC_POSTREAD,
	.wr_write = true,
};
static const struct wrong stored_post = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device had",
	.wr_missing = BUS_DMASYNC_POSTREAD,
};
static const struct wrong lost_inside = {
	.wr_reason = BUSDMA_SIM_LOST,
	.wr_text = "what a device wrote, under a cache line of the map's own "
		   "that the CPU had stored to",
	.wr_missing = BUS_DMASYNC_PREREAD,
	.wr_write = true,
	.wr_some = true,
};
static const struct wrong lost_outside = {
	.wr_reason = BUSDMA_SIM_LOST,
	.wr_text = "what a device wrote, under a cache line that the map "
		   "shares with what the CPU had stored to",
	.wr_write = true,
	.wr_some = true,
};

/* `dev' NULL: not while a device is at it. */
static void
report(const struct sim_requester *rq, const struct busdma_sim_dev *dev,
    const struct sim_load *ld, bus_size_t off, uint64_t n,
    const struct wrong *wr)
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

	sim_report_near(rq, &nr, &sr);
	sim_report(rq->rq_bus->bu_sim, &sr);
}

/*
 * Syncs.
 */

/* What a sync makes of eight bytes of the record. */
static uint64_t
synced(uint64_t own, int ops)
{
	uint64_t written = own >> 2 & ALL;
	uint64_t given = own >> 1 & ALL;

	if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
		own &= ~(written * (OWN_WRITE | OWN_WRITTEN | OWN_BORROWED));
		own |= (given & ~written) * OWN_BORROWED;
	}
	if ((ops & BUS_DMASYNC_POSTWRITE) != 0)
		own &= ~(ALL * OWN_READ);
	if ((ops & BUS_DMASYNC_PREREAD) != 0) {
		own &= ~(ALL * (OWN_WRITTEN | OWN_BORROWED));
		own |= ALL * OWN_WRITE;
	}
	if ((ops & BUS_DMASYNC_PREWRITE) != 0)
		own |= ALL * OWN_READ;
	return (own & ALL * 0xf) | ALL * (uint64_t)((unsigned)ops << 4);
}

static void
sync_record(uint8_t *own, uint64_t n, int ops)
{
	uint64_t word = 0;
	size_t k;

	for (; n != 0; own += k, n -= k) {
		k = n < sizeof(word) ? (size_t)n : sizeof(word);
		memcpy(&word, own, k);
		word = synced(word, ops);
		memcpy(own, &word, k);
	}
}

/*
 * The first byte of the run, from the i-th, that the device was given to write
 * and the CPU has stored to; in *np how many follow.  False: none.
 */
static bool
find_stored(const struct run *ru, const uint8_t *own, const uint8_t *shadow,
    uint64_t *ip, uint64_t *np)
{
	uint64_t i = 0, end;

#define BAD(i)                                                 \
	((own[i] & (OWN_WRITE | OWN_BORROWED)) == OWN_WRITE && \
	    stored(ru, shadow, i))
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
check_stored(const struct sim_requester *rq, const struct sim_load *ld,
    bus_size_t off, uint64_t len)
{
	uint64_t i, n;
	struct run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = run_at(rq, ld, off, len);
		if (!stored_any(&ru, ld->ld_shadow + off) ||
		    !find_stored(
			&ru, ld->ld_own + off, ld->ld_shadow + off, &i, &n))
			continue;
		report(rq, NULL, ld, off + i, n, &stored_post);
		return;
	}
}

/* Remember the bytes as they are. */
static void
copy_aside(const struct sim_requester *rq, struct sim_load *ld, bus_size_t off,
    uint64_t len)
{
	struct run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = run_at(rq, ld, off, len);
		if (ru.ru_seen != NULL)
			memcpy(
			    ld->ld_shadow + off, ru.ru_seen, (size_t)ru.ru_n);
	}
}

void
sim_own_sync(const struct sim_requester *rq, struct sim_load *ld,
    bus_size_t offset, bus_size_t len, int ops)
{
	if (len == 0 || !ld->ld_recorded)
		return;
	if ((ops & (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)) != 0)
		check_stored(rq, ld, offset, len);
	else
		copy_aside(rq, ld, offset, len);
	sync_record(ld->ld_own + offset, len, ops);
	if ((ops & BUS_DMASYNC_PREREAD) == 0)
		return;
	ld->ld_lost = false;
	if (offset < ld->ld_givenlow)
		ld->ld_givenlow = offset;
	if (offset + len > ld->ld_givenend)
		ld->ld_givenend = offset + len;
}

/* Report once what the device wrote after it was taken, and nobody took. */
static void
check_late(const struct sim_requester *rq, const struct sim_load *ld,
    bus_size_t off, bus_size_t end)
{
	const unsigned bits = OWN_BORROWED | OWN_WRITTEN;
	bus_size_t from;

	while (off < end && (ld->ld_own[off] & bits) != bits)
		off++;
	for (from = off; off < end && (ld->ld_own[off] & bits) == bits; off++)
		continue;
	if (off != from)
		report(rq, NULL, ld, from, off - from, &late);
}

void
sim_own_unload(const struct sim_requester *rq, struct sim_load *ld)
{
	if (ld->ld_givenlow >= ld->ld_givenend)
		return;
	check_stored(
	    rq, ld, ld->ld_givenlow, ld->ld_givenend - ld->ld_givenlow);
	check_late(rq, ld, ld->ld_givenlow, ld->ld_givenend);
}

/*
 * Accesses.
 */

/* Whether a device may read a byte, or write it, as the record says. */
static bool
given(uint8_t own, bool write)
{
	return (own & (write ? OWN_WRITE : OWN_READ | OWN_WRITTEN)) != 0;
}

/* How many bytes of the record, of `n', are given, or are not. */
static uint64_t
count(const uint8_t *own, uint64_t n, bool write, bool want)
{
	uint64_t i = 0, word, ok;

	for (; want && n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, own + i, sizeof(word));
		ok = write ? word >> 1 : word | word >> 2;
		if ((ok & ALL) != ALL)
			break;
	}
	while (i < n && given(own[i], write) == want)
		i++;
	return i;
}

/*
 * Whether the byte at `addr' is given by this load; in *offp where in it that
 * is, in *np how many bytes, of as many as that says, are given with it.
 */
static bool
gives(struct sim_load *ld, bus_addr_t addr, bool write, bus_size_t *offp,
    uint64_t *np)
{
	const bus_dma_segment_t *seg = sim_load_seg(ld, addr, offp);
	uint64_t in, n;

	if (seg == NULL || !(write ? ld->ld_writes : ld->ld_reads) ||
	    !ld->ld_recorded)
		return false;
	in = addr - seg->ds_addr;
	*offp += in;
	n = count(ld->ld_own + *offp,
	    seg->ds_len - in < *np ? seg->ds_len - in : *np, write, true);
	if (n != 0)
		*np = n;
	return n != 0;
}

/* The same by any load of the requester, by `ld' if it does; NULL: by none. */
static struct sim_load *
giver(struct sim_requester *rq, struct sim_load *ld, bus_addr_t addr,
    bool write, bus_size_t *offp, uint64_t *np)
{
	if (gives(ld, addr, write, offp, np))
		return ld;
	for (ld = rq->rq_loads; ld != NULL; ld = ld->ld_next)
		if (gives(ld, addr, write, offp, np))
			return ld;
	return NULL;
}

/* What is wrong with a given byte that the CPU has stored to. */
static const struct wrong *
wrong_of(uint8_t own, bool write)
{
	if (write)
		return (own & OWN_BORROWED) != 0 ? &unwritten : &stored_write;
	if ((own & (OWN_READ | OWN_BORROWED)) == OWN_BORROWED)
		return NULL;
	return &stored_read;
}

/* Of given bytes, report the first that the CPU has stored to. */
static bool
check_given(const struct busdma_sim_dev *dev, const struct sim_load *ld,
    bus_size_t off, uint64_t len, bool write)
{
	const struct wrong *wr = NULL;
	uint64_t i, n;
	struct run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = run_at(dev->dv_req, ld, off, len);
		if (!stored_any(&ru, ld->ld_shadow + off))
			continue;
		for (i = 0; wr == NULL && i < ru.ru_n; i++)
			if (stored(&ru, ld->ld_shadow + off, i))
				wr = wrong_of(ld->ld_own[off + i], write);
		if (wr == NULL)
			continue;
		for (n = 1, i--; i + n < ru.ru_n; n++)
			if (!stored(&ru, ld->ld_shadow + off, i + n) ||
			    wrong_of(ld->ld_own[off + i + n], write) != wr)
				break;
		report(dev->dv_req, dev, ld, off + i, n, wr);
		return true;
	}
	return false;
}

/* What devices write is no store of the CPU's, in whatever load it is seen. */
static void
copy_written(void *arg, const struct sim_requester *rq, struct sim_load *ld,
    bus_size_t off, uint64_t at, uint64_t n)
{
	const char *data = arg;

	(void)rq;
	if (ld->ld_recorded)
		memcpy(ld->ld_shadow + off, data + at, (size_t)n);
}

void
sim_own_write(struct busdma_sim *sim, paddr_t pa, const void *data, uint64_t n)
{
	sim_load_each(sim, pa, n, copy_written, (void *)(uintptr_t)data);
}

static void
mark_written(const struct sim_requester *rq, struct sim_load *ld,
    bus_size_t off, uint64_t len, const char *data)
{
	struct run ru;
	uint64_t i;

	for (i = 0; i < len; i++)
		ld->ld_own[off + i] |= OWN_WRITTEN;
	for (; len != 0; off += ru.ru_n, len -= ru.ru_n, data += ru.ru_n) {
		ru = run_at(rq, ld, off, len);
		if (ru.ru_seen != NULL)
			sim_own_write(
			    rq->rq_bus->bu_sim, ru.ru_pa, data, ru.ru_n);
	}
}

bool
sim_own_access(struct busdma_sim_dev *dev, struct sim_load *ld, bus_addr_t addr,
    uint64_t len, const char *data, bool told)
{
	bool write = data != NULL;
	struct sim_load *by;
	bus_size_t off;
	uint64_t n;

	if (!ld->ld_recorded)
		return told;
	for (; len != 0; len -= n, addr += n) {
		n = len;
		by = giver(dev->dv_req, ld, addr, write, &off, &n);
		if (by != NULL) {
			told = told || check_given(dev, by, off, n, write);
		} else {
			by = ld;
			off = sim_load_offset(ld, addr);
			n = count(ld->ld_own + off, len, write, false);
			if (!told)
				report(dev->dv_req, dev, ld, off, n,
				    write ? &unwritten : &unread);
			told = true;
		}
		if (write) {
			mark_written(dev->dv_req, by, off, n, data);
			data += n;
		}
	}
	return told;
}

/*
 * Lines.
 */

/* Whole lines of memory that are about to be written back from the cache. */
struct back {
	uint64_t bk_line;
	const char *bk_dev;
	const char *bk_cache;
	const char *bk_same;
};

/* The device wrote the byte after the line was read, and it will be gone. */
static bool
losing(const struct back *bk, const uint8_t *own, uint64_t at, uint64_t i)
{
	return (own[i] & OWN_WRITTEN) != 0 &&
	       bk->bk_dev[at + i] != bk->bk_same[at + i] &&
	       bk->bk_dev[at + i] != bk->bk_cache[at + i];
}

/*
 * Of `n' bytes of a load that begin `at' bytes into the lines, whether any in
 * the line of the i-th is dirty.
 */
static bool
inside(const struct back *bk, uint64_t at, uint64_t i, uint64_t n)
{
	uint64_t from = (at + i) & ~(bk->bk_line - 1);
	uint64_t to = from + bk->bk_line;

	if (from < at)
		from = at;
	if (to > at + n)
		to = at + n;
	return memcmp(bk->bk_cache + from, bk->bk_same + from,
		   (size_t)(to - from)) != 0;
}

/* What of one load is lost, of `n' bytes that begin `at' bytes into them. */
static void
lose(void *arg, const struct sim_requester *rq, struct sim_load *ld,
    bus_size_t off, uint64_t at, uint64_t n)
{
	const struct back *bk = arg;
	uint64_t i, first = n, end = n;
	const uint8_t *own;

	if (!ld->ld_recorded)
		return;
	own = ld->ld_own + off;
	for (i = 0; i < n; i++) {
		if (losing(bk, own, at, i)) {
			ld->ld_shadow[off + i] = (uint8_t)bk->bk_cache[at + i];
			if (first == n)
				first = i;
		} else if (first != n && end == n) {
			end = i;
		}
	}
	/* Once for what a PREREAD gives. */
	if (first == n || ld->ld_lost)
		return;
	ld->ld_lost = true;
	report(rq, NULL, ld, off + first, end - first,
	    inside(bk, at, first, n) ? &lost_inside : &lost_outside);
}

void
sim_own_lost(struct busdma_sim *sim, paddr_t pa, uint64_t len)
{
	const struct sim_bank *sk = sim_ram_bank(sim, pa);
	size_t off = (size_t)(pa - sk->sk_base);
	struct back bk = {
		.bk_line = sim->s_line,
		.bk_dev = sk->sk_dev + off,
		.bk_cache = sk->sk_ram + off,
		.bk_same = sk->sk_same + off,
	};

	sim_load_each(sim, pa, len, lose, &bk);
}
