/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the program "edu" share. */
#ifndef QEMU_EDU_RIG_H
#define QEMU_EDU_RIG_H

#include <busdma/bounce.h>

#include "buffer.h"
#include "counted.h"
#include "edu/edu.h"

#define MAX_EDUS 4

/* A device, and the addresses that it reaches. */
struct edu_unit {
	struct env_device *un_dev;
	unsigned un_bits;
};

extern struct edu_unit edu_units[MAX_EDUS];
extern unsigned edu_nunits;

enum edu_place { LOW, MIDDLE, HIGH, NPLACES };
/* Below 256 MiB, up to 4 GiB, above. */
extern const struct buffer_zone edu_zones[NPLACES];

/* The highest address that so many bits can say. */
paddr_t edu_high(unsigned bits);

/* The counted one. */
extern struct busdma_platform edu_platform;

/* A bus: all memory directly; with a layer on top that bounces, or not. */
struct edu_bus {
	bus_dma_tag_t eb_direct;
	bus_dma_tag_t eb_tag; /* for drivers */
	bool eb_bounces;
};

/* `db' NULL: nothing bounces. */
void edu_bus_make(struct edu_bus *eb, const struct bus_dma_bounce *db);
void edu_bus_end(struct edu_bus *eb);

/* Attach, which must work. */
void edu_begin(struct edu_softc *sc, const struct edu_unit *un,
    const struct edu_bus *eb, bool polled);
void edu_end(struct edu_softc *sc);

/* A job from one buffer to another, of all their bytes; and do it. */
void edu_job(struct edu_job *jb, enum edu_kind kind, struct buffer *src,
    struct buffer *dst, int flags);
int edu_run(struct edu_softc *sc, enum edu_kind kind, struct buffer *src,
    struct buffer *dst, int flags);

/* What a job did to the figures of the layer that bounces. */
struct edu_delta {
	struct bus_dma_bounce_stats de_before;
	struct bus_dma_bounce_stats de_after;
};
void edu_delta_begin(struct edu_softc *sc, struct edu_delta *de);
/*
 * Whether it did what the physical addresses of the buffers say, for a device
 * that reaches `high', and nothing else: bytes, runs, loads and copies.
 */
bool edu_delta_is(struct edu_softc *sc, struct edu_delta *de,
    const struct buffer *src, const struct buffer *dst, paddr_t high);

/* The cases. */
void edu_cases_reach(void);
void edu_cases_random(void);
void edu_cases_pool(void);
void edu_cases_bad(void);

#endif /* QEMU_EDU_RIG_H */
