/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of calls, and a model that knows what each may say.
 *
 * The model covers: which calls are illegal, and the reports that follow
 * (each exactly so often); who holds a tag; which maps are loaded, with what,
 * and what their segments must be, byte for byte; which memory and which
 * blocks are handed out; caps.  It does not say when a load has too many
 * segments, nor when memory is short: that the oracles do.
 *
 * What a driver must not do and nobody can see is not done: a map or a tag is
 * not used when it is gone, and memory not freed that another tag has loaded.
 */
#ifndef TESTS_FUZZ_CALLS_H
#define TESTS_FUZZ_CALLS_H

#include <busdma/bus_dma_stats.h>
#include <busdma/bus_dmapool.h>

#include "machine.h"
#include "rnd.h"

#define NTAGS 5
#define NMAPS 4
#define NMEMS 3
#define MEMSEGS 8
#define NPOOLS 2
#define NBLOCKS 4
#define TOP UINT64_MAX
#define NITEMS(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

struct tag {
	bus_dma_tag_t ta_tag; /* NULL: there is none */
	bool ta_dying;
	unsigned ta_refs; /* its maker, maps, pools and the tags made from it */
	struct tag *ta_parent;
	struct bus_dma_limits ta_lim;
};

struct map {
	bus_dmamap_t mp_map; /* NULL: there is none */
	struct tag *mp_tag;
	bus_size_t mp_size, mp_maxsegsz, mp_boundary;
	int mp_nsegs;
	bus_size_t mp_loaded; /* bytes */
	bool mp_empty;        /* the last load was of none */
};

struct mem {
	struct tag *me_tag; /* NULL: it is not allocated */
	bus_dma_segment_t me_segs[MEMSEGS];
	int me_nsegs;
	bus_size_t me_size;
	void *me_kva; /* NULL: not mapped */
	size_t me_mapped;
};

struct block {
	struct bus_dmapool_block *bl_pb; /* NULL: there never was one */
	bool bl_used;
	uint8_t bl_salt;
};

struct pool {
	bus_dmapool_t po_pool; /* NULL: there is none */
	struct tag *po_tag;
	bus_size_t po_size, po_align, po_boundary;
	struct block po_block[NBLOCKS];
};

struct fuzz {
	struct rnd fz_rnd;
	struct machine fz_machine;
	struct tag fz_tag[NTAGS];
	struct map fz_map[NMAPS];
	struct mem fz_mem[NMEMS];
	struct pool fz_pool[NPOOLS];
	bool fz_armed;                     /* a hook may fail in this call */
	unsigned fz_want[MACHINE_NCODES];  /* reports that must come of it */
	unsigned fz_maybe[MACHINE_NCODES]; /* that may come besides */
	const char *fz_call;
};

#define WANT(fz, code) ((fz)->fz_want[BUSDMA_REPORT_##code]++)
#define MAYBE(fz, code) ((fz)->fz_maybe[BUSDMA_REPORT_##code]++)

/* What must hold does, or the program ends. */
#define CHECK(fz, cond) ((cond) ? (void)0 : wrong((fz), #cond, __LINE__))
_Noreturn void wrong(const struct fuzz *fz, const char *what, int line);

/* One of a list. */
#define PICK(fz, list) ((list)[rnd_below(&(fz)->fz_rnd, NITEMS(list))])

/* Right before and right after the call that is tested. */
void call_begin(struct fuzz *fz, const char *name);
void call_end(struct fuzz *fz);

/* Mostly one that there is. */
struct tag *some_tag(struct fuzz *fz);
struct map *some_map(struct fuzz *fz);
/*
 * Of `n' slots, one that is in use, or is not: a chosen one if it is so, else
 * the next; any where none is.  used(fz, i) says it.
 */
unsigned some_slot(struct fuzz *fz, unsigned n,
    bool (*used)(const struct fuzz *fz, unsigned i), bool want);
/* Mostly that tag; else any, or NULL. */
bus_dma_tag_t mostly(struct fuzz *fz, const struct tag *tg);

/* Before a reference goes: what would be left without a tag.  And after it. */
void tag_losing(struct fuzz *fz, struct tag *tg);
void tag_lost(struct tag *tg);
bool tag_within(const struct tag *tg, const struct tag *of);
/* A byte that the tag reaches, and where it sees it. */
bool tag_reaches(
    const struct fuzz *fz, const struct tag *tg, paddr_t pa, bus_addr_t *bus);
/* [first, last] on the bus is in no forbidden place. */
bool legal_run(const struct tag *tg, bus_size_t boundary, bus_addr_t first,
    bus_size_t len);

void map_unload(struct fuzz *fz, struct map *mp);
/* It holds some of that memory. */
bool map_holds(
    const struct fuzz *fz, const struct map *mp, const struct mem *me);

void op_subregion(struct fuzz *fz);
void op_restrict(struct fuzz *fz);
void op_tag_destroy(struct fuzz *fz);
void op_stats(struct fuzz *fz);

void op_create(struct fuzz *fz);
void op_load(struct fuzz *fz);
void op_sync(struct fuzz *fz);
void op_unload(struct fuzz *fz);
void op_destroy(struct fuzz *fz);
void op_label(struct fuzz *fz);
void sync_reports(struct fuzz *fz, bus_size_t size, bus_size_t offset,
    bus_size_t len, int ops);
int some_ops(struct fuzz *fz);
bus_size_t some_size(struct fuzz *fz);

void op_mem_alloc(struct fuzz *fz);
void op_mem_free(struct fuzz *fz);
void op_mem_map(struct fuzz *fz);
void op_mem_unmap(struct fuzz *fz);
void op_mem_mmap(struct fuzz *fz);
void mem_drop(struct fuzz *fz, struct mem *me);

void op_pool_create(struct fuzz *fz);
void op_pool_alloc(struct fuzz *fz);
void op_pool_free(struct fuzz *fz);
void op_pool_sync(struct fuzz *fz);
void op_pool_destroy(struct fuzz *fz);

#endif /* TESTS_FUZZ_CALLS_H */
