# SPDX-License-Identifier: BSD-2-Clause
"""
The session that busdma(7) shows: its commands are run, and print what it says.

usage: session.py root "flags and archives of busdma-sim" cc... [-- reason]
       with a reason the session is skipped
"""

import os
import shlex
import sys
import tempfile

import lintlib
import mdoc

PAGE, TITLE = "busdma.7", "How to tell that a sync is missing"


def commands(lines):
    """[[command, what it prints], ...], each with lines joined by newlines."""
    out, more = [], False
    for line in lines:
        if line.startswith("$ "):
            out.append([line[2:], ""])
        elif not out:
            continue
        elif more or line.startswith("> "):
            out[-1][0] += "\n" + (line if more else line[2:])
        else:
            out[-1][1] += "\n" + line
        more = not line.startswith("> ") and line.endswith("\\")
    return out


def plain(text):
    """Output as it is before it is folded."""
    return " ".join(text.split())


def perform(found, root, libs, cc):
    """What each command printed, as far as the shell came."""
    script = "set -u\ncc() { command %s \"$@\"; }\n" % shlex.join(cc)
    script += "pkg-config() { echo %s; }\n" % shlex.quote(libs)
    for command, _ in found:
        script += command + "\necho '<end>'\n"
    with tempfile.TemporaryDirectory() as tmp:
        for name in ("tests", "man"):
            os.symlink(os.path.join(os.path.abspath(root), name),
                       os.path.join(tmp, name))
        _, out = lintlib.run(["bash", "-c", "cd %s\n%s" % (
            shlex.quote(tmp), script)])
    return out.split("<end>")[:-1]


def compare(found, printed):
    if len(printed) != len(found):
        return ["%d of %d commands were run" % (len(printed), len(found))]
    return ["%s\nprints %s\nnot %s" % (command, plain(is_), plain(says))
            for (command, says), is_ in zip(found, printed)
            if plain(is_) != plain(says)]


def main():
    args, reason = sys.argv[1:], []
    if "--" in args:
        reason = args[args.index("--") + 1:]
        args = args[:args.index("--")]
    root, libs, cc = args[0], args[1], args[2:]
    tap = lintlib.Tap()
    sample = commands(["said", "$ echo a \\", "  b", "a", "  b", "$ cat <<.",
                       "> x", "> .", "x", "$ true"])
    tap.ok([c for c, _ in sample] == ["echo a \\\n  b", "cat <<.\nx\n.",
                                      "true"],
           "self-test: commands of a session", sample)
    tap.clean(compare(sample, perform(sample, root, "", cc)),
              "self-test: passes what is right")
    sample[2][1] = "y"
    tap.finds(compare(sample, perform(sample, root, "", cc)),
              "another output")
    found = commands(mdoc.shown(lintlib.read(root, "man", PAGE), TITLE))
    tap.ok(len(found) > 5, "there is a session", found)
    if reason:
        tap.skip("the session", reason[0])
    else:
        tap.clean(compare(found, perform(found, root, libs, cc)),
                  "it prints what %s says" % PAGE)
    tap.done()


main()
