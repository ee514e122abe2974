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

/* A machine of the test's own with the device, and a tag for its driver. */
static struct busdma_sim_dev *
filler(struct su *su, unsigned requester, bus_dma_tag_t *tp)
{
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev = NULL;

	assert_int_equal(fill_create(bus, requester, &dev), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, tp, 0), 0);
	return dev;
}

/* It fails when the device is not let in, and says so once. */
static void
the_page_s_device_can_be_refused(void **state)
{
	struct su *su = *state;
	bus_dma_tag_t t = NULL;
	/* The device has another id than the tag. */
	struct busdma_sim_dev *dev = filler(su, 2, &t);
	void *page = busdma_sim_kmalloc(su->su_sim, PAGE);

	assert_int_equal(fill_page(dev, t, page), EFAULT);
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	bus_dmatag_destroy(t);
	busdma_sim_kfree(su->su_sim, page);
}

/* What it is told, and should not be. */
static void
the_page_s_device_checks(void **state)
{
	static const struct {
		uint32_t reg;
		unsigned width;
		uint64_t value;
	} wrong[] = {
		{ FILL_LO, 8, 0 },
		{ FILL_STATUS, 4, 0 },
		{ FILL_LEN + 1, 4, 1 },
		{ 0x10, 4, 0 },
		{ FILL_LEN, 4, 0 },
		{ FILL_LEN, 4, FILL_MAX + 1 },
	};
	struct su *su = *state;
	bus_dma_tag_t t = NULL;
	struct busdma_sim_dev *dev = filler(su, 1, &t);
	unsigned char *page = busdma_sim_kmalloc(su->su_sim, PAGE);
	unsigned i;

	for (i = 0; i < NELEM(wrong); i++) {
		busdma_sim_reg_write(
		    dev, wrong[i].reg, wrong[i].width, wrong[i].value);
		assert_report(su, BUSDMA_SIM_DEVICE);
	}
	(void)busdma_sim_reg_read(dev, FILL_STATUS, 2);
	assert_report(su, BUSDMA_SIM_DEVICE);
	(void)busdma_sim_reg_read(dev, FILL_LEN, 4);
	assert_report(su, BUSDMA_SIM_DEVICE);
	assert_int_equal(fill_page(dev, t, page), 0);
	assert_int_equal(page[PAGE - 1], FILL_BYTE);
	bus_dmatag_destroy(t);
	busdma_sim_kfree(su->su_sim, page);
}

