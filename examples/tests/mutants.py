#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every sync of a driver, and more of it, is missed when it is gone.

A source of the driver is compiled without one of its syncs, with half of one,
or with another mistake of the driver's table, and linked with the driver's
tests: one of them must fail.  What it was stands behind each line of TAP.

A table, DRIVER/mutants.py, defines SOURCES, by their names below examples, and
MISTAKES: what is replaced (it must stand once in all of them together), by
what, and what that is.

usage: mutants.py [--jobs N] TABLE INCLUDE-DIR... -- CC... -- CASES ARCHIVE...
"""
import argparse
import concurrent.futures
import os
import re
import runpy
import selectors
import subprocess
import sys
import tempfile
import time

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir)
PATIENCE = 300  # seconds, for the driver as it is

sys.dont_write_bytecode = True


def function_of(source, at):
    """The name of the function in which an offset lies."""
    names = re.findall(r"^([a-z_0-9]+)\(", source[:at], re.M)
    return names[-1]


def without_syncs(source):
    """(name, source) of each: a sync is gone, or is one of its two halves."""
    for n, m in enumerate(re.finditer(r"bus_dmamap_sync\([^;]*;", source), 1):
        name = "sync %d, in %s" % (n, function_of(source, m.start()))
        cut = lambda text: source[:m.start()] + text + source[m.end():]
        yield name + ": gone", cut(";")
        both = re.search(r"(BUS_DMASYNC_\w+) \| (BUS_DMASYNC_\w+)", m[0])
        either = re.search(r"\? (BUS_DMASYNC_\w+)\s*: (BUS_DMASYNC_\w+)", m[0])
        for i in 1, 2:
            if both:
                yield ("%s: only %s" % (name, both[i]),
                       cut(m[0].replace(both[0], both[i])))
            if either:
                yield ("%s: always %s" % (name, either[i]),
                       cut(m[0].replace(either[0], "? %s : %s" % (
                           either[i], either[i]))))


def mutants(sources, mistakes):
    """(name, file, source) of each."""
    for path, text in sources.items():
        for name, mutated in without_syncs(text):
            yield name, path, mutated
    yield from edited(sources, mistakes)


def edited(sources, mistakes):
    """(name, file, source) of each of a table."""
    for old, new, name in mistakes:
        # Where the text has changed, the table must follow.
        found = [p for p, text in sources.items()
                 for _ in range(text.count(old))]
        if len(found) != 1:
            raise ValueError("in the sources %d times: %s" % (len(found), old))
        yield name, found[0], sources[found[0]].replace(old, new)


class Silence(Exception):
    """A program says nothing any more."""


def lines(program, limit):
    """What it prints; Silence where nothing comes for so many seconds."""
    rest, fd = b"", program.stdout.fileno()
    with selectors.DefaultSelector() as sel:
        sel.register(fd, selectors.EVENT_READ)
        while sel.select(limit):
            data = os.read(fd, 65536)
            if not data:
                return
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                yield line.decode(errors="replace")
    raise Silence


class Tests:
    """A driver's tests, to be linked with the driver."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.limit = PATIENCE

    def build(self, *texts):
        """The program, with these for the driver's sources; or None."""
        base = tempfile.mktemp(dir=self.folder)
        files = ["%s-%d.c" % (base, i) for i in range(len(texts))]
        for name, text in zip(files, texts):
            with open(name, "w", encoding="utf-8") as f:
                f.write(text)
        built = subprocess.run(
            self.args.cc + ["-std=c11", "-O1", "-w"] +
            ["-I" + d for d in self.args.include] + files +
            ["-o", base, "-Wl,--whole-archive",
             self.args.archives[0], "-Wl,--no-whole-archive"] +
            self.args.archives[1:] + ["-lcmocka"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if built.returncode == 0:
            return base
        sys.stderr.write(built.stdout.decode(errors="replace"))
        return None

    def run(self, exe):
        """(which case failed, or None; the longest silence in seconds)."""
        env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
        longest, last, passed = 0.0, time.monotonic(), 0
        with subprocess.Popen([exe], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, env=env) as program:
            try:
                for line in lines(program, self.limit):
                    now = time.monotonic()
                    longest, last = max(longest, now - last), now
                    if line.startswith("not ok"):
                        return line.split(" - ", 1)[-1], longest
                    passed += line.startswith("ok")
                status = program.wait(self.limit)
            except (Silence, subprocess.TimeoutExpired):
                return "its time limit", longest
            finally:
                program.kill()
        if status != 0 or passed == 0:
            return "how it ended: %d" % status, longest
        return None, longest


def attempt(tests, text):
    """Which case sees it; None: none; False: it does not build."""
    exe = tests.build(text)
    if exe is None:
        return False
    seen, _ = tests.run(exe)
    os.unlink(exe)
    return seen


def tell(number, good, name, why):
    print("%s %d - %s" % ("ok" if good else "not ok", number, name))
    if why:
        print("# " + why)
    sys.stdout.flush()


def parse(argv):
    ap = argparse.ArgumentParser()
    # Meson runs several of these at once.
    ap.add_argument("--jobs", type=int, default=1)
    ap.add_argument("table")
    ap.add_argument("include", nargs="+")
    first = argv.index("--")
    second = argv.index("--", first + 1)
    args = ap.parse_args(argv[:first])
    args.cc, args.archives = argv[first + 1:second], argv[second + 1:]
    return args


def main():
    args = parse(sys.argv[1:])
    table = runpy.run_path(args.table)
    sources = {}
    for path in table["SOURCES"]:
        with open(os.path.join(EXAMPLES, path), encoding="utf-8") as f:
            sources[path] = f.read()
    todo = list(mutants(sources, table["MISTAKES"]))
    print("1..%d" % (len(todo) + 1))
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        tests = Tests(args, folder)
        exe = tests.build(*sources.values())
        seen, longest = tests.run(exe) if exe else ("the compiler", 0)
        failed = int(seen is not None)
        tell(1, seen is None, " ".join(sources) + ": as it is passes", seen)
        # Ten times as long as any case takes; machines have busy moments.
        tests.limit = max(10, 10 * longest)
        results = pool.map(lambda t: attempt(tests, t[2]), todo)
        for number, ((name, path, _), seen) in enumerate(
                zip(todo, results), 2):
            failed += not seen
            tell(number, bool(seen), "%s: %s" % (path, name),
                 "seen by " + seen if seen else
                 "nobody sees it" if seen is None else "it does not compile")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
