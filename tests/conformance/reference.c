/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference: which segments a load must have, worked out from the physical
 * runs of the buffer and the windows of the environment, one obvious rule
 * after another and nothing shared with the library.
 */
#include "suite.h"

void
conf_nofrags(struct conf *c)
{
	c->cf_nfrags = 0;
}

void
conf_frag(struct conf *c, paddr_t pa, bus_size_t len)
{
	if (len == 0 || c->cf_nfrags == CONF_NFRAGS)
		return;
	c->cf_frags[c->cf_nfrags].bf_addr = pa;
	c->cf_frags[c->cf_nfrags++].bf_len = len;
}

bool
conf_frag_va(struct conf *c, busdma_space_t as, const void *va, size_t len)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	uintptr_t a = (uintptr_t)va, page = (uintptr_t)c->cf_page;
	struct busdma_frag f;
	size_t n;

	while (len != 0) {
		n = page - (a & (page - 1));
		if (n > len)
			n = len;
		if (pl->pl_extract(pl, as, a, n, &f, 1) != 1 || f.bf_len != n)
			return conf_true(c, __FILE__, __LINE__,
			    "memory that translates", false);
		conf_frag(c, f.bf_addr, n);
		a += n;
		len -= n;
	}
	return true;
}

paddr_t
conf_window_last(const struct bus_dma_window *w)
{
	uint64_t high = w->dw_cpu > w->dw_bus ? w->dw_cpu : w->dw_bus;

	return w->dw_cpu + (w->dw_len != 0 ? w->dw_len - 1 : ~high);
}

/* The first window with `pa' in it; *lastp: where that ceases to be so. */
static const struct bus_dma_window *
find_window(struct conf *c, paddr_t pa, paddr_t *lastp)
{
	const struct bus_dma_window *w = c->cf_env->ce_windows;
	unsigned i;

	*lastp = ~(paddr_t)0;
	for (i = 0; i < c->cf_env->ce_nwindows; i++, w++) {
		if (w->dw_cpu <= pa && pa <= conf_window_last(w)) {
			if (conf_window_last(w) < *lastp)
				*lastp = conf_window_last(w);
			return w;
		}
		if (w->dw_cpu > pa && w->dw_cpu - 1 < *lastp)
			*lastp = w->dw_cpu - 1;
	}
	return NULL;
}

bool
conf_bus(struct conf *c, paddr_t pa, bus_addr_t *busp)
{
	const struct bus_dma_window *w;
	paddr_t last;

	w = find_window(c, pa, &last);
	if (w == NULL)
		return false;
	*busp = pa - w->dw_cpu + w->dw_bus;
	return true;
}

paddr_t
conf_pa(struct conf *c, const void *va)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;
	struct busdma_frag f = { 0, 0 };

	(void)pl->pl_extract(pl, NULL, (uintptr_t)va, 1, &f, 1);
	return f.bf_addr;
}

busdma_space_t
conf_space(struct conf *c)
{
	const struct busdma_platform *pl = c->cf_env->ce_pl;

	if (pl->pl_space == NULL)
		return c->cf_env->ce_proc;
	return pl->pl_space(pl, c->cf_env->ce_proc);
}

/*
 * Add a run of bus addresses: each byte goes into the last segment if it
 * follows it, that has room and no boundary lies between; else it begins one,
 * together with what stands behind the last aligned place of a full one.
 */
static int
add_run(struct conf *c, const struct conf_limits *cl, bus_addr_t b,
    bus_size_t len, int n)
{
	bus_size_t align = cl->cl_align == 0 ? 1 : cl->cl_align, room, k;
	bus_size_t max =
	    cl->cl_maxsegsz == 0 ? ~(bus_size_t)0 : cl->cl_maxsegsz;
	bus_size_t bm =
	    cl->cl_boundary == 0 ? ~(bus_size_t)0 : cl->cl_boundary - 1;
	bus_size_t tail = max < align ? 0 : max & (align - 1);
	bus_dma_segment_t *s = n > 0 ? &c->cf_want[n - 1] : NULL;

	while (len != 0) {
		/* A full one that goes on gives its unaligned end away. */
		if (s != NULL && b != 0 && s->ds_addr + s->ds_len == b &&
		    s->ds_len == max && (b & bm) != 0 && tail != 0) {
			if (n == CONF_NSEGS)
				return CONF_TOOMANY;
			s->ds_len -= tail;
			s = &c->cf_want[n++];
			s->ds_addr = b - tail;
			s->ds_len = tail;
		}
		if (s == NULL || b == 0 || s->ds_addr + s->ds_len != b ||
		    s->ds_len == max || (b & bm) == 0) {
			if ((b & (align - 1)) != 0)
				return CONF_NOREACH;
			if (n == CONF_NSEGS)
				return CONF_TOOMANY;
			s = &c->cf_want[n++];
			s->ds_addr = b;
			s->ds_len = 0;
		}
		room = max - s->ds_len;
		if (room - 1 > bm - (b & bm))
			room = bm - (b & bm) + 1;
		k = room < len ? room : len;
		s->ds_len += k;
		b += k;
		len -= k;
	}
	return n;
}

