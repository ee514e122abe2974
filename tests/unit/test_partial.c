/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/mi/partial.c: loads in parts, of every kind of origin: each byte comes
 * once, where it is, and each part is as long as can be.
 */
#include <busdma/bus_dma_stats.h>
#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "rnd.h"
#include "unit.h"

#define PARTIAL BUS_DMA_PARTIAL
#define NPAGES 24u
#define MOST (NPAGES * PAGE)
#define NPARTS 40

/* Memory in NPAGES pages, and a map over it that is too small for all. */
struct rig {
	struct tp *ri_tp;
	bus_dma_tag_t ri_root, ri_tag;
	bus_dmamap_t ri_map;
	paddr_t ri_pages[NPAGES];
	char *ri_buf;
	/* What the origin at hand is, byte by byte. */
	paddr_t ri_want[MOST];
	size_t ri_len;
	unsigned ri_parts; /* that it came in */
	bus_size_t ri_part[MOST];
};

static bus_dmamap_t
partial_map(bus_dma_tag_t t, bus_size_t size, int nsegs, bus_size_t maxsegsz,
    bus_size_t boundary)
{
	bus_dmamap_t map = NULL;

	assert_int_equal(bus_dmamap_create(
			     t, size, nsegs, maxsegsz, boundary, PARTIAL, &map),
	    0);
	assert_non_null(map);
	return map;
}

static struct rig *
rig_make(struct tp *tp, const struct bus_dma_limits *lim, bus_size_t size,
    int nsegs, bus_size_t maxsegsz)
{
	struct rig *ri = calloc(1, sizeof(*ri));

	assert_non_null(ri);
	ri->ri_tp = tp;
	ri->ri_root = ri->ri_tag = identity(tp);
	if (lim != NULL)
		assert_int_equal(
		    bus_dmatag_restrict(ri->ri_root, lim, &ri->ri_tag, 0), 0);
	ri->ri_map = partial_map(ri->ri_tag, size, nsegs, maxsegsz, 0);
	/* Two in a row, then a gap. */
	for (unsigned i = 0; i < NPAGES; i++)
		ri->ri_pages[i] = 0x1000000 + (paddr_t)(i + i / 2) * PAGE;
	ri->ri_buf = tp_buf(tp, ri->ri_pages, NPAGES);
	return ri;
}

static void
rig_end(struct rig *ri)
{
	assert_silent(ri->ri_tp);
	bus_dmamap_destroy(ri->ri_tag, ri->ri_map);
	if (ri->ri_tag != ri->ri_root)
		bus_dmatag_destroy(ri->ri_tag);
	bus_dmatag_destroy(ri->ri_root);
	free(ri);
}

static void
want(struct rig *ri, size_t off, size_t len)
{
	for (size_t i = off; i < off + len; i++)
		ri->ri_want[ri->ri_len++] = ri->ri_pages[i / PAGE] + i % PAGE;
}

/* The map holds the bytes of the origin from `done' on. */
static void
assert_part(const struct rig *ri, size_t done)
{
	const struct bus_dmamap *map = ri->ri_map;
	bus_size_t sum = 0;

	assert_true(map->dm_mapsize <= ri->ri_len - done);
	for (int i = 0; i < map->dm_nsegs; i++) {
		assert_true(map->dm_segs[i].ds_len <= map->dm_maxsegsz);
		for (bus_size_t j = 0; j < map->dm_segs[i].ds_len; j++)
			if (map->dm_segs[i].ds_addr + j !=
			    ri->ri_want[done + sum++])
				fail_msg("byte %zu", (size_t)(done + sum - 1));
	}
	assert_int_equal(sum, map->dm_mapsize);
}

