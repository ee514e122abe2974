/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the conformance suite share: checks, things that are
 * given back when a case ends, and the slow reference for segments.
 */
#ifndef SUITE_H
#define SUITE_H

#include <busdma/conformance.h>

#include <string.h>

#include <busdma/bus_dmapool.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#define CONF_NMAPS 16
#define CONF_NTAGS 16
#define CONF_NMEMS 12
#define CONF_NDMAMEMS 8
#define CONF_NPOOLS 4
#define CONF_NBLOCKS 32
#define CONF_NSEGS 96
#define CONF_NFRAGS 96

struct conf_dmamem {
	bus_dma_tag_t cd_tag; /* NULL: free slot */
	bus_dma_segment_t cd_segs[16];
	int cd_rsegs;
	void *cd_kva; /* NULL: not mapped */
	size_t cd_ksize;
};

struct conf_kmem {
	void *ck_p; /* NULL: free slot */
	size_t ck_size;
	enum conf_mem ck_kind;
	bool ck_user;
};

/* A running case. */
struct conf {
	const struct conf_env *cf_env;
	struct conf_outcome *cf_out;
	bus_dma_tag_t cf_tag; /* cf_env->ce_tag */
	bus_size_t cf_page;

	/* Given back in this order when the case ends. */
	struct {
		bus_dmapool_t cb_pool; /* NULL: free slot */
		struct bus_dmapool_block *cb_block;
	} cf_blocks[CONF_NBLOCKS + 1];
	bus_dmapool_t cf_pools[CONF_NPOOLS];
	struct {
		bus_dma_tag_t cm_tag;
		bus_dmamap_t cm_map;
	} cf_maps[CONF_NMAPS];
	struct conf_dmamem cf_dmamems[CONF_NDMAMEMS];
	bus_dma_tag_t cf_tags[CONF_NTAGS];
	struct conf_kmem cf_mems[CONF_NMEMS];

	/* Scratch. */
	struct busdma_frag cf_frags[CONF_NFRAGS];
	unsigned cf_nfrags;
	bus_dma_segment_t cf_want[CONF_NSEGS];
	uint8_t cf_bytes[2][4096];
};

struct conf_case {
	const char *cc_name;
	void (*cc_run)(struct conf *c);
};

/* One case, with all that conf_run checks around it. */
enum conf_verdict conf_run_case(const struct conf_case *cc,
    const struct conf_env *env, struct conf_outcome *out);

/* Ends with a NULL name. */
extern const struct conf_case conf_bad_cases[];
extern const struct conf_case conf_bounce_cases[];
extern const struct conf_case conf_cache_cases[];
extern const struct conf_case conf_data_cases[];
extern const struct conf_case conf_fail_cases[];
extern const struct conf_case conf_fault_cases[];
extern const struct conf_case conf_load_cases[];
extern const struct conf_case conf_mem_cases[];
extern const struct conf_case conf_partial_cases[];
extern const struct conf_case conf_port_cases[];
extern const struct conf_case conf_pool_cases[];
extern const struct conf_case conf_restrict_cases[];
extern const struct conf_case conf_seg_cases[];
extern const struct conf_case conf_stats_cases[];
extern const struct conf_case conf_sync_cases[];
extern const struct conf_case conf_tag_cases[];
extern const struct conf_case conf_user_cases[];
extern const struct conf_case conf_why_cases[];

/* Checks.  In a case function, with its `struct conf *c': end it on failure. */
#define EQ(got, want)                                                      \
	do {                                                               \
		if (!conf_eq(c, __FILE__, __LINE__, #got, (uint64_t)(got), \
			(uint64_t)(want)))                                 \
			return;                                            \
	} while (0)
