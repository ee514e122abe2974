/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine, inside.  Private to src/md/sim.
 *
 * Locking: one recursive mutex, s_mutex, guards everything that hangs off a
 * machine.  Every public entry, hook and backend op takes it (sim_enter), but
 * for the spinning part of pl_lock, and for what never changes once a machine
 * is made.  Nothing takes a platform lock under it, and no driver's function is
 * called under it: a pager is called without; a device's fault waits until the
 * thread lets go of the mutex (sim_leave) and of all platform locks.  Functions
 * that belong to the machine are called under it: of device models, and those
 * that take reports and events.
 */
#ifndef BUSDMA_SIMVAR_H
#define BUSDMA_SIMVAR_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include <busdma/backend.h>
#include <busdma/sim.h>

#define SIM_MAXPA ((paddr_t)1 << 52)
/* In place of a page: there is none; its pager has not been asked yet. */
#define SIM_NOPAGE (~(paddr_t)0)
#define SIM_ABSENT (SIM_NOPAGE - 1)

/*
 * What things take, in nanoseconds of the machine's clock: no machine's own
 * figures, but in proportion as on many.
 */
#define SIM_NS_HOOK 20u
#define SIM_NS_REGREAD 400u
#define SIM_NS_REGWRITE 50u
#define SIM_NS_STEP 1000u
#define SIM_NS_BYTE 1u

/* Streams of random numbers: one for each purpose, so that the use of one
 * doesn't change what another yields. */
struct sim_rng {
	uint64_t rg_state;
};

/* A bank of RAM.  Its memory is a memfd, so that a page can be mapped often;
 * sk_ram maps all of it: the kernel's linear mapping. */
struct sim_bank {
	paddr_t sk_base;
	uint64_t sk_size;
	int sk_fd;
	char *sk_ram;
	/*
	 * Where the CPU's cache is seen by no device, sk_ram is what the cache
	 * shows of memory, and there are two more; else sk_dev is sk_ram, and
	 * the rest is nothing.  See simcache.c.
	 */
	int sk_devfd;
	char *sk_dev;                 /* RAM, as devices see it */
	char *sk_same;                /* what these two last agreed on */
	uint8_t *sk_present;          /* of each line: it is in the cache */
	unsigned *sk_uncached;        /* of each page: its uncached mappings */
	struct busdma_range *sk_free; /* a unit is a page */
	void *sk_rangemem;
};

/* What a range of virtual addresses is. */
enum sim_kind {
	SIM_LINEAR, /* a bank's linear mapping */
	SIM_KMALLOC,
	SIM_KMAP,
	SIM_USER,
	SIM_DEVICE, /* a process', its pages a driver's */
};

/* A range of virtual addresses of one space, and what stands behind it. */
struct sim_region {
	enum sim_kind rn_kind;
	uintptr_t rn_va;
	size_t rn_size;   /* whole pages */
	paddr_t rn_base;  /* SIM_LINEAR: the first byte */
	paddr_t *rn_page; /* else: of each page; SIM_NOPAGE, SIM_ABSENT */
	void *rn_host;    /* the host's mapping, guards included */
	size_t rn_hostsize;
	bool rn_uncached; /* SIM_KMAP: the CPU uses RAM itself */
	/* SIM_DEVICE: who gives its pages. */
	paddr_t (*rn_pager)(void *arg, int64_t off, int prot);
	void *rn_arg;
	int rn_prot;
};

/* An address space: regions sorted by address, none overlapping. */
struct sim_space {
	struct sim_region **sp_region;
	size_t sp_count;
	size_t sp_max;
	size_t sp_hint; /* where the last look-up hit */
};

/*
 * A process.  One that was destroyed stays on the machine's list, so that
 * whoever still uses it is told.
 */
struct proc {
	struct proc *p_next;
	struct busdma_sim *p_sim;
	struct sim_space p_space;
	bool p_dead;
};

/* Stands before each object of pl_alloc. */
struct sim_object {
	_Alignas(max_align_t) struct sim_object *ob_next;
	struct sim_object **ob_prevp;
	size_t ob_size;
	uint64_t ob_magic;
};

/*
 * What the bus knows of one loaded map; the bottom tag's area in it.  The
 * segments are a copy, in bus addresses.
 */
