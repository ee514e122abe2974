/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver's rings.
 *
 * Four descriptors or completions stand in a cache line of 64 bytes, and on a
 * machine whose caches the device doesn't see a line is one thing: written
 * back whole, and what the device wrote into it meanwhile is lost.  So no line
 * may ever be written by both sides.  The device's layout makes that possible:
 *
 *	descriptors	The driver's alone to write.  Of an entry the body
 *			(address and length) changes hands: POSTWRITE takes
 *			it back, PREWRITE gives it.  The owner word is the
 *			device's to look at at any moment, so it is never
 *			taken back while the device runs: the driver stores
 *			the new one in its place and PREWRITE sends it.  That
 *			a line goes out early, or with neighbours in it, does
 *			no harm, as an entry is whole but for its owner word
 *			before that is stored.
 *	completions	The device's alone to write.  The driver borrows an
 *			entry to look at it (POSTREAD) and gives it back
 *			(PREREAD).  It never stores there while the device
 *			runs, so no line of it is ever dirty.
 */
#include "net/ring.h"

#include "le.h"

/* Zeroes for the device to see. */
static void
mem_clear(bus_dma_tag_t t, struct dmamem *mm, int ops)
{
	bus_size_t i;

	for (i = 0; i < mm->mm_size; i++)
		mm->mm_kva[i] = 0;
	bus_dmamap_sync(t, mm->mm_map, 0, mm->mm_size, ops);
}

int
net_ring_create(struct net_ring *rg)
{
	bool tx = rg->rg_reg == SIMNET_TX;
	int error;

	error = dmamem_alloc(rg->rg_dmat,
	    (bus_size_t)rg->rg_size * SIMNET_DESC_SIZE, BUS_DMA_WRITE,
	    tx ? "net: tx descriptors" : "net: rx descriptors", &rg->rg_descs);
	if (error != 0)
		return error;
	error = dmamem_alloc(rg->rg_dmat,
	    (bus_size_t)rg->rg_size * SIMNET_CPL_SIZE, 0,
	    tx ? "net: tx completions" : "net: rx completions", &rg->rg_cpls);
	if (error != 0)
		dmamem_free(rg->rg_dmat, &rg->rg_descs);
	return error;
}

void
net_ring_destroy(struct net_ring *rg)
{
	dmamem_free(rg->rg_dmat, &rg->rg_cpls);
	dmamem_free(rg->rg_dmat, &rg->rg_descs);
}

static void
write_address(struct net_ring *rg, uint32_t reg_lo, const struct dmamem *mm)
{
	bus_addr_t addr = dmamem_address(mm);

	env_write32(rg->rg_dev, rg->rg_reg + reg_lo, (uint32_t)addr);
	env_write32(
	    rg->rg_dev, rg->rg_reg + reg_lo + 4, (uint32_t)(addr >> 32));
}

/*
 * The zeroes in the completion ring are what the driver must read there until
 * the device writes: so PREWRITE, beside PREREAD for what it writes.
 */
