#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""busdma-bench --quick runs every case that it lists, and prints lines that
a program can read.  Speaks TAP.  usage: smoke.py BUSDMA-BENCH"""

import json
import os
import shlex
import subprocess
import sys
import tempfile

KEYS = {"name", "ns", "floor", "floor_ns", "ratio", "instructions",
        "floor_instructions", "value", "unit", "target", "bound", "met"}
# What runs the programs of another machine; Meson sets it.
WRAPPER = shlex.split(os.environ.get("MESON_EXE_WRAPPER", ""))


def run(*args):
    done = subprocess.run([*WRAPPER, sys.argv[1], *args], capture_output=True,
                          text=True)
    sys.stderr.write(done.stderr)
    return done.returncode, done.stdout.splitlines()


def wrong(line, name):
    """What is wrong with a line of --json for `name', or None."""
    try:
        row = json.loads(line)
    except ValueError as error:
        return str(error)
    if not isinstance(row, dict) or set(row) != KEYS:
        return "not the keys that belong there"
    if row["name"] != name:
        return "it is named " + str(row["name"])
    if row["ns"] is not None and not row["ns"] > 0:
        return "it took no time"
    if name.startswith("map_memory/") and not row["value"] >= 88:
        return "a map is smaller than its structure"
    return None


def main():
    results = []

    def result(good, what, why=None):
        results.append(good)
        print("ok" if good else "not ok", len(results), "-", what)
        if not good and why:
            print("#", why)

    rc, names = run("--list")
    result(rc == 0 and len(set(names)) == len(names) > 10, "list")

    rc, lines = run("--quick", "--json")
    result(rc == 0 and len(lines) == len(names), "quick run of all",
           "exit %d, %d lines" % (rc, len(lines)))
    for name, line in zip(names, lines):
        why = wrong(line, name)
        result(why is None, name, why)

    rc, lines = run("--quick")
    rows = [line.split()[0] for line in lines if line]
    result(rc == 0 and rows == ["name"] + names, "table")

    rc, lines = run("--count", "--only", "sync/direct/prewrite_4k")
    result(rc == 0 and [line.split()[1:] for line in lines] ==
           [["op", "128"], ["op", "256"], ["floor", "128"],
            ["floor", "256"]], "regions to count", lines)

    with tempfile.NamedTemporaryFile("w", suffix=".counts") as counts:
        counts.write("sync/direct/prewrite_4k op 29\n"
                     "sync/direct/prewrite_4k floor 3.5\n")
        counts.flush()
        rc, lines = run("--quick", "--json", "--counts", counts.name,
                        "--only", "sync/direct/prewrite_4k")
    row = json.loads(lines[0]) if len(lines) == 1 else {}
    result(rc == 0 and row.get("instructions") == 29 and
           row.get("floor_instructions") == 3.5 and
           row.get("met") is False, "counts are taken in", lines)

    rc, _ = run("--only", "no/such/case")
    result(rc == 2, "an unknown name is refused")

    print("1..%d" % len(results))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
