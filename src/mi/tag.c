/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tags: stacks of layers, their limits, and how long they live.
 *
 * References.  A tag is held by its maker (until bus_dmatag_destroy), by each
 * of its maps, by each tag stacked on it and by each tag narrowed from it.
 */
#include <busdma/string.h>

#include "load.h"

#define ROUNDUP(v, a) (((v) + ((size_t)(a)-1)) & ~((size_t)(a)-1))

static const struct bus_dma_limits nolimits = {
	.dl_low = 0,
	.dl_high = ~(bus_addr_t)0,
	.dl_alignment = 1,
	.dl_boundary = 0,
	.dl_maxsegsz = ~(bus_size_t)0,
	.dl_minalignmask = 0,
	.dl_nsegments = 0x7fffffff,
	.dl_memory = ~(bus_size_t)0,
};

/* Any op that is driven through bo_stack. */
static bool
ops_stacked(const struct busdma_backend_ops *ops)
{
	return ops->bo_create != NULL || ops->bo_destroy != NULL ||
	       ops->bo_load != NULL || ops->bo_loaded != NULL ||
	       ops->bo_unload != NULL || ops->bo_sync != NULL;
}

static bool
config_ok(const struct busdma_tag_config *tc)
{
	const struct busdma_backend_ops *ops = tc->tc_ops;

	return ops != NULL && ops->bo_size >= sizeof(*ops) &&
	       ops->bo_narrow != NULL &&
	       tc->tc_size >= sizeof(struct bus_dma_tag) &&
	       (ops->bo_stack != NULL || !ops_stacked(ops)) &&
	       (tc->tc_lower == NULL ||
		   tc->tc_lower->dt_nlayers < BUSDMA_MAXLAYERS);
}

/* What a tag takes over from the layer below it; EINVAL: a malformed layer. */
static int
tag_inherit(bus_dma_tag_t t, const struct busdma_tag_config *tc)
{
	bus_dma_tag_t lower = tc->tc_lower;

	t->dt_ops = tc->tc_ops;
	t->dt_stack = tc->tc_ops->bo_stack;
	t->dt_areaoff = ROUNDUP(tc->tc_area, 16);
	t->dt_limits = nolimits;
	busdma_tag_noshortcut(t);
	t->dt_layers[0] = t;
	t->dt_nlayers = 1;
	if (lower != NULL) {
		t->dt_flags = lower->dt_flags;
		t->dt_line = lower->dt_line;
		t->dt_recbytes = lower->dt_recbytes;
		t->dt_memoff = lower->dt_memoff;
		if (t->dt_stack == NULL)
			t->dt_stack = lower->dt_stack;
		t->dt_areaoff += lower->dt_areaoff;
		t->dt_limits = lower->dt_limits;
		/* Of a layer that moves fragments, the constructor says it. */
		if (t->dt_ops->bo_map == NULL && t->dt_ops->bo_load == NULL) {
			t->dt_winlow = lower->dt_winlow;
			t->dt_winhigh = lower->dt_winhigh;
			t->dt_winoff = lower->dt_winoff;
		}
		memcpy(&t->dt_layers[1], lower->dt_layers,
		    lower->dt_nlayers * sizeof(t->dt_layers[0]));
		t->dt_nlayers += lower->dt_nlayers;
	}
	if (tc->tc_limits != NULL)
		t->dt_limits = *tc->tc_limits;
	t->dt_alignmask = t->dt_limits.dl_alignment - 1;
	t->dt_lower = lower;
	t->dt_origin = tc->tc_origin;
	t->dt_refs = 1;
	t->dt_mflags = BUSDMA_MF_LOADED | BUSDMA_MF_QUIET;
	return t->dt_stack != NULL ? t->dt_stack->st_tag(t, tc) : 0;
}

