# SPDX-License-Identifier: BSD-2-Clause
"""
What the program nvme tells of its requests, and what is to be true of it.

The program tells facts (common/nvme_rig.h) and judges nothing of its own data:
bytes are compared with the image's, segments with the physical runs of the
buffers, both with what QEMU's trace says it was given, and what was bounced
with what an obvious rule says of the runs.
"""

import re
import zlib

PAGE = 4096
BLOCK = 512
FORCED, REACH, ALIGNMENT, SEGMENTS = 5, 0, 1, 3  # enum bus_dma_bounced
NREASONS = 7


class Request:
    def __init__(self, number, op, lba, length, kind):
        self.number, self.op, self.kind = number, op, int(kind)
        self.lba, self.length = int(lba, 16), int(length, 16)
        self.runs = []      # of the buffer: (address, length)
        self.commands = []  # in the order in which they were sent
        self.end = None     # status, error, commands, segments, retries, crc


class Command:
    def __init__(self, op, queue, cid, lba, length):
        self.op = op
        self.key = op, queue, cid, lba, length
        self.lba, self.length = lba, length
        self.segs = []


def runs_of(text):
    return [tuple(int(n, 16) for n in run.split("+")) for run in text.split()]


class Facts:
    """Those of one run."""

    def __init__(self, run):
        self.requests, self.commands, self.figures = {}, [], {}
        self.reasons = {}  # what the library calls them
        waiting = {}  # commands of requests that are not told of yet
        for note in run.comments():
            what, _, rest = note.partition(" ")
            words = rest.split()
            match = re.match(r"((?:written )?[a-z]+(?: \d+)?): (\d+)$", note)
            if match:
                self.figures[match.group(1)] = int(match.group(2))
            elif what == "c":
                number, queue, cid, lba, length = words
                # The operation is told after the first command.
                cmd = Command(None, *(int(w, 16) for w in words[1:]))
                self.commands.append(cmd)
                waiting.setdefault(int(number), []).append(cmd)
            elif what == "why":
                self.reasons[int(words[0])] = " ".join(words[1:])
            elif what == "s":
                waiting[int(words[0])][-1].segs += runs_of(
                    " ".join(words[1:]))
            elif what == "q":
                rq = Request(int(words[0]), *words[1:])
                rq.commands = waiting.setdefault(rq.number, [])
                self.requests[rq.number] = rq
            elif what == "b":
                self.requests[int(words[0])].runs += runs_of(
                    " ".join(words[1:]))
            elif what == "e":
                self.requests[int(words[0])].end = [
                    int(w, 16) for w in words[1:]]
        for rq in self.requests.values():
            for cmd in rq.commands:
                cmd.op = rq.op
                cmd.key = (rq.op,) + cmd.key[1:]


class Traced:
    """A read or write that QEMU was given."""

    def __init__(self, queue, cid):
        self.queue, self.cid = queue, cid
        self.op = self.lba = self.length = None
        self.mapped = []  # (address, length) of each PRP entry

    @property
    def key(self):
        return self.op, self.queue, self.cid, self.lba, self.length


def traced(lines):
    """The reads and writes of a trace, in order."""
    found, now = [], None
    for line in lines:
        words = line.split()
        if words[0] == "pci_nvme_io_cmd":
            now = Traced(int(words[6]), int(words[2]))
        elif words[0] == "pci_nvme_admin_cmd":
            now = None
        elif words[0] in ("pci_nvme_read", "pci_nvme_write") and now:
            field = dict(zip(words[1::2], words[2::2]))
            if words[0] == "pci_nvme_write":
                match = re.search(r"nlb (\d+) count (\d+) lba (0x[0-9a-f]+)",
                                  line)
                field["count"], field["lba"] = match.group(2, 3)
            now.op = words[0][9]
            now.lba, now.length = int(field["lba"], 16), int(field["count"])
            found.append(now)
        elif words[0] == "pci_nvme_map_addr" and now:
            now.mapped.append((int(words[2], 16), int(words[4])))
    return found


def pages(segs):
    """Segments, cut at pages."""
    cut = []
    for addr, length in segs:
        while length > 0:
            n = min(length, PAGE - addr % PAGE)
            cut.append((addr, n))
            addr, length = addr + n, length - n
    return cut


