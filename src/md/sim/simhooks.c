/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: the platform's hooks.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "simvar.h"

#define OBJECT_MAGIC 0x62756f626a656374u

/* What a hook may do, and where it may be called. */
static const struct hook_kind {
	const char *hk_name;
	bool hk_fails;
	bool hk_thread; /* not from an interrupt handler */
} hook_kinds[BUSDMA_SIM_NHOOKS] = {
	[BUSDMA_SIM_HOOK_ALLOC] = { "pl_alloc", true, true },
	[BUSDMA_SIM_HOOK_FREE] = { "pl_free", false, true },
	[BUSDMA_SIM_HOOK_EXTRACT] = { "pl_extract", true, false },
	[BUSDMA_SIM_HOOK_LOCK] = { "pl_lock", false, false },
	[BUSDMA_SIM_HOOK_UNLOCK] = { "pl_unlock", false, false },
	[BUSDMA_SIM_HOOK_PAGES_ALLOC] = { "pl_pages_alloc", true, true },
	[BUSDMA_SIM_HOOK_PAGES_FREE] = { "pl_pages_free", false, true },
	[BUSDMA_SIM_HOOK_WINDOW] = { "pl_window", true, false },
	[BUSDMA_SIM_HOOK_WINDOW_DONE] = { "pl_window_done", false, false },
	[BUSDMA_SIM_HOOK_KMAP] = { "pl_kmap", true, true },
	[BUSDMA_SIM_HOOK_KUNMAP] = { "pl_kunmap", false, true },
	[BUSDMA_SIM_HOOK_MMAP] = { "pl_mmap", true, true },
	[BUSDMA_SIM_HOOK_SPACE] = { "pl_space", false, true },
	[BUSDMA_SIM_HOOK_REPORT] = { "pl_report", false, false },
	[BUSDMA_SIM_HOOK_BARRIER] = { "cpu_barrier", false, false },
	[BUSDMA_SIM_HOOK_LOADED] = { "load", true, false },
	[BUSDMA_SIM_HOOK_UNLOADED] = { "unload", false, false },
	[BUSDMA_SIM_HOOK_SYNC] = { "sync", false, false },
	[BUSDMA_SIM_HOOK_WB] = { "ca_wb", false, false },
	[BUSDMA_SIM_HOOK_INV] = { "ca_inv", false, false },
	[BUSDMA_SIM_HOOK_WBINV] = { "ca_wbinv", false, false },
	[BUSDMA_SIM_HOOK_MEMORY] = { "pl_memory", false, false },
	[BUSDMA_SIM_HOOK_WAIT] = { "pl_wait", false, true },
	[BUSDMA_SIM_HOOK_WAKE] = { "pl_wake", false, false },
};

/* The platform locks that this thread holds, of any machine. */
static _Thread_local unsigned locks_held;

unsigned
sim_locks_held(void)
{
	return locks_held;
}

static struct busdma_sim *
sim_of(const struct busdma_platform *pl)
{
	return pl->pl_cookie;
}

static void
complain_context(struct busdma_sim *sim, const char *hook)
{
	char text[80];

	snprintf(text, sizeof(text), "%s in an interrupt handler", hook);
	sim_complain(sim, BUSDMA_SIM_CONTEXT, text, 0, 0);
}

static inline void
called(struct busdma_sim *sim, enum busdma_sim_hook hook)
{
	const struct hook_kind *hk = &hook_kinds[hook];

	sim->s_calls[hook]++;
	sim->s_now += SIM_NS_HOOK;
	/* The handler of a fault is an interrupt handler. */
	if ((sim->s_interrupt || sim_fault_delivering()) && hk->hk_thread)
		complain_context(sim, hk->hk_name);
}

static inline void
called_and_step(struct busdma_sim *sim, enum busdma_sim_hook hook)
{
	called(sim, hook);
	if (!sim_fault_delivering())
		sim_tick(sim);
}

void
sim_hook_still(struct busdma_sim *sim, enum busdma_sim_hook hook)
{
	called(sim, hook);
	if (sim->s_ring != NULL)
		sim_cache_tick(sim);
}

bool
sim_hook(struct busdma_sim *sim, enum busdma_sim_hook hook)
{
	called_and_step(sim, hook);
	if (!hook_kinds[hook].hk_fails || sim->s_failin == 0 ||
	    --sim->s_failin != 0)
		return false;
	sim->s_failed = true;
	return true;
}

