/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a load share. */
#ifndef BUSDMA_MD_BOUNCE_PLACE_H
#define BUSDMA_MD_BOUNCE_PLACE_H

#include "bounce.h"

/* What a load needs slots for, and what limits where these are. */
struct bounce_load {
	struct bounce_tag *bl_bt;
	bus_dmamap_t bl_map;
	struct bounce_area *bl_ba;
	struct busdma_frags *bl_fs;
	int bl_flags;
};

static inline size_t
page_offset(const struct bounce_tag *bt, uint64_t addr)
{
	return addr & bt->bt_mask;
}

/* Whether the CPU can get at it at all, to copy. */
static inline bool
can_copy(const struct bounce_load *bl, unsigned i)
{
	return (bl->bl_fs->fs_memory[i].me_flags & BUSDMA_MEMORY_KVA) != 0 ||
	       bl->bl_bt->bt_tag.dt_pl->pl_window != NULL;
}

/* No slots: now, or ever. */
static inline int
bounce_error(enum slots_got got)
{
	return BUSDMA_WHY(
	    got == SLOTS_NEVER ? EFBIG : ENOMEM, BUS_DMA_WHY_RESOURCES);
}

/* decide.c */
/*
 * Whether the i-th fragment must be bounced, and why; in *lenp, for how many
 * bytes of its front that holds.
 */
bool busdma_bounce_must(const struct bounce_load *bl, unsigned i,
    bus_size_t *lenp, enum bus_dma_bounced *whyp);

/* take.c */
/*
 * Slots for the load: the map's own, if it has any that will do, or the
 * pool's; *ownp: which of the two.
 */
enum slots_got busdma_bounce_take(const struct bounce_load *bl, size_t pages,
    bus_size_t align, struct slot_run *sr, bool *ownp);
/*
 * The pages of a run become the load's.  With OVERWRITE nothing of the buffer
 * goes into them but what is PREWRITTEN; so nothing of another may be there,
 * in memory neither, where a POSTREAD of more than was PREREAD finds it.
 */
void busdma_bounce_taken(
    const struct bounce_load *bl, const struct slot_run *sr, bool isown);
/*
 * Slots of the map's own serve all of a load, or they are the pool's before it
 * begins: what it had left over of them would be missing there, and nobody
 * else's unload would bring it back.
 */
void busdma_bounce_spare(const struct bounce_load *bl);
/* What of the map's own slots the load does not need is the pool's. */
void busdma_bounce_trim(const struct bounce_load *bl);

/* place.c */
/* What stands in the buffer, and where it stands in the slots of `sr'. */
struct bounce_rec *busdma_bounce_record(const struct bounce_load *bl,
    const struct busdma_memory *me, bus_size_t offset, bus_size_t len,
    const struct slot_run *sr, size_t page, size_t in,
    enum bus_dma_bounced why);
/* The run's first `in' bytes left out, `len' bytes in its fragment's place. */
void busdma_bounce_replace(const struct bounce_load *bl, unsigned i,
    const struct slot_run *sr, size_t in, bus_size_t len);

/* join.c */
/* The whole load into one run; as it was it failed with fs_error. */
int busdma_bounce_join(const struct bounce_load *bl);

#endif /* BUSDMA_MD_BOUNCE_PLACE_H */
