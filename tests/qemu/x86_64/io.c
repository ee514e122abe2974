/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers, among the I/O ports and in memory, and PCI's configuration space
 * by its first mechanism.
 */
#include "x86.h"

#include <busdma/x86.h>

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define PCI_ENABLE 0x80000000u

uint64_t
mach_read(bool port, uintptr_t addr, unsigned width)
{
	const volatile void *p = (const volatile void *)addr;

	if (port)
		return busdma_x86_port_read(
		    port_platform(), (uint32_t)addr, width);
	switch (width) {
	case 1:
		return *(const volatile uint8_t *)p;
	case 2:
		return *(const volatile uint16_t *)p;
	case 4:
		return *(const volatile uint32_t *)p;
	default:
		return *(const volatile uint64_t *)p;
	}
}

void
mach_write(bool port, uintptr_t addr, unsigned width, uint64_t value)
{
	volatile void *p = (volatile void *)addr;

	if (port) {
		busdma_x86_port_write(
		    port_platform(), (uint32_t)addr, width, (uint32_t)value);
		return;
	}
	switch (width) {
	case 1:
		*(volatile uint8_t *)p = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)p = (uint16_t)value;
		break;
	case 4:
		*(volatile uint32_t *)p = (uint32_t)value;
		break;
	default:
		*(volatile uint64_t *)p = value;
		break;
	}
}

/* Address and data are one access: no interrupt may come between. */
uint32_t
mach_pci_read(unsigned bdf, unsigned offset)
{
	const uintptr_t state = mach_mask();
	uint32_t v;

	outl(PCI_ADDRESS, PCI_ENABLE | bdf << 8 | (offset & 0xfc));
	v = inl(PCI_DATA);
	mach_restore(state);
	return v;
}

void
mach_pci_write(unsigned bdf, unsigned offset, uint32_t value)
{
	const uintptr_t state = mach_mask();

	outl(PCI_ADDRESS, PCI_ENABLE | bdf << 8 | (offset & 0xfc));
	outl(PCI_DATA, value);
	mach_restore(state);
}
