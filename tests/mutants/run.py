#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Is every mutant seen?  Builds the library and the runners of the conformance
suite without Meson, mutates one place of the sources at a time, and passes
where the case that is named for it turns red.  TAP on standard output.

usage: run.py [--cc CC] [--root DIR] [--no-sim] [--jobs N] [NAME...]
"""
import argparse
import concurrent.futures
import copy
import os
import queue
import re
import resource
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from mutants import MUTANTS  # noqa: E402

FLAGS = ['-std=c11', '-w', '-D_GNU_SOURCE', '-Iinclude',
         '-Itests/conformance']
SUPPORT = {
    'flat': ['tests/conformance/run_flat.c', 'tests/support/conf_flat.c',
             'tests/support/conf_cache.c', 'tests/support/conf_told.c',
             'tests/support/conf_tap.c'],
    'layers': ['tests/conformance/run_layers.c', 'tests/support/conf_flat.c',
               'tests/support/conf_cache.c', 'tests/support/conf_told.c',
               'tests/support/conf_record.c', 'tests/support/conf_tap.c'],
    'sim': ['tests/conformance/run_sim.c', 'tests/support/conf_sim.c',
            'tests/support/conf_cache.c', 'tests/support/conf_told.c',
            'tests/support/conf_tap.c'],
}
TIMEOUT = 10  # seconds, for one that waits for what doesn't come


def sources(root, folder):
    return sorted(os.path.join(folder, f)
                  for f in os.listdir(os.path.join(root, folder))
                  if f.endswith('.c'))


class Build:
    """A tree of sources with its objects."""

    def __init__(self, root, top, cc, sim):
        self.cc, self.top = cc, top
        for d in ('include', 'src', 'tests/conformance', 'tests/support'):
            shutil.copytree(os.path.join(root, d), os.path.join(top, d))
        self.obj = os.path.join(top, 'obj')
        os.mkdir(self.obj)
        self.lib = (sources(top, 'src/mi') + sources(top, 'src/md/direct') +
                    sources(top, 'src/md/bounce') +
                    ['src/md/flat/flat.c', 'src/md/x86/tag.c', self.cpu()])
        self.suite = [s for s in sources(top, 'tests/conformance')
                      if not os.path.basename(s).startswith('run_')]
        self.sim = sources(top, 'src/md/sim') if sim else []
        self.runners = ['flat', 'layers'] + (['sim'] if sim else [])
        self.deps, self.limits = {}, {}

    def another(self, top):
        """The same, in a tree of its own."""
        other = copy.copy(self)
        shutil.copytree(self.top, top)
        other.top, other.obj = top, os.path.join(top, 'obj')
        return other

    def cpu(self):
        m = subprocess.run([self.cc, '-dumpmachine'], stdout=subprocess.PIPE,
                           text=True, check=True).stdout
        x86 = re.match(r'(x86_64|i[3-6]86)', m)
        return 'src/md/x86/cpu.c' if x86 else 'src/md/generic/cpu.c'

    def object(self, src):
        return os.path.join(self.obj, src.replace('/', '_') + '.o')

    def optimize(self, src):
        """What is compiled for each mutant is compiled quickly; the rest once,
        to run quickly."""
        return '-O0' if src in self.lib else '-O1'

    def compile(self, srcs):
        """Two at a time; returns the text of what failed, or ''."""
        text, running = '', []
        for s in list(srcs) + [None, None]:
            if len(running) == 2 or (s is None and running):
                p = running.pop(0)
                out = p.communicate()[0]
                if p.returncode != 0:
                    text += out
            if s is not None:
                running.append(subprocess.Popen(
                    [self.cc] + FLAGS + [self.optimize(s), '-MMD', '-c', s,
                                         '-o', self.object(s)],
                    cwd=self.top, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, text=True))
        return text

    def all(self):
        s = set(self.lib + self.suite + self.sim)
        for r in self.runners:
            s.update(SUPPORT[r])
        return sorted(s)

    def read_deps(self):
        """Which sources include which file of the tree."""
        for s in self.all():
            with open(self.object(s)[:-2] + '.d', encoding='utf-8') as f:
                words = f.read().replace('\\\n', ' ').split()
            for w in words[1:]:
                self.deps.setdefault(os.path.normpath(w), set()).add(s)

    def linked(self, runner):
        srcs = self.lib + self.suite + SUPPORT[runner]
        return srcs + self.sim if runner == 'sim' else srcs

    def link(self, runner):
        srcs = self.linked(runner)
        exe = os.path.join(self.top, 'run-' + runner)
        p = subprocess.run([self.cc, '-o', exe] +
                           [self.object(s) for s in srcs] + ['-pthread'],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
        if p.returncode != 0:
            raise RuntimeError(p.stdout)
        return exe


def spent():
    """Seconds of the CPU, of all programs that have ended."""
    r = resource.getrusage(resource.RUSAGE_CHILDREN)
    return r.ru_utime + r.ru_stime


def run(exe, case=None, timeout=TIMEOUT, limit=None):
    """Returns (ended well, the cases that failed, those that passed).  `limit'
    is in seconds of the CPU."""
    cmd = [exe] + ([case] if case else [])
    if limit is not None:
        cmd = ['sh', '-c', 'ulimit -t %d && exec "$@"' % limit, 'sh'] + cmd
    try:
        p = subprocess.run(cmd, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True,
                           timeout=timeout, errors='replace')
    except subprocess.TimeoutExpired:
        return False, [], []
    red = re.findall(r'^not ok \d+ - \S+ (\S+)', p.stdout, re.M)
    # A case that is skipped in every configuration has shown nothing.
    good = re.findall(r'^ok \d+ - \S+ (\S+)$', p.stdout, re.M)
    return p.returncode == 0 and len(good) > 0, red, good


def try_mutant(b, m):
    """None where it is seen, else why not."""
    _, path, old, new, runner, case = m
    full = os.path.join(b.top, path)
    with open(full, encoding='utf-8') as f:
        text = f.read()
    n = text.count(old)
    if n != 1:
        return 'the text to change stands there %d times' % n
    again = sorted(b.deps.get(path, set()) & set(b.linked(runner)))
    if not again:
        return 'no source depends on ' + path
    saved = {s: b.object(s) + '.saved' for s in again}
    for s in again:
        os.rename(b.object(s), saved[s])
    try:
        with open(full, 'w', encoding='utf-8') as f:
            f.write(text.replace(old, new))
        out = b.compile(again)
        if out:
            return 'it does not compile: ' + out
        well, red, _ = run(b.link(runner), case, limit=b.limits[runner])
        if well:
            return 'nobody sees it: %s %s passes' % (runner, case)
        if red and case not in red:
            return 'another case is red: ' + ' '.join(red)
        return None
    finally:
        with open(full, 'w', encoding='utf-8') as f:
            f.write(text)
        for s in again:
            os.replace(saved[s], b.object(s))


def try_all(b, todo, jobs):
    """What try_mutant says of each, in their order; `jobs' at a time."""
    trees = queue.Queue()
    trees.put(b)
    for i in range(1, jobs):
        trees.put(b.another('%s-%d' % (b.top, i)))

    def attempt(m):
        tree = trees.get()
        try:
            return try_mutant(tree, m)
        finally:
            trees.put(tree)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(attempt, todo)


