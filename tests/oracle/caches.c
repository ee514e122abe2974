/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for syncs through windows that are not coherent: what the caches
 * were told of each line of memory, counted, beside a model that walks the
 * buffer byte by byte.  No memory is touched, so there is none: addresses are
 * numbers, of physical memory, of the kernel, of a process, and of windows.
 *
 * The model.  A piece is a part of the buffer whose bytes follow each other in
 * memory and, where the kernel has its address, there too, and of which the
 * same is known.  Of each piece, as far as the range of the sync goes, the
 * lines are whole or edges; those of coherent windows and of uncached memory
 * are not counted.
 *
 * caches [--cases N] [--seed S] [--case I]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/direct.h>
#include <busdma/uio.h>

#include "args.h"
#include "rnd.h"

#define NPHYS 48 /* pages of physical memory */
#define NVIRT 24 /* pages of each space */
#define NPARTS 6 /* of a chain, a uio, a list of segments */
#define MAXWIN 5
#define MAXPAGE 512
#define MAXLEN (NPARTS * 6 * MAXPAGE)
#define MAXLINES (NPHYS * MAXPAGE / 4)
#define KERNEL 0x10000000u
#define USER 0x20000000u
#define WINDOW 0x30000000u
#define PROC ((struct proc *)(uintptr_t)0x7000)
#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)

enum told { WB, INV, WBINV, NTOLD };
enum origin { LINEAR, CHAIN, UIO, RAW, NORIGINS };

/* A byte of a buffer. */
struct byte {
	paddr_t by_pa;
	uintptr_t by_va;   /* the kernel's; else 0 */
	unsigned by_known; /* BUSDMA_MEMORY_* */
};

static struct ccase {
	uint32_t cc_page, cc_line;
	bool cc_ordered;
	paddr_t cc_base; /* of physical memory */
	unsigned cc_virt[2][NVIRT];
	unsigned cc_known[NPHYS];
	struct bus_dma_window cc_win[MAXWIN];
	unsigned cc_nwin;
	bus_addr_t cc_shift; /* of a direct tag on top; 0: none */
	bool cc_narrowed;

	/* The load. */
	enum origin cc_origin;
	bool cc_user;
	int cc_flags;
	struct byte cc_byte[MAXLEN];
	unsigned cc_len;
	bool cc_told; /* of this map: a line is shared */

	/* The sync. */
	unsigned cc_off, cc_n;
	int cc_ops;

	/* What came of it. */
	unsigned cc_got[MAXLINES][NTOLD], cc_want[MAXLINES][NTOLD];
	bool cc_empty, cc_finished;
	unsigned cc_barriers, cc_before, cc_after; /* operations around it */
	unsigned cc_reports, cc_shared, cc_wrong;
	unsigned cc_opened; /* windows; one is open where this is odd */
	paddr_t cc_winpa;
	bus_size_t cc_winlen;
} * cc;

static unsigned allocs;
static uint64_t loads, shared, told[NTOLD], windows, quiet;

static void
wrong(const char *what)
{
	if (cc->cc_wrong++ == 0)
		printf("# wrong: %s\n", what);
}

/* ---- the platform ---- */

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	allocs++;
	return malloc(size);
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	(void)size;
	allocs--;
	free(p);
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

/* A byte of a space; known: what is of its page. */
static paddr_t
translate(bool user, uintptr_t va, unsigned *known)
{
	uintptr_t off = va - (user ? USER : KERNEL);
	unsigned page = cc->cc_virt[user][off / cc->cc_page];

	*known = cc->cc_known[page];
	return cc->cc_base + (paddr_t)page * cc->cc_page + off % cc->cc_page;
}

/* Runs as long as they go, but of memory of which the same is known. */
static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	unsigned i = 0, was = 0, known;
	bus_size_t some;
	paddr_t pa;

	(void)pl;
	for (; len != 0; va += (uintptr_t)some, len -= some) {
		some = cc->cc_page - va % cc->cc_page;
		if (some > len)
			some = len;
		pa = translate(as != NULL, va, &known);
		if (i != 0 && known == was && pa != 0 &&
		    frags[i - 1].bf_addr + frags[i - 1].bf_len == pa) {
			frags[i - 1].bf_len += some;
			continue;
		}
		if (i == n)
			break;
		frags[i++] = (struct busdma_frag){ pa, some };
		was = known;
	}
	return i;
}

