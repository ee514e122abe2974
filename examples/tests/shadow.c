/* SPDX-License-Identifier: BSD-2-Clause */
/* The shadow layer: see shadow.h. */
#include "tests/shadow.h"

#include <stdlib.h>
#include <string.h>

#include <busdma/backend.h>

#include "tests/machine.h"

#define RUBBISH 0xa5

/* Of a byte. */
#define GIVEN_READ 0x1  /* the device may read it */
#define GIVEN_WRITE 0x2 /* the device may write it */
#define WAS_WRITE 0x4   /* it could, before it was taken back */

struct shadow_tag {
	struct bus_dma_tag ht_tag;
	struct shadow *ht_shadow;
};

/* What the copy stands for, in the CPU's eyes. */
struct shadow_part {
	bus_size_t hp_len;
	struct busdma_memory hp_memory;
};

/* The layer's area in a map. */
struct shadow_map {
	uint8_t *hm_copy;         /* what the device sees; kernel memory */
	bus_dma_segment_t hm_seg; /* where it came from dmamem */
	bool hm_dmamem;           /* it did */
	bool hm_uncached;         /* and is mapped as COHERENT */
	uint8_t *hm_seen;         /* as it was when it was taken back */
	uint8_t *hm_state;
	struct shadow_part *hm_origin;
	unsigned hm_norigin;
	bus_size_t hm_offset; /* in hm_copy, of the first byte */
	bus_size_t hm_len;
};

static struct shadow *
shadow_of(bus_dma_tag_t t)
{
	return ((struct shadow_tag *)(void *)t)->ht_shadow;
}

static void
complain(struct shadow *sh, const char *text)
{
	if (sh->sh_complaints++ == 0)
		sh->sh_first = text;
}

/* A device that takes one segment gets one that it reaches, as dmamem's. */
static bool
one_segment(bus_dma_tag_t t)
{
	return t->dt_limits.dl_nsegments == 1;
}

static void
copy_free(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct shadow_map *hm = busdma_map_area(t, map);

	if (hm->hm_copy == NULL)
		return;
	if (!hm->hm_dmamem) {
		busdma_sim_kfree(shadow_of(t)->sh_sim, hm->hm_copy);
	} else {
		bus_dmamem_unmap(
		    t->dt_lower, hm->hm_copy, (size_t)map->_dm_size);
		bus_dmamem_free(t->dt_lower, &hm->hm_seg, 1);
	}
	hm->hm_copy = NULL;
}

static void
copy_dmamem(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct shadow_map *hm = busdma_map_area(t, map);
	size_t size = (size_t)map->_dm_size;
	void *kva;
	int n;

	if (bus_dmamem_alloc(t->dt_lower, size, 0, t->dt_limits.dl_boundary,
		&hm->hm_seg, 1, &n, 0) != 0)
		return;
	if (bus_dmamem_map(t->dt_lower, &hm->hm_seg, 1, size, &kva, flags) == 0)
		hm->hm_copy = kva;
	else
		bus_dmamem_free(t->dt_lower, &hm->hm_seg, 1);
	hm->hm_dmamem = true;
	hm->hm_uncached = flags == BUS_DMA_COHERENT;
}

static void
copy_alloc(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct shadow_map *hm = busdma_map_area(t, map);

	if (one_segment(t))
		copy_dmamem(t, map, 0);
	/* What is not within reach is bounced, if a layer below does that. */
	if (hm->hm_copy == NULL && !hm->hm_dmamem)
		hm->hm_copy = busdma_sim_kmalloc_frag(shadow_of(t)->sh_sim,
		    (size_t)map->_dm_size + t->dt_pl->pl_pagesize,
		    BUSDMA_SIM_FRAG_NONE);
}

/*
 * What the driver mapped uncached, to share lines with the device, has a copy
 * that is.
 */
