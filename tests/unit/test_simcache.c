/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/md/sim/simcache.c and simcpu.c: a cache that does what it is told, and
 * nothing else.
 */
#include <sys/resource.h>
#include <unistd.h>

#include "simcacherig.h"

static const uint32_t sizes[] = { 16, 32, 64, 128 };

/* A cache that keeps still, in lines of `line' bytes, and a loaded buffer. */
static struct cache *
still(uint32_t line)
{
	const struct busdma_sim_config sc = {
		.sc_seed = SEED,
		.sc_line = line,
		.sc_cache = BUSDMA_SIM_CACHE_NEVER,
		.sc_inorder = true,
	};
	struct cache *ca = cache_up(&sc, NULL, 0);

	/* From here on all of it is in RAM, and none in the cache. */
	memset(ca->ca_buf, 0, SIZE);
	cache_wbinv(ca, 0, SIZE);
	cache_load(ca);
	return ca;
}

/* Each test, on each line size. */
#define EACH(f)                                      \
	static void f(void **state)                  \
	{                                            \
		unsigned i;                          \
                                                     \
		(void)state;                         \
		for (i = 0; i < NELEM(sizes); i++) { \
			struct cache *ca;            \
                                                     \
			ca = still(sizes[i]);        \
			f##_(ca, sizes[i]);          \
			cache_down(ca);              \
		}                                    \
	}

static int
try_config(uint32_t line, int cache)
{
	static const struct busdma_sim_bank bank = { 0, 4 * PAGE };
	const struct busdma_sim_config sc = {
		.sc_banks = &bank,
		.sc_nbanks = 1,
		.sc_line = line,
		.sc_cache = (enum busdma_sim_cache)cache,
	};
	struct busdma_sim *sim;
	int error = busdma_sim_create(&sc, &sim);

	if (error == 0)
		assert_int_equal(busdma_sim_destroy(sim), 0);
	else
		assert_null(sim);
	return error;
}

static void
caches_that_make_no_sense_are_refused(void **state)
{
	static const uint32_t bad[] = { 1, 2, 4, 8, 15, 17, 24, 48, 96, 129,
		256, 4096, 0x80000000, 0xffffffff };
	unsigned i;
	int cache;

	(void)state;
	for (i = 0; i < NELEM(bad); i++)
		assert_int_equal(try_config(bad[i], 0), EINVAL);
	for (cache = 0; cache < 3; cache++) {
		assert_int_equal(try_config(0, cache), 0);
		for (i = 0; i < NELEM(sizes); i++)
			assert_int_equal(try_config(sizes[i], cache), 0);
	}
	assert_int_equal(try_config(64, 3), EINVAL);
	assert_int_equal(try_config(64, -1), EINVAL);
	assert_int_equal(try_config(0, 3), EINVAL);
}

/* The lowest descriptor that is free. */
static int
free_fd(void)
{
	int fd = dup(0);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

/* A bank is a file, two with a cache: one, both or none can be had. */
static void
a_host_without_files_is_no_memory(void **state)
{
	struct rlimit all, few;
	int fd = free_fd(), i;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &all), 0);
	few = all;
	for (i = 0; i < 3; i++) {
		int error, plain;

		few.rlim_cur = (rlim_t)(fd + i);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		error = try_config(64, 0);
		plain = try_config(0, 0);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &all), 0);
		assert_int_equal(error, i < 2 ? ENOMEM : 0);
		assert_int_equal(plain, i < 1 ? ENOMEM : 0);
		assert_int_equal(free_fd(), fd);
	}
}

static void
the_platform_says_what_there_is(void **state)
{
	struct su *su = *state;
	struct busdma_sim_config sc = { .sc_line = 32 };
	const struct busdma_cache_ops *ops;
	int inorder;

	assert_null(su->su_pl->pl_cpu->cpu_cache);
	assert_null(su->su_pl->pl_memory);
	for (inorder = 0; inorder < 2; inorder++) {
		struct su *other;

		sc.sc_inorder = inorder;
		sc.sc_line *= 2;
		other = su_config(&sc);
		ops = other->su_pl->pl_cpu->cpu_cache;
		assert_non_null(ops);
		assert_int_equal(ops->ca_size, sizeof(*ops));
		assert_int_equal(ops->ca_line, sc.sc_line);
		assert_int_equal(
		    ops->ca_flags, inorder ? BUSDMA_CACHE_NOSPECULATION : 0);
		assert_non_null(other->su_pl->pl_memory);
		assert_int_equal(su_destroy(other), 0);
	}
}

