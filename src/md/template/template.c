/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The skeleton of a port: see template.h.
 *
 * The file is in three parts: a host to stand on, which a port throws away;
 * the hooks, in the order in which they are called; the table.  What a porter
 * fills in is marked HOST, with what the host must offer there.
 */
#include "template.h"

#include <busdma/errno.h>
#include <busdma/mbuf.h>
#include <busdma/string.h>
#include <busdma/uio.h>

static struct busdma_platform port;

/* ---- a host to stand on ---- */

/*
 * HOST: all of this part goes; what the runner calls of it is written anew,
 * beside the runner.  Memory is an array, a heap stands beside it, there is one
 * process, and its page table is a table.
 */
#define RAMPAGES 208
#define UNIT 64
#define UNITS 8192
#define USERPAGES 32
#define USERBASE ((uintptr_t)PORT_PAGESIZE)
#define NOPAGE (~(paddr_t)0)

struct proc {
	void *p_mem;               /* of its buffer; NULL: it has none */
	paddr_t p_page[USERPAGES]; /* of the page at USERBASE + i pages */
};

/* Aligned by hand: no loader is asked to. */
static unsigned char memory[(size_t)(RAMPAGES + 16) * PORT_PAGESIZE];
static union {
	max_align_t hp_align;
	unsigned char hp_bytes[UNITS * UNIT];
} heap;
static unsigned char heap_used[UNITS]; /* under heap_lock */
static busdma_lock_t heap_lock;
static struct proc user;

void
host_ram(paddr_t *firstp, paddr_t *lastp)
{
	const uintptr_t align = (uintptr_t)16 * PORT_PAGESIZE;
	const uintptr_t base = ((uintptr_t)memory + (align - 1)) & ~(align - 1);

	*firstp = base;
	*lastp = base + ((paddr_t)RAMPAGES * PORT_PAGESIZE - 1);
}

void *
host_pointer(paddr_t pa, size_t size)
{
	paddr_t first, last;

	host_ram(&first, &last);
	if (pa < first || pa > last || size - 1 > last - pa)
		return NULL;
	return (void *)(uintptr_t)pa;
}

/* The lowest `units' that are free in a row. */
static void *
host_heap_alloc(size_t size)
{
	size_t units = (size + (UNIT - 1)) / UNIT, i, row = 0;
	void *p = NULL;

	port.pl_lock(&port, &heap_lock);
	for (i = 0; i < UNITS && row < units; i++)
		row = heap_used[i] ? 0 : row + 1;
	if (row == units) {
		memset(&heap_used[i - units], 1, units);
		p = &heap.hp_bytes[(i - units) * UNIT];
	}
	port.pl_unlock(&port, &heap_lock);
	return p;
}

static void
host_heap_free(void *p, size_t size)
{
	size_t first = (size_t)((unsigned char *)p - heap.hp_bytes) / UNIT;

	port.pl_lock(&port, &heap_lock);
	memset(&heap_used[first], 0, (size + (UNIT - 1)) / UNIT);
	port.pl_unlock(&port, &heap_lock);
}

/* The physical address of a byte, and to where memory goes on from there. */
static bool
host_translate(
    const struct proc *p, uintptr_t va, paddr_t *pap, bus_size_t *leftp)
{
	const uintptr_t offset = va & (PORT_PAGESIZE - 1);
	paddr_t first, last;

	if (p == NULL) {
		host_ram(&first, &last);
		if (va < first || va > last)
			return false;
		*pap = va;
		*leftp = last - va + 1;
		return true;
	}
	if (p->p_mem == NULL || va < USERBASE ||
	    (va - USERBASE) / PORT_PAGESIZE >= USERPAGES)
		return false;
	*pap = p->p_page[(va - USERBASE) / PORT_PAGESIZE];
	if (*pap == NOPAGE)
		return false;
	*pap += offset;
	*leftp = PORT_PAGESIZE - offset;
	return true;
}

/* From the pages that bus_dmamem_alloc has, too. */
void *
host_mem_alloc(size_t size, paddr_t low, paddr_t high, bool scattered)
{
	struct busdma_pages pg = { 0 };

	pg.pg_size = pg.pg_min = size;
	pg.pg_low = low;
	pg.pg_high = high;
	pg.pg_align = PORT_PAGESIZE;
	if (scattered || busdma_arena_pages_alloc(&port, &pg) != 0)
		return NULL;
	return (void *)(uintptr_t)pg.pg_addr;
}

void
host_mem_free(void *p, size_t size, bool scattered)
{
	(void)scattered;
	(void)busdma_arena_pages_free(&port, (uintptr_t)p, size);
}

struct proc *
host_proc(void)
{
	return &user;
}

