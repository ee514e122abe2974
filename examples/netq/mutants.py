# SPDX-License-Identifier: BSD-2-Clause
"""The mistakes of the driver that is called back: see tests/mutants.py."""

SOURCES = ["netq/netq.c"]

STALL = """			sc->sc_stalled = true;
"""
FREE = """			env_mfree(sc->sc_mbufs, dequeue(sc));
"""

MISTAKES = [
    # Stalls.
    (STALL, FREE, "a stalled packet is lost"),
    (STALL, "			break;\n" + STALL, "a stall goes unnoted"),
    ("	sc->sc_stalled = false;\n", "", "a stall is never over"),
    ("	sc->sc_stats.ns_resumes++;\n	send_queue(sc);\n",
     "	sc->sc_stats.ns_resumes++;\n", "nothing goes on after a stall"),
    ("	if (!sc->sc_stalled)\n		return;\n", "",
     "a late kick is taken for a stall"),
    ("		if (error == ENOMEM) {", "		if (false) {",
     "a packet that waits is thrown away"),
    ("BUS_DMA_NOWAIT | BUS_DMA_WRITE", "BUS_DMA_WRITE", "loads that wait"),
    ("BUS_DMA_NOWAIT | BUS_DMA_WRITE", "BUS_DMA_NOWAIT | BUS_DMA_READ",
     "packets loaded for the other direction"),
    ("	error = bus_dmatag_callback_add(sc->sc_dmat, &sc->sc_callback);\n"
     "	if (error != 0)\n		return error;\n", "", "never called back"),
    ("	bus_dmatag_callback_remove(sc->sc_dmat, &sc->sc_callback);\n"
     "	(void)complete", "	(void)complete", "called after it is gone"),
    ("	bus_dmatag_callback_remove(sc->sc_dmat, &sc->sc_callback);\n"
     "	if (stop", "	if (stop", "called though it was never there"),
    # The queue and the ring.
    ("		sc->sc_queuelast->m_nextpkt = m;\n", "		(void)0;\n",
     "what waits behind is lost"),
    ("	if (sc->sc_queued == NETQ_QUEUE)\n		return EBUSY;\n", "",
     "a queue without an end"),
    ("net_ring_room(&sc->sc_tx) < sc->sc_maxsegs", "false", "ring overrun"),
    ("sc->sc_jobtail - sc->sc_jobhead == NETQ_NJOBS ||", "",
     "more packets than maps"),
    ("	if (sc->sc_tx.rg_given != given)\n", "	if (false)\n",
     "the device is not told"),
    ("		flags = i == last ? SIMNET_DESC_LAST : 0;",
     "		flags = 0;", "packets without an end"),
    ("	for (i = last; i >= 0; i--) {", "	for (i = 0; i <= last; i++) {",
     "first descriptor given first"),
    ("	sc->sc_jobhead++;\n", "	sc->sc_jobhead += 2;\n",
     "another packet's map"),
    # What comes back.
    ("	bus_dmamap_unload(sc->sc_dmat, nj->nj_map);\n", "", "no unload"),
    ("	env_mfree(sc->sc_mbufs, nj->nj_m);\n", "", "packets leak"),
    ("cp.cp_index != net_ring_index(rg, nj->nj_end - 1)", "false",
     "any completion believed"),
    ("sc->sc_jobhead == sc->sc_jobtail ||\n", "",
     "a completion of nothing believed"),
    ("	env_write32(sc->sc_dev, SIMNET_CAUSE, cause);\n", "",
     "causes not cleared"),
    ("	n = complete(sc);\n	if", "	n = complete(sc);\n	return n;\n	if",
     "what waits for a map is never sent"),
    ("	(void)complete(sc);\n", "", "what was sent is aborted"),
    ("cp.cp_status == SIMNET_ST_OK", "true", "any status taken for good"),
    # Attach and detach.
    ("sc->sc_maxsegs > size - 1", "false", "packets longer than the ring"),
    ("SIMNET_STATUS_RUN) == 0)\n			return 0;",
     "SIMNET_STATUS_RUN) == 0 || true)\n			return 0;",
     "stop is not waited for"),
    ("error != EBUSY && sc->sc_narrow != NULL", "false", "a tag leaks"),
    ("	if (!wide) {", "	if (false) {", "a tag of all addresses"),
    ("sc->sc_running = false;\n	send_queue", "(void)0;\n	send_queue",
     "a device that failed is used"),
]
