/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tag has done and what is alive on it: counters, labels, the walk over
 * its maps, their text; and a cap on its memory.
 */
#include "suite.h"

#include <busdma/bounce.h>
#include <busdma/bus_dma_stats.h>

static bool
counted(struct conf *c, unsigned line, bus_dma_tag_t t, uint64_t loads,
    uint64_t segments)
{
	struct bus_dma_stats ds;

	bus_dma_stats(t, &ds);
	return conf_eq(c, __FILE__, line, "ds_loads", ds.ds_loads, loads) &&
	       conf_eq(
		   c, __FILE__, line, "ds_segments", ds.ds_segments, segments);
}

#define COUNTED(t, loads, segments) \
	OK(counted(c, __LINE__, (t), (loads), (segments)))

/* A tag of the case's own, so that its figures begin at 0. */
static bus_dma_tag_t
fresh(struct conf *c, bus_size_t cap)
{
	struct bus_dma_limits lim;

	memset(&lim, 0, sizeof(lim));
	lim.dl_memory = cap;
	return conf_restrict(c, c->cf_tag, &lim);
}

static void
loads(struct conf *c)
{
	uint64_t n = 0, segs = 0;
	struct bus_dma_stats ds;
	struct busdma_part part = { .pt_len = 0 };
	struct conf_chain ca;
	bus_dma_segment_t seg;
	bus_dmamap_t map, other;
	bus_dma_tag_t t;
	char *buf;
	int i;

	OK(t = fresh(c, 0));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, t, 64, 8, 16, 0));
	OK(other = conf_map(c, t, 64, 8, 16, 0));
	COUNTED(t, 0, 0);
	seg.ds_addr = conf_pa(c, buf);
	seg.ds_len = 40;
	part.pt_addr = buf;
	part.pt_len = 40;
	memset(&ca, 0, sizeof(ca));
	ca.ca_parts = &part;
	ca.ca_nparts = 1;
	ca.ca_total = 40;
	for (i = 0; i < 9; i++) {
		if (i % 3 == 0)
			EQ(bus_dmamap_load(
			       t, map, buf, 40, NULL, BUS_DMA_NOWAIT),
			    0);
		else if (i % 3 == 1)
			EQ(bus_dmamap_load_raw(
			       t, map, &seg, 1, 40, BUS_DMA_NOWAIT),
			    0);
		else
			EQ(bus_dmamap_load_chain(
			       t, map, &conf_chain_ops, &ca, BUS_DMA_NOWAIT),
			    0);
		segs += (uint64_t)map->dm_nsegs;
		COUNTED(t, ++n, segs);
		/* What fails, and what is of nothing, is none. */
		bus_dmamap_unload(t, map);
		TRUE(bus_dmamap_load(t, map, buf, 65, NULL, BUS_DMA_NOWAIT) !=
		     0);
		EQ(bus_dmamap_load(t, map, buf, 0, NULL, BUS_DMA_NOWAIT), 0);
		COUNTED(t, n, segs);
	}
	EQ(bus_dmamap_load(t, other, buf, 16, NULL, BUS_DMA_NOWAIT), 0);
	COUNTED(t, n + 1, segs + 1);
	bus_dma_stats(t, &ds);
	EQ(ds.ds_maps, 2);
	EQ(ds.ds_loaded, 1);
	EQ(ds.ds_mapped, 16);
	/* Maps that are gone count, too. */
	conf_unmap(c, other);
	COUNTED(t, n + 1, segs + 1);
	conf_unmap(c, map);
	COUNTED(t, n + 1, segs + 1);
	bus_dma_stats(t, &ds);
	EQ(ds.ds_maps, 0);
	EQ(ds.ds_mapped, 0);
}

static void
failures(struct conf *c)
{
	struct bus_dma_stats ds;
	bus_dmamap_t map;
	bus_dma_tag_t t;
	uint64_t sum = 0;
	unsigned i;
	char *buf;

	if (c->cf_env->ce_pl->pl_account == NULL)
		SKIP("the platform keeps no account");
	OK(t = fresh(c, 0));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, t, 64, 2, 16, 0));
	for (i = 0; i < 3; i++)
		EQ(bus_dmamap_load(t, map, buf, 65, NULL, BUS_DMA_NOWAIT),
		    EINVAL);
	EQ(bus_dmamap_load(t, map, buf, 33, NULL, BUS_DMA_NOWAIT), EFBIG);
	EQ(bus_dmamap_load_raw(t, map, NULL, 0, 5, BUS_DMA_NOWAIT), EINVAL);
	bus_dma_stats(t, &ds);
	EQ(ds.ds_failed[BUS_DMA_WHY_LENGTH], 3);
	EQ(ds.ds_failed[BUS_DMA_WHY_SEGMENTS], 1);
	EQ(ds.ds_failed[BUS_DMA_WHY_ORIGIN], 1);
	for (i = 0; i < BUS_DMA_NWHY; i++)
		sum += ds.ds_failed[i];
	EQ(sum, 5);
	EQ(ds.ds_loads, 0);
}

