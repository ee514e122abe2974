# SPDX-License-Identifier: BSD-2-Clause
"""
What `meson install' leaves, and the project as a part of another's build.

usage: install.py root build sim run meson cc... -- sanitized
       sim, run: yes or no; `sanitized' is a reason to skip, if given
"""

import os
import re
import shutil
import sys
import tempfile

import lintlib

PROGRAM = """
#include <busdma/direct.h>
#include <busdma/flat.h>
#include <stdlib.h>
#include <string.h>
int
main(void)
{
	static union { max_align_t align; char byte[1 << 20]; } ram;
	struct busdma_flat_config fc;
	struct bus_dma_window all = { 0, 0, 0, BUS_DMA_WINDOW_COHERENT };
	const struct busdma_platform *pl;
	uintptr_t base = ((uintptr_t)&ram + 4095) & ~(uintptr_t)4095;
	bus_dma_tag_t tag;
	bus_dmamap_t map;
	memset(&fc, 0, sizeof(fc));
	fc.fc_base = 0x40000000;
	fc.fc_size = 0x80000;
	fc.fc_va = base;
	fc.fc_poolsize = 0x40000;
	fc.fc_heapsize = 0x10000;
	if (busdma_flat_create(&fc, &pl) != 0 ||
	    bus_dmatag_direct(pl, NULL, &all, 1, &tag, 0) != 0 ||
	    bus_dmamap_create(tag, 4096, 1, 4096, 0, 0, &map) != 0 ||
	    bus_dmamap_load(tag, map, (char *)base + 0x40000, 4096, NULL,
		0) != 0)
		return 1;
	return map->dm_segs[0].ds_addr == 0x40040000 ? 0 : 2;
}
"""
SIM_PROGRAM = """
#include <busdma/sim.h>
int
main(void)
{
	struct busdma_sim_bank bank = { 0, 1 << 24 };
	struct busdma_sim_config sc = { .sc_banks = &bank, .sc_nbanks = 1 };
	struct busdma_sim *sim;
	if (busdma_sim_create(&sc, &sim) != 0)
		return 1;
	return busdma_sim_destroy(sim) == 0 ? 0 : 2;
}
"""
SHIM_PROGRAM = """
#include <sys/bus.h>
#include <machine/bus.h>
int
main(void)
{
	bus_dma_tag_t tag = NULL;
	return BUS_DMA_TAG_VALID(tag) ? 1 : 0;
}
"""
PROJECT = """
project('host', 'c', default_options: ['c_std=c11'])
subproject('libbusdma', default_options: ['tests=false'])
executable('host', 'host.c', dependencies: dependency('busdma'))
"""
SIM_PROJECT = """
executable('hostsim', 'hostsim.c', dependencies: dependency('busdma-sim'))
"""


def tree(top):
    return sorted(os.path.relpath(os.path.join(d, f), top)
                  for d, _, fs in os.walk(top) for f in fs)


# What a porter copies.
TEMPLATE = ["share/busdma/template/" + n
            for n in ("run_template.c", "template.c", "template.h")]


def missing(found, wanted):
    """Of `wanted', what no path of `found' ends with."""
    return [w + " is not installed" for w in wanted
            if not any(f == w or f.endswith("/" + w) for f in found)]


def wanted(root, sim):
    names = []
    for n in lintlib.files(root):
        if re.match(r"include/busdma/.*\.h$", n):
            names.append(n)
        elif n.startswith("include/shim/"):
            names.append("include/busdma/" + n[8:])
        elif re.match(r"man/[^/]+\.\d$", n) and (sim or "_sim" not in n):
            names.append("man/man%s/%s" % (n[-1], n[4:]))
    names += ["libbusdma.a", "pkgconfig/busdma.pc",
              "libbusdma-conformance.a", "include/busdma/conformance.h",
              "pkgconfig/busdma-conformance.pc"]
    names += TEMPLATE
    if sim:
        names += ["libbusdma-sim.a", "pkgconfig/busdma-sim.pc"]
    return names


def pkg_flags(dest, found, module):
    """--cflags --libs of an installed module; None: pkg-config fails."""
    dirs = {os.path.dirname(os.path.join(dest, f)) for f in found
            if f.endswith(".pc")}
    env = dict(os.environ, PKG_CONFIG_LIBDIR=":".join(sorted(dirs)),
               PKG_CONFIG_SYSROOT_DIR=dest)
    env.pop("PKG_CONFIG_PATH", None)
    status, out = lintlib.run(
        ["pkg-config", "--cflags", "--libs", module], env=env)
    return out.split() if status == 0 else None