static void
a_store_waits_for_its_write_back_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[line] = 1;
	ca->ca_buf[3 * line - 1] = 2;
	look(ca, 100);
	assert_int_equal(dev_get(ca, line), 0);
	assert_int_equal(ram_get(ca, line), 0);
	cache_wb(ca, line, line);
	assert_int_equal(dev_get(ca, line), 1);
	assert_int_equal(ram_get(ca, line), 1);
	/* The line behind it is another. */
	assert_int_equal(dev_get(ca, 3 * line - 1), 0);
	cache_wb(ca, 2 * line, line);
	assert_int_equal(dev_get(ca, 3 * line - 1), 2);
	assert_int_equal(ca->ca_buf[line], 1);
	cache_guilty(ca);
}
EACH(a_store_waits_for_its_write_back)

static void
a_line_goes_back_whole_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[0] = 1;
	dev_put(ca, line - 1, 2);
	dev_put(ca, line, 3);
	/* The CPU has had the line since its store. */
	assert_int_equal(ca->ca_buf[line - 1], 0);
	assert_int_equal(ca->ca_buf[line], 3);
	cache_wb(ca, 0, 2 * line);
	assert_int_equal(ram_get(ca, 0), 1);
	assert_int_equal(ram_get(ca, line - 1), 0);
	assert_int_equal(ram_get(ca, line), 3);
	cache_guilty(ca);
}
EACH(a_line_goes_back_whole)

static void
what_is_invalidated_is_lost_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[0] = 1;
	ca->ca_buf[line] = 2;
	dev_put(ca, line - 1, 3);
	cache_inv(ca, 0, line);
	assert_int_equal(ca->ca_buf[0], 0);
	assert_int_equal(ca->ca_buf[line - 1], 3);
	assert_int_equal(ca->ca_buf[line], 2);
	cache_wb(ca, 0, SIZE);
	assert_int_equal(ram_get(ca, 0), 0);
	assert_int_equal(ram_get(ca, line - 1), 3);
	assert_int_equal(ram_get(ca, line), 2);
	cache_guilty(ca);
}
EACH(what_is_invalidated_is_lost)

static void
both_at_once_lose_nothing_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[2 * line - 1] = 1;
	cache_wbinv(ca, line, line);
	assert_int_equal(ca->ca_buf[2 * line - 1], 1);
	assert_int_equal(ram_get(ca, 2 * line - 1), 1);
	/* It is gone: what the device writes is fetched. */
	dev_put(ca, 2 * line - 1, 2);
	assert_int_equal(ca->ca_buf[2 * line - 1], 2);
	cache_guilty(ca);
}
EACH(both_at_once_lose_nothing)

static void
a_line_written_back_stays_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[0] = 1;
	cache_wb(ca, 0, line);
	dev_put(ca, 0, 2);
	dev_put(ca, line - 1, 3);
	assert_int_equal(ca->ca_buf[0], 1);
	assert_int_equal(ca->ca_buf[line - 1], 0);
	/* Clean, it goes nowhere. */
	cache_wb(ca, 0, line);
	assert_int_equal(ram_get(ca, 0), 2);
	cache_wbinv(ca, 0, line);
	assert_int_equal(ram_get(ca, 0), 2);
	assert_int_equal(ca->ca_buf[0], 2);
	assert_int_equal(ca->ca_buf[line - 1], 3);
	cache_guilty(ca);
}
EACH(a_line_written_back_stays)

/* The CPU had the line, though what it stored is undone. */
static void
a_store_that_is_undone_leaves_an_old_line_(struct cache *ca, uint32_t line)
{
	ca->ca_buf[0] = 1;
	dev_put(ca, 1, 2);
	ca->ca_buf[0] = 0;
	dev_put(ca, 2, 3);
	assert_int_equal(ca->ca_buf[1], 0);
	assert_int_equal(ca->ca_buf[2], 0);
	cache_wb(ca, 0, line);
	assert_int_equal(ram_get(ca, 1), 2);
	cache_inv(ca, 0, line);
	assert_int_equal(ca->ca_buf[1], 2);
	assert_int_equal(ca->ca_buf[2], 3);
	cache_guilty(ca);
}
EACH(a_store_that_is_undone_leaves_an_old_line)

