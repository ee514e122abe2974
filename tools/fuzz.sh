#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Fuzz the library for a long time.  tools/test.sh does so for a short one.
#
#	tools/fuzz.sh [--time SECONDS] [--jobs N] [HARNESS...]
#	tools/fuzz.sh --merge [HARNESS...]	what was found, into the corpus
#	tools/fuzz.sh --replay FILE HARNESS	one input, once
#	tools/fuzz.sh --list			the harnesses
#
# Without HARNESS all are run, one after the other, for SECONDS each (600), on
# all CPUs.  Inputs that are new are kept in build/fuzz/corpus/HARNESS, and
# those that fail in build/fuzz/failures.  --merge replaces the corpus in
# tests/fuzz by the fewest and shortest inputs that reach as much as all of
# these do.  Exit status: 0 when nothing failed, 1 when something did, 2 when
# it could not be run.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh

usage() {
	sed -n '/^#	/s/^#	//p' "$0" >&2
	exit 2
}

number() {
	case $1 in
	'' | *[!0-9]* | 0) usage ;;
	esac
}

mode=run seconds=600 jobs=$(nproc) input='' names=()
while [ $# -gt 0 ]; do
	case $1 in
	--list) mode=list ;;
	--merge) mode=merge ;;
	--time | --jobs | --replay)
		[ $# -ge 2 ] || usage
		case $1 in
		--time) number "$2" && seconds=$2 ;;
		--jobs) number "$2" && jobs=$2 ;;
		--replay) mode=replay input=$2 ;;
		esac
		shift
		;;
	-*) usage ;;
	*)
		[ -d "tests/fuzz/corpus/$1" ] || usage
		names+=("$1")
		;;
	esac
	shift
done
if [ ${#names[@]} -eq 0 ]; then
	for dir in tests/fuzz/corpus/*/; do
		names+=("$(basename "$dir")")
	done
fi
[ "$mode" != replay ] || { [ ${#names[@]} -eq 1 ] && [ -r "$input" ]; } ||
	usage

if [ "$mode" = list ]; then
	printf '%s\n' "${names[@]}"
	exit 0
fi

build=build/fuzz
# shellcheck disable=SC2119 # nothing besides
{ need_native && need_fuzz && configured_fuzz $build &&
	setup_quietly ninja -C $build "${names[@]/#/tests/fuzz/fuzz-}"; } ||
	exit 2
mkdir -p $build/failures

# The corpus of harness $1, that of the tree and what was found.
merge() {
	local new=$build/merged/$1 tree=tests/fuzz/corpus/$1

	rm -rf "$new"
	mkdir -p "$new" "$build/corpus/$1"
	setup_quietly "$build/tests/fuzz/fuzz-$1" -set_cover_merge=1 \
	    -use_counters=0 -max_len=1024 \
	    "$new" "$tree" "$build/corpus/$1" || return
	find "$tree" -type f -delete
	# The input of no bytes reaches nothing, and is one.
	: >"$tree/empty"
	find "$new" -type f -exec cp -t "$tree" {} +
	printf '%s: %d inputs, %d bytes\n' "$1" \
	    "$(find "$tree" -type f | wc -l)" \
	    "$(find "$tree" -type f -printf '%s\n' |
		awk '{ n += $1 } END { print n + 0 }')"
}

# Runs until the time is over, or an input fails.
run() {
	local dir=$build/corpus/$1

	mkdir -p "$dir"
	printf '\n== %s, %d seconds, %d jobs\n' "$1" "$seconds" "$jobs"
	"$build/tests/fuzz/fuzz-$1" -max_total_time="$seconds" \
	    -fork="$jobs" -ignore_timeouts=0 -ignore_ooms=0 -timeout=30 \
	    -max_len=1024 -len_control=0 \
	    -artifact_prefix="$build/failures/$1-" \
	    "$dir" "tests/fuzz/corpus/$1" 2>&1 |
	    tee "$build/$1.log" | sed -n '/^#[0-9]*: cov/p' | tail -n 3
	if [ "${PIPESTATUS[0]}" -ne 0 ]; then
		tail -n 60 "$build/$1.log"
		return 1
	fi
	printf '%s: %d inputs were found so far\n' "$1" \
	    "$(find "$dir" -type f | wc -l)"
}

status=0
for name in "${names[@]}"; do
	case $mode in
	run) run "$name" || status=1 ;;
	merge) merge "$name" || status=1 ;;
	replay) "$build/tests/fuzz/fuzz-$name" "$input" || status=1 ;;
	esac
done
exit "$status"
