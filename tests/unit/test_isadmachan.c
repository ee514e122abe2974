/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/x86/isa_dma.c: channels taken and given back, cascaded, frozen and
 * thawed, stopped and counted while they run; and callers' errors.
 */
#include <limits.h>

#include "isarig.h"

#define K64 0x10000u
#define K128 0x20000u

/* Numbers that are no driver's channel. */
static const int none[] = { -1, 4, 8, 12, -4, INT_MIN, INT_MAX };

/* ---- the controller ---- */

/* Of a machine where it can't be; what is held, and *icp, stay. */
static void
assert_no_controller(struct isarig *ir, bus_dma_tag_t t, int error)
{
	isa_chipset_tag_t ic = (void *)ir;
	unsigned allocs = ir->ir_tp->tp_allocs;

	assert_int_equal(isa_dmainit(t, &ic, 0), error);
	assert_ptr_equal(ic, ir);
	assert_int_equal(ir->ir_tp->tp_allocs, allocs);
	assert_silent(ir->ir_tp);
}

static void
init_refuses(void **state)
{
	const struct bus_dma_window far = { 0x2000000, 0x2000000, 0x100000,
		BUS_DMA_WINDOW_COHERENT };
	struct isarig *ir = isa_machine(0);
	struct busdma_platform *pl = &ir->ir_tp->tp_pl;
	struct busdma_platform was = *pl;
	isa_chipset_tag_t ic;
	bus_dma_tag_t t;

	(void)state;
	assert_no_controller(ir, NULL, EINVAL);
	assert_int_equal(isa_dmainit(ir->ir_top, NULL, 0), EINVAL);
	pl->pl_port_read = NULL;
	assert_no_controller(ir, ir->ir_top, EINVAL);
	*pl = was;
	pl->pl_port_write = NULL;
	assert_no_controller(ir, ir->ir_top, EINVAL);
	*pl = was;
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
	/* Nothing below 16 MiB. */
	assert_int_equal(tp_direct(ir->ir_tp, &far, 1, &t), 0);
	assert_no_controller(ir, t, EINVAL);
	bus_dmatag_destroy(t);
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
	/* Nobody answers. */
	ir->ir_i8.i8_absent = true;
	assert_no_controller(ir, ir->ir_top, EINVAL);
	ir->ir_i8.i8_absent = false;
	assert_int_equal(isa_dmainit(ir->ir_top, &ic, 0), 0);
	assert_int_equal(isa_dmadestroy(ic), 0);
	assert_int_equal(isa_dmadestroy(NULL), EINVAL);
	assert_int_equal(isa_scrap(ir), 0);
}

/* A tag that needs nothing is used as it is. */
static void
a_tag_of_24_bits_is_used_as_it_is(void **state)
{
	struct isarig *ir = isa_machine(0);
	unsigned allocs = ir->ir_tp->tp_allocs;
	isa_chipset_tag_t ic;
	bus_dma_tag_t t;

	(void)state;
	assert_int_equal(
	    bus_dmatag_subregion(ir->ir_root, 0, 0xffffff, &t, 0), 0);
	assert_int_equal(ir->ir_tp->tp_allocs, allocs + 1);
	assert_int_equal(isa_dmainit(t, &ic, 0), 0);
	assert_int_equal(ir->ir_tp->tp_allocs, allocs + 2);
	assert_int_equal(isa_dmadestroy(ic), 0);
	/* One byte more, and there is another. */
	bus_dmatag_destroy(t);
	assert_int_equal(
	    bus_dmatag_subregion(ir->ir_root, 0, 0x1000000, &t, 0), 0);
	assert_int_equal(isa_dmainit(t, &ic, 0), 0);
	assert_int_equal(ir->ir_tp->tp_allocs, allocs + 3);
	assert_int_equal(isa_dmadestroy(ic), 0);
	bus_dmatag_destroy(t);
	assert_int_equal(isa_scrap(ir), 0);
}

