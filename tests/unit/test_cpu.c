/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of the CPU that this was built for (src/md/x86 and others):
 * that they are there, and that the compiler moves no access over them.  The
 * instructions are proved by reading the disassembly.
 */
#include "unit.h"

static const int all[] = { BUS_DMASYNC_PREREAD, BUS_DMASYNC_PREWRITE,
	BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE, BUS_DMASYNC_POSTREAD,
	BUS_DMASYNC_POSTWRITE, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE };

static void
the_table_is_complete(void **state)
{
	(void)state;
	assert_int_equal(busdma_cpu_native.cpu_size, sizeof(busdma_cpu_native));
	assert_non_null(busdma_cpu_native.cpu_barrier);
	assert_non_null(busdma_cpu_native.cpu_barrier_wc);
}

static void
barriers_return(void **state)
{
	struct tp *tp = *state;

	for (size_t i = 0; i < NELEM(all); i++) {
		busdma_cpu_native.cpu_barrier(&tp->tp_pl, all[i]);
		busdma_cpu_native.cpu_barrier_wc(&tp->tp_pl, all[i]);
	}
	/* No hook has a part in them. */
	for (unsigned i = 0; i < TP_NHOOKS; i++)
		assert_int_equal(tp->tp_calls[i], 0);
}

static void
a_tag_without_a_table_uses_them(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_cpu = NULL;
	t = identity(tp);
	assert_true(*t->dt_barrier == busdma_cpu_native.cpu_barrier);
	map = new_map(t, 100, 1, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	for (size_t i = 0; i < NELEM(all); i++)
		bus_dmamap_sync(t, map, 0, 100, all[i]);
	assert_silent(tp);
	assert_int_equal(tp->tp_calls[TP_BARRIER], 0);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(the_table_is_complete),
		UNIT(barriers_return),
		UNIT(a_tag_without_a_table_uses_them),
	};

	return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
