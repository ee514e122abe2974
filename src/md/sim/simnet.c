/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network interface: registers, the wire, and the scheduling of
 * its steps.  What its engines do stands in simnetio.c.
 *
 * One step does one small thing of one of the two engines, which of them the
 * seed says: fetch a descriptor, move a piece of a packet, let a packet go,
 * write one half of a completion.
 */
#include <stdlib.h>

#include "simnetvar.h"
#include "simvar.h"

#define NET_CTRL_MASK (SIMNET_CTRL_EN | SIMNET_CTRL_LOOP | SIMNET_CTRL_PAUSE)
#define NET_CAUSES                                               \
	(SIMNET_CAUSE_TX | SIMNET_CAUSE_RX | SIMNET_CAUSE_DROP | \
	    SIMNET_CAUSE_ERR)

uint32_t
simnet_maxframe(const struct simnet *nd)
{
	return (nd->nd_flags & BUSDMA_SIM_NET_SMALL) != 0 ? SIMNET_SMALLFRAME
							  : SIMNET_FRAME;
}

uint32_t
simnet_maxsegs(const struct simnet *nd)
{
	return (nd->nd_flags & BUSDMA_SIM_NET_SMALL) != 0 ? 1 : SIMNET_NSEGS;
}

/* An interrupt for what is new, not for what is pending already. */
void
simnet_cause(struct simnet *nd, uint32_t cause)
{
	bool isnew = (cause & ~nd->nd_cause & nd->nd_mask) != 0;

	nd->nd_cause |= cause;
	if (isnew)
		busdma_sim_intr(nd->nd_dev);
}

static void
ring_reset(struct simnet_ring *nr)
{
	nr->nr_tail = nr->nr_head = nr->nr_done = nr->nr_cplhead = 0;
	nr->nr_posting = nr->nr_have = false;
}

/* Forget everything that was going on; what has left has left. */
static void
reset(struct simnet *nd)
{
	ring_reset(&nd->nd_tx);
	ring_reset(&nd->nd_rx);
	nd->nd_framelen = nd->nd_nsegs = nd->nd_rxoff = 0;
	nd->nd_whole = false;
	nd->nd_stopping = false;
	nd->nd_status = 0;
	simnet_fifo_clear(&nd->nd_in);
}

void
simnet_fail(struct simnet *nd, uint32_t why)
{
	reset(nd);
	nd->nd_status = SIMNET_STATUS_ERR | why << 8;
	simnet_cause(nd, SIMNET_CAUSE_ERR);
}

void
simnet_wrong(struct simnet *nd, uint32_t why, bus_addr_t addr, uint64_t len,
    const char *text)
{
	simdev_complain(nd->nd_dev, addr, len, text);
	simnet_fail(nd, why);
}

void
simnet_wrong_reg(struct simnet *nd, uint32_t why, uint32_t reg, uint64_t what,
    const char *text)
{
	simdev_complain_reg(nd->nd_dev, reg, what, text);
	simnet_fail(nd, why);
}

/* A small one's ring must be below 4 GiB. */
static bool
too_high(const struct simnet *nd, bus_addr_t ring, uint32_t size)
{
	return (nd->nd_flags & BUSDMA_SIM_NET_SMALL) != 0 &&
	       ring > UINT32_MAX - (size * SIMNET_DESC_SIZE - 1);
}

/* False: it has failed. */
static bool
check_ring(struct simnet *nd, const struct simnet_ring *nr, uint32_t regs)
{
	bus_addr_t crooked = simdev_ring_crooked(nr->nr_descs, nr->nr_cpls);
	uint32_t n = nr->nr_size;

	if (!simdev_ring_size(n, SIMNET_MAXQSIZE))
		simnet_wrong_reg(nd, SIMNET_ERR_RING, regs + SIMNET_R_SIZE, n,
		    "not a legal ring size");
	else if (crooked != 0)
		simnet_wrong(nd, SIMNET_ERR_RING, crooked, n,
		    "ring not aligned to 64 bytes");
	else if (too_high(nd, nr->nr_descs, n) || too_high(nd, nr->nr_cpls, n))
		simnet_wrong(nd, SIMNET_ERR_RESERVED,
		    too_high(nd, nr->nr_descs, n) ? nr->nr_descs : nr->nr_cpls,
		    n, "ring above 32 bits");
	else
		return true;
	return false;
}

