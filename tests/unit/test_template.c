/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/template: what the conformance suite does not see of it.  Its own
 * functions are looked into, so the source is a part of this file.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <busdma/backend.h>
#include <busdma/direct.h>

#include "../../src/md/template/template.c"

#define THREADS 4
#define TURNS 1000

static void
no_memory_for_the_arena(void **state)
{
	const struct busdma_platform *pl = NULL;

	(void)state;
	memset(heap_used, 1, sizeof(heap_used));
	assert_int_equal(port_init(&pl), ENOMEM);
	assert_null(pl);
	assert_null(port.pl_arena);
	memset(heap_used, 0, sizeof(heap_used));
	assert_int_equal(port_init(&pl), 0);
	assert_ptr_equal(pl, &port);
}

static void
a_second_init_is_the_first(void **state)
{
	const struct busdma_platform *a, *b = NULL;
	struct busdma_arena *arena;

	(void)state;
	assert_int_equal(port_init(&a), 0);
	arena = a->pl_arena;
	assert_int_equal(port_init(&b), 0);
	assert_ptr_equal(a, b);
	assert_ptr_equal(port.pl_arena, arena);
}

/* What is allocated is aligned, apart, and comes back. */
static void
the_heap_is_an_allocator(void **state)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 1000 };
	unsigned char *p[5];
	unsigned i, k;

	(void)state;
	for (i = 0; i < 5; i++) {
		p[i] = port.pl_alloc(&port, sizes[i], BUS_DMA_NOWAIT);
		if (p[i] == NULL)
			abort();
		assert_int_equal((uintptr_t)p[i] % _Alignof(max_align_t), 0);
		memset(p[i], (int)i, sizes[i]);
	}
	for (i = 0; i < 5; i++) {
		for (k = 0; k < sizes[i]; k++)
			assert_int_equal(p[i][k], i);
		port.pl_free(&port, p[i], sizes[i]);
	}
	assert_ptr_equal(port.pl_alloc(&port, 1000, 0), p[0]);
	port.pl_free(&port, p[0], 1000);
	assert_null(port.pl_alloc(&port, UNITS * UNIT + 1, 0));
}

static busdma_lock_t lock;
static volatile unsigned long turns;

static void *
take_turns(void *arg)
{
	unsigned long before;
	unsigned i;

	(void)arg;
	for (i = 0; i < TURNS; i++) {
		port.pl_lock(&port, &lock);
		before = turns;
		/* Another thread's turn, if it can have one. */
		if (i % 100 == 0)
			sched_yield();
		turns = before + 1;
		port.pl_unlock(&port, &lock);
	}
	return NULL;
}

static void
the_lock_excludes(void **state)
{
	pthread_t thread[THREADS];
	unsigned i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, take_turns, NULL), 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(turns, (unsigned long)THREADS * TURNS);
	assert_int_equal(lock.lk_word[0], 0);
}

/* Falling pages are runs of a page each; no more of them than there is room. */
static void
translation_keeps_to_its_room(void **state)
{
	struct busdma_frag f[5];
	const size_t size = (size_t)4 * PORT_PAGESIZE;
	paddr_t first, last;
	uintptr_t va;
	unsigned i;

	(void)state;
	host_ram(&first, &last);
	va = (uintptr_t)host_user_alloc(size, first, last);
	assert_int_not_equal(va, 0);
	assert_null(host_user_alloc(PORT_PAGESIZE, first, last));
	memset(f, 0x55, sizeof(f));
	assert_int_equal(
	    port.pl_extract(&port, &user, va + 1, size - 1, f, 2), 2);
	assert_int_equal(f[0].bf_len, PORT_PAGESIZE - 1);
	assert_int_equal(f[1].bf_len, PORT_PAGESIZE);
	assert_int_equal(f[2].bf_len, 0x5555555555555555);
	assert_int_equal(port.pl_extract(&port, &user, va, size, f, 5), 4);
	for (i = 1; i < 4; i++)
		assert_int_equal(
		    f[i].bf_addr, f[i - 1].bf_addr - PORT_PAGESIZE);
	/* What is before a hole. */
	host_user_unmap((char *)va + 2 * PORT_PAGESIZE);
	assert_int_equal(port.pl_extract(&port, &user, va, size, f, 5), 2);
	assert_null(host_user_pointer((char *)va + 2 * PORT_PAGESIZE));
	host_user_free((void *)va, size);
	assert_int_equal(port.pl_extract(&port, &user, va, 1, f, 5), 0);
	assert_null(host_user_alloc(
	    (size_t)(USERPAGES + 1) * PORT_PAGESIZE, first, last));
	assert_null(host_user_alloc(PORT_PAGESIZE, last, last));
	assert_null(host_mem_alloc(PORT_PAGESIZE, first, last, true));
	/* Contiguous memory is one run, to its end. */
	assert_int_equal(port.pl_extract(&port, NULL, (uintptr_t)first,
			     last - first + 2, f, 5),
	    1);
	assert_int_equal(f[0].bf_len, last - first + 1);
}

static void
windows_end_with_memory(void **state)
{
	paddr_t first, last;

	(void)state;
	host_ram(&first, &last);
	assert_ptr_equal(port.pl_window(&port, last, 1, 0), (uintptr_t)last);
	assert_null(port.pl_window(&port, last, 2, 0));
	assert_null(port.pl_window(&port, first - 1, 1, 0));
	port.pl_window_done(&port, host_pointer(last, 1), 1);
	assert_int_equal(
	    port.pl_mmap(&port, first, 0, 0), first / PORT_PAGESIZE);
}

static void
registers_have_four_widths(void **state)
{
	static union {
		uint64_t word;
		uint8_t byte[8];
	} reg;
	const uintptr_t at = (uintptr_t)&reg;
	unsigned width, i;

	(void)state;
	for (width = 1; width <= 8; width *= 2) {
		const uint64_t value = 0x8182838485868788 >> (64 - 8 * width);

		memset(&reg, 0xee, sizeof(reg));
		busdma_reg_write(&port, at, width, value);
		assert_int_equal(busdma_reg_read(&port, at, width), value);
		for (i = width; i < 8; i++)
			assert_int_equal(reg.byte[i], 0xee);
	}
}

/* A driver's error reaches the port. */
static void
reports_are_kept(void **state)
{
	static const struct bus_dma_window w = { 0, 0, 0,
		BUS_DMA_WINDOW_COHERENT };
	const struct busdma_platform *pl;
	bus_dma_tag_t t;
	bus_dmamap_t map;

	(void)state;
	assert_int_equal(port_init(&pl), 0);
	assert_int_equal(bus_dmatag_direct(pl, NULL, &w, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, 64, 1, 64, 0, 0, &map), 0);
	bus_dmamap_unload(t, map);
	assert_string_equal(told.pt_func, "bus_dmamap_unload");
	assert_string_equal(
	    told.pt_text, busdma_report_text(BUSDMA_REPORT_NOTLOADED));
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory_for_the_arena),
		cmocka_unit_test(a_second_init_is_the_first),
		cmocka_unit_test(the_heap_is_an_allocator),
		cmocka_unit_test(the_lock_excludes),
		cmocka_unit_test(translation_keeps_to_its_room),
		cmocka_unit_test(windows_end_with_memory),
		cmocka_unit_test(registers_have_four_widths),
		cmocka_unit_test(reports_are_kept),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
