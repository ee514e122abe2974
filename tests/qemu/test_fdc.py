# SPDX-License-Identifier: BSD-2-Clause
"""
The driver of examples/fdc, by way of the PC's DMA controller, on a q35 with a
floppy controller on its ISA bus: a disk is read, and each byte of it replaced by
its complement, from and to memory of every kind.  What was read, and what is on
the disk afterwards, is judged here.

usage: test_fdc.py IMAGE
"""

import hashlib
import os
import random
import sys
import tempfile

import qemulib

SIZE = 80 * 2 * 18 * 512


def fdc(image, append, path=None, options="", machine="q35"):
    """A machine with a drive, and perhaps a disk in it."""
    drive = []
    if path:
        drive = ["-drive", "if=none,id=fd0,format=raw,file=%s%s" %
                 (path, options)]
    isa = [] if machine == "pc" else ["-device", "isa-fdc,id=f0"]
    return qemulib.run(
        image, "fdc " + append, memory="5G", machine=machine,
        options=drive + isa +
        ["-device", "floppy,unit=0,drive-type=144" +
         (",drive=fd0" if path else "")])


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def whole_disk(image, tap, tmp):
    """Each byte of a disk is read, and written."""
    data = random.Random(1440).randbytes(SIZE)
    complement = bytes(byte ^ 0xff for byte in data)
    path = os.path.join(tmp, "disk")
    with open(path, "wb") as f:
        f.write(data)
    run = fdc(image, "disk=rw", path)
    tap.add("floppy", run)
    said = [note for note in run.comments() if "sha256" in note]
    tap.ok(said[:1] == ["sha256: " + sha256(data)],
           "what was read is the disk", said)
    tap.ok(said[1:] == ["sha256: " + sha256(complement)],
           "what was written was read", said)
    with open(path, "rb") as f:
        after = f.read()
    tap.ok(len(after) == SIZE and sha256(after) == sha256(complement),
           "what is on the disk is what was written")


def read_only(image, tap, tmp):
    data = random.Random(1440).randbytes(SIZE)
    path = os.path.join(tmp, "readonly")
    with open(path, "wb") as f:
        f.write(data)
    run = fdc(image, "disk=ro", path, ",readonly=on")
    tap.add("read-only", run)
    tap.ok("sha256: " + sha256(data[30 * 512:][:65536]) in run.comments(),
           "what was read is on the disk")


def main():
    image = sys.argv[1]
    tap = qemulib.Tap()
    with tempfile.TemporaryDirectory() as tmp:
        read_only(image, tap, tmp)
        whole_disk(image, tap, tmp)
        tap.add("empty", fdc(image, "disk=none"))
    tap.done()


if __name__ == "__main__":
    main()
