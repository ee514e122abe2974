/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bouncing on a machine whose caches devices don't see: what another left in a
 * slot shows nowhere, neither from the caches nor from memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <busdma/bounce.h>
#include <busdma/sim.h>

#define LEN 0x2000u
#define LINE 64u

struct machine {
	struct busdma_sim *ma_sim;
	struct busdma_sim_bus *ma_bus;
	bus_dma_tag_t ma_lower, ma_tag;
	bus_dmamap_t ma_map;
	char *ma_buf;
};

static void
machine_make(struct machine *ma)
{
	const struct bus_dma_bounce db = { .db_most = 0x10000,
		.db_flags = BUS_DMA_BOUNCE_FORCED };
	const struct busdma_sim_bank bank = { 0x100000, 16 << 20 };
	struct busdma_sim_config sc;
	struct busdma_sim_bus_config bc;

	memset(&sc, 0, sizeof(sc));
	memset(&bc, 0, sizeof(bc));
	sc.sc_banks = &bank;
	sc.sc_nbanks = 1;
	sc.sc_line = LINE;
	assert_int_equal(busdma_sim_create(&sc, &ma->ma_sim), 0);
	assert_int_equal(
	    busdma_sim_bus_create(ma->ma_sim, &bc, &ma->ma_bus), 0);
	assert_int_equal(
	    busdma_sim_bus_tag(ma->ma_bus, 1, &ma->ma_lower, 0), 0);
	assert_int_equal(
	    bus_dmatag_bounce(ma->ma_lower, &db, &ma->ma_tag, 0), 0);
	ma->ma_buf = busdma_sim_kmalloc_frag(ma->ma_sim, LEN, 0);
	assert_non_null(ma->ma_buf);
	assert_int_equal(bus_dmamap_create(ma->ma_tag, LEN, 1, LEN, 0,
			     BUS_DMA_ALLOCNOW, &ma->ma_map),
	    0);
}

static void
load(struct machine *ma, int byte, int flags)
{
	memset(ma->ma_buf, byte, LEN);
	assert_int_equal(bus_dmamap_load(ma->ma_tag, ma->ma_map, ma->ma_buf,
			     LEN, NULL, flags),
	    0);
}

static void
sync(struct machine *ma, bus_size_t len, int ops)
{
	bus_dmamap_sync(ma->ma_tag, ma->ma_map, 0, len, ops);
}

/* A load leaves its bytes in the slots; the next gives less than it takes. */
static void
nothing_of_another(int flags, int expected)
{
	struct machine ma;

	machine_make(&ma);
	load(&ma, 0x5a, BUS_DMA_WAITOK);
	sync(&ma, LEN, BUS_DMASYNC_PREWRITE);
	sync(&ma, LEN, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(ma.ma_tag, ma.ma_map);
	load(&ma, 0x11, flags);
	sync(&ma, LINE, BUS_DMASYNC_PREREAD);
	sync(&ma, LEN, BUS_DMASYNC_POSTREAD);
	for (unsigned i = 0; i < LEN; i++)
		assert_int_equal(ma.ma_buf[i], expected);
	bus_dmamap_destroy(ma.ma_tag, ma.ma_map);
	busdma_sim_kfree(ma.ma_sim, ma.ma_buf);
	bus_dmatag_destroy(ma.ma_tag);
	bus_dmatag_destroy(ma.ma_lower);
	/* Nothing leaks. */
	assert_int_equal(busdma_sim_destroy(ma.ma_sim), 0);
}

static void
cleared_slots_are_cleared_in_memory(void **state)
{
	(void)state;
	nothing_of_another(BUS_DMA_OVERWRITE, 0);
}

static void
filled_slots_are_filled_in_memory(void **state)
{
	(void)state;
	nothing_of_another(BUS_DMA_WAITOK, 0x11);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleared_slots_are_cleared_in_memory),
		cmocka_unit_test(filled_slots_are_filled_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
