/* SPDX-License-Identifier: BSD-2-Clause */
/* What the drivers' tests share: see machine.h. */
#include "tests/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAXCASES 256

static struct CMUnitTest cases[MAXCASES];
static char names[MAXCASES][64];
static size_t ncases;

const struct machine_config *
test_machine(const char *name)
{
	const struct machine_config *mc = machine_find(name);

	if (mc == NULL)
		fail_msg("no machine %s", name);
	return mc;
}

uint64_t
test_seeds(const struct machine_config *mc, uint64_t n)
{
	return mc->mc_bounce != NULL ? (n + 1) / 2 : n;
}

size_t
test_lines(const struct machine_config *mc, size_t n)
{
	return mc->mc_line != 0 ? (n + mc->mc_line - 1) & -(size_t)mc->mc_line
				: n;
}

bool
test_memory(struct busdma_sim *sim, paddr_t pa, void *p, size_t len, bool in)
{
	const struct busdma_platform *pl = busdma_sim_platform(sim);
	char *from = p;
	size_t n;
	void *va;

	for (; len != 0; pa += n, from += n, len -= n) {
		n = pl->pl_pagesize - (size_t)(pa & (pl->pl_pagesize - 1));
		if (n > len)
			n = len;
		va = pl->pl_window(pl, pa, n, BUSDMA_WINDOW_SYNC);
		if (va == NULL)
			return false;
		memcpy(in ? va : from, in ? from : va, n);
		pl->pl_window_done(pl, va, n);
	}
	return true;
}

void
test_machine_end(struct machine *ma, unsigned reports)
{
	unsigned leaks = machine_destroy(ma);

	if (ma->ma_reports != reports)
		fail_msg("%u reports, not %u; the first: %s", ma->ma_reports,
		    reports, ma->ma_reporttext);
	assert_int_equal(leaks, 0);
}

/* Before cmocka runs there is no case to fail. */
static void
add(const struct CMUnitTest *ut)
{
	if (ncases == MAXCASES) {
		(void)fprintf(stderr, "more than %d cases\n", MAXCASES);
		exit(99);
	}
	cases[ncases++] = *ut;
}

void
test_add(const struct CMUnitTest *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add(&list[i]);
}

void
test_add_on(
    const struct machine_config *mc, const struct test_each *each, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct CMUnitTest ut = {
			.name = names[ncases],
			.test_func = each[i].te_func,
			.initial_state = (void *)(uintptr_t)mc,
		};

		add(&ut);
		(void)snprintf(names[ncases - 1], sizeof(names[0]),
		    "test_%s/%s", each[i].te_name, mc->mc_name);
	}
}

void
test_add_on_all(const struct test_each *each, size_t count)
{
	unsigned i;

	/* All of them, but where they are slow: see ../meson.build. */
	for (i = TESTS_FIRST; i < machine_nconfigs; i += TESTS_EVERY)
		test_add_on(&machine_configs[i], each, count);
}

int
test_main(const char *group)
{
	return _cmocka_run_group_tests(group, cases, ncases, NULL, NULL);
}
