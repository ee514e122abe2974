/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions, which end the run, and interrupts through the two 8259.
 */
#include "x86.h"

#define VECTORS 48
#define IRQ_BASE 32
#define SEL_CODE 0x08
#define SEL_TSS 0x18 /* of the first CPU; 16 bytes each */
#define CPUS 2
#define DOUBLE_FAULT 8

#define PIC1 0x20
#define PIC2 0xa0
#define PIC_EOI 0x20
#define PIC_READ_ISR 0x0b

struct gate {
	uint16_t g_low, g_selector;
	uint8_t g_ist, g_type;
	uint16_t g_mid;
	uint32_t g_high, g_reserved;
};

struct __attribute__((packed)) tss {
	uint32_t ts_reserved0;
	uint64_t ts_rsp[3], ts_reserved1, ts_ist[7], ts_reserved2;
	uint16_t ts_reserved3, ts_iomap;
};

struct __attribute__((packed)) table_pointer {
	uint16_t tp_limit;
	uintptr_t tp_base;
};

extern char trap_entries[]; /* every 16 bytes */

static uint64_t gdt[3 + 2 * CPUS] = { 0, 0x00af9b000000ffff,
	0x00cf93000000ffff };
static struct gate idt[VECTORS];
static struct tss tss[CPUS];
/* That a stack has run out is told on another. */
static char fault_stack[CPUS][4096] __attribute__((aligned(16)));

static void
set_gate(unsigned vector, uintptr_t entry)
{
	struct gate *g = &idt[vector];

	g->g_low = (uint16_t)entry;
	g->g_selector = SEL_CODE;
	g->g_ist = vector == DOUBLE_FAULT ? 1 : 0;
	g->g_type = 0x8e; /* interrupts stay masked */
	g->g_mid = (uint16_t)(entry >> 16);
	g->g_high = (uint32_t)(entry >> 32);
}

static void
load_tables(void)
{
	const struct table_pointer g = { sizeof(gdt) - 1, (uintptr_t)gdt };
	const struct table_pointer i = { sizeof(idt) - 1, (uintptr_t)idt };

	__asm__ volatile("lgdt %0; lidt %1" : : "m"(g), "m"(i));
	__asm__ volatile("mov %w0, %%ds; mov %w0, %%es; mov %w0, %%ss"
			 :
			 : "r"(SEL_CODE + 8));
}

void
x86_trap_init(unsigned cpu)
{
	const uintptr_t base = (uintptr_t)&tss[cpu];
	unsigned i;

	if (cpu == 0)
		for (i = 0; i < VECTORS; i++)
			set_gate(i, (uintptr_t)trap_entries + 16 * i);
	tss[cpu].ts_iomap = sizeof(struct tss);
	tss[cpu].ts_ist[0] = (uintptr_t)(&fault_stack[cpu] + 1);
	gdt[3 + 2 * cpu] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
			   (uint64_t)0x89 << 40 | (base >> 24 & 0xff) << 56;
	gdt[4 + 2 * cpu] = base >> 32;
	load_tables();
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS + 16 * cpu));
}

void
x86_pic_init(void)
{
	outb(PIC1, 0x11); /* ICW1: edges (ELCR says which are levels), ICW4 */
	outb(PIC2, 0x11);
	outb(PIC1 + 1, IRQ_BASE);
	outb(PIC2 + 1, IRQ_BASE + 8);
	outb(PIC1 + 1, 4);
	outb(PIC2 + 1, 2);
	outb(PIC1 + 1, 1);
	outb(PIC2 + 1, 1);
	outb(PIC1 + 1, 0xfb); /* all masked but the second PIC */
	outb(PIC2 + 1, 0xff);
}

static void
pic_mask(unsigned irq, bool mask)
{
	const unsigned port = (irq < 8 ? PIC1 : PIC2) + 1;
	const uint8_t bit = (uint8_t)(1u << (irq & 7));

	outb(port, (uint8_t)(mask ? inb(port) | bit : inb(port) & ~bit));
}

void
mach_line_open(unsigned line)
{
	const uintptr_t state = mach_mask();

	if (line < 16)
		pic_mask(line, false);
	mach_restore(state);
}

/* In service?  A line that has gone low again is told of as 7 or 15. */
static bool
pic_in_service(unsigned irq)
{
	const unsigned port = irq < 8 ? PIC1 : PIC2;

	outb(port, PIC_READ_ISR);
	return (inb(port) >> (irq & 7) & 1) != 0;
}

static void
interrupt(unsigned irq)
{
	if (pic_in_service(irq)) {
		if (irq == 0)
			x86_timer_tick();
		else if (!port_interrupt(irq))
			pic_mask(irq, true);
		outb(irq < 8 ? PIC1 : PIC2, PIC_EOI);
	}
	if (irq >= 8)
		outb(PIC1, PIC_EOI);
}

static void
exception(const struct trapframe *tf)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	tap_bail("exception %llu, error 0x%llx, at 0x%llx, cr2 0x%llx, "
		 "rsp 0x%llx",
	    (unsigned long long)tf->tf_vector, (unsigned long long)tf->tf_error,
	    (unsigned long long)tf->tf_rip, (unsigned long long)cr2,
	    (unsigned long long)tf->tf_rsp);
}

void
x86_trap(struct trapframe *tf)
{
	if (tf->tf_vector >= IRQ_BASE)
		interrupt((unsigned)tf->tf_vector - IRQ_BASE);
	else
		exception(tf);
}

/* A fault while a fault is told of, without a table to tell of it. */
void
mach_reset(void)
{
	const struct table_pointer none = { 0, 0 };

	__asm__ volatile("lidt %0; ud2" : : "m"(none));
	__builtin_unreachable();
}
