/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/x86/isa_dma.c: what a transfer does to the registers, and that its
 * bytes arrive, from and into buffers anywhere in memory.
 */
#include <busdma/x86.h>

#include "isarig.h"
#include "rnd.h"

#define K64 0x10000u
#define K128 0x20000u

/* What was done to the ports, against "w port value" and "r port". */
struct step {
	bool st_write;
	uint32_t st_port;
	unsigned st_value;
};

#define W(port, value)            \
	{                         \
		true, port, value \
	}
#define R(port)                \
	{                      \
		false, port, 0 \
	}

static void
assert_steps(struct isarig *ir, const struct step *st, unsigned n)
{
	const struct i8237 *i8 = &ir->ir_i8;

	assert_int_equal(i8->i8_nlog, n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(i8->i8_log[i].ac_write, st[i].st_write);
		assert_int_equal(i8->i8_log[i].ac_port, st[i].st_port);
		if (st[i].st_write)
			assert_int_equal(
			    i8->i8_log[i].ac_value, st[i].st_value);
	}
	ir->ir_i8.i8_nlog = 0;
}

#define ASSERT_STEPS(ir, ...)                                 \
	do {                                                  \
		const struct step steps_[] = { __VA_ARGS__ }; \
                                                              \
		assert_steps(ir, steps_, NELEM(steps_));      \
	} while (0)

/* ---- registers ---- */

static void
init_resets_and_joins(void **state)
{
	struct isarig *ir = isa_machine(0);

	(void)state;
	assert_int_equal(isa_dmainit(ir->ir_top, &ir->ir_ic, 0), 0);
	ASSERT_STEPS(ir, W(0x0d, 0), W(0xda, 0), R(0x08), R(0xd0),
	    W(0xd6, 0xc0), W(0xd4, 0x00));
	assert_int_equal(ir->ir_i8.i8_chip[0].cp_mask, 0x0f);
	assert_int_equal(ir->ir_i8.i8_chip[1].cp_mask, 0x0e);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), 0);
	ASSERT_STEPS(ir, W(0x0f, 0x0f), W(0xde, 0x0f));
	assert_int_equal(isa_scrap(ir), 0);
}

/* Every channel, where all bits of address and count are told apart. */
static void
start_programs_each_channel(void **state)
{
	static const struct {
		int chan;
		uint32_t base, mul, page;
	} where[] = {
		{ 0, 0x00, 1, 0x87 },
		{ 1, 0x00, 1, 0x83 },
		{ 2, 0x00, 1, 0x81 },
		{ 3, 0x00, 1, 0x82 },
		{ 5, 0xc0, 2, 0x8b },
		{ 6, 0xc0, 2, 0x89 },
		{ 7, 0xc0, 2, 0x8a },
	};
	struct isarig *ir = *state;
	char *buf = tp_run(ir->ir_tp, 0xda0000, 32);

	for (size_t i = 0; i < NELEM(where); i++) {
		const uint32_t b = where[i].base, m = where[i].mul;
		const unsigned ch = (unsigned)where[i].chan & 3;
		const bool words = where[i].chan > 4;
		/* 0xda9234, of words 0xdb9234; 0x1682 bytes or 0x12402 */
		const size_t off = words ? 0x19234 : 0x9234;
		const size_t len = words ? 0x6402 : 0x1682;
		const unsigned a = words ? 0xdc91a : 0x9234;
		const unsigned n = (unsigned)len / m - 1;

		isa_take(ir, where[i].chan, words ? K128 : K64);
		ir->ir_i8.i8_nlog = 0;
		assert_int_equal(
		    isa_start(ir, where[i].chan, buf + off, len, DMAMODE_WRITE),
		    0);
		ASSERT_STEPS(ir, W(b + 0xa * m, 4 | ch),
		    W(b + 0xb * m, 0x48 | ch), W(b + 0xc * m, 0),
		    W(b + 2 * ch * m, a & 0xff),
		    W(b + 2 * ch * m, a >> 8 & 0xff),
		    W(where[i].page, words ? 0xdb : 0xda),
		    W(b + (2 * ch + 1) * m, n & 0xff),
		    W(b + (2 * ch + 1) * m, n >> 8), W(b + 0xa * m, ch));
		isa_dmaabort(ir->ir_ic, where[i].chan);
		ASSERT_STEPS(ir, W(b + 0xa * m, 4 | ch), R(b + 8 * m));
		isa_leave(ir, where[i].chan);
	}
}

