#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
The mistakes that busdma_porting(7) warns of, each made in a port: in the
template, or in the port that the page itself shows.  Passes where the case of
the conformance suite that the page names turns red, and where the page says
that no case does, none does.  TAP on standard output.

usage: mistakes.py [--cc CC] [--root DIR] [NAME...]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, '..', 'lint'))
import mdoc  # noqa: E402
from run import Build, TIMEOUT, Tap, run, spent  # noqa: E402

RUNNER = 'tests/conformance/run_template.c'
TEMPLATE = 'src/md/template/template.c'
MADE = 'tests/support/port_made.c'
PAGE = 'man/busdma_porting.7'
# No case of the suite sees it.
NONE = None
# Not a case: what the runner tells when no tag can be made.
TAG = 'bus_dmatag_direct'

WHILE = ('while (__atomic_exchange_n(&lk->lk_word[0], 1, __ATOMIC_ACQUIRE) '
         '!= 0)\n\t\tcontinue;')
CUT = ('bus_size_t size = pg->pg_size < MEMSIZE ? pg->pg_size : MEMSIZE;')

# (name, port, text, replacement, case); `text' stands in the port once.
MISTAKES = [
    # pl_alloc, pl_free
    ('alloc-rounds-down', TEMPLATE,
     'size_t units = (size + (UNIT - 1)) / UNIT, i, row = 0;',
     'size_t units = size / UNIT, i, row = 0;',
     '5.6/many-fragments'),
    ('alloc-twice', TEMPLATE,
     'memset(&heap_used[i - units], 1, units);', '',
     'bad/create-fields'),
    ('free-nothing', TEMPLATE,
     'memset(&heap_used[first], 0, (size + (UNIT - 1)) / UNIT);', '', TAG),
    # pl_lock, pl_unlock
    ('lock-excludes-nobody', TEMPLATE, WHILE, '', NONE),
    ('lock-zero-is-held', TEMPLATE, WHILE,
     'while (__atomic_exchange_n(&lk->lk_word[0], 0, __ATOMIC_ACQUIRE) '
     '== 0)\n\t\tcontinue;',
     'bad/create-null'),
    ('lock-mask-early', MADE,
     'uintptr_t mask = intr_disable();\n',
     'uintptr_t mask = lk->lk_word[1] = intr_disable();\n', NONE),
    # pl_pages_alloc, pl_pages_free
    ('pages-high-ignored', MADE,
     'if (high > pg->pg_high)\n\t\thigh = pg->pg_high;', '',
     '5.12/reach'),
    ('pages-high-exclusive', MADE,
     'high = pg->pg_high;', 'high = pg->pg_high - 1;',
     '5.12/reach'),
    ('pages-low-ignored', MADE,
     'low = pg->pg_low > PHYSBASE ? pg->pg_low : PHYSBASE;',
     'low = PHYSBASE;',
     '5.12/rounding'),
    ('pages-align-ignored', MADE,
     'last, pg->pg_align,', 'last, PAGE,',
     '5.12/limits-of-the-tag'),
    ('pages-align-physical', MADE,
     'if ((pg->pg_offset & (pg->pg_align - 1)) != 0)\n\t\treturn ENOMEM;',
     '',
     '5.12/alignment'),
    ('pages-boundary-ignored', MADE,
     'if (pg->pg_boundary == 0)', 'if (1)',
     '5.12/boundary'),
    ('pages-boundary-physical', MADE,
     'last = ((first + pg->pg_offset) | (pg->pg_boundary - 1)) -\n'
     '\t    pg->pg_offset;',
     'last = first | (pg->pg_boundary - 1);',
     '5.12/limits-of-the-tag'),
    ('pages-all-or-nothing', MADE,
     'for (; size >= pg->pg_min; size -= PAGE)',
     'for (; size >= pg->pg_size; size -= PAGE)',
     '5.12/exhausted'),
    ('pages-size-kept', MADE, 'pg->pg_size = size;', '',
     '5.12/exhausted'),
    ('pages-below-min', MADE, 'size >= pg->pg_min;', 'size != 0;',
     'bad/dmamem-huge'),
    ('pages-not-cut', MADE, CUT, 'bus_size_t size = pg->pg_size;',
     'bad/dmamem-huge'),
    ('pages-least-only', MADE, CUT, 'bus_size_t size = pg->pg_min;', NONE),
    ('pages-free-is-well', MADE,
     'return contig_free(addr, size);',
     'contig_free(addr, size);\n\treturn 0;',
     '5.12/double-free'),
    ('pages-free-nothing', MADE,
     'return contig_free(addr, size);', 'return 0;',
     '5.12/double-free'),
    # pl_window
    ('window-elsewhere', TEMPLATE,
     'return host_pointer(pa, (size_t)len);',
     'return host_pointer(pa + PORT_PAGESIZE, (size_t)len);',
     '5.12/map-contiguous'),
    ('window-none', TEMPLATE,
     'return host_pointer(pa, (size_t)len);', 'return NULL;',
     '5.12/map-contiguous'),
    ('window-no-offset', TEMPLATE,
     'return host_pointer(pa, (size_t)len);',
     'return host_pointer(pa & -(paddr_t)PORT_PAGESIZE, (size_t)len);',
     'port/window'),
    # pl_kmap, pl_kunmap
    ('kmap-first-segment', MADE,
     'for (; done < size; segs++)', 'for (; done < size;)',
     '5.12/map-contiguous'),
    ('kmap-first-page', MADE,
     'segs->ds_addr + off, uncached', 'segs->ds_addr, uncached',
     '5.12/map-contiguous'),
    ('kmap-not-extracted', MADE,
     'while (len != 0 && pt_lookup(as, va, &pa) == 0) {',
     'while (as != NULL && len != 0 && pt_lookup(as, va, &pa) == 0) {',
     '5.12/map-contiguous'),
    ('kmap-whole-segments', MADE,
     'off < segs->ds_len && done < size;', 'off < segs->ds_len;',
     '5.12/map-part'),
    ('kunmap-keeps', MADE,
     'kva_free((uintptr_t)kva, size);\n}', '}', NONE),
    # pl_mmap, pl_space
    ('mmap-address', TEMPLATE, 'return pa / PORT_PAGESIZE;', 'return pa;',
     NONE),
    ('space-of-the-kernel', TEMPLATE,
     'return p;\n}\n\n/*\n * HOST: host_translate',
     'return NULL;\n}\n\n/*\n * HOST: host_translate',
     '5.17/user-linear'),
    # pl_extract
    ('extract-past-the-end', TEMPLATE,
     '*leftp = last - va + 1;', '*leftp = (bus_size_t)1 << 40;',
     '5.3/no-translation'),
    ('extract-one-short', TEMPLATE,
     '*leftp = last - va + 1;', '*leftp = last - va;',
     '5.3/no-translation'),
    ('extract-too-long', TEMPLATE, 'if (left > len)\n\t\t\tleft = len;', '',
     '5.1/one-run'),
    ('extract-whole-page', TEMPLATE,
     '*leftp = PORT_PAGESIZE - offset;', '*leftp = PORT_PAGESIZE;',
     '5.17/user-linear'),
    ('extract-joins-all', TEMPLATE,
     'if (i != 0 && frags[i - 1].bf_addr + frags[i - 1].bf_len == pa)',
     'if (i != 0)',
     '5.17/user-linear'),
    ('extract-kernel-only', TEMPLATE,
     'if (p == NULL) {', 'if (true) {',
     '5.17/user-linear'),
    ('extract-no-offset', TEMPLATE, '*pap += offset;', '',
     '5.17/user-data'),
    ('extract-holes', TEMPLATE,
     'if (*pap == NOPAGE)\n\t\treturn false;', '',
     '5.17/user-hole'),
    ('extract-stands-still', MADE, '\t\tva += (uintptr_t)left;\n', '',
     '5.1/fragmented'),
    ('extract-linear-only', MADE,
     'while (len != 0 && pt_lookup(as, va, &pa) == 0) {',
     'while (as != NULL && len != 0 && pt_lookup(as, va, &pa) == 0) {',
     '5.1/fragmented'),
    ('extract-past-the-array', TEMPLATE,
     'else if (i == n)\n\t\t\tbreak;\n', '',
     'port/extract-room'),
    ('extract-all-or-nothing', TEMPLATE,
     'return i;', 'return len == 0 ? i : 0;',
     'port/extract-front'),
    # pl_cpu, the table
    ('barrier-none', TEMPLATE,
     'busdma_cpu_native.cpu_barrier(pl, ops);', '', NONE),
    ('table-size', TEMPLATE,
     '.pl_size = sizeof(port)', '.pl_size = sizeof(void *)', TAG),
    ('table-half', TEMPLATE, '.pl_pages_free = port_pages_free,', '', TAG),
]


