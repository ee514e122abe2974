/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers of x86, 32 and 64 bits.
 *
 * Write-back and uncached memory (Intel SDM volume 3, 9.2.2 "Memory Ordering
 * in P6 and More Recent Processor Families"; AMD APM volume 2, 7.2):
 *
 *  1. Stores become visible in program order, a store to a device's register
 *     (uncacheable) among them.  So what a PRE must order, earlier stores
 *     before the store that tells the device, is in order.
 *  2. A store does not pass an earlier load: what was read before a PREREAD
 *     was read before the device was told.
 *  3. A load does not pass an earlier load, nor a store an earlier load: what
 *     follows a POST stands behind the load that saw the device's signal.
 *
 * What is left is the compiler, which an empty statement that clobbers memory
 * stops.  Non-temporal stores are not in order; who makes them fences them.
 *
 * Write-combining memory: stores may wait in a write-combining buffer, and
 * loads are not in order (SDM volume 3, 12.3.1).  A locked operation, like
 * MFENCE, waits for the buffers and for all earlier loads, and is there on
 * every x86 since the first.
 */
#include <busdma/platform.h>

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
	(void)ops;
#ifdef __x86_64__
	__asm__ volatile("mfence" ::: "memory");
#else
	__asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
#endif
}

const struct busdma_cpu_ops busdma_cpu_native = {
	.cpu_size = sizeof(struct busdma_cpu_ops),
	.cpu_barrier = x86_barrier,
	.cpu_barrier_wc = x86_barrier_wc,
};