static unsigned
hook_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	unsigned all = ~0u, known;

	(void)pl;
	/* What is loaded raw is known by nobody. */
	if (as == BUSDMA_SPACE_PHYSICAL)
		return 0;
	for (bus_size_t o = 0; o < len; o++) {
		if (translate(as != NULL, va + o, &known) != pa + o)
			wrong("what is asked of memory");
		all &= known;
	}
	return all;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	(void)pl;
	if (flags != BUSDMA_WINDOW_SYNC || len == 0 || cc->cc_opened % 2 != 0 ||
	    (pa - cc->cc_base) / cc->cc_page !=
		(pa + (len - 1) - cc->cc_base) / cc->cc_page)
		wrong("a window of two pages, or a second one");
	cc->cc_opened++;
	cc->cc_winpa = pa;
	cc->cc_winlen = len;
	windows++;
	return (void *)(uintptr_t)WINDOW;
}

static void
hook_window_done(const struct busdma_platform *pl, void *va, bus_size_t len)
{
	(void)pl;
	if (cc->cc_opened % 2 == 0 || (uintptr_t)va != WINDOW ||
	    len != cc->cc_winlen)
		wrong("the end of a window that there is not");
	cc->cc_opened++;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	cc->cc_reports++;
	cc->cc_shared += rp->rp_code == BUSDMA_REPORT_SHAREDLINE;
}

static void
barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
	wrong("the barrier that does not wait for caches");
}

static void
barrier_wc(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	cc->cc_barriers++;
	if (ops != cc->cc_ops)
		wrong("the barrier's operations");
}

/* Whether the kernel reaches `pa' at `va'. */
static bool
is_at(uintptr_t va, paddr_t pa)
{
	unsigned known;

	if (va - WINDOW < MAXPAGE)
		return cc->cc_opened % 2 != 0 && va - WINDOW < cc->cc_winlen &&
		       cc->cc_winpa + (va - WINDOW) == pa;
	return va - KERNEL < (uintptr_t)NVIRT * cc->cc_page &&
	       translate(false, va, &known) == pa;
}

static void
count(enum told what, uintptr_t va, paddr_t pa, size_t len)
{
	const uint32_t line = cc->cc_line;

	if (len == 0 || (va | pa | len) % line != 0)
		wrong("not whole lines");
	if (cc->cc_barriers == 0)
		cc->cc_before++;
	else
		cc->cc_after++;
	if (cc->cc_finished)
		wrong("an operation behind the end");
	for (; len >= line; len -= line, va += line, pa += line) {
		if (!is_at(va, pa) || !is_at(va + line - 1, pa + line - 1)) {
			wrong("a line that is not there");
			return;
		}
		cc->cc_got[(pa - cc->cc_base) / line][what]++;
		told[what]++;
	}
}

static void
finish(const struct busdma_platform *pl)
{
	(void)pl;
	if (cc->cc_finished)
		wrong("the end, twice");
	cc->cc_finished = true;
}

static void
told_wb(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	count(WB, va, pa, len);
}

static void
told_inv(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	count(INV, va, pa, len);
}

static void
told_wbinv(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pl;
	count(WBINV, va, pa, len);
}

/* ---- the model ---- */

static bool
coherent(paddr_t pa)
{
	for (unsigned i = 0; i < cc->cc_nwin; i++) {
		const struct bus_dma_window *w = &cc->cc_win[i];

		if (pa + cc->cc_shift - w->dw_cpu < w->dw_len)
			return w->dw_flags != 0;
	}
	wrong("a byte of no window");
	return true;
}

static bool
counts(const struct byte *by)
{
	return (by->by_known & BUSDMA_MEMORY_UNCACHED) == 0 &&
	       !coherent(by->by_pa);
}

/* Whether byte i goes on with the piece that byte i - 1 is of. */
static bool
goes_on(unsigned i)
{
	const struct byte *a = &cc->cc_byte[i - 1], *b = &cc->cc_byte[i];

	return b->by_pa == a->by_pa + 1 && a->by_known == b->by_known &&
	       (a->by_va == 0) == (b->by_va == 0) &&
	       (b->by_va == 0 || b->by_va == a->by_va + 1) &&
	       counts(a) == counts(b);
}

