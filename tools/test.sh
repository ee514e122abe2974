#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs every test, in every build that it belongs to.
#
#	tools/test.sh			all suites
#	tools/test.sh --suite NAME	one of them (may be given again)
#	tools/test.sh --list		the suites, and the builds of each
#
# Two builds are at work at a time, so that neither a link nor the last test of
# one leaves a CPU idle.  Each is told of when it has ended.  Closes with a
# table of seconds, which is no test, and a line `N passed, N failed' that
# counts cases, over all builds.  Exits 0 when none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/setup.sh || exit 1

# The builds of each suite.  A build is a folder below build/.
declare -A builds=(
	[unit]="native small clang gcc-san clang-san i686"
	[conformance]="native small gcc-san clang-san i686"
	[oracle]="native gcc-san clang-san i686"
	[examples]="native clang-san i686"
	[lint]="native"
	[mutants]="native"
	[fuzz]="native small gcc-san i686 fuzz"
	[threads]="tsan"
	[model]="native"
	[qemu-x86_64]="native"
	[cross]="s390x powerpc sparc64"
)
order=(lint unit conformance oracle examples mutants fuzz threads model
    qemu-x86_64 cross)
# Long ones first.
build_order=(native s390x sparc64 powerpc clang-san i686 gcc-san small clang
    tsan fuzz)

# The suites, as Meson calls them, of each one here; else its own name.
declare -A parts=(
	[cross]="unit conformance oracle examples fuzz"
)

# How each build is set up.  Information for a debugger takes a sixth of the
# time to compile, and nothing here reads it.
setup_build() {
	case $1 in
	native) configured build/native ;;
	# Without the quick ways: what firmware links.
	small) configured build/small -Doptimization=s -Ddebug=false ;;
	clang) CC=clang configured build/clang -Ddebug=false ;;
	gcc-san) configured build/gcc-san "${setup_san[@]}" ;;
	clang-san) CC=clang configured build/clang-san "${setup_san[@]}" ;;
	tsan) configured build/tsan -Db_sanitize=thread -Db_lundef=false \
	    -Dc_args=-g1 ;;
	fuzz) configured_fuzz build/fuzz ;;
	i686 | s390x | powerpc | sparc64)
		configured "build/$1" --cross-file "tools/cross/$1.ini" \
		    -Ddebug=false ;;
	esac
}

# Debian's cross compiler for machine $1, and qemu-user, which calls it $2.
need_cross() {
	local arch=$1 qemu=$2

	shift 2
	need "$arch-linux-gnu-gcc:gcc-$arch-linux-gnu" \
	    "/usr/$arch-linux-gnu/include/stdio.h:libc6-dev-$arch-cross" \
	    "qemu-$qemu:qemu-user" "$@"
}

need_build() {
	case $1 in
	native) need spin:spin qemu-system-x86_64:qemu-system-x86 ;;
	small | gcc-san | tsan) ;;
	clang) need clang:clang ;;
	clang-san | fuzz) need_fuzz ;;
	i686) need_arch i386 && need i686-linux-gnu-gcc:gcc-i686-linux-gnu \
	    /usr/i686-linux-gnu/include/stdio.h:libc6-dev-i386-cross \
	    /usr/lib/i386-linux-gnu/pkgconfig/cmocka.pc:libcmocka-dev:i386 ;;
	s390x) need_arch s390x && need_cross s390x s390x \
	    /usr/lib/s390x-linux-gnu/pkgconfig/cmocka.pc:libcmocka-dev:s390x ;;
	powerpc) need_cross powerpc ppc ;;
	sparc64) need_cross sparc64 sparc64 ;;
	esac
}

usage() {
	sed -n 's/^#	//p' "$0" >&2
	exit 2
}

suites=()
while [ $# -gt 0 ]; do
	case $1 in
	--suite)
		{ [ $# -ge 2 ] && [ -n "${builds[$2]:-}" ]; } || usage
		suites+=("$2")
		shift 2
		;;
	--list)
		for s in "${order[@]}"; do
			printf '%-12s %s\n' "$s" "${builds[$s]}"
		done
		exit 0
		;;
	*) usage ;;
	esac
