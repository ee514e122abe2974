# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Sourced by the other tools (bash): makes the machine ready for them on
# Debian, and does nothing where nothing is missing.
#
#	need_arch ARCH...	foreign architectures that packages come from
#	need WHAT:PACKAGE...	install the packages whose WHAT is missing
#	need_native ...		the same, and all that build/native is set up with
#	configured DIR [ARG...]	run `meson setup DIR ARG...' where needed
#	need_fuzz		install clang with its sanitizers and libFuzzer
#	configured_fuzz DIR	set DIR up with these, for the fuzz harnesses
#
# WHAT is a command, a file (it begins with /), or a module of pkg-config
# (pc=NAME).  PACKAGE may be several, separated by commas, and may carry an
# architecture (libcmocka-dev:i386).  All that is missing is installed by one
# run of apt-get, whose output is shown only when it fails.  The functions
# return non-zero, with an explanation on standard error, when they can't do
# their work.

# The name of the tool, for messages.
setup_name=${0##*/}

setup_say() {
	printf '%s: %s\n' "$setup_name" "$*" >&2
}

# Run a command with the rights to install packages; 1 where there are none.
setup_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# Run a command quietly; when it fails, show what it said.
setup_quietly() {
	local log rc=0

	log=$(mktemp) || return
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ne 0 ]; then
		setup_say "failed: $*"
		cat "$log" >&2
	fi
	rm -f "$log"
	return "$rc"
}

setup_apt() {
	setup_as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
	    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# The list of packages, fetched once a run.  A machine without a network may
# still have what is needed in its cache: a failure is not the end.
setup_updated=
setup_update() {
	if [ -z "$setup_updated" ]; then
		setup_apt update >/dev/null 2>&1 </dev/null ||
		    setup_say "apt-get update failed; trying without"
		setup_updated=1
	fi
}

setup_have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	pc=*) command -v pkg-config >/dev/null 2>&1 &&
	    pkg-config --exists "${1#pc=}" ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

need_arch() {
	local arch

	command -v dpkg >/dev/null 2>&1 || return 0
	for arch; do
		if [ "$(dpkg --print-architecture)" != "$arch" ] &&
		    ! dpkg --print-foreign-architectures | grep -qx "$arch"; then
			setup_quietly setup_as_root \
			    dpkg --add-architecture "$arch" || return
			setup_updated=
		fi
	done
}

need() {
	local item names missing=() packages=()

	for item; do
		if ! setup_have "${item%%:*}"; then
			missing+=("${item%%:*}")
			IFS=, read -r -a names <<<"${item#*:}"
			packages+=("${names[@]}")
		fi
	done
	[ ${#missing[@]} -eq 0 ] && return 0

	if ! command -v apt-get >/dev/null 2>&1; then
		setup_say "missing: ${missing[*]}; please install them" \
		    "(Debian calls the packages: ${packages[*]})"
		return 1
	fi
	if ! setup_as_root true; then
		setup_say "missing: ${missing[*]}; run as root, or first:" \
		    "apt-get install ${packages[*]}"
		return 1
	fi
	setup_say "installing ${packages[*]}"
	setup_update
	setup_quietly setup_apt install --no-install-recommends \
	    "${packages[@]}" || return
	hash -r
	for item in "${missing[@]}"; do
		if ! setup_have "$item"; then
			setup_say "still missing after the install: $item"
			return 1
		fi
	done
}

# What build/native is set up with.  All tools use that folder, and it keeps
# what it found, so whichever comes first installs all of it.
need_native() {
	need gcc:gcc /usr/include/stdio.h:libc6-dev c++:g++ nm:binutils \
	    meson:meson ninja:ninja-build pkg-config:pkg-config \
	    pc=cmocka:libcmocka-dev python3:python3 "$@"
}

# The repository, wherever the tool was called from.
setup_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || return

configured() {
	local dir=$1

	shift
	case $dir in
	/*) ;;
	*) dir=$setup_root/$dir ;;
	esac
	[ -f "$dir/build.ninja" ] && [ -f "$dir/meson-info/intro-targets.json" ] &&
	    return 0
	if [ -f "$dir/meson-private/coredata.dat" ]; then
		# A configuration that was cut short.
		setup_quietly meson setup --wipe "$@" "$dir" "$setup_root"
	else
		setup_quietly meson setup "$@" "$dir" "$setup_root"
	fi
}

# What the sanitizers find ends the program, and so fails the test.  Their
# reports need lines and no more, which is quicker to compile and to link.
# shellcheck disable=SC2034 # for those who source this
setup_san=("-Db_sanitize=address,undefined" -Db_lundef=false -Doptimization=1
    "-Dc_args=-fno-sanitize-recover=all -g1")

need_fuzz() {
	need clang:clang \
	    "/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/libclang_rt.asan-x86_64.a:libclang-rt-14-dev"
}

configured_fuzz() {
	CC=clang configured "$1" -Dfuzzer=true -Dcmocka=disabled \
	    "${setup_san[@]}"
}
