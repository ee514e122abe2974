# SPDX-License-Identifier: BSD-2-Clause
"""The disk driver's mistakes: see tests/mutants.py."""

SOURCES = ["disk/disk.c", "dmamem.c"]

MISTAKES = [
    ("sl->sl_cmd * SIMDISK_CMD_SIZE, SIMDISK_CMD_SIZE",
     "0, SIMDISK_CMD_SIZE", "POSTWRITE of the first command"),
    ("(bus_size_t)sc->sc_cplhead * SIMDISK_CPL_SIZE",
     "(bus_size_t)0", "look at the first completion only"),
    ("bus_dmamap_unload(sc->sc_dmat, map);", ";", "no unload of the data"),
    ("bus_dmamap_unload(sc->sc_dmat, sl->sl_map);", ";",
     "no unload of a refused length"),
    ("env_write32(sc->sc_dev, SIMDISK_INTR, 1);\n\tn =", "n =",
     "interrupt not cleared"),
    ("? BUS_DMA_READ : BUS_DMA_WRITE", "? BUS_DMA_WRITE : BUS_DMA_READ",
     "directions swapped"),
    ("BUS_DMA_NOWAIT | BUS_DMA_STREAMING", "0", "loads that wait"),
    ("i == 0 ? BUS_DMA_ALLOCNOW : 0", "0", "no reserve"),
    ("\tcomplete(sc);\n", "\n", "what was completed is aborted"),
    ("slots_destroy(sc, i);\n", ";\n", "slots leak"),
    ("sc->sc_nslots > sc->sc_qsize - 1", "false", "rings overrun"),
    ("id >= sc->sc_nslots || sc->sc_slots[id].sl_rq == NULL", "false",
     "stray completions believed"),
    ("rq->rq_dmasegs = sl->sl_map->dm_nsegs", "rq->rq_dmasegs = 1",
     "one segment told"),
    ("if (sl->sl_map->dm_mapsize == 0)", "if (false)", "empty requests"),
    ("SIMDISK_STATUS_RUN) == 0)\n\t\t\treturn 0;",
     "SIMDISK_STATUS_RUN) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
    # Of the memory that drivers share with devices.
    ("bus_dmamap_destroy(t, mm->mm_map);\nunmap:", "unmap:", "maps leak"),
    ("bus_dmamem_unmap(t, kva, (size_t)size);", ";", "mappings leak"),
    ("bus_dmamem_free(t, &mm->mm_seg, 1);\n\treturn", "return",
     "memory leaks"),
    ("{\n\tbus_dmamap_unload(t, mm->mm_map);\n"
     "\tbus_dmamap_destroy(t, mm->mm_map);", "{",
     "maps are kept"),
    ("bus_dmamem_unmap(t, mm->mm_kva, (size_t)mm->mm_size);", ";",
     "mappings are kept"),
    ("bus_dmamem_free(t, &mm->mm_seg, 1);\n}", ";\n}", "memory is kept"),
    ("mm->mm_size = size;", "mm->mm_size = size / 2;", "half the size"),
]

# Caught by seed: see tests/seeded.py.
SEEDED_SOURCES = ["disk/disk.c", "dmamem.c"]

GIVE = "	bus_dmamap_sync(sc->sc_dmat, map, 0, map->dm_mapsize,\n" \
    "	    sl->sl_rq->rq_op == SIMDISK_OP_READ ? BUS_DMASYNC_PREREAD\n" \
    "						: BUS_DMASYNC_PREWRITE);\n"
TAKE = GIVE.replace("PRE", "POST")
COMMAND = "	bus_dmamap_sync(sc->sc_dmat, sc->sc_cmdq.mm_map, offset,\n" \
    "	    SIMDISK_CMD_SIZE, BUS_DMASYNC_PREWRITE);\n"
BELL = "	env_write32(sc->sc_dev, SIMDISK_CMDTAIL, sc->sc_cmdtail);\n"
LOOK = "	bus_dmamap_sync(\n" \
    "	    sc->sc_dmat, map, offset, SIMDISK_CPL_SIZE, " \
    "BUS_DMASYNC_POSTREAD);\n"
SEND = COMMAND + """
	sl->sl_cmd = sc->sc_cmdtail;
	sc->sc_cmdtail = (sc->sc_cmdtail + 1) & (sc->sc_qsize - 1);
""" + BELL

SEEDED = [
    (GIVE, "	if (sl->sl_rq->rq_op == SIMDISK_OP_READ)\n" + GIVE,
     "missing PREWRITE of data"),
    (GIVE, "	if (sl->sl_rq->rq_op != SIMDISK_OP_READ)\n" + GIVE,
     "missing PREREAD of data"),
    (TAKE, "	if (sl->sl_rq->rq_op != SIMDISK_OP_READ)\n" + TAKE,
     "missing POSTREAD of data"),
    (COMMAND, "", "missing PREWRITE of a command"),
    (LOOK, "", "missing POSTREAD of a completion"),
    (GIVE, GIVE.replace("PREREAD", "x").replace("PREWRITE", "PREREAD")
     .replace("SYNC_x", "SYNC_PREWRITE"), "syncs in the wrong direction"),
    ("? BUS_DMA_READ : BUS_DMA_WRITE", "? BUS_DMA_WRITE : BUS_DMA_READ",
     "loaded for the wrong direction"),
    (GIVE, GIVE.replace("dm_mapsize", "dm_segs[0].ds_len"),
     "PRE syncs of the first segment only"),
    (TAKE, TAKE.replace("dm_mapsize", "dm_segs[0].ds_len"),
     "POST syncs of the first segment only"),
    ("(bus_size_t)map->dm_nsegs * SIMDISK_SEG_SIZE, BUS_DMASYNC_PREWRITE",
     "SIMDISK_SEG_SIZE, BUS_DMASYNC_PREWRITE",
     "PREWRITE of the first entry of a table only"),
    (SEND, SEND.replace(COMMAND, "") + COMMAND, "PREWRITE after the doorbell"),
    (GIVE, GIVE + "	sl->sl_table.mm_kva[SIMDISK_SEG_LEN + 4] ^= 1;\n",
     "a store to what the disk has", "the store comes after the copy"),
    (BELL, BELL + "	if (data)\n"
     "		bus_dmamap_unload(sc->sc_dmat, sl->sl_map);\n",
     "unloaded when it is sent"),
    (TAKE + "	bus_dmamap_unload(sc->sc_dmat, map);\n",
     "	bus_dmamap_unload(sc->sc_dmat, map);\n" + TAKE,
     "unloaded before the POST sync"),
]
