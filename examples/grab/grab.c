/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated frame grabber (<busdma/simgrabreg.h>), written to
 * be read: all of its DMA goes through bus_dma(9), and it is right on machines
 * with caches that devices don't see, with memory that devices don't reach,
 * with any byte order and any rule of alignment.
 *
 * What the driver and the grabber share, and who may touch it when:
 *
 *	buffer ring	The driver writes an entry, PREWRITE gives it to the
 *			grabber, the doorbell tells.  It comes back with the
 *			completion: POSTWRITE.
 *	table		One for each buffer, written once: PREWRITE when the
 *			buffer is made, POSTWRITE when it is freed.
 *	frame		The grabber's from grab_queue (PREREAD) until
 *			grab_dequeue or grab_stop (POSTREAD).  The kernel has
 *			no mapping of it: it is loaded by its segments.
 *	completion ring	The grabber's.  The driver borrows an entry to look at
 *			it (POSTREAD) and gives it back (PREREAD).  It never
 *			writes there while the grabber runs, so that no cache
 *			line with the grabber's other entries is ever dirty.
 */
#include "grab/grabvar.h"

#include "le.h"

#define STOP_TRIES 1000000u

/* Two registers that make one bus address. */
static void
write_address(struct grab_softc *sc, uint32_t reg_lo, bus_addr_t addr)
{
	env_write32(sc->sc_dev, reg_lo, (uint32_t)addr);
	env_write32(sc->sc_dev, reg_lo + 4, (uint32_t)(addr >> 32));
}

static void
append(struct grab_list *gl, struct grab_buffer *gb)
{
	gb->gb_next = NULL;
	if (gl->gl_first == NULL)
		gl->gl_first = gb;
	else
		gl->gl_last->gb_next = gb;
	gl->gl_last = gb;
}

/* `gb' is on the list; mostly it is the first. */
static void
take_out(struct grab_list *gl, struct grab_buffer *gb)
{
	struct grab_buffer *before = NULL, *at = gl->gl_first;

	for (; at != gb; at = at->gb_next)
		before = at;
	if (before == NULL)
		gl->gl_first = gb->gb_next;
	else
		before->gb_next = gb->gb_next;
	if (gl->gl_last == gb)
		gl->gl_last = before;
}

/* The first `n' buffers, and all that is known of them. */
static void
buffers_destroy(struct grab_softc *sc, unsigned n)
{
	while (n > 0)
		grab_buffer_destroy(sc, &sc->sc_bufs[--n]);
	sc->sc_nbufs = 0;
	sc->sc_framesize = 0;
	sc->sc_queue.gl_first = NULL;
	sc->sc_done.gl_first = NULL;
}

/* After this the grabber touches no memory; EBUSY: it does. */
static int
stop(struct grab_softc *sc)
{
	unsigned tries;

	sc->sc_running = false;
	env_write32(sc->sc_dev, SIMGRAB_CTRL, 0);
	for (tries = 0; tries < STOP_TRIES; tries++) {
		if ((env_read32(sc->sc_dev, SIMGRAB_STATUS) &
			SIMGRAB_STATUS_RUN) == 0)
			return 0;
	}
	return EBUSY;
}

/* Take the grabber's word for nothing that would hurt the driver. */
static int
identify(struct grab_softc *sc)
{
	uint32_t cap, qsize, nsegs;

	if (env_read32(sc->sc_dev, SIMGRAB_ID) != SIMGRAB_ID_VALUE)
		return EINVAL;
	cap = env_read32(sc->sc_dev, SIMGRAB_CAP);
	qsize = cap & SIMGRAB_CAP_QSIZE;
	nsegs = (cap & SIMGRAB_CAP_NSEGS) >> 16;
	if (qsize < 2 || nsegs == 0)
		return EINVAL;
	sc->sc_qsize = GRAB_QSIZE;
	while (sc->sc_qsize > qsize)
		sc->sc_qsize /= 2;
	sc->sc_maxsegs = nsegs < GRAB_MAXSEGS ? nsegs : GRAB_MAXSEGS;
	sc->sc_maxframe = env_read32(sc->sc_dev, SIMGRAB_MAXFRAME);
	return 0;
}

