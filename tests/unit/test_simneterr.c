/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simnet.c, simnetio.c: what the network interface does not take.
 */
#include "simnetrig.h"

/* One descriptor for transmission that is wrong. */
static void
wrong_tx(
    struct rig *rg, uint64_t offset, uint32_t len, uint32_t flags, uint32_t why)
{
	on(rg, SIMNET_CTRL_EN);
	raw_desc(rg, SIMNET_TX, rg->rg_addr + offset, len, flags);
	bell(rg, SIMNET_TX);
	failed(rg, why);
	assert_int_equal(rg->rg_su->su_last.sr_requester, 3);
}

static void
wrong_descriptors_stop_it(void **state)
{
	const uint32_t whole =
	    SIMNET_DESC_OWN | SIMNET_DESC_FIRST | SIMNET_DESC_LAST;
	struct rig rg = rig_up(0, 9);
	unsigned i;

	(void)state;
	wrong_tx(&rg, SRC, 10, whole & ~SIMNET_DESC_OWN, SIMNET_ERR_OWNER);
	assert_int_equal(rg.rg_su->su_last.sr_addr, rg.rg_addr);
	wrong_tx(&rg, SRC, 10, whole | 0x100, SIMNET_ERR_RESERVED);
	wrong_tx(&rg, SRC, 0, whole, SIMNET_ERR_LENGTH);
	wrong_tx(&rg, SRC, MAXFRAME + 1, whole, SIMNET_ERR_LENGTH);
	wrong_tx(&rg, SRC, 0xffffffffu, whole, SIMNET_ERR_LENGTH);
	wrong_tx(&rg, SRC, 10, whole & ~SIMNET_DESC_FIRST, SIMNET_ERR_CHAIN);
	wrong_tx(&rg, SRC, 10, whole & ~SIMNET_DESC_LAST, SIMNET_ERR_CHAIN);
	wrong_tx(&rg, MEMSIZE - 9, 10, whole, SIMNET_ERR_DMA);

	/* A first inside of a packet; a sum too long. */
	on(&rg, SIMNET_CTRL_EN);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	failed(&rg, SIMNET_ERR_CHAIN);
	on(&rg, SIMNET_CTRL_EN);
	desc(&rg, SIMNET_TX, SRC, MAXFRAME, SIMNET_DESC_FIRST);
	desc(&rg, SIMNET_TX, SRC, 1, SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	failed(&rg, SIMNET_ERR_LENGTH);

	/* Of a receive descriptor. */
	for (i = 0; i < 4; i++) {
		on(&rg, SIMNET_CTRL_EN);
		desc(&rg, SIMNET_RX, i == 3 ? MEMSIZE : DST,
		    i == 1   ? 0
		    : i == 2 ? SIMNET_MAXBUF + 1
			     : 10,
		    i == 0 ? SIMNET_DESC_LAST : 0);
		bell(&rg, SIMNET_RX);
		assert_int_equal(
		    busdma_sim_net_inject(rg.rg_dev, rg.rg_mem + SRC, 10), 0);
		failed(&rg, i == 0   ? SIMNET_ERR_RESERVED
			    : i == 3 ? SIMNET_ERR_DMA
				     : SIMNET_ERR_LENGTH);
	}
	works(&rg);
	rig_down(&rg);
}

/* More pieces than it takes need a larger ring than the others here. */
static void
a_chain_without_end_stops_it(void **state)
{
	struct rig rg = rig_up(0, 10);
	unsigned n = (get(&rg, SIMNET_CAP) & SIMNET_CAP_NSEGS) >> 16, i, more;

	(void)state;
	assert_int_equal(n, 16);
	for (more = 0; more < 2; more++) {
		off(&rg);
		reg(&rg, SIMNET_TX + SIMNET_R_SIZE, 32);
		reg(&rg, SIMNET_CTRL, SIMNET_CTRL_EN);
		for (i = 0; i < n + more; i++) {
			uint8_t *p = rg.rg_mem + (size_t)i * SIMNET_DESC_SIZE;

			put(p + SIMNET_DESC_ADDR, rg.rg_addr + SRC, 8);
			put(p + SIMNET_DESC_LEN, 10, 4);
			put(p + SIMNET_DESC_FLAGS,
			    SIMNET_DESC_OWN | (i == 0 ? SIMNET_DESC_FIRST : 0) |
				(i == n - 1 + more ? SIMNET_DESC_LAST : 0),
			    4);
		}
		reg(&rg, SIMNET_TX + SIMNET_R_TAIL, n + more);
		if (more == 0)
			assert_int_equal(
			    completion(&rg, SIMNET_TX).index, n - 1);
		else
			failed(&rg, SIMNET_ERR_CHAIN);
	}
	works(&rg);
	rig_down(&rg);
}

static void
rings_out_of_reach_stop_it(void **state)
{
	static const uint32_t regs[] = {
		SIMNET_TX + SIMNET_R_DESC_LO,
		SIMNET_TX + SIMNET_R_CPL_LO,
		SIMNET_RX + SIMNET_R_DESC_LO,
		SIMNET_RX + SIMNET_R_CPL_LO,
	};
	struct rig rg = rig_up(0, 12);
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(regs); i++) {
		off(&rg);
		reg(&rg, regs[i], (uint32_t)rg.rg_addr + MEMSIZE);
		reg(&rg, SIMNET_CTRL, LOOP);
		desc(&rg, SIMNET_TX, SRC, 10,
		    SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
		desc(&rg, SIMNET_RX, DST, 10, 0);
		bell(&rg, SIMNET_RX);
		bell(&rg, SIMNET_TX);
		failed(&rg, SIMNET_ERR_DMA);
	}
	works(&rg);
	rig_down(&rg);
}

/* What can't be begun with. */
static void
wrong_rings_are_refused(void **state)
{
	static const struct {
		uint32_t reg, value, why;
	} wrong[] = {
		{ SIMNET_TX + SIMNET_R_SIZE, 0, SIMNET_ERR_RING },
		{ SIMNET_TX + SIMNET_R_SIZE, 1, SIMNET_ERR_RING },
		{ SIMNET_RX + SIMNET_R_SIZE, 6, SIMNET_ERR_RING },
		{ SIMNET_RX + SIMNET_R_SIZE, 512, SIMNET_ERR_RING },
		{ SIMNET_TX + SIMNET_R_DESC_LO, 32, SIMNET_ERR_RING },
		{ SIMNET_RX + SIMNET_R_CPL_LO, 4, SIMNET_ERR_RING },
		{ SIMNET_TX + SIMNET_R_DESC_HI, 1, SIMNET_ERR_RESERVED },
		{ SIMNET_RX + SIMNET_R_CPL_HI, 1, SIMNET_ERR_RESERVED },
		/* It ends above. */
		{ SIMNET_TX + SIMNET_R_DESC_LO, 0xffffffc0u,
		    SIMNET_ERR_RESERVED },
	};
	struct rig rg = rig_up(BUSDMA_SIM_NET_SMALL, 13);
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(wrong); i++) {
		off(&rg);
		reg(&rg, wrong[i].reg, wrong[i].value);
		assert_int_equal(get(&rg, wrong[i].reg), wrong[i].value);
		reg(&rg, SIMNET_CTRL, SIMNET_CTRL_EN);
		failed(&rg, wrong[i].why);
	}
	works(&rg);
	rig_down(&rg);
}

