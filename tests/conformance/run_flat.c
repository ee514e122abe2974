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

static const struct conf_config configs[] = {
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
};

int
main(int argc, char **argv)
{
	return conf_tap(
	    configs, sizeof(configs) / sizeof(configs[0]), argc, argv);
}
