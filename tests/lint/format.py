# SPDX-License-Identifier: BSD-2-Clause
"""
Formatting: clang-format's opinion, 80 columns, no trailing blanks, functions
short enough to see whole.

usage: format.py root
"""

import os
import re
import shutil
import sys
import tempfile

import lintlib

COLUMNS = 80
LINES = 80
VERSION = "14."


def clang_format():
    """A clang-format of the version that the style was written for."""
    for name in ("clang-format-14", "clang-format"):
        path = shutil.which(name)
        if path is None:
            continue
        status, out = lintlib.run([path, "--version"])
        if status == 0 and re.search(r"version " + re.escape(VERSION), out):
            return path
    return None


def formatted(tool, paths, style):
    """Complaints of clang-format."""
    status, out = lintlib.run(
        [tool, "--style=file:" + style, "--dry-run", "-Werror"] + paths)
    if status == 0:
        return []
    bad = [l for l in out.splitlines() if "error:" in l]
    return bad or [out]


def long_lines(name, text):
    return ["%s:%d: %d columns" % (name, i, len(line.expandtabs(8)))
            for i, line in enumerate(text.splitlines(), 1)
            if len(line.expandtabs(8)) > COLUMNS]


def blanks(name, text):
    bad = ["%s:%d: trailing blank" % (name, i)
           for i, line in enumerate(text.split("\n"), 1)
           if line != line.rstrip(" \t\r")]
    if text and not text.endswith("\n"):
        bad.append("%s: no newline at the end" % name)
    if text.endswith("\n\n"):
        bad.append("%s: empty line at the end" % name)
    return bad


def long_functions(name, text):
    """A function is from a { to a } in the first column."""
    bad, start = [], None
    for i, line in enumerate(text.splitlines(), 1):
        if line.startswith("{"):
            start = i
        elif line.startswith("}") and start is not None:
            if i - start - 1 > LINES:
                bad.append("%s:%d: a function of %d lines" %
                           (name, start, i - start - 1))
            start = None
    return bad


def header(name, text):
    """Every C file begins with the licence and a comment on what it is."""
    lines = text.splitlines()
    if not lines or lines[0] != "/* SPDX-License-Identifier: BSD-2-Clause */":
        return ["%s: no licence line" % name]
    if len(lines) < 2 or not lines[1].startswith("/*"):
        return ["%s: doesn't say what it is" % name]
    return []


def self_test(tap, tool, style):
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "bad.c")
        with open(path, "w") as f:
            f.write("int  f(int a){return a ;}\n")
        if tool is not None:
            tap.finds(formatted(tool, [path], style), "bad formatting")
    tap.finds(long_lines("a", "\t" * 10 + "x\n"), "a line of 81 columns")
    tap.clean(long_lines("a", "\t" * 9 + "x" * 8 + "\n"),
              "self-test: one of 80 passes")
    tap.finds(blanks("a", "int a; \n"), "a trailing blank")
    tap.finds(blanks("a", "int a;"), "a missing newline")
    body = "int\nf(void)\n{\n" + "\tg();\n" * 81 + "}\n"
    tap.finds(long_functions("a", body), "a function of 81 lines")
    tap.clean(long_functions("a", body.replace("\tg();\n", "", 1)),
              "self-test: one of 80 passes")
    tap.finds(header("a.c", "int a;\n"), "a file without a licence")


def main():
    root = sys.argv[1]
    tap = lintlib.Tap()
    style = os.path.join(root, ".clang-format")
    tool = clang_format()
    self_test(tap, tool, style)
    names = lintlib.files(root)
    sources = [n for n in names if n.endswith((".c", ".h"))]
    tap.ok(sources, "there are sources")
    if tool is None:
        tap.skip("clang-format", "no clang-format " + VERSION)
    else:
        tap.clean(formatted(tool, [os.path.join(root, n) for n in sources],
                            style), "clang-format")
    texts = {n: lintlib.read(root, n) for n in sources}
    for check, what in ((long_lines, "lines of at most 80 columns"),
                        (long_functions, "functions of at most 80 lines"),
                        (header, "every file says licence and purpose")):
        bad = []
        for n in sources:
            bad += check(n, texts[n])
        tap.clean(bad, what)
    bad = []
    for n in names:
        if n.endswith((".c", ".h", ".py", ".sh", ".md", ".build", ".7", ".9",
                       ".txt", ".clang-format", ".gitignore")):
            bad += blanks(n, lintlib.read(root, n))
    tap.clean(bad, "no trailing blanks")
    tap.done()


main()
