/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's side: a case is done through the driver's calls on a platform
 * of its own, and compared with what was expected.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "segcase.h"

const char *const seg_kind_name[SEG_NKINDS] = { "raw", "linear", "uio", "chain",
	"mbuf" };

/* The platform: allocation, translation by the case's pages, reports. */

static unsigned live_allocs, reports;

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
	(void)size;
	live_allocs--;
	free(p);
}

static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	reports++;
	printf("# report: %s in %s\n", busdma_report_text(rp->rp_code),
	    rp->rp_func);
}

/* Policies: 0 pages, 1 the longest runs, 2 runs that end anywhere. */
static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const struct segcase *oc = pl->pl_cookie;
	struct rnd r = { .rn_state = va ^ oc->oc_index };
	unsigned i = 0;
	paddr_t pa;

	(void)as;
	while (len != 0 && segcase_translate(oc, va, &pa)) {
		bus_size_t l = oc->oc_pagesize - va % oc->oc_pagesize;
		struct busdma_frag *last = i == 0 ? NULL : &frags[i - 1];

		if (l > len)
			l = len;
		if (oc->oc_policy == 2)
			l = rnd_in(&r, 1, l);
		if (oc->oc_policy != 0 && last != NULL && pa != 0 &&
		    last->bf_addr + last->bf_len == pa && !rnd_one_in(&r, 9))
			last->bf_len += l;
		else if (i == n)
			break;
		else
			frags[i++] = (struct busdma_frag){ pa, l };
		va += (uintptr_t)l;
		len -= l;
	}
	return i;
}

/* The chain accessors of kind SEG_CHAIN. */

static int
chain_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct segcase *oc = chain;

	ci->ci_total = oc->oc_size;
	ci->ci_space = NULL;
	ci->ci_next = oc;
	ci->ci_index = 0;
	return 0;
}

static size_t
chain_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct segcase *oc = ci->ci_next;
	size_t i;

	for (i = 0; i < n && ci->ci_index < oc->oc_nparts; i++)
		parts[i] = oc->oc_part[ci->ci_index++];
	return i;
}

static const struct busdma_chain_ops chain_ops = { sizeof(chain_ops),
	chain_open, chain_parts };

/* A layer that sees whole loads, and leaves them as they are. */

static const struct busdma_backend_ops whole_ops;

static int
whole_create(bus_dma_tag_t lower, bus_dma_tag_t origin,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = { .tc_ops = &whole_ops,
		.tc_lower = lower,
		.tc_origin = origin,
		.tc_limits = lim,
		.tc_size = sizeof(struct bus_dma_tag) };
	int error = busdma_tag_create(&tc, newtag);

	if (error == 0)
		busdma_tag_noshortcut(*newtag);
	return error;
}

static int
whole_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	(void)flags;
	return whole_create(lower, t, lim, newtag);
}

static int
whole_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	(void)t;
	(void)map;
	(void)flags;
	return fs->fs_count != 0 && fs->fs_count <= fs->fs_max ? 0 : ENOMEM;
}

static const struct busdma_backend_ops whole_ops = {
	.bo_size = sizeof(whole_ops),
	.bo_name = "whole",
	.bo_narrow = whole_narrow,
	.bo_stack = &busdma_stack,
	.bo_load = whole_load,
};

/* A case, so that a person can type it in again. */

static void
print_parts(const struct segcase *oc)
{
	for (unsigned i = 0; i < oc->oc_nparts; i++)
		if (oc->oc_kind == SEG_RAW)
			printf("# raw %#" PRIx64 " + %#" PRIx64 "\n",
			    oc->oc_raw[i].ds_addr, oc->oc_raw[i].ds_len);
		else
			printf("# part %#" PRIxPTR " + %#" PRIx64 "\n",
			    (uintptr_t)oc->oc_part[i].pt_addr,
			    oc->oc_part[i].pt_len);
	for (unsigned i = 0; oc->oc_kind != SEG_RAW && i < oc->oc_npages; i++)
		printf("# page %#" PRIx64 " is %#" PRIx64 "\n",
		    (uint64_t)oc->oc_va + (uint64_t)i * oc->oc_pagesize,
		    oc->oc_page[i]);
}

