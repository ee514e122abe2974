/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads in parts: every byte of a transfer comes once, in order, by whatever
 * description of the buffer, and gets through both ways.
 */
#include "suite.h"

#define NPARTS 12
#define NPAGES 9

/* A transfer of `pl_len' bytes at pl_buf, and how it is described. */
struct plan {
	bus_dma_tag_t pl_tag;
	bus_dmamap_t pl_map;
	char *pl_buf;
	size_t pl_len;
	int pl_flags;
	unsigned pl_parts; /* that it has come in */

	struct busdma_part pl_part[NPARTS];
	struct conf_chain pl_chain;
	struct mbuf pl_mbuf[NPARTS];
	struct iovec pl_iov[NPARTS];
	struct uio pl_uio;
	bus_dma_segment_t pl_segs[NPAGES + 1];
};

typedef int start_t(struct conf *c, struct plan *pl);

/* A map that is made for parts. */
static bool
map_on(struct conf *c, struct plan *pl, bus_dma_tag_t t, bus_size_t size,
    int nsegs, bus_size_t maxsegsz)
{
	int i, error;

	for (i = 0; c->cf_maps[i].cm_map != NULL; i++)
		continue;
	error = bus_dmamap_create(t, size, nsegs, maxsegsz, 0,
	    BUS_DMA_NOWAIT | BUS_DMA_PARTIAL, &pl->pl_map);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_create", (uint64_t)error, 0))
		return false;
	c->cf_maps[i].cm_map = pl->pl_map;
	c->cf_maps[i].cm_tag = pl->pl_tag = t;
	return true;
}

/* NPAGES pages, some of the first left out, and a map too small for them. */
static struct plan *
make(struct conf *c, enum conf_mem kind, int nsegs, bus_size_t size)
{
	static struct plan plan;
	const size_t page = (size_t)c->cf_page;

	memset(&plan, 0, sizeof(plan));
	plan.pl_buf = conf_mem(c, kind, NPAGES * page);
	if (plan.pl_buf == NULL ||
	    !map_on(c, &plan, c->cf_tag, size, nsegs, 2 * page))
		return NULL;
	plan.pl_buf += 64;
	plan.pl_len = NPAGES * page - 64;
	plan.pl_flags = BUS_DMA_NOWAIT | BUS_DMA_PARTIAL;
	return &plan;
}

static int
start_linear(struct conf *c, struct plan *pl)
{
	return bus_dmamap_load(
	    pl->pl_tag, pl->pl_map, pl->pl_buf, pl->pl_len, NULL, pl->pl_flags);
}

/* The i-th of NPARTS parts; the fourth is empty. */
static size_t
part_of(const struct plan *pl, unsigned i, char **bufp)
{
	const size_t each = pl->pl_len / (NPARTS - 1) + 3;
	const size_t off = each * (i - (i > 3));

	*bufp = pl->pl_buf + off;
	if (i == 3)
		return 0;
	return i == NPARTS - 1 ? pl->pl_len - off : each;
}

static int
start_chain(struct conf *c, struct plan *pl)
{
	char *p;
	unsigned i;

	for (i = 0; i < NPARTS; i++) {
		pl->pl_part[i].pt_len = part_of(pl, i, &p);
		pl->pl_part[i].pt_addr = p;
	}
	pl->pl_chain.ca_parts = pl->pl_part;
	pl->pl_chain.ca_nparts = NPARTS;
	pl->pl_chain.ca_total = pl->pl_len;
	return bus_dmamap_load_chain(pl->pl_tag, pl->pl_map, &conf_chain_ops,
	    &pl->pl_chain, pl->pl_flags);
}

static int
start_mbuf(struct conf *c, struct plan *pl)
{
	unsigned i;

	for (i = 0; i < NPARTS; i++) {
		pl->pl_mbuf[i].m_len =
		    (int)part_of(pl, i, &pl->pl_mbuf[i].m_data);
		pl->pl_mbuf[i].m_next =
		    i + 1 < NPARTS ? &pl->pl_mbuf[i + 1] : NULL;
	}
	pl->pl_mbuf[0].m_flags = M_PKTHDR;
	pl->pl_mbuf[0].m_pkthdr.len = (int)pl->pl_len;
	return bus_dmamap_load_mbuf(
	    pl->pl_tag, pl->pl_map, pl->pl_mbuf, pl->pl_flags);
}

