/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads, of every kind of origin. */
#include <string.h>

#include <busdma/mbuf.h>
#include <busdma/uio.h>

#include "program.h"

enum origin { LINEAR, MBUF, UIO, RAW };

/* A load that is drawn; its parts are the map's. */
struct load {
	enum origin lo_origin;
	struct proc *lo_proc; /* NULL: the kernel's memory */
	int lo_flags;
	bool lo_full;  /* each part is all of a buffer */
	bool lo_chain; /* of MBUF: as a chain of any type */
	bool lo_whole; /* of RAW: the segments of a buffer, as they are */
};

/* Whether a part of a load may be of this buffer. */
static bool
suits(const struct load *lo, const struct buf *bf)
{
	if (bf->bf_data == NULL || bf->bf_kind == BLOCK)
		return false;
	return bf->bf_kind == USER ? bf->bf_proc == lo->lo_proc
				   : lo->lo_proc == NULL;
}

static struct buf *
draw_part_buf(struct program *pr, const struct load *lo)
{
	unsigned from = (unsigned)rnd_below(&pr->pr_rnd, NBUFS);

	for (unsigned i = 0; i < NBUFS; i++) {
		struct buf *bf = &pr->pr_buf[(from + i) % NBUFS];

		if (suits(lo, bf))
			return bf;
	}
	return NULL;
}

/* Two parts with a line in common, or nearly. */
static bool
clash(const struct map *mp, const struct part *pa)
{
	for (unsigned i = 0; i < mp->mp_nparts; i++) {
		const struct part *o = &mp->mp_part[i];

		if (o->pa_buf == pa->pa_buf &&
		    o->pa_off / LINE < (pa->pa_off + pa->pa_len) / LINE + 1 &&
		    pa->pa_off / LINE < (o->pa_off + o->pa_len) / LINE + 1)
			return true;
	}
	return false;
}

/*
 * What the device may write has its lines to itself: it is whole lines; or the
 * library knows or is told so, as of memory of bus_dmamem_alloc, of clusters
 * and of physical memory.  What the device only reads lies anywhere.
 */
static uint32_t
draw_unit(struct program *pr, const struct map *mp, const struct load *lo,
    const struct buf *bf)
{
	static const uint32_t units[] = { LINE, LINE, 8, 8, 4, 1, 1 };
	uint32_t unit = units[rnd_below(&pr->pr_rnd, NITEMS(units))];

	if (mp->mp_dir != BUS_DMA_WRITE && bf->bf_kind != DMA &&
	    (lo->lo_origin == LINEAR || lo->lo_origin == UIO))
		return LINE;
	return unit;
}

/* One more part; most often large, where only one is drawn. */
static void
draw_part(struct program *pr, struct map *mp, const struct load *lo, bool only)
{
	struct rnd *r = &pr->pr_rnd;
	struct buf *bf = draw_part_buf(pr, lo);
	uint32_t left = mp->mp_size - mp->mp_total, unit, n;
	struct part pa = { .pa_buf = bf, .pa_at = mp->mp_total };

	if (bf == NULL)
		return;
	unit = draw_unit(pr, mp, lo, bf);
	pa.pa_off = unit * (uint32_t)rnd_below(r, bf->bf_size / unit);
	if (lo->lo_full || rnd_one_in(r, 3))
		pa.pa_off = 0;
	n = bf->bf_size - pa.pa_off;
	if (n > left)
		n = left;
	if (!only && !lo->lo_full && n > 4096)
		n = 4096;
	pa.pa_len = rnd_one_in(r, only ? 2 : 3) || lo->lo_full
			? n
			: (uint32_t)rnd_below(r, n + 1);
	pa.pa_len -= pa.pa_len % unit;
	if (mp->mp_dir != BUS_DMA_WRITE && clash(mp, &pa))
		return;
	mp->mp_part[mp->mp_nparts++] = pa;
	mp->mp_total += pa.pa_len;
}

