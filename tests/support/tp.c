/* SPDX-License-Identifier: BSD-2-Clause */
/* The unit tests' platform: see tp.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tp.h"

static const char *const hook_name[TP_NHOOKS] = { "alloc", "free", "extract",
	"lock", "unlock", "pages_alloc", "pages_free", "window", "window_done",
	"kmap", "kunmap", "mmap", "space", "report", "barrier", "barrier_wc",
	"chain", "memory", "cache", "wait", "wake", "port_read", "port_write" };

static const struct busdma_cpu_ops counting_cpu;

static void
wrong(struct tp *tp, const char *what, enum tp_hook h)
{
	tp->tp_wrong++;
	fprintf(stderr, "# test platform: %s: %s\n", hook_name[h], what);
}

/* What is allowed in an interrupt handler, and with a lock held. */
static struct tp *
enter(const struct busdma_platform *pl, enum tp_hook h)
{
	static const bool intr_ok[TP_NHOOKS] = { [TP_LOCK] = true,
		[TP_UNLOCK] = true,
		[TP_EXTRACT] = true,
		[TP_WINDOW] = true,
		[TP_WINDOW_DONE] = true,
		[TP_REPORT] = true,
		[TP_BARRIER] = true,
		[TP_BARRIER_WC] = true,
		[TP_CHAIN] = true,
		[TP_MEMORY] = true,
		[TP_CACHE] = true,
		[TP_WAKE] = true,
		[TP_PORT_READ] = true,
		[TP_PORT_WRITE] = true };
	static const bool lock_ok[TP_NHOOKS] = {
		[TP_WINDOW] = true, [TP_WINDOW_DONE] = true, [TP_REPORT] = true
	};
	struct tp *tp = pl->pl_cookie;

	tp->tp_calls[h]++;
	if (pl->pl_size < sizeof(*pl) ||
	    pl->pl_pagesize != tp->tp_pl.pl_pagesize)
		wrong(tp, "not the table that was given", h);
	if (tp->tp_intr && !intr_ok[h])
		wrong(tp, "called in an interrupt", h);
	if (tp->tp_locks != 0 && h != TP_UNLOCK && h != TP_WAKE &&
	    h != TP_PORT_READ && h != TP_PORT_WRITE &&
	    !(tp->tp_lockedwindow && lock_ok[h]))
		wrong(tp, "called with a lock held", h);
	return tp;
}

/* Whether this call is the one that is to fail. */
static bool
fails(struct tp *tp)
{
	if (tp->tp_failed && tp->tp_failon)
		return true;
	if (tp->tp_fail == 0 || --tp->tp_fail != 0)
		return false;
	tp->tp_failed = true;
	return true;
}

void
tp_fail_at(struct tp *tp, uint64_t n)
{
	tp->tp_fail = n;
	tp->tp_failed = false;
}

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	struct tp *tp = enter(pl, TP_ALLOC);
	void *p;

	if (size == 0)
		wrong(tp, "size 0", TP_ALLOC);
	if ((flags & ~BUS_DMA_NOWAIT) != 0)
		wrong(tp, "flags other than NOWAIT", TP_ALLOC);
	if (fails(tp) || (p = malloc(size)) == NULL)
		return NULL;
	memset(p, 0xa5, size);
	tp->tp_allocs++;
	tp->tp_bytes += size;
	tp->tp_lastalloc = size;
	return p;
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	struct tp *tp = enter(pl, TP_FREE);

	if (p == NULL || tp->tp_allocs == 0 || tp->tp_bytes < size) {
		wrong(tp, "nothing of that size is allocated", TP_FREE);
		return;
	}
	memset(p, 0x5a, size);
	free(p);
	tp->tp_allocs--;
	tp->tp_bytes -= size;
}

static struct tp_region *
region_of(struct tp *tp, busdma_space_t as, uintptr_t va)
{
	struct tp_region *r;

	for (r = tp->tp_regions; r != NULL; r = r->tr_next)
		if (r->tr_as == as && va >= r->tr_va &&
		    (va - r->tr_va) / tp->tp_pl.pl_pagesize < r->tr_npages)
			return r;
	return NULL;
}

