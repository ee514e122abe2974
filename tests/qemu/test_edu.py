# SPDX-License-Identifier: BSD-2-Clause
"""
The driver of examples/edu, with QEMU's device: memory of 6 GiB, devices that
reach 28, 30, 32 and 64 bits of it.  A device that was given an address which it
does not reach makes QEMU say so, and the run red.

usage: test_edu.py IMAGE
"""

import sys

import qemulib

DEVICES = ["edu", "edu,dma_mask=0x%x" % (2**32 - 1),
           "edu,dma_mask=0x%x" % (2**64 - 1), "pci-testdev"]
TELL = ["-d", "guest_errors"]  # what QEMU after 7.2 says only then


def main():
    image = sys.argv[1]
    tap = qemulib.Tap()
    tap.add("q35", qemulib.run(
        image, "edu edus=3 bits0=28 bits1=32 bits2=64 rounds=60",
        devices=DEVICES, memory="6G", options=TELL))
    tap.add("pc", qemulib.run(
        image, "edu bits0=30 rounds=30 seed=2 only=random", machine="pc",
        devices=["edu,dma_mask=0x%x" % (2**30 - 1)], memory="5G",
        options=TELL))
    # As if nothing had bounced.
    run = qemulib.run(image, "edu bits0=64 rounds=5 only=random",
                      devices=["edu"], memory="6G", options=TELL)
    tap.ok(not run.green() and any("clamping" in line for line in run.bad),
           "a device that reaches less than it says is seen", run.bad[:2])
    tap.done()


if __name__ == "__main__":
    main()
