/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: those on PCI as the firmware has set them up, and those that stand
 * at known ports; and examples/env.h over them.
 *
 * A device's interrupt is its INTx.  The handler takes it by Interrupt Disable
 * of the function (PCI 3.0, 6.2.2), which quiets the line until the next
 * env_wait; so lines are shared, and a driver quiets its device when it comes
 * to it.  Interrupt Status (6.2.3) says whose it was.
 */
#include "machine.h"

#define PCI_COMMAND 0x04 /* and status, above */
#define COMMAND_MEMORY 0x2u
#define COMMAND_MASTER 0x4u
#define COMMAND_INTX_OFF 0x400u
#define STATUS_INTX (0x8u << 16)
#define PCI_HEADER 0x0c /* the type in bits 16 to 22, bit 23: functions */
#define PCI_BAR0 0x10
#define PCI_BUSES 0x18 /* of a bridge */
#define PCI_LINE 0x3c

#define MAXDEVICES 16
#define SECONDS 60 /* that an interrupt is waited for */

struct env_device {
	bool ed_pci;
	uint16_t ed_bdf, ed_vendor, ed_device, ed_nth;
	unsigned ed_line;
	bool ed_port;      /* registers are at ports */
	uintptr_t ed_base; /* of the registers */
	size_t ed_size;
	volatile bool ed_pending; /* with interrupts masked */
};

static struct env_device devices[MAXDEVICES];
static unsigned ndevices;

struct sought {
	unsigned so_id;  /* of vendor and device */
	unsigned so_nth; /* how many more there are before it */
};

/* Below a bus; 0: not there (which is the host bridge's number). */
static unsigned
seek(unsigned bus, struct sought *so)
{
	unsigned bdf, header, found;

	for (bdf = bus << 8; bdf < (bus + 1) << 8; bdf++) {
		if (mach_pci_read(bdf, 0) == 0xffffffffu) {
			if ((bdf & 7) == 0)
				bdf += 7;
			continue;
		}
		if (mach_pci_read(bdf, 0) == so->so_id && so->so_nth-- == 0)
			return bdf;
		header = mach_pci_read(bdf, PCI_HEADER) >> 16;
		found = mach_pci_read(bdf, PCI_BUSES) >> 8 & 0xff;
		if ((header & 0x7f) == 1 && found > bus) {
			found = seek(found, so);
			if (found != 0)
				return found;
		}
		if ((bdf & 7) == 0 && (header & 0x80) == 0)
			bdf += 7;
	}
	return 0;
}

/* Registers in memory behind BAR 0, which does not decode while measured. */
static bool
map_bar(struct env_device *dev)
{
	const uint32_t command = mach_pci_read(dev->ed_bdf, PCI_COMMAND);
	uint32_t bar = mach_pci_read(dev->ed_bdf, PCI_BAR0);
	paddr_t pa = bar & ~(uint32_t)0xf;
	uint32_t ones;
	size_t i;

	if ((bar & 1) != 0)
		return false;
	mach_pci_write(dev->ed_bdf, PCI_COMMAND, command & 0xfffd);
	mach_pci_write(dev->ed_bdf, PCI_BAR0, 0xffffffffu);
	ones = mach_pci_read(dev->ed_bdf, PCI_BAR0) & ~(uint32_t)0xf;
	mach_pci_write(dev->ed_bdf, PCI_BAR0, bar);
	mach_pci_write(dev->ed_bdf, PCI_COMMAND,
	    (command & 0xffff) | COMMAND_MEMORY | COMMAND_MASTER);
	if ((bar & 0x6) == 0x4)
		pa |= (paddr_t)mach_pci_read(dev->ed_bdf, PCI_BAR0 + 4) << 32;
	if (ones == 0 || pa == 0)
		return false;
	dev->ed_size = (size_t)(~ones + 1);
	dev->ed_base =
	    mach_row((dev->ed_size + (PORT_PAGESIZE - 1)) / PORT_PAGESIZE);
	if (dev->ed_base == 0)
		return false;
	for (i = 0; i < dev->ed_size; i += PORT_PAGESIZE)
		if (!mach_map(dev->ed_base + i,
			(pa & ~(paddr_t)(PORT_PAGESIZE - 1)) + i,
			MACH_UNCACHED))
			tap_bail("no memory for page tables");
	dev->ed_base += pa & (PORT_PAGESIZE - 1);
	return true;
}