/* Who has it holds it; and one that was given up is taken by nobody. */
static void
a_tag_that_is_given_up(void **state)
{
	const bus_addr_t high[] = { 0xffffff, 0x1000000 };

	(void)state;
	for (unsigned i = 0; i < NELEM(high); i++) {
		struct isarig *ir = isa_machine(0);
		isa_chipset_tag_t ic, other = NULL;
		bus_dmamap_t map;
		bus_dma_tag_t t;

		assert_int_equal(
		    bus_dmatag_subregion(ir->ir_root, 0, high[i], &t, 0), 0);
		assert_int_equal(isa_dmainit(t, &ic, 0), 0);
		bus_dmatag_destroy(t);
		assert_report(ir->ir_tp, BUSDMA_REPORT_TAGBUSY);
		assert_int_equal(isa_dmainit(t, &other, 0), EINVAL);
		assert_report(ir->ir_tp, BUSDMA_REPORT_TAGDEAD);
		assert_int_equal(isa_dmadestroy(ic), 0);
		assert_silent(ir->ir_tp);

		assert_int_equal(
		    bus_dmatag_subregion(ir->ir_root, 0, high[i], &t, 0), 0);
		map = new_map(t, 64, 1, 64, 0);
		bus_dmatag_destroy(t);
		assert_report(ir->ir_tp, BUSDMA_REPORT_TAGBUSY);
		ir->ir_i8.i8_nlog = 0;
		assert_int_equal(isa_dmainit(t, &other, 0), EINVAL);
		assert_report(ir->ir_tp, BUSDMA_REPORT_TAGDEAD);
		assert_int_equal(ir->ir_i8.i8_nlog, 0);
		assert_null(other);
		bus_dmamap_destroy(t, map);
		assert_int_equal(isa_scrap(ir), 0);
	}
}

static void
destroy_of_what_is_in_use(void **state)
{
	struct isarig *ir = *state;
	void *p;

	assert_int_equal(isa_drq_alloc(ir->ir_ic, 3), 0);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), EBUSY);
	assert_int_equal(isa_drq_free(ir->ir_ic, 3), 0);
	assert_int_equal(isa_dmamap_create(ir->ir_ic, 7, 2, 0), 0);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), EBUSY);
	isa_dmamap_destroy(ir->ir_ic, 7);
	p = isa_malloc(ir->ir_ic, 0, 1, NULL, 0);
	assert_non_null(p);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), EBUSY);
	isa_free(ir->ir_ic, p, NULL);
	assert_int_equal(isa_dmacascade(ir->ir_ic, 5), 0);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), EBUSY);
	assert_int_equal(isa_dmacascade_stop(ir->ir_ic, 5), 0);
	assert_int_equal(ir->ir_i8.i8_chip[1].cp_mask, 0x0e);
}

/* ---- channels ---- */

static void
channels_are_taken_and_given_back(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;

	for (int chan = 0; chan < 8; chan++) {
		const bool free = chan != 4;

		assert_int_equal(isa_drq_isfree(ic, chan) != 0, free);
		assert_int_equal(isa_drq_free(ic, chan), EINVAL);
		assert_int_equal(isa_drq_alloc(ic, chan), free ? 0 : EBUSY);
		assert_int_equal(isa_drq_isfree(ic, chan), 0);
		assert_int_equal(isa_drq_alloc(ic, chan), EBUSY);
		assert_int_equal(isa_dmacascade(ic, chan), EBUSY);
	}
	for (size_t i = 0; i < NELEM(isa_chans); i++) {
		assert_int_equal(isa_drq_free(ic, isa_chans[i]), 0);
		assert_int_equal(isa_drq_free(ic, isa_chans[i]), EINVAL);
		assert_true(isa_drq_isfree(ic, isa_chans[i]));
	}
	/* Nothing of this is the chips'. */
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
}

static void
sizes(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;

	for (size_t i = 0; i < NELEM(isa_chans); i++) {
		const int chan = isa_chans[i];
		const bus_size_t most = chan < 4 ? K64 : K128;

		assert_int_equal(isa_dmamaxsize(ic, chan), most);
		assert_int_equal(isa_dmamap_create(ic, chan, 0, 0), EINVAL);
		assert_int_equal(
		    isa_dmamap_create(ic, chan, most + 1, 0), EINVAL);
		assert_int_equal(
		    isa_dmamap_create(ic, chan, UINT64_MAX, 0), EINVAL);
		assert_int_equal(
		    isa_dmamap_create(ic, chan, most, BUS_DMA_PARTIAL), EINVAL);
		assert_int_equal(isa_dmamap_create(ic, chan, most, 0), 0);
		/* Nothing is asked for that is then given back. */
		tp_fail_at(ir->ir_tp, 1);
		assert_int_equal(isa_dmamap_create(ic, chan, most, 0), EBUSY);
		assert_false(ir->ir_tp->tp_failed);
		tp_fail_at(ir->ir_tp, 0);
		isa_dmamap_destroy(ic, chan);
	}
}

