/* SPDX-License-Identifier: BSD-2-Clause */
/* src/md/flat: memory at a base and a length, and nothing else. */
#include <busdma/flat.h>
#include <busdma/mbuf.h>

#include "unit.h"

#define BASE 0x40000000u
#define SIZE (64 * PAGE)
#define POOL (8 * PAGE)
#define POOLSIZE (40 * PAGE)
#define HEAPSIZE (4 * PAGE)

/* 64 pages of host memory that stand for physical ones at BASE. */
struct flat_test {
	void *ft_mem;
	struct busdma_flat_config ft_fc;
};

static unsigned lock_depth, locks, flat_reports;

static void
flat_lock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
	assert_int_equal(lock_depth++, 0);
	locks++;
}

static void
flat_unlock(const struct busdma_platform *pl, busdma_lock_t *lk)
{
	(void)pl;
	(void)lk;
	assert_int_equal(--lock_depth, 0);
}

static void
flat_report(const struct busdma_platform *pl, const struct busdma_report *rp)
{
	(void)pl;
	(void)rp;
	flat_reports++;
}

static int
setup(void **state)
{
	struct flat_test *ft = malloc(sizeof(*ft));

	if (ft == NULL || (ft->ft_mem = aligned_alloc(PAGE, SIZE)) == NULL)
		return -1;
	memset(ft->ft_mem, 0xa5, SIZE);
	ft->ft_fc = (struct busdma_flat_config){ .fc_base = BASE,
		.fc_size = SIZE,
		.fc_va = (uintptr_t)ft->ft_mem,
		.fc_pool = POOL,
		.fc_poolsize = POOLSIZE,
		.fc_heapsize = HEAPSIZE };
	*state = ft;
	return 0;
}

static int
teardown(void **state)
{
	struct flat_test *ft = *state;

	free(ft->ft_mem);
	free(ft);
	return 0;
}

/* What the platform says of its memory, at both ends of the arena. */
static void
the_arena_is_pages_of_their_own(void **state)
{
	static struct busdma_cpu_ops cpu;
	struct flat_test *ft = *state;
	const busdma_space_t phys = BUSDMA_SPACE_PHYSICAL;
	paddr_t first = BASE + POOL + HEAPSIZE;
	paddr_t end = BASE + POOL + POOLSIZE;
	const struct busdma_platform *pl;

	cpu = busdma_cpu_native;
	ft->ft_fc.fc_cpu = &cpu;
	for (int i = 0; i < 2; i++) {
		unsigned known = BUSDMA_MEMORY_OWNED;

		ft->ft_fc.fc_uncached = i != 0;
		if (i != 0)
			known |= BUSDMA_MEMORY_UNCACHED;
		assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
		assert_ptr_equal(pl->pl_cpu, &cpu);
		assert_int_equal(
		    pl->pl_memory(pl, NULL, 0, first, end - first), known);
		assert_int_equal(pl->pl_memory(pl, phys, 0, end - 1, 1), known);
		assert_int_equal(pl->pl_memory(pl, NULL, 0, first - 1, 1), 0);
		assert_int_equal(pl->pl_memory(pl, NULL, 0, end - 1, 2), 0);
		assert_int_equal(pl->pl_memory(pl, phys, 0, end, 1), 0);
		assert_int_equal(
		    pl->pl_memory(pl, (busdma_space_t)ft, 0, first, 1), 0);
	}
}

static int
try_config(const struct busdma_flat_config *fc)
{
	const struct busdma_platform *pl = NULL;
	int error = busdma_flat_create(fc, &pl);

	assert_int_equal(error == 0, pl != NULL);
	return error;
}

#define TRY(ft, member, value) \
	(fc = (ft)->ft_fc, fc.member = (value), try_config(&fc))