/* Whole pages, and accesses that begin and end within a line. */
static void
long_accesses_go_line_by_line_(struct cache *ca, uint32_t line)
{
	const size_t at = PAGE + 5, len = 3 * PAGE + 7;
	uint8_t *in = malloc(SIZE), *out = malloc(SIZE);
	size_t i;

	assert_true(in != NULL && out != NULL);
	su_fill(in, SIZE, 1);
	ca->ca_buf[at + line] = 0xee;
	assert_int_equal(
	    busdma_sim_dma_write(ca->ca_dev, ca->ca_pa + at, in, len), 0);
	for (i = 0; i < len; i++) {
		size_t off = at + i;
		bool dirty = off / line == (at + line) / line;

		if (!dirty)
			assert_int_equal(ca->ca_buf[off], in[i]);
		else
			assert_int_equal(
			    ca->ca_buf[off], off == at + line ? 0xee : 0);
	}
	assert_int_equal(ca->ca_buf[at - 1], 0);
	assert_int_equal(ca->ca_buf[at + len], 0);
	cache_inv(ca, 0, SIZE);
	assert_memory_equal(ca->ca_buf + at, in, len);
	su_fill(ca->ca_buf, SIZE, 9);
	cache_wb(ca, 0, SIZE);
	assert_int_equal(
	    busdma_sim_dma_read(ca->ca_dev, ca->ca_pa + 3, out, SIZE - 3), 0);
	assert_memory_equal(out, ca->ca_buf + 3, SIZE - 3);
	free(in);
	free(out);
	cache_guilty(ca);
}
EACH(long_accesses_go_line_by_line)

static void
ram_is_read_and_written_past_the_cache_(struct cache *ca, uint32_t line)
{
	struct busdma_sim *sim = ca->ca_su->su_sim;
	uint8_t c = 7;

	assert_int_equal(busdma_sim_phys_write(sim, ca->ca_pa, &c, 1), 0);
	assert_int_equal(ca->ca_buf[0], 7);
	ca->ca_buf[line] = 1;
	assert_int_equal(
	    busdma_sim_phys_write(sim, ca->ca_pa + line + 1, &c, 1), 0);
	assert_int_equal(ca->ca_buf[line + 1], 0);
	assert_int_equal(ram_get(ca, line), 0);
	assert_int_equal(ram_get(ca, line + 1), 7);
	cache_guilty(ca);
}
EACH(ram_is_read_and_written_past_the_cache)

/* All addresses of a page are one memory: the kernel's, a window, a process. */
static void
addresses_of_a_page_agree(void **state)
{
	struct cache *ca = still(64);
	const struct busdma_platform *pl = ca->ca_pl;
	bus_dma_segment_t seg = { ca->ca_pa, PAGE };
	uint8_t *w = pl->pl_window(pl, ca->ca_pa, PAGE, 0);
	void *kva;

	(void)state;
	assert_non_null(w);
	assert_int_equal(pl->pl_kmap(pl, &seg, 1, PAGE, 0, &kva), 0);
	ca->ca_buf[0] = 1;
	assert_int_equal(w[0], 1);
	((uint8_t *)kva)[0] = 2;
	assert_int_equal(w[0], 2);
	assert_int_equal(ca->ca_buf[0], 2);
	assert_int_equal(dev_get(ca, 0), 0);
	/* Told by one address, for all. */
	pl->pl_cpu->cpu_cache->ca_wbinv(pl, (uintptr_t)kva, ca->ca_pa, 64);
	assert_int_equal(dev_get(ca, 0), 2);
	dev_put(ca, 0, 3);
	assert_int_equal(w[0], 3);
	assert_int_equal(ca->ca_buf[0], 3);
	assert_int_equal(*(uint8_t *)kva, 3);
	pl->pl_window_done(pl, w, PAGE);
	pl->pl_kunmap(pl, kva, PAGE);
	cache_guilty(ca);
	cache_down(ca);
}

