/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs: what their parts share.
 *
 * A program is a seed.  It draws its calls from it and from what it has done
 * so far, never from what the machine answers; so the same seed makes the same
 * calls, with the same bytes, on every machine.  It does only what a right
 * driver may (bus_dma(9), Syncing), and says before each step what must be
 * seen: by the CPU, by the device, and in the segments.
 *
 * A machine may refuse a load, where the slow and obvious code (expect.c) says
 * that it may.  The program then goes on as a driver without DMA would: what
 * the device does is done by the CPU, so that the bytes stay comparable.
 *
 * Where loads may go through slots, what these hold is a part of what is known
 * (slots.c).  A PREREAD of what the CPU has stored since the page was filled
 * brings that back to the buffer, where the device writes nothing: there alone
 * machines differ in what is seen.
 */
#ifndef TESTS_PROGRAMS_PROGRAM_H
#define TESTS_PROGRAMS_PROGRAM_H

#include <busdma/bounce.h>
#include <busdma/bus_dmapool.h>
#include <busdma/sim.h>

#include "rnd.h"

/* The longest line of any machine here: what the rule of the line is about. */
#define LINE 128u
#define TOP UINT64_MAX

#define NTAGS 5
#define NROOTS 2 /* the first of the tags: one for each device */
#define NBUFS 10
#define NMAPS 8
#define NPOOLS 2
#define MAXPARTS 8
#define MAXSEGS 64           /* of a map */
#define MAXBUF 65536u        /* bytes */
#define MAXDMA 32768u        /* of bus_dmamem_alloc: below each boundary */
#define MAXRAW 512           /* runs of a load_raw */
#define TAGBOUNDARY 0x10000u /* the least of a tag */
#define TAGMAXSEG 2048u      /* the least of a tag */
#define MAXBLOCK 1024u       /* bytes, of a pool */
#define PAGEMAX 65536u       /* the largest page of any machine here */
#define NITEMS(a) ((unsigned)(sizeof(a) / sizeof((a)[0])))

/* A machine, and how its devices stand in it. */
struct row {
	const char *ro_name;
	const struct bus_dma_window *ro_windows; /* NULL: the identity */
	unsigned ro_nwindows;
	uint32_t ro_page; /* 0: the least */
	enum busdma_sim_frag ro_frag;
	enum busdma_sim_shortcut ro_shortcut;
	/*
	 * There is no bus: direct mapping alone, and devices go past all that
	 * could look after them.
	 */
	bool ro_bare;
	/* The stack; NULL: the bus's own (busdma_sim_bus_tag). */
	int (*ro_stack)(struct busdma_sim_bus *bus, unsigned requester,
	    unsigned flags, bus_dma_tag_t *tp);
	const struct bus_dma_bounce *ro_bounce; /* over that; NULL: no layer */
	const struct bus_dma_limits *ro_limits; /* of all tags; NULL: none */
	/* The CPU's cache, which devices don't see; ro_line 0: they do. */
	uint32_t ro_line;
	enum busdma_sim_cache ro_cache;
	bool ro_inorder;
	uint32_t ro_snooped; /* a bit each: behind these windows they do */
	/* What subregions are made of: inclusive bus addresses. */
	bus_addr_t ro_sub[2][2];
};

extern const struct row rows[];
extern const unsigned nrows;

/* A tag, and the limits that it must keep: 0 is none, dl_high too. */
struct tag {
	bus_dma_tag_t ta_tag; /* NULL: the slot is free */
	struct bus_dma_limits ta_lim;
	unsigned ta_device;
	int ta_parent; /* -1: a root */
	bool ta_sub;   /* a subregion */
	unsigned ta_refs;
	/* Of slots. */
	bool ta_pool;  /* it surely has db_reserve in a row */
	bool ta_owned; /* once, some of the pool was a map's own */
};

enum kind { KERNEL, USER, DMA, BLOCK };

/* Memory, and who may do what with each byte of it. */
struct buf {
	uint8_t *bf_data;  /* what is there; NULL: the slot is free */
	uint8_t *bf_read;  /* how many maps have given it to be read */
	uint8_t *bf_owner; /* the map, from 1, that gave it to be written */
	/* For each line: the map of its bf_owner bytes, and how many. */
	uint8_t *bf_linemap, *bf_linecount;
	uint32_t *bf_changed; /* when the byte was last stored to */
	uint32_t bf_size;     /* a multiple of LINE, but of blocks */
	enum kind bf_kind;
	unsigned bf_refs; /* maps that have it loaded */
	char *bf_va;      /* in bf_proc, if that is not NULL */
	struct proc *bf_proc;
	/* DMA. */
	struct tag *bf_tag;
	bus_dma_segment_t bf_seg[MAXSEGS];
	int bf_nsegs;
	char *bf_alias; /* a second mapping; NULL: none */
	char *bf_user;  /* and in the machine's first process; NULL: none */
};

struct part {
	struct buf *pa_buf;
	uint32_t pa_off, pa_len;
	uint32_t pa_at; /* offset in the load */
};

