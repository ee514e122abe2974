/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/fault.c: faults, from a backend to the driver's handler. */
#include "unit.h"

struct seen {
	unsigned se_calls;
	struct bus_dma_fault se_last;
	struct tp *se_tp;
	bus_dma_tag_t se_tag; /* of a map to unload; NULL: none */
};

static void
handler(void *arg, const struct bus_dma_fault *ft)
{
	struct seen *se = arg;

	se->se_calls++;
	se->se_last = *ft;
	if (se->se_tp != NULL)
		assert_int_equal(se->se_tp->tp_locks, 0);
	if (se->se_tag != NULL)
		bus_dmamap_unload(se->se_tag, ft->ft_map);
}

static const struct bus_dma_fault fault = {
	.ft_reason = BUS_DMA_FAULT_DIRECTION,
	.ft_requester = 0x123,
	.ft_write = true,
	.ft_addr = 0x123456789a,
	.ft_len = 64,
};

static void
a_handler_is_told_all(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	struct seen se = { .se_tp = tp };
	bus_dmamap_t map = new_map(t, 16, 1, 16, 0);
	struct bus_dma_fault ft = fault;

	assert_false(busdma_fault(t, &ft));
	bus_dmatag_onfault(t, handler, &se);
	assert_int_equal(se.se_calls, 0);
	ft.ft_map = map;
	assert_true(busdma_fault(t, &ft));
	assert_int_equal(se.se_calls, 1);
	assert_int_equal(se.se_last.ft_reason, BUS_DMA_FAULT_DIRECTION);
	assert_int_equal(se.se_last.ft_requester, 0x123);
	assert_true(se.se_last.ft_write);
	assert_int_equal(se.se_last.ft_addr, 0x123456789a);
	assert_int_equal(se.se_last.ft_len, 64);
	assert_ptr_equal(se.se_last.ft_map, map);
	/* It may unload the map, and be the last to do so. */
	assert_int_equal(load_run1(t, map, 0x1000, 16), 0);
	se.se_tag = t;
	assert_true(busdma_fault(t, &ft));
	assert_unloaded(map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
a_handler_is_replaced(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	struct seen one = { 0 }, two = { 0 };

	bus_dmatag_onfault(t, handler, &one);
	bus_dmatag_onfault(t, handler, &two);
	assert_true(busdma_fault(t, &fault));
	assert_int_equal(one.se_calls, 0);
	assert_int_equal(two.se_calls, 1);
	bus_dmatag_onfault(t, NULL, &two);
	assert_false(busdma_fault(t, &fault));
	assert_int_equal(two.se_calls, 1);
	/* A tag that was given up still has its handler; no tag has none. */
	bus_dmatag_onfault(t, handler, NULL);
	bus_dmatag_onfault(t, NULL, NULL);
	bus_dmatag_onfault(NULL, handler, &one);
	bus_dmatag_destroy(t);
	assert_silent(tp);
}

/* Whichever layer it was given to, and whichever of them a fault is of. */
static void
one_for_all_layers_of_a_stack(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl[2];
	bus_dma_tag_t t[3];
	struct seen se = { 0 };

	t[0] = identity(tp);
	for (unsigned i = 0; i < 2; i++) {
		tl_init(&tl[i], i, "m", NULL);
		assert_int_equal(tl_create(tp, &tl[i], t[i], &t[i + 1]), 0);
	}
	for (unsigned given = 0; given < 3; given++) {
		bus_dmatag_onfault(t[given], handler, &se);
		for (unsigned of = 0; of < 3; of++)
			assert_true(busdma_fault(t[of], &fault));
		assert_int_equal(se.se_calls, 3);
		se.se_calls = 0;
		bus_dmatag_onfault(t[(given + 1) % 3], NULL, NULL);
		assert_false(busdma_fault(t[given], &fault));
	}
	for (unsigned i = 3; i-- > 0;)
		bus_dmatag_destroy(t[i]);
	assert_silent(tp);
}

/* The nearest of the tags that it was narrowed from. */
static void
narrowed_tags(void **state)
{
	struct tp *tp = *state;
	struct tl_layer tl;
	bus_dma_tag_t root = identity(tp), t, a, b, aa;
	struct seen se_t = { .se_tp = tp }, se_a = { 0 }, se_aa = { 0 };

	tl_init(&tl, 1, "m", NULL);
	assert_int_equal(tl_create(tp, &tl, root, &t), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0, 0xffffff, &a, 0), 0);
	assert_int_equal(bus_dmatag_subregion(t, 0, 0xfffff, &b, 0), 0);
	assert_int_equal(bus_dmatag_subregion(a, 0, 0xffff, &aa, 0), 0);
	assert_false(busdma_fault(aa, &fault));
	bus_dmatag_onfault(t, handler, &se_t);
	assert_true(busdma_fault(aa, &fault));
	assert_true(busdma_fault(b, &fault));
	assert_int_equal(se_t.se_calls, 2);
	bus_dmatag_onfault(a, handler, &se_a);
	assert_true(busdma_fault(aa, &fault));
	assert_true(busdma_fault(a, &fault));
	assert_true(busdma_fault(b, &fault));
	assert_true(busdma_fault(t, &fault));
	assert_int_equal(se_a.se_calls, 2);
	assert_int_equal(se_t.se_calls, 4);
	bus_dmatag_onfault(aa, handler, &se_aa);
	assert_true(busdma_fault(aa, &fault));
	assert_true(busdma_fault(aa->dt_layers[1], &fault));
	assert_int_equal(se_aa.se_calls, 2);
	/* Without its own, that of its parent again; without any, none. */
	bus_dmatag_onfault(aa, NULL, NULL);
	bus_dmatag_onfault(a, NULL, NULL);
	assert_true(busdma_fault(aa, &fault));
	assert_int_equal(se_t.se_calls, 5);
	bus_dmatag_onfault(t, NULL, NULL);
	assert_false(busdma_fault(aa, &fault));
	assert_int_equal(se_a.se_calls, 2);
	/* One that is stacked on a narrowed tag. */
	bus_dmatag_destroy(aa);
	assert_int_equal(tl_create(tp, &tl, a, &aa), 0);
	bus_dmatag_onfault(t, handler, &se_t);
	assert_true(busdma_fault(aa, &fault));
	assert_int_equal(se_t.se_calls, 6);
	bus_dmatag_onfault(aa, handler, &se_aa);
	assert_true(busdma_fault(a, &fault));
	assert_int_equal(se_aa.se_calls, 3);
	bus_dmatag_destroy(aa);
	bus_dmatag_destroy(a);
	bus_dmatag_destroy(b);
	bus_dmatag_destroy(t);
	bus_dmatag_destroy(root);
	assert_silent(tp);
}

static void
in_an_interrupt(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	struct seen se = { .se_tp = tp };
	bus_dmamap_t map = new_map(t, 16, 1, 16, 0);
	struct bus_dma_fault ft = fault;

	assert_int_equal(load_run1(t, map, 0x1000, 16), 0);
	ft.ft_map = map;
	se.se_tag = t;
	tp->tp_intr = true;
	bus_dmatag_onfault(t, handler, &se);
	assert_true(busdma_fault(t, &ft));
	bus_dmatag_onfault(t, NULL, NULL);
	assert_false(busdma_fault(t, &ft));
	tp->tp_intr = false;
	assert_int_equal(tp->tp_wrong, 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_handler_is_told_all),
		UNIT(a_handler_is_replaced),
		UNIT(one_for_all_layers_of_a_stack),
		UNIT(narrowed_tags),
		UNIT(in_an_interrupt),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