struct sim_load {
	struct sim_load *ld_next; /* loads of the same requester */
	struct sim_load **ld_prevp;
	bus_dmamap_t ld_map; /* whose area this is */
	bool ld_loaded;      /* on the list */
	bool ld_reads;       /* the device may read */
	bool ld_writes;      /* the device may write */
	unsigned ld_nsegs;
	unsigned ld_maxsegs;
	unsigned ld_hint;             /* the segment that the last access hit */
	struct sim_requester *ld_req; /* of one on s_ring */
	struct sim_load *ld_ring;     /* the next there; NULL: it is not */
	struct sim_load *ld_ringback;
	uint64_t ld_bytes;
	bus_addr_t ld_low;  /* no byte below this is mapped */
	bus_addr_t ld_last; /* no byte above this */
	bus_dma_segment_t *ld_segs;
	bus_size_t *ld_offs; /* where in the load each segment begins */

	/*
	 * The record: who has which byte, simown.c; the bytes as they were
	 * when they were given; the room for each of the two.
	 */
	uint8_t *ld_own;
	uint8_t *ld_shadow;
	uint64_t ld_room;
	bool ld_recorded; /* there is a record of this load */
	unsigned ld_bits; /* no byte of it has others than these */
	unsigned ld_told; /* mistakes that were reported since the last sync */
	/* The next of rq_borrowers; and what points at this one. */
	struct sim_load *ld_borrower;
	struct sim_load **ld_borrowerp;
	/* No byte outside [ld_givenlow, ld_givenend) is given for writing. */
	uint64_t ld_givenlow;
	uint64_t ld_givenend;
	bool ld_lost; /* a loss was reported since the last PREREAD */
};

/* The byte of a requester's loads that is nearest to an address. */
struct sim_near {
	const struct sim_load *nr_load; /* NULL: nothing is loaded */
	bus_size_t nr_offset;
	bus_size_t nr_distance;
	bool nr_before; /* the address lies below it */
};

/* All devices that use one requester id on one bus. */
struct sim_requester {
	struct sim_requester *rq_next;
	struct busdma_sim_bus *rq_bus;
	unsigned rq_id;
	struct sim_load *rq_loads;
	struct sim_load *rq_borrowers; /* those that may have borrowed bytes */
	struct sim_tag *rq_tags;       /* bottom tags, the oldest first */
};

/* A bottom tag. */
struct sim_tag {
	struct bus_dma_tag st_tag;
	struct busdma_sim_bus *st_bus;
	struct sim_requester *st_req;
	struct sim_tag *st_next; /* of the same requester */
	unsigned st_told;        /* deliveries of faults that are under way */
};

/* A refused access that the driver has not been told of yet. */
struct sim_fault {
	struct sim_fault *fl_next;
	struct sim_requester *fl_req;
	struct bus_dma_fault fl_fault;
};

/* The wires: bus [wi_low, wi_last] is physical wi_cpu and up. */
struct sim_wire {
	bus_addr_t wi_low;
	bus_addr_t wi_last; /* inclusive */
	paddr_t wi_cpu;
	bool wi_coherent; /* its devices see the CPU's cache */
};

struct busdma_sim_bus {
	struct busdma_sim_bus *bu_next;
	struct busdma_sim *bu_sim;
	const char *bu_name;
	enum busdma_sim_shortcut bu_shortcut;
	struct sim_wire *bu_wires;
	struct bus_dma_window *bu_windows; /* as configured */
	unsigned bu_nwires;
	bus_addr_t bu_reach; /* inclusive */
	struct sim_requester *bu_requesters;
};

struct busdma_sim_dev {
	struct busdma_sim_dev *dv_next;
	struct busdma_sim_bus *dv_bus;
	struct sim_requester *dv_req;
	struct busdma_sim_dev_ops dv_ops;
	void *dv_softc;
	bus_addr_t dv_reach; /* inclusive */
	bool dv_active;      /* do_step has more to do */
	bool dv_intr;        /* interrupt pending */
};

