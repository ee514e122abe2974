/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: a write-back cache of the CPU that some devices don't
 * see.
 *
 * A bank has three memories of one size: what the CPU's cached pointers point
 * at (sk_ram, C here), RAM (sk_dev, R), and what these two last agreed on
 * (sk_same, B).  The CPU stores to C unseen: a byte is dirty where C and B
 * differ, so that a store of the value that was there is none.  A line with a
 * dirty byte is in the cache whatever sk_present says, for the CPU touched it.
 *
 * Of a line that is absent and not dirty the three are equal, but in pages
 * that are mapped uncached, whose stores to R are unseen as well.  So where R
 * is written by others, C and B follow, and the CPU reads what it would fetch;
 * the other lines are marked present, and are stale from there on.
 */
#include "simvar.h"

/* At most so much is compared before any of it is stored to. */
#define BLOCK 4096u

/* Whether the CPU stored to any of `len' bytes from `off' in the bank on. */
static bool
dirty(const struct sim_bank *sk, size_t off, size_t len)
{
	return memcmp(sk->sk_ram + off, sk->sk_same + off, len) != 0;
}

static uint8_t *
present(const struct busdma_sim *sim, const struct sim_bank *sk, size_t off)
{
	return &sk->sk_present[off >> sim->s_lineshift];
}

static void
mark(const struct busdma_sim *sim, const struct sim_bank *sk, size_t off,
    size_t len, uint8_t value)
{
	memset(present(sim, sk, off), value, len >> sim->s_lineshift);
}

/* Lines that are dirty, each of them; RAM may have changed under them. */
static void
write_lines(struct busdma_sim *sim, struct sim_bank *sk, size_t off, size_t len)
{
	if (memcmp(sk->sk_dev + off, sk->sk_same + off, len) != 0)
		sim_own_lost(sim, sk->sk_base + off, len);
	memcpy(sk->sk_dev + off, sk->sk_ram + off, len);
	memcpy(sk->sk_same + off, sk->sk_ram + off, len);
	mark(sim, sk, off, len, 1);
}

static void
write_back(struct busdma_sim *sim, struct sim_bank *sk, size_t off, size_t len)
{
	const size_t line = sim->s_line, end = off + len;
	size_t n;

	if (!dirty(sk, off, len))
		return;
	for (; off < end; off += n != 0 ? n : line) {
		n = 0;
		while (off + n < end && dirty(sk, off + n, line))
			n += line;
		if (n != 0)
			write_lines(sim, sk, off, n);
	}
}

/* Memory that is as it should be is not stored to: it may cost nothing yet. */
static void
forget(
    const struct busdma_sim *sim, struct sim_bank *sk, size_t off, size_t len)
{
	const char *dev = sk->sk_dev + off;

	if (memcmp(sk->sk_ram + off, dev, len) != 0)
		memcpy(sk->sk_ram + off, dev, len);
	if (memcmp(sk->sk_same + off, dev, len) != 0)
		memcpy(sk->sk_same + off, dev, len);
	mark(sim, sk, off, len, 0);
}

/* [off, end) are whole lines. */
static void
operate(struct busdma_sim *sim, struct sim_bank *sk, size_t off, size_t end,
    enum sim_cacheop op)
{
	size_t n;

	if (op == SIM_CACHE_FILL)
		mark(sim, sk, off, end - off, 1);
	else
		for (; off < end; off += n) {
			n = end - off < BLOCK ? end - off : BLOCK;
			if (op != SIM_CACHE_INV)
				write_back(sim, sk, off, n);
			if (op != SIM_CACHE_WB)
				forget(sim, sk, off, n);
			if (op == SIM_CACHE_RENEW)
				mark(sim, sk, off, n, 1);
		}
}

/* The bank of [pa, pa + len), and the lines that it touches there. */
static struct sim_bank *
lines_of(struct busdma_sim *sim, paddr_t pa, uint64_t len, size_t *offp,
    size_t *endp)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);
	size_t mask = sim->s_line - 1;

	*offp = (size_t)(pa - sk->sk_base) & ~mask;
	*endp = ((size_t)(pa - sk->sk_base + len) + mask) & ~mask;
	return sk;
}

void
sim_cache_op(
    struct busdma_sim *sim, paddr_t pa, uint64_t len, enum sim_cacheop op)
{
	size_t off, end;
	struct sim_bank *sk = lines_of(sim, pa, len, &off, &end);