#define TRUE(cond)                                                    \
	do {                                                          \
		if (!conf_true(c, __FILE__, __LINE__, #cond, (cond))) \
			return;                                       \
	} while (0)
/* One report came, with this code. */
#define REPORTED(code)                                                    \
	do {                                                              \
		if (!conf_reported(c, __FILE__, __LINE__, #code, (code))) \
			return;                                           \
	} while (0)
#define QUIET()                                         \
	do {                                            \
		if (!conf_quiet(c, __FILE__, __LINE__)) \
			return;                         \
	} while (0)
/* An expression that has recorded its failure when it is false or NULL. */
#define OK(expr)                \
	do {                    \
		if (!(expr))    \
			return; \
	} while (0)
#define SKIP(why)                    \
	do {                         \
		conf_skip(c, (why)); \
		return;              \
	} while (0)
/* The map is as if it had never been loaded; and then is: see conf_again. */
#define INVALID(map)                      \
	do {                              \
		EQ((map)->dm_mapsize, 0); \
		EQ((map)->dm_nsegs, 0);   \
		conf_again(map);          \
	} while (0)

bool conf_eq(struct conf *c, const char *file, unsigned line, const char *what,
    uint64_t got, uint64_t want);
bool conf_true(struct conf *c, const char *file, unsigned line,
    const char *what, bool cond);
bool conf_reported(struct conf *c, const char *file, unsigned line,
    const char *what, enum busdma_report_code code);
bool conf_quiet(struct conf *c, const char *file, unsigned line);
void conf_skip(struct conf *c, const char *why);

/* Things: NULL (or false) after a failure or a skip, which is recorded. */
bus_dmamap_t conf_map(struct conf *c, bus_dma_tag_t t, bus_size_t size,
    int nsegs, bus_size_t maxsegsz, bus_size_t boundary);
bus_dma_tag_t conf_subregion(
    struct conf *c, bus_dma_tag_t t, bus_addr_t low, bus_addr_t high);
bus_dma_tag_t conf_restrict(
    struct conf *c, bus_dma_tag_t t, const struct bus_dma_limits *lim);
void *conf_mem(struct conf *c, enum conf_mem kind, size_t size);
void *conf_umem(struct conf *c, size_t size);
struct conf_dmamem *conf_dmamem(struct conf *c, bus_dma_tag_t t,
    bus_size_t size, bus_size_t align, bus_size_t boundary, int nsegs);
bool conf_kva(struct conf *c, struct conf_dmamem *d, size_t size, int flags);
bus_dmapool_t conf_pool(struct conf *c, bus_dma_tag_t t, bus_size_t size,
    bus_size_t align, bus_size_t boundary, unsigned nready);
/* A block, without waiting, or with it. */
struct bus_dmapool_block *conf_block(struct conf *c, bus_dmapool_t pool);
struct bus_dmapool_block *conf_block_wait(struct conf *c, bus_dmapool_t pool);

/*
 * Forget that the last load of a map failed: the next one may then go every
 * way that the first one may.  (A map that is not loaded; dm_maxsegsz stays.)
 */
void conf_again(bus_dmamap_t map);

/* Given back before the case ends. */
void conf_unmap(struct conf *c, bus_dmamap_t map);
void conf_untag(struct conf *c, bus_dma_tag_t t);
void conf_undmamem(struct conf *c, struct conf_dmamem *d);
void conf_unblock(struct conf *c, struct bus_dmapool_block *pb);
/* With its blocks. */
void conf_unpool(struct conf *c, bus_dmapool_t pool);
void conf_cleanup(struct conf *c);

/*
 * The reference.  cf_frags holds what a load should yield as physical runs;
 * conf_expect says whether `map' holds the right segments for it.
 */
struct conf_limits {
	bus_size_t cl_maxsegsz; /* 0: none */
	bus_size_t cl_boundary; /* 0: none */
	bus_size_t cl_align;    /* 0: none */
	bus_addr_t cl_low;
	bus_addr_t cl_high; /* 0: none */
};
#define CONF_NOREACH (-1) /* conf_build: a byte that is out of reach */
#define CONF_TOOMANY (-2) /* more than CONF_NSEGS segments */

void conf_nofrags(struct conf *c);
void conf_frag(struct conf *c, paddr_t pa, bus_size_t len);
/* Translate kernel or user memory, a page at a time; false: it does not. */
bool conf_frag_va(
    struct conf *c, busdma_space_t as, const void *va, size_t len);
int conf_build(struct conf *c, const struct conf_limits *cl);
bool conf_expect_at(struct conf *c, const char *file, unsigned line,
    bus_dmamap_t map, const struct conf_limits *cl);
#define EXPECT(map, cl) OK(conf_expect_at(c, __FILE__, __LINE__, (map), (cl)))

/*
 * Data both ways through a loaded map of `len' bytes of kernel memory at `buf',
 * with the syncs of all of it; nothing without ce_dev_read and ce_dev_write.
 */
bool conf_through_at(struct conf *c, const char *file, unsigned line,
    bus_dma_tag_t t, bus_dmamap_t map, void *buf, size_t len);
#define THROUGH(t, map, buf, len) \
	OK(conf_through_at(c, __FILE__, __LINE__, (t), (map), (buf), (len)))

/*
 * A load of `len' bytes of kernel memory at `buf', of what can't be loaded as
 * it is, has returned `error': `asis'; where ce_bounces it has succeeded, its
 * segments are within `cl' and data get through; or else there is no other
 * memory to be had.  The map is unloaded.
 */
bool conf_bounced_at(struct conf *c, const char *file, unsigned line,
    bus_dma_tag_t t, bus_dmamap_t map, int error, int asis, void *buf,
    size_t len, const struct conf_limits *cl);
#define BOUNCED(t, map, error, asis, buf, len, cl)                             \
	OK(conf_bounced_at(c, __FILE__, __LINE__, (t), (map), (error), (asis), \
	    (buf), (len), (cl)))
/* Flags of a load that is not to go through other memory. */
int conf_asis(struct conf *c);

/* The address at which the device sees `pa'; false: it does not. */
bool conf_bus(struct conf *c, paddr_t pa, bus_addr_t *busp);
/* The last byte of a window. */
paddr_t conf_window_last(const struct bus_dma_window *w);
/* Physical address of a byte of kernel memory. */
paddr_t conf_pa(struct conf *c, const void *va);
busdma_space_t conf_space(struct conf *c);

/* Data through the segments of a map, from byte `off' of the mapping. */
int conf_dev(struct conf *c, bus_dmamap_t map, bus_size_t off, void *buf,
    size_t len, bool write);
void conf_pattern(void *buf, size_t len, unsigned seed);

/* A small random number below `n', repeatable. */
uint32_t conf_random(uint32_t *state, uint32_t n);

/* A chain of the suite's own. */
struct conf_chain {
	const struct busdma_part *ca_parts;
	size_t ca_nparts;
	bus_size_t ca_total; /* what it says */
	busdma_space_t ca_space;
	int ca_error; /* of ch_open */
};
extern const struct busdma_chain_ops conf_chain_ops;

#endif /* SUITE_H */