static void
draw_load(struct program *pr, struct map *mp, struct load *lo)
{
	static const int more[] = { 0, BUS_DMA_NOWAIT, BUS_DMA_NOWAIT,
		BUS_DMA_STREAMING, BUS_DMA_COHERENT | BUS_DMA_NOWAIT };
	struct rnd *r = &pr->pr_rnd;
	unsigned n;

	lo->lo_origin = (enum origin)rnd_below(r, 4);
	lo->lo_proc = NULL;
	if (rnd_one_in(r, 3) && lo->lo_origin != MBUF && lo->lo_origin != RAW)
		lo->lo_proc = pr->pr_proc[rnd_below(r, 2)];
	mp->mp_dir = (int)rnd_below(r, 4) * BUS_DMA_READ;
	lo->lo_flags = mp->mp_dir | more[rnd_below(r, NITEMS(more))];
	if (rnd_one_in(r, 8))
		lo->lo_flags |= BUS_DMA_OVERWRITE;
	if (rnd_one_in(r, 10))
		lo->lo_flags |= BUS_DMA_NOBOUNCE;
	mp->mp_overwrite = (lo->lo_flags & BUS_DMA_OVERWRITE) != 0;
	mp->mp_asis = (lo->lo_flags & BUS_DMA_NOBOUNCE) != 0;
	if (mp->mp_dir == 0)
		mp->mp_dir = BUS_DMA_READ | BUS_DMA_WRITE;
	n = lo->lo_origin == LINEAR ? 1 : (unsigned)rnd_in(r, 1, MAXPARTS);
	if (lo->lo_origin == RAW && n > 3)
		n = 1;
	lo->lo_full = n > 1 && rnd_one_in(r, 3);
	mp->mp_nparts = 0;
	mp->mp_total = 0;
	for (unsigned i = 0; i < n; i++)
		draw_part(pr, mp, lo, n == 1);
	lo->lo_chain = rnd_one_in(r, 3);
	lo->lo_whole = rnd_one_in(r, 2) && mp->mp_nparts == 1 &&
		       mp->mp_part[0].pa_off == 0 &&
		       mp->mp_part[0].pa_buf->bf_kind == DMA;
	mp->mp_lowered = rnd_one_in(r, 6) ? rnd_in(r, 128, 4096) : 0;
}

/*
 * The chains' links, vectors and segments are spoiled after the load: nobody
 * may look at them again.
 */

static int
load_mbuf(struct program *pr, const struct map *mp, const struct load *lo)
{
	struct mbuf m[MAXPARTS];
	int error;

	(void)pr;
	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < mp->mp_nparts; i++) {
		m[i].m_next = i + 1 < mp->mp_nparts ? &m[i + 1] : NULL;
		m[i].m_data =
		    mp->mp_part[i].pa_buf->bf_va + mp->mp_part[i].pa_off;
		m[i].m_len = (int)mp->mp_part[i].pa_len;
		m[i].m_flags = mp->mp_dir != BUS_DMA_WRITE ? M_EXT_CLUSTER : 0;
	}
	m[0].m_flags |= M_PKTHDR;
	m[0].m_pkthdr.len = (int)mp->mp_total;
	error = lo->lo_chain
		    ? bus_dmamap_load_chain(mp->mp_tag->ta_tag, mp->mp_map,
			  &busdma_mbuf_chain, m, lo->lo_flags)
		    : bus_dmamap_load_mbuf(
			  mp->mp_tag->ta_tag, mp->mp_map, m, lo->lo_flags);
	memset(m, 0xdb, sizeof(m));
	return error;
}

static int
load_uio(struct program *pr, const struct map *mp, const struct load *lo)
{
	struct iovec iov[MAXPARTS];
	struct uio uio = { .uio_iov = iov,
		.uio_iovcnt = (int)mp->mp_nparts,
		.uio_resid = mp->mp_total };
	int error;

	(void)pr;
	if (lo->lo_proc != NULL)
		uio.uio_vmspace =
		    (struct vmspace *)busdma_sim_space(lo->lo_proc);
	for (unsigned i = 0; i < mp->mp_nparts; i++) {
		iov[i].iov_base =
		    mp->mp_part[i].pa_buf->bf_va + mp->mp_part[i].pa_off;
		iov[i].iov_len = mp->mp_part[i].pa_len;
	}
	error = bus_dmamap_load_uio(
	    mp->mp_tag->ta_tag, mp->mp_map, &uio, lo->lo_flags);
	memset(iov, 0xdb, sizeof(iov));
	memset(&uio, 0xdb, sizeof(uio));
	return error;
}

/* Of each page, or of each piece of one, a run. */
static int
load_raw(struct program *pr, const struct map *mp, const struct load *lo)
{
	static bus_dma_segment_t segs[MAXRAW];
	uint32_t page = pr->pr_pl->pl_pagesize, len;
	int n = 0, error;

	if (lo->lo_whole) {
		struct buf *bf = mp->mp_part[0].pa_buf;

		return bus_dmamap_load_raw(mp->mp_tag->ta_tag, mp->mp_map,
		    bf->bf_seg, bf->bf_nsegs, mp->mp_total, lo->lo_flags);
	}
	for (unsigned i = 0; i < mp->mp_nparts; i++) {
		const struct part *pa = &mp->mp_part[i];

		for (uint32_t o = 0; o < pa->pa_len; o += len, n++) {
			len = page - (pa->pa_off + o) % page;
			if (len > pa->pa_len - o)
				len = pa->pa_len - o;
			segs[n].ds_addr =
			    buf_phys(pr, pa->pa_buf, pa->pa_off + o);
			segs[n].ds_len = len;
		}
	}
	error = bus_dmamap_load_raw(mp->mp_tag->ta_tag, mp->mp_map, segs, n,
	    mp->mp_total, lo->lo_flags);
	memset(segs, 0xdb, sizeof(segs));
	return error;
}

