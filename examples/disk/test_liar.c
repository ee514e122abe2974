/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken disk: see test_liar.h. */
#include "disk/test_liar.h"

#include <busdma/simdiskreg.h>

#include <stdlib.h>

struct liar {
	struct busdma_sim_dev *li_dev;
	uint32_t li_reg[16];
	unsigned li_posted;
	unsigned li_wanted;
};

static uint64_t
liar_read(void *softc, uint32_t reg, unsigned width)
{
	struct liar *li = softc;

	(void)width;
	switch (reg) {
	case SIMDISK_ID:
		return SIMDISK_ID_VALUE;
	case SIMDISK_CAP:
		return 64u | 16u << 16;
	case SIMDISK_STATUS:
		return li->li_reg[SIMDISK_CTRL / 4] & SIMDISK_CTRL_EN;
	default:
		return li->li_reg[reg / 4 % 16];
	}
}

static void
liar_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct liar *li = softc;

	(void)width;
	li->li_reg[reg / 4 % 16] = (uint32_t)value;
	if (reg == SIMDISK_CMDTAIL)
		li->li_wanted += 3;
}

/* Commands are all of slot 0; the ring does not come round. */
static bool
liar_step(void *softc)
{
	static const uint8_t ids[3] = { 0xff, 0x03, 0x00 };
	struct liar *li = softc;
	uint8_t cpl[SIMDISK_CPL_SIZE] = { 0 };
	bus_addr_t ring;

	if (li->li_posted == li->li_wanted)
		return false;
	cpl[SIMDISK_CPL_ID] = ids[li->li_posted % 3];
	cpl[SIMDISK_CPL_FLAGS] = SIMDISK_CPL_PHASE;
	ring = li->li_reg[SIMDISK_CPLQ_LO / 4] |
	       (bus_addr_t)li->li_reg[SIMDISK_CPLQ_HI / 4] << 32;
	(void)busdma_sim_dma_write(li->li_dev,
	    ring + (bus_addr_t)li->li_posted * SIMDISK_CPL_SIZE, cpl,
	    sizeof(cpl));
	li->li_posted++;
	busdma_sim_intr(li->li_dev);
	return li->li_posted != li->li_wanted;
}

static const struct busdma_sim_dev_ops liar_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "liar",
	.do_read = liar_read,
	.do_write = liar_write,
	.do_step = liar_step,
	.do_destroy = free,
};

int
liar_create(struct busdma_sim_bus *bus, struct busdma_sim_dev **devp)
{
	struct liar *li = calloc(1, sizeof(*li));
	int error;

	if (li == NULL)
		return ENOMEM;
	error = busdma_sim_dev_create(bus, 1, &liar_ops, li, devp);
	if (error != 0)
		free(li);
	else
		li->li_dev = *devp;
	return error;
}
