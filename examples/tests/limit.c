/* SPDX-License-Identifier: BSD-2-Clause */
/* The layer with few resources: see limit.h. */
#include "tests/limit.h"

#include <busdma/backend.h>

struct limit_tag {
	struct bus_dma_tag lt_tag;
	struct limit *lt_limit;
};

/* The layer's area in a map. */
struct limit_map {
	bool lm_own; /* it has a slot of its own */
};

static struct limit *
limit_of(bus_dma_tag_t t)
{
	return ((struct limit_tag *)(void *)t)->lt_limit;
}

static int
limit_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct limit_map *lm = busdma_map_area(t, map);

	lm->lm_own = (flags & BUS_DMA_ALLOCNOW) != 0;
	return 0;
}

static bool
fails(struct limit *li)
{
	li->li_random = li->li_random * 1664525u + 1013904223u;
	if (li->li_every != 0 && (li->li_random >> 16) % li->li_every == 0)
		return true;
	return li->li_failat != 0 && --li->li_failat == 0;
}

static int
limit_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct limit_map *lm = busdma_map_area(t, map);
	struct limit *li = limit_of(t);

	(void)fs;
	if ((flags & BUS_DMA_NOWAIT) != 0 && fails(li)) {
		li->li_failures++;
		return ENOMEM;
	}
	if (lm->lm_own)
		return 0;
	if (li->li_inuse == li->li_slots) {
		li->li_failures++;
		return ENOMEM;
	}
	li->li_inuse++;
	return 0;
}

static void
limit_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	const struct limit_map *lm = busdma_map_area(t, map);

	if (!lm->lm_own)
		limit_of(t)->li_inuse--;
}

static int
limit_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	(void)t;
	(void)lower;
	(void)lim;
	(void)newtag;
	(void)flags;
	return EINVAL;
}

static const struct busdma_backend_ops limit_ops = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "limit",
	.bo_stack = &busdma_stack,
	.bo_narrow = limit_narrow,
	.bo_create = limit_create,
	.bo_load = limit_load,
	.bo_unload = limit_unload,
};

int
limit_tag(struct limit *li, bus_dma_tag_t lower, bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = {
		.tc_ops = &limit_ops,
		.tc_lower = lower,
		.tc_size = sizeof(struct limit_tag),
		.tc_area = sizeof(struct limit_map),
	};
	int error;

	error = busdma_tag_create(&tc, newtag);
	if (error != 0)
		return error;
	busdma_tag_noshortcut(*newtag);
	((struct limit_tag *)(void *)*newtag)->lt_limit = li;
	return 0;
}