static void
the_config_is_checked(void **state)
{
	struct flat_test *ft = *state;
	struct busdma_flat_config fc = ft->ft_fc;

	assert_int_equal(try_config(&ft->ft_fc), 0);
	assert_int_equal(try_config(NULL), EINVAL);
	assert_int_equal(busdma_flat_create(&fc, NULL), EINVAL);
	assert_int_equal(TRY(ft, fc_pagesize, 32), EINVAL);
	assert_int_equal(TRY(ft, fc_pagesize, 5000), EINVAL);
	assert_int_equal(TRY(ft, fc_pagesize, 1024), 0);
	assert_int_equal(TRY(ft, fc_size, 0), EINVAL);
	assert_int_equal(TRY(ft, fc_base, UINT64_MAX - PAGE + 1), EINVAL);
	assert_int_equal(
	    TRY(ft, fc_va, UINTPTR_MAX - PAGE + 1), EINVAL); /* wraps */
	/* A pool at address 0 is a null pointer to C. */
	fc = ft->ft_fc;
	fc.fc_va = 0;
	fc.fc_pool = 0;
	assert_int_equal(try_config(&fc), EINVAL);
	assert_int_equal(TRY(ft, fc_base, BASE + 8), EINVAL);
	assert_int_equal(TRY(ft, fc_pool, POOL + 8), EINVAL);
	assert_int_equal(TRY(ft, fc_poolsize, POOLSIZE + 8), EINVAL);
	assert_int_equal(TRY(ft, fc_heapsize, HEAPSIZE + 8), EINVAL);
	assert_int_equal(TRY(ft, fc_heapsize, 0), EINVAL);
	assert_int_equal(TRY(ft, fc_heapsize, POOLSIZE), EINVAL);
	assert_int_equal(TRY(ft, fc_pool, SIZE + PAGE), EINVAL);
	assert_int_equal(TRY(ft, fc_poolsize, SIZE - POOL + PAGE), EINVAL);
	assert_int_equal(TRY(ft, fc_poolsize, SIZE - POOL), 0);
	assert_int_equal(TRY(ft, fc_lock, flat_lock), EINVAL);
	assert_int_equal(TRY(ft, fc_unlock, flat_unlock), EINVAL);
}

static void
a_heap_too_small_is_enomem(void **state)
{
	struct flat_test *ft = *state;
	struct busdma_flat_config fc = ft->ft_fc;
	uint32_t heap;

	/* With pages of 64 bytes, every size of heap. */
	fc.fc_pagesize = 64;
	for (heap = 64; heap < 4096; heap += 64) {
		fc.fc_heapsize = heap;
		if (try_config(&fc) == 0)
			break;
		assert_int_equal(try_config(&fc), ENOMEM);
	}
	assert_in_range(heap, 256, 4095);
}

static void
everything_comes_from_the_pool(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	const unsigned char *m = ft->ft_mem;
	bus_dma_segment_t segs[40];
	bus_size_t heap, pages;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	void *kva;
	int n;

	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	assert_in_range((uintptr_t)pl, (uintptr_t)m + POOL,
	    (uintptr_t)m + POOL + HEAPSIZE - 1);
	heap = busdma_flat_heap_avail(pl);
	pages = busdma_flat_pages_avail(pl);
	assert_in_range(heap, 1, HEAPSIZE - 1);
	assert_int_equal(pages, POOLSIZE - HEAPSIZE);

	assert_int_equal(bus_dmatag_direct(pl, NULL,
			     &(struct bus_dma_window){
				 BASE, 0, SIZE, BUS_DMA_WINDOW_COHERENT },
			     1, &t, 0),
	    0);
	assert_int_equal(bus_dmamap_create(t, SIZE, 4, SIZE, 0, 0, &map), 0);
	assert_true(busdma_flat_heap_avail(pl) < heap);
	assert_int_equal(bus_dmamem_alloc(t, pages, 0, 0, segs, 1, &n, 0), 0);
	assert_int_equal(segs[0].ds_addr, BASE + POOL + HEAPSIZE);
	assert_int_equal(busdma_flat_pages_avail(pl), 0);
	assert_int_equal(bus_dmamem_map(t, segs, n, (size_t)pages, &kva, 0), 0);
	assert_ptr_equal(kva, m + POOL + HEAPSIZE);
	assert_int_equal(
	    bus_dmamap_load(t, map, kva, pages, NULL, BUS_DMA_NOWAIT), 0);
	assert_seg(map, 0, POOL + HEAPSIZE, pages);
	bus_dmamap_destroy(t, map);
	bus_dmamem_unmap(t, kva, (size_t)pages);
	bus_dmamem_free(t, segs, n);
	bus_dmatag_destroy(t);
	assert_int_equal(busdma_flat_heap_avail(pl), heap);
	assert_int_equal(busdma_flat_pages_avail(pl), pages);
	/* Not a byte beside it. */
	for (unsigned i = 0; i < POOL; i++)
		assert_int_equal(m[i], 0xa5);
	for (unsigned i = POOL + POOLSIZE; i < SIZE; i++)
		assert_int_equal(m[i], 0xa5);
}