static void
cascade(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;

	for (size_t i = 0; i < NELEM(isa_chans); i++) {
		const int chan = isa_chans[i];

		assert_int_equal(isa_dmacascade_stop(ic, chan), EINVAL);
		assert_int_equal(isa_dmamap_create(ic, chan, 16, 0), 0);
		assert_int_equal(isa_dmacascade(ic, chan), 0);
		assert_int_equal(i8237_channel(&ir->ir_i8, chan)->ca_mode,
		    0xc0 | (chan & 3));
		assert_false(i8237_masked(&ir->ir_i8, chan));
		/* It is no driver's to start, to stop, or to give back. */
		assert_int_equal(isa_start(ir, chan, ir, 2, 0), EINVAL);
		isa_dmaabort(ic, chan);
		assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
		assert_int_equal(isa_drq_free(ic, chan), EBUSY);
		assert_false(i8237_masked(&ir->ir_i8, chan));
		/* A freeze holds it, too. */
		isa_dmafreeze(ic);
		assert_true(i8237_masked(&ir->ir_i8, chan));
		isa_dmathaw(ic);
		assert_false(i8237_masked(&ir->ir_i8, chan));
		assert_int_equal(isa_dmacascade_stop(ic, chan), 0);
		assert_true(i8237_masked(&ir->ir_i8, chan));
		assert_int_equal(isa_dmacascade_stop(ic, chan), EINVAL);
		assert_true(isa_drq_isfree(ic, chan));
		isa_dmamap_destroy(ic, chan);
	}
	/* Channel 4 joins the chips for good. */
	assert_int_equal(isa_dmacascade_stop(ic, 4), EINVAL);
	assert_false(i8237_masked(&ir->ir_i8, 4));
	assert_int_equal(isa_drq_alloc(ic, 1), 0);
	assert_int_equal(isa_dmacascade_stop(ic, 1), EINVAL);
	assert_int_equal(isa_drq_free(ic, 1), 0);
}

/* ---- freeze ---- */

static void
freeze_and_thaw(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;
	unsigned char data[4][64], *buf = tp_run(ir->ir_tp, ISA_LOW, 1);
	struct i8237_device dv[4];

	for (int chan = 0; chan < 4; chan++) {
		isa_take(ir, chan, 64);
		isa_device(ir, chan, &dv[chan], data[chan], 64, false);
	}
	assert_int_equal(isa_start(ir, 0, buf, 64, 0), 0);
	assert_int_equal(isa_start(ir, 1, buf, 64, 0), 0);
	assert_int_equal(i8237_run(&ir->ir_i8, 0, 10), 10);
	/* It comes to its end, and nobody looks. */
	assert_int_equal(i8237_run(&ir->ir_i8, 1, 100), 64);
	isa_dmafreeze(ic);
	isa_dmafreeze(ic);
	assert_int_equal(ir->ir_i8.i8_chip[0].cp_mask, 0x0f);
	assert_int_equal(ir->ir_i8.i8_chip[1].cp_mask, 0x0f);
	assert_int_equal(i8237_run(&ir->ir_i8, 0, 10), 0);
	assert_int_equal(isa_dmacount(ic, 0), 54);
	/* What is started meanwhile waits; what is stopped stays so. */
	assert_int_equal(isa_start(ir, 2, buf, 64, 0), 0);
	assert_int_equal(isa_start(ir, 3, buf, 64, 0), 0);
	isa_dmaabort(ic, 3);
	assert_int_equal(ir->ir_i8.i8_chip[0].cp_mask, 0x0f);
	isa_dmathaw(ic);
	assert_int_equal(ir->ir_i8.i8_chip[0].cp_mask, 0x0f);
	isa_dmathaw(ic);
	assert_silent(ir->ir_tp);
	assert_int_equal(ir->ir_i8.i8_chip[0].cp_mask, 0x0a);
	assert_int_equal(ir->ir_i8.i8_chip[1].cp_mask, 0x0e);
	assert_int_equal(i8237_run(&ir->ir_i8, 0, 100), 54);
	assert_int_equal(i8237_run(&ir->ir_i8, 2, 100), 64);
	isa_dmathaw(ic);
	assert_report(ir->ir_tp, BUSDMA_REPORT_THAW);
	for (int chan = 0; chan < 3; chan++) {
		assert_true(isa_dmafinished(ic, chan));
		isa_dmadone(ic, chan);
		isa_leave(ir, chan);
	}
	isa_leave(ir, 3);
	isa_dmafreeze(NULL);
	isa_dmathaw(NULL);
}

