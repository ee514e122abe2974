/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for bouncing: what of a load goes through slots, where it stands
 * there, what the segments are, which loads must fail, and what each sync
 * copies.  Each byte by itself, by what bus_dma_bounce(9) says, over random
 * machines, limits and buffers, by seed.
 *
 * bounces [--cases N] [--seed S] [--case I]
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/backend.h>
#include <busdma/bounce.h>
#include <busdma/direct.h>

#include "args.h"
#include "rnd.h"

#define MAXPAGE 1024u
#define NFRAMES 48u
#define NSLOTS 16u /* the first frames are for slots */
#define NVIRT 10u  /* frames of the buffer */
#define MAXLEN (NVIRT * MAXPAGE)
#define MAXPARTS 14u
#define MAXSEGS 40
#define STRANGER 0xa5
#define USER 0x100000u
#define PROC ((struct proc *)(uintptr_t)0x5000)
#define PREREAD BUS_DMASYNC_PREREAD
#define POSTREAD BUS_DMASYNC_POSTREAD
#define PREWRITE BUS_DMASYNC_PREWRITE
#define POSTWRITE BUS_DMASYNC_POSTWRITE

enum origin { LINEAR, OFPROC, RAW };

/* A byte of a load. */
struct byte {
	paddr_t by_pa;
	uint8_t *by_host;
	bool by_moved;   /* must be in a slot */
	bool by_start;   /* begins something that goes through slots */
	bool by_aligned; /* that begins at the front of a slot */
	/* What it is now. */
	bus_addr_t by_bus;
	uint8_t *by_dev;
	bool by_slot, by_filled;
	uint8_t by_holds; /* the slot */
};

struct bcase {
	struct rnd bc_rnd;
	uint32_t bc_page, bc_line; /* bc_line 0: devices see the caches */
	paddr_t bc_base;
	uint8_t *bc_ram, *bc_buf; /* frames; those of the buffer */
	uint8_t *bc_host[NFRAMES];
	unsigned bc_virt[NVIRT]; /* frames of the buffer's pages */
	struct bus_dma_window bc_win[2];
	unsigned bc_nwin;
	struct bus_dma_limits bc_lim; /* of the lower tag */
	bool bc_forced, bc_named;
	uint32_t bc_slots; /* pages of slots there are */
	uint32_t bc_held;  /* of these another map has */
	bool bc_packs;     /* no run of slots leaves a gap */

	struct busdma_platform bc_pl;
	struct busdma_cpu_ops bc_cpu;
	struct busdma_cache_ops bc_cache;
	bus_dma_tag_t bc_root, bc_lower, bc_tag;
	bus_dmamap_t bc_map, bc_other;
	bus_size_t bc_size, bc_maxsegsz, bc_boundary;
	int bc_nsegs;

	enum origin bc_origin;
	int bc_flags;
	uint32_t bc_len;
	struct byte bc_byte[MAXLEN];
	uint8_t bc_model[NVIRT * MAXPAGE]; /* of the buffer's memory */
};

static struct bcase *bc;
static bool bad;
static long allocs;
static uint64_t loads, moved, joined, failed, shorts, copies;

static void wrong(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
wrong(const char *fmt, ...)
{
	va_list ap;

	if (bad)
		return;
	bad = true;
	printf("# wrong: ");
	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* ---- the machine ---- */

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

static paddr_t
frame_pa(unsigned frame)
{
	return bc->bc_base + (paddr_t)frame * bc->bc_page;
}

/* The host's byte at a physical address; NULL: there is none. */
static uint8_t *
host_of(paddr_t pa)
{
	paddr_t off = pa - bc->bc_base;

	if (off >= (paddr_t)NFRAMES * bc->bc_page)
		return NULL;
	return bc->bc_host[off / bc->bc_page] + off % bc->bc_page;
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	uintptr_t off = va - (as == NULL ? (uintptr_t)bc->bc_buf : USER);
	bus_size_t some;
	unsigned i = 0;
	paddr_t pa;

	(void)pl;
	for (; len != 0 && off < NVIRT * bc->bc_page;
	     off += some, len -= some) {
		some = bc->bc_page - off % bc->bc_page;
		if (some > len)
			some = len;
		pa = frame_pa(bc->bc_virt[off / bc->bc_page]) +
		     off % bc->bc_page;
		if (i != 0 &&
		    frags[i - 1].bf_addr + frags[i - 1].bf_len == pa) {
			frags[i - 1].bf_len += some;
			continue;
		}
		if (i == n)
			break;
		frags[i++] = (struct busdma_frag){ pa, some };
	}
	return i;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	(void)pl;
	if ((flags & BUSDMA_WINDOW_SYNC) != 0 &&
	    (pa ^ (pa + (len - 1))) / bc->bc_page != 0)
		wrong("a window across a page");
	return host_of(pa);
}

static int
hook_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	return busdma_arena_pages_alloc(pl, pg);
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	wrong("a report: %s", busdma_report_text(rp->rp_code));
}

static void
hook_barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
}

static void
hook_cache(const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t n)
{
	(void)pl;
	if (n == 0 || (va | pa | n) % bc->bc_line != 0)
		wrong("not whole lines");
	for (size_t o = 0; o < n; o += bc->bc_line)
		if (host_of(pa + o) != (uint8_t *)(va + o))
			wrong("a line that is not there");
}

