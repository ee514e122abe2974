/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simnet.c, simnetio.c, simnetfifo.c: what the network interface
 * does.
 */
#include "simnetrig.h"

static void
what_is_sent_is_received(void **state)
{
	struct rig rg = rig_up(0, 1);

	(void)state;
	assert_int_equal(get(&rg, SIMNET_ID), SIMNET_ID_VALUE);
	assert_int_equal(get(&rg, SIMNET_MAXFRAME), MAXFRAME);
	assert_int_equal(get(&rg, SIMNET_CAP) & SIMNET_CAP_EAGER, 0);
	assert_int_not_equal(get(&rg, SIMNET_CAP) & SIMNET_CAP_ADDR64, 0);
	works(&rg);
	assert_int_equal(get(&rg, SIMNET_TX + SIMNET_R_COUNT), 1);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_COUNT), 1);
	assert_int_equal(get(&rg, SIMNET_TX + SIMNET_R_DROPS), 0);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DROPS), 0);
	rig_down(&rg);
}

/* Pieces of any length, in any order, into buffers of any length. */
static void
packets_are_gathered_and_scattered(void **state)
{
	static const uint32_t out[] = { 1, 4000, 3, 77, 919 };
	static const uint32_t in[] = { 2, 1, 3000, 1996, 64 };
	struct rig rg = rig_up(0, 2);
	uint8_t want[5000], is[5000];
	uint32_t i, at = 20000, sum = 0;
	struct cpl cp;

	(void)state;
	on(&rg, LOOP | SIMNET_CTRL_PAUSE);
	for (i = 0; i < NELEM(out); i++) {
		desc(&rg, SIMNET_TX, SRC + at, out[i],
		    (i == 0 ? SIMNET_DESC_FIRST : 0) |
			(i == 4 ? SIMNET_DESC_LAST : 0));
		memcpy(want + sum, rg.rg_mem + SRC + at, out[i]);
		sum += out[i];
		at -= 4500;
	}
	for (i = 0; i < NELEM(in); i++)
		desc(&rg, SIMNET_RX, DST + (4 - i) * 5000u, in[i], 0);
	bell(&rg, SIMNET_TX);
	bell(&rg, SIMNET_RX);
	cp = completion(&rg, SIMNET_TX);
	assert_int_equal(cp.index, 4);
	assert_int_equal(cp.len, 5000);
	for (sum = 0, i = 0; i < NELEM(in); i++) {
		cp = completion(&rg, SIMNET_RX);
		assert_int_equal(cp.index, i);
		assert_int_equal(cp.len, i == 4 ? 1 : in[i]);
		assert_int_equal(cp.flags, i == 4 ? SIMNET_CPL_LAST : 0);
		memcpy(is + sum, rg.rg_mem + DST + (4 - i) * 5000u, cp.len);
		sum += cp.len;
	}
	assert_int_equal(sum, 5000);
	assert_memory_equal(is, want, 5000);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/*
 * Many packets, several times round the rings.  Writes down which of the two
 * completed when; returns how many are in `order'.
 */
static unsigned
flood(int flags, uint64_t seed, char *order)
{
	struct rig rg = rig_up(flags, seed);
	unsigned n = 0, sent = 0, i;
	struct cpl cp;

	on(&rg, LOOP | SIMNET_CTRL_PAUSE);
	while (n < 80) {
		while (rg.rg_given[1] - rg.rg_seen[1] < QSIZE - 1)
			desc(&rg, SIMNET_RX,
			    DST + rg.rg_given[1] % QSIZE * 2000u, 2000, 0);
		bell(&rg, SIMNET_RX);
		for (; sent < 40 && sent - rg.rg_seen[0] < QSIZE - 1; sent++)
			desc(&rg, SIMNET_TX, SRC + sent, 1 + sent * 37,
			    SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
		bell(&rg, SIMNET_TX);
		reg(&rg, SIMNET_CAUSE, CAUSES);
		i = n;
		while (look(&rg, SIMNET_TX, &cp))
			order[n++] = 't';
		while (look(&rg, SIMNET_RX, &cp)) {
			unsigned k = rg.rg_seen[1] - 1;

			assert_int_equal(cp.index, k % QSIZE);
			assert_int_equal(cp.len, 1 + k * 37);
			assert_memory_equal(rg.rg_mem + DST + k % QSIZE * 2000u,
			    rg.rg_mem + SRC + k, cp.len);
			order[n++] = 'r';
		}
		if (n == i && !busdma_sim_wait(rg.rg_dev))
			fail_msg("stuck");
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
	return n;
}

static void
rounds_go_by_the_seed(void **state)
{
	char a[100], b[100];

	(void)state;
	assert_int_equal(flood(0, 3, a), 80);
	assert_int_equal(flood(0, 3, b), 80);
	assert_memory_equal(a, b, 80);
	assert_int_equal(flood(0, 4, b), 80);
	assert_memory_not_equal(a, b, 80);
	assert_int_equal(flood(BUSDMA_SIM_NET_EAGER, 5, b), 80);
}

static void
causes_interrupt_when_they_are_new(void **state)
{
	struct rig rg = rig_up(0, 6);
	struct cpl cp;

	(void)state;
	on(&rg, SIMNET_CTRL_EN);
	reg(&rg, SIMNET_MASK, SIMNET_CAUSE_RX);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_true(look(&rg, SIMNET_TX, &cp));
	assert_int_equal(get(&rg, SIMNET_CAUSE), SIMNET_CAUSE_TX);
	/* It is pending: unmasked, it interrupts. */
	reg(&rg, SIMNET_MASK, SIMNET_CAUSE_TX);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_false(busdma_sim_wait(rg.rg_dev));
	/* Not cleared, another one is not new. */
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_true(look(&rg, SIMNET_TX, &cp));
	reg(&rg, SIMNET_CAUSE, SIMNET_CAUSE_RX);
	assert_int_equal(get(&rg, SIMNET_CAUSE), SIMNET_CAUSE_TX);
	reg(&rg, SIMNET_CAUSE, SIMNET_CAUSE_TX);
	assert_int_equal(get(&rg, SIMNET_CAUSE), 0);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* Without a descriptor, and without PAUSE. */
static void
packets_are_dropped_or_wait(void **state)
{
	struct rig rg = rig_up(0, 7);
	uint8_t *packet = rg.rg_mem + SRC;
	struct cpl cp;
	unsigned i, n;

	(void)state;
	on(&rg, SIMNET_CTRL_EN);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 100), 0);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(get(&rg, SIMNET_CAUSE), SIMNET_CAUSE_DROP);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DROPS), 1);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_COUNT), 0);
	/* One that has begun waits for its second buffer. */
	desc(&rg, SIMNET_RX, DST, 60, 0);
	bell(&rg, SIMNET_RX);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 100), 0);
	cp = completion(&rg, SIMNET_RX);
	assert_int_equal(cp.len, 60);
	assert_int_equal(cp.flags, 0);
	/* Its interrupt may have come before it was waited for. */
	(void)busdma_sim_wait(rg.rg_dev);
	assert_false(busdma_sim_wait(rg.rg_dev));
	desc(&rg, SIMNET_RX, DST + 60, 60, 0);
	bell(&rg, SIMNET_RX);
	cp = completion(&rg, SIMNET_RX);
	assert_int_equal(cp.len, 40);
	assert_int_equal(cp.flags, SIMNET_CPL_LAST);
	assert_memory_equal(rg.rg_mem + DST, packet, 100);
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DROPS), 1);

	on(&rg, SIMNET_CTRL_EN | SIMNET_CTRL_PAUSE);
	while (busdma_sim_wait(rg.rg_dev))
		continue;
	assert_int_equal(get(&rg, SIMNET_RX + SIMNET_R_DROPS), 0);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 100), 0);
	assert_false(busdma_sim_wait(rg.rg_dev));
	desc(&rg, SIMNET_RX, DST, 100, 0);
	bell(&rg, SIMNET_RX);
	cp = completion(&rg, SIMNET_RX);
	assert_int_equal(cp.len, 100);
	assert_int_equal(cp.flags, SIMNET_CPL_LAST);

	/* The wire takes seven of the longest, then waits for a taker. */
	for (i = 0; i < 2; i++) {
		on(&rg, i == 0 ? SIMNET_CTRL_EN
			       : SIMNET_CTRL_EN | SIMNET_CTRL_PAUSE);
		for (n = 0; n < 7; n++) {
			desc(&rg, SIMNET_TX, SRC + n, MAXFRAME,
			    SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
			bell(&rg, SIMNET_TX);
			cp = completion(&rg, SIMNET_TX);
			assert_int_equal(cp.status, SIMNET_ST_OK);
		}
		desc(&rg, SIMNET_TX, SRC, MAXFRAME,
		    SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
		bell(&rg, SIMNET_TX);
		n = 0;
		if (i == 1) {
			reg(&rg, SIMNET_CAUSE, CAUSES);
			assert_false(busdma_sim_wait(rg.rg_dev));
			n += busdma_sim_net_take(
				 rg.rg_dev, rg.rg_mem + DST, MAXFRAME) != 0;
			assert_true(busdma_sim_wait(rg.rg_dev));
		}
		cp = completion(&rg, SIMNET_TX);
		assert_int_equal(
		    cp.status, i == 0 ? SIMNET_ST_DROPPED : SIMNET_ST_OK);
		assert_int_equal(get(&rg, SIMNET_TX + SIMNET_R_DROPS), i == 0);
		while (busdma_sim_net_take(
			   rg.rg_dev, rg.rg_mem + DST, MAXFRAME) != 0)
			n++;
		assert_int_equal(n, 7 + i);
	}
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

static void
the_wire_carries_packets(void **state)
{
	struct rig rg = rig_up(0, 8);
	struct busdma_sim_dev *idle = su_idle(rg.rg_bus, 4);
	uint8_t *packet = rg.rg_mem + SRC, buf[64];
	unsigned n;

	(void)state;
	/* It does not run. */
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 1), EBUSY);
	on(&rg, SIMNET_CTRL_EN | SIMNET_CTRL_PAUSE);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 0), EINVAL);
	assert_int_equal(
	    busdma_sim_net_inject(rg.rg_dev, packet, MAXFRAME + 1), EINVAL);
	assert_int_equal(busdma_sim_net_inject(idle, packet, 1), EINVAL);
	assert_int_equal(busdma_sim_net_take(idle, buf, 64), 0);
	assert_int_equal(busdma_sim_net_take(rg.rg_dev, buf, 64), 0);
	for (n = 0; busdma_sim_net_inject(rg.rg_dev, packet, MAXFRAME) == 0;)
		n++;
	assert_int_equal(n, 7);
	assert_int_equal(
	    busdma_sim_net_inject(rg.rg_dev, packet, MAXFRAME), EBUSY);

	desc(&rg, SIMNET_TX, SRC, 100, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	desc(&rg, SIMNET_TX, SRC + 1, 7, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	(void)completion(&rg, SIMNET_TX);
	(void)completion(&rg, SIMNET_TX);
	/* Of the first, what there is room for; it is gone then. */
	memset(buf, 0, sizeof(buf));
	assert_int_equal(busdma_sim_net_take(rg.rg_dev, buf, 50), 100);
	assert_memory_equal(buf, packet, 50);
	assert_int_equal(buf[50], 0);
	assert_int_equal(busdma_sim_net_take(rg.rg_dev, buf, 64), 7);
	assert_memory_equal(buf, packet + 1, 7);
	assert_int_equal(busdma_sim_net_take(rg.rg_dev, buf, 64), 0);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

/* It looks at owner bits while it is at work, and needs them in order. */
static void
an_eager_one_needs_no_doorbell(void **state)
{
	struct rig rg = rig_up(BUSDMA_SIM_NET_EAGER, 11);
	struct cpl cp;

	(void)state;
	assert_int_not_equal(get(&rg, SIMNET_CAP) & SIMNET_CAP_EAGER, 0);
	on(&rg, LOOP | SIMNET_CTRL_PAUSE);
	while (busdma_sim_wait(rg.rg_dev))
		continue;
	desc(&rg, SIMNET_RX, DST, 100, 0);
	desc(&rg, SIMNET_RX, DST + 100, 100, 0);
	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	desc(&rg, SIMNET_TX, SRC + 10, 20, SIMNET_DESC_FIRST);
	desc(&rg, SIMNET_TX, SRC + 30, 30, SIMNET_DESC_LAST);
	reg(&rg, SIMNET_MASK, CAUSES);
	cp = completion(&rg, SIMNET_RX);
	assert_int_equal(cp.len, 10);
	cp = completion(&rg, SIMNET_RX);
	assert_int_equal(cp.len, 50);
	assert_memory_equal(rg.rg_mem + DST + 100, rg.rg_mem + SRC + 10, 50);
	(void)completion(&rg, SIMNET_TX);
	cp = completion(&rg, SIMNET_TX);
	assert_int_equal(cp.index, 2);
	/* The doorbell for what it has is not wrong. */
	bell(&rg, SIMNET_TX);
	bell(&rg, SIMNET_RX);
	(void)busdma_sim_wait(rg.rg_dev);
	assert_false(busdma_sim_wait(rg.rg_dev));
	assert_silent(rg.rg_su);

	desc(&rg, SIMNET_TX, SRC, 10, SIMNET_DESC_FIRST);
	reg(&rg, SIMNET_MASK, CAUSES);
	failed(&rg, SIMNET_ERR_CHAIN);

	/* A ring that it can't look at. */
	off(&rg);
	reg(&rg, SIMNET_TX + SIMNET_R_DESC_LO, (uint32_t)rg.rg_addr + MEMSIZE);
	reg(&rg, SIMNET_CTRL, SIMNET_CTRL_EN);
	failed(&rg, SIMNET_ERR_DMA);
	works(&rg);
	rig_down(&rg);
}

/* It may go on for a while; when it says so, it touches memory no more. */
static void
a_stopped_one_is_silent(void **state)
{
	unsigned lasted = 0, i;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed < 20; seed++) {
		struct rig rg = rig_up(0, seed);

		on(&rg, LOOP | SIMNET_CTRL_PAUSE);
		memset(rg.rg_mem + DST, 0x77, 2 * MAXFRAME);
		desc(&rg, SIMNET_RX, DST, MAXFRAME, 0);
		bell(&rg, SIMNET_RX);
		desc(&rg, SIMNET_TX, SRC, MAXFRAME,
		    SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
		bell(&rg, SIMNET_TX);
		reg(&rg, SIMNET_CTRL, 0);
		while (get(&rg, SIMNET_STATUS) != 0)
			lasted++;
		bus_dmamap_unload(rg.rg_tag, rg.rg_map);
		for (i = 0; i < 100; i++)
			(void)get(&rg, SIMNET_STATUS);
		assert_false(busdma_sim_wait(rg.rg_dev));
		assert_silent(rg.rg_su);
		assert_int_equal(bus_dmamap_load(rg.rg_tag, rg.rg_map,
				     rg.rg_mem, MEMSIZE, NULL, 0),
		    0);
		works(&rg);
		rig_down(&rg);
	}
	assert_true(lasted > 0);
}

static void
nets_that_make_no_sense_are_refused(void **state)
{
	struct su *su = *state;
	struct busdma_sim_bus *bus =
	    su_bus(su, NULL, 0, BUSDMA_SIM_SHORTCUT_ON);
	struct busdma_sim_dev *dev;

	assert_int_equal(busdma_sim_net_create(bus, 1, 4, &dev), EINVAL);
	assert_int_equal(busdma_sim_net_create(bus, 0, 0, &dev), EINVAL);
	assert_null(dev);
}

/* The CPU's writes to registers. */
static void
count_writes(void *arg, const struct busdma_sim_event *ev)
{
	unsigned *n = arg;

	*n += ev->ev_kind == BUSDMA_SIM_EV_REG;
}

/* What comes by the wire, and what leaves it, wakes; nobody writes. */
static void
the_wire_is_no_register(void **state)
{
	struct rig rg = rig_up(0, 40);
	static uint8_t packet[100];
	unsigned writes = 0;

	(void)state;
	on(&rg, SIMNET_CTRL_EN | SIMNET_CTRL_PAUSE);
	desc(&rg, SIMNET_RX, DST, 100, 0);
	bell(&rg, SIMNET_RX);
	desc(&rg, SIMNET_TX, SRC, 50, SIMNET_DESC_FIRST | SIMNET_DESC_LAST);
	bell(&rg, SIMNET_TX);
	(void)completion(&rg, SIMNET_TX);
	while (busdma_sim_wait(rg.rg_dev))
		continue;
	reg(&rg, SIMNET_CAUSE, CAUSES);
	while (busdma_sim_wait(rg.rg_dev))
		continue;
	busdma_sim_trace(rg.rg_su->su_sim, count_writes, &writes);
	assert_int_equal(busdma_sim_net_inject(rg.rg_dev, packet, 100), 0);
	assert_true(busdma_sim_wait(rg.rg_dev));
	assert_int_equal(
	    busdma_sim_net_take(rg.rg_dev, packet, sizeof(packet)), 50);
	assert_int_equal(writes, 0);
	busdma_sim_trace(rg.rg_su->su_sim, NULL, NULL);
	assert_int_equal(completion(&rg, SIMNET_RX).len, 100);
	assert_silent(rg.rg_su);
	rig_down(&rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sent_is_received),
		cmocka_unit_test(packets_are_gathered_and_scattered),
		cmocka_unit_test(rounds_go_by_the_seed),
		cmocka_unit_test(causes_interrupt_when_they_are_new),
		cmocka_unit_test(packets_are_dropped_or_wait),
		cmocka_unit_test(the_wire_carries_packets),
		cmocka_unit_test(an_eager_one_needs_no_doorbell),
		cmocka_unit_test(a_stopped_one_is_silent),
		SIMUNIT(nets_that_make_no_sense_are_refused),
		cmocka_unit_test(the_wire_is_no_register),
	};

	return cmocka_run_group_tests_name("simnet", tests, NULL, NULL);
}
