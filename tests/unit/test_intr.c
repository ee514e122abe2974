/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In an interrupt handler: load, sync and unload of kernel memory with NOWAIT
 * call no hook but those that DESIGN section 6 allows there.  The platform
 * counts every other call as wrong, which ends the test.
 */
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "unit.h"

/* Kinds of stacks: nothing but the shortcut, layer by layer, whole. */
static const struct kind {
	const char *ki_name, *ki_ops;
	bool ki_shortcut;
} kinds[] = {
	{ "shortcut", "m", true },
	{ "layers", "cmLsu", false },
	{ "whole", "clsu", false },
};

struct irq {
	struct tp *ir_tp;
	struct tl_layer ir_layer;
	bus_dma_tag_t ir_root, ir_tag;
	bus_dmamap_t ir_map;
	char *ir_buf;
};

static void
irq_create(struct irq *ir, const struct kind *ki)
{
	static const paddr_t pages[] = { 0x10000, 0x20000, 0x21000, 0x40000 };

	memset(ir, 0, sizeof(*ir));
	ir->ir_tp = tp_create(PAGE, RAMBASE, RAMPAGES);
	ir->ir_buf = tp_buf(ir->ir_tp, pages, 4);
	ir->ir_root = identity(ir->ir_tp);
	tl_init(&ir->ir_layer, 1, ki->ki_ops, NULL);
	ir->ir_layer.tl_shortcut = ki->ki_shortcut;
	ir->ir_layer.tl_noshortcut = !ki->ki_shortcut;
	assert_int_equal(
	    tl_create(ir->ir_tp, &ir->ir_layer, ir->ir_root, &ir->ir_tag), 0);
	assert_int_equal(bus_dmamap_create(ir->ir_tag, 4 * PAGE, 8, PAGE, 0,
			     BUS_DMA_ALLOCNOW, &ir->ir_map),
	    0);
	ir->ir_tp->tp_intr = true;
}

static void
irq_destroy(struct irq *ir)
{
	ir->ir_tp->tp_intr = false;
	bus_dmamap_destroy(ir->ir_tag, ir->ir_map);
	bus_dmatag_destroy(ir->ir_tag);
	bus_dmatag_destroy(ir->ir_root);
	assert_int_equal(tp_destroy(ir->ir_tp), 0);
}