static void
enable(struct simnet *nd)
{
	nd->nd_tx.nr_count = nd->nd_tx.nr_drops = 0;
	nd->nd_rx.nr_count = nd->nd_rx.nr_drops = 0;
	if (check_ring(nd, &nd->nd_tx, SIMNET_TX) &&
	    check_ring(nd, &nd->nd_rx, SIMNET_RX))
		nd->nd_status = SIMNET_STATUS_RUN;
}

/*
 * It stops a while after it was told to.  Other bits than EN are constant
 * while it runs.
 */
static void
write_ctrl(struct simnet *nd, uint32_t value)
{
	uint32_t was = nd->nd_ctrl, now = value & NET_CTRL_MASK;
	bool running = (nd->nd_status & SIMNET_STATUS_RUN) != 0;

	if (value != now)
		simdev_complain_reg(nd->nd_dev, SIMNET_CTRL, value,
		    "reserved bits set in CTRL");
	if (running && (now & SIMNET_CTRL_EN) != 0 && now != was) {
		simnet_wrong_reg(nd, SIMNET_ERR_CONFIG, SIMNET_CTRL, value,
		    "CTRL changed before it had stopped");
		return;
	}
	if (running && (now & SIMNET_CTRL_EN) == 0) {
		nd->nd_ctrl &= ~SIMNET_CTRL_EN;
		nd->nd_stopping = true;
		return;
	}
	nd->nd_ctrl = now;
	if ((now & SIMNET_CTRL_EN) == 0)
		reset(nd);
	else if ((was & SIMNET_CTRL_EN) == 0)
		enable(nd);
}

/* New descriptors up to `tail'. */
static void
write_tail(
    struct simnet *nd, struct simnet_ring *nr, uint32_t reg, uint32_t tail)
{
	uint32_t more;

	/* Who rings may not know of the error yet. */
	if ((nd->nd_status & SIMNET_STATUS_ERR) != 0)
		return;
	if ((nd->nd_status & SIMNET_STATUS_RUN) == 0 || nd->nd_stopping) {
		simdev_complain_reg(
		    nd->nd_dev, reg, tail, "doorbell while not running");
		return;
	}
	if (tail >= nr->nr_size) {
		simnet_wrong_reg(
		    nd, SIMNET_ERR_TAIL, reg, tail, "a tail past the ring");
		return;
	}
	more = (tail - nr->nr_tail) & (nr->nr_size - 1);
	if (nr->nr_tail - nr->nr_done + more >= nr->nr_size)
		simnet_wrong_reg(nd, SIMNET_ERR_TAIL, reg, tail,
		    "a tail over descriptors not completed");
	else
		nr->nr_tail += more;
}

static void
write_ring(
    struct simnet *nd, struct simnet_ring *nr, uint32_t reg, uint32_t value)
{
	uint32_t r = reg & 0x1f;

	if (r == SIMNET_R_TAIL) {
		write_tail(nd, nr, reg, value);
	} else if (r > SIMNET_R_SIZE) {
		simdev_complain_reg(
		    nd->nd_dev, reg, value, "write to a read-only register");
	} else if ((nd->nd_status & SIMNET_STATUS_RUN) != 0) {
		simnet_wrong_reg(nd, SIMNET_ERR_CONFIG, reg, value,
		    "ring changed while running");
	} else if (r == SIMNET_R_SIZE) {
		nr->nr_size = value;
	} else if (r < SIMNET_R_CPL_LO) {
		simdev_set_half(&nr->nr_descs, r == SIMNET_R_DESC_HI, value);
	} else {
		simdev_set_half(&nr->nr_cpls, r == SIMNET_R_CPL_HI, value);
	}
}

