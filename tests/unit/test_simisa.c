/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simisa.c: the card on a 24-bit bus, driven by hand.
 */
#include <busdma/simisareg.h>

#include "simdevrig.h"

#define LINE 65536u
#define MEMSIZE (2 * LINE) /* from a multiple of 64 KiB */
#define REQUESTER 4

static struct rig
rig_up(uint64_t seed)
{
	struct rig rg = rig_machine(seed, REQUESTER);

	assert_int_equal(
	    busdma_sim_isa_create(rg.rg_bus, REQUESTER, &rg.rg_dev), 0);
	rig_dmamem(&rg, MEMSIZE, LINE, SIMISA_ADDR_MAX);
	assert_int_equal(rg.rg_addr % LINE, 0);
	su_fill(rg.rg_mem, MEMSIZE, (uint8_t)seed);
	return rg;
}

static void
rig_down(struct rig *rg)
{
	reg(rg, SIMISA_CTRL, 0);
	rig_end(rg);
}

/* Start a transfer of `len' bytes at an offset in the memory. */
static void
begin(struct rig *rg, uint32_t ctrl, uint32_t off, uint32_t card, uint32_t len)
{
	reg(rg, SIMISA_ADDR, (uint32_t)rg->rg_addr + off);
	reg(rg, SIMISA_COUNT, len - 1);
	reg(rg, SIMISA_CARD, card);
	reg(rg, SIMISA_CTRL, SIMISA_CTRL_START | SIMISA_CTRL_IE | ctrl);
}

/* All of it; the status. */
static uint32_t
transfer(
    struct rig *rg, uint32_t ctrl, uint32_t off, uint32_t card, uint32_t len)
{
	begin(rg, ctrl, off, card, len);
	assert_true(busdma_sim_wait(rg->rg_dev));
	assert_int_equal(get(rg, SIMISA_INTR), 1);
	reg(rg, SIMISA_INTR, 1);
	assert_int_equal(get(rg, SIMISA_INTR), 0);
	assert_int_equal(get(rg, SIMISA_CTRL) & SIMISA_CTRL_START, 0);
	return get(rg, SIMISA_STATUS);
}

static uint8_t
card_byte(struct rig *rg, uint32_t at)
{
	reg(rg, SIMISA_CARD, at & ~3u);
	return (uint8_t)(get(rg, SIMISA_DATA) >> 8 * (at & 3));
}