void
net_ring_start(struct net_ring *rg)
{
	mem_clear(rg->rg_dmat, &rg->rg_descs, BUS_DMASYNC_PREWRITE);
	mem_clear(rg->rg_dmat, &rg->rg_cpls,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	rg->rg_given = rg->rg_done = rg->rg_seen = 0;
	write_address(rg, SIMNET_R_DESC_LO, &rg->rg_descs);
	write_address(rg, SIMNET_R_CPL_LO, &rg->rg_cpls);
	env_write32(rg->rg_dev, rg->rg_reg + SIMNET_R_SIZE, rg->rg_size);
}

void
net_ring_reclaim(struct net_ring *rg)
{
	bus_dmamap_sync(rg->rg_dmat, rg->rg_descs.mm_map, 0,
	    rg->rg_descs.mm_size, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_sync(rg->rg_dmat, rg->rg_cpls.mm_map, 0, rg->rg_cpls.mm_size,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
}

/*
 * The owner bit, in the word's last byte, alternates with the rounds.  The body
 * was sent with a PREWRITE of its own, so that a device that sees this word
 * sees it too.
 */
static void
set_owner(struct net_ring *rg, uint32_t n, uint32_t flags)
{
	bus_size_t offset =
	    (bus_size_t)net_ring_index(rg, n) * SIMNET_DESC_SIZE +
	    SIMNET_DESC_FLAGS;

	if ((n & rg->rg_size) == 0)
		flags |= SIMNET_DESC_OWN;
	le_put32(rg->rg_descs.mm_kva + offset, flags);
	bus_dmamap_sync(
	    rg->rg_dmat, rg->rg_descs.mm_map, offset, 4, BUS_DMASYNC_PREWRITE);
}

void
net_ring_put(struct net_ring *rg, uint32_t n, bus_addr_t addr, bus_size_t len,
    uint32_t flags)
{
	bus_size_t offset =
	    (bus_size_t)net_ring_index(rg, n) * SIMNET_DESC_SIZE;
	uint8_t *desc = rg->rg_descs.mm_kva + offset;

	bus_dmamap_sync(rg->rg_dmat, rg->rg_descs.mm_map, offset,
	    SIMNET_DESC_FLAGS, BUS_DMASYNC_POSTWRITE);
	le_put64(desc + SIMNET_DESC_ADDR, addr);
	le_put32(desc + SIMNET_DESC_LEN, (uint32_t)len);
	bus_dmamap_sync(rg->rg_dmat, rg->rg_descs.mm_map, offset,
	    SIMNET_DESC_FLAGS, BUS_DMASYNC_PREWRITE);
	set_owner(rg, n, flags);
}

/* The PREWRITE of the last owner word stands before it. */
void
net_ring_bell(struct net_ring *rg)
{
	env_write32(rg->rg_dev, rg->rg_reg + SIMNET_R_TAIL,
	    net_ring_index(rg, rg->rg_given));
}

/*
 * The phase is the device's signal.  What it wrote before the phase may be
 * looked at only after a POSTREAD that follows the look at the phase: the
 * second one.  PREREAD gives the entry back, new or not; the device may write
 * it at any time until then.
 */
bool
net_ring_take(struct net_ring *rg, struct net_cpl *cp)
{
	bus_size_t offset =
	    (bus_size_t)net_ring_index(rg, rg->rg_seen) * SIMNET_CPL_SIZE;
	const uint8_t *cpl = rg->rg_cpls.mm_kva + offset;
	bus_dmamap_t map = rg->rg_cpls.mm_map;
	uint32_t phase =
	    (rg->rg_seen & rg->rg_size) == 0 ? SIMNET_CPL_PHASE : 0;
	bool isnew;

	bus_dmamap_sync(
	    rg->rg_dmat, map, offset, SIMNET_CPL_SIZE, BUS_DMASYNC_POSTREAD);
	isnew = (le_get32(cpl + SIMNET_CPL_FLAGS) & SIMNET_CPL_PHASE) == phase;
	if (isnew) {
		bus_dmamap_sync(rg->rg_dmat, map, offset, SIMNET_CPL_SIZE,
		    BUS_DMASYNC_POSTREAD);
		cp->cp_index = le_get32(cpl + SIMNET_CPL_INDEX);
		cp->cp_len = le_get32(cpl + SIMNET_CPL_LEN);
		cp->cp_status = le_get32(cpl + SIMNET_CPL_STATUS);
		cp->cp_last =
		    (le_get32(cpl + SIMNET_CPL_FLAGS) & SIMNET_CPL_LAST) != 0;
		rg->rg_seen++;
	}
	bus_dmamap_sync(
	    rg->rg_dmat, map, offset, SIMNET_CPL_SIZE, BUS_DMASYNC_PREREAD);
	return isnew;
}