/* A loop goes on after its end, so a thaw lets it. */
static void
a_thaw_lets_loops_go_on(void **state)
{
	struct isarig *ir = *state;
	unsigned char data[200], *buf = tp_run(ir->ir_tp, ISA_LOW, 1);
	struct i8237_device dv;

	for (int chan = 3; chan < 8; chan += 4) {
		unsigned unit = chan < 4 ? 1 : 2;

		isa_take(ir, chan, 64);
		isa_device(ir, chan, &dv, data, 200, false);
		assert_int_equal(isa_start(ir, chan, buf, 64, DMAMODE_LOOP), 0);
		assert_int_equal(
		    i8237_run(&ir->ir_i8, chan, 70 / unit), 70 / unit);
		isa_dmafreeze(ir->ir_ic);
		isa_dmathaw(ir->ir_ic);
		assert_int_equal(i8237_run(&ir->ir_i8, chan, 200), 130 / unit);
		isa_dmadone(ir->ir_ic, chan);
		assert_silent(ir->ir_tp);
		/* It is none any more. */
		isa_device(ir, chan, &dv, data, 200, false);
		assert_int_equal(isa_start(ir, chan, buf, 64, 0), 0);
		assert_int_equal(i8237_run(&ir->ir_i8, chan, 200), 64 / unit);
		isa_dmafreeze(ir->ir_ic);
		isa_dmathaw(ir->ir_ic);
		assert_true(i8237_masked(&ir->ir_i8, chan));
		isa_dmadone(ir->ir_ic, chan);
		isa_leave(ir, chan);
	}
}

/* ---- counts ---- */

static void
counts(void **state)
{
	struct isarig *ir = *state;
	unsigned char *data = malloc(K128);
	unsigned char *buf = tp_run(ir->ir_tp, ISA_LOW, 32);
	struct i8237_device dv;

	assert_non_null(data);
	for (size_t i = 0; i < NELEM(isa_chans); i++) {
		const int chan = isa_chans[i];
		const unsigned unit = chan < 4 ? 1 : 2;
		const size_t most = chan < 4 ? K64 : K128;
		size_t left = most;

		isa_take(ir, chan, most);
		assert_int_equal(isa_dmacount(ir->ir_ic, chan), 0);
		isa_device(ir, chan, &dv, data, most, true);
		assert_int_equal(
		    isa_start(ir, chan, buf, most, DMAMODE_READ), 0);
		for (unsigned n = 1; left != 0; n = n * 2 + 1) {
			assert_int_equal(isa_dmacount(ir->ir_ic, chan), left);
			left -= unit * i8237_run(&ir->ir_i8, chan, n);
		}
		assert_int_equal(isa_dmacount(ir->ir_ic, chan), 0);
		isa_dmadone(ir->ir_ic, chan);
		assert_int_equal(isa_dmacount(ir->ir_ic, chan), 0);
		isa_leave(ir, chan);
	}
	free(data);
}