/* 32 bits of address, one piece, no jumbo frames. */
static void
a_small_one_is_small(void **state)
{
	struct rig rg = rig_up(BUSDMA_SIM_NET_SMALL, 14);
	uint32_t max = get(&rg, SIMNET_MAXFRAME);

	(void)state;
	assert_int_equal(max, 1536);
	assert_int_equal(get(&rg, SIMNET_CAP) & SIMNET_CAP_ADDR64, 0);
	assert_int_equal(get(&rg, SIMNET_CAP) & SIMNET_CAP_NSEGS, 1u << 16);
	wrong_tx(&rg, SRC, max + 1,
	    SIMNET_DESC_OWN | SIMNET_DESC_FIRST | SIMNET_DESC_LAST,
	    SIMNET_ERR_LENGTH);
	on(&rg, SIMNET_CTRL_EN);
	assert_int_equal(
	    busdma_sim_net_inject(rg.rg_dev, rg.rg_mem, max + 1), EINVAL);
	raw_desc(&rg, SIMNET_TX, 0xfffffff8u, 9,
	    SIMNET_DESC_OWN | SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	failed(&rg, SIMNET_ERR_RESERVED);
	on(&rg, SIMNET_CTRL_EN);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	failed(&rg, SIMNET_ERR_CHAIN);
	works(&rg);
	rig_down(&rg);
}

/* Registers that are changed, or rung, while that is wrong. */
static void
wrong_registers_stop_it(void **state)
{
	static const struct {
		uint32_t reg, value, why;
	} wrong[] = {
		{ SIMNET_TX + SIMNET_R_TAIL, QSIZE, SIMNET_ERR_TAIL },
		{ SIMNET_RX + SIMNET_R_TAIL, 0xffffffffu, SIMNET_ERR_TAIL },
		{ SIMNET_TX + SIMNET_R_SIZE, QSIZE, SIMNET_ERR_CONFIG },
		{ SIMNET_RX + SIMNET_R_DESC_HI, 0, SIMNET_ERR_CONFIG },
		{ SIMNET_RX + SIMNET_R_CPL_LO, 0, SIMNET_ERR_CONFIG },
		{ SIMNET_CTRL, LOOP, SIMNET_ERR_CONFIG },
	};
	struct rig rg = rig_up(0, 15);
	struct su *su = rg.rg_su;
	busdma_lock_t lk;
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(wrong); i++) {
		on(&rg, SIMNET_CTRL_EN);
		reg(&rg, wrong[i].reg, wrong[i].value);
		failed(&rg, wrong[i].why);
	}
	/* With a lock held it does nothing, and can be told too much. */
	memset(&lk, 0, sizeof(lk));
	on(&rg, SIMNET_CTRL_EN);
	su->su_pl->pl_lock(su->su_pl, &lk);
	reg(&rg, SIMNET_TX + SIMNET_R_TAIL, 5);
	assert_silent(su);
	reg(&rg, SIMNET_TX + SIMNET_R_TAIL, 4);
	su->su_pl->pl_unlock(su->su_pl, &lk);
	failed(&rg, SIMNET_ERR_TAIL);
	/* Switched on again before it has stopped. */
	on(&rg, SIMNET_CTRL_EN);
	su->su_pl->pl_lock(su->su_pl, &lk);
	reg(&rg, SIMNET_CTRL, 0);
	assert_int_equal(get(&rg, SIMNET_STATUS), SIMNET_STATUS_RUN);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, rg.rg_mem, 1), EBUSY);
	reg(&rg, SIMNET_CTRL, SIMNET_CTRL_EN);
	su->su_pl->pl_unlock(su->su_pl, &lk);
	failed(&rg, SIMNET_ERR_CONFIG);
	works(&rg);
	rig_down(&rg);
}