/* What a map has given of each byte of its load. */
#define GIVEN_READ 0x1  /* PREWRITE; the device may read it */
#define GIVEN_WRITE 0x2 /* PREREAD; the device may write it */
#define WRITTEN 0x4     /* and did: it may read that, too */

struct map {
	struct tag *mp_tag; /* NULL: the slot is free */
	bus_dmamap_t mp_map;
	/* As the program asked for. */
	uint32_t mp_size;
	int mp_nsegs;
	bus_size_t mp_maxsegsz, mp_boundary;
	bus_size_t mp_lowered; /* dm_maxsegsz of the load; 0: as it was */

	bool mp_loaded;  /* as the program goes */
	bool mp_refused; /* not on this machine */
	int mp_dir;      /* BUS_DMA_READ, BUS_DMA_WRITE, both */
	struct part mp_part[MAXPARTS];
	unsigned mp_nparts;
	uint32_t mp_total;
	uint8_t *mp_partof; /* of each byte: its part */
	uint8_t *mp_given;  /* likewise */
	/*
	 * A byte was the same for the CPU and the device then, if it was not
	 * given since; and how many bytes of each line's length of the load
	 * the device may write.
	 */
	uint32_t *mp_same;
	uint32_t *mp_writes;

	/* Of a map through a bounce layer: slots.c. */
	bool mp_own;       /* it has slots of its own */
	bool mp_asis;      /* NOBOUNCE */
	bool mp_overwrite; /* OVERWRITE */
	uint8_t *mp_slot;  /* of each byte: what its slot holds */
	uint8_t *mp_how;   /* and how it stands there: SLOT_* */
	uint8_t *mp_page;  /* and in which of the load's pages */
	unsigned mp_pages; /* slot pages that the load has */
	unsigned mp_runs;  /* and in how many runs */

	/* A block of a pool: loaded by it. */
	struct pool *mp_pool; /* NULL: a map */
	struct bus_dmapool_block *mp_block;
};

struct pool {
	bus_dmapool_t po_pool; /* NULL: the slot is free */
	struct tag *po_tag;
	uint32_t po_size;
	bool po_lines; /* no two blocks share a line */
	unsigned po_refs;
};

struct counts {
	uint64_t ct_programs;
	uint64_t ct_loads, ct_segments, ct_refused, ct_bounced, ct_short;
	uint64_t ct_pre, ct_post, ct_polls;
	uint64_t ct_reads, ct_writes; /* of devices, by DMA */
	uint64_t ct_bytes;            /* compared */
};

struct program {
	struct rnd pr_rnd;
	const struct row *pr_row;
	uint64_t pr_seed, pr_case;
	unsigned pr_step;
	uint32_t pr_clock; /* changes of bytes so far */
	char pr_doing[160];
	bool pr_trace, pr_failed;
	struct counts *pr_counts;

	struct busdma_sim *pr_sim;
	const struct busdma_platform *pr_pl;
	struct busdma_sim_dev *pr_dev[NROOTS]; /* NULL: ro_bare */
	struct proc *pr_proc[2];

	struct tag pr_tag[NTAGS];
	struct buf pr_buf[NBUFS];
	struct map pr_map[NMAPS];
	struct pool pr_pool[NPOOLS];
};

/* rows.c: the machine of a program; false: it failed. */
bool machine_create(struct program *pr);
void machine_destroy(struct program *pr);
/* A device's access, which ends inside one window; false: it was refused. */
bool machine_access(struct program *pr, unsigned device, bus_addr_t addr,
    void *buf, size_t len, bool write);