static void
modes(void **state)
{
	static const struct {
		int flags;
		unsigned mode;
	} m[] = {
		{ DMAMODE_WRITE, 0x48 },
		{ DMAMODE_READ, 0x44 },
		{ DMAMODE_WRITE | DMAMODE_DEMAND, 0x08 },
		{ DMAMODE_READ | DMAMODE_DEMAND, 0x04 },
		{ DMAMODE_WRITE | DMAMODE_LOOP, 0x58 },
		{ DMAMODE_READ | DMAMODE_LOOP, 0x54 },
		{ DMAMODE_WRITE | DMAMODE_LOOPDEMAND, 0x18 },
		{ DMAMODE_READ | DMAMODE_LOOPDEMAND, 0x14 },
	};
	struct isarig *ir = *state;
	char *buf = tp_run(ir->ir_tp, ISA_LOW, 1);

	isa_take(ir, 3, PAGE);
	isa_take(ir, 7, PAGE);
	for (size_t i = 0; i < NELEM(m); i++) {
		assert_int_equal(m[i].flags & ~7, 0);
		assert_int_equal(isa_start(ir, 3, buf, 16, m[i].flags), 0);
		assert_int_equal(isa_start(ir, 7, buf, 16, m[i].flags), 0);
		assert_int_equal(
		    i8237_channel(&ir->ir_i8, 3)->ca_mode, m[i].mode | 3);
		assert_int_equal(
		    i8237_channel(&ir->ir_i8, 7)->ca_mode, m[i].mode | 3);
		isa_dmaabort(ir->ir_ic, 3);
		isa_dmaabort(ir->ir_ic, 7);
	}
	isa_leave(ir, 3);
	isa_leave(ir, 7);
}

/* A device that asks all the time is served when all is said, not before. */
static void
a_device_that_never_waits(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf = tp_run(ir->ir_tp, ISA_LOW, 2);
	unsigned char data[4096];
	struct i8237_device dv;

	isa_take(ir, 2, PAGE);
	for (unsigned i = 0; i < 8; i++) {
		isa_fill(data, sizeof(data), i);
		memset(buf, 0xee, 2 * PAGE);
		isa_device(ir, 2, &dv, data, sizeof(data), true);
		dv.dv_pace = 1u << i;
		assert_int_equal(
		    isa_start(ir, 2, buf + 100 * i, 3000, DMAMODE_READ), 0);
		(void)i8237_run(&ir->ir_i8, 2, 4096);
		assert_int_equal(dv.dv_done, 3000);
		assert_true(isa_dmafinished(ir->ir_ic, 2));
		isa_dmadone(ir->ir_ic, 2);
		assert_memory_equal(buf + 100 * i, data, 3000);
		for (unsigned j = 0; j < 2 * PAGE; j++)
			if (j < 100 * i || j >= 100 * i + 3000)
				assert_int_equal(buf[j], 0xee);
	}
	isa_leave(ir, 2);
}

static void
demand_keeps_the_bus(void **state)
{
	struct isarig *ir = *state;
	unsigned char data[64];
	char *buf = tp_run(ir->ir_tp, ISA_LOW, 1);
	struct i8237_device dv;

	isa_take(ir, 1, PAGE);
	for (int flags = 0; flags <= DMAMODE_DEMAND; flags += 2) {
		isa_device(ir, 1, &dv, data, 64, false);
		assert_int_equal(isa_start(ir, 1, buf, 64, flags), 0);
		assert_int_equal(i8237_run(&ir->ir_i8, 1, 64), 64);
		assert_int_equal(dv.dv_holds, flags == 0 ? 64 : 1);
		isa_dmadone(ir->ir_ic, 1);
	}
	isa_leave(ir, 1);
}

