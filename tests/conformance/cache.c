/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where devices don't see the CPU's caches: what these are told of a sync, of
 * each line; what costs nothing; and lines that are shared.
 */
#include "suite.h"

#include <busdma/backend.h>

#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)
#define MAXTOLD 64
#define MAXPIECES 16
#define LONG 65536 /* bytes of a sync */

static const int legal[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE, PRE,
	BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTWRITE, POST };
#define NLEGAL (sizeof(legal) / sizeof(legal[0]))

/* A loaded buffer as the caches have it. */
struct cached {
	bus_dma_tag_t ca_tag;
	bus_dmamap_t ca_map;
	struct busdma_frag ca_piece[MAXPIECES]; /* one run of memory each */
	unsigned ca_n;
	bool ca_uncached;
	bool ca_empty; /* the last sync was a PREREAD of all */
	struct conf_told ca_told[MAXTOLD];
	unsigned ca_ntold;
};

/* There are caches that devices don't see. */
static bool
have_lines(struct conf *c)
{
	if (c->cf_tag->dt_line == 0)
		conf_skip(c, "devices see the CPU's caches, or there are none");
	else if (c->cf_env->ce_nwindows == 0 && !c->cf_env->ce_bounces)
		conf_skip(c, "no constant says where memory is");
	else
		return true;
	return false;
}

/* And it can be said what they were told. */
static bool
have_caches(struct conf *c)
{
	if (c->cf_tag->dt_line == 0)
		conf_skip(c, "devices see the CPU's caches, or there are none");
	else if (c->cf_env->ce_told == NULL)
		conf_skip(c, "what caches are told is not written down");
	else if (c->cf_env->ce_nwindows == 0)
		conf_skip(c, "no constant says where memory is");
	else
		return true;
	return false;
}

static const struct busdma_cache_ops *
caches(struct conf *c)
{
	return c->cf_env->ce_pl->pl_cpu->cpu_cache;
}

static bool
is_coherent(struct conf *c, paddr_t pa)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	unsigned i;

	for (i = 0; i < c->cf_env->ce_nwindows; i++, w++)
		if (pa >= w->dw_cpu && pa <= conf_window_last(w))
			return (w->dw_flags & BUS_DMA_WINDOW_COHERENT) != 0;
	return true;
}

/* The fragments that the suite expects of a load, as pieces of memory. */
static bool
pieces(struct conf *c, struct cached *ca)
{
	struct busdma_frag *last = NULL;
	unsigned i;

	ca->ca_n = 0;
	for (i = 0; i < c->cf_nfrags; i++) {
		if (last != NULL &&
		    last->bf_addr + last->bf_len == c->cf_frags[i].bf_addr &&
		    is_coherent(c, last->bf_addr) ==
			is_coherent(c, c->cf_frags[i].bf_addr)) {
			last->bf_len += c->cf_frags[i].bf_len;
			continue;
		}
		if (!conf_true(c, __FILE__, __LINE__, "pieces of the buffer",
			ca->ca_n < MAXPIECES))
			return false;
		last = &ca->ca_piece[ca->ca_n++];
		*last = c->cf_frags[i];
	}
	return true;
}

/* The caches fetch nothing by themselves. */
static bool
ordered(struct conf *c)
{
	return (caches(c)->ca_flags & BUSDMA_CACHE_NOSPECULATION) != 0;
}

/* What is due to a line; CONF_BARRIER: nothing. */
static enum conf_cache
due(struct conf *c, int ops, bool whole)
{
	if ((ops & BUS_DMASYNC_PREREAD) != 0 && ordered(c))
		return CONF_CACHE_WBINV;
	if ((ops & PRE) != 0)
		return CONF_CACHE_WB;
	if ((ops & BUS_DMASYNC_POSTREAD) != 0)
		return whole ? CONF_CACHE_INV : CONF_CACHE_WBINV;
	return CONF_BARRIER;
}

/* How often that was done to a line; all else that was done to it. */
static unsigned
done(const struct cached *ca, paddr_t line, enum conf_cache what,
    unsigned *others)
{
	unsigned i, n = 0;

	for (i = 0; i < ca->ca_ntold; i++) {
		const struct conf_told *ct = &ca->ca_told[i];

		if (ct->ct_what >= CONF_BARRIER || line < ct->ct_pa ||
		    line - ct->ct_pa >= ct->ct_len)
			continue;
		if (ct->ct_what == what)
			n++;
		else
			++*others;
	}
	return n;
}

