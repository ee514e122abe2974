# SPDX-License-Identifier: BSD-2-Clause
"""
Is it seen on a real machine?  The library, or a driver, with one mistake each
is linked into an image of its own, and that is run in QEMU: the programs and the
judges of the other scripts, over less data.  What was broken, and the line that
turned red, stand behind each line of TAP.

usage: mutants.py IMAGE LINK-SCRIPT ROOT ARCHIVE... -- CC ARG...
"""

import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import qemulib  # noqa: E402
import test_edu  # noqa: E402
import test_fdc  # noqa: E402
import test_nvme  # noqa: E402

EDU = "edu bits0=28 rounds=12 only=random"
FAR = "bounce=8M far=4G jobs=4 request=128K"

# What was broken; where, and how; which program shows it, and by which line.
MUTANTS = [
    ("bounce left out: what is out of reach is not told from the rest",
     [("src/md/bounce/decide.c",
       "		if (f->bf_addr >= re.re_low && f->bf_addr <= re.re_high) {\n"
       "			if (f->bf_len - 1 <= re.re_high - f->bf_addr)\n",
       "		if (true) {\n"
       "			if (true)\n")],
     "edu", "random jobs"),
    ("bounce left out: none in the tags of a PC",
     [("src/md/x86/tag.c",
       "	return bus_dmatag_bounce(memory, &db, newtag, flags);",
       "	return bus_dmatag_subregion(memory, 0, ~(bus_addr_t)0, newtag, flags);"
       )], "fdc", "the run"),
    ("boundary left out: of the map",
     [("src/mi/map.c", "	map->_dm_bspan = boundary - 1;\n",
       "	map->_dm_bspan = ~(bus_addr_t)0;\n")], "fdc", "64 KiB"),
    ("boundary left out: by the driver of the 8237",
     [("src/md/x86/isa_dma.c", "size, 1, size, most, flags, &map)",
       "size, 1, size, 0, flags, &map)")], "fdc", "64 KiB"),
    ("page offset lost, of what is bounced",
     [("src/md/bounce/place.c",
       "	in = aligned ? 0 : page_offset(bl->bl_bt, f.bf_addr);",
       "	in = 0;")], "nvmesweep", "bounced, by reason"),
    ("page offset lost, of what is mapped directly",
     [("src/md/direct/direct.c", "f->bf_addr += wi->wi_offset;",
       "f->bf_addr = (f->bf_addr & ~(paddr_t)63) + wi->wi_offset;")],
     "nvme64", "SHA-256"),
    ("a slot's record that is a byte short",
     [("src/md/bounce/place.c", "re->re_len = len;", "re->re_len = len - 1;")],
     "edu", "random jobs"),
    ("slots that are another load's, too",
     [("src/md/bounce/place.c",
       "size_t off = (sr->sr_first << bl->bl_bt->bt_shift) + in;",
       "size_t off = in;")], "nvme32", "SHA-256"),
    ("what is not aligned is not bounced",
     [("src/md/bounce/decide.c",
       "	if (fixed && (bus & bt->bt_tag.dt_alignmask) != 0) {",
       "	if (false) {")], "nvmeodd", "bounced, by reason"),
    ("each window begins where the first did",
     [("src/mi/partial.c", "pa->pa_og.og_va += (uintptr_t)len;", "")],
     "windows", "SHA-256"),
    ("a driver that does not say what its device reaches",
     [("examples/edu/edu.c", "~(bus_addr_t)0 >> (64 - bits),",
       "~(bus_addr_t)0,")], "edu", "random jobs"),
    ("a second PRP entry with an offset",
     [("examples/nvme/prp.c",
       "le_put64(cmd + NVME_SQE_PRP2, entry_next(sc, &pg));",
       "le_put64(cmd + NVME_SQE_PRP2, sl->sl_map->dm_segs[0].ds_addr + 4096);"
       )], "nvmesweep", "the bytes of the image"),
    ("a slot's address without the offset in its page",
     [("src/md/bounce/place.c",
       "	me->me_addr = ch->ch_seg.ds_addr + off;",
       "	me->me_addr = ch->ch_seg.ds_addr + (off - in);")], "edu", "random jobs"),
    ("PREWRITE does not copy",
     [("src/md/bounce/copy.c", "	if (in)\n		memcpy(slot, p, len);",
       "	if (in)\n		(void)slot;"),
      ("src/md/bounce/copy.c",
       "	memcpy(ba->ba_slot, ba->ba_va, (size_t)len);", "")],
     "edu", "random jobs"),
    ("POSTREAD does not copy",
     [("src/md/bounce/copy.c", "	else\n		memcpy(p, slot, len);",
       "	else\n		(void)slot;"),
      ("src/md/bounce/copy.c",
       "			memcpy(ba->ba_va, ba->ba_slot, (size_t)len);", "			;")],
     "nvme32", "SHA-256"),
    ("slots are anywhere",
     [("src/mi/mem.c", "		pg->pg_high = re.re_high;",
       "		pg->pg_high = ~(paddr_t)0;"),
      ("src/mi/mem.c", "last > pg->pg_high ||", "false ||")],
     "edu", "random jobs"),
    ("a PC's ISA bus has 25 bits of address",
     [("src/md/x86/tag.c", "#define ISA_BITS 24", "#define ISA_BITS 25"),
      ("src/md/x86/isa_dma.c", "#define ADDR_MAX 0xffffffu",
       "#define ADDR_MAX 0x1ffffffu")], "fdc", "read"),
    ("another channel's page register",
     [("src/md/x86/i8237.c", "I8237_PAGE1,\n	I8237_PAGE2,",
       "I8237_PAGE1,\n	I8237_PAGE3,")], "fdc", "read"),
    ("a count that is one too many",
     [("src/md/x86/i8237.c", "(unsigned)(nbytes >> shift) - 1);",
       "(unsigned)(nbytes >> shift));")], "fdc", "read"),
    ("segments as if all memory were in a row",
     [("tests/qemu/x86_64/pmap.c",
       "		    pa == frags[got - 1].bf_addr + frags[got - 1].bf_len) {",
       "		    true) {")], "edu", "random jobs"),
    ("the upper half of an address is lost",
     [("examples/nvme/prp.c", "	return addr;\n}\n\n/* The next segment,",
       "	return addr & 0xffffffff;\n}\n\n/* The next segment,")],
     "nvme64", "SHA-256"),
    ("the first PRP entry without its offset",
     [("examples/nvme/prp.c", "	return addr;\n}\n\n/* The next segment,",
       "	return addr & ~mask;\n}\n\n/* The next segment,")],
     "nvme64", "SHA-256"),
]