/* What becomes of a line; NTOLD: nothing. */
static enum told
due(bool whole)
{
	if ((cc->cc_ops & BUS_DMASYNC_PREREAD) != 0 && cc->cc_ordered)
		return WBINV;
	if ((cc->cc_ops & PRE) != 0)
		return WB;
	if ((cc->cc_ops & BUS_DMASYNC_POSTREAD) != 0)
		return whole ? INV : WBINV;
	return NTOLD;
}

/* Some piece is not whole lines, or not where the kernel has an address. */
static bool
model_rough(void)
{
	const struct byte *by = cc->cc_byte;
	unsigned i;

	for (i = 0; i < cc->cc_len; i++, by++) {
		if (!counts(by))
			continue;
		if (by->by_va == 0)
			return true;
		if ((i == 0 || !goes_on(i)) && by->by_pa % cc->cc_line != 0)
			return true;
		if ((i + 1 == cc->cc_len || !goes_on(i + 1)) &&
		    (by->by_pa + 1) % cc->cc_line != 0)
			return true;
	}
	return false;
}

/*
 * Nothing is due to a POSTREAD of all, if the last that did anything was a
 * PREREAD of all.
 */
static bool
model_empty(void)
{
	bool all = cc->cc_n == cc->cc_len, empty = cc->cc_empty;

	if (!cc->cc_ordered || cc->cc_n == 0 ||
	    cc->cc_ops == BUS_DMASYNC_POSTWRITE)
		return false;
	cc->cc_empty =
	    all && (cc->cc_ops & BUS_DMASYNC_PREREAD) != 0 && !model_rough();
	return empty && all && (cc->cc_ops & PRE) == 0;
}

static void
model_sync(void)
{
	const uint32_t line = cc->cc_line;
	unsigned i, end, first, next;
	paddr_t at, last, pa;
	enum told what;

	memset(cc->cc_want, 0, sizeof(cc->cc_want));
	if (model_empty())
		return;
	for (i = cc->cc_off; i < cc->cc_off + cc->cc_n; i = next) {
		first = i;
		end = cc->cc_off + cc->cc_n;
		for (next = i + 1; next < end && goes_on(next); next++)
			continue;
		if (!counts(&cc->cc_byte[first]))
			continue;
		at = cc->cc_byte[first].by_pa - cc->cc_base;
		last = cc->cc_byte[next - 1].by_pa - cc->cc_base;
		for (pa = at - at % line; pa <= last; pa += line) {
			what = due(pa >= at && pa + (line - 1) <= last);
			if (what != NTOLD)
				cc->cc_want[pa / line][what]++;
		}
	}
}

/* Some piece that the device may write has an end inside a line of others. */
static bool
model_shared(void)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	const struct byte *by = cc->cc_byte;
	unsigned i;

	if ((cc->cc_flags & both) == BUS_DMA_WRITE)
		return false;
	for (i = 0; i < cc->cc_len; i++, by++) {
		if ((by->by_known & BUSDMA_MEMORY_OWNED) != 0 || !counts(by))
			continue;
		if ((i == 0 || !goes_on(i)) && by->by_pa % cc->cc_line != 0)
			return true;
		if ((i + 1 == cc->cc_len || !goes_on(i + 1)) &&
		    (by->by_pa + 1) % cc->cc_line != 0)
			return true;
	}
	return false;
}

/* ---- cases ---- */

static void
make_memory(struct rnd *r)
{
	const unsigned sparse = (unsigned)rnd_in(r, 2, 8);

	cc->cc_page = 1u << rnd_in(r, 6, 9);
	cc->cc_line = 4u << rnd_below(r, 8);
	if (cc->cc_line > cc->cc_page)
		cc->cc_line = cc->cc_page;
	cc->cc_ordered = rnd_one_in(r, 3);
	cc->cc_base = 0;
	if (rnd_one_in(r, 3))
		cc->cc_base = (paddr_t)0 - (paddr_t)NPHYS * cc->cc_page;
	else if (rnd_one_in(r, 2))
		cc->cc_base = (paddr_t)0x100 << rnd_in(r, 20, 30);
	for (unsigned i = 0; i < NPHYS; i++) {
		cc->cc_known[i] = i != 0 ? cc->cc_known[i - 1] : 0;
		if (rnd_one_in(r, sparse))
			cc->cc_known[i] = (unsigned)rnd_below(r, 4);
	}
	for (unsigned as = 0; as < 2; as++)
		for (unsigned i = 0; i < NVIRT; i++) {
			unsigned page = (unsigned)rnd_below(r, NPHYS);

			if (i != 0 && !rnd_one_in(r, 3))
				page = (cc->cc_virt[as][i - 1] + 1) % NPHYS;
			cc->cc_virt[as][i] = page;
		}
}