static void
print_case(const struct segcase *oc)
{
	const struct bus_dma_limits *lim = &oc->oc_lim;

	printf("# --seed %" PRIu64 " --case %" PRIu64 " (%s), page %u, "
	       "translation policy %u\n",
	    oc->oc_seed, oc->oc_index, seg_kind_name[oc->oc_kind],
	    oc->oc_pagesize, oc->oc_policy);
	for (unsigned i = 0; i < oc->oc_nwin; i++)
		printf("# window cpu %#" PRIx64 " bus %#" PRIx64
		       " len %#" PRIx64 "\n",
		    oc->oc_win[i].dw_cpu, oc->oc_win[i].dw_bus,
		    oc->oc_win[i].dw_len);
	if (oc->oc_whole)
		printf("# below a layer that asks for whole loads\n");
	if (oc->oc_stacked)
		printf("# over a window of bus %#" PRIx64 "\n", oc->oc_under);
	if (oc->oc_restrict)
		printf("# restrict low %#" PRIx64 " high %#" PRIx64
		       " align %#" PRIx64 " boundary %#" PRIx64
		       " maxsegsz %#" PRIx64 " nsegs %d\n",
		    lim->dl_low, lim->dl_high, lim->dl_alignment,
		    lim->dl_boundary, lim->dl_maxsegsz, lim->dl_nsegments);
	if (oc->oc_sub)
		printf("# subregion %#" PRIx64 " to %#" PRIx64 "\n", oc->oc_min,
		    oc->oc_max);
	printf("# create size %#" PRIx64 " nsegs %d maxsegsz %#" PRIx64
	       " boundary %#" PRIx64 "; dm_maxsegsz %#" PRIx64 "\n",
	    oc->oc_mapsize, oc->oc_nsegs, oc->oc_maxsegsz, oc->oc_boundary,
	    oc->oc_lowered);
	printf("# load of %#" PRIx64 " bytes\n", oc->oc_size);
	print_parts(oc);
}

/* The library's side. */

static int
load_uio(bus_dma_tag_t t, bus_dmamap_t map, const struct segcase *oc)
{
	struct iovec iov[SEG_MAXPARTS];
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = (int)oc->oc_nparts,
		.uio_resid = (size_t)oc->oc_size,
		.uio_rw = UIO_WRITE };

	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		iov[i].iov_base = oc->oc_part[i].pt_addr;
		iov[i].iov_len = (size_t)oc->oc_part[i].pt_len;
	}
	return bus_dmamap_load_uio(t, map, &uio, BUS_DMA_NOWAIT);
}

static int
load_mbuf(bus_dma_tag_t t, bus_dmamap_t map, const struct segcase *oc)
{
	struct mbuf m[SEG_MAXPARTS + 1];
	unsigned n = oc->oc_nparts;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < n; i++) {
		m[i].m_data = oc->oc_part[i].pt_addr;
		m[i].m_len = (int)oc->oc_part[i].pt_len;
		m[i].m_next = i + 1 < n ? &m[i + 1] : NULL;
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = (int)oc->oc_size;
	return bus_dmamap_load_mbuf(t, map, m, BUS_DMA_NOWAIT);
}

static int
load(bus_dma_tag_t t, bus_dmamap_t map, struct segcase *oc)
{
	switch (oc->oc_kind) {
	case SEG_RAW:
		return bus_dmamap_load_raw(t, map, oc->oc_raw,
		    (int)oc->oc_nparts, oc->oc_size, BUS_DMA_NOWAIT);
	case SEG_LINEAR:
		return bus_dmamap_load(t, map, oc->oc_part[0].pt_addr,
		    oc->oc_size, NULL, BUS_DMA_NOWAIT);
	case SEG_UIO:
		return load_uio(t, map, oc);
	case SEG_CHAIN:
		return bus_dmamap_load_chain(
		    t, map, &chain_ops, oc, BUS_DMA_NOWAIT);
	case SEG_MBUF:
	case SEG_NKINDS:
		break;
	}
	return load_mbuf(t, map, oc);
}

#define CHECK(cond, what)                              \
	do {                                           \
		if (!(cond)) {                         \
			printf("# wrong: %s\n", what); \
			return false;                  \
		}                                      \
	} while (0)

