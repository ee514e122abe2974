/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of bouncing share.  Private to src/md/bounce. */
#ifndef BUSDMA_MD_BOUNCE_H
#define BUSDMA_MD_BOUNCE_H

#include <busdma/backend.h>
#include <busdma/bounce.h>

/* A run of physical memory that is cut into slots, a page each. */
struct slot_chunk {
	struct slot_chunk *ch_next;
	bus_dma_segment_t ch_seg; /* physical */
	char *ch_kva;
	bus_addr_t ch_bus; /* as devices see it, where that is fixed */
	struct busdma_range *ch_range; /* under sl_lock */
	size_t ch_bytes;               /* of this allocation */
	size_t ch_kept; /* pages that are maps' own; under sl_lock */
	bool ch_ours;   /* from bus_dmamem_alloc */
};

/* The slots of a tag. */
struct slots {
	busdma_lock_t sl_lock;
	/* Chunks are added at the front, and stay until the tag goes. */
	struct slot_chunk *sl_chunks; /* under sl_lock */
	size_t sl_pages;              /* in chunks; under sl_lock */
	size_t sl_coming;             /* in chunks being made; under sl_lock */
	size_t sl_free;               /* under sl_lock */
	size_t sl_wanted;             /* in a row, by a load; under sl_lock */
	size_t sl_most;               /* constant */
};

/* Slots in a row. */
struct slot_run {
	struct slot_chunk *sr_chunk; /* NULL: none */
	size_t sr_first;
	size_t sr_count;
};

/* Where slots may stand. */
struct slot_place {
	bus_size_t sp_align;    /* of the bus address, a power of two */
	bus_size_t sp_boundary; /* not crossed: a power of two; 0: none */
};

struct bounce_tag {
	struct bus_dma_tag bt_tag;
	struct slots bt_slots;
	struct bus_dma_bounce bt_config; /* db_memory: none */
	bool bt_named;                   /* it had db_memory */
	unsigned bt_shift;               /* of the page */
};

/* Something of a load that goes through slots. */
struct bounce_rec {
	bus_size_t re_offset; /* in the map */
	bus_size_t re_len;
	paddr_t re_origin; /* physical, for the CPU */
	uintptr_t re_va;   /* with re_kva: where the kernel reaches it */
	char *re_slot;     /* where the kernel reaches the slot's first byte */
	paddr_t re_where;  /* and where that is */
	size_t re_page;   /* of the load's slot pages, that of the first byte */
	size_t re_inpage; /* and the byte's offset in that */
	struct slot_run re_run; /* to give back; or none */
	bool re_kva;
	/* Of the i-th record: the i-th slot page has what devices may see. */
	bool re_filled;
};

/* The layer's area in a map. */
struct bounce_area {
	struct bounce_rec *ba_recs;
	unsigned ba_nrecs;
	size_t ba_pages;        /* slot pages of the load */
	busdma_lock_t ba_lock;  /* held while a page is filled */
	struct slot_run ba_own; /* ALLOCNOW: the map's own; else none */
	size_t ba_used;         /* of these, by the load */
	bool ba_scarce;         /* the last load in pieces found no slots */
};

static inline struct bounce_tag *
bounce_of(bus_dma_tag_t t)
{
	return (struct bounce_tag *)(void *)t;
}

/* Not more than there can be addresses for. */
static inline size_t
bounce_pages(const struct bounce_tag *bt, bus_size_t bytes)
{
	const bus_size_t most = SIZE_MAX >> bt->bt_shift;
	bus_size_t pages = bytes >> bt->bt_shift;

	if ((bytes & (((bus_size_t)1 << bt->bt_shift) - 1)) != 0)
		pages++;
	return (size_t)(pages < most ? pages : most);
}

/* slots.c */
/* Slots for `pages' pages, more than there are; may wait.  ENOMEM. */
int busdma_slots_grow(struct bounce_tag *bt, size_t pages, int flags);
/*
 * That there are so many in a row, and as many as it was ever asked for, beside
 * those that maps keep, if they can be had.
 */
void busdma_slots_ensure(struct bounce_tag *bt, size_t pages, int flags);
/* Memory of the integrator's.  EINVAL, ENOMEM. */
int busdma_slots_add(
    struct bounce_tag *bt, const bus_dma_segment_t *seg, int flags);
/* `pages' in a row; false: there are none.  Any context. */
bool busdma_slots_take(struct bounce_tag *bt, size_t pages,
    const struct slot_place *sp, struct slot_run *sr);
/* What was taken is a map's own; or no longer. */
void busdma_slots_keep(
    struct bounce_tag *bt, const struct slot_run *sr, bool keep);
void busdma_slots_give(struct bounce_tag *bt, struct slot_run *sr);
void busdma_slots_free(struct bounce_tag *bt);

/* copy.c */
void busdma_bounce_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops);

#endif /* BUSDMA_MD_BOUNCE_H */
