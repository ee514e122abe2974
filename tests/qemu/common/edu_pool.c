/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The program "edu": everything through slots, more than there are slots for,
 * and slots that others have.
 */
#include "edu_rig.h"

#define PAGE 4096u
#define MAX_HOLDERS 64

/* Every byte is moved by a sync: one that is left out shows. */
static void
forced(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = {
		.db_most = 1024 * 1024,
		.db_flags = BUS_DMA_BOUNCE_FORCED,
	};
	struct bus_dma_bounce_stats bs;
	struct buffer src, dst;
	struct edu_softc sc;
	struct edu_bus eb;
	bool ok;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, false);
	buffer_alloc(&src, 50000, &edu_zones[LOW], true);
	buffer_alloc(&dst, 50000, &edu_zones[HIGH], false);
	buffer_lay(&src, 100, 50000);
	buffer_lay(&dst, 3333, 50000);
	buffer_fill(&src, 1);
	buffer_fill(&dst, 2);
	ok = edu_run(&sc, EDU_LINEAR, &src, &dst, 0) == 0 &&
	     buffer_has(&src, 1) && buffer_has(&dst, 1) &&
	     bus_dma_bounce_stats(sc.sc_dmat, &bs) == 0 &&
	     bs.bs_bytes[BUS_DMA_BOUNCED_FORCED] == 100000 &&
	     bs.bs_in == 100000 && bs.bs_out == 50000;
	tap_ok(ok, "%u bits: all of it bounced, by force", un->un_bits);
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

/* A transfer that is larger than all slots goes in parts. */
static void
parts(const struct edu_unit *un, size_t pool, size_t len)
{
	const struct bus_dma_bounce db = { .db_most = pool };
	struct bus_dma_bounce_stats bs;
	struct buffer_beyond s, d;
	struct buffer src, dst;
	struct edu_softc sc;
	struct edu_bus eb;
	uint64_t bytes;
	bool ok;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, false);
	buffer_alloc(&src, len, &edu_zones[HIGH], false);
	buffer_alloc(&dst, len, &edu_zones[HIGH], true);
	buffer_lay(&src, 1234, len);
	buffer_lay(&dst, 4001, len);
	buffer_fill(&src, 1);
	buffer_fill(&dst, 2);
	ok = edu_run(&sc, EDU_LINEAR, &src, &dst, BUS_DMA_NOWAIT) == 0 &&
	     buffer_has(&src, 1) && buffer_has(&dst, 1);
	(void)bus_dma_bounce_stats(sc.sc_dmat, &bs);
	buffer_beyond(&src, len, edu_high(un->un_bits), &s);
	buffer_beyond(&dst, len, edu_high(un->un_bits), &d);
	bytes = bs.bs_bytes[BUS_DMA_BOUNCED_REACH] +
		bs.bs_bytes[BUS_DMA_BOUNCED_SLOTS] +
		bs.bs_bytes[BUS_DMA_BOUNCED_SEGMENTS] +
		bs.bs_bytes[BUS_DMA_BOUNCED_PIECES];
	tap_ok(ok && bytes == s.by_bytes + d.by_bytes &&
		   bs.bs_high <= db.db_most && bs.bs_pool <= db.db_most,
	    "%u bits: %lu bytes by way of %lu bytes of slots", un->un_bits,
	    (unsigned long)len, (unsigned long)pool);
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

/*
 * One page of slots for the source, which is not aligned: no part of 512 bytes
 * goes on behind the end of its first page.
 */
static void
part_of_it(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 18 * PAGE };
	struct buffer src, dst;
	struct edu_softc sc;
	struct edu_bus eb;
	struct edu_job jb;
	int error;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, false);
	buffer_alloc(&src, 20000, &edu_zones[HIGH], false);
	buffer_alloc(&dst, 20000, &edu_zones[HIGH], true);
	buffer_lay(&src, 1234, 20000);
	buffer_lay(&dst, 4001, 20000);
	buffer_fill(&src, 1);
	buffer_fill(&dst, 2);
	edu_job(&jb, EDU_LINEAR, &src, &dst, BUS_DMA_NOWAIT);
	error = edu_copy(&sc, &jb);
	tap_ok(error == ENOMEM && jb.jb_moved >= 512 &&
		   jb.jb_moved <= 4096 - 1234 && buffer_has(&src, 1) &&
		   buffer_check(&dst, (size_t)jb.jb_moved, 1, 2),
	    "%u bits: slots for a part, and no other: ENOMEM behind it",
	    un->un_bits);
	buffer_free(&src);
	buffer_free(&dst);
	edu_end(&sc);
	edu_bus_end(&eb);
}

/* Maps that have what slots there are. */
struct holders {
	bus_dma_tag_t ho_tag;
	bus_dmamap_t ho_maps[MAX_HOLDERS];
	unsigned ho_n;
	struct buffer ho_buf;
};