static void
there_and_back(void **state)
{
	static const struct {
		uint32_t off, card, len;
	} t[] = {
		{ 0, 0, 1 },
		{ 1, 3, 2 },
		{ 100, 0x3ffff, 1 },
		{ 5000, 1000, 30000 },
		{ LINE - 1, 7, 1 },
		{ LINE, 0x30000, LINE },
		{ 0, 0x30000, LINE },
	};
	struct rig rg = rig_up(1);
	uint8_t want[LINE];
	unsigned i;

	(void)state;
	assert_int_equal(get(&rg, SIMISA_ID), SIMISA_ID_VALUE);
	assert_int_equal(get(&rg, SIMISA_MEMSIZE), 0x40000);
	for (i = 0; i < NELEM(t); i++) {
		su_fill(rg.rg_mem, MEMSIZE, (uint8_t)i);
		memcpy(want, rg.rg_mem + t[i].off, t[i].len);
		assert_int_equal(
		    transfer(&rg, 0, t[i].off, t[i].card, t[i].len),
		    SIMISA_STATUS_DONE);
		assert_int_equal(get(&rg, SIMISA_COUNT), 0xffff);
		assert_int_equal(get(&rg, SIMISA_CARD), t[i].card + t[i].len);
		memset(rg.rg_mem, 0xee, MEMSIZE);
		assert_int_equal(transfer(&rg, SIMISA_CTRL_TOMEM, t[i].off,
				     t[i].card, t[i].len),
		    SIMISA_STATUS_DONE);
		assert_memory_equal(rg.rg_mem + t[i].off, want, t[i].len);
		if (t[i].off > 0)
			assert_int_equal(rg.rg_mem[t[i].off - 1], 0xee);
		if (t[i].off + t[i].len < MEMSIZE)
			assert_int_equal(rg.rg_mem[t[i].off + t[i].len], 0xee);
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* The upper 8 bits of the address stand still. */
static void
a_transfer_wraps_at_64k(void **state)
{
	struct rig rg = rig_up(2);
	uint32_t i;

	(void)state;
	rg.rg_mem[LINE - 3] = 1;
	rg.rg_mem[LINE - 2] = 2;
	rg.rg_mem[LINE - 1] = 3;
	rg.rg_mem[0] = 4;
	rg.rg_mem[1] = 5;
	rg.rg_mem[LINE] = 6;
	assert_int_equal(transfer(&rg, 0, LINE - 3, 0, 5),
	    SIMISA_STATUS_DONE | SIMISA_STATUS_WRAP);
	assert_report(rg.rg_su, BUSDMA_SIM_DEVICE);
	assert_non_null(strstr(rg.rg_su->su_text, "wraps"));
	assert_int_equal(rg.rg_su->su_last.sr_addr, rg.rg_addr + LINE);
	assert_int_equal(rg.rg_su->su_last.sr_len, 2);
	assert_int_equal(get(&rg, SIMISA_ADDR), rg.rg_addr + 2);
	for (i = 0; i < 5; i++)
		assert_int_equal(card_byte(&rg, i), i + 1);

	/* One that ends there does not, though its address does. */
	assert_int_equal(transfer(&rg, 0, LINE - 3, 0, 3), SIMISA_STATUS_DONE);
	assert_int_equal(get(&rg, SIMISA_ADDR), rg.rg_addr);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

static void
without_interrupts_it_can_be_polled(void **state)
{
	struct rig rg = rig_up(3);
	bool was_busy = false;

	(void)state;
	reg(&rg, SIMISA_ADDR, (uint32_t)rg.rg_addr);
	reg(&rg, SIMISA_COUNT, LINE - 1);
	reg(&rg, SIMISA_CARD, 0);
	reg(&rg, SIMISA_CTRL, SIMISA_CTRL_START);
	while (get(&rg, SIMISA_STATUS) == SIMISA_STATUS_BUSY)
		was_busy = true;
	assert_true(was_busy);
	assert_int_equal(get(&rg, SIMISA_STATUS), SIMISA_STATUS_DONE);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(get(&rg, SIMISA_INTR), 1);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Half a transfer: what was not moved stays, and what can be moved is. */
static void
what_is_out_of_reach_ends_it(void **state)
{
	struct rig rg = rig_up(4);

	(void)state;
	memset(rg.rg_mem, 0xee, MEMSIZE);
	assert_int_equal(transfer(&rg, 0, 0, 0, LINE), SIMISA_STATUS_DONE);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	assert_int_equal(bus_dmamap_load(rg.rg_tag, rg.rg_map, rg.rg_mem, 1000,
			     NULL, BUS_DMA_READ),
	    0);
	assert_int_equal(transfer(&rg, 0, 0, 0, 10), SIMISA_STATUS_ERR);
	assert_report(rg.rg_su, BUSDMA_SIM_DIRECTION);
	assert_int_equal(
	    transfer(&rg, SIMISA_CTRL_TOMEM, 0, 0, 1001), SIMISA_STATUS_ERR);
	assert_report(rg.rg_su, BUSDMA_SIM_UNMAPPED);
	assert_int_equal(rg.rg_su->su_last.sr_addr, rg.rg_addr + 1000);
	assert_int_equal(
	    transfer(&rg, SIMISA_CTRL_TOMEM, 0, 0, 1000), SIMISA_STATUS_DONE);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

static void
wrong_registers_are_complained_of(void **state)
{
	struct rig rg = rig_up(5);
	struct su *su = rg.rg_su;

	(void)state;
	reg(&rg, SIMISA_ADDR, 0x123456);
	reg(&rg, SIMISA_COUNT, 0x789);
	reg(&rg, SIMISA_CARD, 0x3fffc);
	WRONG(su, reg(&rg, SIMISA_ADDR, 0x1000000));
	WRONG(su, reg(&rg, SIMISA_COUNT, 0x10000));
	WRONG(su, reg(&rg, SIMISA_CARD, 0x40000));
	assert_int_equal(get(&rg, SIMISA_ADDR), 0x123456);
	assert_int_equal(get(&rg, SIMISA_COUNT), 0x789);
	assert_int_equal(get(&rg, SIMISA_CARD), 0x3fffc);
	reg(&rg, SIMISA_DATA, 0x87654321);
	reg(&rg, SIMISA_CARD, 0x3fffc);
	assert_int_equal(get(&rg, SIMISA_DATA), 0x87654321);
	WRONG(su, (void)get(&rg, SIMISA_DATA));
	WRONG(su, reg(&rg, SIMISA_DATA, 0));
	assert_int_equal(card_byte(&rg, 0x3ffff), 0x87);
	/* 4 bytes, and no more. */
	reg(&rg, SIMISA_CARD, 0);
	reg(&rg, SIMISA_DATA, 0x44332211);
	reg(&rg, SIMISA_DATA, 0x88776655);
	reg(&rg, SIMISA_CARD, 0);
	reg(&rg, SIMISA_DATA, 0);
	assert_int_equal(get(&rg, SIMISA_DATA), 0x88776655);
	WRONG(su, reg(&rg, SIMISA_ID, 0));
	WRONG(su, reg(&rg, SIMISA_STATUS, 0));
	WRONG(su, reg(&rg, 0x100, 0));
	WRONG(su, (void)get(&rg, 0x100));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMISA_INTR, 2, 1));
	WRONG(su, (void)busdma_sim_reg_read(rg.rg_dev, SIMISA_INTR, 8));
	WRONG(su, reg(&rg, SIMISA_CTRL, 8));
	assert_int_equal(get(&rg, SIMISA_CTRL), 0);

	/* A transfer over the end of the card's memory is not begun. */
	WRONG(su, begin(&rg, 0, 0, 0x3ffff, 2));
	assert_int_equal(get(&rg, SIMISA_STATUS), SIMISA_STATUS_ERR);
	assert_int_equal(get(&rg, SIMISA_INTR), 1);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(get(&rg, SIMISA_CARD), 0x3ffff);
	assert_int_equal(transfer(&rg, 0, 0, 0, 1), SIMISA_STATUS_DONE);
	rig_down(&rg);
}

/* What may not be touched while a transfer runs. */
static void
a_transfer_is_left_alone(void **state)
{
	struct rig rg = rig_up(6);
	struct su *su = rg.rg_su;
	busdma_lock_t lk;

	(void)state;
	memset(&lk, 0, sizeof(lk));
	/* With a lock held the card takes no step. */
	su->su_pl->pl_lock(su->su_pl, &lk);
	begin(&rg, 0, 0, 0, 100);
	assert_int_equal(get(&rg, SIMISA_STATUS), SIMISA_STATUS_BUSY);
	WRONG(su, reg(&rg, SIMISA_ADDR, 0));
	WRONG(su, reg(&rg, SIMISA_COUNT, 0));
	WRONG(su, reg(&rg, SIMISA_CARD, 1));
	WRONG(su, reg(&rg, SIMISA_DATA, 1));
	WRONG(su, (void)get(&rg, SIMISA_DATA));
	WRONG(su, reg(&rg, SIMISA_CTRL, SIMISA_CTRL_START | SIMISA_CTRL_TOMEM));
	/* Interrupts can be switched. */
	reg(&rg, SIMISA_CTRL, SIMISA_CTRL_START);
	reg(&rg, SIMISA_CTRL, SIMISA_CTRL_START | SIMISA_CTRL_IE);
	assert_silent(su);
	su->su_pl->pl_unlock(su->su_pl, &lk);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(get(&rg, SIMISA_STATUS), SIMISA_STATUS_DONE);
	assert_int_equal(get(&rg, SIMISA_ADDR), rg.rg_addr + 100);
	assert_int_equal(card_byte(&rg, 99), rg.rg_mem[99]);
	rig_down(&rg);
}

/* Stopped in the middle it touches memory no more; its counters tell. */
static void
a_stopped_card_is_silent(void **state)
{
	struct rig rg = rig_up(7);
	uint32_t moved;
	unsigned i;

	(void)state;
	assert_int_equal(transfer(&rg, 0, 0, 0, LINE), SIMISA_STATUS_DONE);
	memset(rg.rg_mem, 0xee, MEMSIZE);
	begin(&rg, SIMISA_CTRL_TOMEM, 0, 0, LINE);
	while ((moved = get(&rg, SIMISA_CARD)) == 0)
		continue;
	reg(&rg, SIMISA_CTRL, 0);
	moved = get(&rg, SIMISA_CARD);
	assert_in_range(moved, 1, LINE - 1);
	assert_int_equal(get(&rg, SIMISA_COUNT), LINE - 1 - moved);
	assert_int_equal(get(&rg, SIMISA_ADDR), rg.rg_addr + moved);
	assert_int_equal(get(&rg, SIMISA_STATUS), 0);
	bus_dmamap_unload(rg.rg_tag, rg.rg_map);
	for (i = 0; i < 100; i++)
		(void)get(&rg, SIMISA_STATUS);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(rg.rg_mem[moved], 0xee);
	assert_silent(rg.rg_su);
	rig_load(&rg);
	rig_down(&rg);
}

/* How far it has come when it is looked at is the seed's to say. */
static void
the_seed_decides(void **state)
{
	uint32_t at[3];
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct rig rg = rig_up(i < 2 ? 8 : 9);

		begin(&rg, 0, 0, 0, LINE);
		while ((at[i] = get(&rg, SIMISA_CARD)) == 0)
			continue;
		rig_down(&rg);
	}
	assert_int_equal(at[0], at[1]);
	assert_int_not_equal(at[0], at[2]);
}

static void
a_card_needs_an_id(void **state)
{
	struct su *su = *state;
	struct busdma_sim_dev *dev;

	assert_int_equal(
	    busdma_sim_isa_create(
		su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON), 0, &dev),
	    EINVAL);
	assert_null(dev);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(a_transfer_wraps_at_64k),
		cmocka_unit_test(without_interrupts_it_can_be_polled),
		cmocka_unit_test(what_is_out_of_reach_ends_it),
		cmocka_unit_test(wrong_registers_are_complained_of),
		cmocka_unit_test(a_transfer_is_left_alone),
		cmocka_unit_test(a_stopped_card_is_silent),
		cmocka_unit_test(the_seed_decides),
		SIMUNIT(a_card_needs_an_id),
	};

	return cmocka_run_group_tests_name("simisa", tests, NULL, NULL);
}