/* What the program is about to do; and that it went wrong. */
void say(struct program *pr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void fail(struct program *pr, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Draws: one of the slots that are so, or -1. */
enum want { FREE, UNLOADED, LOADED, BLOCKS };
int some_buf(struct program *pr, bool used);
int some_map(struct program *pr, enum want want);
struct tag *some_tag(struct program *pr);
/*
 * A run of bytes out of `n' that `good' holds for, most often all around some
 * place: its length, 0 where there is none, and where it begins.
 */
typedef bool good_t(const struct program *pr, const void *what, uint32_t i);
uint32_t some_run(struct program *pr, const void *what, uint32_t n,
    good_t *good, uint32_t *at);
/*
 * The same of the load of one of the maps, of which there are such bytes;
 * `good' is called with the query, and with that map in it.
 */
struct query {
	struct map *qu_map;
	unsigned qu_draw; /* the caller's */
};
uint32_t some_map_run(
    struct program *pr, struct query *qu, good_t *good, uint32_t *at);

/* model.c: bytes and whose they are. */
bool buf_init(struct program *pr, struct buf *bf, enum kind kind, uint32_t n);
void buf_fini(struct buf *bf);
bool cpu_may_load(const struct program *pr, const void *bf, uint32_t i);
bool cpu_may_store(const struct program *pr, const void *bf, uint32_t i);
/* Of a map's byte: its buffer, and where in that. */
struct buf *map_byte(const struct map *mp, uint32_t i, uint32_t *at);
/*
 * A PREWRITE of the byte would store to memory that shares a line with bytes
 * that the device writes: where these are in one line of a slot.
 */
bool map_clash(const struct map *mp, uint32_t i);
/* The CPU and the device agree about a byte: PREWRITE, or it was written. */
void map_agree(struct program *pr, struct map *mp, uint32_t i);
void map_give(struct program *pr, struct map *mp, uint32_t i, uint8_t what);
void map_take(struct program *pr, struct map *mp, uint32_t i, uint8_t what);
/* New bytes, of nothing; and for a range of a buffer, into the model alone. */
void new_bytes(struct program *pr, uint8_t *buf, uint32_t n);
void buf_bytes(struct program *pr, struct buf *bf, uint32_t at, uint32_t n);

/* cpu.c: the CPU's accesses, by one of the ways that there are to a buffer. */
void cpu_store(
    struct program *pr, struct buf *bf, uint32_t at, uint32_t n, unsigned way);
/* Compare what the CPU may look at of a range. */
void cpu_look(
    struct program *pr, struct buf *bf, uint32_t at, uint32_t n, unsigned way);
/* [from, to), as far as the buffer goes, and some lines around it. */
void cpu_look_around(
    struct program *pr, struct buf *bf, uint32_t from, uint32_t to);
void cpu_look_all(struct program *pr, struct buf *bf);
void step_store(struct program *pr);
void step_look(struct program *pr);

/* bufs.c */
void step_buf(struct program *pr);
void step_buf_free(struct program *pr);
void buf_free(struct program *pr, struct buf *bf);

/* tags.c */
void step_tag(struct program *pr);
void step_tag_destroy(struct program *pr);
void tag_destroy(struct program *pr, struct tag *ta);

/* pools.c */
void step_pool(struct program *pr);
void step_pool_destroy(struct program *pr);
void step_block(struct program *pr);
void step_block_free(struct program *pr);
void block_free(struct program *pr, struct map *mp);
void pool_destroy(struct program *pr, struct pool *po);

/* maps.c */
void step_map(struct program *pr);
void step_map_destroy(struct program *pr);
void step_unload(struct program *pr);
void map_destroy(struct program *pr, struct map *mp);
bool map_arrays(struct program *pr, struct map *mp, uint32_t n);
void map_no_arrays(struct map *mp);

/* syncs.c */
void step_pre(struct program *pr);
void step_post(struct program *pr);
void step_poll(struct program *pr);
void step_barrier(struct program *pr);
void post_all(struct program *pr, struct map *mp);

/* device.c: [at, at + n) of a load, all of it as the device may. */
void device_write(struct program *pr, struct map *mp, uint32_t at, uint32_t n);
void step_dev_read(struct program *pr);
void step_dev_write(struct program *pr);

/* loads.c */
void step_load(struct program *pr);

/* expect.c */
struct expected {
	bool ex_efault, ex_efbig, ex_enomem; /* errors that there may be */
	bool ex_must;                        /* one there must be */
	bool ex_asis;      /* each byte is where the windows put it */
	unsigned ex_nsegs; /* as it is: how many segments */
};
/* Where the device sees a byte; false: nowhere. */
bool bus_of(const struct program *pr, const struct bus_dma_limits *lim,
    paddr_t pa, bus_addr_t *bus);
/* The next bytes of a load that lie in one page, from the i-th; 0: none. */
uint32_t map_piece(const struct program *pr, const struct map *mp, uint32_t i,
    const struct buf **bf, uint32_t *at);
/*
 * How many segments a load may have as one run, whose first byte was at
 * `first', and where in its page it still may be.
 */
void expect_run(const struct program *pr, const struct map *mp, paddr_t first,
    unsigned *fewest, unsigned *most);
/* The physical address of a byte of a buffer. */
paddr_t buf_phys(const struct program *pr, const struct buf *bf, uint32_t at);
void expect_load(
    const struct program *pr, const struct map *mp, struct expected *ex);
/* The segments of a load that succeeded. */
void check_segments(
    struct program *pr, const struct map *mp, const struct expected *ex);

/* slots.c: of loads through a bounce layer; of others, nothing. */
#define SLOT_MOVED 0x1  /* the byte is in a slot, not where it was */
#define SLOT_FILLED 0x2 /* a sync has given its page to the device */
#define SLOT_ANY 0x4    /* it is not known with what */
/* Create a map; without slots of its own, where there may be none. */
int slots_create(struct program *pr, struct map *mp, int flags);
/* What else than expect_load says there may be. */
void slots_expect(
    const struct program *pr, const struct map *mp, struct expected *ex);
/* It was loaded, not as it is: which bytes are in slots. */
void slots_loaded(struct program *pr, struct map *mp);
/* The same of a block of a pool: what is there is of many. */
void slots_block(struct program *pr, struct map *mp);
/* A device wrote [at, at + n), which is in the buffer's model. */
void slots_written(struct program *pr, struct map *mp, uint32_t at, uint32_t n);
/* What a device sees at a byte of the map; false: nobody knows. */
bool slots_seen(const struct map *mp, uint32_t i, uint8_t *byte);
/* It was synced: what the slots hold, and what is in the buffer for it. */
void slots_sync(
    struct program *pr, struct map *mp, uint32_t at, uint32_t n, int ops);

#endif /* TESTS_PROGRAMS_PROGRAM_H */
