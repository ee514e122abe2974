# SPDX-License-Identifier: BSD-2-Clause
"""
That no machine that crashes, hangs or loses a line passes for a green one.

usage: test_qemulib.py IMAGE
"""

import sys

import qemulib

# What the program does, the machine that it needs, and what is said of it.
CRASHES = (
    ("null", {}, "Bail out! exception 14"),
    ("constant", {}, "Bail out! exception 14"),
    ("physical", {}, "Bail out! exception 14"),
    ("deep", {}, "Bail out! exception 8"),
    ("reset", {}, "status 0 and not 33"),
    ("loop", {"timeout": 3}, "it did not end"),
    ("idle", {"timeout": 3}, "it did not end"),
    ("lose-line", {}, "line 3 is missing"),
    ("lose-result", {}, "a plan of 3 and 2 lines"),
    ("lose-plan", {}, "no plan"),
    ("end-red", {}, "status 35 and not 33"),
    ("end-green", {}, "status 33 and not 35"),
    ("noise", {}, "noise"),
    ("plan-twice", {}, "behind the plan"),
    ("err", {}, "status 35 and not 33"),
    ("clamp", {"devices": ["edu"]}, "QEMU: EDU: clamping DMA"),
    ("else", {}, "Bail out! how=else?"),
)

# What a parser may get wrong: status, serial, QEMU's own.
TEXTS = (
    ("an empty run", 33, "", ""),
    ("a plan of none", 33, "1..0\n", ""),
    ("two plans", 33, "ok 1 - a\n1..1\n1..1\n", ""),
    ("a line twice", 33, "ok 1 - a\nok 1 - a\n1..2\n", ""),
    ("a red line", 35, "not ok 1 - a\n1..1\n", ""),
    ("a line cut off", 33, "ok 1 - a\nok 2", ""),
    ("QEMU's own words", 33, "ok 1 - a\n1..1\n", "qemu: warning\n"),
    ("a pass by hand of QEMU", 0, "ok 1 - a\n1..1\n", ""),
    ("a signal", -11, "ok 1 - a\n1..1\n", ""),
    ("a time-out behind the plan", 124, "ok 1 - a\n1..1\n", ""),
)


def main():
    image = sys.argv[1]
    tap = qemulib.Tap()
    for name, status, serial, said in TEXTS:
        tap.ok(not qemulib.Run(status, serial, said, []).green(),
               "red: " + name)
    good = qemulib.Run(33, "ok 1 - a\n# n: 0x10\nok 2 - b # SKIP c\n1..2\n",
                       "", [])
    tap.ok(good.green() and good.value("n") == 16 and
           good.lines[1][2] == "c", "a good text is green", good.bad)

    tap.ok(qemulib.run(image, "crash").green(), "the program by itself")
    for how, machine, want in CRASHES:
        result = qemulib.run(image, "crash how=" + how, **machine)
        told = any(line.startswith(want) for line in result.bad)
        tap.ok(not result.green() and told, "red: how=" + how,
               () if told else result.bad)
    result = qemulib.run(image, "crash how=red")
    tap.ok(not result.green() and not result.bad,
           "red: a line, and nothing else", result.bad)
    for append in ("", "nothing"):
        result = qemulib.run(image, append)
        tap.ok(not result.green(), "red: program `%s'" % append)
    tap.ok(not qemulib.run(image + ".none", "crash").green(),
           "red: no image")
    tap.done()


main()