/* Of a piece's bytes [first, last], each line what is due to it, once. */
static bool
check_piece(struct conf *c, const struct cached *ca, paddr_t first,
    paddr_t last, int ops, bus_size_t *sum)
{
	const bus_size_t line = caches(c)->ca_line;
	paddr_t at = first - (first & (line - 1));
	enum conf_cache what;
	unsigned others = 0;

	for (; at <= last && at >= first - (line - 1); at += line) {
		what = due(c, ops, at >= first && at + (line - 1) <= last);
		if (what == CONF_BARRIER)
			return true;
		if (!conf_eq(c, __FILE__, __LINE__, "what is due to a line",
			done(ca, at, what, &others), 1) ||
		    !conf_eq(c, __FILE__, __LINE__, "anything else done to it",
			others, 0))
			return false;
		*sum += line;
	}
	return true;
}

/*
 * ca_finish, where there is one: the last of a POST for which anything was
 * done; of a PRE never.
 */
static bool
check_finish(struct conf *c, const struct cached *ca, int ops)
{
	unsigned i, finished = 0, done = 0;

	for (i = 0; i < ca->ca_ntold; i++) {
		done += ca->ca_told[i].ct_what < CONF_BARRIER;
		finished += ca->ca_told[i].ct_what == CONF_FINISH;
	}
	if ((ops & PRE) != 0 || caches(c)->ca_finish == NULL)
		return conf_eq(
		    c, __FILE__, __LINE__, "calls of ca_finish", finished, 0);
	if (done == 0)
		return conf_eq(
		    c, __FILE__, __LINE__, "calls of ca_finish", finished, 0);
	return conf_eq(
		   c, __FILE__, __LINE__, "calls of ca_finish", finished, 1) &&
	       conf_eq(c, __FILE__, __LINE__, "the last of a POST",
		   ca->ca_told[ca->ca_ntold - 1].ct_what, CONF_FINISH);
}

/*
 * One barrier, which waits for the caches, at the device's end; and no lines of
 * other memory.
 */
static bool
check_rest(struct conf *c, const struct cached *ca, int ops, bus_size_t sum)
{
	const unsigned end = (ops & PRE) != 0 ? ca->ca_ntold - 1 : 0;
	unsigned i, barriers = 0;

	for (i = 0; i < ca->ca_ntold; i++) {
		sum -= ca->ca_told[i].ct_len;
		if (ca->ca_told[i].ct_what < CONF_BARRIER) {
			if (!conf_true(c, __FILE__, __LINE__,
				"an address of the kernel's",
				ca->ca_told[i].ct_va != 0 &&
				    ((ca->ca_told[i].ct_va ^
					 ca->ca_told[i].ct_pa) &
					(caches(c)->ca_line - 1)) == 0))
				return false;
			continue;
		}
		if (ca->ca_told[i].ct_what == CONF_FINISH)
			continue;
		if (!conf_eq(c, __FILE__, __LINE__, "the barrier",
			ca->ca_told[i].ct_what, CONF_BARRIER_WC))
			return false;
		barriers++;
		if (!conf_eq(
			c, __FILE__, __LINE__, "where the barrier is", i, end))
			return false;
	}
	return check_finish(c, ca, ops) &&
	       conf_eq(c, __FILE__, __LINE__, "barriers", barriers, 1) &&
	       conf_eq(c, __FILE__, __LINE__, "bytes of other lines", sum, 0);
}

/* What is in caches begins and ends with lines. */
static bool
whole_lines(struct conf *c, const struct cached *ca)
{
	const bus_size_t mask = caches(c)->ca_line - 1;
	const struct busdma_frag *f = ca->ca_piece;
	unsigned i;

	for (i = 0; i < ca->ca_n; i++, f++)
		if (((f->bf_addr | f->bf_len) & mask) != 0 &&
		    !is_coherent(c, f->bf_addr))
			return false;
	return true;
}

/*
 * A POSTREAD of all, behind a PREREAD of all and nothing else, may have nothing
 * to do where the caches fetch nothing by themselves, of lines that are nobody
 * else's.
 */
