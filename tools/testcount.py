# SPDX-License-Identifier: BSD-2-Clause
"""Add up the cases of test runs.

usage: testcount.py FILE.junit.xml...

Prints each failed case, then one line: passed failed skipped.  A test program
that died, or that ran no case, counts as one failed case.
"""

import re
import sys
import xml.etree.ElementTree as ET


def parse(path):
    """A test may print what XML has no place for."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    return ET.fromstring(re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd]", "?", text))


def count(path):
    passed = failed = skipped = 0
    for suite in parse(path).iter("testsuite"):
        cases = list(suite.iter("testcase"))
        bad = 0
        for case in cases:
            if case.find("failure") is not None or \
                    case.find("error") is not None:
                bad += 1
                print("# failed: %s: %s" % (suite.get("name"),
                                            case.get("name")))
            elif case.find("skipped") is not None:
                skipped += 1
            else:
                passed += 1
        # A program that failed as a whole beside cases that all passed.
        errors = int(suite.get("errors", 0)) + int(suite.get("failures", 0))
        if bad == 0 and (errors > 0 or not cases):
            bad = 1
            print("# failed: %s" % suite.get("name"))
        failed += bad
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    for path in sys.argv[1:]:
        try:
            one = count(path)
        except (OSError, ET.ParseError) as why:
            print("# failed: %s: %s" % (path, why))
            one = (0, 1, 0)
        totals = [a + b for a, b in zip(totals, one)]
    print("%d %d %d" % tuple(totals))


main()