/* Windows over all of memory, and at least one that is not coherent. */
static void
make_windows(struct rnd *r)
{
	const unsigned n = (unsigned)rnd_in(r, 1, MAXWIN);
	bus_addr_t bus = 0x4000;
	unsigned at = 0, len;

	cc->cc_shift = 0;
	if (cc->cc_base == 0 && rnd_one_in(r, 3))
		cc->cc_shift = rnd_in(r, 1, 100) * cc->cc_page;
	for (unsigned i = 0; i < n; i++) {
		len = NPHYS - at;
		if (i != n - 1)
			len = (unsigned)rnd_in(r, 1, len - (n - 1 - i));
		cc->cc_win[i] = (struct bus_dma_window){
			.dw_cpu = cc->cc_base + cc->cc_shift + at * cc->cc_page,
			.dw_bus = bus,
			.dw_len = (bus_size_t)len * cc->cc_page,
			.dw_flags =
			    rnd_one_in(r, 2) ? BUS_DMA_WINDOW_COHERENT : 0,
		};
		at += len;
		bus += (len + rnd_below(r, 2)) * cc->cc_page;
	}
	cc->cc_nwin = n;
	cc->cc_win[rnd_below(r, n)].dw_flags = 0;
	cc->cc_narrowed = rnd_one_in(r, 3);
}

/* Bytes of the buffer, from a space. */
static void
add_virtual(uintptr_t va, unsigned len, unsigned known)
{
	struct byte *by = &cc->cc_byte[cc->cc_len];
	unsigned page;

	cc->cc_len += len;
	for (; len != 0; len--, by++, va++) {
		by->by_pa = translate(cc->cc_user, va, &page);
		by->by_va = cc->cc_user ? 0 : va;
		by->by_known = page | known;
	}
}

static void
add_physical(paddr_t pa, unsigned len)
{
	struct byte *by = &cc->cc_byte[cc->cc_len];

	cc->cc_len += len;
	for (; len != 0; len--, by++, pa++)
		*by = (struct byte){ pa, 0, BUSDMA_MEMORY_OWNED };
}

/* A part of `pages' pages of something, often of whole lines. */
static void
make_part(struct rnd *r, unsigned pages, unsigned *off, unsigned *len)
{
	unsigned unit = rnd_one_in(r, 2) ? cc->cc_line : 1;

	*off = (unsigned)rnd_below(r, pages * cc->cc_page / unit) * unit;
	*len = (unsigned)rnd_in(r, 1, 6 * cc->cc_page / unit) * unit;
	if (rnd_one_in(r, 3))
		*len = (unsigned)rnd_in(r, 1, 2 * cc->cc_line);
	if (*len > pages * cc->cc_page - *off)
		*len = pages * cc->cc_page - *off;
}

/* Where the memory behind the last byte is in the space, if it is there. */
static void
find_next(struct rnd *r, unsigned *off, unsigned len)
{
	const uint32_t page = cc->cc_page;
	paddr_t next = cc->cc_byte[cc->cc_len - 1].by_pa + 1 - cc->cc_base;
	unsigned first = (unsigned)rnd_below(r, NVIRT), i, at;

	for (i = 0; i < NVIRT; i++) {
		at = (first + i) % NVIRT;
		if (cc->cc_virt[cc->cc_user][at] != next / page)
			continue;
		at = at * page + (unsigned)(next % page);
		if (len > NVIRT * page - at)
			continue;
		*off = at;
		return;
	}
}