static bool
still_empty(struct conf *c, struct cached *ca, bus_size_t len, int ops)
{
	bool all = len == ca->ca_map->dm_mapsize, empty = ca->ca_empty;

	/* Of these nothing is heard. */
	if (ops == BUS_DMASYNC_POSTWRITE || len == 0)
		return false;
	ca->ca_empty = all && (ops & BUS_DMASYNC_PREREAD) != 0;
	return ordered(c) && empty && all && (ops & PRE) == 0 &&
	       whole_lines(c, ca) && ca->ca_ntold == 1 &&
	       ca->ca_told[0].ct_what >= CONF_BARRIER;
}

/* A sync of some of the buffer. */
static bool
check_sync(
    struct conf *c, struct cached *ca, bus_size_t off, bus_size_t len, int ops)
{
	const struct conf_env *env = c->cf_env;
	bus_size_t at = 0, sum = 0, from, to;
	unsigned i;

	(void)env->ce_told(env, ca->ca_told, MAXTOLD);
	bus_dmamap_sync(ca->ca_tag, ca->ca_map, off, len, ops);
	ca->ca_ntold = env->ce_told(env, ca->ca_told, MAXTOLD);
	if (!conf_true(c, __FILE__, __LINE__, "operations of a sync",
		ca->ca_ntold >= 1 && ca->ca_ntold <= MAXTOLD))
		return false;
	if (still_empty(c, ca, len, ops))
		return true;
	for (i = 0; i < ca->ca_n; at += ca->ca_piece[i].bf_len, i++) {
		const struct busdma_frag *f = &ca->ca_piece[i];

		from = off > at ? off - at : 0;
		to = off + len > at ? off + len - at : 0;
		if (to > f->bf_len)
			to = f->bf_len;
		if (from >= to || ca->ca_uncached || is_coherent(c, f->bf_addr))
			continue;
		if (!check_piece(c, ca, f->bf_addr + from,
			f->bf_addr + (to - 1), ops, &sum))
			return false;
	}
	return check_rest(c, ca, ops, sum);
}

/*
 * All of it, and parts that begin and end inside lines and with them.  Of the
 * long ones there are enough that each needs one operation only.
 */
static bool
check_syncs(struct conf *c, struct cached *ca)
{
	const bus_size_t line = caches(c)->ca_line;
	const bus_size_t size = ca->ca_map->dm_mapsize;
	const bus_size_t at[] = { 0, 1, line - 1, line, line + 1, 3 * line,
		size / 2, size - line, size - 1, size };
	unsigned i, j, k;
	bus_size_t len;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		for (j = 0; j < sizeof(at) / sizeof(at[0]); j++) {
			if (at[i] > at[j] || at[j] > size)
				continue;
			len = at[j] - at[i];
			for (k = 0; k < NLEGAL; k++)
				if ((len <= LONG || len == size ||
					(i + j) % NLEGAL == k) &&
				    !check_sync(c, ca, at[i], len, legal[k]))
					return false;
		}
	return true;
}

/* What is known of kernel memory. */
static unsigned
known(struct conf *c, const void *p, size_t len)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	uintptr_t va = (uintptr_t)p;
	struct busdma_frag f;
	unsigned all = ~0u;

	if (pl->pl_memory == NULL)
		return 0;
	for (; len != 0; va += (uintptr_t)f.bf_len, len -= (size_t)f.bf_len) {
		if (pl->pl_extract(pl, NULL, va, len, &f, 1) != 1)
			return 0;
		all &= pl->pl_memory(pl, NULL, va, f.bf_addr, f.bf_len);
	}
	return all;
}

/* Kernel memory of a kind, from somewhere to somewhere in lines. */
static void
kernel_memory(
    struct conf *c, bus_dma_tag_t t, enum conf_mem kind, bus_size_t skip)
{
	struct cached ca = { .ca_tag = t };
	bus_size_t line, size, front, back;
	unsigned i;
	char *buf;

	OK(have_caches(c));
	line = caches(c)->ca_line;
	size = 4 * c->cf_page;
	OK(buf = conf_mem(c, kind, (size_t)(skip + size)));
	buf += skip;
	ca.ca_uncached =
	    (known(c, buf, (size_t)size) & BUSDMA_MEMORY_UNCACHED) != 0;
	OK(ca.ca_map = conf_map(c, t, size, 8, size, 0));
	for (i = 0; i < 6; i++) {
		front = (i % 3) * (line / 2);
		back = (i / 3) * (line - 1);
		conf_nofrags(c);
		OK(conf_frag_va(
		    c, NULL, buf + front, (size_t)(size - front - back)));
		OK(pieces(c, &ca));
		EQ(bus_dmamap_load(t, ca.ca_map, buf + front,
		       size - front - back, NULL,
		       BUS_DMA_NOWAIT | BUS_DMA_WRITE),
		    0);
		OK(check_syncs(c, &ca));
		bus_dmamap_unload(t, ca.ca_map);
	}
	QUIET();
}

