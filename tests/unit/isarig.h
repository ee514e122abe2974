/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of isa_dma(9) begin with: the unit tests' platform, a PC's DMA
 * controller at its ports, and a tag that bounces.
 */
#ifndef TESTS_UNIT_ISARIG_H
#define TESTS_UNIT_ISARIG_H

#include <busdma/bounce.h>
#include <busdma/isa_dma.h>

#include "i8237.h"
#include "unit.h"

#define ISA_RAM 0x200000u /* of the platform, for slots and memory */
#define ISA_RAMPAGES 256
#define ISA_LOW 0x400000u  /* of buffers that the controller reaches */
#define ISA_FAR 0x5000000u /* of those that it does not */

struct isarig {
	struct tp *ir_tp;
	struct i8237 ir_i8;
	bus_dma_tag_t ir_root, ir_top;
	isa_chipset_tag_t ir_ic;
	/* The page that the controller looked at last, or 1. */
	uint64_t ir_page;
	unsigned char *ir_host;
};

/* Channels that move something. */
static const int isa_chans[7] = { 0, 1, 2, 3, 5, 6, 7 };

static inline unsigned char *
isa_memory(void *arg, uint64_t pa)
{
	const uint64_t page = pa & ~(uint64_t)(PAGE - 1);
	struct isarig *ir = arg;

	if (ir->ir_page != page) {
		ir->ir_host = tp_phys(ir->ir_tp, page);
		ir->ir_page = page;
	}
	return ir->ir_host == NULL ? NULL : ir->ir_host + (pa - page);
}

static inline uint8_t
isa_port(struct tp *tp, void *arg, uint32_t port, unsigned width,
    const uint32_t *value)
{
	struct isarig *ir = arg;

	assert_ptr_equal(tp, ir->ir_tp);
	if (value == NULL)
		return i8237_read(&ir->ir_i8, port, width);
	assert_true(*value <= 0xff);
	i8237_write(&ir->ir_i8, port, width, (uint8_t)*value);
	return 0;
}

/* The machine, without isa_dmainit; slots: the most pages of them, 0: none. */
static inline struct isarig *
isa_machine(unsigned slots)
{
	struct isarig *ir = calloc(1, sizeof(*ir));
	struct bus_dma_bounce db = { .db_most = (bus_size_t)slots * PAGE };

	assert_non_null(ir);
	ir->ir_tp = tp_create(PAGE, ISA_RAM, ISA_RAMPAGES);
	i8237_init(&ir->ir_i8, isa_memory, ir);
	tp_ports(ir->ir_tp, isa_port, ir);
	ir->ir_root = identity(ir->ir_tp);
	ir->ir_top = ir->ir_root;
	if (slots != 0)
		assert_int_equal(
		    bus_dmatag_bounce(ir->ir_root, &db, &ir->ir_top, 0), 0);
	return ir;
}

/* How much is held at the end, or was done wrong. */
static inline int
isa_scrap(struct isarig *ir)
{
	unsigned bad = ir->ir_i8.i8_wrong + ir->ir_i8.i8_wraps;

	if (ir->ir_top != ir->ir_root)
		bus_dmatag_destroy(ir->ir_top);
	bus_dmatag_destroy(ir->ir_root);
	bad += ir->ir_tp->tp_nreports;
	bad += tp_destroy(ir->ir_tp);
	free(ir);
	return bad == 0 ? 0 : -1;
}

static inline struct isarig *
isa_create(unsigned slots)
{
	struct isarig *ir = isa_machine(slots);

	assert_int_equal(isa_dmainit(ir->ir_top, &ir->ir_ic, 0), 0);
	assert_silent(ir->ir_tp);
	ir->ir_i8.i8_nlog = 0;
	return ir;
}

static inline int
isa_setup(void **state)
{
	*state = isa_create(200);
	return 0;
}

static inline int
isa_setup_direct(void **state)
{
	*state = isa_create(0);
	return 0;
}

static inline int
isa_teardown(void **state)
{
	struct isarig *ir = *state;
	int chan, error;

	/* The devices were the test's. */
	for (chan = 0; chan < 8; chan++)
		i8237_channel(&ir->ir_i8, chan)->ca_device = NULL;
	error = isa_dmadestroy(ir->ir_ic);
	return isa_scrap(ir) == 0 && error == 0 ? 0 : -1;
}

#define ISA(f) cmocka_unit_test_setup_teardown(f, isa_setup, isa_teardown)
#define ISA_DIRECT(f) \
	cmocka_unit_test_setup_teardown(f, isa_setup_direct, isa_teardown)

/* A channel with a map, and the end of that. */
static inline void
isa_take(struct isarig *ir, int chan, bus_size_t size)
{
	assert_int_equal(isa_drq_alloc(ir->ir_ic, chan), 0);
	assert_int_equal(
	    isa_dmamap_create(ir->ir_ic, chan, size, BUS_DMA_ALLOCNOW), 0);
}

static inline void
isa_leave(struct isarig *ir, int chan)
{
	isa_dmamap_destroy(ir->ir_ic, chan);
	assert_int_equal(isa_drq_free(ir->ir_ic, chan), 0);
	i8237_channel(&ir->ir_i8, chan)->ca_device = NULL;
}

/* A device on a channel, which asks from now on. */
static inline void
isa_device(struct isarig *ir, int chan, struct i8237_device *dv, void *data,
    size_t len, bool tomem)
{
	*dv = (struct i8237_device){
		.dv_data = data, .dv_len = len, .dv_tomem = tomem
	};
	i8237_channel(&ir->ir_i8, chan)->ca_device = dv;
	ir->ir_page = 1;
}

static inline int
isa_start(struct isarig *ir, int chan, void *buf, bus_size_t len, int flags)
{
	return isa_dmastart(
	    ir->ir_ic, chan, buf, len, NULL, flags, BUS_DMA_NOWAIT);
}

/* Bytes that tell where they are. */
static inline void
isa_fill(unsigned char *p, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (unsigned char)((i * 7 + i / 251 + seed) & 0xff);
}

#endif /* TESTS_UNIT_ISARIG_H */
