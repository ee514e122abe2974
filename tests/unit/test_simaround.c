/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simcache.c: memory that is mapped past the cache, by the kernel
 * and by processes, and devices that see the cache beside those that don't.
 */
#include "simcacherig.h"

#define LINE 32u

static const int hints[] = { BUS_DMA_COHERENT, BUS_DMA_NOCACHE,
	BUS_DMA_PREFETCHABLE, BUS_DMA_COHERENT | BUS_DMA_PREFETCHABLE };

static const struct busdma_sim_config still = {
	.sc_seed = SEED,
	.sc_line = LINE,
	.sc_cache = BUSDMA_SIM_CACHE_NEVER,
	.sc_inorder = true,
};

static uint8_t *
kmap(struct cache *ca, size_t off, size_t size, int flags)
{
	bus_dma_segment_t seg = { ca->ca_pa + off, size };
	void *kva = NULL;

	assert_int_equal(
	    ca->ca_pl->pl_kmap(ca->ca_pl, &seg, 1, size, flags, &kva), 0);
	return kva;
}

/* A bus with all memory behind windows of one kind. */
static struct cache *
up(const struct busdma_sim_config *sc)
{
	struct cache *ca = cache_up(sc, NULL, 0);

	memset(ca->ca_buf, 0, SIZE);
	cache_wbinv(ca, 0, SIZE);
	cache_load(ca);
	return ca;
}

static void
an_uncached_mapping_is_ram(void **state)
{
	struct cache *ca;
	uint8_t *u;
	unsigned i;

	(void)state;
	for (i = 0; i < NELEM(hints); i++) {
		ca = up(&still);
		/* What is dirty is in it, and comes no more. */
		ca->ca_buf[PAGE] = 1;
		ca->ca_buf[2 * PAGE] = 2;
		u = kmap(ca, PAGE, PAGE, hints[i]);
		assert_int_equal(u[0], 1);
		assert_int_equal(ram_get(ca, 2 * PAGE), 0);
		u[0] = 3;
		assert_int_equal(dev_get(ca, PAGE), 3);
		dev_put(ca, PAGE + 1, 4);
		assert_int_equal(u[1], 4);
		cache_wb(ca, PAGE, PAGE);
		assert_int_equal(u[0], 3);
		assert_int_equal(u[1], 4);
		ca->ca_pl->pl_kunmap(ca->ca_pl, u, PAGE);
		cache_guilty(ca);
		cache_down(ca);
	}
}

static void
nothing_stale_shows_after_it(void **state)
{
	struct cache *ca = up(&still);
	uint8_t *u = kmap(ca, 0, PAGE, BUS_DMA_COHERENT);
	uint8_t *again = kmap(ca, 0, 2 * PAGE, BUS_DMA_NOCACHE);

	(void)state;
	u[0] = 1;
	assert_int_equal(again[0], 1);
	ca->ca_buf[LINE] = 5;
	again[LINE + 1] = 6;
	ca->ca_pl->pl_kunmap(ca->ca_pl, u, PAGE);
	/* It is still mapped so once. */
	assert_int_equal(ca->ca_buf[LINE], 5);
	ca->ca_pl->pl_kunmap(ca->ca_pl, again, 2 * PAGE);
	assert_int_equal(ca->ca_buf[0], 1);
	assert_int_equal(ca->ca_buf[LINE], 0);
	assert_int_equal(ca->ca_buf[LINE + 1], 6);
	/* A cache of its own again. */
	ca->ca_buf[0] = 7;
	assert_int_equal(ram_get(ca, 0), 1);
	cache_guilty(ca);
	cache_down(ca);
}

/* A window shows what the CPU stored past the cache, unless it is old. */
static void
a_window_fetches(void **state)
{
	struct cache *ca = up(&still);
	const struct busdma_platform *pl = ca->ca_pl;
	uint8_t *u, *w;

	(void)state;
	ca->ca_buf[0] = 7;
	u = kmap(ca, 0, PAGE, BUS_DMA_NOCACHE);
	u[0] = 1;
	ca->ca_buf[LINE] = 2;
	u[LINE + 1] = 3;
	/* A line that was dirty when RAM was written, and isn't any more. */
	ca->ca_buf[2 * LINE] = 4;
	dev_put(ca, 2 * LINE + 1, 5);
	ca->ca_buf[2 * LINE] = 0;
	w = pl->pl_window(pl, ca->ca_pa, PAGE, 0);
	assert_int_equal(w[0], 1);
	assert_int_equal(w[LINE], 2);
	assert_int_equal(w[LINE + 1], 0);
	assert_int_equal(w[2 * LINE + 1], 0);
	pl->pl_window_done(pl, w, PAGE);
	pl->pl_kunmap(pl, u, PAGE);
	cache_guilty(ca);
	cache_down(ca);
}

