/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle for pools: an owner for each byte and for each page, over random
 * programs by seed.  Blocks are aligned, cross no boundary, lie where the
 * device sees them, over no other block, and in pages that nobody else has; a
 * block that came back can be had again without waiting, whatever is written
 * into it meanwhile; and while a page is free there is a block to be had.
 *
 * pools [--cases N] [--seed S] [--case I]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/bus_dmapool.h>
#include <busdma/direct.h>

#include "args.h"
#include "rnd.h"

#define PAGES 24
#define MAXPAGE 1024
#define NPOOLS 3
#define NSTRANGERS 4
#define MAXBLOCKS 400 /* in use at a time, of one pool */
#define STEPS 160

struct pool {
	bus_dmapool_t po_pool; /* NULL: there is none */
	bus_size_t po_size, po_align, po_boundary;
	struct bus_dmapool_block *po_used[MAXBLOCKS], *po_free[MAXBLOCKS];
	unsigned po_nused, po_nfree; /* of those that were ever handed out */
	unsigned po_ready;           /* that are there and never were */
};

/* Owners: 0 nobody, from 1 a pool, from 100 memory of somebody's own. */
static struct pcase {
	struct busdma_platform pc_pl;
	uint32_t pc_page;
	paddr_t pc_base;
	bus_addr_t pc_shift;
	struct bus_dma_limits pc_lim;
	bus_dma_tag_t pc_root, pc_tag;
	unsigned char pc_pageowner[PAGES];
	bool pc_byteused[PAGES * MAXPAGE];
	struct pool pc_pool[NPOOLS];
	bus_dma_segment_t pc_stranger[NSTRANGERS];
	char *pc_ram;
} pc;

static unsigned live_allocs, reports;
static struct busdma_report last;
static uint64_t allocs, refused, full, errors;

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	live_allocs++;
	return malloc(size);
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	memset(p, 0x5a, size);
	live_allocs--;
	free(p);
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	(void)pl;
	(void)as;
	(void)va;
	(void)len;
	(void)frags;
	(void)n;
	return 0;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	(void)pl;
	(void)len;
	(void)flags;
	return pc.pc_ram + (pa - pc.pc_base);
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	reports++;
	last = *rp;
}

#define CHECK(cond, ...)                                 \
	do {                                             \
		if (!(cond)) {                           \
			printf("# wrong: " __VA_ARGS__); \
			printf("\n");                    \
			return false;                    \
		}                                        \
	} while (0)

/* One report, of this kind. */
static bool
reported(enum busdma_report_code code)
{
	CHECK(reports == 1 && last.rp_code == code, "the report %d", code);
	reports = 0;
	return true;
}

/* A new block: where it is, and that nobody else is there. */
static bool
check_block(unsigned id, const struct bus_dmapool_block *pb)
{
	const struct pool *po = &pc.pc_pool[id];
	const struct bus_dma_limits *lim = &pc.pc_lim;
	uint64_t off = (uint64_t)((char *)pb->pb_kva - pc.pc_ram);
	bus_addr_t a = pb->pb_addr, z = a + po->po_size - 1;

	CHECK(off + po->po_size <= (uint64_t)PAGES * pc.pc_page,
	    "a block outside memory");
	CHECK(a == pc.pc_base + off + pc.pc_shift, "two different places");
	CHECK(a >= lim->dl_low && z <= lim->dl_high, "out of reach");
	CHECK(po->po_align == 0 || a % po->po_align == 0, "alignment");
	CHECK(lim->dl_alignment == 0 || a % lim->dl_alignment == 0,
	    "the tag's alignment");
	CHECK(
	    po->po_boundary == 0 || a / po->po_boundary == z / po->po_boundary,
	    "boundary");
	CHECK(lim->dl_boundary == 0 ||
		  a / lim->dl_boundary == z / lim->dl_boundary,
	    "the tag's boundary");
	for (uint64_t o = off; o < off + po->po_size; o++) {
		unsigned char *owner = &pc.pc_pageowner[o / pc.pc_page];

		CHECK(!pc.pc_byteused[o], "a byte twice");
		pc.pc_byteused[o] = true;
		CHECK(*owner == 0 || *owner == id + 1, "somebody else's page");
		*owner = (unsigned char)(id + 1);
	}
	return true;
}