done
[ ${#suites[@]} -gt 0 ] || suites=("${order[@]}")

need_native mandoc:mandoc clang-format:clang-format || exit 1

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# The suites of each build, as Meson calls them, of those that are to run.
declare -A which=()
for suite in "${suites[@]}"; do
	for build in ${builds[$suite]}; do
		which[$build]+=" ${parts[$suite]:-$suite}"
	done
done

# Set a build up, and make what its suites run (lint installs all of it).
make_build() {
	local build=$1 targets=()

	setup_build "$build" || return
	case " ${which[$build]} " in
	*" lint "*) ;;
	*)
		# shellcheck disable=SC2086 # words
		mapfile -t targets < <(python3 tools/testdeps.py \
		    "build/$build" ${which[$build]})
		[ ${#targets[@]} -gt 0 ] || return
		;;
	esac
	setup_quietly ninja -C "build/$build" "${targets[@]}"
}

# A build from its beginning to its end; leaves its counts in $tmp, lines of
# testcount.py.
run_build() {
	local build=$1 start=$SECONDS log=build/$1/meson-logs/testlog.junit.xml
	local suite args=() status

	printf '\n== %s:%s\n' "$build" "${which[$build]}"
	if ! make_build "$build"; then
		printf '# failed: build %s\n' "$build"
		printf 'build 0 1 0 %d\n' $((SECONDS - start)) >"$tmp/$build"
		return
	fi
	printf 'build 0 0 0 %d\n' $((SECONDS - start)) >"$tmp/$build"
	for suite in ${which[$build]}; do
		args+=(--suite "libbusdma:$suite")
	done
	rm -f "$log"
	meson test -C "build/$build" --no-rebuild "${args[@]}" \
	    --print-errorlogs --num-processes 2 2>&1 |
	    grep -e '^ *[0-9]*/[0-9]* ' -e '^not ok' -e '^#' -e rror
	status=${PIPESTATUS[0]}
	# shellcheck disable=SC2086 # words
	python3 tools/testcount.py "$log" "$status" ${which[$build]} \
	    >"$tmp/counts.$build"
	grep '^#' "$tmp/counts.$build"
	grep -v '^#' "$tmp/counts.$build" >>"$tmp/$build"
	awk '{ p += $2; f += $3; s += $4 } END { printf \
	    "%d passed, %d failed, %d skipped in '"$build"'\n", p, f, s }' \
	    "$tmp/$build"
}

# Take a build that nobody has taken, until there is none.
lane() {
	local build

	for build in "${todo[@]}"; do
		mkdir "$tmp/taken.$build" 2>/dev/null || continue
		printf '== %s is begun\n' "$build"
		run_build "$build" >"$tmp/out.$build" 2>&1
		# In one piece.
		flock "$tmp/lock" cat "$tmp/out.$build"
	done
}

start=$SECONDS
todo=()
for build in "${build_order[@]}"; do
	[ -n "${which[$build]:-}" ] || continue
	if need_build "$build"; then
		todo+=("$build")
	else
		printf '# failed: build %s\n' "$build"
		printf 'build 0 1 0 0\n' >"$tmp/$build"
	fi
done

# Each in a process group of its own, which ends with this one.
set -m
lane </dev/null &
lanes=(-$!)
lane </dev/null &
lanes+=(-$!)
set +m
trap 'kill -- "${lanes[@]}"; exit 130' INT TERM
wait

# Of programs that ran at once, each counts.
printf '\n%-12s %-12s %8s\n' build suite seconds
for build in "${build_order[@]}"; do
	[ -n "${which[$build]:-}" ] || continue
	# Whoever took it may have died.
	[ -s "$tmp/$build" ] || printf 'build 0 1 0 0\n' >"$tmp/$build"
	awk -v b="$build" '{ printf "%-12s %-12s %8d\n", b, $1, $5 }' \
	    "$tmp/$build"
	cat "$tmp/$build" >>"$tmp/all"
done
times >"$tmp/times"
# What a machine that is busy otherwise needs more of, and what it doesn't.
printf '\n%d seconds, %d of the CPUs\n' $((SECONDS - start)) \
    "$(awk -F '[ms ]+' 'NR == 2 { print 60 * ($1 + $3) + $2 + $4 }' \
	"$tmp/times" | cut -d. -f1)"
awk '{ p += $2; f += $3; s += $4 }
END {
	printf "%d passed, %d failed", p, f
	if (s > 0)
		printf ", %d skipped", s
	printf "\n"
	exit f != 0 || p == 0
}' "$tmp/all"
