#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the library costs: times, instructions and bytes, beside the targets.
#
#	tools/bench.sh [--json] [--only NAME]	measure; a table, or JSON lines
#	tools/bench.sh --update			measure; into RESULTS.md
#	tools/bench.sh --size			the bytes that a driver links
#	tools/bench.sh --profile NAME		where one case's instructions go
#	tools/bench.sh --list			the names
#
# Times come from busdma-bench in build/native.  Instructions are counted by
# callgrind, which runs it again: the difference between a run of so many
# operations and one of twice as many, so that what is not the operation
# cancels out.  The text size is that of an -Os build in build/size.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."
. tools/setup.sh

usage() {
	sed -n '6,10s/^#	//p' "$0" >&2
	exit 2
}

mode=all only=() format=() name=
while [ $# -gt 0 ]; do
	case $1 in
	--json) format=(--json) ;;
	--size) mode=size ;;
	--list) mode=list ;;
	--update) mode=update format=(--markdown) ;;
	--only | --profile)
		[ $# -ge 2 ] || usage
		[ "$1" = --profile ] && mode=profile
		name=$2 only=(--only "$2")
		shift
		;;
	*) usage ;;
	esac
	shift
done

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

need_native valgrind:valgrind

# The bench, as the default build makes it: gcc -O2.
bench=build/native/tests/bench/busdma-bench
build_bench() {
	CC=${CC:-gcc} configured build/native
	setup_quietly ninja -C build/native tests/bench/busdma-bench
}

# Run the bench under callgrind: $tmp/cg.1, .2 and so on are the regions that
# $tmp/order names.
callgrind() {
	if ! valgrind -q --tool=callgrind --callgrind-out-file="$tmp/cg" \
	    --zero-before=bench_region --dump-after=bench_region \
	    "$bench" --count ${only[@]+"${only[@]}"} >"$tmp/order" \
	    2>"$tmp/err"; then
		cat "$tmp/err" >&2
		return 1
	fi
}

# "NAME KIND NUMBER" lines of instructions an operation.
count() {
	local case kind ops file=0 total last=

	callgrind
	while read -r case kind ops; do
		file=$((file + 1))
		total=$(awk '$1 == "totals:" { print $2 }' "$tmp/cg.$file")
		if [ "$last" = "$case $kind" ]; then
			echo "$case $kind $total $before $((ops / 2))" |
			    awk '{ printf "%s %s %.2f\n", $1, $2, ($3 - $4) / $5 }'
		fi
		last="$case $kind" before=$total
	done <"$tmp/order"
}

# The bytes of the archive that a small driver's link keeps, by section, from
# the linker's map; what the linker dropped is listed before its memory map.
measure_size() {
	CC=${CC:-gcc} configured build/size -Doptimization=s -Ddebug=false \
	    -Dtests=false -Dsim=disabled
	setup_quietly ninja -C build/size src/libbusdma.a
	${CC:-gcc} -std=c11 -Os -ffreestanding -fno-builtin \
	    -fno-stack-protector -ffunction-sections -fno-pie -Iinclude \
	    -c tests/bench/size.c -o "$tmp/size.o"
	${CC:-gcc} -nostdlib -static -no-pie -Wl,--gc-sections \
	    -Wl,--build-id=none -Wl,-e,size_driver -Wl,-Map="$tmp/map" \
	    "$tmp/size.o" build/size/src/libbusdma.a -o "$tmp/size"
	awk '
	/^Linker script and memory map/ { live = 1 }
	!live { next }
	# A long section name stands on a line of its own.
	/^ \.[^ ]+$/ { section = $1; next }
	/^ \.[^ ]+ +0x/ { section = $1; size = $3; file = $4 }
	/^ +0x[0-9a-f]+ +0x[0-9a-f]+ / { size = $2; file = $3 }
	section != "" {
		if (file ~ /libbusdma\.a/ &&
		    section ~ /^\.(text|rodata|data|bss)/ && size != "0x0")
			print section, size, file
		section = file = ""
	}' "$tmp/map" >"$tmp/sections"
	while read -r section size file; do
		file=${file##*[/(]}
		echo "$((size)) $section ${file%)}"
	done <"$tmp/sections" | sort -rn >"$tmp/parts"
	awk '$2 ~ /^\.text/ { n += $1 } END { print n + 0 }' "$tmp/parts"
}

# All that busdma-bench can't find out by itself, into $tmp/counts.
measure() {
	local total

	build_bench
	: >"$tmp/counts"
	case $name in
	threads/* | map_memory/* | text_size/*) ;;
	*) count >>"$tmp/counts" ;;
	esac
	case $name in
	'' | text_size/*)
		total=$(measure_size)
		echo "text_size/direct bytes $total" >>"$tmp/counts"
		;;
	esac
}

show() {
	"$bench" ${format[@]+"${format[@]}"} --counts "$tmp/counts" \
	    ${only[@]+"${only[@]}"}
}

# What it was measured on.
machine() {
	local cpu commit

	cpu=$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
	commit=$(git log -1 --format=%h -- src include 2>/dev/null ||
	    echo unknown)
	[ -z "$(git status --porcelain -- src include 2>/dev/null)" ] ||
	    commit="$commit and changes"
	echo "${cpu:-unknown CPU} ($(nproc) CPUs), $(${CC:-gcc} --version |
	    head -n1), $(uname -sm), libbusdma $commit."
}

case $mode in
list)
	build_bench
	"$bench" --list
	;;
size)
	total=$(measure_size)
	cat "$tmp/parts"
	echo "$total bytes of text, at most 8192; with read-only data and" \
	    "data $(awk '{ n += $1 } END { print n }' "$tmp/parts")"
	;;
profile)
	build_bench
	valgrind -q --tool=callgrind --callgrind-out-file="$tmp/cg" \
	    --dump-instr=yes --toggle-collect=bench_region \
	    "$bench" --profile "${only[@]}"
	echo "$name: instructions of 1000 operations"
	callgrind_annotate --auto=yes --context=2 "$tmp/cg"
	;;
all)
	measure
	if [ ${#format[@]} -eq 0 ]; then
		machine
		echo "Beside each target: instructions, bytes or a ratio. The" \
		    "peers' figures are instructions."
		echo
	fi
	show
	;;
update)
	measure
	{
		machine
		echo
		show
	} >"$tmp/table"
	# What stands between the two marks is what this makes.
	awk -v table="$tmp/table" '
	/^<!-- begin/ { print; print ""; while ((getline line < table) > 0)
		print line; print ""; skip = 1 }
	/^<!-- end/ { skip = 0 }
	!skip' tests/bench/RESULTS.md >"$tmp/results"
	cat "$tmp/results" >tests/bench/RESULTS.md
	cat "$tmp/table"
	;;
esac
