# SPDX-License-Identifier: BSD-2-Clause
"""
busdma_porting(7) and the template keep up with the tree: every member of the
platform's table is in both, and the
lines that the page counts are those that there are.

usage: porting.py root
"""

import re
import sys

import lintlib
import mdoc

FILES = {"bench": "tests/bench/port.c", "flat": "src/md/flat/flat.c",
         "template": "src/md/template/template.c",
         "simhooks": "src/md/sim/simhooks.c"}
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
    want["it without its host"] = (want[FILES["template"]] -
                                   lines(text[start:end]))
    return want


def wrong(said, want):
    bad = ["%s is not counted" % n for n in want if n not in said]
    bad += ["%s is no port" % n for n in said if n not in want]
    return bad + ["%s: the page says %d lines, there are %d" %
                  (n, said[n], want[n]) for n in said if n in want and
                  abs(said[n] - want[n]) * 100 > SLACK * want[n]]


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
    tap.clean(wrong(counted(page), counts(root, page)),
              "the lines that it counts are there")
    tap.done()


main()
