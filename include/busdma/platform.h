/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The porter's interface: bus_dma_platform(9).
 *
 * A port is one table of hooks, struct busdma_platform.  Five are required;
 * for each other one, NULL has the meaning that stands beside it.
 */
#ifndef BUSDMA_PLATFORM_H
#define BUSDMA_PLATFORM_H

#include <busdma/bus_dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct busdma_platform;
struct busdma_arena;
struct busdma_account;

/*
 * A lock, inline in the library's structures.  All zeroes is an unlocked
 * lock; nothing is called to initialize or to destroy one.
 */
typedef struct busdma_lock {
	uintptr_t lk_word[4];
} busdma_lock_t;

/*
 * What one thread waits for, inline in the library's structures and on its
 * stacks.  All zeroes: it has not come.  Nothing is called to initialize or to
 * destroy one.
 */
typedef struct busdma_event {
	uintptr_t ev_word[4];
} busdma_event_t;

/* An address space, the platform's to define.  NULL is the kernel's. */
typedef void *busdma_space_t;

/* In place of a space, for pl_memory: no space, physical addresses. */
#define BUSDMA_SPACE_PHYSICAL ((busdma_space_t) ~(uintptr_t)0)

/* A fragment: a run of physical memory, [bf_addr, bf_addr + bf_len). */
struct busdma_frag {
	paddr_t bf_addr;
	bus_size_t bf_len;
};

/*
 * A request for one run of physically contiguous pages.  Every size is a
 * multiple of the page; bounds are inclusive.
 */
struct busdma_pages {
	bus_size_t pg_size;     /* in: the most; out: what it is */
	bus_size_t pg_min;      /* the least that will do, <= pg_size */
	paddr_t pg_low;         /* no byte below this */
	paddr_t pg_high;        /* no byte above this */
	bus_size_t pg_align;    /* of pg_addr + pg_offset: a power of two */
	bus_size_t pg_boundary; /* not crossed by it: a power of two; 0: none */
	bus_addr_t pg_offset;   /* bus address less physical, modulo 2^64 */
	int pg_flags;           /* BUS_DMA_NOWAIT: must not wait */
	paddr_t pg_addr;        /* out: the first byte */
};

/*
 * What is known of memory; it matters for devices that don't see the CPU's
 * caches.
 */
/* The CPU uses it through no cache, whatever address it uses. */
#define BUSDMA_MEMORY_UNCACHED 0x1
/*
 * The cache lines that its ends share with other memory hold nothing that
 * anyone stores to while a device has it.
 */
#define BUSDMA_MEMORY_OWNED 0x2

/*
 * A chain of buffers, of any type: an mbuf chain, a uio, a pbuf, an sk_buff.
 *
 * ch_open sets ci_total, ci_space and the cursor members of *ci for `chain',
 * or returns an error (EINVAL for a chain that is malformed).
 * ch_parts writes the next `n' parts in order and returns how many there
 * were; fewer than `n' is the end.  Parts of length 0 are allowed, up to 65536
 * in a row.  The library adds the lengths up: a sum that is not ci_total makes
 * the load EINVAL.  Context: that of the load.
 */
struct busdma_part {
	void *pt_addr;
	bus_size_t pt_len;
	unsigned pt_flags; /* BUSDMA_MEMORY_OWNED; 0 before ch_parts */
};

struct busdma_chain_iter {
	bus_size_t ci_total;     /* bytes that the chain says it has */
	busdma_space_t ci_space; /* address space of the parts */
	const void *ci_next;     /* the cursor: the accessors' own */
	bus_size_t ci_left;      /* likewise */
	uintptr_t ci_index;      /* likewise */
};

struct busdma_chain_ops {
	uint32_t ch_size; /* sizeof(struct busdma_chain_ops) */
	int (*ch_open)(const void *chain, struct busdma_chain_iter *ci);
	size_t (*ch_parts)(
	    struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n);
};

