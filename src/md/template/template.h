/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The skeleton of a port: copy it and template.c, and fill in what is marked
 * HOST.  busdma_porting(7) goes through it in the order of the calls.
 *
 * As it stands it is a whole port, to a process: memory is a static array,
 * physical addresses are the process's own.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <busdma/platform.h>

/*
 * HOST: the size of a page: the unit of the host's translation, and of its
 * allocator of contiguous memory.
 */
#ifndef PORT_PAGESIZE
#define PORT_PAGESIZE 4096
#endif

/*
 * Fill in the table, make its arena, and hand the table out; it lives as long
 * as the program.  A second call hands out the same table.  ENOMEM: no memory
 * for the arena.  Context: a thread, before the first tag is made.
 */
int port_init(const struct busdma_platform **plp);

/*
 * What the conformance runner asks of the host, beside the port.
 *
 * HOST: the port calls none of these.  They move to a file beside the copy of
 * the runner, which keeps their names, and are written for the machine.
 */

/*
 * Memory is [*firstp, *lastp], physical addresses.  Of several banks: the one
 * that devices reach; the runner's env_alloc can ask another for the rest.
 */
void host_ram(paddr_t *firstp, paddr_t *lastp);

/*
 * Kernel memory, `size' bytes of whole pages, all within [low, high]: one
 * physical run; or scattered, no page behind its neighbour.  NULL: none, or
 * none of that kind.
 */
void *host_mem_alloc(size_t size, paddr_t low, paddr_t high, bool scattered);
void host_mem_free(void *p, size_t size, bool scattered);

/* The CPU's pointer to memory; NULL: there is none. */
void *host_pointer(paddr_t pa, size_t size);

/*
 * A process, and its memory: whole pages, of physical addresses in
 * [low, high].  NULL host_proc: there are none.  host_user_unmap takes one page
 * away, which stays the caller's to free; host_user_pointer is the CPU's
 * pointer to a byte of it.
 */
struct proc *host_proc(void);
void *host_user_alloc(size_t size, paddr_t low, paddr_t high);
void host_user_free(void *uva, size_t size);
void host_user_unmap(void *uva);
void *host_user_pointer(const void *uva);

#endif /* TEMPLATE_H */
