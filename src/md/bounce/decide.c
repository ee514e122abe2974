/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which fragments of a load must go through slots, and why.
 */
#include "place.h"

bool
busdma_bounce_front(bus_dma_tag_t lower, const struct busdma_frag *f,
    bus_size_t *lenp, bus_addr_t *busp, bool *fixedp)
{
	struct busdma_reach re;
	bus_size_t len = f->bf_len;
	unsigned i;

	for (i = 0; busdma_reach(lower, i, &re); i++) {
		if (f->bf_addr >= re.re_low && f->bf_addr <= re.re_high) {
			if (f->bf_len - 1 <= re.re_high - f->bf_addr)
				*lenp = f->bf_len;
			else
				*lenp = re.re_high - f->bf_addr + 1;
			*busp = f->bf_addr + re.re_offset;
			*fixedp = re.re_fixed;
			return true;
		}
		if (f->bf_addr < re.re_low && len > re.re_low - f->bf_addr)
			len = re.re_low - f->bf_addr;
	}
	*lenp = len;
	return false;
}

/*
 * How much of the front of a fragment shares a line with strangers, or does
 * not.  Page by page, for what stands in whole pages keeps its place.
 */
static bool
front_shared(const struct bounce_tag *bt, const struct busdma_frag *f,
    const struct busdma_memory *me, bus_size_t *lenp)
{
	const bus_size_t mask = bt->bt_tag.dt_lower->dt_line - 1;
	bus_size_t room =
	    ((bus_size_t)1 << bt->bt_shift) - page_offset(bt, f->bf_addr);

	*lenp = f->bf_len;
	if ((me->me_flags & (BUSDMA_MEMORY_OWNED | BUSDMA_MEMORY_UNCACHED)) !=
	    0)
		return false;
	if ((me->me_addr & mask) != 0 || f->bf_len <= room) {
		if (*lenp > room)
			*lenp = room;
		return ((me->me_addr | f->bf_len) & mask) != 0;
	}
	/* Up to the page that the end is in, if that is shared. */
	if ((f->bf_len & mask) != 0)
		*lenp -= page_offset(bt, f->bf_addr + f->bf_len - 1) + 1;
	return false;
}

bool
busdma_bounce_must(const struct bounce_load *bl, unsigned i, bus_size_t *lenp,
    enum bus_dma_bounced *whyp)
{
	const int both = BUS_DMA_READ | BUS_DMA_WRITE;
	const struct bounce_tag *bt = bl->bl_bt;
	const struct busdma_frag *f = &bl->bl_fs->fs_frag[i];
	bus_size_t most;
	bus_addr_t bus;
	bool fixed, bounce;

	*whyp = BUS_DMA_BOUNCED_FORCED;
	*lenp = f->bf_len;
	if ((bt->bt_config.db_flags & BUS_DMA_BOUNCE_FORCED) != 0)
		return true;
	if (!busdma_bounce_front(bt->bt_tag.dt_lower, f, &most, &bus, &fixed)) {
		*whyp = BUS_DMA_BOUNCED_REACH;
		*lenp = most;
		return true;
	}
	*lenp = most;
	if (fixed && (bus & bt->bt_tag.dt_alignmask) != 0) {
		*whyp = BUS_DMA_BOUNCED_ALIGNMENT;
		return true;
	}
	if (bt->bt_tag.dt_lower->dt_line == 0 ||
	    (bl->bl_flags & both) == BUS_DMA_WRITE)
		return false;
	*whyp = BUS_DMA_BOUNCED_LINE;
	bounce = front_shared(bt, f, &bl->bl_fs->fs_memory[i], lenp);
	if (*lenp > most)
		*lenp = most;
	return bounce;
}
