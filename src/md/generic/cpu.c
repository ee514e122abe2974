/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Barriers of CPUs on which the compiler's sequentially consistent fence
 * orders accesses to devices as well: POWER and PowerPC (sync), s390x
 * (bcr 15), SPARC V9 (membar #StoreLoad, under total store order).  Not of
 * Arm, where that fence (dmb ish) stops short of devices.
 */
#include <busdma/platform.h>

static void
generic_barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

const struct busdma_cpu_ops busdma_cpu_native = {
	.cpu_size = sizeof(struct busdma_cpu_ops),
	.cpu_barrier = generic_barrier,
	.cpu_barrier_wc = generic_barrier,
};
