# SPDX-License-Identifier: BSD-2-Clause
"""The network driver's mistakes: see tests/mutants.py."""

SOURCES = ["net/net.c", "net/receive.c", "net/ring.c", "net/send.c"]

GIVE_BODY = """	bus_dmamap_sync(rg->rg_dmat, rg->rg_descs.mm_map, offset,
	    SIMNET_DESC_FLAGS, BUS_DMASYNC_PREWRITE);
"""
OWNER = "	set_owner(rg, n, flags);\n"
FIRST = "	net_ring_put(rg, n, ds[0].ds_addr, ds[0].ds_len, first);\n"
LOOP = "	for (i = last; i > 0; i--)\n"

MISTAKES = [
    # Orders.
    (GIVE_BODY + OWNER, OWNER + GIVE_BODY, "owner bit before the body"),
    (LOOP, FIRST.replace("(rg, n,", "(rg, rg->rg_given,") + LOOP,
     "first descriptor given first"),
    ("	net_send_queue(sc);\n}\n\n/*\n * The causes", "}\n\n/*\n * The causes",
     "what waits is never sent"),
    ("	(void)net_recv_fill(sc);\n", "", "no buffer given anew"),
    ("	env_write32(sc->sc_dev, SIMNET_CAUSE, cause);\n	n =", "	n =",
     "causes not cleared"),
    # Rings.
    ("(n & rg->rg_size) == 0)\n		flags", "true)\n		flags",
     "owner bit without rounds"),
    ("(rg->rg_seen & rg->rg_size) == 0", "true", "phase without rounds"),
    ("rg->rg_seen) * SIMNET_CPL_SIZE", "0) * SIMNET_CPL_SIZE",
     "look at the first completion only"),
    ("le_put64(desc + SIMNET_DESC_ADDR, addr);",
     "le_put64(desc + SIMNET_DESC_ADDR, (uint32_t)addr);",
     "addresses of 32 bits"),
    ("first |= SIMNET_DESC_LAST", "(void)0", "one descriptor without a last"),
    ("net_ring_room(&sc->sc_tx) < sc->sc_maxsegs", "false",
     "transmit ring overrun"),
    ("net_ring_room(rg) > 0", "rg->rg_given - rg->rg_done < rg->rg_size",
     "receive ring overrun"),
    ("sc->sc_maxsegs > size - 1", "false", "packets longer than the ring"),
    # Stalls.
    ("error == EBUSY || error == ENOMEM)\n			break;",
     "error == EBUSY)\n			break;", "a stalled packet is lost"),
    ("	return bus_dmamap_load_mbuf(", "	return ENOMEM; (void)(",
     "a compacted packet is not loaded"),
    ("	if (error != EFBIG)\n		return error;", "	return error;",
     "nothing is compacted"),
    ("i == 0 ? BUS_DMA_ALLOCNOW : 0", "0", "no reserve"),
    ("		sc->sc_jobtail = sc->sc_jobhead = 0;\n", "		;\n",
     "the reserve is not used"),
    ("	if (sc->sc_queuelast == old)\n		sc->sc_queuelast = first;\n",
     "", "the queue's end lost"),
    ("	first->m_nextpkt = old->m_nextpkt;\n", "", "the queue lost"),
    ("sc->sc_nspare + sc->sc_lent < want", "sc->sc_nspare < want",
     "clusters to compact into without an end"),
    ("	sc->sc_lent -= jb->jb_lent;\n", "", "no cluster to compact into again"),
    ("wedged && sc->sc_wedged", "false", "a packet is never given up"),
    ("wedged && sc->sc_wedged", "wedged", "a packet is given up at once"),
    ("BUS_DMA_NOWAIT | BUS_DMA_WRITE | BUS_DMA_STREAMING",
     "BUS_DMA_WRITE", "loads that wait"),
    ("BUS_DMA_NOWAIT | BUS_DMA_WRITE |", "BUS_DMA_NOWAIT | BUS_DMA_READ |",
     "packets loaded for the other direction"),
    ("BUS_DMA_NOWAIT | BUS_DMA_READ |", "BUS_DMA_NOWAIT | BUS_DMA_WRITE |",
     "buffers loaded for the other direction"),
    # What comes back.
    ("	bus_dmamap_unload(sc->sc_dmat, jb->jb_map);\n", "",
     "no unload of a packet"),
    ("	bus_dmamap_unload(sc->sc_dmat, nb->nb_map);\n", "",
     "no unload of a buffer"),
    ("cp.cp_index != net_ring_index(rg, jb->jb_end - 1)", "false",
     "any transmit completion believed"),
    ("sc->sc_jobhead == sc->sc_jobtail ||\n", "",
     "a completion of nothing believed"),
    ("cp.cp_index != net_ring_index(rg, rg->rg_done)", "false",
     "any receive completion believed"),
    ("rg->rg_done == rg->rg_given ||\n", "",
     "a completion of no buffer believed"),
    ("cp->cp_len > NET_RXBYTES", "false", "any length believed"),
    ("cp->cp_len == 0", "false", "a buffer of nothing believed"),
    ("sc->sc_skip = !cp->cp_last;", "sc->sc_skip = false;",
     "the rest of a bad packet believed"),
    ("	(void)net_send_complete(sc);\n", "", "what was sent is aborted"),
    ("	(void)net_recv_complete(sc);\n", "", "what was received is lost"),
    ("SIMNET_STATUS_RUN) == 0)\n			return 0;",
     "SIMNET_STATUS_RUN) == 0 || true)\n			return 0;",
     "stop is not waited for"),
    ("	net_spare_free(sc);\n	maps", "	maps", "spare clusters leak"),
    ("	net_send_flush(sc);\n", "", "packets that wait leak"),
    ("error != EBUSY && sc->sc_narrow != NULL", "false", "a tag leaks"),
    ("	if (sc->sc_headlent != 0)\n		return EFBIG;\n", "",
     "compacted over and over"),
    ("	if (sc->sc_part != NULL)\n		net_recv_drop(sc);\n", "",
     "parts leak"),
    ("sc->sc_running = false;\n	}\n", ";\n	}\n",
     "a device that failed is used"),
]

