# SPDX-License-Identifier: BSD-2-Clause
"""
The NVMe driver on bare machines: a disk image is read and copied by direct
mapping, by bounces of all kinds, and by windows; and what goes wrong.

usage: test_nvme.py IMAGE
"""

import hashlib
import os
import random
import sys
import tempfile

import nvmefacts
import qemulib

SIZE = 8 << 20


def disk(path, name, more="", device=""):
    return (["-drive", "file=%s,if=none,id=%s,format=raw%s" %
             (path, name, more)],
            "nvme,drive=%s,serial=%s%s" % (name, name, device))


class Nvme:
    def __init__(self, image, tap, folder):
        self.image, self.tap, self.folder = image, tap, folder
        self.data = random.Random(6).randbytes(SIZE)
        self.from_path = self.file("from", self.data)
        # Of several runs, the bytes of each strategy.
        self.figures = {}

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def run(self, name, append, disks, trace=True, **machine):
        """A run whose lines are green, or it is told; and its facts."""
        options = sum((d[0] for d in disks), [])
        run = qemulib.run(self.image, append, timeout=120,
                          trace=["pci_nvme_*"] if trace else None,
                          devices=[d[1] for d in disks], options=options,
                          **machine)
        self.tap.add(name, run, notes=False)
        return run, nvmefacts.Facts(run)

    def check(self, name, what, bad):
        self.tap.ok(not bad, "%s: %s" % (name, what), bad[:8])

    def sweep(self, name, append, bits=64, forced=False, device="",
              bounces=True, **machine):
        """Every offset, length and kind; all is judged."""
        run, facts = self.run(
            name, "nvme do=sweep facts=1 " + append,
            [disk(self.from_path, "from", ",readonly=on", device)], **machine)
        check = lambda what, bad: self.check(name, what, bad)
        fig = facts.figures.get
        check("the bytes of the image",
              nvmefacts.data(facts, self.data) or
              ["no requests"] * (len(facts.requests) < 200))
        check("parts and segments that PRP entries can say",
              nvmefacts.legal(facts, fig("maxxfer", 0)))
        check("QEMU was given the segments, and no others",
              nvmefacts.told_is_traced(facts, run.trace))
        if bits == 64 and not forced:
            check("no copy of what can be used where it is",
                  nvmefacts.direct(facts))
        check("several were in flight",
              [] if fig("inflight", 0) > 4 else [fig("inflight")])
        check("no stray completion", [] if fig("stray") == 0 else ["one"])
        if not bounces:
            return facts
        by, out = nvmefacts.bounced(facts, bits, forced)
        got = [fig("bounced %d" % i) for i in range(nvmefacts.NREASONS)]
        check("bytes bounced, by reason",
              [] if by == got else ["should be %s" % by, "is %s" % got])
        # Where all is bounced, the lists are, too.
        filled = fig("filled") if forced else out
        check("bytes copied",
              [] if (out, filled) == (fig("out"), fig("filled")) else
              ["should be %d" % out, "is %s, %s filled" %
               (fig("out"), fig("filled"))])
        return facts

    def copy(self, name, append, **machine):
        """The image, to another disk; the host compares."""
        to_path = self.file("to", bytes(SIZE))
        run, facts = self.run(
            name, "nvme do=copy facts=1 " + append,
            [disk(self.from_path, "from", ",readonly=on"),
             disk(to_path, "to")], **machine)
        check = lambda what, bad: self.check(name, what, bad)
        with open(to_path, "rb") as f:
            sums = [hashlib.sha256(x).hexdigest()
                    for x in (self.data, f.read())]
        check("SHA-256 of the image that was written",
              [] if sums[0] == sums[1] else sums)
        check("parts and segments that PRP entries can say",
              nvmefacts.legal(facts, facts.figures.get("maxxfer", 0)))
        check("QEMU was given the segments, and no others",
              nvmefacts.told_is_traced(facts, run.trace))
        return facts


def all_of_it(nvme):
    nvme.sweep("direct", "odd=0 kinds=3", bounces=False)
    nvme.sweep("bounced to be aligned", "bounce=8M")
    nvme.sweep("all bounced", "bounce=16M forced=1", forced=True)
    nvme.sweep("bounced for reach", "bounce=8M bits=32 far=4G", bits=32,
               memory="6G")
    nvme.sweep("two pairs, shallow, polled",
               "bounce=8M pairs=2 depth=5 polled=1")
    # QEMU takes no more than 1024 PRP entries.
    nvme.sweep("lists of lists",
               "bounce=32M maxxfer=%d jobs=5" % (1023 * nvmefacts.PAGE),
               device=",mdts=10")
    nvme.copy("copied directly", "bounce=8M")
    nvme.copy("copied, all bounced", "bounce=8M forced=1")
    nvme.copy("copied, bounced for reach", "bounce=8M bits=32 far=4G",
              memory="6G")


def main():
    tap = qemulib.Tap()
    with tempfile.TemporaryDirectory() as folder:
        all_of_it(Nvme(sys.argv[1], tap, folder))
    tap.done()


if __name__ == "__main__":
    main()
