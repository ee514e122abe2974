# SPDX-License-Identifier: BSD-2-Clause
"""What some suites of a build run, and no more, as targets of ninja.

usage: testdeps.py BUILD SUITE...
"""

import json
import os
import subprocess
import sys


def introspect(build, what):
    out = subprocess.run(["meson", "introspect", "--" + what, build],
                         stdout=subprocess.PIPE, check=True)
    return json.loads(out.stdout)


def main():
    build, suites = sys.argv[1], set(sys.argv[2:])
    wanted = set()
    for test in introspect(build, "tests"):
        if suites & {s.split(":")[-1] for s in test["suite"]}:
            wanted.update(test["depends"])
    for target in introspect(build, "targets"):
        if target["id"] in wanted:
            for name in target["filename"]:
                print(os.path.relpath(name, build))


main()