/* One transfer of a device that doesn't stop for whoever counts. */
static void
count_running(struct isarig *ir, int chan, unsigned char *data, void *buf,
    size_t len, unsigned pace)
{
	const unsigned unit = chan < 4 ? 1 : 2;
	struct i8237_device dv;
	size_t before, n;

	isa_device(ir, chan, &dv, data, K128, false);
	assert_int_equal(isa_start(ir, chan, buf, len, 0), 0);
	dv.dv_pace = pace;
	do {
		before = len - dv.dv_done;
		n = (size_t)isa_dmacount(ir->ir_ic, chan);
		assert_true(n <= before);
		assert_true(n >= len - dv.dv_done);
		assert_int_equal(n % unit, 0);
		assert_int_equal(
		    i8237_masked(&ir->ir_i8, chan), dv.dv_done == len);
	} while (n != 0);
	assert_int_equal(dv.dv_done, len);
	assert_true(isa_dmafinished(ir->ir_ic, chan));
	isa_dmadone(ir->ir_ic, chan);
}

static void
counts_of_what_runs(void **state)
{
	static const unsigned pace[] = { 1, 2, 3, 7, 64, 127, 128, 129, 255,
		256, 257, 300, 512, 1024, 5000 };
	struct isarig *ir = *state;
	unsigned char *data = malloc(K128);
	char *buf = tp_run(ir->ir_tp, ISA_LOW, 32);

	assert_non_null(data);
	isa_take(ir, 1, K64);
	isa_take(ir, 6, K128);
	for (size_t i = 0; i < NELEM(pace); i++)
		for (unsigned len = 0; len < 16; len++) {
			count_running(ir, 1, data, buf,
			    3000 + len * (len < 8 ? 1 : 191), pace[i]);
			count_running(ir, 6, data, buf,
			    3000 + len * (len < 8 ? 2 : 382), pace[i]);
		}
	count_running(ir, 1, data, buf, K64, 1);
	count_running(ir, 1, data, buf, K64, 256);
	isa_leave(ir, 1);
	isa_leave(ir, 6);
	assert_silent(ir->ir_tp);
	free(data);
}

/* ---- loops ---- */

/* Played from memory that the controller does not reach, half by half. */
static void
a_loop_of_bounced_memory(void **state)
{
	struct isarig *ir = *state;
	unsigned char *ring = tp_run(ir->ir_tp, ISA_FAR, 2);
	unsigned char data[8 * 1000];
	struct i8237_device dv;

	isa_take(ir, 1, 1000);
	isa_device(ir, 1, &dv, data, sizeof(data), false);
	memset(ring, 1, 500);
	memset(ring + 500, 2, 500);
	assert_int_equal(isa_start(ir, 1, ring, 1000, DMAMODE_LOOP), 0);
	assert_int_equal(isa_dmacount(ir->ir_ic, 1), 0);
	for (unsigned i = 3; i <= 16; i++) {
		unsigned char *half = ring + (i % 2 == 0 ? 500 : 0);

		assert_int_equal(isa_dmafinished(ir->ir_ic, 1), i > 4);
		assert_int_equal(i8237_run(&ir->ir_i8, 1, 500), 500);
		assert_int_equal(
		    isa_dmacount(ir->ir_ic, 1), i % 2 != 0 ? 500 : 0);
		isa_dmasync(ir->ir_ic, 1, (bus_addr_t)(half - ring), 500,
		    BUS_DMASYNC_POSTWRITE);
		memset(half, (int)i, 500);
		isa_dmasync(ir->ir_ic, 1, (bus_addr_t)(half - ring), 500,
		    BUS_DMASYNC_PREWRITE);
	}
	for (unsigned i = 0; i < 14 * 500; i++)
		assert_int_equal(data[i], i / 500 + 1);
	/* Where it is, it may end. */
	isa_dmadone(ir->ir_ic, 1);
	assert_silent(ir->ir_tp);
	isa_leave(ir, 1);
}

static void
a_loop_that_records(void **state)
{
	struct isarig *ir = *state;
	unsigned char *ring = tp_run(ir->ir_tp, ISA_FAR, 2);
	unsigned char data[1000];
	struct i8237_device dv;

	isa_fill(data, 1000, 1);
	isa_take(ir, 7, 400);
	isa_device(ir, 7, &dv, data, sizeof(data), true);
	assert_int_equal(
	    isa_start(ir, 7, ring, 400, DMAMODE_READ | DMAMODE_LOOPDEMAND), 0);
	assert_int_equal(i8237_run(&ir->ir_i8, 7, 450), 450);
	isa_dmasync(ir->ir_ic, 7, 0, 100, BUS_DMASYNC_POSTREAD);
	assert_memory_equal(ring, data + 800, 100);
	assert_int_equal(isa_dmacount(ir->ir_ic, 7), 300);
	isa_dmadone(ir->ir_ic, 7);
	assert_memory_equal(ring + 100, data + 500, 300);
	isa_leave(ir, 7);
}

