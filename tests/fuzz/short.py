#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A short run of a libFuzzer harness, the same each time.

usage: short.py HARNESS CORPUS RUNS FOLDER

New inputs are thrown away; one that fails is kept in FOLDER.  Speaks TAP.
"""

import os
import subprocess
import sys
import tempfile


def main():
    harness, corpus, runs, keep = sys.argv[1:5]
    os.makedirs(keep, exist_ok=True)
    name = os.path.basename(harness)
    with tempfile.TemporaryDirectory() as new:
        done = subprocess.run(
            [harness, "-runs=" + runs, "-seed=1", "-max_len=1024",
             "-print_final_stats=1", "-artifact_prefix=%s/%s-" % (keep, name),
             new, corpus],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace")
    lines = done.stdout.splitlines()
    stats = {line.split()[0]: line.split()[-1] for line in lines
             if line.startswith("stat::")}
    executed = int(stats.get("stat::number_of_executed_units:", 0))
    good = done.returncode == 0 and executed >= int(runs)
    print("1..1")
    print("%s 1 - %s, %s runs" % ("ok" if good else "not ok", name, runs))
    if not good:
        print("# exit status %d, %d inputs" % (done.returncode, executed))
        for line in lines[-60:]:
            print("# " + line)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
