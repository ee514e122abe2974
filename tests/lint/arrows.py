# SPDX-License-Identifier: BSD-2-Clause
"""
The arrows between the rooms of the house, and of tests/qemu: who may include
whom; no cycles; no architecture's #if and no mutable global where they don't
belong.

usage: arrows.py root nm archive [instrumented]
       an instrumented archive has globals of the instrument's
"""

import os
import re
import sys

import lintlib

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h"}
# Of the C library, the archive may use its four memory functions.
ARCHIVE = FREESTANDING | {"string.h", "limits.h", "stdatomic.h"}
# The machine-independent layer knows no backend by name.
MI_PUBLIC = {"backend.h", "bus_dma.h", "bus_dma_stats.h",
             "bus_dmapool.h", "errno.h", "mbuf.h", "platform.h",
             "string.h", "uio.h"}
# A layer that stands on any tag knows the interface of backends and its own.
MD_PUBLIC = {"bounce": {"backend.h", "bounce.h", "string.h"}}
ARCH = re.compile(
    r'^\s*#\s*(?:if|ifdef|ifndef|elif)\b.*(?:'
    r'_{1,2}(?:x86_64|i[3-6]86|amd64|arm|aarch64|riscv|powerpc|ppc|mips|sparc|'
    r's390|alpha|hppa|ia64|m68k|sh|vax)\w*|_LP64|__LP64__|__BYTE_ORDER__|'
    r'__linux__|__unix__|__NetBSD__|__FreeBSD__|__OpenBSD__|__APPLE__|'
    r'_WIN32|__SIZEOF_\w+__)', re.M)


def includes(text):
    return [(kind == "<", name) for kind, name in INCLUDE.findall(text)]


def check_file(name, text, known):
    """Complaints about the #includes of one file of src or include."""
    bad = []
    parts = name.split("/")
    where = parts[:2]
    sim = parts[:3] == ["src", "md", "sim"]
    for angle, inc in includes(text):
        if where == ["include", "shim"]:
            if not angle or not inc.startswith("busdma/"):
                bad.append("%s: a shim includes %s" % (name, inc))
        elif where == ["include", "busdma"]:
            uio = name.endswith("/uio.h") and inc == "sys/uio.h"
            if not angle:
                bad.append('%s: public header includes "%s"' % (name, inc))
            elif not (inc in FREESTANDING or uio or
                      inc.startswith("busdma/")):
                bad.append("%s: public header includes <%s>" % (name, inc))
        elif angle and inc.startswith("busdma/"):
            if where == ["src", "mi"] and inc[7:] not in MI_PUBLIC:
                bad.append("%s: src/mi includes <%s>" % (name, inc))
            if where == ["src", "md"] and \
                    inc[7:] not in MD_PUBLIC.get(parts[2], {inc[7:]}):
                bad.append("%s: src/md/%s includes <%s>" %
                           (name, parts[2], inc))
        elif angle:
            if inc not in ARCHIVE and not sim:
                bad.append("%s: includes <%s>" % (name, inc))
        else:
            here = os.path.dirname(name)
            path = os.path.normpath(os.path.join(here, inc))
            if os.path.dirname(path) != here:
                bad.append('%s: includes "%s" of another folder' %
                           (name, inc))
            elif path not in known:
                bad.append('%s: no "%s" in its folder' % (name, inc))
        if angle and inc.startswith("busdma/") and \
                "include/" + inc not in known:
            bad.append("%s: no public header <%s>" % (name, inc))
    return bad


# What of the tree the files of a bare machine may look into, by their folder.
QEMU_PARTS = {"common": {"tests/qemu/common", "tests/support", "examples"},
              "x86_64": {"tests/qemu/x86_64", "tests/qemu/common", "examples"}}
# Programs know the port by port.h; those that end it badly know more.
QEMU_PORT = {"machine.h", "x86.h", "pmap.h"}
QEMU_OWN = {"tests/qemu/common/prog_crash.c"}


def check_qemu(name, text, known):
    """Complaints about the #includes of one file of a bare machine."""
    bad = []
    part = name.split("/")[2]
    program = "PORT_PROGRAM" in text and name not in QEMU_OWN
    for angle, inc in includes(text):
        if angle:
            if not inc.startswith("busdma/") and \
                    inc not in FREESTANDING | {"stdarg.h"}:
                bad.append("%s: includes <%s>" % (name, inc))
            continue
        if program and inc in QEMU_PORT:
            bad.append('%s: a program that includes "%s"' % (name, inc))
        where = [d for d in QEMU_PARTS.get(part, ())
                 if d + "/" + inc in known]
        if not where:
            bad.append('%s: includes "%s", which is of no folder that it '
                       "may look into" % (name, inc))
    return bad


def cycles(texts):
    """Cycles among headers: a list of paths."""
    graph = {}
    for name, text in texts.items():
        if not name.endswith(".h"):
            continue
        graph[name] = []
        for angle, inc in includes(text):
            if angle:
                path = "include/" + inc
            else:
                path = os.path.normpath(
                    os.path.join(os.path.dirname(name), inc))
            if path in texts:
                graph[name].append(path)
    found, state = [], {}

    def visit(node, trail):
        state[node] = 1
        for to in graph.get(node, ()):
            if state.get(to) == 1:
                found.append(" -> ".join(trail + [node, to]))
            elif to not in state:
                visit(to, trail + [node])
        state[node] = 2

    for name in sorted(graph):
        if name not in state:
            visit(name, [])
    return found