static int
copy_ring(bus_dma_tag_t t, bus_dmamap_t map, const struct busdma_frags *fs)
{
	struct shadow_map *hm = busdma_map_area(t, map);

	if (hm->hm_uncached || fs->fs_count == 0 ||
	    (fs->fs_memory[0].me_flags & BUSDMA_MEMORY_UNCACHED) == 0)
		return 0;
	copy_free(t, map);
	copy_dmamem(t, map, BUS_DMA_COHERENT);
	return hm->hm_copy != NULL ? 0 : ENOMEM;
}

static void
shadow_destroy(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct shadow_map *hm = busdma_map_area(t, map);

	copy_free(t, map);
	free(hm->hm_seen);
	free(hm->hm_state);
	free(hm->hm_origin);
}

static int
shadow_create(bus_dma_tag_t t, bus_dmamap_t map, int flags)
{
	struct shadow_map *hm = busdma_map_area(t, map);
	size_t size = (size_t)map->_dm_size;

	if ((flags & BUS_DMA_ALLOCNOW) != 0)
		shadow_of(t)->sh_allocnow++;
	copy_alloc(t, map);
	hm->hm_seen = malloc(size);
	hm->hm_state = malloc(size);
	if (hm->hm_copy != NULL && hm->hm_seen != NULL && hm->hm_state != NULL)
		return 0;
	shadow_destroy(t, map);
	return ENOMEM;
}

/*
 * Put the copy in the fragments' place.  The page offset is kept, but for a
 * device that takes one segment: that begins where it can be longest.
 */
static int
replace(bus_dma_tag_t t, struct shadow_map *hm, struct busdma_frags *fs)
{
	const struct busdma_platform *pl = t->dt_pl;
	uintptr_t va = (uintptr_t)hm->hm_copy + (uintptr_t)hm->hm_offset;
	bus_size_t left = hm->hm_len;

	for (fs->fs_count = 0; left > 0; fs->fs_count++) {
		struct busdma_frag *f = &fs->fs_frag[fs->fs_count];

		if (fs->fs_count == fs->fs_max)
			return EFBIG;
		if (pl->pl_extract(pl, NULL, va, left, f, 1) != 1)
			return EFAULT;
		fs->fs_memory[fs->fs_count] = (struct busdma_memory){
			.me_addr = f->bf_addr,
			.me_va = va,
			.me_flags =
			    BUSDMA_MEMORY_KVA | BUSDMA_MEMORY_OWNED |
			    (hm->hm_uncached ? BUSDMA_MEMORY_UNCACHED : 0u),
		};
		va += (uintptr_t)f->bf_len;
		left -= f->bf_len;
	}
	return 0;
}

static int
shadow_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct shadow_map *hm = busdma_map_area(t, map);
	struct shadow_part *origin;
	unsigned i;

	if ((flags & BUS_DMA_NOWAIT) != 0)
		shadow_of(t)->sh_nowait++;
	if (copy_ring(t, map, fs) != 0)
		return ENOMEM;
	origin = realloc(hm->hm_origin, fs->fs_count * sizeof(*origin));
	if (origin == NULL)
		return ENOMEM;
	hm->hm_origin = origin;
	hm->hm_norigin = fs->fs_count;
	hm->hm_offset = 0;
	if (fs->fs_count != 0 && !hm->hm_dmamem)
		hm->hm_offset =
		    fs->fs_frag[0].bf_addr & (t->dt_pl->pl_pagesize - 1);
	hm->hm_len = 0;
	for (i = 0; i < fs->fs_count; i++) {
		origin[i].hp_len = fs->fs_frag[i].bf_len;
		origin[i].hp_memory = fs->fs_memory[i];
		hm->hm_len += origin[i].hp_len;
	}
	memset(hm->hm_copy + hm->hm_offset, RUBBISH, (size_t)hm->hm_len);
	memset(hm->hm_state, 0, (size_t)hm->hm_len);
	return replace(t, hm, fs);
}

