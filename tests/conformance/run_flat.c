/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance suite over direct mapping on the flat platform.
 */
#include "../support/conf_flat.h"

#define COHERENT BUS_DMA_WINDOW_COHERENT

/* Memory where the process has it, the device sees it there too. */
static const struct conf_flat_config identity_4k = {
	.ff_pagesize = 4096,
	.ff_windows = { { 0, 0, 0, COHERENT } },
	.ff_nwindows = 1,
};

static const struct conf_flat_config identity_64k = {
	.ff_pagesize = 65536,
	.ff_windows = { { 0, 0, 0, COHERENT } },
	.ff_nwindows = 1,
};

/* Memory at 2 GiB, at 0 on the bus. */
static const struct conf_flat_config offset_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 0, 0, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Memory above 4 GiB, on the bus at an odd number of pages. */
static const struct conf_flat_config offset_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x123000000,
	.ff_windows = { { 0, 0x40010000, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Bus addresses that end at the top of the space. */
static const struct conf_flat_config high_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x40000000,
	.ff_windows = { { 0, (bus_addr_t)0 - 328 * 4096, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Three windows that cut memory, in neither order on the bus. */
static const struct conf_flat_config windows_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x100000000,
	.ff_windows = { { 0, 0x200003000, 180 * 4096, COHERENT },
	    { 180 * 4096, 0x1000, 52 * 4096, COHERENT },
	    { 232 * 4096, 0x80000000, 1, COHERENT } },
	.ff_nwindows = 3,
};

static const struct conf_flat_config windows_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x10000,
	.ff_windows = { { 0, 0x200030000, 60 * 65536, COHERENT },
	    { 60 * 65536, 0x10000, 1, COHERENT } },
	.ff_nwindows = 2,
};

/* The first part of memory, and of the pages for DMA, is out of reach. */
static const struct conf_flat_config limited_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 150 * 4096, 0x5000, 1, COHERENT } },
	.ff_nwindows = 1,
};

static const struct conf_flat_config limited_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x80000000,
	.ff_windows = { { 40 * 65536, 0x30000, 1, COHERENT } },
	.ff_nwindows = 1,
};

/* Caches that the device does not see. */
static const struct conf_flat_config past_4k = {
	.ff_pagesize = 4096,
	.ff_windows = { { 0, 0, 0, 0 } },
	.ff_nwindows = 1,
	.ff_line = 64,
};

/* Nor an ordered CPU's; the pages for DMA are not in them. */
static const struct conf_flat_config past_64k = {
	.ff_pagesize = 65536,
	.ff_base = 0x123000000,
	.ff_windows = { { 0, 0x40010000, 1, 0 } },
	.ff_nwindows = 1,
	.ff_line = 128,
	.ff_cacheflags = BUSDMA_CACHE_NOSPECULATION,
	.ff_uncached = true,
};

/* It does not see them through one window, but through those beside it. */
static const struct conf_flat_config mixed_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x100000000,
	.ff_windows = { { 0, 0x200003000, 180 * 4096, COHERENT },
	    { 180 * 4096, 0x1000, 61 * 4096, 0 },
	    { 241 * 4096, 0x80000000, 1, COHERENT } },
	.ff_nwindows = 3,
	.ff_line = 32,
};

/* Long lines. */
static const struct conf_flat_config long_4k = {
	.ff_pagesize = 4096,
	.ff_base = 0x80000000,
	.ff_windows = { { 0, 0, 1, 0 } },
	.ff_nwindows = 1,
	.ff_line = 512,
	.ff_cacheflags = BUSDMA_CACHE_NOSPECULATION,
};

/* ---- cases of direct mapping itself: its constructor ---- */

static bool
refused(struct conf *c, const struct bus_dma_window *w, unsigned n)
{
	bus_dma_tag_t t = NULL;
	int error;

	error = bus_dmatag_direct(c->cf_env->ce_pl, NULL, w, n, &t, 0);
	if (error == 0)
		bus_dmatag_destroy(t);
	return conf_eq(c, __FILE__, __LINE__, "bus_dmatag_direct",
	    (uint64_t)error, EINVAL);
}

static void
bad_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w[2] = { { page, page, page, COHERENT },
		{ 8 * page, 8 * page, page, COHERENT } };

	OK(refused(c, NULL, 1));
	OK(refused(c, w, 0));
	w[0].dw_flags = 0;
	OK(refused(c, w, 1));
	OK(refused(c, w, 2));
	w[0].dw_flags = COHERENT | 0x80;
	OK(refused(c, w, 2));
	w[0].dw_flags = COHERENT;
	/* The last page of the space is the last there is. */
	w[0].dw_cpu = (paddr_t)0 - page;
	w[0].dw_len = 2 * page;
	OK(refused(c, w, 1));
	w[0].dw_cpu = page;
	w[0].dw_bus = (bus_addr_t)0 - page;
	OK(refused(c, w, 1));
}