/* After a load: all parts, from the first, which it left, to the end. */
static void
follow(struct rig *ri, int error)
{
	const bus_dmamap_t map = ri->ri_map;
	size_t done = 0;

	for (ri->ri_parts = 0; error == 0 && map->dm_mapsize != 0;
	     error = bus_dmamap_load_next(ri->ri_tag, map)) {
		assert_part(ri, done);
		ri->ri_part[ri->ri_parts++] = map->dm_mapsize;
		done += (size_t)map->dm_mapsize;
	}
	assert_int_equal(error, 0);
	assert_int_equal(done, ri->ri_len);
	assert_unloaded(map);
	/* As after a load of no bytes. */
	assert_int_equal(map->dm_maxsegsz, map->_dm_maxmaxsegsz);
	assert_int_equal(bus_dmamap_load_next(ri->ri_tag, map), 0);
	assert_unloaded(map);
	bus_dmamap_unload(ri->ri_tag, map);
	assert_silent(ri->ri_tp);
}

static int
load(struct rig *ri, size_t off, size_t len)
{
	ri->ri_len = 0;
	want(ri, off, len);
	return bus_dmamap_load(
	    ri->ri_tag, ri->ri_map, ri->ri_buf + off, len, NULL, PARTIAL);
}

static void
a_buffer_is_loaded_in_parts(void **state)
{
	struct rig *ri = rig_make(*state, NULL, MOST, 3, MOST);

	/* Runs of two pages: three of them, but whole pages. */
	follow(ri, load(ri, 0, MOST));
	assert_int_equal(ri->ri_parts, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ri->ri_part[i], 6 * PAGE);
	follow(ri, load(ri, 100, MOST - 100));
	assert_int_equal(ri->ri_part[0], 5 * PAGE);
	follow(ri, load(ri, 0, 6 * PAGE + 1));
	assert_int_equal(ri->ri_parts, 2);
	assert_int_equal(ri->ri_part[1], 1);
	rig_end(ri);
}

static void
longer_than_the_map(void **state)
{
	struct rig *ri = rig_make(*state, NULL, 5 * PAGE + 17, 16, MOST);

	follow(ri, load(ri, 7, 16 * PAGE + 1));
	assert_int_equal(ri->ri_parts, 4);
	assert_int_equal(ri->ri_part[0], 5 * PAGE);
	assert_int_equal(ri->ri_part[3], PAGE + 1);
	/* What is left may be more than whole pages. */
	follow(ri, load(ri, 7, 10 * PAGE + 17));
	assert_int_equal(ri->ri_parts, 2);
	assert_int_equal(ri->ri_part[1], 5 * PAGE + 17);
	rig_end(ri);
}

/* And no other way than without the flag. */
static void
what_fits_is_one_part(void **state)
{
	struct rig *ri = rig_make(*state, NULL, 6 * PAGE, 3, MOST);

	for (size_t len = 6 * PAGE; len != 0; len /= 3) {
		follow(ri, load(ri, 0, len));
		assert_int_equal(ri->ri_parts, 1);
	}
	follow(ri, load(ri, 0, 0));
	assert_int_equal(ri->ri_parts, 0);
	/* The flag makes no difference to it. */
	ri->ri_len = 0;
	want(ri, 0, PAGE);
	follow(ri,
	    bus_dmamap_load(ri->ri_tag, ri->ri_map, ri->ri_buf, PAGE, NULL, 0));
	assert_int_equal(ri->ri_parts, 1);
	rig_end(ri);
}

static bool
fits(struct rig *ri, bus_dmamap_t map, size_t off, size_t len)
{
	int error = bus_dmamap_load(
	    ri->ri_tag, map, ri->ri_buf + off, len, NULL, PARTIAL);

	if (error == 0)
		bus_dmamap_unload(ri->ri_tag, map);
	return error == 0;
}