def unfit(m, red, good):
    """Why a mutant shows nothing, or None."""
    if m[5] in red[m[4]]:
        return 'its case is red without it'
    if m[5] not in good[m[4]]:
        return 'no such case in ' + m[4]
    return None


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def tell(self, name, why):
        self.n += 1
        print('%sok %d - %s' % ('not ' if why else '', self.n, name))
        if why:
            self.failed += 1
            for line in why.splitlines()[:12]:
                print('# ' + line)
        sys.stdout.flush()

    def skip(self, name, why):
        self.n += 1
        print('ok %d - %s # SKIP %s' % (self.n, name, why))


def main():
    ap = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    ap.add_argument('--cc', default='cc')
    ap.add_argument('--root', default=os.path.join(here, '..', '..'))
    ap.add_argument('--no-sim', action='store_true')
    ap.add_argument('--jobs', type=int, default=2)
    ap.add_argument('names', nargs='*')
    a = ap.parse_args()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix='mutants-') as top:
        b = Build(a.root, os.path.join(top, 't'), a.cc, not a.no_sim)
        out = b.compile(b.all())
        if out:
            print('Bail out! the unmutated sources do not compile')
            print(out, file=sys.stderr)
            return 1
        b.read_deps()
        red, good = {}, {}
        for r in b.runners:
            exe, before = b.link(r), spent()
            well, names, passed = run(exe, timeout=240)
            # All cases took less than this; a mutant is shown one of them.
            b.limits[r] = 2 + int(spent() - before)
            red[r], good[r] = set(names), set(passed)
            tap.tell('unmutated/' + r, None if well else
                     'red: ' + ' '.join(sorted(red[r])))
        todo = []
        for m in MUTANTS:
            if a.names and m[0] not in a.names:
                continue
            if m[4] not in b.runners:
                tap.skip(m[0], 'no simulated machine in this build')
            elif unfit(m, red, good):
                tap.tell(m[0], unfit(m, red, good))
            else:
                todo.append(m)
        for m, why in zip(todo, try_all(b, todo, a.jobs)):
            tap.tell(m[0], why)
    print('1..%d' % tap.n)
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main())
