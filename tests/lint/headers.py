# SPDX-License-Identifier: BSD-2-Clause
"""
Every public header alone: as C11 and as C++11, hosted and freestanding (in C
with no headers but the compiler's own), twice, and beside a host's <errno.h>;
every shim too.

usage: headers.py root cc... -- c++...
"""

import os
import sys
import tempfile

import lintlib

C = ["-x", "c", "-std=c11", "-Wshadow"]
CXX = ["-x", "c++", "-std=c++11"]
STRICT = ["-pedantic", "-Wall", "-Wextra", "-Wundef", "-Werror",
          "-fsyntax-only"]
MODES = (("C11", C + ["-Wstrict-prototypes", "-Wmissing-prototypes"]),
         ("C11, on a bare target", C + ["-ffreestanding"]),
         ("C++11", CXX), ("C++11, freestanding", CXX + ["-ffreestanding"]))


class Compiler:
    def __init__(self, root, cc, cxx, tmp):
        self.inc = ["-I", os.path.join(root, "include"),
                    "-I", os.path.join(root, "include", "shim")]
        self.cc, self.cxx, self.tmp = cc, cxx, tmp
        # The compiler's own headers: all that a bare target has.
        self.own = lintlib.run(cc + ["-print-file-name=include"])[1].strip()

    def complaints(self, text, hosted=False):
        path = os.path.join(self.tmp, "one.c")
        with open(path, "w") as f:
            f.write(text + "extern int lint_not_empty;\n")
        bad = []
        for what, flags in MODES:
            cmd = self.cxx if "C++" in what else self.cc
            if not cmd:
                continue
            if "bare" in what:
                if hosted:
                    continue
                flags = flags + ["-nostdinc", "-isystem", self.own]
            status, out = lintlib.run(
                cmd + flags + STRICT + self.inc + [path])
            if status != 0:
                bad.append("as %s: %s" % (what, out))
        return bad


def self_test(tap, comp):
    for text, what in (
            ("size_t f(void);\n", "a type that was not included"),
            ("int f();\nint g(int a) { return b; }\n", "a bad name"),
            ("int new_tag(int class);\n", "what is not C++"),
            ("#if FOO\n#endif\n", "an undefined macro in #if"),
            ("struct s { int a; };;\n", "what -pedantic refuses"),
            ("#include <sys/types.h>\n", "a header that only hosts have")):
        if comp.cxx or "C++" not in what:
            tap.finds(comp.complaints(text), what)


def main():
    root = sys.argv[1]
    cut = sys.argv.index("--")
    cc, cxx = sys.argv[2:cut], sys.argv[cut + 1:]
    tap = lintlib.Tap()
    names = lintlib.files(root)
    top = os.path.join(root, "include")
    ours = sorted(os.path.relpath(os.path.join(d, f), top)
                  for d, _, fs in os.walk(top) for f in fs
                  if f.endswith(".h"))
    tap.clean(["include/%s is not in the repository" % f for f in ours
               if "include/" + f not in names], "all headers are kept")
    with tempfile.TemporaryDirectory() as tmp:
        comp = Compiler(root, cc, cxx, tmp)
        self_test(tap, comp)
        for f in ours:
            inc = f[5:] if f.startswith("shim/") else f
            line = "#include <%s>\n" % inc
            tap.clean(comp.complaints(line + line), "<%s> alone" % inc)
        every = "".join("#include <%s>\n" % f for f in ours
                        if f.startswith("busdma/"))
        tap.clean(comp.complaints(every), "all of them together")
        errno = "#include <errno.h>\n"
        line = "#include <busdma/bus_dma.h>\n"
        tap.clean(comp.complaints(errno + line, True) +
                  comp.complaints(line + errno, True),
                  "before and after the host's <errno.h>")
    if not cxx:
        tap.skip("C++", "no C++ compiler")
    tap.done()


main()
