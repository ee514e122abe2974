# SPDX-License-Identifier: BSD-2-Clause
"""
The model of waiting, checked by spin: it has no error, and each of the mistakes
that it can be told to make has one.

usage: model.py root cc
"""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lint"))
import lintlib  # noqa: E402

# Users that wait, users that are called, and how often each loads.
SIZES = [(2, 0, 2), (1, 1, 2), (0, 2, 2), (2, 1, 1)]
# And in which of them a mistake shows.
MISTAKES = {"NOFENCE": (2, 0, 2), "DRAINFIRST": (2, 0, 2),
            "NOTURN": (2, 0, 2), "OWNCLEAR": (2, 0, 2), "NOTELL": (2, 0, 2),
            "NOAGAIN": (0, 2, 2), "NOPASS": (0, 3, 1), "NOGATE": (2, 0, 2),
            "NOXCHG": (2, 0, 2)}


def check(model, cc, size, more):
    """What spin says: None, an error, or what went wrong with it.

    Of what is soon run, the compiler would take longer.
    """
    defs = ["-DWAITERS=%d" % size[0], "-DDRIVERS=%d" % size[1],
            "-DROUNDS=%d" % size[2]] + ["-D" + m for m in more]
    level = "-O0" if more or size[0] + size[1] < 3 else "-O1"
    with tempfile.TemporaryDirectory() as tmp:
        for cmd in (["spin"] + defs + ["-a", model],
                    [cc, level, "-w", "-DSAFETY", "-DCOLLAPSE",
                     "-DMEMLIM=2000", "-o", "pan", "pan.c"]):
            status, out = lintlib.run(cmd, cwd=tmp)
            if status != 0:
                return "can't be run: " + out
        _, out = lintlib.run(["./pan", "-m200000"], cwd=tmp)
    for line in out.splitlines():
        if line.startswith("pan:1:"):
            return line
    # All of it was looked at, and to its end.
    if "errors: 0" not in out or "max search depth" in out or \
            "out of memory" in out or "memory limit" in out:
        return "can't be run: " + out
    return None


def main():
    root, cc = sys.argv[1:3]
    if shutil.which("spin") is None:
        lintlib.skip_all("no spin")
    model = os.path.join(root, "tests", "model", "slots.pml")
    tap = lintlib.Tap()
    for size in SIZES:
        said = check(model, cc, size, [])
        tap.ok(said is None, "%d that wait, %d that are called, %d loads each"
               % size, [said])
    for name, size in sorted(MISTAKES.items()):
        said = check(model, cc, size, [name])
        tap.ok(said is not None and said.startswith("pan:1:"),
               "%s is found" % name, [said])
    tap.done()


main()