static void
one_run(struct conf *c)
{
	kernel_memory(c, c->cf_tag, CONF_MEM_RUN, 0);
}

static void
scattered(struct conf *c)
{
	kernel_memory(c, c->cf_tag, CONF_MEM_PAGES, 0);
}

/* Tags made from it are no different. */
static void
narrowed(struct conf *c)
{
	static const struct bus_dma_limits lim = { .dl_nsegments = 100 };
	bus_dma_tag_t t;

	OK(have_caches(c));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	EQ(t->dt_line, c->cf_tag->dt_line);
	kernel_memory(c, t, CONF_MEM_RUN, 8 * c->cf_page);
}

/* A longer one, where windows may end inside. */
static void
across_windows(struct conf *c)
{
	const bus_size_t size = 12 * c->cf_page;
	struct cached ca = { .ca_tag = c->cf_tag };
	bus_size_t from, len;
	unsigned i;
	char *buf;

	OK(have_caches(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)size));
	ca.ca_uncached =
	    (known(c, buf, (size_t)size) & BUSDMA_MEMORY_UNCACHED) != 0;
	OK(ca.ca_map = conf_map(c, c->cf_tag, size, 96, size, 0));
	for (i = 0; i < 3; i++) {
		/* All of it, not whole lines, and the end. */
		from = i < 2 ? i : 10 * c->cf_page;
		len = i < 2 ? size - 2 * i : 2 * c->cf_page;
		conf_nofrags(c);
		OK(conf_frag_va(c, NULL, buf + from, (size_t)len));
		OK(pieces(c, &ca));
		EQ(bus_dmamap_load(c->cf_tag, ca.ca_map, buf + from, len, NULL,
		       BUS_DMA_NOWAIT | BUS_DMA_WRITE),
		    0);
		OK(check_syncs(c, &ca));
		bus_dmamap_unload(c->cf_tag, ca.ca_map);
	}
	QUIET();
}

/* Of all of a load, or of its first line. */
#define PART 0x10
static const int sequences[][3] = {
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE, BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_POSTWRITE, POST },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE | PART, POST },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREREAD | PART,
	    BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_POSTREAD | PART,
	    BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREREAD, PRE, POST },
	{ BUS_DMASYNC_PREREAD | PART, BUS_DMASYNC_POSTREAD,
	    BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREWRITE, BUS_DMASYNC_POSTREAD, BUS_DMASYNC_POSTREAD },
	{ BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREREAD },
};
#define NSEQUENCES (sizeof(sequences) / sizeof(sequences[0]))

/* Syncs of a load that is `front' bytes into its first line. */
static bool
check_sequence(struct conf *c, struct cached *ca, char *buf, const int *ops,
    bus_size_t front)
{
	const bus_size_t size = 4096 - front, line = caches(c)->ca_line;
	unsigned i;

	conf_nofrags(c);
	if (!conf_frag_va(c, NULL, buf + front, (size_t)size) || !pieces(c, ca))
		return false;
	/* A load knows nothing of the one before. */
	ca->ca_empty = false;
	if (!conf_eq(c, __FILE__, __LINE__, "bus_dmamap_load",
		(uint64_t)bus_dmamap_load(ca->ca_tag, ca->ca_map, buf + front,
		    size, NULL, BUS_DMA_NOWAIT | BUS_DMA_WRITE),
		0) ||
	    !check_sync(c, ca, 0, size, BUS_DMASYNC_POSTREAD))
		return false;
	for (i = 0; i < 3; i++)
		if (!check_sync(c, ca, 0,
			(ops[i] & PART) != 0 ? line - front : size,
			ops[i] & ~PART))
			return false;
	/* For the next to forget. */
	if (!check_sync(c, ca, 0, size, BUS_DMASYNC_PREREAD))
		return false;
	bus_dmamap_unload(ca->ca_tag, ca->ca_map);
	return true;
}