static size_t
chain_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct busdma_part *all = ci->ci_next;
	size_t i;

	for (i = 0; i < n && ci->ci_index < NPARTS && ci->ci_left != 0; i++) {
		parts[i] = all[ci->ci_index++];
		ci->ci_left -= parts[i].pt_len;
	}
	return i;
}

static int
chain_open(const void *chain, struct busdma_chain_iter *ci)
{
	ci->ci_total = ci->ci_left = cc->cc_len;
	ci->ci_space = cc->cc_user ? (busdma_space_t)PROC : NULL;
	ci->ci_next = chain;
	ci->ci_index = 0;
	return 0;
}

static const struct busdma_chain_ops chain_ops = {
	.ch_size = sizeof(chain_ops),
	.ch_open = chain_open,
	.ch_parts = chain_parts,
};

/* A load of some kind; its bytes are noted, whatever comes of it. */
static int
make_load(bus_dma_tag_t t, bus_dmamap_t map, struct rnd *r)
{
	const unsigned n = (unsigned)rnd_in(r, 1, NPARTS);
	struct busdma_part parts[NPARTS] = { 0 };
	bus_dma_segment_t segs[NPARTS];
	struct iovec iov[NPARTS];
	struct uio uio = { .uio_iov = iov, .uio_iovcnt = (int)n };
	unsigned off = 0, len = 0, known;
	uintptr_t va = 0;

	cc->cc_len = 0;
	cc->cc_origin = (enum origin)rnd_below(r, NORIGINS);
	cc->cc_user = rnd_one_in(r, 2);
	cc->cc_flags = (int)rnd_below(r, 4) * BUS_DMA_READ;
	for (unsigned i = 0; i < n; i++) {
		make_part(r, cc->cc_origin == RAW ? NPHYS : NVIRT, &off, &len);
		/* Often where the one before ended, there or elsewhere. */
		if (i != 0 && cc->cc_origin != RAW && rnd_one_in(r, 2))
			find_next(r, &off, len);
		va = (cc->cc_user ? USER : KERNEL) + off;
		known = rnd_one_in(r, 2) ? BUSDMA_MEMORY_OWNED : 0;
		parts[i] = (struct busdma_part){ (void *)va, len, known };
		iov[i] = (struct iovec){ (void *)va, len };
		segs[i] = (bus_dma_segment_t){ cc->cc_base + off, len };
		if (cc->cc_origin == RAW)
			add_physical(segs[i].ds_addr, len);
		else
			add_virtual(
			    va, len, cc->cc_origin == CHAIN ? known : 0);
		if (cc->cc_origin == LINEAR)
			break;
	}
	switch (cc->cc_origin) {
	case LINEAR:
		return bus_dmamap_load(t, map, (void *)va, len,
		    cc->cc_user ? PROC : NULL, cc->cc_flags);
	case CHAIN:
		return bus_dmamap_load_chain(
		    t, map, &chain_ops, parts, cc->cc_flags);
	case UIO:
		uio.uio_resid = cc->cc_len;
		uio.uio_vmspace = cc->cc_user ? (void *)PROC : NULL;
		return bus_dmamap_load_uio(t, map, &uio, cc->cc_flags);
	case RAW:
	case NORIGINS:
		break;
	}
	return bus_dmamap_load_raw(
	    t, map, segs, (int)n, cc->cc_len, cc->cc_flags);
}

static void
choose_range(struct rnd *r)
{
	const unsigned line = cc->cc_line;

	cc->cc_off = 0;
	cc->cc_n = cc->cc_len;
	if (rnd_one_in(r, 3))
		return;
	cc->cc_off = (unsigned)rnd_in(r, 0, cc->cc_len);
	cc->cc_n = (unsigned)rnd_in(r, 0, cc->cc_len - cc->cc_off);
	if (rnd_one_in(r, 3))
		cc->cc_n = (unsigned)rnd_below(r, 3 * line);
	if (rnd_one_in(r, 3) && cc->cc_off != cc->cc_len) {
		/* To the beginning of a line, and to the end of one. */
		cc->cc_off -= (unsigned)(cc->cc_byte[cc->cc_off].by_pa % line);
		cc->cc_n -= cc->cc_n % line;
	}
	if (cc->cc_off > cc->cc_len)
		cc->cc_off = 0;
	if (cc->cc_n > cc->cc_len - cc->cc_off)
		cc->cc_n = cc->cc_len - cc->cc_off;
}