/* What the last owner left is still in RAM under the next one's stores. */
static void
new_pages_are_dirty(void **state)
{
	struct cache *ca = still(64);
	struct busdma_sim *sim = ca->ca_su->su_sim;
	const uint64_t all = LOWSIZE + MIDSIZE + HIGHSIZE - SIZE;
	uint8_t *p = busdma_sim_kmalloc(sim, PAGE);
	struct busdma_frag f;
	uint8_t c = 0;

	(void)state;
	assert_int_equal(
	    ca->ca_pl->pl_extract(ca->ca_pl, NULL, (uintptr_t)p, PAGE, &f, 1),
	    1);
	memcpy(p, "secret", 7);
	ca->ca_ops->ca_wb(ca->ca_pl, (uintptr_t)p, f.bf_addr, 64);
	busdma_sim_kfree(sim, p);
	p = busdma_sim_kmalloc(sim, (size_t)all);
	assert_non_null(p);
	assert_int_equal(busdma_sim_phys_read(sim, f.bf_addr, &c, 1), 0);
	assert_int_equal(c, 's');
	assert_int_not_equal(p[0], 's');
	assert_int_equal(p[0], p[all - 1]);
	busdma_sim_kfree(sim, p);
	cache_down(ca);
}

/*
 * A load that leaves the first and the last byte of a line to others, and what
 * becomes of what the device writes there when the CPU stores at `at'.
 */
static void
lose(struct cache *ca, uint32_t line, size_t at, const char *text)
{
	bus_dmamap_t map = ca->ca_map;
	bus_dma_tag_t t = ca->ca_tag;

	bus_dmamap_unload(t, map);
	ca->ca_su->su_nreports = 0;
	cache_wbinv(ca, 0, SIZE);
	assert_int_equal(
	    bus_dmamap_load(t, map, ca->ca_buf + 1, line - 2, NULL, 0), 0);
	ca->ca_buf[at]++;
	bus_dmamap_sync(t, map, 0, line - 2, BUS_DMASYNC_PREREAD);
	/* One byte is as it was, and no loss. */
	dev_put(ca, 4, ca->ca_buf[4]);
	dev_put(ca, 5, (uint8_t)(ca->ca_buf[5] + 1));
	dev_put(ca, 6, (uint8_t)(ca->ca_buf[6] + 1));
	assert_silent(ca->ca_su);
	cache_wb(ca, 0, line);
	assert_report(ca->ca_su, BUSDMA_SIM_LOST);
	assert_int_equal(ca->ca_su->su_last.sr_addr, ca->ca_pa + 5);
	assert_int_equal(ca->ca_su->su_last.sr_len, 2);
	assert_int_equal(ca->ca_su->su_last.sr_offset, 4);
	assert_non_null(strstr(ca->ca_su->su_text, text));
	/* It is gone once. */
	cache_wb(ca, 0, line);
	assert_silent(ca->ca_su);
}

static void
a_loss_is_reported_(struct cache *ca, uint32_t line)
{
	lose(ca, line, 1, "the map's own");
	lose(ca, line, line - 2, "the map's own");
	lose(ca, line, 0, "shares");
	lose(ca, line, line - 1, "shares");
	cache_guilty(ca);
}
EACH(a_loss_is_reported)