/* What a sync has to do may depend on those before. */
static void
order_of_syncs(struct conf *c)
{
	struct cached ca = { .ca_tag = c->cf_tag };
	unsigned i;
	char *buf;

	OK(have_caches(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	ca.ca_uncached = (known(c, buf, 4096) & BUSDMA_MEMORY_UNCACHED) != 0;
	OK(ca.ca_map = conf_map(c, c->cf_tag, 4096, 8, 4096, 0));
	for (i = 0; i < 3 * NSEQUENCES; i++)
		OK(check_sequence(
		    c, &ca, buf, sequences[i / 3], i % 3 == 1 ? 1 : 0));
	QUIET();
}

/* Parts of a chain, some of whole lines and some not, not in their order. */
static void
parts_of_a_chain(struct conf *c)
{
	static const unsigned char at[] = { 6, 1, 3, 12, 10 };
	struct cached ca = { .ca_tag = c->cf_tag };
	struct busdma_part part[5] = { { .pt_len = 0 } };
	struct conf_chain ch = { .ca_parts = part, .ca_nparts = 5 };
	bus_size_t line;
	unsigned i;
	char *buf;

	OK(have_caches(c));
	line = caches(c)->ca_line;
	OK(buf = conf_mem(c, CONF_MEM_RUN, 16 * (size_t)c->cf_page));
	ca.ca_uncached =
	    (known(c, buf, (size_t)c->cf_page) & BUSDMA_MEMORY_UNCACHED) != 0;
	conf_nofrags(c);
	for (i = 0; i < 5; i++) {
		part[i].pt_addr = buf + at[i] * line + i % 2;
		part[i].pt_len = i == 3 ? 1 : line - 2 * (i % 2);
		part[i].pt_flags = BUSDMA_MEMORY_OWNED;
		ch.ca_total += part[i].pt_len;
		OK(conf_frag_va(
		    c, NULL, part[i].pt_addr, (size_t)part[i].pt_len));
	}
	OK(pieces(c, &ca));
	OK(ca.ca_map = conf_map(c, c->cf_tag, 8 * line, 8, 8 * line, 0));
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, ca.ca_map, &conf_chain_ops, &ch, BUS_DMA_NOWAIT),
	    0);
	OK(check_syncs(c, &ca));
	QUIET();
}

/* By its physical addresses: nothing is known of how the CPU reaches it. */
static void
physical(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	struct cached ca = { .ca_tag = c->cf_tag };
	const bus_dma_segment_t *seg;
	struct conf_dmamem *d;
	int i;

	OK(have_caches(c));
	OK(d = conf_dmamem(c, c->cf_tag, 3 * c->cf_page, 0, 0, 3));
	conf_nofrags(c);
	ca.ca_uncached = pl->pl_memory != NULL;
	for (i = 0; i < d->cd_rsegs; i++) {
		seg = &d->cd_segs[i];
		conf_frag(c, seg->ds_addr, seg->ds_len);
		if (ca.ca_uncached && (pl->pl_memory(pl, BUSDMA_SPACE_PHYSICAL,
					   0, seg->ds_addr, seg->ds_len) &
					  BUSDMA_MEMORY_UNCACHED) == 0)
			ca.ca_uncached = false;
	}
	OK(pieces(c, &ca));
	OK(ca.ca_map =
		conf_map(c, c->cf_tag, 3 * c->cf_page, 3, 3 * c->cf_page, 0));
	EQ(bus_dmamap_load_raw(c->cf_tag, ca.ca_map, d->cd_segs, d->cd_rsegs,
	       3 * c->cf_page, BUS_DMA_NOWAIT),
	    0);
	OK(check_syncs(c, &ca));
	QUIET();
}

/* Mapped COHERENT, it costs nothing where that is uncached, and is known. */
static void
dma_memory(struct conf *c)
{
	const size_t size = (size_t)c->cf_page;
	struct cached ca = { .ca_tag = c->cf_tag };
	struct conf_dmamem *d;
	unsigned i;

	OK(have_caches(c));
	OK(ca.ca_map = conf_map(c, c->cf_tag, size, 1, size, 0));
	for (i = 0; i < 2; i++) {
		OK(d = conf_dmamem(c, c->cf_tag, size, 0, 0, 1));
		OK(conf_kva(c, d, size, i == 0 ? BUS_DMA_COHERENT : 0));
		ca.ca_uncached =
		    (known(c, d->cd_kva, size) & BUSDMA_MEMORY_UNCACHED) != 0;
		conf_nofrags(c);
		conf_frag(c, d->cd_segs[0].ds_addr, size);
		OK(pieces(c, &ca));
		EQ(bus_dmamap_load(c->cf_tag, ca.ca_map, d->cd_kva, size, NULL,
		       BUS_DMA_NOWAIT),
		    0);
		OK(check_syncs(c, &ca));
		bus_dmamap_unload(c->cf_tag, ca.ca_map);
		conf_undmamem(c, d);
	}
	QUIET();
}

