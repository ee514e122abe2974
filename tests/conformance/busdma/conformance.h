/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite: what every backend and every port must do.
 *
 * A porter fills in a struct conf_env, calls conf_run for each case from 0 to
 * conf_count() - 1 and prints the outcomes with whatever the machine has.  The
 * suite needs the library, memcpy and its three sisters, and nothing else.  It
 * keeps its state in static memory: one run at a time.
 *
 * Abilities that the environment lacks (NULL) make cases CONF_SKIP.
 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <busdma/direct.h>
#include <busdma/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory that the suite asks for; all of it aligned to the page. */
enum conf_mem {
	CONF_MEM_RUN,   /* one physical run, within reach: required */
	CONF_MEM_PAGES, /* within reach, no page next to its neighbour */
	CONF_MEM_EDGE,  /* one run within reach; nothing translates behind it */
	CONF_MEM_FAR,   /* memory that devices do not reach as it is */
};

/* An operation of cpu_cache, a barrier, or ca_finish. */
enum conf_cache {
	CONF_CACHE_WB,
	CONF_CACHE_INV,
	CONF_CACHE_WBINV,
	CONF_BARRIER,
	CONF_BARRIER_WC,
	CONF_FINISH
};

struct conf_told {
	enum conf_cache ct_what;
	uintptr_t ct_va; /* of a cache operation */
	paddr_t ct_pa;
	size_t ct_len;
};

struct conf_env {
	uint32_t ce_size; /* sizeof(struct conf_env) */
	void *ce_cookie;  /* the environment's own */

	/*
	 * The tag under test: no alignment, boundary or other limit of its
	 * own beyond what ce_windows say.  The suite makes tags from it and
	 * never destroys it.
	 */
	bus_dma_tag_t ce_tag;
	const struct busdma_platform *ce_pl;

	/*
	 * How the device sees physical memory through the whole stack, as in
	 * bus_dmatag_direct.  None: no constant says it (bouncing, I/O virtual
	 * addresses), and cases that count on exact addresses check only that
	 * segments are legal.
	 */
	const struct bus_dma_window *ce_windows;
	unsigned ce_nwindows;

	/*
	 * Kernel memory of `size' bytes (a multiple of the page), up to 32
	 * pages at a time; NULL: there is none of that kind.
	 */
	void *(*ce_alloc)(
	    const struct conf_env *env, enum conf_mem kind, size_t size);
	void (*ce_free)(const struct conf_env *env, enum conf_mem kind, void *p,
	    size_t size);

	/*
	 * How many calls of pl_report came since the last call of this, and
	 * the last of them; but for BUSDMA_REPORT_SHAREDLINE, which is not
	 * counted here.  NULL: reports are not checked.
	 */
	unsigned (*ce_reports)(
	    const struct conf_env *env, struct busdma_report *last);

	/*
	 * What the library holds: bytes of structures, bytes of pages.  Taken
	 * before and after each case.  NULL: leaks are not looked for.
	 */
	void (*ce_usage)(const struct conf_env *env, uint64_t usage[2]);

	/* Barriers so far.  NULL: not counted. */
	uint64_t (*ce_barriers)(const struct conf_env *env);

	/*
	 * Let the n-th call from now (from 1) of the hooks that can fail
	 * (pl_alloc, pl_extract, pl_pages_alloc, pl_kmap, pl_window) fail, all
	 * counted together; 0: none.  Returns whether the last one came.
	 */
	bool (*ce_fail_at)(const struct conf_env *env, uint64_t n);

	/*
	 * User memory.  NULL ce_ualloc: there is none.  ce_uunmap takes the
	 * page at `uva' away, so that it no longer translates (may be NULL).
	 * ce_copyin reads user memory, ce_copyout writes it.
	 */
	struct proc *ce_proc;
	void *(*ce_ualloc)(const struct conf_env *env, size_t size);
	void (*ce_ufree)(const struct conf_env *env, void *uva, size_t size);
	int (*ce_uunmap)(const struct conf_env *env, void *uva);
	int (*ce_copyin)(
	    const struct conf_env *env, const void *uva, void *buf, size_t len);
	int (*ce_copyout)(
	    const struct conf_env *env, const void *buf, void *uva, size_t len);

	/*
	 * Memory at a bus address as the device sees it; 0 or EFAULT.  NULL:
	 * data are not compared.
	 */
	int (*ce_dev_read)(
	    const struct conf_env *env, bus_addr_t addr, void *buf, size_t len);
	int (*ce_dev_write)(const struct conf_env *env, bus_addr_t addr,
	    const void *buf, size_t len);
	/* An access to what is not loaded is EFAULT (and not reported). */
	bool ce_dev_guarded;
	/*
	 * Such an access is a fault, and has reached the handler of the tag
	 * (bus_dmatag_onfault) when ce_dev_read or ce_dev_write returns.
	 */
	bool ce_dev_faults;

	/* Calls of pl_report with SHAREDLINE so far.  NULL: not counted. */
	unsigned (*ce_shared)(const struct conf_env *env);

	/*
	 * What the CPU's caches were told since the last call of this: up to
	 * `n' of it, oldest first; returns how much there was.  NULL: that is
	 * not written down.
	 */
	unsigned (*ce_told)(
	    const struct conf_env *env, struct conf_told *told, unsigned n);

	/*
	 * What is out of reach, unaligned or in too many pieces goes through
	 * other memory, and so does what shares a cache line with strangers.
	 */
	bool ce_bounces;
};

enum conf_verdict { CONF_PASS, CONF_FAIL, CONF_SKIP };

struct conf_outcome {
	enum conf_verdict co_verdict;
	const char *co_file; /* of the check that failed */
	unsigned co_line;
	char co_text[240]; /* what was expected and what came; why skipped */
};

unsigned conf_count(void);
/* The item of the contract and what is shown of it; NULL past the last. */
const char *conf_name(unsigned i);
enum conf_verdict conf_run(
    unsigned i, const struct conf_env *env, struct conf_outcome *out);

#ifdef __cplusplus
}
#endif

#endif /* CONFORMANCE_H */