class Ports(Build):
    """The library and the suite, compiled once, and one port at a time."""

    def __init__(self, root, top, cc):
        super().__init__(root, top, cc, False)
        self.limit = None
        with open(os.path.join(root, PAGE), encoding='utf-8') as f:
            self.page = f.read()
        self.example = os.path.join(top, 'porting-example.h')
        with open(self.example, 'w', encoding='utf-8') as f:
            f.write(mdoc.examples(self.page))

    def file(self, port):
        """Where the hooks of a port stand."""
        return self.example if port == MADE else os.path.join(self.top, port)

    def build(self, port):
        """The runner over a port; what the compiler says, or ''."""
        runner = 'runner-%d.o' % (port == MADE)
        out = ''
        if not os.path.exists(os.path.join(self.top, runner)):
            out = self.call(port, ['-c', RUNNER, '-o', runner])
        return out or self.call(
            port, [port, runner, '-o', 'port'] +
            [self.object(s) for s in self.lib + self.suite])

    def call(self, port, args):
        """The compiler, for a port; what it says when it fails."""
        flags = ['-std=c11', '-O1', '-w', '-D_GNU_SOURCE', '-Iinclude', '-I.',
                 '-Itests/conformance', '-Isrc/md/template']
        if port == MADE:
            flags.append('-DPORT_PAGESIZE=65536')
        p = subprocess.run(
            [self.cc] + flags + args, cwd=self.top, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        return p.stdout if p.returncode != 0 else ''

    def run(self, case=None):
        """(ended well, cases that are red, cases that are green)"""
        well, red, good = run(os.path.join(self.top, 'port'), case, TIMEOUT,
                              self.limit)
        return well, set(red), set(good)


def try_mistake(b, m):
    """None where the page is right, else why not."""
    _, port, old, new, case = m
    path = b.file(port)
    with open(path, encoding='utf-8') as f:
        text = f.read()
    if text.count(old) != 1:
        return 'the text to change stands there %d times' % text.count(old)
    try:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text.replace(old, new))
        out = b.build(port)
        if out:
            return 'it does not compile: ' + out
        whole = case in (NONE, TAG)
        well, red, _ = b.run(None if whole else case)
    finally:
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
    if case is NONE:
        return None if well else 'seen after all: ' + ' '.join(sorted(red))
    if well:
        return 'nobody sees it: %s passes' % case
    # None at all: the program died, or did not end.
    if red and case not in red:
        return 'another case is red: ' + ' '.join(sorted(red))
    return None