static bool
compare(bus_dmamap_t map, const struct segcase *oc,
    const struct seg_expected *ex, int error)
{
	if (error != 0) {
		CHECK(map->dm_mapsize == 0 && map->dm_nsegs == 0,
		    "a failed load left the map valid");
		CHECK((error == EINVAL && ex->ex_einval) ||
			  (error == EFAULT && ex->ex_efault) ||
			  (error == EFBIG && ex->ex_efbig),
		    "the error");
		return true;
	}
	CHECK(!ex->ex_einval && !ex->ex_efault && !ex->ex_efbig,
	    "the load should have failed");
	CHECK(map->dm_mapsize == oc->oc_size, "dm_mapsize");
	CHECK(map->dm_nsegs == (int)ex->ex_n, "dm_nsegs");
	for (unsigned i = 0; i < ex->ex_n; i++)
		CHECK(map->dm_segs[i].ds_addr == ex->ex_seg[i].ds_addr &&
			  map->dm_segs[i].ds_len == ex->ex_seg[i].ds_len,
		    "a segment");
	return true;
}

static void
print_result(bus_dmamap_t map, const struct seg_expected *ex, int error)
{
	printf("# expected:%s%s%s, %u segments\n",
	    ex->ex_einval ? " EINVAL" : "", ex->ex_efault ? " EFAULT" : "",
	    ex->ex_efbig ? " EFBIG" : "", ex->ex_n);
	for (unsigned i = 0; i < ex->ex_n && i < SEG_MAXSEGS; i++)
		printf("#   %#" PRIx64 " + %#" PRIx64 "\n",
		    ex->ex_seg[i].ds_addr, ex->ex_seg[i].ds_len);
	printf("# got: error %d, %" PRIu64 " bytes, %d segments\n", error,
	    map->dm_mapsize, map->dm_nsegs);
	for (int i = 0; i < map->dm_nsegs; i++)
		printf("#   %#" PRIx64 " + %#" PRIx64 "\n",
		    map->dm_segs[i].ds_addr, map->dm_segs[i].ds_len);
}

/* Whether any byte of any window survives the limits. */
static bool
any_reach(const struct segcase *oc, bus_addr_t low, bus_addr_t high)
{
	for (unsigned i = 0; i < oc->oc_nwin; i++) {
		const struct bus_dma_window *w = &oc->oc_win[i];
		bus_addr_t first = w->dw_bus;
		bus_addr_t last =
		    segcase_window_last(w) - w->dw_cpu + w->dw_bus;

		if (oc->oc_stacked) {
			if (first > SEG_TOP - oc->oc_under)
				continue;
			if (last > SEG_TOP - oc->oc_under)
				last = SEG_TOP - oc->oc_under;
			first += oc->oc_under;
			last += oc->oc_under;
		}
		if (first <= high && last >= low)
			return true;
	}
	return false;
}

/* A cut at a boundary or at maxsegsz would leave what follows unaligned. */
static bool
contradicts(const struct bus_dma_limits *lim)
{
	return (lim->dl_boundary != 0 &&
		   lim->dl_boundary < lim->dl_alignment) ||
	       (lim->dl_maxsegsz != 0 && lim->dl_maxsegsz < lim->dl_alignment);
}

/* A tag that the limits leave nothing of is EINVAL, and no other is. */
static bool
check_einval(const struct segcase *oc, bool restricting, int error)
{
	const struct bus_dma_limits *lim = &oc->oc_lim;
	bus_addr_t low = 0, high = SEG_TOP;

	if (oc->oc_restrict) {
		low = lim->dl_low;
		high = lim->dl_high != 0 ? lim->dl_high : SEG_TOP;
	}
	if (!restricting) {
		low = low > oc->oc_min ? low : oc->oc_min;
		high = high < oc->oc_max ? high : oc->oc_max;
	}
	CHECK(error == 0 || error == EINVAL, "making a tag");
	if (restricting && contradicts(lim)) {
		CHECK(error == EINVAL, "limits that contradict each other");
		return true;
	}
	CHECK((error == 0) == (low <= high && any_reach(oc, low, high)),
	    "whether the tag reaches anything");
	return true;
}