static void
memory_translates_to_its_end(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	struct busdma_frag f[2];
	uintptr_t va = ft->ft_fc.fc_va;

	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	assert_int_equal(pl->pl_extract(pl, NULL, va, SIZE, f, 2), 1);
	assert_int_equal(f[0].bf_addr, BASE);
	assert_int_equal(f[0].bf_len, SIZE);
	assert_int_equal(pl->pl_extract(pl, NULL, va + SIZE - 3, 9, f, 2), 1);
	assert_int_equal(f[0].bf_addr, BASE + SIZE - 3);
	assert_int_equal(f[0].bf_len, 3);
	assert_int_equal(pl->pl_extract(pl, NULL, va + SIZE, 1, f, 2), 0);
	assert_int_equal(pl->pl_extract(pl, NULL, va - 1, 1, f, 2), 0);
	assert_int_equal(pl->pl_extract(pl, ft, va, 1, f, 2), 0);
	assert_ptr_equal(
	    pl->pl_window(pl, BASE + 5, 1, 0), (char *)ft->ft_mem + 5);
	assert_non_null(pl->pl_window(pl, BASE, SIZE, 0));
	assert_null(pl->pl_window(pl, BASE, SIZE + 1, 0));
	assert_null(pl->pl_window(pl, BASE - 1, 1, 0));
	assert_null(pl->pl_window(pl, BASE + SIZE, 1, 0));
	assert_null(pl->pl_window(pl, BASE + SIZE - 1, 2, 0));
}