/* Beside a map that takes all or nothing. */
static void
each_part_is_as_long_as_can_be(void **state)
{
	for (int nsegs = 1; nsegs <= 13; nsegs++) {
		struct rig *ri = rig_make(*state, NULL, 9 * PAGE, nsegs, 6000);
		bus_dmamap_t map =
		    new_map(ri->ri_tag, 9 * PAGE, nsegs, 6000, 0);
		size_t off = 0;

		follow(ri, load(ri, 0, MOST));
		for (unsigned i = 0; i + 1 < ri->ri_parts; i++) {
			bus_size_t len = ri->ri_part[i];

			assert_true(fits(ri, map, off, (size_t)len));
			if (len < PAGE) {
				assert_int_equal(len & (len - 1), 0);
				assert_false(
				    fits(ri, map, off, 2 * (size_t)len));
			} else {
				assert_int_equal(len % PAGE, 0);
				assert_false(
				    fits(ri, map, off, (size_t)len + PAGE));
			}
			off += (size_t)len;
		}
		bus_dmamap_destroy(ri->ri_tag, map);
		rig_end(ri);
	}
}

/* A map of less than a page. */
static void
parts_below_a_page(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = 64 };
	struct rig *ri = rig_make(*state, NULL, 1000, 1, MOST);

	follow(ri, load(ri, 0, 3000));
	assert_int_equal(ri->ri_parts, 5);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(ri->ri_part[i], 512);
	assert_int_equal(ri->ri_part[4], 3000 - 4 * 512);
	/* Where less than that fits. */
	ri->ri_map->dm_maxsegsz = 100;
	follow(ri, load(ri, 1, 130));
	assert_int_equal(ri->ri_parts, 2);
	assert_int_equal(ri->ri_part[0], 64);
	ri->ri_map->dm_maxsegsz = 1;
	follow(ri, load(ri, 1, 30));
	assert_int_equal(ri->ri_parts, 30);
	rig_end(ri);
	/* No less than the alignment. */
	ri = rig_make(*state, &lim, MOST, 1, 64);
	follow(ri, load(ri, 0, PAGE));
	assert_int_equal(ri->ri_parts, PAGE / 64);
	ri->ri_map->dm_maxsegsz = 63;
	assert_int_equal(load(ri, 0, PAGE), EFBIG);
	assert_unloaded(ri->ri_map);
	rig_end(ri);
}

/* Parts begin aligned if the buffer does. */
static void
an_alignment_above_the_page(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = 4 * PAGE };
	bus_dma_segment_t seg = { 0x1000000, 64 * PAGE };
	struct rig *ri = rig_make(*state, &lim, MOST, 1, 7 * PAGE);
	bus_size_t done = 0;

	assert_int_equal(bus_dmamap_load_raw(ri->ri_tag, ri->ri_map, &seg, 1,
			     19 * PAGE, PARTIAL),
	    0);
	for (; ri->ri_map->dm_mapsize == 4 * PAGE; done += 4 * PAGE) {
		assert_seg(ri->ri_map, 0, 0x1000000 + done, 4 * PAGE);
		assert_int_equal(
		    bus_dmamap_load_next(ri->ri_tag, ri->ri_map), 0);
	}
	assert_int_equal(done, 12 * PAGE);
	assert_seg(ri->ri_map, 0, 0x1000000 + done, 7 * PAGE);
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	/* Nothing that begins unaligned can be loaded in whatever parts. */
	assert_int_equal(load(ri, PAGE, MOST - PAGE), EFAULT);
	assert_unloaded(ri->ri_map);
	rig_end(ri);
}

static int
load_granule(struct rig *ri, size_t off, size_t len, unsigned shift)
{
	ri->ri_len = 0;
	want(ri, off, len);
	return bus_dmamap_load(ri->ri_tag, ri->ri_map, ri->ri_buf + off, len,
	    NULL, PARTIAL | BUS_DMA_GRANULE(shift));
}

