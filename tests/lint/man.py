# SPDX-License-Identifier: BSD-2-Clause
"""
The manual pages are the specification: they are well formed, refer to what
there is, say what the headers say, and their examples compile.

usage: man.py root cc...
"""

import os
import re
import shutil
import sys
import tempfile

import lintlib
import mdoc

# Pages of the system that ours may refer to.
SYSTEM = {("read", "2"), ("write", "2"), ("mmap", "2"), ("open", "2"),
          ("fork", "2"), ("memcpy", "3"), ("meson", "1"),
          ("pkg-config", "1")}
REQUIRED = ["NAME", "LIBRARY", "SYNOPSIS", "DESCRIPTION", "CONTEXT",
            "EXAMPLES", "SEE ALSO"]
# A header that documents itself: the registers of a device.
PRIVATE = re.compile(r"\w+reg\.h")
STRICT = ["-std=c11", "-pedantic", "-O2", "-Wall", "-Wextra", "-Wshadow",
          "-Wstrict-prototypes", "-Wmissing-prototypes",
          "-Wold-style-definition", "-Wpointer-arith", "-Wcast-qual",
          "-Wwrite-strings", "-Wundef", "-Wvla", "-Wformat=2",
          "-Wimplicit-fallthrough", "-Wsign-compare", "-Wswitch-enum",
          "-Wno-unused-parameter", "-Wno-unused-function", "-Werror",
          "-c", "-o", os.devnull]


def lint(mandoc, path):
    _, out = lintlib.run([mandoc, "-Tlint", "-Wwarning", path])
    return [l for l in out.splitlines() if "outdated mandoc.db" not in l]


def references(name, text, pages):
    """Cross references to no page, and to no section."""
    bad = []
    for m in re.finditer(r"^\..*?\bXr +(\S+) +(\d)", text, re.M):
        page = m.groups()
        if page not in pages and page not in SYSTEM:
            bad.append("%s: refers to %s(%s)" % ((name,) + page))
    heads = set(re.findall(r"^\.S[hs] +(.*?) *$", text, re.M))
    for m in re.finditer(r"^\.(?:.* )?Sx +(.*?)(?: [,.;:)])?$", text, re.M):
        if m.group(1).strip('"') not in heads:
            bad.append("%s: no section %s" % (name, m.group(1)))
    return bad


def itself(name, text):
    """The page's own name, section, and the sections that it must have."""
    bad = []
    base, sec = name.rsplit(".", 1)
    if not re.search(r"^\.Dt %s %s$" % (base.upper(), sec), text, re.M):
        bad.append(name + ": .Dt is another page's")
    titles = [t for t, _ in mdoc.sections(text)]
    if sec == "9":
        want = list(REQUIRED)
        kinds = [k for k, _ in mdoc.synopsis(text).values()]
        if "int" in kinds:
            want += ["RETURN VALUES", "ERRORS"]
        bad += ["%s: no section %s" % (name, t) for t in want
                if t not in titles]
    names = set(re.findall(r"^\.Nm +(\S+)", "\n".join(
        mdoc.section(text, "NAME")), re.M))
    for f in mdoc.synopsis(text):
        if f.islower() and f not in names:
            bad.append("%s: %s is not in NAME" % (name, f))
    return bad


def compare(page, header, macro):
    """What the pages' SYNOPSES and the headers say of the functions."""
    bad = []
    for f in sorted(set(header) - set(page)):
        bad.append("%s is in no SYNOPSIS" % f)
    for f in sorted(set(page) - set(header)):
        if f not in macro:
            bad.append("%s is in no header" % f)
    for f in sorted(set(page) & set(header)):
        if page[f] != header[f]:
            bad.append("%s: the page says %s, the header %s" %
                       (f, page[f], header[f]))
    return bad


def mentioned(names, text):
    words = set(re.findall(r"\w+", text))
    return ["%s is in no page" % n for n in sorted(names) if n not in words]


def compiles(cc, root, text, tmp):
    path = os.path.join(tmp, "example.c")
    with open(path, "w") as f:
        f.write(text)
    status, out = lintlib.run(
        cc + STRICT + ["-I", os.path.join(root, "include"), path])
    return [] if status == 0 else [out]


BAD_PAGE = """.Dd January 1, 2026
.Dt BAD 9
.Os
.Sh NAME
.Nm bad
.Nd a bad page
.Sh SYNOPSIS
.Ft int
.Fn busdma_bad "bus_dma_tag_t t" "int flags"
.Ft void
.Fo busdma_worse
.Fa "void *p"
.Fc
.Sh DESCRIPTION
See
.Xr nowhere 9
and
.Sx Nothing .
.Sh NAME
.Sh EXAMPLES
.Bd -literal
int f(void) { return "\\en" };
.Ed
"""
BAD_HEADER = """
int busdma_bad(bus_dma_tag_t t, long flags);
void busdma_worse(void  * p);
static inline int busdma_extra(void) { return 0; }
struct s { int s_a; void (*s_hook)(int x, int y); char s_c[4], *s_d; };
enum e { E_A = 1, E_B };
#define BUSDMA_M 1
"""


