/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the program "edu" share: see edu_rig.h. */
#include "edu_rig.h"

#include <busdma/direct.h>

struct edu_unit edu_units[MAX_EDUS];
unsigned edu_nunits;

const struct buffer_zone edu_zones[NPLACES] = {
	[LOW] = { "256M", 0x100000, 0x0fffffff },
	[MIDDLE] = { "4G", 0x10000000, 0xffffffff },
	[HIGH] = { "beyond", 0x100000000, ~(paddr_t)0 },
};

struct busdma_platform edu_platform;

paddr_t
edu_high(unsigned bits)
{
	return ~(paddr_t)0 >> (64 - bits);
}

void
edu_bus_make(struct edu_bus *eb, const struct bus_dma_bounce *db)
{
	const struct bus_dma_window all = {
		.dw_flags = BUS_DMA_WINDOW_COHERENT,
	};

	if (bus_dmatag_direct(&edu_platform, NULL, &all, 1, &eb->eb_direct,
		BUS_DMA_WAITOK) != 0)
		tap_bail("no direct tag");
	eb->eb_tag = eb->eb_direct;
	eb->eb_bounces = db != NULL;
	if (db != NULL && bus_dmatag_bounce(eb->eb_direct, db, &eb->eb_tag,
			      BUS_DMA_WAITOK) != 0)
		tap_bail("no tag that bounces");
}

void
edu_bus_end(struct edu_bus *eb)
{
	if (eb->eb_bounces)
		bus_dmatag_destroy(eb->eb_tag);
	bus_dmatag_destroy(eb->eb_direct);
}

void
edu_begin(struct edu_softc *sc, const struct edu_unit *un,
    const struct edu_bus *eb, bool polled)
{
	int error = edu_attach(sc, un->un_dev, eb->eb_tag, un->un_bits, polled);

	if (error != 0)
		tap_bail("edu_attach: %d", error);
}

void
edu_end(struct edu_softc *sc)
{
	int error = edu_detach(sc);

	if (error != 0)
		tap_bail("edu_detach: %d", error);
}

static void
describe(struct edu_buffer *eb, enum edu_kind kind, struct buffer *bu)
{
	*eb = (struct edu_buffer){
		.eb_kind = kind,
		.eb_buf = bu->bu_iov[0].iov_base,
		.eb_uio = &bu->bu_uio,
		.eb_segs = bu->bu_segs,
		.eb_nsegs = bu->bu_nsegs,
	};
}

void
edu_job(struct edu_job *jb, enum edu_kind kind, struct buffer *src,
    struct buffer *dst, int flags)
{
	*jb = (struct edu_job){
		.jb_len = buffer_length(src),
		.jb_flags = flags,
		.jb_moved = ~(bus_size_t)0,
	};
	describe(&jb->jb_src, kind, src);
	describe(&jb->jb_dst, kind, dst);
}

int
edu_run(struct edu_softc *sc, enum edu_kind kind, struct buffer *src,
    struct buffer *dst, int flags)
{
	struct edu_job jb;
	int error;

	edu_job(&jb, kind, src, dst, flags);
	error = edu_copy(sc, &jb);
	if (error == 0 && jb.jb_moved != jb.jb_len) {
		tap_say("%llu bytes of %llu", (unsigned long long)jb.jb_moved,
		    (unsigned long long)jb.jb_len);
		return EINVAL;
	}
	return error;
}

void
edu_delta_begin(struct edu_softc *sc, struct edu_delta *de)
{
	(void)bus_dma_bounce_stats(sc->sc_dmat, &de->de_before);
}

static bool
same(const char *what, uint64_t before, uint64_t after, uint64_t want)
{
	if (after - before == want)
		return true;
	tap_say("%s: %llu, not %llu", what,
	    (unsigned long long)(after - before), (unsigned long long)want);
	return false;
}

#define SAME(member, want) \
	same(#member, de->de_before.member, de->de_after.member, want)

/*
 * Of both buffers the whole load is given by a PRE sync and taken by a POST
 * sync: the source's slots are written once; the destination's are filled
 * once, and read once.
 */
bool
edu_delta_is(struct edu_softc *sc, struct edu_delta *de,
    const struct buffer *src, const struct buffer *dst, paddr_t high)
{
	struct buffer_beyond s, d;
	bool ok = true;
	int why;

	if (bus_dma_bounce_stats(sc->sc_dmat, &de->de_after) != 0)
		return false;
	buffer_beyond(src, buffer_length(src), high, &s);
	buffer_beyond(dst, buffer_length(dst), high, &d);
	for (why = 0; why < BUS_DMA_NBOUNCED; why++) {
		bool reach = why == BUS_DMA_BOUNCED_REACH;

		ok = SAME(bs_bytes[why], reach ? s.by_bytes + d.by_bytes : 0) &&
		     SAME(bs_runs[why], reach ? s.by_runs + d.by_runs : 0) &&
		     ok;
	}
	ok = SAME(bs_loads, (s.by_bytes != 0) + (uint64_t)(d.by_bytes != 0)) &&
	     ok;
	ok = SAME(bs_in, s.by_bytes + d.by_bytes) && ok;
	ok = SAME(bs_filled, d.by_bytes) && ok;
	return SAME(bs_out, d.by_bytes) && ok;
}
