/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Statistics: gathered from a tag and its live maps, and written for a person.
 */
#include <busdma/bus_dma_stats.h>
#include <busdma/string.h>

#include "mi.h"

/* What another CPU may be changing: one look. */
#define PEEK(p) __atomic_load_n((p), __ATOMIC_RELAXED)

static bool
map_loaded(bus_dmamap_t map)
{
	return (PEEK(&map->_dm_flags) & BUSDMA_MF_LOADED) != 0;
}

/* Looks at a map that another CPU may be loading: tests/support/tsan.supp. */
static void
map_add(bus_dmamap_t map, struct bus_dma_stats *ds)
{
	ds->ds_maps++;
	ds->ds_loads += busdma_map_loads(map);
	ds->ds_segments += busdma_map_loads(map) + map->_dm_more;
	if (map_loaded(map)) {
		ds->ds_loaded++;
		ds->ds_mapped += map->dm_mapsize;
	}
}

void
bus_dma_stats(bus_dma_tag_t t, struct bus_dma_stats *ds)
{
	const struct busdma_platform *pl;
	bus_dma_tag_t a;
	bus_dmamap_t map;
	unsigned i;

	memset(ds, 0, sizeof(*ds));
	if (t == NULL)
		return;
	pl = t->dt_pl;
	a = busdma_account_of(t);
	pl->pl_lock(pl, &t->dt_lock);
	ds->ds_loads = t->dt_loads;
	ds->ds_segments = t->dt_loads + t->dt_more;
	for (i = 0; i < BUS_DMA_NWHY; i++)
		ds->ds_failed[i] = t->dt_failed[i];
	for (map = t->dt_maps; map != NULL; map = map->_dm_next)
		map_add(map, ds);
	pl->pl_unlock(pl, &t->dt_lock);

	pl->pl_lock(pl, &a->dt_lock);
	ds->ds_memory = a->dt_memused;
	ds->ds_memory_high = a->dt_memhigh;
	if (ds->ds_memory_high < ds->ds_memory)
		ds->ds_memory_high = ds->ds_memory;
	ds->ds_memory_refused = a->dt_memrefused;
	pl->pl_unlock(pl, &a->dt_lock);
	if (~a->dt_limits.dl_memory != 0)
		ds->ds_memory_cap = a->dt_limits.dl_memory;
}

/* Likewise. */
static void
map_figures(bus_dmamap_t map, struct bus_dma_mapinfo *mi)
{
	if (map_loaded(map)) {
		mi->mi_mapped = map->dm_mapsize;
		mi->mi_nsegs = map->dm_nsegs;
	}
	mi->mi_loads = busdma_map_loads(map);
	mi->mi_segments = mi->mi_loads + map->_dm_more;
}

static void
map_info(bus_dmamap_t map, struct bus_dma_mapinfo *mi)
{
	memset(mi, 0, sizeof(*mi));
	mi->mi_map = map;
	mi->mi_label = busdma_map_label(map);
	mi->mi_size = map->_dm_size;
	mi->mi_maxsegs = (int)(map->_dm_last + 1 - map->dm_segs);
	map_figures(map, mi);
	busdma_map_why(map, &mi->mi_why);
}

unsigned
bus_dma_maps(
    bus_dma_tag_t t, unsigned first, struct bus_dma_mapinfo *mi, unsigned n)
{
	const struct busdma_platform *pl;
	bus_dmamap_t map;
	unsigned i = 0;

	if (t == NULL)
		return 0;
	pl = t->dt_pl;
	pl->pl_lock(pl, &t->dt_lock);
	for (map = t->dt_maps; map != NULL; map = map->_dm_next, i++)
		if (mi != NULL && i >= first && i - first < n)
			map_info(map, &mi[i - first]);
	pl->pl_unlock(pl, &t->dt_lock);
	return i;
}

/* A line that is being written; what does not fit is cut off. */
struct line {
	unsigned ln_len;
	char ln_text[160];
};

static void
put_text(struct line *ln, const char *text)
{
	while (*text != '\0' && ln->ln_len < sizeof(ln->ln_text) - 1)
		ln->ln_text[ln->ln_len++] = *text++;
	ln->ln_text[ln->ln_len] = '\0';
}

static void
put_dec(struct line *ln, uint64_t v)
{
	char digits[21];
	unsigned i = sizeof(digits) - 1, rest;

	digits[i] = '\0';
	do {
		v = busdma_divide(v, 10, &rest);
		digits[--i] = (char)('0' + rest);
	} while (v != 0);
	put_text(ln, digits + i);
}

static void
put_hex(struct line *ln, uint64_t v)
{
	char digits[17];
	unsigned i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = "0123456789abcdef"[v & 15];
		v >>= 4;
	} while (v != 0);
	put_text(ln, "0x");
	put_text(ln, digits + i);
}

/* What a piece of text with figures is made of. */
static void
put_count(struct line *ln, const char *before, uint64_t v, const char *after)
{
	put_text(ln, before);
	put_dec(ln, v);
	put_text(ln, after);
}

struct dump {
	void (*du_put)(void *arg, const char *line);
	void *du_arg;
	struct line du_line;
};

static void
dump_line(struct dump *du)
{
	du->du_put(du->du_arg, du->du_line.ln_text);
	du->du_line.ln_len = 0;
}