static void *
hook_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	struct busdma_sim *sim = sim_of(pl);
	struct sim_object *ob = NULL;

	sim_enter(sim);
	if (!sim_hook(sim, BUSDMA_SIM_HOOK_ALLOC) &&
	    size <= SIZE_MAX - sizeof(*ob))
		ob = malloc(sizeof(*ob) + size);
	if (ob != NULL) {
		memset(ob + 1, 0xa5, size);
		ob->ob_size = size;
		ob->ob_magic = OBJECT_MAGIC;
		ob->ob_next = sim->s_objects;
		ob->ob_prevp = &sim->s_objects;
		if (ob->ob_next != NULL)
			ob->ob_next->ob_prevp = &ob->ob_next;
		sim->s_objects = ob;
	}
	sim_leave(sim);
	return ob != NULL ? ob + 1 : NULL;
}

static void
hook_free(const struct busdma_platform *pl, void *p, size_t size)
{
	struct busdma_sim *sim = sim_of(pl);
	struct sim_object *ob = p != NULL ? (struct sim_object *)p - 1 : NULL;

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_FREE);
	if (ob == NULL || ob->ob_magic != OBJECT_MAGIC) {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_free of what is not allocated", (uintptr_t)p, size);
	} else {
		if (ob->ob_size != size)
			sim_complain(sim, BUSDMA_SIM_MISUSE,
			    "pl_free with another size", (uintptr_t)p, size);
		*ob->ob_prevp = ob->ob_next;
		if (ob->ob_next != NULL)
			ob->ob_next->ob_prevp = ob->ob_prevp;
		memset(ob, 0x5a, sizeof(*ob) + ob->ob_size);
		free(ob);
	}
	sim_leave(sim);
}

/* Whether pl_extract was called as it may be; reported if not. */
static bool
extract_ok(struct busdma_sim *sim, busdma_space_t as, uintptr_t va,
    bus_size_t len, unsigned n)
{
	if (as != NULL && sim->s_interrupt)
		complain_context(sim, "pl_extract of a process");
	if (as != NULL && sim_proc_of(sim, as) == NULL) {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_extract of a space of no living process", va, len);
		return false;
	}
	if (n == 0) {
		sim_complain(
		    sim, BUSDMA_SIM_MISUSE, "pl_extract with no room", va, len);
		return false;
	}
	return true;
}

/* Pages that a pager gives are asked for before, without the mutex. */
static unsigned
hook_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	struct busdma_sim *sim = sim_of(pl);
	struct sim_space *sp = as != NULL ? as : &sim->s_kernel;
	bool ok;

	sim_enter(sim);
	ok = extract_ok(sim, as, va, len, n) &&
	     !sim_hook(sim, BUSDMA_SIM_HOOK_EXTRACT);
	sim_leave(sim);
	if (!ok)
		return 0;
	if (as != NULL)
		sim_mmap_touch(sim, sp, va, len, 0);
	sim_enter(sim);
	n = sim_space_extract(sim, sp, va, len, frags, n);
	sim_leave(sim);
	return n;
}

/*
 * lk_word[0] is the lock, lk_word[1] its owner: the address of the thread's
 * counter.  Both are accessed with atomics, for the owner is looked at by
 * threads that don't hold the lock.
 */
static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	struct busdma_sim *sim = sim_of(pl);
	uintptr_t self = (uintptr_t)&locks_held, none;
	bool mine;

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_LOCK);
	mine = __atomic_load_n(&lk->lk_word[1], __ATOMIC_RELAXED) == self;
	if (mine)
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_lock of a lock that the caller holds", (uintptr_t)lk,
		    0);
	else if (locks_held != 0)
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_lock while another lock is held", (uintptr_t)lk, 0);
	sim_leave(sim);
	if (mine)
		return;
	/* No moment for the watchdog: the lock's holder is not known yet. */
	sim_inside++;
	for (;;) {
		none = 0;
		if (__atomic_compare_exchange_n(&lk->lk_word[0], &none, 1,
			false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			break;
		sched_yield();
	}
	__atomic_store_n(&lk->lk_word[1], self, __ATOMIC_RELAXED);
	locks_held++;
	sim_inside--;
}

static void
hook_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	struct busdma_sim *sim = sim_of(pl);
	bool mine;

	mine = __atomic_load_n(&lk->lk_word[1], __ATOMIC_RELAXED) ==
	       (uintptr_t)&locks_held;
	if (mine) {
		__atomic_store_n(&lk->lk_word[1], 0, __ATOMIC_RELAXED);
		__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
		locks_held--;
	}
	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_UNLOCK);
	if (!mine)
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_unlock of a lock that the caller doesn't hold",
		    (uintptr_t)lk, 0);
	sim_leave(sim);
}