struct busdma_sim {
	struct busdma_platform s_pl;
	pthread_mutex_t s_mutex;
	unsigned s_depth; /* how often the owner of s_mutex has taken it */
	uint64_t s_seed;
	struct sim_rng s_rngmem;  /* which pages */
	struct sim_rng s_rngstep; /* when devices step */
	struct sim_rng s_rngdev;  /* what devices choose */
	struct sim_rng s_rngbus;  /* where a bus splits fragments */
	struct sim_rng s_rngline; /* what the cache does by itself */
	enum busdma_sim_frag s_frag;
	uint32_t s_pagesize;
	unsigned s_pageshift;
	void (*s_report)(void *, const struct busdma_sim_report *);
	void *s_reportarg;
	unsigned s_reports;
	uint64_t s_now; /* nanoseconds */
	void (*s_trace)(void *, const struct busdma_sim_event *);
	void *s_tracearg;

	/* The CPU's cache; s_line 0: every device sees it. */
	uint32_t s_line;
	unsigned s_lineshift;
	enum busdma_sim_cache s_cache;
	bool s_inorder;
	bool s_wait; /* loads may wait */
	struct busdma_cpu_ops s_cpu;
	struct busdma_cache_ops s_cacheops;
	struct sim_load *s_ring; /* loads that devices reach around the cache */
	uint64_t s_ringoff;      /* bytes of the first that were looked at */
	paddr_t s_recent;        /* where a device last did so */
	uint64_t s_recentlen;    /* 0: nowhere that is still loaded */

	struct sim_bank *s_bank; /* by address, none touching */
	unsigned s_nbanks;
	uint64_t s_pages; /* allocated */

	struct sim_space s_kernel;
	struct proc s_proc;   /* the first one */
	struct proc *s_procs; /* all of them, s_proc too */

	struct sim_object *s_objects;
	unsigned s_windows; /* in use */
	unsigned s_tags;
	uint64_t s_calls[BUSDMA_SIM_NHOOKS];
	uint64_t s_failin; /* calls until one fails; 0: never */
	bool s_failed;
	bool s_interrupt;

	struct busdma_sim_bus *s_buses;
	struct busdma_sim_dev *s_devs;
	unsigned s_ndevs;
	unsigned s_nactive;         /* devices with dv_active */
	bool s_stepping;            /* inside do_step */
	struct sim_fault *s_faults; /* the oldest first */
};

/* simfault.c */
/* A device was refused, as `sr' says. */
void sim_fault(
    const struct busdma_sim_dev *dev, const struct busdma_sim_report *sr);
/* Tell drivers of the faults that wait, unless this thread may not now. */
void sim_fault_deliver(struct busdma_sim *sim);
/* The thread is doing so, for any machine. */
bool sim_fault_delivering(void);
/* No fault names this map any more. */
void sim_fault_forget(struct busdma_sim *sim, bus_dmamap_t map);
/* A tag goes: wait for other threads that tell its driver of a fault. */
void sim_fault_wait(struct sim_tag *st);
void sim_fault_fini(struct busdma_sim *sim);

/* simwatch.c */
/* How often this thread has entered machines; read by a signal handler. */
extern _Thread_local volatile sig_atomic_t sim_inside;
/* The watchdog waits for the thread that it found inside to leave. */
extern volatile sig_atomic_t sim_watch_due;
/* The thread has left; nothing, if it may not be interrupted yet. */
void sim_watch_left(void);

/* sim.c */
static inline void
sim_enter(struct busdma_sim *sim)
{
	sim_inside++;
	pthread_mutex_lock(&sim->s_mutex);
	sim->s_depth++;
}

static inline void
sim_leave(struct busdma_sim *sim)
{
	bool faults = --sim->s_depth == 0 && sim->s_faults != NULL;

	pthread_mutex_unlock(&sim->s_mutex);
	if (--sim_inside == 0 && sim_watch_due != 0)
		sim_watch_left();
	if (faults)
		sim_fault_deliver(sim);
}

uint64_t sim_rng_next(struct sim_rng *rg);
/* A number in [0, n); n from 1. */
uint64_t sim_rng_below(struct sim_rng *rg, uint64_t n);

/* simreport.c */
/* Fill in the seed, count and hand over. */
void sim_report(struct busdma_sim *sim, struct busdma_sim_report *sr);
/* A report without a device. */
void sim_complain(struct busdma_sim *sim, enum busdma_sim_reason reason,
    const char *text, uint64_t addr, uint64_t len);
