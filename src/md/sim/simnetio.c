/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated network interface: its two engines.
 */
#include "simnetvar.h"

static bus_addr_t
desc_address(const struct simnet_ring *nr, uint32_t n)
{
	return nr->nr_descs +
	       (bus_addr_t)(n & (nr->nr_size - 1)) * SIMNET_DESC_SIZE;
}

/* The owner bit, and the phase, of what stands at counter `n'. */
static uint32_t
round_bit(const struct simnet_ring *nr, uint32_t n, uint32_t bit)
{
	return (n & nr->nr_size) == 0 ? bit : 0;
}

static bool
is_own(const struct simnet_ring *nr, uint32_t flags)
{
	return (flags & SIMNET_DESC_OWN) ==
	       round_bit(nr, nr->nr_head, SIMNET_DESC_OWN);
}

/* Only its flags are looked at: the rest may be half written. */
bool
simnet_peek(struct simnet *nd, struct simnet_ring *nr)
{
	uint8_t raw[4];

	if (nr->nr_head != nr->nr_tail)
		return false;
	if (busdma_sim_dma_read(nd->nd_dev,
		desc_address(nr, nr->nr_head) + SIMNET_DESC_FLAGS, raw,
		sizeof(raw)) != 0) {
		simnet_fail(nd, SIMNET_ERR_DMA);
		return false;
	}
	if (!is_own(nr, (uint32_t)simdev_get(raw, 4)))
		return false;
	nr->nr_tail++;
	return true;
}

/* What both engines ask of a descriptor; false: failed. */
static bool
check(struct simnet *nd, const struct simnet_ring *nr, bus_addr_t at,
    uint32_t allowed)
{
	if (!is_own(nr, nr->nr_flags))
		simnet_wrong(nd, SIMNET_ERR_OWNER, at, nr->nr_flags,
		    "told of a descriptor that is not the device's");
	else if ((nr->nr_flags & ~(allowed | SIMNET_DESC_OWN)) != 0)
		simnet_wrong(nd, SIMNET_ERR_RESERVED, at, nr->nr_flags,
		    "reserved bits set in a descriptor");
	else if (nr->nr_len == 0 || nr->nr_len > SIMNET_MAXBUF)
		simnet_wrong(nd, SIMNET_ERR_LENGTH, at, nr->nr_len,
		    "a buffer of no bytes, or of too many");
	else if ((nd->nd_flags & BUSDMA_SIM_NET_SMALL) != 0 &&
		 nr->nr_addr > UINT32_MAX - (nr->nr_len - 1))
		simnet_wrong(nd, SIMNET_ERR_RESERVED, nr->nr_addr, nr->nr_len,
		    "a buffer above 32 bits");
	else
		return true;
	return false;
}

static bool
fetch(struct simnet *nd, struct simnet_ring *nr, uint32_t allowed)
{
	bus_addr_t at = desc_address(nr, nr->nr_head);
	uint8_t raw[SIMNET_DESC_SIZE];

	if (busdma_sim_dma_read(nd->nd_dev, at, raw, sizeof(raw)) != 0) {
		simnet_fail(nd, SIMNET_ERR_DMA);
		return false;
	}
	nr->nr_addr = simdev_get(raw + SIMNET_DESC_ADDR, 8);
	nr->nr_len = (uint32_t)simdev_get(raw + SIMNET_DESC_LEN, 4);
	nr->nr_flags = (uint32_t)simdev_get(raw + SIMNET_DESC_FLAGS, 4);
	nr->nr_off = 0;
	if (!check(nd, nr, at, allowed))
		return false;
	nr->nr_have = true;
	nr->nr_head++;
	return true;
}

/* The flags of a completion are written last, a step later. */
static void
post_flags(struct simnet *nd, struct simnet_ring *nr)
{
	bus_addr_t at =
	    nr->nr_cpls +
	    (bus_addr_t)(nr->nr_cplhead & (nr->nr_size - 1)) * SIMNET_CPL_SIZE;
	uint8_t raw[4];

	nr->nr_posting = false;
	simdev_put(raw,
	    nr->nr_cplflags | round_bit(nr, nr->nr_cplhead, SIMNET_CPL_PHASE),
	    4);
	if (busdma_sim_dma_write(
		nd->nd_dev, at + SIMNET_CPL_FLAGS, raw, sizeof(raw)) != 0) {
		simnet_fail(nd, SIMNET_ERR_DMA);
		return;
	}
	nr->nr_cplhead++;
	simnet_cause(nd, nr->nr_cause);
}

