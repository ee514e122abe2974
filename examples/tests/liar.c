/* SPDX-License-Identifier: BSD-2-Clause */
/* The broken device: see liar.h. */
#include "tests/liar.h"

#include <stdlib.h>

#define NREGS (sizeof(((struct liar *)NULL)->li_reg) / sizeof(uint32_t))
#define NFIXED                                            \
	(sizeof(((struct liar_config *)NULL)->lc_fixed) / \
	    sizeof(struct liar_fixed))

static uint64_t
liar_read(void *softc, uint32_t reg, unsigned width)
{
	const struct liar *li = softc;
	const struct liar_config *lc = li->li_config;
	size_t i;

	(void)width;
	if (reg == lc->lc_status && li->li_on && li->li_stuck != 0)
		return li->li_stuck;
	if (reg == lc->lc_status)
		return li->li_reg[lc->lc_ctrl / 4 % NREGS] & lc->lc_run;
	for (i = 0; i < NFIXED; i++) {
		if (lc->lc_fixed[i].lf_value != 0 &&
		    lc->lc_fixed[i].lf_reg == reg)
			return lc->lc_fixed[i].lf_value;
	}
	return li->li_reg[reg / 4 % NREGS];
}

static void
liar_store(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct liar *li = softc;

	(void)width;
	li->li_reg[reg / 4 % NREGS] = (uint32_t)value;
	if (reg == li->li_config->lc_ctrl &&
	    (value & li->li_config->lc_run) != 0)
		li->li_on = true;
}

static bool
liar_step(void *softc)
{
	(void)softc;
	return false;
}

static const struct busdma_sim_dev_ops liar_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "liar",
	.do_read = liar_read,
	.do_write = liar_store,
	.do_step = liar_step,
	.do_destroy = free,
};

int
liar_create(struct busdma_sim_bus *bus, unsigned requester,
    const struct liar_config *lc, struct liar **lip)
{
	struct liar *li = calloc(1, sizeof(*li));
	int error;

	if (li == NULL)
		return ENOMEM;
	li->li_config = lc;
	error =
	    busdma_sim_dev_create(bus, requester, &liar_ops, li, &li->li_dev);
	if (error != 0)
		free(li);
	else
		*lip = li;
	return error;
}

int
liar_write(struct liar *li, uint32_t reg, bus_size_t offset, const void *buf,
    size_t len)
{
	bus_addr_t base = li->li_reg[reg / 4 % NREGS] |
			  (bus_addr_t)li->li_reg[reg / 4 % NREGS + 1] << 32;
	int error;

	error = busdma_sim_dma_write(li->li_dev, base + offset, buf, len);
	busdma_sim_intr(li->li_dev);
	return error;
}
