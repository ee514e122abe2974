/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tags of a PC's buses: a root that bounces, over a mapping of all memory,
 * with slots set aside in the places that few addresses reach, and what is
 * narrowed from it.
 */
#include <busdma/backend.h>
#include <busdma/bounce.h>
#include <busdma/direct.h>
#include <busdma/x86.h>

#define ISA_BITS 24
#define PCI_BITS 32

static bus_addr_t
highest(unsigned bits)
{
	return ~(bus_addr_t)0 >> (64 - bits);
}

static struct bus_dma_bounce_window
window(unsigned bits, const struct bus_dma_x86_slots *xs)
{
	const struct bus_dma_bounce_window bw = {
		.bw_high = highest(bits),
		.bw_reserve = xs->xs_reserve,
		.bw_most = xs->xs_most,
	};

	return bw;
}

static int
root_make(bus_dma_tag_t memory, const struct bus_dma_x86 *dx,
    bus_dma_tag_t *newtag, int flags)
{
	/* Which has fewer places to be in comes first. */
	const struct bus_dma_bounce_window windows[] = {
		window(ISA_BITS, &dx->dx_isa),
		window(PCI_BITS, &dx->dx_pci),
		window(64, &dx->dx_pci64),
	};
	const bool isa = (dx->dx_isa.xs_reserve | dx->dx_isa.xs_most) != 0;
	const struct bus_dma_bounce db = {
		.db_most = dx->dx_pci.xs_most,
		.db_flags = dx->dx_flags,
		.db_windows = isa ? windows : windows + 1,
		.db_nwindows = isa ? 3 : 2,
	};

	return bus_dmatag_bounce(memory, &db, newtag, flags);
}

int
bus_dmatag_x86(const struct busdma_platform *pl, bus_dma_tag_t lower,
    const struct bus_dma_x86 *dx, bus_dma_tag_t *newtag, int flags)
{
	const struct bus_dma_window all = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	bus_dma_tag_t memory;
	int error;

	if (dx == NULL || newtag == NULL)
		return EINVAL;
	if (lower != NULL)
		return root_make(lower, dx, newtag, flags);
	error = bus_dmatag_direct(pl, NULL, &all, 1, &memory, flags);
	if (error == 0) {
		error = root_make(memory, dx, newtag, flags);
		/* From here on it lives as long as what stands on it. */
		busdma_tag_release(memory);
	}
	return error;
}

int
bus_dmatag_x86_pci(
    bus_dma_tag_t root, unsigned bits, bus_dma_tag_t *newtag, int flags)
{
	if (bits < ISA_BITS || bits > 64)
		return EINVAL;
	return bus_dmatag_subregion(root, 0, highest(bits), newtag, flags);
}

int
bus_dmatag_x86_isa(bus_dma_tag_t root, bus_dma_tag_t *newtag, int flags)
{
	return bus_dmatag_x86_pci(root, ISA_BITS, newtag, flags);
}
