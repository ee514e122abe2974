# SPDX-License-Identifier: BSD-2-Clause
"""
What the archive needs and what it defines: four memory functions, and names
that begin with bus_dma or busdma_.

usage: symbols.py nm archive cpu [reason to skip]
"""

import re
import sys

import lintlib

NEEDED = {"memcpy", "memmove", "memset", "memcmp"}
# The compiler's memory helpers, and its own names for those functions.
EABI = re.compile(r"__aeabi_mem(cpy|move|set|clr)[48]?$")
# NetBSD's names for the DMA controller of a PC are as public as bus_dma.
OURS = re.compile(r"((bus_dma|busdma_|isa_dma|isa_drq_)\w+|"
                  r"isa_(malloc|free|mappage))$")
# In code that can be placed anywhere: the linker's own, and (32-bit x86) the
# compiler's thunks, of which each object has its own copy.
LINKER = {"_GLOBAL_OFFSET_TABLE_"}
I386 = re.compile(r"__x86\.get_pc_thunk\.\w+$")


def parse(listing):
    """Names that are undefined, and global names that are defined."""
    undefined, defined = set(), set()
    for line in listing.splitlines():
        m = re.match(r"(?:[0-9a-fA-F]+)?\s+([A-Za-z?])\s+(\S+)$", line)
        if m is None:
            continue
        kind, name = m.groups()
        if kind in "Uw":
            undefined.add(name)
        elif kind.isupper() or kind in "uv":
            defined.add(name)
    return undefined - defined, defined


def wanted(undefined, cpu):
    return ["needs " + n for n in sorted(undefined)
            if n not in NEEDED | LINKER and not (cpu == "arm" and EABI.match(n)) and
            not (cpu == "x86" and I386.match(n))]


def named(defined, cpu):
    return ["defines " + n for n in sorted(defined)
            if not OURS.match(n) and not (cpu == "x86" and I386.match(n))]


def self_test(tap):
    text = ("a.o:\n"
            "0000000000000000 T busdma_a\n"
            "                 U busdma_b\n"
            "                 U memcpy\n"
            "                 U %s\n"
            "0000000000000010 t helper\n"
            "b.o:\n"
            "0000000000000000 T busdma_b\n"
            "0000000000000000 %s %s\n")
    for bad in ("malloc", "__udivdi3", "__stack_chk_fail", "busdma_gone",
                "__aarch64_ldadd4_relax"):
        undefined, _ = parse(text % (bad, "R", "bus_dma_x"))
        tap.finds(wanted(undefined, "x86_64"), "an undefined " + bad)
    undefined, defined = parse(text % ("memset", "R", "bus_dma_x"))
    tap.clean(wanted(undefined, "x86_64") + named(defined, "x86_64"),
              "self-test: a good archive passes")
    for kind in "TDBR":
        _, defined = parse(text % ("memset", kind, "load_helper"))
        tap.finds(named(defined, "x86_64"), "a name of kind %s that is not "
                  "the library's" % kind)


def main():
    nm, archive, cpu = sys.argv[1:4]
    if len(sys.argv) > 4:
        lintlib.skip_all(sys.argv[4])
    tap = lintlib.Tap()
    self_test(tap)
    status, out = lintlib.run([nm, archive])
    undefined, defined = parse(out)
    tap.ok(status == 0 and "bus_dmamap_load" in defined,
           "the archive holds the library", [out])
    tap.clean(wanted(undefined, cpu), "needs only memcpy, memmove, memset, "
              "memcmp")
    tap.clean(named(defined, cpu), "every global name begins with bus_dma or "
              "busdma_")
    tap.done()


main()
