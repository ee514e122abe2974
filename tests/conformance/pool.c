/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pools: small blocks of memory that the device reaches, in pages that they
 * share with nobody else.
 */
#include "suite.h"

#include <busdma/bus_dmapool.h>

#define PRE (BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE)
#define POST (BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE)

/*
 * Of large pages, larger blocks: the structures of a page of blocks come from
 * a heap that may be small.
 */
static bus_size_t
unit(struct conf *c)
{
	bus_size_t f = c->cf_page >> 12;

	if (f == 0)
		return 1;
	return f < 64 ? f : 64;
}

/* [a, a + len) and [b, b + blen) have a byte in common. */
static bool
overlap(uint64_t a, bus_size_t len, uint64_t b, bus_size_t blen)
{
	return a < b ? b - a < len : a - b < blen;
}

/* Blocks are aligned, cross no boundary, and none lies over another. */
static bool
check_blocks(struct conf *c, unsigned n, bus_size_t size, bus_size_t align,
    bus_size_t boundary)
{
	const struct bus_dmapool_block *a, *b;
	unsigned i, k;

	for (i = 0; i < n; i++) {
		a = c->cf_blocks[i].cb_block;
		if (!conf_eq(c, __FILE__, __LINE__, "pb_addr modulo alignment",
			a->pb_addr & (align - 1), 0))
			return false;
		if (boundary != 0 &&
		    !conf_eq(c, __FILE__, __LINE__, "a boundary inside",
			(a->pb_addr ^ (a->pb_addr + (size - 1))) & -boundary,
			0))
			return false;
		/* All of it is the pool's. */
		bus_dmapool_sync(c->cf_blocks[i].cb_pool,
		    c->cf_blocks[i].cb_block, 0, size, BUS_DMASYNC_PREREAD);
		if (!conf_quiet(c, __FILE__, __LINE__))
			return false;
		for (k = 0; k < i; k++) {
			b = c->cf_blocks[k].cb_block;
			if (!conf_true(c, __FILE__, __LINE__,
				"blocks apart from each other",
				!overlap(a->pb_addr, size, b->pb_addr, size) &&
				    !overlap((uintptr_t)a->pb_kva, size,
					(uintptr_t)b->pb_kva, size)))
				return false;
		}
	}
	return true;
}

static void
shapes(struct conf *c)
{
	static const struct {
		bus_size_t size, align, boundary;
	} v[] = { { 64, 0, 0 }, { 24, 8, 0 }, { 48, 16, 64 }, { 24, 128, 32 },
		{ 12, 4, 16 }, { 31, 1, 0 } };
	bus_size_t f = unit(c), align;
	bus_dmapool_t pool;
	unsigned i, k;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		align = v[i].align * f;
		OK(pool = conf_pool(c, c->cf_tag, v[i].size * f, align,
		       v[i].boundary * f, CONF_NBLOCKS));
		for (k = 0; k < CONF_NBLOCKS; k++)
			OK(conf_block(c, pool));
		OK(check_blocks(c, CONF_NBLOCKS, v[i].size * f,
		    align != 0 ? align : 1, v[i].boundary * f));
		conf_unpool(c, pool);
		QUIET();
	}
}

/* The limits of a tag hold for its blocks. */
static void
limits(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_dmapool_t pool;
	bus_dma_tag_t t;
	unsigned k;

	memset(&lim, 0, sizeof(lim));
	lim.dl_alignment = 32;
	lim.dl_boundary = 64;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(pool = conf_pool(c, t, 20, 0, 0, 4));
	for (k = 0; k < 4; k++)
		OK(conf_block(c, pool));
	OK(check_blocks(c, 4, 20, 32, 64));
	conf_unpool(c, pool);
	lim.dl_alignment = 0;
	lim.dl_boundary = 0;
	lim.dl_maxsegsz = 100;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(pool = conf_pool(c, t, 40, 0, 0, 4));
	for (k = 0; k < 4; k++)
		OK(conf_block(c, pool));
	OK(check_blocks(c, 4, 40, 1, 0));
}

