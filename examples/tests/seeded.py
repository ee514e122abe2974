#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every error of a table is caught within 64 seeds.

A source of a driver is compiled with one edit, and linked with the driver's
runs by seed (seeds.c).  One of 64 of them must fail, on machines whose caches
devices don't see: by a report, by wrong data, by what a device or the driver
says, or by the watchdog.  Which seed it was, of what machine, and what was
said stands behind each line of TAP; and what the same seeds say where devices
see the cache, which need not be anything.  But where devices see it and all is
bounced, one of them must fail, too: so a driver is tested on any machine.

A table, DRIVER/mutants.py, defines SEEDED: what is replaced (it must stand once
in all of SEEDED_SOURCES together), by what, and what that is; and for those that
no seed shows where all is bounced, why.

usage: seeded.py TABLE INCLUDE-DIR... -- CC... -- SEEDS ARCHIVE...
"""
import os
import re
import runpy
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mutants  # noqa: E402

SEEDS = 64
PATIENCE = 120  # seconds; the watchdog's are fewer
COHERENT = ["--coherent"]
FORCED = ["--coherent", "--forced"]


def said(out):
    """(seed and machine, what was said) of a run that failed."""
    where, report, other = "no seed", "", ""
    for line in out.splitlines():
        line = re.sub(r"^[#\s]*", "", line).rstrip()
        if line.startswith("seed ") and ": line " in line:
            where = line
        elif line.startswith("report: "):
            report = line
        elif line.startswith("not ok 1 - watchdog"):
            other = line.split(" - ", 1)[1]
        elif not other and not re.match(
                r"(1\.\.|ok |not ok |[0-9]+ seeds from|$)", line):
            other = line
    if "watchdog" in other and report:
        return where, other + "; " + report
    return where, report or other or "nothing"


def run(exe, *args):
    """None: all seeds pass; else where and what."""
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    try:
        p = subprocess.run([exe, "--seeds", str(SEEDS), *args], env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False,
                           timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "no seed", "its time limit"
    if p.returncode == 0:
        return None
    if p.returncode < 0:
        return "no seed", "signal %d" % -p.returncode
    return said(p.stdout.decode(errors="replace"))


def caught(seen):
    return seen is not None and seen[0].startswith("seed ")


def words(seen):
    return " | ".join(seen) if seen else "nobody sees it"


def main():
    args = mutants.parse(sys.argv[1:])
    table = runpy.run_path(args.table)
    sources = {}
    for path in table["SEEDED_SOURCES"]:
        with open(os.path.join(mutants.EXAMPLES, path),
                  encoding="utf-8") as f:
            sources[path] = f.read()
    todo = list(mutants.edited(sources, [row[:3] for row in table["SEEDED"]]))
    hidden = [row[3] if len(row) > 3 else None for row in table["SEEDED"]]
    print("1..%d" % (len(todo) + 1))
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        tests = mutants.Tests(args, folder)
        exe = tests.build(*sources.values())
        seen = run(exe) if exe else ("", "it does not compile")
        seen = seen or run(exe, *COHERENT) or run(exe, *FORCED)
        failed = int(seen is not None)
        mutants.tell(1, seen is None, " ".join(sources) + ": as it is passes",
                     seen and ": ".join(seen))
        for number, ((name, path, text), why) in enumerate(
                zip(todo, hidden), 2):
            exe = tests.build(text)
            seen = run(exe) if exe else None
            forced = run(exe, *FORCED) if exe else None
            # It must have been a seed's own doing.
            good = caught(seen) and (
                caught(forced) if why is None else forced is None)
            failed += not good
            mutants.tell(number, good, "%s: %s" % (path, name),
                         words(seen) if exe else "it does not compile")
            if exe:
                seen = run(exe, *COHERENT)
                count += caught(seen)
                print("# where devices see the cache: " + words(seen))
                print("# and all is bounced: " + words(forced) +
                      (", for " + why if why else ""))
                os.unlink(exe)
    print("# of %d errors, where devices see the cache %d are seen; where all "
          "is bounced, %d" % (len(todo), count, hidden.count(None)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
