/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two drivers at one 8237, on CPUs of their own: their channels have registers
 * in common, which the lock is to guard.  The chips here have none: that is for
 * ThreadSanitizer to see, and for the data.
 */
#include <busdma/isa_dma.h>

#include "i8237.h"
#include "mt.h"

#define ROUNDS 400u
#define LEN 600u        /* of a transfer, from LEN / 2 */
#define TRIES 10000000u /* a transfer takes no hundred */
#define BASE 0x100000u
#define BUFPAGES (MTPAGES + NTHREADS)

/* Pages for memory stand in front, and behind them a buffer for each thread. */
static struct {
	_Alignas(PAGE) char th_ram[BUFPAGES * PAGE];
	struct i8237 th_chips;
	struct i8237_device th_device[NTHREADS];
	unsigned char th_data[NTHREADS][ROUNDS * LEN];
	isa_chipset_tag_t th_ic;
	unsigned th_threads; /* that began, atomic */
} th;

static unsigned
extract(const struct busdma_platform *pl, busdma_space_t as, uintptr_t va,
    bus_size_t len, struct busdma_frag *frags, unsigned n)
{
	const uintptr_t off = va - (uintptr_t)th.th_ram;

	if (off >= sizeof(th.th_ram))
		return 0;
	frags[0].bf_addr = BASE + off;
	frags[0].bf_len = len;
	return 1;
}

static int
pages_alloc(const struct busdma_platform *pl, struct busdma_pages *pg)
{
	int error;

	if (pg->pg_min > PAGE)
		return ENOMEM;
	error = mt_pages_alloc(pl, pg);
	if (error == 0)
		pg->pg_addr = pg->pg_addr - (uintptr_t)mt.mt_ram + BASE;
	return error;
}

static int
pages_free(const struct busdma_platform *pl, paddr_t addr, bus_size_t size)
{
	return mt_pages_free(pl, addr - BASE + (uintptr_t)mt.mt_ram, size);
}

static void *
window(const struct busdma_platform *pl, paddr_t pa, bus_size_t len, int flags)
{
	return th.th_ram + (pa - BASE);
}

static unsigned char *
memory(void *arg, uint64_t pa)
{
	if (pa - BASE >= sizeof(th.th_ram))
		return NULL;
	return (unsigned char *)th.th_ram + (pa - BASE);
}

static uint32_t
port_read(const struct busdma_platform *pl, uint32_t port, unsigned width)
{
	return i8237_read(&th.th_chips, port, width);
}

static void
port_write(const struct busdma_platform *pl, uint32_t port, unsigned width,
    uint32_t value)
{
	i8237_write(&th.th_chips, port, width, (uint8_t)value);
}

/* What is done while the device is at work; how much of it went wrong. */
static unsigned
meanwhile(int chan, unsigned i, bus_size_t len)
{
	unsigned wrong = 0;
	void *p;

	if (i % 5 == 0)
		isa_dmafreeze(th.th_ic);
	if (i % 7 == 0) {
		p = isa_malloc(th.th_ic, chan, 100, NULL, BUS_DMA_NOWAIT);
		wrong +=
		    p == NULL || isa_mappage(th.th_ic, p, 0, 3) != (paddr_t)-1;
		if (p != NULL)
			isa_free(th.th_ic, p, NULL);
	}
	wrong += isa_dmacount(th.th_ic, chan) > len;
	if (i % 5 == 0)
		isa_dmathaw(th.th_ic);
	wrong += isa_drq_alloc(th.th_ic, chan) != EBUSY;
	return wrong;
}

/* All that the device has, in transfers of many lengths. */
static void *
driver(void *arg)
{
	unsigned n = __atomic_fetch_add(&th.th_threads, 1, __ATOMIC_RELAXED);
	char *buf = th.th_ram + (MTPAGES + n) * PAGE;
	const unsigned char *data = th.th_data[n];
	const int chan = (int)n + 1;
	uintptr_t wrong = 0;
	unsigned tries;

	for (unsigned i = 0; i < ROUNDS; i++) {
		const unsigned len = LEN / 2 + i * 37 % (LEN / 2);

		if (isa_dmastart(th.th_ic, chan, buf + i, len, NULL,
			DMAMODE_READ, BUS_DMA_NOWAIT) != 0)
			return (void *)(wrong + 1000000);
		wrong += meanwhile(chan, i, len);
		for (tries = 0; !isa_dmafinished(th.th_ic, chan); tries++) {
			if (tries == TRIES)
				return (void *)(wrong + 1000000);
			sched_yield();
		}
		isa_dmadone(th.th_ic, chan);
		wrong += memcmp(buf + i, data, len) != 0;
		data += len;
	}
	return (void *)wrong;
}

static void
two_drivers(void **state)
{
	bus_dma_tag_t root = mt_create();

	(void)state;
	mt.mt_pl.pl_extract = extract;
	mt.mt_pl.pl_pages_alloc = pages_alloc;
	mt.mt_pl.pl_pages_free = pages_free;
	mt.mt_pl.pl_window = window;
	mt.mt_pl.pl_port_read = port_read;
	mt.mt_pl.pl_port_write = port_write;
	i8237_init(&th.th_chips, memory, NULL);
	assert_int_equal(isa_dmainit(root, &th.th_ic, 0), 0);
	for (unsigned n = 0; n < NTHREADS; n++) {
		for (unsigned i = 0; i < ROUNDS * LEN; i++)
			th.th_data[n][i] = (unsigned char)(i * 7 + i / 509 + n);
		th.th_device[n] = (struct i8237_device){
			.dv_data = th.th_data[n],
			.dv_len = ROUNDS * LEN,
			.dv_tomem = true,
			.dv_pace = 11 + n,
		};
		i8237_channel(&th.th_chips, (int)n + 1)->ca_device =
		    &th.th_device[n];
		assert_int_equal(isa_drq_alloc(th.th_ic, (int)n + 1), 0);
		assert_int_equal(
		    isa_dmamap_create(th.th_ic, (int)n + 1, LEN, 0), 0);
	}
	assert_int_equal(mt_run(driver, NULL), 0);
	for (unsigned n = 0; n < NTHREADS; n++) {
		assert_true(th.th_device[n].dv_tc == ROUNDS);
		isa_dmamap_destroy(th.th_ic, (int)n + 1);
		assert_int_equal(isa_drq_free(th.th_ic, (int)n + 1), 0);
	}
	assert_int_equal(th.th_chips.i8_wrong, 0);
	assert_int_equal(isa_dmadestroy(th.th_ic), 0);
	mt_destroy(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