/* Of more than a page, wherever the memory lies. */
static void
large(struct conf *c)
{
	bus_size_t page = c->cf_page;
	bus_dmapool_t pool;
	unsigned i;

	if (c->cf_env->ce_nwindows == 0)
		SKIP("more than a page may be scattered");
	for (i = 0; i < 3; i++) {
		/* So that they begin at odd pages, too. */
		OK(conf_dmamem(c, c->cf_tag, page, 0, 0, 1));
		OK(pool = conf_pool(c, c->cf_tag, page + 4, 4, 2 * page, 2));
		OK(conf_block(c, pool));
		OK(conf_block(c, pool));
		OK(check_blocks(c, 2, page + 4, 4, 2 * page));
		conf_unpool(c, pool);
	}
}

/* Both addresses are those of the same bytes. */
static void
data(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct bus_dmapool_block *pb[8];
	bus_dmapool_t pool;
	uint8_t got[48];
	unsigned i;

	if (env->ce_dev_read == NULL || env->ce_dev_write == NULL)
		SKIP("data can't be seen from the device");
	OK(pool = conf_pool(c, c->cf_tag, 48 * unit(c), 16, 0, 8));
	for (i = 0; i < 8; i++) {
		OK(pb[i] = conf_block(c, pool));
		conf_pattern(pb[i]->pb_kva, 48, i);
		bus_dmapool_sync(pool, pb[i], 0, 48, PRE);
	}
	for (i = 0; i < 8; i++) {
		conf_pattern(c->cf_bytes[0], 48, i);
		EQ(env->ce_dev_read(env, pb[i]->pb_addr, got, 48), 0);
		EQ(memcmp(got, c->cf_bytes[0], 48), 0);
		conf_pattern(got, 48, i + 50);
		EQ(env->ce_dev_write(env, pb[i]->pb_addr, got, 48), 0);
	}
	for (i = 0; i < 8; i++) {
		bus_dmapool_sync(pool, pb[i], 0, 48, POST);
		conf_pattern(c->cf_bytes[0], 48, i + 50);
		EQ(memcmp(pb[i]->pb_kva, c->cf_bytes[0], 48), 0);
	}
	/* A part of one, given to the device and taken back. */
	memset(pb[3]->pb_kva, 7, 48);
	bus_dmapool_sync(pool, pb[3], 16, 16, BUS_DMASYNC_PREWRITE);
	EQ(env->ce_dev_read(env, pb[3]->pb_addr + 16, got, 16), 0);
	memset(c->cf_bytes[0], 7, 16);
	EQ(memcmp(got, c->cf_bytes[0], 16), 0);
	bus_dmapool_sync(pool, pb[3], 16, 16, BUS_DMASYNC_POSTWRITE);
}

/* Without waiting, what is there and no more. */
static void
ready(struct conf *c)
{
	struct bus_dmapool_block *pb;
	bus_size_t page = c->cf_page;
	struct bus_dma_limits lim;
	bus_dmapool_t pool;
	bus_dma_tag_t t;
	unsigned i;

	/* A tag of its own, for it may come to keep a label. */
	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(pool = conf_pool(c, t, page, 0, 0, 0));
	TRUE(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT) == NULL);
	conf_unpool(c, pool);
	OK(pool = conf_pool(c, t, page, 0, 0, 2));
	for (i = 0; i < 2; i++)
		OK(conf_block(c, pool));
	TRUE(bus_dmapool_alloc(pool, BUS_DMA_NOWAIT) == NULL);
	/* Where it may wait there is one more. */
	OK(pb = conf_block_wait(c, pool));
	conf_unblock(c, pb);
	OK(conf_block(c, pool));
	OK(check_blocks(c, 3, page, 1, 0));
}