def builds(cc, flags, text, tmp, start):
    """Compile, link and (where `start') run a program."""
    src, exe = os.path.join(tmp, "prog.c"), os.path.join(tmp, "prog")
    with open(src, "w") as f:
        f.write(text)
    status, out = lintlib.run(
        cc + ["-std=c11", "-Wall", "-Werror", "-o", exe, src] + flags)
    if status != 0:
        return [out]
    if start:
        status, out = lintlib.run([exe])
        if status != 0:
            return ["the program returned %d: %s" % (status, out)]
    return []


def installed(tap, args, tmp):
    root, build, sim, start, meson, cc = args
    dest = os.path.join(tmp, "dest")
    status, out = lintlib.run(
        [meson, "install", "--no-rebuild", "--quiet", "--destdir", dest,
         "-C", build], env=dict(os.environ, DESTDIR=dest))
    found = tree(dest)
    tap.ok(status == 0 and found, "meson install", [out])
    tap.clean(missing(found, wanted(root, sim)), "everything is installed")
    tap.clean([f for f in found if not f.endswith(tuple(TEMPLATE)) and
               ("/test" in f or f.endswith((".c", ".py")))],
              "nothing else is")
    tap.finds(missing(found, ["include/busdma/nothing.h"]),
              "a header that is not installed")
    tap.finds(pkg_flags(dest, found, "busdma-none") is None,
              "a module that is not installed")
    for module, text in (("busdma", PROGRAM), ("busdma-sim", SIM_PROGRAM)):
        if module == "busdma-sim" and not sim:
            continue
        flags = pkg_flags(dest, found, module)
        tap.ok(flags is not None, module + ".pc")
        tap.clean(builds(cc, flags or [], text, tmp, start),
                  "a program against " + module)
    flags = pkg_flags(dest, found, "busdma") or []
    shim = [os.path.join(dest, os.path.dirname(os.path.dirname(f)))
            for f in found if f.endswith("shim/sys/bus.h")]
    tap.clean(builds(cc, flags + ["-I" + d for d in shim], SHIM_PROGRAM, tmp,
                     start), "a program against the shim")
    flags = pkg_flags(dest, found, "busdma-conformance") or []
    sources = [os.path.join(dest, f) for f in found
               if f.endswith(tuple(TEMPLATE)) and f.endswith(".c")]
    tap.clean(builds(cc, sources + flags, "", tmp, start),
              "the template and its runner, against busdma-conformance")
    tap.finds(builds(cc, [], PROGRAM, tmp, False),
              "a program that is not linked")
    if start:
        tap.finds(builds(cc, [], "int main(void) { return 1; }\n", tmp, True),
                  "a program that fails")


def subproject(tap, args, tmp):
    root, _, sim, start, meson, cc = args
    host = os.path.join(tmp, "host")
    for n in lintlib.files(root):
        to = os.path.join(host, "subprojects", "libbusdma", n)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        shutil.copy2(os.path.join(root, n), to)
    for name, text in (("host.c", PROGRAM), ("hostsim.c", SIM_PROGRAM),
                       ("meson.build", PROJECT + (SIM_PROJECT if sim
                                                  else ""))):
        with open(os.path.join(host, name), "w") as f:
            f.write(text)
    out_dir = os.path.join(host, "build")
    # The compiler's words, not what the caller's environment adds.
    env = dict(os.environ, CC=" ".join(cc))
    env.pop("DESTDIR", None)
    status, out = lintlib.run([meson, "setup", out_dir, host], env=env)
    tap.ok(status == 0, "a project that has this one as a subproject", [out])
    status, out = lintlib.run(["ninja", "-j2", "-C", out_dir], env=env)
    tap.ok(status == 0, "it builds", [out[-3000:]])
    for exe in ["host"] + (["hostsim"] if sim else []):
        if start:
            path = os.path.join(out_dir, exe)
            good = os.path.exists(path) and lintlib.run([path])[0] == 0
            tap.ok(good, "and its %s runs" % exe)


def main():
    cut = sys.argv.index("--")
    root, build, sim, start, meson = sys.argv[1:6]
    if sys.argv[cut + 1:]:
        lintlib.skip_all(sys.argv[cut + 1])
    if shutil.which("pkg-config") is None:
        lintlib.skip_all("no pkg-config")
    args = (root, build, sim == "yes", start == "yes", meson,
            sys.argv[6:cut])
    tap = lintlib.Tap()
    with tempfile.TemporaryDirectory() as tmp:
        installed(tap, args, tmp)
        if start == "yes":
            subproject(tap, args, tmp)
        else:
            tap.skip("as a subproject", "cross build")
    tap.done()


main()