def told_is_traced(facts, trace):
    """What differs between the driver's segments and QEMU's PRP entries."""
    bad, pending = [], {}
    for cmd in facts.commands:
        pending.setdefault(cmd.key, []).append(cmd)
    for was in traced(trace):
        mine = pending.get(was.key)
        if not mine:
            bad.append("QEMU was given what nobody told of: %s" % (was.key,))
        elif pages(mine.pop(0).segs) != was.mapped:
            bad.append("other pages than were told: %s" % (was.key,))
    for key, left in pending.items():
        bad += ["QEMU was not given %s" % (key,)] * len(left)
    return bad


def joints_fit(segs):
    """Only the first may begin inside a page, only the last end there."""
    return all((a + n) % PAGE == 0 and b % PAGE == 0
               for (a, n), (b, _) in zip(segs, segs[1:]))


def legal(facts, maxxfer):
    """What PRP entries can't say, or is not the request's."""
    bad = []
    for rq in facts.requests.values():
        at = rq.lba
        for cmd in rq.commands:
            if cmd.lba == rq.lba:
                at = rq.lba  # it began, or began again
            if cmd.lba != at or cmd.length > maxxfer or \
                    sum(n for _, n in cmd.segs) != cmd.length:
                bad.append("request %d: a command that is not its next part"
                           % rq.number)
            if not joints_fit(cmd.segs) or cmd.segs[0][0] % 4 != 0:
                bad.append("request %d: %s" % (rq.number, cmd.segs))
            at += cmd.length // BLOCK
        if at != rq.lba + rq.length // BLOCK:
            bad.append("request %d is not done as a whole" % rq.number)
    return bad


def data(facts, image):
    """Requests that failed, or read what the image does not have."""
    bad = []
    for rq in facts.requests.values():
        if rq.end is None or rq.end[0] != 0:
            bad.append("request %d: %s" % (rq.number, rq.end))
        elif rq.op == "r" and rq.end[5] != zlib.crc32(
                image[rq.lba * BLOCK:rq.lba * BLOCK + rq.length]):
            bad.append("request %d read other bytes" % rq.number)
    return bad


def places(rq, reach, forced):
    """
    Of a request that is one command: [address in its page, bytes, reason or
    None] of each piece of the buffer as the layers would place it.
    """
    out = []
    for addr, length in rq.runs:
        cut = min(max(reach - addr, 0), length)
        for a, n in ((addr, cut), (addr + cut, length - cut)):
            if n == 0:
                continue
            if forced:
                out.append((a % PAGE, n, FORCED))
            elif a >= reach:
                out.append((a % PAGE, n, REACH))
            elif a % 4 != 0:
                out.append((0, n, ALIGNMENT))
            else:
                out.append((a % PAGE, n, None))
    return out


def bounced(facts, bits=64, forced=False):
    """
    (bytes by reason, bytes that the syncs of reads copied out) as they should
    be, with enough slots: what is out of reach, or not aligned; all of a buffer
    that would stand unaligned in its slots; and all of one whose pieces PRP
    entries can't say, which is loaded once more.
    """
    reach, by, out = 1 << bits, [0] * NREASONS, 0
    for rq in facts.requests.values():
        pieces = places(rq, reach, forced)
        if any(why is not None and a % 4 != 0 for a, _, why in pieces):
            pieces = [(0, rq.length, ALIGNMENT)]
        for _, n, why in pieces:
            if why is not None:
                by[why] += n
        copied = sum(n for _, n, why in pieces if why is not None)
        if not joints_fit([(a, n) for a, n, _ in pieces]):
            by[SEGMENTS] += rq.length
            copied = rq.length
        out += copied if rq.op == "r" else 0
    return by, out


def direct(facts):
    """Requests whose buffer the device was not given where it is."""
    return ["request %d: %s" % (rq.number, rq.commands[0].segs)
            for rq in facts.requests.values()
            if joints_fit(rq.runs) and rq.runs[0][0] % 4 == 0 and
            pages(rq.commands[0].segs) != pages(rq.runs)]