/*
 * On a machine whose memory is fragmented, a request that will do with less
 * gets less.
 */
static bool
fragment(struct busdma_sim *sim, struct busdma_pages *pg)
{
	uint64_t n;

	if (pg->pg_min == pg->pg_size || sim->s_frag == BUSDMA_SIM_FRAG_NONE)
		return false;
	n = pg->pg_min;
	if (sim->s_frag == BUSDMA_SIM_FRAG_RANDOM)
		n += sim_rng_below(&sim->s_rngmem, 8) * sim->s_pagesize;
	if (n < pg->pg_size)
		pg->pg_size = n;
	return true;
}

static int
hook_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	struct busdma_sim *sim = sim_of(pl);
	bus_size_t mask = sim->s_pagesize - 1, size = pg->pg_size;
	int error = ENOMEM;

	sim_enter(sim);
	if (sim_hook(sim, BUSDMA_SIM_HOOK_PAGES_ALLOC))
		goto out;
	if (pg->pg_min == 0 || pg->pg_min > pg->pg_size ||
	    ((pg->pg_min | pg->pg_size) & mask) != 0 || pg->pg_align == 0 ||
	    (pg->pg_align & (pg->pg_align - 1)) != 0 ||
	    (pg->pg_boundary & (pg->pg_boundary - 1)) != 0) {
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_pages_alloc with a malformed request", pg->pg_low,
		    size);
		goto out;
	}
	error = sim_pages_take(sim, pg, fragment(sim, pg));
	if (error != 0)
		pg->pg_size = size;
out:
	sim_leave(sim);
	return error;
}

static int
hook_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	struct busdma_sim *sim = sim_of(pl);
	int error;

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_PAGES_FREE);
	error = sim_pages_give(sim, addr, size);
	if (error == 0) {
		(void)sim_bus_freeing(sim, addr, size);
		(void)sim_mmap_freeing(sim, addr, size);
	}
	sim_leave(sim);
	return error;
}

static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	struct busdma_sim *sim = sim_of(pl);
	bool sync = (flags & BUSDMA_WINDOW_SYNC) != 0, fail = false;
	uint64_t run;
	char *p = NULL;

	sim_enter(sim);
	if (sync)
		sim_hook_still(sim, BUSDMA_SIM_HOOK_WINDOW);
	else
		fail = sim_hook(sim, BUSDMA_SIM_HOOK_WINDOW);
	if (sync && len > sim->s_pagesize - (pa & (sim->s_pagesize - 1)))
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_window of a sync across a page", pa, len);
	if (!fail)
		p = sim_ram(sim, pa, &run);
	if (p != NULL && run < len)
		p = NULL;
	if (p != NULL) {
		sim->s_windows++;
		if (sim->s_line != 0)
			sim_cache_look(sim, pa, len);
	}
	sim_leave(sim);
	return p;
}

static void
hook_window_done(const struct busdma_platform *pl, void *va, bus_size_t len)
{
	struct busdma_sim *sim = sim_of(pl);
	struct sim_region *rn;

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_WINDOW_DONE);
	rn = sim_space_find(&sim->s_kernel, (uintptr_t)va);
	if (sim->s_windows == 0 || rn == NULL || rn->rn_kind != SIM_LINEAR)
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_window_done of no window", (uintptr_t)va, len);
	else
		sim->s_windows--;
	sim_leave(sim);
}

static int
hook_kmap(const struct busdma_platform *pl, const bus_dma_segment_t *segs,
    int nsegs, size_t size, int flags, void **kvap)
{
	struct busdma_sim *sim = sim_of(pl);
	int error = ENOMEM;

	sim_enter(sim);
	if (!sim_hook(sim, BUSDMA_SIM_HOOK_KMAP))
		error = sim_kmap(sim, segs, nsegs, size, flags, kvap);
	sim_leave(sim);
	return error;
}

static void
hook_kunmap(const struct busdma_platform *pl, void *kva, size_t size)
{
	struct busdma_sim *sim = sim_of(pl);

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_KUNMAP);
	if (!sim_kunmap(sim, kva, size))
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_kunmap of what pl_kmap didn't map", (uintptr_t)kva,
		    size);
	sim_leave(sim);
}

/* The device pager of this machine wants page numbers. */
static paddr_t
hook_mmap(const struct busdma_platform *pl, paddr_t pa, int prot, int flags)
{
	struct busdma_sim *sim = sim_of(pl);
	bool fail;

	sim_enter(sim);
	fail = sim_hook(sim, BUSDMA_SIM_HOOK_MMAP);
	sim_leave(sim);
	return fail ? (paddr_t)-1 : pa >> sim->s_pageshift;
}