int
grab_attach(struct grab_softc *sc, struct env_device *dev, bus_dma_tag_t dmat)
{
	int error;

	*sc = (struct grab_softc){ .sc_dev = dev, .sc_dmat = dmat };
	error = identify(sc);
	if (error != 0)
		return error;
	/* Whoever had the grabber before may have left it running. */
	error = stop(sc);
	if (error != 0)
		return error;
	error = dmamem_alloc(dmat, (bus_size_t)sc->sc_qsize * SIMGRAB_BUF_SIZE,
	    BUS_DMA_WRITE, "grabber: buffer ring", &sc->sc_bufq);
	if (error != 0)
		return error;
	error = dmamem_alloc(dmat, (bus_size_t)sc->sc_qsize * SIMGRAB_CPL_SIZE,
	    0, "grabber: completion ring", &sc->sc_cplq);
	if (error != 0)
		dmamem_free(dmat, &sc->sc_bufq);
	return error;
}

int
grab_setup(struct grab_softc *sc, const struct grab_format *gf,
    struct grab_buffer *bufs, unsigned nbufs)
{
	uint64_t line = (uint64_t)gf->gf_width * gf->gf_depth;
	unsigned i;
	int error;

	if (sc->sc_framesize != 0)
		return EBUSY;
	/* Neither product overflows: the height has 32 bits. */
	if (gf->gf_depth < 1 || gf->gf_depth > 4 || line < SIMGRAB_HDR_SIZE ||
	    line > sc->sc_maxframe || gf->gf_height == 0 ||
	    line * gf->gf_height > sc->sc_maxframe || gf->gf_period == 0)
		return EINVAL;
	/* A full ring could not be told from an empty one. */
	if (nbufs == 0 || nbufs > sc->sc_qsize - 1)
		return EINVAL;
	sc->sc_format = *gf;
	sc->sc_framesize = line * gf->gf_height;
	sc->sc_bufs = bufs;
	for (i = 0; i < nbufs; i++) {
		error = grab_buffer_create(sc, &bufs[i]);
		if (error != 0) {
			buffers_destroy(sc, i);
			return error;
		}
	}
	sc->sc_nbufs = nbufs;
	return 0;
}

/*
 * Write a queued buffer's entry and give it to the grabber.  The doorbell
 * comes later; PREWRITE orders all that was stored above it before that.
 */
static void
entry_give(struct grab_softc *sc, struct grab_buffer *gb)
{
	bus_size_t offset = (bus_size_t)sc->sc_buftail * SIMGRAB_BUF_SIZE;
	uint8_t *entry = sc->sc_bufq.mm_kva + offset;
	unsigned i;

	for (i = 0; i < SIMGRAB_BUF_SIZE; i++)
		entry[i] = 0;
	le_put64(entry + SIMGRAB_BUF_TABLE, dmamem_address(&gb->gb_table));
	le_put32(entry + SIMGRAB_BUF_NSEGS, (uint32_t)gb->gb_map->dm_nsegs);
	le_put32(entry + SIMGRAB_BUF_BYTES, (uint32_t)sc->sc_framesize);
	le_put16(entry + SIMGRAB_BUF_ID, (uint32_t)(gb - sc->sc_bufs));
	bus_dmamap_sync(sc->sc_dmat, sc->sc_bufq.mm_map, offset,
	    SIMGRAB_BUF_SIZE, BUS_DMASYNC_PREWRITE);
	gb->gb_inring = true;
	gb->gb_entry = sc->sc_buftail;
	sc->sc_buftail = (sc->sc_buftail + 1) & (sc->sc_qsize - 1);
}

static void
entry_take(struct grab_softc *sc, struct grab_buffer *gb)
{
	bus_dmamap_sync(sc->sc_dmat, sc->sc_bufq.mm_map,
	    (bus_size_t)gb->gb_entry * SIMGRAB_BUF_SIZE, SIMGRAB_BUF_SIZE,
	    BUS_DMASYNC_POSTWRITE);
	gb->gb_inring = false;
}

int
grab_queue(struct grab_softc *sc, unsigned buffer)
{
	struct grab_buffer *gb;

	if (buffer >= sc->sc_nbufs)
		return EINVAL;
	gb = &sc->sc_bufs[buffer];
	if (gb->gb_state != GRAB_USER)
		return EINVAL;
	if (sc->sc_active && !sc->sc_running)
		return EBUSY;
	grab_frame_give(sc, gb);
	gb->gb_state = GRAB_QUEUED;
	append(&sc->sc_queue, gb);
	if (sc->sc_running) {
		entry_give(sc, gb);
		env_write32(sc->sc_dev, SIMGRAB_BUFTAIL, sc->sc_buftail);
	}
	return 0;
}

bool
grab_dequeue(struct grab_softc *sc, struct grab_frame *fr)
{
	struct grab_buffer *gb = sc->sc_done.gl_first;

	if (gb == NULL)
		return false;
	take_out(&sc->sc_done, gb);
	grab_frame_take(sc, gb);
	*fr = gb->gb_frame;
	return true;
}