static int
start_uio(struct conf *c, struct plan *pl)
{
	char *p;
	unsigned i;

	for (i = 0; i < NPARTS; i++) {
		pl->pl_iov[i].iov_len = part_of(pl, i, &p);
		pl->pl_iov[i].iov_base = p;
	}
	pl->pl_uio.uio_iov = pl->pl_iov;
	pl->pl_uio.uio_iovcnt = NPARTS;
	pl->pl_uio.uio_resid = pl->pl_len;
	return bus_dmamap_load_uio(
	    pl->pl_tag, pl->pl_map, &pl->pl_uio, pl->pl_flags);
}

static int
start_raw(struct conf *c, struct plan *pl)
{
	const size_t page = (size_t)c->cf_page;
	size_t done, len;
	int n = 0;

	for (done = 0; done < pl->pl_len; done += len) {
		len = n == 0 ? page - 64 : page;
		if (n == 4)
			pl->pl_segs[n++].ds_len = 0;
		pl->pl_segs[n].ds_addr = conf_pa(c, pl->pl_buf + done);
		pl->pl_segs[n++].ds_len = len;
	}
	return bus_dmamap_load_raw(
	    pl->pl_tag, pl->pl_map, pl->pl_segs, n, pl->pl_len, pl->pl_flags);
}

/* A part at `done' is loaded: is its length one that a part may have? */
static bool
length_ok(struct conf *c, const struct plan *pl, size_t done)
{
	const bus_size_t len = pl->pl_map->dm_mapsize;
	const unsigned shift = (unsigned)pl->pl_flags >> 24;

	if (!conf_true(c, __FILE__, __LINE__, "not past the end",
		len <= pl->pl_len - done))
		return false;
	if (len == pl->pl_len - done)
		return true;
	return conf_true(c, __FILE__, __LINE__, "whole granules",
		   (len & (((bus_size_t)1 << shift) - 1)) == 0) &&
	       conf_true(c, __FILE__, __LINE__, "whole pages, or a power of 2",
		   (len & (c->cf_page - 1)) == 0 ||
		       (len < c->cf_page && (len & (len - 1)) == 0));
}

/* The device reads a part, and writes it. */
static bool
part_through(struct conf *c, const struct plan *pl, size_t done)
{
	const size_t len = (size_t)pl->pl_map->dm_mapsize;
	uint8_t *b = c->cf_bytes[0];
	size_t off, n;

	bus_dmamap_sync(pl->pl_tag, pl->pl_map, 0, len,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	for (off = 0; off < len; off += n) {
		n = len - off < 4096 ? len - off : 4096;
		if (!conf_eq(c, __FILE__, __LINE__, "the device's read",
			(uint64_t)conf_dev(c, pl->pl_map, off, b, n, false),
			0) ||
		    !conf_true(c, __FILE__, __LINE__, "what the device read",
			memcmp(b, pl->pl_buf + done + off, n) == 0))
			return false;
		conf_pattern(b, n, (unsigned)(done + off) + 7);
		if (!conf_eq(c, __FILE__, __LINE__, "the device's write",
			(uint64_t)conf_dev(c, pl->pl_map, off, b, n, true), 0))
			return false;
	}
	bus_dmamap_sync(pl->pl_tag, pl->pl_map, 0, len,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	for (off = 0; off < len; off += n) {
		n = len - off < 4096 ? len - off : 4096;
		conf_pattern(b, n, (unsigned)(done + off) + 7);
		if (!conf_true(c, __FILE__, __LINE__, "what the device wrote",
			memcmp(b, pl->pl_buf + done + off, n) == 0))
			return false;
	}
	return true;
}

/* The transfer, from its load, which has returned `error', to its end. */
static bool
follow(struct conf *c, struct plan *pl, int error)
{
	const bool data =
	    c->cf_env->ce_dev_read != NULL && c->cf_env->ce_dev_write != NULL;
	size_t done = 0;

	for (pl->pl_parts = 0; error == 0 && pl->pl_map->dm_mapsize != 0;
	     error = bus_dmamap_load_next(pl->pl_tag, pl->pl_map)) {
		if (!length_ok(c, pl, done) ||
		    (data && !part_through(c, pl, done)))
			return false;
		done += (size_t)pl->pl_map->dm_mapsize;
		pl->pl_parts++;
	}
	return conf_eq(c, __FILE__, __LINE__, "error of a part",
		   (uint64_t)error, 0) &&
	       conf_eq(c, __FILE__, __LINE__, "bytes done", done, pl->pl_len) &&
	       conf_eq(c, __FILE__, __LINE__, "dm_nsegs at the end",
		   (uint64_t)pl->pl_map->dm_nsegs, 0);
}

/* In parts, because of segments or because of the map's size. */
static void
in_parts(struct conf *c, enum conf_mem kind, start_t *start)
{
	const size_t page = (size_t)c->cf_page;
	struct plan *pl;
	unsigned i;

	for (i = 0; i < 4; i++) {
		OK(pl = make(c, kind, i < 2 ? 1 : 3, (2 + i) * page));
		conf_pattern(pl->pl_buf, pl->pl_len, i);
		OK(follow(c, pl, start(c, pl)));
		TRUE(pl->pl_parts > 1);
		/* Nothing is left of it: once more, another length. */
		pl->pl_len -= 5 * page + 1;
		OK(follow(c, pl, start(c, pl)));
		conf_unmap(c, pl->pl_map);
	}
	QUIET();
}

static void
linear(struct conf *c)
{
	in_parts(c, CONF_MEM_PAGES, start_linear);
}

static void
one_run(struct conf *c)
{
	in_parts(c, CONF_MEM_RUN, start_linear);
}

static void
chain(struct conf *c)
{
	in_parts(c, CONF_MEM_RUN, start_chain);
}

static void
mbufs(struct conf *c)
{
	if (c->cf_env->ce_pl->pl_mbuf != &busdma_mbuf_chain)
		SKIP("the platform has mbufs of its own, or none");
	in_parts(c, CONF_MEM_RUN, start_mbuf);
}

static void
uios(struct conf *c)
{
	if (c->cf_env->ce_pl->pl_uio != &busdma_uio_chain)
		SKIP("the platform has uios of its own, or none");
	in_parts(c, CONF_MEM_PAGES, start_uio);
}

static void
raw(struct conf *c)
{
	in_parts(c, CONF_MEM_RUN, start_raw);
}

/* Out of reach: through other memory, or not at all. */
static void
far(struct conf *c)
{
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_FAR, 2, 3 * c->cf_page));
	if (!c->cf_env->ce_bounces) {
		EQ(start_linear(c, pl), EFAULT);
		INVALID(pl->pl_map);
		return;
	}
	conf_unmap(c, pl->pl_map);
	in_parts(c, CONF_MEM_FAR, start_linear);
	in_parts(c, CONF_MEM_FAR, start_chain);
	QUIET();
}

