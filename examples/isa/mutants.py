#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every sync of the card's driver, and more of it, is missed when it is gone.

As disk/test_mutants.py, whose work this is; in TAP.

usage: mutants.py ISA.C INCLUDE-DIR... -- CC... -- ARCHIVE...
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "disk"))
import test_mutants  # noqa: E402

# What is replaced (once, and it must be there), by what, and what that is.
test_mutants.MISTAKES = [
    (".dl_high = SIMISA_ADDR_MAX,", "", "a card that reaches everything"),
    (".dl_nsegments = 1,", "", "a tag of any number of segments"),
    (".dl_boundary = SIMISA_BOUNDARY,", "", "a tag without the boundary"),
    ("BUS_DMA_ALLOCNOW", "0", "no reserve"),
    ("BUS_DMA_NOWAIT | BUS_DMA_STREAMING", "0", "loads that wait"),
    ("rq->rq_tomem ? BUS_DMA_READ : BUS_DMA_WRITE",
     "rq->rq_tomem ? BUS_DMA_WRITE : BUS_DMA_READ", "directions swapped"),
    ("if (error != EFBIG && error != EFAULT)", "if (error != EFBIG)",
     "no copy of what is out of reach"),
    ("if (error != EFBIG && error != EFAULT)", "if (error != EFAULT)",
     "no copy of what is in pieces"),
    ("why.wy_reason == BUS_DMA_WHY_UNMAPPED", "false",
     "a copy of what has no memory"),
    ("if (rq->rq_len > sc->sc_buflen)", "if (false)",
     "a copy longer than the buffer"),
    ("rq->rq_tomem ? 0 : move(sc, rq, false)", "0", "no copy to the card"),
    ("move(sc, rq, true) != 0", "false", "no copy from the card"),
    ("return error;\n\tif (rq->rq_len > ", "error = 0;\n\tif (rq->rq_len > ",
     "a copy that nobody can make"),
    ("(status & (SIMISA_STATUS_ERR | SIMISA_STATUS_WRAP)) != 0",
     "(status & SIMISA_STATUS_WRAP) != 0", "an error unseen"),
    ("(status & (SIMISA_STATUS_ERR | SIMISA_STATUS_WRAP)) != 0",
     "(status & SIMISA_STATUS_ERR) != 0", "a wrap unseen"),
    ("(status & SIMISA_STATUS_DONE) == 0", "false",
     "what was stopped is a success"),
    ("\tif (!rq->rq_copied)\n\t\tbus_dmamap_unload", "\tbus_dmamap_unload",
     "the driver's buffer unloaded"),
    ("\tif (!rq->rq_copied)\n\t\tbus_dmamap_unload(sc->sc_dmat, sc->sc_map);",
     ";", "no unload"),
    ("\tif (sc->sc_map->dm_mapsize != 0)\n"
     "\t\tbus_dmamap_unload(sc->sc_dmat, sc->sc_map);", "",
     "no unload of a refused length"),
    ("if (sc->sc_map->dm_mapsize == rq->rq_len)", "if (true)",
     "any length of a uio"),
    ("env_write32(sc->sc_dev, SIMISA_INTR, 1);\n\tstatus", "status",
     "interrupt not cleared"),
    ("if ((status & SIMISA_STATUS_BUSY) != 0)", "if (false)",
     "a card taken for ready"),
    ("if (!sc->sc_polled)", "if (true)", "interrupts of a polled card"),
    ("(uint32_t)rq->rq_len - 1", "(uint32_t)rq->rq_len", "a byte too many"),
    ("rq->rq_card > sc->sc_memsize ||", "", "any place on the card"),
    ("error != ENOMEM && error != EFBIG", "true", "the whole buffer or none"),
    ("error != ENOMEM && error != EFBIG", "error != ENOMEM",
     "no shorter buffer for shorter segments"),
    ("bus_dmamem_unmap(t, kva, (size_t)size);", ";", "mappings leak"),
    ("bus_dmamap_destroy(t, sc->sc_bufmap);", ";", "maps leak"),
    ("\tbus_dmamap_destroy(sc->sc_dmat, sc->sc_map);\ndestroy_tag",
     "destroy_tag", "the data's map leaks"),
    ("SIMISA_STATUS_BUSY) == 0)\n\t\t\treturn 0;",
     "SIMISA_STATUS_BUSY) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
]

if __name__ == "__main__":
    sys.exit(test_mutants.main())