/* Whatever the cache does by itself is nothing to such pages. */
static void
the_cache_leaves_it_alone(void **state)
{
	struct busdma_sim_config sc = { .sc_line = LINE };
	struct cache *ca;
	unsigned mode;
	uint8_t *u, *w;
	size_t i;

	(void)state;
	for (mode = 0; mode < 6; mode++) {
		sc.sc_cache = (enum busdma_sim_cache)(mode / 2);
		sc.sc_inorder = mode % 2 != 0;
		ca = up(&sc);
		u = kmap(ca, 0, 2 * PAGE, BUS_DMA_COHERENT);
		for (i = 0; i < 2 * PAGE; i += 13) {
			u[i] = (uint8_t)i;
			look(ca, 1);
			assert_int_equal(u[i], (uint8_t)i);
			if (i % 3 != 0)
				continue;
			assert_int_equal(dev_get(ca, i), (uint8_t)i);
			dev_put(ca, i, 0xaa);
			look(ca, 3);
			assert_int_equal(u[i], 0xaa);
		}
		/* Nor is it old there. */
		memset(u, 0x55, 2 * PAGE);
		w = ca->ca_pl->pl_window(ca->ca_pl, ca->ca_pa, 2 * PAGE, 0);
		assert_memory_equal(w, u, 2 * PAGE);
		ca->ca_pl->pl_window_done(ca->ca_pl, w, 2 * PAGE);
		ca->ca_pl->pl_kunmap(ca->ca_pl, u, 2 * PAGE);
		assert_int_equal(ca->ca_buf[26], 0x55);
		cache_guilty(ca);
		cache_down(ca);
	}
}

static unsigned
known(struct cache *ca, const void *va, size_t len)
{
	return ca->ca_pl->pl_memory(ca->ca_pl, NULL, (uintptr_t)va, 0, len);
}

/* The same, asked by physical address. */
static unsigned
known_phys(struct cache *ca, const void *va, size_t len)
{
	struct busdma_frag f;

	assert_int_equal(
	    ca->ca_pl->pl_extract(ca->ca_pl, NULL, (uintptr_t)va, len, &f, 1),
	    1);
	return ca->ca_pl->pl_memory(
	    ca->ca_pl, BUSDMA_SPACE_PHYSICAL, 0, f.bf_addr, len);
}

static void
memory_is_known(void **state)
{
	const unsigned both = BUSDMA_MEMORY_UNCACHED | BUSDMA_MEMORY_OWNED;
	struct cache *ca = up(&still);
	struct busdma_sim *sim = ca->ca_su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	uint8_t *u = kmap(ca, 0, 2 * PAGE, BUS_DMA_COHERENT);
	uint8_t *c = kmap(ca, 0, 2 * PAGE, 0);
	void *m = busdma_sim_umalloc(sim, p, PAGE);

	(void)state;
	assert_int_equal(known(ca, u, 2 * PAGE), both);
	assert_int_equal(known(ca, u + 2 * PAGE - 1, 1), both);
	assert_int_equal(known(ca, u + 1, 2 * PAGE), 0);
	assert_int_equal(known(ca, c, 2 * PAGE), BUSDMA_MEMORY_OWNED);
	assert_int_equal(known(ca, c + 5, PAGE), BUSDMA_MEMORY_OWNED);
	assert_int_equal(known(ca, ca->ca_buf, 1), 0);
	assert_int_equal(known(ca, &m, 1), 0);
	assert_int_equal(ca->ca_pl->pl_memory(ca->ca_pl, busdma_sim_space(p),
			     (uintptr_t)m, 0, PAGE),
	    0);
	/* An address of a process is none of the kernel's. */
	assert_int_equal(ca->ca_pl->pl_memory(ca->ca_pl, busdma_sim_space(p),
			     (uintptr_t)u, 0, PAGE),
	    0);
	assert_int_equal(known_phys(ca, u, PAGE), BUSDMA_MEMORY_UNCACHED);
	assert_int_equal(known_phys(ca, u + 5, 100), BUSDMA_MEMORY_UNCACHED);
	assert_int_equal(known_phys(ca, ca->ca_buf + 2 * PAGE, 1), 0);
	assert_int_equal(ca->ca_pl->pl_memory(ca->ca_pl, BUSDMA_SPACE_PHYSICAL,
			     0, ~(paddr_t)0 - PAGE, 8),
	    0);
	busdma_sim_ufree(sim, p, m);
	ca->ca_pl->pl_kunmap(ca->ca_pl, c, 2 * PAGE);
	ca->ca_pl->pl_kunmap(ca->ca_pl, u, 2 * PAGE);
	cache_down(ca);
}