/* For the library's own struct mbuf (<busdma/mbuf.h>). */
extern const struct busdma_chain_ops busdma_mbuf_chain;
/* For the library's own struct uio (<busdma/uio.h>). */
extern const struct busdma_chain_ops busdma_uio_chain;

/*
 * What the CPU must do around a transfer.  `ops' is a mix of BUS_DMASYNC_*,
 * all PRE or all POST.  A PRE barrier orders the CPU's earlier accesses to
 * memory before its later writes to a device, or to memory in which a device
 * looks; a POST barrier orders the read that saw the device's signal before
 * the CPU's later accesses to memory, and before what cpu_cache is asked for
 * later.  Context: any.
 */
struct busdma_cpu_ops {
	uint32_t cpu_size; /* sizeof(struct busdma_cpu_ops) */
	/* For memory mapped write-back, or uncached. */
	void (*cpu_barrier)(const struct busdma_platform *pl, int ops);
	/*
	 * For memory that may also be mapped write-combining, and where there
	 * are non-coherent windows: a PRE also waits for what cpu_cache was
	 * asked for before.
	 */
	void (*cpu_barrier_wc)(const struct busdma_platform *pl, int ops);
	/*
	 * The caches that some devices don't see.  NULL: there are none, and
	 * non-coherent windows are refused.
	 */
	const struct busdma_cache_ops *cpu_cache;
};

/* The code of non-coherent direct mapping: in a link only where named. */
struct busdma_noncoherent;
extern const struct busdma_noncoherent busdma_noncoherent;

/* Its caches fetch no line that no instruction touches. */
#define BUSDMA_CACHE_NOSPECULATION 0x1

/*
 * The CPU's caches as far as memory that devices reach around them.
 *
 * The three operations are for [va, va + len), from 1 line, whole lines, which
 * is physical [pa, pa + len).  They reach all CPUs' caches.  Each has taken
 * effect for a later access of this CPU to those bytes when it returns; for
 * devices, when the cpu_barrier_wc of a PRE that follows has; for other CPUs,
 * when ca_finish has.  Context: any.
 */
struct busdma_cache_ops {
	uint32_t ca_size; /* sizeof(struct busdma_cache_ops) */
	/*
	 * Bytes that may go back to memory together: the longest line of these
	 * caches; a power of two, from 4 to the page.
	 */
	uint32_t ca_line;
	unsigned ca_flags;                        /* BUSDMA_CACHE_* */
	const struct busdma_noncoherent *ca_code; /* &busdma_noncoherent */
	/* Write back what is dirty; it may stay, clean. */
	void (*ca_wb)(const struct busdma_platform *pl, uintptr_t va,
	    paddr_t pa, size_t len);
	/* Forget it: what is dirty may be lost. */
	void (*ca_inv)(const struct busdma_platform *pl, uintptr_t va,
	    paddr_t pa, size_t len);
	/* Write back what is dirty, and forget it. */
	void (*ca_wbinv)(const struct busdma_platform *pl, uintptr_t va,
	    paddr_t pa, size_t len);
	/*
	 * The last call of a POST: what it was asked for is done.  NULL: it is
	 * when each of them returns.
	 */
	void (*ca_finish)(const struct busdma_platform *pl);
};

/* The operations of the CPU that the library was built for. */
extern const struct busdma_cpu_ops busdma_cpu_native;

/* Flag of pl_window, and of no call of a driver; see there. */
#define BUSDMA_WINDOW_SYNC 0x1000000