/* But not what strangers' bytes are. */
static uint8_t
some_byte(void)
{
	uint8_t byte = (uint8_t)rnd(&bc->bc_rnd);

	return byte == STRANGER ? 0 : byte;
}

static void
make_frames(void)
{
	struct rnd *r = &bc->bc_rnd;
	unsigned at;

	bc->bc_page = 256u << rnd_below(r, 3);
	bc->bc_line = rnd_one_in(r, 2) ? 0 : 16u << rnd_below(r, 3);
	bc->bc_base = rnd_in(r, 1, rnd_one_in(r, 3) ? 1u << 30 : 1000) *
		      (paddr_t)bc->bc_page;
	bc->bc_ram = aligned_alloc(MAXPAGE, NFRAMES * MAXPAGE);
	bc->bc_buf = aligned_alloc(MAXPAGE, NVIRT * MAXPAGE);
	if (bc->bc_ram == NULL || bc->bc_buf == NULL)
		abort();
	memset(bc->bc_ram, STRANGER, NFRAMES * MAXPAGE);
	for (unsigned i = 0; i < NFRAMES; i++)
		bc->bc_host[i] = bc->bc_ram + i * bc->bc_page;
	/* Runs of frames, often one after the other. */
	at = NSLOTS + (unsigned)rnd_below(r, NFRAMES - NSLOTS);
	for (unsigned i = 0; i < NVIRT; i++, at++) {
		if (rnd_one_in(r, 3))
			at = NSLOTS + (unsigned)rnd_below(r, NFRAMES - NSLOTS);
		while (at == NFRAMES ||
		       bc->bc_host[at] != bc->bc_ram + at * bc->bc_page)
			at = at == NFRAMES ? NSLOTS : at + 1;
		bc->bc_virt[i] = at;
		bc->bc_host[at] = bc->bc_buf + i * bc->bc_page;
	}
	for (unsigned i = 0; i < NVIRT * bc->bc_page; i++)
		bc->bc_model[i] = bc->bc_buf[i] = some_byte();
}

/* One window over the slots and what follows, and perhaps another. */
static void
make_windows(void)
{
	struct rnd *r = &bc->bc_rnd;
	unsigned first = (unsigned)rnd_in(r, NSLOTS, 40), second;
	int flags = bc->bc_line == 0 ? BUS_DMA_WINDOW_COHERENT : 0;

	bc->bc_win[0] = (struct bus_dma_window){ bc->bc_base,
		rnd_below(r, 1000) * bc->bc_page,
		(bus_size_t)first * bc->bc_page, flags };
	bc->bc_nwin = 1;
	second = (unsigned)rnd_in(r, first, NFRAMES);
	if (second == NFRAMES || rnd_one_in(r, 2))
		return;
	bc->bc_win[1] = (struct bus_dma_window){ frame_pa(second),
		((bus_addr_t)1 << 40) + rnd_below(r, 1000) * bc->bc_page,
		rnd_in(r, 1, NFRAMES - second) * bc->bc_page, flags };
	/* The one of which nothing is seen around the caches may be either. */
	if (bc->bc_line != 0 && rnd_one_in(r, 3))
		bc->bc_win[rnd_below(r, 2)].dw_flags = BUS_DMA_WINDOW_COHERENT;
	bc->bc_nwin = 2;
}

static void
make_platform(void)
{
	const struct busdma_frag region = { bc->bc_base,
		(bus_size_t)NSLOTS * bc->bc_page };

	bc->bc_cache = (struct busdma_cache_ops){
		.ca_size = sizeof(bc->bc_cache),
		.ca_line = bc->bc_line,
		.ca_code = &busdma_noncoherent,
		.ca_wb = hook_cache,
		.ca_inv = hook_cache,
		.ca_wbinv = hook_cache,
	};
	bc->bc_cpu = (struct busdma_cpu_ops){
		.cpu_size = sizeof(bc->bc_cpu),
		.cpu_barrier = hook_barrier,
		.cpu_barrier_wc = hook_barrier,
		.cpu_cache = bc->bc_line == 0 ? NULL : &bc->bc_cache,
	};
	bc->bc_pl = (struct busdma_platform){
		.pl_size = sizeof(bc->bc_pl),
		.pl_pagesize = bc->bc_page,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_window = hook_window,
		.pl_report = hook_report,
		.pl_cpu = &bc->bc_cpu,
		.pl_account = &busdma_account,
	};
	bc->bc_named = rnd_one_in(&bc->bc_rnd, 2);
	if (bc->bc_named)
		return;
	bc->bc_pl.pl_pages_alloc = hook_pages_alloc;
	bc->bc_pl.pl_pages_free = busdma_arena_pages_free;
	if (busdma_arena_create(&bc->bc_pl, &region, 1, &bc->bc_pl.pl_arena) !=
	    0)
		abort();
}