def arch(name, text):
    return ["%s: %s" % (name, m.group(0).strip())
            for m in ARCH.finditer(text)]


def mutable(listing):
    """Complaints about the symbols of `nm -f sysv', by their section."""
    bad = []
    for line in listing.splitlines():
        field = [f.strip() for f in line.split("|")]
        if len(field) != 7 or field[0] == "Name":
            continue
        name, kind, section = field[0], field[3], field[6]
        if kind in ("FILE", "SECTION"):
            continue
        if section == "*COM*" or re.match(
                r"\.(l?data(?!\.rel\.ro)|l?bss|sdata|sbss|tdata|tbss)\b",
                section):
            bad.append("%s in %s" % (name, section))
    return bad


def self_test(tap):
    known = {"include/busdma/bus_dma.h", "include/busdma/direct.h",
             "src/mi/mi.h", "src/md/direct/var.h"}
    for name, line, what in (
            ("src/mi/a.c", '#include "../md/direct/var.h"',
             "src/mi that looks into src/md"),
            ("src/mi/a.c", "#include <busdma/direct.h>",
             "src/mi that knows a backend"),
            ("src/md/bounce/a.c", "#include <busdma/direct.h>",
             "bouncing that knows what it stands on"),
            ("src/md/flat/a.c", '#include "../direct/var.h"',
             "a folder that looks into another's"),
            ("src/md/flat/a.c", '#include "var.h"', "a missing header"),
            ("src/md/flat/a.c", "#include <stdio.h>", "<stdio.h> in src"),
            ("include/busdma/a.h", "#include <string.h>",
             "<string.h> in a public header"),
            ("include/busdma/bus_dma.h", "#include <sys/uio.h>",
             "<sys/uio.h> outside uio.h"),
            ("include/busdma/a.h", '#include "direct.h"',
             "a quoted #include in a public header"),
            ("include/shim/sys/bus.h", "#include <stdint.h>",
             "a shim that includes more than bus_dma.h")):
        tap.finds(check_file(name, line + "\n", known), what)
    shared = {"tests/qemu/common/port.h", "tests/qemu/x86_64/x86.h",
              "tests/qemu/common/machine.h", "examples/env.h", "src/mi/mi.h"}
    for name, line, what in (
            ("common/a.c", '#include "x86.h"',
             "what machines share that knows one of them"),
            ("common/a.c", "#include <stdio.h>", "<stdio.h> on a bare machine"),
            ("common/a.c", '#include "../../../src/mi/mi.h"',
             "a port that looks into src"),
            ("common/a.c", '#include "machine.h"\nPORT_PROGRAM(a, b);',
             "a program that goes past port.h")):
        tap.finds(check_qemu("tests/qemu/" + name, line + "\n", shared), what)
    tap.clean(check_qemu("tests/qemu/x86_64/a.c", '#include "x86.h"\n'
                         '#include "machine.h"\n#include "env.h"\n'
                         "#include <busdma/platform.h>\n", shared),
              "self-test: a good file of a machine passes")
    good = "#include <string.h>\n\n#include \"mi.h\"\n"
    tap.clean(check_file("src/mi/a.c", good, known),
              "self-test: a good file passes")
    tap.finds(cycles({"src/mi/a.h": '#include "b.h"\n',
                      "src/mi/b.h": '#include "a.h"\n'}), "a cycle")
    tap.finds(arch("a", "#if defined(__x86_64__)\n"), "an architecture #if")
    row = "count |0000|  b  |            OBJECT|0004|     |%s\n"
    tap.finds(mutable(row % ".bss.count"), "a static counter")
    tap.finds(mutable(row % ".data"), "an initialized global")
    tap.finds(mutable(row % "*COM*"), "a common symbol")
    tap.clean(mutable(row % ".data.rel.ro.local" + row % ".rodata.x"),
              "self-test: constants pass")


def main():
    root, nm, archive = sys.argv[1:4]
    tap = lintlib.Tap()
    self_test(tap)
    known = [f for f in lintlib.files(root)
             if f.startswith(("src/", "include/")) and f.endswith((".c", ".h"))]
    texts = {f: lintlib.read(root, f) for f in known}
    for part in ("include", "src/mi", "src/md"):
        bad = []
        mine = [f for f in known if f.startswith(part + "/")]
        for f in mine:
            bad += check_file(f, texts[f], texts)
        tap.ok(mine and not bad, "includes of " + part, bad)
    every = lintlib.files(root)
    bad = []
    mine = [f for f in every if f.startswith("tests/qemu/") and
            f.endswith((".c", ".h"))]
    for f in mine:
        bad += check_qemu(f, lintlib.read(root, f), set(every))
    tap.ok(mine and not bad, "includes of tests/qemu", bad)
    tap.clean(cycles(texts), "no header includes itself, however far round")
    bad = []
    for f in known:
        if f.startswith("src/mi/"):
            bad += arch(f, texts[f])
    tap.clean(bad, "no architecture's #if in src/mi")
    status, out = lintlib.run([nm, "-f", "sysv", archive])
    tap.ok(status == 0 and "|" in out, "nm reads the archive", [out])
    if len(sys.argv) > 4:
        tap.skip("no mutable globals in the archive", sys.argv[4])
    else:
        tap.clean(mutable(out), "no mutable globals in the archive")
    tap.done()


main()
