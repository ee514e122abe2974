/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layer of bus_dma_backend(9)'s EXAMPLES, at work: what the page prints
 * is a working backend.  gart-example.h is taken from the page by mdoc.py.
 */
#include <stdio.h>
#include <string.h>

#include "gart-example.h"

#include <busdma/flat.h>

#define RAM (64 * 4096)
#define POOL (32 * 4096)
#define HEAP (16 * 4096)
#define PHYS 0x40000000u
#define APERTURE 0xc0000000u
#define NPAGES 8

static _Alignas(4096) unsigned char ram[RAM];
static uint64_t table[NPAGES];
static unsigned ncases, nfailed;

static void
check(bool good, const char *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++ncases, what);
	nfailed += !good;
}

/* The physical address behind a bus address: what the bridge does. */
static uint64_t
translate(bus_addr_t addr)
{
	uint64_t entry;

	if (addr < APERTURE || addr - APERTURE >= NPAGES * GART_PAGE)
		return 0;
	entry = table[(addr - APERTURE) / GART_PAGE];
	if ((entry & GART_VALID) == 0)
		return 0;
	return (entry & ~(uint64_t)(GART_PAGE - 1)) + addr % GART_PAGE;
}

static unsigned
valid_entries(void)
{
	unsigned i, n = 0;

	for (i = 0; i < NPAGES; i++)
		n += (table[i] & GART_VALID) != 0;
	return n;
}

/* Every byte of the map leads to the byte of the buffer. */
static bool
leads_to(bus_dmamap_t map, uint64_t pa)
{
	bus_size_t off;
	int i;

	for (i = 0; i < map->dm_nsegs; i++)
		for (off = 0; off < map->dm_segs[i].ds_len; off++)
			if (translate(map->dm_segs[i].ds_addr + off) != pa++)
				return false;
	return true;
}

static void
test_loads(bus_dma_tag_t tag)
{
	unsigned char *buf = ram + POOL + 100;
	bus_dma_segment_t segs[3] = {
		{ PHYS + POOL + 4096, 4096 },
		{ PHYS + POOL, 4096 },
		{ PHYS + POOL + 5 * 4096, 4096 },
	};
	bus_dmamap_t map = NULL, other = NULL;

	check(bus_dmamap_create(
		  tag, NPAGES * GART_PAGE + 4096, 4, 65536, 0, 0, &map) == 0 &&
		  bus_dmamap_create(tag, 65536, 1, 65536, 0, 0, &other) == 0,
	    "maps are created");
	check(bus_dmamap_load(tag, map, buf, 9000, NULL, 0) == 0 &&
		  map->dm_nsegs == 1 && leads_to(map, PHYS + POOL + 100),
	    "a linear buffer");
	check(valid_entries() == 3, "in no more entries than it has pages");
	check(bus_dmamap_load_raw(tag, other, segs, 3, 3 * 4096, 0) == 0 &&
		  other->dm_nsegs == 1,
	    "scattered pages are one segment");
	check(translate(other->dm_segs[0].ds_addr + 4096) == PHYS + POOL,
	    "each at its place");
	bus_dmamap_sync(tag, map, 0, 9000, BUS_DMASYNC_PREREAD);
	bus_dmamap_sync(tag, map, 0, 9000, BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(tag, map);
	check(valid_entries() == 3, "an unload clears its own entries");
	check(bus_dmamap_load(tag, map, buf, 6 * 4096, NULL, 0) == ENOMEM &&
		  map->dm_nsegs == 0 && valid_entries() == 3,
	    "entries that others hold: ENOMEM");
	check(bus_dmamap_load(tag, map, buf, NPAGES * GART_PAGE + 1, NULL, 0) ==
		  EFBIG,
	    "more entries than there are: EFBIG");
	bus_dmamap_destroy(tag, other);
	check(valid_entries() == 0, "destroy unloads");
	bus_dmamap_destroy(tag, map);
}

static void
test_narrow(bus_dma_tag_t tag)
{
	unsigned char *buf = ram + POOL;
	struct bus_dma_limits lim;
	bus_dma_tag_t low, none;
	bus_dmamap_t map;

	check(bus_dmatag_subregion(
		  tag, APERTURE + 4096, APERTURE + 3 * 4096 - 1, &low, 0) == 0,
	    "a subregion");
	check(bus_dmamap_create(low, 65536, 4, 65536, 0, 0, &map) == 0 &&
		  bus_dmamap_load(low, map, buf, 8192, NULL, 0) == 0 &&
		  map->dm_segs[0].ds_addr == APERTURE + 4096,
	    "uses only its part of the table");
	bus_dmamap_unload(low, map);
	check(bus_dmamap_load(low, map, buf, 8193, NULL, 0) == EFBIG,
	    "and no more of it");
	bus_dmamap_destroy(low, map);
	check(bus_dmatag_subregion(tag, 0, APERTURE - 1, &none, 0) == EINVAL,
	    "a subregion without an entry: EINVAL");
	memset(&lim, 0, sizeof(lim));
	lim.dl_minalignmask = 8191;
	check(bus_dmatag_restrict(tag, &lim, &none, 0) == EINVAL,
	    "more bits kept than a page has: EINVAL");
	bus_dmatag_destroy(low);
}

static void
on_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	printf("# %s: %s\n", rp->rp_func, busdma_report_text(rp->rp_code));
	nfailed++;
}

int
main(void)
{
	const struct busdma_flat_config fc = {
		.fc_base = PHYS,
		.fc_size = RAM,
		.fc_va = (uintptr_t)ram,
		.fc_poolsize = POOL,
		.fc_heapsize = HEAP,
		.fc_report = on_report,
	};
	const struct busdma_platform *pl;
	bus_size_t before;
	bus_dma_tag_t tag;

	if (busdma_flat_create(&fc, &pl) != 0)
		return 1;
	before = busdma_flat_heap_avail(pl);
	check(bus_dmatag_gart(pl, (uintptr_t)table, APERTURE + 1, NPAGES, &tag,
		  0) == EINVAL,
	    "an aperture off the page: EINVAL");
	check(bus_dmatag_gart(
		  pl, (uintptr_t)table, APERTURE, NPAGES, &tag, 0) == 0,
	    "the tag is made");
	test_loads(tag);
	test_narrow(tag);
	bus_dmatag_destroy(tag);
	check(busdma_flat_heap_avail(pl) == before, "nothing leaks");
	check(nfailed == 0, "nothing is reported");
	printf("1..%u\n", ncases);
	return 0;
}