int
busdma_tag_create(const struct busdma_tag_config *tc, bus_dma_tag_t *newtag)
{
	const struct busdma_platform *pl = tc->tc_pl;
	bus_dma_tag_t t;
	size_t size;
	int error;

	if (tc->tc_lower != NULL)
		pl = tc->tc_lower->dt_pl;
	else if (tc->tc_origin != NULL)
		pl = tc->tc_origin->dt_pl;
	if (!config_ok(tc) || !busdma_platform_ok(pl))
		return EINVAL;
	size = ROUNDUP(tc->tc_size, 16);
	t = pl->pl_alloc(pl, size, tc->tc_flags & BUS_DMA_NOWAIT);
	if (t == NULL)
		return ENOMEM;
	memset(t, 0, size);
	t->dt_size = size;
	t->dt_pl = pl;
	t->dt_rootbarrier = busdma_cpu(pl)->cpu_barrier;
	t->dt_barrier = &t->dt_rootbarrier;
	if (tc->tc_lower != NULL)
		t->dt_barrier = tc->tc_lower->dt_barrier;
	else if (tc->tc_origin != NULL)
		t->dt_barrier = tc->tc_origin->dt_barrier;
	error = tag_inherit(t, tc);
	if (error == 0 && t->dt_lower != NULL)
		error = busdma_tag_hold(t->dt_lower, "busdma_tag_create");
	if (error != 0) {
		pl->pl_free(pl, t, size);
		return error;
	}
	/*
	 * The tag that is narrowed is held by who narrows it; a layer of it
	 * may have been given up by its maker.
	 */
	if (t->dt_origin != NULL) {
		pl->pl_lock(pl, &t->dt_origin->dt_lock);
		t->dt_origin->dt_refs++;
		pl->pl_unlock(pl, &t->dt_origin->dt_lock);
	}
	*newtag = t;
	return 0;
}

void
busdma_tag_noshortcut(bus_dma_tag_t t)
{
	t->dt_winlow = ~(paddr_t)0;
	t->dt_winhigh = 0;
	t->dt_winoff = 0;
}

/* Clip [*low, *last] to [min, max]; false: nothing is left. */
static bool
clip(uint64_t *low, uint64_t *last, uint64_t min, uint64_t max)
{
	if (*low < min)
		*low = min;
	if (*last > max)
		*last = max;
	return *low <= *last;
}

void
busdma_tag_shortcut(bus_dma_tag_t t, paddr_t low, paddr_t last, bus_addr_t off)
{
	bus_dma_tag_t lower = t->dt_lower;
	uint64_t first = low + off, end = last + off;

	busdma_tag_noshortcut(t);
	if (low > last || first > end)
		return;
	if (lower != NULL) {
		if (!clip(&first, &end, lower->dt_winlow, lower->dt_winhigh))
			return;
		first += lower->dt_winoff;
		end += lower->dt_winoff;
		off += lower->dt_winoff;
	}
	if ((off & t->dt_limits.dl_minalignmask) != 0 ||
	    !clip(&first, &end, t->dt_limits.dl_low, t->dt_limits.dl_high))
		return;
	t->dt_winlow = first - off;
	t->dt_winhigh = end - off;
	t->dt_winoff = off;
}

int
busdma_tag_hold(bus_dma_tag_t t, const char *func)
{
	const struct busdma_platform *pl = t->dt_pl;
	bool dying;

	pl->pl_lock(pl, &t->dt_lock);
	dying = t->dt_dying;
	if (!dying)
		t->dt_refs++;
	pl->pl_unlock(pl, &t->dt_lock);
	if (!dying)
		return 0;
	busdma_report(t, NULL, BUSDMA_REPORT_TAGDEAD, func, 0, 0);
	return EINVAL;
}

/* Drop a reference; true: it was the last. */
static bool
unref(bus_dma_tag_t t)
{
	const struct busdma_platform *pl = t->dt_pl;
	bool last;

	pl->pl_lock(pl, &t->dt_lock);
	last = --t->dt_refs == 0;
	pl->pl_unlock(pl, &t->dt_lock);
	return last;
}

void
busdma_tag_free(bus_dma_tag_t t)
{
	const struct busdma_platform *pl = t->dt_pl;
	bus_dma_tag_t held[2], dead = NULL;
	unsigned i;

	/*
	 * Those that lose their last reference wait on a list, linked through
	 * the member that has no map left to hold.
	 */
	for (t->dt_maps = NULL; t != NULL; t = dead) {
		dead = (bus_dma_tag_t)(void *)t->dt_maps;
		held[0] = t->dt_lower;
		held[1] = t->dt_origin;
		if (t->dt_ops->bo_free != NULL)
			t->dt_ops->bo_free(t);
		if (t->dt_labels != NULL)
			t->dt_labels->lb_free(t);
		pl->pl_free(pl, t, t->dt_size);
		for (i = 0; i < 2; i++) {
			if (held[i] != NULL && unref(held[i])) {
				held[i]->dt_maps = (void *)dead;
				dead = held[i];
			}
		}
	}
}

void
busdma_tag_drop(bus_dma_tag_t t)
{
	if (unref(t))
		busdma_tag_free(t);
}

void
busdma_tag_release(bus_dma_tag_t t)
{
	busdma_tag_drop(t);
}