/* Whole blocks, wherever the buffer begins. */
static void
a_granule_of_parts(void **state)
{
	struct rig *ri = rig_make(*state, NULL, MOST, 1, 3000);

	follow(ri, load_granule(ri, PAGE + 1536, 3 * PAGE, 9));
	assert_int_equal(ri->ri_part[0], 2048);
	for (unsigned i = 0; i < ri->ri_parts; i++)
		assert_int_equal(ri->ri_part[i] % 512, 0);
	/* Without one, less. */
	follow(ri, load(ri, 2 * PAGE - 100, 1000));
	assert_int_equal(ri->ri_part[0], 64);
	assert_int_equal(load_granule(ri, 2 * PAGE - 100, 1000, 9), EFBIG);
	assert_unloaded(ri->ri_map);
	/* As one, it need not be whole. */
	follow(ri, load_granule(ri, 7, 100, 9));
	assert_int_equal(ri->ri_parts, 1);
	follow(ri, load_granule(ri, 7, 100, 31));
	/* No part of a granule. */
	ri->ri_map->dm_maxsegsz = 511;
	assert_int_equal(load_granule(ri, 0, 1024, 9), EFBIG);
	bus_dmamap_destroy(ri->ri_tag, ri->ri_map);
	/* Above a page, and no power of two of them. */
	ri->ri_map = partial_map(ri->ri_tag, MOST, 7, MOST, 0);
	/* From one run to the next. */
	ri->ri_map->dm_maxsegsz = 300;
	follow(ri, load_granule(ri, 2 * PAGE - 1000, 5 * PAGE, 10));
	for (unsigned i = 0; i + 1 < ri->ri_parts; i++)
		assert_int_equal(ri->ri_part[i] % 1024, 0);
	follow(ri, load_granule(ri, 0, MOST, 14));
	assert_int_equal(ri->ri_part[0], 12 * PAGE);
	follow(ri, load_granule(ri, PAGE, 20 * PAGE, 13));
	assert_int_equal(ri->ri_part[0], 12 * PAGE);
	rig_end(ri);
}

/* The least that is to be loaded is more than the map is for. */
static void
a_map_shorter_than_the_least(void **state)
{
	const struct bus_dma_limits lim = { .dl_alignment = 2 * PAGE };
	struct rig *ri = rig_make(*state, NULL, 1000, 4, MOST);
	struct bus_dma_why wy;

	follow(ri, load_granule(ri, 0, 1000, 10));
	assert_int_equal(load_granule(ri, 0, 2048, 10), EINVAL);
	assert_unloaded(ri->ri_map);
	assert_true(bus_dmamap_why(ri->ri_tag, ri->ri_map, &wy));
	assert_int_equal(wy.wy_reason, BUS_DMA_WHY_LENGTH);
	assert_int_equal(wy.wy_limit, 1000);
	assert_int_equal(wy.wy_offset, 0);
	follow(ri, load_granule(ri, 0, 2048, 9));
	assert_int_equal(ri->ri_parts, 4);
	rig_end(ri);
	ri = rig_make(*state, &lim, PAGE, 4, MOST);
	assert_int_equal(load(ri, 0, 2 * PAGE), EINVAL);
	assert_unloaded(ri->ri_map);
	rig_end(ri);
}

/* As the driver has set it, until all is done, or it is unloaded. */
static void
maxsegsz_stays(void **state)
{
	struct rig *ri = rig_make(*state, NULL, MOST, 4, 2 * PAGE);

	ri->ri_map->dm_maxsegsz = PAGE;
	follow(ri, load(ri, 0, MOST));
	assert_int_equal(ri->ri_parts, NPAGES / 4);
	ri->ri_map->dm_maxsegsz = PAGE;
	assert_int_equal(load(ri, 0, MOST), 0);
	assert_int_equal(bus_dmamap_load_next(ri->ri_tag, ri->ri_map), 0);
	assert_int_equal(ri->ri_map->dm_maxsegsz, PAGE);
	assert_part(ri, 4 * PAGE);
	bus_dmamap_unload(ri->ri_tag, ri->ri_map);
	assert_int_equal(ri->ri_map->dm_maxsegsz, 2 * PAGE);
	ri->ri_map->dm_maxsegsz = 0;
	assert_int_equal(load(ri, 0, MOST), EINVAL);
	assert_report(ri->ri_tp, BUSDMA_REPORT_MAXSEGSZ);
	ri->ri_map->dm_maxsegsz = 2 * PAGE;
	follow(ri, load(ri, 0, MOST));
	assert_int_equal(ri->ri_part[0], 8 * PAGE);
	rig_end(ri);
}