/* ---- labels and the walk ---- */

static void
labels(struct conf *c)
{
	static const char names[70][2];
	struct bus_dma_mapinfo mi;
	bus_dmamap_t map, other;
	bus_dma_tag_t t;
	unsigned i;
	char *buf;

	OK(t = fresh(c, 0));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(other = conf_map(c, t, 64, 8, 16, 0));
	OK(map = conf_map(c, t, 64, 8, 16, 0));
	for (i = 0; i < 70; i++) {
		EQ(bus_dmamap_label(t, map, names[i]), 0);
		EQ(bus_dmamap_load(t, map, buf, 40, NULL, BUS_DMA_NOWAIT), 0);
		EQ(bus_dma_maps(t, 0, &mi, 1), 2);
		TRUE(mi.mi_map == map && mi.mi_label == names[i]);
		EQ(mi.mi_loads, i + 1);
		bus_dmamap_unload(t, map);
	}
	EQ(bus_dma_maps(t, 1, &mi, 1), 2);
	TRUE(mi.mi_map == other && mi.mi_label == NULL);
	EQ(bus_dmamap_label(t, other, names[33]), 0);
	EQ(bus_dmamap_label(t, map, NULL), 0);
	EQ(bus_dma_maps(t, 0, &mi, 1), 2);
	TRUE(mi.mi_label == NULL);
	EQ(mi.mi_loads, 70);
	EQ(bus_dma_maps(t, 1, &mi, 1), 2);
	TRUE(mi.mi_label == names[33]);
	EQ(bus_dmamap_label(c->cf_tag, map, names[0]), EINVAL);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	EQ(bus_dmamap_label(NULL, map, names[0]), EINVAL);
	REPORTED(BUSDMA_REPORT_FOREIGN);
}

/* The same string many times costs no more than once. */
static void
label_once(struct conf *c)
{
	uint64_t before[2], after[2];
	bus_dmamap_t map;
	bus_dma_tag_t t;
	unsigned i;

	if (c->cf_env->ce_usage == NULL)
		SKIP("memory is not counted");
	OK(t = fresh(c, 0));
	OK(map = conf_map(c, t, 64, 8, 16, 0));
	EQ(bus_dmamap_label(t, map, "one"), 0);
	c->cf_env->ce_usage(c->cf_env, before);
	for (i = 0; i < 100; i++) {
		EQ(bus_dmamap_label(t, map, NULL), 0);
		EQ(bus_dmamap_label(t, map, "one"), 0);
	}
	c->cf_env->ce_usage(c->cf_env, after);
	EQ(after[0], before[0]);
}

static void
walk(struct conf *c)
{
	struct bus_dma_mapinfo mi[4];
	bus_dmamap_t map[5];
	bus_dma_tag_t t;
	unsigned first, n, i;
	char *buf;

	OK(t = fresh(c, 0));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	EQ(bus_dma_maps(t, 0, mi, 4), 0);
	for (i = 0; i < 5; i++)
		OK(map[i] = conf_map(c, t, 64 + i, (int)i + 1, 16, 0));
	for (first = 0; first < 7; first++) {
		for (n = 0; n < 5; n++) {
			memset(mi, 0, sizeof(mi));
			EQ(bus_dma_maps(t, first, mi, n), 5);
			for (i = 0; i < 4; i++)
				TRUE(
				    mi[i].mi_map == (i < n && first + i < 5
							    ? map[4 - first - i]
							    : NULL));
		}
	}
	EQ(bus_dma_maps(t, 0, NULL, 9), 5);
	EQ(bus_dma_maps(NULL, 0, mi, 4), 0);
	EQ(bus_dmamap_load(t, map[4], buf, 20, NULL, BUS_DMA_NOWAIT), 0);
	EQ(bus_dma_maps(t, 0, mi, 2), 5);
	EQ(mi[0].mi_size, 68);
	EQ(mi[0].mi_mapped, 20);
	EQ(mi[0].mi_nsegs, map[4]->dm_nsegs);
	EQ(mi[0].mi_maxsegs, 5);
	EQ(mi[0].mi_segments, map[4]->dm_nsegs);
	EQ(mi[0].mi_why.wy_reason, BUS_DMA_WHY_NONE);
	EQ(mi[1].mi_size, 67);
	EQ(mi[1].mi_mapped, 0);
	EQ(mi[1].mi_nsegs, 0);
	EQ(mi[1].mi_maxsegs, 4);
	if (c->cf_env->ce_pl->pl_account != NULL) {
		EQ(bus_dmamap_load(t, map[3], buf, 99, NULL, BUS_DMA_NOWAIT),
		    EINVAL);
		EQ(bus_dma_maps(t, 1, mi, 1), 5);
		EQ(mi[0].mi_why.wy_reason, BUS_DMA_WHY_LENGTH);
		EQ(mi[0].mi_why.wy_limit, 67);
	}
}

