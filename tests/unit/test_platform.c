/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/platform.c: the table of hooks, checked; registers. */
#include "unit.h"

static int
try_table(struct tp *tp)
{
	bus_dma_tag_t t = NULL;
	int error = tp_direct(tp, NULL, 0, &t);

	if (error == 0)
		bus_dmatag_destroy(t);
	else
		assert_null(t);
	assert_true(tp_clean(tp));
	return error;
}

static void
a_table_is_required(void **state)
{
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t t = NULL;

	(void)state;
	assert_int_equal(bus_dmatag_direct(NULL, NULL, &w, 1, &t, 0), EINVAL);
	assert_null(t);
}

#define WITHOUT(tp, hook)                                 \
	do {                                              \
		struct busdma_platform was = (tp)->tp_pl; \
                                                          \
		(tp)->tp_pl.hook = NULL;                  \
		assert_int_equal(try_table(tp), EINVAL);  \
		(tp)->tp_pl = was;                        \
		assert_int_equal(try_table(tp), 0);       \
	} while (0)

static void
five_hooks_are_required(void **state)
{
	struct tp *tp = *state;

	WITHOUT(tp, pl_alloc);
	WITHOUT(tp, pl_free);
	WITHOUT(tp, pl_extract);
	WITHOUT(tp, pl_lock);
	WITHOUT(tp, pl_unlock);
}

static void
hooks_that_are_pairs_come_in_pairs(void **state)
{
	struct tp *tp = *state;

	WITHOUT(tp, pl_pages_alloc);
	WITHOUT(tp, pl_pages_free);
	WITHOUT(tp, pl_kmap);
	WITHOUT(tp, pl_kunmap);
}

static void
the_page_is_a_power_of_two_from_64(void **state)
{
	static const uint32_t bad[] = { 0, 1, 32, 63, 65, 96, 4095, 4097,
		0xffffffff };
	struct tp *tp = tp_create(64, 0, 4);

	(void)state;
	assert_int_equal(try_table(tp), 0);
	for (size_t i = 0; i < NELEM(bad); i++) {
		tp->tp_pl.pl_pagesize = bad[i];
		assert_int_equal(try_table(tp), EINVAL);
	}
	tp->tp_pl.pl_pagesize = 0x80000000;
	assert_int_equal(try_table(tp), 0);
	assert_int_equal(tp_destroy(tp), 0);
}

/* A longer table, of a later version, has what is needed; a shorter has not. */
static void
the_size_says_which_members_there_are(void **state)
{
	struct tp *tp = *state;
	struct busdma_platform was = tp->tp_pl;

	tp->tp_pl.pl_size = 0;
	assert_int_equal(try_table(tp), EINVAL);
	tp->tp_pl.pl_size = sizeof(tp->tp_pl) - 1;
	assert_int_equal(try_table(tp), EINVAL);
	tp->tp_pl.pl_size = sizeof(tp->tp_pl) + 1;
	assert_int_equal(try_table(tp), 0);
	tp->tp_pl = was;
	assert_int_equal(try_table(tp), 0);
}

/* Hooks are called with the table itself, not with a copy. */
static void
the_table_is_the_porters(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);

	assert_ptr_equal(t->dt_pl, &tp->tp_pl);
	bus_dmatag_destroy(t);
}

static void
a_cpu_table_must_be_complete(void **state)
{
	struct tp *tp = *state;
	struct busdma_cpu_ops cpu = *tp->tp_pl.pl_cpu;

	tp->tp_pl.pl_cpu = &cpu;
	assert_int_equal(try_table(tp), 0);
	cpu.cpu_size++;
	assert_int_equal(try_table(tp), 0);
	cpu.cpu_size -= 2;
	assert_int_equal(try_table(tp), EINVAL);
	cpu.cpu_size = sizeof(cpu);
	cpu.cpu_barrier = NULL;
	assert_int_equal(try_table(tp), EINVAL);
	cpu = busdma_cpu_native;
	cpu.cpu_barrier_wc = NULL;
	assert_int_equal(try_table(tp), EINVAL);
	tp->tp_pl.pl_cpu = NULL;
	assert_int_equal(try_table(tp), 0);
}

static struct {
	uintptr_t addr;
	unsigned width;
	uint64_t value;
} reg;

static uint64_t
reg_read(const struct busdma_platform *pl, uintptr_t addr, unsigned width)
{
	(void)pl;
	reg.addr = addr;
	reg.width = width;
	return 0x1122334455667788;
}

static void
reg_write(const struct busdma_platform *pl, uintptr_t addr, unsigned width,
    uint64_t value)
{
	(void)pl;
	reg.addr = addr;
	reg.width = width;
	reg.value = value;
}

static void
registers_go_through_the_hooks(void **state)
{
	struct tp *tp = *state;

	tp->tp_pl.pl_reg_read = reg_read;
	tp->tp_pl.pl_reg_write = reg_write;
	assert_int_equal(
	    busdma_reg_read(&tp->tp_pl, 0x40, 2), 0x1122334455667788);
	assert_int_equal(reg.addr, 0x40);
	assert_int_equal(reg.width, 2);
	busdma_reg_write(&tp->tp_pl, 0x48, 4, 77);
	assert_int_equal(reg.addr, 0x48);
	assert_int_equal(reg.width, 4);
	assert_int_equal(reg.value, 77);
}

static void
without_hooks_registers_are_memory(void **state)
{
	struct tp *tp = *state;
	static const uint64_t masks[] = { 0, 0xff, 0xffff, 0, 0xffffffff, 0, 0,
		0, UINT64_MAX };
	union {
		uint8_t b[16];
		uint64_t q[2];
	} m;

	for (unsigned width = 1; width <= 8; width *= 2) {
		uint64_t v = 0xf1e2d3c4b5a69788u & masks[width];
		uint8_t want[16];

		memset(&m, 0x11, sizeof(m));
		memset(want, 0x11, sizeof(want));
		busdma_reg_write(&tp->tp_pl, (uintptr_t)m.b, width, v);
		assert_true(
		    busdma_reg_read(&tp->tp_pl, (uintptr_t)m.b, width) == v);
		/* No byte beside it. */
		assert_memory_equal(m.b + width, want, 16 - width);
		assert_memory_not_equal(m.b, want, width);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_table_is_required),
		UNIT(five_hooks_are_required),
		UNIT(hooks_that_are_pairs_come_in_pairs),
		UNIT(the_page_is_a_power_of_two_from_64),
		UNIT(the_size_says_which_members_there_are),
		UNIT(the_table_is_the_porters),
		UNIT(a_cpu_table_must_be_complete),
		UNIT(registers_go_through_the_hooks),
		UNIT(without_hooks_registers_are_memory),
	};

	return cmocka_run_group_tests_name("platform", tests, NULL, NULL);
}
