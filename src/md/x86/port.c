/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O ports of x86, 32 and 64 bits.
 *
 * The processor does all earlier stores to memory before an OUT, and carries
 * out neither IN nor OUT out of turn (Intel SDM volume 1, "Ordering I/O").  The
 * clobber keeps the compiler to the same.
 */
#include <busdma/x86.h>

uint32_t
busdma_x86_port_read(
    const struct busdma_platform *pl, uint32_t port, unsigned width)
{
	const uint16_t p = (uint16_t)port;
	uint32_t value;
	uint16_t value2;
	uint8_t value1;

	(void)pl;
	switch (width) {
	case 1:
		__asm__ volatile("inb %1, %0"
				 : "=a"(value1)
				 : "Nd"(p)
				 : "memory");
		return value1;
	case 2:
		__asm__ volatile("inw %1, %0"
				 : "=a"(value2)
				 : "Nd"(p)
				 : "memory");
		return value2;
	default:
		__asm__ volatile("inl %1, %0"
				 : "=a"(value)
				 : "Nd"(p)
				 : "memory");
		return value;
	}
}

void
busdma_x86_port_write(const struct busdma_platform *pl, uint32_t port,
    unsigned width, uint32_t value)
{
	const uint16_t p = (uint16_t)port;

	(void)pl;
	switch (width) {
	case 1:
		__asm__ volatile("outb %0, %1"
				 :
				 : "a"((uint8_t)value), "Nd"(p)
				 : "memory");
		break;
	case 2:
		__asm__ volatile("outw %0, %1"
				 :
				 : "a"((uint16_t)value), "Nd"(p)
				 : "memory");
		break;
	default:
		__asm__ volatile("outl %0, %1"
				 :
				 : "a"(value), "Nd"(p)
				 : "memory");
		break;
	}
}