static busdma_space_t
hook_space(const struct busdma_platform *pl, struct proc *p)
{
	struct busdma_sim *sim = sim_of(pl);

	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_SPACE);
	if (p != NULL)
		(void)sim_proc_check(
		    sim, p, "pl_space of a process that is not there");
	sim_leave(sim);
	return busdma_sim_space(p);
}

static void
hook_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	struct busdma_sim *sim = sim_of(pl);
	struct busdma_sim_report sr = {
		.sr_reason = BUSDMA_SIM_CALLER,
		.sr_addr = rp->rp_addr,
		.sr_len = rp->rp_len,
		.sr_library = rp,
	};
	char text[160];

	snprintf(text, sizeof(text), "%s: %s",
	    rp->rp_func != NULL ? rp->rp_func : "?",
	    busdma_report_text(rp->rp_code));
	sr.sr_text = text;
	sim_enter(sim);
	sim_hook(sim, BUSDMA_SIM_HOOK_REPORT);
	sim_report(sim, &sr);
	sim_leave(sim);
}

/* Devices go on while it waits; a watchdog finds one that nobody wakes. */
static void
hook_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	struct busdma_sim *sim = sim_of(pl);
	bool locked = false;

	while (__atomic_exchange_n(&ev->ev_word[0], 0, __ATOMIC_ACQUIRE) == 0) {
		sim_enter(sim);
		sim_hook(sim, BUSDMA_SIM_HOOK_WAIT);
		if (locks_held != 0 && !locked)
			sim_complain(sim, BUSDMA_SIM_MISUSE,
			    "pl_wait while a lock is held", (uintptr_t)ev, 0);
		locked = locks_held != 0;
		sim_leave(sim);
		sched_yield();
	}
}

/* Devices don't go on: a lock is held. */
static void
hook_wake(const struct busdma_platform *pl, busdma_event_t *ev)
{
	struct busdma_sim *sim = sim_of(pl);

	sim_enter(sim);
	called(sim, BUSDMA_SIM_HOOK_WAKE);
	if (__atomic_load_n(&ev->ev_word[0], __ATOMIC_RELAXED) != 0)
		sim_complain(sim, BUSDMA_SIM_MISUSE,
		    "pl_wake of what was woken already", (uintptr_t)ev, 0);
	sim_leave(sim);
	__atomic_store_n(&ev->ev_word[0], 1, __ATOMIC_RELEASE);
}

void
sim_platform_init(struct busdma_sim *sim)
{
	sim->s_pl = (struct busdma_platform){
		.pl_size = sizeof(struct busdma_platform),
		.pl_pagesize = sim->s_pagesize,
		.pl_cookie = sim,
		.pl_alloc = hook_alloc,
		.pl_free = hook_free,
		.pl_extract = hook_extract,
		.pl_lock = hook_lock,
		.pl_unlock = hook_unlock,
		.pl_pages_alloc = hook_pages_alloc,
		.pl_pages_free = hook_pages_free,
		.pl_window = hook_window,
		.pl_window_done = hook_window_done,
		.pl_kmap = hook_kmap,
		.pl_kunmap = hook_kunmap,
		.pl_mmap = hook_mmap,
		.pl_space = hook_space,
		.pl_mbuf = &busdma_mbuf_chain,
		.pl_uio = &busdma_uio_chain,
		.pl_report = hook_report,
		.pl_account = &busdma_account,
	};
	if (sim->s_wait) {
		sim->s_pl.pl_wait = hook_wait;
		sim->s_pl.pl_wake = hook_wake;
	}
	sim_cpu_init(sim);
}

uint64_t
busdma_sim_calls(struct busdma_sim *sim, enum busdma_sim_hook hook)
{
	uint64_t n = 0;

	sim_enter(sim);
	if ((unsigned)hook < BUSDMA_SIM_NHOOKS)
		n = sim->s_calls[hook];
	sim_leave(sim);
	return n;
}

bool
busdma_sim_fail_at(struct busdma_sim *sim, uint64_t n)
{
	bool failed;

	sim_enter(sim);
	failed = sim->s_failed;
	sim->s_failed = false;
	sim->s_failin = n;
	sim_leave(sim);
	return failed;
}

void
busdma_sim_interrupt(struct busdma_sim *sim, bool on)
{
	sim_enter(sim);
	sim->s_interrupt = on;
	sim_leave(sim);
}