/*
 * Take the next completion from the ring, if there is one.
 *
 * The phase is the grabber's signal.  What it wrote before the phase may be
 * looked at only after a POSTREAD that follows the look at the phase: the
 * second one.  PREREAD gives the entry back, new or not; the grabber may
 * write it at any time until then.
 */
static bool
completion_take(struct grab_softc *sc, uint32_t *id, struct grab_frame *fr)
{
	bus_size_t offset = (bus_size_t)sc->sc_cplhead * SIMGRAB_CPL_SIZE;
	const uint8_t *cpl = sc->sc_cplq.mm_kva + offset;
	bus_dmamap_t map = sc->sc_cplq.mm_map;
	bool isnew;

	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMGRAB_CPL_SIZE, BUS_DMASYNC_POSTREAD);
	isnew = (le_get32(cpl + SIMGRAB_CPL_FLAGS) & SIMGRAB_CPL_PHASE) ==
		sc->sc_phase;
	if (isnew) {
		bus_dmamap_sync(sc->sc_dmat, map, offset, SIMGRAB_CPL_SIZE,
		    BUS_DMASYNC_POSTREAD);
		*id = le_get16(cpl + SIMGRAB_CPL_ID);
		fr->fr_buffer = *id;
		fr->fr_status = le_get16(cpl + SIMGRAB_CPL_STATUS);
		fr->fr_seq = le_get32(cpl + SIMGRAB_CPL_SEQ);
		fr->fr_time = le_get64(cpl + SIMGRAB_CPL_TIME);
		fr->fr_bytes = le_get32(cpl + SIMGRAB_CPL_BYTES);
		sc->sc_cplhead = (sc->sc_cplhead + 1) & (sc->sc_qsize - 1);
		if (sc->sc_cplhead == 0)
			sc->sc_phase ^= SIMGRAB_CPL_PHASE;
	}
	bus_dmamap_sync(
	    sc->sc_dmat, map, offset, SIMGRAB_CPL_SIZE, BUS_DMASYNC_PREREAD);
	return isnew;
}

/* Buffers that the grabber is done with; how many. */
static unsigned
complete(struct grab_softc *sc)
{
	struct grab_buffer *gb;
	struct grab_frame fr;
	unsigned n = 0;
	uint32_t id;

	while (completion_take(sc, &id, &fr)) {
		if (id >= sc->sc_nbufs || !sc->sc_bufs[id].gb_inring) {
			sc->sc_stray++;
			continue;
		}
		gb = &sc->sc_bufs[id];
		entry_take(sc, gb);
		take_out(&sc->sc_queue, gb);
		if (fr.fr_bytes > sc->sc_framesize)
			fr.fr_bytes = sc->sc_framesize;
		if (fr.fr_status == SIMGRAB_ST_OK)
			sc->sc_frames++;
		gb->gb_frame = fr;
		gb->gb_state = GRAB_DONE;
		append(&sc->sc_done, gb);
		n++;
	}
	return n;
}

/*
 * The interrupt is cleared first: one that comes for a completion which the
 * look at the ring no longer sees stays.
 */
unsigned
grab_intr(struct grab_softc *sc)
{
	unsigned head = sc->sc_cplhead, n;

	if (!sc->sc_running)
		return 0;
	env_write32(sc->sc_dev, SIMGRAB_INTR, 1);
	n = complete(sc);
	if (sc->sc_cplhead != head)
		env_write32(sc->sc_dev, SIMGRAB_CPLHEAD, sc->sc_cplhead);
	return n;
}

bool
grab_wait(struct grab_softc *sc)
{
	bool more = true;

	(void)grab_intr(sc);
	while (sc->sc_done.gl_first == NULL && more && sc->sc_running &&
	       sc->sc_queue.gl_first != NULL) {
		more = env_wait(sc->sc_dev);
		(void)grab_intr(sc);
	}
	return sc->sc_done.gl_first != NULL;
}

/*
 * Stop; all that the grabber had but the frames' memory is the driver's, and
 * what was complete is done.
 */
static int
halt(struct grab_softc *sc)
{
	struct grab_buffer *gb;
	int error;

	if (!sc->sc_active)
		return 0;
	error = stop(sc);
	if (error != 0)
		return error;
	sc->sc_active = false;
	sc->sc_overruns += env_read32(sc->sc_dev, SIMGRAB_OVERRUN);
	(void)complete(sc);
	for (gb = sc->sc_queue.gl_first; gb != NULL; gb = gb->gb_next) {
		if (gb->gb_inring)
			entry_take(sc, gb);
	}
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cplq.mm_map, 0, sc->sc_cplq.mm_size,
	    BUS_DMASYNC_POSTREAD | BUS_DMASYNC_POSTWRITE);
	return 0;
}