def self_test(tap, mandoc, cc, root):
    page = mdoc.synopsis(BAD_PAGE)
    header = mdoc.functions(BAD_HEADER)
    found = "\n".join(compare(page, header, set()))
    tap.finds(re.search("busdma_bad: the page", found), "a wrong parameter")
    tap.finds("busdma_extra is in no SYN" in found, "a function in no page")
    tap.ok("worse" not in found, "self-test: spaces make no difference",
           [found])
    tap.finds(compare(page, {}, set()), "a function in no header")
    tap.ok(mdoc.members(BAD_HEADER) ==
           {"s_a", "s_hook", "s_c", "s_d", "E_A", "E_B"} and
           mdoc.macros(BAD_HEADER) == {"BUSDMA_M"},
           "self-test: members and macros of a header",
           [mdoc.members(BAD_HEADER)])
    tap.finds(mentioned({"pl_gone"}, "pl_gone_not"), "a member in no page")
    bad = "\n".join(references("bad.9", BAD_PAGE, set()))
    tap.finds("nowhere(9)" in bad, "a reference to no page")
    tap.finds("no section Nothing" in bad, "a reference to no section")
    bad = "\n".join(itself("worse.9", BAD_PAGE))
    tap.finds(".Dt" in bad and "CONTEXT" in bad and "ERRORS" in bad and
              "not in NAME" in bad, "a page that isn't itself")
    with tempfile.TemporaryDirectory() as tmp:
        text = mdoc.examples(BAD_PAGE)
        tap.ok('"\\n" };' in text, "self-test: an example as printed", [text])
        lines = mdoc.shown(BAD_PAGE, "EXAMPLES")
        tap.ok(lines == ['int f(void) { return "\\n" };'] and
               not mdoc.shown(BAD_PAGE, "NAME") and
               mdoc.c_string(lines[0]) ==
               '"int f(void) { return \\"\\\\n\\" };",\n',
               "self-test: a display as C strings", lines)
        tap.finds(compiles(cc, root, text, tmp), "an example that is no C")
        if mandoc:
            path = os.path.join(tmp, "bad.9")
            with open(path, "w") as f:
                f.write(BAD_PAGE)
            tap.finds(lint(mandoc, path), "a malformed page")


def main():
    root, cc = sys.argv[1], sys.argv[2:]
    # Looked for now: it may have come after the build was set up.
    mandoc = shutil.which("mandoc")
    tap = lintlib.Tap()
    self_test(tap, mandoc, cc, root)
    names = [n for n in lintlib.files(root)
             if re.match(r"man/[^/]+\.\d$", n)]
    texts = {n[4:]: lintlib.read(root, n) for n in names}
    pages = {tuple(n.rsplit(".", 1)) for n in texts}
    tap.ok(("bus_dma", "9") in pages, "there are pages")
    build = lintlib.read(root, "man", "meson.build")
    tap.clean([n for n in texts if "'%s'" % n not in build],
              "every page is installed")

    synopses, bad = {}, []
    for n in sorted(texts):
        if mandoc:
            tap.clean(lint(mandoc, os.path.join(root, "man", n)),
                      "mandoc: " + n)
        else:
            tap.skip("mandoc: " + n, "no mandoc")
        tap.clean(references(n, texts[n], pages) + itself(n, texts[n]),
                  "references and sections: " + n)
        for f, what in mdoc.synopsis(texts[n]).items():
            if f in synopses:
                bad.append("%s is in two pages" % f)
            synopses[f] = what
    tap.clean(bad, "every function is in one page")

    functions, names_said, macro = {}, set(), set()
    for n in lintlib.files(root):
        if not n.startswith("include/busdma/") or \
                PRIVATE.fullmatch(os.path.basename(n)):
            continue
        text = lintlib.read(root, n)
        functions.update(mdoc.functions(text))
        macro |= mdoc.macros(text)
        names_said |= mdoc.members(text)
    # What the host's C library declares isn't ours to describe.
    functions = {f: w for f, w in functions.items() if f.startswith(("bus", "isa_"))}
    tap.ok(len(functions) > 40, "the headers' functions are found",
           sorted(functions))
    tap.clean(compare(synopses, functions, macro),
              "pages and headers agree on every function")
    tap.clean(mentioned(names_said | macro, "\n".join(texts.values())),
              "every member, enumerator and macro is in a page")
    with tempfile.TemporaryDirectory() as tmp:
        for n in sorted(texts):
            text = mdoc.examples(texts[n])
            if text:
                tap.clean(compiles(cc, root, text, tmp),
                          "examples compile: " + n)
    tap.done()


main()
