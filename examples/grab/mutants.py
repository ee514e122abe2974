#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every sync of the frame grabber's driver, and more of it, is missed when it
is gone.

A source of the driver is compiled without one of its syncs, with half of one,
or with another mistake; test_grab must fail then.  In TAP.  What does the work
is disk/test_mutants.py's.

usage: mutants.py FOLDER INCLUDE-DIR... -- CC... -- ARCHIVE...
"""
import concurrent.futures
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "disk"))
import test_mutants  # noqa: E402

# By source: what is replaced (once, and it must be there), by what, and what
# that is.
MISTAKES = {
    "grab.c": [
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
        ("gb->gb_state != GRAB_USER)", "false)", "queued twice"),
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
    ],
    "grabmem.c": [
        ("bus_dmamem_unmap(t, kva, (size_t)size);", ";", "mappings leak"),
        ("\tbus_dmamap_unload(t, gb->gb_map);\ndestroy:",
         "\nreturn error;\ndestroy:", "a failed table leaks"),
        ("BUS_DMA_READ | BUS_DMA_STREAMING", "BUS_DMA_WRITE",
         "the other direction"),
        ("\"grabber: frame\"", "\"\"", "no label"),
        ("map->dm_segs[i].ds_addr", "map->dm_segs[0].ds_addr",
         "the first segment only"),
        ("if (gb->gb_state != GRAB_USER)", "if (false)",
         "freed while it is the grabber's"),
    ],
    "stream.c": [
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
        ("\terror = grab_stop(sc);", "\terror = 0;", "never stopped"),
    ],
}


def main():
    args = sys.argv[1:]
    first = args.index("--")
    second = args.index("--", first + 1)
    folder, includes = args[0], args[1:first]
    cc, archives = args[first + 1:second], args[second + 1:]
    todo = []
    for name, mistakes in MISTAKES.items():
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            source = f.read()
        test_mutants.MISTAKES = mistakes
        todo.append((name + " as it is passes", source, True))
        todo += [(name + ": " + what, text, False)
                 for what, text in test_mutants.mutants(source)]
    print("1..%d" % len(todo))
    failed = 0
    with tempfile.TemporaryDirectory() as tmp, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(
            lambda t: test_mutants.passes(
                t[1], tmp, cc, includes, archives), todo)
        for i, (t, passed) in enumerate(zip(todo, results), 1):
            good = passed is t[2]
            failed += not good
            print("%s %d - %s" % ("ok" if good else "not ok", i, t[0]))
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