/* Make the tags of a case, at most five; the last one is the one to use. */
static bool
make_tags(struct segcase *oc, const struct busdma_platform *pl,
    bus_dma_tag_t *tags, unsigned *ntags, bool *usable)
{
	struct bus_dma_window under = { 0, oc->oc_under, 0,
		BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t lower = NULL;
	int error;

	*ntags = 0;
	*usable = false;
	if (oc->oc_stacked) {
		CHECK(bus_dmatag_direct(pl, NULL, &under, 1, &lower, 0) == 0,
		    "the lower tag");
		tags[(*ntags)++] = lower;
	}
	error = bus_dmatag_direct(lower == NULL ? pl : NULL, lower, oc->oc_win,
	    oc->oc_nwin, &tags[*ntags], 0);
	if (error == EINVAL && !any_reach(oc, 0, SEG_TOP))
		return true;
	CHECK(error == 0, "bus_dmatag_direct");
	++*ntags;
	if (oc->oc_whole) {
		CHECK(whole_create(
			  tags[*ntags - 1], NULL, NULL, &tags[*ntags]) == 0,
		    "a layer above");
		++*ntags;
	}
	if (oc->oc_restrict) {
		error = bus_dmatag_restrict(
		    tags[*ntags - 1], &oc->oc_lim, &tags[*ntags], 0);
		if (!check_einval(oc, true, error))
			return false;
		if (error != 0)
			return true;
		++*ntags;
	}
	if (oc->oc_sub) {
		error = bus_dmatag_subregion(
		    tags[*ntags - 1], oc->oc_min, oc->oc_max, &tags[*ntags], 0);
		if (!check_einval(oc, false, error))
			return false;
		if (error != 0)
			return true;
		++*ntags;
	}
	*usable = true;
	return true;
}

static void
count(struct seg_tally *ta, int error)
{
	switch (error) {
	case 0:
		ta->ta_ok++;
		break;
	case EINVAL:
		ta->ta_einval++;
		break;
	case EFAULT:
		ta->ta_efault++;
		break;
	default:
		ta->ta_efbig++;
		break;
	}
}

/* Load, compare, unload; twice, as a map that was used must do as well. */
static bool
use_map(bus_dma_tag_t t, struct segcase *oc, struct seg_tally *ta, bool verbose)
{
	struct seg_expected ex;
	bool ok = true;
	bus_dmamap_t map;
	int error = 0;

	error = bus_dmamap_create(t, oc->oc_mapsize, oc->oc_nsegs,
	    oc->oc_maxsegsz, oc->oc_boundary, 0, &map);
	CHECK(error == 0, "bus_dmamap_create");
	segcase_expect(oc, &ex);
	for (int i = 0; i < 2 && ok; i++) {
		bus_size_t created = map->dm_maxsegsz;

		if (oc->oc_lowered != 0 && oc->oc_lowered < created)
			map->dm_maxsegsz = oc->oc_lowered;
		error = load(t, map, oc);
		ok = compare(map, oc, &ex, error);
		if (!ok || (verbose && i == 0))
			print_result(map, &ex, error);
		if (error == 0)
			bus_dmamap_unload(t, map);
		else
			map->dm_maxsegsz = created;
		if (ok && (map->dm_mapsize != 0 || map->dm_nsegs != 0 ||
			      map->dm_maxsegsz != created)) {
			printf("# wrong: the map after unload\n");
			ok = false;
		}
	}
	count(ta, error);
	bus_dmamap_destroy(t, map);
	return ok;
}

bool
segcase_run(struct segcase *oc, struct seg_tally *ta, bool verbose)
{
	struct busdma_platform pl = {
		.pl_size = sizeof(pl),
		.pl_pagesize = oc->oc_pagesize,
		.pl_cookie = oc,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_lock,
		.pl_mbuf = &busdma_mbuf_chain,
		.pl_uio = &busdma_uio_chain,
		.pl_report = hook_report,
	};
	bus_dma_tag_t tags[5];
	unsigned ntags;
	bool ok, usable;

	reports = live_allocs = 0;
	if (verbose)
		print_case(oc);
	ta->ta_cases++;
	ok = make_tags(oc, &pl, tags, &ntags, &usable);
	if (ok && usable)
		ok = use_map(tags[ntags - 1], oc, ta, verbose);
	ta->ta_tagless += !usable;
	while (ntags-- != 0)
		bus_dmatag_destroy(tags[ntags]);
	if (reports != 0 || live_allocs != 0) {
		printf("# wrong: %u reports, %u allocations left\n", reports,
		    live_allocs);
		ok = false;
	}
	if (!ok && !verbose)
		print_case(oc);
	return ok;
}