/* Random parts of the buffer; some are empty. */
static size_t
random_parts(struct rig *ri, struct rnd *r, size_t off[], size_t len[])
{
	ri->ri_len = 0;
	for (unsigned i = 0; i < NPARTS; i++) {
		off[i] = rnd_below(r, MOST / 2);
		len[i] = rnd_below(r, 4) == 0 ? 0 : rnd_below(r, 2 * PAGE);
		if (ri->ri_len + len[i] > MOST)
			len[i] = 0;
		want(ri, off[i], len[i]);
	}
	return ri->ri_len;
}

static int
load_mbufs(struct rig *ri, const size_t off[], const size_t len[])
{
	static struct mbuf m[NPARTS];

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < NPARTS; i++) {
		m[i].m_data = ri->ri_buf + off[i];
		m[i].m_len = (int)len[i];
		if (i + 1 < NPARTS)
			m[i].m_next = &m[i + 1];
	}
	m[0].m_flags = M_PKTHDR;
	m[0].m_pkthdr.len = (int)ri->ri_len;
	return bus_dmamap_load_mbuf(ri->ri_tag, ri->ri_map, m, PARTIAL);
}

static int
load_uio(struct rig *ri, const size_t off[], const size_t len[])
{
	static struct iovec iov[NPARTS];
	static struct uio uio;

	for (unsigned i = 0; i < NPARTS; i++)
		iov[i] = (struct iovec){ ri->ri_buf + off[i], len[i] };
	uio = (struct uio){
		.uio_iov = iov, .uio_iovcnt = NPARTS, .uio_resid = ri->ri_len
	};
	return bus_dmamap_load_uio(ri->ri_tag, ri->ri_map, &uio, PARTIAL);
}

static int
load_chain(struct rig *ri, const size_t off[], const size_t len[])
{
	static struct busdma_part parts[NPARTS];
	static struct tp_chain tc;

	for (unsigned i = 0; i < NPARTS; i++)
		parts[i] =
		    (struct busdma_part){ ri->ri_buf + off[i], len[i], 0 };
	tc = (struct tp_chain){ .tc_tp = ri->ri_tp,
		.tc_parts = parts,
		.tc_nparts = NPARTS,
		.tc_total = ri->ri_len };
	return bus_dmamap_load_chain(
	    ri->ri_tag, ri->ri_map, &tp_chain_ops, &tc, PARTIAL);
}

/* Runs that are as long as the pages let them. */
static int
load_runs(struct rig *ri)
{
	static bus_dma_segment_t segs[MOST];
	size_t len = ri->ri_len;
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		if (n == 0 || segs[n - 1].ds_len == 1500 ||
		    segs[n - 1].ds_addr + segs[n - 1].ds_len !=
			ri->ri_want[i]) {
			segs[n].ds_addr = ri->ri_want[i];
			segs[n++].ds_len = 0;
		}
		segs[n - 1].ds_len++;
	}
	/* There may be more than is asked for. */
	segs[n - 1].ds_len += 100;
	segs[n++] = (bus_dma_segment_t){ 0x5000, 1 };
	return bus_dmamap_load_raw(
	    ri->ri_tag, ri->ri_map, segs, n, len, PARTIAL);
}

static void
every_origin_in_parts(void **state)
{
	struct rnd r = { .rn_state = 5 };
	size_t off[NPARTS], len[NPARTS];

	for (unsigned round = 0; round < 60; round++) {
		int nsegs = 1 + (int)rnd_below(&r, 12);
		struct rig *ri = rig_make(*state, NULL, MOST / 2, nsegs, 3000);

		if (random_parts(ri, &r, off, len) > MOST / 2) {
			follow(ri, load_mbufs(ri, off, len));
			assert_true(ri->ri_parts > 1);
			follow(ri, load_uio(ri, off, len));
			follow(ri, load_chain(ri, off, len));
			follow(ri, load_runs(ri));
			assert_true(ri->ri_parts > 1);
		}
		rig_end(ri);
	}
}