/* Nor while it is at work. */
static void
the_page_s_device_is_busy(void **state)
{
	struct su *su = *state;
	bus_dma_tag_t t = NULL;
	struct busdma_sim_dev *dev = filler(su, 1, &t);
	unsigned char *page = busdma_sim_kmalloc(su->su_sim, PAGE);
	busdma_lock_t lk;

	memset(&lk, 0, sizeof(lk));
	/* With a lock held no device takes a step. */
	su->su_pl->pl_lock(su->su_pl, &lk);
	busdma_sim_reg_write(dev, FILL_LEN, 4, 1);
	assert_silent(su);
	busdma_sim_reg_write(dev, FILL_LEN, 4, 1);
	assert_report(su, BUSDMA_SIM_DEVICE);
	busdma_sim_reg_write(dev, FILL_HI, 4, 1);
	assert_report(su, BUSDMA_SIM_DEVICE);
	su->su_pl->pl_unlock(su->su_pl, &lk);
	assert_true(busdma_sim_wait(dev));
	/* Nothing is loaded at address 0. */
	assert_report(su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(busdma_sim_reg_read(dev, FILL_STATUS, 4), FILL_ERR);
	bus_dmatag_destroy(t);
	busdma_sim_kfree(su->su_sim, page);
}

/* A driver that does not wait finds a page half full, as the seed has it. */
static void
the_page_s_steps_are_small(void **state)
{
	unsigned at[3], i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct su *su =
		    su_create(0, BUSDMA_SIM_FRAG_NONE, i < 2 ? 1 : 2);
		bus_dma_tag_t t = NULL;
		bus_dmamap_t map;
		struct busdma_sim_dev *dev = filler(su, 1, &t);
		unsigned char *page = busdma_sim_kmalloc(su->su_sim, PAGE);

		memset(page, 0, PAGE);
		assert_int_equal(
		    bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
		assert_int_equal(
		    bus_dmamap_load(t, map, page, PAGE, NULL, BUS_DMA_READ), 0);
		bus_dmamap_sync(t, map, 0, PAGE, BUS_DMASYNC_PREREAD);
		busdma_sim_reg_write(
		    dev, FILL_LO, 4, (uint32_t)map->dm_segs[0].ds_addr);
		busdma_sim_reg_write(
		    dev, FILL_HI, 4, map->dm_segs[0].ds_addr >> 32);
		busdma_sim_reg_write(dev, FILL_LEN, 4, PAGE);
		for (j = 0; j < 20; j++)
			(void)busdma_sim_reg_read(dev, FILL_STATUS, 4);
		for (at[i] = 0; at[i] < PAGE && page[at[i]] == FILL_BYTE;)
			at[i]++;
		assert_in_range(at[i], 1, PAGE - 1);
		assert_true(busdma_sim_wait(dev));
		assert_int_equal(page[PAGE - 1], FILL_BYTE);
		bus_dmamap_destroy(t, map);
		bus_dmatag_destroy(t);
		busdma_sim_kfree(su->su_sim, page);
		assert_int_equal(su_destroy(su), 0);
	}
	assert_int_equal(at[0], at[1]);
	assert_int_not_equal(at[0], at[2]);
}

static void
keep_line(void *arg, const struct busdma_sim_report *sr)
{
	busdma_sim_report_line(sr, arg, 200);
}

/* A driver that loads less than it lets the device fill. */
static void
the_page_s_report_is_real(void **state)
{
	const struct busdma_sim_bank bank = { 0x100000, 0x100000 };
	const struct busdma_sim_bus_config bc = { .bc_name = "pci0" };
	char line[200] = "";
	const struct busdma_sim_config sc = {
		.sc_banks = &bank,
		.sc_nbanks = 1,
		.sc_seed = 7,
		.sc_report = keep_line,
		.sc_arg = line,
	};
	struct busdma_sim *sim;
	struct busdma_sim_bus *bus;
	struct busdma_sim_dev *dev;
	unsigned char *page;
	bus_dmamap_t map;
	bus_dma_tag_t t;

	(void)state;
	assert_int_equal(busdma_sim_create(&sc, &sim), 0);
	assert_int_equal(busdma_sim_bus_create(sim, &bc, &bus), 0);
	assert_int_equal(fill_create(bus, 1, &dev), 0);
	assert_int_equal(busdma_sim_bus_tag(bus, 1, &t, 0), 0);
	page = busdma_sim_kmalloc(sim, PAGE);
	memset(page, 0, PAGE);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_label(t, map, "page"), 0);
	assert_int_equal(
	    bus_dmamap_load(t, map, page, 2048, NULL, BUS_DMA_READ), 0);
	fill_run(dev, map->dm_segs[0].ds_addr, 4096);
	assert_int_equal(busdma_sim_reg_read(dev, FILL_STATUS, 4), FILL_ERR);
	assert_int_equal(page[2047], FILL_BYTE);
	assert_int_equal(page[2048], 0);
	assert_string_equal(line, fill_report);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
	busdma_sim_kfree(sim, page);
	assert_int_equal(busdma_sim_destroy(sim), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page_s_example_works),
		SIMUNIT(the_page_s_device_can_be_refused),
		SIMUNIT(the_page_s_device_checks),
		SIMUNIT(the_page_s_device_is_busy),
		cmocka_unit_test(the_page_s_steps_are_small),
		cmocka_unit_test(the_page_s_report_is_real),
	};

	return cmocka_run_group_tests_name("simexample", tests, NULL, NULL);
}