static void
hold(struct holders *ho, bus_dma_tag_t t)
{
	bus_dmamap_t map;

	ho->ho_tag = t;
	ho->ho_n = 0;
	buffer_alloc(&ho->ho_buf, PAGE, &edu_zones[HIGH], false);
	while (ho->ho_n < MAX_HOLDERS) {
		if (bus_dmamap_create(
			t, PAGE, 1, PAGE, 0, BUS_DMA_WAITOK, &map) != 0)
			tap_bail("no map");
		if (bus_dmamap_load(t, map, ho->ho_buf.bu_mem, PAGE, NULL,
			BUS_DMA_NOWAIT) != 0) {
			bus_dmamap_destroy(t, map);
			return;
		}
		ho->ho_maps[ho->ho_n++] = map;
	}
	tap_bail("more slots than maps");
}

static void
let_go(struct holders *ho)
{
	while (ho->ho_n > 0)
		bus_dmamap_destroy(ho->ho_tag, ho->ho_maps[--ho->ho_n]);
	buffer_free(&ho->ho_buf);
}

/* Nothing was done, and nothing is held. */
static bool
refused(struct edu_softc *sc, struct buffer *src, struct buffer *dst, int error)
{
	unsigned dmas = sc->sc_dmas;
	struct edu_job jb;
	int got;

	buffer_fill(src, 5);
	buffer_fill(dst, 6);
	edu_job(&jb, EDU_LINEAR, src, dst, BUS_DMA_NOWAIT);
	got = edu_copy(sc, &jb);
	if (got != error)
		tap_say("edu_copy: %d, not %d", got, error);
	return got == error && jb.jb_moved == 0 && sc->sc_dmas == dmas &&
	       buffer_has(src, 5) && buffer_has(dst, 6);
}

static bool
works(struct edu_softc *sc, struct buffer *src, struct buffer *dst, int flags)
{
	buffer_fill(src, 7);
	buffer_fill(dst, 8);
	return edu_run(sc, EDU_LINEAR, src, dst, flags) == 0 &&
	       buffer_has(src, 7) && buffer_has(dst, 7);
}

static void
short_pool(const struct edu_unit *un)
{
	/* Room for both maps of the driver, and 20 pages to grow by. */
	static const struct bus_dma_bounce db = { .db_most = 54 * PAGE };
	struct bus_dma_bounce_stats before, after;
	struct buffer far, far2, near;
	struct holders ho;
	struct edu_softc sc;
	struct edu_bus eb;

	edu_bus_make(&eb, &db);
	edu_begin(&sc, un, &eb, false);
	buffer_alloc(&far, 20000, &edu_zones[HIGH], true);
	buffer_alloc(&far2, 20000, &edu_zones[HIGH], true);
	buffer_alloc(&near, 20000, &edu_zones[LOW], false);
	buffer_lay(&far, 10, 20000);
	buffer_lay(&far2, 20, 20000);
	buffer_lay(&near, 30, 20000);
	hold(&ho, sc.sc_dmat);
	(void)bus_dma_bounce_stats(sc.sc_dmat, &before);
	tap_ok(refused(&sc, &far, &far2, ENOMEM),
	    "%u bits: others have the slots: ENOMEM", un->un_bits);
	tap_ok(works(&sc, &near, &far, BUS_DMA_NOWAIT),
	    "%u bits: but not those of the destination", un->un_bits);
	tap_ok(works(&sc, &far, &far2, BUS_DMA_WAITOK) &&
		   bus_dma_bounce_stats(sc.sc_dmat, &after) == 0 &&
		   after.bs_pool > before.bs_pool &&
		   after.bs_pool <= db.db_most && after.bs_short > 0,
	    "%u bits: who may wait gets more", un->un_bits);
	let_go(&ho);
	tap_ok(works(&sc, &far, &far2, BUS_DMA_NOWAIT),
	    "%u bits: when others have let go it works", un->un_bits);
	buffer_free(&far);
	buffer_free(&far2);
	buffer_free(&near);
	edu_end(&sc);
	edu_bus_end(&eb);
}

/* The reserve of the destination is 17 pages. */
static void
tiny_pool(const struct edu_unit *un)
{
	static const struct bus_dma_bounce db = { .db_most = 16 * PAGE };
	unsigned before;
	struct edu_softc sc;
	struct edu_bus eb;
	int error;

	edu_bus_make(&eb, &db);
	before = counted_live;
	error = edu_attach(&sc, un->un_dev, eb.eb_tag, un->un_bits, true);
	tap_ok(error == ENOMEM && counted_live == before,
	    "%u bits: a pool below the reserve: no driver (%d)", un->un_bits,
	    error);
	edu_bus_end(&eb);
}

void
edu_cases_pool(void)
{
	unsigned i;

	for (i = 0; i < edu_nunits; i++) {
		forced(&edu_units[i]);
		parts(&edu_units[i], 32 * PAGE, 300001);
		parts(&edu_units[i], 19 * PAGE, 100001);
		if (edu_units[i].un_bits <= 32) {
			part_of_it(&edu_units[i]);
			short_pool(&edu_units[i]);
			tiny_pool(&edu_units[i]);
		}
	}
	tap_ok(counted_live == 0, "nothing leaked");
}
