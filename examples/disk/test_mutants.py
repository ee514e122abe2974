#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every sync of the disk driver, and more of it, is missed when it is gone.

The driver is compiled without one of its syncs, with half of one, or with
another mistake; test_disk must fail then.  In TAP.

usage: test_mutants.py DISK.C INCLUDE-DIR... -- CC... -- ARCHIVE...
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

# What is replaced (once, and it must be there), by what, and what that is.
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
    ("bus_dmamem_unmap(t, kva, (size_t)size);", ";", "mappings leak"),
    ("sc->sc_nslots > sc->sc_qsize - 1", "false", "rings overrun"),
    ("id >= sc->sc_nslots || sc->sc_slots[id].sl_rq == NULL", "false",
     "stray completions believed"),
    ("rq->rq_dmasegs = sl->sl_map->dm_nsegs", "rq->rq_dmasegs = 1",
     "one segment told"),
    ("if (sl->sl_map->dm_mapsize == 0)", "if (false)", "empty requests"),
    ("SIMDISK_STATUS_RUN) == 0)\n\t\t\treturn 0;",
     "SIMDISK_STATUS_RUN) == 0 || true)\n\t\t\treturn 0;",
     "stop is not waited for"),
]


def function_of(source, at):
    """The name of the function in which an offset lies."""
    names = re.findall(r"^([a-z_0-9]+)\(", source[:at], re.M)
    return names[-1]


def mutants(source):
    """(name, source) of each."""
    syncs = list(re.finditer(r"bus_dmamap_sync\([^;]*;", source))
    for n, m in enumerate(syncs, 1):
        name = "sync %d, in %s" % (n, function_of(source, m.start()))
        cut = lambda text: source[:m.start()] + text + source[m.end():]
        yield name + ": gone", cut(";")
        both = re.search(r"(BUS_DMASYNC_\w+) \| (BUS_DMASYNC_\w+)", m[0])
        either = re.search(r"\? (BUS_DMASYNC_\w+)\s*: (BUS_DMASYNC_\w+)", m[0])
        for i in 1, 2:
            if both:
                yield ("%s: only %s" % (name, both[i]),
                       cut(m[0].replace(both[0], both[i])))
            if either:
                yield ("%s: always %s" % (name, either[i]),
                       cut(m[0].replace(either[0], "? %s : %s" % (
                           either[i], either[i]))))
    for old, new, name in MISTAKES:
        # Where the text has changed, the list above must follow.
        assert source.count(old) == 1, "not once in the source: " + old
        yield name, source.replace(old, new)


def passes(text, folder, cc, includes, archives):
    """Whether test_disk passes with this driver; None: it doesn't build."""
    base = tempfile.mktemp(dir=folder)
    with open(base + ".c", "w", encoding="utf-8") as f:
        f.write(text)
    built = subprocess.run(
        cc + ["-std=c11", "-O1", "-w"] + ["-I" + d for d in includes] +
        [base + ".c", "-o", base, "-Wl,--whole-archive", archives[0],
         "-Wl,--no-whole-archive"] + archives[1:] + ["-lcmocka"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if built.returncode != 0:
        sys.stderr.write(built.stdout.decode(errors="replace"))
        return None
    try:
        return subprocess.run([base], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main():
    args = sys.argv[1:]
    first = args.index("--")
    second = args.index("--", first + 1)
    includes, cc = args[1:first], args[first + 1:second]
    archives = args[second + 1:]
    with open(args[0], encoding="utf-8") as f:
        source = f.read()
    todo = [("the driver as it is passes", source, True)]
    todo += [(name, text, False) for name, text in mutants(source)]
    print("1..%d" % len(todo))
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(
            lambda t: passes(t[1], folder, cc, includes, archives), todo)
        failed = 0
        for i, (t, passed) in enumerate(zip(todo, results), 1):
            good = passed is t[2]
            failed += not good
            print("%s %d - %s" % ("ok" if good else "not ok", i, t[0]))
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