/* Where all devices see the cache, the hints change nothing. */
static void
hints_are_nothing_without_such_devices(void **state)
{
	struct su *su = *state;
	const struct busdma_platform *pl = su->su_pl;
	uint8_t *p = busdma_sim_kmalloc(su->su_sim, PAGE), c = 0;
	struct busdma_frag f;
	bus_dma_segment_t seg;
	void *kva;

	assert_int_equal(
	    pl->pl_extract(pl, NULL, (uintptr_t)p, PAGE, &f, 1), 1);
	seg.ds_addr = f.bf_addr;
	seg.ds_len = f.bf_len;
	assert_int_equal(
	    pl->pl_kmap(pl, &seg, 1, PAGE, BUS_DMA_COHERENT, &kva), 0);
	p[0] = 9;
	assert_int_equal(*(uint8_t *)kva, 9);
	assert_int_equal(busdma_sim_phys_read(su->su_sim, f.bf_addr, &c, 1), 0);
	assert_int_equal(c, 9);
	pl->pl_kunmap(pl, kva, PAGE);
	busdma_sim_kfree(su->su_sim, p);
}

static paddr_t
pager(void *arg, int64_t off, int prot)
{
	const struct cache *ca = arg;

	(void)prot;
	return (ca->ca_pa + (uint64_t)off) / PAGE;
}

/* A process has its memory through the cache. */
static void
processes_have_the_cache(void **state)
{
	struct cache *ca = up(&still);
	struct busdma_sim *sim = ca->ca_su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	char *u = busdma_sim_umalloc(sim, p, 2 * PAGE);
	char *d = busdma_sim_mmap(sim, p, SIZE, pager, ca, 3);
	uint8_t in[2 * PAGE], out[2 * PAGE], c = 0;
	struct busdma_frag f;

	(void)state;
	su_fill(in, sizeof(in), 4);
	assert_int_equal(busdma_sim_copyout(sim, p, in, u, sizeof(in)), 0);
	assert_int_equal(ca->ca_pl->pl_extract(ca->ca_pl, busdma_sim_space(p),
			     (uintptr_t)u, PAGE, &f, 1),
	    1);
	assert_int_equal(busdma_sim_phys_read(sim, f.bf_addr + 1, &c, 1), 0);
	assert_int_not_equal(c, in[1]);
	assert_int_equal(busdma_sim_copyin(sim, p, u, out, sizeof(out)), 0);
	assert_memory_equal(in, out, sizeof(in));
	/* And a driver's too, which the kernel has in the cache. */
	assert_int_equal(busdma_sim_copyout(sim, p, in, d, sizeof(in)), 0);
	assert_memory_equal(ca->ca_buf, in, sizeof(in));
	assert_int_equal(ram_get(ca, 1), 0);
	busdma_sim_ufree(sim, p, d);
	busdma_sim_ufree(sim, p, u);
	cache_guilty(ca);
	cache_down(ca);
}

/* But a driver's that the kernel has past the cache: page by page. */
static void
processes_go_past_the_cache_with_the_kernel(void **state)
{
	struct cache *ca = up(&still);
	struct busdma_sim *sim = ca->ca_su->su_sim;
	struct proc *p = busdma_sim_proc(sim);
	char *d = busdma_sim_mmap(sim, p, SIZE, pager, ca, 3);
	uint8_t *u = kmap(ca, PAGE, PAGE, BUS_DMA_COHERENT);
	uint8_t in[3 * PAGE], out[3 * PAGE];

	(void)state;
	su_fill(in, sizeof(in), 4);
	assert_int_equal(
	    busdma_sim_copyout(sim, p, in, d + 3, sizeof(in) - 3), 0);
	assert_int_equal(ram_get(ca, PAGE - 1), 0);
	assert_int_equal(ca->ca_buf[PAGE - 1], in[PAGE - 4]);
	assert_memory_equal(u, in + PAGE - 3, PAGE);
	assert_int_equal(ram_get(ca, PAGE + 5), in[PAGE + 2]);
	assert_int_equal(ram_get(ca, 2 * PAGE + 5), 0);
	u[7] = 0x77;
	dev_put(ca, PAGE + 8, 0x88);
	assert_int_equal(
	    busdma_sim_copyin(sim, p, d + 3, out, sizeof(out) - 3), 0);
	in[PAGE + 4] = 0x77;
	in[PAGE + 5] = 0x88;
	assert_memory_equal(out, in, sizeof(in) - 3);
	busdma_sim_ufree(sim, p, d);
	ca->ca_pl->pl_kunmap(ca->ca_pl, u, PAGE);
	cache_guilty(ca);
	cache_down(ca);
}