/* The physical address of a byte, and how much of its page follows it. */
static bool
translate(struct tp *tp, busdma_space_t as, uintptr_t va, paddr_t *pa,
    bus_size_t *left)
{
	uint32_t ps = tp->tp_pl.pl_pagesize;
	struct tp_region *r = region_of(tp, as, va);
	paddr_t page;

	if (r == NULL)
		return false;
	page = r->tr_pages[(va - r->tr_va) / ps];
	if (page == TP_NOPAGE)
		return false;
	*pa = page + (va & (ps - 1));
	*left = ps - (va & (ps - 1));
	return true;
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	struct tp *tp = enter(pl, TP_EXTRACT);
	bus_size_t left;
	unsigned i = 0;
	paddr_t pa;

	if (tp->tp_intr && as != NULL)
		wrong(tp, "a process in an interrupt", TP_EXTRACT);
	if (len == 0 || n == 0)
		wrong(tp, "nothing asked for", TP_EXTRACT);
	if (fails(tp))
		return 0;
	if (tp->tp_maxfrags != 0 && n > tp->tp_maxfrags)
		n = tp->tp_maxfrags;
	while (len != 0 && translate(tp, as, va, &pa, &left)) {
		if (left > len)
			left = len;
		if (tp->tp_chop != 0 && left > tp->tp_chop)
			left = tp->tp_chop;
		if (i != 0 && pa != 0 && !tp->tp_pagewise && tp->tp_chop == 0 &&
		    frags[i - 1].bf_addr + frags[i - 1].bf_len == pa)
			frags[i - 1].bf_len += left;
		else if (i == n)
			break;
		else
			frags[i++] = (struct busdma_frag){ pa, left };
		va += (uintptr_t)left;
		len -= left;
	}
	return i;
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	struct tp *tp = enter(pl, TP_LOCK);

	for (unsigned i = 0; i < 4; i++)
		if (lk->lk_word[i] != 0)
			wrong(tp, "held or not initialized", TP_LOCK);
	lk->lk_word[0] = 1;
	lk->lk_word[3] = (uintptr_t)tp;
	tp->tp_locks++;
}

static void
hook_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	struct tp *tp = enter(pl, TP_UNLOCK);

	if (lk->lk_word[0] != 1 || lk->lk_word[3] != (uintptr_t)tp)
		wrong(tp, "not held", TP_UNLOCK);
	memset(lk, 0, sizeof(*lk));
	tp->tp_locks--;
}

/* Whether pages [first, first + n) may serve the request. */
static bool
may_serve(
    struct tp *tp, const struct busdma_pages *pg, unsigned first, unsigned n)
{
	uint32_t ps = tp->tp_pl.pl_pagesize;
	paddr_t pa = tp->tp_rambase + (paddr_t)first * ps;
	paddr_t last = pa + (paddr_t)n * ps - 1;
	bus_addr_t bus = pa + pg->pg_offset;
	bus_addr_t buslast = last + pg->pg_offset;

	if (pa < pg->pg_low || last > pg->pg_high ||
	    (bus & (pg->pg_align - 1)) != 0)
		return false;
	if (pg->pg_boundary != 0 &&
	    bus / pg->pg_boundary != buslast / pg->pg_boundary)
		return false;
	for (unsigned i = first; i < first + n; i++)
		if (tp->tp_used[i])
			return false;
	return true;
}