/* The kernel reaches what caches are told of at the address that is said. */
static bool
told_where_it_is(struct conf *c, const struct cached *ca)
{
	const struct conf_told *ct = ca->ca_told;
	unsigned i, k;
	paddr_t at;

	for (i = 0; i < ca->ca_ntold; i++, ct++) {
		if (ct->ct_what >= CONF_BARRIER)
			continue;
		conf_nofrags(c);
		if (!conf_frag_va(c, NULL, (void *)ct->ct_va, ct->ct_len))
			return false;
		at = ct->ct_pa;
		for (k = 0; k < c->cf_nfrags; k++) {
			if (!conf_eq(c, __FILE__, __LINE__, "where a line is",
				c->cf_frags[k].bf_addr, at))
				return false;
			at += c->cf_frags[k].bf_len;
		}
	}
	return true;
}

/* Pages that follow each other in memory, but not for the kernel. */
static void
elsewhere(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	struct cached ca = { .ca_tag = c->cf_tag };
	struct busdma_part part[2] = { { .pt_len = page }, { .pt_len = page } };
	struct conf_chain ch = {
		.ca_parts = part, .ca_nparts = 2, .ca_total = 2 * page
	};
	struct conf_dmamem *d;
	unsigned i;
	void *kva;
	int error;

	OK(have_caches(c));
	OK(d = conf_dmamem(c, c->cf_tag, 2 * page, 0, 0, 1));
	OK(conf_kva(c, d, page, 0));
	OK(ca.ca_map = conf_map(c, c->cf_tag, 2 * page, 2, 2 * page, 0));
	EQ(bus_dmamem_map(
	       c->cf_tag, d->cd_segs, d->cd_rsegs, 2 * page, &kva, 0),
	    0);
	part[0].pt_addr = d->cd_kva;
	part[1].pt_addr = (char *)kva + page;
	conf_nofrags(c);
	conf_frag(c, d->cd_segs[0].ds_addr, 2 * page);
	ca.ca_uncached =
	    (known(c, d->cd_kva, page) & BUSDMA_MEMORY_UNCACHED) != 0;
	error = pieces(c, &ca) ? bus_dmamap_load_chain(c->cf_tag, ca.ca_map,
				     &conf_chain_ops, &ch, BUS_DMA_NOWAIT)
			       : EINVAL;
	for (i = 0; error == 0 && i < NLEGAL; i++)
		if (!check_sync(c, &ca, 0, 2 * page, legal[i]) ||
		    !told_where_it_is(c, &ca))
			break;
	bus_dmamap_unload(c->cf_tag, ca.ca_map);
	bus_dmamem_unmap(c->cf_tag, kva, 2 * page);
	EQ(error, 0);
	QUIET();
}

static void
user_memory(struct conf *c)
{
	struct cached ca = { .ca_tag = c->cf_tag };
	const bus_size_t size = 4 * c->cf_page;
	char *uva;

	OK(have_caches(c));
	OK(uva = conf_umem(c, (size_t)size));
	OK(ca.ca_map = conf_map(c, c->cf_tag, size, 8, size, 0));
	conf_nofrags(c);
	OK(conf_frag_va(c, conf_space(c), uva + 3, (size_t)size - 3));
	OK(pieces(c, &ca));
	EQ(bus_dmamap_load(c->cf_tag, ca.ca_map, uva + 3, size - 3,
	       c->cf_env->ce_proc, BUS_DMA_WRITE),
	    0);
	OK(check_syncs(c, &ca));
	QUIET();
}

