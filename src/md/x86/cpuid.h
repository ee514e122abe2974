/* SPDX-License-Identifier: BSD-2-Clause */
/* What the CPU says of itself.  Private to src/md/x86. */
#ifndef BUSDMA_MD_X86_CPUID_H
#define BUSDMA_MD_X86_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include <busdma/x86.h>

struct x86_cpuid {
	uint32_t ci_eax, ci_ebx, ci_ecx, ci_edx;
};

/* Leaf 1. */
#define CPUID_EBX_CLFLUSH(ebx) (((ebx) >> 8 & 0xff) * 8) /* bytes of a line */
#define CPUID_EDX_CLFSH 0x00080000u
#define CPUID_EDX_SSE2 0x04000000u /* with it MFENCE and LFENCE; and SFENCE */
/* Leaf 7, subleaf 0. */
#define CPUID_EBX_CLFLUSHOPT 0x00800000u
#define CPUID_EBX_CLWB 0x01000000u

/* The instruction, which is also a serializing one. */
static inline struct x86_cpuid
x86_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct x86_cpuid ci;

	__asm__ volatile(
	    "cpuid"
	    : "=a"(ci.ci_eax), "=b"(ci.ci_ebx), "=c"(ci.ci_ecx), "=d"(ci.ci_edx)
	    : "0"(leaf), "2"(subleaf)
	    : "memory");
	return ci;
}

/* Where it is, bit 21 of the flags can be changed (SDM volume 1, 20.1.2). */
static inline bool
x86_has_cpuid(void)
{
#ifdef __x86_64__
	return true;
#else
	uint32_t was, is;

	__asm__ volatile("pushfl; popl %0; movl %0, %1; xorl $0x200000, %0; "
			 "pushl %0; popfl; pushfl; popl %0; pushl %1; popfl"
			 : "=&r"(is), "=&r"(was)
			 :
			 : "cc", "memory");
	return ((was ^ is) & 0x200000) != 0;
#endif
}

/*
 * Of what leaves 1 and 7 say (0: there is no such leaf): the table.  EINVAL: no
 * CLFLUSH, or a line that can't be.  For busdma_x86_cpu, and its test.
 */
int busdma_x86_cpu_choose(const struct x86_cpuid *leaf1,
    const struct x86_cpuid *leaf7, struct busdma_x86_cpu *xc);

#endif /* BUSDMA_MD_X86_CPUID_H */