/* ---- the text ---- */

struct text {
	unsigned tx_lines, tx_wrong, tx_labelled;
};

static void
put(void *arg, const char *line)
{
	struct text *tx = arg;
	unsigned n = 0;

	for (; line[n] != '\0'; n++) {
		tx->tx_wrong += line[n] == '\n';
		tx->tx_labelled += n > 3 && memcmp(line + n - 3, "XyZ", 3) == 0;
	}
	tx->tx_wrong += n == 0 || n >= 160;
	tx->tx_wrong += memcmp(line, tx->tx_lines == 0 ? "tag " : "  ",
			    tx->tx_lines == 0 ? 4 : 2) != 0;
	tx->tx_lines++;
}

static void
text(struct conf *c)
{
	struct bus_dma_bounce_stats bs;
	struct text tx;
	bus_dmamap_t map;
	bus_dma_tag_t t;
	unsigned i, n;

	OK(t = fresh(c, 0));
	memset(&tx, 0, sizeof(tx));
	bus_dma_stats_dump(t, put, &tx);
	/* And what layers have to say. */
	n = tx.tx_lines;
	TRUE(n >= (bus_dma_bounce_stats(t, &bs) == 0 ? 5 : 3));
	for (i = 0; i < 9; i++) {
		OK(map = conf_map(c, t, 64, 8, 16, 0));
		EQ(bus_dmamap_label(t, map, "XyZ"), 0);
		memset(&tx, 0, sizeof(tx));
		bus_dma_stats_dump(t, put, &tx);
		/* A line for each map, and each of them once. */
		EQ(tx.tx_lines, n + i + 1);
		EQ(tx.tx_labelled, i + 1);
		EQ(tx.tx_wrong, 0);
	}
	bus_dma_stats_dump(t, NULL, NULL);
	bus_dma_stats_dump(NULL, put, &tx);
	EQ(tx.tx_lines, n + 9);
}

/* ---- what went through other memory ---- */

#define BOUNCE_LEN 4000u

/* So many loads of BOUNCE_LEN bytes each, and so much copied. */
static bool
bounced(struct conf *c, unsigned line, bus_dma_tag_t t, unsigned n, uint64_t in,
    uint64_t filled, uint64_t out)
{
	struct bus_dma_bounce_stats bs;
	uint64_t runs = 0, bytes = 0;
	unsigned i;

	conf_eq(c, __FILE__, line, "bus_dma_bounce_stats",
	    (uint64_t)bus_dma_bounce_stats(t, &bs), 0);
	for (i = 0; i < BUS_DMA_NBOUNCED; i++) {
		runs += bs.bs_runs[i];
		bytes += bs.bs_bytes[i];
	}
	return conf_eq(c, __FILE__, line, "bs_loads", bs.bs_loads, n) &&
	       conf_eq(c, __FILE__, line, "bytes of loads", bytes,
		   (uint64_t)n * BOUNCE_LEN) &&
	       conf_true(
		   c, __FILE__, line, "a run or more for each", runs >= n) &&
	       conf_eq(c, __FILE__, line, "bs_in", bs.bs_in, in) &&
	       conf_eq(c, __FILE__, line, "bs_filled", bs.bs_filled, filled) &&
	       conf_eq(c, __FILE__, line, "bs_out", bs.bs_out, out);
}
/* A tag whose loads of what begins unaligned go through slots. */
static bus_dma_tag_t
aligned(struct conf *c)
{
	struct bus_dma_limits lim;
	struct bus_dma_bounce_stats bs;
	bus_dma_tag_t t;

	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 64;
	t = conf_restrict(c, c->cf_tag, &lim);
	if (t == NULL || bus_dma_bounce_stats(t, &bs) == 0)
		return t;
	conf_skip(c, "nothing is bounced here");
	return NULL;
}