static int
hook_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	struct tp *tp = enter(pl, TP_PAGES_ALLOC);
	uint32_t ps = tp->tp_pl.pl_pagesize;
	bus_size_t n;

	if (pg->pg_size % ps != 0 || pg->pg_min % ps != 0 || pg->pg_min == 0 ||
	    pg->pg_min > pg->pg_size || pg->pg_align == 0 ||
	    (pg->pg_align & (pg->pg_align - 1)) != 0)
		wrong(tp, "request not legal", TP_PAGES_ALLOC);
	if ((pg->pg_flags & ~BUS_DMA_NOWAIT) != 0)
		wrong(tp, "flags other than NOWAIT", TP_PAGES_ALLOC);
	if (fails(tp))
		return ENOMEM;
	n = pg->pg_size / ps;
	if (n > tp->tp_rampages)
		n = tp->tp_rampages;
	for (; n != 0 && n >= pg->pg_min / ps; n--)
		for (unsigned i = 0; i + n <= tp->tp_rampages; i++)
			if (may_serve(tp, pg, i, (unsigned)n)) {
				memset(&tp->tp_used[i], 1, (size_t)n);
				tp->tp_pages += (unsigned)n;
				pg->pg_addr = tp->tp_rambase + (paddr_t)i * ps;
				pg->pg_size = n * ps;
				return 0;
			}
	return ENOMEM;
}

static int
hook_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	struct tp *tp = enter(pl, TP_PAGES_FREE);
	uint32_t ps = tp->tp_pl.pl_pagesize;
	bus_size_t first = (addr - tp->tp_rambase) / ps, n = size / ps;

	if (tp->tp_pages_free_lies || addr < tp->tp_rambase ||
	    (addr - tp->tp_rambase) % ps != 0 || size % ps != 0 || n == 0 ||
	    first >= tp->tp_rampages || n > tp->tp_rampages - first)
		return EINVAL;
	for (bus_size_t i = first; i < first + n; i++)
		if (!tp->tp_used[i])
			return EINVAL;
	memset(&tp->tp_used[first], 0, (size_t)n);
	tp->tp_pages -= (unsigned)n;
	return 0;
}

void *
tp_phys(struct tp *tp, paddr_t pa)
{
	uint32_t ps = tp->tp_pl.pl_pagesize;
	struct tp_region *r;

	for (r = tp->tp_regions; r != NULL; r = r->tr_next)
		for (unsigned i = 0; i < r->tr_npages; i++)
			if (r->tr_pages[i] != TP_NOPAGE &&
			    r->tr_pages[i] == (pa & ~(paddr_t)(ps - 1)))
				return r->tr_host + (size_t)i * ps +
				       (pa & (ps - 1));
	return NULL;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	struct tp *tp = enter(pl, TP_WINDOW);
	const bool sync = (flags & BUSDMA_WINDOW_SYNC) != 0;
	void *va;

	if (sync &&
	    (tp->tp_syncwindow != NULL || len == 0 ||
		((pa ^ (pa + len - 1)) & -(paddr_t)pl->pl_pagesize) != 0))
		wrong(tp, "for a sync: two, or of two pages", TP_WINDOW);
	if (fails(tp) || (va = tp_phys(tp, pa)) == NULL ||
	    tp_phys(tp, pa + len - 1) != (char *)va + len - 1)
		return NULL;
	tp->tp_windows++;
	if (sync)
		tp->tp_syncwindow = va;
	return va;
}

static void
hook_window_done(const struct busdma_platform *pl, void *va, bus_size_t len)
{
	struct tp *tp = enter(pl, TP_WINDOW_DONE);

	if (va == NULL || len == 0 || tp->tp_windows == 0)
		wrong(tp, "no such window", TP_WINDOW_DONE);
	else
		tp->tp_windows--;
	if (va == tp->tp_syncwindow)
		tp->tp_syncwindow = NULL;
}

static struct tp_region *
add_region(struct tp *tp, busdma_space_t as, uintptr_t va, const paddr_t *pages,
    unsigned n)
{
	uint32_t ps = tp->tp_pl.pl_pagesize;
	struct tp_region *r = malloc(sizeof(*r));

	if (r == NULL)
		abort();
	r->tr_as = as;
	r->tr_memory = 0;
	r->tr_npages = n;
	r->tr_pages = malloc(n * sizeof(*pages));
	r->tr_host = aligned_alloc(ps, (size_t)n * ps);
	if (r->tr_pages == NULL || r->tr_host == NULL)
		abort();
	memset(r->tr_host, 0, (size_t)n * ps);
	memcpy(r->tr_pages, pages, n * sizeof(*pages));
	r->tr_va = as == NULL ? (uintptr_t)r->tr_host : va;
	r->tr_next = tp->tp_regions;
	tp->tp_regions = r;
	return r;
}