/* What a caller did wrong.  The text of each is busdma_report_text()'s. */
enum busdma_report_code {
	BUSDMA_REPORT_FOREIGN = 1, /* a map, with a tag that is not its own */
	BUSDMA_REPORT_RELOAD,      /* load of a loaded map */
	BUSDMA_REPORT_MAXSEGSZ,    /* dm_maxsegsz 0 or above that at create */
	BUSDMA_REPORT_NOTLOADED,   /* unload of a map that is not loaded */
	BUSDMA_REPORT_SYNCRANGE,   /* sync outside the mapping */
	BUSDMA_REPORT_SYNCOPS,     /* sync with no or unknown operations */
	BUSDMA_REPORT_SYNCMIX,     /* sync with PRE and POST together */
	BUSDMA_REPORT_TAGBUSY,     /* destroy of a tag in use */
	BUSDMA_REPORT_TAGDEAD,     /* use of a tag after its destroy */
	BUSDMA_REPORT_MEMFREE,     /* free of memory that is not allocated */
	BUSDMA_REPORT_MEMLOADED,   /* free of memory that is loaded */
	BUSDMA_REPORT_MEMUNMAP,    /* unmap of what can't have been mapped */
	BUSDMA_REPORT_PLATFORM,    /* a hook broke its contract */
	BUSDMA_REPORT_DEVICE,      /* a simulated device was refused */
	BUSDMA_REPORT_MEMTAG,      /* free through another tag than alloc */
	BUSDMA_REPORT_POOLBUSY,    /* destroy of a pool with blocks in use */
	BUSDMA_REPORT_POOLFREE,    /* free of no block that is in use */
	/*
	 * A buffer that the device may write shares a cache line with memory of
	 * others, which the device doesn't see; once for each map.
	 */
	BUSDMA_REPORT_SHAREDLINE,
	BUSDMA_REPORT_NEXT,       /* load_next of a map that is not loaded */
	BUSDMA_REPORT_CHANNEL,    /* a DMA channel that can't be used so */
	BUSDMA_REPORT_UNFINISHED, /* isa_dmadone before the end; rp_len: left */
	BUSDMA_REPORT_THAW,       /* isa_dmathaw without a freeze */
};

struct busdma_report {
	enum busdma_report_code rp_code;
	const char *rp_func;  /* the call in which it was seen */
	bus_dma_tag_t rp_tag; /* the call's; where that is NULL, the map's */
	bus_dmamap_t rp_map;  /* NULL where there is none */
	uint64_t rp_addr;     /* the address or offset at fault */
	uint64_t rp_len;      /* the length at fault */
};

/* One line without a newline that says what went wrong. */
const char *busdma_report_text(enum busdma_report_code code);

/* The library keeps account; see pl_account. */
extern const struct busdma_account busdma_account;

/*
 * The table.  It is used in place: it must be complete when the first tag is
 * made with it, and it and what it points to must outlive all tags.  Every
 * hook is called with the table as its first argument.  Members that a later
 * version adds stand at its end; a longer table is taken, a shorter refused.
 */
struct busdma_platform {
	uint32_t pl_size;     /* sizeof(struct busdma_platform) */
	uint32_t pl_pagesize; /* bytes in a page: a power of two, from 64 */
	void *pl_cookie;      /* the port's own */

	/* Required. */

	/*
	 * Memory for the library's own structures, aligned for any object,
	 * with any content; NULL: none.  BUS_DMA_NOWAIT: must not wait.
	 * Called from create, bus_dmamap_label, pools, from the making of tags
	 * and of arenas, and from loads that may wait.
	 */
	void *(*pl_alloc)(
	    const struct busdma_platform *pl, size_t size, int flags);
	void (*pl_free)(const struct busdma_platform *pl, void *p, size_t size);

	/*
	 * Translate: write the physical runs behind the front of
	 * [va, va + len) of `as' into `frags', as many as fit in `n' (from
	 * 1), and return how many.  A run may be as long as memory is
	 * contiguous; together they must not be longer than `len'.  0: the
	 * byte at `va' has no memory.  Pages are the caller's to wire.
	 * Context: any for the kernel's space.
	 */
	unsigned (*pl_extract)(const struct busdma_platform *pl,
	    busdma_space_t as, uintptr_t va, bus_size_t len,
	    struct busdma_frag *frags, unsigned n);