static void
draw_limits(void)
{
	struct bus_dma_limits *lim = &bc->bc_lim;
	struct rnd *r = &bc->bc_rnd;

	if (rnd_one_in(r, 3))
		lim->dl_alignment = (bus_size_t)2 << rnd_below(r, 6);
	if (rnd_one_in(r, 3))
		lim->dl_boundary = (bus_size_t)128 << rnd_below(r, 6);
	if (rnd_one_in(r, 3))
		lim->dl_maxsegsz = rnd_in(r, 128, 3 * bc->bc_page);
	/* In the first window, behind the slots. */
	if (rnd_one_in(r, 4))
		lim->dl_high = bc->bc_win[0].dw_bus +
			       rnd_in(r, NSLOTS, 30) * bc->bc_page - 1;
	if (lim->dl_high != 0 && bc->bc_line == 0)
		lim->dl_high += rnd_below(r, bc->bc_page);
}

static bool
make_tags(void)
{
	struct rnd *r = &bc->bc_rnd;
	bus_dma_segment_t own = { bc->bc_base, 0 };
	struct bus_dma_bounce db = { 0 };
	int error;

	bc->bc_forced = rnd_one_in(r, 4);
	bc->bc_slots =
	    (uint32_t)(rnd_one_in(r, 2) ? NSLOTS : rnd_in(r, 1, NSLOTS));
	db.db_flags = bc->bc_forced ? BUS_DMA_BOUNCE_FORCED : 0;
	if (bc->bc_named) {
		own.ds_len = (bus_size_t)bc->bc_slots * bc->bc_page;
		db.db_memory = &own;
		db.db_nmemory = 1;
	} else {
		db.db_reserve = db.db_most =
		    (bus_size_t)bc->bc_slots * bc->bc_page;
	}
	error = bus_dmatag_direct(
	    &bc->bc_pl, NULL, bc->bc_win, bc->bc_nwin, &bc->bc_root, 0);
	if (error == 0)
		error = bus_dmatag_restrict(
		    bc->bc_root, &bc->bc_lim, &bc->bc_lower, 0);
	if (error == 0)
		error = bus_dmatag_bounce(bc->bc_lower, &db, &bc->bc_tag, 0);
	if (error != 0)
		wrong("the tags: %d", error);
	return error == 0;
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

/* A map that has some slots all the time, from one end of them on. */
static bool
make_other(void)
{
	bus_size_t size =
	    rnd_in(&bc->bc_rnd, 1, bc->bc_slots) * (bus_size_t)bc->bc_page;
	bus_dma_segment_t seg = { frame_pa(bc->bc_virt[0]), bc->bc_page };
	bool ends = true;
	bus_addr_t at;
	int error;

	if (size > bc->bc_page)
		size = bc->bc_page;
	error = bus_dmamap_create(
	    bc->bc_tag, size, MAXSEGS, size, 0, 0, &bc->bc_other);
	if (error == 0)
		error = bus_dmamap_load_raw(bc->bc_tag, bc->bc_other, &seg, 1,
		    bc->bc_page, BUS_DMA_NOWAIT);
	if (error != 0)
		return true;
	/* Its bytes in slots are all in one page. */
	for (int i = 0; i < bc->bc_other->dm_nsegs; i++) {
		at = bc->bc_other->dm_segs[i].ds_addr - bc->bc_win[0].dw_bus;
		if (at >= (bus_addr_t)bc->bc_slots * bc->bc_page)
			continue;
		/* And it may keep one page that it has no use for. */
		bc->bc_held = 2;
		ends = at / bc->bc_page == 0 ||
		       at / bc->bc_page == bc->bc_slots - 1;
	}
	return ends;
}

static bool
make_map(void)
{
	struct rnd *r = &bc->bc_rnd;
	int error;

	bc->bc_size = rnd_in(r, 1, NVIRT * bc->bc_page);
	bc->bc_nsegs = rnd_one_in(r, 2) ? MAXSEGS : (int)rnd_in(r, 1, 5);
	bc->bc_maxsegsz =
	    rnd_one_in(r, 2) ? bc->bc_size : rnd_in(r, 128, 4 * bc->bc_page);
	bc->bc_boundary =
	    rnd_one_in(r, 2) ? 0 : (bus_size_t)128 << rnd_below(r, 7);
	error = bus_dmamap_create(bc->bc_tag, bc->bc_size, bc->bc_nsegs,
	    bc->bc_maxsegsz, bc->bc_boundary, 0, &bc->bc_map);
	if (error != 0)
		wrong("the map: %d", error);
	bc->bc_maxsegsz = least(bc->bc_maxsegsz, bc->bc_lim.dl_maxsegsz);
	bc->bc_boundary = least(bc->bc_boundary, bc->bc_lim.dl_boundary);
	return error == 0;
}

static void
drop_machine(void)
{
	if (bc->bc_other != NULL)
		bus_dmamap_destroy(bc->bc_tag, bc->bc_other);
	if (bc->bc_map != NULL)
		bus_dmamap_destroy(bc->bc_tag, bc->bc_map);
	if (bc->bc_tag != NULL)
		bus_dmatag_destroy(bc->bc_tag);
	if (bc->bc_lower != NULL)
		bus_dmatag_destroy(bc->bc_lower);
	if (bc->bc_root != NULL)
		bus_dmatag_destroy(bc->bc_root);
	if (bc->bc_pl.pl_arena != NULL &&
	    busdma_arena_destroy(&bc->bc_pl, bc->bc_pl.pl_arena) != 0)
		wrong("pages are left over");
	if (allocs != 0)
		wrong("%ld allocations are left over", allocs);
	allocs = 0;
	free(bc->bc_ram);
	free(bc->bc_buf);
}

/* ---- what must be ---- */

/* The window that a byte is reached through; -1: none. */
static int
window_of(paddr_t pa, bus_addr_t *bus)
{
	const struct bus_dma_limits *lim = &bc->bc_lim;

	for (unsigned i = 0; i < bc->bc_nwin; i++) {
		const struct bus_dma_window *w = &bc->bc_win[i];

		if (pa < w->dw_cpu || pa - w->dw_cpu >= w->dw_len)
			continue;
		*bus = pa - w->dw_cpu + w->dw_bus;
		if (lim->dl_high != 0 && *bus > lim->dl_high)
			return -1;
		return (int)i;
	}
	return -1;
}

/* Two bytes in a row that are one run of memory. */
static bool
follows(uint32_t i)
{
	return i != 0 && i < bc->bc_len &&
	       bc->bc_byte[i].by_pa == bc->bc_byte[i - 1].by_pa + 1;
}

/* The device may write in a line of which a part is somebody else's. */
static bool
shares(uint32_t i)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	const paddr_t pa = bc->bc_byte[i].by_pa, page = pa / bc->bc_page;
	uint32_t k;

	if (bc->bc_line == 0 || bc->bc_origin == RAW ||
	    (bc->bc_flags & BUS_DMA_OWNLINES) != 0 ||
	    (bc->bc_flags & both) == BUS_DMA_WRITE)
		return false;
	for (k = i;
	     follows(k) && bc->bc_byte[k - 1].by_pa / bc->bc_page == page; k--)
		continue;
	if (!follows(k) && bc->bc_byte[k].by_pa % bc->bc_line != 0)
		return true;
	for (k = i;
	     follows(k + 1) && bc->bc_byte[k + 1].by_pa / bc->bc_page == page;
	     k++)
		continue;
	return !follows(k + 1) && (bc->bc_byte[k].by_pa + 1) % bc->bc_line != 0;
}