static void
drop_region(struct tp *tp, struct tp_region *r)
{
	struct tp_region **rp = &tp->tp_regions;

	while (*rp != r)
		rp = &(*rp)->tr_next;
	*rp = r->tr_next;
	if (r->tr_host != tp->tp_ram)
		free(r->tr_host);
	free(r->tr_pages);
	free(r);
}

void *
tp_buf(struct tp *tp, const paddr_t *pages, unsigned n)
{
	return add_region(tp, NULL, 0, pages, n)->tr_host;
}

void *
tp_run(struct tp *tp, paddr_t first, unsigned n)
{
	paddr_t *pages = malloc(n * sizeof(*pages));
	void *p;

	if (pages == NULL)
		abort();
	for (unsigned i = 0; i < n; i++)
		pages[i] = first + (paddr_t)i * tp->tp_pl.pl_pagesize;
	p = tp_buf(tp, pages, n);
	free(pages);
	return p;
}

void *
tp_space(struct tp *tp, busdma_space_t as, uintptr_t va, const paddr_t *pages,
    unsigned n)
{
	return add_region(tp, as, va, pages, n)->tr_host;
}

/*
 * There is no MMU: what is contiguous is mapped where it is, anything else as
 * a copy that is carried back when it is unmapped.
 */
static int
hook_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	struct tp *tp = enter(pl, TP_KMAP);
	uint32_t ps = tp->tp_pl.pl_pagesize;
	unsigned n = 0, want = (unsigned)(size / ps);
	struct tp_region *r;
	paddr_t pages[1024];

	if (size == 0 || size % ps != 0 || want > 1024)
		wrong(tp, "size", TP_KMAP);
	if ((flags & ~(BUS_DMA_NOWAIT | BUS_DMA_COHERENT | BUS_DMA_NOCACHE |
			 BUS_DMA_PREFETCHABLE)) != 0)
		wrong(tp, "flags", TP_KMAP);
	tp->tp_kmapflags = flags;
	if (fails(tp))
		return ENOMEM;
	for (int i = 0; i < nsegs; i++)
		for (bus_size_t o = 0; o < segs[i].ds_len && n < want; o += ps)
			pages[n++] = segs[i].ds_addr + o;
	if (n < want) {
		wrong(tp, "segments too short", TP_KMAP);
		return ENOMEM;
	}
	r = add_region(tp, NULL, 0, pages, n);
	for (unsigned i = 0; i < n; i++)
		memcpy(r->tr_host + (size_t)i * ps,
		    tp->tp_ram + (pages[i] - tp->tp_rambase), ps);
	if (tp->tp_uncached &&
	    (flags & (BUS_DMA_COHERENT | BUS_DMA_NOCACHE)) != 0)
		r->tr_memory = BUSDMA_MEMORY_UNCACHED;
	tp->tp_kmaps++;
	*kvap = r->tr_host;
	return 0;
}

static void
hook_kunmap(const struct busdma_platform *pl, void *kva, size_t size)
{
	struct tp *tp = enter(pl, TP_KUNMAP);
	uint32_t ps = tp->tp_pl.pl_pagesize;
	struct tp_region *r = region_of(tp, NULL, (uintptr_t)kva);

	if (r == NULL || r->tr_host != kva || r->tr_host == tp->tp_ram ||
	    (size_t)r->tr_npages * ps != size || tp->tp_kmaps == 0) {
		wrong(tp, "not a mapping", TP_KUNMAP);
		return;
	}
	for (unsigned i = 0; i < r->tr_npages; i++)
		memcpy(tp->tp_ram + (r->tr_pages[i] - tp->tp_rambase),
		    r->tr_host + (size_t)i * ps, ps);
	tp->tp_kmaps--;
	drop_region(tp, r);
}

