# SPDX-License-Identifier: BSD-2-Clause
"""What the lint scripts share: TAP, the list of files, running a program."""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True


class Tap:
    """Test results on standard output, numbered as they come."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, notes=()):
        self.count += 1
        if not good:
            self.failed += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name))
        for note in [] if good else list(notes)[:40]:
            for line in str(note).splitlines()[:40]:
                print("# " + line)
        sys.stdout.flush()
        return good

    def clean(self, complaints, name):
        """A check that found nothing."""
        self.ok(not complaints, name, complaints)

    def finds(self, complaints, what):
        """The self-test of a check: given a bad sample, it complains."""
        self.ok(bool(complaints), "self-test: finds " + what)

    def skip(self, name, why):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, why))

    def done(self):
        print("1..%d" % self.count)
        sys.exit(self.failed != 0 or self.count == 0)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def run(cmd, **kw):
    """(status, output and errors) of a command."""
    p = subprocess.run(cmd, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, **kw)
    return p.returncode, p.stdout.decode("utf-8", "replace")


def files(root):
    """The files of the repository, relative to its root."""
    status, out = 1, ""
    if shutil.which("git") is not None:
        status, out = run(["git", "-C", root, "-c", "safe.directory=*",
                           "ls-files", "-z"])
    if status == 0 and out:
        names = [n for n in out.split("\0") if n]
    else:
        # An unpacked archive: every file, without build folders.
        names = []
        for top, dirs, found in os.walk(root):
            dirs[:] = [d for d in dirs
                       if d not in (".git", "__pycache__") and
                       not os.path.exists(os.path.join(
                           top, d, "meson-private"))]
            names += [os.path.relpath(os.path.join(top, f), root)
                      for f in found]
    return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))


def read(*path):
    with open(os.path.join(*path), encoding="utf-8", errors="replace") as f:
        return f.read()
