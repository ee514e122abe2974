# SPDX-License-Identifier: BSD-2-Clause
"""
The READMEs: their C compiles, and the files that they name are there.

usage: readme.py root cc [argument...]
"""

import os
import re
import sys
import tempfile

import lintlib

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         "-Wno-missing-prototypes"]


def blocks(text, language):
    return re.findall(r"^```%s\n(.*?)^```$" % language, text, re.S | re.M)


def compiles(cc, root, source, *folders):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "readme.c")
        with open(path, "w") as f:
            f.write(source)
        status, out = lintlib.run(
            cc + FLAGS + ["-I" + os.path.join(root, f)
                          for f in ("include", *folders)] +
            ["-c", path, "-o", os.path.join(tmp, "readme.o")])
        return [] if status == 0 else [out]


def missing(root, text):
    """Files of the repository that stand in `...` and are not there."""
    names = re.findall(r"`((?:tools|tests|src|man|examples|include)/[\w./-]*)"
                       r"[^`]*`", text)
    names += re.findall(r"^((?:tools)/[\w.]+)", text, re.M)
    return [n for n in names if not os.path.exists(os.path.join(root, n))]


def missing_here(folder, text):
    """Of a folder's own README; DRIVER stands for each driver."""
    names = [n.split(" ")[0] for n in re.findall(r"`([\w./-]+/?)`", text)
             if re.search(r"/$|\.(?:c|h|py)$", n)]
    return [n for n in names if "DRIVER" not in n and
            not os.path.exists(os.path.join(folder, n)) and
            not os.path.exists(os.path.join(folder, "tests", n)) and
            not os.path.exists(os.path.join(folder, "..", n))]


def main():
    root, cc = sys.argv[1], sys.argv[2:]
    tap = lintlib.Tap()
    tap.finds(compiles(cc, root, "int f(void) { return bus_dma(); }\n"),
              "C that does not compile")
    tap.finds(missing(root, "see `tools/no-such.sh` there"),
              "a file that is not there")
    with open(os.path.join(root, "README.md"), encoding="utf-8") as f:
        text = f.read()
    found = blocks(text, "c")
    tap.ok(len(found) > 0, "it shows a driver")
    for source in found:
        tap.clean(compiles(cc, root, source), "its driver compiles")
    tap.clean(missing(root, text), "the files that it names are there")
    folder = os.path.join(root, "examples")
    tap.finds(missing_here(folder, "`no/such.c`"), "an example not there")
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as f:
        text = f.read()
    found = blocks(text, "c")
    tap.ok(len(found) > 0, "that of the examples shows an environment")
    for source in found:
        tap.clean(compiles(cc, root, source, "examples"), "which compiles")
    tap.clean(missing_here(folder, text), "and the files that it names")
    tap.done()


main()
