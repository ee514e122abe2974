/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU that this runs on: its cache instructions, for memory that devices
 * reach around the caches, and barriers that need no more than they must.
 *
 * CLWB writes back, and the line may stay; CLFLUSHOPT and CLFLUSH write back
 * what is dirty and forget the line, in all CPUs' caches.  Order (their pages
 * in the SDM, volume 2, and the APM, volume 3):
 *
 *	CLWB, CLFLUSHOPT	behind earlier stores to the same line, and to
 *			fences and locked operations; to nothing else.
 *	CLFLUSH		on Intel's also to all stores; on AMD's before there
 *			was CLFLUSHOPT to no more than MFENCE.
 *	loads		pass any of them, but not MFENCE.
 *
 * So, of the operations that the library asks for:
 *
 *	write back	nothing behind it.  Before it: what the CPU stored to
 *			the line is in order, but for such an old CLFLUSH, which
 *			has an MFENCE on both sides.  The device is told behind
 *			the fence of the PRE.
 *	invalidate	an MFENCE behind it, for the loads that follow; before
 *			it stands the MFENCE of the POST.
 *
 * No instruction forgets a line without writing back what is dirty (INVD, which
 * forgets all lines, is of no use).  Where the library invalidates, after a
 * device wrote, that must not happen, for it would be over the device's bytes;
 * and it does not: the PREREAD before has written the line back, nobody stores
 * to it while the device has it, and what the CPU fetches on its own meanwhile
 * is clean.  Lines that are shared with others are the same to the library
 * (noncoherent.c says what it asks of these others), and an eviction would do
 * no less.
 */
#include "cpuid.h"

typedef void cache_op_t(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len);

#define FENCE(insn) __asm__ volatile(insn ::: "memory")

/* One instruction for each line.  The table is the platform's. */
#define LINES(insn, pl, va, len)                                        \
	do {                                                            \
		const uint32_t line = (pl)->pl_cpu->cpu_cache->ca_line; \
                                                                        \
		for (; (len) != 0; (va) += line, (len) -= line)         \
			__asm__ volatile(insn " %0"                     \
					 : "+m"(*(volatile char *)(va)) \
					 :                              \
					 : "memory");                   \
	} while (0)

static void
x86_wb_clwb(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pa;
	LINES("clwb", pl, va, len);
}

static void
x86_wb_clflushopt(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pa;
	LINES("clflushopt", pl, va, len);
}

static void
x86_inv_clflushopt(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pa;
	LINES("clflushopt", pl, va, len);
	FENCE("mfence");
}

static void
x86_any_clflush(
    const struct busdma_platform *pl, uintptr_t va, paddr_t pa, size_t len)
{
	(void)pa;
	FENCE("mfence");
	LINES("clflush", pl, va, len);
	FENCE("mfence");
}

/* As cpu.c has it. */
static void
x86_known_barrier(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	(void)ops;
	FENCE("");
}

/*
 * For a PREWRITE alone it is stores, and what caches write back, that must be
 * there first, no loads: SFENCE.  A store does not pass an earlier load of any
 * memory, for it waits until that has retired: nothing for a POSTWRITE alone,
 * behind which the library asks nothing of the caches.
 */
static void
x86_known_barrier_wc(const struct busdma_platform *pl, int ops)
{
	(void)pl;
	if (ops == BUS_DMASYNC_PREWRITE)
		FENCE("sfence");
	else if (ops == BUS_DMASYNC_POSTWRITE)
		FENCE("");
	else
		FENCE("mfence");
}

int
busdma_x86_cpu_choose(const struct x86_cpuid *leaf1,
    const struct x86_cpuid *leaf7, struct busdma_x86_cpu *xc)
{
	const uint32_t line = CPUID_EBX_CLFLUSH(leaf1->ci_ebx);
	const bool opt = (leaf7->ci_ebx & CPUID_EBX_CLFLUSHOPT) != 0;
	const bool clwb = (leaf7->ci_ebx & CPUID_EBX_CLWB) != 0;
	const struct busdma_cache_ops cache = {
		.ca_size = sizeof(cache),
		.ca_line = line,
		.ca_code = &busdma_noncoherent,
		.ca_wb = !opt   ? x86_any_clflush
			 : clwb ? x86_wb_clwb
				: x86_wb_clflushopt,
		.ca_inv = opt ? x86_inv_clflushopt : x86_any_clflush,
		.ca_wbinv = opt ? x86_inv_clflushopt : x86_any_clflush,
	};
	const struct busdma_cpu_ops ops = {
		.cpu_size = sizeof(ops),
		.cpu_barrier = x86_known_barrier,
		.cpu_barrier_wc = x86_known_barrier_wc,
		.cpu_cache = &xc->xc_cache,
	};

	if ((leaf1->ci_edx & CPUID_EDX_CLFSH) == 0 ||
	    (leaf1->ci_edx & CPUID_EDX_SSE2) == 0 || line == 0 ||
	    (line & (line - 1)) != 0)
		return EINVAL;
	xc->xc_ops = ops;
	xc->xc_cache = cache;
	return 0;
}

int
busdma_x86_cpu(struct busdma_x86_cpu *xc)
{
	struct x86_cpuid leaf1 = { 0 }, leaf7 = { 0 };
	uint32_t last;

	if (xc == NULL)
		return EINVAL;
	if (x86_has_cpuid()) {
		last = x86_cpuid(0, 0).ci_eax;
		if (last >= 1)
			leaf1 = x86_cpuid(1, 0);
		if (last >= 7)
			leaf7 = x86_cpuid(7, 0);
	}
	return busdma_x86_cpu_choose(&leaf1, &leaf7, xc);
}