/* What begins unaligned, to the end of what the window shows of the run. */
static bool
unaligned(uint32_t i)
{
	const bus_size_t align = bc->bc_lim.dl_alignment;
	bus_addr_t bus, before;
	int win = window_of(bc->bc_byte[i].by_pa, &bus);

	if (align == 0 || win < 0)
		return false;
	while (
	    follows(i) && window_of(bc->bc_byte[i - 1].by_pa, &before) == win) {
		bus = before;
		i--;
	}
	return bus % align != 0;
}

enum why { ASIS, FORCED, UNREACHED, UNALIGNED, SHARED };

static enum why
why_of(uint32_t i)
{
	bus_addr_t bus;

	if (bc->bc_forced)
		return FORCED;
	if (window_of(bc->bc_byte[i].by_pa, &bus) < 0)
		return UNREACHED;
	if (unaligned(i))
		return UNALIGNED;
	return shares(i) ? SHARED : ASIS;
}

/* All of it is where devices see the caches, and nobody is asked. */
static bool
is_short_cut(bool direct)
{
	for (uint32_t i = 0; i < bc->bc_len && direct; i++)
		direct = bc->bc_byte[i].by_pa >= bc->bc_lower->dt_winlow &&
			 bc->bc_byte[i].by_pa <= bc->bc_lower->dt_winhigh;
	return direct && !bc->bc_forced;
}

/* In pieces: what is moved, and how.  Returns how many slot pages that is. */
static uint32_t
decide(void)
{
	enum why was = ASIS, why;
	uint32_t pages = 0;
	bus_addr_t bus;
	int win, waswin = -1;

	for (uint32_t i = 0; i < bc->bc_len; i++, was = why, waswin = win) {
		struct byte *by = &bc->bc_byte[i];
		const bool newpage = by->by_pa % bc->bc_page == 0;

		why = why_of(i);
		win = window_of(by->by_pa, &bus);
		by->by_moved = why != ASIS;
		by->by_aligned = why == UNALIGNED;
		/* What shares a line is moved page by page. */
		by->by_start =
		    by->by_moved && (!follows(i) || why != was ||
					(why != FORCED && win != waswin) ||
					(why == SHARED && newpage));
		if (by->by_start ||
		    (by->by_moved && newpage && !by->by_aligned))
			pages++;
	}
	/* Of what is moved to the front of a slot, by its length. */
	for (uint32_t i = 0, n = 0; i < bc->bc_len; i++) {
		const struct byte *by = &bc->bc_byte[i];

		if (!by->by_aligned)
			continue;
		n = by->by_start ? 0 : n + 1;
		pages += n != 0 && n % bc->bc_page == 0;
	}
	return pages;
}

/* The most segments that a run of so many bytes may be, and the fewest. */
static void
count_run(uint32_t n, unsigned *fewest, unsigned *most)
{
	const bus_size_t align =
	    bc->bc_lim.dl_alignment != 0 ? bc->bc_lim.dl_alignment : 1;
	bus_size_t span = least(bc->bc_maxsegsz, bc->bc_boundary), whole;

	whole = span - span % align;
	if (whole == 0)
		whole = span;
	*fewest = (unsigned)((n + span - 1) / span);
	/* One more for each boundary, and for where it begins. */
	*most = (unsigned)((n + whole - 1) / whole) + 1;
	if (bc->bc_boundary != 0)
		*most += (unsigned)(n / bc->bc_boundary) + 1;
}