def named(page):
    """The cases that head the mistakes of the page's lists."""
    return set(re.findall(r'^\.It Li (\S+/\S+|%s)$' % TAG, page, re.M))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--cc', default='cc')
    ap.add_argument('--root', default=os.path.join(HERE, '..', '..'))
    ap.add_argument('names', nargs='*')
    a = ap.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='mistakes-') as top:
        b = Ports(a.root, os.path.join(top, 't'), a.cc)
        out = b.compile(b.lib + b.suite)
        if out:
            print('Bail out! the library does not compile')
            print(out, file=sys.stderr)
            return 1
        good = {}
        for port in (TEMPLATE, MADE):
            out, before = b.build(port), spent()
            well, red, good[port] = b.run() if not out else (False, set(), ())
            # As long as all cases took, and more.
            b.limit = max(b.limit or 0, 2 + int(spent() - before))
            tap.tell('without mistakes: ' + port, None if well else
                     out or 'red: ' + ' '.join(sorted(red)))
        said, made = named(b.page), {m[4] for m in MISTAKES} - {NONE}
        tap.tell('the page names the cases that are shown here',
                 ' '.join(sorted(said ^ made)) or None)
        for m in MISTAKES:
            if a.names and m[0] not in a.names:
                continue
            if m[4] not in (NONE, TAG) and m[4] not in good[m[1]]:
                tap.tell(m[0], 'its case is not green without it')
            else:
                tap.tell(m[0], try_mistake(b, m))
    print('1..%d' % tap.n)
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main())
