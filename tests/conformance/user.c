/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Item 5.17 of the contract: memory of another address space.
 */
#include "suite.h"

static void
linear(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page;
	struct proc *p = c->cf_env->ce_proc;
	bus_dmamap_t map;
	char *u;

	OK(u = conf_umem(c, 4 * page));
	OK(map = conf_map(c, c->cf_tag, 4 * page, 8, 4 * page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, u, 4 * page, p, 0), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, conf_space(c), u, 4 * page));
	EXPECT(map, &cl);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, u + page - 9, page + 20, p, BUS_DMA_NOWAIT),
	    0);
	conf_nofrags(c);
	OK(conf_frag_va(c, conf_space(c), u + page - 9, page + 20));
	EXPECT(map, &cl);
}

static void
user_uio(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page;
	struct iovec iov[3];
	struct uio uio;
	bus_dmamap_t map;
	char *u;

	if (c->cf_env->ce_pl->pl_uio != &busdma_uio_chain)
		SKIP("the platform has uios of its own, or none");
	OK(u = conf_umem(c, 4 * page));
	OK(map = conf_map(c, c->cf_tag, 4 * page, 12, 4 * page, 0));
	iov[0].iov_base = u + 100;
	iov[0].iov_len = page;
	iov[1].iov_base = u;
	iov[1].iov_len = 0;
	iov[2].iov_base = u + 2 * page + 1;
	iov[2].iov_len = page + 50;
	memset(&uio, 0, sizeof(uio));
	uio.uio_iov = iov;
	uio.uio_iovcnt = 3;
	uio.uio_resid = 2 * page + 20;
	uio.uio_vmspace = conf_space(c);
	EQ(bus_dmamap_load_uio(c->cf_tag, map, &uio, BUS_DMA_WRITE), 0);
	conf_nofrags(c);
	OK(conf_frag_va(c, conf_space(c), u + 100, page));
	OK(conf_frag_va(c, conf_space(c), u + 2 * page + 1, page + 20));
	EXPECT(map, &cl);
}

/* A page that is gone, first, in the middle and last. */
static void
hole(struct conf *c)
{
	size_t page = (size_t)c->cf_page;
	struct proc *p = c->cf_env->ce_proc;
	bus_dmamap_t map;
	char *u;

	if (c->cf_env->ce_uunmap == NULL)
		SKIP("user pages can't be taken away");
	OK(u = conf_umem(c, 5 * page));
	OK(map = conf_map(c, c->cf_tag, 5 * page, 12, 5 * page, 0));
	EQ(bus_dmamap_load(c->cf_tag, map, u, 5 * page, p, 0), 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(c->cf_env->ce_uunmap(c->cf_env, u + 2 * page), 0);
	EQ(bus_dmamap_load(c->cf_tag, map, u, 5 * page, p, 0), EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, u + 2 * page, page, p, 0), EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, u + page, page + 1, p, 0), EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, u + 3 * page - 1, 2, p, 0), EFAULT);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, map, u + 3 * page, 2 * page, p, 0), 0);
	bus_dmamap_unload(c->cf_tag, map);
	EQ(bus_dmamap_load(c->cf_tag, map, u, 2 * page, p, 0), 0);
}

/* The kernel's address and the process's are not mistaken for each other. */
static void
data(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	size_t page = (size_t)c->cf_page;
	struct proc *p = env->ce_proc;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	bus_dmamap_t map;
	char *u;

	if (env->ce_copyin == NULL)
		SKIP("no user memory");
	if (env->ce_dev_read == NULL)
		SKIP("no device access");
	OK(u = conf_umem(c, 2 * page));
	OK(map = conf_map(c, c->cf_tag, 4000, 8, 4000, 0));
	conf_pattern(a, 4000, 3);
	EQ(env->ce_copyout(env, a, u + page - 1500, 4000), 0);
	EQ(bus_dmamap_load(c->cf_tag, map, u + page - 1500, 4000, p, 0), 0);
	bus_dmamap_sync(c->cf_tag, map, 0, 4000,
	    BUS_DMASYNC_PREWRITE | BUS_DMASYNC_PREREAD);
	EQ(conf_dev(c, map, 0, b, 4000, false), 0);
	EQ(memcmp(a, b, 4000), 0);
	/* The device writes a part; only that part is synced. */
	conf_pattern(a + 1000, 1500, 4);
	EQ(conf_dev(c, map, 1000, a + 1000, 1500, true), 0);
	bus_dmamap_sync(c->cf_tag, map, 1000, 1500, BUS_DMASYNC_POSTREAD);
	EQ(env->ce_copyin(env, u + page - 1500, b, 4000), 0);
	EQ(memcmp(a, b, 4000), 0);
	bus_dmamap_unload(c->cf_tag, map);
	QUIET();
}

const struct conf_case conf_user_cases[] = {
	{ "5.17/user-linear", linear },
	{ "5.17/user-uio", user_uio },
	{ "5.17/user-hole", hole },
	{ "5.17/user-data", data },
	{ NULL, NULL },
};
