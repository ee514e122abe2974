/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults reach the handler of the nearest tag.  What a backend does is in
 * 5.15; that handlers can be set on any tag, and are not called for nothing,
 * is shown everywhere.
 */
#include "suite.h"

struct seen {
	unsigned se_calls;
	struct bus_dma_fault se_last;
	bus_dma_tag_t se_tag;
	bus_dmamap_t se_unload; /* of se_tag; NULL: none */
};

static void
handler(void *arg, const struct bus_dma_fault *ft)
{
	struct seen *se = arg;

	se->se_calls++;
	se->se_last = *ft;
	if (se->se_unload != NULL) {
		bus_dmamap_unload(se->se_tag, se->se_unload);
		se->se_unload = NULL;
	}
}

/*
 * A bus address of memory that was loaded on `t' and no longer is; `map' and a
 * buffer of a page are the case's.
 */
static bool
stale(struct conf *c, bus_dma_tag_t t, bus_dmamap_t *mapp, bus_addr_t *addr)
{
	void *buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page);
	int error;

	if (buf == NULL)
		return false;
	*mapp = conf_map(c, t, c->cf_page, 8, c->cf_page, 0);
	if (*mapp == NULL)
		return false;
	error =
	    bus_dmamap_load(t, *mapp, buf, c->cf_page, NULL, BUS_DMA_NOWAIT);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0))
		return false;
	*addr = (*mapp)->dm_segs[0].ds_addr;
	bus_dmamap_unload(t, *mapp);
	return true;
}

#define FAULTS()                                                          \
	do {                                                              \
		if (!c->cf_env->ce_dev_faults)                            \
			SKIP("a device's faults don't reach the driver"); \
	} while (0)

static void
delivered(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct seen se;
	bus_dmamap_t map;
	bus_addr_t addr;
	uint8_t b[8];

	FAULTS();
	memset(&se, 0, sizeof(se));
	OK(stale(c, c->cf_tag, &map, &addr));
	bus_dmatag_onfault(c->cf_tag, handler, &se);
	EQ(env->ce_dev_read(env, addr, b, 8), EFAULT);
	EQ(se.se_calls, 1);
	EQ(se.se_last.ft_reason, BUS_DMA_FAULT_UNMAPPED);
	EQ(se.se_last.ft_addr, addr);
	TRUE(!se.se_last.ft_write);
	TRUE(se.se_last.ft_len == 0 || se.se_last.ft_len == 8);
	EQ(env->ce_dev_write(env, addr + 16, b, 4), EFAULT);
	EQ(se.se_calls, 2);
	EQ(se.se_last.ft_addr, addr + 16);
	TRUE(se.se_last.ft_write);
	/* No longer. */
	bus_dmatag_onfault(c->cf_tag, NULL, NULL);
	EQ(env->ce_dev_read(env, addr, b, 8), EFAULT);
	EQ(se.se_calls, 2);
}

/* A handler may unload maps: no lock is held. */
static void
unloads(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct seen se;
	bus_dmamap_t map, other;
	bus_addr_t addr;
	uint8_t b[8];
	char *buf;

	FAULTS();
	memset(&se, 0, sizeof(se));
	/* First: what is stale may be where the next load goes. */
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(other = conf_map(c, c->cf_tag, 64, 4, 64, 0));
	EQ(bus_dmamap_load(c->cf_tag, other, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
	OK(stale(c, c->cf_tag, &map, &addr));
	se.se_tag = c->cf_tag;
	se.se_unload = other;
	bus_dmatag_onfault(c->cf_tag, handler, &se);
	EQ(env->ce_dev_read(env, addr, b, 8), EFAULT);
	bus_dmatag_onfault(c->cf_tag, NULL, NULL);
	EQ(se.se_calls, 1);
	INVALID(other);
}

/* The handler of the tag whose map it is nearest to, or of its origin. */
static void
nearest(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct bus_dma_limits lim;
	struct seen of_tag;
	bus_dmamap_t map;
	bus_addr_t addr;
	bus_dma_tag_t t;
	uint8_t b[8];
	char *buf;

	FAULTS();
	memset(&of_tag, 0, sizeof(of_tag));
	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, t, 64, 4, 64, 0));
	EQ(bus_dmamap_load(t, map, buf, 16, NULL, BUS_DMA_NOWAIT), 0);
	addr = map->dm_segs[0].ds_addr + 32;
	/* Its parent's, as it has none. */
	bus_dmatag_onfault(c->cf_tag, handler, &of_tag);
	EQ(env->ce_dev_read(env, addr, b, 8), EFAULT);
	bus_dmatag_onfault(c->cf_tag, NULL, NULL);
	EQ(of_tag.se_calls, 1);
	EQ(of_tag.se_last.ft_addr, addr);
}

/* What is in order is no fault; and a handler is the tag's own matter. */
static void
for_nothing(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct bus_dma_limits lim;
	bus_dmamap_t map;
	bus_dma_tag_t t;
	struct seen se;
	uint8_t b[8];
	char *buf;

	memset(&se, 0, sizeof(se));
	memset(&lim, 0, sizeof(lim));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	bus_dmatag_onfault(t, handler, &se);
	bus_dmatag_onfault(c->cf_tag, handler, &se);
	OK(buf = conf_mem(c, CONF_MEM_RUN, (size_t)c->cf_page));
	OK(map = conf_map(c, t, 64, 4, 64, 0));
	EQ(bus_dmamap_load(t, map, buf, 64, NULL, BUS_DMA_NOWAIT), 0);
	bus_dmamap_sync(t, map, 0, 64, BUS_DMASYNC_PREWRITE);
	if (env->ce_dev_read != NULL)
		EQ(env->ce_dev_read(env, map->dm_segs[0].ds_addr, b, 8), 0);
	bus_dmamap_sync(t, map, 0, 64, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(t, map);
	bus_dmatag_onfault(c->cf_tag, NULL, NULL);
	bus_dmatag_onfault(NULL, handler, &se);
	EQ(se.se_calls, 0);
}

const struct conf_case conf_fault_cases[] = {
	{ "5.15/fault-delivered", delivered },
	{ "5.15/fault-handler-unloads", unloads },
	{ "5.15/fault-of-a-narrowed-tag", nearest },
	{ "5.15/no-fault", for_nothing },
	{ NULL, NULL },
};
