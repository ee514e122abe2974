/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device and the driver that bus_dma_sim(9) shows, run as they stand.
 */
#include "simunit.h"

#include "simexample.h"

static void
the_page_s_example_works(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 0; seed < 20; seed++)
		assert_int_equal(test_fill(seed), 0);
}

/* It fails when the device is not let in. */
static void
the_page_s_device_can_be_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev = NULL;
	bus_dma_tag_t t = NULL;
	void *page = busdma_sim_kmalloc(su->su_sim, PAGE);

	/* The device has another id than the tag. */
	assert_int_equal(fill_create(bus, 2, &dev), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	assert_int_equal(fill_page(dev, t, page), 0);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	bus_dmatag_destroy(t);
	busdma_sim_kfree(su->su_sim, page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_s_example_works),
		SIMUNIT(the_page_s_device_can_be_refused),
	};

	return cmocka_run_group_tests_name("simexample", tests, NULL, NULL);
}