static void
check_sync(bus_dma_tag_t t, bus_dmamap_t map, struct rnd *r)
{
	static const int ops[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
		PRE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTREAD,
		BUS_DMASYNC_POSTWRITE,
		BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE };

	choose_range(r);
	cc->cc_ops = ops[rnd_below(r, sizeof(ops) / sizeof(ops[0]))];
	memset(cc->cc_got, 0, sizeof(cc->cc_got));
	cc->cc_barriers = cc->cc_before = cc->cc_after = 0;
	cc->cc_finished = false;
	bus_dmamap_sync(t, map, cc->cc_off, cc->cc_n, cc->cc_ops);
	if (cc->cc_barriers != 1)
		wrong("the number of barriers");
	if (cc->cc_finished != ((cc->cc_ops & PRE) == 0 && cc->cc_after != 0))
		wrong("the end of a POST");
	if (((cc->cc_ops & PRE) != 0 ? cc->cc_after : cc->cc_before) != 0)
		wrong("the place of the barrier");
	if (cc->cc_opened % 2 != 0)
		wrong("a window is left open");
	model_sync();
	for (unsigned l = 0; l < NPHYS * cc->cc_page / cc->cc_line; l++)
		for (unsigned i = 0; i < NTOLD; i++)
			if (cc->cc_got[l][i] != cc->cc_want[l][i]) {
				printf("# line %u, %s: %u instead of %u\n", l,
				    i == WB    ? "written back"
				    : i == INV ? "invalidated"
					       : "both",
				    cc->cc_got[l][i], cc->cc_want[l][i]);
				wrong("what became of a line");
				return;
			}
	quiet += cc->cc_before + cc->cc_after == 0;
}