/* Fill in what is known of the device. */
void sim_report_device(
    const struct busdma_sim_dev *dev, struct busdma_sim_report *sr);
/* Fill in the requester, and the place in its loads. */
void sim_report_near(const struct sim_requester *rq, const struct sim_near *nr,
    struct busdma_sim_report *sr);

/* simtrace.c: these do nothing where nobody traces */
void sim_trace_load(const struct sim_requester *rq, const struct sim_load *ld);
void sim_trace_unload(
    const struct sim_requester *rq, const struct sim_load *ld);
void sim_trace_sync(const struct sim_requester *rq, const struct sim_load *ld,
    bus_addr_t offset, bus_size_t len, int ops);
/* `ld' is the load that let it through. */
void sim_trace_access(const struct busdma_sim_dev *dev,
    const struct sim_load *ld, bool write, bus_addr_t addr, uint64_t len);
void sim_trace_reg(const struct busdma_sim_dev *dev, uint32_t reg,
    unsigned width, uint64_t value);
void sim_trace_intr(const struct busdma_sim_dev *dev);
void sim_trace_report(
    struct busdma_sim *sim, const struct busdma_sim_report *sr);

/* simram.c */
int sim_ram_create(struct busdma_sim *sim, const struct busdma_sim_config *sc);
void sim_ram_destroy(struct busdma_sim *sim);
/*
 * Where the host sees the byte at `pa', and in *lenp how many follow it in
 * the bank; NULL: no RAM.
 */
char *sim_ram(struct busdma_sim *sim, paddr_t pa, uint64_t *lenp);
/* The same of RAM, as devices see it that don't see the CPU's cache. */
char *sim_ram_dev(struct busdma_sim *sim, paddr_t pa, uint64_t *lenp);
struct sim_bank *sim_ram_bank(struct busdma_sim *sim, paddr_t pa);
/* Pages as `pg' says, somewhere that the seed chooses if `random'. */
int sim_pages_take(
    struct busdma_sim *sim, struct busdma_pages *pg, bool random);
/* EINVAL: not all of them are allocated; nothing is changed then. */
int sim_pages_give(struct busdma_sim *sim, paddr_t pa, uint64_t size);
/* Fill `page' with `n' pages chosen by `frag'; ENOMEM: none is taken. */
int sim_pages_choose(
    struct busdma_sim *sim, enum busdma_sim_frag frag, paddr_t *page, size_t n);
/* Reports once that a device reaches one, and once that a process maps one. */
void sim_pages_drop(struct busdma_sim *sim, const paddr_t *page, size_t n);
/* Whether the page at `pa' is RAM that somebody has allocated. */
bool sim_page_taken(struct busdma_sim *sim, paddr_t pa);

/* simspace.c */
int sim_space_insert(struct sim_space *sp, struct sim_region *rn);
void sim_space_remove(struct sim_space *sp, struct sim_region *rn);
/* The region that `va' lies in, or NULL. */
struct sim_region *sim_space_find(struct sim_space *sp, uintptr_t va);
/* As pl_extract. */
unsigned sim_space_extract(struct busdma_sim *sim, struct sim_space *sp,
    uintptr_t va, bus_size_t len, struct busdma_frag *frags, unsigned n);
struct sim_region *sim_region_create(
    struct busdma_sim *sim, enum sim_kind kind, size_t size);
/* Frees no pages. */
void sim_region_free(struct sim_region *rn);
/* Map its pages into the host, guards around them; sets rn_va; ENOMEM. */
int sim_region_map(struct busdma_sim *sim, struct sim_region *rn);
/* The number of regions of a kind. */
unsigned sim_space_count(const struct sim_space *sp, enum sim_kind kind);
void sim_space_destroy(struct sim_space *sp);
size_t sim_round(const struct busdma_sim *sim, size_t size);

