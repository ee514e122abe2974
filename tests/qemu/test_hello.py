# SPDX-License-Identifier: BSD-2-Clause
"""
The port itself, on machines of several kinds and sizes.

usage: test_hello.py IMAGE
"""

import sys

import qemulib


def main():
    image = sys.argv[1]
    tap = qemulib.Tap()
    for name, append, machine in (
            ("q35, 512M", "hello edu=1", {"devices": ["edu"]}),
            ("q35, 6G", "hello", {"memory": "6G"}),
            ("pc, 128M", "hello edu=1", {"machine": "pc", "memory": "128M",
                                         "devices": ["edu"]})):
        tap.add(name, qemulib.run(image, append, **machine))
    tap.done()


main()