static void
user(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	const size_t page = (size_t)c->cf_page;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct plan pl;
	size_t done = 0, len = 4 * page - 100;
	int error;
	char *u;

	OK(u = conf_umem(c, 4 * page));
	if (env->ce_copyout == NULL || env->ce_dev_read == NULL)
		SKIP("no copies to user memory, or no device access");
	OK(map_on(c, &pl, c->cf_tag, page, 2, page));
	u += 100;
	conf_pattern(a, 4000, 3);
	for (done = 0; done < len; done += 4000)
		EQ(env->ce_copyout(
		       env, a, u + done, len - done < 4000 ? len - done : 4000),
		    0);
	done = 0;
	for (error = bus_dmamap_load(pl.pl_tag, pl.pl_map, u, len, env->ce_proc,
		 BUS_DMA_PARTIAL | BUS_DMA_WRITE);
	     error == 0 && pl.pl_map->dm_mapsize != 0;
	     error = bus_dmamap_load_next(pl.pl_tag, pl.pl_map)) {
		bus_dmamap_sync(pl.pl_tag, pl.pl_map, 0, pl.pl_map->dm_mapsize,
		    BUS_DMASYNC_PREWRITE);
		EQ(conf_dev(c, pl.pl_map, 0, b, 7, false), 0);
		for (size_t i = 0; i < 7; i++)
			EQ(b[i], a[(done + i) % 4000]);
		bus_dmamap_sync(pl.pl_tag, pl.pl_map, 0, pl.pl_map->dm_mapsize,
		    BUS_DMASYNC_POSTWRITE);
		done += (size_t)pl.pl_map->dm_mapsize;
	}
	EQ(error, 0);
	EQ(done, len);
	QUIET();
}

/* Where less than a page fits; as few as can be are asked of each. */
static void
small(struct conf *c)
{
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_RUN, 1, 1000));
	pl->pl_len = 3000;
	OK(follow(c, pl, start_linear(c, pl)));
	EQ(pl->pl_parts, 5);
	pl->pl_map->dm_maxsegsz = 200;
	pl->pl_len = 1000;
	OK(follow(c, pl, start_linear(c, pl)));
	TRUE(c->cf_env->ce_bounces || pl->pl_parts >= 5);
	/* Restored at the end. */
	EQ(pl->pl_map->dm_maxsegsz, 2 * c->cf_page);
	QUIET();
}