/* What is written into free blocks does no harm. */
static void
scribble(struct conf *c)
{
	struct bus_dmapool_block *pb[CONF_NBLOCKS];
	bus_size_t size = 16 * unit(c);
	bus_dmapool_t pool;
	unsigned i;

	OK(pool = conf_pool(c, c->cf_tag, size, 0, 0, CONF_NBLOCKS));
	for (i = 0; i < CONF_NBLOCKS; i++)
		OK(pb[i] = conf_block(c, pool));
	for (i = 0; i < CONF_NBLOCKS; i++) {
		conf_unblock(c, pb[i]);
		memset(pb[i]->pb_kva, 0xff, (size_t)size);
	}
	for (i = 0; i < CONF_NBLOCKS; i++)
		OK(conf_block(c, pool));
	OK(check_blocks(c, CONF_NBLOCKS, size, 1, 0));
}

static bool
same_page(bus_size_t page, uint64_t a, uint64_t b)
{
	return ((a ^ b) & ~(page - 1)) == 0;
}

/* No page of a pool is anybody else's. */
static void
own_pages(struct conf *c)
{
	struct bus_dmapool_block *pb[4];
	bus_size_t page = c->cf_page;
	bus_dmapool_t pool, other;
	struct conf_dmamem *d;
	unsigned i;

	OK(pool = conf_pool(c, c->cf_tag, 16 * unit(c), 0, 0, 2));
	OK(d = conf_dmamem(c, c->cf_tag, 8, 0, 0, 1));
	OK(conf_kva(c, d, 8, 0));
	OK(other = conf_pool(c, c->cf_tag, 16 * unit(c), 0, 0, 2));
	for (i = 0; i < 4; i++)
		OK(pb[i] = conf_block(c, i < 2 ? pool : other));
	TRUE(same_page(page, pb[0]->pb_addr, pb[1]->pb_addr));
	for (i = 0; i < 4; i++) {
		TRUE(!same_page(
		    page, (uintptr_t)pb[i]->pb_kva, (uintptr_t)d->cd_kva));
		TRUE(i < 2 || !same_page(page, pb[0]->pb_addr, pb[i]->pb_addr));
	}
}

