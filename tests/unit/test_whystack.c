/* SPDX-License-Identifier: BSD-2-Clause */
/* Why loads fail in the layers of a stack, and at their hands. */
#include <busdma/bus_dma_stats.h>

#include "why.h"

static void
reached_after_the_layers(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t t, sub;
	bus_dma_segment_t segs[] = { { 0x1000, 16 }, { 0x2800, 16 } };
	bus_dmamap_t map;

	tl_init(&tl, 1, "m", NULL);
	tl.tl_offset = 0x1000000;
	tl.tl_most = 10;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0, 0x100280c, &sub, 0), 0);
	map = new_map(sub, 100, 8, 100, 0);
	/* The first byte that is not reached, where the layer left it. */
	assert_int_equal(bus_dmamap_load_raw(sub, map, segs, 2, 32, 0), EFAULT);
	assert_why(sub, map, REACH, 16 + 10 + 3, 0x100280d, 0x100280c);
	bus_dmamap_destroy(sub, map);
	bus_dmatag_destroy(sub);
	/* The first one of what begins below the limits, and ends above. */
	tl.tl_most = 0;
	assert_int_equal(
	    bus_dmatag_subregion(t, 0x1002804, 0x100280c, &sub, 0), 0);
	map = new_map(sub, 100, 8, 100, 0);
	assert_int_equal(
	    bus_dmamap_load_raw(sub, map, &segs[1], 1, 16, 0), EFAULT);
	assert_why(sub, map, REACH, 0, 0x1002800, 0x100280c);
	bus_dmamap_destroy(sub, map);
	bus_dmatag_destroy(sub);
	bus_dmatag_destroy(t);
}

struct value {
	int va_returned, va_error;
	enum bus_dma_reason va_reason;
};

static const struct value values[] = {
	/* An error number alone: what it means by the contract. */
	{ ENOMEM, ENOMEM, BUS_DMA_WHY_RESOURCES },
	{ EFAULT, EFAULT, BUS_DMA_WHY_REACH },
	{ EFBIG, EFBIG, BUS_DMA_WHY_FRAGMENTS },
	{ EINVAL, EINVAL, BUS_DMA_WHY_LAYER },
	{ EBUSY, EBUSY, BUS_DMA_WHY_LAYER },
	{ 1, 1, BUS_DMA_WHY_LAYER },
	{ 255, 255, BUS_DMA_WHY_LAYER },
	/* With a reason. */
	{ BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_LENGTH), ENOMEM, BUS_DMA_WHY_LENGTH },
	{ BUSDMA_WHY(EFBIG, BUS_DMA_WHY_SEGMENTS), EFBIG,
	    BUS_DMA_WHY_SEGMENTS },
	{ BUSDMA_WHY(EFAULT, BUS_DMA_WHY_FRAGMENTS), EFAULT,
	    BUS_DMA_WHY_FRAGMENTS },
	{ BUSDMA_WHY(EFAULT, BUS_DMA_WHY_ALIGNMENT), EFAULT,
	    BUS_DMA_WHY_ALIGNMENT },
	{ BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_REACH), ENOMEM, BUS_DMA_WHY_REACH },
	{ BUSDMA_WHY(EFAULT, BUS_DMA_WHY_UNMAPPED), EFAULT,
	    BUS_DMA_WHY_UNMAPPED },
	{ BUSDMA_WHY(EINVAL, BUS_DMA_WHY_ORIGIN), EINVAL, BUS_DMA_WHY_ORIGIN },
	{ BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_RESOURCES), ENOMEM,
	    BUS_DMA_WHY_RESOURCES },
	{ BUSDMA_WHY(EINVAL, BUS_DMA_WHY_CALLER), EINVAL, BUS_DMA_WHY_CALLER },
	{ BUSDMA_WHY(EBUSY, BUS_DMA_WHY_LAYER), EBUSY, BUS_DMA_WHY_LAYER },
	/* One that is not known here. */
	{ BUSDMA_WHY(EFAULT, BUS_DMA_NWHY), EFAULT, BUS_DMA_WHY_LAYER },
	{ BUSDMA_WHY(ENOMEM, 64), ENOMEM, BUS_DMA_WHY_LAYER },
	{ BUSDMA_WHY(ENOMEM, 0x7fffff), ENOMEM, BUS_DMA_WHY_LAYER },
	/* No error number: an error all the same. */
	{ -1, EFAULT, BUS_DMA_WHY_LAYER },
	{ -ENOMEM, EFAULT, BUS_DMA_WHY_LAYER },
	{ INT32_MIN, EFAULT, BUS_DMA_WHY_LAYER },
	{ 256, EFAULT, BUS_DMA_WHY_LAYER },
	{ BUSDMA_WHY(0, BUS_DMA_WHY_REACH), EFAULT, BUS_DMA_WHY_LAYER },
};