/* What a tag has done with one buffer. */
struct bouncing {
	bus_dma_tag_t bg_tag;
	bus_dmamap_t bg_map;
	char *bg_buf;
	unsigned bg_loads;
	uint64_t bg_in, bg_filled, bg_out;
};

#define BOUNCED_SO(bg)                                                     \
	OK(bounced(c, __LINE__, (bg)->bg_tag, (bg)->bg_loads, (bg)->bg_in, \
	    (bg)->bg_filled, (bg)->bg_out))

static void
bounced_load(struct conf *c, struct bouncing *bg, int flags)
{
	EQ(bus_dmamap_load(bg->bg_tag, bg->bg_map, bg->bg_buf, BOUNCE_LEN, NULL,
	       BUS_DMA_NOWAIT | flags),
	    0);
	bg->bg_loads++;
	BOUNCED_SO(bg);
}

static void
bounced_sync(struct bouncing *bg, bus_addr_t off, bus_size_t len, int ops)
{
	bus_dmamap_sync(bg->bg_tag, bg->bg_map, off, len, ops);
}

static void
bounced_bytes_of(struct conf *c, struct bouncing *bg)
{
	const bus_size_t len = BOUNCE_LEN;
	unsigned i;

	for (i = 0; i < 3; i++) {
		bounced_load(c, bg, 0);
		bounced_sync(bg, 0, len, BUS_DMASYNC_PREWRITE);
		bounced_sync(bg, 0, len, BUS_DMASYNC_PREREAD);
		bounced_sync(bg, 100, 40, BUS_DMASYNC_PREWRITE);
		bg->bg_in += len + 40;
		bounced_sync(bg, 0, 10, BUS_DMASYNC_POSTREAD);
		bounced_sync(bg, i + 1, 20, BUS_DMASYNC_POSTREAD);
		bounced_sync(bg, 0, len, BUS_DMASYNC_POSTWRITE);
		bg->bg_out += 30;
		BOUNCED_SO(bg);
		bus_dmamap_unload(bg->bg_tag, bg->bg_map);
		bounced_load(c, bg, 0);
		bounced_sync(bg, 0, len, BUS_DMASYNC_PREREAD);
		bounced_sync(bg, 0, len, BUS_DMASYNC_POSTREAD);
		bg->bg_in += len;
		bg->bg_filled += len;
		bg->bg_out += len;
		BOUNCED_SO(bg);
		bus_dmamap_unload(bg->bg_tag, bg->bg_map);
		bounced_load(c, bg, BUS_DMA_OVERWRITE);
		bounced_sync(bg, 0, len, BUS_DMASYNC_PREREAD);
		bounced_sync(bg, 7, len - 7, BUS_DMASYNC_POSTREAD);
		bg->bg_out += len - 7;
		bus_dmamap_unload(bg->bg_tag, bg->bg_map);
		BOUNCED_SO(bg);
	}
}

/* What fails is none, wherever it failed. */
static void
bounced_failures(struct conf *c, struct bouncing *bg)
{
	bus_dmamap_t map;

	OK(map = conf_map(c, bg->bg_tag, BOUNCE_LEN, 2, 64, 0));
	EQ(bus_dmamap_load(
	       bg->bg_tag, map, bg->bg_buf, 200, NULL, BUS_DMA_NOWAIT),
	    EFBIG);
	EQ(bus_dmamap_load(bg->bg_tag, map, bg->bg_buf, BOUNCE_LEN + 1, NULL,
	       BUS_DMA_NOWAIT),
	    EINVAL);
	BOUNCED_SO(bg);
	conf_unmap(c, map);
	BOUNCED_SO(bg);
}