/* A run of which segments are built: each as long as it may be. */
static unsigned
build_run(bus_addr_t at, uint64_t len, bus_dma_segment_t *segs, unsigned n)
{
	const bus_size_t align =
	    bc->bc_lim.dl_alignment != 0 ? bc->bc_lim.dl_alignment : 1;
	bus_size_t take, room;

	while (len != 0 && n <= MAXSEGS) {
		take = bc->bc_maxsegsz;
		if (bc->bc_boundary != 0) {
			room = bc->bc_boundary - at % bc->bc_boundary;
			take = room < take ? room : take;
		}
		if (take < len && take >= align)
			take -= take % align;
		take = take < len ? take : len;
		if (at % align != 0)
			return MAXSEGS + 2;
		segs[n++] = (bus_dma_segment_t){ at, take };
		at += take;
		len -= take;
	}
	return n;
}

/* Segments of the bytes where they are now; above MAXSEGS: too many. */
static unsigned
build(bus_dma_segment_t *segs)
{
	uint32_t from = 0;
	unsigned n = 0;

	for (uint32_t i = 1; i <= bc->bc_len && n <= MAXSEGS; i++) {
		if (i < bc->bc_len && bc->bc_byte[i].by_bus != 0 &&
		    bc->bc_byte[i].by_bus == bc->bc_byte[i - 1].by_bus + 1)
			continue;
		n = build_run(bc->bc_byte[from].by_bus, i - from, segs, n);
		from = i;
	}
	return n;
}

/* As it is, without this layer: 0, or whether it may be EFBIG and EFAULT. */
static bool
is_direct(bool *efault, bool *efbig)
{
	bus_dma_segment_t segs[MAXSEGS + 1];
	unsigned n;

	*efault = *efbig = false;
	for (uint32_t i = 0; i < bc->bc_len; i++)
		if (window_of(bc->bc_byte[i].by_pa, &bc->bc_byte[i].by_bus) < 0)
			*efault = true;
	if (*efault) {
		/* Before it comes to that there may be too many. */
		*efbig = true;
		return false;
	}
	n = build(segs);
	*efault = n == MAXSEGS + 2;
	*efbig = n > (unsigned)bc->bc_nsegs;
	return n <= (unsigned)bc->bc_nsegs;
}

/* ---- what is ---- */

static void
fail_load(int error, const char *what)
{
	wrong("%s: %d (origin %d, flags %#x, %u bytes)", what, error,
	    (int)bc->bc_origin, (unsigned)bc->bc_flags, bc->bc_len);
}

/* Where each byte is by the segments. */
static void
locate(void)
{
	const bus_dma_segment_t *seg = bc->bc_map->dm_segs;
	uint32_t i = 0;

	for (int s = 0; s < bc->bc_map->dm_nsegs; s++, seg++) {
		for (bus_size_t o = 0; o < seg->ds_len && i < bc->bc_len;
		     o++, i++) {
			struct byte *by = &bc->bc_byte[i];
			const struct bus_dma_window *w = bc->bc_win;

			by->by_bus = seg->ds_addr + o;
			while (w < bc->bc_win + bc->bc_nwin &&
			       by->by_bus - w->dw_bus >= w->dw_len)
				w++;
			by->by_dev =
			    w == bc->bc_win + bc->bc_nwin
				? NULL
				: host_of(by->by_bus - w->dw_bus + w->dw_cpu);
			by->by_slot = by->by_bus - bc->bc_win[0].dw_bus <
				      (bus_addr_t)bc->bc_slots * bc->bc_page;
			by->by_filled = false;
			if (by->by_dev == NULL)
				wrong("byte %u is nowhere", i);
		}
	}
	if (i != bc->bc_len || bc->bc_map->dm_mapsize != bc->bc_len)
		wrong("%u bytes of segments and not %u", i, bc->bc_len);
}

/* All in one run, which begins where it must. */
static bool
is_joined(void)
{
	const bus_size_t bound = bc->bc_boundary;
	const bus_addr_t at = bc->bc_byte[0].by_bus;
	bus_dma_segment_t segs[2 * MAXSEGS + 2];
	bus_size_t in = bc->bc_byte[0].by_pa % bc->bc_page;
	const bus_size_t align = bc->bc_lim.dl_alignment;

	for (uint32_t i = 0; i < bc->bc_len; i++)
		if (!bc->bc_byte[i].by_slot || bc->bc_byte[i].by_bus != at + i)
			return false;
	if (align != 0 && at % align != 0)
		return false;
	if (at % bc->bc_page == in)
		return bound == 0 || bc->bc_len > bound ||
		       at % bound + bc->bc_len <= bound;
	/* Only where it must. */
	return at % bc->bc_page == 0 &&
	       ((align != 0 && bc->bc_byte[0].by_pa % align != 0) ||
		   (bound != 0 && in % bound + bc->bc_len > bound &&
		       bc->bc_len <= bound) ||
		   build_run(in, bc->bc_len, segs, 0) > (unsigned)bc->bc_nsegs);
}