/* The cookie is the page number, with prot in its top byte. */
static paddr_t
hook_mmap(const struct busdma_platform *pl, paddr_t pa, int prot, int flags)
{
	enter(pl, TP_MMAP);
	(void)flags;
	return pa / pl->pl_pagesize | (paddr_t)prot << 56;
}

/* A process is its space, but for one byte. */
static busdma_space_t
hook_space(const struct busdma_platform *pl, struct proc *p)
{
	struct tp *tp = enter(pl, TP_SPACE);

	if (p == NULL)
		wrong(tp, "the kernel is no process", TP_SPACE);
	return p == NULL ? NULL : (char *)p + 1;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	struct tp *tp = enter(pl, TP_REPORT);

	if (rp->rp_func == NULL || (unsigned)rp->rp_code >= TP_NREPORTS)
		wrong(tp, "malformed", TP_REPORT);
	else
		tp->tp_reports[rp->rp_code]++;
	tp->tp_nreports++;
	tp->tp_last = *rp;
}

static void
told(struct tp *tp, const struct tp_event *te)
{
	if (tp->tp_nevents < TP_NEVENTS)
		tp->tp_event[tp->tp_nevents] = *te;
	tp->tp_nevents++;
}

static void
cpu_barrier(const struct busdma_platform *pl, int ops)
{
	struct tp *tp = enter(pl, TP_BARRIER);
	struct tp_event te = { .te_what = TP_BARRIERED, .te_ops = ops };

	tp->tp_barrierops = ops;
	told(tp, &te);
}

static void
cpu_barrier_wc(const struct busdma_platform *pl, int ops)
{
	struct tp *tp = enter(pl, TP_BARRIER_WC);
	struct tp_event te = {
		.te_what = TP_BARRIERED, .te_ops = ops, .te_wc = true
	};

	tp->tp_barrierops = ops;
	told(tp, &te);
}

static const struct busdma_cpu_ops counting_cpu = {
	.cpu_size = sizeof(counting_cpu),
	.cpu_barrier = cpu_barrier,
	.cpu_barrier_wc = cpu_barrier_wc,
};

/* The kernel reaches physical `pa' at `va'. */
static bool
is_at(struct tp *tp, uintptr_t va, paddr_t pa)
{
	uint32_t ps = tp->tp_pl.pl_pagesize;
	struct tp_region *r;

	if (tp->tp_pl.pl_window == NULL && va == (uintptr_t)pa)
		return true;
	for (r = tp->tp_regions; r != NULL; r = r->tr_next)
		if (va >= (uintptr_t)r->tr_host &&
		    (va - (uintptr_t)r->tr_host) / ps < r->tr_npages &&
		    r->tr_pages[(va - (uintptr_t)r->tr_host) / ps] +
			    (va & (ps - 1)) ==
			pa)
			return true;
	return false;
}

static void
cache_told(const struct busdma_platform *pl, enum tp_told what, uintptr_t va,
    paddr_t pa, size_t len)
{
	struct tp *tp = enter(pl, TP_CACHE);
	struct tp_event te = {
		.te_what = what, .te_va = va, .te_pa = pa, .te_len = len
	};
	const uint32_t line = tp->tp_cache.ca_line;

	if (len == 0 || ((va | pa | len) & (line - 1)) != 0 ||
	    pa + (len - 1) < pa)
		wrong(tp, "not whole lines", TP_CACHE);
	else
		for (size_t o = 0; o < len; o += line)
			if (!is_at(tp, va + o, pa + o)) {
				wrong(tp, "memory that is not there", TP_CACHE);
				break;
			}
	told(tp, &te);
}

static void
cache_wb(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	cache_told(pl, TP_WB, va, pa, len);
}

static void
cache_inv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	cache_told(pl, TP_INV, va, pa, len);
}

static void
cache_wbinv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	cache_told(pl, TP_WBINV, va, pa, len);
}

void
tp_finish(const struct busdma_platform *pl)
{
	struct tp *tp = enter(pl, TP_CACHE);
	struct tp_event te = { .te_what = TP_FINISHED };

	told(tp, &te);
}

