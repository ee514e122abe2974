/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken network interface: see test_liar.h. */
#include "net/test_liar.h"

#include <stdlib.h>

/* Registers by which a test makes it lie. */
#define LIE_WORD(i) (0x80 + 4 * (i)) /* of the completion */
#define LIE_POST 0x90                /* on the ring that is written */
#define LIE_STUCK 0x94               /* 1: from when it is switched on */

struct liar {
	struct busdma_sim_dev *li_dev;
	uint32_t li_reg[64];
	uint32_t li_posted[2];
	uint32_t li_ring; /* 0: nothing to do */
	bool li_on;       /* it was switched on */
};

static uint64_t
liar_read(void *softc, uint32_t reg, unsigned width)
{
	struct liar *li = softc;

	(void)width;
	switch (reg) {
	case SIMNET_ID:
		return SIMNET_ID_VALUE;
	case SIMNET_CAP:
		return 16u | 8u << 16 | SIMNET_CAP_ADDR64;
	case SIMNET_MAXFRAME:
		return 9000;
	case SIMNET_CAUSE:
		return SIMNET_CAUSE_TX | SIMNET_CAUSE_RX;
	case SIMNET_STATUS:
		if (li->li_on && li->li_reg[LIE_STUCK / 4] != 0)
			return SIMNET_STATUS_RUN | SIMNET_STATUS_ERR;
		return li->li_reg[SIMNET_CTRL / 4] & SIMNET_CTRL_EN;
	default:
		return li->li_reg[reg / 4 % 64];
	}
}

static void
liar_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct liar *li = softc;

	(void)width;
	if (reg == LIE_POST)
		li->li_ring = (uint32_t)value;
	else
		li->li_reg[reg / 4 % 64] = (uint32_t)value;
	if (reg == SIMNET_CTRL && (value & SIMNET_CTRL_EN) != 0)
		li->li_on = true;
}

static bool
liar_step(void *softc)
{
	struct liar *li = softc;
	uint8_t raw[SIMNET_CPL_SIZE];
	uint32_t ring = li->li_ring, size, n, v;
	bus_addr_t at;
	unsigned i;

	if (ring == 0)
		return false;
	li->li_ring = 0;
	size = li->li_reg[(ring + SIMNET_R_SIZE) / 4];
	n = li->li_posted[ring == SIMNET_RX]++;
	for (i = 0; i < sizeof(raw); i++) {
		v = li->li_reg[LIE_WORD(i / 4) / 4];
		if (i / 4 == SIMNET_CPL_FLAGS / 4 && (n & size) == 0)
			v |= SIMNET_CPL_PHASE;
		raw[i] = (uint8_t)(v >> 8 * (i % 4));
	}
	at = li->li_reg[(ring + SIMNET_R_CPL_LO) / 4] |
	     (bus_addr_t)li->li_reg[(ring + SIMNET_R_CPL_HI) / 4] << 32;
	(void)busdma_sim_dma_write(li->li_dev,
	    at + (bus_addr_t)(n & (size - 1)) * SIMNET_CPL_SIZE, raw,
	    sizeof(raw));
	busdma_sim_intr(li->li_dev);
	return false;
}

static const struct busdma_sim_dev_ops liar_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "liar",
	.do_read = liar_read,
	.do_write = liar_write,
	.do_step = liar_step,
	.do_destroy = free,
};

void
liar_post(struct busdma_sim_dev *dev, uint32_t ring, uint32_t index,
    uint32_t len, uint32_t status, uint32_t flags)
{
	busdma_sim_reg_write(dev, LIE_WORD(SIMNET_CPL_INDEX / 4), 4, index);
	busdma_sim_reg_write(dev, LIE_WORD(SIMNET_CPL_LEN / 4), 4, len);
	busdma_sim_reg_write(dev, LIE_WORD(SIMNET_CPL_STATUS / 4), 4, status);
	busdma_sim_reg_write(dev, LIE_WORD(SIMNET_CPL_FLAGS / 4), 4, flags);
	busdma_sim_reg_write(dev, LIE_POST, 4, ring);
	(void)busdma_sim_wait(dev);
}

void
liar_stuck(struct busdma_sim_dev *dev, bool stuck)
{
	busdma_sim_reg_write(dev, LIE_STUCK, 4, stuck);
}

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