static void
shadow_unload(bus_dma_tag_t t, bus_dmamap_t map)
{
	struct shadow_map *hm = busdma_map_area(t, map);
	bus_size_t i;

	for (i = 0; i < hm->hm_len; i++) {
		if ((hm->hm_state[i] & (GIVEN_READ | GIVEN_WRITE)) != 0) {
			complain(shadow_of(t), "unloaded before taken back");
			break;
		}
	}
	hm->hm_len = 0;
}

/*
 * Copy `len' bytes of a part, from `skip' on, as the CPU does: at the address
 * where the kernel has them, or through the platform's windows.
 */
static void
copy_part(struct shadow *sh, const struct shadow_part *hp, bus_size_t skip,
    bus_size_t len, uint8_t *p, bool in)
{
	const struct busdma_memory *me = &hp->hp_memory;
	void *va;

	if ((me->me_flags & BUSDMA_MEMORY_KVA) != 0) {
		va = (void *)(me->me_va + (uintptr_t)skip);
		memcpy(in ? va : p, in ? p : va, (size_t)len);
	} else if (!test_memory(
		       sh->sh_sim, me->me_addr + skip, p, (size_t)len, in)) {
		complain(sh, "the origin is gone");
	}
}

/* Copy [offset, offset + len) of the map between `p' and the origin. */
static void
copy(struct shadow *sh, struct shadow_map *hm, bus_size_t offset,
    bus_size_t len, uint8_t *p, bool from_origin)
{
	const struct shadow_part *hp = hm->hm_origin;
	bus_size_t n;
	unsigned i;

	for (i = 0; i < hm->hm_norigin && len > 0; i++, hp++) {
		if (offset >= hp->hp_len) {
			offset -= hp->hp_len;
			continue;
		}
		n = hp->hp_len - offset;
		if (n > len)
			n = len;
		copy_part(sh, hp, offset, n, p, !from_origin);
		offset = 0;
		len -= n;
		p += n;
	}
	if (len != 0)
		complain(sh, "the origin is gone");
}

/* What the device did to a byte that was the CPU's. */
static void
check_untouched(struct shadow *sh, const struct shadow_map *hm, bus_size_t i)
{
	if (!sh->sh_torn && hm->hm_copy[hm->hm_offset + i] != hm->hm_seen[i])
		complain(sh, "written by the device after it was taken back");
}

static void
take(struct shadow *sh, struct shadow_map *hm, bus_size_t i, int ops)
{
	uint8_t *state = &hm->hm_state[i];

	if ((ops & BUS_DMASYNC_POSTWRITE) != 0) {
		if ((*state & GIVEN_READ) == 0)
			complain(sh, "POSTWRITE without PREWRITE");
		*state &= (uint8_t)~GIVEN_READ;
	}
	if ((ops & BUS_DMASYNC_POSTREAD) != 0) {
		if ((*state & WAS_WRITE) != 0)
			check_untouched(sh, hm, i);
		else if ((*state & GIVEN_WRITE) == 0)
			complain(sh, "POSTREAD without PREREAD");
		*state &= (uint8_t)~GIVEN_WRITE;
		*state |= WAS_WRITE;
		hm->hm_seen[i] = hm->hm_copy[hm->hm_offset + i];
	}
}

static void
give(struct shadow *sh, struct shadow_map *hm, bus_size_t i, int ops)
{
	uint8_t *state = &hm->hm_state[i];

	if ((*state & WAS_WRITE) != 0)
		check_untouched(sh, hm, i);
	if ((ops & BUS_DMASYNC_PREWRITE) != 0)
		*state |= GIVEN_READ;
	if ((ops & BUS_DMASYNC_PREREAD) != 0) {
		*state &= (uint8_t)~WAS_WRITE;
		*state |= GIVEN_WRITE;
	}
}

/*
 * What the CPU stored to bytes that it had given to the device and not taken
 * back.  A single word may be: the owner of something.
 */
static void
check_unchanged(
    struct shadow *sh, struct shadow_map *hm, bus_size_t offset, bus_size_t len)
{
	const uint8_t *was = hm->hm_copy + hm->hm_offset;
	uint8_t *now = malloc((size_t)len);
	bus_size_t i;

