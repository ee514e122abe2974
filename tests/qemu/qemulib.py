# SPDX-License-Identifier: BSD-2-Clause
"""
Runs an image of tests/qemu in QEMU, and makes one stream of TAP of several
runs.

    tap = qemulib.Tap()
    run = qemulib.run(image, "edu mask=28", devices=["edu"], memory="6G")
    tap.add("mask of 28 bits", run)     # its lines, and what is wrong with it
    tap.ok(run.value("moves") == 3, "three moves")
    tap.done()

By hand, with the serial port on the terminal, and more of QEMU's options:

    python3 qemulib.py IMAGE "conformance tag=pci32 case=data/ring" -m 6G

A run is green when the machine ended by itself with the status of a pass, its
lines are numbered without a gap up to its plan, none of them is red, and QEMU
itself said nothing (edu's "clamping DMA" is said so).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lint"))
import lintlib  # noqa: E402

PASS, FAIL = 33, 35  # of isa-debug-exit: v << 1 | 1
QEMU = "qemu-system-x86_64"
# Virtual time: 2^10 ns an instruction, and none is waited for.
ICOUNT = "shift=10,sleep=off"
LINE = re.compile(r"(ok|not ok) (\d+)(?: - | )(.*)$")
PLAN = re.compile(r"1\.\.(\d+)$")
SKIP = re.compile(r"# SKIP (.*)$")


class Run:
    """What came of one machine."""

    def __init__(self, status, serial, said, trace):
        self.status = status  # of QEMU; 124: it did not end
        self.serial = serial  # what the program wrote
        self.said = said      # what QEMU wrote
        self.trace = trace    # of QEMU's events, lines
        self.lines = []       # (ok, text, why skipped or None)
        self.notes = {}       # number of the line before: comments
        self.bad = []         # what is wrong with the run
        self.parse()

    def parse(self):
        """The TAP of the serial port; see that none of it is missing."""
        plan = None
        for line in self.serial.splitlines():
            line = line.rstrip("\r")
            match = LINE.match(line)
            if plan is not None:
                self.bad.append("behind the plan: " + line)
            elif match:
                if int(match.group(2)) != len(self.lines) + 1:
                    self.bad.append("line %d is missing: %s" %
                                    (len(self.lines) + 1, line))
                skip = SKIP.search(match.group(3))
                self.lines.append((match.group(1) == "ok", match.group(3),
                                   skip.group(1) if skip else None))
            elif line.startswith("#"):
                self.notes.setdefault(len(self.lines), []).append(
                    line[1:].strip())
            elif PLAN.match(line):
                plan = int(PLAN.match(line).group(1))
            else:
                self.bad.append(line)
        if plan is None:
            self.bad.append("no plan")
        elif plan != len(self.lines) or plan == 0:
            self.bad.append("a plan of %d and %d lines" %
                            (plan, len(self.lines)))
        due = PASS if all(ok for ok, _, _ in self.lines) else FAIL
        if self.status == 124:
            self.bad.append("it did not end")
        elif self.status != due:
            self.bad.append("status %d and not %d" % (self.status, due))
        self.bad += ["QEMU: " + line for line in self.said.splitlines()]

    def green(self):
        return not self.bad and all(ok for ok, _, _ in self.lines)

    def comments(self):
        return [note for n in sorted(self.notes) for note in self.notes[n]]

    def value(self, key):
        """The number of a comment "key: number"; None: there is none."""
        for note in self.comments():
            match = re.match(re.escape(key) + r": (0x[0-9a-f]+|\d+)$", note)
            if match:
                return int(match.group(1), 0)
        return None


def command(image, append, devices=(), memory="512M", machine="q35",
            cpus=1, options=(), icount=ICOUNT, qemu=QEMU):
    """QEMU's, without where its output goes."""
    # Its disk is the host's, which knows nothing of virtual time: no time-out
    # may pass while it works.  (What a floppy is read from is read at once.)
    if any(word.startswith("nvme") for word in [*devices, *options]):
        icount = None
    line = [qemu, "-M", machine, "-m", memory, "-display", "none",
            "-nodefaults", "-no-reboot", "-smp", str(cpus),
            "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-kernel", image, "-append", append]
    if icount is not None:
        line += ["-icount", icount]
    else:
        line += ["-accel", "tcg,thread=multi"]
    for device in devices:
        line += ["-device", device]
    return line + list(options)


def run(image, append, timeout=60, trace=None, **machine):
    """
    Run a program of the image.  `machine': devices, a list of what -device
    takes; memory; machine; cpus; options, more of QEMU's; icount, None where
    time is the host's and each CPU a thread, as it is with an NVMe.  `trace':
    patterns of QEMU's events, whose lines are run.trace.
    """
    line = command(image, append, **machine)
    with tempfile.TemporaryDirectory() as tmp:
        serial, events = os.path.join(tmp, "serial"), os.path.join(tmp, "trace")
        line += ["-chardev", "file,id=tap,path=" + serial,
                 "-serial", "chardev:tap"]
        for pattern in trace or ():
            line += ["-trace", pattern]
        if trace:
            line += ["-D", events]
        done = subprocess.run(["timeout", "-k", "5", str(timeout)] + line,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        return Run(done.returncode, slurp(serial),
                   done.stdout.decode(errors="replace"),
                   slurp(events).splitlines())


def slurp(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


class Tap(lintlib.Tap):
    """One stream of the lines of many runs; without QEMU there is none."""

    def __init__(self):
        super().__init__()
        if shutil.which(QEMU) is None:
            lintlib.skip_all("no " + QEMU)

    def say(self, text):
        print("# " + text, flush=True)

    def add(self, name, result, notes=True):
        """
        The lines of a run, each with the name before it, and one that is red
        when something else is wrong with the run.
        """
        for i in range(len(result.lines) + 1):
            if i != 0:
                good, text, _ = result.lines[i - 1]
                self.ok(good, "%s: %s" % (name, text))
            for note in result.notes.get(i, ()) if notes else ():
                self.say(note)
        self.ok(not result.bad, name + ": the run", result.bad)
        return result.green()


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: qemulib.py IMAGE PROGRAM [OPTION...]")
    line = command(sys.argv[1], sys.argv[2],
                   options=["-serial", "stdio"] + sys.argv[3:])
    sys.exit(subprocess.run(line, check=False).returncode != PASS)


if __name__ == "__main__":
    main()
