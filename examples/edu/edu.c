/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for QEMU's edu device, written to be read: a device that reaches
 * only so many bits of address and takes less than a page at a time, and whose
 * driver says so, once, and no more.
 *
 * A job is done in turns: a segment of the source goes to the device's buffer,
 * and from there to the destination, cut where that one's segments end.  No
 * segment of the source is longer than the buffer, for that is the maxsegsz of
 * its map.  Of either buffer a part is loaded at a time (BUS_DMA_PARTIAL), as
 * long as the map allows, or as there is memory to bounce it with.  The
 * destination's map has a reserve, so that with a source that has got anything
 * at all the job goes on.
 *
 * A part is the device's from the PRE sync that follows its load until the POST
 * sync before it is unloaded; the device is idle then.
 */
#include "edu/edu.h"

#include <busdma/uio.h>

static bool
running(struct edu_softc *sc)
{
	return (env_read32(sc->sc_dev, EDU_CMD) & EDU_CMD_RUN) != 0;
}

/*
 * Wait until no transfer runs.  What env_wait saw may have been the interrupt
 * of another device on the same line, or that of the transfer before.
 */
static int
rest(struct edu_softc *sc, bool polled)
{
	unsigned ms;

	if (polled) {
		for (ms = 0; ms < sc->sc_patience && running(sc); ms++)
			env_delay(sc->sc_dev, 1000);
	} else {
		while (running(sc) && env_wait(sc->sc_dev))
			continue;
	}
	if (running(sc))
		return EBUSY;
	env_write32(sc->sc_dev, EDU_INTR_ACK, env_read32(sc->sc_dev, EDU_INTR));
	return 0;
}

static int
identify(struct edu_softc *sc)
{
	static const uint32_t probes[] = { 0x5aa5f00fu, 0, 0xffffffffu };
	unsigned i;

	if ((env_read32(sc->sc_dev, EDU_ID) & EDU_ID_MASK) != EDU_ID_VALUE)
		return EINVAL;
	for (i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		env_write32(sc->sc_dev, EDU_LIVE, probes[i]);
		if (env_read32(sc->sc_dev, EDU_LIVE) != (uint32_t)~probes[i])
			return EINVAL;
	}
	return 0;
}

static int
side_create(struct edu_softc *sc, struct edu_side *es, int flags, int op,
    int post, const char *label)
{
	int error;

	error = bus_dmamap_create(sc->sc_dmat, EDU_PARTLEN, EDU_MAXSEGS,
	    EDU_BUFSIZE, 0, BUS_DMA_PARTIAL | flags, &es->es_map);
	if (error != 0)
		return error;
	(void)bus_dmamap_label(sc->sc_dmat, es->es_map, label);
	es->es_op = op;
	es->es_post = post;
	es->es_loaded = false;
	return 0;
}

/*
 * What the device reaches, and the maps.  Where registers take no more than 32
 * bits at a time, it is given no more.
 */
static int
reach(struct edu_softc *sc, bus_dma_tag_t dmat, unsigned bits)
{
	int error;

	sc->sc_wide = bits > 32 && env_write64(sc->sc_dev, EDU_SRC, 0);
	if (bits > 32 && !sc->sc_wide)
		bits = 32;
	error = bus_dmatag_subregion(dmat, 0, ~(bus_addr_t)0 >> (64 - bits),
	    &sc->sc_dmat, BUS_DMA_WAITOK);
	if (error != 0)
		return error;
	error = side_create(sc, &sc->sc_src, 0, BUS_DMASYNC_PREWRITE,
	    BUS_DMASYNC_POSTWRITE, "edu source");
	if (error != 0)
		goto tag;
	error = side_create(sc, &sc->sc_dst, BUS_DMA_ALLOCNOW,
	    BUS_DMASYNC_PREREAD, BUS_DMASYNC_POSTREAD, "edu destination");
	if (error == 0)
		return 0;

	bus_dmamap_destroy(sc->sc_dmat, sc->sc_src.es_map);
tag:
	bus_dmatag_destroy(sc->sc_dmat);
	return error;
}

