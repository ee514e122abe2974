# SPDX-License-Identifier: BSD-2-Clause
"""
busdma_porting(7) and the template keep up with the tree: every member of the
platform's table is in both, the hooks of the bare machine are where the page
says, and the lines that it counts are those that there are.

usage: porting.py root
"""

import re
import sys

import lintlib
import mdoc

FILES = {"bench": "tests/bench/port.c", "flat": "src/md/flat/flat.c",
         "template": "src/md/template/template.c",
         "simhooks": "src/md/sim/simhooks.c",
         "hooks": "tests/qemu/x86_64/hooks.c",
         "memory": "tests/qemu/common/memory.c",
         "pmap": "tests/qemu/x86_64/pmap.c"}
# The bare machine, without what runs on it.
BARE = ["tests/qemu/common/" + f for f in (
    "machine.h", "main.c", "memory.c", "pci.c", "port.h",
    "progmem.c", "string.c", "tap.c")] + ["tests/qemu/x86_64/" + f for f in (
        "boot.c", "hooks.c", "io.c", "pmap.c", "pmap.h", "smp.c", "start.S",
        "time.c", "trap.c", "x86.h")]
HOST = ("/* ---- a host to stand on", "/* ---- every call")
# The page may lag behind by so much of a hundred.
SLACK = 10


def table(header):
    """The members of struct busdma_platform."""
    text = mdoc.strip_c(header)
    body = re.search(r"struct busdma_platform \{(.*?)\n\};", text, re.S)
    return re.findall(r"\b(pl_\w+)\)?\s*[(;]", body.group(1)) if body else []


def without(members, text, what):
    return ["%s: no %s" % (what, m) for m in members
            if not re.search(r"\b%s\b" % m, text)]


def assigned(members, text):
    """Members that the template's table leaves to chance."""
    return ["the template's table: no " + m for m in members
            if not re.search(r"\.%s = " % m, text) and m != "pl_arena"]


def lines(text):
    """Lines of C that are neither empty nor comment."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip())


def counted(page):
    """{first words of a row: lines} of the page's table."""
    rows = re.findall(r"^\.It (?:Pa )?(.+?) Ta (\d+)$", page, re.M)
    return {name: int(n) for name, n in rows}


def counts(root, page):
    """What the page should say."""
    text = lintlib.read(root, FILES["template"])
    start, end = (text.index(mark) for mark in HOST)
    want = {path: lines(lintlib.read(root, path)) for path in FILES.values()}
    want["the port of EXAMPLES"] = lines(mdoc.examples(page))
    want["the bare PC, all of it"] = sum(lines(lintlib.read(root, f))
                                         for f in BARE)
    want["it without its host"] = (want[FILES["template"]] -
                                   lines(text[start:end]))
    return want


def wrong(said, want):
    bad = ["%s is not counted" % n for n in want if n not in said]
    bad += ["%s is no port" % n for n in said if n not in want]
    return bad + ["%s: the page says %d lines, there are %d" %
                  (n, said[n], want[n]) for n in said if n in want and
                  abs(said[n] - want[n]) * 100 > SLACK * want[n]]


def rows(page):
    """{hook: file} of the page's table of a bare machine."""
    found = {}
    for hooks, where in re.findall(
            r"^\.It Fa (pl_[\w , ]*) Ta (?:Pa )?(.+)$", page, re.M):
        found.update((hook, where) for hook in re.findall(r"pl_\w+", hooks))
    return found


def hooked(page, source, read):
    """Whether the table of `source' has its hooks where the page says."""
    said, bad = rows(page), []
    table = re.search(r"busdma_platform table = \{(.*?)\n\};", source, re.S)
    have = dict(re.findall(r"\.(pl_\w+) = &?(\w+)", table.group(1)))
    for name in ("pl_size", "pl_pagesize"):
        have.pop(name)
    number = re.search(r"^Its table sets (\d+) hooks", page, re.M)
    if not number or int(number.group(1)) != len(have):
        bad.append("the table sets %d hooks" % len(have))
    bad += ["no row for " + h for h in have if h not in said]
    bad += ["%s is not in the table" % h for h in said if h not in have]
    for hook in have:
        where = said.get(hook, "")
        here = where.endswith(".c") and re.search(
            r"^(?:static .* )?%s\b" % have[hook], read(where), re.M)
        if where in ("the arena", "the library"):
            here = have[hook].startswith("busdma_")
        if not here:
            bad.append("%s is not in %s" % (hook, where))
    return bad


def self_test(tap):
    header = ("struct busdma_platform {\n\tuint32_t pl_size; /* pl_no; */\n"
              "\tvoid *(*pl_alloc)(\n\t    int pl_x, int y);\n"
              "\tconst struct a *pl_cpu;\n};\n")
    found = table(header)
    tap.ok(found == ["pl_size", "pl_alloc", "pl_cpu"],
           "self-test: the members of a table", found)
    tap.finds(without(["pl_gone"], "pl_gone_not", "a"), "a member not named")
    tap.finds(assigned(["pl_gone"], ".pl_gone_not = 1"), "one not assigned")
    tap.ok(lines("/* a\n b */\nint x; /* c */\n\n}\n") == 2,
           "self-test: lines of code")
    said = counted(".It Pa a.c Ta 100\n.It the port Ta 7\n")
    tap.ok(said == {"a.c": 100, "the port": 7},
           "self-test: a table of lines", said)
    tap.clean(wrong(said, {"a.c": 105, "the port": 7}),
              "self-test: a few lines more pass")
    tap.finds(wrong(said, {"a.c": 120, "the port": 7}), "many lines more")
    tap.finds(wrong(said, {"a.c": 100}), "a port that is gone")
    tap.finds(wrong({}, {"a.c": 100}), "a port that is not counted")
    source = ("struct busdma_platform table = {\n\t.pl_size = 1,\n"
              "\t.pl_pagesize = 2,\n\t.pl_a = fa,\n\t.pl_b = busdma_b,\n};\n")
    page = ("Its table sets 2 hooks.\n.It Fa pl_a Ta Pa x.c\n"
            ".It Fa pl_b Ta the library\n")
    files = {"x.c": "int\nfa(void)\n", "y.c": "\tfa();\n"}
    tap.clean(hooked(page, source, files.get), "self-test: hooks in their files")
    tap.finds(hooked(page.replace("x.c", "y.c"), source, files.get),
              "a hook that is elsewhere")
    tap.finds(hooked(page.replace("2 hooks", "3 hooks"), source, files.get),
              "hooks counted wrongly")
    tap.finds(hooked(page, source.replace("\t.pl_b = busdma_b,\n", ""),
                     files.get), "a hook that is not set")


def main():
    root = sys.argv[1]
    tap = lintlib.Tap()
    self_test(tap)
    page = lintlib.read(root, "man", "busdma_porting.7")
    template = lintlib.read(root, "src/md/template/template.c")
    members = table(lintlib.read(root, "include/busdma/platform.h"))
    tap.ok(len(members) > 20, "the table is found", members)
    tap.clean(without(members, page, "the page"),
              "the page speaks of every member")
    tap.clean(assigned(members, template), "the template sets every member")
    tap.clean(hooked(page, lintlib.read(root, FILES["hooks"]),
                     lambda f: lintlib.read(root, "tests/qemu", f)),
              "the hooks of the bare machine are where it says")
    tap.clean(wrong(counted(page), counts(root, page)),
              "the lines that it counts are there")
    tap.done()


main()