/* simproc.c */
/* The first process is made, with no memory. */
void sim_proc_init(struct busdma_sim *sim);
void sim_proc_fini(struct busdma_sim *sim);
/* The living process of this machine whose space `as' is, or NULL. */
struct proc *sim_proc_of(struct busdma_sim *sim, busdma_space_t as);
/* As sim_proc_of, of the process itself; one that is not is reported. */
bool sim_proc_check(struct busdma_sim *sim, struct proc *p, const char *text);
/* Device mappings of all processes. */
unsigned sim_proc_maps(const struct busdma_sim *sim);
/* The first gap of `size' bytes in a process, or 0. */
uintptr_t sim_proc_gap(
    const struct busdma_sim *sim, const struct sim_space *sp, size_t size);

/* simmmap.c: device memory in processes */
/*
 * Ask the pagers for the pages of [va, va + len) that are absent, up to the
 * first that is refused or doesn't grant `prot'.  Without the mutex.
 */
void sim_mmap_touch(struct busdma_sim *sim, struct sim_space *sp, uintptr_t va,
    bus_size_t len, int prot);
/* Report that a process maps a byte of [pa, pa + size); false: none does. */
bool sim_mmap_freeing(struct busdma_sim *sim, paddr_t pa, uint64_t size);

/* simkmem.c */
int sim_kmap(struct busdma_sim *sim, const bus_dma_segment_t *segs, int nsegs,
    size_t size, int flags, void **kvap);
/* False: not what sim_kmap made. */
bool sim_kunmap(struct busdma_sim *sim, const void *kva, size_t size);

/* simhooks.c */
/*
 * A hook is called: count it, report it where it is not allowed, let devices
 * run; true: it must fail.
 */
bool sim_hook(struct busdma_sim *sim, enum busdma_sim_hook hook);
/*
 * Likewise, of one that can't fail and is called inside a sync, perhaps before
 * the bus learns of it: no device runs.
 */
void sim_hook_still(struct busdma_sim *sim, enum busdma_sim_hook hook);
void sim_platform_init(struct busdma_sim *sim);
/* The platform locks that the calling thread holds. */
unsigned sim_locks_held(void);

/* simcpu.c: the CPU's part of the platform */
void sim_cpu_init(struct busdma_sim *sim);

/*
 * simcache.c: the CPU's cache.  Of memory, on a machine with s_line != 0;
 * ranges lie within one bank.
 */
enum sim_cacheop {
	SIM_CACHE_WB,    /* write back what is dirty */
	SIM_CACHE_INV,   /* forget */
	SIM_CACHE_WBINV, /* both */
	SIM_CACHE_FILL,  /* fetch what is absent */
	SIM_CACHE_RENEW, /* write back, forget, fetch */
};

/* For the lines that [pa, pa + len) touches. */
void sim_cache_op(
    struct busdma_sim *sim, paddr_t pa, uint64_t len, enum sim_cacheop op);
/* The same, by itself: not of pages that are mapped uncached. */
void sim_cache_spontaneous(
    struct busdma_sim *sim, paddr_t pa, uint64_t len, enum sim_cacheop op);
/*
 * The CPU is about to look at memory through the cache that others may have
 * written through none.
 */
void sim_cache_look(struct busdma_sim *sim, paddr_t pa, uint64_t len);
/* A device's access; through the cache where it is coherent. */
void sim_cache_read(
    struct busdma_sim *sim, paddr_t pa, void *buf, size_t n, bool coherent);
void sim_cache_write(struct busdma_sim *sim, paddr_t pa, const void *buf,
    size_t n, bool coherent);
/* All pages of [pa, pa + len), len from 1, are mapped uncached. */
bool sim_cache_isuncached(struct busdma_sim *sim, paddr_t pa, uint64_t len);
/* A page is mapped uncached once more, or once less. */
void sim_cache_uncached(struct busdma_sim *sim, paddr_t page, bool more);
/* Whether the page at `pa' is; s_line != 0. */
bool sim_cache_around(struct busdma_sim *sim, paddr_t pa);

/* simevict.c: what the cache does by itself */
/* A look of the machine: the cache may do something.  s_ring != NULL. */
void sim_cache_tick(struct busdma_sim *sim);
/* A device is about to reach [pa, pa + len) around the cache. */
void sim_cache_access(struct busdma_sim *sim, paddr_t pa, uint64_t len);
/* The CPU has invalidated [pa, pa + len). */
void sim_cache_refetch(struct busdma_sim *sim, paddr_t pa, uint64_t len);
void sim_cache_load(struct sim_requester *rq, struct sim_load *ld);
void sim_cache_unload(struct busdma_sim *sim, struct sim_load *ld);

