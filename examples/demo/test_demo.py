#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""busdma-demo as a person and as a program see it, in TAP.

usage: test_demo.py BUSDMA-DEMO DEMO.SH all|some|emulated
"""
import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

# Meson says what runs the programs of another machine.
DEMO = [*shlex.split(os.environ.get("MESON_EXE_WRAPPER", "")), sys.argv[1]]
SCRIPT, MODE = sys.argv[2:4]
FIELDS = {
    "name": str, "description": str, "page_size": int, "cache_line": int,
    "shortcut": str,
    "bytes": int, "loads": int, "fragments": int, "segments": int,
    "segments_per_load": float, "most_segments": int, "splits": int,
    "most_in_flight": int, "seconds": float, "bytes_per_second": int,
    "sha256": str, "file_sha256": str, "reports": int, "leaks": int,
    "ok": bool,
}
# Of every show: what of it went through slots.
BOUNCED = {
    "bounced_loads": int, "bounced_bytes": int, "bounced_why": dict,
    "copied_in": int, "filled": int, "copied_out": int, "slots": int,
    "slots_high": int, "slots_short": int,
}
SHOWS = {
    "network": {
        "packets": int, "bytes": int, "compacted": int, "stalls": int,
        "seconds": float, "bytes_per_second": int,
    },
    "grabber": {
        "frames": int, "frame_bytes": int, "lost": int, "fragments": int,
        "segments": int, "most_in_flight": int, "process_pages": int,
        "seconds": float, "bytes_per_second": int,
    },
}
SHOW_NAMES = ["disk", "network", "frame grabber"]
LABELS = ["map: disk data", "map: disk command ring",
          "map: disk completion ring", "map: disk table", "device: disk",
          "map: net: rx buffer", "map: net: tx packet", "device: net"]


def run(*args, **kw):
    return subprocess.run(args, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=240, **kw)


def make(folder, name, size):
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    block = hashlib.sha512(os.fsencode(name)).digest()
    with open(path, "wb") as f:
        f.write((block * (size // len(block) + 1))[:size])
    return path


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def objects(out):
    return [json.loads(line) for line in out.decode("utf-8").splitlines()]


def check_bounced(o):
    """The figures of what was bounced fit together."""
    for field, kind in BOUNCED.items():
        assert type(o[field]) is kind, field
    why = o["bounced_why"]
    assert sum(why.values()) == o["bounced_bytes"]
    assert (o["bounced_loads"] > 0) == (o["bounced_bytes"] > 0)
    assert o["filled"] <= o["copied_in"]
    assert o["slots_high"] <= o["slots"]


def check_json(path, *args):
    """Run on a file; every object is complete and true."""
    p = run(*DEMO, "--json", *args, "--", path)
    assert p.returncode == 0, p.stderr
    objs = objects(p.stdout)
    machines = [o for o in objs if o["type"] == "machine"]
    others, summary = objs[len(machines):-1], objs[-1]
    shows = {} if "--show" in args else SHOWS
    size, want = os.path.getsize(path), digest(path)
    assert summary["type"] == "summary" and summary["ok"] is True
    assert summary["passed"] == len(objs) - 1 and summary["failed"] == 0
    names = [m["name"] for m in machines]
    for show, fields in shows.items():
        lines = [o for o in others if o["type"] == show]
        assert [o["name"] for o in lines] == names, show
        for o in lines:
            assert o["ok"] is True and o["reports"] == 0 and o["leaks"] == 0
            check_bounced(o)
            for field, kind in fields.items():
                assert type(o[field]) is kind and o[field] >= 0, field
    assert summary["bytes"] == size and summary["sha256"] == want
    for m in machines:
        assert m["type"] == "machine"
        check_bounced(m)
        for field, kind in FIELDS.items():
            assert type(m[field]) is kind, (field, m[field])
        assert m["sha256"] == m["file_sha256"] == want
        assert m["ok"] is True and m["reports"] == 0 and m["leaks"] == 0
        assert m["bytes"] == size
        assert (m["loads"] > 0) == (size > 0)
        assert m["loads"] <= m["segments"] or size == 0
        if size > 0:
            assert abs(m["segments_per_load"] -
                       m["segments"] / m["loads"]) < 0.001
    return machines


def test_json(folder):
    machines = check_json(make(folder, "some", 3 * 1024 * 1024 + 77))
    by_name = {m["name"]: m for m in machines}
    assert len(by_name) == len(machines) >= 7
    assert {m["shortcut"] for m in machines} == {"on", "off", "whole"}
    assert {m["cache_line"] for m in machines} == {0, 16, 32, 64, 128}
    # The host's own page where that is larger.
    assert {m["page_size"] for m in machines} in ({4096, 65536},
                                                  {8192, 65536})
    for m in machines:
        assert 1 < m["most_in_flight"] <= 16
    small = by_name["small-segments"]
    assert small["splits"] > 0 and 1 < small["most_segments"] <= 17
    assert small["segments"] > small["fragments"] // 2
    assert by_name["contiguous"]["fragments"] < \
        by_name["fragmented"]["fragments"] < \
        by_name["single-pages"]["fragments"]
    for name in "contiguous", "fragmented", "single-pages", "64k-pages":
        assert by_name[name]["segments"] == by_name[name]["fragments"], name


def test_bounced(folder):
    pieces = "in too many segments"
    size = 2 * 1024 * 1024
    machines = check_json(make(folder, "bounced", size), "--show", "disk")
    bounced = {m["name"]: m["bounced_why"] for m in machines}
    reasons = {
        "bounce-24": "out of reach", "bounce-30": "out of reach",
        "bounce-32": "out of reach", "bounce-memory": "out of reach",
        "bounce-align": "not aligned",
        "bounce-one": pieces, "bounce-forced": "forced",
        "cache-24": "out of reach", "cache-one": pieces,
        "cache-forced": "forced",
    }
    for name, why in reasons.items():
        assert bounced[name].get(why, 0) > 0, (name, bounced[name])
    for m in machines:
        name, why = m["name"], m["bounced_why"]
        # Every byte of the file, to the disk and back.
        if "forced" in name:
            assert sum(why.values()) >= 2 * size, (name, why)
            assert m["copied_in"] >= size and m["copied_out"] >= size, name
        elif name not in reasons:
            assert not why, (name, why)


def test_seeds_differ(folder):
    path = make(folder, "seeds", 300000)
    loads = {check_json(path, "--seed", str(seed), "--only",
                        "fragmented", "--show", "disk")[0]["fragments"]
             for seed in range(1, 6)}
    assert len(loads) > 1


def test_sizes(folder):
    for size in 0, 1, 511, 512, 513, 4096, 262144 + 1:
        check_json(make(folder, "size%d" % size, size), "--show", "disk")


def test_names(folder):
    for name in b'-dash', b'quo"te\\', b'new\nline', b'\xff\xfe', "é".encode():
        p = run(*DEMO, "--json", "--only", "windows", "--show", "disk", "--",
                make(folder, os.fsdecode(name), 5000))
        assert p.returncode == 0, p.stderr
        assert objects(p.stdout)[-1]["ok"] is True


def test_person(folder):
    path = make(folder, "person", 100000)
    p = run(*DEMO, os.fsdecode(path))
    assert p.returncode == 0 and p.stderr == b""
    lines = p.stdout.decode().splitlines()
    assert re.fullmatch(r"[0-9]+ passed, 0 failed", lines[-1])
    assert max(len(line) for line in lines[1:]) <= 80
    rows = [line for line in lines if line.startswith("ok ")]
    assert len(rows) == int(lines[-1].split()[0])
    disk = [line for line in rows if " 100000 " in line]
    assert len(rows) == (1 + len(SHOWS)) * len(disk) and len(disk) >= 7
    assert len({line.index(" 100000 ") for line in disk}) == 1
    assert sum(digest(path) in line for line in lines) == 2 * len(disk)
    assert any(re.fullmatch(r"     bounced [0-9]+ bytes in [0-9]+ loads, .*",
                            line) for line in lines)


def test_progress(folder):
    path = make(folder, "progress", 100000)
    p = run(*DEMO, "--progress", "--show", "disk", os.fsdecode(path))
    assert p.returncode == 0
    assert b"writing" in p.stderr and b"reading" in p.stderr
    assert b"100%" in p.stderr and b"\n" not in p.stderr


def test_wrong_sum(folder):
    path = os.fsdecode(make(folder, "wrong", 1000))
    some = ["--only", "fragmented"]
    p = run(*DEMO, "--sha256", "0" * 64, *some, path)
    assert p.returncode == 1
    lines = p.stdout.decode().splitlines()
    assert re.fullmatch(r"[0-9]+ passed, [1-9][0-9]* failed", lines[-1])
    p = run(*DEMO, "--json", "--sha256", "0" * 64, *some, path)
    assert p.returncode == 1
    objs = objects(p.stdout)
    for o in objs:
        bad = o["type"] in ("machine", "summary")
        assert o["ok"] is not bad and ("why" in o) == (o["type"] == "machine")


def check_trace(events):
    """What a viewer needs, and what the page of one shows."""
    spans, open_names, last, marks, rows = {}, {}, {}, set(), {}
    for e in events:
        row = e["pid"], e["tid"]
        if e["ph"] == "M":
            if e["name"] == "thread_name":
                assert row not in rows
                rows[row] = e["args"]["name"]
            continue
        assert e["ph"] == "C" or row in rows
        stack = spans.setdefault(row, [])
        assert e["ts"] >= last.get(row, 0)
        last[row] = e["ts"]
        if e["ph"] == "B":
            # A load, and inside it, without gaps, who has the bytes.
            if not stack:
                assert e["name"].startswith("loaded, ")
            else:
                assert len(stack) == 1
                assert e["name"] in ("CPU", "device", "device, in part")
                assert stack[0] in (None, e["ts"])
                stack[0] = None
            stack.append(e["ts"])
            open_names.setdefault(row, []).append(e["name"])
        elif e["ph"] == "E":
            assert open_names[row].pop() == e["name"]
            stack.pop()
            if stack:
                stack[0] = e["ts"]
        elif e["ph"] == "i":
            marks.add(e["name"])
    spans = [row for row, stack in spans.items() if stack]
    assert not spans
    return rows, marks


def test_trace(folder):
    path = make(folder, "traced", 700000)
    trace = folder + "/trace.json"
    p = run(*DEMO, "--trace", trace, path)
    assert p.returncode == 0, p.stderr
    with open(trace) as f:
        events = json.load(f)["traceEvents"]
    rows, marks = check_trace(events)
    names = {e["args"]["name"] for e in events if e["ph"] == "M" and
             e["name"] == "process_name"}
    for show in SHOW_NAMES:
        assert any(name.startswith(show + " on ") for name in names), show
    assert {"PREREAD", "POSTREAD", "PREWRITE", "POSTWRITE", "device reads",
            "device writes", "interrupt"} <= marks
    assert any(m.startswith("register 0x") for m in marks)
    labels = set(rows.values())
    for label in LABELS:
        assert label in labels, label
    assert not any("without a label" in label for label in labels), labels
    p = run(*DEMO, "--trace", folder + "/none/trace", path)
    assert p.returncode == 2 and b"none/trace" in p.stderr


def test_usage(folder):
    path = os.fsdecode(make(folder, "usage", 10))
    for args in ([], [path, path], ["--nonsense", path], ["--seed", "x", path],
                 ["--sha256", "12", path], ["--only", "none", path],
                 ["--show", "none", path],
                 [folder + "/none"], [folder], ["/dev/null"]):
        p = run(*DEMO, *args)
        assert p.returncode == 2 and p.stderr and not p.stdout, args
    p = run(*DEMO, "--help")
    assert p.returncode == 0 and b"usage" in p.stdout


def test_script_refuses(folder):
    """demo.sh says no before it installs or builds anything."""
    path = os.fsdecode(make(folder, "script", 10))
    os.symlink(folder + "/none", folder + "/dangling")
    for args, word in (([folder + "/none"], b"no such file"),
                       ([folder], b"directory"),
                       ([folder + "/dangling"], b"nowhere"),
                       (["/dev/null"], b"not a regular file"),
                       ([""], b"empty"),
                       ([path, path], b"one file"),
                       (["--nonsense"], b"no such option"),
                       (["--seed"], b"needs a value")):
        p = run("bash", SCRIPT, *args, cwd="/")
        assert p.returncode == 2 and word in p.stderr, (args, p.stderr)
        assert not p.stdout and p.stderr.count(b"\n") == 1, args


def test_cleans_up(folder):
    """Nothing stays in TMPDIR, at the end or after a signal."""
    tmp = os.path.join(folder, "tmp")
    os.mkdir(tmp)
    env = dict(os.environ, TMPDIR=tmp)
    path = os.fsdecode(make(folder, "clean", 20 * 1024 * 1024))
    assert run(*DEMO, "--only", "windows", path, env=env).returncode == 0
    assert os.listdir(tmp) == []
    p = subprocess.Popen([*DEMO, "--progress", path], env=env,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while b"writing" not in p.stderr.read(16):
        pass
    p.send_signal(signal.SIGINT)
    time.sleep(0.01)
    p.stderr.read()
    assert p.wait() == -signal.SIGINT
    assert os.listdir(tmp) == []


def some(folder):
    """What differs where the compiler does, on each machine."""
    check_json(make(folder, "some", 300 * 1024 + 77))


def emulated(folder):
    """What of all this a machine can do whose CPU is a program."""
    path = make(folder, "some", 300 * 1024 + 77)
    for name in "contiguous", "small-segments", "cache-64":
        assert [m["name"] for m in check_json(path, "--only", name)] == [name]


def main():
    tests = [(name, func) for name, func in sorted(globals().items())
             if name.startswith("test_")]
    if MODE != "all":
        tests = [(MODE, {"some": some, "emulated": emulated}[MODE])]
    failed = 0
    print("1..%d" % len(tests))
    for i, (name, func) in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                func(folder)
                print("ok %d - %s" % (i, name))
            except Exception as e:  # a test that breaks has failed
                failed += 1
                print("not ok %d - %s" % (i, name))
                tb = e.__traceback__
                while tb.tb_next:
                    tb = tb.tb_next
                print("# line %d: %s: %s" % (
                    tb.tb_lineno, type(e).__name__, str(e).replace("\n", " ")))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
