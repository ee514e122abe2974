/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels of maps: an index in the map, the strings in its tag.
 */
#include <busdma/string.h>

#include "mi.h"

/*
 * The index, from 1, of a name; 0: it is not there, and *placep is where it
 * would go, or NULL where all chunks are full.  Under the tag's lock.
 */
static unsigned
label_find(bus_dma_tag_t t, const char *name, const char ***placep)
{
	struct busdma_labels *lb;
	unsigned i, n = 0;

	*placep = NULL;
	for (lb = t->dt_labels; lb != NULL; lb = lb->lb_next) {
		for (i = 0; i < BUSDMA_NLABELS; i++) {
			n++;
			if (lb->lb_name[i] == name)
				return n;
			if (lb->lb_name[i] == NULL) {
				*placep = &lb->lb_name[i];
				return 0;
			}
		}
	}
	return 0;
}

/* A chunk more at the end; NULL names.  Under the tag's lock. */
static void
label_grow(bus_dma_tag_t t, struct busdma_labels *lb)
{
	struct busdma_labels **lastp = &t->dt_labels;

	while (*lastp != NULL)
		lastp = &(*lastp)->lb_next;
	__atomic_store_n(lastp, lb, __ATOMIC_RELEASE);
}

/* How many chunks there are.  Under the tag's lock. */
static unsigned
label_chunks(bus_dma_tag_t t)
{
	const struct busdma_labels *lb;
	unsigned n = 0;

	for (lb = t->dt_labels; lb != NULL; lb = lb->lb_next)
		n++;
	return n;
}

/*
 * The index of a name, which is added if `spare', which is then used up, or
 * the chunks that there are have room; 0: they don't.
 */
static unsigned
label_index(bus_dma_tag_t t, const char *name, struct busdma_labels **spare)
{
	const struct busdma_platform *pl = t->dt_pl;
	const char **place;
	unsigned i;

	pl->pl_lock(pl, &t->dt_lock);
	i = label_find(t, name, &place);
	if (i == 0 && place == NULL && *spare != NULL &&
	    label_chunks(t) < (BUSDMA_LABEL_MAX + 1) / BUSDMA_NLABELS) {
		label_grow(t, *spare);
		*spare = NULL;
		i = label_find(t, name, &place);
	}
	if (i == 0 && place != NULL) {
		__atomic_store_n(place, name, __ATOMIC_RELEASE);
		i = label_find(t, name, &place);
	}
	pl->pl_unlock(pl, &t->dt_lock);
	return i <= BUSDMA_LABEL_MAX ? i : 0;
}

static void
labels_free(bus_dma_tag_t t)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_labels *lb;

	while ((lb = t->dt_labels) != NULL) {
		t->dt_labels = lb->lb_next;
		pl->pl_free(pl, lb, sizeof(*lb));
	}
}

int
bus_dmamap_label(bus_dma_tag_t t, bus_dmamap_t map, const char *label)
{
	const struct busdma_platform *pl;
	struct busdma_labels *spare = NULL;
	unsigned i = 0;

	if (t == NULL || !busdma_own(t, map))
		return busdma_foreign("bus_dmamap_label", t, map);
	pl = t->dt_pl;
	if (label != NULL) {
		i = label_index(t, label, &spare);
		if (i == 0) {
			spare = pl->pl_alloc(pl, sizeof(*spare), 0);
			if (spare == NULL)
				return ENOMEM;
			memset(spare, 0, sizeof(*spare));
			spare->lb_free = labels_free;
			i = label_index(t, label, &spare);
			if (spare != NULL)
				pl->pl_free(pl, spare, sizeof(*spare));
			if (i == 0)
				return ENOMEM;
		}
	}
	map->_dm_loads = busdma_map_loads(map) |
			 (map->_dm_loads & BUSDMA_LOADS_PARTIAL) |
			 (uint64_t)i << BUSDMA_LABEL_SHIFT;
	return 0;
}

/* Looks at a map that another CPU may be loading: tests/support/tsan.supp. */
static unsigned
map_index(bus_dmamap_t map)
{
	return (unsigned)(map->_dm_loads >> BUSDMA_LABEL_SHIFT) &
	       BUSDMA_LABEL_MAX;
}

const char *
busdma_map_label(bus_dmamap_t map)
{
	const struct busdma_labels *lb;
	unsigned i = map_index(map);

	if (i-- == 0)
		return NULL;
	lb = __atomic_load_n(&map->_dm_tag->dt_labels, __ATOMIC_ACQUIRE);
	/* After 2^48 loads the index is another one, perhaps of no name. */
	for (; lb != NULL && i >= BUSDMA_NLABELS; i -= BUSDMA_NLABELS)
		lb = __atomic_load_n(&lb->lb_next, __ATOMIC_ACQUIRE);
	if (lb == NULL)
		return NULL;
	return __atomic_load_n(&lb->lb_name[i], __ATOMIC_ACQUIRE);
}
