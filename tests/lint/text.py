# SPDX-License-Identifier: BSD-2-Clause
"""
Text that must not be in the repository, and scripts that must at least parse.

usage: text.py root
"""

import os
import re
import sys
import tempfile

import lintlib

# Paths of somebody's machine.
PATHS = re.compile(r"(?:^|[^\w./-])/(?:work|home/\w|root|tmp/build)[\w-]*/")
OPEN = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
CONFLICT = re.compile(r"^(?:<{7} |>{7} |={7}$)", re.M)


def lines(pattern, name, text):
    return ["%s:%d: %s" % (name, i, line.strip()[:70])
            for i, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)]


def binary(name, data):
    return [name + ": not UTF-8 text"] if b"\0" in data else []


def interpreter(name, text):
    first = text.split("\n", 1)[0]
    if re.match(r"#!.*\b(ba)?sh\b", first) or name.endswith(".sh"):
        return "bash"
    if re.match(r"#!.*\bpython", first) or name.endswith(".py"):
        return "python"
    return None


def shell(root, name):
    status, out = lintlib.run(["bash", "-n", os.path.join(root, name)])
    return [] if status == 0 else ["%s: %s" % (name, out)]


def python(root, name):
    try:
        compile(lintlib.read(root, name), name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as e:
        return ["%s: %s" % (name, e)]
    return []


def runnable(root, name, text):
    """A script is started by its #! line, or sourced and has none."""
    mode = os.stat(os.path.join(root, name)).st_mode & 0o111
    if text.startswith("#!") and not mode:
        return [name + ": has a #! line and is not executable"]
    if mode and not text.startswith("#!"):
        return [name + ": is executable and has no #! line"]
    return []


def self_test(tap):
    for bad in ("see /" + "work/main/x", "'/" + "tmp/build-x/y'",
                "x=/" + "root/a/b"):
        tap.finds(lines(PATHS, "a", bad), "the path in: " + bad[:3] + "...")
    for good in ("a/work/b", "include/busdma", "/tmp/x", "http://work/"):
        tap.clean(lines(PATHS, "a", good), "self-test: passes " + good)
    for word in ("TO" + "DO", "FIX" + "ME", "X" * 3):
        tap.finds(lines(OPEN, "a", "/* %s: later */" % word), word)
    tap.finds(lines(CONFLICT, "a", "<" * 7 + " HEAD"), "a merge conflict")
    with tempfile.TemporaryDirectory() as tmp:
        for name, check, text in (("a.sh", shell, "if true; then\n"),
                                  ("a.py", python, "def f(:\n")):
            with open(os.path.join(tmp, name), "w") as f:
                f.write(text)
            tap.finds(check(tmp, name), "an error in " + name)
        with open(os.path.join(tmp, "b.sh"), "w") as f:
            f.write("#!/bin/bash\n")
        tap.finds(runnable(tmp, "b.sh", "#!/bin/bash\n"),
                  "a script that can't be started")


def main():
    root = sys.argv[1]
    tap = lintlib.Tap()
    self_test(tap)
    paths, todo, conflicts, data, scripts, modes = [], [], [], [], [], []
    count = 0
    for name in lintlib.files(root):
        # Bytes that a fuzzer found.
        if name.startswith("tests/fuzz/corpus/"):
            continue
        with open(os.path.join(root, name), "rb") as f:
            data += binary(name, f.read())
        text = lintlib.read(root, name)
        paths += lines(PATHS, name, text)
        conflicts += lines(CONFLICT, name, text)
        if name.startswith(("src/", "include/")):
            todo += lines(OPEN, name, text)
        kind = interpreter(name, text)
        if kind is not None:
            count += 1
            check = shell if kind == "bash" else python
            scripts += check(root, name)
            modes += runnable(root, name, text)
    tap.clean(paths, "no paths of somebody's machine")
    tap.clean(todo, "nothing left to do in src and include")
    tap.clean(conflicts, "no merge conflicts")
    tap.clean(data, "every file is text")
    tap.ok(count and not scripts, "every script parses", scripts)
    tap.clean(modes, "scripts can be started")
    tap.done()


main()
