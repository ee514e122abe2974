# SPDX-License-Identifier: BSD-2-Clause
"""
A file on its way through a machine that QEMU emulates: it is the disk of one
NVMe controller, is read by every strategy there is, and written to another
controller's disk, whose SHA-256 the host takes.  What is bounced is so on both
ways.

usage: demo.py [--json] [--only STRATEGY] IMAGE FILE
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile

import nvmefacts
import qemulib

BLOCK = 512
LEAST = 64 << 10  # of a disk
# name, what it is, memory, what the program nvme is told
STRATEGIES = (
    ("direct", "buffers of pages anywhere, each used where it is",
     "512M", "kinds=3 request=256K bounce=8M"),
    ("pieces", "also uios in pieces that no NVMe command can say",
     "512M", "request=256K bounce=8M"),
    ("reach", "buffers above 4 GiB, and 32 bits of address",
     "6G", "kinds=3 request=256K bounce=8M bits=32 far=4G"),
    ("windows", "the same, requests of 1 MiB, and 256 KiB of slots",
     "6G", "kinds=3 request=1M bounce=256K bits=32 far=4G jobs=2"),
    ("forced", "all is bounced, whatever it is",
     "512M", "kinds=3 request=256K bounce=8M forced=1"),
)


class Failed(Exception):
    """It could not be shown."""


def sha256(path, size):
    """Of the first bytes; the rest is padding, and must be zeroes."""
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        left = size
        while left > 0:
            data = f.read(min(left, 1 << 20))
            if not data:
                raise Failed("%s became shorter" % path)
            digest.update(data)
            left -= len(data)
        if any(f.read()):
            return "(not zeroes behind the file)"
    return digest.hexdigest()


def show(image, name, memory, append, disk, size):
    """Copy the disk; what came of it, as an object."""
    with tempfile.NamedTemporaryFile(prefix="busdma-to.") as to:
        os.truncate(to.name, os.path.getsize(disk))
        options = []
        for node, path, more in (("from", disk, ",readonly=on"),
                                 ("to", to.name, "")):
            # A comma in a name is doubled for QEMU.
            options += ["-drive", "file=%s,if=none,id=%s,format=raw%s" %
                        (path.replace(",", ",,"), node, more)]
        run = qemulib.run(image, "nvme do=copy " + append, timeout=600,
                          devices=["nvme,drive=from,serial=from",
                                   "nvme,drive=to,serial=to"],
                          memory=memory, options=options)
        digest = sha256(to.name, size)
    facts = nvmefacts.Facts(run)
    why = {}
    for reason, text in facts.reasons.items():
        count = sum(facts.figures.get(way + "bounced %d" % reason, 0)
                    for way in ("", "written "))
        if count:
            why[text] = count
    said = run.bad + [text for ok, text, _ in run.lines if not ok]
    return {"type": "strategy", "name": name, "memory": memory,
            "bytes": size, "bounced_bytes": sum(why.values()),
            "bounced_why": why,
            "commands": facts.figures.get("commands", 0),
            "segments": facts.figures.get("segments", 0),
            "sha256": digest, "said": said}


def tell(result, text):
    """For a person."""
    print("%-9s %11d %11d %9d %9d  %s" % (
        result["name"], result["bytes"], result["bounced_bytes"],
        result["commands"], result["segments"],
        "ok" if result["ok"] else "FAILED"))
    print("  " + text)
    for why, count in result["bounced_why"].items():
        print("  bounced %d bytes: %s" % (count, why))
    print("  %s" % result["sha256"])
    for line in result["said"]:
        print("  " + line)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=[s[0] for s in STRATEGIES])
    parser.add_argument("image")
    parser.add_argument("file")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="busdma-demo.") as folder:
        disk = os.path.join(folder, "from")
        shutil.copyfile(args.file, disk)
        size = os.path.getsize(disk)
        os.truncate(disk, max(LEAST, -(-size // BLOCK) * BLOCK))
        wanted = sha256(disk, size)
        results = []
        if not args.json:
            print("%d bytes, read and written by NVMe in QEMU; SHA-256 of the"
                  " file:\n  %s\n" % (size, wanted))
            print("%-9s %11s %11s %9s %9s" % (
                "strategy", "bytes", "bounced", "commands", "segments"),
                flush=True)
        for name, text, memory, append in STRATEGIES:
            if args.only not in (None, name):
                continue
            result = show(args.image, name, memory, append, disk, size)
            result["file_sha256"] = wanted
            result["ok"] = result["sha256"] == wanted and not result["said"]
            results.append(result)
            if args.json:
                print(json.dumps(result), flush=True)
            else:
                tell(result, text)
    failed = sum(not result["ok"] for result in results)
    if args.json:
        print(json.dumps({"type": "summary", "passed": len(results) - failed,
                          "failed": failed, "bytes": size, "sha256": wanted,
                          "ok": failed == 0}))
    else:
        print("%d passed, %d failed" % (len(results) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    # What it has made is removed.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    try:
        sys.exit(main())
    except (Failed, OSError) as e:
        print("demo: %s" % e, file=sys.stderr)
        sys.exit(2)