void
bus_dmatag_destroy(bus_dma_tag_t t)
{
	const struct busdma_platform *pl;
	bool again, busy;

	if (t == NULL)
		return;
	pl = t->dt_pl;
	pl->pl_lock(pl, &t->dt_lock);
	again = t->dt_dying;
	busy = t->dt_refs > 1;
	t->dt_dying = true;
	pl->pl_unlock(pl, &t->dt_lock);
	if (again || busy)
		busdma_report(t, NULL,
		    again ? BUSDMA_REPORT_TAGDEAD : BUSDMA_REPORT_TAGBUSY,
		    "bus_dmatag_destroy", 0, 0);
	if (!again)
		busdma_tag_drop(t);
}

/* Each layer narrowed, the bottom one first. */
static int
tag_narrow(bus_dma_tag_t t, const struct bus_dma_limits *lim,
    bus_dma_tag_t *newtag, int flags, const char *func)
{
	bus_dma_tag_t layer, lower = NULL, made;
	unsigned i;
	int error;

	error = busdma_tag_hold(t, func);
	if (error != 0)
		return error;
	for (i = t->dt_nlayers; i-- > 0;) {
		layer = t->dt_layers[i];
		made = NULL;
		error =
		    layer->dt_ops->bo_narrow(layer, lower, lim, &made, flags);
		if (lower != NULL)
			busdma_tag_release(lower);
		if (error != 0)
			break;
		lower = made;
	}
	if (error == 0)
		*newtag = lower;
	busdma_tag_drop(t);
	return error;
}

int
bus_dmatag_subregion(bus_dma_tag_t t, bus_addr_t min_addr, bus_addr_t max_addr,
    bus_dma_tag_t *newtag, int flags)
{
	struct bus_dma_limits lim;

	if (t == NULL || newtag == NULL || min_addr > max_addr)
		return EINVAL;
	lim = t->dt_limits;
	if (!clip(&lim.dl_low, &lim.dl_high, min_addr, max_addr))
		return EINVAL;
	return tag_narrow(t, &lim, newtag, flags, "bus_dmatag_subregion");
}

static bool
limits_ok(const struct bus_dma_limits *lim)
{
	if (lim->dl_high != 0 && lim->dl_low > lim->dl_high)
		return false;
	if ((lim->dl_alignment & (lim->dl_alignment - 1)) != 0 ||
	    (lim->dl_boundary & (lim->dl_boundary - 1)) != 0 ||
	    (lim->dl_minalignmask & (lim->dl_minalignmask + 1)) != 0)
		return false;
	return lim->dl_nsegments >= 0;
}

/* Narrow `to' by what `lim' asks for; false: they contradict each other. */
static bool
limits_add(struct bus_dma_limits *to, const struct bus_dma_limits *lim)
{
	if (!clip(&to->dl_low, &to->dl_high, lim->dl_low,
		lim->dl_high != 0 ? lim->dl_high : ~(bus_addr_t)0))
		return false;
	if (to->dl_alignment < lim->dl_alignment)
		to->dl_alignment = lim->dl_alignment;
	to->dl_boundary = busdma_minlimit(to->dl_boundary, lim->dl_boundary);
	to->dl_maxsegsz = busdma_minlimit(to->dl_maxsegsz, lim->dl_maxsegsz);
	to->dl_minalignmask |= lim->dl_minalignmask;
	if (lim->dl_nsegments != 0 && to->dl_nsegments > lim->dl_nsegments)
		to->dl_nsegments = lim->dl_nsegments;
	to->dl_memory = busdma_minlimit(to->dl_memory, lim->dl_memory);
	/* What follows a cut, at a boundary or at maxsegsz, is aligned. */
	if (to->dl_boundary != 0 && to->dl_boundary < to->dl_alignment)
		return false;
	return to->dl_maxsegsz >= to->dl_alignment;
}

int
bus_dmatag_restrict(bus_dma_tag_t t, const struct bus_dma_limits *lim,
    bus_dma_tag_t *newtag, int flags)
{
	struct bus_dma_limits sum;

	if (t == NULL || lim == NULL || newtag == NULL || !limits_ok(lim))
		return EINVAL;
	/* A cap that nobody keeps. */
	if (lim->dl_memory != 0 && t->dt_pl->pl_account == NULL)
		return EINVAL;
	sum = t->dt_limits;
	if (!limits_add(&sum, lim))
		return EINVAL;
	return tag_narrow(t, &sum, newtag, flags, "bus_dmatag_restrict");
}