/* ---- ends ---- */

/* What came is taken, and what did not is told. */
static void
done_before_the_end(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf = tp_run(ir->ir_tp, ISA_FAR, 1);
	unsigned char data[100];
	struct i8237_device dv;

	isa_fill(data, 100, 3);
	isa_take(ir, 5, 100);
	for (unsigned n = 0; n < 50; n++) {
		memset(buf, 0xee, PAGE);
		isa_device(ir, 5, &dv, data, 100, true);
		assert_int_equal(isa_start(ir, 5, buf, 100, DMAMODE_READ), 0);
		assert_int_equal(i8237_run(&ir->ir_i8, 5, n), n);
		isa_dmadone(ir->ir_ic, 5);
		assert_int_equal(ir->ir_tp->tp_last.rp_addr, 5);
		assert_int_equal(ir->ir_tp->tp_last.rp_len, 100 - 2 * n);
		assert_report(ir->ir_tp, BUSDMA_REPORT_UNFINISHED);
		assert_memory_equal(buf, data, 2 * n);
		for (unsigned i = 2 * n; i < PAGE; i++)
			assert_int_equal(buf[i], 0xee);
		assert_false(isa_dmafinished(ir->ir_ic, 5));
		assert_int_equal(i8237_run(&ir->ir_i8, 5, 50), 0);
	}
	isa_leave(ir, 5);
}

/* The count tells, too, where someone else has read the status. */
static void
somebody_else_looked(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf = tp_run(ir->ir_tp, ISA_LOW, 1), data[64];
	struct i8237_device dv;

	isa_take(ir, 3, 64);
	isa_device(ir, 3, &dv, data, 64, false);
	assert_int_equal(isa_start(ir, 3, buf, 64, 0), 0);
	assert_int_equal(i8237_run(&ir->ir_i8, 3, 64), 64);
	assert_int_equal(i8237_read(&ir->ir_i8, 0x08, 1), 0x08);
	assert_false(isa_dmafinished(ir->ir_ic, 3));
	assert_int_equal(isa_dmacount(ir->ir_ic, 3), 0);
	isa_dmadone(ir->ir_ic, 3);
	assert_silent(ir->ir_tp);
	isa_leave(ir, 3);
}

/* An end that came just before is not the next transfer's. */
static void
abort_forgets(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf = tp_run(ir->ir_tp, ISA_LOW, 1), data[64];
	struct i8237_device dv, other;

	isa_take(ir, 0, 64);
	isa_take(ir, 1, 64);
	isa_device(ir, 1, &other, data, 64, false);
	assert_int_equal(isa_start(ir, 1, buf, 64, 0), 0);
	for (unsigned n = 0; n <= 64; n += 16) {
		isa_device(ir, 0, &dv, data, 64, false);
		assert_int_equal(isa_start(ir, 0, buf, 64, 0), 0);
		assert_int_equal(isa_start(ir, 0, buf, 64, 0), EBUSY);
		assert_int_equal(isa_drq_free(ir->ir_ic, 0), EBUSY);
		assert_int_equal(i8237_run(&ir->ir_i8, 0, n), n);
		isa_dmaabort(ir->ir_ic, 0);
		assert_true(i8237_masked(&ir->ir_i8, 0));
		assert_int_equal(i8237_run(&ir->ir_i8, 0, 1), 0);
		assert_int_equal(isa_start(ir, 0, buf, 64, 0), 0);
		assert_false(isa_dmafinished(ir->ir_ic, 0));
		assert_int_equal(isa_dmacount(ir->ir_ic, 0), 64);
		isa_dmaabort(ir->ir_ic, 0);
		/* Twice, or of what did not begin, does no harm. */
		isa_dmaabort(ir->ir_ic, 0);
		/* That of another is not lost by all this. */
		if (n == 32)
			assert_int_equal(i8237_run(&ir->ir_i8, 1, 64), 64);
		else if (n < 32)
			assert_false(isa_dmafinished(ir->ir_ic, 1));
	}
	assert_silent(ir->ir_tp);
	assert_true(isa_dmafinished(ir->ir_ic, 1));
	isa_dmadone(ir->ir_ic, 1);
	isa_leave(ir, 0);
	isa_leave(ir, 1);
}

