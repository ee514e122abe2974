/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second CPU, started through the local APIC (Intel SDM volume 3, 9.4.4,
 * "MP Initialization Example").
 */
#include "x86.h"

#include <busdma/string.h>

#define SECOND_ENTRY 0x8000 /* of start.S; below LOW_KEPT of boot.c */

#define MSR_APIC_BASE 0x1b
#define APIC_BASE_MASK ((uint64_t)0x000ffffffffff000)
#define APIC_ICR 0x300
#define ICR_INIT 0x500u
#define ICR_STARTUP 0x600u
#define ICR_ASSERT 0x4000u
#define ICR_OTHERS 0xc0000u /* all CPUs but this one */

extern char second_entry[], second_end[]; /* where they lie */

static struct second {
	void (*sc_run)(void *arg);
	void *sc_arg;
	bool sc_up, sc_done; /* atomic */
} second;

static bool
is_set(const bool *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

void
x86_second_start(void)
{
	x86_pmap_load();
	x86_trap_init(1);
	__atomic_store_n(&second.sc_up, true, __ATOMIC_RELEASE);
	second.sc_run(second.sc_arg);
	__atomic_store_n(&second.sc_done, true, __ATOMIC_RELEASE);
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void
command(uintptr_t apic, uint32_t icr, unsigned us)
{
	mach_write(false, apic + APIC_ICR, 4, icr | ICR_ASSERT | ICR_OTHERS);
	mach_delay(us);
}

bool
port_second(void (*run)(void *arg), void *arg)
{
	const uint64_t end = mach_ticks() + mach_hz();
	const uintptr_t apic = mach_row(1);

	if (second.sc_run != NULL || apic == 0 ||
	    !mach_map(
		apic, rdmsr(MSR_APIC_BASE) & APIC_BASE_MASK, MACH_UNCACHED))
		return false;
	memcpy(mach_pointer(SECOND_ENTRY),
	    mach_pointer((uintptr_t)second_entry),
	    (size_t)(second_end - second_entry));
	second.sc_run = run;
	second.sc_arg = arg;
	command(apic, ICR_INIT, 10000);
	command(apic, ICR_STARTUP | SECOND_ENTRY >> 12, 200);
	command(apic, ICR_STARTUP | SECOND_ENTRY >> 12, 200);
	while (!is_set(&second.sc_up) && mach_ticks() < end)
		port_pause();
	return is_set(&second.sc_up);
}

void
port_second_join(void)
{
	while (!is_set(&second.sc_done))
		port_pause();
}

void
port_pause(void)
{
	__builtin_ia32_pause();
}
