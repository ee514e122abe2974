/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers of x86, 32 and 64 bits, on whichever of these CPUs.  What is cheaper
 * where the CPU is known, and the caches, are cache.c's.
 *
 * The rules (Intel SDM volume 3, "Memory Ordering in P6 and More Recent
 * Processor Families"; AMD APM volume 2, "Memory System", on ordering), for
 * memory that is write-back or uncacheable, registers of devices among it:
 *
 *  1. Stores become visible in program order.  A string of them by one REP
 *     MOVS may be out of order within itself, and is in order with the stores
 *     before and behind it.  Non-temporal ones (MOVNTI and the like) are not
 *     in order: who makes them, a memcpy too, ends with an SFENCE.
 *  2. A store does not pass an earlier load.
 *  3. A load does not pass an earlier load.  It may pass an earlier store.
 *  4. I/O instructions (IN, OUT) pass nothing, and nothing passes them.
 *
 *	PREWRITE	stores to memory, before the store that tells the
 *			device: by 1; by OUT: 4.
 *	PREREAD		loads from memory and stores to it, before that store:
 *			by 2 and 1.  A later load of the same bytes that comes
 *			early is none: the driver makes it after a POSTREAD.
 *	POSTREAD	the load that saw the device's signal, before loads
 *			from memory: by 3; by IN: 4.
 *	POSTWRITE	that load, before stores to memory: by 2.
 *
 * So what is left is the compiler, which an empty statement that clobbers
 * memory stops.  That a load may pass a store would matter to a barrier between
 * two looks at shared memory, each at what the other stores: a driver's.
 *
 * Memory that is write-combining ("Methods of Caching Available", "Buffering of
 * Write Combining Memory Locations"; APM, "Write-Combining Operations"): stores
 * wait in buffers, and become visible when these are full, or are made to;
 * loads may be made early.  So 1 and 3 don't hold, and caches that a device
 * does not see have their own rules (cache.c).  MFENCE does for all: nothing
 * that is before it, stores in buffers and the CLFLUSH family included, is
 * passed by what is behind it.
 *
 * Where MFENCE may not be there, 32 bits: for stores a locked operation, which
 * empties the buffers and is passed by no store.  But not for loads: from
 * write-combining memory they may pass it on the Pentium 4 and later ("Bus
 * Locking").  What they don't pass is a serializing instruction, CPUID; a CPU
 * without that has none of it.
 */
#include "cpuid.h"

static void
x86_barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
	__asm__ volatile("" ::: "memory");
}

static void
x86_barrier_wc(const struct busdma_platform *pl, int ops)
{
	(void)pl;
#ifdef __x86_64__
	(void)ops;
	__asm__ volatile("mfence" ::: "memory");
#else
	__asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
	if ((ops & BUS_DMASYNC_POSTREAD) != 0 && x86_has_cpuid())
		(void)x86_cpuid(0, 0);
#endif
}

const struct busdma_cpu_ops busdma_cpu_native = {
	.cpu_size = sizeof(struct busdma_cpu_ops),
	.cpu_barrier = x86_barrier,
	.cpu_barrier_wc = x86_barrier_wc,
};