static void
check_map(bus_dma_tag_t t, struct rnd *r)
{
	bus_dmamap_t map;
	unsigned due_now;

	if (bus_dmamap_create(t, MAXLEN, 200, MAXLEN, 0, 0, &map) != 0) {
		wrong("bus_dmamap_create");
		return;
	}
	cc->cc_told = false;
	for (unsigned i = 0; i < 3 && cc->cc_wrong == 0; i++) {
		cc->cc_reports = cc->cc_shared = 0;
		cc->cc_empty = false;
		if (make_load(t, map, r) != 0) {
			wrong("the load");
			break;
		}
		loads++;
		due_now = !cc->cc_told && model_shared();
		cc->cc_told |= due_now != 0;
		shared += due_now;
		if (cc->cc_shared != due_now || cc->cc_reports != due_now)
			wrong("the report of a shared line");
		for (unsigned k = 0; k < 6 && cc->cc_wrong == 0; k++)
			check_sync(t, map, r);
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
}

static void
print_case(uint64_t seed, uint64_t index)
{
	printf("# --seed %" PRIu64 " --case %" PRIu64 ", page %u line %u%s%s\n",
	    seed, index, cc->cc_page, cc->cc_line,
	    cc->cc_ordered ? ", ordered" : "",
	    cc->cc_narrowed ? ", narrowed" : "");
	for (unsigned i = 0; i < cc->cc_nwin; i++)
		printf("# window cpu %#" PRIx64 " bus %#" PRIx64
		       " len %#" PRIx64 "%s\n",
		    cc->cc_win[i].dw_cpu, cc->cc_win[i].dw_bus,
		    cc->cc_win[i].dw_len,
		    cc->cc_win[i].dw_flags != 0 ? " coherent" : "");
	printf("# base %#" PRIx64 " shift %#" PRIx64 " origin %d user %d "
	       "flags %#x length %u\n# sync %u + %u operations %#x\n",
	    cc->cc_base, cc->cc_shift, (int)cc->cc_origin, cc->cc_user,
	    (unsigned)cc->cc_flags, cc->cc_len, cc->cc_off, cc->cc_n,
	    (unsigned)cc->cc_ops);
	for (unsigned i = 0; i < cc->cc_len; i++)
		if (i == 0 || !goes_on(i))
			printf("# at %u: %#" PRIx64 " va %#jx known %u%s\n", i,
			    cc->cc_byte[i].by_pa,
			    (uintmax_t)cc->cc_byte[i].by_va,
			    cc->cc_byte[i].by_known,
			    counts(&cc->cc_byte[i]) ? " counts" : "");
}

/* The tags of a case, the top one last. */
static unsigned
make_tags(const struct busdma_platform *pl, bus_dma_tag_t *tags)
{
	static const struct bus_dma_limits lim;
	struct bus_dma_window w = { .dw_len = (bus_size_t)NPHYS * cc->cc_page,
		.dw_bus = cc->cc_shift,
		.dw_flags = BUS_DMA_WINDOW_COHERENT };
	unsigned n = 0;

	if (bus_dmatag_direct(pl, NULL, cc->cc_win, cc->cc_nwin, &tags[n], 0) !=
	    0)
		return 0;
	n++;
	if (cc->cc_shift != 0) {
		if (bus_dmatag_direct(NULL, tags[0], &w, 1, &tags[n], 0) != 0)
			return 0;
		n++;
	}
	if (cc->cc_narrowed) {
		if (bus_dmatag_restrict(tags[n - 1], &lim, &tags[n], 0) != 0)
			return 0;
		n++;
	}
	return n;
}

static bool
run_case(uint64_t seed, uint64_t index)
{
	struct rnd mix = { .rn_state = seed + index * 0x9e3779b97f4a7c15u };
	struct rnd *r = &mix;
	struct busdma_cache_ops caches = { .ca_size = sizeof(caches),
		.ca_code = &busdma_noncoherent,
		.ca_wb = told_wb,
		.ca_inv = told_inv,
		.ca_wbinv = told_wbinv,
		.ca_finish = finish };
	struct busdma_cpu_ops cpu = { .cpu_size = sizeof(cpu),
		.cpu_barrier = barrier,
		.cpu_barrier_wc = barrier_wc,
		.cpu_cache = &caches };
	struct busdma_platform pl = { .pl_size = sizeof(pl),
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_cpu = &cpu,
		.pl_window = hook_window,
		.pl_window_done = hook_window_done,
		.pl_uio = &busdma_uio_chain,
		.pl_report = hook_report,
		.pl_account = &busdma_account,
		.pl_memory = hook_memory };
	bus_dma_tag_t tags[3];
	unsigned ntags;

	cc->cc_wrong = cc->cc_opened = allocs = 0;
	make_memory(r);
	make_windows(r);
	pl.pl_pagesize = cc->cc_page;
	caches.ca_line = cc->cc_line;
	caches.ca_flags = cc->cc_ordered ? BUSDMA_CACHE_NOSPECULATION : 0;
	ntags = make_tags(&pl, tags);
	if (ntags == 0)
		wrong("the tags");
	else
		check_map(tags[ntags - 1], r);
	while (ntags-- != 0)
		bus_dmatag_destroy(tags[ntags]);
	if (cc->cc_wrong == 0 && allocs != 0)
		wrong("something is left over");
	if (cc->cc_wrong != 0)
		print_case(seed, index);
	return cc->cc_wrong == 0;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 20000);
	uint64_t first = oa.oa_first, cases = oa.oa_end;
	unsigned bad = 0;

	cc = calloc(1, sizeof(*cc));
	if (cc == NULL)
		return 2;
	printf("1..1\n");
	for (uint64_t i = first; i < cases && bad < 3; i++)
		bad += !run_case(oa.oa_seed, i);
	printf("# caches: seed %" PRIu64 ", %" PRIu64 " loads: %" PRIu64
	       " lines written back, %" PRIu64 " invalidated, %" PRIu64
	       " both; %" PRIu64 " windows, %" PRIu64 " shared lines, %" PRIu64
	       " syncs of no line\n",
	    oa.oa_seed, loads, told[WB], told[INV], told[WBINV], windows,
	    shared, quiet);
	if (!oa.oa_one && cases - first > 50 && bad == 0 &&
	    (told[WB] < loads || told[INV] < loads || told[WBINV] < loads ||
		windows < loads || shared < loads / 20 || quiet < loads / 5)) {
		printf("# the cases are too much alike\n");
		bad++;
	}
	printf("%s 1 - what caches are told\n", bad == 0 ? "ok" : "not ok");
	free(cc);
	return bad != 0;
}
