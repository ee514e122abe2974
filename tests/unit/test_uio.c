/* SPDX-License-Identifier: BSD-2-Clause */
/* src/mi/uio.c: the accessors of the library's own struct uio. */
#include <busdma/uio.h>

#include "unit.h"

static struct uio
uio_of(struct iovec *iov, int n, size_t resid)
{
	return (struct uio){ .uio_iov = iov,
		.uio_iovcnt = n,
		.uio_resid = resid,
		.uio_rw = UIO_WRITE };
}

static void
a_uio_loads(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 1000, 3, 1000, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct iovec iov[] = { { buf, 10 }, { NULL, 0 }, { buf + 100, 20 },
		{ buf + 50, 30 } };
	struct uio uio = uio_of(iov, 4, 60);

	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, BUS_DMA_NOWAIT), 0);
	assert_int_equal(map->dm_mapsize, 60);
	assert_int_equal(map->dm_nsegs, 3);
	assert_seg(map, 0, 0x10000, 10);
	assert_seg(map, 1, 0x10064, 20);
	assert_seg(map, 2, 0x10032, 30);
	/* The uio is as it was. */
	assert_int_equal(uio.uio_resid, 60);
	assert_int_equal(iov[3].iov_len, 30);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
only_the_first_resid_bytes_count(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 30, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct iovec iov[20];

	for (int i = 0; i < 20; i++)
		iov[i] = (struct iovec){ buf + 20 * i, 5 };
	for (size_t resid = 1; resid <= 100; resid++) {
		struct uio uio = uio_of(iov, 20, resid);
		int n = (int)((resid + 4) / 5);

		assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
		assert_int_equal(map->dm_mapsize, resid);
		assert_int_equal(map->dm_nsegs, n);
		assert_seg(map, n - 1, 0x10000u + 20u * (unsigned)(n - 1),
		    resid - 5 * ((size_t)n - 1));
		bus_dmamap_unload(t, map);
	}
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
it_is_measured(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 30, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct iovec iov[8];
	struct uio uio;

	for (int i = 0; i < 8; i++)
		iov[i] = (struct iovec){ buf + 20 * i, 5 };
	uio = uio_of(iov, 8, 41); /* more than there is */
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	uio.uio_resid = 40;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	bus_dmamap_unload(t, map);
	uio.uio_iovcnt = 7;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	uio.uio_iovcnt = -1;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	uio.uio_iovcnt = 8;
	uio.uio_iov = NULL;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_uio(t, map, NULL, 0), EINVAL);
	/* Longer than the map; far longer. */
	uio.uio_iov = iov;
	iov[0].iov_len = 100;
	uio.uio_resid = 101;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	uio.uio_resid = SIZE_MAX;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	assert_unloaded(map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
an_empty_uio_is_a_load_of_length_zero(void **state)
{
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, 100, 3, 100, 0);
	char *buf = tp_run(tp, 0x10000, 1);
	struct iovec iov = { buf, 10 };
	struct uio uio = uio_of(NULL, 0, 0);

	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	assert_unloaded(map);
	uio = uio_of(&iov, 1, 0);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	assert_unloaded(map);
	assert_silent(tp);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
user_memory_is_of_its_space(void **state)
{
	static const paddr_t pages[] = { 0x70000, 0x90000 };
	struct tp *tp = *state;
	bus_dma_tag_t t = identity(tp);
	bus_dmamap_t map = new_map(t, PAGE, 3, PAGE, 0);
	struct iovec iov = { (void *)(uintptr_t)0x400f00, 0x200 };
	struct uio uio = uio_of(&iov, 1, 0x200);
	int space;

	tp_space(tp, &space, 0x400000, pages, 2);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EFAULT);
	uio.uio_vmspace = (struct vmspace *)(void *)&space;
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), 0);
	assert_seg(map, 0, 0x70f00, 0x100);
	assert_seg(map, 1, 0x90000, 0x100);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static void
without_accessors_it_is_einval(void **state)
{
	struct tp *tp = *state;
	struct uio uio = uio_of(NULL, 0, 0);
	bus_dma_tag_t t;
	bus_dmamap_t map;

	tp->tp_pl.pl_uio = NULL;
	t = identity(tp);
	map = new_map(t, 100, 3, 100, 0);
	assert_int_equal(bus_dmamap_load_uio(t, map, &uio, 0), EINVAL);
	assert_int_equal(bus_dmamap_load_uio(NULL, NULL, NULL, 0), EINVAL);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_uio_loads),
		UNIT(only_the_first_resid_bytes_count),
		UNIT(it_is_measured),
		UNIT(an_empty_uio_is_a_load_of_length_zero),
		UNIT(user_memory_is_of_its_space),
		UNIT(without_accessors_it_is_einval),
	};

	return cmocka_run_group_tests_name("uio", tests, NULL, NULL);
}
