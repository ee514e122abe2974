/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/generic/cpu.c: the barriers of CPUs without a folder.  Built on every
 * machine, under another name than the archive's own table.
 */
#include "unit.h"

extern const struct busdma_cpu_ops busdma_cpu_generic;

static void
a_platform_can_name_them(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	assert_int_equal(
	    busdma_cpu_generic.cpu_size, sizeof(struct busdma_cpu_ops));
	tp->tp_pl.pl_cpu = &busdma_cpu_generic;
	t = identity(tp);
	assert_true(*t->dt_barrier == busdma_cpu_generic.cpu_barrier);
	map = new_map(t, 100, 1, 100, 0);
	assert_int_equal(load_run1(t, map, 0x1000, 100), 0);
	bus_dmamap_sync(t, map, 0, 100, BUS_DMASYNC_PREWRITE);
	bus_dmamap_sync(t, map, 0, 100, BUS_DMASYNC_POSTREAD);
	busdma_cpu_generic.cpu_barrier_wc(&tp->tp_pl, BUS_DMASYNC_PREREAD);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_platform_can_name_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