static void
wrong_accesses_are_complained_of(void **state)
{
	struct rig rg = rig_up(0, 16);
	struct su *su = rg.rg_su;

	(void)state;
	on(&rg, SIMNET_CTRL_EN);
	WRONG(su, reg(&rg, SIMNET_ID, 0));
	WRONG(su, reg(&rg, SIMNET_STATUS, 0));
	WRONG(su, reg(&rg, 0x100, 0));
	WRONG(su, (void)get(&rg, 0x100));
	WRONG(su, reg(&rg, SIMNET_TX + SIMNET_R_COUNT, 0));
	WRONG(su, reg(&rg, SIMNET_RX + SIMNET_R_DROPS, 0));
	WRONG(su, (void)get(&rg, SIMNET_TX + SIMNET_R_TAIL));
	WRONG(su, reg(&rg, SIMNET_MASK, 0x100));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMNET_MASK, 2, 1));
	WRONG(su, busdma_sim_reg_write(rg.rg_dev, SIMNET_MASK + 2, 4, 1));
	WRONG(su, (void)busdma_sim_reg_read(rg.rg_dev, SIMNET_MASK, 8));
	assert_int_equal(get(&rg, SIMNET_MASK), 0);
	assert_int_equal(get(&rg, SIMNET_STATUS), SIMNET_STATUS_RUN);
	off(&rg);
	WRONG(su, reg(&rg, SIMNET_TX + SIMNET_R_TAIL, 1));
	WRONG(su, reg(&rg, SIMNET_CTRL, 0x100));
	assert_int_equal(get(&rg, SIMNET_CTRL), 0);
	reg(&rg, SIMNET_RX + SIMNET_R_DESC_HI, 0x12);
	reg(&rg, SIMNET_RX + SIMNET_R_CPL_HI, 0x34);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DESC_HI), 0x12);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_CPL_HI), 0x34);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DESC_LO),
	    (uint32_t)rg.rg_addr + 1024);
	assert_int_equal(
	    get(&rg, SIMNET_RX + SIMNET_R_CPL_LO), (uint32_t)rg.rg_addr + 3072);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_SIZE), QSIZE);
	works(&rg);
	rig_down(&rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_descriptors_stop_it),
		cmocka_unit_test(a_chain_without_end_stops_it),
		cmocka_unit_test(rings_out_of_reach_stop_it),
		cmocka_unit_test(wrong_rings_are_refused),
		cmocka_unit_test(a_small_one_is_small),
		cmocka_unit_test(wrong_registers_stop_it),
		cmocka_unit_test(wrong_accesses_are_complained_of),
	};

	return cmocka_run_group_tests_name("simneterr", tests, NULL, NULL);
}