/* What goes through slots goes there, and nothing else. */
static bool
is_as_decided(void)
{
	for (uint32_t i = 0; i < bc->bc_len; i++) {
		const struct byte *by = &bc->bc_byte[i];
		bus_addr_t bus;

		if (by->by_slot != by->by_moved)
			return false;
		if (!by->by_moved) {
			if (window_of(by->by_pa, &bus) < 0 || bus != by->by_bus)
				return false;
			continue;
		}
		if (by->by_aligned && by->by_start &&
		    (by->by_bus % bc->bc_page != 0 ||
			by->by_bus % bc->bc_lim.dl_alignment != 0))
			return false;
		if (!by->by_aligned &&
		    by->by_bus % bc->bc_page != by->by_pa % bc->bc_page)
			return false;
		if (!by->by_start && by->by_bus != by[-1].by_bus + 1)
			return false;
	}
	return true;
}

/* No slot page has bytes of two things that are moved by themselves. */
static bool
are_apart(void)
{
	bus_addr_t used[MAXLEN / 256 * 2 + MAXPARTS * 4], page;
	unsigned n = 0;

	for (uint32_t i = 0; i < bc->bc_len; i++) {
		if (!bc->bc_byte[i].by_slot)
			continue;
		page = bc->bc_byte[i].by_bus / bc->bc_page;
		if (!bc->bc_byte[i].by_start && n != 0 && used[n - 1] == page)
			continue;
		for (unsigned k = 0; k < n; k++)
			if (used[k] == page)
				return false;
		used[n++] = page;
	}
	return true;
}