/*
 * The registers, and an empty completion ring.  Its zeroes are for the driver
 * to read again, wherever the grabber's view of them is: PREWRITE; entries
 * that the grabber writes come next: PREREAD.
 */
static void
prepare(struct grab_softc *sc)
{
	const struct grab_format *gf = &sc->sc_format;
	bus_size_t i;

	for (i = 0; i < sc->sc_cplq.mm_size; i++)
		sc->sc_cplq.mm_kva[i] = 0;
	bus_dmamap_sync(sc->sc_dmat, sc->sc_cplq.mm_map, 0, sc->sc_cplq.mm_size,
	    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->sc_buftail = 0;
	sc->sc_cplhead = 0;
	sc->sc_phase = SIMGRAB_CPL_PHASE;

	env_write32(sc->sc_dev, SIMGRAB_QSIZE, sc->sc_qsize);
	env_write32(sc->sc_dev, SIMGRAB_WIDTH, gf->gf_width);
	env_write32(sc->sc_dev, SIMGRAB_HEIGHT, gf->gf_height);
	env_write32(sc->sc_dev, SIMGRAB_DEPTH, gf->gf_depth);
	env_write32(sc->sc_dev, SIMGRAB_PERIOD, gf->gf_period);
	write_address(sc, SIMGRAB_BUFQ_LO, dmamem_address(&sc->sc_bufq));
	write_address(sc, SIMGRAB_CPLQ_LO, dmamem_address(&sc->sc_cplq));
	env_write32(sc->sc_dev, SIMGRAB_INTR, 1);
}

int
grab_start(struct grab_softc *sc)
{
	struct grab_buffer *gb;
	uint32_t status;

	if (sc->sc_active)
		return EBUSY;
	if (sc->sc_nbufs == 0)
		return EINVAL;
	prepare(sc);
	sc->sc_active = true;
	env_write32(
	    sc->sc_dev, SIMGRAB_CTRL, SIMGRAB_CTRL_EN | SIMGRAB_CTRL_IE);
	status = env_read32(sc->sc_dev, SIMGRAB_STATUS);
	if ((status & SIMGRAB_STATUS_ERR) != 0 ||
	    (status & SIMGRAB_STATUS_RUN) == 0)
		return halt(sc) != 0 ? EBUSY : EFAULT;
	sc->sc_running = true;
	for (gb = sc->sc_queue.gl_first; gb != NULL; gb = gb->gb_next)
		entry_give(sc, gb);
	if (sc->sc_buftail != 0)
		env_write32(sc->sc_dev, SIMGRAB_BUFTAIL, sc->sc_buftail);
	return 0;
}

int
grab_stop(struct grab_softc *sc)
{
	struct grab_buffer *gb;
	int error;

	error = halt(sc);
	if (error != 0)
		return error;
	while ((gb = sc->sc_queue.gl_first) != NULL) {
		take_out(&sc->sc_queue, gb);
		grab_frame_take(sc, gb);
	}
	return 0;
}

int
grab_reset(struct grab_softc *sc)
{
	int error;

	error = halt(sc);
	if (error != 0)
		return error;
	return grab_start(sc);
}

int
grab_release(struct grab_softc *sc)
{
	int error;

	error = grab_stop(sc);
	if (error == 0)
		buffers_destroy(sc, sc->sc_nbufs);
	return error;
}

int
grab_detach(struct grab_softc *sc)
{
	int error;

	error = grab_release(sc);
	if (error != 0)
		return error;
	dmamem_free(sc->sc_dmat, &sc->sc_cplq);
	dmamem_free(sc->sc_dmat, &sc->sc_bufq);
	return 0;
}

uint32_t
grab_overruns(struct grab_softc *sc)
{
	uint32_t n = sc->sc_overruns;

	if (sc->sc_active)
		n += env_read32(sc->sc_dev, SIMGRAB_OVERRUN);
	return n;
}

paddr_t
grab_mmap(struct grab_softc *sc, unsigned buffer, int64_t off, int prot)
{
	struct grab_buffer *gb;

	if (buffer >= sc->sc_nbufs)
		return (paddr_t)-1;
	gb = &sc->sc_bufs[buffer];
	return bus_dmamem_mmap(
	    sc->sc_dmat, gb->gb_segs, gb->gb_nsegs, off, prot, 0);
}