/* Outside the mapping, and of no mapping: what is left is done. */
static void
clipped(struct conf *c)
{
	struct cached ca = { .ca_tag = c->cf_tag };
	const struct conf_env *env = c->cf_env;
	const bus_size_t size = c->cf_page;
	char *buf;

	OK(have_caches(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)size));
	OK(ca.ca_map = conf_map(c, c->cf_tag, size, 8, size, 0));
	EQ(bus_dmamap_load(
	       c->cf_tag, ca.ca_map, buf, size, NULL, BUS_DMA_NOWAIT),
	    0);
	OK(check_sync(c, &ca, size, 0, BUS_DMASYNC_PREREAD));
	(void)env->ce_told(env, ca.ca_told, MAXTOLD);
	bus_dmamap_sync(
	    c->cf_tag, ca.ca_map, 1, ~(bus_size_t)0, BUS_DMASYNC_PREWRITE);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	ca.ca_ntold = env->ce_told(env, ca.ca_told, MAXTOLD);
	TRUE(ca.ca_ntold >= 1);
	bus_dmamap_unload(c->cf_tag, ca.ca_map);
	bus_dmamap_sync(c->cf_tag, ca.ca_map, 0, size, BUS_DMASYNC_POSTREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	EQ(env->ce_told(env, ca.ca_told, MAXTOLD), 1);
	EQ(ca.ca_told[0].ct_what, CONF_BARRIER_WC);
}

/* Lines of others that the device may write: told once, and loaded. */
static void
shared_line(struct conf *c)
{
	static const int flags[] = { BUS_DMA_WRITE, 0, BUS_DMA_READ,
		BUS_DMA_READ | BUS_DMA_WRITE };
	const struct conf_env *env = c->cf_env;
	bus_size_t line, size = c->cf_page;
	unsigned i, k, before;
	bus_dmamap_t map;
	bool due_now;
	char *buf;

	OK(have_lines(c));
	if (env->ce_shared == NULL)
		SKIP("reports of shared lines are not counted");
	line = caches(c)->ca_line;
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)size));
	for (i = 0; i < 4 * 5; i++) {
		const bus_size_t at[] = { 0, 1, 0, line - 1, line };
		const bus_size_t len[] = { size, line - 1, line + 1, 2, line };

		/* Copied, they are nobody's but the load's. */
		due_now = i / 5 != 0 && i % 5 != 0 && i % 5 != 4 &&
			  !c->cf_env->ce_bounces &&
			  !is_coherent(c, conf_pa(c, buf)) &&
			  known(c, buf, (size_t)size) == 0;
		before = env->ce_shared(env);
		OK(map = conf_map(c, c->cf_tag, size, 8, size, 0));
		for (k = 0; k < 2; k++) {
			EQ(bus_dmamap_load(c->cf_tag, map, buf + at[i % 5],
			       len[i % 5], NULL, flags[i / 5]),
			    0);
			EQ(map->dm_mapsize, len[i % 5]);
			EQ(env->ce_shared(env) - before, due_now);
			bus_dmamap_unload(c->cf_tag, map);
		}
		conf_unmap(c, map);
	}
	QUIET();
}

/* Memory that has its lines for itself. */
static void
owned_line(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct busdma_part part = { .pt_flags = BUSDMA_MEMORY_OWNED };
	struct conf_chain ch = { .ca_parts = &part, .ca_nparts = 1 };
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	unsigned before;
	char *buf;

	OK(have_lines(c));
	if (env->ce_shared == NULL)
		SKIP("reports of shared lines are not counted");
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 100, 1, 100, 0));
	before = env->ce_shared(env);
	part.pt_addr = buf + 1;
	part.pt_len = ch.ca_total = 5;
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ch, BUS_DMA_READ),
	    0);
	bus_dmamap_unload(c->cf_tag, map);
	seg.ds_addr = conf_pa(c, buf) + 1;
	seg.ds_len = 5;
	EQ(bus_dmamap_load_raw(c->cf_tag, map, &seg, 1, 5, BUS_DMA_READ), 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(env->ce_shared(env), before);
	QUIET();
}

/* A part that has them not, behind one that has. */
static void
owned_beside_others(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct busdma_part part[2] = { { .pt_len = 0 } };
	struct conf_chain ch = { .ca_parts = part, .ca_nparts = 2 };
	bus_size_t line;
	bus_dmamap_t map;
	unsigned before, i;
	bool due_now;
	char *buf;

	OK(have_lines(c));
	if (env->ce_shared == NULL)
		SKIP("reports of shared lines are not counted");
	line = caches(c)->ca_line;
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	due_now = !c->cf_env->ce_bounces && !is_coherent(c, conf_pa(c, buf)) &&
		  known(c, buf, (size_t)line) == 0;
	for (i = 0; i < 2; i++) {
		part[i].pt_addr = buf + i * (line / 2);
		part[i].pt_len = line / 2;
		part[i].pt_flags = i == 0 ? BUSDMA_MEMORY_OWNED : 0;
	}
	ch.ca_total = line;
	before = env->ce_shared(env);
	OK(map = conf_map(c, c->cf_tag, line, 4, line, 0));
	EQ(bus_dmamap_load_chain(
	       c->cf_tag, map, &conf_chain_ops, &ch, BUS_DMA_READ),
	    0);
	EQ(env->ce_shared(env) - before, due_now);
	QUIET();
}

