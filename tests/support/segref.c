/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must come of a case: the slow and obvious side, byte by byte.
 */
#include <string.h>

#include "segcase.h"

/* Where a byte of the space is. */
bool
segcase_translate(const struct segcase *oc, uintptr_t va, paddr_t *pa)
{
	uintptr_t page = (va - oc->oc_va) / oc->oc_pagesize;

	if (va < oc->oc_va || page >= oc->oc_npages ||
	    oc->oc_page[page] == SEG_NOPAGE)
		return false;
	*pa = oc->oc_page[page] + va % oc->oc_pagesize;
	return true;
}

/* The last CPU address of a window. */
paddr_t
segcase_window_last(const struct bus_dma_window *w)
{
	if (w->dw_len != 0)
		return w->dw_cpu + (w->dw_len - 1);
	return SEG_TOP - (w->dw_cpu > w->dw_bus ? 0 : w->dw_bus - w->dw_cpu);
}

/* Where the device sees a byte: through the window that reaches it. */
static bool
reach(const struct segcase *oc, paddr_t pa, bus_addr_t *bus)
{
	for (unsigned i = 0; i < oc->oc_nwin; i++) {
		const struct bus_dma_window *w = &oc->oc_win[i];
		bus_addr_t b = pa - w->dw_cpu + w->dw_bus;

		if (pa < w->dw_cpu || pa > segcase_window_last(w))
			continue;
		if (oc->oc_stacked) {
			if (b > SEG_TOP - oc->oc_under)
				continue;
			b += oc->oc_under;
		}
		if (oc->oc_restrict &&
		    (b < oc->oc_lim.dl_low ||
			(oc->oc_lim.dl_high != 0 && b > oc->oc_lim.dl_high)))
			continue;
		if (oc->oc_sub && (b < oc->oc_min || b > oc->oc_max))
			continue;
		*bus = b;
		return true;
	}
	return false;
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return b != 0 && (a == 0 || b < a) ? b : a;
}

/* The builder: segments grow by a byte as long as they may. */
struct builder {
	struct seg_expected *sb_ex;
	bus_size_t sb_align, sb_boundary, sb_max;
	bool sb_open;
	bus_dma_segment_t sb_seg; /* the open one */
};

static void
close_segment(struct builder *sb)
{
	struct seg_expected *ex = sb->sb_ex;

	if (sb->sb_open && ex->ex_n < SEG_MAXSEGS)
		ex->ex_seg[ex->ex_n] = sb->sb_seg;
	ex->ex_n += sb->sb_open;
	sb->sb_open = false;
}

static void
add_byte(struct builder *sb, bool reached, bus_addr_t bus)
{
	bus_dma_segment_t *s = &sb->sb_seg;
	bus_size_t tail;
	bool goes_on;

	if (!reached) {
		sb->sb_ex->ex_efault = true;
		close_segment(sb);
		return;
	}
	goes_on = sb->sb_open && bus != 0 &&
		  bus - 1 == s->ds_addr + (s->ds_len - 1) &&
		  (sb->sb_boundary == 0 ||
		      bus / sb->sb_boundary == s->ds_addr / sb->sb_boundary);
	if (goes_on && s->ds_len < sb->sb_max) {
		s->ds_len++;
		return;
	}
	/* What stands behind its last aligned place begins the next one. */
	tail = sb->sb_max % sb->sb_align;
	if (goes_on && sb->sb_max > sb->sb_align && tail != 0) {
		s->ds_len -= tail;
		bus = s->ds_addr + s->ds_len;
		close_segment(sb);
		sb->sb_open = true;
		s->ds_addr = bus;
		s->ds_len = tail + 1;
		return;
	}
	close_segment(sb);
	if (bus % sb->sb_align != 0)
		sb->sb_ex->ex_efault = true;
	sb->sb_open = true;
	s->ds_addr = bus;
	s->ds_len = 1;
}

/* The bytes that the parts, or raw segments, have together. */
bus_size_t
segcase_sum(const struct segcase *oc)
{
	bus_size_t sum = 0;

	for (unsigned i = 0; i < oc->oc_nparts; i++)
		sum += oc->oc_kind == SEG_RAW ? oc->oc_raw[i].ds_len
					      : oc->oc_part[i].pt_len;
	return sum;
}

void
segcase_expect(const struct segcase *oc, struct seg_expected *ex)
{
	const struct bus_dma_limits *lim = oc->oc_restrict ? &oc->oc_lim : NULL;
	struct builder sb = { ex, 1, oc->oc_boundary, oc->oc_maxsegsz, false,
		{ 0, 0 } };
	int nsegs = oc->oc_nsegs;
	bus_size_t left = oc->oc_size;

	memset(ex, 0, sizeof(*ex));
	if (lim != NULL) {
		if (lim->dl_alignment != 0)
			sb.sb_align = lim->dl_alignment;
		sb.sb_boundary = least(sb.sb_boundary, lim->dl_boundary);
		sb.sb_max = least(sb.sb_max, lim->dl_maxsegsz);
		nsegs = (int)least(
		    (bus_size_t)nsegs, (bus_size_t)lim->dl_nsegments);
	}
	sb.sb_max = least(sb.sb_max, oc->oc_lowered);
	if (left > oc->oc_mapsize || left > segcase_sum(oc))
		ex->ex_einval = true;
	if ((oc->oc_kind == SEG_CHAIN || oc->oc_kind == SEG_MBUF) &&
	    left != segcase_sum(oc))
		ex->ex_einval = true;
	for (unsigned i = 0; i < oc->oc_nparts; i++) {
		bus_size_t len = oc->oc_kind == SEG_RAW ? oc->oc_raw[i].ds_len
							: oc->oc_part[i].pt_len;
		uintptr_t va = (uintptr_t)oc->oc_part[i].pt_addr;

		for (bus_size_t o = 0; o < len && left != 0; o++, left--) {
			paddr_t pa = oc->oc_raw[i].ds_addr + o;
			bus_addr_t bus = 0;
			bool ok = oc->oc_kind == SEG_RAW ||
				  segcase_translate(oc, va + (uintptr_t)o, &pa);

			ok = ok && reach(oc, pa, &bus);
			add_byte(&sb, ok, bus);
		}
	}
	close_segment(&sb);
	ex->ex_efbig = ex->ex_n > (unsigned)nsegs;
}
