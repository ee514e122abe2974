# SPDX-License-Identifier: BSD-2-Clause
"""Add up the cases of a test run, by suite.

usage: testcount.py FILE.junit.xml STATUS SUITE...

STATUS is how the run ended, the SUITEs are those that it was of; a program of
several counts for the first of these.  Prints each failed case, behind a #,
then a line for each suite: its name, how many passed, failed and were skipped,
and the seconds that its programs took.  A program that died, or that ran no
case, counts as one failed case; so does a run that ended with another status
than 0 and has no other; and a suite of which there was no program.
"""

import re
import sys
import xml.etree.ElementTree as ET


def parse(path):
    """A test may print what XML has no place for."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    return ET.fromstring(re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd]", "?", text))


def failed(what):
    print("# failed: " + what)
    return 1


def count(suite):
    """(passed, failed, skipped) of a program."""
    passed = bad = skipped = 0
    cases = list(suite.iter("testcase"))
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            bad += failed("%s: %s" % (suite.get("name"), case.get("name")))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    # A program that failed as a whole beside cases that all passed.
    errors = int(suite.get("errors", 0)) + int(suite.get("failures", 0))
    if bad == 0 and (errors > 0 or not cases):
        bad = failed(suite.get("name"))
    return passed, bad, skipped


def suite_name(suite, wanted):
    """Of `libbusdma.libbusdma:unit+threads / name'."""
    names = re.sub(r"^.*:(\S+) / .*$", r"\1", suite.get("name")).split("+")
    return next((w for w in wanted if w in names), names[0])


def main():
    path, status, wanted = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    totals = {}
    try:
        for suite in parse(path).iter("testsuite"):
            name = suite_name(suite, wanted)
            sums = totals.setdefault(name, [0, 0, 0, 0.0])
            one = count(suite) + (float(suite.get("time", 0)),)
            sums[:] = [a + b for a, b in zip(sums, one)]
        for name in wanted:
            if name not in totals:
                totals[name] = [0, failed("no program of " + name), 0, 0.0]
    except (OSError, ET.ParseError) as why:
        totals["?"] = [0, failed("%s: %s" % (path, why)), 0, 0.0]
    # A program that died behind its last case.
    if status != 0 and not any(sums[1] for sums in totals.values()):
        totals["?"] = [0, failed("a program ended with an error"), 0, 0.0]
    for name, sums in totals.items():
        print("%s %d %d %d %d" % (name, *sums[:3], round(sums[3])))


main()
