/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segment builder.
 */
#include "segment.h"

/*
 * How much of [addr, addr + len) the segment that begins it takes: all, or as
 * much as leaves aligned what follows.  (A cut at a boundary always does.)
 */
static bus_size_t
segment_take(const struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    bus_addr_t addr, bus_size_t len)
{
	bus_size_t span = (addr | map->_dm_bspan) - addr, take;

	if (span > sg->sg_max)
		span = sg->sg_max;
	if (len - 1 <= span)
		return len;
	take = (span + 1) & ~t->dt_alignmask;
	return take != 0 ? take : span + 1;
}

int
busdma_segments_add(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    bus_addr_t addr, bus_size_t len)
{
	bus_size_t take;

	/*
	 * What continues the open segment is built anew together with it: where
	 * that has to be cut may have changed.
	 */
	if (addr == sg->sg_next && addr != 0) {
		len += addr - sg->sg_open->ds_addr;
		addr = sg->sg_open->ds_addr;
		sg->sg_open--;
	}
	while (len != 0) {
		sg->sg_where = addr;
		if (sg->sg_open == map->_dm_last)
			return BUSDMA_WHY(EFBIG, BUS_DMA_WHY_SEGMENTS);
		if ((addr & t->dt_alignmask) != 0)
			return BUSDMA_WHY(EFAULT, BUS_DMA_WHY_ALIGNMENT);
		take = segment_take(sg, t, map, addr, len);
		sg->sg_open++;
		sg->sg_open->ds_addr = addr;
		sg->sg_open->ds_len = take;
		addr += take;
		len -= take;
		sg->sg_next = addr;
	}
	return 0;
}

/*
 * The loop that a scattered buffer spends its time in: nothing is called, and
 * its state stays in registers.
 */
bus_size_t
busdma_segments_quick(struct segments *sg, bus_dma_tag_t t, bus_dmamap_t map,
    const struct busdma_frag *f, unsigned n)
{
	const struct busdma_frag *stop = f + n;
	const bus_dma_segment_t *last = map->_dm_last;
	bus_dma_segment_t *seg = sg->sg_open;
	bus_addr_t addr, start, next = sg->sg_next;
	bus_size_t span, sum = 0;

	do {
		/* Inside the shortcut; this catches length 0 and wrapping. */
		addr = f->bf_addr;
		span = f->bf_len - 1;
		if (addr < t->dt_winlow || addr > t->dt_winhigh ||
		    span > t->dt_winhigh - addr)
			return 0;
		sum += f->bf_len;
		addr += t->dt_winoff;
		start = addr;
		if (addr == next && addr != 0) {
			start = seg->ds_addr;
			span += addr - start;
		} else {
			if (seg == last)
				return 0;
			seg++;
			seg->ds_addr = addr;
		}
		/* Both ends between the same two multiples of the boundary. */
		next = start + span;
		if (span > sg->sg_max || (start ^ next) > map->_dm_bspan)
			return 0;
		next++;
		seg->ds_len = span + 1;
	} while (++f != stop);
	sg->sg_open = seg;
	sg->sg_next = next;
	return sum;
}