/* One buffer at a time, its pages in falling order. */
void *
host_user_alloc(size_t size, paddr_t low, paddr_t high)
{
	size_t n = size / PORT_PAGESIZE, i;

	if (n > USERPAGES || user.p_mem != NULL)
		return NULL;
	user.p_mem = host_mem_alloc(size, low, high, false);
	if (user.p_mem == NULL)
		return NULL;
	memset(user.p_page, 0xff, sizeof(user.p_page));
	for (i = 0; i < n; i++)
		user.p_page[n - 1 - i] =
		    (uintptr_t)user.p_mem + i * PORT_PAGESIZE;
	return (void *)USERBASE;
}

void
host_user_free(void *uva, size_t size)
{
	(void)uva;
	host_mem_free(user.p_mem, size, false);
	user.p_mem = NULL;
}

void
host_user_unmap(void *uva)
{
	user.p_page[((uintptr_t)uva - USERBASE) / PORT_PAGESIZE] = NOPAGE;
}

void *
host_user_pointer(const void *uva)
{
	bus_size_t left;
	paddr_t pa;

	if (!host_translate(&user, (uintptr_t)uva, &pa, &left))
		return NULL;
	return host_pointer(pa, 1);
}

/* ---- every call: mutual exclusion ---- */

/*
 * HOST: a spin lock, and the interrupts of this CPU masked while it is held
 * where handlers use the library.  lk_word[1] to lk_word[3] are free for what
 * unlock restores; all words 0 is an unlocked lock.
 */
static void
port_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	while (__atomic_exchange_n(&lk->lk_word[0], 1, __ATOMIC_ACQUIRE) != 0)
		continue;
}

static void
port_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	__atomic_store_n(&lk->lk_word[0], 0, __ATOMIC_RELEASE);
}

/* ---- a tag is made, a map is created; both destroyed ---- */

/*
 * HOST: the kernel's heap, aligned for any object.  It may wait, unless flags
 * says BUS_DMA_NOWAIT; this one never does.
 */
static void *
port_alloc(const struct busdma_platform *pl, size_t size, int flags)
{
	(void)pl;
	(void)flags;
	return host_heap_alloc(size);
}

static void
port_free(const struct busdma_platform *pl, void *p, size_t size)
{
	(void)pl;
	host_heap_free(p, size);
}

/* ---- memory for DMA: allocated, mapped ---- */

/*
 * HOST: an allocator of physically contiguous pages; without one, the arena
 * over memory that is kept from the rest of the kernel, as here.
 */
static int
port_pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	return busdma_arena_pages_alloc(pl, pg);
}

static int
port_pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	return busdma_arena_pages_free(pl, addr, size);
}

/*
 * HOST: where the CPU sees physical memory: a linear mapping of all of it, or
 * a mapping made here and ended in port_window_done.
 */
static void *
port_window(
    const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	(void)pl;
	(void)flags;
	return host_pointer(pa, (size_t)len);
}

static void
port_window_done(const struct busdma_platform *pl, void *va, bus_size_t len)
{
	/* A linear mapping stays. */
	(void)pl;
	(void)va;
	(void)len;
}

/* HOST: what the pager of device memory wants of a page: here its number. */
static paddr_t
port_mmap(const struct busdma_platform *pl, paddr_t pa, int prot, int flags)
{
	(void)pl;
	(void)prot;
	(void)flags;
	return pa / PORT_PAGESIZE;
}

/* ---- load ---- */

/* HOST: the page table of a process. */
static busdma_space_t
port_space(const struct busdma_platform *pl, struct proc *p)
{
	(void)pl;
	return p;
}

/*
 * HOST: host_translate, a walk of the page table: the physical address of the
 * byte at `va', and how many bytes follow without a gap from there: to the end
 * of the page, or of the large page, or of the linear mapping.
 */
static unsigned
port_extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	bus_size_t left;
	unsigned i = 0;
	paddr_t pa;

	(void)pl;
	while (len != 0 && host_translate(as, va, &pa, &left)) {
		if (left > len)
			left = len;
		if (i != 0 && frags[i - 1].bf_addr + frags[i - 1].bf_len == pa)
			frags[i - 1].bf_len += left;
		else if (i == n)
			break;
		else
			frags[i++] = (struct busdma_frag){ pa, left };
		va += (uintptr_t)left;
		len -= left;
	}
	return i;
}

/*
 * HOST: put the thread to sleep until port_wake has been called for `ev': a
 * semaphore of the kernel's, whose name may stand in ev_word[1] to ev_word[3].
 * Here it is looked for.
 */
static void
port_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)pl;
	while (__atomic_exchange_n(&ev->ev_word[0], 0, __ATOMIC_ACQUIRE) == 0)
		continue;
}

/*
 * HOST: wake it, from any context, with a port_lock held.  The word may be gone
 * once that lock is: nothing of it is touched afterwards.
 */
static void
port_wake(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)pl;
	__atomic_store_n(&ev->ev_word[0], 1, __ATOMIC_RELEASE);
}

