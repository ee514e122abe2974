/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Items 5.7, 5.9 and 5.10 of the contract where loads go through other memory:
 * whose bytes are seen there and when, what goes there, and what is reserved.
 */
#include "suite.h"

#include <busdma/backend.h>

#define ALIGN 64u
#define LEN 4000u
#define SECRET 0xa5

static const struct conf_limits limits = { .cl_align = ALIGN };

/* A tag and a map whose loads of `bc_buf' can't go without a copy. */
struct bounced {
	bus_dma_tag_t bc_tag;
	bus_dmamap_t bc_map;
	char *bc_buf;
};

static bool
bounces(struct conf *c)
{
	if (!c->cf_env->ce_bounces)
		conf_skip(c, "nothing goes through other memory here");
	return c->cf_env->ce_bounces;
}

static bool
have_device(struct conf *c)
{
	if (c->cf_env->ce_dev_read != NULL && c->cf_env->ce_dev_write != NULL)
		return true;
	conf_skip(c, "no device access");
	return false;
}

/* A tag that wants alignment. */
static bool
make_tag(struct conf *c, struct bounced *bc)
{
	struct bus_dma_limits lim = { .dl_alignment = ALIGN };

	if (!bounces(c))
		return false;
	bc->bc_tag = conf_restrict(c, c->cf_tag, &lim);
	return bc->bc_tag != NULL;
}

/* And a buffer that has none. */
static bool
make(struct conf *c, struct bounced *bc, size_t size)
{
	size_t page = (size_t)c->cf_page;

	if (!make_tag(c, bc))
		return false;
	bc->bc_buf =
	    conf_mem(c, CONF_MEM_RUN, (size + 1 + (page - 1)) & ~(page - 1));
	if (bc->bc_buf == NULL)
		return false;
	bc->bc_buf++;
	bc->bc_map = conf_map(c, bc->bc_tag, size, 1, size, 0);
	return bc->bc_map != NULL;
}

static bool
load(struct conf *c, const struct bounced *bc, size_t len, int flags)
{
	int error = bus_dmamap_load(
	    bc->bc_tag, bc->bc_map, bc->bc_buf, len, NULL, flags);

	return conf_eq(
	    c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0);
}

static void
sync(const struct bounced *bc, bus_addr_t off, bus_size_t len, int ops)
{
	bus_dmamap_sync(bc->bc_tag, bc->bc_map, off, len, ops);
}

static bool
same(struct conf *c, unsigned line, const void *got, const void *want,
    size_t len)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!conf_eq(
			c, __FILE__, line, "a byte of the data", g[i], w[i]))
			return false;
	}
	return true;
}
#define SAME(got, want, len) OK(same(c, __LINE__, (got), (want), (len)))

static bool
device(struct conf *c, unsigned line, const struct bounced *bc, bus_size_t off,
    void *buf, size_t len, bool write)
{
	return conf_eq(c, __FILE__, line, "an access of the device",
	    (uint64_t)conf_dev(c, bc->bc_map, off, buf, len, write), 0);
}
#define READS(bc, off, buf, len) \
	OK(device(c, __LINE__, (bc), (off), (buf), (len), false))
#define WRITES(bc, off, buf, len) \
	OK(device(c, __LINE__, (bc), (off), (buf), (len), true))