/* What is at the end of the space that a reason has a limit of. */
static uint64_t
limit_of(enum bus_dma_reason reason)
{
	switch (reason) {
	case BUS_DMA_WHY_LENGTH:
		return 100;
	case BUS_DMA_WHY_SEGMENTS:
		return 8;
	case BUS_DMA_WHY_ALIGNMENT:
		return 1;
	case BUS_DMA_WHY_REACH:
		return UINT64_MAX;
	case BUS_DMA_WHY_NONE:
	case BUS_DMA_WHY_FRAGMENTS:
	case BUS_DMA_WHY_UNMAPPED:
	case BUS_DMA_WHY_ORIGIN:
	case BUS_DMA_WHY_RESOURCES:
	case BUS_DMA_WHY_CALLER:
	case BUS_DMA_WHY_LAYER:
	case BUS_DMA_NWHY:
		break;
	}
	return 0;
}

static bool
has_addr(enum bus_dma_reason reason)
{
	return reason == BUS_DMA_WHY_SEGMENTS ||
	       reason == BUS_DMA_WHY_ALIGNMENT || reason == BUS_DMA_WHY_REACH ||
	       reason == BUS_DMA_WHY_UNMAPPED;
}

/*
 * A layer, alone or below one that takes whole loads, in which an op fails:
 * `where' is the address and `offset' the place that is known of it.
 */
static void
layer_fails(struct tp *tp, const char *ops, const char *above, enum tl_op op,
    uint64_t where, bus_size_t offset)
{
	bus_dma_segment_t segs[] = { { 0x1000, 16 }, { 0x2000, 16 } };
	struct tl_layer tl, top;
	bus_dma_tag_t t, lower = NULL;
	struct bus_dma_stats ds;
	bus_dmamap_t map;
	uint64_t failed[BUS_DMA_NWHY] = { 0 };

	tl_init(&tl, 1, ops, NULL);
	tl.tl_noshortcut = true;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	if (above != NULL) {
		lower = t;
		tl_init(&top, 2, above, NULL);
		top.tl_offset = 0x100000;
		assert_int_equal(tl_create(tp, &top, lower, &t), 0);
	}
	map = new_map(t, 100, 8, 100, 0);
	for (size_t i = 0; i < NELEM(values); i++) {
		const struct value *va = &values[i];

		tl.tl_fail = op;
		tl.tl_error = va->va_returned;
		assert_int_equal(
		    bus_dmamap_load_raw(t, map, segs, 2, 32, 0), va->va_error);
		check_why(t, map, va->va_reason, offset,
		    has_addr(va->va_reason) ? where : 0,
		    limit_of(va->va_reason));
		failed[va->va_reason]++;
		/* Nothing is held of it. */
		if (above != NULL && strchr(above, 'u') != NULL)
			assert_int_equal(
			    top.tl_calls[TL_UNLOAD], top.tl_calls[TL_LOAD]);
	}
	bus_dma_stats(t, &ds);
	for (unsigned i = 0; i < BUS_DMA_NWHY; i++)
		assert_int_equal(ds.ds_failed[i], failed[i]);
	assert_int_equal(ds.ds_loads, 0);
	assert_int_equal(ds.ds_segments, 0);
	tl.tl_fail = TL_NONE;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 2, 32, 0), 0);
	bus_dmamap_unload(t, map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	if (lower != NULL)
		bus_dmatag_destroy(lower);
}

static void
what_a_layer_returns(void **state)
{
	struct tp *tp = *state;

	layer_fails(tp, "m", NULL, TL_MAP, 0x1000, 0);
	layer_fails(tp, "m", "lu", TL_MAP, 0x101000, 0);
	/* Which of them, and which part of the load, is its secret. */
	layer_fails(tp, "l", NULL, TL_LOAD, 0, 0);
	layer_fails(tp, "l", "lu", TL_LOAD, 0, 0);
	layer_fails(tp, "L", NULL, TL_LOADED, 0, 0);
	layer_fails(tp, "L", "lu", TL_LOADED, 0, 0);
}

static bus_addr_t refused;

static int
refusing_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	return f->bf_addr == refused ? BUSDMA_WHY(ENOMEM, BUS_DMA_WHY_REACH)
				     : 0;
}

