# SPDX-License-Identifier: BSD-2-Clause
"""
The conformance suite on a bare PC, over every tag that it offers.

usage: test_conformance.py IMAGE [TAG...]
"""

import sys

import qemulib

# What the machine has no way to show, on any tag.
NOWHERE = {"a device's faults don't reach the driver"}

# Each tag, and the address lines of an edu that moves the bytes (it says so
# when a device is given more than it has); None: the CPU moves them.
TAGS = (("required", None, {}),
        ("direct", 64, {}),
        ("direct32", None, {}),
        ("pci64", 64, {}),
        ("pci32", 32, {}),
        ("pci28", 28, {}),
        ("isa", 24, {"machine": "pc"}),
        ("forced", 64, {}),
        # By CLFLUSH, and by CLWB and CLFLUSHOPT.
        ("noncoherent", None, {}),
        ("noncoherent-bounce", None, {"options": ["-cpu", "max"]}),
        ("window", None, {"memory": "512M"}))


def machine_of(bits, more):
    machine = {"memory": "6G"}
    if bits is not None:
        machine["devices"] = ["edu,dma_mask=0x%x" % ((1 << bits) - 1)]
    machine.update(more)
    return machine


def whole(result):
    """What of the suite is not among the lines."""
    cases = result.value("cases")
    if cases is None or cases < 200:
        return ["cases: %s" % cases]
    if cases != len(result.lines):
        return ["%d cases, %d lines" % (cases, len(result.lines))]
    return []


def name_of(line):
    return line[1].split(" # SKIP")[0]


def main():
    image, wanted = sys.argv[1], sys.argv[2:]
    tap = qemulib.Tap()
    ran, skipped, names = set(), {}, set()
    for tag, bits, more in TAGS:
        if wanted and tag not in wanted:
            continue
        append = "conformance tag=" + tag
        if bits is not None:
            append += " device=edu"
        result = qemulib.run(image, append, timeout=200,
                             **machine_of(bits, more))
        tap.add(tag, result)
        tap.ok(not whole(result), tag + ": all of the suite", whole(result))
        if bits is not None:
            moves = result.value("moves") or 0
            tap.ok(moves > 1000, tag + ": edu has moved the bytes",
                   ["moves: %d" % moves])
        names.add(tuple(name_of(line) for line in result.lines))
        for line in result.lines:
            if line[2] is None:
                ran.add(name_of(line))
            else:
                skipped[name_of(line)] = line[2]
    if not wanted:
        short = qemulib.run(image, "conformance tag=pci64 device=edu "
                            "case=data/ring", **machine_of(32, {}))
        tap.ok(any("clamping" in line for line in short.bad),
               "a device with fewer address lines than its tag is seen",
               short.bad)
        tap.ok(len(names) == 1, "the same cases on each")
        never = ["%s: %s" % (name, why) for name, why in skipped.items()
                 if name not in ran and why not in NOWHERE]
        tap.ok(not never, "each case runs on one of them", never)
    tap.done()


main()