/* ---- sync ---- */

/*
 * HOST: what the machine needs beyond its CPU's own barriers, as the drain of
 * a write buffer between the CPU and the bus.
 */
static void
port_barrier(const struct busdma_platform *pl, int ops)
{
	busdma_cpu_native.cpu_barrier(pl, ops);
}

static void
port_barrier_wc(const struct busdma_platform *pl, int ops)
{
	busdma_cpu_native.cpu_barrier_wc(pl, ops);
}

static const struct busdma_cpu_ops port_cpu = {
	.cpu_size = sizeof(port_cpu),
	.cpu_barrier = port_barrier,
	.cpu_barrier_wc = port_barrier_wc,
};

/* ---- load, where devices don't see the caches ---- */

/*
 * HOST: BUSDMA_MEMORY_* of what port_kmap has mapped.  Here all memory is
 * cached, and nothing is known of who uses it.
 */
static unsigned
port_memory(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    paddr_t pa, bus_size_t len)
{
	(void)pl;
	(void)as;
	(void)va;
	(void)pa;
	(void)len;
	return 0;
}

/* ---- any call: a caller's error ---- */

/* The last of them, for a debugger. */
struct port_told {
	const char *volatile pt_func;
	const char *volatile pt_text;
};
static struct port_told told;

/*
 * HOST: a line on the console, with busdma_report_text(rp->rp_code).  It can
 * be called in an interrupt, and must not call the library back.
 */
static void
port_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	told.pt_func = rp->rp_func;
	told.pt_text = busdma_report_text(rp->rp_code);
}

/* ---- backends that drive hardware ---- */

/*
 * HOST: how registers of devices are read and written: the instructions, the
 * byte order, what must stand between two of them.
 */
static uint64_t
port_reg_read(const struct busdma_platform *pl, uintptr_t addr, unsigned width)
{
	(void)pl;
	switch (width) {
	case 1:
		return *(const volatile uint8_t *)addr;
	case 2:
		return *(const volatile uint16_t *)addr;
	case 4:
		return *(const volatile uint32_t *)addr;
	default:
		return *(const volatile uint64_t *)addr;
	}
}

static void
port_reg_write(const struct busdma_platform *pl, uintptr_t addr, unsigned width,
    uint64_t value)
{
	(void)pl;
	switch (width) {
	case 1:
		*(volatile uint8_t *)addr = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)addr = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)addr = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)addr = value;
		break;
	}
}

/* ---- the table ---- */

/*
 * Not const for the arena's sake; complete, and never written to again, when
 * port_init returns.
 */
static struct busdma_platform port = {
	.pl_size = sizeof(port),
	.pl_pagesize = PORT_PAGESIZE,
	.pl_cookie = NULL, /* HOST: for the hooks, if they want one */

	/* Required. */
	.pl_alloc = port_alloc,
	.pl_free = port_free,
	.pl_extract = port_extract,
	.pl_lock = port_lock,
	.pl_unlock = port_unlock,

	/* Optional: each NULL has a meaning. */
	.pl_cpu = &port_cpu,
	.pl_pages_alloc = port_pages_alloc,
	.pl_pages_free = port_pages_free,
	.pl_window = port_window,
	.pl_window_done = port_window_done,
	/*
	 * HOST: an MMU that shows scattered pages in a row, and uncached.
	 * There is none here: what is contiguous is mapped, by port_window.
	 * busdma_porting(7) has the two functions.
	 */
	.pl_kmap = NULL,
	.pl_kunmap = NULL,
	.pl_mmap = port_mmap,
	.pl_space = port_space,
	/* HOST: accessors of the host's own mbufs and uios, if it has any. */
	.pl_mbuf = &busdma_mbuf_chain,
	.pl_uio = &busdma_uio_chain,
	.pl_report = port_report,
	.pl_reg_read = port_reg_read,
	.pl_reg_write = port_reg_write,
	/* HOST: NULL, where its text, 1 to 1.5 KiB, is too much. */
	.pl_account = &busdma_account,
	.pl_memory = port_memory,
	/* HOST: NULL, both, where no thread can sleep. */
	.pl_wait = port_wait,
	.pl_wake = port_wake,
	/* HOST: a PC's are busdma_x86_port_read and _write of <busdma/x86.h> */
	.pl_port_read = NULL,
	.pl_port_write = NULL,
};

/* HOST: the physical memory that bus_dmamem_alloc gives out. */
int
port_init(const struct busdma_platform **plp)
{
	struct busdma_frag pages;
	paddr_t last;
	int error;

	if (port.pl_arena == NULL) {
		host_ram(&pages.bf_addr, &last);
		pages.bf_len = last - pages.bf_addr + 1;
		error = busdma_arena_create(&port, &pages, 1, &port.pl_arena);
		if (error != 0)
			return error;
	}
	*plp = &port;
	return 0;
}