static void
bounced_bytes(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct bus_dma_bounce_stats bs;
	struct bouncing bg;
	unsigned i;

	for (i = 0; i < 2; i++) {
		memset(&bg, 0, sizeof(bg));
		OK(bg.bg_tag = i == 0 ? aligned(c) : fresh(c, 0));
		OK(bg.bg_buf = conf_mem(c, CONF_MEM_RUN,
		       (BOUNCE_LEN + 1 + (page - 1)) & ~(page - 1)));
		bg.bg_buf++;
		OK(bg.bg_map =
			conf_map(c, bg.bg_tag, BOUNCE_LEN, 1, BOUNCE_LEN, 0));
		BOUNCED_SO(&bg);
		EQ(bus_dmamap_load(bg.bg_tag, bg.bg_map, bg.bg_buf, BOUNCE_LEN,
		       NULL, BUS_DMA_NOWAIT),
		    0);
		bus_dmamap_unload(bg.bg_tag, bg.bg_map);
		EQ(bus_dma_bounce_stats(bg.bg_tag, &bs), 0);
		/* As it is: where all is bounced, or parts, or not. */
		if (i == 1 && bs.bs_bytes[BUS_DMA_BOUNCED_FORCED] == 0)
			break;
		bg.bg_loads++;
		bounced_bytes_of(c, &bg);
		bounced_failures(c, &bg);
		/* Maps that are gone count, too. */
		conf_unmap(c, bg.bg_map);
		BOUNCED_SO(&bg);
	}
	QUIET();
}

/* ---- caps ---- */

static bool
account(struct conf *c, unsigned line, bus_dma_tag_t t, unsigned used,
    unsigned high, unsigned cap, unsigned refused)
{
	struct bus_dma_stats ds;

	bus_dma_stats(t, &ds);
	return conf_eq(c, __FILE__, line, "ds_memory", ds.ds_memory,
		   used * c->cf_page) &&
	       conf_eq(c, __FILE__, line, "ds_memory_high", ds.ds_memory_high,
		   high * c->cf_page) &&
	       conf_eq(c, __FILE__, line, "ds_memory_cap", ds.ds_memory_cap,
		   cap * c->cf_page) &&
	       conf_eq(c, __FILE__, line, "ds_memory_refused",
		   ds.ds_memory_refused, refused);
}

/* In pages. */
#define MEMORY(t, used, high, cap, refused) \
	OK(account(c, __LINE__, (t), (used), (high), (cap), (refused)))

/* What is out, and the most that was. */
#define MEMORY2(t, used, high)                             \
	do {                                               \
		struct bus_dma_stats ds_;                  \
                                                           \
		bus_dma_stats((t), &ds_);                  \
		EQ(ds_.ds_memory, (used)*c->cf_page);      \
		EQ(ds_.ds_memory_high, (high)*c->cf_page); \
	} while (0)

#define CAPS()                                                     \
	do {                                                       \
		if (c->cf_env->ce_pl->pl_account == NULL)          \
			SKIP("the platform keeps no account");     \
		if (c->cf_env->ce_pl->pl_pages_alloc == NULL)      \
			SKIP("the platform has no pages to give"); \
	} while (0)

static int
alloc(bus_dma_tag_t t, bus_size_t size)
{
	bus_dma_segment_t seg;
	int n;

	return bus_dmamem_alloc(t, size, 0, 0, &seg, 1, &n, BUS_DMA_NOWAIT);
}

static void
cap(struct conf *c)
{
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d, *e;
	bus_dma_tag_t t;

	CAPS();
	OK(t = fresh(c, 3 * page));
	OK(d = conf_dmamem(c, t, 2 * page, 0, 0, 1));
	MEMORY(t, 2, 2, 3, 0);
	EQ(alloc(t, page + 1), ENOMEM);
	OK(e = conf_dmamem(c, t, 1, 0, 0, 1));
	MEMORY(t, 3, 3, 3, 1);
	EQ(alloc(t, 1), ENOMEM);
	/* Others are not concerned. */
	OK(conf_dmamem(c, c->cf_tag, page, 0, 0, 1));
	conf_undmamem(c, d);
	MEMORY(t, 1, 3, 3, 2);
	OK(d = conf_dmamem(c, t, 2 * page, 0, 0, 1));
	conf_undmamem(c, d);
	conf_undmamem(c, e);
	MEMORY(t, 0, 3, 3, 2);
}

static bus_dma_tag_t
below(struct conf *c, bus_dma_tag_t t, bus_size_t most)
{
	struct bus_dma_limits lim;

	memset(&lim, 0, sizeof(lim));
	lim.dl_memory = most;
	return conf_restrict(c, t, &lim);
}

