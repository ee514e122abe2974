/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EXAMPLES of bus_dma_stats(9) at work, and the dump that the page shows:
 * stats-example.h and stats-dump.h are taken from it by mdoc.py.
 */
#include "stats-example.h"

#include "example.h"

/* The page's, as C strings. */
static const char *const dump[] = {
#include "stats-dump.h"
};
#define NDUMP (sizeof(dump) / sizeof(dump[0]))

static unsigned nlogged;
static bool compare, as_printed;

/* Equal, but for where a map is. */
static bool
same_line(const char *line, const char *page)
{
	static const char map[] = "  map 0x";
	const size_t n = sizeof(map) - 1;

	if (strncmp(line, map, n) == 0 && strncmp(page, map, n) == 0) {
		line += n + strspn(line + n, "0123456789abcdef");
		page += n + strspn(page + n, "0123456789abcdef");
	}
	return strcmp(line, page) == 0;
}

/* The driver's. */
void
foo_log(const char *line)
{
	if (compare && (nlogged >= NDUMP || !same_line(line, dump[nlogged]))) {
		printf("# %s\n", line);
		as_printed = false;
	}
	nlogged++;
}

/* The tag of the page: its bounds, and a cap. */
static bus_dma_tag_t
narrowed(bus_dma_tag_t tag)
{
	const struct bus_dma_limits lim = {
		.dl_low = BUS,
		.dl_high = BUS + 0x0fffffff,
		.dl_memory = 4 * PAGE,
	};
	bus_dma_tag_t t;

	return bus_dmatag_restrict(tag, &lim, &t, 0) == 0 ? t : NULL;
}

/* What has happened before the dump. */
struct past {
	bus_dmamap_t pa_plain, pa_failed, pa_rx;
	bus_dma_segment_t pa_seg[2];
};

static void
test_maps(bus_dma_tag_t t, struct past *pa)
{
	unsigned char *buf = ram + 0x50000;
	bus_dmamap_t gone;
	int i, error = bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &pa->pa_plain);

	for (i = 0; i < 4 && error == 0; i++) {
		error = bus_dmamap_load(t, pa->pa_plain, buf, 100, NULL, 0);
		bus_dmamap_unload(t, pa->pa_plain);
	}
	check(error == 0, "a map without a label");
	for (i = 0; i < 2; i++)
		error = bus_dmamap_load(
		    t, pa->pa_plain, (void *)(uintptr_t)16, 10, NULL, 0);
	check(error == EFAULT, "loads of no memory");
	check(foo_rx_create(t, &gone) == 0 &&
		  foo_rx_create(t, &pa->pa_failed) == 0 &&
		  foo_rx_create(t, &pa->pa_rx) == 0,
	    "maps with labels");
	check(bus_dmamap_load(t, gone, buf, 9000, NULL, 0) == 0, "a load");
	check(foo_rx_loaded(t) == 1, "is one that is loaded");
	bus_dmamap_destroy(t, gone);
	check(
	    bus_dmamap_load(t, pa->pa_failed, buf, 5 * PAGE, NULL, 0) == EFBIG,
	    "a load of too many segments");
	for (i = 0, error = 0; i < 2 && error == 0; i++) {
		bus_dmamap_unload(t, pa->pa_rx);
		error = bus_dmamap_load(t, pa->pa_rx, buf, 9000, NULL, 0);
	}
	check(error == 0 && foo_rx_loaded(t) == 1, "two loads, one stays");
	check(
	    was_reported(BUSDMA_REPORT_NOTLOADED), "the first unload had none");
}

static void
test_memory(bus_dma_tag_t t, struct past *pa)
{
	bus_dma_segment_t seg;
	int n;

	check(
	    bus_dmamem_alloc(t, 3 * PAGE, 0, 0, &pa->pa_seg[0], 1, &n, 0) == 0,
	    "three pages");
	check(bus_dmamem_alloc(t, 100, 0, 0, &seg, 1, &n, 0) == 0, "one more");
	bus_dmamem_free(t, &seg, 1);
	check(bus_dmamem_alloc(t, 2 * PAGE, 0, 0, &seg, 1, &n, 0) == ENOMEM,
	    "not two");
}

static void
test_detach(bus_dma_tag_t t, struct past *pa)
{
	compare = as_printed = true;
	check(foo_detach(t) == EBUSY, "a tag with maps is not given up");
	compare = false;
	check(as_printed && nlogged == NDUMP, "and the log is as printed");
	bus_dmamap_destroy(t, pa->pa_plain);
	bus_dmamap_destroy(t, pa->pa_failed);
	bus_dmamap_destroy(t, pa->pa_rx);
	check(foo_detach(t) == EBUSY, "nor one with memory");
	bus_dmamem_free(t, pa->pa_seg, 1);
	check(foo_detach(t) == 0, "one with neither is");
}

/* What the page says of a cap that is never met. */
static void
test_account(bus_dma_tag_t tag)
{
	const struct bus_dma_limits lim = { .dl_memory = ~(bus_size_t)0 - 1 };
	struct bus_dma_stats own, root;
	bus_dma_segment_t segs[2];
	bus_dma_tag_t t;
	int n;

	check(bus_dmatag_restrict(tag, &lim, &t, 0) == 0, "a cap never met");
	check(bus_dmamem_alloc(t, PAGE, 0, 0, &segs[0], 1, &n, 0) == 0 &&
		  bus_dmamem_alloc(tag, PAGE, 0, 0, &segs[1], 1, &n, 0) == 0,
	    "memory on both tags");
	bus_dma_stats(t, &own);
	bus_dma_stats(tag, &root);
	check(own.ds_memory == PAGE && root.ds_memory == 2 * PAGE,
	    "has an account of its own");
	bus_dmamem_free(t, &segs[0], 1);
	bus_dmamem_free(tag, &segs[1], 1);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	struct past pa;
	bus_dma_tag_t tag = machine(), t;

	if (tag == NULL)
		return 1;
	t = narrowed(tag);
	if (t == NULL)
		return 1;
	test_maps(t, &pa);
	test_memory(t, &pa);
	test_detach(t, &pa);
	test_account(tag);
	return done(tag);
}