/* Whether a page is free and within reach, for pools of which one will do. */
static bool
page_left(const struct pool *po)
{
	const struct bus_dma_limits *lim = &pc.pc_lim;

	if (po->po_size > pc.pc_page || po->po_align > pc.pc_page ||
	    lim->dl_alignment > pc.pc_page || lim->dl_boundary != 0 ||
	    lim->dl_maxsegsz != 0)
		return false;
	for (unsigned i = 0; i < PAGES; i++) {
		bus_addr_t a = pc.pc_base + i * pc.pc_page + pc.pc_shift;

		/* A page that a pool has, and of which no block was seen. */
		if (pc.pc_pageowner[i] == 0 && a >= lim->dl_low &&
		    a + pc.pc_page - 1 <= lim->dl_high)
			return true;
	}
	return false;
}

/* Pools have pages of which no block was ever handed out. */
static bool
unseen(void)
{
	for (unsigned i = 0; i < NPOOLS; i++)
		if (pc.pc_pool[i].po_pool != NULL &&
		    pc.pc_pool[i].po_ready != 0)
			return true;
	return false;
}

static bool
do_alloc(unsigned id, bool wait)
{
	struct pool *po = &pc.pc_pool[id];
	struct bus_dmapool_block *pb;

	if (po->po_nused == MAXBLOCKS)
		return true;
	pb = bus_dmapool_alloc(po->po_pool, wait ? 0 : BUS_DMA_NOWAIT);
	if (pb == NULL) {
		refused += !wait;
		full += wait;
		CHECK(po->po_nfree == 0 && po->po_ready == 0,
		    "a block that was there");
		CHECK(!wait || !page_left(po) || unseen(), "a page was left");
		return true;
	}
	allocs++;
	for (unsigned i = 0; i <= po->po_nfree; i++) {
		if (i == po->po_nfree) {
			po->po_ready -= po->po_ready != 0;
			break;
		}
		if (po->po_free[i] == pb) {
			po->po_free[i] = po->po_free[--po->po_nfree];
			break;
		}
	}
	po->po_used[po->po_nused++] = pb;
	return check_block(id, pb);
}

/* Give one back; then a device, or its driver, writes all over it. */
static bool
do_free(unsigned id, struct rnd *r)
{
	struct pool *po = &pc.pc_pool[id];
	struct bus_dmapool_block *pb;
	unsigned i;
	size_t off;

	if (po->po_nused == 0 || po->po_nfree == MAXBLOCKS)
		return true;
	i = (unsigned)rnd_below(r, po->po_nused);
	pb = po->po_used[i];
	off = (size_t)((char *)pb->pb_kva - pc.pc_ram);
	po->po_used[i] = po->po_used[--po->po_nused];
	bus_dmapool_free(po->po_pool, pb);
	po->po_free[po->po_nfree++] = pb;
	memset(&pc.pc_byteused[off], 0, (size_t)po->po_size);
	memset(pb->pb_kva, (int)rnd_below(r, 256), (size_t)po->po_size);
	if (!rnd_one_in(r, 4))
		return true;
	errors++;
	bus_dmapool_free(po->po_pool, pb);
	return reported(BUSDMA_REPORT_POOLFREE);
}