/* Complete all descriptors that were fetched. */
static void
post(struct simnet *nd, struct simnet_ring *nr, uint32_t len, uint32_t status,
    uint32_t flags)
{
	bus_addr_t at =
	    nr->nr_cpls +
	    (bus_addr_t)(nr->nr_cplhead & (nr->nr_size - 1)) * SIMNET_CPL_SIZE;
	uint8_t raw[SIMNET_CPL_FLAGS];

	simdev_put(
	    raw + SIMNET_CPL_INDEX, (nr->nr_head - 1) & (nr->nr_size - 1), 4);
	simdev_put(raw + SIMNET_CPL_LEN, len, 4);
	simdev_put(raw + SIMNET_CPL_STATUS, status, 4);
	nr->nr_have = false;
	nr->nr_done = nr->nr_head;
	nr->nr_cplflags = flags;
	nr->nr_posting = true;
	if (busdma_sim_dma_write(nd->nd_dev, at, raw, sizeof(raw)) != 0)
		simnet_fail(nd, SIMNET_ERR_DMA);
}

/* Bytes of the descriptor that a step moves, of at most `most'. */
static uint32_t
piece(struct simnet *nd, const struct simnet_ring *nr, uint32_t most)
{
	uint32_t left = nr->nr_len - nr->nr_off;

	return simdev_some(nd->nd_dev, SIMNET_PIECE, left < most ? left : most);
}

/*
 * Transmit.
 */

static struct simnet_fifo *
wire(struct simnet *nd)
{
	return (nd->nd_ctrl & SIMNET_CTRL_LOOP) != 0 ? &nd->nd_in : &nd->nd_out;
}

bool
simnet_tx_ready(const struct simnet *nd)
{
	const struct simnet_fifo *nf =
	    (nd->nd_ctrl & SIMNET_CTRL_LOOP) != 0 ? &nd->nd_in : &nd->nd_out;
	const struct simnet_ring *nr = &nd->nd_tx;

	if (nd->nd_whole && !nr->nr_posting)
		return (nd->nd_ctrl & SIMNET_CTRL_PAUSE) == 0 ||
		       simnet_fifo_room(nf, nd->nd_framelen);
	return nr->nr_posting || nr->nr_have || nd->nd_nsegs != 0 ||
	       nr->nr_head != nr->nr_tail;
}

/* The packet leaves. */
static void
send(struct simnet *nd)
{
	uint32_t len = nd->nd_framelen;
	bool sent = simnet_fifo_put(wire(nd), nd->nd_frame, len);

	if (sent) {
		nd->nd_tx.nr_count++;
	} else {
		nd->nd_tx.nr_drops++;
		simnet_cause(nd, SIMNET_CAUSE_DROP);
	}
	nd->nd_whole = false;
	nd->nd_framelen = nd->nd_nsegs = 0;
	post(nd, &nd->nd_tx, len, sent ? SIMNET_ST_OK : SIMNET_ST_DROPPED, 0);
}

