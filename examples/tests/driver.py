#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A driver is portable: what it includes, and what it leaves undefined.

usage: driver.py NM ARCHIVE|- SOURCE...
"""
import re
import subprocess
import sys

INCLUDES = re.compile(r"<busdma/(bus_dma|bus_dmapool|isa_dma|mbuf|uio"
                      r"|[a-z]*reg)\.h>|<std(bool|def|int)\.h>")
SYMBOLS = re.compile(r"bus_dma(map|mem|tag|pool)_[a-z_]+|isa_d(ma|rq)[a-z_]*"
                     r"|env_[a-z0-9_]+|mem(cpy|move|set|cmp)"
                     r"|_GLOBAL_OFFSET_TABLE_")


def bad_includes(text, own):
    """What a source may not include; "own" are the driver's headers."""
    found = re.findall(r'^\s*#\s*include\s*(<[^>]*>|"[^"]*")', text, re.M)
    return [name for name in found
            if not INCLUDES.fullmatch(name) and name not in own]


def bad_symbols(listing):
    """Undefined in the archive, defined in none of its members."""
    undefined, defined = set(), set()
    for line in listing.splitlines():
        words = line.split()
        if len(words) >= 2 and words[-2] in ("U", "w"):
            undefined.add(words[-1])
        elif len(words) == 3:
            defined.add(words[-1])
    return sorted(name for name in undefined - defined
                  if not SYMBOLS.fullmatch(name))


def main():
    nm, archive, sources = sys.argv[1], sys.argv[2], sys.argv[3:]
    own = {'"%s"' % "/".join(name.split("/")[-n:])
           for name in sources if name.endswith(".h") for n in (1, 2)}
    results = [
        ("the checks see what is wrong",
         [] if bad_includes("#include <stdio.h>\n", own) == ["<stdio.h>"] and
         bad_includes('# include "x.h"\n', own) == ['"x.h"'] and
         bad_symbols("  U malloc\n0 T f\n  U f\n  U memset\n") == ["malloc"]
         else ["they do not"])]
    for name in sources:
        with open(name, encoding="utf-8") as f:
            results.append(("what %s includes" % name.split("/")[-1],
                            bad_includes(f.read(), own)))
    if archive == "-":
        results.append(("what it leaves undefined "
                        "# SKIP an instrumented build", []))
    else:
        listing = subprocess.run([nm, archive], check=True,
                                 stdout=subprocess.PIPE).stdout.decode()
        results.append(("what it leaves undefined", bad_symbols(listing)
                        if re.search(r" T [a-z]+_attach$", listing, re.M)
                        else ["no listing"]))
    print("1..%d" % len(results))
    for i, (name, bad) in enumerate(results, 1):
        print("%s %d - %s" % ("not ok" if bad else "ok", i, name))
        for what in bad:
            print("# " + what)
    return 1 if any(bad for _, bad in results) else 0


if __name__ == "__main__":
    sys.exit(main())