	/*
	 * Mutual exclusion between CPUs, and against interrupt handlers that
	 * use the library.  Held for a few instructions, but with pl_account
	 * by bus_dmamem_free for a walk over the tag's live maps, by
	 * bus_dma_stats and bus_dma_maps likewise, by bus_dmapool_destroy over
	 * the pool's blocks, by bus_dmamap_label over the tag's labels, and by
	 * the arena over its pages; and by a sync of a part of what is bounced,
	 * while one page is copied, in which it may call pl_window and
	 * pl_window_done, ca_wb and pl_report; and by isa_dma(9) while it goes
	 * through the registers of a channel, by pl_port_read and
	 * pl_port_write, and through the memory of isa_malloc.  Never nested.
	 * Context: any.
	 */
	void (*pl_lock)(const struct busdma_platform *pl, busdma_lock_t *lk);
	void (*pl_unlock)(const struct busdma_platform *pl, busdma_lock_t *lk);

	/* Optional. */

	/* NULL: busdma_cpu_native. */
	const struct busdma_cpu_ops *pl_cpu;

	/*
	 * Pages for bus_dmamem_alloc: the longest run that it can find, not
	 * below pg_min and not above pg_size; 0 or ENOMEM.  NULL:
	 * bus_dmamem_alloc is EINVAL.  busdma_arena_pages_alloc and
	 * busdma_arena_pages_free serve both from pl_arena, EINVAL without.
	 * The free hook returns EINVAL where it can tell that the run is not
	 * allocated, and changes nothing then.  Context: thread.
	 */
	int (*pl_pages_alloc)(
	    const struct busdma_platform *pl, struct busdma_pages *pg);
	int (*pl_pages_free)(
	    const struct busdma_platform *pl, paddr_t addr, bus_size_t size);
	struct busdma_arena *pl_arena;

	/*
	 * An address at which the CPU reaches [pa, pa + len), and the end of
	 * its use.  NULL: the address is `pa' itself; the second, nothing to
	 * do.  A window that fails returns NULL.  Without pl_kmap it is the
	 * mapping of bus_dmamem_map, which pl_extract translates.
	 * BUSDMA_WINDOW_SYNC among the flags: for a sync, of any bytes within
	 * one page, one at a time in each sync; such a window must not fail,
	 * and its address is that of `pa' modulo the line of a cache.
	 * Context: any.
	 */
	void *(*pl_window)(const struct busdma_platform *pl, paddr_t pa,
	    bus_size_t len, int flags);
	void (*pl_window_done)(
	    const struct busdma_platform *pl, void *va, bus_size_t len);

	/*
	 * Map the first `size' bytes of `segs' (a multiple of the page) into
	 * one contiguous kernel range; 0 or ENOMEM.  flags: NOCACHE,
	 * PREFETCHABLE, NOWAIT, and COHERENT where there are devices of the
	 * tag that don't see the CPU's caches.  After an uncached mapping is
	 * made, no cached alias of it may be dirty; after it has ended, none
	 * stale.  NULL: bus_dmamem_map maps what is contiguous, through
	 * pl_window.  Context: thread.
	 */
	int (*pl_kmap)(const struct busdma_platform *pl,
	    const bus_dma_segment_t *segs, int nsegs, size_t size, int flags,
	    void **kvap);
	void (*pl_kunmap)(
	    const struct busdma_platform *pl, void *kva, size_t size);

	/* The device pager's cookie for a page.  NULL: (paddr_t)-1. */
	paddr_t (*pl_mmap)(
	    const struct busdma_platform *pl, paddr_t pa, int prot, int flags);

	/* The space of a process.  NULL: the pointer itself. */
	busdma_space_t (*pl_space)(
	    const struct busdma_platform *pl, struct proc *p);