/* Whole blocks: of less than a page, and of two. */
static void
granule(struct conf *c)
{
	struct plan *pl;
	bus_size_t mask;
	unsigned i, j;

	OK(pl = make(c, CONF_MEM_RUN, 3, 5 * c->cf_page));
	for (i = 0; i < 2; i++) {
		for (j = 9; i == 1 && (c->cf_page >> j) != 0;)
			j++;
		mask = ((bus_size_t)1 << j) - 1;
		pl->pl_map->dm_maxsegsz = i == 0 ? 700 : c->cf_page;
		pl->pl_len = (size_t)(NPAGES * c->cf_page - 64) & ~(size_t)mask;
		pl->pl_flags =
		    BUS_DMA_NOWAIT | BUS_DMA_PARTIAL | BUS_DMA_GRANULE(j);
		OK(follow(c, pl, start_linear(c, pl)));
		TRUE(pl->pl_parts > 1);
	}
	/* A map that is shorter than one. */
	conf_unmap(c, pl->pl_map);
	OK(map_on(c, pl, c->cf_tag, 1000, 2, 1000));
	pl->pl_flags = BUS_DMA_NOWAIT | BUS_DMA_PARTIAL | BUS_DMA_GRANULE(10);
	EQ(start_linear(c, pl), EINVAL);
	INVALID(pl->pl_map);
	QUIET();
}

static void
maxsegsz(struct conf *c)
{
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_RUN, 3, NPAGES * c->cf_page));
	pl->pl_map->dm_maxsegsz = c->cf_page;
	EQ(start_linear(c, pl), 0);
	EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
	EQ(pl->pl_map->dm_maxsegsz, c->cf_page);
	TRUE(pl->pl_map->dm_segs[0].ds_len <= c->cf_page);
	bus_dmamap_unload(pl->pl_tag, pl->pl_map);
	EQ(pl->pl_map->dm_maxsegsz, 2 * c->cf_page);
	QUIET();
}

/* What fits, and nothing. */
static void
whole(struct conf *c)
{
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_RUN, NPAGES, NPAGES * c->cf_page));
	OK(follow(c, pl, start_linear(c, pl)));
	EQ(pl->pl_parts, 1);
	EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
	pl->pl_len = 0;
	OK(follow(c, pl, start_linear(c, pl)));
	EQ(pl->pl_parts, 0);
	bus_dmamap_unload(pl->pl_tag, pl->pl_map);
	QUIET();
}

/* The rest is given up: by an unload, by a load; and by the end of the map. */
static void
given_up(struct conf *c)
{
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_RUN, 1, 2 * c->cf_page));
	EQ(start_linear(c, pl), 0);
	EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
	bus_dmamap_unload(pl->pl_tag, pl->pl_map);
	INVALID(pl->pl_map);
	EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), EINVAL);
	REPORTED(BUSDMA_REPORT_NEXT);
	EQ(start_linear(c, pl), 0);
	pl->pl_len = 100;
	EQ(start_linear(c, pl), 0);
	REPORTED(BUSDMA_REPORT_RELOAD);
	OK(follow(c, pl, 0));
	pl->pl_len = 5 * (size_t)c->cf_page;
	EQ(start_linear(c, pl), 0);
	EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
	TRUE(pl->pl_map->dm_mapsize != 0);
	conf_unmap(c, pl->pl_map);
	QUIET();
}

static void
not_for_parts(struct conf *c)
{
	const size_t page = (size_t)c->cf_page;
	bus_dmamap_t map;
	struct plan *pl;

	OK(pl = make(c, CONF_MEM_RUN, 1, 2 * page));
	/* The map, the load, and a map of another tag. */
	OK(map = conf_map(c, c->cf_tag, 2 * page, 1, 2 * page, 0));
	EQ(bus_dmamap_load(
	       c->cf_tag, map, pl->pl_buf, 3 * page, NULL, BUS_DMA_PARTIAL),
	    EINVAL);
	INVALID(map);
	EQ(bus_dmamap_load(c->cf_tag, pl->pl_map, pl->pl_buf, 3 * page, NULL,
	       BUS_DMA_NOWAIT),
	    EINVAL);
	INVALID(pl->pl_map);
	EQ(bus_dmamap_load(
	       c->cf_tag, map, pl->pl_buf, page, NULL, BUS_DMA_PARTIAL),
	    0);
	EQ(bus_dmamap_load_next(c->cf_tag, map), 0);
	INVALID(map);
	conf_unmap(c, map);
	EQ(bus_dmamap_load_next(c->cf_tag, NULL), EINVAL);
	REPORTED(BUSDMA_REPORT_FOREIGN);
	EQ(bus_dmamap_load_next(NULL, NULL), EINVAL);
	QUIET();
}