int
edu_attach(struct edu_softc *sc, struct env_device *dev, bus_dma_tag_t dmat,
    unsigned bits, bool polled)
{
	int error;

	if (bits == 0 || bits > 64)
		return EINVAL;
	sc->sc_dev = dev;
	sc->sc_polled = polled;
	sc->sc_patience = EDU_PATIENCE;
	sc->sc_stuck = false;
	sc->sc_dmas = 0;
	error = identify(sc);
	if (error != 0)
		return error;
	/* Whoever had the device before may have left it at work. */
	error = rest(sc, true);
	if (error != 0)
		return error;
	return reach(sc, dmat, bits);
}

/* The device reaches it no more. */
static void
side_end(struct edu_softc *sc, struct edu_side *es)
{
	if (!es->es_loaded)
		return;
	bus_dmamap_sync(
	    sc->sc_dmat, es->es_map, 0, es->es_map->dm_mapsize, es->es_post);
	bus_dmamap_unload(sc->sc_dmat, es->es_map);
	es->es_loaded = false;
}

int
edu_reset(struct edu_softc *sc)
{
	int error;

	error = rest(sc, true);
	if (error != 0)
		return error;
	side_end(sc, &sc->sc_src);
	side_end(sc, &sc->sc_dst);
	sc->sc_stuck = false;
	return 0;
}

int
edu_detach(struct edu_softc *sc)
{
	int error;

	error = edu_reset(sc);
	if (error != 0)
		return error;
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_dst.es_map);
	bus_dmamap_destroy(sc->sc_dmat, sc->sc_src.es_map);
	bus_dmatag_destroy(sc->sc_dmat);
	return 0;
}

static void
put_address(struct edu_softc *sc, uint32_t reg, uint64_t addr)
{
	if (sc->sc_wide)
		(void)env_write64(sc->sc_dev, reg, addr);
	else
		env_write32(sc->sc_dev, reg, (uint32_t)addr);
}

int
edu_dma(struct edu_softc *sc, bool tomem, bus_addr_t addr, uint32_t card,
    uint32_t len)
{
	uint32_t cmd = EDU_CMD_RUN;
	int error;

	if (len == 0 || card > EDU_BUFSIZE || len > EDU_BUFSIZE - card)
		return EINVAL;
	if (sc->sc_stuck)
		return EBUSY;
	if (tomem)
		cmd |= EDU_CMD_TOMEM;
	if (!sc->sc_polled)
		cmd |= EDU_CMD_IE;
	put_address(sc, tomem ? EDU_DST : EDU_SRC, addr);
	put_address(sc, tomem ? EDU_SRC : EDU_DST, EDU_BUFFER + card);
	env_write32(sc->sc_dev, EDU_COUNT, len);
	env_write32(sc->sc_dev, EDU_CMD, cmd);
	sc->sc_dmas++;
	error = rest(sc, sc->sc_polled);
	sc->sc_stuck = error != 0;
	return error;
}

static int
load(struct edu_softc *sc, bus_dmamap_t map, const struct edu_buffer *eb,
    bus_size_t len, int flags)
{
	bus_dma_tag_t t = sc->sc_dmat;

	flags |= BUS_DMA_PARTIAL | BUS_DMA_STREAMING;
	switch (eb->eb_kind) {
	case EDU_LINEAR:
		return bus_dmamap_load(
		    t, map, eb->eb_buf, len, eb->eb_proc, flags);
	case EDU_UIO:
		return bus_dmamap_load_uio(t, map, eb->eb_uio, flags);
	case EDU_RAW:
		return bus_dmamap_load_raw(
		    t, map, eb->eb_segs, eb->eb_nsegs, len, flags);
	}
	return EINVAL;
}

/* A part is loaded: give it to the device. */
static void
side_give(struct edu_softc *sc, struct edu_side *es)
{
	es->es_loaded = true;
	es->es_seg = 0;
	es->es_off = 0;
	bus_dmamap_sync(
	    sc->sc_dmat, es->es_map, 0, es->es_map->dm_mapsize, es->es_op);
}

