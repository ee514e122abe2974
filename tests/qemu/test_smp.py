# SPDX-License-Identifier: BSD-2-Clause
"""
Two CPUs on one tag: by turns, in the same order each time, and at once.

usage: test_smp.py IMAGE
"""

import sys

import qemulib

# QEMU runs both on one thread as it counts instructions, or on one each.
WAYS = (("by turns", "smp loads=200", qemulib.ICOUNT),
        ("by turns, NOWAIT", "smp loads=200 nowait=1", qemulib.ICOUNT),
        ("at once", "smp loads=1000", None),
        ("at once, NOWAIT", "smp loads=1000 nowait=1", None))


def main():
    image = sys.argv[1]
    tap = qemulib.Tap()
    for name, append, icount in WAYS:
        result = qemulib.run(image, append, timeout=60, cpus=2,
                             icount=icount)
        tap.add(name, result)
        if icount is not None:
            tap.ok((result.value("times short") or 0) > 20,
                   name + ": they were in each other's way")
    result = qemulib.run(image, "smp", cpus=1)
    tap.ok("Bail out! no second CPU" in result.bad, "one CPU is not enough",
           result.bad)
    tap.done()


main()
