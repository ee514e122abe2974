/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an example driver asks of the machine besides bus_dma: its device's
 * registers, its interrupt, and time.  Every machine here provides these
 * functions (sim/env_sim.c is the simulated machine's), so the same driver
 * source runs on each of them.  Freestanding: it needs no libc.
 */
#ifndef EXAMPLES_ENV_H
#define EXAMPLES_ENV_H

#include <stdbool.h>
#include <stdint.h>

/* A device, as the machine knows it. */
struct env_device;

/*
 * A register of 32 bits at a byte offset, in the CPU's byte order.  Accesses
 * to one device's registers are done in program order.  Their order against
 * accesses to memory is the business of bus_dmamap_sync.
 */
uint32_t env_read32(struct env_device *dev, uint32_t offset);
void env_write32(struct env_device *dev, uint32_t offset, uint32_t value);

/* Likewise, of 8 bits: in memory or among the I/O ports, as the device is. */
uint8_t env_read8(struct env_device *dev, uint32_t offset);
void env_write8(struct env_device *dev, uint32_t offset, uint8_t value);

/*
 * Write a register of 64 bits in one access, for a device that is not to see
 * half of it.  False: the machine has no such access; nothing was written.
 */
bool env_write64(struct env_device *dev, uint32_t offset, uint64_t value);

/*
 * Wait for the device's interrupt; one that came since the last wait counts.
 * False: none came, and none will (time is up, or no device is at work).
 */
bool env_wait(struct env_device *dev);

/*
 * Let at least so many microseconds of the device's time pass: between two
 * looks at a register of one that is given only so many.
 */
void env_delay(struct env_device *dev, unsigned us);

#endif /* EXAMPLES_ENV_H */
