/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hello: the port itself, before anything stands on it.
 * With edu=1, also the interrupt of QEMU's edu device.
 */
#include <busdma/direct.h>
#include <busdma/string.h>

#include "port.h"

#define PAGE ((size_t)4096)
#define G4 ((paddr_t)1 << 32)

/* What is free, once there are page tables for a few mappings. */
static bus_size_t
warm(const struct busdma_platform *pl)
{
	port_mem_free(port_mem_alloc(8 * PAGE, 0, G4 - 1, true), 8 * PAGE);
	return busdma_arena_avail(pl, pl->pl_arena);
}

static void
check_memory(void)
{
	const struct busdma_platform *pl = port_platform();
	const bus_size_t before = warm(pl);
	char *run = port_mem_alloc(8 * PAGE, 0, G4 - 1, false);
	char *low = port_mem_alloc(8 * PAGE, 0, 0xffffff, true);
	char *far = port_mem_alloc(8 * PAGE, G4, ~(paddr_t)0, false);
	struct busdma_frag f[8];
	bool apart = true;
	unsigned i, n;

	tap_ok(run != NULL && (uintptr_t)run != port_paddr(run),
	    "a pointer is no physical address");
	n = pl->pl_extract(pl, NULL, (uintptr_t)run, 8 * PAGE, f, 8);
	tap_ok(n == 1 && f[0].bf_len == 8 * PAGE, "a run translates to one");
	n = pl->pl_extract(pl, NULL, (uintptr_t)low, 8 * PAGE, f, 8);
	for (i = 0; i < n; i++)
		apart =
		    apart && f[i].bf_len == PAGE && f[i].bf_addr < 0x1000000;
	tap_ok(n == 8 && apart, "what is scattered translates to pages");
	tap_ok(
	    pl->pl_extract(pl, NULL, (uintptr_t)low + 8 * PAGE, 1, f, 1) == 0,
	    "and nothing behind it");
	memset(low, 0x5a, 8 * PAGE);
	tap_ok(*(char *)port_pointer(port_paddr(low + 3 * PAGE), 1) == 0x5a,
	    "it is the same memory by its physical address");
	if (far != NULL) {
		memset(far, 0xa5, 8 * PAGE);
		tap_ok(
		    port_paddr(far) >= G4 && port_paddr(far + 8 * PAGE - 1) ==
						 port_paddr(far) + 8 * PAGE - 1,
		    "memory above 4 GiB");
		port_mem_free(far, 8 * PAGE);
		far = port_mem_alloc(PAGE, 0, ~(paddr_t)0, false);
		tap_ok(far != NULL && port_paddr(far) >= G4,
		    "which is what those get who take any");
		port_mem_free(far, PAGE);
	} else {
		tap_skip("no memory above 4 GiB");
	}
	port_mem_free(run, 8 * PAGE);
	port_mem_free(low, 8 * PAGE);
	tap_ok(busdma_arena_avail(pl, pl->pl_arena) == before,
	    "all of it is given back");
}

static void
check_tag(void)
{
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	const struct busdma_platform *pl = port_platform();
	char *buf = port_mem_alloc(4 * PAGE, 0, ~(paddr_t)0, true);
	bus_dmamap_t map = NULL;
	bus_dma_tag_t tag = NULL;

	tap_ok(
	    bus_dmatag_direct(pl, NULL, &w, 1, &tag, 0) == 0 &&
		bus_dmamap_create(tag, 4 * PAGE, 4, 4 * PAGE, 0, 0, &map) == 0,
	    "a tag and a map");
	tap_ok(bus_dmamap_load(tag, map, buf, 4 * PAGE, NULL, 0) == 0 &&
		   map->dm_nsegs == 4 &&
		   map->dm_segs[0].ds_addr == port_paddr(buf),
	    "a load");
	bus_dmamap_unload(tag, map);
	bus_dmamap_destroy(tag, map);
	bus_dmatag_destroy(tag);
	port_mem_free(buf, 4 * PAGE);
}

/* What a bus that goes around the caches needs for rings; and any other. */
static void
check_mapping(bool around)
{
	struct bus_dma_window w = { 0, 0, 0,
		around ? 0 : BUS_DMA_WINDOW_COHERENT };
	const struct busdma_platform *pl = port_platform();
	bus_dma_segment_t seg;
	bus_dma_tag_t tag = NULL;
	unsigned known;
	void *kva;
	int n;

	if (bus_dmatag_direct(pl, NULL, &w, 1, &tag, 0) != 0 ||
	    bus_dmamem_alloc(tag, PAGE, 0, 0, &seg, 1, &n, 0) != 0 ||
	    bus_dmamem_map(tag, &seg, n, PAGE, &kva, BUS_DMA_COHERENT) != 0)
		tap_bail("no memory for a ring");
	known = pl->pl_memory(pl, NULL, (uintptr_t)kva, seg.ds_addr, PAGE);
	tap_ok(((known & BUSDMA_MEMORY_UNCACHED) != 0) == around,
	    "a ring is mapped %s the caches", around ? "past" : "through");
	bus_dmamem_unmap(tag, kva, PAGE);
	bus_dmamem_free(tag, &seg, n);
	bus_dmatag_destroy(tag);
}

/* One in the other, as where a handler's caller has another lock. */
static void
check_locks(void)
{
	const struct busdma_platform *pl = port_platform();
	busdma_lock_t outer = { { 0 } }, inner = { { 0 } };
	bool open = port_interruptible(), under, between, after;

	pl->pl_lock(pl, &outer);
	under = port_interruptible();
	pl->pl_lock(pl, &inner);
	pl->pl_unlock(pl, &inner);
	between = port_interruptible();
	pl->pl_unlock(pl, &outer);
	after = port_interruptible();
	tap_ok(open && !under && !between && after,
	    "interrupts are masked under a lock, and only there");
}

/* edu: 0x60 raises its interrupt, 0x64 quiets it. */
static void
check_interrupt(void)
{
	struct env_device *dev = port_pci_find(0x1234, 0x11e8, 0);
	unsigned i;

	tap_ok(dev != NULL && (env_read32(dev, 0) & 0xff) == 0xed, "edu");
	if (dev == NULL)
		return;
	for (i = 0; i < 3; i++) {
		env_write32(dev, 0x60, 1u << i);
		tap_ok(env_wait(dev) && env_read32(dev, 0x24) == 1u << i,
		    "its interrupt %u", i);
		env_write32(dev, 0x64, 1u << i);
	}
	tap_ok(!env_wait(dev), "no interrupt, and an end of waiting");
}

static void
hello_main(void)
{
	check_memory();
	check_tag();
	check_mapping(true);
	check_mapping(false);
	check_locks();
	if (port_arg_u64("edu", 0) != 0)
		check_interrupt();
}

PORT_PROGRAM(hello, hello_main);
