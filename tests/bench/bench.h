/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busdma-bench: what its parts share.
 *
 * An operation is measured beside its floor, the least code that could do the
 * same work, in the same run.  Nothing but the operation stands in a measured
 * loop.  What the library calls (port.c) and what the floors call stand in
 * translation units of their own and are reached through pointers.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <busdma/bus_dma.h>
#include <busdma/bus_dmapool.h>
#include <busdma/platform.h>

#define BENCH_PAGE 4096u
#define BENCH_LINE 64u
#define BENCH_NPAGES 256u
#define BENCH_NPARTS 8u
/* Blocks of the largest pool. */
#define BENCH_NBLOCKS 8192u
/* What the bench's window adds to a physical address. */
#define BENCH_BUSOFF UINT64_C(0x100000000)

/* Memory as the port sees it: one range of addresses, and its translation. */
struct port {
	uintptr_t po_base; /* first address */
	size_t po_size;    /* bytes, a multiple of the page */
	/* The page-array hook's: an entry a page, bit 0 says that it is. */
	const uint64_t *po_pte;
	/* The linear hook's: physical less virtual address. */
	paddr_t po_offset;
	/* The floors': a page's physical address; ~0: none. */
	paddr_t (*po_translate)(const struct port *po, uintptr_t va);
	size_t po_asked;     /* bytes of the latest pl_alloc */
	uint64_t po_lines;   /* that the cache operations worked on */
	unsigned po_nfaults; /* calls of pl_report */
};

unsigned port_pages(const struct busdma_platform *pl, busdma_space_t as,
    uintptr_t va, bus_size_t len, struct busdma_frag *frags, unsigned n);
unsigned port_linear(const struct busdma_platform *pl, busdma_space_t as,
    uintptr_t va, bus_size_t len, struct busdma_frag *frags, unsigned n);
void port_lock(const struct busdma_platform *pl, busdma_lock_t *lk);
void port_unlock(const struct busdma_platform *pl, busdma_lock_t *lk);
void *port_alloc(const struct busdma_platform *pl, size_t size, int flags);
void port_free(const struct busdma_platform *pl, void *p, size_t size);
void port_report(
    const struct busdma_platform *pl, const struct busdma_report *rp);
/* Count the lines, one by one. */
void port_cache(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len);
paddr_t port_page(const struct port *po, uintptr_t va);
paddr_t port_page_linear(const struct port *po, uintptr_t va);

/* Both kinds of machine, made once. */
struct machine {
	struct port ma_port;
	struct busdma_platform ma_pl;
	bus_dma_tag_t ma_tag; /* direct, a root tag */
};

/* The bench's memory and both machines over it.  False: none. */
bool machine_init(void);
void machine_done(void);
struct machine *machine_pages(void);
struct machine *machine_linear(void);
/* Scattered pages, and caches that devices don't see. */
struct machine *machine_caches(void);
/* Identity, with DMA memory. */
struct machine *machine_arena(void);
/* Identity; devices reach slots of their own, and not the bench's memory. */
struct machine *machine_reach(void);
struct machine *machine_bounce(void);

/* One case, set up. */
struct fixture {
	struct machine *fx_machine;
	bus_dma_tag_t fx_tag;
	bus_dmamap_t fx_map;
	void *fx_buf;
	bus_size_t fx_len;
	int fx_nsegs; /* what create is asked for */
	int fx_ops;
	int fx_flags;
	bus_dmapool_t fx_pool;
	struct mbuf *fx_mbuf;
	struct uio *fx_uio;
	/* The floor's: the same buffers, and its segments. */
	struct busdma_part fx_part[BENCH_NPARTS];
	unsigned fx_nparts;
	size_t fx_mapbytes;
	bus_dma_segment_t fx_segs[BENCH_NPAGES];
	/* The hooks' own. */
	struct busdma_frag fx_frags[BENCH_NPAGES];
	busdma_lock_t fx_lock;
};

/* Do it `n' times; not 0 where one of them failed. */
typedef int (*bench_fn)(struct fixture *fx, unsigned long n);

enum goal {
	GOAL_NONE,
	GOAL_INSTRUCTIONS, /* at most so many an operation */
	GOAL_FLOORS,       /* at most so many floors, in instructions */
	GOAL_MORE,         /* at most so many instructions over the floor */
	GOAL_TIME,         /* at most so many floors, in time */
};

struct bench_case {
	const char *bc_name;
	bool (*bc_setup)(struct fixture *fx, const struct bench_case *bc);
	/* The floor leaves what the operation left; NULL: not compared. */
	bool (*bc_check)(struct fixture *fx);
	bench_fn bc_run;
	bench_fn bc_floor_run; /* NULL: none */
	const char *bc_floor;  /* in words */
	enum goal bc_goal;
	double bc_target;
	unsigned bc_netbsd; /* instructions in the peers' code; 0: unknown */
	unsigned bc_freebsd;
	bus_size_t bc_size; /* of the buffer */
	int bc_arg;         /* segments, or sync operations */
	struct machine *(*bc_machine)(void);
};

extern const struct bench_case bench_cases[];
extern const size_t bench_ncases;

/* Set a case up, with one operation and one floor done and compared. */
bool fixture_open(struct fixture *fx, const struct bench_case *bc);
void fixture_close(struct fixture *fx);
/* Bytes that a map of `nsegs' segments takes; 0: it can't be made. */
size_t map_bytes(int nsegs);

int floor_load(struct fixture *fx, unsigned long n);
int floor_copies(struct fixture *fx, unsigned long n);
int floor_cache(struct fixture *fx, unsigned long n);
int floor_fence(struct fixture *fx, unsigned long n);
int floor_calloc(struct fixture *fx, unsigned long n);
int floor_malloc(struct fixture *fx, unsigned long n);

/* Two threads against one, and the control, in nanoseconds an operation. */
struct threads_result {
	double tr_one;
	double tr_two; /* wall time: both threads do one */
	double tr_control_one, tr_control_two;
	double tr_control; /* what the control reaches of twice one */
	double tr_value;   /* what the work reaches, divided by that */
};
enum threads_job { THREADS_LOAD, THREADS_SYNC, THREADS_BOUNCE };
/* False: fewer than two CPUs, or a thread or a map could not be made. */
bool threads_measure(
    enum threads_job job, bool quick, struct threads_result *tr);

/* There are two CPUs. */
bool threads_possible(void);

uint64_t bench_clock(void);

/* One line of output.  A number below 0 is not known. */
struct line {
	const char *ln_name;
	double ln_ns;
	const char *ln_floor; /* NULL: none */
	double ln_floor_ns;
	double ln_instructions;
	double ln_floor_instructions;
	double ln_value; /* what is held against the target */
	const char *ln_unit;
	double ln_target;
	bool ln_atleast; /* the target is a lower bound */
	unsigned ln_netbsd, ln_freebsd;
};

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

void print_head(enum format format);
void print_line(const struct line *ln, enum format format);

/* The counts that tools/bench.sh took, by name and kind; below 0: none. */
bool counts_read(const char *path);
double counts_get(const char *name, const char *kind);

#endif /* BENCH_H */
