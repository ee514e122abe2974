/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the files of the port to the PC: instructions that C has no words
 * for, and who calls whom.
 */
#ifndef QEMU_X86_H
#define QEMU_X86_H

#include "machine.h"

/*
 * Kernel addresses: the image (link.ld), the rows of mach_row, and all of
 * memory.  User memory is below USER_LAST, in tables of its own.
 */
#define IMAGE_OFFSET ((uintptr_t)0x40000000)
#define ROWS_BASE ((uintptr_t)0xffffc00000000000)
#define ROWS_PAGES ((size_t)65536)
#define LINEAR_BASE ((uintptr_t)0xffff800000000000)
#define USER_LAST ((uintptr_t)0x7fffffffffff)

static inline uint8_t
inb(unsigned port)
{
	uint8_t v;

	__asm__ volatile("inb %w1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline void
outb(unsigned port, uint8_t v)
{
	__asm__ volatile("outb %0, %w1" : : "a"(v), "Nd"(port) : "memory");
}

static inline uint32_t
inl(unsigned port)
{
	uint32_t v;

	__asm__ volatile("inl %w1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static inline void
outl(unsigned port, uint32_t v)
{
	__asm__ volatile("outl %0, %w1" : : "a"(v), "Nd"(port) : "memory");
}

static inline uint64_t
rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void
wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
			 : "memory");
}

/* What the entry of a trap pushes, upwards (start.S). */
struct trapframe {
	uint64_t tf_reg[15];
	uint64_t tf_vector, tf_error;
	uint64_t tf_rip, tf_cs, tf_rflags, tf_rsp, tf_ss;
};

/* Called from start.S. */
_Noreturn void x86_start(uint32_t info);
_Noreturn void x86_second_start(void);
void x86_trap(struct trapframe *tf);

void x86_serial_init(void);
void x86_trap_init(unsigned cpu); /* of this CPU, and it is that one */
void x86_pic_init(void);
void x86_timer_init(void);
void x86_timer_tick(void);

/* The kernel's tables, over memory of these regions. */
void x86_pmap_load(void); /* this CPU runs on them */
void x86_pmap_init(const struct busdma_frag *ram, unsigned n);

/* The table. */
void x86_hooks_init(const struct busdma_frag *ram, unsigned n);

#endif /* QEMU_X86_H */
