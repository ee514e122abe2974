#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Write a file through the disk driver to a simulated disk, on machines of
# several kinds, read it back, and compare; send packets through the network
# driver; stream frames of a frame grabber to a disk.  Of what a machine's devices
# can't take as it is, the bytes are shown that were copied, and why.
#
#	tools/demo.sh [FILE] [--json] [--only MACHINE] [--show DEVICE]
#		[--trace TRACE] [--seed N] [--progress]
#	tools/demo.sh --qemu [FILE] [--json] [--only STRATEGY]
#
# DEVICE is disk, network or grabber; without it all are shown.  --trace writes
# what happened to the file TRACE, which a trace viewer opens (Perfetto's at
# ui.perfetto.dev, or chrome://tracing): a row for each map, who has its bytes,
# syncs and the device's accesses.
# With --qemu the machine is a PC that QEMU emulates, and the devices are its
# NVMe controllers: FILE, padded, is the disk of one, is read by each STRATEGY
# (direct, pieces, reach, windows, forced) and written to the disk of another.
# Without FILE one of at least 10 MiB is found on the machine, or made.
# What is missing is installed (Debian, as root), the demo is built in
# build/native.  --json prints one JSON object a line and nothing else on
# standard output.  Exit status: 0 when every byte came back on every machine,
# or by every strategy, 1 when not, 2 when the demo could not be run.

set -eu

# shellcheck source=tools/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

tmp=
child=
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	[ -z "$tmp" ] || rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

die() {
	setup_say "$*"
	exit 2
}

usage() {
	sed -n '/^# Write/,/^$/{/^$/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
}

file=
file_given=
json=
qemu=
hosted=
options=()

take_file() {
	[ -z "$file_given" ] || die "only one file at a time (try --help)"
	file=$1
	file_given=1
}

while [ $# -gt 0 ]; do
	case $1 in
	--help | -h)
		usage
		exit 0
		;;
	--json)
		json=1
		options+=(--json)
		;;
	--qemu) qemu=1 ;;
	--progress)
		hosted=$1
		options+=(--progress)
		;;
	--only | --seed | --show | --trace)
		[ $# -gt 1 ] || die "$1 needs a value (try --help)"
		[ "$1" = --only ] || hosted=$1
		options+=("$1" "$2")
		shift
		;;
	--)
		shift
		[ $# -eq 0 ] || take_file "$1"
		[ $# -le 1 ] || die "only one file at a time (try --help)"
		break
		;;
	-*) die "no such option: $1 (try --help)" ;;
	*) take_file "$1" ;;
	esac
	shift
done

[ -z "$qemu" ] || [ -z "$hosted" ] ||
	die "$hosted is not for --qemu (try --help)"

# A file that can't be used is told before anything is installed or built.
if [ -n "$file_given" ]; then
	[ -n "$file" ] || die "the file's name is empty"
	[ -e "$file" ] || [ -L "$file" ] || die "no such file: $file"
	[ -e "$file" ] || die "a link to nowhere: $file"
	[ ! -d "$file" ] || die "is a directory: $file"
	[ -f "$file" ] || die "not a regular file: $file"
	[ -r "$file" ] || die "not readable: $file"
fi

tmp=$(mktemp -d "${TMPDIR:-/tmp}/busdma-demo.XXXXXX") ||
	die "no folder for temporary files"
export TMPDIR=$tmp

# The smallest file of more than 10 MiB that a Debian machine has; its own
# bytes where there is none.
find_file() {
	file=$(find /usr/lib /usr/bin /usr/share -xdev -type f -size +10M \
	    -size -200M -readable -printf '%s %p\n' 2>/dev/null |
	    sort -k1,1n -k2 | sed -n '1s/^[0-9]* //p') || true
	if [ -z "$file" ] || [ ! -f "$file" ]; then
		file=$tmp/random
		head -c 16777216 /dev/urandom >"$file" ||
			die "no room for a file of 16 MiB in $tmp"
	fi
}

# What is made, and what else it needs.
build() {
	need_native "${@:2}" || return
	configured build/native || return
	# ninja, as meson compile would look for the target in the
	# configuration as it was before a pull.
	setup_quietly ninja -C "$setup_root/build/native" "$1"
}

[ -n "$file_given" ] || find_file
image=tests/qemu/x86_64/busdma-x86_64.elf
if [ -n "$qemu" ]; then
	build "$image" qemu-system-x86_64:qemu-system-x86 ||
		die "the demo could not be built"
	PYTHONDONTWRITEBYTECODE=1 python3 "$setup_root/tests/qemu/demo.py" \
	    "${options[@]}" -- "$setup_root/build/native/$image" "$file" \
	    </dev/null &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	exit "$status"
fi
build examples/busdma-demo || die "the demo could not be built"

# sha256sum is the judge: its sum, not the demo's own idea of the file.
sum=$(sha256sum <"$file") || die "sha256sum failed on $file"
sum=${sum%% *}
if [ -z "$json" ]; then
	printf 'sha256sum says:\n'
	sha256sum -- "$file"
	printf '\n'
fi

# In the background, so that a signal ends both at once.
"$setup_root/build/native/examples/busdma-demo" "${options[@]}" \
    --sha256 "$sum" -- "$file" </dev/null &
child=$!
status=0
wait "$child" || status=$?
child=
exit "$status"