	/* Accessors of load_mbuf and load_uio.  NULL: they are EINVAL. */
	const struct busdma_chain_ops *pl_mbuf;
	const struct busdma_chain_ops *pl_uio;

	/* A caller's error.  NULL: silent.  Context: any. */
	void (*pl_report)(
	    const struct busdma_platform *pl, const struct busdma_report *rp);

	/*
	 * Registers of `width' bytes (1, 2, 4, 8) at a CPU address, for
	 * backends that drive hardware.  NULL: plain volatile accesses.
	 * Context: any.
	 */
	uint64_t (*pl_reg_read)(
	    const struct busdma_platform *pl, uintptr_t addr, unsigned width);
	void (*pl_reg_write)(const struct busdma_platform *pl, uintptr_t addr,
	    unsigned width, uint64_t value);

	/*
	 * &busdma_account: why loads failed is counted and remembered, DMA
	 * memory is counted and capped, memory that is still loaded is not
	 * freed.  NULL: none of it, and none of its code in the link.
	 */
	const struct busdma_account *pl_account;

	/*
	 * What is known of [va, va + len), from 1, of `as', which is physical
	 * [pa, pa + len): those of BUSDMA_MEMORY_* that hold for all of it.
	 * With BUSDMA_SPACE_PHYSICAL it is asked by `pa', and `va' is 0.
	 * Asked where a load goes through a layer that needs to know, and of
	 * memory that bus_dmamem_map has mapped for one.  NULL: nothing.
	 * Context: that of the load.
	 */
	unsigned (*pl_memory)(const struct busdma_platform *pl,
	    busdma_space_t as, uintptr_t va, paddr_t pa, bus_size_t len);

	/*
	 * Wait until pl_wake is called for `ev', or has been; the event is
	 * then as new.  One thread waits for an event, and it is woken once
	 * for each wait.  Called with no lock held.  Context: thread.
	 *
	 * pl_wake is called with a lock held, the same one that whoever waited
	 * takes before the event goes: neither it nor what it sets off on this
	 * CPU may call the library before it returns.  Context: any.
	 *
	 * NULL, both: BUS_DMA_WAITOK does not wait for what has run out.
	 */
	void (*pl_wait)(const struct busdma_platform *pl, busdma_event_t *ev);
	void (*pl_wake)(const struct busdma_platform *pl, busdma_event_t *ev);

	/*
	 * I/O ports of `width' bytes (1, 2, 4), for isa_dma(9): done in the
	 * order of the calls, behind earlier stores to memory.  May be called
	 * with a lock held.  NULL: the machine has none.  Context: any.
	 */
	uint32_t (*pl_port_read)(
	    const struct busdma_platform *pl, uint32_t port, unsigned width);
	void (*pl_port_write)(const struct busdma_platform *pl, uint32_t port,
	    unsigned width, uint32_t value);
};

/*
 * The built-in arena: page allocation over regions of physical memory that
 * the porter names, each a multiple of the page.  Set pl_arena and the two
 * hooks below in the table before the first tag is made.
 * EINVAL: a region that is empty, unaligned, wraps or overlaps another;
 * ENOMEM.  Context: thread.
 */
int busdma_arena_create(const struct busdma_platform *pl,
    const struct busdma_frag *regions, unsigned nregions,
    struct busdma_arena **arenap);

/* EBUSY: pages are still allocated; nothing is changed then. */
int busdma_arena_destroy(
    const struct busdma_platform *pl, struct busdma_arena *arena);

/* Bytes that are free at this moment. */
bus_size_t busdma_arena_avail(
    const struct busdma_platform *pl, struct busdma_arena *arena);

int busdma_arena_pages_alloc(
    const struct busdma_platform *pl, struct busdma_pages *pg);
int busdma_arena_pages_free(
    const struct busdma_platform *pl, paddr_t addr, bus_size_t size);

#ifdef __cplusplus
}
#endif

#endif /* BUSDMA_PLATFORM_H */