/* Blocks of a pool share no line, unless they are in none. */
static void
pool_lines(struct conf *c)
{
	struct bus_dmapool_block *pb[8];
	bus_dmapool_t pool;
	unsigned i, k;
	paddr_t a, b;

	OK(have_lines(c));
	/* The boundary is shorter than a line is; and the alignment is not. */
	OK(pool = conf_pool(c, c->cf_tag, 16, 64, 32, 8));
	for (i = 0; i < 8; i++) {
		OK(pb[i] = conf_block_wait(c, pool));
		EQ(pb[i]->pb_addr & 63, 0);
		for (k = 0; k < i; k++) {
			a = pb[i]->pb_addr & -(paddr_t)caches(c)->ca_line;
			b = pb[k]->pb_addr & -(paddr_t)caches(c)->ca_line;
			TRUE(a != b || (known(c, pb[i]->pb_kva, 16) &
					   BUSDMA_MEMORY_UNCACHED) != 0);
		}
	}
	QUIET();
}

/* Caches are told of a block at the address that its user has. */
static bool
told_of_the_block(
    struct conf *c, const struct cached *ca, const void *kva, bus_size_t size)
{
	const uintptr_t line = caches(c)->ca_line;
	const struct conf_told *ct = ca->ca_told;
	unsigned i;

	for (i = 0; i < ca->ca_ntold; i++, ct++)
		if (ct->ct_what < CONF_BARRIER &&
		    !conf_true(c, __FILE__, __LINE__, "the pool's mapping",
			ct->ct_va + line > (uintptr_t)kva &&
			    ct->ct_va < (uintptr_t)kva + size))
			return false;
	return true;
}

/* What is known of the memory of a pool is known of its syncs. */
static void
pool_sync(struct conf *c)
{
	const bus_size_t size = 3 * (bus_size_t)c->cf_page / 4;
	struct cached ca = { .ca_tag = c->cf_tag };
	const struct conf_env *env = c->cf_env;
	struct bus_dmapool_block *pb;
	bus_dmapool_t pool;
	unsigned i;

	OK(have_caches(c));
	OK(pool = conf_pool(c, c->cf_tag, size, 0, 0, 1));
	OK(pb = conf_block_wait(c, pool));
	ca.ca_uncached =
	    (known(c, pb->pb_kva, (size_t)size) & BUSDMA_MEMORY_UNCACHED) != 0;
	for (i = 0; i < NLEGAL; i++) {
		(void)env->ce_told(env, ca.ca_told, MAXTOLD);
		bus_dmapool_sync(pool, pb, 0, size, legal[i]);
		ca.ca_ntold = env->ce_told(env, ca.ca_told, MAXTOLD);
		TRUE(ca.ca_ntold >= 1 && ca.ca_ntold <= MAXTOLD);
		if (ca.ca_uncached)
			EQ(ca.ca_ntold, 1);
		OK(told_where_it_is(c, &ca));
		OK(told_of_the_block(c, &ca, pb->pb_kva, size));
	}
	QUIET();
}

const struct conf_case conf_cache_cases[] = {
	{ "cache/one-run", one_run },
	{ "cache/scattered", scattered },
	{ "cache/narrowed", narrowed },
	{ "cache/across-windows", across_windows },
	{ "cache/order-of-syncs", order_of_syncs },
	{ "cache/parts-of-a-chain", parts_of_a_chain },
	{ "cache/physical", physical },
	{ "cache/dma-memory", dma_memory },
	{ "cache/elsewhere", elsewhere },
	{ "cache/user-memory", user_memory },
	{ "cache/clipped", clipped },
	{ "cache/shared-line", shared_line },
	{ "cache/owned-line", owned_line },
	{ "cache/owned-beside-others", owned_beside_others },
	{ "cache/pool-lines", pool_lines },
	{ "cache/pool-sync", pool_sync },
	{ NULL, NULL },
};