static int
load_linear(struct program *pr, const struct map *mp, const struct load *lo)
{
	const struct part *pa = &mp->mp_part[0];

	(void)pr;
	return bus_dmamap_load(mp->mp_tag->ta_tag, mp->mp_map,
	    pa->pa_buf->bf_va + pa->pa_off, pa->pa_len, lo->lo_proc,
	    lo->lo_flags);
}

static int (*const loaders[])(
    struct program *, const struct map *, const struct load *) = {
	[LINEAR] = load_linear,
	[MBUF] = load_mbuf,
	[UIO] = load_uio,
	[RAW] = load_raw,
};

/* The load was refused: as may be, and nothing is left. */
static void
refused(struct program *pr, struct map *mp, int error,
    const struct expected *ex, bus_size_t maxsegsz)
{
	bus_dmamap_t map = mp->mp_map;

	if (!(error == EFAULT && ex->ex_efault) &&
	    !(error == EFBIG && ex->ex_efbig) &&
	    !(error == ENOMEM && ex->ex_enomem))
		fail(pr, "the load: %d", error);
	if (map->dm_mapsize != 0 || map->dm_nsegs != 0)
		fail(pr, "the map is not invalid after a load that failed");
	map->dm_maxsegsz = maxsegsz;
	mp->mp_refused = true;
	pr->pr_counts->ct_refused++;
	pr->pr_counts->ct_short += error == ENOMEM;
}

static void
do_load(struct program *pr, struct map *mp, const struct load *lo)
{
	bool intr = (lo->lo_flags & BUS_DMA_NOWAIT) != 0 && lo->lo_proc == NULL;
	bus_size_t maxsegsz = mp->mp_map->dm_maxsegsz;
	struct expected ex;
	int error;

	expect_load(pr, mp, &ex);
	slots_expect(pr, mp, &ex);
	if (mp->mp_lowered != 0 && mp->mp_lowered < maxsegsz)
		mp->mp_map->dm_maxsegsz = mp->mp_lowered;
	busdma_sim_interrupt(pr->pr_sim, intr);
	error = loaders[lo->lo_origin](pr, mp, lo);
	busdma_sim_interrupt(pr->pr_sim, false);
	pr->pr_counts->ct_loads++;
	mp->mp_refused = false;
	if (error != 0) {
		refused(pr, mp, error, &ex, maxsegsz);
	} else if (ex.ex_must) {
		fail(pr, "the load should have failed");
	} else {
		pr->pr_counts->ct_segments += (unsigned)mp->mp_map->dm_nsegs;
		check_segments(pr, mp, &ex);
		if (!ex.ex_asis && !pr->pr_failed)
			slots_loaded(pr, mp);
	}
}

/* A load of nothing leaves the map as if unloaded. */
static void
load_nothing(struct program *pr, struct map *mp, const struct load *lo)
{
	bus_dma_tag_t t = mp->mp_tag->ta_tag;
	int error;

	if (mp->mp_nparts == 0)
		return;
	error = loaders[lo->lo_origin](pr, mp, lo);
	if (error != 0 || mp->mp_map->dm_mapsize != 0 ||
	    mp->mp_map->dm_nsegs != 0)
		fail(pr, "a load of nothing: %d", error);
	bus_dmamap_sync(t, mp->mp_map, 0, 0, BUS_DMASYNC_PREREAD);
	bus_dmamap_unload(t, mp->mp_map);
}

void
step_load(struct program *pr)
{
	static const char *const names[] = { "linear", "mbuf", "uio", "raw" };
	int i = some_map(pr, UNLOADED);
	struct load lo;
	struct map *mp;

	if (i < 0)
		return;
	mp = &pr->pr_map[i];
	draw_load(pr, mp, &lo);
	say(pr, "load map %d: %s, %u bytes in %u parts, %s%s%s", i,
	    names[lo.lo_origin], mp->mp_total, mp->mp_nparts,
	    (mp->mp_dir & BUS_DMA_READ) != 0 ? "READ " : "",
	    (mp->mp_dir & BUS_DMA_WRITE) != 0 ? "WRITE " : "",
	    lo.lo_proc != NULL ? "of a process" : "");
	if (mp->mp_total == 0) {
		load_nothing(pr, mp, &lo);
		return;
	}
	if (!map_arrays(pr, mp, mp->mp_total))
		return;
	do_load(pr, mp, &lo);
	for (unsigned k = 0; k < mp->mp_nparts; k++)
		mp->mp_part[k].pa_buf->bf_refs++;
	mp->mp_loaded = true;
}
