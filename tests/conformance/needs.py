# SPDX-License-Identifier: BSD-2-Clause
"""
What the archive that a porter links needs: the library, and memcpy and its
sisters.  TAP.

usage: needs.py nm archive library
"""

import re
import subprocess
import sys

# Names of the compiler's and the linker's own, by target.
TOLERATED = re.compile(r"_GLOBAL_OFFSET_TABLE_$|__aeabi_mem\w+$|"
                       r"__x86\.get_pc_thunk\.\w+$|\.TOC\.$")
SISTERS = {"memcpy", "memmove", "memset", "memcmp"}


def symbols(nm, archive):
    """Names that are undefined, and names that are defined."""
    text = subprocess.run([nm, archive], stdout=subprocess.PIPE, check=True,
                          text=True).stdout
    undefined, defined = set(), set()
    for m in re.finditer(r"^[0-9a-fA-F]* +([A-Za-z]) (\S+)$", text, re.M):
        (undefined if m.group(1) in "Uw" else defined).add(m.group(2))
    return undefined - defined, defined


def main():
    nm, archive, library = sys.argv[1:]
    needs, has = symbols(nm, archive)
    gives = symbols(nm, library)[1]
    strange = sorted(n for n in needs - gives - SISTERS
                     if not TOLERATED.match(n))
    sane = "conf_run" in has and "bus_dmamap_load" in needs
    print("%sok 1 - nm tells of the archive" % ("" if sane else "not "))
    print("%sok 2 - nothing but the library and memcpy's kind is needed" %
          ("not " if strange else ""))
    for n in strange:
        print("# needs " + n)
    print("1..2")
    return 1 if strange or not sane else 0


if __name__ == "__main__":
    sys.exit(main())
