/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program on a bare machine may use, besides the library, the drivers
 * of examples and <examples/env.h>.
 *
 * A program is a function that is named on the kernel's command line, "NAME
 * key=value ...", and tells what it finds in TAP on the serial port.  It is
 * entered into the image by PORT_PROGRAM in its own file.  It runs on the
 * first CPU, with interrupts open.  When it returns, the main program prints
 * the plan and ends the machine: green when there was a line and none was red.
 */
#ifndef QEMU_PORT_H
#define QEMU_PORT_H

#include <busdma/platform.h>

#include "env.h"

struct port_program {
	const char *pp_name;
	void (*pp_main)(void);
};

/* The sections of these entries are the table of programs. */
#define PORT_PROGRAM(name, main)                                    \
	__attribute__((used, section("port_programs"), aligned(8))) \
	const struct port_program port_program_##name = { #name, main }

/*
 * The table, complete when a program begins.  Every report of the library is
 * told as a line; one that is not asked for (port_reports) makes the run red.
 */
const struct busdma_platform *port_platform(void);
/* Reports since the last call, and the last of them where `last' is given. */
unsigned port_reports(struct busdma_report *last);

/* The value of "key=value" on the command line; NULL: there is none. */
const char *port_arg(const char *key);
/* A number, decimal or 0x..., with K, M or G behind it. */
uint64_t port_arg_u64(const char *key, uint64_t otherwise);
bool port_same(const char *a, const char *b);

/*
 * Lines of TAP, each in one piece whoever else writes.  Of printf there are
 * %s %c %d %u %x %p, l and ll, a width and 0 before it, and %%.
 */
void tap_ok(bool ok, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void tap_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Ends the machine, with "Bail out!". */
_Noreturn void tap_bail(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/* The plan, and the end of the machine; green: no line was red, and `ok'. */
_Noreturn void port_exit(bool ok);

/*
 * Memory of whole pages, mapped, all of it in physical [low, high]: one run; or
 * scattered, no page next to its neighbour.  Behind it nothing translates
 * where it is scattered.  NULL: there is none.
 */
void *port_mem_alloc(size_t size, paddr_t low, paddr_t high, bool scattered);
/* A run of its own kernel addresses, behind which nothing translates. */
void *port_mem_edge(size_t size, paddr_t low, paddr_t high);
/* Of each of them, with the size that it was asked for with. */
void port_mem_free(void *p, size_t size);
/* Of a byte that is mapped. */
paddr_t port_paddr(const void *p);
/* The CPU's pointer to memory; NULL: it is no memory. */
void *port_pointer(paddr_t pa, size_t size);

/*
 * The n-th PCI function (from 0) of that vendor and device, with BAR 0 mapped,
 * memory space and bus mastering on, and its interrupt routed; the same one for
 * the same numbers.  NULL: there is none.
 */
struct env_device *port_pci_find(
    unsigned vendor, unsigned device, unsigned nth);
/* A device among the I/O ports, on an interrupt of the ISA bus. */
struct env_device *port_isa_device(unsigned iobase, unsigned irq);

/* Whether interrupts come to this CPU. */
bool port_interruptible(void);

/*
 * Run a function on the second CPU, once; false: there is none.  It maps and
 * unmaps nothing.  port_second_join waits for its end.
 */
bool port_second(void (*run)(void *arg), void *arg);
void port_second_join(void);
/* Let the other one go on: in a loop that waits for it. */
void port_pause(void);

/*
 * The one process, and memory of its own: whole pages in [low, high], none next
 * to its neighbour, at addresses that mean something else in the kernel.
 * port_user_unmap takes the page at `uva' away.  port_user_copy is EFAULT
 * where nothing translates.
 */
struct proc *port_proc(void);
void *port_user_alloc(size_t size, paddr_t low, paddr_t high);
void port_user_free(void *uva, size_t size);
void port_user_unmap(void *uva);
int port_user_copy(const void *uva, void *buf, size_t len, bool out);

#endif /* QEMU_PORT_H */
