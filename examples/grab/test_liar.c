/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken grabber: see test_liar.h. */
#include "grab/test_liar.h"

#include <stdlib.h>

#include <busdma/simgrabreg.h>

struct liar {
	struct busdma_sim_dev *li_dev;
	uint32_t li_reg[32];
	unsigned li_posted;
	unsigned li_wanted;
};

static uint64_t
liar_read(void *softc, uint32_t reg, unsigned width)
{
	struct liar *li = softc;

	(void)width;
	switch (reg) {
	case SIMGRAB_ID:
		return SIMGRAB_ID_VALUE;
	case SIMGRAB_CAP:
		return 64u | 16u << 16;
	case SIMGRAB_MAXFRAME:
		return 65536;
	case SIMGRAB_STATUS:
		return li->li_reg[SIMGRAB_CTRL / 4] & SIMGRAB_CTRL_EN;
	default:
		return li->li_reg[reg / 4 % 32];
	}
}

static void
liar_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct liar *li = softc;

	(void)width;
	li->li_reg[reg / 4 % 32] = (uint32_t)value;
	if (reg == SIMGRAB_BUFTAIL)
		li->li_wanted += 3;
}

/* Buffers are all number 0; the ring does not come round. */
static bool
liar_step(void *softc)
{
	static const uint8_t ids[3] = { 0xff, 0x03, 0x00 };
	struct liar *li = softc;
	uint8_t cpl[SIMGRAB_CPL_SIZE] = { 0 };
	bus_addr_t ring;

	if (li->li_posted == li->li_wanted)
		return false;
	cpl[SIMGRAB_CPL_ID] = ids[li->li_posted % 3];
	cpl[SIMGRAB_CPL_BYTES + 3] = 0xff;
	cpl[SIMGRAB_CPL_FLAGS] = SIMGRAB_CPL_PHASE;
	ring = li->li_reg[SIMGRAB_CPLQ_LO / 4] |
	       (bus_addr_t)li->li_reg[SIMGRAB_CPLQ_HI / 4] << 32;
	(void)busdma_sim_dma_write(li->li_dev,
	    ring + (bus_addr_t)li->li_posted * SIMGRAB_CPL_SIZE, cpl,
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
liar_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp)
{
	struct liar *li = calloc(1, sizeof(*li));
	int error;

	if (li == NULL)
		return ENOMEM;
	error = busdma_sim_dev_create(bus, requester, &liar_ops, li, devp);
	if (error != 0)
		free(li);
	else
		li->li_dev = *devp;
	return error;
}