/* One bus sees the low half of the buffer coherently. */
static struct cache *
mixed(void)
{
	struct cache *ca = cache_up(&still, NULL, 0);
	const struct bus_dma_window dw[] = {
		{ 0, 0, ca->ca_pa + SIZE / 2, BUS_DMA_WINDOW_COHERENT },
		{ ca->ca_pa + SIZE / 2, ca->ca_pa + SIZE / 2, 0, 0 },
	};

	cache_down(ca);
	ca = cache_up(&still, dw, 2);
	assert_int_equal(ca->ca_pa + SIZE / 2, dw[1].dw_cpu);
	memset(ca->ca_buf, 0, SIZE);
	cache_wbinv(ca, 0, SIZE);
	cache_load(ca);
	return ca;
}

static void
each_window_has_its_own_way(void **state)
{
	struct cache *ca = mixed();
	const size_t mid = SIZE / 2;
	uint8_t buf[4] = { 0 };

	(void)state;
	memset(ca->ca_buf + mid - 2, 1, 4);
	assert_int_equal(
	    busdma_sim_dma_read(ca->ca_dev, ca->ca_pa + mid - 2, buf, 4), 0);
	assert_memory_equal(buf, "\1\1\0\0", 4);
	assert_int_equal(ram_get(ca, mid - 1), 0);
	assert_int_equal(
	    busdma_sim_dma_write(ca->ca_dev, ca->ca_pa + mid - 1, "\2\2", 2),
	    0);
	assert_memory_equal(ca->ca_buf + mid - 2, "\1\2\1\1", 4);
	/* Its own bytes only are clean, and the rest goes back. */
	assert_int_equal(ram_get(ca, mid - 1), 2);
	assert_int_equal(ram_get(ca, mid - 2), 0);
	cache_wb(ca, mid - LINE, LINE);
	assert_int_equal(ram_get(ca, mid - 1), 2);
	assert_int_equal(ram_get(ca, mid - 2), 1);
	cache_guilty(ca);
	cache_down(ca);
}

/* A coherent device is not behind memory that is used past the cache. */
static void
a_coherent_device_sees_what_is_past_the_cache(void **state)
{
	struct cache *ca = mixed();
	uint8_t *u = kmap(ca, 0, PAGE, BUS_DMA_NOCACHE);

	(void)state;
	u[0] = 1;
	assert_int_equal(dev_get(ca, 0), 1);
	u[1] = 2;
	dev_put(ca, 2, 3);
	assert_int_equal(u[2], 3);
	assert_memory_equal(ca->ca_buf, "\1\2\3", 3);
	ca->ca_pl->pl_kunmap(ca->ca_pl, u, PAGE);
	cache_guilty(ca);
	cache_down(ca);
}

/* The cache does nothing of itself to what is reached coherently. */
static void
coherent_loads_are_left_alone(void **state)
{
	const struct bus_dma_window dw = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};
	struct busdma_sim_config sc = still;
	struct cache *ca;
	int mode;
	size_t i;

	(void)state;
	for (mode = 0; mode < 3; mode++) {
		sc.sc_cache = (enum busdma_sim_cache)mode;
		sc.sc_inorder = false;
		ca = cache_up(&sc, &dw, 1);
		cache_wbinv(ca, 0, SIZE);
		cache_load(ca);
		for (i = 0; i < PAGE; i += 7) {
			ca->ca_buf[i] = (uint8_t)i;
			assert_int_equal(dev_get(ca, i), (uint8_t)i);
			dev_put(ca, PAGE + i, (uint8_t)i);
			assert_int_equal(ca->ca_buf[PAGE + i], (uint8_t)i);
			look(ca, 1);
		}
		for (i = 0; i < PAGE; i++)
			assert_int_equal(ram_get(ca, i), 0xa5);
		cache_guilty(ca);
		cache_down(ca);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_uncached_mapping_is_ram),
		cmocka_unit_test(nothing_stale_shows_after_it),
		cmocka_unit_test(a_window_fetches),
		cmocka_unit_test(the_cache_leaves_it_alone),
		cmocka_unit_test(memory_is_known),
		SIMUNIT(hints_are_nothing_without_such_devices),
		cmocka_unit_test(processes_have_the_cache),
		cmocka_unit_test(processes_go_past_the_cache_with_the_kernel),
		cmocka_unit_test(each_window_has_its_own_way),
		cmocka_unit_test(a_coherent_device_sees_what_is_past_the_cache),
		cmocka_unit_test(coherent_loads_are_left_alone),
	};

	return cmocka_run_group_tests_name("simaround", tests, NULL, NULL);
}
