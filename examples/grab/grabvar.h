/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame grabber's driver, inside: what grab.c and grabmem.c share.
 */
#ifndef EXAMPLES_GRAB_GRABVAR_H
#define EXAMPLES_GRAB_GRABVAR_H

#include "grab/grab.h"

/*
 * The structures in memory are little-endian and may be reached only byte by
 * byte for all that the driver knows; compilers make single accesses of these
 * where the machine has them.
 */
static inline void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static inline void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static inline uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static inline uint64_t
get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/*
 * Shared memory: allocated, mapped into the kernel, and loaded, in one
 * segment.  `dir' says who writes: BUS_DMA_WRITE if only the CPU does, 0 if
 * both do.  `label' is the map's name.
 */
int grab_mem_alloc(bus_dma_tag_t t, bus_size_t size, int dir, const char *label,
    struct grab_mem *mm);
/* The grabber must have stopped. */
void grab_mem_free(bus_dma_tag_t t, struct grab_mem *mm);

static inline bus_addr_t
grab_mem_address(const struct grab_mem *mm)
{
	return mm->mm_map->dm_segs[0].ds_addr;
}

/* Memory of sc_framesize bytes and its table; the buffer is the user's. */
int grab_buffer_create(struct grab_softc *sc, struct grab_buffer *gb);
/* The grabber must have stopped.  The buffer's state doesn't matter. */
void grab_buffer_destroy(struct grab_softc *sc, struct grab_buffer *gb);

/* Give the frame's memory to the grabber. */
void grab_frame_give(struct grab_softc *sc, struct grab_buffer *gb);
/* Take it back, whether there is a frame in it or not. */
void grab_frame_take(struct grab_softc *sc, struct grab_buffer *gb);

#endif /* EXAMPLES_GRAB_GRABVAR_H */