/* simbus.c */
void sim_bus_destroy(struct busdma_sim_bus *bus);
struct sim_requester *sim_requester_get(
    struct busdma_sim_bus *bus, unsigned id);
/* The wire of a bus address, or NULL. */
const struct sim_wire *sim_bus_wire(
    const struct busdma_sim_bus *bus, bus_addr_t addr);
/* Report that a device reaches a byte of [pa, pa + size); false: none does. */
bool sim_bus_freeing(struct busdma_sim *sim, paddr_t pa, uint64_t size);

/* simload.c: what is mapped for a requester */
int sim_load_add(struct sim_requester *rq, struct sim_load *ld,
    const bus_dma_segment_t *segs, unsigned nsegs, int flags);
/* The bytes of a load that stand before the one at `addr', one of its own. */
bus_size_t sim_load_offset(const struct sim_load *ld, bus_addr_t addr);
void sim_load_near(
    const struct sim_requester *rq, bus_addr_t addr, struct sim_near *nr);
void sim_load_remove(struct sim_load *ld);
void sim_load_free(struct sim_load *ld);
/*
 * How many of `len' bytes at `addr' a device may read or write, and in *ldp
 * by which load; 0: none, and *otherp tells whether it might in the other
 * direction.
 */
uint64_t sim_load_allows(struct sim_requester *rq, bus_addr_t addr,
    uint64_t len, bool write, bool *otherp, struct sim_load **ldp);
/*
 * The segment that `addr' lies in, and in *offp the bytes of the load before
 * that one; NULL: none.
 */
const bus_dma_segment_t *sim_load_seg(
    struct sim_load *ld, bus_addr_t addr, bus_size_t *offp);
/*
 * The bus address of the byte at `off', which is one of the load's; in *lenp
 * the bytes from there to the end of its segment.
 */
bus_addr_t sim_load_addr(
    const struct sim_load *ld, bus_size_t off, uint64_t *lenp);
/*
 * Call `func' for each run of any load that is [pa, pa + len) or a part of it:
 * `n' bytes, `off' in the load and `at' in the range.
 */
void sim_load_each(struct busdma_sim *sim, paddr_t pa, uint64_t len,
    void (*func)(void *arg, const struct sim_requester *rq, struct sim_load *ld,
	bus_size_t off, uint64_t at, uint64_t n),
    void *arg);

/* simown.c, simownacc.c: the record of who has which byte of every load */
/* Nobody has been given any byte; ENOMEM. */
int sim_own_load(const struct sim_requester *rq, struct sim_load *ld);
void sim_own_unload(const struct sim_requester *rq, struct sim_load *ld);
void sim_own_free(struct sim_load *ld);
/* Operations of one kind, PRE or POST, on a range of the load. */
void sim_own_sync(struct sim_requester *rq, struct sim_load *ld,
    bus_size_t offset, bus_size_t len, int ops);
/* The load is no more. */
void sim_own_remove(struct sim_load *ld);
/*
 * A device is about to read `n' bytes that `ld' lets through, which lie in one
 * segment, or to write `data' there.  Reports nothing if it was `told' of this
 * access before; returns whether it is now.
 */
bool sim_own_access(struct busdma_sim_dev *dev, struct sim_load *ld,
    bus_addr_t addr, uint64_t n, const char *data, bool told);
/* Other than by a load, a device is about to write `data' at `pa'. */
void sim_own_write(
    struct busdma_sim *sim, paddr_t pa, const void *data, uint64_t n);
/*
 * The lines of [pa, pa + len) are about to be written back, over bytes that
 * have changed in memory since they were read.
 */
void sim_own_lost(struct busdma_sim *sim, paddr_t pa, uint64_t len);
/* BUS_DMASYNC_* of the last sync of a byte; 0: none. */
int sim_own_last(const struct sim_load *ld, bus_size_t off);

/* simdev.c */
/* Let devices take as many steps as the seed says, if they may now. */
void sim_tick(struct busdma_sim *sim);
void sim_dev_destroy(struct busdma_sim_dev *dev);

#endif /* BUSDMA_SIMVAR_H */
