#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs every test, in every build that it belongs to.
#
#	tools/test.sh			all suites
#	tools/test.sh --suite NAME	one of them (may be given again)
#	tools/test.sh --list		the suites, and the builds of each
#
# Closes with a line `N passed, N failed' that counts cases, over all builds.
# Exits 0 when none failed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/setup.sh || exit 1

# The builds of each suite.  A build is a folder below build/.
declare -A builds=(
	[unit]="native small clang gcc-san clang-san i686"
	[conformance]="native small clang gcc-san clang-san i686"
	[oracle]="native small clang gcc-san clang-san i686"
	[examples]="native clang-san i686"
	[lint]="native"
	[mutants]="native"
	[fuzz]="native small gcc-san i686 fuzz"
	[cross]="s390x powerpc sparc64"
)
order=(lint unit conformance oracle examples mutants fuzz cross)

# The suites, as Meson calls them, of each one here; else its own name.
declare -A parts=(
	[cross]="unit conformance oracle examples fuzz"
)

# How each build is set up.
setup_build() {
	case $1 in
	native) configured build/native ;;
	# Without the quick ways: what firmware links.
	small) configured build/small -Doptimization=s ;;
	clang) CC=clang configured build/clang ;;
	gcc-san) configured build/gcc-san "${setup_san[@]}" ;;
	clang-san) CC=clang configured build/clang-san "${setup_san[@]}" ;;
	fuzz) configured_fuzz build/fuzz ;;
	i686 | s390x | powerpc | sparc64)
		configured "build/$1" --cross-file "tools/cross/$1.ini" ;;
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
	native | small | gcc-san) ;;
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

passed=0 failed=0 skipped=0

fail() {
	printf '# failed: %s\n' "$*"
	failed=$((failed + 1))
}

need_native mandoc:mandoc clang-format:clang-format || exit 1

built=" "
# Set a build up and make it, once a run; non-zero where that failed.
made() {
	case $built in
	*" $1:ok "*) return 0 ;;
	*" $1:bad "*) return 1 ;;
	esac
	printf '\n== build %s\n' "$1"
	if need_build "$1" && setup_build "$1" &&
	    setup_quietly ninja -C "build/$1"; then
		built="$built$1:ok "
	else
		built="$built$1:bad "
		fail "build $1"
		return 1
	fi
}

run_suite() {
	local suite=$1 build=$2 log=build/$2/meson-logs/testlog.junit.xml
	local count part status which=()

	for part in ${parts[$suite]:-$suite}; do
		which+=(--suite "libbusdma:$part")
	done
	made "$build" || return
	rm -f "$log"
	printf '\n== %s in %s\n' "$suite" "$build"
	meson test -C "build/$build" --no-rebuild "${which[@]}" \
	    --print-errorlogs --num-processes 2 2>&1 |
	    grep -e '^ *[0-9]*/[0-9]* ' -e '^not ok' -e '^#' -e rror
	status=${PIPESTATUS[0]}
	count=$(python3 tools/testcount.py "$log")
	printf '%s\n' "$count" | sed '$d'
	# shellcheck disable=SC2046 # three words
	set -- $(printf '%s\n' "$count" | tail -n 1)
	printf '%s passed, %s failed, %s skipped in %s/%s\n' "$1" "$2" "$3" \
	    "$suite" "$build"
	passed=$((passed + $1)) failed=$((failed + $2))
	skipped=$((skipped + $3))
	# A program that died behind its last case.
	if [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
		fail "$suite in $build: a program ended with an error"
	fi
}

start=$SECONDS
for suite in "${suites[@]}"; do
	for build in ${builds[$suite]}; do
		run_suite "$suite" "$build"
	done
done

printf '\n%d seconds\n' $((SECONDS - start))
if [ "$skipped" -gt 0 ]; then
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" \
	    "$skipped"
else
	printf '%d passed, %d failed\n' "$passed" "$failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
