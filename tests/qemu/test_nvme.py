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
import zlib

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

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def run(self, name, append, disks, trace=True, says=None, tries=1,
            **machine):
        """
        A run whose lines are green, or it is told; and its facts.  QEMU is to
        say so many times what `says' has, (what, times).  One that QEMU itself
        crashes in is tried again, `tries' times in all.
        """
        options = sum((d[0] for d in disks), [])
        for left in reversed(range(tries)):
            run = qemulib.run(self.image, append, timeout=120,
                              trace=["pci_nvme_*"] if trace else None,
                              devices=[d[1] for d in disks], options=options,
                              **machine)
            if run.status >= 0 or left == 0:
                break
            self.tap.say("%s: QEMU crashed, signal %d; once more" %
                         (name, -run.status))
        if says:
            told = [bad for bad in run.bad if says[0] in bad]
            run.bad = [bad for bad in run.bad if bad not in told]
            self.tap.ok(len(told) == says[1], "%s: QEMU says %d times: %s" %
                        (name, len(told), says[0]))
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
              ["no requests"] * (len(facts.requests) < 50))
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


    def windows(self, name, append, slots, **machine):
        """Requests that are longer than all slots: in parts."""
        facts = self.copy(name, append, **machine)
        commands = sum(len(rq.commands) for rq in facts.requests.values())
        long = [rq for rq in facts.requests.values() if rq.length > slots]
        self.check(name, "parts of no more than the slots, %d of %d requests" %
                   (commands, len(facts.requests)),
                   ["no long request"] * (not long) +
                   [c.key for rq in facts.requests.values()
                    for c in rq.commands if c.length > slots])
        reads = SIZE
        fig = facts.figures.get
        self.check(name, "all of it was copied, %s bytes" % fig("out"),
                   [] if reads <= fig("out", 0) <= 2 * reads else ["out"])

    def wrong(self, name, append, more="", device="", tries=1, **machine):
        """What goes wrong; the lines tell, and what was read is compared."""
        copy = self.file("copy", self.data)
        run, facts = self.run(
            name, "nvme do=errors facts=1 " + append,
            [disk(copy, "copy", more, device)], tries=tries, **machine)
        good = [rq for rq in facts.requests.values()
                if rq.end and rq.end[0] == 0]
        self.check(name, "%d reads that succeeded" % len(good),
                   ["none"] * (not good) +
                   ["request %d" % rq.number for rq in good if
                    rq.op == "r" and rq.end[5] != zlib.crc32(
                        self.data[rq.lba * 512:rq.lba * 512 + rq.length])])
        with open(copy, "rb") as f:
            self.check(name, "nothing was written",
                       [] if f.read() == self.data else ["it was"])


def errors(nvme):
    nvme.wrong("refused", "bounce=8M")
    nvme.wrong("refused, and without end", "bounce=8M forced=1 polled=1"
               " patience=500 pairs=2")
    # The host holds back what comes after the first request of half a second.
    # QEMU 7.2 crashes now and then where a controller is reset.
    nvme.wrong("reset", "bounce=8M held=1", ",throttling.iops-total=2",
               tries=4)
    nvme.wrong("unaligned, and nothing bounces", "only=unbounced")
    nvme.wrong("not to be bounced", "only=unbounced bounce=8M")
    # Sixteen seconds of the host's for each request.
    nvme.run("late", "nvme do=errors only=slow polled=1",
             [disk(nvme.from_path, "from",
                   ",readonly=on,throttling.bps-total=1000")], trace=False)
    # Out of reach: nothing at all can be read.
    run, facts = nvme.run(
        "out of reach, and nothing bounces",
        "nvme do=errors facts=1 only=unbounced bits=32 far=4G",
        [disk(nvme.from_path, "from", ",readonly=on")], memory="6G")
    nvme.check("out of reach, and nothing bounces", "no command was sent",
               [c.key for c in facts.commands])
    options = ["if=none,id=bad,driver=blkdebug,image.driver=raw",
               "image.file.driver=file,image.file.filename=" +
               nvme.file("bad", nvme.data)]
    for n, (way, sector, once) in enumerate((
            ("read", 16, "on"), ("read", 64, "off"),
            ("write", 128, "off"))):
        options += ["inject-error.%d.%s" % (n, option) for option in (
            "event=none", "iotype=" + way, "errno=5", "once=" + once,
            "sector=%d" % sector)]
    # Once, and twice as often as the driver tries.
    nvme.run("the medium fails", "nvme do=errors facts=1 only=medium",
             [(["-drive", ",".join(options)], "nvme,drive=bad,serial=bad")],
             says=("aio failed: Input/output error", 1 + 2 * 5))
    nvme.run("hooks fail", "nvme do=fails bounce=1M forced=1 depth=3",
             [disk(nvme.from_path, "from", ",readonly=on")], trace=False)
    nvme.run("hooks fail, nothing bounces", "nvme do=fails depth=3 pairs=2",
             [disk(nvme.from_path, "from", ",readonly=on")], trace=False)


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
               "bounce=32M maxxfer=%d jobs=5 least=512K" % (1023 * nvmefacts.PAGE),
               device=",mdts=10")
    nvme.copy("copied directly", "bounce=8M")
    nvme.copy("copied, all bounced", "bounce=8M forced=1")
    nvme.copy("copied, bounced for reach", "bounce=8M bits=32 far=4G",
              memory="6G")
    nvme.windows("by windows", "bounce=256K forced=1 request=1M jobs=3"
                 " depth=8", 256 << 10)
    nvme.windows("by windows, for reach", "bounce=192K bits=32 far=4G jobs=2"
                 " request=2M kinds=3", 192 << 10, memory="6G")
    nvme.windows("all of it in two requests", "bounce=256K forced=1 jobs=1"
                 " depth=4 request=4M whole=1 kinds=1", 256 << 10)


def main():
    tap = qemulib.Tap()
    with tempfile.TemporaryDirectory() as folder:
        nvme = Nvme(sys.argv[1], tap, folder)
        all_of_it(nvme)
        errors(nvme)
    tap.done()


if __name__ == "__main__":
    main()
