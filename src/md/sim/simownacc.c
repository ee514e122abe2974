/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: what devices do to bytes of a load, and the CPU's
 * cache, as the record has it.
 */
#include "simownvar.h"

static const struct simown_wrong unread = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what no sync gave it",
	.wr_missing = BUS_DMASYNC_PREWRITE,
	.wr_some = true,
	.wr_told = OWN_TOLD_READ,
};
static const struct simown_wrong unwritten = {
	.wr_reason = BUSDMA_SIM_UNSYNCED,
	.wr_text = "device access to what no sync gave it",
	.wr_missing = BUS_DMASYNC_PREREAD,
	.wr_write = true,
	.wr_some = true,
	.wr_told = OWN_TOLD_WRITE,
};
/* Found by a device that reads, by one that writes, and by a POST. */
static const struct simown_wrong stored_read = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device has",
	.wr_missing = BUS_DMASYNC_PREWRITE,
	.wr_told = OWN_TOLD_STORED,
};
static const struct simown_wrong stored_write = {
	.wr_reason = BUSDMA_SIM_CPUWROTE,
	.wr_text = "the CPU wrote to what the device has",
	.wr_missing = BUS_DMASYNC_POSTREAD,
	.wr_write = true,
	.wr_told = OWN_TOLD_STORED,
};
static const struct simown_wrong lost_late = {
	.wr_reason = BUSDMA_SIM_LOST,
	.wr_text = "what a device wrote, under a cache line of the map's own "
		   "that the CPU stored to while the device had it",
	.wr_missing = BUS_DMASYNC_POSTREAD,
	.wr_write = true,
};
static const struct simown_wrong lost_inside = {
	.wr_reason = BUSDMA_SIM_LOST,
	.wr_text = "what a device wrote, under a cache line of the map's own "
		   "that the CPU had stored to",
	.wr_missing = BUS_DMASYNC_PREREAD,
	.wr_write = true,
	.wr_some = true,
};
static const struct simown_wrong lost_outside = {
	.wr_reason = BUSDMA_SIM_LOST,
	.wr_text = "what a device wrote, under a cache line that the map "
		   "shares with what the CPU had stored to",
	.wr_write = true,
	.wr_some = true,
};

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
		if ((ok & OWN_ALL) != OWN_ALL)
			break;
	}
	while (i < n && given(own[i], write) == want)
		i++;
	return i;
}

/* Likewise of the byte at `addr', in the segment, and of those behind it. */
static bool
gives_seg(const struct sim_load *ld, const bus_dma_segment_t *seg,
    bus_addr_t addr, bool write, bus_size_t *offp, uint64_t *np)
{
	uint64_t in = addr - seg->ds_addr, n = seg->ds_len - in;
	bus_size_t off = ld->ld_offs[seg - ld->ld_segs] + in;

	n = count(ld->ld_own + off, n < *np ? n : *np, write, true);
	if (n == 0)
		return false;
	*offp = off;
	*np = n;
	return true;
}

/*
 * Whether the byte at `addr' is given by this load, at any of the places where
 * it has it; in *offp which, in *np how many bytes, of as many as that says,
 * are given with it.
 */
static bool
gives(struct sim_load *ld, bus_addr_t addr, bool write, bus_size_t *offp,
    uint64_t *np)
{
	const bus_dma_segment_t *seg = sim_load_seg(ld, addr, offp);
	unsigned i;

	if (seg == NULL || !(write ? ld->ld_writes : ld->ld_reads) ||
	    !ld->ld_recorded)
		return false;
	if (gives_seg(ld, seg, addr, write, offp, np))
		return true;
	for (i = 0; i < ld->ld_nsegs; i++) {
		seg = &ld->ld_segs[i];
		if (addr >= seg->ds_addr && addr - seg->ds_addr < seg->ds_len &&
		    gives_seg(ld, seg, addr, write, offp, np))
			return true;
	}
	return false;
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
static const struct simown_wrong *
wrong_of(uint8_t own, bool write)
{
	if (write)
		return (own & OWN_BORROWED) != 0 ? &unwritten : &stored_write;
	if ((own & (OWN_READ | OWN_BORROWED)) == OWN_BORROWED)
		return NULL;
	return &stored_read;
}

/* It has not been reported since the last sync. */
static const struct simown_wrong *
untold(const struct sim_load *ld, const struct simown_wrong *wr)
{
	return wr != NULL && (ld->ld_told & wr->wr_told) == 0 ? wr : NULL;
}

/*
 * Of given bytes, report the first that the CPU has stored to, but for what is
 * reported already.
 */
static bool
check_given(const struct busdma_sim_dev *dev, struct sim_load *ld,
    bus_size_t off, uint64_t len, bool write)
{
	const struct simown_wrong *wr = NULL;
	uint64_t i, n;
	struct simown_run ru;

	for (; len != 0; off += ru.ru_n, len -= ru.ru_n) {
		ru = simown_run_at(dev->dv_req, ld, off, len);
		if (!simown_stored_any(&ru, ld->ld_shadow + off))
			continue;
		for (i = 0; wr == NULL && i < ru.ru_n; i++)
			if (simown_stored(&ru, ld->ld_shadow + off, i))
				wr = untold(
				    ld, wrong_of(ld->ld_own[off + i], write));
		if (wr == NULL)
			continue;
		for (n = 1, i--; i + n < ru.ru_n; n++)
			if (!simown_stored(&ru, ld->ld_shadow + off, i + n) ||
			    wrong_of(ld->ld_own[off + i + n], write) != wr)
				break;
		return simown_report(dev->dv_req, dev, ld, off + i, n, wr);
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
	struct simown_run ru;

	simown_set(ld, off, len, OWN_WRITTEN);
	for (; len != 0; off += ru.ru_n, len -= ru.ru_n, data += ru.ru_n) {
		ru = simown_run_at(rq, ld, off, len);
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
			told = told || simown_report(dev->dv_req, dev, ld, off,
					   n, write ? &unwritten : &unread);
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
 * What made the line of the i-th dirty, of `n' bytes of a load that begin `at'
 * bytes into the lines.
 */
static const struct simown_wrong *
lost_how(const struct back *bk, const uint8_t *own, uint64_t at, uint64_t i,
    uint64_t n)
{
	const struct simown_wrong *wr = &lost_outside;
	uint64_t k = (at + i) & ~(bk->bk_line - 1);
	uint64_t end = k + bk->bk_line;

	if (end > at + n)
		end = at + n;
	for (k = k > at ? k : at; k < end; k++) {
		if (bk->bk_cache[k] == bk->bk_same[k])
			continue;
		if ((own[k - at] & (OWN_WRITE | OWN_BORROWED)) == OWN_WRITE)
			return &lost_late;
		wr = &lost_inside;
	}
	return wr;
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
	(void)simown_report(rq, NULL, ld, off + first, end - first,
	    lost_how(bk, own, at, first, n));
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
