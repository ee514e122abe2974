#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every sync of the copy driver, and more of it, is missed when it is gone.

As disk/test_mutants.py, whose work this is; in TAP.

usage: mutants.py COPY.C INCLUDE-DIR... -- CC... -- ARCHIVE...
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "disk"))
import test_mutants  # noqa: E402

# What is replaced (once, and it must be there), by what, and what that is.
test_mutants.MISTAKES = [
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
    ("bus_dmamem_unmap(t, kva, (size_t)size);", ";", "mappings leak"),
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

if __name__ == "__main__":
    sys.exit(test_mutants.main())