static void
check_segments(void)
{
	bus_dma_segment_t segs[MAXSEGS + 1];
	unsigned n = build(segs);

	if (n > MAXSEGS || (int)n != bc->bc_map->dm_nsegs) {
		wrong("%d segments and not %u", bc->bc_map->dm_nsegs, n);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		if (segs[i].ds_addr != bc->bc_map->dm_segs[i].ds_addr ||
		    segs[i].ds_len != bc->bc_map->dm_segs[i].ds_len)
			wrong("segment %u", i);
}

/* A load as one run, which must have so many slots. */
static uint32_t
join_pages(void)
{
	const bus_size_t bound = bc->bc_boundary;
	bus_size_t in = bc->bc_byte[0].by_pa % bc->bc_page;

	if (bc->bc_len <= bound && in % bound + bc->bc_len > bound)
		in = 0;
	return (uint32_t)((in + bc->bc_len + bc->bc_page - 1) / bc->bc_page);
}

/* Whether there is a place for so many slots, when none are in use. */
static bool
is_place(uint32_t need)
{
	const bus_size_t bound = bc->bc_boundary,
			 align = bc->bc_lim.dl_alignment;
	const bus_size_t len = (bus_size_t)need * bc->bc_page;

	for (uint32_t p = 0; p + need <= bc->bc_slots; p++) {
		bus_addr_t at =
		    bc->bc_win[0].dw_bus + (bus_addr_t)p * bc->bc_page;

		if ((align == 0 || at % align == 0) &&
		    (bound < bc->bc_page || len > bound ||
			at % bound + len <= bound))
			return true;
	}
	return false;
}

/* `error' of a load that could not be as it is, nor in its pieces. */
static void
check_error(int error, uint32_t pages)
{
	const uint32_t need = join_pages(),
		       room = bc->bc_slots > bc->bc_held
				  ? bc->bc_slots - bc->bc_held
				  : 0;
	const uint32_t tight = (bc->bc_len + bc->bc_page - 1) / bc->bc_page;
	unsigned fewest, most;

	count_run(bc->bc_len, &fewest, &most);
	failed++;
	if (bc->bc_map->dm_nsegs != 0 || bc->bc_map->dm_mapsize != 0)
		fail_load(error, "what a load left that failed");
	if (error == EFBIG) {
		/* One run has too many segments, or no place. */
		if (most <= (unsigned)bc->bc_nsegs && is_place(need))
			fail_load(error, "a load that may fit");
		return;
	}
	shorts++;
	if (error != ENOMEM)
		fail_load(error, "the load");
	/* It may find that it never fits only when all slots are back. */
	if (bc->bc_packs && bc->bc_held == 0 && tight > bc->bc_slots &&
	    pages > bc->bc_slots)
		fail_load(error, "a load that will never fit");
	/* As one run; or in pieces, whatever these leave between them. */
	if (bc->bc_packs && most + 2 * NVIRT <= (unsigned)bc->bc_nsegs &&
	    (need <= room || 2 * pages <= room ||
		(bc->bc_held == 0 && pages <= room)))
		fail_load(error, "a load that there are slots for");
}

/* The load has succeeded: as it is, in pieces, or as one run. */
static void
check_load(bool direct, uint32_t pages)
{
	locate();
	if (bad)
		return;
	check_segments();
	if (is_as_decided() && are_apart()) {
		moved += pages != 0;
		return;
	}
	joined++;
	if (!is_joined()) {
		fail_load(0, "not where it must be");
		return;
	}
	if (direct && pages == 0)
		fail_load(0, "all was moved, and it was good as it is");
}

static int
load_linear(void)
{
	struct rnd *r = &bc->bc_rnd;
	uint32_t all = NVIRT * bc->bc_page, off;
	bool of = bc->bc_origin == OFPROC;

	bc->bc_len = (uint32_t)rnd_in(
	    r, 1, rnd_one_in(r, 3) ? bc->bc_size : least(bc->bc_size, 300));
	off = (uint32_t)rnd_in(r, 0, all - bc->bc_len);
	if (rnd_one_in(r, 2))
		off -= off % 64;
	for (uint32_t i = 0; i < bc->bc_len; i++) {
		bc->bc_byte[i].by_host = bc->bc_buf + off + i;
		bc->bc_byte[i].by_pa =
		    frame_pa(bc->bc_virt[(off + i) / bc->bc_page]) +
		    (off + i) % bc->bc_page;
	}
	if (of)
		return bus_dmamap_load(bc->bc_tag, bc->bc_map,
		    (void *)(uintptr_t)(USER + off), bc->bc_len, PROC,
		    bc->bc_flags);
	return bus_dmamap_load(bc->bc_tag, bc->bc_map, bc->bc_buf + off,
	    bc->bc_len, NULL, bc->bc_flags);
}

/* Pieces, each of another page. */
static int
load_raw(void)
{
	struct rnd *r = &bc->bc_rnd;
	unsigned n = (unsigned)rnd_in(r, 1, NVIRT),
		 page = (unsigned)rnd_below(r, NVIRT);
	bus_dma_segment_t segs[NVIRT];
	uint32_t off, len, left = (uint32_t)bc->bc_size, k;

	bc->bc_len = 0;
	for (k = 0; k < n && left != 0; k++, page = (page + 3) % NVIRT) {
		off = (uint32_t)rnd_below(r, bc->bc_page);
		if (rnd_one_in(r, 2))
			off -= off % 64;
		len = (uint32_t)rnd_in(r, 1, bc->bc_page - off);
		if (len > left)
			len = left;
		left -= len;
		segs[k].ds_addr = frame_pa(bc->bc_virt[page]) + off;
		segs[k].ds_len = len;
		for (uint32_t i = 0; i < len; i++, bc->bc_len++) {
			struct byte *by = &bc->bc_byte[bc->bc_len];

			by->by_pa = segs[k].ds_addr + i;
			by->by_host = bc->bc_buf + page * bc->bc_page + off + i;
		}
	}
	return bus_dmamap_load_raw(
	    bc->bc_tag, bc->bc_map, segs, (int)k, bc->bc_len, bc->bc_flags);
}

/* True: it is loaded. */
static bool
try_load(void)
{
	static const int more[] = { 0, BUS_DMA_READ, BUS_DMA_WRITE,
		BUS_DMA_READ | BUS_DMA_WRITE };
	struct rnd *r = &bc->bc_rnd;
	bool direct, efault, efbig;
	uint32_t pages;
	int error;

	memset(bc->bc_byte, 0, sizeof(bc->bc_byte));
	bc->bc_origin = (enum origin)rnd_below(r, 3);
	bc->bc_flags = BUS_DMA_NOWAIT | more[rnd_below(r, 4)];
	if (rnd_one_in(r, 6))
		bc->bc_flags |= BUS_DMA_OVERWRITE;
	if (rnd_one_in(r, 6))
		bc->bc_flags |= BUS_DMA_OWNLINES;
	/* Without it there is a report of lines, which is another's test. */
	if (rnd_one_in(r, 6))
		bc->bc_flags |= BUS_DMA_NOBOUNCE | BUS_DMA_OWNLINES;
	error = bc->bc_origin == RAW ? load_raw() : load_linear();
	loads++;
	direct = is_direct(&efault, &efbig);
	pages = is_short_cut(direct) ? 0 : decide();
	if ((bc->bc_flags & BUS_DMA_NOBOUNCE) != 0) {
		if (direct != (error == 0) ||
		    (error != 0 && !(error == EFAULT && efault) &&
			!(error == EFBIG && efbig)))
			fail_load(error, "NOBOUNCE");
		for (uint32_t i = 0; i < bc->bc_len; i++)
			bc->bc_byte[i].by_moved = false;
		pages = 0;
	} else if (error != 0) {
		if (direct && pages == 0)
			fail_load(error, "it was good as it is");
		check_error(error, pages);
	}
	if (error == 0)
		check_load(direct, pages);
	return error == 0 && !bad;
}

/* ---- syncs ---- */

static uint8_t *
model_of(const struct byte *by)
{
	return &bc->bc_model[by->by_host - bc->bc_buf];
}

/* All that the load has in the slot page of a byte. */
static void
fill(const struct byte *of)
{
	for (uint32_t i = 0; i < bc->bc_len && !of->by_filled; i++) {
		struct byte *by = &bc->bc_byte[i];

		if (by == of || !by->by_slot ||
		    by->by_bus / bc->bc_page != of->by_bus / bc->bc_page)
			continue;
		by->by_filled = true;
		by->by_holds = *model_of(by);
	}
}

static void
model_sync(uint32_t off, uint32_t len, int ops)
{
	for (uint32_t i = off; i < off + len; i++) {
		struct byte *by = &bc->bc_byte[i];

		if (!by->by_slot)
			continue;
		if ((ops & (PREREAD | PREWRITE)) != 0) {
			fill(by);
			if (!by->by_filled)
				by->by_holds = *model_of(by);
			by->by_filled = true;
		}
		if ((ops & PREWRITE) != 0)
			by->by_holds = *model_of(by);
		if ((ops & POSTREAD) != 0 && by->by_filled) {
			copies += *model_of(by) != by->by_holds;
			*model_of(by) = by->by_holds;
		}
	}
}

static void
check_bytes(const char *when)
{
	if (memcmp(bc->bc_model, bc->bc_buf, NVIRT * bc->bc_page) != 0)
		wrong("%s: the buffer", when);
	for (uint32_t i = 0; i < bc->bc_len; i++) {
		const struct byte *by = &bc->bc_byte[i];

		if (by->by_slot && by->by_filled && *by->by_dev != by->by_holds)
			wrong("%s: byte %u of the slots: %#x and not %#x", when,
			    i, *by->by_dev, by->by_holds);
		if (!by->by_slot && by->by_dev != by->by_host)
			wrong("%s: byte %u is not where it was", when, i);
	}
}

/* The CPU or the device writes some of the load. */
static void
write_some(uint32_t off, uint32_t len, bool device)
{
	for (uint32_t i = off; i < off + len; i++) {
		struct byte *by = &bc->bc_byte[i];

		if (!device || !by->by_slot)
			*model_of(by) = *by->by_host = some_byte();
		else if (by->by_filled)
			*by->by_dev = by->by_holds = some_byte();
	}
}

static void
use_load(void)
{
	static const int ops[] = { PREREAD, PREWRITE, PREREAD | PREWRITE,
		POSTREAD, POSTWRITE, POSTREAD | POSTWRITE };
	struct rnd *r = &bc->bc_rnd;
	uint32_t off, len;
	unsigned what;

	/* With OVERWRITE, what is there is what the device may see. */
	for (uint32_t i = 0; i < bc->bc_len; i++) {
		struct byte *by = &bc->bc_byte[i];

		if ((bc->bc_flags & BUS_DMA_OVERWRITE) == 0 || !by->by_slot)
			continue;
		by->by_filled = true;
		by->by_holds = *by->by_dev;
		if (by->by_holds == STRANGER)
			wrong("byte %u is another's", i);
	}
	check_bytes("load");
	for (unsigned n = 0; n < 8 && !bad; n++) {
		len = (uint32_t)rnd_in(r, 0,
		    rnd_one_in(r, 2) ? bc->bc_len : least(bc->bc_len, 50));
		off = (uint32_t)rnd_in(r, 0, bc->bc_len - len);
		what = (unsigned)rnd_below(r, 8);
		if (what >= 6) {
			write_some(off, len, what == 6);
			continue;
		}
		bus_dmamap_sync(bc->bc_tag, bc->bc_map, off, len, ops[what]);
		model_sync(off, len, ops[what]);
		check_bytes("sync");
	}
	bus_dmamap_unload(bc->bc_tag, bc->bc_map);
	check_bytes("unload");
}

static bool
run_case(uint64_t seed, uint64_t index)
{
	static struct bcase one;

	memset(&one, 0, sizeof(one));
	bc = &one;
	bc->bc_rnd.rn_state = seed + index * UINT64_C(0x9e3779b97f4a7c15);
	bad = false;
	make_frames();
	make_windows();
	make_platform();
	draw_limits();
	/* Slots in a row leave nothing between them. */
	if (make_tags()) {
		bc->bc_packs = !rnd_one_in(&bc->bc_rnd, 2) || make_other();
		if (make_map() && !bad) {
			bc->bc_packs = bc->bc_packs &&
				       (bc->bc_boundary == 0 ||
					   bc->bc_boundary < bc->bc_page) &&
				       bc->bc_lim.dl_alignment <= bc->bc_page;
			for (unsigned i = 0; i < 4 && !bad; i++)
				if (try_load())
					use_load();
		}
	}
	drop_machine();
	if (bad)
		printf(
		    "# --seed %" PRIu64 " --case %" PRIu64 "\n", seed, index);
	return !bad;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 4000);
	uint64_t n = oa.oa_end - oa.oa_first;
	unsigned failures = 0;

	printf("1..1\n");
	for (uint64_t i = oa.oa_first; i < oa.oa_end && failures < 3; i++)
		failures += !run_case(oa.oa_seed, i);
	printf("# bounces: seed %" PRIu64 ", %" PRIu64 " machines: %" PRIu64
	       " loads, %" PRIu64 " moved in pieces, %" PRIu64
	       " as one run, %" PRIu64 " failed, %" PRIu64
	       " for want of slots; %" PRIu64 " bytes copied back\n",
	    oa.oa_seed, n, loads, moved, joined, failed, shorts, copies);
	if (n > 100 && (moved < n / 2 || joined < n / 4 || failed < n / 4 ||
			   shorts < n / 40 || copies < n)) {
		printf("# the cases are too much alike\n");
		failures++;
	}
	printf("%s 1 - bounces\n", failures == 0 ? "ok" : "not ok");
	return failures != 0;
}
