# SPDX-License-Identifier: BSD-2-Clause
"""The frame grabber driver's mistakes: see tests/mutants.py."""

SOURCES = ["grab/grab.c", "grab/grabmem.c", "grab/stream.c"]

MISTAKES = [
    # grab.c
    ("gb->gb_entry * SIMGRAB_BUF_SIZE", "0 * SIMGRAB_BUF_SIZE",
     "POSTWRITE of the first entry"),
    ("(bus_size_t)sc->sc_cplhead * SIMGRAB_CPL_SIZE", "(bus_size_t)0",
     "look at the first completion only"),
    ("env_write32(sc->sc_dev, SIMGRAB_INTR, 1);\n\tn =", "n =",
     "interrupt not cleared"),
    ("if (sc->sc_cplhead == 0)\n\t\t\tsc->sc_phase ^= "
     "SIMGRAB_CPL_PHASE;", ";", "phase kept"),
    ("if (sc->sc_cplhead != head)", "if (false)",
     "completions not told of"),
    ("if (sc->sc_running) {", "if (false) {", "buffers not told of"),
    ("if (sc->sc_buftail != 0)", "if (false)", "first buffers not told of"),
    ("\t(void)complete(sc);\n", "\n", "frames lost at a stop"),
    ("sc->sc_overruns += env_read32(sc->sc_dev, SIMGRAB_OVERRUN);", ";",
     "overruns forgotten at a stop"),
    ("if (gb->gb_inring)", "if (true)", "entries taken twice"),
    ("id >= sc->sc_nbufs || !sc->sc_bufs[id].gb_inring", "false",
     "stray completions believed"),
    ("if (fr.fr_bytes > sc->sc_framesize)", "if (false)",
     "lengths believed"),
    ("gb->gb_state != GRAB_USER)\n\t\treturn", "false)\n\t\treturn",
     "queued twice"),
    ("if (sc->sc_active && !sc->sc_running)", "if (false)",
     "queued while it does not stop"),
    ("nbufs == 0 || nbufs > sc->sc_qsize - 1", "nbufs == 0",
     "rings overrun"),
    ("line > sc->sc_maxframe || ", "", "products that overflow"),
    ("buffers_destroy(sc, i);", "sc->sc_framesize = 0;", "buffers leak"),
    ("before->gb_next = gb->gb_next;", ";", "not taken out of a list"),
    ("gl->gl_last = before;", ";", "the last of a list kept"),
    ("SIMGRAB_STATUS_RUN) == 0)\n\t\t\treturn 0;",
     "SIMGRAB_STATUS_RUN) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
    ("sc->sc_active = true;", ";", "not stopped at the end"),
    ("if (buffer >= sc->sc_nbufs)\n\t\treturn (paddr_t)-1;", "",
     "mmap of no buffer"),
    ("gb->gb_nsegs, off, prot, 0", "gb->gb_nsegs, 0, prot, 0",
     "mmap of the first page only"),
    # grabmem.c
    ("\tbus_dmamap_unload(t, gb->gb_map);\ndestroy:",
     "\nreturn error;\ndestroy:", "a failed table leaks"),
    ("BUS_DMA_READ | BUS_DMA_STREAMING", "BUS_DMA_WRITE",
     "the other direction"),
    ("\"grabber: frame\"", "\"\"", "no label"),
    ("map->dm_segs[i].ds_addr", "map->dm_segs[0].ds_addr",
     "the first segment only"),
    ("if (gb->gb_state != GRAB_USER)\n\t\tgrab_frame_take",
     "if (false)\n\t\tgrab_frame_take",
     "freed while it is the grabber's"),
    # stream.c
    ("sf->sf_inflight == 0 && ", "",
     "a buffer given back before all of it is written"),
    (" && sf->sf_begun == st->st_size)", ")",
     "a buffer given back before all of it was begun"),
    ("st->st_lost += fr.fr_seq - st->st_nextseq;", ";",
     "lost frames not counted"),
    ("error != EFBIG || ", "", "writes that are not shortened"),
    ("st->st_piece /= 2;", "st->st_piece = 0;", "writes of nothing"),
    ("offset -= seg->ds_len;", ";", "the wrong pages"),
    ("if (runs[n].ds_len > len)", "if (false)", "runs that are too long"),
    ("(error == EBUSY || error == ENOMEM) && st->st_inflight > 0", "false",
     "a full disk is an error"),
    ("fr.fr_status != SIMGRAB_ST_OK", "false", "bad frames written"),
    ("rq->rq_status != SIMDISK_ST_OK", "false", "bad writes believed"),
    ("error = disk_reset(st->st_disk);", "error = 0;",
     "a stuck disk is left so"),
    ("if (error == EBUSY)\n", "if (false)\n",
     "a disk that does not stop is not told of"),
    ("\terror = grab_stop(sc);\n\treturn", "\terror = 0;\n\treturn",
     "never stopped"),
]

# Caught by seed: see tests/seeded.py.
SEEDED_SOURCES = ["grab/grab.c", "grab/grabmem.c"]

GIVE = "	bus_dmamap_sync(\n	    sc->sc_dmat, gb->gb_map, 0, " \
    "sc->sc_framesize, BUS_DMASYNC_PREREAD);\n"
TAKE = GIVE.replace("PRE", "POST")
TABLE = "	bus_dmamap_sync(sc->sc_dmat, gb->gb_table.mm_map, 0,\n" \
    "	    gb->gb_table.mm_size, BUS_DMASYNC_PREWRITE);\n"
ENTRY = "	bus_dmamap_sync(sc->sc_dmat, sc->sc_bufq.mm_map, offset,\n" \
    "	    SIMGRAB_BUF_SIZE, BUS_DMASYNC_PREWRITE);\n"

SEEDED = [
    (GIVE, "", "missing PREREAD of a frame"),
    (TAKE, "", "missing POSTREAD of a frame"),
    (TABLE, "", "missing PREWRITE of a table"),
    (ENTRY, "", "missing PREWRITE of an entry"),
    ("	bus_dmamap_sync(\n	    sc->sc_dmat, map, offset, "
     "SIMGRAB_CPL_SIZE, BUS_DMASYNC_POSTREAD);\n", "",
     "missing POSTREAD of a completion"),
    (TAKE, TAKE.replace("sc->sc_framesize", "sc->sc_framesize / 2"),
     "POSTREAD of half a frame"),
    (TAKE, TAKE.replace("READ", "WRITE"), "frames in the wrong direction"),
    (ENTRY, ENTRY + "	entry[SIMGRAB_BUF_SIZE - 1] ^= 1;\n",
     "a store to what the grabber has", "the store comes after the copy"),
]
