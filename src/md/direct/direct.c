/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Direct mapping: bus address = physical address + a constant, by window.
 *
 * The windows of a bottom tag are clipped to its reach when it is made, so a
 * load tests nothing else (on a lower tag, that one is narrowed as well, and
 * what it does not reach fails there).  The first of them is the shortcut, and
 * bo_map serves what the shortcut misses: the other windows, and buffers that
 * straddle two.
 *
 * Windows onto memory whose caches devices don't see are another layer's,
 * stacked on this one (noncoherent.c), by way of the CPU's table.
 */
#include <busdma/string.h>

#include "noncoherent.h"

struct direct_window {
	paddr_t wi_low;       /* inclusive */
	paddr_t wi_high;      /* inclusive */
	bus_addr_t wi_offset; /* bus less physical, modulo 2^64 */
};

struct direct_tag {
	struct bus_dma_tag di_tag;
	unsigned di_nwindows;
	struct direct_window di_window[];
};

static const struct busdma_backend_ops direct_ops;

static struct direct_tag *
direct_of(bus_dma_tag_t t)
{
	return (struct direct_tag *)(void *)t;
}

/* The part of a window that keeps to the limits; false: none. */
static bool
window_clip(struct direct_window *wi, const struct bus_dma_limits *lim)
{
	bus_addr_t first = wi->wi_low + wi->wi_offset;
	bus_addr_t last = wi->wi_high + wi->wi_offset;

	if ((wi->wi_offset & lim->dl_minalignmask) != 0)
		return false;
	if (first < lim->dl_low)
		first = lim->dl_low;
	if (last > lim->dl_high)
		last = lim->dl_high;
	if (first > last)
		return false;
	wi->wi_low = first - wi->wi_offset;
	wi->wi_high = last - wi->wi_offset;
	return true;
}

/* The `i'-th run that is reached below this layer. */
static bool
reach_below(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	if (t->dt_lower != NULL)
		return busdma_reach(t->dt_lower, i, re);
	re->re_low = 0;
	re->re_high = ~(paddr_t)0;
	re->re_offset = 0;
	re->re_fixed = true;
	return i == 0;
}

/* What of a window the run `re' below it reaches; false: nothing. */
static bool
reach_join(const struct direct_window *wi, struct busdma_reach *re)
{
	paddr_t low = wi->wi_low, high = wi->wi_high;

	if (low + wi->wi_offset > re->re_high ||
	    high + wi->wi_offset < re->re_low)
		return false;
	if (low + wi->wi_offset < re->re_low)
		low = re->re_low - wi->wi_offset;
	if (high + wi->wi_offset > re->re_high)
		high = re->re_high - wi->wi_offset;
	re->re_low = low;
	re->re_high = high;
	re->re_offset += wi->wi_offset;
	return true;
}

/* Window by window, and run by run of the layer below. */
static bool
direct_reach(bus_dma_tag_t t, unsigned i, struct busdma_reach *re)
{
	struct direct_tag *di = direct_of(t);
	unsigned below, k;

	for (k = 0; k < di->di_nwindows; k++)
		for (below = 0; reach_below(t, below, re); below++)
			if (reach_join(&di->di_window[k], re) && i-- == 0)
				return true;
	return false;
}

/*
 * A new tag has its windows: keep them within its limits, derive the shortcut,
 * and hand it out; or release it, when they reach nothing.
 */
static int
direct_finish(struct direct_tag *di, bus_dma_tag_t *newtag)
{
	struct bus_dma_limits lim = di->di_tag.dt_limits;
	struct direct_window *wi;
	struct busdma_reach re;
	unsigned i, n = 0;

	/* What leaves this layer is not yet what the bounds are about. */
	if (di->di_tag.dt_lower != NULL) {
		lim.dl_low = 0;
		lim.dl_high = ~(bus_addr_t)0;
	}
	for (i = 0; i < di->di_nwindows; i++) {
		wi = &di->di_window[i];
		if (window_clip(wi, &lim))
			di->di_window[n++] = *wi;
	}
	di->di_nwindows = n;
	if (!direct_reach(&di->di_tag, 0, &re)) {
		busdma_tag_release(&di->di_tag);
		return EINVAL;
	}
	wi = &di->di_window[0];
	busdma_tag_shortcut(
	    &di->di_tag, wi->wi_low, wi->wi_high, wi->wi_offset);
	*newtag = &di->di_tag;
	return 0;
}

/* A tag with room for `n' windows; `tc' says what else it is. */
static int
direct_alloc(struct busdma_tag_config *tc, unsigned n, struct direct_tag **dip)
{
	bus_dma_tag_t t;
	int error;

	tc->tc_ops = &direct_ops;
	tc->tc_size =
	    sizeof(struct direct_tag) + n * sizeof(struct direct_window);
	error = busdma_tag_create(tc, &t);
	if (error == 0) {
		*dip = direct_of(t);
		(*dip)->di_nwindows = n;
	}
	return error;
}