static bool
do_create(unsigned id, struct rnd *r)
{
	struct pool *po = &pc.pc_pool[id];
	unsigned nready = (unsigned)rnd_below(r, rnd_one_in(r, 3) ? 40 : 3);
	int error;

	memset(po, 0, sizeof(*po));
	po->po_size = rnd_in(r, 1, rnd_one_in(r, 5) ? 3 * pc.pc_page : 100);
	po->po_align = rnd_one_in(r, 2) ? 0 : (bus_size_t)1 << rnd_below(r, 12);
	if (rnd_one_in(r, 2))
		for (po->po_boundary = 1;
		     po->po_boundary < po->po_size || rnd_one_in(r, 3);)
			po->po_boundary *= 2;
	error = bus_dmapool_create(pc.pc_tag, po->po_size, po->po_align,
	    po->po_boundary, nready, 0, &po->po_pool);
	CHECK(error == 0 || po->po_pool == NULL, "a pool and an error");
	CHECK(error == 0 || error == ENOMEM || error == EINVAL, "the error");
	CHECK(error != EINVAL ||
		  (pc.pc_lim.dl_boundary != 0 &&
		      pc.pc_lim.dl_boundary < po->po_size) ||
		  (pc.pc_lim.dl_maxsegsz != 0 &&
		      pc.pc_lim.dl_maxsegsz < po->po_size),
	    "EINVAL for nothing");
	if (error == 0)
		po->po_ready = nready;
	return true;
}

static bool
do_destroy(unsigned id)
{
	struct pool *po = &pc.pc_pool[id];

	if (po->po_nused != 0) {
		errors++;
		bus_dmapool_destroy(po->po_pool);
		CHECK(last.rp_len == po->po_nused, "how many are in use");
		return reported(BUSDMA_REPORT_POOLBUSY);
	}
	bus_dmapool_destroy(po->po_pool);
	po->po_pool = NULL;
	for (unsigned i = 0; i < PAGES; i++)
		if (pc.pc_pageowner[i] == id + 1)
			pc.pc_pageowner[i] = 0;
	return true;
}

/* Memory of somebody's own comes and goes. */
static bool
do_stranger(unsigned i)
{
	bus_dma_segment_t *seg = &pc.pc_stranger[i];
	int n;

	if (seg->ds_len != 0) {
		pc.pc_pageowner[(seg->ds_addr - pc.pc_base) / pc.pc_page] = 0;
		bus_dmamem_free(pc.pc_root, seg, 1);
		seg->ds_len = 0;
		return true;
	}
	if (bus_dmamem_alloc(pc.pc_root, 1, 0, 0, seg, 1, &n, 0) != 0) {
		seg->ds_len = 0;
		return true;
	}
	n = (int)((seg->ds_addr - pc.pc_base) / pc.pc_page);
	CHECK(pc.pc_pageowner[n] == 0, "a page that a pool has");
	pc.pc_pageowner[n] = (unsigned char)(100 + i);
	memset(pc.pc_ram + (size_t)n * pc.pc_page, 0xee, pc.pc_page);
	return true;
}

static bool
step(struct rnd *r)
{
	unsigned id = (unsigned)rnd_below(r, NPOOLS);

	if (rnd_one_in(r, 12))
		return do_stranger((unsigned)rnd_below(r, NSTRANGERS));
	if (pc.pc_pool[id].po_pool == NULL)
		return do_create(id, r);
	if (rnd_one_in(r, 40))
		return do_destroy(id);
	if (rnd_one_in(r, 3))
		return do_free(id, r);
	return do_alloc(id, !rnd_one_in(r, 3));
}

/* Limits that leave some of the memory. */
static bool
make_tags(struct rnd *r)
{
	struct bus_dma_window w = { .dw_cpu = pc.pc_base,
		.dw_bus = pc.pc_base + pc.pc_shift,
		.dw_len = (bus_size_t)PAGES * pc.pc_page,
		.dw_flags = BUS_DMA_WINDOW_COHERENT };
	struct bus_dma_limits *lim = &pc.pc_lim;

	lim->dl_low = w.dw_bus;
	lim->dl_high = w.dw_bus + w.dw_len - 1;
	if (rnd_one_in(r, 3))
		lim->dl_low += rnd_below(r, w.dw_len / 2);
	if (rnd_one_in(r, 3))
		lim->dl_high -= rnd_below(r, w.dw_len / 4);
	if (rnd_one_in(r, 4))
		lim->dl_alignment = (bus_size_t)1 << rnd_below(r, 9);
	if (rnd_one_in(r, 4))
		lim->dl_boundary = (bus_size_t)512 << rnd_below(r, 5);
	if (rnd_one_in(r, 6))
		lim->dl_maxsegsz = rnd_in(r, 512, 3000);
	return bus_dmatag_direct(&pc.pc_pl, NULL, &w, 1, &pc.pc_root, 0) == 0 &&
	       bus_dmatag_restrict(pc.pc_root, lim, &pc.pc_tag, 0) == 0;
}