/* Before the registers and after, the layers and the CPU are told the way. */
static void
syncs_by_the_direction(void **state)
{
	struct isarig *ir = *state;
	char *buf = tp_run(ir->ir_tp, ISA_LOW, 1);

	isa_take(ir, 6, 64);
	for (int read = 0; read < 2; read++) {
		ir->ir_tp->tp_barrierops = 0;
		assert_int_equal(isa_start(ir, 6, buf, 64,
				     read ? DMAMODE_READ : DMAMODE_WRITE),
		    0);
		assert_int_equal(ir->ir_tp->tp_barrierops,
		    read ? BUS_DMASYNC_PREREAD : BUS_DMASYNC_PREWRITE);
		isa_dmadone(ir->ir_ic, 6);
		assert_int_equal(ir->ir_tp->tp_barrierops,
		    read ? BUS_DMASYNC_POSTREAD : BUS_DMASYNC_POSTWRITE);
		assert_report(ir->ir_tp, BUSDMA_REPORT_UNFINISHED);
	}
	isa_leave(ir, 6);
}

/* ---- data ---- */

/* One transfer, whole, and what is around the buffer stays as it is. */
static void
transfer(struct isarig *ir, int chan, unsigned char *area, size_t size,
    size_t off, size_t len, bool tomem)
{
	unsigned char *data = malloc(len), *was = malloc(size);
	struct i8237_device dv;

	assert_non_null(data);
	assert_non_null(was);
	isa_fill(area, size, (unsigned)off);
	isa_fill(data, len, 99);
	memcpy(was, area, size);
	isa_device(ir, chan, &dv, data, len, tomem);
	assert_int_equal(isa_start(ir, chan, area + off, len,
			     tomem ? DMAMODE_READ : DMAMODE_WRITE),
	    0);
	assert_int_equal(isa_dmacount(ir->ir_ic, chan), len);
	assert_false(isa_dmafinished(ir->ir_ic, chan));
	while (i8237_run(&ir->ir_i8, chan, 1000) != 0)
		continue;
	assert_int_equal(dv.dv_done, len);
	assert_int_equal(dv.dv_tc, 1);
	assert_true(isa_dmafinished(ir->ir_ic, chan));
	assert_int_equal(isa_dmacount(ir->ir_ic, chan), 0);
	isa_dmadone(ir->ir_ic, chan);
	/* It did, and goes on to say so. */
	assert_true(isa_dmafinished(ir->ir_ic, chan));
	assert_int_equal(isa_dmacount(ir->ir_ic, chan), 0);
	if (tomem)
		memcpy(was + off, data, len);
	else
		assert_memory_equal(data, area + off, len);
	assert_memory_equal(area, was, size);
	assert_int_equal(ir->ir_i8.i8_wraps, 0);
	assert_silent(ir->ir_tp);
	free(data);
	free(was);
}

/* Both ways, from the shortest to the longest, anywhere. */
static void
bytes_arrive(void **state)
{
	static const paddr_t at[] = { ISA_LOW, ISA_LOW + 0x10f000, 0xfc1000,
		0x1000000 - 0x10000, ISA_FAR, 0xffffffff000 };
	struct isarig *ir = *state;

	for (size_t i = 0; i < NELEM(at); i++) {
		unsigned char *area = tp_run(ir->ir_tp, at[i], 34);

		for (size_t c = 0; c < NELEM(isa_chans); c++) {
			const int chan = isa_chans[c];
			const size_t unit = chan < 4 ? 1 : 2;
			const size_t most =
			    (size_t)isa_dmamaxsize(ir->ir_ic, chan);

			isa_take(ir, chan, most);
			for (unsigned w = 0; w < 2; w++) {
				transfer(ir, chan, area, 34 * PAGE, 4 * unit,
				    unit, w);
				transfer(ir, chan, area, 34 * PAGE, PAGE - unit,
				    513 * unit, w);
				if (i % 3 != 0)
					continue;
				transfer(ir, chan, area, 34 * PAGE, 0, most, w);
				transfer(ir, chan, area, 34 * PAGE, 6 * unit,
				    most, w);
			}
			isa_leave(ir, chan);
		}
	}
}

/* Pages that are nowhere near each other become one run. */
static void
scattered_pages_become_one_run(void **state)
{
	paddr_t pages[33];
	struct isarig *ir = *state;
	unsigned char *area;

	for (unsigned i = 0; i < NELEM(pages); i++)
		pages[i] = (i % 3 == 0 ? ISA_FAR : ISA_LOW) +
			   (37 * i % 101) * 2 * PAGE;
	area = tp_buf(ir->ir_tp, pages, NELEM(pages));
	isa_take(ir, 2, K64);
	isa_take(ir, 5, K128);
	for (unsigned w = 0; w < 2; w++) {
		transfer(ir, 2, area, 33 * PAGE, 11, K64, w);
		transfer(ir, 5, area, 33 * PAGE, 12, K128, w);
	}
	isa_leave(ir, 2);
	isa_leave(ir, 5);
}