/* Together no more than their parent; and a looser one has no effect. */
static void
caps_nest(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_tag_t t, a, b, loose;
	struct conf_dmamem *d;

	CAPS();
	OK(t = fresh(c, 3 * page));
	OK(a = below(c, t, 2 * page));
	OK(b = below(c, t, 2 * page));
	OK(loose = below(c, a, 9 * page));
	OK(d = conf_dmamem(c, loose, 2 * page, 0, 0, 1));
	MEMORY(a, 2, 2, 2, 0);
	MEMORY(loose, 2, 2, 2, 0);
	EQ(alloc(a, page), ENOMEM);
	MEMORY(loose, 2, 2, 2, 1);
	EQ(alloc(b, 2 * page), ENOMEM);
	MEMORY(b, 0, 0, 2, 0);
	MEMORY(t, 2, 2, 3, 1);
	OK(conf_dmamem(c, b, page, 0, 0, 1));
	MEMORY(t, 3, 3, 3, 1);
	EQ(alloc(t, page), ENOMEM);
	conf_undmamem(c, d);
	MEMORY(a, 0, 2, 2, 1);
	MEMORY(t, 1, 3, 3, 2);
}

/* What was not handed out is on no account. */
static void
cap_after_failure(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dma_tag_t t, a;

	CAPS();
	OK(t = fresh(c, (bus_size_t)1 << 62));
	OK(a = below(c, t, (bus_size_t)1 << 61));
	EQ(alloc(a, (bus_size_t)1 << 60), ENOMEM);
	EQ(alloc(a, (bus_size_t)-1), EINVAL);
	EQ(alloc(a, 0), EINVAL);
	MEMORY2(a, 0, 0);
	OK(conf_dmamem(c, a, page, 0, 0, 1));
	EQ(alloc(a, 0 - page), ENOMEM);
	MEMORY2(a, 1, 1);
	MEMORY2(t, 1, 1);
}

static void
cap_of_nothing(struct conf *c)
{
	struct bus_dma_stats ds;
	bus_dma_tag_t t;

	CAPS();
	OK(t = fresh(c, c->cf_page - 1));
	EQ(alloc(t, 1), ENOMEM);
	bus_dma_stats(t, &ds);
	EQ(ds.ds_memory_cap, c->cf_page - 1);
	EQ(ds.ds_memory_refused, 1);
	EQ(ds.ds_memory_high, 0);
}

/* Through a tag whose account has not so much. */
static void
cap_freed_elsewhere(struct conf *c)
{
	bus_size_t page = c->cf_page;
	struct conf_dmamem *d;
	bus_dma_tag_t t;

	CAPS();
	OK(t = fresh(c, 2 * page));
	OK(d = conf_dmamem(c, c->cf_tag, page, 0, 0, 1));
	bus_dmamem_free(t, d->cd_segs, d->cd_rsegs);
	memset(d, 0, sizeof(*d));
	REPORTED(BUSDMA_REPORT_MEMTAG);
	MEMORY(t, 0, 0, 2, 0);
	OK(conf_dmamem(c, t, 2 * page, 0, 0, 1));
	EQ(alloc(t, page), ENOMEM);
}

static void
cap_refused(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_dma_tag_t t = NULL;

	if (c->cf_env->ce_pl->pl_account != NULL)
		SKIP("the platform keeps account");
	memset(&lim, 0, sizeof(lim));
	lim.dl_memory = c->cf_page;
	EQ(bus_dmatag_restrict(c->cf_tag, &lim, &t, BUS_DMA_NOWAIT), EINVAL);
	TRUE(t == NULL);
}

const struct conf_case conf_stats_cases[] = {
	{ "5.13/cap", cap },
	{ "5.13/caps-nest", caps_nest },
	{ "5.13/cap-after-failure", cap_after_failure },
	{ "5.13/cap-below-a-page", cap_of_nothing },
	{ "5.13/freed-through-another-tag", cap_freed_elsewhere },
	{ "5.13/cap-without-account", cap_refused },
	{ "5.16/loads-counted", loads },
	{ "5.16/failures-counted", failures },
	{ "5.16/labels", labels },
	{ "5.16/label-once", label_once },
	{ "5.16/walk", walk },
	{ "5.16/text", text },
	{ "5.16/bounced-bytes", bounced_bytes },
	{ NULL, NULL },
};