static void
tx_fetch(struct simnet *nd)
{
	struct simnet_ring *nr = &nd->nd_tx;
	bus_addr_t at = desc_address(nr, nr->nr_head);

	if (nr->nr_head == nr->nr_tail &&
	    ((nd->nd_flags & BUSDMA_SIM_NET_EAGER) == 0 ||
		!simnet_peek(nd, nr))) {
		/* The look may have failed. */
		if ((nd->nd_status & SIMNET_STATUS_RUN) != 0)
			simnet_wrong(nd, SIMNET_ERR_CHAIN, at, nd->nd_nsegs,
			    "a packet without its last descriptor");
		return;
	}
	if (!fetch(nd, nr, SIMNET_DESC_FIRST | SIMNET_DESC_LAST))
		return;
	if ((nd->nd_nsegs == 0) != ((nr->nr_flags & SIMNET_DESC_FIRST) != 0))
		simnet_wrong(nd, SIMNET_ERR_CHAIN, at, nr->nr_flags,
		    nd->nd_nsegs == 0 ? "a packet without a first "
					"descriptor"
				      : "a first descriptor inside a "
					"packet");
	else if (++nd->nd_nsegs > simnet_maxsegs(nd))
		simnet_wrong(nd, SIMNET_ERR_CHAIN, at, nd->nd_nsegs,
		    "more descriptors in a packet than it can");
	else if (nr->nr_len > simnet_maxframe(nd) - nd->nd_framelen)
		simnet_wrong(nd, SIMNET_ERR_LENGTH, at,
		    nd->nd_framelen + nr->nr_len, "a packet too long");
}

static void
tx_move(struct simnet *nd)
{
	struct simnet_ring *nr = &nd->nd_tx;
	uint32_t n = piece(nd, nr, SIMNET_PIECE);

	if (busdma_sim_dma_read(nd->nd_dev, nr->nr_addr + nr->nr_off,
		nd->nd_frame + nd->nd_framelen, n) != 0) {
		simnet_fail(nd, SIMNET_ERR_DMA);
		return;
	}
	nd->nd_framelen += n;
	nr->nr_off += n;
	if (nr->nr_off < nr->nr_len)
		return;
	nr->nr_have = false;
	nd->nd_whole = (nr->nr_flags & SIMNET_DESC_LAST) != 0;
}

void
simnet_tx_step(struct simnet *nd)
{
	struct simnet_ring *nr = &nd->nd_tx;

	if (nr->nr_posting)
		post_flags(nd, nr);
	else if (nd->nd_whole)
		send(nd);
	else if (nr->nr_have)
		tx_move(nd);
	else
		tx_fetch(nd);
}

/*
 * Receive.
 */

/* The packet that comes next is not wanted. */
static bool
rx_drops(const struct simnet *nd)
{
	return nd->nd_rx.nr_head == nd->nd_rx.nr_tail && nd->nd_rxoff == 0 &&
	       (nd->nd_ctrl & SIMNET_CTRL_PAUSE) == 0;
}

bool
simnet_rx_ready(const struct simnet *nd)
{
	const struct simnet_ring *nr = &nd->nd_rx;

	return nr->nr_posting ||
	       (nd->nd_in.nf_first != NULL &&
		   (nr->nr_have || nr->nr_head != nr->nr_tail || rx_drops(nd)));
}

static void
rx_move(struct simnet *nd)
{
	struct simnet_ring *nr = &nd->nd_rx;
	struct simnet_packet *np = nd->nd_in.nf_first;
	uint32_t left = (uint32_t)np->np_len - nd->nd_rxoff;
	uint32_t n = piece(nd, nr, left);

	if (busdma_sim_dma_write(nd->nd_dev, nr->nr_addr + nr->nr_off,
		np->np_data + nd->nd_rxoff, n) != 0) {
		simnet_fail(nd, SIMNET_ERR_DMA);
		return;
	}
	nd->nd_rxoff += n;
	nr->nr_off += n;
	if (n == left) {
		simnet_fifo_drop(&nd->nd_in);
		nd->nd_rxoff = 0;
		nr->nr_count++;
		post(nd, nr, nr->nr_off, SIMNET_ST_OK, SIMNET_CPL_LAST);
	} else if (nr->nr_off == nr->nr_len) {
		post(nd, nr, nr->nr_off, SIMNET_ST_OK, 0);
	}
}

void
simnet_rx_step(struct simnet *nd)
{
	struct simnet_ring *nr = &nd->nd_rx;

	if (nr->nr_posting) {
		post_flags(nd, nr);
	} else if (nr->nr_have) {
		rx_move(nd);
	} else if (nr->nr_head != nr->nr_tail) {
		(void)fetch(nd, nr, 0);
	} else {
		simnet_fifo_drop(&nd->nd_in);
		nr->nr_drops++;
		simnet_cause(nd, SIMNET_CAUSE_DROP);
	}
}
