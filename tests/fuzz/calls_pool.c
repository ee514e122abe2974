/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on pools of small blocks. */
#include <string.h>

#include "calls.h"

static bool
pool_used(const struct fuzz *fz, unsigned i)
{
	return fz->fz_pool[i].po_pool != NULL;
}

static struct pool *
some_pool(struct fuzz *fz)
{
	return &fz->fz_pool[some_slot(fz, NPOOLS, pool_used, true)];
}

void
op_pool_create(struct fuzz *fz)
{
	static const bus_size_t sizes[] = { 64, 16, 1, 100, 100, 40, 4096, 5000,
		0, TOP };
	static const bus_size_t aligns[] = { 0, 0, 1, 8, 64, 4096, 65536, 24 };
	static const bus_size_t bounds[] = { 0, 0, 64, 256, 128, 4096, 65536,
		40 };
	struct tag *tg = some_tag(fz);
	struct pool *po = &fz->fz_pool[some_slot(fz, NPOOLS, pool_used, false)];
	bus_dmapool_t pool = NULL;
	unsigned nready;
	bool legal;
	int error;

	if (po->po_pool != NULL)
		return;
	memset(po, 0, sizeof(*po));
	po->po_size = PICK(fz, sizes);
	po->po_align = PICK(fz, aligns);
	po->po_boundary = PICK(fz, bounds);
	nready = (unsigned)rnd_below(&fz->fz_rnd, 80);
	legal = tg->ta_tag != NULL && po->po_size != 0 && po->po_size != TOP &&
		po->po_align != 24 && po->po_boundary != 40 &&
		(po->po_boundary == 0 || po->po_boundary >= po->po_size);
	call_begin(fz, "bus_dmapool_create");
	if (legal && tg->ta_dying)
		WANT(fz, TAGDEAD);
	error = bus_dmapool_create(tg->ta_tag, po->po_size, po->po_align,
	    po->po_boundary, nready, 0, &pool);
	call_end(fz);
	CHECK(fz, (error == 0) == (pool != NULL));
	if (error != 0) {
		CHECK(fz, error == EINVAL || error == ENOMEM ||
			      (error == EFAULT && fz->fz_armed));
		return;
	}
	CHECK(fz, legal && !tg->ta_dying);
	po->po_pool = pool;
	po->po_tag = tg;
	tg->ta_refs++;
}

/* Where it may be, and where no other one is. */
static void
check_block(struct fuzz *fz, const struct pool *po, const struct block *bl)
{
	const struct bus_dmapool_block *pb = bl->bl_pb;
	const char *kva = pb->pb_kva, *other;

	CHECK(fz, po->po_align == 0 || pb->pb_addr % po->po_align == 0);
	CHECK(fz,
	    legal_run(po->po_tag, po->po_boundary, pb->pb_addr, po->po_size));
	for (unsigned i = 0; i < NPOOLS; i++)
		for (unsigned j = 0; j < NBLOCKS; j++) {
			const struct pool *p = &fz->fz_pool[i];
			const struct block *b = &p->po_block[j];

			if (b == bl || !b->bl_used)
				continue;
			other = b->bl_pb->pb_kva;
			CHECK(fz, b->bl_pb != pb);
			CHECK(fz, kva + po->po_size <= other ||
				      other + p->po_size <= kva);
		}
}

void
op_pool_alloc(struct fuzz *fz)
{
	struct pool *po = some_pool(fz);
	struct block *bl = &po->po_block[rnd_below(&fz->fz_rnd, NBLOCKS)];
	int flags = rnd_one_in(&fz->fz_rnd, 3) ? BUS_DMA_NOWAIT : 0;
	struct bus_dmapool_block *pb;

	if (po->po_pool == NULL || bl->bl_used)
		return;
	call_begin(fz, "bus_dmapool_alloc");
	/* A page more needs a map more. */
	if (po->po_tag->ta_dying)
		MAYBE(fz, TAGDEAD);
	pb = bus_dmapool_alloc(po->po_pool, flags);
	call_end(fz);
	if (pb == NULL)
		return;
	bl->bl_pb = pb;
	bl->bl_used = true;
	bl->bl_salt = (uint8_t)(pb->pb_addr >> 3);
	check_block(fz, po, bl);
	memset(pb->pb_kva, bl->bl_salt, (size_t)po->po_size);
}

/* Nobody else wrote into it. */
static void
check_content(struct fuzz *fz, const struct pool *po, const struct block *bl)
{
	const uint8_t *p = bl->bl_pb->pb_kva;

	for (bus_size_t i = 0; i < po->po_size; i++)
		CHECK(fz, p[i] == bl->bl_salt);
}

void
op_pool_free(struct fuzz *fz)
{
	struct pool *po = some_pool(fz), *of = some_pool(fz);
	struct block *bl = &po->po_block[rnd_below(&fz->fz_rnd, NBLOCKS)];

	if (po->po_pool == NULL)
		return;
	call_begin(fz, "bus_dmapool_free");
	if (bl->bl_pb == NULL) {
		WANT(fz, POOLFREE);
		bus_dmapool_free(po->po_pool, NULL);
	} else if (of != po && of->po_pool != NULL) {
		WANT(fz, POOLFREE);
		bus_dmapool_free(of->po_pool, bl->bl_pb);
	} else if (bl->bl_used) {
		check_content(fz, po, bl);
		bus_dmapool_free(po->po_pool, bl->bl_pb);
		bl->bl_used = false;
		/* A freed block's bytes are anybody's. */
		memset(bl->bl_pb->pb_kva, 0xff, (size_t)po->po_size);
	} else {
		/* Free since then, if nobody else was given it. */
		for (unsigned i = 0; i < NBLOCKS; i++)
			if (po->po_block[i].bl_used &&
			    po->po_block[i].bl_pb == bl->bl_pb)
				bl->bl_pb = NULL;
		WANT(fz, POOLFREE);
		bus_dmapool_free(po->po_pool, bl->bl_pb);
	}
	call_end(fz);
}

void
op_pool_sync(struct fuzz *fz)
{
	struct pool *po = some_pool(fz);
	struct block *bl = &po->po_block[rnd_below(&fz->fz_rnd, NBLOCKS)];
	bus_size_t offset = 0, len = po->po_size;
	int ops = some_ops(fz);

	if (po->po_pool == NULL || !bl->bl_used)
		return;
	if (rnd_one_in(&fz->fz_rnd, 3)) {
		offset = some_size(fz);
		len = some_size(fz);
	}
	call_begin(fz, "bus_dmapool_sync");
	sync_reports(fz, po->po_size, offset, len, ops);
	bus_dmapool_sync(po->po_pool, bl->bl_pb, offset, len, ops);
	call_end(fz);
}

void
op_pool_destroy(struct fuzz *fz)
{
	struct pool *po = some_pool(fz);
	bool busy = false;

	for (unsigned i = 0; i < NBLOCKS; i++)
		busy |= po->po_block[i].bl_used;
	if (po->po_pool != NULL && !busy)
		tag_losing(fz, po->po_tag);
	call_begin(fz, "bus_dmapool_destroy");
	if (po->po_pool != NULL && busy)
		WANT(fz, POOLBUSY);
	bus_dmapool_destroy(po->po_pool);
	call_end(fz);
	if (po->po_pool != NULL && !busy) {
		po->po_pool = NULL;
		tag_lost(po->po_tag);
	}
}
