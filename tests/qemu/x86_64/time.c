/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time by the 8254: channel 0 ticks, channel 2 measures what is shorter.  And
 * the CPU's interrupts.
 */
#include "x86.h"

#define PIT_HZ 1193182u
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_CONTROL 0x43
#define PORT_B 0x61 /* channel 2: gate and output */
#define PORT_B_GATE 0x01
#define PORT_B_SPEAKER 0x02
#define PORT_B_OUT 0x20

#define HZ 20u
#define LONGEST 50000u /* us in one turn of channel 2 */

#define RFLAGS_IF 0x200u

static volatile uint64_t ticks;

void
x86_timer_init(void)
{
	outb(PIT_CONTROL, 0x34); /* channel 0, a rate */
	outb(PIT_CHANNEL0, (uint8_t)(PIT_HZ / HZ));
	outb(PIT_CHANNEL0, (uint8_t)(PIT_HZ / HZ >> 8));
	mach_line_open(0);
}

void
x86_timer_tick(void)
{
	ticks++;
}

uint64_t
mach_ticks(void)
{
	return ticks;
}

unsigned
mach_hz(void)
{
	return HZ;
}

/* Channel 2 counts down once, while its gate is open. */
static void
turn(unsigned us)
{
	const unsigned count = us * (PIT_HZ / 1000) / 1000 + 2;
	const uint8_t b = inb(PORT_B) & (uint8_t)~PORT_B_SPEAKER;

	outb(PORT_B, b | PORT_B_GATE);
	outb(PIT_CONTROL, 0xb0);
	outb(PIT_CHANNEL2, (uint8_t)count);
	outb(PIT_CHANNEL2, (uint8_t)(count >> 8));
	while ((inb(PORT_B) & PORT_B_OUT) == 0)
		continue;
	outb(PORT_B, b);
}

void
mach_delay(unsigned us)
{
	for (; us > LONGEST; us -= LONGEST)
		turn(LONGEST);
	turn(us);
}

uintptr_t
mach_mask(void)
{
	uintptr_t flags;

	__asm__ volatile("pushfq; pop %0; cli" : "=r"(flags) : : "memory");
	return flags & RFLAGS_IF;
}

void
mach_restore(uintptr_t state)
{
	if (state != 0)
		__asm__ volatile("sti" ::: "memory");
}

/* No interrupt comes between sti and hlt. */
void
mach_idle(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}