struct env_device *
port_pci_find(unsigned vendor, unsigned device, unsigned nth)
{
	struct sought so = { vendor | device << 16, nth };
	struct env_device *dev;
	unsigned bdf;

	for (dev = devices; dev < &devices[ndevices]; dev++)
		if (dev->ed_pci && dev->ed_vendor == vendor &&
		    dev->ed_device == device && dev->ed_nth == nth)
			return dev;
	bdf = seek(0, &so);
	if (bdf == 0)
		return NULL;
	if (ndevices == MAXDEVICES)
		tap_bail("more than %d devices", MAXDEVICES);
	dev->ed_pci = true;
	dev->ed_bdf = (uint16_t)bdf;
	dev->ed_vendor = (uint16_t)vendor;
	dev->ed_device = (uint16_t)device;
	dev->ed_nth = (uint16_t)nth;
	dev->ed_line = mach_pci_read(bdf, PCI_LINE) & 0xff;
	if (!map_bar(dev))
		return NULL;
	ndevices++;
	mach_line_open(dev->ed_line);
	return dev;
}

struct env_device *
port_isa_device(unsigned iobase, unsigned irq)
{
	struct env_device *dev = &devices[ndevices];

	if (ndevices == MAXDEVICES)
		tap_bail("more than %d devices", MAXDEVICES);
	dev->ed_line = irq;
	dev->ed_port = true;
	dev->ed_base = iobase;
	dev->ed_size = 8;
	ndevices++;
	mach_line_open(irq);
	return dev;
}

/* Whether the function asks for it; INTx stays off from then. */
static bool
take_intx(struct env_device *dev)
{
	const uint32_t cs = mach_pci_read(dev->ed_bdf, PCI_COMMAND);

	if ((cs & STATUS_INTX) == 0 || (cs & COMMAND_INTX_OFF) != 0)
		return false;
	mach_pci_write(
	    dev->ed_bdf, PCI_COMMAND, (cs & 0xffff) | COMMAND_INTX_OFF);
	return true;
}

bool
port_interrupt(unsigned line)
{
	struct env_device *dev;
	bool taken = false;

	for (dev = devices; dev < &devices[ndevices]; dev++) {
		if (dev->ed_line != line || (dev->ed_pci && !take_intx(dev)))
			continue;
		dev->ed_pending = true;
		taken = true;
	}
	return taken;
}

bool
env_wait(struct env_device *dev)
{
	const uintptr_t state = mach_mask();
	const uint64_t end = mach_ticks() + SECONDS * mach_hz();
	uint32_t cs;
	bool came;

	if (!dev->ed_pending && dev->ed_pci) {
		cs = mach_pci_read(dev->ed_bdf, PCI_COMMAND);
		mach_pci_write(
		    dev->ed_bdf, PCI_COMMAND, cs & 0xffff & ~COMMAND_INTX_OFF);
	}
	while (!dev->ed_pending && mach_ticks() < end)
		mach_idle();
	came = dev->ed_pending;
	dev->ed_pending = false;
	mach_restore(state);
	return came;
}

void
env_delay(struct env_device *dev, unsigned us)
{
	(void)dev;
	mach_delay(us);
}

static uint64_t
reg_read(struct env_device *dev, uint32_t offset, unsigned width)
{
	if (offset >= dev->ed_size || width > dev->ed_size - offset)
		tap_bail("a read at 0x%x of a device, outside of it", offset);
	return mach_read(dev->ed_port, dev->ed_base + offset, width);
}

static void
reg_write(
    struct env_device *dev, uint32_t offset, unsigned width, uint64_t value)
{
	if (offset >= dev->ed_size || width > dev->ed_size - offset)
		tap_bail("a write at 0x%x of a device, outside of it", offset);
	mach_write(dev->ed_port, dev->ed_base + offset, width, value);
}

uint8_t
env_read8(struct env_device *dev, uint32_t offset)
{
	return (uint8_t)reg_read(dev, offset, 1);
}

void
env_write8(struct env_device *dev, uint32_t offset, uint8_t value)
{
	reg_write(dev, offset, 1, value);
}

uint32_t
env_read32(struct env_device *dev, uint32_t offset)
{
	return (uint32_t)reg_read(dev, offset, 4);
}

void
env_write32(struct env_device *dev, uint32_t offset, uint32_t value)
{
	reg_write(dev, offset, 4, value);
}

bool
env_write64(struct env_device *dev, uint32_t offset, uint64_t value)
{
	if (dev->ed_port)
		return false;
	reg_write(dev, offset, 8, value);
	return true;
}