	operate(sim, sk, off, end, op);
}

/* The end of the page that `off' lies in, or `end' if that comes first. */
static size_t
page_end(const struct busdma_sim *sim, size_t off, size_t end)
{
	size_t next = (off | (sim->s_pagesize - 1)) + 1;

	return next < end ? next : end;
}

void
sim_cache_spontaneous(
    struct busdma_sim *sim, paddr_t pa, uint64_t len, enum sim_cacheop op)
{
	size_t off, end, next;
	struct sim_bank *sk = lines_of(sim, pa, len, &off, &end);

	for (; off < end; off = next) {
		next = page_end(sim, off, end);
		if (sk->sk_uncached[off >> sim->s_pageshift] == 0)
			operate(sim, sk, off, next, op);
	}
}

void
sim_cache_look(struct busdma_sim *sim, paddr_t pa, uint64_t len)
{
	size_t off, end, next;
	struct sim_bank *sk = lines_of(sim, pa, len, &off, &end);

	for (; off < end; off = next) {
		next = page_end(sim, off, end);
		if (sk->sk_uncached[off >> sim->s_pageshift] == 0)
			continue;
		for (; off < next; off += sim->s_line)
			if (!*present(sim, sk, off) &&
			    !dirty(sk, off, sim->s_line))
				forget(sim, sk, off, sim->s_line);
	}
}

void
sim_cache_read(
    struct busdma_sim *sim, paddr_t pa, void *buf, size_t n, bool coherent)
{
	uint64_t run;

	if (coherent) {
		sim_cache_look(sim, pa, n);
		memcpy(buf, sim_ram(sim, pa, &run), n);
	} else {
		memcpy(buf, sim_ram_dev(sim, pa, &run), n);
	}
}

/* Bytes of lines of which each is absent and not dirty, or none is. */
static void
store(struct sim_bank *sk, size_t off, const char *buf, size_t n, bool follow)
{
	if (follow) {
		memcpy(sk->sk_ram + off, buf, n);
		memcpy(sk->sk_same + off, buf, n);
	}
	memcpy(sk->sk_dev + off, buf, n);
}

void
sim_cache_write(struct busdma_sim *sim, paddr_t pa, const void *buf, size_t n,
    bool coherent)
{
	size_t off, end, next, low, high;
	struct sim_bank *sk = lines_of(sim, pa, n, &low, &high);
	const char *from = buf;

	off = (size_t)(pa - sk->sk_base);
	end = off + n;
	if (coherent) {
		sim_cache_look(sim, pa, n);
		store(sk, off, from, n, true);
		return;
	}
	for (; off < end; from += next - off, off = next, low += sim->s_line) {
		bool follow =
		    !*present(sim, sk, low) && !dirty(sk, low, sim->s_line);

		next = low + sim->s_line < end ? low + sim->s_line : end;
		store(sk, off, from, next - off, follow);
		if (!follow)
			*present(sim, sk, low) = 1;
	}
}

bool
sim_cache_around(struct busdma_sim *sim, paddr_t pa)
{
	struct sim_bank *sk = sim_ram_bank(sim, pa);

	return sk->sk_uncached[(pa - sk->sk_base) >> sim->s_pageshift] != 0;
}

bool
sim_cache_isuncached(struct busdma_sim *sim, paddr_t pa, uint64_t len)
{
	const struct sim_bank *sk = sim_ram_bank(sim, pa);
	uint64_t off, end;

	if (sim->s_line == 0 || sk == NULL ||
	    len > sk->sk_size - (pa - sk->sk_base))
		return false;
	off = pa - sk->sk_base;
	for (end = off + len; off < end; off += sim->s_pagesize)
		if (sk->sk_uncached[off >> sim->s_pageshift] == 0)
			return false;
	return sk->sk_uncached[(end - 1) >> sim->s_pageshift] != 0;
}

void
sim_cache_uncached(struct busdma_sim *sim, paddr_t page, bool more)
{
	struct sim_bank *sk = sim_ram_bank(sim, page);
	unsigned *count =
	    &sk->sk_uncached[(page - sk->sk_base) >> sim->s_pageshift];

	if (more) {
		(*count)++;
		sim_cache_op(sim, page, sim->s_pagesize, SIM_CACHE_WBINV);
	} else if (--*count == 0) {
		sim_cache_op(sim, page, sim->s_pagesize, SIM_CACHE_INV);
	}
}