int
conf_build(struct conf *c, const struct conf_limits *cl)
{
	bus_addr_t high = cl->cl_high == 0 ? ~(bus_addr_t)0 : cl->cl_high;
	const struct bus_dma_window *w;
	bus_size_t len, k;
	paddr_t pa, last;
	bus_addr_t b;
	unsigned i;
	int n = 0;

	for (i = 0; i < c->cf_nfrags; i++) {
		pa = c->cf_frags[i].bf_addr;
		for (len = c->cf_frags[i].bf_len; len != 0; len -= k) {
			w = find_window(c, pa, &last);
			if (w == NULL)
				return CONF_NOREACH;
			k = last - pa < len - 1 ? last - pa + 1 : len;
			b = pa - w->dw_cpu + w->dw_bus;
			if (b < cl->cl_low || b + (k - 1) > high)
				return CONF_NOREACH;
			n = add_run(c, cl, b, k, n);
			if (n < 0)
				return n;
			pa += k;
		}
	}
	return n;
}

/* No exact addresses are known: every segment obeys every limit. */
static bool
legal(struct conf *c, const char *file, unsigned line, bus_dmamap_t map,
    const struct conf_limits *cl)
{
	bus_size_t sum = 0, bm = cl->cl_boundary - 1;
	bus_addr_t a, e;
	int i;

	for (i = 0; i < map->dm_nsegs; i++) {
		a = map->dm_segs[i].ds_addr;
		e = a + (map->dm_segs[i].ds_len - 1);
		sum += map->dm_segs[i].ds_len;
		if (!conf_true(
			c, file, line, "a segment that does not wrap", e >= a))
			return false;
		if (!conf_true(c, file, line, "a segment within bounds",
			a >= cl->cl_low &&
			    (cl->cl_high == 0 || e <= cl->cl_high)))
			return false;
		if (!conf_true(c, file, line, "a segment within maxsegsz",
			cl->cl_maxsegsz == 0 || e - a < cl->cl_maxsegsz))
			return false;
		if (!conf_true(c, file, line, "a segment in one boundary",
			cl->cl_boundary == 0 || (a & ~bm) == (e & ~bm)))
			return false;
		if (!conf_true(c, file, line, "an aligned segment",
			cl->cl_align == 0 || (a & (cl->cl_align - 1)) == 0))
			return false;
	}
	return conf_eq(
	    c, file, line, "sum of the segments", sum, map->dm_mapsize);
}

bool
conf_expect_at(struct conf *c, const char *file, unsigned line,
    bus_dmamap_t map, const struct conf_limits *cl)
{
	bus_size_t total = 0;
	unsigned i;
	int n, s;

	for (i = 0; i < c->cf_nfrags; i++)
		total += c->cf_frags[i].bf_len;
	if (!conf_eq(c, file, line, "dm_mapsize", map->dm_mapsize, total))
		return false;
	if (c->cf_env->ce_nwindows == 0)
		return legal(c, file, line, map, cl);
	n = conf_build(c, cl);
	/* Not as it is: through other memory. */
	if (c->cf_env->ce_bounces &&
	    (n < 0 || n > map->_dm_last - map->dm_segs + 1))
		return legal(c, file, line, map, cl);
	if (!conf_true(c, file, line, "a load the reference can build", n >= 0))
		return false;
	if (!conf_eq(c, file, line, "dm_nsegs", (uint64_t)map->dm_nsegs,
		(uint64_t)n))
		return false;
	for (s = 0; s < n; s++) {
		if (!conf_eq(c, file, line, "ds_addr", map->dm_segs[s].ds_addr,
			c->cf_want[s].ds_addr) ||
		    !conf_eq(c, file, line, "ds_len", map->dm_segs[s].ds_len,
			c->cf_want[s].ds_len))
			return false;
	}
	return true;
}

/* ---- data ---- */

int
conf_dev(struct conf *c, bus_dmamap_t map, bus_size_t off, void *buf,
    size_t len, bool write)
{
	const struct conf_env *env = c->cf_env;
	bus_dma_segment_t *s = map->dm_segs;
	char *p = buf;
	size_t n;
	int error, i;

	for (i = 0; i < map->dm_nsegs && len != 0; i++, s++) {
		if (off >= s->ds_len) {
			off -= s->ds_len;
			continue;
		}
		n = s->ds_len - off < len ? (size_t)(s->ds_len - off) : len;
		error = write ? env->ce_dev_write(env, s->ds_addr + off, p, n)
			      : env->ce_dev_read(env, s->ds_addr + off, p, n);
		if (error != 0)
			return error;
		p += n;
		len -= n;
		off = 0;
	}
	return len == 0 ? 0 : EINVAL;
}