# Caught by seed: see tests/seeded.py.
SEEDED_SOURCES = SOURCES

RECEIVED = "	bus_dmamap_sync(sc->sc_dmat, nb->nb_map, 0, " \
    "nb->nb_map->dm_mapsize,\n	    BUS_DMASYNC_POSTREAD);\n"
EMPTY = "	bus_dmamap_sync(\n	    sc->sc_dmat, map, 0, map->dm_mapsize, " \
    "BUS_DMASYNC_PREREAD);\n"

SEEDED = [
    (EMPTY, "", "missing PREREAD of a buffer"),
    (RECEIVED, "", "missing POSTREAD of a buffer"),
    (GIVE_BODY + OWNER, OWNER, "missing PREWRITE of a descriptor"),
    ("	bus_dmamap_sync(\n	    rg->rg_dmat, rg->rg_descs.mm_map, offset, 4, "
     "BUS_DMASYNC_PREWRITE);\n", "", "missing PREWRITE of an owner bit"),
    ("	bus_dmamap_sync(\n	    rg->rg_dmat, map, offset, "
     "SIMNET_CPL_SIZE, BUS_DMASYNC_POSTREAD);\n", "",
     "missing POSTREAD of a completion"),
    (RECEIVED, RECEIVED.replace("dm_mapsize", "dm_mapsize / 2"),
     "POSTREAD of half a buffer"),
    ("bus_dmamap_load_mbuf(sc->sc_dmat, map, m,\n",
     "bus_dmamap_load(sc->sc_dmat, map, m->m_data, NET_RXBYTES, NULL,\n",
     "buffers that may share a line", "there are no lines"),
]
