/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the programs share that run the examples of a manual page: TAP, and a
 * machine, the flat platform behind one window that moves addresses.
 */
#ifndef LINT_EXAMPLE_H
#define LINT_EXAMPLE_H

#include <stdio.h>
#include <string.h>

#include <busdma/direct.h>
#include <busdma/flat.h>

#define PAGE 4096u
#define RAM (128 * PAGE)
#define POOL (64 * PAGE)
#define HEAP (16 * PAGE)
#define PHYS 0x40000000u
#define BUS 0x80000000u

static _Alignas(4096) unsigned char ram[RAM];
static unsigned ncases, nfailed;

static void
check(bool good, const char *what)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++ncases, what);
	nfailed += !good;
}

/* The last report, and how many there were. */
static struct busdma_report reported;
static unsigned nreports;

static void
on_report(const struct busdma_platform *from, const struct busdma_report *rp)
{
	reported = *rp;
	nreports++;
}

/* That was reported since the last look, and nothing else. */
static bool
was_reported(enum busdma_report_code code)
{
	bool was = nreports == 1 && reported.rp_code == code;

	nreports = 0;
	return was;
}

/* The machine, and what of it was free before its tag was made. */
static const struct busdma_platform *pl;
static bus_size_t heap, pages;

/* Its tag; NULL: there is none. */
static bus_dma_tag_t
machine(void)
{
	const struct busdma_flat_config fc = {
		.fc_base = PHYS,
		.fc_size = RAM,
		.fc_va = (uintptr_t)ram,
		.fc_poolsize = POOL,
		.fc_heapsize = HEAP,
		.fc_report = on_report,
		.fc_account = &busdma_account,
	};
	const struct bus_dma_window window = {
		.dw_cpu = PHYS,
		.dw_bus = BUS,
		.dw_len = RAM,
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	bus_dma_tag_t tag;

	if (busdma_flat_create(&fc, &pl) != 0)
		return NULL;
	heap = busdma_flat_heap_avail(pl);
	pages = busdma_flat_pages_avail(pl);
	if (bus_dmatag_direct(pl, NULL, &window, 1, &tag, 0) != 0)
		return NULL;
	return tag;
}

/* The end of a program: its tag was the last thing that it had. */
static int
done(bus_dma_tag_t tag)
{
	bus_dmatag_destroy(tag);
	check(busdma_flat_heap_avail(pl) == heap &&
		  busdma_flat_pages_avail(pl) == pages,
	    "nothing leaks");
	check(nreports == 0, "nothing more is reported");
	printf("1..%u\n", ncases);
	return 0;
}

#endif /* LINT_EXAMPLE_H */