static void
write_mask(struct simnet *nd, uint32_t value)
{
	bool isnew;

	if ((value & ~NET_CAUSES) != 0)
		simdev_complain_reg(nd->nd_dev, SIMNET_MASK, value,
		    "reserved bits set in MASK");
	isnew = (value & ~nd->nd_mask & nd->nd_cause) != 0;
	nd->nd_mask = value & NET_CAUSES;
	if (isnew)
		busdma_sim_intr(nd->nd_dev);
}

static void
net_write(void *softc, uint32_t reg, unsigned width, uint64_t value)
{
	struct simnet *nd = softc;
	uint32_t v = (uint32_t)value;

	if (width != 4 || (reg & 3) != 0)
		simdev_complain_reg(nd->nd_dev, reg, width,
		    "register write not of an aligned 32 bits");
	else if (reg >= SIMNET_TX && reg < SIMNET_RX)
		write_ring(nd, &nd->nd_tx, reg, v);
	else if (reg >= SIMNET_RX && reg < SIMNET_RX + 0x20)
		write_ring(nd, &nd->nd_rx, reg, v);
	else if (reg == SIMNET_CTRL)
		write_ctrl(nd, v);
	else if (reg == SIMNET_CAUSE)
		nd->nd_cause &= ~v;
	else if (reg == SIMNET_MASK)
		write_mask(nd, v);
	else
		simdev_noreg(nd->nd_dev, reg, value);
}

static uint32_t
read_ring(struct simnet *nd, const struct simnet_ring *nr, uint32_t reg)
{
	switch (reg & 0x1f) {
	case SIMNET_R_DESC_LO:
		return (uint32_t)nr->nr_descs;
	case SIMNET_R_DESC_HI:
		return (uint32_t)(nr->nr_descs >> 32);
	case SIMNET_R_CPL_LO:
		return (uint32_t)nr->nr_cpls;
	case SIMNET_R_CPL_HI:
		return (uint32_t)(nr->nr_cpls >> 32);
	case SIMNET_R_SIZE:
		return nr->nr_size;
	case SIMNET_R_COUNT:
		return nr->nr_count;
	case SIMNET_R_DROPS:
		return nr->nr_drops;
	default:
		simdev_complain_reg(
		    nd->nd_dev, reg, 4, "read of a write-only register");
		return 0xffffffffu;
	}
}

static uint32_t
read_cap(const struct simnet *nd)
{
	uint32_t cap = SIMNET_MAXQSIZE | simnet_maxsegs(nd) << 16;

	if ((nd->nd_flags & BUSDMA_SIM_NET_EAGER) != 0)
		cap |= SIMNET_CAP_EAGER;
	if ((nd->nd_flags & BUSDMA_SIM_NET_SMALL) == 0)
		cap |= SIMNET_CAP_ADDR64;
	return cap;
}

static uint64_t
net_read(void *softc, uint32_t reg, unsigned width)
{
	struct simnet *nd = softc;

	if (width != 4 || (reg & 3) != 0) {
		simdev_complain_reg(nd->nd_dev, reg, width,
		    "register read not of an aligned 32 bits");
		return ~(uint64_t)0;
	}
	if (reg >= SIMNET_TX && reg < SIMNET_RX)
		return read_ring(nd, &nd->nd_tx, reg);
	if (reg >= SIMNET_RX && reg < SIMNET_RX + 0x20)
		return read_ring(nd, &nd->nd_rx, reg);
	switch (reg) {
	case SIMNET_ID:
		return SIMNET_ID_VALUE;
	case SIMNET_CAP:
		return read_cap(nd);
	case SIMNET_MAXFRAME:
		return simnet_maxframe(nd);
	case SIMNET_CTRL:
		return nd->nd_ctrl;
	case SIMNET_STATUS:
		return nd->nd_status;
	case SIMNET_CAUSE:
		return nd->nd_cause;
	case SIMNET_MASK:
		return nd->nd_mask;
	default:
		return simdev_noreg_read(nd->nd_dev, reg);
	}
}

/* An eager one looks at the rings now and then, and before it rests. */
static void
look(struct simnet *nd)
{
	if (!simnet_peek(nd, &nd->nd_tx) &&
	    (nd->nd_status & SIMNET_STATUS_RUN) != 0)
		(void)simnet_peek(nd, &nd->nd_rx);
}

