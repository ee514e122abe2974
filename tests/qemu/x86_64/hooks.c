/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port: the table of hooks, and what of them is the PC's own.  Memory is
 * port_heap_alloc's and the arena's, translation pmap.c's.
 */
#include "pmap.h"

#include <busdma/errno.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>
#include <busdma/x86.h>

#define WAIT_SECONDS 60

static struct busdma_platform table;
static struct busdma_x86_cpu cpu;

const struct busdma_platform *
port_platform(void)
{
	return &table;
}

/*
 * A spin lock.  While it is held no interrupt comes to this CPU; whether they
 * were open before is written into the lock by who has it.
 */
static void
hook_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	const uintptr_t state = mach_mask();

	(void)pl;
	while (__atomic_exchange_n(&lk->lk_word[0], 1, __ATOMIC_ACQUIRE) != 0)
		while (__atomic_load_n(&lk->lk_word[0], __ATOMIC_RELAXED) != 0)
			port_pause();
	lk->lk_word[1] = state;
}

static void
hook_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	const uintptr_t state = lk->lk_word[1];

	(void)pl;
	__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
	mach_restore(state);
}

/*
 * There are no threads: whoever waits keeps its CPU, with interrupts open,
 * until a handler or the other CPU sets the event.  Who is alone with what it
 * waits for waits for ever, which is told.
 */
static void
hook_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	const uint64_t end = mach_ticks() + WAIT_SECONDS * mach_hz();

	(void)pl;
	while (__atomic_exchange_n(&ev->ev_word[0], 0, __ATOMIC_ACQUIRE) == 0) {
		if (mach_ticks() > end)
			tap_bail("pl_wait: nobody wakes");
		port_pause();
	}
}

static void
hook_wake(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)pl;
	__atomic_store_n(&ev->ev_word[0], 1, __ATOMIC_RELEASE);
}

/* All of memory is mapped. */
static void *
hook_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	(void)pl;
	(void)flags;
	return port_pointer(pa, (size_t)len);
}

static void
hook_window_done(const struct busdma_platform *pl, void *va, bus_size_t len)
{
	(void)pl;
	(void)va;
	(void)len;
}

/* The cookie of a page is its number, as NetBSD's x86 has it. */
static paddr_t
hook_mmap(const struct busdma_platform *pl, paddr_t pa, int prot, int flags)
{
	(void)pl;
	(void)prot;
	(void)flags;
	return pa / PORT_PAGESIZE;
}

static busdma_space_t
hook_space(const struct busdma_platform *pl, struct proc *p)
{
	(void)pl;
	return p;
}

/*
 * What pl_kmap has mapped uncached is used there and nowhere else.  Of other
 * memory nothing is known of its neighbours.
 */
static unsigned
hook_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	(void)pl;
	(void)pa;
	return as == NULL && pmap_uncached(va, len) ? BUSDMA_MEMORY_UNCACHED
						    : 0;
}

/* As the library would, for a device that does not see the cache. */
void
mach_flush(const void *va, size_t len)
{
	const struct busdma_platform *pl = &table;

	cpu.xc_cache.ca_wbinv(pl, (uintptr_t)va, 0, len);
	cpu.xc_ops.cpu_barrier_wc(pl, BUS_DMASYNC_PREREAD);
}

static struct busdma_platform table = {
	.pl_size = sizeof(table),
	.pl_pagesize = PORT_PAGESIZE,
	.pl_alloc = port_heap_alloc,
	.pl_free = port_heap_free,
	.pl_extract = mach_extract,
	.pl_lock = hook_lock,
	.pl_unlock = hook_unlock,
	.pl_cpu = &cpu.xc_ops,
	.pl_pages_alloc = busdma_arena_pages_alloc,
	.pl_pages_free = busdma_arena_pages_free,
	.pl_window = hook_window,
	.pl_window_done = hook_window_done,
	.pl_kmap = port_kmap,
	.pl_kunmap = port_kunmap,
	.pl_mmap = hook_mmap,
	.pl_space = hook_space,
	.pl_mbuf = &busdma_mbuf_chain,
	.pl_uio = &busdma_uio_chain,
	.pl_report = port_report,
	.pl_account = &busdma_account,
	.pl_memory = hook_memory,
	.pl_wait = hook_wait,
	.pl_wake = hook_wake,
	.pl_port_read = busdma_x86_port_read,
	.pl_port_write = busdma_x86_port_write,
};

void
x86_hooks_init(const struct busdma_frag *ram, unsigned n)
{
	if (busdma_x86_cpu(&cpu) != 0)
		tap_bail("a CPU without CLFLUSH");
	port_mem_init(&table, ram, n);
}
