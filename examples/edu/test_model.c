/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulated edu: see test_model.h. */
#include "edu/test_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edu/edureg.h"

#define MAXSTEPS 6

static uint64_t
em_read(void *softc, uint32_t reg, unsigned width)
{
	struct edu_model *em = softc;

	if (width != 4) {
		busdma_sim_complain_reg(em->em_dev, reg, width, "width");
		return 0;
	}
	switch (reg) {
	case EDU_ID:
		return 0x010000ed;
	case EDU_LIVE:
		return em->em_dead ? 0 : (uint32_t)~em->em_live;
	case EDU_INTR:
		return em->em_intr;
	case EDU_CMD:
		return em->em_cmd;
	default:
		busdma_sim_complain_reg(em->em_dev, reg, 0, "no such register");
		return 0;
	}
}

static void
em_start(struct edu_model *em, uint32_t cmd)
{
	if ((cmd & EDU_CMD_RUN) == 0)
		return;
	em->em_cmd = cmd;
	em->em_steps =
	    (unsigned)(busdma_sim_random(busdma_sim_of(em->em_dev)) % MAXSTEPS);
}

static void
em_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct edu_model *em = softc;
	bool dma = reg >= EDU_SRC;

	if (width != 4 && (width != 8 || !dma)) {
		busdma_sim_complain_reg(em->em_dev, reg, width, "width");
		return;
	}
	if (dma && (em->em_cmd & EDU_CMD_RUN) != 0) {
		busdma_sim_complain_reg(
		    em->em_dev, reg, value, "written while it runs");
		return;
	}
	if (reg == EDU_LIVE)
		em->em_live = (uint32_t)value;
	else if (reg == EDU_INTR_ACK)
		em->em_intr &= ~(uint32_t)value;
	else if (reg == EDU_SRC)
		em->em_src = value;
	else if (reg == EDU_DST)
		em->em_dst = value;
	else if (reg == EDU_COUNT)
		em->em_count = value;
	else if (reg == EDU_CMD)
		em_start(em, (uint32_t)value);
	else
		busdma_sim_complain_reg(
		    em->em_dev, reg, value, "no such register");
}

static void
em_move(struct edu_model *em)
{
	bool tomem = (em->em_cmd & EDU_CMD_TOMEM) != 0;
	uint64_t card = (tomem ? em->em_src : em->em_dst) - EDU_BUFFER;
	uint64_t addr = tomem ? em->em_dst : em->em_src;
	size_t len = (size_t)em->em_count;

	if (em->em_count == 0 || em->em_count > EDU_BUFSIZE ||
	    card > EDU_BUFSIZE || em->em_count > EDU_BUFSIZE - card) {
		busdma_sim_complain(
		    em->em_dev, card, em->em_count, "beyond the buffer");
		return;
	}
	if ((addr & ~em->em_mask) != 0)
		busdma_sim_complain(
		    em->em_dev, addr, len, "bits that it does not have");
	addr &= em->em_mask;
	if (tomem)
		(void)busdma_sim_dma_write(
		    em->em_dev, addr, em->em_buf + card, len);
	else
		(void)busdma_sim_dma_read(
		    em->em_dev, addr, em->em_buf + card, len);
}

static bool
em_step(void *softc)
{
	struct edu_model *em = softc;

	if ((em->em_cmd & EDU_CMD_RUN) == 0 || em->em_stuck)
		return false;
	if (em->em_steps-- > 0)
		return true;
	em_move(em);
	em->em_dmas++;
	em->em_cmd &= ~EDU_CMD_RUN;
	if ((em->em_cmd & EDU_CMD_IE) != 0) {
		em->em_intr |= EDU_INTR_DMA;
		em->em_intrs++;
		busdma_sim_intr(em->em_dev);
	}
	return false;
}

void
edu_model_create(struct edu_model *em, struct busdma_sim_bus *bus,
    unsigned requester, uint64_t mask)
{
	static const struct busdma_sim_dev_ops ops = {
		.do_size = sizeof(ops),
		.do_name = "edu",
		.do_read = em_read,
		.do_write = em_write,
		.do_step = em_step,
	};

	memset(em, 0, sizeof(*em));
	em->em_mask = mask;
	assert_int_equal(
	    busdma_sim_dev_create(bus, requester, &ops, em, &em->em_dev), 0);
}