static void
loads_off_the_end_are_efault(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	bus_dma_tag_t t;
	bus_dmamap_t map;
	char *end = (char *)ft->ft_mem + SIZE;

	ft->ft_fc.fc_report = flat_report;
	ft->ft_fc.fc_account = &busdma_account;
	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	assert_int_equal(bus_dmatag_direct(pl, NULL, &w, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, 100, 4, 100, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load(t, map, end - 10, 10, NULL, 0), 0);
	assert_seg(map, 0, BASE + SIZE - 10, 10);
	bus_dmamap_unload(t, map);
	assert_int_equal(
	    bus_dmamap_load(t, map, end - 10, 11, NULL, 0), EFAULT);
	assert_unloaded(map);
	flat_reports = 0;
	bus_dmamap_unload(t, map);
	assert_int_equal(flat_reports, 1);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

/* The heap runs out, gives back, and does not mix things up. */
static void
the_heap_is_an_allocator(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	unsigned char *p[200];
	bus_size_t avail;
	unsigned n, i;

	ft->ft_fc.fc_lock = flat_lock;
	ft->ft_fc.fc_unlock = flat_unlock;
	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	avail = busdma_flat_heap_avail(pl);
	assert_null(pl->pl_alloc(pl, 0, 0));
	assert_null(pl->pl_alloc(pl, SIZE_MAX, 0));
	assert_null(pl->pl_alloc(pl, (size_t)avail + 1, 0));
	for (n = 0; n < 200; n++) {
		p[n] = pl->pl_alloc(pl, n + 1, BUS_DMA_NOWAIT);
		if (p[n] == NULL)
			break;
		assert_int_equal((uintptr_t)p[n] % 16, 0);
		memset(p[n], (int)n, n + 1);
	}
	assert_in_range(n, 10, 199);
	for (i = 0; i < n; i++)
		for (unsigned j = 0; j <= i; j++)
			assert_int_equal(p[i][j], i);
	for (i = 0; i < n; i++)
		pl->pl_free(pl, p[i], i + 1);
	assert_int_equal(busdma_flat_heap_avail(pl), avail);
	p[0] = pl->pl_alloc(pl, (size_t)avail, 0);
	assert_non_null(p[0]);
	assert_int_equal(busdma_flat_heap_avail(pl), 0);
	pl->pl_free(pl, p[0], (size_t)avail);
	assert_true(locks >= n);
	assert_int_equal(lock_depth, 0);
}

static void
packets_load_on_it(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	struct mbuf m = { .m_data = (char *)ft->ft_mem + 33,
		.m_len = 60,
		.m_flags = M_PKTHDR,
		.m_pkthdr = { .len = 60 } };
	bus_dma_tag_t t;
	bus_dmamap_t map;

	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	assert_int_equal(bus_dmatag_direct(pl, NULL, &w, 1, &t, 0), 0);
	assert_int_equal(bus_dmamap_create(t, 100, 4, 100, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load_mbuf(t, map, &m, 0), 0);
	assert_seg(map, 0, BASE + 33, 60);
	bus_dmamap_destroy(t, map);
	bus_dmatag_destroy(t);
}

static uint32_t
port_read(const struct busdma_platform *pl, uint32_t port, unsigned width)
{
	(void)pl;
	(void)width;
	return port;
}

/* With what flat can't be told: the hooks don't ask where the table is. */
static void
a_copy_of_the_table_serves(void **state)
{
	struct flat_test *ft = *state;
	const struct busdma_platform *pl;
	struct busdma_platform copy;
	struct bus_dma_window w = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	bus_dma_segment_t seg;
	bus_size_t heap, pages;
	bus_dma_tag_t t;
	bus_dmamap_t map;
	void *kva;
	int n;

	ft->ft_fc.fc_lock = flat_lock;
	ft->ft_fc.fc_unlock = flat_unlock;
	assert_int_equal(busdma_flat_create(&ft->ft_fc, &pl), 0);
	heap = busdma_flat_heap_avail(pl);
	pages = busdma_flat_pages_avail(pl);
	copy = *pl;
	copy.pl_port_read = port_read;
	assert_int_equal(bus_dmatag_direct(&copy, NULL, &w, 1, &t, 0), 0);
	assert_int_equal(
	    bus_dmamem_alloc(t, 2 * PAGE, 0, 0, &seg, 1, &n, 0), 0);
	assert_true(busdma_flat_pages_avail(&copy) == pages - 2 * PAGE);
	assert_int_equal(bus_dmamem_map(t, &seg, n, 2 * PAGE, &kva, 0), 0);
	assert_int_equal(bus_dmamap_create(t, PAGE, 1, PAGE, 0, 0, &map), 0);
	assert_int_equal(bus_dmamap_load(t, map, kva, 100, NULL, 0), 0);
	assert_seg(map, 0, seg.ds_addr, 100);
	bus_dmamap_destroy(t, map);
	bus_dmamem_unmap(t, kva, 2 * PAGE);
	bus_dmamem_free(t, &seg, n);
	bus_dmatag_destroy(t);
	assert_true(busdma_flat_heap_avail(&copy) == heap);
	assert_true(busdma_flat_pages_avail(&copy) == pages);
	assert_int_equal(lock_depth, 0);
}

#define FLAT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FLAT(the_config_is_checked),
		FLAT(the_arena_is_pages_of_their_own),
		FLAT(a_heap_too_small_is_enomem),
		FLAT(everything_comes_from_the_pool),
		FLAT(memory_translates_to_its_end),
		FLAT(loads_off_the_end_are_efault),
		FLAT(the_heap_is_an_allocator),
		FLAT(packets_load_on_it),
		FLAT(a_copy_of_the_table_serves),
	};

	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
