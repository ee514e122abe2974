# SPDX-License-Identifier: BSD-2-Clause
"""
tools/demo.sh --qemu, as a person and as a program see it: a file goes through
an emulated machine, and comes back by every strategy.

usage: test_demo.py IMAGE
"""

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import qemulib

IMAGE = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPT = os.path.join(HERE, "..", "..", "tools", "demo.sh")
FIELDS = {
    "name": str, "memory": str, "bytes": int, "bounced_bytes": int,
    "bounced_why": dict, "commands": int, "segments": int, "sha256": str,
    "file_sha256": str, "said": list, "ok": bool,
}
# By strategy: whether all of the file is bounced, and why.
WHY = {
    "direct": set(), "pieces": {"in too many segments"},
    "reach": {"out of reach"}, "windows": {"out of reach"},
    "forced": {"forced"},
}


def run(*args):
    return subprocess.run(args, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=240, check=False)


def demo(*args):
    return run(sys.executable, os.path.join(HERE, "demo.py"), *args)


def make(folder, name, size):
    path = os.path.join(folder, name)
    data = random.Random(size).randbytes(size)
    with open(path, "wb") as f:
        f.write(data)
    return path, hashlib.sha256(data).hexdigest()


def padded(size):
    return max(65536, -(-size // 512) * 512)


def objects(tap, name, p, size, digest):
    """The strategies of a run with --json, each complete and true."""
    objs = [json.loads(line) for line in p.stdout.decode().splitlines()]
    bad = [p.stderr.decode()] if p.returncode != 0 else []
    for o in objs[:-1]:
        bad += [f for f, kind in FIELDS.items() if type(o[f]) is not kind]
        if not o["ok"] or o["said"] or o["bytes"] != size or \
                not o["sha256"] == o["file_sha256"] == digest:
            bad.append(o)
        elif sum(o["bounced_why"].values()) != o["bounced_bytes"]:
            bad.append("the reasons of %s" % o["name"])
        elif not 0 < o["commands"] <= o["segments"]:
            bad.append("the commands of %s" % o["name"])
    last = objs[-1]
    if last != {"type": "summary", "passed": len(objs) - 1, "failed": 0,
                "bytes": size, "sha256": digest, "ok": True}:
        bad.append(last)
    tap.ok(not bad and len(objs) > 1, name, bad)
    return {o["name"]: o for o in objs[:-1]}


def check_all(tap, folder):
    size = 3 * 1024 * 1024 + 77
    path, digest = make(folder, "some", size)
    got = objects(tap, "every strategy", demo("--json", IMAGE, path), size,
                  digest)
    tap.ok({name: set(o["bounced_why"]) for name, o in got.items()} == WHY,
           "what each of them bounces, and why", got.values())
    both = 2 * padded(size)
    tap.ok(all(got[name]["bounced_bytes"] == both
               for name in ("reach", "windows", "forced")) and
           0 < got["pieces"]["bounced_bytes"] < both, "and how much", got.values())
    tap.ok(got["windows"]["commands"] > got["reach"]["commands"],
           "windows are more commands")


def check_files(tap, folder):
    for size in (0, 1, 511, 65536, 65537):
        path, digest = make(folder, "a,b size %d" % size, size)
        objects(tap, "a file of %d bytes" % size,
                demo("--json", "--only", "direct", IMAGE, path), size, digest)


def check_person(tap, folder):
    path, digest = make(folder, "person", 100000)
    p = demo("--only", "reach", IMAGE, path)
    lines = p.stdout.decode().splitlines()
    tap.ok(p.returncode == 0 and p.stderr == b"" and
           lines[-1] == "1 passed, 0 failed" and
           sum(digest in line for line in lines) == 2 and
           sum(bool(re.match(r"reach .* ok$", line)) for line in lines) == 1
           and max(len(line) for line in lines) <= 80,
           "a table", lines)


def check_failures(tap, folder):
    path, _ = make(folder, "failures", 1000)
    p = demo("--json", "--only", "direct", path, path)
    objs = [json.loads(line) for line in p.stdout.decode().splitlines()]
    tap.ok(p.returncode == 1 and not objs[0]["ok"] and objs[0]["said"] and
           objs[-1]["failed"] == 1, "what is no image", objs)
    p = demo("--only", "direct", path, path)
    tap.ok(p.returncode == 1 and b"FAILED" in p.stdout and
           p.stdout.endswith(b"0 passed, 1 failed\n"), "for a person")
    p = demo(IMAGE, path + ".gone")
    tap.ok(p.returncode == 2 and p.stderr.startswith(b"demo: "),
           "a file that is not there", [p.stderr])
    tap.ok(demo("--only", "none", IMAGE, path).returncode == 2,
           "a strategy that there is not")


def check_script(tap, folder):
    p = run(SCRIPT, "--help")
    tap.ok(p.returncode == 0 and b"--qemu [FILE]" in p.stdout, "demo.sh --help")
    for option in ("--seed", "--show", "--trace"):
        p = run(SCRIPT, "--qemu", option, "1")
        tap.ok(p.returncode == 2 and p.stdout == b"" and
               option.encode() in p.stderr, "demo.sh --qemu " + option)
    p = run(SCRIPT, "--qemu", os.path.join(folder, "gone"))
    tap.ok(p.returncode == 2 and b"no such file" in p.stderr,
           "demo.sh with a file that is not there")


def main():
    tap = qemulib.Tap()
    for check in (check_all, check_files, check_person, check_failures,
                  check_script):
        with tempfile.TemporaryDirectory() as folder:
            check(tap, folder)
    tap.done()


main()