/* Destroying the map stops the channel first. */
static void
destroy_stops(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf = tp_run(ir->ir_tp, ISA_FAR, 1), data[64];
	struct i8237_device dv;

	isa_take(ir, 6, 64);
	isa_device(ir, 6, &dv, data, 64, true);
	assert_int_equal(isa_start(ir, 6, buf, 64, DMAMODE_READ), 0);
	assert_int_equal(i8237_run(&ir->ir_i8, 6, 8), 8);
	isa_dmamap_destroy(ir->ir_ic, 6);
	assert_int_equal(i8237_run(&ir->ir_i8, 6, 8), 0);
	assert_silent(ir->ir_tp);
	assert_int_equal(isa_start(ir, 6, buf, 64, DMAMODE_READ), EINVAL);
	isa_dmamap_destroy(ir->ir_ic, 6);
	assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
	assert_int_equal(isa_drq_free(ir->ir_ic, 6), 0);
}

/* ---- callers' errors ---- */

static void
starts_that_are_refused(void **state)
{
	struct isarig *ir = *state;
	char *buf = tp_run(ir->ir_tp, ISA_LOW, 33);

	/* Not taken, no map, or neither. */
	assert_int_equal(isa_start(ir, 5, buf, 2, 0), EINVAL);
	assert_int_equal(isa_drq_alloc(ir->ir_ic, 5), 0);
	assert_int_equal(isa_start(ir, 5, buf, 2, 0), EINVAL);
	assert_int_equal(isa_drq_free(ir->ir_ic, 5), 0);
	assert_int_equal(isa_dmamap_create(ir->ir_ic, 5, 512, 0), 0);
	assert_int_equal(isa_start(ir, 5, buf, 2, 0), EINVAL);
	assert_int_equal(isa_drq_alloc(ir->ir_ic, 5), 0);
	isa_take(ir, 2, 512);
	ir->ir_i8.i8_nlog = 0;

	for (int chan = 2; chan < 6; chan += 3) {
		assert_int_equal(isa_start(ir, chan, buf, 0, 0), EINVAL);
		assert_int_equal(isa_start(ir, chan, buf, 514, 0), EINVAL);
		assert_int_equal(isa_start(ir, chan, buf, K128, 0), EINVAL);
		assert_int_equal(
		    isa_start(ir, chan, buf, UINT64_MAX - 1, 0), EINVAL);
		assert_int_equal(isa_start(ir, chan, buf, 512, 8), EINVAL);
		assert_int_equal(isa_start(ir, chan, buf, 512, -1), EINVAL);
		assert_int_equal(isa_dmastart(ir->ir_ic, chan, buf, 512, NULL,
				     0, BUS_DMA_PARTIAL),
		    EINVAL);
		assert_int_equal(
		    isa_start(ir, chan, NULL, 512, DMAMODE_READ), EFAULT);
	}
	/* Words begin and end at even addresses. */
	assert_int_equal(isa_start(ir, 5, buf + 1, 510, 0), EINVAL);
	assert_int_equal(isa_start(ir, 5, buf, 511, 0), EINVAL);
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
	assert_silent(ir->ir_tp);
	isa_leave(ir, 2);
	isa_leave(ir, 5);
}

