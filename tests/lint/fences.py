# SPDX-License-Identifier: BSD-2-Clause
"""
Which fences and cache instructions stand in the functions of src/md/x86, in
which order: what they do can't be seen by a test that runs.

usage: fences.py objdump archive cpu [reason to skip]
"""

import re
import sys

import lintlib

# Those of lines come by again and again, and count once.
LOOP = {"clflush", "clflushopt", "clwb"}
COUNT = LOOP | {"mfence", "sfence", "lfence", "cpuid", "lock"}
LONGEST = 8
# Of each function, all ways through it.
EXPECTED = {
    "x86_barrier": {()},
    "x86_known_barrier": {()},
    "x86_known_barrier_wc": {("sfence",), (), ("mfence",)},
    "x86_wb_clwb": {("clwb",)},
    "x86_wb_clflushopt": {("clflushopt",)},
    "x86_inv_clflushopt": {("clflushopt", "mfence")},
    "x86_any_clflush": {("mfence", "clflush", "mfence")},
}
NATIVE = {
    "x86_64": {"x86_barrier_wc": {("mfence",)}},
    "x86": {"x86_barrier_wc": {("lock",), ("lock", "cpuid")}},
}


def functions(listing):
    """{name: [(address, mnemonic, operands)]} of an objdump -d."""
    found, name = {}, None
    for line in listing.splitlines():
        m = re.match(r"[0-9a-f]+ <([^>+]+)>:", line)
        if m:
            name = m.group(1)
            found[name] = []
        m = re.match(r"\s*([0-9a-f]+):\t(?:rex\S* )?(lock )?(\S+)\s*(.*)", line)
        if m and name:
            found[name].append((int(m.group(1), 16),
                                "lock" if m.group(2) else m.group(3),
                                m.group(4)))
    return found


def ways(code):
    """All orders in which a function may come by what counts."""
    at = {address: i for i, (address, _, _) in enumerate(code)}
    seen, out, todo = set(), set(), [(0, ())]
    while todo:
        i, sofar = todo.pop()
        if (i, sofar) in seen:
            continue
        seen.add((i, sofar))
        if i >= len(code):
            raise ValueError("runs off its end")
        if len(sofar) > LONGEST:
            raise ValueError("has no end: " + " ".join(sofar))
        _, what, operands = code[i]
        if what in COUNT and not (what in LOOP and sofar[-1:] == (what,)):
            sofar += (what,)
        target = re.match(r"([0-9a-f]+)\b", operands)
        if what.startswith("ret"):
            out.add(sofar)
            continue
        if what.startswith("call"):
            raise ValueError("calls " + operands)
        if what.startswith("j"):
            to = at.get(int(target.group(1), 16)) if target else None
            if to is None:
                raise ValueError("jumps out of itself: " + operands)
            todo.append((to, sofar))
            if what.startswith("jmp"):
                continue
        todo.append((i + 1, sofar))
    return out


def complaints(found, name, expected):
    if name not in found:
        return [name + " is not there"]
    try:
        is_ = ways(found[name])
    except ValueError as e:
        return ["%s: %s" % (name, e)]
    # A loop that is never entered: for no bytes, of which there are none.
    never = {tuple(w for w in way if w not in LOOP) for way in expected
             if LOOP & set(way)}
    if expected <= is_ <= expected | never:
        return []
    return ["%s: %s, and not %s" % (name, sorted(is_), sorted(expected))]


GOOD = """
0000000000000000 <f>:
   0:\tmfence
   3:\ttest   %rcx,%rcx
   6:\tje     13 <f+0x13>
   8:\tclflush (%rsi)
   b:\tadd    %rax,%rsi
   e:\tsub    %rax,%rcx
  11:\tjne    8 <f+0x8>
  13:\tmfence
  16:\tret
"""


def self_test(tap):
    good = {("mfence", "clflush", "mfence")}
    tap.clean(complaints(functions(GOOD), "f", good),
              "self-test: a good function passes")
    for old, new, what in (
            ("13:\tmfence", "13:\tnop", "no fence behind"),
            ("0:\tmfence", "0:\tnop", "no fence before"),
            ("0:\tmfence", "0:\tsfence", "another fence"),
            ("8:\tclflush", "8:\tclflushopt", "another instruction"),
            ("6:\tje     13", "6:\tje     16", "a way around a fence"),
            ("8:\tclflush (%rsi)", "8:\tnop", "no instruction"),
            ("11:\tjne    8", "11:\tjne    0", "a fence for each line"),
            ("3:\ttest   %rcx,%rcx", "3:\tcall   1234 <g>", "a call"),
            ("<f>", "<g>", "no such function")):
        assert old in GOOD
        tap.finds(complaints(functions(GOOD.replace(old, new)), "f", good),
                  what)


def main():
    objdump, archive, cpu = sys.argv[1:4]
    if len(sys.argv) > 4:
        lintlib.skip_all(sys.argv[4])
    if cpu not in NATIVE:
        lintlib.skip_all("not x86")
    tap = lintlib.Tap()
    self_test(tap)
    status, out = lintlib.run([objdump, "-d", "--no-show-raw-insn", archive])
    found = functions(out)
    tap.ok(status == 0 and "bus_dmamap_load" in found,
           "the archive holds the library", [out[:2000]])
    for name, expected in sorted({**EXPECTED, **NATIVE[cpu]}.items()):
        tap.clean(complaints(found, name, expected), name)
    tap.done()


main()
