# SPDX-License-Identifier: BSD-2-Clause
"""The copy driver's mistakes: see tests/mutants.py."""

SOURCES = ["copy/copy.c"]

MISTAKES = [
    ("bus_size_t offset = (bus_size_t)i * SIMCOPY_CPL_SIZE",
     "bus_size_t offset = 0", "look at the first completion only"),
    ("bus_dmamap_unload(sc->sc_dmat, sl->sl_src);\n\tbus",
     ";\n\tbus", "no unload of the source"),
    ("bus_dmamap_unload(sc->sc_dmat, sl->sl_dst);", ";",
     "no unload of the destination"),
    ("bus_dmamap_unload(sc->sc_dmat, sl->sl_src);\n\t\treturn error;",
     "return error;", "no unload of the source after a failure"),
    ("\t\tbus_dmamap_unload(t, map);", ";",
     "no unload of a refused length"),
    ("env_write32(sc->sc_dev, SIMCOPY_INTR, 1);\n\treturn", "return",
     "interrupt not cleared"),
    ("jb->jb_len, BUS_DMA_WRITE)", "jb->jb_len, BUS_DMA_READ)",
     "source loaded for writing"),
    ("jb->jb_len, BUS_DMA_READ)", "jb->jb_len, BUS_DMA_WRITE)",
     "destination loaded for reading"),
    ("BUS_DMA_NOWAIT | BUS_DMA_STREAMING", "0", "loads that wait"),
    ("i == 0 ? BUS_DMA_ALLOCNOW : 0", "0", "no reserve"),
    ("\t(void)complete(sc);\n", "\n", "what was completed is aborted"),
    ("slots_destroy(sc, i);\n", ";\n", "slots leak"),
    ("bus_dmamap_destroy(t, sl->sl_src);", ";", "maps leak"),
    ("jobs < COPY_NSLOTS ? jobs : COPY_NSLOTS", "COPY_NSLOTS",
     "the queue overrun"),
    ("nsegs < COPY_MAXSEGS ? nsegs : COPY_MAXSEGS", "COPY_MAXSEGS",
     "longer lists than the engine takes"),
    ("map->dm_mapsize == len", "true", "any length of a uio"),
    ("len != 0 && ", "", "empty jobs"),
    ("if (++sl->sl_cookie == 0)\n\t\tsl->sl_cookie = 1;", "++sl->sl_cookie;",
     "a cookie that is 0"),
    ("++sl->sl_cookie == 0", "sl->sl_cookie == 0", "one cookie for all"),
    ("SIMCOPY_STATUS_RUN) == 0)\n\t\t\treturn 0;",
     "SIMCOPY_STATUS_RUN) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
]

# Caught by seed: see tests/seeded.py.
SEEDED_SOURCES = ["copy/copy.c"]

SOURCE = "	bus_dmamap_sync(\n" \
    "	    sc->sc_dmat, sl->sl_src, 0, jb->jb_len, BUS_DMASYNC_PREWRITE);\n"
DEST = SOURCE.replace("src", "dst").replace("PREWRITE", "PREREAD")
DESC = "	bus_dmamap_sync(sc->sc_dmat, sl->sl_desc.mm_map, 0, " \
    "slot_desc_size(sl),\n	    BUS_DMASYNC_PREWRITE);\n"
BELL = """	env_write32(sc->sc_dev, SIMCOPY_JOB_HI, (uint32_t)(desc >> 32));
	env_write32(sc->sc_dev, SIMCOPY_JOB_LO, (uint32_t)desc);
"""
COMPLETION = "	bus_dmamap_sync(sc->sc_dmat, sc->sc_cpls.mm_map, " \
    "(sl - sc->sc_slots) * SIMCOPY_CPL_SIZE, SIMCOPY_CPL_SIZE, " \
    "BUS_DMASYNC_PREREAD);\n"
CLEAR = "	le_put32(sc->sc_cpls.mm_kva + (sl - sc->sc_slots) * " \
    "SIMCOPY_CPL_SIZE + SIMCOPY_CPL_COOKIE, 0);\n"

SEEDED = [
    (SOURCE, "", "missing PREWRITE of the source"),
    (DEST, "", "missing PREREAD of the destination"),
    (DEST.replace("PRE", "POST"), "", "missing POSTREAD of the destination"),
    ("	bus_dmamap_sync(\n	    sc->sc_dmat, map, offset, "
     "SIMCOPY_CPL_SIZE, BUS_DMASYNC_POSTREAD);\n", "",
     "missing POSTREAD of a completion"),
    (SOURCE, SOURCE.replace("WRITE", "READ"), "source in the wrong direction"),
    (DEST, DEST.replace("READ", "WRITE"),
     "destination in the wrong direction"),
    (SOURCE, SOURCE.replace("jb_len", "jb_len / 2"),
     "PREWRITE of half the source"),
    (DEST.replace("PRE", "POST"),
     DEST.replace("PRE", "POST").replace("jb_len", "jb_len / 2"),
     "POSTREAD of half the destination"),
    (DESC + BELL, BELL + DESC, "PREWRITE after the doorbell"),
    (DESC + BELL, DESC + "	le_put16(p + SIMCOPY_HDR_NDST, 0);\n" + BELL,
     "a store to what the engine has", "the store comes after the copy"),
    (BELL, BELL + "	bus_dmamap_unload(sc->sc_dmat, sl->sl_src);\n",
     "source unloaded when it is sent"),
    (SOURCE + DEST + DESC + BELL,
     COMPLETION.replace("PREREAD", "POSTREAD") + CLEAR +
     SOURCE + DEST + DESC +
     COMPLETION.replace("SYNC_", "SYNC_PREWRITE | BUS_DMASYNC_") + BELL,
     "a store beside other completions, in one line", "there are no lines"),
]
