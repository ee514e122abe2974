# SPDX-License-Identifier: BSD-2-Clause
"""
The README: its C compiles, and the files and suites that it names are there.

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


def compiles(cc, root, source):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "readme.c")
        with open(path, "w") as f:
            f.write(source)
        status, out = lintlib.run(
            cc + FLAGS + ["-I", os.path.join(root, "include"), "-c", path,
                          "-o", os.path.join(tmp, "readme.o")])
        return [] if status == 0 else [out]


def missing(root, text):
    """Files of the repository that stand in `...` and are not there."""
    names = re.findall(r"`((?:tools|tests|src|man|examples|include)/[\w./-]*)"
                       r"[^`]*`", text)
    names += re.findall(r"^((?:tools)/[\w.]+)", text, re.M)
    return [n for n in names if not os.path.exists(os.path.join(root, n))]


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
    tap.done()


main()