static void
bad_arguments(struct conf *c)
{
	bus_dma_tag_t t = c->cf_tag;
	const int now = BUS_DMA_NOWAIT;
	bus_dmapool_t pool = NULL;

	EQ(bus_dmapool_create(t, 0, 0, 0, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(t, 8, 3, 0, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(t, 8, 0, 24, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(t, 9, 0, 8, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(t, (bus_size_t)-1, 0, 0, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(NULL, 8, 0, 0, 0, now, &pool), EINVAL);
	EQ(bus_dmapool_create(t, 8, 0, 0, 0, now, NULL), EINVAL);
	TRUE(pool == NULL);
	bus_dmapool_destroy(NULL);
}

/* A block too large for the segments of the tag: seen at once. */
static void
too_large(struct conf *c)
{
	struct bus_dma_limits lim;
	bus_dmapool_t pool = NULL;
	bus_dma_tag_t t;

	memset(&lim, 0, sizeof(lim));
	lim.dl_boundary = 64;
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	EQ(bus_dmapool_create(t, 65, 0, 0, 0, BUS_DMA_NOWAIT, &pool), EINVAL);
	TRUE(pool == NULL);
}

static void
frees(struct conf *c)
{
	struct bus_dmapool_block *a, *b;
	bus_size_t size = 64 * unit(c);
	bus_dmapool_t pool, other;
	unsigned i;

	OK(pool = conf_pool(c, c->cf_tag, size, 0, 0, CONF_NBLOCKS));
	OK(other = conf_pool(c, c->cf_tag, size, 0, 0, 1));
	OK(b = conf_block(c, other));
	bus_dmapool_free(pool, NULL);
	REPORTED(BUSDMA_REPORT_POOLFREE);
	bus_dmapool_free(pool, b);
	REPORTED(BUSDMA_REPORT_POOLFREE);
	conf_unblock(c, b);
	QUIET();
	OK(a = conf_block(c, pool));
	conf_unblock(c, a);
	bus_dmapool_free(pool, a);
	REPORTED(BUSDMA_REPORT_POOLFREE);
	/* Not handed out twice for that. */
	for (i = 0; i < CONF_NBLOCKS; i++)
		OK(conf_block(c, pool));
	OK(check_blocks(c, CONF_NBLOCKS, size, 1, 0));
}

/* With blocks in use it stays, and says how many. */
static void
busy(struct conf *c)
{
	struct bus_dmapool_block *a, *b;
	struct busdma_report last;
	bus_dmapool_t pool;

	OK(pool = conf_pool(c, c->cf_tag, 64, 0, 0, 1));
	OK(a = conf_block(c, pool));
	OK(b = conf_block(c, pool));
	bus_dmapool_destroy(pool);
	if (c->cf_env->ce_reports != NULL) {
		EQ(c->cf_env->ce_reports(c->cf_env, &last), 1);
		EQ(last.rp_code, BUSDMA_REPORT_POOLBUSY);
		EQ(last.rp_len, 2);
	}
	bus_dmapool_sync(pool, a, 0, 64, BUS_DMASYNC_PREREAD);
	conf_unblock(c, b);
	OK(b = conf_block(c, pool));
	bus_dmapool_sync(pool, b, 0, 64, BUS_DMASYNC_PREREAD);
	QUIET();
}

/* Its tag lives as long as it does. */
static void
holds_its_tag(struct conf *c)
{
	struct bus_dma_limits lim;
	struct bus_dmapool_block *pb;
	bus_dmapool_t pool, no = NULL;
	bus_dma_tag_t t;

	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(pool = conf_pool(c, t, 64, 0, 0, 0));
	conf_untag(c, t);
	REPORTED(BUSDMA_REPORT_TAGBUSY);
	EQ(bus_dmapool_create(t, 64, 0, 0, 0, BUS_DMA_NOWAIT, &no), EINVAL);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	TRUE(no == NULL);
	/* It can't have more maps of that tag, and so no more blocks. */
	pb = bus_dmapool_alloc(pool, 0);
	if (pb != NULL)
		bus_dmapool_free(pool, pb);
	TRUE(pb == NULL);
	REPORTED(BUSDMA_REPORT_TAGDEAD);
	conf_unpool(c, pool);
}

static void
sync_ranges(struct conf *c)
{
	struct bus_dmapool_block *a, *b;
	bus_dmapool_t pool, other;

	OK(pool = conf_pool(c, c->cf_tag, 64, 0, 0, 1));
	OK(other = conf_pool(c, c->cf_tag, 32, 0, 0, 1));
	OK(a = conf_block(c, pool));
	OK(b = conf_block(c, other));
	bus_dmapool_sync(pool, a, 0, 64, BUS_DMASYNC_PREREAD);
	bus_dmapool_sync(pool, a, 64, 0, BUS_DMASYNC_POSTREAD);
	QUIET();
	bus_dmapool_sync(pool, a, 0, 65, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, a, 65, 0, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, a, (bus_size_t)-1, 2, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, NULL, 0, 8, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
	bus_dmapool_sync(pool, b, 0, 8, BUS_DMASYNC_PREREAD);
	REPORTED(BUSDMA_REPORT_SYNCRANGE);
}

const struct conf_case conf_pool_cases[] = {
	{ "pool/shapes", shapes },
	{ "pool/limits-of-the-tag", limits },
	{ "pool/larger-than-a-page", large },
	{ "pool/data", data },
	{ "pool/ready", ready },
	{ "pool/scribbled-over", scribble },
	{ "pool/pages-of-its-own", own_pages },
	{ "pool/bad-arguments", bad_arguments },
	{ "pool/too-large", too_large },
	{ "pool/bad-frees", frees },
	{ "pool/busy", busy },
	{ "pool/holds-its-tag", holds_its_tag },
	{ "pool/sync-ranges", sync_ranges },
	{ NULL, NULL },
};
