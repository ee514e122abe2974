# SPDX-License-Identifier: BSD-2-Clause
"""
The archive touches no floating-point or vector register: a kernel does not
save them for it.

usage: registers.py objdump archive cpu [reason to skip]
"""

import re
import sys

import lintlib

REGISTERS = {
    "x86": re.compile(r"%(?:[xyz]mm\d+|st\b|mm\d)"),
    "aarch64": re.compile(r"\b[vqdsh]\d+(?:\.\d*[bhsd])?\b"),
}
REGISTERS["x86_64"] = REGISTERS["x86"]


def touched(listing, cpu):
    return [line.strip() for line in listing.splitlines()
            if re.match(r"\s+[0-9a-f]+:\t", line) and
            REGISTERS[cpu].search(line)]


def main():
    objdump, archive, cpu = sys.argv[1:4]
    if len(sys.argv) > 4:
        lintlib.skip_all(sys.argv[4])
    if cpu not in REGISTERS:
        lintlib.skip_all("no list of registers for " + cpu)
    tap = lintlib.Tap()
    for bad in ("   4:\tmovdqu 0x8(%rdi),%xmm0", "   9:\tfldl   (%esp),%st",
                "   c:\tvpxor %ymm1,%ymm1,%ymm1"):
        tap.finds(touched(bad, "x86_64"), bad.split("\t")[1])
    tap.clean(touched("   0:\tmov %rdi,%rax", "x86_64"),
              "self-test: general registers pass")
    status, out = lintlib.run([objdump, "-d", "--no-show-raw-insn", archive])
    tap.ok(status == 0 and "<bus_dmamap_load>:" in out,
           "the archive holds the library", [out[:2000]])
    tap.clean(touched(out, cpu), "no floating-point or vector register")
    tap.done()


main()