/* The page registers and the address of a transfer that is under way. */
static paddr_t
programmed(const struct isarig *ir, int chan)
{
	static const unsigned page[8] = { 7, 3, 1, 2, 15, 11, 9, 10 };
	const struct i8237_channel *ca =
	    &ir->ir_i8.i8_chip[chan / 4].cp_chan[chan % 4];
	paddr_t pa = (paddr_t)ir->ir_i8.i8_page[page[chan]] << 16;

	return chan < 4 ? pa | ca->ca_addr
			: (pa & 0xfe0000) | (paddr_t)ca->ca_addr << 1;
}

/* What is one run that crosses no boundary is used where it is, else not. */
static void
boundaries(void **state)
{
	static const struct {
		int chan;
		paddr_t addr;
		unsigned len;
		bool inplace;
	} c[] = {
		{ 0, ISA_LOW, K64, true },
		{ 0, ISA_LOW + 1, K64 - 1, true },
		{ 0, ISA_LOW + 1, K64, false },
		{ 1, ISA_LOW + K64 - 1, 1, true },
		{ 1, ISA_LOW + K64 - 1, 2, false },
		{ 2, ISA_LOW + K64 - 512, 1024, false },
		{ 3, ISA_LOW + K64, K64, true },
		{ 5, ISA_LOW, K128, true },
		{ 5, ISA_LOW + K64 - 2, 4, true },
		{ 5, ISA_LOW + 2, K128, false },
		{ 6, ISA_LOW + K128 - 2, 2, true },
		{ 6, ISA_LOW + K128 - 2, 4, false },
		{ 7, ISA_LOW + K64, K128, false },
		{ 7, ISA_LOW + K128, K128, true },
		{ 2, 0xffffff, 1, true },
		{ 2, 0xffffff, 2, false },
		{ 2, 0x1000000, 1, false },
		{ 6, 0xfe0000, K128, true },
		{ 6, 0xfe0002, K128, false },
		{ 6, 0x1000000, 2, false },
	};
	struct isarig *ir = *state;
	char *low = tp_run(ir->ir_tp, ISA_LOW, 64 + 32);
	char *top = tp_run(ir->ir_tp, 0xfe0000, 34 + 32);

	for (size_t i = 0; i < NELEM(c); i++) {
		char *buf = c[i].addr < 0xfe0000 ? low + (c[i].addr - ISA_LOW)
						 : top + (c[i].addr - 0xfe0000);
		paddr_t mask = c[i].chan < 4 ? K64 - 1 : K128 - 1;
		paddr_t pa;

		isa_take(ir, c[i].chan, c[i].len);
		assert_int_equal(
		    isa_start(ir, c[i].chan, buf, c[i].len, DMAMODE_WRITE), 0);
		pa = programmed(ir, c[i].chan);
		assert_int_equal(pa == c[i].addr, c[i].inplace);
		assert_true(pa + c[i].len - 1 <= 0xffffff);
		assert_true((pa & mask) + c[i].len - 1 <= mask);
		isa_dmaabort(ir->ir_ic, c[i].chan);
		isa_leave(ir, c[i].chan);
	}
}

