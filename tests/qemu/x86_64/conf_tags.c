/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tags of a PC that the conformance suite runs over: those of
 * <busdma/x86.h>, and some made by hand.
 */
#include "conf_port.h"

#include <busdma/backend.h>
#include <busdma/bounce.h>
#include <busdma/direct.h>
#include <busdma/string.h>
#include <busdma/x86.h>

#define ALL (~(bus_addr_t)0)
#define BITS(n) (((bus_addr_t)1 << (n)) - 1)

static int
make_direct(const struct busdma_platform *pl, const struct conf_port_tag *ct,
    bus_dma_tag_t *newtag)
{
	const struct bus_dma_window w = {
		.dw_cpu = ct->ct_low,
		.dw_bus = ct->ct_low + ct->ct_shift,
		.dw_len = ct->ct_high - ct->ct_low + 1,
		.dw_flags = ct->ct_noncoherent ? 0 : BUS_DMA_WINDOW_COHERENT,
	};

	return bus_dmatag_direct(pl, NULL, &w, 1, newtag, 0);
}

static int
make_bounce(const struct busdma_platform *pl, const struct conf_port_tag *ct,
    bus_dma_tag_t *newtag)
{
	const struct bus_dma_bounce db = {
		.db_reserve = 0x80000,
		.db_most = 0x400000,
	};
	bus_dma_tag_t lower;
	int error = make_direct(pl, ct, &lower);

	if (error != 0)
		return error;
	error = bus_dmatag_bounce(lower, &db, newtag, 0);
	busdma_tag_release(lower);
	return error;
}

/* Of a root that goes with it. */
static int
make_pc(const struct busdma_platform *pl, const struct conf_port_tag *ct,
    bus_dma_tag_t *newtag)
{
	const struct bus_dma_x86 dx = {
		.dx_isa = { 0x80000, 0x200000 },
		.dx_pci = { 0x80000, 0x400000 },
		.dx_pci64 = { 0x80000, 0x400000 },
		.dx_flags = ct->ct_forced ? BUS_DMA_BOUNCE_FORCED : 0,
	};
	unsigned bits = 64;
	bus_dma_tag_t root;
	int error = bus_dmatag_x86(pl, NULL, &dx, &root, 0);

	if (error != 0)
		return error;
	while (BITS(bits - 1) >= ct->ct_high)
		bits--;
	if (ct->ct_isa)
		error = bus_dmatag_x86_isa(root, newtag, 0);
	else
		error = bus_dmatag_x86_pci(root, bits, newtag, 0);
	busdma_tag_release(root);
	return error;
}

const struct conf_port_tag conf_port_tags[] = {
	{ .ct_name = "required",
	    .ct_high = ALL,
	    .ct_required = true,
	    .ct_make = make_direct },
	{ .ct_name = "direct", .ct_high = ALL, .ct_make = make_direct },
	/* Without a layer that bounces. */
	{ .ct_name = "direct32", .ct_high = BITS(32), .ct_make = make_direct },
	{ .ct_name = "pci64",
	    .ct_high = ALL,
	    .ct_bounces = true,
	    .ct_make = make_pc },
	{ .ct_name = "pci32",
	    .ct_high = BITS(32),
	    .ct_bounces = true,
	    .ct_make = make_pc },
	{ .ct_name = "pci28",
	    .ct_high = BITS(28),
	    .ct_bounces = true,
	    .ct_make = make_pc },
	{ .ct_name = "isa",
	    .ct_high = BITS(24),
	    .ct_bounces = true,
	    .ct_isa = true,
	    .ct_make = make_pc },
	{ .ct_name = "forced",
	    .ct_high = ALL,
	    .ct_bounces = true,
	    .ct_forced = true,
	    .ct_make = make_pc },
	/*
	 * What sees no cache, as graphics may; QEMU has none, so this runs
	 * the CPU's instructions and sees what they are told.
	 */
	{ .ct_name = "noncoherent",
	    .ct_high = BITS(32),
	    .ct_noncoherent = true,
	    .ct_make = make_direct },
	{ .ct_name = "noncoherent-bounce",
	    .ct_high = BITS(32),
	    .ct_noncoherent = true,
	    .ct_bounces = true,
	    .ct_make = make_bounce },
	/* As behind a bridge that shows 48 MiB of memory elsewhere. */
	{ .ct_name = "window",
	    .ct_low = 0x1000000,
	    .ct_high = 0x3ffffff,
	    .ct_shift = 0x7f100000,
	    .ct_bounces = true,
	    .ct_make = make_bounce },
	{ .ct_name = NULL },
};
