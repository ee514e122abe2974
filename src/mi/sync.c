/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sync: a chain of caches between the CPU and the device.
 *
 * PRE operations run from the CPU towards the device: the top layer first,
 * then the barrier, so that nothing a layer wrote can be seen after the
 * driver tells the device.  POST operations run from the device towards the
 * CPU: the barrier first, so that nothing a layer reads was fetched before
 * the driver saw the device's signal, then the bottom layer first.
 */
#include "load.h"

#define SYNC_PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define SYNC_POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

/* Operations of one kind: the layers, and the barrier at the device's end. */
static BUSDMA_COLD void
sync_kind(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	if ((ops & SYNC_POST) != 0)
		busdma_barrier(t, ops);
	/* On an unloaded map only the barrier is left to do. */
	if (t->dt_stack != NULL && (map->_dm_flags & BUSDMA_MF_LOADED) != 0)
		t->dt_stack->st_sync(t, map, offset, len, ops);
	if ((ops & SYNC_PRE) != 0)
		busdma_barrier(t, ops);
}

/* All that is not the usual path: layers, and callers' errors. */
static BUSDMA_COLD void
sync_slow(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset, bus_size_t len,
    int ops)
{
	if (!busdma_own(t, map)) {
		busdma_foreign("bus_dmamap_sync", t, map);
		return;
	}
	if (ops == 0 || (ops & ~(SYNC_PRE | SYNC_POST)) != 0)
		busdma_report(t, map, BUSDMA_REPORT_SYNCOPS, "bus_dmamap_sync",
		    offset, (uint64_t)(unsigned)ops);
	if (offset > map->dm_mapsize || len > map->dm_mapsize - offset) {
		busdma_report(t, map, BUSDMA_REPORT_SYNCRANGE,
		    "bus_dmamap_sync", offset, len);
		if (offset > map->dm_mapsize)
			offset = map->dm_mapsize;
		if (len > map->dm_mapsize - offset)
			len = map->dm_mapsize - offset;
	}
	if ((ops & SYNC_PRE) != 0 && (ops & SYNC_POST) != 0)
		busdma_report(t, map, BUSDMA_REPORT_SYNCMIX, "bus_dmamap_sync",
		    offset, len);
	if ((ops & SYNC_POST) != 0)
		sync_kind(t, map, offset, len, ops & SYNC_POST);
	if ((ops & SYNC_PRE) != 0)
		sync_kind(t, map, offset, len, ops & SYNC_PRE);
}

void
bus_dmamap_sync(bus_dma_tag_t t, bus_dmamap_t map, bus_addr_t offset,
    bus_size_t len, int ops)
{
	bus_dma_tag_t layer;
	int last = ops;

	if (busdma_own(t, map) && (unsigned)ops < 16 &&
	    offset + len >= offset && offset + len <= map->dm_mapsize) {
		/* Usual: nobody needs to copy or clean for these operations. */
		if ((map->_dm_flags >> BUSDMA_MF_QUIET_SHIFT >> ops & 1) != 0) {
			/*
			 * Not an access: without it the compiler makes room
			 * for this argument where `map' stands, and moves both
			 * before it knows of the need.
			 */
			__asm__("" : "+r"(last));
			busdma_barrier(t, last);
			return;
		}
		/* One layer does, and the operations are of one kind. */
		layer = t->dt_alone;
		if (layer != NULL &&
		    (BUSDMA_MF_QUIET >> BUSDMA_MF_QUIET_SHIFT >> ops & 1) !=
			0) {
			t->dt_syncalone(layer, map, offset, len, ops);
			return;
		}
	}
	sync_slow(t, map, offset, len, ops);
}