static bool
run_program(struct rnd *r)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < STEPS; i++) {
		ok = step(r);
		if (ok && reports != 0) {
			printf("# wrong: a report that nobody asked for\n");
			ok = false;
		}
	}
	for (unsigned id = 0; ok && id < NPOOLS; id++) {
		while (ok && pc.pc_pool[id].po_pool != NULL &&
		       pc.pc_pool[id].po_nused != 0) {
			pc.pc_pool[id].po_nfree = 0;
			ok = do_free(id, r);
		}
		if (ok && pc.pc_pool[id].po_pool != NULL)
			ok = do_destroy(id);
	}
	for (unsigned i = 0; ok && i < NSTRANGERS; i++)
		if (pc.pc_stranger[i].ds_len != 0)
			ok = do_stranger(i);
	return ok;
}

static bool
run_case(uint64_t seed, uint64_t index)
{
	struct rnd mix = { .rn_state = seed + index * 0x9e3779b97f4a7c15u };
	struct rnd *r = &mix;
	struct busdma_frag region;
	bool ok;

	memset(&pc, 0, sizeof(pc));
	reports = live_allocs = 0;
	pc.pc_page = 256u << rnd_below(r, 3);
	/* Odd pages, too, are the first. */
	pc.pc_base = rnd_below(r, 64) * pc.pc_page;
	pc.pc_shift = rnd_below(r, 1 << 20) * pc.pc_page;
	pc.pc_ram = aligned_alloc(MAXPAGE, (size_t)PAGES * MAXPAGE);
	pc.pc_pl = (struct busdma_platform){ .pl_size = sizeof(pc.pc_pl),
		.pl_pagesize = pc.pc_page,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_window = hook_window,
		.pl_pages_alloc = busdma_arena_pages_alloc,
		.pl_pages_free = busdma_arena_pages_free,
		.pl_report = hook_report,
		.pl_account = &busdma_account };
	region.bf_addr = pc.pc_base;
	region.bf_len = (bus_size_t)PAGES * pc.pc_page;
	if (pc.pc_ram == NULL ||
	    busdma_arena_create(&pc.pc_pl, &region, 1, &pc.pc_pl.pl_arena) != 0)
		abort();
	ok = !make_tags(r) || run_program(r);
	if (ok && pc.pc_tag != NULL)
		bus_dmatag_destroy(pc.pc_tag);
	if (ok && pc.pc_root != NULL)
		bus_dmatag_destroy(pc.pc_root);
	if (ok && (busdma_arena_destroy(&pc.pc_pl, pc.pc_pl.pl_arena) != 0 ||
		      live_allocs != 0 || reports != 0)) {
		printf("# wrong: something is left over\n");
		ok = false;
	}
	if (!ok)
		printf(
		    "# --seed %" PRIu64 " --case %" PRIu64 "\n", seed, index);
	free(pc.pc_ram);
	return ok;
}

int
main(int argc, char **argv)
{
	struct oracle_args oa = oracle_args(argc, argv, 4000);
	uint64_t n = oa.oa_end - oa.oa_first;
	unsigned bad = 0;

	printf("1..1\n");
	for (uint64_t i = oa.oa_first; i < oa.oa_end && bad < 3; i++)
		bad += !run_case(oa.oa_seed, i);
	printf("# pools: seed %" PRIu64 ", %" PRIu64 " programs: %" PRIu64
	       " blocks, %" PRIu64 " not there, %" PRIu64
	       " without memory, %" PRIu64 " callers' errors\n",
	    oa.oa_seed, n, allocs, refused, full, errors);
	if (n > 50 &&
	    (allocs < 20 * n || refused < n || full < n || errors < n)) {
		printf("# the programs are too much alike\n");
		bad++;
	}
	printf("%s 1 - pools\n", bad == 0 ? "ok" : "not ok");
	return bad != 0;
}
