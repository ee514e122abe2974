/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated card on a 24-bit bus: <busdma/simisareg.h>.
 *
 * One step moves some bytes, how many the seed says.
 */
#include <stdlib.h>

#include <busdma/simisareg.h>

#include "simdevlib.h"

#define ISA_MEMSIZE 0x40000u
#define ISA_PIECE 2048u /* most bytes that one step moves */
#define ISA_CTRL_MASK (SIMISA_CTRL_START | SIMISA_CTRL_TOMEM | SIMISA_CTRL_IE)

struct simisa {
	struct busdma_sim_dev *si_dev;
	uint32_t si_addr;
	uint32_t si_count; /* bytes left - 1, 16 bits */
	uint32_t si_card;
	uint32_t si_ctrl;
	uint32_t si_status;
	uint32_t si_intr;
	uint8_t si_mem[ISA_MEMSIZE];
};

static bool
busy(const struct simisa *si)
{
	return (si->si_status & SIMISA_STATUS_BUSY) != 0;
}

/* The transfer is over: what the status says from now on. */
static void
end(struct simisa *si, uint32_t status)
{
	si->si_status = (si->si_status & SIMISA_STATUS_WRAP) | status;
	si->si_ctrl &= ~SIMISA_CTRL_START;
	si->si_intr = 1;
	if ((si->si_ctrl & SIMISA_CTRL_IE) != 0)
		busdma_sim_intr(si->si_dev);
}

static void
start(struct simisa *si)
{
	si->si_status = SIMISA_STATUS_BUSY;
	if (si->si_card >= ISA_MEMSIZE ||
	    si->si_count >= ISA_MEMSIZE - si->si_card) {
		simdev_complain_reg(si->si_dev, SIMISA_CARD, si->si_card,
		    "past the end of the card's memory");
		end(si, SIMISA_STATUS_ERR);
	}
}

static void
write_ctrl(struct simisa *si, uint32_t value)
{
	uint32_t was = si->si_ctrl;

	if ((value & ~ISA_CTRL_MASK) != 0)
		simdev_complain_reg(si->si_dev, SIMISA_CTRL, value,
		    "reserved bits set in CTRL");
	if (busy(si) && (value & SIMISA_CTRL_START) != 0 &&
	    ((value ^ was) & SIMISA_CTRL_TOMEM) != 0) {
		simdev_complain_reg(si->si_dev, SIMISA_CTRL, value,
		    "direction changed inside a transfer");
		return;
	}
	si->si_ctrl = value & ISA_CTRL_MASK;
	if ((value & SIMISA_CTRL_START) == 0)
		si->si_status &= ~SIMISA_STATUS_BUSY;
	else if ((was & SIMISA_CTRL_START) == 0)
		start(si);
}

/* A register that only stands still between transfers. */
static void
write_config(struct simisa *si, uint32_t reg, uint32_t value)
{
	uint32_t max = reg == SIMISA_ADDR    ? SIMISA_ADDR_MAX
		       : reg == SIMISA_COUNT ? SIMISA_COUNT_MAX
					     : ISA_MEMSIZE - 1;

	if (busy(si)) {
		simdev_complain_reg(si->si_dev, reg, value,
		    "address or count changed inside a transfer");
		return;
	}
	if (value > max) {
		simdev_complain_reg(si->si_dev, reg, value,
		    "a value of more bits than the register");
		return;
	}
	if (reg == SIMISA_ADDR)
		si->si_addr = value;
	else if (reg == SIMISA_COUNT)
		si->si_count = value;
	else
		si->si_card = value;
}

/* Where DATA goes, and on to the next; NULL: it may not be touched. */
static uint8_t *
data(struct simisa *si)
{
	uint8_t *p = si->si_mem + si->si_card;

	if (busy(si)) {
		simdev_complain_reg(si->si_dev, SIMISA_DATA, si->si_card,
		    "DATA touched inside a transfer");
		return NULL;
	}
	if (si->si_card > ISA_MEMSIZE - 4) {
		simdev_complain_reg(si->si_dev, SIMISA_DATA, si->si_card,
		    "DATA past the end of the card's memory");
		return NULL;
	}
	si->si_card += 4;
	return p;
}

