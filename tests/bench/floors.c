/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floors: the least code that does an operation's work by hand.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Segments of the fixture's parts: one translation a page, runs merged. */
static int
load_parts(struct fixture *fx)
{
	const struct port *po = &fx->fx_machine->ma_port;
	bus_dma_segment_t *segs = fx->fx_segs;
	bus_addr_t end = 0;
	int nsegs = 0;

	for (unsigned i = 0; i < fx->fx_nparts; i++) {
		uintptr_t va = (uintptr_t)fx->fx_part[i].pt_addr;
		bus_size_t len = fx->fx_part[i].pt_len;

		while (len != 0) {
			bus_size_t run = BENCH_PAGE - va % BENCH_PAGE;
			paddr_t pa = (*po->po_translate)(po, va);

			if (pa == ~(paddr_t)0)
				return -1;
			if (run > len)
				run = len;
			if (nsegs != 0 && pa == end) {
				segs[nsegs - 1].ds_len += run;
			} else {
				if (nsegs == (int)BENCH_NPAGES)
					return -1;
				segs[nsegs].ds_addr = pa;
				segs[nsegs].ds_len = run;
				nsegs++;
			}
			end = pa + run;
			va += run;
			len -= run;
		}
	}
	return nsegs;
}

int
floor_load(struct fixture *fx, unsigned long n)
{
	int bad = 0;

	for (; n != 0; n--)
		bad |= load_parts(fx) < 0;
	return bad;
}

/* What a sync can't do without: line after line, in one call. */
int
floor_cache(struct fixture *fx, unsigned long n)
{
	const struct busdma_platform *pl = &fx->fx_machine->ma_pl;
	const struct busdma_cache_ops *ca = pl->pl_cpu->cpu_cache;

	for (; n != 0; n--)
		(*ca->ca_wb)(pl, (uintptr_t)fx->fx_buf, 0, (size_t)fx->fx_len);
	return 0;
}

/* Into a slot and out of it. */
int
floor_copies(struct fixture *fx, unsigned long n)
{
	static char slot[BENCH_NPAGES * BENCH_PAGE];

	for (; n != 0; n--) {
		memcpy(slot, fx->fx_buf, (size_t)fx->fx_len);
		__asm__ volatile("" : : : "memory");
		memcpy(fx->fx_buf, slot, (size_t)fx->fx_len);
		__asm__ volatile("" : : : "memory");
	}
	return 0;
}

int
floor_fence(struct fixture *fx, unsigned long n)
{
	for (; n != 0; n--)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return 0;
}

/* As many at a time as the pool's cases hold: bc_arg blocks. */
int
floor_malloc(struct fixture *fx, unsigned long n)
{
	static void *held[BENCH_NBLOCKS];
	unsigned long i, some;
	int bad = 0;

	for (; n != 0; n -= some) {
		some = n < (unsigned)fx->fx_nsegs ? n : (unsigned)fx->fx_nsegs;
		for (i = 0; i < some; i++) {
			held[i] = malloc(fx->fx_len);
			bad |= held[i] == NULL;
		}
		__asm__ volatile("" : : : "memory");
		for (i = 0; i < some; i++)
			free(held[i]);
	}
	return bad;
}

int
floor_calloc(struct fixture *fx, unsigned long n)
{
	int bad = 0;

	for (; n != 0; n--) {
		void *p = calloc(1, fx->fx_mapbytes);

		/* The compiler may not drop the pair. */
		__asm__ volatile("" : "+r"(p) : : "memory");
		bad |= p == NULL;
		free(p);
	}
	return bad;
}