class Judge(qemulib.Tap):
    """What a script tells, for the red lines of it."""

    def __init__(self):
        super().__init__()
        self.reds = []

    def say(self, text):
        pass

    def ok(self, good, name, notes=()):
        if not good:
            self.reds.append(name)
            self.reds += ["%s: %s" % (name, line) for line in notes]
        return good

    def skip(self, name, why):
        pass


def edu(image, tap, _):
    tap.add("edu", qemulib.run(image, EDU, devices=["edu"], memory="6G",
                               options=test_edu.TELL))


def fdc(image, tap, folder):
    test_fdc.whole_disk(image, tap, folder)


def nvme(image, tap, folder, bits):
    test_nvme.SIZE = 1 << 20
    nv = test_nvme.Nvme(image, tap, folder)
    nv.copy("copy", "%s bits=%d" % (FAR, bits), memory="6G")


def sweep(image, tap, folder):
    test_nvme.SIZE = 1 << 20
    nv = test_nvme.Nvme(image, tap, folder)
    nv.sweep("sweep", "odd=0 bounce=8M bits=32 far=4G", bits=32, memory="6G")


def odd(image, tap, folder):
    test_nvme.SIZE = 1 << 20
    nv = test_nvme.Nvme(image, tap, folder)
    nv.sweep("odd", "bounce=8M request=64K")


def windows(image, tap, folder):
    test_nvme.SIZE = 1 << 20
    nv = test_nvme.Nvme(image, tap, folder)
    nv.windows("windows", "bounce=256K forced=1 request=1M jobs=3"
               " depth=8 kinds=1", 256 << 10)


