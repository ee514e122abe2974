/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated copy engine: what a job does.
 */
#include <busdma/simcopyreg.h>

#include "simcopyvar.h"

/* Most entries of a list that one step fetches. */
#define TABLE_PIECE 16u

static void
finish(struct simcopy_job *jb, uint32_t status)
{
	jb->jb_status = status;
	jb->jb_phase = SIMCOPY_POST;
}

/* Finish with an error that is the driver's. */
static void
reject(struct simcopy *sc, struct simcopy_job *jb, uint32_t status,
    const char *text)
{
	simdev_complain(sc->sc_dev, jb->jb_addr, jb->jb_len, text);
	finish(jb, status);
}

static void
begin_list(struct simcopy_list *ls, uint32_t nsegs)
{
	ls->ls_nsegs = nsegs;
	ls->ls_fetched = ls->ls_seg = ls->ls_off = 0;
	ls->ls_sum = 0;
}

static bool
good_count(uint32_t n)
{
	return n != 0 && n <= SIMCOPY_MAXSEGS;
}

static bool
fetch_header(struct simcopy *sc, struct simcopy_job *jb)
{
	uint8_t raw[SIMCOPY_HDR_SIZE];

	if (busdma_sim_dma_read(sc->sc_dev, jb->jb_addr, raw, sizeof(raw)) != 0)
		return false;
	jb->jb_cookie = (uint32_t)simdev_get(raw + SIMCOPY_HDR_COOKIE, 4);
	jb->jb_len = simdev_get(raw + SIMCOPY_HDR_LEN, 8);
	jb->jb_cpl = simdev_get(raw + SIMCOPY_HDR_CPL, 8);
	jb->jb_moved = 0;
	jb->jb_held = jb->jb_sent = 0;
	begin_list(
	    &jb->jb_src, (uint32_t)simdev_get(raw + SIMCOPY_HDR_NSRC, 2));
	begin_list(
	    &jb->jb_dst, (uint32_t)simdev_get(raw + SIMCOPY_HDR_NDST, 2));
	if ((jb->jb_cpl & (SIMCOPY_CPL_SIZE - 1)) != 0) {
		simdev_complain(sc->sc_dev, jb->jb_cpl, SIMCOPY_CPL_SIZE,
		    "completion not aligned to 16 bytes");
		return false;
	}
	jb->jb_phase = SIMCOPY_LISTS;
	if (!good_count(jb->jb_src.ls_nsegs) ||
	    !good_count(jb->jb_dst.ls_nsegs))
		reject(sc, jb, SIMCOPY_ST_HEADER,
		    "a list of no entries, or of more than it can");
	else if (simdev_get(raw + SIMCOPY_HDR_ZERO, 8) != 0)
		reject(sc, jb, SIMCOPY_ST_HEADER,
		    "reserved bytes set in a header");
	return true;
}

/* Both lists are there: they must come to the same. */
static void
check_lists(struct simcopy *sc, struct simcopy_job *jb)
{
	if (jb->jb_src.ls_sum != jb->jb_len)
		reject(sc, jb, SIMCOPY_ST_LENGTH,
		    "the sources are not as long as the job");
	else if (jb->jb_dst.ls_sum != jb->jb_len)
		reject(sc, jb, SIMCOPY_ST_LENGTH,
		    "the destinations are not as long as the job");
	else
		jb->jb_phase = SIMCOPY_MOVE;
}

/* Take an entry up; false: it is none. */
static bool
take_entry(struct simcopy *sc, struct simcopy_job *jb, struct simcopy_list *ls,
    const uint8_t *raw)
{
	struct simdev_seg *sg = &ls->ls_segs[ls->ls_fetched++];

	sg->sg_addr = simdev_get(raw + SIMCOPY_SEG_ADDR, 8);
	sg->sg_len = (uint32_t)simdev_get(raw + SIMCOPY_SEG_LEN, 4);
	ls->ls_sum += sg->sg_len;
	if (simdev_get(raw + SIMCOPY_SEG_ZERO, 4) != 0) {
		reject(sc, jb, SIMCOPY_ST_HEADER,
		    "reserved bytes set in an entry");
		return false;
	}
	if (sg->sg_len == 0) {
		reject(sc, jb, SIMCOPY_ST_LENGTH, "an entry of no bytes");
		return false;
	}
	return true;
}