/* Of another address space. */
static void
a_process_in_parts(void **state)
{
	struct proc *p = (struct proc *)(uintptr_t)0x5000;
	struct rig *ri = rig_make(*state, NULL, MOST, 2, MOST);
	const uintptr_t va = 0x40000;

	tp_space(ri->ri_tp, (char *)p + 1, va, ri->ri_pages, NPAGES);
	ri->ri_len = 0;
	want(ri, 5, MOST - 5);
	follow(ri, bus_dmamap_load(ri->ri_tag, ri->ri_map, (void *)(va + 5),
		       MOST - 5, p, PARTIAL));
	assert_int_equal(ri->ri_part[0], 3 * PAGE);
	rig_end(ri);
}

/* What is tried is not counted. */
static void
only_parts_are_counted(void **state)
{
	struct rig *ri = rig_make(*state, NULL, MOST, 5, PAGE);
	struct bus_dma_stats ds;
	bus_size_t segs;

	follow(ri, load(ri, 9, MOST - 9));
	bus_dma_stats(ri->ri_tag, &ds);
	assert_int_equal(ds.ds_loads, ri->ri_parts);
	segs = NPAGES + ri->ri_parts - 1;
	assert_int_equal(ds.ds_segments, segs);
	for (unsigned i = 0; i < BUS_DMA_NWHY; i++)
		assert_int_equal(ds.ds_failed[i], 0);
	rig_end(ri);
}

/* No byte for a map that is not made for it, and a label beside it. */
static void
a_map_made_for_parts(void **state)
{
	struct tp *tp = *state;
	struct rig *ri = rig_make(tp, NULL, MOST, 3, MOST);
	size_t with = tp->tp_lastalloc;
	bus_dmamap_t map;

	assert_int_equal(bus_dmamap_label(ri->ri_tag, ri->ri_map, "disk"), 0);
	assert_string_equal(busdma_map_label(ri->ri_map), "disk");
	follow(ri, load(ri, 0, MOST));
	assert_string_equal(busdma_map_label(ri->ri_map), "disk");
	assert_int_equal(bus_dmamap_label(ri->ri_tag, ri->ri_map, NULL), 0);
	assert_null(busdma_map_label(ri->ri_map));
	follow(ri, load(ri, 0, MOST));
	assert_int_equal(ri->ri_parts, 4);
	map = new_map(ri->ri_tag, MOST, 3, MOST, 0);
	assert_true(tp->tp_lastalloc < with);
	/* To which the flag means nothing. */
	assert_int_equal(
	    bus_dmamap_load(ri->ri_tag, map, ri->ri_buf, MOST, NULL, PARTIAL),
	    EFBIG);
	assert_unloaded(map);
	bus_dmamap_destroy(ri->ri_tag, map);
	/* And a map that is, without the flag at the load. */
	assert_int_equal(
	    bus_dmamap_load(ri->ri_tag, ri->ri_map, ri->ri_buf, MOST, NULL, 0),
	    EFBIG);
	assert_unloaded(ri->ri_map);
	assert_int_equal(bus_dmamap_load_next(ri->ri_tag, ri->ri_map), EINVAL);
	assert_report(tp, BUSDMA_REPORT_NEXT);
	rig_end(ri);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(a_buffer_is_loaded_in_parts),
		UNIT(longer_than_the_map),
		UNIT(what_fits_is_one_part),
		UNIT(each_part_is_as_long_as_can_be),
		UNIT(parts_below_a_page),
		UNIT(an_alignment_above_the_page),
		UNIT(a_granule_of_parts),
		UNIT(a_map_shorter_than_the_least),
		UNIT(maxsegsz_stays),
		UNIT(every_origin_in_parts),
		UNIT(a_process_in_parts),
		UNIT(only_parts_are_counted),
		UNIT(a_map_made_for_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
