/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp: two CPUs load, sync and unload through one tag that bounces all, from
 * one pool that has not enough for both, with the port's locks between them.
 * Where slots are short one waits for the other.
 *
 *	loads=N		for each CPU
 *	nowait=1	a load that finds none is tried again, and does not wait
 */
#include <busdma/backend.h>
#include <busdma/bounce.h>
#include <busdma/direct.h>
#include <busdma/errno.h>
#include <busdma/string.h>

#include "port.h"

#define PAGE ((size_t)4096)
#define BUFFER (4 * PAGE)
#define POOL (6 * PAGE) /* of one CPU's largest loads, not of both */

struct worker {
	const char *w_name;
	bus_dma_tag_t w_tag;
	bus_dmamap_t w_map;
	unsigned char *w_buf;
	uint32_t w_seed;
	uint64_t w_loads, w_short;
	uint64_t w_wrong; /* bytes, of all that came and went */
	int w_error;      /* of a load, but for a want of slots */
};

static struct worker workers[2];
static uint64_t loads;
static int load_flags;
static unsigned waits; /* atomic */

static struct busdma_platform table;

static uint32_t
rnd(struct worker *w)
{
	w->w_seed = w->w_seed * 1664525 + 1013904223;
	return w->w_seed >> 8;
}

static void
count_wait(const struct busdma_platform *pl, busdma_event_t *ev)
{
	(void)__atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
	port_platform()->pl_wait(pl, ev);
}

/* What the device reads, and what it writes in place of it. */
static void
device(struct worker *w, size_t off, size_t len, unsigned char first)
{
	const bus_dma_segment_t *ds = w->w_map->dm_segs;
	unsigned char *p;
	size_t at = 0;
	bus_size_t i;
	int s;

	for (s = 0; s < w->w_map->dm_nsegs; s++, ds++) {
		p = port_pointer(ds->ds_addr, (size_t)ds->ds_len);
		if (p == NULL || p == w->w_buf + off + at)
			tap_bail("%s: a segment is no slot", w->w_name);
		for (i = 0; i < ds->ds_len; i++, at++) {
			w->w_wrong += p[i] != (unsigned char)(first + at);
			p[i] = (unsigned char)(first - at);
		}
	}
	w->w_wrong += at != len;
}

static void
one_load(struct worker *w)
{
	const size_t off = rnd(w) % PAGE;
	const size_t len = 1 + rnd(w) % (BUFFER - PAGE);
	const unsigned char first = (unsigned char)rnd(w);
	size_t i;
	int error;

	for (i = 0; i < len; i++)
		w->w_buf[off + i] = (unsigned char)(first + i);
	while ((error = bus_dmamap_load(w->w_tag, w->w_map, w->w_buf + off, len,
		    NULL, load_flags)) == ENOMEM) {
		w->w_short++;
		port_pause();
	}
	if (error != 0) {
		w->w_error = error;
		return;
	}
	bus_dmamap_sync(w->w_tag, w->w_map, 0, len,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	port_pause();
	device(w, off, len, first);
	port_pause();
	bus_dmamap_sync(w->w_tag, w->w_map, 0, len,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(w->w_tag, w->w_map);
	for (i = 0; i < len; i++)
		w->w_wrong += w->w_buf[off + i] != (unsigned char)(first - i);
}

static void
work(void *arg)
{
	struct worker *w = arg;

	while (w->w_loads < loads && w->w_error == 0) {
		one_load(w);
		w->w_loads++;
	}
}

static void
tell(const struct worker *w)
{
	tap_ok(w->w_error == 0 && w->w_loads == loads, "%s CPU: %llu loads",
	    w->w_name, (unsigned long long)w->w_loads);
	tap_ok(w->w_wrong == 0, "%s CPU: no byte is wrong", w->w_name);
	tap_say("%s short: %llu", w->w_name, (unsigned long long)w->w_short);
}

/* A tag of the pool's own size; maps and buffers, before there are two. */
static bus_dma_tag_t
make_all(void)
{
	const struct bus_dma_window all = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	const struct bus_dma_bounce db = {
		.db_reserve = POOL,
		.db_most = POOL,
		.db_flags = BUS_DMA_BOUNCE_FORCED,
	};
	bus_dma_tag_t lower, tag;
	struct worker *w;

	table = *port_platform();
	table.pl_wait = count_wait;
	if (bus_dmatag_direct(&table, NULL, &all, 1, &lower, 0) != 0 ||
	    bus_dmatag_bounce(lower, &db, &tag, 0) != 0)
		tap_bail("no tag");
	busdma_tag_release(lower);
	for (w = workers; w < &workers[2]; w++) {
		w->w_name = w == workers ? "first" : "second";
		w->w_tag = tag;
		w->w_seed = (uint32_t)(w - workers) + 1;
		w->w_buf = port_mem_alloc(BUFFER, 0, ~(paddr_t)0, true);
		if (w->w_buf == NULL || bus_dmamap_create(tag, BUFFER, 16,
					    BUFFER, 0, 0, &w->w_map) != 0)
			tap_bail("no map");
	}
	return tag;
}

static void
smp_main(void)
{
	struct bus_dma_bounce_stats bs;
	bus_dma_tag_t tag = make_all();
	unsigned i;

	loads = port_arg_u64("loads", 1000);
	if (port_arg_u64("nowait", 0) != 0)
		load_flags = BUS_DMA_NOWAIT;
	if (!port_second(work, &workers[1]))
		tap_bail("no second CPU");
	work(&workers[0]);
	port_second_join();
	for (i = 0; i < 2; i++)
		tell(&workers[i]);
	tap_say("waits: %u", waits);
	tap_ok(bus_dma_bounce_stats(tag, &bs) == 0 && bs.bs_loads == 2 * loads,
	    "each load is counted");
	tap_ok(bs.bs_high <= POOL, "no more slots than there are");
	tap_say("times short: %llu", (unsigned long long)bs.bs_short);
	for (i = 0; i < 2; i++) {
		bus_dmamap_destroy(tag, workers[i].w_map);
		port_mem_free(workers[i].w_buf, BUFFER);
	}
	tap_ok(bus_dma_bounce_stats(tag, &bs) == 0 && bs.bs_used == 0,
	    "all slots are back");
	bus_dmatag_destroy(tag);
}

PORT_PROGRAM(smp, smp_main);