static unsigned
hook_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	struct tp *tp = enter(pl, TP_MEMORY);
	struct tp_region *r;

	/* What is loaded raw is known by nobody. */
	if (as == BUSDMA_SPACE_PHYSICAL)
		return 0;
	r = region_of(tp, as, va);

	if (len == 0 || r == NULL || region_of(tp, as, va + len - 1) != r) {
		wrong(tp, "not of one region", TP_MEMORY);
		return 0;
	}
	return r->tr_memory;
}

void
tp_noncoherent(struct tp *tp, uint32_t line, unsigned flags)
{
	tp->tp_cache = (struct busdma_cache_ops){
		.ca_size = sizeof(tp->tp_cache),
		.ca_line = line,
		.ca_flags = flags,
		.ca_code = &busdma_noncoherent,
		.ca_wb = cache_wb,
		.ca_inv = cache_inv,
		.ca_wbinv = cache_wbinv,
	};
	tp->tp_cpu = counting_cpu;
	tp->tp_cpu.cpu_cache = &tp->tp_cache;
	tp->tp_pl.pl_cpu = &tp->tp_cpu;
	tp->tp_pl.pl_memory = hook_memory;
}

void
tp_known(struct tp *tp, busdma_space_t as, const void *va, unsigned memory)
{
	struct tp_region *r = region_of(tp, as, (uintptr_t)va);

	if (r == NULL)
		abort();
	r->tr_memory = memory;
}

static void
hook_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	struct tp *tp = enter(pl, TP_WAIT);

	while (ev->ev_word[0] == 0)
		tp->tp_onwait(tp, tp->tp_waitarg);
	ev->ev_word[0] = 0;
}

static void
hook_wake(const struct busdma_platform *pl, busdma_event_t *ev)
{
	struct tp *tp = enter(pl, TP_WAKE);

	if (tp->tp_locks == 0)
		wrong(tp, "called with no lock held", TP_WAKE);
	for (unsigned i = 0; i < 4; i++)
		if (ev->ev_word[i] != 0)
			wrong(tp, "woken already, or not zeroed", TP_WAKE);
	ev->ev_word[0] = 1;
}

void
tp_waits(struct tp *tp, void (*func)(struct tp *tp, void *arg), void *arg)
{
	tp->tp_pl.pl_wait = hook_wait;
	tp->tp_pl.pl_wake = hook_wake;
	tp->tp_onwait = func;
	tp->tp_waitarg = arg;
}

static struct tp *
enter_port(const struct busdma_platform *pl, enum tp_hook h)
{
	struct tp *tp = enter(pl, h);

	if (tp->tp_locks != 1)
		wrong(tp, "called with no lock held", h);
	return tp;
}

static uint32_t
hook_port_read(const struct busdma_platform *pl, uint32_t port, unsigned width)
{
	struct tp *tp = enter_port(pl, TP_PORT_READ);

	/* Bits above the width are anyhow. */
	return 0xa5a5a500 |
	       tp->tp_onport(tp, tp->tp_portarg, port, width, NULL);
}

static void
hook_port_write(const struct busdma_platform *pl, uint32_t port, unsigned width,
    uint32_t value)
{
	struct tp *tp = enter_port(pl, TP_PORT_WRITE);

	(void)tp->tp_onport(tp, tp->tp_portarg, port, width, &value);
}

void
tp_ports(struct tp *tp,
    uint8_t (*func)(struct tp *tp, void *arg, uint32_t port, unsigned width,
	const uint32_t *value),
    void *arg)
{
	tp->tp_pl.pl_port_read = hook_port_read;
	tp->tp_pl.pl_port_write = hook_port_write;
	tp->tp_onport = func;
	tp->tp_portarg = arg;
}

unsigned
tp_reported(const struct tp *tp, enum busdma_report_code code)
{
	return tp->tp_reports[code];
}

void
tp_forget(struct tp *tp)
{
	memset(tp->tp_reports, 0, sizeof(tp->tp_reports));
	tp->tp_nreports = 0;
	memset(&tp->tp_last, 0, sizeof(tp->tp_last));
}