static void
wrong_chain(struct conf *c)
{
	struct plan *pl;
	int i;

	OK(pl = make(c, CONF_MEM_RUN, 1, 2 * c->cf_page));
	for (i = -1; i <= 1; i += 2) {
		EQ(start_chain(c, pl), 0);
		bus_dmamap_unload(pl->pl_tag, pl->pl_map);
		pl->pl_chain.ca_total = pl->pl_len + (bus_size_t)(int64_t)i;
		EQ(bus_dmamap_load_chain(pl->pl_tag, pl->pl_map,
		       &conf_chain_ops, &pl->pl_chain, pl->pl_flags),
		    EINVAL);
		INVALID(pl->pl_map);
	}
	QUIET();
}

/* Each hook fails once: the call can be made again, and goes on. */
static void
failures(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	struct plan *pl;
	uint64_t n;
	size_t done;
	bool came;
	int error;

	if (env->ce_fail_at == NULL)
		SKIP("hooks can't be made to fail");
	OK(pl = make(c, CONF_MEM_RUN, 1, 3 * c->cf_page));
	for (n = 1; n < 1000; n++) {
		EQ(start_chain(c, pl), 0);
		done = (size_t)pl->pl_map->dm_mapsize;
		(void)env->ce_fail_at(env, n);
		error = bus_dmamap_load_next(pl->pl_tag, pl->pl_map);
		came = env->ce_fail_at(env, 0);
		if (error != 0) {
			TRUE(came);
			EQ(pl->pl_map->dm_mapsize, 0);
			EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
		}
		for (; pl->pl_map->dm_mapsize != 0;) {
			OK(length_ok(c, pl, done));
			done += (size_t)pl->pl_map->dm_mapsize;
			EQ(bus_dmamap_load_next(pl->pl_tag, pl->pl_map), 0);
		}
		EQ(done, pl->pl_len);
		if (!came)
			break;
	}
	TRUE(n > 1 && n < 1000);
	QUIET();
}

/* Other maps have what there is of other memory, each as much as was left. */
static void
used_up(struct conf *c)
{
	const struct bus_dma_limits lim = { .dl_alignment = 64 };
	const size_t page = (size_t)c->cf_page;
	struct plan pl[CONF_NMAPS - 2];
	bus_dma_tag_t t;
	char *buf;
	int n, error;

	if (!c->cf_env->ce_bounces)
		SKIP("nothing goes through other memory here");
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	OK(buf = conf_mem(c, CONF_MEM_RUN, 32 * page));
	memset(pl, 0, sizeof(pl));
	for (n = 0, error = 0; error == 0; n++) {
		TRUE(n < CONF_NMAPS - 2);
		OK(map_on(c, &pl[n], t, 31 * page, 8, 31 * page));
		pl[n].pl_buf = buf + 1;
		pl[n].pl_len = 31 * page;
		pl[n].pl_flags = BUS_DMA_NOWAIT | BUS_DMA_PARTIAL;
		error = start_linear(c, &pl[n]);
	}
	EQ(error, ENOMEM);
	n--;
	INVALID(pl[n].pl_map);
	TRUE(n > 0);
	bus_dmamap_unload(t, pl[0].pl_map);
	OK(follow(c, &pl[n], start_linear(c, &pl[n])));
	/* One that was begun goes on meanwhile. */
	if (n > 1) {
		EQ(bus_dmamap_load_next(t, pl[n - 1].pl_map), 0);
		bus_dmamap_unload(t, pl[n - 1].pl_map);
	}
	QUIET();
}

const struct conf_case conf_partial_cases[] = {
	{ "partial/linear", linear },
	{ "partial/one-run", one_run },
	{ "partial/chain", chain },
	{ "partial/mbuf", mbufs },
	{ "partial/uio", uios },
	{ "partial/raw", raw },
	{ "partial/far", far },
	{ "partial/user-memory", user },
	{ "partial/below-a-page", small },
	{ "partial/granule", granule },
	{ "partial/maxsegsz", maxsegsz },
	{ "partial/whole", whole },
	{ "partial/given-up", given_up },
	{ "partial/not-for-parts", not_for_parts },
	{ "partial/chain-measured", wrong_chain },
	{ "partial/failures", failures },
	{ "partial/used-up", used_up },
	{ NULL, NULL },
};