/* Somebody else's bytes have been where this map's will be. */
static bool
secret(struct conf *c, const struct bounced *bc)
{
	memset(bc->bc_buf, SECRET, LEN);
	if (!load(c, bc, LEN, BUS_DMA_WRITE))
		return false;
	sync(bc, 0, LEN, BUS_DMASYNC_PREWRITE);
	sync(bc, 0, LEN, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(bc->bc_tag, bc->bc_map);
	return true;
}

/* ---- 5.7 ---- */

static void
short_write(struct conf *c)
{
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct bounced bc;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	OK(secret(c, &bc));
	conf_pattern(bc.bc_buf, LEN, 1);
	memcpy(a, bc.bc_buf, LEN);
	OK(load(c, &bc, LEN, BUS_DMA_READ));
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
	conf_pattern(b, 100, 2);
	WRITES(&bc, 301, b, 100);
	memcpy(a + 301, b, 100);
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* PREs of a part, and then a POST of all: what was never there is not seen. */
static void
part_prepared(struct conf *c)
{
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct bounced bc;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	OK(secret(c, &bc));
	conf_pattern(bc.bc_buf, LEN, 3);
	memcpy(a, bc.bc_buf, LEN);
	OK(load(c, &bc, LEN, 0));
	/* Of a load that no PRE was of. */
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	sync(&bc, 1001, 200, BUS_DMASYNC_PREWRITE);
	READS(&bc, 1001, b, 200);
	SAME(b, a + 1001, 200);
	sync(&bc, 1001, 200, BUS_DMASYNC_POSTWRITE);
	sync(&bc, 2003, 100, BUS_DMASYNC_PREREAD);
	conf_pattern(b, 10, 4);
	WRITES(&bc, 2050, b, 10);
	memcpy(a + 2050, b, 10);
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

static void
preread_again(struct conf *c)
{
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct bounced bc;
	unsigned i;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	conf_pattern(bc.bc_buf, LEN, 5);
	memcpy(a, bc.bc_buf, LEN);
	OK(load(c, &bc, LEN, BUS_DMA_READ));
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
	for (i = 0; i < 8; i++) {
		conf_pattern(b, 90, 10 + i);
		WRITES(&bc, 100 + 300 * i, b, 90);
		memcpy(a + 100 + 300 * i, b, 90);
		/* All, what was written, and what is beside it. */
		sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
		sync(&bc, 100 + 300 * i, 90, BUS_DMASYNC_PREREAD);
		sync(&bc, 190 + 300 * i, 50, BUS_DMASYNC_PREREAD);
	}
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	/* And seen again. */
	memset(bc.bc_buf, 0, LEN);
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	/* All, after a part of it. */
	OK(load(c, &bc, LEN, BUS_DMA_READ));
	sync(&bc, 200, 128, BUS_DMASYNC_PREREAD);
	conf_pattern(b, 90, 20);
	WRITES(&bc, 210, b, 90);
	memcpy(a + 210, b, 90);
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* A sync copies the bytes of its range and no other. */
static void
parts(struct conf *c)
{
	const int pre = BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	bus_size_t line, at, len;
	struct bounced bc;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	/* Inside a line that devices don't see, none but the whole is known. */
	line = bc.bc_tag->dt_line == 0 ? 1 : bc.bc_tag->dt_line;
	at = 2003 & ~(line - 1);
	len = (51 + (line - 1)) & ~(line - 1);
	memset(bc.bc_buf - 1, 0, LEN + 2);
	memset(bc.bc_buf, 1, LEN);
	OK(load(c, &bc, LEN, 0));
	sync(&bc, 0, LEN, pre);
	memset(b, 2, LEN);
	WRITES(&bc, 0, b, LEN);
	sync(&bc, 1001, 97, BUS_DMASYNC_POSTREAD);
	memset(a, 1, LEN);
	memset(a + 1001, 2, 97);
	SAME(bc.bc_buf, a, LEN);
	/* The CPU's bytes beside a PREWRITE stay where they are. */
	sync(&bc, at, len, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	memset(bc.bc_buf, 3, LEN);
	sync(&bc, at, len, BUS_DMASYNC_PREWRITE);
	READS(&bc, 0, b, LEN);
	memset(a, 2, LEN);
	memset(a + at, 3, (size_t)len);
	SAME(b, a, LEN);
	sync(&bc, 0, 1, BUS_DMASYNC_POSTREAD);
	sync(&bc, LEN - 1, 1, BUS_DMASYNC_POSTREAD);
	memset(a, 3, LEN);
	a[0] = a[LEN - 1] = 2;
	SAME(bc.bc_buf, a, LEN);
	/* Nothing beside the buffer. */
	EQ(bc.bc_buf[-1], 0);
	EQ(bc.bc_buf[LEN], 0);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* What the CPU stores beside the buffer, in its line, is not lost. */
static void
beside(struct conf *c)
{
	static const int flags[] = { 0, BUS_DMA_READ,
		BUS_DMA_READ | BUS_DMA_WRITE };
	uint8_t *b = c->cf_bytes[0];
	bus_dmamap_t map;
	unsigned i, len;
	char *buf, *p;

	OK(have_device(c));
	OK(bounces(c));
	OK(buf = conf_mem(c, CONF_MEM_RUN, 2 * (size_t)c->cf_page));
	OK(map = conf_map(c, c->cf_tag, 1000, 3, 1000, 0));
	for (len = 1; len < 600; len += 59) {
		for (i = 0; i < 3; i++) {
			p = buf + c->cf_page - 200 + len % 7 + 1;
			memset(buf, 0, 2 * (size_t)c->cf_page);
			EQ(bus_dmamap_load(
			       c->cf_tag, map, p, len, NULL, flags[i]),
			    0);
			bus_dmamap_sync(
			    c->cf_tag, map, 0, len, BUS_DMASYNC_PREREAD);
			p[-1] = p[len] = 9;
			conf_pattern(b, len, len);
			EQ(conf_dev(c, map, 0, b, len, true), 0);
			p[-1] = p[len] = 11;
			bus_dmamap_sync(
			    c->cf_tag, map, 0, len, BUS_DMASYNC_POSTREAD);
			SAME(p, b, len);
			EQ(p[-1], 11);
			EQ(p[len], 11);
			bus_dmamap_unload(c->cf_tag, map);
		}
	}
	QUIET();
}

static void
overwrite(struct conf *c)
{
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	struct bounced bc;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	OK(secret(c, &bc));
	memset(bc.bc_buf, 1, LEN);
	memset(a, 0, LEN);
	OK(load(c, &bc, LEN, BUS_DMA_OVERWRITE));
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD);
	conf_pattern(b, 100, 6);
	WRITES(&bc, 301, b, 100);
	memcpy(a + 301, b, 100);
	/* What is looked at: not touched where it is not. */
	sync(&bc, 301, 100, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf + 301, b, 100);
	EQ(bc.bc_buf[300], 1);
	EQ(bc.bc_buf[401], 1);
	/* What is written to the device is what the driver stored. */
	conf_pattern(bc.bc_buf + 1000, 50, 7);
	memcpy(a + 1000, bc.bc_buf + 1000, 50);
	sync(&bc, 1000, 50, BUS_DMASYNC_PREWRITE);
	READS(&bc, 1000, b, 50);
	SAME(b, a + 1000, 50);
	sync(&bc, 1000, 50, BUS_DMASYNC_POSTWRITE);
	/* All else: nobody's. */
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	SAME(bc.bc_buf, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* A load may do so much for its owner, and none of it shows a stranger. */
enum path {
	NOTHING,
	SHORT_WRITE,
	PART_READ,
	PART_WRITTEN,
	ALL_WRITTEN,
	NPATHS
};

static bool
no_secret(struct conf *c, unsigned line, const void *p, size_t len)
{
	const uint8_t *b = p;
	size_t i;

	for (i = 0; i < len; i++)
		if (!conf_true(c, __FILE__, line, "a byte that is no secret",
			b[i] != SECRET))
			return false;
	return true;
}

static bool
walk_path(struct conf *c, const struct bounced *bc, enum path path, int flags)
{
	uint8_t *b = c->cf_bytes[1];

	memset(bc->bc_buf, 1, LEN);
	if (!load(c, bc, LEN, flags))
		return false;
	if (path == SHORT_WRITE) {
		sync(bc, 0, LEN, BUS_DMASYNC_PREREAD);
		memset(b, 2, 70);
		if (!device(c, __LINE__, bc, 301, b, 70, true))
			return false;
	} else if (path == PART_READ) {
		sync(bc, 1001, 200, BUS_DMASYNC_PREREAD);
	} else if (path == PART_WRITTEN) {
		sync(bc, 2003, 9, BUS_DMASYNC_PREWRITE);
		if (!device(c, __LINE__, bc, 2003, b, 9, false) ||
		    !no_secret(c, __LINE__, b, 9))
			return false;
	} else if (path == ALL_WRITTEN) {
		sync(bc, 0, LEN, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
		if (!device(c, __LINE__, bc, 0, b, LEN, false) ||
		    !no_secret(c, __LINE__, b, LEN))
			return false;
	}
	sync(bc, 0, LEN, BUS_DMASYNC_POSTREAD);
	bus_dmamap_unload(bc->bc_tag, bc->bc_map);
	return no_secret(c, __LINE__, bc->bc_buf, LEN);
}

#define NSTRANGERS 4

/* Slots full of a stranger's bytes, of maps of the tag; n 0: of its own. */
static bool
strangers(struct conf *c, const struct bounced *bc, unsigned n)
{
	struct bounced other[NSTRANGERS];
	unsigned i;

	if (n == 0)
		return secret(c, bc);
	memset(bc->bc_buf, SECRET, LEN);
	for (i = 0; i < n; i++) {
		other[i] = *bc;
		other[i].bc_map = conf_map(c, bc->bc_tag, LEN, 1, LEN, 0);
		if (other[i].bc_map == NULL ||
		    !load(c, &other[i], LEN, BUS_DMA_WRITE))
			return false;
		sync(&other[i], 0, LEN, BUS_DMASYNC_PREWRITE);
	}
	for (i = 0; i < n; i++) {
		sync(&other[i], 0, LEN, BUS_DMASYNC_POSTWRITE);
		conf_unmap(c, other[i].bc_map);
	}
	return true;
}

/* The map itself was loaded for a process. */
static bool
stranger_process(struct conf *c, const struct bounced *bc, char *u)
{
	const struct conf_env *env = c->cf_env;
	uint8_t *a = c->cf_bytes[0];
	int error;

	memset(a, SECRET, LEN);
	if (!conf_eq(c, __FILE__, __LINE__, "ce_copyout",
		(uint64_t)env->ce_copyout(env, a, u, LEN), 0))
		return false;
	error = bus_dmamap_load(
	    bc->bc_tag, bc->bc_map, u, LEN, env->ce_proc, BUS_DMA_WRITE);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0))
		return false;
	sync(bc, 0, LEN, BUS_DMASYNC_PREWRITE);
	sync(bc, 0, LEN, BUS_DMASYNC_POSTWRITE);
	bus_dmamap_unload(bc->bc_tag, bc->bc_map);
	return true;
}

static bool
new_map(struct conf *c, struct bounced *bc)
{
	conf_unmap(c, bc->bc_map);
	bc->bc_map = conf_map(c, bc->bc_tag, LEN, 1, LEN, 0);
	return bc->bc_map != NULL;
}

/* `u': memory of a process, or NULL. */
static bool
secrets_on(
    struct conf *c, struct bounced *bc, enum path path, int flags, char *u)
{
	if (!strangers(c, bc, NSTRANGERS) || !walk_path(c, bc, path, flags))
		return false;
	/* What it had itself is filled over; with OVERWRITE it may be seen. */
	if (flags == 0 &&
	    (!strangers(c, bc, 0) || !walk_path(c, bc, path, flags) ||
		!new_map(c, bc)))
		return false;
	if (u == NULL)
		return true;
	/* The same map, and one that is new. */
	return stranger_process(c, bc, u) && walk_path(c, bc, path, flags) &&
	       stranger_process(c, bc, u) && new_map(c, bc) &&
	       walk_path(c, bc, path, flags);
}

static void
secrets(struct conf *c)
{
	struct bounced bc;
	unsigned path, again;
	char *u = NULL;

	OK(have_device(c));
	OK(make(c, &bc, LEN));
	if (c->cf_env->ce_copyin != NULL) {
		OK(u = conf_umem(
		       c, (LEN / (size_t)c->cf_page + 2) * (size_t)c->cf_page));
		u++;
	}
	for (path = 0; path < NPATHS; path++) {
		for (again = 0; again < 2; again++) {
			OK(secrets_on(
			    c, &bc, (enum path)path, BUS_DMA_OVERWRITE, u));
			OK(secrets_on(c, &bc, (enum path)path, 0, u));
		}
	}
	QUIET();
}

/* ---- 5.9 ---- */

static void
nobounce(struct conf *c)
{
	struct bounced bc;
	struct conf_dmamem *d;
	unsigned i;

	OK(make(c, &bc, LEN));
	/* If each of them held something, there would be nothing left. */
	for (i = 0; i < 3000; i++) {
		EQ(bus_dmamap_load(bc.bc_tag, bc.bc_map, bc.bc_buf, LEN, NULL,
		       BUS_DMA_NOWAIT | BUS_DMA_NOBOUNCE),
		    EFAULT);
		EQ(bc.bc_map->dm_mapsize, 0);
		EQ(bc.bc_map->dm_nsegs, 0);
	}
	INVALID(bc.bc_map);
	OK(load(c, &bc, LEN, BUS_DMA_NOWAIT));
	BOUNCED(bc.bc_tag, bc.bc_map, 0, EFAULT, bc.bc_buf, LEN, &limits);
	/* What needs none loads; so does the tag's own memory. */
	EQ(bus_dmamap_load(bc.bc_tag, bc.bc_map, bc.bc_buf + ALIGN - 1, 300,
	       NULL, BUS_DMA_NOWAIT | BUS_DMA_NOBOUNCE | BUS_DMA_WRITE),
	    0);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	OK(d = conf_dmamem(c, bc.bc_tag, c->cf_page, 0, 0, 1));
	OK(conf_kva(c, d, (size_t)c->cf_page, 0));
	EQ(bus_dmamap_load(bc.bc_tag, bc.bc_map, d->cd_kva, LEN, NULL,
	       BUS_DMA_NOWAIT | BUS_DMA_NOBOUNCE),
	    0);
	EXPECT(bc.bc_map, &limits);
	/* And nothing of it is copied. */
	conf_pattern(d->cd_kva, LEN, 30);
	memcpy(c->cf_bytes[0], d->cd_kva, LEN);
	sync(&bc, 100, 50, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	SAME(d->cd_kva, c->cf_bytes[0], LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* A device with one segment, or two, takes a buffer in many pieces. */
static void
few_segments(struct conf *c)
{
	static const struct conf_limits cl;
	size_t page = (size_t)c->cf_page, size = 6 * page, off, len;
	struct bus_dma_limits lim = { .dl_nsegments = 1 };
	bus_dmamap_t map;
	bus_dma_tag_t t;
	char *buf;
	int n;

	OK(bounces(c));
	OK(buf = conf_mem(c, CONF_MEM_PAGES, size));
	OK(t = conf_restrict(c, c->cf_tag, &lim));
	for (n = 1; n < 4; n++) {
		OK(map = conf_map(c, n == 1 ? t : c->cf_tag, size,
		       n == 1 ? 20 : n, size, 0));
		for (off = 0; off < page; off += page / 3 + 1) {
			len = size - off - off / 2;
			EQ(bus_dmamap_load(map->_dm_tag, map, buf + off, len,
			       NULL, BUS_DMA_NOWAIT),
			    0);
			TRUE(map->dm_nsegs <= n);
			BOUNCED(
			    map->_dm_tag, map, 0, EFBIG, buf + off, len, &cl);
		}
		conf_unmap(c, map);
	}
	QUIET();
}

/* Where a byte stands in its page it stands in other memory. */
static bool
offset_kept(struct conf *c, bus_dmamap_t map, char *p, size_t len)
{
	bus_dma_tag_t t = map->_dm_tag;
	bus_addr_t mask = c->cf_page - 1;
	size_t done = 0;
	int i, error;

	error = bus_dmamap_load(t, map, p, len, NULL, BUS_DMA_NOWAIT);
	if (!conf_eq(
		c, __FILE__, __LINE__, "bus_dmamap_load", (uint64_t)error, 0))
		return false;
	for (i = 0; i < map->dm_nsegs; i++) {
		if (!conf_eq(c, __FILE__, __LINE__, "offset in the page",
			map->dm_segs[i].ds_addr & mask,
			((uintptr_t)p + done) & mask))
			return false;
		done += (size_t)map->dm_segs[i].ds_len;
	}
	bus_dmamap_unload(t, map);
	return true;
}

static void
page_offset(struct conf *c)
{
	size_t page = (size_t)c->cf_page, off;
	bus_dmamap_t one, many;
	char *buf;

	OK(bounces(c));
	OK(buf = conf_mem(c, CONF_MEM_PAGES, 4 * page));
	OK(one = conf_map(c, c->cf_tag, 4 * page, 1, 4 * page, 0));
	for (off = 0; off < page; off += 37) {
		OK(offset_kept(c, one, buf + off, 3 * page));
		OK(offset_kept(c, one, buf + off, 4 * page - off));
	}
	OK(many = conf_map(c, c->cf_tag, 4 * page, 8, 4 * page, 0));
	OK(buf = conf_mem(c, CONF_MEM_FAR, 4 * page));
	for (off = 0; off < page; off += 37) {
		OK(offset_kept(c, one, buf + off, 3 * page));
		OK(offset_kept(c, many, buf + off, 4 * page - off));
	}
	QUIET();
}

/* Memory of which the kernel's address is not known. */
static void
physical(struct conf *c)
{
	bus_dma_segment_t seg;
	struct bounced bc;

	OK(make(c, &bc, LEN));
	seg.ds_addr = conf_pa(c, bc.bc_buf);
	seg.ds_len = LEN;
	EQ(bus_dmamap_load_raw(
	       bc.bc_tag, bc.bc_map, &seg, 1, LEN, BUS_DMA_NOBOUNCE),
	    EFAULT);
	INVALID(bc.bc_map);
	EQ(bus_dmamap_load_raw(bc.bc_tag, bc.bc_map, &seg, 1, LEN, 0), 0);
	BOUNCED(bc.bc_tag, bc.bc_map, 0, EFAULT, bc.bc_buf, LEN, &limits);
	QUIET();
}

/* That the CPU uses by another mapping, past its caches where it can. */
static void
physical_coherent(struct conf *c)
{
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	const bus_size_t page = c->cf_page;
	bus_dma_segment_t seg;
	struct conf_dmamem *d;
	struct bounced bc;
	unsigned i;
	char *p;

	OK(have_device(c));
	OK(make_tag(c, &bc));
	OK(bc.bc_map = conf_map(c, bc.bc_tag, LEN, 1, LEN, 0));
	OK(d = conf_dmamem(c, bc.bc_tag, 2 * page, 0, 0, 1));
	OK(conf_kva(c, d, (size_t)(2 * page), BUS_DMA_COHERENT));
	p = (char *)d->cd_kva + 1;
	seg.ds_addr = d->cd_segs[0].ds_addr + 1;
	seg.ds_len = LEN;
	EQ(bus_dmamap_load_raw(bc.bc_tag, bc.bc_map, &seg, 1, LEN, 0), 0);
	for (i = 0; i < 8; i++) {
		conf_pattern(p, LEN, 40 + i);
		memcpy(a, p, LEN);
		sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
		READS(&bc, 0, b, LEN);
		SAME(b, a, LEN);
		conf_pattern(a, LEN, 60 + i);
		WRITES(&bc, 0, a, LEN);
		sync(&bc, 0, LEN, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
		SAME(p, a, LEN);
	}
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

static void
user(struct conf *c)
{
	const struct conf_env *env = c->cf_env;
	uint8_t *a = c->cf_bytes[0], *b = c->cf_bytes[1];
	size_t page = (size_t)c->cf_page;
	struct bounced bc;
	char *u;

	OK(have_device(c));
	OK(make_tag(c, &bc));
	if (env->ce_copyin == NULL)
		SKIP("no user memory");
	OK(u = conf_umem(c, 2 * page));
	u += page - 1501;
	OK(bc.bc_map = conf_map(c, bc.bc_tag, LEN, 8, LEN, 0));
	conf_pattern(a, LEN, 8);
	EQ(env->ce_copyout(env, a, u, LEN), 0);
	EQ(bus_dmamap_load(
	       bc.bc_tag, bc.bc_map, u, LEN, env->ce_proc, BUS_DMA_NOBOUNCE),
	    EFAULT);
	INVALID(bc.bc_map);
	EQ(bus_dmamap_load(bc.bc_tag, bc.bc_map, u, LEN, env->ce_proc, 0), 0);
	sync(&bc, 0, LEN, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	READS(&bc, 0, b, LEN);
	SAME(b, a, LEN);
	conf_pattern(a + 1000, 1500, 9);
	WRITES(&bc, 1000, a + 1000, 1500);
	sync(&bc, 1000, 1500, BUS_DMASYNC_POSTREAD);
	EQ(env->ce_copyin(env, u, b, LEN), 0);
	SAME(b, a, LEN);
	bus_dmamap_unload(bc.bc_tag, bc.bc_map);
	QUIET();
}

/* ---- 5.10 ---- */

/* Load maps of `size' bytes until there are no slots; how many were loaded. */
static int
use_up(struct conf *c, const struct bounced *bc, size_t size,
    bus_dmamap_t maps[], int n)
{
	int i, error;

	for (i = 0; i < n; i++) {
		maps[i] = conf_map(c, bc->bc_tag, size, 1, size, 0);
		if (maps[i] == NULL)
			return -1;
		error = bus_dmamap_load(bc->bc_tag, maps[i], bc->bc_buf, size,
		    NULL, BUS_DMA_NOWAIT);
		if (error != 0) {
			if (!conf_eq(c, __FILE__, __LINE__, "error of a load",
				(uint64_t)error, ENOMEM))
				return -1;
			return i;
		}
	}
	conf_true(c, __FILE__, __LINE__, "a pool that is used up", false);
	return -1;
}

/* Other maps have all there is: the loads of one that reserved succeed. */
static void
allocnow(struct conf *c)
{
	size_t size = 31 * (size_t)c->cf_page;
	bus_dmamap_t maps[CONF_NMAPS - 2];
	struct bounced bc;
	int i, n;

	OK(make(c, &bc, size));
	conf_unmap(c, bc.bc_map);
	EQ(bus_dmamap_create(bc.bc_tag, size, 1, size, 0,
	       BUS_DMA_NOWAIT | BUS_DMA_ALLOCNOW, &bc.bc_map),
	    0);
	c->cf_maps[0].cm_map = bc.bc_map;
	c->cf_maps[0].cm_tag = bc.bc_tag;
	n = use_up(c, &bc, size, maps, CONF_NMAPS - 2);
	OK(n >= 1);
	for (i = 0; i < 3; i++) {
		EQ(bus_dmamap_load(bc.bc_tag, maps[n], bc.bc_buf, size, NULL,
		       BUS_DMA_NOWAIT),
		    ENOMEM);
		INVALID(maps[n]);
		OK(load(c, &bc, size, BUS_DMA_NOWAIT));
		BOUNCED(
		    bc.bc_tag, bc.bc_map, 0, EFAULT, bc.bc_buf, size, &limits);
	}
	/* What one gives back another has. */
	bus_dmamap_unload(bc.bc_tag, maps[0]);
	EQ(bus_dmamap_load(
	       bc.bc_tag, maps[n], bc.bc_buf, size, NULL, BUS_DMA_NOWAIT),
	    0);
	BOUNCED(bc.bc_tag, maps[n], 0, EFAULT, bc.bc_buf, size, &limits);
	QUIET();
}

const struct conf_case conf_bounce_cases[] = {
	{ "5.7/bounced-short-write", short_write },
	{ "5.7/bounced-in-part", part_prepared },
	{ "5.7/preread-again", preread_again },
	{ "5.7/bounced-partial-syncs", parts },
	{ "5.7/stores-beside-the-buffer", beside },
	{ "5.7/overwrite", overwrite },
	{ "5.7/nobody-elses-bytes", secrets },
	{ "5.9/nobounce", nobounce },
	{ "5.9/few-segments", few_segments },
	{ "5.9/page-offset", page_offset },
	{ "5.9/physical-memory", physical },
	{ "5.9/physical-coherent", physical_coherent },
	{ "5.9/user-memory", user },
	{ "5.10/allocnow-used-up", allocnow },
	{ NULL, NULL },
};