/* All that a handler does with a map that it has loaded. */
static void
use_map(struct irq *ir, int error)
{
	bus_size_t len = ir->ir_map->dm_mapsize;

	assert_int_equal(error, 0);
	assert_true(len != 0);
	bus_dmamap_sync(ir->ir_tag, ir->ir_map, 0, len,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(ir->ir_tag, ir->ir_map, 0, len,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(ir->ir_tag, ir->ir_map);
	assert_unloaded(ir->ir_map);
	assert_int_equal(ir->ir_tp->tp_wrong, 0);
}

static void
each_kind(void (*f)(struct irq *))
{
	struct irq ir;

	for (size_t i = 0; i < NELEM(kinds); i++) {
		irq_create(&ir, &kinds[i]);
		f(&ir);
		assert_int_equal(ir.ir_tp->tp_wrong, 0);
		irq_destroy(&ir);
	}
}

static void
linear(struct irq *ir)
{
	use_map(ir, bus_dmamap_load(ir->ir_tag, ir->ir_map, ir->ir_buf + 10,
			3 * PAGE, NULL, BUS_DMA_NOWAIT));
}

static void
raw(struct irq *ir)
{
	bus_dma_segment_t segs[] = { { 0x1000, 100 }, { 0x2000, 100 } };

	use_map(ir, bus_dmamap_load_raw(
			ir->ir_tag, ir->ir_map, segs, 2, 150, BUS_DMA_NOWAIT));
}

static void
packet(struct irq *ir)
{
	struct mbuf m[2] = { { .m_next = &m[1],
				 .m_data = ir->ir_buf,
				 .m_len = 64,
				 .m_flags = M_PKTHDR,
				 .m_pkthdr = { .len = 164 } },
		{ .m_data = ir->ir_buf + PAGE - 50, .m_len = 100 } };

	use_map(ir,
	    bus_dmamap_load_mbuf(ir->ir_tag, ir->ir_map, m, BUS_DMA_NOWAIT));
}

static void
vectors(struct irq *ir)
{
	struct iovec iov[] = { { ir->ir_buf, 64 }, { ir->ir_buf + PAGE, 64 } };
	struct uio uio = { .uio_iov = iov, .uio_iovcnt = 2, .uio_resid = 128 };

	use_map(ir,
	    bus_dmamap_load_uio(ir->ir_tag, ir->ir_map, &uio, BUS_DMA_NOWAIT));
}

static void
chain(struct irq *ir)
{
	struct busdma_part parts[] = { { ir->ir_buf, 64, 0 },
		{ ir->ir_buf + PAGE, 64, 0 } };
	struct tp_chain tc = { .tc_tp = ir->ir_tp,
		.tc_parts = parts,
		.tc_nparts = 2,
		.tc_total = 128 };

	use_map(ir, bus_dmamap_load_chain(ir->ir_tag, ir->ir_map, &tp_chain_ops,
			&tc, BUS_DMA_NOWAIT));
}

/* What goes wrong, and what is wrong with the caller. */
static void
errors(struct irq *ir)
{
	bus_dmamap_t map = ir->ir_map;
	bus_dma_tag_t t = ir->ir_tag;
	bus_dma_segment_t segs[16];

	assert_int_equal(
	    bus_dmamap_load(t, map, (char *)16, 64, NULL, BUS_DMA_NOWAIT),
	    EFAULT);
	assert_int_equal(
	    bus_dmamap_load(t, map, ir->ir_buf, 9 * PAGE, NULL, BUS_DMA_NOWAIT),
	    EINVAL);
	for (unsigned i = 0; i < 16; i++)
		segs[i] = (bus_dma_segment_t){ 0x1000 * i, 1 };
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 16, 16, BUS_DMA_NOWAIT), EFBIG);
	ir->ir_layer.tl_fail =
	    ir->ir_layer.tl_ops.bo_load != NULL ? TL_LOAD : TL_LOADED;
	ir->ir_layer.tl_error = ENOMEM;
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 2, BUS_DMA_NOWAIT),
	    ir->ir_layer.tl_shortcut ? 0 : ENOMEM);
	ir->ir_layer.tl_fail = TL_NONE;
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 2, BUS_DMA_NOWAIT), 0);
	/* Loaded twice, synced outside, unloaded twice: reports only. */
	assert_int_equal(
	    bus_dmamap_load_raw(t, map, segs, 2, 2, BUS_DMA_NOWAIT), 0);
	bus_dmamap_sync(t, map, 1, 9, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(t, map);
	bus_dmamap_unload(t, map);
	assert_true(ir->ir_tp->tp_nreports >= 3);
}

static void
linear_loads(void **state)
{
	(void)state;
	each_kind(linear);
}

static void
raw_loads(void **state)
{
	(void)state;
	each_kind(raw);
}

static void
packets(void **state)
{
	(void)state;
	each_kind(packet);
}

static void
uios(void **state)
{
	(void)state;
	each_kind(vectors);
}

static void
chains(void **state)
{
	(void)state;
	each_kind(chain);
}

static void
failures(void **state)
{
	(void)state;
	each_kind(errors);
}

/* The check itself: what may wait is told. */
static void
the_platform_tells_what_is_not_allowed(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dma_segment_t seg;
	bus_dmamap_t map;
	int n;

	tp->tp_intr = true;
	map = new_map(t, 16, 1, 16, 0);
	assert_int_equal(tp->tp_wrong, 1);
	bus_dmamap_destroy(t, map);
	assert_int_equal(tp->tp_wrong, 2);
	assert_int_equal(bus_dmamem_alloc(t, 16, 0, 0, &seg, 1, &n, 0), 0);
	assert_int_equal(tp->tp_wrong, 3);
	tp->tp_intr = false;
	bus_dmamem_free(t, &seg, n);
	bus_dmatag_destroy(t);
	tp->tp_wrong = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linear_loads),
		cmocka_unit_test(raw_loads),
		cmocka_unit_test(packets),
		cmocka_unit_test(uios),
		cmocka_unit_test(chains),
		cmocka_unit_test(failures),
		UNIT(the_platform_tells_what_is_not_allowed),
	};

	return cmocka_run_group_tests_name("intr", tests, NULL, NULL);
}