/* 5.2: nothing smaller than a page moves. */
static void
unaligned_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w = { page, page, page, COHERENT };

	w.dw_bus += page / 2;
	OK(refused(c, &w, 1));
	w.dw_cpu += page / 2;
	OK(refused(c, &w, 1));
	w.dw_bus = page;
	OK(refused(c, &w, 1));
	w.dw_cpu = page;
	w.dw_len += 8;
	OK(refused(c, &w, 1));
}

/* Two windows that the device sees at one place. */
static void
overlapping_windows(struct conf *c)
{
	const bus_size_t page = c->cf_page;
	struct bus_dma_window w[2] = { { page, page, 4 * page, COHERENT },
		{ 8 * page, 4 * page, page, COHERENT } };
	bus_dma_tag_t t = NULL;
	int error;

	OK(refused(c, w, 2));
	w[1].dw_len = 0;
	OK(refused(c, w, 2));
	w[1].dw_bus = 5 * page;
	w[1].dw_len = page;
	/* Or that see one memory at two places. */
	w[1].dw_cpu = 4 * page;
	OK(refused(c, w, 2));
	w[1].dw_cpu = 5 * page;
	error = bus_dmatag_direct(c->cf_env->ce_pl, NULL, w, 2, &t, 0);
	EQ(error, 0);
	bus_dmatag_destroy(t);
}

/* A table without one of the hooks that are required. */
static void
bad_platform(struct conf *c)
{
	const struct bus_dma_window w = { 0, 0, 0, COHERENT };
	struct busdma_platform pl;
	bus_dma_tag_t t = NULL;
	unsigned i;

	EQ(bus_dmatag_direct(NULL, NULL, &w, 1, &t, 0), EINVAL);
	EQ(bus_dmatag_direct(c->cf_env->ce_pl, NULL, &w, 1, NULL, 0), EINVAL);
	for (i = 0; i < 7; i++) {
		pl = *c->cf_env->ce_pl;
		if (i == 0)
			pl.pl_alloc = NULL;
		else if (i == 1)
			pl.pl_free = NULL;
		else if (i == 2)
			pl.pl_extract = NULL;
		else if (i == 3)
			pl.pl_lock = NULL;
		else if (i == 4)
			pl.pl_unlock = NULL;
		else if (i == 5)
			pl.pl_pagesize = 3000;
		else
			pl.pl_size = 8;
		EQ(bus_dmatag_direct(&pl, NULL, &w, 1, &t, 0), EINVAL);
	}
}

static const struct conf_case direct_cases[] = {
	{ "direct/bad-windows", bad_windows },
	{ "direct/unaligned-windows", unaligned_windows },
	{ "direct/overlapping-windows", overlapping_windows },
	{ "direct/bad-platform", bad_platform },
	{ NULL, NULL },
};

static const struct conf_config configs[] = {
	{ "flat/4k/constructor", conf_flat_make, conf_flat_drop, &identity_4k,
	    direct_cases },
	{ "flat/4k/identity", conf_flat_make, conf_flat_drop, &identity_4k,
	    NULL },
	{ "flat/64k/identity", conf_flat_make, conf_flat_drop, &identity_64k,
	    NULL },
	{ "flat/4k/offset", conf_flat_make, conf_flat_drop, &offset_4k, NULL },
	{ "flat/64k/offset", conf_flat_make, conf_flat_drop, &offset_64k,
	    NULL },
	{ "flat/4k/high", conf_flat_make, conf_flat_drop, &high_4k, NULL },
	{ "flat/4k/windows", conf_flat_make, conf_flat_drop, &windows_4k,
	    NULL },
	{ "flat/64k/windows", conf_flat_make, conf_flat_drop, &windows_64k,
	    NULL },
	{ "flat/4k/limited", conf_flat_make, conf_flat_drop, &limited_4k,
	    NULL },
	{ "flat/64k/limited", conf_flat_make, conf_flat_drop, &limited_64k,
	    NULL },
	{ "flat/4k/past-caches", conf_flat_make, conf_flat_drop, &past_4k,
	    NULL },
	{ "flat/64k/past-caches-in-order", conf_flat_make, conf_flat_drop,
	    &past_64k, NULL },
	{ "flat/4k/past-and-through-caches", conf_flat_make, conf_flat_drop,
	    &mixed_4k, NULL },
	{ "flat/4k/past-long-lines", conf_flat_make, conf_flat_drop, &long_4k,
	    NULL },
};

int
main(int argc, char **argv)
{
	return conf_tap(
	    configs, sizeof(configs) / sizeof(configs[0]), argc, argv);
}