/* What there is not: an error where there can be one, else a report. */
static void
no_such_channel(struct isarig *ir, int chan)
{
	isa_chipset_tag_t ic = ir->ir_ic;
	struct tp *tp = ir->ir_tp;
	int taken = chan == 4 ? EBUSY : EINVAL;

	assert_int_equal(isa_drq_alloc(ic, chan), taken);
	assert_int_equal(isa_drq_free(ic, chan), EINVAL);
	assert_int_equal(isa_drq_isfree(ic, chan), 0);
	assert_int_equal(isa_dmacascade(ic, chan), taken);
	assert_int_equal(isa_dmacascade_stop(ic, chan), EINVAL);
	assert_int_equal(isa_dmamaxsize(ic, chan), 0);
	assert_int_equal(isa_dmamap_create(ic, chan, 2, 0), EINVAL);
	assert_int_equal(isa_start(ir, chan, ir, 2, 0), EINVAL);
	assert_silent(tp);
	isa_dmamap_destroy(ic, chan);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmamap_destroy");
	assert_true(tp->tp_last.rp_addr == (uint64_t)(int64_t)chan);
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
	isa_dmaabort(ic, chan);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmaabort");
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
	isa_dmadone(ic, chan);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmadone");
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
	assert_int_equal(isa_dmafinished(ic, chan), 0);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmafinished");
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
	assert_int_equal(isa_dmacount(ic, chan), 0);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmacount");
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
	isa_dmasync(ic, chan, 0, 1, BUS_DMASYNC_PREREAD);
	assert_string_equal(tp->tp_last.rp_func, "isa_dmasync");
	assert_report(tp, BUSDMA_REPORT_CHANNEL);
}

static void
channels_that_there_are_not(void **state)
{
	struct isarig *ir = *state;

	for (size_t i = 0; i < NELEM(none); i++)
		no_such_channel(ir, none[i]);
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
}

/* Without a controller there is nobody to tell. */
static void
no_controller(void **state)
{
	(void)state;
	assert_int_equal(isa_drq_alloc(NULL, 1), EINVAL);
	assert_int_equal(isa_drq_free(NULL, 1), EINVAL);
	assert_int_equal(isa_drq_isfree(NULL, 1), 0);
	assert_int_equal(isa_dmacascade(NULL, 1), EINVAL);
	assert_int_equal(isa_dmacascade_stop(NULL, 1), EINVAL);
	assert_int_equal(isa_dmamaxsize(NULL, 1), 0);
	assert_int_equal(isa_dmamap_create(NULL, 1, 2, 0), EINVAL);
	assert_int_equal(isa_dmamap_create(NULL, 1, 0, 0), EINVAL);
	isa_dmamap_destroy(NULL, 1);
	assert_int_equal(isa_dmastart(NULL, 1, &state, 1, NULL, 0, 0), EINVAL);
	isa_dmaabort(NULL, 1);
	isa_dmadone(NULL, 1);
	assert_int_equal(isa_dmafinished(NULL, 1), 0);
	assert_int_equal(isa_dmacount(NULL, 1), 0);
	isa_dmasync(NULL, 1, 0, 1, BUS_DMASYNC_PREREAD);
}

/* Channels that are, and have no transfer. */
static void
calls_out_of_turn(void **state)
{
	struct isarig *ir = *state;
	isa_chipset_tag_t ic = ir->ir_ic;

	isa_dmaabort(ic, 3);
	assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
	isa_dmadone(ic, 3);
	assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
	isa_take(ir, 3, 64);
	isa_dmadone(ic, 3);
	assert_int_equal(ir->ir_tp->tp_last.rp_addr, 3);
	assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
	isa_dmasync(ic, 3, 0, 1, BUS_DMASYNC_PREREAD);
	assert_report(ir->ir_tp, BUSDMA_REPORT_CHANNEL);
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
	isa_dmaabort(ic, 3);
	assert_silent(ir->ir_tp);
	isa_leave(ir, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_refuses),
		cmocka_unit_test(a_tag_of_24_bits_is_used_as_it_is),
		cmocka_unit_test(a_tag_that_is_given_up),
		ISA(destroy_of_what_is_in_use),
		ISA(channels_are_taken_and_given_back),
		ISA(sizes),
		ISA_DIRECT(cascade),
		ISA_DIRECT(freeze_and_thaw),
		ISA_DIRECT(a_thaw_lets_loops_go_on),
		ISA_DIRECT(counts),
		ISA_DIRECT(counts_of_what_runs),
		ISA(a_loop_of_bounced_memory),
		ISA(a_loop_that_records),
		ISA(done_before_the_end),
		ISA_DIRECT(somebody_else_looked),
		ISA_DIRECT(abort_forgets),
		ISA(destroy_stops),
		ISA_DIRECT(starts_that_are_refused),
		ISA_DIRECT(channels_that_there_are_not),
		cmocka_unit_test(no_controller),
		ISA_DIRECT(calls_out_of_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
