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