/* The device reads what the CPU stored, and writes something else. */
static bool
dev_exchange(struct conf *c, const char *file, unsigned line, bus_dmamap_t map,
    const char *buf, size_t len)
{
	uint8_t *got = c->cf_bytes[0], *b = c->cf_bytes[1];
	size_t off, n;

	for (off = 0; off < len; off += n) {
		n = len - off < 4096 ? len - off : 4096;
		if (!conf_eq(c, file, line, "a device's read",
			(uint64_t)conf_dev(c, map, off, got, n, false), 0) ||
		    !conf_true(c, file, line, "what the CPU stored",
			memcmp(got, buf + off, n) == 0))
			return false;
		conf_pattern(b, n, (unsigned)off + 77);
		if (!conf_eq(c, file, line, "a device's write",
			(uint64_t)conf_dev(c, map, off, b, n, true), 0))
			return false;
	}
	return true;
}

bool
conf_through_at(struct conf *c, const char *file, unsigned line,
    bus_dma_tag_t t, bus_dmamap_t map, void *buf, size_t len)
{
	uint8_t *b = c->cf_bytes[1];
	char *p = buf;
	size_t off, n;

	if (c->cf_env->ce_dev_read == NULL || c->cf_env->ce_dev_write == NULL)
		return true;
	conf_pattern(buf, len, 76);
	bus_dmamap_sync(
	    t, map, 0, len, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	if (!dev_exchange(c, file, line, map, buf, len))
		return false;
	bus_dmamap_sync(
	    t, map, 0, len, BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	for (off = 0; off < len; off += n) {
		n = len - off < 4096 ? len - off : 4096;
		conf_pattern(b, n, (unsigned)off + 77);
		if (!conf_true(c, file, line, "what the device wrote",
			memcmp(p + off, b, n) == 0))
			return false;
	}
	return true;
}

bool
conf_bounced_at(struct conf *c, const char *file, unsigned line,
    bus_dma_tag_t t, bus_dmamap_t map, int error, int asis, void *buf,
    size_t len, const struct conf_limits *cl)
{
	if (!c->cf_env->ce_bounces) {
		if (!conf_eq(c, file, line, "error of a load", (uint64_t)error,
			(uint64_t)asis))
			return false;
	} else if (error == 0) {
		conf_nofrags(c);
		if (!conf_frag_va(c, NULL, buf, len) ||
		    !conf_expect_at(c, file, line, map, cl) ||
		    !conf_through_at(c, file, line, t, map, buf, len))
			return false;
		bus_dmamap_unload(t, map);
	} else if (!conf_true(c, file, line, "ENOMEM or EFBIG",
		       error == ENOMEM || error == EFBIG)) {
		return false;
	}
	if (!conf_eq(c, file, line, "dm_mapsize", map->dm_mapsize, 0) ||
	    !conf_eq(c, file, line, "dm_nsegs", (uint64_t)map->dm_nsegs, 0))
		return false;
	conf_again(map);
	return true;
}

int
conf_asis(struct conf *c)
{
	return BUS_DMA_NOWAIT | (c->cf_env->ce_bounces ? BUS_DMA_NOBOUNCE : 0);
}

static uint32_t
step(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

uint32_t
conf_random(uint32_t *state, uint32_t n)
{
	*state = step(*state);
	return (*state >> 8) % n;
}

void
conf_pattern(void *buf, size_t len, unsigned seed)
{
	uint32_t state = seed * 2654435761u + 1;
	uint8_t *p = buf;

	/* Four at a time: much of the suite's time is spent here. */
	for (; len >= 4; len -= 4) {
		state = step(state);
		*p++ = (uint8_t)state;
		*p++ = (uint8_t)(state >> 8);
		*p++ = (uint8_t)(state >> 16);
		*p++ = (uint8_t)(state >> 24);
	}
	while (len-- != 0)
		*p++ = (uint8_t)conf_random(&state, 256);
}

/* ---- a chain of the suite's own ---- */

static int
chain_open(const void *chain, struct busdma_chain_iter *ci)
{
	const struct conf_chain *ca = chain;

	ci->ci_total = ca->ca_total;
	ci->ci_space = ca->ca_space;
	ci->ci_next = ca;
	ci->ci_index = 0;
	return ca->ca_error;
}

static size_t
chain_parts(struct busdma_chain_iter *ci, struct busdma_part *parts, size_t n)
{
	const struct conf_chain *ca = ci->ci_next;
	size_t i;

	for (i = 0; i < n && ci->ci_index < ca->ca_nparts; i++)
		parts[i] = ca->ca_parts[ci->ci_index++];
	return i;
}

const struct busdma_chain_ops conf_chain_ops = {
	.ch_size = sizeof(conf_chain_ops),
	.ch_open = chain_open,
	.ch_parts = chain_parts,
};