/* Two transfers of 64 KiB at once, and their bytes in turn. */
static void
two_channels_at_once(void **state)
{
	struct isarig *ir = *state;
	unsigned char *buf[2], *data[2];
	struct i8237_device dv[2];

	for (unsigned i = 0; i < 2; i++) {
		buf[i] = tp_run(ir->ir_tp, ISA_FAR + i * 0x100000, 17);
		data[i] = malloc(K64);
		assert_non_null(data[i]);
		isa_fill(data[i], K64, i);
		isa_take(ir, (int)i + 1, K64);
		isa_device(ir, (int)i + 1, &dv[i], data[i], K64, true);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(
		    isa_start(ir, (int)i + 1, buf[i] + 16, K64, DMAMODE_READ),
		    0);
	while (i8237_run(&ir->ir_i8, 1, 3) + i8237_run(&ir->ir_i8, 2, 5) != 0)
		continue;
	for (unsigned i = 0; i < 2; i++) {
		assert_true(isa_dmafinished(ir->ir_ic, (int)i + 1));
		isa_dmadone(ir->ir_ic, (int)i + 1);
		assert_memory_equal(buf[i] + 16, data[i], K64);
		isa_leave(ir, (int)i + 1);
		free(data[i]);
	}
}

/* The memory of a process. */
static void
user_memory(void **state)
{
	static const paddr_t pages[2] = { ISA_FAR, ISA_LOW };
	struct proc *const p = (struct proc *)(uintptr_t)0x5000;
	struct isarig *ir = *state;
	unsigned char *host, data[PAGE];
	struct i8237_device dv;

	/* A process is its space, but for one byte. */
	host = tp_space(ir->ir_tp, (char *)p + 1, 0x700000, pages, 2);
	isa_fill(data, PAGE, 5);
	isa_take(ir, 1, PAGE);
	isa_device(ir, 1, &dv, data, PAGE, true);
	assert_int_equal(isa_dmastart(ir->ir_ic, 1, (void *)(uintptr_t)0x700800,
			     PAGE, p, DMAMODE_READ, 0),
	    0);
	assert_int_equal(i8237_run(&ir->ir_i8, 1, PAGE), PAGE);
	isa_dmadone(ir->ir_ic, 1);
	assert_memory_equal(host + 0x800, data, PAGE);
	isa_leave(ir, 1);
}

/* In an interrupt handler, with a map that has slots of its own. */
static void
starts_in_an_interrupt_handler(void **state)
{
	struct isarig *ir = *state;
	unsigned char *area = tp_run(ir->ir_tp, ISA_FAR, 33);

	isa_take(ir, 1, K64);
	isa_take(ir, 6, K128);
	/* Nobody else has anything to give. */
	tp_fail_at(ir->ir_tp, 0);
	memset(ir->ir_tp->tp_used, 1, ISA_RAMPAGES);
	ir->ir_tp->tp_intr = true;
	transfer(ir, 1, area, 33 * PAGE, 17, K64, true);
	transfer(ir, 6, area, 33 * PAGE, 18, K128, true);
	ir->ir_tp->tp_intr = false;
	isa_leave(ir, 1);
	isa_leave(ir, 6);
}

/* With the tag that a PC has for it, its slots are those of the ISA bus. */
static void
the_slots_of_an_isa_bus(void **state)
{
	const struct bus_dma_x86 dx = {
		.dx_isa = { 40 * PAGE, 100 * PAGE },
		.dx_pci = { 0, PAGE },
		.dx_pci64 = { 0, PAGE },
	};
	struct isarig *ir = isa_machine(0);
	unsigned char *area = tp_run(ir->ir_tp, ISA_FAR, 34);
	unsigned allocs, pages;
	struct bus_dma_bounce_stats bs;
	bus_dma_tag_t pc, isa;

	(void)state;
	assert_int_equal(
	    bus_dmatag_x86(&ir->ir_tp->tp_pl, NULL, &dx, &pc, 0), 0);
	assert_int_equal(bus_dmatag_x86_isa(pc, &isa, 0), 0);
	allocs = ir->ir_tp->tp_allocs;
	pages = ir->ir_tp->tp_pages;
	assert_true(pages >= 40);
	assert_int_equal(isa_dmainit(isa, &ir->ir_ic, 0), 0);
	/* Of its own it has the state, and no pages. */
	assert_int_equal(ir->ir_tp->tp_allocs, allocs + 1);
	isa_take(ir, 2, K64);
	transfer(ir, 2, area, 34 * PAGE, 5, K64, true);
	transfer(ir, 2, area, 34 * PAGE, PAGE - 1, K64, false);
	assert_int_equal(bus_dma_bounce_stats(isa, &bs), 0);
	assert_int_equal(bs.bs_loads, 2);
	assert_true(bs.bs_kept >= K64);
	isa_leave(ir, 2);
	assert_int_equal(isa_dmadestroy(ir->ir_ic), 0);
	bus_dmatag_destroy(isa);
	bus_dmatag_destroy(pc);
	assert_int_equal(isa_scrap(ir), 0);
}

/* Of a tag that does not bounce, what is no run of the controller's. */
static void
without_a_layer_that_bounces(void **state)
{
	struct isarig *ir = *state;
	unsigned char *area = tp_run(ir->ir_tp, ISA_LOW, 32);
	char *far = tp_run(ir->ir_tp, ISA_FAR, 1);

	isa_take(ir, 2, K64);
	transfer(ir, 2, area, 32 * PAGE, 0, K64, true);
	ir->ir_i8.i8_nlog = 0;
	assert_int_equal(isa_start(ir, 2, area + 1, K64, 0), EFBIG);
	assert_int_equal(isa_start(ir, 2, far, 1, 0), EFAULT);
	assert_int_equal(ir->ir_i8.i8_nlog, 0);
	/* And nothing is changed. */
	transfer(ir, 2, area, 32 * PAGE, 3, 100, false);
	isa_leave(ir, 2);
}

/* Everything at once, by seed. */
static void
at_random(void **state)
{
	struct isarig *ir = *state;
	struct rnd r = { .rn_state = 8237 };
	unsigned char *area[3], *data[8];
	struct i8237_device dv[8];
	size_t off[8], len[8] = { 0 };
	bool tomem[8];
	unsigned started = 0;

	area[0] = tp_run(ir->ir_tp, ISA_LOW, 48);
	area[1] = tp_run(ir->ir_tp, ISA_FAR, 48);
	area[2] = tp_run(ir->ir_tp, 0xff8000, 48);
	for (size_t c = 0; c < NELEM(isa_chans); c++) {
		isa_take(ir, isa_chans[c], 4 * PAGE);
		data[isa_chans[c]] = malloc(4 * PAGE);
		assert_non_null(data[isa_chans[c]]);
	}
	/* Each channel has its own piece of 6 pages of an area. */
	for (unsigned i = 0; i < 3000; i++) {
		const int k = isa_chans[rnd_below(&r, 7)];
		unsigned char *buf = area[k % 3] + (size_t)k * 6 * PAGE;

		if (len[k] == 0) {
			const size_t odd = k < 4 ? 0 : 1;

			off[k] = (size_t)rnd_below(&r, 2 * PAGE) & ~odd;
			len[k] = (size_t)rnd_in(&r, 2, 4 * PAGE) & ~odd;
			tomem[k] = rnd_one_in(&r, 2);
			isa_fill(data[k], len[k], i);
			isa_fill(buf + off[k], len[k], i + 100);
			isa_device(ir, k, &dv[k], data[k], len[k], tomem[k]);
			dv[k].dv_pace = (unsigned)rnd_below(&r, 3);
			assert_int_equal(
			    isa_start(ir, k, buf + off[k], len[k], tomem[k]),
			    0);
			started++;
			continue;
		}
		(void)i8237_run(
		    &ir->ir_i8, k, (unsigned)rnd_below(&r, 2 * PAGE));
		if (!isa_dmafinished(ir->ir_ic, k)) {
			assert_true(isa_dmacount(ir->ir_ic, k) <= len[k]);
			if (rnd_one_in(&r, 8)) {
				isa_dmaabort(ir->ir_ic, k);
				len[k] = 0;
			}
			continue;
		}
		assert_int_equal(dv[k].dv_done, len[k]);
		isa_dmadone(ir->ir_ic, k);
		assert_memory_equal(buf + off[k], data[k], len[k]);
		len[k] = 0;
	}
	assert_true(started > 300);
	for (size_t c = 0; c < NELEM(isa_chans); c++) {
		isa_leave(ir, isa_chans[c]);
		free(data[isa_chans[c]]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_resets_and_joins),
		ISA_DIRECT(start_programs_each_channel),
		ISA_DIRECT(modes),
		ISA(a_device_that_never_waits),
		ISA_DIRECT(demand_keeps_the_bus),
		ISA_DIRECT(syncs_by_the_direction),
		ISA(bytes_arrive),
		ISA(scattered_pages_become_one_run),
		ISA(boundaries),
		ISA(two_channels_at_once),
		ISA(user_memory),
		ISA(starts_in_an_interrupt_handler),
		cmocka_unit_test(the_slots_of_an_isa_bus),
		ISA_DIRECT(without_a_layer_that_bounces),
		ISA(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