/* Load as much as fits from the beginning of a buffer, and give it. */
static int
begin(struct edu_softc *sc, struct edu_side *es, const struct edu_buffer *eb,
    const struct edu_job *jb, int dir)
{
	int error;

	error = load(sc, es->es_map, eb, jb->jb_len, jb->jb_flags | dir);
	if (error == 0)
		side_give(sc, es);
	return error;
}

/* Bytes of the segment that is next. */
static bus_size_t
side_left(const struct edu_side *es)
{
	return es->es_map->dm_segs[es->es_seg].ds_len - es->es_off;
}

static bus_addr_t
side_address(const struct edu_side *es)
{
	return es->es_map->dm_segs[es->es_seg].ds_addr + es->es_off;
}

/*
 * Bytes were moved.  Behind the last segment comes the next part; where that
 * can't be loaded, what is left is given up.
 */
static int
side_advance(struct edu_softc *sc, struct edu_side *es, bus_size_t n)
{
	int error;

	es->es_off += n;
	if (side_left(es) > 0)
		return 0;
	es->es_off = 0;
	if (++es->es_seg < es->es_map->dm_nsegs)
		return 0;
	bus_dmamap_sync(
	    sc->sc_dmat, es->es_map, 0, es->es_map->dm_mapsize, es->es_post);
	es->es_loaded = false;
	error = bus_dmamap_load_next(sc->sc_dmat, es->es_map);
	if (error == 0)
		side_give(sc, es);
	else
		bus_dmamap_unload(sc->sc_dmat, es->es_map);
	return error;
}

static bus_size_t
least(bus_size_t a, bus_size_t b)
{
	return a < b ? a : b;
}

/* A segment of the source, by way of the device's buffer. */
static int
turn(struct edu_softc *sc, struct edu_job *jb)
{
	bus_size_t part, n, done;
	int error;

	n = least(side_left(&sc->sc_src), jb->jb_len - jb->jb_moved);
	error = edu_dma(sc, false, side_address(&sc->sc_src), 0, (uint32_t)n);
	for (done = 0; error == 0 && done < n; done += part) {
		part = least(side_left(&sc->sc_dst), n - done);
		error = edu_dma(sc, true, side_address(&sc->sc_dst),
		    (uint32_t)done, (uint32_t)part);
		if (error != 0)
			return error;
		jb->jb_moved += part;
		if (jb->jb_moved < jb->jb_len)
			error = side_advance(sc, &sc->sc_dst, part);
	}
	if (error == 0 && jb->jb_moved < jb->jb_len)
		error = side_advance(sc, &sc->sc_src, n);
	return error;
}

/* A uio may be longer than the job, but not shorter. */
static bool
legal(const struct edu_buffer *eb, bus_size_t len)
{
	return eb->eb_kind != EDU_UIO || eb->eb_uio->uio_resid >= len;
}

int
edu_copy(struct edu_softc *sc, struct edu_job *jb)
{
	unsigned before = sc->sc_dmas;
	int error;

	jb->jb_moved = 0;
	jb->jb_dmas = 0;
	if (sc->sc_stuck)
		return EBUSY;
	if (jb->jb_len == 0 || !legal(&jb->jb_src, jb->jb_len) ||
	    !legal(&jb->jb_dst, jb->jb_len))
		return EINVAL;

	error = begin(sc, &sc->sc_src, &jb->jb_src, jb, BUS_DMA_WRITE);
	if (error == 0)
		error = begin(sc, &sc->sc_dst, &jb->jb_dst, jb, BUS_DMA_READ);
	while (error == 0 && jb->jb_moved < jb->jb_len)
		error = turn(sc, jb);
	if (!sc->sc_stuck) {
		side_end(sc, &sc->sc_src);
		side_end(sc, &sc->sc_dst);
	}
	jb->jb_dmas = sc->sc_dmas - before;
	return error;
}