static bool
net_step(void *softc)
{
	struct simnet *nd = softc;
	bool tx, rx;

	if ((nd->nd_status & SIMNET_STATUS_RUN) == 0)
		return false;
	tx = simnet_tx_ready(nd);
	rx = simnet_rx_ready(nd);
	if (nd->nd_stopping &&
	    ((!tx && !rx) || simdev_below(nd->nd_dev, 4) == 0)) {
		reset(nd);
		return false;
	}
	if ((nd->nd_flags & BUSDMA_SIM_NET_EAGER) != 0 && !nd->nd_stopping &&
	    ((!tx && !rx) || simdev_below(nd->nd_dev, 4) == 0)) {
		look(nd);
		return simnet_tx_ready(nd) || simnet_rx_ready(nd);
	}
	if (!tx && !rx)
		return false;
	if (tx && (!rx || simdev_below(nd->nd_dev, 2) == 0))
		simnet_tx_step(nd);
	else
		simnet_rx_step(nd);
	return true;
}

static void
net_destroy(void *softc)
{
	struct simnet *nd = softc;

	simnet_fifo_clear(&nd->nd_in);
	simnet_fifo_clear(&nd->nd_out);
	free(nd);
}

static const struct busdma_sim_dev_ops net_ops = {
	.do_size = sizeof(struct busdma_sim_dev_ops),
	.do_name = "net",
	.do_read = net_read,
	.do_write = net_write,
	.do_step = net_step,
	.do_destroy = net_destroy,
};

int
busdma_sim_net_create(struct busdma_sim_bus *bus, unsigned requester, int flags,
    struct busdma_sim_dev **devp)
{
	struct simnet *nd;
	int error;

	*devp = NULL;
	if ((flags & ~(BUSDMA_SIM_NET_SMALL | BUSDMA_SIM_NET_EAGER)) != 0)
		return EINVAL;
	nd = calloc(1, sizeof(*nd));
	if (nd == NULL)
		return ENOMEM;
	nd->nd_flags = flags;
	nd->nd_tx.nr_cause = SIMNET_CAUSE_TX;
	nd->nd_rx.nr_cause = SIMNET_CAUSE_RX;
	simnet_fifo_init(&nd->nd_in);
	simnet_fifo_init(&nd->nd_out);
	error =
	    busdma_sim_dev_create(bus, requester, &net_ops, nd, &nd->nd_dev);
	if (error != 0) {
		net_destroy(nd);
		return error;
	}
	*devp = nd->nd_dev;
	return 0;
}

static struct simnet *
net_of(struct busdma_sim_dev *dev)
{
	return dev->dv_ops.do_step == net_step ? dev->dv_softc : NULL;
}

int
busdma_sim_net_inject(
    struct busdma_sim_dev *dev, const void *packet, size_t len)
{
	struct simnet *nd = net_of(dev);
	int error = EBUSY;

	if (nd == NULL || len == 0 || len > simnet_maxframe(nd))
		return EINVAL;
	sim_enter(dev->dv_bus->bu_sim);
	if ((nd->nd_status & SIMNET_STATUS_RUN) != 0 && !nd->nd_stopping &&
	    simnet_fifo_put(&nd->nd_in, packet, len)) {
		busdma_sim_dev_wake(dev);
		error = 0;
	}
	sim_leave(dev->dv_bus->bu_sim);
	return error;
}

size_t
busdma_sim_net_take(struct busdma_sim_dev *dev, void *buf, size_t size)
{
	struct simnet *nd = net_of(dev);
	struct simnet_packet *np;
	size_t len = 0;

	if (nd == NULL)
		return 0;
	sim_enter(dev->dv_bus->bu_sim);
	np = nd->nd_out.nf_first;
	if (np != NULL) {
		len = np->np_len;
		memcpy(buf, np->np_data, len < size ? len : size);
		simnet_fifo_drop(&nd->nd_out);
		busdma_sim_dev_wake(dev);
	}
	sim_leave(dev->dv_bus->bu_sim);
	return len;
}