static int
direct_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct busdma_tag_config tc = {
		.tc_lower = lower,
		.tc_origin = t,
		.tc_limits = lim,
		.tc_flags = flags,
	};
	struct direct_tag *from = direct_of(t), *di;
	int error;

	error = direct_alloc(&tc, from->di_nwindows, &di);
	if (error != 0)
		return error;
	memcpy(di->di_window, from->di_window,
	    from->di_nwindows * sizeof(from->di_window[0]));
	return direct_finish(di, newtag);
}

/* The window that holds the fragment's first byte takes its front. */
static int
direct_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	struct direct_tag *di = direct_of(t);
	struct direct_window *wi;
	bus_size_t room;
	unsigned i;

	(void)map;
	for (i = 0; i < di->di_nwindows; i++) {
		wi = &di->di_window[i];
		if (f->bf_addr < wi->wi_low || f->bf_addr > wi->wi_high)
			continue;
		room = wi->wi_high - f->bf_addr;
		if (f->bf_len - 1 > room)
			f->bf_len = room + 1;
		f->bf_addr += wi->wi_offset;
		return 0;
	}
	return EFAULT;
}

static const struct busdma_backend_ops direct_ops = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "direct",
	.bo_narrow = direct_narrow,
	.bo_map = direct_map,
	.bo_reach = direct_reach,
};

/*
 * A window that stands alone: whole pages, coherent or, if `may', not, without
 * wrapping.
 */
static bool
window_ok(const struct bus_dma_window *w, bus_size_t page, bool may)
{
	bus_size_t span = direct_window_span(w);

	return ((w->dw_cpu | w->dw_bus | w->dw_len) & (page - 1)) == 0 &&
	       (w->dw_flags == BUS_DMA_WINDOW_COHERENT ||
		   (w->dw_flags == 0 && may)) &&
	       w->dw_cpu + span >= w->dw_cpu && w->dw_bus + span >= w->dw_bus;
}

/* Two windows onto one bus address, or onto one byte of memory. */
static bool
windows_clash(const struct bus_dma_window *a, const struct bus_dma_window *b)
{
	bus_size_t aspan = direct_window_span(a), bspan = direct_window_span(b);

	return (a->dw_bus <= b->dw_bus + bspan &&
		   b->dw_bus <= a->dw_bus + aspan) ||
	       (a->dw_cpu <= b->dw_cpu + bspan &&
		   b->dw_cpu <= a->dw_cpu + aspan);
}

static bool
windows_ok(
    const struct bus_dma_window *w, unsigned n, bus_size_t page, bool may)
{
	unsigned i, j;

	for (i = 0; i < n; i++) {
		if (!window_ok(&w[i], page, may))
			return false;
		for (j = 0; j < i; j++)
			if (windows_clash(&w[i], &w[j]))
				return false;
	}
	return true;
}

/* The code for windows that are not coherent; NULL: there can be none. */
static const struct busdma_noncoherent *
direct_caches(const struct busdma_platform *pl)
{
	const struct busdma_cpu_ops *cpu = pl->pl_cpu;

	/* busdma_cpu_native has no caches to care for. */
	if (cpu == NULL || cpu->cpu_size < sizeof(*cpu) ||
	    cpu->cpu_cache == NULL ||
	    cpu->cpu_cache->ca_size < sizeof(*cpu->cpu_cache))
		return NULL;
	return cpu->cpu_cache->ca_code;
}

int
bus_dmatag_direct(const struct busdma_platform *pl, bus_dma_tag_t lower,
    const struct bus_dma_window *windows, unsigned nwindows,
    bus_dma_tag_t *newtag, int flags)
{
	struct busdma_tag_config tc = {
		.tc_pl = pl,
		.tc_lower = lower,
		.tc_flags = flags,
	};
	const struct busdma_noncoherent *nc;
	unsigned coherent, i;
	struct direct_window *wi;
	struct direct_tag *di;
	bus_dma_tag_t t;
	int error;

	if (lower != NULL)
		pl = lower->dt_pl;
	if (pl == NULL || windows == NULL || nwindows == 0 || nwindows > 64 ||
	    newtag == NULL)
		return EINVAL;
	nc = direct_caches(pl);
	if (!windows_ok(windows, nwindows, pl->pl_pagesize, nc != NULL))
		return EINVAL;
	error = direct_alloc(&tc, nwindows, &di);
	if (error != 0)
		return error;
	coherent = BUS_DMA_WINDOW_COHERENT;
	for (i = 0; i < nwindows; i++) {
		wi = &di->di_window[i];
		wi->wi_low = windows[i].dw_cpu;
		wi->wi_high = wi->wi_low + direct_window_span(&windows[i]);
		wi->wi_offset = windows[i].dw_bus - wi->wi_low;
		coherent &= windows[i].dw_flags;
	}
	error = direct_finish(di, &t);
	if (error == 0 && coherent == 0)
		error = nc->nc_stack(windows, nwindows, &t, flags);
	if (error == 0)
		*newtag = t;
	return error;
}
