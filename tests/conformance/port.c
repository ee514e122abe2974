/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks themselves: what the library's own calls of them do not show.
 */
#include "suite.h"

#define ROOM 6

/* Memory of many runs: the kernel's, or a process's; *spacep is its space. */
static char *
scattered(struct conf *c, size_t size, busdma_space_t *spacep)
{
	char *p;

	p = c->cf_env->ce_alloc(c->cf_env, CONF_MEM_PAGES, size);
	if (p != NULL) {
		c->cf_env->ce_free(c->cf_env, CONF_MEM_PAGES, p, size);
		*spacep = NULL;
		return conf_mem(c, CONF_MEM_PAGES, size);
	}
	p = conf_umem(c, size);
	*spacep = p != NULL ? conf_space(c) : NULL;
	return p;
}

/* No more runs than there is room for, and nothing behind them. */
static void
extract_room(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	size_t page = (size_t)c->cf_page, len = ROOM * page - 1;
	const struct busdma_frag mark = { 0x1234567, 0x7654321 };
	struct busdma_frag f[ROOM + 1];
	busdma_space_t space;
	unsigned got, n, i;
	bus_size_t sum;
	char *buf;

	OK(buf = scattered(c, ROOM * page, &space));
	for (n = 1; n <= ROOM; n++) {
		for (i = 0; i <= ROOM; i++)
			f[i] = mark;
		got = pl->pl_extract(pl, space, (uintptr_t)buf + 1, len, f, n);
		TRUE(got >= 1 && got <= n);
		for (i = 0, sum = 0; i < got; i++) {
			TRUE(f[i].bf_len != 0 && f[i].bf_len <= len - sum);
			sum += f[i].bf_len;
		}
		for (i = n; i <= ROOM; i++)
			TRUE(f[i].bf_addr == mark.bf_addr &&
			     f[i].bf_len == mark.bf_len);
	}
}

/* What is in front of the end of memory is answered. */
static void
extract_front(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	size_t page = (size_t)c->cf_page;
	struct busdma_frag f[4];
	unsigned got;
	char *buf;

	OK(buf = conf_mem(c, CONF_MEM_EDGE, page));
	got = pl->pl_extract(pl, NULL, (uintptr_t)buf + page - 9, page, f, 4);
	TRUE(got >= 1 && got <= 4);
	EQ(f[0].bf_addr, conf_pa(c, buf + page - 9));
	TRUE(f[0].bf_len >= 1 && f[0].bf_len <= 9);
	EQ(pl->pl_extract(pl, NULL, (uintptr_t)buf + page, 1, f, 4), 0);
}

/* A window shows the bytes that it was asked for, and two may be open. */
static void
window(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	size_t page = (size_t)c->cf_page;
	uint8_t *a = c->cf_bytes[0];
	char *buf, *w1, *w2;

	if (pl->pl_window == NULL)
		SKIP("physical addresses are pointers, or there is no window");
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * page));
	memset(buf, 0, 2 * page);
	conf_pattern(a, 60, 5);
	memcpy(buf + page - 30, a, 60);
	w1 = pl->pl_window(pl, conf_pa(c, buf + page - 30), 60, 0);
	TRUE(w1 != NULL);
	w2 = pl->pl_window(pl, conf_pa(c, buf + 5), 1, 0);
	TRUE(w2 != NULL);
	EQ(memcmp(w1, a, 60), 0);
	w1[59] = 77;
	*w2 = 78;
	if (pl->pl_window_done != NULL) {
		pl->pl_window_done(pl, w1, 60);
		pl->pl_window_done(pl, w2, 1);
	}
	EQ(buf[page + 29], 77);
	EQ(buf[5], 78);
	EQ(buf[4], 0);
	EQ(buf[6], 0);
}

const struct conf_case conf_port_cases[] = {
	{ "port/extract-room", extract_room },
	{ "port/extract-front", extract_front },
	{ "port/window", window },
	{ NULL, NULL },
};
