/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tags of a PC that the conformance suite runs over.
 */
#include "conf_port.h"

#include <busdma/backend.h>
#include <busdma/bounce.h>
#include <busdma/direct.h>
#include <busdma/string.h>

#define ALL (~(bus_addr_t)0)
#define G4 ((bus_addr_t)0xffffffff)
#define M16 ((bus_addr_t)0xffffff)

static int
make_direct(const struct busdma_platform *pl, const struct conf_port_tag *ct,
    bus_dma_tag_t *newtag)
{
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };

	w.dw_len = ct->ct_high + 1;
	return bus_dmatag_direct(pl, NULL, &w, 1, newtag, 0);
}

static int
make_bounce(const struct busdma_platform *pl, const struct conf_port_tag *ct,
    bus_dma_tag_t *newtag)
{
	struct bus_dma_bounce db = { .db_reserve = 0x80000,
		.db_most = 0x400000 };
	bus_dma_tag_t lower;
	int error = make_direct(pl, ct, &lower);

	if (error != 0)
		return error;
	if (ct->ct_forced)
		db.db_flags = BUS_DMA_BOUNCE_FORCED;
	error = bus_dmatag_bounce(lower, &db, newtag, 0);
	busdma_tag_release(lower);
	return error;
}

const struct conf_port_tag conf_port_tags[] = {
	{ .ct_name = "required",
	    .ct_high = ALL,
	    .ct_required = true,
	    .ct_make = make_direct },
	{ .ct_name = "direct", .ct_high = ALL, .ct_make = make_direct },
	/* Without a layer that bounces. */
	{ .ct_name = "direct32", .ct_high = G4, .ct_make = make_direct },
	{ .ct_name = "pci64",
	    .ct_high = ALL,
	    .ct_bounces = true,
	    .ct_make = make_bounce },
	{ .ct_name = "pci32",
	    .ct_high = G4,
	    .ct_bounces = true,
	    .ct_make = make_bounce },
	{ .ct_name = "isa",
	    .ct_high = M16,
	    .ct_bounces = true,
	    .ct_make = make_bounce },
	{ .ct_name = "forced",
	    .ct_high = G4,
	    .ct_bounces = true,
	    .ct_forced = true,
	    .ct_make = make_bounce },
	{ NULL, 0, false, false, false, NULL },
};
