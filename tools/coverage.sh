#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Which lines and branches of src/ the tests run.
#
#	tools/coverage.sh [--json] [--suite NAME]...	a table; or one JSON object
#
# Runs the suites unit, conformance, oracle, examples and fuzz (or those that
# are named) in build/coverage, and prints a table of the files, then each line
# that was not run and each that has a branch that was not, with its text.
# --json prints that as one JSON object.  It measures and does not judge: the
# exit status is 0 also when lines are missing, 1 when a test failed, 2 when
# nothing could be measured.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh

usage() {
	sed -n '/^#	/s/^#	//p' "$0" >&2
	exit 2
}

format=() suites=()
while [ $# -gt 0 ]; do
	case $1 in
	--json) format=(--json) ;;
	--suite)
		[ $# -ge 2 ] || usage
		suites+=(--suite "libbusdma:$2")
		shift
		;;
	*) usage ;;
	esac
	shift
done
if [ ${#suites[@]} -eq 0 ]; then
	for suite in unit conformance oracle examples fuzz; do
		suites+=(--suite "libbusdma:$suite")
	done
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

build=build/coverage
{ need_native gcovr:gcovr && configured $build -Db_coverage=true \
    -Doptimization=0 && setup_quietly ninja -C $build; } || exit 2
# Counts of earlier runs would stay.
find $build -name '*.gcda' -delete

status=0
setup_quietly meson test -C $build --no-rebuild --num-processes 2 \
    "${suites[@]}" || status=1
setup_quietly gcovr --root . --filter 'src/' --object-directory $build \
    --exclude-throw-branches --json "$tmp/json" $build || exit 2
python3 tools/coverage.py ${format[@]+"${format[@]}"} "$tmp/json" || exit 2
exit $status