static void
isa_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simisa *si = softc;
	uint32_t v = (uint32_t)value;
	uint8_t *p;

	if (!simdev_width(si->si_dev, reg, width, true))
		return;
	switch (reg) {
	case SIMISA_ADDR:
	case SIMISA_COUNT:
	case SIMISA_CARD:
		write_config(si, reg, v);
		break;
	case SIMISA_CTRL:
		write_ctrl(si, v);
		break;
	case SIMISA_INTR:
		si->si_intr &= ~v;
		break;
	case SIMISA_DATA:
		p = data(si);
		if (p != NULL)
			simdev_put(p, v, 4);
		break;
	default:
		simdev_noreg(si->si_dev, reg, value);
		break;
	}
}

static uint32_t
read_data(struct simisa *si)
{
	const uint8_t *p = data(si);

	if (p == NULL)
		return 0xffffffffu;
	return (uint32_t)simdev_get(p, 4);
}

static uint64_t
isa_read(void *softc, uint32_t reg, unsigned width)
{
	struct simisa *si = softc;

	if (!simdev_width(si->si_dev, reg, width, false))
		return ~(uint64_t)0;
	switch (reg) {
	case SIMISA_ID:
		return SIMISA_ID_VALUE;
	case SIMISA_MEMSIZE:
		return ISA_MEMSIZE;
	case SIMISA_ADDR:
		return si->si_addr;
	case SIMISA_COUNT:
		return si->si_count;
	case SIMISA_CARD:
		return si->si_card;
	case SIMISA_CTRL:
		return si->si_ctrl;
	case SIMISA_STATUS:
		return si->si_status;
	case SIMISA_INTR:
		return si->si_intr;
	case SIMISA_DATA:
		return read_data(si);
	default:
		return simdev_noreg_read(si->si_dev, reg);
	}
}

/*
 * The counters after `n' bytes.  The carry out of the low 16 bits of the
 * address goes nowhere; with bytes left to move that is a wrap.
 */
static void
count(struct simisa *si, uint32_t n)
{
	uint32_t low = (si->si_addr + n) & SIMISA_COUNT_MAX;

	si->si_addr = (si->si_addr & ~SIMISA_COUNT_MAX) | low;
	si->si_card += n;
	si->si_count = (si->si_count - n) & SIMISA_COUNT_MAX;
}

static bool
isa_step(void *softc)
{
	struct simisa *si = softc;
	uint32_t left = si->si_count + 1;
	uint32_t run = SIMISA_BOUNDARY - (si->si_addr & SIMISA_COUNT_MAX);
	bool tomem = (si->si_ctrl & SIMISA_CTRL_TOMEM) != 0;
	uint8_t *p;
	uint32_t n;

	if (!busy(si))
		return false;
	p = si->si_mem + si->si_card;
	n = simdev_some(si->si_dev, ISA_PIECE, left < run ? left : run);
	if ((tomem ? busdma_sim_dma_write(si->si_dev, si->si_addr, p, n)
		   : busdma_sim_dma_read(si->si_dev, si->si_addr, p, n)) != 0) {
		end(si, SIMISA_STATUS_ERR);
		return false;
	}
	if (n == run && n < left) {
		simdev_complain(si->si_dev, si->si_addr + n, left - n,
		    "a transfer wraps at a multiple of 64 KiB");
		si->si_status |= SIMISA_STATUS_WRAP;
	}
	count(si, n);
	if (n == left)
		end(si, SIMISA_STATUS_DONE);
	return n != left;
}

static const struct busdma_sim_dev_ops isa_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "isa",
	.do_read = isa_read,
	.do_write = isa_write,
	.do_step = isa_step,
	.do_destroy = free,
};

int
busdma_sim_isa_create(struct busdma_sim_bus *bus, unsigned requester,
    struct busdma_sim_dev **devp)
{
	struct simisa *si;
	int error;

	*devp = NULL;
	si = calloc(1, sizeof(*si));
	if (si == NULL)
		return ENOMEM;
	error =
	    busdma_sim_dev_create(bus, requester, &isa_ops, si, &si->si_dev);
	if (error != 0) {
		free(si);
		return error;
	}
	busdma_sim_dev_reach(si->si_dev, SIMISA_ADDR_MAX);
	*devp = si->si_dev;
	return 0;
}
