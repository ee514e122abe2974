/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data pointers (4.3).  A PRP entry is the address of a page of the
 * controller's, and a transfer the pages that its entries name, one behind the
 * other: only the first may begin inside its page (at a multiple of 4), and
 * only the last may end there.  A command has room for two; of three or more
 * the second names a list of all but the first.  The last entry of a list that
 * ends a page names the next list, where there are more.
 *
 * What bus_dma says of a buffer, and what it doesn't.  The tag's dl_alignment
 * makes every segment begin at a multiple of 4, by a bounce if need be, and
 * its dl_minalignmask keeps a byte's place in its page, whatever lies between
 * the driver and the bus.  So a buffer that is one piece of virtual memory
 * always comes to segments that begin and end with a page, but for its own two
 * ends.  That is a rule about neighbours, which no limit of a tag says: an
 * alignment of a page would forbid the first offset, and allow a short segment
 * in the middle.  A uio or a list of segments may break it; so may a buffer of
 * which only the front was bounced to be aligned, which moves it.
 *
 * Hence two maps (io.c).  The first takes a segment for each page, and its
 * segments are looked at here.  If PRP entries can't say them, the second is
 * loaded, which takes one segment: that can always be said.  A layer that
 * bounces then makes one run of the whole buffer, an IOMMU one range.  Where
 * there is neither, a part that is one run of whole blocks still goes, and
 * EFBIG is the answer where there is none.
 */
#include "nvme/nvmevar.h"

#include "le.h"

/* Entries behind a command's first that a transfer may have. */
static unsigned
entries_most(const struct nvme_softc *sc)
{
	return (unsigned)(sc->sc_maxxfer >> sc->sc_pageshift);
}

int
nvme_lists_create(struct nvme_softc *sc, unsigned nslots)
{
	const bus_size_t page = nvme_pagesize(sc);
	const unsigned inpage = (unsigned)(page / NVME_PRP_SIZE);
	bus_size_t size, align = NVME_PRP_SIZE;
	unsigned left = entries_most(sc);

	sc->sc_listsize = left < inpage ? left : inpage;
	for (sc->sc_nlists = 1; left > sc->sc_listsize; sc->sc_nlists++)
		left -= sc->sc_listsize - 1;
	size = (bus_size_t)sc->sc_listsize * NVME_PRP_SIZE;
	/* A list that names another ends its page. */
	if (sc->sc_nlists > 1)
		align = page;
	return bus_dmapool_create(sc->sc_dmat, size, align, page,
	    nslots * sc->sc_nlists, BUS_DMA_WAITOK, &sc->sc_lists);
}

void
nvme_lists_destroy(struct nvme_softc *sc)
{
	bus_dmapool_destroy(sc->sc_lists);
	sc->sc_lists = NULL;
}

int
nvme_lists_alloc(struct nvme_softc *sc, struct nvme_slot *sl)
{
	unsigned i;

	for (i = 0; i < sc->sc_nlists; i++) {
		sl->sl_lists[i] =
		    bus_dmapool_alloc(sc->sc_lists, BUS_DMA_WAITOK);
		if (sl->sl_lists[i] == NULL) {
			nvme_lists_free(sc, sl);
			return ENOMEM;
		}
	}
	return 0;
}

void
nvme_lists_free(struct nvme_softc *sc, struct nvme_slot *sl)
{
	unsigned i;

	for (i = 0; i < sc->sc_nlists; i++) {
		if (sl->sl_lists[i] != NULL)
			bus_dmapool_free(sc->sc_lists, sl->sl_lists[i]);
		sl->sl_lists[i] = NULL;
	}
}

bool
nvme_prp_fits(const struct nvme_softc *sc, bus_dmamap_t map)
{
	const bus_addr_t mask = nvme_pagesize(sc) - 1;
	const bus_dma_segment_t *seg = map->dm_segs;
	int i;

	for (i = 0; i < map->dm_nsegs; i++) {
		if (i > 0 && (seg[i].ds_addr & mask) != 0)
			return false;
		if (i < map->dm_nsegs - 1 &&
		    ((seg[i].ds_addr + seg[i].ds_len) & mask) != 0)
			return false;
	}
	return true;
}

/* The pages of a map. */
struct pages {
	const bus_dma_segment_t *pg_seg;
	bus_addr_t pg_addr;
	bus_size_t pg_left; /* in the segment */
};

static bus_addr_t
page_next(const struct nvme_softc *sc, struct pages *pg)
{
	const bus_addr_t mask = nvme_pagesize(sc) - 1, addr = pg->pg_addr;
	const bus_size_t len = mask + 1 - (addr & mask);

	if (pg->pg_left > len) {
		pg->pg_addr += len;
		pg->pg_left -= len;
	} else {
		pg->pg_seg++;
		pg->pg_left = 0;
	}
	return addr;
}

/* The next segment, if the one before is done; the map has one more. */
static bus_addr_t
entry_next(const struct nvme_softc *sc, struct pages *pg)
{
	if (pg->pg_left == 0) {
		pg->pg_addr = pg->pg_seg->ds_addr;
		pg->pg_left = pg->pg_seg->ds_len;
	}
	return page_next(sc, pg);
}

static unsigned
pages_count(const struct nvme_softc *sc, bus_dmamap_t map)
{
	const bus_size_t mask = nvme_pagesize(sc) - 1;
	bus_size_t n = 0;
	int i;

	for (i = 0; i < map->dm_nsegs; i++)
		n += ((map->dm_segs[i].ds_addr & mask) +
			 map->dm_segs[i].ds_len + mask) >>
		     sc->sc_pageshift;
	return (unsigned)n;
}

/* The last `n' pages go to lists. */
static void
lists_write(
    struct nvme_softc *sc, struct nvme_slot *sl, struct pages *pg, unsigned n)
{
	uint8_t *list = sl->sl_lists[0]->pb_kva;
	unsigned i = 0;

	sl->sl_nlists = 1;
	for (; n > 0; n--) {
		if (i == sc->sc_listsize - 1 && n > 1) {
			le_put64(list + (bus_size_t)i * NVME_PRP_SIZE,
			    sl->sl_lists[sl->sl_nlists]->pb_addr);
			list = sl->sl_lists[sl->sl_nlists++]->pb_kva;
			i = 0;
		}
		le_put64(
		    list + (bus_size_t)i * NVME_PRP_SIZE, entry_next(sc, pg));
		i++;
	}
	sl->sl_entries = i;
}

void
nvme_prp_write(struct nvme_softc *sc, struct nvme_slot *sl, uint8_t *cmd)
{
	struct pages pg = { .pg_seg = sl->sl_map->dm_segs };
	unsigned n = pages_count(sc, sl->sl_map);

	le_put64(cmd + NVME_SQE_PRP1, entry_next(sc, &pg));
	if (n == 2) {
		le_put64(cmd + NVME_SQE_PRP2, entry_next(sc, &pg));
	} else if (n > 2) {
		lists_write(sc, sl, &pg, n - 1);
		le_put64(cmd + NVME_SQE_PRP2, sl->sl_lists[0]->pb_addr);
	}
}

void
nvme_prp_sync(struct nvme_softc *sc, struct nvme_slot *sl, int ops)
{
	unsigned i, n;

	for (i = 0; i < sl->sl_nlists; i++) {
		n = i == sl->sl_nlists - 1 ? sl->sl_entries : sc->sc_listsize;
		bus_dmapool_sync(sc->sc_lists, sl->sl_lists[i], 0,
		    (bus_size_t)n * NVME_PRP_SIZE, ops);
	}
}
