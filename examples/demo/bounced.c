/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a run went through slots, and why.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "demo/demo.h"

#define COLUMNS 80

void
bounced_add(struct bus_dma_bounce_stats *sum, bus_dma_tag_t t)
{
	struct bus_dma_bounce_stats bs;
	unsigned i;

	/* Without a layer that bounces, all are 0. */
	(void)bus_dma_bounce_stats(t, &bs);
	sum->bs_loads += bs.bs_loads;
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		sum->bs_runs[i] += bs.bs_runs[i];
		sum->bs_bytes[i] += bs.bs_bytes[i];
	}
	sum->bs_in += bs.bs_in;
	sum->bs_filled += bs.bs_filled;
	sum->bs_out += bs.bs_out;
	sum->bs_pool += bs.bs_pool;
	sum->bs_high += bs.bs_high;
	sum->bs_short += bs.bs_short;
}

static uint64_t
all_bytes(const struct bus_dma_bounce_stats *bs)
{
	uint64_t bytes = 0;
	unsigned i;

	for (i = 0; i < BUS_DMA_NBOUNCED; i++)
		bytes += bs->bs_bytes[i];
	return bytes;
}

/* A line of text, and what it has so far. */
struct words {
	char wo_line[COLUMNS + 1];
	size_t wo_len;
};

/* Another piece of it; on the next line, where it does not fit. */
static __attribute__((format(printf, 2, 3))) void
say(struct words *wo, const char *format, ...)
{
	char piece[COLUMNS];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(piece, sizeof(piece), format, ap);
	va_end(ap);
	if (n < 0)
		return;
	/* With a comma before it, or behind the line. */
	if (wo->wo_len != 0 && wo->wo_len + strlen(piece) + 3 > COLUMNS) {
		(void)printf("%s,\n", wo->wo_line);
		wo->wo_len = 0;
	}
	n = snprintf(wo->wo_line + wo->wo_len, sizeof(wo->wo_line) - wo->wo_len,
	    "%s%s", wo->wo_len != 0 ? ", " : "     ", piece);
	wo->wo_len = strlen(wo->wo_line);
}

void
print_bounced(const struct bus_dma_bounce_stats *bs)
{
	struct words wo = { .wo_len = 0 };
	unsigned i;

	if (bs->bs_loads == 0)
		return;
	say(&wo, "bounced %" PRIu64 " bytes in %" PRIu64 " loads",
	    all_bytes(bs), bs->bs_loads);
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		if (bs->bs_runs[i] != 0)
			say(&wo, "%s %" PRIu64,
			    bus_dma_bounced_text((enum bus_dma_bounced)i),
			    bs->bs_bytes[i]);
	}
	say(&wo, "copied in %" PRIu64, bs->bs_in);
	if (bs->bs_filled != 0)
		say(&wo, "of these to fill %" PRIu64, bs->bs_filled);
	say(&wo, "copied out %" PRIu64, bs->bs_out);
	if (bs->bs_short != 0)
		say(&wo, "short of slots %" PRIu64, bs->bs_short);
	(void)printf("%s\n", wo.wo_line);
}

void
print_bounced_json(const struct bus_dma_bounce_stats *bs)
{
	const char *comma = "";
	unsigned i;

	(void)printf(", \"bounced_loads\": %" PRIu64
		     ", \"bounced_bytes\": %" PRIu64 ", \"bounced_why\": {",
	    bs->bs_loads, all_bytes(bs));
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		if (bs->bs_runs[i] == 0)
			continue;
		(void)printf("%s\"%s\": %" PRIu64, comma,
		    bus_dma_bounced_text((enum bus_dma_bounced)i),
		    bs->bs_bytes[i]);
		comma = ", ";
	}
	(void)printf("}, \"copied_in\": %" PRIu64 ", \"filled\": %" PRIu64
		     ", \"copied_out\": %" PRIu64 ", \"slots\": %" PRIu64
		     ", \"slots_high\": %" PRIu64 ", \"slots_short\": %" PRIu64,
	    bs->bs_in, bs->bs_filled, bs->bs_out, bs->bs_pool, bs->bs_high,
	    bs->bs_short);
}