/* Some entries of the list that is not complete. */
static void
fetch_entries(struct simcopy *sc, struct simcopy_job *jb)
{
	uint8_t raw[TABLE_PIECE * SIMCOPY_SEG_SIZE];
	bus_addr_t addr = jb->jb_addr + SIMCOPY_HDR_SIZE;
	struct simcopy_list *ls = &jb->jb_src;
	uint32_t n, i;

	addr += (bus_addr_t)ls->ls_fetched * SIMCOPY_SEG_SIZE;
	if (ls->ls_fetched == ls->ls_nsegs) {
		ls = &jb->jb_dst;
		addr += (bus_addr_t)ls->ls_fetched * SIMCOPY_SEG_SIZE;
	}
	n = simdev_some(sc->sc_dev, TABLE_PIECE, ls->ls_nsegs - ls->ls_fetched);
	if (busdma_sim_dma_read(
		sc->sc_dev, addr, raw, (size_t)n * SIMCOPY_SEG_SIZE) != 0) {
		finish(jb, SIMCOPY_ST_TABLE);
		return;
	}
	for (i = 0; i < n; i++)
		if (!take_entry(sc, jb, ls, raw + (size_t)i * SIMCOPY_SEG_SIZE))
			return;
	if (ls == &jb->jb_dst && ls->ls_fetched == ls->ls_nsegs)
		check_lists(sc, jb);
}

/* The next run of a list, at most `most' bytes; its address. */
static bus_addr_t
next_run(const struct simcopy_list *ls, uint32_t most, uint32_t *np)
{
	const struct simdev_seg *sg = &ls->ls_segs[ls->ls_seg];
	uint32_t left = sg->sg_len - ls->ls_off;

	*np = most < left ? most : left;
	return sg->sg_addr + ls->ls_off;
}

static void
advance_list(struct simcopy_list *ls, uint32_t n)
{
	ls->ls_off += n;
	if (ls->ls_off == ls->ls_segs[ls->ls_seg].sg_len) {
		ls->ls_off = 0;
		ls->ls_seg++;
	}
}

/*
 * Read a piece into the engine, or write some of what it holds.  The lengths
 * agree, so there is a source left whenever all that was read is written and
 * the job is not over.
 */
static void
move(struct simcopy *sc, struct simcopy_job *jb)
{
	bus_addr_t addr;
	uint32_t n;

	n = simdev_some(sc->sc_dev, SIMCOPY_PIECE, SIMCOPY_PIECE);
	if (jb->jb_held == jb->jb_sent) {
		addr = next_run(&jb->jb_src, n, &n);
		if (busdma_sim_dma_read(sc->sc_dev, addr, jb->jb_buf, n) != 0) {
			finish(jb, SIMCOPY_ST_SRC);
			return;
		}
		advance_list(&jb->jb_src, n);
		jb->jb_held = n;
		jb->jb_sent = 0;
		return;
	}
	if (n > jb->jb_held - jb->jb_sent)
		n = jb->jb_held - jb->jb_sent;
	addr = next_run(&jb->jb_dst, n, &n);
	if (busdma_sim_dma_write(
		sc->sc_dev, addr, jb->jb_buf + jb->jb_sent, n) != 0) {
		finish(jb, SIMCOPY_ST_DST);
		return;
	}
	advance_list(&jb->jb_dst, n);
	jb->jb_sent += n;
	jb->jb_moved += n;
	if (jb->jb_moved == jb->jb_len)
		finish(jb, SIMCOPY_ST_OK);
}

/* All of the completion but the cookie. */
static bool
post(struct simcopy *sc, const struct simcopy_job *jb)
{
	uint8_t raw[SIMCOPY_CPL_COOKIE];

	simdev_put(raw + SIMCOPY_CPL_MOVED, jb->jb_moved, 8);
	simdev_put(raw + SIMCOPY_CPL_STATUS, jb->jb_status, 4);
	return busdma_sim_dma_write(sc->sc_dev, jb->jb_cpl, raw, sizeof(raw)) ==
	       0;
}

bool
simcopy_sign(struct simcopy *sc, struct simcopy_job *jb)
{
	uint8_t raw[4];

	simdev_put(raw, jb->jb_cookie, 4);
	return busdma_sim_dma_write(sc->sc_dev, jb->jb_cpl + SIMCOPY_CPL_COOKIE,
		   raw, sizeof(raw)) == 0;
}

bool
simcopy_advance(struct simcopy *sc, struct simcopy_job *jb)
{
	switch (jb->jb_phase) {
	case SIMCOPY_FETCH:
		return fetch_header(sc, jb);
	case SIMCOPY_LISTS:
		fetch_entries(sc, jb);
		return true;
	case SIMCOPY_MOVE:
		move(sc, jb);
		return true;
	case SIMCOPY_POST:
		jb->jb_phase = SIMCOPY_SIGN;
		return post(sc, jb);
	case SIMCOPY_SIGN:
		break;
	}
	return false;
}