	if (now == NULL || len <= 4) {
		free(now);
		return;
	}
	copy(sh, hm, offset, len, now, true);
	for (i = 0; i < len; i++) {
		if ((hm->hm_state[offset + i] & GIVEN_READ) != 0 &&
		    was[offset + i] != now[i]) {
			complain(sh, "stored to before it was taken back");
			break;
		}
	}
	free(now);
}

/* One range, at one moment. */
static void
sync_range(struct shadow *sh, struct shadow_map *hm, bus_size_t offset,
    bus_size_t len, int ops)
{
	bool pre = (ops & (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)) != 0;
	uint8_t *p = hm->hm_copy + hm->hm_offset + offset;
	bus_size_t i;

	if ((ops & BUS_DMASYNC_PREWRITE) != 0)
		check_unchanged(sh, hm, offset, len);
	for (i = offset; i < offset + len; i++) {
		if (pre)
			give(sh, hm, i, ops);
		else
			take(sh, hm, i, ops);
	}
	if ((ops & BUS_DMASYNC_PREWRITE) != 0) {
		copy(sh, hm, offset, len, p, true);
		memcpy(hm->hm_seen + offset, p, (size_t)len);
	}
	if ((ops & BUS_DMASYNC_POSTREAD) != 0)
		copy(sh, hm, offset, len, p, false);
}

static void
shadow_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	struct shadow *sh = shadow_of(t);
	struct shadow_map *hm = busdma_map_area(t, map);
	bus_size_t half = 0;
	unsigned i;

	if (offset > hm->hm_len || len > hm->hm_len - offset) {
		complain(sh, "sync outside the load");
		return;
	}
	if (sh->sh_torn && len <= 64 && (ops & BUS_DMASYNC_POSTREAD) != 0) {
		half = len / 2;
		sync_range(sh, hm, offset, half, ops);
		for (i = 0; i < 8; i++)
			(*t->dt_barrier)(t->dt_pl, ops);
	}
	sync_range(sh, hm, offset + half, len - half, ops);
}

static int
shadow_narrow(bus_dma_tag_t t, bus_dma_tag_t lower,
    const struct bus_dma_limits *lim, bus_dma_tag_t *newtag, int flags)
{
	struct busdma_tag_config tc = {
		.tc_ops = t->dt_ops,
		.tc_lower = lower,
		.tc_origin = t,
		.tc_limits = lim,
		.tc_size = sizeof(struct shadow_tag),
		.tc_area = sizeof(struct shadow_map),
		.tc_memory = true,
		.tc_flags = flags,
	};
	int error;

	error = busdma_tag_create(&tc, newtag);
	if (error != 0)
		return error;
	busdma_tag_noshortcut(*newtag);
	((struct shadow_tag *)(void *)*newtag)->ht_shadow = shadow_of(t);
	return 0;
}

static const struct busdma_backend_ops shadow_ops = {
	.bo_size = sizeof(struct busdma_backend_ops),
	.bo_name = "shadow",
	.bo_stack = &busdma_stack,
	.bo_narrow = shadow_narrow,
	.bo_create = shadow_create,
	.bo_destroy = shadow_destroy,
	.bo_load = shadow_load,
	.bo_unload = shadow_unload,
	.bo_sync = shadow_sync,
};

int
shadow_tag(struct shadow *sh, struct busdma_sim *sim, bus_dma_tag_t lower,
    bool torn, bus_dma_tag_t *newtag)
{
	struct busdma_tag_config tc = {
		.tc_ops = &shadow_ops,
		.tc_lower = lower,
		.tc_size = sizeof(struct shadow_tag),
		.tc_area = sizeof(struct shadow_map),
		.tc_memory = true,
	};
	int error;

	*sh = (struct shadow){ .sh_sim = sim, .sh_torn = torn };
	error = busdma_tag_create(&tc, newtag);
	if (error != 0)
		return error;
	busdma_tag_noshortcut(*newtag);
	((struct shadow_tag *)(void *)*newtag)->ht_shadow = sh;
	return 0;
}
