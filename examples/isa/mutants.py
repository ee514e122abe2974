# SPDX-License-Identifier: BSD-2-Clause
"""The card driver's mistakes: see tests/mutants.py."""

SOURCES = ["isa/isa.c"]

MISTAKES = [
    (".dl_high = SIMISA_ADDR_MAX,", "", "a card that reaches everything"),
    (".dl_nsegments = 1,", "", "a tag of any number of segments"),
    (".dl_boundary = SIMISA_BOUNDARY,", "", "a tag without the boundary"),
    ("BUS_DMA_ALLOCNOW", "0", "no reserve"),
    ("BUS_DMA_NOWAIT | BUS_DMA_STREAMING", "0", "loads that wait"),
    ("rq->rq_tomem ? BUS_DMA_READ : BUS_DMA_WRITE",
     "rq->rq_tomem ? BUS_DMA_WRITE : BUS_DMA_READ", "directions swapped"),
    ("(status & (SIMISA_STATUS_ERR | SIMISA_STATUS_WRAP)) != 0",
     "(status & SIMISA_STATUS_WRAP) != 0", "an error unseen"),
    ("(status & (SIMISA_STATUS_ERR | SIMISA_STATUS_WRAP)) != 0",
     "(status & SIMISA_STATUS_ERR) != 0", "a wrap unseen"),
    ("(status & SIMISA_STATUS_DONE) == 0", "false",
     "what was stopped is a success"),
    ("\tbus_dmamap_unload(sc->sc_dmat, sc->sc_map);\n"
     "\tsc->sc_rq", "\tsc->sc_rq", "no unload"),
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
    ("\t\tbus_dmatag_destroy(sc->sc_dmat);\n\t\treturn", "\t\treturn",
     "the tag leaks"),
    ("SIMISA_STATUS_BUSY) == 0)\n\t\t\treturn 0;",
     "SIMISA_STATUS_BUSY) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
    ("\tbus_dmamap_destroy(sc->sc_dmat, sc->sc_map);\n\tbus_dmatag",
     "\tbus_dmatag", "the map leaks"),
]

# Caught by seed: see tests/seeded.py.
SEEDED_SOURCES = ["isa/isa.c"]

GIVE = "	bus_dmamap_sync(sc->sc_dmat, map, 0, rq->rq_len,\n" \
    "	    rq->rq_tomem ? BUS_DMASYNC_PREREAD : BUS_DMASYNC_PREWRITE);\n"
TAKE = "	bus_dmamap_sync(sc->sc_dmat, sc->sc_map, 0, rq->rq_len,\n" \
    "	    rq->rq_tomem ? BUS_DMASYNC_POSTREAD : BUS_DMASYNC_POSTWRITE);\n"
BODY = """	env_write32(sc->sc_dev, SIMISA_ADDR, (uint32_t)map->dm_segs[0].ds_addr);
	env_write32(sc->sc_dev, SIMISA_COUNT, (uint32_t)rq->rq_len - 1);
	env_write32(sc->sc_dev, SIMISA_CARD, rq->rq_card);
	if (rq->rq_tomem)
		ctrl |= SIMISA_CTRL_TOMEM;
	if (!sc->sc_polled)
		ctrl |= SIMISA_CTRL_IE;
"""
START = "	env_write32(sc->sc_dev, SIMISA_CTRL, ctrl);\n	return 0;\n"

SEEDED = [
    (GIVE, "	if (rq->rq_tomem)\n" + GIVE, "missing PREWRITE"),
    (GIVE, "	if (!rq->rq_tomem)\n" + GIVE, "missing PREREAD"),
    (TAKE, "	if (!rq->rq_tomem)\n" + TAKE, "missing POSTREAD"),
    (GIVE, GIVE.replace("rq->rq_tomem ?", "!rq->rq_tomem ?"),
     "syncs in the wrong direction"),
    (GIVE, GIVE.replace("rq_len,", "rq_len - 1,"),
     "PRE syncs a byte too short"),
    (GIVE + BODY + START,
     BODY + START.replace("	return", GIVE + "	return"),
     "PRE syncs after the start"),
    (START, START.replace("	return", "	bus_dmamap_unload(sc->sc_dmat, map);\n"
                          "	return"), "unloaded when it is started"),
]