struct tp *
tp_create(uint32_t pagesize, paddr_t rambase, unsigned rampages)
{
	struct tp *tp = calloc(1, sizeof(*tp));
	struct tp_region *r;

	if (tp == NULL)
		abort();
	tp->tp_pl = (struct busdma_platform){
		.pl_size = sizeof(tp->tp_pl),
		.pl_pagesize = pagesize,
		.pl_cookie = tp,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_unlock,
		.pl_cpu = &counting_cpu,
		.pl_pages_alloc = hook_pages_alloc,
		.pl_pages_free = hook_pages_free,
		.pl_window = hook_window,
		.pl_window_done = hook_window_done,
		.pl_kmap = hook_kmap,
		.pl_kunmap = hook_kunmap,
		.pl_mmap = hook_mmap,
		.pl_space = hook_space,
		.pl_mbuf = &busdma_mbuf_chain,
		.pl_uio = &busdma_uio_chain,
		.pl_report = hook_report,
		.pl_account = &busdma_account,
	};
	tp->tp_rambase = rambase;
	tp->tp_rampages = rampages;
	tp->tp_used = calloc(rampages, 1);
	if (tp->tp_used == NULL)
		abort();
	tp->tp_ram = tp_run(tp, rambase, rampages);
	r = tp->tp_regions;
	r->tr_host = tp->tp_ram;
	return tp;
}

bool
tp_clean(const struct tp *tp)
{
	return tp->tp_allocs == 0 && tp->tp_bytes == 0 && tp->tp_pages == 0 &&
	       tp->tp_windows == 0 && tp->tp_kmaps == 0 && tp->tp_locks == 0 &&
	       tp->tp_wrong == 0;
}

unsigned
tp_destroy(struct tp *tp)
{
	unsigned held;

	if (!tp_clean(tp))
		fprintf(stderr,
		    "# test platform: held at the end: %u allocations of %zu "
		    "bytes, %u pages, %u windows, %u mappings, %u locks; "
		    "%u wrong calls\n",
		    tp->tp_allocs, tp->tp_bytes, tp->tp_pages, tp->tp_windows,
		    tp->tp_kmaps, tp->tp_locks, tp->tp_wrong);
	held = !tp_clean(tp);
	while (tp->tp_regions != NULL)
		drop_region(tp, tp->tp_regions);
	free(tp->tp_ram);
	free(tp->tp_used);
	free(tp);
	return held;
}

int
tp_direct(struct tp *tp, const struct bus_dma_window *w, unsigned n,
    bus_dma_tag_t *newtag)
{
	static const struct bus_dma_window identity = { 0, 0, 0,
		BUS_DMA_WINDOW_COHERENT };

	if (w == NULL) {
		w = &identity;
		n = 1;
	}
	return bus_dmatag_direct(&tp->tp_pl, NULL, w, n, newtag, 0);
}

static int
chain_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct tp_chain *tc = chain;
	struct tp *tp = tc->tc_tp;

	enter(&tp->tp_pl, TP_CHAIN);
	if (fails(tp))
		return EINVAL;
	if (tc->tc_error != 0)
		return tc->tc_error;
	ci->ci_total = tc->tc_total;
	ci->ci_space = tc->tc_space;
	ci->ci_next = tc;
	ci->ci_index = 0;
	return 0;
}

static size_t
chain_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct tp_chain *tc = ci->ci_next;
	struct tp *tp = tc->tc_tp;
	size_t left = tc->tc_nparts - ci->ci_index;

	enter(&tp->tp_pl, TP_CHAIN);
	if (fails(tp))
		return 0;
	if (n == 0)
		wrong(tp, "no room", TP_CHAIN);
	if (n > left)
		n = left;
	memcpy(parts, tc->tc_parts + ci->ci_index, n * sizeof(*parts));
	ci->ci_index += n;
	return n;
}

const struct busdma_chain_ops tp_chain_ops = { sizeof(tp_chain_ops), chain_open,
	chain_parts };