/* In the middle of the records: the offset is that of the piece. */
static void
in_the_middle_of_the_records(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[] = { { 0x1000, 16 }, { 0x2000, 40 },
		{ 0x3000, 4 } };
	struct tl_layer top, mid, low;
	bus_dma_tag_t t[3];
	bus_dmamap_t map;

	tl_init(&low, 1, "m", NULL);
	low.tl_ops.bo_map = refusing_map;
	tl_init(&mid, 2, "m", NULL);
	mid.tl_most = 12;
	mid.tl_offset = 0x100;
	tl_init(&top, 3, "lu", NULL);
	assert_int_equal(tl_create(tp, &low, NULL, &t[0]), 0);
	assert_int_equal(tl_create(tp, &mid, t[0], &t[1]), 0);
	assert_int_equal(tl_create(tp, &top, t[1], &t[2]), 0);
	map = new_map(t[2], 100, 8, 100, 0);
	refused = 0x2100 + 24;
	assert_int_equal(
	    bus_dmamap_load_raw(t[2], map, segs, 3, 60, 0), ENOMEM);
	assert_why(t[2], map, REACH, 16 + 24, 0x2118, UINT64_MAX);
	refused = 0x3100;
	assert_int_equal(
	    bus_dmamap_load_raw(t[2], map, segs, 3, 60, 0), ENOMEM);
	assert_why(t[2], map, REACH, 56, 0x3100, UINT64_MAX);
	refused = 0;
	assert_int_equal(bus_dmamap_load_raw(t[2], map, segs, 3, 60, 0), 0);
	assert_int_equal(top.tl_calls[TL_UNLOAD], 2);
	bus_dmamap_destroy(t[2], map);
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

static void
records_run_out(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl, below;
	bus_dma_tag_t b, t;
	bus_dmamap_t map;
	bus_dma_segment_t segs[40];

	tl_init(&below, 2, "m", NULL);
	tl_init(&tl, 1, "l", NULL);
	assert_int_equal(tl_create(tp, &below, NULL, &b), 0);
	assert_int_equal(tl_create(tp, &tl, b, &t), 0);
	map = new_map(t, 1000, 2, 1000, 0); /* 18 records */
	for (unsigned i = 0; i < 40; i++)
		segs[i] = (bus_dma_segment_t){ 0x1000 + 0x100 * i, 3 };
	/* In the walk. */
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 40, 120, 0), EFBIG);
	assert_why(t, map, FRAGMENTS, 54, 0, 0);
	/* When a layer shortens one: the third is cut, the fourth can't be. */
	below.tl_most = 2;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 16, 48, 0), EFBIG);
	assert_why(t, map, FRAGMENTS, 6, 0, 0);
	/* Not there, but in segments. */
	below.tl_most = 0;
	assert_int_equal(bus_dmamap_load_raw(t, map, segs, 18, 54, 0), EFBIG);
	assert_why(t, map, SEGMENTS, 6, 0x1200, 2);
	assert_silent(tp);
	/* As it is, after a load that failed. */
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(b);
}

static enum { KEEP, LOSE, FIND, WRAP, NOTHING } spoil;

static int
spoiling_load(
    bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frags *fs, int flags)
{
	struct busdma_frag *f = &fs->fs_frag[1];

	switch (spoil) {
	case KEEP:
		break;
	case LOSE:
		f->bf_len--;
		break;
	case FIND:
		f->bf_len++;
		break;
	case WRAP:
		f->bf_addr = UINT64_MAX;
		break;
	case NOTHING:
		f->bf_len = 0;
		break;
	}
	return 0;
}

static int
spoiling_map(bus_dma_tag_t t, bus_dmamap_t map, struct busdma_frag *f)
{
	struct busdma_frag two[2] = { { 0, 0 }, *f };
	struct busdma_frags fs = { .fs_frag = two, .fs_count = 2, .fs_max = 2 };

	if (f->bf_addr == 0x2000) {
		(void)spoiling_load(t, map, &fs, 0);
		*f = two[1];
	}
	return 0;
}

static void
a_layer_that_breaks_its_contract(void **state)
{
	struct tp *tp = *state;
	bus_dma_segment_t segs[] = { { 0x1000, 16 }, { 0x2000, 16 } };
	struct tl_layer tl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tl_init(&tl, 1, "l", NULL);
	tl.tl_ops.bo_load = spoiling_load;
	assert_int_equal(tl_create(tp, &tl, NULL, &t), 0);
	map = new_map(t, 100, 8, 100, 0);
	for (spoil = LOSE; spoil <= NOTHING; spoil++) {
		assert_int_equal(
		    bus_dmamap_load_raw(t, map, segs, 2, 32, 0), EFAULT);
		assert_why(t, map, CALLER, spoil == LOSE ? 31 : 16, 0, 0);
		assert_report(tp, BUSDMA_REPORT_PLATFORM);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);

	tl_init(&tl, 1, "m", NULL);
	tl.tl_ops.bo_map = spoiling_map;
	for (unsigned whole = 0; whole < 2; whole++) {
		struct tl_layer top;
		bus_dma_tag_t b;

		assert_int_equal(tl_create(tp, &tl, NULL, &b), 0);
		tl_init(&top, 2, whole ? "l" : "s", NULL);
		assert_int_equal(tl_create(tp, &top, b, &t), 0);
		map = new_map(t, 100, 8, 100, 0);
		for (spoil = FIND; spoil <= NOTHING; spoil++) {
			assert_int_equal(
			    bus_dmamap_load_raw(t, map, segs, 2, 32, 0),
			    EFAULT);
			assert_why(t, map, CALLER, 16, 0, 0);
			assert_report(tp, BUSDMA_REPORT_PLATFORM);
		}
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
		bus_dmatag_destroy(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(reached_after_the_layers),
		UNIT(what_a_layer_returns),
		UNIT(in_the_middle_of_the_records),
		UNIT(records_run_out),
		UNIT(a_layer_that_breaks_its_contract),
	};

	return cmocka_run_group_tests_name("whystack", tests, NULL, NULL);
}
