/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for the simulated frame grabber: its memory.  Who may touch what
 * when stands in grab.c.
 */
#include "grab/grabvar.h"

#include "le.h"

/* Write the table, and give it to the grabber for as long as there is one. */
static int
table_create(struct grab_softc *sc, struct grab_buffer *gb)
{
	const bus_dmamap_t map = gb->gb_map;
	uint8_t *entry;
	int i, error;

	error = dmamem_alloc(sc->sc_dmat,
	    (bus_size_t)map->dm_nsegs * SIMGRAB_SEG_SIZE, BUS_DMA_WRITE,
	    "grabber: table", &gb->gb_table);
	if (error != 0)
		return error;
	entry = gb->gb_table.mm_kva;
	for (i = 0; i < map->dm_nsegs; i++) {
		le_put64(entry + SIMGRAB_SEG_ADDR, map->dm_segs[i].ds_addr);
		le_put32(
		    entry + SIMGRAB_SEG_LEN, (uint32_t)map->dm_segs[i].ds_len);
		le_put32(entry + SIMGRAB_SEG_RSVD, 0);
		entry += SIMGRAB_SEG_SIZE;
	}
	bus_dmamap_sync(sc->sc_dmat, gb->gb_table.mm_map, 0,
	    gb->gb_table.mm_size, BUS_DMASYNC_PREWRITE);
	return 0;
}

/*
 * A frame's memory: whatever pages there are, and no kernel mapping.  The map
 * stays loaded, and the table with it.
 */
int
grab_buffer_create(struct grab_softc *sc, struct grab_buffer *gb)
{
	bus_dma_tag_t t = sc->sc_dmat;
	bus_size_t size = sc->sc_framesize;
	int error;

	gb->gb_state = GRAB_USER;
	gb->gb_inring = false;
	error = bus_dmamem_alloc(t, size, 0, 0, gb->gb_segs,
	    (int)sc->sc_maxsegs, &gb->gb_nsegs, BUS_DMA_WAITOK);
	if (error != 0)
		return error;
	error = bus_dmamap_create(
	    t, size, (int)sc->sc_maxsegs, size, 0, BUS_DMA_WAITOK, &gb->gb_map);
	if (error != 0)
		goto free;
	(void)bus_dmamap_label(t, gb->gb_map, "grabber: frame");
	error = bus_dmamap_load_raw(t, gb->gb_map, gb->gb_segs, gb->gb_nsegs,
	    size, BUS_DMA_WAITOK | BUS_DMA_READ | BUS_DMA_STREAMING);
	if (error != 0)
		goto destroy;
	error = table_create(sc, gb);
	if (error == 0)
		return 0;

	bus_dmamap_unload(t, gb->gb_map);
destroy:
	bus_dmamap_destroy(t, gb->gb_map);
free:
	bus_dmamem_free(t, gb->gb_segs, gb->gb_nsegs);
	return error;
}

void
grab_frame_give(struct grab_softc *sc, struct grab_buffer *gb)
{
	bus_dmamap_sync(
	    sc->sc_dmat, gb->gb_map, 0, sc->sc_framesize, BUS_DMASYNC_PREREAD);
}

void
grab_frame_take(struct grab_softc *sc, struct grab_buffer *gb)
{
	bus_dmamap_sync(
	    sc->sc_dmat, gb->gb_map, 0, sc->sc_framesize, BUS_DMASYNC_POSTREAD);
	gb->gb_state = GRAB_USER;
}

void
grab_buffer_destroy(struct grab_softc *sc, struct grab_buffer *gb)
{
	if (gb->gb_state != GRAB_USER)
		grab_frame_take(sc, gb);
	bus_dmamap_sync(sc->sc_dmat, gb->gb_table.mm_map, 0,
	    gb->gb_table.mm_size, BUS_DMASYNC_POSTWRITE);
	dmamem_free(sc->sc_dmat, &gb->gb_table);
	bus_dmamap_unload(sc->sc_dmat, gb->gb_map);
	bus_dmamap_destroy(sc->sc_dmat, gb->gb_map);
	bus_dmamem_free(sc->sc_dmat, gb->gb_segs, gb->gb_nsegs);
}
