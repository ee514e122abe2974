/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers' errors, on their way to the platform's diagnostic hook.
 */
#include "mi.h"

void
busdma_report(bus_dma_tag_t t, bus_dmamap_t map, enum busdma_report_code code,
    const char *func, uint64_t addr, uint64_t len)
{
	const struct busdma_platform *pl = t->dt_pl;
	struct busdma_report rp;

	if (pl->pl_report == NULL)
		return;
	rp.rp_code = code;
	rp.rp_func = func;
	rp.rp_tag = t;
	rp.rp_map = map;
	rp.rp_addr = addr;
	rp.rp_len = len;
	pl->pl_report(pl, &rp);
}

const char *
busdma_report_text(enum busdma_report_code code)
{
	switch (code) {
	case BUSDMA_REPORT_FOREIGN:
		return "the map was not created on this tag";
	case BUSDMA_REPORT_RELOAD:
		return "load of a map that is loaded";
	case BUSDMA_REPORT_MAXSEGSZ:
		return "dm_maxsegsz is 0 or above what create allowed";
	case BUSDMA_REPORT_NOTLOADED:
		return "unload of a map that is not loaded";
	case BUSDMA_REPORT_SYNCRANGE:
		return "sync of a range outside the mapping";
	case BUSDMA_REPORT_SYNCOPS:
		return "sync with no operation or an unknown one";
	case BUSDMA_REPORT_SYNCMIX:
		return "sync with PRE and POST operations together";
	case BUSDMA_REPORT_TAGBUSY:
		return "destroy of a tag that has maps or tags made from it";
	case BUSDMA_REPORT_TAGDEAD:
		return "use of a tag after its destroy";
	case BUSDMA_REPORT_MEMFREE:
		return "free of DMA memory that is not allocated";
	case BUSDMA_REPORT_MEMLOADED:
		return "free of DMA memory that is loaded in a map";
	case BUSDMA_REPORT_MEMUNMAP:
		return "unmap of what bus_dmamem_map can't have returned";
	case BUSDMA_REPORT_PLATFORM:
		return "a hook of the platform or of a layer broke its "
		       "contract";
	case BUSDMA_REPORT_DEVICE:
		return "a device was refused an access";
	case BUSDMA_REPORT_MEMTAG:
		return "free of DMA memory through another tag than it was "
		       "allocated through";
	case BUSDMA_REPORT_POOLBUSY:
		return "destroy of a pool with blocks in use";
	case BUSDMA_REPORT_POOLFREE:
		return "free of a block that is not in use";
	case BUSDMA_REPORT_SHAREDLINE:
		return "a buffer that the device may write shares a cache "
		       "line with other memory";
	case BUSDMA_REPORT_NEXT:
		return "bus_dmamap_load_next of a map that is not loaded";
	case BUSDMA_REPORT_CHANNEL:
		return "a DMA channel that there is not, or is not used so";
	case BUSDMA_REPORT_UNFINISHED:
		return "isa_dmadone of a transfer that is not finished";
	case BUSDMA_REPORT_THAW:
		return "isa_dmathaw without isa_dmafreeze";
	}
	return "unknown report";
}

int
busdma_foreign(const char *func, bus_dma_tag_t t, bus_dmamap_t map)
{
	/* Without a tag, the map's own has a platform to tell. */
	if (t == NULL && map != NULL)
		t = map->_dm_tag;
	if (t != NULL)
		busdma_report(t, map, BUSDMA_REPORT_FOREIGN, func, 0, 0);
	return EINVAL;
}
