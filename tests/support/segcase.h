/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A load as a test case: a tag, a map and a buffer; made from random numbers
 * (segmake.c), done by the library (segrun.c), and by slow and obvious code
 * that says what must come of it (segref.c).
 */
#ifndef TESTS_SUPPORT_SEGCASE_H
#define TESTS_SUPPORT_SEGCASE_H

#include <busdma/backend.h>
#include <busdma/direct.h>

#include "rnd.h"

#define SEG_MAXPAGES 48
#define SEG_MAXPARTS 16
#define SEG_MAXWIN 4
#define SEG_MAXSEGS 64
#define SEG_MAXBYTES 4096
#define SEG_NOPAGE UINT64_MAX
#define SEG_TOP UINT64_MAX

enum seg_kind { SEG_RAW, SEG_LINEAR, SEG_UIO, SEG_CHAIN, SEG_MBUF, SEG_NKINDS };
extern const char *const seg_kind_name[SEG_NKINDS];

struct segcase {
	uint64_t oc_seed, oc_index;
	enum seg_kind oc_kind;
	uint32_t oc_pagesize;

	/* The tag. */
	struct bus_dma_window oc_win[SEG_MAXWIN];
	unsigned oc_nwin;
	bool oc_whole;   /* below a layer that asks for whole loads */
	bool oc_stacked; /* over a window that adds oc_under */
	bus_addr_t oc_under;
	bool oc_restrict;
	struct bus_dma_limits oc_lim;
	bool oc_sub;
	bus_addr_t oc_min, oc_max;

	/* The map. */
	bus_size_t oc_mapsize, oc_maxsegsz, oc_boundary, oc_lowered;
	int oc_nsegs;

	/* The buffer: a space of pages, and parts of it; or raw segments. */
	uintptr_t oc_va;
	paddr_t oc_page[SEG_MAXPAGES];
	unsigned oc_npages;
	struct busdma_part oc_part[SEG_MAXPARTS];
	bus_dma_segment_t oc_raw[SEG_MAXPARTS];
	unsigned oc_nparts;
	bus_size_t oc_size; /* that the load asks for */
	unsigned oc_policy; /* of the translation hook */
};

/* What may come out. */
struct seg_expected {
	bool ex_einval, ex_efault, ex_efbig;
	unsigned ex_n; /* segments needed; all of them in ex_seg if it fits */
	bus_dma_segment_t ex_seg[SEG_MAXSEGS];
};

struct seg_tally {
	uint64_t ta_cases, ta_ok, ta_einval, ta_efault, ta_efbig, ta_tagless;
};

/* The case that these numbers choose, of a kind; oc_seed, oc_index are 0. */
void segcase_make(struct segcase *oc, struct rnd *r, enum seg_kind kind);

/*
 * Do it, and compare; prints the case where it differs, or verbosely what it
 * came to.  False: it differs.
 */
bool segcase_run(struct segcase *oc, struct seg_tally *ta, bool verbose);

/* What must come of it. */
void segcase_expect(const struct segcase *oc, struct seg_expected *ex);

/* The parts of that: where a byte of the buffer's space is, */
bool segcase_translate(const struct segcase *oc, uintptr_t va, paddr_t *pa);
/* the last CPU address of a window, */
paddr_t segcase_window_last(const struct bus_dma_window *w);
/* and the bytes that the parts, or raw segments, have together. */
bus_size_t segcase_sum(const struct segcase *oc);

#endif /* TESTS_SUPPORT_SEGCASE_H */
