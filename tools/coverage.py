# SPDX-License-Identifier: BSD-2-Clause
"""What gcovr measured, as a table and as the lines that are missing.

usage: coverage.py [--json] FILE.json
"""

import json
import sys


def measure(entry):
    """One file: its figures, and what is missing of it."""
    with open(entry["file"], encoding="utf-8") as source:
        text = [""] + source.read().splitlines()
    lines = {}
    for line in entry["lines"]:
        if line.get("gcovr/noncode"):
            continue
        # A line of an inline function comes once for each place.
        branches = lines.setdefault(line["line_number"], [0, []])
        branches[0] += line["count"]
        branches[1] += [b["count"] for b in line["branches"]]
    missing = [{"line": n, "text": text[n].strip(), "branches": None}
               for n, (count, _) in sorted(lines.items()) if count == 0]
    missing += [{"line": n, "text": text[n].strip(),
                 "branches": sum(b == 0 for b in taken)}
                for n, (count, taken) in sorted(lines.items())
                if count != 0 and 0 in taken]
    branches = [b for _, taken in lines.values() for b in taken]
    return {
        "file": entry["file"],
        "lines": len(lines),
        "lines_run": sum(count != 0 for count, _ in lines.values()),
        "branches": len(branches),
        "branches_taken": sum(b != 0 for b in branches),
        "missing": sorted(missing, key=lambda m: m["line"]),
    }


def total(files):
    keys = ("lines", "lines_run", "branches", "branches_taken")
    return {key: sum(f[key] for f in files) for key in keys}


def share(part, whole):
    return "%5.1f%%" % (100.0 * part / whole) if whole else "     -"


def row(name, f):
    return "%-30s %6d %6d %s %8d %6d %s" % (
        name, f["lines"], f["lines_run"], share(f["lines_run"], f["lines"]),
        f["branches"], f["branches_taken"],
        share(f["branches_taken"], f["branches"]))


def main():
    with open(sys.argv[-1], encoding="utf-8") as measured:
        files = [measure(entry) for entry in json.load(measured)["files"]]
    files = sorted((f for f in files if f["lines"]), key=lambda f: f["file"])
    if not files:
        sys.exit("nothing was measured")
    if "--json" in sys.argv[1:]:
        print(json.dumps({"files": files, "total": total(files)}))
        return
    print("%-30s %6s %6s %6s %8s %6s" % ("file", "lines", "run", "",
                                         "branches", "taken"))
    for f in files:
        print(row(f["file"], f))
    print(row("all", total(files)))
    for f in files:
        if f["missing"]:
            print("\n%s" % f["file"])
        for m in f["missing"]:
            what = "not run" if m["branches"] is None else \
                "%d not taken" % m["branches"]
            print("  %4d  %-12s %s" % (m["line"], what, m["text"]))


main()
