/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: what its device models share.
 */
#include <stdio.h>

#include "simdevlib.h"
#include "simvar.h"

/* "device: text", cut short to a line. */
struct text {
	char tx_line[128];
};

static struct text
named(const struct busdma_sim_dev *dev, const char *text)
{
	struct text tx;

	snprintf(tx.tx_line, sizeof(tx.tx_line), "%s: %s", dev->dv_ops.do_name,
	    text);
	return tx;
}

void
simdev_complain(
    struct busdma_sim_dev *dev, bus_addr_t addr, uint64_t len, const char *text)
{
	struct text tx = named(dev, text);

	busdma_sim_complain(dev, addr, len, tx.tx_line);
}

void
simdev_complain_reg(
    struct busdma_sim_dev *dev, uint32_t reg, uint64_t what, const char *text)
{
	struct text tx = named(dev, text);

	busdma_sim_complain_reg(dev, reg, what, tx.tx_line);
}

bool
simdev_width(
    struct busdma_sim_dev *dev, uint32_t reg, unsigned width, bool write)
{
	if (width == 4)
		return true;
	simdev_complain_reg(dev, reg, width,
	    write ? "register write not 32 bits wide"
		  : "register read not 32 bits wide");
	return false;
}

void
simdev_noreg(struct busdma_sim_dev *dev, uint32_t reg, uint64_t what)
{
	simdev_complain_reg(dev, reg, what, "write to no register");
}

uint32_t
simdev_noreg_read(struct busdma_sim_dev *dev, uint32_t reg)
{
	simdev_complain_reg(dev, reg, 4, "read of no register");
	return 0xffffffffu;
}

void
simdev_rings_reset(struct simdev_rings *dr)
{
	dr->dr_head = dr->dr_tail = 0;
	dr->dr_cplidx = dr->dr_cplhead = 0;
	dr->dr_phase = dr->dr_kind->rk_phase;
	dr->dr_posting = false;
}

bool
simdev_rings_check(const struct simdev_rings *dr)
{
	bus_addr_t crooked = simdev_ring_crooked(dr->dr_entries, dr->dr_cpls);
	uint32_t n = dr->dr_size;

	if (!simdev_ring_size(n, dr->dr_kind->rk_maxsize))
		simdev_complain_reg(dr->dr_dev, dr->dr_kind->rk_regsize, n,
		    "not a legal ring size");
	else if (crooked != 0)
		simdev_complain(
		    dr->dr_dev, crooked, n, "ring not aligned to 64 bytes");
	else
		return true;
	return false;
}

/* Entries from one index up to another. */
static uint32_t
between(const struct simdev_rings *dr, uint32_t from, uint32_t to)
{
	return (to - from) & (dr->dr_size - 1);
}

void
simdev_rings_tail(struct simdev_rings *dr, bool running, uint32_t tail)
{
	const struct simdev_rings_kind *rk = dr->dr_kind;
	char text[64];

	if (!running)
		snprintf(text, sizeof(text), "doorbell while not running");
	else if (tail >= dr->dr_size)
		snprintf(
		    text, sizeof(text), "%s tail past the ring", rk->rk_entry);
	else if (between(dr, dr->dr_tail, tail) +
		     between(dr, dr->dr_head, dr->dr_tail) >=
		 dr->dr_size)
		snprintf(text, sizeof(text), "%s tail over entries not fetched",
		    rk->rk_entry);
	else {
		dr->dr_tail = tail;
		return;
	}
	simdev_complain_reg(dr->dr_dev, rk->rk_regtail, tail, text);
}

void
simdev_rings_cplhead(struct simdev_rings *dr, bool running, uint32_t head)
{
	const char *text;

	if (!running)
		text = "completion head while not running";
	else if (head >= dr->dr_size)
		text = "completion head past the ring";
	else if (between(dr, dr->dr_cplhead, head) >
		 between(dr, dr->dr_cplhead, dr->dr_cplidx))
		text = "completion head over what was not posted";
	else {
		dr->dr_cplhead = head;
		return;
	}
	simdev_complain_reg(dr->dr_dev, dr->dr_kind->rk_regcplhead, head, text);
}

bool
simdev_rings_fetch(struct simdev_rings *dr, uint8_t *raw)
{
	uint32_t size = dr->dr_kind->rk_entrysize;

	if (busdma_sim_dma_read(dr->dr_dev,
		dr->dr_entries + (uint64_t)dr->dr_head * size, raw, size) != 0)
		return false;
	dr->dr_head = (dr->dr_head + 1) & (dr->dr_size - 1);
	return true;
}

static bus_addr_t
cpl_address(const struct simdev_rings *dr)
{
	return dr->dr_cpls + (uint64_t)dr->dr_cplidx * dr->dr_kind->rk_cplsize;
}

bool
simdev_rings_post(struct simdev_rings *dr, const uint8_t *raw, size_t len)
{
	dr->dr_posting = true;
	return busdma_sim_dma_write(dr->dr_dev, cpl_address(dr), raw, len) == 0;
}

bool
simdev_rings_sign(struct simdev_rings *dr)
{
	uint8_t raw[4];

	dr->dr_posting = false;
	simdev_put(raw, dr->dr_phase, sizeof(raw));
	if (busdma_sim_dma_write(dr->dr_dev,
		cpl_address(dr) + dr->dr_kind->rk_cplphase, raw,
		sizeof(raw)) != 0)
		return false;
	dr->dr_cplidx = (dr->dr_cplidx + 1) & (dr->dr_size - 1);
	if (dr->dr_cplidx == 0)
		dr->dr_phase ^= dr->dr_kind->rk_phase;
	return true;
}