PROGRAMS = {
    "edu": edu,
    "fdc": fdc,
    "nvmesweep": sweep,
    "nvmeodd": odd,
    "windows": windows,
    "nvme32": lambda image, tap, folder: nvme(image, tap, folder, 32),
    "nvme64": lambda image, tap, folder: nvme(image, tap, folder, 64),
}


class Linker:
    def __init__(self, args, folder):
        split = args.index("--")
        self.image, self.script, self.root = args[:3]
        self.archives, self.cc = args[3:split], args[split + 1:]
        self.folder = folder
        objects = self.image + ".p"
        self.objects = sorted(os.path.join(objects, name)
                              for name in os.listdir(objects)
                              if name.endswith(".o"))

    def compile(self, path, text):
        """The object of a source with this text; what cc says, or None."""
        base = os.path.join(self.folder, os.path.basename(path))
        home = os.path.dirname(os.path.join(self.root, path))
        with open(base, "w", encoding="utf-8") as f:
            f.write(text)
        include = [home] + [os.path.join(self.root, d) for d in (
            "include", "examples", "tests/qemu/common", "tests/conformance",
            "tests/support")]
        done = subprocess.run(
            self.cc + ["-w"] + ["-I" + d for d in include] +
            ["-c", base, "-o", base + ".o"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False)
        return done.stdout.decode() if done.returncode else None

    def link(self, changed):
        """An image with these sources changed: (its path, or None; why)."""
        image = os.path.join(self.folder, "image")
        mine = []
        for path, text in changed.items():
            why = self.compile(path, text)
            if why:
                return None, why
            mine.append(os.path.join(self.folder,
                                     os.path.basename(path) + ".o"))
        # The image's own are replaced; what is in an archive is not reached.
        own = tuple(os.path.basename(path) + ".o" for path in changed
                    if path.startswith("tests/"))
        rest = [o for o in self.objects if not o.endswith(own)]
        done = subprocess.run(
            self.cc[:1] + ["-static", "-nostdlib", "-no-pie",
                           "-Wl,--build-id=none",
                           "-Wl,-z,max-page-size=4096", "-Wl,-z,noexecstack",
                           "-T", self.script, "-o", image] + rest + mine +
            ["-Wl,--start-group"] + self.archives + ["-Wl,--end-group"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            return None, done.stdout.decode()
        return image, None

    def edited(self, edits):
        """The sources after some edits, each of which fits one place."""
        changed = {}
        for path, old, new in edits:
            if path not in changed:
                with open(os.path.join(self.root, path),
                          encoding="utf-8") as f:
                    changed[path] = f.read()
            if changed[path].count(old) != 1:
                raise ValueError("%s: %d times: %s" %
                                 (path, changed[path].count(old), old))
            changed[path] = changed[path].replace(old, new)
        return changed


def reds(image, program):
    """The red lines of a program's run."""
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        PROGRAMS[program](image, judge, folder)
    return judge.reds


def attempt(linker, edits, program, by):
    """(why it is not seen, or None; what saw it)."""
    try:
        image, why = linker.link(linker.edited(edits))
    except ValueError as error:
        return str(error), None
    if image is None:
        return why, None
    red = reds(image, program)
    if not red:
        return "nobody sees it", None
    seen = [line for line in red if by in line]
    if not seen:
        return "not seen by %r, but: %s" % (by, red[0]), None
    return None, seen[0]


def main():
    tap = qemulib.Tap()
    with tempfile.TemporaryDirectory() as folder:
        linker = Linker(sys.argv[1:], folder)
        # As they are; and linked here, as the mutants are.
        image, why = linker.link(linker.edited(
            [("src/md/bounce/decide.c", "#include", "#include")]))
        if not tap.ok(image is not None, "an image is linked",
                      why.splitlines() if why else ()):
            tap.done()
        green = {}
        for program in PROGRAMS:
            red = reds(image, program)
            green[program] = tap.ok(not red, program + ": green as it is",
                                    red[:3])
        for name, edits, program, by in MUTANTS:
            why, seen = "it is red as it is", None
            if green[program]:
                why, seen = attempt(linker, edits, program, by)
            if tap.ok(why is None, "%s: %s" % (program, name), [why]):
                tap.say("seen by " + seen)
    tap.done()


if __name__ == "__main__":
    main()