static void
hooks_are_counted_and_never_fail(void **state)
{
	struct cache *ca = still(32);
	struct busdma_sim *sim = ca->ca_su->su_sim;
	uint64_t wb = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WB);
	uint64_t inv = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_INV);
	uint64_t wbinv = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WBINV);
	uint64_t memory = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_MEMORY);
	uint64_t windows = busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WINDOW);
	void *w;

	(void)state;
	busdma_sim_interrupt(sim, true);
	busdma_sim_fail_at(sim, 1);
	cache_wb(ca, 0, 32);
	cache_inv(ca, 0, 64);
	cache_inv(ca, 0, SIZE);
	cache_wbinv(ca, 32, 32);
	ca->ca_pl->pl_memory(ca->ca_pl, NULL, (uintptr_t)ca->ca_buf, 0, SIZE);
	w = ca->ca_pl->pl_window(
	    ca->ca_pl, ca->ca_pa + 1, PAGE - 1, BUSDMA_WINDOW_SYNC);
	assert_non_null(w);
	ca->ca_pl->pl_window_done(ca->ca_pl, w, PAGE - 1);
	assert_int_equal(busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WB), wb + 1);
	assert_int_equal(busdma_sim_calls(sim, BUSDMA_SIM_HOOK_INV), inv + 2);
	assert_int_equal(
	    busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WBINV), wbinv + 1);
	assert_int_equal(
	    busdma_sim_calls(sim, BUSDMA_SIM_HOOK_MEMORY), memory + 1);
	assert_int_equal(
	    busdma_sim_calls(sim, BUSDMA_SIM_HOOK_WINDOW), windows + 1);
	/* Another window is the first that may fail. */
	assert_null(ca->ca_pl->pl_window(ca->ca_pl, ca->ca_pa, 1, 0));
	assert_true(busdma_sim_fail_at(sim, 0));
	assert_silent(ca->ca_su);
	busdma_sim_interrupt(sim, false);
	cache_down(ca);
}

static void
assert_refused(struct cache *ca, size_t off, paddr_t pa, size_t len)
{
	uintptr_t va = (uintptr_t)ca->ca_buf + off;

	ca->ca_ops->ca_wb(ca->ca_pl, va, pa, len);
	assert_report(ca->ca_su, BUSDMA_SIM_MISUSE);
	ca->ca_ops->ca_inv(ca->ca_pl, va, pa, len);
	assert_report(ca->ca_su, BUSDMA_SIM_MISUSE);
	ca->ca_ops->ca_wbinv(ca->ca_pl, va, pa, len);
	assert_report(ca->ca_su, BUSDMA_SIM_MISUSE);
}

static void
operations_on_no_lines_are_reported(void **state)
{
	struct cache *ca = still(64);
	void *w;

	(void)state;
	ca->ca_buf[0] = 1;
	assert_refused(ca, 0, ca->ca_pa, 0);
	assert_refused(ca, 1, ca->ca_pa + 1, 64);
	assert_refused(ca, 0, ca->ca_pa, 63);
	assert_refused(ca, 32, ca->ca_pa + 32, 64);
	/* Two addresses of two places, or of a place and of none. */
	assert_refused(ca, 0, ca->ca_pa + 64, 64);
	assert_refused(ca, 0, MIDBASE + MIDSIZE, 64);
	assert_refused(ca, SIZE, ca->ca_pa + SIZE, 64);
	assert_refused(ca, SIZE - 64, ca->ca_pa + SIZE - 64, 128);
	assert_int_equal(ca->ca_buf[0], 1);
	assert_int_equal(ram_get(ca, 0), 0);
	w = ca->ca_pl->pl_window(
	    ca->ca_pl, ca->ca_pa + 1, PAGE, BUSDMA_WINDOW_SYNC);
	assert_report(ca->ca_su, BUSDMA_SIM_MISUSE);
	ca->ca_pl->pl_window_done(ca->ca_pl, w, PAGE);
	cache_guilty(ca);
	cache_down(ca);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_that_make_no_sense_are_refused),
		cmocka_unit_test(a_host_without_files_is_no_memory),
		SIMUNIT(the_platform_says_what_there_is),
		cmocka_unit_test(a_store_waits_for_its_write_back),
		cmocka_unit_test(a_line_goes_back_whole),
		cmocka_unit_test(what_is_invalidated_is_lost),
		cmocka_unit_test(both_at_once_lose_nothing),
		cmocka_unit_test(a_line_written_back_stays),
		cmocka_unit_test(a_store_that_is_undone_leaves_an_old_line),
		cmocka_unit_test(long_accesses_go_line_by_line),
		cmocka_unit_test(ram_is_read_and_written_past_the_cache),
		cmocka_unit_test(addresses_of_a_page_agree),
		cmocka_unit_test(new_pages_are_dirty),
		cmocka_unit_test(a_loss_is_reported),
		cmocka_unit_test(hooks_are_counted_and_never_fail),
		cmocka_unit_test(operations_on_no_lines_are_reported),
	};

	return cmocka_run_group_tests_name("simcache", tests, NULL, NULL);
}