/* "tag bounce over direct: bus addresses 0x0 to 0xffffff" */
static void
dump_tag(struct dump *du, bus_dma_tag_t t)
{
	const struct bus_dma_limits *lim = &t->dt_limits;
	struct line *ln = &du->du_line;
	const char *name;
	unsigned i;

	put_text(ln, "tag ");
	for (i = 0; i < t->dt_nlayers; i++) {
		name = t->dt_layers[i]->dt_ops->bo_name;
		put_text(ln, i != 0 ? " over " : "");
		put_text(ln, name != NULL ? name : "?");
	}
	put_text(ln, ": bus addresses ");
	put_hex(ln, lim->dl_low);
	put_text(ln, " to ");
	put_hex(ln, lim->dl_high);
	if (lim->dl_alignment > 1)
		put_count(ln, ", alignment ", lim->dl_alignment, "");
	if (lim->dl_boundary != 0)
		put_count(ln, ", boundary ", lim->dl_boundary, "");
	dump_line(du);
}

static void
dump_loads(struct dump *du, const struct bus_dma_stats *ds)
{
	struct line *ln = &du->du_line;
	unsigned i;

	put_count(ln, "  loads ", ds->ds_loads, "");
	put_count(ln, ", segments ", ds->ds_segments, "");
	put_count(ln, "; maps ", ds->ds_maps, "");
	put_count(ln, ", loaded ", ds->ds_loaded, "");
	put_count(ln, " with ", ds->ds_mapped, " bytes");
	dump_line(du);
	for (i = 0; i < BUS_DMA_NWHY; i++) {
		if (ds->ds_failed[i] == 0)
			continue;
		put_count(ln, "  loads failed ", ds->ds_failed[i], ": ");
		put_text(ln, bus_dma_reason_text((enum bus_dma_reason)i));
		dump_line(du);
	}
	put_count(ln, "  memory ", ds->ds_memory, " bytes");
	put_count(ln, ", at most ", ds->ds_memory_high, "");
	if (ds->ds_memory_cap != 0) {
		put_count(ln, ", cap ", ds->ds_memory_cap, "");
		put_count(ln, ", refused ", ds->ds_memory_refused, "");
	}
	dump_line(du);
}

/* What the layers have to say of themselves. */
static void
dump_layer(struct dump *du, bus_dma_tag_t layer)
{
	const struct busdma_backend_ops *ops = layer->dt_ops;
	struct busdma_figure fg[BUSDMA_NFIGURES];
	struct line *ln = &du->du_line;
	unsigned i, n = 0;

	if (ops->bo_figures != NULL)
		n = ops->bo_figures(layer, fg);
	for (i = 0; i < n; i++) {
		if (fg[i].fg_name == NULL && ln->ln_len != 0)
			dump_line(du);
		if (fg[i].fg_name == NULL)
			continue;
		put_text(ln, ln->ln_len != 0 ? ", " : "  ");
		if (ln->ln_len == 2) {
			put_text(ln, ops->bo_name != NULL ? ops->bo_name : "?");
			put_text(ln, ": ");
		}
		put_text(ln, fg[i].fg_name);
		put_count(ln, " ", fg[i].fg_value, "");
		if (fg[i].fg_bytes != 0)
			put_count(ln, " with ", fg[i].fg_bytes, " bytes");
	}
	if (ln->ln_len != 0)
		dump_line(du);
}

static void
dump_why(struct dump *du, const struct bus_dma_why *wy)
{
	struct line *ln = &du->du_line;

	put_text(ln, "    last load failed: ");
	put_text(ln, bus_dma_reason_text(wy->wy_reason));
	put_count(ln, ", at offset ", wy->wy_offset, "");
	if (wy->wy_addr != 0) {
		put_text(ln, ", address ");
		put_hex(ln, wy->wy_addr);
	}
	if (wy->wy_reason == BUS_DMA_WHY_REACH) {
		put_text(ln, ", limit ");
		put_hex(ln, wy->wy_limit);
	} else if (wy->wy_limit != 0) {
		put_count(ln, ", limit ", wy->wy_limit, "");
	}
	dump_line(du);
}

static void
dump_map(struct dump *du, const struct bus_dma_mapinfo *mi)
{
	struct line *ln = &du->du_line;

	put_text(ln, "  map ");
	put_hex(ln, (uintptr_t)mi->mi_map);
	if (mi->mi_label != NULL) {
		put_text(ln, " \"");
		put_text(ln, mi->mi_label);
		put_text(ln, "\"");
	}
	put_count(ln, ": of ", mi->mi_size, " bytes");
	put_count(ln, " in ", (unsigned)mi->mi_maxsegs, "");
	if (mi->mi_mapped != 0) {
		put_count(ln, "; loaded ", mi->mi_mapped, "");
		put_count(ln, " in ", (unsigned)mi->mi_nsegs, "");
	}
	put_count(ln, "; loads ", mi->mi_loads, "");
	put_count(ln, ", segments ", mi->mi_segments, "");
	dump_line(du);
	if (mi->mi_why.wy_reason != BUS_DMA_WHY_NONE)
		dump_why(du, &mi->mi_why);
}

void
bus_dma_stats_dump(
    bus_dma_tag_t t, void (*put)(void *arg, const char *line), void *arg)
{
	struct dump du = { .du_put = put, .du_arg = arg };
	struct bus_dma_mapinfo mi[4];
	struct bus_dma_stats ds;
	unsigned first, i, n;

	if (t == NULL || put == NULL)
		return;
	bus_dma_stats(t, &ds);
	dump_tag(&du, t);
	dump_loads(&du, &ds);
	for (i = 0; i < t->dt_nlayers; i++)
		dump_layer(&du, t->dt_layers[i]);
	/* Some at a time: the lock is not held while they are put. */
	for (first = 0;; first += 4) {
		n = bus_dma_maps(t, first, mi, 4);
		if (n <= first)
			break;
		for (i = 0; i < 4 && i < n - first; i++)
			dump_map(&du, &mi[i]);
	}
}
