/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unit tests' platform: hosted, over malloc, with as many virtual regions
 * over pages at chosen physical addresses as a test asks for.  It counts the
 * calls of each hook, lets the n-th one that can fail fail, keeps account of
 * what the library holds, and knows which hooks may be called in an interrupt
 * handler or with a lock held.  It may have a cache that devices don't see, of
 * which it writes down what it was told.
 */
#ifndef TESTS_SUPPORT_TP_H
#define TESTS_SUPPORT_TP_H

#include <busdma/backend.h>
#include <busdma/direct.h>
#include <busdma/platform.h>

enum tp_hook {
	TP_ALLOC,
	TP_FREE,
	TP_EXTRACT,
	TP_LOCK,
	TP_UNLOCK,
	TP_PAGES_ALLOC,
	TP_PAGES_FREE,
	TP_WINDOW,
	TP_WINDOW_DONE,
	TP_KMAP,
	TP_KUNMAP,
	TP_MMAP,
	TP_SPACE,
	TP_REPORT,
	TP_BARRIER,
	TP_BARRIER_WC,
	TP_CHAIN,
	TP_MEMORY,
	TP_CACHE,
	TP_WAIT,
	TP_WAKE,
	TP_PORT_READ,
	TP_PORT_WRITE,
	TP_NHOOKS
};

/* A page of a region that does not translate. */
#define TP_NOPAGE UINT64_MAX

#define TP_NREPORTS 24 /* above every busdma_report_code */

/* Pages at [tr_va, tr_va + tr_npages * page) of an address space. */
struct tp_region {
	struct tp_region *tr_next;
	busdma_space_t tr_as;
	uintptr_t tr_va;
	char *tr_host; /* their content; NULL: none */
	unsigned tr_npages;
	paddr_t *tr_pages;
	unsigned tr_memory; /* BUSDMA_MEMORY_*, for pl_memory */
};

/* What the caches were told, and barriers between. */
enum tp_told { TP_WB = 1, TP_INV, TP_WBINV, TP_BARRIERED, TP_FINISHED };

struct tp_event {
	enum tp_told te_what;
	int te_ops; /* of a barrier */
	bool te_wc; /* likewise: cpu_barrier_wc */
	uintptr_t te_va;
	paddr_t te_pa;
	size_t te_len;
};

#define TP_NEVENTS 512

struct tp {
	/* The table: a test may change it before it makes its first tag. */
	struct busdma_platform tp_pl;

	/* RAM for pages_alloc, in host memory. */
	paddr_t tp_rambase;
	unsigned tp_rampages;
	char *tp_ram;
	unsigned char *tp_used; /* one byte a page */

	struct tp_region *tp_regions;
	bool tp_pagewise;        /* extract: one page in a fragment */
	bus_size_t tp_chop;      /* extract: most bytes in one; 0: any */
	unsigned tp_maxfrags;    /* extract: most in one answer; 0: any */
	bool tp_intr;            /* an interrupt handler runs */
	bool tp_lockedwindow;    /* syncs may ask for windows under a lock */
	bool tp_pages_free_lies; /* pages_free: EINVAL for everything */

	uint64_t tp_calls[TP_NHOOKS];
	uint64_t tp_fail;  /* calls until one fails; 0: none will */
	bool tp_failed;    /* one did */
	bool tp_failon;    /* and all after it do */
	int tp_barrierops; /* of the last barrier */
	int tp_kmapflags;  /* of the last mapping */

	/* With caches: tp_noncoherent. */
	struct busdma_cpu_ops tp_cpu;
	struct busdma_cache_ops tp_cache;
	bool tp_uncached; /* what is mapped COHERENT is not cached */
	struct tp_event tp_event[TP_NEVENTS];
	unsigned tp_nevents; /* more than fit are counted */
	void *tp_syncwindow; /* the one there may be; NULL: none */

	unsigned tp_reports[TP_NREPORTS];
	unsigned tp_nreports;
	struct busdma_report tp_last;

	/*
	 * With tp_waits: until the event has come, this is called; it lets
	 * others make it come.
	 */
	void (*tp_onwait)(struct tp *tp, void *arg);
	void *tp_waitarg;

	/* With tp_ports: what answers there; value: NULL, it is read. */
	uint8_t (*tp_onport)(struct tp *tp, void *arg, uint32_t port,
	    unsigned width, const uint32_t *value);
	void *tp_portarg;

	/* What the library holds. */
	unsigned tp_allocs, tp_pages, tp_windows, tp_kmaps, tp_locks;
	size_t tp_bytes;
	size_t tp_lastalloc; /* bytes of the last allocation */

	unsigned tp_wrong; /* calls that broke a rule; printed */
};

struct tp *tp_create(uint32_t pagesize, paddr_t rambase, unsigned rampages);
/* Returns what was still held plus what was done wrong; prints it. */
unsigned tp_destroy(struct tp *tp);
/* Nothing of the library's is held and nothing was done wrong. */
bool tp_clean(const struct tp *tp);

/*
 * Kernel memory over the physical addresses `pages', or the pages at `first'
 * and following ones.  It lives until tp_destroy.
 */
void *tp_buf(struct tp *tp, const paddr_t *pages, unsigned n);
void *tp_run(struct tp *tp, paddr_t first, unsigned n);
/* Memory of another space, at `va'; returns what the CPU may look at. */
void *tp_space(struct tp *tp, busdma_space_t as, uintptr_t va,
    const paddr_t *pages, unsigned n);
/* The host memory behind physical `pa'; NULL: there is none. */
void *tp_phys(struct tp *tp, paddr_t pa);

/*
 * Caches that devices don't see, in lines of `line' bytes, with BUSDMA_CACHE_*:
 * before the first tag is made.  Each operation must be for whole lines, of
 * memory that is where it says.
 */
void tp_noncoherent(struct tp *tp, uint32_t line, unsigned flags);
/* pl_wait and pl_wake, which are NULL: before the first tag is made. */
void tp_waits(struct tp *tp, void (*func)(struct tp *tp, void *arg), void *arg);
/*
 * pl_port_read and pl_port_write, which are NULL: before isa_dmainit.  A lock
 * must be held in them.
 */
void tp_ports(struct tp *tp,
    uint8_t (*func)(struct tp *tp, void *arg, uint32_t port, unsigned width,
	const uint32_t *value),
    void *arg);
/* For a test to set as ca_finish, which is NULL. */
void tp_finish(const struct busdma_platform *pl);
/* What pl_memory says of the memory at `va' of a space, and all beside it. */
void tp_known(
    struct tp *tp, busdma_space_t as, const void *va, unsigned memory);

/* The n-th failable call from now (from 1) fails; 0: none does. */
void tp_fail_at(struct tp *tp, uint64_t n);
/* Reports of `code' since the last tp_forget. */
unsigned tp_reported(const struct tp *tp, enum busdma_report_code code);
void tp_forget(struct tp *tp);

/* A root tag of direct mapping; NULL and 0: one window, the identity. */
int tp_direct(struct tp *tp, const struct bus_dma_window *w, unsigned n,
    bus_dma_tag_t *newtag);

/* A chain of the test's own. */
struct tp_chain {
	struct tp *tc_tp;
	const struct busdma_part *tc_parts;
	size_t tc_nparts;
	bus_size_t tc_total;
	busdma_space_t tc_space;
	int tc_error; /* what ch_open says */
};
extern const struct busdma_chain_ops tp_chain_ops;

#endif /* TESTS_SUPPORT_TP_H */
